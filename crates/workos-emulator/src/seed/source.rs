//! [`Source`]: where the places of seed data are in a text.

use std::fmt;
use std::sync::Arc;

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    /// From 1.
    pub(super) line: usize,
    /// From 1, in characters.
    pub(super) column: usize,
}

/// A part of a text, and where its parts are.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) at: Position,
    pub(super) parts: Parts,
}

#[derive(Debug, Clone)]
pub(super) enum Parts {
    None,
    Items(Vec<Spot>),
    /// Each with its key and where the key is.
    Fields(Vec<(String, Position, Spot)>),
}

/// Where the parts of the text are that seed data come from, if they come from one.
#[derive(Clone, Default)]
pub(crate) struct Source(Option<Arc<Spot>>);

/// Without the keys, which may be secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl Source {
    pub(super) fn new(root: Spot) -> Self {
        Self(Some(Arc::new(root)))
    }

    /// Where a place is, such as `users[0].email`: its key, if it has one. Otherwise, the innermost
    /// place around it that exists.
    pub(super) fn find(&self, place: &str) -> Option<Position> {
        let mut spot = self.0.as_deref()?;
        let mut position = spot.at;
        let mut rest = place;
        while !rest.is_empty() {
            let Some((at, next, after)) = step(spot, rest) else { break };
            (position, spot, rest) = (at, next, after);
        }
        Some(position)
    }
}

/// Equal data are equal wherever they come from.
impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The part that a place begins with, where it is, and the rest of the place.
fn step<'a, 'p>(spot: &'a Spot, place: &'p str) -> Option<(Position, &'a Spot, &'p str)> {
    match &spot.parts {
        Parts::None => None,
        Parts::Items(items) => {
            let (index, rest) = place.strip_prefix('[')?.split_once(']')?;
            let item = items.get(index.parse::<usize>().ok()?)?;
            Some((item.at, item, rest))
        }
        Parts::Fields(fields) => {
            let place = place.strip_prefix('.').unwrap_or(place);
            // Of a key that is there twice, the last value counts.
            let found = fields.iter().rev().filter_map(|(key, at, value)| {
                let rest = place.strip_prefix(key.as_str())?;
                let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
                is_whole.then_some((*at, value, rest))
            });
            // Keys may have dots: the longest one that fits.
            found.min_by_key(|(_, _, rest)| rest.len())
        }
    }
}
