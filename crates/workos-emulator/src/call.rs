//! [`Call`]: the environment as one request uses it.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use crate::environment::Environment;
use crate::reply::{Answer, Response};
use crate::state::{Change, Effects, View};

/// The body of a handler that only reads.
type ForRead<'a> = Box<dyn FnOnce(&View<'_>) -> Answer<Response> + 'a>;
/// The body of a handler that writes.
type ForWrite<'a> = Box<dyn FnOnce(&mut Change<'_>) -> Answer<Response> + 'a>;

/// The environment as one request uses it. It remembers what the request has changed, for the log.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    environment: &'a Environment,
    effects: Mutex<Effects>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, effects: Mutex::default() }
    }

    /// What the request has changed since this was asked the last time.
    pub(crate) fn take_effects(&self) -> Effects {
        std::mem::take(&mut self.effects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the state for a request. Not generic, since there are hundreds of handlers.
    pub(crate) fn read_for(&self, work: ForRead<'_>) -> Answer<Response> {
        self.environment.read(work)
    }

    /// Changes the state for a request. Not generic, since there are hundreds of handlers.
    pub(crate) fn write_for(&self, work: ForWrite<'_>) -> Answer<Response> {
        self.write(work)
    }

    /// Changes the state. A refusal leaves nothing behind.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Change<'_>) -> Answer<T>) -> Answer<T> {
        let (done, effects) = self.environment.change(work);
        self.effects.lock().unwrap_or_else(PoisonError::into_inner).add(effects);
        done
    }
}

impl Deref for Call<'_> {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        self.environment
    }
}
