//! What users have authorized Connect applications for.

use workos::{AuthorizedApplication, ConnectApplication, ObjectType};

use crate::products::connect;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Authorization, Change, Store};

/// Notes that a user has authorized an application, in an organization or not.
pub(crate) fn authorize(
    change: &mut Change<'_>,
    application: &ConnectApplication,
    user_id: &str,
    organization_id: Option<&str>,
    granted_scopes: &[String],
) -> Answer<AuthorizedApplication> {
    let row = Authorization {
        id: change.id(Authorization::PREFIX),
        application_id: application.id.clone(),
        user_id: user_id.to_owned(),
        organization_id: organization_id.map(str::to_owned),
        granted_scopes: granted_scopes.to_vec(),
        oauth_resource: None,
    };
    let row = change.insert(row)?;
    Ok(detailed(change, &row))
}

/// Ends what a user has authorized an application for, in whichever organization.
pub(crate) fn withdraw(change: &mut Change<'_>, user_id: &str, application_id: &str) -> Answer<()> {
    let not_found = || Refusal::not_found(Authorization::NAME, application_id);
    let id = connect::find(change, application_id).map_err(|_| not_found())?.id.clone();
    let of_user = change.authorized_applications.by("user", user_id);
    let own: Vec<_> =
        of_user.filter(|row| row.application_id == id).map(|row| row.id.clone()).collect();
    if own.is_empty() {
        return Err(not_found());
    }
    for id in own {
        change.remove::<Authorization>(&id)?;
    }
    Ok(())
}

/// An authorization with the application and the user.
pub(crate) fn detailed(store: &Store, row: &Authorization) -> AuthorizedApplication {
    let mut authorized = AuthorizedApplication::default();
    authorized.object = ObjectType::AuthorizedConnectApplication;
    authorized.id.clone_from(&row.id);
    authorized.granted_scopes.clone_from(&row.granted_scopes);
    authorized.oauth_resource.clone_from(&row.oauth_resource);
    let application = store.connect_applications.get(&row.application_id);
    authorized.application =
        application.map(|application| ConnectApplication::clone(application)).unwrap_or_default();
    authorized.user_id = Some(row.user_id.clone());
    authorized
}
