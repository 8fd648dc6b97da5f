//! TLS for both bundled transports.

use std::error::Error as StdError;
use std::io;

#[cfg(feature = "rustls-tls")]
pub use self::settings::Tls;

#[cfg(feature = "rustls-tls")]
mod settings {
    use std::fmt;
    use std::sync::Arc;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, RootCertStore};

    use crate::transport::TransportError;

    /// Which servers a bundled transport trusts, and how it identifies itself.
    ///
    /// By default it trusts Mozilla's root certificates, which are compiled in, so it works the
    /// same in a container without certificates. Behind a proxy that terminates TLS, or for a
    /// gateway with a private certificate authority, add its root certificate:
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use workos::transport::{ReqwestTransport, Tls};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tls = Tls::new().root_certificates_pem(&std::fs::read("company-ca.pem")?)?;
    /// let client = workos::Client::builder()
    ///     .api_key("sk_live_1")
    ///     .transport(Arc::new(ReqwestTransport::with_tls(tls)?))
    ///     .build();
    /// # Ok(()) }
    /// ```
    ///
    /// rustls with `ring` provides TLS 1.2 and 1.3. The provider is passed to the transport and
    /// never installed for the process, so that it cannot conflict with another library's.
    pub struct Tls {
        roots: RootCertStore,
        identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    }

    impl Default for Tls {
        fn default() -> Self {
            Self::new()
        }
    }

    impl Tls {
        /// Mozilla's root certificates, and no client certificate.
        pub fn new() -> Self {
            let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
            Self { roots: RootCertStore::from_iter(roots), identity: None }
        }

        /// No root certificates but those that are added.
        pub fn without_roots() -> Self {
            Self { roots: RootCertStore::empty(), identity: None }
        }

        /// Trusts these root certificates as well, one or more in PEM.
        ///
        /// # Errors
        ///
        /// When there is none, or one cannot be read.
        pub fn root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, TransportError> {
            for certificate in certificates(pem)? {
                self.roots.add(certificate).map_err(TransportError::other)?;
            }
            Ok(self)
        }

        /// Trusts this root certificate as well, in DER.
        ///
        /// # Errors
        ///
        /// When it cannot be read.
        pub fn root_certificate_der(mut self, der: &[u8]) -> Result<Self, TransportError> {
            let certificate = CertificateDer::from(der.to_vec());
            self.roots.add(certificate).map_err(TransportError::other)?;
            Ok(self)
        }

        /// Trusts the root certificates of the system as well, or those in the files that
        /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name. They are read now.
        ///
        /// # Errors
        ///
        /// When there are none.
        #[cfg(feature = "system-roots")]
        pub fn system_roots(mut self) -> Result<Self, TransportError> {
            let loaded = rustls_native_certs::load_native_certs();
            let (added, _) = self.roots.add_parsable_certificates(loaded.certs);
            if added == 0 {
                let reason = loaded.errors.first().map(|error| format!(": {error}"));
                return Err(TransportError::other(format!(
                    "the system has no root certificates{}",
                    reason.unwrap_or_default()
                )));
            }
            Ok(self)
        }

        /// Authenticates the client by this certificate, with its intermediates, and its private
        /// key, all in PEM.
        ///
        /// # Errors
        ///
        /// If the certificate or the key is missing or cannot be read. The error does not show the
        /// key.
        pub fn identity_pem(
            mut self,
            certificates_pem: &[u8],
            key_pem: &[u8],
        ) -> Result<Self, TransportError> {
            let key = PrivateKeyDer::from_pem_slice(key_pem)
                .map_err(|_| TransportError::other("expected a private key in PEM"))?;
            self.identity = Some((certificates(certificates_pem)?, key));
            Ok(self)
        }

        pub(in crate::transport) fn config(self) -> Result<ClientConfig, TransportError> {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(TransportError::other)?
                .with_root_certificates(self.roots);
            match self.identity {
                None => Ok(config.with_no_client_auth()),
                Some((certificates, key)) => {
                    config.with_client_auth_cert(certificates, key).map_err(TransportError::other)
                }
            }
        }
    }

    fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        match certificates {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(TransportError::other("expected certificates in PEM")),
        }
    }

    impl fmt::Debug for Tls {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Tls")
                .field("roots", &self.roots.len())
                .field("has_identity", &self.identity.is_some())
                .finish()
        }
    }
}

/// Whether a failed connection had reached the TLS handshake.
///
/// rustls reports through an `io::Error` of the kind `InvalidData`, which others wrap in turn. The
/// operating systems' libraries have errors of their own, while TCP and name lookup always fail
/// with an `io::Error`. So does a tunnel, unless the proxy refuses it.
pub(super) fn failed_in_handshake(error: &(dyn StdError + 'static)) -> bool {
    let mut saw_io = false;
    for error in super::failure::causes(error) {
        let io_error = error.downcast_ref::<io::Error>();
        if io_error.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        saw_io |= io_error.is_some() || error.to_string().starts_with("tunnel error");
    }
    !saw_io
}
