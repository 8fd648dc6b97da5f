//! The keys of a client: fetched once, by whoever comes first, for everybody.

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

/// How long a failed fetch is not repeated, nor a search for the same unknown key.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// The least time between two searches for unknown keys, for all tokens together.
const SEARCH_INTERVAL: Duration = Duration::from_secs(2);
/// How many unknown keys are remembered as such.
const REMEMBERED_MISSES: usize = 100;
/// How long keys are used without a usable answer from the server.
const LONGEST_USE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a fetch may take with its retries: somebody's request waits for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The keys that a client's access tokens are signed with. Made by [`Client::jwks`].
///
/// Checking tokens takes care of them by itself: it fetches them with the first token and again
/// after [ten minutes](crate::ClientBuilder::jwks_lifetime), in the background, while those at hand
/// stay in use. They do for up to a day when the endpoint fails, hangs, or answers without a key
/// that can be used. A token that names a key not among them has them fetched, too: for each such
/// key every 30 s, and every 2 s at most for all of them, so that made-up names put nobody off.
/// This handle is for those who want to fetch the keys earlier, or to see them.
///
/// ```no_run
/// # async fn run(client: workos::Client) -> Result<(), workos::helpers::tokens::TokenError> {
/// let keys = client.jwks().fetch().await?; // at start, so that the first request does not wait
/// println!("{} keys", keys.key_ids().count());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Jwks {
    client: Client,
}

impl Jwks {
    /// The same as [`Client::jwks`]: the keys are cached in the client, and its clones share them.
    pub fn from_client(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Where the keys are published.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client id, or one that cannot be part of a path.
    pub fn url(&self) -> Result<String, Error> {
        Ok(format!("{}{}", self.client.base_url(), path(&self.client)?))
    }

    /// The keys at hand, or, where there are none, those of the server.
    ///
    /// # Errors
    ///
    /// [`TokenError::Keys`].
    #[inline]
    pub fn fetch(&self) -> BoxFuture<Result<Arc<KeySet>, TokenError>> {
        let client = self.client.clone();
        Box::pin(async move { Ok(current(&client).await?.0) })
    }

    /// The keys of the server, whatever is at hand; waits for a fetch that is under way.
    ///
    /// # Errors
    ///
    /// [`TokenError::Keys`]. What was at hand stays in use.
    #[inline]
    pub fn refresh(&self) -> BoxFuture<Result<Arc<KeySet>, TokenError>> {
        let client = self.client.clone();
        Box::pin(async move { refresh(&client).await.map_err(TokenError::Keys) })
    }
}

/// Where the keys of an application (`client_…`) are published: at `base_url`, or at WorkOS itself
/// if that is empty. [`Jwks::url`] takes both from a client, and checks them.
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

fn path(client: &Client) -> Result<String, Error> {
    let client_id = segment("client_id", client.required_client_id()?)?;
    Ok(format!("/sso/jwks/{client_id}"))
}

/// A set of keys, decoded.
pub struct KeySet {
    /// `None` under an id that belongs to no usable key, or to more than one key.
    keys: HashMap<String, Option<Arc<RsaKey>>>,
}

/// A set of keys as published (RFC 7517). What is wrong with one key does not spoil the others.
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
                // Two keys of one id: neither is to be trusted.
                keys.entry(kid.to_owned()).and_modify(|known| *known = None).or_insert(key);
            }
        }
        Self { keys }
    }

    /// The ids of the keys that can be used.
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

/// A key that is for signatures by RS256, or for nothing in particular.
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

/// A positive number, big-endian, without the zeros that some put in front.
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
    /// The last usable keys there were, and when they came.
    held: Option<(Arc<KeySet>, Duration)>,
    /// Why and when the last fetch failed, if it did.
    failed: Option<(Arc<Error>, Duration)>,
    /// When a search for an unknown key last began.
    searched: Option<Duration>,
    /// Keys that were searched for in vain, by the hash of their ids, and when.
    misses: VecDeque<([u8; 32], Duration)>,
    fetching: InFlight<Fetched>,
    /// A fetch that goes on only when somebody comes by, where nothing runs tasks.
    adrift: Option<Flight<Fetched>>,
}

impl State {
    fn recent_failure(&self, now: Duration) -> Option<Arc<Error>> {
        let (error, at) = self.failed.as_ref()?;
        is_recent(*at, now, COOL_DOWN).then(|| error.clone())
    }

    /// The keys at hand, unless they are too old for any use, and whether it is time for new ones.
    fn held(&self, now: Duration, lifetime: Duration) -> Option<(Arc<KeySet>, bool)> {
        let (keys, at) = self.held.as_ref()?;
        let is_due = !is_recent(*at, now, lifetime) && self.recent_failure(now).is_none();
        is_recent(*at, now, LONGEST_USE.max(lifetime)).then(|| (keys.clone(), is_due))
    }

    /// How long to wait before a fetch because of an unknown key, or what to say without one.
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

fn state(client: &Client) -> MutexGuard<'_, State> {
    client.settings().helpers.keys.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn elapsed(client: &Client) -> Duration {
    client.settings().runtime.elapsed()
}

/// The key of this id, after a look at the server where that may help.
pub(super) async fn key(client: &Client, kid: &str) -> Result<Arc<RsaKey>, TokenError> {
    let (keys, new) = current(client).await?;
    if let Some(key) = keys.get(kid) {
        return Ok(key);
    }
    let digest = sha256(kid.as_bytes());
    let found = if new { None } else { search(client, kid, &digest).await? };
    found.ok_or_else(|| {
        state(client).miss(digest, elapsed(client));
        TokenError::UnknownKey
    })
}

/// Asks the server for a key that is not cached, if the last search is long enough ago.
async fn search(
    client: &Client,
    kid: &str,
    digest: &[u8; 32],
) -> Result<Option<Arc<RsaKey>>, TokenError> {
    let came = elapsed(client);
    let wait = state(client).search(digest, came)?;
    if !wait.is_zero() {
        client.settings().runtime.sleep(wait).await;
        let state = state(client);
        // One search is for all who have been waiting.
        if state.searched.is_some_and(|at| at >= came) && !state.fetching.is_under_way() {
            return Ok(state.held.as_ref().and_then(|(keys, _)| keys.get(kid)));
        }
    }
    state(client).searched = Some(elapsed(client));
    let keys = refresh(client).await.map_err(TokenError::Keys)?;
    Ok(keys.get(kid))
}

/// The keys to use, and whether they were fetched just now.
async fn current(client: &Client) -> Result<(Arc<KeySet>, bool), TokenError> {
    let held = || state(client).held(elapsed(client), client.settings().jwks_lifetime);
    match held() {
        Some((keys, true)) => {
            refresh_in_background(client);
            // It may be done already.
            let now_held = held().map_or_else(|| keys.clone(), |(keys, _)| keys);
            let is_new = !Arc::ptr_eq(&keys, &now_held);
            return Ok((now_held, is_new));
        }
        Some((keys, false)) => return Ok((keys, false)),
        None => {}
    }
    let keys = refresh(client).await.map_err(TokenError::Keys)?;
    Ok((keys, true))
}

/// Fetches new keys while the cached ones are used.
#[cold]
#[inline]
fn refresh_in_background(client: &Client) {
    let adrift = state(client).adrift.take();
    let flight = match adrift {
        Some(flight) => flight,
        None if state(client).fetching.is_under_way() => return,
        None => join(client),
    };
    let adrift = flight.depart(&*client.settings().runtime);
    state(client).adrift = adrift;
}

/// Fetches the keys, or waits for the fetch that is under way.
#[inline]
async fn refresh(client: &Client) -> Fetched {
    let landed = join(client).land(&*client.settings().runtime).await;
    landed.unwrap_or_else(|panicked| Err(Arc::new(panicked.during(&Operation::CUSTOM))))
}

#[inline]
fn join(client: &Client) -> Flight<Fetched> {
    let work = || -> BoxFuture<Fetched> { Box::pin(fetch_and_keep(client.clone())) };
    state(client).fetching.join(work)
}

/// Only usable keys replace the cached ones.
async fn fetch_and_keep(client: Client) -> Fetched {
    let fetched = fetch(&client).await.map(Arc::new).map_err(Arc::new);
    let now = elapsed(&client);
    let mut state = state(&client);
    match &fetched {
        Ok(keys) if keys.key_ids().next().is_some() => {
            state.held = Some((keys.clone(), now));
            state.failed = None;
        }
        Ok(_) => {
            let error = Error::Jwt("the key set holds no key that can be used".to_owned());
            state.failed = Some((Arc::new(error), now));
        }
        Err(error) => state.failed = Some((error.clone(), now)),
    }
    drop(state);
    fetched
}

#[inline]
async fn fetch(client: &Client) -> Result<KeySet, Error> {
    let path = path(client)?;
    let limit = client.settings().total_timeout.map_or(FETCH_TIMEOUT, |own| own.min(FETCH_TIMEOUT));
    let call = client.request::<Document>(Method::GET, &path).unauthenticated();
    Ok(KeySet::new(&call.total_timeout(limit).await?))
}

/// Has these keys in the client without a server.
#[cfg(test)]
pub(super) fn hold(client: &Client, document: &str) -> Arc<KeySet> {
    let keys = Arc::new(KeySet::new(&serde_json::from_str(document).unwrap()));
    state(client).held = Some((keys.clone(), elapsed(client)));
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
        assert!(!usable(&format!("{0},{0}", key(""))), "two keys of one id");
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
