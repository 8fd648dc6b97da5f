//! A cache of verified tokens: the next request with the same token takes a hash instead of RSA.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use super::AccessToken;
use crate::Timestamp;
use crate::crypto::{RsaKey, sha256};

/// Identifies a token, signature included, without revealing it.
type Digest = [u8; 32];

/// What is cached about a token: this key has signed these claims.
pub(super) struct Verified {
    pub(super) claims: Arc<AccessToken>,
    pub(super) kid: String,
    pub(super) key: Arc<RsaKey>,
}

/// The tokens that a client has verified. It saves checking the signature and parsing. The claims
/// are judged each time, since that depends on the verifier and on the time.
pub(crate) struct TokenCache {
    /// The most tokens of one generation; 0 turns the cache off.
    half: usize,
    generations: Mutex<Generations>,
}

type Generation = HashMap<Digest, Arc<Verified>>;

/// When the young generation is full it becomes the old one, and the old one is dropped. An entry
/// that is used becomes young again. So the least recently used are dropped, without an ordered
/// list.
#[derive(Default)]
struct Generations {
    young: Generation,
    old: Generation,
}

impl TokenCache {
    pub(crate) fn new(size: usize) -> Self {
        Self { half: size.div_ceil(2), generations: Mutex::default() }
    }

    /// The key of a token, or `None` if the cache is off.
    pub(super) fn digest(&self, token: &str) -> Option<Digest> {
        (self.half > 0).then(|| sha256(token.as_bytes()))
    }

    pub(super) fn get(&self, digest: &Digest, now: Timestamp) -> Option<Arc<Verified>> {
        self.with(|generations| generations.get(digest, now, self.half))
    }

    pub(super) fn put(&self, digest: Digest, verified: Verified, now: Timestamp) {
        if verified.claims.exp > now {
            let verified = Arc::new(verified);
            self.with(|generations| ((), generations.put(digest, verified, self.half)));
        }
    }

    /// Evicted entries are dropped after the lock is released.
    fn with<T>(&self, work: impl FnOnce(&mut Generations) -> (T, Generation)) -> T {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let (result, _forgotten) = work(&mut generations);
        drop(generations);
        result
    }
}

impl Generations {
    fn get(
        &mut self,
        digest: &Digest,
        now: Timestamp,
        half: usize,
    ) -> (Option<Arc<Verified>>, Generation) {
        if let Some(verified) = self.young.get(digest) {
            if verified.claims.exp > now {
                return (Some(verified.clone()), Generation::new());
            }
            self.young.remove(digest);
        }
        let verified = self.old.remove(digest).filter(|verified| verified.claims.exp > now);
        let forgotten = match &verified {
            Some(verified) => self.put(*digest, verified.clone(), half),
            None => Generation::new(),
        };
        (verified, forgotten)
    }

    fn put(&mut self, digest: Digest, verified: Arc<Verified>, half: usize) -> Generation {
        let mut forgotten = Generation::new();
        if self.young.len() >= half {
            forgotten = mem::replace(&mut self.old, mem::take(&mut self.young));
        }
        self.young.insert(digest, verified);
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn verified(exp: i64) -> Verified {
        let claims = AccessToken::parse(format!(r#"{{"sub":"u","exp":{exp}}}"#).as_bytes());
        let key = Arc::new(RsaKey::new(vec![1], vec![3]));
        Verified { claims: Arc::new(claims.unwrap()), kid: "k".to_owned(), key }
    }

    fn len(cache: &TokenCache) -> usize {
        let generations = cache.generations.lock().unwrap();
        generations.young.len() + generations.old.len()
    }

    #[test]
    fn an_entry_is_dropped_when_its_token_expires() {
        let cache = TokenCache::new(10);
        cache.put([1; 32], verified(0), NOW);
        assert_eq!(len(&cache), 0, "already expired");
        cache.put([1; 32], verified(1), NOW);
        assert!(cache.get(&[1; 32], NOW).is_some());
        assert!(cache.get(&[1; 32], Timestamp::from_millis(1000)).is_none());
        assert_eq!(len(&cache), 0);
    }

    #[test]
    fn what_is_in_use_stays_whatever_else_comes() {
        let cache = TokenCache::new(4);
        cache.put([0; 32], verified(1), NOW);
        for other in 1..100 {
            cache.put([other; 32], verified(1), NOW);
            assert!(cache.get(&[0; 32], NOW).is_some(), "{other}");
        }
        assert!(cache.get(&[1; 32], NOW).is_none());
    }

    #[test]
    fn without_room_nothing_is_hashed() {
        assert_eq!(TokenCache::new(0).digest("token"), None);
        assert_eq!(TokenCache::new(1).digest("token"), Some(sha256(b"token")));
    }

    proptest! {
        #[test]
        fn there_are_never_more_than_asked_for(
            half in 1_usize..5,
            uses in proptest::collection::vec((0_u8..20, any::<bool>()), 0..200),
        ) {
            let cache = TokenCache::new(half * 2);
            for (token, put) in uses {
                if put {
                    cache.put([token; 32], verified(1), NOW);
                    prop_assert!(cache.get(&[token; 32], NOW).is_some());
                } else {
                    cache.get(&[token; 32], NOW);
                }
                prop_assert!(len(&cache) <= half * 2);
            }
        }
    }
}
