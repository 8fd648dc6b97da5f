//! What both bundled transports have to do with TLS.

use std::error::Error as StdError;
use std::io;

/// TLS 1.2 and 1.3 with `ring`, trusting Mozilla's root certificates, which are compiled in: the
/// same behaviour in a container without certificates. The provider is handed over here and never
/// installed for the process, so it cannot collide with another library's.
#[cfg(feature = "rustls-tls")]
pub(super) fn client_config() -> Result<rustls::ClientConfig, rustls::Error> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// Whether a connection that failed had got as far as the handshake.
///
/// rustls reports through an `io::Error` of the kind `InvalidData`, which others wrap in turn. The
/// operating systems' libraries have errors of their own, while TCP and name lookup always fail
/// with an `io::Error`.
pub(super) fn failed_in_handshake(error: &(dyn StdError + 'static)) -> bool {
    let mut saw_io = false;
    let mut next = Some(error);
    while let Some(error) = next {
        let io_error = error.downcast_ref::<io::Error>();
        if io_error.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        saw_io |= io_error.is_some();
        // `source` of an `io::Error` passes over the error that it wraps.
        next = match io_error.and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    !saw_io
}
