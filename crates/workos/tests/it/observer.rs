//! What an observer sees of attempts and calls. Time is virtual.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{ORGANIZATION, Say, Scripted, answer, answer_with, fail, organization};
use http::Method;
use workos::organizations::Organization;
use workos::transport::TransportError;
use workos::{AttemptEvent, Call, CallEvent, Client, Observer, RequestStrategy};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Records every event with all its fields, a line each.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Recorder {
    fn on_attempt(&self, event: &AttemptEvent<'_>) {
        let AttemptEvent { operation, attempt, latency, outcome, retry_in, .. } = event;
        let limit = event.rate_limit.map(|limit| (limit.remaining, limit.limit, limit.reset));
        let mut line = format!("{operation} attempt {attempt}: {outcome:?} in {latency:?}");
        for (name, field) in [
            ("retry in", retry_in.map(|wait| format!("{wait:?}"))),
            ("limit", limit.map(|limit| format!("{limit:?}"))),
            ("id", event.request_id.map(str::to_owned)),
        ] {
            field.iter().for_each(|field| line += &format!(", {name} {field}"));
        }
        self.0.lock().unwrap().push(line);
    }

    fn on_call(&self, event: &CallEvent<'_>) {
        let CallEvent { operation, outcome, attempts, latency, .. } = event;
        assert_eq!(event.retries(), attempts - 1);
        let mut line = format!("{operation}: {outcome:?} after {attempts} in {latency:?}");
        for (name, field) in [
            ("status", event.status.map(|status| status.as_str().to_owned())),
            ("id", event.request_id.map(str::to_owned)),
        ] {
            field.iter().for_each(|field| line += &format!(", {name} {field}"));
        }
        self.0.lock().unwrap().push(line);
    }
}

/// A client that sends through this script, and its recorder.
fn observed(script: &Arc<Scripted>) -> (Client, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    (script.builder().observer(recorder.clone()).build(), recorder)
}

fn get(client: &Client) -> Call<Organization> {
    client.organizations().get_organization("org_1")
}

/// Backoff without jitter, so that the waits are known.
const BACKOFF: RequestStrategy =
    RequestStrategy::ExponentialBackoff { max_attempts: 3, jitter: false };

#[tokio::test(start_paused = true)]
async fn a_success_is_an_attempt_and_a_call() {
    let script = Scripted::new(|_, _| {
        let headers = [
            ("x-request-id", "req_1"),
            ("x-ratelimit-limit", "60"),
            ("x-ratelimit-remaining", "59"),
            ("x-ratelimit-reset", "10"),
        ];
        answer_with(200, &headers, ORGANIZATION).later(millis(40))
    });
    let (client, recorder) = observed(&script);
    let expected = [
        "organizations.get_organization attempt 1: Ok(200) in 40ms, \
         limit (59, 60, Some(10)), id req_1",
        "organizations.get_organization: Success after 1 in 40ms, status 200, id req_1",
    ];
    get(&client).await.unwrap();
    assert_eq!(recorder.lines(), expected);
    get(&client).with_response().await.unwrap();
    assert_eq!(recorder.lines(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_another_attempt_of_the_same_call() {
    let script = Scripted::new(|_, attempt| match attempt {
        0 => answer_with(503, &[("x-request-id", "req_1")], "").later(millis(10)),
        1 => fail(TransportError::reset).later(millis(20)),
        _ => organization().later(millis(30)),
    });
    let (client, recorder) = observed(&script);
    get(&client).strategy(BACKOFF).await.unwrap();
    assert_eq!(
        recorder.lines(),
        [
            "organizations.get_organization attempt 1: Ok(503) in 10ms, retry in 200ms, id req_1",
            "organizations.get_organization attempt 2: Err(Reset) in 20ms, retry in 400ms",
            "organizations.get_organization attempt 3: Ok(200) in 30ms",
            "organizations.get_organization: Success after 3 in 660ms, status 200",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_a_rate_limit_asks_for_is_reported() {
    let script = Scripted::new(|_, attempt| {
        let headers = [
            ("retry-after", if attempt == 0 { "7" } else { "3600" }),
            ("x-ratelimit-limit", "60"),
            ("x-ratelimit-remaining", "0"),
        ];
        answer_with(429, &headers, "")
    });
    let (client, recorder) = observed(&script);
    get(&client).await.unwrap_err();
    assert_eq!(
        recorder.lines(),
        [
            "organizations.get_organization attempt 1: Ok(429) in 0ns, retry in 7s, \
             limit (0, 60, None)",
            "organizations.get_organization attempt 2: Ok(429) in 0ns, limit (0, 60, None)",
            "organizations.get_organization: Failure(Api) after 2 in 7s, status 429",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_response_is_reported_by_its_kind() {
    for (failure, attempt, call) in [
        (TransportError::connect as fn(_) -> _, "Connect", "Connect"),
        (TransportError::timeout, "Timeout", "Timeout"),
        (TransportError::reset, "Reset", "Network"),
        (TransportError::other, "Other", "Network"),
    ] {
        let script = Scripted::new(move |_, _| fail(failure).later(millis(5)));
        let (client, recorder) = observed(&script);
        get(&client).strategy(RequestStrategy::Once).await.unwrap_err();
        assert_eq!(
            recorder.lines(),
            [
                format!("organizations.get_organization attempt 1: Err({attempt}) in 5ms"),
                format!("organizations.get_organization: Failure({call}) after 1 in 5ms"),
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_cannot_be_decoded_fails_the_call_but_not_the_attempt() {
    for body in [&b"{}"[..], b"", b"\xff"] {
        let script = Scripted::new(move |_, _| {
            answer_with(200, &[("x-request-id", "req_1")], body.to_vec())
        });
        let (client, recorder) = observed(&script);
        get(&client).await.unwrap_err();
        assert_eq!(
            recorder.lines(),
            [
                "organizations.get_organization attempt 1: Ok(200) in 0ns, id req_1",
                "organizations.get_organization: Failure(Decode) after 1 in 0ns, status 200, \
                 id req_1",
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_before_the_total_timeout_is_reported_with_its_real_duration() {
    let script = Scripted::new(|_, _| Say::Never);
    let (client, recorder) = observed(&script);
    let call = get(&client).strategy(BACKOFF).timeout(millis(1000)).total_timeout(millis(3000));
    call.await.unwrap_err();
    assert_eq!(
        recorder.lines(),
        [
            "organizations.get_organization attempt 1: Err(Timeout) in 1s, retry in 200ms",
            "organizations.get_organization attempt 2: Err(Timeout) in 1s, retry in 400ms",
            "organizations.get_organization attempt 3: Err(Timeout) in 400ms",
            "organizations.get_organization: Failure(Timeout) after 3 in 3s",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_the_total_timeout_forbids_is_not_announced() {
    let script = Scripted::new(|_, _| answer_with(503, &[("retry-after", "5")], ""));
    let (client, recorder) = observed(&script);
    get(&client).total_timeout(millis(5000)).await.unwrap_err();
    assert_eq!(
        recorder.lines(),
        [
            "organizations.get_organization attempt 1: Ok(503) in 0ns",
            "organizations.get_organization: Failure(Api) after 1 in 0ns, status 503",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_runs_is_cancelled() {
    let script = Scripted::new(|_, attempt| match attempt {
        0 => answer_with(503, &[("x-request-id", "req_1")], ""),
        _ => Say::Never,
    });
    let (client, recorder) = observed(&script);
    let drop_after = async |time| tokio::time::timeout(time, get(&client).strategy(BACKOFF)).await;

    // During the wait before the second attempt.
    drop_after(millis(150)).await.unwrap_err();
    let first =
        "organizations.get_organization attempt 1: Ok(503) in 0ns, retry in 200ms, id req_1";
    assert_eq!(
        recorder.lines(),
        [first, "organizations.get_organization: Cancelled after 1 in 150ms, status 503, id req_1",]
    );
    // During an attempt.
    drop_after(millis(300)).await.unwrap_err();
    assert_eq!(
        recorder.lines(),
        ["organizations.get_organization: Cancelled after 1 in 300ms".to_owned()]
    );
}

#[tokio::test(start_paused = true)]
async fn each_page_is_a_call_and_a_prefetch_is_cancelled_with_its_stream() {
    let script = Scripted::new(|_, attempt| match attempt {
        2 => Say::Never,
        _ => {
            let list = r#"{"object":"list","data":[],"list_metadata":{"after":"org_N"}}"#;
            answer(200, list.replace('N', &attempt.to_string())).later(millis(5))
        }
    });
    let (client, recorder) = observed(&script);
    let mut pages = client.organizations().list_organizations(Default::default()).pages();
    for _ in 0..2 {
        pages.next().await.unwrap().unwrap();
        assert_eq!(
            recorder.lines(),
            [
                "organizations.list_organizations attempt 1: Ok(200) in 5ms",
                "organizations.list_organizations: Success after 1 in 5ms, status 200",
            ]
        );
    }
    tokio::time::sleep(millis(20)).await;
    drop(pages);
    tokio::task::yield_now().await;
    assert_eq!(recorder.lines(), ["organizations.list_organizations: Cancelled after 1 in 20ms"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_sent_nothing_has_no_events() {
    let script = Scripted::new(|_, _| organization());
    let (client, recorder) = observed(&script);
    client.organizations().get_organization("").await.unwrap_err();
    get(&client).idempotency_key("").await.unwrap_err();
    get(&client).header("a\nb", "c").await.unwrap_err();
    drop(get(&client));
    get(&client).request().unwrap();
    let builder = script.builder().api_key(" ").observer(recorder.clone());
    get(&builder.build()).await.unwrap_err();
    assert_eq!((recorder.lines(), script.count()), (Vec::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn requests_of_helpers_and_custom_requests_are_calls_too() {
    let script = Scripted::new(|_, _| answer(200, r#"{"access_token":"t","expires_in":60}"#));
    let (client, recorder) = observed(&script);
    client.client_credentials("acme.authkit.app", "client_1", "s3cret").token().await.unwrap();
    client.request::<()>(Method::GET, "/secret/path").query(&[("q", "secret")]).await.unwrap();
    let lines = recorder.lines();
    assert_eq!(
        lines,
        [
            "client_credentials.token attempt 1: Ok(200) in 0ns",
            "client_credentials.token: Success after 1 in 0ns, status 200",
            "client.request attempt 1: Ok(200) in 0ns",
            "client.request: Success after 1 in 0ns, status 200",
        ]
    );
}

/// Counts its events, and panics on each.
#[derive(Default)]
struct Panicking(Mutex<u32>);

impl Panicking {
    fn panic(&self) {
        *self.0.lock().unwrap() += 1;
        std::panic::resume_unwind(Box::new("an observer's mistake"));
    }
}

impl Observer for Panicking {
    fn on_attempt(&self, _: &AttemptEvent<'_>) {
        self.panic();
    }

    fn on_call(&self, _: &CallEvent<'_>) {
        self.panic();
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_an_observer_does_not_affect_the_call() {
    let script = Scripted::new(|_, attempt| match attempt {
        0 => answer(503, ""),
        1 => organization(),
        2 => answer(404, ""),
        _ => Say::Never,
    });
    let observer = Arc::new(Panicking::default());
    let client = script.builder().observer(observer.clone()).build();
    assert_eq!(get(&client).await.unwrap().id, "org_1");
    assert!(get(&client).await.unwrap_err().is_not_found());
    tokio::time::timeout(millis(10), get(&client)).await.unwrap_err();
    let (attempts, calls) = (3, 3);
    assert_eq!((script.count(), *observer.0.lock().unwrap()), (4, attempts + calls));
}

/// A transport of the application that panics.
struct Broken;

#[async_trait::async_trait]
impl workos::transport::HttpTransport for Broken {
    async fn execute(
        &self,
        _: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, TransportError> {
        std::panic::resume_unwind(Box::new("a transport's mistake"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_is_reported_even_if_the_observer_panics_too() {
    let client = |observer| {
        Client::builder().api_key("sk_1").transport(Arc::new(Broken)).observer(observer).build()
    };
    let recorder = Arc::new(Recorder::default());
    let call = get(&client(recorder.clone()));
    assert!(tokio::spawn(call).await.unwrap_err().is_panic());
    let lines = recorder.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("organizations.get_organization: Cancelled after 1 in "));

    let observer = Arc::new(Panicking::default());
    let call = get(&client(observer.clone()));
    assert!(tokio::spawn(call).await.unwrap_err().is_panic());
    assert_eq!(*observer.0.lock().unwrap(), 1);
}
