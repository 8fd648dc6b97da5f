//! Sessions: how they start, are refreshed and end.

use std::time::Duration;

use workos::user_management::AuthenticateResponse;
use workos::{
    EventData, Organization, SecretString, Session, SessionAuthMethod, SessionStatus, Timestamp,
    User,
};

use super::tokens::{self, Unsigned};
use super::{authorize, grants};
use crate::fields::fingerprint;
use crate::products::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    Change, Exchanged, Method, RefreshToken, SessionFacts, SignIn, Store, revoke_sessions,
};

const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a refresh token may be exchanged again by default: its answer may have got lost.
pub(crate) const REFRESH_GRACE: Duration = Duration::from_secs(10);
/// How users sign in with nothing but the code that verifies their address, which only the official
/// emulator lets them.
pub(crate) const EMAIL_VERIFICATION: &str = "EmailVerification";
const REFRESH_TOKEN_CHARS: usize = 32;

/// The answer to a sign-in or a refresh. Its access token is not signed yet.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) response: AuthenticateResponse,
    pub(crate) access_token: Unsigned,
}

impl Tokens {
    pub(crate) fn sign(self) -> Answer<AuthenticateResponse> {
        let mut response = self.response;
        response.access_token = self.access_token.sign()?;
        Ok(response)
    }
}

/// Starts a session.
pub(crate) fn start(change: &mut Change<'_>, mut sign_in: SignIn) -> Answer<Tokens> {
    grants::accept_at_end(change, &mut sign_in)?;
    let mut user: User = change.copy(&sign_in.user_id)?;
    user.last_sign_in_at = Some(change.now());
    // Without an event: WorkOS makes none for a sign-in.
    change.put(user)?;
    let mut session = new(change, &sign_in.user_id, auth_method(&sign_in.method));
    session.organization_id = sign_in.organization_id;
    session.impersonator = sign_in.impersonator;
    if change.drop_in && session.impersonator.is_none() {
        session.impersonator = authorize::seeded_impersonator(change, &sign_in.user_id);
    }
    session.ip_address = sign_in.ip_address;
    session.user_agent = sign_in.user_agent;
    let session = change.put(session)?;
    change.tell(EventData::SessionCreated(Session::clone(&session)));
    change.put(SessionFacts {
        id: session.id.clone(),
        client_id: sign_in.client_id,
        method: sign_in.method,
    })?;
    let refresh_token = new_refresh_token(change, &session.id)?;
    let mut tokens = answer(change, &session.id, refresh_token)?;
    tokens.response.oauth_tokens = sign_in.oauth_tokens;
    Ok(tokens)
}

/// A new session, not stored yet.
pub(crate) fn new(
    change: &mut Change<'_>,
    user_id: &str,
    auth_method: SessionAuthMethod,
) -> Session {
    let mut session: Session = change.make();
    session.user_id = user_id.to_owned();
    session.auth_method = auth_method;
    session.status = SessionStatus::Active;
    session.expires_at = change.now() + SESSION_LIFETIME;
    session
}

/// Exchanges a refresh token.
///
/// One that was exchanged before is taken for stolen and ends the session, unless that was within
/// the grace period: then the answer got lost, and it is given again.
pub(crate) fn refresh(
    change: &mut Change<'_>,
    token: &SecretString,
    organization_id: Option<&str>,
    grace: Duration,
) -> Answer<Tokens> {
    let found = change.refresh_tokens.find("token", &fingerprint(token)).cloned();
    let row = found.ok_or_else(|| invalid_grant("The refresh token is not valid."))?;
    let session: Session = change.copy(&row.session_id)?;
    if !is_active(change.now(), &session) {
        return Err(invalid_grant("Session has already ended."));
    }
    if let Some(id) = organization_id {
        check_member(change, &session.user_id, id)?;
    }
    let refresh_token = match &row.exchanged {
        None => {
            let successor = new_refresh_token(change, &session.id)?;
            let exchanged = Exchanged { at: change.now(), successor: successor.clone() };
            change.put(RefreshToken { exchanged: Some(exchanged), ..RefreshToken::clone(&row) })?;
            successor
        }
        Some(exchanged) if change.now() < exchanged.at + grace => {
            latest(change, exchanged.successor.clone())
        }
        Some(_) => {
            end(change, &session.id)?;
            change.keep()?;
            return Err(invalid_grant("The refresh token was exchanged before."));
        }
    };
    if organization_id.is_some() && session.organization_id.as_deref() != organization_id {
        let mut session = session.clone();
        session.organization_id = organization_id.map(str::to_owned);
        change.update(session)?;
    }
    answer(change, &session.id, refresh_token)
}

/// Ends a session, with its event. One that has ended stays as it is.
pub(crate) fn end(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let mut session: Session = change
        .copy(id)
        .map_err(|_| Refusal::bad_request("invalid_session", format!("No session '{id}'.")))?;
    if session.status == SessionStatus::Active {
        session.status = SessionStatus::Revoked;
        session.ended_at = Some(change.now());
        let session = change.update(session)?;
        change.tell(EventData::SessionRevoked(Session::clone(&session)));
        if change.drop_in {
            // The sessions of agents that act for the user end with it.
            let facts = change.agent_token_facts.iter();
            let of_user = facts.filter(|facts| facts.user_session_id.as_deref() == Some(id));
            let ids = of_user.map(|facts| facts.id.clone()).collect();
            revoke_sessions(change, ids)?;
        }
    }
    Ok(())
}

/// Whether a session goes on.
pub(crate) fn is_active(now: Timestamp, session: &Session) -> bool {
    session.status == SessionStatus::Active && now < session.expires_at
}

/// Refuses an organization that does not exist, or that the user is not an active member of.
pub(crate) fn check_member(store: &Store, user_id: &str, organization_id: &str) -> Answer<()> {
    if store.organizations.get(organization_id).is_none() {
        let message = format!("{} not found: '{organization_id}'.", Organization::NAME);
        return Err(Refusal::bad_request("organization_not_found", message));
    }
    if memberships::is_active_member(store, user_id, organization_id) {
        return Ok(());
    }
    let message = "The user is not an active member of the organization.";
    Err(Refusal::bad_request("organization_membership_not_found", message))
}

pub(crate) fn invalid_grant(description: &str) -> Refusal {
    Refusal::oauth("invalid_grant", description)
}

/// The newest of the tokens that this one was exchanged for.
fn latest(store: &Store, mut token: SecretString) -> SecretString {
    let next = |token: &SecretString| {
        let row = store.refresh_tokens.find("token", &fingerprint(token))?;
        row.exchanged.as_ref().map(|exchanged| exchanged.successor.clone())
    };
    while let Some(successor) = next(&token) {
        token = successor;
    }
    token
}

fn new_refresh_token(change: &mut Change<'_>, session_id: &str) -> Answer<SecretString> {
    let token = SecretString::from(change.token(REFRESH_TOKEN_CHARS));
    let id = change.id(RefreshToken::PREFIX);
    change.put(RefreshToken {
        id,
        token: fingerprint(&token),
        session_id: session_id.to_owned(),
        exchanged: None,
    })?;
    Ok(token)
}

fn answer(
    change: &mut Change<'_>,
    session_id: &str,
    refresh_token: SecretString,
) -> Answer<Tokens> {
    let access_token = tokens::of_session(change, session_id)?;
    let session = change.one::<Session>(session_id)?;
    let mut response = AuthenticateResponse::default();
    response.user = User::clone(change.one::<User>(&session.user_id)?);
    response.organization_id.clone_from(&session.organization_id);
    response.impersonator.clone_from(&session.impersonator);
    let facts = change.session_facts.get(session_id);
    response.authentication_method = facts.map(|facts| facts.method.clone());
    response.refresh_token = refresh_token;
    Ok(Tokens { response, access_token })
}

fn auth_method(method: &Method) -> SessionAuthMethod {
    match method {
        Method::Password => SessionAuthMethod::Password,
        Method::MagicAuth => SessionAuthMethod::MagicCode,
        Method::SSO => SessionAuthMethod::SSO,
        Method::Passkey => SessionAuthMethod::Passkey,
        Method::Impersonation => SessionAuthMethod::Impersonation,
        Method::ExternalAuth => SessionAuthMethod::ExternalAuth,
        Method::CrossAppAuth => SessionAuthMethod::CrossAppAuth,
        Method::MigratedSession => SessionAuthMethod::MigratedSession,
        other if other.as_str() == EMAIL_VERIFICATION => {
            SessionAuthMethod::Unknown("unknown".into())
        }
        _ => SessionAuthMethod::OAuth,
    }
}
