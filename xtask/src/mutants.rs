//! Mutation tests: `cargo mutants` over the client and the helpers, and a report to paste.
//!
//! A mutant costs a build of the crate and of its tests, so a run takes a fixed sample of them. The
//! sources are changed in a copy, which keeps its built dependencies from run to run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{cargo, output, without_build_settings, workspace};

/// Every twelfth mutant: some 130, at 40 seconds each on two busy cores.
pub(crate) const DEFAULT_SHARD: &str = "0/12";

/// The code that is mutated.
const FILES: [&str; 2] = ["crates/workos/src/client/**", "crates/workos/src/helpers/**"];
/// The tests that have to notice: the unit tests, and all integration tests except those of the
/// API's types.
const TESTS: [&str; 3] = ["--lib", "--test=it", "--test=bare"];

/// Seconds after which a test run counts as hung. It takes about ten without a mutant.
const TEST_TIMEOUT: &str = "60";
const BUILD_TIMEOUT: &str = "300";
/// KiB of address space for each process: a mutant that allocates without end must not take the
/// machine with it.
const MEMORY: &str = "8388608";

pub(crate) fn report(shard: &str) -> Result<(), String> {
    let (first, step) = parse(shard)?;
    output(cargo().args(["mutants", "--version"]))
        .map_err(|_| "cargo-mutants is missing: cargo install --locked cargo-mutants")?;
    let outcomes = run(shard)?;
    if outcomes.iter().all(|(_, mutants)| mutants.is_empty()) {
        return Err(format!("shard {shard} has no mutants"));
    }
    let (day, _) = output(Command::new("date").args(["-u", "+%F"]))?;
    let head = ["rev-parse", "--short", "HEAD"];
    let (commit, _) = output(Command::new("git").args(head).current_dir(workspace()))?;
    let (day, commit) = (day.trim(), commit.trim());
    println!("{day}, commit {commit}, shard {first}/{step}:\n");
    print!("{}", markdown(&outcomes));
    Ok(())
}

/// `k/n`, with k below n.
fn parse(shard: &str) -> Result<(usize, usize), String> {
    let numbers = shard.split_once('/').and_then(|(first, step)| {
        let (first, step) = (first.parse::<usize>().ok()?, step.parse::<usize>().ok()?);
        (first < step).then_some((first, step))
    });
    numbers.ok_or_else(|| format!("`{shard}` is not a shard; expected k/n with k < n, such as 0/6"))
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

/// The lists that `cargo mutants` writes, and what the report calls them.
const OUTCOMES: [(&str, &str); 4] = [
    ("caught", "caught"),
    ("timeout", "hung"),
    ("missed", "missed"),
    ("unviable", "do not compile"),
];

/// The mutants of one outcome, each as `file:line:column: change`, with the outcome's name.
type Outcome = (&'static str, Vec<String>);

/// Tests the mutants of a shard.
fn run(shard: &str) -> Result<Vec<Outcome>, String> {
    let tree = copy_sources()?;
    let results = workspace().join("target/mutants/results");
    let _ = fs::remove_dir_all(&results);
    fs::create_dir_all(&results).map_err(|error| format!("{}: {error}", results.display()))?;
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$@\""), "bash"]);
    command.arg(cargo().get_program()).args(["mutants", "--package=workos", "--in-place"]);
    command.args(["--features=tracing", "--colors=never", "--sharding=round-robin"]);
    command.args(["--shard", shard, "--timeout", TEST_TIMEOUT, "--build-timeout", BUILD_TIMEOUT]);
    command.arg("--output").arg(&results);
    command.args(FILES.map(|files| format!("--file={files}")));
    // For building and running alike; arguments after `--` would be for running only.
    command.args(TESTS.map(|tests| format!("--cargo-arg={tests}")));
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
        return Err(format!("cargo mutants failed: {status}"));
    }
    Ok(OUTCOMES.map(|(file, name)| (name, lines(&results, file))).into())
}

/// One list of mutants. Without any mutant, `cargo mutants` writes none.
fn lines(results: &Path, list: &str) -> Vec<String> {
    let list = results.join("mutants.out").join(list).with_extension("txt");
    let text = fs::read_to_string(list).unwrap_or_default();
    text.lines().map(|line| line.trim_start_matches("crates/workos/src/").to_owned()).collect()
}

/// The folder of a mutant's file, or the file where many lie in one folder.
fn place(mutant: &str) -> &str {
    let file = mutant.split(':').next().unwrap_or(mutant);
    match file.rsplit_once('/') {
        Some((folder, _)) if folder != "helpers" => folder,
        _ => file,
    }
}

/// The numbers for each place, and every mutant that is missed or hangs.
fn markdown(outcomes: &[Outcome]) -> String {
    let mut places = BTreeMap::<&str, Vec<usize>>::new();
    for (column, (_, mutants)) in outcomes.iter().enumerate() {
        for mutant in mutants {
            for row in [place(mutant), "all"] {
                let counts = places.entry(row).or_insert_with(|| vec![0; outcomes.len()]);
                counts.iter_mut().skip(column).take(1).for_each(|count| *count += 1);
            }
        }
    }
    let all = places.remove_entry("all");
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = ["place", "mutants"].into_iter().chain(outcomes.iter().map(|(name, _)| *name));
    let mut text = row(head.map(str::to_owned).collect());
    text += &format!("|{}\n", "---|".repeat(outcomes.len() + 2));
    for (place, counts) in places.into_iter().chain(all) {
        let numbers = [counts.iter().sum()].into_iter().chain(counts).map(|n: usize| n.to_string());
        text += &row([place.to_owned()].into_iter().chain(numbers).collect());
    }
    for (name, mutants) in outcomes.iter().filter(|(name, _)| ["missed", "hung"].contains(name)) {
        if !mutants.is_empty() {
            text += &format!("\n{name}:\n\n- `{}`\n", mutants.join("`\n- `"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_place_below_a_number() {
        assert_eq!(parse("0/6"), Ok((0, 6)));
        assert_eq!(parse("5/6"), Ok((5, 6)));
        for wrong in ["", "6", "6/6", "0/0", "-1/6", "1/", "a/b"] {
            let error = format!("`{wrong}` is not a shard; expected k/n with k < n, such as 0/6");
            assert_eq!(parse(wrong), Err(error));
        }
    }

    #[test]
    fn the_report_counts_every_mutant_and_lists_those_that_need_a_look() {
        let outcome = |name, mutants: &[&str]| (name, mutants.iter().map(|&m| m.into()).collect());
        let outcomes = [
            outcome("caught", &["client/retry.rs:1:2: a", "client/send.rs:3:4: b"]),
            outcome("hung", &["helpers/vault.rs:1:2: replace < with >"]),
            outcome("missed", &["client/retry.rs:7:9: replace + with -"]),
            outcome("do not compile", &["helpers/seal/iron.rs:5:6: c", "helpers/sso.rs:7:8: d"]),
        ];
        let expected = "\
| place | mutants | caught | hung | missed | do not compile |
|---|---|---|---|---|---|
| client | 3 | 2 | 0 | 1 | 0 |
| helpers/seal | 1 | 0 | 0 | 0 | 1 |
| helpers/sso.rs | 1 | 0 | 0 | 0 | 1 |
| helpers/vault.rs | 1 | 0 | 1 | 0 | 0 |
| all | 6 | 2 | 1 | 1 | 2 |

hung:

- `helpers/vault.rs:1:2: replace < with >`

missed:

- `client/retry.rs:7:9: replace + with -`
";
        assert_eq!(markdown(&outcomes), expected);
    }
}
