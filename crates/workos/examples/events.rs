//! Following events with a cursor: no event is missed, and each is typed.
//!
//! `cargo run --example events` needs no account and no network: what is done to the embedded
//! emulator makes the events.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use serde_json::json;
use workos::events::{EventData, EventName, ListEventsParams};
use workos::user_management::{CreateUser, UpdateUser};
use workos::{Client, Error, PaginationOrder};
use workos_emulator::{Emulator, Fault};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let client = emulator.client();
    let users = client.user_management();
    // Where the last run ended. Store it in the database that the events update.
    let mut cursor = None;

    println!("1. Read all events so far, oldest first, two per page");
    let ada = users.create_user(CreateUser::new("ada@example.com")).await?;
    for name in ["Ada", "Augusta Ada"] {
        let change = UpdateUser { first_name: Some(name.into()), ..Default::default() };
        users.update_user(&ada.id, change).await?;
    }
    follow(&client, &mut cursor).await?;

    println!("\n2. Continue from the cursor: nothing new");
    follow(&client, &mut cursor).await?;

    println!("\n3. Something happens; WorkOS fails once, and the request is retried");
    users.delete_user(&ada.id).await?;
    emulator.faults().add(Fault::status(503).times(1));
    emulator.requests().clear();
    follow(&client, &mut cursor).await?;
    println!("   requests that WorkOS got: {}", emulator.requests().count());

    println!("\n4. An event that this version of the crate does not know is not lost");
    emulator.faults().add(Fault::status(200).times(1).body(json!({
        "object": "list", "list_metadata": { "after": null },
        "data": [{
            "object": "event", "id": "event_robot", "event": "robot.created",
            "created_at": "2036-03-01T12:00:00.000Z", "data": { "id": "robot_1" },
        }],
    })));
    follow(&client, &mut cursor).await?;
    println!("\nThe next run starts after {}", cursor.unwrap_or_default());
    Ok(())
}

/// Handles all events after the cursor, and advances it.
async fn follow(client: &Client, cursor: &mut Option<String>) -> Result<(), Error> {
    let wanted = [
        EventName::UserCreated,
        EventName::UserUpdated,
        EventName::UserDeleted,
        EventName::from("robot.created"),
    ];
    let params = ListEventsParams {
        after: cursor.clone(),
        order: Some(PaginationOrder::Asc), // by default `after` leads to older events
        limit: Some(2),                    // default: 100
        ..ListEventsParams::new(wanted)
    };
    let mut events = client.events().list_events_auto_paging(params);
    while let Some(event) = events.try_next().await? {
        match &event.data {
            EventData::UserCreated(user) => println!("   welcome, {}", user.email),
            EventData::UserDeleted(user) => println!("   goodbye, {}", user.email),
            EventData::Unknown { name, data, .. } => println!("   {name}: {data}"),
            _ => println!("   {} at {}", event.event, event.created_at),
        }
        // Only after handling it: an interruption may repeat an event but never loses one.
        *cursor = Some(event.id);
    }
    Ok(())
}
