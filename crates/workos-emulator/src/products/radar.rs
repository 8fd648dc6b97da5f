//! Radar: verdicts on attempts to sign in or up, by lists and by what the Radar script found.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Deserialize;
use workos::RadarStandaloneResponse;
use workos::radar::*;

use crate::fields::email;
use crate::reply::Answer;
use crate::state::collection::Entity;
use crate::state::{Change, RadarAction, RadarAttempt, RadarEntry, Store, StoredSignals};

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

/// Judges an attempt, and keeps a record of it.
pub(crate) fn assess(
    change: &mut Change<'_>,
    input: CreateRadarAttempt,
) -> Answer<RadarStandaloneResponse> {
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
        let has =
            |(list, value): &(RadarListType, String)| entry(store, list, action, value).is_some();
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

/// The entry of a list with this value, which is [`normal`].
pub(crate) fn entry<'a>(
    store: &'a Store,
    list: &RadarListType,
    action: RadarAction,
    value: &str,
) -> Option<&'a Arc<RadarEntry>> {
    store.radar_entries.find("key", &RadarEntry::key(list, action, value))
}

/// A value as lists have it, so that the same one is found however it is written.
pub(crate) fn normal(list: &RadarListType, value: &str) -> String {
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
