//! Half a surrogate pair in JSON reads as U+FFFD, wherever text is read. The input is three bytes
//! for each UTF-16 unit and its notation, or a complete document.
#![no_main]

use http::{HeaderMap, Method};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use workos::helpers::seal::{SealKeys, seal, unseal};
use workos::helpers::webhooks::parse_event;
use workos::{Error, EventData};
use workos_fuzz::{Raw, answer, client, may_be_mended, mode, now, ready};

fuzz_target!(|data: &[u8]| {
    match mode(data, 2) {
        Some((0, rest)) => units(rest),
        Some((_, rest)) => document(rest),
        None => {}
    }
});

/// Read everywhere as by the lossy UTF-16 decoder of the standard library.
fn units(data: &[u8]) {
    let units: Vec<_> = data
        .chunks_exact(3)
        .map(|unit| (u16::from_be_bytes([unit[0], unit[1]]), unit[2]))
        .collect();
    let text: String = units.iter().map(|(unit, how)| written(*unit, *how)).collect();
    let expected =
        String::from_utf16_lossy(&units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>());
    let body = format!(r#"{{"code":"c","x":["{text}"],"{text}":7}}"#);
    let mut whole = json!({"code": "c", "x": [expected]});
    whole[expected.as_str()] = json!(7);

    assert_eq!(received(200, body.as_bytes()).unwrap(), whole);
    let refused = received(403, body.as_bytes()).unwrap_err();
    assert_eq!(refused.api().unwrap().json::<Value>().unwrap(), whole);

    let event = format!(r#"{{"event":"moon.landed","data":{body}}}"#);
    match parse_event(event).unwrap().data {
        EventData::Unknown { data, .. } => assert_eq!(data, whole),
        other => panic!("{other:?}"),
    }
    let keys = SealKeys::new("a password of 32 characters, yes").unwrap();
    let sealed = seal(&Raw(&body), &keys).unwrap();
    assert_eq!(unseal::<Value>(sealed.expose(), &keys, now()).unwrap(), whole);
}

/// What serde_json reads is read the same way, and little more is accepted.
fn document(data: &[u8]) {
    let read = serde_json::from_slice::<Value>(data);
    match received(200, data) {
        Ok(value) if !data.is_empty() => match read {
            Ok(read) => assert_eq!(value, read),
            Err(_) => assert!(may_be_mended(data)),
        },
        Ok(value) => assert_eq!(value, Value::Null),
        Err(error) => assert!(read.is_err() && matches!(error, Error::Decode(_)), "{error}"),
    }
}

fn received(status: u16, body: &[u8]) -> Result<Value, Error> {
    let body = body.to_vec();
    let (builder, _) = client(move |_| answer(status, HeaderMap::new(), body.clone()));
    ready(builder.build().request::<Value>(Method::GET, "/x"))
}

/// A unit as plain text if possible, or as an escape with digits in either case.
fn written(unit: u16, how: u8) -> String {
    let char = char::from_u32(u32::from(unit));
    match char.filter(|char| !char.is_control() && !matches!(char, '"' | '\\')) {
        Some(char) if how % 3 == 0 => char.into(),
        None if unit == u16::from(b'\\') && how % 3 == 0 => r"\\".to_owned(),
        _ if how % 2 == 0 => format!("\\u{unit:04x}"),
        _ => format!("\\u{unit:04X}"),
    }
}
