//! What events say about the tables.

use serde_json::Value;
use workos::events::{EventName, RawEvent};
use workos::helpers::events::BoxError;

use crate::tables::*;

/// What an event of this name does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    /// It has the object as it is now.
    Put,
    /// It has the object as it is now, in this field.
    PutField(&'static str),
    /// It has the object that was deleted.
    Remove,
    /// It has only a part of the object: the rest is fetched from WorkOS.
    Look,
    /// A directory user is in a group now.
    Join,
    /// A directory user is not in a group any more.
    Leave,
}

use Effect::*;
use EventName as Name;

/// The events that the mirror follows.
static EVENTS: [(EventName, Effect, &Table); 40] = [
    (Name::OrganizationCreated, Put, &ORGANIZATIONS),
    (Name::OrganizationUpdated, Put, &ORGANIZATIONS),
    (Name::OrganizationDeleted, Remove, &ORGANIZATIONS),
    (Name::OrganizationDomainCreated, Put, &ORGANIZATION_DOMAINS),
    (Name::OrganizationDomainUpdated, Put, &ORGANIZATION_DOMAINS),
    (Name::OrganizationDomainVerified, Put, &ORGANIZATION_DOMAINS),
    (
        Name::OrganizationDomainVerificationFailed,
        PutField("organization_domain"),
        &ORGANIZATION_DOMAINS,
    ),
    (Name::OrganizationDomainDeleted, Remove, &ORGANIZATION_DOMAINS),
    (Name::UserCreated, Put, &USERS),
    (Name::UserUpdated, Put, &USERS),
    (Name::UserDeleted, Remove, &USERS),
    (Name::OrganizationMembershipCreated, Put, &ORGANIZATION_MEMBERSHIPS),
    (Name::OrganizationMembershipUpdated, Put, &ORGANIZATION_MEMBERSHIPS),
    (Name::OrganizationMembershipDeleted, Remove, &ORGANIZATION_MEMBERSHIPS),
    // Without ID and name.
    (Name::RoleCreated, Look, &ROLES),
    (Name::RoleUpdated, Look, &ROLES),
    (Name::RoleDeleted, Remove, &ROLES),
    (Name::OrganizationRoleCreated, Look, &ROLES),
    (Name::OrganizationRoleUpdated, Look, &ROLES),
    (Name::OrganizationRoleDeleted, Remove, &ROLES),
    (Name::ConnectionActivated, Look, &CONNECTIONS),
    (Name::ConnectionDeactivated, Look, &CONNECTIONS),
    (Name::ConnectionDeleted, Remove, &CONNECTIONS),
    // Without domain, and with other names for the states.
    (Name::DsyncActivated, Look, &DIRECTORIES),
    (Name::DsyncDeleted, Remove, &DIRECTORIES),
    (Name::DsyncGroupCreated, Put, &DIRECTORY_GROUPS),
    (Name::DsyncGroupUpdated, Put, &DIRECTORY_GROUPS),
    (Name::DsyncGroupDeleted, Remove, &DIRECTORY_GROUPS),
    (Name::DsyncUserCreated, Put, &DIRECTORY_USERS),
    (Name::DsyncUserUpdated, Put, &DIRECTORY_USERS),
    (Name::DsyncUserDeleted, Remove, &DIRECTORY_USERS),
    (Name::DsyncGroupUserAdded, Join, &DIRECTORY_GROUP_MEMBERS),
    (Name::DsyncGroupUserRemoved, Leave, &DIRECTORY_GROUP_MEMBERS),
    (Name::FlagCreated, Put, &FEATURE_FLAGS),
    (Name::FlagUpdated, Put, &FEATURE_FLAGS),
    (Name::FlagRuleUpdated, Put, &FEATURE_FLAGS),
    (Name::FlagDeleted, Remove, &FEATURE_FLAGS),
    (Name::FeatureFlagsFlagCreated, Put, &FEATURE_FLAGS),
    (Name::FeatureFlagsFlagUpdated, Put, &FEATURE_FLAGS),
    (Name::FeatureFlagsFlagDeleted, Remove, &FEATURE_FLAGS),
];

/// The names of the events that the mirror follows.
pub(crate) fn names() -> impl Iterator<Item = EventName> {
    EVENTS.iter().map(|(name, ..)| name.clone())
}

/// Something to do with a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Put(Row),
    /// What was deleted, and when.
    Remove {
        id: String,
        at: String,
    },
    Look(Lookup),
}

/// An object that WorkOS has to be asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lookup {
    pub(crate) id: String,
    pub(crate) path: String,
    /// The organization of a role.
    pub(crate) parent: Option<String>,
}

/// Reads what an event says.
pub(crate) fn steps(event: &RawEvent) -> Result<Vec<(&'static Table, Step)>, BoxError> {
    let known = EVENTS.iter().find(|(name, ..)| *name == event.event);
    let Some((_, effect, table)) = known else { return Ok(Vec::new()) };
    let payload: Value = event.payload()?;
    let object = match effect {
        PutField(field) => at(&payload, field).cloned().unwrap_or_default(),
        Join | Leave => {
            let group_id = at(&payload, "group/id").and_then(Value::as_str);
            let user = payload.get("user").unwrap_or(&Value::Null);
            member(group_id, user, event.created_at)
        }
        _ => payload,
    };
    if matches!(effect, Put | PutField(_) | Join) {
        let rows = table.read(object)?.into_iter();
        return Ok(rows.map(|(table, row)| (table, Step::Put(row))).collect());
    }
    let row = table.row(&object)?;
    let step = if *effect == Look {
        let path = table.location(&row).ok_or("WorkOS has no such object for itself")?;
        let parent = row.get(table, "organization_id").map(str::to_owned);
        Step::Look(Lookup { id: row.id, path, parent })
    } else {
        // The object may have been changed last on a machine whose clock is ahead.
        let at = sortable(event.created_at).max(row.clock.unwrap_or_default());
        Step::Remove { id: row.id, at }
    };
    Ok(vec![(table, step)])
}
