//! The page that a device leads its user to.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;

#[cfg(feature = "pages")]
use super::interactive;
use super::query;
use crate::call::Call;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::sign_in::authorize::{self, Authorization};
use crate::sign_in::device;

/// `GET /device`: asks the user for the code on the device, and lets the device in. Without pages
/// nobody is asked: the user of the hint, or else the first one, approves the code of the query.
pub(super) fn verify(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    let parameters = query(head);
    let user_code = parameters.text("user_code");
    #[cfg(feature = "pages")]
    if environment.interactive {
        return interactive::device(environment, user_code.unwrap_or_default());
    }
    let missing = || Refusal::invalid(&[Invalid::new("user_code", "required", "is required.")]);
    let user_code = user_code.ok_or_else(missing)?;
    let login_hint = parameters.text("login_hint");
    environment.write(|change| {
        let request = Authorization { login_hint, ..Authorization::default() };
        let user = authorize::user(change, &request)?
            .map_err(|failure| Refusal::bad_request(failure.error, failure.description))?;
        device::approve(change, &user_code, &user.id)
    })?;
    Ok(Response::json(Some(StatusCode::OK), &json!({"success": true})))
}
