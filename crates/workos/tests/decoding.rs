//! What is accepted from the server, and how it is told when something is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{ORGANIZATION, Scripted, answer, answer_with};
use serde_json::{Value, json};
use workos::organizations::{OrganizationDomainState, UpdateOrganization};
use workos::{DecodeError, Error, Nullable, Organization, Page};

fn error_of(error: Error) -> DecodeError {
    match error {
        Error::Decode(error) => *error,
        other => panic!("expected a decode error, got {other}"),
    }
}

async fn get(body: impl Into<Bytes>) -> Result<Organization, Error> {
    let body = body.into();
    let headers = [("x-request-id", "req_7"), ("content-type", "text/html")];
    let script = Scripted::new(move |_, _| answer_with(200, &headers, body.clone()));
    script.client().organizations().get_organization("org_1").await
}

fn organization() -> Value {
    serde_json::from_str(ORGANIZATION).unwrap()
}

#[tokio::test]
async fn a_decode_error_tells_path_operation_status_request_id_and_no_value() {
    let mut body = organization();
    let created_at = "yesterday, says hunter2";
    body["domains"] = json!([
        {"object": "organization_domain", "id": "secret-1", "organization_id": "o", "domain": "d",
         "created_at": created_at, "updated_at": created_at},
    ]);
    let error = get(body.to_string()).await.unwrap_err();
    let told = error.to_string();
    let error = error_of(error);
    assert_eq!(error.path, "domains[0].created_at");
    assert_eq!(
        error.message,
        "expected an RFC 3339 time such as 2026-01-15T12:00:00.000Z, found string"
    );
    assert_eq!(error.operation.to_string(), "organizations.get_organization");
    assert_eq!((error.status, error.request_id.as_deref()), (200, Some("req_7")));
    assert!(error.snippet.ends_with(r#""created_at":"…""#), "{}", error.snippet);
    assert!(!told.contains("hunter2") && !told.contains("secret-1"), "{told}");
    assert!(told.contains("domains[0].created_at") && told.contains("req_7"), "{told}");
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let mut body = organization();
    body.as_object_mut().unwrap().remove("id");
    let error = error_of(get(body.to_string()).await.unwrap_err());
    assert_eq!(error.message, "missing field `id`");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_described_and_not_quoted() {
    for (body, told) in [
        (&b"<html>secret</html>"[..], "expected a JSON body, got 19 bytes (text/html)"),
        (&b""[..], "expected a JSON body, got an empty one"),
        (&b"\xff\xfe"[..], "the body is not UTF-8"),
    ] {
        let error = get(body).await.unwrap_err();
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.request_id(), Some("req_7"));
        assert_eq!(error_of(error).message, told);
    }
}

#[tokio::test]
async fn what_is_new_or_left_out_does_not_fail() {
    let mut body = organization();
    body["brand_new"] = json!({"deep": [1, 2]});
    body["domains"] = Value::Null;
    body["metadata"] = Value::Null;
    body.as_object_mut().unwrap().remove("external_id");
    let read = get(body.to_string()).await.unwrap();
    assert_eq!((read.domains.len(), read.metadata.len(), read.external_id), (0, 0, None));

    let mut body = organization();
    body["domains"] = json!([{
        "object": "organization_domain", "id": "d", "organization_id": "o", "domain": "a.com",
        "state": "half_verified", "verification_strategy": null,
        "created_at": "2026-01-15T12:00:00Z", "updated_at": "2026-01-15 12:00:00+00:00",
    }]);
    let read = get(body.to_string()).await.unwrap();
    let state = read.domains[0].state.clone().unwrap();
    assert_eq!(state, OrganizationDomainState::Unknown("half_verified".into()));
    assert_eq!(serde_json::to_value(&read).unwrap()["domains"][0]["state"], "half_verified");
}

#[tokio::test]
async fn a_list_may_leave_out_everything_but_be_a_list() {
    for body in ["{}", r#"{"data":null,"list_metadata":null}"#, r#"{"object":"list","data":[]}"#] {
        let script = Scripted::new(move |_, _| answer(200, body));
        let call = script.client().organizations().list_organizations(Default::default());
        assert_eq!(call.await.unwrap(), Page::default(), "{body}");
    }
}

#[tokio::test]
async fn an_operation_without_a_result_accepts_any_body() {
    for (status, body) in [(200, ""), (202, "{}"), (204, ""), (200, "OK"), (200, "\u{0}")] {
        let script = Scripted::new(move |_, _| answer(status, body));
        script.client().organizations().delete_organization("org_1").await.unwrap();
    }
}

#[tokio::test]
async fn a_successful_answer_tells_its_headers_request_id_and_rate_limit() {
    let script = Scripted::new(|_, _| {
        let headers = [
            ("x-request-id", "req_1"),
            ("x-ratelimit-limit", "1000"),
            ("x-ratelimit-remaining", "999"),
            ("x-ratelimit-reset", "60"),
        ];
        answer_with(200, &headers, ORGANIZATION)
    });
    let call = script.client().organizations().get_organization("org_1");
    let response = call.with_response().await.unwrap();
    assert_eq!((response.data.name.as_str(), response.status.as_u16()), ("Acme", 200));
    assert_eq!((response.request_id(), response.attempts), (Some("req_1"), 1));
    let limit = response.rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining, limit.reset), (1000, 999, Some(60)));
}

/// A field can be left alone, cleared and set.
#[tokio::test]
async fn a_nullable_field_is_absent_null_or_a_value_in_the_request() {
    let script = Scripted::new(|_, _| common::organization());
    let organizations = script.client().organizations();
    for external_id in [Nullable::Absent, Nullable::Null, "x".into()] {
        let change = UpdateOrganization { external_id, ..Default::default() };
        organizations.update_organization("org_1", change).await.unwrap();
    }
    let bodies: Vec<_> = script.requests().into_iter().map(|r| r.body.unwrap()).collect();
    assert_eq!(bodies, ["{}", r#"{"external_id":null}"#, r#"{"external_id":"x"}"#]);
}
