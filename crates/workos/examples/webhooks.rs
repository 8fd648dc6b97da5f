//! Webhooks: a genuine one is verified and read; forged, changed and replayed ones are rejected.
//!
//! `cargo run --example webhooks` needs no account and no network: the embedded emulator delivers a
//! webhook to this machine. Those that WorkOS would not send yet, or never, are signed by [`sign`].

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use workos::helpers::webhooks::{WebhookError, WebhookVerifier, compute_webhook_signature};
use workos::user_management::CreateUser;
use workos::{EventData, EventName, Timestamp};
use workos_emulator::{Emulator, NewWebhookEndpoint};

const SECRET: &str = "the secret of the endpoint, from the dashboard";

const FROM_THE_FUTURE: &str = r#"{"object": "event", "id": "event_02", "event": "robot.created",
    "created_at": "2036-03-01T12:00:00.000Z", "data": {"id": "robot_01"}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    emulator.fixtures().webhook_endpoint(NewWebhookEndpoint {
        endpoint_url: format!("http://{}/webhooks", listener.local_addr()?),
        events: vec![EventName::UserCreated],
        secret: Some(SECRET.into()),
        ..Default::default()
    })?;
    let verifier = WebhookVerifier::try_new(SECRET)?;
    let now = Timestamp::now();

    println!("1. Ada is created, and a webhook arrives");
    emulator.client().user_management().create_user(CreateUser::new("ada@example.com")).await?;
    let (header, body) = accept(&listener).await?;
    println!("   WorkOS-Signature: {header:.40}…");
    receive(&verifier, &header, &body)?;

    println!("\n2. An event that this version of the crate does not know");
    receive(&verifier, &sign(SECRET, now, FROM_THE_FUTURE), FROM_THE_FUTURE)?;

    println!("\n3. Rejected webhooks");
    let forged = sign("a guess", now, &body);
    refused("signed with another secret", receive(&verifier, &forged, &body))?;
    let changed = body.replace("ada@", "eve@");
    refused("changed in transit", receive(&verifier, &header, &changed))?;
    let old = sign(SECRET, now - Duration::from_secs(600), &body);
    refused("replayed ten minutes later", receive(&verifier, &old, &body))?;
    refused("not signed", receive(&verifier, "", &body))?;

    println!("\n4. A larger tolerance, for webhooks that waited in a queue");
    let patient = verifier.with_tolerance(Duration::from_secs(3600));
    receive(&patient, &old, &body)?;

    println!("\n5. While the secret is being rotated, both secrets are valid");
    let both = WebhookVerifier::new("the next secret").with_secret(SECRET);
    receive(&both, &header, &body)?;
    receive(&both, &sign("the next secret", now, &body), &body)?;
    Ok(())
}

/// Accepts a request, as a web framework would: returns its signature, and its body byte for byte.
async fn accept(listener: &TcpListener) -> Result<(String, String), Box<dyn Error>> {
    let mut stream = BufReader::new(listener.accept().await?.0);
    let (mut line, mut signature, mut length) = (String::new(), String::new(), 0_usize);
    while stream.read_line(&mut line).await? > "\r\n".len() {
        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "workos-signature" => signature = value.to_owned(),
            "content-length" => length = value.parse()?,
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
    Ok((signature, String::from_utf8(body)?))
}

/// What the endpoint does. `body` is the request's raw body, byte for byte, not parsed and re-encoded.
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
