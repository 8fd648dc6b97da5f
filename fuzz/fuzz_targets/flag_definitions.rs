//! Feature flags as the server sends them, in both versions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workos::helpers::flags::FlagContext;
use workos_fuzz::tokens;

fuzz_target!(|data: &[u8]| {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(builder) = tokens::CLIENT.feature_flags_runtime().bootstrap(&payload) else { return };
    let flags = builder.start();
    let user = FlagContext::new().user("user_1").organization("org_1");
    for context in [FlagContext::new(), user] {
        for (slug, enabled) in flags.all_flags(&context) {
            let flag = flags.get_flag(&slug).unwrap();
            let value = flag.evaluate(&context);
            assert_eq!(enabled, value.unwrap_or(false));
            assert_eq!(flags.is_enabled(&slug, &context), enabled);
            assert_eq!(flags.is_enabled_or(&slug, &context, true), value.unwrap_or(true));
            // A disabled flag is off for everybody.
            let is_v1 = payload.get(&slug).is_some();
            assert!(flag.enabled() || !is_v1 || !enabled);
        }
    }
    assert!(flags.is_enabled_or("no such flag", &FlagContext::new(), true));
});
