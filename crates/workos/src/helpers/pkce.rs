//! PKCE (RFC 7636): only the client that started a sign-in can complete it.
//!
//! ```
//! use workos::helpers::pkce::{generate_code_challenge, generate_pkce_pair};
//!
//! # fn main() -> Result<(), workos::Error> {
//! let pair = generate_pkce_pair()?;
//! // The challenge goes into the authorization URL, the verifier into the exchange of the code.
//! assert_eq!(pair.code_challenge, generate_code_challenge(&pair.code_verifier));
//! # Ok(()) }
//! ```
//!
//! [`AuthKitHelper::pkce_authorization_url`](super::authkit::AuthKitHelper::pkce_authorization_url)
//! and [`SsoHelper::pkce_authorization_url`](super::sso::SsoHelper::pkce_authorization_url) do both
//! at once. In the callback, check the `state` with [`state_matches`].

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, SecretString, crypto, encoding, secret};

/// The only method: the challenge is the SHA-256 of the verifier.
pub const CODE_CHALLENGE_METHOD: &str = "S256";

const SHORTEST: usize = 43;
const LONGEST: usize = 128;

/// A code verifier and its challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PkcePair {
    /// Kept by the client until it exchanges the code.
    pub code_verifier: SecretString,
    /// The hash of the verifier, base64url.
    pub code_challenge: String,
    /// Always `S256`.
    pub code_challenge_method: &'static str,
}

/// Generates a code verifier of `length` characters: 43 by default, 128 at most.
///
/// # Errors
///
/// [`Error::Builder`] when the length is not within 43 to 128; [`Error::Crypto`] when the system's
/// random number generator fails.
///
/// ```
/// use workos::helpers::pkce::generate_code_verifier;
///
/// assert_eq!(generate_code_verifier(None).unwrap().expose().len(), 43);
/// assert!(generate_code_verifier(Some(42)).is_err());
/// ```
pub fn generate_code_verifier(length: Option<usize>) -> Result<SecretString, Error> {
    let length = length.unwrap_or(SHORTEST);
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Error::builder(format!(
            "length: a code verifier has {SHORTEST} to {LONGEST} characters, not {length}"
        )));
    }
    // Enough for the longest; each character takes six bits.
    let bytes = Zeroizing::new(crypto::random::<{ LONGEST / 4 * 3 }>()?);
    let mut text = encoding::base64url_encode(bytes.as_slice());
    text.truncate(length);
    Ok(SecretString::from(text))
}

/// The challenge of a verifier: its SHA-256 as base64url, without padding.
///
/// ```
/// use workos::helpers::pkce::generate_code_challenge;
///
/// let challenge = generate_code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
pub fn generate_code_challenge(verifier: impl AsRef<str>) -> String {
    encoding::base64url_encode(&crypto::sha256(verifier.as_ref().as_bytes()))
}

/// Generates a code verifier of 43 characters and its challenge.
///
/// # Errors
///
/// [`Error::Crypto`] when the system's random number generator fails.
pub fn generate_pkce_pair() -> Result<PkcePair, Error> {
    let code_verifier = generate_code_verifier(None)?;
    let code_challenge = generate_code_challenge(&code_verifier);
    Ok(PkcePair { code_verifier, code_challenge, code_challenge_method: CODE_CHALLENGE_METHOD })
}

/// The `state` of a PKCE sign-in: the caller's, or 43 random characters. An empty one protects
/// nothing and counts as missing.
pub(crate) fn state_or_random(given: Option<String>) -> Result<String, Error> {
    match given.filter(|state| !state.is_empty()) {
        Some(state) => Ok(state),
        None => Ok(encoding::base64url_encode(&crypto::random::<32>()?)),
    }
}

/// Whether the `state` of a callback is the one that the same browser started with. Reject the
/// callback otherwise: it may be the callback of an attacker's sign-in, sent to the user as a link.
///
/// `kept` comes from the user's session or from a cookie that only the server can read, `received`
/// from the query of the callback. The comparison takes the same time wherever the first difference
/// is. An empty `kept` matches nothing.
///
/// ```
/// use workos::helpers::authkit::AuthKitAuthorizationUrlParams;
/// use workos::helpers::pkce::state_matches;
///
/// # fn main() -> Result<(), workos::Error> {
/// let client = workos::Client::builder().client_id("client_01").build();
/// let params = AuthKitAuthorizationUrlParams::new("https://app.example.com/callback");
/// let sign_in = client.authkit().pkce_authorization_url(params)?;
/// let kept = sign_in.state.as_str(); // in the session of this browser
///
/// // GET /callback?code=...&state=...
/// assert!(!state_matches(kept, "the state of another sign-in"));
/// assert!(state_matches(kept, &sign_in.state));
/// # Ok(()) }
/// ```
pub fn state_matches(kept: impl AsRef<str>, received: impl AsRef<str>) -> bool {
    let (kept, received) = (kept.as_ref(), received.as_ref());
    !kept.is_empty() && secret::same(kept.as_bytes(), received.as_bytes())
}

/// `Debug` of a sign-in URL, as `name`. It shows neither the verifier nor the state, which is also
/// in the query of the URL.
pub(crate) fn debug_sign_in(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    url: &str,
    code_verifier: &SecretString,
) -> fmt::Result {
    let (address, _) = url.split_once('?').unwrap_or((url, ""));
    f.debug_struct(name)
        .field("url", &format_args!("\"{address}?<redacted>\""))
        .field("code_verifier", code_verifier)
        .field("state", &"<redacted>")
        .finish()
}

/// What the names of these cookies start with.
pub(super) const VERIFIER_COOKIE: &str = "wos-auth-verifier-";

/// The name of the cookie in which WorkOS's web integrations keep the verifier of the sign-in with
/// this `state`, so that sign-ins in several tabs do not interfere.
///
/// The suffix is the FNV-1a hash of the state. It only distinguishes sign-ins and protects nothing.
///
/// ```
/// use workos::helpers::pkce::verifier_cookie_name;
///
/// assert_eq!(verifier_cookie_name("foobar"), "wos-auth-verifier-bf9cf968");
/// ```
pub fn verifier_cookie_name(state: &str) -> String {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = state.bytes().fold(0x811c_9dc5, step);
    format!("{VERIFIER_COOKIE}{hash:08x}")
}
