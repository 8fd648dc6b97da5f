//! Signing in and out through the identity provider of an organization.
//!
//! `cargo run --example sso` needs no account and no network. Real: URLs, verifier and state, the
//! requests, and reading the profile. Simulated: the browser and the identity provider, in a
//! sentence, and WorkOS, by [`workos`].

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use serde_json::{Value, json};
use support::StandIn;
use workos::Client;
use workos::helpers::pkce::state_matches;
use workos::helpers::sso::{
    SsoAuthorizationUrlParams, SsoLogoutUrlParams, SsoPkceCodeExchangeParams,
};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .api_key("sk_example")
        .client_id("client_example")
        .transport(StandIn::new(workos))
        .build();
    let sso = client.sso_helpers();

    println!("1. Send the browser to the identity provider of Ada's organization");
    let sign_in = sso.pkce_authorization_url(SsoAuthorizationUrlParams {
        organization: Some("org_acme".into()),
        login_hint: Some("ada@example.com".into()),
        ..SsoAuthorizationUrlParams::new("https://app.example.com/callback")
    })?;
    println!("   Location: {}", sign_in.url);
    println!("   Keep the state and verifier ({:?}) until the callback", sign_in.code_verifier);

    println!("\n2. Ada signs in there, and the browser comes back with a code");
    let (code, state) = ("code_1", sign_in.state.clone());
    println!("   GET /callback?code={code}&state={state}");
    if !state_matches(&sign_in.state, &state) {
        return Err("another browser started this sign-in".into());
    }

    println!("\n3. Exchange the code and verifier for her profile");
    let params = SsoPkceCodeExchangeParams::new(code, sign_in.code_verifier);
    let profile = sso.pkce_code_exchange(params).await?.profile;
    println!("   {}, through {}", profile.email, profile.connection_type);
    println!("   groups: {}", profile.groups.unwrap_or_default().join(", "));
    println!("   custom attributes: {}", json!(profile.custom_attributes));

    println!("\n4. Check the organization: another could have the same address");
    if profile.organization_id.as_deref() != Some("org_acme") {
        return Err("a profile of another organization".into());
    }
    println!("   org_acme, as expected");

    println!("\n5. Sign her out, also at the identity provider");
    let logout = sso.logout_url(SsoLogoutUrlParams {
        return_to: Some("https://app.example.com".into()),
        ..SsoLogoutUrlParams::new(profile.id)
    });
    let url = logout.await?;
    println!("   the URL contains a token, so it prints as {url:?};");
    println!("   the browser is sent to {}", url.expose());
    Ok(())
}

/// Stands in for WorkOS.
fn workos(request: &str, _: &Value) -> (u16, Value) {
    match request {
        "POST /sso/token" => (
            200,
            json!({
                "token_type": "Bearer", "access_token": "token_1", "expires_in": 600,
                "profile": {
                    "object": "profile", "id": "prof_ada", "organization_id": "org_acme",
                    "connection_id": "conn_okta", "connection_type": "OktaSAML",
                    "idp_id": "00u1", "email": "ada@example.com", "first_name": "Ada",
                    "last_name": "Byron", "groups": ["Engineering", "Poetry"],
                    "custom_attributes": { "department": "Analysis" },
                    "raw_attributes": {},
                },
            }),
        ),
        "POST /sso/logout/authorize" => (
            200,
            json!({
                "logout_token": "logout_1",
                "logout_url": "https://api.workos.com/sso/logout?token=logout_1",
            }),
        ),
        _ => support::not_played(request),
    }
}
