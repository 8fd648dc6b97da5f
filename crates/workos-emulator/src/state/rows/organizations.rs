//! What belongs to an organization.

use serde::{Deserialize, Serialize};
use workos::{
    AuditLogConfiguration, EventData, GroupMember, ItContact, Organization, OrganizationMembership,
};

use crate::state::collection::Happened;

/// Without a field that the API has deprecated.
pub(in crate::state) fn of_organization(
    row: &Organization,
    happened: Happened,
) -> Option<EventData> {
    let mut payload = row.clone();
    payload.allow_profiles_outside_organization = None;
    Some(match happened {
        Happened::Created => EventData::OrganizationCreated(payload),
        Happened::Updated => EventData::OrganizationUpdated(payload),
        Happened::Deleted => EventData::OrganizationDeleted(payload),
    })
}

/// An IT contact of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) contact: ItContact,
    pub(crate) is_invited: bool,
}

/// The audit log configuration of an organization, under its ID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditLogSettings {
    pub(crate) id: String,
    pub(crate) configuration: AuditLogConfiguration,
}

pub(in crate::state) fn of_membership(
    row: &OrganizationMembership,
    happened: Happened,
) -> Option<EventData> {
    let mut payload = row.clone();
    payload.custom_attributes.get_or_insert_default();
    Some(match happened {
        Happened::Created => EventData::OrganizationMembershipCreated(payload),
        Happened::Updated => EventData::OrganizationMembershipUpdated(payload),
        Happened::Deleted => EventData::OrganizationMembershipDeleted(payload),
    })
}

/// A membership in a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) membership_id: String,
}

pub(in crate::state) fn of_member(row: &Member, happened: Happened) -> Option<EventData> {
    let mut member = GroupMember::default();
    member.group_id.clone_from(&row.group_id);
    member.organization_membership_id.clone_from(&row.membership_id);
    match happened {
        Happened::Created => Some(EventData::GroupMemberAdded(member)),
        Happened::Updated => None,
        Happened::Deleted => Some(EventData::GroupMemberRemoved(member)),
    }
}
