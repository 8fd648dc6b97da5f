//! Webhook endpoints. What they get is queued when an event happens; see `state/deliveries.rs`.

use std::sync::Arc;

use http::Uri;
use serde::{Deserialize, Serialize};
use workos::webhooks::*;
use workos::{EventName, SecretString};
use workos_contract::Kind;

use crate::fields::{is_default, is_true, set};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::Change;

const SECRET_CHARS: usize = 32;

/// A webhook endpoint to create, with more than the API lets you choose.
///
/// ```
/// use workos_emulator::NewWebhookEndpoint;
///
/// let endpoint = NewWebhookEndpoint {
///     endpoint_url: "http://localhost:3000/webhooks".into(),
///     secret: Some("whsec_1".into()),
///     ..Default::default()
/// };
/// assert!(endpoint.enabled && endpoint.events.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// The URL that events are sent to. Seed data may call it `url`.
    #[serde(alias = "url")]
    pub endpoint_url: String,
    /// The events to subscribe to; if empty, all that webhooks deliver.
    #[serde(skip_serializing_if = "is_default")]
    pub events: Vec<EventName>,
    /// Whether events are sent; by default they are.
    #[serde(skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// The secret that signs deliveries, instead of a random one.
    #[serde(skip_serializing_if = "is_default")]
    pub secret: Option<SecretString>,
}

impl Default for NewWebhookEndpoint {
    fn default() -> Self {
        let (endpoint_url, events, secret) = Default::default();
        Self { endpoint_url, events, enabled: true, secret }
    }
}

/// Creates an endpoint, which is enabled and has a random secret.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateWebhookEndpoint,
) -> Answer<Arc<WebhookEndpoint>> {
    let events = distinct(input.events)?;
    insert(change, &input.endpoint_url, events, None, WebhookEndpointStatus::Enabled)
}

/// Creates an endpoint with a chosen secret.
pub(crate) fn add_endpoint(
    change: &mut Change<'_>,
    new: NewWebhookEndpoint,
) -> Answer<Arc<WebhookEndpoint>> {
    let deliverable = deliverable();
    let events = if new.events.is_empty() { deliverable.clone() } else { distinct(new.events)? };
    if let Some(unknown) = events.iter().find(|event| !deliverable.contains(event)) {
        let message = format!("has an event that webhooks do not deliver: {}.", unknown.as_str());
        return Err(Refusal::invalid(&[Invalid::new("events", "invalid", message)]));
    }
    if new.secret.as_ref().is_some_and(SecretString::is_empty) {
        let invalid = Invalid::new("secret", "required", "is required and must not be empty.");
        return Err(Refusal::invalid(&[invalid]));
    }
    let status = match new.enabled {
        true => WebhookEndpointStatus::Enabled,
        false => WebhookEndpointStatus::Disabled,
    };
    insert(change, &new.endpoint_url, events, new.secret, status)
}

/// Changes an endpoint.
pub(crate) fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateWebhookEndpoint,
) -> Answer<Arc<WebhookEndpoint>> {
    let mut endpoint: WebhookEndpoint = change.copy(id)?;
    if let Some(url) = input.endpoint_url {
        endpoint.endpoint_url = checked_url(&url)?;
    }
    set(&mut endpoint.status, input.status);
    set(&mut endpoint.events, input.events.map(distinct).transpose()?);
    change.update(endpoint)
}

fn insert(
    change: &mut Change<'_>,
    url: &str,
    events: Vec<EventName>,
    secret: Option<SecretString>,
    status: WebhookEndpointStatus,
) -> Answer<Arc<WebhookEndpoint>> {
    let mut endpoint: WebhookEndpoint = change.make();
    endpoint.endpoint_url = checked_url(url)?;
    endpoint.secret = secret.unwrap_or_else(|| change.token(SECRET_CHARS).into());
    endpoint.status = status;
    endpoint.events = events;
    change.insert(endpoint)
}

/// An endpoint as seed data have it.
pub(crate) fn written(row: &WebhookEndpoint) -> NewWebhookEndpoint {
    let is_all = row.events == deliverable();
    NewWebhookEndpoint {
        endpoint_url: row.endpoint_url.clone(),
        events: if is_all { Vec::new() } else { row.events.clone() },
        enabled: row.status == WebhookEndpointStatus::Enabled,
        secret: Some(row.secret.clone()).filter(|secret| !secret.is_empty()),
    }
}

/// WorkOS demands https, which an application on the developer's machine rarely speaks.
fn checked_url(text: &str) -> Answer<String> {
    let text = text.trim();
    let is_url = |uri: &Uri| {
        let is_plain = |host: &str| !host.is_empty() && !text.contains('@');
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(is_plain)
    };
    if text.parse().is_ok_and(|uri| is_url(&uri)) {
        return Ok(text.to_owned());
    }
    let message = "endpoint_url must be a URL such as https://example.com/webhooks.";
    Err(Refusal::unprocessable("invalid_url", message))
}

/// The events without repetitions, of which there must be one at least.
fn distinct(events: Vec<EventName>) -> Answer<Vec<EventName>> {
    let mut distinct = Vec::new();
    for event in events {
        if !distinct.contains(&event) {
            distinct.push(event);
        }
    }
    if distinct.is_empty() {
        let invalid = Invalid::new("events", "required", "must name at least one event.");
        return Err(Refusal::invalid(&[invalid]));
    }
    Ok(distinct)
}

/// The events that webhooks deliver, as documented where they are chosen.
fn deliverable() -> Vec<EventName> {
    let operation = workos_contract::operation("POST", "/webhook_endpoints");
    let body = operation.and_then(|operation| operation.body());
    let Some(Kind::Object(fields)) = body.map(|body| &body.shape.resolved().kind) else {
        return Vec::new();
    };
    let events = fields.iter().find(|field| field.name == "events");
    let Some(Kind::List(event)) = events.map(|field| &field.shape.kind) else {
        return Vec::new();
    };
    match &event.kind {
        Kind::OneOf(names) => names.iter().map(|name| EventName::from(name.as_str())).collect(),
        _ => Vec::new(),
    }
}
