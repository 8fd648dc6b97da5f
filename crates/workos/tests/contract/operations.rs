//! The whole API, in both directions: every operation exists, sends every parameter under its right
//! name, and reads every response without losing anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::notation::{self, Contract, Operation, Sampler};
use serde_json::{Value, json};
use workos::Client;
use workos::contract::{self, Entry, Input, Seen, watch};

/// Enough to see every value of every enum and every variant of every union.
const PICKS: usize = 160;

/// Operations without a row in the table, because a browser makes them: the URL builders. They have
/// their own tests.
const URLS: [&str; 4] = [
    "GET /sso/authorize",
    "GET /sso/logout",
    "GET /user_management/authorize",
    "GET /user_management/sessions/logout",
];

fn client() -> Client {
    Client::builder().api_key("sk_test_1").client_id("client_1").build()
}

/// The operations of the contract with their rows; authentication has several rows for one
/// operation.
fn rows(contract: &Contract) -> Vec<(&Operation, &'static Entry)> {
    let mut rows = Vec::new();
    for operation in &contract.operations {
        for entry in contract::operations().filter(|entry| operation.is(&entry.operation)) {
            rows.push((operation, entry));
        }
    }
    rows
}

/// Runs a check on every row and reports all failures together.
fn check(contract: &Contract, check: impl Fn(&Operation, &Entry, &mut Vec<String>)) {
    let mut failures = Vec::new();
    for (operation, entry) in rows(contract) {
        let mut own = Vec::new();
        check(operation, entry, &mut own);
        // The others are usually the same.
        own.truncate(3);
        failures.extend(own.into_iter().map(|failure| format!("{}: {failure}", entry.operation)));
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn exactly_the_operations_of_the_contract_exist() {
    let contract = Contract::read();
    let is_known = |operation: &&Operation| {
        URLS.contains(&operation.name.as_str())
            || contract::operations().any(|entry| operation.is(&entry.operation))
    };
    let missing: Vec<_> =
        contract.operations.iter().filter(|o| !is_known(o)).map(|o| &o.name).collect();
    assert_eq!(missing, [""; 0], "operations that the crate lacks");
    let unknown: Vec<_> = contract::operations()
        .map(|entry| entry.operation)
        .filter(|row| !contract.operations.iter().any(|operation| operation.is(row)))
        .map(|row| row.to_string())
        .collect();
    assert_eq!(unknown, [""; 0], "operations that the contract lacks");
    assert!(contract.operations.len() >= 277, "the contract was not read");
}

#[test]
fn a_path_finds_its_operation_and_literal_segments_take_precedence() {
    use http::Method;
    let name = |method, path: &str| contract::find(&method, path).map(|entry| entry.operation.name);
    assert_eq!(name(Method::GET, "/organizations/org_1"), Some("get_organization"));
    assert_eq!(
        name(Method::GET, "/user_management/users/external_id/x"),
        Some("get_user_by_external_id")
    );
    assert_eq!(name(Method::PATCH, "/organizations/org_1"), None);
    assert_eq!(name(Method::GET, "/nothing"), None);
}

#[test]
fn every_operation_has_a_unique_name() {
    let mut names: Vec<_> = contract::operations().map(|e| e.operation.to_string()).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn path_parameters_are_filled_in_order_and_encoded() {
    let contract = Contract::read();
    check(&contract, |operation, entry, failures| {
        let values = ["first/1", "second 2", "third?3"];
        let path = &values[..operation.placeholders()];
        let sampler = Sampler::smallest();
        let input = operation.input(&contract, &sampler, path);
        match (entry.build)(&client(), &input) {
            Err(error) => failures.push(error.to_string()),
            Ok(request) => {
                let expected = operation.filled(path);
                let sent = request.url.split('?').next().unwrap_or_default();
                let sent = sent.strip_prefix("https://api.workos.com").unwrap();
                if sent != expected {
                    failures.push(format!("sent {sent}, expected {expected}"));
                }
                assert_eq!(request.method.as_str(), operation.method());
            }
        }
        // A missing value, or one that would change the path, is refused.
        for place in 0..path.len() {
            let mut path = path.to_vec();
            path[place] = "..";
            let input = Input { path, ..input.clone() };
            if (entry.build)(&client(), &input).is_ok() {
                failures.push(format!("`..` was accepted as path parameter {place}"));
            }
        }
    });
}

/// What arrives of a request: the query as pairs, and the body.
fn sent(entry: &Entry, input: &Input<'_>) -> Result<(BTreeMap<String, String>, Value), String> {
    let request = (entry.build)(&client(), input).map_err(|error| error.to_string())?;
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap();
        (notation::decoded(key), notation::decoded(value))
    });
    let body = request.body.map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap());
    Ok((pairs.collect(), body))
}

/// The values of the contract that an enum of the crate does not know.
fn lacking(seen: Seen) -> impl Iterator<Item = String> {
    // Where the contract has a plain string and the crate an enum, the sample is not one of its
    // values.
    let unknown = seen.unknown.into_iter();
    unknown.filter(|value| !value.ends_with(" text")).map(|value| format!("the enum lacks {value}"))
}

/// `sampler` returns one for the name of an operation and a number.
fn check_requests(sampler: impl Fn(&str, usize) -> Sampler, picks: usize) {
    let contract = Contract::read();
    check(&contract, |operation, entry, failures| {
        for pick in 0..picks {
            let sampler = sampler(entry.operation.name, pick);
            let input = operation.input(&contract, &sampler, &["a", "b", "c"]);
            let input = Input { path: input.path[..operation.placeholders()].to_vec(), ..input };
            let (sent, seen) = watch(|| sent(entry, &input));
            match sent {
                Err(error) => failures.push(format!("{error} for {} {}", input.query, input.body)),
                Ok((query, body)) => {
                    let expected = notation::query_pairs(&input.query);
                    if query != expected {
                        failures.push(format!("query {query:?}, expected {expected:?}"));
                    }
                    let empty = input.body.is_null() || input.body == json!({});
                    let body = operation.without_credentials(body);
                    if body != input.body && !(empty && (body.is_null() || body == json!({}))) {
                        failures.push(format!("sent {body}, expected {}", input.body));
                    }
                }
            }
            failures.extend(lacking(seen));
        }
    });
}

#[test]
fn the_smallest_request_is_sent_as_given() {
    check_requests(|_, pick| Sampler { pick, ..Sampler::smallest() }, PICKS);
}

#[test]
fn the_largest_request_is_sent_as_given() {
    check_requests(|_, pick| Sampler { pick, ..Sampler::largest() }, PICKS);
}

/// Requests that create something, where null means the same as omitting the field, so it cannot be
/// sent. A version check is the same.
const NULL_SAYS_NOTHING: [&str; 10] = [
    "create_application",
    "create_data_integration",
    "create_environment_role",
    "create_organization",
    "create_organization_group",
    "create_organization_role",
    "create_permission",
    "create_resource",
    "create_user",
    "update_kv",
];

#[test]
fn every_nullable_field_can_be_sent_as_null() {
    let nulls = |name: &str| !NULL_SAYS_NOTHING.contains(&name);
    check_requests(|name, pick| Sampler { pick, nulls: nulls(name), ..Sampler::largest() }, PICKS);
}

/// Whether `whole` has everything that `part` has; additional fields may only be null or empty.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            // A page serializes as "list", whatever was read, even if the endpoint sends nothing.
            let is_page = whole.contains_key("list_metadata");
            let is_page_object = |key: &str| is_page && key == "object" && whole[key] == "list";
            let is_spare = |(key, value): (&String, &Value)| {
                part.contains_key(key)
                    || key == notation::EXTRA
                    || is_nothing(value)
                    || is_page_object(key)
            };
            let is_kept = |(key, part): (&String, &Value)| {
                is_page_object(key) || has(whole.get(key).unwrap_or(&Value::Null), part)
            };
            whole.iter().all(is_spare) && part.iter().all(is_kept)
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len()
                && whole.iter().zip(part).all(|(whole, part)| has(whole, part))
        }
        (whole, part) => whole == part || (is_nothing(whole) && is_nothing(part)),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}

fn check_responses(sampler: impl Fn(usize) -> Sampler, picks: usize, known: bool) {
    let contract = Contract::read();
    check(&contract, |operation, entry, failures| {
        for (status, kind) in operation.successes() {
            for pick in 0..picks {
                let sampler = sampler(pick);
                let body = match kind {
                    Value::Null => Value::Null,
                    kind => sampler.sample(&contract, kind),
                };
                let (recoded, seen) = watch(|| (entry.recode)(&body.to_string()));
                match recoded {
                    Err(_) if kind.is_null() && operation.has_stray_empty_status() => {}
                    Ok(Value::Null) if operation.may_be_empty() => {}
                    Err(error) => failures.push(format!("{status}: {error} in {body}")),
                    Ok(recoded) if !has(&recoded, &notation::known(body.clone())) => {
                        failures.push(format!("{status}: {body} became {recoded}"));
                    }
                    Ok(_) => {}
                }
                failures.extend(lacking(seen).filter(|_| known));
                if kind.is_null() {
                    break;
                }
            }
        }
    });
}

#[test]
fn the_largest_response_round_trips() {
    check_responses(|pick| Sampler { pick, ..Sampler::largest() }, PICKS, true);
}

#[test]
fn the_smallest_response_round_trips() {
    check_responses(|pick| Sampler { pick, ..Sampler::smallest() }, PICKS, true);
}

#[test]
fn a_response_with_nulls_round_trips() {
    check_responses(|pick| Sampler { pick, nulls: true, ..Sampler::largest() }, PICKS, true);
}

#[test]
fn a_response_with_null_for_every_list_and_map_is_read() {
    check_responses(|pick| Sampler { pick, null_lists: true, ..Sampler::largest() }, 12, true);
}

#[test]
fn a_response_with_new_values_in_every_enum_round_trips() {
    check_responses(|pick| Sampler { pick, novel: true, ..Sampler::largest() }, 12, false);
}

#[test]
fn a_response_with_a_new_field_in_every_object_is_read() {
    check_responses(|pick| Sampler { pick, extra: true, ..Sampler::largest() }, 12, true);
}

#[test]
fn every_list_is_a_page() {
    let contract = Contract::read();
    let page = serde_json::to_value(workos::Page::<Value>::default()).unwrap();
    check(&contract, |operation, entry, failures| {
        for (_, kind) in operation.successes().filter(|(_, kind)| !kind.is_null()) {
            let is_list = Sampler::smallest().sample(&contract, kind)["data"].is_array();
            let empty = (entry.recode)("{}");
            if is_list && empty.as_ref() != Ok(&page) {
                failures.push(format!("{empty:?}"));
            }
        }
    });
}

/// The required fields of responses: which object it is, and what the call was made for. Whatever
/// else is missing or null, the response is read.
const NEEDED: [&str; 27] = [
    // Which object it is. Roles and permissions are named by slugs, events by what happened.
    "id",
    "slug",
    "event",
    // An entry in the map of flags, which is the flag.
    "a_key",
    // What the call was made for; an empty one would be mistaken for somebody or something else.
    "user",
    "profile",
    "application",
    "authentication_factor",
    "authentication_challenge",
    "challenge",
    "connected_account",
    "agent_identity",
    // Credentials, and where to use them.
    "access_token",
    "refresh_token",
    "token",
    "device_code",
    "user_code",
    "verification_uri",
    "link",
    "url",
    "logout_url",
    // Secrets in Vault, and certificates; an empty one would be stored or passed on.
    "value",
    "data_key",
    "encrypted_keys",
    // Verdicts: there is no right default.
    "authorized",
    "valid",
    "verdict",
];

/// The path of every field in a document, as keys and indices.
fn places(document: &Value, way: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match document {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
        }
        _ => return,
    };
    for (step, child) in children {
        way.push(step);
        if document.is_object() {
            all.push(way.clone());
        }
        places(child, way, all);
        way.pop();
    }
}

/// A document without a field, or with null in its place.
fn without(document: &Value, place: &[String], is_null: bool) -> Value {
    let mut document = document.clone();
    let (last, way) = place.split_last().unwrap();
    let holder = way.iter().fold(&mut document, |holder, step| match step.parse::<usize>() {
        Ok(index) if holder.is_array() => &mut holder[index],
        _ => &mut holder[step],
    });
    let fields = holder.as_object_mut().unwrap();
    if is_null {
        fields.insert(last.clone(), Value::Null);
    } else {
        fields.remove(last);
    }
    document
}

#[test]
fn no_response_fails_for_lack_of_an_unneeded_field() {
    let contract = Contract::read();
    let mut refused = BTreeSet::new();
    for (operation, entry) in rows(&contract) {
        for (_, kind) in operation.successes().filter(|(_, kind)| !kind.is_null()) {
            // Enough to see every variant of every union.
            for pick in 0..4 {
                let body = Sampler { pick, ..Sampler::largest() }.sample(&contract, kind);
                let mut all = Vec::new();
                places(&body, &mut Vec::new(), &mut all);
                for (place, is_null) in all.iter().flat_map(|place| [(place, false), (place, true)])
                {
                    if (entry.recode)(&without(&body, place, is_null).to_string()).is_err() {
                        refused.insert(place.last().unwrap().clone());
                    }
                }
            }
        }
    }
    let mut needed = NEEDED;
    needed.sort_unstable();
    assert_eq!(refused.iter().collect::<Vec<_>>(), needed.iter().collect::<Vec<_>>());
}
