//! The keys of a client: fetched once, and shared by all requests.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::TokenError;
use crate::client::path::segment;
use crate::crypto::{RsaKey, sha256};
use crate::encoding::base64url_decode;
use crate::helpers::single_flight::{Flight, InFlight};
use crate::operation::Operation;
use crate::transport::BoxFuture;
use crate::{Client, DEFAULT_BASE_URL, Error, path_segment};

/// How long to wait before repeating a failed fetch, or a search for the same unknown key.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// The minimum time between two searches for unknown keys, for all tokens together.
const SEARCH_INTERVAL: Duration = Duration::from_secs(2);
/// How many unknown keys are remembered as such.
const REMEMBERED_MISSES: usize = 100;
/// How long keys are used without a usable response from the server.
const LONGEST_USE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a fetch may take with its retries: requests wait for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The keys that access tokens are signed with. From [`Client::jwks`], or from
/// [`TokenVerifier::jwks`](super::TokenVerifier::jwks) for those of an AuthKit domain.
///
/// Verifying tokens manages them automatically: it fetches them with the first token and again
/// after [ten minutes](crate::ClientBuilder::jwks_lifetime), in the background, while the cached
/// ones stay in use. If the endpoint fails, hangs, or returns no usable key, they stay in use for
/// up to a day. A token with an unknown key ID causes a fetch, too: at most every 30 s for the same
/// ID, and every 2 s overall, so that made-up IDs do no harm. Use this handle to fetch the keys
/// earlier, or to inspect them.
///
/// ```no_run
/// # async fn run(client: workos::Client) -> Result<(), workos::helpers::tokens::TokenError> {
/// let keys = client.jwks().fetch().await?; // at start, so that the first request does not wait
/// println!("{} keys", keys.key_ids().count());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Jwks {
    /// Fetches the keys, and caches them: there is one for each server.
    client: Client,
    publisher: Publisher,
}

/// The server that publishes keys.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Publisher {
    /// The API, for one application.
    Api,
    /// An AuthKit domain, for all applications of its environment.
    AuthKitDomain,
}

impl Jwks {
    /// The same as [`Client::jwks`]: the keys are cached in the client, and its clones share them.
    pub fn from_client(client: &Client) -> Self {
        Self { client: client.clone(), publisher: Publisher::Api }
    }

    /// The keys of an AuthKit domain. An invalid domain is reported when they are fetched.
    pub(super) fn of_authkit_domain(client: &Client, domain: &str) -> Self {
        let client = client.at_authkit_domain(domain);
        Self { client, publisher: Publisher::AuthKitDomain }
    }

    /// The AuthKit domain as a URL, if the keys are those of one.
    pub(super) fn authkit_domain(&self) -> Option<&str> {
        (self.publisher == Publisher::AuthKitDomain).then(|| self.client.base_url())
    }

    /// The URL at which the keys are published.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client ID, or one that cannot be part of a path, or
    /// an invalid setting; or when the AuthKit domain is invalid.
    pub fn url(&self) -> Result<String, Error> {
        if let Some(problem) = &self.client.settings().invalid {
            return Err(Error::builder(problem.clone()));
        }
        Ok(format!("{}{}", self.client.base_url(), self.path()?))
    }

    fn path(&self) -> Result<String, Error> {
        match self.publisher {
            Publisher::Api => {
                let client_id = segment("client_id", self.client.required_client_id()?)?;
                Ok(format!("/sso/jwks/{client_id}"))
            }
            Publisher::AuthKitDomain => Ok("/oauth2/jwks".to_owned()),
        }
    }

    /// The cached keys, or those of the server if there are none.
    ///
    /// # Errors
    ///
    /// [`TokenError::Keys`].
    #[inline]
    pub fn fetch(&self) -> BoxFuture<Result<Arc<KeySet>, TokenError>> {
        let jwks = self.clone();
        Box::pin(async move { Ok(current(&jwks).await?.0) })
    }

    /// Fetches the keys from the server, even if there are cached ones. It joins a fetch in
    /// progress.
    ///
    /// # Errors
    ///
    /// [`TokenError::Keys`]. Cached keys stay in use.
    #[inline]
    pub fn refresh(&self) -> BoxFuture<Result<Arc<KeySet>, TokenError>> {
        let jwks = self.clone();
        Box::pin(async move { refresh(&jwks).await.map_err(TokenError::Keys) })
    }
}

/// The URL at which the keys of an application (`client_…`) are published. An empty `base_url`
/// stands for `https://api.workos.com`. [`Jwks::url`] takes both from a client, and checks them.
///
/// ```
/// use workos::helpers::tokens::jwks_url;
///
/// assert_eq!(jwks_url("", "client_01"), "https://api.workos.com/sso/jwks/client_01");
/// ```
pub fn jwks_url(base_url: &str, client_id: &str) -> String {
    let base_url = if base_url.is_empty() { DEFAULT_BASE_URL } else { base_url };
    format!("{}/sso/jwks/{}", base_url.trim_end_matches('/'), path_segment(client_id))
}

/// A set of keys, decoded.
pub struct KeySet {
    /// `None` for an ID that belongs to no usable key, or to more than one key.
    keys: HashMap<String, Option<Arc<RsaKey>>>,
}

/// A set of keys as published (RFC 7517). An invalid key does not affect the others.
#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    use_: Option<String>,
    key_ops: Option<Vec<String>>,
    n: String,
    e: String,
}

impl KeySet {
    #[inline]
    fn new(document: &Document) -> Self {
        let mut keys = HashMap::new();
        for jwk in &document.keys {
            if let Some(kid) = jwk.get("kid").and_then(Value::as_str) {
                let key = rsa_key(jwk).map(Arc::new);
                // Two keys with one ID: neither is trusted.
                keys.entry(kid.to_owned()).and_modify(|known| *known = None).or_insert(key);
            }
        }
        Self { keys }
    }

    /// The IDs of the usable keys.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter(|(_, key)| key.is_some()).map(|(kid, _)| kid.as_str())
    }

    pub(super) fn get(&self, kid: &str) -> Option<Arc<RsaKey>> {
        self.keys.get(kid)?.clone()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.key_ids()).finish()
    }
}

/// A key for RS256 signatures, or one without a stated use.
#[inline]
fn rsa_key(jwk: &Value) -> Option<RsaKey> {
    let jwk = Jwk::deserialize(jwk).ok()?;
    let suits = jwk.kty == "RSA"
        && jwk.alg.is_none_or(|alg| alg == "RS256")
        && jwk.use_.is_none_or(|use_| use_ == "sig")
        && jwk.key_ops.is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !suits {
        return None;
    }
    Some(RsaKey::new(number(&jwk.n)?, number(&jwk.e)?))
}

/// A positive number, big-endian, without leading zeros.
fn number(text: &str) -> Option<Vec<u8>> {
    let mut bytes = base64url_decode(text)?;
    let zeros = bytes.iter().position(|byte| *byte != 0)?;
    bytes.drain(..zeros);
    Some(bytes)
}

type Fetched = Result<Arc<KeySet>, Arc<Error>>;

/// The keys of a client. Times are those of the runtime's clock.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<State>);

#[derive(Default)]
struct State {
    /// The last usable keys, and when they were fetched.
    held: Option<(Arc<KeySet>, Duration)>,
    /// Why and when the last fetch failed, if it did.
    failed: Option<(Arc<Error>, Duration)>,
    /// When a search for an unknown key last began.
    searched: Option<Duration>,
    /// Keys that were not found, by the hash of their IDs, and when.
    misses: VecDeque<([u8; 32], Duration)>,
    fetching: InFlight<Fetched>,
    /// A fetch that advances only with the next request, if the runtime has no tasks.
    adrift: Option<Flight<Fetched>>,
}

impl State {
    fn recent_failure(&self, now: Duration) -> Option<Arc<Error>> {
        let (error, at) = self.failed.as_ref()?;
        is_recent(*at, now, COOL_DOWN).then(|| error.clone())
    }

    /// The cached keys, unless they are too old to use, and whether to fetch new ones.
    fn held(&self, now: Duration, lifetime: Duration) -> Option<(Arc<KeySet>, bool)> {
        let (keys, at) = self.held.as_ref()?;
        let is_due = !is_recent(*at, now, lifetime) && self.recent_failure(now).is_none();
        is_recent(*at, now, LONGEST_USE.max(lifetime)).then(|| (keys.clone(), is_due))
    }

    /// How long to wait before searching for an unknown key, or the error to return without a
    /// search.
    fn search(&self, kid: &[u8; 32], now: Duration) -> Result<Duration, TokenError> {
        if self.fetching.is_under_way() {
            return Ok(Duration::ZERO);
        }
        if let Some(error) = self.recent_failure(now) {
            return Err(TokenError::Keys(error));
        }
        let mut misses = self.misses.iter();
        if misses.any(|(missed, at)| missed == kid && is_recent(*at, now, COOL_DOWN)) {
            return Err(TokenError::UnknownKey);
        }
        let next = self.searched.map(|at| at.saturating_add(SEARCH_INTERVAL));
        Ok(next.unwrap_or_default().saturating_sub(now))
    }

    fn miss(&mut self, kid: [u8; 32], now: Duration) {
        self.misses.truncate(REMEMBERED_MISSES - 1);
        self.misses.push_front((kid, now));
    }
}

fn is_recent(at: Duration, now: Duration, span: Duration) -> bool {
    now.saturating_sub(at) < span
}

fn state(jwks: &Jwks) -> MutexGuard<'_, State> {
    crate::helpers::state(&jwks.client).keys.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn elapsed(jwks: &Jwks) -> Duration {
    jwks.client.settings().runtime.elapsed()
}

/// The key with this ID, searched for on the server if that may help.
pub(super) async fn key(jwks: &Jwks, kid: &str) -> Result<Arc<RsaKey>, TokenError> {
    let (keys, new) = current(jwks).await?;
    if let Some(key) = keys.get(kid) {
        return Ok(key);
    }
    let digest = sha256(kid.as_bytes());
    let found = if new { None } else { search(jwks, kid, &digest).await? };
    found.ok_or_else(|| {
        state(jwks).miss(digest, elapsed(jwks));
        TokenError::UnknownKey
    })
}

/// Asks the server for a key that is not cached, if the last search is long enough ago.
async fn search(
    jwks: &Jwks,
    kid: &str,
    digest: &[u8; 32],
) -> Result<Option<Arc<RsaKey>>, TokenError> {
    let came = elapsed(jwks);
    let wait = state(jwks).search(digest, came)?;
    if !wait.is_zero() {
        jwks.client.settings().runtime.sleep(wait).await;
        let state = state(jwks);
        // One search serves all that were waiting.
        if state.searched.is_some_and(|at| at >= came) && !state.fetching.is_under_way() {
            return Ok(state.held.as_ref().and_then(|(keys, _)| keys.get(kid)));
        }
    }
    state(jwks).searched = Some(elapsed(jwks));
    let keys = refresh(jwks).await.map_err(TokenError::Keys)?;
    Ok(keys.get(kid))
}

/// The keys to use, and whether they were just fetched.
async fn current(jwks: &Jwks) -> Result<(Arc<KeySet>, bool), TokenError> {
    let held = || state(jwks).held(elapsed(jwks), jwks.client.settings().tokens.jwks_lifetime);
    match held() {
        Some((keys, true)) => {
            refresh_in_background(jwks);
            // It may have finished already.
            let now_held = held().map_or_else(|| keys.clone(), |(keys, _)| keys);
            let is_new = !Arc::ptr_eq(&keys, &now_held);
            return Ok((now_held, is_new));
        }
        Some((keys, false)) => return Ok((keys, false)),
        None => {}
    }
    let keys = refresh(jwks).await.map_err(TokenError::Keys)?;
    Ok((keys, true))
}

/// Fetches new keys while the cached ones are used.
#[cold]
#[inline]
fn refresh_in_background(jwks: &Jwks) {
    let adrift = state(jwks).adrift.take();
    let flight = match adrift {
        Some(flight) => flight,
        None if state(jwks).fetching.is_under_way() => return,
        None => join(jwks),
    };
    let adrift = flight.depart(&*jwks.client.settings().runtime);
    state(jwks).adrift = adrift;
}

/// Fetches the keys, or joins the fetch in progress.
#[inline]
async fn refresh(jwks: &Jwks) -> Fetched {
    let landed = join(jwks).land(&*jwks.client.settings().runtime).await;
    landed.unwrap_or_else(|panicked| Err(Arc::new(panicked.during(&Operation::CUSTOM))))
}

#[inline]
fn join(jwks: &Jwks) -> Flight<Fetched> {
    let work = || -> BoxFuture<Fetched> { Box::pin(fetch_and_keep(jwks.clone())) };
    state(jwks).fetching.join(work)
}

/// Only usable keys replace the cached ones.
async fn fetch_and_keep(jwks: Jwks) -> Fetched {
    let fetched = fetch(&jwks).await.map(Arc::new).map_err(Arc::new);
    let now = elapsed(&jwks);
    let mut state = state(&jwks);
    match &fetched {
        Ok(keys) if keys.key_ids().next().is_some() => {
            state.held = Some((keys.clone(), now));
            state.failed = None;
        }
        Ok(_) => {
            let error = Error::Jwt("the key set contains no usable key".to_owned());
            state.failed = Some((Arc::new(error), now));
        }
        Err(error) => state.failed = Some((error.clone(), now)),
    }
    drop(state);
    fetched
}

#[inline]
async fn fetch(jwks: &Jwks) -> Result<KeySet, Error> {
    let path = jwks.path()?;
    let limit =
        jwks.client.settings().total_timeout.map_or(FETCH_TIMEOUT, |own| own.min(FETCH_TIMEOUT));
    let call = jwks.client.request::<Document>(Method::GET, &path).unauthenticated();
    Ok(KeySet::new(&call.total_timeout(limit).await?))
}

/// Puts keys into the client's cache without a server.
#[cfg(test)]
pub(super) fn hold(client: &Client, document: &str) -> Arc<KeySet> {
    let keys = Arc::new(KeySet::new(&serde_json::from_str(document).unwrap()));
    let jwks = Jwks::from_client(client);
    state(&jwks).held = Some((keys.clone(), elapsed(&jwks)));
    keys
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usable(jwk: &str) -> bool {
        let document = serde_json::from_str(&format!(r#"{{"keys":[{jwk}]}}"#)).unwrap();
        KeySet::new(&document).key_ids().count() == 1
    }

    #[test]
    fn only_keys_for_rs256_signatures_are_used() {
        let key = |more: &str| format!(r#"{{"kid":"k","kty":"RSA","n":"AQAB","e":"AQAB"{more}}}"#);
        for more in
            ["", r#","alg":"RS256","use":"sig","key_ops":["verify"],"x":1"#, r#","use":null"#]
        {
            assert!(usable(&key(more)), "{more}");
        }
        for more in [
            r#","alg":"RS512""#,
            r#","use":"enc""#,
            r#","key_ops":["encrypt"]"#,
            r#","key_ops":[]"#,
            r#","key_ops":1"#,
        ] {
            assert!(!usable(&key(more)), "{more}");
        }
        for jwk in [
            r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            r#"{"kid":"k","kty":"EC","n":"AQAB","e":"AQAB"}"#,
            r#"{"kid":"k","kty":"RSA","n":"A+==","e":"AQAB"}"#,
            r#"{"kid":"k","kty":"RSA","n":"AAAA","e":"AQAB"}"#,
            r#"{"kid":"k","kty":"RSA","n":"AQAB"}"#,
            "7",
        ] {
            assert!(!usable(jwk), "{jwk}");
        }
        assert!(!usable(&format!("{0},{0}", key(""))), "two keys with one ID");
    }

    proptest! {
        #[test]
        fn no_key_makes_it_panic(
            name in "kid|kty|n|e|alg|use|key_ops",
            value in "null|1|\"\\PC{0,9}\"|\\[\"verify\"\\]|\\{\\}",
            n in "[A-Za-z0-9_-]{0,20}",
            signature: Vec<u8>,
        ) {
            let n = format!(r#"{{"kid":"k","kty":"RSA","n":"{n}","e":"AQAB"}}"#);
            let odd = format!(r#"{{"kid":"o","{name}":{value}}}"#).replace('\\', "");
            let document = serde_json::from_str(&format!(r#"{{"keys":[{n},{odd}]}}"#));
            let key = document.ok().and_then(|document| KeySet::new(&document).get("k"));
            prop_assert!(!key.is_some_and(|key| key.verify_rs256(b"message", &signature)));
        }
    }
}
