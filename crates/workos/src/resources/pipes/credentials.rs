//! Credentials: the access tokens and API keys of connected accounts.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{ConnectedAccountAuthMethod, PipesApi, PipesOwnership};
use crate::model::object::entries;
use crate::page::null_as_default;
use crate::{ObjectType, SecretString};

operations! {
    PipesApi, pipes;

    /// Fetches the credentials of a connected account, whatever its authentication method: an
    /// access token, refreshed if necessary, or the API key.
    ///
    /// # Errors
    ///
    /// `account_selection_required` when several accounts match and the body selects none; 422 when
    /// the account's authentication method is not supported yet.
    #[doc(alias = "vend_credentials")]
    POST "/data-integrations/{slug}/credentials" @ "pipes/access-token"
        => create_data_integration_credential(slug, body: CreateDataIntegrationCredential)
        -> DataIntegrationCredentialsResponse;

    /// Fetches the access token of an OAuth account, refreshed if necessary.
    ///
    /// # Errors
    ///
    /// `account_selection_required` when several accounts match and the body selects none; 422
    /// `auth_method_mismatch` when the account does not use OAuth.
    POST "/data-integrations/{slug}/token" @ "pipes/access-token"
        => get_access_token(slug, body: GetDataIntegrationAccessToken)
        -> DataIntegrationAccessTokenResponse;
}

inputs! {
    /// Selects the account to use.
    CreateDataIntegrationCredential {
        /// The owner's ID or, for organization-owned accounts, that of the member to act for.
        user_id: String,
        /// The organization that owns the account, or that it is scoped to. Required for
        /// organization-owned accounts.
        organization_id: Option<String>,
        /// The ID of the account, if there are several.
        connected_account_id: Option<String>,
        /// Who owns the account; by default the user.
        connection_owner: Option<PipesOwnership>,
        /// Whether to consider all accounts, not only the one with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }
}

/// Selects the OAuth account to use.
pub type GetDataIntegrationAccessToken = CreateDataIntegrationCredential;

/// Declares a response whose field `active` says whether it has the credentials or an `error`.
macro_rules! if_active {
    ($(#[$doc:meta])* $name:ident { $key:literal: $granted:ty }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            /// The account can be used, with these credentials.
            Active($granted),
            /// The account cannot be used, for this reason.
            Inactive(ConnectedAccountError),
            /// A response that this version of the crate does not know, as the API sent it.
            Unknown(Value),
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(Value::Null)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Active(granted) => write(serializer, true, $key, granted),
                    Self::Inactive(error) => write(serializer, false, "error", error),
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let answer = Value::deserialize(deserializer)?;
                let active = answer.get("active").and_then(Value::as_bool);
                let field = |name| answer.get(name).filter(|value| !value.is_null());
                match (active, field($key), field("error")) {
                    (Some(true), Some(granted), _) => {
                        Deserialize::deserialize(granted).map(Self::Active)
                    }
                    (Some(false), _, Some(error)) => {
                        Deserialize::deserialize(error).map(Self::Inactive)
                    }
                    _ => Ok(Self::Unknown(answer)),
                }
                .map_err(D::Error::custom)
            }
        }
    };
}

if_active! {
    /// The credentials of an account, if it can be used.
    DataIntegrationCredentialsResponse { "credential": DataIntegrationVendedCredential }
}

if_active! {
    /// The access token of an account, if it can be used.
    DataIntegrationAccessTokenResponse { "access_token": DataIntegrationAccessToken }
}

fn write<S: Serializer, T: Serialize>(
    serializer: S,
    active: bool,
    key: &'static str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("active", &active)?;
    map.serialize_entry(key, value)?;
    map.end()
}

open_enum! {
    /// Why an account cannot be used.
    pub enum ConnectedAccountError {
        /// No account is connected.
        NotInstalled = "not_installed",
        /// The owner must authorize the connection again.
        NeedsReauthorization = "needs_reauthorization",
    }
}

/// The credentials of an account.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataIntegrationVendedCredential {
    /// Always `credential`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// The authentication method, which decides what the value is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub auth_method: ConnectedAccountAuthMethod,
    /// An access token, or the API key.
    pub value: SecretString,
    /// Additional settings of the provider, such as a subdomain.
    #[serde(default, deserialize_with = "entries")]
    pub config: BTreeMap<String, String>,
    /// Details of an access token; `None` for an API key.
    #[serde(flatten)]
    pub token: Option<VendedTokenDetails>,
}

/// Details of the access token of a [`DataIntegrationVendedCredential`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VendedTokenDetails {
    /// When the token expires, in RFC 3339.
    pub expires_at: Option<String>,
    /// The granted scopes. Without this field on the wire there is no token.
    #[serde(deserialize_with = "null_as_default")]
    pub scopes: Vec<String>,
    /// Scopes that the integration requests but the user did not grant.
    #[serde(default, deserialize_with = "null_as_default")]
    pub missing_scopes: Vec<String>,
    /// Other fields of the provider's token response, such as Salesforce's `instance_url`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub metadata: BTreeMap<String, Value>,
}

objects! {
    /// The access token of an account.
    DataIntegrationAccessToken {
        /// Always `access_token`.
        object: ObjectType,
        /// The token itself.
        access_token: SecretString,
        /// When the token expires, in RFC 3339.
        expires_at: Option<String>,
        /// The granted scopes.
        scopes: Vec<String>,
        /// Scopes that the integration requests but the user did not grant.
        missing_scopes: Vec<String>,
    }
}
