//! Actions: requests and responses of the other SDKs, and what the official crate gets wrong.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use workos::Timestamp;
use workos::helpers::actions::{
    ActionContext, ActionError, ActionType, ActionVerdict, ActionsHelper,
};
use workos::helpers::webhooks::{WebhookError, compute_webhook_signature};

fn at(now: i64) -> ActionsHelper {
    ActionsHelper::new().with_clock(move || Timestamp::from_millis(now))
}

fn reason(result: &Result<(), ActionError>) -> Option<&'static str> {
    result.as_ref().err().map(|error| match error {
        ActionError::Signature(WebhookError::NotSigned) => "not_signed",
        ActionError::Signature(WebhookError::InvalidHeader) => "malformed_header",
        ActionError::Signature(WebhookError::InvalidTimestamp) => "bad_timestamp",
        ActionError::Signature(WebhookError::OutsideTolerance) => "outside_tolerance",
        ActionError::Signature(WebhookError::NoValidSignature) => "bad_signature",
        other => panic!("{other}"),
    })
}

/// The one place where we differ from the official crate: unknown fields are ignored.
const OTHERWISE: &str = "action/verify-header/unknown-component-after";

#[test]
fn agrees_with_the_other_sdks() {
    let file: Value = serde_json::from_str(include_str!("../vectors/actions.json")).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let (id, inputs, expect) =
            (vector["id"].as_str().unwrap(), &vector["inputs"], &vector["expect"]);
        let text = |key: &str| inputs[key].as_str().unwrap_or_default();
        let actions = at(inputs["now_ms"].as_i64().unwrap());
        if expect["response"].is_object() {
            assert_signed(id, &actions, inputs, expect);
            continue;
        }
        let result = actions.verify_header(text("body"), text("header"), text("secret"));
        let expected = expect["reason"].as_str().filter(|_| id != OTHERWISE);
        assert_eq!(reason(&result), expected, "{id}");
        let Some(object) = expect["object"].as_str() else { continue };
        let context = actions.construct_action(text("body"), text("header"), text("secret"));
        let (sent, read): (Value, _) = (serde_json::from_str(text("body")).unwrap(), context);
        let read = read.unwrap();
        let email = |of: &str| sent[of]["email"].as_str();
        assert_eq!(read.user().map(|user| user.email.as_str()), email("user"), "{id}");
        assert_eq!(read.user_data().map(|user| user.email.as_str()), email("user_data"), "{id}");
        match read {
            ActionContext::Authentication(context) => {
                assert_eq!(context.object, object, "{id}");
                let mut sent = sent;
                // The one null field that the resource does not serialize.
                sent["organization"].as_object_mut().unwrap().remove("stripe_customer_id");
                assert_eq!(serde_json::to_value(*context).unwrap(), sent, "{id}");
            }
            ActionContext::UserRegistration(context) => {
                assert_eq!(context.object, object, "{id}");
                assert_eq!(context.ip_address.as_deref(), sent["ip_address"].as_str(), "{id}");
            }
            other => panic!("{id}: {other:?}"),
        }
    }
}

fn assert_signed(id: &str, actions: &ActionsHelper, inputs: &Value, expect: &Value) {
    let text = |key: &str| inputs[key].as_str().unwrap_or_default();
    let action = match text("type") {
        "authentication" => ActionType::Authentication,
        _ => ActionType::UserRegistration,
    };
    let verdict = match text("verdict") {
        "Allow" => ActionVerdict::Allow,
        _ => ActionVerdict::Deny,
    };
    let response =
        actions.sign_response(action, verdict, text("error_message"), text("secret")).unwrap();
    assert_eq!(serde_json::to_value(&response).unwrap(), expect["response"], "{id}");
    // Byte for byte: the response contains exactly the text that was signed.
    let payload = serde_json::to_string(&response.payload).unwrap();
    let timestamp = response.payload.timestamp;
    assert_eq!(format!("{timestamp}.{payload}"), expect["signed_text"], "{id}");
    assert!(response.to_json().contains(&format!(r#","payload":{payload},"signature":"#)), "{id}");
}

const SECRET: &str = "o7Smf75c39h-D_iqaRaQHcyj";
const NOW: i64 = 1_772_366_400_000;

#[test]
fn missing_names_and_null_fields_are_read() {
    let body = json!({
        "object": "user_registration_action_context", "id": "actctx_1",
        "user_data": {"object": "user_data", "email": "ada@example.com", "first_name": null},
        "invitation": null, "ip_address": null, "user_agent": null, "device_fingerprint": null,
        "issuer": null, "authentication_method": null, "something_new": [1],
    });
    let signature = compute_webhook_signature(SECRET, NOW.to_string(), body.to_string());
    let header = format!("t={NOW}, v1={signature}");
    let context = at(NOW).construct_action(body.to_string(), &header, SECRET).unwrap();
    let ActionContext::UserRegistration(context) = context else { panic!("{context:?}") };
    assert_eq!((context.user_data.first_name, context.ip_address), (None, None));

    let user = json!({
        "object": "user", "id": "user_1", "email": "ada@example.com", "email_verified": true,
        "first_name": null, "last_name": null, "created_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-02T03:04:05.678Z",
    });
    let body = json!({"object": "authentication_action_context", "id": "actctx_1", "user": user});
    let context = ActionContext::parse(body.to_string()).unwrap();
    let ActionContext::Authentication(context) = context else { panic!("{context:?}") };
    assert_eq!((context.user.first_name, context.organization), (None, None));
}

#[test]
fn an_empty_secret_is_refused() {
    let refused = ActionError::Signature(WebhookError::EmptySecret);
    let header = format!("t={NOW}, v1={}", compute_webhook_signature("", NOW.to_string(), "{}"));
    assert_eq!(at(NOW).verify_header("{}", &header, ""), Err(refused.clone()));
    let response = at(NOW).sign_response(ActionType::Authentication, ActionVerdict::Allow, "", "");
    assert_eq!(response, Err(refused));
}

#[test]
fn a_line_break_after_a_secret_is_not_part_of_it() {
    let actions = at(NOW);
    let header =
        format!("t={NOW}, v1={}", compute_webhook_signature(SECRET, NOW.to_string(), "{}"));
    let sign = |secret: &str| {
        actions.sign_response(ActionType::Authentication, ActionVerdict::Deny, "no", secret)
    };
    for end in ["\n", "\r\n"] {
        let from_file = format!("{SECRET}{end}");
        assert_eq!(actions.verify_header("{}", &header, &from_file), Ok(()), "{end:?}");
        assert_eq!(sign(&from_file), sign(SECRET), "{end:?}");
        assert_eq!(sign(end), Err(ActionError::Signature(WebhookError::EmptySecret)), "{end:?}");
    }
    assert_ne!(sign(&format!("{SECRET} ")), sign(SECRET));
}

#[test]
fn thirty_seconds_are_allowed_and_no_more() {
    let header = format!("t={NOW}, v1={}", compute_webhook_signature(SECRET, NOW.to_string(), ""));
    for (age, accepted) in [(30_000, true), (30_001, false), (-30_000, true), (-30_001, false)] {
        assert_eq!(at(NOW + age).verify_header("", &header, SECRET).is_ok(), accepted, "{age}");
    }
    // The tolerance can be set; the clock stays the same.
    for (age, accepted) in [(5_000, true), (5_001, false)] {
        let actions = at(NOW + age).with_tolerance(Duration::from_secs(5));
        assert_eq!(actions.verify_header("", &header, SECRET).is_ok(), accepted, "{age}");
    }
}

#[test]
fn an_unknown_action_is_kept_unchanged() {
    let body = json!({"object": "sign_out_action_context", "id": "actctx_1"});
    let context = ActionContext::parse(body.to_string()).unwrap();
    assert_eq!((context.user(), context.user_data()), (None, None));
    assert_eq!(context, ActionContext::Unknown(body));
}

#[test]
fn an_error_names_the_place_but_no_value() {
    let body = r#"{"object":"user_registration_action_context","id":"a","user_data":"hunter2"}"#;
    let error = ActionContext::parse(body).unwrap_err();
    assert!(error.to_string().ends_with("at user_data"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn an_error_distinguishes_a_missing_field_from_a_wrong_type() {
    let place = |body: &str| match ActionContext::parse(body) {
        Err(ActionError::InvalidContext { place }) => place,
        other => panic!("{other:?}"),
    };
    let start = r#"{"object":"user_registration_action_context""#;
    for (body, expected) in [
        (r#"{"id":"a"}"#.to_owned(), "object, which is missing"),
        (format!(r#"{start},"user_data":{{"email":"a"}}}}"#), "id, which is missing"),
        (
            format!(r#"{start},"id":"a","user_data":{{"name":"Ada"}},"issuer":null}}"#),
            "user_data.email, which is missing",
        ),
        (format!(r#"{start},"id":"a","user_data":{{"email":7}}}}"#), "user_data.email"),
        (format!(r#"{start},"id":["a"]}}"#), "id"),
    ] {
        assert_eq!(place(&body), expected, "{body}");
    }
}

#[test]
fn half_a_surrogate_pair_and_a_byte_order_mark_are_read() {
    let body = "\u{feff}{\"object\":\"user_registration_action_context\",\"id\":\"actctx_1\",
        \"user_data\":{\"email\":\"a@example.com\",\"first_name\":\"Wren \\ud83e\"}}";
    let header =
        format!("t={NOW}, v1={}", compute_webhook_signature(SECRET, NOW.to_string(), body));
    let context = at(NOW).construct_action(body, &header, SECRET).unwrap();
    let ActionContext::UserRegistration(context) = context else { panic!("{context:?}") };
    assert_eq!(context.user_data.first_name.as_deref(), Some("Wren \u{fffd}"));
    let unknown = ActionContext::parse(r#"{"object":"new","a":"\udd86"}"#).unwrap();
    assert_eq!(unknown, ActionContext::Unknown(json!({"object": "new", "a": "\u{fffd}"})));
}

#[test]
fn a_body_that_is_not_utf8_is_refused_even_in_ignored_fields() {
    let start = r#"{"object":"user_registration_action_context","id":"actctx_1",
        "user_data":{"object":"user_data","email":"ada@example.com"},"new":""#;
    assert!(ActionContext::parse(format!("{start}\"}}")).is_ok());
    let body = [start.as_bytes(), b"\xff\"}"].concat();
    let place = format!("byte {}, which is not UTF-8", start.len() + 1);
    assert_eq!(ActionContext::parse(body), Err(ActionError::InvalidContext { place }));
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in any::<Vec<u8>>(), header in "\\PC{0,60}") {
        let _ = ActionContext::parse(&body);
        prop_assert!(at(NOW).construct_action(&body, &header, SECRET).is_err());
    }

    #[test]
    fn any_message_is_signed_exactly_as_sent(message in ".{1,40}") {
        let signed = at(NOW)
            .sign_response(ActionType::Authentication, ActionVerdict::Deny, &message, SECRET)
            .unwrap();
        let payload = serde_json::to_string(&signed.payload).unwrap();
        prop_assert!(signed.to_json().contains(&payload));
        let expected = compute_webhook_signature(SECRET, NOW.to_string(), payload);
        prop_assert_eq!(signed.signature, expected);
    }
}
