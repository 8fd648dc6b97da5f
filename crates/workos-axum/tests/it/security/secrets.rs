//! What must not show.

use super::*;

#[tokio::test]
async fn the_token_is_handed_out_only_when_asked_for() {
    let emulator = emulator().await;
    let headers = [("sec-fetch-site", "same-origin")];
    let without = Router::new().merge(auth(&emulator).routes());
    let sealed = session(&emulator, None);
    let mut browser = Browser::with_session(&without, &emulator, sealed.clone());
    let answer = browser.send(Method::GET, "/token", &headers).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let with = Router::new().merge(auth(&emulator).token_route().routes());
    let mut browser = Browser::with_session(&with, &emulator, sealed.clone());
    let answer = browser.send(Method::GET, "/token", &headers).await;
    let token = opened(&sealed).access_token;
    assert_eq!(answer.json()["access_token"], token.expose());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.body.contains(opened(&sealed).refresh_token.expose()));

    let expired = session(&emulator, Some(TokenFlaw::Expired));
    let mut browser = Browser::with_session(&with, &emulator, expired);
    let answer = browser.send(Method::GET, "/token", &headers).await;
    let token = opened(&browser.cookies["wos-session"]).access_token;
    assert_eq!(answer.json()["access_token"], token.expose());
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn no_cache_keeps_what_a_sign_in_answers() {
    stage!(emulator, app, browser);
    for path in [LOGIN, "/signup", "/callback?code=a", "/callback?code=a&state=b"] {
        assert_eq!(browser.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn a_step_that_a_sign_in_requires_shows_no_token() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let body = serde_json::json!({"code": "mfa_enrollment", "message": "Another step.",
        "pending_authentication_token": "pending_1",
        "user": {"id": "user_ada", "email": "ada@example.com"}});
    emulator.answers().always(Method::POST, "/user_management/authenticate", 403, body);
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert!(answer.body.contains("<h1>Another step is required</h1>"), "{answer:?}");
    assert!(!answer.body.contains("pending_1"), "{answer:?}");
    assert!(browser.cookies.is_empty());
}

/// All that must not show.
fn secrets_of(sealed: &str) -> Vec<String> {
    let data = opened(sealed);
    vec![
        data.access_token.expose().to_owned(),
        data.refresh_token.expose().to_owned(),
        sealed.to_owned(),
        "a cookie password of 32 characters".to_owned(),
        "sk_test_default".to_owned(),
    ]
}

fn assert_hides(what: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn no_secret_shows_in_debug_output() {
    let emulator = emulator().await;
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let (tell_sign_in, tell_refresh, tell_failure) = (told.clone(), told.clone(), told);
    let auth = auth(&emulator)
        .on_sign_in(move |signed_in| {
            tell_sign_in.send(format!("{signed_in:?} {signed_in:#?}")).unwrap();
            std::future::ready(Ok(()))
        })
        .on_refresh(move |refreshed| tell_refresh.send(format!("{refreshed:?}")).unwrap())
        .on_failure(move |failed| -> Option<StatusCode> {
            tell_failure.send(format!("{failed:?} {failed}")).unwrap();
            None
        });
    let shown = async |auth: Auth, session: Session, user: User, caller: Caller| {
        let rejection = auth.rejection(Reason::SignedOut);
        format!("{auth:?} {:?} {session:?} {user:?} {caller:?} {rejection:?}", auth.kit())
    };
    let app = Router::new().route("/", get(shown)).merge(auth.routes()).layer(auth.layer());

    let mut browser = Browser::new(&app, &emulator);
    let begun = browser.get(LOGIN).await;
    let sealed_sign_in = browser.cookies.values().next().unwrap().clone();
    let pending: serde_json::Value = unseal(&sealed_sign_in, &keys(), Timestamp::now()).unwrap();
    let verifier = pending["codeVerifier"].as_str().unwrap().to_owned();
    let state = pending["state"].as_str().unwrap().to_owned();
    assert!(!begun.location().contains(&verifier) && begun.location().contains(&state));
    let callback = browser.at_workos(begun.location()).await;
    let code = parameter(&callback, "code");
    let completed = browser.get(&callback).await;
    let shown = browser.get("/").await.body;
    browser.get(&callback).await;

    let mut secrets = secrets_of(&browser.cookies["wos-session"]);
    secrets.extend([verifier, state, code]);
    secrets.push(sealed_sign_in);
    assert_hides("Debug of extractors", &shown, &secrets);
    let layer = auth.layer();
    assert_hides("Debug of AuthKit", &format!("{auth:?} {auth:#?} {layer:?}"), &secrets);
    assert_hides("the location of the callback", completed.location(), &secrets);
    assert_hides("the callback", &completed.body, &secrets);

    let mut expired =
        Browser::with_session(&app, &emulator, session(&emulator, Some(TokenFlaw::Expired)));
    let before = expired.cookies["wos-session"].clone();
    let shown = expired.get("/").await.body;
    secrets.extend(secrets_of(&before));
    secrets.extend(secrets_of(&expired.cookies["wos-session"]));
    assert_hides("Debug of a refreshed session", &shown, &secrets);

    let mut count = 0;
    while let Ok(text) = hears.try_recv() {
        assert_hides("what a hook gets", &text, &secrets);
        count += 1;
    }
    assert_eq!(count, 3, "a sign-in, a failure and a refresh");

    let sign_in = auth.client().sign_in(CALLBACK, &keys()).options(RequestOptions::new());
    let request = SignInRequest { custom_state: Some("own state".into()), ..Default::default() };
    let request = SignInRequest {
        authorization: workos::helpers::authkit::AuthKitAuthorizationUrlParams {
            invitation_token: Some("invitation_1".into()),
            state: Some("a state".into()),
            ..Default::default()
        },
        ..request
    };
    let text = format!("{request:?}");
    let own = ["invitation_1", "a state"].map(str::to_owned);
    assert_hides("Debug of a request for a sign-in", &text, &own);
    let begun = sign_in.begin(request, &Default::default()).unwrap();
    let state = parameter(&path_of(&begun.url), "state");
    let sealed = begun.cookies[0].to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    secrets.extend([state, sealed, "invitation_1".to_owned()]);
    assert_hides("Debug of a sign-in", &format!("{sign_in:?} {begun:?}"), &secrets);
    let callback = workos::helpers::sign_in::SignInCallback::from("code=code_1&state=state_1");
    let own = ["code_1", "state_1"].map(str::to_owned);
    assert_hides("Debug of a callback", &format!("{callback:?}"), &own);
}

/// An application may have secrets of its own in the query of a page, such as a reset token.
#[tokio::test]
async fn the_query_of_a_page_does_not_show_in_the_debug_output_of_its_rejection() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let show = async |user: Result<User, workos_axum::Rejection>| format!("{user:?}");
    let app = Router::new().route("/reset", get(show)).layer(auth.layer());
    let shown = Browser::new(&app, &emulator).get("/reset?token=reset_1").await.body;
    assert_hides("Debug of a rejection", &shown, &["reset_1".to_owned()]);
}

#[tokio::test]
async fn no_secret_shows_in_an_error() {
    let emulator = emulator().await;
    let auth = auth(&emulator);
    let app = Router::new()
        .route("/", get(async |_: User| ""))
        .route("/guarded", get(async || "").require(Permission("nobody:has")))
        .merge(auth.routes())
        .layer(auth.layer());
    let sealed = session_in(&emulator, "org_beta", Some(TokenFlaw::Expired));
    for status in [400, 401, 403, 404, 422, 429, 500, 503] {
        emulator.faults().clear();
        let body =
            serde_json::json!({"message": "secret words of the server", "code": "secret_code"});
        let fault = workos_emulator::Fault::status(status).body(body);
        emulator.faults().add(fault.path("/user_management/*"));
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/guarded"),
            (Method::POST, "/switch/org_acme"),
            (Method::POST, "/logout"),
        ] {
            for accept in ["text/html", "application/json"] {
                let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
                let headers = [("accept", accept), ("sec-fetch-site", "same-origin")];
                let answer = browser.send(method.clone(), path, &headers).await;
                let text = format!("{} {:?}", answer.body, answer.headers);
                let mut secrets = secrets_of(&sealed);
                secrets.push("secret".into());
                assert_hides(path, &text, &secrets);
            }
        }
        let mut browser = Browser::new(&app, &emulator);
        emulator.faults().clear();
        let callback = begin(&mut browser, LOGIN).await;
        let body =
            serde_json::json!({"message": "secret words of the server", "code": "secret_code"});
        let fault = workos_emulator::Fault::status(status).body(body);
        emulator.faults().add(fault.path("/user_management/authenticate"));
        let before = browser.cookies.clone();
        let answer = browser.get(&callback).await;
        let state = parameter(&callback, "state");
        assert_hides("the callback", &answer.body, &[state, "secret".into()]);
        // Who may try again keeps what that takes.
        let is_transient = matches!(status, 429 | 500 | 503);
        assert_eq!(answer.status == StatusCode::SERVICE_UNAVAILABLE, is_transient, "{answer:?}");
        assert_eq!(browser.cookies == before, is_transient, "{status}");
        if is_transient {
            emulator.faults().clear();
            assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
        }
    }
}
