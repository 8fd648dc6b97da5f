//! SSO connections and the certificates of those that use SAML.

pub(super) mod certificates;
pub(super) mod connections;
pub(super) mod sign_in;
