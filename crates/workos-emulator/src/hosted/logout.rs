//! Logout: the URLs that end a session in a browser.

use bytes::Bytes;
use http::request::Parts;
use workos::SecretString;

use super::{query, redirect};
use crate::call::Call;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::sign_in::{redirects, sessions, sso as sso_sign_in};

/// `GET /user_management/sessions/logout`: ends the session, and sends the browser back.
pub(super) fn session(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    let parameters = query(head);
    let Some(id) = parameters.get("session_id") else {
        let missing = Invalid::new("session_id", "required", "is required.");
        return Err(Refusal::invalid(&[missing]));
    };
    let return_to = parameters.get("return_to");
    if let Some(url) = return_to {
        environment.read(|view| redirects::check(view, &environment.redirect_hosts, url))?;
    }
    // Whoever is signed out already sees no error.
    environment.write(|change| match change.sessions.get(id).is_some() {
        true => sessions::end(change, id),
        false => Ok(()),
    })?;
    end(environment, return_to)
}

/// `GET /sso/logout`: signs out of the identity provider.
pub(super) fn sso(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    let parameters = query(head);
    let token = SecretString::from(parameters.get("token").unwrap_or_default());
    let return_to = parameters.get("return_to");
    if let Some(url) = return_to {
        environment.read(|view| redirects::check(view, &environment.redirect_hosts, url))?;
    }
    environment.write(|change| sso_sign_in::log_out(change, &token))?;
    end(environment, return_to)
}

/// Where the browser ends up: at the URL that is given, the default redirect URI, or nowhere.
fn end(environment: &Call<'_>, return_to: Option<&str>) -> Answer<Response> {
    let default = || environment.read(|view| redirects::default_uri(view));
    match return_to.map(str::to_owned).or_else(default) {
        Some(url) => redirect(&url),
        None => {
            Ok(Response::json(Some(http::StatusCode::OK), &serde_json::json!({"success": true})))
        }
    }
}
