//! `workos-emulator`: WorkOS on localhost, as a program.

#![allow(clippy::print_stderr, clippy::print_stdout)] // a program talks to its terminal

mod announce;
mod arguments;
mod completions;
mod doctor;
mod pass_through;
mod seed_file;
mod signals;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, Command, Host};
use clap::CommandFactory;
use workos_emulator::{Builder, Emulator, SeedData, SeedError};

/// Requests allocate often: with this instead of glibc's allocator, creating an object takes about a
/// fifth less CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// A request takes microseconds. Several threads would only wake each other and wait for the same
// state.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // An unknown option exits with 1 instead of clap's 2, like the official emulator.
    let arguments = match arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    let done = match arguments.command {
        None => run(arguments).await,
        Some(Command::Schema) => Ok(print(SeedData::SCHEMA)),
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

/// Prints what is wrong with the arguments, or the help that they ask for.
fn explain(error: &clap::Error) -> ExitCode {
    let _ = match arguments::refusal(error) {
        Some(refusal) => {
            let usage = Arguments::command().render_usage();
            let hint = "For more information, try '--help'.";
            writeln!(io::stderr(), "workos-emulator: {refusal}\n\n{usage}\n\n{hint}")
        }
        None => error.print(),
    };
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A closed stdout is not a failure.
fn print(text: &str) -> ExitCode {
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

async fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let path = arguments.seed.clone().or_else(seed_file::usual);
    let data = match path.as_deref().map(seed_file::read) {
        None if arguments.validate_config => {
            return Err("No seed config file found to validate: name one with --seed".to_owned());
        }
        None => None,
        Some(Ok(data)) => Some(data),
        Some(Err(problems)) => return Ok(refuse(&arguments, &problems)),
    };
    let path = path.unwrap_or_default();
    let summary = data.as_ref().filter(|_| arguments.validate_config);
    let summary = summary.map(|data| seed_file::summary(&path, data));
    let builder = builder(&arguments, data)?;
    if arguments.validate_config {
        return match builder.without_socket().start().await {
            Ok(_) => {
                println!("{}", summary.unwrap_or_default());
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => failed(&arguments, &path, &error, ""),
        };
    }
    let address = match arguments.host {
        Host::Localhost => format!("localhost:{}", arguments.port),
        Host::Address(address) => SocketAddr::new(address, arguments.port).to_string(),
    };
    let emulator = match builder.start().await {
        Ok(emulator) => emulator,
        Err(error) => {
            return failed(&arguments, &path, &error, &format!("cannot listen on {address}: "));
        }
    };
    // Before the announcement: its reader may stop the program immediately.
    let stopped = signals::stop_signals()?;
    let _ = announce::announce(&emulator, arguments.json);
    stopped.await;
    Ok(ExitCode::SUCCESS)
}

fn refuse(arguments: &Arguments, problems: &str) -> ExitCode {
    if arguments.validate_config {
        eprintln!("✗ Configuration validation failed:");
    }
    eprintln!("{problems}");
    ExitCode::FAILURE
}

/// Why it did not start: what is wrong with the seed file, or with something else.
fn failed(
    arguments: &Arguments,
    path: &Path,
    error: &io::Error,
    prefix: &str,
) -> Result<ExitCode, String> {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<SeedError>()) {
        Some(error) => Ok(refuse(arguments, &seed_file::problems(path, error))),
        // Only the socket's errors come from the system as they are.
        None if error.raw_os_error().is_some() => Err(format!("{prefix}{error}")),
        None => Err(error.to_string()),
    }
}

fn builder(arguments: &Arguments, data: Option<SeedData>) -> Result<Builder, String> {
    // A variable that is set to nothing counts as absent.
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut builder = match arguments.host {
        Host::Localhost => Emulator::builder().localhost(arguments.port),
        Host::Address(host) => Emulator::builder().address(SocketAddr::new(host, arguments.port)),
    };
    if let Some(data) = data {
        builder = builder.data(data);
    }
    if let Some(key) = given(&arguments.api_key) {
        builder = builder.api_key(key);
    }
    if let Some(key) = &arguments.control_key {
        builder = builder.control_key(key.as_str());
    }
    if let Some(path) = arguments.signing_key.as_ref().filter(|path| !path.is_empty()) {
        let path = Path::new(path);
        let failed = |error: io::Error| format!("--signing-key: {}: {error}", path.display());
        let pem = std::fs::read_to_string(path).map_err(failed)?;
        builder = builder.signing_key(pem).map_err(failed)?;
    }
    if let Some(id) = given(&arguments.kid) {
        builder = builder.key_id(id);
    }
    if let Some(issuer) = given(&arguments.issuer) {
        builder = builder.issuer(issuer);
    }
    if let Some(seed) = arguments.random_seed {
        builder = builder.seed(seed);
    }
    for host in &arguments.webhook_hosts {
        builder = builder.allow_webhooks_to(host);
    }
    let hosts = arguments.redirect_hosts.iter().map(|host| host.trim());
    let hosts: Vec<_> = hosts.filter(|host| !host.is_empty()).collect();
    // An empty variable says nothing, and a comma is a mistake.
    if hosts.is_empty() && arguments.redirect_hosts.len() > 1 {
        return Err("--redirect-hosts requires at least one host".to_owned());
    }
    for host in hosts {
        builder = builder
            .allow_redirects_to(host)
            .map_err(|error| format!("--redirect-hosts: {error}"))?;
    }
    if let Some(path) = arguments.data.as_ref().filter(|_| !arguments.validate_config) {
        builder = builder.data_file(path);
    }
    if !arguments.strict {
        builder = builder.drop_in();
    }
    if !arguments.validate_config
        && let Some(pass_through) = arguments.pass_through.read()?
    {
        builder = builder.pass_through(pass_through);
    }
    if arguments.interactive {
        builder = builder.interactive();
    }
    Ok(builder)
}
