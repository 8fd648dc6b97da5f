//! [`Emulator`]: WorkOS in this process.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
#[cfg(feature = "data")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workos::transport::SharedTransport;
use workos::{Client, Event, EventName, SecretString, Timestamp};

use crate::deliver::outbox::Outbox;
use crate::deliver::webhooks::{Courier, Webhooks};
use crate::environment::Environment;
use crate::fixtures::Fixtures;
use crate::front::access::{Access, DEFAULT_API_KEY};
use crate::front::canned::CannedAnswers;
use crate::front::faults::Faults;
use crate::front::in_memory::InMemory;
use crate::front::journal::Requests;
use crate::front::pass_through::PassThrough;
use crate::front::rate_limit::RateLimit;
use crate::front::socket::serve;
use crate::loopback::is_loopback;
use crate::products::events::{NewEvent, trigger};
use crate::reply::Refusal;
use crate::seed::{SeedData, SeedError};
use crate::sign_in::keys;
use crate::sign_in::redirects::RedirectHosts;
use crate::sign_in::sessions::REFRESH_GRACE;
use crate::signing::SigningKey;
use crate::snapshots::Snapshot;
#[cfg(feature = "data")]
use crate::state::backend::sqlite::SqliteFile;
use crate::state::{Clock, DEFAULT_CLIENT_ID, KEPT_EVENTS};

/// The address of an emulator without a socket.
const IN_PROCESS_ORIGIN: &str = "http://localhost";

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

    /// Goes back to a snapshot, of this emulator or of another one. The clock, faults and the log of
    /// requests stay.
    ///
    /// # Errors
    ///
    /// When the [data file](Builder::data_file) cannot be written. Nothing changes then.
    pub fn restore(&self, snapshot: &Snapshot) -> io::Result<()> {
        self.environment.restore(snapshot).map_err(io::Error::other)
    }

    /// Starts another emulator with the settings of this one and the state that it has now, at a port
    /// of its own. What happens in one of them does not happen in the other.
    ///
    /// It has the same keys, the same time, and the same faults. It has no
    /// [data file](Builder::data_file), and an empty log of requests.
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
        to.restore(&from.snapshot()).map_err(io::Error::other)?;
        to.clock.set(from.clock.get());
        to.rate_limits.set(from.rate_limits.get());
        for (_, fault) in from.faults.all() {
            to.faults.add(fault);
        }
        Ok(other)
    }

    /// Draws IDs, codes and tokens from another seed from now on, as [`Builder::seed`] does from the
    /// start.
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

    /// Removes all objects, faults, emails and requests, and delivers webhooks as usual again. The
    /// clock keeps its time, and a [replay](PassThrough::replay) starts over.
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

/// The settings of an [`Emulator`] to start.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `start` is called"]
pub struct Builder {
    address: Option<SocketAddr>,
    /// Whether it listens on the IPv6 address of this machine, too.
    on_both: bool,
    api_key: SecretString,
    control_key: Option<SecretString>,
    seed: Option<u64>,
    webhook_hosts: Vec<String>,
    data: Option<SeedData>,
    frozen_at: Option<Timestamp>,
    redirect_hosts: RedirectHosts,
    issuer: Option<String>,
    signing_key: Option<SecretString>,
    key_id: Option<String>,
    refresh_grace: Duration,
    event_delay: Duration,
    kept_events: usize,
    pass_through: Option<PassThrough>,
    #[cfg(feature = "data")]
    data_file: Option<PathBuf>,
    #[cfg(feature = "pages")]
    interactive: bool,
    drop_in: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            on_both: false,
            api_key: DEFAULT_API_KEY.into(),
            control_key: None,
            seed: None,
            webhook_hosts: Vec::new(),
            data: None,
            frozen_at: None,
            redirect_hosts: RedirectHosts::default(),
            issuer: None,
            signing_key: None,
            key_id: None,
            refresh_grace: REFRESH_GRACE,
            event_delay: Duration::ZERO,
            kept_events: KEPT_EVENTS,
            pass_through: None,
            #[cfg(feature = "data")]
            data_file: None,
            #[cfg(feature = "pages")]
            interactive: false,
            drop_in: false,
        }
    }
}

impl Builder {
    /// Sets the address to listen on, instead of a free port of this machine.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self.on_both = false;
        self
    }

    /// Starts without a socket: use [`Emulator::client`] or [`Emulator::transport`].
    pub fn without_socket(mut self) -> Self {
        self.address = None;
        self
    }

    /// Sets the accepted API key, instead of `sk_test_default`. Surrounding whitespace is removed.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = trimmed(key.into());
        self
    }

    /// Requires this key in requests to `/_emulate`: `Authorization: Bearer <control key>`.
    /// Surrounding whitespace is removed.
    ///
    /// By default, an emulator on a loopback address requires no key, but refuses requests whose
    /// `Host` is neither a loopback address nor `localhost`. An emulator that other machines can
    /// reach generates a key: see [`Emulator::control_key`]. Requests from foreign web pages are
    /// always refused. An empty key counts as none.
    pub fn control_key(mut self, key: impl Into<SecretString>) -> Self {
        self.control_key = Some(trimmed(key.into())).filter(|key| !key.is_empty());
        self
    }

    /// Sets the seed for IDs, codes and probabilities. With a [frozen clock](Clock::freeze), every
    /// run generates the same IDs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts with these data. If they have API keys, those are accepted instead of the one that
    /// is accepted otherwise.
    pub fn data(mut self, data: SeedData) -> Self {
        if let Some(key) = data.api_key() {
            self.api_key = key;
        }
        self.data = Some(data);
        self
    }

    /// Starts with a clock that is [frozen](Clock::freeze) at this instant, so that the seed data
    /// have the same times and IDs in every run.
    pub fn freeze(mut self, at: Timestamp) -> Self {
        self.frozen_at = Some(at);
        self
    }

    /// Delivers webhooks to this host, too: a name or an IP address, without a port. By default,
    /// the emulator delivers them to this machine only, at `localhost` or a loopback address.
    ///
    /// It sends them over plain HTTP.
    pub fn allow_webhooks_to(mut self, host: impl Into<String>) -> Self {
        self.webhook_hosts.push(host.into().trim().to_ascii_lowercase());
        self
    }

    /// Sends browsers to this host, too, after a sign-in or a logout: a name such as `app.test`, its
    /// subdomains as in `*.app.test`, or `*` for all hosts. By default, redirect URIs have to be on
    /// this machine or [registered](workos::UserManagementApi::create_redirect_uri).
    ///
    /// # Errors
    ///
    /// When this is not a host.
    pub fn allow_redirects_to(mut self, host: &str) -> io::Result<Self> {
        self.redirect_hosts.allow(host).map_err(invalid_input)?;
        Ok(self)
    }

    /// Listens on this port of `127.0.0.1` and, where the machine has it, of `::1`, so that
    /// `localhost` leads here whichever of the two it means. 0 takes a free port.
    pub fn localhost(mut self, port: u16) -> Self {
        self.address = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        self.on_both = true;
        self
    }

    /// Signs tokens with this private RSA key in PEM format (PKCS#8 or PKCS#1), instead of a
    /// built-in one: for programs that know the public key beforehand. It is the first in the key
    /// set, until the [keys are rotated](crate::Fixtures::rotate_signing_keys). It has 2048 to 4096
    /// bits.
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workos_emulator::Emulator;
    ///
    /// // openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem
    /// let pem = std::fs::read_to_string("key.pem")?;
    /// let emulator = Emulator::builder()
    ///     .signing_key(pem)?
    ///     .issuer("https://api.workos.com")
    ///     .start()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When this is not such a key, with the reason.
    pub fn signing_key(mut self, pem: impl Into<SecretString>) -> io::Result<Self> {
        let pem = pem.into();
        SigningKey::from_pem(pem.expose(), None).map_err(invalid_input)?;
        self.signing_key = Some(pem);
        Ok(self)
    }

    /// Sets the ID of the first key that signs tokens, `kid`. By default, that of a
    /// [`signing_key`](Self::signing_key) is `workos_emulate_` and the first 16 characters of its
    /// thumbprint (RFC 7638), so that the same key has the same ID.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = workos_emulator::Emulator::builder().key_id("key_1").start().await?;
    /// let keys = emulator.client().user_management().get_jwks(emulator.client_id()).await?;
    /// assert_eq!(keys.keys[0].kid.as_deref(), Some("key_1"));
    /// # Ok(()) }
    /// ```
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }

    /// Sets the issuer of tokens, the claim `iss`, instead of the address of the emulator. Key sets
    /// stay at the emulator.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workos_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().issuer("https://api.workos.com").start().await?;
    /// # Ok(()) }
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    fn first_key(&self) -> io::Result<Option<SigningKey>> {
        match (&self.signing_key, &self.key_id) {
            (Some(pem), id) => {
                SigningKey::from_pem(pem.expose(), id.as_deref()).map(Some).map_err(invalid_input)
            }
            (None, Some(id)) => Ok(keys::first_as(id)),
            (None, None) => Ok(None),
        }
    }

    /// Sets how long a refresh token may be exchanged again after its first exchange, for an answer
    /// that got lost; by default 10 seconds. After that, its session ends. Zero allows no second
    /// exchange.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.refresh_grace = grace;
        self
    }

    /// Withholds each event for this long from lists in ascending order, as WorkOS does for a few
    /// seconds, so that no later event is read before an earlier one. By default they are there at
    /// once.
    pub fn event_delay(mut self, delay: Duration) -> Self {
        self.event_delay = delay;
        self
    }

    /// Keeps so many events, by default 1,000,000. Earlier ones are gone, as those are at WorkOS that
    /// are older than 90 days.
    pub fn kept_events(mut self, count: usize) -> Self {
        self.kept_events = count;
        self
    }

    /// Passes operations of your choice through to WorkOS, or replays a recording of it. By default,
    /// nothing is passed through.
    pub fn pass_through(mut self, pass_through: PassThrough) -> Self {
        self.pass_through = Some(pass_through);
        self
    }

    /// Keeps everything in this file, a database of SQLite, so that the next emulator with the same
    /// file goes on where this one stopped: objects, events, emails, webhooks, the clock, and the
    /// position in the [seed](Self::seed).
    ///
    /// A change is in the file before its request is answered, and survives the end of the process,
    /// however it ends. After a power failure the latest changes may be gone, or the whole file:
    /// nothing waits for the disk.
    ///
    /// A file that does not exist yet is created with the seed [data](Self::data). They are not loaded
    /// again when it exists, except for their faults and API keys.
    #[cfg(feature = "data")]
    pub fn data_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_file = Some(path.into());
        self
    }

    /// Lets people sign in on pages, instead of signing somebody in at once: with a password or a
    /// code, as a new user, at an identity provider for tests, or for a device.
    #[cfg(feature = "pages")]
    pub fn interactive(mut self) -> Self {
        self.interactive = true;
        self
    }

    /// Accepts what the official emulator, `@workos/emulate`, accepts, and answers as it does where
    /// the API does not. Applications and tests that were written for it work unchanged: they may
    /// leave out what the API requires, and name roles, resource types and organizations that nobody
    /// has created. `DIFFERENCES.md` in the crate lists what remains different.
    ///
    /// By default, requests are held to the API. The program works like this unless it is started
    /// with `--strict`.
    ///
    /// ```
    /// use workos_emulator::Emulator;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let emulator = Emulator::builder().drop_in().without_socket().start().await?;
    /// # Ok(()) })
    /// # as std::io::Result<()>;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn drop_in(mut self) -> Self {
        self.drop_in = true;
        self
    }

    /// Listens on another port, if on any.
    fn on_a_free_port(mut self) -> Self {
        if let Some(address) = &mut self.address {
            address.set_port(0);
        }
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// When listening on the address fails, or the [`data`](Self::data) do not fit together, or the
    /// settings of [`pass_through`](Self::pass_through) are wrong or would let everybody use your API
    /// key.
    pub async fn start(self) -> io::Result<Emulator> {
        self.start_now()
    }

    /// Does not wait for anything.
    pub(crate) fn start_now(mut self) -> io::Result<Emulator> {
        let (data, pass_through) = (self.data.take(), self.pass_through.take());
        #[cfg(feature = "data")]
        let file = self.data_file.take().as_deref().map(SqliteFile::open).transpose()?;
        let builder = self.clone().on_a_free_port();
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let key = self.first_key()?;
        let access = Access::new(self.control_key, is_reachable(self.address));
        let listeners = match self.address {
            Some(address) if self.on_both => listen_on_both(address)?,
            Some(address) => vec![bind(address)?],
            None => Vec::new(),
        };
        let base_url = match listeners.first() {
            Some(first) => Some(base_url(first.local_addr()?, self.on_both)),
            None => None,
        };
        let origin = base_url.clone().unwrap_or_else(|| IN_PROCESS_ORIGIN.to_owned());
        let mut environment = Environment::new(self.api_key, origin, access, seed);
        environment.builder = builder;
        environment.courier = Courier::new(self.webhook_hosts);
        environment.redirect_hosts = self.redirect_hosts;
        environment.refresh_grace = self.refresh_grace;
        environment.event_delay = self.event_delay;
        environment.kept_events = self.kept_events;
        environment.signing.issuer = self.issuer;
        environment.signing.key = key.map(Arc::new);
        #[cfg(feature = "pages")]
        {
            environment.interactive = self.interactive;
        }
        if self.drop_in {
            environment.become_drop_in();
        }
        if let Some(at) = self.frozen_at {
            environment.clock.freeze(at);
        }
        if let Some(data) = data {
            let source = data.source();
            let loaded = environment.load(data);
            loaded.map_err(|refusal| SeedError::of_refusal(&refusal, &source))?;
        }
        #[cfg(feature = "data")]
        if let Some(file) = file {
            environment.keep_in(Box::new(file))?;
        }
        if let Some(pass_through) = pass_through {
            let is_reachable = is_reachable(self.address);
            if is_reachable
                && pass_through.is_sent()
                && environment.accepts(&DEFAULT_API_KEY.into())
            {
                return Err(invalid_input(EXPOSED_KEY.to_owned()));
            }
            // Last, because it replaces an earlier recording.
            environment.gateway = Some(pass_through.open()?);
        }
        let environment = Arc::new(environment);
        Courier::start(&environment);
        let servers = listeners.into_iter();
        let servers = servers.map(|listener| tokio::spawn(serve(environment.clone(), listener)));
        let servers = servers.collect();
        Ok(Emulator { environment, base_url, servers })
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn invalid_input(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

/// Whether other machines can reach this address.
fn is_reachable(address: Option<SocketAddr>) -> bool {
    address.is_some_and(|at| !at.ip().to_canonical().is_loopback())
}

const EXPOSED_KEY: &str = "pass-through: other machines can reach this address, and could use your \
                           WorkOS API key with sk_test_default, which everybody knows. Set another \
                           API key for the emulator (--api-key), or listen on localhost.";

/// How often a free port is looked for that both addresses of this machine have.
const PORTS_TRIED: usize = 16;

/// Listens on this address and on the same port of `::1`, unless the machine has no such address.
fn listen_on_both(address: SocketAddr) -> io::Result<Vec<TcpListener>> {
    for _ in 0..PORTS_TRIED {
        let first = bind(address)?;
        let port = first.local_addr()?.port();
        let other = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        match bind(other) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Ok(vec![first]),
            // `localhost` would lead to another program.
            Err(error) if address.port() != 0 => return Err(error),
            Err(_) => {}
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// The URL that an address has. Nobody can open one that stands for all addresses.
fn base_url(address: SocketAddr, on_both: bool) -> String {
    if on_both || address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// A key without surrounding whitespace: one read from a file may end with a line break.
fn trimmed(key: SecretString) -> SecretString {
    key.expose().trim().into()
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
