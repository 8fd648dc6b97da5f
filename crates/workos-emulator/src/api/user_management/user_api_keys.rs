//! API keys of users.

use workos::api_keys::ApiKeyOwner;
use workos::user_management::*;
use workos::{ApiKey, Organization, Page};

use crate::products::{api_keys, memberships};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, View, shown};

routes! {
    user_management;
    list_user_api_keys(user_id, query)               => read list;
    create_user_api_key(user_id, body)               => write create;
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
    if !memberships::is_active_member(change, user_id, &organization_id) {
        let message = "The user has no active membership in the organization.";
        return Err(Refusal::unprocessable("organization_membership_not_active", message));
    }
    let owner = ApiKeyOwner::User { id: user_id.to_owned(), organization_id };
    api_keys::issue(change, owner, input.name, input.permissions, input.expires_at, None)
}
