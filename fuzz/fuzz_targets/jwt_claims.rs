//! The content of a token with a valid signature: a line with the header, then the claims.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workos::AccessToken;
use workos::helpers::tokens::TokenError;
use workos_fuzz::tokens::{CLIENT, KEY_ID, sign};
use workos_fuzz::{NOW, line, may_be_mended, ready};

const ISSUER: &str = "https://api.workos.com";
const AUDIENCE: &str = "app";

fuzz_target!(|data: &[u8]| {
    let (header, claims) = line(data);
    let token = sign(header, claims);
    let verifier = CLIENT.token_verifier();
    let json = serde_json::from_slice::<Value>(claims);
    if json.is_err() && may_be_mended(claims) {
        return; // `lone_surrogates` covers these
    }
    let json = json.unwrap_or_default();
    match ready(verifier.verify(&token)) {
        Ok(token) => {
            check_header(header);
            check(&token, &json);
            assert!(
                token.exp.as_secs() > NOW && token.nbf.is_none_or(|nbf| nbf.as_secs() <= NOW + 10)
            );
            assert!(token.client_id.as_deref().is_none_or(|id| id == "client_01"));
        }
        Err(TokenError::Expired { claims, .. }) => {
            check_header(header);
            check(&claims, &json);
            assert!(claims.exp.as_secs() <= NOW);
        }
        Err(error) => assert!(!error.is_transient(), "{error}"),
    }
    let strict = verifier.issuer(ISSUER).audience(AUDIENCE);
    if let Ok(token) = ready(strict.verify(&token)) {
        assert_eq!(token.iss.as_deref(), Some(ISSUER));
        assert!(token.aud.iter().any(|audience| audience == AUDIENCE));
    }
    if let Ok(token) = ready(CLIENT.token_verifier().for_agents().verify(&token)) {
        assert!(token.iss.is_some() && token.jti.is_some() && token.org_id.is_some());
        assert!(token.aud.iter().any(|audience| audience == "client_01") && token.iat.is_some());
    }
});

fn check_header(header: &[u8]) {
    let header: Value = serde_json::from_slice(header).unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&"RS256".into(), &KEY_ID.into()));
    assert!(header["crit"].is_null());
}

/// No claim is lost or changed.
fn check(token: &AccessToken, json: &Value) {
    assert!(!token.sub.is_empty() && json["sub"] == token.sub.as_str());
    assert_eq!(json["org_id"].as_str(), token.org_id.as_deref());
    assert_eq!(json["sid"].as_str(), token.sid.as_deref());
    let texts = |name: &str| json[name].as_array().map_or(0, Vec::len);
    assert_eq!(texts("roles"), token.roles.len());
    assert_eq!(texts("permissions"), token.permissions.len());
    for (name, value) in &token.other {
        assert_eq!(&json[name], value);
    }
}
