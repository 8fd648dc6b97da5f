//! Whose sign-in a callback completes.

use super::*;

#[tokio::test]
async fn a_code_of_an_attacker_signs_nobody_in() {
    stage!(emulator, app, attacker);
    let callback = begin(&mut attacker, "/login?login_hint=bob%40example.com").await;
    for has_begun in [false, true] {
        for has_session in [false, true] {
            let mut victim = Browser::new(&app, &emulator);
            if has_session {
                victim.cookies.insert("wos-session".into(), session(&emulator, None));
            }
            if has_begun {
                begin(&mut victim, LOGIN).await;
            }
            let before = victim.cookies.clone();
            assert_says_sign_in_again(&victim.get(&callback).await);
            assert_eq!(victim.cookies, before);
            let is = if has_session { "ada@example.com" } else { "" };
            assert_eq!(home(&mut victim).await, is);
        }
    }
    assert_eq!(exchanged(&emulator), 0);
    // The browser that began it completes it.
    assert_eq!(attacker.get(&callback).await.status, StatusCode::SEE_OTHER);
    assert_eq!(home(&mut attacker).await, "bob@example.com");
}

#[tokio::test]
async fn a_code_of_an_attacker_with_the_state_of_the_victim_signs_nobody_in() {
    stage!(emulator, app, attacker);
    let foreign = begin(&mut attacker, "/login?login_hint=bob%40example.com").await;
    let mut victim = Browser::new(&app, &emulator);
    let own = begin(&mut victim, LOGIN).await;
    // Should the state leak, PKCE still tells the codes apart.
    let (code, state) = (parameter(&foreign, "code"), parameter(&own, "state"));
    let answer = victim.get(&format!("/callback?code={code}&state={state}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(home(&mut victim).await, "");
}

#[tokio::test]
async fn a_callback_works_once() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let cookies = browser.cookies.clone();
    assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
    let signed_in = browser.cookies.clone();
    assert_says_sign_in_again(&browser.get(&callback).await);
    assert_eq!((browser.cookies.clone(), exchanged(&emulator)), (signed_in.clone(), 1));
    // Not even with the cookie of the sign-in, in an attacker's hands.
    browser.cookies = cookies;
    let again = browser.get(&callback).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{again:?}");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_callback_without_the_cookie_of_its_own_sign_in_is_refused() {
    stage!(emulator, app, browser);
    let first = begin(&mut browser, LOGIN).await;
    let second = begin(&mut browser, LOGIN).await;
    let [first_name, second_name] =
        [&first, &second].map(|path| verifier_cookie_name(&parameter(path, "state")));
    let both = browser.cookies.clone();
    let one = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
    let genuine = both[&first_name].as_str();
    let short = &genuine[..genuine.len() - 10];
    let sealed_session = session(&emulator, None);
    for (what, cookies) in [
        ("none", Default::default()),
        ("the other one's", one(&second_name, &both[&second_name])),
        ("the other one's under this name", one(&first_name, &both[&second_name])),
        ("one that was cut", one(&first_name, short)),
        ("garbage", one(&first_name, "garbage")),
        ("nothing", one(&first_name, "")),
        ("a session", one(&first_name, &sealed_session)),
        ("under the session's name", one("wos-session", genuine)),
    ] {
        browser.cookies = cookies;
        let answer = browser.get(&first).await;
        assert_says_sign_in_again(&answer);
        assert_eq!(home(&mut browser).await, "", "{what}");
    }
    assert_eq!(exchanged(&emulator), 0);
    browser.cookies = both;
    assert_eq!(browser.get(&first).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_cookie_of_a_sign_in_is_no_session() {
    stage!(emulator, app, browser);
    begin(&mut browser, LOGIN).await;
    let sealed = browser.cookies.values().next().unwrap().clone();
    let mut browser = Browser::with_session(&app, &emulator, sealed);
    let answer = browser.get("/").await;
    assert_eq!(answer.body, "");
    assert_eq!(answer.set_cookies(), [format!("wos-session=; {DELETED}")]);
}

#[tokio::test]
async fn a_changed_state_is_refused() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let (code, state) = (parameter(&callback, "code"), parameter(&callback, "state"));
    let name = verifier_cookie_name(&state);
    let sealed = browser.cookies[&name].clone();
    let mut changed: Vec<String> = (0..state.len())
        .map(|at| {
            let other = if &state[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &state[..at], &state[at + 1..])
        })
        .collect();
    changed.extend([format!("{state}A"), state[1..].to_owned(), state.to_lowercase()]);
    changed.extend([format!("{state}%00"), format!("%20{state}"), "x".repeat(10_000)]);
    for state in changed {
        let decoded = parameter(&format!("/?state={state}"), "state");
        // With the sealed cookie under the name that this state asks for.
        browser.cookies.insert(verifier_cookie_name(&decoded), sealed.clone());
        let answer = browser.get(&format!("/callback?code={code}&state={state}")).await;
        assert_says_sign_in_again(&answer);
        assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "another sign-in's cookie stays");
        browser.cookies.retain(|own, _| *own == name);
    }
    assert_eq!(exchanged(&emulator), 0);
    let both = format!("/callback?code={code}&state={state}&state=another");
    assert_eq!(browser.get(&both).await.status, StatusCode::SEE_OTHER, "the first counts");
}

#[tokio::test]
async fn a_sign_in_ends_after_ten_minutes() {
    for (after, is_in_time) in [(0, true), (599, true), (600, false), (86_400, false)] {
        let (emulator, clock) = (emulator().await, Clock::new());
        let app = app(&auth_at(&emulator, &clock));
        let mut browser = Browser::new(&app, &emulator);
        let callback = begin(&mut browser, &format!("{LOGIN}&return_to=/notes")).await;
        clock.advance(Duration::from_millis(
            after * 1000 - after.min(1) * 500 * u64::from(is_in_time),
        ));
        let answer = browser.get(&callback).await;
        if is_in_time {
            assert_eq!(answer.location(), "/notes", "{after}");
        } else {
            assert_says_sign_in_again(&answer);
            assert!(answer.body.contains("/login?return_to=%2Fnotes"), "{answer:?}");
            assert_eq!(exchanged(&emulator), 0);
        }
        let expected = if is_in_time { vec!["wos-session"] } else { vec![] };
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), expected, "{after}");
    }
}

#[tokio::test]
async fn the_sixth_sign_in_ends_the_oldest_and_no_other() {
    let (emulator, clock) = (emulator().await, Clock::new());
    let app = app(&auth_at(&emulator, &clock));
    let mut browser = Browser::new(&app, &emulator);
    // What cannot be opened goes first.
    browser.cookies.insert("wos-auth-verifier-garbage".into(), "garbage".into());
    let mut callbacks = Vec::new();
    for number in 0..6 {
        clock.advance(Duration::from_secs(1));
        callbacks.push(begin(&mut browser, &format!("{LOGIN}&return_to=/{number}")).await);
        let garbage_is_gone = number >= 4;
        assert_eq!(browser.cookies.contains_key("wos-auth-verifier-garbage"), !garbage_is_gone);
        assert_eq!(browser.cookies.len(), (number + 2).min(5));
    }
    assert_says_sign_in_again(&browser.get(&callbacks[0]).await);
    for (number, callback) in callbacks.iter().enumerate().skip(1) {
        assert_eq!(browser.get(callback).await.location(), format!("/{number}"));
    }
}

#[tokio::test]
async fn five_tabs_complete_in_any_order() {
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 4, 0, 2, 1]] {
        stage!(emulator, app, browser);
        let mut callbacks = Vec::new();
        for number in 0..5 {
            callbacks.push(begin(&mut browser, &format!("{LOGIN}&return_to=/{number}")).await);
        }
        for number in order {
            let answer = browser.get(&callbacks[number]).await;
            assert_eq!(answer.location(), format!("/{number}"), "{order:?}");
        }
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"]);
        assert_eq!(home(&mut browser).await, "ada@example.com");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_plain_text_to_who_began_the_sign_in_and_to_nobody_else() {
    stage!(emulator, app, browser);
    let state = parameter(&begin(&mut browser, LOGIN).await, "state");
    let error = format!("error=access_denied&error_description={}", encoded(MARKUP));

    let forged = browser.get(&format!("/callback?{error}&state=forged")).await;
    assert_says_sign_in_again(&forged);
    assert!(!forged.body.contains("script"), "{forged:?}");
    assert_eq!(browser.cookies.len(), 1);

    let without = browser.get(&format!("/callback?{error}")).await;
    assert_eq!((without.status, without.location()), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(without.body, "");

    let genuine = browser.get(&format!("/callback?{error}&state={state}&code=code_1")).await;
    assert_eq!(genuine.status, StatusCode::FORBIDDEN);
    let text = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;";
    assert!(genuine.body.contains(text) && !genuine.body.contains("<script"), "{genuine:?}");
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    assert_eq!(genuine.header("content-security-policy"), Some(policy));
    assert!(browser.cookies.is_empty(), "the sign-in has ended");
    assert_eq!(exchanged(&emulator), 0);
}

#[tokio::test]
async fn a_callback_that_nobody_began_begins_a_sign_in_and_never_a_session() {
    stage!(emulator, app, browser);
    let code = parameter(&begin(&mut browser, LOGIN).await, "code");
    let mut victim = Browser::new(&app, &emulator);
    for query in [
        "".into(),
        "?".into(),
        format!("?code={code}"),
        format!("?code={code}&state="),
        "?state".into(),
    ] {
        let answer = victim.get(&format!("/callback{query}")).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/login"),
            "{query}"
        );
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
    assert_eq!(exchanged(&emulator), 0);
}

#[tokio::test]
async fn a_planted_session_is_replaced_at_the_sign_in() {
    stage!(emulator, app, browser);
    let new = NewSignIn { user_id: "user_bob".into(), ..Default::default() };
    let bob = emulator.fixtures().sign_in(new).unwrap();
    let bob = workos::helpers::session::seal_session_from_auth_response(bob, &keys()).unwrap();
    for planted in ["wos-session", "wos-session.0", "wos-session.31"] {
        browser.cookies.clear();
        browser.cookies.insert(planted.into(), bob.expose().to_owned());
        let signed_in = browser.sign_in(LOGIN).await;
        assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{signed_in:?}");
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["wos-session"], "{planted}");
        assert_eq!(home(&mut browser).await, "ada@example.com", "{planted}");
        let own = opened(&browser.cookies["wos-session"]);
        assert_ne!(own.refresh_token, opened(bob.expose()).refresh_token);
    }
}

#[tokio::test]
async fn a_sign_in_that_a_hook_refuses_signs_nobody_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).on_sign_in(async |signed_in| {
        assert_eq!(signed_in.response.user.id, "user_ada");
        Err(axum::response::IntoResponse::into_response((StatusCode::FORBIDDEN, "not you")))
    });
    let app = app(&auth);
    let mut browser = Browser::new(&app, &emulator);
    let refused = browser.sign_in(LOGIN).await;
    assert_eq!((refused.status, refused.body.as_str()), (StatusCode::FORBIDDEN, "not you"));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    // Who was signed in stays so.
    let sealed = session(&emulator, None);
    let mut browser = Browser::with_session(&app, &emulator, sealed.clone());
    browser.sign_in(LOGIN).await;
    assert_eq!(browser.cookies.into_iter().collect::<Vec<_>>(), [("wos-session".into(), sealed)]);
}

#[tokio::test]
async fn a_sign_in_ends_no_cookie_of_the_application() {
    stage!(emulator, app, browser);
    browser.cookies.insert("wos-session".into(), session(&emulator, None));
    for name in ["a", "b", "c", "d", "wos-auth", "wos-auth-verifier"] {
        browser.cookies.insert(name.into(), "kept".into());
    }
    let begun = browser.get(LOGIN).await;
    assert_eq!(begun.set_cookies().len(), 1, "{begun:?}");
    assert_eq!(home(&mut browser).await, "ada@example.com");
}

#[tokio::test]
async fn a_session_that_no_browser_keeps_is_an_error() {
    stage!(emulator, app, browser);
    let callback = begin(&mut browser, LOGIN).await;
    let body = serde_json::json!({"user": {"object": "user", "id": "user_ada",
            "email": "ada@example.com", "email_verified": true, "first_name": null,
            "last_name": null, "profile_picture_url": null, "external_id": null,
            "last_sign_in_at": null, "metadata": {},
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"},
        "access_token": "a".repeat(200_000), "refresh_token": "r"});
    emulator.answers().always(Method::POST, "/user_management/authenticate", 200, body);
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    assert!(browser.cookies.is_empty(), "the sign-in has ended");
}

#[tokio::test]
async fn a_hook_that_answers_a_failure_ends_the_sign_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).on_failure(|_| Some(StatusCode::IM_A_TEAPOT));
    let app = app(&auth);
    let mut browser = Browser::new(&app, &emulator);
    let state = parameter(&begin(&mut browser, LOGIN).await, "state");
    let answer = browser.get(&format!("/callback?error=access_denied&state={state}")).await;
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
}
