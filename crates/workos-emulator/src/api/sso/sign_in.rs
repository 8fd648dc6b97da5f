//! Signing in through identity providers: profiles, tokens and logout.

use http::HeaderMap;
use serde_json::Value;
use workos::sso::*;
use workos::{Profile, SecretString};

use crate::api::route::read;
use crate::api::user_management::authentication::caller;
use crate::call::Call;
use crate::fields::bearer;
use crate::reply::{Answer, Refusal};
use crate::sign_in::sso;
use crate::state::{Change, View};

routes! {
    sso;
    get_profile(headers)        => read profile, public;
    get_profile_and_token(body) => run token, public;
    authorize_logout(body)      => write authorize_logout;
}

/// The access token of the profile comes instead of an API key.
fn profile<'a>(view: &'a View<'_>, headers: &HeaderMap) -> Answer<&'a Profile> {
    let token = bearer(headers).ok_or_else(Refusal::unauthorized)?;
    sso::profile_of(view, &token).ok_or_else(Refusal::unauthorized)
}

fn token(environment: &Call<'_>, body: Value) -> Answer<SSOTokenResponse> {
    let caller = caller(environment, &body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let required = |name: &str| {
        let missing = || Refusal::oauth("invalid_request", &format!("{name} is required."));
        text(name).map(SecretString::from).ok_or_else(missing)
    };
    match text("grant_type") {
        Some("authorization_code") => {
            let (code, verifier) = (required("code")?, text("code_verifier"));
            let verifier = verifier.map(SecretString::from);
            environment
                .write(|change| sso::exchange_code(change, &caller, &code, verifier.as_ref()))
        }
        _ if !caller.is_confidential => {
            Err(Refusal::oauth("invalid_client", "client_secret is required."))
        }
        _ => {
            let input: ExchangeIdToken = read(body.clone())?;
            let (token, id) = (input.subject_token, input.organization_id);
            environment.write(|change| sso::exchange_id_token(change, &token, &id))
        }
    }
}

fn authorize_logout(
    change: &mut Change<'_>,
    input: AuthorizeLogout,
) -> Answer<SSOLogoutAuthorizeResponse> {
    sso::authorize_logout(change, &input.profile_id)
}
