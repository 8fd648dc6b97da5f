//! Organizations side by side.

use super::*;

#[tokio::test(start_paused = true)]
async fn organizations_are_handled_side_by_side_and_each_one_in_order() {
    let log = Log::with(90);
    let consumer = consumer(&log.server().client(), LocalCheckpoint::in_memory());
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let seen = Mutex::new(Vec::new());
    let run = consumer.run_in_lanes(2, |event| {
        let (running, most, seen) = (&running, &most, &seen);
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            seen.lock().unwrap().push(event.id);
            Ok(())
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(most.into_inner(), 2, "three organizations in two lanes");
    let seen = seen.into_inner().unwrap();
    for organization in 0..3 {
        let expected: Vec<_> = (organization..90).step_by(3).map(id).collect();
        let own: Vec<_> = seen.iter().filter(|seen| expected.contains(seen)).cloned().collect();
        assert_eq!(own, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_fails_holds_up_its_own_organization_only() {
    let (log, database) = (Log::with(6), Database::default());
    let consumer = consumer(&log.server().client(), database.clone()).max_attempts(3);
    let seen = Mutex::new(Vec::new());
    let run = consumer.run_in_lanes(8, |event| {
        let is_bad = event.id == id(0);
        seen.lock().unwrap().push(event.id);
        async move { if is_bad { Err("no".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let expected = [0, 1, 4, 2, 5, 0, 0, 3].map(id);
    assert_eq!(seen.into_inner().unwrap(), expected);
    let state = database.state();
    assert_eq!(state.letters.len(), 1);
    assert_eq!(state.place, Some(EventCursor::after(id(5), time(5))));
}

/// Effects elsewhere cannot be rolled back, so a page whose place could not be stored is not
/// handled again as long as the process lives.
#[tokio::test(start_paused = true)]
async fn lanes_do_not_repeat_a_page_because_the_database_was_away() {
    use Answer::{Fails, IsLost, Works};
    // After the place is known: begin, advance, commit.
    for trouble in [&[Fails][..], &[Works, Fails], &[Works, Works, Fails], &[Works, Works, IsLost]]
    {
        let log = Log::with(3);
        let database = Database::with([Works; 4].into_iter().chain(trouble.iter().copied()));
        let consumer = consumer(&log.server().client(), database.clone());
        let seen = Mutex::new(Vec::new());
        let run = consumer.run_in_lanes(1, |event| {
            seen.lock().unwrap().push(event.id);
            async { Ok(()) }
        });
        assert!(tokio::time::timeout(LONG, run).await.is_err());
        assert_eq!(seen.into_inner().unwrap(), ids(0..3), "{trouble:?}");
        let place = Some(EventCursor::after(id(2), time(2)));
        assert_eq!(database.state().place, place, "{trouble:?}");
    }
}
