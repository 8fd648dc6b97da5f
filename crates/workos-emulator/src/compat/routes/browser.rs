//! The forms of the official emulator's login pages: an email address, and nothing else.

use http::StatusCode;
use workos::SecretString;

use super::super::requests::CLIENT_ID;
use super::Asked;
use crate::call::Call;
use crate::fields::email;
use crate::hosted::redirect;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::authorize::{self, Authorization};
use crate::sign_in::{redirects, sso, steps};

/// Signs in the user of the form, and sends the browser back.
pub(super) fn signed_in(environment: &Call<'_>, asked: &Asked) -> Answer<Response> {
    let is_sso = asked.path().first() == Some(&"sso");
    let text = |name: &str| asked.text(name).map(str::to_owned);
    let Some(redirect_uri) = text("redirect_uri") else {
        return Err(Refusal::bad_request("invalid_request", "redirect_uri is required"));
    };
    environment.read(|view| redirects::check(view, &environment.redirect_hosts, &redirect_uri))?;
    let request = Authorization {
        client_id: text("client_id").unwrap_or_else(|| CLIENT_ID.to_owned()),
        redirect_uri,
        state: text("state"),
        code_challenge: text("code_challenge"),
        provider: (!is_sso).then(|| "authkit".to_owned()),
        connection_id: if is_sso { text("connection") } else { None },
        organization_id: text(if is_sso { "organization" } else { "organization_id" }),
        domain_hint: text("domain_hint"),
        login_hint: text("email"),
        invitation_token: text("invitation_token").map(SecretString::from),
    };
    if !is_sso && let Some(page) = organization_of(environment, &request)? {
        return Ok(page);
    }
    let signed_in = environment.write(|change| match is_sso {
        true => sso::at_once(change, &request),
        false => authorize::at_once(change, &request),
    })?;
    let url = match signed_in {
        Ok(url) => url,
        Err(failure) if is_sso && failure.error == "connection_invalid" => {
            let message = "No active connection found";
            return Err(Refusal::new(StatusCode::NOT_FOUND, "connection_not_found", message));
        }
        Err(failure) => request.failed(&failure),
    };
    redirect(&url)
}

/// The page to choose an organization, for a user of several; an error if the chosen one is not
/// one of theirs.
fn organization_of(environment: &Call<'_>, request: &Authorization) -> Answer<Option<Response>> {
    let address = email(request.login_hint.as_deref().unwrap_or_default());
    let own = environment.read(|view| {
        let user = view.users.find("email", &address)?;
        Some(steps::organizations(view, &user.id))
    });
    let Some(own) = own else { return Ok(None) };
    match &request.organization_id {
        Some(chosen) if own.iter().all(|(id, _)| id != chosen) => {
            let message = "The user is not an active member of the organization.";
            Err(Refusal::bad_request("invalid_request", message))
        }
        None if own.len() > 1 && request.invitation_token.is_none() => {
            #[cfg(feature = "pages")]
            return Ok(Some(crate::hosted::organization_page(request, &own)));
            #[cfg(not(feature = "pages"))]
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// The page for the user of a device. The device was approved when it asked for its code.
pub(super) fn device_approved() -> Response {
    #[cfg(feature = "pages")]
    return crate::hosted::device_page();
    #[cfg(not(feature = "pages"))]
    Response::json(StatusCode::OK, &serde_json::json!({"message": "Device approved"}))
}
