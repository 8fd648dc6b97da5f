//! [`PassThrough`]: operations that WorkOS itself answers, or a recording of it.

mod credentials;
mod names;
mod replay;
mod upstream;

use std::collections::HashSet;
use std::path::PathBuf;
use std::{fmt, io};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::utf8_percent_encode;
use workos::SecretString;
use workos::contract::Operation;
use workos::recording::{REQUEST_HEADERS, RESPONSE_HEADERS, Recording, Redaction};
use workos::transport::{HttpResponse, SharedTransport};

use self::replay::Replays;
use self::upstream::Upstream;
use super::router::{Endpoint, Found};
use crate::environment::Environment;
use crate::reply::{Refusal, Response};
use crate::urls::SEGMENT;

/// Says that an answer is not the emulator's own: `workos` or `recording`.
pub(crate) const ANSWERED_BY: HeaderName = HeaderName::from_static("x-emulator-answered-by");

const DEFAULT_BASE_URL: &str = "https://api.workos.com";

/// Operations that WorkOS answers instead of the emulator, or that a recording of it answers, for
/// [`Builder::pass_through`](crate::Builder::pass_through).
///
/// Only the operations that you [choose](Self::operations) are passed through; all others stay
/// local. A request goes to WorkOS with your API key instead of the emulator's, and its answer comes
/// back as it is. Neither changes anything in the emulator. A [recording](Self::record_to) keeps
/// both, without their secrets, and [replays](Self::replay) them without a network.
///
/// ```
/// use workos::recording::Recording;
/// use workos_emulator::{Emulator, PassThrough};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let real = Emulator::builder().without_socket().api_key("sk_live_1").start().await?;
/// # let transport = real.transport();
/// # let key = "sk_live_1";
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("directories.jsonl");
/// # stringify! {
/// let transport = std::sync::Arc::new(workos::transport::HyperTransport::new()?);
/// let key = std::env::var("WORKOS_API_KEY")?;
/// let path = "tests/recordings/directories.jsonl";
/// # };
/// // Once, with an API key of a staging environment:
/// let real = PassThrough::to(transport, key)
///     .operations(["directory_sync.*", "organizations.list_organizations"])
///     .record_to(&path);
/// let emulator = Emulator::builder().pass_through(real).start().await?;
/// let seen = emulator.client().directory_sync().list_directories(Default::default()).await?;
///
/// // In every test run:
/// let replay = PassThrough::replay(Recording::from_file(&path)?);
/// let emulator = Emulator::builder().pass_through(replay).start().await?;
/// let again = emulator.client().directory_sync().list_directories(Default::default()).await?;
/// assert_eq!(again.data, seen.data);
/// # Ok(()) }
/// ```
///
/// # What is sent
///
/// Method, path, query, body, `content-type` and `idempotency-key`, to the base URL. The API key of
/// the emulator, in `Authorization` or as the `client_secret` of a sign-in, becomes yours, and the
/// emulator's client ID becomes [yours](Self::client_id). A sender without a key of the emulator does
/// not get to use yours: its request is refused, or sent without a key where WorkOS asks for none.
///
/// What browsers open stays local, so a code from a sign-in page of the emulator is unknown to
/// WorkOS. Requests are not checked before they are sent, and [`Faults`](crate::Faults) come first.
///
/// # What comes back
///
/// Status, body, `content-type`, `location`, `retry-after`, `x-request-id` and the rate limit, and
/// `x-emulator-answered-by`: `workos` or `recording`. Errors of WorkOS are passed on as well. When
/// there is no answer within 30 seconds, the emulator returns 502 with the code
/// `emulator_pass_through_failed` and the reason.
///
/// # Who can use your key
///
/// Anyone who can reach the emulator and has its API key. The default key is public:
/// `sk_test_default`. With it, the emulator does not start on an address that other machines can
/// reach, and requests from web pages of other hosts get 403 with the code
/// `emulator_pass_through_forbidden`. Set [`Builder::api_key`](crate::Builder::api_key) to
/// something unguessable if you need either.
#[derive(Clone)]
#[must_use = "it does nothing until it is given to the builder of an emulator"]
pub struct PassThrough {
    source: Source,
    operations: Vec<String>,
}

/// Where the answers come from.
#[derive(Clone)]
enum Source {
    WorkOs(Settings),
    Recording(Recording),
}

#[derive(Clone)]
struct Settings {
    transport: SharedTransport,
    api_key: SecretString,
    client_id: Option<String>,
    base_url: String,
    record_to: Option<PathBuf>,
}

impl PassThrough {
    /// Sends requests to WorkOS through this transport, such as the SDK's `HyperTransport` or
    /// `ReqwestTransport`, with this API key. Whitespace around the key is removed.
    pub fn to(transport: SharedTransport, api_key: impl Into<SecretString>) -> Self {
        let api_key = api_key.into();
        Self::new(Source::WorkOs(Settings {
            transport,
            api_key: api_key.expose().trim().into(),
            client_id: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            record_to: None,
        }))
    }

    /// Answers requests as they were answered when they were recorded, by
    /// [`record_to`](Self::record_to) or by the SDK's own
    /// [`RecordingTransport`](workos::recording::RecordingTransport). Unless you
    /// [choose](Self::operations), all operations that are in the recording are replayed.
    ///
    /// Requests are compared as by [`ReplayTransport`](workos::recording::ReplayTransport), in any
    /// order; client IDs of sign-ins do not matter. Equal requests get their answers in the order in
    /// which they were recorded, and then the last one again; [`Emulator::reset`](crate::Emulator::reset)
    /// starts over. A request that was not recorded gets 501 with the code
    /// `emulator_not_recorded` and what was recorded for its operation.
    pub fn replay(recording: Recording) -> Self {
        Self::new(Source::Recording(recording))
    }

    fn new(source: Source) -> Self {
        Self { source, operations: Vec::new() }
    }

    /// Chooses operations, besides those that are chosen already: by name as in
    /// `organizations.list_organizations` (the methods of the SDK's client), all of a resource as in
    /// `vault.*`, or `*` for all. Whitespace around a name is removed.
    ///
    /// Methods of the SDK that make the same request are chosen together: any of
    /// `user_management.authenticate_with_code`, `…_with_password` and so on stands for all of them.
    pub fn operations<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.operations.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets the client ID that WorkOS gets instead of the emulator's. Other client IDs are passed on
    /// as they are. A replay ignores it.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        if let Source::WorkOs(settings) = &mut self.source {
            settings.client_id = Some(id.into().trim().to_owned());
        }
        self
    }

    /// Sets another server than `https://api.workos.com`: scheme, host and port. It has to use HTTPS
    /// unless it is on this machine. A replay ignores it.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        if let Source::WorkOs(settings) = &mut self.source {
            settings.base_url = url.into();
        }
        self
    }

    /// Writes every request with its answer to this file, in the format of [`workos::recording`] and
    /// without [secrets](workos::recording::Redaction). A file that is already there is replaced when
    /// the emulator starts. A replay ignores it.
    ///
    /// When the file cannot be written, requests that should be in it get 502.
    pub fn record_to(mut self, path: impl Into<PathBuf>) -> Self {
        if let Source::WorkOs(settings) = &mut self.source {
            settings.record_to = Some(path.into());
        }
        self
    }

    /// Whether requests leave the emulator.
    pub(crate) fn is_sent(&self) -> bool {
        matches!(self.source, Source::WorkOs(_))
    }

    /// Checks the settings, and creates the file of a recording.
    pub(crate) fn open(self) -> io::Result<Gateway> {
        let refused = |reason: String| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("pass-through: {reason}"))
        };
        let mut operations = names::chosen(&self.operations).map_err(refused)?;
        let peer = match self.source {
            Source::WorkOs(settings) => {
                if operations.is_empty() {
                    let reason = "no operation is chosen: name some, or * for all";
                    return Err(refused(reason.to_owned()));
                }
                Peer::WorkOs(Upstream::open(settings).map_err(refused)?)
            }
            Source::Recording(recording) => {
                let replays = Replays::new(recording).map_err(refused)?;
                if self.operations.is_empty() {
                    operations.extend(replays.operations());
                }
                Peer::Recording(replays)
            }
        };
        Ok(Gateway { operations, peer })
    }
}

impl fmt::Debug for PassThrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PassThrough");
        if let Source::WorkOs(settings) = &self.source {
            shown.field("base_url", &settings.base_url).field("record_to", &settings.record_to);
        }
        shown.field("operations", &self.operations).finish_non_exhaustive()
    }
}

/// Answers the chosen operations from outside of the emulator.
#[derive(Debug)]
pub(crate) struct Gateway {
    operations: HashSet<Operation>,
    peer: Peer,
}

#[derive(Debug)]
enum Peer {
    WorkOs(Upstream),
    Recording(Replays),
}

impl Gateway {
    /// Starts a replay over.
    pub(crate) fn rewind(&self) {
        if let Peer::Recording(replays) = &self.peer {
            replays.rewind();
        }
    }
}

/// A request for a chosen operation.
pub(super) struct Passed<'a> {
    gateway: &'a Gateway,
    endpoint: &'static Endpoint,
    /// The path with the values of its parameters, encoded so that it cannot lead elsewhere.
    path: String,
}

impl<'a> Passed<'a> {
    /// The request, if its operation is chosen and its path is one that can be passed on.
    pub(super) fn find(environment: &'a Environment, found: Option<&Found>) -> Option<Self> {
        let gateway = environment.gateway.as_ref()?;
        let (endpoint, values) = found?;
        if !gateway.operations.contains(endpoint.operation) {
            return None;
        }
        let path = path(endpoint.operation, values.as_deref()?)?;
        Some(Self { gateway, endpoint, path })
    }

    /// Who answers, for logs: `workos` or `recording`.
    pub(super) fn answered_by(&self) -> &'static str {
        match self.gateway.peer {
            Peer::WorkOs(_) => "workos",
            Peer::Recording(_) => "recording",
        }
    }

    pub(super) async fn answer(
        &self,
        environment: &Environment,
        head: &Parts,
        body: &Bytes,
    ) -> Response {
        let answered = match &self.gateway.peer {
            Peer::WorkOs(upstream) => upstream.answer(self, environment, head, body).await,
            Peer::Recording(replays) => replays.answer(self, head, body).await,
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(refusal) => return refusal.into(),
        };
        response.headers.push((ANSWERED_BY, HeaderValue::from_static(self.answered_by())));
        response
    }

    /// As in `organizations.list_organizations`.
    fn name(&self) -> &'static str {
        &self.endpoint.name
    }
}

fn name(operation: &Operation) -> String {
    format!("{}.{}", operation.accessor, operation.name)
}

/// The path of a request for this operation, whatever the values are. There is none with `.` or
/// `..`, which would lead to another operation.
fn path(operation: &Operation, values: &[String]) -> Option<String> {
    if values.iter().any(|value| matches!(value.as_str(), "." | "..")) {
        return None;
    }
    let mut values = values.iter();
    let segment = |segment: &str| match segment.starts_with('{') {
        true => Some(utf8_percent_encode(values.next()?, SEGMENT).to_string()),
        false => Some(segment.to_owned()),
    };
    let segments: Option<Vec<_>> = operation.path.split('/').map(segment).collect();
    Some(segments?.join("/"))
}

/// An answer as it is passed on.
fn passed_on(response: HttpResponse) -> Option<Response> {
    let is_final = (200..600).contains(&response.status.as_u16());
    let headers =
        response.headers.iter().filter(|(name, _)| RESPONSE_HEADERS.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    is_final.then_some(Response { status: Some(response.status), headers, body: response.body })
}

/// How the requests of a recording are compared and kept.
fn redaction() -> Redaction {
    Redaction::new().edit_requests(credentials::anonymize)
}

fn bad_gateway(name: &str, reason: &str) -> Refusal {
    let message = format!("{name} was passed through, and there is no answer: {reason}");
    Refusal::new(StatusCode::BAD_GATEWAY, "emulator_pass_through_failed", message)
}

/// The headers of a request that are passed on: those that a recording keeps.
fn kept_headers(head: &Parts) -> http::HeaderMap {
    let kept = REQUEST_HEADERS.into_iter().map(HeaderName::from_static);
    let kept = kept.filter_map(|name| {
        let value = head.headers.get(&name)?.clone();
        Some((name, value))
    });
    kept.collect()
}

/// The path with the query of a request.
fn target(origin: &str, path: &str, head: &Parts) -> String {
    match head.uri.query() {
        Some(query) => format!("{origin}{path}?{query}"),
        None => format!("{origin}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use proptest::prelude::*;

    use super::super::router;
    use super::*;

    #[test]
    fn a_path_leads_to_the_operation_it_was_chosen_for() {
        for (sent, passed) in [
            ("/organizations/org_1", Some("/organizations/org_1")),
            ("/organizations/a%2Fb%20c", Some("/organizations/a%2Fb%20c")),
            ("/organizations/x\\..\\y", Some("/organizations/x%5C..%5Cy")),
            ("/organizations/%2E%2e", None),
            ("/organizations/.", None),
        ] {
            let (endpoint, values) = router::find(&Method::GET, sent).unwrap();
            let path = path(endpoint.operation, &values.unwrap());
            assert_eq!(path.as_deref(), passed, "{sent}");
        }
    }

    proptest! {
        #[test]
        fn no_value_of_a_path_leads_elsewhere(id in "\\PC{1,12}|[./\\\\%2eF?#]{1,8}") {
            let sent = format!("/organizations/{}", utf8_percent_encode(&id, SEGMENT));
            let (endpoint, values) = router::find(&Method::GET, &sent).unwrap();
            let path = path(endpoint.operation, &values.unwrap());
            prop_assert_eq!(path.is_none(), matches!(id.as_str(), "." | ".."));
            if let Some(path) = path {
                let (found, values) = router::find(&Method::GET, &path).unwrap();
                prop_assert_eq!(found.operation, endpoint.operation);
                prop_assert_eq!(values.unwrap(), [id.clone()]);
            }
        }
    }
}
