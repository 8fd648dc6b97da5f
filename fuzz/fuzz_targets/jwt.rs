//! An access token from an attacker, against cached keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos_fuzz::{ready, tokens};

fuzz_target!(|data: &[u8]| {
    let Ok(token) = std::str::from_utf8(data) else { return };
    match ready(tokens::CLIENT.verify_access_token(token)) {
        Ok(_) => assert!(tokens::is_genuine(token), "a forged token is accepted"),
        Err(error) => {
            assert!(error.expired_claims().is_none() || tokens::is_genuine(token));
            assert!(!error.is_transient());
            assert!(token.len() < 100 || !format!("{error} {error:?}").contains(token));
        }
    }
});
