//! A session in a cookie: sealed, checked with every request, refreshed once for concurrent
//! requests, ended.
//!
//! `cargo run --example sessions` needs no account and no network: the embedded emulator signs Ada
//! in, refreshes her session and publishes the keys.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use futures_util::future::try_join_all;
use workos::helpers::seal::{SealKeys, join_cookie, split_cookie};
use workos::helpers::session::{
    Authentication, Session, SessionRefreshOptions, seal_session_from_auth_response,
};
use workos::user_management::AuthenticateWithPasswordParams;
use workos_emulator::{Emulator, NewSignIn, SeedData, TokenFlaw};

const PASSWORD: &str = "a cookie password of 32 characters";

const DATA: &str = r#"{
    "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true,
        "password": "correct horse battery staple"}],
    "permissions": [{"slug": "posts:edit", "name": "Edit posts"}],
    "roles": [{"slug": "editor", "name": "Editor", "permissions": ["posts:edit"]}],
    "organizations": [
        {"name": "Acme", "memberships": [{"email": "ada@example.com", "role": "editor"}]}]
}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = SeedData::from_json(DATA)?;
    let emulator = Emulator::builder().data(data).without_socket().start().await?;
    let client = emulator.client();
    let keys = SealKeys::new(PASSWORD)?;

    println!("1. Sign in and seal the session into a cookie");
    let ada =
        AuthenticateWithPasswordParams::new("ada@example.com", "correct horse battery staple");
    let response = client.user_management().authenticate_with_password(ada).await?;
    let cookie = seal_session_from_auth_response(response, &keys)?;
    let value = cookie.expose();
    println!("   Set-Cookie: wos-session={value:.24}… ({} bytes)", value.len());

    println!("\n2. Two requests come with the cookie; the key set is fetched once");
    let session = client.session(cookie, &keys);
    show(&session).await?;
    show(&session).await?;
    println!("   WorkOS got {} requests: the sign-in, the keys", emulator.requests().count());

    println!("\n3. Later the access token has expired, which does not end the session");
    let ada = NewSignIn {
        user_id: "user_ada".into(),
        flaw: Some(TokenFlaw::Expired),
        ..Default::default()
    };
    let expired = seal_session_from_auth_response(emulator.fixtures().sign_in(ada)?, &keys)?;
    let session = client.session(expired, &keys);
    let outcome = session.authenticate().await;
    println!("   {:?}: the session is over: {}", outcome.reason(), outcome.session_is_over());
    if !outcome.needs_refresh() {
        return Err("a refresh should help".into());
    }

    println!("\n4. Ten requests refresh it at the same time");
    emulator.requests().clear();
    let ten = (0..10).map(|_| session.refresh(SessionRefreshOptions::default()));
    let refreshed = try_join_all(ten).await?;
    println!("   requests that WorkOS got: {}", emulator.requests().count());
    let cookie = refreshed.into_iter().next().ok_or("nothing was refreshed")?.sealed;
    show(&client.session(cookie.clone(), &keys)).await?;

    println!("\n5. Replace the password: the new one seals, the old one still opens");
    let new_keys = SealKeys::new("another password of 32 characters")?.or(PASSWORD)?;
    let session = client.session(cookie, &new_keys);
    show(&session).await?;
    let cookie = session.refresh(SessionRefreshOptions::default()).await?.sealed;
    let with_old_password = client.session(cookie.clone(), &keys).authenticate().await;
    println!("   the next cookie, opened with the old password: {:?}", with_old_password.reason());

    println!("\n6. Split a cookie that is too large, as if browsers took only 900 bytes");
    let pieces = split_cookie("wos-session", cookie.expose(), 900);
    for (name, piece) in &pieces {
        println!("   {name}: {} bytes", piece.len());
    }
    let find = |name: &str| pieces.iter().find(|piece| piece.0 == name).map(|piece| &piece.1);
    let joined = join_cookie("wos-session", find)?;
    println!("   joined, they are the cookie: {}", joined.as_deref() == Some(cookie.expose()));

    println!("\n7. Sign out: delete the cookie and send the browser to");
    println!("   {}", session.logout_url(Some("http://localhost:3000"))?);
    Ok(())
}

/// What a service does with every request.
async fn show(session: &Session) -> Result<(), String> {
    match session.authenticate().await {
        Authentication::Authenticated(session) => {
            let email = session.user.map(|user| user.email).unwrap_or_default();
            let role = session.claims.role.clone().unwrap_or_default();
            println!("   {email} is {role} and may {}", session.claims.permissions.join(", "));
            Ok(())
        }
        other => Err(format!("the session should be valid: {:?}", other.reason())),
    }
}
