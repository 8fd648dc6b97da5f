//! [`AuthKit`]: what an application decides about its sign-in, once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::Uri;
use workos::helpers::cookies::{RequestCookies, SessionCookies};
use workos::helpers::flags::FlagsClient;
use workos::helpers::seal::{SealError, SealKeys};
use workos::helpers::session::{RefreshLock, RefreshedSession};
use workos::helpers::sign_in::{CompletedSignIn, FailedSignIn, SignIn};
use workos::helpers::tokens::TokenVerifier;
use workos::{Client, Error, RequestOptions};

use crate::layer::AuthKitLayer;
use crate::routes;

/// How long a request waits for WorkOS in all.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long it waits for each step of a lock that other processes share.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
pub(crate) type OnSignIn =
    Arc<dyn Fn(CompletedSignIn) -> BoxFuture<Result<(), Response>> + Send + Sync>;
pub(crate) type OnFailure = Arc<dyn Fn(&FailedSignIn) -> Option<Response> + Send + Sync>;
pub(crate) type OnRefresh = Arc<dyn Fn(&RefreshedSession) + Send + Sync>;

/// The sign-in of an application with AuthKit. Make one, and clone it where it is needed.
///
/// ```
/// use axum::{Router, routing::get};
/// use workos::helpers::seal::SealKeys;
/// use workos_axum::{AuthKit, User};
///
/// # fn app(client: workos::Client) -> Result<Router, workos::Error> {
/// let keys = SealKeys::new("a cookie password of 32 characters")?;
/// let auth = AuthKit::new(client, keys).redirect_uri("http://localhost:3000/callback")?;
/// let app = Router::new()
///     .route("/", get(async |user: User| format!("hello, {}", user.email)))
///     .merge(auth.routes())
///     .layer(auth.layer());
/// # Ok(app) }
/// ```
#[derive(Clone)]
pub struct AuthKit {
    pub(crate) config: Arc<Config>,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) client: Client,
    pub(crate) keys: SealKeys,
    pub(crate) redirect_uri: Option<RedirectUri>,
    pub(crate) cookies: SessionCookies,
    has_own_cookies: bool,
    lock: Option<Arc<dyn RefreshLock>>,
    pub(crate) verifier: Option<TokenVerifier>,
    pub(crate) prefix: String,
    pub(crate) after_logout: Option<String>,
    pub(crate) has_token_route: bool,
    pub(crate) accepts_tokens: bool,
    pub(crate) accepts_api_keys: bool,
    pub(crate) flags: Option<FlagsClient>,
    pub(crate) on_sign_in: Option<OnSignIn>,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) on_refresh: Option<OnRefresh>,
}

/// A redirect URI, in parts.
#[derive(Debug, Clone)]
pub(crate) struct RedirectUri {
    pub(crate) text: String,
    /// As browsers send it in `Origin`.
    pub(crate) origin: String,
    pub(crate) path: String,
}

impl RedirectUri {
    fn parse(text: String) -> Result<Self, Error> {
        let invalid = |problem: &str| {
            Error::Builder(format!(
                "redirect_uri {text:?} {problem}; expected a URL such as \
                 https://app.example.com/callback"
            ))
        };
        let uri: Uri = text.parse().map_err(|_| invalid("is not a URL"))?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) =
            (uri.scheme_str(), uri.authority())
        else {
            return Err(invalid("has no scheme and host"));
        };
        if uri.query().is_some() || text.contains('#') {
            return Err(invalid("has a query or a fragment"));
        }
        let path = uri.path();
        if path == "/" || !is_literal(path) {
            return Err(invalid("needs a path of its own"));
        }
        let default_port = if scheme == "http" { ":80" } else { ":443" };
        let authority = authority.as_str().to_ascii_lowercase();
        let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            path: path.to_owned(),
            text: text.clone(),
        })
    }
}

impl AuthKit {
    /// AuthKit with what these environment variables say, as in the other AuthKit SDKs.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `WORKOS_API_KEY` | the secret key, required |
    /// | `WORKOS_CLIENT_ID` | the client ID, required |
    /// | `WORKOS_REDIRECT_URI` | where browsers return to, such as `https://app.example.com/callback`, required |
    /// | `WORKOS_COOKIE_PASSWORD` | at least 32 characters that seal the cookies, required |
    /// | `WORKOS_COOKIE_NAME`, `_DOMAIN`, `_MAX_AGE`, `_SAMESITE` | see [`SessionCookies::from_env`] |
    /// | `WORKOS_BASE_URL`, or `WORKOS_API_HOSTNAME`, `_PORT`, `_HTTPS` | another address of the API |
    ///
    /// # Errors
    ///
    /// [`Error::Builder`], which names the variable that is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        let variable = |name: &str| {
            let value = std::env::var(name).ok().filter(|value| !value.trim().is_empty());
            let missing = || Error::Builder(format!("the environment variable {name} is not set"));
            value.ok_or_else(missing)
        };
        let client = Client::from_env()?;
        variable("WORKOS_CLIENT_ID")?;
        let keys = SealKeys::new(variable("WORKOS_COOKIE_PASSWORD")?.trim())?;
        let redirect_uri = variable("WORKOS_REDIRECT_URI")?;
        let cookies = SessionCookies::new(&redirect_uri).from_env()?;
        Ok(Self::new(client, keys).redirect_uri(redirect_uri)?.cookies(cookies))
    }

    /// AuthKit with this client, which needs a client ID, and the keys that seal its cookies.
    /// [`routes`](Self::routes) need a [`redirect_uri`](Self::redirect_uri) besides.
    pub fn new(client: Client, keys: SealKeys) -> Self {
        let config = Config {
            client,
            keys,
            redirect_uri: None,
            cookies: SessionCookies::new(""),
            has_own_cookies: false,
            lock: None,
            verifier: None,
            prefix: String::new(),
            after_logout: None,
            has_token_route: false,
            accepts_tokens: false,
            accepts_api_keys: false,
            flags: None,
            on_sign_in: None,
            on_failure: None,
            on_refresh: None,
        };
        Self { config: Arc::new(config) }
    }

    fn set(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }

    /// Where browsers return to from WorkOS: one of the environment's redirect URIs. Its path is
    /// that of the callback among the [`routes`](Self::routes).
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when it is not an `http` or `https` URL with a path of its own.
    pub fn redirect_uri(self, uri: impl Into<String>) -> Result<Self, Error> {
        let uri = RedirectUri::parse(uri.into())?;
        self.set(|config| {
            if !config.has_own_cookies {
                config.cookies = SessionCookies::new(&uri.text);
            }
            config.redirect_uri = Some(uri);
        })
        .checked()
    }

    /// The router takes a path once.
    fn checked(self) -> Result<Self, Error> {
        let callback = self.config.redirect_uri.as_ref().map(|uri| uri.path.as_str());
        match routes::PATHS.iter().find(|path| callback == Some(self.path(path).as_str())) {
            Some(path) => Err(Error::Builder(format!(
                "redirect_uri has the path {:?}, which is that of another route",
                self.path(path)
            ))),
            None => Ok(self),
        }
    }

    /// The session's cookies, instead of the [defaults](SessionCookies::new) for the redirect URI.
    pub fn cookies(self, cookies: SessionCookies) -> Self {
        self.set(|config| (config.cookies, config.has_own_cookies) = (cookies, true))
    }

    /// Shares refreshes with other processes: with the locks of `workos-stores`, or one of your own.
    /// Within a process they are always shared.
    pub fn refresh_lock(self, lock: Arc<dyn RefreshLock>) -> Self {
        self.set(|config| config.lock = Some(lock))
    }

    /// Verifies access tokens with these rules, such as an issuer, instead of those of
    /// [`Client::token_verifier`].
    pub fn verifier(self, verifier: TokenVerifier) -> Self {
        self.set(|config| config.verifier = Some(verifier))
    }

    /// Puts the [`routes`](Self::routes) under a path such as `/auth`: `/auth/login` and so on. The
    /// callback stays where the redirect URI says.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when it does not begin with a slash, ends with one, or has braces.
    pub fn prefix(self, prefix: impl Into<String>) -> Result<Self, Error> {
        let prefix = prefix.into();
        let is_path = prefix.starts_with('/') && !prefix.ends_with('/');
        if !is_path || !is_literal(&prefix) || prefix.contains(['?', '#']) || prefix.contains("//")
        {
            return Err(Error::Builder(format!("prefix {prefix:?} is not a path such as /auth")));
        }
        self.set(|config| config.prefix = prefix).checked()
    }

    /// Where WorkOS sends the browser when it has ended the session: one of the environment's logout
    /// redirect URIs. By default the one that the dashboard says.
    pub fn after_logout(self, url: impl Into<String>) -> Self {
        self.set(|config| config.after_logout = Some(url.into()))
    }

    /// Adds `GET /token` to the [`routes`](Self::routes), with which the pages of this application
    /// get the access token, for calls to other services. Whoever can run a script on the page can
    /// then read it, so it is off by default.
    pub fn token_route(self) -> Self {
        self.set(|config| config.has_token_route = true)
    }

    /// Also accepts access tokens of users and machines in `Authorization: Bearer …`. A request that
    /// has one is made by its subject; its cookies do not count.
    pub fn accept_tokens(self) -> Self {
        self.set(|config| config.accepts_tokens = true)
    }

    /// Also accepts API keys of organizations and users in `Authorization: Bearer …`. WorkOS is
    /// asked about each request that has one.
    pub fn accept_api_keys(self) -> Self {
        self.set(|config| config.accepts_api_keys = true)
    }

    /// Evaluates [`Flag`](crate::Flag) with this client of feature flags, for the flags that are not
    /// in the access token.
    pub fn flags(self, flags: FlagsClient) -> Self {
        self.set(|config| config.flags = Some(flags))
    }

    /// Calls this when somebody has signed in, before the session's cookie is set: to create the
    /// user in your database, for instance. An error is the response instead, and nobody is signed
    /// in.
    ///
    /// ```
    /// # use workos_axum::AuthKit;
    /// use axum::response::IntoResponse;
    /// use http::StatusCode;
    ///
    /// # fn with(auth: AuthKit) -> AuthKit {
    /// auth.on_sign_in(async |signed_in| {
    ///     if signed_in.response.user.email.ends_with("@example.com") {
    ///         Ok(())
    ///     } else {
    ///         Err((StatusCode::FORBIDDEN, "for employees only").into_response())
    ///     }
    /// })
    /// # }
    /// ```
    pub fn on_sign_in<F, R>(self, hook: F) -> Self
    where
        F: Fn(CompletedSignIn) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Response>> + Send + 'static,
    {
        let hook: OnSignIn = Arc::new(move |signed_in| Box::pin(hook(signed_in)));
        self.set(|config| config.on_sign_in = Some(hook))
    }

    /// Responds to a sign-in that was not completed, instead of the page that says so. `None` leaves
    /// the response to that page.
    pub fn on_failure<R: IntoResponse>(
        self,
        hook: impl Fn(&FailedSignIn) -> Option<R> + Send + Sync + 'static,
    ) -> Self {
        let hook: OnFailure = Arc::new(move |failed| hook(failed).map(IntoResponse::into_response));
        self.set(|config| config.on_failure = Some(hook))
    }

    /// Calls this with every session that was refreshed.
    pub fn on_refresh(self, hook: impl Fn(&RefreshedSession) + Send + Sync + 'static) -> Self {
        self.set(|config| config.on_refresh = Some(Arc::new(hook)))
    }

    /// The layer that finds out who makes a request, and sets the session's cookies with the
    /// response. Add it after the routes that it is for: a layer covers what was added before.
    pub fn layer(&self) -> AuthKitLayer {
        AuthKitLayer { kit: self.clone() }
    }

    /// The client, for handlers.
    pub fn client(&self) -> &Client {
        &self.config.client
    }

    /// The session in the cookies of a request.
    pub(crate) fn session(
        &self,
        cookies: &RequestCookies<'_>,
    ) -> Result<workos::helpers::session::Session, SealError> {
        let config = &*self.config;
        let sealed = config.cookies.read(cookies)?;
        let mut session = config
            .client
            .session(sealed, &config.keys)
            .options(bounded())
            .refresh_lock_timeout(LOCK_TIMEOUT);
        if let Some(lock) = &config.lock {
            session = session.refresh_lock(lock.clone());
        }
        if let Some(verifier) = &config.verifier {
            session = session.verifier(verifier.clone());
        }
        Ok(session)
    }

    /// The sign-in of browsers; `None` without a redirect URI.
    pub(crate) fn sign_in(&self) -> Option<SignIn> {
        let config = &*self.config;
        let redirect_uri = config.redirect_uri.as_ref()?;
        let sign_in = config.client.sign_in(&redirect_uri.text, &config.keys);
        Some(sign_in.cookies(&config.cookies).options(bounded()))
    }

    /// The path of one of the routes.
    pub(crate) fn path(&self, route: &str) -> String {
        format!("{}{route}", self.config.prefix)
    }
}

/// Whether a path means itself to the router, which gives some characters a meaning of their own.
pub(crate) fn is_literal(path: &str) -> bool {
    !path.contains(['{', '}', '*']) && !path.contains("/:")
}

/// Options for what a request waits for.
pub(crate) fn bounded() -> RequestOptions {
    RequestOptions::new().total_timeout(TIMEOUT)
}

impl fmt::Debug for AuthKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { client, keys, redirect_uri, cookies, prefix, .. } = &*self.config;
        f.debug_struct("AuthKit")
            .field("client", client)
            .field("keys", keys)
            .field("redirect_uri", &redirect_uri.as_ref().map(|uri| &uri.text))
            .field("cookies", cookies)
            .field("prefix", prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::*;

    fn kit() -> AuthKit {
        let client = Client::builder().api_key("sk_1").client_id("client_1").build();
        AuthKit::new(client, SealKeys::new("a cookie password of 32 characters").unwrap())
    }

    #[test]
    fn a_redirect_uri_names_origin_and_path_or_is_refused() {
        for (uri, origin, path) in [
            ("https://App.example.com/callback", "https://app.example.com", "/callback"),
            ("http://localhost:3000/a/b", "http://localhost:3000", "/a/b"),
            ("https://app.example.com:443/callback", "https://app.example.com", "/callback"),
            ("http://[::1]:80/callback", "http://[::1]", "/callback"),
        ] {
            let parsed = RedirectUri::parse(uri.to_owned()).unwrap();
            assert_eq!((&*parsed.origin, &*parsed.path), (origin, path));
            drop(kit().redirect_uri(uri).unwrap().token_route().routes::<()>());
        }
        for uri in [
            "",
            "/callback",
            "localhost:3000/callback",
            "ftp://app.example.com/callback",
            "https://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/callback?a=b",
            "https://app.example.com/callback#a",
            "https://app.example.com/{path}",
            "https://app.example.com/:path",
            "https://app.example.com/a/:b",
            "https://app.example.com/*path",
            "https://app.example.com/login",
            "https://app.example.com/token",
        ] {
            let refused = kit().redirect_uri(uri);
            assert!(
                matches!(&refused, Err(Error::Builder(text)) if text.contains("redirect_uri")),
                "{uri}"
            );
        }
    }

    #[test]
    fn a_prefix_is_a_path_that_the_router_takes_as_it_is() {
        let kit = kit().redirect_uri("https://app.example.com/auth/callback").unwrap();
        let routes: Router = kit.clone().prefix("/auth").unwrap().token_route().routes();
        assert!(routes.has_routes());
        for prefix in ["", "auth", "/", "/auth/", "//auth", "/{a}", "/:a", "/*a", "/a?b", "/a#b"] {
            let refused = kit.clone().prefix(prefix);
            assert!(
                matches!(&refused, Err(Error::Builder(text)) if text.contains("prefix")),
                "{prefix}"
            );
        }
        let callback = kit.redirect_uri("https://app.example.com/auth/login").unwrap();
        assert!(callback.prefix("/auth").is_err(), "the callback would be the sign-in");
    }
}
