//! 2xx responses of the wrong shape: the error says where, and repeats no text of the body.
#![no_main]

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use workos::organizations::Organization;
use workos::user_management::AuthenticateResponse;
use workos::{DecodeError, Error, Page, SecretString, Timestamp};
use workos_fuzz::{answer, client, mode, ready};

const SECRET: &str = "hunter2";

#[derive(Deserialize)]
#[allow(dead_code)]
struct Shape {
    a: BTreeMap<String, u8>,
    b: Option<Vec<Timestamp>>,
    c: (bool, Option<SecretString>),
    d: Option<Kind>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
enum Kind {
    A,
    B { a: i8 },
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 2) else { return };
    let body = if mode == 0 { rest.to_vec() } else { tokens(rest).into_bytes() };
    for error in [
        decode::<Page<Organization>>(&body),
        decode::<AuthenticateResponse>(&body),
        decode::<Shape>(&body),
        decode::<Vec<u8>>(&body),
    ]
    .into_iter()
    .flatten()
    {
        let shown = format!("{error} {error:?}");
        assert!(mode == 0 || !shown.contains(SECRET), "{shown}");
        assert!(error.snippet.chars().count() <= 81, "{shown}");
        let text = error.to_string();
        assert!(text.chars().count() < 1500 && !text.contains(char::is_control), "{text}");
    }
});

fn decode<T: serde::de::DeserializeOwned + 'static>(body: &[u8]) -> Option<DecodeError> {
    let body = body.to_vec();
    let (builder, _) = client(move |_| answer(200, HeaderMap::new(), body.clone()));
    match ready(builder.build().request::<T>(Method::GET, "/x")) {
        Ok(_) => None,
        Err(Error::Decode(error)) => Some(*error),
        Err(error) => panic!("{error:?}"),
    }
}

/// Something like JSON, a token for each byte. Strings are secrets, except where a key is allowed.
fn tokens(data: &[u8]) -> String {
    let mut text = String::new();
    let (mut open, mut key_may_come) = (Vec::new(), false);
    for byte in data {
        let token = match byte % 16 {
            0 | 1 => "{",
            2 => "}",
            3 => "[",
            4 => "]",
            5 | 6 => ":",
            7 | 8 => ",",
            9 => "7",
            10 => "null",
            11 => " \n",
            12 => "-1.5e3",
            _ if key_may_come => ["\"a\"", "\"b\"", "\"c\"", "\"data\""][usize::from(byte >> 6)],
            13 => "\"hunter2\"",
            14 => "\"\\\"hunter2\\\\\"",
            _ => "\"\u{1}hunter2",
        };
        match token {
            "{" | "[" => open.push(token),
            "}" | "]" => drop(open.pop()),
            _ => {}
        }
        key_may_come = match token {
            "{" => true,
            "," => open.last() == Some(&"{"),
            " \n" => key_may_come,
            _ => false,
        };
        text.push_str(token);
    }
    text
}
