//! What the measuring programs share: the payloads, and a server that does as little as possible.
//!
//! The payloads are the examples of WorkOS's OpenAPI document.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measuring tool may fail loudly

pub mod helpers;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// An organization.
pub const ORGANIZATION: &str = r#"{"object":"organization","id":"org_01EHWNCE74X7JSDV0X3SZ3KJNY","name":"Acme Inc.","domains":[{"object":"organization_domain","id":"org_domain_01EHZNVPK2QXHMVWCEDQEKY69A","organization_id":"org_01HE8GSH8FQPASKSY27THRKRBP","domain":"foo-corp.com","state":"pending","verification_prefix":"superapp-domain-verification-z3kjny","verification_token":"m5Oztg3jdK4NJLgs8uIlIprMw","verification_strategy":"dns","created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}],"metadata":{"tier":"diamond"},"external_id":"2fe01467-f7ea-4dd2-8b79-c2b4f56d0191","stripe_customer_id":"cus_R9qWAGMQ6nGE7V","created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z","allow_profiles_outside_organization":false}"#;

/// A 404.
pub const NOT_FOUND: &str = r#"{"message":"Organization not found: 'org_01EHQMYV6MBK39QC5PZXHY59C3'.","code":"entity_not_found","entity_id":"org_01EHQMYV6MBK39QC5PZXHY59C3"}"#;

/// A page of this many organizations.
pub fn page(count: usize) -> String {
    let items = vec![ORGANIZATION; count].join(",");
    let metadata = r#"{"before":null,"after":"org_01EHWNCE74X7JSDV0X3SZ3KJNY"}"#;
    format!(r#"{{"object":"list","data":[{items}],"list_metadata":{metadata}}}"#)
}

/// The headers of the API's responses.
pub const HEADERS: &[(&str, &str)] = &[
    ("date", "Tue, 24 Nov 2026 10:00:00 GMT"),
    ("content-type", "application/json; charset=utf-8"),
    ("access-control-allow-credentials", "true"),
    ("cf-ray", "8f1a2b3c4d5e6f70-FRA"),
    ("etag", "W/\"4b0-Zk3n0bqbmQe1\""),
    ("strict-transport-security", "max-age=15552000; includeSubDomains"),
    ("vary", "Origin, Accept-Encoding"),
    ("via", "1.1 vegur"),
    ("x-content-type-options", "nosniff"),
    ("x-request-id", "0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"),
];

/// Starts a server on a thread for each connection. `answer` gets the request line and returns the
/// body; the rest of the request is ignored.
pub fn serve(answer: impl Fn(&str) -> String + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || connection(stream, answer));
        }
    });
    address
}

/// Responds to GET after GET until the client disconnects.
fn connection(mut stream: TcpStream, answer: impl Fn(&str) -> String) {
    stream.set_nodelay(true).unwrap();
    let (mut buffer, mut filled) = ([0; 4096], 0);
    while let Ok(read @ 1..) = stream.read(buffer.get_mut(filled..).unwrap_or_default()) {
        filled += read;
        let request = String::from_utf8_lossy(buffer.get(..filled).unwrap_or_default());
        if !request.ends_with("\r\n\r\n") {
            continue;
        }
        let body = answer(request.lines().next().unwrap_or_default());
        let head: String =
            HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let response = format!("HTTP/1.1 200 OK\r\n{head}content-length: {length}\r\n\r\n{body}");
        if stream.write_all(response.as_bytes()).is_err() {
            return;
        }
        filled = 0;
    }
}

/// Prints a row of a Markdown table.
pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// The median of some measurements.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
