//! What the tests of the runtime share: a transport that follows a script.

pub(crate) mod emulated;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TokioRuntime,
    TransportError,
};
use workos::{Client, ClientBuilder, Timestamp};

/// What the script does with one attempt.
pub(crate) enum Say {
    /// Returns a response.
    Answer(HttpResponse),
    /// Fails without a response.
    Fail(TransportError),
    /// Does what is inside, after this delay.
    Later(Duration, Box<Say>),
    /// Never responds.
    Never,
}

/// A response with this status and body.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Say {
    answer_with(status, &[], body)
}

/// A response with headers.
pub(crate) fn answer_with(
    status: u16,
    headers: &[(&'static str, &str)],
    body: impl Into<Bytes>,
) -> Say {
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect::<HeaderMap>();
    let status = StatusCode::from_u16(status).unwrap();
    Say::Answer(HttpResponse { status, headers, body: body.into() })
}

/// The smallest organization the API would return.
pub(crate) fn organization() -> Say {
    answer(200, ORGANIZATION)
}

pub(crate) const ORGANIZATION: &str = r#"{"object":"organization","id":"org_1","name":"Acme",
    "domains":[],"metadata":{},"external_id":null,
    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#;

pub(crate) fn fail(make: fn(&'static str) -> TransportError) -> Say {
    Say::Fail(make("scripted"))
}

impl Say {
    pub(crate) fn later(self, delay: Duration) -> Self {
        Self::Later(delay, Box::new(self))
    }
}

type Script = Box<dyn Fn(&HttpRequest, usize) -> Say + Send + Sync>;

/// Responds with a function of the request and the number of earlier attempts, and records
/// requests. Its time is tokio's, which tests pause.
pub(crate) struct Scripted {
    script: Script,
    seen: Mutex<Vec<(HttpRequest, tokio::time::Instant)>>,
    start: tokio::time::Instant,
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(&HttpRequest, usize) -> Say + Send + Sync + 'static,
    ) -> Arc<Self> {
        let start = tokio::time::Instant::now();
        Arc::new(Self { script: Box::new(script), seen: Mutex::default(), start })
    }

    /// A client that sends through this script.
    pub(crate) fn client(self: &Arc<Self>) -> Client {
        self.builder().build()
    }

    /// The same, for more settings.
    pub(crate) fn builder(self: &Arc<Self>) -> ClientBuilder {
        Client::builder().api_key("sk_test_secret").transport(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.seen.lock().unwrap().iter().map(|(request, _)| request.clone()).collect()
    }

    /// The query strings of all requests, as they were sent.
    pub(crate) fn queries(&self) -> Vec<String> {
        let query = |request: HttpRequest| request.url.split_once('?').map(|(_, q)| q.to_owned());
        self.requests().into_iter().map(|request| query(request).unwrap_or_default()).collect()
    }

    /// When each attempt was made, since the start.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.seen.lock().unwrap().iter().map(|(_, at)| *at - self.start).collect()
    }
}

#[async_trait::async_trait]
impl HttpTransport for Scripted {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let before = self.count();
        let mut say = (self.script)(&req, before);
        self.seen.lock().unwrap().push((req, tokio::time::Instant::now()));
        loop {
            match say {
                Say::Answer(response) => return Ok(response),
                Say::Fail(error) => return Err(error),
                Say::Never => std::future::pending().await,
                Say::Later(delay, then) => {
                    tokio::time::sleep(delay).await;
                    say = *then;
                }
            }
        }
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}

/// tokio's timers, and a wall clock that stands still until it is set.
pub(crate) struct Clock(TokioRuntime, Mutex<Timestamp>);

impl Clock {
    pub(crate) fn at(seconds: i64) -> Arc<Self> {
        Arc::new(Self(TokioRuntime::new(), Mutex::new(Timestamp::from_millis(seconds * 1000))))
    }

    pub(crate) fn set(&self, seconds: i64) {
        *self.1.lock().unwrap() = Timestamp::from_millis(seconds * 1000);
    }
}

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        *self.1.lock().unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        self.0.spawn(task)
    }
}

/// The cases of a file of `vectors/`.
pub(crate) fn vectors(file: &str) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(file).unwrap();
    serde_json::from_value(file["vectors"].take()).unwrap()
}

/// For tokens that need no valid signature.
pub(crate) fn base64url(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    text.as_bytes()
        .chunks(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |at| DIGITS[(bits >> (18 - 6 * at)) as usize & 63] as char)
        })
        .collect()
}

/// The parts of a URL: address and path, and the decoded pairs of its query, sorted.
pub(crate) fn taken_apart(url: &str) -> (String, Vec<(String, String)>) {
    let (address, query) = url.split_once('?').unwrap();
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned()
    };
    let mut pairs: Vec<_> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    pairs.sort();
    (address.to_owned(), pairs)
}

/// A server of raw bytes: `serve` gets each connection in a task of its own.
pub(crate) async fn raw_server<F, Fut>(serve: F) -> std::net::SocketAddr
where
    F: Fn(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// A port on which nobody listens.
pub(crate) async fn dead_port() -> std::net::SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Clients with each of the bundled transports, to run a test with both.
pub(crate) fn bundled() -> Vec<ClientBuilder> {
    let mut builders = vec![Client::builder()];
    #[cfg(feature = "hyper")]
    builders.push(
        Client::builder().transport(Arc::new(workos::transport::HyperTransport::new().unwrap())),
    );
    builders.iter_mut().for_each(|builder| *builder = builder.clone().api_key("sk_test_default"));
    builders
}

/// Runs a test again in a process of its own, with these variables: all tests share the
/// environment of this one.
pub(crate) fn again_with(test: &str, variables: &[(&str, String)]) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env_remove("SSL_CERT_DIR")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}
