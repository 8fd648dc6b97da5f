//! Cookies of a browser, for any web framework: reading those of a request, and ready `Set-Cookie`
//! values for a session.
//!
//! ```
//! use http::HeaderMap;
//! use workos::helpers::cookies::{RequestCookies, SessionCookies};
//! use workos::helpers::seal::SealKeys;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let keys = SealKeys::new("a cookie password of 32 characters")?;
//! let cookies = SessionCookies::new("https://app.example.com/callback");
//!
//! let mut request = HeaderMap::new(); // of the request
//! # request.insert("cookie", "wos-session=abc".parse().unwrap());
//! let had = RequestCookies::from_headers(&request);
//! let session = client.session(cookies.read(&had)?, &keys);
//!
//! let mut response = HeaderMap::new(); // of the response
//! let refreshed = session.refresh(Default::default()).await?;
//! for cookie in cookies.set(&refreshed.sealed, &had)? {
//!     response.append("set-cookie", cookie);
//! }
//! # Ok(()) }
//! ```

use std::borrow::Cow;
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Uri};
use percent_encoding::percent_decode_str;

use super::seal::{COOKIE_LIMIT, MAX_CHUNKS, SealError, join_cookie, split_cookie};
use crate::transport::is_loopback;
use crate::{Error, SecretString};

/// The name that the AuthKit SDKs of WorkOS give to the session's cookie.
pub const SESSION_COOKIE: &str = "wos-session";
/// How long a browser keeps the session's cookie by default: 400 days, the longest that it may.
pub const SESSION_COOKIE_MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The cookies that came with a request.
#[derive(Clone, Default)]
pub struct RequestCookies<'a> {
    headers: Vec<&'a str>,
}

impl<'a> RequestCookies<'a> {
    /// The values of the request's `Cookie` headers.
    pub fn new(headers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { headers: headers.into_iter().collect() }
    }

    /// The cookies among the headers of a request. A header that is not text is ignored.
    pub fn from_headers(headers: &'a HeaderMap) -> Self {
        let values = headers.get_all(COOKIE).into_iter();
        Self::new(values.filter_map(|value| str::from_utf8(value.as_bytes()).ok()))
    }

    /// The value of a cookie. Quotes around it are dropped, and `%2A` is decoded, since some SDKs
    /// write their cookies so. Of several with one name, the browser sends the most specific first:
    /// that one counts.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.pairs().find(|(own, _)| *own == name).map(|(_, value)| decoded(value))
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.headers.iter().flat_map(|header| header.split(';'));
        pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.trim(), value.trim()))
        })
    }

    fn has(&self, name: &str) -> bool {
        self.pairs().any(|(own, _)| own == name)
    }
}

impl std::fmt::Debug for RequestCookies<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.pairs().map(|(name, _)| name)).finish()
    }
}

fn decoded(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = inner.unwrap_or(value);
    // Sessions are long, and hardly ever encoded.
    if value.contains('%') {
        percent_decode_str(value).decode_utf8_lossy()
    } else {
        Cow::Borrowed(value)
    }
}

/// When a browser sends a cookie along with requests that other sites cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SameSite {
    /// Only when the user follows a link, which is what a session needs.
    #[default]
    Lax,
    /// Never: a user who follows a link to your application arrives signed out.
    Strict,
    /// Always, as in an `<iframe>` of another site. Requires `Secure`, and protection of your own
    /// against cross-site requests.
    None,
}

/// The attributes that all cookies of an application share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) domain: Option<String>,
    pub(super) same_site: SameSite,
    pub(super) secure: bool,
}

impl Attributes {
    /// A ready `Set-Cookie` value. `Max-Age` 0 deletes the cookie.
    pub(super) fn cookie(
        &self,
        name: &str,
        value: &str,
        max_age: Duration,
    ) -> Result<HeaderValue, Error> {
        let mut text = format!("{name}={value}; Path=/; Max-Age={}; HttpOnly", max_age.as_secs());
        text.push_str(match self.same_site {
            SameSite::Lax => "; SameSite=Lax",
            SameSite::Strict => "; SameSite=Strict",
            SameSite::None => "; SameSite=None",
        });
        if self.secure || self.same_site == SameSite::None {
            text.push_str("; Secure");
        }
        if let Some(domain) = &self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if !value.bytes().all(is_cookie_octet) {
            return Err(Error::builder(format!("the value of the cookie {name} is not sealed")));
        }
        let invalid = |_| Error::builder(format!("the cookie {name} cannot be a header"));
        let mut header = HeaderValue::try_from(text).map_err(invalid)?;
        header.set_sensitive(true);
        Ok(header)
    }

    pub(super) fn deleted(&self, name: &str) -> Result<HeaderValue, Error> {
        self.cookie(name, "", Duration::ZERO)
    }
}

/// What the value of a cookie consists of (RFC 6265, section 4.1.1).
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

/// The cookies of a session: its name, its attributes, and its chunks where it is too large for one
/// cookie.
///
/// By default `wos-session`, `Path=/`, `HttpOnly`, `SameSite=Lax`, `Max-Age` of 400 days, and
/// `Secure` unless the application runs on this machine without TLS. Your framework has to send
/// every value of [`set`](Self::set) and [`clear`](Self::clear) as a `Set-Cookie` header of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCookies {
    name: String,
    max_age: Duration,
    attributes: Attributes,
}

impl SessionCookies {
    /// The cookies of an application at this URL, such as its redirect URI: they are `Secure` unless
    /// it is `http` on this machine.
    pub fn new(url: impl AsRef<str>) -> Self {
        let uri: Uri = url.as_ref().parse().unwrap_or_default();
        let is_local = uri.scheme_str() == Some("http") && uri.host().is_some_and(is_loopback);
        let (domain, same_site) = Default::default();
        Self {
            name: SESSION_COOKIE.to_owned(),
            max_age: SESSION_COOKIE_MAX_AGE,
            attributes: Attributes { domain, same_site, secure: !is_local },
        }
    }

    /// The same with what these environment variables set, as in the other AuthKit SDKs. Empty ones
    /// count as not set.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `WORKOS_COOKIE_NAME` | the name |
    /// | `WORKOS_COOKIE_DOMAIN` | the domain, for all of its subdomains |
    /// | `WORKOS_COOKIE_MAX_AGE` | seconds |
    /// | `WORKOS_COOKIE_SAMESITE`, `WORKOS_COOKIE_SAME_SITE` | `lax`, `strict` or `none` |
    ///
    /// # Errors
    ///
    /// [`Error::Builder`], which names the variable and what it has to be.
    pub fn from_env(self) -> Result<Self, Error> {
        self.from_variables(|name| std::env::var(name).ok())
    }

    #[allow(clippy::wrong_self_convention)] // "from" the variables, not from `self`
    fn from_variables(mut self, read: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = |name| read(name).filter(|value| !value.trim().is_empty());
        if let Some(name) = read("WORKOS_COOKIE_NAME") {
            self = self.name(name)?;
        }
        if let Some(domain) = read("WORKOS_COOKIE_DOMAIN") {
            self = self.domain(domain)?;
        }
        if let Some(seconds) = read("WORKOS_COOKIE_MAX_AGE") {
            let invalid = |_| Error::builder("WORKOS_COOKIE_MAX_AGE is not a number of seconds");
            self = self.max_age(Duration::from_secs(seconds.trim().parse().map_err(invalid)?));
        }
        let same_site = || read("WORKOS_COOKIE_SAME_SITE");
        if let Some(text) = read("WORKOS_COOKIE_SAMESITE").or_else(same_site) {
            self = self.same_site(match text.trim().to_ascii_lowercase().as_str() {
                "lax" => SameSite::Lax,
                "strict" => SameSite::Strict,
                "none" => SameSite::None,
                _ => {
                    let problem = "WORKOS_COOKIE_SAMESITE has to be lax, strict or none";
                    return Err(Error::builder(problem));
                }
            });
        }
        Ok(self)
    }

    /// Names the cookie. With the prefix `__Host-`, browsers accept it only from this host and over
    /// TLS, so that no other application on a subdomain can plant one.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when a cookie cannot have this name (RFC 6265, section 4.1.1).
    pub fn name(mut self, name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into().trim().to_owned();
        let is_token =
            |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
        if name.is_empty() || name.len() > 200 || !name.bytes().all(is_token) {
            return Err(Error::builder(format!("a cookie cannot have the name {name:?}")));
        }
        self.name = name;
        Ok(self)
    }

    /// Lets all subdomains of a domain share the session. By default only the host that set the
    /// cookie gets it.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when it is not a domain.
    pub fn domain(mut self, domain: impl Into<String>) -> Result<Self, Error> {
        let domain = domain.into().trim().trim_start_matches('.').to_owned();
        let is_of_domains = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if domain.is_empty() || !domain.bytes().all(is_of_domains) {
            return Err(Error::builder(format!("a cookie cannot have the domain {domain:?}")));
        }
        self.attributes.domain = Some(domain);
        Ok(self)
    }

    /// How long the browser keeps the cookie.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// When the browser sends the cookie along with requests of other sites.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    /// Whether the browser sends the cookie over TLS only. `SameSite=None` always implies it.
    pub fn secure(mut self, secure: bool) -> Self {
        self.attributes.secure = secure;
        self
    }

    pub(super) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Whether a `Set-Cookie` value, or a cookie with this name, is one of the session's.
    pub fn is_own(&self, cookie: &str) -> bool {
        let name = cookie.split('=').next().unwrap_or_default().trim();
        self.chunk(name).is_some()
    }

    /// The number of a chunk; `None` in `Some` for the cookie without chunks.
    fn chunk(&self, name: &str) -> Option<Option<usize>> {
        let rest = name.strip_prefix(&self.name)?;
        if rest.is_empty() {
            return Some(None);
        }
        let number: usize = rest.strip_prefix('.')?.parse().ok()?;
        (number < MAX_CHUNKS).then_some(Some(number))
    }

    /// The sealed session among the cookies of a request, for
    /// [`Client::session`](crate::Client::session). It is empty when there is none.
    ///
    /// # Errors
    ///
    /// [`SealError::Chunks`] when a chunk of it is missing: the session cannot be opened any more.
    pub fn read(&self, cookies: &RequestCookies<'_>) -> Result<SecretString, SealError> {
        let joined = join_cookie(&self.name, |name| cookies.get(name))?;
        Ok(joined.map(SecretString::from).unwrap_or_default())
    }

    /// The `Set-Cookie` values for a session, which also delete what an earlier, longer or shorter
    /// one left among the cookies of the request.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the session is larger than the cookies of a site may be, about
    /// 120 KB.
    pub fn set(
        &self,
        sealed: &SecretString,
        had: &RequestCookies<'_>,
    ) -> Result<Vec<HeaderValue>, Error> {
        // Name and attributes count as well.
        let chunks = split_cookie(&self.name, sealed.expose(), COOKIE_LIMIT);
        if chunks.len() > MAX_CHUNKS {
            return Err(Error::builder("the session is too large for the cookies of a site"));
        }
        let mut cookies = Vec::with_capacity(chunks.len());
        for (name, value) in &chunks {
            cookies.push(self.attributes.cookie(name, value, self.max_age)?);
        }
        for name in self.names_in(had) {
            if chunks.iter().all(|(own, _)| own != name) {
                cookies.push(self.attributes.deleted(name)?);
            }
        }
        Ok(cookies)
    }

    /// The `Set-Cookie` values that delete the session.
    ///
    /// # Errors
    ///
    /// None in practice: name and attributes were checked.
    pub fn clear(&self, had: &RequestCookies<'_>) -> Result<Vec<HeaderValue>, Error> {
        let mut names: Vec<_> = self.names_in(had).collect();
        if !had.has(&self.name) {
            names.push(&self.name);
        }
        names.into_iter().map(|name| self.attributes.deleted(name)).collect()
    }

    fn names_in<'a>(&self, had: &RequestCookies<'a>) -> impl Iterator<Item = &'a str> {
        let mut names: Vec<_> = had.pairs().map(|(name, _)| name).collect();
        names.retain(|name| self.chunk(name).is_some());
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cookies: Result<Vec<HeaderValue>, Error>) -> Vec<String> {
        cookies.unwrap().iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    const DEFAULTS: &str = "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax";

    #[test]
    fn a_session_has_the_attributes_of_the_other_sdks() {
        let sealed = SecretString::from("Fe26.2**abc~2");
        let none = RequestCookies::default();
        for (url, secure) in [
            ("https://app.example.com/callback", "; Secure"),
            ("http://localhost:3000/callback", ""),
            ("http://127.0.0.1:3000/callback", ""),
            ("http://[::1]:3000/callback", ""),
            ("https://localhost/callback", "; Secure"),
            ("http://app.example.com/callback", "; Secure"),
            ("", "; Secure"),
        ] {
            let set = text(SessionCookies::new(url).set(&sealed, &none));
            assert_eq!(set, [format!("wos-session=Fe26.2**abc~2; {DEFAULTS}{secure}")], "{url}");
        }
        let cookies = SessionCookies::new("https://app.example.com")
            .name("__Host-session")
            .and_then(|cookies| cookies.domain(".example.com"))
            .unwrap()
            .max_age(Duration::from_secs(60))
            .same_site(SameSite::None)
            .secure(false);
        assert_eq!(
            text(cookies.set(&sealed, &none)),
            ["__Host-session=Fe26.2**abc~2; Path=/; Max-Age=60; HttpOnly; SameSite=None; Secure; \
              Domain=example.com"]
        );
    }

    #[test]
    fn variables_of_the_environment_set_attributes() {
        let read = |pairs: &'static [(&str, &str)]| {
            SessionCookies::new("http://localhost").from_variables(move |name| {
                pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let expected = SessionCookies::new("http://localhost")
            .name("sid")
            .and_then(|cookies| cookies.domain("example.com"))
            .unwrap()
            .max_age(Duration::from_secs(3600))
            .same_site(SameSite::Strict);
        let set: &[_] = &[
            ("WORKOS_COOKIE_NAME", "sid"),
            ("WORKOS_COOKIE_DOMAIN", "example.com"),
            ("WORKOS_COOKIE_MAX_AGE", "3600"),
            ("WORKOS_COOKIE_SAME_SITE", "Strict"),
        ];
        assert_eq!(read(set).unwrap(), expected);
        let empty: &[_] = &[("WORKOS_COOKIE_NAME", " "), ("WORKOS_COOKIE_MAX_AGE", "")];
        assert_eq!(read(empty).unwrap(), SessionCookies::new("http://localhost"));
        for pairs in [
            &[("WORKOS_COOKIE_NAME", "a;b")][..],
            &[("WORKOS_COOKIE_DOMAIN", "a; Secure")],
            &[("WORKOS_COOKIE_MAX_AGE", "a day")],
            &[("WORKOS_COOKIE_SAMESITE", "often")],
        ] {
            assert!(matches!(read(pairs), Err(Error::Builder(_))), "{pairs:?}");
        }
        for (length, fits) in [(200, true), (201, false)] {
            assert_eq!(SessionCookies::new("").name("a".repeat(length)).is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn a_large_session_is_split_and_what_is_stale_is_deleted() {
        let cookies = SessionCookies::new("http://localhost");
        let sealed = SecretString::from("x".repeat(10_000));
        let had = RequestCookies::new(["wos-session=old; other=1", "wos-session.7=older"]);
        let set = text(cookies.set(&sealed, &had));
        let names: Vec<_> = set.iter().map(|set| set.split('=').next().unwrap()).collect();
        let expected =
            ["wos-session.0", "wos-session.1", "wos-session.2", "wos-session", "wos-session.7"];
        assert_eq!(names, expected);
        let deleted = "wos-session.7=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        assert_eq!(set.last().map(String::as_str), Some(deleted));
        assert!(set.iter().all(|cookie| cookie.len() <= 4096));

        let sent = set.iter().take(3).map(|cookie| cookie.split(';').next().unwrap());
        let sent = sent.collect::<Vec<_>>().join("; ");
        let sent = RequestCookies::new([sent.as_str()]);
        assert_eq!(cookies.read(&sent).unwrap().expose(), sealed.expose());
        let names = |set: Vec<String>| -> Vec<String> {
            set.iter().map(|set| set.split('=').next().unwrap().to_owned()).collect()
        };
        let all = ["wos-session.0", "wos-session.1", "wos-session.2", "wos-session"];
        assert_eq!(names(text(cookies.clear(&sent))), all);
        let short = names(text(cookies.set(&SecretString::from("short"), &sent)));
        assert_eq!(short, ["wos-session", "wos-session.0", "wos-session.1", "wos-session.2"]);

        let torn = RequestCookies::new(["wos-session.0=3.aaa; wos-session.2=ccc"]);
        assert!(matches!(cookies.read(&torn), Err(SealError::Chunks)));
        let huge = SecretString::from("x".repeat(200_000));
        assert!(matches!(cookies.set(&huge, &had), Err(Error::Builder(_))));
    }

    #[test]
    fn a_value_cannot_leave_its_header() {
        let cookies = SessionCookies::new("http://localhost");
        for value in ["a; Domain=evil.test", "a\r\nSet-Cookie: b=c", "a b", "a\"", "ä", "a\0"] {
            let set = cookies.set(&SecretString::from(value), &RequestCookies::default());
            assert!(matches!(set, Err(Error::Builder(_))), "{value:?}");
        }
    }

    #[test]
    fn cookies_are_read_in_every_spelling() {
        let cookies = RequestCookies::new(["a=1;b = \"2\" ; c=Fe26.2%2A%2Ax; a=3; d; =e", "f=x=y"]);
        let get = |name| cookies.get(name).map(Cow::into_owned);
        assert_eq!(
            ["a", "b", "c", "d", "f"].map(get),
            [Some("1"), Some("2"), Some("Fe26.2**x"), None, Some("x=y")]
                .map(|value| value.map(str::to_owned))
        );
        assert_eq!(format!("{cookies:?}"), r#"["a", "b", "c", "a", "", "f"]"#);
    }

    #[test]
    fn only_its_own_cookies_count_as_the_session() {
        let cookies = SessionCookies::new("http://localhost");
        let own = ["wos-session", "wos-session.0", "wos-session.31", "wos-session=a; Path=/"];
        assert!(own.iter().all(|cookie| cookies.is_own(cookie)));
        let others = ["wos-session2", "wos-session.x", "wos-session.32", "wos", "a=wos-session"];
        assert!(others.iter().all(|cookie| !cookies.is_own(cookie)));
    }
}
