//! [`Environment`]: an environment of WorkOS, with what surrounds its state.

#[cfg(feature = "data")]
use std::io;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use workos::{SecretString, Timestamp};

use crate::builder::Builder;
use crate::deliver::webhooks::Courier;
use crate::front::access::Access;
use crate::front::faults::Faults;
use crate::front::idempotency::Answers;
use crate::front::journal::Requests;
use crate::front::pass_through::Gateway;
use crate::front::rate_limit::RateLimits;
use crate::news::News;
use crate::others::Others;
use crate::products::{api_keys, directory_scripts};
use crate::reply::Answer;
use crate::seed::SeedData;
use crate::sign_in::redirects::RedirectHosts;
use crate::sign_in::sessions::REFRESH_GRACE;
use crate::signing::Signing;
use crate::snapshots::{Snapshot, Snapshots};
use crate::state::deliveries::Deliveries;
use crate::state::mail::Mail;
use crate::state::{At, Change, Clock, Effects, Ids, KEPT_EVENTS, Live, State, View};
#[cfg(feature = "data")]
use crate::state::{Opened, backend::Backend};

#[cfg(test)]
mod tests;

/// How many steps of directory scripts are taken before a request.
const MAX_STEPS: usize = 10_000;
/// When a step is tried again that could not be stored.
const STEP_RETRY: Duration = Duration::from_secs(1);

/// What all requests to an emulator share.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) access: Access,
    /// What was answered to requests with an idempotency key.
    pub(crate) answers: Answers,
    pub(crate) api_key: SecretString,
    /// The settings that a fork starts with: all but data, data file, pass-through and port.
    pub(crate) builder: Builder,
    pub(crate) clock: Clock,
    pub(crate) courier: Courier,
    pub(crate) faults: Faults,
    /// What answers the operations that are passed through.
    pub(crate) gateway: Option<Gateway>,
    /// Notifies watchers of changes.
    pub(crate) news: News,
    pub(crate) others: Others,
    pub(crate) rate_limits: RateLimits,
    pub(crate) requests: Requests,
    pub(crate) snapshots: Snapshots,
    pub(crate) redirect_hosts: RedirectHosts,
    /// How long a refresh token may be exchanged again.
    pub(crate) refresh_grace: Duration,
    /// How long ascending event lists withhold a new event.
    pub(crate) event_delay: Duration,
    /// How many events are kept.
    pub(crate) kept_events: usize,
    /// Whether people sign in on pages.
    #[cfg(feature = "pages")]
    pub(crate) interactive: bool,
    /// Whether this environment stands in for the official emulator.
    pub(crate) drop_in: bool,
    /// The address of this emulator, as in `http://localhost:4100`.
    pub(crate) origin: String,
    /// What tokens are signed with.
    pub(crate) signing: Signing,
    /// When it started, on the system's clock.
    #[cfg(feature = "pages")]
    pub(crate) started_at: Timestamp,
    /// The IDs of requests and the chances of faults, which do not wait for the state.
    draws: Mutex<Ids>,
    live: RwLock<Live>,
}

impl Environment {
    pub(crate) fn new(api_key: SecretString, origin: String, access: Access, seed: u64) -> Self {
        Self {
            access,
            answers: Answers::default(),
            api_key,
            origin,
            builder: Builder::default(),
            clock: Clock::default(),
            courier: Courier::default(),
            faults: Faults::default(),
            gateway: None,
            news: News::default(),
            others: Others::default(),
            rate_limits: RateLimits::default(),
            requests: Requests::default(),
            snapshots: Snapshots::default(),
            redirect_hosts: RedirectHosts::default(),
            refresh_grace: REFRESH_GRACE,
            event_delay: Duration::ZERO,
            kept_events: KEPT_EVENTS,
            #[cfg(feature = "pages")]
            interactive: false,
            signing: Signing::default(),
            drop_in: false,
            #[cfg(feature = "pages")]
            started_at: Timestamp::now(),
            draws: Mutex::new(Ids::new(!seed)),
            live: RwLock::new(Live::new(State::new(seed))),
        }
    }

    /// Makes this environment stand in for the official emulator.
    pub(crate) fn become_drop_in(&mut self) {
        self.drop_in = true;
        self.refresh_grace = Duration::ZERO;
        self.live.get_mut().unwrap_or_else(PoisonError::into_inner).become_drop_in();
    }

    /// Reads the state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&View<'_>) -> T) -> T {
        work(&self.current().state().view(self.at()))
    }

    /// Whether people sign in on pages.
    pub(crate) fn asks_people(&self) -> bool {
        #[cfg(feature = "pages")]
        return self.interactive;
        #[cfg(not(feature = "pages"))]
        return false;
    }

    /// Whether requests may be made with this API key.
    pub(crate) fn accepts(&self, key: &SecretString) -> bool {
        *key == self.api_key || self.read(|view| api_keys::is_valid(view, key, view.now()))
    }

    /// Changes the state. A refusal leaves nothing behind.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Change<'_>) -> Answer<T>) -> Answer<T> {
        self.change(work).0
    }

    /// Changes the state. Returns what it did besides the answer, too.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&mut Change<'_>) -> Answer<T>,
    ) -> (Answer<T>, Effects) {
        let mut live = self.live_mut();
        let at = self.at();
        self.take_steps(&mut live, at, MAX_STEPS);
        let changed = live.change(at, work);
        self.wake_courier(&live);
        changed
    }

    /// The state after the steps of directory scripts that are due.
    fn current(&self) -> RwLockReadGuard<'_, Live> {
        let live = self.live();
        match next_step(&live) {
            Some(due) if due <= self.clock.now() => drop(live),
            _ => return live,
        }
        self.run_scripts(MAX_STEPS);
        self.live()
    }

    /// Takes at most `most` of the directory script steps that are due. Returns when the next step
    /// is due.
    pub(crate) fn run_scripts(&self, most: usize) -> Option<Timestamp> {
        let next = next_step(&self.live())?;
        if next > self.clock.now() {
            return Some(next);
        }
        let mut live = self.live_mut();
        let next = self.take_steps(&mut live, self.at(), most);
        self.wake_courier(&live);
        next
    }

    /// Each step is a change of its own, at its time.
    fn take_steps(&self, live: &mut Live, now: At<'_>, most: usize) -> Option<Timestamp> {
        for _ in 0..most {
            let due = next_step(live)?;
            if due > now.now {
                return Some(due);
            }
            let at = At { now: due, ..now };
            let (mut done, _effects) = live.change(at, directory_scripts::take_step);
            if let Err(refusal) = &done
                && !refusal.is_not_stored()
            {
                let refusal = refusal.clone();
                done = live.change(at, |change| directory_scripts::skip_step(change, &refusal)).0;
            }
            if done.is_err() {
                return Some(now.now + STEP_RETRY);
            }
        }
        next_step(live)
    }

    /// Wakes the courier if it has something to do or to wait for.
    fn wake_courier(&self, live: &Live) {
        if live.state().deliveries().is_waiting() || next_step(live).is_some() {
            self.courier.wake();
        }
    }

    /// Stores seed data, all of it or nothing.
    pub(crate) fn load(&self, mut data: SeedData) -> Answer<()> {
        let faults = data.take_faults()?;
        self.write(|change| data.load(change))?;
        for fault in faults {
            self.faults.add(fault);
        }
        Ok(())
    }

    /// The state as seed data.
    pub(crate) fn export(&self) -> SeedData {
        let faults = self.faults.all().into_iter().map(|(_, fault)| fault);
        self.read(|view| SeedData::of(view, &self.api_key)).with_faults(faults)
    }

    /// Works on the webhooks that wait, which is not part of a request.
    pub(crate) fn deliver<T>(&self, work: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        self.live_mut().work(self.clock.get(), work)
    }

    /// Reads the state, with what is no part of a [`View`].
    pub(crate) fn state<T>(&self, read: impl FnOnce(&State, Timestamp) -> T) -> T {
        read(self.live().state(), self.clock.now())
    }

    /// Reads the webhooks.
    pub(crate) fn deliveries<T>(&self, read: impl FnOnce(&Deliveries, Timestamp) -> T) -> T {
        read(self.current().state().deliveries(), self.clock.now())
    }

    /// Reads the emails and text messages.
    pub(crate) fn mail<T>(&self, read: impl FnOnce(&Mail) -> T) -> T {
        read(self.live().state().mail())
    }

    /// Continues from the backend's state, or stores the current one in an empty backend.
    #[cfg(feature = "data")]
    pub(crate) fn keep_in(&self, backend: Box<dyn Backend>) -> io::Result<()> {
        let mut live = self.live_mut();
        match Live::open(backend, self.drop_in)? {
            Opened::Known(known, clock) => {
                *live = *known;
                self.clock.set(clock);
                Ok(())
            }
            Opened::New(backend) => live.keep_in(backend, self.clock.get()),
        }
    }

    /// Closes the file, if there is one. No change is possible from then on.
    pub(crate) fn close(&self) {
        self.live_mut().close();
    }

    /// Stores what is not stored yet, such as how the clock was moved.
    pub(crate) fn store(&self) -> Answer<()> {
        self.live_mut().store(self.clock.get())
    }

    fn at(&self) -> At<'_> {
        let clock = self.clock.get();
        At {
            now: clock.now(),
            origin: &self.origin,
            signing: &self.signing,
            event_delay: self.event_delay,
            kept_events: self.kept_events,
            clock,
        }
    }

    fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_mut(&self) -> RwLockWriteGuard<'_, Live> {
        let live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        // Watchers that read from now on wait for this lock, so they see the change.
        self.news.tell();
        live
    }

    /// The ID of a request.
    pub(crate) fn request_id(&self) -> String {
        let mut draws = self.draws.lock().unwrap_or_else(PoisonError::into_inner);
        draws.id("req", self.clock.now())
    }

    /// A number between 0 and 1.
    pub(crate) fn chance(&self) -> f64 {
        self.draws.lock().unwrap_or_else(PoisonError::into_inner).chance()
    }

    /// The state as it is now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.current().state().clone(), self.clock.now())
    }

    /// Goes back to a snapshot.
    pub(crate) fn restore(&self, snapshot: &Snapshot) -> Answer<()> {
        self.live_mut().replace(snapshot.state().clone(), self.clock.get())?;
        // They are about objects that may be gone.
        self.answers.clear();
        self.courier.wake();
        Ok(())
    }

    /// Draws IDs, codes and tokens from another seed from now on.
    pub(crate) fn reseed(&self, seed: u64) -> Answer<()> {
        self.live_mut().reseed(seed, self.clock.get())?;
        *self.draws.lock().unwrap_or_else(PoisonError::into_inner) = Ids::new(!seed);
        Ok(())
    }

    /// Resets everything except the keys, the clock and the position in the seed.
    pub(crate) fn reset(&self) -> Answer<()> {
        let mut live = self.live_mut();
        let new = live.state().emptied();
        live.replace(new, self.clock.get())?;
        drop(live);
        self.answers.clear();
        self.faults.clear();
        self.rate_limits.set(None);
        self.requests.clear();
        if let Some(gateway) = &self.gateway {
            gateway.rewind();
        }
        self.courier.wake();
        Ok(())
    }
}

/// When the next step of a directory script is due.
fn next_step(live: &Live) -> Option<Timestamp> {
    directory_scripts::next_due(live.state().store())
}
