//! The command line: [`Arguments`].

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use crate::{completions, doctor, pass_through};

/// WorkOS on localhost: a stateful emulator for tests, development and demos.
#[derive(Parser)]
#[command(
    name = "workos-emulator",
    version,
    disable_version_flag = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    // The last one counts, as in the official emulator.
    args_override_self = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The port to listen on; 0 takes a free one.
    #[arg(short, long, default_value_t = 4100)]
    pub(crate) port: u16,
    /// The address to listen on. localhost means 127.0.0.1 and, where the machine has it, ::1.
    #[arg(long, default_value = "localhost", value_parser = host)]
    pub(crate) host: Host,
    /// The API key to accept: by default the first of the seed file, or else sk_test_default.
    #[arg(long, env = "WORKOS_EMULATE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// The file with the data to start with, YAML or JSON. By default workos-emulate.config.yaml,
    /// .yml or .json in the working directory, if there is one.
    #[arg(short, long)]
    pub(crate) seed: Option<PathBuf>,
    /// Keep everything in this file, and go on with what is in it. The seed file is loaded when it is
    /// new.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Check the seed file, and do not start.
    #[arg(long)]
    pub(crate) validate_config: bool,
    /// The file with a private RSA key in PEM format that signs tokens, instead of a built-in one.
    #[arg(long, env = "WORKOS_EMULATE_SIGNING_KEY", value_name = "FILE")]
    pub(crate) signing_key: Option<OsString>,
    /// The ID of the key that signs tokens. By default it follows from the key.
    #[arg(long, env = "WORKOS_EMULATE_KID", value_name = "ID")]
    pub(crate) kid: Option<String>,
    /// The issuer of tokens, instead of the address of the emulator.
    #[arg(long, env = "WORKOS_EMULATE_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// The key that requests to `/_emulate` require. By default they require none if `--host` is a
    /// loopback address; otherwise a key is generated and printed.
    #[arg(long, env = "WORKOS_EMULATE_CONTROL_KEY", hide_env_values = true)]
    pub(crate) control_key: Option<String>,
    /// The seed for IDs and codes, for reproducible runs.
    #[arg(long)]
    pub(crate) random_seed: Option<u64>,
    /// The hosts that webhooks may be delivered to, separated by commas, besides this machine.
    #[arg(long, value_delimiter = ',')]
    pub(crate) webhook_hosts: Vec<String>,
    /// The hosts that browsers may be sent to after a sign-in, separated by commas, besides this
    /// machine and registered redirect URIs: app.test, *.app.test, or * for all. May be repeated.
    #[arg(long, value_delimiter = ',', env = "WORKOS_EMULATE_REDIRECT_HOSTS")]
    pub(crate) redirect_hosts: Vec<String>,
    #[command(flatten)]
    pub(crate) pass_through: pass_through::Options,
    /// Let people sign in on pages, instead of signing somebody in at once.
    #[arg(short, long)]
    pub(crate) interactive: bool,
    /// Hold requests to the API, instead of accepting what the official emulator accepts.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one line of JSON when ready: url, port, apiKey, clientId, health, and controlKey if there
    /// is one.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the version.
    #[arg(short, long, action = clap::ArgAction::Version)]
    version: (),
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the JSON Schema of seed files, for editors.
    Schema,
    /// Check whether the environment of an application is set up for an emulator, or for WorkOS.
    Doctor(doctor::Options),
    /// Print a script that completes commands and options in a shell.
    Completions(completions::Options),
}

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Host {
    Localhost,
    Address(IpAddr),
}

fn host(text: &str) -> Result<Host, String> {
    if text == "localhost" {
        return Ok(Host::Localhost);
    }
    let address = text.trim_start_matches('[').trim_end_matches(']').parse();
    address.map(Host::Address).map_err(|_| "expected an IP address or localhost".to_owned())
}

/// What is wrong with the arguments in the words of the official emulator, where it has some: scripts
/// look for them.
pub(crate) fn refusal(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg)?;
    let name = option.split(' ').next().unwrap_or_default();
    let value = text(ContextKind::InvalidValue).filter(|value| !value.is_empty());
    match (error.kind(), value) {
        (ErrorKind::UnknownArgument, _) => Some(format!("Unknown option: {option}")),
        (ErrorKind::InvalidValue, None) => Some(format!("{name} requires a value")),
        (ErrorKind::ValueValidation, Some(port)) if name == "--port" => {
            Some(format!("Invalid port: {port}"))
        }
        _ => None,
    }
}

/// The arguments of this program, without the `--` that package managers leave.
pub(crate) fn read() -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::env::args_os().filter(|argument| argument != "--"))
}
