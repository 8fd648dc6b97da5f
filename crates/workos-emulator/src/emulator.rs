//! [`Emulator`]: WorkOS in this process.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workos::transport::SharedTransport;
use workos::{Client, SecretString};

use crate::access::Access;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::fixtures::Fixtures;
use crate::outbox::Outbox;
use crate::requests::Requests;
use crate::server::serve;
use crate::transport::InMemory;
use crate::world::{Shared, World};

/// The API key that an emulator accepts unless told otherwise.
const DEFAULT_API_KEY: &str = "sk_test_default";
/// The client id that [`Emulator::client`] is set up with.
const DEFAULT_CLIENT_ID: &str = "client_emulator";

/// A running emulator. Dropping it stops it and forgets everything.
///
/// It is ready when [`start`](Self::start) returns. Each has a state, a clock and a port of its
/// own, so tests can run side by side.
pub struct Emulator {
    world: Shared,
    /// `http://127.0.0.1:<port>`; none without a socket.
    base_url: Option<String>,
    server: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// An emulator with other settings than the default ones.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A client that talks to this emulator directly, without a socket, and needs no tokio.
    pub fn client(&self) -> Client {
        Client::builder()
            .api_key(self.api_key())
            .client_id(DEFAULT_CLIENT_ID)
            .base_url("http://localhost")
            .transport(self.transport())
            .build()
    }

    /// The way to this emulator without a socket, for a client with settings of its own.
    pub fn transport(&self) -> SharedTransport {
        Arc::new(InMemory(self.world.clone()))
    }

    /// The address for clients of any kind, such as `http://127.0.0.1:41001`. Empty for an emulator
    /// that was started [`without_socket`](Builder::without_socket).
    pub fn base_url(&self) -> &str {
        self.base_url.as_deref().unwrap_or_default()
    }

    /// The API key it accepts.
    pub fn api_key(&self) -> &str {
        self.world.api_key.expose()
    }

    /// The key that requests to `/_emulate` need; `None` where they need none. See
    /// [`Builder::control_key`].
    pub fn control_key(&self) -> Option<&str> {
        self.world.access.key()
    }

    /// Its time.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Ways to make it misbehave.
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// What it would have sent by email.
    pub fn outbox(&self) -> &Outbox {
        &self.world.outbox
    }

    /// What was asked of it.
    pub fn requests(&self) -> &Requests {
        &self.world.requests
    }

    /// Makes what only a sign-in or the dashboard could.
    pub fn fixtures(&self) -> Fixtures<'_> {
        Fixtures::new(&self.world)
    }

    /// Forgets all objects, faults, emails and requests. The clock stays as it is.
    pub fn reset(&self) {
        self.world.reset();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Collects the settings of an [`Emulator`].
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `start` is called"]
pub struct Builder {
    address: Option<SocketAddr>,
    api_key: SecretString,
    control_key: Option<SecretString>,
    seed: Option<u64>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            api_key: DEFAULT_API_KEY.into(),
            control_key: None,
            seed: None,
        }
    }
}

impl Builder {
    /// Listens here instead of on a free port of this machine.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Listens nowhere: [`Emulator::client`] and [`Emulator::transport`] are the only ways in.
    pub fn without_socket(mut self) -> Self {
        self.address = None;
        self
    }

    /// Accepts this API key instead of `sk_test_default`, without the white space around it.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = trimmed(key.into());
        self
    }

    /// Asks for this key, without the white space around it, in requests to `/_emulate`:
    /// `Authorization: Bearer <control key>`.
    ///
    /// By default an emulator that listens on a loopback address asks for none, but refuses requests
    /// with another `Host` than a loopback address or `localhost`; one that other machines can reach
    /// makes a key, see [`Emulator::control_key`]. Web pages from elsewhere are refused in any case.
    /// An empty key counts as none.
    pub fn control_key(mut self, key: impl Into<SecretString>) -> Self {
        self.control_key = Some(trimmed(key.into())).filter(|key| !key.is_empty());
        self
    }

    /// Draws ids, codes and chances from this number. Together with a
    /// [frozen clock](Clock::freeze) every run gives the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn start(self) -> io::Result<Emulator> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let access = Access::new(self.control_key, self.address);
        let world = Shared(Arc::new(World::new(self.api_key, access, seed)));
        let Some(address) = self.address else {
            return Ok(Emulator { world, base_url: None, server: None });
        };
        let listener = TcpListener::bind(address).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(serve(world.clone(), listener));
        Ok(Emulator { world, base_url: Some(base_url), server: Some(server) })
    }
}

/// A key as a header can have it: one that was read from a file ends with a line break.
fn trimmed(key: SecretString) -> SecretString {
    key.expose().trim().into()
}
