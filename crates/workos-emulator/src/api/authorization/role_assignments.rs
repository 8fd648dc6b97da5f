//! Who has which role on which resource: memberships and groups.

use serde_json::{Value, json};
use workos::authorization::*;
use workos::{Group, OrganizationMembership, Page};

use super::{TARGET, named};
use crate::api::route::read;
use crate::products::authorization::assignments::{self, RoleOn, remove_by_id};
use crate::products::authorization::resources::by_external_id;
use crate::reply::{Answer, Refusal};
use crate::state::{Assignment, Change, GroupAssignment, Store, View, shown, whole};

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
        !(row.is_own && view.drop_in)
            && view.authorization_resources.get(&row.resource_id).is_some_and(|resource| {
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
    let resource = by_external_id(view, organization_id, type_slug, external_id)?;
    list_on(view, &resource.id, query)
}

fn assign(change: &mut Change<'_>, membership_id: &str, body: Value) -> Answer<Value> {
    let row = assignments::assign(change, membership_id, &role_on(&body))?;
    Ok(show(change, &row))
}

fn remove(change: &mut Change<'_>, membership_id: &str, body: Value) -> Answer<()> {
    assignments::unassign(change, membership_id, &role_on(&body))
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
    let row = assignments::assign_to_group(change, group_id, &role_on(&body))?;
    Ok(show_of_group(change, &row))
}

fn replace_of_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<Page<Value>> {
    let rows =
        assignments::replace_of_group(change, group_id, &roles_on(&body, "role_assignments"))?;
    Ok(whole(rows.iter().map(|row| show_of_group(change, row))))
}

fn patch_of_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<()> {
    read::<PatchGroupRoleAssignments>(body.clone())?;
    change.one::<Group>(group_id)?;
    let (added, removed) = (roles_on(&body, "add"), roles_on(&body, "remove"));
    if !(1..=MAX_PATCH).contains(&(added.len() + removed.len())) {
        let message = format!("Name 1 to {MAX_PATCH} role assignments in add and remove.");
        return Err(Refusal::unprocessable("invalid_request_parameters", message));
    }
    assignments::patch_of_group(change, group_id, &added, &removed)
}

fn remove_from_group(change: &mut Change<'_>, group_id: &str, body: Value) -> Answer<()> {
    assignments::unassign_from_group(change, group_id, &role_on(&body))
}

fn remove_from_group_by_id(change: &mut Change<'_>, group_id: &str, id: &str) -> Answer<()> {
    change.one::<Group>(group_id)?;
    change.one_of::<GroupAssignment>("group", group_id, id)?;
    change.remove::<GroupAssignment>(id).map(drop)
}

/// The role and the resource that a request or an entry of it names.
fn role_on(request: &Value) -> RoleOn<'_> {
    let role_slug = request.get("role_slug").and_then(Value::as_str).unwrap_or_default();
    RoleOn { role_slug, resource: named(request, TARGET) }
}

/// The same for each entry of a list.
fn roles_on<'a>(body: &'a Value, field: &str) -> Vec<RoleOn<'a>> {
    let entries = body.get(field).and_then(Value::as_array);
    entries.into_iter().flatten().map(role_on).collect()
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
