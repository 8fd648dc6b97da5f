//! The facts as the emulator and the tests of the SDK use them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod foreign;
mod requests;
mod samples;

use workos_contract::{Operation, Problem};

fn operation(name: &str) -> &'static Operation {
    let (method, path) = name.split_once(' ').unwrap();
    workos_contract::operation(method, path).unwrap()
}

/// The texts of problems.
fn texts(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
