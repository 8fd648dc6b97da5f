//! Webhook endpoints.

use workos::EventName;
use workos::webhooks::*;

use crate::harness::{Outcome, World, refused, refused_as, same};

scenarios![an_endpoint_is_created_changed_and_deleted, the_url_of_an_endpoint_is_unique];

/// An endpoint where nobody listens, for an event that a run does not make.
async fn endpoint(world: &World) -> Outcome<WebhookEndpoint> {
    let url = format!("https://{}.example.com/hook", world.name("hook"));
    let new = CreateWebhookEndpoint::new(url, [EventName::DsyncActivated]);
    let endpoint = world.client.webhooks().create_webhook_endpoint(new).await?;
    world.undo(world.client.webhooks().delete_webhook_endpoint(&endpoint.id));
    Ok(endpoint)
}

async fn an_endpoint_is_created_changed_and_deleted(world: &World) -> Outcome {
    let api = world.client.webhooks();
    let created = endpoint(world).await?;
    same(
        (&created.status, &*created.events, created.secret.is_empty()),
        (&WebhookEndpointStatus::Enabled, &[EventName::DsyncActivated][..], false),
    )?;
    let update = UpdateWebhookEndpoint {
        status: Some(WebhookEndpointStatus::Disabled),
        events: Some(vec![EventName::DsyncDeleted]),
        ..Default::default()
    };
    let changed = api.update_webhook_endpoint(&created.id, update).await?;
    let mut expected = created.clone();
    expected.status = WebhookEndpointStatus::Disabled;
    expected.events = vec![EventName::DsyncDeleted];
    expected.updated_at = changed.updated_at;
    same(&changed, &expected)?;
    let newest = ListWebhookEndpointsParams { limit: Some(1), ..Default::default() };
    same(api.list_webhook_endpoints(newest).await?.data, [changed])?;

    api.delete_webhook_endpoint(&created.id).await?;
    let update = UpdateWebhookEndpoint::default();
    refused_as(api.update_webhook_endpoint(&created.id, update).await, 404)
}

async fn the_url_of_an_endpoint_is_unique(world: &World) -> Outcome {
    let created = endpoint(world).await?;
    let again = CreateWebhookEndpoint::new(created.endpoint_url, [EventName::DsyncActivated]);
    refused(world.client.webhooks().create_webhook_endpoint(again).await, "409 duplicate_endpoint")
}
