//! Feature flags evaluated in memory: their values for each context, and how they are kept up to
//! date. Time is virtual.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Say, Scripted, answer, answer_with, fail};
use proptest::prelude::*;
use serde_json::{Value, json};
use workos::helpers::flags::{
    FlagContext, FlagContextError, FlagsClient, FlagsError, PayloadVersion, PollingState,
};
use workos::transport::{BoxFuture, Runtime, TokioRuntime, TransportError};
use workos::{Client, Timestamp};

const SECOND: Duration = Duration::from_secs(1);
static NOBODY: std::sync::LazyLock<FlagContext> = std::sync::LazyLock::new(FlagContext::new);

/// A client that has only these flags.
fn knowing(payload: &Value) -> FlagsClient {
    let builder = Client::new("sk_test_1").feature_flags_runtime();
    builder.bootstrap(payload).unwrap().start()
}

fn one(default_value: bool) -> Value {
    json!({"one": {"slug": "one", "enabled": true, "default_value": default_value,
        "targets": {"users": [], "organizations": []}}})
}

fn flags(default_value: bool) -> Say {
    answer(200, one(default_value).to_string())
}

/// Runs everything that is ready to run.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// The context of a vector, in either of Node's shapes or Python's.
fn context(vector: &Value) -> FlagContext {
    let mut context = FlagContext::new();
    for (key, value) in vector.as_object().into_iter().flatten() {
        let id = value.as_str().or_else(|| value["id"].as_str()).unwrap();
        context = match key.as_str() {
            "userId" => context.user(id),
            "organizationId" => context.organization(id),
            target_type => context.target(target_type, id),
        };
    }
    context.validate().unwrap();
    context
}

/// Node has two shapes of contexts and treats a mixture of them as an empty context. Here there is
/// only one shape, so nothing to mix.
const NOT_FOLLOWED: [&str; 1] = ["flags/v1/7-org-only"];

#[test]
fn flags_are_what_the_other_sdks_say_they_are() {
    let file: Value = serde_json::from_str(include_str!("../vectors/feature_flags.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len() as u64, file["count"].as_u64().unwrap());
    for vector in vectors {
        let (id, inputs) = (vector["id"].as_str().unwrap(), &vector["inputs"]);
        let payload = inputs.get("flags").or_else(|| inputs.get("config")).unwrap();
        let client = knowing(payload);
        let (flag, context) = (inputs["flag"].as_str().unwrap(), context(&inputs["context"]));
        let default = inputs["default"].as_bool();
        let enabled = default.map_or_else(
            || client.is_enabled(flag, &context),
            |default| client.is_enabled_or(flag, &context, default),
        );
        let expected = vector["expect"]["enabled"].as_bool().unwrap();
        assert_eq!(enabled, expected ^ NOT_FOLLOWED.contains(&id), "{id}");
        if default.is_none() {
            let all = client.all_flags(&context);
            assert_eq!(all.get(flag).copied().unwrap_or(false), enabled, "{id}");
            assert_eq!(client.get_flag(flag).is_some(), all.contains_key(flag), "{id}");
        }
    }
}

#[test]
fn impossible_targets_match_nothing_and_are_reported() {
    let long = |length| "a".repeat(length);
    for (target_type, id) in
        [("user", "u"), ("a", "A.b_c:d-1"), ("w-_9", "..."), (&long(64), &long(255))]
    {
        let context = FlagContext::new().target(target_type, id);
        assert_eq!((context.validate(), context.get(target_type)), (Ok(()), Some(id)));
    }
    for target_type in ["", "User", "1a", "-a", "a b", "ä", &long(65)] {
        let context = FlagContext::new().target(target_type, "id");
        assert_eq!(context.validate(), Err(FlagContextError::Type), "{target_type}");
        assert_eq!(context.get(target_type), None);
    }
    for id in ["", ".", "..", "a b", "a/b", "ü", &long(256)] {
        let context = FlagContext::new().user("user_1").user(id).organization("org_1");
        let error = context.validate().unwrap_err();
        assert!(error.to_string().contains("`user`"), "{error}");
        assert!(id.len() < 3 || !error.to_string().contains(id), "{error}");
        assert_eq!((context.get("user"), context.get("organization")), (None, Some("org_1")));
    }
}

#[test]
fn a_flag_that_cannot_be_read_does_not_affect_the_others() {
    let mut payload = one(true);
    payload["two"] = json!({"enabled": "perhaps"});
    payload["three"] = Value::Null;
    let client = knowing(&payload);
    assert_eq!(client.status().flags, 1);
    assert!(client.is_enabled("one", &NOBODY));
    assert!(client.is_enabled_or("two", &NOBODY, true));
    assert!(!client.is_enabled("three", &NOBODY));
}

#[test]
fn data_that_is_not_flags_is_refused_as_bootstrap() {
    for payload in [
        json!(null),
        json!([]),
        json!("flags"),
        json!({"version": 3, "flags": {}}),
        json!({"version": "2", "flags": {}}),
        json!({"version": 2}),
        json!({"version": 2, "flags": []}),
        json!({"message": "try again later"}),
    ] {
        let refused = Client::new("sk_test_1").feature_flags_runtime().bootstrap(&payload);
        assert!(matches!(refused, Err(FlagsError::Payload(_))), "{payload}");
    }
}

#[tokio::test(start_paused = true)]
async fn flags_are_fetched_at_once_and_then_every_thirty_seconds_plus_or_minus_a_tenth() {
    let script = Scripted::new(|_, _| flags(true));
    let client = script.client().feature_flags_runtime().start();
    assert!(!client.is_enabled("one", &NOBODY));
    client.wait_until_ready(SECOND).await.unwrap();
    assert!(client.is_enabled("one", &NOBODY));
    tokio::time::sleep(200 * SECOND).await;
    let times = script.times();
    assert_eq!(times[0], Duration::ZERO);
    assert!((6..=8).contains(&times.len()), "{times:?}");
    for pair in times.windows(2) {
        let wait = pair[1] - pair[0];
        assert!(wait >= 27 * SECOND && wait <= 34 * SECOND, "{wait:?}");
    }
    let request = &script.requests()[0];
    assert_eq!(request.url, "https://api.workos.com/sdk/feature-flags?payload_version=2");
    let status = client.status();
    assert_eq!((status.polls, status.failed_polls), (times.len() as u64, 0));
    assert_eq!((status.polling, status.ready), (PollingState::Running, true));
    assert!(status.updated_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_second_version_is_requested_and_either_is_understood() {
    let v2 = json!({"version": 2, "flags": {"one": {"enabled": false, "off_value": true}}});
    let script = Scripted::new(move |_, before| match before {
        0 => answer(200, v2.to_string()),
        _ => flags(false),
    });
    let client = script.client().feature_flags_runtime().start();
    client.wait_until_ready(SECOND).await.unwrap();
    assert!(client.is_enabled("one", &NOBODY));
    tokio::time::sleep(34 * SECOND).await;
    assert!(!client.is_enabled("one", &NOBODY));
    assert_eq!(script.queries(), ["payload_version=2", "payload_version=2"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_version_is_requested_only_if_set() {
    assert_eq!(PayloadVersion::default(), PayloadVersion::V2);
    let script = Scripted::new(|_, _| flags(true));
    let builder = script.client().feature_flags_runtime();
    let client = builder.payload_version(PayloadVersion::V1).start();
    client.wait_until_ready(SECOND).await.unwrap();
    assert_eq!(script.requests()[0].url, "https://api.workos.com/sdk/feature-flags");
}

/// The first version names everyone a rule applies to, including those it turns the flag off for. A
/// reader of that version would turn it on.
#[tokio::test(start_paused = true)]
async fn a_rule_can_turn_a_flag_off() {
    let v1 = json!({"one": {"slug": "one", "enabled": true, "default_value": true,
        "targets": {"users": [{"id": "user_1", "enabled": true}], "organizations": []}}});
    let v2 = json!({"version": 2, "flags": {"one": {
        "enabled": true, "default_value": true, "off_value": false,
        "rules": [{"kind": "conditions", "value": false, "conditions": [
            {"operator": "one_of", "target_type": "user", "values": ["user_1"]}]}],
    }}});
    let script = Scripted::new(move |request, _| {
        let is_v2 = request.url.ends_with("?payload_version=2");
        answer(200, if is_v2 { &v2 } else { &v1 }.to_string())
    });
    let client = script.client().feature_flags_runtime().start();
    client.wait_until_ready(SECOND).await.unwrap();
    assert!(!client.is_enabled("one", &FlagContext::new().user("user_1")));
    assert!(client.is_enabled("one", &FlagContext::new().user("user_2")));
}

#[tokio::test(start_paused = true)]
async fn a_failed_poll_stops_neither_the_polling_nor_the_flags() {
    let script = Scripted::new(|_, before| match before {
        0 => flags(true),
        1 => answer(500, "oops"),
        2 => fail(TransportError::connect),
        3 => answer(200, "no JSON"),
        4 => answer(200, r#"{"message":"maintenance"}"#),
        5 => answer(200, "[]"),
        6 => answer(403, "{}"),
        7 => Say::Never,
        8..100 => flags(false),
        // Polling without a wait would starve everything else.
        _ => Say::Never,
    });
    let failures = Arc::new(AtomicUsize::new(0));
    let count = failures.clone();
    let client = script
        .client()
        .feature_flags_runtime()
        .poll_interval(Duration::ZERO)
        .on_error(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        })
        .start();
    client.wait_until_ready(SECOND).await.unwrap();
    while script.count() < 8 {
        assert!(client.is_enabled("one", &NOBODY));
        tokio::time::sleep(SECOND).await;
    }
    tokio::time::sleep(11 * SECOND).await;
    let status = client.status();
    assert_eq!((status.failures_in_a_row, status.failed_polls, status.polls), (7, 7, 8));
    assert!(matches!(&status.last_error, Some(FlagsError::Request(e)) if e.is_timeout()));
    tokio::time::sleep(67 * SECOND).await;
    assert!(!client.is_enabled("one", &NOBODY));
    assert!(client.status().last_error.is_none());
    assert_eq!(failures.load(Ordering::Relaxed), 7);

    // Five seconds is the shortest interval; the backoff doubles from there, up to a minute.
    let times = script.times();
    let waits = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
    for (wait, expected) in waits.zip([5.0, 5.0, 5.0, 5.0, 8.0, 16.0, 32.0, 70.0]) {
        assert!((wait - expected).abs() <= expected * 0.1 + 0.1, "{wait} {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_stops_the_polling_and_the_flags_stay() {
    let script = Scripted::new(|_, before| if before == 0 { flags(true) } else { answer(401, "") });
    let client = script.client().feature_flags_runtime().start();
    tokio::time::sleep(1000 * SECOND).await;
    assert_eq!((script.count(), client.status().polling), (2, PollingState::Stopped));
    assert!(client.is_enabled("one", &NOBODY));
    client.wait_until_ready(SECOND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_flags_fails_with_the_reason_why_there_are_none() {
    let script = Scripted::new(|_, _| answer(401, "").later(SECOND));
    let client = script.client().feature_flags_runtime().start();
    for _ in 0..2 {
        let error = client.wait_until_ready(Duration::MAX).await.unwrap_err();
        assert!(matches!(&error, FlagsError::Request(e) if e.is_unauthorized()), "{error}");
    }

    let client = Client::builder().transport(script).build().feature_flags_runtime().start();
    let error = client.wait_until_ready(SECOND).await.unwrap_err();
    assert!(error.to_string().contains("API key"), "{error}");

    let script = Scripted::new(|_, _| Say::Never);
    let client = script.client().feature_flags_runtime().start();
    let error = client.wait_until_ready(SECOND).await.unwrap_err();
    assert!(matches!(error, FlagsError::Timeout), "{error}");
    let (waited, ()) = tokio::join!(client.wait_until_ready(60 * SECOND), async {
        settle().await;
        client.close();
    });
    assert!(matches!(waited, Err(FlagsError::Closed)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_retry_after_gets_no_earlier_request() {
    let busy = [("retry-after", "120")];
    let script = Scripted::new(move |_, before| match before {
        0 => answer_with(429, &busy, ""),
        _ => flags(true),
    });
    let client = script.client().feature_flags_runtime().start();
    client.wait_until_ready(200 * SECOND).await.unwrap();
    let wait = script.times()[1] - script.times()[0];
    assert!(wait >= 120 * SECOND && wait < 122 * SECOND, "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_of_days_is_capped_at_an_hour() {
    let script = Scripted::new(|_, before| match before {
        0 => answer_with(503, &[("retry-after", "1000000")], ""),
        _ => flags(true),
    });
    let client = script.client().feature_flags_runtime().start();
    client.wait_until_ready(2 * 3600 * SECOND).await.unwrap();
    assert_eq!(script.times()[1].as_secs(), 3600);
}

#[test]
fn a_rule_that_cannot_be_understood_matches_nobody() {
    let user = FlagContext::new().user("user_1");
    let condition = json!({"operator": "one_of", "target_type": "user", "values": ["user_1"]});
    let with_rule = |rule: Value| {
        let flag = json!({
            "enabled": true, "default_value": false, "off_value": false, "rules": [rule],
        });
        knowing(&json!({"version": 2, "flags": {"one": flag}})).is_enabled("one", &user)
    };
    assert!(with_rule(json!({"kind": "conditions", "value": true, "conditions": [condition]})));
    let unknown = json!({"operator": "none_of", "target_type": "user", "values": ["user_2"]});
    for rule in [
        json!({"kind": "conditions", "value": true, "conditions": []}),
        json!({"kind": "conditions", "value": true}),
        json!({"kind": "conditions", "value": true, "conditions": [condition, unknown]}),
        json!({"kind": "percentage", "value": true, "conditions": [condition]}),
        json!({"value": true, "conditions": [condition]}),
    ] {
        assert!(!with_rule(rule.clone()), "{rule}");
    }
}

#[tokio::test(start_paused = true)]
async fn polling_ends_when_the_client_is_closed_or_the_last_clone_is_dropped() {
    for by_closing in [true, false] {
        let script = Scripted::new(|_, _| flags(true));
        let client = script.client().feature_flags_runtime().start();
        client.wait_until_ready(SECOND).await.unwrap();
        let clone = client.clone();
        drop(client);
        tokio::time::sleep(40 * SECOND).await;
        assert_eq!(script.count(), 2);
        if by_closing {
            clone.close();
            assert_eq!(clone.status().polling, PollingState::Closed);
            assert!(clone.is_enabled("one", &NOBODY));
        } else {
            drop(clone);
        }
        settle().await;
        let references = Arc::strong_count(&script);
        assert_eq!(references, 1, "the polling still holds the transport");
        tokio::time::sleep(200 * SECOND).await;
        assert_eq!(script.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn changes_are_reported_once_and_the_first_flags_are_not_changes() {
    let script = Scripted::new(|_, before| match before {
        0 | 1 => flags(true),
        2 | 3 => flags(false),
        _ => answer(200, "{}"),
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let client = script
        .client()
        .feature_flags_runtime()
        .on_change(move |change| {
            let default = |flag: &Option<Arc<workos::helpers::flags::Flag>>| {
                flag.as_ref().map(|flag| flag.default_value())
            };
            let change = (change.slug.clone(), default(&change.before), default(&change.after));
            log.lock().unwrap().push(change);
            panic!("a callback that panics must not stop the polling");
        })
        .start();
    tokio::time::sleep(200 * SECOND).await;
    let expected = [
        ("one".to_owned(), Some(Some(true)), Some(Some(false))),
        ("one".to_owned(), Some(Some(false)), None),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    assert!(client.get_flag("one").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_flag_has_what_the_server_sent() {
    for enabled in [true, false] {
        let mut payload = one(true);
        payload["one"]["enabled"] = enabled.into();
        let flag = knowing(&payload).get_flag("one").unwrap();
        assert_eq!((flag.slug(), flag.enabled()), ("one", enabled));
        assert_eq!(flag.default_value(), Some(true));
    }
}

#[tokio::test(start_paused = true)]
async fn bootstrap_flags_are_used_until_the_first_poll() {
    let script = Scripted::new(|_, _| flags(false).later(SECOND));
    let builder = script.client().feature_flags_runtime();
    let client = builder.bootstrap(&one(true)).unwrap().start();
    client.wait_until_ready(Duration::ZERO).await.unwrap();
    assert!(client.is_enabled("one", &NOBODY));
    tokio::time::sleep(2 * SECOND).await;
    assert!(!client.is_enabled("one", &NOBODY));
}

/// Tokio's clock without its tasks.
struct NoTasks(TokioRuntime);

impl Runtime for NoTasks {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }
}

#[tokio::test(start_paused = true)]
async fn without_tasks_waiting_and_drive_do_the_polling() {
    let script = Scripted::new(|_, _| flags(true).later(SECOND));
    let runtime = Arc::new(NoTasks(TokioRuntime::new()));
    let client = script.builder().runtime(runtime).build().feature_flags_runtime().start();
    settle().await;
    assert_eq!(script.count(), 0);
    let impatient = client.wait_until_ready(SECOND / 2);
    let (impatient, patient) = tokio::join!(impatient, client.wait_until_ready(5 * SECOND));
    assert!(impatient.is_err() && patient.is_ok());
    assert!(client.is_enabled("one", &NOBODY));

    let polling = tokio::spawn(client.drive());
    tokio::time::sleep(100 * SECOND).await;
    assert!((3..=5).contains(&script.count()), "{}", script.count());
    client.close();
    polling.await.unwrap();
}

#[test]
fn the_api_key_is_in_no_debug_text() {
    let builder = Client::new("sk_test_secret").feature_flags_runtime();
    assert!(!format!("{builder:?}").contains("secret"));
    assert!(!format!("{:?}", knowing(&one(true))).contains("secret"));
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,4}",
        Just("conditions".to_owned()),
        Just("one_of".to_owned()),
        Just("user".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(2.0), any::<f64>()].prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let keys = [
        "version",
        "flags",
        "enabled",
        "default_value",
        "off_value",
        "targets",
        "users",
        "id",
        "organizations",
        "custom_targets",
        "type",
        "rules",
        "kind",
        "value",
        "conditions",
        "target_type",
        "operator",
        "values",
        "one",
    ];
    leaf.prop_recursive(7, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(prop::sample::select(keys.to_vec()), inner, 0..6).prop_map(
                |map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            ),
        ]
    })
}

proptest! {
    #[test]
    fn no_payload_panics(
        flag in arbitrary_json(), rules in arbitrary_json(), whole in arbitrary_json(),
        target_type in ".{0,70}", id in ".{0,300}", default: bool,
    ) {
        let context = FlagContext::new().user("user").target(target_type, id);
        let v2 = json!({"version": 2, "flags": {"one": flag, "two": {"enabled": true, "rules": rules}}});
        for payload in [whole, json!({"one": flag}), v2] {
            let builder = Client::new("sk_test_1").feature_flags_runtime();
            if let Ok(builder) = builder.bootstrap(&payload) {
                let client = builder.start();
                client.is_enabled_or("one", &context, default);
                prop_assert!(client.all_flags(&context).len() == client.status().flags);
            }
        }
    }
}
