//! Responses other than 2xx: a byte for the status, a line for the request id, then the body.
#![no_main]

use http::{HeaderMap, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workos::{Error, ErrorKind};
use workos_fuzz::{answer, client, line, may_be_mended, ready};

const SECRET: &str = "pat_hunter2hunter2";

fuzz_target!(|data: &[u8]| {
    let [choice, rest @ ..] = data else { return };
    let (request_id, rest) = line(rest);
    let mut headers = HeaderMap::new();
    if let Ok(id) = HeaderValue::from_bytes(request_id) {
        headers.insert("location", id.clone());
        headers.insert("x-request-id", id);
    }
    let status = [301, 400, 401, 403, 404, 409, 422, 429, 500, 503][usize::from(choice % 10)];
    let error = fail(status, headers.clone(), rest.to_vec());
    check(&error, status, rest);

    // The same with a secret in it, wherever the body becomes invalid after that.
    let start = format!(r#"{{"pending_authentication_token":"{SECRET}""#);
    let secret = [start.as_bytes(), rest].concat();
    let error = fail(status, headers, secret.clone());
    check(&error, status, &secret);
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains(SECRET), "{shown}");
});

fn fail(status: u16, headers: HeaderMap, body: Vec<u8>) -> Error {
    let (builder, _) = client(move |_| answer(status, headers.clone(), body.clone()));
    let client = builder.max_retries(0).build();
    ready(client.request::<Value>(Method::GET, "/x")).unwrap_err()
}

fn check(error: &Error, status: u16, body: &[u8]) {
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Api, Some(status), 1));
    let text = error.to_string();
    assert!(text.chars().count() < 6000 && !text.contains(char::is_control), "{text}");
    let api = error.api().unwrap();
    assert_eq!(api.raw_body, body);
    let read = serde_json::from_slice::<Value>(body);
    match api.json::<Value>() {
        Ok(json) => match read {
            Ok(read) => assert_eq!(json, read),
            Err(_) => assert!(may_be_mended(body)),
        },
        Err(error) => assert!(read.is_err() && error.kind() == ErrorKind::Decode),
    }
}
