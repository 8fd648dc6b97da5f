//! [`Link`]: a connection that commands share, and that is opened again when it is lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout, timeout_at};
use workos::transport::BoxFuture;

use crate::StoreError;
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::step::Step;

/// How long a command to the database takes at most, with reconnecting, unless you set another
/// `timeout`.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the first connection takes at most.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a connection.
pub(crate) type Connect<C> = Box<dyn Fn() -> BoxFuture<Result<C, StoreError>> + Send + Sync>;

/// A connection to a database, where commands may be dropped while the database executes them.
pub(crate) struct Link<C> {
    connect: Connect<C>,
    connection: Mutex<Option<Arc<C>>>,
    /// Held while connecting, so that one command connects for all.
    connecting: tokio::sync::Mutex<()>,
    /// Where connections and commands run, whatever runtime the caller is on.
    pub(crate) runtime: Handle,
}

impl<C> Link<C> {
    pub(crate) async fn open(connect: Connect<C>) -> Result<Self, StoreError> {
        let runtime = Handle::try_current().map_err(|error| StoreError::new(error.to_string()))?;
        let connection = within(CONNECT_TIMEOUT, connect()).await?;
        let connection = Mutex::new(Some(Arc::new(connection)));
        Ok(Self { connect, connection, connecting: Default::default(), runtime })
    }

    /// Runs a command, which may take this long. It may run twice.
    pub(crate) async fn run<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        timeout: Duration,
        command: impl Fn(Arc<C>) -> F,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + timeout;
        let mut result = self.try_run(&command, deadline).await;
        if result.is_err() && Instant::now() < deadline {
            // The connection may have been closed while it was idle.
            result = self.try_run(&command, deadline).await;
        }
        result
    }

    async fn try_run<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        command: impl Fn(Arc<C>) -> F,
        deadline: Instant,
    ) -> Result<T, StoreError> {
        let connection =
            timeout_at(deadline, self.connection()).await.unwrap_or_else(|_| Err(too_slow()))?;
        let result = timeout_at(deadline, command(connection.clone())).await;
        let result = result.unwrap_or_else(|_| Err(too_slow()));
        if result.is_err() {
            self.close(&connection);
        }
        result
    }

    async fn connection(&self) -> Result<Arc<C>, StoreError> {
        if let Some(connection) = &*self.current() {
            return Ok(connection.clone());
        }
        let _connecting = self.connecting.lock().await;
        if let Some(connection) = &*self.current() {
            return Ok(connection.clone());
        }
        let connection = Arc::new((self.connect)().await?);
        *self.current() = Some(connection.clone());
        Ok(connection)
    }

    /// Gives up a connection, unless another command has replaced it already.
    fn close(&self, connection: &Arc<C>) {
        self.current().take_if(|current| Arc::ptr_eq(current, connection));
    }

    pub(crate) fn current(&self) -> MutexGuard<'_, Option<Arc<C>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(any(feature = "postgres", feature = "redis"))]
impl<C: Send + Sync + 'static> Link<C> {
    /// Starts a command on the runtime of the connection.
    pub(crate) fn spawn<T: Send + 'static, F: Future<Output = Result<T, StoreError>> + Send>(
        self: &Arc<Self>,
        timeout: Duration,
        command: impl Fn(Arc<C>) -> F + Send + Sync + 'static,
    ) -> Step<T> {
        let link = self.clone();
        Step::start(&self.runtime, async move { link.run(timeout, command).await })
    }

    /// A connection for somebody alone.
    #[cfg(feature = "postgres")]
    pub(crate) async fn another(&self) -> Result<C, StoreError> {
        (self.connect)().await
    }
}

pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(too_slow()))
}

pub(crate) fn too_slow() -> StoreError {
    StoreError::new("the database did not answer in time")
}
