//! Webhooks: signatures of the other SDKs, and what the official crate gets wrong.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use workos::helpers::webhooks::{
    SignatureHeader, WebhookError, WebhookVerifier, compute_webhook_signature, parse_event,
    parse_webhook_signature_header,
};
use workos::{Error, EventData, EventName, Timestamp};

const NOW: i64 = 1_772_366_400_000;
const SECRET: &str = "whsec_1";

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new(SECRET).with_clock(|| Timestamp::from_millis(NOW))
}

fn sign(body: impl AsRef<[u8]>) -> String {
    compute_webhook_signature(SECRET, NOW.to_string(), body)
}

fn reason(result: &Result<(), WebhookError>) -> Option<&'static str> {
    result.as_ref().err().map(|error| match error {
        WebhookError::NotSigned => "not_signed",
        WebhookError::InvalidHeader => "malformed_header",
        WebhookError::InvalidTimestamp => "bad_timestamp",
        WebhookError::OutsideTolerance => "outside_tolerance",
        WebhookError::NoValidSignature => "bad_signature",
        WebhookError::EmptySecret => "configuration",
        other => panic!("{other}"),
    })
}

/// Where the SDKs differ and we do not follow the official crate: uppercase digits are accepted,
/// and unknown components are ignored.
const OTHERWISE: [&str; 2] = ["webhook/signature-upper-case", "webhook/unknown-component-after"];

#[test]
fn agrees_with_the_other_sdks() {
    let file: Value = serde_json::from_str(include_str!("../vectors/webhooks.json")).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let (id, inputs) = (vector["id"].as_str().unwrap(), &vector["inputs"]);
        let text = |key: &str| inputs[key].as_str().unwrap();
        if let Some(expected) = vector["expect"]["signature"].as_str() {
            let computed =
                compute_webhook_signature(text("secret"), text("timestamp"), text("body"));
            assert_eq!(computed, expected, "{id}");
            continue;
        }
        let now = inputs["now_ms"].as_i64().unwrap();
        let tolerance = Duration::from_secs(inputs["tolerance_s"].as_u64().unwrap_or(180));
        let result = WebhookVerifier::new(text("secret"))
            .with_clock(move || Timestamp::from_millis(now))
            .with_tolerance(tolerance)
            .verify_header(text("header"), text("body"));
        let expected = vector["expect"]["reason"].as_str();
        let expected = expected.filter(|_| !OTHERWISE.contains(&id));
        assert_eq!(reason(&result), expected, "{id}");
    }
}

#[test]
fn every_v1_is_checked_and_two_secrets_can_be_valid_at_once() {
    let (good, bad) = (sign("{}"), "00".repeat(32));
    for signatures in [format!("v1={bad}, v1={good}"), format!("v1={good},v1={bad}")] {
        assert_eq!(verifier().verify_header(&format!("t={NOW}, {signatures}"), "{}"), Ok(()));
    }
    let header = format!("t={NOW}, v1={good}");
    let rotated = |new, old| {
        let verifier = WebhookVerifier::new(new).with_secret(old);
        verifier.with_clock(|| Timestamp::from_millis(NOW)).verify_header(&header, "{}")
    };
    assert_eq!(rotated("whsec_2", SECRET), Ok(()));
    assert_eq!(rotated(SECRET, "whsec_2"), Ok(()));
    assert_eq!(rotated("whsec_2", "whsec_3"), Err(WebhookError::NoValidSignature));
}

#[test]
fn a_component_of_a_future_scheme_is_ignored() {
    let header = format!("v2=abc, t={NOW}, k=, v1={}, alg=x=y", sign("{}"));
    assert_eq!(verifier().verify_header(&header, "{}"), Ok(()));
}

#[test]
fn the_body_may_be_any_bytes_and_hex_any_case() {
    let body = vec![0xff, 0x00, 0xfe];
    let header = format!("t={NOW}, v1={}", sign(&body).to_uppercase());
    let returned = verifier().verify_payload(&header, body.as_slice()).unwrap();
    // The same bytes, not a copy.
    assert_eq!(returned.as_ptr(), body.as_ptr());
    verifier().verify_payload(&header, bytes::Bytes::from(body)).unwrap();
}

#[test]
fn an_empty_secret_accepts_nothing() {
    let signed = |secret: &str| {
        format!("t={NOW}, v1={}", compute_webhook_signature(secret, NOW.to_string(), "{}"))
    };
    let clock = || Timestamp::from_millis(NOW);
    for empty in ["", "\n", "\r\n"] {
        for verifier in [
            WebhookVerifier::new(empty),
            WebhookVerifier::new(empty).with_secret(SECRET),
            WebhookVerifier::new(SECRET).with_secret(empty),
            WebhookVerifier::new(SECRET).with_secret(empty).with_secret(SECRET),
        ] {
            let verifier = verifier.with_clock(clock);
            for header in [signed(""), signed(SECRET), signed(empty), String::new(), "t".into()] {
                let refused = Err(WebhookError::EmptySecret);
                assert_eq!(verifier.verify_header(&header, "{}"), refused, "{empty:?} {header}");
                assert_eq!(verifier.verify_payload(&header, "{}").map(drop), refused);
                assert_eq!(verifier.construct_event(&header, "{}").map(drop), refused);
            }
        }
        let at_the_start = WebhookVerifier::try_new(empty);
        assert_eq!(at_the_start.unwrap_err(), WebhookError::EmptySecret);
        assert_eq!(verifier().try_with_secret(empty).unwrap_err(), WebhookError::EmptySecret);
    }
    let both = WebhookVerifier::try_new("whsec_2").unwrap().try_with_secret(SECRET).unwrap();
    assert_eq!(both.with_clock(clock).verify_header(&signed(SECRET), "{}"), Ok(()));
}

#[test]
fn the_official_parser_returns_the_last_signature() {
    let parse = |header: &str| parse_webhook_signature_header(header).map_err(|e| e.to_string());
    let parts = |time: &str, signature: &str| Ok((time.to_owned(), signature.to_owned()));
    assert_eq!(parse("t=1, v1=aa"), parts("1", "aa"));
    assert_eq!(parse(" v1 = aa ,t = 1"), parts("1", "aa"));
    assert_eq!(parse("v1=aa,t=1,v1=bb,v1=cc"), parts("1", "cc"));
    for header in ["", "t=1", "v1=aa", "t=,v1=aa", "t=1,t=1,v1=aa", "t"] {
        let error = parse_webhook_signature_header(header).unwrap_err();
        assert!(matches!(error, Error::Webhook(_)), "{error}");
    }
}

#[test]
fn a_line_break_after_a_secret_is_not_part_of_it() {
    let header = format!("t={NOW}, v1={}", sign("{}"));
    for end in ["\n", "\r\n", "\r", "\n\n"] {
        let from_file = format!("{SECRET}{end}");
        assert_eq!(compute_webhook_signature(&from_file, NOW.to_string(), "{}"), sign("{}"));
        let clock = || Timestamp::from_millis(NOW);
        let alone = WebhookVerifier::new(from_file.clone()).with_clock(clock);
        assert_eq!(alone.verify_header(&header, "{}"), Ok(()), "{end:?}");
        let second = WebhookVerifier::new("whsec_2").with_secret(from_file);
        assert_eq!(second.with_clock(clock).verify_header(&header, "{}"), Ok(()), "{end:?}");
    }
    // Other whitespace is part of it.
    let other = WebhookVerifier::new(format!("{SECRET} "));
    let other = other.with_clock(|| Timestamp::from_millis(NOW));
    assert_eq!(other.verify_header(&header, "{}"), Err(WebhookError::NoValidSignature));
}

#[test]
fn the_tolerance_is_inclusive_in_both_directions() {
    for (age, accepted) in [(0, true), (180_000, true), (180_001, false)] {
        for now in [NOW - age, NOW + age] {
            let verifier = verifier().with_clock(move || Timestamp::from_millis(now));
            let result = verifier.verify_header(&format!("t={NOW}, v1={}", sign("{}")), "{}");
            assert_eq!(result.is_ok(), accepted, "{age}");
        }
    }
}

#[test]
fn a_time_is_only_digits() {
    for time in ["+1772366400000", "1772366400000.0", "1e12", "٣"] {
        let signature = compute_webhook_signature(SECRET, time, "{}");
        let result = verifier().verify_header(&format!("t={time}, v1={signature}"), "{}");
        assert_eq!(result, Err(WebhookError::InvalidTimestamp), "{time}");
    }
    let twice = format!("t=1, t={NOW}, v1={}", sign("{}"));
    assert_eq!(verifier().verify_header(&twice, "{}"), Err(WebhookError::InvalidHeader));
}

const EVENT: &str = r#"{"object":"event","id":"event_1","event":"user.created",
    "data":{"id":"user_1","password":"hunter2"},"created_at":"2026-03-01T11:59:59.000Z"}"#;

#[test]
fn a_verified_body_becomes_an_event() {
    let header = format!("t={NOW}, v1={}", sign(EVENT));
    let event = verifier().construct_event(&header, EVENT).unwrap();
    assert_eq!(event.event, EventName::UserCreated);
    assert_eq!(parse_event(EVENT), Ok(event));
    let changed = EVENT.replace("user_1", "user_2");
    let refused = verifier().construct_event(&header, changed);
    assert_eq!(refused, Err(WebhookError::NoValidSignature));
}

#[test]
fn an_error_names_the_place_but_no_value() {
    let body = EVENT.replace("2026-03-01T11:59:59.000Z", "hunter2");
    let error = parse_event(&body).unwrap_err();
    assert!(error.to_string().ends_with("at created_at"), "{error}");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    let error = parse_event("{").unwrap_err();
    assert!(error.to_string().ends_with("line 1, column 1"), "{error}");
    assert!(parse_event([0xff]).is_err() && parse_event("{}").is_err());
}

#[test]
fn an_error_distinguishes_a_missing_field_from_a_wrong_type() {
    let place = |body: &str| match parse_event(body) {
        Err(WebhookError::InvalidPayload { place }) => place,
        other => panic!("{other:?}"),
    };
    assert_eq!(place(r#"{"id":"event_1","data":{"id":"a"}}"#), "event, which is missing");
    assert_eq!(place(&EVENT.replace("\"event_1\"", "7")), "id");
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let unknown = EVENT.replace("user.created", "moon.landed");
    let inside = place(&unknown.replace("\"hunter2\"", &deep));
    assert!(inside.starts_with("data.password[0][0]"), "{inside}");
    assert_eq!(place("7"), "line 1, column 1");
}

#[test]
fn half_a_surrogate_pair_is_read_and_the_signature_covers_the_bytes_as_sent() {
    let body = EVENT.replace("hunter2", r"Wren \ud83e").replace("user.created", "moon.landed");
    let header = format!("t={NOW}, v1={}", sign(&body));
    let event = verifier().construct_event(&header, &body).unwrap();
    let EventData::Unknown { data, .. } = &event.data else { panic!("{event:?}") };
    assert_eq!(data["password"], "Wren \u{fffd}");
    let mended = body.replace(r"\ud83e", r"\ufffd");
    assert_eq!(parse_event(&mended), Ok(event));
    let refused = verifier().construct_event(&header, mended);
    assert_eq!(refused, Err(WebhookError::NoValidSignature));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(parse_event(format!("\u{feff}{EVENT}")), parse_event(EVENT));
    let error = parse_event("\u{feff}{\"event\":\"user.created\",\"id\":7}").unwrap_err();
    assert_eq!(error, WebhookError::InvalidPayload { place: "id".into() });
}

#[test]
fn a_body_that_is_not_utf8_is_refused_even_in_ignored_fields() {
    let start = [EVENT.strip_suffix('}').unwrap(), ",\"new\":\""].concat();
    assert!(parse_event(format!("{start}\"}}")).is_ok());
    let body = [start.as_bytes(), b"\xff\"}"].concat();
    let place = format!("byte {}, which is not UTF-8", start.len() + 1);
    assert_eq!(parse_event(body), Err(WebhookError::InvalidPayload { place }));
}

#[test]
fn the_place_of_an_error_is_short_and_printable() {
    // The path leads through a key of the payload.
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let key = "\u{9b}31m".repeat(10_000);
    let body = format!(r#"{{"event":"user.created","data":{{"{key}":{deep}}}}}"#);
    let text = parse_event(body).unwrap_err().to_string();
    assert!(text.contains("31m") && text.len() < 2_000, "{} bytes", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
}

#[test]
fn secrets_are_not_printed() {
    assert!(!format!("{:?}", verifier()).contains(SECRET));
}

#[test]
fn a_verifier_can_be_shared() {
    fn shared<T: Send + Sync + Clone + 'static>(_: T) {}
    shared(verifier());
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(header in "\\PC{0,60}", body in any::<Vec<u8>>()) {
        let _ = parse_webhook_signature_header(&header);
        let _ = SignatureHeader::parse(&header);
        prop_assert!(verifier().verify_header(&header, &body).is_err());
        let _ = parse_event(&body);
    }

    #[test]
    fn nothing_like_a_header_is_accepted_unsigned(
        header in "[ ,=]{0,2}(t|v1|v2)?[ =]{1,3}[0-9a-f]{0,70}([ ,;]{1,2}(t|v1)=[0-9a-f]{0,70}){0,4}",
    ) {
        let verified = verifier().verify_header(&header, "body");
        prop_assert!(verified.is_err());
    }

    #[test]
    fn order_and_spaces_do_not_matter(
        body in any::<Vec<u8>>(), spaces in "[ \t\u{b}\u{a0}]{0,3}", first in any::<bool>(),
    ) {
        let time = format!("{spaces}t{spaces}={NOW}{spaces}");
        let signature = format!("v1={spaces}{}{spaces}", sign(&body));
        let (one, two) = if first { (time, signature) } else { (signature, time) };
        prop_assert_eq!(verifier().verify_header(&format!("{one},{two}"), &body), Ok(()));
    }

    #[test]
    fn a_changed_body_is_refused(body in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        prop_assume!(body != other);
        let result = verifier().verify_header(&format!("t={NOW}, v1={}", sign(&body)), &other);
        prop_assert_eq!(result, Err(WebhookError::NoValidSignature));
    }
}
