//! Tokens: those of the vectors, and tokens signed here.

use std::collections::HashSet;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};
use workos::Client;

use crate::{answer, client, vectors};

/// The ID of the key that signs here.
pub const KEY_ID: &str = "key_fuzz";

/// Made for this purpose; it protects nothing.
static SIGNER: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::from_pkcs8(include_bytes!("throwaway_rsa.der")).unwrap());

/// All tokens of the vectors, valid and invalid.
static GENUINE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let all = vectors(include_str!("../../crates/workos/tests/vectors/jwts.json"));
    let token = |vector: &Value| vector["output"]["access_token"].as_str().map(str::to_owned);
    all.iter().filter_map(token).collect()
});

/// The keys of the vectors and the one that signs here.
pub static KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let all = vectors(include_str!("../../crates/workos/tests/vectors/jwts.json"));
    let good = all.iter().find(|vector| vector["id"] == "jwt/good").unwrap();
    let mut keys = good["inputs"]["jwks"]["keys"].as_array().unwrap().clone();
    let own = RsaPublicKeyComponents::<Vec<u8>>::from(SIGNER.public_key());
    keys.push(json!({
        "kid": KEY_ID, "kty": "RSA", "alg": "RS256", "use": "sig",
        "n": URL_SAFE_NO_PAD.encode(own.n), "e": URL_SAFE_NO_PAD.encode(own.e),
    }));
    keys
});

/// A client that has these keys and gets nothing else from its server.
pub static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let document = json!({ "keys": *KEYS }).to_string();
    let (builder, _) = client(move |_| answer(200, HeaderMap::new(), document.clone()));
    builder.build()
});

/// Whether a token is one of the vectors.
pub fn is_genuine(token: &str) -> bool {
    GENUINE.contains(token)
}

/// A token with this header and these claims, which may be anything, and a valid signature.
pub fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = vec![0; SIGNER.public().modulus_len()];
    let random = SystemRandom::new();
    SIGNER.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
