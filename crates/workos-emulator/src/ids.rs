//! IDs and codes, generated from one seed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use workos::Timestamp;

/// Crockford's base 32, the alphabet of ULIDs.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_BITS: u32 = 80;

/// Generates IDs (`prefix_` + ULID) that sort by creation, and random codes.
///
/// The same seed and times give the same IDs.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<State>);

#[derive(Debug)]
struct State {
    random: fastrand::Rng,
    /// The last ULID, as a number.
    last: u128,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(State { random: fastrand::Rng::with_seed(seed), last: 0 }))
    }

    /// A new ID, greater than all before it.
    pub(crate) fn id(&self, prefix: &str, now: Timestamp) -> String {
        let mut state = self.state();
        let millis = u128::try_from(now.as_millis()).unwrap_or(0);
        let drawn = millis << RANDOM_BITS | state.random.u128(..) >> (128 - RANDOM_BITS);
        // Within a millisecond, or if the clock went back, count up from the last ID.
        state.last = if millis > state.last >> RANDOM_BITS { drawn } else { state.last + 1 };
        format!("{prefix}_{}", base32(state.last))
    }

    /// A one-time code of six digits.
    pub(crate) fn code(&self) -> String {
        format!("{:06}", self.state().random.u32(..1_000_000))
    }

    /// A random string of letters and digits.
    pub(crate) fn token(&self, length: usize) -> String {
        let mut state = self.state();
        (0..length).map(|_| state.random.alphanumeric()).collect()
    }

    /// A number between 0 and 1.
    pub(crate) fn chance(&self) -> f64 {
        self.state().random.f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn base32(number: u128) -> String {
    let digit = |place: u32| ALPHABET.get((number >> (place * 5) & 31) as usize).copied();
    (0..26).rev().filter_map(digit).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_sort_by_creation_even_when_the_clock_stands_or_goes_back() {
        let ids = Ids::new(7);
        let start = Timestamp::from_millis(1_772_366_400_000);
        let times = [start, start, start + Duration::from_secs(1), start, start];
        let made: Vec<_> = times.iter().map(|now| ids.id("org", *now)).collect();
        assert!(made.is_sorted() && made.iter().all(|id| id.len() == 30), "{made:?}");
        assert_eq!(made.iter().collect::<std::collections::HashSet<_>>().len(), made.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_codes() {
        let draw = |seed| {
            let ids = Ids::new(seed);
            (ids.id("user", Timestamp::UNIX_EPOCH), ids.code(), ids.token(12))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn the_time_of_an_id_is_that_of_a_ulid() {
        // The ULID specification's own example of a time part.
        let id = Ids::new(1).id("x", Timestamp::from_millis(1_469_918_176_385));
        assert!(id.starts_with("x_01ARYZ6S41"), "{id}");
    }
}
