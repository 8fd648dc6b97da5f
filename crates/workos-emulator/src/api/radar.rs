//! Radar: verdicts on attempts to sign in or up, and the lists that decide them.

use std::net::IpAddr;

use serde::Deserialize;
use workos::RadarStandaloneResponse;
use workos::radar::*;
use workos_contract::{is_domain, is_email};

use crate::fields::email;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::collection::Entity;
use crate::state::{Change, RadarAction, RadarAttempt, RadarEntry, Store, StoredSignals};

routes! {
    radar;
    create_attempt(body)                  => write assess;
    update_attempt(id, body)              => write report;
    add_list_entry(type_, action, body)   => write add_entry;
    remove_list_entry(type_, action, body) => write remove_entry;
}

fn assess(change: &mut Change<'_>, input: CreateRadarAttempt) -> Answer<RadarStandaloneResponse> {
    let mut response = verdict(change, &input);
    response.attempt_id = change.id(RadarAttempt::PREFIX);
    change.insert(RadarAttempt {
        id: response.attempt_id.clone(),
        request: input,
        verdict: response.verdict.clone(),
        reported: UpdateRadarAttempt::default(),
    })?;
    Ok(response)
}

/// The lists decide first, an allow list before a block list. Then counts what the Radar script
/// found, if the attempt names its signals.
fn verdict(store: &Store, attempt: &CreateRadarAttempt) -> RadarStandaloneResponse {
    let signals = attempt.signals_id.as_ref().and_then(|id| store.radar_signals.get(id));
    let facts = facts(attempt, signals.map(|signals| &**signals));
    let listed = |action| {
        let has = |(list, value): &(RadarListType, String)| {
            store.radar_entries.find("key", &RadarEntry::key(list, action, value)).is_some()
        };
        facts.iter().find(|fact| has(fact)).map(|(list, _)| list.clone())
    };
    let finding = signals.and_then(|signals| signals.finding.clone());
    let mut response = RadarStandaloneResponse::default();
    if listed(RadarAction::Allow).is_some() {
        response.verdict = RadarStandaloneResponseVerdict::Allow;
        response.reason = "Found in an allow list".to_owned();
    } else if let Some(list) = listed(RadarAction::Block) {
        response.verdict = RadarStandaloneResponseVerdict::Block;
        response.reason = "Found in a block list".to_owned();
        response.control = Some(RadarStandaloneResponseControl::Restriction);
        response.blocklist_type = Some(list);
    } else if let Some((control, verdict)) = finding {
        response.verdict = verdict;
        response.reason = "Detected enabled Radar control".to_owned();
        response.control = Some(control);
    } else {
        response.verdict = RadarStandaloneResponseVerdict::Allow;
        response.reason = "Detected no risk".to_owned();
    }
    response
}

/// What lists may have of an attempt.
fn facts(
    attempt: &CreateRadarAttempt,
    signals: Option<&StoredSignals>,
) -> Vec<(RadarListType, String)> {
    let domain = attempt.email.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let signal = |value: fn(&StoredSignals) -> &Option<String>| {
        signals.and_then(|signals| value(signals).clone())
    };
    let facts = [
        (RadarListType::IpAddress, Some(attempt.ip_address.clone())),
        (RadarListType::Domain, domain),
        (RadarListType::Email, Some(attempt.email.clone())),
        (RadarListType::Device, signal(|signals| &signals.device)),
        (RadarListType::UserAgent, Some(attempt.user_agent.clone())),
        (RadarListType::DeviceFingerprint, signal(|signals| &signals.device_fingerprint)),
        (RadarListType::Country, signal(|signals| &signals.country)),
    ];
    let known = facts.into_iter().filter_map(|(list, value)| Some((list, value?)));
    known.map(|(list, value)| (list.clone(), normal(&list, &value))).collect()
}

/// A value as lists have it, so that the same one is found however it is written.
fn normal(list: &RadarListType, value: &str) -> String {
    match list {
        RadarListType::Domain | RadarListType::Email => email(value),
        RadarListType::Country => value.trim().to_uppercase(),
        RadarListType::IpAddress => match value.trim().parse::<IpAddr>() {
            Ok(address) => address.to_canonical().to_string(),
            Err(_) => value.trim().to_owned(),
        },
        _ => value.trim().to_owned(),
    }
}

fn report(change: &mut Change<'_>, id: &str, input: UpdateRadarAttempt) -> Answer<()> {
    let mut attempt: RadarAttempt = change.copy(id)?;
    let UpdateRadarAttempt { challenge_status, attempt_status } = input;
    attempt.reported.challenge_status = challenge_status.or(attempt.reported.challenge_status);
    attempt.reported.attempt_status = attempt_status.or(attempt.reported.attempt_status);
    change.put(attempt)?;
    Ok(())
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
    if change.radar_entries.find("key", &RadarEntry::key(&list, action, &value)).is_some() {
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
    let key = RadarEntry::key(&list, action, &normal(&list, &input.entry));
    let found = change.radar_entries.find("key", &key).map(|entry| entry.id.clone());
    let id = found.ok_or_else(|| Refusal::not_found(RadarEntry::NAME, &input.entry))?;
    change.remove::<RadarEntry>(&id)?;
    Ok(())
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

/// What the Radar script collected in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RadarSignals {
    /// The device, as in lists of devices.
    pub device: Option<String>,
    /// The fingerprint of the device, as in lists of fingerprints.
    pub device_fingerprint: Option<String>,
    /// The country code of the device's location.
    pub country: Option<String>,
    /// The control that finds these signals suspicious, if any.
    pub control: Option<RadarStandaloneResponseControl>,
    /// The verdict of that control; by default `challenge`.
    pub verdict: Option<RadarStandaloneResponseVerdict>,
}

/// Stores what the Radar script collected in a browser; returns the ID to name it by.
pub(crate) fn add_signals(change: &mut Change<'_>, signals: RadarSignals) -> Answer<String> {
    let RadarSignals { device, device_fingerprint, country, control, verdict } = signals;
    let verdict = verdict.unwrap_or(RadarStandaloneResponseVerdict::Challenge);
    let finding = control.map(|control| (control, verdict));
    let id = change.id(StoredSignals::PREFIX);
    change
        .insert(StoredSignals { id, device, device_fingerprint, country, finding })
        .map(|signals| signals.id.clone())
}
