//! [`Builder`]: the settings of an emulator, and its start.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
#[cfg(feature = "data")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use workos::{SecretString, Timestamp};

use crate::deliver::webhooks::Courier;
use crate::emulator::{Emulator, IN_PROCESS_ORIGIN};
use crate::environment::Environment;
use crate::front::access::{Access, DEFAULT_API_KEY};
use crate::front::pass_through::PassThrough;
use crate::front::socket::serve;
use crate::seed::{SeedData, SeedError};
use crate::sign_in::keys;
use crate::sign_in::redirects::RedirectHosts;
use crate::sign_in::sessions::REFRESH_GRACE;
use crate::signing::SigningKey;
use crate::state::KEPT_EVENTS;
#[cfg(feature = "data")]
use crate::state::backend::sqlite::SqliteFile;

/// The settings of an [`Emulator`] to start.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `start` is called"]
pub struct Builder {
    address: Option<SocketAddr>,
    /// Whether to listen on `::1` as well.
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

    /// Sets the seed for IDs, codes and probabilities. With a [frozen clock](crate::Clock::freeze), every
    /// run generates the same IDs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts with this data. If it contains API keys, the emulator accepts those instead of the
    /// default one.
    pub fn data(mut self, data: SeedData) -> Self {
        if let Some(key) = data.api_key() {
            self.api_key = key;
        }
        self.data = Some(data);
        self
    }

    /// Starts with the clock [frozen](crate::Clock::freeze) at this instant, so that the seed data gets the
    /// same times and IDs in every run.
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
    /// `localhost` works whichever address it resolves to. Port 0 picks a free port.
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

    /// Sets how many events to keep: 1,000,000 by default. Older events are dropped, as WorkOS drops
    /// events after 90 days.
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

    /// Stores everything in this file, an SQLite database, so that the next emulator with the same
    /// file continues where this one stopped: objects, events, emails, webhooks, the clock, and the
    /// position in the [seed](Self::seed).
    ///
    /// A change is in the file before its request is answered, and survives the end of the process,
    /// however it ends. After a power failure the latest changes may be gone, or the whole file:
    /// the emulator does not flush its writes to disk.
    ///
    /// A new file is created with the seed [data](Self::data). If the file exists, only the faults
    /// and API keys of the seed data are loaded.
    #[cfg(feature = "data")]
    pub fn data_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_file = Some(path.into());
        self
    }

    /// Shows sign-in pages instead of signing somebody in at once: with a password or a
    /// code, as a new user, at an identity provider for tests, or for a device.
    #[cfg(feature = "pages")]
    pub fn interactive(mut self) -> Self {
        self.interactive = true;
        self
    }

    /// Accepts what the official emulator, `@workos/emulate`, accepts, and answers as it does where
    /// the API does not. Applications and tests that were written for it work unchanged: they may
    /// leave out what the API requires, and name roles, resource types and organizations that do not
    /// exist. `DIFFERENCES.md` in the crate lists the remaining differences.
    ///
    /// By default, requests are held to the API. The program uses drop-in mode unless started
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

    /// The same settings with a free port, if there is a socket.
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

    /// [`start`](Self::start) without `async`: starting waits for nothing.
    pub(crate) fn start_now(mut self) -> io::Result<Emulator> {
        let (data, pass_through) = (self.data.take(), self.pass_through.take());
        #[cfg(feature = "data")]
        let file = self.data_file.take().as_deref().map(SqliteFile::open).transpose()?;
        let builder = self.clone().on_a_free_port();
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let key = self.first_key()?;
        let is_reachable =
            self.address.is_some_and(|address| !address.ip().to_canonical().is_loopback());
        let access = Access::new(self.control_key, is_reachable);
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
        Ok(Emulator::new(environment, base_url, servers))
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

const EXPOSED_KEY: &str = "pass-through: other machines can reach this address, and could use your \
                           WorkOS API key with sk_test_default, which everybody knows. Set another \
                           API key for the emulator (--api-key), or listen on localhost.";

/// How many ports to try before giving up on one that is free on both addresses.
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

/// The URL of an address. A wildcard address becomes `localhost`: clients cannot connect to it.
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
