//! Handlers that fail, in all their ways.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_is_called_again_and_then_gives_way() {
    let (log, database) = (Log::with(10), Database::default());
    let client = log.server().client();
    let consumer = consumer(&client, database.clone());
    let handle = consumer.handle();
    let start = tokio::time::Instant::now();
    let calls = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        let is_bad = event.id == id(4);
        if is_bad {
            calls.lock().unwrap().push(start.elapsed().as_millis());
        }
        transaction.write(&event);
        async move { if is_bad { Err("no such table".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());

    let state = database.state();
    let others = [ids(0..4), ids(5..10)].concat();
    assert_eq!(state.effects, others, "the effects of a failed attempt are gone");
    assert_eq!(state.place, Some(EventCursor::after(id(9), time(9))));
    let letters = consumer.dead_letters().await.unwrap();
    let letter = letters.first().unwrap();
    assert_eq!((letters.len(), letter.event.id.as_str()), (1, id(4).as_str()));
    assert_eq!((letter.error.as_str(), letter.attempts), ("no such table", 5));
    // Once with the whole page, and five times alone.
    assert_eq!(*calls.lock().unwrap(), [0, 0, 500, 1500, 3500, 7500]);
    let status = handle.status();
    assert_eq!((status.events, status.dead_letters, status.failure), (10, 1, None));

    let failed = consumer.replay(letter, |_, _| async { Err("still not".into()) }).await;
    assert!(matches!(failed, Err(ReplayError::Handler(error)) if error.to_string() == "still not"));
    let replayed = consumer.replay(letter, |event, transaction| async move {
        transaction.write(&event);
        Ok(())
    });
    assert!(replayed.await.unwrap());
    let state = database.state();
    assert_eq!((state.letters.len(), state.effects), (0, [others, ids(4..5)].concat()));
    assert!(!consumer.replay(letter, |_, _| async { Ok(()) }).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_recovers_loses_nothing() {
    let (log, database) = (Log::with(10), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let calls = AtomicUsize::new(0);
    let run = consumer.run(|event, transaction| {
        let fails = event.id == id(4) && calls.fetch_add(1, Ordering::Relaxed) < 3;
        transaction.write(&event);
        async move { if fails { Err("not now".into()) } else { Ok(()) } }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    assert_eq!((state.effects, state.letters.len()), (ids(0..10), 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_or_hangs_has_failed() {
    let (log, database) = (Log::with(3), Database::default());
    let consumer = consumer(&log.server().client(), database.clone())
        .max_attempts(1)
        .handler_timeout(Duration::from_secs(7));
    let run = consumer.run(|event, transaction| async move {
        transaction.write(&event);
        match event.id == id(0) {
            true => panic!("on purpose"),
            false if event.id == id(1) => std::future::pending().await,
            false => Ok(()),
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    let errors: Vec<_> = state.letters.iter().map(|letter| letter.error.as_str()).collect();
    assert_eq!(errors, ["the handler panicked", "the handler took too long"]);
    assert_eq!(state.effects, ids(2..3));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_keeps_its_transaction_has_failed() {
    let (log, database) = (Log::with(5), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let kept = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        transaction.write(&event);
        if event.id == id(2) {
            kept.lock().unwrap().push(transaction);
        }
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    let state = database.state();
    assert_eq!(state.effects, [ids(0..2), ids(3..5)].concat());
    let letters: Vec<_> =
        state.letters.iter().map(|letter| (&*letter.event.id, &*letter.error)).collect();
    assert_eq!(letters, [(&*id(2), "somebody has kept a clone")]);
}

/// Others may wait for it.
#[tokio::test(start_paused = true)]
async fn a_transaction_of_slow_handlers_is_committed_before_the_page_ends() {
    let (log, database) = (Log::with(10), Database::default());
    let consumer = consumer(&log.server().client(), database.clone());
    let committed = Mutex::new(Vec::new());
    let run = consumer.run(|event, transaction| {
        committed.lock().unwrap().push(database.state().effects.len());
        transaction.write(&event);
        async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(())
        }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(database.state().effects, ids(0..10));
    assert_eq!(committed.into_inner().unwrap(), [0, 0, 0, 3, 3, 3, 6, 6, 6, 9]);
}
