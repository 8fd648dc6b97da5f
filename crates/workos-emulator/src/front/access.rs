//! [`Access`]: access control for `/_emulate`.

use std::hash::{BuildHasher, RandomState};

use http::{HeaderMap, HeaderName, header};
use workos::SecretString;

use crate::fields::bearer;
use crate::loopback::is_loopback;
use crate::reply::{Answer, Refusal};

/// The API key that an emulator accepts by default, which everybody knows.
pub(crate) const DEFAULT_API_KEY: &str = "sk_test_default";

/// Marks a request that did not arrive over a socket: the sender owns the emulator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InProcess;

/// Access to `/_emulate`, for programs on this machine or clients with the control key.
///
/// A web page in the developer's browser has no access. It can send a POST to any address, but the
/// browser adds its `Origin`. With a host name that it rebinds to 127.0.0.1 (DNS rebinding) it
/// could even read responses, but then `Host` contains that name.
#[derive(Debug, Default)]
pub(crate) struct Access {
    key: Option<SecretString>,
}

impl Access {
    /// Requires a key if one is set, or if other machines can reach the emulator.
    pub(crate) fn new(key: Option<SecretString>, is_reachable: bool) -> Self {
        Self { key: key.or_else(|| is_reachable.then(random_key)) }
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(SecretString::expose)
    }

    /// Checks a request to `/_emulate` that arrived over a socket.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Answer<()> {
        let named = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        if let Some(origin) = named(header::ORIGIN).filter(|origin| !is_own_origin(origin)) {
            return Err(forbidden(format!(
                "This request comes from a web page (Origin: {origin}), and /_emulate answers \
                 none. Send it from a program, such as a test or curl."
            )));
        }
        let host = named(header::HOST).unwrap_or_default();
        match &self.key {
            Some(key) if bearer(headers).as_ref() == Some(key) => Ok(()),
            Some(_) => Err(forbidden(
                "/_emulate needs the control key: send `Authorization: Bearer <control key>`. The \
                 emulator prints it when it starts; --control-key sets it.",
            )),
            None if is_loopback(host) => Ok(()),
            None => Err(forbidden(format!(
                "/_emulate answers at localhost and 127.0.0.1, and this request is for another \
                 host (Host: {host}). Use one of those, or start the emulator with --control-key."
            ))),
        }
    }
}

fn forbidden(message: impl Into<String>) -> Refusal {
    Refusal::forbidden("emulator_control_forbidden", message)
}

/// Whether an origin is a server on this machine.
pub(super) fn is_own_origin(origin: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(is_loopback)
}

/// An unguessable key. [`RandomState`] is seeded by the system; the generator of IDs would not do,
/// since its state can be derived from a few IDs.
fn random_key() -> SecretString {
    let state = RandomState::new();
    let [one, other] = [0, 1].map(|part: u64| state.hash_one(part));
    format!("control_{one:016x}{other:016x}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_of_this_machine_are_loopback() {
        for host in [
            "localhost",
            "LocalHost:4100",
            "app.localhost",
            "127.0.0.1",
            "127.8.9.1:80",
            "[::1]:4100",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
            assert!(is_own_origin(&format!("http://{host}")), "{host}");
            assert!(is_own_origin(&format!("https://{host}")), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evillocalhost",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
            "local host",
            "localhost/",
        ] {
            assert!(!is_loopback(host), "{host}");
            assert!(!is_own_origin(&format!("http://{host}")), "{host}");
        }
        for origin in ["null", "", "localhost", "file://", "chrome-extension://localhost"] {
            assert!(!is_own_origin(origin), "{origin}");
        }
    }

    #[test]
    fn keys_that_are_made_are_long_and_never_the_same() {
        let keys: std::collections::HashSet<_> = (0..100).map(|_| random_key()).collect();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|key| key.expose().len() == 40));
    }
}
