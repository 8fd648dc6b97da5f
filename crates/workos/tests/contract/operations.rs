//! The whole API, in both directions: every operation exists, sends every parameter under its right
//! name, and reads every response without losing anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workos::Client;
use workos::contract::{self, Entry, Input, Seen, watch};
use workos_contract::sample::EXTRA;
use workos_contract::{Operation, Sampler, query_pairs};

use crate::rows::{
    answers, decoded, documented, filled, input, known, placeholders, rows, without_credentials,
};

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

/// Runs a check on every row and reports all failures together.
fn check(check: impl Fn(&'static Operation, &Entry, &mut Vec<String>)) {
    let mut failures = Vec::new();
    for (operation, entry) in rows() {
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
    let of_rows: BTreeSet<_> = rows().map(|(operation, _)| operation.name()).collect();
    let missing: Vec<_> = workos_contract::operations()
        .map(Operation::name)
        .filter(|name| !URLS.contains(name) && !of_rows.contains(name))
        .collect();
    assert_eq!(missing, [""; 0], "operations that the crate lacks");
    let unknown: Vec<_> = contract::operations()
        .filter(|entry| documented(&entry.operation).is_none())
        .map(|entry| entry.operation.to_string())
        .collect();
    assert_eq!(unknown, [""; 0], "operations that the contract lacks");
    assert!(workos_contract::operations().count() >= 277, "the contract was not read");
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
    check(|operation, entry, failures| {
        let values = ["first/1", "second 2", "third?3"];
        let path = &values[..placeholders(operation)];
        let input = input(operation, &Sampler::smallest(), path);
        match (entry.build)(&client(), &input) {
            Err(error) => failures.push(error.to_string()),
            Ok(request) => {
                let expected = filled(operation, path);
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
        (decoded(key), decoded(value))
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
    check(|operation, entry, failures| {
        for pick in 0..picks {
            let sampler = sampler(entry.operation.name, pick);
            let input = input(operation, &sampler, &["a", "b", "c"]);
            let (sent, seen) = watch(|| sent(entry, &input));
            match sent {
                Err(error) => failures.push(format!("{error} for {} {}", input.query, input.body)),
                Ok((query, body)) => {
                    let expected = query_pairs(&input.query).into_iter().collect();
                    if query != expected {
                        failures.push(format!("query {query:?}, expected {expected:?}"));
                    }
                    let empty = input.body.is_null() || input.body == json!({});
                    let body = without_credentials(operation, body);
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
                part.contains_key(key) || key == EXTRA || is_nothing(value) || is_page_object(key)
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

/// Operations for which the document lists a 201 without a body that its generator adds to every
/// POST.
const STRAY_EMPTY: [&str; 2] = ["POST /sso/logout/authorize", "POST /sso/token"];

fn check_responses(sampler: impl Fn(usize) -> Sampler, picks: usize, is_known: bool) {
    check(|operation, entry, failures| {
        let may_be_empty = answers(operation).any(|(_, shape)| shape.is_none());
        for (status, shape) in answers(operation) {
            for pick in 0..picks {
                let sampler = sampler(pick);
                let body = shape.map_or(Value::Null, |shape| sampler.sample(shape));
                let (recoded, seen) = watch(|| (entry.recode)(&body.to_string()));
                match recoded {
                    Err(_) if shape.is_none() && STRAY_EMPTY.contains(&operation.name()) => {}
                    Ok(Value::Null) if may_be_empty => {}
                    Err(error) => failures.push(format!("{status}: {error} in {body}")),
                    Ok(recoded) if !has(&recoded, &known(body.clone())) => {
                        failures.push(format!("{status}: {body} became {recoded}"));
                    }
                    Ok(_) => {}
                }
                failures.extend(lacking(seen).filter(|_| is_known));
                if shape.is_none() {
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
    let page = serde_json::to_value(workos::Page::<Value>::default()).unwrap();
    check(|operation, entry, failures| {
        for shape in answers(operation).filter_map(|(_, shape)| shape) {
            let is_list = Sampler::smallest().sample(shape)["data"].is_array();
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
    let mut refused = BTreeSet::new();
    for (operation, entry) in rows() {
        for shape in answers(operation).filter_map(|(_, shape)| shape) {
            // Enough to see every variant of every union.
            for pick in 0..4 {
                let body = Sampler { pick, ..Sampler::largest() }.sample(shape);
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
