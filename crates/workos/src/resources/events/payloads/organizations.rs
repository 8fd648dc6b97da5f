//! The payloads of events about connections, directories, groups and roles.

use crate::{DirectoryGroup, DirectoryUser, ObjectType, OrganizationDomain, Timestamp};

objects! {
    /// A certificate of a connection expires soon, or has expired.
    SAMLCertificateRenewalRequired {
        /// The connection.
        connection: EventConnection,
        /// The certificate.
        certificate: EventCertificate,
        /// How much time is left; negative once it has expired.
        days_until_expiry: i64,
    }

    /// A certificate of a connection was replaced.
    SAMLCertificateRenewed {
        /// The connection.
        connection: EventConnection,
        /// The new certificate.
        certificate: EventCertificate,
        /// When it was replaced.
        renewed_at: Timestamp,
    }

    /// The connection that an event is about.
    EventConnection {
        /// `conn_…`
        id: String,
        /// Its organization.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
    }

    /// The certificate that an event is about.
    EventCertificate {
        /// What it is for.
        certificate_type: EventCertificateType,
        /// Until when it is good.
        expiry_date: Timestamp,
        /// Whether that has passed. The event about a renewal leaves it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_expired: Option<bool>,
    }

    /// Somebody was put into a group of a directory, or taken out of it.
    DirectoryGroupMember {
        /// The directory.
        directory_id: String,
        /// Who.
        user: DirectoryUser,
        /// The group.
        group: DirectoryGroup,
    }

    /// What a provider authenticates with when it pushes to a directory.
    DirectoryToken {
        /// Always `directory_token`.
        object: ObjectType,
        /// The id.
        id: String,
        /// The directory.
        directory_id: String,
        /// The organization of that directory.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The end of the token, to recognize it by.
        token_suffix: String,
        /// When it was made.
        created_at: Timestamp,
    }

    /// A member of an organization was put into a group, or taken out of it.
    GroupMember {
        /// `group_…`
        group_id: String,
        /// `om_…`
        organization_membership_id: String,
    }

    /// A domain turned out not to be the organization's, as far as WorkOS can tell.
    OrganizationDomainVerificationFailed {
        /// Why.
        reason: OrganizationDomainVerificationFailure,
        /// The domain.
        organization_domain: OrganizationDomain,
    }

    /// A role, of one organization or of all.
    EventRole {
        /// `role` or `organization_role`.
        object: ObjectType,
        /// What your code refers to it by.
        slug: String,
        /// The organization whose role it is. `None` in `role.*`, for roles of all organizations.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// What people call it. `None` in `role.*`.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What it is for. `None` in `role.*`.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The type of the resources it is assigned on.
        resource_type_slug: String,
        /// The slugs of its permissions.
        #[serde(skip_serializing_if = "Option::is_none")]
        permissions: Option<Vec<String>>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// What the certificate of a connection is for.
    pub enum EventCertificateType {
        ResponseSigning = "ResponseSigning", RequestSigning = "RequestSigning",
        ResponseEncryption = "ResponseEncryption",
    }
}

open_enum! {
    /// Why a domain could not be verified.
    pub enum OrganizationDomainVerificationFailure {
        /// The DNS record was not found in time.
        DomainVerificationPeriodExpired = "domain_verification_period_expired",
        /// Another organization has it.
        DomainVerifiedByOtherOrganization = "domain_verified_by_other_organization",
    }
}
