//! The files with the facts. Each is read when something in it is first asked for.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::additions::{self, Addition, merge};
use crate::event::Event;
use crate::operation::Operation;
use crate::shape::{Notation, Shape};

macro_rules! files {
    ($($name:literal)*) => {
        [$(File {
            name: $name,
            text: include_str!(concat!("../facts/", $name, ".json")),
            facts: OnceLock::new(),
        }),*]
    };
}

/// The shared types come first, because types are looked up in this order. The additions come last:
/// as a file, they only have what no other file has.
static FILES: [File; 31] = files![
    "shared" "admin_portal" "agents" "api_keys" "application" "applications" "audit_logs"
    "authorization" "client" "connections" "directories" "directory_groups" "directory_users"
    "events" "feature_flags" "groups" "multi_factor_auth" "organization_domains" "organizations"
    "passwordless" "permissions" "pipes" "platform_teams" "radar" "sso" "user_management" "vault"
    "webhooks" "widgets" "workos_connect" "additions"
];

static ADDITIONS: LazyLock<Vec<Addition>> = LazyLock::new(|| {
    let text = include_str!("../facts/additions.json");
    serde_json::from_str(text).ok().and_then(|file| additions::read(&file).ok()).unwrap_or_default()
});

/// The limits by operation, type or event.
static LIMITS: LazyLock<Notations> = LazyLock::new(|| {
    let file = sections(include_str!("../facts/limits.json"));
    file.ok().and_then(|mut file| file.remove("limits")).unwrap_or_default()
});

/// What a section of a file has, by its names. JSON that nobody asks for is not parsed.
type Notations = BTreeMap<&'static str, &'static RawValue>;

struct File {
    name: &'static str,
    text: &'static str,
    facts: OnceLock<Facts>,
}

/// What a file says, by the names of operations without those of their placeholders, of types and
/// of events.
#[derive(Default)]
struct Facts {
    operations: BTreeMap<String, Entry<Operation>>,
    types: BTreeMap<String, Entry<Shape>>,
    events: BTreeMap<String, Entry<Event>>,
}

/// A fact that is read from its notation when it is first asked for.
struct Entry<T> {
    section: &'static str,
    name: &'static str,
    /// `None` for what only an addition has.
    notation: Option<&'static RawValue>,
    home: usize,
    read: Read<T>,
    fact: OnceLock<Result<T, String>>,
}

/// How an [`Entry`] is read: from its name and notation.
type Read<T> = fn(&str, &Value, Notation<'_>) -> Result<T, String>;

impl<T> Entry<T> {
    fn get(&self) -> Result<&T, &String> {
        self.fact.get_or_init(|| self.read()).as_ref()
    }

    fn read(&self) -> Result<T, String> {
        let mut notation = self.notation.map_or(Ok(Value::Null), parsed)?;
        for (section, name, facts) in ADDITIONS.iter().flat_map(Addition::entries) {
            if (section, name) == (self.section, self.name) {
                merge(&mut notation, facts);
            }
        }
        let limits = LIMITS.get(self.name).map(|limits| parsed(limits)).transpose()?;
        let home = Notation { home: Some(self.home), limits: limits.as_ref() };
        (self.read)(self.name, &notation, home)
    }
}

fn parsed(json: &RawValue) -> Result<Value, String> {
    serde_json::from_str(json.get()).map_err(|error| error.to_string())
}

fn sections(text: &'static str) -> Result<BTreeMap<&'static str, Notations>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl File {
    /// The facts of the file at an index; none if it cannot be read, which a test rules out.
    fn facts(&self, home: usize) -> &Facts {
        self.facts.get_or_init(|| Facts::read(self, home).unwrap_or_default())
    }

    /// Whether the document has something of this name in this file. Looks at the text, which is
    /// faster than to read it.
    fn has_entry(&self, name: &str) -> bool {
        self.name != "additions" && self.text.contains(&format!("\"{name}\": "))
    }
}

impl Facts {
    fn read(file: &File, home: usize) -> Result<Self, String> {
        let mut sections = match file.name {
            "additions" => BTreeMap::new(),
            _ => sections(file.text)?,
        };
        let mut section = |name| (name, sections.remove(name).unwrap_or_default());
        Ok(Self {
            operations: entries(section("operations"), home, Operation::read),
            types: entries(section("types"), home, |_, kind, notation| notation.shape(kind, "")),
            events: entries(section("events"), home, Event::read),
        })
    }
}

fn entries<T>(
    (section, notations): (&'static str, Notations),
    home: usize,
    read: Read<T>,
) -> BTreeMap<String, Entry<T>> {
    let is_file_of_additions = FILES.get(home).is_some_and(|file| file.name == "additions");
    let is_new = |name: &str| !FILES.iter().any(|file| file.has_entry(name));
    let added = ADDITIONS.iter().filter(|_| is_file_of_additions).flat_map(Addition::entries);
    let added = added.filter(|(of, name, _)| *of == section && is_new(name));
    let added = added.map(|(_, name, _)| (name, None));
    let documented = notations.into_iter().map(|(name, notation)| (name, Some(notation)));
    let entry = |(name, notation)| {
        let entry = Entry { section, name, notation, home, read, fact: OnceLock::new() };
        (anonymous(name), entry)
    };
    documented.chain(added).map(entry).collect()
}

/// The name of an operation without those of its placeholders, which differ between documents.
/// Other names stay as they are.
fn anonymous(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    operation.split('/').map(part).collect::<Vec<_>>().join("/")
}

pub(crate) fn find_type(name: &str, home: Option<usize>) -> Option<&'static Shape> {
    let in_file = |(index, file): (usize, &'static File)| {
        file.facts(index).types.get(name).and_then(|entry| entry.get().ok())
    };
    let own = home.and_then(|home| FILES.get(home).map(|file| (home, file)));
    own.into_iter().chain(FILES.iter().enumerate()).find_map(in_file)
}

pub(crate) fn find_operation(method: &str, path: &str) -> Option<&'static Operation> {
    let name = format!("{method} {path}");
    let key = anonymous(&name);
    let in_file = |(index, file): (usize, &'static File)| file.facts(index).operations.get(&key);
    // Most files are named after the first segment of their paths, and what is read is cheap to ask.
    let group = path.split('/').nth(1).unwrap_or_default().replace('-', "_");
    let is_likely = |file: &File| file.name == group || file.facts.get().is_some();
    // Up to its first placeholder, the name is in the text of the file.
    let start = format!("\"{}", name.split('{').next().unwrap_or_default());
    let files = || FILES.iter().enumerate();
    let mut likely = files().filter(|(_, file)| is_likely(file));
    let mut possible = files().filter(|(_, file)| file.text.contains(&start));
    let entry = likely.find_map(in_file).or_else(|| possible.find_map(in_file));
    entry.and_then(|entry| entry.get().ok())
}

pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    let all =
        FILES.iter().enumerate().flat_map(|(index, file)| file.facts(index).operations.values());
    all.filter_map(|entry| entry.get().ok())
}

fn event_entries() -> impl Iterator<Item = (&'static String, &'static Entry<Event>)> {
    let files = FILES.iter().enumerate().filter(|(_, file)| file.name == "events");
    files.flat_map(|(index, file)| &file.facts(index).events)
}

pub(crate) fn find_event(name: &str) -> Option<&'static Event> {
    let mut found = event_entries().filter(|(key, _)| *key == name);
    found.next().and_then(|(_, entry)| entry.get().ok())
}

pub(crate) fn events() -> impl Iterator<Item = &'static Event> {
    event_entries().filter_map(|(_, entry)| entry.get().ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::limits::Limits;
    use crate::shape::{Kind, inside};

    fn all_facts() -> impl Iterator<Item = (&'static File, &'static Facts)> {
        FILES.iter().enumerate().map(|(index, file)| (file, file.facts(index)))
    }

    /// The types in all operations, types and events, by owner and place.
    fn shapes() -> Vec<(&'static str, &'static str, &'static Shape)> {
        let mut shapes = Vec::new();
        for operation in operations() {
            let parts = [("query", operation.query()), ("headers", operation.headers())];
            let body = [("body", operation.body().map(|body| &body.shape))];
            shapes.extend(
                parts
                    .into_iter()
                    .chain(body)
                    .filter_map(|(place, shape)| Some((operation.name(), place, shape?))),
            );
            for (status, shape) in operation.successes() {
                let place = ["200", "201", "202", "204", "302"];
                let place = place.into_iter().find(|place| *place == status.to_string()).unwrap();
                shapes.extend(shape.map(|shape| (operation.name(), place, shape)));
            }
        }
        for (name, entry) in all_facts().flat_map(|(_, facts)| &facts.types) {
            shapes.push((name, "", entry.get().unwrap()));
        }
        for event in events() {
            shapes.push((&event.name, "data", &event.data));
            shapes.extend(event.context.iter().map(|(it, _)| (event.name.as_str(), "context", it)));
        }
        shapes
    }

    fn parts(shape: &'static Shape, place: &str, all: &mut Vec<(String, &'static Shape)>) {
        all.push((place.to_owned(), shape));
        match &shape.kind {
            Kind::List(item) => parts(item, &format!("{place}[]"), all),
            Kind::Map(value) => parts(value, &inside(place, "*"), all),
            Kind::Object(fields) => {
                fields
                    .iter()
                    .for_each(|field| parts(&field.shape, &inside(place, &field.name), all));
            }
            Kind::Union(variants) => variants.iter().for_each(|variant| parts(variant, place, all)),
            _ => {}
        }
    }

    #[test]
    fn every_file_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("facts");
        let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let names: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
        let ours = FILES.iter().map(|file| file.name).chain(["limits"]);
        assert_eq!(ours.map(|name| format!("{name}.json")).collect::<BTreeSet<_>>(), names);
    }

    #[test]
    fn every_fact_is_read() {
        for (index, file) in FILES.iter().enumerate() {
            Facts::read(file, index).unwrap();
        }
        for (_, facts) in all_facts() {
            assert!(facts.operations.values().all(|entry| entry.get().is_ok()));
            assert!(facts.types.values().all(|entry| entry.get().is_ok()));
            assert!(facts.events.values().all(|entry| entry.get().is_ok()));
        }
        assert_eq!((operations().count(), events().count(), ADDITIONS.len()), (277, 136, 7));
    }

    #[test]
    fn every_type_that_is_mentioned_exists_once() {
        for (owner, _, shape) in shapes() {
            for name in shape.mentioned() {
                let files = all_facts().filter(|(_, facts)| facts.types.contains_key(name));
                assert_eq!(files.count(), 1, "{name} in {owner}");
                assert!(find_type(name, None).is_some());
            }
        }
    }

    #[test]
    fn every_limit_is_understood_and_belongs_to_something() {
        let mut known = BTreeSet::new();
        for (owner, place, shape) in shapes() {
            let mut all = Vec::new();
            parts(shape, place, &mut all);
            for (place, shape) in all {
                let names_a_type = matches!(shape.kind, Kind::Named(_));
                let said = Limits { default: None, is_deprecated: false, ..shape.limits.clone() };
                assert!(!names_a_type || said == Limits::default(), "{owner} {place}: {said:?}");
                if shape.limits != Limits::default() {
                    known.insert((owner.to_owned(), place.clone()));
                }
                if shape.limits.max_key_length.is_some() {
                    known.insert((owner.to_owned(), inside(&place, "(key)")));
                }
            }
        }
        for (owner, limits) in LIMITS.iter() {
            for (place, keywords) in parsed(limits).unwrap().as_object().unwrap() {
                assert!(known.contains(&((*owner).to_owned(), place.clone())), "{owner} {place}");
                for (keyword, value) in keywords.as_object().unwrap() {
                    let is_understood = match keyword.as_str() {
                        "default" | "deprecated" => true,
                        "format" => value == "email" || value == "uri",
                        "pattern" => value == "^[\\x00-\\x7F]+$",
                        "minimum" | "maximum" | "minLength" | "maxLength" | "minItems"
                        | "maxItems" | "maxProperties" => value.is_number(),
                        _ => false,
                    };
                    assert!(is_understood, "{owner} {place}: {keyword} {value}");
                }
            }
        }
    }

    #[test]
    fn an_operation_is_found_whatever_its_placeholders_are_called() {
        for operation in operations() {
            let segment = |part: &str| if part.starts_with('{') { "{x}" } else { part }.to_owned();
            let path = operation.path().split('/').map(segment).collect::<Vec<_>>().join("/");
            let found = find_operation(operation.method(), &path).unwrap();
            assert!(std::ptr::eq(found, operation), "{} {}", found.name(), operation.name());
        }
        for (method, path) in [
            ("GET", "/organizations/org_1"),
            ("PATCH", "/organizations/{id}"),
            ("get", "/organizations"),
            ("GET", ""),
            ("", ""),
            ("{", "}"),
        ] {
            assert_eq!(find_operation(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn additions_are_merged() {
        let file = |name: &str| all_facts().find(|(file, _)| file.name == name).unwrap().1;
        let additions = file("additions");
        let names: Vec<_> = additions.operations.keys().collect();
        assert_eq!(
            names,
            [
                "GET /directories/{}/groups",
                "GET /directories/{}/groups/{}",
                "GET /directories/{}/users",
                "GET /directories/{}/users/{}"
            ]
        );
        let types: Vec<_> = additions.types.keys().collect();
        assert_eq!(types, ["TooManyFailedVerificationAttemptsErrorBodyWithRetryAfter"]);
        let list = find_operation("GET", "/connections").unwrap();
        let fields = list.query().unwrap().fields();
        for name in ["state", "limit"] {
            assert!(fields.iter().any(|field| field.name == name), "{name}");
        }
        let verify = find_operation("POST", "/auth/challenges/{id}/verify").unwrap();
        assert!(verify.documents_error(429) && verify.documents_error(404));
    }

    #[test]
    fn limits_are_attached() {
        let list = find_operation("GET", "/organizations").unwrap();
        let field = |name: &str| {
            let fields = list.query().unwrap().fields();
            &fields.iter().find(|field| field.name == name).unwrap().shape
        };
        let limits = &field("limit").limits;
        assert_eq!((limits.minimum, limits.maximum), (Some(1.0), Some(100.0)));
        assert_eq!(limits.default, Some(10.into()));
        assert_eq!(field("order").resolved().limits.default, Some("desc".into()));
    }
}
