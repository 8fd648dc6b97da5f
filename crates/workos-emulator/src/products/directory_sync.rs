//! What directory providers do: they connect a directory, and create, change and remove its users
//! and groups. No operation of the API does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use workos::directory_sync::*;
use workos::events::DirectoryGroupMember;
use workos::{EventData, Nullable, ObjectType, SlimRole};
use workos_contract::is_email;

use super::directory_scripts::{self, DirectoryScript};
use crate::fields::{email, full_name, is_default, make_as, organization, set, set_nullable};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    Change, DirectoryGroupRole, DirectoryMember, Store, in_directory, previous_attributes,
};

/// What only events call the type of a directory.
const NAMES_IN_EVENTS: [DirectoryType; 2] = [DirectoryType::Gusto, DirectoryType::Rippling];

/// A new directory with its first users and groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDirectory {
    /// The ID or the name of its organization. Required.
    pub organization: String,
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The name; by default that of the organization.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// The provider; by default Okta over SCIM.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub type_: Option<DirectoryType>,
    /// The state; by default linked.
    #[serde(skip_serializing_if = "is_default")]
    pub state: Option<DirectoryState>,
    /// The domain; by default the first of the organization, none if empty.
    #[serde(skip_serializing_if = "is_default")]
    pub domain: Option<String>,
    /// The groups. In seed data, the name of a group is enough.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "groups")]
    pub groups: Vec<NewDirectoryGroup>,
    /// The users.
    #[serde(skip_serializing_if = "is_default")]
    pub users: Vec<NewDirectoryUser>,
    /// Scripts to start with the directory, for what changes in it later.
    #[serde(skip_serializing_if = "is_default")]
    pub scripts: Vec<DirectoryScript>,
}

fn groups<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NewDirectoryGroup>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Group {
        Name(String),
        Whole(NewDirectoryGroup),
    }
    let whole = |group| match group {
        Group::Name(name) => NewDirectoryGroup { name, ..NewDirectoryGroup::default() },
        Group::Whole(group) => group,
    };
    let groups = Vec::<Group>::deserialize(deserializer)?;
    Ok(groups.into_iter().map(whole).collect())
}

/// A new group of a directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDirectoryGroup {
    /// The name. Required.
    pub name: String,
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The provider's ID of the group; by default a random one.
    #[serde(skip_serializing_if = "is_default")]
    pub idp_id: Option<String>,
    /// The slug of the role that its members get.
    #[serde(skip_serializing_if = "is_default")]
    pub role: Option<String>,
    /// The raw attributes from the provider.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_attributes: Option<BTreeMap<String, Value>>,
}

/// An ID of a provider.
fn idp_id(change: &mut Change<'_>) -> String {
    if change.drop_in { change.id("idp") } else { change.token(20) }
}

/// A new user of a directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDirectoryUser {
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The provider's ID of the user; by default a random one.
    #[serde(skip_serializing_if = "is_default")]
    pub idp_id: Option<String>,
    /// The primary email address.
    #[serde(skip_serializing_if = "is_default")]
    pub email: Option<String>,
    /// All email addresses; by default the primary one.
    #[serde(skip_serializing_if = "is_default")]
    pub emails: Option<Vec<DirectoryUserEmail>>,
    /// The first name.
    #[serde(skip_serializing_if = "is_default")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "is_default")]
    pub last_name: Option<String>,
    /// The full name; by default the first and the last name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// The job title.
    #[serde(skip_serializing_if = "is_default")]
    pub job_title: Option<String>,
    /// The username.
    #[serde(skip_serializing_if = "is_default")]
    pub username: Option<String>,
    /// The state; by default active.
    #[serde(skip_serializing_if = "is_default")]
    pub state: Option<DirectoryUserState>,
    /// The raw attributes from the provider.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_attributes: BTreeMap<String, Value>,
    /// The custom attributes mapped for the directory.
    #[serde(skip_serializing_if = "is_default")]
    pub custom_attributes: BTreeMap<String, Value>,
    /// The names or IDs of the user's groups.
    #[serde(skip_serializing_if = "is_default")]
    pub groups: Vec<String>,
}

/// Changes to a user of a directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectoryUserUpdate {
    /// The primary email address, which changes in the list of all as well.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub email: Option<Nullable<String>>,
    /// The first name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub first_name: Option<Nullable<String>>,
    /// The last name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub last_name: Option<Nullable<String>>,
    /// The full name. Unless it was given, it follows the first and the last name.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub name: Option<Nullable<String>>,
    /// The job title.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub job_title: Option<Nullable<String>>,
    /// The username.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub username: Option<Nullable<String>>,
    /// The state.
    #[serde(skip_serializing_if = "is_default")]
    pub state: Option<DirectoryUserState>,
    /// All raw attributes.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_attributes: Option<BTreeMap<String, Value>>,
    /// All custom attributes.
    #[serde(skip_serializing_if = "is_default")]
    pub custom_attributes: Option<BTreeMap<String, Value>>,
}

/// Changes to a group of a directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectoryGroupUpdate {
    /// The name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// The slug of the role that its members get.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "nullable")]
    pub role: Option<Nullable<String>>,
    /// All raw attributes.
    #[serde(skip_serializing_if = "is_default")]
    pub raw_attributes: Option<BTreeMap<String, Value>>,
}

/// Null clears a field; one that is left out stays.
fn nullable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Nullable<String>>, D::Error> {
    Option::deserialize(deserializer).map(|text| Some(Nullable::or_null(text)))
}

/// As in a first sync: the directory, its users, its groups, and who is in them.
pub(crate) fn add_directory(change: &mut Change<'_>, new: NewDirectory) -> Answer<Directory> {
    let organization = organization(change, &new.organization)?.clone();
    let mut directory: Directory = make_as(change, new.id)?;
    directory.organization_id = Some(organization.id.clone());
    directory.external_key = Some(change.token(16));
    let usual = match change.drop_in {
        true => DirectoryType::GenericSCIMV20,
        false => DirectoryType::OktaSCIMV20,
    };
    directory.type_ = known_type(new.type_.unwrap_or(usual))?;
    directory.state = state_of(new.state.unwrap_or(DirectoryState::Linked))?;
    directory.name = new.name.unwrap_or_else(|| organization.name.clone());
    let domain = new.domain.map(|domain| domain.trim().to_lowercase());
    let first = || organization.domains.first().map(|own| own.domain.clone());
    directory.domain = domain.or_else(first).filter(|domain| !domain.is_empty());
    let directory = change.put(directory)?;
    tell_of_activation(change, &directory);
    let mut members = Vec::new();
    for mut new in new.users {
        let groups = std::mem::take(&mut new.groups);
        members.push((add_user(change, &directory.id, new)?, groups));
    }
    for new in new.groups {
        add_group(change, &directory.id, new)?;
    }
    for (user, groups) in members {
        join(change, &user, groups)?;
    }
    for (index, script) in new.scripts.into_iter().enumerate() {
        directory_scripts::start(change, &directory.id, script, &format!("scripts[{index}]."))?;
    }
    Ok(counted(change, &directory))
}

/// Changes the state of a directory, as when its credentials expire.
pub(crate) fn set_directory_state(
    change: &mut Change<'_>,
    id: &str,
    state: DirectoryState,
) -> Answer<Directory> {
    let mut directory: Directory = change.copy(id)?;
    let before = std::mem::replace(&mut directory.state, state_of(state)?);
    if before != directory.state {
        directory.updated_at = change.now();
        let directory = change.put(directory)?;
        tell_of_activation(change, &directory);
    }
    change.one(id).map(|directory| counted(change, directory))
}

fn known_type(type_: DirectoryType) -> Answer<DirectoryType> {
    if DirectoryType::KNOWN.contains(&type_) && !NAMES_IN_EVENTS.contains(&type_) {
        return Ok(type_);
    }
    let message = format!("There is no directory type '{type_}'.");
    Err(Refusal::unprocessable("invalid_directory_type", message))
}

/// The name of a state that the API uses, also for one that only events use.
fn state_of(state: DirectoryState) -> Answer<DirectoryState> {
    match state {
        DirectoryState::Active => Ok(DirectoryState::Linked),
        DirectoryState::Inactive => Ok(DirectoryState::Unlinked),
        known if DirectoryState::KNOWN.contains(&known) => Ok(known),
        unknown => {
            let message = format!("There is no directory state '{unknown}'.");
            Err(Refusal::unprocessable("invalid_directory_state", message))
        }
    }
}

/// Tells of a directory that is connected now.
fn tell_of_activation(change: &mut Change<'_>, directory: &Directory) {
    if directory.state != DirectoryState::Linked {
        return;
    }
    let mut payload = directory.clone();
    payload.state = DirectoryState::Active;
    payload.domain = None;
    let id = directory.organization_id.as_deref().unwrap_or_default();
    let organization = change.organizations.get(id);
    let domains = organization.into_iter().flat_map(|organization| &organization.domains);
    let domains = domains.map(|own| {
        let mut domain = workos::sso::ConnectionDomain::default();
        domain.object = ObjectType::OrganizationDomain;
        domain.id.clone_from(&own.id);
        domain.domain.clone_from(&own.domain);
        domain
    });
    payload.domains = Some(domains.collect());
    change.tell(EventData::DsyncActivated(payload));
}

/// Adds a user, who joins the groups.
pub(crate) fn add_user(
    change: &mut Change<'_>,
    directory_id: &str,
    new: NewDirectoryUser,
) -> Answer<DirectoryUser> {
    let directory = change.one::<Directory>(directory_id)?.clone();
    let mut user: DirectoryUser = make_as(change, new.id)?;
    user.directory_id.clone_from(&directory.id);
    user.organization_id = directory.organization_id.clone().unwrap_or_default();
    user.idp_id = new.idp_id.unwrap_or_else(|| idp_id(change));
    user.email = new.email.map(valid_email).transpose()?;
    let primary = || user.email.iter().map(|email| primary_email(email)).collect();
    user.emails = Some(new.emails.unwrap_or_else(primary));
    user.first_name = new.first_name;
    user.last_name = new.last_name;
    user.name = new.name.or_else(|| name_of(&user));
    user.job_title = new.job_title;
    user.username = new.username;
    user.state = user_state(new.state.unwrap_or(DirectoryUserState::Active))?;
    user.raw_attributes = new.raw_attributes;
    user.custom_attributes = new.custom_attributes;
    let user = change.put(user)?;
    change.tell(EventData::DsyncUserCreated(DirectoryUser::clone(&user)));
    join(change, &user, new.groups)?;
    change.copy(&user.id)
}

pub(crate) fn update_user(
    change: &mut Change<'_>,
    id: &str,
    update: DirectoryUserUpdate,
) -> Answer<DirectoryUser> {
    let mut user: DirectoryUser = change.copy(id)?;
    let has_own_name = user.name != name_of(&user);
    if let Some(email) = update.email {
        set_email(&mut user, email.into_value().map(valid_email).transpose()?);
    }
    set_nullable(&mut user.first_name, update.first_name);
    set_nullable(&mut user.last_name, update.last_name);
    if !has_own_name {
        user.name = name_of(&user);
    }
    set_nullable(&mut user.name, update.name);
    set_nullable(&mut user.job_title, update.job_title);
    set_nullable(&mut user.username, update.username);
    set(&mut user.state, update.state.map(user_state).transpose()?);
    set(&mut user.raw_attributes, update.raw_attributes);
    set(&mut user.custom_attributes, update.custom_attributes);
    save_user(change, user)
}

/// Removes a user. The memberships in groups go with it, without events.
pub(crate) fn remove_user(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let user = change.remove::<DirectoryUser>(id)?;
    change.tell(EventData::DsyncUserDeleted(DirectoryUser::clone(&user)));
    Ok(())
}

/// Stores a user, with an event if anything has changed.
fn save_user(change: &mut Change<'_>, mut user: DirectoryUser) -> Answer<DirectoryUser> {
    let previous = previous_attributes(&**change.one::<DirectoryUser>(&user.id)?, &user);
    if !previous.is_empty() {
        user.updated_at = change.now();
        change.put(user.clone())?;
        let mut payload = user.clone();
        payload.previous_attributes = Some(previous);
        change.tell(EventData::DsyncUserUpdated(payload));
    }
    Ok(user)
}

pub(super) fn user_state(state: DirectoryUserState) -> Answer<DirectoryUserState> {
    if DirectoryUserState::KNOWN.contains(&state) {
        return Ok(state);
    }
    let message = format!("There is no state '{state}' of a directory user.");
    Err(Refusal::unprocessable("invalid_directory_user_state", message))
}

pub(super) fn valid_email(text: String) -> Answer<String> {
    let email = email(&text);
    if is_email(&email) {
        return Ok(email);
    }
    Err(Refusal::unprocessable("invalid_email", format!("'{text}' is not a valid email address.")))
}

fn primary_email(email: &str) -> DirectoryUserEmail {
    let mut entry = DirectoryUserEmail::default();
    entry.primary = Some(true);
    entry.type_ = Some("work".to_owned());
    entry.value = Some(email.to_owned());
    entry
}

fn set_email(user: &mut DirectoryUser, email: Option<String>) {
    let emails = user.emails.get_or_insert_default();
    let primary = emails.iter_mut().find(|entry| entry.primary == Some(true));
    match (primary, &email) {
        (Some(primary), Some(_)) => primary.value.clone_from(&email),
        (None, Some(email)) => emails.push(primary_email(email)),
        (_, None) => emails.retain(|entry| entry.primary != Some(true)),
    }
    user.email = email;
}

fn name_of(user: &DirectoryUser) -> Option<String> {
    full_name(user.first_name.as_deref(), user.last_name.as_deref())
}

pub(crate) fn add_group(
    change: &mut Change<'_>,
    directory_id: &str,
    new: NewDirectoryGroup,
) -> Answer<DirectoryGroup> {
    let directory = change.one::<Directory>(directory_id)?.clone();
    let mut group: DirectoryGroup = make_as(change, new.id)?;
    group.directory_id.clone_from(&directory.id);
    group.organization_id = directory.organization_id.clone().unwrap_or_default();
    group.idp_id = new.idp_id.unwrap_or_else(|| idp_id(change));
    group.name = group_name(new.name)?;
    group.raw_attributes = new.raw_attributes;
    let group = change.put(group)?;
    if let Some(slug) = new.role {
        set_role(change, &group, Some(slug))?;
    }
    change.tell(EventData::DsyncGroupCreated(DirectoryGroup::clone(&group)));
    Ok(DirectoryGroup::clone(&group))
}

pub(crate) fn update_group(
    change: &mut Change<'_>,
    id: &str,
    update: DirectoryGroupUpdate,
) -> Answer<DirectoryGroup> {
    let mut group: DirectoryGroup = change.copy(id)?;
    set(&mut group.name, update.name.map(group_name).transpose()?);
    if update.raw_attributes.is_some() {
        group.raw_attributes = update.raw_attributes;
    }
    let previous = previous_attributes(&**change.one::<DirectoryGroup>(id)?, &group);
    if !previous.is_empty() {
        group.updated_at = change.now();
        change.put(group.clone())?;
        let mut payload = group.clone();
        payload.previous_attributes = Some(previous);
        change.tell(EventData::DsyncGroupUpdated(payload));
    }
    if let Some(role) = update.role {
        set_role(change, &group, role.into_value())?;
    }
    Ok(group)
}

/// Removes a group. Its members leave it without events, but may lose the role that it gave them.
pub(crate) fn remove_group(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let members = members(change, id);
    let group = change.remove::<DirectoryGroup>(id)?;
    change.tell(EventData::DsyncGroupDeleted(DirectoryGroup::clone(&group)));
    members.iter().try_for_each(|user_id| assign_roles(change, user_id))
}

pub(super) fn group_name(name: String) -> Answer<String> {
    if name.trim().is_empty() {
        return Err(Refusal::unprocessable("invalid_name", "A group must have a name."));
    }
    Ok(name)
}

fn set_role(change: &mut Change<'_>, group: &DirectoryGroup, slug: Option<String>) -> Answer<()> {
    let id = group.id.clone();
    match slug {
        Some(slug) => {
            if change.role(&group.organization_id, &slug).is_none() {
                let message = format!("The organization has no role '{slug}'.");
                return Err(Refusal::unprocessable("invalid_role", message));
            }
            change.put(DirectoryGroupRole { id, slug })?;
        }
        None if change.directory_group_roles.get(&id).is_some() => {
            change.remove::<DirectoryGroupRole>(&id)?;
        }
        None => {}
    }
    members(change, &group.id).iter().try_for_each(|user_id| assign_roles(change, user_id))
}

/// Gives a user the roles of the user's groups, the oldest group first.
fn assign_roles(change: &mut Change<'_>, user_id: &str) -> Answer<()> {
    let mut user: DirectoryUser = change.copy(user_id)?;
    let groups = change.directory_groups.by("directory", &user.directory_id);
    let groups = groups.filter(|group| is_member(change, user_id, &group.id));
    let mut seen = BTreeSet::new();
    let roles: Vec<_> = groups
        .filter_map(|group| change.directory_group_roles.get(&group.id))
        .filter(|role| seen.insert(&role.slug))
        .map(|role| {
            let mut slim = SlimRole::default();
            slim.slug.clone_from(&role.slug);
            slim
        })
        .collect();
    user.role = roles.first().cloned();
    user.roles = Some(roles).filter(|roles| !roles.is_empty());
    save_user(change, user).map(drop)
}

/// Adds a user of the same directory to a group. One who is in it stays.
pub(crate) fn add_member(change: &mut Change<'_>, group_id: &str, user_id: &str) -> Answer<()> {
    let payload = membership(change, group_id, user_id)?;
    if is_member(change, user_id, group_id) {
        return Ok(());
    }
    let id = change.id(DirectoryMember::PREFIX);
    let (group_id, user_id) = (group_id.to_owned(), user_id.to_owned());
    let member = change.put(DirectoryMember { id, group_id, user_id })?;
    change.tell(EventData::DsyncGroupUserAdded(payload));
    assign_roles(change, &member.user_id)
}

pub(crate) fn remove_member(change: &mut Change<'_>, group_id: &str, user_id: &str) -> Answer<()> {
    let payload = membership(change, group_id, user_id)?;
    let mut members = change.directory_members.by("user", user_id);
    let member = members.find(|member| member.group_id == group_id);
    let id = member.map(|member| member.id.clone());
    let id = id.ok_or_else(|| Refusal::not_found(DirectoryMember::NAME, user_id))?;
    change.remove::<DirectoryMember>(&id)?;
    change.tell(EventData::DsyncGroupUserRemoved(payload));
    assign_roles(change, user_id)
}

fn join(change: &mut Change<'_>, user: &DirectoryUser, groups: Vec<String>) -> Answer<()> {
    for text in groups {
        let named = in_directory(&user.directory_id, &text);
        let by_name = change.directory_groups.find("name", &named);
        let id = by_name.map_or(text, |group| group.id.clone());
        add_member(change, &id, &user.id)?;
    }
    Ok(())
}

/// The user of a directory with this ID, ID of the provider, or email address.
pub(super) fn user_named(store: &Store, directory_id: &str, text: &str) -> Answer<String> {
    let users = &store.directory_users;
    if users.has_key("directory", directory_id, text) {
        return Ok(text.to_owned());
    }
    let by = |index, text: &str| users.find(index, &in_directory(directory_id, text));
    let found = by("idp_id", text).or_else(|| by("email", &email(text)));
    found.map_or_else(
        || Err(Refusal::not_found(DirectoryUser::NAME, text)),
        |user| Ok(user.id.clone()),
    )
}

/// The group of a directory with this ID, ID of the provider, or name.
pub(super) fn group_named(store: &Store, directory_id: &str, text: &str) -> Answer<String> {
    let groups = &store.directory_groups;
    if groups.has_key("directory", directory_id, text) {
        return Ok(text.to_owned());
    }
    let by = |index| groups.find(index, &in_directory(directory_id, text));
    let found = by("idp_id").or_else(|| by("name"));
    found.map_or_else(
        || Err(Refusal::not_found(DirectoryGroup::NAME, text)),
        |group| Ok(group.id.clone()),
    )
}

/// A user and a group of the same directory, as events show them.
fn membership(store: &Store, group_id: &str, user_id: &str) -> Answer<DirectoryGroupMember> {
    let group = store.one::<DirectoryGroup>(group_id)?;
    let user = store.one_of::<DirectoryUser>("directory", &group.directory_id, user_id)?;
    let mut member = DirectoryGroupMember::default();
    member.directory_id.clone_from(&group.directory_id);
    member.user = DirectoryUser::clone(user);
    member.group = DirectoryGroup::clone(group);
    Ok(member)
}

fn members(store: &Store, group_id: &str) -> Vec<String> {
    let members = store.directory_members.by("group", group_id);
    members.map(|member| member.user_id.clone()).collect()
}

/// Whether a user is in a group.
pub(crate) fn is_member(store: &Store, user_id: &str, group_id: &str) -> bool {
    store.directory_members.by("user", user_id).any(|member| member.group_id == group_id)
}

/// A directory with the number of its users and groups.
pub(crate) fn counted(store: &Store, directory: &Directory) -> Directory {
    let users = || store.directory_users.by("directory", &directory.id);
    let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    let active = users().filter(|user| user.state == DirectoryUserState::Active).count();
    let mut metadata = DirectoryMetadata::default();
    metadata.users.active = count(active);
    metadata.users.inactive = count(users().count() - active);
    metadata.groups = count(store.directory_groups.by("directory", &directory.id).count());
    let mut directory = directory.clone();
    directory.metadata = Some(metadata);
    directory
}

/// A directory as seed data have it.
pub(crate) fn written(store: &Store, row: &Directory) -> NewDirectory {
    let organization_id = row.organization_id.clone().unwrap_or_default();
    let groups = store.directory_groups.by("directory", &row.id);
    let users = store.directory_users.by("directory", &row.id);
    let first = store.organizations.get(&organization_id).and_then(|own| own.domains.first());
    let is_usual = first.map(|own| &own.domain) == row.domain.as_ref();
    NewDirectory {
        organization: organization_id,
        id: Some(row.id.clone()),
        name: Some(row.name.clone()),
        type_: Some(row.type_.clone()),
        state: Some(row.state.clone()).filter(|state| *state != DirectoryState::Linked),
        domain: (!is_usual).then(|| row.domain.clone().unwrap_or_default()),
        groups: groups.map(|group| written_group(store, group)).collect(),
        users: users.map(|user| written_user(store, user)).collect(),
        scripts: Vec::new(),
    }
}

fn written_group(store: &Store, row: &DirectoryGroup) -> NewDirectoryGroup {
    let role = store.directory_group_roles.get(&row.id).map(|role| role.slug.clone());
    NewDirectoryGroup {
        name: row.name.clone(),
        id: Some(row.id.clone()),
        idp_id: Some(row.idp_id.clone()),
        role: role.filter(|slug| store.role(&row.organization_id, slug).is_some()),
        raw_attributes: row.raw_attributes.clone().filter(|own| !own.is_empty()),
    }
}

fn written_user(store: &Store, row: &DirectoryUser) -> NewDirectoryUser {
    let memberships = store.directory_members.by("user", &row.id);
    let usual: Vec<_> = row.email.iter().map(|email| primary_email(email)).collect();
    NewDirectoryUser {
        id: Some(row.id.clone()),
        idp_id: Some(row.idp_id.clone()),
        email: row.email.clone(),
        emails: row.emails.clone().filter(|emails| !emails.is_empty() && *emails != usual),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        name: row.name.clone().filter(|_| row.name != name_of(row)),
        job_title: row.job_title.clone(),
        username: row.username.clone(),
        state: Some(row.state.clone()).filter(|state| *state != DirectoryUserState::Active),
        raw_attributes: row.raw_attributes.clone(),
        custom_attributes: row.custom_attributes.clone(),
        groups: memberships.map(|member| member.group_id.clone()).collect(),
    }
}
