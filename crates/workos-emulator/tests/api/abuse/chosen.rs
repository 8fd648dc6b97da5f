//! Chosen abuse of every operation: cursors of other lists, the ends of time, deep values, and odd
//! bytes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Map, Value, json};
use workos::Timestamp;
use workos_contract::sample::Sampler;

use super::population::populated;
use super::{encoded, list_places, method, operations};
use crate::trial::Trial;

/// Every list takes, or refuses, the cursor of every other list.
#[tokio::test]
async fn cursors_of_other_lists_are_refused_or_name_nothing() {
    let (trial, pool) = populated().await;
    let ids: Vec<_> = pool.by_field["id"].iter().step_by(7).collect();
    for operation in operations() {
        let is_list = operation.query().is_some_and(|query| {
            matches!(&query.kind, workos_contract::Kind::Object(fields)
                if fields.iter().any(|field| field.name == "after"))
        });
        for id in ids.iter().filter(|_| is_list) {
            let path = pool.path(operation.path(), 0);
            let target = format!("{path}?after={}", encoded(id));
            let (status, answer) = trial.call(operation.method(), &target, Value::Null).await;
            assert!(status < 500, "{target}: {answer}");
        }
    }
}

/// Whatever the clock says, sums and differences of times are times.
#[tokio::test]
async fn no_time_is_too_early_or_too_late() {
    for time in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let (trial, pool) = populated().await;
        trial.emulator.clock().freeze(time);
        for round in 0..2 {
            for operation in operations() {
                let sampler = Sampler { optional: round == 0, ..Sampler::smallest() };
                let (_, mut body) = operation.sample_request(&sampler);
                pool.fill("", &mut body, 0);
                let path = pool.path(operation.path(), 0);
                let body = if operation.method() == "GET" { Value::Null } else { body };
                let (status, answer) = trial.call(operation.method(), &path, body).await;
                assert!(status < 500, "{time} {}: {answer}", operation.name());
            }
            trial.emulator.clock().advance(Duration::MAX);
        }
    }
}

/// In each place of each body: a value so deep that code that follows it could run out of stack,
/// or, where it tries each of several types at each level, of time.
#[tokio::test]
async fn deep_values_are_refused_or_ignored_in_no_time() {
    let (trial, pool) = populated().await;
    let start = Instant::now();
    for operation in operations() {
        let (_, body) = operation.sample_request(&Sampler::largest());
        let mut places = Vec::new();
        list_places(&body, String::new(), &mut places);
        let names: BTreeSet<_> =
            places.iter().filter_map(|place| place.split('/').nth(1)).collect();
        let path = pool.path(operation.path(), 0);
        for name in names {
            let mut value = json!("text");
            for _ in 0..120 {
                value = match &body[name] {
                    Value::Array(_) => json!([value]),
                    Value::Object(fields) => {
                        let mut level = Map::new();
                        level.insert(fields.keys().next().cloned().unwrap_or_default(), value);
                        level.into()
                    }
                    _ => json!({ name: value }),
                };
            }
            let mut body = body.clone();
            body[name] = value;
            let (status, answer) = trial.call(operation.method(), &path, body).await;
            assert!(status < 500, "{} {name}: {answer}", operation.name());
        }
        let deeper = ["[", "{\"a\":"].map(|open| format!("{{\"name\":{}", open.repeat(100_000)));
        for body in deeper.map(|body| Some(body.into())) {
            let (status, answer) = trial.send(method(operation), &path, &[], body).await;
            if operation.body().is_some() {
                assert_eq!(status, 400, "{answer}");
            }
        }
    }
    // Generous; one that doubles with each level would take forever.
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[tokio::test]
async fn odd_bodies_and_queries_have_the_errors_of_the_api() {
    let trial = Trial::new().await;
    for (body, expected) in [
        (&b"{\"name\":\"a\",\"name\":\"b\"}"[..], 201),
        (b"{\"name\":NaN}", 400),
        (b"{\"name\":\"a\",\"metadata\":1e999}", 400),
        (b"{\"name\":\"\xff\"}", 400),
        (b"{\"name\":\"a\nb\"}", 400),
        (b"{\"name\":\"\\ud83e\"}", 400),
        (b"{\"name\":18446744073709551616}", 422),
        (b"\xef\xbb\xbf{\"name\":\"a\"}", 400),
        (b"{\"name\":\"a\"}}", 400),
    ] {
        let sent = Some(bytes::Bytes::from_static(body));
        let (status, answer) = trial.send(Method::POST, "/organizations", &[], sent).await;
        assert_eq!(status, expected, "{}: {answer}", String::from_utf8_lossy(body));
    }
    let many: Vec<_> = (0..10_000).map(|number| format!("{number}")).collect();
    let many = [many.join("&"), vec!["domains=a.com"; 4_000].join("&")];
    for (query, expected) in [
        (many[0].as_str(), 200),
        (&many[1], 200),
        ("limit=%ff", 422),
        ("limit=99999999999999999999999", 422),
        ("limit=NaN", 422),
        ("%00=%00&%", 200),
        ("after=%ff", 422),
    ] {
        let target = format!("/organizations?{query}");
        let (status, answer) = trial.send(Method::GET, &target, &[], None).await;
        let start: String = query.chars().take(40).collect();
        assert_eq!(status, expected, "{start}: {answer}");
    }
    let (status, answer) = trial.send(Method::GET, "/organizations/%ff", &[], None).await;
    assert_eq!((status, &answer["code"]), (400, &json!("invalid_request_path")));
}
