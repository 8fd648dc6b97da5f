//! [`chosen`]: the operations that names stand for.

use std::collections::HashSet;

use workos::contract::{Operation, operations};

use super::super::router;
use super::name;
use crate::words::nearest;

/// The grants of `user_management.authenticate_with_…`, which are methods of the SDK, but one
/// operation of the API.
const GRANTS: [&str; 11] = [
    "code",
    "device_code",
    "email_completion",
    "email_verification",
    "magic_auth",
    "organization_selection",
    "password",
    "radar_email_challenge",
    "radar_sms_challenge",
    "refresh_token",
    "totp",
];
const AUTHENTICATE: &str = "user_management.authenticate_with_";

/// The operations with these names. The error has a line for each name that is unknown.
pub(super) fn chosen(names: &[String]) -> Result<HashSet<Operation>, String> {
    let (mut chosen, mut unknown) = (HashSet::new(), Vec::new());
    for name in names.iter().map(|name| name.trim()) {
        let named = operations().filter(|entry| stands_for(name, &entry.operation));
        let named: Vec<_> = named.filter_map(|entry| served(&entry.operation)).collect();
        if named.is_empty() {
            unknown.push(question(name));
        }
        chosen.extend(named);
    }
    if unknown.is_empty() { Ok(chosen) } else { Err(unknown.join("\n")) }
}

fn stands_for(pattern: &str, operation: &Operation) -> bool {
    match pattern.strip_suffix(".*") {
        _ if pattern == "*" => true,
        Some(accessor) => accessor == operation.accessor,
        None => match pattern.strip_prefix(AUTHENTICATE) {
            Some(grant) => GRANTS.contains(&grant) && name(operation).starts_with(AUTHENTICATE),
            None => pattern == name(operation),
        },
    }
}

/// The operation that answers the requests of this one. Some methods of the SDK make the same.
pub(super) fn served(operation: &Operation) -> Option<Operation> {
    let segment = |segment: &'static str| if segment.starts_with('{') { "x" } else { segment };
    let path = operation.path.split('/').map(segment).collect::<Vec<_>>().join("/");
    let (endpoint, _) = router::find(&operation.method.parse().ok()?, &path)?;
    Some(*endpoint.operation)
}

/// Why a name stands for nothing, with the names that are meant.
fn question(unknown: &str) -> String {
    let names: Vec<_> = operations().map(|entry| name(&entry.operation)).collect();
    let resources = operations().map(|entry| format!("{}.*", entry.operation.accessor));
    let mut known: Vec<_> = resources.chain(names.iter().cloned()).collect();
    known.dedup();
    let mut meant: Vec<_> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.split_once('.').is_some_and(|(_, method)| method == unknown))
        .collect();
    let is_resource = known.iter().find(|name| name.strip_suffix(".*") == Some(unknown));
    meant.extend(is_resource.map(String::as_str));
    if meant.is_empty() {
        meant.extend(nearest(unknown, known.iter().map(String::as_str)));
    }
    let meant: Vec<_> = meant.iter().map(|name| format!("`{name}`")).collect();
    match meant.as_slice() {
        [] => format!(
            "unknown operation `{unknown}`; expected one such as \
             `organizations.list_organizations`, `vault.*`, or `*`"
        ),
        meant => {
            format!("unknown operation `{unknown}`. Did you mean {}?", meant.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(names: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut chosen: Vec<_> = chosen(&names)?.iter().map(name).collect();
        chosen.sort();
        Ok(chosen)
    }

    #[test]
    fn names_stand_for_operations_and_resources() {
        assert_eq!(names_of(&[]), Ok(vec![]));
        let one = ["organizations.get_organization".to_owned()];
        assert_eq!(names_of(&[" organizations.get_organization "]).unwrap(), one);
        let vault = names_of(&["vault.*", "vault.create_kv"]).unwrap();
        assert!(vault.len() > 5 && vault.iter().all(|name| name.starts_with("vault.")));
        let all: HashSet<_> = operations()
            .filter_map(|entry| served(&entry.operation))
            .map(|one| name(&one))
            .collect();
        assert_eq!(names_of(&["*"]).unwrap().len(), all.len());
    }

    #[test]
    fn every_operation_of_the_sdk_can_be_chosen() {
        for entry in operations() {
            assert_eq!(names_of(&[&name(&entry.operation)]).map(|names| names.len()), Ok(1));
        }
    }

    #[test]
    fn all_grants_are_chosen_together() {
        for grant in GRANTS {
            let chosen = names_of(&[&format!("{AUTHENTICATE}{grant}")]);
            assert_eq!(chosen, Ok(vec![format!("{AUTHENTICATE}password")]), "{grant}");
        }
        assert!(names_of(&[&format!("{AUTHENTICATE}luck")]).is_err());
    }

    #[test]
    fn unknown_names_are_refused_with_what_is_meant() {
        for (unknown, reason) in [
            (
                "organizations.list_organisations",
                "unknown operation `organizations.list_organisations`. Did you mean \
                 `organizations.list_organizations`?",
            ),
            (
                "list_organizations",
                "unknown operation `list_organizations`. Did you mean \
                 `organizations.list_organizations`?",
            ),
            ("vault", "unknown operation `vault`. Did you mean `vault.*`?"),
            ("vaults.*", "unknown operation `vaults.*`. Did you mean `vault.*`?"),
            (
                "GET /organizations",
                "unknown operation `GET /organizations`; expected one such as \
                 `organizations.list_organizations`, `vault.*`, or `*`",
            ),
        ] {
            assert_eq!(names_of(&[unknown, "*"]), Err(reason.to_owned()), "{unknown}");
        }
        assert_eq!(names_of(&["vault", "", "x.y"]).unwrap_err().lines().count(), 3);
    }
}
