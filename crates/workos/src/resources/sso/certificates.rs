//! The certificates of SAML connections: the IdP's, which verify its responses, and those of WorkOS
//! as service provider (SP), for encrypted responses and signed requests.

use super::SSOApi;
use crate::{List, ObjectType, Timestamp};

operations! {
    SSOApi, sso;

    /// Lists the certificates that verify the IdP's responses, including expired ones, oldest
    /// first. Not paginated.
    GET "/connections/{connection_id}/saml_idp_signing_certs" @ "sso/saml-idp-signing-certificate"
        => list_connection_saml_idp_signing_certs(connection_id) -> List<SamlCertificate>;

    /// Adds a certificate that verifies the IdP's responses, for example ahead of a rotation at the
    /// IdP. Existing certificates stay valid.
    ///
    /// # Errors
    ///
    /// `invalid_certificate`, `certificate_expired` or `connection_is_not_saml`.
    POST "/connections/{connection_id}/saml_idp_signing_certs" @ "sso/saml-idp-signing-certificate"
        => create_connection_saml_idp_signing_cert(
            connection_id, body: CreateSAMLIdpSigningCertificate
        ) -> SamlCertificate;

    /// Removes a certificate that verifies the IdP's responses. WorkOS may add it again as long as
    /// the IdP's metadata contains it.
    ///
    /// # Errors
    ///
    /// 400 `cannot_delete_last_certificate`.
    DELETE "/connections/{connection_id}/saml_idp_signing_certs/{certificate_id}"
        @ "sso/saml-idp-signing-certificate"
        => delete_connection_saml_idp_signing_cert(connection_id, certificate_id) -> ();

    /// Lists the certificates that the IdP can encrypt its responses with, including expired ones,
    /// oldest first. Not paginated.
    GET "/connections/{connection_id}/saml_sp_encryption_certs"
        => list_connection_saml_sp_encryption_certs(connection_id) -> List<SamlCertificate>;

    /// Creates a key pair for encrypted responses and returns its certificate. WorkOS holds the
    /// private key.
    ///
    /// # Errors
    ///
    /// 409 `too_many_sp_encryption_certs`.
    POST "/connections/{connection_id}/saml_sp_encryption_certs"
        => create_connection_saml_sp_encryption_cert(connection_id) -> SamlCertificate;

    /// Deletes a key pair for encrypted responses. Remove its certificate from the IdP first:
    /// WorkOS can no longer decrypt responses that use it.
    DELETE "/connections/{connection_id}/saml_sp_encryption_certs/{certificate_id}"
        => delete_connection_saml_sp_encryption_cert(connection_id, certificate_id) -> ();

    /// Fetches the certificate that WorkOS signs its requests with; 404 if they are not signed.
    GET "/connections/{connection_id}/saml_sp_signing_cert" @ "sso/saml-sp-signing-certificate"
        => get_connection_saml_sp_signing_cert(connection_id) -> SamlCertificate;

    /// Creates the key pair that WorkOS signs its requests with, and returns its certificate. A
    /// connection has one at a time: to rotate it, delete the old one first.
    ///
    /// # Errors
    ///
    /// 409 `sp_signing_cert_already_exists`.
    POST "/connections/{connection_id}/saml_sp_signing_cert" @ "sso/saml-sp-signing-certificate"
        => create_connection_saml_sp_signing_cert(connection_id) -> SamlCertificate;

    /// Deletes the key pair that WorkOS signs its requests with. It then sends unsigned requests.
    DELETE "/connections/{connection_id}/saml_sp_signing_cert/{certificate_id}"
        @ "sso/saml-sp-signing-certificate"
        => delete_connection_saml_sp_signing_cert(connection_id, certificate_id) -> ();
}

inputs! {
    /// A signing certificate of the IdP.
    #[derive(Eq)]
    CreateSAMLIdpSigningCertificate {
        /// The X.509 certificate in PEM format.
        value: String,
    }
}

objects! {
    /// A certificate of a SAML connection, without its private key.
    #[doc(alias = "X509")]
    #[derive(Eq)]
    SamlCertificate {
        /// `saml_idp_signing_certificate`, `saml_sp_encryption_certificate` or
        /// `saml_sp_signing_certificate`.
        object: ObjectType,
        /// The ID of the certificate.
        id: String,
        /// The X.509 certificate in PEM format.
        value: String,
        /// When it becomes valid.
        not_before: Option<Timestamp>,
        /// When it expires.
        not_after: Option<Timestamp>,
        /// When it was added.
        created_at: Timestamp,
    }
}
