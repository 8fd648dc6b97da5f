//! What other programs ask: whether the mirror is well, and its figures.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use workos_mirror::{Mirror, Status};

/// How long the database may take to say how many rows there are.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A server for `/health`, `/metrics` and `/wake`, until it is dropped.
pub(crate) struct Health {
    address: SocketAddr,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Asked {
    mirror: Mirror,
    max_lag: Duration,
}

impl Health {
    pub(crate) async fn listen(
        mirror: &Mirror,
        address: SocketAddr,
        max_lag: u64,
    ) -> Result<Self, String> {
        let failed = |error| format!("cannot listen on {address}: {error}");
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let asked = Asked { mirror: mirror.clone(), max_lag: Duration::from_secs(max_lag) };
        let app = Router::new()
            .route("/health", get(health))
            .route("/metrics", get(metrics))
            .route("/wake", post(wake))
            .with_state(asked);
        let task = tokio::spawn(async move {
            // It only ends with the program.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, task })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// 200 while the tables are current, and 503 while they are not.
async fn health(State(asked): State<Asked>) -> Response {
    let status = match asked.status().await {
        Ok(status) => status,
        Err(problem) => {
            let body = json!({"status": "failing", "failure": problem});
            return (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
        }
    };
    let is_filled = status.backfill.iter().all(|list| list.is_finished);
    let is_late = status.lag.is_some_and(|lag| lag > asked.max_lag);
    let (code, word) = match () {
        () if !is_filled => (StatusCode::SERVICE_UNAVAILABLE, "filling"),
        () if is_late => (StatusCode::SERVICE_UNAVAILABLE, "late"),
        () => (StatusCode::OK, "current"),
    };
    let body = json!({
        "status": word,
        "lag_seconds": status.lag.map(|lag| lag.as_secs()),
        "place": status.place.map(|place| place.created_at),
        "dead_letters": status.dead_letters,
        "failure": status.failure,
        "failing_since": status.failing_since,
        "rows": status.rows,
    });
    (code, Json(body)).into_response()
}

/// The same figures for Prometheus.
async fn metrics(State(asked): State<Asked>) -> Response {
    match asked.status().await {
        Ok(status) => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(CONTENT_TYPE, kind)], exposition(&status)).into_response()
        }
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, problem).into_response(),
    }
}

fn exposition(status: &Status) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, values: &[(String, f64)]| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP workos_mirror_{name} {help}");
        let _ = writeln!(text, "# TYPE workos_mirror_{name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "workos_mirror_{name}{labels} {value}");
        }
    };
    if let Some(lag) = status.lag {
        let lag = [(String::new(), lag.as_secs_f64())];
        gauge("lag_seconds", "How far behind WorkOS the tables are.", &lag);
    }
    let rows =
        status.rows.iter().map(|(table, rows)| (format!("{{table=\"{table}\"}}"), *rows as f64));
    gauge("rows", "The rows of each table.", &rows.collect::<Vec<_>>());
    let letters = [(String::new(), status.dead_letters as f64)];
    gauge("dead_letters", "Events that could not be written.", &letters);
    let failing = [(String::new(), f64::from(u8::from(status.failure.is_some())))];
    gauge("failing", "Whether something fails at the moment.", &failing);
    text
}

/// For the endpoint that gets webhooks: there is something to read.
async fn wake(State(asked): State<Asked>) -> StatusCode {
    asked.mirror.handle().wake();
    StatusCode::NO_CONTENT
}

impl Asked {
    async fn status(&self) -> Result<Status, String> {
        match timeout(TIMEOUT, self.mirror.status()).await {
            Ok(status) => status.map_err(|error| error.to_string()),
            Err(_) => Err("the database takes too long to answer".to_owned()),
        }
    }
}
