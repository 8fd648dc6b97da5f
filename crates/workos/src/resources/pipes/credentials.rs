//! Credentials: what a connected account is used with.

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

    /// Fetches what an account is used with, whatever its kind: an access token, refreshed where
    /// necessary, or the API key.
    ///
    /// # Errors
    ///
    /// `account_selection_required` when several accounts fit and the body chooses none of them;
    /// 422 when the account authenticates in a way that is not supported yet.
    POST "/data-integrations/{slug}/credentials"
        => create_data_integration_credential(slug, body: CreateDataIntegrationCredential)
        -> DataIntegrationCredentialsResponse;

    /// Fetches the access token of an OAuth account, refreshed where necessary.
    ///
    /// # Errors
    ///
    /// `account_selection_required` when several accounts fit and the body chooses none of them;
    /// 422 `auth_method_mismatch` when the account does not use OAuth.
    POST "/data-integrations/{slug}/token"
        => get_access_token(slug, body: GetDataIntegrationAccessToken) -> DataIntegrationAccessTokenResponse;
}

inputs! {
    /// The account to use.
    CreateDataIntegrationCredential {
        /// Its owner or, where an organization owns it, the member it is used for.
        user_id: String,
        /// The organization it belongs or is limited to. Required where an organization owns it.
        organization_id: Option<String>,
        /// The very account, where there are several.
        connected_account_id: Option<String>,
        /// Who owns it; the user, if left out.
        connection_owner: Option<PipesOwnership>,
        /// Whether to look beyond the account with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }
}

/// The OAuth account to use.
pub type GetDataIntegrationAccessToken = CreateDataIntegrationCredential;

/// Declares an answer that tells by `active` whether it has what was asked for or an `error`.
macro_rules! if_active {
    ($(#[$doc:meta])* $name:ident { $key:literal: $granted:ty }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            /// It can, with this.
            Active($granted),
            /// It cannot, for this reason.
            Inactive(ConnectedAccountError),
            /// An answer that this version of the crate does not know, as the API sent it.
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
    /// What an account is used with, if it can be used.
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
        /// There is none.
        NotInstalled = "not_installed",
        /// Its owner has to give their consent again.
        NeedsReauthorization = "needs_reauthorization",
    }
}

/// What an account is used with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataIntegrationVendedCredential {
    /// Always `credential`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: ObjectType,
    /// What kind of account it is, and with that, of value.
    #[serde(default, deserialize_with = "null_as_default")]
    pub auth_method: ConnectedAccountAuthMethod,
    /// An access token, or the API key.
    pub value: SecretString,
    /// What the provider has to know besides, such as a subdomain.
    #[serde(default, deserialize_with = "entries")]
    pub config: BTreeMap<String, String>,
    /// More about an access token; not there for an API key.
    #[serde(flatten)]
    pub token: Option<VendedTokenDetails>,
}

/// What there is to know about the access token of a [`DataIntegrationVendedCredential`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VendedTokenDetails {
    /// Until when it works, in RFC 3339.
    pub expires_at: Option<String>,
    /// What it may be used for. Without this field on the wire there is no token.
    #[serde(deserialize_with = "null_as_default")]
    pub scopes: Vec<String>,
    /// What the integration asks for, but the user did not allow.
    #[serde(default, deserialize_with = "null_as_default")]
    pub missing_scopes: Vec<String>,
    /// What else the provider said with it, such as Salesforce's `instance_url`.
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
        /// Until when it works, in RFC 3339.
        expires_at: Option<String>,
        /// What it may be used for.
        scopes: Vec<String>,
        /// What the integration asks for, but the user did not allow.
        missing_scopes: Vec<String>,
    }
}
