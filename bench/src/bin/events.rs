//! How many events a consumer handles in a second, beside the bare database.
//!
//! `cargo run --release -p bench --bin events -- 100000` for SQLite, and for Postgres besides where
//! `DATABASE_URL` names a server, as in `e2e/stores/with-servers`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;
use workos::helpers::events::{BoxError, Checkpoint, LocalCheckpoint};
use workos::organizations::UpdateOrganization;
use workos::{CreateOrganization, EventData, EventName, Timestamp};
use workos_emulator::Emulator;
use workos_stores::{PostgresCheckpoint, SqliteCheckpoint};

const PAGE: usize = 100;
const TABLE: &str = "CREATE TABLE effects (event_id TEXT, organization_id TEXT, name TEXT)";
const INSERT: &str = "INSERT INTO effects (event_id, organization_id, name) VALUES ($1, $2, $3)";
const CURSORS: &str = "CREATE TABLE cursors (stream TEXT PRIMARY KEY, event_id TEXT)";
const MOVE: &str = "UPDATE cursors SET event_id = $1 WHERE stream = $2 AND event_id = $3";

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let count: usize = std::env::args().nth(1).map_or(Ok(10_000), |count| count.parse())?;
    let emulator = Emulator::builder().without_socket().start().await?;
    make_events(&emulator, count).await?;
    println!("{count} events in pages of {PAGE}; {}", memory());

    let folder = std::env::temp_dir().join(format!("workos-events-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let nothing = |_, _| async { Ok(()) };
    consume("no database", &emulator, count, LocalCheckpoint::in_memory(), nothing).await?;
    bare_sqlite(&folder.join("bare.sqlite"), count)?;
    let path = folder.join("events.sqlite");
    rusqlite::Connection::open(&path)?.execute_batch(TABLE)?;
    consume(
        "SQLite",
        &emulator,
        count,
        SqliteCheckpoint::open(&path)?,
        |values: Values, transaction| {
            let done = insert(&transaction.connection(), values);
            async { Ok(done?) }
        },
    )
    .await?;
    std::fs::remove_dir_all(&folder)?;
    if let Ok(url) = std::env::var("DATABASE_URL") {
        bare_postgres(&url, count).await?;
        let statement = Arc::new(tokio::sync::OnceCell::new());
        let checkpoint = PostgresCheckpoint::connect(&url).await?;
        consume("Postgres", &emulator, count, checkpoint, |values: Values, transaction| {
            let statement = statement.clone();
            async move {
                let statement = statement.get_or_try_init(|| transaction.prepare(INSERT)).await?;
                transaction.execute(statement, &[&values.0, &values.1, &values.2]).await?;
                Ok(())
            }
        })
        .await?;
    }
    Ok(())
}

/// What one event becomes.
type Values = (String, String, String);

async fn make_events(emulator: &Emulator, count: usize) -> Result<(), BoxError> {
    let organizations = emulator.client().organizations();
    let id = organizations.create_organization(CreateOrganization::new("Acme")).await?.id;
    for number in 0..count {
        let name = Some(format!("Acme {number}"));
        let change = UpdateOrganization { name, ..Default::default() };
        organizations.update_organization(&id, change).await?;
    }
    Ok(())
}

async fn consume<C: Checkpoint, F: Future<Output = Result<(), BoxError>>>(
    name: &str,
    emulator: &Emulator,
    count: usize,
    checkpoint: C,
    apply: impl Fn(Values, C::Transaction) -> F,
) -> Result<(), BoxError> {
    let consumer = emulator
        .client()
        .events()
        .follow([EventName::OrganizationUpdated])
        .since(Timestamp::UNIX_EPOCH)
        .checkpoint(checkpoint);
    let (handle, handled) = (consumer.handle(), AtomicUsize::new(0));
    let start = Instant::now();
    let run = consumer.run(|event, transaction| {
        if handled.fetch_add(1, Ordering::Relaxed) + 1 == count {
            handle.stop();
        }
        let EventData::OrganizationUpdated(organization) = event.data else { unreachable!() };
        apply((event.id, organization.id, organization.name), transaction)
    });
    run.await?;
    report(name, count, start.elapsed());
    Ok(())
}

fn report(name: &str, count: usize, time: Duration) {
    let rate = count as f64 / time.as_secs_f64();
    println!(
        "{name:>24}: {rate:>9.0} events/s, {:>6.2} us each; {}",
        time.as_secs_f64() * 1e6 / count as f64,
        memory()
    );
}

/// The same statements without a consumer.
fn bare_sqlite(path: &std::path::Path, count: usize) -> Result<(), BoxError> {
    let file = rusqlite::Connection::open(path)?;
    file.pragma_update(None, "journal_mode", "WAL")?;
    file.pragma_update(None, "synchronous", "NORMAL")?;
    file.execute_batch(&format!("{TABLE}; {CURSORS}; INSERT INTO cursors VALUES ('bare', '')"))?;
    let start = Instant::now();
    let mut place = String::new();
    for page in 0..count / PAGE {
        file.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for number in 0..PAGE {
            insert(&file, values(page * PAGE + number))?;
        }
        let next = values(page * PAGE).0;
        file.prepare_cached(MOVE)?.execute([&next, "bare", &place])?;
        file.prepare_cached("COMMIT")?.execute([])?;
        place = next;
    }
    report("SQLite alone", count, start.elapsed());
    Ok(())
}

fn insert(file: &rusqlite::Connection, values: Values) -> rusqlite::Result<()> {
    file.prepare_cached(INSERT)?.execute(values).map(drop)
}

/// As long as those of the emulator.
fn values(number: usize) -> Values {
    (format!("event_{number:026}"), format!("org_{:026}", 1), format!("Acme {number}"))
}

async fn bare_postgres(url: &str, count: usize) -> Result<(), BoxError> {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
    let driver = tokio::spawn(driver);
    client
        .batch_execute(&format!(
            "DROP TABLE IF EXISTS effects, cursors; {TABLE}; {CURSORS};
             INSERT INTO cursors VALUES ('bare', '')"
        ))
        .await?;
    let (insert, update) = (client.prepare(INSERT).await?, client.prepare(MOVE).await?);
    let start = Instant::now();
    let mut place = String::new();
    for page in 0..count / PAGE {
        client.batch_execute("BEGIN").await?;
        for number in 0..PAGE {
            let values = values(page * PAGE + number);
            client.execute(&insert, &[&values.0, &values.1, &values.2]).await?;
        }
        let next = values(page * PAGE).0;
        client.execute(&update, &[&next, &"bare", &place]).await?;
        client.batch_execute("COMMIT").await?;
        place = next;
    }
    report("Postgres alone", count, start.elapsed());
    client.batch_execute("TRUNCATE effects").await?;
    drop(client);
    driver.await??;
    Ok(())
}

/// What this process takes, with the emulator's events.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    resident.map_or_else(|| "memory unknown".to_owned(), |size| format!("{} resident", size.trim()))
}
