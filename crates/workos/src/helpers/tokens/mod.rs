//! Verifying access tokens.
//!
//! WorkOS signs access tokens with keys that it publishes. The client fetches them once and caches
//! them, so that verifying a token takes no request. It caches verified tokens as well, so that the
//! next request with the same token takes no RSA operation
//! ([`token_cache_size`](crate::ClientBuilder::token_cache_size)).
//!
//! ```no_run
//! use workos::helpers::tokens::TokenError;
//!
//! # async fn run(client: workos::Client, bearer: &str) {
//! match client.verify_access_token(bearer).await {
//!     Ok(token) if token.may("orders:read") => println!("{} of {:?}", token.sub, token.org_id),
//!     Ok(_) => println!("403"),
//!     Err(error) if error.is_transient() => println!("503: {error}"),
//!     Err(error) => println!("401: {error}"),
//! }
//! # }
//! ```
//!
//! An API that serves users and machines needs one verifier, created once, and one `match`:
//!
//! ```no_run
//! use workos::helpers::tokens::{TokenError, TokenSubject, TokenVerifier, bearer_token};
//!
//! # fn setup(client: workos::Client) -> TokenVerifier {
//! let verifier = client
//!     .token_verifier()
//!     .issuer("https://api.workos.com")
//!     .issuer("https://acme.authkit.app");
//! # verifier }
//!
//! # async fn run(verifier: TokenVerifier, authorization: &str) -> Result<(), TokenError> {
//! let Some(token) = bearer_token(authorization) else { return Ok(println!("401")) };
//! let token = verifier.verify(token).await?;
//! match token.subject() {
//!     TokenSubject::User => println!("session {:?}", token.sid),
//!     TokenSubject::Machine => println!("application {}", token.sub),
//!     _ => println!("403"),
//! }
//! # Ok(()) }
//! ```

mod cache;
mod claims;
mod jwt;
mod keys;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::claims::{AccessToken, Actor, TokenSubject};
pub use self::keys::{Jwks, KeySet, jwks_url};

pub(crate) use self::cache::TokenCache;
pub(crate) use self::keys::KeyCache;

use self::cache::Verified;
use self::jwt::Jwt;
use crate::transport::BoxFuture;
use crate::{Client, Error, SecretString};

/// How far in the future `nbf` may be by default. Change it with [`TokenVerifier::leeway`].
const NOT_BEFORE_LEEWAY: Duration = Duration::from_secs(10);

impl Client {
    /// Verifies the access token of a user or a machine, as sent after `Bearer` in an
    /// `Authorization` header, with the default [`token_verifier`](Self::token_verifier).
    ///
    /// # Errors
    ///
    /// [`TokenError`]: why it was rejected. If it is [transient](TokenError::is_transient), the token
    /// could not be verified.
    #[inline]
    pub fn verify_access_token(
        &self,
        token: &str,
    ) -> BoxFuture<Result<Arc<AccessToken>, TokenError>> {
        self.token_verifier().verify(token)
    }

    /// A verifier of access tokens, to which you can add rules.
    ///
    /// ```
    /// # let client = workos::Client::new("sk_test_a2V5");
    /// let verifier = client
    ///     .token_verifier()
    ///     .issuer("https://api.workos.com")
    ///     .audience("https://api.example.com");
    /// ```
    pub fn token_verifier(&self) -> TokenVerifier {
        TokenVerifier { client: self.clone(), keys: self.jwks(), rules: Arc::default() }
    }

    /// The keys that access tokens are signed with. Clones of the client share them.
    pub fn jwks(&self) -> Jwks {
        Jwks::from_client(self)
    }
}

/// The token in the value of an `Authorization` header (RFC 6750, section 2.1); `None` if it has
/// another scheme, or is not a single token. The token is not verified.
///
/// ```
/// use workos::helpers::tokens::bearer_token;
///
/// assert_eq!(bearer_token("Bearer eyJhbGciOi.e30.c2ln"), Some("eyJhbGciOi.e30.c2ln"));
/// assert_eq!(bearer_token("Basic dXNlcjpwdw=="), None);
/// ```
pub fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let in_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let is_one = !token.is_empty() && token.bytes().all(in_a_token);
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

/// Verifies access tokens. From [`Client::token_verifier`]; cheap to clone.
///
/// A token is valid when it is signed with RS256 by one of the client's published keys, is an
/// access token of a user or a machine with a `sub` and an `exp`, has not expired, and is already
/// valid. Methods add further rules, or take the keys of an
/// [AuthKit domain](Self::authkit_domain). ID tokens and logout tokens are signed with the same keys
/// and are rejected.
#[derive(Debug, Clone)]
pub struct TokenVerifier {
    /// Caches verified tokens, whoever publishes the keys.
    client: Client,
    keys: Jwks,
    rules: Arc<Rules>,
}

#[derive(Debug, Clone)]
struct Rules {
    issuers: Vec<String>,
    audiences: Vec<String>,
    /// By default only with the keys of the client.
    client_id: Option<bool>,
    subject: Subject,
    leeway: Option<Duration>,
}

/// The kind of subject that is accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Subject {
    UserOrMachine,
    User,
    Agent,
    Machine,
}

impl Default for Rules {
    fn default() -> Self {
        let (issuers, audiences) = (Vec::new(), Vec::new());
        Self { issuers, audiences, client_id: None, subject: Subject::UserOrMachine, leeway: None }
    }
}

impl TokenVerifier {
    /// Verifies the tokens that OAuth clients and machines get from an AuthKit domain, such as
    /// `acme.authkit.app` or a custom domain, with the keys that it publishes at `/oauth2/jwks`: for
    /// APIs and MCP servers. It may also be a URL, such as that of an emulator.
    ///
    /// The keys of the client no longer count. By default the issuer must be the domain, with or
    /// without a slash at its end, and a token may belong to any application of the environment;
    /// [`issuer`](Self::issuer) and [`client_id_check`](Self::client_id_check) change that. So
    /// require the [`audience`](Self::audience) that your API is.
    ///
    /// Create such a verifier once: it and its clones share the keys, which another one fetches
    /// again.
    ///
    /// ```
    /// # let client = workos::Client::new("sk_test_a2V5");
    /// let verifier = client
    ///     .token_verifier()
    ///     .authkit_domain("acme.authkit.app")
    ///     .audience("https://mcp.example.com");
    /// ```
    ///
    /// An invalid domain is reported when a token is verified.
    pub fn authkit_domain(self, domain: impl AsRef<str>) -> Self {
        Self { keys: Jwks::of_authkit_domain(&self.client, domain.as_ref()), ..self }
    }

    /// The keys that it verifies tokens with: to fetch them when the program starts, for instance.
    pub fn jwks(&self) -> &Jwks {
        &self.keys
    }

    /// Accepts only tokens of this issuer; call it again to add another. Without it, `iss` is not
    /// checked, unless the keys are those of an [AuthKit domain](Self::authkit_domain).
    ///
    /// WorkOS issues tokens as `https://api.workos.com`, or as your custom authentication domain
    /// where you have one; tokens of machines and of OAuth applications are issued as the AuthKit
    /// domain, such as `https://acme.authkit.app`. The keys belong to your environment alone, so
    /// this only distinguishes issuers within it. It is compared exactly, and WorkOS has used its
    /// own with and without a trailing slash: add both to accept both.
    ///
    /// ```
    /// # let client = workos::Client::new("sk_test_a2V5");
    /// let verifier = client
    ///     .token_verifier()
    ///     .issuer("https://api.workos.com")
    ///     .issuer("https://api.workos.com/");
    /// ```
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.set(|rules| rules.issuers.push(issuer.into()))
    }

    /// Accepts only tokens whose `aud` contains this audience; call it again to add an alternative.
    /// Without it, `aud` is not checked.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.set(|rules| rules.audiences.push(audience.into()))
    }

    /// Whether the `client_id` of a token, if it has one, must be the client's own; `true` by
    /// default, unless the keys are those of an [AuthKit domain](Self::authkit_domain). Pass `false`
    /// to accept tokens of other applications of the same environment.
    pub fn client_id_check(self, check: bool) -> Self {
        self.set(|rules| rules.client_id = Some(check))
    }

    /// The clock skew to tolerate, for `nbf` and `exp`.
    ///
    /// Without it, `nbf` may be 10 s in the future, so that a new token works at once, and `exp` is
    /// exact.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.set(|rules| rules.leeway = Some(leeway))
    }

    /// Accepts tokens of users only, as sessions do. Without this and the methods below, users and
    /// machines are accepted; [`AccessToken::subject`] distinguishes them.
    pub fn for_users(self) -> Self {
        self.set(|rules| rules.subject = Subject::User)
    }

    /// Accepts tokens of agents instead of those of users and machines.
    ///
    /// They must also have `iss`, `aud`, `jti`, `org_id` and `iat`, and no session, and `aud` must
    /// contain the client ID, or what [`audience`](Self::audience) sets. To find out whether one
    /// was revoked, call [`create_validate`](crate::AgentsApi::create_validate).
    pub fn for_agents(self) -> Self {
        self.set(|rules| rules.subject = Subject::Agent)
    }

    /// Accepts tokens of machines only, those of
    /// [`client_credentials`](super::client_credentials).
    ///
    /// Their `sub` is the client ID of an M2M application, and so is their `client_id` if they have
    /// one; there is no session. Unless [`audience`](Self::audience) is called, every M2M
    /// application of the environment is accepted, whatever the audience of its token.
    pub fn for_machines(self) -> Self {
        self.set(|rules| rules.subject = Subject::Machine)
    }

    /// Verifies a token. The claims are shared with other requests that have the same token.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: why it was rejected. If it is [transient](TokenError::is_transient), the token
    /// could not be verified.
    #[inline]
    pub fn verify(&self, token: &str) -> BoxFuture<Result<Arc<AccessToken>, TokenError>> {
        let (verifier, token) = (self.clone(), SecretString::from(token));
        Box::pin(async move { verifier.check(token.expose()).await })
    }

    /// As [`verify`](Self::verify), but borrows the token instead of copying it.
    pub(super) async fn check(&self, token: &str) -> Result<Arc<AccessToken>, TokenError> {
        let cache = &crate::helpers::state(&self.client).tokens;
        let digest = cache.digest(token);
        if let Some(known) = digest.and_then(|digest| cache.get(&digest, self.client.now())) {
            // Keys have their own lifetime: a signature by a withdrawn key is no longer valid. Nor is
            // one by a key of another server, with which this token was verified before.
            let key = keys::key(&self.keys, &known.kid).await?;
            if key == known.key {
                return self.judge(known.claims.clone());
            }
        }
        let jwt = Jwt::parse(token)?;
        let key = keys::key(&self.keys, &jwt.kid).await?;
        if !key.verify_rs256(jwt.signed.as_bytes(), &jwt.signature) {
            return Err(TokenError::BadSignature);
        }
        let claims = Arc::new(AccessToken::parse(&jwt.claims)?);
        if let Some(digest) = digest {
            let verified = Verified { claims: claims.clone(), kid: jwt.kid, key };
            cache.put(digest, verified, self.client.now());
        }
        self.judge(claims)
    }

    /// As [`check`](Self::check), for a token just received from WorkOS: the connection
    /// authenticates it instead of the signature (OpenID Connect Core, section 3.1.3.7, rule 6).
    #[inline]
    pub(super) fn check_received(&self, token: &str) -> Result<Arc<AccessToken>, TokenError> {
        let jwt = Jwt::parse(token)?;
        self.judge(Arc::new(AccessToken::parse(&jwt.claims)?))
    }

    fn set(mut self, set: impl FnOnce(&mut Rules)) -> Self {
        set(Arc::make_mut(&mut self.rules));
        self
    }

    /// Everything after the signature. Expiry comes last, so that the claims of an expired token
    /// are otherwise valid.
    fn judge(&self, token: Arc<AccessToken>) -> Result<Arc<AccessToken>, TokenError> {
        let rules = &*self.rules;
        if !token.is_access_token() {
            return Err(TokenError::NotAnAccessToken);
        }
        let suits = match rules.subject {
            Subject::UserOrMachine => token.subject() != TokenSubject::Agent,
            Subject::User => token.subject() == TokenSubject::User,
            Subject::Agent => token.sid.is_none(),
            Subject::Machine => token.is_subject_a_machine(),
        };
        if !suits {
            return Err(TokenError::Subject);
        }
        if rules.subject == Subject::Agent {
            token.require_agent_claims()?;
        }
        if !self.is_issuer(token.iss.as_deref()) {
            return Err(TokenError::Issuer);
        }
        self.judge_client(&token)?;
        let now = self.client.now();
        let ahead = rules.leeway.unwrap_or(NOT_BEFORE_LEEWAY);
        if token.nbf.is_some_and(|nbf| nbf > now + ahead) {
            return Err(TokenError::NotYetValid);
        }
        if token.exp + rules.leeway.unwrap_or_default() <= now {
            return Err(TokenError::Expired { claims: token });
        }
        Ok(token)
    }

    fn is_issuer(&self, iss: Option<&str>) -> bool {
        match (self.rules.issuers.as_slice(), self.keys.authkit_domain()) {
            ([], None) => true,
            ([], Some(domain)) => {
                iss.is_some_and(|iss| iss.strip_suffix('/').unwrap_or(iss) == domain)
            }
            (issuers, _) => issuers.iter().any(|one| iss == Some(one)),
        }
    }

    fn judge_client(&self, token: &AccessToken) -> Result<(), TokenError> {
        let (rules, own) = (&*self.rules, self.client.client_id());
        let machine = (rules.subject == Subject::Machine).then_some(token.sub.as_str());
        let issued_to = token.client_id.as_deref();
        let is_misfit = issued_to.is_none() && token.claim("client_id").is_some();
        let is_checked = rules.client_id.unwrap_or(self.keys.authkit_domain().is_none());
        if is_checked && (is_misfit || issued_to.is_some() && issued_to != machine.or(own)) {
            return Err(TokenError::Client);
        }
        let names = |audience: &str| token.aud.iter().any(|one| one == audience);
        let named = if rules.audiences.is_empty() {
            rules.subject != Subject::Agent || own.is_some_and(names)
        } else {
            rules.audiences.iter().any(|audience| names(audience))
        };
        if named { Ok(()) } else { Err(TokenError::Audience) }
    }
}

/// Why a token was rejected.
///
/// No variant shows the token. Cloning is cheap.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not a signed token, or a claim has the wrong type. The text says which part.
    Malformed(&'static str),
    /// It is not signed with RS256.
    Algorithm,
    /// None of the published keys has the ID that the token names.
    UnknownKey,
    /// The signature is wrong.
    BadSignature,
    /// It has expired, and is otherwise valid.
    #[non_exhaustive]
    Expired {
        /// Its claims.
        claims: Arc<AccessToken>,
    },
    /// It is not valid yet (`nbf`).
    NotYetValid,
    /// It has another issuer than [`TokenVerifier::issuer`] accepts (`iss`).
    Issuer,
    /// It is for another audience (`aud`).
    Audience,
    /// It was issued to another client (`client_id`).
    Client,
    /// Its subject is not of the accepted kind: a user, an agent or a machine. See
    /// [`TokenVerifier::for_agents`] and [`TokenVerifier::for_machines`].
    Subject,
    /// It is signed, but not an access token: an ID token or a logout token.
    NotAnAccessToken,
    /// It lacks this claim.
    MissingClaim(&'static str),
    /// This claim has the wrong type: `exp`, `iat` and `nbf` are numbers of seconds, `sub`, `sid`,
    /// `iss` and `jti` are text.
    InvalidClaim(&'static str),
    /// The keys could not be fetched, so the token could not be verified.
    Keys(Arc<Error>),
}

impl TokenError {
    /// Whether verifying the same token may succeed later: the keys could not be fetched.
    ///
    /// Respond with 503, and keep the session. A client without a client ID is a configuration
    /// mistake, and not transient.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Keys(error) if !matches!(**error, Error::Builder(_)))
    }

    /// The claims of a token that has expired and is otherwise valid.
    pub fn expired_claims(&self) -> Option<&AccessToken> {
        if let Self::Expired { claims } = self { Some(claims) } else { None }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the access token is malformed: {what}"),
            Self::Algorithm => f.write_str("the access token is not signed with RS256"),
            Self::UnknownKey => f.write_str("the access token is signed with an unknown key"),
            Self::BadSignature => f.write_str("the signature of the access token is wrong"),
            Self::Expired { claims } => write!(f, "the access token expired {}", claims.exp),
            Self::NotYetValid => f.write_str("the access token is not valid yet"),
            Self::Issuer => f.write_str("the access token has another issuer"),
            Self::Audience => f.write_str("the access token has another audience"),
            Self::Client => f.write_str("the access token belongs to another client"),
            Self::Subject => f.write_str("the access token has another kind of subject"),
            Self::NotAnAccessToken => f.write_str("the token is not an access token"),
            Self::MissingClaim(claim) => write!(f, "the access token has no {claim}"),
            Self::InvalidClaim(claim @ ("exp" | "iat" | "nbf")) => {
                write!(f, "the {claim} of the access token is not a number of seconds")
            }
            Self::InvalidClaim(claim) => write!(f, "the {claim} of the access token is not text"),
            Self::Keys(error) => {
                write!(f, "the keys of access tokens could not be fetched: {error}")
            }
        }
    }
}

impl std::error::Error for TokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Keys(error) = self { Some(&**error) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ThreadRuntime;

    #[test]
    fn a_bearer_token_stands_alone_after_its_scheme() {
        for value in ["Bearer a.b-c", "bearer a.b-c", " BEARER   a.b-c "] {
            assert_eq!(bearer_token(value), Some("a.b-c"), "{value}");
        }
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "a.b-c",
            "Basic a.b-c",
            "Bearer a b",
            "Bearer a,b",
            "Bearer ü",
        ] {
            assert_eq!(bearer_token(value), None, "{value}");
        }
    }

    #[test]
    fn what_is_remembered_is_neither_parsed_nor_checked_again() {
        let runtime = Arc::new(ThreadRuntime::new());
        let client = Client::builder().client_id("client_01").runtime(runtime).build();
        let jwks = r#"{"keys":[{"kid":"k","kty":"RSA","n":"AQAB","e":"AQAB"}]}"#;
        let key = keys::hold(&client, jwks).get("k").unwrap();
        let claims = AccessToken::parse(br#"{"sub":"u","exp":99999999999}"#).unwrap();
        let verified = Verified { claims: Arc::new(claims), kid: "k".to_owned(), key };

        let verify = || futures_executor::block_on(client.verify_access_token("no token at all"));
        assert!(matches!(verify(), Err(TokenError::Malformed(_))));
        let cache = &crate::helpers::state(&client).tokens;
        let digest = cache.digest("no token at all").unwrap();
        cache.put(digest, verified, client.now());
        assert_eq!(verify().unwrap().sub, "u");
        keys::hold(&client, r#"{"keys":[{"kid":"k","kty":"RSA","n":"AQAD","e":"AQAB"}]}"#);
        assert!(matches!(verify(), Err(TokenError::Malformed(_))), "the key has changed");
    }
}
