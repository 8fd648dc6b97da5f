//! [`Auth`]: what one request knows about who makes it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue, Method, Uri};
use tokio::sync::OnceCell;
use workos::SecretString;
use workos::api_keys::ValidateApiKey;
use workos::helpers::cookies::RequestCookies;
use workos::helpers::session::{SessionOutcome, SignedOut};
use workos::helpers::sign_in::safe_return_path;
use workos::helpers::tokens::{TokenError, bearer_token};

use crate::caller::{Caller, Session};
use crate::kit::{AuthKit, bounded};
use crate::rejection::{Reason, Rejection, is_for_browser};

/// Who makes a request: an extractor, from the [layer](AuthKit::layer).
///
/// Nothing is checked before somebody asks, and everything once: the pages of an application that do
/// not ask cost nothing.
#[derive(Clone)]
pub struct Auth {
    request: Arc<Request>,
}

struct Request {
    kit: AuthKit,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    identity: OnceCell<Identity>,
    /// Whether the response depends on who is signed in.
    was_asked: AtomicBool,
    change: Mutex<Option<Change>>,
}

/// Who makes a request, or why that is not known.
enum Identity {
    Caller(Box<Caller>),
    Nobody,
    Unavailable(Option<Duration>),
    Misconfigured(String),
}

/// What becomes of the session's cookies.
enum Change {
    Set(SecretString),
    Clear,
}

impl Auth {
    pub(crate) fn new<B>(kit: &AuthKit, request: &http::Request<B>) -> Self {
        let request = Request {
            kit: kit.clone(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            identity: OnceCell::new(),
            was_asked: AtomicBool::new(false),
            change: Mutex::new(None),
        };
        Self { request: Arc::new(request) }
    }

    /// The application's [`AuthKit`].
    pub fn kit(&self) -> &AuthKit {
        &self.request.kit
    }

    pub(crate) fn cookies(&self) -> RequestCookies<'_> {
        RequestCookies::from_headers(&self.request.headers)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    pub(crate) fn is_for_browser(&self) -> bool {
        is_for_browser(&self.request.headers)
    }

    /// Who makes the request, or `None` when nobody is signed in.
    ///
    /// # Errors
    ///
    /// [`Rejection`] when that is not known because WorkOS could not be asked, or because the
    /// application is not set up.
    pub async fn caller(&self) -> Result<Option<&Caller>, Rejection> {
        self.request.was_asked.store(true, Ordering::Relaxed);
        match self.request.identity.get_or_init(|| self.identify()).await {
            Identity::Caller(caller) => Ok(Some(caller)),
            Identity::Nobody => Ok(None),
            Identity::Unavailable(retry_after) => {
                Err(self.rejection(Reason::unavailable(*retry_after)))
            }
            Identity::Misconfigured(problem) => {
                Err(self.rejection(Reason::Misconfigured(problem.clone())))
            }
        }
    }

    /// Who makes the request.
    ///
    /// # Errors
    ///
    /// As [`caller`](Self::caller), and when nobody is signed in.
    pub async fn required_caller(&self) -> Result<&Caller, Rejection> {
        self.caller().await?.ok_or_else(|| self.rejection(Reason::SignedOut))
    }

    async fn identify(&self) -> Identity {
        let config = &*self.request.kit.config;
        let accepts_any = config.accepts_tokens || config.accepts_api_keys;
        match bearer_credential(&self.request.headers).filter(|_| accepts_any) {
            Some(Ok(credential)) => self.identify_bearer(credential).await,
            // What cannot be a credential is no reason to take the cookie instead.
            Some(Err(Malformed)) => Identity::Nobody,
            None => self.identify_session().await,
        }
    }

    async fn identify_session(&self) -> Identity {
        let session = match self.request.kit.session(&self.cookies()) {
            Ok(session) => session,
            // A chunk is missing, so the session cannot be opened any more.
            Err(_) => return self.signed_out(),
        };
        match session.authenticate_or_refresh().await {
            SessionOutcome::SignedIn { session, refreshed, .. } => {
                if let Some(refreshed) = refreshed {
                    if let Some(hook) = &self.request.kit.config.on_refresh {
                        hook(&refreshed);
                    }
                    self.change().get_or_insert(Change::Set(refreshed.sealed));
                }
                Identity::Caller(Box::new(Caller::Session(Session::new(*session))))
            }
            SessionOutcome::SignedOut(SignedOut::NoSession) | SessionOutcome::StepRequired(_) => {
                Identity::Nobody
            }
            SessionOutcome::SignedOut(_) => self.signed_out(),
            SessionOutcome::Unavailable { retry_after, error, .. } => {
                match workos::Error::from(error) {
                    workos::Error::Builder(problem) => Identity::Misconfigured(problem),
                    _ => Identity::Unavailable(retry_after),
                }
            }
            _ => Identity::Unavailable(None),
        }
    }

    fn signed_out(&self) -> Identity {
        self.change().get_or_insert(Change::Clear);
        Identity::Nobody
    }

    async fn identify_bearer(&self, credential: &str) -> Identity {
        let config = &*self.request.kit.config;
        // A signed token has three parts.
        if credential.split('.').count() == 3 {
            return if config.accepts_tokens {
                self.identify_token(credential).await
            } else {
                Identity::Nobody
            };
        }
        if config.accepts_api_keys { self.identify_key(credential).await } else { Identity::Nobody }
    }

    async fn identify_token(&self, token: &str) -> Identity {
        let config = &*self.request.kit.config;
        let verifier = config.verifier.clone().unwrap_or_else(|| config.client.token_verifier());
        let verdict = match verifier.verify(token).await {
            // The client of a machine's token is the machine. Users of other clients stay out.
            Err(TokenError::Client) => verifier.for_machines().verify(token).await,
            verdict => verdict,
        };
        match verdict {
            Ok(claims) => Identity::Caller(Box::new(Caller::Token(claims))),
            Err(error) if error.is_transient() => Identity::Unavailable(None),
            Err(_) => Identity::Nobody,
        }
    }

    async fn identify_key(&self, key: &str) -> Identity {
        let call = self.request.kit.client().api_keys().create_validation(ValidateApiKey::new(key));
        match call.options(Some(&bounded())).await {
            Ok(validation) => match validation.api_key {
                Some(key) => Identity::Caller(Box::new(Caller::ApiKey(Box::new(key)))),
                None => Identity::Nobody,
            },
            Err(error) => Identity::Unavailable(error.retry_after()),
        }
    }

    /// The access token of the session, in its cookie or as it was just refreshed.
    pub(crate) fn access_token(&self) -> Option<SecretString> {
        let refreshed = match &*self.change() {
            Some(Change::Set(sealed)) => Some(sealed.clone()),
            _ => None,
        };
        let config = &*self.request.kit.config;
        let session = match refreshed {
            Some(sealed) => config.client.session(sealed, &config.keys),
            None => self.request.kit.session(&self.cookies()).ok()?,
        };
        session.data().ok().map(|data| data.access_token)
    }

    /// Sets the session's cookie with the response: after a sign-in of your own, for instance.
    pub fn set_session(&self, sealed: SecretString) {
        *self.change() = Some(Change::Set(sealed));
    }

    /// Deletes the session's cookie with the response. The session goes on at WorkOS: `POST /logout`
    /// ends it there as well.
    pub fn clear_session(&self) {
        *self.change() = Some(Change::Clear);
    }

    fn change(&self) -> std::sync::MutexGuard<'_, Option<Change>> {
        self.request.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A rejection of this request.
    pub fn rejection(&self, reason: Reason) -> Rejection {
        let max_age = match &reason {
            Reason::SignInAgain { max_age } => Some(*max_age),
            _ => None,
        };
        let can_sign_in = self.request.kit.config.redirect_uri.is_some();
        let login = can_sign_in.then(|| self.login_url(max_age));
        Rejection { reason, login, is_for_browser: self.is_for_browser() }
    }

    /// The sign-in that leads back to where the browser is.
    fn login_url(&self, max_age: Option<Duration>) -> String {
        let return_to = self.return_path();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(return_to.map(|path| ("return_to", path)));
        query.extend_pairs(max_age.map(|age| ("max_age", age.as_secs().to_string())));
        let (path, query) = (self.request.kit.path("/login"), query.finish());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The page to return to: this one, or for a form the one that it is on.
    fn return_path(&self) -> Option<String> {
        if matches!(self.request.method, Method::GET | Method::HEAD) {
            let path = self.request.uri.path_and_query()?;
            return safe_return_path(path.as_str());
        }
        self.referring_path()
    }

    /// The page of this application that the browser was on.
    pub(crate) fn referring_path(&self) -> Option<String> {
        let origin = &self.request.kit.config.redirect_uri.as_ref()?.origin;
        let referrer = self.request.headers.get("referer")?.to_str().ok()?;
        let path = referrer.strip_prefix(origin.as_str())?;
        safe_return_path(path)
    }

    /// Adds the session's cookies to a response, and what caches have to know of it.
    pub(crate) fn finish(&self, headers: &mut HeaderMap) {
        let changed = self.set_cookies(headers);
        let was_asked = self.request.was_asked.load(Ordering::Relaxed);
        if was_asked {
            headers.append(VARY, HeaderValue::from_static("Cookie"));
            if self.request.kit.config.accepts_tokens || self.request.kit.config.accepts_api_keys {
                headers.append(VARY, HeaderValue::from_static("Authorization"));
            }
        }
        let is_signed_in = matches!(self.request.identity.get(), Some(Identity::Caller(_)));
        // Whatever the handler says: no cache may hand out somebody's session.
        if changed || (is_signed_in && was_asked && !headers.contains_key(CACHE_CONTROL)) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
    }

    /// Returns whether there are cookies of the session, set here or by the handler.
    fn set_cookies(&self, headers: &mut HeaderMap) -> bool {
        let cookies = &self.request.kit.config.cookies;
        let set = headers.get_all(SET_COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        if set.into_iter().any(|cookie| cookies.is_own(cookie)) {
            return true;
        }
        let set = match &*self.change() {
            None => return false,
            Some(Change::Set(sealed)) => cookies.set(sealed, &self.cookies()),
            Some(Change::Clear) => cookies.clear(&self.cookies()),
        };
        // A session that is too large for cookies cannot be kept; the request was served all the same.
        for cookie in set.unwrap_or_default() {
            headers.append(SET_COOKIE, cookie);
        }
        true
    }
}

/// It has the scheme `Bearer`, but is not one token, or there are several.
struct Malformed;

/// Whether a value of `Authorization` has the scheme `Bearer`, whatever follows.
pub(crate) fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().trim_ascii().split(u8::is_ascii_whitespace).next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The credential in `Authorization: Bearer …`, if there is such a header.
fn bearer_credential(headers: &HeaderMap) -> Option<Result<&str, Malformed>> {
    let values = headers.get_all(AUTHORIZATION);
    if !values.iter().any(is_bearer) {
        return None;
    }
    let mut values = values.iter();
    let (first, more) = (values.next()?, values.next());
    let credential = first.to_str().ok().and_then(bearer_token).filter(|_| more.is_none());
    Some(credential.ok_or(Malformed))
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
