//! Widgets: ready-made UI components for your pages, such as user management or SSO setup.
//!
//! A widget runs in the browser with a token that your server fetches for the signed-in user.
//!
//! ```no_run
//! use workos::widgets::{CreateWidgetSessionToken, WidgetSessionTokenScopes};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let response = client
//!     .widgets()
//!     .create_token(CreateWidgetSessionToken {
//!         organization_id: Some("org_01EHZNVPK3SFK441A1RGBFSHRT".into()),
//!         user_id: Some("user_01E4ZCR3C56J083X43JQXF3JK5".into()),
//!         scopes: Some(vec![WidgetSessionTokenScopes::WidgetsUsersTableManage]),
//!     })
//!     .await?;
//! let token_for_the_page = response.token.expose();
//! # let _ = token_for_the_page;
//! # Ok(()) }
//! ```

use crate::TokenResponse;

api! {
    /// Ready-made UI components for your pages. See [`widgets`](crate::widgets).
    WidgetsApi, widgets;
}

#[doc(hidden)]
pub use crate::compat::widgets::*;

operations! {
    WidgetsApi, widgets;

    /// Issues a token for a widget. Without an organization it works only for widgets about the
    /// user, such as the user profile.
    #[doc(alias = "get_token")]
    POST "/widgets/token" @ "widgets/get-token"
        => create_token(body: CreateWidgetSessionToken) -> TokenResponse;
}

inputs! {
    /// The organization, user and scopes of a widget token.
    CreateWidgetSessionToken {
        /// The organization that the widget manages. Required with scopes.
        organization_id: Option<String>,
        /// The signed-in user.
        user_id: Option<String>,
        /// The scopes, for what the widget may do beyond the user's own data.
        scopes: Option<Vec<WidgetSessionTokenScopes>>,
    }
}

open_enum! {
    /// The scope of a widget token.
    pub enum WidgetSessionTokenScopes {
        /// Invite, update and remove the organization's users.
        WidgetsUsersTableManage = "widgets:users-table:manage",
        /// Add and verify domains.
        WidgetsDomainVerificationManage = "widgets:domain-verification:manage",
        /// Set up Single Sign-On.
        WidgetsSSOManage = "widgets:sso:manage",
        /// Create and delete the organization's API keys.
        WidgetsApiKeysManage = "widgets:api-keys:manage",
        /// Set up Directory Sync.
        WidgetsDsyncManage = "widgets:dsync:manage",
        /// Set up audit log streaming.
        WidgetsAuditLogStreamingManage = "widgets:audit-log-streaming:manage",
        /// Manage Pipes providers.
        WidgetsPipesManage = "widgets:pipes:manage",
        /// Create and delete the user's own API keys.
        WidgetsUserApiKeysManageSelf = "widgets:user-api-keys:manage-self",
        /// Manage the API keys of all users of the organization.
        WidgetsUserApiKeysManageAll = "widgets:user-api-keys:manage-all",
    }
}
