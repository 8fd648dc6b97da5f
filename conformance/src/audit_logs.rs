//! Audit logs: schemas, and the events that are held to them.

use workos::Timestamp;
use workos::audit_logs::*;

use crate::harness::{Outcome, World, refused, same};

scenarios![a_schema_has_versions, an_event_is_held_to_the_schema_of_its_action];

/// The API deletes no actions, so that every run takes the same one.
const ACTION: &str = "conformance.checked";

/// A new version of the schema: the targets are scenarios.
async fn schema(world: &World) -> Outcome<AuditLogSchema> {
    let new = CreateAuditLogSchema::new([AuditLogSchemaTarget::new("scenario")]);
    Ok(world.client.audit_logs().create_schema(ACTION, new).await?)
}

fn event(target: &str) -> AuditLogEvent {
    AuditLogEvent::new(
        ACTION,
        Timestamp::now(),
        AuditLogEventActor::new("conformance", "user"),
        [AuditLogEventTarget::new("1", target)],
        AuditLogEventContext::new("203.0.113.7"),
    )
}

async fn a_schema_has_versions(world: &World) -> Outcome {
    let (first, second) = (schema(world).await?, schema(world).await?);
    same(second.version, first.version + 1)?;
    let api = world.client.audit_logs();
    let one = ListActionSchemasParams { limit: Some(1), ..Default::default() };
    let latest = api.list_action_schemas(ACTION, one).await?.data;
    world.assumed("the latest version of a schema comes first", same(latest, [second]));
    Ok(())
}

async fn an_event_is_held_to_the_schema_of_its_action(world: &World) -> Outcome {
    let api = world.client.audit_logs();
    let acme = world.organization("acme").await?;
    schema(world).await?;
    let record = |target: &str| {
        let new = CreateAuditLogEvent::new(&acme.id, event(target));
        api.create_event(new).idempotency_key(world.name("event"))
    };
    same(record("scenario").await?.success, true)?;
    refused(record("something-else").await, "400 invalid_audit_log_event")
}
