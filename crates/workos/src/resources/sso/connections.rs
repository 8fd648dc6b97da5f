//! Connections: what joins an organization to its identity provider.
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

    /// Lists the connections of the environment, newest first unless told otherwise.
    GET "/connections" => list_connections(query: ListConnectionsParams) -> Page<Connection>;

    /// Creates a SAML or OpenID Connect connection. Where one has the external id already, that one
    /// is returned.
    ///
    /// # Errors
    ///
    /// `connection_type_not_supported` or `connection_type_conflicts_with_options`; SAML:
    /// `idp_metadata_fetch_failed`, `incomplete_saml_options` or `ambiguous_saml_options`; OpenID
    /// Connect: `discovery_endpoint_must_use_https`, `client_secret_required` or
    /// `client_secret_not_accepted`.
    POST "/connections" => create_connection(body: CreateConnection) -> Connection;

    /// Fetches one connection.
    GET "/connections/{id}" => get_connection(id) -> Connection;

    /// Changes a connection. Fields that are left out keep their value.
    ///
    /// # Errors
    ///
    /// Those of [`create_connection`](Self::create_connection), and
    /// `connection_type_not_updatable`.
    PATCH "/connections/{id}"
        => update_connection(id, body: UpdateConnection) -> Connection;

    /// Deletes a connection for good.
    DELETE "/connections/{id}" => delete_connection(id) -> ();
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
        /// An id of your own.
        external_id: Option<String>,
        /// A SAML or OpenID Connect type. Without one it follows from the options.
        connection_type: Option<ConnectionType>,
        /// From which attributes profiles are made, where it is not those usual for the type.
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
            /// Its settings.
            saml_options: CreateConnectionSAMLOptions,
        }
        /// OpenID Connect.
        Oidc {
            /// Its settings.
            oidc_options: CreateConnectionOidcOptions,
        }
    }
}

inputs! {
    /// The settings of a new SAML connection: a metadata URL, or the other fields with `idp_`.
    CreateConnectionSAMLOptions {
        /// Where the identity provider publishes its metadata.
        idp_metadata_url: Option<String>,
        /// Where the identity provider posts its responses, instead of the URL that WorkOS makes.
        acs_url: Option<String>,
        /// As what WorkOS introduces itself, instead of the connection's external key.
        sp_entity_id: Option<String>,
        /// As what the identity provider introduces itself.
        idp_entity_id: Option<String>,
        /// Where users sign in. Required without a metadata URL.
        idp_sso_url: Option<String>,
        /// The X.509 certificates that responses are checked against. Required without a metadata URL.
        idp_signing_certs: Option<Vec<String>>,
        /// With what requests are signed, instead of a key pair that WorkOS makes.
        sp_signing_key_pair: Option<CreateConnectionKeyPair>,
        /// With what responses are decrypted, instead of a key pair that WorkOS makes.
        sp_encryption_key_pairs: Option<Vec<CreateConnectionKeyPair>>,
    }

    /// A key pair of your own.
    CreateConnectionKeyPair {
        /// The private key.
        key: SecretString,
        /// Its certificate.
        cert: String,
    }

    /// The settings of a new OpenID Connect connection.
    CreateConnectionOidcOptions {
        /// Where the identity provider publishes its configuration, with `https://`.
        discovery_endpoint: String,
        /// The client id that the identity provider gave out for WorkOS.
        client_id: String,
        /// The secret that came with it. Required, but not taken for `private_key_jwt`.
        client_secret: Option<SecretString>,
        /// Where the identity provider sends users back to, instead of the URL that WorkOS makes.
        redirect_uri: Option<String>,
        /// Whether codes are protected by PKCE; the server's default is that they are.
        pkce: Option<bool>,
        /// How WorkOS proves itself; the server's default is `client_secret_basic`.
        token_authentication_method: Option<OidcTokenAuthenticationMethod>,
        /// With what it does so by `private_key_jwt`, instead of a key pair that it makes.
        jwt_signing_key_pair: Option<CreateConnectionKeyPair>,
        /// With which algorithm ID tokens are signed.
        id_token_signature_algorithm: Option<OidcIdTokenSignatureAlgorithm>,
        /// Whether attributes are also read from the identity provider's userinfo endpoint.
        fetch_user_info: Option<bool>,
    }
}

open_enum! {
    /// How WorkOS proves itself to an OpenID Connect provider.
    pub enum OidcTokenAuthenticationMethod {
        /// With the secret in the body.
        ClientSecretPost = "client_secret_post",
        /// With the secret in the `Authorization` header.
        ClientSecretBasic = "client_secret_basic",
        /// With a token signed by a key of its own.
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
    /// From which attributes or claims of the identity provider profiles are made.
    ConnectionAttributeMaps {
        /// Those that every profile has.
        standard_attributes: Option<ConnectionStandardAttributes>,
        /// Those of your own, by their names in the dashboard; in an update, `None` unsets one.
        custom_attributes: Option<BTreeMap<String, Option<String>>>,
    }

    /// The sources of a profile's standard attributes. In an update, those left out stay.
    ConnectionStandardAttributes {
        /// The source of [`Profile::idp_id`](crate::Profile::idp_id).
        idp_id: Option<String>,
        /// The source of the address.
        email: Option<String>,
        /// The source of the given name.
        first_name: Option<String>,
        /// The source of the family name.
        last_name: Option<String>,
        /// The source of the groups; null for none.
        groups: Option<Nullable<String>>,
        /// The source of the whole name; null for none.
        name: Option<Nullable<String>>,
    }

    /// What to change about a connection.
    UpdateConnection {
        /// The new name.
        name: Option<String>,
        /// An id of your own; null removes it.
        external_id: Option<Nullable<String>>,
        /// The type it has; it cannot be changed.
        connection_type: Option<ConnectionType>,
        /// From which attributes profiles are made.
        attribute_maps: Option<ConnectionAttributeMaps>,
        /// Settings of the protocol it has.
        flat protocol_options: Option<PatchProtocolOptions>,
    }
}

choices! {
    /// What to change about the protocol's settings of a connection.
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
    /// What to change about the settings of a SAML connection. For its certificates, see
    /// [`certificates`](super::certificates).
    PatchConnectionSAMLOptions {
        /// Where the metadata is, to be read anew with its certificates; null to follow it no more.
        idp_metadata_url: Option<Nullable<String>>,
        /// Where the identity provider posts its responses; null for the URL that WorkOS makes.
        acs_url: Option<Nullable<String>>,
        /// As what WorkOS introduces itself; null for the connection's external key.
        sp_entity_id: Option<Nullable<String>>,
        /// As what the identity provider introduces itself.
        idp_entity_id: Option<String>,
        /// Where users sign in.
        idp_sso_url: Option<String>,
    }

    /// What to change about the settings of an OpenID Connect connection.
    PatchConnectionOidcOptions {
        /// Where the identity provider publishes its configuration, with `https://`.
        discovery_endpoint: Option<String>,
        /// The client id that the identity provider gave out for WorkOS.
        client_id: Option<String>,
        /// The secret that came with it. Required when the method changes to one that uses it.
        client_secret: Option<SecretString>,
        /// Where users are sent back to; null for the URL that WorkOS makes.
        redirect_uri: Option<Nullable<String>>,
        /// Whether codes are protected by PKCE.
        pkce: Option<bool>,
        /// How WorkOS proves itself. For `private_key_jwt` it makes a key pair if there is none.
        token_authentication_method: Option<OidcTokenAuthenticationMethod>,
        /// With which algorithm ID tokens are signed.
        id_token_signature_algorithm: Option<OidcIdTokenSignatureAlgorithm>,
        /// Whether attributes are also read from the userinfo endpoint.
        fetch_user_info: Option<bool>,
    }
}

objects! {
    /// What joins an organization to its identity provider.
    Connection {
        /// Always `connection`.
        object: ObjectType,
        /// `conn_…`
        id: String,
        /// The organization whose users sign in through it.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
        /// The identity provider and the protocol.
        connection_type: ConnectionType,
        /// The name, usually that of the organization.
        name: String,
        /// Whether users can sign in through it.
        state: ConnectionState,
        /// Whether it is set up. Deprecated by WorkOS: use [`state`](Self::state).
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<ConnectionStatus>,
        /// The domains of the organization. The event `connection.deleted` leaves them out.
        domains: Vec<ConnectionDomain>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Only in events: a second id, as which WorkOS introduces itself to a SAML provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        external_key: Option<String>,
    }

    /// A domain of a connection or directory.
    #[derive(Eq)]
    ConnectionDomain {
        /// `connection_domain`, or `organization_domain` in a directory.
        object: ObjectType,
        /// The domain's id.
        id: String,
        /// The domain, such as `acme.com`.
        domain: String,
    }
}

open_enum! {
    /// Whether users can sign in through a connection.
    pub enum ConnectionState {
        /// Nobody has said yet which identity provider it is for.
        RequiresType = "requires_type",
        /// It is being set up.
        Draft = "draft",
        /// They can.
        Active = "active",
        /// The settings are being checked.
        Validating = "validating",
        /// They cannot.
        Inactive = "inactive",
        /// It is about to be gone.
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
    /// An identity provider and the protocol spoken with it.
    pub enum ConnectionType {
        /// Not chosen yet.
        Pending = "Pending",
        Adfssaml = "ADFSSAML", AdpOidc = "AdpOidc", AppleOAuth = "AppleOAuth",
        Auth0Migration = "Auth0Migration", Auth0SAML = "Auth0SAML", AzureSAML = "AzureSAML",
        BitbucketOAuth = "BitbucketOAuth", CasSAML = "CasSAML", ClassLinkSAML = "ClassLinkSAML",
        CleverOidc = "CleverOIDC", CloudflareSAML = "CloudflareSAML", CyberArkSAML = "CyberArkSAML",
        DiscordOAuth = "DiscordOAuth", DuoSAML = "DuoSAML", EntraIdOidc = "EntraIdOIDC",
        GenericOidc = "GenericOIDC", GenericSAML = "GenericSAML", GitHubOAuth = "GitHubOAuth",
        /// GitHub, as `list_connections` wants it when it is to be searched for.
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
        /// The identity provider that WorkOS has for tests.
        TestIdp = "TestIdp",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth", VercelOAuth = "VercelOAuth",
        VMwareSAML = "VMwareSAML", XeroOAuth = "XeroOAuth",
    }
}
