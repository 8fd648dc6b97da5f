//! Whatever fails, whenever: each effect is there once, and in order.

use super::*;

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        5 => Just(Answer::Works), 1 => Just(Answer::Fails), 1 => Just(Answer::IsLost),
    ];
    prop::collection::vec(answer, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Crashes are dropped futures: the next worker begins with what was committed.
    #[test]
    fn every_effect_is_there_once_and_in_order_whatever_fails(
        answers in answers(),
        crashes in prop::collection::vec(1..40u64, 0..12),
        bad in prop::collection::btree_set(0..60usize, 0..3),
        handler_failures in prop::collection::vec(any::<bool>(), 0..30),
        page_size in 1..30u8,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (log, database) = (Log::with(60), Database::with(answers));
            let client = log.server().client();
            let failures = Mutex::new(handler_failures.into_iter());
            let lives = crashes.into_iter().map(Duration::from_millis);
            for life in lives.map(|life| life * 100).chain([Duration::from_secs(10_000)]) {
                let events = client.events().follow([EVENT]).since(time(0)).page_size(page_size);
                let consumer = events.checkpoint(database.clone()).max_attempts(50);
                let run = consumer.run(|event, transaction| {
                    let number = id_number(&event.id);
                    let fails = failures.lock().unwrap().next() == Some(true);
                    let is_bad = bad.contains(&number);
                    transaction.write(&event);
                    async move {
                        tokio::time::sleep(Duration::from_millis(7)).await;
                        if fails || is_bad { Err("no".into()) } else { Ok(()) }
                    }
                });
                assert!(tokio::time::timeout(life, run).await.is_err());
            }
            let state = database.state();
            let good: Vec<_> = (0..60).filter(|number| !bad.contains(number)).map(id).collect();
            assert_eq!(state.effects, good);
            let letters: Vec<_> = state.letters.into_iter().map(|letter| letter.event.id).collect();
            assert_eq!(letters, bad.iter().map(|number| id(*number)).collect::<Vec<_>>());
        });
    }

    /// Two workers that both believe to be the only one.
    #[test]
    fn two_workers_without_a_lease_still_apply_every_event_once(
        delays in prop::collection::vec(0..30u64, 1..60), page_size in 1..30u8,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (log, database) = (Log::with(60), Database::default());
            let client = log.server().client();
            let delays = Mutex::new(delays.into_iter().cycle());
            let work = async || {
                let events = client.events().follow([EVENT]).since(time(0)).page_size(page_size);
                let consumer = events.checkpoint(database.clone());
                let run = consumer.run(|event, transaction| {
                    let delay = delays.lock().unwrap().next().unwrap();
                    transaction.write(&event);
                    async move {
                        tokio::time::sleep(Duration::from_millis(delay)).await;
                        Ok(())
                    }
                });
                assert!(tokio::time::timeout(LONG, run).await.is_err());
            };
            tokio::join!(work(), work());
            assert_eq!(database.state().effects, ids(0..60));
        });
    }
}

fn id_number(id: &str) -> usize {
    id.strip_prefix("event_").unwrap().parse().unwrap()
}
