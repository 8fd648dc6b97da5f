//! Authorization: the URLs that an application sends browsers to.

use bytes::Bytes;
use http::request::Parts;
use workos::SecretString;
use workos_contract::Problem;

#[cfg(feature = "pages")]
use super::interactive;
use super::{Parameters, query, redirect};
use crate::call::Call;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::sign_in::authorize::{self, Authorization, Failure};
use crate::sign_in::{redirects, sso as sso_sign_in};
use crate::state::Goal;

const AUTHORIZE: &str = "/user_management/authorize";
/// The parameters that are held to the contract. SDKs send some of the others in their own way.
const CHECKED: [&str; 3] = ["code_challenge_method", "provider", "response_type"];

/// `GET /user_management/authorize`.
pub(super) fn authkit(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    answer(environment, &query(head), ["connection_id", "organization_id"], Goal::Session)
}

/// `GET /sso/authorize`.
pub(super) fn sso(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    answer(environment, &query(head), ["connection", "organization"], Goal::Profile)
}

fn answer(
    environment: &Call<'_>,
    parameters: &Parameters,
    names: [&str; 2],
    goal: Goal,
) -> Answer<Response> {
    let request = match read(environment, parameters, names) {
        #[cfg(feature = "pages")]
        Err(refusal) if environment.interactive && !environment.drop_in => {
            return Ok(interactive::refused(&refusal));
        }
        read => read?,
    };
    #[cfg(feature = "pages")]
    if environment.interactive && environment.drop_in {
        return Ok(interactive::single_page(environment, &request, goal == Goal::Profile));
    }
    let failure = incompatible(parameters, &request, names);
    #[cfg(feature = "pages")]
    if environment.interactive && failure.is_none() {
        let signs_up = parameters.get("screen_hint") == Some("sign-up");
        return Ok(interactive::begin(environment, request, goal, signs_up));
    }
    let signed_in = match failure {
        Some(failure) => Err(failure),
        None => environment.write(|change| match goal {
            Goal::Profile => sso_sign_in::at_once(change, &request),
            _ => authorize::at_once(change, &request),
        })?,
    };
    match signed_in {
        Ok(url) => redirect(&url),
        Err(failure) => redirect(&request.failed(&failure)),
    }
}

/// Reads what is needed to send the browser back. Without it, this is the last page.
fn read(
    environment: &Call<'_>,
    parameters: &Parameters,
    [connection, organization]: [&str; 2],
) -> Answer<Authorization> {
    let missing: Vec<_> = ["client_id", "redirect_uri"]
        .into_iter()
        .filter(|name| parameters.get(name).is_none())
        .map(|name| Invalid::new(name, "required", "is required."))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::invalid(&missing));
    }
    let redirect_uri = parameters.text("redirect_uri").unwrap_or_default();
    environment.read(|view| redirects::check(view, &environment.redirect_hosts, &redirect_uri))?;
    Ok(Authorization {
        client_id: parameters.text("client_id").unwrap_or_default(),
        redirect_uri,
        state: parameters.text("state"),
        code_challenge: parameters.text("code_challenge"),
        provider: parameters.text("provider"),
        connection_id: parameters.text(connection),
        organization_id: parameters.text(organization),
        domain_hint: parameters.text("domain_hint").or_else(|| parameters.text("domain")),
        login_hint: parameters.text("login_hint"),
        invitation_token: parameters.get("invitation_token").map(SecretString::from),
    })
}

/// Why a request is not one that can be answered with a code.
fn incompatible(
    parameters: &Parameters,
    request: &Authorization,
    [connection, organization]: [&str; 2],
) -> Option<Failure> {
    let invalid = |message: String| Some(Failure::new("invalid_request", message));
    let path = if connection == "connection" { "/sso/authorize" } else { AUTHORIZE };
    let documented = workos_contract::operation("GET", path);
    let problems = documented.map(|operation| operation.read_query(&parameters.0).1);
    let mut problems = problems.into_iter().flatten();
    let is_wrong =
        |problem: &Problem| CHECKED.contains(&&*problem.place) && problem.code != "required";
    if let Some(problem) = problems.find(is_wrong) {
        return invalid(problem.to_string());
    }
    let says_how = [&request.provider, &request.connection_id, &request.organization_id];
    if says_how.iter().all(|given| given.is_none()) && request.domain_hint.is_none() {
        return invalid(format!("One of provider, {connection} and {organization} is required."));
    }
    None
}
