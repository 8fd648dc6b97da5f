//! Users, their sessions and identities, and the verification of their email addresses.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use workos::user_management::*;
use workos::{EventData, Locale, ObjectType, Page, SecretString, Timestamp};
use workos_contract::is_email;

use crate::api::organization_membership;
use crate::api::route::read;
use crate::fields::{email, merge_metadata, set, set_nullable};
use crate::products::pipes;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, PendingEmailChange, StoredPassword, Verification, View};

/// The lifetime of a code.
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The number of wrong codes after which an email change must be restarted.
const MAX_WRONG_CODES: u32 = 5;
const MIN_PASSWORD_CHARS: usize = 10;

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
        organization_id.is_none_or(|id| organization_membership::find(view, &user.id, id).is_some())
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
    let password = password(&body, true)?;
    let input: CreateUser = read(body)?;
    let email = email(&input.email);
    if change.users.find("email", &email).is_some() {
        return Err(creation_error("email_not_available", "The email is not available."));
    }
    let mut user: User = change.make();
    user.email = email;
    user.email_verified = input.email_verified.unwrap_or_default();
    user.first_name = input.first_name;
    user.last_name = input.last_name;
    user.name = input.name;
    user.external_id = input.external_id;
    user.metadata = input.metadata.unwrap_or_default();
    let user = change.insert(user).map_err(|refusal| {
        let text =
            |field: &str| refusal.body.get(field).and_then(Value::as_str).unwrap_or_default();
        creation_error(text("code"), text("message"))
    })?;
    store_password(change, &user.id, password)?;
    Ok(user)
}

/// The user with this address, created if there is none.
pub(super) fn with_email(change: &mut Change<'_>, email: &str) -> Answer<Arc<User>> {
    if let Some(user) = change.users.find("email", email) {
        return Ok(user.clone());
    }
    let mut user: User = change.make();
    user.email = email.to_owned();
    change.insert(user)
}

fn creation_error(code: &str, message: &str) -> Refusal {
    Refusal::bad_request("user_creation_error", "Could not create user.")
        .with("errors", json!([{"code": code, "message": message}]))
}

fn update(change: &mut Change<'_>, id: &str, body: Value) -> Answer<Arc<User>> {
    let password = password(&body, false)?;
    let input: UpdateUser = read(body)?;
    let mut user: User = change.copy(id)?;
    if let Some(email) = input.email.as_deref().map(email).filter(|email| *email != user.email) {
        user.email = email;
        user.email_verified = false;
    }
    if let Some(locale) = input.locale.as_ref().and_then(|locale| locale.as_value()) {
        known_locale(locale).ok_or_else(|| {
            Refusal::bad_request("invalid_locale", "The locale is not supported.")
        })?;
    }
    set_nullable(&mut user.locale, input.locale);
    for (field, value) in [
        (&mut user.first_name, input.first_name),
        (&mut user.last_name, input.last_name),
        (&mut user.name, input.name),
    ] {
        if value.is_some() {
            *field = value;
        }
    }
    set(&mut user.email_verified, input.email_verified);
    set_nullable(&mut user.external_id, input.external_id);
    merge_metadata(&mut user.metadata, input.metadata)?;
    let user = change.update(user)?;
    store_password(change, id, password)?;
    Ok(user)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    pipes::user_gone(change, id)?;
    change.remove::<User>(id)?;
    Ok(())
}

/// The password or hash of a request. Reads the fields themselves: the SDK's type has room for one
/// of them only.
fn password(body: &Value, may_be_null: bool) -> Answer<Option<SecretString>> {
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
    if position.is_some_and(|at| !["prefix", "suffix"].contains(&at)) {
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
        let known = |text: &str| {
            CreateUserPasswordHashType::KNOWN.iter().any(|known| known.as_str() == text)
        };
        if hash.is_none_or(str::is_empty) || !hash_type.is_some_and(known) {
            let message = "password_hash and a known password_hash_type are both required.";
            return refuse("invalid_password_hash", message);
        }
    }
    password.map(check_strength).transpose()?;
    Ok(password.or(hash).map(SecretString::from))
}

pub(super) fn check_strength(password: &str) -> Answer<()> {
    if password.chars().count() >= MIN_PASSWORD_CHARS {
        return Ok(());
    }
    let message = format!("Password must be at least {MIN_PASSWORD_CHARS} characters long.");
    let refusal = Refusal::bad_request(
        "password_strength_error",
        "Password does not meet strength requirements.",
    );
    Err(refusal.with("errors", json!([{"code": "password_too_short", "message": message}])))
}

pub(super) fn store_password(
    change: &mut Change<'_>,
    user_id: &str,
    password: Option<SecretString>,
) -> Answer<()> {
    if let Some(password) = password {
        change.put(StoredPassword { id: user_id.to_owned(), password })?;
    }
    Ok(())
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
    let id = &input.session_id;
    let mut session: Session = change
        .copy(id)
        .map_err(|_| Refusal::bad_request("invalid_session", format!("No session '{id}'.")))?;
    if session.status == SessionStatus::Active {
        session.status = SessionStatus::Revoked;
        session.ended_at = Some(change.now());
        let session = change.update(session)?;
        change.tell(EventData::SessionRevoked(Session::clone(&session)));
    }
    Ok(())
}

fn send_verification(
    change: &mut Change<'_>,
    id: &str,
    input: SendVerificationEmail,
) -> Answer<VerifyEmailResponse> {
    check_locale(input.locale.as_ref())?;
    let user: User = change.copy(id)?;
    if user.email_verified {
        let message = "The email address is verified already.";
        return Err(Refusal::bad_request("email_already_verified", message));
    }
    let code = change.code();
    let mut verification = EmailVerification::default();
    verification.object = ObjectType::EmailVerification;
    verification.id = change.id(Verification::PREFIX);
    verification.user_id = id.to_owned();
    verification.email.clone_from(&user.email);
    verification.expires_at = change.now() + CODE_LIFETIME;
    verification.created_at = change.now();
    verification.updated_at = change.now();
    change.tell(EventData::EmailVerificationCreated(verification.clone()));
    change.mail(&user.email, EmailKind::EmailVerification, Some(code.clone()), &verification.id);
    verification.code = Some(code.into());
    change.insert(Verification { id: verification.id.clone(), verification, is_used: false })?;
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
    let mut user: User = change.copy(id)?;
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    if user.email_verified {
        return refuse("email_previously_verified", "The email address is verified already.");
    }
    let mut sent = change.email_verifications.by("user", id).rev();
    let latest = sent.find(|sent| sent.verification.email == user.email);
    let has_code = |sent: &&Arc<Verification>| sent.verification.code.as_ref() == Some(&input.code);
    let Some(sent) = latest.filter(has_code).map(|sent| Verification::clone(sent)) else {
        return refuse("email_verification_code_incorrect", "The code is not correct.");
    };
    if sent.is_used {
        let message = "The code was used before.";
        return refuse("email_verification_code_previously_used", message);
    }
    if is_over(change, sent.verification.expires_at) {
        return refuse("email_verification_code_expired", "The code has expired.");
    }
    change.put(Verification { is_used: true, ..sent })?;
    user.email_verified = true;
    let user = change.update(user)?;
    Ok(with_user(User::clone(&user)))
}

fn send_email_change(
    change: &mut Change<'_>,
    id: &str,
    input: SendEmailChange,
) -> Answer<EmailChange> {
    let new_email = email(&input.new_email);
    check_locale(input.locale.as_ref())?;
    if !is_email(&new_email) {
        let message = "new_email must be an email address.";
        return Err(Refusal::unprocessable("invalid_email", message));
    }
    let user: User = change.copy(id)?;
    if user.email == new_email {
        let message = "The user has this address already.";
        return Err(Refusal::conflict("email_change_not_needed", message));
    }
    check_available(change, &new_email)?;
    let code = change.code();
    let expires_at = change.now() + CODE_LIFETIME;
    change.mail(&new_email, EmailKind::EmailChange, Some(code.clone()), id);
    change.put(PendingEmailChange {
        id: id.to_owned(),
        new_email: new_email.clone(),
        code: code.into(),
        expires_at,
        wrong_attempts: 0,
        is_used: false,
    })?;
    let mut answer = EmailChange::default();
    answer.object = ObjectType::EmailChange;
    answer.user = user;
    answer.new_email = new_email;
    answer.expires_at = expires_at;
    answer.created_at = change.now();
    Ok(answer)
}

fn confirm_email_change(
    change: &mut Change<'_>,
    id: &str,
    input: ConfirmEmailChange,
) -> Answer<EmailChangeConfirmation> {
    let mut user: User = change.copy(id)?;
    let mut pending: PendingEmailChange = change.copy(id).map_err(|_| {
        Refusal::conflict("no_pending_email_change", "No change of address was begun.")
    })?;
    if pending.wrong_attempts >= MAX_WRONG_CODES {
        let status = http::StatusCode::TOO_MANY_REQUESTS;
        let message = "Too many wrong codes; begin the change anew.";
        return Err(Refusal::new(status, "email_change_too_many_attempts", message));
    }
    if pending.code != input.code {
        pending.wrong_attempts += 1;
        change.put(pending)?;
        change.keep();
        let message = "The code is not correct.";
        return Err(Refusal::bad_request("email_change_code_incorrect", message));
    }
    if pending.is_used {
        let message = "The code was used before.";
        return Err(Refusal::conflict("email_change_code_previously_used", message));
    }
    if is_over(change, pending.expires_at) {
        return Err(Refusal::bad_request("email_change_code_expired", "The code has expired."));
    }
    check_available(change, &pending.new_email)?;
    user.email.clone_from(&pending.new_email);
    // The code came from the new address.
    user.email_verified = true;
    change.put(PendingEmailChange { is_used: true, ..pending })?;
    let user = change.update(user)?;
    let mut confirmation = EmailChangeConfirmation::default();
    confirmation.object = ObjectType::EmailChangeConfirmation;
    confirmation.user = User::clone(&user);
    Ok(confirmation)
}

fn check_available(change: &Change<'_>, email: &str) -> Answer<()> {
    if change.users.find("email", email).is_some() {
        let message = "The email address is not available.";
        return Err(Refusal::conflict("email_not_available", message));
    }
    Ok(())
}

fn with_user(user: User) -> VerifyEmailResponse {
    let mut response = VerifyEmailResponse::default();
    response.user = user;
    response
}

pub(super) fn is_over(change: &Change<'_>, expires_at: Timestamp) -> bool {
    change.now() >= expires_at
}

pub(super) fn check_locale(locale: Option<&Locale>) -> Answer<()> {
    match locale {
        Some(locale) if known_locale(locale.as_str()).is_none() => {
            let invalid = Invalid::new("locale", "invalid", "must be a supported language.");
            Err(Refusal::invalid(&[invalid]))
        }
        _ => Ok(()),
    }
}

fn known_locale(locale: &str) -> Option<&'static Locale> {
    Locale::KNOWN.iter().find(|known| known.as_str() == locale)
}
