//! What the fuzz targets share: a client without network or waits, signed tokens, and the vectors
//! of the test suite as the inputs known to be genuine.

pub mod seals;
pub mod tokens;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TransportError,
    async_trait,
};
use workos::{Client, ClientBuilder, Timestamp};

/// The time of the clock, in seconds: that of the vectors.
pub const NOW: i64 = 1_772_366_400;

pub fn now() -> Timestamp {
    Timestamp::from_millis(NOW * 1000)
}

/// The output of a future that has nothing to wait for.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future is pending, with nothing to wait for"),
    }
}

/// The first byte, which chooses what to do with the others.
pub fn mode(data: &[u8], modes: u8) -> Option<(u8, &[u8])> {
    let (mode, rest) = data.split_first()?;
    Some((mode % modes, rest))
}

/// The text before the first line break, and the text after it.
pub fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// A clock that only moves when somebody sleeps; sleeping takes no real time.
#[derive(Default)]
pub struct Clock {
    pub slept: Mutex<Vec<Duration>>,
}

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn elapsed(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.slept.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }
}

/// A server in memory.
struct Server<F>(F, Arc<Clock>);

#[async_trait]
impl<F: Fn(&HttpRequest) -> HttpResponse + Send + Sync> HttpTransport for Server<F> {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        Ok((self.0)(&request))
    }

    fn runtime(&self) -> SharedRuntime {
        self.1.clone()
    }
}

/// A client whose requests go to a function.
pub fn client(
    answer: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static,
) -> (ClientBuilder, Arc<Clock>) {
    let clock = Arc::new(Clock::default());
    let server = Arc::new(Server(answer, clock.clone()));
    let builder = Client::builder().api_key("sk_test_1").client_id("client_01").transport(server);
    (builder, clock)
}

pub fn answer(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap();
    HttpResponse { status, headers, body: body.into() }
}

/// Text that serializes as if it were JSON, whatever it is: the way to get broken JSON inside a
/// seal. The names are those of `serde_json::value::RawValue`, which checks the text.
pub struct Raw<'a>(pub &'a str);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "$serde_json::private::RawValue";
        let mut raw = serializer.serialize_struct(NAME, 1)?;
        raw.serialize_field(NAME, self.0)?;
        raw.end()
    }
}

/// Whether the SDK may read text that serde_json refuses: it starts with a byte order mark, or has
/// an escape that may be half a surrogate pair.
pub fn may_be_mended(text: &[u8]) -> bool {
    text.starts_with(b"\xef\xbb\xbf")
        || text.windows(3).any(|part| matches!(part, b"\\ud" | b"\\uD"))
}

/// Whether a number in the value may change by one unit in the last place when it is read again.
pub fn has_fractions(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fractions),
        Value::Object(fields) => fields.values().any(has_fractions),
        _ => false,
    }
}

/// The vectors of a file.
pub fn vectors(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}
