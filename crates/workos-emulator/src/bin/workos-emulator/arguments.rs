//! The command line: [`Arguments`].

use std::path::PathBuf;

use clap::Parser;

/// WorkOS on localhost: a stateful emulator for tests, development and demos.
#[derive(Parser)]
#[command(name = "workos-emulator", version, disable_version_flag = true)]
pub(crate) struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(short, long, default_value_t = 4100)]
    pub(crate) port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// The API key to accept: by default the first of the seed file, or else sk_test_default.
    #[arg(long, env = "WORKOS_EMULATE_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// The file with the data to start with, YAML or JSON. By default workos-emulate.config.yaml,
    /// .yml or .json in the working directory, if there is one.
    #[arg(short, long)]
    pub(crate) seed: Option<PathBuf>,
    /// Check the seed file, and do not start.
    #[arg(long)]
    pub(crate) validate_config: bool,
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
    /// machine and registered redirect URIs: app.test, *.app.test, or * for all.
    #[arg(long, value_delimiter = ',', env = "WORKOS_EMULATE_REDIRECT_HOSTS")]
    pub(crate) redirect_hosts: Vec<String>,
    /// Let people sign in on pages, instead of signing somebody in at once.
    #[arg(short, long)]
    pub(crate) interactive: bool,
    /// Print one line of JSON when ready: url, port, apiKey, clientId, health, and controlKey if there
    /// is one.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the version.
    #[arg(short, long, action = clap::ArgAction::Version)]
    pub(crate) version: (),
}
