//! Instructions per call, by callgrind: the same number in every run, whatever the load on the
//! machine.

use std::path::Path;
use std::process::Command;

use crate::run::{built, output};

const SCENARIOS: [&str; 4] = ["get", "list", "create", "not-found"];

pub(crate) fn report() -> Result<(), String> {
    let program = built("instructions")?;
    println!("| scenario | official | ours | ratio | floor |");
    println!("|---|---|---|---|---|");
    for scenario in SCENARIOS {
        let official = per_call(&program, "official", scenario)?;
        let ours = per_call(&program, "ours", scenario)?;
        let floor = per_call(&program, "floor", scenario)?;
        let ratio = ours as f64 / official as f64;
        println!("| {scenario} | {official} | {ours} | {ratio:.2}x | {floor} |");
    }
    Ok(())
}

/// The difference between two runs, so that one-time work does not count.
fn per_call(program: &Path, implementation: &str, scenario: &str) -> Result<u64, String> {
    const CALLS: u64 = 100;
    const WARM_UP: u64 = 20;
    let more = counted(program, implementation, scenario, WARM_UP + CALLS)?;
    let fewer = counted(program, implementation, scenario, WARM_UP)?;
    Ok((more - fewer) / CALLS)
}

fn counted(
    program: &Path,
    implementation: &str,
    scenario: &str,
    times: u64,
) -> Result<u64, String> {
    let toggles = ["instructions::measured*", "instructions::uncounted*"];
    callgrind(&toggles, program, &[implementation, scenario, &times.to_string()])
}

/// How many instructions a measuring program executes between entering one of these functions and
/// leaving it.
pub(crate) fn callgrind(
    toggles: &[&str],
    program: &Path,
    arguments: &[&str],
) -> Result<u64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .args(toggles.iter().map(|function| format!("--toggle-collect={function}")))
        .arg(program)
        .args(arguments);
    let (_, stderr) = output(&mut valgrind)?;
    let line = stderr.lines().find_map(|line| line.split_once("Collected : "));
    let count = line.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| format!("callgrind printed no count:\n{stderr}"))
}
