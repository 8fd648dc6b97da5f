//! Actions: WorkOS asks whether somebody may sign up or sign in, and gets a signed response.
//!
//! `cargo run --example actions` needs no account and no network. The whole endpoint is real.
//! WorkOS's side is simulated by [`sign`], which signs requests as WorkOS does.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use workos::Timestamp;
use workos::helpers::actions::{
    ActionContext, ActionError, ActionType, ActionVerdict, ActionsHelper,
};
use workos::helpers::webhooks::compute_webhook_signature;

const SECRET: &str = "the secret of the action, from the dashboard";

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::now();

    println!("1. Ada signs up");
    let ada = sign_up("ada@example.com").to_string();
    println!("   {}", endpoint(&sign(now, &ada), &ada)?);

    println!("\n2. Somebody from another domain signs up");
    let eve = sign_up("eve@elsewhere.test").to_string();
    println!("   {}", endpoint(&sign(now, &eve), &eve)?);

    println!("\n3. Ada signs in");
    let sign_in = json!({
        "object": "authentication_action_context", "id": "actctx_02",
        "user": {
            "object": "user", "id": "user_01", "email": "ada@example.com", "email_verified": true,
            "created_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z",
        },
        "authentication_method": "Password", "ip_address": "203.0.113.9",
    });
    let sign_in = sign_in.to_string();
    println!("   {}", endpoint(&sign(now, &sign_in), &sign_in)?);

    println!("\n4. Rejected requests");
    let late = now - Duration::from_secs(60);
    for (what, header, body) in [
        ("a minute old", sign(late, &ada), &ada),
        ("the signature of another request", sign(now, &ada), &eve),
        ("not signed", String::new(), &ada),
    ] {
        match endpoint(&header, body) {
            Ok(_) => return Err(format!("{what}: accepted").into()),
            Err(error) => println!("   {what}:\n      400, {error}"),
        }
    }
    Ok(())
}

/// The endpoint that WorkOS calls: takes the header and body, returns the JSON to respond with.
fn endpoint(header: &str, body: &str) -> Result<String, ActionError> {
    let actions = ActionsHelper::new();
    let (kind, email) = match actions.construct_action(body, header, SECRET)? {
        ActionContext::UserRegistration(context) => {
            (ActionType::UserRegistration, context.user_data.email)
        }
        ActionContext::Authentication(context) => (ActionType::Authentication, context.user.email),
        // An unknown action is not allowed.
        _ => return Err(ActionError::InvalidContext { place: "object".into() }),
    };
    let (verdict, message) = if email.ends_with("@example.com") {
        (ActionVerdict::Allow, "")
    } else {
        (ActionVerdict::Deny, "Please use your address at example.com.")
    };
    println!("   {kind:?} of {email}: {verdict:?}");
    Ok(actions.sign_response(kind, verdict, message, SECRET)?.to_json())
}

/// WorkOS's request when somebody signs up.
fn sign_up(email: &str) -> Value {
    json!({
        "object": "user_registration_action_context", "id": "actctx_01",
        "user_data": { "object": "user_data", "email": email, "first_name": "Ada" },
        "authentication_method": "Password", "ip_address": "203.0.113.9",
    })
}

/// The header that WorkOS sends: time and signature.
fn sign(time: Timestamp, body: &str) -> String {
    let time = time.as_millis().to_string();
    format!("t={time}, v1={}", compute_webhook_signature(SECRET, &time, body))
}
