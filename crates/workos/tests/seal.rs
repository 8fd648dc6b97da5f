//! Sealed values: those of every SDK open here, and broken ones fail without harm.

#![cfg(feature = "helpers")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use workos::helpers::seal::{
    COOKIE_LIMIT, Layout, SealError, SealKeys, join_cookie, seal, seal_until, split_cookie, unseal,
};
use workos::{SecretString, Timestamp};

const PASSWORD: &str = "a password of 32 characters, yes";
const HEX: &str = "bfbdb77e7beca97804321bb0d878ee4b3b98923d3b49141f12eb742913f48c0a";
const FERNET: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const BASE64: &str = "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=";

const ALL: [(Layout, &str); 6] = [
    (Layout::Iron, PASSWORD),
    (Layout::Fernet, FERNET),
    (Layout::AesGcm, HEX),
    (Layout::RubyV7, PASSWORD),
    (Layout::RubyV6, PASSWORD),
    (Layout::Secretbox, BASE64),
];

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("vectors/sealed_sessions.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn half_a_surrogate_pair_and_a_byte_order_mark_in_a_seal_are_read() {
    let raw = |json: &str| serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
    for (layout, password) in ALL {
        let keys = SealKeys::with_layout(layout, password).unwrap();
        let sealed = seal(&*raw(r#"{"name":"Wren \ud83e"}"#), &keys).unwrap();
        let opened: Value = unseal(sealed.expose(), &keys, Timestamp::now()).unwrap();
        assert_eq!(opened, json!({"name": "Wren \u{fffd}"}), "{layout:?}");
    }
    let keys = SealKeys::new(PASSWORD).unwrap();
    let sealed = seal(&*raw(r#"{"persistent":{"name":"Wren \ud83e"}}"#), &keys).unwrap();
    let legacy = format!("{}~1", sealed.expose().rsplit_once('~').unwrap().0);
    let opened: Value = unseal(&legacy, &keys, Timestamp::now()).unwrap();
    assert_eq!(opened, json!({"name": "Wren \u{fffd}"}));
}

fn layout_of(format: &str) -> Layout {
    match format {
        "iron-fe26.2" => Layout::Iron,
        "fernet" => Layout::Fernet,
        "aes-gcm" => Layout::AesGcm,
        "ruby-v7" => Layout::RubyV7,
        "ruby-v6" => Layout::RubyV6,
        "php-secretbox" => Layout::Secretbox,
        other => panic!("no layout called {other}"),
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_772_366_400_000)
}

#[test]
fn j6_seals_of_every_sdk_open_and_can_be_written() {
    for vector in vectors() {
        let id = &vector["id"];
        let layout = layout_of(vector["format"].as_str().unwrap());
        let password = vector["inputs"]["password"].as_str().unwrap();
        let now = Timestamp::from_millis(vector["inputs"]["now_ms"].as_i64().unwrap());
        let sealed = vector["output"]["sealed"].as_str().unwrap();
        let opened = SealKeys::with_layout(layout, password)
            .and_then(|keys| Ok((unseal::<Value>(sealed, &keys, now)?, keys)));
        if vector["expect"]["unseal"] == "error" {
            assert!(opened.is_err(), "{id}");
            continue;
        }
        let (value, keys) = opened.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(value, vector["expect"]["payload"], "{id}");
        let again = seal(&value, &keys).unwrap();
        assert_eq!(unseal::<Value>(again.expose(), &keys, now), Ok(value), "{id}");
    }
}

#[test]
fn one_set_of_keys_opens_every_layout() {
    let mut keys = SealKeys::new("the password of today, 32 characters").unwrap();
    for (_, password) in ALL {
        keys = keys.or(password).unwrap();
    }
    for (layout, password) in ALL {
        let sealed = seal("hi", &SealKeys::with_layout(layout, password).unwrap()).unwrap();
        assert_eq!(unseal(sealed.expose(), &keys, now()), Ok("hi".to_owned()), "{layout:?}");
    }
}

#[test]
fn the_first_password_seals_and_every_one_opens() {
    let old = SealKeys::new(PASSWORD).unwrap();
    let new = SealKeys::new("another password of 32 characters").unwrap();
    let both = SealKeys::new("another password of 32 characters").unwrap().or(PASSWORD).unwrap();
    let opens = |sealed: &SecretString, keys| unseal::<String>(sealed.expose(), keys, now());
    assert_eq!(opens(&seal("hi", &old).unwrap(), &both), Ok("hi".to_owned()));
    let sealed = seal("hi", &both).unwrap();
    assert_eq!(opens(&sealed, &new), Ok("hi".to_owned()));
    assert_eq!(opens(&sealed, &old), Err(SealError::Invalid));
}

#[test]
fn the_default_is_what_node_reads() {
    let sealed = seal("hi", &SealKeys::new(PASSWORD).unwrap()).unwrap();
    assert!(sealed.expose().starts_with("Fe26.2*1*") && sealed.expose().ends_with("~2"));
}

#[test]
fn j7_a_password_of_the_wrong_length_is_a_configuration_error() {
    let short = "too short";
    for layout in [Layout::Iron, Layout::Fernet, Layout::RubyV7, Layout::RubyV6, Layout::Secretbox]
    {
        let error = SealKeys::with_layout(layout, short).unwrap_err();
        assert!(matches!(error, SealError::Configuration(_)), "{layout:?}: {error}");
        assert!(!error.to_string().contains(short), "{error}");
    }
    let almost = SealKeys::with_layout(Layout::AesGcm, &HEX[1..]).unwrap_err();
    assert!(almost.to_string().contains("63 hex digits"), "{almost}");
    assert!(matches!(SealKeys::new(""), Err(SealError::Configuration(_))));
    let keys = SealKeys::new(PASSWORD).unwrap();
    assert!(matches!(keys.clone().or(""), Err(SealError::Configuration(_))));

    // A good seal and a password that cannot have made it.
    let sealed = seal("hi", &keys).unwrap();
    let weak = SealKeys::with_layout(Layout::AesGcm, "hunter2").unwrap();
    let error = unseal::<String>(sealed.expose(), &weak, now()).unwrap_err();
    assert!(error.to_string().contains("at least 32 characters"), "{error}");
}

#[test]
fn a_seal_expires_with_a_minute_of_tolerance() {
    let keys = SealKeys::new(PASSWORD).unwrap();
    let sealed = seal_until("hi", &keys, now()).unwrap();
    let open = |at| unseal::<String>(sealed.expose(), &keys, at);
    assert!(open(now() + Duration::from_millis(59_999)).is_ok());
    assert_eq!(open(now() + Duration::from_secs(60)), Err(SealError::Expired));

    let fernet = SealKeys::with_layout(Layout::Fernet, FERNET).unwrap();
    let refused = seal_until("hi", &fernet, now()).unwrap_err();
    assert!(matches!(refused, SealError::Configuration(_)));
}

#[test]
fn another_type_than_was_sealed_is_a_payload_error() {
    let keys = SealKeys::new(PASSWORD).unwrap();
    let sealed = seal(&json!({"a": 1}), &keys).unwrap();
    let wrong = unseal::<Vec<u8>>(sealed.expose(), &keys, now());
    assert_eq!(wrong, Err(SealError::Payload));
}

#[test]
fn keys_do_not_print_passwords() {
    let keys = SealKeys::new(PASSWORD).unwrap();
    assert!(!format!("{keys:?}").contains(PASSWORD));
}

fn joined(cookies: &[(String, String)]) -> Result<Option<String>, SealError> {
    let jar: HashMap<_, _> = cookies.iter().cloned().collect();
    join_cookie("s", |name| jar.get(name))
}

#[test]
fn large_cookies_go_in_pieces() {
    let value = "x".repeat(10_000);
    let mut cookies = split_cookie("s", &value, COOKIE_LIMIT);
    let names: Vec<_> = cookies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["s.0", "s.1", "s.2"]);
    assert!(cookies.iter().all(|(_, piece)| piece.len() <= COOKIE_LIMIT));

    cookies.push(("s.3".to_owned(), "left over".to_owned()));
    assert_eq!(joined(&cookies), Ok(Some(value)));
    cookies.remove(1);
    assert_eq!(joined(&cookies), Err(SealError::Chunks));
    for broken in ["", "no number", ".", "0.a", "99999999999999999999.a", "33.a", "-1.a"] {
        assert_eq!(joined(&[("s.0".into(), broken.into())]), Err(SealError::Chunks), "{broken}");
    }
    assert_eq!(joined(&[]), Ok(None));
    assert_eq!(split_cookie("s", "short", COOKIE_LIMIT), [("s".to_owned(), "short".to_owned())]);
}

fn layouts() -> impl Strategy<Value = (Layout, &'static str)> {
    prop::sample::select(ALL.to_vec())
}

proptest! {
    #[test]
    fn what_is_sealed_opens(text in "\\PC{0,80}", (layout, password) in layouts()) {
        let keys = SealKeys::with_layout(layout, password).unwrap();
        let sealed = seal(&text, &keys).unwrap();
        prop_assert_eq!(unseal::<String>(sealed.expose(), &keys, now()), Ok(text));
    }

    #[test]
    fn no_text_makes_it_panic(
        start in prop::sample::select(vec!["", "Fe26.2*1*", "Fe26.2*1*a*AAAAAAAAAAAAAAAAAAAAAA*", "gAAAAA", "AQ"]),
        text in "[a-zA-Z0-9+/=*~_.-]{0,120}|\\PC{0,60}",
        (layout, password) in layouts(),
    ) {
        let keys = SealKeys::with_layout(layout, password).unwrap();
        let sealed = start.to_owned() + &text;
        prop_assert!(unseal::<Value>(&sealed, &keys, now()).is_err());
    }

    /// Also cut off and with bytes changed.
    #[test]
    fn a_changed_seal_never_opens(
        (layout, password) in layouts(), at in any::<prop::sample::Index>(), flip in 1u8..128,
    ) {
        let keys = SealKeys::with_layout(layout, password).unwrap();
        let sealed = seal("attack at dawn", &keys).unwrap();
        let body = sealed.expose().trim_end_matches("~2").trim_end_matches('=');
        let mut bytes = body.as_bytes().to_vec();
        // The last character has unused bits.
        let at = at.index(bytes.len() - 1);
        prop_assert!(unseal::<Value>(&body[..at], &keys, now()).is_err());
        bytes[at] ^= flip;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(unseal::<Value>(&text, &keys, now()).is_err());
        }
    }

    #[test]
    fn pieces_join_again(value in "\\PC{0,300}", limit in 60usize..200) {
        let cookies = split_cookie("s", &value, limit);
        prop_assert!(cookies.iter().all(|(_, piece)| piece.len() <= limit));
        prop_assert_eq!(joined(&cookies), Ok(Some(value).filter(|value| !value.is_empty())));
    }

    #[test]
    fn no_pieces_make_it_panic(pieces in prop::collection::vec("\\PC{0,8}|[0-9]{0,3}\\.a", 0..4)) {
        let cookies: Vec<_> = pieces.into_iter().enumerate()
            .map(|(index, piece)| (format!("s.{index}"), piece)).collect();
        let _ = joined(&cookies);
    }
}
