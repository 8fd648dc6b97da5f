//! Another process of an application. The tests start it with a [`Job`].

#![allow(clippy::unwrap_used)]

use std::future::pending;
use std::io::{Write, stdin, stdout};

use axum::Router;
use axum::routing::get;
use e2e_stores::{COOKIE_PASSWORD, Job, Task};
use tokio::net::TcpListener;
use workos::Client;
use workos::helpers::seal::SealKeys;
use workos_axum::{AuthKit, Session};

#[tokio::main]
async fn main() {
    let mut line = String::new();
    stdin().read_line(&mut line).unwrap();
    let job: Job = serde_json::from_str(&line).unwrap();
    let lock = job.kind.lock(&job.address).await.unwrap();
    match job.task {
        Task::Hold(key) => {
            let _guard = lock.acquire(&key).await;
            tell("ready");
            pending::<()>().await;
        }
        Task::Serve { base_url, api_key, client_id } => {
            let client =
                Client::builder().base_url(base_url).api_key(api_key).client_id(client_id).build();
            let auth = AuthKit::new(client, SealKeys::new(COOKIE_PASSWORD).unwrap());
            serve(auth.refresh_lock(lock)).await;
        }
    }
}

async fn serve(auth: AuthKit) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let auth = auth.redirect_uri(format!("{origin}/callback")).unwrap();
    let app = Router::new()
        .route("/organization", get(organization))
        .merge(auth.routes())
        .layer(auth.layer());
    tell(&origin);
    axum::serve(listener, app).await.unwrap();
}

async fn organization(session: Session) -> String {
    session.claims.org_id.clone().unwrap_or_default()
}

fn tell(line: &str) {
    let mut out = stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
