//! Agents: your own, made from blueprints, and third-party ones that register themselves.

use std::sync::Arc;

use workos::Page;
use workos::agents::*;

use crate::call::Call;
use crate::products::agents::blueprints::{create, update};
use crate::products::agents::claims::confirm_claim;
use crate::products::agents::credentials::valid;
use crate::products::agents::registrations::revoke;
use crate::reply::{Answer, Refusal};
use crate::sign_in::machines;
use crate::state::{AgentSession, Change, Registration, View, revoke_sessions, shown};

routes! {
    agents;
    list_blueprints(query)                     => read list;
    create_blueprint(body)                     => write create;
    get_blueprint(agent_blueprint_id)          => read get;
    update_blueprint(agent_blueprint_id, body) => write update;
    delete_blueprint(agent_blueprint_id)       => write delete;
    create_blueprint_token(agent_blueprint_id, body) => run mint_token;
    validate_blueprint_token(agent_blueprint_id, body) => read validate_token;
    list_instances(query)                      => read instances;
    get_instance(agent_instance_id)            => read instance;
    delete_instance(agent_instance_id)         => write delete_instance;
    list_sessions(query)                       => read sessions;
    get_session(agent_instance_session_id)     => read session;
    revoke_session(agent_instance_session_id)  => write revoke_session;
    get_registration(id)                       => read registration;
    revoke_registration(id)                    => write revoke;
    update_attempts(body)                      => write link_attempt;
    create_validate(body)                      => read validate;
}

fn list<'a>(view: &'a View<'_>, query: ListBlueprintsParams) -> Answer<Page<&'a AgentBlueprint>> {
    view.agent_blueprints.page(&query, |_| true)
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<AgentBlueprint>> {
    view.one(id)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<AgentBlueprint>(id).map(drop)
}

fn instances<'a>(
    view: &'a View<'_>,
    query: ListInstancesParams,
) -> Answer<Page<&'a AgentInstance>> {
    let blueprint_id = query.agent_blueprint_id.as_deref();
    let organization_id = query.organization_id.as_deref();
    let rows = &view.agent_instances;
    match (blueprint_id, organization_id) {
        (Some(id), _) => rows.page_by("blueprint", id, &query, |instance| {
            organization_id.is_none_or(|id| instance.organization_id == id)
        }),
        (None, Some(id)) => rows.page_by("organization", id, &query, |_| true),
        (None, None) => rows.page(&query, |_| true),
    }
}

fn instance<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<AgentInstance>> {
    view.one(id)
}

fn delete_instance(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<AgentInstance>(id).map(drop)
}

fn sessions(view: &View<'_>, query: ListSessionsParams) -> Answer<Page<AgentInstanceSession>> {
    let filters = [
        ("instance", &query.agent_instance_id),
        ("blueprint", &query.agent_blueprint_id),
        ("organization", &query.organization_id),
    ];
    let mut filters = filters.into_iter().filter_map(|(index, id)| Some((index, id.as_deref()?)));
    let rows = &view.agent_sessions;
    let page = match filters.next() {
        None => rows.page(&query, |_| true),
        Some((index, key)) => {
            let others: Vec<_> = filters.collect();
            rows.page_by(index, key, &query, |row| {
                others.iter().all(|(index, key)| rows.has_key(index, key, &row.id))
            })
        }
    }?;
    Ok(shown(page, |row| row.shown(view.now())))
}

fn session(view: &View<'_>, id: &str) -> Answer<AgentInstanceSession> {
    view.one::<AgentSession>(id).map(|row| row.shown(view.now()))
}

fn revoke_session(change: &mut Change<'_>, id: &str) -> Answer<AgentInstanceSession> {
    change.one::<AgentSession>(id)?;
    revoke_sessions(change, vec![id.to_owned()])?;
    change.one::<AgentSession>(id).map(|row| row.shown(change.now()))
}

fn registration(view: &View<'_>, id: &str) -> Answer<AgentRegistration> {
    view.one::<Registration>(id).map(|row| row.shown(view.now()))
}

fn link_attempt(change: &mut Change<'_>, input: LinkClaimAttempt) -> Answer<ClaimViewResponse> {
    let (attempt, organizations) = confirm_claim(change, input)?;
    let registration = change.one::<Registration>(&attempt.attempt.agent_registration_id)?;
    let mut answer = ClaimViewResponse::default();
    answer.status = registration.status(change.now());
    answer.id.clone_from(&registration.id);
    answer.user_code = attempt.user_code.clone();
    answer.organizations = organizations;
    Ok(answer)
}

/// A credential is valid if it was issued here, also if it is a JWT: nobody else has its text.
fn validate(view: &View<'_>, input: ValidateAgentCredential) -> Answer<AgentCredentialValidation> {
    let (text, is_api_key, audience) = match input {
        ValidateAgentCredential::ApiKey { credential } => (credential, true, None),
        ValidateAgentCredential::AccessToken { credential, audience } => {
            (credential, false, audience)
        }
        _ => return Err(Refusal::bad_request("invalid_request", "The type is not known.")),
    };
    let valid = valid(view, &text, is_api_key, audience.as_deref());
    let mut validation = AgentCredentialValidation::default();
    validation.valid = valid.is_some();
    validation.registration_id =
        valid.map(|issued| issued.credential.agent_registration_id.clone());
    validation.expires_at = valid.and_then(|issued| issued.expires_at);
    Ok(validation)
}

fn mint_token(
    environment: &Call<'_>,
    blueprint_id: &str,
    input: CreateAgentToken,
) -> Answer<AgentToken> {
    environment.write(|change| machines::agent_token(change, blueprint_id, input))?.sign()
}

fn validate_token(
    view: &View<'_>,
    blueprint_id: &str,
    input: ValidateAgentToken,
) -> Answer<AgentTokenValidation> {
    machines::validate_agent_token(view, blueprint_id, &input.agent_access_token)
}
