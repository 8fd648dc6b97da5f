//! SSO connections and the certificates of those that use SAML.

pub(crate) mod certificates;
pub(crate) mod connections;
