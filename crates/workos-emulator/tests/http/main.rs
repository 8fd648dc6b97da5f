//! The emulator from outside: bytes over a socket, and JSON as it is on the wire.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod abuse;
mod access;
mod control;
mod control_api;
#[cfg(feature = "pages")]
mod dashboard;
#[cfg(feature = "pages")]
mod dashboard_access;
mod downloads;
mod environments;
mod lists;
mod log;
#[cfg(feature = "pages")]
mod pages;
mod pass_through;
mod refusals;
mod requests;
mod shapes;
mod side_by_side;

use std::io;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workos::contract::Operation;
use workos_emulator::Emulator;

const KEY: &str = "authorization: Bearer sk_test_default\r\n";
const ORGANIZATIONS: &str = "/organizations";
const USERS: &str = "/user_management/users";
const HOOKS: &str = "/_emulate/hooks";
const OUTBOX: &str = "/_emulate/outbox";
const RESET: &str = "/_emulate/reset";
const NOON: &str = "2026-03-01T12:00:00.000Z";
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// What was received over the wire.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let mut lines = std::str::from_utf8(&bytes[..end]).unwrap().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| -> (HeaderName, HeaderValue) {
            let (name, value) = line.split_once(':').unwrap();
            (name.parse().unwrap(), value.trim().parse().unwrap())
        };
        Self { status, headers: lines.map(header).collect(), body: bytes[end + 4..].to_vec() }
    }

    /// The body, or its text if it is not JSON.
    fn json(&self) -> Value {
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| text())
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

fn address(emulator: &Emulator) -> String {
    emulator.base_url().strip_prefix("http://").unwrap().to_owned()
}

/// A request after which the server closes the connection. Each header ends with a line break.
fn request(method: &str, path: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    request_for("localhost", method, path, headers, body)
}

/// The same for a server with this name.
fn request_for(
    host: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let body = body.as_ref();
    let size = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-length: {size}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Everything received until the server closes the connection.
async fn exchange(address: String, request: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    Ok(response)
}

async fn send(emulator: &Emulator, request: Vec<u8>) -> Response {
    let has_faults = !emulator.faults().all().is_empty();
    let response = Response::parse(&exchange(address(emulator), request.clone()).await.unwrap());
    if !has_faults {
        check(&request, &response);
    }
    response
}

/// Checks that an answer is one that the contract documents.
fn check(request: &[u8], response: &Response) {
    let line = request.split(|byte| *byte == b'\r').next().unwrap();
    let mut words = std::str::from_utf8(line).unwrap().split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let path = target.split('?').next().unwrap();
    let Some(entry) = workos::contract::find(&method.parse().unwrap(), path) else { return };
    let Operation { method, path, .. } = entry.operation;
    let documented = workos_contract::operation(method, path).unwrap();
    let checked = documented.check_answer(response.status, &response.body);
    assert_eq!(checked, Ok(()), "{} {method} {target}: {}", response.status, response.json());
}

/// Makes a call with the right key; returns the status and the body. Null is not a body.
async fn call(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = send(emulator, request(method, path, KEY, body)).await;
    (response.status, response.json())
}

async fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    call(emulator, "GET", path, Value::Null).await
}

async fn post(emulator: &Emulator, path: &str, body: Value) -> (u16, Value) {
    call(emulator, "POST", path, body).await
}

async fn create(emulator: &Emulator, path: &str, body: Value) -> Value {
    let (status, object) = post(emulator, path, body).await;
    assert_eq!(status, 201, "{object}");
    object
}

/// One object at this path.
fn at(path: &str, object: &Value) -> String {
    format!("{path}/{}", text(&object["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn empty_list() -> Value {
    json!({"object": "list", "data": [], "list_metadata": {"before": null, "after": null}})
}

/// An error with a code and a message.
fn error(code: &str, message: &str) -> Value {
    json!({"code": code, "message": message})
}

fn not_found(what: &str, id: &str) -> Value {
    let message = format!("{what} not found: '{id}'.");
    json!({"code": "entity_not_found", "message": message, "entity_id": id})
}

/// An error with the reason inside.
fn error_with(code: &str, message: &str, reason: Value) -> Value {
    json!({"code": code, "message": message, "errors": [reason]})
}

/// The error for invalid fields: name, code and the rest of the message.
fn invalid(fields: &[(&str, &str, &str)]) -> Value {
    let mut errors = Vec::new();
    for (field, code, rest) in fields {
        let message = format!("{field} {rest}");
        errors.push(json!({"field": field, "code": code, "message": message}));
    }
    let message = "Validation failed.";
    json!({"code": "invalid_request_parameters", "message": message, "errors": errors})
}

/// An emulator whose clock stands at [`NOON`].
async fn at_noon() -> Emulator {
    let emulator = Emulator::start().await.unwrap();
    emulator.clock().freeze(NOON.parse().unwrap());
    emulator
}

/// Yields to the runtime until this holds.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert!(condition(), "the condition was never met");
}
