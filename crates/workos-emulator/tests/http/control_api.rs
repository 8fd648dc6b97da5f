//! The control API as its description says.

use serde_json::{Value, json};
use workos_emulator::{Emulator, NewDirectory};

use super::{KEY, ORGANIZATIONS, USERS, at_noon, create, get, request, send, text};

/// Whether a value is as a schema says, as far as the description uses schemas.
fn check(value: &Value, schema: &Value, whole: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = whole.pointer(name.trim_start_matches('#')).unwrap();
        return check(value, schema, whole, place);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(value, part, whole, place);
    }
    if let Some(expected) = schema.get("const") {
        assert_eq!(value, expected, "{place}");
    }
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{place}: {value}");
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_kind = |known: &&str| *known == kind || (*known == "number" && kind == "integer");
    let is_known = kinds.is_empty() || kinds.iter().any(is_kind);
    assert!(is_known, "{place}: {value} is no {kinds:?}");
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{place} has no {name}: {value}");
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(value, schema, whole, &format!("{place}.{name}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(item, &schema["items"], whole, &format!("{place}[]"));
    }
}

/// The path of an operation with its example parameters, and the ID of something that is there.
async fn target(emulator: &Emulator, path: &str, operation: &Value, directory: &str) -> String {
    let mut target = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = match &parameter["example"] {
            Value::String(text) => text.clone(),
            Value::Null => continue,
            other => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => {
                let known = match name {
                    "directory_id" => directory.to_owned(),
                    _ => first(emulator, path, name, &example).await,
                };
                target = target.replace(&format!("{{{name}}}"), &known);
            }
            _ => query.push(format!("{name}={}", example.replace('+', "%2B"))),
        }
    }
    if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
}

/// The name in the example of something that has one; otherwise the ID of the first in the list.
async fn first(emulator: &Emulator, path: &str, name: &str, example: &str) -> String {
    if name != "id" {
        return example.to_owned();
    }
    let (list, _) = path.split_once("/{").unwrap();
    let (status, listed) = get(emulator, list).await;
    assert_eq!(status, 200, "{list}");
    text(&listed[0]["id"]).to_owned()
}

/// Things are there before they are read, and are read before they are removed.
fn turn(path: &str, method: &str) -> u8 {
    match (path, method) {
        ("/_emulate/reset", _) => 3,
        (_, "post") => 0,
        (_, "get") => 1,
        _ => 2,
    }
}

/// Every operation does what its example says, and answers with a status and a body that its
/// description has.
#[tokio::test]
async fn every_operation_answers_its_example_as_described() {
    let emulator = at_noon().await;
    let hook = json!({"endpoint_url": "http://localhost:9/hooks", "events": ["user.created"]});
    create(&emulator, "/webhook_endpoints", hook).await;
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let new = NewDirectory { organization: text(&acme["id"]).to_owned(), ..Default::default() };
    let directory = emulator.fixtures().directory(new).unwrap();
    create(&emulator, USERS, json!({"email": "bob@acme.test"})).await;

    let (_, description) = get(&emulator, "/_emulate/openapi.json").await;
    let paths = description["paths"].as_object().unwrap();
    let mut operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (path, method, operation))
        })
        .collect();
    operations.sort_by_key(|(path, method, _)| turn(path, method));
    for (path, method, operation) in operations {
        let body = operation.pointer("/requestBody/content/application~1json/example");
        let body = body.map_or_else(String::new, Value::to_string);
        let target = target(&emulator, path, operation, &directory.id).await;
        let response = send(&emulator, request(&method.to_uppercase(), &target, KEY, &body)).await;
        let place = format!("{method} {target}");
        assert!((200..300).contains(&response.status), "{place}: {}", response.json());
        let described = &operation["responses"][&response.status.to_string()];
        assert!(!described.is_null(), "{place} answers {}", response.status);
        match described.pointer("/content/application~1json/schema") {
            Some(schema) => check(&response.json(), schema, &description, &place),
            None => assert_eq!(response.body, b"", "{place}"),
        }
    }
}
