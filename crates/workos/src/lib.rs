//! The WorkOS API for Rust: sign-in, SSO, directory sync, roles, audit logs and vault.
//!
//! A [`Client`] has a method for each resource, a resource has a method for each operation, and
//! that returns a [`Call`], which is made when it is awaited:
//!
//! ```
//! use workos::organizations::CreateOrganization;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
//! # let emulator = workos_emulator::Emulator::start().await.unwrap();
//! # let client = emulator.client();
//! # stringify! {
//! let client = workos::Client::new("sk_live_…");
//! # };
//! let acme = client.organizations().create_organization(CreateOrganization::new("Acme")).await?;
//! let page = client.organizations().list_organizations(Default::default()).await?;
//! assert_eq!(page.data, [acme]);
//! # Ok(()) }
//! ```
//!
//! # Guides
//!
//! - [Sign people in](guide::sign_people_in): AuthKit and SSO with PKCE, devices, public clients,
//!   machines
//! - [Sessions](guide::sessions): cookies, refreshing, organizations, bearer tokens
//! - [Webhooks and events](guide::webhooks_and_events): verify, follow, handle once
//! - [Testing](guide::testing): the emulator and canned answers, without a network
//! - [Retries and timeouts](guide::retries_and_timeouts): what is sent again, deadlines, rate limits
//! - [Transports and observability](guide::transports_and_observability): your own HTTP client,
//!   proxies, TLS, WebAssembly; logs, traces, metrics
//! - [Migrating](guide::migrating) from the official crate
//! - [Design](guide::design): why the crate is the way it is
//!
//! # Where things are
//!
//! - [`Client`], [`ClientBuilder`], [`Call`], [`RequestOptions`]: making calls; [`Observer`]: metrics
//!   about them.
//! - [`resources`]: the API. Each resource is a module with its operations and types; most programs
//!   begin with a line such as `use workos::organizations::*`:
//!   - who signs in: [`user_management`], [`organizations`], [`organization_membership`],
//!     [`organization_domains`], [`groups`], [`multi_factor_auth`], [`passwordless`], [`radar`];
//!   - how companies connect: [`sso`], [`directory_sync`], [`admin_portal`];
//!   - what may be done: [`authorization`], [`feature_flags`], [`api_keys`], [`agents`];
//!   - what happened: [`events`], [`webhooks`], [`audit_logs`];
//!   - and [`vault`], [`connect`], [`pipes`], [`pipes_provider`], [`widgets`], [`client_api`],
//!     [`platform_teams`].
//! - [`helpers`]: what needs no endpoint of its own: [`session`](helpers::session)s in cookies,
//!   [`tokens`](helpers::tokens), signatures of [`webhooks`](helpers::webhooks) and
//!   [`actions`](helpers::actions), the flows of [`authkit`](helpers::authkit) and
//!   [`sso`](helpers::sso), [`pkce`](helpers::pkce), [public clients](helpers::public_client),
//!   [tokens for machines](helpers::client_credentials), the [`vault`](helpers::vault)'s encryption,
//!   [feature flags](helpers::flags) in memory.
//! - [`Page`], [`Items`], [`Pages`]: lists and how to walk over them.
//! - [`Error`]: what can go wrong, with predicates such as
//!   [`is_not_found`](Error::is_not_found).
//! - [`Nullable`], [`Timestamp`], [`SecretString`]: fields that can be cleared, times, and what must
//!   not be printed.
//! - [`transport`]: sending requests in another way than with `reqwest`; `recording`, a feature:
//!   recording answers and replaying them in tests.
//!
//! # What may change
//!
//! Response structs, enums and errors are `#[non_exhaustive]`: the API adds to them at any time, and
//! so may any minor version. Build them in tests from `Default` or from JSON. Request structs are
//! not: write them as literals that end in `..Default::default()`, so that a new optional field does
//! not break your build.
//!
//! # Features
//!
//! `api`, `helpers`, `reqwest` and `rustls-tls` are on by default; `hyper`, `native-tls`,
//! `system-roots`, `tracing`, `recording`, `jiff`, `chrono` and `time` are not. Each resource is a
//! feature, named after its module. Without the transports the crate works with one of your own,
//! also outside tokio and on `wasm32-unknown-unknown`.
#![cfg_attr(docsrs, feature(doc_cfg))]
// What serves only resources that are switched off.
#![cfg_attr(not(feature = "api"), allow(dead_code, unused_macros))]

#[macro_use]
mod model;

pub mod client;
pub mod compat;
#[cfg(feature = "requests")]
pub mod contract;
#[cfg(feature = "helpers")]
mod crypto;
// Recordings need less of it.
#[cfg(any(feature = "helpers", feature = "recording"))]
#[cfg_attr(not(feature = "helpers"), allow(dead_code))]
mod encoding;
pub mod error;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "helpers")]
pub mod helpers;
mod json;
pub mod operation;
pub mod page;
mod query;
#[cfg(all(feature = "recording", not(target_arch = "wasm32")))]
pub mod recording;
pub mod resources;
pub mod secret;
pub mod timestamp;
pub mod transport;

#[cfg(feature = "helpers")]
pub use client::ConsumedEvents;
pub use client::{
    AttemptEvent, Call, CallEvent, CallOutcome, Client, ClientBuilder, DEFAULT_BASE_URL, Observer,
    RateLimit, RequestOptions, RequestStrategy, Response, path_segment,
};
#[cfg(feature = "helpers")]
#[doc(hidden)]
pub use compat::helpers::*;
#[doc(hidden)]
pub use compat::{enums, models, pagination};
pub use error::{ApiError, DecodeError, Error, ErrorKind, FieldError, NetworkError};
#[cfg(feature = "helpers")]
pub use helpers::{
    actions::ActionsHelper, client_credentials::ClientCredentials, flags::FlagsClient,
    pkce::PkcePair, public_client::PublicClient, seal::SealKeys, tokens::AccessToken,
    tokens::TokenVerifier, webhooks::WebhookVerifier,
};
pub use model::{Metadata, Nullable, UpdateMetadata};
pub use page::{Items, List, ListMetadata, Page, Pages, auto_paginate, try_auto_paginate};
pub use resources::*;
pub use secret::SecretString;
pub use timestamp::Timestamp;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
