//! What belongs to an SSO connection.

use serde::{Deserialize, Serialize};
use workos::EventData;
use workos::sso::{
    Connection, ConnectionAttributeMaps, ConnectionState, ConnectionType,
    CreateConnectionOidcOptions, CreateConnectionSAMLOptions, SamlCertificate,
};

use crate::state::collection::Happened;

/// A connection with its settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredConnection {
    pub(crate) id: String,
    /// Its domains are those that are not the organization's.
    pub(crate) connection: Connection,
    pub(crate) external_id: Option<String>,
    pub(crate) attribute_maps: ConnectionAttributeMaps,
    /// Without the certificates, which are rows of their own.
    pub(crate) saml_options: CreateConnectionSAMLOptions,
    pub(crate) oidc_options: CreateConnectionOidcOptions,
}

impl StoredConnection {
    pub(crate) fn organization_id(&self) -> &str {
        self.connection.organization_id.as_deref().unwrap_or_default()
    }
}

/// Of a connection without a type, no event tells. The other events have the domains of the
/// organization, which the row has not.
pub(in crate::state) fn of_connection(
    row: &StoredConnection,
    happened: Happened,
) -> Option<EventData> {
    let has_type = row.connection.connection_type != ConnectionType::Pending;
    (happened == Happened::Deleted && has_type).then(|| {
        let mut payload = row.connection.clone();
        payload.external_key = None;
        payload.status = None;
        payload.state = ConnectionState::Deleting;
        EventData::ConnectionDeleted(payload)
    })
}

/// A certificate of a SAML connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredCertificate {
    pub(crate) id: String,
    pub(crate) connection_id: String,
    pub(crate) certificate: SamlCertificate,
}
