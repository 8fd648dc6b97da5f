//! Roles, permissions and resources: routes of the dashboard, and lists without filters.

use http::StatusCode;
use serde_json::{Map, Value, json};
use workos::{AuthorizationResource, Organization, OrganizationMembership};

use super::{Asked, list, remember};
use crate::call::Call;
use crate::products::authorization::resources::by_external_id;
use crate::products::authorization::roles;
use crate::products::memberships::detailed;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::{Change, ENVIRONMENT, ORGANIZATION_TYPE, Store, StoredRole};

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    let is_bare = asked.query("permission_slug").is_none();
    match (asked.head.method.as_str(), path.get(1..)?) {
        ("DELETE", ["roles", slug]) => Some(environment.write(|change| {
            roles::remove(change, slug)?;
            Ok(Response::empty(StatusCode::NO_CONTENT))
        })),
        ("GET", ["roles", slug, "permissions"]) => Some(environment.read(|view| {
            let role = view.one_by::<StoredRole>("environment_slug", slug)?;
            permissions(view, role)
        })),
        ("GET", ["organizations", id, "roles", slug, "permissions"]) => {
            Some(environment.read(|view| {
                view.one::<Organization>(id)?;
                permissions(view, roles::find(view, id, slug)?)
            }))
        }
        ("DELETE", ["organizations", id, "roles", slug, "permissions", permission]) => {
            Some(environment.write(|change| {
                roles::revoke_custom(change, id, slug, permission)?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }))
        }
        ("GET", ["organizations", id, "roles"]) => Some(environment.read(|view| {
            view.one::<Organization>(id)?;
            ordered(view, id)
        })),
        ("PUT", ["organizations", id, "roles", "priority"]) => {
            Some(environment.write(|change| set_priorities(change, id, asked)))
        }
        ("GET", ["organization_memberships", id, "resources"]) if is_bare => {
            Some(environment.read(|view| {
                let membership = view.one::<OrganizationMembership>(id)?;
                resources_of(view, &membership.organization_id)
            }))
        }
        ("GET", ["resources", id, "organization_memberships"]) if is_bare => {
            Some(environment.read(|view| {
                let resource = view.one::<AuthorizationResource>(id)?;
                members_of(view, &resource.organization_id)
            }))
        }
        (
            "GET",
            ["organizations", id, "resources", type_slug, external_id, "organization_memberships"],
        ) if is_bare => Some(environment.read(|view| {
            by_external_id(view, id, type_slug, external_id)?;
            members_of(view, id)
        })),
        _ => None,
    }
}

/// The permissions of a role, as objects.
fn permissions(store: &Store, role: &StoredRole) -> Answer<Response> {
    let found = role.role.permissions.iter().filter_map(|slug| {
        let permission = store.permissions.find("slug", slug)?;
        Some(json!(permission))
    });
    list(found.collect())
}

/// The roles of an organization, before those of the environment, by their priorities.
fn ordered(store: &Store, organization_id: &str) -> Answer<Response> {
    let roles = roles::by_priority(store, &[ENVIRONMENT, organization_id]);
    let priority = |id: &str| {
        let extra = store.extras.get(id).and_then(|extra| extra.body.get("priority"));
        extra.and_then(Value::as_i64).unwrap_or(0)
    };
    let mut roles: Vec<_> = roles.into_iter().collect();
    roles.sort_by_key(|role| priority(&role.id));
    list(roles.into_iter().map(|role| json!(role)).collect())
}

fn set_priorities(change: &mut Change<'_>, id: &str, asked: &Asked) -> Answer<Response> {
    change.one::<Organization>(id)?;
    let slugs = asked.texts("slugs").ok_or_else(|| {
        Refusal::invalid(&[Invalid::new("slugs", "required", "must be a list of slugs.")])
    })?;
    let mut data = Vec::new();
    for (priority, slug) in slugs.iter().enumerate() {
        let role = roles::find(change, id, slug)?.role.clone();
        remember(change, &role.id, json!({"priority": priority}))?;
        data.push(json!(role));
    }
    list(data)
}

fn resources_of(store: &Store, organization_id: &str) -> Answer<Response> {
    let all = store.authorization_resources.by("organization", organization_id);
    let below = all.filter(|one| one.resource_type_slug != ORGANIZATION_TYPE);
    list(below.map(|one| json!(one)).collect())
}

fn members_of(store: &Store, organization_id: &str) -> Answer<Response> {
    let members = store.organization_memberships.by("organization", organization_id);
    list(members.map(|one| json!(detailed(store, one))).collect())
}

/// Keeps whether a role is the default one, and its priority.
pub(crate) fn keep_default(environment: &Call<'_>, asked: &Asked, fields: &mut Map<String, Value>) {
    let Some(id) = fields.get("id").and_then(Value::as_str).map(str::to_owned) else { return };
    let (is_default, priority) =
        (asked.field("is_default_role").and_then(Value::as_bool), asked.field("priority").cloned());
    if is_default.is_none() && priority.is_none() {
        return;
    }
    let kept: Answer<()> = environment.write(|change| {
        if let Some(priority) = &priority {
            remember(change, &id, json!({"priority": priority}))?;
        }
        let mut row: StoredRole = change.copy(&id)?;
        row.is_default |= is_default == Some(true);
        change.put(row).map(drop)
    });
    if kept.is_ok() {
        fields.extend(is_default.map(|is| ("is_default_role".to_owned(), json!(is))));
        fields.extend(priority.map(|priority| ("priority".to_owned(), priority)));
    }
}

/// Resources have metadata at the official emulator.
pub(crate) fn keep_metadata(
    environment: &Call<'_>,
    asked: &Asked,
    fields: &mut Map<String, Value>,
) {
    let id = fields.get("id").and_then(Value::as_str).map(str::to_owned);
    let (Some(id), Some(metadata)) = (id, asked.field("metadata").cloned()) else { return };
    let more = json!({"metadata": metadata});
    if environment.write(|change| remember(change, &id, more)).is_ok() {
        fields.insert("metadata".to_owned(), metadata);
    }
}
