//! Settings of the environment: redirect URIs, CORS origins, OAuth resources and the JWT template.

use workos::Page;
use workos::user_management::*;

use crate::reply::{Answer, Refusal};
use crate::sign_in::settings::{
    JWT_TEMPLATE, create_cors_origin, create_oauth_resource, create_redirect_uri,
    update_jwt_template,
};
use crate::state::{Change, StoredTemplate, View};

routes! {
    user_management;
    list_authkit_oauth_resources(query)  => read oauth_resources;
    create_authkit_oauth_resource(body)  => write create_oauth_resource;
    delete_authkit_oauth_resource(id)    => write delete_oauth_resource;
    list_cors_origins(query)             => read cors_origins;
    create_cors_origin(body)             => write create_cors_origin;
    list_redirect_uris(query)            => read redirect_uris;
    create_redirect_uri(body)            => write create_redirect_uri;
    delete_redirect_uri(id)              => write delete_redirect_uri;
    get_jwt_template()                   => read jwt_template;
    update_jwt_template(body)            => write update_jwt_template;
}

fn oauth_resources<'a>(
    view: &'a View<'_>,
    query: ListAuthkitOAuthResourcesParams,
) -> Answer<Page<&'a AuthkitOAuthResource>> {
    view.oauth_resources.page(&query, |_| true)
}

fn delete_oauth_resource(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<AuthkitOAuthResource>(id).map(drop)
}

fn cors_origins<'a>(
    view: &'a View<'_>,
    query: ListCorsOriginsParams,
) -> Answer<Page<&'a CorsOrigin>> {
    view.cors_origins.page(&query, |_| true)
}

fn redirect_uris<'a>(
    view: &'a View<'_>,
    query: ListRedirectUrisParams,
) -> Answer<Page<&'a RedirectUri>> {
    view.redirect_uris.page(&query, |_| true)
}

fn delete_redirect_uri(change: &mut Change<'_>, id: &str) -> Answer<()> {
    if change.one::<RedirectUri>(id)?.default {
        let message = "Cannot delete the default redirect URI.";
        return Err(Refusal::conflict("cannot_delete_default_redirect_uri", message));
    }
    change.remove::<RedirectUri>(id).map(drop)
}

fn jwt_template<'a>(view: &'a View<'_>) -> Answer<&'a JWTTemplate> {
    view.one::<StoredTemplate>(JWT_TEMPLATE).map(|row| &row.template)
}
