//! WorkOS on localhost: a stateful emulator for tests, development and demos.
//!
//! As a library, it starts in process, one per test, and stops when dropped:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use workos::organizations::CreateOrganization;
//! use workos_emulator::Emulator;
//!
//! let emulator = Emulator::start().await?;
//! let client = emulator.client();
//!
//! let acme = client.organizations().create_organization(CreateOrganization::new("Acme")).await?;
//! assert_eq!(client.organizations().get_organization(&acme.id).await?, acme);
//! # Ok(()) }
//! ```
//!
//! [`Emulator::client`] talks to it without a socket; other programs use
//! [`Emulator::base_url`] and [`Emulator::api_key`]. As a binary, `workos-emulator` serves the same
//! on a port; see `workos-emulator --help`.
//!
//! # What it models
//!
//! Organizations with their domains and IT contacts, and users with their sessions, identities and
//! email addresses: create, update, list, paginate and delete, with the validation and error shapes
//! of the API. Everything else returns 501 with the code `emulator_not_implemented`, so that a
//! missing route cannot be mistaken for a missing object.
//!
//! Events are delivered to webhook endpoints on this machine; [`Webhooks`] is the log of that. The
//! [`Outbox`] holds the emails that WorkOS would send. [`Fixtures`] create what otherwise
//! requires a sign-in or the dashboard. Time is a [`Clock`] that you can freeze and advance, IDs
//! come from a seed, and [`Faults`] make the server misbehave.
//!
//! Over HTTP, `/_emulate/hooks`, `/_emulate/outbox`, `/_emulate/webhooks` and `/_emulate/reset` do
//! the same. They serve
//! only programs on this machine and refuse web pages, recognized by a foreign `Origin`, and any
//! `Host` that is not loopback. An emulator that other machines can reach requires the [control
//! key](Builder::control_key) instead.
//!
//! Passwords stay in memory in plaintext, emails are not sent, and a domain is verified only if a
//! request declares it so.

mod api;
mod control;
mod deliver;
mod emulator;
mod environment;
mod fixtures;
mod front;
mod reply;
mod seed;
mod sign_in;
mod state;
mod x509;

pub use api::connect::NewApplication;
pub use api::directory_provider::{
    DirectoryGroupUpdate, DirectoryUserUpdate, NewDirectory, NewDirectoryGroup, NewDirectoryUser,
};
pub use api::feature_flags::{NewFlag, NewFlagRule};
pub use api::pipes::connecting::DataConsent;
pub use api::pipes::providers::NewDataProvider;
pub use api::radar::RadarSignals;
pub use api::sso::connections::{NewConnection, NewProfile};
pub use api::webhooks::NewWebhookEndpoint;
pub use deliver::outbox::{Email, EmailKind, Outbox, TextMessage};
pub use deliver::webhooks::Webhooks;
pub use emulator::{Builder, Emulator};
pub use fixtures::Fixtures;
pub use fixtures::admin_portal::PortalVisit;
pub use fixtures::agents::{
    AgentClaimAttempt, AgentCredential, NewAgentClaimAttempt, NewAgentCredential, NewAgentInstance,
    NewAgentRegistration, NewAgentSession,
};
pub use front::faults::{Fault, Faults};
pub use front::journal::{RecordedRequest, Requests};
pub use reply::Refusal;
pub use seed::SeedData;
pub use state::Clock;
pub use state::deliveries::{Delivery, DeliveryAttempt, DeliveryStatus};
