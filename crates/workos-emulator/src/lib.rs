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
//! [`Emulator::client`] talks to it without a socket; other programs use [`Emulator::base_url`] and
//! [`Emulator::api_key`]. As a program, `workos-emulator` serves the same on a port; see
//! `workos-emulator --help`. `workos-emulator doctor` checks whether an application's environment is
//! set up for it.
//!
//! # What it serves
//!
//! Every operation of the API, and what browsers open at WorkOS:
//!
//! | Product | What it includes |
//! |---|---|
//! | Organizations | domains, IT contacts, memberships, groups, Admin Portal links |
//! | Users | verified and changed email addresses, invitations, Magic Auth codes, Magic Links, password resets, sessions, identities, waitlists |
//! | Sign-in | every grant of `authenticate`, PKCE, second factors, organization selection, devices, sessions that refresh and end, key sets |
//! | AuthKit settings | redirect URIs, CORS origins, OAuth resources, the JWT template |
//! | Multi-factor auth | authenticator apps, text messages and codes that the application delivers |
//! | Authorization | roles, permissions, resources in a hierarchy, assignments to members and groups, access checks |
//! | API keys | keys of organizations and users: permissions, expiry, validation |
//! | SSO | connections and their SAML certificates; authorization, profiles, logout |
//! | Directory Sync | directories with users and groups |
//! | Connect | applications and their client secrets, tokens of machines (`/oauth2/token`), Standalone Connect |
//! | Agents | blueprints, instances, sessions, tokens; registrations, claims and credentials |
//! | Pipes | data integrations, connected accounts, access tokens that expire and refresh |
//! | Radar | verdicts by lists and signals, challenges |
//! | Audit Logs | schemas that events are held to, retention, exports that can be downloaded |
//! | Vault | objects with versions, data keys, customers' own keys (BYOK), with real encryption |
//! | Feature Flags | targets, flags of users and organizations, the rules that the SDK evaluates in memory |
//! | Events, Webhooks | the log of what happened, and its delivery to endpoints |
//! | Platform Teams | teams |
//!
//! Whatever is not part of the API returns 501 with the code `emulator_not_implemented`, so that a
//! missing route cannot be mistaken for a missing object. Three details of operations return 501 as
//! well: a vault search in JSON, some JSON Schema keywords in audit log schemas, and imported password
//! hashes that take more than about a second or 256 MiB.
//!
//! # How people sign in
//!
//! With `--interactive`, or `Builder::interactive` and the feature `pages`, they do so on pages: with
//! a password or a code, as a new user, at an identity provider for tests, and for a device at
//! `/device`. The links of invitations and password resets lead to pages, too. They need no script.
//!
//! Otherwise nobody is asked anything. `GET /user_management/authorize` sends the browser back at
//! once, with a code for the user whom `login_hint` names, or for the first user. Through SSO, the
//! first account of the connection signs in, and opening the URL of a device approves it. The steps after that are those of WorkOS: unverified
//! addresses, second factors and several organizations are answered by 403 with a token for the
//! next step, and the codes are in the [`Outbox`]. Those for addresses such as
//! `ada+workos_test@acme.com` and for phone numbers such as `+1 212 555 0123` are always 424242, so
//! that tests in a browser need no outbox.
//!
//! Any client ID is accepted. A `client_secret` has to be an API key of the emulator. Browsers are
//! sent to this machine, to registered redirect URIs, and to the hosts that you
//! [allow](Builder::allow_redirects_to).
//!
//! # What holds for all operations
//!
//! - **Requests are checked** against the contract of the API ([`workos_contract`]): types,
//!   required fields, formats, lengths and limits. A refusal names the invalid fields, in the shape
//!   of the API's errors.
//! - **A request changes everything or nothing.** A refused one leaves no object, event or email
//!   behind.
//! - **Changes make the events of the API.** `GET /events` lists them, with cursors and filters.
//! - **Events become webhooks.** The emulator signs them and posts them to the endpoints at once,
//!   but only on this machine, unless you [allow a host](Builder::allow_webhooks_to). One that
//!   fails is due again later, on the emulator's clock. [`Emulator::settle`] waits for what is due;
//!   [`Emulator::webhooks`] shows what became of each and sends it again. [`Steering`] pauses,
//!   delays, repeats and reorders them, and [`Emulator::trigger`] adds an event that nothing caused.
//! - **An `Idempotency-Key` counts.** For 24 hours, a POST with the same key gets the answer of the
//!   first one that succeeded.
//! - **API keys work.** Besides the key of the [`Builder`], the emulator accepts those that were
//!   created through the API, until they expire or are deleted. Whatever their permissions, they
//!   open everything.
//! - **Time is a [`Clock`]** that you can freeze and advance. Codes, links, API keys and webhooks
//!   follow it. IDs come from a [seed](Builder::seed).
//! - **[`Faults`]** make the server misbehave, and [`Requests`] is the log of what was sent and of what
//!   it has caused.
//! - **State can persist.** With a [data file](Builder::data_file), an emulator continues
//!   where the previous one stopped, even if it was killed.
//!
//! # What the API cannot create
//!
//! [`Fixtures`] create what otherwise requires a sign-in, the dashboard or somebody else: sessions,
//! directories that sync, also [over time](DirectoryScript), accounts at identity providers, feature
//! flags, resource types, visits to the Admin Portal, consent at a provider of Pipes, signals of
//! Radar.
//!
//! [`SeedData`] are objects to [start with](Builder::data), in the form of the official emulator's
//! seed file: from JSON in Rust and, with the feature `yaml`, from YAML; from both with `--seed`.
//! What is wrong with them is listed with places, lines and columns, as [`SeedError`] and by
//! `--validate-config`. [`Emulator::export`] makes them from the state, for the next run.
//!
//! `workos-emulator schema > seed.schema.json` writes their [JSON Schema](SeedData::SCHEMA), with
//! which editors complete and explain keys. A YAML file refers to it in its first line, as in
//! `# yaml-language-server: $schema=seed.schema.json`; a JSON file with the key `$schema`.
//!
//! The [`Outbox`] holds the emails and text messages that WorkOS would send, with their codes and
//! links.
//!
//! # What WorkOS answers itself
//!
//! Some operations need the real WorkOS: a directory that a customer has connected, say. For those
//! that you choose, the emulator passes requests through with your API key, records them without
//! their secrets, and replays the recording later without a network: [`PassThrough`], or
//!
//! ```text
//! export WORKOS_PASS_THROUGH_API_KEY=sk_test_…
//! workos-emulator --pass-through 'directory_sync.*' --record directories.jsonl
//! workos-emulator --replay directories.jsonl
//! ```
//!
//! All other operations stay local, and what is passed through changes nothing in the emulator. A
//! request that was not recorded gets 501 with the code `emulator_not_recorded`. If WorkOS does not
//! answer, the response is 502 with the code `emulator_pass_through_failed`.
//!
//! # How it differs from WorkOS
//!
//! - Nothing outside is asked, unless it is [passed through](PassThrough): a domain is verified as soon as a request says so, and identity
//!   providers and the providers of Pipes are never contacted.
//! - Webhook endpoints may use plain HTTP. Those with HTTPS get nothing.
//! - There is no rate limit, unless you [set one](Emulator::set_rate_limit).
//! - Passwords have a hash that costs nothing, unless it was imported. Keys and codes can be
//!   predicted from the seed, and the keys that sign tokens are public. Do not store real secrets.
//!
//! # Control over HTTP
//!
//! Programs in other languages use these routes, which are not part of the API and require no API
//! key. `GET /_emulate/openapi.json` describes them all in OpenAPI. They do the same as the methods
//! of [`Emulator`]:
//!
//! | Route | What it does |
//! |---|---|
//! | `GET /health` | returns 200 |
//! | `GET`, `POST /_emulate/clock` | returns or moves the [`Clock`]: `{"freeze": "2026-03-01T12:00:00Z"}`, `{"advance": 600}` in seconds, `{"follow": true}` |
//! | `GET`, `POST /_emulate/hooks`, `DELETE /_emulate/hooks/{id}` | lists, adds and removes [`Faults`] |
//! | `GET /_emulate/outbox`, `/_emulate/outbox/texts` | lists emails and text messages: [`Outbox`] |
//! | `GET`, `DELETE /_emulate/requests`, `GET /_emulate/requests/{number}` | lists, clears and shows [`Requests`], without secrets |
//! | `POST /_emulate/requests/expect`, `GET /_emulate/coverage` | asserts what was sent: [`Requests::expect`]; counts what was called: [`Requests::coverage`] |
//! | `POST /_emulate/events` | adds an [event](Emulator::trigger) that nothing caused: `{"event": "user.created", "data": {"email": "ada@acme.com"}}` |
//! | `GET /_emulate/webhooks`, `/_emulate/webhooks/{id}` | lists deliveries by `status`, `event` and `endpoint_id`, `limit` of them `after` an ID; shows one: [`Webhooks`] |
//! | `POST /_emulate/webhooks/{id}/redeliver`, `…/{id}/cancel`, `/_emulate/webhooks/redeliver-failed` | delivers one again, or all that failed; cancels one |
//! | `GET`, `POST /_emulate/webhooks/settings` | returns or changes how webhooks are delivered: [`Steering`], as in `{"paused": true}` |
//! | `POST /_emulate/webhooks/settle` | waits until all that are due were sent, for 10 seconds at most |
//! | `GET`, `POST /_emulate/snapshots`, `POST …/{name}/restore`, `DELETE …/{name}` | takes [`Snapshot`]s, and goes back to them |
//! | `GET`, `POST /_emulate/environments`, `DELETE …/{name}` | starts further environments, or [forks](Emulator::fork) of this one, at ports of their own |
//! | `GET`, `POST`, `DELETE /_emulate/rate-limit` | sets a [`RateLimit`] |
//! | `GET`, `POST /_emulate/directories/{id}/scripts`, `GET /_emulate/directory-scripts`, `DELETE …/{id}` | lists, starts and stops what changes directories over time: [`DirectoryScript`] |
//! | `GET`, `POST /_emulate/seed` | returns the state as [`SeedData`], or adds some, all of it or nothing |
//! | `POST /_emulate/random-seed` | draws IDs and codes [from another seed](Emulator::reseed) |
//! | `POST /_emulate/reset` | removes all objects, faults, messages and requests, and the rate limit |
//!
//! `/_emulate` serves only programs on this machine. It refuses web pages, recognized by a foreign
//! `Origin`, and any `Host` that is not loopback. An emulator that other machines can reach
//! requires the [control key](Builder::control_key) instead.
//!
//! # The dashboard
//!
//! With the feature `pages`, which the program has, `/_emulate/` is a page for people: it shows
//! organizations, users, sessions, mail, events, webhooks, requests and any other row as they
//! change, moves the clock, adds faults, takes snapshots, exports and resets. It works by keyboard
//! alone (`?` lists the keys), and without scripts by reloading. Its forms are taken from its own
//! pages only; where there is a control key, it asks for it.

mod api;
mod builder;
mod call;
mod compat;
mod control;
#[cfg(feature = "pages")]
mod dashboard;
mod deliver;
mod emulator;
mod environment;
mod fields;
mod fixtures;
mod front;
mod hosted;
mod loopback;
mod news;
mod others;
#[cfg(feature = "pages")]
mod pages;
mod passwords;
mod products;
mod reply;
mod seed;
mod sign_in;
mod signing;
mod snapshots;
mod state;
mod urls;
mod words;
mod x509;

pub use builder::Builder;
pub use deliver::outbox::Outbox;
pub use deliver::webhooks::{DeliveryDetails, Webhooks};
pub use emulator::Emulator;
pub use fixtures::Fixtures;
pub use fixtures::sign_in::{NewSignIn, TokenFlaw};
pub use front::canned::CannedAnswers;
pub use front::faults::{Fault, Faults};
pub use front::journal::{
    OperationCoverage, RecordedChange, RecordedRequest, RecordedResponse, Requests, Times,
    Unexpected,
};
pub use front::pass_through::PassThrough;
pub use front::pattern::RequestPattern;
pub use front::rate_limit::RateLimit;
pub use products::admin_portal::PortalVisit;
pub use products::agents::claims::{AgentClaimAttempt, NewAgentClaimAttempt};
pub use products::agents::credentials::{AgentCredential, NewAgentCredential};
pub use products::agents::instances::{NewAgentInstance, NewAgentSession};
pub use products::agents::registrations::NewAgentRegistration;
pub use products::connect::NewApplication;
pub use products::directory_scripts::{DirectoryScript, DirectoryScriptRun};
pub use products::directory_sync::{
    DirectoryGroupUpdate, DirectoryUserUpdate, NewDirectory, NewDirectoryGroup, NewDirectoryUser,
};
pub use products::feature_flags::{NewFlag, NewFlagRule};
pub use products::pipes::connecting::DataConsent;
pub use products::pipes::providers::NewDataProvider;
pub use products::radar::RadarSignals;
pub use products::sso::{NewConnection, NewProfile};
pub use products::webhooks::NewWebhookEndpoint;
pub use reply::Refusal;
pub use seed::{SeedData, SeedError, SeedProblem};
pub use snapshots::Snapshot;
pub use state::deliveries::{Delivery, DeliveryAttempt, DeliveryStatus};
pub use state::messages::{Email, EmailKind, TextMessage};
pub use state::steering::{DeliveryOrder, Steering};
pub use state::{Clock, RefusedStep};
