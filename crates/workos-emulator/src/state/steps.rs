//! Random changes, for the tests of this directory.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use workos::agents::{AgentBlueprint, AgentInstance, AgentInstanceSession};
use workos::organizations::OrganizationDomain;
use workos::webhooks::{WebhookEndpoint, WebhookEndpointStatus};
use workos::{EventName, Group, Organization, OrganizationMembership, Session, Timestamp, User};

use super::clock::ClockState;
use super::collection::Entity;
use super::messages::EmailKind;
use crate::passwords::PasswordHash;

use super::{AgentSession, At, Change, KEPT_EVENTS, LogoutToken, Member, State, StoredPassword};
use crate::reply::{Answer, Refusal};
use crate::signing::DEFAULT_SIGNING;

/// When all changes of these tests happen.
pub(crate) const AT: At<'static> = At {
    now: Timestamp::UNIX_EPOCH,
    origin: "http://localhost",
    signing: &DEFAULT_SIGNING,
    event_delay: Duration::ZERO,
    kept_events: KEPT_EVENTS,
    clock: ClockState::SYSTEM,
};

/// Something that a handler does, with small numbers for what it does it to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    verb: Verb,
    this: usize,
    that: usize,
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    /// With an ID that was drawn.
    AddOrganization,
    /// With an ID as in a seed file; one that is there is replaced.
    NameOrganization,
    MoveDomain,
    AddUser,
    ChangeEmail,
    SetPassword,
    StartSession,
    AddMember,
    AddGroup,
    JoinGroup,
    AddAgent,
    AddEndpoint,
    SendMail,
    /// With a token that expired a day before, or will expire.
    SignOut,
    RemoveOrganization,
    RemoveUser,
    RemoveMember,
    RemoveGroup,
}

const VERBS: [Verb; 18] = [
    Verb::AddOrganization,
    Verb::NameOrganization,
    Verb::MoveDomain,
    Verb::AddUser,
    Verb::ChangeEmail,
    Verb::SetPassword,
    Verb::StartSession,
    Verb::AddMember,
    Verb::AddGroup,
    Verb::JoinGroup,
    Verb::AddAgent,
    Verb::AddEndpoint,
    Verb::SendMail,
    Verb::SignOut,
    Verb::RemoveOrganization,
    Verb::RemoveUser,
    Verb::RemoveMember,
    Verb::RemoveGroup,
];

/// Some steps one after the other.
pub(super) fn steps(count: Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::sample::select(&VERBS[..]), 0usize..5, 0usize..5);
    prop::collection::vec(step.prop_map(|(verb, this, that)| Step { verb, this, that }), count)
}

/// The state after these steps, each of which is a change of its own.
pub(super) fn after(steps: &[Step]) -> State {
    let mut state = State::new(7);
    for step in steps {
        drop(state.change(AT, None, |change| step.take(change)));
    }
    state
}

/// All that a state holds, in words.
pub(super) fn contents(state: &State) -> Vec<(&'static str, Vec<String>)> {
    let mut contents = state.store.contents();
    let emails = state.mail.emails().map(|email| format!("{email:?}")).collect();
    let texts = state.mail.texts().map(|text| format!("{text:?}")).collect();
    let deliveries = state.deliveries.all().map(|delivery| format!("{delivery:?}")).collect();
    contents.extend([("emails", emails), ("texts", texts), ("deliveries", deliveries)]);
    contents
}

impl Step {
    /// Takes the step, unless something is in the way.
    pub(super) fn take(self, change: &mut Change<'_>) -> Answer<()> {
        let Self { verb, this, that } = self;
        match verb {
            Verb::AddOrganization => {
                let organization = change.make();
                add_organization(change, organization, that)
            }
            Verb::NameOrganization => {
                let mut organization: Organization = change.make();
                organization.id = format!("org_{this}");
                add_organization(change, organization, that)
            }
            Verb::MoveDomain => {
                let mut organization = Organization::clone(&*nth::<Organization>(change, this)?);
                organization.domains = vec![domain(that)];
                change.update(organization).map(drop)
            }
            Verb::AddUser => {
                let mut user: User = change.make();
                user.email = format!("user{this}@example.com");
                change.insert(user).map(drop)
            }
            Verb::ChangeEmail => {
                let mut user = User::clone(&*nth::<User>(change, this)?);
                user.email = format!("user{that}@example.com");
                change.update(user).map(drop)
            }
            Verb::SetPassword => {
                let id = nth::<User>(change, this)?.id.clone();
                change
                    .put(StoredPassword { id, hash: PasswordHash::new(&that.to_string(), [0; 16]) })
                    .map(drop)
            }
            Verb::StartSession => {
                let mut session: Session = change.make();
                session.user_id.clone_from(&nth::<User>(change, this)?.id);
                session.organization_id =
                    nth::<Organization>(change, that).ok().map(|row| row.id.clone());
                change.insert(session).map(drop)
            }
            Verb::AddMember => {
                let mut membership: OrganizationMembership = change.make();
                membership.user_id.clone_from(&nth::<User>(change, this)?.id);
                membership.organization_id.clone_from(&nth::<Organization>(change, that)?.id);
                change.insert(membership).map(drop)
            }
            Verb::AddGroup => {
                let mut group: Group = change.make();
                group.organization_id.clone_from(&nth::<Organization>(change, this)?.id);
                change.insert(group).map(drop)
            }
            Verb::JoinGroup => {
                let id = change.id(Member::PREFIX);
                let group_id = nth::<Group>(change, this)?.id.clone();
                let membership_id = nth::<OrganizationMembership>(change, that)?.id.clone();
                change.insert(Member { id, group_id, membership_id }).map(drop)
            }
            Verb::AddAgent => add_agent(change, this, that),
            Verb::AddEndpoint => {
                let mut endpoint: WebhookEndpoint = change.make();
                endpoint.endpoint_url = format!("http://localhost/{this}");
                endpoint.status = WebhookEndpointStatus::Enabled;
                endpoint.events = vec![EventName::OrganizationCreated, EventName::UserDeleted];
                change.insert(endpoint).map(drop)
            }
            Verb::SendMail => {
                change.mail("ada@example.com", EmailKind::EmailChange, None, "user_1");
                Ok(())
            }
            Verb::SignOut => {
                let id = change.id(LogoutToken::PREFIX);
                let day = Duration::from_secs(24 * 60 * 60);
                let expires_at = if that < 3 { change.now() - day } else { change.now() + day };
                let (token, profile_id) = (this.to_string(), "prof_1".to_owned());
                change.put(LogoutToken { id, token, profile_id, expires_at }).map(drop)
            }
            Verb::RemoveOrganization => remove::<Organization>(change, this),
            Verb::RemoveUser => remove::<User>(change, this),
            Verb::RemoveMember => remove::<OrganizationMembership>(change, this),
            Verb::RemoveGroup => remove::<Group>(change, this),
        }
    }
}

fn add_organization(
    change: &mut Change<'_>,
    mut organization: Organization,
    number: usize,
) -> Answer<()> {
    organization.domains = vec![domain(number)];
    change.insert(organization).map(drop)
}

fn domain(number: usize) -> OrganizationDomain {
    let mut domain = OrganizationDomain::default();
    domain.id = format!("org_domain_{number}");
    domain.domain = format!("{number}.example.com");
    domain
}

/// A blueprint, with an instance for a member that has a session.
fn add_agent(change: &mut Change<'_>, this: usize, that: usize) -> Answer<()> {
    let member = nth::<OrganizationMembership>(change, this)?;
    let mut blueprint: AgentBlueprint = change.make();
    blueprint.name = format!("Agent {that}");
    let mut instance: AgentInstance = change.make();
    instance.agent_blueprint_id = change.insert(blueprint)?.id.clone();
    instance.organization_id.clone_from(&member.organization_id);
    instance.organization_membership_id = Some(member.id.clone());
    let mut session = AgentInstanceSession::default();
    session.id = change.id(AgentSession::PREFIX);
    session.expires_at = Timestamp::MAX;
    let blueprint_id = instance.agent_blueprint_id.clone();
    session.agent_instance_id = change.insert(instance)?.id.clone();
    let id = session.id.clone();
    change.insert(AgentSession { id, blueprint_id, parent_id: None, session }).map(drop)
}

/// One of the rows of a type, if there is any.
fn nth<T: Entity>(change: &Change<'_>, number: usize) -> Answer<Arc<T>> {
    let rows = T::collection(change);
    let row = rows.iter().nth(number.checked_rem(rows.len()).unwrap_or_default());
    row.cloned().ok_or_else(|| Refusal::not_found(T::NAME, "any"))
}

fn remove<T: Entity>(change: &mut Change<'_>, number: usize) -> Answer<()> {
    let id = nth::<T>(change, number)?.id().to_owned();
    change.remove::<T>(&id).map(drop)
}
