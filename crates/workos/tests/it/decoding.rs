//! What is accepted from the server, and how the rest is reported.

use crate::common::{ORGANIZATION, Scripted, answer, answer_with};
use bytes::Bytes;
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
async fn a_decode_error_has_path_operation_status_and_request_id_but_no_value() {
    let mut body = organization();
    let created_at = "yesterday, says hunter2";
    body["domains"] = json!([
        {"object": "organization_domain", "id": "secret-1", "organization_id": "o", "domain": "d",
         "created_at": created_at, "updated_at": created_at},
    ]);
    let error = get(body.to_string()).await.unwrap_err();
    let text = error.to_string();
    let error = error_of(error);
    assert_eq!(error.path, "domains[0].created_at");
    assert_eq!(
        error.message,
        "expected an RFC 3339 time such as 2026-01-15T12:00:00.000Z, found string"
    );
    assert_eq!(error.operation.to_string(), "organizations.get_organization");
    assert_eq!((error.status, error.request_id.as_deref()), (200, Some("req_7")));
    assert!(error.snippet.ends_with(r#""created_at":"…""#), "{}", error.snippet);
    assert!(!text.contains("hunter2") && !text.contains("secret-1"), "{text}");
    assert!(text.contains("domains[0].created_at") && text.contains("req_7"), "{text}");
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let mut body = organization();
    body.as_object_mut().unwrap().remove("id");
    let error = error_of(get(body.to_string()).await.unwrap_err());
    assert_eq!((error.path.as_str(), error.message.as_str()), ("", "missing field `id`"));

    let mut body = organization();
    body["domains"] = json!([{"object": "organization_domain", "domain": "a.com"}]);
    let error = get(body.to_string()).await.unwrap_err();
    let text = error.to_string();
    let error = error_of(error);
    assert_eq!(error.path, "domains[0]", "the object that lacks it");
    let name = error.message.strip_prefix("missing field `").unwrap();
    assert!(body["domains"][0].get(name.strip_suffix('`').unwrap()).is_none());
    assert!(text.contains(&format!("at domains[0]: {}", error.message)), "{text}");
}

/// A page of three good items and one without an id, and one whose id is a number.
#[tokio::test]
async fn a_page_error_names_the_item_that_does_not_fit() {
    let page = |change: fn(&mut Value)| {
        let mut items = vec![organization(); 4];
        change(&mut items[3]);
        let script = Scripted::new(move |_, _| answer(200, json!({"data": items}).to_string()));
        script.client().organizations().list_organizations(Default::default())
    };
    let lacking = page(|item| drop(item.as_object_mut().unwrap().remove("id"))).await;
    let error = error_of(lacking.unwrap_err());
    assert_eq!((error.path.as_str(), error.message.as_str()), ("data[3]", "missing field `id`"));
    let mistyped = page(|item| item["id"] = json!(7)).await;
    let error = error_of(mistyped.unwrap_err());
    assert_eq!(
        (error.path.as_str(), error.message.as_str()),
        ("data[3].id", "expected a string, found integer")
    );
}

/// The payload of an event is parsed separately. It fails only on what no JSON value can hold, such
/// as a thousand nested lists.
#[tokio::test]
async fn an_error_in_an_event_has_its_path_in_the_whole_body() {
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let event = r#"{"event":"user.created","id":"event_1","data":{"email":"a@example.com"},
        "created_at":"2026-01-15T12:00:00.000Z"}"#;
    for (from, to, path, message) in [
        ("a@example.com", "", "", ""),
        (r#""event":"user.created","#, "", "data[3]", "missing field `event`"),
        (r#""id":"event_1""#, r#""id":7"#, "data[3].id", "expected a string, found integer"),
        (r#""a@example.com""#, &deep, "data[3].data.email[0][0]", "recursion limit exceeded"),
        ("user.created", "moon.landed", "", ""),
    ] {
        for after in [",null", ""] {
            let odd = event.replace(from, to);
            // With an item after it, and as the last one.
            let after = after.replace("null", event);
            let body = format!(r#"{{"data":[{event},{event}, {event},{odd}{after}]}}"#);
            let script = Scripted::new(move |_, _| answer(200, body.clone()));
            let events = script.client().events().list_events(Default::default()).await;
            if message.is_empty() {
                assert_eq!(events.unwrap().data[3].id, "event_1");
                continue;
            }
            let error = error_of(events.unwrap_err());
            assert!(error.path.starts_with(path), "{} {path}", error.path);
            assert!(error.path.len() == path.len() || to == deep, "{}", error.path);
            assert_eq!(error.message, message);
        }
    }
}

#[tokio::test]
async fn half_a_surrogate_pair_reads_as_the_replacement_character() {
    let cut = ORGANIZATION.replace("Acme", r"Wren \ud83e");
    assert_eq!(get(cut.clone()).await.unwrap().name, "Wren \u{fffd}");

    let page = format!(r#"{{"data":[{cut},{ORGANIZATION}],"list_metadata":{{"after":"\udd86"}}}}"#);
    let script = Scripted::new(move |_, _| answer(200, page.clone()));
    let call = script.client().organizations().list_organizations(Default::default());
    let page = call.await.unwrap();
    let names: Vec<_> = page.data.iter().map(|organization| organization.name.as_str()).collect();
    assert_eq!(names, ["Wren \u{fffd}", "Acme"]);
    assert_eq!(page.list_metadata.after.as_deref(), Some("\u{fffd}"));

    // If it still cannot be read, the error has the path but not the value.
    let wrong = cut.replace(r#""domains":[]"#, r#""domains":["hunter2 \ud83e"]"#);
    let error = error_of(get(wrong).await.unwrap_err());
    assert_eq!(error.path, "domains[0]");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    assert_eq!(get(format!("\u{feff}{ORGANIZATION}")).await.unwrap().name, "Acme");
    let error = error_of(get("\u{feff}{\"id\":7}").await.unwrap_err());
    assert_eq!((error.path.as_str(), error.snippet.as_str()), ("id", r#"{"id":7"#));
    let error = error_of(get("\u{feff}").await.unwrap_err());
    assert_eq!(error.message, "expected a JSON body, got an empty one");
}

#[tokio::test]
async fn a_compressed_body_is_named_by_its_header_or_as_gzip() {
    let named = async |coding: Option<&'static str>, body: &'static [u8]| {
        let script = Scripted::new(move |_, _| {
            let header = coding.map(|coding| ("content-encoding", coding));
            answer_with(200, header.as_slice(), body)
        });
        let call = script.client().organizations().get_organization("org_1");
        error_of(call.await.unwrap_err()).message
    };
    for (coding, body, name) in [
        (Some("gzip"), &b"\x1f\x8b\x08\x00"[..], "gzip"),
        (Some("br"), b"\x0b\x02\x80{}\x03", "br"),
        (Some("deflate"), b"\x78\x9c\xab\xae\x05\x00", "deflate"),
        (Some("zstd"), b"\x28\xb5\x2f\xfd", "zstd"),
        (None, b"\x1f\x8b\x08\x00", "gzip"),
    ] {
        let expected = format!(
            "the body is compressed with {name}, which was not asked for; check the proxy in between"
        );
        assert_eq!(named(coding, body).await, expected);
    }
    assert_eq!(named(None, b"\xff\xfe").await, "the body is not UTF-8");
}

/// A custom transport may not enforce the limit.
#[tokio::test]
async fn an_oversized_error_response_keeps_status_and_request_id() {
    let script = Scripted::new(|_, _| {
        let body = format!(r#"{{"message":"{}"}}"#, "x".repeat(1_000));
        answer_with(404, &[("x-request-id", "req_1")], body)
    });
    let client = script.builder().max_response_bytes(100).build();
    let error = client.organizations().get_organization("org_1").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.request_id(), Some("req_1"));
    assert_eq!(error.api().unwrap().raw_body.len(), 100);
    let long = Scripted::new(|_, _| answer(200, "[".repeat(1_000)));
    let client = long.builder().max_response_bytes(100).build();
    let error = client.organizations().get_organization("org_1").await.unwrap_err();
    assert!(matches!(error, Error::Network(_)), "{error}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_described_but_not_quoted() {
    for (body, expected) in [
        (&b"<html>secret</html>"[..], "expected a JSON body, got 19 bytes (text/html)"),
        (&b""[..], "expected a JSON body, got an empty one"),
        (&b"\xff\xfe"[..], "the body is not UTF-8"),
    ] {
        let error = get(body).await.unwrap_err();
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.request_id(), Some("req_7"));
        assert_eq!(error_of(error).message, expected);
    }
}

#[tokio::test]
async fn new_and_missing_fields_do_not_fail() {
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
async fn a_list_may_leave_out_every_field() {
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
async fn a_successful_response_has_headers_request_id_and_rate_limit() {
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

#[tokio::test]
async fn a_field_can_be_left_alone_cleared_and_set() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let organizations = script.client().organizations();
    for external_id in [None, Some(Nullable::Null), Some("x".into())] {
        let change = UpdateOrganization { external_id, ..Default::default() };
        organizations.update_organization("org_1", change).await.unwrap();
    }
    let bodies: Vec<_> = script.requests().into_iter().map(|r| r.body.unwrap()).collect();
    assert_eq!(bodies, ["{}", r#"{"external_id":null}"#, r#"{"external_id":"x"}"#]);
}
