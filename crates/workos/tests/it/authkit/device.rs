//! Polling until a user approves a device. Time is virtual.

use super::*;

const SESSION: &str = r#"{"user":{"object":"user","id":"user_1","email":"ada@example.com",
    "email_verified":true,"first_name":null,"last_name":null,"profile_picture_url":null,
    "last_sign_in_at":null,"external_id":null,"metadata":{},
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"},
    "organization_id":null,"access_token":"at_1","refresh_token":"rt_1"}"#;

fn refusal(code: &str) -> Say {
    answer(400, json!({"error": code, "error_description": "d"}).to_string())
}

/// The user never approves. After more requests than any device may make, the server goes silent,
/// so that endless polling fails a test instead of hanging it.
fn undecided() -> Arc<Scripted> {
    Scripted::new(|_, before| match before {
        0..1000 => refusal("authorization_pending"),
        _ => Say::Never,
    })
}

fn seconds(script: &Scripted) -> Vec<u64> {
    script.times().iter().map(Duration::as_secs).collect()
}

#[tokio::test(start_paused = true)]
async fn device_polling_ends_as_in_the_vectors() {
    for vector in vectors(include_str!("../../vectors/device_flow.json")) {
        let id = vector["id"].as_str().unwrap().to_owned();
        let expect = vector["expect"].clone();
        let interval = vector["inputs"]["interval_s"].as_f64();
        let script = Scripted::new(move |_, before| {
            let say = &vector["inputs"]["responses"][before];
            let status = u16::try_from(say["status"].as_u64().unwrap()).unwrap();
            answer(status, say["body"].to_string())
        });
        let result = public(&script).poll_device_code(&device(300.0, interval)).await;
        assert_eq!(json!(result.is_ok()), expect["ok"], "{id}");
        if let Err(error) = result {
            assert_eq!(error.code(), expect["code"].as_str(), "{id}");
        }
        assert_eq!(json!(script.count()), expect["requests"], "{id}");
        assert_eq!(
            body(&script.requests()[0]),
            json!({
                "client_id": "client_1",
                "device_code": "dev_1",
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            }),
            "{id}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn slow_down_adds_five_seconds_permanently() {
    let script = Scripted::new(|_, before| match before {
        0 | 2 => refusal("authorization_pending"),
        1 | 3 => refusal("slow_down"),
        4 => refusal("authorization_pending"),
        _ => answer(200, SESSION),
    });
    public(&script).poll_device_code(&device(300.0, Some(2.0))).await.unwrap();
    assert_eq!(seconds(&script), [2, 4, 11, 18, 30, 42]);
}

#[tokio::test(start_paused = true)]
async fn a_hiccup_does_not_end_device_polling() {
    let script = Scripted::new(|_, before| match before {
        0 => answer(503, ""),
        1 => answer(501, "<html>"),
        2 => answer_with(429, &[("retry-after", "60")], ""),
        3 => fail(TransportError::timeout),
        4 => fail(TransportError::connect),
        5 => fail(TransportError::reset),
        6 => refusal("authorization_pending"),
        _ => answer(200, SESSION),
    });
    let session = public(&script).poll_device_code(&device(900.0, None)).await.unwrap();
    assert_eq!(session.access_token.expose(), "at_1");
    // The polls get rarer during the outage, and return to the interval after a response.
    assert_eq!(seconds(&script), [5, 15, 35, 95, 135, 175, 215, 220]);
}

#[tokio::test(start_paused = true)]
async fn device_polling_ends_when_the_codes_expire() {
    // Longer than the codes are valid.
    let bounded = async |script: &Arc<Scripted>, device: DeviceAuthorizationResponse| {
        let polling = public(script).poll_device_code(&device);
        let ended = tokio::time::timeout(Duration::from_secs(3600), polling).await;
        ended.expect("polling continues after the codes have expired").unwrap_err()
    };
    for (expires_in, interval, requests) in [
        (300.0, Some(5.0), 59),
        (300.0, None, 59),
        (300.0, Some(0.0), 59),
        (300.0, Some(-1.0), 59),
        (300.0, Some(f64::NAN), 59),
        (10.0, Some(0.001), 9),
        (4.0, Some(f64::INFINITY), 0),
        (0.0, Some(5.0), 0),
        (f64::NAN, Some(5.0), 0),
    ] {
        let script = undecided();
        let error = bounded(&script, device(expires_in, interval)).await;
        assert!(matches!(error, DeviceAuthorizationError::Expired), "{error}");
        assert_eq!(script.count(), requests, "{expires_in} {interval:?}");
    }
    // A server that is silent or down does not keep it polling either.
    for silent in [true, false] {
        let script =
            Scripted::new(
                move |_, before| {
                    if silent || before == 1000 { Say::Never } else { answer(500, "") }
                },
            );
        let start = tokio::time::Instant::now();
        let error = bounded(&script, device(60.0, None)).await;
        assert!(matches!(error, DeviceAuthorizationError::Expired), "{error}");
        assert!(start.elapsed() <= Duration::from_secs(60));
    }
}

#[tokio::test(start_paused = true)]
async fn the_user_may_refuse_and_the_codes_may_expire() {
    let end = async |code: &'static str| {
        let script = Scripted::new(move |_, _| refusal(code));
        public(&script).poll_device_code(&device(300.0, None)).await.unwrap_err()
    };
    assert!(matches!(end("access_denied").await, DeviceAuthorizationError::Denied));
    assert!(matches!(end("expired_token").await, DeviceAuthorizationError::Expired));
}

#[tokio::test(start_paused = true)]
async fn device_polling_stops_at_other_errors_and_when_dropped() {
    for say in [|| refusal("invalid_grant"), || answer(200, "{}"), || answer(401, "")] {
        let script = Scripted::new(move |_, _| say());
        let error = public(&script).poll_device_code(&device(300.0, None)).await.unwrap_err();
        assert!(matches!(error, DeviceAuthorizationError::Failed(_)), "{error}");
        assert_eq!(script.count(), 1);
    }
    let script = undecided();
    let polling = public(&script).poll_device_code(&device(300.0, None));
    let task = tokio::spawn(tokio::time::timeout(Duration::from_secs(12), polling));
    assert!(task.await.unwrap().is_err());
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(script.count(), 2);
}
