//! The events of sign-ins: what users have proved, or failed to.

use serde_json::json;
use workos::{
    AuthenticationEventStatus, AuthenticationEventType, AuthenticationFailed,
    AuthenticationStarted, AuthenticationSucceeded, EventData, Profile, SSOInfo, User,
};

use super::grants::Caller;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, Store, StoredConnection};

/// A user has proved who they are with a factor of this kind.
pub(crate) fn factor_succeeded(
    change: &mut Change<'_>,
    caller: &Caller,
    kind: AuthenticationEventType,
    user: &User,
) {
    let mut event = succeeded(kind.clone(), Some(&user.id), &user.email);
    event.ip_address.clone_from(&caller.ip_address);
    event.user_agent.clone_from(&caller.user_agent);
    change.tell(match kind {
        AuthenticationEventType::Password => EventData::AuthenticationPasswordSucceeded(event),
        AuthenticationEventType::MagicAuth => EventData::AuthenticationMagicAuthSucceeded(event),
        AuthenticationEventType::Mfa => EventData::AuthenticationMfaSucceeded(event),
        _ => EventData::AuthenticationEmailVerificationSucceeded(event),
    });
}

/// A factor of this kind was wrong: refuses, and keeps the event.
pub(crate) fn factor_failed<T>(
    change: &mut Change<'_>,
    caller: &Caller,
    kind: AuthenticationEventType,
    email: &str,
    (code, message): (&str, &str),
) -> Answer<T> {
    let user = change.users.find("email", email);
    let mut event = AuthenticationFailed::default();
    event.type_ = kind.clone();
    event.status = AuthenticationEventStatus::Failed;
    event.error.code = code.to_owned();
    event.error.message = message.to_owned();
    event.user_id = user.map(|user| user.id.clone());
    event.email = Some(email.to_owned());
    event.ip_address.clone_from(&caller.ip_address);
    event.user_agent.clone_from(&caller.user_agent);
    change.tell(match kind {
        AuthenticationEventType::Password => EventData::AuthenticationPasswordFailed(event),
        AuthenticationEventType::MagicAuth => EventData::AuthenticationMagicAuthFailed(event),
        AuthenticationEventType::Mfa => EventData::AuthenticationMfaFailed(event),
        _ => EventData::AuthenticationEmailVerificationFailed(event),
    });
    change.keep()?;
    Err(Refusal::bad_request(code, message).with("email", json!(email)))
}

/// The browser is sent to the identity provider of a connection.
pub(crate) fn sso_started(
    change: &mut Change<'_>,
    connection: &StoredConnection,
    email: Option<&str>,
) {
    let mut event = AuthenticationStarted::default();
    event.type_ = AuthenticationEventType::SSO;
    event.status = AuthenticationEventStatus::Started;
    event.email = email.map(str::to_owned);
    event.sso = sso_info(change, &connection.id);
    change.tell(EventData::AuthenticationSsoStarted(event));
}

/// An identity provider has signed in one of its accounts; as a user, unless it was for a profile
/// alone.
pub(crate) fn sso_succeeded(change: &mut Change<'_>, profile: &Profile, user_id: Option<&str>) {
    sso_succeeded_in(change, profile, user_id, None);
}

/// The same, when the session has started already.
pub(crate) fn sso_succeeded_in(
    change: &mut Change<'_>,
    profile: &Profile,
    user_id: Option<&str>,
    session_id: Option<String>,
) {
    let mut event = succeeded(AuthenticationEventType::SSO, user_id, &profile.email);
    let mut sso = sso_info(change, &profile.connection_id);
    sso.session_id = session_id;
    event.sso = Some(sso);
    change.tell(EventData::AuthenticationSsoSucceeded(event));
}

/// An OAuth provider has signed in a user.
pub(crate) fn oauth_succeeded(change: &mut Change<'_>, provider: &str, user: &User) {
    let mut event = succeeded(AuthenticationEventType::OAuth, Some(&user.id), &user.email);
    event.provider = Some(provider.to_owned());
    change.tell(EventData::AuthenticationOauthSucceeded(event));
}

fn succeeded(
    kind: AuthenticationEventType,
    user_id: Option<&str>,
    email: &str,
) -> AuthenticationSucceeded {
    let mut event = AuthenticationSucceeded::default();
    event.type_ = kind;
    event.status = AuthenticationEventStatus::Succeeded;
    event.user_id = user_id.map(str::to_owned);
    event.email = email.to_owned();
    event
}

fn sso_info(store: &Store, connection_id: &str) -> SSOInfo {
    let mut info = SSOInfo::default();
    info.connection_id = Some(connection_id.to_owned());
    let connection = store.connections.get(connection_id);
    info.organization_id = connection.and_then(|row| row.connection.organization_id.clone());
    info
}
