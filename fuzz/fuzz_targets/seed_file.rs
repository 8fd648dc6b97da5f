//! Seed files of the emulator, in YAML and in JSON: they are read, or every problem has a position;
//! what was read is read again as it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos_emulator::{SeedData, SeedError};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    check(SeedData::from_json(text), text);
    check(SeedData::from_yaml(text), text);
});

fn check(read: Result<SeedData, SeedError>, text: &str) {
    match read {
        Ok(data) => {
            let written = data.to_json();
            for again in [SeedData::from_json(&written), SeedData::from_yaml(&written)] {
                assert_eq!(again.unwrap().counts(), data.counts());
            }
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                assert!(!problem.message().is_empty());
                let (line, column) = (problem.line().unwrap(), problem.column().unwrap());
                assert!(line >= 1 && column >= 1 && line <= text.len() + 2, "{error}");
            }
        }
    }
}
