//! Webhooks and actions: a line with the header, then the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::actions::ActionsHelper;
use workos::helpers::webhooks::{
    DEFAULT_WEBHOOK_TOLERANCE, SignatureHeader, WebhookVerifier, compute_webhook_signature,
    parse_event,
};
use workos_fuzz::{NOW, line, now};

const SECRET: &str = "o7Smf75c39h-D_iqaRaQHcyj";

fuzz_target!(|data: &[u8]| {
    let (header, body) = line(data);
    let header = String::from_utf8_lossy(header);
    let verifier = WebhookVerifier::new(SECRET).with_clock(now);
    let verified = verifier.verify_header(&header, body).is_ok();
    assert_eq!(verified, is_signed(&header, body));
    let actions = ActionsHelper::new().with_clock(now).with_tolerance(DEFAULT_WEBHOOK_TOLERANCE);
    assert_eq!(actions.verify_header(body, &header, SECRET).is_ok(), verified);

    // The same body, signed.
    let signature = compute_webhook_signature(SECRET, (NOW * 1000).to_string(), body);
    let header = format!("t={}, v1={signature}", NOW * 1000);
    assert_eq!(verifier.verify_payload(&header, body), Ok(body));
    assert_eq!(verifier.construct_event(&header, body), parse_event(body));
    if let Err(error) = parse_event(body) {
        bounded(&error.to_string());
    }
    if let Err(error) = actions.construct_action(body, &header, SECRET) {
        bounded(&error.to_string());
    }
    let other = verifier.verify_header(&header, [body, b" "].concat());
    assert!(other.is_err(), "a changed body is accepted");
});

fn bounded(text: &str) {
    assert!(text.chars().count() < 500 && !text.contains(char::is_control), "{text:?}");
}

/// An independent check of the same.
fn is_signed(header: &str, body: &[u8]) -> bool {
    let Ok(parts) = SignatureHeader::parse(header) else { return false };
    assert!(!parts.timestamp.is_empty() && parts.signatures().next().is_some());
    assert!(parts.signatures().all(|one| !one.is_empty() && one == one.trim()));
    let Ok(time) = parts.timestamp.parse::<u64>() else { return false };
    let is_number = parts.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let signature = compute_webhook_signature(SECRET, parts.timestamp, body);
    is_number
        && time.abs_diff(NOW as u64 * 1000) <= 180_000
        && parts.signatures().any(|one| one.eq_ignore_ascii_case(&signature))
}
