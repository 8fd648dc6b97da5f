//! What a replay accepts, and what it says about the rest.

use http::Method;
use workos::ErrorKind;
use workos::recording::Redaction;
use workos::transport::TransportErrorKind;

use super::*;

const CREATE: &str = r#"{"request":{"method":"POST","path":"/organizations","body":{"domains":[{"domain":"acme.test"}],"name":"Acme"}},"response":{"status":201,"body":{"id":"org_1","name":"Acme"}}}
"#;
const LIST: &str = r#"{"request":{"method":"GET","path":"/organizations","query":[["limit","10"],["after","org_1"]]},"response":{"status":200,"body":{"data":[]}}}
"#;

/// A job that was asked for, and its state.
fn job(state: &str) -> String {
    format!(
        r#"{{"request":{{"method":"GET","path":"/job"}},"response":{{"status":200,"body":["{state}"]}}}}"#
    )
}

async fn play(replay: &ReplayTransport, method: Method, path: &str, body: &str) -> String {
    match replay.execute(request(method, path, body)).await {
        Ok(response) => String::from_utf8(response.body.to_vec()).unwrap(),
        Err(error) => {
            assert_eq!(error.kind, TransportErrorKind::Other);
            error.to_string()
        }
    }
}

#[tokio::test]
async fn a_request_that_is_not_the_next_one_is_refused_with_the_differences() {
    let both = recording(&format!("{CREATE}{LIST}"));
    let replay = ReplayTransport::from_recording(both);
    let acme = r#"{"name":"Acme","domains":[{"domain":"acme.test"}]}"#;
    for (method, path, body, expected) in [
        (
            Method::GET,
            "/organizations?limit=10",
            "",
            "request 1 was recorded as POST /organizations, and GET /organizations came",
        ),
        (
            Method::POST,
            "/organizations?dry_run=true",
            r#"{"domains":[{"domain":"acme.example"},"x"],"name":"Acme Inc."}"#,
            "request 1, POST /organizations, was recorded otherwise:\n  \
             query.dry_run: nothing was recorded, \"true\" came\n  \
             body.domains[0].domain: \"acme.test\" was recorded, \"acme.example\" came\n  \
             body.domains[1]: nothing was recorded, \"x\" came\n  \
             body.name: \"Acme\" was recorded, \"Acme Inc.\" came",
        ),
        (
            Method::POST,
            "/organizations",
            "",
            "request 1, POST /organizations, was recorded otherwise:\n  body: \
             {\"domains\":[{\"domain\":\"acme.test\"}],\"name\":\"Acme\"} was recorded, null came",
        ),
    ] {
        let refused = play(&replay, method, path, body).await;
        assert_eq!(refused, format!("transport failed: {expected}"));
    }
    // What was refused used up nothing.
    let created = play(&replay, Method::POST, "/organizations", acme).await;
    assert_eq!(created, r#"{"id":"org_1","name":"Acme"}"#);
    assert_eq!(
        play(&replay, Method::GET, "/organizations?limit=9&after=org_1", "").await,
        "transport failed: request 2, GET /organizations, was recorded otherwise:\n  \
         query.limit: \"10\" was recorded, \"9\" came"
    );
    let list = || play(&replay, Method::GET, "/organizations?after=org_1&limit=10", "");
    assert_eq!(list().await, r#"{"data":[]}"#);
    replay.finish().unwrap();
    assert_eq!(
        list().await,
        "transport failed: GET /organizations was recorded once, and has been played"
    );
    assert_eq!(
        play(&replay, Method::GET, "/users", "").await,
        "transport failed: GET /users was not recorded, and all else is played"
    );
}

#[tokio::test]
async fn in_any_order_a_request_finds_its_own_answer() {
    let replay = ReplayTransport::from_recording(recording(&format!("{CREATE}{LIST}")));
    let replay = replay.in_any_order();
    let other = r#"{"domains":[{"domain":"acme.test"}],"name":"Evil Corp"}"#;
    for (method, path, body, expected) in [
        (Method::GET, "/organizations?after=org_1&limit=10", "", r#"{"data":[]}"#),
        (
            Method::POST,
            "/organizations",
            other,
            "transport failed: POST /organizations was recorded otherwise:\n  \
             body.name: \"Acme\" was recorded, \"Evil Corp\" came",
        ),
        (
            Method::GET,
            "/users",
            "",
            "transport failed: GET /users was not recorded; not played yet:\n  \
             POST /organizations",
        ),
        (
            Method::POST,
            "/organizations",
            r#"{"name":"Acme", "domains":[{"domain":"acme.test"}]}"#,
            r#"{"id":"org_1","name":"Acme"}"#,
        ),
    ] {
        assert_eq!(play(&replay, method, path, body).await, expected);
    }
    replay.finish().unwrap();
}

#[tokio::test]
async fn equal_requests_get_their_answers_in_order_and_none_beyond() {
    let lines = format!("{}\n{CREATE}{}\n", job("pending"), job("done"));
    let replay = ReplayTransport::from_recording(recording(&lines)).in_any_order();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(play(&replay, Method::GET, "/job", "").await);
    }
    let refused =
        "transport failed: GET /job was recorded 2 times, and all of them are played".to_owned();
    assert_eq!(answers, [r#"["pending"]"#.to_owned(), r#"["done"]"#.to_owned(), refused]);
}

#[tokio::test]
async fn a_repeating_replay_plays_the_last_answer_again_until_it_is_rewound() {
    let lines = format!("{}\n{}\n", job("pending"), job("done"));
    let replay = ReplayTransport::from_recording(recording(&lines)).repeating();
    for _ in 0..2 {
        for expected in ["pending", "done", "done"] {
            let played = play(&replay, Method::GET, "/job", "").await;
            assert_eq!(played, format!(r#"["{expected}"]"#));
        }
        replay.rewind();
    }
    for (path, expected) in [
        (
            "/job?all=1",
            "transport failed: GET /job was recorded otherwise:\n  \
             query.all: nothing was recorded, \"1\" came",
        ),
        (
            "/jobs",
            "transport failed: GET /jobs was not recorded; recorded are:\n  GET /job\n  GET /job",
        ),
    ] {
        assert_eq!(play(&replay, Method::GET, path, "").await, expected);
    }
}

#[tokio::test]
async fn the_order_of_repeated_parameters_and_of_form_fields_does_not_matter() {
    let lines = r#"{"request":{"method":"POST","path":"/sso/token","query":[["a","1"],["a","2"],["b","x y"]],"headers":{"content-type":"application/x-www-form-urlencoded"},"body":"grant_type=x&scope=a%20b&code=[redacted]"},"response":{"status":200,"body":{}}}"#;
    let replay = ReplayTransport::from_recording(recording(lines));
    let form = |query: &str, body: &str| {
        let mut request = request(Method::POST, &format!("/sso/token?{query}"), body);
        let form = "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap();
        request.headers.insert("content-type", form);
        request
    };
    let refused = replay.execute(form("b=x+y&a=1", "scope=c&code=7")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "transport failed: request 1, POST /sso/token, was recorded otherwise:\n  \
         query.a: [\"1\",\"2\"] was recorded, \"1\" came\n  \
         body.grant_type: \"x\" was recorded, nothing came\n  \
         body.scope: \"a b\" was recorded, \"c\" came"
    );
    replay.execute(form("a=2&b=x+y&a=1", "code=123456&scope=a+b&grant_type=x")).await.unwrap();
}

#[tokio::test]
async fn what_was_not_asked_for_is_listed() {
    let replay = Arc::new(ReplayTransport::from_recording(recording(&format!("{CREATE}{LIST}"))));
    let error = replay.finish().unwrap_err();
    let expected =
        "not every recorded request was made:\n  POST /organizations\n  GET /organizations";
    assert_eq!((error.to_string(), format!("{error:?}")), (expected.into(), expected.into()));
    let paths = |replay: &ReplayTransport| {
        replay.unused().into_iter().map(|one| one.request.method).collect::<Vec<_>>()
    };
    assert_eq!(paths(&replay), ["POST", "GET"]);
    let body = r#"{"name":"Acme","domains":[{"domain":"acme.test"}]}"#;
    play(&replay, Method::POST, "/organizations", body).await;
    assert_eq!(paths(&replay), ["GET"]);
}

#[tokio::test]
async fn a_refused_request_fails_its_call_without_a_retry() {
    let replay = Arc::new(ReplayTransport::from_recording(recording(CREATE)));
    let call = client(replay).organizations().get_organization("org_1");
    let error = call.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_transient(), error.attempts()),
        (ErrorKind::Network, false, 1)
    );
    assert!(
        error.to_string().contains(
            "request 1 was recorded as POST /organizations, and GET /organizations/org_1 came"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn errors_stay_readable_however_much_differs() {
    let long = "x".repeat(1000);
    let fields: Vec<_> = (10..40).map(|number| format!(r#""f{number}":"{long}""#)).collect();
    let body = format!("{{{}}}", fields.join(","));
    let replay = ReplayTransport::from_recording(recording(CREATE));
    let refused = play(&replay, Method::POST, "/organizations", &body).await;
    assert_eq!(refused.lines().count(), 22, "{refused}");
    assert!(refused.ends_with("\n  and 12 more"), "{refused}");
    assert!(refused.lines().all(|line| line.len() < 200), "{refused}");
}

#[tokio::test]
async fn requests_match_that_differ_in_what_is_redacted_or_edited() {
    let rules = || {
        let redaction = Redaction::new().field("Phone-Number");
        redaction.edit_requests(|request| request.query.retain(|(name, _)| name != "range_start"))
    };
    let script = Scripted::new(|_, _| answer(200, r#"{"name":"Ada","phone_number":17}"#));
    let recorder = RecordingTransport::in_memory(script).redaction(rules());
    let send = |password: &str, phone: u32, start: &str| {
        let body = format!(r#"{{"name":"Ada","password":"{password}","phone_number":[{phone}]}}"#);
        request(Method::POST, &format!("/users?range_start={start}&phoneNumber={phone}"), &body)
    };
    recorder.execute(send("hunter2", 123, "2026")).await.unwrap();
    let recording = recorder.recording();
    let line = r#"{"request":{"method":"POST","path":"/users","query":[["phoneNumber","[redacted]"]],"headers":{},"body":{"name":"Ada","password":"[redacted]","phone_number":["[redacted]"]}},"response":{"status":200,"headers":{},"body":{"name":"Ada","phone_number":"[redacted]"}}}"#;
    assert_eq!(recording.to_json_lines().lines().nth(1), Some(line));

    let replay = ReplayTransport::from_recording(recording.clone()).redaction(rules());
    replay.execute(send("another one", 456, "2027")).await.unwrap();
    let strict = ReplayTransport::from_recording(recording);
    let error = strict.execute(send("another one", 456, "2027")).await.unwrap_err().to_string();
    assert!(error.contains("query.range_start: nothing was recorded, \"2027\" came"), "{error}");
    assert!(!error.contains("another one"), "{error}");
}

#[tokio::test]
async fn secrets_that_somebody_wrote_into_a_file_match_as_well() {
    let lines = r#"{"request":{"method":"POST","path":"/users","body":{"password":"hunter2"}},"response":{"status":200,"body":{"token":"made up"}}}"#;
    let replay = ReplayTransport::from_recording(recording(lines));
    let played = play(&replay, Method::POST, "/users", r#"{"password":"other"}"#).await;
    assert_eq!(played, r#"{"token":"made up"}"#);
}
