//! [`Emulator`]: WorkOS in this process.

use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinHandle;
use workos::transport::SharedTransport;
use workos::{Client, Event, EventName};

use crate::builder::Builder;
use crate::deliver::outbox::Outbox;
use crate::deliver::webhooks::{Courier, Webhooks};
use crate::environment::Environment;
use crate::fixtures::Fixtures;
use crate::front::canned::CannedAnswers;
use crate::front::faults::Faults;
use crate::front::in_memory::InMemory;
use crate::front::journal::Requests;
use crate::front::rate_limit::RateLimit;
use crate::loopback::is_loopback;
use crate::products::events::{NewEvent, trigger};
use crate::reply::Refusal;
use crate::seed::SeedData;
use crate::snapshots::Snapshot;
use crate::state::{Clock, DEFAULT_CLIENT_ID};

/// The address of an emulator without a socket.
pub(crate) const IN_PROCESS_ORIGIN: &str = "http://localhost";

/// A running emulator. Dropping it stops it and discards its state.
///
/// It is ready when [`start`](Self::start) returns. Each emulator has its own state, clock and
/// port, so tests can run in parallel.
pub struct Emulator {
    environment: Arc<Environment>,
    /// `http://127.0.0.1:<port>`; `None` without a socket.
    base_url: Option<String>,
    servers: Vec<JoinHandle<()>>,
}

impl Emulator {
    pub(crate) fn new(
        environment: Arc<Environment>,
        base_url: Option<String>,
        servers: Vec<JoinHandle<()>>,
    ) -> Self {
        Self { environment, base_url, servers }
    }

    /// Starts an emulator on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port is available.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Builds an emulator with other settings than the defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A client for this emulator that works without a socket and without tokio. Where there is a
    /// socket, the URLs that the client makes for browsers lead to it.
    pub fn client(&self) -> Client {
        let base_url = self.base_url.as_deref().unwrap_or(IN_PROCESS_ORIGIN);
        let authority = base_url.trim_start_matches("http://");
        Client::builder()
            .api_key(self.api_key())
            .client_id(DEFAULT_CLIENT_ID)
            .base_url(base_url)
            // Whatever address it listens on, this client's requests stay in the process.
            .allow_insecure_http(!is_loopback(authority))
            .transport(self.transport())
            .build()
    }

    /// The transport to this emulator without a socket, for a client with its own settings.
    pub fn transport(&self) -> SharedTransport {
        Arc::new(InMemory(self.environment.clone()))
    }

    /// The base URL for any client, such as `http://127.0.0.1:41001`. Empty for an emulator started
    /// [`without_socket`](Builder::without_socket).
    pub fn base_url(&self) -> &str {
        self.base_url.as_deref().unwrap_or_default()
    }

    /// The accepted API key.
    pub fn api_key(&self) -> &str {
        self.environment.api_key.expose()
    }

    /// The client ID of [`client`](Self::client). Requests with other client IDs are served, too.
    pub fn client_id(&self) -> &str {
        DEFAULT_CLIENT_ID
    }

    /// The key that requests to `/_emulate` require; `None` if they require none. See
    /// [`Builder::control_key`].
    pub fn control_key(&self) -> Option<&str> {
        self.environment.access.key()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.environment.clock
    }

    /// Faults to make the emulator misbehave.
    pub fn faults(&self) -> &Faults {
        &self.environment.faults
    }

    /// Answers of your choice, instead of those of the state.
    pub fn answers(&self) -> CannedAnswers<'_> {
        CannedAnswers::new(&self.environment.faults)
    }

    /// The emails and text messages that WorkOS would have sent.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox::new(&self.environment)
    }

    /// The webhooks that were delivered, wait for delivery, or could not be delivered.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.environment)
    }

    /// Adds an event to the log and delivers it to the webhook endpoints that want it, as if it had
    /// happened now. Nothing else changes: for `user.created`, there is no new user.
    ///
    /// The payload is a sample of what WorkOS documents for the event, with these fields in place of
    /// its own: objects are merged, everything else is replaced. Null leaves the sample as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use serde_json::json;
    /// use workos::EventName;
    /// use workos::events::EventData;
    /// use workos_emulator::Emulator;
    ///
    /// let emulator = Emulator::start().await?;
    /// let ada = json!({"email": "ada@acme.com"});
    /// let event = emulator.trigger(EventName::UserCreated, ada)?;
    /// assert!(matches!(event.data, EventData::UserCreated(user) if user.email == "ada@acme.com"));
    ///
    /// let refused = emulator.trigger("user.create", json!({})).unwrap_err().to_string();
    /// assert!(refused.contains("Did you mean user.created"), "{refused}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such event, or the payload does not fit its schema: with what is wrong,
    /// field by field.
    pub fn trigger(&self, event: impl Into<EventName>, data: Value) -> Result<Event, Refusal> {
        let event = event.into().as_str().to_owned();
        let new = NewEvent { event, data, context: Value::Null, organization_id: None };
        let stored = self.environment.write(|change| trigger(change, &new))?;
        serde_json::from_str(stored.json.get())
            .map_err(|error| Refusal::bad_request("invalid_event", error.to_string()))
    }

    /// Waits until every webhook that is due was sent. What failed is due again later, on the
    /// [clock](Self::clock), so that this does not wait for it. Nothing is due while deliveries are
    /// [paused](crate::Steering::paused).
    ///
    /// Without tokio it returns at once, since nothing is sent.
    pub async fn settle(&self) {
        Courier::settle(&self.environment).await;
    }

    /// The log of requests.
    pub fn requests(&self) -> &Requests {
        &self.environment.requests
    }

    /// Fixtures for what otherwise requires a sign-in or the dashboard.
    pub fn fixtures(&self) -> Fixtures<'_> {
        Fixtures::new(&self.environment)
    }

    /// The state as data to [start with](Builder::data), for the next run or to share.
    ///
    /// Objects are in the order of their creation. Those with an ID in [`SeedData`] keep it: users,
    /// organizations, memberships, groups, invitations, connections with their profiles, directories
    /// with their users and groups, applications, API keys and agent blueprints. Other objects get a
    /// new ID. Expiry times stay; all other times are those of the next start.
    ///
    /// The data include every secret that the emulator knows: those of webhook endpoints and
    /// authenticator apps, the tokens of invitations, and the API keys of the seed data it was
    /// started with. Passwords, client secrets and all other API keys are hashes, and keep working.
    /// Treat the data like the secrets of your application.
    ///
    /// The [faults](Self::faults) are included, too. The data do not include:
    ///
    /// - what has happened: events, deliveries of webhooks, emails, requests, audit logs;
    /// - what is under way: sessions and tokens, codes and links, password resets, changes of email
    ///   addresses, challenges, visits to the Admin Portal, scripts of directories;
    /// - invitations that were accepted or revoked, have expired, or whose membership was deleted;
    /// - authorization resources, and roles on them. Roles that a group gives its members in the
    ///   organization become the members' own;
    /// - the options, attribute maps and certificates of connections, and the verification tokens
    ///   of domains;
    /// - data integrations, and connected accounts other than a user's first one with OAuth at a
    ///   built-in provider. Their tokens are new;
    /// - second factors without a user, IT contacts, authorized applications, instances and
    ///   registrations of agents, OAuth resources, Radar lists and signals, waitlists, teams, Vault
    ///   objects and keys, the settings of audit logs, rotations of signing keys;
    /// - what only the official emulator has, such as pipe connections.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workos::user_management::{CreateUser, Password};
    /// use workos_emulator::{Emulator, SeedData};
    ///
    /// let first = Emulator::start().await?;
    /// let ada = first
    ///     .client()
    ///     .user_management()
    ///     .create_user(CreateUser {
    ///         password: Some(Password::plaintext("correct horse battery")),
    ///         ..CreateUser::new("ada@example.com")
    ///     })
    ///     .await?;
    /// let file = first.export().to_json();
    ///
    /// let second = Emulator::builder().data(SeedData::from_json(&file)?).start().await?;
    /// let again = second.client().user_management().get_user(&ada.id).await?;
    /// assert_eq!(again.email, "ada@example.com");
    /// # Ok(()) }
    /// ```
    pub fn export(&self) -> SeedData {
        self.environment.export()
    }

    /// The state as it is now, to [go back to](Self::restore).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workos::organizations::CreateOrganization;
    ///
    /// let emulator = workos_emulator::Emulator::start().await?;
    /// let client = emulator.client();
    /// let organizations = client.organizations();
    /// let empty = emulator.snapshot();
    ///
    /// organizations.create_organization(CreateOrganization::new("Acme")).await?;
    /// emulator.restore(&empty)?;
    /// assert!(organizations.list_organizations(Default::default()).await?.data.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        self.environment.snapshot()
    }

    /// Goes back to a snapshot of this emulator or of another one. The clock, faults, rate limit and
    /// request log stay.
    ///
    /// # Errors
    ///
    /// When the [data file](Builder::data_file) cannot be written. Nothing changes then.
    pub fn restore(&self, snapshot: &Snapshot) -> io::Result<()> {
        self.environment.restore(snapshot).map_err(io::Error::other)
    }

    /// Starts another emulator with the settings and the current state of this one, on a port of its
    /// own. After that, the two are independent.
    ///
    /// It has the same keys, time, faults and rate limit. It has no pass-through, no
    /// [data file](Builder::data_file), and an empty request log.
    ///
    /// # Errors
    ///
    /// When no port is available.
    pub async fn fork(&self) -> io::Result<Self> {
        Self::fork_of(&self.environment, self.environment.builder.clone())
    }

    /// An emulator with these settings and the state of an environment.
    pub(crate) fn fork_of(from: &Environment, builder: Builder) -> io::Result<Self> {
        let other = builder.start_now()?;
        let to = &other.environment;
        // First the time: by the system's, webhooks would be due that are not.
        to.clock.set(from.clock.get());
        to.restore(&from.snapshot()).map_err(io::Error::other)?;
        to.rate_limits.set(from.rate_limits.get());
        for (_, fault) in from.faults.all() {
            to.faults.add(fault);
        }
        Ok(other)
    }

    /// Generates IDs, codes and tokens from another seed from now on. [`Builder::seed`] sets the
    /// first one.
    ///
    /// # Errors
    ///
    /// When the [data file](Builder::data_file) cannot be written. Nothing changes then.
    pub fn reseed(&self, seed: u64) -> io::Result<()> {
        self.environment.reseed(seed).map_err(io::Error::other)
    }

    /// Limits how many requests each API key may make; by default there is no limit.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.environment.rate_limits.set(limit);
    }

    /// The rate limit, if there is one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.environment.rate_limits.get()
    }

    /// Removes all objects, faults, emails, requests, the rate limit and the webhook settings. The
    /// clock keeps its time, and a [replay](crate::PassThrough::replay) starts over.
    ///
    /// # Errors
    ///
    /// When the [data file](Builder::data_file) cannot be written. Nothing is removed then.
    pub fn reset(&self) -> io::Result<()> {
        self.environment.reset().map_err(io::Error::other)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.environment.courier.stop();
        self.environment.others.stop();
        // Clients may hold the environment for longer than the next emulator waits for the file.
        self.environment.close();
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use workos::EventName;
    use workos::organizations::CreateOrganization;
    use workos::webhooks::CreateWebhookEndpoint;

    use super::*;

    #[tokio::test]
    async fn nothing_of_an_emulator_stays_when_it_and_its_clients_are_gone() {
        let mut gone: Vec<Weak<Environment>> = Vec::new();
        for _ in 0..1_000 {
            let emulator = Emulator::start().await.unwrap();
            let client = emulator.client();
            // Nothing listens there, so a webhook waits for its next attempt.
            let hook =
                CreateWebhookEndpoint::new("http://127.0.0.1:1", [EventName::OrganizationCreated]);
            client.webhooks().create_webhook_endpoint(hook).await.unwrap();
            let acme = CreateOrganization::new("Acme");
            client.organizations().create_organization(acme).await.unwrap();
            gone.push(Arc::downgrade(&emulator.environment));
        }
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gone.iter().filter(|environment| environment.strong_count() > 0).count(), 0);
    }
}
