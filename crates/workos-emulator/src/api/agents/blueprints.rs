//! Agent blueprints, and the instances and sessions of their agents.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use workos::agents::*;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::{Nullable, ObjectType, Organization, OrganizationMembership, Page};

use crate::fields::{set, set_nullable};
use crate::fixtures::agents::{NewAgentInstance, NewAgentSession};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{AgentSession, Change, Store, View, revoke_sessions, shown};

/// What a new blueprint has by default.
const DEFAULT_TYPES: [AgentInstanceType; 2] =
    [AgentInstanceType::Delegated, AgentInstanceType::Autonomous];
const DEFAULT_MAX_AGE: i64 = 60 * 60;
const DEFAULT_ACCESS_TOKEN_TTL: i64 = 5 * 60;
const DEFAULT_REFRESH_TOKEN_TTL: i64 = 60 * 60;

routes! {
    agents;
    list_blueprints(query)                     => read list;
    create_blueprint(body)                     => write create;
    get_blueprint(agent_blueprint_id)          => read get;
    update_blueprint(agent_blueprint_id, body) => write update;
    delete_blueprint(agent_blueprint_id)       => write delete;
    list_instances(query)                      => read instances;
    get_instance(agent_instance_id)            => read instance;
    delete_instance(agent_instance_id)         => write delete_instance;
    list_sessions(query)                       => read sessions;
    get_session(agent_instance_session_id)     => read session;
    revoke_session(agent_instance_session_id)  => write revoke_session;
}

fn list<'a>(view: &'a View<'_>, query: ListBlueprintsParams) -> Answer<Page<&'a AgentBlueprint>> {
    view.agent_blueprints.page(&query, |_| true)
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<AgentBlueprint>> {
    view.one(id)
}

pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateAgentBlueprint,
) -> Answer<Arc<AgentBlueprint>> {
    let mut blueprint: AgentBlueprint = change.make();
    blueprint.invocable_by.role_slugs = Some(Vec::new());
    blueprint.invocable_by.organization_ids = Some(Vec::new());
    blueprint.invocable_as.instance_types = Some(DEFAULT_TYPES.to_vec());
    blueprint.session_settings = AgentBlueprintSessionSetting {
        max_age_seconds: DEFAULT_MAX_AGE,
        access_token_ttl_seconds: DEFAULT_ACCESS_TOKEN_TTL,
        refresh_token_ttl_seconds: DEFAULT_REFRESH_TOKEN_TTL,
    };
    let settings = input.session_settings.map(|settings| UpdateAgentBlueprintSessionSetting {
        max_age_seconds: Some(settings.max_age_seconds),
        access_token_ttl_seconds: Some(settings.access_token_ttl_seconds),
        refresh_token_ttl_seconds: Some(settings.refresh_token_ttl_seconds),
    });
    let all = UpdateAgentBlueprint {
        name: Some(input.name),
        description: input.description.map(Nullable::Value),
        permissions: input.permissions,
        invocable_by: input.invocable_by,
        invocable_as: input.invocable_as,
        session_settings: settings,
    };
    apply(change, &mut blueprint, all)?;
    change.insert(blueprint)
}

fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateAgentBlueprint,
) -> Answer<Arc<AgentBlueprint>> {
    let mut blueprint: AgentBlueprint = change.copy(id)?;
    apply(change, &mut blueprint, input)?;
    change.update(blueprint)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<AgentBlueprint>(id)?;
    Ok(())
}

fn apply(store: &Store, blueprint: &mut AgentBlueprint, input: UpdateAgentBlueprint) -> Answer<()> {
    check(&input)?;
    set(&mut blueprint.name, input.name);
    set_nullable(&mut blueprint.description, input.description);
    let is_permission = |slug: &str| store.permissions.find("slug", slug).is_some();
    let is_role = |slug: &str| store.roles.find("slug", slug).is_some();
    let is_organization = |id: &str| store.organizations.get(id).is_some();
    if let Some(slugs) = existing("permission", input.permissions, is_permission)? {
        blueprint.permissions = slugs;
    }
    let by = input.invocable_by.unwrap_or_default();
    if let Some(slugs) = existing("role", by.role_slugs, is_role)? {
        blueprint.invocable_by.role_slugs = Some(slugs);
    }
    if let Some(ids) = existing("organization", by.organization_ids, is_organization)? {
        blueprint.invocable_by.organization_ids = Some(ids);
    }
    if let Some(types) = input.invocable_as.and_then(|invocable| invocable.instance_types) {
        blueprint.invocable_as.instance_types = Some(distinct(types));
    }
    let settings = &mut blueprint.session_settings;
    let changed = input.session_settings.unwrap_or_default();
    set(&mut settings.max_age_seconds, changed.max_age_seconds);
    set(&mut settings.access_token_ttl_seconds, changed.access_token_ttl_seconds);
    set(&mut settings.refresh_token_ttl_seconds, changed.refresh_token_ttl_seconds);
    Ok(())
}

/// The limits that the API documents in prose only.
fn check(input: &UpdateAgentBlueprint) -> Answer<()> {
    let chars = |text: &str| len(text.trim().chars().count());
    let description = input.description.as_ref().and_then(Nullable::as_value);
    let list = |list: Option<&Vec<String>>| list.map(|list| len(list.len()));
    let by = input.invocable_by.as_ref();
    let settings = input.session_settings.clone().unwrap_or_default();
    let limits: [(&str, Option<i64>, RangeInclusive<i64>, &str); 8] = [
        ("name", input.name.as_deref().map(chars), 1..=255, "characters"),
        ("description", description.map(|text| chars(text)), 1..=1_000, "characters"),
        ("permissions", list(input.permissions.as_ref()), 0..=1_000, "entries"),
        (
            "invocable_by.role_slugs",
            list(by.and_then(|by| by.role_slugs.as_ref())),
            0..=100,
            "entries",
        ),
        (
            "invocable_by.organization_ids",
            list(by.and_then(|by| by.organization_ids.as_ref())),
            0..=1_000,
            "entries",
        ),
        ("session_settings.max_age_seconds", settings.max_age_seconds, 1..=31_536_000, "seconds"),
        (
            "session_settings.access_token_ttl_seconds",
            settings.access_token_ttl_seconds,
            1..=3_600,
            "seconds",
        ),
        (
            "session_settings.refresh_token_ttl_seconds",
            settings.refresh_token_ttl_seconds,
            1..=5_184_000,
            "seconds",
        ),
    ];
    let errors: Vec<_> = limits
        .into_iter()
        .filter(|(_, size, range, _)| size.is_some_and(|size| !range.contains(&size)))
        .map(|(field, _, range, unit)| {
            let message = format!("must be {} to {} {unit}.", range.start(), range.end());
            Invalid::new(field, "invalid", message)
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::bad_request("invalid_request", "The blueprint is not valid.");
    Err(refusal.with("errors", json!(errors)))
}

fn len(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What a list names, each once, all of which exists.
fn existing(
    what: &str,
    names: Option<Vec<String>>,
    exists: impl Fn(&str) -> bool,
) -> Answer<Option<Vec<String>>> {
    if let Some(name) = names.iter().flatten().find(|name| !exists(name)) {
        let message = format!("There is no {what} '{name}'.");
        return Err(Refusal::unprocessable(&format!("{what}_not_found"), message));
    }
    Ok(names.map(distinct))
}

fn distinct<T: Clone + Eq + std::hash::Hash>(list: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    list.into_iter().filter(|one| seen.insert(one.clone())).collect()
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
    change.remove::<AgentInstance>(id)?;
    Ok(())
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

/// The instance of a blueprint for a member of an organization, or autonomous, and whether it is
/// new.
pub(crate) fn instantiate(
    change: &mut Change<'_>,
    new: NewAgentInstance,
) -> Answer<(Arc<AgentInstance>, bool)> {
    let blueprint = change.one::<AgentBlueprint>(&new.agent_blueprint_id)?.clone();
    change.one::<Organization>(&new.organization_id)?;
    let membership_id = new.organization_membership_id.as_deref();
    let membership = membership_id
        .map(|id| change.one_of("organization", &new.organization_id, id))
        .transpose()?
        .map(|membership: &Arc<OrganizationMembership>| &**membership);
    check_invocable(&blueprint, &new.organization_id, membership)?;
    let mut known = change.agent_instances.by("blueprint", &blueprint.id);
    let is_same = |instance: &&Arc<AgentInstance>| {
        instance.organization_id == new.organization_id
            && instance.organization_membership_id == new.organization_membership_id
    };
    if let Some(known) = known.find(is_same) {
        return Ok((known.clone(), false));
    }
    let mut instance: AgentInstance = change.make();
    instance.agent_blueprint_id = new.agent_blueprint_id;
    instance.organization_id = new.organization_id;
    instance.type_ = type_for(new.organization_membership_id.is_some());
    instance.organization_membership_id = new.organization_membership_id;
    Ok((change.insert(instance)?, true))
}

fn type_for(has_member: bool) -> AgentInstanceType {
    if has_member { AgentInstanceType::Delegated } else { AgentInstanceType::Autonomous }
}

/// Whether an agent of this blueprint may act in the organization, for the member if there is one.
/// An empty list of a blueprint restricts nothing.
fn check_invocable(
    blueprint: &AgentBlueprint,
    organization_id: &str,
    membership: Option<&OrganizationMembership>,
) -> Answer<()> {
    fn allows<T>(list: Option<&Vec<T>>, is_one: impl FnMut(&T) -> bool) -> bool {
        list.is_none_or(|list| list.is_empty() || list.iter().any(is_one))
    }
    let refuse = |code, message: &str| Err(Refusal::forbidden(code, message));
    let by = &blueprint.invocable_by;
    if membership.is_some_and(|member| member.status != OrganizationMembershipStatus::Active) {
        let message = "The user is not a member of the organization.";
        return refuse("user_not_member_of_organization", message);
    }
    if !allows(by.organization_ids.as_ref(), |id| id == organization_id) {
        let message = "The blueprint is not invocable in the organization.";
        return refuse("organization_not_invocable", message);
    }
    let has_role = |slug: &String| {
        let mut roles = membership.into_iter().flat_map(|member| member.roles.iter().flatten());
        roles.any(|role| role.slug == *slug)
    };
    if membership.is_some() && !allows(by.role_slugs.as_ref(), has_role) {
        let message = "The user has no role that may invoke the blueprint.";
        return refuse("role_not_invocable", message);
    }
    let type_ = type_for(membership.is_some());
    if !allows(blueprint.invocable_as.instance_types.as_ref(), |allowed| *allowed == type_) {
        let message = format!("The blueprint has no {} instances.", type_.as_str());
        return refuse("instance_type_not_invocable", &message);
    }
    Ok(())
}

/// Starts a session of an instance, with the permissions that it has now.
pub(crate) fn start_session(
    change: &mut Change<'_>,
    new: NewAgentSession,
) -> Answer<Arc<AgentSession>> {
    let instance = change.one::<AgentInstance>(&new.agent_instance_id)?.clone();
    let blueprint = change.one::<AgentBlueprint>(&instance.agent_blueprint_id)?.clone();
    if let Some(id) = &new.parent_session_id {
        change.one_of::<AgentSession>("instance", &instance.id, id)?;
    }
    let settings = &blueprint.session_settings;
    let longest = settings.max_age_seconds.min(settings.refresh_token_ttl_seconds);
    let lifetime = new.expires_in_seconds.or(u64::try_from(longest).ok()).unwrap_or_default();
    let mut session = AgentInstanceSession::default();
    session.object = ObjectType::AgentInstanceSession;
    session.id = change.id(AgentSession::PREFIX);
    session.agent_instance_id.clone_from(&instance.id);
    session.organization_id = Some(instance.organization_id.clone());
    session.expires_at = change.now() + Duration::from_secs(lifetime);
    session.created_at = change.now();
    session.updated_at = change.now();
    session.permission_slugs = Some(permissions(change, &blueprint, &instance));
    change.insert(AgentSession {
        id: session.id.clone(),
        blueprint_id: blueprint.id.clone(),
        parent_id: new.parent_session_id,
        session,
    })
}

/// What an instance may do: all that its blueprint allows and, if it acts for a member, the
/// member's roles allow as well.
fn permissions(store: &Store, blueprint: &AgentBlueprint, instance: &AgentInstance) -> Vec<String> {
    let mut allowed = blueprint.permissions.clone();
    if let Some(id) = &instance.organization_membership_id {
        let roles = store.organization_memberships.get(id).and_then(|member| member.roles.as_ref());
        let slugs = roles.into_iter().flatten().map(|role| role.slug.as_str());
        let roles: Vec<_> =
            slugs.filter_map(|slug| store.role(&instance.organization_id, slug)).collect();
        allowed.retain(|slug| roles.iter().any(|row| row.role.permissions.contains(slug)));
    }
    allowed
}

#[cfg(test)]
mod tests {
    use workos::{Permission, SlimRole, Timestamp};

    use super::*;
    use crate::state::{At, State, StoredRole};

    /// Stores the permissions `a`, `b` and `c`, and an admin, whose role has the last two.
    fn admin(change: &mut Change<'_>) -> Answer<Arc<OrganizationMembership>> {
        for slug in ["a", "b", "c"] {
            let mut permission: Permission = change.make();
            permission.slug = slug.to_owned();
            change.put(permission)?;
        }
        let mut role: StoredRole = change.copy("role_admin")?;
        role.role.permissions = vec!["b".to_owned(), "c".to_owned()];
        change.put(role)?;
        let organization: Organization = change.make();
        let mut membership: OrganizationMembership = change.make();
        membership.organization_id = change.put(organization)?.id.clone();
        membership.status = OrganizationMembershipStatus::Active;
        let mut role = SlimRole::default();
        role.slug = "admin".to_owned();
        membership.roles = Some(vec![role]);
        change.put(membership)
    }

    #[test]
    fn a_session_has_what_the_blueprint_and_the_roles_of_the_member_allow() {
        let mut state = State::new(7);
        let at = At { now: Timestamp::UNIX_EPOCH, origin: "http://localhost" };
        let (granted, _) = state.change(at, |change| {
            let admin = admin(change)?;
            let permissions = Some(["a", "b", "a"].map(str::to_owned).to_vec());
            let blueprint = create(
                change,
                CreateAgentBlueprint { permissions, ..CreateAgentBlueprint::new("A") },
            )?;
            let mut granted = Vec::new();
            for membership_id in [None, Some(admin.id.clone())] {
                let (instance, _) = instantiate(
                    change,
                    NewAgentInstance {
                        agent_blueprint_id: blueprint.id.clone(),
                        organization_id: admin.organization_id.clone(),
                        organization_membership_id: membership_id,
                    },
                )?;
                let agent_instance_id = instance.id.clone();
                let new = NewAgentSession { agent_instance_id, ..Default::default() };
                granted.push(start_session(change, new)?.session.permission_slugs.clone());
            }
            Ok(granted)
        });
        let slugs = |slugs: &[&str]| Some(slugs.iter().map(|slug| (*slug).to_owned()).collect());
        assert_eq!(granted, Ok(vec![slugs(&["a", "b"]), slugs(&["b"])]));
    }
}
