//! Settings of an environment: redirect URIs, CORS origins, OAuth resources and the JWT template.
//!
//! ```no_run
//! use workos::user_management::{CreateCorsOrigin, CreateRedirectUri, UpdateJWTTemplate};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! users.create_redirect_uri(CreateRedirectUri::new("https://app.acme.com/callback")).await?;
//! users.create_cors_origin(CreateCorsOrigin::new("https://app.acme.com")).await?;
//!
//! let claims = r#"{"urn:acme:email": "{{ user.email }}"}"#;
//! let template = users.update_jwt_template(UpdateJWTTemplate::new(claims)).await?;
//! assert_eq!(users.get_jwt_template().await?, template);
//! # Ok(()) }
//! ```

use super::UserManagementApi;
use crate::{ObjectType, Page, Timestamp};

operations! {
    UserManagementApi, user_management;

    /// Lists the OAuth resources: APIs and MCP servers that clients can request tokens for.
    GET "/user_management/authkit_oauth_resources" @ "authkit/oauth-resource"
        => list_authkit_oauth_resources(query: ListAuthkitOAuthResourcesParams)
        -> Page<AuthkitOAuthResource>;

    /// Creates an OAuth resource: an API or MCP server that clients can request tokens for. The
    /// tokens name it as their audience.
    #[doc(alias("MCP", "resource_indicator"))]
    POST "/user_management/authkit_oauth_resources" @ "authkit/oauth-resource"
        => create_authkit_oauth_resource(body: CreateAuthkitOAuthResource)
        -> AuthkitOAuthResource;

    /// Deletes an OAuth resource; clients can no longer request tokens for it.
    DELETE "/user_management/authkit_oauth_resources/{id}" @ "authkit/oauth-resource"
        => delete_authkit_oauth_resource(id) -> ();

    /// Lists the CORS origins, whose pages may call the WorkOS API from a browser.
    GET "/user_management/cors_origins" @ "authkit"
        => list_cors_origins(query: ListCorsOriginsParams) -> Page<CorsOrigin>;

    /// Creates a CORS origin, whose pages may call the WorkOS API from a browser.
    ///
    /// # Errors
    ///
    /// 409 when the origin already exists.
    POST "/user_management/cors_origins" @ "authkit"
        => create_cors_origin(body: CreateCorsOrigin) -> CorsOrigin;

    /// Lists the redirect URIs, where users can return after signing in.
    GET "/user_management/redirect_uris" @ "authkit/redirect-uri"
        => list_redirect_uris(query: ListRedirectUrisParams) -> Page<RedirectUri>;

    /// Creates a redirect URI, where users can return after signing in.
    POST "/user_management/redirect_uris" @ "authkit/redirect-uri"
        => create_redirect_uri(body: CreateRedirectUri) -> RedirectUri;

    /// Deletes a redirect URI.
    ///
    /// # Errors
    ///
    /// 404 when the redirect URI does not exist; 409 when it is the default.
    DELETE "/user_management/redirect_uris/{id}" @ "authkit/redirect-uri"
        => delete_redirect_uri(id) -> ();

    /// Fetches the JWT template of the environment's access tokens.
    ///
    /// # Errors
    ///
    /// 404 when no template is set.
    GET "/user_management/jwt_template" @ "authkit/jwt-template"
        => get_jwt_template() -> JWTTemplate;

    /// Sets the JWT template of the environment's access tokens.
    #[doc(alias = "custom_claims")]
    PUT "/user_management/jwt_template" @ "authkit/jwt-template"
        => update_jwt_template(body: UpdateJWTTemplate) -> JWTTemplate;
}

list_params! {
    UserManagementApi;
    ListAuthkitOAuthResourcesParams for list_authkit_oauth_resources {}
    ListCorsOriginsParams for list_cors_origins {}
    ListRedirectUrisParams for list_redirect_uris {}
}

inputs! {
    /// A new OAuth resource.
    #[derive(Eq)]
    CreateAuthkitOAuthResource {
        /// The resource indicator (RFC 8707).
        uri: String,
        /// Whether tokens are issued for it when a request names no resource.
        default: Option<bool>,
    }
}

objects! {
    /// An OAuth resource: an API or MCP server that clients can request tokens for.
    #[derive(Eq)]
    AuthkitOAuthResource {
        /// Always `authkit_oauth_resource`.
        object: ObjectType,
        /// The ID of the resource.
        id: String,
        /// The resource indicator (RFC 8707).
        uri: String,
        /// Whether tokens are issued for it when a request names no resource.
        default: bool,
        /// When it was added. A string, since the API does not specify its format.
        created_at: String,
        /// When it was last updated, also a string.
        updated_at: String,
    }
}

inputs! {
    /// A new CORS origin.
    #[derive(Eq)]
    CreateCorsOrigin {
        /// The scheme and host, such as `https://app.acme.com`.
        origin: String,
    }
}

objects! {
    /// A CORS origin, whose pages may call the WorkOS API from a browser.
    #[derive(Eq)]
    CorsOrigin {
        /// Always `cors_origin`.
        object: ObjectType,
        /// The ID, `cors_origin_…`.
        id: String,
        /// The scheme and host, such as `https://app.acme.com`.
        origin: String,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

inputs! {
    /// A new redirect URI.
    #[derive(Eq)]
    CreateRedirectUri {
        /// The URI.
        uri: String,
    }
}

objects! {
    /// A redirect URI, where users can return after signing in.
    #[derive(Eq)]
    RedirectUri {
        /// Always `redirect_uri`.
        object: ObjectType,
        /// The ID, `redir_…`.
        id: String,
        /// The URI.
        uri: String,
        /// Whether it is the default for sign-ins that name none. The default cannot be deleted.
        default: bool,
        /// When it was added. A string, since the API does not specify its format.
        created_at: String,
        /// When it was last updated, also a string.
        updated_at: String,
    }
}

inputs! {
    /// A new JWT template.
    #[derive(Eq)]
    UpdateJWTTemplate {
        /// A JSON object of claims, as Liquid templates: `{"email": "{{ user.email }}"}`.
        content: String,
    }
}

objects! {
    /// The JWT template, which adds custom claims to the environment's access tokens.
    #[derive(Eq)]
    JWTTemplate {
        /// Always `jwt_template`.
        object: ObjectType,
        /// A JSON object of claims, as Liquid templates.
        content: String,
        /// When it was first set. A string, since the API does not specify its format.
        created_at: String,
        /// When it was last updated, also a string.
        updated_at: String,
    }
}
