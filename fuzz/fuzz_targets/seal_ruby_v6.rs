//! Sessions as Ruby sealed them up to version 6: AES-GCM with the password as the key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::Layout;
use workos_fuzz::seals::check;

fuzz_target!(|data: &[u8]| check(Layout::RubyV6, "M4VmNQ_jto9RLKKLy8MrQwtUyyUQh8XX", data));
