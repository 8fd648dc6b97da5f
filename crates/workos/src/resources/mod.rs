//! The API, one module per resource: its operations, its parameters and its types.
//!
//! Every module is also at the root of the crate, and so is every type:
//! `workos::organizations::OrganizationInput` is `workos::OrganizationInput`. (Where two resources
//! have a type of the same name, such as `ListUsersParams`, it is only in their modules.)
//!
//! # Errors
//!
//! Any operation can be answered with 400 or 422 (the request is invalid; the error tells the
//! fields), 401 (the API key), 403 (what the key may do), 404 (an id in the path), 409 (a conflict
//! with what is there), 429 and 5xx. An operation's own `# Errors` names the codes beyond that which
//! a program can act upon.

pub mod admin_portal;
pub mod agents;
pub mod api_keys;
pub mod audit_logs;
pub mod authorization;
pub mod client_api;
mod common;
pub mod connect;
pub mod directory_sync;
pub mod events;
pub mod feature_flags;
pub mod groups;
pub mod multi_factor_auth;
pub mod organization_domains;
pub mod organization_membership;
pub mod organizations;
pub mod passwordless;
pub mod pipes;
pub mod pipes_provider;
pub mod platform_teams;
pub mod radar;
pub mod sso;
pub mod user_management;
pub mod vault;
pub mod webhooks;
pub mod widgets;

pub use self::common::*;
// Where two modules have a name in common, it stays theirs.
#[allow(ambiguous_glob_reexports)]
pub use self::{
    admin_portal::*, agents::*, api_keys::*, audit_logs::*, authorization::*, client_api::*,
    connect::*, directory_sync::*, events::*, feature_flags::*, groups::*, multi_factor_auth::*,
    organization_domains::*, organization_membership::*, organizations::*, passwordless::*,
    pipes::*, pipes_provider::*, platform_teams::*, radar::*, sso::*, user_management::*, vault::*,
    webhooks::*, widgets::*,
};

/// The operations of every topic file.
#[cfg(feature = "contract")]
pub(crate) const OPERATIONS: &[&[crate::contract::Entry]] = &[
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
    pipes::connected_accounts::PLAIN_OPERATIONS,
    pipes::credentials::OPERATIONS,
    pipes::data_integrations::OPERATIONS,
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
