//! Cookies of browsers: nothing that is sent makes reading them panic, and what is set is read.

use std::collections::BTreeMap;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use workos::helpers::cookies::{RequestCookies, SessionCookies};
use workos::helpers::seal::{SealError, SealKeys};
use workos::helpers::sign_in::SignInRequest;
use workos::{Client, SecretString};

fn cookies() -> SessionCookies {
    SessionCookies::new("https://app.example.com/callback")
}

/// The cookies that a browser has.
#[derive(Debug, Clone, Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    fn header(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Does what `Set-Cookie` says, as browsers do.
    fn apply(&mut self, set: &[HeaderValue]) {
        for value in set {
            let text = value.to_str().unwrap();
            let mut parts = text.split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            assert!(name.len() + value.len() <= 4096, "browsers drop it");
            if parts.any(|attribute| attribute == "Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn read(jar: &Jar) -> Result<String, SealError> {
    let header = jar.header();
    cookies().read(&RequestCookies::new([header.as_str()])).map(SecretString::into_inner)
}

/// A value as sealing makes it: printable, and not empty.
fn sealed() -> impl Strategy<Value = String> {
    let length = prop_oneof![1_usize..40_000, 3_795_usize..3_806, 7_590_usize..7_605];
    (length, "[A-Za-z0-9*~_.-]{7}")
        .prop_map(|(length, part)| part.chars().cycle().take(length).collect())
}

/// Cookies of an earlier session, whole or torn, and those of others.
fn leftovers() -> impl Strategy<Value = Jar> {
    let name = prop_oneof![
        Just("wos-session".to_owned()),
        (0_u32..40).prop_map(|number| format!("wos-session.{number}")),
        Just("wos-session.07".to_owned()),
        Just("wos-session.+1".to_owned()),
        Just("wos-session.x".to_owned()),
        "[a-z]{1,8}",
    ];
    let value = prop_oneof!["[a-zA-Z0-9.*~]{1,20}", (0_u32..40).prop_map(|n| format!("{n}.a"))];
    proptest::collection::btree_map(name, value, 0..20).prop_map(Jar)
}

fn is_of_others(name: &str) -> bool {
    !cookies().is_own(name)
}

proptest! {
    #[test]
    fn what_is_set_is_read_whatever_was_there(value in sealed(), mut jar in leftovers()) {
        let (header, before) = (jar.header(), jar.clone());
        let had = RequestCookies::new([header.as_str()]);
        let secret = SecretString::from(value.as_str());
        jar.apply(&cookies().set(&secret, &had).unwrap());
        prop_assert_eq!(read(&jar), Ok(value.clone()));
        // Nothing of the earlier session stays, and all of the others' does.
        let chunks = value.len().div_ceil(3_797);
        let expected = if value.len() <= 3_800 { 1 } else { chunks };
        let own = jar.0.keys().filter(|name| cookies().is_own(name)).count();
        prop_assert_eq!(own, expected);
        let others = |jar: &Jar| -> Vec<_> {
            jar.0.clone().into_iter().filter(|(name, _)| is_of_others(name)).collect()
        };
        prop_assert_eq!(others(&jar), others(&before));

        // It can be replaced by a short one, and deleted.
        let header = jar.header();
        let had = RequestCookies::new([header.as_str()]);
        let mut short = jar.clone();
        short.apply(&cookies().set(&"short".into(), &had).unwrap());
        prop_assert_eq!(read(&short), Ok("short".to_owned()));
        jar.apply(&cookies().clear(&had).unwrap());
        prop_assert_eq!(read(&jar), Ok(String::new()));
        prop_assert!(jar.0.keys().all(|name| is_of_others(name)), "{jar:?}");
    }

    #[test]
    fn a_chunk_that_is_missing_is_noticed(value in "[a-z]{8000,12000}", lost: prop::sample::Index) {
        let mut jar = Jar::default();
        let none = RequestCookies::default();
        jar.apply(&cookies().set(&value.into(), &none).unwrap());
        let name = format!("wos-session.{}", lost.index(jar.0.len()));
        jar.0.remove(&name);
        match read(&jar) {
            Err(SealError::Chunks) => {}
            // Without the first one there is no session at all.
            Ok(read) => prop_assert!(name == "wos-session.0" && read.is_empty()),
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }

    #[test]
    fn no_bytes_of_cookie_headers_make_it_panic(
        headers in vec(
            prop_oneof![
                vec(any::<u8>(), 0..200),
                vec(
                    prop::sample::select(vec![
                        "wos-session", "wos-session.0", "wos-session.1", "wos-auth-verifier-",
                        "wos-auth-verifier-00000000", "=", ";", " ", "\"", "%", "%zz", "%2A", "2.", "ä",
                        "Fe26.2**", "\t", ",",
                    ]),
                    0..30,
                ).prop_map(|parts| parts.concat().into_bytes()),
            ],
            0..4,
        ),
    ) {
        let mut map = HeaderMap::new();
        for bytes in headers {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                map.append(COOKIE, value);
            }
        }
        let had = RequestCookies::from_headers(&map);
        let _ = cookies().read(&had);
        for name in ["", "wos-session", "=", ";", "a"] {
            let _ = had.get(name);
        }
        let _ = format!("{had:?}");
        let set = cookies().set(&"sealed".into(), &had).unwrap();
        let cleared = cookies().clear(&had).unwrap();
        for value in set.iter().chain(&cleared) {
            let own = std::str::from_utf8(value.as_bytes()).unwrap();
            prop_assert!(cookies().is_own(own) && value.is_sensitive(), "{own}");
        }
        // A sign-in can begin whatever cookies there are.
        let client = Client::builder().api_key("sk_test").client_id("client_1").build();
        let keys = SealKeys::new("a cookie password of 32 characters").unwrap();
        let sign_in = client.sign_in("https://app.example.com/callback", &keys);
        let begun = sign_in.begin(SignInRequest::default(), &had);
        prop_assert!(begun.is_ok(), "{begun:?}");
    }

    #[test]
    fn no_text_makes_it_panic(headers in vec(".*", 0..4), name in ".*") {
        let had = RequestCookies::new(headers.iter().map(String::as_str));
        let _ = (had.get(&name), format!("{had:?}"), cookies().is_own(&name));
        let _ = (cookies().read(&had), cookies().clear(&had));
        let _ = cookies().set(&name.as_str().into(), &had);
        if let Ok(named) = cookies().name(name.clone()) {
            let set = named.set(&"sealed".into(), &had);
            prop_assert!(set.is_ok_and(|set| named.is_own(set[0].to_str().unwrap())), "{name:?}");
        }
        let _ = (cookies().domain(name.clone()), SessionCookies::new(name));
    }
}

#[test]
fn each_length_around_the_limit_of_a_cookie_is_read_again() {
    for length in (0..40).chain(3_780..3_820).chain(7_580..7_610).chain([40_000, 121_000]) {
        let value = "x".repeat(length);
        let mut jar = Jar::default();
        let none = RequestCookies::default();
        jar.apply(&cookies().set(&value.as_str().into(), &none).unwrap());
        assert_eq!(read(&jar), Ok(value), "{length}");
    }
}

#[test]
fn debug_output_has_names_only() {
    let had = RequestCookies::new(["wos-session=secret; a=b", "c=\"d\""]);
    assert_eq!(format!("{had:?}"), r#"["wos-session", "a", "c"]"#);
}
