//! `/user_management/users`, sessions and email verification

use std::time::Duration;

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::json;
use workos::{
    CreateUserPasswordHashType, EmailChange, EmailChangeConfirmation, EmailVerification, Locale,
    Nullable, ObjectType, SecretString, Session, SessionStatus, Timestamp, User, UserIdentity,
    VerifyEmailResponse,
};

use crate::failure::{Failure, Reply, created, empty, ok};
use crate::input::{Fields, MetadataChange, Path, is_email, merge_metadata, set_nullable};
use crate::outbox::EmailKind;
use crate::paging::{Query, page};
use crate::store::{PendingEmailChange, Store, Verification};
use crate::world::{Shared, World};

/// The lifetime of a code.
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The number of wrong codes after which an email change must be restarted.
const MAX_WRONG_CODES: u32 = 5;
const MIN_PASSWORD_CHARS: usize = 10;

pub(super) fn routes() -> Router {
    const USER: &str = "/user_management/users/{id}";
    Router::new()
        .route("/user_management/users", get(list).post(create))
        .route("/user_management/users/external_id/{external_id}", get(get_by_external_id))
        .route(USER, get(get_one).put(update).delete(delete))
        .route(&format!("{USER}/identities"), get(identities))
        .route(&format!("{USER}/sessions"), get(sessions))
        .route(&format!("{USER}/email_change/send"), post(send_change))
        .route(&format!("{USER}/email_change/confirm"), post(confirm_change))
        .route(&format!("{USER}/email_verification/send"), post(send_verification))
        .route(&format!("{USER}/email_verification/confirm"), post(verify))
        .route("/user_management/email_verification/{id}", get(get_verification))
        .route("/user_management/sessions/revoke", post(revoke_session))
}

async fn list(world: Shared, RawQuery(query): RawQuery) -> Reply {
    let query = Query::read(query.as_deref());
    let email = query.get("email").map(str::to_lowercase);
    // Memberships are not modeled yet, so no user belongs to an organization.
    let by_organization = query.get("organization_id").or_else(|| query.get("organization"));
    let keep = |user: &User| {
        by_organization.is_none() && email.as_ref().is_none_or(|email| user.email == *email)
    };
    let store = world.store();
    ok(&page(&store.users, &query, keep, |user| user)?)
}

async fn get_one(world: Shared, Path(id): Path<String>) -> Reply {
    ok(existing(&world.store(), &id)?)
}

async fn get_by_external_id(world: Shared, Path(external_id): Path<String>) -> Reply {
    let store = world.store();
    let found = by_external_id(&store, &external_id);
    ok(found.ok_or_else(|| Failure::not_found("User", &external_id))?)
}

async fn create(world: Shared, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let email = body.required_email("email");
    let first_name = body.nullable_text("first_name");
    let last_name = body.nullable_text("last_name");
    let name = body.nullable_text("name");
    let email_verified = body.nullable_flag("email_verified");
    for field in ["ip_address", "user_agent"] {
        body.nullable_text(field);
    }
    body.text("signals_id");
    let password = body.nullable_text("password").and_then(Nullable::into_value);
    let changes = Changes::read(&mut body, password)?;
    body.finish()?;

    let mut store = world.store();
    if by_email(&store, &email).is_some() {
        return Err(creation_error("email_not_available", "The email is not available."));
    }
    if changes.takes_external_id(&store, None) {
        let message = "Another user has this external_id.";
        return Err(creation_error("external_id_already_used", message));
    }
    let mut user = User::default();
    user.object = ObjectType::User;
    user.id = world.id("user");
    user.email = email;
    user.email_verified = email_verified.unwrap_or(false);
    set_nullable(&mut user.first_name, first_name);
    set_nullable(&mut user.last_name, last_name);
    set_nullable(&mut user.name, name);
    user.created_at = world.now();
    changes.apply(&world, &mut store, &mut user)?;
    store.users.insert(user.clone());
    created(&user)
}

fn creation_error(code: &str, message: &str) -> Failure {
    let mut failure = Failure::bad_request("user_creation_error", "Could not create user.");
    failure.set("errors", json!([{"code": code, "message": message}]));
    failure
}

async fn update(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let email = body.text("email").map(|email| email.trim().to_lowercase());
    let first_name = body.text("first_name");
    let last_name = body.text("last_name");
    let name = body.text("name");
    let email_verified = body.flag("email_verified");
    let locale = body.nullable_text("locale");
    let password = body.text("password");
    let changes = Changes::read(&mut body, password)?;
    body.finish()?;
    if email.as_ref().is_some_and(|email| !is_email(email)) {
        return Err(Failure::bad_request("invalid_email", "email must be an email address."));
    }

    let mut store = world.store();
    let mut user = existing(&store, &id)?.clone();
    if let Some(email) = email.filter(|email| *email != user.email) {
        if by_email(&store, &email).is_some() {
            return Err(email_taken(StatusCode::BAD_REQUEST));
        }
        user.email = email;
        user.email_verified = false;
    }
    if locale.as_ref().and_then(Nullable::as_value).is_some_and(|locale| !is_known_locale(locale)) {
        return Err(Failure::bad_request("invalid_locale", "The locale is not supported."));
    }
    set_nullable(&mut user.locale, locale);
    for (field, value) in [
        (&mut user.first_name, first_name),
        (&mut user.last_name, last_name),
        (&mut user.name, name),
    ] {
        if value.is_some() {
            *field = value;
        }
    }
    user.email_verified = email_verified.unwrap_or(user.email_verified);
    if changes.takes_external_id(&store, Some(&id)) {
        let message = "Another user has this external_id.";
        return Err(Failure::bad_request("external_id_already_used", message));
    }
    changes.apply(&world, &mut store, &mut user)?;
    replace(&mut store, &user);
    ok(&user)
}

async fn delete(world: Shared, Path(id): Path<String>) -> Reply {
    let mut store = world.store();
    store.users.remove(&id).ok_or_else(|| Failure::not_found("User", &id))?;
    store.passwords.remove(&id);
    store.email_changes.remove(&id);
    store.identities.retain(|(user_id, _)| *user_id != id);
    store.sessions.retain(|session| session.user_id != id);
    store.email_verifications.retain(|verification| verification.entity.user_id != id);
    store.authorized_applications.retain(|row| row.entity.user_id.as_ref() != Some(&id));
    empty(StatusCode::OK)
}

/// What creating and updating a user have in common.
struct Changes {
    metadata: Option<Nullable<MetadataChange>>,
    external_id: Option<Nullable<String>>,
    password: Option<SecretString>,
}

impl Changes {
    /// `password` is read by the caller: only a new user's may be null.
    fn read(body: &mut Fields, password: Option<String>) -> Result<Self, Failure> {
        Ok(Self {
            metadata: body.metadata()?,
            external_id: body.external_id(),
            password: read_password(body, password)?,
        })
    }

    /// Whether the external ID belongs to another user than `own_id`.
    fn takes_external_id(&self, store: &Store, own_id: Option<&str>) -> bool {
        let owner = self
            .external_id
            .as_ref()
            .and_then(Nullable::as_value)
            .and_then(|id| by_external_id(store, id));
        owner.is_some_and(|owner| Some(owner.id.as_str()) != own_id)
    }

    fn apply(self, world: &World, store: &mut Store, user: &mut User) -> Result<(), Failure> {
        merge_metadata(&mut user.metadata, self.metadata)?;
        set_nullable(&mut user.external_id, self.external_id);
        user.updated_at = world.now();
        if let Some(password) = self.password {
            store.passwords.insert(user.id.clone(), password);
        }
        Ok(())
    }
}

/// The password or hash of a request, validated as by the API.
fn read_password(
    body: &mut Fields,
    password: Option<String>,
) -> Result<Option<SecretString>, Failure> {
    let refuse = |code, message: &str| Err(Failure::bad_request(code, message));
    let hash = body.text("password_hash");
    let hash_type = body.text("password_hash_type");
    let position = body.text("password_salt_position");
    if position.as_ref().is_some_and(|at| at != "prefix" && at != "suffix") {
        body.refuse("password_salt_position", "invalid", "must be prefix or suffix.");
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
        let known = |text: &String| {
            CreateUserPasswordHashType::KNOWN.iter().any(|known| known.as_str() == text)
        };
        if hash.as_ref().is_none_or(String::is_empty) || !hash_type.as_ref().is_some_and(known) {
            let message = "password_hash and a known password_hash_type are both required.";
            return refuse("invalid_password_hash", message);
        }
    }
    if let Some(password) = &password
        && password.chars().count() < MIN_PASSWORD_CHARS
    {
        let message = format!("Password must be at least {MIN_PASSWORD_CHARS} characters long.");
        let mut failure = Failure::bad_request(
            "password_strength_error",
            "Password does not meet strength requirements.",
        );
        failure.set("errors", json!([{"code": "password_too_short", "message": message}]));
        return Err(failure);
    }
    Ok(password.or(hash).map(SecretString::from))
}

async fn identities(world: Shared, Path(id): Path<String>) -> Reply {
    let store = world.store();
    existing(&store, &id)?;
    let own = store.identities.iter().filter(|(user_id, _)| *user_id == id);
    ok(&own.map(|(_, identity)| identity).collect::<Vec<&UserIdentity>>())
}

async fn sessions(world: Shared, Path(id): Path<String>, RawQuery(query): RawQuery) -> Reply {
    let store = world.store();
    existing(&store, &id)?;
    let now = world.now();
    let keep = |session: &Session| {
        session.user_id == id && session.status == SessionStatus::Active && session.expires_at > now
    };
    ok(&page(&store.sessions, &Query::read(query.as_deref()), keep, |session| session)?)
}

async fn revoke_session(world: Shared, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let id = body.required_text("session_id");
    body.finish()?;

    let mut store = world.store();
    let unknown = || Failure::bad_request("invalid_session", format!("No session '{id}'."));
    let session = store.sessions.get_mut(&id).ok_or_else(unknown)?;
    if session.status == SessionStatus::Active {
        let now = world.now();
        session.status = SessionStatus::Revoked;
        session.ended_at = Some(now);
        session.updated_at = now;
    }
    empty(StatusCode::OK)
}

async fn send_verification(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    read_locale(&mut body);
    body.finish()?;

    let mut store = world.store();
    let user = existing(&store, &id)?.clone();
    if user.email_verified {
        let message = "The email address is verified already.";
        return Err(Failure::bad_request("email_already_verified", message));
    }
    let (now, code) = (world.now(), world.ids.code());
    let mut verification = EmailVerification::default();
    verification.object = ObjectType::EmailVerification;
    verification.id = world.id("email_verification");
    verification.user_id = id;
    verification.email.clone_from(&user.email);
    verification.expires_at = now + CODE_LIFETIME;
    verification.created_at = now;
    verification.updated_at = now;
    verification.code = Some(SecretString::from(code.as_str()));
    world.send(&user.email, EmailKind::EmailVerification, Some(code), &verification.id);
    store.email_verifications.insert(Verification { entity: verification, used: false });
    ok(&with_user(user))
}

async fn get_verification(world: Shared, Path(id): Path<String>) -> Reply {
    let store = world.store();
    let found = store.email_verifications.get(&id);
    let found = found.ok_or_else(|| Failure::not_found("Email verification", &id))?;
    ok(&found.entity)
}

async fn verify(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let code = SecretString::from(body.required_text("code"));
    body.finish()?;

    let mut store = world.store();
    let mut user = existing(&store, &id)?.clone();
    let refuse = |code, message: &str| Err(Failure::bad_request(code, message));
    if user.email_verified {
        return refuse("email_previously_verified", "The email address is verified already.");
    }
    let latest = store
        .email_verifications
        .iter()
        .filter(|sent| sent.entity.user_id == id && sent.entity.email == user.email);
    let Some(sent) = latest.last().filter(|sent| sent.entity.code.as_ref() == Some(&code)) else {
        return refuse("email_verification_code_incorrect", "The code is not correct.");
    };
    if sent.used {
        let message = "The code was used before.";
        return refuse("email_verification_code_previously_used", message);
    }
    if is_over(&world, sent.entity.expires_at) {
        return refuse("email_verification_code_expired", "The code has expired.");
    }
    let verification_id = sent.entity.id.clone();
    if let Some(sent) = store.email_verifications.get_mut(&verification_id) {
        sent.used = true;
    }
    user.email_verified = true;
    user.updated_at = world.now();
    replace(&mut store, &user);
    ok(&with_user(user))
}

async fn send_change(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let new_email = body.required_text("new_email").trim().to_lowercase();
    read_locale(&mut body);
    body.finish()?;
    if !is_email(&new_email) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Failure::new(status, "invalid_email", "new_email must be an email address."));
    }

    let mut store = world.store();
    let user = existing(&store, &id)?.clone();
    if user.email == new_email {
        let message = "The user has this address already.";
        return Err(Failure::conflict("email_change_not_needed", message));
    }
    if by_email(&store, &new_email).is_some() {
        return Err(email_taken(StatusCode::CONFLICT));
    }
    let (now, code) = (world.now(), world.ids.code());
    let mut change = EmailChange::default();
    change.object = ObjectType::EmailChange;
    change.user = user;
    change.new_email.clone_from(&new_email);
    change.expires_at = now + CODE_LIFETIME;
    change.created_at = now;
    world.send(&new_email, EmailKind::EmailChange, Some(code.clone()), &id);
    let pending = PendingEmailChange {
        new_email,
        code: code.into(),
        expires_at: change.expires_at,
        wrong_attempts: 0,
        used: false,
    };
    store.email_changes.insert(id, pending);
    ok(&change)
}

async fn confirm_change(world: Shared, Path(id): Path<String>, body: Bytes) -> Reply {
    let mut body = Fields::read(&body)?;
    let code = SecretString::from(body.required_text("code"));
    body.finish()?;

    let mut store = world.store();
    let mut user = existing(&store, &id)?.clone();
    let Some(pending) = store.email_changes.get_mut(&id) else {
        let message = "No change of address was begun.";
        return Err(Failure::conflict("no_pending_email_change", message));
    };
    if pending.wrong_attempts >= MAX_WRONG_CODES {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let message = "Too many wrong codes; begin the change anew.";
        return Err(Failure::new(status, "email_change_too_many_attempts", message));
    }
    if pending.code != code {
        pending.wrong_attempts += 1;
        let message = "The code is not correct.";
        return Err(Failure::bad_request("email_change_code_incorrect", message));
    }
    if pending.used {
        let message = "The code was used before.";
        return Err(Failure::conflict("email_change_code_previously_used", message));
    }
    if is_over(&world, pending.expires_at) {
        return Err(Failure::bad_request("email_change_code_expired", "The code has expired."));
    }
    let new_email = pending.new_email.clone();
    if by_email(&store, &new_email).is_some() {
        return Err(email_taken(StatusCode::CONFLICT));
    }
    if let Some(pending) = store.email_changes.get_mut(&id) {
        pending.used = true;
    }
    user.email = new_email;
    // The code came from the new address.
    user.email_verified = true;
    user.updated_at = world.now();
    replace(&mut store, &user);
    let mut confirmation = EmailChangeConfirmation::default();
    confirmation.object = ObjectType::EmailChangeConfirmation;
    confirmation.user = user;
    ok(&confirmation)
}

fn with_user(user: User) -> VerifyEmailResponse {
    let mut response = VerifyEmailResponse::default();
    response.user = user;
    response
}

fn is_over(world: &World, expires_at: Timestamp) -> bool {
    world.now() >= expires_at
}

fn read_locale(body: &mut Fields) {
    if body.text("locale").is_some_and(|locale| !is_known_locale(&locale)) {
        body.refuse("locale", "invalid", "must be a supported language.");
    }
}

fn is_known_locale(locale: &str) -> bool {
    Locale::KNOWN.iter().any(|known| known.as_str() == locale)
}

fn email_taken(status: StatusCode) -> Failure {
    Failure::new(status, "email_not_available", "The email address is not available.")
}

fn existing<'a>(store: &'a Store, id: &str) -> Result<&'a User, Failure> {
    store.users.get(id).ok_or_else(|| Failure::not_found("User", id))
}

fn by_external_id<'a>(store: &'a Store, external_id: &str) -> Option<&'a User> {
    store.users.iter().find(|user| user.external_id.as_deref() == Some(external_id))
}

fn by_email<'a>(store: &'a Store, email: &str) -> Option<&'a User> {
    store.users.iter().find(|user| user.email == email)
}

fn replace(store: &mut Store, user: &User) {
    if let Some(place) = store.users.get_mut(&user.id) {
        place.clone_from(user);
    }
}
