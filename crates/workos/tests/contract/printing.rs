//! No secret of the API is printed: every parameter, response and event of the contract, with a
//! marker in each secret field.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use workos::contract::{Input, watch};
use workos::events::{Event, EventData};
use workos_contract::Sampler;
use workos_contract::sample::{TEXT, URL};

use crate::rows::{answers, input, realistic, rows};

/// Enough to see every variant of every union.
pub(crate) const PICKS: usize = 60;
pub(crate) const MARK: &str = "hunter2";

/// The fields that are secrets, wherever they appear.
const SECRETS: [&str; 39] = [
    "accept_invitation_url",
    "access_token",
    "agent_access_token",
    "authkit_authorization_code",
    "claim_attempt_token",
    "client_secret",
    "code",
    "code_verifier",
    "connect_code",
    "credential",
    "data_key",
    "device_code",
    "email_completion_token",
    "encrypted_keys",
    "invitation_token",
    "key",
    "keys",
    "link",
    "link_authorization_code",
    "logout_token",
    "logout_url",
    "new_password",
    "password",
    "password_hash",
    "password_reset_token",
    "password_reset_url",
    "pending_authentication_token",
    "qr_code",
    "refresh_token",
    "secret",
    "subject_token",
    "token",
    "totp_secret",
    "uri",
    "user_access_token",
    "user_code",
    "value",
    "verification_token",
    "verification_uri_complete",
];

/// Fields with the name of a secret that are none: error codes, addresses, public keys, options for
/// the user.
const NO_SECRETS: [&str; 10] = [
    "_cert.value",
    "_certs.data.value",
    ".choices.value",
    ".emails.value",
    ".error.code",
    ".redirect_uris.uri",
    "create_authkit_oauth_resource.uri",
    "create_redirect_uri.uri",
    "list_authkit_oauth_resources.data.uri",
    "list_redirect_uris.data.uri",
];

/// Replaces the secrets in a sample with markers of their places.
pub(crate) fn marked(place: &str, mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let place = format!("{place}.{name}");
                let is_any = |text: &str| text.starts_with(TEXT) || text == URL;
                let named = SECRETS.contains(&name.as_str()) && field.as_str().is_some_and(is_any);
                *field = match named && !NO_SECRETS.iter().any(|end| place.ends_with(end)) {
                    true => format!("{MARK}:{place}:").into(),
                    false => marked(&place, field.take()),
                };
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = marked(place, item.take()));
        }
        _ => {}
    }
    value
}

/// The places of the markers in a text.
fn leaked(text: &str) -> impl Iterator<Item = String> {
    text.split(MARK).skip(1).map(|rest| rest.split(':').nth(1).unwrap_or_default().to_owned())
}

#[test]
fn every_secret_is_tested() {
    let mut tried = BTreeSet::new();
    for (operation, _) in rows() {
        for pick in 0..PICKS {
            let sampler = Sampler { pick, ..Sampler::largest() };
            let sent = input(operation, &sampler, &[]).body;
            let answers = answers(operation).filter_map(|(_, shape)| Some(sampler.sample(shape?)));
            for sample in answers.chain([sent]) {
                let places = marked("", sample).to_string();
                tried.extend(
                    leaked(&places).map(|place| place.rsplit('.').next().unwrap().to_owned()),
                );
            }
        }
    }
    assert_eq!(tried, SECRETS.map(str::to_owned).into());
}

#[test]
fn no_parameter_and_no_request_shows_a_secret() {
    let client = workos::Client::builder().api_key(MARK).client_id("client_1").build();
    let mut leaks = BTreeSet::new();
    for (operation, entry) in rows() {
        for pick in 0..PICKS {
            let sampler = Sampler { pick, ..Sampler::largest() };
            let input = input(operation, &sampler, &[MARK; 4]);
            let place = entry.operation.name;
            let (query, body) = (marked(place, input.query), marked(place, input.body));
            let input = Input { query, body, ..input };
            let (request, seen) = watch(|| match (entry.build)(&client, &input) {
                Ok(request) => format!("{request:?} {request:#?}"),
                Err(error) => format!("{error} {error:?}"),
            });
            leaks.extend(leaked(&seen.shown).chain(leaked(&request)));
        }
    }
    assert_eq!(leaks, BTreeSet::new());
}

#[test]
fn no_response_shows_a_secret() {
    let mut leaks = BTreeSet::new();
    for (operation, entry) in rows() {
        for shape in answers(operation).filter_map(|(_, shape)| shape) {
            for pick in 0..PICKS {
                let sampler = Sampler { pick, ..Sampler::largest() };
                let body = marked(entry.operation.name, sampler.sample(shape));
                let (_, seen) = watch(|| (entry.recode)(&body.to_string()));
                leaks.extend(leaked(&seen.shown));
            }
        }
    }
    assert_eq!(leaks, BTreeSet::new());
}

#[test]
fn no_event_shows_a_secret() {
    let mut leaks = BTreeSet::new();
    for documented in workos_contract::events() {
        let name = &documented.name;
        for pick in 0..PICKS {
            let sampler = Sampler { pick, ..Sampler::largest() };
            let data = marked(name, realistic(sampler.sample(&documented.data)));
            let event = json!({
                "object": "event", "id": "event_1", "event": name, "data": data,
                "created_at": "2026-01-15T12:00:00.000Z",
            });
            let event: Event = serde_json::from_value(event).unwrap();
            assert!(!matches!(event.data, EventData::Unknown { .. }), "{event:?}");
            leaks.extend(leaked(&format!("{event:?}")));
        }
    }
    assert_eq!(leaks, BTreeSet::new());
}
