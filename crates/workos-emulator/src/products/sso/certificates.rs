//! The certificates of SAML connections.

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, Uri};
use workos::sso::SamlCertificate;
use workos::{ObjectType, Timestamp};

use super::options::{is_saml, url};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, Store, StoredCertificate, StoredConnection};
use crate::x509::{self, Usage, Validity};

const LIFETIME: Duration = Duration::from_secs(3 * 365 * 24 * 60 * 60);
/// How many certificates for encrypted responses a connection may have.
const MAX_ENCRYPTION_CERTIFICATES: usize = 5;

/// Whose certificate it is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The identity provider signs its responses.
    IdpSigning,
    /// The identity provider encrypts its responses for WorkOS.
    SpEncryption,
    /// WorkOS signs its requests.
    SpSigning,
}

impl Kind {
    fn object(self) -> ObjectType {
        match self {
            Self::IdpSigning => ObjectType::SamlIdpSigningCertificate,
            Self::SpEncryption => ObjectType::SamlSpEncryptionCertificate,
            Self::SpSigning => ObjectType::SamlSpSigningCertificate,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::IdpSigning => "saml_x509_cert",
            Self::SpEncryption => "saml_enc_key_pair",
            Self::SpSigning => "saml_party_trust",
        }
    }

    fn usage(self) -> Usage {
        if self == Self::SpEncryption { Usage::Encryption } else { Usage::Signing }
    }
}

/// A connection that has certificates.
pub(crate) fn connection<'a>(store: &'a Store, id: &str) -> Answer<&'a Arc<StoredConnection>> {
    let connection = store.one::<StoredConnection>(id)?;
    if !is_saml(connection) {
        let message = "Only SAML connections have certificates.";
        return Err(Refusal::bad_request("connection_is_not_saml", message));
    }
    Ok(connection)
}

/// The certificates of one kind, oldest first.
pub(crate) fn of<'a>(
    store: &'a Store,
    connection_id: &str,
    kind: Kind,
) -> impl Iterator<Item = &'a SamlCertificate> + use<'a> {
    let rows = store.saml_certificates.by("kind", &key(connection_id, kind));
    rows.map(|row| &row.certificate)
}

/// The key of a connection's certificates of one kind.
fn key(connection_id: &str, kind: Kind) -> String {
    format!("{connection_id} {}", kind.object())
}

/// Checks a certificate and adds it.
pub(crate) fn add(
    change: &mut Change<'_>,
    connection_id: &str,
    kind: Kind,
    value: String,
) -> Answer<SamlCertificate> {
    let validity = check(change.now(), &value)?;
    let mut certificate = SamlCertificate::default();
    certificate.object = kind.object();
    certificate.id = change.id(kind.prefix());
    certificate.value = value;
    certificate.not_before = Some(validity.not_before);
    certificate.not_after = Some(validity.not_after);
    certificate.created_at = change.now();
    change.put(StoredCertificate {
        id: certificate.id.clone(),
        connection_id: connection_id.to_owned(),
        certificate: certificate.clone(),
    })?;
    Ok(certificate)
}

/// Adds a certificate of WorkOS on request, unless the connection has as many as it may.
pub(crate) fn create(
    change: &mut Change<'_>,
    connection_id: &str,
    kind: Kind,
) -> Answer<SamlCertificate> {
    let connection = connection(change, connection_id)?.clone();
    let count = of(change, connection_id, kind).count();
    if kind == Kind::SpEncryption && count >= MAX_ENCRYPTION_CERTIFICATES {
        let message = format!("A connection has at most {MAX_ENCRYPTION_CERTIFICATES} of them.");
        return Err(Refusal::conflict("too_many_sp_encryption_certs", message));
    }
    if kind == Kind::SpSigning && count > 0 {
        let message = "Delete the certificate of the connection before you create another.";
        return Err(Refusal::conflict("sp_signing_cert_already_exists", message));
    }
    make(change, &connection, kind)
}

/// Makes a certificate of WorkOS, or one as the metadata of the identity provider has, and adds it.
pub(super) fn make(
    change: &mut Change<'_>,
    connection: &StoredConnection,
    kind: Kind,
) -> Answer<SamlCertificate> {
    let url = connection.saml_options.idp_metadata_url.as_deref().and_then(url);
    let name = match kind {
        Kind::IdpSigning => url.as_ref().and_then(Uri::host).unwrap_or("idp.example"),
        Kind::SpEncryption | Kind::SpSigning => sp_name(connection),
    };
    let (serial, now) = (change.bytes(), change.now());
    let validity = Validity { not_before: now, not_after: now + LIFETIME };
    let value = x509::self_signed(name, kind.usage(), serial, validity).ok_or_else(|| {
        let message = "Could not make a certificate.";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "emulator_error", message)
    })?;
    add(change, &connection.id, kind, value)
}

/// Removes a certificate. The identity provider keeps at least one.
pub(crate) fn remove(
    change: &mut Change<'_>,
    connection_id: &str,
    kind: Kind,
    id: &str,
) -> Answer<()> {
    change.one::<StoredConnection>(connection_id)?;
    change.one_of::<StoredCertificate>("kind", &key(connection_id, kind), id)?;
    if kind == Kind::IdpSigning && of(change, connection_id, kind).nth(1).is_none() {
        let message = "A connection must keep one certificate of its identity provider.";
        return Err(Refusal::bad_request("cannot_delete_last_certificate", message));
    }
    change.remove::<StoredCertificate>(id).map(drop)
}

/// Reads a certificate that has not expired.
pub(super) fn check(now: Timestamp, value: &str) -> Answer<Validity> {
    let validity = x509::validity(value).ok_or_else(|| {
        let message = "The value is not one X.509 certificate in PEM format.";
        Refusal::bad_request("invalid_certificate", message)
    })?;
    if validity.not_after < now {
        let message = format!("The certificate expired at {}.", validity.not_after);
        return Err(Refusal::bad_request("certificate_expired", message));
    }
    Ok(validity)
}

/// What the certificates of WorkOS call it: its entity ID.
fn sp_name(row: &StoredConnection) -> &str {
    let own = row.saml_options.sp_entity_id.as_deref();
    own.or(row.connection.external_key.as_deref()).unwrap_or_default()
}
