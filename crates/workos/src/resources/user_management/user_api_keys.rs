//! API keys of users, and the Connect applications that users have authorized.
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
    GET "/user_management/users/{user_id}/api_keys" @ "authkit/api-keys"
        => list_user_api_keys(user_id, query: ListUserApiKeysParams) -> Page<ApiKey>;

    /// Creates an API key that acts on behalf of a user in an organization they are an active
    /// member of. Only this response contains its value.
    #[doc(alias("personal_access_token", "PAT"))]
    POST "/user_management/users/{user_id}/api_keys" @ "authkit/api-keys"
        => create_user_api_key(user_id, body: CreateUserApiKey) -> ApiKey;

    /// Lists the Connect applications that a user has authorized.
    GET "/user_management/users/{user_id}/authorized_applications" @ "authkit/user"
        => list_user_authorized_applications(user_id, query: ListUserAuthorizedApplicationsParams)
        -> Page<AuthorizedApplication>;

    /// Revokes a user's authorization of an application, identified by its ID or client ID.
    DELETE "/user_management/users/{user_id}/authorized_applications/{application_id}"
        @ "authkit/user/authorized-application/delete"
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
        /// The name.
        name: String,
        /// The ID of the organization it can access.
        organization_id: String,
        /// The slugs of its permissions, which must be enabled for users' API keys.
        permissions: Option<Vec<String>>,
        /// When it expires; by default never.
        expires_at: Option<Timestamp>,
    }
}
