//! tokio panics without a runtime, I/O or timers. The bundled transports return an error instead.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::TransportError;

const ADVICE: &str = "the bundled transports need a tokio runtime with I/O and time enabled, as \
                      #[tokio::main] has; elsewhere use a transport of your own";

/// Runs work that needs tokio. Without it, or without its I/O or timers, the result is an error.
pub(super) async fn guarded<T>(
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(TransportError::other(ADVICE));
    }
    // A half-sent request is dropped with the future; nothing else sees it again.
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(&*panic)))
}

#[cold]
fn panicked(panic: &(dyn Any + Send)) -> TransportError {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    if said.contains("Tokio") || said.contains("runtime") {
        TransportError::other(format!("{said} ({ADVICE})"))
    } else {
        TransportError::other(format!("the transport panicked: {said}"))
    }
}
