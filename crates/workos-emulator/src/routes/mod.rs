//! The routes, one file per resource.

mod control;
mod organizations;
mod users;

use std::sync::OnceLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use http::{Method, Uri};

use crate::failure::Failure;

/// The router that all emulators of a process share; requests carry their world.
pub(crate) fn router() -> Router {
    static ROUTER: OnceLock<Router> = OnceLock::new();
    let build = || {
        Router::new()
            .merge(control::routes())
            .merge(organizations::routes())
            .merge(users::routes())
            .fallback(not_implemented)
            .method_not_allowed_fallback(not_implemented)
            // The body is already in memory; its size was limited while reading.
            .layer(DefaultBodyLimit::disable())
    };
    ROUTER.get_or_init(build).clone()
}

/// The health check, open to everyone.
pub(crate) const HEALTH: &str = "/health";

/// Whether a path belongs to the emulator and not to WorkOS: it requires no API key, is not logged
/// and triggers no faults.
pub(crate) fn is_control(path: &str) -> bool {
    path == HEALTH || path.starts_with("/_emulate/")
}

async fn not_implemented(method: Method, uri: Uri) -> Failure {
    Failure::not_implemented(&method, uri.path())
}
