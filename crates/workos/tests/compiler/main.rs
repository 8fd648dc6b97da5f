//! What the compiler reports about mistakes, and where: by a maintainer in the declarations of a
//! resource file, and by a user who writes a request.
//!
//! Each case is compiled separately, with stand-ins for what its macros refer to.

#![allow(clippy::unwrap_used, clippy::panic)]

mod clearing;
mod inputs;
mod rows;

use std::io::Write;
use std::process::{Command, Stdio};

/// An error of rustc.
#[derive(Debug, PartialEq)]
struct Complaint {
    text: String,
    /// The line of the first error, counted from the first line of the code in question.
    line: usize,
}

/// Compiles the code between a head and a tail; `None` if rustc reports nothing.
fn rustc(head: &str, code: &str, tail: &str) -> Option<Complaint> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-o", "-", "-"])
        .args([
            "--cap-lints=forbid",
            "--check-cfg=cfg(feature, values(\"contract\", \"requests\"))",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let source = format!("{}\n{code}\n{tail}", head.trim_end());
    rustc.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = rustc.wait_with_output().unwrap();
    if output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let place = text.split("--> <anon>:").nth(1).unwrap_or_else(|| panic!("{text}"));
    let line: usize = place.split(':').next().unwrap().parse().unwrap();
    Some(Complaint { text, line: line.saturating_sub(head.trim_end().lines().count()) })
}

/// A source file without its module docs, which are only allowed at its start.
fn macros_of(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.starts_with("//!"));
    lines.map(|line| format!("{line}\n")).collect()
}
