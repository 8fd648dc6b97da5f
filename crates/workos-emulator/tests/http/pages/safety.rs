//! What pages do about time, other tabs, other sites and hostile input.

use super::*;

#[tokio::test]
async fn a_sign_in_that_takes_too_long_ends() {
    let emulator = interactive().await;
    ada(&emulator).await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    emulator.clock().advance(Duration::from_secs(30 * 60 - 1));
    browser.submit("email", &[("email", ADA)]).await;
    assert_eq!(browser.heading(), "Enter your password");
    emulator.clock().advance(Duration::from_secs(1));
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!((browser.status, browser.heading()), (400, "You cannot sign in"));
    let message = "This sign-in has ended or taken too long. Start again at the application.";
    assert_eq!(browser.problem(), message);
    assert_eq!(browser.cookies, BTreeMap::new());
}

#[tokio::test]
async fn a_form_without_the_cookie_of_its_sign_in_does_nothing() {
    let emulator = interactive().await;
    ada(&emulator).await;
    let theirs = Browser::at(&emulator, "provider=authkit").await;
    let mut ours = Browser::at(&emulator, "provider=authkit").await;
    // Another site knows its own token at best, and no cookie comes with it.
    let token = theirs.token();
    let body = encoded(&[("token", &token), ("email", ADA)]);
    for cookies in [ours.cookies.clone(), BTreeMap::new()] {
        let mut browser = Browser { cookies, ..Browser::new(&emulator) };
        browser.send("POST", "/authkit/email", body.clone()).await;
        assert_eq!((browser.status, browser.heading()), (403, "You cannot sign in"));
        let message = "This form belongs to a sign-in that this browser did not begin.";
        assert_eq!(browser.problem(), message);
    }
    let mut without_token = Browser { cookies: ours.cookies.clone(), ..Browser::new(&emulator) };
    without_token.send("POST", "/authkit/email", encoded(&[("email", ADA)])).await;
    assert_eq!(without_token.status, 403);
    ours.submit("email", &[("email", ADA)]).await;
    assert_eq!(ours.heading(), "Enter your password");
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let emulator = interactive().await;
    ada(&emulator).await;
    let mut browser = Browser::at(&emulator, "provider=authkit&state=one").await;
    let first = browser.page.clone();
    browser.open(&format!("/user_management/authorize?{REDIRECT}&provider=authkit")).await;
    browser.page = first;
    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.brought_back()[1], ("state".to_owned(), "one".to_owned()));
    assert_eq!(browser.cookies.len(), 1);
}

#[tokio::test]
async fn a_form_of_an_earlier_page_shows_where_the_sign_in_is() {
    let emulator = interactive().await;
    ada(&emulator).await;
    let mut browser = Browser::at(&emulator, "provider=authkit&screen_hint=sign-up").await;
    let earlier = browser.page.clone();
    let fields = [("email", "bob@example.com"), ("password", PASSWORD)];
    browser.submit("sign-up", &fields).await;
    browser.page = earlier;
    browser.submit("sign-up", &fields).await;
    assert_eq!((browser.status, browser.heading()), (200, "Verify your email address"));
}

#[tokio::test]
async fn hostile_parameters_are_shown_as_text() {
    let emulator = interactive().await;
    let query = encoded(&[("provider", "authkit"), ("state", HOSTILE), ("login_hint", HOSTILE)]);
    let mut browser = Browser::at(&emulator, &query).await;
    assert!(browser.page.contains("&quot;&gt;&lt;script&gt;"), "{}", browser.page);
    for action in ["none", "email", "sign-up"] {
        if action != "none" {
            browser.submit(action, &[("email", HOSTILE), ("first_name", HOSTILE)]).await;
            assert_eq!(browser.status, 400);
        }
        assert!(!browser.page.contains("<script"), "{}", browser.page);
        if action == "email" {
            browser.submit("start", &[("to", "sign-up")]).await;
        }
    }
    let provider = encoded(&[("provider", HOSTILE)]);
    assert!(!Browser::at(&emulator, &provider).await.page.contains("<script"));
    let mut browser = Browser::new(&emulator);
    browser.open(&format!("/device?{}", encoded(&[("user_code", HOSTILE)]))).await;
    assert_eq!(browser.heading(), "Connect a device");
    assert!(!browser.page.contains("<script"), "{}", browser.page);
}

#[tokio::test]
async fn pages_are_neither_kept_nor_framed_and_run_nothing() {
    let emulator = interactive().await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    let cookie = browser.last.as_ref().unwrap().header("set-cookie").to_owned();
    let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/authkit/", "Max-Age=1800", "HttpOnly", "SameSite=Lax"]);
    browser.submit("email", &[("email", "nobody")]).await;
    let refused = browser.last.take();
    browser.open("/user_management/authorize?client_id=x").await;
    assert_eq!((browser.status, browser.heading()), (422, "You cannot sign in"));
    for response in [refused, browser.last.take()] {
        let response = response.unwrap();
        let style = "default-src 'none'; style-src 'sha256-";
        assert!(response.header("content-security-policy").starts_with(style));
        let fixed = ["content-type", "cache-control", "x-frame-options", "referrer-policy"]
            .map(|name| response.header(name));
        assert_eq!(fixed, ["text/html; charset=utf-8", "no-store", "DENY", "no-referrer"]);
    }
}

#[tokio::test]
async fn without_interaction_there_are_no_pages() {
    let emulator = Emulator::start().await.unwrap();
    let mut browser = Browser::new(&emulator);
    for path in ["/invite", "/reset-password"] {
        browser.open(path).await;
        assert_eq!(browser.status, 501, "{path}");
    }
    browser.send("POST", "/authkit/email", String::new()).await;
    assert_eq!(browser.status, 501);
}
