//! Sessions as Rust and Go seal them: AES-GCM.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::Layout;
use workos_fuzz::seals::check;

fuzz_target!(|data: &[u8]| check(
    Layout::AesGcm,
    "bfbdb77e7beca97804321bb0d878ee4b3b98923d3b49141f12eb742913f48c0a",
    data
));
