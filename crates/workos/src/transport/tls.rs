//! The TLS configuration both bundled transports share.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};

/// TLS 1.2 and 1.3 with `ring`, trusting Mozilla's root certificates, which are compiled in: the
/// same behaviour in a container without certificates. The provider is handed over here and never
/// installed for the process, so it cannot collide with another library's.
pub(super) fn client_config() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
