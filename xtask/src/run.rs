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

/// The `cargo` that started this task, without the settings that [`is_build_setting`] names, so
/// that a figure depends on the code and the compiler alone.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    without_build_settings(&mut cargo);
    cargo
}

/// Keeps the build settings of the environment from a command and its children.
pub(crate) fn without_build_settings(command: &mut Command) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| is_build_setting(name)) {
        command.env_remove(name);
    }
}

/// Whether an environment variable can change what a build does or where its results go. Cargo
/// reads nearly every setting from a `CARGO_` variable too, so the rule names what may stay: where
/// crates come from and how they are downloaded.
fn is_build_setting(name: &str) -> bool {
    const SOURCES: [&str; 6] = ["HOME", "HTTP", "NET", "REGISTRIES", "REGISTRY", "SOURCE"];
    let is_source = |rest: &str| {
        SOURCES.iter().any(|source| {
            rest.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    match name.strip_prefix("CARGO_") {
        Some(rest) => !is_source(rest),
        None => name.starts_with("RUSTC") || name == "RUSTFLAGS",
    }
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}

/// The target folder of the measuring programs. Cargo gets it as an argument, which overrides every
/// configuration file.
const TARGET: [&str; 2] = ["--target-dir", "target"];

/// Builds a measuring program and returns its path.
pub(crate) fn built(name: &str) -> Result<PathBuf, String> {
    let build = ["build", "--quiet", "--release", "-p", "bench", "--bin", name];
    output(cargo().args(build).args(TARGET).current_dir(workspace()))?;
    Ok(workspace().join("target/release").join(name))
}

/// Runs one of the measuring programs and lets it print.
pub(crate) fn bench(program: &str) -> Result<(), String> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--release", "-p", "bench", "--bin", program])
        .args(TARGET)
        .current_dir(workspace())
        .stdin(Stdio::null());
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_of_crate_sources_survive() {
        let dropped = [
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_INCREMENTAL",
            "CARGO_PROFILE_DEV_DEBUG",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "RUSTFLAGS",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTC_BOOTSTRAP",
        ];
        let kept = [
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MINE_INDEX",
            "CARGO_REGISTRY_DEFAULT",
            "CARGO_SOURCE_CRATES_IO_REPLACE_WITH",
            "RUSTUP_TOOLCHAIN",
            "PATH",
        ];
        assert_eq!(dropped.map(is_build_setting), [true; 12]);
        assert_eq!(kept.map(is_build_setting), [false; 8]);
    }
}
