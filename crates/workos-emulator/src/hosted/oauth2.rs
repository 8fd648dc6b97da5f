//! OAuth 2.0 and OpenID Connect: the token endpoint of M2M applications, keys and discovery.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::{Value, json};
use workos::SecretString;

use super::Parameters;
use crate::call::Call;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::keys::Keys;
use crate::sign_in::machines::{self, APPLICATION_TOKEN_LIFETIME};
use crate::sign_in::tokens;

/// `POST /oauth2/token`: a token for an M2M application (RFC 6749, section 4.4).
pub(super) fn token(environment: &Call<'_>, head: &Parts, body: &Bytes) -> Answer<Response> {
    let parameters = parameters(head, body)?;
    match parameters.get("grant_type") {
        Some("client_credentials") => {}
        Some(other) => {
            let message = format!("The grant type '{other}' is not supported.");
            return Err(Refusal::oauth("unsupported_grant_type", &message));
        }
        None => return Err(Refusal::oauth("invalid_request", "grant_type is required.")),
    }
    let (client_id, secret) = credentials(head, &parameters)?;
    let scope = parameters.get("scope");
    let token = environment
        .write(|change| machines::client_credentials(change, &client_id, &secret, scope))?;
    let mut answer = json!({
        "access_token": token.access_token.sign()?.expose(),
        "token_type": "bearer",
        "expires_in": APPLICATION_TOKEN_LIFETIME.as_secs(),
    });
    if let Some(fields) = answer.as_object_mut().filter(|_| !token.scope.is_empty()) {
        fields.insert("scope".to_owned(), json!(token.scope));
    }
    Ok(Response::json(Some(StatusCode::OK), &answer))
}

/// The fields of a form, or of a JSON object.
fn parameters(head: &Parts, body: &Bytes) -> Answer<Parameters> {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Ok(Parameters::read(body));
    }
    let invalid = || Refusal::oauth("invalid_request", "The body is not a JSON object.");
    match serde_json::from_slice(body).map_err(|_| invalid())? {
        Value::Object(fields) => {
            let text = |value: Value| match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Ok(Parameters(fields.into_iter().map(|(name, value)| (name, text(value))).collect()))
        }
        _ => Err(invalid()),
    }
}

/// The ID and the secret of a client, from the body or by HTTP Basic.
fn credentials(head: &Parts, parameters: &Parameters) -> Answer<(String, SecretString)> {
    let basic = head.headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
        let decoded = STANDARD.decode(encoded.trim()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        // RFC 6749 wants both encoded as in forms.
        let plain = |text: &str| {
            let pairs = form_urlencoded::parse(text.as_bytes()).next();
            pairs.map(|(text, _)| text.into_owned()).unwrap_or_default()
        };
        scheme.eq_ignore_ascii_case("basic").then(|| (plain(id), plain(secret)))
    });
    let in_body = || Some((parameters.text("client_id")?, parameters.text("client_secret")?));
    let (id, secret) = basic.or_else(in_body).ok_or_else(|| {
        let refusal = Refusal::oauth("invalid_client", "Client ID and secret are required.");
        Refusal { status: StatusCode::UNAUTHORIZED, ..refusal }
    })?;
    Ok((id, secret.into()))
}

/// `GET /oauth2/jwks`.
pub(super) fn jwks(environment: &Call<'_>, _head: &Parts, _body: &Bytes) -> Answer<Response> {
    let rotations = environment.read(|view| tokens::rotations(view));
    Ok(Response::json(Some(StatusCode::OK), &Keys::of(&environment.signing).set(rotations)))
}

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Whether metadata are at a path.
pub(super) fn is_discovery(path: &str) -> bool {
    path == OPENID || path == OAUTH || client_of(path).is_some()
}

/// The client whose metadata are at a path.
fn client_of(path: &str) -> Option<&str> {
    let client_id = path.strip_prefix("/user_management/")?.strip_suffix(OPENID)?;
    Some(client_id).filter(|client_id| !client_id.contains('/'))
}

/// OpenID Connect Discovery, for the environment or for one client, and RFC 8414.
pub(super) fn discovery(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    let origin = &environment.origin;
    let jwks_uri = match client_of(head.uri.path()) {
        Some(client_id) => format!("{origin}/sso/jwks/{client_id}"),
        None => format!("{origin}/oauth2/jwks"),
    };
    let metadata = json!({
        "issuer": environment.signing.issuer.as_ref().unwrap_or(origin),
        "authorization_endpoint": format!("{origin}/user_management/authorize"),
        "token_endpoint": format!("{origin}/oauth2/token"),
        "device_authorization_endpoint": format!("{origin}/user_management/authorize/device"),
        "jwks_uri": jwks_uri,
        "response_types_supported": ["code"],
        "grant_types_supported": ["client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    Ok(Response::json(Some(StatusCode::OK), &metadata))
}
