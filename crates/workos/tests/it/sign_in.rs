//! A sign-in without a web framework: headers in, headers out.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Clock, Say, Scripted, answer, answer_with, taken_apart};
use futures_executor::block_on;
use http::header::{COOKIE, HeaderMap};
use http::{HeaderValue, Method};
use proptest::prelude::*;
use serde_json::json;
use workos::helpers::authkit::AuthKitAuthorizationUrlParams;
use workos::helpers::cookies::{RequestCookies, SameSite, SessionCookies};
use workos::helpers::seal::SealKeys;
use workos::helpers::sign_in::{
    BegunSignIn, FailedSignIn, SignIn, SignInCallback, SignInFailure, SignInRequest,
    safe_return_path,
};
use workos::transport::HttpRequest;
use workos::user_management::AuthenticationStep;
use workos::{Client, Error};
use workos_emulator::{Emulator, SeedData};

const REDIRECT_URI: &str = "http://localhost:3000/callback";
const NOW: i64 = 1_772_366_400;

fn keys() -> SealKeys {
    SealKeys::new("a cookie password of 32 characters").unwrap()
}

fn sign_in(client: &Client) -> SignIn {
    client.sign_in(REDIRECT_URI, &keys())
}

/// The headers of the request that a browser sends after these `Set-Cookie`.
fn sent_back(set: &[HeaderValue]) -> HeaderMap {
    let pairs = set.iter().map(|value| value.to_str().unwrap().split(';').next().unwrap());
    let kept = pairs.filter(|pair| !pair.ends_with('='));
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, kept.collect::<Vec<_>>().join("; ").parse().unwrap());
    headers
}

fn state(begun: &BegunSignIn) -> String {
    let (_, pairs) = taken_apart(&begun.url);
    pairs.into_iter().find(|(name, _)| name == "state").unwrap().1
}

#[tokio::test]
async fn a_sign_in_needs_nothing_but_headers() {
    let data = json!({"users": [{"email": "ada@example.com", "email_verified": true}]});
    let data = SeedData::from_value(data).unwrap();
    let emulator = Emulator::builder().without_socket().data(data).start().await.unwrap();
    let client = emulator.client();
    let sign_in = sign_in(&client);

    let authorization = AuthKitAuthorizationUrlParams {
        login_hint: Some("ada@example.com".into()),
        ..Default::default()
    };
    let request = SignInRequest {
        return_path: Some("/notes?page=2".into()),
        custom_state: Some("own \"state\"".into()),
        authorization,
    };
    let begun = sign_in.begin(request, &RequestCookies::default()).unwrap();
    let (address, pairs) = taken_apart(&begun.url);
    assert!(address.ends_with("/user_management/authorize"), "{address}");
    let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "login_hint",
        "provider",
        "redirect_uri",
        "response_type",
        "state",
    ];
    assert_eq!(names, expected);

    let url = begun.url.clone();
    let there = HttpRequest { method: Method::GET, url, headers: HeaderMap::new(), body: None };
    let back = emulator.transport().execute(there).await.unwrap();
    let location = back.headers["location"].to_str().unwrap();
    let query = location.strip_prefix(REDIRECT_URI).unwrap().strip_prefix('?').unwrap();

    let headers = sent_back(&begun.cookies);
    let had = RequestCookies::from_headers(&headers);
    let callback = SignInCallback {
        query: query.to_owned(),
        ip_address: Some("203.0.113.7".into()),
        user_agent: Some("a browser".into()),
    };
    let signed_in = sign_in.complete(callback, &had).await.unwrap();
    assert_eq!(signed_in.response.user.email, "ada@example.com");
    assert_eq!(signed_in.return_path, "/notes?page=2");
    assert_eq!(signed_in.custom_state.as_deref(), Some("own \"state\""));
    let name = workos::helpers::pkce::verifier_cookie_name(&state(&begun));
    let gone = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert_eq!(signed_in.cookies, [gone.as_str()]);
    let session = client.session(signed_in.sealed, &keys());
    assert_eq!(session.data().unwrap().user.unwrap().email, "ada@example.com");
    let sent: serde_json::Value =
        serde_json::from_slice(&emulator.requests().latest().pop().unwrap().body).unwrap();
    assert_eq!(
        (&sent["ip_address"], &sent["user_agent"]),
        (&json!("203.0.113.7"), &json!("a browser"))
    );
}

#[test]
fn what_a_sign_in_cannot_begin_with_is_named() {
    let with = Client::builder().api_key("sk_test").client_id("client_1").build();
    let without = Client::builder().api_key("sk_test").build();
    let long = SignInRequest { custom_state: Some("x".repeat(2049)), ..Default::default() };
    let fits = SignInRequest { custom_state: Some("x".repeat(2048)), ..Default::default() };
    let none = RequestCookies::default();
    for (sign_in, request, problem) in [
        (sign_in(&without), SignInRequest::default(), Some("client")),
        (with.sign_in("", &keys()), SignInRequest::default(), Some("redirect_uri")),
        (sign_in(&with), long, Some("custom_state")),
        (sign_in(&with), fits, None),
    ] {
        match (sign_in.begin(request, &none), problem) {
            (Ok(_), None) => {}
            (Err(Error::Builder(text)), Some(problem)) => assert!(text.contains(problem), "{text}"),
            (begun, problem) => panic!("{begun:?}, {problem:?}"),
        }
    }
}

#[test]
fn the_parameters_of_others_do_not_replace_those_of_the_sign_in() {
    let client = Client::builder().api_key("sk_test").client_id("client_1").build();
    let authorization = AuthKitAuthorizationUrlParams {
        state: Some("chosen by somebody".into()),
        redirect_uri: "http://localhost:3000/another".into(),
        ..Default::default()
    };
    let request = SignInRequest { authorization, ..Default::default() };
    let begun = sign_in(&client).begin(request, &RequestCookies::default()).unwrap();
    let (_, pairs) = taken_apart(&begun.url);
    let of = |name: &str| pairs.iter().find(|(own, _)| own == name).unwrap().1.clone();
    assert_eq!(
        (of("state").len(), of("redirect_uri").as_str()),
        (43, "http://localhost:3000/another")
    );
}

#[test]
fn the_cookie_of_a_sign_in_is_one_that_a_browser_keeps() {
    let client = Client::builder().api_key("sk_test").client_id("client_1").build();
    let all = |return_path: &str, custom_state: &str| {
        let request = SignInRequest {
            return_path: Some(return_path.into()),
            custom_state: Some(custom_state.into()),
            ..Default::default()
        };
        sign_in(&client).begin(request, &RequestCookies::default())
    };
    let long_path = format!("/{}", "p".repeat(2_000));
    // Signing in goes without the page to return to.
    assert!(all(&long_path, &"x".repeat(2_048)).is_ok());
    // A quote and a line break take more room in JSON, a control character six times as much.
    for state in ["x", "\"", "\n", "\u{1}", "\u{e4}"] {
        let state = state.repeat(2_048 / state.len());
        match all(&long_path, &state) {
            Ok(begun) => {
                let cookie = begun.cookies[0].to_str().unwrap();
                let pair = cookie.split(';').next().unwrap();
                assert!(pair.len() <= 4_096, "{:?}: {}", &state[..2], pair.len());
            }
            Err(Error::Builder(problem)) => assert!(problem.contains("custom_state"), "{problem}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn the_cookie_of_a_sign_in_comes_back_from_another_site() {
    let client = Client::builder().api_key("sk_test").client_id("client_1").build();
    let session = SessionCookies::new(REDIRECT_URI).domain("example.com").unwrap().secure(true);
    for (same_site, expected) in
        [(SameSite::Lax, "Lax"), (SameSite::Strict, "Lax"), (SameSite::None, "None")]
    {
        let sign_in = sign_in(&client).cookies(&session.clone().same_site(same_site));
        let begun = sign_in.begin(SignInRequest::default(), &RequestCookies::default()).unwrap();
        let cookie = begun.cookies[0].to_str().unwrap();
        let attributes = cookie.split_once("; ").unwrap().1;
        let expected = format!(
            "Path=/; Max-Age=600; HttpOnly; SameSite={expected}; Secure; Domain=example.com"
        );
        assert_eq!(attributes, expected);
    }
}

/// What becomes of a sign-in whose code is answered so.
async fn completed(say: fn() -> Say, query: &str) -> (FailedSignIn, usize) {
    let server = Scripted::new(move |_, _| say());
    let client = client(&server, &Clock::at(NOW));
    let request = SignInRequest { return_path: Some("/notes".into()), ..Default::default() };
    let begun = sign_in(&client).begin(request, &RequestCookies::default()).unwrap();
    let headers = sent_back(&begun.cookies);
    let query = query.replace("STATE", &state(&begun));
    let had = RequestCookies::from_headers(&headers);
    let failed = sign_in(&client).complete(query, &had).await.unwrap_err();
    (failed, server.count())
}

fn client(server: &Arc<Scripted>, clock: &Arc<Clock>) -> Client {
    server.builder().client_id("client_1").runtime(clock.clone()).build()
}

/// A failure in words.
fn brief(failed: &FailedSignIn) -> String {
    match &failed.reason {
        SignInFailure::NotBegun => "not begun".to_owned(),
        SignInFailure::AnotherBrowser => "another browser".to_owned(),
        SignInFailure::Expired => "expired".to_owned(),
        SignInFailure::Refused { error, description, .. } => format!("{error}: {description:?}"),
        SignInFailure::StepRequired { step, .. } => {
            assert!(matches!(**step, AuthenticationStep::EmailVerificationRequired { .. }));
            "step".to_owned()
        }
        SignInFailure::Failed(error) => format!("failed {:?}", error.status()),
        other => format!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_failure_says_what_becomes_of_the_cookie() {
    let step = || {
        let body = json!({"code": "email_verification_required", "message": "Verify.",
            "pending_authentication_token": "pending_1", "email": "a@example.com"});
        answer(403, body.to_string())
    };
    const NEVER: fn() -> Say = || panic!("nobody asks");
    const CODE: &str = "code=code_1&state=STATE";
    type Case<'a> = (fn() -> Say, &'a str, &'a str, Option<&'a str>, bool, bool);
    let cases: Vec<Case<'_>> = vec![
        (NEVER, "", "not begun", None, false, false),
        (NEVER, "code=code_1", "not begun", None, false, false),
        (NEVER, "code=code_1&state=", "not begun", None, false, false),
        (NEVER, "code=code_1&state=another", "another browser", None, true, false),
        (NEVER, "code=code_1&state=STATE%20", "another browser", None, true, false),
        (
            NEVER,
            "error=access_denied&state=STATE",
            "access_denied: None",
            Some("/notes"),
            true,
            false,
        ),
        (
            NEVER,
            "error=a+b&error_description=%3Cb%3E+%C3%A4&code=code_1&state=STATE",
            "a b: Some(\"<b> ä\")",
            Some("/notes"),
            true,
            false,
        ),
        (step, CODE, "step", Some("/notes"), true, false),
        (
            || answer(400, r#"{"error":"invalid_grant"}"#),
            CODE,
            "failed Some(400)",
            Some("/notes"),
            true,
            false,
        ),
        (|| answer(401, "{}"), CODE, "failed Some(401)", Some("/notes"), true, false),
        (|| answer(503, ""), CODE, "failed Some(503)", Some("/notes"), false, true),
        (
            || answer_with(429, &[("retry-after", "90")], ""),
            CODE,
            "failed Some(429)",
            Some("/notes"),
            false,
            true,
        ),
    ];
    for (say, query, expected, return_path, ends, is_transient) in cases {
        let (failed, _) = completed(say, query).await;
        assert_eq!(brief(&failed), expected, "{query}");
        assert_eq!(failed.return_path.as_deref(), return_path, "{query}");
        assert_eq!(failed.is_transient(), is_transient, "{query}");
        assert_eq!(failed.cookies.len(), usize::from(ends), "{query}");
        let gone = |value: &HeaderValue| value.to_str().unwrap().contains("=; Path=/; Max-Age=0; ");
        assert!(failed.cookies.iter().all(gone), "{query}");
        let shown = format!("{failed:?} {failed}");
        assert!(!shown.contains("code_1") && !shown.contains("pending_1"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_of_the_future_is_none() {
    let server = Scripted::new(|_, _| answer(503, ""));
    for (later, expected) in [
        (-61, "expired"),
        (-60, "failed Some(503)"),
        (0, "failed Some(503)"),
        (599, "failed Some(503)"),
        (600, "expired"),
    ] {
        let clock = Clock::at(NOW);
        let client = client(&server, &clock);
        let none = RequestCookies::default();
        let begun = sign_in(&client).begin(SignInRequest::default(), &none).unwrap();
        clock.set(NOW + later);
        let headers = sent_back(&begun.cookies);
        let query = format!("code=code_1&state={}", state(&begun));
        let had = RequestCookies::from_headers(&headers);
        let failed = sign_in(&client).complete(query, &had).await.unwrap_err();
        assert_eq!(brief(&failed), expected, "{later}");
    }
}

#[tokio::test(start_paused = true)]
async fn options_bound_the_exchange_of_a_code() {
    let server = Scripted::new(|_, _| Say::Never);
    let client = client(&server, &Clock::at(NOW));
    let options = workos::RequestOptions::new().total_timeout(Duration::from_secs(3));
    let sign_in = sign_in(&client).options(options);
    let begun = sign_in.begin(SignInRequest::default(), &RequestCookies::default()).unwrap();
    let headers = sent_back(&begun.cookies);
    let query = format!("code=code_1&state={}", state(&begun));
    let start = tokio::time::Instant::now();
    let failed =
        sign_in.complete(query, &RequestCookies::from_headers(&headers)).await.unwrap_err();
    assert!(failed.is_transient() && failed.cookies.is_empty(), "{failed}");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

proptest! {
    /// Without a sign-in that this browser began, no query gets as far as WorkOS.
    #[test]
    fn no_query_of_strangers_makes_it_panic_or_ask(
        query in prop_oneof![
            ".*",
            "(code|state|error|error_description|=|&|%|%[0-9a-f]{2}|\\+|[a-z]){0,20}",
            "(code=[^&]{0,9}&|state=[^&]{0,9}&|error=[^&]{0,9}&){0,4}",
        ],
    ) {
        let server = Scripted::new(|_, _| panic!("it asked"));
        let client = server.builder().client_id("client_1").build();
        let none = RequestCookies::default();
        let failed = block_on(sign_in(&client).complete(query.as_str(), &none)).unwrap_err();
        prop_assert!(
            matches!(failed.reason, SignInFailure::NotBegun | SignInFailure::AnotherBrowser),
            "{failed:?}"
        );
        prop_assert_eq!(failed.return_path, None);
    }

    /// Whatever is asked for, the browser stays: a path, with nothing that it reads in another way.
    #[test]
    fn a_return_path_is_a_path_and_a_header(
        path in prop_oneof![".*", "[/\\\\\\t\\n:a-z.@#?%]{0,12}", "/[/\\\\ \\t:a-z]{0,6}"],
    ) {
        if let Some(safe) = safe_return_path(&path) {
            prop_assert!(safe.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{safe}");
            prop_assert!(safe.starts_with('/') && !safe.starts_with("//"), "{safe}");
            prop_assert!(HeaderValue::try_from(&safe).is_ok());
            let again = safe_return_path(&safe);
            prop_assert_eq!(again.as_deref(), Some(safe.as_str()));
            prop_assert!(safe.len() <= 2_048);
        }
    }
}
