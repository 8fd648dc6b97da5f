//! Sealed values, for the target of each layout.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;
use workos::helpers::seal::{Layout, SealError, SealKeys, seal, unseal};
use workos::helpers::session::{Authentication, seal_session, unseal_session};

use crate::{Raw, may_be_mended, mode, now, tokens, vectors};

/// Every seal that an SDK has made, without what the seal does not cover.
static GENUINE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let all = vectors(include_str!("../../crates/workos/tests/vectors/sealed_sessions.json"));
    let good = all.iter().filter(|vector| vector["expect"]["unseal"] == "ok");
    good.map(|vector| covered(vector["output"]["sealed"].as_str().unwrap()).to_owned()).collect()
});

/// A seal without the version after `~` and without padding.
fn covered(sealed: &str) -> &str {
    match sealed.rsplit_once('~') {
        Some((seal, _)) if sealed.starts_with("Fe26.") => seal,
        _ => sealed.trim_end_matches('='),
    }
}

/// The first byte decides whether the others are a seal, the content of one, or changes to one.
pub fn check(layout: Layout, password: &str, data: &[u8]) {
    let Some((mode, rest)) = mode(data, 3) else { return };
    let keys = SealKeys::with_layout(layout, password).unwrap();
    match (mode, std::str::from_utf8(rest)) {
        (0, _) => changes(&keys, rest),
        (1, Ok(json)) => content(&keys, json),
        (2, Ok(text)) => foreign(&keys, text),
        _ => {}
    }
}

/// Only what an SDK has sealed opens.
fn foreign(keys: &SealKeys, text: &str) {
    if unseal::<Value>(text, keys, now()).is_ok() {
        assert!(GENUINE.contains(covered(text)), "a forged seal opens");
    }
    let _ = tokens::CLIENT.session(text, keys).logout_url(None);
}

/// Sealed content round-trips, even if it is not JSON at all, and a session that is not genuine is
/// not authenticated.
fn content(keys: &SealKeys, json: &str) {
    let sealed = seal(&Raw(json), keys).unwrap();
    let opened = unseal::<Value>(sealed.expose(), keys, now());
    let read = serde_json::from_str(json).map_err(|_| SealError::Payload);
    assert!(opened == read || read.is_err() && may_be_mended(json.as_bytes()));

    if let (Some(seal), Ok(whole)) = (sealed.expose().strip_suffix("~2"), opened) {
        legacy(keys, seal, whole);
    }

    let session = unseal_session(sealed.expose(), keys, now());
    if let Ok(data) = &session {
        let again = seal_session(data, keys).unwrap();
        assert_eq!(unseal_session(again.expose(), keys, now()).as_ref(), Ok(data));
    }
    let handle = tokens::CLIENT.session(sealed, keys);
    let _ = handle.logout_url(Some("https://example.com"));
    match crate::ready(handle.authenticate()) {
        Authentication::Authenticated(_) | Authentication::Expired(_) => {
            assert!(tokens::is_genuine(session.unwrap().access_token.expose()));
        }
        outcome => {
            assert!(outcome.session_is_over() || outcome.needs_refresh(), "{outcome:?}");
        }
    }
}

/// Anybody can label a seal as version 1. Then its content is unchanged, or its only member.
fn legacy(keys: &SealKeys, seal: &str, whole: Value) {
    let opened = unseal::<Value>(&format!("{seal}~1"), keys, now()).unwrap();
    if opened != whole {
        let members = whole.as_object().unwrap();
        assert_eq!((members.len(), members.get("persistent")), (1, Some(&opened)));
    }
}

/// A seal with other characters at some places does not open.
fn changes(keys: &SealKeys, edits: &[u8]) {
    let sealed = seal("attack at dawn", keys).unwrap();
    let mut bytes = sealed.expose().as_bytes().to_vec();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % bytes.len();
        bytes[at] = edit[2];
    }
    let Ok(changed) = String::from_utf8(bytes) else { return };
    match unseal::<String>(&changed, keys, now()) {
        Ok(text) => {
            assert_eq!(text, "attack at dawn");
            assert_eq!(covered(&changed), covered(sealed.expose()), "a changed seal opens");
        }
        Err(error) => assert_eq!(error, SealError::Invalid),
    }
}
