//! API keys: what your customers' programs call your API with.
//!
//! WorkOS makes a key, shows it once and checks it from then on; you ask whether what a request
//! carries is a key, and whose.
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
//! let value = key.value.unwrap_or_default(); // not to be had again
//!
//! // Where a request carries it:
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
    /// What your customers' programs call your API with. See [`api_keys`](crate::api_keys).
    ApiKeysApi, api_keys;
}

#[doc(hidden)]
pub use crate::compat::api_keys::*;

operations! {
    ApiKeysApi, api_keys;

    /// Looks up what somebody presented as an API key. If it is none, or no longer, the answer is
    /// empty; that is no error.
    POST "/api_keys/validations"
        => create_validation(body: ValidateApiKey) -> ApiKeyValidationResponse;

    /// Deletes a key for good. It stops working at once.
    DELETE "/api_keys/{id}" => delete_api_key(id) -> ();

    /// Makes a key expire, now or later, or takes that back as long as it has not happened. Beware:
    /// a body that says nothing means now.
    ///
    /// # Errors
    ///
    /// 409 `api_key_already_expired`.
    POST "/api_keys/{id}/expire"
        => create_api_key_expire(id, body: ExpireApiKey) -> ApiKey;

    /// Lists the keys of an organization, newest first unless told otherwise.
    GET "/organizations/{organization_id}/api_keys"
        => list_organization_api_keys(organization_id, query: ListOrganizationApiKeysParams)
        -> Page<ApiKey>;

    /// Makes a key for an organization. Only this answer has its [`value`](ApiKey::value).
    POST "/organizations/{organization_id}/api_keys"
        => create_organization_api_key(organization_id, body: CreateOrganizationApiKey)
        -> ApiKey;
}

list_params! {
    ApiKeysApi;
    ListOrganizationApiKeysParams for list_organization_api_keys {}
}

inputs! {
    /// What may be an API key.
    ValidateApiKey {
        /// What was presented.
        value: SecretString,
    }

    /// When a key expires. The default is [`now`](Self::now).
    ExpireApiKey {
        /// Not sent or in the past: at once. In the future: then. Null: never, although it was to expire.
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

    /// The key does not expire, although it was to.
    pub fn never() -> Self {
        Self { expires_at: Some(Nullable::Null) }
    }
}

inputs! {
    /// A new key of an organization.
    CreateOrganizationApiKey {
        /// What to tell it by.
        name: String,
        /// The slugs of what it allows.
        permissions: Option<Vec<String>>,
        /// When it expires, in the future. Never if left out.
        expires_at: Option<Timestamp>,
    }
}

objects! {
    /// The key that something presented turned out to be.
    ApiKeyValidationResponse {
        /// The key; `None` when it is not valid.
        api_key: Option<ApiKey>,
        /// The registration of the agent that the key was issued to, where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent_registration_id: Option<String>,
    }

    /// A key to your API, of an organization or of a user.
    ApiKey {
        /// Always `api_key`.
        object: ObjectType,
        /// `api_key_…`
        id: String,
        /// For whom it speaks.
        owner: ApiKeyOwner,
        /// What to tell it by.
        name: String,
        /// The ends of the key, to recognize it by; this may be shown.
        obfuscated_value: String,
        /// The key itself: only in the answer to its creation.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<SecretString>,
        /// When it was last used.
        last_used_at: Option<Timestamp>,
        /// When it expires, if it does.
        expires_at: Option<Timestamp>,
        /// The slugs of what it allows.
        permissions: Vec<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Only in the event about a change: what was different before.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_attributes: Option<BTreeMap<String, Value>>,
    }
}

/// For whom an API key speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApiKeyOwner {
    /// An organization as such.
    Organization {
        /// `org_…`
        id: String,
    },
    /// A user.
    User {
        /// `user_…`
        id: String,
        /// The organization that the user has the key in.
        organization_id: String,
    },
    /// An owner that this version of the crate does not know, as the API sent it.
    #[serde(untagged)]
    Unknown(Value),
}

impl Field for ApiKeyOwner {}

impl Default for ApiKeyOwner {
    /// What stands in a struct made by `Default`: unknown and empty.
    fn default() -> Self {
        Self::Unknown(Value::Null)
    }
}
