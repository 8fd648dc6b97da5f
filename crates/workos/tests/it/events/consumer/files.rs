//! `LocalCheckpoint` in a file.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_file_keeps_the_place_and_the_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.json");
    let log = Log::with(3);
    let client = log.server().client();
    for expected in [vec![id(0), id(1), id(2)], vec![id(3), id(4)]] {
        let checkpoint = LocalCheckpoint::open(&path).unwrap();
        let consumer = consumer(&client, checkpoint).max_attempts(1);
        let seen = Mutex::new(Vec::new());
        let run = consumer.run(|event, _| {
            let is_bad = event.id == id(1);
            seen.lock().unwrap().push(event.id);
            async move { if is_bad { Err("no".into()) } else { Ok(()) } }
        });
        assert!(tokio::time::timeout(LONG, run).await.is_err());
        let mut seen = seen.into_inner().unwrap();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, expected);
        let letters = consumer.dead_letters().await.unwrap();
        let letters: Vec<_> = letters.into_iter().map(|letter| letter.event.id).collect();
        assert_eq!(letters, [id(1)]);
        log.grow(2);
    }
    let names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["events.json"]);
}

#[test]
fn a_file_of_something_else_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.json");
    for text in ["", "[]", "{\"cursors\": 1}", "\u{0}\u{1}"] {
        std::fs::write(&path, text).unwrap();
        let error = LocalCheckpoint::open(&path).unwrap_err();
        assert!(error.to_string().contains("events.json is no file of checkpoints"), "{error}");
    }
    assert!(LocalCheckpoint::open(folder.path()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_stops_nothing_but_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("events.json");
    let checkpoint = LocalCheckpoint::open(&path).unwrap();
    let consumer = consumer(&Log::with(1).server().client(), checkpoint);
    let handle = consumer.handle();
    let calls = AtomicUsize::new(0);
    let run = consumer.run(|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(Duration::from_secs(5), run).await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    assert!(handle.status().failure.is_some());

    std::fs::create_dir(folder.path().join("gone")).unwrap();
    let run = consumer.run(|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    assert!(tokio::time::timeout(LONG, run).await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
