//! Webhook endpoints: where WorkOS sends events to.
//!
//! Each endpoint subscribes to events by name and has a secret of its own, with which every
//! delivery is signed.
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
    /// Where WorkOS sends events to. See [`webhooks`](crate::webhooks).
    WebhooksApi, webhooks;
}

#[doc(hidden)]
pub use crate::compat::webhooks::*;

operations! {
    WebhooksApi, webhooks;

    /// Lists the endpoints of the environment with their secrets, newest first unless told
    /// otherwise.
    GET "/webhook_endpoints" => list_webhook_endpoints(query: ListWebhookEndpointsParams)
        -> Page<WebhookEndpoint>;

    /// Creates an endpoint.
    ///
    /// # Errors
    ///
    /// 409 `duplicate_endpoint` when there is one with this URL; 422 `invalid_url` or
    /// `invalid_request_parameters`, as for an event that cannot be subscribed to.
    POST "/webhook_endpoints"
        => create_webhook_endpoint(body: CreateWebhookEndpoint) -> WebhookEndpoint;

    /// Changes an endpoint. Fields that are left out keep their value.
    ///
    /// # Errors
    ///
    /// 404 `entity_not_found`; 409 `duplicate_endpoint` when another one has this URL; 422
    /// `invalid_url` or `invalid_request_parameters`.
    PATCH "/webhook_endpoints/{id}"
        => update_webhook_endpoint(id, body: UpdateWebhookEndpoint) -> WebhookEndpoint;

    /// Deletes an endpoint for good.
    DELETE "/webhook_endpoints/{id}" => delete_webhook_endpoint(id) -> ();
}

list_params! {
    WebhooksApi;
    ListWebhookEndpointsParams for list_webhook_endpoints {}
}

inputs! {
    /// A new endpoint.
    #[derive(Eq)]
    CreateWebhookEndpoint {
        /// Where events are sent to, an HTTPS URL.
        endpoint_url: String,
        /// Which events are sent. Not every event can be: those of Vault are only in the events API.
        ///
        events: Vec<EventName>,
    }

    /// What to change about an endpoint.
    #[derive(Eq)]
    UpdateWebhookEndpoint {
        /// Where events are sent to, an HTTPS URL.
        endpoint_url: Option<String>,
        /// Whether events are sent.
        status: Option<WebhookEndpointStatus>,
        /// Which events are sent from now on.
        events: Option<Vec<EventName>>,
    }
}

objects! {
    /// An address that WorkOS sends events to.
    WebhookEndpoint {
        /// Always `webhook_endpoint`.
        object: ObjectType,
        /// The endpoint's id.
        id: String,
        /// Where events are sent to.
        endpoint_url: String,
        /// What deliveries are signed with.
        secret: SecretString,
        /// Whether events are sent.
        status: WebhookEndpointStatus,
        /// Which events are sent.
        events: Vec<EventName>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }
}

open_enum! {
    /// Whether events are sent to a webhook endpoint.
    pub enum WebhookEndpointStatus {
        /// They are.
        Enabled = "enabled",
        /// They are not.
        Disabled = "disabled",
    }
}
