//! Settings of an environment: where sign-ins may come from and lead to, and what tokens say.
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

    /// Lists the APIs and MCP servers that tokens may be asked for.
    GET "/user_management/authkit_oauth_resources"
        => list_authkit_oauth_resources(query: ListAuthkitOAuthResourcesParams)
        -> Page<AuthkitOAuthResource>;

    /// Lets tokens be asked for an API or MCP server, which they then name as their audience.
    POST "/user_management/authkit_oauth_resources"
        => create_authkit_oauth_resource(body: CreateAuthkitOAuthResource)
        -> AuthkitOAuthResource;

    /// Removes an API or MCP server from those that tokens may be asked for.
    DELETE "/user_management/authkit_oauth_resources/{id}"
        => delete_authkit_oauth_resource(id) -> ();

    /// Lists the origins whose pages may call the WorkOS API from a browser.
    GET "/user_management/cors_origins"
        => list_cors_origins(query: ListCorsOriginsParams) -> Page<CorsOrigin>;

    /// Lets the pages of an origin call the WorkOS API from a browser.
    ///
    /// # Errors
    ///
    /// 409 when they may already.
    POST "/user_management/cors_origins"
        => create_cors_origin(body: CreateCorsOrigin) -> CorsOrigin;

    /// Lists where users may be sent back to after they signed in.
    GET "/user_management/redirect_uris"
        => list_redirect_uris(query: ListRedirectUrisParams) -> Page<RedirectUri>;

    /// Adds a place that users may be sent back to after they signed in.
    POST "/user_management/redirect_uris"
        => create_redirect_uri(body: CreateRedirectUri) -> RedirectUri;

    /// Removes a place from those that users may be sent back to.
    ///
    /// # Errors
    ///
    /// 404 when there is no such one; 409 when it is the default.
    DELETE "/user_management/redirect_uris/{id}" => delete_redirect_uri(id) -> ();

    /// Fetches the template of the environment's access tokens.
    ///
    /// # Errors
    ///
    /// 404 when none was set.
    GET "/user_management/jwt_template" => get_jwt_template() -> JWTTemplate;

    /// Sets the template of the environment's access tokens.
    PUT "/user_management/jwt_template"
        => update_jwt_template(body: UpdateJWTTemplate) -> JWTTemplate;
}

list_params! {
    UserManagementApi;
    ListAuthkitOAuthResourcesParams for list_authkit_oauth_resources {}
    ListCorsOriginsParams for list_cors_origins {}
    ListRedirectUrisParams for list_redirect_uris {}
}

inputs! {
    /// An API or MCP server that tokens are to be for.
    #[derive(Eq)]
    CreateAuthkitOAuthResource {
        /// The resource indicator (RFC 8707).
        uri: String,
        /// Whether tokens are for it when a request names none.
        default: Option<bool>,
    }
}

objects! {
    /// An API or MCP server that tokens may be asked for.
    #[derive(Eq)]
    AuthkitOAuthResource {
        /// Always `authkit_oauth_resource`.
        object: ObjectType,
        /// What it is deleted by.
        id: String,
        /// The resource indicator (RFC 8707).
        uri: String,
        /// Whether tokens are for it when a request names none.
        default: bool,
        /// When it was added; as text, since the API does not promise its form.
        created_at: String,
        /// When it was last changed, likewise as text.
        updated_at: String,
    }
}

inputs! {
    /// An origin to allow.
    #[derive(Eq)]
    CreateCorsOrigin {
        /// Scheme and host, such as `https://app.acme.com`.
        origin: String,
    }
}

objects! {
    /// An origin whose pages may call the WorkOS API from a browser.
    #[derive(Eq)]
    CorsOrigin {
        /// Always `cors_origin`.
        object: ObjectType,
        /// `cors_origin_…`
        id: String,
        /// Scheme and host, such as `https://app.acme.com`.
        origin: String,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

inputs! {
    /// A place that users may be sent back to.
    #[derive(Eq)]
    CreateRedirectUri {
        /// The URI.
        uri: String,
    }
}

objects! {
    /// A place that users may be sent back to after they signed in.
    #[derive(Eq)]
    RedirectUri {
        /// Always `redirect_uri`.
        object: ObjectType,
        /// `redir_…`
        id: String,
        /// The URI.
        uri: String,
        /// Whether it is taken when a sign-in names none. The default cannot be deleted.
        default: bool,
        /// When it was added; as text, since the API does not promise its form.
        created_at: String,
        /// When it was last changed, likewise as text.
        updated_at: String,
    }
}

inputs! {
    /// A new template for access tokens.
    #[derive(Eq)]
    UpdateJWTTemplate {
        /// A JSON object of claims, with values in Liquid: `{"email": "{{ user.email }}"}`.
        content: String,
    }
}

objects! {
    /// What the access tokens of an environment say beyond the usual claims.
    #[derive(Eq)]
    JWTTemplate {
        /// Always `jwt_template`.
        object: ObjectType,
        /// A JSON object of claims, with values in Liquid.
        content: String,
        /// When it was first set; as text, since the API does not promise its form.
        created_at: String,
        /// When it was last changed, likewise as text.
        updated_at: String,
    }
}
