//! Users, their sessions and identities, and the verification of their email addresses.

use std::sync::Arc;

use serde_json::Value;
use workos::user_management::*;
use workos::{Locale, Page, SecretString};

use crate::api::route::read;
use crate::fields::email;
use crate::products::{memberships, pipes, users};
use crate::reply::{Answer, Invalid, Refusal};
use crate::sign_in::passwords::{self, NewPassword};
use crate::sign_in::{codes, email_change, sessions};
use crate::state::{Change, Store, Verification, View};

routes! {
    user_management;
    list_users(query)                   => read list;
    create_user(body)                   => write create;
    get_user_by_external_id(external_id) => read get_by_external_id;
    get_user(id)                        => read get;
    update_user(id, body)               => write update;
    delete_user(id)                     => write delete;
    confirm_email_change(id, body)      => write confirm_email_change;
    send_email_change(id, body)         => write send_email_change;
    verify_email(id, body)              => write verify_email;
    send_verification_email(id, body)   => write send_verification;
    get_email_verification(id)          => read verification;
    get_user_identities(id)             => read identities;
    list_sessions(id, query)            => read sessions;
    revoke_session(body)                => write revoke_session;
}

fn list<'a>(view: &'a View<'_>, query: ListUsersParams) -> Answer<Page<&'a User>> {
    let organization_id = query.organization_id.as_deref().or(query.organization.as_deref());
    let is_member = |user: &User| {
        organization_id.is_none_or(|id| memberships::find(view, &user.id, id).is_some())
    };
    match &query.email {
        Some(address) => view.users.page_by("email", &email(address), &query, is_member),
        None => view.users.page(&query, is_member),
    }
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<User>> {
    view.one(id)
}

fn get_by_external_id<'a>(view: &'a View<'_>, external_id: &str) -> Answer<&'a Arc<User>> {
    view.one_by("external_id", external_id)
}

fn create(change: &mut Change<'_>, body: Value) -> Answer<Arc<User>> {
    let password = password(change, &body, true)?;
    let user = users::create(change, read(body)?)?;
    passwords::store(change, &user.id, password)?;
    Ok(user)
}

fn update(change: &mut Change<'_>, id: &str, body: Value) -> Answer<Arc<User>> {
    let password = password(change, &body, false)?;
    let user = users::update(change, id, read(body)?)?;
    passwords::store(change, id, password)?;
    Ok(user)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    pipes::user_gone(change, id)?;
    change.remove::<User>(id).map(drop)
}

/// The password or hash of a request. Reads the fields themselves: the SDK's type has room for one
/// of them only.
fn password(store: &Store, body: &Value, may_be_null: bool) -> Answer<Option<NewPassword>> {
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    let field = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(Value::Null) if may_be_null => Ok(None),
        Some(_) => {
            Err(Refusal::invalid(&[Invalid::new(name, "invalid_type", "must be a string.")]))
        }
    };
    let (password, hash) = (field("password")?, field("password_hash")?);
    let (hash_type, position) = (field("password_hash_type")?, field("password_salt_position")?);
    let position = position.map(CreateUserPasswordSaltPosition::from);
    if position.as_ref().is_some_and(|at| !CreateUserPasswordSaltPosition::KNOWN.contains(at)) {
        let message = "must be prefix or suffix.";
        let invalid = Invalid::new("password_salt_position", "invalid", message);
        return Err(Refusal::invalid(&[invalid]));
    }
    if password.is_some() && hash.is_some() {
        let message = "Give either password or password_hash.";
        return refuse("password_and_password_hash_provided", message);
    }
    if password.is_some() && hash_type.is_some() {
        let message = "password_hash_type goes with password_hash.";
        return refuse("password_and_password_hash_type_provided", message);
    }
    if hash.is_none() && position.is_some() {
        let message = "password_salt_position goes with password_hash.";
        return refuse("password_salt_position_requires_password_hash", message);
    }
    if hash.is_some() || hash_type.is_some() {
        let hash = hash.filter(|hash| !hash.is_empty());
        let kind = hash_type.map(CreateUserPasswordHashType::from);
        let kind = kind.filter(|kind| CreateUserPasswordHashType::KNOWN.contains(kind));
        let (Some(hash), Some(kind)) = (hash, kind) else {
            let message = "password_hash and a known password_hash_type are both required.";
            return refuse("invalid_password_hash", message);
        };
        return passwords::import(&kind, hash, position.as_ref()).map(Some);
    }
    password.map(|password| passwords::check_strength(store, password)).transpose()?;
    Ok(password.map(|password| SecretString::from(password).into()))
}

fn identities<'a>(view: &'a View<'_>, id: &str) -> Answer<Vec<&'a UserIdentity>> {
    view.one::<User>(id)?;
    Ok(view.identities.by("user", id).map(|row| &row.identity).collect())
}

fn sessions<'a>(
    view: &'a View<'_>,
    id: &str,
    query: ListSessionsParams,
) -> Answer<Page<&'a Session>> {
    view.one::<User>(id)?;
    view.sessions.page_by("user", id, &query, |session| {
        session.status == SessionStatus::Active && session.expires_at > view.now()
    })
}

/// Revoking an ended session does nothing.
fn revoke_session(change: &mut Change<'_>, input: RevokeSession) -> Answer<()> {
    sessions::end(change, &input.session_id)
}

fn send_verification(
    change: &mut Change<'_>,
    id: &str,
    input: SendVerificationEmail,
) -> Answer<VerifyEmailResponse> {
    check_locale(input.locale.as_ref())?;
    let user: User = change.copy(id)?;
    codes::send_verification(change, &user)?;
    Ok(with_user(user))
}

fn verification<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a EmailVerification> {
    view.one::<Verification>(id).map(|row| &row.verification)
}

fn verify_email(
    change: &mut Change<'_>,
    id: &str,
    input: VerifyEmailAddress,
) -> Answer<VerifyEmailResponse> {
    codes::verify_email(change, id, &input.code).map(with_user)
}

fn with_user(user: User) -> VerifyEmailResponse {
    let mut response = VerifyEmailResponse::default();
    response.user = user;
    response
}

fn send_email_change(
    change: &mut Change<'_>,
    id: &str,
    input: SendEmailChange,
) -> Answer<EmailChange> {
    check_locale(input.locale.as_ref())?;
    email_change::begin(change, id, email(&input.new_email))
}

fn confirm_email_change(
    change: &mut Change<'_>,
    id: &str,
    input: ConfirmEmailChange,
) -> Answer<EmailChangeConfirmation> {
    email_change::confirm(change, id, &input.code)
}

/// Refuses a language that emails do not come in.
pub(super) fn check_locale(locale: Option<&Locale>) -> Answer<()> {
    match locale {
        Some(locale) if !users::is_known_locale(locale.as_str()) => {
            let invalid = Invalid::new("locale", "invalid", "must be a supported language.");
            Err(Refusal::invalid(&[invalid]))
        }
        _ => Ok(()),
    }
}
