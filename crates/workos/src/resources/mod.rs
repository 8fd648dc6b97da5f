//! The API, one module per resource: its operations, its parameters and its types.
//!
//! Every module is also at the root of the crate, and so is every type:
//! `workos::organizations::CreateOrganization` is `workos::CreateOrganization`. (Where two
//! resources have a type of the same name, such as `ListUsersParams`, it is only in their modules.)
//!
//! # Errors
//!
//! Any operation can fail with 400 or 422 (the request is invalid; the error names the fields), 401
//! (the API key is invalid), 403 (the key lacks permission), 404 (an ID in the path does not
//! exist), 409 (a conflict with the current state), 429 (rate limited) and 5xx. The `# Errors`
//! section of an operation lists further codes that a program can act on.

#[macro_use]
mod operations;

#[cfg(feature = "admin_portal")]
pub mod admin_portal;
#[cfg(feature = "agents")]
pub mod agents;
#[cfg(feature = "api_keys")]
pub mod api_keys;
#[cfg(feature = "audit_logs")]
pub mod audit_logs;
#[cfg(feature = "authorization")]
pub mod authorization;
#[cfg(feature = "client_api")]
pub mod client_api;
mod common;
#[cfg(feature = "connect")]
pub mod connect;
#[cfg(feature = "directory_sync")]
pub mod directory_sync;
#[cfg(feature = "events")]
pub mod events;
#[cfg(feature = "feature_flags")]
pub mod feature_flags;
#[cfg(feature = "groups")]
pub mod groups;
#[cfg(feature = "multi_factor_auth")]
pub mod multi_factor_auth;
#[cfg(feature = "organization_domains")]
pub mod organization_domains;
#[cfg(feature = "organization_membership")]
pub mod organization_membership;
#[cfg(feature = "organizations")]
pub mod organizations;
#[cfg(feature = "passwordless")]
pub mod passwordless;
#[cfg(feature = "pipes")]
pub mod pipes;
#[cfg(feature = "pipes_provider")]
pub mod pipes_provider;
#[cfg(feature = "platform_teams")]
pub mod platform_teams;
#[cfg(feature = "radar")]
pub mod radar;
#[cfg(feature = "sso")]
pub mod sso;
#[cfg(feature = "user_management")]
pub mod user_management;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "webhooks")]
pub mod webhooks;
#[cfg(feature = "widgets")]
pub mod widgets;

#[cfg(feature = "admin_portal")]
pub use self::admin_portal::*;
#[cfg(feature = "agents")]
pub use self::agents::*;
#[cfg(feature = "api_keys")]
pub use self::api_keys::*;
#[cfg(feature = "audit_logs")]
pub use self::audit_logs::*;
#[cfg(feature = "authorization")]
pub use self::authorization::*;
#[cfg(feature = "client_api")]
pub use self::client_api::*;
pub use self::common::*;
#[cfg(feature = "connect")]
pub use self::connect::*;
#[cfg(feature = "directory_sync")]
pub use self::directory_sync::*;
#[cfg(feature = "events")]
pub use self::events::*;
#[cfg(feature = "feature_flags")]
pub use self::feature_flags::*;
#[cfg(feature = "groups")]
pub use self::groups::*;
#[cfg(feature = "multi_factor_auth")]
pub use self::multi_factor_auth::*;
#[cfg(feature = "organization_domains")]
pub use self::organization_domains::*;
#[cfg(feature = "organization_membership")]
pub use self::organization_membership::*;
#[cfg(feature = "organizations")]
pub use self::organizations::*;
#[cfg(feature = "passwordless")]
pub use self::passwordless::*;
#[cfg(feature = "pipes")]
pub use self::pipes::*;
#[cfg(feature = "pipes_provider")]
pub use self::pipes_provider::*;
#[cfg(feature = "platform_teams")]
pub use self::platform_teams::*;
#[cfg(feature = "radar")]
pub use self::radar::*;
#[cfg(feature = "sso")]
pub use self::sso::*;
#[cfg(feature = "user_management")]
pub use self::user_management::*;
#[cfg(feature = "vault")]
pub use self::vault::*;
#[cfg(feature = "webhooks")]
pub use self::webhooks::*;
#[cfg(feature = "widgets")]
pub use self::widgets::*;

// The official crate has another type of this name beside memberships, which is not at the root.
#[cfg(feature = "authorization")]
pub use self::authorization::Role;

/// Two resources each have a type of these names, so the crate root has none: a private import
/// hides what the globs above would export. rustc reports a new one (`ambiguous_glob_reexports`).
#[allow(unused_imports, hidden_glob_reexports)]
use std::convert::{
    Infallible as CreateTokenParams, Infallible as GetAuthorizationUrlParams,
    Infallible as GetLogoutUrlParams, Infallible as ListSessionsParams,
    Infallible as ListUsersParams,
};

/// The operations of every topic file.
#[cfg(feature = "requests")]
pub(crate) const OPERATIONS: &[&[crate::contract::entry::Entry]] = &[
    admin_portal::OPERATIONS,
    agents::blueprints::OPERATIONS,
    agents::registrations::OPERATIONS,
    api_keys::OPERATIONS,
    audit_logs::OPERATIONS,
    authorization::access::OPERATIONS,
    authorization::permissions::OPERATIONS,
    authorization::resources::OPERATIONS,
    authorization::role_assignments::OPERATIONS,
    authorization::roles::OPERATIONS,
    client_api::OPERATIONS,
    connect::OPERATIONS,
    directory_sync::OPERATIONS,
    events::OPERATIONS,
    feature_flags::OPERATIONS,
    groups::OPERATIONS,
    multi_factor_auth::OPERATIONS,
    organization_domains::OPERATIONS,
    organization_membership::OPERATIONS,
    organizations::OPERATIONS,
    passwordless::OPERATIONS,
    pipes::connected_accounts::OPERATIONS,
    pipes::connecting::OPERATIONS,
    pipes::credentials::OPERATIONS,
    pipes::data_integrations::OPERATIONS,
    pipes::data_providers::OPERATIONS,
    pipes_provider::OPERATIONS,
    platform_teams::OPERATIONS,
    radar::OPERATIONS,
    sso::certificates::OPERATIONS,
    sso::connections::OPERATIONS,
    sso::sign_in::OPERATIONS,
    sso::sign_in::PLAIN_OPERATIONS,
    user_management::authentication::OPERATIONS,
    user_management::invitations::OPERATIONS,
    user_management::login_tokens::OPERATIONS,
    user_management::settings::OPERATIONS,
    user_management::user_api_keys::OPERATIONS,
    user_management::users::OPERATIONS,
    user_management::waitlists::OPERATIONS,
    vault::OPERATIONS,
    webhooks::OPERATIONS,
    widgets::OPERATIONS,
];
