//! Queries and path segments: every input stays one value.
#![no_main]

use std::collections::BTreeMap;

use http::Method;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use workos::path_segment;
use workos_fuzz::{line, mode, tokens};

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = mode(data, 2) else { return };
    let (name, value) = line(rest);
    let (Ok(name), Ok(value)) = (std::str::from_utf8(name), std::str::from_utf8(value)) else {
        return;
    };
    if mode == 0 {
        let url = url(&[(name, value), ("limit", "5")]).unwrap();
        let (_, query) = url.split_once('?').unwrap();
        let pairs: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        let decoded: Vec<_> =
            pairs.into_iter().map(|(name, value)| (decode(name), decode(value))).collect();
        assert_eq!(decoded, [(name.into(), value.into()), ("limit".into(), "5".to_owned())]);
        let segment = path_segment(value);
        assert_eq!(decode(&segment), value);
        assert!(!segment.contains(['/', '?', '#', ';', '&', '=']) && segment.is_ascii());
    } else if let Ok(params) = serde_json::from_str::<BTreeMap<String, Value>>(value) {
        match url(&params) {
            Ok(url) => assert!(url.bytes().all(|byte| byte.is_ascii_graphic())),
            Err(error) => assert!(error.contains("query"), "{error}"),
        }
    }
});

fn url<Q: serde::Serialize + ?Sized>(params: &Q) -> Result<String, String> {
    let call = tokens::CLIENT.request::<()>(Method::GET, "/x").query(params);
    call.request().map(|request| request.url).map_err(|error| error.to_string())
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
