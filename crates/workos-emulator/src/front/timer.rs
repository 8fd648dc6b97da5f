//! Waits with tokio's timer, which tests can pause, or with a timer thread where there is no tokio.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use workos::transport::{Runtime, ThreadRuntime};

pub(crate) async fn sleep(duration: Duration) {
    if Handle::try_current().is_ok() {
        tokio::time::sleep(duration).await;
    } else {
        ThreadRuntime::new().sleep(duration).await;
    }
}

pub(super) async fn sleep_until(time: Instant) {
    sleep(time.saturating_duration_since(Instant::now())).await;
}
