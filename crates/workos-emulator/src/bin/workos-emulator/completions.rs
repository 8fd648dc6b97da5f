//! `workos-emulator completions`: scripts that complete commands and options in a shell.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The shell that runs the script.
    shell: Shell,
}

/// Prints the script for a shell.
pub(crate) fn run(options: &Options, command: Command) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = out.write_all(&script(options.shell, command)).and_then(|()| out.flush());
    written.map_err(|error| format!("cannot print the script: {error}"))
}

/// In memory, because `generate` panics when it cannot write.
fn script(shell: Shell, mut command: Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}
