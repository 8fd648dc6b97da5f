//! The spans and events of calls for `tracing`, with OpenTelemetry's names for HTTP clients.
//! Without the feature there are none.
//!
//! Paths are recorded as templates and queries not at all, since both may hold secrets.

#[cfg(not(feature = "tracing"))]
pub(super) use disabled::CallSpan;
#[cfg(feature = "tracing")]
pub(super) use enabled::CallSpan;

#[cfg(feature = "tracing")]
mod enabled {
    use tracing::field::Empty;
    use tracing::{Instrument, Span, debug, debug_span};

    use crate::client::Client;
    use crate::client::request::Request;
    use crate::transport::{BoxFuture, HttpResponse, MaybeSend, TransportError};
    use crate::{Error, error};

    /// The span of one call; attempts are events in it.
    #[derive(Clone)]
    pub(in crate::client) struct CallSpan(Span);

    impl CallSpan {
        pub(in crate::client) fn new(client: &Client, request: &Request) -> Self {
            let base = &client.settings().base_url;
            Self(debug_span!(
                "workos.call",
                otel.kind = "client",
                workos.operation = %request.operation,
                http.request.method = request.method.as_str(),
                url.template = request.operation.path,
                server.address = base.host(),
                server.port = base.port(),
                http.response.status_code = Empty,
                http.request.resend_count = Empty,
                workos.request_id = Empty,
                error.type = Empty,
            ))
        }

        pub(in crate::client) fn instrument<T>(
            self,
            call: impl Future<Output = T> + MaybeSend + 'static,
        ) -> BoxFuture<T> {
            Box::pin(call.instrument(self.0))
        }

        pub(in crate::client) fn attempt(
            &self,
            number: u32,
            outcome: &Result<HttpResponse, TransportError>,
        ) {
            if number > 1 {
                self.0.record("http.request.resend_count", number - 1);
            }
            match outcome {
                Ok(response) => {
                    let status = response.status.as_u16();
                    let request_id = error::request_id(&response.headers);
                    self.0.record("http.response.status_code", status);
                    self.0.record("workos.request_id", request_id.as_deref());
                    debug!(attempt = number, http.response.status_code = status, "answered");
                }
                Err(error) => {
                    let kind = format!("{:?}", error.kind);
                    debug!(attempt = number, error.type = kind, "failed");
                }
            }
        }

        pub(in crate::client) fn failed(&self, error: &Error) {
            match error.status() {
                Some(status) => self.0.record("error.type", status),
                None => self.0.record("error.type", format!("{:?}", error.kind())),
            };
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod disabled {
    use crate::Error;
    use crate::client::Client;
    use crate::client::request::Request;
    use crate::transport::{BoxFuture, HttpResponse, MaybeSend, TransportError};

    #[derive(Clone)]
    pub(in crate::client) struct CallSpan;

    impl CallSpan {
        pub(in crate::client) fn new(_: &Client, _: &Request) -> Self {
            Self
        }

        pub(in crate::client) fn instrument<T>(
            self,
            call: impl Future<Output = T> + MaybeSend + 'static,
        ) -> BoxFuture<T> {
            Box::pin(call)
        }

        pub(in crate::client) fn attempt(&self, _: u32, _: &Result<HttpResponse, TransportError>) {}

        pub(in crate::client) fn failed(&self, _: &Error) {}
    }
}
