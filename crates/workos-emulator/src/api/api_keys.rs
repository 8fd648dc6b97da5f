//! API keys of organizations, and what can be done with any API key.

use workos::api_keys::*;
use workos::{Organization, Page};

use crate::products::api_keys::{authenticate, expire, issue};
use crate::reply::Answer;
use crate::state::{Change, StoredApiKey, View, shown};

routes! {
    api_keys;
    create_validation(body)                          => write validate;
    delete_api_key(id)                               => write delete;
    create_api_key_expire(id, body)                  => write expire;
    list_organization_api_keys(organization_id, query) => read list;
    create_organization_api_key(organization_id, body) => write create;
}

fn list<'a>(
    view: &'a View<'_>,
    organization_id: &str,
    query: ListOrganizationApiKeysParams,
) -> Answer<Page<&'a ApiKey>> {
    view.one::<Organization>(organization_id)?;
    let page = view.api_keys.page_by("owner_organization", organization_id, &query, |_| true)?;
    Ok(shown(page, |row| &row.key))
}

fn create(
    change: &mut Change<'_>,
    organization_id: &str,
    input: CreateOrganizationApiKey,
) -> Answer<ApiKey> {
    change.one::<Organization>(organization_id)?;
    let owner = ApiKeyOwner::Organization { id: organization_id.to_owned() };
    issue(change, owner, input.name, input.permissions, input.expires_at, None)
}

/// An invalid or expired key is not an error.
fn validate(change: &mut Change<'_>, input: ValidateApiKey) -> Answer<ApiKeyValidationResponse> {
    let mut response = ApiKeyValidationResponse::default();
    response.api_key = authenticate(change, &input.value)?;
    Ok(response)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<StoredApiKey>(id).map(drop)
}
