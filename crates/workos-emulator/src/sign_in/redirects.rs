//! Where browsers may be sent: redirect URIs, and what is added to them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
        let invalid =
            || format!("Invalid redirect host '{text}': not one such as app.test or *.app.test");
        let text = text.trim();
        if text == "*" {
            self.0.push(Pattern::Any);
            return Ok(());
        }
        let authority = match text.split_once("://") {
            Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
            None => text,
        };
        if authority.split(':').next() == Some("*") {
            return Err(format!("Invalid redirect host '{text}': write \"*\" to allow any host"));
        }
        let (wildcard, authority) = match authority.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, authority),
        };
        if !authority.is_ascii() {
            return Err(format!(
                "Invalid redirect host '{text}': it has to be in ASCII, which begins with xn--"
            ));
        }
        // An IPv6 address may go without brackets.
        let host = match authority.parse::<Ipv6Addr>() {
            Ok(address) => Some(IpAddr::V6(address).to_canonical().to_string()),
            Err(_) if has_more(authority) => None,
            Err(_) => host_of(authority).filter(|host| is_name(host)),
        };
        let host = host.ok_or_else(invalid)?;
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

impl fmt::Display for RedirectHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match pattern {
                Pattern::Any => write!(f, "{comma}*"),
                Pattern::Host(host) => write!(f, "{comma}{host}"),
                Pattern::Subdomains(host) => write!(f, "{comma}*.{host}"),
            }?;
        }
        Ok(())
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
    let is_foreign =
        |char: char| char.is_control() || char.is_whitespace() && !(store.drop_in && char == ' ');
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let scheme = scheme.unwrap_or_default();
    if uri.chars().any(is_foreign) || !is_scheme(&scheme) {
        return refuse("Invalid redirect_uri".to_owned());
    }
    if UNSAFE_SCHEMES.contains(&&*scheme) {
        return refuse(format!("Invalid redirect_uri: the scheme {scheme} is not allowed."));
    }
    if store.redirect_uris.find("uri", uri).is_some() {
        return Ok(());
    }
    let Some((_, rest)) = uri.split_once("://") else {
        return refuse(format!("Invalid redirect_uri: {scheme} without a host is not allowed."));
    };
    match rest.split(['/', '?', '#']).next().and_then(host_of) {
        None => refuse("Invalid redirect_uri".to_owned()),
        Some(host) if is_loopback(&bracketed(&host)) || hosts.allows(&host) => Ok(()),
        Some(host) => {
            let allowed = hosts.to_string();
            let allowed = if allowed.is_empty() { allowed } else { format!(" or {allowed}") };
            refuse(format!(
                "redirect_uri must point to localhost{allowed}, and not to '{host}'. Register the \
                 URI, or start the emulator with --redirect-hosts {host} \
                 (allowedRedirectHosts of a programmatic start)."
            ))
        }
    }
}

/// The host of an authority in its one spelling: no port, no final dot, lowercase.
fn host_of(authority: &str) -> Option<String> {
    let authority = authority.parse::<http::uri::Authority>().ok()?;
    let host = authority.host().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.rsplit('.').next().is_some_and(is_number) {
        return ipv4(host).map(|address| address.to_string());
    }
    let address = host.parse::<IpAddr>().map(|address| address.to_canonical().to_string());
    Some(address.unwrap_or_else(|_| host.to_owned())).filter(|host| !host.is_empty())
}

/// Whether an authority has more than a host and a port.
fn has_more(authority: &str) -> bool {
    let after = authority.rsplit(']').next().unwrap_or_default();
    let port = after.split_once(':').map_or("0", |(_, port)| port);
    authority.contains('@') || port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a host is a name that a request may have, or an address.
fn is_name(host: &str) -> bool {
    let is_char = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(is_char)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.parse::<Ipv6Addr>().is_ok() || host.split('.').all(is_label)
}

/// Whether a label makes its host an IPv4 address: digits, or `0x` and hexadecimal ones.
fn is_number(label: &str) -> bool {
    let is_decimal = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal || label.strip_prefix("0x").is_some_and(|hex| number(hex, 16).is_some())
}

fn number(digits: &str, radix: u32) -> Option<u32> {
    let is_digits = digits.chars().all(|char| char.is_digit(radix));
    match (is_digits, digits) {
        (false, _) => None,
        (true, "") => Some(0),
        (true, digits) => u32::from_str_radix(digits, radix).ok(),
    }
}

/// Reads an IPv4 address as browsers do (WHATWG URL): up to four numbers, of which the last fills
/// the rest, in decimal, octal or hexadecimal.
fn ipv4(host: &str) -> Option<Ipv4Addr> {
    let part = |part: &str| match (part.strip_prefix("0x"), part.strip_prefix('0')) {
        (Some(hex), _) => number(hex, 16),
        (None, Some(octal)) => number(octal, 8),
        (None, None) if part.is_empty() => None,
        (None, None) => number(part, 10),
    };
    let parts: Vec<_> = host.split('.').map(part).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    let rest = u32::try_from(4_usize.checked_sub(first.len())?).ok().filter(|rest| *rest > 0)?;
    let mut address = u64::from(*last);
    if address >= 1 << (8 * rest) {
        return None;
    }
    for (index, part) in (0_u32..).zip(first) {
        let byte = u8::try_from(*part).ok()?;
        address += u64::from(byte) << (8 * (3 - index));
    }
    u32::try_from(address).ok().map(Ipv4Addr::from)
}

/// Whether a text can be the scheme of a URI.
fn is_scheme(text: &str) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
    text.starts_with(|char: char| char.is_ascii_alphabetic()) && text.chars().all(is_part)
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
        for text in [
            "",
            " ",
            ".",
            "*.",
            "*..",
            "**",
            "a.*.test",
            "*.*.test",
            "*app.test",
            "https://",
            "a b",
            "app.test/path",
            "app.test:port",
            "app.test:",
            "ada@app.test",
            "-app.test",
            "app-.test",
            "a..test",
            "[:::]",
            "[....]",
            "[fd00::1",
            "999.999.999.999",
            "1.2.3.4.5",
            "256.0.0.1",
            "app.1",
            "m\u{f8}ller.test",
        ] {
            assert!(RedirectHosts::default().allow(text).is_err(), "{text}");
        }
        for text in ["*:3000", "https://*", "https://*:8443/x"] {
            let refused = RedirectHosts::default().allow(text).unwrap_err();
            assert!(refused.contains("write \"*\" to allow any host"), "{refused}");
        }
    }

    #[test]
    fn every_spelling_of_a_host_is_the_same_host() {
        for (pattern, host) in [
            ("App.Example.Test", "app.example.test"),
            ("https://app.example.test:8443/callback?x", "app.example.test"),
            ("app.example.test:3000", "app.example.test"),
            ("app.example.test.", "app.example.test"),
            ("my_host.example.test", "my_host.example.test"),
            ("xn--mller-vua.test", "xn--mller-vua.test"),
            ("fd00:0:0:0:0:0:0:1", "[fd00::1]"),
            ("[FD00::0001]:3000", "[fd00::1]"),
            ("10.1", "10.0.0.1"),
            ("10.0.0.1", "10.1"),
            ("192.168.001.1", "192.168.1.1"),
            ("0x7f.0.0.2", "127.2"),
            ("2130706434", "127.0.0.2"),
            ("*.example.test.", "app.example.test"),
        ] {
            let allowed = hosts(&[pattern]);
            for uri in [format!("http://{host}/cb"), format!("http://{host}.:3000/cb")] {
                if !uri.contains("].") {
                    assert_eq!(code(&allowed, &uri), None, "{pattern} {uri}");
                }
            }
        }
    }
}
