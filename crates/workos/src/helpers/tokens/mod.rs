//! Access tokens: is this one genuine, still good, and whose is it?
//!
//! WorkOS signs access tokens with keys that it publishes. They are fetched once and kept by the
//! client, so that checking a token takes no request. What the client has verified it remembers for a
//! while, so that the next request with the same token takes no RSA either
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
//! An API that serves users and machines needs one verifier, made once, and one `match`:
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

pub(crate) use self::cache::{DEFAULT_SIZE as DEFAULT_TOKEN_CACHE_SIZE, TokenCache};
pub(crate) use self::keys::KeyCache;

use self::cache::Verified;
use self::jwt::Jwt;
use crate::transport::BoxFuture;
use crate::{Client, Error, SecretString};

/// How far ahead `nbf` may be unless [`TokenVerifier::leeway`] says otherwise.
const NOT_BEFORE_LEEWAY: Duration = Duration::from_secs(10);

impl Client {
    /// Checks the access token of a user or a machine, as it comes after `Bearer` in an
    /// `Authorization` header: [`token_verifier`](Self::token_verifier) with its defaults.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: why it is refused, or, where
    /// [`is_transient`](TokenError::is_transient), could not be judged.
    #[inline]
    pub fn verify_access_token(
        &self,
        token: &str,
    ) -> BoxFuture<Result<Arc<AccessToken>, TokenError>> {
        self.token_verifier().verify(token)
    }

    /// Checks access tokens by rules of your own.
    ///
    /// ```
    /// # let client = workos::Client::new("sk_test_a2V5");
    /// let verifier = client
    ///     .token_verifier()
    ///     .issuer("https://api.workos.com")
    ///     .audience("https://api.example.com");
    /// ```
    pub fn token_verifier(&self) -> TokenVerifier {
        TokenVerifier { client: self.clone(), rules: Arc::default() }
    }

    /// The keys that access tokens are signed with. Clones of the client share them.
    pub fn jwks(&self) -> Jwks {
        Jwks::from_client(self)
    }
}

/// The token in the value of an `Authorization` header (RFC 6750, section 2.1); `None` where it has
/// another scheme, or something else than one token. Nothing is checked yet.
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

/// Checks access tokens. Made by [`Client::token_verifier`]; cheap to clone.
///
/// A token is good when RS256 and one of the client's published keys made its signature, when it is
/// an access token of a user or a machine with a `sub` and an `exp`, and when it is its time. More
/// can be asked for. ID tokens and logout tokens are signed with the same keys and are refused.
#[derive(Debug, Clone)]
pub struct TokenVerifier {
    client: Client,
    rules: Arc<Rules>,
}

#[derive(Debug, Clone)]
struct Rules {
    issuers: Vec<String>,
    audiences: Vec<String>,
    client_id: bool,
    subject: Subject,
    leeway: Option<Duration>,
}

/// Whose a token has to be.
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
        Self { issuers, audiences, client_id: true, subject: Subject::UserOrMachine, leeway: None }
    }
}

impl TokenVerifier {
    /// Accepts only tokens of this issuer; call it again for a further one. Unless it is called,
    /// `iss` is not looked at.
    ///
    /// WorkOS issues tokens as `https://api.workos.com`, or as your custom authentication domain
    /// where you have one; tokens of machines and of OAuth applications are issued as the AuthKit
    /// domain, such as `https://acme.authkit.app`. The keys are those of your environment alone, so
    /// this tells apart who issued a token within it. It is compared letter by letter, and WorkOS
    /// has written its own with and without a slash at the end: name both forms to accept both.
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

    /// Accepts only tokens whose `aud` names this audience; call it again for an alternative.
    /// Unless it is called, `aud` is not looked at.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.set(|rules| rules.audiences.push(audience.into()))
    }

    /// Whether a token that carries a `client_id` has to carry the client's own. It does unless
    /// this is called with `false`, as for tokens of other applications of the same environment.
    pub fn client_id_check(self, check: bool) -> Self {
        self.set(|rules| rules.client_id = check)
    }

    /// How far the clocks of the two sides may be apart, for `nbf` and `exp`.
    ///
    /// Without it, `nbf` may be 10 s ahead, so that a fresh token works at once, and `exp` is
    /// exact.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.set(|rules| rules.leeway = Some(leeway))
    }

    /// Accepts tokens of users only, as sessions do. Without it and its likes below, users and
    /// machines are accepted, and [`AccessToken::subject`] tells whose a token is.
    pub fn for_users(self) -> Self {
        self.set(|rules| rules.subject = Subject::User)
    }

    /// Accepts tokens of agents instead of those of users and machines.
    ///
    /// They have to carry `iss`, `aud`, `jti`, `org_id` and `iat` as well and belong to no session,
    /// and `aud` has to name the client id, or what [`audience`](Self::audience) says. Whether one
    /// was revoked only WorkOS knows: [`create_validate`](crate::AgentsApi::create_validate) asks.
    pub fn for_agents(self) -> Self {
        self.set(|rules| rules.subject = Subject::Agent)
    }

    /// Accepts tokens of machines only, those of
    /// [`client_credentials`](super::client_credentials).
    ///
    /// Their `sub` is the client id of an M2M application, and so is their `client_id` if they
    /// carry one; they belong to no session. Unless [`audience`](Self::audience) is called, every
    /// M2M application of the environment is let in, whatever its token is meant for.
    pub fn for_machines(self) -> Self {
        self.set(|rules| rules.subject = Subject::Machine)
    }

    /// Checks a token. The claims are shared with those who come with the same one.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: why it is refused, or, where
    /// [`is_transient`](TokenError::is_transient), could not be judged.
    #[inline]
    pub fn verify(&self, token: &str) -> BoxFuture<Result<Arc<AccessToken>, TokenError>> {
        let (verifier, token) = (self.clone(), SecretString::from(token));
        Box::pin(async move { verifier.check(token.expose()).await })
    }

    /// As [`verify`](Self::verify), for who has the token for that long.
    pub(super) async fn check(&self, token: &str) -> Result<Arc<AccessToken>, TokenError> {
        let cache = &self.client.settings().helpers.tokens;
        let digest = cache.digest(token);
        if let Some(known) = digest.and_then(|digest| cache.get(&digest, self.client.now())) {
            // The keys have their own lifetime: one that was withdrawn vouches for nothing any more.
            let key = keys::key(&self.client, &known.kid).await?;
            if key == known.key {
                return self.judge(known.claims.clone());
            }
        }
        let jwt = Jwt::parse(token)?;
        let key = keys::key(&self.client, &jwt.kid).await?;
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

    /// As [`check`](Self::check), for a token that WorkOS has sent just now: the connection vouches
    /// for it in place of the signature (OpenID Connect Core, section 3.1.3.7, rule 6).
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
    /// are otherwise good.
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
        let is = |one: &String| token.iss.as_ref() == Some(one);
        if !rules.issuers.is_empty() && !rules.issuers.iter().any(is) {
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

    fn judge_client(&self, token: &AccessToken) -> Result<(), TokenError> {
        let (rules, own) = (&*self.rules, self.client.client_id());
        let machine = (rules.subject == Subject::Machine).then_some(token.sub.as_str());
        let issued_to = token.client_id.as_deref();
        let is_misfit = issued_to.is_none() && token.claim("client_id").is_some();
        if rules.client_id && (is_misfit || issued_to.is_some() && issued_to != machine.or(own)) {
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

/// Why a token is refused.
///
/// No variant shows the token. Cloning is cheap.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not a signed token, or a claim has the wrong type. The text says which part.
    Malformed(&'static str),
    /// It is signed in another way than RS256, or not at all.
    Algorithm,
    /// None of the client's keys has the id that the token names.
    UnknownKey,
    /// The signature is not that of the key.
    BadSignature,
    /// Its time is over. Everything else about it is right.
    #[non_exhaustive]
    Expired {
        /// What it says.
        claims: Arc<AccessToken>,
    },
    /// Its time has not come (`nbf`).
    NotYetValid,
    /// It was issued by somebody else than [`TokenVerifier::issuer`] names.
    Issuer,
    /// It is meant for somebody else (`aud`).
    Audience,
    /// It was issued to another client (`client_id`).
    Client,
    /// It is about something else than a user, an agent or a machine, whichever was expected; see
    /// [`TokenVerifier::for_agents`] and [`TokenVerifier::for_machines`].
    Subject,
    /// It is signed, but as something else than an access token: an ID token or a logout token.
    NotAnAccessToken,
    /// It lacks this claim.
    MissingClaim(&'static str),
    /// This claim is something else than it has to be: `exp`, `iat` and `nbf` are numbers of
    /// seconds, `sub`, `sid`, `iss` and `jti` are text.
    InvalidClaim(&'static str),
    /// The keys could not be had, so nothing is known about the token.
    Keys(Arc<Error>),
}

impl TokenError {
    /// Whether the same token may be good in a moment: the keys could not be had.
    ///
    /// Answer with 503, and leave the session alone. A client without a client id is a mistake that
    /// does not go away, and is not transient.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Keys(error) if !matches!(**error, Error::Builder(_)))
    }

    /// The claims of a token whose only fault is its age.
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
            Self::Subject => f.write_str("the access token is about another kind of subject"),
            Self::NotAnAccessToken => f.write_str("the token is no access token"),
            Self::MissingClaim(claim) => write!(f, "the access token has no {claim}"),
            Self::InvalidClaim(claim @ ("exp" | "iat" | "nbf")) => {
                write!(f, "the {claim} of the access token is no number of seconds")
            }
            Self::InvalidClaim(claim) => write!(f, "the {claim} of the access token is no text"),
            Self::Keys(error) => write!(f, "the keys of access tokens cannot be had: {error}"),
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
        let cache = &client.settings().helpers.tokens;
        let digest = cache.digest("no token at all").unwrap();
        cache.put(digest, verified, client.now());
        assert_eq!(verify().unwrap().sub, "u");
        keys::hold(&client, r#"{"keys":[{"kid":"k","kty":"RSA","n":"AQAD","e":"AQAB"}]}"#);
        assert!(matches!(verify(), Err(TokenError::Malformed(_))), "the key has changed");
    }
}
