//! Signing in: grants, their steps, sessions and tokens.

mod external;
mod grants;
mod machines;
mod organizations;
mod passwords;
mod refresh;
mod sso;
mod steps;
mod storm;
mod tokens;

use serde_json::Value;
use workos::helpers::pkce::generate_code_challenge;
use workos::user_management::*;
use workos::{SecretString, User};

use crate::trial::Trial;

pub(super) const PASSWORD: &str = "correct horse battery";

/// A user with a verified address and a [`PASSWORD`].
pub(super) async fn ada(trial: &Trial) -> User {
    let new = CreateUser {
        email_verified: Some(true),
        password: Some(Password::plaintext(PASSWORD)),
        ..CreateUser::new("ada@example.com")
    };
    trial.client().user_management().create_user(new).await.unwrap()
}

pub(super) fn with_password() -> AuthenticateWithPasswordParams {
    AuthenticateWithPasswordParams::new("ada@example.com", PASSWORD)
}

/// What `/user_management/authorize` brings back: the query of the redirect.
pub(super) async fn authorize(trial: &Trial, query: &str) -> Vec<(String, String)> {
    let path = format!("/user_management/authorize?client_id=client_emulator&{query}");
    let location = trial.location(&path).await;
    let (_, query) = location.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(super) fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

pub(super) fn challenge(verifier: &str) -> String {
    generate_code_challenge(SecretString::from(verifier))
}

/// The claims of an access token.
pub(super) fn claims(token: &SecretString) -> Value {
    use base64::Engine;
    let payload = token.expose().split('.').nth(1).unwrap();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&json).unwrap()
}
