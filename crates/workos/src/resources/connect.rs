//! WorkOS Connect: OAuth and machine-to-machine (M2M) applications that access your product.
//!
//! An OAuth application lets your users sign in to another product with their account in yours. An
//! M2M application is a customer's service that calls your API with access tokens it gets for a
//! client secret; `helpers::client_credentials` does that.
//!
//! ```no_run
//! use workos::connect::{
//!     CreateApplicationSecret, CreateM2MApplication, CreateOAuthApplication,
//!     RedirectUriInput,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let connect = client.connect();
//!
//! let wiki = connect
//!     .create_oauth_application(CreateOAuthApplication {
//!         redirect_uris: vec![RedirectUriInput::new("https://wiki.example/callback")].into(),
//!         ..CreateOAuthApplication::new("Wiki", true)
//!     })
//!     .await?;
//! println!("users sign in to {} as {}", wiki.name, wiki.client_id);
//!
//! let organization_id = "org_01EHZNVPK3SFK441A1RGBFSHRT";
//! let export = CreateM2MApplication::new("Nightly export", organization_id);
//! let export = connect.create_m2m_application(export).await?;
//! let created =
//!     connect.create_application_client_secret(&export.id, CreateApplicationSecret {}).await?;
//! // Hand `created.secret` over now: it is returned only once.
//!
//! connect.delete_client_secret(&created.id).await?;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::page::null_as_default;
use crate::{Call, Metadata, Nullable, ObjectType, Page, RequestOptions, SecretString, Timestamp};

api! {
    /// OAuth and M2M applications and their client secrets. See [`connect`](crate::connect).
    #[doc(alias("OAuth", "M2M", "machine_to_machine", "OIDC"))]
    ConnectApi, connect;
}

#[doc(hidden)]
pub use crate::compat::connect::*;

operations! {
    ConnectApi, connect;

    /// Completes a sign-in on your own login page (Standalone Connect), and returns the URL to
    /// redirect the browser to. Creates the user, or updates the one with this external ID.
    ///
    /// # Errors
    ///
    /// 400 `external_auth_session_already_completed`, `user_consent_options_not_supported`,
    /// `email_change_not_allowed`, `email_not_available` (another user has the email address) or
    /// `invalid_email`; 404 when there is no such session.
    #[doc(alias("standalone", "external_auth", "complete_login"))]
    POST "/authkit/oauth2/complete" @ "workos-connect/standalone/complete"
        => complete_oauth_2(body: CompleteOAuth2) -> ExternalAuthCompleteResponse;

    /// Lists the applications of the environment, by default without dynamically registered ones.
    GET "/connect/applications" @ "workos-connect/applications"
        => list_applications(query: ListApplicationsParams) -> Page<ConnectApplication>;

    /// Creates an OAuth or M2M application. See also
    /// [`create_oauth_application`](Self::create_oauth_application) and
    /// [`create_m2m_application`](Self::create_m2m_application).
    ///
    /// # Errors
    ///
    /// 404 when there is no such organization; 422 when a field is invalid.
    POST "/connect/applications" @ "workos-connect/applications"
        => create_application(body: CreateApplication) -> ConnectApplication;

    /// Fetches one application by its ID or client ID.
    GET "/connect/applications/{id}" @ "workos-connect/applications"
        => get_application(id) -> ConnectApplication;

    /// Updates an application. Fields that are `None` keep their value.
    PUT "/connect/applications/{id}" @ "workos-connect/applications"
        => update_application(id, body: UpdateOAuthApplication) -> ConnectApplication;

    /// Permanently deletes an application.
    DELETE "/connect/applications/{id}" @ "workos-connect/applications"
        => delete_application(id) -> ();

    /// Lists the client secrets of an application, without the plaintext. Not paginated.
    GET "/connect/applications/{id}/client_secrets" @ "workos-connect/applications/client-secrets"
        => list_application_client_secrets(id) -> Vec<ConnectApplicationSecret>;

    /// Creates another client secret for an application. Only this response has the plaintext.
    #[doc(alias = "rotate_secret")]
    POST "/connect/applications/{id}/client_secrets" @ "workos-connect/applications/client-secrets"
        => create_application_client_secret(id, body: CreateApplicationSecret)
        -> ConnectApplicationSecret;

    /// Revokes a client secret, by the ID of the secret, not of the application.
    #[doc(alias = "revoke_client_secret")]
    DELETE "/connect/client_secrets/{id}" @ "workos-connect/applications/client-secrets"
        => delete_client_secret(id) -> ();
}

impl ConnectApi {
    /// Creates an application that users sign in to. Shorthand for
    /// [`create_application`](Self::create_application).
    #[inline]
    pub fn create_oauth_application(
        &self,
        params: CreateOAuthApplication,
    ) -> Call<ConnectApplication> {
        self.create_application(CreateApplication::OAuth(params))
    }

    /// [`create_oauth_application`](Self::create_oauth_application) with settings for this one
    /// call.
    #[inline]
    pub fn create_oauth_application_with_options(
        &self,
        params: CreateOAuthApplication,
        options: Option<&RequestOptions>,
    ) -> Call<ConnectApplication> {
        self.create_oauth_application(params).options(options)
    }

    /// Creates an application for server-to-server access. Shorthand for
    /// [`create_application`](Self::create_application).
    #[inline]
    pub fn create_m2m_application(&self, params: CreateM2MApplication) -> Call<ConnectApplication> {
        self.create_application(CreateApplication::M2M(params))
    }

    /// [`create_m2m_application`](Self::create_m2m_application) with settings for this one call.
    #[inline]
    pub fn create_m2m_application_with_options(
        &self,
        params: CreateM2MApplication,
        options: Option<&RequestOptions>,
    ) -> Call<ConnectApplication> {
        self.create_m2m_application(params).options(options)
    }
}

list_params! {
    ConnectApi;
    ListApplicationsParams for list_applications {
        /// Only applications that were registered in one of these ways; by default
        /// [`Authenticated`](ApplicationsRegistrationTypes::Authenticated).
        registration_types: Option<Vec<ApplicationsRegistrationTypes>>,
        /// Only applications of this organization.
        organization_id: Option<String>,
    }
}

inputs! {
    /// The user who signed in on your login page.
    #[derive(Eq)]
    CompleteOAuth2 {
        /// The `external_auth_id` from the query of your login page's URL.
        external_auth_id: String,
        /// The user.
        user: UserObject,
        /// The choices to offer on the consent page.
        user_consent_options: Option<Vec<UserConsentOption>>,
    }

    /// A user from your own system.
    #[derive(Eq)]
    UserObject {
        /// Your own ID, which becomes the user's external ID in WorkOS.
        id: String,
        /// The email address.
        email: String,
        /// The first name.
        first_name: Option<String>,
        /// The last name.
        last_name: Option<String>,
        /// The full name.
        name: Option<String>,
        /// Your own key-value metadata: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
    }

    /// A choice that a user makes on the consent page.
    #[derive(Eq)]
    UserConsentOption ("type" = "enum") {
        /// The claim that carries the choice.
        claim: String,
        /// The label that users see.
        label: String,
        /// The values to choose from.
        choices: Vec<UserConsentOptionChoice>,
    }

    /// One of the values of a [`UserConsentOption`].
    #[derive(Eq)]
    UserConsentOptionChoice {
        /// The value of the claim when this is chosen.
        value: Option<String>,
        /// The label that users see.
        label: Option<String>,
    }
}

objects! {
    /// The response to completing a sign-in on your login page.
    #[derive(Eq)]
    ExternalAuthCompleteResponse {
        /// The AuthKit URL to redirect the browser to.
        redirect_uri: String,
    }
}

open_enum! {
    /// How a [`ConnectApplication`] was registered.
    pub enum ApplicationsRegistrationTypes {
        /// By Dynamic Client Registration (RFC 7591).
        #[doc(alias = "DCR")]
        Dynamic = "dynamic",
        /// In the dashboard or through the API.
        Authenticated = "authenticated",
    }
}

/// A new application. The two types take different fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
#[serde(tag = "application_type")]
#[non_exhaustive]
pub enum CreateApplication {
    /// An application that users sign in to.
    #[serde(rename = "oauth")]
    OAuth(CreateOAuthApplication),
    /// An application for server-to-server access, with the client credentials grant.
    #[serde(rename = "m2m")]
    M2M(CreateM2MApplication),
}

inputs! {
    /// A new application that users sign in to.
    #[derive(Eq)]
    CreateOAuthApplication {
        /// The name shown to users.
        name: String,
        /// Whether the application is your own, so that users need not consent. A third-party one
        /// must belong to an organization.
        is_first_party: bool,
        /// The description.
        description: Option<String>,
        /// The scopes that the application may request.
        scopes: Option<Vec<String>>,
        /// The allowed redirect URIs.
        redirect_uris: Option<Vec<RedirectUriInput>>,
        /// Whether the application uses PKCE instead of a client secret.
        uses_pkce: Option<bool>,
        /// The organization that it belongs to. Required unless it is first-party.
        organization_id: Option<String>,
        /// The web origins that may call the token endpoint (CORS).
        cors_origins: Option<Vec<String>>,
    }

    /// A new application for server-to-server access.
    #[derive(Eq)]
    CreateM2MApplication {
        /// The name.
        name: String,
        /// The organization that it belongs to and acts for.
        organization_id: String,
        /// The description.
        description: Option<String>,
        /// The scopes that the application may request.
        scopes: Option<Vec<String>>,
    }

    /// Changes to an application.
    #[derive(Eq)]
    UpdateOAuthApplication {
        /// The new name.
        name: Option<String>,
        /// The description.
        description: Option<Nullable<String>>,
        /// The scopes that the application may request; replaces the old ones.
        scopes: Option<Nullable<Vec<String>>>,
        /// OAuth only: the allowed redirect URIs; replaces the old ones.
        redirect_uris: Option<Nullable<Vec<RedirectUriInput>>>,
        /// OAuth only: the web origins that may call the token endpoint; replaces the old ones.
        cors_origins: Option<Nullable<Vec<String>>>,
    }

    /// A redirect URI.
    #[derive(Eq)]
    RedirectUriInput {
        /// The exact URI.
        uri: String,
        /// Whether it is the default for requests without a redirect URI.
        default: Option<bool>,
    }
}

/// A new client secret. It has no settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "requests", derive(serde::Deserialize))]
pub struct CreateApplicationSecret {}

objects! {
    /// A client secret of an application.
    ConnectApplicationSecret {
        /// Always `connect_application_secret`.
        object: ObjectType,
        /// The ID of the secret.
        id: String,
        /// The last characters of the secret, to recognize it by.
        secret_hint: String,
        /// When it was last used, if ever.
        last_used_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The plaintext. Only in the response of `create_application_client_secret`.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<SecretString>,
    }

    /// An OAuth or M2M application.
    ///
    /// The [`application_type`](Self::application_type) determines which optional fields are set.
    ConnectApplication {
        /// Always `connect_application`.
        object: ObjectType,
        /// `conn_app_…`
        id: String,
        /// The OAuth client ID, `client_…`.
        client_id: String,
        /// The description.
        description: Option<String>,
        /// The name shown to users.
        name: String,
        /// The scopes that the application may request.
        scopes: Vec<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Whether it is an OAuth or an M2M application.
        #[serde(skip_serializing_if = "Option::is_none")]
        application_type: Option<ConnectApplicationType>,
        /// OAuth: the allowed redirect URIs.
        #[serde(skip_serializing_if = "Option::is_none")]
        redirect_uris: Option<Vec<ConnectApplicationRedirectUri>>,
        /// OAuth: whether the application uses PKCE instead of a client secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        uses_pkce: Option<bool>,
        /// OAuth: the web origins that may call the token endpoint (CORS).
        #[serde(skip_serializing_if = "Option::is_none")]
        cors_origins: Option<Vec<String>>,
        /// OAuth: whether the application is your own, so that users need not consent.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_first_party: Option<bool>,
        /// OAuth, third-party: whether it was dynamically registered (RFC 7591).
        #[serde(skip_serializing_if = "Option::is_none")]
        was_dynamically_registered: Option<bool>,
        /// The organization that it belongs to, unless it is first-party or dynamically registered.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
    }
}

/// A redirect URI.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectApplicationRedirectUri {
    /// The exact URI.
    #[serde(default, deserialize_with = "null_as_default")]
    pub uri: String,
    /// Whether it is the default for requests without a redirect URI.
    #[serde(default, deserialize_with = "null_as_default")]
    pub default: bool,
}

open_enum! {
    /// The type of a [`ConnectApplication`].
    pub enum ConnectApplicationType {
        /// An application that users sign in to.
        OAuth = "oauth",
        /// An application for server-to-server access, with the client credentials grant.
        M2M = "m2m",
    }
}
