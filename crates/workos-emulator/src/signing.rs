//! [`Signing`]: what tokens are signed with, and the issuer that they name.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::error::KeyRejected;
use ring::rsa::{KeyPair, PublicKeyComponents};

/// The prefix of a default key ID. The start of the thumbprint of the key follows.
const ID_PREFIX: &str = "workos_emulate_";
/// How many characters of a thumbprint identify a key.
const ID_CHARS: usize = 16;

/// How an emulator signs tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signing {
    /// The issuer of tokens, instead of the address of the emulator.
    pub(crate) issuer: Option<String>,
    /// The first key that signs, instead of the built-in one.
    pub(crate) key: Option<Arc<SigningKey>>,
}

/// The built-in key, and the address of the emulator as the issuer.
#[cfg(test)]
pub(crate) static DEFAULT_SIGNING: Signing = Signing { issuer: None, key: None };

/// A key with the ID that tokens name it by.
#[derive(Debug)]
pub(crate) struct SigningKey {
    pub(crate) id: String,
    pub(crate) pair: KeyPair,
}

impl SigningKey {
    /// Reads a private RSA key in PEM format, of PKCS#8 or PKCS#1.
    ///
    /// # Errors
    ///
    /// Says what the text is instead, or why the key cannot be used.
    pub(crate) fn from_pem(pem: &str, id: Option<&str>) -> Result<Self, String> {
        let pair = read(pem)?;
        let id = id.map_or_else(|| default_id(&pair), str::to_owned);
        Ok(Self { id, pair })
    }
}

fn read(pem: &str) -> Result<KeyPair, String> {
    let expected = "expected a private RSA key in PEM format";
    let (label, body) = section(pem).ok_or_else(|| {
        format!(
            "{expected}: a section from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----"
        )
    })?;
    let is_pkcs8 = match label {
        "PRIVATE KEY" => true,
        "RSA PRIVATE KEY" => false,
        "ENCRYPTED PRIVATE KEY" => {
            return Err(format!("{expected}, but this one is encrypted: remove its passphrase"));
        }
        other => return Err(format!("{expected}, not {other}")),
    };
    if body.contains("Proc-Type:") {
        return Err(format!("{expected}, but this one is encrypted: remove its passphrase"));
    }
    let base64: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(base64).map_err(|error| format!("{expected}: {error}"))?;
    let pair = if is_pkcs8 { KeyPair::from_pkcs8(&der) } else { KeyPair::from_der(&der) };
    pair.map_err(|error| format!("{expected}: {}", reason(&error)))
}

/// The label and the content of the first section.
fn section(pem: &str) -> Option<(&str, &str)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, rest) = rest.split_once("-----END ")?;
    rest.strip_prefix(label)?.starts_with("-----").then_some((label, body))
}

/// Why ring rejects a key.
fn reason(error: &KeyRejected) -> String {
    match error.to_string().as_str() {
        "WrongAlgorithm" => "this is a key of another algorithm".to_owned(),
        "TooSmall" => "the key has to have at least 2048 bits".to_owned(),
        "TooLarge" => "the key may have at most 4096 bits".to_owned(),
        other => format!("the key is not valid ({other})"),
    }
}

/// The start of the key's thumbprint (RFC 7638), which stays the same for the same key.
fn default_id(pair: &KeyPair) -> String {
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    let [e, n] = [public.e, public.n].map(|part| URL_SAFE_NO_PAD.encode(part));
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
    let start: String = thumbprint.chars().take(ID_CHARS).collect();
    format!("{ID_PREFIX}{start}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let lines: Vec<_> = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    const PKCS8: &[u8] = include_bytes!("sign_in/keys/1.der");
    /// The same key without the frame that PKCS#8 puts around PKCS#1.
    fn pkcs1() -> &'static [u8] {
        &PKCS8[26..]
    }

    #[test]
    fn both_formats_of_a_key_are_the_same_key() {
        let one = SigningKey::from_pem(&pem("PRIVATE KEY", PKCS8), None).unwrap();
        let text = format!("Bag Attributes\r\n{}", pem("RSA PRIVATE KEY", pkcs1()));
        let other = SigningKey::from_pem(&text.replace('\n', "\r\n"), None).unwrap();
        assert_eq!(one.pair.public().as_ref(), other.pair.public().as_ref());
        assert_eq!(one.id, other.id);
        assert_eq!(one.id.len(), ID_PREFIX.len() + ID_CHARS);
        assert!(one.id.starts_with(ID_PREFIX), "{}", one.id);
        let named = SigningKey::from_pem(&pem("PRIVATE KEY", PKCS8), Some("mine")).unwrap();
        assert_eq!(named.id, "mine");
    }

    #[test]
    fn what_is_no_rsa_key_is_refused_with_the_reason() {
        let start = "expected a private RSA key in PEM format";
        let encrypted = format!("{start}, but this one is encrypted: remove its passphrase");
        let old = pem("RSA PRIVATE KEY", pkcs1()).replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
        for (text, expected) in [
            (String::new(), "a section from"),
            ("-----BEGIN PRIVATE KEY-----\nAA==".to_owned(), "a section from"),
            (pem("CERTIFICATE", &[1]), "not CERTIFICATE"),
            (pem("EC PRIVATE KEY", &[1]), "not EC PRIVATE KEY"),
            (pem("ENCRYPTED PRIVATE KEY", &[1]), &encrypted),
            (old, &encrypted),
            (pem("PRIVATE KEY", &[1]), "the key is not valid"),
            (pem("PRIVATE KEY", pkcs1()), "the key is not valid"),
            (pem("PRIVATE KEY", PKCS8).replace("MII", "M*I"), "Invalid symbol"),
        ] {
            let refused = SigningKey::from_pem(&text, None).map(|key| key.id).unwrap_err();
            assert!(refused.starts_with(start), "{refused}");
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
