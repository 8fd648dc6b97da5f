//! Connect: applications that sign in with the users of yours.
//!
//! An OAuth application lets your users sign in to another product with the account they have with
//! you. A machine-to-machine (M2M) application is a program of a customer that calls your API and
//! proves itself with a client secret; `helpers::client_credentials` does that for it.
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
//! // Hand `created.secret` over now: it is not shown again.
//!
//! connect.delete_client_secret(&created.id).await?;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::page::null_as_default;
use crate::{Call, Metadata, Nullable, ObjectType, Page, RequestOptions, SecretString, Timestamp};

api! {
    /// Applications that sign in with the users of yours. See [`connect`](crate::connect).
    ConnectApi, connect;
}

#[doc(hidden)]
pub use crate::compat::connect::*;

operations! {
    ConnectApi, connect;

    /// Tells AuthKit who has signed in on your own login page (Standalone Connect), and returns
    /// where to send the browser next. The user is created, or updated if your id is known.
    ///
    /// # Errors
    ///
    /// 400 `external_auth_session_already_completed`, `user_consent_options_not_supported`,
    /// `email_change_not_allowed`, `email_not_available` (the address is another user's) or
    /// `invalid_email`; 404 when there is no such session.
    POST "/authkit/oauth2/complete"
        => complete_oauth_2(body: CompleteOAuth2) -> ExternalAuthCompleteResponse;

    /// Lists the applications of the environment. Those that registered themselves are left out
    /// unless asked for.
    GET "/connect/applications" => list_applications(query: ListApplicationsParams)
        -> Page<ConnectApplication>;

    /// Creates an application of either kind. See also
    /// [`create_oauth_application`](Self::create_oauth_application) and
    /// [`create_m2m_application`](Self::create_m2m_application).
    ///
    /// # Errors
    ///
    /// 404 when there is no such organization; 422 when a field is invalid.
    POST "/connect/applications"
        => create_application(body: CreateApplication) -> ConnectApplication;

    /// Fetches one application, by its id or its client id.
    GET "/connect/applications/{id}" => get_application(id) -> ConnectApplication;

    /// Changes an application. Fields that are left out keep their value.
    PUT "/connect/applications/{id}"
        => update_application(id, body: UpdateOAuthApplication) -> ConnectApplication;

    /// Deletes an application for good.
    DELETE "/connect/applications/{id}" => delete_application(id) -> ();

    /// Lists the client secrets of an application, without the secrets themselves. They come whole.
    GET "/connect/applications/{id}/client_secrets"
        => list_application_client_secrets(id) -> Vec<ConnectApplicationSecret>;

    /// Gives an application one more client secret. This answer is the only one that contains it.
    POST "/connect/applications/{id}/client_secrets"
        => create_application_client_secret(id, body: CreateApplicationSecret)
        -> ConnectApplicationSecret;

    /// Revokes a client secret. The id is the secret's, not the application's.
    DELETE "/connect/client_secrets/{id}" => delete_client_secret(id) -> ();
}

impl ConnectApi {
    /// Creates an application that users sign in to:
    /// [`create_application`](Self::create_application) for this kind.
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

    /// Creates an application that signs in by itself:
    /// [`create_application`](Self::create_application) for this kind.
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
        /// Only applications that came to be in one of these ways; by default
        /// [`Authenticated`](ApplicationsRegistrationTypes::Authenticated).
        registration_types: Option<Vec<ApplicationsRegistrationTypes>>,
        /// Only applications of this organization.
        organization_id: Option<String>,
    }
}

inputs! {
    /// The user who has signed in on your login page.
    #[derive(Eq)]
    CompleteOAuth2 {
        /// The id that AuthKit sent the browser to your login page with.
        external_auth_id: String,
        /// The user.
        user: UserObject,
        /// What the user has to choose before they consent.
        user_consent_options: Option<Vec<UserConsentOption>>,
    }

    /// A user as your own system knows them.
    #[derive(Eq)]
    UserObject {
        /// Your id, which becomes the `external_id` of the WorkOS user.
        id: String,
        /// The address.
        email: String,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// The whole name.
        name: Option<String>,
        /// Data of your own: up to 50 keys of up to 40 characters, values of up to 600.
        metadata: Option<Metadata>,
    }

    /// A choice that a user makes before they consent.
    #[derive(Eq)]
    UserConsentOption ("type" = "enum") {
        /// The claim that carries the choice.
        claim: String,
        /// What the user reads.
        label: String,
        /// What there is to choose from.
        choices: Vec<UserConsentOptionChoice>,
    }

    /// One of the values of a [`UserConsentOption`].
    #[derive(Eq)]
    UserConsentOptionChoice {
        /// What the claim says when it is chosen.
        value: Option<String>,
        /// What the user reads.
        label: Option<String>,
    }
}

objects! {
    /// How a sign-in on your login page goes on.
    #[derive(Eq)]
    ExternalAuthCompleteResponse {
        /// Where to send the browser, back to AuthKit.
        redirect_uri: String,
    }
}

open_enum! {
    /// How a [`ConnectApplication`] came to be.
    pub enum ApplicationsRegistrationTypes {
        /// It registered itself (RFC 7591).
        Dynamic = "dynamic",
        /// Somebody with access to the environment made it.
        Authenticated = "authenticated",
    }
}

/// A new application. The two kinds take different fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
#[serde(tag = "application_type")]
#[non_exhaustive]
pub enum CreateApplication {
    /// Users sign in to it.
    #[serde(rename = "oauth")]
    OAuth(CreateOAuthApplication),
    /// It signs in by itself, with client credentials.
    #[serde(rename = "m2m")]
    M2M(CreateM2MApplication),
}

inputs! {
    /// A new application that users sign in to.
    #[derive(Eq)]
    CreateOAuthApplication {
        /// The name shown to users.
        name: String,
        /// Whether the application is your own, so that users need not consent. One that is not has to
        /// belong to an organization.
        is_first_party: bool,
        /// What the application is for.
        description: Option<String>,
        /// What the application may ask for.
        scopes: Option<Vec<String>>,
        /// Where users may be sent back to.
        redirect_uris: Option<Vec<RedirectUriInput>>,
        /// Whether the application proves itself with PKCE instead of a secret.
        uses_pkce: Option<bool>,
        /// The organization it belongs to; required unless it is first-party.
        organization_id: Option<String>,
        /// The web origins that may call the token endpoint.
        cors_origins: Option<Vec<String>>,
    }

    /// A new application that signs in by itself.
    #[derive(Eq)]
    CreateM2MApplication {
        /// The name.
        name: String,
        /// The organization it belongs to and acts for.
        organization_id: String,
        /// What the application is for.
        description: Option<String>,
        /// What the application may ask for.
        scopes: Option<Vec<String>>,
    }

    /// What to change about an application.
    #[derive(Eq)]
    UpdateOAuthApplication {
        /// The new name.
        name: Option<String>,
        /// What the application is for.
        description: Option<Nullable<String>>,
        /// What the application may ask for from now on.
        scopes: Option<Nullable<Vec<String>>>,
        /// OAuth only: where users may be sent back to from now on.
        redirect_uris: Option<Nullable<Vec<RedirectUriInput>>>,
        /// OAuth only: the web origins that may call the token endpoint from now on.
        cors_origins: Option<Nullable<Vec<String>>>,
    }

    /// A place that users may be sent back to.
    #[derive(Eq)]
    RedirectUriInput {
        /// The exact URI.
        uri: String,
        /// Whether it is taken when a request names none.
        default: Option<bool>,
    }
}

/// A new client secret. There is nothing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(serde::Deserialize))]
pub struct CreateApplicationSecret {}

objects! {
    /// A client secret of an application.
    ConnectApplicationSecret {
        /// Always `connect_application_secret`.
        object: ObjectType,
        /// The secret's own id.
        id: String,
        /// The last characters of the secret, to tell it from others.
        secret_hint: String,
        /// When it was last used, if ever.
        last_used_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// The secret itself. Only in the answer to `create_application_client_secret`.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<SecretString>,
    }

    /// An application that acts for users or organizations of yours, by OAuth or machine to machine.
    ///
    /// Which of the optional fields are there follows from
    /// [`application_type`](Self::application_type).
    ConnectApplication {
        /// Always `connect_application`.
        object: ObjectType,
        /// `conn_app_…`
        id: String,
        /// With what the application introduces itself in OAuth requests, `client_…`.
        client_id: String,
        /// What the application is for, in the words of whoever made it.
        description: Option<String>,
        /// The name shown to users.
        name: String,
        /// What the application may ask for.
        scopes: Vec<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Whether users sign in to it, or it signs in by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        application_type: Option<ConnectApplicationType>,
        /// OAuth: where users may be sent back to.
        #[serde(skip_serializing_if = "Option::is_none")]
        redirect_uris: Option<Vec<ConnectApplicationRedirectUri>>,
        /// OAuth: whether the application proves itself with PKCE instead of a secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        uses_pkce: Option<bool>,
        /// OAuth: the web origins that may call the token endpoint.
        #[serde(skip_serializing_if = "Option::is_none")]
        cors_origins: Option<Vec<String>>,
        /// OAuth: whether the application is your own, so that users need not consent.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_first_party: Option<bool>,
        /// OAuth, third party: whether it registered itself (RFC 7591).
        #[serde(skip_serializing_if = "Option::is_none")]
        was_dynamically_registered: Option<bool>,
        /// The organization it belongs to, unless it is first-party or registered itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<String>,
    }
}

/// A place that users may be sent back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectApplicationRedirectUri {
    /// The exact URI.
    #[serde(default, deserialize_with = "null_as_default")]
    pub uri: String,
    /// Whether it is taken when a request names none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub default: bool,
}

open_enum! {
    /// How a [`ConnectApplication`] signs in.
    pub enum ConnectApplicationType {
        /// Users sign in to it.
        OAuth = "oauth",
        /// It signs in by itself, with client credentials.
        M2M = "m2m",
    }
}
