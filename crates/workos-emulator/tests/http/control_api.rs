//! The control API as its description says.

use serde_json::Value;
use workos_emulator::Emulator;

use super::{KEY, create, request, send};

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
    assert!(kinds.is_empty() || kinds.contains(&kind), "{place}: {value} is no {kinds:?}");
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

/// The path of an operation with its example parameters.
fn target(path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = match &parameter["example"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &example),
            _ => query.push(format!("{name}={}", example.replace('+', "%2B"))),
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// Every operation answers its example with a status and a body that its description has.
#[tokio::test]
async fn every_operation_answers_its_example_as_described() {
    let emulator = Emulator::start().await.unwrap();
    let description =
        send(&emulator, request("GET", "/_emulate/openapi.json", "", "")).await.json();
    let paths = description["paths"].as_object().unwrap();
    let mut operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (path, method, operation))
        })
        .collect();
    // Reading comes first, while there is something to read.
    operations.sort_by_key(|(_, method, _)| *method != "get");
    for (path, method, operation) in operations {
        emulator.faults().clear();
        create(&emulator, super::ORGANIZATIONS, serde_json::json!({"name": "Acme"})).await;
        let body = operation.pointer("/requestBody/content/application~1json/example");
        let body = body.map_or_else(String::new, Value::to_string);
        let target = target(path, operation);
        let sent = request(&method.to_uppercase(), &target, KEY, &body);
        let response = send(&emulator, sent).await;
        let place = format!("{method} {target}");
        let status = response.status.to_string();
        let described = &operation["responses"][&status];
        assert!(!described.is_null(), "{place} answers {status}: {}", response.json());
        let described = match described["$ref"].as_str() {
            Some(name) => description.pointer(name.trim_start_matches('#')).unwrap(),
            None => described,
        };
        match described.pointer("/content/application~1json/schema") {
            Some(schema) => check(&response.json(), schema, &description, &place),
            None => assert_eq!(response.body, b"", "{place}"),
        }
    }
}
