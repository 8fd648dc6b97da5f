//! APIs and MCP servers that take the access tokens of an AuthKit domain (OAuth 2.0).
//!
//! A client that knows nothing but the URL finds out by itself how to get in. It calls without a
//! token, gets 401, and finds in `WWW-Authenticate` where the [metadata](ResourceServer::routes) are
//! (RFC 9728). They name the AuthKit domain, where the client registers, signs its user in, and gets
//! a token for this URL (RFC 8707). MCP clients do all of that, and ask for more scopes when a tool
//! responds with 403.
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use workos_axum::resource_server::{AccessToken, ResourceServer};
//!
//! async fn list(token: AccessToken) -> String {
//!     format!("the notes of {}", token.sub)
//! }
//!
//! async fn write() {}
//!
//! # fn app(client: workos::Client) -> Result<Router, workos::Error> {
//! let server =
//!     ResourceServer::new(client, "acme.authkit.app", "https://api.example.com/notes")?
//!         .name("Notes")
//!         .scopes(["notes:read", "notes:write"]);
//! let app = Router::new()
//!     .route("/notes", post(write).route_layer(server.require_scope("notes:write")))
//!     .route("/notes", get(list))
//!     .layer(server.layer())
//!     .merge(server.routes());
//! # Ok(app) }
//! ```
//!
//! Register the URL at WorkOS as a resource indicator: only then do tokens name it as their audience.
//!
//! Clients in browsers need a CORS layer around the whole, which answers their preflights, allows
//! `Authorization`, and exposes `WWW-Authenticate`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};
use tower_layer::Layer;
use tower_service::Service;
use workos::helpers::tokens::{self, TokenVerifier, bearer_token};
use workos::{Client, Error};

use crate::auth::is_bearer;
use crate::kit::is_literal;
use crate::rejection::{Reason, Rejection};
use crate::signed;

/// Where the metadata are (RFC 9728, section 3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// Where an AuthKit domain publishes its keys.
const KEYS: &str = "/oauth2/jwks";
/// How long clients wait when the keys could not be fetched.
const RETRY_SECONDS: u64 = 5;

/// An API or MCP server that takes the access tokens of an AuthKit domain. Make one, and clone it
/// where it is needed. The [module](self) has an example.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    config: Arc<Config>,
}

#[derive(Debug, Clone)]
struct Config {
    verifier: TokenVerifier,
    /// The AuthKit domain as a URL.
    authorization_server: String,
    resource: Resource,
    name: Option<String>,
    scopes: Vec<String>,
}

/// The URL of a resource server, in parts.
#[derive(Debug, Clone)]
struct Resource {
    url: String,
    origin: String,
    /// Empty for the URL of a whole host.
    path: String,
}

impl Resource {
    fn parse(url: String) -> Result<Self, Error> {
        let invalid = |problem: &str| {
            Error::Builder(format!(
                "resource_url {url:?} {problem}; expected a URL such as https://api.example.com/mcp"
            ))
        };
        let uri: Uri = url.parse().map_err(|_| invalid("is not a URL"))?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) =
            (uri.scheme_str(), uri.authority())
        else {
            return Err(invalid("has no scheme and host"));
        };
        if authority.as_str().contains('@') {
            return Err(Error::Builder("resource_url has credentials".to_owned()));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err(invalid("has a query or a fragment"));
        }
        if !is_literal(uri.path()) {
            return Err(invalid("has a path that no route can have"));
        }
        let path = if uri.path() == "/" { "" } else { uri.path() };
        Ok(Self { origin: format!("{scheme}://{authority}"), path: path.to_owned(), url })
    }

    /// The audiences of tokens for this URL. With and without the slash, it is the same URL of a
    /// host, and clients send either.
    fn audiences(&self) -> Vec<String> {
        if self.path.is_empty() {
            vec![self.origin.clone(), format!("{}/", self.origin)]
        } else {
            vec![self.url.clone()]
        }
    }
}

impl ResourceServer {
    /// A server at this URL, as its clients write it, which takes the tokens of this AuthKit domain,
    /// such as `acme.authkit.app`. A token must be valid, issued by the domain, and for this URL.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the domain is invalid, or the URL is not one of `http` or `https`
    /// without a query.
    pub fn new(
        client: Client,
        authkit_domain: impl AsRef<str>,
        resource_url: impl Into<String>,
    ) -> Result<Self, Error> {
        let resource = Resource::parse(resource_url.into())?;
        let verifier = client.token_verifier().authkit_domain(authkit_domain);
        let verifier = resource.audiences().into_iter().fold(verifier, TokenVerifier::audience);
        let keys = verifier.jwks().url()?;
        let authorization_server = keys.strip_suffix(KEYS).unwrap_or(&keys).to_owned();
        let config =
            Config { verifier, authorization_server, resource, name: None, scopes: Vec::new() };
        Ok(Self { config: Arc::new(config) })
    }

    fn set(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }

    /// The name that clients show to their users.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set(|config| config.name = Some(name.into()))
    }

    /// The scopes that clients may ask for. [`require_scope`](Self::require_scope) requires one.
    pub fn scopes<T: Into<String>>(self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.set(|config| config.scopes = scopes.into_iter().map(Into::into).collect())
    }

    /// The route of the metadata, for [`Router::merge`]: `/.well-known/oauth-protected-resource`, and
    /// the same with the path of the URL behind it, as in
    /// `/.well-known/oauth-protected-resource/mcp`. Anybody may read them, on any site; the
    /// [layer](Self::layer) lets such requests pass.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let metadata = self.metadata();
        let serve = async move || (CORS, Json(metadata));
        let route = get(serve).options(async || (StatusCode::NO_CONTENT, CORS));
        let router = Router::new().route(WELL_KNOWN, route.clone());
        match self.config.resource.path.as_str() {
            "" => router,
            path => router.route(&format!("{WELL_KNOWN}{path}"), route),
        }
    }

    fn metadata(&self) -> Value {
        let Config { authorization_server, resource, name, scopes, .. } = &*self.config;
        let mut metadata = json!({
            "resource": resource.url,
            "authorization_servers": [authorization_server],
            "bearer_methods_supported": ["header"],
        });
        if let Some(fields) = metadata.as_object_mut() {
            let scopes = (!scopes.is_empty()).then(|| json!(scopes));
            fields.extend(scopes.map(|scopes| ("scopes_supported".to_owned(), scopes)));
            fields.extend(name.as_ref().map(|name| ("resource_name".to_owned(), json!(name))));
        }
        metadata
    }

    fn is_metadata(&self, path: &str) -> bool {
        let rest = path.strip_prefix(WELL_KNOWN);
        rest.is_some_and(|rest| rest.is_empty() || rest == self.config.resource.path)
    }

    /// The layer that serves only requests with a token in `Authorization: Bearer …`, for
    /// [`AccessToken`] in handlers. Add it after the routes that it is for: a layer covers what was
    /// added before.
    ///
    /// | Response | When |
    /// |---|---|
    /// | 401 | there is no token |
    /// | 401 `invalid_token` | it has expired, is for another audience, or is not valid otherwise |
    /// | 400 `invalid_request` | there are several headers `Authorization` |
    /// | 503 with `Retry-After` | the keys of the domain cannot be fetched |
    ///
    /// The first three have a header `WWW-Authenticate`, which names the URL of the metadata.
    pub fn layer(&self) -> ResourceServerLayer {
        ResourceServerLayer { server: self.clone(), scope: None }
    }

    /// As [`layer`](Self::layer), and requires this scope. Otherwise the response is 403
    /// `insufficient_scope`, which names the scope, so that the client can ask the user for it.
    ///
    /// Permissions do not count: they are what the user may do, and the scope is what the user lets
    /// the client do. Check [permissions](tokens::AccessToken::permissions) in the handler as well,
    /// if your roles have any.
    pub fn require_scope(&self, scope: impl Into<String>) -> ResourceServerLayer {
        ResourceServerLayer { server: self.clone(), scope: Some(Arc::from(scope.into())) }
    }

    /// The claims of the token that a request has.
    async fn verify(&self, headers: &HeaderMap) -> Result<AccessToken, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).into_iter();
        let value = values.next().ok_or(Refusal::NoToken)?;
        if values.next().is_some() {
            return Err(Refusal::SeveralCredentials);
        }
        let Some(token) = value.to_str().ok().and_then(bearer_token) else {
            return Err(if is_bearer(value) { Refusal::malformed() } else { Refusal::NoToken });
        };
        match self.config.verifier.verify(token).await {
            Ok(claims) => Ok(AccessToken(claims)),
            Err(error) if error.is_transient() => Err(Refusal::Unavailable),
            Err(error @ tokens::TokenError::Keys(_)) => {
                Err(Refusal::Misconfigured(error.to_string()))
            }
            Err(error) => Err(Refusal::InvalidToken(error.to_string())),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Response {
        let (status, code, message) = refusal.words();
        let header = match refusal {
            Refusal::Misconfigured(_) => None,
            Refusal::Unavailable => Some((RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))),
            _ => self.challenge(refusal).map(|challenge| (WWW_AUTHENTICATE, challenge)),
        };
        let mut response = signed::refusal(status, code, message);
        response.headers_mut().extend(header);
        response
    }

    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        let (_, code, message) = refusal.words();
        // Without credentials there is no error (RFC 6750, section 3.1).
        let is_error = !matches!(refusal, Refusal::NoToken);
        let scope = match refusal {
            Refusal::InsufficientScope { scope, .. } => Some(&**scope),
            _ => None,
        };
        let Resource { origin, path, .. } = &self.config.resource;
        let metadata = format!("{origin}{WELL_KNOWN}{path}");
        let parameters = [
            is_error.then_some(("error", code)),
            scope.map(|scope| ("scope", scope)),
            Some(("resource_metadata", &metadata)),
            is_error.then_some(("error_description", message)),
        ];
        HeaderValue::try_from(challenge(parameters.into_iter().flatten())).ok()
    }
}

/// Metadata are the same for everybody. MCP clients in browsers send headers of their own with the
/// request, so that it takes a preflight.
const CORS: [(HeaderName, HeaderValue); 3] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*")),
];

/// A challenge for `WWW-Authenticate` (RFC 9110, section 11.6.1).
fn challenge<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let parameters = parameters.map(|(name, value)| format!("{name}={}", quoted(value)));
    format!("Bearer {}", parameters.collect::<Vec<_>>().join(", "))
}

/// A quoted string (RFC 9110, section 5.6.4), without what headers cannot have.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars().filter(|char| matches!(char, ' '..='~')) {
        if matches!(char, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted.push('"');
    quoted
}

/// Why a request is not served.
enum Refusal {
    NoToken,
    SeveralCredentials,
    InvalidToken(String),
    InsufficientScope { scope: Arc<str>, message: String },
    Unavailable,
    Misconfigured(String),
}

impl Refusal {
    fn malformed() -> Self {
        Self::InvalidToken("the header Authorization is not Bearer and one token".to_owned())
    }

    fn insufficient_scope(scope: &Arc<str>) -> Self {
        let message = format!("this takes the scope {scope}");
        Self::InsufficientScope { scope: scope.clone(), message }
    }

    /// Status, code and message.
    fn words(&self) -> (StatusCode, &'static str, &str) {
        match self {
            Self::NoToken => {
                (StatusCode::UNAUTHORIZED, "unauthenticated", "this takes an access token")
            }
            Self::SeveralCredentials => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "there are several headers Authorization",
            ),
            Self::InvalidToken(message) => (StatusCode::UNAUTHORIZED, "invalid_token", message),
            Self::InsufficientScope { message, .. } => {
                (StatusCode::FORBIDDEN, "insufficient_scope", message)
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "the keys of access tokens could not be fetched; try again soon",
            ),
            Self::Misconfigured(message) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", message)
            }
        }
    }
}

/// Serves only requests with a token. From [`ResourceServer::layer`] and
/// [`ResourceServer::require_scope`].
#[derive(Debug, Clone)]
pub struct ResourceServerLayer {
    server: ResourceServer,
    scope: Option<Arc<str>>,
}

impl ResourceServerLayer {
    async fn check(&self, headers: &HeaderMap) -> Result<AccessToken, Refusal> {
        let token = self.server.verify(headers).await?;
        match &self.scope {
            Some(scope) if !token.has_scope(scope) => Err(Refusal::insufficient_scope(scope)),
            _ => Ok(token),
        }
    }
}

impl<S> Layer<S> for ResourceServerLayer {
    type Service = ResourceServerService<S>;

    fn layer(&self, inner: S) -> ResourceServerService<S> {
        ResourceServerService { layer: self.clone(), inner }
    }
}

/// The service of a [`ResourceServerLayer`].
#[derive(Clone)]
pub struct ResourceServerService<S> {
    layer: ResourceServerLayer,
    inner: S,
}

impl<S> fmt::Debug for ResourceServerService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServerService").field("layer", &self.layer).finish_non_exhaustive()
    }
}

impl<S> Service<Request> for ResourceServerService<S>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let layer = self.layer.clone();
        // The clone stays behind; the service that is ready serves this request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            if !layer.server.is_metadata(request.uri().path()) {
                match layer.check(request.headers()).await {
                    Ok(token) => request.extensions_mut().insert(token),
                    Err(refusal) => return Ok(layer.server.refuse(&refusal)),
                };
            }
            inner.call(request).await.map(IntoResponse::into_response)
        })
    }
}

/// The claims of the token that a request has, from the [layer](ResourceServer::layer): an extractor.
/// Fields and methods are those of [`tokens::AccessToken`].
#[derive(Debug, Clone, PartialEq)]
pub struct AccessToken(pub Arc<tokens::AccessToken>);

impl Deref for AccessToken {
    type Target = tokens::AccessToken;

    fn deref(&self) -> &tokens::AccessToken {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parts.extensions.get().cloned().ok_or_else(|| {
            let problem = "the resource server's layer is missing: add `.layer(server.layer())` \
                           after the routes";
            let reason = Reason::Misconfigured(problem.to_owned());
            Rejection { reason, login: None, is_for_browser: false }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_parameter_ends_it() {
        let parameters = [("scope", r#"a"b\c"#), ("error_description", "line\r\nbreak, ü")];
        assert_eq!(
            challenge(parameters.into_iter()),
            r#"Bearer scope="a\"b\\c", error_description="linebreak, ""#
        );
    }
}
