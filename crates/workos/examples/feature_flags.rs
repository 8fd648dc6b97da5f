//! Feature flags evaluated in memory: a check makes no request, and flags follow the dashboard.
//!
//! `cargo run --example feature_flags` needs no account and no network. Real: evaluation, polling,
//! change callbacks, an outage. WorkOS is simulated by [`workos`]. Time is virtual, so minutes pass
//! at once.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::StandIn;
use workos::Client;
use workos::helpers::flags::{FlagContext, FlagsClient};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().api_key("sk_example").transport(StandIn::new(workos())).build();

    println!("1. Fetch the flags at startup");
    let flags = client
        .feature_flags_runtime()
        .poll_interval(Duration::from_secs(60))
        .on_change(|change| println!("   changed: {}", change.slug))
        .on_error(|error| println!("   {error}"))
        .start();
    flags.wait_until_ready(Duration::from_secs(5)).await?;
    println!("   {} flags", flags.status().flags);

    println!("\n2. Evaluate them for the user of a request");
    let ada = FlagContext::new().user("user_ada").organization("org_acme");
    let bob = FlagContext::new().user("user_bob");
    let in_lab = FlagContext::new().user("user_bob").target("workspace", "lab");
    for (who, context) in [("Ada of Acme", &ada), ("Bob", &bob), ("Bob in the lab", &in_lab)] {
        println!("   {who}: {}", json!(flags.all_flags(context)));
    }

    println!("\n3. A missing flag is off, or the default you pass");
    println!("   {}", flags.is_enabled("no-such-flag", &ada));
    println!("   {}", flags.is_enabled_or("no-such-flag", &ada, true));

    println!("\n4. Somebody turns the new editor on for everyone; the next poll picks it up");
    show_editor(&flags, &bob);
    a_minute_passes().await;
    show_editor(&flags, &bob);

    println!("\n5. WorkOS cannot be reached: the flags keep their values");
    a_minute_passes().await;
    show_editor(&flags, &bob);
    let status = flags.status();
    println!(
        "   {} of {} polls failed, still polling: {:?}",
        status.failed_polls, status.polls, status.polling
    );

    println!("\n6. Start with stored flags, to be ready at once, even during an outage");
    let bootstrap = client.feature_flags_runtime().bootstrap(&editor(true))?.start();
    println!("   ready before anything was fetched: {}", bootstrap.status().ready);
    show_editor(&bootstrap, &bob);
    bootstrap.close();
    flags.close();
    Ok(())
}

fn show_editor(flags: &FlagsClient, context: &FlagContext) {
    println!("   new-editor for Bob: {}", flags.is_enabled("new-editor", context));
}

/// Polls come every minute, give or take six seconds.
async fn a_minute_passes() {
    tokio::time::sleep(Duration::from_secs(70)).await;
}

/// Stands in for WorkOS: a change in the dashboard after the first poll, an outage after the
/// second.
fn workos() -> impl Fn(&str, &Value) -> (u16, Value) + Send + Sync {
    let polls = AtomicUsize::new(0);
    move |request, _| match (request, polls.fetch_add(1, Ordering::Relaxed)) {
        ("GET /sdk/feature-flags?payload_version=2", 0) => (200, editor(false)),
        ("GET /sdk/feature-flags?payload_version=2", 1) => (200, editor(true)),
        ("GET /sdk/feature-flags?payload_version=2", _) => {
            (503, json!({ "message": "Service Unavailable" }))
        }
        _ => support::not_played(request),
    }
}

/// Two flags, as WorkOS sends them.
fn editor(on_for_all: bool) -> Value {
    let on_for = |target_type: &str, id: &str| {
        let condition = json!({ "operator": "one_of", "target_type": target_type, "values": [id] });
        json!({ "kind": "conditions", "value": true, "conditions": [condition] })
    };
    json!({
        "version": 2,
        "flags": {
            "new-editor": {
                "enabled": true, "default_value": on_for_all, "off_value": false,
                "rules": [on_for("organization", "org_acme"), on_for("workspace", "lab")],
            },
            "dark-mode": {
                "enabled": true, "default_value": false, "off_value": false,
                "rules": [on_for("user", "user_bob")],
            },
        },
    })
}
