//! OpenID Connect Discovery of a client of AuthKit, at the address that it was asked for.

use http::header;
use serde_json::json;

use super::{Asked, ok};
use crate::call::Call;
use crate::reply::{Answer, Refusal, Response};

pub(super) fn serve(
    environment: &Call<'_>,
    asked: &Asked,
    client_id: &str,
    path: &[&str],
) -> Answer<Response> {
    let is_char = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
    let is_client = client_id.strip_prefix("client_").is_some_and(|id| !id.is_empty())
        && client_id.chars().all(is_char);
    if path != ["openid-configuration"] || !is_client {
        return Err(Refusal::not_found("Client", client_id));
    }
    let host = asked.head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = host.map(|host| format!("http://{host}"));
    let origin = origin.unwrap_or_else(|| environment.origin.clone());
    let issuer = environment.signing.issuer.as_ref().unwrap_or(&origin);
    ok(&json!({
        "issuer": format!("{issuer}/user_management/{client_id}"),
        "authorization_endpoint": format!("{origin}/user_management/authorize"),
        "token_endpoint": format!("{origin}/user_management/authenticate"),
        "jwks_uri": format!("{origin}/sso/jwks/{client_id}"),
        "response_types_supported": ["code"],
    }))
}
