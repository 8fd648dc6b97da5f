//! Second factors: authenticator apps, codes by SMS, and codes that the application delivers.

use serde_json::Value;
use workos::multi_factor_auth::*;
use workos::{Page, User};

use super::route::read;
use crate::reply::{Answer, Invalid, Refusal};
use crate::sign_in::mfa::{self, challenge, enroll_for_user, verify};
use crate::state::{Change, StoredFactor, View, shown};

routes! {
    multi_factor_auth;
    verify_challenge(id, body)                         => write verify;
    enroll_factor(body)                                => write enroll;
    get_factor(id)                                     => read get;
    delete_factor(id)                                  => write delete;
    challenge_factor(id, body)                         => write challenge;
    list_user_auth_factors(userland_user_id, query)    => read list_of_user;
    create_user_auth_factor(userland_user_id, body)    => write enroll_for_user;
}

fn enroll(change: &mut Change<'_>, body: Value) -> Answer<AuthenticationFactor> {
    check_details(&body)?;
    mfa::enroll(change, read(body)?)
}

/// Whether a factor has all that its type needs, which the contract cannot say.
fn check_details(body: &Value) -> Answer<()> {
    let needed: &[&str] = match body.get("type").and_then(Value::as_str) {
        Some("sms") => &["phone_number"],
        Some("totp") => &["totp_issuer", "totp_user"],
        _ => &[],
    };
    let is_missing = |name: &&&str| {
        body.get(**name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
    };
    let missing: Vec<_> = needed
        .iter()
        .filter(is_missing)
        .map(|name| Invalid::new(name, "required", "is required and must not be empty."))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::invalid(&missing)) }
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a AuthenticationFactor> {
    view.one::<StoredFactor>(id).map(|row| &row.factor)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<StoredFactor>(id).map(drop)
}

fn list_of_user<'a>(
    view: &'a View<'_>,
    user_id: &str,
    query: ListUserAuthFactorsParams,
) -> Answer<Page<&'a AuthenticationFactor>> {
    view.one::<User>(user_id)?;
    let page = view.auth_factors.page_by("user", user_id, &query, |_| true)?;
    Ok(shown(page, |row| &row.factor))
}
