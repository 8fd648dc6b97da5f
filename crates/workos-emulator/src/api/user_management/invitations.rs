//! Invitations to sign up or to join an organization.

use workos::Page;
use workos::user_management::*;

use super::users::check_locale;
use crate::fields::email;
use crate::reply::Answer;
use crate::sign_in::invitations::{self, accept, current, revoke};
use crate::state::{Change, View, shown};

routes! {
    user_management;
    list_invitations(query)         => read list;
    send_invitation(body)           => write send;
    find_invitation_by_token(token) => read get_by_token;
    get_invitation(id)              => read get;
    accept_invitation(id)           => write accept;
    resend_invitation(id, body)     => write resend;
    revoke_invitation(id)           => write revoke;
}

fn list(view: &View<'_>, query: ListInvitationsParams) -> Answer<Page<Invitation>> {
    let (rows, organization_id) = (&view.invitations, query.organization_id.as_deref());
    let is_to = |row: &Invitation| {
        organization_id.is_none_or(|id| row.organization_id.as_deref() == Some(id))
    };
    let page = match (&query.email, organization_id) {
        (Some(address), _) => rows.page_by("email", &email(address), &query, is_to),
        (None, Some(id)) => rows.page_by("organization", id, &query, is_to),
        (None, None) => rows.page(&query, is_to),
    };
    Ok(shown(page?, |row| current(view, view.now(), row)))
}

fn get(view: &View<'_>, id: &str) -> Answer<Invitation> {
    view.one(id).map(|row| current(view, view.now(), row))
}

fn get_by_token(view: &View<'_>, token: &str) -> Answer<Invitation> {
    view.one_by("token", token).map(|row| current(view, view.now(), row))
}

fn send(change: &mut Change<'_>, input: SendInvitation) -> Answer<Invitation> {
    check_locale(input.locale.as_ref())?;
    invitations::send(change, input)
}

fn resend(change: &mut Change<'_>, id: &str, input: ResendInvitation) -> Answer<Invitation> {
    check_locale(input.locale.as_ref())?;
    invitations::resend(change, id)
}
