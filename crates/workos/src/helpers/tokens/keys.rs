//! The keys of a client: fetched once, by whoever comes first, for everybody.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::TokenError;
use crate::client::Operation;
use crate::client::request::segment;
use crate::crypto::RsaKey;
use crate::encoding::base64url_decode;
use crate::helpers::flight::InFlight;
use crate::transport::BoxFuture;
use crate::{Client, Error};

/// How long after a search for an unknown key, or after a failed fetch, the next one may begin.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// How long a fetch may take with its retries: somebody's request waits for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The keys that a client's access tokens are signed with. Made by [`Client::jwks`].
///
/// Checking tokens takes care of them by itself: it fetches them with the first token, again after
/// [ten minutes](crate::ClientBuilder::jwks_lifetime), and when a token names a key that is not
/// among them, though that only every 30 s. While they cannot be fetched, those at hand stay in
/// use. This handle is for those who want to fetch them earlier, or to see them.
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
    #[inline]
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Where the keys are published.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the client has no client id, or one that cannot be part of a path.
    pub fn url(&self) -> Result<String, Error> {
        Ok(format!("{}{}", self.client.base_url(), path(&self.client)?))
    }

    /// The keys at hand, or, where there are none or they are old, those of the server.
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
    /// The last keys there were, and when they came.
    held: Option<(Arc<KeySet>, Duration)>,
    /// Why and when the last fetch failed, if it did.
    failed: Option<(Arc<Error>, Duration)>,
    /// When an unknown key was last searched for.
    searched: Option<Duration>,
    fetching: InFlight<Fetched>,
}

impl State {
    fn recent_failure(&self, now: Duration) -> Option<Arc<Error>> {
        let (error, at) = self.failed.as_ref()?;
        (now.saturating_sub(*at) < COOL_DOWN).then(|| error.clone())
    }

    /// Keys that need no fetch: young ones, and old ones when the last fetch failed just now.
    fn usable(&self, now: Duration, lifetime: Duration) -> Option<Arc<KeySet>> {
        let (keys, at) = self.held.as_ref()?;
        let young = now.saturating_sub(*at) < lifetime;
        (young || self.recent_failure(now).is_some()).then(|| keys.clone())
    }

    /// Whether to fetch because of an unknown key, and if not, what to say of it.
    fn search(&mut self, now: Duration) -> Result<(), TokenError> {
        if self.fetching.is_under_way() {
            return Ok(());
        }
        if let Some(error) = self.recent_failure(now) {
            return Err(TokenError::Keys(error));
        }
        if self.searched.is_some_and(|at| now.saturating_sub(at) < COOL_DOWN) {
            return Err(TokenError::UnknownKey);
        }
        self.searched = Some(now);
        Ok(())
    }
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
    let now = elapsed(client);
    if new {
        state(client).searched = Some(now);
        return Err(TokenError::UnknownKey);
    }
    state(client).search(now)?;
    let keys = refresh(client).await.map_err(TokenError::Keys)?;
    keys.get(kid).ok_or(TokenError::UnknownKey)
}

/// The keys to use, and whether they were fetched just now.
async fn current(client: &Client) -> Result<(Arc<KeySet>, bool), TokenError> {
    let usable = state(client).usable(elapsed(client), client.settings().jwks_lifetime);
    if let Some(keys) = usable {
        return Ok((keys, false));
    }
    let error = match refresh(client).await {
        Ok(keys) => return Ok((keys, true)),
        Err(error) => error,
    };
    // A key that was good ten minutes ago is a better guess than that nobody is signed in.
    let held = state(client).held.as_ref().map(|(keys, _)| keys.clone());
    held.map(|keys| (keys, false)).ok_or(TokenError::Keys(error))
}

/// Fetches the keys, or waits for the fetch that is under way.
#[inline]
async fn refresh(client: &Client) -> Fetched {
    let work = || -> BoxFuture<Fetched> { Box::pin(fetch_and_keep(client.clone())) };
    let flight = state(client).fetching.join(work);
    let landed = flight.land(&*client.settings().runtime).await;
    landed.unwrap_or_else(|panicked| Err(Arc::new(panicked.during(&Operation::CUSTOM))))
}

async fn fetch_and_keep(client: Client) -> Fetched {
    let fetched = fetch(&client).await.map(Arc::new).map_err(Arc::new);
    let now = elapsed(&client);
    let mut state = state(&client);
    match &fetched {
        Ok(keys) => {
            state.held = Some((keys.clone(), now));
            state.failed = None;
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
