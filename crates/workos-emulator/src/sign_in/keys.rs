//! The keys that tokens are signed with (RFC 7517), and their signatures (RFC 7515).

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use workos::Timestamp;
use workos::user_management::{JwksResponse, JwksResponseKeys};

use crate::signing::{Signing, SigningKey};
use crate::x509::{self, Usage, Validity};

/// The keys that an emulator signs with, one after the other. To make one takes up to a second and
/// does not follow the seed. They are no secret: everybody can read them here.
static KEYS: [LazyLock<Option<SigningKey>>; 3] = [
    LazyLock::new(|| built_in("emulator_key_1", FIRST_KEY)),
    LazyLock::new(|| built_in("emulator_key_2", include_bytes!("keys/2.der"))),
    LazyLock::new(|| built_in("emulator_key_3", include_bytes!("keys/3.der"))),
];

const FIRST_KEY: &[u8] = include_bytes!("keys/1.der");

/// A key that no key set has: for tokens that have to be refused.
static UNKNOWN: LazyLock<Option<SigningKey>> =
    LazyLock::new(|| built_in("emulator_key_unknown", include_bytes!("keys/unknown.der")));

const ALGORITHM: &str = "RS256";
/// The type of most tokens, and of access tokens of agents (RFC 9068).
pub(crate) const JWT: &str = "JWT";
pub(crate) const ACCESS_TOKEN: &str = "at+jwt";
/// When the certificates of the keys are valid: from 2025 to 2125, in milliseconds.
const VALID_MILLIS: (i64, i64) = (1_735_689_600_000, 4_891_363_200_000);

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyChoice {
    /// The key after this many rotations.
    Rotation(usize),
    Unknown,
}

impl KeyChoice {
    /// The key after the next rotation.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Rotation(number) => Self::Rotation(number + 1),
            Self::Unknown => Self::Unknown,
        }
    }
}

fn built_in(id: &str, pkcs8: &[u8]) -> Option<SigningKey> {
    Some(SigningKey { id: id.to_owned(), pair: KeyPair::from_pkcs8(pkcs8).ok()? })
}

/// The first built-in key under another ID.
pub(crate) fn first_as(id: &str) -> Option<SigningKey> {
    built_in(id, FIRST_KEY)
}

/// The keys of an emulator: its own one, if it has one, is the first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(Option<Arc<SigningKey>>);

impl Keys {
    pub(crate) fn of(signing: &Signing) -> Self {
        Self(signing.key.clone())
    }

    fn chosen(&self, choice: KeyChoice) -> Option<&SigningKey> {
        let built_in: &'static LazyLock<_> = match (choice, &self.0) {
            (KeyChoice::Rotation(0), Some(own)) => return Some(own),
            (KeyChoice::Rotation(number), _) => KEYS.get(number % KEYS.len())?,
            (KeyChoice::Unknown, _) => &UNKNOWN,
        };
        built_in.as_ref()
    }

    /// The key after this many rotations, and the one before, whose tokens stay valid.
    fn valid(&self, rotations: usize) -> impl Iterator<Item = &SigningKey> {
        let numbers = [Some(rotations), rotations.checked_sub(1)].into_iter().flatten();
        numbers.filter_map(|number| self.chosen(KeyChoice::Rotation(number)))
    }

    /// The key set after this many rotations.
    pub(crate) fn set(&self, rotations: usize) -> JwksResponse {
        let mut set = JwksResponse::default();
        set.keys = self.valid(rotations).filter_map(jwk).collect();
        set
    }

    /// A signed token (RS256) with these claims. An RSA signature takes longer than all else that a
    /// request does, so nothing is locked meanwhile.
    pub(crate) fn sign(&self, choice: KeyChoice, kind: &str, claims: &Value) -> Option<String> {
        let key = self.chosen(choice)?;
        let header = json!({"alg": ALGORITHM, "typ": kind, "kid": key.id});
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; key.pair.public().modulus_len()];
        key.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token, if it was signed with one of the valid keys and has no flaw but its
    /// times.
    pub(crate) fn verify(
        &self,
        rotations: usize,
        token: &str,
    ) -> Option<serde_json::Map<String, Value>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = json(header)?;
        let key_id = header.get("kid").and_then(Value::as_str)?;
        let is_rs256 = header.get("alg").and_then(Value::as_str) == Some(ALGORITHM);
        let key = self.valid(rotations).find(|key| key.id == key_id).filter(|_| is_rs256)?;
        let public = key.pair.public().as_ref();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        match json(claims)? {
            Value::Object(claims) => Some(claims),
            _ => None,
        }
    }
}

/// A public key as key sets have it.
fn jwk(key: &SigningKey) -> Option<JwksResponseKeys> {
    let public = PublicKeyComponents::<Vec<u8>>::from(key.pair.public());
    let (from, until) = VALID_MILLIS;
    let validity = Validity {
        not_before: Timestamp::from_millis(from),
        not_after: Timestamp::from_millis(until),
    };
    let certificate = x509::signed_by(&key.pair, &key.id, Usage::Signing, [1; 16], validity)?;
    let mut jwk = JwksResponseKeys::default();
    jwk.kty = "RSA".to_owned();
    jwk.alg = Some(ALGORITHM.to_owned());
    jwk.use_ = Some("sig".to_owned());
    jwk.kid = Some(key.id.clone());
    jwk.n = Some(URL_SAFE_NO_PAD.encode(public.n));
    jwk.e = Some(URL_SAFE_NO_PAD.encode(public.e));
    jwk.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)));
    jwk.x5c = Some(vec![STANDARD.encode(certificate)]);
    Some(jwk)
}
