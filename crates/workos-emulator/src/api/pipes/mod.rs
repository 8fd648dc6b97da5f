//! Pipes: accounts of users and organizations at third-party providers.

pub(super) mod connected_accounts;
pub(super) mod connecting;
pub(super) mod credentials;
pub(super) mod data_integrations;
pub(super) mod data_providers;
