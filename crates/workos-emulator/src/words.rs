//! Words that somebody may have meant.

/// A suggestion may differ from a word by one change for every this many letters of the word,
/// rounded up.
const LETTERS_PER_CHANGE: usize = 3;

/// The word that is nearly this one, if there is one.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| strsim::osa_distance(&word.to_lowercase(), &other.to_lowercase());
    let nearest = known.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance);
    let most = word.chars().count().div_ceil(LETTERS_PER_CHANGE);
    nearest.filter(|(distance, _)| *distance <= most).map(|(_, other)| other)
}
