//! Keys, request IDs and headers.

use std::collections::BTreeSet;

use http::Method;
use workos_emulator::{Emulator, Fault};

use super::{KEY, MAX_REQUEST_BYTES, ORGANIZATIONS, RESET, error, request, send};

#[tokio::test]
async fn a_request_without_the_right_key_is_unauthorized() {
    let emulator = Emulator::start().await.unwrap();
    let message = "Could not authorize the request. Maybe your API key is invalid?";
    let refused = error("unauthorized", message);
    for headers in [
        "",
        "authorization: Bearer\r\n",
        "authorization: Bearer sk_test_other\r\n",
        "authorization: Basic sk_test_default\r\n",
        "authorization: sk_test_default\r\n",
    ] {
        for path in ["/organizations", "/organizations/org_missing", "/nothing/of/the/kind"] {
            let response = send(&emulator, request("GET", path, headers, "")).await;
            assert_eq!(
                (response.status, response.json()),
                (401, refused.clone()),
                "{headers}{path}"
            );
        }
    }
}

#[tokio::test]
async fn what_browsers_and_public_clients_ask_for_needs_no_key() {
    let emulator = Emulator::start().await.unwrap();
    for (method, path, status) in [
        ("GET", "/sso/jwks/client_1", 200),
        ("GET", "/oauth2/jwks", 200),
        ("GET", "/.well-known/openid-configuration", 200),
        ("GET", "/user_management/authorize", 422),
        ("POST", "/user_management/authenticate", 422),
        ("POST", "/user_management/authorize/device", 400),
        ("POST", "/oauth2/token", 400),
    ] {
        let response = send(&emulator, request(method, path, "", "")).await;
        assert_eq!(response.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn the_right_key_is_the_one_the_emulator_was_given() {
    let emulator = Emulator::builder().api_key("sk_test_mine").start().await.unwrap();
    let mine = "authorization: Bearer sk_test_mine\r\n";
    for (headers, status) in [(KEY, 401), (mine, 200)] {
        let response = send(&emulator, request("GET", ORGANIZATIONS, headers, "")).await;
        assert_eq!(response.status, status, "{headers}");
    }
}

#[tokio::test]
async fn every_response_has_a_unique_request_id() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(503).on(Method::PUT, "*"));
    let (mut statuses, mut ids) = (Vec::new(), BTreeSet::new());
    for request in [
        request("GET", ORGANIZATIONS, KEY, ""),
        request("POST", ORGANIZATIONS, KEY, r#"{"name":"Acme"}"#),
        request("POST", ORGANIZATIONS, KEY, "{}"),
        request("POST", ORGANIZATIONS, KEY, "{"),
        request("GET", "/organizations/org_missing", KEY, ""),
        request("GET", ORGANIZATIONS, "", ""),
        request("GET", "/nothing", KEY, ""),
        request("PUT", "/organizations/org_missing", KEY, ""),
        request("GET", "/health", "", ""),
        request("POST", RESET, "", ""),
    ] {
        let response = send(&emulator, request).await;
        statuses.push(response.status);
        ids.insert(response.header("x-request-id").to_owned());
    }
    assert_eq!(statuses, [200, 201, 422, 400, 404, 401, 501, 503, 200, 204]);
    assert!(ids.len() == statuses.len() && ids.iter().all(|id| id.starts_with("req_")), "{ids:?}");
}

#[tokio::test]
async fn refused_requests_are_recorded_up_to_a_limit() {
    let emulator = Emulator::start().await.unwrap();
    let transport = emulator.transport();
    let largest = bytes::Bytes::from(vec![b' '; MAX_REQUEST_BYTES]);
    for number in 0..60 {
        let response = transport.execute(workos::transport::HttpRequest {
            method: Method::POST,
            url: format!("http://localhost/{number}"),
            headers: http::HeaderMap::new(),
            body: Some(largest.clone()),
        });
        assert_eq!(response.await.unwrap().status, 401);
    }
    let kept = emulator.requests().latest();
    assert_eq!((emulator.requests().count(), kept.last().unwrap().path.as_str()), (60, "/59"));
    let bytes: usize = kept.iter().map(|one| one.body.len()).sum();
    assert!(bytes <= workos_emulator::Requests::KEPT_BYTES, "{bytes}");
}

#[tokio::test]
async fn a_request_id_of_the_client_is_returned() {
    let emulator = Emulator::start().await.unwrap();
    let headers = format!("{KEY}x-request-id: mine\r\n");
    let response = send(&emulator, request("GET", ORGANIZATIONS, &headers, "")).await;
    assert_eq!(response.header("x-request-id"), "mine");
}

#[tokio::test]
async fn every_response_with_a_body_has_a_json_content_type() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().add(Fault::status(500).on(Method::PUT, "*"));
    for request in [
        request("GET", ORGANIZATIONS, KEY, ""),
        request("GET", ORGANIZATIONS, "", ""),
        request("POST", ORGANIZATIONS, KEY, "{"),
        request("PUT", "/organizations/org_missing", KEY, ""),
        request("GET", "/nothing", KEY, ""),
        request("GET", "/health", "", ""),
    ] {
        let response = send(&emulator, request).await;
        assert_eq!(response.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(response.header("content-length"), response.body.len().to_string());
    }
}
