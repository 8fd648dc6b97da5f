//! Radar: verdicts on attempts to sign in or up, and the lists that decide them.

use std::net::IpAddr;

use workos::radar::*;
use workos_contract::{is_domain, is_email};

use crate::products::radar::{assess, entry, normal};
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::collection::Entity;
use crate::state::{Change, RadarAction, RadarAttempt, RadarEntry};

routes! {
    radar;
    create_attempt(body)                  => write assess;
    update_attempt(id, body)              => write report;
    add_list_entry(type_, action, body)   => write add_entry;
    remove_list_entry(type_, action, body) => write remove_entry;
}

fn report(change: &mut Change<'_>, id: &str, input: UpdateRadarAttempt) -> Answer<()> {
    let mut attempt: RadarAttempt = change.copy(id)?;
    let UpdateRadarAttempt { challenge_status, attempt_status } = input;
    attempt.reported.challenge_status = challenge_status.or(attempt.reported.challenge_status);
    attempt.reported.attempt_status = attempt_status.or(attempt.reported.attempt_status);
    change.put(attempt).map(drop)
}

fn add_entry(
    change: &mut Change<'_>,
    type_: &str,
    action: &str,
    input: AddRadarListEntry,
) -> Answer<Response> {
    let (list, action) = list_of(type_, action)?;
    let value = normal(&list, &input.entry);
    check(&list, &value)?;
    if entry(change, &list, action, &value).is_some() {
        let mut present = RadarListEntryAlreadyPresentResponse::default();
        present.message = "Entry already present in the list".to_owned();
        return Ok(Response::json(None, &present));
    }
    let id = change.id(RadarEntry::PREFIX);
    change.insert(RadarEntry { id, list, action, value })?;
    Ok(Response::empty(None))
}

fn remove_entry(
    change: &mut Change<'_>,
    type_: &str,
    action: &str,
    input: RemoveRadarListEntry,
) -> Answer<()> {
    let (list, action) = list_of(type_, action)?;
    let found = entry(change, &list, action, &normal(&list, &input.entry));
    let not_found = || Refusal::not_found(RadarEntry::NAME, &input.entry);
    let id = found.ok_or_else(not_found)?.id.clone();
    change.remove::<RadarEntry>(&id).map(drop)
}

/// The list that a path names.
fn list_of(type_: &str, action: &str) -> Answer<(RadarListType, RadarAction)> {
    let list = RadarListType::KNOWN.iter().find(|known| known.as_str() == type_).cloned();
    let action = match action {
        "allow" => Some(RadarAction::Allow),
        "block" => Some(RadarAction::Block),
        _ => None,
    };
    let bad_list = Invalid::new("type", "invalid", "must be the type of a Radar list.");
    let bad_action = Invalid::new("action", "invalid", "must be allow or block.");
    match (list, action) {
        (Some(list), Some(action)) => Ok((list, action)),
        (None, Some(_)) => Err(invalid(&[bad_list])),
        (Some(_), None) => Err(invalid(&[bad_action])),
        (None, None) => Err(invalid(&[bad_list, bad_action])),
    }
}

/// Whether a list can have this value.
fn check(list: &RadarListType, value: &str) -> Answer<()> {
    let (is_valid, demand) = match list {
        RadarListType::IpAddress => (value.parse::<IpAddr>().is_ok(), "must be an IP address."),
        RadarListType::Domain => (is_domain(value), "must be a domain such as acme.com."),
        RadarListType::Email => (is_email(value), "must be an email address."),
        RadarListType::Country => (value.len() == 2, "must be a country code such as US."),
        _ => (true, ""),
    };
    if is_valid { Ok(()) } else { Err(invalid(&[Invalid::new("entry", "invalid", demand)])) }
}

/// Lists document no 422.
fn invalid(errors: &[Invalid]) -> Refusal {
    Refusal { status: http::StatusCode::BAD_REQUEST, ..Refusal::invalid(errors) }
}
