//! A key set as a server publishes it.
#![no_main]

use std::sync::LazyLock;

use http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use workos_fuzz::tokens::{KEY_ID, KEYS, sign};
use workos_fuzz::{NOW, answer, client, may_be_mended, mode, ready};

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let header = json!({"alg": "RS256", "kid": KEY_ID}).to_string();
    sign(header.as_bytes(), json!({"sub": "user_1", "exp": NOW + 1}).to_string().as_bytes())
});

static FORGED: LazyLock<String> = LazyLock::new(|| {
    let (signed, _) = TOKEN.rsplit_once('.').unwrap();
    format!("{signed}.{}", "A".repeat(341) + "Q")
});

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 2) else { return };
    let good = KEYS.last().unwrap();
    // The whole document, or a key next to a valid one.
    let document = match mode {
        0 => rest.to_vec(),
        _ => [format!(r#"{{"keys":[{good},"#).as_bytes(), rest, b"]}"].concat(),
    };
    let parsed = serde_json::from_slice::<Value>(&document);
    if parsed.is_err() && may_be_mended(&document) {
        return; // `lone_surrogates` covers these
    }
    let parsed = parsed.unwrap_or_default();
    let (builder, _) = client(move |_| answer(200, HeaderMap::new(), document.clone()));
    let client = builder.build();
    let verdict = ready(client.verify_access_token(&TOKEN));
    assert!(ready(client.verify_access_token(&FORGED)).is_err(), "a forged token is accepted");
    match ready(client.jwks().fetch()) {
        Ok(keys) => {
            let ids: Vec<_> = keys.key_ids().collect();
            let with_id = |id: &str| {
                let keys = parsed["keys"].as_array().unwrap().iter();
                keys.filter(|key| key["kid"].as_str() == Some(id)).collect::<Vec<_>>()
            };
            assert!(ids.iter().all(|id| with_id(id).len() == 1));
            let is_held = with_id(KEY_ID) == [good];
            assert!(verdict.is_ok() || !is_held, "{verdict:?}");
            assert!(verdict.is_err() || ids.contains(&KEY_ID));
        }
        Err(error) => {
            assert!(verdict.is_err());
            let _ = format!("{error} {error:?}");
        }
    }
});
