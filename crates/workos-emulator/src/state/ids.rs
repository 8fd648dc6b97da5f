//! IDs and codes, generated from one seed.

use serde::{Deserialize, Serialize};
use workos::Timestamp;

/// Crockford's base 32, the alphabet of ULIDs.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID_CHARS: usize = 26;
const RANDOM_BITS: u32 = 80;

/// Generates IDs (`prefix_` + ULID) that sort by creation, and random codes.
///
/// The same seed and times give the same IDs.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    random: fastrand::Rng,
    /// The last ULID, as a number.
    last: u128,
}

/// What [`Ids`] continue from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    random: u64,
    /// In hexadecimal: JSON has no such large numbers.
    last: String,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), last: 0 }
    }

    /// Draws from another seed from now on. IDs stay greater than all before them.
    pub(super) fn reseed(&mut self, seed: u64) {
        self.random = fastrand::Rng::with_seed(seed);
    }

    /// What continues with the same IDs, codes and tokens.
    pub(super) fn position(&self) -> Position {
        Position { random: self.random.get_seed(), last: format!("{:x}", self.last) }
    }

    /// Continues from a position; `None` if it is not one.
    pub(super) fn at(position: &Position) -> Option<Self> {
        let last = u128::from_str_radix(&position.last, 16).ok()?;
        Some(Self { random: fastrand::Rng::with_seed(position.random), last })
    }

    /// A new ID, greater than all before it.
    pub(crate) fn id(&mut self, prefix: &str, now: Timestamp) -> String {
        format!("{prefix}_{}", base32(self.place(now)))
    }

    /// A new place in the order of creation, after all before it.
    pub(crate) fn place(&mut self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millis()).unwrap_or(0);
        let drawn = millis << RANDOM_BITS | self.random.u128(..) >> (128 - RANDOM_BITS);
        // Within a millisecond, or if the clock went back, count up from the last ID.
        self.last = if millis > self.last >> RANDOM_BITS { drawn } else { self.last + 1 };
        self.last
    }

    /// A one-time code of six digits.
    pub(crate) fn code(&mut self) -> String {
        format!("{:06}", self.random.u32(..1_000_000))
    }

    /// A random string of letters and digits.
    pub(crate) fn token(&mut self, length: usize) -> String {
        (0..length).map(|_| self.random.alphanumeric()).collect()
    }

    /// Random bytes. Predictable from the seed, as everything in an emulator.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A number between 0 and 1.
    pub(crate) fn chance(&mut self) -> f64 {
        self.random.f64()
    }
}

/// The place in the order of creation that an ID contains: the ULID at its end, as a number.
pub(crate) fn place_of(id: &str) -> Option<u128> {
    let ulid = id.as_bytes().last_chunk::<ULID_CHARS>()?;
    let digit = |byte: &u8| ALPHABET.iter().position(|one| one == byte);
    // The first digit has only three bits.
    (ulid.first()? <= &b'7').then_some(())?;
    ulid.iter().try_fold(0, |number: u128, byte| Some(number << 5 | digit(byte)? as u128))
}

/// When an ID was drawn, by its ULID.
pub(crate) fn time_of(id: &str) -> Option<Timestamp> {
    let millis = i64::try_from(place_of(id)? >> RANDOM_BITS).ok()?;
    Some(Timestamp::from_millis(millis))
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
        let mut ids = Ids::new(7);
        let start = Timestamp::from_millis(1_772_366_400_000);
        let times = [start, start, start + Duration::from_secs(1), start, start];
        let made: Vec<_> = times.iter().map(|now| ids.id("org", *now)).collect();
        assert!(made.is_sorted() && made.iter().all(|id| id.len() == 30), "{made:?}");
        assert_eq!(made.iter().collect::<std::collections::HashSet<_>>().len(), made.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_codes() {
        let draw = |seed| {
            let mut ids = Ids::new(seed);
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

    #[test]
    fn an_id_tells_its_place() {
        let (mut ids, mut same) = (Ids::new(7), Ids::new(7));
        let now = Timestamp::from_millis(1_772_366_400_000);
        assert_eq!(place_of(&ids.id("org", now)), Some(same.place(now)));
        for id in ["", "org_1", "org_81ARYZ6S410000000000000000", "org_01aryz6s410000000000000000"]
        {
            assert_eq!(place_of(id), None, "{id}");
        }
    }
}
