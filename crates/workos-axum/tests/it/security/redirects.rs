//! Where a browser is sent.

use super::*;

/// Where browsers would leave the application for.
const ELSEWHERE: [&str; 52] = [
    "//evil.test",
    "///evil.test",
    "////evil.test/%2f..",
    "/\\evil.test",
    "\\/evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "/a\\..\\..\\\\evil.test",
    "//evil.test/..;/",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "/\r\n//evil.test",
    "\t//evil.test",
    "\u{0}//evil.test",
    "/\u{0}/evil.test",
    "/\u{b}/evil.test",
    "/\u{7f}/evil.test",
    "/\u{85}/evil.test",
    " //evil.test",
    " /a",
    "https://evil.test",
    "http://evil.test",
    "HTTPS://EVIL.TEST",
    "https:evil.test",
    "https:/evil.test",
    "https:\\\\evil.test",
    "https:///evil.test",
    "ht\ntps://evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://evil.test/x",
    "file:///etc/passwd",
    "ftp://evil.test",
    "mailto:a@evil.test",
    "about:blank",
    "//localhost:3000@evil.test",
    "//user:pass@evil.test",
    "http://localhost:3000@evil.test/",
    "http://localhost:3000.evil.test/",
    "localhost:3000",
    "evil.test",
    ".evil.test",
    "@evil.test",
    "%2f%2fevil.test",
    "?next=//evil.test",
    "#//evil.test",
    "//[::1]/",
    "",
];

/// What stays, and how the browser is sent there.
const HERE: [(&str, &str); 9] = [
    ("/", "/"),
    ("/notes?page=2&sort=a%20b#top", "/notes?page=2&sort=a%20b#top"),
    ("/a b/\u{e4}\"<x>", "/a%20b/%C3%A4%22%3Cx%3E"),
    ("/%2F/evil.test", "/%2F/evil.test"),
    ("/%0d%0aSet-Cookie:x=1", "/%0d%0aSet-Cookie:x=1"),
    ("/a//b", "/a//b"),
    ("/@evil.test", "/@evil.test"),
    ("/.evil.test", "/.evil.test"),
    ("/\u{2028}/evil.test", "/%E2%80%A8/evil.test"),
];

#[tokio::test]
async fn no_return_to_leads_out_of_a_sign_in() {
    stage!(emulator, app, _browser);
    let elsewhere = ELSEWHERE.map(|path| (path, "/"));
    for (path, expected) in elsewhere.into_iter().chain(HERE) {
        let mut browser = Browser::new(&app, &emulator);
        let answer = browser.sign_in(&format!("{LOGIN}&return_to={}", encoded(path))).await;
        let redirect = (answer.status, answer.location());
        assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{path:?}");
    }
}

#[tokio::test]
async fn no_return_to_and_no_referrer_leads_out_of_a_switch() {
    stage!(emulator, app, _browser);
    let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
    let elsewhere = ELSEWHERE.map(|path| (path, "/"));
    for (path, expected) in elsewhere.into_iter().chain(HERE) {
        let switch = format!("/switch/org_acme?return_to={}", encoded(path));
        let answer = browser.post(&switch).await;
        let redirect = (answer.status, answer.location());
        assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{path:?}");

        let on_the_page = format!("http://localhost:3000{path}");
        for (referrer, expected) in [(path, "/"), (&*on_the_page, expected)] {
            // Others cannot be sent.
            let Ok(_) = HeaderValue::try_from(referrer) else { continue };
            if !referrer.is_ascii() {
                continue;
            }
            let headers =
                [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", referrer)];
            let answer = browser.send(Method::POST, "/switch/org_acme", &headers).await;
            let redirect = (answer.status, answer.location());
            assert_eq!(redirect, (StatusCode::SEE_OTHER, expected), "{referrer:?}");
        }
    }
}

#[tokio::test]
async fn no_path_of_the_application_leads_out_of_it() {
    stage!(emulator, app, browser);
    for (path, expected) in [
        ("//evil.test/", "/login"),
        ("///evil.test/", "/login"),
        ("/\\evil.test/", "/login"),
        ("/a//evil.test", "/login?return_to=%2Fa%2F%2Fevil.test"),
        ("/a?next=https://evil.test", "/login?return_to=%2Fa%3Fnext%3Dhttps%3A%2F%2Fevil.test"),
        ("/a?b&max_age=0", "/login?return_to=%2Fa%3Fb%26max_age%3D0"),
    ] {
        let Ok(_) = path.parse::<http::Uri>() else { continue };
        assert_eq!(browser.get(path).await.location(), expected, "{path}");
    }
}

#[tokio::test]
async fn nobody_returns_to_a_route_of_the_sign_in() {
    let emulator = emulator().await;
    let auth = auth(&emulator).prefix("/auth").unwrap();
    let app = Router::new().merge(auth.routes()).layer(auth.layer());
    for path in [
        "/auth/login",
        "/auth/login?return_to=/auth/login",
        "/auth/signup#a",
        "/auth/logout",
        "/auth/token?a=b",
        "/callback?code=a&state=b",
    ] {
        let mut browser = Browser::new(&app, &emulator);
        let login = format!("/auth{LOGIN}&return_to={}", encoded(path));
        assert_eq!(browser.sign_in(&login).await.location(), "/", "{path}");
    }
}

#[tokio::test]
async fn no_return_to_leads_out_of_a_sign_out_but_by_workos() {
    stage!(emulator, app, browser);
    begin(&mut browser, LOGIN).await;
    let of_sign_in = browser.cookies.values().next().unwrap().clone();
    let logout = "/logout?return_to=https%3A%2F%2Fevil.test";
    for planted in ["", "garbage", &of_sign_in] {
        let mut browser = Browser::with_session(&app, &emulator, planted.into());
        assert_eq!(browser.post(logout).await.location(), "/", "{planted}");
    }
    assert_eq!(Browser::new(&app, &emulator).post(logout).await.location(), "/");
    // WorkOS knows where an application may send people.
    let mut browser = Browser::with_session(&app, &emulator, session(&emulator, None));
    let location = browser.post(logout).await.location().to_owned();
    let of_workos = "http://localhost/user_management/sessions/logout?";
    assert!(location.starts_with(of_workos), "{location}");
    assert_eq!(parameter(&location, "return_to"), "https://evil.test");
}
