//! The operations, one file per resource of the SDK.

#[macro_use]
pub(crate) mod route;
pub(crate) mod admin_portal;
pub(crate) mod agents;
pub(crate) mod api_keys;
pub(crate) mod audit_logs;
pub(crate) mod authorization;
pub(crate) mod connect;
mod directory_sync;
mod events;
pub(crate) mod feature_flags;
pub(crate) mod groups;
pub(crate) mod multi_factor_auth;
mod organization_domains;
pub(crate) mod organization_membership;
pub(crate) mod organizations;
mod passwordless;
pub(crate) mod pipes;
mod pipes_provider;
pub(crate) mod platform_teams;
pub(crate) mod radar;
pub(crate) mod sso;
pub(crate) mod user_management;
pub(crate) mod vault;
pub(crate) mod webhooks;

use self::route::Route;

/// All operations that are served.
pub(crate) static ROUTES: &[&[Route]] = &[
    api_keys::ROUTES,
    authorization::access::ROUTES,
    authorization::permissions::ROUTES,
    authorization::resources::ROUTES,
    authorization::role_assignments::ROUTES,
    authorization::roles::ROUTES,
    admin_portal::ROUTES,
    audit_logs::ROUTES,
    directory_sync::ROUTES,
    connect::ROUTES,
    agents::ROUTES,
    events::ROUTES,
    feature_flags::ROUTES,
    groups::ROUTES,
    multi_factor_auth::ROUTES,
    organization_domains::ROUTES,
    organization_membership::ROUTES,
    organizations::ROUTES,
    user_management::invitations::ROUTES,
    user_management::login_tokens::ROUTES,
    user_management::settings::ROUTES,
    user_management::user_api_keys::ROUTES,
    passwordless::ROUTES,
    platform_teams::ROUTES,
    radar::ROUTES,
    user_management::radar_challenges::ROUTES,
    sso::certificates::ROUTES,
    sso::connections::ROUTES,
    pipes::connected_accounts::ROUTES,
    pipes::connecting::ROUTES,
    pipes::credentials::ROUTES,
    pipes::data_integrations::ROUTES,
    pipes::data_providers::ROUTES,
    pipes_provider::ROUTES,
    user_management::authorized_applications::ROUTES,
    user_management::users::ROUTES,
    user_management::waitlists::ROUTES,
    vault::ROUTES,
    webhooks::ROUTES,
];
