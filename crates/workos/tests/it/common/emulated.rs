//! What the tests of the resources share: an emulator whose clock stands still.

use std::fmt::Debug;
use std::time::Duration;

use serde_json::Value;
use workos::{Error, ListMetadata, Metadata, Page, Timestamp};
use workos_emulator::Emulator;

pub(crate) const NOW: &str = "2026-03-01T12:00:00.000Z";

/// An emulator whose clock stands still at `NOW`.
pub(crate) async fn emulator() -> Emulator {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    emulator.clock().freeze(NOW.parse().unwrap());
    emulator
}

/// Lets a second pass, so that a change shows in `updated_at`.
pub(crate) fn tick(emulator: &Emulator) -> Timestamp {
    emulator.clock().advance(Duration::from_secs(1));
    emulator.clock().now()
}

/// Moves the clock forward to this instant.
pub(crate) fn wait_until(emulator: &Emulator, instant: Timestamp) {
    emulator.clock().advance(instant.duration_since(emulator.clock().now()));
}

/// The body of the latest request.
pub(crate) fn last_body(emulator: &Emulator) -> Value {
    serde_json::from_slice(&emulator.requests().latest().pop().unwrap().body).unwrap()
}

pub(crate) fn metadata(entries: &[(&str, &str)]) -> Metadata {
    entries.iter().copied().collect()
}

/// A list that fits on one page.
pub(crate) fn whole<T>(items: impl Into<Vec<T>>) -> Page<T> {
    Page::new(items.into(), ListMetadata::default())
}

/// A refused call in words: the status, the code, and the fields that the error names.
pub(crate) fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    let api = error.api().unwrap();
    let code = api.code.as_deref().unwrap_or_default();
    let fields = api.errors.iter().filter_map(|error| error.field.as_deref());
    let parts: Vec<_> = [code].into_iter().chain(fields).collect();
    format!("{} {}", api.status, parts.join(" "))
}
