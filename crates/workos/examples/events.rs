//! Following events with a cursor: no event is missed, and each is typed.
//!
//! `cargo run --example events` needs no account and no network. Real: paging, the cursor, retries
//! and typed payloads. WorkOS is simulated by [`workos`].

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use support::StandIn;
use workos::events::{EventData, EventName, ListEventsParams};
use workos::{Client, Error, PaginationOrder};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Error> {
    let client = Client::builder().api_key("sk_example").transport(StandIn::new(workos)).build();
    // Where the last run ended. Store it in the database that the events update.
    let mut cursor = None;

    println!("1. Read all events so far, oldest first, two per page");
    happens("user.created", support::ada());
    happens("user.updated", support::ada());
    happens("user.updated", support::ada());
    follow(&client, &mut cursor).await?;

    println!("\n2. Continue from the cursor: nothing new");
    follow(&client, &mut cursor).await?;

    println!("\n3. Something happens; WorkOS fails once, and the request is retried");
    happens("user.deleted", support::ada());
    FAILS_ONCE.store(true, Ordering::Relaxed);
    follow(&client, &mut cursor).await?;

    println!("\n4. An event that this version of the crate does not know is not lost");
    happens("robot.created", json!({ "id": "robot_1" }));
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

/// All events so far, and whether the next request fails.
static EVENTS: Mutex<Vec<Value>> = Mutex::new(Vec::new());
static FAILS_ONCE: AtomicBool = AtomicBool::new(false);

fn lock() -> MutexGuard<'static, Vec<Value>> {
    EVENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn happens(name: &str, data: Value) {
    let mut events = lock();
    let id = format!("event_{}", events.len() + 1);
    events.push(json!({
        "object": "event", "id": id, "event": name, "data": data,
        "created_at": "2026-03-01T12:00:00.000Z",
    }));
}

/// Stands in for WorkOS: returns two events after the cursor, and the next cursor. The newest come
/// first unless the request asks for ascending order.
fn workos(request: &str, _: &Value) -> (u16, Value) {
    if FAILS_ONCE.swap(false, Ordering::Relaxed) {
        return (503, json!({ "message": "Service Unavailable" }));
    }
    let mut events = lock().clone();
    if !request.contains("order=asc") {
        events.reverse();
    }
    let cursor = request.split(['?', '&']).find_map(|pair| pair.strip_prefix("after="));
    println!("   request for the events after {}", cursor.unwrap_or("the beginning"));
    let seen = events.iter().position(|event| Some(support::text(event, "id")) == cursor);
    let mut rest = events.iter().skip(seen.map_or(0, |seen| seen + 1));
    let page: Vec<_> = rest.by_ref().take(2).collect();
    let last = page.last().map(|event| support::text(event, "id"));
    let after = rest.next().and(last);
    (200, json!({ "object": "list", "data": page, "list_metadata": { "after": after } }))
}
