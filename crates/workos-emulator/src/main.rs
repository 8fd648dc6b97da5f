//! `workos-emulator`: WorkOS on localhost, as a program.

#![allow(clippy::print_stderr)] // a program talks to its terminal

#[path = "bin/workos-emulator/completions.rs"]
mod completions;
#[path = "bin/workos-emulator/doctor/mod.rs"]
mod doctor;

use std::fmt::Display;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use workos_emulator::{Emulator, SeedData};

/// WorkOS on localhost: a stateful emulator for tests, development and demos.
#[derive(Parser)]
#[command(
    name = "workos-emulator",
    version,
    disable_version_flag = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The port to listen on; 0 takes a free one.
    #[arg(short, long, default_value_t = 4100)]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The API key to accept: by default the first of the seed file, or else sk_test_default.
    #[arg(long, env = "WORKOS_EMULATE_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// The file with the data to start with, YAML or JSON. By default workos-emulate.config.yaml,
    /// .yml or .json in the working directory, if there is one.
    #[arg(short, long)]
    seed: Option<PathBuf>,
    /// Check the seed file, and do not start.
    #[arg(long)]
    validate_config: bool,
    /// The key that requests to `/_emulate` require. By default they require none if `--host` is a
    /// loopback address; otherwise a key is generated and printed.
    #[arg(long, env = "WORKOS_EMULATE_CONTROL_KEY", hide_env_values = true)]
    control_key: Option<String>,
    /// The seed for IDs and codes, for reproducible runs.
    #[arg(long)]
    random_seed: Option<u64>,
    /// The hosts that webhooks may be delivered to, separated by commas, besides this machine.
    #[arg(long, value_delimiter = ',')]
    webhook_hosts: Vec<String>,
    /// The hosts that browsers may be sent to after a sign-in, separated by commas, besides this
    /// machine and registered redirect URIs: app.test, *.app.test, or * for all.
    #[arg(long, value_delimiter = ',', env = "WORKOS_EMULATE_REDIRECT_HOSTS")]
    redirect_hosts: Vec<String>,
    /// Let people sign in on pages, instead of signing somebody in at once.
    #[arg(short, long)]
    interactive: bool,
    /// Print one line of JSON when ready: url, port, apiKey, clientId, health, and controlKey if there
    /// is one.
    #[arg(long)]
    json: bool,
    /// Print the version.
    #[arg(short, long, action = clap::ArgAction::Version)]
    version: (),
}

#[derive(Subcommand)]
enum Command {
    /// Check whether the environment of an application is set up for an emulator, or for WorkOS.
    Doctor(doctor::Options),
    /// Print a script that completes commands and options in a shell.
    Completions(completions::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    // An unknown option exits with 1 instead of clap's 2, like the official emulator.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            let _ = message.print();
            return if message.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let done = match arguments.command {
        None => run(arguments).await.map(|()| ExitCode::SUCCESS),
        Some(Command::Doctor(options)) => doctor::run(options).await,
        Some(Command::Completions(options)) => {
            completions::run(&options, Arguments::command()).map(|()| ExitCode::SUCCESS)
        }
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("workos-emulator: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let host = if arguments.host == "localhost" { "127.0.0.1" } else { &arguments.host };
    let host: IpAddr =
        host.parse().map_err(|_| format!("--host {host}: expected an IP address or localhost"))?;
    let address = SocketAddr::new(host, arguments.port);
    let mut builder = Emulator::builder().address(address);
    if let Some(path) = arguments.seed.or_else(usual_seed) {
        builder = builder.data(read_seed(&path)?);
    } else if arguments.validate_config {
        return Err("--validate-config needs a seed file: give one with --seed".to_owned());
    }
    if let Some(key) = arguments.api_key {
        builder = builder.api_key(key);
    }
    if let Some(key) = arguments.control_key {
        builder = builder.control_key(key);
    }
    if let Some(seed) = arguments.random_seed {
        builder = builder.seed(seed);
    }
    for host in arguments.webhook_hosts {
        builder = builder.allow_webhooks_to(host);
    }
    for host in arguments.redirect_hosts {
        builder = builder
            .allow_redirects_to(&host)
            .map_err(|error| format!("--redirect-hosts: {error}"))?;
    }
    if arguments.interactive {
        builder = builder.interactive();
    }
    if arguments.validate_config {
        return builder.without_socket().start().await.map(drop).map_err(|error| error.to_string());
    }
    let emulator = builder.start().await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => error.to_string(),
        _ => format!("cannot listen on {address}: {error}"),
    })?;
    // Before the announcement: its reader may stop the program immediately.
    let stopped = stop_signals()?;
    // A closed stdout is not a reason to stop.
    let _ = announce(&emulator, arguments.json);
    stopped.await;
    Ok(())
}

/// The seed file that is read unless another one is named.
fn usual_seed() -> Option<PathBuf> {
    let names = ["yaml", "yml", "json"].map(|kind| format!("workos-emulate.config.{kind}"));
    names.into_iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Reads YAML or JSON, which is a part of it.
fn read_seed(path: &Path) -> Result<SeedData, String> {
    let failed = |error: &dyn Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    let data = serde_yaml_ng::from_str(&text).map_err(|error| failed(&error))?;
    SeedData::from_value(data).map_err(|refusal| failed(&refusal))
}

fn announce(emulator: &Emulator, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (url, key) = (emulator.base_url(), emulator.api_key());
    if json {
        let port = url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let health = format!("{url}/health");
        let client_id = emulator.client_id();
        let mut line = serde_json::json!({
            "url": url, "port": port, "apiKey": key, "clientId": client_id, "health": health,
        });
        if let (Some(key), Some(line)) = (emulator.control_key(), line.as_object_mut()) {
            line.insert("controlKey".to_owned(), key.into());
        }
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "workos-emulator is ready")?;
        writeln!(out, "  WORKOS_BASE_URL={url}")?;
        writeln!(out, "  WORKOS_API_KEY={key}")?;
        writeln!(out, "  WORKOS_CLIENT_ID={}", emulator.client_id())?;
        if let Some(key) = emulator.control_key() {
            writeln!(out, "  WORKOS_EMULATE_CONTROL_KEY={key}")?;
        }
    }
    out.flush()
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
