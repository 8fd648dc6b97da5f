//! Tasks of this workspace: `cargo xtask`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program prints to the terminal

mod build_cost;
mod contract;
mod emulator;
mod helpers;
mod instructions;
mod mutants;
mod run;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <task>

build-cost [--rounds N] [program]...
                          crates, CPU seconds of cold builds (the median of N rounds, by default
                          3) and size of programs that list organizations: with the official
                          crate, with ours, and bare ones. Needs bash and the registry.
instructions              instructions per call, counted by valgrind's callgrind.
throughput                calls per second on loopback.
paging                    a walk over 10,000 organizations.
helpers                   sessions, webhooks, Vault and events on one core: operations per
                          second, and instructions by callgrind.
emulator [--against COMMAND | --data FILE]
                          the emulator: its start, its memory, and CPU time per request; the
                          same of another server that takes --port and --seed. Needs Linux.

contract import <document>
                          replaces crates/workos-contract/facts/ with the facts of an OpenAPI
                          document (JSON or YAML); additions.json stays.
mutants [k/n]             mutation tests of the client and the helpers: changes the code in many
                          places, one at a time, and lists the changes that no test notices.
                          Runs every n-th mutant, from the k-th; by default 0/12, which takes an
                          hour or two. Needs bash, git and cargo-mutants.
drift [--only-added] [--all] [--json] <document>
                          the differences of a document from the facts, or only what it adds: a
                          line for each operation, type and event, and what breaks programs that
                          work today; --all adds a line for each field. An added operation is a
                          row for its resource file. Exits with 1 if there is a difference; what
                          only additions.json has is shown, but does not count. --json prints the
                          same with every field, as described in
                          xtask/src/contract/drift/report.rs.

Each prints Markdown; the measurements are tables. Measure on an idle machine.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let result = match (task.as_deref(), words.as_slice()) {
        (Some("build-cost"), arguments) => build_cost::report(arguments),
        (Some("contract"), ["import", document]) => contract::import(document),
        (Some("drift"), [options @ .., document]) => {
            let Some(options) = contract::Options::parse(options) else {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            };
            match contract::drift(document, options) {
                Ok(true) => return ExitCode::FAILURE,
                Ok(false) => Ok(()),
                Err(message) => Err(message),
            }
        }
        (Some("emulator"), []) => emulator::report(None),
        (Some("emulator"), ["--against", command]) => emulator::report(Some(command)),
        (Some("emulator"), ["--data", file]) => emulator::report_growth(file),
        (Some("helpers"), []) => helpers::report(),
        (Some("mutants"), []) => mutants::report(mutants::DEFAULT_SHARD),
        (Some("mutants"), [shard]) => mutants::report(shard),
        (Some("instructions"), []) => instructions::report(),
        (Some(program @ ("throughput" | "paging")), []) => run::bench(program),
        (Some("help" | "--help" | "-h"), _) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
