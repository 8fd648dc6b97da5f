//! Settings of the environment: redirect URIs, CORS origins, OAuth resources and the JWT template.

use std::sync::Arc;

use http::Uri;
use workos::ObjectType;
use workos::user_management::*;
use workos_contract::is_url;

use super::template;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, StoredTemplate};
use crate::urls::UNSAFE_SCHEMES;

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// The ID of the only JWT template.
pub(crate) const JWT_TEMPLATE: &str = "jwt_template";

/// Adds an OAuth resource. A new default takes the place of the old one.
pub(crate) fn create_oauth_resource(
    change: &mut Change<'_>,
    input: CreateAuthkitOAuthResource,
) -> Answer<Arc<AuthkitOAuthResource>> {
    if !is_url(&input.uri) || input.uri.contains('#') {
        return invalid("uri", "must be an absolute URI without a fragment.");
    }
    let now = change.now().to_string();
    let mut resource = AuthkitOAuthResource::default();
    resource.object = ObjectType::AuthkitOAuthResource;
    resource.id = change.id(AuthkitOAuthResource::PREFIX);
    resource.uri = input.uri;
    resource.default = input.default.unwrap_or_default();
    resource.created_at.clone_from(&now);
    resource.updated_at.clone_from(&now);
    if resource.default {
        let defaults: Vec<_> =
            change.oauth_resources.iter().filter(|other| other.default).cloned().collect();
        for other in defaults {
            let mut other = AuthkitOAuthResource::clone(&other);
            other.default = false;
            other.updated_at.clone_from(&now);
            change.put(other)?;
        }
    }
    change.put(resource)
}

/// Adds a CORS origin.
pub(crate) fn create_cors_origin(
    change: &mut Change<'_>,
    input: CreateCorsOrigin,
) -> Answer<Arc<CorsOrigin>> {
    let origin = input.origin.trim().to_lowercase();
    if !is_origin(&origin) {
        return invalid("origin", "must be a scheme and a host such as https://app.acme.com.");
    }
    let mut row: CorsOrigin = change.make();
    row.origin = origin;
    change.put(row)
}

/// Whether this is what browsers send as `Origin`.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme @ ("http" | "https")), Some(authority)) => {
            !authority.as_str().contains('@') && text == format!("{scheme}://{authority}")
        }
        _ => false,
    }
}

/// Adds a redirect URI. The first one is the default.
pub(crate) fn create_redirect_uri(
    change: &mut Change<'_>,
    input: CreateRedirectUri,
) -> Answer<Arc<RedirectUri>> {
    check_redirect_uri(&input.uri).or_else(|message| invalid("uri", message))?;
    let now = change.now().to_string();
    let mut redirect = RedirectUri::default();
    redirect.object = ObjectType::RedirectUri;
    redirect.id = change.id(RedirectUri::PREFIX);
    redirect.uri = input.uri;
    redirect.default = !change.redirect_uris.iter().any(|other| other.default);
    redirect.created_at.clone_from(&now);
    redirect.updated_at = now;
    change.put(redirect)
}

/// Says what is wrong with a redirect URI. `http` and localhost are fine, as in a sandbox.
fn check_redirect_uri(uri: &str) -> Result<(), &'static str> {
    let Some((scheme, rest)) = uri.split_once(':').filter(|_| is_url(uri)) else {
        return Err("must be an absolute URI.");
    };
    let scheme = scheme.to_lowercase();
    if UNSAFE_SCHEMES.contains(&scheme.as_str()) {
        return Err("must not have this scheme.");
    }
    if uri.contains('#') {
        return Err("must not have a fragment.");
    }
    let is_web = ["http", "https"].contains(&scheme.as_str());
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    if is_web && host.is_empty() {
        return Err("must have a host.");
    }
    let is_wild_port = port == "*" && LOOPBACK.contains(&host);
    match uri.matches('*').count() {
        0 => Ok(()),
        1 if is_web && (is_wild_port || is_wild_subdomain(host)) => Ok(()),
        _ => Err("may have one `*`: in the first of at least three labels of the host, or as \
                  the port of localhost."),
    }
}

/// Whether the wildcard is in the subdomain that is furthest from the root.
fn is_wild_subdomain(host: &str) -> bool {
    let (first, parent) = host.split_once('.').unwrap_or_default();
    first.contains('*') && workos_contract::is_domain(parent)
}

/// Sets the JWT template, if it is valid.
pub(crate) fn update_jwt_template(
    change: &mut Change<'_>,
    input: UpdateJWTTemplate,
) -> Answer<JWTTemplate> {
    template::validate(&input.content).or_else(|error| invalid("content", &format!("{error}.")))?;
    let now = change.now().to_string();
    let known = change.jwt_templates.get(JWT_TEMPLATE).map(|row| row.template.clone());
    let mut template = known.unwrap_or_else(|| {
        let mut template = JWTTemplate::default();
        template.object = ObjectType::JwtTemplate;
        template.created_at.clone_from(&now);
        template
    });
    template.content = input.content;
    template.updated_at = now;
    change.put(StoredTemplate { id: JWT_TEMPLATE.to_owned(), template: template.clone() })?;
    Ok(template)
}

fn invalid<T>(field: &str, message: &str) -> Answer<T> {
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}
