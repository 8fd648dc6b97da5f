//! The layer that knows who makes a request.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::StatusCode;
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::Auth;
use crate::kit::AuthKit;

/// Finds out who makes a request, for [extractors](crate#extractors) and
/// [guards](crate#guards), and sets the session's cookies with the response, also when a handler
/// fails or panics. From [`AuthKit::layer`].
#[derive(Debug, Clone)]
pub struct AuthKitLayer {
    pub(crate) kit: AuthKit,
}

impl<S> Layer<S> for AuthKitLayer {
    type Service = AuthKitService<S>;

    fn layer(&self, inner: S) -> AuthKitService<S> {
        AuthKitService { kit: self.kit.clone(), inner }
    }
}

/// The service of an [`AuthKitLayer`].
#[derive(Clone)]
pub struct AuthKitService<S> {
    kit: AuthKit,
    inner: S,
}

impl<S> fmt::Debug for AuthKitService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthKitService").field("kit", &self.kit).finish_non_exhaustive()
    }
}

impl<S> Service<Request> for AuthKitService<S>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        // Within another layer, that one sets the cookies.
        if request.extensions().get::<Auth>().is_some() {
            let response = self.inner.call(request);
            return Box::pin(response.map(|response| response.map(IntoResponse::into_response)));
        }
        let auth = Auth::new(&self.kit, &request);
        request.extensions_mut().insert(auth.clone());
        let response = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        Box::pin(async move {
            let mut response = match response.await {
                Ok(Ok(response)) => response.into_response(),
                Ok(Err(never)) => match never {},
                // A session that was refreshed must not be lost with the response.
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            };
            auth.finish(response.headers_mut());
            Ok(response)
        })
    }
}
