//! `workos-mirror`: WorkOS's data as tables in your database, as a program.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program talks to its terminal

mod health;
mod progress;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workos::Client;
use workos_mirror::{Mirror, Reconcile, Report, Status};

use crate::health::Health;
use crate::progress::Bars;

/// WorkOS's users, organizations, directories and more as tables in your database.
///
/// Reads the API key from WORKOS_API_KEY, and another address of the API from WORKOS_BASE_URL.
#[derive(Parser)]
#[command(name = "workos-mirror", version)]
struct Arguments {
    /// Where the tables are: the path of an SQLite file, or a URL such as
    /// postgres://user:password@host/database.
    #[arg(
        short,
        long,
        global = true,
        env = "WORKOS_MIRROR_DATABASE",
        hide_env_values = true,
        default_value = "workos.sqlite"
    )]
    database: String,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Fill the tables, and keep them current until stopped. The default.
    Run(Run),
    /// Fill the tables, and end.
    Backfill,
    /// Compare the tables with WorkOS, and mend what differs. Ends with 2 if something did.
    Reconcile {
        /// Report only.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print how many rows there are, and where the mirror is.
    Status,
    /// Print the events that could not be written, a line of JSON each.
    DeadLetters,
}

#[derive(clap::Args, Default)]
struct Run {
    /// Serve /health, /metrics and, for the webhook that tells the mirror to look at once, POST
    /// /wake at this address, such as 127.0.0.1:9090.
    #[arg(long, env = "WORKOS_MIRROR_LISTEN")]
    listen: Option<SocketAddr>,
    /// How many seconds behind WorkOS the tables may be before /health says 503.
    #[arg(long, default_value_t = 300)]
    max_lag: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Box::pin(run(arguments)).await {
        Ok(code) => code,
        Err(message) => {
            eprintln!("workos-mirror: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let client = Client::from_env().map_err(|error| error.to_string())?;
    let mirror = open(client, &arguments.database).await.map_err(|error| error.to_string())?;
    let said = match arguments.command.unwrap_or(Command::Run(Run::default())) {
        Command::Run(options) => follow(&mirror, options).await.map(|()| ExitCode::SUCCESS)?,
        Command::Backfill => {
            let bars = Bars::new();
            mirror.backfill(|progress| bars.show(progress)).await.map_err(text)?;
            bars.finish();
            ExitCode::SUCCESS
        }
        Command::Reconcile { dry_run } => {
            let options = Reconcile { dry_run };
            let report = mirror.reconcile(options).await.map_err(text)?;
            print_report(&report, dry_run);
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
        Command::Status => {
            print_status(&mirror.status().await.map_err(text)?);
            ExitCode::SUCCESS
        }
        Command::DeadLetters => {
            for letter in mirror.dead_letters().await.map_err(text)? {
                println!("{}", serde_json::to_string(&letter).map_err(|error| error.to_string())?);
            }
            ExitCode::SUCCESS
        }
    };
    Ok(said)
}

fn text(error: workos_mirror::Error) -> String {
    error.to_string()
}

async fn open(client: Client, database: &str) -> Result<Mirror, workos_mirror::Error> {
    let is_postgres = ["postgres://", "postgresql://"].iter().any(|url| database.starts_with(url));
    if is_postgres {
        Mirror::connect_postgres(client, database).await
    } else {
        Mirror::open_sqlite(client, database.strip_prefix("sqlite://").unwrap_or(database)).await
    }
}

async fn follow(mirror: &Mirror, options: Run) -> Result<(), String> {
    let stopped = stop_signals()?;
    let health = match options.listen {
        Some(address) => Some(Health::listen(mirror, address, options.max_lag).await?),
        None => None,
    };
    if let Some(health) = &health {
        println!("listening on http://{}", health.address());
    }
    let bars = Bars::new();
    let handle = mirror.handle();
    let stop = async {
        stopped.await;
        handle.stop();
        // The run ends by itself, after the page that it is working on.
        std::future::pending::<()>().await;
    };
    let followed = tokio::select! {
        followed = mirror.run(|progress| bars.show(progress)) => followed,
        () = stop => Ok(()),
    };
    bars.finish();
    followed.map_err(text)
}

fn print_report(report: &Report, dry_run: bool) {
    println!("{:<26}{:>10}{:>10}{:>10}{:>10}", "", "listed", "missing", "outdated", "surplus");
    for (name, table) in &report.tables {
        let (listed, missing) = (table.listed, table.missing);
        let (outdated, surplus) = (table.outdated, table.surplus);
        println!("{name:<26}{listed:>10}{missing:>10}{outdated:>10}{surplus:>10}");
    }
    match (report.is_clean(), dry_run) {
        (true, _) => println!("The tables are as WorkOS."),
        (false, true) => println!("Without --dry-run, the differences are mended."),
        (false, false) => println!("The differences are mended."),
    }
}

fn print_status(status: &Status) {
    for (table, rows) in &status.rows {
        println!("{table:<26}{rows:>10}");
    }
    let unfinished = status.backfill.iter().filter(|list| !list.is_finished).count();
    if unfinished > 0 {
        println!("backfill: {unfinished} of {} lists to copy", status.backfill.len());
    }
    if let Some(place) = &status.place {
        println!("events up to {} are in the tables", place.created_at);
    }
    if status.dead_letters > 0 {
        println!("{} events could not be written: see dead-letters", status.dead_letters);
    }
}

/// Listens for SIGINT and SIGTERM from now on; the future resolves with the first of them.
fn stop_signals() -> Result<impl Future<Output = ()>, String> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| format!("cannot take signals: {error}"));
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut terminate = listen(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
