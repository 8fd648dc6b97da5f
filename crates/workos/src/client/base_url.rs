//! The base URL of a client's requests.

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::Error;
use crate::transport::is_loopback;

/// A checked base URL: scheme, host, port and an optional path, without a slash at the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BaseUrl {
    text: String,
    uri: Uri,
}

impl Default for BaseUrl {
    /// A placeholder for a base URL that was refused; it leads nowhere.
    fn default() -> Self {
        Self { text: String::new(), uri: Uri::default() }
    }
}

impl BaseUrl {
    /// Checks the setting `name`. Without `allow_insecure_http`, `http://` is accepted for this
    /// machine only, since every request carries the API key or another secret.
    pub(crate) fn parse(name: &str, text: &str, allow_insecure_http: bool) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::builder(format!("{name}: {reason}"));
        let trimmed = text.trim().trim_end_matches('/');
        let uri: Uri = trimmed
            .parse()
            .map_err(|_| refuse("not a URL; expected something like https://api.workos.com"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(refuse("expected an absolute URL such as https://api.workos.com"));
        };
        if authority.as_str().contains('@') {
            return Err(refuse("it must not hold credentials"));
        }
        if authority.host().is_empty() || uri.query().is_some() || trimmed.contains('#') {
            return Err(refuse("expected a host, no query and no fragment"));
        }
        if !has_valid_port(authority) {
            return Err(refuse("the port must be a number from 1 to 65535"));
        }
        let is_http = *scheme == Scheme::HTTP;
        if !is_http && *scheme != Scheme::HTTPS {
            return Err(refuse("the scheme must be https or http"));
        }
        if is_http && !allow_insecure_http && !is_loopback(authority.host()) {
            return Err(refuse(
                "http:// would send credentials unencrypted; use https://, or \
                 allow_insecure_http(true) if the network is trusted",
            ));
        }
        Ok(Self { text: trimmed.to_owned(), uri })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn port(&self) -> u16 {
        let default = if self.uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
        self.uri.port_u16().unwrap_or(default)
    }
}

/// `http` accepts any text as a port.
fn has_valid_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        None | Some("") => true,
        Some(_) => authority.port_u16().is_some_and(|port| port > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_makes_no_difference_and_a_path_is_kept() {
        for (text, kept) in [
            ("https://api.workos.com", "https://api.workos.com"),
            ("https://api.workos.com/", "https://api.workos.com"),
            (" https://proxy.example:8443/workos// ", "https://proxy.example:8443/workos"),
            ("http://localhost:4100/", "http://localhost:4100"),
            ("http://127.1.2.3", "http://127.1.2.3"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("http://app.LOCALHOST.:1", "http://app.LOCALHOST.:1"),
        ] {
            assert_eq!(BaseUrl::parse("base_url", text, false).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_cannot_be_a_base_url_is_refused() {
        for text in [
            "",
            "not a url",
            "api.workos.com",
            "/organizations",
            "ftp://api.workos.com",
            "https://",
            "https://user:pw@api.workos.com",
            "https://api.workos.com?x=1",
            "https://api.workos.com#x",
            "http://api.workos.com",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "http://evillocalhost",
            "http://xlocalhost:4100",
            "https://h:99999",
            "https://h:-1",
            "https://h:",
            "https://h:0",
            "https://[::1]:x",
        ] {
            let error = BaseUrl::parse("base_url", text, false).unwrap_err().to_string();
            assert!(error.contains("base_url"), "{text}: {error}");
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn plain_http_to_another_host_has_to_be_allowed() {
        assert!(BaseUrl::parse("base_url", "http://gateway.internal", true).is_ok());
    }
}
