//! Samples fit what they are samples of, and what is changed in them is noticed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use workos_contract::sample::{EMAIL, EXTRA, MAP_KEY, NOVEL, TEXT, TIME, URL};
use workos_contract::{Kind, Operation, Sampler, Shape, events, operations, query_pairs};

use crate::{operation, texts};

/// Enough to see every value of most enums and every variant of every union.
const PICKS: usize = 24;

fn samplers() -> impl Iterator<Item = Sampler> {
    (0..PICKS).flat_map(|pick| {
        [Sampler::smallest(), Sampler::largest()].into_iter().flat_map(move |sampler| {
            [false, true].map(|nulls| Sampler { pick, nulls, ..sampler.clone() })
        })
    })
}

fn answers(operation: &'static Operation) -> impl Iterator<Item = (u16, &'static Shape)> {
    operation.successes().filter_map(|(status, shape)| Some((status, shape?)))
}

#[test]
fn every_sampled_answer_and_event_fits() {
    for sampler in samplers() {
        for operation in operations() {
            for (status, shape) in answers(operation) {
                let body = sampler.sample(shape).to_string();
                let checked = operation.check_answer(status, body.as_bytes());
                assert_eq!(checked, Ok(()), "{} {body}", operation.name());
            }
        }
        for event in events() {
            let context = event.context.as_ref().map(|(shape, _)| sampler.sample(shape));
            let problems = event.check(&sampler.sample(&event.data), context.as_ref());
            assert_eq!(problems, [], "{}", event.name);
        }
    }
}

#[test]
fn every_sampled_request_fits() {
    for sampler in samplers() {
        for operation in operations() {
            let (query, body) = operation.sample_request(&sampler);
            let problems = operation.check_body(&body);
            assert_eq!(problems, [], "{} {body}", operation.name());
            let (read, problems) = operation.read_query(&query_pairs(&query));
            assert_eq!(problems, [], "{} {query}", operation.name());
            assert_eq!(read, without_nulls(query), "{}", operation.name());
        }
    }
}

fn without_nulls(query: Value) -> Value {
    let Value::Object(fields) = query else { return json!({}) };
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// A wrong variation of a sample, and the place where it is wrong.
struct Mutant {
    place: String,
    value: Value,
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// A mutant for each required field that is missing and each field of another type. Inside unions,
/// the place depends on the variant.
fn mutants(shape: &Shape, value: &Value, place: &str) -> Vec<Mutant> {
    let shape = shape.resolved();
    let wrong = match &shape.kind {
        Kind::Any => None,
        Kind::Union(variants) if variants.iter().any(|it| it.check(&json!(7)).is_empty()) => None,
        Kind::Map(_) | Kind::Object(_) | Kind::Union(_) => Some(json!(7)),
        _ => Some(json!({"no": "value"})),
    };
    let mut all: Vec<_> =
        wrong.into_iter().map(|value| Mutant { place: place.to_owned(), value }).collect();
    match (&shape.kind, value) {
        (Kind::Object(fields), Value::Object(given)) => {
            for field in fields {
                let Some(inner) = given.get(&field.name) else { continue };
                let place = inside(place, &field.name);
                let with = |value: Option<Value>| {
                    let mut fields = given.clone();
                    fields.remove(&field.name);
                    fields.extend(value.map(|value| (field.name.clone(), value)));
                    Value::Object(fields)
                };
                if !field.is_optional {
                    all.push(Mutant { place: place.clone(), value: with(None) });
                }
                for mutant in mutants(&field.shape, inner, &place) {
                    all.push(Mutant { value: with(Some(mutant.value)), ..mutant });
                }
            }
        }
        (Kind::List(item), Value::Array(items)) => {
            for mutant in mutants(item, &items[0], &format!("{place}[0]")) {
                let mut items = items.clone();
                items[0] = mutant.value;
                all.push(Mutant { value: items.into(), ..mutant });
            }
        }
        (Kind::Map(inner), Value::Object(entries)) => {
            for mutant in mutants(inner, &entries[MAP_KEY], &inside(place, MAP_KEY)) {
                let entries = Map::from_iter([(MAP_KEY.to_owned(), mutant.value)]);
                all.push(Mutant { value: entries.into(), ..mutant });
            }
        }
        _ => {}
    }
    all
}

#[test]
fn every_changed_answer_is_noticed() {
    let mut count = 0;
    for operation in operations() {
        for (status, shape) in answers(operation) {
            let sample = Sampler::largest().sample(shape);
            for mutant in mutants(shape, &sample, "") {
                let body = mutant.value.to_string();
                let problems = operation.check_answer(status, body.as_bytes()).unwrap_err();
                let is_named = problems.lines().any(|line| {
                    mutant.place.is_empty() || line.starts_with(&format!("{} ", mutant.place))
                });
                assert!(is_named, "{}: {} {problems}\n{body}", operation.name(), mutant.place);
                count += 1;
            }
        }
    }
    assert!(count > 5_000, "{count}");
}

#[test]
fn every_changed_request_is_noticed() {
    let mut count = 0;
    for operation in operations() {
        let Some(body) = operation.body() else { continue };
        let sample = operation.sample_request(&Sampler::largest()).1;
        for mutant in mutants(&body.shape, &sample, "") {
            let problems = operation.check_body(&mutant.value);
            let is_named = problems.iter().any(|problem| problem.place == mutant.place);
            assert!(is_named, "{}: {} {problems:?}", operation.name(), mutant.place);
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn an_unknown_field_is_noticed_in_an_answer_and_ignored_in_a_request() {
    let sampler = Sampler { extra: true, ..Sampler::largest() };
    let get = operation("GET /organizations/{id}");
    let (status, shape) = answers(get).next().unwrap();
    let body = sampler.sample(shape).to_string();
    assert_eq!(
        get.check_answer(status, body.as_bytes()),
        Err([format!("domains[0].{EXTRA}"), EXTRA.to_owned()]
            .map(|place| format!("{place} is not documented."))
            .join("\n"))
    );
    for operation in operations() {
        let (_, body) = operation.sample_request(&sampler);
        assert_eq!(operation.check_body(&body), [], "{}", operation.name());
    }
}

#[test]
fn a_sampler_makes_what_it_is_told_to() {
    let shape = Shape::parse(&json!({
        "id": "string", "state?": "=on|off", "note~": "string", "list": ["integer"],
        "map": {"*": "date-time"}, "kind": {"any of": [{"type": "=a"}, {"type": "=b"}]},
        "ratio": "number", "is": "=true", "email": "string", "any": "any",
    }))
    .unwrap();
    let smallest = json!({
        "id": TEXT, "note": TEXT, "list": [7], "map": {MAP_KEY: TIME}, "kind": {"type": "b"},
        "ratio": 2.5, "is": true, "email": EMAIL, "any": "anything",
    });
    assert_eq!(Sampler::smallest().sample(&shape), smallest);
    let with = |name: &str, value: Value| {
        let mut sample = smallest.clone();
        sample["state"] = json!("on");
        sample[name] = value;
        sample
    };
    let largest = Sampler::largest;
    assert_eq!(largest().sample(&shape), with("state", json!("on")));
    assert_eq!(Sampler { nulls: true, ..largest() }.sample(&shape), with("note", Value::Null));
    let mut nulls = with("list", Value::Null);
    nulls["map"] = Value::Null;
    assert_eq!(Sampler { null_lists: true, ..largest() }.sample(&shape), nulls);
    let mut novel = with("state", json!(NOVEL));
    novel["kind"] = json!({"type": NOVEL});
    assert_eq!(Sampler { novel: true, ..largest() }.sample(&shape), novel);
    let mut extra = with("is", json!(true));
    for holder in ["", "/kind"] {
        extra.pointer_mut(holder).unwrap()[EXTRA] = json!({"nested": [1, "two"]});
    }
    assert_eq!(Sampler { extra: true, ..largest() }.sample(&shape), extra);
    assert_eq!(Sampler { pick: 1, ..largest() }.sample(&shape)["state"], "off");
}

#[test]
fn samples_are_within_their_limits() {
    let body = |name: &str| operation(name).sample_request(&Sampler::largest()).1;
    assert_eq!(body("POST /passwordless/sessions")["expires_in"], 900);
    assert_eq!(body("PUT /data-integrations/{slug}/api-key")["secret"], TEXT);
    let (query, _) = operation("GET /sso/authorize").sample_request(&Sampler::largest());
    assert_eq!((&query["redirect_uri"], &query["domain"]), (&json!(URL), &json!("example.com")));
}

#[test]
fn a_request_has_one_of_the_fields_that_exclude_each_other() {
    let create = operation("POST /user_management/users/{id}/auth_factors");
    let enroll = operation("POST /auth/factors/enroll");
    for pick in 0..6 {
        let sampler = Sampler { pick, ..Sampler::smallest() };
        let body = enroll.sample_request(&sampler).1;
        let keys: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match body["type"].as_str().unwrap() {
            "sms" => &["phone_number", "type"],
            "totp" => &["totp_issuer", "totp_user", "type"],
            _ => &["type"],
        };
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), expected);
    }
    assert_eq!(texts(&create.check_body(&create.sample_request(&Sampler::largest()).1)), [""; 0]);
}
