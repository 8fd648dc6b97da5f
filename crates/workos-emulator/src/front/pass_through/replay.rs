//! [`Replays`]: WorkOS as it was recorded.

use std::collections::HashMap;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use workos::contract::Operation;
use workos::recording::{Recording, ReplayTransport};
use workos::transport::{HttpRequest, HttpTransport};

use super::super::router;
use super::{Passed, bad_gateway, kept_headers, passed_on, redaction, target};
use crate::reply::{Answer, Refusal, Response};

/// A recording, by operation, so that a refusal shows what is recorded for the same one.
#[derive(Debug)]
pub(super) struct Replays(HashMap<Operation, ReplayTransport>);

impl Replays {
    /// Sorts a recording. The error names the first exchange that is for no operation.
    pub(super) fn new(recording: Recording) -> Result<Self, String> {
        let mut recordings = HashMap::<Operation, Recording>::new();
        for (number, exchange) in (1..).zip(recording.exchanges) {
            let request = &exchange.request;
            let method = request.method.parse().ok();
            let found = method.and_then(|method| router::find(&method, &request.path));
            let (endpoint, _) = found.ok_or_else(|| {
                let (method, path) = (&request.method, &request.path);
                format!("exchange {number} of the recording, {method} {path}, is for no operation")
            })?;
            recordings.entry(*endpoint.operation).or_default().exchanges.push(exchange);
        }
        let replays = recordings.into_iter().map(|(operation, recording)| {
            let replay = ReplayTransport::from_recording(recording);
            (operation, replay.repeating().redaction(redaction()))
        });
        Ok(Self(replays.collect()))
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation> {
        self.0.keys().copied()
    }

    pub(super) fn rewind(&self) {
        self.0.values().for_each(ReplayTransport::rewind);
    }

    pub(super) async fn answer(
        &self,
        passed: &Passed<'_>,
        head: &Parts,
        body: &Bytes,
    ) -> Answer<Response> {
        let name = passed.name();
        let replay = self
            .0
            .get(passed.endpoint.operation)
            .ok_or_else(|| not_recorded(format!("Nothing is recorded for {name}.")))?;
        let mut headers = kept_headers(head);
        let sent = head.headers.get(http::header::AUTHORIZATION);
        headers.extend(sent.map(|value| (http::header::AUTHORIZATION, value.clone())));
        let request = HttpRequest {
            method: head.method.clone(),
            url: target("http://localhost", &passed.path, head),
            headers,
            body: (!body.is_empty()).then(|| body.clone()),
        };
        let played = replay.execute(request).await;
        let response = played.map_err(|error| not_recorded(format!("{name}: {}", error.source)))?;
        passed_on(response).ok_or_else(|| bad_gateway(name, "the recorded status is not final"))
    }
}

/// 501, as for everything the emulator does not serve. WorkOS never returns it.
fn not_recorded(message: String) -> Refusal {
    Refusal::new(StatusCode::NOT_IMPLEMENTED, "emulator_not_recorded", message)
}
