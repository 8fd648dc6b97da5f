//! What the official emulator, `@workos/emulate`, has otherwise in all that is stored.

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

/// What an event tells. A role that is gone has no permissions, an account that is gone is not
/// connected, and a membership is told of without its user and other roles than the first.
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
