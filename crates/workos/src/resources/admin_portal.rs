//! Admin Portal: hosted pages where your customers' IT admins set up SSO, directory sync and more.
//!
//! A portal link opens one of the pages and is short-lived. Redirect the admin to it right away,
//! from a page that only they can reach: anyone who has the link can use it.
//!
//! ```no_run
//! use workos::admin_portal::{GenerateLink, GenerateLinkIntent, RevokeLink};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let portal = client.admin_portal();
//! let organization = "org_01EHZNVPK3SFK441A1RGBFSHRT";
//!
//! let response = portal
//!     .generate_link(GenerateLink {
//!         intent: Some(GenerateLinkIntent::SSO),
//!         return_url: Some("https://example.com/settings".into()),
//!         external_user_id: Some("user-17".into()),
//!         ..GenerateLink::new(organization)
//!     })
//!     .await?;
//! let redirect_to = response.link.expose();
//! # let _ = redirect_to;
//!
//! // When that user leaves:
//! portal.revoke_link(RevokeLink::new(organization, "user-17")).await?;
//! # Ok(()) }
//! ```

use crate::SecretString;

api! {
    /// Portal links to the hosted setup pages for IT admins. See
    /// [`admin_portal`](crate::admin_portal).
    #[doc(alias("portal_link", "setup_link", "self_serve"))]
    AdminPortalApi, admin_portal;
}

#[doc(hidden)]
pub use crate::compat::admin_portal::*;

operations! {
    AdminPortalApi, admin_portal;

    /// Generates a portal link. Create one each time an admin opens the portal; do not store or
    /// email it.
    #[doc(alias("create_link", "portal_link"))]
    POST "/portal/generate_link" @ "admin-portal/portal-link/generate"
        => generate_link(body: GenerateLink) -> PortalLinkResponse;

    /// Revokes the portal links of one of your users in an organization, and ends the sessions
    /// started with them.
    POST "/portal/revoke_link" @ "admin-portal/portal-link/revoke"
        => revoke_link(body: RevokeLink) -> ();
}

inputs! {
    /// A portal link to generate.
    GenerateLink {
        /// The URL that your logo links to. Defaults to the one set in the dashboard.
        return_url: Option<String>,
        /// The URL to redirect admins to after setup. Defaults to the one set in the dashboard.
        success_url: Option<String>,
        /// The organization to set up, `org_…`.
        organization: String,
        /// The page to open.
        intent: Option<GenerateLinkIntent>,
        /// The email addresses of IT contacts who may use the portal, up to 20.
        it_contact_emails: Option<Vec<String>>,
        /// Your own ID of the user who gets the link. [`RevokeLink`] takes it.
        external_user_id: Option<String>,
    }
}

open_enum! {
    /// The Admin Portal page that a link opens.
    pub enum GenerateLinkIntent {
        /// Set up single sign-on.
        SSO = "sso",
        /// Set up directory sync.
        Dsync = "dsync",
        /// View audit logs.
        AuditLogs = "audit_logs",
        /// Set up log streams.
        LogStreams = "log_streams",
        /// Verify domains.
        DomainVerification = "domain_verification",
        /// Renew SAML certificates.
        CertificateRenewal = "certificate_renewal",
        /// Bring your own key (BYOK) for Vault.
        #[doc(alias = "BYOK")]
        BringYourOwnKey = "bring_your_own_key",
    }
}

inputs! {
    /// The user whose portal links to revoke.
    RevokeLink {
        /// The organization that the links are for, `org_…`.
        organization: String,
        /// Your own ID of the user, as in [`GenerateLink::external_user_id`].
        external_user_id: String,
    }
}

objects! {
    /// A portal link.
    PortalLinkResponse {
        /// The URL. Anyone who has it can configure the organization.
        link: SecretString,
    }
}
