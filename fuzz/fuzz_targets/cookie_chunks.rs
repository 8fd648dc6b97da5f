//! Cookies split into chunks: those of a value, and those that a browser sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::{SealError, join_cookie, split_cookie};
use workos_fuzz::mode;

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 2) else { return };
    let (Ok(text), Some(&limit)) = (std::str::from_utf8(rest), data.first()) else { return };
    match mode {
        0 => round_trip(text, usize::from(limit).max(7)),
        _ => foreign(text),
    }
});

fn join(cookies: &[(String, String)]) -> Result<Option<String>, SealError> {
    let get = |name: &str| cookies.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
    join_cookie("s", get)
}

fn round_trip(value: &str, limit: usize) {
    let mut cookies = split_cookie("s", value, limit);
    if cookies.len() < 100 {
        assert!(cookies.iter().all(|(_, piece)| piece.len() <= limit));
    }
    let expected = match cookies.len() {
        0..=32 => Ok(Some(value.to_owned()).filter(|value| !value.is_empty())),
        _ => Err(SealError::Chunks),
    };
    assert_eq!(join(&cookies), expected);
    // Leftover chunks of an earlier, longer value do no harm, and a missing chunk is detected.
    if cookies.len() > 1 {
        cookies.push((format!("s.{}", cookies.len()), "left over".to_owned()));
        assert_eq!(join(&cookies), expected);
        cookies.remove(limit % (cookies.len() - 1));
        assert!(join(&cookies).is_err() || cookies[0].0 != "s.0");
    }
}

/// Each line is a chunk; the first one is the cookie under its own name.
fn foreign(text: &str) {
    let mut cookies = Vec::new();
    for (index, value) in text.split('\n').enumerate() {
        let name = if index == 0 { "s".to_owned() } else { format!("s.{}", index - 1) };
        cookies.push((name, value.to_owned()));
    }
    match join(&cookies) {
        Ok(Some(value)) => {
            let lines = text.replace('\n', "");
            assert!(value.is_empty() || lines.contains(&value));
        }
        Ok(None) => assert_eq!(text, ""),
        Err(error) => assert_eq!(error, SealError::Chunks),
    }
}
