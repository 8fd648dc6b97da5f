//! An operation of the contract as a row of `operations!`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::import::METHODS;
use super::facts::{Section, Version, anonymous};

/// The names of types in the crate where they differ from the document.
pub(in super::super) type RustTypes = BTreeMap<String, String>;

const WIDTH: usize = 100;

/// The response types of the existing rows, by their names in the contract.
pub(super) fn rust_types(version: &Version, sources: &[String]) -> RustTypes {
    let mut rows = BTreeMap::new();
    for verb in METHODS.map(str::to_uppercase) {
        let start = format!("    {verb} \"");
        for row in sources.iter().flat_map(|source| source.split(&start).skip(1)) {
            if let Some((path, rest)) = row.split_once('"')
                && let Some((arguments, rest)) = rest.split_once("->")
                && arguments.trim_start().starts_with("=>")
                && let Some((answer, _)) = rest.split_once(';')
            {
                rows.insert(anonymous(&format!("{verb} {path}")), answer.trim().to_owned());
            }
        }
    }
    let mut names = RustTypes::new();
    for ((section, name), facts) in &version.owners {
        let Some(row) = rows.get(&anonymous(name)).filter(|_| *section == Section::Operation)
        else {
            continue;
        };
        let answer = Answer::of(version, facts);
        let item = |list: &str| row.strip_prefix(list)?.strip_suffix('>').map(str::to_owned);
        let (named, rust) = match &answer {
            Answer::Page(item_kind) => (item_kind, item("Page<")),
            Answer::List(item_kind) => (item_kind, item("List<")),
            Answer::One(kind) => (kind, (!row.contains(['<', '('])).then(|| row.clone())),
            Answer::Nothing => continue,
        };
        if let (Some(named), Some(rust)) = (named.as_str(), rust)
            && version.has_type(named)
        {
            names.entry(named.to_owned()).or_insert(rust);
        }
    }
    names
}

/// A row ready for the file of its resource; only the sentence and the names need a check.
pub(super) fn row(
    version: &Version,
    operation: &str,
    summary: Option<&str>,
    rust_types: &RustTypes,
) -> Option<String> {
    let facts = version.owners.get(&(Section::Operation, operation.to_owned()))?;
    let (verb, path) = operation.split_once(' ')?;
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let name = method_name(verb, &parts);

    let placeholders = parts.iter().filter_map(|part| placeholder(part));
    let mut arguments: Vec<_> = placeholders.map(snake_case).collect();
    let has = |part| facts.get(part).is_some();
    let input = match (has("query"), has("body") || has("body?")) {
        (true, true) => Some(("params", "Params")),
        (true, false) => Some(("query", "Params")),
        (false, true) => Some(("body", "")),
        (false, false) => None,
    };
    arguments.extend(input.map(|(word, suffix)| format!("{word}: {}{suffix}", camel_case(&name))));

    let rust = |kind: &Value| match kind.as_str() {
        Some(named) if version.has_type(named) => {
            rust_types.get(named).cloned().unwrap_or_else(|| named.to_owned())
        }
        Some("string") => "String".to_owned(),
        Some("boolean") => "bool".to_owned(),
        Some("any") => "Value".to_owned(),
        _ => parts
            .iter()
            .rfind(|part| placeholder(part).is_none())
            .map_or_else(|| "Value".to_owned(), |part| camel_case(&singular(&snake_case(part)))),
    };
    let answer = match Answer::of(version, facts) {
        Answer::Page(item) => format!("Page<{}>", rust(&item)),
        Answer::List(item) => format!("List<{}>", rust(&item)),
        Answer::One(kind) => rust(&kind),
        Answer::Nothing => "()".to_owned(),
    };
    let path = parts.iter().map(|part| match placeholder(part) {
        Some(name) => format!("/{{{}}}", snake_case(name)),
        None => format!("/{part}"),
    });
    let start = format!("    {verb} \"{}\"", path.collect::<String>());
    let call = format!("=> {name}({})", arguments.join(", "));
    let end = format!("-> {answer};");

    let sentence = sentence(summary.unwrap_or(&name));
    let mut row = wrapped("    /// ", &sentence);
    row += &if start.len() + call.len() + end.len() + 2 <= WIDTH {
        format!("{start} {call} {end}")
    } else if call.len() + end.len() + 9 <= WIDTH {
        format!("{start}\n        {call} {end}")
    } else {
        format!("{start}\n        {call}\n        {end}")
    };
    Some(row)
}

/// The success response of an operation.
enum Answer {
    Page(Value),
    List(Value),
    One(Value),
    Nothing,
}

impl Answer {
    fn of(version: &Version, facts: &Value) -> Self {
        let parts = facts.as_object().into_iter().flatten();
        let mut bodies = parts.filter(|(part, kind)| part.starts_with('2') && !kind.is_null());
        let Some((_, body)) = bodies.next() else { return Self::Nothing };
        let shape = body.as_str().and_then(|name| version.get_type(name)).unwrap_or(body);
        let items = shape.get("data").and_then(Value::as_array).and_then(|items| items.first());
        let has_cursors = facts.pointer("/query/after?").is_some();
        match items.filter(|_| shape.as_object().is_some_and(is_list)) {
            Some(item) if has_cursors => Self::Page(item.clone()),
            Some(item) => Self::List(item.clone()),
            None => Self::One(body.clone()),
        }
    }
}

/// Whether an object is only the envelope of a list.
fn is_list(fields: &Map<String, Value>) -> bool {
    let envelope = ["data", "list_metadata", "object"];
    fields.keys().all(|field| envelope.contains(&super::facts::field_name(field)))
}

fn placeholder(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// A name for the method in the style of the other rows: `list_directory_users`, `get_user`,
/// `get_user_by_external_id`, `expire_api_key`, `confirm_email_change`.
fn method_name(verb: &str, parts: &[&str]) -> String {
    let nouns: Vec<_> = (0_usize..)
        .zip(parts)
        .filter(|(_, part)| placeholder(part).is_none())
        .map(|(index, part)| {
            let is_of_one = parts.get(index + 1).is_some_and(|next| placeholder(next).is_some());
            (snake_case(part), is_of_one)
        })
        .collect();
    let Some(((last, is_of_one), before)) = nouns.split_last() else { return verb.to_lowercase() };
    // The parent of the last part, if that is one of several.
    let parent = before.last().filter(|(_, is_of_one)| *is_of_one);
    let parent = parent.map(|(name, _)| format!("{}_", singular(name))).unwrap_or_default();
    let standard = match verb {
        "GET" => "get",
        "POST" => "create",
        "DELETE" => "delete",
        _ => "update",
    };
    let last_placeholder = parts.last().and_then(|part| placeholder(part)).map(snake_case);
    if *is_of_one {
        return match before.last() {
            Some((owner, _)) if last_placeholder.as_ref() == Some(last) => {
                format!("{standard}_{}_by_{last}", singular(owner))
            }
            _ => format!("{standard}_{parent}{}", singular(last)),
        };
    }
    let is_plural = singular(last) != *last;
    match (verb, is_plural, before.last()) {
        ("GET", true, _) => format!("list_{parent}{last}"),
        ("GET" | "DELETE", ..) => format!("{standard}_{parent}{last}"),
        ("POST", true, _) => format!("create_{parent}{}", singular(last)),
        (_, true, _) => format!("{standard}_{parent}{last}"),
        // A verb is at the end: its object is before it.
        (_, false, Some((noun, _))) if !last.contains('_') => format!("{last}_{}", singular(noun)),
        (_, false, _) => format!("{standard}_{parent}{last}"),
    }
}

fn singular(noun: &str) -> String {
    let cut = |end: &str| noun.strip_suffix(end);
    match (cut("ies"), cut("sses"), cut("s")) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}ss"),
        (.., Some(stem)) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => noun.to_owned(),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    snake
}

fn camel_case(name: &str) -> String {
    let capitalized = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>())
    };
    name.split('_').filter_map(capitalized).collect()
}

/// The verbs that summaries start with. Other words stay unchanged: they may not be verbs.
const VERBS: [&str; 47] = [
    "accept",
    "add",
    "approve",
    "archive",
    "assign",
    "cancel",
    "check",
    "complete",
    "confirm",
    "configure",
    "create",
    "deactivate",
    "delete",
    "deny",
    "disable",
    "enable",
    "enroll",
    "expire",
    "find",
    "finish",
    "generate",
    "import",
    "invite",
    "issue",
    "list",
    "reactivate",
    "read",
    "refresh",
    "reject",
    "remove",
    "replace",
    "resend",
    "reset",
    "resume",
    "retire",
    "revoke",
    "rotate",
    "send",
    "set",
    "start",
    "stop",
    "sync",
    "unassign",
    "update",
    "upsert",
    "validate",
    "verify",
];

/// A summary such as "List Directory Users" in the style of the other docs: "Lists directory
/// users."
fn sentence(summary: &str) -> String {
    let is_plain = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.all(|c| c.is_lowercase() || c == '\'')
    };
    let text = summary.trim().trim_end_matches('.').replace('_', " ");
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let verb = first.to_lowercase();
    let first = match verb.as_str() {
        "get" | "fetch" | "retrieve" => "Fetches".to_owned(),
        _ if !VERBS.contains(&verb.as_str()) => first.to_owned(),
        _ => camel_case(&match verb.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if verb.ends_with(['s', 'h', 'x']) => format!("{verb}es"),
            None => format!("{verb}s"),
        }),
    };
    let rest = words.map(|word| if is_plain(word) { word.to_lowercase() } else { word.to_owned() });
    format!("{}.", std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" "))
}

/// Lines of doc comment.
fn wrapped(start: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = start.trim_end().to_owned();
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            lines += &format!("{line}\n");
            line = start.trim_end().to_owned();
        }
        line += &format!(" {word}");
    }
    format!("{lines}{line}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::version;
    use super::*;

    fn only_row(facts: Value, operation: &str, summary: &str) -> String {
        let version = version(json!({
            "operations": {operation: facts},
            "types": {
                "DirectoryUser": {"id": "string"},
                "UserlandUser": {"id": "string"},
                "Users": {"data": ["DirectoryUser"], "list_metadata": "any", "object": "=list"},
            },
        }));
        let names = RustTypes::from([("UserlandUser".to_owned(), "User".to_owned())]);
        row(&version, operation, Some(summary), &names).unwrap()
    }

    #[test]
    fn an_added_operation_is_a_row_to_paste() {
        let page = json!({"200": "Users", "query": {"after?": "string"}});
        assert_eq!(
            only_row(page, "GET /directories/{directoryId}/users", "List a Directory's Users"),
            "    /// Lists a directory's users.\n    \
             GET \"/directories/{directory_id}/users\"\n        \
             => list_directory_users(directory_id, query: ListDirectoryUsersParams)\n        \
             -> Page<DirectoryUser>;"
        );
        let one = json!({"201": "UserlandUser", "body": {"name": "string"}});
        assert_eq!(
            only_row(one, "POST /users", "Create an SSO User"),
            "    /// Creates an SSO user.\n    \
             POST \"/users\" => create_user(body: CreateUser) -> User;"
        );
        let none = json!({"202": null, "204": null});
        assert_eq!(
            only_row(none, "DELETE /users/{id}", "Delete a user"),
            "    /// Deletes a user.\n    DELETE \"/users/{id}\" => delete_user(id) -> ();"
        );
        let list = json!({"200": {"data": [{"id": "string"}], "object": "=list"}});
        assert_eq!(
            only_row(list, "GET /users/{id}/identities", "Get user identities"),
            "    /// Fetches user identities.\n    \
             GET \"/users/{id}/identities\" => list_user_identities(id) -> List<Identity>;"
        );
        let both = json!({"200": "any", "query": {"dry?": "boolean"}, "body?": "any"});
        assert_eq!(
            only_row(both, "PUT /users/{id}", "Verifying, in short"),
            "    /// Verifying, in short.\n    \
             PUT \"/users/{id}\" => update_user(id, params: UpdateUserParams) -> Value;"
        );
    }

    #[test]
    fn a_long_row_is_broken_as_the_formatter_accepts() {
        let page = json!({"200": "Users", "query": {"after?": "string"}});
        let path = "GET /organizations/{organization_id}/syncs";
        let summary = format!("List {}", "directory synchronization connections ".repeat(3));
        let row = only_row(page, path, &summary);
        assert!(row.lines().all(|line| line.len() <= WIDTH), "{row}");
        assert_eq!(row.lines().count(), 5);
    }

    #[test]
    fn methods_are_named_like_the_others() {
        for (operation, name) in [
            ("GET /organizations", "list_organizations"),
            ("POST /organizations", "create_organization"),
            ("GET /organizations/{id}", "get_organization"),
            ("PUT /organizations/{id}", "update_organization"),
            ("DELETE /organizations/{id}", "delete_organization"),
            ("GET /organizations/external_id/{external_id}", "get_organization_by_external_id"),
            ("POST /api_keys/{id}/expire", "expire_api_key"),
            ("PUT /feature-flags/{slug}/disable", "disable_feature_flag"),
            ("GET /organizations/{organizationId}/groups/{groupId}", "get_organization_group"),
            ("GET /directories/{id}/users", "list_directory_users"),
            ("POST /user_management/password_reset/confirm", "confirm_password_reset"),
            ("POST /vault/v1/keys/data-key", "create_data_key"),
            ("GET /addresses/{id}", "get_address"),
            ("GET /status", "get_status"),
        ] {
            let (verb, path) = operation.split_once(" /").unwrap();
            let parts: Vec<_> = path.split('/').collect();
            assert_eq!(method_name(verb, &parts), name, "{operation}");
        }
    }

    #[test]
    fn existing_rows_give_the_names_of_types() {
        let version = version(json!({
            "operations": {
                "GET /users/{userId}": {"200": "UserlandUser"},
                "GET /flags": {"200": "FlagList", "query": {"after?": "string"}},
                "DELETE /flags/{id}": {"204": null},
                "GET /inline": {"200": {"id": "string"}},
            },
            "types": {
                "UserlandUser": {"id": "string"},
                "Flag": {"id": "string"},
                "FlagList": {"data": ["Flag"], "object": "=list"},
            },
        }));
        let source = "operations! {\n    GET \"/users/{id}\" => get_user(id) -> User;\n    \
                      GET \"/flags\"\n        => list_flags(query: Q)\n        -> Page<FeatureFlag>;\n    \
                      DELETE \"/flags/{id}\" => delete_flag(id) -> ();\n    \
                      GET \"/inline\" => get_inline() -> Inline;\n}";
        let pairs = [("Flag", "FeatureFlag"), ("UserlandUser", "User")];
        let expected = pairs.map(|(one, other)| (one.to_owned(), other.to_owned()));
        assert_eq!(rust_types(&version, &[source.to_owned()]), RustTypes::from(expected));
    }
}
