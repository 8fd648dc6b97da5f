//! Webhooks: a genuine one is verified and read; forged, changed and replayed ones are rejected.
//!
//! `cargo run --example webhooks` needs no account and no network. The whole receiving side is
//! real. The sender is simulated by [`sign`], which signs webhooks as WorkOS does.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;
use std::time::Duration;

use workos::helpers::webhooks::{WebhookError, WebhookVerifier, compute_webhook_signature};
use workos::{EventData, Timestamp};

const SECRET: &str = "the secret of the endpoint, from the dashboard";

const USER_CREATED: &str = r#"{"object": "event", "id": "event_01", "event": "user.created",
    "created_at": "2026-03-01T12:00:00.000Z",
    "data": {"object": "user", "id": "user_01", "email": "ada@example.com", "email_verified": true,
        "created_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z"}}"#;

const FROM_THE_FUTURE: &str = r#"{"object": "event", "id": "event_02", "event": "robot.created",
    "created_at": "2036-03-01T12:00:00.000Z", "data": {"id": "robot_01"}}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let verifier = WebhookVerifier::try_new(SECRET)?;
    let now = Timestamp::now();

    println!("1. A webhook arrives");
    let header = sign(SECRET, now, USER_CREATED);
    println!("   WorkOS-Signature: {header:.40}…");
    receive(&verifier, &header, USER_CREATED)?;

    println!("\n2. An event that this version of the crate does not know");
    receive(&verifier, &sign(SECRET, now, FROM_THE_FUTURE), FROM_THE_FUTURE)?;

    println!("\n3. Rejected webhooks");
    let forged = sign("a guess", now, USER_CREATED);
    refused("signed with another secret", receive(&verifier, &forged, USER_CREATED))?;
    let changed = USER_CREATED.replace("ada@", "eve@");
    refused("changed in transit", receive(&verifier, &header, &changed))?;
    let old = sign(SECRET, now - Duration::from_secs(600), USER_CREATED);
    refused("replayed ten minutes later", receive(&verifier, &old, USER_CREATED))?;
    refused("not signed", receive(&verifier, "", USER_CREATED))?;

    println!("\n4. A larger tolerance, for webhooks that waited in a queue");
    let patient = verifier.with_tolerance(Duration::from_secs(3600));
    receive(&patient, &old, USER_CREATED)?;

    println!("\n5. While the secret is being rotated, both secrets are valid");
    let both = WebhookVerifier::new("the next secret").with_secret(SECRET);
    receive(&both, &header, USER_CREATED)?;
    receive(&both, &sign("the next secret", now, USER_CREATED), USER_CREATED)?;
    Ok(())
}

/// A webhook endpoint. `body` is the request's raw body, byte for byte, not parsed and re-encoded.
fn receive(verifier: &WebhookVerifier, header: &str, body: &str) -> Result<(), WebhookError> {
    let event = verifier.construct_event(header, body)?;
    match &event.data {
        EventData::UserCreated(user) => println!("   {}: welcome, {}", event.id, user.email),
        EventData::Unknown { name, data, .. } => println!("   {}: {name} {data}", event.id),
        _ => println!("   {}: {}", event.id, event.event),
    }
    Ok(())
}

fn refused(what: &str, outcome: Result<(), WebhookError>) -> Result<(), Box<dyn Error>> {
    match outcome {
        Ok(()) => Err(format!("{what}: accepted").into()),
        Err(error) => {
            println!("   {what}:\n      400, {error}");
            Ok(())
        }
    }
}

/// The header that WorkOS sends: time and signature.
fn sign(secret: &str, time: Timestamp, body: &str) -> String {
    let time = time.as_millis().to_string();
    let signature = compute_webhook_signature(secret, &time, body);
    format!("t={time}, v1={signature}")
}
