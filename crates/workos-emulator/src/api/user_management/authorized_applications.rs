//! The Connect applications that users have authorized.

use workos::user_management::*;
use workos::{AuthorizedApplication, Page, User};

use crate::reply::Answer;
use crate::sign_in::consent::{detailed, withdraw};
use crate::state::{Change, View, shown};

routes! {
    user_management;
    list_user_authorized_applications(user_id, query)          => read list;
    delete_user_authorized_application(user_id, application_id) => write delete;
}

fn list(
    view: &View<'_>,
    user_id: &str,
    query: ListUserAuthorizedApplicationsParams,
) -> Answer<Page<AuthorizedApplication>> {
    view.one::<User>(user_id)?;
    let page = view.authorized_applications.page_by("user", user_id, &query, |_| true)?;
    Ok(shown(page, |row| {
        let mut authorized = detailed(view, row);
        authorized.user_id = None;
        authorized
    }))
}

fn delete(change: &mut Change<'_>, user_id: &str, application_id: &str) -> Answer<()> {
    change.one::<User>(user_id)?;
    withdraw(change, user_id, application_id)
}
