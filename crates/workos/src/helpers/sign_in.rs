//! Signing in with AuthKit, for any web framework: from the redirect to WorkOS to the session.
//!
//! ```
//! use http::HeaderMap;
//! use workos::helpers::cookies::{RequestCookies, SessionCookies};
//! use workos::helpers::seal::SealKeys;
//! use workos::helpers::sign_in::SignInRequest;
//!
//! # async fn run(client: workos::Client, headers: HeaderMap) -> Result<(), Box<dyn std::error::Error>> {
//! let redirect_uri = "https://app.example.com/callback";
//! let keys = SealKeys::new("a cookie password of 32 characters")?;
//! let sign_in = client.sign_in(redirect_uri, &keys);
//! let had = RequestCookies::from_headers(&headers); // of the request
//!
//! // GET /login: redirect the browser, and set the cookies.
//! let request = SignInRequest { return_path: Some("/notes".into()), ..Default::default() };
//! let begun = sign_in.begin(request, &had)?;
//! println!("Location: {}\nSet-Cookie: {} of them", begun.url, begun.cookies.len());
//!
//! // GET /callback
//! let signed_in = sign_in.complete("code=01…&state=…", &had).await?;
//! let session = SessionCookies::new(redirect_uri).set(&signed_in.sealed, &had)?;
//! println!("Location: {}", signed_in.return_path);
//! # Ok(()) }
//! ```
//!
//! Each sign-in keeps its PKCE verifier (RFC 7636), its `state` and the page to return to in a
//! sealed cookie of its own for ten minutes. So sign-ins in several tabs do not disturb each other,
//! nothing is kept on the server, and only the browser that began a sign-in can complete it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::authkit::AuthKitAuthorizationUrlParams;
use super::cookies::{Attributes, RequestCookies, SameSite, SessionCookies};
use super::pkce::{VERIFIER_COOKIE, state_matches, verifier_cookie_name};
use super::seal::{COOKIE_LIMIT, SealError, SealKeys, seal, unseal};
use super::session::seal_session_from_auth_response;
use crate::user_management::{
    AuthenticateResponse, AuthenticateWithCodeParams, AuthenticationStep,
};
use crate::{Client, Error, RequestOptions, SecretString, Timestamp};

/// How long a sign-in may take.
pub const SIGN_IN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// By how much the clocks of servers may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(60);
/// How many sign-ins a browser may have begun at the same time. A new one ends the oldest.
const MAX_PENDING: usize = 5;
const MAX_RETURN_PATH: usize = 2048;
const MAX_CUSTOM_STATE: usize = 2048;

impl Client {
    /// The sign-in of browsers that return to this redirect URI. See
    /// [`helpers::sign_in`](crate::helpers::sign_in).
    pub fn sign_in(&self, redirect_uri: impl Into<String>, keys: &SealKeys) -> SignIn {
        let redirect_uri = redirect_uri.into();
        let attributes = SessionCookies::new(&redirect_uri).attributes().clone();
        SignIn { client: self.clone(), redirect_uri, keys: keys.clone(), attributes, options: None }
    }
}

/// Begins and completes sign-ins. From [`Client::sign_in`].
#[derive(Clone)]
pub struct SignIn {
    client: Client,
    redirect_uri: String,
    keys: SealKeys,
    attributes: Attributes,
    options: Option<RequestOptions>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { redirect_uri, keys, attributes, .. } = self;
        f.debug_struct("SignIn")
            .field("redirect_uri", redirect_uri)
            .field("keys", keys)
            .field("attributes", attributes)
            .finish_non_exhaustive()
    }
}

/// How to sign in, for [`SignIn::begin`].
#[derive(Debug, Clone, Default)]
pub struct SignInRequest {
    /// The page of your application to return to, such as `/notes?page=2`. Pass on what the browser
    /// sent: whatever would lead elsewhere counts as missing. By default `/`.
    pub return_path: Option<String>,
    /// Up to 2,048 bytes of your own, which [`SignIn::complete`] returns; fewer if JSON has to
    /// escape many of them.
    pub custom_state: Option<String>,
    /// The parameters of the authorization URL, such as `login_hint`, `organization_id`,
    /// `screen_hint` or `max_age`. Those of PKCE, `state` and an empty `redirect_uri` are filled
    /// in.
    pub authorization: AuthKitAuthorizationUrlParams,
}

/// A sign-in that has begun.
#[derive(Clone)]
#[non_exhaustive]
pub struct BegunSignIn {
    /// Where to redirect the browser.
    pub url: String,
    /// The `Set-Cookie` values of the response.
    pub cookies: Vec<HeaderValue>,
}

impl fmt::Debug for BegunSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query has the state.
        let address = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("BegunSignIn").field("url", &address).finish_non_exhaustive()
    }
}

/// The request with which the browser returns, for [`SignIn::complete`]. From its query alone, or
/// with what Radar takes into account.
#[derive(Clone, Default)]
pub struct SignInCallback {
    /// The query of the request, without `?`.
    pub query: String,
    /// The address of the browser.
    pub ip_address: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
}

impl<T: Into<String>> From<T> for SignInCallback {
    fn from(query: T) -> Self {
        Self { query: query.into(), ..Self::default() }
    }
}

impl fmt::Debug for SignInCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInCallback").finish_non_exhaustive()
    }
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompletedSignIn {
    /// The session as WorkOS returned it: the user, the organization, how they signed in.
    pub response: AuthenticateResponse,
    /// The session for its cookie: pass it to
    /// [`SessionCookies::set`](super::cookies::SessionCookies::set).
    pub sealed: SecretString,
    /// The page of your application to redirect the browser to.
    pub return_path: String,
    /// The [`custom_state`](SignInRequest::custom_state) of the request.
    pub custom_state: Option<String>,
    /// The `Set-Cookie` values that end the sign-in, besides those of the session.
    pub cookies: Vec<HeaderValue>,
}

/// A sign-in that was not completed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedSignIn {
    /// Why.
    pub reason: SignInFailure,
    /// The page of your application that the sign-in would have led to, as far as it is known.
    pub return_path: Option<String>,
    /// The `Set-Cookie` values of the response. There are none when the browser may try again with
    /// the same URL.
    pub cookies: Vec<HeaderValue>,
}

/// Why a sign-in was not completed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SignInFailure {
    /// The callback has no `state`: no browser began this at your application. So do
    /// impersonations that begin at the WorkOS dashboard, and links in invitations. Begin a sign-in
    /// of your own: never accept the code, with which anybody could sign the user in to an account
    /// that is not theirs.
    NotBegun,
    /// This browser did not begin it, or has completed it already.
    AnotherBrowser,
    /// It took longer than [`SIGN_IN_LIFETIME`].
    Expired,
    /// WorkOS or the provider refused it, or the user did (RFC 6749, section 4.1.2.1).
    #[non_exhaustive]
    Refused {
        /// Such as `access_denied`.
        error: String,
        /// A text of the provider. Escape it.
        description: Option<String>,
    },
    /// WorkOS asks for another step before the session.
    #[non_exhaustive]
    StepRequired {
        /// What the user has to do.
        step: Box<AuthenticationStep>,
        /// The server's response.
        error: Arc<Error>,
    },
    /// The code could not be exchanged.
    Failed(Arc<Error>),
}

impl FailedSignIn {
    /// Whether the browser may try again with the same URL: respond with 503.
    pub fn is_transient(&self) -> bool {
        matches!(&self.reason, SignInFailure::Failed(error) if error.is_transient())
    }
}

impl fmt::Display for FailedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            SignInFailure::NotBegun => f.write_str("the callback has no state"),
            SignInFailure::AnotherBrowser => {
                f.write_str("this browser did not begin the sign-in, or has completed it")
            }
            SignInFailure::Expired => f.write_str("the sign-in took too long"),
            SignInFailure::Refused { error, .. } => write!(f, "the sign-in was refused: {error:?}"),
            SignInFailure::StepRequired { error, .. } => {
                write!(f, "the sign-in needs another step: {error}")
            }
            SignInFailure::Failed(error) => write!(f, "the sign-in failed: {error}"),
        }
    }
}

impl std::error::Error for FailedSignIn {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            SignInFailure::StepRequired { error, .. } | SignInFailure::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// What the cookie of a sign-in has.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    state: String,
    code_verifier: SecretString,
    #[serde(rename = "returnPathname")]
    return_path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custom_state: Option<String>,
    /// Milliseconds since the Unix epoch.
    issued_at: i64,
}

impl Pending {
    fn is_current(&self, now: Timestamp) -> bool {
        let begun = Timestamp::from_millis(self.issued_at);
        begun <= now + CLOCK_SKEW && now < begun + SIGN_IN_LIFETIME
    }
}

impl SignIn {
    /// Gives the cookies of sign-ins the domain and the `Secure` attribute of the session's.
    pub fn cookies(mut self, cookies: &SessionCookies) -> Self {
        self.attributes = cookies.attributes().clone();
        if self.attributes.same_site == SameSite::Strict {
            // The browser returns from another site.
            self.attributes.same_site = SameSite::Lax;
        }
        self
    }

    /// Options for the request that exchanges the code, such as a timeout.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Begins a sign-in. Redirect the browser to the URL, and set the cookies.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when there is no client ID, the redirect URI is empty or `custom_state` is
    /// too long; [`Error::Crypto`] when the system's random number generator fails.
    pub fn begin(
        &self,
        request: SignInRequest,
        had: &RequestCookies<'_>,
    ) -> Result<BegunSignIn, Error> {
        let SignInRequest { return_path, custom_state, mut authorization } = request;
        if custom_state.as_ref().is_some_and(|state| state.len() > MAX_CUSTOM_STATE) {
            let problem = format!("custom_state is longer than {MAX_CUSTOM_STATE} bytes");
            return Err(Error::builder(problem));
        }
        if authorization.redirect_uri.is_empty() {
            authorization.redirect_uri.clone_from(&self.redirect_uri);
        }
        authorization.state = None;
        let begun = self.client.authkit().pkce_authorization_url(authorization)?;
        let name = verifier_cookie_name(&begun.state);
        let mut pending = Pending {
            state: begun.state,
            code_verifier: begun.code_verifier,
            return_path: return_path.as_deref().and_then(safe_return_path).unwrap_or("/".into()),
            custom_state,
            issued_at: self.client.now().as_millis(),
        };
        let mut sealed = seal(&pending, &self.keys)?;
        if sealed.expose().len() > COOKIE_LIMIT {
            // The page to return to is a convenience; signing in is not.
            pending.return_path = "/".to_owned();
            sealed = seal(&pending, &self.keys)?;
        }
        if sealed.expose().len() > COOKIE_LIMIT {
            return Err(Error::builder("custom_state is too long for a cookie, as JSON"));
        }
        let mut cookies = self.evict(had)?;
        cookies.push(self.attributes.cookie(&name, sealed.expose(), SIGN_IN_LIFETIME)?);
        Ok(BegunSignIn { url: begun.url, cookies })
    }

    /// Deletes the oldest sign-ins of a browser, so that there is room for one more.
    fn evict(&self, had: &RequestCookies<'_>) -> Result<Vec<HeaderValue>, Error> {
        let mut pending: Vec<_> = had
            .pairs()
            .filter(|(name, _)| name.starts_with(VERIFIER_COOKIE))
            .map(|(name, _)| (self.pending(name, had).ok().map(|one| one.issued_at), name))
            .collect();
        // What cannot be opened sorts first.
        pending.sort_unstable();
        let stale = pending.len().saturating_sub(MAX_PENDING - 1);
        pending.iter().take(stale).map(|(_, name)| self.attributes.deleted(name)).collect()
    }

    fn pending(&self, name: &str, had: &RequestCookies<'_>) -> Result<Pending, SealError> {
        let sealed = had.get(name).unwrap_or_default();
        unseal(&sealed, &self.keys, self.client.now())
    }

    /// Completes the sign-in that the browser returns from: checks that this browser began it, and
    /// exchanges the code for a session.
    ///
    /// # Errors
    ///
    /// [`FailedSignIn`]: why, and the cookies to set with the response.
    pub async fn complete(
        &self,
        callback: impl Into<SignInCallback>,
        had: &RequestCookies<'_>,
    ) -> Result<CompletedSignIn, FailedSignIn> {
        let callback = callback.into();
        let parameters = Parameters::read(&callback.query);
        let pending = self.begun(&parameters, had)?;
        let cookies = self.attributes.deleted(&verifier_cookie_name(&pending.state));
        let cookies: Vec<_> = cookies.into_iter().collect();
        let failed = |reason: SignInFailure, return_path: String| {
            let mut failed =
                FailedSignIn { reason, return_path: Some(return_path), cookies: Vec::new() };
            if !failed.is_transient() {
                failed.cookies.clone_from(&cookies);
            }
            failed
        };
        if !pending.is_current(self.client.now()) {
            return Err(failed(SignInFailure::Expired, pending.return_path));
        }
        let code = match parameters {
            Parameters { error: Some(error), description, .. } => {
                let reason = SignInFailure::Refused { error, description };
                return Err(failed(reason, pending.return_path));
            }
            Parameters { code, .. } => code.unwrap_or_default(),
        };
        let params = AuthenticateWithCodeParams {
            code_verifier: Some(pending.code_verifier),
            ip_address: callback.ip_address,
            user_agent: callback.user_agent,
            ..AuthenticateWithCodeParams::new(code)
        };
        let call = self.client.user_management().authenticate_with_code(params);
        let response = match call.options(self.options.as_ref()).await {
            Ok(response) => response,
            Err(error) => return Err(failed(reason_of(error), pending.return_path)),
        };
        match seal_session_from_auth_response(response.clone(), &self.keys) {
            Ok(sealed) => Ok(CompletedSignIn {
                response,
                sealed,
                return_path: pending.return_path,
                custom_state: pending.custom_state,
                cookies,
            }),
            Err(error) => Err(failed(reason_of(error.into()), pending.return_path)),
        }
    }

    /// The sign-in that this browser began with this state.
    fn begun(
        &self,
        parameters: &Parameters,
        had: &RequestCookies<'_>,
    ) -> Result<Pending, FailedSignIn> {
        let failed = |reason, cookies| FailedSignIn { reason, return_path: None, cookies };
        let Some(state) = &parameters.state else {
            return Err(failed(SignInFailure::NotBegun, Vec::new()));
        };
        let name = verifier_cookie_name(state);
        match self.pending(&name, had) {
            Ok(pending) if state_matches(&pending.state, state) => Ok(pending),
            // The cookie of another sign-in, whose hash is the same, stays.
            Ok(_) => Err(failed(SignInFailure::AnotherBrowser, Vec::new())),
            Err(SealError::Configuration(problem)) => {
                let reason = SignInFailure::Failed(Arc::new(Error::builder(problem)));
                Err(failed(reason, Vec::new()))
            }
            Err(_) => {
                let gone = self.attributes.deleted(&name);
                Err(failed(SignInFailure::AnotherBrowser, gone.into_iter().collect()))
            }
        }
    }
}

fn reason_of(error: Error) -> SignInFailure {
    let step = error.authentication_step();
    let error = Arc::new(error);
    match step {
        Some(step) => SignInFailure::StepRequired { step: Box::new(step), error },
        None => SignInFailure::Failed(error),
    }
}

/// The parameters of a callback. Empty ones count as missing; of several with one name, the first
/// counts.
#[derive(Default)]
struct Parameters {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let field = match name {
                "code" => &mut parameters.code,
                "state" => &mut parameters.state,
                "error" => &mut parameters.error,
                "error_description" => &mut parameters.description,
                _ => continue,
            };
            if !value.is_empty() {
                let value = value.replace('+', " ");
                field.get_or_insert(percent_decode_str(&value).decode_utf8_lossy().into_owned());
            }
        }
        parameters
    }
}

/// What browsers encode in the paths and queries of URLs, besides what is not ASCII.
const ENCODED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'|');

/// A path of your own application, with query and fragment, ready for a `Location` header; `None`
/// for whatever browsers would take for another site, or that cannot be a header.
///
/// ```
/// use workos::helpers::sign_in::safe_return_path;
///
/// assert_eq!(safe_return_path("/notes?page=2").as_deref(), Some("/notes?page=2"));
/// for elsewhere in ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)"] {
///     assert_eq!(safe_return_path(elsewhere), None);
/// }
/// ```
pub fn safe_return_path(path: &str) -> Option<String> {
    // Browsers drop tabs and line breaks, and take backslashes for slashes.
    let is_misread = |char: char| char.is_control() || char == '\\';
    let rest = path.strip_prefix('/')?;
    if rest.starts_with('/') || path.contains(is_misread) {
        return None;
    }
    let encoded = utf8_percent_encode(path, ENCODED).to_string();
    (encoded.len() <= MAX_RETURN_PATH).then_some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_path_leads_nowhere_else() {
        for (path, expected) in [
            ("/", "/"),
            ("/notes?page=2&sort=a%20b#top", "/notes?page=2&sort=a%20b#top"),
            ("/a b/ä\"<x>", "/a%20b/%C3%A4%22%3Cx%3E"),
            ("/%2F/evil.test", "/%2F/evil.test"),
            ("/a//b", "/a//b"),
            ("/@evil.test", "/@evil.test"),
            ("/login?return_to=//evil.test", "/login?return_to=//evil.test"),
        ] {
            assert_eq!(safe_return_path(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "",
            " /",
            "notes",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "/\r\nLocation: x",
            "\t//evil.test",
            "https://evil.test",
            "https:evil.test",
            "https:/evil.test",
            "HTTPS://evil.test",
            "http:\\\\evil.test",
            "//user@evil.test",
            "user:pass@evil.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@b.test",
            "blob:x",
            "%2F%2Fevil.test",
            "%2f/evil.test",
            "?next=/",
            "#top",
            "./a",
            "../a",
            ".",
            "/\u{0}",
            "/\u{7f}",
            "/\u{85}/evil.test",
            "/a\\..\\..\\\\evil.test",
            "//[::1]/",
            "//evil.test\\@app.example.com",
            "app.example.com@evil.test/",
            "ftp://evil.test",
            "file:///etc/passwd",
            "/\u{9}evil",
        ] {
            assert_eq!(safe_return_path(path), None, "{path:?}");
        }
        let long = format!("/{}", "a".repeat(MAX_RETURN_PATH));
        assert_eq!(safe_return_path(&long), None);
    }
}
