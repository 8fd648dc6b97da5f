//! Feature flags evaluated locally: all flags are polled in the background, and read from memory.
//!
//! ```no_run
//! use std::time::Duration;
//! use workos::helpers::flags::{FlagContext, FlagsError};
//!
//! # async fn run(client: workos::Client) -> Result<(), FlagsError> {
//! let flags = client.feature_flags_runtime().start();
//! flags.wait_until_ready(Duration::from_secs(5)).await?;
//!
//! let context = FlagContext::new().user("user_01").organization("org_01");
//! if flags.is_enabled("new-editor", &context) {
//!     // the new editor
//! }
//! # Ok(()) }
//! ```
//!
//! A failed poll leaves the flags as they are. The next one follows after the poll interval, or,
//! after several failures, up to a minute later. Only a rejected API key (401) or a misconfigured
//! client ends polling, since retrying would not help.

mod context;
mod definition;
mod poll;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Either, Shared, select};
use serde_json::Value;

pub use self::context::{FlagContext, FlagContextError};
use self::definition::FlagSet;
pub use self::definition::{Flag, FlagChange};
use self::poll::{Poller, State};
use crate::transport::{BoxFuture, SharedRuntime};
use crate::{Client, Error, Timestamp};

const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

impl Client {
    /// Feature flags that are evaluated locally. See [`helpers::flags`](crate::helpers::flags).
    pub fn feature_flags_runtime(&self) -> FlagsBuilder {
        FlagsBuilder {
            client: self.clone(),
            interval: DEFAULT_INTERVAL,
            timeout: DEFAULT_TIMEOUT,
            version: PayloadVersion::default(),
            bootstrap: None,
            on_change: None,
            on_error: None,
        }
    }
}

/// The version of the payload to request. Responses in both are understood: a server may know only
/// the first, and bootstrap data may be stored in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PayloadVersion {
    /// Each flag with the users, organizations and other targets it is on for. It cannot express
    /// that a rule turns a flag off for a target: that is listed like the others, and the flag is
    /// on.
    V1,
    /// Each flag with rules. The first that matches decides.
    #[default]
    V2,
}

type OnChange = Box<dyn Fn(&FlagChange) + Send + Sync>;
type OnError = Box<dyn Fn(&FlagsError) + Send + Sync>;

/// The settings of a [`FlagsClient`].
///
/// ```no_run
/// use std::time::Duration;
/// use workos::helpers::flags::FlagsError;
///
/// # fn run(client: workos::Client) -> Result<(), FlagsError> {
/// let stored = serde_json::json!({"version": 2, "flags": {"new-editor": {
///     "enabled": true, "default_value": false, "off_value": false, "rules": [],
/// }}});
/// let flags = client
///     .feature_flags_runtime()
///     .poll_interval(Duration::from_secs(60))
///     .bootstrap(&stored)?
///     .on_change(|change| println!("{} has changed", change.slug))
///     .on_error(|error| eprintln!("flags: {error}"))
///     .start();
/// # Ok(()) }
/// ```
#[must_use = "nothing is fetched until `start` is called"]
pub struct FlagsBuilder {
    client: Client,
    interval: Duration,
    timeout: Duration,
    version: PayloadVersion,
    bootstrap: Option<FlagSet>,
    on_change: Option<OnChange>,
    on_error: Option<OnError>,
}

impl FlagsBuilder {
    /// How long to wait between two polls, plus or minus 10 %: 30 seconds by default, at least 5.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// How long a poll may take: 10 seconds by default.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The version of the payload to request: [`PayloadVersion::V2`] by default.
    pub fn payload_version(mut self, version: PayloadVersion) -> Self {
        self.version = version;
        self
    }

    /// Flags to start with, as the server sent them earlier, in either version. With them the
    /// client is ready at once.
    ///
    /// # Errors
    ///
    /// [`FlagsError::Payload`] when these are not flags.
    #[inline]
    pub fn bootstrap(mut self, payload: &Value) -> Result<Self, FlagsError> {
        self.bootstrap = Some(FlagSet::read(payload)?);
        Ok(self)
    }

    /// Called for each flag that a poll changed. The first flags do not count as changes.
    ///
    /// It runs between two polls and should be brief.
    pub fn on_change(mut self, notify: impl Fn(&FlagChange) + Send + Sync + 'static) -> Self {
        self.on_change = Some(Box::new(notify));
        self
    }

    /// Called for each poll that failed. It runs between two polls and should be brief.
    pub fn on_error(mut self, notify: impl Fn(&FlagsError) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(notify));
        self
    }

    /// Starts polling, with the first poll at once, in a task of the client's
    /// [`Runtime`](crate::transport::Runtime). If that has no tasks, see [`FlagsClient::drive`].
    #[inline]
    pub fn start(self) -> FlagsClient {
        let runtime = self.client.settings().runtime.clone();
        let state = Arc::new(State::new(self.bootstrap, self.on_change, self.on_error));
        let poller = Poller {
            client: self.client,
            interval: self.interval,
            timeout: self.timeout,
            version: self.version,
            state: state.clone(),
        };
        let (close, closed) = oneshot::channel();
        let task = runtime.spawn(Box::pin(poller.run(closed)));
        let shared = Handle {
            runtime,
            state,
            task: task.map(FutureExt::shared),
            close: Mutex::new(Some(close)),
        };
        FlagsClient { shared: Arc::new(shared) }
    }
}

impl fmt::Debug for FlagsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagsBuilder")
            .field("interval", &self.interval)
            .field("timeout", &self.timeout)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Evaluates feature flags locally and keeps them up to date.
///
/// Clones share the flags and the polling, which ends with [`close`](Self::close) or when the last
/// of them is dropped.
#[derive(Clone)]
pub struct FlagsClient {
    shared: Arc<Handle>,
}

struct Handle {
    runtime: SharedRuntime,
    state: Arc<State>,
    /// The polling, if the runtime has no tasks.
    task: Option<Shared<BoxFuture<()>>>,
    /// Dropping it ends the polling.
    close: Mutex<Option<oneshot::Sender<()>>>,
}

impl FlagsClient {
    /// Whether a flag is on for `context`. An unknown flag, or one that is not a boolean, is off.
    #[inline]
    pub fn is_enabled(&self, flag: &str, context: &FlagContext) -> bool {
        self.is_enabled_or(flag, context, false)
    }

    /// Whether a flag is on for `context`; `default` for an unknown flag, or one that is not a
    /// boolean.
    #[inline]
    pub fn is_enabled_or(&self, flag: &str, context: &FlagContext, default: bool) -> bool {
        let flags = self.shared.state.flags();
        flags.get(flag).and_then(|flag| flag.evaluate(context)).unwrap_or(default)
    }

    /// All flags and whether they are on for `context`.
    #[inline]
    pub fn all_flags(&self, context: &FlagContext) -> BTreeMap<String, bool> {
        self.shared.state.flags().evaluate_all(context)
    }

    /// A flag as it was last fetched.
    #[inline]
    pub fn get_flag(&self, flag: &str) -> Option<Arc<Flag>> {
        self.shared.state.flags().get(flag).cloned()
    }

    /// Waits until there are flags. With bootstrap data it returns at once.
    ///
    /// # Errors
    ///
    /// [`FlagsError::Timeout`] when there are none after `timeout`; [`status`](Self::status) may
    /// have the reason. [`FlagsError::Request`] and [`FlagsError::Closed`] when polling ended
    /// without any.
    pub async fn wait_until_ready(&self, timeout: Duration) -> Result<(), FlagsError> {
        let Some(outcome) = self.shared.state.outcome() else { return Ok(()) };
        let driven = select(outcome, Box::pin(self.drive()));
        let waited = async move {
            match driven.await {
                Either::Left((outcome, _)) => outcome,
                // Polling has ended, and has notified its waiters.
                Either::Right(((), outcome)) => outcome.await,
            }
        };
        // The timer of another runtime may not accept every duration.
        let timer = self.shared.runtime.sleep(timeout.min(LONGEST_WAIT));
        match select(Box::pin(waited), timer).await {
            Either::Left((outcome, _)) => outcome.unwrap_or(Err(FlagsError::Closed)),
            Either::Right(_) => Err(FlagsError::Timeout),
        }
    }

    /// Drives polling on runtimes without tasks: spawn it on your executor, or poll it beside other
    /// work. It completes when polling ends. With a runtime that has tasks, such as tokio, it is
    /// not needed and never completes.
    ///
    /// [`wait_until_ready`](Self::wait_until_ready) drives polling itself while it waits.
    pub fn drive(&self) -> impl Future<Output = ()> + use<> {
        let task = self.shared.task.clone();
        async move {
            match task {
                Some(task) => task.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Ends polling. The flags stay as they are.
    #[inline]
    pub fn close(&self) {
        self.shared.close.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.state.end(PollingState::Closed, FlagsError::Closed);
    }

    /// The state of the polling.
    #[inline]
    pub fn status(&self) -> FlagsStatus {
        self.shared.state.status()
    }
}

impl fmt::Debug for FlagsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagsClient").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// The state of the polling of a [`FlagsClient`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct FlagsStatus {
    /// Whether polling continues.
    pub polling: PollingState,
    /// Whether there are flags, fetched ones or bootstrap data.
    pub ready: bool,
    /// How many flags there are.
    pub flags: usize,
    /// How many polls were made.
    pub polls: u64,
    /// How many of them failed.
    pub failed_polls: u64,
    /// How many have failed since the last successful one.
    pub failures_in_a_row: u32,
    /// When flags were last fetched.
    pub updated_at: Option<Timestamp>,
    /// Why the last poll failed; `None` if it succeeded.
    pub last_error: Option<FlagsError>,
}

/// Whether a [`FlagsClient`] continues polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PollingState {
    /// It continues.
    #[default]
    Running,
    /// It has stopped: the API key was rejected, or the client is misconfigured.
    Stopped,
    /// It was [closed](FlagsClient::close).
    Closed,
}

/// What can go wrong with the flags of a [`FlagsClient`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FlagsError {
    /// The flags could not be fetched.
    Request(Arc<Error>),
    /// The payload of a response, or the bootstrap data, does not contain flags.
    Payload(&'static str),
    /// There were no flags in time.
    Timeout,
    /// The client was closed before there were flags.
    Closed,
}

impl fmt::Display for FlagsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "the feature flags could not be fetched: {error}"),
            Self::Payload(reason) => write!(f, "the feature flags could not be read: {reason}"),
            Self::Timeout => f.write_str("no feature flags arrived in time"),
            Self::Closed => f.write_str("the feature flags client was closed"),
        }
    }
}

impl std::error::Error for FlagsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Request(error) => Some(&**error),
            Self::Payload(_) | Self::Timeout | Self::Closed => None,
        }
    }
}
