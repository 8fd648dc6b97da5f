//! Recordings have no secret of the API, and all the rest: every request, response, error and event
//! of the contract, with a marker in each secret field.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use workos::recording::{REDACTED, redact};
use workos_contract::Sampler;

use crate::printing::{MARK, PICKS, marked};
use crate::rows::{answers, rows};

/// A value with what stands in for its secrets, before and after redaction.
fn before_and_after(mut value: Value) -> (Value, Value) {
    let mut after = value.clone();
    each_text(&mut value, &|text| {
        // What tells the URI of a TOTP factor from a redirect URI.
        if text.starts_with(MARK) && text.ends_with(".uri:") {
            text.insert_str(0, "otpauth:");
        }
    });
    each_text(&mut after, &|text| {
        if text.starts_with(MARK) {
            *text = REDACTED.to_owned();
        }
    });
    (value, after)
}

fn each_text(value: &mut Value, change: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, change)),
        _ => {}
    }
}

fn texts(mut value: Value) -> Vec<String> {
    let texts = RefCell::new(Vec::new());
    each_text(&mut value, &|text| texts.borrow_mut().push(text.clone()));
    texts.into_inner()
}

/// The texts that are not what they should be after redaction. Certificates are told from secrets by
/// their text, which samples do not have.
fn mistakes(place: &str, sample: Value) -> Vec<String> {
    let (mut value, after) = before_and_after(marked(place, sample));
    redact(&mut value);
    let pairs = texts(value).into_iter().zip(texts(after));
    let wrong = pairs.filter(|(text, after)| text != after && !place.contains("_cert"));
    wrong.map(|(text, after)| format!("{place}: {text} instead of {after}")).collect()
}

#[test]
fn the_secrets_of_all_requests_and_responses_are_redacted_and_nothing_else() {
    let mut found = BTreeSet::new();
    for (operation, entry) in rows() {
        let place = entry.operation.name;
        for pick in 0..PICKS {
            let sampler = Sampler { pick, ..Sampler::largest() };
            let (_, sent) = operation.sample_request(&sampler);
            let answers = answers(operation).filter_map(|(_, shape)| Some(sampler.sample(shape?)));
            found.extend(answers.chain([sent]).flat_map(|sample| mistakes(place, sample)));
        }
    }
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn the_secrets_of_all_events_are_redacted_and_nothing_else() {
    let mut found = BTreeSet::new();
    for event in workos_contract::events() {
        for pick in 0..PICKS {
            let sampler = Sampler { pick, ..Sampler::largest() };
            found.extend(mistakes(&event.name, sampler.sample(&event.data)));
        }
    }
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn all_error_codes_stay() {
    for operation in workos_contract::operations() {
        for code in (400..600).flat_map(|status| operation.error_codes(status)) {
            let error = json!({"code": code, "message": "No.", "errors": [{"code": code}]});
            let mut redacted = error.clone();
            redact(&mut redacted);
            assert_eq!(redacted, error);
        }
    }
}
