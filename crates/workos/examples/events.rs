//! Events that are never missed: followed as they happen, handled once, each of them typed.
//!
//! `cargo run --example events` needs no account and no network: what is done to the embedded
//! emulator makes the events.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::time::Duration;

use serde_json::json;
use workos::helpers::events::{BoxError, Consumer, EventCursor, LocalCheckpoint};
use workos::user_management::{CreateUser, UpdateUser};
use workos::{Client, Event, EventData, EventName, Timestamp};
use workos_emulator::{Emulator, Fault};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let client = emulator.client();
    let users = client.user_management();
    let start = Timestamp::now() - Duration::from_secs(60);

    println!("1. Follow what happens, and remember where");
    let ada = users.create_user(CreateUser::new("ada@example.com")).await?;
    for name in ["Ada", "Augusta Ada"] {
        let change = UpdateUser { first_name: Some(name.into()), ..Default::default() };
        users.update_user(&ada.id, change).await?;
    }
    let cursor = follow(&client, EventCursor::since(start), 3).await?;

    println!("\n2. Resume from there; WorkOS fails twice, and is asked again");
    users.delete_user(&ada.id).await?;
    emulator.faults().add(Fault::status(503).times(2));
    follow(&client, cursor, 1).await?;

    println!("\n3. A consumer remembers by itself, here in memory: see `workos-stores` for more");
    let checkpoint = LocalCheckpoint::in_memory();
    let wanted = [EventName::UserCreated, EventName::UserUpdated, EventName::UserDeleted];
    let events = client.events().follow(wanted).since(start);
    consume(&events.checkpoint(checkpoint.clone())).await?;

    println!("\n4. The next run goes on; an event that is new to this version is not lost");
    emulator.faults().add(Fault::status(200).times(1).body(json!({
        "object": "list", "list_metadata": { "after": null },
        "data": [{
            "object": "event", "id": "event_robot", "event": "robot.created",
            "created_at": "2036-03-01T12:00:00.000Z", "data": { "id": "robot_1" },
        }],
    })));
    let events = client.events().follow([EventName::from("robot.created")]);
    consume(&events.checkpoint(checkpoint)).await?;
    Ok(())
}

/// Follows some events, and returns the place behind the last one.
async fn follow(
    client: &Client,
    mut cursor: EventCursor,
    count: usize,
) -> Result<EventCursor, workos::Error> {
    let wanted = [EventName::UserCreated, EventName::UserUpdated, EventName::UserDeleted];
    let mut events = client.events().follow(wanted).resume(cursor.clone());
    for _ in 0..count {
        let Some(followed) = events.try_next().await? else { break };
        show(&followed.event);
        // Store it in the database that the events update.
        cursor = followed.cursor;
    }
    Ok(cursor)
}

/// Handles events until there are no more. A real one runs for as long as the application.
async fn consume(consumer: &Consumer<LocalCheckpoint>) -> Result<(), workos::Error> {
    let handle = consumer.handle();
    let run = consumer.run(|event, _transaction| async move {
        show(&event);
        if event.event == EventName::UserDeleted {
            return Err(BoxError::from("somebody has left, and that is too much for us"));
        }
        Ok(())
    });
    // Long enough for the attempts at the event that cannot be handled.
    let stop = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        handle.stop();
    };
    tokio::join!(run, stop).0?;
    let status = handle.status();
    println!("   {} events, {} of them dead letters", status.events, status.dead_letters);
    Ok(())
}

fn show(event: &Event) {
    match &event.data {
        EventData::UserCreated(user) => println!("   welcome, {}", user.email),
        EventData::UserDeleted(user) => println!("   goodbye, {}", user.email),
        EventData::Unknown { name, data, .. } => println!("   {name}: {data}"),
        _ => println!("   {} at {}", event.event, event.created_at),
    }
}
