//! Requests that no client should send, to an emulator that has objects of every kind: none is
//! answered with a failure of the server or with something undocumented, and what is refused
//! changes nothing.

mod chosen;
pub(crate) mod population;
pub(crate) mod random;

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use workos_contract::Operation;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(crate) fn target(path: &str, query: &Value) -> String {
    let pairs = workos_contract::query_pairs(query);
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// All operations, each once.
pub(crate) fn operations() -> Vec<&'static Operation> {
    let operations = workos::contract::operations().map(|entry| entry.operation);
    let operations =
        operations.map(|one| workos_contract::operation(one.method, one.path).unwrap());
    let mut operations: Vec<_> = operations.collect();
    operations.sort_by_key(|one| one.name());
    operations.dedup_by_key(|one| one.name());
    operations
}

fn method(operation: &Operation) -> Method {
    operation.method().parse().unwrap()
}

fn list_places(value: &Value, place: String, places: &mut Vec<String>) {
    let mut add = |key: &str, value: &Value| {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        places.push(place.clone());
        list_places(value, place, places);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(key, value)| add(&key.to_string(), value));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| add(key, value)),
        _ => {}
    }
}
