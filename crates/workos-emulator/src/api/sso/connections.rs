//! SSO connections.

use serde_json::Value;
use workos::Page;
use workos::sso::*;

use crate::api::route::read;
use crate::fields::{search, set, set_nullable};
use crate::products::sso::options::{
    canonical, check_options, choose_type, merge_maps, patch_oidc, patch_saml, protocol_given,
};
use crate::products::sso::{answer, create_connection, domains};
use crate::reply::{Answer, Refusal};
use crate::state::{Change, StoredConnection, View, shown};

routes! {
    sso;
    list_connections(query)     => read list;
    create_connection(body)     => write create;
    get_connection(id)          => read get;
    update_connection(id, body) => write update;
    delete_connection(id)       => write delete;
}

fn list(view: &View<'_>, query: ListConnectionsParams) -> Answer<Page<Connection>> {
    let finds = search(query.search.clone());
    let domain = query.domain.as_ref().map(|domain| domain.to_lowercase());
    let type_ = query.connection_type.clone().map(canonical);
    let is_wanted = |row: &StoredConnection| {
        finds(&row.connection.name)
            && type_.as_ref().is_none_or(|type_| row.connection.connection_type == *type_)
            && query.state.as_ref().is_none_or(|state| row.connection.state == *state)
            && domain
                .as_ref()
                .is_none_or(|domain| domains(view, row).iter().any(|own| own.domain == *domain))
    };
    let page = match &query.organization_id {
        Some(id) => view.connections.page_by("organization", id, &query, is_wanted),
        None => view.connections.page(&query, is_wanted),
    };
    Ok(shown(page?, |row| answer(view, row)))
}

fn get(view: &View<'_>, id: &str) -> Answer<Connection> {
    view.one(id).map(|row| answer(view, row))
}

fn create(change: &mut Change<'_>, body: Value) -> Answer<Connection> {
    let has = |field: &str| body.get(field).is_some();
    let options = protocol_given(has("saml_options"), has("oidc_options"))?;
    let type_ = choose_type(body.get("connection_type").and_then(Value::as_str), options)?;
    create_connection(change, type_, read(body)?)
}

fn update(change: &mut Change<'_>, id: &str, body: Value) -> Answer<Connection> {
    let mut row: StoredConnection = change.copy(id)?;
    let options = |field: &str| body.get(field).cloned();
    let (saml, oidc) = (options("saml_options"), options("oidc_options"));
    let input: UpdateConnection = read(body)?;
    let type_ = &row.connection.connection_type;
    if input.connection_type.is_some_and(|given| canonical(given) != *type_) {
        let message = "The type of a connection cannot be changed.";
        return Err(Refusal::bad_request("connection_type_not_updatable", message));
    }
    check_options(type_, protocol_given(saml.is_some(), oidc.is_some())?)?;
    set(&mut row.connection.name, input.name);
    set_nullable(&mut row.external_id, input.external_id);
    merge_maps(&mut row.attribute_maps, input.attribute_maps);
    if let Some(options) = saml {
        patch_saml(change, &mut row, read(options)?)?;
    }
    if let Some(options) = oidc {
        patch_oidc(&mut row.oidc_options, read(options)?)?;
    }
    row.connection.updated_at = change.now();
    let row = change.put(row)?;
    Ok(answer(change, &row))
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<StoredConnection>(id).map(drop)
}
