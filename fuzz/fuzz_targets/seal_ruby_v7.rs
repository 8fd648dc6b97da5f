//! Sessions as Ruby seals them since version 7: AES-GCM with a version and the tag in front.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workos::helpers::seal::Layout;
use workos_fuzz::seals::check;

fuzz_target!(|data: &[u8]| check(Layout::RubyV7, "bUQj7m5ViVl0KAXxh1jgZnZgoq3kxj4e", data));
