//! Permissions of the environment.

use std::sync::Arc;

use workos::authorization::*;
use workos::{Page, Permission};

use crate::products::authorization::permissions::{add, remove, update};
use crate::reply::Answer;
use crate::state::{Change, View};

routes! {
    authorization;
    list_permissions(query)       => read list;
    create_permission(body)       => write create;
    get_permission(slug)          => read get;
    update_permission(slug, body) => write update;
    delete_permission(slug)       => write remove;
}

fn list<'a>(view: &'a View<'_>, query: ListPermissionsParams) -> Answer<Page<&'a Permission>> {
    view.permissions.page(&query, |_| true)
}

fn get<'a>(view: &'a View<'_>, slug: &str) -> Answer<&'a Arc<Permission>> {
    view.one_by("slug", slug)
}

fn create(
    change: &mut Change<'_>,
    input: CreateAuthorizationPermission,
) -> Answer<Arc<Permission>> {
    add(change, input, false)
}
