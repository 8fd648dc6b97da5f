//! What leaves the emulator: emails and webhooks.

pub(crate) mod outbox;
pub(crate) mod webhooks;
