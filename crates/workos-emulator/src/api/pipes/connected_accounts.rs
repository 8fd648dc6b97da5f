//! Connected accounts of users and organizations.

use workos::pipes::*;

use crate::products::pipes::accounts::{Import, import_account, update_account, visible};
use crate::products::pipes::{Owner, Selection};
use crate::reply::Answer;
use crate::state::{Account, Change, View};

routes! {
    pipes;
    get_organization_connected_account(organization_id, slug, query) => read get_of_organization;
    create_organization_connected_account(organization_id, slug, body)
        => write create_for_organization;
    update_organization_connected_account(organization_id, slug, query, body)
        => write update_of_organization;
    delete_organization_connected_account(organization_id, slug, query)
        => write delete_of_organization;
    get_user_connected_account(user_id, slug, query)           => read get_of_user;
    create_user_connected_account(user_id, slug, query, body) => write create_for_user;
    update_user_connected_account(user_id, slug, query, body)  => write update_of_user;
    delete_user_connected_account(user_id, slug, query)        => write delete_of_user;
}

fn get_of_organization(
    view: &View<'_>,
    organization_id: &str,
    slug: &str,
    query: Selection,
) -> Answer<ConnectedAccount> {
    let owner = Owner::organization(view, slug, organization_id)?;
    owner.one(view, &query).map(|account| visible(&account))
}

fn get_of_user(
    view: &View<'_>,
    user_id: &str,
    slug: &str,
    query: Selection,
) -> Answer<ConnectedAccount> {
    let owner = Owner::user(view, slug, user_id, query.organization_id.as_deref())?;
    owner.one(view, &query).map(|account| visible(&account))
}

fn create_for_organization(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    body: CreateOrganizationConnectedAccount,
) -> Answer<ConnectedAccount> {
    let owner = Owner::organization(change, slug, organization_id)?;
    let (user_id, import) = of_organization(body);
    owner.check_member(change, &user_id)?;
    import_account(change, &owner, &user_id, import)
}

fn create_for_user(
    change: &mut Change<'_>,
    user_id: &str,
    slug: &str,
    query: Selection,
    account: CreateConnectedAccount,
) -> Answer<ConnectedAccount> {
    let owner = Owner::user(change, slug, user_id, query.organization_id.as_deref())?;
    import_account(change, &owner, user_id, account.into())
}

fn update_of_organization(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    query: Selection,
    body: UpdateOrganizationConnectedAccount,
) -> Answer<ConnectedAccount> {
    let owner = Owner::organization(change, slug, organization_id)?;
    let (user_id, import) = of_organization(body);
    owner.check_member(change, &user_id)?;
    update(change, &owner, query, &user_id, import.account)
}

fn update_of_user(
    change: &mut Change<'_>,
    user_id: &str,
    slug: &str,
    query: Selection,
    body: UpdateConnectedAccount,
) -> Answer<ConnectedAccount> {
    let owner = Owner::user(change, slug, user_id, query.organization_id.as_deref())?;
    update(change, &owner, query, user_id, body)
}

fn update(
    change: &mut Change<'_>,
    owner: &Owner,
    selection: Selection,
    by: &str,
    input: UpdateConnectedAccount,
) -> Answer<ConnectedAccount> {
    let selection = Selection { supports_multiple_connections: None, ..selection };
    let known = owner.one(change, &selection)?;
    update_account(change, &known, by, input)
}

fn delete_of_organization(
    change: &mut Change<'_>,
    organization_id: &str,
    slug: &str,
    query: Selection,
) -> Answer<()> {
    let owner = Owner::organization(change, slug, organization_id)?;
    let account = owner.one(change, &query)?;
    change.remove::<Account>(&account.id).map(drop)
}

fn delete_of_user(
    change: &mut Change<'_>,
    user_id: &str,
    slug: &str,
    query: Selection,
) -> Answer<()> {
    let owner = Owner::user(change, slug, user_id, query.organization_id.as_deref())?;
    let account = owner.one(change, &query)?;
    change.remove::<Account>(&account.id).map(drop)
}

/// The member who makes a request for an organization, and the account.
fn of_organization(input: UpdateOrganizationConnectedAccount) -> (String, Import) {
    let account = UpdateConnectedAccount {
        access_token: input.access_token,
        refresh_token: input.refresh_token,
        expires_at: input.expires_at,
        scopes: input.scopes,
        state: input.state,
        connection_intent: input.connection_intent,
        account_display_name: input.account_display_name,
        account_identifier: input.account_identifier,
    };
    let (config, metadata) = (input.config.unwrap_or_default(), input.metadata.unwrap_or_default());
    (input.user_id, Import { account, config, metadata })
}
