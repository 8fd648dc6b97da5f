//! Recorded answers: what WorkOS said once, played in tests without a network.
//!
//! `cargo run --example recording --features workos/recording` needs no account and no network: the
//! embedded emulator stands in for WorkOS. To record WorkOS itself, pass the transport of a client
//! that is built from your environment.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::sync::Arc;

use workos::recording::{REDACTED, Recording, RecordingTransport, Redaction, ReplayTransport};
use workos::transport::SharedTransport;
use workos::user_management::{AuthenticateWithPasswordParams, CreateUser, Password};
use workos::{Client, Error, SecretString};
use workos_emulator::Emulator;

/// The code under test: signs up, signs in, and says who is there.
async fn welcome(client: &Client, password: &str) -> Result<(String, SecretString), Error> {
    let users = client.user_management();
    let new = CreateUser {
        password: Some(Password::plaintext(password)),
        email_verified: Some(true),
        first_name: Some("Ada".into()),
        ..CreateUser::new("ada@example.com")
    };
    users.create_user(new).await?;
    let params = AuthenticateWithPasswordParams::new("ada@example.com", password);
    let session = users.authenticate_with_password(params).await?;
    let greeting = format!("Hello, {}!", session.user.first_name.unwrap_or_default());
    Ok((greeting, session.access_token))
}

fn client(transport: SharedTransport) -> Client {
    Client::builder().api_key("sk_test_default").client_id("client_1").transport(transport).build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("workos-recording-{}.jsonl", std::process::id()));

    println!("1. Record: the client talks to WorkOS, and each exchange is added to a file");
    let emulator = Emulator::builder().without_socket().start().await?;
    let recorder = RecordingTransport::to_file(emulator.transport(), &path)?;
    let (greeting, token) =
        welcome(&client(Arc::new(recorder)), "correct horse battery staple").await?;
    drop(emulator);
    println!("   {greeting}");

    println!("\n2. The file is JSON Lines, without passwords and tokens");
    let text = std::fs::read_to_string(&path)?;
    for line in text.lines() {
        println!("   {line:.110}");
    }
    assert!(!text.contains("correct horse") && !text.contains(token.expose()));

    println!("\n3. Replay: the same code, and no server. Secrets may differ");
    let replay = Arc::new(ReplayTransport::from_file(&path)?);
    let (greeting, token) = welcome(&client(replay.clone()), "another password").await?;
    println!("   {greeting} (with the access token {})", token.expose());
    assert_eq!(token.expose(), REDACTED);
    replay.finish()?;

    println!("\n4. A request that was not recorded is refused, with what is different");
    let replay = Arc::new(ReplayTransport::from_file(&path)?);
    let users = client(replay.clone()).user_management();
    match users.create_user(CreateUser::new("bob@example.com")).await {
        Ok(_) => return Err("it was accepted".into()),
        Err(error) => println!("   {error}"),
    }

    println!("\n5. At the end of a test, ask whether all of it was played");
    match replay.finish() {
        Ok(()) => return Err("it was not played".into()),
        Err(error) => println!("   {error}"),
    }

    println!("\n6. Fields of your own can be redacted, too");
    let emulator = Emulator::builder().without_socket().start().await?;
    let recorder = RecordingTransport::in_memory(emulator.transport())
        .redaction(Redaction::new().field("email"));
    let recorder = Arc::new(recorder);
    let users = client(recorder.clone()).user_management();
    users.create_user(CreateUser::new("ada@example.com")).await?;
    let recording: Recording = recorder.recording();
    assert!(!recording.to_json_lines().contains("ada@example.com"));
    for exchange in recording.exchanges {
        println!("   {:?}", exchange.request);
    }

    std::fs::remove_file(&path)?;
    Ok(())
}
