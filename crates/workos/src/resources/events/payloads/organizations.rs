//! Payloads of events about connections, directories, groups and roles.

use crate::{DirectoryGroup, DirectoryUser, ObjectType, OrganizationDomain, Timestamp};

objects! {
    /// A SAML certificate of a connection expires soon or has expired.
    SAMLCertificateRenewalRequired {
        /// The connection.
        connection: EventConnection,
        /// The certificate.
        certificate: EventCertificate,
        /// The number of days left; negative once it has expired.
        days_until_expiry: i64,
    }

    /// A SAML certificate of a connection was renewed.
    SAMLCertificateRenewed {
        /// The connection.
        connection: EventConnection,
        /// The new certificate.
        certificate: EventCertificate,
        /// When it was renewed.
        renewed_at: Timestamp,
    }

    /// The connection of a certificate event.
    EventConnection {
        /// `conn_…`
        id: String,
        /// The organization that it belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
    }

    /// The certificate of a certificate event.
    EventCertificate {
        /// The type of certificate.
        certificate_type: EventCertificateType,
        /// When it expires.
        expiry_date: Timestamp,
        /// Whether it has expired. `None` in the renewal event.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_expired: Option<bool>,
    }

    /// A user was added to or removed from a directory group.
    DirectoryGroupMember {
        /// The directory.
        directory_id: String,
        /// The user.
        user: DirectoryUser,
        /// The group.
        group: DirectoryGroup,
    }

    /// A bearer token that a SCIM provider authenticates with.
    #[doc(alias("SCIM", "bearer_token"))]
    DirectoryToken {
        /// Always `directory_token`.
        object: ObjectType,
        /// The ID.
        id: String,
        /// The directory.
        directory_id: String,
        /// The organization of the directory.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The last characters of the token, to recognize it by.
        token_suffix: String,
        /// When it was created.
        created_at: Timestamp,
    }

    /// An organization membership was added to or removed from a group.
    GroupMember {
        /// `group_…`
        group_id: String,
        /// `om_…`
        organization_membership_id: String,
    }

    /// The verification of a domain failed.
    OrganizationDomainVerificationFailed {
        /// The reason.
        reason: OrganizationDomainVerificationFailure,
        /// The domain.
        organization_domain: OrganizationDomain,
    }

    /// An environment role or a custom role of an organization.
    EventRole {
        /// `role` or `organization_role`.
        object: ObjectType,
        /// The unique key that your code refers to.
        slug: String,
        /// The organization that it belongs to. `None` in `role.*`, for environment roles.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The display name. `None` in `role.*`.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The description. `None` in `role.*`.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The slug of the resource type that it is assigned on.
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
    /// The type of a SAML certificate.
    pub enum EventCertificateType {
        ResponseSigning = "ResponseSigning", RequestSigning = "RequestSigning",
        ResponseEncryption = "ResponseEncryption",
    }
}

open_enum! {
    /// The reason that a domain verification failed.
    pub enum OrganizationDomainVerificationFailure {
        /// The DNS record was not found in time.
        DomainVerificationPeriodExpired = "domain_verification_period_expired",
        /// Another organization has verified it.
        DomainVerifiedByOtherOrganization = "domain_verified_by_other_organization",
    }
}
