//! SSO connections. Identity providers are never asked: their metadata counts as fetched, unless it
//! is at a host under `.invalid`, which no network has.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Uri;
use serde::Deserialize;
use serde_json::Value;
use workos::sso::*;
use workos::{EventData, Nullable, ObjectType, Page, Profile, SecretString};
use workos_contract::is_email;

use super::certificates::{self, Kind};
use crate::api::route::read;
use crate::fields::{chosen_id, email, organization, search, set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Store, StoredConnection, View, shown};

routes! {
    sso;
    list_connections(query)     => read list;
    create_connection(body)     => write create;
    get_connection(id)          => read get;
    update_connection(id, body) => write update;
    delete_connection(id)       => write delete;
}

/// A new connection of any type, in any state.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewConnection {
    /// The ID or the name of its organization. Required.
    pub organization: String,
    /// The ID; by default a new one.
    pub id: Option<String>,
    /// The name; by default that of the organization.
    pub name: Option<String>,
    /// Your own ID for the connection.
    pub external_id: Option<String>,
    /// The identity provider and the protocol; by default any that speaks SAML.
    pub connection_type: Option<ConnectionType>,
    /// The state; by default active.
    pub state: Option<ConnectionState>,
    /// The domains; by default those of the organization.
    pub domains: Vec<String>,
    /// The accounts at the identity provider.
    pub profiles: Vec<NewProfile>,
}

/// An account at an identity provider.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewProfile {
    /// The email address. Required.
    pub email: String,
    /// The ID; by default a new one.
    pub id: Option<String>,
    /// The identity provider's own ID for the user; by default a random one.
    pub idp_id: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The groups at the identity provider.
    pub groups: Option<Vec<String>>,
    /// The custom attributes mapped for the connection.
    pub custom_attributes: Option<BTreeMap<String, Value>>,
    /// All attributes from the identity provider, by their original names.
    pub raw_attributes: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Saml,
    Oidc,
}

fn list(view: &View<'_>, query: ListConnectionsParams) -> Answer<Page<Connection>> {
    let finds = search(query.search.clone());
    let domain = query.domain.as_ref().map(|domain| domain.to_lowercase());
    let type_ = query.connection_type.clone().map(canonical);
    let is_wanted = |row: &StoredConnection| {
        finds(&row.connection.name)
            && type_.as_ref().is_none_or(|type_| row.connection.connection_type == *type_)
            && query.state.as_ref().is_none_or(|state| row.connection.state == *state)
            && domain
                .as_ref()
                .is_none_or(|domain| domains(view, row).iter().any(|own| own.domain == *domain))
    };
    let page = match &query.organization_id {
        Some(id) => view.connections.page_by("organization", id, &query, is_wanted),
        None => view.connections.page(&query, is_wanted),
    };
    Ok(shown(page?, |row| answer(view, row)))
}

fn get(view: &View<'_>, id: &str) -> Answer<Connection> {
    view.one(id).map(|row| answer(view, row))
}

fn create(change: &mut Change<'_>, body: Value) -> Answer<Connection> {
    let type_ = body.get("connection_type").and_then(Value::as_str);
    let type_ = choose_type(type_, protocol_of(&body)?)?;
    let input: CreateConnection = read(body)?;
    let organization = change.one::<workos::Organization>(&input.organization_id)?.clone();
    if let Some(external_id) = &input.external_id {
        let mut others = change.connections.by("organization", &organization.id);
        let known = others.find(|row| row.external_id.as_ref() == Some(external_id));
        if let Some(known) = known.cloned() {
            return Ok(answer(change, &known));
        }
    }
    let id = change.id(StoredConnection::PREFIX);
    let name = input.name.unwrap_or_else(|| organization.name.clone());
    let mut row = new_row(change, id, &organization.id, type_, name);
    row.external_id = input.external_id;
    merge_maps(&mut row.attribute_maps, input.attribute_maps);
    match input.protocol_options {
        CreateProtocolOptions::SAML { saml_options } => {
            check_saml(&saml_options)?;
            row.saml_options = saml_options;
        }
        CreateProtocolOptions::Oidc { oidc_options } => {
            check_oidc(change, &oidc_options)?;
            row.oidc_options = oidc_options;
        }
        _ => {}
    }
    let row = store(change, row, ConnectionState::Active)?;
    Ok(answer(change, &row))
}

fn update(change: &mut Change<'_>, id: &str, body: Value) -> Answer<Connection> {
    let mut row: StoredConnection = change.copy(id)?;
    let options = |field: &str| body.get(field).cloned();
    let (saml, oidc) = (options("saml_options"), options("oidc_options"));
    let input: UpdateConnection = read(body)?;
    let type_ = &row.connection.connection_type;
    if input.connection_type.is_some_and(|given| canonical(given) != *type_) {
        let message = "The type of a connection cannot be changed.";
        return Err(Refusal::bad_request("connection_type_not_updatable", message));
    }
    let protocol = protocol(type_);
    let given = protocol_given(saml.is_some(), oidc.is_some())?;
    if given.is_some() && given != protocol {
        return Err(conflicting_type(type_));
    }
    set(&mut row.connection.name, input.name);
    set_nullable(&mut row.external_id, input.external_id);
    merge_maps(&mut row.attribute_maps, input.attribute_maps);
    if let Some(options) = saml {
        patch_saml(change, &mut row, read(options)?)?;
    }
    if let Some(options) = oidc {
        patch_oidc(&mut row.oidc_options, read(options)?)?;
    }
    row.connection.updated_at = change.now();
    let row = change.put(row)?;
    Ok(answer(change, &row))
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<StoredConnection>(id).map(drop)
}

/// Adds a connection with the accounts at its identity provider.
pub(crate) fn add_connection(change: &mut Change<'_>, new: NewConnection) -> Answer<Connection> {
    let organization = organization(change, &new.organization)?.clone();
    let type_ = canonical(new.connection_type.unwrap_or(ConnectionType::GenericSAML));
    if !ConnectionType::KNOWN.contains(&type_) {
        return Err(unsupported_type(&type_));
    }
    let state = new.state.unwrap_or(match type_ {
        ConnectionType::Pending => ConnectionState::RequiresType,
        _ => ConnectionState::Active,
    });
    let id = chosen_id::<StoredConnection>(change, new.id)?;
    let name = new.name.unwrap_or_else(|| organization.name.clone());
    let mut row = new_row(change, id, &organization.id, type_, name);
    row.external_id = new.external_id;
    for domain in new.domains {
        let id = change.id("conn_domain");
        row.connection.domains.push(connection_domain(id, &domain.trim().to_lowercase()));
    }
    let row = store(change, row, state)?;
    for new in new.profiles {
        add_profile(change, &row.id, new)?;
    }
    Ok(answer(change, &row))
}

/// Changes the state of a connection, as its organization's IT contact or an expired certificate
/// can.
pub(crate) fn set_connection_state(
    change: &mut Change<'_>,
    id: &str,
    state: ConnectionState,
) -> Answer<Connection> {
    let mut row = change.one::<StoredConnection>(id)?.clone();
    if row.connection.state != state {
        row = set_state(change, StoredConnection::clone(&row), state)?;
    }
    Ok(answer(change, &row))
}

/// Adds an account at the identity provider of a connection.
pub(crate) fn add_profile(
    change: &mut Change<'_>,
    connection_id: &str,
    new: NewProfile,
) -> Answer<Profile> {
    let connection = change.one::<StoredConnection>(connection_id)?.connection.clone();
    let email = email(&new.email);
    if !is_email(&email) {
        let message = format!("'{}' is not an email address.", new.email);
        return Err(Refusal::unprocessable("invalid_email", message));
    }
    let mut profile = Profile::default();
    profile.object = ObjectType::Profile;
    profile.id = chosen_id::<Profile>(change, new.id)?;
    profile.organization_id = connection.organization_id;
    profile.connection_id = connection.id;
    profile.connection_type = connection.connection_type;
    profile.idp_id = new.idp_id.unwrap_or_else(|| change.token(20));
    profile.email = email;
    let names: Vec<_> =
        [&new.first_name, &new.last_name].into_iter().flatten().map(String::as_str).collect();
    profile.name = Some(names.join(" ")).filter(|name| !name.is_empty());
    profile.first_name = new.first_name;
    profile.last_name = new.last_name;
    profile.groups = new.groups;
    profile.custom_attributes = new.custom_attributes;
    profile.raw_attributes = new.raw_attributes;
    change.put(profile.clone())?;
    Ok(profile)
}

fn new_row(
    change: &mut Change<'_>,
    id: String,
    organization_id: &str,
    type_: ConnectionType,
    name: String,
) -> StoredConnection {
    let mut connection = Connection::default();
    connection.object = ObjectType::Connection;
    connection.id.clone_from(&id);
    connection.organization_id = Some(organization_id.to_owned());
    connection.connection_type = type_;
    connection.name = name;
    connection.created_at = change.now();
    connection.external_key = Some(change.token(16));
    StoredConnection {
        id,
        connection,
        external_id: None,
        attribute_maps: ConnectionAttributeMaps::default(),
        saml_options: CreateConnectionSAMLOptions::default(),
        oidc_options: CreateConnectionOidcOptions::default(),
    }
}

/// Stores a new connection with its certificates.
fn store(
    change: &mut Change<'_>,
    mut row: StoredConnection,
    state: ConnectionState,
) -> Answer<Arc<StoredConnection>> {
    let certs = |pairs: Vec<CreateConnectionKeyPair>| pairs.into_iter().map(|pair| pair.cert);
    let options = &mut row.saml_options;
    let idp_signing = options.idp_signing_certs.take();
    let sp_signing = options.sp_signing_key_pair.take().map(|pair| vec![pair.cert]);
    let sp_encryption = options.sp_encryption_key_pairs.take().map(|pairs| certs(pairs).collect());
    let row = set_state(change, row, state)?;
    if !is_saml(&row) {
        return Ok(row);
    }
    for (kind, given) in [
        (Kind::IdpSigning, idp_signing),
        (Kind::SpSigning, sp_signing),
        (Kind::SpEncryption, sp_encryption),
    ] {
        match given {
            None => make_certificate(change, &row, kind)?,
            Some(values) => {
                for value in values {
                    certificates::add(change, &row.id, kind, value)?;
                }
            }
        }
    }
    Ok(row)
}

/// Makes a certificate of WorkOS, or one as the metadata of the identity provider has.
fn make_certificate(change: &mut Change<'_>, row: &StoredConnection, kind: Kind) -> Answer<()> {
    let url = row.saml_options.idp_metadata_url.as_deref().and_then(url);
    let name = match kind {
        Kind::IdpSigning => url.as_ref().and_then(Uri::host).unwrap_or("idp.example"),
        Kind::SpEncryption | Kind::SpSigning => certificates::sp_name(row),
    };
    certificates::make(change, &row.id, kind, name).map(drop)
}

/// Stores a connection, and tells whether it has become active or ceased to be so.
fn set_state(
    change: &mut Change<'_>,
    mut row: StoredConnection,
    state: ConnectionState,
) -> Answer<Arc<StoredConnection>> {
    let is_pending = row.connection.connection_type == ConnectionType::Pending;
    let is_possible = match state {
        ConnectionState::RequiresType => is_pending,
        ConnectionState::Active => !is_pending,
        _ => ConnectionState::KNOWN.contains(&state),
    };
    if !is_possible {
        let type_ = &row.connection.connection_type;
        let message = format!("A connection of type '{type_}' cannot be in the state '{state}'.");
        return Err(Refusal::unprocessable("invalid_connection_state", message));
    }
    let was_active = row.connection.state == ConnectionState::Active;
    let is_active = state == ConnectionState::Active;
    row.connection.state = state;
    row.connection.updated_at = change.now();
    let row = change.put(row)?;
    if was_active != is_active {
        let mut payload = answer(change, &row);
        payload.external_key.clone_from(&row.connection.external_key);
        change.tell(match is_active {
            true => EventData::ConnectionActivated(payload),
            false => EventData::ConnectionDeactivated(payload),
        });
    }
    Ok(row)
}

/// A connection as the API shows it.
fn answer(store: &Store, row: &StoredConnection) -> Connection {
    let mut connection = row.connection.clone();
    connection.external_key = None;
    connection.domains = domains(store, row);
    connection.status = Some(match connection.state {
        ConnectionState::Active => ConnectionStatus::Linked,
        _ => ConnectionStatus::Unlinked,
    });
    connection
}

/// The domains of a connection: its own, or else those of its organization.
fn domains(store: &Store, row: &StoredConnection) -> Vec<ConnectionDomain> {
    if !row.connection.domains.is_empty() {
        return row.connection.domains.clone();
    }
    let organization = store.organizations.get(row.organization_id());
    let domains = organization.into_iter().flat_map(|organization| &organization.domains);
    domains.map(|own| connection_domain(own.id.clone(), &own.domain)).collect()
}

fn connection_domain(id: String, name: &str) -> ConnectionDomain {
    let mut domain = ConnectionDomain::default();
    domain.object = ObjectType::ConnectionDomain;
    domain.id = id;
    domain.domain = name.to_owned();
    domain
}

/// Only a filter writes GitHub in another way.
fn canonical(type_: ConnectionType) -> ConnectionType {
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

pub(super) fn is_saml(row: &StoredConnection) -> bool {
    protocol(&row.connection.connection_type) == Some(Protocol::Saml)
}

fn protocol_of(body: &Value) -> Answer<Option<Protocol>> {
    protocol_given(body.get("saml_options").is_some(), body.get("oidc_options").is_some())
}

fn protocol_given(has_saml: bool, has_oidc: bool) -> Answer<Option<Protocol>> {
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
fn choose_type(type_: Option<&str>, options: Option<Protocol>) -> Answer<ConnectionType> {
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

fn unsupported_type(type_: &ConnectionType) -> Refusal {
    let message = format!("A connection cannot be created with the type '{type_}'.");
    Refusal::bad_request("connection_type_not_supported", message)
}

fn conflicting_type(type_: &ConnectionType) -> Refusal {
    let message = format!("The options are not those of a connection of type '{type_}'.");
    Refusal::bad_request("connection_type_conflicts_with_options", message)
}

fn check_saml(options: &CreateConnectionSAMLOptions) -> Answer<()> {
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

fn patch_saml(
    change: &mut Change<'_>,
    row: &mut StoredConnection,
    patch: PatchConnectionSAMLOptions,
) -> Answer<()> {
    let options = &mut row.saml_options;
    check_url("invalid_idp_sso_url", patch.idp_sso_url.as_deref())?;
    check_url(
        "invalid_url",
        patch.acs_url.as_ref().and_then(Nullable::as_value).map(|url| &**url),
    )?;
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
        make_certificate(change, row, Kind::IdpSigning)?;
    }
    Ok(())
}

fn ambiguous() -> Refusal {
    let message = "Give either idp_metadata_url or the other options of the identity provider.";
    Refusal::bad_request("ambiguous_saml_options", message)
}

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

fn check_oidc(change: &Change<'_>, options: &CreateConnectionOidcOptions) -> Answer<()> {
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

fn patch_oidc(
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
fn url(text: &str) -> Option<Uri> {
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
fn merge_maps(maps: &mut ConnectionAttributeMaps, given: Option<ConnectionAttributeMaps>) {
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
