//! Webhooks: the endpoints of your application that WorkOS delivers events to.
//!
//! Each endpoint subscribes to events by name and has its own secret, which signs every delivery.
//!
//! ```no_run
//! use workos::EventName;
//! use workos::webhooks::{CreateWebhookEndpoint, UpdateWebhookEndpoint, WebhookEndpointStatus};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let webhooks = client.webhooks();
//!
//! let endpoint = webhooks
//!     .create_webhook_endpoint(CreateWebhookEndpoint::new(
//!         "https://example.com/webhooks",
//!         [EventName::UserCreated, EventName::UserDeleted],
//!     ))
//!     .await?;
//! // Deliveries are verified with `endpoint.secret`.
//!
//! let pause = UpdateWebhookEndpoint {
//!     status: Some(WebhookEndpointStatus::Disabled),
//!     ..Default::default()
//! };
//! webhooks.update_webhook_endpoint(&endpoint.id, pause).await?;
//! webhooks.delete_webhook_endpoint(&endpoint.id).await?;
//! # Ok(()) }
//! ```

use crate::{EventName, ObjectType, Page, SecretString, Timestamp};

api! {
    /// The endpoints that WorkOS delivers events to. See [`webhooks`](crate::webhooks).
    WebhooksApi, webhooks;
}

#[doc(hidden)]
pub use crate::compat::webhooks::*;

operations! {
    WebhooksApi, webhooks;

    /// Lists the webhook endpoints of the environment with their secrets, newest first by default.
    GET "/webhook_endpoints" @ "webhooks"
        => list_webhook_endpoints(query: ListWebhookEndpointsParams)
        -> Page<WebhookEndpoint>;

    /// Creates a webhook endpoint.
    ///
    /// # Errors
    ///
    /// 409 `duplicate_endpoint` when an endpoint with this URL exists; 422 `invalid_url` or
    /// `invalid_request_parameters`, for example for an event that webhooks do not deliver.
    POST "/webhook_endpoints" @ "webhooks/create"
        => create_webhook_endpoint(body: CreateWebhookEndpoint) -> WebhookEndpoint;

    /// Updates a webhook endpoint. Omitted fields keep their values.
    ///
    /// # Errors
    ///
    /// 404 `entity_not_found`; 409 `duplicate_endpoint` when another endpoint has this URL; 422
    /// `invalid_url` or `invalid_request_parameters`.
    PATCH "/webhook_endpoints/{id}" @ "webhooks/update"
        => update_webhook_endpoint(id, body: UpdateWebhookEndpoint) -> WebhookEndpoint;

    /// Permanently deletes a webhook endpoint.
    DELETE "/webhook_endpoints/{id}" @ "webhooks" => delete_webhook_endpoint(id) -> ();
}

list_params! {
    WebhooksApi;
    ListWebhookEndpointsParams for list_webhook_endpoints {}
}

inputs! {
    /// A new webhook endpoint.
    #[derive(Eq)]
    CreateWebhookEndpoint {
        /// The HTTPS URL that events are sent to.
        endpoint_url: String,
        /// The events to subscribe to. Vault events are only available in the Events API.
        ///
        events: Vec<EventName>,
    }

    /// Updates to a webhook endpoint.
    #[derive(Eq)]
    UpdateWebhookEndpoint {
        /// The HTTPS URL that events are sent to.
        endpoint_url: Option<String>,
        /// Whether the endpoint is enabled.
        status: Option<WebhookEndpointStatus>,
        /// The events to subscribe to, instead of the current ones.
        events: Option<Vec<EventName>>,
    }
}

objects! {
    /// An endpoint that WorkOS delivers events to.
    WebhookEndpoint {
        /// Always `webhook_endpoint`.
        object: ObjectType,
        /// The endpoint's ID.
        id: String,
        /// The URL that events are sent to.
        endpoint_url: String,
        /// The secret that signs deliveries.
        secret: SecretString,
        /// Whether the endpoint is enabled.
        status: WebhookEndpointStatus,
        /// The events it subscribes to.
        events: Vec<EventName>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether a webhook endpoint is enabled.
    pub enum WebhookEndpointStatus {
        /// Events are sent.
        Enabled = "enabled",
        /// Events are not sent.
        Disabled = "disabled",
    }
}
