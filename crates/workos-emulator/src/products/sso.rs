//! SSO connections and the accounts at their identity providers.

pub(crate) mod certificates;
pub(crate) mod options;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workos::sso::*;
use workos::{EventData, ObjectType, Organization, Profile};
use workos_contract::is_email;

use self::certificates::Kind;
use self::options::{canonical, check_oidc, check_saml, is_saml, merge_maps, unsupported_type};
use crate::fields::{chosen_id, email, full_name, is_default, organization};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, Store, StoredConnection};

/// A new connection of any type, in any state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewConnection {
    /// The ID or the name of its organization. Required.
    pub organization: String,
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The name; by default that of the organization.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// Your own ID for the connection.
    #[serde(skip_serializing_if = "is_default")]
    pub external_id: Option<String>,
    /// The identity provider and the protocol; by default any that speaks SAML.
    #[serde(skip_serializing_if = "is_default")]
    pub connection_type: Option<ConnectionType>,
    /// The state; by default active.
    #[serde(skip_serializing_if = "is_default")]
    pub state: Option<ConnectionState>,
    /// The domains; by default those of the organization.
    #[serde(skip_serializing_if = "is_default")]
    pub domains: Vec<String>,
    /// The accounts at the identity provider.
    #[serde(skip_serializing_if = "is_default")]
    pub profiles: Vec<NewProfile>,
}

/// An account at an identity provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewProfile {
    /// The email address. Required.
    pub email: String,
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The identity provider's own ID for the user; by default a random one.
    #[serde(skip_serializing_if = "is_default")]
    pub idp_id: Option<String>,
    /// The given name.
    #[serde(skip_serializing_if = "is_default")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "is_default")]
    pub last_name: Option<String>,
    /// The groups at the identity provider.
    #[serde(skip_serializing_if = "is_default")]
    pub groups: Option<Vec<String>>,
    /// The custom attributes mapped for the connection.
    #[serde(skip_serializing_if = "is_default")]
    pub custom_attributes: Option<BTreeMap<String, Value>>,
    /// All attributes from the identity provider, by their original names.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_attributes: BTreeMap<String, Value>,
}

/// Adds a connection as the API can: active, and of a type that goes with its options. If the
/// organization has one with the same external ID, returns that.
pub(crate) fn create_connection(
    change: &mut Change<'_>,
    type_: ConnectionType,
    input: CreateConnection,
) -> Answer<Connection> {
    let organization = change.one::<Organization>(&input.organization_id)?.clone();
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
        let message = format!("'{}' is not a valid email address.", new.email);
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
    profile.name = full_name(new.first_name.as_deref(), new.last_name.as_deref());
    profile.first_name = new.first_name;
    profile.last_name = new.last_name;
    profile.groups = new.groups;
    profile.custom_attributes = new.custom_attributes;
    profile.raw_attributes = new.raw_attributes;
    change.put(profile.clone())?;
    Ok(profile)
}

/// A new connection without options; not stored yet.
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

/// Stores a new connection with its certificates. Those that were not given are made.
fn store(
    change: &mut Change<'_>,
    mut row: StoredConnection,
    state: ConnectionState,
) -> Answer<Arc<StoredConnection>> {
    let options = &mut row.saml_options;
    let certs = |pairs: Vec<CreateConnectionKeyPair>| pairs.into_iter().map(|pair| pair.cert);
    let given = [
        (Kind::IdpSigning, options.idp_signing_certs.take()),
        (Kind::SpSigning, options.sp_signing_key_pair.take().map(|pair| vec![pair.cert])),
        (
            Kind::SpEncryption,
            options.sp_encryption_key_pairs.take().map(|pairs| certs(pairs).collect()),
        ),
    ];
    let row = set_state(change, row, state)?;
    if !is_saml(&row) {
        return Ok(row);
    }
    for (kind, values) in given {
        let Some(values) = values else {
            certificates::make(change, &row, kind)?;
            continue;
        };
        for value in values {
            certificates::add(change, &row.id, kind, value)?;
        }
    }
    Ok(row)
}

/// Stores a connection, with an event if it becomes active or is no longer active.
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
pub(crate) fn answer(store: &Store, row: &StoredConnection) -> Connection {
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
pub(crate) fn domains(store: &Store, row: &StoredConnection) -> Vec<ConnectionDomain> {
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

/// A connection as seed data have it.
pub(crate) fn written(store: &Store, row: &StoredConnection) -> NewConnection {
    let connection = &row.connection;
    let profiles = store.profiles.by("connection", &row.id);
    NewConnection {
        organization: row.organization_id().to_owned(),
        id: Some(row.id.clone()),
        name: Some(connection.name.clone()),
        external_id: row.external_id.clone(),
        connection_type: Some(connection.connection_type.clone()),
        state: Some(connection.state.clone()).filter(|state| *state != ConnectionState::Active),
        domains: connection.domains.iter().map(|own| own.domain.clone()).collect(),
        profiles: profiles.map(|profile| written_profile(profile)).collect(),
    }
}

fn written_profile(profile: &Profile) -> NewProfile {
    NewProfile {
        email: profile.email.clone(),
        id: Some(profile.id.clone()),
        idp_id: Some(profile.idp_id.clone()),
        first_name: profile.first_name.clone(),
        last_name: profile.last_name.clone(),
        groups: profile.groups.clone().filter(|groups| !groups.is_empty()),
        custom_attributes: profile.custom_attributes.clone().filter(|own| !own.is_empty()),
        raw_attributes: profile.raw_attributes.clone(),
    }
}
