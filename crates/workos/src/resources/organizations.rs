//! Organizations: the customers of your application.
//!
//! An organization is a company that uses your product. Its users, its SSO and directory
//! connections, its roles and its audit log belong to it, and its verified domains decide which
//! users sign in through its connections.
//!
//! ```
//! use workos::organizations::{CreateOrganization, ListOrganizationsParams, UpdateOrganization};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
//! # let emulator = workos_emulator::Emulator::start().await.unwrap();
//! # let client = emulator.client();
//! let organizations = client.organizations();
//!
//! let acme = organizations
//!     .create_organization(CreateOrganization {
//!         external_id: Some("customer-7".into()),
//!         metadata: Some([("tier", "gold")].into()),
//!         ..CreateOrganization::new("Acme")
//!     })
//!     .await?;
//! let acme = organizations
//!     .update_organization(
//!         &acme.id,
//!         UpdateOrganization { name: Some("Acme Inc.".into()), ..Default::default() },
//!     )
//!     .await?;
//! assert_eq!(acme.metadata["tier"], "gold");
//! assert_eq!(organizations.get_organization_by_external_id("customer-7").await?, acme);
//!
//! let search = ListOrganizationsParams { search: Some("acme".into()), ..Default::default() };
//! assert_eq!(organizations.list_organizations(search).await?.data, [acme.clone()]);
//!
//! organizations.delete_organization(&acme.id).await?;
//! # Ok(()) }
//! ```

use crate::{
    ConnectApplication, List, Metadata, Nullable, ObjectType, Page, SecretString, Timestamp,
    UpdateMetadata,
};

api! {
    /// The customers of your application. See [`organizations`](crate::organizations).
    #[doc(alias("tenant", "customer"))]
    OrganizationsApi, organizations;
}

#[doc(hidden)]
pub use crate::compat::organizations::*;

operations! {
    OrganizationsApi, organizations;

    /// Lists the organizations of the environment, newest first by default.
    GET "/organizations" @ "organization/list" => list_organizations(query: ListOrganizationsParams)
        -> Page<Organization>;

    /// Creates an organization.
    ///
    /// # Errors
    ///
    /// 400 `external_id_already_used` or `invalid_metadata`; 409 when a domain belongs to another
    /// organization; 422 when a field is invalid.
    POST "/organizations" @ "organization/create"
        => create_organization(body: CreateOrganization) -> Organization;

    /// Fetches an organization by its external ID.
    GET "/organizations/external_id/{external_id}" @ "organization/get-by-external-id"
        => get_organization_by_external_id(external_id) -> Organization;

    /// Fetches an organization.
    GET "/organizations/{id}" @ "organization/get" => get_organization(id) -> Organization;

    /// Updates an organization. Omitted fields keep their values.
    ///
    /// # Errors
    ///
    /// 400 `external_id_already_used`, `stripe_customer_id_already_used` or `invalid_metadata`; 404
    /// when the organization does not exist; 409 when a domain belongs to another one; 422 when a
    /// field is invalid.
    PUT "/organizations/{id}" @ "organization/update"
        => update_organization(id, body: UpdateOrganization) -> Organization;

    /// Permanently deletes an organization with its connections, directories and memberships. The
    /// deletion may complete after the response.
    DELETE "/organizations/{id}" @ "organization/delete" => delete_organization(id) -> ();

    /// Fetches an organization's audit log configuration: retention period and log stream.
    GET "/organizations/{id}/audit_log_configuration" @ "audit-logs/configuration"
        => get_audit_log_configuration(id) -> AuditLogConfiguration;

    /// Lists the Connect applications that users of the organization have authorized.
    GET "/organizations/{organization_id}/authorized_applications" @ "authkit/organization"
        => list_authorized_applications(organization_id, query: ListAuthorizedApplicationsParams)
        -> Page<AuthorizedApplication>;

    /// Lists the organization's IT contacts, who set up SSO, directories and domains. Not
    /// paginated.
    GET "/organizations/{organization_id}/it_contacts" @ "organization/it-contact"
        => list_it_contacts(organization_id) -> List<ItContact>;

    /// Adds an IT contact. No email is sent: see
    /// [`invite_it_contact`](Self::invite_it_contact).
    ///
    /// # Errors
    ///
    /// 404 when the organization does not exist; 409 when the email address is a contact; 422 when
    /// it is invalid.
    POST "/organizations/{organization_id}/it_contacts" @ "organization/it-contact"
        => create_it_contact(organization_id, body: CreateItContact) -> ItContact;

    /// Removes an IT contact and revokes its active setup links.
    DELETE "/organizations/{organization_id}/it_contacts/{contact_id}" @ "organization/it-contact"
        => delete_it_contact(organization_id, contact_id) -> ();

    /// Emails an IT contact an invitation to the Admin Portal.
    ///
    /// # Errors
    ///
    /// 404 when the contact does not exist; 409 when it already has an active invitation; 422 when
    /// `intents` is empty; 429 when too many emails were sent.
    #[doc(alias = "admin_portal")]
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/invite"
        @ "organization/it-contact"
        => invite_it_contact(organization_id, contact_id, body: InviteItContact) -> ();

    /// Revokes an IT contact's active Admin Portal invitation.
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/revoke"
        @ "organization/it-contact" => revoke_it_contact(organization_id, contact_id) -> ();
}

list_params! {
    OrganizationsApi;
    ListOrganizationsParams for list_organizations {
        /// Only organizations with one of these domains.
        domains: Option<Vec<String>>,
        /// Only organizations whose name contains this text.
        search: Option<String>,
    }
    ListAuthorizedApplicationsParams for list_authorized_applications {}
}

inputs! {
    /// A new organization.
    CreateOrganization {
        /// The name, which need not be unique.
        name: String,
        /// Whether users with an email address outside the organization's domains may sign in
        /// through its connections.
        allow_profiles_outside_organization: Option<bool>,
        /// Domains to add unverified. Deprecated by WorkOS: use
        /// [`domain_data`](Self::domain_data).
        domains: Option<Vec<String>>,
        /// The domains, each with its verification state.
        domain_data: Option<Vec<OrganizationDomainData>>,
        /// Your own key-value metadata: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
        /// Your own ID for the organization: up to 128 ASCII characters, unique in the environment.
        external_id: Option<String>,
    }

    /// Updates to an organization.
    UpdateOrganization {
        /// The new name.
        name: Option<String>,
        /// Whether users with an email address outside the organization's domains may sign in
        /// through its connections.
        allow_profiles_outside_organization: Option<bool>,
        /// The new list of domains, all unverified. Deprecated by WorkOS: use
        /// [`domain_data`](Self::domain_data).
        domains: Option<Vec<String>>,
        /// The new list of domains; domains not listed are removed.
        domain_data: Option<Vec<OrganizationDomainData>>,
        /// The ID of the Stripe customer, for entitlements and seat sync.
        stripe_customer_id: Option<String>,
        /// Metadata keys to set or remove; other keys stay. Null removes all of them.
        metadata: Option<Nullable<UpdateMetadata>>,
        /// Your own ID, up to 128 ASCII characters, unique in the environment; null removes it.
        external_id: Option<Nullable<String>>,
    }

    /// A domain to give to an organization.
    #[derive(Eq)]
    OrganizationDomainData {
        /// The domain, such as `acme.com`.
        domain: String,
        /// Whether the domain is already verified or needs DNS verification.
        state: OrganizationDomainDataState,
    }
}

open_enum! {
    /// The verification state to add a domain with.
    pub enum OrganizationDomainDataState {
        /// Needs verification by a DNS record.
        Pending = "pending",
        /// Already verified: you vouch that the organization owns the domain.
        Verified = "verified",
    }
}

objects! {
    /// A customer of your application.
    #[doc(alias("Tenant", "Customer"))]
    Organization {
        /// Always `organization`.
        object: ObjectType,
        /// The ID, `org_…`.
        id: String,
        /// The name, which need not be unique.
        name: String,
        /// The domains of the organization.
        domains: Vec<OrganizationDomain>,
        /// Your own key-value metadata.
        metadata: Metadata,
        /// Your own ID for the organization, if set.
        external_id: Option<String>,
        /// The ID of the Stripe customer, for entitlements and seat sync.
        #[serde(skip_serializing_if = "Option::is_none")]
        stripe_customer_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
        /// Whether users with an email address outside the domains may sign in through its
        /// connections. Deprecated by WorkOS.
        #[serde(skip_serializing_if = "Option::is_none")]
        allow_profiles_outside_organization: Option<bool>,
    }

    /// A domain of an organization.
    OrganizationDomain {
        /// Always `organization_domain`.
        object: ObjectType,
        /// The ID, `org_domain_…`.
        id: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The domain, such as `acme.com`.
        domain: String,
        /// The verification state.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<OrganizationDomainState>,
        /// The name of the DNS record to create.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_prefix: Option<String>,
        /// The value of the DNS TXT record. `Debug` does not print it: anyone who can read it could
        /// claim to be setting up the domain.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_token: Option<SecretString>,
        /// How the domain is verified.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_strategy: Option<OrganizationDomainVerificationStrategy>,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// The verification state of a domain.
    pub enum OrganizationDomainState {
        /// The DNS record was not found in time.
        Failed = "failed",
        /// Verified before WorkOS recorded verification strategies.
        LegacyVerified = "legacy_verified",
        /// Waiting for the DNS record.
        Pending = "pending",
        /// Verification has not been started.
        Unverified = "unverified",
        /// Verified to belong to the organization.
        Verified = "verified",
    }
}

open_enum! {
    /// How a domain is verified.
    pub enum OrganizationDomainVerificationStrategy {
        /// By a TXT record.
        Dns = "dns",
        /// Manually: the domain was added as verified.
        Manual = "manual",
    }
}

objects! {
    /// An organization's audit log configuration.
    AuditLogConfiguration {
        /// The organization.
        organization_id: String,
        /// The retention period of events, in days.
        retention_period_in_days: i64,
        /// Whether events are recorded.
        state: AuditLogConfigurationState,
        /// The log stream that events are forwarded to, if any.
        #[serde(skip_serializing_if = "Option::is_none")]
        log_stream: Option<AuditLogConfigurationLogStream>,
    }
}

open_enum! {
    /// Whether an organization's audit log records events.
    pub enum AuditLogConfigurationState {
        /// Events are recorded.
        Active = "active",
        /// Not active yet.
        Inactive = "inactive",
        /// Disabled.
        Disabled = "disabled",
    }
}

objects! {
    /// A destination outside WorkOS that audit log events are streamed to.
    AuditLogConfigurationLogStream {
        /// The log stream's ID.
        id: String,
        /// The kind of destination.
        type_ as "type": AuditLogConfigurationLogStreamType,
        /// The state of the stream.
        state: AuditLogConfigurationLogStreamState,
        /// When an event was last delivered. A string, since the API does not specify its format.
        last_synced_at: Option<String>,
        /// When it was created.
        created_at: Timestamp,
    }
}

open_enum! {
    /// The kind of destination of a log stream.
    pub enum AuditLogConfigurationLogStreamType {
        /// Microsoft Sentinel.
        AzureSentinel = "AzureSentinel",
        /// Datadog.
        Datadog = "Datadog",
        /// Any HTTPS endpoint.
        GenericHttps = "GenericHttps",
        /// Google Cloud Storage.
        GoogleCloudStorage = "GoogleCloudStorage",
        /// Amazon S3.
        S3 = "S3",
        /// Snowflake.
        Snowflake = "Snowflake",
        /// Splunk.
        Splunk = "Splunk",
    }
}

open_enum! {
    /// The state of a log stream.
    pub enum AuditLogConfigurationLogStreamState {
        /// Events are delivered.
        Active = "active",
        /// The stream is turned off.
        Inactive = "inactive",
        /// Deliveries fail.
        Error = "error",
        /// The settings are invalid.
        Invalid = "invalid",
    }
}

objects! {
    /// A Connect application that a user has authorized.
    AuthorizedApplication {
        /// Always `authorized_connect_application`.
        object: ObjectType,
        /// The ID of the authorization.
        id: String,
        /// The scopes the user granted.
        granted_scopes: Vec<String>,
        /// The resource that tokens are issued for, if one was requested (RFC 8707).
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_resource: Option<String>,
        /// The application.
        application: ConnectApplication,
        /// The user's ID, in lists that span several users.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
    }

    /// A member of the organization's IT team, who sets up SSO, directories or domains.
    #[derive(Eq)]
    ItContact {
        /// Always `it_contact`.
        object: ObjectType,
        /// The ID, `it_contact_…`.
        id: String,
        /// The email address that setup links are sent to.
        email: String,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

inputs! {
    /// A new IT contact.
    #[derive(Eq)]
    CreateItContact {
        /// The email address.
        email: String,
    }

    /// An Admin Portal invitation for an IT contact.
    #[derive(Eq)]
    InviteItContact {
        /// The pages of the Admin Portal that the link opens. At least one.
        intents: Vec<InviteItContactIntents>,
    }
}

open_enum! {
    /// A page of the Admin Portal.
    pub enum InviteItContactIntents {
        /// Single sign-on.
        SSO = "sso",
        /// Directory Sync.
        DirectorySync = "directory_sync",
        /// Log streams.
        LogStreams = "log_streams",
        /// Domain verification.
        DomainVerification = "domain_verification",
        /// Bring your own key (BYOK) for Vault.
        BringYourOwnKey = "bring_your_own_key",
    }
}
