//! Agent blueprints: what they are by default, and their limits.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::json;
use workos::Nullable;
use workos::agents::*;

use crate::fields::{make_as, set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, Store};

/// What a new blueprint has by default.
const DEFAULT_TYPES: [AgentInstanceType; 2] =
    [AgentInstanceType::Delegated, AgentInstanceType::Autonomous];
pub(crate) const DEFAULT_SETTINGS: AgentBlueprintSessionSetting = AgentBlueprintSessionSetting {
    max_age_seconds: 60 * 60,
    access_token_ttl_seconds: 5 * 60,
    refresh_token_ttl_seconds: 60 * 60,
};

/// Creates a blueprint.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateAgentBlueprint,
) -> Answer<Arc<AgentBlueprint>> {
    add(change, None, input)
}

/// Adds a blueprint, which may have a chosen ID.
pub(crate) fn add(
    change: &mut Change<'_>,
    id: Option<String>,
    input: CreateAgentBlueprint,
) -> Answer<Arc<AgentBlueprint>> {
    let mut blueprint: AgentBlueprint = make_as(change, id)?;
    blueprint.invocable_by.role_slugs = Some(Vec::new());
    blueprint.invocable_by.organization_ids = Some(Vec::new());
    blueprint.invocable_as.instance_types = Some(DEFAULT_TYPES.to_vec());
    blueprint.session_settings = DEFAULT_SETTINGS;
    let settings = input.session_settings.map(|settings| UpdateAgentBlueprintSessionSetting {
        max_age_seconds: Some(settings.max_age_seconds),
        access_token_ttl_seconds: Some(settings.access_token_ttl_seconds),
        refresh_token_ttl_seconds: Some(settings.refresh_token_ttl_seconds),
    });
    let all = UpdateAgentBlueprint {
        name: Some(input.name),
        description: input.description.map(Nullable::Value),
        permissions: input.permissions,
        invocable_by: input.invocable_by,
        invocable_as: input.invocable_as,
        session_settings: settings,
    };
    apply(change, &mut blueprint, all)?;
    change.insert(blueprint)
}

/// Changes a blueprint.
pub(crate) fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateAgentBlueprint,
) -> Answer<Arc<AgentBlueprint>> {
    let mut blueprint: AgentBlueprint = change.copy(id)?;
    apply(change, &mut blueprint, input)?;
    change.update(blueprint)
}

fn apply(store: &Store, blueprint: &mut AgentBlueprint, input: UpdateAgentBlueprint) -> Answer<()> {
    check(&input)?;
    set(&mut blueprint.name, input.name);
    set_nullable(&mut blueprint.description, input.description);
    let is_permission = |slug: &str| store.permissions.find("slug", slug).is_some();
    let is_role = |slug: &str| store.roles.find("slug", slug).is_some();
    let is_organization = |id: &str| store.organizations.get(id).is_some();
    if let Some(slugs) = existing("permission", input.permissions, is_permission)? {
        blueprint.permissions = slugs;
    }
    let by = input.invocable_by.unwrap_or_default();
    if let Some(slugs) = existing("role", by.role_slugs, is_role)? {
        blueprint.invocable_by.role_slugs = Some(slugs);
    }
    if let Some(ids) = existing("organization", by.organization_ids, is_organization)? {
        blueprint.invocable_by.organization_ids = Some(ids);
    }
    if let Some(types) = input.invocable_as.and_then(|invocable| invocable.instance_types) {
        blueprint.invocable_as.instance_types = Some(distinct(types));
    }
    let settings = &mut blueprint.session_settings;
    let changed = input.session_settings.unwrap_or_default();
    set(&mut settings.max_age_seconds, changed.max_age_seconds);
    set(&mut settings.access_token_ttl_seconds, changed.access_token_ttl_seconds);
    set(&mut settings.refresh_token_ttl_seconds, changed.refresh_token_ttl_seconds);
    Ok(())
}

/// The limits that the API documents in prose only.
fn check(input: &UpdateAgentBlueprint) -> Answer<()> {
    let chars = |text: &str| len(text.trim().chars().count());
    let description = input.description.as_ref().and_then(Nullable::as_value);
    let list = |list: Option<&Vec<String>>| list.map(|list| len(list.len()));
    let by = input.invocable_by.as_ref();
    let settings = input.session_settings.clone().unwrap_or_default();
    let limits: [(&str, Option<i64>, RangeInclusive<i64>, &str); 8] = [
        ("name", input.name.as_deref().map(chars), 1..=255, "characters"),
        ("description", description.map(|text| chars(text)), 1..=1_000, "characters"),
        ("permissions", list(input.permissions.as_ref()), 0..=1_000, "entries"),
        (
            "invocable_by.role_slugs",
            list(by.and_then(|by| by.role_slugs.as_ref())),
            0..=100,
            "entries",
        ),
        (
            "invocable_by.organization_ids",
            list(by.and_then(|by| by.organization_ids.as_ref())),
            0..=1_000,
            "entries",
        ),
        ("session_settings.max_age_seconds", settings.max_age_seconds, 1..=31_536_000, "seconds"),
        (
            "session_settings.access_token_ttl_seconds",
            settings.access_token_ttl_seconds,
            1..=3_600,
            "seconds",
        ),
        (
            "session_settings.refresh_token_ttl_seconds",
            settings.refresh_token_ttl_seconds,
            1..=5_184_000,
            "seconds",
        ),
    ];
    let errors: Vec<_> = limits
        .into_iter()
        .filter(|(_, size, range, _)| size.is_some_and(|size| !range.contains(&size)))
        .map(|(field, _, range, unit)| {
            let message = format!("must be {} to {} {unit}.", range.start(), range.end());
            Invalid::new(field, "invalid", message)
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::bad_request("invalid_request", "The blueprint is not valid.");
    Err(refusal.with("errors", json!(errors)))
}

fn len(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What a list names, each once, all of which exists.
fn existing(
    what: &str,
    names: Option<Vec<String>>,
    exists: impl Fn(&str) -> bool,
) -> Answer<Option<Vec<String>>> {
    if let Some(name) = names.iter().flatten().find(|name| !exists(name)) {
        let message = format!("There is no {what} '{name}'.");
        return Err(Refusal::unprocessable(&format!("{what}_not_found"), message));
    }
    Ok(names.map(distinct))
}

fn distinct<T: Clone + Eq + std::hash::Hash>(list: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    list.into_iter().filter(|one| seen.insert(one.clone())).collect()
}
