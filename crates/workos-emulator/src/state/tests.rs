//! A copy of the state is a snapshot.

use proptest::prelude::*;

use super::steps::{AT, Step, after, contents, steps};
use super::*;

fn change(state: &mut State, steps: &[Step]) {
    for step in steps {
        drop(state.change(AT, None, |change| step.take(change)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_snapshot_does_not_see_later_changes(before in steps(0..30), later in steps(1..30)) {
        let mut state = after(&before);
        let snapshot = state.clone();
        let known = contents(&snapshot);
        change(&mut state, &later);
        prop_assert_eq!(&contents(&snapshot), &known);
        drop(state);
        prop_assert_eq!(contents(&snapshot), known);
    }

    #[test]
    fn what_happens_to_a_snapshot_does_not_happen_to_the_state(
        before in steps(0..30), later in steps(1..30),
    ) {
        let mut state = after(&before);
        let mut snapshot = state.clone();
        let known = contents(&state);
        change(&mut snapshot, &later);
        prop_assert_eq!(contents(&state), known);
        // From the same state, the same steps lead to the same, with the same IDs.
        change(&mut state, &later);
        prop_assert_eq!(contents(&state), contents(&snapshot));
    }
}
