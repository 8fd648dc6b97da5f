//! The helpers compared with the official crate and the bare primitives: operations per second, and
//! instructions, which are the same in every run.

use std::path::Path;
use std::process::Command;

use crate::instructions::callgrind;
use crate::run::{bench, built, output};

pub(crate) fn report() -> Result<(), String> {
    bench("helpers")?;
    println!();
    println!("| work | by | instructions | of the first |");
    println!("|---|---|---|---|");
    let program = built("helpers")?;
    let (list, _) = output(Command::new(&program).arg("list"))?;
    let mut first = ("", 0);
    for line in list.lines() {
        let (work, party) =
            line.split_once('\t').ok_or("the list is not one of works and parties")?;
        let count = instructions(&program, work, party)?;
        if first.0 != work {
            first = (work, count);
        }
        let ratio = count as f64 / first.1 as f64;
        println!("| {work} | {party} | {count} | {ratio:.2}x |");
    }
    Ok(())
}

fn instructions(program: &Path, work: &str, party: &str) -> Result<u64, String> {
    const TIMES: u64 = 20;
    let arguments = ["count", work, party, &TIMES.to_string()];
    Ok(callgrind(&["helpers::measured*"], program, &arguments)? / TIMES)
}
