//! Signing in and out through the identity provider of an organization.
//!
//! `cargo run --example sso` needs no account and no network: the embedded emulator is WorkOS and
//! the identity provider, which signs Ada in without asking, and [`browse`] is her browser.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use std::error::Error;

use http::{HeaderMap, Method};
use serde_json::json;
use workos::helpers::pkce::state_matches;
use workos::helpers::sso::{
    SsoAuthorizationUrlParams, SsoLogoutUrlParams, SsoPkceCodeExchangeParams,
};
use workos::transport::HttpRequest;
use workos_emulator::{Emulator, SeedData};

const DATA: &str = r#"{
    "organizations": [{"id": "org_acme", "name": "Acme"}],
    "connections": [{
        "organization": "Acme", "connection_type": "GenericOIDC",
        "profiles": [{
            "email": "ada@example.com", "first_name": "Ada", "last_name": "Byron",
            "groups": ["Engineering", "Poetry"], "custom_attributes": {"department": "Analysis"}
        }]
    }]
}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    let client = emulator.client();
    let sso = client.sso_helpers();

    println!("1. Send the browser to the identity provider of Ada's organization");
    let sign_in = sso.pkce_authorization_url(SsoAuthorizationUrlParams {
        organization: Some("org_acme".into()),
        login_hint: Some("ada@example.com".into()),
        ..SsoAuthorizationUrlParams::new("http://localhost:3000/callback")
    })?;
    println!("   Location: {}", sign_in.url);
    println!("   Keep the state and verifier ({:?}) until the callback", sign_in.code_verifier);

    println!("\n2. Ada signs in there, and the browser comes back with a code");
    let (code, state) = browse(&emulator, &sign_in.url).await?;
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
        return_to: Some("http://localhost:3000".into()),
        ..SsoLogoutUrlParams::new(profile.id)
    });
    let url = logout.await?;
    println!("   the URL contains a token, so it prints as {url:?};");
    println!("   the browser is sent to {}", url.expose());
    Ok(())
}

/// What a browser does with the URL: WorkOS sends it back to the application, with a code and the
/// state.
async fn browse(emulator: &Emulator, url: &str) -> Result<(String, String), Box<dyn Error>> {
    let (method, headers, body) = (Method::GET, HeaderMap::new(), None);
    let request = HttpRequest { method, url: url.to_owned(), headers, body };
    let response = emulator.transport().execute(request).await?;
    let callback = response.headers.get("location").ok_or("not sent back")?.to_str()?;
    println!("   GET {callback}");
    let of = |name: &str| callback.split(['?', '&']).find_map(|pair| pair.strip_prefix(name));
    Ok((of("code=").ok_or("no code")?.to_owned(), of("state=").ok_or("no state")?.to_owned()))
}
