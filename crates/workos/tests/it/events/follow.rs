//! `client.events().follow(…)`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use proptest::prelude::*;
use workos::helpers::events::{EventCursor, EventStream, FollowedEvent};
use workos::transport::TransportError;
use workos::{Client, CreateOrganization, Error, EventData, EventName};
use workos_emulator::{Emulator, Fault};

use super::{EVENT, Log, event, id, page, parameter, time};
use crate::common::{Scripted, answer, answer_with, fail};

fn follow(client: &Client) -> EventStream {
    client.events().follow([EVENT]).since(time(0))
}

/// A client that tries each request once, so that the waits are those of the stream.
fn once(server: &std::sync::Arc<Scripted>) -> Client {
    server.builder().max_retries(0).build()
}

async fn take(events: &mut EventStream, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(events.try_next().await.unwrap().unwrap().event.id);
    }
    ids
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(id).collect()
}

#[tokio::test(start_paused = true)]
async fn it_starts_at_a_time_and_goes_on_by_cursor() {
    let log = Log::with(150);
    let server = log.server();
    let mut events = follow(&server.client());
    assert_eq!(take(&mut events, 150).await, ids(0..150));
    let common = "limit=100&order=asc&events=organization.created";
    assert_eq!(
        server.queries(),
        [
            format!("{common}&range_start=2026-09-21T14%3A13%3A20.000Z"),
            format!("after=event_00099&{common}"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_resumes_behind_the_cursor_of_its_last_event() {
    let server = Log::with(5).server();
    let mut events = follow(&server.client());
    let last = events.try_next().await.unwrap().unwrap();
    assert_eq!(last.cursor, EventCursor::after(id(0), time(0)));
    let stored = serde_json::to_string(&last.cursor).unwrap();
    drop(events);

    let cursor = serde_json::from_str(&stored).unwrap();
    let mut events = server.client().events().follow([EVENT]).resume(cursor);
    assert_eq!(take(&mut events, 4).await, ids(1..5));
}

#[tokio::test(start_paused = true)]
async fn while_nothing_happens_it_asks_less_and_less_often() {
    let server = Log::with(0).server();
    let mut events = follow(&server.client());
    let wait = tokio::time::timeout(Duration::from_secs(100), events.next());
    assert!(wait.await.is_err());
    let seconds: Vec<_> = server.times().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 61, 91]);
}

#[tokio::test(start_paused = true)]
async fn a_wake_asks_at_once_and_more_often_for_a_while() {
    let log = Log::with(0);
    let server = log.server();
    let mut events = follow(&server.client());
    let handle = events.handle();
    let waker = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(40)).await;
        handle.wake();
    });
    let wait = tokio::time::timeout(Duration::from_secs(50), events.next());
    assert!(wait.await.is_err());
    waker.await.unwrap();
    let seconds: Vec<_> = server.times().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 40, 41, 43, 47]);
}

#[tokio::test(start_paused = true)]
async fn a_wake_during_a_request_is_not_lost() {
    let log = Log::with(0);
    let server = Scripted::new(move |request, _| log.list(request).later(Duration::from_secs(2)));
    let mut events = follow(&server.client());
    let handle = events.handle();
    let waker = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        handle.wake();
    });
    let wait = tokio::time::timeout(Duration::from_millis(2_500), events.next());
    assert!(wait.await.is_err());
    waker.await.unwrap();
    let seconds: Vec<_> = server.times().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn outages_rate_limits_and_pages_of_proxies_are_waited_out() {
    let log = Log::with(3);
    let server = Scripted::new(move |request, before| match before {
        0 => answer(503, "{}"),
        1 => fail(TransportError::connect),
        2 => answer_with(429, &[("retry-after", "45")], "{}"),
        3 => answer(200, "<html>maintenance</html>"),
        _ => log.list(request),
    });
    let mut events = follow(&once(&server));
    assert_eq!(take(&mut events, 3).await, ids(0..3));
    let seconds: Vec<_> = server.times().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [0, 1, 3, 48, 56]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_shows_in_the_status_until_it_works_again() {
    let log = Log::with(1);
    let server = Scripted::new(move |request, before| match before {
        0 => answer(503, "{}"),
        _ => log.list(request),
    });
    let mut events = follow(&once(&server));
    let handle = events.handle();
    assert_eq!(handle.status().lag, None);
    assert!(events.next().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert!(events.next().now_or_never().is_none());
    let failing = handle.status();
    assert!(failing.failure.unwrap().contains("503"));
    assert!(failing.failing_since.is_some());

    assert_eq!(take(&mut events, 1).await, ids(0..1));
    let status = handle.status();
    assert_eq!((status.failure, status.failing_since), (None, None));
    assert_eq!(status.cursor, Some(EventCursor::after(id(0), time(0))));
    assert_eq!((status.events, status.lag), (1, Some(Duration::ZERO)));
}

#[tokio::test(start_paused = true)]
async fn with_more_to_read_the_lag_is_the_age_of_the_last_event() {
    let server = Log::with(250).server();
    let clock = crate::common::Clock::at(time(300).as_secs());
    let client = server.builder().runtime(clock).build();
    let mut events = follow(&client);
    let handle = events.handle();
    take(&mut events, 50).await;
    assert_eq!(handle.status().lag, Some(Duration::from_secs(251)));
    take(&mut events, 200).await;
    assert_eq!(handle.status().lag, Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_workos_has_forgotten_is_found_again_by_its_time() {
    for status in [400, 404, 410, 422] {
        let log = Log::with(6);
        let server = Scripted::new(move |request, _| match parameter(request, "after") {
            Some(after) if after == id(2) => answer(status, "{}"),
            _ => log.list(request),
        });
        let cursor = EventCursor::after(id(2), time(2));
        let mut events = once(&server).events().follow([EVENT]).resume(cursor.clone());
        let first = events.try_next().await.unwrap().unwrap();
        // The event of the cursor comes with its time, and is not handed out again.
        assert_eq!((first.event.id, first.recovered_from), (id(3), Some(cursor.clone())));
        assert_eq!(events.handle().status().recovered_from, Some(cursor));
        let next = events.try_next().await.unwrap().unwrap();
        assert_eq!((next.event.id, next.recovered_from), (id(4), None));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_by_time_too_is_an_error() {
    let server = Scripted::new(|_, _| answer(422, r#"{"message": "events: no such event"}"#));
    let cursor = EventCursor::after(id(2), time(2));
    let mut events = once(&server).events().follow([EVENT]).resume(cursor);
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!((error.status(), server.count()), (Some(422), 2));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_error_and_the_stream_can_be_asked_again() {
    let log = Log::with(1);
    let server = Scripted::new(move |request, before| match before {
        0 => answer(401, "{}"),
        _ => log.list(request),
    });
    let mut events = follow(&server.client());
    assert!(events.next().await.unwrap().unwrap_err().is_unauthorized());
    assert_eq!(take(&mut events, 1).await, ids(0..1));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_twice_is_handed_out_once() {
    let server = Scripted::new(|_, before| match before {
        0 => page(0..4, true),
        1 => page(2..6, true),
        _ => page(5..8, false),
    });
    let mut events = follow(&server.client());
    assert_eq!(take(&mut events, 8).await, ids(0..8));
}

/// Whatever such a server says about further pages, it is not asked without a pause.
#[tokio::test(start_paused = true)]
async fn a_server_that_repeats_itself_is_no_busy_loop() {
    let server = Scripted::new(|_, _| page(0..4, true));
    let mut events = follow(&server.client());
    assert_eq!(take(&mut events, 4).await, ids(0..4));
    let wait = tokio::time::timeout(Duration::from_secs(60), events.next());
    assert!(wait.await.is_err());
    assert_eq!(server.count(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_event_without_an_id_would_lose_the_place_and_is_an_error() {
    let mut nameless = event(0);
    nameless["id"] = "".into();
    let body = serde_json::json!({"data": [nameless]}).to_string();
    let server = Scripted::new(move |_, _| answer(200, body.clone()));
    let error = follow(&server.client()).next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Builder(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_the_stream_also_while_it_waits() {
    let server = Log::with(2).server();
    let mut events = follow(&server.client());
    let handle = events.handle();
    take(&mut events, 2).await;
    let stopper = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        handle.stop();
    });
    assert!(events.next().await.is_none());
    stopper.await.unwrap();
    assert!(events.next().await.is_none());
    assert!(server.times().last().unwrap() < &Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn one_page_is_fetched_ahead() {
    let server = Log::with(300).server();
    let mut events = follow(&server.client());
    take(&mut events, 1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 2);
    take(&mut events, 99).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 2);
    take(&mut events, 1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn giving_up_a_wait_loses_nothing() {
    let log = Log::with(250);
    let server = Scripted::new(move |request, _| log.list(request).later(Duration::from_secs(1)));
    let mut events = follow(&server.client());
    let mut seen = Vec::new();
    while seen.len() < 250 {
        let wait = tokio::time::timeout(Duration::from_millis(300), events.try_next());
        if let Ok(followed) = wait.await {
            seen.push(followed.unwrap().unwrap().event.id);
        }
    }
    assert_eq!(seen, ids(0..250));
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn settings_become_parameters() {
    let server = Log::with(0).server();
    let mut events = server
        .client()
        .events()
        .follow([EventName::UserCreated, EventName::UserDeleted])
        .since(time(0))
        .organization("org_1")
        .page_size(0);
    assert!(events.next().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert!(events.next().now_or_never().is_none());
    assert_eq!(
        server.queries(),
        ["limit=1&order=asc&events=user.created%2Cuser.deleted\
          &range_start=2026-09-21T14%3A13%3A20.000Z&organization_id=org_1"]
    );
}

async fn next(events: &mut EventStream) -> FollowedEvent {
    events.try_next().await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn events_that_the_emulator_withholds_come_later_in_order() {
    let builder = Emulator::builder().without_socket().freeze(time(0));
    let emulator = builder.event_delay(Duration::from_secs(5)).start().await.unwrap();
    let client = emulator.client();
    let create = async |name: &str| {
        client.organizations().create_organization(CreateOrganization::new(name)).await.unwrap()
    };
    let mut events = follow(&client);
    let first = create("First").await;
    assert!(tokio::time::timeout(Duration::from_secs(60), events.next()).await.is_err());
    emulator.clock().advance(Duration::from_secs(4));
    let second = create("Second").await;
    emulator.clock().advance(Duration::from_secs(1));
    let EventData::OrganizationCreated(organization) = next(&mut events).await.event.data else {
        panic!()
    };
    assert_eq!(organization.id, first.id);
    assert!(tokio::time::timeout(Duration::from_secs(60), events.next()).await.is_err());
    emulator.clock().advance(Duration::from_secs(4));
    let EventData::OrganizationCreated(organization) = next(&mut events).await.event.data else {
        panic!()
    };
    assert_eq!(organization.id, second.id);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_older_than_the_emulator_keeps_events_is_recovered() {
    let emulator = Emulator::builder().without_socket().freeze(time(0)).start().await.unwrap();
    let client = emulator.client();
    let create = async |name: &str| {
        client.organizations().create_organization(CreateOrganization::new(name)).await.unwrap();
    };
    create("First").await;
    let mut events = follow(&client);
    let old = next(&mut events).await.cursor;
    emulator.clock().advance(Duration::from_secs(91 * 24 * 60 * 60));
    create("Second").await;
    let mut events = client.events().follow([EVENT]).resume(old.clone());
    assert_eq!(next(&mut events).await.recovered_from, Some(old));
}

#[tokio::test(start_paused = true)]
async fn an_emulator_that_resets_cuts_off_and_limits_is_followed_all_the_same() {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    let client = emulator.client();
    let mut events = follow(&client).page_size(10);
    let mut created = Vec::new();
    for number in 0..200 {
        let new = CreateOrganization::new(number.to_string());
        created.push(client.organizations().create_organization(new).await.unwrap().id);
    }
    let limit = Fault::status(429).header("retry-after", "3");
    for fault in [Fault::reset(), Fault::cut_body(), limit, Fault::stall()] {
        emulator.faults().add(fault.path("/events").chance(0.3));
    }
    let mut seen = Vec::new();
    while seen.len() < created.len() {
        match next(&mut events).await.event.data {
            EventData::OrganizationCreated(organization) => seen.push(organization.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, created);
}

/// What a server does with one request.
#[derive(Debug, Clone, Copy)]
enum Lie {
    None,
    /// It fails in one way or another.
    Fails(u16),
    Resets,
    /// It begins with events that it has already sent.
    Repeats(usize),
    /// It does not know the cursor.
    Forgets,
    /// It has no news yet.
    Withholds,
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        4 => Just(Lie::None),
        1 => prop_oneof![Just(408), Just(429), Just(500), Just(502), Just(503)].prop_map(Lie::Fails),
        1 => Just(Lie::Resets),
        1 => (1..20usize).prop_map(Lie::Repeats),
        1 => Just(Lie::Forgets),
        1 => Just(Lie::Withholds),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_event_is_handed_out_once_and_in_order_whatever_the_server_does(
        lies in prop::collection::vec(lie(), 0..60), page_size in 1..40u8, total in 0..120usize,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let log = Log::with(total.min(3));
            let growing = log.clone();
            let step = AtomicUsize::new(0);
            let server = Scripted::new(move |request, _| {
                let step = step.fetch_add(1, Ordering::Relaxed);
                growing.grow((total - growing.length()).min(step));
                let start = Log::start(request);
                match lies.get(step).copied().unwrap_or(Lie::None) {
                    Lie::None => growing.list(request),
                    Lie::Fails(status) => answer(status, "{}"),
                    Lie::Resets => fail(TransportError::connect),
                    Lie::Repeats(by) => {
                        let end = (start + 5).min(growing.length());
                        page(start.saturating_sub(by)..end, end < growing.length())
                    }
                    Lie::Forgets if parameter(request, "after").is_some() => answer(400, "{}"),
                    Lie::Forgets | Lie::Withholds => page([], false),
                }
            });
            let mut events = follow(&once(&server)).page_size(page_size);
            assert_eq!(take(&mut events, total).await, ids(0..total));
            let wait = tokio::time::timeout(Duration::from_secs(300), events.next());
            assert!(wait.await.is_err());
        });
    }
}
