//! [`Access`]: access control for `/_emulate`.

use std::hash::{BuildHasher, RandomState};

#[cfg(feature = "pages")]
use http::Method;
use http::{HeaderMap, HeaderName, header};
use workos::SecretString;

use crate::fields::{bearer, is_form};
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
    /// The cookie value of a browser that signed in with the key. Not the key itself: browsers
    /// send cookies to other ports of the host, too.
    #[cfg(feature = "pages")]
    session: LazySession,
}

#[cfg(feature = "pages")]
type LazySession = std::sync::OnceLock<SecretString>;

impl Access {
    /// Requires a key if one is set, or if other machines can reach the emulator.
    pub(crate) fn new(key: Option<SecretString>, is_reachable: bool) -> Self {
        let key = key.or_else(|| is_reachable.then(random_key));
        Self {
            key,
            #[cfg(feature = "pages")]
            session: LazySession::default(),
        }
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(SecretString::expose)
    }

    /// Checks a request to `/_emulate` that arrived over a socket.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Answer<()> {
        check_origin(headers)?;
        let host = named(headers, header::HOST).unwrap_or_default();
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

#[cfg(feature = "pages")]
impl Access {
    /// Checks a request for a dashboard page that arrived over a socket. Returns whether it may
    /// be shown; if not, the browser has to sign in first.
    ///
    /// A browser says where a form was. Another page of this machine, such as that of the application,
    /// is not the dashboard.
    pub(crate) fn check_page(&self, method: &Method, headers: &HeaderMap) -> Answer<bool> {
        if *method == Method::POST && !is_same_origin(headers) {
            return Err(forbidden(
                "This form is not on a page of the emulator: its Origin is another one than the host \
                 that it was sent to, or is missing. Programs use the control API.",
            ));
        }
        check_origin(headers)?;
        match &self.key {
            None => self.check(headers).map(|()| true),
            Some(_) => Ok(self.has_session(headers) || self.check(headers).is_ok()),
        }
    }

    /// The cookie of a dashboard session, if this is the control key.
    pub(crate) fn sign_in(&self, key: &SecretString) -> Option<String> {
        let session = self.session.get_or_init(random_key);
        let is_right = self.key.as_ref() == Some(key);
        is_right.then(|| {
            let value = session.expose();
            format!("{COOKIE}={value}; Path=/_emulate; HttpOnly; SameSite=Strict")
        })
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = values
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let is_session = |value| self.session.get() == Some(&SecretString::from(value));
        pairs.any(|(name, value): (&str, &str)| name == COOKIE && is_session(value))
    }
}

/// The name of the cookie of the dashboard.
#[cfg(feature = "pages")]
const COOKIE: &str = "workos_emulator";

fn named(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or(""))
}

/// Refuses the pages of other machines, and forms on other pages than those of the emulator.
fn check_origin(headers: &HeaderMap) -> Answer<()> {
    let Some(origin) = named(headers, header::ORIGIN) else { return Ok(()) };
    if is_own_origin(origin) && !is_form(headers) || is_same_origin(headers) {
        return Ok(());
    }
    Err(forbidden(format!(
        "This request comes from a web page (Origin: {origin}), and /_emulate answers none. Send it \
         from a program, such as a test or curl."
    )))
}

/// Whether a request comes from a page of the host that it goes to.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let origin = named(headers, header::ORIGIN).unwrap_or_default();
    let host = named(headers, header::HOST).unwrap_or_default();
    !host.is_empty()
        && authority(origin).is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn forbidden(message: impl Into<String>) -> Refusal {
    Refusal::forbidden("emulator_control_forbidden", message)
}

/// Whether an origin is a server on this machine.
pub(super) fn is_own_origin(origin: &str) -> bool {
    authority(origin).is_some_and(is_loopback)
}

/// The host and port of an origin.
fn authority(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
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
