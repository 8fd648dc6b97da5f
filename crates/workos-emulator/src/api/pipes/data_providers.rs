//! What users and organizations can connect, and what they have connected.

use workos::pipes::*;
use workos::{ObjectType, Organization, User};

use crate::fields::PlainList;
use crate::products::pipes::Owner;
use crate::products::pipes::accounts::visible;
use crate::products::pipes::providers::provider;
use crate::products::pipes::settings::is_enabled;
use crate::reply::Answer;
use crate::state::{Integration, Store, View};

routes! {
    pipes;
    list_organization_data_providers(organization_id, query) => read list_of_organization;
    list_user_data_providers(user_id, query)                 => read list_of_user;
}

fn list_of_organization(
    view: &View<'_>,
    organization_id: &str,
    query: ListOrganizationDataProvidersParams,
) -> Answer<PlainList<DataProvider>> {
    view.one::<Organization>(organization_id)?;
    let is_plural = query.supports_multiple_connections == Some(true);
    Ok(list(view, PipesOwnership::Organization, "", Some(organization_id), is_plural))
}

fn list_of_user(
    view: &View<'_>,
    user_id: &str,
    query: ListUserDataProvidersParams,
) -> Answer<PlainList<DataProvider>> {
    view.one::<User>(user_id)?;
    let organization_id = query.organization_id.as_deref();
    organization_id.map(|id| view.one::<Organization>(id)).transpose()?;
    let is_plural = query.supports_multiple_connections == Some(true);
    Ok(list(view, PipesOwnership::User, user_id, organization_id, is_plural))
}

fn list(
    view: &View<'_>,
    ownership: PipesOwnership,
    user_id: &str,
    organization_id: Option<&str>,
    is_plural: bool,
) -> PlainList<DataProvider> {
    let available = view
        .data_integrations
        .iter()
        .filter(|row| row.ownership() == ownership && is_enabled(view, row, organization_id));
    let data = available.map(|row| {
        let owner = Owner::of(row, user_id, organization_id);
        described(view, row, &owner, is_plural)
    });
    PlainList { data: data.collect() }
}

fn described(store: &Store, row: &Integration, owner: &Owner, is_plural: bool) -> DataProvider {
    let integration = &row.integration;
    let methods = &integration.auth_methods;
    let known = provider(store, &integration.slug);
    let own = || owner.accounts(store);
    let shown = own().filter(|account| is_plural || account.is_compatible());
    let credentials_type = match methods.first() {
        Some(method) if *method != ConnectedAccountAuthMethod::OAuth => method.as_str(),
        _ => "oauth2",
    };
    let ownership = row.ownership();
    let old_ownership =
        if ownership == PipesOwnership::User { "userland_user" } else { "organization" };
    let mut described = DataProvider::default();
    described.object = ObjectType::DataProvider;
    described.id.clone_from(&row.id);
    described.name = known.map_or_else(|_| integration.slug.clone(), |provider| provider.name);
    described.description.clone_from(&integration.description);
    described.slug.clone_from(&integration.slug);
    described.integration_type.clone_from(&integration.integration_type);
    described.credentials_type = credentials_type.to_owned();
    described.scopes = owner.scopes(store);
    described.auth_methods = Some(methods.clone());
    described.connection_owner = Some(ownership);
    described.ownership = Some(old_ownership.to_owned());
    described.created_at = integration.created_at.to_string();
    described.updated_at = integration.updated_at.to_string();
    described.connected_account =
        own().find(|account| account.is_compatible()).map(|account| visible(account));
    described.connected_accounts = Some(shown.map(|account| visible(account)).collect());
    described
}
