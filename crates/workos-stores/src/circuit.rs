//! [`Circuit`]: not waiting again and again for a database that is away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Open while the database is away.
#[derive(Default)]
pub(crate) struct Circuit(Mutex<Option<Away>>);

struct Away {
    pause: Duration,
    until: Instant,
}

impl Circuit {
    /// Whether to send a command. After a pause one command tries, and the others continue to do
    /// without the database until it has succeeded.
    pub(crate) fn admits(&self) -> bool {
        match &mut *self.away() {
            None => true,
            Some(away) if Instant::now() < away.until => false,
            Some(away) => {
                away.pause_longer();
                true
            }
        }
    }

    pub(crate) fn succeeded(&self) {
        *self.away() = None;
    }

    /// Commands that fail together count once.
    pub(crate) fn failed(&self) {
        match &mut *self.away() {
            Some(away) if Instant::now() < away.until => {}
            Some(away) => away.pause_longer(),
            away => {
                let until = Instant::now() + SHORTEST_PAUSE;
                *away = Some(Away { pause: SHORTEST_PAUSE, until });
            }
        }
    }

    fn away(&self) -> MutexGuard<'_, Option<Away>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Away {
    fn pause_longer(&mut self) {
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.until = Instant::now() + self.pause;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn it_opens_at_the_first_failure_and_closes_at_the_first_success() {
        let circuit = Circuit::default();
        assert!(circuit.admits());
        circuit.failed();
        assert!(!circuit.admits());
        circuit.succeeded();
        assert!(circuit.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_limit_and_admit_one_command_each() {
        let circuit = Circuit::default();
        circuit.failed();
        for seconds in [2, 4, 8, 16, 30, 30] {
            advance(Duration::from_secs(seconds) - MOMENT).await;
            assert!(!circuit.admits(), "{seconds}");
            advance(MOMENT).await;
            assert!(circuit.admits(), "{seconds}");
            assert!(!circuit.admits(), "{seconds}");
            circuit.failed();
        }
        circuit.succeeded();
        circuit.failed();
        advance(SHORTEST_PAUSE).await;
        assert!(circuit.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn commands_that_fail_together_count_once() {
        let circuit = Circuit::default();
        for _ in 0..100 {
            circuit.failed();
        }
        advance(SHORTEST_PAUSE).await;
        assert!(circuit.admits());
    }
}
