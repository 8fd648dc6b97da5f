//! Sessions as Python seals them: Fernet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::Layout;
use workos_fuzz::seals::check;

fuzz_target!(|data: &[u8]| check(
    Layout::Fernet,
    "iApW-D6CmRaT3FZrlSwiAYnZASTZByjHogJvXBYHBBo=",
    data
));
