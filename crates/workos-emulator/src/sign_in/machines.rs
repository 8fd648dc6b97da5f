//! Tokens for machines: of M2M applications (RFC 6749, section 4.4) and of agents.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use workos::agents::{AgentToken, AgentTokenGrant, AgentTokenValidation, CreateAgentToken};
use workos::connect::ConnectApplicationType;
use workos::{
    AgentBlueprint, AgentInstance, ConnectApplication, Organization, SecretString, Session,
    Timestamp, User,
};

use super::keys::Keys;
use super::sessions;
use super::tokens::{self, Claims, Unsigned};
use crate::fields::fingerprint;
use crate::products::agents::instances::{
    self, NewAgentInstance, NewAgentSession, instantiate, start_session,
};
use crate::products::{connect, memberships};
use crate::reply::{Answer, Refusal};
use crate::signing::Signing;
use crate::state::collection::Entity;
use crate::state::{AgentRefreshToken, AgentSession, AgentTokenFacts, Change, Store, View};

/// How long the token of an application is valid.
pub(crate) const APPLICATION_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);
const REFRESH_TOKEN_CHARS: usize = 32;
/// The client of requests to a stand-in for the official emulator that name none.
pub(crate) const DROP_IN_CLIENT_ID: &str = "workos-emulate";
/// How long a chain of agent sessions may be, in which each started the next.
const LONGEST_CHAIN: usize = 32;

/// The token of an M2M application, and its scope.
#[derive(Debug)]
pub(crate) struct ApplicationToken {
    pub(crate) access_token: Unsigned,
    pub(crate) scope: String,
}

/// A token for an application that authenticates with its secret.
pub(crate) fn client_credentials(
    change: &mut Change<'_>,
    client_id: &str,
    secret: &SecretString,
    scope: Option<&str>,
) -> Answer<ApplicationToken> {
    let found = connect::authenticate(change, client_id, secret)?;
    let application = found.ok_or_else(|| {
        let message = "The client ID or the client secret is wrong.";
        let refusal = Refusal::oauth("invalid_client", message);
        Refusal { status: StatusCode::UNAUTHORIZED, ..refusal }
    })?;
    if application.application_type != Some(ConnectApplicationType::M2M) {
        let message = "Only machine-to-machine applications have client credentials.";
        return Err(Refusal::oauth("unauthorized_client", message));
    }
    let scope = scope_of(&application, scope)?;
    let access_token = application_token(change, &application, &scope);
    Ok(ApplicationToken { access_token, scope })
}

/// The token of an application with this scope.
pub(crate) fn application_token(
    change: &mut Change<'_>,
    application: &ConnectApplication,
    scope: &str,
) -> Unsigned {
    let facts = change.sign_in_facts.get(&application.id);
    let audience = facts.and_then(|facts| facts.audience.clone());
    let scope = Some(scope).filter(|scope| !scope.is_empty());
    tokens::issue(
        change,
        &application.client_id,
        APPLICATION_TOKEN_LIFETIME,
        [
            ("aud", json!(audience.as_ref().unwrap_or(&application.client_id))),
            ("client_id", json!(application.client_id)),
            ("org_id", json!(application.organization_id)),
            ("scope", json!(scope)),
        ],
    )
}

/// The scope that is asked for, or else all that the application may ask for.
fn scope_of(application: &ConnectApplication, asked: Option<&str>) -> Answer<String> {
    let Some(asked) = asked.filter(|scope| !scope.trim().is_empty()) else {
        return Ok(application.scopes.join(" "));
    };
    let mut scopes = asked.split_ascii_whitespace();
    match scopes.find(|scope| application.scopes.iter().all(|own| own != scope)) {
        Some(foreign) => {
            let message = format!("The application may not request the scope '{foreign}'.");
            Err(Refusal::oauth("invalid_scope", &message))
        }
        None => Ok(asked.split_ascii_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// The answer to an agent that asked for a token, which is not signed yet.
#[derive(Debug)]
pub(crate) struct AgentTokens {
    response: AgentToken,
    access_token: Unsigned,
}

impl AgentTokens {
    pub(crate) fn sign(self) -> Answer<AgentToken> {
        let mut response = self.response;
        response.access_token = self.access_token.sign()?;
        Ok(response)
    }
}

/// A token for an agent of this blueprint.
pub(crate) fn agent_token(
    change: &mut Change<'_>,
    blueprint_id: &str,
    input: CreateAgentToken,
) -> Answer<AgentTokens> {
    change.one::<AgentBlueprint>(blueprint_id)?;
    let intent = input.intent;
    match input.grant {
        AgentTokenGrant::UserDelegated { user_access_token } => {
            let (session, organization_id) = user_session(change, &user_access_token)?;
            let membership = memberships::find(change, &session.user_id, &organization_id);
            let membership_id = membership.map(|own| own.id.clone());
            if membership_id.is_none() {
                let message = "The user is not a member of the organization.";
                let code = "user_not_member_of_organization";
                return Err(Refusal::forbidden(code, message));
            }
            let instance = new_instance(blueprint_id, organization_id, membership_id);
            begin(change, instance, None, Some(session.id), intent)
        }
        AgentTokenGrant::Autonomous { organization_id } => {
            begin(change, new_instance(blueprint_id, organization_id, None), None, None, intent)
        }
        AgentTokenGrant::AgentDelegated { agent_access_token } => {
            let (session, facts) = agent_session(change, blueprint_id, &agent_access_token)?;
            if change.drop_in && chain(change, &session) > LONGEST_CHAIN {
                let message = "Too many sessions of agents have started each other.";
                return Err(Refusal::bad_request("chain_depth_exceeded", message));
            }
            let instance = change.one::<AgentInstance>(&session.session.agent_instance_id)?.clone();
            let instance = new_instance(
                blueprint_id,
                instance.organization_id.clone(),
                instance.organization_membership_id.clone(),
            );
            begin(change, instance, Some(session.id), facts.user_session_id, intent)
        }
        AgentTokenGrant::Refresh { refresh_token } => {
            refresh_agent(change, blueprint_id, &refresh_token, intent)
        }
        _ => Err(Refusal::bad_request("invalid_request", "The type is not supported.")),
    }
}

/// How long the chain of sessions is in which each started the next, up to this one.
fn chain(store: &Store, session: &AgentSession) -> usize {
    let parent = |id: &String| store.agent_sessions.get(id).cloned();
    let first = session.parent_id.as_ref().and_then(parent);
    1 + std::iter::successors(first, |one| one.parent_id.as_ref().and_then(parent)).count()
}

fn new_instance(
    blueprint_id: &str,
    organization_id: String,
    organization_membership_id: Option<String>,
) -> NewAgentInstance {
    let agent_blueprint_id = blueprint_id.to_owned();
    NewAgentInstance { agent_blueprint_id, organization_id, organization_membership_id }
}

/// The user's session that an access token is for, and its organization.
fn user_session(change: &Change<'_>, token: &SecretString) -> Answer<(Session, String)> {
    let refuse = |message: &str| Err(Refusal::bad_request("invalid_user_access_token", message));
    let Some(claims) = current(change, change.signing(), change.now(), token) else {
        return refuse("The user's access token is not valid, or has expired.");
    };
    let session = claims.get("sid").and_then(Value::as_str).and_then(|id| change.sessions.get(id));
    let Some(session) = session.filter(|session| sessions::is_active(change.now(), session)) else {
        return refuse("The user's session has ended.");
    };
    let Some(organization_id) = session.organization_id.clone() else {
        return refuse("The user's session is in no organization.");
    };
    Ok((Session::clone(session), organization_id))
}

/// The claims of a token of this environment that has not expired.
fn current(
    store: &Store,
    signing: &Signing,
    now: Timestamp,
    token: &SecretString,
) -> Option<Claims> {
    let claims = Keys::of(signing).verify(tokens::rotations(store), token.expose())?;
    let expires_at = claims.get("exp").and_then(Value::as_i64)?;
    (tokens::seconds(now) < expires_at).then_some(claims)
}

/// Starts a session of an agent.
fn begin(
    change: &mut Change<'_>,
    instance: NewAgentInstance,
    parent_session_id: Option<String>,
    user_session_id: Option<String>,
    intent: Option<String>,
) -> Answer<AgentTokens> {
    let (instance, is_new) = instantiate(change, instance)?;
    let session = NewAgentSession {
        agent_instance_id: instance.id.clone(),
        parent_session_id,
        expires_in_seconds: None,
    };
    let session = start_session(change, session)?;
    change.put(AgentTokenFacts { id: session.id.clone(), user_session_id })?;
    answer(change, &session.id, is_new, intent)
}

/// Exchanges the refresh token of an agent, which works once.
fn refresh_agent(
    change: &mut Change<'_>,
    blueprint_id: &str,
    token: &SecretString,
    intent: Option<String>,
) -> Answer<AgentTokens> {
    let invalid = || Refusal::bad_request("invalid_refresh_token", "The refresh token is invalid.");
    let row = change.agent_refresh_tokens.find("token", &fingerprint(token)).cloned();
    let row = row.ok_or_else(invalid)?;
    let session: AgentSession = change.copy(&row.session_id)?;
    if session.blueprint_id != blueprint_id {
        return Err(invalid());
    }
    if !is_active(change, change.now(), &session) {
        return Err(if change.drop_in { session_revoked() } else { invalid() });
    }
    if change.drop_in {
        instances::renew_permissions(change, session.clone())?;
    }
    change.remove::<AgentRefreshToken>(&row.id)?;
    answer(change, &session.id, false, intent)
}

/// Whether a session of an agent goes on: also the one of the user for whom it acts.
fn is_active(store: &Store, now: Timestamp, session: &AgentSession) -> bool {
    let facts = store.agent_token_facts.get(&session.id);
    let user_session = facts.and_then(|facts| facts.user_session_id.as_ref());
    let user_goes_on = user_session.is_none_or(|id| {
        store.sessions.get(id).is_some_and(|session| sessions::is_active(now, session))
    });
    let shown = session.shown(now);
    user_goes_on && shown.revoked_at.is_none() && now < shown.expires_at
}

/// The access token of an agent's session, however the session began.
pub(crate) fn token_of_session(change: &mut Change<'_>, session_id: &str) -> Answer<Unsigned> {
    if change.agent_token_facts.get(session_id).is_none() {
        change.one::<AgentSession>(session_id)?;
        change.put(AgentTokenFacts { id: session_id.to_owned(), user_session_id: None })?;
    }
    answer(change, session_id, false, None).map(|tokens| tokens.access_token)
}

fn answer(
    change: &mut Change<'_>,
    session_id: &str,
    is_new: bool,
    intent: Option<String>,
) -> Answer<AgentTokens> {
    let row: AgentSession = change.copy(session_id)?;
    let instance = change.one::<AgentInstance>(&row.session.agent_instance_id)?.clone();
    let blueprint = change.one::<AgentBlueprint>(&row.blueprint_id)?.clone();
    let user_id = acting_user(change, &instance);
    let lifetime = lifetime_of(blueprint.session_settings.access_token_ttl_seconds);
    let settings = &blueprint.session_settings;
    let lifetime = if change.drop_in {
        // The session ends with its refresh token, and its access tokens with the session.
        lifetime.min(lifetime_of(settings.refresh_token_ttl_seconds.min(settings.max_age_seconds)))
    } else {
        lifetime
    };
    let permissions = row.session.permission_slugs.clone().unwrap_or_default();
    let mut access_token = tokens::issue(
        change,
        &instance.id,
        lifetime,
        [
            ("sid", json!(session_id)),
            ("org_id", json!(instance.organization_id)),
            ("agent_blueprint_id", json!(blueprint.id)),
            ("permissions", json!(permissions)),
            ("intent", json!(intent.as_ref())),
            ("acting_user_id", json!(user_id.as_ref())),
        ],
    );
    if change.drop_in {
        access_token.kind = super::keys::ACCESS_TOKEN;
        access_token.claims.extend(official_claims(change, session_id, intent, user_id));
    }
    let refresh_token = SecretString::from(change.token(REFRESH_TOKEN_CHARS));
    let id = change.id(AgentRefreshToken::PREFIX);
    let token = fingerprint(&refresh_token);
    change.put(AgentRefreshToken { id, token, session_id: session_id.to_owned() })?;
    let mut response = AgentToken::default();
    response.token_type = "Bearer".to_owned();
    response.expires_in = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    response.agent_instance_id.clone_from(&instance.id);
    response.agent_instance_session_id = session_id.to_owned();
    response.new_instance = is_new;
    response.permissions = permissions;
    response.refresh_token = refresh_token;
    Ok(AgentTokens { response, access_token })
}

/// A number of seconds of a blueprint.
fn lifetime_of(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// What the official emulator says of an agent, and of the user for whom it acts.
fn official_claims(
    store: &Store,
    session_id: &str,
    intent: Option<String>,
    user_id: Option<String>,
) -> Claims {
    let facts = store.agent_token_facts.get(session_id);
    let user_session = facts.and_then(|facts| facts.user_session_id.as_deref());
    let client = user_session.and_then(|id| store.session_facts.get(id));
    let client_id = client.map_or(DROP_IN_CLIENT_ID, |facts| &facts.client_id);
    let signed_in_at = user_session.and_then(|id| store.sessions.get(id));
    let claims = [
        ("aud", json!(client_id)),
        ("sub_profile", json!("ai_agent")),
        ("intent", intent.map_or(Value::Null, |text| json!({"text": text}))),
        ("act", user_id.map_or(Value::Null, |id| json!({"sub": id, "sub_profile": "user"}))),
        ("auth_time", json!(signed_in_at.map(|session| tokens::seconds(session.created_at)))),
    ];
    let known = claims.into_iter().filter(|(_, value)| !value.is_null());
    known.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn acting_user(store: &Store, instance: &AgentInstance) -> Option<String> {
    let id = instance.organization_membership_id.as_ref()?;
    store.organization_memberships.get(id).map(|membership| membership.user_id.clone())
}

/// The session that an agent's token is for.
fn agent_session(
    change: &Change<'_>,
    blueprint_id: &str,
    token: &SecretString,
) -> Answer<(AgentSession, AgentTokenFacts)> {
    let found = session_of(change, change.signing(), change.now(), blueprint_id, token)
        .map(|(session, _)| session);
    let session = found.ok_or_else(invalid_agent_token)?;
    let facts = change.copy::<AgentTokenFacts>(&session.id)?;
    Ok((session, facts))
}

fn session_of(
    store: &Store,
    signing: &Signing,
    now: Timestamp,
    blueprint_id: &str,
    token: &SecretString,
) -> Option<(AgentSession, Claims)> {
    let claims = current(store, signing, now, token)?;
    let session = store.agent_sessions.get(claims.get("sid")?.as_str()?)?;
    let is_usable = session.blueprint_id == blueprint_id && is_active(store, now, session);
    is_usable.then(|| (AgentSession::clone(session), claims))
}

fn session_revoked() -> Refusal {
    Refusal::bad_request("session_revoked", "The session of the agent has ended.")
}

fn invalid_agent_token() -> Refusal {
    let message = "The agent's access token is not valid, has expired, or its session has ended.";
    Refusal::bad_request("invalid_agent_access_token", message)
}

/// What an agent's token says, if it is one of this blueprint and its session goes on.
pub(crate) fn validate_agent_token(
    view: &View<'_>,
    blueprint_id: &str,
    token: &SecretString,
) -> Answer<AgentTokenValidation> {
    view.one::<AgentBlueprint>(blueprint_id)?;
    let found = session_of(view, view.signing(), view.now(), blueprint_id, token);
    let (session, claims) = found.ok_or_else(|| {
        let claims = current(view, view.signing(), view.now(), token).filter(|_| view.drop_in);
        let session = claims
            .and_then(|claims| view.agent_sessions.get(claims.get("sid")?.as_str()?).cloned());
        let is_own = session.is_some_and(|session| session.blueprint_id == blueprint_id);
        if is_own { session_revoked() } else { invalid_agent_token() }
    })?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut validation = AgentTokenValidation::default();
    validation.valid = true;
    validation.agent_instance_id.clone_from(&session.session.agent_instance_id);
    validation.agent_instance_session_id.clone_from(&session.id);
    validation.organization_id = text("org_id").unwrap_or_default();
    validation.acting_user_id = text("acting_user_id");
    let intent = claims.get("intent").and_then(|intent| intent.get("text"));
    validation.intent =
        intent.and_then(Value::as_str).map(str::to_owned).or_else(|| text("intent"));
    validation.permissions = session.session.permission_slugs.clone().unwrap_or_default();
    validation.session_expires_at = session.session.expires_at.to_string();
    Ok(validation)
}

/// A token for the widgets and the Client API, which run in the browser of a user.
pub(crate) fn frontend_token(
    change: &mut Change<'_>,
    audience: &'static str,
    organization_id: Option<&str>,
    user_id: Option<&str>,
    permissions: Option<Vec<String>>,
) -> Answer<Unsigned> {
    organization_id.map(|id| change.one::<Organization>(id)).transpose()?;
    if organization_id.is_none() && (user_id.is_none() || permissions.is_some()) {
        let message = "organization_id is required, unless the token is for a user without scopes.";
        return Err(Refusal::unprocessable("organization_id_required", message));
    }
    if let Some(id) = user_id {
        change.one::<User>(id)?;
        if let Some(organization_id) = organization_id
            && !memberships::is_active_member(change, id, organization_id)
            && !change.drop_in
        {
            let message = "The user is not an active member of the organization.";
            return Err(Refusal::unprocessable("organization_membership_not_found", message));
        }
    }
    Ok(unchecked_token(change, audience, organization_id, user_id, permissions))
}

/// The same without a check of the organization and the user, who may be of another environment.
pub(crate) fn unchecked_token(
    change: &mut Change<'_>,
    audience: &'static str,
    organization_id: Option<&str>,
    user_id: Option<&str>,
    permissions: Option<Vec<String>>,
) -> Unsigned {
    let subject = user_id.or(organization_id).unwrap_or_default().to_owned();
    let claims = [
        ("aud", json!(audience)),
        ("org_id", json!(organization_id)),
        ("permissions", json!(permissions)),
    ];
    let is_short = change.drop_in && audience == "client";
    let lifetime =
        if is_short { tokens::ACCESS_TOKEN_LIFETIME } else { APPLICATION_TOKEN_LIFETIME };
    tokens::issue(change, &subject, lifetime, claims)
}
