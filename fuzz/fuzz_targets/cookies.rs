//! Cookies of requests, and the callbacks of sign-ins: the session is read as it was set, whatever
//! else is there, and nothing is exchanged for a state that this browser did not begin with.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use workos::SecretString;
use workos::helpers::cookies::{RequestCookies, SessionCookies};
use workos::helpers::seal::SealKeys;
use workos::helpers::sign_in::{SignIn, SignInFailure, SignInRequest, safe_return_path};
use workos_fuzz::{answer, client, line, mode, ready};

const REDIRECT_URI: &str = "https://app.example.com/callback";

static EXCHANGES: AtomicUsize = AtomicUsize::new(0);
static COOKIES: LazyLock<SessionCookies> = LazyLock::new(|| SessionCookies::new(REDIRECT_URI));
static SIGN_IN: LazyLock<SignIn> = LazyLock::new(|| {
    let (builder, _) = client(|_| {
        EXCHANGES.fetch_add(1, Ordering::Relaxed);
        answer(400, HeaderMap::new(), r#"{"error":"invalid_grant"}"#)
    });
    let keys = SealKeys::new("a cookie password of 32 characters").unwrap();
    builder.build().sign_in(REDIRECT_URI, &keys)
});

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 4) else { return };
    match mode {
        0 => foreign(rest),
        1 => round_trip(rest),
        2 => callback(rest),
        _ => return_path(rest),
    }
});

/// Each line is a `Cookie` header.
fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    headers
}

fn text(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap()
}

fn foreign(lines: &[u8]) {
    let headers = headers(lines);
    let had = RequestCookies::from_headers(&headers);
    let _ = COOKIES.read(&had);
    let set = COOKIES.set(&"sealed".into(), &had).unwrap();
    assert_eq!(text(&set[0]).split(';').next(), Some("wos-session=sealed"));
    let cleared = COOKIES.clear(&had).unwrap();
    assert!(set.iter().chain(&cleared).all(|value| COOKIES.is_own(text(value))));
    // What deletes the session deletes all of it.
    let gone: Vec<_> = cleared.iter().map(|value| text(value).split('=').next().unwrap()).collect();
    for number in 0..32 {
        let name = format!("wos-session.{number}");
        assert_eq!(had.get(&name).is_some(), gone.contains(&name.as_str()), "{name}");
    }
    let begun = SIGN_IN.begin(SignInRequest::default(), &had).unwrap();
    let (new, evicted) = begun.cookies.split_last().unwrap();
    assert!(text(new).starts_with("wos-auth-verifier-"));
    assert!(evicted.iter().all(|value| text(value).starts_with("wos-auth-verifier-")));
}

/// The first line is the session, the others are the cookies before it.
fn round_trip(data: &[u8]) {
    let (value, rest) = line(data);
    let before = headers(rest);
    let had = RequestCookies::from_headers(&before);
    let is_sealed = |byte: &u8| byte.is_ascii_graphic() && !b"\",;\\%".contains(byte);
    let value: Vec<u8> = value.iter().copied().filter(is_sealed).cycle_up_to(20_000);
    let value = String::from_utf8(value).unwrap();
    let set = COOKIES.set(&SecretString::from(value.as_str()), &had).unwrap();
    let mut jar = BTreeMap::new();
    for header in before.get_all(COOKIE) {
        for pair in text_or_empty(header).split(';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            jar.entry(name.trim()).or_insert(value.trim());
        }
    }
    for cookie in &set {
        let (name, rest) = text(cookie).split_once('=').unwrap();
        let (value, attributes) = rest.split_once("; ").unwrap();
        if attributes.contains("Max-Age=0;") {
            jar.remove(name);
        } else {
            jar.insert(name, value);
        }
    }
    let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let had = RequestCookies::new(pairs.iter().map(String::as_str));
    assert_eq!(COOKIES.read(&had).unwrap().expose(), value);
}

fn text_or_empty(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap_or_default()
}

/// Bytes repeated: the way to a large session from a small input.
trait CycleUpTo: Iterator<Item = u8> + Sized {
    fn cycle_up_to(self, length: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.collect();
        let times = usize::from(bytes.first().copied().unwrap_or_default());
        bytes.repeat(times.clamp(1, (length / bytes.len().max(1)).max(1)))
    }
}

impl<I: Iterator<Item = u8>> CycleUpTo for I {}

/// A query, in which `STATE` is the state of the sign-in.
fn callback(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let request = SignInRequest { return_path: Some("/notes".into()), ..Default::default() };
    let begun = SIGN_IN.begin(request, &RequestCookies::default()).unwrap();
    let (_, state) = begun.url.split_once("&state=").unwrap();
    let state = state.split('&').next().unwrap();
    let cookie = text(&begun.cookies[0]).split(';').next().unwrap();
    let had = RequestCookies::new([cookie]);
    let exchanges = EXCHANGES.load(Ordering::Relaxed);

    let query = query.replace("STATE", state);
    let failed = ready(SIGN_IN.complete(query.as_str(), &had)).unwrap_err();
    let is_own = query.contains(state);
    let has_asked = EXCHANGES.load(Ordering::Relaxed) > exchanges;
    match failed.reason {
        SignInFailure::NotBegun | SignInFailure::AnotherBrowser => {
            assert!(!has_asked && failed.return_path.is_none());
        }
        SignInFailure::Refused { .. } => assert!(is_own && !has_asked),
        SignInFailure::Failed(_) => assert!(is_own && has_asked),
        reason => panic!("{reason:?}"),
    }
}

fn return_path(data: &[u8]) {
    let Ok(path) = std::str::from_utf8(data) else { return };
    let Some(safe) = safe_return_path(path) else { return };
    assert!(safe.starts_with('/') && !safe.starts_with("//"), "{safe}");
    assert!(safe.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{safe}");
    assert_eq!(safe_return_path(&safe), Some(safe));
}
