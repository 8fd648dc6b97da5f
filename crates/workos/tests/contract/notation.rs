//! Reads `contract/` and generates requests and responses from it.

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use workos::contract::Input;

const TIME: &str = "2026-01-15T12:00:00.000Z";
const NOVEL: &str = "something_new";
/// The only key of the maps in samples.
pub(crate) const MAP_KEY: &str = "a_key";
/// The field of samples with an unknown field.
pub(crate) const EXTRA: &str = "a_field_nobody_knows";

pub(crate) struct Contract {
    pub(crate) operations: Vec<Operation>,
    types: BTreeMap<String, Value>,
}

pub(crate) struct Operation {
    /// Method and path.
    pub(crate) name: String,
    facts: Value,
}

impl Contract {
    pub(crate) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract");
        let mut whole = json!({});
        let mut additions = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let file: Value = serde_json::from_str(&text).unwrap();
            match file["additions"].as_array() {
                Some(list) => additions.clone_from(list),
                None => merge(&mut whole, &file),
            }
        }
        additions.iter().for_each(|addition| merge(&mut whole, addition));
        let mut section = |name| match whole[name].take() {
            Value::Object(section) => section,
            other => panic!("{name}: {other}"),
        };
        let operation = |(name, facts)| Operation { name, facts };
        Self {
            operations: section("operations").into_iter().map(operation).collect(),
            types: section("types").into_iter().collect(),
        }
    }
}

/// Merges facts: adds fields to fields, and codes to codes.
fn merge(into: &mut Value, addition: &Value) {
    match (into, addition) {
        (Value::Object(into), Value::Object(addition)) => {
            for (key, value) in addition {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(addition)) => into.extend(addition.iter().cloned()),
        (into, addition) => *into = addition.clone(),
    }
}

impl Operation {
    /// Whether a row of the crate's table is this operation. Placeholders may have other names.
    pub(crate) fn is(&self, row: &workos::contract::Operation) -> bool {
        anonymous(&self.name) == anonymous(&format!("{} {}", row.method, row.path))
    }

    pub(crate) fn method(&self) -> &str {
        self.name.split(' ').next().unwrap()
    }

    fn path(&self) -> &str {
        self.name.split(' ').nth(1).unwrap()
    }

    pub(crate) fn placeholders(&self) -> usize {
        self.name.matches('{').count()
    }

    /// The path with these values in place of its placeholders.
    pub(crate) fn filled(&self, values: &[&str]) -> String {
        let mut values = values.iter();
        let fill = |part: &str| match part.starts_with('{') {
            true => workos::path_segment(values.next().unwrap()),
            false => part.to_owned(),
        };
        self.path().split('/').map(fill).collect::<Vec<_>>().join("/")
    }

    /// The types of success responses; null is no body.
    pub(crate) fn successes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.facts.as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'))
    }

    /// Whether a response without a body is documented.
    pub(crate) fn may_be_empty(&self) -> bool {
        self.successes().any(|(_, kind)| kind.is_null())
    }

    /// Whether the document lists a 201 without a body that its generator adds to every POST.
    pub(crate) fn has_stray_empty_status(&self) -> bool {
        ["POST /sso/logout/authorize", "POST /sso/token"].contains(&self.name.as_str())
    }

    /// Arguments for a row of this operation.
    pub(crate) fn input<'a>(
        &self,
        contract: &Contract,
        sampler: &Sampler,
        path: &[&'a str],
    ) -> Input<'a> {
        let query = self.facts.get("query").filter(|_| !IN_BODY_TOO.contains(&self.name.as_str()));
        let body = self.facts.get("body").or(self.facts.get("body?").filter(|_| sampler.optional));
        let sample = |kind: &Value| {
            let mut sample = sampler.sample(contract, kind);
            let largest = Sampler { optional: true, ..sampler.clone() }.sample(contract, kind);
            choose(&mut sample, &largest, sampler);
            // The document only says that these are strings.
            if let Some(fields) = sample.as_object_mut() {
                let is_time = |name: &str| ["range_start", "range_end"].contains(&name);
                let times = fields.iter_mut().filter(|(name, _)| is_time(name));
                times.filter(|(_, time)| *time == "text").for_each(|(_, time)| *time = json!(TIME));
            }
            // A null password means the same as none.
            if let Some(fields) = sample.as_object_mut() {
                fields.retain(|name, value| name != "password" || !value.is_null());
            }
            sample
        };
        let body = self.without_credentials(body.map_or(Value::Null, sample));
        Input { path: path.to_vec(), query: query.map_or(Value::Null, sample), body }
    }

    /// The sent request without what the crate adds itself.
    pub(crate) fn without_credentials(&self, body: Value) -> Value {
        without_credentials(&self.name, body)
    }
}

/// Fields of which a request has one set or another, which the document only says in prose.
struct Choice {
    /// The field whose value decides, if there is one.
    by: Option<&'static str>,
    /// The sets, each with its value of that field.
    sets: &'static [(&'static str, &'static [&'static str])],
    /// Whether one of them is required.
    required: bool,
}

const CHOICES: &[Choice] = &[
    Choice {
        by: None,
        sets: &[("", &["resource_id"]), ("", &["resource_external_id", "resource_type_slug"])],
        required: false,
    },
    Choice {
        by: None,
        sets: &[
            ("", &["parent_resource_id"]),
            ("", &["parent_resource_external_id", "parent_resource_type_slug"]),
        ],
        required: true,
    },
    Choice {
        by: None,
        sets: &[
            ("", &["parent_resource_id"]),
            ("", &["parent_external_id", "parent_resource_type_slug"]),
        ],
        required: false,
    },
    Choice { by: None, sets: &[("", &["saml_options"]), ("", &["oidc_options"])], required: true },
    Choice {
        by: None,
        sets: &[("", &["retention_period"]), ("", &["retention_period_in_days"])],
        required: true,
    },
    Choice {
        by: Some("type"),
        sets: &[
            ("user_delegated", &["user_access_token"]),
            ("autonomous", &["organization_id"]),
            ("agent_delegated", &["agent_access_token"]),
            ("refresh", &["refresh_token"]),
        ],
        required: true,
    },
    Choice {
        by: Some("type"),
        sets: &[
            ("generic_otp", &[]),
            ("sms", &["phone_number"]),
            ("totp", &["totp_issuer", "totp_user"]),
        ],
        required: true,
    },
    Choice {
        by: Some("grant_type"),
        sets: &[
            ("authorization_code", &["code", "code_verifier"]),
            (
                "urn:ietf:params:oauth:grant-type:token-exchange",
                &["organization_id", "subject_token", "subject_token_type"],
            ),
        ],
        required: true,
    },
];

/// Keeps one set of every choice in a request, taken from the largest request.
fn choose(value: &mut Value, largest: &Value, sampler: &Sampler) {
    match (value, largest) {
        (Value::Array(items), Value::Array(largest)) => {
            items
                .iter_mut()
                .zip(largest)
                .for_each(|(item, largest)| choose(item, largest, sampler));
        }
        (Value::Object(fields), Value::Object(largest)) => {
            for (name, field) in fields.iter_mut() {
                choose(field, &largest[name], sampler);
            }
            for choice in CHOICES {
                let all = || choice.sets.iter().flat_map(|(_, set)| *set);
                if !all().all(|field| largest.contains_key(*field)) {
                    continue;
                }
                let tag = choice.by.map(|field| fields[field].clone());
                let sets = choice
                    .sets
                    .iter()
                    .filter(|(name, _)| tag.as_ref().is_none_or(|tag| tag == name));
                let sets: Vec<_> = sets.collect();
                fields.retain(|name, _| !all().any(|field| field == name));
                if choice.required || sampler.optional {
                    let (_, chosen) = sets[sampler.spread(0) % sets.len()];
                    let chosen =
                        chosen.iter().map(|field| (field.to_string(), largest[*field].clone()));
                    fields.extend(chosen);
                }
            }
        }
        _ => {}
    }
}

/// The document also lists the fields of the body as query parameters.
const IN_BODY_TOO: [&str; 1] = ["POST /sso/token"];

/// The operations that carry the client's credentials in their body. They have their own tests.
const WITH_CREDENTIALS: [&str; 3] = [
    "POST /sso/token",
    "POST /user_management/authenticate",
    "POST /user_management/authorize/device",
];

fn without_credentials(operation: &str, mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut().filter(|_| WITH_CREDENTIALS.contains(&operation)) {
        fields.retain(|name, _| !["client_id", "client_secret"].contains(&name.as_str()));
    }
    body
}

fn anonymous(name: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    name.split('/').map(part).collect::<Vec<_>>().join("/")
}

pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// The expected pairs of a query: lists joined with commas, maps in brackets.
pub(crate) fn query_pairs(query: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut pairs = BTreeMap::new();
    for (name, value) in query.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                pairs.insert(name.clone(), items.iter().map(text).collect::<Vec<_>>().join(","));
            }
            Value::Object(entries) => {
                pairs.extend(
                    entries.iter().map(|(key, item)| (format!("{name}[{key}]"), text(item))),
                );
            }
            value => drop(pairs.insert(name.clone(), text(value))),
        }
    }
    pairs
}

/// Generates values of a type.
#[derive(Clone)]
pub(crate) struct Sampler {
    /// Which value of each enum and which variant of each union to take.
    pub(crate) pick: usize,
    /// Whether optional fields are present.
    pub(crate) optional: bool,
    /// Whether nullable fields are null.
    pub(crate) nulls: bool,
    /// Whether lists and maps are null.
    pub(crate) null_lists: bool,
    /// Whether enums have an unknown value.
    pub(crate) novel: bool,
    /// Whether objects have an unknown field.
    pub(crate) extra: bool,
}

impl Sampler {
    pub(crate) fn largest() -> Self {
        Self { optional: true, ..Self::smallest() }
    }

    pub(crate) fn smallest() -> Self {
        Self {
            pick: 0,
            optional: false,
            nulls: false,
            null_lists: false,
            novel: false,
            extra: false,
        }
    }

    pub(crate) fn sample(&self, contract: &Contract, kind: &Value) -> Value {
        self.value(contract, kind, 0)
    }

    fn value(&self, contract: &Contract, kind: &Value, depth: usize) -> Value {
        match kind {
            Value::String(name) => match contract.types.get(name) {
                Some(kind) => self.value(contract, kind, depth),
                None => self.scalar(name),
            },
            Value::Array(_) if self.null_lists && depth > 0 => Value::Null,
            Value::Array(items) => json!([self.value(contract, &items[0], depth + 1)]),
            Value::Object(fields) => match (fields.get("any of"), fields.get("*")) {
                (Some(_), _) => {
                    let variants = variants(contract, kind);
                    self.value(contract, &variants[self.spread(depth) % variants.len()], depth)
                }
                (_, Some(_)) if self.null_lists && depth > 0 => Value::Null,
                (_, Some(value)) => json!({MAP_KEY: self.value(contract, value, depth + 1)}),
                _ => self.object(contract, fields, depth),
            },
            other => panic!("no type: {other}"),
        }
    }

    fn object(&self, contract: &Contract, fields: &Map<String, Value>, depth: usize) -> Value {
        let mut object = Map::new();
        for (field, kind) in fields {
            let name = field.trim_end_matches(['?', '~']);
            let marks = &field[name.len()..];
            // A recursive type has to end somewhere.
            if marks.contains('?') && (!self.optional || depth > 8) {
                continue;
            }
            let value = match self.nulls && marks.contains('~') {
                true => Value::Null,
                false => self.value(contract, kind, depth + 1),
            };
            object.insert(name.to_owned(), value);
        }
        if self.extra {
            object.insert(EXTRA.to_owned(), json!({"nested": [1, "two"]}));
        }
        Value::Object(object)
    }

    fn scalar(&self, name: &str) -> Value {
        if let Some(values) = name.strip_prefix('=') {
            let values: Vec<_> = values.split('|').collect();
            return match values[self.pick % values.len()] {
                "true" => json!(true),
                "false" => json!(false),
                _ if self.novel => json!(NOVEL),
                value => json!(value),
            };
        }
        match name {
            "string" => json!("text"),
            "date-time" => json!(TIME),
            "integer" => json!(7),
            "number" => json!(2.5),
            "boolean" => json!(true),
            "any" => json!("anything"),
            "null" => Value::Null,
            other => panic!("no type: {other}"),
        }
    }

    /// Walks the variants of unions differently from the values of enums, so that every value
    /// appears in every variant.
    fn spread(&self, depth: usize) -> usize {
        let mixed = (self.pick + 1).wrapping_mul(0x9E37_79B9).wrapping_add(depth * 7);
        mixed >> 7
    }
}

/// A value without the unknown fields.
pub(crate) fn known(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove(EXTRA);
            fields.values_mut().for_each(|field| *field = known(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = known(item.take())),
        _ => {}
    }
    value
}

/// Times and whole durations are sampled even where the document only says string or number.
pub(crate) fn realistic(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                *field = match field {
                    Value::String(text) if name.ends_with("_at") && text == "text" => json!(TIME),
                    Value::Number(_) => json!(7),
                    _ => realistic(field.take()),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = realistic(item.take())),
        _ => {}
    }
    value
}

/// The variants of a union, including those of nested unions.
fn variants(contract: &Contract, kind: &Value) -> Vec<Value> {
    let named = kind.as_str().and_then(|name| contract.types.get(name));
    if let Some(kind) = named.filter(|kind| kind.get("any of").is_some()) {
        return variants(contract, kind);
    }
    match kind.get("any of").and_then(Value::as_array) {
        Some(list) => list.iter().flat_map(|variant| variants(contract, variant)).collect(),
        None => vec![kind.clone()],
    }
}
