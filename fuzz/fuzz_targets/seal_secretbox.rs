//! Sessions as PHP seals them: secretbox.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::Layout;
use workos_fuzz::seals::check;

fuzz_target!(|data: &[u8]| check(
    Layout::Secretbox,
    "zdWniFudCSuY7PV3dgIcW6Tvotkofv5XSktkmHfEVpY=",
    data
));
