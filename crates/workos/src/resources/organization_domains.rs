//! Organization domains: adding domains to organizations and verifying their ownership.
//!
//! A verified domain lets you route users with matching email addresses to the organization's IdP.
//! The types are those of [`organizations`](crate::organizations).
//!
//! ```no_run
//! use workos::organization_domains::CreateOrganizationDomain;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let domains = client.organization_domains();
//!
//! let domain = domains
//!     .create_organization_domain(CreateOrganizationDomain::new(
//!         "acme.com",
//!         "org_01EHQMYV6MBK39QC5PZXHY59C3",
//!     ))
//!     .await?;
//! if let (Some(prefix), Some(token)) = (&domain.verification_prefix, &domain.verification_token) {
//!     println!("Add the TXT record {prefix} to acme.com: {}", token.expose());
//! }
//!
//! let domain = domains.verify_organization_domain(&domain.id).await?;
//! println!("{:?}", domain.state);
//! # Ok(()) }
//! ```

use crate::OrganizationDomain;

api! {
    /// The domains of organizations. See [`organization_domains`](crate::organization_domains).
    #[doc(alias = "domain_verification")]
    OrganizationDomainsApi, organization_domains;
}

#[doc(hidden)]
pub use crate::compat::organization_domains::*;

operations! {
    OrganizationDomainsApi, organization_domains;

    /// Adds a domain to an organization. The response names the DNS record that verifies it.
    ///
    /// # Errors
    ///
    /// 409 `domain_already_exists`.
    POST "/organization_domains" @ "domain-verification/create"
        => create_organization_domain(body: CreateOrganizationDomain) -> OrganizationDomain;

    /// Fetches a domain with its verification state.
    GET "/organization_domains/{id}" @ "domain-verification/get"
        => get_organization_domain(id) -> OrganizationDomain;

    /// Permanently deletes a domain from its organization.
    DELETE "/organization_domains/{id}" @ "domain-verification/delete"
        => delete_organization_domain(id) -> ();

    /// Starts the verification of a domain. WorkOS may find the DNS record later and reports the
    /// outcome as an event: `organization_domain.verified` or
    /// `organization_domain.verification_failed`.
    ///
    /// # Errors
    ///
    /// 400 `domain_already_verified`.
    POST "/organization_domains/{id}/verify" @ "domain-verification/verify"
        => verify_organization_domain(id) -> OrganizationDomain;
}

inputs! {
    /// A domain to add to an organization.
    #[derive(Eq)]
    CreateOrganizationDomain {
        /// The domain, such as `acme.com`.
        domain: String,
        /// The organization's ID.
        organization_id: String,
    }
}
