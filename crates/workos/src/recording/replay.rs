//! [`ReplayTransport`]: WorkOS as it was recorded.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::file::{Exchange, RecordedRequest, Recording, RecordingError};
use super::redact::Redaction;
use crate::transport::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, TransportError, async_trait,
};

/// The most lines that an error has of one kind, and the most characters of a value in them.
const SHOWN_LINES: usize = 20;
const SHOWN_CHARACTERS: usize = 120;

/// Answers requests as they were answered when they were [recorded](super::RecordingTransport).
///
/// Requests are compared by method, path, query and body, after [redaction](Redaction). The order
/// of query parameters, form fields and JSON fields does not matter, and neither do host and
/// headers, such as a random idempotency key.
///
/// There are two modes:
///
/// - **In order**, the default: each request has to be the next one that was recorded.
/// - **[In any order](Self::in_any_order)**: a request gets the answer of the first recorded request
///   that is equal and was not played yet.
///
/// In both, each exchange is played once, unless it [repeats](Self::repeating): a request that is
/// made more often than it was recorded is refused. It fails with a [`TransportError`], which is not
/// retried and shows what was recorded and what came; [`finish`](Self::finish) says what was not
/// asked for.
///
/// Retries are played as they were recorded. Their waits pass at once where a test has paused
/// tokio's time.
pub struct ReplayTransport {
    redaction: Redaction,
    in_any_order: bool,
    repeats: bool,
    takes: Mutex<Vec<Take>>,
}

/// An exchange to be played.
struct Take {
    exchange: Exchange,
    /// The request, as it is compared.
    request: Value,
    is_played: bool,
}

impl ReplayTransport {
    /// Plays a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read; see [`Recording::from_file`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        Recording::from_file(path).map(Self::from_recording)
    }

    /// Plays a recording.
    pub fn from_recording(recording: Recording) -> Self {
        let take = |exchange| Take { exchange, request: Value::Null, is_played: false };
        let takes = recording.exchanges.into_iter().map(take).collect();
        let replay = Self {
            redaction: Redaction::new(),
            in_any_order: false,
            repeats: false,
            takes: Mutex::new(takes),
        };
        replay.redaction(Redaction::new())
    }

    /// Accepts requests in another order than the recorded one, as concurrent code makes them.
    pub fn in_any_order(mut self) -> Self {
        self.in_any_order = true;
        self
    }

    /// Accepts requests in any order and more often than they were recorded, for a server that plays
    /// the recording as long as it runs. Equal requests get their answers in the order in which they
    /// were recorded, and then the last one again.
    pub fn repeating(mut self) -> Self {
        self.repeats = true;
        self.in_any_order()
    }

    /// Plays everything from the beginning again.
    pub fn rewind(&self) {
        self.takes().iter_mut().for_each(|take| take.is_played = false);
    }

    /// Redacts requests by these rules, those of the
    /// [recording](super::RecordingTransport::redaction), before they are compared. Recorded
    /// requests are redacted, too, so secrets that somebody wrote into the file do not matter.
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        for take in &mut *self.takes() {
            redaction.recorded_request(&mut take.exchange.request);
            take.request = take.exchange.request.compared();
        }
        self.redaction = redaction;
        self
    }

    /// The exchanges that were not played yet.
    pub fn unused(&self) -> Vec<Exchange> {
        let takes = self.takes();
        let unused = takes.iter().filter(|take| !take.is_played);
        unused.map(|take| take.exchange.clone()).collect()
    }

    /// Checks that every recorded exchange was played.
    ///
    /// # Errors
    ///
    /// Lists the requests that were not made.
    pub fn finish(&self) -> Result<(), RecordingError> {
        let unused = not_played(&self.takes());
        if unused.is_empty() {
            return Ok(());
        }
        Err(RecordingError::new(format!("not every recorded request was made:{unused}")))
    }

    fn takes(&self) -> MutexGuard<'_, Vec<Take>> {
        self.takes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn play(&self, request: &RecordedRequest) -> Result<HttpResponse, String> {
        let came = request.compared();
        let mut takes = self.takes();
        let fits = |take: &Take| !take.is_played && (!self.in_any_order || take.request == came);
        let last = || takes.iter().rposition(|take| self.repeats && take.request == came);
        let found = takes.iter().position(fits).or_else(last);
        match found.and_then(|at| Some((at, takes.get_mut(at)?))) {
            Some((_, take)) if take.request == came => {
                take.is_played = true;
                take.exchange.response.to_http()
            }
            Some((at, take)) => Err(not_next(at + 1, &take.request, &came)),
            None => Err(not_recorded(&takes, &came, self.repeats)),
        }
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let takes = self.takes();
        f.debug_struct("ReplayTransport")
            .field("in_any_order", &self.in_any_order)
            .field("exchanges", &takes.len())
            .field("unused", &takes.iter().filter(|take| !take.is_played).count())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpTransport for ReplayTransport {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (request, _) = self.redaction.request(&req)?;
        self.play(&request).map_err(TransportError::other)
    }

    fn runtime(&self) -> SharedRuntime {
        #[cfg(any(feature = "reqwest", feature = "hyper"))]
        return Arc::new(crate::transport::TokioRuntime::new());
        #[cfg(not(any(feature = "reqwest", feature = "hyper")))]
        return Arc::new(crate::transport::ThreadRuntime::new());
    }
}

/// Why a request is not the next one.
fn not_next(number: usize, recorded: &Value, came: &Value) -> String {
    match (name(recorded), name(came)) {
        (recorded, came) if recorded != came => {
            format!("request {number} was recorded as {recorded}, and {came} came")
        }
        (_, what) => format!(
            "request {number}, {what}, was recorded otherwise:{}",
            lines(&differences(recorded, came))
        ),
    }
}

/// Why there is no exchange for a request: it was played before, a similar one was recorded, or
/// none.
fn not_recorded(takes: &[Take], came: &Value, repeats: bool) -> String {
    let what = name(came);
    match takes.iter().filter(|take| take.request == *came).count() {
        0 => {}
        1 => return format!("{what} was recorded once, and has been played"),
        times => return format!("{what} was recorded {times} times, and all of them are played"),
    }
    let open: Vec<_> = takes.iter().filter(|take| repeats || !take.is_played).collect();
    let similar = open.iter().filter(|take| name(&take.request) == what);
    let similar = similar.map(|take| differences(&take.request, came));
    match similar.min_by_key(Vec::len) {
        Some(closest) => format!("{what} was recorded otherwise:{}", lines(&closest)),
        None if open.is_empty() => format!("{what} was not recorded, and all else is played"),
        None => {
            let which = if repeats { "recorded are" } else { "not played yet" };
            let names: Vec<_> = open.iter().map(|take| name(&take.request)).collect();
            format!("{what} was not recorded; {which}:{}", lines(&names))
        }
    }
}

fn not_played(takes: &[Take]) -> String {
    let unused = takes.iter().filter(|take| !take.is_played);
    lines(&unused.map(|take| name(&take.request)).collect::<Vec<_>>())
}

fn name(request: &Value) -> String {
    let part = |name| request.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", part("method"), part("path"))
}

/// One below the other, and not too many.
fn lines(lines: &[String]) -> String {
    let mut text: String =
        lines.iter().take(SHOWN_LINES).map(|line| format!("\n  {line}")).collect();
    if let Some(more) = lines.len().checked_sub(SHOWN_LINES).filter(|more| *more > 0) {
        text += &format!("\n  and {more} more");
    }
    text
}

/// Where two requests differ in query and body.
fn differences(recorded: &Value, came: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for part in ["query", "body"] {
        compare(part, recorded.get(part), came.get(part), &mut found);
    }
    found
}

fn compare(place: &str, recorded: Option<&Value>, came: Option<&Value>, found: &mut Vec<String>) {
    match (recorded, came) {
        (Some(Value::Object(recorded)), Some(Value::Object(came))) => {
            let new = came.keys().filter(|name| !recorded.contains_key(*name));
            for name in recorded.keys().chain(new) {
                let place = format!("{place}.{name}");
                compare(&place, recorded.get(name), came.get(name), found);
            }
        }
        (Some(Value::Array(recorded)), Some(Value::Array(came))) => {
            for at in 0..recorded.len().max(came.len()) {
                compare(&format!("{place}[{at}]"), recorded.get(at), came.get(at), found);
            }
        }
        _ if recorded == came => {}
        _ => found.push(format!("{place}: {} was recorded, {} came", shown(recorded), shown(came))),
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
