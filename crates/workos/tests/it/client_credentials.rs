//! Machine tokens: how they are fetched and cached, and which verifiers accept them.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Clock, Say, Scripted, answer, answer_with, fail};
use serde_json::Value;
use workos::helpers::client_credentials::{ClientCredentials, MachineToken};
use workos::helpers::tokens::TokenError;
use workos::transport::{HttpRequest, TransportError};
use workos::{Client, Error, Timestamp};

const NOW: i64 = 1_772_366_400;

fn client(server: &Arc<Scripted>) -> Client {
    server.builder().client_id("client_01").runtime(Clock::at(NOW)).build()
}

fn credentials(server: &Arc<Scripted>) -> ClientCredentials {
    client(server).client_credentials("acme.authkit.app", "client_m2m", "s3cret & more")
}

/// The token after `before` others, valid for this many seconds.
fn token_for(seconds: u64, before: usize) -> Say {
    let number = before + 1;
    answer(
        200,
        format!(r#"{{"access_token":"t{number}","token_type":"bearer","expires_in":{seconds}}}"#),
    )
}

/// A server whose tokens are valid for an hour.
fn serving() -> Arc<Scripted> {
    Scripted::new(|_, before| token_for(3600, before))
}

type Answer = Result<Arc<MachineToken>, Arc<Error>>;

/// The token, or the status and code it was refused with.
fn text(answer: Answer) -> String {
    match answer {
        Ok(token) => token.access_token.expose().to_owned(),
        Err(error) => format!("{:?} {:?}", error.status(), error.code()),
    }
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn lines(request: &HttpRequest) -> (String, Vec<(String, String)>, String) {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let mut headers: Vec<_> = request.headers.iter().map(header).collect();
    headers.sort();
    let body = request.body.clone().unwrap_or_default();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (format!("{} {}", request.method, request.url), headers, body)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_requested_with_a_form_at_the_authkit_domain_and_without_the_api_key() {
    let server = serving();
    let client = server.builder().user_agent("export/1.0").build();
    let credentials = client
        .client_credentials("https://acme.authkit.app/", "client_m2m", "s3cret & more")
        .scope("a:read")
        .scope("b:write");
    credentials.token().await.unwrap();

    let (line, headers, body) = lines(&server.requests()[0]);
    assert_eq!(line, "POST https://acme.authkit.app/oauth2/token");
    let agent = concat!("export/1.0 workos-rust/", env!("CARGO_PKG_VERSION"));
    let expected = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", agent),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=client_m2m&client_secret=s3cret%20%26%20more\
         &scope=a%3Aread%20b%3Awrite"
    );
}

#[tokio::test(start_paused = true)]
async fn the_response_is_returned_and_its_lifetime_counts_from_the_request() {
    let server = Scripted::new(|_, _| {
        answer(
            200,
            r#"{"access_token":"t1","token_type":"Bearer","expires_in":3600,"scope":"a:read"}"#,
        )
        .later(Duration::from_secs(2))
    });
    let token = credentials(&server).token().await.unwrap();
    assert_eq!(token.access_token.expose(), "t1");
    assert_eq!(token.expires_at, Some(Timestamp::from_millis((NOW + 3598) * 1000)));
    assert_eq!(token.scope.as_deref(), Some("a:read"));
}

#[tokio::test(start_paused = true)]
async fn credentials_from_a_file_are_sent_without_their_line_break() {
    let server = serving();
    for end in ["\n", "\r\n"] {
        let (id, secret) = (format!("client_m2m{end}"), format!("s3cret{end}"));
        let credentials = client(&server).client_credentials("acme.authkit.app\n", id, secret);
        credentials.token().await.unwrap();
        let (line, _, body) = lines(server.requests().last().unwrap());
        assert_eq!(line, "POST https://acme.authkit.app/oauth2/token");
        let expected = "grant_type=client_credentials&client_id=client_m2m&client_secret=s3cret";
        assert_eq!(body, expected, "{end:?}");
        let nothing = client(&server).client_credentials("acme.authkit.app", "client_m2m", end);
        let error = nothing.token().await.unwrap_err();
        assert!(error.to_string().contains("client_secret: must not be empty"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_took_long_to_arrive_is_replaced_that_much_earlier() {
    let server = Scripted::new(|_, before| match before {
        0 => token_for(100, before).later(Duration::from_secs(8)),
        1 => token_for(100, before),
        _ => answer(503, ""),
    });
    let credentials = credentials(&server);
    assert_eq!(text(credentials.token().await), "t1");
    // 90 seconds after it was requested, which is 82 after it arrived.
    sleep(81).await;
    assert_eq!(text(credentials.token().await), "t1");
    sleep(1).await;
    assert_eq!(text(credentials.token().await), "t2");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_took_long_to_arrive_expires_that_much_earlier() {
    let server = Scripted::new(|_, before| match before {
        0 => token_for(100, before).later(Duration::from_secs(8)),
        _ => answer_with(503, &[("retry-after", "3600")], ""),
    });
    let credentials = credentials(&server);
    credentials.token().await.unwrap();
    sleep(91).await;
    assert_eq!(text(credentials.token().await), "t1");
    sleep(1).await;
    assert_eq!(text(credentials.token().await), "Some(503) None");
}

#[tokio::test(start_paused = true)]
async fn during_an_outage_a_valid_token_is_renewed_when_the_server_says_so_or_after_five_seconds() {
    for (headers, pause) in [(&[("retry-after", "30")][..], 30), (&[], 5)] {
        let server = Scripted::new(move |_, before| match before {
            0 => token_for(3600, before),
            _ => answer_with(429, headers, ""),
        });
        let client = server.builder().max_retries(0).build();
        let credentials = client.client_credentials("acme.authkit.app", "client_m2m", "secret");
        credentials.token().await.unwrap();
        sleep(3541).await;
        credentials.token().await.unwrap();
        assert_eq!(server.count(), 2);
        sleep(pause - 1).await;
        credentials.token().await.unwrap();
        assert_eq!(server.count(), 2, "{pause}");
        sleep(1).await;
        assert_eq!(text(credentials.token().await), "t1");
        assert_eq!(server.count(), 3, "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_without_an_api_key_is_enough() {
    let server = serving();
    let client = Client::builder().transport(server.clone()).build();
    let credentials = client.client_credentials("acme.authkit.app", "client_m2m", "secret");
    assert_eq!(text(credentials.token().await), "t1");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_cached_until_a_minute_before_it_expires() {
    let server = serving();
    let credentials = credentials(&server);
    assert_eq!(text(credentials.token().await), "t1");
    sleep(3539).await;
    assert_eq!(text(credentials.clone().token().await), "t1");
    assert_eq!(server.count(), 1);
    sleep(1).await;
    assert_eq!(text(credentials.token().await), "t2");
    assert_eq!(text(credentials.token().await), "t2");
    assert_eq!(server.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_short_lived_token_is_replaced_in_the_last_tenth_of_its_life() {
    let server = Scripted::new(|_, before| token_for(100, before));
    let credentials = credentials(&server);
    assert_eq!(text(credentials.token().await), "t1");
    sleep(89).await;
    assert_eq!(text(credentials.token().await), "t1");
    sleep(1).await;
    assert_eq!(text(credentials.token().await), "t2");
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_expiry_is_not_cached() {
    let server = Scripted::new(|_, _| answer(200, r#"{"access_token":"t","token_type":"bearer"}"#));
    let credentials = credentials(&server);
    assert_eq!(credentials.token().await.unwrap().expires_at, None);
    credentials.token().await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn other_scopes_have_their_own_token() {
    let server = serving();
    let credentials = credentials(&server);
    let reading = credentials.clone().scope("a:read");
    assert_eq!(text(credentials.token().await), "t1");
    assert_eq!(text(reading.token().await), "t2");
    assert_eq!(text(credentials.token().await), "t1");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_can_be_replaced_early() {
    let server = serving();
    let credentials = credentials(&server);
    assert_eq!(text(credentials.token().await), "t1");
    assert_eq!(text(credentials.refresh().await), "t2");
    assert_eq!(text(credentials.token().await), "t2");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_make_one_request() {
    let server = Scripted::new(|_, before| token_for(3600, before).later(Duration::from_secs(1)));
    let credentials = credentials(&server);
    let callers: Vec<_> = (0..100).map(|_| tokio::spawn(credentials.token())).collect();
    for caller in callers {
        assert_eq!(text(caller.await.unwrap()), "t1");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_first_caller_affects_no_other() {
    let server = Scripted::new(|_, before| token_for(3600, before).later(Duration::from_secs(1)));
    let credentials = credentials(&server);
    let first = tokio::spawn(credentials.token());
    tokio::task::yield_now().await;
    let second = tokio::spawn(credentials.token());
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.abort();
    assert_eq!(text(second.await.unwrap()), "t1");
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn transient_failures_are_retried_for_at_most_ten_seconds() {
    let hiccups = Scripted::new(|_, before| match before {
        0 => answer(503, ""),
        1 => fail(TransportError::reset),
        _ => token_for(3600, before),
    });
    assert_eq!(text(credentials(&hiccups).token().await), "t3");

    let silent = Scripted::new(|_, _| Say::Never);
    let begun = tokio::time::Instant::now();
    assert!(credentials(&silent).token().await.unwrap_err().is_timeout());
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_and_retries_of_the_client_apply_to_tokens_too() {
    let silent = Scripted::new(|_, _| Say::Never);
    let client = silent.builder().total_timeout(Duration::from_secs(3)).build();
    let credentials = client.client_credentials("acme.authkit.app", "client_m2m", "secret");
    let begun = tokio::time::Instant::now();
    assert!(credentials.token().await.unwrap_err().is_timeout());
    assert_eq!(begun.elapsed().as_secs(), 3);

    let down = Scripted::new(|_, _| answer(503, ""));
    let client = down.builder().max_retries(1).build();
    let credentials = client.client_credentials("acme.authkit.app", "client_m2m", "secret");
    assert_eq!(text(credentials.token().await), "Some(503) None");
    assert_eq!(down.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn failures_are_not_cached() {
    let server = Scripted::new(|_, before| match before {
        0 => answer(400, r#"{"error":"invalid_scope","error_description":"Unknown scope."}"#),
        _ => token_for(3600, before),
    });
    let credentials = credentials(&server);
    assert_eq!(text(credentials.token().await), r#"Some(400) Some("invalid_scope")"#);
    assert_eq!(text(credentials.token().await), "t2");
}

#[tokio::test(start_paused = true)]
async fn an_outage_leaves_a_valid_token_in_use_and_does_not_slow_its_users_down() {
    let server = Scripted::new(|_, before| match before {
        0 => token_for(3600, before),
        _ => answer_with(503, &[("retry-after", "30")], ""),
    });
    let credentials = credentials(&server);
    credentials.token().await.unwrap();
    sleep(3550).await;
    for _ in 0..5 {
        assert_eq!(text(credentials.token().await), "t1");
    }
    assert_eq!(server.count(), 2, "not before the time the server asked for");
    sleep(30).await;
    assert_eq!(text(credentials.token().await), "t1");
    assert_eq!(server.count(), 3);
    sleep(20).await;
    assert_eq!(text(credentials.token().await), "Some(503) None");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_fails_early_does_not_shorten_the_tokens_life() {
    let server = Scripted::new(|_, before| match before {
        0 => token_for(3600, before),
        _ => answer(503, ""),
    });
    let client = server.builder().max_retries(0).build();
    let credentials = client.client_credentials("acme.authkit.app", "client_m2m", "secret");
    credentials.token().await.unwrap();
    assert_eq!(text(credentials.refresh().await), "Some(503) None");
    sleep(3539).await;
    assert_eq!(text(credentials.token().await), "t1");
    assert_eq!(server.count(), 2);
    sleep(1).await;
    assert_eq!(text(credentials.token().await), "t1");
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_end_the_use_of_a_valid_token() {
    let server = Scripted::new(|_, before| match before {
        0 => token_for(3600, before),
        _ => answer(401, r#"{"error":"invalid_client","error_description":"Unknown client."}"#),
    });
    let credentials = credentials(&server);
    credentials.token().await.unwrap();
    sleep(3550).await;
    for _ in 0..2 {
        assert_eq!(text(credentials.token().await), r#"Some(401) Some("invalid_client")"#);
    }
}

#[tokio::test(start_paused = true)]
async fn errors_name_the_oauth_code_and_what_to_check() {
    let server = Scripted::new(|_, _| {
        answer(401, r#"{"error":"invalid_client","error_description":"Unknown client."}"#)
    });
    let error = credentials(&server).token().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "client_credentials.token answered 401 (invalid_client): Unknown client; check the \
         client id and its secret"
    );
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_that_can_be_printed_shows_the_secret_or_the_token() {
    let server = Scripted::new(|_, before| match before {
        0 => answer(200, r#"{"access_token":"hidden token","expires_in":60}"#),
        1 => answer(400, r#"{"error":"invalid_request","access_token":"hidden"}"#),
        _ => answer(200, r#"{"access_token":7,"note":"hidden"}"#),
    });
    let credentials =
        client(&server).client_credentials("acme.authkit.app", "client_m2m", "hidden");
    let token = credentials.token().await.unwrap();
    let refused = credentials.refresh().await.unwrap_err();
    let undecodable = credentials.refresh().await.unwrap_err();
    let request = &server.requests()[0];
    let shown = format!(
        "{credentials:?} {token:?} {refused:?} {refused} {undecodable:?} {undecodable} {request:?}"
    );
    assert!(!shown.contains("hidden"), "{shown}");
    assert_eq!(
        format!("{credentials:?}"),
        "ClientCredentials { base_url: \"https://acme.authkit.app\", client_id: \"client_m2m\", \
         scope: None, .. }"
    );
}

#[tokio::test(start_paused = true)]
async fn unusable_or_unsafe_settings_are_refused_before_anything_is_sent() {
    let server = serving();
    let client = client(&server);
    for (domain, id, secret, reason) in [
        ("http://acme.authkit.app", "client_m2m", "secret", "authkit_domain: http:// would send"),
        (
            "https://u:hidden@acme.authkit.app",
            "client_m2m",
            "secret",
            "authkit_domain: it must not",
        ),
        ("", "client_m2m", "secret", "authkit_domain: expected"),
        ("acme.authkit.app", "", "secret", "client_id: must not be empty"),
        ("acme.authkit.app", "client_m2m", "", "client_secret: must not be empty"),
    ] {
        let error = client.client_credentials(domain, id, secret).token().await.unwrap_err();
        assert!(matches!(*error, Error::Builder(_)), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
    assert_eq!(server.count(), 0);

    for domain in ["http://localhost:4100", "http://127.0.0.1:4100/"] {
        let credentials = client.client_credentials(domain, "client_m2m", "secret");
        credentials.token().await.unwrap();
    }
    let trusting = server.builder().allow_insecure_http(true).build();
    trusting.client_credentials("http://emulator:4100", "id", "secret").token().await.unwrap();
    let urls: Vec<_> = server.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(
        urls,
        [
            "http://localhost:4100/oauth2/token",
            "http://127.0.0.1:4100/oauth2/token",
            "http://emulator:4100/oauth2/token"
        ]
    );
}

fn kind<T>(verdict: Result<T, TokenError>) -> String {
    let error = verdict.map_or_else(|error| format!("{error:?}"), |_| "good".to_owned());
    error.split(' ').next().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn tokens_of_machines_users_and_agents_are_distinguished() {
    let file: Value = serde_json::from_str(include_str!("../vectors/machine_tokens.json")).unwrap();
    let jwks = file["jwks"].to_string();
    let client = client(&Scripted::new(move |_, _| answer(200, jwks.clone())));
    let machines = client.token_verifier().for_machines();
    let expected = [
        // By `for_machines`, the same with an audience, `for_agents`, and the defaults.
        ("machine", ["good", "Audience", "Audience", "good"]),
        ("machine-with-audience", ["good", "good", "Client", "Client"]),
        ("machine-of-another-audience", ["good", "Audience", "Audience", "good"]),
        ("machine-with-another-client-id", ["Client", "Client", "Client", "Client"]),
        ("machine-expired", ["Expired", "Audience", "Audience", "Expired"]),
        ("machine-in-a-session", ["Subject", "Subject", "Subject", "good"]),
        ("user", ["Subject", "Subject", "Subject", "good"]),
        ("agent", ["Subject", "Subject", "good", "Subject"]),
    ];
    let mut verdicts = Vec::new();
    for vector in file["vectors"].as_array().unwrap() {
        let token = vector["access_token"].as_str().unwrap();
        let verdict = [
            kind(machines.verify(token).await),
            kind(machines.clone().audience("https://api.example.com").verify(token).await),
            kind(client.token_verifier().for_agents().verify(token).await),
            kind(client.verify_access_token(token).await),
        ];
        verdicts.push((vector["id"].as_str().unwrap(), verdict));
    }
    assert_eq!(verdicts, expected.map(|(id, kinds)| (id, kinds.map(str::to_owned))));
}

#[tokio::test(start_paused = true)]
async fn the_scopes_of_a_machine_can_be_checked() {
    let file: Value = serde_json::from_str(include_str!("../vectors/machine_tokens.json")).unwrap();
    let jwks = file["jwks"].to_string();
    let client = client(&Scripted::new(move |_, _| answer(200, jwks.clone())));
    let verify = |index: usize| {
        let token = file["vectors"][index]["access_token"].as_str().unwrap();
        client.token_verifier().for_machines().verify(token)
    };
    let token = verify(0).await.unwrap();
    assert!(token.has_scope("orders:read") && token.has_scope("orders:write"));
    assert!(!token.has_scope("orders") && !token.has_scope("orders:read orders:write"));
    assert!(!verify(1).await.unwrap().has_scope("orders:read"));
}
