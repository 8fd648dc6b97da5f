//! Client-side encryption with data keys of Vault: the data never reaches WorkOS.
//!
//! Every value has its own data key. The blob contains the encrypted value and the data key,
//! encrypted by WorkOS. So only the blob has to be stored, and decrypting it takes a request:
//!
//! ```no_run
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let vault = client.vault();
//! let context = [("organization_id", "org_01EHZNVPK3SFK441A1RGBFSHRT")];
//! let sealed = vault.encrypt("4111 1111 1111 1111", context, "card of user_01").await?;
//!
//! let number = vault.decrypt(&sealed.encrypted_data, "card of user_01").await?;
//! assert_eq!(number.expose(), "4111 1111 1111 1111");
//! # Ok(()) }
//! ```
//!
//! The associated data is not stored. It identifies what the blob belongs to: a blob that was moved
//! elsewhere cannot be decrypted there. Empty means none.
//!
//! The SDKs write two layouts, see [`BlobLayout`]. Both can be read.

use std::fmt;

use crate::crypto::{self, GCM_NONCE, GCM_TAG, GcmKey, SecretBytes};
use crate::secret::line;
use crate::vault::{CreateDataKey, DecryptDataKey, KeyContext, VaultApi};
use crate::{Error, RequestOptions, SecretString, encoding};

/// The order of the parts of a blob, before base64.
///
/// Both are AES-256-GCM, and `length` is that of the encrypted keys, as LEB128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BlobLayout {
    /// `nonce ‖ tag ‖ length ‖ keys ‖ ciphertext`: what the SDKs for Node, Python, Ruby, PHP and
    /// Kotlin write and read. The default, as most can read it.
    #[default]
    NonceFirst,
    /// `length ‖ keys ‖ nonce ‖ ciphertext ‖ tag`: what the SDK for Go and the official crate
    /// write and read.
    KeysFirst,
}

impl VaultApi {
    /// Encrypts text or bytes with a new data key. The context determines which key encrypts that.
    ///
    /// # Errors
    ///
    /// As [`create_data_key`](Self::create_data_key).
    pub async fn encrypt<K: Into<String>, V: Into<String>>(
        &self,
        data: impl AsRef<[u8]>,
        context: impl IntoIterator<Item = (K, V)>,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<VaultEncryptResult, Error> {
        self.encryption().encrypt(data, context, associated_data).await
    }

    /// Decrypts a blob that contains text, in either layout.
    ///
    /// # Errors
    ///
    /// As [`create_decrypt`](Self::create_decrypt); [`Error::VaultCrypto`] with the text of a
    /// [`VaultError`] when the blob cannot be decrypted.
    pub async fn decrypt(
        &self,
        encrypted_data: &str,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<SecretString, Error> {
        self.encryption().decrypt(encrypted_data, associated_data).await
    }

    /// Decrypts a blob that contains bytes, in either layout.
    ///
    /// # Errors
    ///
    /// As [`decrypt`](Self::decrypt).
    pub async fn decrypt_bytes(
        &self,
        encrypted_data: &str,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<DecryptedBytes, Error> {
        self.encryption().decrypt_bytes(encrypted_data, associated_data).await
    }

    /// Encryption with settings: the layout to write, and options for the requests.
    pub fn encryption(&self) -> VaultEncryption {
        VaultEncryption { api: self.clone(), layout: BlobLayout::default(), options: None }
    }
}

/// Encrypts and decrypts with data keys of the vault.
///
/// ```no_run
/// use std::time::Duration;
/// use workos::RequestOptions;
/// use workos::helpers::vault::BlobLayout;
///
/// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
/// let for_go = client
///     .vault()
///     .encryption()
///     .layout(BlobLayout::KeysFirst)
///     .options(RequestOptions::new().timeout(Duration::from_secs(5)));
/// let sealed = for_go.encrypt([0xff, 0x00], [("tenant", "acme")], "").await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct VaultEncryption {
    api: VaultApi,
    layout: BlobLayout,
    options: Option<RequestOptions>,
}

impl VaultEncryption {
    /// The layout to write, and to try first when reading.
    pub fn layout(mut self, layout: BlobLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Options for its requests.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Encrypts text or bytes with a new data key.
    ///
    /// # Errors
    ///
    /// As [`VaultApi::encrypt`].
    pub async fn encrypt<K: Into<String>, V: Into<String>>(
        &self,
        data: impl AsRef<[u8]>,
        context: impl IntoIterator<Item = (K, V)>,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<VaultEncryptResult, Error> {
        let request = CreateDataKey::new(context.into_iter().collect::<KeyContext>());
        let made = self.api.create_data_key(request).options(self.options.as_ref()).await?;
        let (key, keys) = (made.data_key.expose(), made.encrypted_keys.expose());
        let encrypted_data = local_encrypt_as(self.layout, data, key, keys, associated_data)?;
        Ok(VaultEncryptResult {
            encrypted_data,
            context: made.context,
            encrypted_keys: made.encrypted_keys,
        })
    }

    /// Decrypts a blob that contains text.
    ///
    /// # Errors
    ///
    /// As [`VaultApi::decrypt`].
    pub async fn decrypt(
        &self,
        encrypted_data: &str,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<SecretString, Error> {
        Ok(self.decrypt_bytes(encrypted_data, associated_data).await?.into_text()?)
    }

    /// Decrypts a blob that contains bytes.
    ///
    /// A blob does not name its layout. If its encrypted key does not reveal it, two requests may
    /// be needed: when WorkOS rejects the key as read in one layout, the other is tried.
    ///
    /// # Errors
    ///
    /// As [`VaultApi::decrypt`].
    pub async fn decrypt_bytes(
        &self,
        encrypted_data: &str,
        associated_data: impl AsRef<[u8]>,
    ) -> Result<DecryptedBytes, Error> {
        let bytes = decode_blob(encrypted_data)?;
        let mut failure = Error::from(VaultError::Malformed);
        for (tried, blob) in candidates(&bytes, self.layout).into_iter().enumerate() {
            let keys = DecryptDataKey::new(encoding::base64_encode(blob.keys));
            let opened = match self.api.create_decrypt(keys).options(self.options.as_ref()).await {
                Ok(key) => {
                    blob.open(key.data_key.expose(), associated_data.as_ref()).map_err(Error::from)
                }
                Err(error) => Err(error),
            };
            match opened {
                Ok(data) => return Ok(data),
                Err(error) if !is_about_the_blob(&error) => return Err(error),
                // The error of the likelier layout says more than that of the other.
                Err(error) if tried == 0 => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }
}

/// Whether the other layout may work, which it will not after a lost connection, with a wrong API
/// key or under a rate limit.
fn is_about_the_blob(error: &Error) -> bool {
    match error {
        Error::Api(_) => matches!(error.status(), Some(400 | 404 | 409 | 422)),
        Error::VaultCrypto(_) => true,
        _ => false,
    }
}

/// An encrypted value, and what it is encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultEncryptResult {
    /// The blob: all that has to be stored.
    pub encrypted_data: String,
    /// The context of the data key.
    pub context: KeyContext,
    /// The encrypted data key, base64. It is also in the blob.
    pub encrypted_keys: SecretString,
}

/// Decrypted bytes. They are wiped when dropped, and not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DecryptedBytes(SecretBytes);

impl DecryptedBytes {
    /// The bytes. Take care where they go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes, which are no longer wiped when dropped.
    pub fn into_inner(self) -> Vec<u8> {
        self.0.into_inner()
    }

    /// The bytes as text.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotText`] when they are not UTF-8.
    pub fn into_text(self) -> Result<SecretString, VaultError> {
        match String::from_utf8(self.into_inner()) {
            Ok(text) => Ok(SecretString::new(text)),
            Err(error) => {
                drop(SecretBytes::new(error.into_bytes()));
                Err(VaultError::NotText)
            }
        }
    }
}

impl fmt::Debug for DecryptedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedBytes(<{} bytes>)", self.0.len())
    }
}

/// Encrypts text or bytes with a given data key, in the default layout.
///
/// `data_key` and `encrypted_keys` are base64, as
/// [`create_data_key`](VaultApi::create_data_key) returns them; line breaks at their end, as in a
/// file, are ignored. Use a data key for one value only.
///
/// ```
/// use workos::helpers::vault::{local_decrypt, local_encrypt};
///
/// let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// let blob = local_encrypt("hello", key, "ZW5jcnlwdGVkIGtleXM=", "for user_01")?;
/// assert_eq!(local_decrypt(&blob, key, "for user_01")?.expose(), "hello");
/// assert!(local_decrypt(&blob, key, "for user_02").is_err());
/// # Ok::<(), workos::helpers::vault::VaultError>(())
/// ```
///
/// # Errors
///
/// [`VaultError::InvalidDataKey`] and [`VaultError::InvalidEncryptedKeys`].
pub fn local_encrypt(
    data: impl AsRef<[u8]>,
    data_key: impl AsRef<str>,
    encrypted_keys: impl AsRef<str>,
    associated_data: impl AsRef<[u8]>,
) -> Result<String, VaultError> {
    local_encrypt_as(BlobLayout::default(), data, data_key, encrypted_keys, associated_data)
}

/// [`local_encrypt`] in this layout.
///
/// # Errors
///
/// As [`local_encrypt`].
pub fn local_encrypt_as(
    layout: BlobLayout,
    data: impl AsRef<[u8]>,
    data_key: impl AsRef<str>,
    encrypted_keys: impl AsRef<str>,
    associated_data: impl AsRef<[u8]>,
) -> Result<String, VaultError> {
    let key = gcm_key(data_key.as_ref())?;
    let keys = encoding::base64_decode(line(encrypted_keys.as_ref()))
        .ok_or(VaultError::InvalidEncryptedKeys)?;
    let length = u32::try_from(keys.len()).map_err(|_| VaultError::InvalidEncryptedKeys)?;
    let length = write_leb128(length);
    let nonce = crypto::random::<GCM_NONCE>().map_err(|_| VaultError::NoRandomness)?;

    let (data, no_tag) = (data.as_ref(), [0; GCM_TAG]);
    let parts: [&[u8]; 5] = match layout {
        BlobLayout::NonceFirst => [&nonce, &no_tag, &length, &keys, data],
        BlobLayout::KeysFirst => [&length, &keys, &nonce, data, &no_tag],
    };
    // Encrypted in place: the data may be large, and there is no other copy to wipe.
    let mut blob = parts.concat();
    let (tag_at, data_at) = match layout {
        BlobLayout::NonceFirst => (nonce.len(), blob.len() - data.len()),
        BlobLayout::KeysFirst => (blob.len() - GCM_TAG, blob.len() - GCM_TAG - data.len()),
    };
    let place = blob.get_mut(data_at..data_at + data.len()).unwrap_or_default();
    let tag = key.seal(nonce, associated_data.as_ref(), place).ok_or(VaultError::TooLong)?;
    blob.get_mut(tag_at..tag_at + GCM_TAG).unwrap_or_default().copy_from_slice(&tag);
    Ok(encoding::base64_encode(&blob))
}

/// Decrypts a blob that contains text, in either layout, with its data key.
///
/// # Errors
///
/// [`VaultError::InvalidDataKey`]; [`VaultError::Malformed`] when it is not a blob;
/// [`VaultError::Unopened`] when it has another key or other associated data;
/// [`VaultError::NotText`].
pub fn local_decrypt(
    encrypted_data: &str,
    data_key: impl AsRef<str>,
    associated_data: impl AsRef<[u8]>,
) -> Result<SecretString, VaultError> {
    local_decrypt_bytes(encrypted_data, data_key, associated_data)?.into_text()
}

/// Decrypts a blob that contains bytes, in either layout, with its data key.
///
/// # Errors
///
/// As [`local_decrypt`].
pub fn local_decrypt_bytes(
    encrypted_data: &str,
    data_key: impl AsRef<str>,
    associated_data: impl AsRef<[u8]>,
) -> Result<DecryptedBytes, VaultError> {
    let bytes = decode_blob(encrypted_data)?;
    let mut failure = VaultError::Malformed;
    for blob in candidates(&bytes, BlobLayout::default()) {
        match blob.open(data_key.as_ref(), associated_data.as_ref()) {
            Err(VaultError::Unopened) => failure = VaultError::Unopened,
            opened => return opened,
        }
    }
    Err(failure)
}

/// The encrypted data key in a blob, base64: what
/// [`create_decrypt`](VaultApi::create_decrypt) takes.
///
/// A blob does not name its layout. Keys that look like those of WorkOS reveal it; otherwise the
/// default layout is assumed if it fits. If you know the layout, use [`extract_encrypted_keys_as`].
///
/// ```
/// use workos::helpers::vault::{extract_encrypted_keys, local_encrypt};
///
/// let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// let blob = local_encrypt("hello", key, "ZW5jcnlwdGVkIGtleXM=", "")?;
/// assert_eq!(extract_encrypted_keys(&blob)?, "ZW5jcnlwdGVkIGtleXM=");
/// # Ok::<(), workos::helpers::vault::VaultError>(())
/// ```
///
/// # Errors
///
/// [`VaultError::Malformed`].
pub fn extract_encrypted_keys(encrypted_data: &str) -> Result<String, VaultError> {
    let bytes = decode_blob(encrypted_data)?;
    let blob = candidates(&bytes, BlobLayout::default()).into_iter().next();
    blob.map(|blob| encoding::base64_encode(blob.keys)).ok_or(VaultError::Malformed)
}

/// The encrypted data key in a blob of this layout, base64.
///
/// # Errors
///
/// [`VaultError::Malformed`].
pub fn extract_encrypted_keys_as(
    layout: BlobLayout,
    encrypted_data: &str,
) -> Result<String, VaultError> {
    let bytes = decode_blob(encrypted_data)?;
    let blob = Blob::read(layout, &bytes).ok_or(VaultError::Malformed)?;
    Ok(encoding::base64_encode(blob.keys))
}

fn gcm_key(data_key: &str) -> Result<GcmKey, VaultError> {
    let key = encoding::base64_decode(line(data_key)).map(SecretBytes::new);
    let key = key.ok_or(VaultError::InvalidDataKey)?;
    let key = (*key).try_into().map_err(|_| VaultError::InvalidDataKey)?;
    GcmKey::new(key).ok_or(VaultError::InvalidDataKey)
}

fn decode_blob(encrypted_data: &str) -> Result<Vec<u8>, VaultError> {
    encoding::base64_decode(encrypted_data).ok_or(VaultError::Malformed)
}

/// The possible readings of the bytes, the likeliest first. Keys of WorkOS are decisive: nothing
/// else starts like them by chance.
fn candidates(bytes: &[u8], preferred: BlobLayout) -> Vec<Blob<'_>> {
    let layouts = match preferred {
        BlobLayout::NonceFirst => [BlobLayout::NonceFirst, BlobLayout::KeysFirst],
        BlobLayout::KeysFirst => [BlobLayout::KeysFirst, BlobLayout::NonceFirst],
    };
    let mut fitting: Vec<_> =
        layouts.into_iter().filter_map(|layout| Blob::read(layout, bytes)).collect();
    if fitting.iter().any(Blob::has_keys_of_workos) {
        fitting.retain(Blob::has_keys_of_workos);
    }
    fitting
}

/// The parts of a blob.
struct Blob<'a> {
    nonce: &'a [u8; GCM_NONCE],
    tag: &'a [u8; GCM_TAG],
    keys: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> Blob<'a> {
    fn read(layout: BlobLayout, bytes: &'a [u8]) -> Option<Self> {
        match layout {
            BlobLayout::NonceFirst => {
                let (nonce, rest) = bytes.split_first_chunk()?;
                let (tag, rest) = rest.split_first_chunk()?;
                let (keys, ciphertext) = read_keys(rest)?;
                Some(Self { nonce, tag, keys, ciphertext })
            }
            BlobLayout::KeysFirst => {
                let (keys, rest) = read_keys(bytes)?;
                let (nonce, rest) = rest.split_first_chunk()?;
                let (ciphertext, tag) = rest.split_last_chunk()?;
                Some(Self { nonce, tag, keys, ciphertext })
            }
        }
    }

    fn has_keys_of_workos(&self) -> bool {
        self.keys.starts_with(b"WOS.EKM.")
    }

    fn open(&self, data_key: &str, associated: &[u8]) -> Result<DecryptedBytes, VaultError> {
        let opened = gcm_key(data_key)?.open(self.nonce, associated, self.ciphertext, self.tag);
        opened.map(DecryptedBytes).ok_or(VaultError::Unopened)
    }
}

/// The keys, preceded by their length, and what follows them.
fn read_keys(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = read_leb128(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

fn write_leb128(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5);
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A number of at most 32 bits in as few bytes as it needs, and what follows it.
fn read_leb128(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let padded = index > 0 && *byte == 0;
            let value = u32::try_from(value).ok().filter(|_| !padded)?;
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

/// Why encryption or decryption failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultError {
    /// The data key is not the base64 of 32 bytes.
    InvalidDataKey,
    /// The encrypted keys are not base64.
    InvalidEncryptedKeys,
    /// The encrypted data is not base64, or not a blob of either layout.
    Malformed,
    /// The encrypted data cannot be decrypted: it was changed, or it has another data key or other
    /// associated data.
    Unopened,
    /// The decrypted bytes are not text; read them as bytes.
    NotText,
    /// The data is longer than AES-GCM allows, 64 GiB.
    TooLong,
    /// The system's random number generator failed.
    NoRandomness,
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidDataKey => "the data key is not the base64 of 32 bytes",
            Self::InvalidEncryptedKeys => "the encrypted keys are not base64",
            Self::Malformed => "the encrypted data is not a blob of the vault",
            Self::Unopened => {
                "the encrypted data cannot be decrypted: it was changed, or it has another data \
                 key or other associated data"
            }
            Self::NotText => "the decrypted bytes are not text; use decrypt_bytes",
            Self::TooLong => "the data is too long to be encrypted",
            Self::NoRandomness => "the system's random number generator failed",
        })
    }
}

impl std::error::Error for VaultError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn bytes_that_are_not_text_leave_nothing_in_freed_memory() {
        /// Bytes that are dropped in the attempt to read them as text.
        struct Attempt(Option<DecryptedBytes>);

        impl Drop for Attempt {
            fn drop(&mut self) {
                let text = self.0.take().map(DecryptedBytes::into_text);
                assert_eq!(text, Some(Err(VaultError::NotText)));
            }
        }

        let bytes = [b"correct horse battery staple ".repeat(8).as_slice(), &[0xff]].concat();
        let make = || Attempt(Some(DecryptedBytes(SecretBytes::new(bytes.clone()))));
        crate::secret::tests::assert_wiped("battery", make, |attempt| {
            attempt.0.as_ref().map_or(&[], DecryptedBytes::expose)
        });
    }
}
