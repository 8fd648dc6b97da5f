//! Webhook endpoints with a given secret, a description, and all events by default.

use http::StatusCode;
use serde_json::{Map, Value, json};
use workos::webhooks::{UpdateWebhookEndpoint, WebhookEndpoint, WebhookEndpointStatus};
use workos::{EventName, SecretString};

use super::{Asked, ok, remember};
use crate::call::Call;
use crate::fields::hex;
use crate::products::webhooks::{self, NewWebhookEndpoint};
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::Change;

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    match (asked.head.method.as_str(), path.get(1..)?) {
        ("POST", []) => Some(environment.write(|change| create(change, asked))),
        ("GET", [id]) => {
            Some(environment.read(|view| view.one::<WebhookEndpoint>(id).and_then(ok)))
        }
        ("PUT" | "PATCH", [id]) => Some(environment.write(|change| update(change, asked, id))),
        _ => None,
    }
}

fn events(asked: &Asked) -> Option<Vec<EventName>> {
    let names = asked.texts("events")?;
    Some(names.iter().map(|name| EventName::from(name.as_str())).collect())
}

fn url(asked: &Asked) -> Option<String> {
    asked.text("endpoint_url").or_else(|| asked.text("url")).map(str::to_owned)
}

/// What is remembered beside the endpoint. No events stand for all of them.
fn more(asked: &Asked) -> Value {
    let mut more = Map::new();
    if let Some(description) = asked.field("description") {
        more.insert("description".to_owned(), description.clone());
    }
    if let Some(events) = asked.field("events") {
        more.insert("events".to_owned(), events.clone());
    }
    Value::Object(more)
}

/// Only this answer has the whole secret.
fn create(change: &mut Change<'_>, asked: &Asked) -> Answer<Response> {
    let missing = || Refusal::invalid(&[Invalid::new("endpoint_url", "required", "is required.")]);
    let secret = asked.text("secret").map(SecretString::from);
    let secret = secret.unwrap_or_else(|| hex(&change.bytes::<32>()).into());
    let endpoint = webhooks::add_endpoint(
        change,
        NewWebhookEndpoint {
            endpoint_url: url(asked).ok_or_else(missing)?,
            events: events(asked).unwrap_or_default(),
            enabled: asked.field("enabled").and_then(Value::as_bool).unwrap_or(true),
            secret: Some(secret),
        },
    )?;
    let mut shown = more(asked);
    if let Some(fields) = shown.as_object_mut() {
        fields.entry("events").or_insert(json!([]));
    }
    remember(change, &endpoint.id, shown)?;
    Ok(Response::json(StatusCode::CREATED, &*endpoint))
}

fn update(change: &mut Change<'_>, asked: &Asked, id: &str) -> Answer<Response> {
    let status = asked.field("enabled").and_then(Value::as_bool).map(|is_enabled| {
        if is_enabled { WebhookEndpointStatus::Enabled } else { WebhookEndpointStatus::Disabled }
    });
    let status = status.or_else(|| asked.text("status").map(WebhookEndpointStatus::from));
    let input = UpdateWebhookEndpoint {
        endpoint_url: url(asked),
        status,
        events: events(asked).filter(|events| !events.is_empty()),
    };
    let endpoint = webhooks::update(change, id, input)?;
    remember(change, id, more(asked))?;
    ok(&*endpoint)
}
