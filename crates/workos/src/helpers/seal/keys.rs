//! [`SealKeys`]: the passwords, and the layout to write.

use std::fmt;
use std::sync::Arc;

use super::SealError;
use crate::SecretString;
use crate::crypto::{SecretBytes, sha256};
use crate::encoding::{base64_decode, hex_decode};
use zeroize::Zeroizing;

/// The layout of a sealed value. All layouts can be read; the one of the [`SealKeys`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layout {
    /// `Fe26.2…~2`: Node, AuthKit for Next.js and others, `iron-session`. The password has at least
    /// 32 characters.
    #[default]
    Iron,
    /// Python. The password is a Fernet key: 32 bytes in base64url, 44 characters.
    Fernet,
    /// The official Rust SDK and Go. The password is a key of 64 hex digits; any other text of at
    /// least 32 characters is hashed, as by the SDK for Go.
    AesGcm,
    /// Ruby, version 7 of its SDK and later. The password has at least 32 bytes.
    RubyV7,
    /// Ruby, up to version 6. The password has 32 bytes.
    RubyV6,
    /// PHP. The password is 32 bytes in base64, 44 characters.
    Secretbox,
}

/// A random text of this length cannot be guessed. It has to be that long because none of the
/// layouts derives its key slowly.
const SHORTEST: usize = 32;

impl Layout {
    const ALL: [Self; 6] =
        [Self::Iron, Self::Fernet, Self::AesGcm, Self::RubyV7, Self::RubyV6, Self::Secretbox];

    pub(super) fn check(self, password: &str) -> Result<(), SealError> {
        let fits = match self {
            Self::Iron | Self::AesGcm => password.chars().count() >= SHORTEST,
            Self::Fernet => fernet_key(password).is_some(),
            Self::RubyV7 => password.len() >= SHORTEST,
            Self::RubyV6 => password.len() == 32,
            Self::Secretbox => secretbox_key(password).is_some(),
        };
        if fits { Ok(()) } else { Err(self.misfit()) }
    }

    /// Whether a seal of this layout may have been made with the password. Go accepts any.
    pub(super) fn opens_with(self, password: &str) -> bool {
        self == Self::AesGcm || self.check(password).is_ok()
    }

    pub(super) fn misfit(self) -> SealError {
        let need = match self {
            Self::Iron => "at least 32 characters",
            Self::Fernet => "32 bytes in base64url, which is 44 characters",
            Self::AesGcm => "64 hex digits, or at least 32 characters",
            Self::RubyV7 => "at least 32 bytes",
            Self::RubyV6 => "exactly 32 bytes",
            Self::Secretbox => "32 bytes in base64, which is 44 characters",
        };
        SealError::configuration(format!(
            "the password does not fit Layout::{self:?}: expected {need}"
        ))
    }
}

/// Passwords to seal and open with: the first seals, any of them opens. Clones share them.
///
/// A password has at least 32 characters, which should be random. Line breaks at its end, as in a
/// file, are ignored.
///
/// To replace a password, make the new one the first and keep the old one with [`or`](Self::or) for
/// as long as cookies live.
#[derive(Clone)]
pub struct SealKeys {
    layout: Layout,
    passwords: Arc<[SecretString]>,
}

impl SealKeys {
    /// Seals with this password and in [`Layout::Iron`].
    ///
    /// # Errors
    ///
    /// [`SealError::Configuration`] when it is shorter than 32 characters.
    pub fn new(password: impl Into<SecretString>) -> Result<Self, SealError> {
        Self::with_layout(Layout::Iron, password)
    }

    /// Seals with this password and in another layout.
    ///
    /// # Errors
    ///
    /// [`SealError::Configuration`] when the password does not fit the layout. With
    /// [`Layout::AesGcm`] that includes 63 or 65 hex digits, which are most likely a mistake in
    /// copying a key.
    pub fn with_layout(
        layout: Layout,
        password: impl Into<SecretString>,
    ) -> Result<Self, SealError> {
        let password = password.into().into_line();
        layout.check(password.expose())?;
        let digits = password.expose();
        if layout == Layout::AesGcm
            && matches!(digits.len(), 63 | 65)
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let message = format!("the password has {} hex digits, not 64", digits.len());
            return Err(SealError::configuration(message));
        }
        Ok(Self { layout, passwords: Arc::new([password]) })
    }

    /// Also opens with this password. It may be one of another layout.
    ///
    /// # Errors
    ///
    /// [`SealError::Configuration`] when it fits no layout, such as one that is shorter than 32
    /// characters, or an unset variable.
    pub fn or(self, password: impl Into<SecretString>) -> Result<Self, SealError> {
        let password = password.into().into_line();
        if !Layout::ALL.iter().any(|layout| layout.check(password.expose()).is_ok()) {
            return Err(SealError::configuration(
                "a password to open seals with fits no layout: expected at least 32 characters",
            ));
        }
        Ok(self.and_open_with(password))
    }

    /// Also opens with this password, although it may be short: the SDK for Go seals with any text,
    /// in [`Layout::AesGcm`]. Replace such a password: as long as this call remains, anyone who
    /// guesses it can forge cookies.
    ///
    /// ```
    /// use workos::helpers::seal::{Layout, SealKeys};
    ///
    /// let new = "bfbdb77e7beca97804321bb0d878ee4b3b98923d3b49141f12eb742913f48c0a";
    /// let keys = SealKeys::with_layout(Layout::AesGcm, new)?.or_weak("what Go sealed with")?;
    /// # Ok::<(), workos::helpers::seal::SealError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SealError::Configuration`] when it is empty, such as an unset variable.
    pub fn or_weak(self, password: impl Into<SecretString>) -> Result<Self, SealError> {
        let password = password.into().into_line();
        if password.is_empty() {
            return Err(SealError::configuration("a password to open seals with is empty"));
        }
        Ok(self.and_open_with(password))
    }

    fn and_open_with(self, password: SecretString) -> Self {
        let all = self.passwords.iter().cloned().chain([password]);
        Self { layout: self.layout, passwords: all.collect() }
    }

    /// The layout that is written.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn first(&self) -> &str {
        self.passwords.first().map_or("", SecretString::expose)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.passwords.iter().map(SecretString::expose)
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKeys")
            .field("layout", &self.layout)
            .field("passwords", &self.passwords.len())
            .finish()
    }
}

/// 32 bytes that are wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

fn exactly_32(bytes: Vec<u8>) -> Option<Key> {
    (*SecretBytes::new(bytes)).try_into().ok().map(Zeroizing::new)
}

/// The key of [`Layout::AesGcm`].
pub(super) fn gcm_key(password: &str) -> Key {
    hex_decode(password).map_or_else(|| hashed_key(password), Zeroizing::new)
}

pub(super) fn hashed_key(password: &str) -> Key {
    Zeroizing::new(sha256(password.as_bytes()))
}

/// The key of [`Layout::RubyV6`].
pub(super) fn plain_key(password: &str) -> Option<Key> {
    password.as_bytes().try_into().ok().map(Zeroizing::new)
}

/// The key of [`Layout::Secretbox`].
pub(super) fn secretbox_key(password: &str) -> Option<Key> {
    exactly_32(base64_decode(password)?)
}

/// Base64url or plain base64, with padding or without, as Python's decoder accepts it.
pub(super) fn fernet_key(password: &str) -> Option<Key> {
    let text = Zeroizing::new(password.trim_end_matches('=').replace('+', "-").replace('/', "_"));
    exactly_32(crate::encoding::base64url_decode(&text)?)
}
