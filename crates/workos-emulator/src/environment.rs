//! [`Environment`]: an environment of WorkOS, with what surrounds its state.

use std::io;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use workos::{SecretString, Timestamp};

use crate::deliver::webhooks::Courier;
use crate::front::access::Access;
use crate::front::faults::Faults;
use crate::front::idempotency::Answers;
use crate::front::journal::Requests;
use crate::front::pass_through::Gateway;
use crate::products::api_keys;
use crate::reply::{Answer, Response};
use crate::seed::SeedData;
use crate::sign_in::redirects::RedirectHosts;
use crate::sign_in::sessions::REFRESH_GRACE;
use crate::signing::Signing;
use crate::state::backend::Backend;
use crate::state::deliveries::Deliveries;
use crate::state::mail::Mail;
use crate::state::{At, Change, Clock, Ids, KEPT_EVENTS, Live, Opened, State, View};

/// What a handler does that reads.
type ForRead<'a> = Box<dyn FnOnce(&View<'_>) -> Answer<Response> + 'a>;
/// What a handler does that writes.
type ForWrite<'a> = Box<dyn FnOnce(&mut Change<'_>) -> Answer<Response> + 'a>;

/// What all requests to an emulator share.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) access: Access,
    /// What was answered to requests with an idempotency key.
    pub(crate) answers: Answers,
    pub(crate) api_key: SecretString,
    pub(crate) clock: Clock,
    pub(crate) courier: Courier,
    pub(crate) faults: Faults,
    /// What answers the operations that are passed through.
    pub(crate) gateway: Option<Gateway>,
    pub(crate) requests: Requests,
    pub(crate) redirect_hosts: RedirectHosts,
    /// How long a refresh token may be exchanged again.
    pub(crate) refresh_grace: Duration,
    /// How long an event is withheld from those who follow events.
    pub(crate) event_delay: Duration,
    /// How many events are kept.
    pub(crate) kept_events: usize,
    /// Whether people sign in on pages.
    #[cfg(feature = "pages")]
    pub(crate) interactive: bool,
    /// The address of this emulator, as in `http://localhost:4100`.
    pub(crate) origin: String,
    /// What tokens are signed with.
    pub(crate) signing: Signing,
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
            clock: Clock::default(),
            courier: Courier::default(),
            faults: Faults::default(),
            gateway: None,
            requests: Requests::default(),
            redirect_hosts: RedirectHosts::default(),
            refresh_grace: REFRESH_GRACE,
            event_delay: Duration::ZERO,
            kept_events: KEPT_EVENTS,
            #[cfg(feature = "pages")]
            interactive: false,
            signing: Signing::default(),
            draws: Mutex::new(Ids::new(!seed)),
            live: RwLock::new(Live::new(State::new(seed))),
        }
    }

    /// Reads the state.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&View<'_>) -> T) -> T {
        work(&self.live().state().view(self.at()))
    }

    /// Whether requests may be made with this API key.
    pub(crate) fn accepts(&self, key: &SecretString) -> bool {
        *key == self.api_key || self.read(|view| api_keys::is_valid(view, key, view.now()))
    }

    /// Reads the state for a request. Not generic, since there are hundreds of handlers.
    pub(crate) fn read_for(&self, work: ForRead<'_>) -> Answer<Response> {
        self.read(work)
    }

    /// Changes the state for a request. Not generic, since there are hundreds of handlers.
    pub(crate) fn write_for(&self, work: ForWrite<'_>) -> Answer<Response> {
        self.write(work)
    }

    /// Changes the state. A refusal leaves nothing behind.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Change<'_>) -> Answer<T>) -> Answer<T> {
        let mut live = self.live_mut();
        let (done, _effects) = live.change(self.at(), work);
        if live.state().deliveries().is_waiting() {
            self.courier.wake();
        }
        done
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

    /// Reads the webhooks.
    pub(crate) fn deliveries<T>(&self, read: impl FnOnce(&Deliveries, Timestamp) -> T) -> T {
        read(self.live().state().deliveries(), self.clock.now())
    }

    /// Reads the emails and text messages.
    pub(crate) fn mail<T>(&self, read: impl FnOnce(&Mail) -> T) -> T {
        read(self.live().state().mail())
    }

    /// Goes on with what is in a backend, or stores in it what is here. Whether something was in it.
    pub(crate) fn keep_in(&self, backend: Box<dyn Backend>) -> io::Result<bool> {
        let mut live = self.live_mut();
        match Live::open(backend)? {
            Opened::Known(known, clock) => {
                *live = known;
                self.clock.set(clock);
                Ok(true)
            }
            Opened::New(backend) => live.keep_in(backend, self.clock.get()).map(|()| false),
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
        self.live.write().unwrap_or_else(PoisonError::into_inner)
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

    /// Resets everything except the keys, the clock and the position in the seed.
    pub(crate) fn reset(&self) -> Answer<()> {
        let mut live = self.live_mut();
        let new = live.state().emptied();
        live.replace(new, self.clock.get())?;
        drop(live);
        self.answers.clear();
        self.faults.clear();
        self.requests.clear();
        if let Some(gateway) = &self.gateway {
            gateway.rewind();
        }
        self.courier.wake();
        Ok(())
    }
}
