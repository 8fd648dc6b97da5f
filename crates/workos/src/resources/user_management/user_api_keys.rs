//! What acts for a user: their API keys, and the applications they have authorized.
//!
//! ```no_run
//! use workos::user_management::{CreateUserApiKey, ListUserAuthorizedApplicationsParams};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let (users, ada) = (client.user_management(), "user_01E4ZCR3C5A4QZ2Z2JQXGKZJ9E");
//!
//! let key = users
//!     .create_user_api_key(
//!         ada,
//!         CreateUserApiKey {
//!             permissions: Some(vec!["posts:read".into()]),
//!             ..CreateUserApiKey::new("Laptop", "org_01EHZNVPK3SFK441A1RGBFSHRT")
//!         },
//!     )
//!     .await?;
//! assert!(key.value.is_some(), "this is the one time that it can be read");
//!
//! let all = ListUserAuthorizedApplicationsParams::default();
//! for authorized in users.list_user_authorized_applications(ada, all).await? {
//!     users.delete_user_authorized_application(ada, &authorized.application.id).await?;
//! }
//! # Ok(()) }
//! ```

use super::UserManagementApi;
use crate::{ApiKey, AuthorizedApplication, Page, Timestamp};

operations! {
    UserManagementApi, user_management;

    /// Lists the API keys of a user, without their values.
    GET "/user_management/users/{user_id}/api_keys"
        => list_user_api_keys(user_id, query: ListUserApiKeysParams) -> Page<ApiKey>;

    /// Creates an API key that acts for a user in an organization they are an active member of.
    /// Only this answer has its value.
    POST "/user_management/users/{user_id}/api_keys"
        => create_user_api_key(user_id, body: CreateUserApiKey) -> ApiKey;

    /// Lists the Connect applications that a user has authorized.
    GET "/user_management/users/{user_id}/authorized_applications"
        => list_user_authorized_applications(user_id, query: ListUserAuthorizedApplicationsParams)
        -> Page<AuthorizedApplication>;

    /// Takes back a user's authorization of an application, which is named by its id or client id.
    DELETE "/user_management/users/{user_id}/authorized_applications/{application_id}"
        => delete_user_authorized_application(user_id, application_id) -> ();
}

list_params! {
    UserManagementApi;
    ListUserApiKeysParams for list_user_api_keys {
        /// Only keys for this organization.
        organization_id: Option<String>,
    }
    ListUserAuthorizedApplicationsParams for list_user_authorized_applications {}
}

inputs! {
    /// A new API key of a user.
    #[derive(Eq)]
    CreateUserApiKey {
        /// What the user knows it by.
        name: String,
        /// The organization it is for.
        organization_id: String,
        /// What it may do: slugs of permissions that are enabled for users' keys.
        permissions: Option<Vec<String>>,
        /// Until when it works; without it, until it is deleted.
        expires_at: Option<Timestamp>,
    }
}
