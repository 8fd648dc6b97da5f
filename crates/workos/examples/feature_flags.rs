//! Feature flags evaluated in memory: a check makes no request, and flags follow the dashboard.
//!
//! `cargo run --example feature_flags` needs no account and no network: the embedded emulator has
//! the flags, and its fixtures are the dashboard. Time is virtual, so minutes pass at once.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::time::Duration;

use serde_json::{Value, json};
use workos::helpers::flags::{FlagContext, FlagsClient};
use workos_emulator::{Emulator, Fault, NewFlag, SeedData};

const DATA: &str = r#"{
    "users": [{"id": "user_bob", "email": "bob@example.com"}],
    "organizations": [{"id": "org_acme", "name": "Acme"}],
    "featureFlags": [
        {"slug": "dark-mode", "enabled": true, "targets": ["bob@example.com"]},
        {"slug": "new-editor", "enabled": true, "rules": [
            {"target_type": "organization", "value": true, "targets": ["Acme"]},
            {"target_type": "workspace", "value": true, "targets": ["lab"]}]}
    ]
}"#;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    let client = emulator.client();

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
    println!("   requests that WorkOS got so far: {}", emulator.requests().count());

    println!("\n4. Somebody turns the new editor on for everyone; the next poll picks it up");
    let (slug, enabled, default_value) = ("new-editor".into(), true, true);
    let for_all = NewFlag { slug, enabled, default_value, ..Default::default() };
    emulator.fixtures().change_feature_flag(for_all)?;
    show_editor(&flags, &bob);
    a_minute_passes().await;
    show_editor(&flags, &bob);
    // For step 6: what a program stores, in a file or a database.
    let stored = client.request::<Value>(http::Method::GET, "/sdk/feature-flags");
    let stored = stored.query(&[("payload_version", "2")]).await?;

    println!("\n5. WorkOS cannot be reached: the flags keep their values");
    emulator.faults().add(Fault::status(503));
    a_minute_passes().await;
    show_editor(&flags, &bob);
    let status = flags.status();
    println!(
        "   {} of {} polls failed, still polling: {:?}",
        status.failed_polls, status.polls, status.polling
    );

    println!("\n6. Start with stored flags, to be ready at once, even during an outage");
    let bootstrap = client.feature_flags_runtime().bootstrap(&stored)?.start();
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
