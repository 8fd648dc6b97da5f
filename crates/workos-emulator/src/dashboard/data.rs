//! All rows of all collections, and where an ID leads.

use std::ops::Bound;

use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;
use workos::ListMetadata;

use super::layout::{Page, Section, copy_button, object_head, pager, path, table as table_of};
use super::{Ask, PER_PAGE, json, organizations, to, users};
use crate::reply::{Answer, Refusal, Response};
use crate::state::table::Table;
use crate::state::{Store, tables};
use crate::urls::with_query;

/// What belongs to which product. The first collection of each counts on the overview.
const PRODUCTS: &[(&str, &[&str])] = &[
    (
        "Organizations",
        &[
            "organizations",
            "organization_memberships",
            "groups",
            "group_members",
            "it_contacts",
            "portal_links",
        ],
    ),
    (
        "Users",
        &[
            "users",
            "identities",
            "passwords",
            "email_changes",
            "email_verifications",
            "magic_codes",
            "magic_links",
            "password_resets",
            "auth_factors",
            "auth_challenges",
            "sign_in_facts",
        ],
    ),
    (
        "Sessions",
        &[
            "sessions",
            "session_facts",
            "refresh_tokens",
            "authorization_codes",
            "pending_sign_ins",
            "email_completions",
            "device_authorizations",
            "external_logins",
            "interactive_sign_ins",
        ],
    ),
    ("Invitations", &["invitations"]),
    ("SSO", &["connections", "profiles", "saml_certificates", "profile_tokens", "logout_tokens"]),
    (
        "Directory Sync",
        &[
            "directories",
            "directory_users",
            "directory_groups",
            "directory_members",
            "directory_group_roles",
            "directory_syncs",
        ],
    ),
    (
        "Roles",
        &[
            "roles",
            "permissions",
            "role_assignments",
            "group_role_assignments",
            "authorization_resources",
            "resource_types",
        ],
    ),
    ("API keys", &["api_keys", "environment_keys"]),
    ("Feature flags", &["feature_flags", "flag_targets"]),
    (
        "Audit Logs",
        &[
            "audit_events",
            "audit_actions",
            "audit_schemas",
            "audit_exports",
            "audit_log_configurations",
        ],
    ),
    ("Vault", &["vault_objects", "vault_versions", "vault_keys"]),
    ("Connect", &["connect_applications", "client_secrets", "authorized_applications"]),
    (
        "Agents",
        &[
            "agent_instances",
            "agent_blueprints",
            "agent_sessions",
            "agent_token_facts",
            "agent_refresh_tokens",
            "registrations",
            "claim_attempts",
            "agent_credentials",
        ],
    ),
    (
        "Pipes",
        &[
            "connected_accounts",
            "data_integrations",
            "data_providers",
            "data_integration_settings",
            "connection_attempts",
            "several_accounts",
        ],
    ),
    (
        "Radar",
        &[
            "radar_attempts",
            "radar_challenges",
            "radar_entries",
            "radar_signals",
            "met_challenges",
            "sms_demands",
            "sms_verifications",
        ],
    ),
    ("Webhooks", &["webhook_endpoints"]),
    ("Events", &["events"]),
];

/// How many results of each kind a search shows.
const RESULTS: usize = 10;

/// How many rows the main collection of each product has, and where they are listed.
pub(super) fn product_counts(store: &Store) -> Vec<(&'static str, usize, String)> {
    let main = |(product, names): &(&'static str, &[&str])| {
        let name = names.first()?;
        let own = ["organizations", "users", "sessions", "events"].contains(name);
        let url = match *name {
            "webhook_endpoints" => path("webhooks", &[]),
            name if own => path(name, &[]),
            name => path("data", &[name]),
        };
        Some((*product, (find_table(name).ok()?.len)(store), url))
    };
    PRODUCTS.iter().filter_map(main).collect()
}

/// The collections by product; those of none are last.
fn groups() -> Vec<(&'static str, Vec<&'static Table>)> {
    let known = |name: &str| PRODUCTS.iter().any(|(_, names)| names.contains(&name));
    let mut groups: Vec<_> = PRODUCTS
        .iter()
        .map(|(product, names)| {
            (*product, names.iter().filter_map(|name| find_table(name).ok()).collect())
        })
        .collect();
    groups.push(("Settings and others", tables().filter(|table| !known(table.name)).collect()));
    groups
}

fn find_table(name: &str) -> Answer<&'static Table> {
    tables().find(|table| table.name == name).ok_or_else(|| Refusal::not_found("Collection", name))
}

pub(super) fn list(ask: &Ask<'_>) -> Answer<Response> {
    let content = ask.environment.read(|view| {
        let count = |table: &Table| (table.len)(view);
        html! {
            h1 { "All data" }
            p.quiet { "Every row of every collection, as the emulator stores it. Secrets are hidden." }
            div.cards.small {
                @for (product, tables) in groups() {
                    section.card {
                        h2 { (product) }
                        ul.tables {
                            @for table in tables {
                                li {
                                    a.empty[count(table) == 0] href=(path("data", &[table.name]))
                                        { (table.name) }
                                    " " span.count { (count(table)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    });
    Ok(Page { section: Section::Data, title: "All data", content }.response(ask))
}

pub(super) fn table(ask: &Ask<'_>) -> Answer<Response> {
    let table = find_table(ask.id())?;
    let content = ask.environment.read(|view| {
        let (rows, around) = rows(table, view, ask)?;
        let rows: Vec<_> = rows.iter().map(|(id, row)| table_row(table, id, row)).collect();
        Ok(html! {
            p.kind { a href=(path("data", &[])) { "All data" } }
            h1 { (table.name) " " span.count { ((table.len)(view)) } }
            (table_of(table.name, &["ID", "Row"], &rows, "No rows."))
            (pager(&format!("data/{}", table.name), &[], &around))
        })
    })?;
    Ok(Page { section: Section::Data, title: table.name, content }.response(ask))
}

/// A page of rows, newest first.
fn rows(
    table: &Table,
    store: &Store,
    ask: &Ask<'_>,
) -> Answer<(Vec<(String, Value)>, ListMetadata)> {
    let place =
        |id: &str| (table.place)(store, id).ok_or_else(|| Refusal::not_found(table.title, id));
    let mut around = ListMetadata::default();
    let older_than = match ask.query.get("after") {
        Some(id) => Bound::Excluded(place(id)?),
        None => Bound::Unbounded,
    };
    let mut found = (table.newest)(store, Bound::Unbounded, older_than, PER_PAGE + 1);
    if found.len() > PER_PAGE {
        found.truncate(PER_PAGE);
        around.after = found.last().map(|(id, _)| id.clone());
    }
    Ok((found, around))
}

fn table_row(table: &Table, id: &str, row: &Value) -> Markup {
    let mut row = row.clone();
    json::hide(&mut row);
    let mut text = row.to_string();
    if let Some((end, _)) = text.char_indices().nth(160) {
        text.truncate(end);
        text.push('…');
    }
    html! {
        tr data-key=(id) {
            td { a.id href=(path("data", &[table.name, id])) { (id) } }
            td.cut { code.id { (text) } }
        }
    }
}

pub(super) fn row(ask: &Ask<'_>) -> Answer<Response> {
    let table = find_table(ask.id())?;
    let id = ask.path.get(1).map_or("", String::as_str);
    let found = ask.environment.read(|view| (table.get)(view, id));
    let mut row = found.ok_or_else(|| Refusal::not_found(table.title, id))?;
    json::hide(&mut row);
    let content = html! {
        p.kind { a href=(path("data", &[table.name])) { (table.name) } }
        (object_head(table.title, table.title, id))
        p.row { (copy_button("row", "the row")) }
        div id="row" { (json::block("Row", &row)) }
    };
    Ok(Page { section: Section::Data, title: table.title, content }.response(ask))
}

/// Redirects to the object with this ID, or lists the matches by name or address.
pub(super) fn find(ask: &Ask<'_>) -> Answer<Response> {
    let text = ask.asked("q");
    if text.is_empty() {
        return Ok(to(&path("data", &[])));
    }
    if let Some(place) = place_of(ask, text) {
        return Ok(to(&place));
    }
    let needle = text.to_lowercase();
    let (organizations, users) = ask.environment.read(|view| {
        let organizations = view.organizations.iter().rev();
        let organizations = organizations.filter(|row| organizations::matches(row, &needle));
        let organizations: Vec<_> =
            organizations.take(RESULTS).map(|row| organizations::table_row(view, row)).collect();
        let users = view.users.iter().rev().filter(|row| users::matches(row, &needle));
        let users: Vec<_> = users.take(RESULTS).map(|row| users::table_row(view, row)).collect();
        (organizations, users)
    });
    let is_nothing = organizations.is_empty() && users.is_empty();
    let content = html! {
        h1 { "“" (text) "”" }
        @if is_nothing {
            p.empty { "There is nothing with this ID, name or address." }
        }
        @if !organizations.is_empty() {
            h2 { a href=(with_query(&path("organizations", &[]), &[("q", text)])) { "Organizations" } }
            (table_of("Organizations", organizations::COLUMNS, &organizations, ""))
        }
        @if !users.is_empty() {
            h2 { a href=(with_query(&path("users", &[]), &[("q", text)])) { "Users" } }
            (table_of("Users", users::COLUMNS, &users, ""))
        }
    };
    let page = Page { section: Section::None, title: "Find", content };
    let status = if is_nothing { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let mut response = page.response(ask);
    response.status = Some(status);
    Ok(response)
}

/// Where the object with an ID is shown.
fn place_of(ask: &Ask<'_>, id: &str) -> Option<String> {
    if ask.environment.deliveries(|all, _| all.get(id).is_some()) {
        return Some(path("webhooks", &[id]));
    }
    ask.environment.read(|view| {
        let pages = ["organizations", "users", "events"];
        // Some collections hold what belongs to an object under the ID of that object.
        let main = pages.iter().filter_map(|name| find_table(name).ok()).chain(tables());
        let mut holding = main.filter(|table| (table.get)(view, id).is_some());
        let table = holding.next()?;
        let is_page = pages.contains(&table.name);
        Some(if is_page { path(table.name, &[id]) } else { path("data", &[table.name, id]) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collection_is_shown_once() {
        let mut shown: Vec<_> =
            groups().into_iter().flat_map(|(_, tables)| tables).map(|table| table.name).collect();
        let mut all: Vec<_> = tables().map(|table| table.name).collect();
        shown.sort_unstable();
        all.sort_unstable();
        assert_eq!(shown, all);
    }

    #[test]
    fn every_product_names_collections_that_exist() {
        for (product, names) in PRODUCTS {
            for name in *names {
                assert!(find_table(name).is_ok(), "{product}: {name}");
            }
        }
    }
}
