//! Parsing a token (RFC 7515, compact serialization).

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::TokenError;
use crate::encoding::base64url_decode;

/// A token that may be signed with RS256; nothing has been checked yet.
#[derive(Debug)]
pub(super) struct Jwt<'a> {
    /// What the signature covers.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
    pub(super) kid: String,
    /// JSON.
    pub(super) claims: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: Option<String>,
    kid: Option<String>,
    typ: Option<Value>,
    crit: Option<IgnoredAny>,
}

impl<'a> Jwt<'a> {
    #[inline]
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenError> {
        const PARTS: TokenError = TokenError::Malformed("expected three parts separated by dots");
        let (signed, signature) = token.rsplit_once('.').ok_or(PARTS)?;
        let (header, claims) = signed.split_once('.').ok_or(PARTS)?;
        if claims.contains('.') {
            return Err(PARTS);
        }
        let kid = key_id(header)?;
        let claims = base64url_decode(claims).ok_or(TokenError::Malformed("claims"))?;
        let signature = base64url_decode(signature).ok_or(TokenError::Malformed("signature"))?;
        Ok(Self { signed, signature, kid, claims })
    }
}

/// The ID of the key, from a header that requires RS256 and nothing else.
#[inline]
fn key_id(header: &str) -> Result<String, TokenError> {
    const HEADER: TokenError = TokenError::Malformed("header");
    let json = base64url_decode(header).ok_or(HEADER)?;
    // `from_slice` would not validate the bytes of ignored members.
    let json = std::str::from_utf8(&json).map_err(|_| HEADER)?;
    let header: Header = serde_json::from_str(json).map_err(|_| HEADER)?;
    if header.alg.as_deref() != Some("RS256") {
        return Err(TokenError::Algorithm);
    }
    if !header.typ.is_none_or(|typ| is_access_tokens(&typ)) {
        return Err(TokenError::NotAnAccessToken);
    }
    // Extensions that would have to be understood.
    if header.crit.is_some() {
        return Err(TokenError::Malformed("the header has critical extensions"));
    }
    // Trying all keys, or the only one, would accept a token for a key that it does not name.
    header
        .kid
        .filter(|kid| !kid.is_empty())
        .ok_or(TokenError::Malformed("the header names no key (kid)"))
}

/// Whether a `typ` is one that access tokens have: that of any JWT, or that of RFC 9068. Letters
/// may be of either case, and `application/` may be left out (RFC 7515, section 4.1.9).
fn is_access_tokens(typ: &Value) -> bool {
    let typ = typ.as_str().unwrap_or_default().to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encoding::base64url_encode;

    fn parse(header: impl AsRef<[u8]>) -> Result<String, TokenError> {
        Jwt::parse(&format!("{}.e30.c2ln", base64url_encode(header.as_ref()))).map(|jwt| jwt.kid)
    }

    #[test]
    fn the_header_asks_for_rs256_and_names_a_key() {
        assert_eq!(parse(r#"{"alg":"RS256","kid":"k"}"#).unwrap(), "k");
        for alg in [r#""none""#, r#""nOnE""#, r#""HS256""#, r#""rs256""#, "null"] {
            let header = format!(r#"{{"alg":{alg},"kid":"k"}}"#);
            assert!(matches!(parse(&header), Err(TokenError::Algorithm)), "{alg}");
        }
        for header in [
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"RS256","kid":""}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256","kid":"k","crit":[]}"#,
            r#"{"alg":"none","alg":"RS256","kid":"k"}"#,
            "[]",
            "",
        ] {
            assert!(matches!(parse(header), Err(TokenError::Malformed(_))), "{header}");
        }
    }

    #[test]
    fn only_access_tokens_are_accepted() {
        let typed = |typ: &str| parse(format!(r#"{{"alg":"RS256","kid":"k","typ":{typ}}}"#));
        for typ in [r#""JWT""#, r#""jwt""#, r#""at+jwt""#, r#""application/at+JWT""#, "null"] {
            assert!(typed(typ).is_ok(), "{typ}");
        }
        for typ in [r#""logout+jwt""#, r#""secevent+jwt""#, r#""dpop+jwt""#, r#""""#, "7"] {
            assert!(matches!(typed(typ), Err(TokenError::NotAnAccessToken)), "{typ}");
        }
    }

    #[test]
    fn a_header_is_utf_8_in_ignored_members_too() {
        let header = b"{\"alg\":\"RS256\",\"kid\":\"k\",\"x\":[\"\xcc\"]}";
        assert!(matches!(parse(header), Err(TokenError::Malformed("header"))));
    }

    proptest! {
        #[test]
        fn no_token_makes_it_panic(token in "\\PC{0,80}|[A-Za-z0-9_=-]{0,30}(\\.[A-Za-z0-9_=-]{0,30}){0,4}") {
            let _ = Jwt::parse(&token);
        }

        #[test]
        fn no_header_makes_it_panic(header in "\\{(\"(alg|kid|crit)\":(\"RS256\"|null|1|\\[\\]|\\PC{0,5}),?){0,4}\\}?") {
            let _ = parse(&header);
        }

        #[test]
        fn parts_come_back(kid in "[a-z]{1,9}", claims: Vec<u8>, signature: Vec<u8>) {
            let header = base64url_encode(format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#).as_bytes());
            let signed = format!("{header}.{}", base64url_encode(&claims));
            let token = format!("{signed}.{}", base64url_encode(&signature));
            let jwt = Jwt::parse(&token).unwrap();
            prop_assert_eq!((jwt.signed, jwt.kid), (signed.as_str(), kid));
            prop_assert_eq!((jwt.claims, jwt.signature), (claims, signature));
        }
    }
}
