//! Where the official emulator, `@workos/emulate`, stores something different.

use workos::EventData;
use workos::pipes::ConnectedAccountState;

/// The prefix of IDs that the official emulator has for one of the API.
pub(super) fn prefix(prefix: &str) -> &str {
    match prefix {
        "external_auth" => "ext_auth",
        "authz_resource" => "auth_res",
        "invitation" => "inv",
        "conn_app" => "connect_app",
        "redirect_uri" => "redir",
        "cors_origin" => "cors",
        other => other,
    }
}

/// Adjusts the payload of an event. A deleted role has no permissions, a deleted account is not
/// connected, and a membership has no user and only its first role.
pub(super) fn told(mut data: EventData) -> EventData {
    match &mut data {
        EventData::RoleDeleted(role) => role.permissions = None,
        EventData::PipesConnectedAccountDisconnected(account)
        | EventData::PipesAccountConnectionDisconnected(account) => {
            account.state = ConnectedAccountState::Disconnected;
        }
        EventData::OrganizationMembershipCreated(membership)
        | EventData::OrganizationMembershipUpdated(membership)
        | EventData::OrganizationMembershipDeleted(membership) => {
            (membership.roles, membership.user) = (None, None);
        }
        _ => {}
    }
    data
}
