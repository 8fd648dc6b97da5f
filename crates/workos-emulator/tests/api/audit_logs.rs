//! Audit logs: schemas, events, retention and exports.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use workos::Timestamp;
use workos::audit_logs::*;
use workos::organizations::AuditLogConfigurationState;
use workos::transport::{HttpRequest, HttpResponse};

use super::trial::{NOON, Trial, refusal};

const COLUMNS: [&str; 12] = [
    "id",
    "action",
    "version",
    "occurred_at",
    "actor_id",
    "actor_type",
    "actor_name",
    "actor_metadata",
    "targets",
    "context_location",
    "context_user_agent",
    "metadata",
];
const DAY: u64 = 24 * 60 * 60;

/// An emulator with an organization and the actions `invoice.paid` and `team.left`.
async fn prepared() -> (Trial, AuditLogsApi, String) {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let audit_logs = trial.client().audit_logs();
    for (action, target) in [("invoice.paid", "invoice"), ("team.left", "team")] {
        let schema = CreateAuditLogSchema::new([AuditLogSchemaTarget::new(target)]);
        audit_logs.create_schema(action, schema).await.unwrap();
    }
    (trial, audit_logs, acme)
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn event(action: &str, target: &str) -> AuditLogEvent {
    AuditLogEvent::new(
        action,
        noon(),
        AuditLogEventActor::new("user_7", "user"),
        [AuditLogEventTarget::new("42", target)],
        AuditLogEventContext::new("203.0.113.7"),
    )
}

fn schema(value: Value) -> BTreeMap<String, Value> {
    value.as_object().unwrap().clone().into_iter().collect()
}

/// Downloads without an API key, as a browser does.
async fn download(trial: &Trial, url: &str) -> HttpResponse {
    let (method, url) = (Method::GET, url.to_owned());
    let request = HttpRequest { method, url, headers: HeaderMap::new(), body: None };
    trial.emulator.transport().execute(request).await.unwrap()
}

/// The cells of a file in the format of RFC 4180.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut chars = csv.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            char => cell.push(char),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !quoted, "{csv}");
    rows
}

/// The rows of an export without its head.
async fn exported(trial: &Trial, export: CreateAuditLogExport) -> Vec<Vec<String>> {
    let audit_logs = trial.client().audit_logs();
    let export = audit_logs.create_export(export).await.unwrap();
    let export = audit_logs.get_export(&export.id).await.unwrap();
    let file = download(trial, export.url.as_deref().unwrap()).await;
    assert_eq!(file.status, 200);
    let mut rows = cells(std::str::from_utf8(&file.body).unwrap());
    assert_eq!(rows.remove(0), COLUMNS);
    rows
}

/// The first targets of the events that an export has.
async fn targets(trial: &Trial, export: CreateAuditLogExport) -> String {
    let id = |row: &Vec<String>| {
        let targets: Value = serde_json::from_str(&row[8]).unwrap();
        targets[0]["id"].as_str().unwrap().to_owned()
    };
    let rows = exported(trial, export).await;
    rows.iter().map(id).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_schema_has_versions_and_its_action_has_the_latest() {
    let trial = Trial::new().await;
    let audit_logs = trial.client().audit_logs();
    let metadata = schema(json!({"type": "object", "properties": {"cents": {"type": "integer"}}}));
    let first = CreateAuditLogSchema {
        actor: Some(AuditLogSchemaActor::new(metadata.clone())),
        metadata: Some(metadata.clone()),
        ..CreateAuditLogSchema::new([AuditLogSchemaTarget::new("invoice")])
    };
    let first = audit_logs.create_schema("invoice.paid", first).await.unwrap();
    assert_eq!((first.version, first.created_at.to_string().as_str()), (1, NOON));
    assert_eq!(first.metadata.as_ref(), Some(&metadata));
    assert_eq!(first.actor.as_ref().map(|actor| &actor.metadata), Some(&metadata));
    let other = CreateAuditLogSchema::new([AuditLogSchemaTarget::new("team")]);
    let other = audit_logs.create_schema("team.left", other).await.unwrap();

    let now = trial.wait(1);
    let target =
        AuditLogSchemaTarget { metadata: Some(metadata), ..AuditLogSchemaTarget::new("a") };
    let second = CreateAuditLogSchema::new([target, AuditLogSchemaTarget::new("b")]);
    let second = audit_logs.create_schema("invoice.paid", second).await.unwrap();
    assert_eq!((second.version, second.created_at, second.targets.len()), (2, now, 2));

    let list = audit_logs.list_action_schemas("invoice.paid", Default::default()).await.unwrap();
    assert_eq!(list.data, [second.clone(), first]);
    let actions = audit_logs.list_actions(Default::default()).await.unwrap().data;
    let shown: Vec<_> = actions
        .iter()
        .map(|action| (action.name.as_str(), &action.schema, action.updated_at))
        .collect();
    assert_eq!(shown, [("team.left", &other, noon()), ("invoice.paid", &second, now)]);

    let one = ListActionsParams { limit: Some(1), ..Default::default() };
    let page = audit_logs.list_actions(one.clone()).await.unwrap();
    let next = ListActionsParams { after: page.list_metadata.after, ..one };
    assert_eq!(audit_logs.list_actions(next).await.unwrap().data, actions[1..]);
    let missing = audit_logs.list_action_schemas("a.b", Default::default()).await;
    assert_eq!(refusal(missing), "404 entity_not_found");
}

#[tokio::test]
async fn schemas_that_are_none_are_refused() {
    let trial = Trial::new().await;
    let audit_logs = trial.client().audit_logs();
    let create = async |metadata: Value| {
        let new = CreateAuditLogSchema {
            metadata: Some(schema(metadata)),
            ..CreateAuditLogSchema::new([AuditLogSchemaTarget::new("a")])
        };
        refusal(audit_logs.create_schema("a.b", new).await)
    };
    let unknown = create(json!({"cents": {"type": "integer"}})).await;
    assert_eq!(unknown, "422 invalid_request_parameters metadata");
    let unchecked = create(json!({"properties": {"a": {"format": "email"}}})).await;
    assert_eq!(unchecked, "501 emulator_not_implemented");
    let none: [AuditLogSchemaTarget; 0] = [];
    let none = audit_logs.create_schema("a.b", CreateAuditLogSchema::new(none)).await;
    assert_eq!(refusal(none), "422 invalid_request_parameters targets");
    assert_eq!(audit_logs.list_actions(Default::default()).await.unwrap().data, []);
}

#[tokio::test]
async fn events_are_validated_against_the_version_that_they_name() {
    let (_trial, audit_logs, acme) = prepared().await;
    let cents = schema(json!({
        "type": "object",
        "properties": {"cents": {"type": "integer"}},
        "required": ["cents"],
        "additionalProperties": false,
    }));
    let second = CreateAuditLogSchema {
        actor: Some(AuditLogSchemaActor::new(schema(json!({"maxProperties": 1})))),
        metadata: Some(cents.clone()),
        targets: vec![
            AuditLogSchemaTarget { metadata: Some(cents), ..AuditLogSchemaTarget::new("invoice") },
            AuditLogSchemaTarget::new("bank"),
        ],
    };
    audit_logs.create_schema("invoice.paid", second).await.unwrap();
    let record = async |event: AuditLogEvent| {
        audit_logs.create_event(CreateAuditLogEvent::new(&acme, event)).await
    };
    let paid = event("invoice.paid", "invoice");
    // Without a version it is one of the first.
    assert!(record(paid.clone()).await.unwrap().success);
    let first = AuditLogEvent { version: Some(1), ..paid.clone() };
    assert!(record(first).await.unwrap().success);

    let second = AuditLogEvent { version: Some(2), ..paid.clone() };
    let refused = record(second.clone()).await;
    assert_eq!(
        refusal(refused),
        "400 invalid_audit_log_event /targets /targets/0/metadata /metadata"
    );
    let metadata = |value: AuditLogMetadataValue| Some([("cents".to_owned(), value)].into());
    let mut fixed = second.clone();
    fixed.metadata = metadata(1250.into());
    fixed.targets[0].metadata = metadata(1250.into());
    fixed.targets.push(AuditLogEventTarget::new("7", "bank"));
    assert!(record(fixed.clone()).await.unwrap().success);
    let mut wrong = fixed;
    wrong.metadata = metadata("1250".into());
    wrong.actor.metadata = Some([("a".into(), 1.into()), ("b".into(), true.into())].into());
    wrong.targets.push(AuditLogEventTarget::new("7", "team"));
    assert_eq!(
        refusal(record(wrong).await),
        "400 invalid_audit_log_event /actor/metadata /targets/2/type /metadata/cents"
    );

    let unknown = record(event("invoice.lost", "invoice")).await;
    assert_eq!(refusal(unknown), "400 invalid_audit_log_event /action");
    let future = record(AuditLogEvent { version: Some(3), ..paid }).await;
    assert_eq!(refusal(future), "400 invalid_audit_log_event /version");
}

#[tokio::test]
async fn the_refusal_of_an_event_says_what_is_wrong_where() {
    let (trial, _, acme) = prepared().await;
    let event = event("invoice.paid", "team");
    let body = serde_json::to_value(CreateAuditLogEvent::new(&acme, event)).unwrap();
    let (status, error) = trial.call("POST", "/audit_logs/events", body).await;
    let contains = "must contain at least 1 target of type 'invoice'";
    let allowed = "must be equal to one of the allowed values: [\"invoice\"]";
    assert_eq!(
        (status, error),
        (
            400,
            json!({
                "code": "invalid_audit_log_event",
                "message": "Invalid Audit Log event.",
                "errors": [
                    {"instancePath": "/targets", "keyword": "contains", "message": contains},
                    {"instancePath": "/targets/0/type", "keyword": "enum", "message": allowed},
                ],
            })
        )
    );
}

#[tokio::test]
async fn events_that_are_none_are_refused() {
    let (trial, audit_logs, acme) = prepared().await;
    let stranger = CreateAuditLogEvent::new("org_x", event("invoice.paid", "invoice"));
    assert_eq!(refusal(audit_logs.create_event(stranger).await), "404 entity_not_found");
    let mut odd = event("invoice.paid", "invoice");
    odd.actor.metadata = Some([("a b".into(), "c".into())].into());
    odd.targets[0].metadata = Some([("x".repeat(41), 1.into())].into());
    odd.metadata = Some([("list".into(), json!([1]).into())].into());
    let odd = audit_logs.create_event(CreateAuditLogEvent::new(&acme, odd)).await;
    let long = "x".repeat(41);
    assert_eq!(
        refusal(odd),
        format!(
            "422 invalid_request_parameters event.targets[0].metadata.{long} \
             event.actor.metadata.a b event.metadata.list"
        )
    );
    let (status, error) = trial.call("POST", "/audit_logs/events", json!({"event": {}})).await;
    assert_eq!((status, &error["code"]), (422, &json!("invalid_request_parameters")));
    let all = CreateAuditLogExport::new(&acme, noon(), noon());
    assert_eq!(exported(&trial, all).await, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn an_event_with_an_idempotency_key_is_recorded_once() {
    let (trial, audit_logs, acme) = prepared().await;
    let paid = CreateAuditLogEvent::new(&acme, event("invoice.paid", "invoice"));
    for _ in 0..3 {
        let recorded = audit_logs.create_event(paid.clone()).idempotency_key("inv_42 paid").await;
        assert!(recorded.unwrap().success);
    }
    let all = || CreateAuditLogExport::new(&acme, noon(), noon());
    assert_eq!(exported(&trial, all()).await.len(), 1);
    audit_logs.create_event(paid).await.unwrap();
    assert_eq!(exported(&trial, all()).await.len(), 2);
}

#[tokio::test]
async fn retention_is_part_of_the_configuration() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let (audit_logs, organizations) = (trial.client().audit_logs(), trial.client().organizations());
    let kept = async || {
        let retention = audit_logs.get_organization_audit_logs_retention(&acme).await.unwrap();
        let configuration = organizations.get_audit_log_configuration(&acme).await.unwrap();
        let days = configuration.retention_period_in_days;
        assert_eq!(retention.retention_period_in_days, Some(days));
        (days, configuration.state)
    };
    assert_eq!(kept().await, (30, AuditLogConfigurationState::Inactive));
    for (retention, days) in [
        (RetentionPeriod::TwoMonths.into(), 60),
        (RetentionPeriod::TenYears.into(), 3650),
        (RetentionPeriod::OneYear.into(), 365),
        (Retention::PeriodInDays { retention_period_in_days: 30 }, 30),
    ] {
        let set = UpdateAuditLogsRetention::new(retention);
        let set = audit_logs.update_organization_audit_logs_retention(&acme, set).await.unwrap();
        assert_eq!(set.retention_period_in_days, Some(days));
        assert_eq!(kept().await, (days, AuditLogConfigurationState::Active));
    }
    let path = format!("/organizations/{acme}/audit_logs_retention");
    for (body, field) in [
        (json!({}), "retention_period"),
        (json!({"retention_period": "1_YEAR", "retention_period_in_days": 30}), "retention_period"),
        (json!({"retention_period": "1_DAY"}), "retention_period"),
        (json!({"retention_period_in_days": 31}), "retention_period_in_days"),
    ] {
        let (status, error) = trial.call("PUT", &path, body).await;
        assert_eq!((status, &error["errors"][0]["field"]), (422, &json!(field)));
    }
    let missing = audit_logs.get_organization_audit_logs_retention("org_x").await;
    assert_eq!(refusal(missing), "404 entity_not_found");
    let (status, _) =
        trial.call("PUT", "/organizations/org_x/audit_logs_retention", json!({})).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn an_export_is_pending_then_ready_and_its_url_expires() {
    let (trial, audit_logs, acme) = prepared().await;
    let range = CreateAuditLogExport::new(&acme, noon(), noon());
    let export = audit_logs.create_export(range).await.unwrap();
    let expected = json!({
        "object": "audit_log_export",
        "id": export.id,
        "state": "pending",
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!(serde_json::to_value(&export).unwrap(), expected);

    let now = trial.wait(5);
    let ready = audit_logs.get_export(&export.id).await.unwrap();
    assert_eq!((&ready.state, ready.updated_at), (&AuditLogExportState::Ready, now));
    let url = ready.url.unwrap();
    assert!(url.starts_with(&format!("http://localhost/_exports/{}/", export.id)), "{url}");
    let requests = trial.emulator.requests().count();
    let file = download(&trial, &url).await;
    assert_eq!(
        (file.status.as_u16(), &*file.body),
        (200, format!("{}\r\n", COLUMNS.join(",")).as_bytes())
    );
    assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let name = format!("attachment; filename=\"{}.csv\"", export.id);
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], *name);
    assert_eq!(trial.emulator.requests().count(), requests);

    trial.wait(599);
    let later = audit_logs.get_export(&export.id).await.unwrap();
    assert_eq!(later.updated_at, now);
    assert_eq!(download(&trial, &url).await.status, 200);
    trial.wait(1);
    assert_eq!(download(&trial, &url).await.status, 403);
    let fresh = later.url.unwrap();
    assert_eq!(download(&trial, &fresh).await.status, 200);

    for wrong in [
        fresh.replace("localhost/_exports/audit", "localhost/_exports/x"),
        fresh.replace(".csv", "A.csv"),
        fresh.replace("/17", "/27"),
        fresh.trim_end_matches(".csv").to_owned(),
        "http://localhost/_exports/".into(),
        format!("http://localhost/_exports/{}/1.csv", export.id),
    ] {
        assert_eq!(download(&trial, &wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(refusal(audit_logs.get_export("x").await), "404 entity_not_found");
    trial.client().organizations().delete_organization(&acme).await.unwrap();
    assert_eq!(download(&trial, &fresh).await.status, 404);
}

#[tokio::test]
async fn a_file_has_all_of_an_event_in_cells() {
    let (trial, audit_logs, acme) = prepared().await;
    let mut paid = event("invoice.paid", "invoice");
    paid.version = Some(1);
    paid.actor.name = Some("Ada \"Countess\" Lovelace, née Byron".into());
    paid.actor.metadata = Some([("role".into(), "admin".into())].into());
    paid.context.user_agent = Some("=two\r\nlines".into());
    paid.metadata = Some([("cents".into(), 1250.into()), ("late".into(), false.into())].into());
    audit_logs.create_event(CreateAuditLogEvent::new(&acme, paid)).await.unwrap();
    let rows = exported(&trial, CreateAuditLogExport::new(&acme, noon(), noon())).await;
    assert!(rows[0][0].starts_with("audit_event_"), "{rows:?}");
    assert_eq!(
        rows[0][1..],
        [
            "invoice.paid",
            "1",
            NOON,
            "user_7",
            "user",
            "Ada \"Countess\" Lovelace, née Byron",
            r#"{"role":"admin"}"#,
            r#"[{"id":"42","type":"invoice"}]"#,
            "203.0.113.7",
            "=two\r\nlines",
            r#"{"cents":1250,"late":false}"#,
        ]
    );
}

#[tokio::test]
async fn exports_are_filtered() {
    let (trial, audit_logs, acme) = prepared().await;
    let globex = trial.organization("Globex").await;
    let hour = Duration::from_secs(3600);
    for (id, action, target, actor, name, hours) in [
        ("1", "invoice.paid", "invoice", "ada", Some("Ada"), 2),
        ("2", "team.left", "team", "ada", Some("Ada"), 1),
        ("3", "invoice.paid", "invoice", "bob", None, 0),
    ] {
        let mut event = event(action, target);
        event.occurred_at = noon() - hour * hours;
        event.targets[0].id = id.into();
        event.actor.id = actor.into();
        event.actor.name = name.map(str::to_owned);
        audit_logs.create_event(CreateAuditLogEvent::new(&acme, event)).await.unwrap();
    }
    let other = CreateAuditLogEvent::new(&globex, event("team.left", "team"));
    audit_logs.create_event(other).await.unwrap();
    let all = || CreateAuditLogExport::new(&acme, noon() - hour * 3, noon());
    let list = |text: &str| Some(text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    for (export, expected) in [
        (all(), "1 2 3"),
        (CreateAuditLogExport { range_start: noon() - hour, ..all() }, "2 3"),
        (CreateAuditLogExport { range_end: noon() - hour, ..all() }, "1 2"),
        (CreateAuditLogExport { actions: list("invoice.paid"), ..all() }, "1 3"),
        (CreateAuditLogExport { actions: list("invoice.paid team.left"), ..all() }, "1 2 3"),
        (CreateAuditLogExport { actions: Some(vec![]), ..all() }, "1 2 3"),
        (CreateAuditLogExport { actors: list("Ada"), ..all() }, "1 2"),
        (CreateAuditLogExport { actor_names: list("Ada"), ..all() }, "1 2"),
        (CreateAuditLogExport { actor_ids: list("bob"), ..all() }, "3"),
        (CreateAuditLogExport { targets: list("team"), ..all() }, "2"),
        (CreateAuditLogExport { targets: list("invoice"), actor_names: list("Ada"), ..all() }, "1"),
    ] {
        let shown = format!("{export:?}");
        assert_eq!(targets(&trial, export).await, expected, "{shown}");
    }
    let backwards = CreateAuditLogExport { range_end: noon() - hour * 4, ..all() };
    let backwards = audit_logs.create_export(backwards).await;
    assert_eq!(refusal(backwards), "400 invalid_audit_log_export_range_date");
    let stranger = CreateAuditLogExport { organization_id: "org_x".into(), ..all() };
    assert_eq!(refusal(audit_logs.create_export(stranger).await), "404 entity_not_found");
}

#[tokio::test]
async fn old_events_are_not_exported() {
    let (trial, audit_logs, acme) = prepared().await;
    let record = async |id: &str, occurred_at: Timestamp| {
        let mut event = event("invoice.paid", "invoice");
        event.targets[0].id = id.into();
        event.occurred_at = occurred_at;
        audit_logs.create_event(CreateAuditLogEvent::new(&acme, event)).await.unwrap();
    };
    let all = async || {
        let end = trial.emulator.clock().now();
        targets(&trial, CreateAuditLogExport::new(&acme, Timestamp::UNIX_EPOCH, end)).await
    };
    record("1", noon()).await;
    record("2", noon() - Duration::from_secs(100 * DAY)).await;
    // More than three months ago.
    assert_eq!(all().await, "1");
    let later = trial.wait(30 * DAY + 1);
    record("3", later).await;
    // Kept for 30 days by default.
    assert_eq!(all().await, "3");
    let year = UpdateAuditLogsRetention::new(RetentionPeriod::OneYear);
    audit_logs.update_organization_audit_logs_retention(&acme, year).await.unwrap();
    assert_eq!(all().await, "1 3");
}
