//! Feature flags: their state, their targets, and who they are on for.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use workos::contract::ListParams;
use workos::feature_flags::*;
use workos::{Organization, Page, User};

use crate::products::feature_flags::evaluation::{is_on, with_rules, with_targets};
use crate::products::feature_flags::{add_target, remove_target, switch};
use crate::products::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::{Change, StoredFlag, View, shown};

routes! {
    feature_flags;
    list_feature_flags(query)                          => read list;
    get_feature_flag(slug)                             => read get;
    enable_feature_flag(slug)                          => write enable;
    disable_feature_flag(slug)                         => write disable;
    add_flag_target(slug, resource_id)                 => write add_target;
    remove_flag_target(slug, resource_id)              => write remove_target;
    list_organization_feature_flags(organization_id, query) => read of_organization;
    list_user_feature_flags(user_id, query)            => read of_user;
    list_sdk_feature_flags(raw_query)                  => read poll;
}

fn list<'a>(view: &'a View<'_>, query: ListFeatureFlagsParams) -> Answer<Page<&'a FeatureFlag>> {
    page(view, &query, |_| true)
}

fn get<'a>(view: &'a View<'_>, slug: &str) -> Answer<&'a FeatureFlag> {
    view.one_by::<StoredFlag>("slug", slug).map(|row| &row.flag)
}

fn enable(change: &mut Change<'_>, slug: &str) -> Answer<FeatureFlag> {
    switch(change, slug, true)
}

fn disable(change: &mut Change<'_>, slug: &str) -> Answer<FeatureFlag> {
    switch(change, slug, false)
}

fn of_organization<'a>(
    view: &'a View<'_>,
    organization_id: &str,
    query: ListOrganizationFeatureFlagsParams,
) -> Answer<Page<&'a FeatureFlag>> {
    view.one::<Organization>(organization_id)?;
    page(view, &query, |flag| is_on(view, flag, None, Some(organization_id)))
}

fn of_user<'a>(
    view: &'a View<'_>,
    user_id: &str,
    query: ListUserFeatureFlagsParams,
) -> Answer<Page<&'a FeatureFlag>> {
    view.one::<User>(user_id)?;
    let organizations = memberships::active_organizations(view, user_id);
    let organizations: Vec<_> =
        organizations.map(|organization| Some(&*organization.id)).chain([None]).collect();
    page(view, &query, |flag| {
        organizations.iter().any(|organization| is_on(view, flag, Some(user_id), *organization))
    })
}

fn page<'a>(
    view: &'a View<'_>,
    query: &impl ListParams,
    is_wanted: impl Fn(&StoredFlag) -> bool,
) -> Answer<Page<&'a FeatureFlag>> {
    let page = view.feature_flags.page(query, is_wanted)?;
    Ok(shown(page, |row| &row.flag))
}

/// All flags for evaluation in the application. Clients that understand rules ask for version 2.
fn poll(view: &View<'_>, raw_query: &str) -> Answer<Value> {
    let mut query = form_urlencoded::parse(raw_query.as_bytes());
    let version = query.find(|(name, _)| name == "payload_version").map(|(_, value)| value);
    let rows = view.feature_flags.iter();
    match version.as_deref() {
        None | Some("1") => {
            let flags: FlagPollResponse =
                rows.map(|row| (row.flag.slug.clone(), with_targets(view, row))).collect();
            Ok(json!(flags))
        }
        Some("2") => {
            let flags: BTreeMap<_, _> =
                rows.map(|row| (&row.flag.slug, with_rules(view, row))).collect();
            Ok(json!({"version": 2, "flags": flags}))
        }
        Some(_) => {
            let message = "payload_version must be 1 or 2.";
            Err(Refusal::bad_request("invalid_request_parameters", message))
        }
    }
}
