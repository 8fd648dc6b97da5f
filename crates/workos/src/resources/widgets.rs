//! Widgets: ready-made components for your pages, such as a table of users or the setup of SSO.
//!
//! A widget runs in the browser with a token that your server fetches for the user in front of it.
//!
//! ```no_run
//! use workos::widgets::{CreateWidgetSessionToken, WidgetSessionTokenScopes};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let answer = client
//!     .widgets()
//!     .create_token(CreateWidgetSessionToken {
//!         organization_id: Some("org_01EHZNVPK3SFK441A1RGBFSHRT".into()),
//!         user_id: Some("user_01E4ZCR3C56J083X43JQXF3JK5".into()),
//!         scopes: Some(vec![WidgetSessionTokenScopes::WidgetsUsersTableManage]),
//!     })
//!     .await?;
//! let for_the_page = answer.token.expose();
//! # let _ = for_the_page;
//! # Ok(()) }
//! ```

use crate::TokenResponse;

api! {
    /// Ready-made components for your pages. See [`widgets`](crate::widgets).
    WidgetsApi, widgets;
}

#[doc(hidden)]
pub use crate::compat::widgets::*;

operations! {
    WidgetsApi, widgets;

    /// Issues the token that a widget runs with. Without an organization it serves only the widgets
    /// about users themselves, such as their profile.
    POST "/widgets/token" => create_token(body: CreateWidgetSessionToken) -> TokenResponse;
}

inputs! {
    /// For whom a widget runs, and what it may do.
    CreateWidgetSessionToken {
        /// The organization that the widget is about. Required where there are scopes.
        organization_id: Option<String>,
        /// The user in front of the widget.
        user_id: Option<String>,
        /// What the widget may do beyond showing the user's own data.
        scopes: Option<Vec<WidgetSessionTokenScopes>>,
    }
}

open_enum! {
    /// What a widget may do.
    pub enum WidgetSessionTokenScopes {
        /// Invite, change and remove the organization's users.
        WidgetsUsersTableManage = "widgets:users-table:manage",
        /// Add and verify domains.
        WidgetsDomainVerificationManage = "widgets:domain-verification:manage",
        /// Set up single sign-on.
        WidgetsSSOManage = "widgets:sso:manage",
        /// Make and delete the organization's API keys.
        WidgetsApiKeysManage = "widgets:api-keys:manage",
        /// Set up directory sync.
        WidgetsDsyncManage = "widgets:dsync:manage",
        /// Set up where audit log events are sent on to.
        WidgetsAuditLogStreamingManage = "widgets:audit-log-streaming:manage",
        /// Connect accounts at other providers.
        WidgetsPipesManage = "widgets:pipes:manage",
        /// Make and delete the user's own API keys.
        WidgetsUserApiKeysManageSelf = "widgets:user-api-keys:manage-self",
        /// Manage the API keys of all users of the organization.
        WidgetsUserApiKeysManageAll = "widgets:user-api-keys:manage-all",
    }
}
