//! Feature flags, their rules and targets, and the events of their changes.
//!
//! As in WorkOS, a flag has rules in an order. A rule has a type of targets and a value, and the
//! first that names the user or the organization decides. The API knows only of the targets: it
//! adds them to the rule that turns the flag on for their type.

pub(crate) mod evaluation;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use workos::events::{
    EventActorSource, EventContextActor, FlagAccessType, FlagConfiguredOrganization,
    FlagConfiguredTargets, FlagConfiguredUser,
};
use workos::feature_flags::*;
use workos::helpers::flags::FlagContext;
use workos::{EventContext, EventData, ObjectType, Organization, User};

use crate::fields::{chosen_id, email, is_default, is_true, organization, without_nulls};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    API_KEY_ACTOR, Change, DEFAULT_CLIENT_ID, ENVIRONMENT_ID, Store, StoredFlag, StoredTarget,
    TargetingRule,
};

const USER: &str = StoredTarget::USER;
const ORGANIZATION: &str = StoredTarget::ORGANIZATION;

/// A feature flag to create, as in the dashboard.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewFlag {
    /// The unique key that your code refers to.
    pub slug: String,
    /// The ID; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The display name; the slug if empty.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The description.
    #[serde(skip_serializing_if = "is_default")]
    pub description: Option<String>,
    /// Whether it is enabled in the environment. One that is not is off for everyone. In seed data
    /// it is by default.
    #[serde(default = "enabled", skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// The value for users and organizations that no rule names.
    #[serde(skip_serializing_if = "is_default")]
    pub default_value: bool,
    /// Labels.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// The owner on your team.
    #[serde(skip_serializing_if = "is_default", serialize_with = "without_nulls")]
    pub owner: Option<FeatureFlagOwner>,
    /// The rules. The first that names the user or the organization decides.
    #[serde(skip_serializing_if = "is_default")]
    pub rules: Vec<NewFlagRule>,
    /// Users and organizations to turn it on for, each by its ID, email address or name: as the
    /// API adds targets, in rules after the others.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "all_targets")]
    pub targets: Vec<String>,
}

fn enabled() -> bool {
    true
}

/// Reads targets of seed data: a list of all, or one of users and one of organizations.
fn all_targets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Targets {
        All(Vec<String>),
        ByType {
            #[serde(default)]
            users: Vec<String>,
            #[serde(default)]
            organizations: Vec<String>,
        },
    }
    Ok(match Targets::deserialize(deserializer)? {
        Targets::All(all) => all,
        Targets::ByType { mut users, organizations } => {
            users.extend(organizations);
            users
        }
    })
}

/// A rule of a [`NewFlag`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewFlagRule {
    /// `user`, `organization`, or a type of your own, such as `workspace`.
    pub target_type: String,
    /// The value of the flag for the targets.
    #[serde(skip_serializing_if = "is_default")]
    pub value: bool,
    /// The targets: users by ID or email address, organizations by ID or name, others by your own
    /// IDs.
    #[serde(skip_serializing_if = "is_default")]
    pub targets: Vec<String>,
}

/// Creates a flag with its rules and targets, in the dashboard.
pub(crate) fn add_flag(change: &mut Change<'_>, new: NewFlag) -> Answer<FeatureFlag> {
    let mut flag = FeatureFlag::default();
    flag.object = ObjectType::FeatureFlag;
    flag.id = chosen_id::<StoredFlag>(change, new.id.clone())?;
    flag.created_at = change.now();
    flag.updated_at = change.now();
    let mut row = StoredFlag { id: flag.id.clone(), flag, rules: Vec::new() };
    describe(&mut row.flag, &new)?;
    set_targets(change, &mut row, new)?;
    let flag = row.flag.clone();
    change.put(row)?;
    tell(change, EventData::FlagCreated, &flag, context(EventActorSource::Dashboard));
    Ok(flag)
}

/// Changes the flag with this slug to be like this, in the dashboard.
pub(crate) fn replace_flag(change: &mut Change<'_>, new: NewFlag) -> Answer<FeatureFlag> {
    let (mut row, slug) = (by_slug(change, &new.slug)?, new.slug.clone());
    let before = row.flag.clone();
    describe(&mut row.flag, &new)?;
    update(change, row, &before, EventActorSource::Dashboard)?;
    retarget(change, &slug, EventActorSource::Dashboard, |change, row| {
        let old: Vec<_> = change.flag_targets.by("flag", &row.id).cloned().collect();
        for target in old {
            change.remove::<StoredTarget>(&target.id)?;
        }
        row.rules.clear();
        set_targets(change, row, new)
    })?;
    by_slug(change, &slug).map(|row| row.flag)
}

/// Deletes a flag with its targets, in the dashboard.
pub(crate) fn remove_flag(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    let id = by_slug(change, slug)?.id;
    let row = change.remove::<StoredFlag>(&id)?;
    tell(change, EventData::FlagDeleted, &row.flag, context(EventActorSource::Dashboard));
    Ok(())
}

/// Turns a flag on or off, through the API.
pub(crate) fn switch(change: &mut Change<'_>, slug: &str, enabled: bool) -> Answer<FeatureFlag> {
    let mut row = by_slug(change, slug)?;
    let before = row.flag.clone();
    row.flag.enabled = enabled;
    update(change, row, &before, EventActorSource::Api)
}

/// Turns a flag on for a user or an organization, through the API.
pub(crate) fn add_target(change: &mut Change<'_>, slug: &str, resource_id: &str) -> Answer<()> {
    retarget(change, slug, EventActorSource::Api, |change, flag| {
        let target_type = target_type(change, resource_id)?;
        aim(change, flag, target_type, resource_id, true)
    })
}

/// Removes a target, through the API. Removing what is not a target does nothing.
pub(crate) fn remove_target(change: &mut Change<'_>, slug: &str, resource_id: &str) -> Answer<()> {
    retarget(change, slug, EventActorSource::Api, |change, flag| {
        let target_type = target_type(change, resource_id)?;
        if let Some(target) = target(change, flag, target_type, resource_id).cloned() {
            change.remove::<StoredTarget>(&target.id)?;
        }
        Ok(())
    })
}

fn describe(flag: &mut FeatureFlag, new: &NewFlag) -> Answer<()> {
    if new.slug.trim().is_empty() {
        return Err(Refusal::unprocessable("invalid_flag", "A feature flag needs a slug."));
    }
    flag.slug.clone_from(&new.slug);
    flag.name.clone_from(if new.name.is_empty() { &new.slug } else { &new.name });
    flag.description.clone_from(&new.description);
    flag.owner.clone_from(&new.owner);
    flag.tags.clone_from(&new.tags);
    flag.enabled = new.enabled;
    flag.default_value = new.default_value;
    Ok(())
}

/// Gives a flag without rules those of the new one.
fn set_targets(change: &mut Change<'_>, row: &mut StoredFlag, new: NewFlag) -> Answer<()> {
    for NewFlagRule { target_type, value, targets } in new.rules {
        if rule(row, &target_type, value).is_some() {
            let message = format!("The flag has two rules for {target_type} with {value}.");
            return Err(Refusal::conflict("flag_rule_already_exists_exception", message));
        }
        let id = change.id("flag_rule");
        row.rules.push(TargetingRule { id, target_type: target_type.clone(), value });
        for name in targets {
            let target_id = referred(change, &target_type, &name)?;
            if target(change, row, &target_type, &target_id).is_some() {
                let message = format!("'{name}' is a target of two rules of the flag.");
                return Err(Refusal::conflict("flag_target_already_exists", message));
            }
            aim(change, row, &target_type, &target_id, value)?;
        }
    }
    for name in new.targets {
        let user = referred(change, USER, &name).map(|id| (USER, id));
        let found = user.or_else(|_| Ok((ORGANIZATION, referred(change, ORGANIZATION, &name)?)));
        let (target_type, id) = found.map_err(|_: Refusal| Refusal::not_found("Target", &name))?;
        aim(change, row, target_type, &id, true)?;
    }
    Ok(())
}

/// The ID of a target that may be named otherwise.
fn referred(store: &Store, target_type: &str, name: &str) -> Answer<String> {
    match target_type {
        USER => {
            let user = store.users.get(name);
            let user = user.or_else(|| store.users.find("email", &email(name)));
            let found = user.map(|user| user.id.clone());
            found.ok_or_else(|| Refusal::not_found(User::NAME, name))
        }
        ORGANIZATION => organization(store, name).map(|organization| organization.id.clone()),
        other => match FlagContext::new().target(other, name).validate() {
            Ok(()) => Ok(name.to_owned()),
            Err(error) => Err(Refusal::unprocessable("invalid_flag", error.to_string())),
        },
    }
}

/// What the target with this ID is, which exists.
fn target_type(store: &Store, id: &str) -> Answer<&'static str> {
    let has_prefix = |prefix: &str| id.strip_prefix(prefix).is_some_and(|id| id.starts_with('_'));
    if store.users.get(id).is_some() {
        Ok(USER)
    } else if store.organizations.get(id).is_some() {
        Ok(ORGANIZATION)
    } else if has_prefix(User::PREFIX) {
        Err(Refusal::not_found(User::NAME, id))
    } else if has_prefix(Organization::PREFIX) {
        Err(Refusal::not_found(Organization::NAME, id))
    } else {
        let message = format!("'{id}' is the ID of neither a user nor an organization.");
        Err(Refusal::new(StatusCode::BAD_REQUEST, "invalid_resource_id_format", message))
    }
}

/// Puts a target into the flag's rule for its type and this value. The rule is made if there is
/// none, and the target leaves the rule that it was in.
fn aim(
    change: &mut Change<'_>,
    row: &mut StoredFlag,
    target_type: &str,
    id: &str,
    value: bool,
) -> Answer<()> {
    let rule_id = match rule(row, target_type, value) {
        Some(rule) => rule.id.clone(),
        None => {
            let (id, target_type) = (change.id("flag_rule"), target_type.to_owned());
            row.rules.push(TargetingRule { id: id.clone(), target_type, value });
            id
        }
    };
    let own_id = match target(change, row, target_type, id) {
        Some(known) if known.rule_id == rule_id => return Ok(()),
        Some(known) => known.id.clone(),
        None => change.id(StoredTarget::PREFIX),
    };
    change.put(StoredTarget {
        id: own_id,
        flag_id: row.id.clone(),
        rule_id,
        target_type: target_type.to_owned(),
        target_id: id.to_owned(),
    })?;
    Ok(())
}

fn by_slug(change: &Change<'_>, slug: &str) -> Answer<StoredFlag> {
    change.one_by::<StoredFlag>("slug", slug).map(|row| StoredFlag::clone(row))
}

fn rule<'a>(row: &'a StoredFlag, target_type: &str, value: bool) -> Option<&'a TargetingRule> {
    row.rules.iter().find(|rule| rule.target_type == target_type && rule.value == value)
}

fn target<'a>(
    store: &'a Store,
    row: &StoredFlag,
    target_type: &str,
    id: &str,
) -> Option<&'a Arc<StoredTarget>> {
    let is_known = [USER, ORGANIZATION].contains(&target_type);
    let (index, key) = if is_known { ("resource", id) } else { ("flag", &*row.id) };
    let mut targets = store.flag_targets.by(index, key);
    targets.find(|target| {
        target.flag_id == row.id && target.target_type == target_type && target.target_id == id
    })
}

/// The targets of a flag, oldest first, and its value for them.
fn targets<'a>(
    store: &'a Store,
    row: &'a StoredFlag,
) -> impl Iterator<Item = (&'a Arc<StoredTarget>, bool)> {
    store.flag_targets.by("flag", &row.id).filter_map(|target| {
        let rule = row.rules.iter().find(|rule| rule.id == target.rule_id)?;
        Some((target, rule.value))
    })
}

/// Stores a changed flag and tells what changed, if anything did.
fn update(
    change: &mut Change<'_>,
    mut row: StoredFlag,
    before: &FeatureFlag,
    source: EventActorSource,
) -> Answer<FeatureFlag> {
    let fields = |flag: &FeatureFlag| {
        BTreeMap::from([
            ("name", json!(flag.name)),
            ("description", json!(flag.description)),
            ("tags", json!(flag.tags)),
            ("owner", json!(flag.owner)),
            ("enabled", json!(flag.enabled)),
            ("default_value", json!(flag.default_value)),
        ])
    };
    let (mut changed, now) = (fields(before), fields(&row.flag));
    changed.retain(|name, value| now.get(name) != Some(value));
    if changed.is_empty() {
        return Ok(row.flag);
    }
    row.flag.updated_at = change.now();
    let flag = row.flag.clone();
    change.put(row)?;
    let mut context = context(source);
    context.previous_attributes = Some(BTreeMap::from([("data".to_owned(), json!(changed))]));
    tell(change, EventData::FlagUpdated, &flag, context);
    Ok(flag)
}

/// Changes the rules and targets of a flag, with an event if other users or organizations have
/// access now.
fn retarget(
    change: &mut Change<'_>,
    slug: &str,
    source: EventActorSource,
    work: impl FnOnce(&mut Change<'_>, &mut StoredFlag) -> Answer<()>,
) -> Answer<()> {
    let mut row = by_slug(change, slug)?;
    let before = reach(change, &row);
    work(change, &mut row)?;
    let after = reach(change, &row);
    if before == after {
        change.put(row)?;
        return Ok(());
    }
    row.flag.updated_at = change.now();
    let flag = change.put(row)?.flag.clone();
    let mut previous = serde_json::Map::new();
    if before.0 != after.0 {
        previous.insert("access_type".to_owned(), json!(before.0));
    }
    if before.1 != after.1 {
        previous.insert("configured_targets".to_owned(), json!(before.1));
    }
    let mut context = context(source);
    context.previous_attributes = Some(BTreeMap::from([("context".to_owned(), previous.into())]));
    (context.access_type, context.configured_targets) = (Some(after.0), Some(after.1));
    tell(change, EventData::FlagRuleUpdated, &flag, context);
    Ok(())
}

/// Who a flag is on for, in the words of its events: nobody, everybody, or the targets.
fn reach(store: &Store, row: &StoredFlag) -> (FlagAccessType, FlagConfiguredTargets) {
    let mut configured = FlagConfiguredTargets::default();
    let (mut is_on_for_some, mut is_off_for_some) = (false, false);
    for (target, value) in targets(store, row) {
        if !value {
            is_off_for_some = true;
            continue;
        }
        is_on_for_some = true;
        let id = &target.target_id;
        if let Some(user) = store.users.get(id).filter(|_| target.target_type == USER) {
            let mut entry = FlagConfiguredUser::default();
            (entry.id, entry.email) = (id.clone(), user.email.clone());
            configured.users.push(entry);
        }
        let organization = store.organizations.get(id);
        if let Some(organization) = organization.filter(|_| target.target_type == ORGANIZATION) {
            let mut entry = FlagConfiguredOrganization::default();
            (entry.id, entry.name) = (id.clone(), organization.name.clone());
            configured.organizations.push(entry);
        }
    }
    let access = match (row.flag.enabled, row.flag.default_value) {
        (false, _) => FlagAccessType::None,
        (true, true) if !is_off_for_some => FlagAccessType::All,
        (true, false) if !is_on_for_some => FlagAccessType::None,
        (true, _) => FlagAccessType::Some,
    };
    (access, configured)
}

/// Tells of a flag, which events show with its environment.
fn tell(
    change: &mut Change<'_>,
    event: fn(FeatureFlag) -> EventData,
    flag: &FeatureFlag,
    context: EventContext,
) {
    let mut flag = flag.clone();
    flag.environment_id = Some(ENVIRONMENT_ID.to_owned());
    change.tell_in(event(flag), Some(context));
}

fn context(source: EventActorSource) -> EventContext {
    let mut actor = EventContextActor::default();
    let (id, name) = match source {
        EventActorSource::Api => API_KEY_ACTOR,
        _ => ("user_emulator", "Emulator fixtures"),
    };
    (actor.id, actor.name, actor.source) = (id.to_owned(), Some(name.to_owned()), source);
    let mut context = EventContext::default();
    context.client_id = Some(DEFAULT_CLIENT_ID.to_owned());
    context.actor = Some(actor);
    context
}

/// A flag as seed data have it: with all targets in its rules.
pub(crate) fn written(store: &Store, row: &StoredFlag) -> NewFlag {
    let rule = |rule: &TargetingRule| {
        let targets = store.flag_targets.by("flag", &row.id);
        let own = targets.filter(|target| target.rule_id == rule.id);
        NewFlagRule {
            target_type: rule.target_type.clone(),
            value: rule.value,
            targets: own.map(|target| target.target_id.clone()).collect(),
        }
    };
    let flag = &row.flag;
    NewFlag {
        slug: flag.slug.clone(),
        id: Some(flag.id.clone()),
        name: if flag.name == flag.slug { String::new() } else { flag.name.clone() },
        description: flag.description.clone(),
        enabled: flag.enabled,
        default_value: flag.default_value,
        tags: flag.tags.clone(),
        owner: flag.owner.clone(),
        rules: row.rules.iter().map(rule).collect(),
        targets: Vec::new(),
    }
}
