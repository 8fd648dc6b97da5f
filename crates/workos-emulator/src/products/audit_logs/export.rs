//! Exports: which events they include, how their files are written, and where those are.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use ring::hmac;
use serde_json::{Value, json};
use workos::audit_logs::{
    AuditLogEvent, AuditLogExport, AuditLogExportState, CreateAuditLogExport,
};
use workos::{ObjectType, Timestamp};

use super::kept_since;
use crate::reply::{Answer, Refusal, Response};
use crate::state::collection::Entity;
use crate::state::{AuditEvent, AuditExport, Change, View};

/// Where the files are.
pub(crate) const EXPORTS: &str = "/_exports/";
/// How far back exports go: three months.
const EXPORTABLE: Duration = Duration::from_secs(92 * 24 * 60 * 60);
/// How long a URL is valid.
const URL_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// WorkOS does not document its columns. These are the fields of an event.
const COLUMNS: &str = "id,action,version,occurred_at,actor_id,actor_type,actor_name,\
                       actor_metadata,targets,context_location,context_user_agent,metadata";
/// How a line ends in RFC 4180.
const LINE_END: &str = "\r\n";

/// Exports the events of an organization that are still kept.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateAuditLogExport,
) -> Answer<AuditLogExport> {
    let oldest = change.now() - EXPORTABLE;
    let kept_since = kept_since(change, &input.organization_id, change.now());
    let rows = change.audit_events.by("organization", &input.organization_id);
    let mut rows: Vec<_> = rows
        .filter(|row| row.recorded_at >= kept_since && row.event.occurred_at >= oldest)
        .filter(|row| has(&input, &row.event))
        .collect();
    rows.sort_by_key(|row| row.event.occurred_at);
    let csv = csv(rows.into_iter().map(|row| &**row));
    let mut export = AuditLogExport::default();
    export.object = ObjectType::AuditLogExport;
    export.id = change.id(AuditExport::PREFIX);
    export.state = AuditLogExportState::Pending;
    export.created_at = change.now();
    export.updated_at = change.now();
    let row = AuditExport {
        id: export.id.clone(),
        organization_id: input.organization_id,
        export: export.clone(),
        key: change.bytes::<32>().to_vec().into(),
        csv: csv.into(),
    };
    change.put(row)?;
    Ok(export)
}

/// An export is ready when it is asked for, each time with a new URL.
pub(crate) fn ready(change: &mut Change<'_>, id: &str) -> Answer<AuditLogExport> {
    let mut row: AuditExport = change.copy(id)?;
    if row.export.state == AuditLogExportState::Pending {
        row.export.state = AuditLogExportState::Ready;
        row.export.updated_at = change.now();
        change.put(row.clone())?;
    }
    row.export.url = Some(url(change, &row));
    Ok(row.export)
}

/// Whether an export includes an event.
fn has(export: &CreateAuditLogExport, event: &AuditLogEvent) -> bool {
    let is_in = |wanted: &Option<Vec<String>>, own: &dyn Fn(&String) -> bool| {
        wanted.as_ref().is_none_or(|wanted| wanted.is_empty() || wanted.iter().any(own))
    };
    let is_actor = |name: &String| event.actor.name.as_ref() == Some(name);
    (export.range_start..=export.range_end).contains(&event.occurred_at)
        && is_in(&export.actions, &|action| event.action == *action)
        && is_in(&export.actors, &is_actor)
        && is_in(&export.actor_names, &is_actor)
        && is_in(&export.actor_ids, &|id| event.actor.id == *id)
        && is_in(&export.targets, &|wanted| {
            event.targets.iter().any(|target| target.type_ == *wanted)
        })
}

/// The events as a table, in the format of RFC 4180.
fn csv<'a>(events: impl Iterator<Item = &'a AuditEvent>) -> Bytes {
    let mut csv = format!("{COLUMNS}{LINE_END}");
    for AuditEvent { id, event, .. } in events {
        let json = |value: Option<Value>| value.map(|value| value.to_string()).unwrap_or_default();
        let metadata = |metadata: &Option<_>| json(metadata.as_ref().map(|all| json!(all)));
        let version = event.version.map(|version| version.to_string()).unwrap_or_default();
        let cells = [
            id,
            &event.action,
            &version,
            &event.occurred_at.to_string(),
            &event.actor.id,
            &event.actor.type_,
            event.actor.name.as_deref().unwrap_or_default(),
            &metadata(&event.actor.metadata),
            &json(Some(json!(event.targets))),
            &event.context.location,
            event.context.user_agent.as_deref().unwrap_or_default(),
            &metadata(&event.metadata),
        ];
        csv.push_str(&cells.map(cell).join(","));
        csv.push_str(LINE_END);
    }
    csv.into()
}

/// A cell, in quotes if it needs them.
fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Signs the URLs of an export.
fn signer(export: &AuditExport) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &export.key)
}

/// A URL of the file. It holds its own expiry, so that earlier ones stay valid until theirs.
fn url(change: &Change<'_>, export: &AuditExport) -> String {
    let expires_at = (change.now() + URL_LIFETIME).as_millis().to_string();
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&signer(export), expires_at.as_bytes()));
    format!("{}{EXPORTS}{}/{expires_at}.{signature}.csv", change.origin(), export.id)
}

/// The file at what follows [`EXPORTS`] in a path.
pub(crate) fn download(view: &View<'_>, path: &str) -> Answer<Response> {
    let not_found = || Refusal::not_found(AuditExport::NAME, path);
    let (id, name) = path.split_once('/').ok_or_else(not_found)?;
    let export = view.audit_exports.get(id).ok_or_else(not_found)?;
    let token = name.strip_suffix(".csv").and_then(|token| token.split_once('.'));
    let (expires_at, signature) = token.ok_or_else(not_found)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| not_found())?;
    hmac::verify(&signer(export), expires_at.as_bytes(), &signature).map_err(|_| not_found())?;
    let expires_at = expires_at.parse().map_err(|_| not_found())?;
    if view.now() >= Timestamp::from_millis(expires_at) {
        let message = "This URL has expired. Get the export again for a new one.";
        return Err(Refusal::forbidden("emulator_url_expired", message));
    }
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{id}.csv\""));
    let disposition = disposition.map_err(|_| not_found())?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(Response {
        status: Some(StatusCode::OK),
        headers: vec![(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)],
        body: export.csv.bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_as_in_rfc_4180_and_otherwise_as_they_are() {
        for (text, expected) in [
            ("", ""),
            ("plain text", "plain text"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=SUM(A1)", "=SUM(A1)"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
