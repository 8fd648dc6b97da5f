//! Real answers of WorkOS, recorded once and replayed in tests without a network.
//!
//! [`RecordingTransport`] passes requests to another transport and writes each of them with its
//! response to a file. [`ReplayTransport`] plays that file: it answers the requests of a test as
//! WorkOS did, and refuses those that were not recorded. In between, the file is a fixture that you
//! can read, edit and keep in version control, since [secrets are redacted](Redaction).
//!
//! ```
//! use std::sync::Arc;
//! use workos::organizations::CreateOrganization;
//! use workos::transport::SharedTransport;
//! use workos::recording::{RecordingTransport, ReplayTransport};
//! use workos::{Client, Error};
//!
//! /// The code under test.
//! async fn onboard(client: &Client, company: &str) -> Result<String, Error> {
//!     let organizations = client.organizations();
//!     let id = organizations.create_organization(CreateOrganization::new(company)).await?.id;
//!     Ok(organizations.get_organization(&id).await?.name)
//! }
//!
//! fn client(transport: SharedTransport) -> Client {
//!     Client::builder().api_key("sk_test_1").transport(transport).build()
//! }
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = workos_emulator::Emulator::builder().api_key("sk_test_1").without_socket().start().await?;
//! # let real = emulator.transport();
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("onboarding.jsonl");
//! # stringify! {
//! let real = Client::from_env().transport();
//! let path = "tests/recordings/onboarding.jsonl";
//! # };
//! // Once, with an API key of a staging environment:
//! let recorder = Arc::new(RecordingTransport::to_file(real, &path)?);
//! assert_eq!(onboard(&client(recorder), "Acme").await?, "Acme");
//!
//! // In every test run:
//! let replay = Arc::new(ReplayTransport::from_file(&path)?);
//! assert_eq!(onboard(&client(replay.clone()), "Acme").await?, "Acme");
//! replay.finish()?;
//!
//! // A request that was not recorded is refused.
//! let replay = Arc::new(ReplayTransport::from_file(&path)?);
//! let error = onboard(&client(replay), "Evil Corp").await.unwrap_err();
//! assert!(error.to_string().contains(r#"body.name: "Acme" was recorded, "Evil Corp" came"#));
//! # Ok(()) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() { test().await.unwrap() }
//! ```
//!
//! # The file
//!
//! JSON Lines: a line for the format, then one for each exchange, in the order in which the
//! responses came. Requests that run concurrently have no fixed order there, so replay them [in any
//! order](ReplayTransport::in_any_order).
//!
//! ```text
//! {"format":"workos-recording","version":1}
//! {"request":{"method":"GET","path":"/organizations","query":[["limit","1"]],"headers":{},"body":null},"response":{"status":200,"headers":{"content-type":"application/json"},"body":{"data":[]}}}
//! ```
//!
//! A body is its JSON; `null` if there is none; a string if it is other text; and
//! `{"base64": "…"}` if it is not text. The host is not recorded, and of the headers only those that
//! tests depend on: `content-type` and `idempotency-key` of requests; `content-type`, `location`,
//! `retry-after`, `x-request-id` and `x-ratelimit-*` of responses.
//!
//! There is no file system on `wasm32`, and no such module.
//!
//! # What a recording cannot do
//!
//! - **Verify tokens or decrypt.** An access token reads as `[redacted]`, which has no valid
//!   signature, and neither has a data key of Vault. For tests of sessions there is
//!   `workos-emulator`, which signs the tokens that it issues. Or put a value of your own into
//!   [`Recording::exchanges`].
//! - **Play failures of the network.** A request that got no response is not recorded.
//! - **Keep the bytes of a JSON body.** It is played as the same JSON, with other white space.

mod file;
mod redact;
mod replay;

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::file::{
    Exchange, REQUEST_HEADERS, RESPONSE_HEADERS, RecordedBody, RecordedRequest, RecordedResponse,
    Recording, RecordingError,
};
pub use self::redact::{REDACTED, Redaction, redact};
pub use self::replay::ReplayTransport;
use crate::transport::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, SharedTransport, TransportError,
    async_trait,
};

/// Records what another transport sends and receives.
///
/// The caller gets the response as it came; only the recording is [redacted](Redaction). An error
/// of the inner transport is passed on and not recorded, as is a call that is cancelled before its
/// response is there. Concurrent calls are recorded one line each.
///
/// If the file cannot be written, the call whose exchange is missing fails, although WorkOS has
/// answered it, and later requests are refused before they are sent. So a recording that is
/// incomplete is noticed at once.
///
/// ```
/// use std::sync::Arc;
/// use workos::Client;
/// use workos::recording::RecordingTransport;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = workos_emulator::Emulator::builder().without_socket().start().await?;
/// let recorder = Arc::new(RecordingTransport::in_memory(emulator.transport()));
/// let client =
///     Client::builder().api_key("sk_test_default").transport(recorder.clone()).build();
/// client.organizations().list_organizations(Default::default()).await?;
///
/// let recording = recorder.recording();
/// assert_eq!(recording.exchanges[0].request.path, "/organizations");
/// assert_eq!(recording.exchanges[0].response.status, 200);
/// # Ok(()) }
/// ```
pub struct RecordingTransport {
    inner: SharedTransport,
    redaction: Redaction,
    tape: Mutex<Tape>,
}

impl RecordingTransport {
    /// Records into a new file. A file that is already there is replaced.
    ///
    /// Each exchange is in the file before its caller gets the response.
    ///
    /// # Errors
    ///
    /// If the file cannot be created or written.
    pub fn to_file(inner: SharedTransport, path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let create = || {
            let mut file = File::create(path)?;
            file.write_all(file::HEAD.as_bytes())?;
            Ok(file)
        };
        let file = create().map_err(|error| RecordingError::io(path, error))?;
        Ok(Self::new(inner, Some((file, path.to_owned()))))
    }

    /// Records into memory only, for [`recording`](Self::recording).
    pub fn in_memory(inner: SharedTransport) -> Self {
        Self::new(inner, None)
    }

    fn new(inner: SharedTransport, file: Option<(File, PathBuf)>) -> Self {
        let tape = Tape { recording: Recording::default(), count: 0, file, failure: None };
        Self { inner, redaction: Redaction::new(), tape: Mutex::new(tape) }
    }

    /// Redacts by these rules instead of the default ones. Give the same rules to
    /// [`ReplayTransport::redaction`].
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// What has been recorded [in memory](Self::in_memory) so far. A recording in a file is not kept in
    /// memory: read it with [`Recording::from_file`].
    pub fn recording(&self) -> Recording {
        self.tape().recording.clone()
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RecordingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tape = self.tape();
        f.debug_struct("RecordingTransport")
            .field("file", &tape.file.as_ref().map(|(_, path)| path))
            .field("exchanges", &tape.count)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpTransport for RecordingTransport {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.tape().check()?;
        let (request, secrets) = self.redaction.request(&req)?;
        let response = self.inner.execute(req).await?;
        let recorded = self.redaction.response(&response, secrets);
        self.tape().add(Exchange { request, response: recorded })?;
        Ok(response)
    }

    fn runtime(&self) -> SharedRuntime {
        self.inner.runtime()
    }
}

/// What has been recorded, in memory or in the file.
struct Tape {
    recording: Recording,
    /// How many exchanges were recorded.
    count: usize,
    file: Option<(File, PathBuf)>,
    /// Why the file is incomplete. A line after it could follow half a line.
    failure: Option<String>,
}

impl Tape {
    fn check(&self) -> Result<(), TransportError> {
        self.failure.as_ref().map_or(Ok(()), |failure| Err(TransportError::other(failure.clone())))
    }

    fn add(&mut self, exchange: Exchange) -> Result<(), TransportError> {
        self.check()?;
        match &mut self.file {
            None => self.recording.exchanges.push(exchange),
            Some((file, path)) => {
                let written = file.write_all(exchange.to_line().as_bytes());
                let failed = |error| format!("cannot record to {}: {error}", path.display());
                self.failure = written.map_err(failed).err();
                self.check()?;
            }
        }
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use futures_executor::block_on;
    use http::{HeaderMap, Method, StatusCode};

    use super::*;
    use crate::transport::TransportErrorKind;

    /// Counts what it answers.
    #[derive(Default)]
    struct Counter(Mutex<usize>);

    #[async_trait]
    impl HttpTransport for Counter {
        async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
            *self.0.lock().unwrap() += 1;
            Ok(HttpResponse {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            })
        }
    }

    #[test]
    fn after_a_failed_write_calls_fail_and_nothing_more_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read-only.jsonl");
        std::fs::write(&path, file::HEAD).unwrap();
        let inner = Arc::new(Counter::default());
        // A file that can only be read refuses every write.
        let file = (File::open(&path).unwrap(), path.clone());
        let recorder = RecordingTransport::new(inner.clone(), Some(file));
        for _ in 0..3 {
            let error = block_on(recorder.execute(HttpRequest {
                method: Method::GET,
                url: "http://localhost/".into(),
                headers: HeaderMap::new(),
                body: None,
            }));
            let error = error.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::Other);
            let expected = format!("cannot record to {}: ", path.display());
            assert!(error.source.to_string().starts_with(&expected), "{error}");
        }
        assert_eq!(*inner.0.lock().unwrap(), 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), file::HEAD);
    }
}
