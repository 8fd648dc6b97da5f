//! Guides: a page for each thing you want to get done, from start to end.
//!
//! New here? Start with [`sign_people_in`] and [`sessions`], or with [`testing`] if your application
//! uses only the API. Coming from the official crate, start with [`migrating`].
//!
//! The examples are compiled, and run as tests wherever the emulator serves their calls.

/// From the sign-in button to a session and out again, with AuthKit, SSO, devices and machines.
pub mod sign_people_in {
    #![doc = include_str!("../docs/sign-people-in.md")]
}

/// Sessions in cookies and access tokens in headers: check, refresh, switch, end.
pub mod sessions {
    #![doc = include_str!("../docs/sessions.md")]
}

/// Webhooks, the Events API and actions: verify, follow, handle once.
pub mod webhooks_and_events {
    #![doc = include_str!("../docs/webhooks-and-events.md")]
}

/// Tests without a network: the emulator, and a transport of your own.
pub mod testing {
    #![doc = include_str!("../docs/testing.md")]
}

/// What is sent again, how long a call may take, and how to set both.
pub mod retries_and_timeouts {
    #![doc = include_str!("../docs/retries-and-timeouts.md")]
}

/// Other HTTP clients, proxies, certificates, WebAssembly; logs, traces and metrics.
pub mod transports_and_observability {
    #![doc = include_str!("../docs/transports-and-observability.md")]
}

/// From the official crate to this one.
pub mod migrating {
    #![doc = include_str!("../docs/migrating-from-official.md")]
}

/// Why the crate is the way it is.
pub mod design {
    #![doc = include_str!("../docs/design.md")]
}
