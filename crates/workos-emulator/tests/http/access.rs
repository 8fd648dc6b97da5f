//! Who may use `/_emulate`: programs on this machine, no web pages, and over a network only clients
//! with the control key.

use serde_json::json;
use workos_emulator::Emulator;

use super::{
    HOOKS, KEY, ORGANIZATIONS, OUTBOX, RESET, Response, create, exchange, get, request,
    request_for, send,
};

const HOOK: &str = r#"{"method":"*","path":"*","status":503}"#;

/// All control requests, as a page could send them: without a preflight, or to its own host.
fn control(host: &str, headers: &str) -> Vec<Vec<u8>> {
    let headers = format!("{headers}content-type: text/plain\r\n");
    [
        ("POST", RESET, ""),
        ("POST", HOOKS, HOOK),
        ("GET", HOOKS, ""),
        ("GET", OUTBOX, ""),
        ("DELETE", "/_emulate/hooks/hook_1", ""),
        ("OPTIONS", RESET, ""),
        ("GET", "/_emulate/x", ""),
    ]
    .map(|(method, path, body)| request_for(host, method, path, &headers, body))
    .to_vec()
}

/// The reason of a 403.
fn refusal(response: &Response) -> String {
    assert_eq!(response.status, 403, "{}", response.json());
    assert!(!response.headers.keys().any(|name| name.as_str().starts_with("access-control")));
    assert!(response.headers.contains_key("x-request-id"));
    let body = response.json();
    assert_eq!(body["code"], "emulator_control_forbidden");
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_web_page_from_elsewhere_controls_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    for origin in ["https://evil.example", "http://localhost.evil.example", "null", "\u{fc}"] {
        for request in control("127.0.0.1", &format!("origin: {origin}\r\n")) {
            let reason = refusal(&send(&emulator, request).await);
            assert!(reason.contains("web page") && reason.contains("such as a test or curl"));
            assert!(reason.contains(origin) || !origin.is_ascii(), "{reason}");
        }
    }
    let (_, list) = get(&emulator, ORGANIZATIONS).await;
    assert_eq!((list["data"][0].clone(), emulator.faults().all().len()), (acme, 0));
}

#[tokio::test]
async fn another_name_for_this_machine_controls_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    for host in ["rebound.example", "rebound.example:4100", "localhost.evil.example", "0.0.0.0", ""]
    {
        // The known API key does not help.
        for headers in ["", KEY] {
            for request in control(host, headers) {
                let reason = refusal(&send(&emulator, request).await);
                assert!(reason.contains(&format!("(Host: {host})")), "{reason}");
                assert!(reason.contains("localhost and 127.0.0.1"), "{reason}");
                assert!(reason.contains("--control-key"), "{reason}");
            }
        }
    }
    let unnamed = format!("POST {RESET} HTTP/1.1\r\nconnection: close\r\n\r\n").into_bytes();
    refusal(&send(&emulator, unnamed).await);
    let (_, list) = get(&emulator, ORGANIZATIONS).await;
    assert_eq!((list["data"][0].clone(), emulator.faults().all().len()), (acme, 0));
}

#[tokio::test]
async fn programs_and_pages_of_this_machine_control_it() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(emulator.control_key(), None);
    for host in ["localhost", "LOCALHOST:4100", "127.0.0.1:4100", "[::1]:4100", "app.localhost"] {
        for headers in ["", "origin: http://localhost:3000\r\n", "origin: https://127.0.0.1\r\n"] {
            let statuses = [
                request_for(host, "POST", HOOKS, headers, HOOK),
                request_for(host, "GET", OUTBOX, headers, ""),
                request_for(host, "POST", RESET, headers, ""),
            ];
            for (request, status) in statuses.into_iter().zip([201, 200, 204]) {
                let response = send(&emulator, request).await;
                assert_eq!(response.status, status, "{host} {headers}");
                // Still, no page may read the response.
                let cors = |name: &http::HeaderName| name.as_str().starts_with("access-control");
                assert!(!response.headers.keys().any(cors));
            }
        }
    }
}

#[tokio::test]
async fn an_emulator_reachable_by_other_machines_requires_its_generated_key() {
    let everywhere = || Emulator::builder().address(([0, 0, 0, 0], 0).into());
    let emulator = everywhere().start().await.unwrap();
    let other = everywhere().start().await.unwrap();
    let key = emulator.control_key().unwrap();
    assert!(key.len() >= 32 && Some(key) != other.control_key(), "{key}");
    assert!(!format!("{emulator:?}").contains(key));

    let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
    let send = async |request| {
        let bytes = exchange(format!("127.0.0.1:{port}"), request).await.unwrap();
        Response::parse(&bytes)
    };
    let almost = format!("authorization: Bearer {}\r\n", &key[1..]);
    let empty = "authorization: Bearer \r\n".to_owned();
    for headers in [String::new(), KEY.to_owned(), almost, empty] {
        for host in ["localhost", "emulator:4100"] {
            for request in control(host, &headers) {
                let reason = refusal(&send(request).await);
                assert!(reason.contains("Authorization: Bearer <control key>"), "{reason}");
                assert!(reason.contains("--control-key") && !reason.contains(key), "{reason}");
            }
        }
    }
    let headers = format!("authorization: Bearer {key}\r\n");
    for host in ["localhost", "emulator:4100", "10.0.0.7"] {
        let response = send(request_for(host, "POST", RESET, &headers, "")).await;
        assert_eq!(response.status, 204, "{host}");
    }
    let page = format!("{headers}origin: https://evil.example\r\n");
    let reason = refusal(&send(request_for("emulator", "POST", RESET, &page, "")).await);
    assert!(reason.contains("web page"), "{reason}");
    // Health is open to everyone, and the API has its own key.
    assert_eq!(send(request_for("emulator", "GET", "/health", "", "")).await.status, 200);
    assert_eq!(send(request_for("emulator", "GET", ORGANIZATIONS, KEY, "")).await.status, 200);
}

#[tokio::test]
async fn a_key_that_was_set_is_required_on_this_machine_too() {
    let builder = || Emulator::builder().control_key("mine\n");
    let emulator = builder().start().await.unwrap();
    assert_eq!(emulator.control_key(), Some("mine"));
    refusal(&send(&emulator, request("POST", RESET, "", "")).await);
    let mine = "authorization: bearer mine\r\n";
    assert_eq!(send(&emulator, request("POST", RESET, mine, "")).await.status, 204);

    // An empty value is not a key, and a reachable emulator still generates one.
    assert_eq!(builder().control_key(" ").start().await.unwrap().control_key(), None);
    let reachable = builder().control_key("").address(([0, 0, 0, 0], 0).into());
    assert!(reachable.start().await.unwrap().control_key().unwrap().len() >= 32);
}

#[tokio::test]
async fn in_the_same_process_no_key_is_needed() {
    let emulator = Emulator::builder().without_socket().control_key("mine").start().await.unwrap();
    emulator.client().request::<()>(http::Method::POST, RESET).await.unwrap();
    let reachable = Emulator::builder().address(([0, 0, 0, 0], 0).into()).start().await.unwrap();
    reachable.client().request::<()>(http::Method::POST, RESET).await.unwrap();
}

#[tokio::test]
async fn an_api_key_from_a_file_is_the_one_that_clients_send() {
    let emulator = Emulator::builder().api_key("sk_test_mine\n").start().await.unwrap();
    let mine = "authorization: Bearer sk_test_mine\r\n";
    let response = send(&emulator, request("GET", ORGANIZATIONS, mine, "")).await;
    assert_eq!((response.status, emulator.api_key()), (200, "sk_test_mine"));
}
