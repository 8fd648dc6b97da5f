//! Standalone Connect: an application signs people in on its own login page, `login_url` in seed
//! data, and they get tokens for an API.

use http::StatusCode;
use serde_json::json;
use workos::connect::ConnectApplicationType;
use workos::{ConnectApplication, SecretString};

use super::{Asked, ok};
use crate::call::Call;
use crate::fields::fingerprint;
use crate::hosted::redirect;
use crate::products::connect;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::authorize::Authorization;
use crate::sign_in::machines::APPLICATION_TOKEN_LIFETIME;
use crate::sign_in::tokens::{self, Unsigned};
use crate::sign_in::{external, redirects};
use crate::state::{AuthorizationCode, Change, Extra, Method, Opens, Store};
use crate::urls::with_query;

const LOGIN_URL: &str = "login_url";

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    match (asked.head.method.as_str(), &*asked.path()) {
        ("GET", ["oauth2", "authorize"]) => Some(authorize(environment, asked)),
        ("POST", ["oauth2", "token"]) if asked.text("grant_type") == Some("authorization_code") => {
            let token = environment.write(|change| exchange(change, asked));
            Some(token.and_then(|(token, scope)| {
                ok(&json!({
                    "access_token": token.sign()?.expose(),
                    "token_type": "Bearer",
                    "expires_in": APPLICATION_TOKEN_LIFETIME.as_secs(),
                    "scope": scope,
                }))
            }))
        }
        _ => None,
    }
}

/// Notes the login page of an application.
pub(crate) fn set_login_url(
    change: &mut Change<'_>,
    application_id: &str,
    url: String,
) -> Answer<()> {
    let id = format!("{LOGIN_URL} {application_id}");
    change.put(Extra { id, kind: LOGIN_URL.to_owned(), body: json!(url) }).map(drop)
}

/// The login page of an application.
pub(crate) fn login_url(store: &Store, application_id: &str) -> Option<String> {
    let row = store.extras.get(&format!("{LOGIN_URL} {application_id}"))?;
    row.body.as_str().map(str::to_owned)
}

/// Sends the browser to the login page of the application.
fn authorize(environment: &Call<'_>, asked: &Asked) -> Answer<Response> {
    let invalid = |message: &str| Err(Refusal::oauth("invalid_request", message));
    let client_id = asked.query("client_id").unwrap_or_default();
    let redirect_uri = asked.query("redirect_uri").unwrap_or_default();
    if asked.query("response_type").as_deref() != Some("code") {
        return invalid("response_type must be code.");
    }
    let (application, login_url) = environment.read(|view| {
        let application = view.connect_applications.find("client_id", &client_id).cloned();
        let login_url =
            application.as_ref().and_then(|application| login_url(view, &application.id));
        (application, login_url.unwrap_or_default())
    });
    let is_oauth = |one: &&ConnectApplication| {
        one.application_type.as_ref() == Some(&ConnectApplicationType::OAuth)
    };
    let Some(application) = application.as_deref().filter(is_oauth) else {
        return invalid("client_id must be an OAuth application.");
    };
    if login_url.is_empty() {
        return invalid("The application has no login_url.");
    }
    let registered = application.redirect_uris.as_deref().unwrap_or_default();
    let is_registered = registered.iter().any(|own| own.uri == redirect_uri);
    if redirect_uri.is_empty() || !registered.is_empty() && !is_registered {
        return invalid("redirect_uri must be one of the application.");
    }
    environment.read(|view| {
        redirects::check(view, &environment.redirect_hosts, &redirect_uri)?;
        redirects::check(view, &environment.redirect_hosts, &login_url)
    })?;
    let request = Authorization {
        client_id,
        redirect_uri,
        state: asked.query("state"),
        ..Authorization::default()
    };
    let id = environment.write(|change| external::begin(change, request))?;
    redirect(&with_query(&login_url, &[("external_auth_id", &id)]))
}

/// Exchanges the code for a token and its scope.
fn exchange(change: &mut Change<'_>, asked: &Asked) -> Answer<(Unsigned, String)> {
    let text = |name: &str| {
        let missing = || Refusal::oauth("invalid_request", &format!("{name} is required."));
        asked.text(name).ok_or_else(missing)
    };
    let secret = SecretString::from(asked.text("client_secret").unwrap_or_default());
    let client_id = asked.text("client_id").unwrap_or_default();
    let Some(application) = connect::authenticate(change, client_id, &secret)? else {
        let refusal = Refusal::oauth("invalid_client", "The client ID or the secret is wrong.");
        return Err(Refusal { status: StatusCode::UNAUTHORIZED, ..refusal });
    };
    let (code, redirect_uri) = (text("code")?, text("redirect_uri")?);
    let row = change.authorization_codes.find("code", &fingerprint(&code.into())).cloned();
    let invalid = || Refusal::oauth("invalid_grant", "The code has expired or is invalid.");
    let row = row.ok_or_else(invalid)?;
    let is_usable = !row.is_used
        && row.client_id == application.client_id
        && row.redirect_uri == redirect_uri
        && change.now() < row.expires_at;
    let user_id = match &row.opens {
        Opens::Session { sign_in, .. } if is_usable && sign_in.method == Method::ExternalAuth => {
            sign_in.user_id.clone()
        }
        _ => return Err(invalid()),
    };
    change.put(AuthorizationCode { is_used: true, ..AuthorizationCode::clone(&row) })?;
    let facts = change.sign_in_facts.get(&application.id);
    let audience = facts.and_then(|facts| facts.audience.clone());
    let scope = application.scopes.join(" ");
    let claims = [
        ("aud", json!(audience.as_ref().unwrap_or(&application.client_id))),
        ("client_id", json!(application.client_id)),
        ("scope", json!(scope)),
    ];
    Ok((tokens::issue(change, &user_id, APPLICATION_TOKEN_LIFETIME, claims), scope))
}
