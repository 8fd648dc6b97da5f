//! Sealed values: seals of every SDK open here, and broken ones fail cleanly.

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
    let file: Value =
        serde_json::from_str(include_str!("../vectors/sealed_sessions.json")).unwrap();
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

/// The keys that open a vector. Go accepts short passwords; here they can only open.
fn keys_of(id: &str, layout: Layout, password: &str) -> Result<SealKeys, SealError> {
    match id {
        "sealed/go/short-password" => SealKeys::with_layout(layout, HEX)?.or_weak(password),
        _ => SealKeys::with_layout(layout, password),
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_772_366_400_000)
}

#[test]
fn seals_of_every_sdk_open_and_can_be_written() {
    for vector in vectors() {
        let id = &vector["id"];
        let layout = layout_of(vector["format"].as_str().unwrap());
        let password = vector["inputs"]["password"].as_str().unwrap();
        let now = Timestamp::from_millis(vector["inputs"]["now_ms"].as_i64().unwrap());
        let sealed = vector["output"]["sealed"].as_str().unwrap();
        let opened = keys_of(vector["id"].as_str().unwrap(), layout, password)
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
fn the_first_password_seals_and_all_passwords_open() {
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
fn a_password_of_the_wrong_length_is_a_configuration_error() {
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
    let sealed = seal("hi", &SealKeys::with_layout(Layout::Fernet, FERNET).unwrap()).unwrap();
    let error = unseal::<String>(sealed.expose(), &keys, now()).unwrap_err();
    assert!(
        error.to_string().contains("Layout::Fernet: expected 32 bytes in base64url"),
        "{error}"
    );
    // With a password that could have made it, but has not, it is just another seal.
    let keys = keys.or(FERNET.replace('c', "d")).unwrap();
    assert_eq!(unseal::<String>(sealed.expose(), &keys, now()), Err(SealError::Invalid));
}

#[test]
fn keys_show_their_layout_and_not_their_passwords() {
    let keys = SealKeys::new(PASSWORD).unwrap().or(FERNET).unwrap();
    assert_eq!(format!("{keys:?}"), "SealKeys { layout: Iron, passwords: 2 }");
}

#[test]
fn a_password_has_at_least_32_characters_in_every_layout() {
    let configuration = |result: Result<SealKeys, SealError>| match result {
        Err(SealError::Configuration(message)) => message,
        other => panic!("{other:?}"),
    };
    let keys = || SealKeys::new(PASSWORD).unwrap();
    for short in ["", "\n", "x", "hunter2", &PASSWORD[1..], &HEX[..31], &"ü".repeat(15)] {
        for layout in ALL.map(|(layout, _)| layout) {
            let message = configuration(SealKeys::with_layout(layout, short));
            assert!(message.contains(&format!("{layout:?}")), "{message}");
            assert!(short.len() < 3 || !message.contains(short), "{message}");
        }
        let message = configuration(keys().or(short));
        assert!(message.contains("at least 32 characters"), "{message}");
    }
    for (layout, good) in ALL.into_iter().chain([(Layout::AesGcm, PASSWORD), (Layout::Iron, HEX)]) {
        SealKeys::with_layout(layout, good).unwrap();
        keys().or(good).unwrap();
    }
    // The keys of Ruby are counted in bytes.
    let in_bytes = "ü".repeat(16);
    SealKeys::with_layout(Layout::RubyV6, in_bytes.clone()).unwrap();
    keys().or(in_bytes).unwrap();
}

#[test]
fn a_short_password_opens_seals_of_go_only_if_declared_weak() {
    let vectors = vectors();
    let vector = vectors.iter().find(|one| one["id"] == "sealed/go/short-password").unwrap();
    let sealed = vector["output"]["sealed"].as_str().unwrap();
    let open = |keys: &SealKeys| unseal::<Value>(sealed, keys, now());
    let keys = SealKeys::with_layout(Layout::AesGcm, HEX).unwrap();
    assert_eq!(open(&keys), Err(SealError::Invalid));
    let keys = keys.or_weak("hunter2\n").unwrap();
    assert_eq!(open(&keys).as_ref(), Ok(&vector["expect"]["payload"]));
    // It never seals.
    let without = SealKeys::with_layout(Layout::AesGcm, HEX).unwrap();
    let again = seal("hi", &keys).unwrap();
    assert_eq!(unseal(again.expose(), &without, now()), Ok("hi".to_owned()));
    assert!(matches!(without.or_weak("\r\n"), Err(SealError::Configuration(_))));
}

#[test]
fn a_line_break_after_a_password_is_not_part_of_it() {
    for (layout, password) in ALL {
        let plain = SealKeys::with_layout(layout, password).unwrap();
        let sealed = seal("hi", &plain).unwrap();
        for end in ["\n", "\r\n", "\n\n"] {
            let from_file = SealKeys::with_layout(layout, format!("{password}{end}")).unwrap();
            let opened = unseal(sealed.expose(), &from_file, now());
            assert_eq!(opened, Ok("hi".to_owned()), "{layout:?} {end:?}");
            let again = seal("hi", &from_file).unwrap();
            assert_eq!(unseal(again.expose(), &plain, now()), Ok("hi".to_owned()), "{layout:?}");
            let other = SealKeys::new("another password of 32 characters").unwrap();
            let rotated = other.or(format!("{password}{end}")).unwrap();
            let opened = unseal(sealed.expose(), &rotated, now());
            assert_eq!(opened, Ok("hi".to_owned()), "{layout:?} {end:?}");
        }
    }
    // Nor does it make a short one long enough; whitespace before or inside is part of a password.
    let short = format!("{}\n", &PASSWORD[1..]);
    assert!(matches!(SealKeys::new(short), Err(SealError::Configuration(_))));
    let sealed = seal("hi", &SealKeys::new(format!(" {PASSWORD} ")).unwrap()).unwrap();
    let plain = SealKeys::new(PASSWORD).unwrap();
    assert_eq!(unseal::<String>(sealed.expose(), &plain, now()), Err(SealError::Invalid));
}

/// The bytes of a seal, in either base64 alphabet.
fn bytes_of(text: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let digits: Vec<_> = text.trim_end_matches('=').bytes().map(digit).collect();
    let group = |four: &[u8]| {
        let number = (0..4).fold(0u32, |n, at| n << 6 | u32::from(*four.get(at).unwrap_or(&0)));
        number.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

/// With a repeated nonce, two seals reveal the difference of their contents, and with AES-GCM allow
/// forging others.
#[test]
fn every_seal_has_its_own_random_parts() {
    for (layout, password) in ALL {
        let keys = SealKeys::with_layout(layout, password).unwrap();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..4 {
            let sealed = seal("hi", &keys).unwrap();
            let sealed = sealed.expose();
            let parts: Vec<_> = match layout {
                Layout::Iron => {
                    let parts: Vec<_> = sealed.split('*').collect();
                    assert_eq!((parts[2].len(), parts[6].len()), (64, 64));
                    vec![parts[2].into(), bytes_of(parts[3]), parts[6].into()]
                }
                Layout::Fernet => vec![bytes_of(sealed)[9..25].to_vec()],
                Layout::RubyV7 => vec![bytes_of(sealed)[1..13].to_vec()],
                Layout::Secretbox => vec![bytes_of(sealed)[..24].to_vec()],
                _ => vec![bytes_of(sealed)[..12].to_vec()],
            };
            for part in parts {
                assert!(part.iter().any(|byte| *byte != part[0]), "{layout:?}: {part:?}");
                assert!(seen.insert(part), "{layout:?}: the same part twice");
            }
        }
    }
}

#[test]
fn a_lone_persistent_member_is_unwrapped_only_in_another_version() {
    let keys = SealKeys::new(PASSWORD).unwrap();
    let inner = json!({"n": 1});
    let wrapped = json!({"persistent": inner});
    let more = json!({"persistent": inner, "access_token": "t"});
    let open = |value: &Value, version: &str| {
        let sealed = seal(value, &keys).unwrap();
        let sealed = sealed.expose().strip_suffix("~2").unwrap().to_owned() + version;
        unseal::<Value>(&sealed, &keys, now()).unwrap()
    };
    for version in ["~1", "~3", "~0", "~02147"] {
        assert_eq!(open(&wrapped, version), inner, "{version}");
        for whole in [&more, &inner, &json!({}), &json!([inner]), &json!("persistent")] {
            assert_eq!(open(whole, version), *whole, "{version}");
        }
    }
    for version in ["~2", "~02", "", "~x"] {
        for whole in [&wrapped, &more] {
            assert_eq!(open(whole, version), *whole, "{version}");
        }
    }
    // Only iron has versions.
    let keys = SealKeys::with_layout(Layout::Fernet, FERNET).unwrap();
    let sealed = seal(&wrapped, &keys).unwrap();
    assert_eq!(unseal(sealed.expose(), &keys, now()), Ok(wrapped));
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
fn a_different_type_than_was_sealed_is_a_payload_error() {
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
fn large_cookies_are_split_into_chunks() {
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

#[test]
fn more_than_32_chunks_are_refused() {
    for (count, joins) in [(32, true), (33, false)] {
        let value = "x".repeat(57 * count);
        let cookies = split_cookie("s", &value, 60);
        assert_eq!(cookies.len(), count);
        let expected = if joins { Ok(Some(value)) } else { Err(SealError::Chunks) };
        assert_eq!(joined(&cookies), expected, "{count}");
    }
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

    /// Truncated, and with changed bytes.
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
    fn chunks_join_again(value in "\\PC{0,300}", limit in 60usize..200) {
        let cookies = split_cookie("s", &value, limit);
        prop_assert!(cookies.iter().all(|(_, piece)| piece.len() <= limit));
        prop_assert_eq!(joined(&cookies), Ok(Some(value).filter(|value| !value.is_empty())));
    }

    #[test]
    fn no_chunks_make_it_panic(pieces in prop::collection::vec("\\PC{0,8}|[0-9]{0,3}\\.a", 0..4)) {
        let cookies: Vec<_> = pieces.into_iter().enumerate()
            .map(|(index, piece)| (format!("s.{index}"), piece)).collect();
        let _ = joined(&cookies);
    }
}
