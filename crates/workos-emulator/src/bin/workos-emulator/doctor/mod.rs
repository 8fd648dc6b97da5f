//! `workos-emulator doctor`: whether an application's environment is set up for an emulator, or for
//! WorkOS.

mod env_file;
mod probe;
mod server;
mod settings;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// A file of variables, a NAME=value on each line. Variables of the environment win.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Print one line of JSON: ok, and checks with name, status and message.
    #[arg(long)]
    json: bool,
}

/// Checks the variables, asks the server that they name, and prints what it finds.
pub(crate) async fn run(options: Options) -> Result<ExitCode, String> {
    let mut variables = Variables::of_this_process();
    let mut checks = Vec::new();
    if let Some(path) = &options.env_file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("--env-file {}: {error}", path.display()))?;
        checks.extend(variables.add_file(path, &text));
    }
    let (settings, found) = settings::read(&variables);
    checks.extend(found);
    let probes = probe::ask(&settings).await;
    checks.extend(server::judge(&settings, &probes));

    let is_well = checks.iter().all(|check| check.status.is_well());
    print(&checks, is_well, options.json)
        .map_err(|error| format!("cannot print the checks: {error}"))?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The variables that an application starts with.
#[derive(Debug, Clone, Default)]
struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The variables of this process. What is not UTF-8 counts as not set.
    fn of_this_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// Adds the variables of a file. Those that are set already stay, as in the libraries that
    /// applications read such files with.
    fn add_file(&mut self, path: &Path, text: &str) -> Vec<Check> {
        let name = path.display().to_string();
        let mut checks = Vec::new();
        for entry in env_file::parse(text) {
            let (variable, value) = match entry {
                Ok(pair) => pair,
                Err(bad) => {
                    checks.push(Check::wrong(&name, format!("line {}: {}", bad.line, bad.reason)));
                    continue;
                }
            };
            match self.0.get(&variable) {
                Some(set) if *set != value && variable.contains("WORKOS_") => {
                    let message = format!(
                        "{variable} has another value in the environment, and that one counts"
                    );
                    checks.push(Check::note(&name, message));
                }
                Some(_) => {}
                None => drop(self.0.insert(variable, value)),
            }
        }
        checks
    }

    /// The value of a variable. A blank one counts as not set, as in the SDKs.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// Whether a variable is set, even if it is blank.
    fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// One thing that was checked. It holds no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: String,
    status: Status,
    message: String,
}

impl Check {
    fn ok(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, message)
    }

    fn missing(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Missing, message)
    }

    fn wrong(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Wrong, message)
    }

    fn note(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Note, message)
    }

    fn new(name: &str, status: Status, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), status, message: message.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Missing,
    Wrong,
    /// Nothing is wrong, but good to know.
    Note,
}

impl Status {
    fn is_well(self) -> bool {
        matches!(self, Self::Ok | Self::Note)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Note => "note",
        }
    }

    /// The number of its color on a terminal.
    fn color(self) -> u8 {
        match self {
            Self::Ok => 32,
            Self::Missing | Self::Wrong => 31,
            Self::Note => 33,
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    checks: &'a [Check],
}

fn print(checks: &[Check], is_well: bool, as_json: bool) -> io::Result<()> {
    let out = io::stdout();
    let has_colors =
        out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut out = out.lock();
    if as_json {
        writeln!(out, "{}", serde_json::to_string(&Report { ok: is_well, checks })?)?;
    } else {
        for check in checks {
            writeln!(out, "{}", line(check, has_colors))?;
        }
    }
    out.flush()
}

fn line(check: &Check, has_colors: bool) -> String {
    let Check { name, status, message } = check;
    let word = format!("{:7}", status.word());
    let word = if has_colors { format!("\x1b[{}m{word}\x1b[0m", status.color()) } else { word };
    format!("{word}  {name:22}  {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        Variables(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn variables_of_the_environment_win_over_those_of_the_file() {
        let mut all =
            variables(&[("WORKOS_API_KEY", "sk_test_1"), ("PATH", "/bin"), ("SAME", "1")]);
        let file = "WORKOS_API_KEY=sk_test_2\nWORKOS_CLIENT_ID=client_1\nPATH=/usr/bin\nSAME=1\n";
        let message = "WORKOS_API_KEY has another value in the environment, and that one counts";
        assert_eq!(all.add_file(Path::new(".env"), file), [Check::note(".env", message)]);
        let values = ["WORKOS_API_KEY", "WORKOS_CLIENT_ID", "PATH"].map(|name| all.get(name));
        assert_eq!(values, [Some("sk_test_1"), Some("client_1"), Some("/bin")]);
    }

    #[test]
    fn a_bad_line_of_the_file_is_named_without_what_it_says() {
        let mut all = Variables::default();
        let file = "# keys\nWORKOS_CLIENT_ID=client_1\n\nsk_test_secret\n";
        let expected = Check::wrong(".env", "line 4: expected NAME=value");
        assert_eq!(all.add_file(Path::new(".env"), file), [expected]);
        assert_eq!(all.get("WORKOS_CLIENT_ID"), Some("client_1"));
    }

    #[test]
    fn lines_have_colors_only_on_request() {
        let check = Check::missing("WORKOS_CLIENT_ID", "not set");
        assert_eq!(line(&check, false), "missing  WORKOS_CLIENT_ID        not set");
        let colored = "\u{1b}[31mmissing\u{1b}[0m  WORKOS_CLIENT_ID        not set";
        assert_eq!(line(&check, true), colored);
    }
}
