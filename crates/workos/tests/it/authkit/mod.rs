//! The flows of AuthKit and SSO: URLs, PKCE, exchanges, devices, public clients.

mod device;
mod urls;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{Say, Scripted, again_with, answer, answer_with, fail, taken_apart, vectors};
use proptest::prelude::*;
use serde_json::{Value, json};
use workos::helpers::authkit::{
    AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams, DeviceAuthorizationError,
};
use workos::helpers::pkce::{
    generate_code_challenge, generate_code_verifier, generate_pkce_pair, state_matches,
    verifier_cookie_name,
};
use workos::helpers::public_client::PublicClient;
use workos::helpers::sso::{
    SsoAuthorizationUrlParams, SsoLogoutUrlParams, SsoPkceCodeExchangeParams,
};
use workos::transport::{BoxFuture, HttpRequest, Runtime, TokioRuntime, TransportError};
use workos::user_management::{
    AuthenticateWithRefreshTokenParams, DeviceAuthorizationResponse, GetLogoutUrlParams,
};
use workos::{Client, Error, ErrorKind, RequestOptions, SecretString, Timestamp};

const CALLBACK: &str = "https://app.example.com/callback";

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn parameter(url: &str, name: &str) -> Option<String> {
    taken_apart(url).1.into_iter().find(|pair| pair.0 == name).map(|pair| pair.1)
}

#[test]
fn verifiers_and_challenges_are_those_of_the_other_sdks() {
    for vector in vectors(include_str!("../../vectors/pkce.json")) {
        let id = vector["id"].as_str().unwrap();
        match id.split('/').nth(1).unwrap() {
            "challenge" => {
                let verifier = vector["inputs"]["verifier"].as_str().unwrap();
                let challenge = generate_code_challenge(verifier);
                assert_eq!(json!(challenge), vector["expect"]["challenge"], "{id}");
            }
            "pair" => {
                let challenge =
                    generate_code_challenge(vector["output"]["verifier"].as_str().unwrap());
                assert_eq!(json!(challenge), vector["expect"]["challenge_of_verifier"], "{id}");
            }
            "length" => {
                let length = usize::try_from(vector["inputs"]["length"].as_u64().unwrap()).unwrap();
                match generate_code_verifier(Some(length)) {
                    Ok(verifier) => {
                        assert_eq!(
                            json!(verifier.expose().len()),
                            vector["expect"]["length"],
                            "{id}"
                        );
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Builder, "{id}");
                        assert_eq!(vector["expect"]["error"], true, "{id}");
                    }
                }
            }
            other => panic!("unknown kind {other}"),
        }
    }
    for vector in vectors(include_str!("../../vectors/pkce_cookies.json")) {
        let state = vector["inputs"]["state"].as_str().unwrap();
        let name = verifier_cookie_name(state);
        assert_eq!(json!(name), vector["expect"]["name"], "{}", vector["id"]);
    }
}

proptest! {
    #[test]
    fn a_verifier_is_unreserved_characters_and_never_repeats(length in 0_usize..200) {
        match generate_code_verifier(Some(length)) {
            Ok(verifier) => {
                let text = verifier.expose();
                prop_assert_eq!(text.len(), length);
                prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
                prop_assert!(verifier != generate_code_verifier(Some(length)).unwrap());
            }
            Err(_) => prop_assert!(!(43..=128).contains(&length)),
        }
    }
}

#[test]
fn neither_verifier_nor_code_is_printed() {
    let pair = generate_pkce_pair().unwrap();
    let client = Client::builder().client_id("client_1").build();
    let params = AuthKitAuthorizationUrlParams::new(CALLBACK);
    let authkit = client.authkit().pkce_authorization_url(params).unwrap();
    let params = SsoAuthorizationUrlParams {
        organization: Some("org_1".into()),
        ..SsoAuthorizationUrlParams::new(CALLBACK)
    };
    let sso = client.sso_helpers().pkce_authorization_url(params).unwrap();
    let exchange = AuthKitPkceCodeExchangeParams::new("code_secret", "verifier_secret");
    let sso_exchange = SsoPkceCodeExchangeParams::new("code_secret", "verifier_secret");
    let call = client.authkit().pkce_code_exchange(exchange.clone());
    let shown = format!("{pair:?} {authkit:?} {sso:?} {exchange:?} {sso_exchange:?} {call:?}");
    for verifier in [&pair.code_verifier, &authkit.code_verifier, &sso.code_verifier] {
        assert!(!shown.contains(verifier.expose()), "{shown}");
    }
    assert!(!shown.contains("_secret"), "{shown}");
}

#[test]
fn debug_prints_no_state_of_a_sign_in() {
    let client = Client::builder().client_id("client_1").build();
    let (state, nonce) = (Some("state_secret".to_owned()), Some("nonce_secret".to_owned()));
    let params = AuthKitAuthorizationUrlParams {
        state: state.clone(),
        ..AuthKitAuthorizationUrlParams::new(CALLBACK)
    };
    let sso_params = SsoAuthorizationUrlParams {
        state: state.clone(),
        nonce,
        organization: Some("org_1".into()),
        ..SsoAuthorizationUrlParams::new(CALLBACK)
    };
    let authkit = client.authkit().pkce_authorization_url(params.clone()).unwrap();
    let sso = client.sso_helpers().pkce_authorization_url(sso_params.clone()).unwrap();
    let mut link = workos::passwordless::CreatePasswordlessSession::new("ada@example.com");
    link.state = state.clone();
    let mut finish = workos::pipes::FinishConnection::new("c", "v");
    finish.state = state;
    for shown in [
        format!("{params:?}"),
        format!("{sso_params:?}"),
        format!("{authkit:?}"),
        format!("{sso:?}"),
        format!("{link:?}"),
        format!("{finish:?}"),
        format!("{params:#?} {sso_params:#?} {authkit:#?} {sso:#?}"),
    ] {
        assert!(!shown.contains("_secret") && shown.contains("<redacted>"), "{shown}");
    }
    assert_eq!(
        format!("{authkit:?}"),
        "AuthKitPkceAuthorizationUrl { url: \"https://api.workos.com/user_management/authorize?\
         <redacted>\", code_verifier: SecretString(\"<redacted>\"), state: \"<redacted>\" }"
    );
    // What is not secret is shown, and so is a missing state.
    let shown = format!("{:?}", AuthKitAuthorizationUrlParams::new(CALLBACK));
    assert!(shown.contains(CALLBACK) && shown.contains("state: None"), "{shown}");
}

#[test]
fn a_state_matches_only_itself() {
    let client = Client::builder().client_id("client_1").build();
    let sign_in = client
        .authkit()
        .pkce_authorization_url(AuthKitAuthorizationUrlParams::new(CALLBACK))
        .unwrap();
    assert!(state_matches(&sign_in.state, parameter(&sign_in.url, "state").unwrap()));
    for at in 0..sign_in.state.len() {
        let mut other = sign_in.state.clone();
        other.replace_range(at..=at, "~");
        assert!(!state_matches(&sign_in.state, &other), "{at}");
        assert!(!state_matches(&sign_in.state, &sign_in.state[..at]), "{at}");
        assert!(!state_matches(&sign_in.state[..at], &sign_in.state), "{at}");
    }
    // A missing cookie, and a callback without a sign-in.
    assert!(!state_matches("", ""));
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()
}

#[test]
fn an_exchange_without_code_or_verifier_is_refused_by_name() {
    let client = Client::builder().client_id("client_1").api_key("sk_1").build();
    for (code, verifier, name) in [("", "v", "code: "), ("c", "", "code_verifier: ")] {
        let params = AuthKitPkceCodeExchangeParams::new(code, verifier);
        let authkit = client.authkit().pkce_code_exchange(params).request().unwrap_err();
        let params = SsoPkceCodeExchangeParams::new(code, verifier);
        let sso = client.sso_helpers().pkce_code_exchange(params).request().unwrap_err();
        for error in [authkit, sso] {
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sso_logout_requests_a_token_and_sends_the_return_url() {
    let script = Scripted::new(|_, _| {
        answer(200, r#"{"logout_url":"https://x.example","logout_token":"tok/1"}"#)
    });
    let sso = script.client().sso_helpers();
    for (return_to, expected) in
        [(Some("https://app.example.com/?a=b"), 2), (Some(""), 1), (None, 1)]
    {
        let params = SsoLogoutUrlParams {
            return_to: return_to.map(Into::into),
            ..SsoLogoutUrlParams::new("prof_1")
        };
        let options = RequestOptions::new()
            .header(http::HeaderName::from_static("x-app"), http::HeaderValue::from_static("1"));
        let url = sso.logout_url_with_options(params, Some(&options)).await.unwrap();
        let (address, pairs) = taken_apart(url.expose());
        assert_eq!(address, "https://api.workos.com/sso/logout");
        assert_eq!(pairs.len(), expected);
        assert_eq!(parameter(url.expose(), "token").unwrap(), "tok/1");
    }
    let request = &script.requests()[0];
    assert_eq!(body(request), json!({"profile_id": "prof_1"}));
    assert_eq!(request.headers["x-app"], "1");
    let error = sso.logout_url(SsoLogoutUrlParams::default()).await.unwrap_err();
    assert!(error.to_string().contains("profile_id"), "{error}");
    assert_eq!(script.count(), 3);
}

fn device(expires_in: f64, interval: Option<f64>) -> DeviceAuthorizationResponse {
    let mut device = DeviceAuthorizationResponse::default();
    device.device_code = SecretString::from("dev_1");
    device.expires_in = expires_in;
    device.interval = interval;
    device
}

fn public(script: &Arc<Scripted>) -> PublicClient {
    PublicClient::builder("client_1").transport(script.clone()).build()
}

#[tokio::test(start_paused = true)]
async fn every_flow_takes_options() {
    let script = Scripted::new(|_, _| answer(400, r#"{"error":"invalid_grant"}"#));
    let client = script.builder().client_id("client_1").build();
    let options = RequestOptions::new()
        .header(http::HeaderName::from_static("x-app"), http::HeaderValue::from_static("1"));
    let options = Some(&options);
    let (authkit, sso) = (client.authkit(), client.sso_helpers());
    let params = AuthKitPkceCodeExchangeParams::new("c", "v");
    authkit.pkce_code_exchange_with_options(params, options).await.unwrap_err();
    authkit.start_device_authorization_with_options(options).await.unwrap_err();
    let device = device(300.0, None);
    authkit.poll_device_code_with_options(&device, options).await.unwrap_err();
    let params = SsoPkceCodeExchangeParams::new("c", "v");
    sso.pkce_code_exchange_with_options(params, options).await.unwrap_err();
    sso.logout_url_with_options(SsoLogoutUrlParams::new("prof_1"), options).await.unwrap_err();
    assert_eq!(script.count(), 5);
    assert!(script.requests().iter().all(|request| request.headers["x-app"] == "1"));
}

#[tokio::test(start_paused = true)]
async fn a_public_client_sends_neither_key_nor_authorization() {
    let script = Scripted::new(|_, _| answer(400, r#"{"error":"invalid_grant"}"#));
    let client = public(&script);
    let params = AuthKitPkceCodeExchangeParams::new("c", "v");
    client.authkit_code_exchange(params).await.unwrap_err();
    client.sso_code_exchange(SsoPkceCodeExchangeParams::new("c", "v")).await.unwrap_err();
    client.refresh(AuthenticateWithRefreshTokenParams::new("rt")).await.unwrap_err();
    client.start_device_authorization().await.unwrap_err();
    client.poll_device_code(&device(300.0, None)).await.unwrap_err();
    assert_eq!(script.count(), 5);
    for request in script.requests() {
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
        assert_eq!(body(&request)["client_id"], "client_1");
        assert!(body(&request).get("client_secret").is_none());
    }
    assert!(client.client().api_key().is_none());
    // A call that needs a key fails before it is sent.
    let error = client.client().organizations().get_organization("org_1").await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Builder, 5));
}

#[test]
fn a_public_client_ignores_the_key_in_the_environment() {
    const TEST: &str = "authkit::a_public_client_ignores_the_key_in_the_environment";
    const MARK: &str = "WORKOS_TEST_INNER";
    if std::env::var_os(MARK).is_none() {
        // Runs again in a process with a key in its environment.
        let variables = [(MARK, "1".to_owned()), ("WORKOS_API_KEY", "sk_live_leak".to_owned())];
        return again_with(TEST, &variables);
    }
    let client = PublicClient::new("client_1");
    assert!(client.client().api_key().is_none());
    let params = AuthKitPkceCodeExchangeParams::new("c", "v");
    let request = client.authkit_code_exchange(params).request().unwrap();
    assert!(!request.headers.contains_key("authorization"));
    assert!(!String::from_utf8_lossy(request.body.as_ref().unwrap()).contains("leak"));
}

/// Counts the sleeps.
struct Waits(TokioRuntime, AtomicUsize);

impl Runtime for Waits {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sleep(duration)
    }
}

#[tokio::test(start_paused = true)]
async fn a_public_client_keeps_the_settings_it_was_built_with() {
    let silent = Scripted::new(|_, _| Say::Never);
    let builder = || PublicClient::builder("client_1").transport(silent.clone());
    let elapsed = async |client: PublicClient| {
        let start = tokio::time::Instant::now();
        let error = client.start_device_authorization().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        start.elapsed().as_secs()
    };
    assert_eq!(elapsed(builder().timeout(Duration::from_secs(2)).max_retries(0).build()).await, 2);
    assert_eq!(elapsed(builder().total_timeout(Duration::from_secs(3)).build()).await, 3);

    let down = Scripted::new(|_, _| answer(503, ""));
    let waits = Arc::new(Waits(TokioRuntime::new(), AtomicUsize::new(0)));
    let client = PublicClient::builder("client_1")
        .transport(down.clone())
        .runtime(waits.clone())
        .user_agent("my-app/1.0")
        .max_retries(1)
        .build();
    let call = client.client().request::<Value>(http::Method::GET, "/public").unauthenticated();
    assert_eq!(call.await.unwrap_err().status(), Some(503));
    assert_eq!(down.count(), 2);
    assert!(waits.1.load(Ordering::Relaxed) > 0);
    let agent = down.requests()[0].headers["user-agent"].to_str().unwrap().to_owned();
    assert!(agent.starts_with("my-app/1.0 workos-rust/"), "{agent}");

    let plain = || PublicClient::builder("client_1").base_url("http://emulator:4100");
    assert!(plain().try_build().unwrap_err().to_string().contains("allow_insecure_http"));
    assert!(plain().allow_insecure_http(true).transport(down).try_build().is_ok());
}

#[test]
fn a_public_client_never_panics_and_says_what_is_wrong() {
    // Without the bundled transports the client has none.
    let client = PublicClient::new("client_1");
    let params = AuthKitAuthorizationUrlParams::new(CALLBACK);
    let url = client.authkit_authorization_url(params.clone());
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    assert!(url.is_ok());
    #[cfg(not(any(feature = "reqwest", feature = "hyper")))]
    assert!(url.unwrap_err().to_string().contains("transport"));

    let builder = PublicClient::builder("client_1").base_url("nonsense");
    assert!(builder.clone().try_build().unwrap_err().to_string().contains("base_url"));
    let error = builder.build().authkit_authorization_url(params).unwrap_err();
    assert!(error.to_string().contains("base_url"), "{error}");
    assert!(PublicClient::builder("").try_build().is_err());
}
