//! A change does all or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use proptest::prelude::*;
use workos::{Organization, User};

use super::*;
use crate::state::LogoutToken;
use crate::state::steps::{AT, Step, after, contents, steps};

/// Takes all steps that nothing is in the way of.
fn take_all(change: &mut Change<'_>, steps: &[Step]) {
    for step in steps {
        drop(step.take(change));
    }
}

fn refused<T>() -> Answer<T> {
    Err(Refusal::bad_request("refused", "After all."))
}

#[test]
fn an_accepted_change_stays_with_its_events_and_sends_its_emails() {
    let mut state = State::new(7);
    let (answer, effects) = state.change(AT, None, |change| {
        let organization: Organization = change.make();
        let organization = change.insert(organization)?;
        let user: User = change.make();
        let user = change.insert(user)?;
        change.remove::<User>(&user.id)?;
        change.mail("ada@example.com", EmailKind::EmailChange, None, &user.id);
        Ok(organization.id.clone())
    });
    let organizations: Vec<_> = state.store.organizations.iter().map(|row| &row.id).collect();
    assert_eq!(Ok(organizations), answer.as_ref().map(|id| vec![id]));
    assert_eq!(state.store.users.len(), 0);
    let events: Vec<_> = state.store.events.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(events, ["organization.created", "user.created", "user.deleted"]);
    assert_eq!(effects.messages, ["ada@example.com"]);
    let names: Vec<_> = effects.events.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, events);
}

#[test]
fn what_has_expired_is_forgotten_an_hour_later_when_there_is_more_of_it() {
    let mut state = State::new(7);
    let mut at = AT;
    let mut tokens = Vec::new();
    for minutes in [0, 1, 2, 30, 71, 72, 73] {
        at.now = AT.now + Duration::from_secs(minutes * 60);
        let (id, _) = state.change(at, None, |change| {
            let id = change.id(LogoutToken::PREFIX);
            let (token, profile_id) = (id.clone(), "prof_1".to_owned());
            let expires_at = change.now() + Duration::from_secs(10 * 60);
            change.put(LogoutToken { id, token, profile_id, expires_at })
        });
        tokens.push(id.unwrap().id.clone());
        let kept: Vec<_> = state.store.logout_tokens.iter().map(|row| row.id.clone()).collect();
        let forgotten = [(71, 1), (72, 2), (73, 3)].iter().find(|(time, _)| *time == minutes);
        assert_eq!(kept, tokens[forgotten.map_or(0, |(_, count)| *count)..], "{minutes}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_refused_change_leaves_nothing_behind(before in steps(0..30), steps in steps(1..30)) {
        let mut state = after(&before);
        let known = contents(&state);
        let (answer, effects) = state.change(AT, None, |change| {
            take_all(change, &steps);
            refused::<()>()
        });
        prop_assert_eq!(answer, refused());
        prop_assert_eq!(effects, Effects::default());
        prop_assert_eq!(contents(&state), known);
    }

    #[test]
    fn a_panic_leaves_nothing_behind(before in steps(0..30), steps in steps(1..30)) {
        let mut state = after(&before);
        let known = contents(&state);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            state.change(AT, None, |change| -> Answer<()> {
                take_all(change, &steps);
                // A panic that is not printed.
                resume_unwind(Box::new("oh"))
            })
        }));
        prop_assert!(panicked.is_err());
        prop_assert_eq!(contents(&state), known);
    }

    #[test]
    fn a_refused_step_leaves_nothing_behind_for_the_next_ones(
        before in steps(0..30), steps in steps(1..30),
    ) {
        let mut state = after(&before);
        for step in steps {
            let known = contents(&state);
            let (answer, effects) = state.change(AT, None, |change| step.take(change));
            if answer.is_err() {
                prop_assert_eq!(effects, Effects::default());
                prop_assert_eq!(contents(&state), known);
            }
        }
    }

    #[test]
    fn what_is_kept_stays_although_the_change_is_refused(
        before in steps(0..20), kept in steps(0..20), undone in steps(0..20),
    ) {
        let mut state = after(&before);
        let mut expected = state.clone();
        let (_, expected_effects) = expected.change(AT, None, |change| {
            take_all(change, &kept);
            Ok(())
        });
        let (answer, effects) = state.change(AT, None, |change| {
            take_all(change, &kept);
            change.keep()?;
            take_all(change, &undone);
            refused::<()>()
        });
        prop_assert_eq!(answer, refused());
        prop_assert_eq!(effects, expected_effects);
        prop_assert_eq!(contents(&state), contents(&expected));
    }
}
