//! WorkOS on localhost: a stateful emulator for tests, development and demos.
//!
//! As a library it starts in a test, in process, one for each, and is gone when dropped:
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
//! email addresses: created, changed, listed, paged and deleted with the checks and error shapes of
//! the API. Everything else answers 501 with the code `emulator_not_implemented`, so that a missing
//! route cannot be mistaken for a missing object.
//!
//! What WorkOS would send by email is in the [`Outbox`]. What only a sign-in or the dashboard would
//! bring about is made with [`Fixtures`]. Time is a [`Clock`] that can be frozen and advanced, ids
//! come from a seed, and [`Faults`] make the server misbehave.
//!
//! Over HTTP, `/_emulate/hooks`, `/_emulate/outbox` and `/_emulate/reset` do the same. They answer
//! programs on this machine: no web page, which an `Origin` gives away, and no other name for this
//! machine in `Host`. An emulator that other machines can reach asks for the
//! [control key](Builder::control_key) instead.
//!
//! It does not check what it cannot know: passwords are kept in memory as they are, emails go
//! nowhere, and domains verify only by being declared verified.

mod access;
mod clock;
mod emulator;
mod failure;
mod faults;
mod fixtures;
mod ids;
mod input;
mod outbox;
mod paging;
mod requests;
mod routes;
mod server;
mod store;
mod transport;
mod world;

pub use clock::Clock;
pub use emulator::{Builder, Emulator};
pub use faults::{Fault, Faults};
pub use fixtures::Fixtures;
pub use outbox::{Email, EmailKind, Outbox};
pub use requests::{RecordedRequest, Requests};
