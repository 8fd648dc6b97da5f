//! The transport to an emulator in the same process, without a socket.

use std::sync::Arc;

use async_trait::async_trait;
use http::Request;
use http_body_util::{BodyExt, Full};
use workos::Timestamp;
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TransportError,
};

use super::access::InProcess;
use super::{answer, timer};
use crate::environment::Environment;

/// Passes requests to the emulator's handlers.
#[derive(Debug)]
pub(crate) struct InMemory(pub(crate) Arc<Environment>);

#[async_trait]
impl HttpTransport for InMemory {
    async fn execute(&self, req: HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut request = Request::new(Full::new(req.body.unwrap_or_default()));
        *request.method_mut() = req.method;
        *request.uri_mut() = req.url.parse().map_err(TransportError::other)?;
        *request.headers_mut() = req.headers;
        request.extensions_mut().insert(InProcess);
        let response = answer(self.0.clone(), request).await.map_err(TransportError::reset)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(TransportError::reset)?.to_bytes();
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(InProcessTime { origin: tokio::time::Instant::now() })
    }
}

/// Works with and without tokio.
struct InProcessTime {
    origin: tokio::time::Instant,
}

impl Runtime for InProcessTime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> std::time::Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: std::time::Duration) -> BoxFuture<()> {
        Box::pin(timer::sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        match tokio::runtime::Handle::try_current() {
            Ok(handle) => {
                handle.spawn(task);
                None
            }
            Err(_) => Some(task),
        }
    }
}
