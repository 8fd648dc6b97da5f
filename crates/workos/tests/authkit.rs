//! The flows of AuthKit and SSO: URLs, PKCE, exchanges, devices, public clients.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Say, Scripted, answer, answer_with, fail, taken_apart, vectors};
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

fn authkit_params(args: &Value) -> AuthKitAuthorizationUrlParams {
    AuthKitAuthorizationUrlParams {
        redirect_uri: text(&args["redirect_uri"]).unwrap(),
        client_id: text(&args["client_id"]),
        provider: text(&args["provider"]).map(Into::into),
        connection_id: text(&args["connection_id"]),
        organization_id: text(&args["organization_id"]),
        state: text(&args["state"]),
        code_challenge: text(&args["code_challenge"]),
        code_challenge_method: text(&args["code_challenge_method"]),
        screen_hint: text(&args["screen_hint"]).map(Into::into),
        login_hint: text(&args["login_hint"]),
        domain_hint: text(&args["domain_hint"]),
        prompt: text(&args["prompt"]),
        max_age: args["max_age"].as_i64(),
        invitation_token: text(&args["invitation_token"]).map(Into::into),
        provider_scopes: serde_json::from_value(args["provider_scopes"].clone()).unwrap(),
        provider_query_params: serde_json::from_value(args["provider_query_params"].clone())
            .unwrap(),
    }
}

fn sso_params(args: &Value) -> SsoAuthorizationUrlParams {
    SsoAuthorizationUrlParams {
        redirect_uri: text(&args["redirect_uri"]).unwrap(),
        client_id: text(&args["client_id"]),
        connection: text(&args["connection"]),
        organization: text(&args["organization"]),
        provider: text(&args["provider"]).map(Into::into),
        domain: text(&args["domain"]),
        state: text(&args["state"]),
        domain_hint: text(&args["domain_hint"]),
        login_hint: text(&args["login_hint"]),
        nonce: text(&args["nonce"]),
        prompt: text(&args["prompt"]),
        provider_scopes: serde_json::from_value(args["provider_scopes"].clone()).unwrap(),
        provider_query_params: serde_json::from_value(args["provider_query_params"].clone())
            .unwrap(),
        code_challenge: text(&args["code_challenge"]),
        code_challenge_method: text(&args["code_challenge_method"]),
    }
}

/// Where the other SDKs send the browser to an error page, but for Node, which refuses to: they name
/// nothing to sign in with. AuthKit's helper adds the hosted page, everything else refuses, too.
const WITHOUT_A_WAY: [&str; 2] = ["url/authkit/redirect-only", "url/sso/redirect-only"];

#[test]
fn urls_are_those_of_the_other_sdks() {
    let mut checked = 0;
    for vector in vectors(include_str!("vectors/urls.json")) {
        let (id, inputs) = (vector["id"].as_str().unwrap(), &vector["inputs"]);
        let base = inputs["base_url"].as_str().unwrap();
        let client_id = inputs["client_id"].as_str().unwrap();
        // A slash at the end of the base makes no difference.
        for base in [base.to_owned(), format!("{base}/")] {
            let client = Client::builder().client_id(client_id).base_url(&base).build();
            let public = PublicClient::with_base_url(client_id, &base);
            let args = &inputs["args"];
            let kind = id.split('/').nth(1).unwrap();
            let urls = match kind {
                _ if WITHOUT_A_WAY.contains(&id) => continue,
                "authkit" => vec![
                    client.user_management().get_authorization_url(authkit_params(args)),
                    client.authkit().authorization_url(authkit_params(args)),
                    public.authkit_authorization_url(authkit_params(args)),
                ],
                "sso" => vec![
                    client.sso().get_authorization_url(sso_params(args)),
                    client.sso_helpers().authorization_url(sso_params(args)),
                    public.sso_authorization_url(sso_params(args)),
                ],
                "session-logout" => {
                    let mut params = GetLogoutUrlParams::new(text(&inputs["session_id"]).unwrap());
                    params.return_to = text(&inputs["return_to"]);
                    vec![client.user_management().get_logout_url(params)]
                }
                "sso-logout" => {
                    let token = text(&inputs["token"]).unwrap();
                    let params = workos::sso::GetLogoutUrlParams::new(token);
                    vec![client.sso().get_logout_url(params)]
                }
                "jwks" => {
                    let url = client.jwks().url().unwrap();
                    assert_eq!(json!(url), vector["expect"]["url"], "{id}");
                    checked += 1;
                    continue;
                }
                other => panic!("unknown kind {other}"),
            };
            for url in urls {
                checked += 1;
                if !vector["expect"]["error"].is_null() {
                    assert_eq!(url.unwrap_err().kind(), ErrorKind::Builder, "{id}");
                    continue;
                }
                let (address, pairs) = taken_apart(&url.unwrap());
                let expect = &vector["expect"];
                let expected =
                    [&expect["base"], &expect["path"]].map(|part| text(part).unwrap()).concat();
                assert_eq!(address, expected, "{id}");
                assert_eq!(json!(pairs), expect["query_pairs_sorted"], "{id}");
            }
        }
    }
    assert!(checked > 100);
}

#[test]
fn r5_a_url_without_client_id_or_redirect_is_refused() {
    let with_id = Client::builder().client_id("client_1").build();
    let without = [Client::builder().build(), Client::builder().client_id(" ").build()];
    let refused = |result: Result<String, Error>, name: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder);
        assert!(error.to_string().contains(name), "{error}");
    };
    for client in &without {
        let params = AuthKitAuthorizationUrlParams::new(CALLBACK);
        refused(client.user_management().get_authorization_url(params.clone()), "client_id");
        refused(client.authkit().authorization_url(params.clone()), "client_id");
        refused(client.authkit().pkce_authorization_url(params).map(|made| made.url), "client_id");
        let params = SsoAuthorizationUrlParams::new(CALLBACK);
        refused(client.sso().get_authorization_url(params.clone()), "client_id");
        refused(client.sso_helpers().authorization_url(params.clone()), "client_id");
        refused(client.sso_helpers().pkce_authorization_url(params).map(|made| made.url), "client");
    }
    refused(with_id.authkit().authorization_url(Default::default()), "redirect_uri");
    refused(with_id.sso_helpers().authorization_url(Default::default()), "redirect_uri");
    let empty = Some(String::new());
    let params = AuthKitAuthorizationUrlParams {
        client_id: empty.clone(),
        ..AuthKitAuthorizationUrlParams::new(CALLBACK)
    };
    refused(with_id.authkit().authorization_url(params), "client_id");
    let params =
        SsoAuthorizationUrlParams { client_id: empty, ..SsoAuthorizationUrlParams::new(CALLBACK) };
    refused(with_id.sso_helpers().authorization_url(params), "client_id");
}

#[test]
fn authkit_opens_its_hosted_page_unless_told_where_to_sign_in() {
    let client = Client::builder().client_id("client_1").build();
    let public = PublicClient::new("client_1");
    let provider = |change: fn(&mut AuthKitAuthorizationUrlParams)| {
        let mut params = AuthKitAuthorizationUrlParams::new(CALLBACK);
        change(&mut params);
        let urls = [
            client.authkit().authorization_url(params.clone()).unwrap(),
            client.authkit().pkce_authorization_url(params.clone()).unwrap().url,
            public.authkit_authorization_url(params.clone()).unwrap(),
            public.authkit_pkce_authorization_url(params).unwrap().url,
        ];
        let providers = urls.map(|url| {
            assert!(
                !url.contains("connection_id=&") && !url.contains("organization_id=&"),
                "{url}"
            );
            parameter(&url, "provider")
        });
        assert!(providers.iter().all(|one| *one == providers[0]), "{providers:?}");
        providers[0].clone()
    };
    let authkit = Some("authkit".to_owned());
    assert_eq!(provider(|_| ()), authkit);
    assert_eq!(provider(|params| params.domain_hint = Some("acme.com".into())), authkit);
    assert_eq!(provider(|params| params.provider = Some("".into())), authkit);
    assert_eq!(provider(|params| params.connection_id = Some(String::new())), authkit);
    assert_eq!(provider(|params| params.organization_id = Some(String::new())), authkit);
    assert_eq!(
        provider(|params| params.provider = Some("GoogleOAuth".into())),
        Some("GoogleOAuth".to_owned())
    );
    assert_eq!(provider(|params| params.connection_id = Some("conn_1".into())), None);
    assert_eq!(provider(|params| params.organization_id = Some("org_1".into())), None);
}

#[test]
fn elsewhere_a_url_that_names_nothing_to_sign_in_with_is_refused() {
    let client = Client::builder().client_id("client_1").build();
    let public = PublicClient::new("client_1");
    let refused = |result: Result<String, Error>, names: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder);
        assert!(
            error.to_string().contains(&format!("{names}: one of them is required")),
            "{error}"
        );
    };
    let empty = || Some(String::new());
    for params in [
        AuthKitAuthorizationUrlParams::new(CALLBACK),
        AuthKitAuthorizationUrlParams {
            provider: Some("".into()),
            connection_id: empty(),
            organization_id: empty(),
            domain_hint: Some("acme.com".into()),
            ..AuthKitAuthorizationUrlParams::new(CALLBACK)
        },
    ] {
        let url = client.user_management().get_authorization_url(params);
        refused(url, "provider, connection_id, organization_id");
    }
    for params in [
        SsoAuthorizationUrlParams::new(CALLBACK),
        SsoAuthorizationUrlParams {
            provider: Some("".into()),
            connection: empty(),
            organization: empty(),
            domain: empty(),
            domain_hint: Some("acme.com".into()),
            ..SsoAuthorizationUrlParams::new(CALLBACK)
        },
    ] {
        let pkce = |made: Result<workos::helpers::sso::SsoPkceAuthorizationUrl, Error>| {
            made.map(|made| made.url)
        };
        for url in [
            client.sso().get_authorization_url(params.clone()),
            client.sso_helpers().authorization_url(params.clone()),
            pkce(client.sso_helpers().pkce_authorization_url(params.clone())),
            public.sso_authorization_url(params.clone()),
            pkce(public.sso_pkce_authorization_url(params)),
        ] {
            refused(url, "connection, organization, provider");
        }
    }
}

#[test]
fn a_client_id_from_a_file_is_taken_without_its_line_break() {
    let public = PublicClient::new("client_1\n");
    let params = || AuthKitAuthorizationUrlParams::new(CALLBACK);
    let url = public.authkit_authorization_url(params()).unwrap();
    assert_eq!(parameter(&url, "client_id").unwrap(), "client_1");
    let client = Client::builder().client_id("client_2").build();
    let params =
        AuthKitAuthorizationUrlParams { client_id: Some("client_1\r\n".into()), ..params() };
    let url = client.authkit().authorization_url(params).unwrap();
    assert_eq!(parameter(&url, "client_id").unwrap(), "client_1");
}

#[test]
fn a_pkce_url_has_the_challenge_of_its_verifier_and_all_that_was_given() {
    let client = Client::builder().client_id("client_1").build();
    for given in [None, Some(""), Some("my state")] {
        let made = client
            .authkit()
            .pkce_authorization_url(AuthKitAuthorizationUrlParams {
                state: given.map(Into::into),
                invitation_token: Some("inv_1".into()),
                prompt: Some("login".into()),
                code_challenge: Some("somebody else's".into()),
                ..AuthKitAuthorizationUrlParams::new(CALLBACK)
            })
            .unwrap();
        assert_eq!(parameter(&made.url, "invitation_token").unwrap(), "inv_1");
        assert_eq!(parameter(&made.url, "prompt").unwrap(), "login");
        let sso = client
            .sso_helpers()
            .pkce_authorization_url(SsoAuthorizationUrlParams {
                state: given.map(Into::into),
                nonce: Some("n".into()),
                organization: Some("org_1".into()),
                ..SsoAuthorizationUrlParams::new(CALLBACK)
            })
            .unwrap();
        assert_eq!(parameter(&sso.url, "nonce").unwrap(), "n");
        let (authkit, sso) =
            ((made.url, made.code_verifier, made.state), (sso.url, sso.code_verifier, sso.state));
        for (url, verifier, state) in [authkit, sso] {
            assert_eq!(verifier.expose().len(), 43);
            let challenge = generate_code_challenge(&verifier);
            assert_eq!(parameter(&url, "code_challenge").unwrap(), challenge);
            assert_eq!(parameter(&url, "code_challenge_method").unwrap(), "S256");
            assert_eq!(parameter(&url, "state").unwrap(), state);
            match given {
                Some("my state") => assert_eq!(state, "my state"),
                _ => assert_eq!(state.len(), 43),
            }
        }
    }
}

#[test]
fn verifiers_and_challenges_are_those_of_the_other_sdks() {
    for vector in vectors(include_str!("vectors/pkce.json")) {
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
    for vector in vectors(include_str!("vectors/pkce_cookies.json")) {
        let state = vector["inputs"]["state"].as_str().unwrap();
        let name = verifier_cookie_name(state);
        assert_eq!(json!(name), vector["expect"]["name"], "{}", vector["id"]);
    }
}

proptest! {
    #[test]
    fn a_verifier_is_of_the_unreserved_alphabet_and_never_the_same(length in 0_usize..200) {
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
fn s7_neither_verifier_nor_code_is_printed() {
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
    let mut link = workos::passwordless::PasswordlessCreateSessionParams::new("ada@example.com");
    link.state = state.clone();
    let mut finish = workos::pipes::DataIntegrationsFinishConnectionRequest::new("c", "v");
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
    // What is no secret is shown, and so is that there is no state.
    let shown = format!("{:?}", AuthKitAuthorizationUrlParams::new(CALLBACK));
    assert!(shown.contains(CALLBACK) && shown.contains("state: None"), "{shown}");
}

#[test]
fn a_state_matches_itself_and_nothing_else() {
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
    // A cookie that is gone, and a callback that nobody asked for.
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
async fn sso_logout_asks_for_a_token_and_says_where_to_go_next() {
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
        let options = RequestOptions::new().header("x-app", "1");
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

const SESSION: &str = r#"{"user":{"object":"user","id":"user_1","email":"ada@example.com",
    "email_verified":true,"first_name":null,"last_name":null,"profile_picture_url":null,
    "last_sign_in_at":null,"external_id":null,"metadata":{},
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"},
    "organization_id":null,"access_token":"at_1","refresh_token":"rt_1"}"#;

fn device(expires_in: f64, interval: Option<f64>) -> DeviceAuthorizationResponse {
    let mut device = DeviceAuthorizationResponse::default();
    device.device_code = SecretString::from("dev_1");
    device.expires_in = expires_in;
    device.interval = interval;
    device
}

fn refusal(code: &str) -> Say {
    answer(400, json!({"error": code, "error_description": "d"}).to_string())
}

/// The user never answers. Silence after more requests than any device may make: what polls for ever
/// fails a test and does not hang it.
fn undecided() -> Arc<Scripted> {
    Scripted::new(|_, before| match before {
        0..1000 => refusal("authorization_pending"),
        _ => Say::Never,
    })
}

fn public(script: &Arc<Scripted>) -> PublicClient {
    PublicClient::builder("client_1").transport(script.clone()).build()
}

fn seconds(script: &Scripted) -> Vec<u64> {
    script.times().iter().map(Duration::as_secs).collect()
}

#[tokio::test(start_paused = true)]
async fn device_polling_ends_as_in_the_vectors() {
    for vector in vectors(include_str!("vectors/device_flow.json")) {
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
async fn slow_down_adds_five_seconds_for_good() {
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
async fn t11_a_hiccup_does_not_end_device_polling() {
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
    // It asks less often the longer it lasts, and as before once there is an answer.
    assert_eq!(seconds(&script), [5, 15, 35, 95, 135, 175, 215, 220]);
}

#[tokio::test(start_paused = true)]
async fn t11_device_polling_ends_when_the_codes_expire() {
    // Longer than any codes last here.
    let bounded = async |script: &Arc<Scripted>, device: DeviceAuthorizationResponse| {
        let polling = public(script).poll_device_code(&device);
        let ended = tokio::time::timeout(Duration::from_secs(3600), polling).await;
        ended.expect("polling goes on after the codes have expired").unwrap_err()
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
    // Nor does a server that is silent or down keep it going.
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

#[tokio::test(start_paused = true)]
async fn l11_every_flow_takes_options() {
    let script = Scripted::new(|_, _| answer(400, r#"{"error":"invalid_grant"}"#));
    let client = script.builder().client_id("client_1").build();
    let options = RequestOptions::new().header("x-app", "1");
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
async fn r2_a_public_client_sends_neither_key_nor_authorization() {
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
    // What needs a key fails before it is sent.
    let error = client.client().organizations().get_organization("org_1").await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Builder, 5));
}

#[test]
fn a_public_client_ignores_the_key_in_the_environment() {
    const MARK: &str = "WORKOS_TEST_INNER";
    if std::env::var_os(MARK).is_none() {
        // Again, in a process with a key in its environment.
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_public_client_ignores_the_key_in_the_environment"])
            .env(MARK, "1")
            .env("WORKOS_API_KEY", "sk_live_leak")
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let client = PublicClient::new("client_1");
    assert!(client.client().api_key().is_none());
    let params = AuthKitPkceCodeExchangeParams::new("c", "v");
    let request = client.authkit_code_exchange(params).request().unwrap();
    assert!(!request.headers.contains_key("authorization"));
    assert!(!String::from_utf8_lossy(request.body.as_ref().unwrap()).contains("leak"));
}

/// Counts how often somebody waits.
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
async fn a_public_client_keeps_to_the_settings_it_was_built_with() {
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
fn l7_a_public_client_never_panics_and_says_what_is_wrong() {
    // Without the bundled transports this is a client without one.
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
