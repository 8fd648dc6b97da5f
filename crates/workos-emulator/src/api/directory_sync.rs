//! Directories, their users and groups. Only their [providers](crate::products::directory_sync)
//! change them.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use workos::Page;
use workos::directory_sync::*;

use crate::fields::search;
use crate::products::directory_sync::{counted, is_member};
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::{Change, DirectorySync, View, in_directory, shown};

/// How long a requested sync takes.
const SYNC_DURATION: Duration = Duration::from_secs(60);
/// How long after a request for a sync no other is accepted.
const SYNC_COOLDOWN: Duration = Duration::from_secs(5 * 60);

routes! {
    directory_sync;
    list_directories(query)                       => read list;
    get_directory(id)                             => read get;
    delete_directory(id)                          => write delete;
    create_directory_sync(id)                     => write sync;
    list_groups_for_directory(directory_id, query) => read groups_of;
    get_group_for_directory(directory_id, group_id) => read group_of;
    list_users_for_directory(directory_id, query) => read users_of;
    get_user_for_directory(directory_id, user_id) => read user_of;
    list_groups(query)                            => read groups;
    get_group(id)                                 => read group;
    list_users(query)                             => read users;
    get_user(id)                                  => read user;
}

fn list(view: &View<'_>, query: ListDirectoriesParams) -> Answer<Page<Directory>> {
    let finds = search(query.search.clone());
    let domain = query.domain.as_ref().map(|domain| domain.to_lowercase());
    let is_wanted = |directory: &Directory| {
        finds(&directory.name) && (domain.is_none() || directory.domain == domain)
    };
    let page = match &query.organization_id {
        Some(id) => view.directories.page_by("organization", id, &query, is_wanted),
        None => view.directories.page(&query, is_wanted),
    };
    Ok(shown(page?, |directory| counted(view, directory)))
}

fn get(view: &View<'_>, id: &str) -> Answer<Directory> {
    view.one(id).map(|directory| counted(view, directory))
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    // The API does not document a 404 here, but a second deletion has nothing to delete.
    change.remove::<Directory>(id).map(drop)
}

/// There is no provider to read from, so all that a sync does is to take its time.
fn sync(change: &mut Change<'_>, id: &str) -> Answer<Response> {
    let directory = change.one::<Directory>(id)?;
    let is_connected = directory.state == DirectoryState::Linked;
    if directory.type_ != DirectoryType::GsuiteDirectory || !is_connected {
        let message = "Only a connected Google Workspace directory can be synced on request.";
        return Err(Refusal::unprocessable("directory_sync_unsupported", message));
    }
    let now = change.now();
    if let Some(last) = change.directory_syncs.get(id) {
        if now < last.requested_at + SYNC_DURATION {
            let message = "A sync of the directory is in progress.";
            return Err(Refusal::conflict("directory_sync_in_progress", message));
        }
        let next = last.requested_at + SYNC_COOLDOWN;
        if now < next {
            return Ok(too_early(next.duration_since(now)));
        }
    }
    change.put(DirectorySync { id: id.to_owned(), requested_at: now })?;
    let mut answer = DirectorySyncResponse::default();
    answer.status = "queued".to_owned();
    Ok(Response::json(None, &answer))
}

fn too_early(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1000) as u64;
    let message = format!("The directory can be synced again in {seconds} seconds.");
    let status = StatusCode::TOO_MANY_REQUESTS;
    let refusal = Refusal::new(status, "directory_sync_rate_limited", message);
    let mut response = Response::from(refusal.with("retry_after_seconds", seconds));
    response.headers.push((header::RETRY_AFTER, HeaderValue::from(seconds)));
    response
}

fn groups_of<'a>(
    view: &'a View<'_>,
    directory_id: &str,
    query: ListGroupsForDirectoryParams,
) -> Answer<Page<&'a DirectoryGroup>> {
    view.one::<Directory>(directory_id)?;
    view.directory_groups.page_by("directory", directory_id, &query, |_| true)
}

fn group_of<'a>(
    view: &'a View<'_>,
    directory_id: &str,
    group_id: &str,
) -> Answer<&'a Arc<DirectoryGroup>> {
    view.one::<Directory>(directory_id)?;
    view.one_of("directory", directory_id, group_id)
}

fn users_of<'a>(
    view: &'a View<'_>,
    directory_id: &str,
    query: ListUsersForDirectoryParams,
) -> Answer<Page<Shown<'a>>> {
    view.one::<Directory>(directory_id)?;
    let group = query.group.as_deref();
    group.map(|id| group_of(view, directory_id, id)).transpose()?;
    let page = view.directory_users.page_by("directory", directory_id, &query, |user| {
        group.is_none_or(|id| is_member(view, &user.id, id))
    })?;
    Ok(shown_users(page))
}

fn user_of<'a>(view: &'a View<'_>, directory_id: &str, user_id: &str) -> Answer<Shown<'a>> {
    view.one::<Directory>(directory_id)?;
    view.one_of("directory", directory_id, user_id).map(|user| Shown::new(user))
}

fn groups<'a>(view: &'a View<'_>, query: ListGroupsParams) -> Answer<Page<&'a DirectoryGroup>> {
    let (directory_id, user_id) = (query.directory.as_deref(), query.user.as_deref());
    directory_id.map(|id| view.one::<Directory>(id)).transpose()?;
    let user = user_id.map(|id| view.one::<DirectoryUser>(id)).transpose()?;
    let is_wanted = |group: &DirectoryGroup| {
        directory_id.is_none_or(|id| group.directory_id == id)
            && user_id.is_none_or(|id| is_member(view, id, &group.id))
    };
    match directory_id.or(user.map(|user| &*user.directory_id)) {
        Some(id) => view.directory_groups.page_by("directory", id, &query, is_wanted),
        None => view.directory_groups.page(&query, is_wanted),
    }
}

fn group<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<DirectoryGroup>> {
    view.one(id)
}

fn users<'a>(view: &'a View<'_>, query: ListUsersParams) -> Answer<Page<Shown<'a>>> {
    let (directory_id, group_id) = (query.directory.as_deref(), query.group.as_deref());
    let email = query.email.as_ref().map(|email| crate::fields::email(email));
    if directory_id.is_none() && (query.idp_id.is_some() || email.is_some()) {
        let message = "is required with idp_id and email.";
        return Err(Refusal::invalid(&[Invalid::new("directory", "required", message)]));
    }
    directory_id.map(|id| view.one::<Directory>(id)).transpose()?;
    let group = group_id.map(|id| view.one::<DirectoryGroup>(id)).transpose()?;
    let is_wanted = |user: &DirectoryUser| {
        directory_id.is_none_or(|id| user.directory_id == id)
            && group_id.is_none_or(|id| is_member(view, &user.id, id))
            && query.idp_id.as_ref().is_none_or(|id| user.idp_id == *id)
            && (email.is_none() || user.email == email)
    };
    let by = |index, key: &str| view.directory_users.page_by(index, key, &query, is_wanted);
    let page = match (directory_id, &query.idp_id, &email, group) {
        (Some(directory), Some(id), ..) => by("idp_id", &in_directory(directory, id)),
        (Some(directory), None, Some(email), _) => by("email", &in_directory(directory, email)),
        (Some(directory), ..) => by("directory", directory),
        (None, _, _, Some(group)) => by("directory", &group.directory_id),
        (None, ..) => view.directory_users.page(&query, is_wanted),
    }?;
    Ok(shown_users(page))
}

fn user<'a>(view: &'a View<'_>, id: &str) -> Answer<Shown<'a>> {
    view.one::<DirectoryUser>(id).map(|user| Shown::new(user))
}

/// A user as the API shows it: with `groups`, which is deprecated and empty for teams that were
/// created since May 2026, but always there.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    user: &'a DirectoryUser,
    groups: [DirectoryGroup; 0],
}

impl<'a> Shown<'a> {
    fn new(user: &'a DirectoryUser) -> Self {
        Self { user, groups: [] }
    }
}

fn shown_users<'a>(page: Page<&'a DirectoryUser>) -> Page<Shown<'a>> {
    shown(page, Shown::new)
}
