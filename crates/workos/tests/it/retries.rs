//! When a call is retried, when it is not, and how long that takes. Time is virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Say, Scripted, answer, answer_with, bundled, dead_port, fail, organization};
use futures_util::future::join_all;
use http::Method;
use workos::organizations::{CreateOrganization, Organization};
use workos::transport::TransportError;
use workos::{Call, Client, Error, ErrorKind, RequestOptions, RequestStrategy};
use workos_emulator::{Emulator, Fault};

const SECOND: Duration = Duration::from_secs(1);

/// Fails the first `failures` attempts like this, then succeeds.
fn failing(failures: usize, how: impl Fn() -> Say + Send + Sync + 'static) -> Arc<Scripted> {
    Scripted::new(move |_, attempt| if attempt < failures { how() } else { organization() })
}

async fn get(client: &Client) -> Result<(), Error> {
    client.organizations().get_organization("org_1").await.map(drop)
}

fn creation(client: &Client) -> Call<Organization> {
    client.organizations().create_organization(CreateOrganization::new("Acme"))
}

async fn post(client: &Client) -> Result<(), Error> {
    creation(client).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_get_survives_every_transient_failure() {
    for status in [408, 429, 500, 502, 503, 504] {
        let script = failing(3, move || answer(status, ""));
        get(&script.client()).await.unwrap();
        assert_eq!(script.count(), 4, "{status}");
    }
    for failure in [TransportError::connect, TransportError::timeout, TransportError::reset] {
        let script = failing(3, move || fail(failure));
        get(&script.client()).await.unwrap();
        assert_eq!(script.count(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_of_the_last_attempt_is_returned_with_the_number_of_attempts() {
    let script = failing(9, || answer(503, r#"{"message":"Down","code":"service_unavailable"}"#));
    let error = get(&script.client()).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(503), Some("service_unavailable")));
    assert_eq!((error.attempts(), script.count()), (4, 4));
    assert!(error.to_string().contains("after 4 attempts"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_post_is_sent_once_unless_it_certainly_changed_nothing() {
    for status in [408, 500, 502, 503, 504] {
        let script = failing(1, move || answer(status, ""));
        assert!(post(&script.client()).await.is_err());
        assert_eq!(script.count(), 1, "{status}");
    }
    for failure in [TransportError::timeout, TransportError::reset] {
        let script = failing(1, move || fail(failure));
        assert!(post(&script.client()).await.is_err());
        assert_eq!(script.count(), 1);
    }
    let refused = failing(1, || fail(TransportError::connect));
    post(&refused.client()).await.unwrap();
    let limited = failing(1, || answer(429, ""));
    post(&limited.client()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_post_with_an_idempotency_key_is_retried_with_the_same_key() {
    let by_option = RequestOptions::new().idempotency_key("ik_1");
    let by_header = RequestOptions::new().header(
        http::HeaderName::from_static("idempotency-key"),
        http::HeaderValue::from_static("ik_1"),
    );
    let by_strategy = RequestOptions::new().strategy(RequestStrategy::Idempotent("ik_1".into()));
    for options in [by_option, by_header, by_strategy] {
        let script = failing(2, || answer(503, ""));
        let organizations = script.client().organizations();
        let new = CreateOrganization::new("Acme");
        organizations.create_organization_with_options(new, Some(&options)).await.unwrap();
        let keys: Vec<_> =
            script.requests().iter().map(|r| r.headers["idempotency-key"].clone()).collect();
        assert_eq!(keys, ["ik_1", "ik_1", "ik_1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_strategy_can_be_set_for_one_call() {
    for (strategy, attempts) in [
        (RequestStrategy::Once, 1),
        (RequestStrategy::Retry { max_attempts: 2 }, 2),
        (RequestStrategy::ExponentialBackoff { max_attempts: 6, jitter: false }, 6),
    ] {
        let script = failing(9, || answer(503, ""));
        let call = script.client().organizations().get_organization("org_1").strategy(strategy);
        assert_eq!(call.await.unwrap_err().attempts(), attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_and_never_exceed_five_seconds() {
    let script = failing(9, || answer(503, ""));
    let strategy = RequestStrategy::ExponentialBackoff { max_attempts: 7, jitter: false };
    let call = script.client().organizations().get_organization("org_1").strategy(strategy);
    call.await.unwrap_err();
    let times = script.times();
    let waits: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert_eq!(waits, [200, 400, 800, 1600, 3200, 5000]);
}

#[tokio::test(start_paused = true)]
async fn every_form_of_retry_after_is_respected() {
    for (value, date, wait) in [
        ("7", None, 7 * SECOND),
        ("0.5", None, SECOND / 2),
        ("1", None, SECOND),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some("Sun, 06 Nov 1994 08:49:30 GMT"), 7 * SECOND),
    ] {
        let script = failing(1, move || {
            let mut headers = vec![("retry-after", value)];
            headers.extend(date.map(|date| ("date", date)));
            answer_with(429, &headers, "")
        });
        post(&script.client()).await.unwrap();
        // tokio's timer has a resolution of one millisecond.
        let waited = script.times()[1];
        assert!(waited >= wait && waited <= wait + Duration::from_millis(2), "{value}: {waited:?}");
    }
}

/// The API responds like this to too many attempts at a second factor.
#[tokio::test(start_paused = true)]
async fn a_retry_after_in_the_body_counts_like_the_header() {
    let body = r#"{"code":"too_many_attempts","message":"Slow down","retry_after":7}"#;
    let script = failing(1, move || answer(429, body));
    post(&script.client()).await.unwrap();
    let waited = script.times()[1];
    assert!(waited >= 7 * SECOND && waited <= 7 * SECOND + Duration::from_millis(2), "{waited:?}");

    let script = failing(1, move || answer_with(429, &[("retry-after", "86400")], body));
    let error = post(&script.client()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(86_400 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn the_backoff_is_the_shortest_wait_whatever_the_server_says() {
    for value in ["0", "0.001", "Sun, 06 Nov 1994 08:00:00 GMT"] {
        let script = failing(9, move || answer_with(503, &[("retry-after", value)], ""));
        let strategy = RequestStrategy::ExponentialBackoff { max_attempts: 4, jitter: false };
        creation(&script.client()).strategy(strategy).await.unwrap_err();
        let times = script.times();
        let waits: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
        assert_eq!(waits, [200, 400, 800], "{value}");
    }
}

/// Empty values are refused before anything is sent.
#[tokio::test(start_paused = true)]
async fn an_empty_key_or_credential_is_refused() {
    let script = Scripted::new(|_, _| answer(503, ""));
    let call = || creation(&script.client());
    for value in ["", " ", "  "] {
        for call in [
            call().idempotency_key(value),
            call().strategy(RequestStrategy::Idempotent(value.to_owned())),
            call().header("idempotency-key", value),
            call().header("authorization", value),
            call().bearer(value),
            call().options(Some(&RequestOptions::new().idempotency_key(value))),
        ] {
            let error = call.await.unwrap_err();
            assert!(matches!(error, Error::Builder(_)), "{error}");
            assert!(error.to_string().contains("must not be empty"), "{error}");
        }
    }
    assert_eq!(script.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn headers_of_the_transport_cannot_be_set() {
    let script = Scripted::new(|_, _| answer(200, "{}"));
    for name in [
        "connection",
        "content-length",
        "Content-Length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        let error = creation(&script.client()).header(name, "1").await.unwrap_err();
        assert!(matches!(error, Error::Builder(_)), "{error}");
        assert!(error.to_string().contains(&name.to_ascii_lowercase()), "{error}");
    }
    assert_eq!(script.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_in_the_body_counts_like_the_header() {
    let body = r#"{"code":"one_time_code_too_many_attempts","message":"Wait.","retry_after":7}"#;
    let script = failing(1, move || answer(429, body));
    post(&script.client()).await.unwrap();
    let waited = script.times()[1];
    // tokio's timer has a resolution of one millisecond.
    assert!(waited >= 7 * SECOND && waited <= 7 * SECOND + Duration::from_millis(2), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_cap_returns_at_once_and_is_reported() {
    let script = failing(1, || answer_with(429, &[("retry-after", "86400")], ""));
    let error = get(&script.client()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(86_400 * SECOND));
    assert_eq!(script.times(), [Duration::ZERO]);
    let patient = script.builder().max_retry_delay(86_400 * SECOND).build();
    get(&patient).await.unwrap();

    let tomorrow = ("retry-after", "Mon, 07 Nov 1994 08:49:30 GMT");
    let today = ("date", "Sun, 06 Nov 1994 08:49:30 GMT");
    let script = failing(1, move || answer_with(503, &[tomorrow, today], ""));
    let error = get(&script.client()).await.unwrap_err();
    assert_eq!((error.retry_after(), script.count()), (Some(86_400 * SECOND), 1));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_abandoned_and_retried() {
    let script = failing(1, || Say::Never);
    let client = script.builder().timeout(3 * SECOND).build();
    get(&client).await.unwrap();
    assert!(script.times()[1] >= 3 * SECOND && script.times()[1] < 4 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn timeouts_can_be_set_for_one_call() {
    let script = failing(9, || Say::Never);
    let start = tokio::time::Instant::now();
    let call = script.client().organizations().get_organization("org_1");
    let error = call.timeout(SECOND).strategy(RequestStrategy::Once).await.unwrap_err();
    assert!(error.is_timeout() && error.kind() == ErrorKind::Timeout, "{error}");
    assert!(start.elapsed() < SECOND + Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn the_total_timeout_bounds_attempts_and_waits_together() {
    let script = failing(9, || Say::Never);
    let client = script.builder().timeout(2 * SECOND).total_timeout(5 * SECOND).build();
    let start = tokio::time::Instant::now();
    assert!(get(&client).await.unwrap_err().is_timeout());
    assert!(start.elapsed() <= 5 * SECOND + Duration::from_millis(5), "{:?}", start.elapsed());
    assert_eq!(script.count(), 3);

    // A wait that would leave no time is not started.
    for seconds in ["5", "10"] {
        let script = failing(1, || answer_with(503, &[("retry-after", seconds)], ""));
        let call = script.client().organizations().get_organization("org_1");
        let error = call.total_timeout(5 * SECOND).await.unwrap_err();
        assert_eq!((error.status(), script.count()), (Some(503), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_gets_few_retries_whatever_the_number_of_calls() {
    for how in [|| fail(TransportError::connect), || answer(503, ""), || answer(429, "")] {
        let script = failing(usize::MAX, how);
        let client = script.client();
        let results = join_all((0..1_000).map(|_| get(&client))).await;
        assert!(results.iter().all(Result::is_err));
        assert!(script.count() <= 1_100, "{} attempts for 1,000 calls", script.count());
    }
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_shared_by_clones_and_refilled_by_responses() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let script = Scripted::new(move |_, _| match down.load(Ordering::Relaxed) {
        true => fail(TransportError::connect),
        false => organization(),
    });
    let client = script.client();
    let attempts = async || get(&client.clone()).await.unwrap_err().attempts();
    for _ in 0..50 {
        attempts().await;
    }
    assert_eq!(script.count(), 150, "100 retries for 50 calls");
    assert_eq!(attempts().await, 1, "and none is left");

    is_down.store(false, Ordering::Relaxed);
    for _ in 0..4 {
        get(&client.clone()).await.unwrap();
    }
    is_down.store(true, Ordering::Relaxed);
    assert_eq!(attempts().await, 3, "four responses pay for two retries");
    assert_eq!(attempts().await, 1);
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_over_the_documented_range() {
    let mut waits = Vec::new();
    for _ in 0..200 {
        let script = failing(1, || answer(503, ""));
        get(&script.client()).await.unwrap();
        waits.push(script.times()[1].as_millis());
    }
    // Between half and all of 200 ms; tokio's timer has a resolution of one millisecond.
    assert!(waits.iter().all(|wait| (100..=202).contains(wait)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait < 125) && waits.iter().any(|wait| *wait > 175));
}

/// Retries without waits, so that tests with real sockets stay fast.
fn hasty(builder: workos::ClientBuilder, emulator: &Emulator) -> workos::ClientBuilder {
    builder.base_url(emulator.base_url()).max_retry_delay(Duration::ZERO)
}

/// Fails three requests of ten: 429, 503, and connections that end before and during the response.
fn fail_three_of_ten(emulator: &Emulator) {
    let mut left = 1.0;
    for fault in [
        Fault::status(429).header("retry-after", "0"),
        Fault::status(503),
        Fault::reset(),
        Fault::cut_body(),
    ] {
        // A hook is only drawn if none of the earlier ones was.
        emulator.faults().add(fault.chance(0.075 / left));
        left -= 0.075;
    }
}

#[tokio::test]
async fn two_thousand_gets_succeed_on_a_server_that_fails_three_of_ten() {
    for builder in bundled() {
        // Four attempts in a row fail for 0.3^4, 0.8 %, of the calls. One after the other, with a
        // fixed seed, so that every run sees the same failures.
        let emulator = Emulator::builder().seed(1).start().await.unwrap();
        let client = hasty(builder.clone(), &emulator).build();
        let acme = client.organizations().create_organization(CreateOrganization::new("Acme"));
        let acme = acme.await.unwrap();
        fail_three_of_ten(&emulator);

        emulator.requests().clear();
        let succeeded = successes(&client, &acme.id).await;
        let attempts = emulator.requests().count();
        assert!(succeeded >= 1_980, "{succeeded} of 2,000 succeeded");
        assert!(attempts <= 3_000, "{attempts} attempts for 2,000 calls");

        let stubborn = hasty(builder, &emulator).max_retries(8).build();
        assert_eq!(successes(&stubborn, &acme.id).await, 2_000);
    }
}

/// Makes 2,000 GETs and counts those that succeed.
async fn successes(client: &Client, id: &str) -> usize {
    let mut succeeded = 0;
    for _ in 0..2_000 {
        succeeded += usize::from(client.organizations().get_organization(id).await.is_ok());
    }
    succeeded
}

#[tokio::test]
async fn a_connection_that_ends_before_or_during_the_response_is_retried() {
    for builder in bundled() {
        for fault in [Fault::reset(), Fault::cut_body()] {
            let emulator = Emulator::start().await.unwrap();
            let client = hasty(builder.clone(), &emulator).build();
            let new = client.organizations().create_organization(CreateOrganization::new("Acme"));
            let acme = new.await.unwrap();
            emulator.faults().add(fault.on(Method::GET, "*").times(3));
            client.organizations().get_organization(&acme.id).await.unwrap();

            // A POST that may have arrived is not retried, and the error says what happened.
            emulator.faults().add(Fault::reset().on(Method::POST, "*").times(1));
            let error = post(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 1), "{error}");
        }
    }
}

#[tokio::test]
async fn a_refused_connection_is_retried_even_for_a_post() {
    for builder in bundled() {
        let address = dead_port().await;
        let client =
            builder.base_url(format!("http://{address}")).max_retry_delay(Duration::ZERO).build();
        let error = post(&client).await.unwrap_err();
        assert!(error.is_connect(), "{error}");
        assert_eq!(error.attempts(), 4);
    }
}

#[tokio::test]
async fn a_failed_tls_handshake_is_not_retried() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for builder in bundled() {
        let address = crate::common::raw_server(|mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        })
        .await;
        let client = builder.base_url(format!("https://{address}")).build();
        let error = get(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 1), "{error}");
        assert!(error.to_string().contains("TLS"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_cancelled() {
    let script = Scripted::new(|_, _| Say::Never);
    let client = script.client();
    let call = client.organizations().get_organization("org_1");
    assert!(tokio::time::timeout(SECOND, call).await.is_err());
    tokio::time::sleep(120 * SECOND).await;
    assert_eq!(script.count(), 1);
}
