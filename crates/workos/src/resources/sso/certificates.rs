//! The certificates of SAML connections: with which the identity provider signs its responses, with
//! which it encrypts them for WorkOS, and with which WorkOS signs its requests.

use super::SSOApi;
use crate::{List, ObjectType, Timestamp};

operations! {
    SSOApi, sso;

    /// Lists the certificates that responses of the identity provider are checked against, expired
    /// ones too, oldest first. The list comes whole.
    GET "/connections/{connection_id}/saml_idp_signing_certs"
        => list_connection_saml_idp_signing_certs(connection_id) -> List<SamlCertificate>;

    /// Adds a certificate that responses may be signed with, ahead of a rotation at the identity
    /// provider. Those already there stay.
    ///
    /// # Errors
    ///
    /// `invalid_certificate`, `certificate_expired` or `connection_is_not_saml`.
    POST "/connections/{connection_id}/saml_idp_signing_certs"
        => create_connection_saml_idp_signing_cert(
            connection_id, body: CreateSAMLIdpSigningCertificate
        ) -> SamlCertificate;

    /// Removes a certificate that responses may be signed with. It can come back with the identity
    /// provider's metadata, as long as it stands there.
    ///
    /// # Errors
    ///
    /// 400 `cannot_delete_last_certificate`.
    DELETE "/connections/{connection_id}/saml_idp_signing_certs/{certificate_id}"
        => delete_connection_saml_idp_signing_cert(connection_id, certificate_id) -> ();

    /// Lists the certificates that the identity provider may encrypt its responses with, expired
    /// ones too, oldest first. The list comes whole.
    GET "/connections/{connection_id}/saml_sp_encryption_certs"
        => list_connection_saml_sp_encryption_certs(connection_id) -> List<SamlCertificate>;

    /// Makes a key pair that responses can be encrypted for, and returns its certificate. WorkOS
    /// keeps the key.
    ///
    /// # Errors
    ///
    /// 409 `too_many_sp_encryption_certs`.
    POST "/connections/{connection_id}/saml_sp_encryption_certs"
        => create_connection_saml_sp_encryption_cert(connection_id) -> SamlCertificate;

    /// Removes a key pair that responses can be encrypted for. Take its certificate out of the
    /// identity provider first: what is still encrypted with it can no longer be read.
    DELETE "/connections/{connection_id}/saml_sp_encryption_certs/{certificate_id}"
        => delete_connection_saml_sp_encryption_cert(connection_id, certificate_id) -> ();

    /// Fetches the certificate that requests of WorkOS are signed with; 404 when they are not
    /// signed.
    GET "/connections/{connection_id}/saml_sp_signing_cert"
        => get_connection_saml_sp_signing_cert(connection_id) -> SamlCertificate;

    /// Makes the key pair that requests of WorkOS are signed with, and returns its certificate. A
    /// connection has one at a time: to rotate it, delete the old one first.
    ///
    /// # Errors
    ///
    /// 409 `sp_signing_cert_already_exists`.
    POST "/connections/{connection_id}/saml_sp_signing_cert"
        => create_connection_saml_sp_signing_cert(connection_id) -> SamlCertificate;

    /// Removes the key pair that requests of WorkOS are signed with. They go unsigned from then on.
    DELETE "/connections/{connection_id}/saml_sp_signing_cert/{certificate_id}"
        => delete_connection_saml_sp_signing_cert(connection_id, certificate_id) -> ();
}

inputs! {
    /// A certificate of the identity provider.
    #[derive(Eq)]
    CreateSAMLIdpSigningCertificate {
        /// The X.509 certificate in PEM form.
        value: String,
    }
}

objects! {
    /// A certificate of a SAML connection, without its private key.
    #[derive(Eq)]
    SamlCertificate {
        /// `saml_idp_signing_certificate`, `saml_sp_encryption_certificate` or
        /// `saml_sp_signing_certificate`.
        object: ObjectType,
        /// With which it can be deleted.
        id: String,
        /// The X.509 certificate in PEM form.
        value: String,
        /// From when it is valid.
        not_before: Option<Timestamp>,
        /// When it expires.
        not_after: Option<Timestamp>,
        /// When it was added.
        created_at: Timestamp,
    }
}
