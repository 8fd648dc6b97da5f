//! The certificates of SAML connections.

use workos::sso::*;

use crate::fields::PlainList;
use crate::products::sso::certificates::{Kind, add, connection, create, of, remove};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, View};

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
    remove(change, connection_id, Kind::IdpSigning, id)
}

fn sp_encryption<'a>(view: &'a View<'_>, id: &str) -> Answer<PlainList<&'a SamlCertificate>> {
    list(view, id, Kind::SpEncryption)
}

fn add_sp_encryption(change: &mut Change<'_>, connection_id: &str) -> Answer<SamlCertificate> {
    create(change, connection_id, Kind::SpEncryption)
}

fn delete_sp_encryption(change: &mut Change<'_>, connection_id: &str, id: &str) -> Answer<()> {
    remove(change, connection_id, Kind::SpEncryption, id)
}

fn sp_signing<'a>(view: &'a View<'_>, connection_id: &str) -> Answer<&'a SamlCertificate> {
    connection(view, connection_id)?;
    let signing = of(view, connection_id, Kind::SpSigning).next();
    signing.ok_or_else(|| Refusal::not_found("SP signing certificate", connection_id))
}

fn add_sp_signing(change: &mut Change<'_>, connection_id: &str) -> Answer<SamlCertificate> {
    create(change, connection_id, Kind::SpSigning)
}

fn delete_sp_signing(change: &mut Change<'_>, connection_id: &str, id: &str) -> Answer<()> {
    remove(change, connection_id, Kind::SpSigning, id)
}

fn list<'a>(
    view: &'a View<'_>,
    connection_id: &str,
    kind: Kind,
) -> Answer<PlainList<&'a SamlCertificate>> {
    connection(view, connection_id)?;
    Ok(PlainList { data: of(view, connection_id, kind).collect() })
}
