//! Who has which role on which resource: memberships and groups.

use std::sync::Arc;

use serde_json::{Value, json};
use workos::authorization::*;
use workos::{Group, Organization, OrganizationMembership, Page};

use super::{TARGET, by_external_id, named, roles, target};
use crate::api::route::read;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Assignment, Change, GroupAssignment, Store, View, pair, shown, whole};

/// The most assignments that one request may add and remove.
const MAX_PATCH: usize = 100;

routes! {
    authorization;
    list_role_assignments(membership_id, query)    => read list;
    assign_role(membership_id, body)               => write assign;
    remove_role(membership_id, body)               => write remove;
    remove_role_assignment(membership_id, id)      => write remove_by_id;
    list_role_assignments_for_resource(resource_id, query) => read list_on;
    list_role_assignments_for_resource_by_external_id(
        organization_id, type_slug, external_id, query
    )                                              => read list_on_external_id;
    list_group_role_assignments(group_id, query)   => read list_of_group;
    create_group_role_assignment(group_id, body)   => write assign_to_group;
    update_group_role_assignments(group_id, body)  => write replace_of_group;
    patch_group_role_assignments(group_id, body)   => write patch_of_group;
    delete_group_role_assignments(group_id, body)  => write remove_from_group;
    get_group_role_assignment(group_id, id)        => read get_of_group;
    delete_group_role_assignment(group_id, id)     => write remove_from_group_by_id;
}

fn list(
    view: &View<'_>,
    membership_id: &str,
    query: ListRoleAssignmentsParams,
) -> Answer<Page<Value>> {
    view.one::<OrganizationMembership>(membership_id)?;
    let fits = |filter: &Option<String>, value: &str| {
        filter.as_deref().is_none_or(|filter| filter == value)
    };
    let keep = |row: &Assignment| {
        view.authorization_resources.get(&row.resource_id).is_some_and(|resource| {
            fits(&query.resource_id, &resource.id)
                && fits(&query.resource_type_slug, &resource.resource_type_slug)
                && fits(&query.resource_external_id, &resource.external_id)
        })
    };
    let page = view.role_assignments.page_by("membership", membership_id, &query, keep)?;
    Ok(shown(page, |row| show(view, row)))
}

fn list_on(
    view: &View<'_>,
    resource_id: &str,
    query: ListRoleAssignmentsForResourceParams,
) -> Answer<Page<Value>> {
    view.one::<AuthorizationResource>(resource_id)?;
    let keep = |row: &Assignment| {
        query.role_slug.as_deref().is_none_or(|slug| role_slug(view, &row.role_id) == slug)
    };
    let page = view.role_assignments.page_by("resource", resource_id, &query, keep)?;
    Ok(shown(page, |row| show(view, row)))
}

fn list_on_external_id(
    view: &View<'_>,
    organization_id: &str,
    type_slug: &str,
    external_id: &str,
    query: ListRoleAssignmentsForResourceParams,
) -> Answer<Page<Value>> {
    view.one::<Organization>(organization_id)?;
    let resource = by_external_id(view, organization_id, type_slug, external_id)?;
    list_on(view, &resource.id, query)
}

/// Assigning a role twice does nothing.
fn assign(change: &mut Change<'_>, membership_id: &str, body: Value) -> Answer<Value> {
    let membership = change.one::<OrganizationMembership>(membership_id)?;
    let (role_id, resource_id) = role_on(change, &membership.organization_id, &body, true)?;
    let row = match direct(change, membership_id, &role_id, &resource_id) {
        Some(row) => row.clone(),
        None => change.assign(membership_id, &role_id, &resource_id, None)?,
    };
    change.settle_roles(membership_id)?;
    Ok(show(change, &row))
}

fn remove(change: &mut Change<'_>, membership_id: &str, body: Value) -> Answer<()> {
    let membership = change.one::<OrganizationMembership>(membership_id)?;
    let (role_id, resource_id) = role_on(change, &membership.organization_id, &body, true)?;
    let found = direct(change, membership_id, &role_id, &resource_id).map(|row| row.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(Assignment::NAME, &role_id))?;
    change.remove::<Assignment>(&id)?;
    change.settle_roles(membership_id)
}

/// A role that comes from a group can be removed from the group only.
fn remove_by_id(change: &mut Change<'_>, membership_id: &str, id: &str) -> Answer<()> {
    change.one::<OrganizationMembership>(membership_id)?;
    let row = change.one_of::<Assignment>("membership", membership_id, id)?;
    if row.source.is_some() {
        let message = "The role comes from a group of the membership.";
        return Err(Refusal::forbidden("forbidden", message));
    }
    change.remove::<Assignment>(id)?;
    change.settle_roles(membership_id)
}

fn list_of_group(
    view: &View<'_>,
    group_id: &str,
    query: ListGroupRoleAssignmentsParams,
) -> Answer<Page<Value>> {
    view.one::<Group>(group_id)?;
    let page = view.group_role_assignments.page_by("group", group_id, &query, |_| true)?;
    Ok(shown(page, |row| show_of_group(view, row)))
}

fn get_of_group(view: &View<'_>, group_id: &str, id: &str) -> Answer<Value> {
    view.one::<Group>(group_id)?;
    view.one_of("group", group_id, id).map(|row| show_of_group(view, row))
}

fn assign_to_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<Value> {
    let group = change.one::<Group>(group_id)?;
    let role_on = role_on(change, &group.organization_id, &body, false)?;
    let row = insert(change, group_id, role_on)?;
    Ok(show_of_group(change, &row))
}

/// What the group has already stays as it is.
fn replace_of_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<Page<Value>> {
    let group = change.one::<Group>(group_id)?.clone();
    let mut wanted = Vec::new();
    for entry in entries(&body, "role_assignments") {
        let role_on = role_on(change, &group.organization_id, entry, false)?;
        if !wanted.contains(&role_on) {
            wanted.push(role_on);
        }
    }
    let before: Vec<_> = change.group_role_assignments.by("group", group_id).cloned().collect();
    for row in before {
        if !wanted.iter().any(|(role, on)| row.role_id == *role && row.resource_id == *on) {
            change.remove::<GroupAssignment>(&row.id)?;
        }
    }
    let mut rows = Vec::new();
    for role_on in wanted {
        rows.push(keep_or_insert(change, group_id, role_on)?);
    }
    Ok(whole(rows.iter().map(|row| show_of_group(change, row))))
}

fn patch_of_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<()> {
    read::<PatchGroupRoleAssignments>(body.clone())?;
    let group = change.one::<Group>(group_id)?.clone();
    let (added, removed) = (entries(&body, "add"), entries(&body, "remove"));
    if !(1..=MAX_PATCH).contains(&(added.len() + removed.len())) {
        let message = format!("Name 1 to {MAX_PATCH} role assignments in add and remove.");
        return Err(Refusal::unprocessable("invalid_request_parameters", message));
    }
    for entry in removed {
        let role_on = role_on(change, &group.organization_id, entry, true)?;
        take(change, group_id, &role_on)?;
    }
    for entry in added {
        let role_on = role_on(change, &group.organization_id, entry, true)?;
        keep_or_insert(change, group_id, role_on)?;
    }
    Ok(())
}

fn remove_from_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<()> {
    let group = change.one::<Group>(group_id)?;
    let role_on = role_on(change, &group.organization_id, &body, false)?;
    take(change, group_id, &role_on)
}

fn remove_from_group_by_id(change: &mut Change<'_>, group_id: &str, id: &str) -> Answer<()> {
    change.one::<Group>(group_id)?;
    change.one_of::<GroupAssignment>("group", group_id, id)?;
    change.remove::<GroupAssignment>(id)?;
    Ok(())
}

fn entries<'a>(body: &'a Value, field: &str) -> &'a [Value] {
    body.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The IDs of the role and the resource that a request names. If it need not name a resource, that
/// is the organization.
fn role_on(
    store: &Store,
    organization_id: &str,
    request: &Value,
    needs_resource: bool,
) -> Answer<(String, String)> {
    let slug = request.get("role_slug").and_then(Value::as_str).unwrap_or_default();
    let role = roles::find(store, organization_id, slug)?;
    let root = store.root(organization_id).filter(|_| !needs_resource);
    let resource = match named(store, organization_id, request, TARGET)?.or(root) {
        Some(resource) => resource,
        None => target(store, organization_id, request, TARGET)?,
    };
    let (scope, type_slug) = (&role.role.resource_type_slug, &resource.resource_type_slug);
    if scope != type_slug {
        let message = format!("must be a role for resources of the type {type_slug}.");
        return Err(Refusal::invalid(&[Invalid::new("role_slug", "invalid", message)]));
    }
    Ok((role.id.clone(), resource.id.clone()))
}

fn direct<'a>(
    store: &'a Store,
    membership_id: &str,
    role_id: &str,
    resource_id: &str,
) -> Option<&'a Arc<Assignment>> {
    let mut rows = store.role_assignments.by("on", &pair(membership_id, resource_id));
    rows.find(|row| row.source.is_none() && row.role_id == role_id)
}

fn of_group<'a>(
    store: &'a Store,
    group_id: &str,
    (role_id, resource_id): &(String, String),
) -> Option<&'a Arc<GroupAssignment>> {
    let key = pair(group_id, &pair(role_id, resource_id));
    store.group_role_assignments.find("role_on", &key)
}

fn insert(
    change: &mut Change<'_>,
    group_id: &str,
    (role_id, resource_id): (String, String),
) -> Answer<Arc<GroupAssignment>> {
    let (id, created_at) = (change.id(GroupAssignment::PREFIX), change.now());
    let group_id = group_id.to_owned();
    change.insert(GroupAssignment { id, group_id, role_id, resource_id, created_at })
}

fn keep_or_insert(
    change: &mut Change<'_>,
    group_id: &str,
    role_on: (String, String),
) -> Answer<Arc<GroupAssignment>> {
    match of_group(change, group_id, &role_on) {
        Some(row) => Ok(row.clone()),
        None => insert(change, group_id, role_on),
    }
}

fn take(change: &mut Change<'_>, group_id: &str, role_on: &(String, String)) -> Answer<()> {
    let found = of_group(change, group_id, role_on).map(|row| row.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(GroupAssignment::NAME, group_id))?;
    change.remove::<GroupAssignment>(&id)?;
    Ok(())
}

/// The SDK's type leaves out that a direct role has no group, which the answer must say.
fn show(store: &Store, row: &Assignment) -> Value {
    let source = match &row.source {
        None => json!({"type": "direct", "group_role_assignment_id": null, "group": null}),
        Some(source) => {
            let granted = store.group_role_assignments.get(&source.assignment_id);
            let group = granted.and_then(|granted| store.groups.get(&granted.group_id));
            json!({
                "type": "group",
                "group_role_assignment_id": source.assignment_id,
                "group": group.map(|group| json!({"id": group.id, "name": group.name})),
            })
        }
    };
    json!({
        "object": "role_assignment",
        "id": row.id,
        "organization_membership_id": row.membership_id,
        "role": {"slug": role_slug(store, &row.role_id)},
        "resource": show_resource(store, &row.resource_id),
        "source": source,
        "created_at": row.created_at,
        "updated_at": row.created_at,
    })
}

fn show_of_group(store: &Store, row: &GroupAssignment) -> Value {
    json!({
        "object": "group_role_assignment",
        "id": row.id,
        "group_id": row.group_id,
        "role": {"slug": role_slug(store, &row.role_id)},
        "resource": show_resource(store, &row.resource_id),
        "created_at": row.created_at,
        "updated_at": row.created_at,
    })
}

fn show_resource(store: &Store, id: &str) -> Value {
    let resource = store.authorization_resources.get(id);
    json!(resource.map(|resource| {
        json!({
            "id": resource.id,
            "external_id": resource.external_id,
            "resource_type_slug": resource.resource_type_slug,
        })
    }))
}

fn role_slug<'a>(store: &'a Store, role_id: &str) -> &'a str {
    store.roles.get(role_id).map_or("", |row| &row.role.slug)
}
