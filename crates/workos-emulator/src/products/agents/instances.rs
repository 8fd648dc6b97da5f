//! The instances of blueprints, and their sessions.

use std::sync::Arc;

use serde::Deserialize;
use workos::agents::*;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::{ObjectType, Organization, OrganizationMembership};

use super::after;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{AgentSession, Change, Store};

/// An agent in an organization, for [`Fixtures::agent_instance`].
///
/// [`Fixtures::agent_instance`]: crate::Fixtures::agent_instance
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAgentInstance {
    /// The blueprint.
    pub agent_blueprint_id: String,
    /// The organization that it acts in.
    pub organization_id: String,
    /// The membership of the user for whom it acts; `None` if it is autonomous.
    pub organization_membership_id: Option<String>,
}

/// A session of an agent, for [`Fixtures::agent_session`].
///
/// [`Fixtures::agent_session`]: crate::Fixtures::agent_session
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAgentSession {
    /// The instance.
    pub agent_instance_id: String,
    /// The session of the same instance whose token started this one.
    pub parent_session_id: Option<String>,
    /// The lifetime; by default what the blueprint allows.
    pub expires_in_seconds: Option<u64>,
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
    session.expires_at = after(change, lifetime);
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

/// Gives a session the permissions that its instance has now.
pub(crate) fn renew_permissions(change: &mut Change<'_>, mut session: AgentSession) -> Answer<()> {
    let instance = change.one::<AgentInstance>(&session.session.agent_instance_id)?.clone();
    let blueprint = change.one::<AgentBlueprint>(&session.blueprint_id)?.clone();
    session.session.permission_slugs = Some(permissions(change, &blueprint, &instance));
    change.put(session).map(drop)
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
    use workos::{Permission, SlimRole};

    use super::*;
    use crate::products::agents::blueprints::create;
    use crate::state::steps::AT;
    use crate::state::{Live, State, StoredRole};

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
        let mut live = Live::new(State::new(7));
        let (granted, _) = live.change(AT, |change| {
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
