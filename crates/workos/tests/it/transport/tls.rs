//! Private certificate authorities, and client certificates.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use workos::transport::{ReqwestTransport, SharedTransport, Tls};
use workos::{Client, Error, ErrorKind};

use super::{Heads, Method, send, serve};
use crate::common::raw_server;

/// A certificate authority.
pub(crate) struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// Starts a server with a certificate for this name. It requires a certificate of `clients` if
    /// given. Returns its port.
    pub(crate) async fn serve(&self, name: &str, clients: Option<&Self>) -> u16 {
        let (certificate, key) = self.issue(name);
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.certificate.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let address = raw_server(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, &Heads::default()).await;
                }
            }
        });
        address.await.port()
    }
}

/// Both bundled transports with the same settings.
fn with(tls: impl Fn() -> Tls) -> Vec<SharedTransport> {
    vec![
        Arc::new(ReqwestTransport::with_tls(tls()).unwrap()),
        #[cfg(feature = "hyper")]
        Arc::new(workos::transport::HyperTransport::builder().tls(tls()).build().unwrap()),
    ]
}

async fn get(transport: SharedTransport, base_url: &str) -> Result<(), Error> {
    let builder = Client::builder().api_key("sk_test_1").base_url(base_url).max_retries(0);
    send(&builder.transport(transport).build(), Method::GET).await
}

#[tokio::test]
async fn an_added_authority_is_trusted() {
    let (authority, other) = (Authority::new("ours"), Authority::new("other"));
    let url = format!("https://localhost:{}", authority.serve("localhost", None).await);
    let both = format!("{}{}", other.pem(), authority.pem());
    for start in [Tls::new, Tls::without_roots] {
        let pem = || start().root_certificates_pem(both.as_bytes()).unwrap();
        let der = || start().root_certificate_der(authority.certificate.der()).unwrap();
        for transport in [with(pem), with(der)].into_iter().flatten() {
            get(transport, &url).await.unwrap();
        }
    }
    let http = ReqwestTransport::client_builder().unwrap();
    let ours = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let http = http.add_root_certificate(ours).build().unwrap();
    get(Arc::new(ReqwestTransport::from(http)), &url).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_the_error_says_what_to_do() {
    let port = Authority::new("ours").serve("localhost", None).await;
    let other = Authority::new("other");
    let with_other = || Tls::new().root_certificates_pem(other.pem().as_bytes()).unwrap();
    for transport in [with(Tls::new), with(with_other)].into_iter().flatten() {
        let error = get(transport, &format!("https://localhost:{port}")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 1));
        let expected = format!(
            "client.request: TLS handshake failed with localhost:{port}: invalid peer \
             certificate: UnknownIssuer; if its certificate authority is your own, add it with \
             transport::Tls"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("ours");
    let port = authority.serve("localhost", None).await;
    let tls = || Tls::new().root_certificates_pem(authority.pem().as_bytes()).unwrap();
    for transport in with(tls) {
        let error = get(transport, &format!("https://127.0.0.1:{port}")).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("certificate not valid for name \"127.0.0.1\""), "{text}");
    }
}

#[tokio::test]
async fn a_client_identifies_itself_with_its_certificate() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let url = format!("https://localhost:{}", servers.serve("localhost", Some(&clients)).await);
    let trusting = || Tls::new().root_certificates_pem(servers.pem().as_bytes()).unwrap();
    for transport in with(trusting) {
        get(transport, &url).await.unwrap_err();
    }
    let (certificate, key) = clients.issue("client");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let identified = || trusting().identity_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    for transport in with(identified) {
        get(transport, &url).await.unwrap();
    }
}

#[test]
fn an_invalid_certificate_or_the_wrong_key_is_refused() {
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
        assert!(Tls::new().root_certificates_pem(pem.as_bytes()).is_err(), "{pem}");
        assert!(Tls::new().identity_pem(pem.as_bytes(), pem.as_bytes()).is_err(), "{pem}");
    }
    let (certificate, _) = Authority::new("clients").issue("client");
    let other = KeyPair::generate().unwrap().serialize_pem();
    let tls = Tls::new().identity_pem(certificate.pem().as_bytes(), other.as_bytes());
    let error = ReqwestTransport::with_tls(tls.unwrap()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("PRIVATE"), "{error}");
}

#[cfg(feature = "system-roots")]
#[tokio::test(flavor = "multi_thread")]
async fn the_roots_of_the_system_are_those_that_ssl_cert_file_names() {
    const TEST: &str = "transport::tls::the_roots_of_the_system_are_those_that_ssl_cert_file_names";
    const MARK: &str = "WORKOS_TEST_WITH_ROOTS";
    let Ok(url) = std::env::var(MARK) else {
        let authority = Authority::new("ours");
        let url = format!("https://localhost:{}", authority.serve("localhost", None).await);
        let file = std::env::temp_dir().join(format!("workos-roots-{}.pem", std::process::id()));
        std::fs::write(&file, authority.pem()).unwrap();
        let variables = [(MARK, url), ("SSL_CERT_FILE", file.display().to_string())];
        crate::common::again_with(TEST, &variables);
        return std::fs::remove_file(file).unwrap();
    };
    for transport in with(Tls::new) {
        get(transport, &url).await.unwrap_err();
    }
    for transport in with(|| Tls::without_roots().system_roots().unwrap()) {
        get(transport, &url).await.unwrap();
    }
}
