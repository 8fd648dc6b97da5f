//! Organizations: the customers of your application.
//!
//! An organization is a company that uses your product. Its users, its SSO and directory
//! connections, its roles and its audit log belong to it, and its verified domains decide who signs
//! in through it.
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
    OrganizationsApi, organizations;
}

#[doc(hidden)]
pub use crate::compat::organizations::*;

operations! {
    OrganizationsApi, organizations;

    /// Lists the organizations of the environment, newest first unless told otherwise.
    GET "/organizations" @ "organization/list" => list_organizations(query: ListOrganizationsParams)
        -> Page<Organization>;

    /// Creates an organization.
    ///
    /// # Errors
    ///
    /// 400 `external_id_already_used` or `invalid_metadata`; 409 when a domain belongs to another
    /// organization; 422 when a field is invalid.
    POST "/organizations" @ "organization/create" => create_organization(body: CreateOrganization) -> Organization;

    /// Fetches the organization that carries an id of your own.
    GET "/organizations/external_id/{external_id}"
        => get_organization_by_external_id(external_id) -> Organization;

    /// Fetches one organization.
    GET "/organizations/{id}" => get_organization(id) -> Organization;

    /// Changes an organization. Fields that are left out keep their value.
    ///
    /// # Errors
    ///
    /// 400 `external_id_already_used`, `stripe_customer_id_already_used` or `invalid_metadata`; 404
    /// when there is no such organization; 409 when a domain belongs to another one; 422 when a
    /// field is invalid.
    PUT "/organizations/{id}"
        => update_organization(id, body: UpdateOrganization) -> Organization;

    /// Deletes an organization for good, with its connections, directories and memberships. The
    /// server may finish the work after it has answered.
    DELETE "/organizations/{id}" => delete_organization(id) -> ();

    /// Fetches how long an organization's audit log is kept and where it is streamed to.
    GET "/organizations/{id}/audit_log_configuration"
        => get_audit_log_configuration(id) -> AuditLogConfiguration;

    /// Lists the Connect applications that users of the organization have authorized.
    GET "/organizations/{organization_id}/authorized_applications"
        => list_authorized_applications(organization_id, query: ListAuthorizedApplicationsParams)
        -> Page<AuthorizedApplication>;

    /// Lists the people who set up the organization's side: SSO, directories, domains.
    GET "/organizations/{organization_id}/it_contacts"
        => list_it_contacts(organization_id) -> List<ItContact>;

    /// Adds an IT contact. No email is sent: see
    /// [`invite_it_contact`](Self::invite_it_contact).
    ///
    /// # Errors
    ///
    /// 404 when there is no such organization; 409 when the address is a contact already; 422 when
    /// it is no address.
    POST "/organizations/{organization_id}/it_contacts"
        => create_it_contact(organization_id, body: CreateItContact) -> ItContact;

    /// Removes an IT contact together with its active setup links.
    DELETE "/organizations/{organization_id}/it_contacts/{contact_id}"
        => delete_it_contact(organization_id, contact_id) -> ();

    /// Emails a link to the Admin Portal to an IT contact.
    ///
    /// # Errors
    ///
    /// 404 when there is no such contact; 409 when it has an active invitation; 422 when no intent
    /// is given; 429 when too many emails were sent.
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/invite"
        => invite_it_contact(organization_id, contact_id, body: InviteItContact) -> ();

    /// Withdraws the active Admin Portal invitation of an IT contact.
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/revoke"
        => revoke_it_contact(organization_id, contact_id) -> ();
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
        /// Whether users with an address outside the organization's domains may sign in through its
        /// connections.
        allow_profiles_outside_organization: Option<bool>,
        /// Domains to add unverified. Deprecated by WorkOS: use
        /// [`domain_data`](Self::domain_data).
        domains: Option<Vec<String>>,
        /// The domains, with the state of their verification.
        domain_data: Option<Vec<OrganizationDomainData>>,
        /// Data of your own: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
        /// An id of your own, up to 128 ASCII characters, unique in the environment.
        external_id: Option<String>,
    }

    /// What to change about an organization.
    UpdateOrganization {
        /// The new name.
        name: Option<String>,
        /// Whether users with an address outside the organization's domains may sign in through its
        /// connections.
        allow_profiles_outside_organization: Option<bool>,
        /// The domains it has from now on, unverified. Deprecated by WorkOS: use
        /// [`domain_data`](Self::domain_data).
        domains: Option<Vec<String>>,
        /// The domains it has from now on; others are removed.
        domain_data: Option<Vec<OrganizationDomainData>>,
        /// The Stripe customer that entitlements and seats are taken from.
        stripe_customer_id: Option<String>,
        /// Changes to the metadata: keys that are named are set or removed; null removes all of them.
        metadata: Option<Nullable<UpdateMetadata>>,
        /// An id of your own, up to 128 ASCII characters, unique in the environment; null removes it.
        external_id: Option<Nullable<String>>,
    }

    /// A domain to give to an organization.
    #[derive(Eq)]
    OrganizationDomainData {
        /// The domain, such as `acme.com`.
        domain: String,
        /// Whether you vouch for it, or it is to be verified.
        state: OrganizationDomainDataState,
    }
}

open_enum! {
    /// The state in which a domain is given to an organization.
    pub enum OrganizationDomainDataState {
        /// To be verified by a DNS record.
        Pending = "pending",
        /// You know that the domain is the organization's.
        Verified = "verified",
    }
}

objects! {
    /// A customer of your application.
    Organization {
        /// Always `organization`.
        object: ObjectType,
        /// `org_…`
        id: String,
        /// The name, which need not be unique.
        name: String,
        /// The domains its users have their addresses in.
        domains: Vec<OrganizationDomain>,
        /// Data of your own.
        metadata: Metadata,
        /// The id of your own, if one was set.
        external_id: Option<String>,
        /// The Stripe customer that entitlements and seats are taken from.
        #[serde(skip_serializing_if = "Option::is_none")]
        stripe_customer_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Whether users with an address outside the domains may sign in through its connections.
        /// Deprecated by WorkOS.
        #[serde(skip_serializing_if = "Option::is_none")]
        allow_profiles_outside_organization: Option<bool>,
    }

    /// A domain of an organization.
    OrganizationDomain {
        /// Always `organization_domain`.
        object: ObjectType,
        /// `org_domain_…`
        id: String,
        /// The organization it belongs to.
        organization_id: String,
        /// The domain, such as `acme.com`.
        domain: String,
        /// How far its verification has come.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<OrganizationDomainState>,
        /// Under which name the DNS record has to be made.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_prefix: Option<String>,
        /// What the DNS TXT record has to say. Anyone who can read it could claim to be setting up the
        /// domain, so it is not printed.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_token: Option<SecretString>,
        /// How the domain is verified.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_strategy: Option<OrganizationDomainVerificationStrategy>,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// How far the verification of a domain has come.
    pub enum OrganizationDomainState {
        /// The DNS record was not found in time.
        Failed = "failed",
        /// Verified before WorkOS recorded how.
        LegacyVerified = "legacy_verified",
        /// The DNS record is being waited for.
        Pending = "pending",
        /// Nobody has asked for verification.
        Unverified = "unverified",
        /// Known to be the organization's.
        Verified = "verified",
    }
}

open_enum! {
    /// How a domain is verified.
    pub enum OrganizationDomainVerificationStrategy {
        /// By a TXT record.
        Dns = "dns",
        /// By your word, when the domain was added as verified.
        Manual = "manual",
    }
}

objects! {
    /// How an organization's audit log is kept and where it goes.
    AuditLogConfiguration {
        /// The organization.
        organization_id: String,
        /// For how many days events are kept.
        retention_period_in_days: i64,
        /// Whether events are recorded.
        state: AuditLogConfigurationState,
        /// Where events are sent on to, if anywhere.
        #[serde(skip_serializing_if = "Option::is_none")]
        log_stream: Option<AuditLogConfigurationLogStream>,
    }
}

open_enum! {
    /// Whether an organization's audit log records events.
    pub enum AuditLogConfigurationState {
        /// It does.
        Active = "active",
        /// It does not yet.
        Inactive = "inactive",
        /// It has been switched off.
        Disabled = "disabled",
    }
}

objects! {
    /// A destination outside WorkOS that audit log events are sent on to.
    AuditLogConfigurationLogStream {
        /// The stream's id.
        id: String,
        /// The kind of destination.
        type_ as "type": AuditLogConfigurationLogStreamType,
        /// Whether it works.
        state: AuditLogConfigurationLogStreamState,
        /// When an event was last delivered; as text, since the API does not promise its form.
        last_synced_at: Option<String>,
        /// When it was set up.
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
    /// Whether a log stream works.
    pub enum AuditLogConfigurationLogStreamState {
        /// Events are delivered.
        Active = "active",
        /// It is switched off.
        Inactive = "inactive",
        /// Deliveries fail.
        Error = "error",
        /// Its settings cannot work.
        Invalid = "invalid",
    }
}

objects! {
    /// A Connect application that a user has authorized.
    AuthorizedApplication {
        /// Always `authorized_connect_application`.
        object: ObjectType,
        /// The authorization's own id.
        id: String,
        /// What the user agreed to.
        granted_scopes: Vec<String>,
        /// The API that the tokens are for, where one was asked for (RFC 8707).
        #[serde(skip_serializing_if = "Option::is_none")]
        oauth_resource: Option<String>,
        /// The application.
        application: ConnectApplication,
        /// The user, where the list spans several.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
    }

    /// Somebody who sets up SSO, directories or domains on an organization's side.
    #[derive(Eq)]
    ItContact {
        /// Always `it_contact`.
        object: ObjectType,
        /// `it_contact_…`
        id: String,
        /// Where setup links are sent to.
        email: String,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

inputs! {
    /// A new IT contact.
    #[derive(Eq)]
    CreateItContact {
        /// The address.
        email: String,
    }

    /// What an IT contact is invited to set up.
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
        /// Directory sync.
        DirectorySync = "directory_sync",
        /// Log streams.
        LogStreams = "log_streams",
        /// Domain verification.
        DomainVerification = "domain_verification",
        /// Keys of one's own for the vault.
        BringYourOwnKey = "bring_your_own_key",
    }
}
