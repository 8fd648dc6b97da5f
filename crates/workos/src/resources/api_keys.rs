//! API keys: credentials that your customers use to call your API.
//!
//! A key belongs to an organization or to a user. WorkOS returns its value once, at creation. Your
//! API validates the key that a request carries and learns its owner and permissions.
//!
//! ```no_run
//! use workos::api_keys::{ApiKeyOwner, CreateOrganizationApiKey, ExpireApiKey, ValidateApiKey};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let api_keys = client.api_keys();
//!
//! let key = api_keys
//!     .create_organization_api_key(
//!         "org_01EHZNVPK3SFK441A1RGBFSHRT",
//!         CreateOrganizationApiKey {
//!             permissions: Some(vec!["posts:read".into()]),
//!             ..CreateOrganizationApiKey::new("Production")
//!         },
//!     )
//!     .await?;
//! let value = key.value.unwrap_or_default(); // returned only here
//!
//! // When a request carries a key:
//! match api_keys.create_validation(ValidateApiKey::new(value)).await?.api_key {
//!     Some(key) if key.permissions.iter().any(|slug| slug == "posts:read") => {
//!         if let ApiKeyOwner::Organization { id } = &key.owner {
//!             println!("welcome, {id}");
//!         }
//!     }
//!     Some(_) => println!("403"),
//!     None => println!("401"),
//! }
//!
//! api_keys.create_api_key_expire(&key.id, ExpireApiKey::now()).await?;
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::object::Field;
use crate::{Nullable, ObjectType, Page, SecretString, Timestamp};

api! {
    /// Credentials that your customers use to call your API. See [`api_keys`](crate::api_keys).
    ApiKeysApi, api_keys;
}

#[doc(hidden)]
pub use crate::compat::api_keys::*;

operations! {
    ApiKeysApi, api_keys;

    /// Validates an API key. An invalid, expired or deleted key is not an error:
    /// [`api_key`](ApiKeyValidationResponse::api_key) is `None` then.
    #[doc(alias("validate_api_key", "verify_api_key"))]
    POST "/api_keys/validations" @ "authkit/api-keys/validate"
        => create_validation(body: ValidateApiKey) -> ApiKeyValidationResponse;

    /// Permanently deletes an API key. It stops working at once.
    #[doc(alias = "revoke_api_key")]
    DELETE "/api_keys/{id}" @ "authkit/api-keys/delete" => delete_api_key(id) -> ();

    /// Expires an API key now or at a later time, or clears a scheduled expiration. An empty body
    /// expires it now.
    ///
    /// # Errors
    ///
    /// 409 `api_key_already_expired`.
    #[doc(alias("expire_api_key", "rotate"))]
    POST "/api_keys/{id}/expire" @ "authkit/api-keys"
        => create_api_key_expire(id, body: ExpireApiKey) -> ApiKey;

    /// Lists the API keys of an organization, newest first by default.
    GET "/organizations/{organization_id}/api_keys" @ "authkit/api-keys/list-for-organization"
        => list_organization_api_keys(organization_id, query: ListOrganizationApiKeysParams)
        -> Page<ApiKey>;

    /// Creates an API key for an organization. Only this response has the [`value`](ApiKey::value).
    POST "/organizations/{organization_id}/api_keys" @ "authkit/api-keys/create-for-organization"
        => create_organization_api_key(organization_id, body: CreateOrganizationApiKey) -> ApiKey;
}

list_params! {
    ApiKeysApi;
    ListOrganizationApiKeysParams for list_organization_api_keys {}
}

inputs! {
    /// An API key to validate.
    ValidateApiKey {
        /// The value that was presented.
        value: SecretString,
    }

    /// When a key expires. The default is [`now`](Self::now).
    ExpireApiKey {
        /// When to expire: now if `None` or in the past. Null clears a scheduled expiration.
        expires_at: Option<Nullable<Timestamp>>,
    }
}

impl ExpireApiKey {
    /// The key expires at once.
    pub fn now() -> Self {
        Self { expires_at: None }
    }

    /// The key expires at this time.
    pub fn at(time: impl Into<Timestamp>) -> Self {
        Self { expires_at: Some(Nullable::Value(time.into())) }
    }

    /// The scheduled expiration is cleared, and the key does not expire.
    pub fn never() -> Self {
        Self { expires_at: Some(Nullable::Null) }
    }
}

inputs! {
    /// A new API key of an organization.
    CreateOrganizationApiKey {
        /// A display name.
        name: String,
        /// The slugs of its permissions.
        permissions: Option<Vec<String>>,
        /// When it expires, a time in the future. By default never.
        expires_at: Option<Timestamp>,
    }
}

objects! {
    /// The result of validating an API key.
    ApiKeyValidationResponse {
        /// The key; `None` when it is not valid.
        api_key: Option<ApiKey>,
        /// The registration of the agent that the key was issued to, if it was issued to one.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent_registration_id: Option<String>,
    }

    /// A key to your API, owned by an organization or a user.
    ApiKey {
        /// Always `api_key`.
        object: ObjectType,
        /// `api_key_…`
        id: String,
        /// Its owner.
        owner: ApiKeyOwner,
        /// A display name.
        name: String,
        /// The masked key, such as `sk_…3456`; safe to show.
        obfuscated_value: String,
        /// The key itself. Only in the response to its creation.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<SecretString>,
        /// When it was last used.
        last_used_at: Option<Timestamp>,
        /// When it expires; `None` if never.
        expires_at: Option<Timestamp>,
        /// The slugs of its permissions.
        permissions: Vec<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Only in `api_key.updated`: the old values of what has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
    }
}

/// The owner of an API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApiKeyOwner {
    /// An organization.
    Organization {
        /// `org_…`
        id: String,
    },
    /// A user.
    User {
        /// `user_…`
        id: String,
        /// The organization that the key can access.
        organization_id: String,
    },
    /// An owner that this version of the crate does not know, as the API sent it.
    #[serde(untagged)]
    Unknown(Value),
}

impl Field for ApiKeyOwner {}

impl Default for ApiKeyOwner {
    /// Unknown and empty.
    fn default() -> Self {
        Self::Unknown(Value::Null)
    }
}
