//! Sessions, and their end.

use maud::{Markup, html};
use workos::Session;

use super::layout::{
    Page, Section, badge, button_form, latest, latest_table, organization_link, pager, path, table,
    time, user_link,
};
use super::{Ask, is_page, to};
use crate::reply::{Answer, Response};
use crate::sign_in::sessions;
use crate::state::View;
use crate::urls::with_query;

const COLUMNS: &[&str] =
    &["User", "!Organization", "Method", "State", "Started", "!Expires", "Action"];

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let content = ask.environment.read(|view| {
        let found = view.sessions.page(&ask.part(), |_| true)?;
        let list = path("sessions", &[]);
        let rows: Vec<_> = found.data.iter().map(|row| table_row(view, row, &list, true)).collect();
        Ok(html! {
            h1 { "Sessions " span.count { (view.sessions.len()) } }
            (table("Sessions", COLUMNS, &rows, "Nobody has signed in yet."))
            (pager("sessions", &[], &found.list_metadata))
        })
    })?;
    Ok(Page { section: Section::Sessions, title: "Sessions", content }.response(ask))
}

/// A row whose button comes back to this page.
fn table_row(view: &View<'_>, row: &Session, back: &str, has_user: bool) -> Markup {
    let is_active = sessions::is_active(view.now(), row);
    let state =
        if is_active || row.status.as_str() != "active" { row.status.as_str() } else { "expired" };
    html! {
        tr data-key=(row.id) {
            @if has_user { td { (user_link(view, &row.user_id)) } }
            td.wide {
                @if let Some(id) = &row.organization_id { (organization_link(view, id)) }
            }
            td { a href=(path("data", &["sessions", &row.id])) { (row.auth_method.as_str()) } }
            td { (badge(state)) }
            td { (time(row.created_at, view.now())) }
            td.wide { (time(row.expires_at, view.now())) }
            td {
                @if is_active {
                    @let action = path("sessions", &[&row.id, "revoke"]);
                    (button_form(&with_query(&action, &[("back", back)]), "Revoke", &row.id))
                }
            }
        }
    }
}

/// The sessions of a user or an organization, for the page of that.
pub(super) fn related(view: &View<'_>, index: &str, id: &str) -> Markup {
    let has_user = index != "user";
    let page = path(if index == "user" { "users" } else { "organizations" }, &[id]);
    let (shown, count) = latest(|| view.sessions.by(index, id));
    let rows: Vec<_> = shown.iter().map(|row| table_row(view, row, &page, has_user)).collect();
    let columns = if has_user { COLUMNS } else { COLUMNS.get(1..).unwrap_or_default() };
    latest_table("Sessions", columns, &rows, count, Some("No sessions."))
}

/// Ends a session as the API does.
pub(super) fn revoke(ask: &Ask<'_>) -> Answer<Response> {
    ask.environment.write(|change| sessions::end(change, ask.id()))?;
    let back = ask.asked("back");
    Ok(if is_page(back) { to(back) } else { to(&path("sessions", &[])) })
}
