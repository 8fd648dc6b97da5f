//! What the tests of the resources share: an emulator whose clock stands still.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use workos::transport::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, SharedTransport, TransportError,
};
use workos::{Client, Error, ListMetadata, Metadata, Page, Timestamp};
use workos_emulator::Emulator;

pub(crate) const NOW: &str = "2026-03-01T12:00:00.000Z";

/// An emulator whose clock stands still at `NOW`, and whose answers are held to the contract.
pub(crate) async fn emulator() -> Emulated {
    let emulator = Emulator::builder().without_socket().seed(7).start().await.unwrap();
    emulator.clock().freeze(NOW.parse().unwrap());
    Emulated(emulator)
}

/// An emulator with a client that checks what it answers.
pub(crate) struct Emulated(Emulator);

impl std::ops::Deref for Emulated {
    type Target = Emulator;

    fn deref(&self) -> &Emulator {
        &self.0
    }
}

impl Emulated {
    pub(crate) fn client(&self) -> Client {
        Client::builder()
            .api_key(self.api_key())
            .client_id("client_emulator")
            .base_url("http://localhost")
            .transport(Arc::new(Checked(self.transport())))
            .build()
    }
}

struct Checked(SharedTransport);

#[async_trait::async_trait]
impl HttpTransport for Checked {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (method, url) = (request.method.clone(), request.url.clone());
        let response = self.0.execute(request).await?;
        let path = url.strip_prefix("http://localhost").unwrap().split('?').next().unwrap();
        let fits = |operation: &&workos_contract::Operation| {
            let (template, path) = (operation.path().split('/'), path.split('/'));
            operation.method() == method.as_str()
                && template.clone().count() == path.clone().count()
                && template.zip(path).all(|(part, value)| part.starts_with('{') || part == value)
        };
        // Literal parts take precedence.
        let fewest =
            |operation: &&workos_contract::Operation| operation.path().matches('{').count();
        let operation = workos_contract::operations().filter(fits).min_by_key(fewest);
        if let Some(operation) = operation {
            let checked = operation.check_answer(response.status.as_u16(), &response.body);
            assert_eq!(checked, Ok(()), "{method} {path}: {:?}", response.body);
        }
        Ok(response)
    }

    fn runtime(&self) -> SharedRuntime {
        self.0.runtime()
    }
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
