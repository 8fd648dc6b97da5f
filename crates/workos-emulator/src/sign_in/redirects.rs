//! Where browsers may be sent: redirect URIs, and what is added to them.

use std::net::IpAddr;

use crate::loopback::is_loopback;
use crate::reply::{Answer, Refusal};
use crate::state::Store;
use crate::urls::UNSAFE_SCHEMES;

/// The hosts that browsers may be sent to, besides this machine and the registered redirect URIs.
#[derive(Debug, Clone, Default)]
pub(crate) struct RedirectHosts(Vec<Pattern>);

/// Hosts that are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Any,
    Host(String),
    /// The subdomains of a host, but not the host.
    Subdomains(String),
}

impl RedirectHosts {
    /// Reads a host such as `app.test`, subdomains such as `*.app.test`, or `*`. An origin counts
    /// as its host.
    ///
    /// # Errors
    ///
    /// Names what is not a host.
    pub(crate) fn allow(&mut self, text: &str) -> Result<(), String> {
        let invalid = || format!("'{text}' is not a host, such as app.test or *.app.test");
        let text = text.trim();
        if text == "*" {
            self.0.push(Pattern::Any);
            return Ok(());
        }
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (wildcard, authority) = match authority.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, authority),
        };
        let host = host_of(authority).filter(|host| !host.contains('*')).ok_or_else(invalid)?;
        self.0.push(if wildcard { Pattern::Subdomains(host) } else { Pattern::Host(host) });
        Ok(())
    }

    fn allows(&self, host: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Any => true,
            Pattern::Host(own) => own == host,
            Pattern::Subdomains(parent) => {
                host.strip_suffix(parent.as_str()).is_some_and(|start| start.ends_with('.'))
            }
        })
    }
}

/// The redirect URI that is registered as the default.
pub(crate) fn default_uri(store: &Store) -> Option<String> {
    let found = store.redirect_uris.iter().find(|uri| uri.default);
    found.map(|uri| uri.uri.clone())
}

/// Refuses a URI that browsers must not be sent to.
pub(crate) fn check(store: &Store, hosts: &RedirectHosts, uri: &str) -> Answer<()> {
    let refuse = |message: String| Err(Refusal::bad_request("invalid_redirect_uri", message));
    if uri.chars().any(|char| char.is_control() || char.is_whitespace()) {
        return refuse("The redirect URI has characters that no URI has.".to_owned());
    }
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let scheme = scheme.unwrap_or_default();
    if UNSAFE_SCHEMES.contains(&&*scheme) {
        return refuse(format!("Redirect URIs with the scheme '{scheme}' are never allowed."));
    }
    if store.redirect_uris.find("uri", uri).is_some() {
        return Ok(());
    }
    let rest = uri.split_once("://").map(|(_, rest)| rest);
    let host = rest.and_then(|rest| host_of(rest.split(['/', '?', '#']).next()?));
    match host {
        None => refuse(format!("The redirect URI '{uri}' has no host.")),
        Some(host) if is_loopback(&bracketed(&host)) || hosts.allows(&host) => Ok(()),
        Some(host) => refuse(format!(
            "The redirect URI is for the host '{host}'. Register the URI, or start the emulator \
             with --redirect-hosts {host}."
        )),
    }
}

/// The host of an authority in its one spelling: no port, no final dot, lowercase.
fn host_of(authority: &str) -> Option<String> {
    let authority = authority.parse::<http::uri::Authority>().ok()?;
    let host = authority.host().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.strip_suffix('.').unwrap_or(host);
    let address = host.parse::<IpAddr>().map(|address| address.to_canonical().to_string());
    Some(address.unwrap_or_else(|_| host.to_owned())).filter(|host| !host.is_empty())
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(patterns: &[&str]) -> RedirectHosts {
        let mut hosts = RedirectHosts::default();
        patterns.iter().for_each(|pattern| hosts.allow(pattern).unwrap());
        hosts
    }

    fn code(hosts: &RedirectHosts, uri: &str) -> Option<String> {
        check(&Store::default(), hosts, uri).err().map(|refusal| refusal.code().to_owned())
    }

    #[test]
    fn this_machine_is_always_allowed() {
        for uri in [
            "http://localhost:3000/callback",
            "https://LOCALHOST/callback?x=1",
            "http://127.0.0.1:1/",
            "http://[::1]:8080/callback",
            "http://app.localhost/callback",
            "http://localhost./callback",
            "myapp://localhost/callback",
        ] {
            assert_eq!(code(&RedirectHosts::default(), uri), None, "{uri}");
        }
    }

    #[test]
    fn other_hosts_have_to_be_allowed() {
        let allowed = hosts(&["app.test", "*.preview.test", "https://origin.test:8443/"]);
        for uri in [
            "https://app.test/callback",
            "https://APP.test:8443/callback",
            "https://a.b.preview.test",
            "http://origin.test/x",
            "com.example.app://app.test/callback",
        ] {
            assert_eq!(code(&allowed, uri), None, "{uri}");
        }
        for uri in [
            "https://other.test/callback",
            "https://preview.test/",
            "https://xpreview.test/",
            "https://app.test.evil.test/",
            "https://app.test@evil.test/",
            "https://localhost.evil.test/",
        ] {
            assert_eq!(code(&allowed, uri).as_deref(), Some("invalid_redirect_uri"), "{uri}");
        }
        assert_eq!(code(&hosts(&["*"]), "https://anything.test/"), None);
    }

    #[test]
    fn what_is_no_page_or_application_is_never_allowed() {
        for uri in [
            "javascript:alert(1)",
            "JavaScript://localhost/%0aalert(1)",
            "data:text/html,hi",
            "vbscript:x",
            "blob:http://localhost/1",
            "file:///etc/passwd",
            "",
            "/callback",
            "localhost:3000",
            "http:///callback",
            "http://local host/",
            "http://localhost/\nSet-Cookie: a=b",
            "http://localhost/\u{7f}",
        ] {
            assert_eq!(code(&hosts(&["*"]), uri).as_deref(), Some("invalid_redirect_uri"), "{uri}");
        }
    }

    #[test]
    fn what_is_no_host_cannot_be_allowed() {
        for text in ["", " ", "*.", "**", "a.*.test", "*app.test", "https://", "a b"] {
            assert!(RedirectHosts::default().allow(text).is_err(), "{text}");
        }
    }
}
