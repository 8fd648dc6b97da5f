//! The settings of SSO connections: the options of their protocol, and the maps of attributes.
//!
//! Identity providers are never asked: their metadata counts as fetched, unless it is at a host
//! under `.invalid`, which no network has.

use http::Uri;
use workos::sso::*;
use workos::{Nullable, SecretString};

use super::certificates::{self, Kind};
use crate::fields::{set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, StoredConnection};

/// The protocol of a connection that the API can create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Saml,
    Oidc,
}

/// The name of a type that connections have. Only a filter writes GitHub in another way.
pub(crate) fn canonical(type_: ConnectionType) -> ConnectionType {
    if type_ == ConnectionType::GithubOAuth { ConnectionType::GitHubOAuth } else { type_ }
}

/// The protocol of a type that the API can create.
fn protocol(type_: &ConnectionType) -> Option<Protocol> {
    let name = type_.as_str().to_lowercase();
    match (name.ends_with("saml"), name.ends_with("oidc")) {
        (true, _) => Some(Protocol::Saml),
        (_, true) => Some(Protocol::Oidc),
        _ => None,
    }
}

/// Whether a connection uses SAML, and so has certificates.
pub(super) fn is_saml(row: &StoredConnection) -> bool {
    protocol(&row.connection.connection_type) == Some(Protocol::Saml)
}

/// The protocol whose options a request has.
pub(crate) fn protocol_given(has_saml: bool, has_oidc: bool) -> Answer<Option<Protocol>> {
    match (has_saml, has_oidc) {
        (true, true) => {
            let message = "Give either saml_options or oidc_options.";
            Err(Refusal::bad_request("both_saml_and_oidc_options_provided", message))
        }
        (true, false) => Ok(Some(Protocol::Saml)),
        (false, true) => Ok(Some(Protocol::Oidc)),
        (false, false) => Ok(None),
    }
}

/// The type of a new connection, which goes with its options.
pub(crate) fn choose_type(
    type_: Option<&str>,
    options: Option<Protocol>,
) -> Answer<ConnectionType> {
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    let Some(type_) = type_ else {
        return match options {
            Some(Protocol::Saml) => Ok(ConnectionType::GenericSAML),
            Some(Protocol::Oidc) => Ok(ConnectionType::GenericOidc),
            None => {
                let message = "Give saml_options or oidc_options.";
                refuse("connection_type_or_options_required", message)
            }
        };
    };
    let type_ = canonical(ConnectionType::from(type_));
    let protocol = protocol(&type_).filter(|_| ConnectionType::KNOWN.contains(&type_));
    match (protocol, options) {
        (None, _) => Err(unsupported_type(&type_)),
        (Some(Protocol::Saml), None) => {
            refuse("saml_options_required", "A SAML connection requires saml_options.")
        }
        (Some(Protocol::Oidc), None) => {
            refuse("oidc_options_required", "An OpenID Connect connection requires oidc_options.")
        }
        (Some(protocol), Some(options)) if protocol != options => Err(conflicting_type(&type_)),
        _ => Ok(type_),
    }
}

/// Refuses options that are not those of a connection's type.
pub(crate) fn check_options(type_: &ConnectionType, options: Option<Protocol>) -> Answer<()> {
    if options.is_some() && options != protocol(type_) {
        return Err(conflicting_type(type_));
    }
    Ok(())
}

/// The refusal of a type that no new connection can have.
pub(super) fn unsupported_type(type_: &ConnectionType) -> Refusal {
    let message = format!("A connection cannot be created with the type '{type_}'.");
    Refusal::bad_request("connection_type_not_supported", message)
}

fn conflicting_type(type_: &ConnectionType) -> Refusal {
    let message = format!("The options are not those of a connection of type '{type_}'.");
    Refusal::bad_request("connection_type_conflicts_with_options", message)
}

/// Checks the options of a new SAML connection.
pub(super) fn check_saml(options: &CreateConnectionSAMLOptions) -> Answer<()> {
    let certs = options.idp_signing_certs.as_deref();
    match &options.idp_metadata_url {
        Some(url) => {
            if options.idp_entity_id.is_some() || options.idp_sso_url.is_some() || certs.is_some() {
                return Err(ambiguous());
            }
            fetch_metadata(url)?;
        }
        None if options.idp_sso_url.is_none() || certs.is_none_or(<[_]>::is_empty) => {
            let message = "Give idp_metadata_url, or idp_sso_url and idp_signing_certs.";
            return Err(Refusal::bad_request("incomplete_saml_options", message));
        }
        None => {}
    }
    check_url("invalid_idp_sso_url", options.idp_sso_url.as_deref())?;
    check_url("invalid_url", options.acs_url.as_deref())?;
    let pairs = options.sp_encryption_key_pairs.iter().flatten();
    pairs.chain(&options.sp_signing_key_pair).try_for_each(check_pair)
}

/// Changes the options of a SAML connection. Metadata at a new URL brings a new certificate.
pub(crate) fn patch_saml(
    change: &mut Change<'_>,
    row: &mut StoredConnection,
    patch: PatchConnectionSAMLOptions,
) -> Answer<()> {
    let options = &mut row.saml_options;
    check_url("invalid_idp_sso_url", patch.idp_sso_url.as_deref())?;
    let acs_url = patch.acs_url.as_ref().and_then(Nullable::as_value);
    check_url("invalid_url", acs_url.map(|url| &**url))?;
    set_nullable(&mut options.acs_url, patch.acs_url);
    set_nullable(&mut options.sp_entity_id, patch.sp_entity_id);
    let is_fetched = matches!(patch.idp_metadata_url, Some(Nullable::Value(_)));
    set_nullable(&mut options.idp_metadata_url, patch.idp_metadata_url);
    let given = [
        (&mut options.idp_entity_id, patch.idp_entity_id),
        (&mut options.idp_sso_url, patch.idp_sso_url),
    ];
    for (field, value) in given {
        if value.is_some() {
            // The next fetch would replace it.
            if options.idp_metadata_url.is_some() {
                return Err(ambiguous());
            }
            *field = value;
        }
    }
    if let Some(url) = options.idp_metadata_url.as_deref().filter(|_| is_fetched) {
        fetch_metadata(url)?;
        (options.idp_entity_id, options.idp_sso_url) = (None, None);
        certificates::make(change, row, Kind::IdpSigning)?;
    }
    Ok(())
}

fn ambiguous() -> Refusal {
    let message = "Give either idp_metadata_url or the other options of the identity provider.";
    Refusal::bad_request("ambiguous_saml_options", message)
}

/// Refuses a URL that metadata cannot be fetched from.
fn fetch_metadata(text: &str) -> Answer<()> {
    let url = url(text);
    let host = url.as_ref().and_then(Uri::host).filter(|host| !host.ends_with(".invalid"));
    if host.is_none() {
        let message = format!("Could not fetch the metadata at '{text}'.");
        return Err(Refusal::bad_request("idp_metadata_fetch_failed", message));
    }
    Ok(())
}

fn check_pair(pair: &CreateConnectionKeyPair) -> Answer<()> {
    let key = pair.key.expose().trim();
    if key.starts_with("-----BEGIN ") && key.ends_with(" PRIVATE KEY-----") {
        return Ok(());
    }
    let message = "The key of a key pair must be a private key in PEM format.";
    Err(Refusal::bad_request("invalid_certificate", message))
}

/// Checks the options of a new OpenID Connect connection.
pub(super) fn check_oidc(change: &Change<'_>, options: &CreateConnectionOidcOptions) -> Answer<()> {
    check_discovery(&options.discovery_endpoint)?;
    check_url("invalid_url", options.redirect_uri.as_deref())?;
    let has_key_pair = options.jwt_signing_key_pair.is_some();
    if has_key_pair && !signs(options.token_authentication_method.as_ref()) {
        let message = "Only private_key_jwt uses a key pair.";
        return Err(Refusal::bad_request("key_pair_not_accepted", message));
    }
    options.jwt_signing_key_pair.iter().try_for_each(|pair| {
        check_pair(pair)?;
        certificates::check(change.now(), &pair.cert).map(drop)
    })?;
    check_secret(options)
}

/// Changes the options of an OpenID Connect connection.
pub(crate) fn patch_oidc(
    options: &mut CreateConnectionOidcOptions,
    patch: PatchConnectionOidcOptions,
) -> Answer<()> {
    if let Some(endpoint) = patch.discovery_endpoint {
        check_discovery(&endpoint)?;
        options.discovery_endpoint = endpoint;
    }
    let redirect_uri = patch.redirect_uri.as_ref().and_then(Nullable::as_value);
    check_url("invalid_url", redirect_uri.map(|url| &**url))?;
    set_nullable(&mut options.redirect_uri, patch.redirect_uri);
    set(&mut options.client_id, patch.client_id);
    if let Some(method) = patch.token_authentication_method {
        if signs(Some(&method)) {
            options.client_secret = None;
        } else {
            options.jwt_signing_key_pair = None;
        }
        options.token_authentication_method = Some(method);
    }
    if let Some(secret) = patch.client_secret {
        options.client_secret = Some(secret);
    }
    for (field, value) in
        [(&mut options.pkce, patch.pkce), (&mut options.fetch_user_info, patch.fetch_user_info)]
    {
        *field = value.or(*field);
    }
    if patch.id_token_signature_algorithm.is_some() {
        options.id_token_signature_algorithm = patch.id_token_signature_algorithm;
    }
    check_secret(options)
}

fn check_discovery(endpoint: &str) -> Answer<()> {
    if url(endpoint).is_some_and(|url| url.scheme_str() == Some("https")) {
        return Ok(());
    }
    let message = "discovery_endpoint must be an HTTPS URL.";
    Err(Refusal::bad_request("discovery_endpoint_must_use_https", message))
}

/// Either WorkOS signs with its key, or it has a secret.
fn check_secret(options: &CreateConnectionOidcOptions) -> Answer<()> {
    let has_secret = options.client_secret.as_ref().is_some_and(|secret| !is_empty(secret));
    match (signs(options.token_authentication_method.as_ref()), has_secret) {
        (true, true) => {
            let message = "private_key_jwt does not use a client_secret.";
            Err(Refusal::bad_request("client_secret_not_accepted", message))
        }
        (false, false) => {
            let message = "client_secret is required, except for private_key_jwt.";
            Err(Refusal::bad_request("client_secret_required", message))
        }
        _ => Ok(()),
    }
}

fn is_empty(secret: &SecretString) -> bool {
    secret.expose().is_empty()
}

fn signs(method: Option<&OidcTokenAuthenticationMethod>) -> bool {
    method == Some(&OidcTokenAuthenticationMethod::PrivateKeyJWT)
}

/// An HTTP URL with a host.
pub(super) fn url(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    (is_http && url.host().is_some_and(|host| !host.is_empty())).then_some(url)
}

fn check_url(code: &str, text: Option<&str>) -> Answer<()> {
    match text {
        Some(text) if url(text).is_none() => {
            Err(Refusal::bad_request(code, format!("'{text}' is not an HTTP URL.")))
        }
        _ => Ok(()),
    }
}

/// Sets what is given; null and, among custom attributes, `None` remove.
pub(crate) fn merge_maps(
    maps: &mut ConnectionAttributeMaps,
    given: Option<ConnectionAttributeMaps>,
) {
    let Some(given) = given else { return };
    if let Some(new) = given.standard_attributes {
        let old = maps.standard_attributes.get_or_insert_default();
        for (field, value) in [
            (&mut old.idp_id, new.idp_id),
            (&mut old.email, new.email),
            (&mut old.first_name, new.first_name),
            (&mut old.last_name, new.last_name),
        ] {
            *field = value.or(field.take());
        }
        for (field, value) in [(&mut old.groups, new.groups), (&mut old.name, new.name)] {
            *field = value.or(field.take());
        }
    }
    let custom = maps.custom_attributes.get_or_insert_default();
    custom.extend(given.custom_attributes.into_iter().flatten());
    custom.retain(|_, source| source.is_some());
}
