//! The access token of a page with many requests expires: nobody is signed out, whatever the server
//! responds.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Say, Scripted, answer, answer_with, fail};
use serde_json::{Value, json};
use workos::helpers::seal::{SealKeys, seal};
use workos::helpers::session::{RefreshError, SessionRefreshOptions};
use workos::helpers::vault::local_encrypt;
use workos::passwordless::CreatePasswordlessSession;
use workos::transport::{BoxFuture, Runtime, TokioRuntime, TransportError};
use workos::{Client, RequestOptions, Timestamp};

/// tokio's timers and tasks, and a wall clock that stands still at the instant of the vectors.
struct Clock(TokioRuntime);

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_772_366_400_000)
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        self.0.spawn(task)
    }
}

fn vector(id: &str) -> Value {
    let file: Value = serde_json::from_str(include_str!("../vectors/jwts.json")).unwrap();
    let mut vectors = file["vectors"].as_array().unwrap().iter();
    vectors.find(|vector| vector["id"] == id).unwrap().clone()
}

fn keys() -> SealKeys {
    SealKeys::new("a password of 32 characters, yes").unwrap()
}

/// A cookie whose access token expired a second ago.
fn expired_cookie() -> String {
    let vector = vector("jwt/expired-1s-ago");
    let mut session = vector["inputs"]["cookie"].clone();
    session["access_token"] = vector["output"]["access_token"].clone();
    session["refresh_token"] = "refresh_1".into();
    seal(&session, &keys()).unwrap().into_inner()
}

/// A server with the keys of the vectors, which responds to a refresh as the script says. The
/// script gets the number of refreshes before it.
fn server(refresh: impl Fn(usize) -> Say + Send + Sync + 'static) -> Arc<Scripted> {
    let jwks = vector("jwt/good")["inputs"]["jwks"].to_string();
    let refreshes = std::sync::atomic::AtomicUsize::new(0);
    Scripted::new(move |request, _| match request.url.contains("/sso/jwks/") {
        true => answer(200, jwks.clone()),
        false => refresh(refreshes.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
    })
}

/// New tokens, after the latency of a real server.
fn new_tokens() -> Say {
    let vector = vector("jwt/good");
    let body = json!({
        "user": vector["inputs"]["cookie"]["user"], "organization_id": null,
        "access_token": vector["output"]["access_token"], "refresh_token": "refresh_2",
    });
    answer(200, body.to_string()).later(Duration::from_millis(100))
}

fn client(server: &Arc<Scripted>) -> Client {
    let clock = Arc::new(Clock(TokioRuntime::new()));
    server.builder().client_id("client_1").runtime(clock).build()
}

fn refreshes(server: &Scripted) -> usize {
    server.requests().iter().filter(|r| r.url.ends_with("/authenticate")).count()
}

/// What happens to the cookie of a request.
#[derive(Debug, Clone, PartialEq)]
enum Cookie {
    Kept,
    Set(String),
    Cleared,
}

/// A request as an application handles it.
async fn handle(client: Client, cookie: String) -> Cookie {
    let session = client.session(cookie, &keys());
    let authentication = session.authenticate().await;
    if authentication.session_is_over() {
        return Cookie::Cleared;
    }
    if !authentication.needs_refresh() {
        return Cookie::Kept;
    }
    match session.refresh(SessionRefreshOptions::default()).await {
        Ok(refreshed) => Cookie::Set(refreshed.sealed.into_inner()),
        Err(error) if error.session_is_over() => Cookie::Cleared,
        Err(_) => Cookie::Kept,
    }
}

/// A hundred requests at the same moment.
async fn handle_100(client: &Client) -> Vec<Cookie> {
    let cookie = expired_cookie();
    let one = |_| tokio::spawn(handle(client.clone(), cookie.clone()));
    let tasks: Vec<_> = (0..100).map(one).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_with_an_expired_token_refresh_it_once_and_all_continue() {
    let server = server(|_| new_tokens());
    let client = client(&server);
    let outcomes = handle_100(&client).await;
    assert_eq!(refreshes(&server), 1);
    for outcome in outcomes {
        let Cookie::Set(cookie) = outcome else { panic!("{outcome:?}") };
        assert_eq!(handle(client.clone(), cookie).await, Cookie::Kept);
    }
    assert_eq!(refreshes(&server), 1);
}

#[tokio::test(start_paused = true)]
async fn a_503_to_a_refresh_costs_nobody_the_cookie() {
    let server = server(|before| match before {
        0 => answer(503, "").later(Duration::from_millis(100)),
        _ => new_tokens(),
    });
    let client = client(&server);
    assert_eq!(handle_100(&client).await, vec![Cookie::Kept; 100]);
    assert_eq!(refreshes(&server), 1);
    let outcomes = handle_100(&client).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Cookie::Set(_))), "{outcomes:?}");
    assert_eq!(refreshes(&server), 2);
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_refresh_has_its_cause() {
    type Failure = (fn() -> Say, fn(&workos::Error) -> bool, Option<u64>);
    let failures: [Failure; 5] = [
        (|| Say::Never, workos::Error::is_timeout, None),
        (|| fail(TransportError::reset), workos::Error::is_transient, None),
        (|| answer_with(503, &[("retry-after", "7")], ""), workos::Error::is_server_error, Some(7)),
        (
            || answer_with(429, &[("retry-after", "90")], ""),
            workos::Error::is_rate_limited,
            Some(90),
        ),
        (|| answer(401, r#"{"message":"Unauthorized"}"#), workos::Error::is_unauthorized, None),
    ];
    for (say, is_cause, retry_after) in failures {
        let server = server(move |_| say());
        let session = client(&server).session(expired_cookie(), &keys());
        let error = session.refresh(SessionRefreshOptions::default()).await.unwrap_err();
        assert!(matches!(error, RefreshError::Failed(_)), "{error}");
        assert!(error.error().is_some_and(is_cause), "{error}");
        assert_eq!(error.retry_after(), retry_after.map(Duration::from_secs));
        assert!(!error.session_is_over(), "{error}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.to_string().contains(&cause), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_takes_options() {
    let server = server(|_| Say::Never);
    let options = RequestOptions::new()
        .header(http::HeaderName::from_static("x-app"), http::HeaderValue::from_static("1"))
        .timeout(Duration::from_secs(2));
    let session = client(&server).session(expired_cookie(), &keys()).options(options);
    let start = tokio::time::Instant::now();
    let error = session.refresh(SessionRefreshOptions::default()).await.unwrap_err();
    assert!(error.error().unwrap().is_timeout(), "{error}");
    // A lost response is requested once more, at once, with the same options.
    assert_eq!(start.elapsed(), Duration::from_secs(4));
    let sent = server.requests();
    assert_eq!(sent.iter().map(|it| &it.headers["x-app"]).collect::<Vec<_>>(), ["1", "1"]);
}

#[tokio::test(start_paused = true)]
async fn keys_vault_and_passwordless_take_options() {
    let server = server(|_| answer(400, "{}"));
    let client = client(&server);
    let options = RequestOptions::new()
        .header(http::HeaderName::from_static("x-app"), http::HeaderValue::from_static("1"));
    let keys = client.user_management().get_jwks_with_options("client_1", Some(&options));
    assert_eq!(keys.await.unwrap().keys.len(), 2);
    let vault = client.vault().encryption().options(options.clone());
    vault.encrypt("text", [("tenant", "acme")], "").await.unwrap_err();
    let data_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let blob = local_encrypt("text", data_key, "V09TLkVLTS52MQ==", "").unwrap();
    vault.decrypt(&blob, "").await.unwrap_err();
    let passwordless = client.passwordless();
    let link = CreatePasswordlessSession::new("ada@example.com");
    passwordless.create_session_with_options(link, Some(&options)).await.unwrap_err();
    passwordless.send_session_with_options("session_1", Some(&options)).await.unwrap_err();
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(|r| r.url.rsplit('/').next().unwrap()).collect();
    assert_eq!(paths, ["client_1", "data-key", "decrypt", "sessions", "send"]);
    assert!(requests.iter().all(|request| request.headers["x-app"] == "1"));
}
