//! Running other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs a program that has to succeed, and returns what it printed to both streams.
pub(crate) fn output(command: &mut Command) -> Result<(String, String), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() {
        Ok((stdout, stderr))
    } else {
        Err(format!("{command:?} failed:\n{stdout}{stderr}"))
    }
}

/// `cargo`, as this task was started with.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}

/// A measuring program, once it is built.
pub(crate) fn program(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    workspace().join(target).join("release").join(name)
}

/// Runs one of the measuring programs and lets it print.
pub(crate) fn bench(program: &str) -> Result<(), String> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--release", "-p", "bench", "--bin", program])
        .current_dir(workspace())
        .stdin(Stdio::null());
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed")) }
}
