//! How many events the mirror takes in a second: `cargo bench -p workos-mirror`.
//!
//! SQLite is a file in a temporary folder. With the feature `postgres`, the server is the one that
//! `MIRROR_DATABASE_URL` names.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use workos::transport::{HttpRequest, HttpResponse, HttpTransport, SharedRuntime, TransportError};
use workos::{Client, Timestamp};
use workos_emulator::Emulator;
use workos_mirror::Mirror;

/// How many events there are: users of a directory are created, and then changed again and again.
const EVENTS: u64 = 100_000;
const USERS: u64 = 10_000;
const PAGE: u64 = 100;

/// A WorkOS that has nothing but events.
struct Events {
    emulator: Emulator,
    start: Timestamp,
}

impl Events {
    fn event(&self, number: u64) -> serde_json::Value {
        let time = self.start + Duration::from_millis(number);
        let user = number % USERS;
        let name = if number < USERS { "dsync.user.created" } else { "dsync.user.updated" };
        json!({
            "object": "event",
            "id": format!("event_{number:026}"),
            "event": name,
            "created_at": time,
            "data": {
                "object": "directory_user",
                "id": format!("directory_user_{user:026}"),
                "directory_id": "directory_01ECAZ4NV9QMV47GW873HDCX74",
                "organization_id": "org_01EZTR6WYX1A0DSE2CYMGXQ24Y",
                "idp_id": format!("{user:08}"),
                "email": format!("user-{user}@example.com"),
                "first_name": "Ada",
                "last_name": format!("Lovelace {number}"),
                "name": format!("Ada Lovelace {number}"),
                "emails": [{"primary": true, "type": "work", "value": "ada@example.com"}],
                "job_title": "Engineer",
                "username": format!("user-{user}"),
                "state": "active",
                "custom_attributes": {"department": "Engineering", "cost_center": "42"},
                "raw_attributes": {"nickname": "ada", "locale": "en", "title": "Engineer"},
                "role": {"slug": "member"},
                "created_at": self.start,
                "updated_at": time,
            },
        })
    }
}

#[async_trait]
impl HttpTransport for Events {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if !request.url.contains("/events?") {
            return self.emulator.transport().execute(request).await;
        }
        let after = request.url.split("after=event_").nth(1);
        let after = after.and_then(|rest| rest.get(..26)?.parse::<u64>().ok());
        let from = after.map_or(0, |after| after + 1);
        let to = (from + PAGE).min(EVENTS);
        let events: Vec<_> = (from..to).map(|number| self.event(number)).collect();
        let last = events.last().filter(|_| to < EVENTS).map(|event| event["id"].clone());
        let page = json!({"object": "list", "data": events, "list_metadata": {"after": last}});
        let body = page.to_string().into();
        Ok(HttpResponse { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }

    fn runtime(&self) -> SharedRuntime {
        self.emulator.transport().runtime()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let start = Timestamp::now() - Duration::from_secs(24 * 60 * 60);
    let transport = Arc::new(Events { emulator, start });
    let client = Client::builder()
        .api_key("sk_test_default")
        .base_url("http://localhost")
        .transport(transport)
        .build();
    let folder = tempfile::tempdir()?;
    let mirror = match std::env::var("MIRROR_DATABASE_URL") {
        #[cfg(feature = "postgres")]
        Ok(url) => Mirror::connect_postgres(client, &url).await?,
        _ => Mirror::open_sqlite(client, folder.path().join("mirror.sqlite")).await?,
    };
    mirror.backfill(|_| {}).await?;
    let began = Instant::now();
    let running = tokio::spawn({
        let mirror = mirror.clone();
        async move { mirror.run(|_| {}).await }
    });
    while mirror.status().await?.lag != Some(Duration::ZERO) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    mirror.handle().stop();
    running.await??;
    let rows = mirror.status().await?.rows;
    assert_eq!(rows.get("directory_users"), Some(&USERS));
    println!("{EVENTS} events in {seconds:.2} s: {:.0} a second", EVENTS as f64 / seconds);
    Ok(())
}
