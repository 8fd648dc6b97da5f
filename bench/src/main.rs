//! Comparison with the official crate.
fn main() {}
