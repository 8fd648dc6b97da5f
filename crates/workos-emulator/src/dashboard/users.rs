//! Users, and each with all that belongs to them.

use maud::{Markup, html};
use serde_json::json;
use workos::{OrganizationMembership, User};

use super::layout::{
    Page, Section, badge, filter, has, latest, latest_table, may_have, maybe_time, object_head,
    organization_link, pager, path, raw, table, time, user_name,
};
use super::{Ask, events, mails, sessions};
use crate::reply::{Answer, Response};
use crate::state::View;

pub(super) const COLUMNS: &[&str] = &["Email", "Name", "!ID", "!Last sign-in", "Created"];

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let needle = ask.asked("q").to_lowercase();
    let content = ask.environment.read(|view| {
        let found = view.users.page(&ask.part(), |row| matches(row, &needle))?;
        let rows: Vec<_> = found.data.iter().map(|row| table_row(view, row)).collect();
        Ok(html! {
            h1 { "Users " span.count { (view.users.len()) } }
            (filter("users", "q", "Name, email or ID", ask.asked("q"), &html! {}))
            (table("Users", COLUMNS, &rows,
                if needle.is_empty() { "No users yet." } else { "None of these." }))
            (pager("users", &[("q", ask.asked("q"))], &found.list_metadata))
        })
    })?;
    Ok(Page { section: Section::Users, title: "Users", content }.response(ask))
}

/// Whether a user matches a search.
pub(super) fn matches(row: &User, needle: &str) -> bool {
    needle.is_empty()
        || row.email.contains(needle)
        || row.id.eq_ignore_ascii_case(needle)
        || user_name(row).is_some_and(|name| has(&name, needle))
        || may_have(row.external_id.as_ref(), needle)
}

pub(super) fn table_row(view: &View<'_>, row: &User) -> Markup {
    html! {
        tr data-key=(row.id) {
            td {
                a href=(path("users", &[&row.id])) { (row.email) }
                @if !row.email_verified { " " span.badge.warm { "unverified" } }
            }
            td { (user_name(row).unwrap_or_default()) }
            td.wide { code.id { (row.id) } }
            td.wide { (maybe_time(row.last_sign_in_at, view.now())) }
            td { (time(row.created_at, view.now())) }
        }
    }
}

/// The roles of a membership.
pub(super) fn role(row: &OrganizationMembership) -> String {
    let own = row.roles.iter().flatten().chain(&row.role);
    let mut slugs: Vec<_> = own.map(|role| role.slug.as_str()).collect();
    slugs.dedup();
    slugs.join(", ")
}

pub(super) fn show(ask: &Ask<'_>) -> Answer<Response> {
    let id = ask.id();
    let (user, content) = ask.environment.read(|view| {
        let row = view.one::<User>(id)?;
        let now = view.now();
        let name = user_name(row);
        let content = html! {
            (object_head("User", name.as_deref().unwrap_or(&row.email), id))
            dl.facts {
                div {
                    dt { "Email" }
                    dd {
                        (row.email) " "
                        @if row.email_verified { (badge("verified")) }
                        @else { span.badge.warm { "unverified" } }
                    }
                }
                div { dt { "Created" } dd { (time(row.created_at, now)) } }
                div { dt { "Last sign-in" } dd { (maybe_time(row.last_sign_in_at, now)) } }
                div {
                    dt { "Password" }
                    dd { @if view.passwords.get(id).is_some() { "set" } @else { "none" } }
                }
                @if let Some(external_id) = &row.external_id {
                    div { dt { "External ID" } dd { code { (external_id) } } }
                }
                @for (name, value) in &row.metadata {
                    div { dt { (name) } dd { (value) } }
                }
            }
            (memberships(view, id))
            (sessions::related(view, "user", id))
            (identities(view, id))
            (factors(view, id))
        };
        Ok((row.clone(), content))
    })?;
    let rest = ask.environment.read(|view| events::related(view, id));
    let content = html! {
        (content)
        (mails::related(ask.environment, &user.email))
        (rest)
        (raw(json!(user)))
    };
    Ok(Page { section: Section::Users, title: &user.email, content }.response(ask))
}

fn memberships(view: &View<'_>, id: &str) -> Markup {
    let (shown, count) = latest(|| view.organization_memberships.by("user", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { (organization_link(view, &row.organization_id)) }
                    td { (role(row)) }
                    td { (badge(row.status.as_str())) }
                    td.wide { (time(row.created_at, view.now())) }
                }
            }
        })
        .collect();
    let columns = &["Organization", "Role", "Status", "!Since"];
    latest_table("Memberships", columns, &rows, count, Some("In no organization."))
}

fn identities(view: &View<'_>, id: &str) -> Markup {
    let (shown, count) = latest(|| view.identities.by("user", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| {
            html! {
                tr data-key=(row.id) {
                    td { (row.identity.provider.as_str()) }
                    td { code { (row.identity.idp_id) } }
                }
            }
        })
        .collect();
    latest_table("Identities", &["Provider", "ID there"], &rows, count, None)
}

fn factors(view: &View<'_>, id: &str) -> Markup {
    let (shown, count) = latest(|| view.auth_factors.by("user", id));
    let rows: Vec<_> = shown
        .iter()
        .map(|row| html! {
            tr data-key=(row.id) {
                td { a href=(path("data", &["auth_factors", &row.id])) { (row.factor.type_.as_str()) } }
                td { (time(row.factor.created_at, view.now())) }
            }
        })
        .collect();
    latest_table("Second factors", &["Type", "Enrolled"], &rows, count, None)
}
