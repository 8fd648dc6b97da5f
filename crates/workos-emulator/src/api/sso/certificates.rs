//! The certificates of SAML connections.

use std::time::Duration;

use http::StatusCode;
use workos::sso::*;
use workos::{ObjectType, Timestamp};

use super::connections::is_saml;
use crate::fields::PlainList;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, Store, StoredCertificate, StoredConnection, View};
use crate::x509::{self, Usage, Validity};

const LIFETIME: Duration = Duration::from_secs(3 * 365 * 24 * 60 * 60);
/// How many certificates for encrypted responses a connection may have.
const MAX_ENCRYPTION_CERTIFICATES: usize = 5;

routes! {
    sso;
    list_connection_saml_idp_signing_certs(connection_id) => read idp_signing;
    create_connection_saml_idp_signing_cert(connection_id, body) => write add_idp_signing;
    delete_connection_saml_idp_signing_cert(connection_id, id) => write delete_idp_signing;
    list_connection_saml_sp_encryption_certs(connection_id) => read sp_encryption;
    create_connection_saml_sp_encryption_cert(connection_id) => write add_sp_encryption;
    delete_connection_saml_sp_encryption_cert(connection_id, id) => write delete_sp_encryption;
    get_connection_saml_sp_signing_cert(connection_id) => read sp_signing;
    create_connection_saml_sp_signing_cert(connection_id) => write add_sp_signing;
    delete_connection_saml_sp_signing_cert(connection_id, id) => write delete_sp_signing;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    IdpSigning,
    SpEncryption,
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

fn idp_signing<'a>(view: &'a View<'_>, id: &str) -> Answer<PlainList<&'a SamlCertificate>> {
    list(view, id, Kind::IdpSigning)
}

fn add_idp_signing(
    change: &mut Change<'_>,
    connection_id: &str,
    input: CreateSAMLIdpSigningCertificate,
) -> Answer<SamlCertificate> {
    connection(change, connection_id)?;
    add(change, connection_id, Kind::IdpSigning, input.value)
}

fn delete_idp_signing(change: &mut Change<'_>, connection_id: &str, id: &str) -> Answer<()> {
    own(change, connection_id, Kind::IdpSigning, id)?;
    if of(change, connection_id, Kind::IdpSigning).nth(1).is_none() {
        let message = "A connection must keep one certificate of its identity provider.";
        return Err(Refusal::bad_request("cannot_delete_last_certificate", message));
    }
    change.remove::<StoredCertificate>(id).map(drop)
}

fn sp_encryption<'a>(view: &'a View<'_>, id: &str) -> Answer<PlainList<&'a SamlCertificate>> {
    list(view, id, Kind::SpEncryption)
}

fn add_sp_encryption(change: &mut Change<'_>, connection_id: &str) -> Answer<SamlCertificate> {
    let connection = connection(change, connection_id)?.clone();
    if of(change, connection_id, Kind::SpEncryption).count() >= MAX_ENCRYPTION_CERTIFICATES {
        let message = format!("A connection has at most {MAX_ENCRYPTION_CERTIFICATES} of them.");
        return Err(Refusal::conflict("too_many_sp_encryption_certs", message));
    }
    make(change, connection_id, Kind::SpEncryption, sp_name(&connection))
}

fn delete_sp_encryption(change: &mut Change<'_>, connection_id: &str, id: &str) -> Answer<()> {
    own(change, connection_id, Kind::SpEncryption, id)?;
    change.remove::<StoredCertificate>(id).map(drop)
}

fn sp_signing<'a>(view: &'a View<'_>, connection_id: &str) -> Answer<&'a SamlCertificate> {
    connection(view, connection_id)?;
    let signing = of(view, connection_id, Kind::SpSigning).next();
    signing.ok_or_else(|| Refusal::not_found("SP signing certificate", connection_id))
}

fn add_sp_signing(change: &mut Change<'_>, connection_id: &str) -> Answer<SamlCertificate> {
    let connection = connection(change, connection_id)?.clone();
    if of(change, connection_id, Kind::SpSigning).next().is_some() {
        let message = "Delete the certificate of the connection before you create another.";
        return Err(Refusal::conflict("sp_signing_cert_already_exists", message));
    }
    make(change, connection_id, Kind::SpSigning, sp_name(&connection))
}

fn delete_sp_signing(change: &mut Change<'_>, connection_id: &str, id: &str) -> Answer<()> {
    own(change, connection_id, Kind::SpSigning, id)?;
    change.remove::<StoredCertificate>(id).map(drop)
}

fn list<'a>(
    view: &'a View<'_>,
    connection_id: &str,
    kind: Kind,
) -> Answer<PlainList<&'a SamlCertificate>> {
    connection(view, connection_id)?;
    Ok(PlainList { data: of(view, connection_id, kind).collect() })
}

/// Checks a certificate and adds it.
pub(super) fn add(
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

/// Makes a certificate and adds it.
pub(super) fn make(
    change: &mut Change<'_>,
    connection_id: &str,
    kind: Kind,
    name: &str,
) -> Answer<SamlCertificate> {
    let (serial, now) = (change.bytes(), change.now());
    let validity = Validity { not_before: now, not_after: now + LIFETIME };
    let value = x509::self_signed(name, kind.usage(), serial, validity).ok_or_else(|| {
        let message = "Could not make a certificate.";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "emulator_error", message)
    })?;
    add(change, connection_id, kind, value)
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

/// A connection that has certificates.
fn connection<'a>(store: &'a Store, id: &str) -> Answer<&'a StoredConnection> {
    let connection = store.one::<StoredConnection>(id)?;
    if !is_saml(connection) {
        let message = "Only SAML connections have certificates.";
        return Err(Refusal::bad_request("connection_is_not_saml", message));
    }
    Ok(connection)
}

/// The certificates of one kind, oldest first.
fn of<'a>(
    store: &'a Store,
    connection_id: &str,
    kind: Kind,
) -> impl Iterator<Item = &'a SamlCertificate> + use<'a> {
    let rows = store.saml_certificates.by("kind", &format!("{connection_id} {}", kind.object()));
    rows.map(|row| &row.certificate)
}

fn own(store: &Store, connection_id: &str, kind: Kind, id: &str) -> Answer<()> {
    store.one::<StoredConnection>(connection_id)?;
    let key = format!("{connection_id} {}", kind.object());
    store.one_of::<StoredCertificate>("kind", &key, id).map(drop)
}

/// What the certificates of WorkOS call it: its entity ID.
pub(super) fn sp_name(row: &StoredConnection) -> &str {
    let own = row.saml_options.sp_entity_id.as_deref();
    own.or(row.connection.external_key.as_deref()).unwrap_or_default()
}
