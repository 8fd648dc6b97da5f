//! API keys of users, and the applications that users have authorized.

use workos::api_keys::ApiKeyOwner;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::user_management::*;
use workos::{ApiKey, AuthorizedApplication, Organization, Page};

use crate::api::{api_keys, organization_membership};
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Authorization, Change, View, shown};

routes! {
    user_management;
    list_user_api_keys(user_id, query)               => read list;
    create_user_api_key(user_id, body)               => write create;
    list_user_authorized_applications(user_id, query) => read applications;
    delete_user_authorized_application(user_id, application_id) => write delete_application;
}

fn list<'a>(
    view: &'a View<'_>,
    user_id: &str,
    query: ListUserApiKeysParams,
) -> Answer<Page<&'a ApiKey>> {
    view.one::<User>(user_id)?;
    let organization_id = query.organization_id.as_deref();
    let page = view.api_keys.page_by("user", user_id, &query, |row| {
        organization_id.is_none_or(|id| row.organization_id() == Some(id))
    })?;
    Ok(shown(page, |row| &row.key))
}

fn create(change: &mut Change<'_>, user_id: &str, input: CreateUserApiKey) -> Answer<ApiKey> {
    change.one::<User>(user_id)?;
    let organization_id = input.organization_id;
    change.one::<Organization>(&organization_id)?;
    let membership = organization_membership::find(change, user_id, &organization_id);
    if membership.is_none_or(|own| own.status != OrganizationMembershipStatus::Active) {
        let message = "The user has no active membership in the organization.";
        return Err(Refusal::unprocessable("organization_membership_not_active", message));
    }
    let owner = ApiKeyOwner::User { id: user_id.to_owned(), organization_id };
    api_keys::issue(change, owner, input.name, input.permissions, input.expires_at)
}

fn applications(
    view: &View<'_>,
    user_id: &str,
    query: ListUserAuthorizedApplicationsParams,
) -> Answer<Page<AuthorizedApplication>> {
    view.one::<User>(user_id)?;
    let page = view.authorized_applications.page_by("user", user_id, &query, |_| true)?;
    Ok(shown(page, |row| {
        let mut application = row.application.clone();
        application.user_id = None;
        application
    }))
}

/// The ID may be the client ID of the application as well.
fn delete_application(change: &mut Change<'_>, user_id: &str, application_id: &str) -> Answer<()> {
    change.one::<User>(user_id)?;
    let own = change.authorized_applications.by("user", user_id);
    let ids: Vec<_> = own
        .filter(|row| {
            let application = &row.application.application;
            [&application.id, &application.client_id].map(String::as_str).contains(&application_id)
        })
        .map(|row| row.id.clone())
        .collect();
    if ids.is_empty() {
        return Err(Refusal::not_found(Authorization::NAME, application_id));
    }
    for id in ids {
        change.remove::<Authorization>(&id)?;
    }
    Ok(())
}
