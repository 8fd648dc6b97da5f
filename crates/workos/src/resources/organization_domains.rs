//! Organization domains: which domains belong to an organization, and the proof that they do.
//!
//! Users with an address in a verified domain can be sent to the organization's identity provider.
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
    OrganizationDomainsApi, organization_domains;
}

#[doc(hidden)]
pub use crate::compat::organization_domains::*;

operations! {
    OrganizationDomainsApi, organization_domains;

    /// Adds a domain to an organization. The answer says which DNS record proves it.
    ///
    /// # Errors
    ///
    /// 409 `domain_already_exists`.
    POST "/organization_domains"
        => create_organization_domain(body: CreateOrganizationDomain) -> OrganizationDomain;

    /// Fetches one domain, with how far its verification has come.
    GET "/organization_domains/{id}" => get_organization_domain(id) -> OrganizationDomain;

    /// Takes a domain from its organization for good.
    DELETE "/organization_domains/{id}" => delete_organization_domain(id) -> ();

    /// Has WorkOS look for the DNS record. It may be found later: the outcome comes as an event
    /// `organization_domain.verified` or `organization_domain.verification_failed`.
    ///
    /// # Errors
    ///
    /// 400 `domain_already_verified`.
    POST "/organization_domains/{id}/verify"
        => verify_organization_domain(id) -> OrganizationDomain;
}

inputs! {
    /// A domain to add to an organization.
    #[derive(Eq)]
    CreateOrganizationDomain {
        /// The domain, such as `acme.com`.
        domain: String,
        /// The organization.
        organization_id: String,
    }
}
