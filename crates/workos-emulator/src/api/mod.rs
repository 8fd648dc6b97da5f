//! The operations, one file per resource of the SDK.

#[macro_use]
pub(crate) mod route;
mod admin_portal;
mod agents;
mod api_keys;
mod audit_logs;
mod authorization;
mod client_api;
mod connect;
mod directory_sync;
mod events;
mod feature_flags;
mod groups;
mod multi_factor_auth;
mod organization_domains;
mod organization_membership;
mod organizations;
mod passwordless;
mod pipes;
mod pipes_provider;
mod platform_teams;
mod radar;
mod sso;
mod user_management;
mod vault;
mod webhooks;
mod widgets;

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
    client_api::ROUTES,
    connect::ROUTES,
    agents::ROUTES,
    events::ROUTES,
    feature_flags::ROUTES,
    groups::ROUTES,
    multi_factor_auth::ROUTES,
    organization_domains::ROUTES,
    organization_membership::ROUTES,
    organizations::ROUTES,
    user_management::authentication::ROUTES,
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
    sso::sign_in::ROUTES,
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
    widgets::ROUTES,
];
