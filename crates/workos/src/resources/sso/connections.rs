//! SSO connections: the links between organizations and their identity providers (IdPs).
//!
//! ```no_run
//! use workos::sso::{
//!     CreateConnection, CreateConnectionSAMLOptions, CreateProtocolOptions,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let saml_options = CreateConnectionSAMLOptions {
//!     idp_metadata_url: Some("https://idp.acme.com/metadata.xml".into()),
//!     ..Default::default()
//! };
//! let saml = CreateProtocolOptions::SAML { saml_options };
//! let body = CreateConnection::new("org_01EHQMYV6MBK39QC5PZXHY59C3", saml);
//! let connection = client.sso().create_connection(body).await?;
//! println!("{} by {} is {}", connection.id, connection.connection_type, connection.state);
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use super::SSOApi;
use crate::{Nullable, ObjectType, Page, SecretString, Timestamp};

operations! {
    SSOApi, sso;

    /// Lists the connections of the environment, newest first by default.
    GET "/connections" @ "sso/connection/list"
        => list_connections(query: ListConnectionsParams) -> Page<Connection>;

    /// Creates a SAML or OpenID Connect connection. If the organization has a connection with the
    /// same external ID, returns that one.
    ///
    /// # Errors
    ///
    /// `connection_type_not_supported` or `connection_type_conflicts_with_options`; SAML:
    /// `idp_metadata_fetch_failed`, `incomplete_saml_options` or `ambiguous_saml_options`; OpenID
    /// Connect: `discovery_endpoint_must_use_https`, `client_secret_required` or
    /// `client_secret_not_accepted`.
    POST "/connections" @ "sso/connection/create"
        => create_connection(body: CreateConnection) -> Connection;

    /// Fetches a connection.
    GET "/connections/{id}" @ "sso/connection/get" => get_connection(id) -> Connection;

    /// Updates a connection. Omitted fields keep their values.
    ///
    /// # Errors
    ///
    /// Those of [`create_connection`](Self::create_connection), and
    /// `connection_type_not_updatable`.
    PATCH "/connections/{id}" @ "sso/connection"
        => update_connection(id, body: UpdateConnection) -> Connection;

    /// Permanently deletes a connection.
    DELETE "/connections/{id}" @ "sso/connection/delete" => delete_connection(id) -> ();
}

list_params! {
    SSOApi;
    ListConnectionsParams for list_connections {
        /// Only connections of this type.
        connection_type: Option<ConnectionType>,
        /// Only connections with this domain.
        domain: Option<String>,
        /// Only connections of this organization.
        organization_id: Option<String>,
        /// Only connections whose name contains this text.
        search: Option<String>,
        /// Only connections in this state.
        state: Option<ConnectionState>,
    }
}

inputs! {
    /// A new connection.
    CreateConnection {
        /// The organization whose users sign in through it.
        organization_id: String,
        /// The name, usually that of the organization.
        name: Option<String>,
        /// Your own ID for the connection.
        external_id: Option<String>,
        /// A SAML or OpenID Connect type; by default derived from the options.
        connection_type: Option<ConnectionType>,
        /// The mapping of IdP attributes to profiles, if it differs from the type's default.
        attribute_maps: Option<ConnectionAttributeMaps>,
        /// The protocol and its settings.
        flat protocol_options: CreateProtocolOptions,
    }
}

choices! {
    /// The protocol of a new connection.
    #[non_exhaustive]
    CreateProtocolOptions {
        /// SAML.
        SAML {
            /// The settings.
            saml_options: CreateConnectionSAMLOptions,
        }
        /// OpenID Connect.
        Oidc {
            /// The settings.
            oidc_options: CreateConnectionOidcOptions,
        }
    }
}

inputs! {
    /// The settings of a new SAML connection: a metadata URL, or the other `idp_` fields.
    CreateConnectionSAMLOptions {
        /// The URL of the IdP's metadata.
        idp_metadata_url: Option<String>,
        /// The assertion consumer service (ACS) URL; by default created by WorkOS.
        acs_url: Option<String>,
        /// The entity ID of WorkOS as service provider; by default the connection's external key.
        sp_entity_id: Option<String>,
        /// The entity ID of the IdP.
        idp_entity_id: Option<String>,
        /// The IdP's sign-in URL. Required without a metadata URL.
        idp_sso_url: Option<String>,
        /// The X.509 certificates that verify responses. Required without a metadata URL.
        idp_signing_certs: Option<Vec<String>>,
        /// The key pair that signs requests; by default created by WorkOS.
        sp_signing_key_pair: Option<CreateConnectionKeyPair>,
        /// The key pairs that decrypt responses; by default created by WorkOS.
        sp_encryption_key_pairs: Option<Vec<CreateConnectionKeyPair>>,
    }

    /// Your own key pair.
    CreateConnectionKeyPair {
        /// The private key.
        key: SecretString,
        /// Its certificate.
        cert: String,
    }

    /// The settings of a new OpenID Connect connection.
    CreateConnectionOidcOptions {
        /// The discovery endpoint of the IdP, an HTTPS URL.
        discovery_endpoint: String,
        /// The client ID that the IdP issued for WorkOS.
        client_id: String,
        /// The client secret. Required, except for `private_key_jwt`, where it is refused.
        client_secret: Option<SecretString>,
        /// Where the IdP returns users to; by default created by WorkOS.
        redirect_uri: Option<String>,
        /// Whether to use PKCE; the server's default is true.
        pkce: Option<bool>,
        /// How WorkOS authenticates to the IdP; the server's default is `client_secret_basic`.
        token_authentication_method: Option<OidcTokenAuthenticationMethod>,
        /// The key pair for `private_key_jwt`; by default created by WorkOS.
        jwt_signing_key_pair: Option<CreateConnectionKeyPair>,
        /// The algorithm that ID tokens are signed with.
        id_token_signature_algorithm: Option<OidcIdTokenSignatureAlgorithm>,
        /// Whether to read attributes from the IdP's userinfo endpoint, too.
        fetch_user_info: Option<bool>,
    }
}

open_enum! {
    /// How WorkOS authenticates to an OpenID Connect provider.
    pub enum OidcTokenAuthenticationMethod {
        /// The client secret in the body.
        ClientSecretPost = "client_secret_post",
        /// The client secret in the `Authorization` header.
        ClientSecretBasic = "client_secret_basic",
        /// A JWT signed with a private key.
        PrivateKeyJWT = "private_key_jwt",
    }
}

open_enum! {
    /// The algorithm that ID tokens are signed with (RFC 7518, RFC 8037).
    pub enum OidcIdTokenSignatureAlgorithm {
        Es256 = "ES256", Es384 = "ES384", Es512 = "ES512", EdDsa = "EdDSA", Hs256 = "HS256",
        Hs384 = "HS384", Hs512 = "HS512", Ps256 = "PS256", Ps384 = "PS384", Ps512 = "PS512",
        Rs256 = "RS256", Rs384 = "RS384", Rs512 = "RS512",
    }
}

inputs! {
    /// The mapping of IdP attributes or claims to profiles.
    ConnectionAttributeMaps {
        /// The attributes that every profile has.
        standard_attributes: Option<ConnectionStandardAttributes>,
        /// Custom attributes, by their names in the dashboard; in an update, `None` removes one.
        custom_attributes: Option<BTreeMap<String, Option<String>>>,
    }

    /// The sources of a profile's standard attributes. An update keeps omitted ones.
    ConnectionStandardAttributes {
        /// The source of [`Profile::idp_id`](crate::Profile::idp_id).
        idp_id: Option<String>,
        /// The source of the email address.
        email: Option<String>,
        /// The source of the given name.
        first_name: Option<String>,
        /// The source of the family name.
        last_name: Option<String>,
        /// The source of the groups; null for none.
        groups: Option<Nullable<String>>,
        /// The source of the full name; null for none.
        name: Option<Nullable<String>>,
    }

    /// Updates to a connection.
    UpdateConnection {
        /// The new name.
        name: Option<String>,
        /// Your own ID for the connection; null removes it.
        external_id: Option<Nullable<String>>,
        /// The current type; it cannot be changed.
        connection_type: Option<ConnectionType>,
        /// The mapping of IdP attributes to profiles.
        attribute_maps: Option<ConnectionAttributeMaps>,
        /// Settings of the connection's protocol.
        flat protocol_options: Option<PatchProtocolOptions>,
    }
}

choices! {
    /// Updates to a connection's protocol settings.
    #[non_exhaustive]
    PatchProtocolOptions {
        /// For a SAML connection.
        SAML {
            /// The changes.
            saml_options: PatchConnectionSAMLOptions,
        }
        /// For an OpenID Connect connection.
        Oidc {
            /// The changes.
            oidc_options: PatchConnectionOidcOptions,
        }
    }
}

inputs! {
    /// Updates to the settings of a SAML connection. For its certificates, see
    /// [`certificates`](super::certificates).
    PatchConnectionSAMLOptions {
        /// The URL of the IdP's metadata, which WorkOS fetches again; null stops that.
        idp_metadata_url: Option<Nullable<String>>,
        /// The assertion consumer service (ACS) URL; null restores the one created by WorkOS.
        acs_url: Option<Nullable<String>>,
        /// The entity ID of WorkOS as SP; null restores the connection's external key.
        sp_entity_id: Option<Nullable<String>>,
        /// The entity ID of the IdP.
        idp_entity_id: Option<String>,
        /// The IdP's sign-in URL.
        idp_sso_url: Option<String>,
    }

    /// Updates to the settings of an OpenID Connect connection.
    PatchConnectionOidcOptions {
        /// The discovery endpoint of the IdP, an HTTPS URL.
        discovery_endpoint: Option<String>,
        /// The client ID that the IdP issued for WorkOS.
        client_id: Option<String>,
        /// The client secret. Required when the authentication method changes to one that uses it.
        client_secret: Option<SecretString>,
        /// Where the IdP returns users to; null restores the URL created by WorkOS.
        redirect_uri: Option<Nullable<String>>,
        /// Whether to use PKCE.
        pkce: Option<bool>,
        /// How WorkOS authenticates to the IdP. `private_key_jwt` creates a missing key pair.
        token_authentication_method: Option<OidcTokenAuthenticationMethod>,
        /// The algorithm that ID tokens are signed with.
        id_token_signature_algorithm: Option<OidcIdTokenSignatureAlgorithm>,
        /// Whether to read attributes from the IdP's userinfo endpoint, too.
        fetch_user_info: Option<bool>,
    }
}

objects! {
    /// An SSO connection between an organization and its identity provider.
    #[doc(alias("SAML", "OIDC"))]
    Connection {
        /// Always `connection`.
        object: ObjectType,
        /// The ID, `conn_…`.
        id: String,
        /// The organization whose users sign in through it.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The identity provider and the protocol.
        connection_type: ConnectionType,
        /// The name, usually that of the organization.
        name: String,
        /// The state: users can sign in through an active connection.
        state: ConnectionState,
        /// Whether it is set up. Deprecated by WorkOS: use [`state`](Self::state).
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<ConnectionStatus>,
        /// The domains of the organization. Omitted in the event `connection.deleted`.
        domains: Vec<ConnectionDomain>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
        /// Only in events: a second ID, by default the entity ID of WorkOS for a SAML provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        external_key: Option<String>,
    }

    /// A domain of a connection or directory.
    #[derive(Eq)]
    ConnectionDomain {
        /// `connection_domain`, or `organization_domain` in a directory.
        object: ObjectType,
        /// The domain's ID.
        id: String,
        /// The domain, such as `acme.com`.
        domain: String,
    }
}

open_enum! {
    /// The state of a connection.
    pub enum ConnectionState {
        /// The identity provider is not chosen yet.
        RequiresType = "requires_type",
        /// The connection is being set up.
        Draft = "draft",
        /// Users can sign in through it.
        Active = "active",
        /// The settings are being checked.
        Validating = "validating",
        /// Users cannot sign in through it.
        Inactive = "inactive",
        /// The connection is being deleted.
        Deleting = "deleting",
    }
}

open_enum! {
    /// Whether a connection is set up. Deprecated by WorkOS: use [`ConnectionState`].
    pub enum ConnectionStatus {
        Linked = "linked", Unlinked = "unlinked",
    }
}

open_enum! {
    /// An identity provider and its protocol.
    pub enum ConnectionType {
        /// Not chosen yet.
        Pending = "Pending",
        Adfssaml = "ADFSSAML", AdpOidc = "AdpOidc", AppleOAuth = "AppleOAuth",
        Auth0Migration = "Auth0Migration", Auth0SAML = "Auth0SAML", AzureSAML = "AzureSAML",
        BitbucketOAuth = "BitbucketOAuth", CasSAML = "CasSAML", ClassLinkSAML = "ClassLinkSAML",
        CleverOidc = "CleverOIDC", CloudflareSAML = "CloudflareSAML", CyberArkSAML = "CyberArkSAML",
        DiscordOAuth = "DiscordOAuth", DuoSAML = "DuoSAML", EntraIdOidc = "EntraIdOIDC",
        GenericOidc = "GenericOIDC", GenericSAML = "GenericSAML", GitHubOAuth = "GitHubOAuth",
        /// GitHub, as a filter of `list_connections`.
        GithubOAuth = "GithubOAuth",
        GitLabOAuth = "GitLabOAuth", GoogleOAuth = "GoogleOAuth", GoogleOidc = "GoogleOIDC",
        GoogleSAML = "GoogleSAML", GrokOAuth = "GrokOAuth", XOAuth = "XOAuth",
        IntuitOAuth = "IntuitOAuth", JumpCloudSAML = "JumpCloudSAML",
        KeycloakSAML = "KeycloakSAML", LastPassSAML = "LastPassSAML",
        LinkedInOAuth = "LinkedInOAuth", LoginGovOidc = "LoginGovOidc", MagicLink = "MagicLink",
        MicrosoftOAuth = "MicrosoftOAuth", MiniOrangeSAML = "MiniOrangeSAML",
        NetIqSAML = "NetIqSAML", OktaOidc = "OktaOIDC", OktaSAML = "OktaSAML",
        OneLoginSAML = "OneLoginSAML", OracleSAML = "OracleSAML",
        PingFederateSAML = "PingFederateSAML", PingOneSAML = "PingOneSAML",
        RipplingSAML = "RipplingSAML", SalesforceSAML = "SalesforceSAML",
        ShibbolethGenericSAML = "ShibbolethGenericSAML", ShibbolethSAML = "ShibbolethSAML",
        SimpleSAMLPhpSAML = "SimpleSamlPhpSAML", SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        /// The test identity provider of WorkOS.
        TestIdp = "TestIdp",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        VMwareSAML = "VMwareSAML", XeroOAuth = "XeroOAuth",
    }
}
