//! Machine-to-machine access tokens (the client credentials grant, RFC 6749, section 4.4): for
//! programs that call a service on their own behalf, not on behalf of a user.
//!
//! The program has the client ID and a client secret of an M2M application (see
//! [`connect`](crate::connect)), and needs no API key:
//!
//! ```no_run
//! # async fn run(secret: String) -> Result<(), Box<dyn std::error::Error>> {
//! let client = workos::Client::builder().build();
//! let credentials = client
//!     .client_credentials("acme.authkit.app", "client_01EXAMPLE", secret)
//!     .scope("orders:read");
//!
//! // Before each request: the token is fetched once, and again shortly before it expires.
//! let token = credentials.token().await?;
//! println!("Authorization: Bearer {}", token.access_token.expose());
//! # Ok(()) }
//! ```
//!
//! The called service has the client ID of the environment, and verifies the token:
//!
//! ```no_run
//! # async fn run(client: workos::Client, bearer: &str) {
//! let verifier = client.token_verifier().for_machines().audience("https://api.example.com");
//! match verifier.verify(bearer).await {
//!     Ok(token) if token.has_scope("orders:read") => println!("orders of {:?}", token.org_id),
//!     Ok(_) => println!("403"),
//!     Err(error) if error.is_transient() => println!("503: {error}"),
//!     Err(error) => println!("401: {error}"),
//! }
//! # }
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};

use super::single_flight::InFlight;
use crate::client::path::not_empty;
use crate::client::request::Request;
use crate::operation::Operation;
use crate::transport::BoxFuture;
use crate::{Call, Client, Error, RequestStrategy, SecretString, Timestamp};

/// How long before it expires a token is replaced; a tenth of its lifetime if that is shorter.
const LONGEST_MARGIN: Duration = Duration::from_secs(60);
/// How long a request may take with its retries: callers wait for it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after a failed request while the token is still valid, unless the server sends
/// `Retry-After`.
const PAUSE: Duration = Duration::from_secs(5);

static REQUEST_TOKEN: Operation =
    Operation::new("client_credentials", "token", "POST", "/oauth2/token");

impl Client {
    /// Access tokens for a program, from the credentials of its M2M application.
    ///
    /// The token endpoint, `/oauth2/token`, is at the AuthKit domain of the environment, such as
    /// `acme.authkit.app` or a custom domain. It may also be a URL, such as that of an emulator or
    /// a proxy. Plain `http://` is accepted for this machine only, unless the client
    /// [allows it](crate::ClientBuilder::allow_insecure_http).
    ///
    /// Line breaks at the end of the secret, as in a file, are ignored, and so is white space
    /// around the ID.
    ///
    /// Requests use the client's transport, timeouts and retries, and never carry its API key. An
    /// invalid argument is reported when a token is requested.
    pub fn client_credentials(
        &self,
        authkit_domain: impl AsRef<str>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> ClientCredentials {
        let client = self.at_authkit_domain(authkit_domain.as_ref());
        let grant = Grant {
            grant_type: "client_credentials",
            client_id: client_id.into().trim().to_owned(),
            client_secret: client_secret.into().into_line(),
            scope: None,
        };
        ClientCredentials::new(client, grant)
    }
}

/// Fetches access tokens for a program and caches the last one. From
/// [`Client::client_credentials`].
///
/// Create one and clone it where it is needed: clones share the token.
#[derive(Clone)]
pub struct ClientCredentials {
    shared: Arc<Shared>,
}

/// An access token of a machine.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MachineToken {
    /// What goes after `Bearer` in an `Authorization` header.
    pub access_token: SecretString,
    /// When it expires, by the local clock. `None` if the server did not say; such a token is not
    /// cached.
    pub expires_at: Option<Timestamp>,
    /// The granted scopes, separated by spaces. `None` if the server did not say: then they are the
    /// requested ones (RFC 6749, section 5.1).
    pub scope: Option<String>,
}

/// Errors are shared by all callers that waited for the same response.
type Answer = Result<Arc<MachineToken>, Arc<Error>>;

impl ClientCredentials {
    fn new(client: Client, grant: Grant) -> Self {
        Self { shared: Arc::new(Shared { client, grant, state: Mutex::default() }) }
    }

    /// Requests tokens with this scope; call it again to add another. Without any, the server
    /// decides.
    ///
    /// The result has its own token, which it does not share with the original.
    pub fn scope(self, scope: impl AsRef<str>) -> Self {
        let (client, mut grant) = (self.shared.client.clone(), self.shared.grant.clone());
        let scopes = grant.scope.get_or_insert_default();
        if !scopes.is_empty() {
            scopes.push(' ');
        }
        scopes.push_str(scope.as_ref());
        Self::new(client, grant)
    }

    /// The cached token, or a new one if there is none or it is about to expire: within a minute,
    /// or within a tenth of its lifetime if that is shorter.
    ///
    /// Concurrent callers share one request, which takes at most 10 s with its retries and
    /// continues when a caller is cancelled. If it fails while the cached token is still valid,
    /// that token is returned, unless the server rejected the credentials.
    ///
    /// # Errors
    ///
    /// 401 `invalid_client` when ID or secret are wrong; 400 `invalid_scope`; 400
    /// `unauthorized_client` when the application is not an M2M application; [`Error::Builder`]
    /// when the domain is invalid, or ID or secret are empty. Errors are not cached: the next
    /// caller makes a new request.
    #[inline]
    pub fn token(&self) -> BoxFuture<Result<Arc<MachineToken>, Arc<Error>>> {
        let shared = self.shared.clone();
        Box::pin(async move {
            let now = shared.elapsed();
            let fresh = shared.state().held(now, |held| held.replace_at);
            if let Some(token) = fresh {
                return Ok(token);
            }
            let answer = shared.ask().await;
            answer.or_else(|error| {
                let now = shared.elapsed();
                shared.state().held(now, |held| held.expires_at).ok_or(error)
            })
        })
    }

    /// A new token, even if one is cached: for when a service rejects a token before it expires. It
    /// joins a request in progress.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token). A cached token stays in use unless the credentials were rejected.
    #[inline]
    pub fn refresh(&self) -> BoxFuture<Result<Arc<MachineToken>, Arc<Error>>> {
        let shared = self.shared.clone();
        Box::pin(async move { shared.ask().await })
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("base_url", &self.shared.client.base_url())
            .field("client_id", &self.shared.grant.client_id)
            .field("scope", &self.shared.grant.scope)
            .finish_non_exhaustive()
    }
}

/// What the clones of a handle share.
struct Shared {
    /// At the AuthKit domain, and without a key.
    client: Client,
    grant: Grant,
    state: Mutex<State>,
}

/// The form that is sent.
#[derive(Clone, Serialize)]
struct Grant {
    grant_type: &'static str,
    client_id: String,
    client_secret: SecretString,
    scope: Option<String>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    asking: InFlight<Answer>,
}

/// The cached token. Times are those of the runtime's monotonic clock.
struct Held {
    token: Arc<MachineToken>,
    replace_at: Duration,
    expires_at: Duration,
}

/// The response of the token endpoint (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct TokenResponse {
    access_token: SecretString,
    /// In seconds.
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Shared {
    /// Requests a token, or joins the request in progress.
    async fn ask(self: &Arc<Self>) -> Answer {
        let work = || -> BoxFuture<Answer> { Box::pin(self.clone().request_and_keep()) };
        let flight = self.state().asking.join(work);
        let landed = flight.land(&*self.client.settings().runtime).await;
        landed.unwrap_or_else(|panicked| Err(Arc::new(panicked.during(&REQUEST_TOKEN))))
    }

    async fn request_and_keep(self: Arc<Self>) -> Answer {
        // The token's lifetime may have started as early as this.
        let began = self.elapsed();
        match self.request().await {
            Ok(response) => {
                let (token, held) = self.accept(response, began);
                self.state().held = held;
                Ok(token)
            }
            Err(error) => {
                self.state().put_off(&error, self.elapsed());
                Err(Arc::new(error))
            }
        }
    }

    /// Retrying is harmless: it only creates another token.
    fn request(&self) -> Call<TokenResponse> {
        let settings = self.client.settings();
        let timeout =
            settings.total_timeout.map_or(REQUEST_TIMEOUT, |own| own.min(REQUEST_TIMEOUT));
        let max_attempts = settings.max_retries.saturating_add(1);
        let request = self.grant.check().and_then(|()| {
            // Inside the call: before Rust 1.89 a `let` would not keep its arguments alive.
            let client = &self.client;
            Request::new(
                client,
                &REQUEST_TOKEN,
                Method::POST,
                format_args!("{}", REQUEST_TOKEN.path),
            )
            .form(&self.grant)
        });
        Call::new(self.client.clone(), request)
            .unauthenticated()
            .strategy(RequestStrategy::ExponentialBackoff { max_attempts, jitter: true })
            .total_timeout(timeout)
    }

    fn accept(
        &self,
        response: TokenResponse,
        began: Duration,
    ) -> (Arc<MachineToken>, Option<Held>) {
        let life = response.expires_in.map(Duration::from_secs);
        let age = self.elapsed().saturating_sub(began);
        let token = Arc::new(MachineToken {
            access_token: response.access_token,
            expires_at: life.map(|life| self.client.now() + life.saturating_sub(age)),
            scope: response.scope,
        });
        let held = life.map(|life| {
            let expires_at = began.saturating_add(life);
            let replace_at = expires_at.saturating_sub(LONGEST_MARGIN.min(life / 10));
            Held { token: token.clone(), replace_at, expires_at }
        });
        (token, held)
    }

    fn elapsed(&self) -> Duration {
        self.client.settings().runtime.elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The cached token, unless `until` has passed.
    fn held(&self, now: Duration, until: impl Fn(&Held) -> Duration) -> Option<Arc<MachineToken>> {
        self.held.as_ref().filter(|held| now < until(held)).map(|held| held.token.clone())
    }

    /// What a failed request means for the cached token.
    fn put_off(&mut self, error: &Error, now: Duration) {
        let is_refusal = error.api().is_some() && !error.is_transient() && !error.is_server_error();
        if is_refusal {
            self.held = None;
        } else if let Some(held) = &mut self.held {
            let pause = error.retry_after().unwrap_or(PAUSE);
            let next = now.saturating_add(pause).min(held.expires_at);
            held.replace_at = held.replace_at.max(next);
        }
    }
}

impl Grant {
    fn check(&self) -> Result<(), Error> {
        not_empty("client_id", &self.client_id)?;
        not_empty("client_secret", self.client_secret.expose())?;
        Ok(())
    }
}
