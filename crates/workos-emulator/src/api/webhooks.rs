//! Webhook endpoints.

use workos::Page;
use workos::webhooks::*;

use crate::products::webhooks::{create, update};
use crate::reply::Answer;
use crate::state::{Change, View};

routes! {
    webhooks;
    list_webhook_endpoints(query)     => read list;
    create_webhook_endpoint(body)     => write create;
    update_webhook_endpoint(id, body) => write update;
    delete_webhook_endpoint(id)       => write delete;
}

fn list<'a>(
    view: &'a View<'_>,
    query: ListWebhookEndpointsParams,
) -> Answer<Page<&'a WebhookEndpoint>> {
    view.webhook_endpoints.page(&query, |_| true)
}

fn delete(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<WebhookEndpoint>(id).map(drop)
}
