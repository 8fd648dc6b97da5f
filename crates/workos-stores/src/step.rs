//! [`Step`]: work on the runtime of a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::StoreError;

/// Work on a runtime, whatever runtime its caller is on. It ends when nobody waits for it any
/// longer.
#[must_use]
pub(crate) struct Step<T>(JoinHandle<Result<T, StoreError>>);

impl<T: Send + 'static> Step<T> {
    pub(crate) fn start(
        runtime: &Handle,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Self {
        Self(runtime.spawn(work))
    }
}

impl<T> Future for Step<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = Pin::new(&mut self.0).poll(cx);
        result.map(|result| result.map_err(|error| StoreError::new(error.to_string()))?)
    }
}

impl<T> Drop for Step<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
