//! Mutation tests: `cargo mutants` over the client and the helpers, and a report to paste.
//!
//! A mutant costs a build of the crate and of every test binary that is asked for, so an area of the
//! code runs only the tests that are about it, and a run takes a fixed sample of the mutants. The
//! sources are changed in a copy, which keeps its built dependencies from run to run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{cargo, output, without_build_settings, workspace};

/// Every twelfth mutant. It took 37 minutes on two cores that were fuzzing as well.
pub(crate) const DEFAULT_SHARD: &str = "0/12";

/// Seconds after which a test run counts as hung. It takes five without a mutant.
const TEST_TIMEOUT: &str = "60";
const BUILD_TIMEOUT: &str = "300";
/// KiB of address space for each process: a mutant that allocates without end must not take the
/// machine with it.
const MEMORY: &str = "8388608";

/// A part of the code and the integration tests that are about it. Unit tests always run.
struct Area {
    name: &'static str,
    /// What its files' paths below `crates/workos/src/` start with.
    files: &'static [&'static str],
    tests: &'static [&'static str],
}

/// A file belongs to the first area that matches; the last one matches every file.
const AREAS: &[Area] = &[
    Area {
        name: "client",
        files: &["client/"],
        tests: &["bare", "decoding", "language", "paging", "retries", "secrets"],
    },
    Area {
        name: "sessions",
        files: &["helpers/session/", "helpers/flight.rs"],
        tests: &["client_credentials", "session", "session_chain", "session_expiry", "token_cache"],
    },
    Area { name: "seals", files: &["helpers/seal/"], tests: &["seal", "session"] },
    Area {
        name: "tokens",
        files: &["helpers/tokens/", "helpers/client_credentials.rs"],
        tests: &["client_credentials", "session", "token_cache", "tokens"],
    },
    Area { name: "vault", files: &["helpers/vault.rs"], tests: &["vault_encryption"] },
    Area { name: "flags", files: &["helpers/flags/"], tests: &["feature_flag_runtime"] },
    Area {
        name: "webhooks and actions",
        files: &["helpers/webhooks.rs", "helpers/actions.rs"],
        tests: &["actions", "webhooks"],
    },
    Area { name: "sign-in and the rest", files: &[""], tests: &["authkit", "secrets", "wire"] },
];

/// Integration tests about the API and its types. A test that is neither here nor in an area runs
/// for every area, so that a new file is never left out.
const ABOUT_OTHER_CODE: &[&str] = &[
    "contract",
    "events",
    "globs",
    "macro_mistakes",
    "migration",
    "organizations",
    "printing",
    "product_readme",
    "question_mark",
    "resources",
    "shapes",
    "transport",
    "users",
];

pub(crate) fn report(shard: &str) -> Result<(), String> {
    let (first, step) = parse(shard)?;
    output(cargo().args(["mutants", "--version"]))
        .map_err(|_| "cargo-mutants is missing: cargo install --locked cargo-mutants")?;
    let tree = copy_sources()?;
    let files = files(&tree)?;
    let tests = tests(&tree)?;
    let mut results = Vec::new();
    for (index, area) in AREAS.iter().enumerate() {
        let own: Vec<_> = files.iter().filter(|file| area_of(file) == Some(index)).collect();
        if !own.is_empty() {
            results.push((area.name, run(area, &own, &tests, shard, &tree)?));
        }
    }
    if results.iter().all(|(_, outcome)| outcome.count() == 0) {
        return Err(format!("shard {shard} has no mutants"));
    }
    let (day, _) = output(Command::new("date").args(["-u", "+%F"]))?;
    let head = ["rev-parse", "--short", "HEAD"];
    let (commit, _) = output(Command::new("git").args(head).current_dir(workspace()))?;
    let (day, commit) = (day.trim(), commit.trim());
    println!("{day}, commit {commit}, shard {first}/{step}:\n");
    print!("{}", markdown(&results));
    Ok(())
}

/// `k/n`, with k below n.
fn parse(shard: &str) -> Result<(usize, usize), String> {
    let numbers = shard.split_once('/').and_then(|(first, step)| {
        let (first, step) = (first.parse::<usize>().ok()?, step.parse::<usize>().ok()?);
        (first < step).then_some((first, step))
    });
    numbers.ok_or_else(|| format!("`{shard}` is no shard; expected k/n with k < n, such as 0/6"))
}

/// Copies what git knows or would add, and returns the folder.
fn copy_sources() -> Result<PathBuf, String> {
    let tree = workspace().join("target/mutants/tree");
    let _ = fs::remove_dir_all(&tree);
    let list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let (list, _) = output(Command::new("git").args(list).current_dir(workspace()))?;
    for file in list.split_terminator('\0') {
        let (from, to) = (workspace().join(file), tree.join(file));
        // Deleted, but not yet committed.
        if !from.exists() {
            continue;
        }
        let folder = to.parent().unwrap_or(&tree);
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(&from, &to))
            .map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(tree)
}

/// The files to mutate, as paths below `crates/workos/src/`.
fn files(tree: &Path) -> Result<Vec<String>, String> {
    let source = tree.join("crates/workos/src");
    let mut folders = vec![source.join("client"), source.join("helpers")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(below) = path.strip_prefix(&source) {
                files.push(below.display().to_string());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The names of all integration tests.
fn tests(tree: &Path) -> Result<Vec<String>, String> {
    let is_test = |path: &PathBuf| {
        path.join("main.rs").exists() || path.extension().is_some_and(|end| end == "rs")
    };
    let paths = entries(&tree.join("crates/workos/tests"))?.into_iter().filter(is_test);
    Ok(paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<_, _>>());
    paths.map_err(|error| format!("{}: {error}", folder.display()))
}

/// The index of the area to which a file belongs.
fn area_of(file: &str) -> Option<usize> {
    AREAS.iter().position(|area| area.files.iter().any(|start| file.starts_with(start)))
}

fn is_for(area: &Area, test: &str) -> bool {
    let is_known =
        ABOUT_OTHER_CODE.contains(&test) || AREAS.iter().any(|area| area.tests.contains(&test));
    area.tests.contains(&test) || !is_known
}

/// Mutates the files of one area.
fn run(
    area: &Area,
    files: &[&String],
    tests: &[String],
    shard: &str,
    tree: &Path,
) -> Result<Outcome, String> {
    eprintln!("== {}", area.name);
    let results = workspace().join("target/mutants/results").join(area.name);
    let _ = fs::remove_dir_all(&results);
    fs::create_dir_all(&results).map_err(|error| format!("{}: {error}", results.display()))?;
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$@\""), "bash"]);
    command.arg(cargo().get_program()).args(["mutants", "--package=workos", "--in-place"]);
    command.args(["--features=tracing", "--colors=never", "--sharding=round-robin"]);
    command.args(["--shard", shard, "--timeout", TEST_TIMEOUT, "--build-timeout", BUILD_TIMEOUT]);
    command.arg("--output").arg(&results);
    command.args(files.iter().map(|file| format!("--file=crates/workos/src/{file}")));
    // For building and running alike; arguments after `--` would be for running only.
    command.arg("--cargo-arg=--lib");
    let tests = tests.iter().filter(|test| is_for(area, test));
    command.args(tests.map(|test| format!("--cargo-arg=--test={test}")));
    without_build_settings(&mut command);
    command
        .env("CARGO_TARGET_DIR", workspace().join("target/mutants/build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "1")
        .env("PROPTEST_CASES", "64")
        .current_dir(tree)
        .stdin(Stdio::null())
        .stdout(std::io::stderr());
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    // 2: some were missed, 3: some hung. Anything else says that the run itself failed.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(format!("cargo mutants failed for {}: {status}", area.name));
    }
    Ok(Outcome::read(&results.join("mutants.out")))
}

/// The mutants of one area, each as `file:line:column: change`.
#[derive(Default)]
struct Outcome {
    caught: Vec<String>,
    hung: Vec<String>,
    missed: Vec<String>,
    unviable: Vec<String>,
}

impl Outcome {
    /// Reads the lists that `cargo mutants` writes; without any mutant it writes none.
    fn read(folder: &Path) -> Self {
        let lines = |file: &str| {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        };
        Self {
            caught: lines("caught.txt"),
            hung: lines("timeout.txt"),
            missed: lines("missed.txt"),
            unviable: lines("unviable.txt"),
        }
    }

    fn counts(&self) -> [usize; 4] {
        [&self.caught, &self.hung, &self.missed, &self.unviable].map(Vec::len)
    }

    fn count(&self) -> usize {
        self.counts().iter().sum()
    }
}

/// The table, and every mutant that is missed or hangs.
fn markdown(results: &[(&str, Outcome)]) -> String {
    let row = |name: &str, [caught, hung, missed, unviable]: [usize; 4]| {
        let count = caught + hung + missed + unviable;
        format!("| {name} | {count} | {caught} | {hung} | {missed} | {unviable} |\n")
    };
    let mut text = "| area | mutants | caught | hung | missed | do not compile |\n".to_owned();
    text += "|---|---|---|---|---|---|\n";
    let mut total = [0; 4];
    for (name, outcome) in results {
        let counts = outcome.counts();
        text += &row(name, counts);
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    text += &row("all", total);
    text += &list("Missed", results.iter().flat_map(|(_, outcome)| &outcome.missed));
    text += &list("Hung", results.iter().flat_map(|(_, outcome)| &outcome.hung));
    text
}

fn list<'a>(title: &str, mutants: impl Iterator<Item = &'a String>) -> String {
    let mut text = String::new();
    for mutant in mutants {
        if text.is_empty() {
            text = format!("\n{title}:\n\n");
        }
        text += &format!("- `{}`\n", mutant.trim_start_matches("crates/workos/src/"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_area_and_every_area_files_and_tests() {
        let files = files(&workspace()).unwrap();
        let tests = tests(&workspace()).unwrap();
        for (index, area) in AREAS.iter().enumerate() {
            for start in area.files {
                assert!(files.iter().any(|file| file.starts_with(start)), "{start}");
            }
            assert!(files.iter().any(|file| area_of(file) == Some(index)), "{}", area.name);
        }
        assert!(files.iter().all(|file| area_of(file).is_some()));
        let named = AREAS.iter().flat_map(|area| area.tests).chain(ABOUT_OTHER_CODE);
        for test in named {
            assert!(tests.iter().any(|known| known == test), "{test} is no integration test");
        }
    }

    #[test]
    fn a_test_that_no_table_names_runs_for_every_area() {
        assert!(AREAS.iter().all(|area| is_for(area, "added_tomorrow")));
        assert!(!AREAS.iter().any(|area| is_for(area, "contract")));
        let for_vault: Vec<_> =
            AREAS.iter().filter(|area| is_for(area, "vault_encryption")).map(|a| a.name).collect();
        assert_eq!(for_vault, ["vault"]);
    }

    #[test]
    fn a_shard_is_a_place_below_a_number() {
        assert_eq!(parse("0/6"), Ok((0, 6)));
        assert_eq!(parse("5/6"), Ok((5, 6)));
        for wrong in ["", "6", "6/6", "0/0", "-1/6", "1/", "a/b"] {
            let error = format!("`{wrong}` is no shard; expected k/n with k < n, such as 0/6");
            assert_eq!(parse(wrong), Err(error));
        }
    }

    #[test]
    fn the_report_counts_every_mutant_and_lists_those_that_need_a_look() {
        let lines = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let client = Outcome {
            caught: lines(&["a", "b"]),
            missed: lines(&["crates/workos/src/client/retry.rs:7:9: replace + with -"]),
            ..Outcome::default()
        };
        let vault = Outcome {
            hung: lines(&["crates/workos/src/helpers/vault.rs:1:2: replace < with >"]),
            unviable: lines(&["c"]),
            ..Outcome::default()
        };
        let expected = "\
| area | mutants | caught | hung | missed | do not compile |
|---|---|---|---|---|---|
| client | 3 | 2 | 0 | 1 | 0 |
| vault | 2 | 0 | 1 | 0 | 1 |
| all | 5 | 2 | 1 | 1 | 1 |

Missed:

- `client/retry.rs:7:9: replace + with -`

Hung:

- `helpers/vault.rs:1:2: replace < with >`
";
        assert_eq!(markdown(&[("client", client), ("vault", vault)]), expected);
    }
}
