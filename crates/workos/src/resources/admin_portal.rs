//! Admin Portal: pages on which your customers' administrators set up their side by themselves.
//!
//! A link leads an administrator to one of the pages. Send them there at once, from a page of yours
//! that only they can see: whoever has the link can use it.
//!
//! ```no_run
//! use workos::admin_portal::{GenerateLink, GenerateLinkIntent, RevokeLink};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let portal = client.admin_portal();
//! let organization = "org_01EHZNVPK3SFK441A1RGBFSHRT";
//!
//! let answer = portal
//!     .generate_link(GenerateLink {
//!         intent: Some(GenerateLinkIntent::SSO),
//!         return_url: Some("https://example.com/settings".into()),
//!         external_user_id: Some("user-17".into()),
//!         ..GenerateLink::new(organization)
//!     })
//!     .await?;
//! let redirect_to = answer.link.expose();
//! # let _ = redirect_to;
//!
//! // When that user leaves:
//! portal.revoke_link(RevokeLink::new(organization, "user-17")).await?;
//! # Ok(()) }
//! ```

use crate::SecretString;

api! {
    /// Pages on which administrators set up their organization by themselves. See
    /// [`admin_portal`](crate::admin_portal).
    AdminPortalApi, admin_portal;
}

#[doc(hidden)]
pub use crate::compat::admin_portal::*;

operations! {
    AdminPortalApi, admin_portal;

    /// Makes a link to the Admin Portal, for the administrator who is asking for it now.
    POST "/portal/generate_link"
        => generate_link(body: GenerateLink) -> PortalLinkResponse;

    /// Revokes all links that were made for a user of yours in an organization, and ends what was
    /// begun with them.
    POST "/portal/revoke_link" => revoke_link(body: RevokeLink) -> ();
}

inputs! {
    /// Where a link leads, and for whom.
    GenerateLink {
        /// Where a click on your logo leads to, instead of what is set in the dashboard.
        return_url: Option<String>,
        /// Where administrators are sent when they are done, instead of what is set in the dashboard.
        success_url: Option<String>,
        /// The organization to set up, `org_…`.
        organization: String,
        /// The page.
        intent: Option<GenerateLinkIntent>,
        /// The addresses of the IT contacts who may use the portal: up to 20.
        it_contact_emails: Option<Vec<String>>,
        /// Your own id for the user who gets the link, to revoke it by.
        external_user_id: Option<String>,
    }
}

open_enum! {
    /// A page of the Admin Portal that a link leads to.
    pub enum GenerateLinkIntent {
        /// Set up single sign-on.
        SSO = "sso",
        /// Set up directory sync.
        Dsync = "dsync",
        /// Read the audit log.
        AuditLogs = "audit_logs",
        /// Set up where audit log events are sent on to.
        LogStreams = "log_streams",
        /// Verify domains.
        DomainVerification = "domain_verification",
        /// Renew SAML certificates.
        CertificateRenewal = "certificate_renewal",
        /// Set up keys of one's own for the vault.
        BringYourOwnKey = "bring_your_own_key",
    }
}

inputs! {
    /// Whose links to revoke.
    RevokeLink {
        /// The organization the links are for, `org_…`.
        organization: String,
        /// Your own id for the user, as the links were made with.
        external_user_id: String,
    }
}

objects! {
    /// A link to the Admin Portal.
    PortalLinkResponse {
        /// The URL. Whoever has it can set up the organization.
        link: SecretString,
    }
}
