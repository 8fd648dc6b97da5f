//! Data integrations of the first versions: a redirect with a code, and a token for the code.

use serde_json::json;

use super::{Asked, ok};
use crate::call::Call;
use crate::hosted::redirect;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::redirects;
use crate::state::{Change, Extra};
use crate::urls::with_query;

const CODE: &str = "data_integration_code";
const TOKEN_CHARS: usize = 32;

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    match (asked.head.method.as_str(), &*path) {
        ("GET", [_, slug, "authorize"]) => Some(authorize(environment, asked, slug)),
        ("POST", [_, slug, "token"]) if !asked.has("user_id") => {
            Some(environment.write(|change| token(change, asked, slug)))
        }
        _ => None,
    }
}

fn authorize(environment: &Call<'_>, asked: &Asked, slug: &str) -> Answer<Response> {
    let Some(redirect_uri) = asked.query("redirect_uri") else {
        return Err(Refusal::bad_request("invalid_request", "redirect_uri is required"));
    };
    environment.read(|view| redirects::check(view, &environment.redirect_hosts, &redirect_uri))?;
    let code = environment.write(|change| {
        let id = change.id("di_code");
        change.put(Extra { id: id.clone(), kind: CODE.to_owned(), body: json!(slug) })?;
        Ok(id)
    })?;
    let state = asked.query("state");
    let state = state.iter().map(|state| ("state", state.as_str()));
    let pairs: Vec<_> = [("code", code.as_str())].into_iter().chain(state).collect();
    redirect(&with_query(&redirect_uri, &pairs))
}

fn token(change: &mut Change<'_>, asked: &Asked, slug: &str) -> Answer<Response> {
    let code = asked.text("code").unwrap_or_default();
    let found = change.extras.get(code).filter(|extra| extra.kind == CODE);
    if found.is_none_or(|extra| extra.body != slug) {
        let message = "The code is invalid, has expired or was used before.";
        return Err(Refusal::bad_request("invalid_code", message));
    }
    change.remove::<Extra>(code)?;
    let token = change.token(TOKEN_CHARS);
    ok(&json!({"access_token": token, "token_type": "bearer", "expires_in": 3600}))
}
