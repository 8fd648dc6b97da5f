//! WorkOS Connect: OAuth and machine-to-machine applications, and their client secrets.

use workos::Page;
use workos::connect::*;

use crate::products::connect::{create, create_secret, find, update};
use crate::reply::Answer;
use crate::sign_in::external::complete;
use crate::state::{Change, ClientSecret, View};

routes! {
    connect;
    complete_oauth_2(body)               => write complete;
    list_applications(query)             => read list;
    create_application(body)             => write create;
    get_application(id)                  => read find;
    update_application(id, body)         => write update;
    delete_application(id)               => write delete;
    list_application_client_secrets(id)  => read secrets;
    create_application_client_secret(id) => write create_secret;
    delete_client_secret(id)             => write delete_secret;
}

fn list<'a>(
    view: &'a View<'_>,
    query: ListApplicationsParams,
) -> Answer<Page<&'a ConnectApplication>> {
    let authenticated = vec![ApplicationsRegistrationTypes::Authenticated];
    let types = query.registration_types.as_ref().unwrap_or(&authenticated);
    let is_listed = |application: &ConnectApplication| {
        types.contains(if application.was_dynamically_registered == Some(true) {
            &ApplicationsRegistrationTypes::Dynamic
        } else {
            &ApplicationsRegistrationTypes::Authenticated
        })
    };
    match &query.organization_id {
        Some(id) => view.connect_applications.page_by("organization", id, &query, is_listed),
        None => view.connect_applications.page(&query, is_listed),
    }
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let id = find(change, id)?.id.clone();
    change.remove::<ConnectApplication>(&id).map(drop)
}

fn secrets<'a>(view: &'a View<'_>, id: &str) -> Answer<Vec<&'a ConnectApplicationSecret>> {
    let application = find(view, id)?;
    Ok(view.client_secrets.by("application", &application.id).map(|row| &row.secret).collect())
}

fn delete_secret(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<ClientSecret>(id).map(drop)
}
