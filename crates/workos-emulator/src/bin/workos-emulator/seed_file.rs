//! Seed files: which one, what is in it, and what is wrong with it.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use workos_emulator::{SeedData, SeedError};

/// The largest file that is read: 64 MiB.
const MAX_BYTES: u64 = 64 << 20;

/// The seed file that is read unless another one is named.
pub(crate) fn usual() -> Option<PathBuf> {
    let names = ["yaml", "yml", "json"].map(|kind| format!("workos-emulate.config.{kind}"));
    names.into_iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Reads a seed file, or says what is wrong with it: a line for each problem.
pub(crate) fn read(path: &Path) -> Result<SeedData, String> {
    let bytes = bytes(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("Seed file not found: {}", path.display()),
        _ => line(path, false, &error),
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let start = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let last = start.rsplit('\n').next().unwrap_or_default();
        let (row, column) = (start.matches('\n').count() + 1, last.chars().count() + 1);
        line(path, true, &format!("{row}:{column}: This is not UTF-8."))
    })?;
    let is_json = path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json"));
    let read = if is_json { SeedData::from_json(&text) } else { SeedData::from_yaml(&text) };
    read.map_err(|error| problems(path, &error))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES) {
        Ok(bytes)
    } else {
        Err(io::Error::other("Seed files may have at most 64 MiB."))
    }
}

/// All problems of a file, in the form of compilers: `file:line:column: place: message`.
pub(crate) fn problems(path: &Path, error: &SeedError) -> String {
    let problems = error.problems().iter();
    let lines: Vec<_> =
        problems.map(|problem| line(path, problem.line().is_some(), problem)).collect();
    lines.join("\n")
}

fn line(path: &Path, has_position: bool, problem: &dyn Display) -> String {
    let separator = if has_position { "" } else { " " };
    format!("{}:{separator}{problem}", path.display())
}

/// What is in a file that is right.
pub(crate) fn summary(path: &Path, data: &SeedData) -> String {
    let counts = data.counts();
    let counts: Vec<_> = counts.iter().map(|(key, count)| format!("{key} {count}")).collect();
    let counts = if counts.is_empty() { "empty".to_owned() } else { counts.join(", ") };
    format!("✓ Configuration is valid: {} ({counts})", path.display())
}
