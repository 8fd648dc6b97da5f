//! [`Leadership`]: of many workers, one reads a stream.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{EventsHandle, Lease};
use crate::transport::SharedRuntime;

/// How long a worker has a stream without saying so again. Another one takes over within this time
/// and [`CLAIM_EVERY`].
pub(super) const LEASE: Duration = Duration::from_secs(6);
/// How often a worker says that it is there, and how often the others ask for the stream.
pub(super) const CLAIM_EVERY: Duration = Duration::from_secs(2);

/// A worker's claim to a stream.
pub(super) struct Leadership {
    lease: Option<Arc<dyn Lease>>,
    stream: String,
    owner: String,
    runtime: SharedRuntime,
    handle: EventsHandle,
    /// When the lease was last taken or extended; `None` without one.
    claimed: Mutex<Option<Duration>>,
}

impl Leadership {
    pub(super) fn new(
        lease: Option<Arc<dyn Lease>>,
        stream: &str,
        runtime: &SharedRuntime,
        handle: &EventsHandle,
    ) -> Self {
        Self {
            lease,
            stream: stream.to_owned(),
            owner: format!("{}-{:032x}", std::process::id(), random()),
            runtime: runtime.clone(),
            handle: handle.clone(),
            claimed: Mutex::default(),
        }
    }

    fn claimed(&self) -> MutexGuard<'_, Option<Duration>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this worker has the stream. Takes or extends the lease where that is due.
    pub(super) async fn holds(&self) -> bool {
        let Some(lease) = &self.lease else { return true };
        let (now, claimed) = (self.runtime.elapsed(), *self.claimed());
        if claimed.is_some_and(|at| now < at + CLAIM_EVERY) {
            return true;
        }
        let claim = lease.claim(&self.stream, &self.owner, LEASE).await;
        let is_other = matches!(claim, Ok(false));
        let claimed = match claim {
            Ok(true) => Some(now),
            Ok(false) => None,
            Err(error) => {
                self.handle.fails(format_args!("the lease failed: {error}"));
                claimed.filter(|at| now < *at + LEASE)
            }
        };
        *self.claimed() = claimed;
        self.handle.update(|status| {
            status.is_leader = claimed.is_some();
            if is_other {
                // The failures are the leader's now.
                (status.failure, status.failing_since) = (None, None);
            }
        });
        claimed.is_some()
    }

    /// Extends the lease for as long as that works, and ends when it is lost.
    pub(super) async fn lost(&self) {
        while self.holds().await {
            self.runtime.sleep(CLAIM_EVERY).await;
        }
    }

    /// Lets another worker take over at once.
    pub(super) async fn release(&self) {
        let claimed = self.claimed().take();
        if let (Some(lease), Some(_)) = (&self.lease, claimed) {
            // It ends by itself otherwise.
            let _ = lease.release(&self.stream, &self.owner).await;
        }
    }
}

/// Not for secrets: owners only have to differ.
fn random() -> u128 {
    let part = || u128::from(RandomState::new().hash_one(std::process::id()));
    (part() << 64) | part()
}
