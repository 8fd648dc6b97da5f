//! [`watch`]: sees what is read while a test runs.

use std::cell::RefCell;
use std::fmt::Debug;

/// What [`watch`] saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The values that open enums did not know, each after the name of its enum.
    pub unknown: Vec<String>,
    /// What `Debug` shows of all parameters and responses that were read.
    pub shown: String,
}

thread_local! {
    /// `None` unless someone watches, so that nothing is kept for nobody.
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Does the work, and returns what was read meanwhile on this thread.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Seen) {
    let outer = SEEN.replace(Some(Seen::default()));
    let done = work();
    let seen = SEEN.replace(outer).unwrap_or_default();
    (done, seen)
}

pub(crate) fn note_unknown(name: &str, value: &str) {
    note(|seen| seen.unknown.push(format!("{name} {value}")));
}

pub(crate) fn note_shown(value: &impl Debug) {
    note(|seen| seen.shown.push_str(&format!("{value:?}\n")));
}

fn note(note: impl FnOnce(&mut Seen)) {
    SEEN.with_borrow_mut(|seen| seen.as_mut().map(note));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_unless_someone_watches() {
        note_unknown("Color", "green");
        assert_eq!(SEEN.take(), None);
        let ((), seen) = watch(|| note_unknown("Color", "green"));
        let unknown = vec!["Color green".to_owned()];
        assert_eq!(seen, Seen { unknown, shown: String::new() });
        note_shown(&7);
        assert_eq!(SEEN.take(), None);
    }

    #[test]
    fn each_watch_sees_its_own_work() {
        let (inner, outer) = watch(|| {
            note_shown(&1);
            let ((), inner) = watch(|| note_shown(&2));
            note_shown(&3);
            inner
        });
        assert_eq!((&*inner.shown, &*outer.shown), ("2\n", "1\n3\n"));
    }
}
