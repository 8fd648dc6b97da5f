//! Organizations, and each with all that belongs to it.

use maud::html;
use serde_json::json;
use workos::Organization;

use super::layout::{
    Page, Section, badge, filter, has, latest, latest_table, may_have, object_head, pager, path,
    raw, table, time, user_link,
};
use super::{Ask, events, sessions, users};
use crate::reply::{Answer, Response};
use crate::state::View;

/// The columns of a list of organizations.
pub(super) const COLUMNS: &[&str] = &["Name", "Domains", "!Members", "!ID", "Created"];

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let needle = ask.asked("q").to_lowercase();
    let content = ask.environment.read(|view| {
        let found = view.organizations.page(&ask.part(), |row| matches(row, &needle))?;
        let rows: Vec<_> = found.data.iter().map(|row| table_row(view, row)).collect();
        Ok(html! {
            h1 { "Organizations " span.count { (view.organizations.len()) } }
            (filter("organizations", "q", "Name, domain or ID", ask.asked("q"), &html! {}))
            (table("Organizations", COLUMNS, &rows,
                if needle.is_empty() { "No organizations yet." } else { "None of these." }))
            (pager("organizations", &[("q", ask.asked("q"))], &found.list_metadata))
        })
    })?;
    Ok(Page { section: Section::Organizations, title: "Organizations", content }.response(ask))
}

/// Whether an organization matches a search.
pub(super) fn matches(row: &Organization, needle: &str) -> bool {
    needle.is_empty()
        || has(&row.name, needle)
        || row.id.eq_ignore_ascii_case(needle)
        || row.domains.iter().any(|own| has(&own.domain, needle))
        || may_have(row.external_id.as_ref(), needle)
}

pub(super) fn table_row(view: &View<'_>, row: &Organization) -> maud::Markup {
    let members = view.organization_memberships.by("organization", &row.id).count();
    html! {
        tr data-key=(row.id) {
            td { a href=(path("organizations", &[&row.id])) { (row.name) } }
            td {
                @for (index, own) in row.domains.iter().take(3).enumerate() {
                    @if index > 0 { ", " } (own.domain)
                }
            }
            td.wide { (members) }
            td.wide { code.id { (row.id) } }
            td { (time(row.created_at, view.now())) }
        }
    }
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let id = ask.id();
    let (name, content) = ask.environment.read(|view| {
        let row = view.one::<Organization>(id)?;
        let now = view.now();
        let content = html! {
            (object_head("Organization", &row.name, id))
            dl.facts {
                div { dt { "Created" } dd { (time(row.created_at, now)) } }
                @if let Some(external_id) = &row.external_id {
                    div { dt { "External ID" } dd { code { (external_id) } } }
                }
                @for own in &row.domains {
                    div {
                        dt { "Domain" }
                        dd {
                            (own.domain) " "
                            @if let Some(state) = &own.state { (badge(state.as_str())) }
                        }
                    }
                }
                @for (name, value) in &row.metadata {
                    div { dt { (name) } dd { (value) } }
                }
            }
            (memberships(view, id))
            (connections(view, id))
            (directories(view, id))
            (invitations(view, id))
            (groups(view, id))
            (sessions::related(view, "organization", id))
            (events::related(view, id))
            (raw(json!(row)))
        };
        Ok((row.name.clone(), content))
    })?;
    Ok(Page { section: Section::Organizations, title: &name, content }.response(ask))
}

fn memberships(view: &View<'_>, id: &str) -> maud::Markup {
    let (shown, count) = latest(|| view.organization_memberships.by("organization", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { (user_link(view, &row.user_id)) }
                    td { (users::role(row)) }
                    td { (badge(row.status.as_str())) }
                    td.wide { (time(row.created_at, view.now())) }
                }
            }
        })
        .collect();
    let columns = &["User", "Role", "Status", "!Since"];
    latest_table("Members", columns, &rows, count, Some("No members."))
}

fn connections(view: &View<'_>, id: &str) -> maud::Markup {
    let (shown, count) = latest(|| view.connections.by("organization", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| html! {
            tr data-key=(row.id) {
                td { a href=(path("data", &["connections", &row.id])) { (row.connection.name) } }
                td { (row.connection.connection_type.as_str()) }
                td { (badge(row.connection.state.as_str())) }
                td.wide { (view.profiles.by("connection", &row.id).count()) }
            }
        })
        .collect();
    latest_table("SSO connections", &["Name", "Type", "State", "!Profiles"], &rows, count, None)
}

fn directories(view: &View<'_>, id: &str) -> maud::Markup {
    let (shown, count) = latest(|| view.directories.by("organization", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { a href=(path("data", &["directories", &row.id])) { (row.name) } }
                    td { (row.type_.as_str()) }
                    td { (badge(row.state.as_str())) }
                    td.wide { (view.directory_users.by("directory", &row.id).count()) }
                    td.wide { (view.directory_groups.by("directory", &row.id).count()) }
                }
            }
        })
        .collect();
    latest_table("Directories", &["Name", "Type", "State", "!Users", "!Groups"], &rows, count, None)
}

fn invitations(view: &View<'_>, id: &str) -> maud::Markup {
    let (shown, count) = latest(|| view.invitations.by("organization", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { a href=(path("data", &["invitations", &row.id])) { (row.email) } }
                    td { (badge(row.state.as_str())) }
                    td { (time(row.expires_at, view.now())) }
                }
            }
        })
        .collect();
    latest_table("Invitations", &["Email", "State", "Expires"], &rows, count, None)
}

fn groups(view: &View<'_>, id: &str) -> maud::Markup {
    let (shown, count) = latest(|| view.groups.by("organization", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { a href=(path("data", &["groups", &row.id])) { (row.name) } }
                    td { (view.group_members.by("group", &row.id).count()) }
                }
            }
        })
        .collect();
    latest_table("Groups", &["Name", "Members"], &rows, count, None)
}
