//! Another process of an application. The tests start it with a [`Job`].

#![allow(clippy::unwrap_used)]

use std::future::pending;
use std::io::{Write, stdin, stdout};
use std::sync::Arc;
use std::time::Instant;

use e2e_stores::{COOKIE_PASSWORD, Job, REFRESHES, Refreshed, Task};
use workos::Client;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{Session, SessionRefreshOptions};

#[tokio::main]
async fn main() {
    let job: Job = serde_json::from_str(&read_line()).unwrap();
    let lock = job.kind.lock(&job.address).await.unwrap();
    match job.task {
        Task::Hold(key) => {
            let _guard = lock.acquire(&key).await;
            write_line("ready");
            pending::<()>().await;
        }
        Task::Storm { base_url, api_key, client_id, cookie, lock_timeout } => {
            let client =
                Client::builder().base_url(base_url).api_key(api_key).client_id(client_id).build();
            let session = client.session(cookie, &SealKeys::new(COOKIE_PASSWORD).unwrap());
            storm(session.refresh_lock(lock).refresh_lock_timeout(lock_timeout)).await;
        }
    }
}

async fn storm(session: Session) {
    write_line("ready");
    read_line();
    let session = Arc::new(session);
    let refreshes: Vec<_> = (0..REFRESHES)
        .map(|number| tokio::spawn(refresh(session.clone(), number % 10 == 7)))
        .collect();
    for refreshed in refreshes {
        write_line(&serde_json::to_string(&refreshed.await.unwrap()).unwrap());
    }
}

/// Tries a failure that may pass again, as the next request of the browser would do.
async fn refresh(session: Arc<Session>, switches: bool) -> Refreshed {
    let organization_id = switches.then(|| "org_beta".to_owned());
    let mut slowest = 0;
    loop {
        let start = Instant::now();
        let options = SessionRefreshOptions { organization_id: organization_id.clone() };
        let result = session.refresh(options).await;
        slowest = slowest.max(u64::try_from(start.elapsed().as_millis()).unwrap());
        let (organization_id, outcome) = match result {
            Ok(refreshed) => {
                let claims = refreshed.session().map(|session| &session.claims);
                let organization_id = claims.and_then(|claims| claims.org_id.clone());
                (organization_id, Ok(refreshed.data.refresh_token))
            }
            Err(error) if error.is_transient() => continue,
            Err(error) => (None, Err(error.to_string())),
        };
        return Refreshed { switches, organization_id, outcome, slowest };
    }
}

fn read_line() -> String {
    let mut line = String::new();
    stdin().read_line(&mut line).unwrap();
    line
}

fn write_line(line: &str) {
    let mut out = stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
