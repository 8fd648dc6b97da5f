//! What the variables of an application say.

use http::Uri;
use http::uri::Authority;
use workos::helpers::seal::SealKeys;
use workos::{DEFAULT_BASE_URL, SecretString};

use super::{Check, Variables};

const API_KEY: &str = "WORKOS_API_KEY";
const CLIENT_ID: &str = "WORKOS_CLIENT_ID";
const BASE_URL: &str = "WORKOS_BASE_URL";
const HOSTNAME: &str = "WORKOS_API_HOSTNAME";
const PORT: &str = "WORKOS_API_PORT";
const HTTPS: &str = "WORKOS_API_HTTPS";
const COOKIE_PASSWORD: &str = "WORKOS_COOKIE_PASSWORD";
const REDIRECT_URI: &str = "WORKOS_REDIRECT_URI";
/// Its name in applications of Next.js.
const NEXT_REDIRECT_URI: &str = "NEXT_PUBLIC_WORKOS_REDIRECT_URI";
const WEBHOOK_SECRET: &str = "WORKOS_WEBHOOK_SECRET";
const CONTROL_KEY: &str = "WORKOS_EMULATE_CONTROL_KEY";

/// The API key of an emulator that was not given another one.
const EMULATOR_API_KEY: &str = "sk_test_default";
const LOCAL_URL: &str = "http://localhost:4100";

/// What is needed to ask the server: `None` where it is not set or invalid.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// A key that may be sent to the server.
    pub(super) api_key: Option<SecretString>,
    pub(super) client_id: Option<String>,
    pub(super) server: Option<Server>,
    pub(super) redirect_uri: Option<String>,
    /// The key for `/_emulate`.
    pub(super) control_key: Option<SecretString>,
}

/// Where the SDKs send requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    /// Without a slash at its end.
    path: String,
}

impl Server {
    /// A URL of this server. A port is only named if it is not the usual one.
    pub(super) fn url(&self, path: &str) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}{}{path}", self.authority(), self.path)
    }

    pub(super) fn authority(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        let Self { host, port, .. } = self;
        if *port == usual { host.clone() } else { format!("{host}:{port}") }
    }

    /// The path and query of a request.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.path)
    }

    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    fn is_workos(&self) -> bool {
        self.url("") == DEFAULT_BASE_URL
    }

    fn parse(text: &str) -> Result<Self, String> {
        let uri = parse_url(text)?;
        let expected = || format!("expected a URL such as {LOCAL_URL}");
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(expected()),
        };
        if uri.query().is_some() {
            return Err("expected a URL without a query".to_owned());
        }
        let authority = uri.authority().ok_or_else(expected)?;
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => {
                if is_tls {
                    443
                } else {
                    80
                }
            }
            _ => authority.port_u16().filter(|port| *port != 0).ok_or_else(expected)?,
        };
        let host = authority.host().to_ascii_lowercase();
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { host, port, is_tls, path })
    }
}

/// Reads and checks the variables.
pub(super) fn read(variables: &Variables) -> (Settings, Vec<Check>) {
    let (server, mut places) = server(variables);
    let (api_key, key) = api_key(variables, server.as_ref());
    let (client_id, client) = client_id(variables);
    let mut checks = vec![key, client];
    checks.append(&mut places);
    checks.push(cookie_password(variables));
    let (redirect_uri, redirect) = redirect_uri(variables);
    checks.push(redirect);
    checks.extend(webhook_secret(variables));
    let control_key = variables.get(CONTROL_KEY).map(|key| SecretString::from(key.trim()));
    (Settings { api_key, client_id, server, redirect_uri, control_key }, checks)
}

fn api_key(variables: &Variables, server: Option<&Server>) -> (Option<SecretString>, Check) {
    let wrong = |message: &str| (None, Check::wrong(API_KEY, message));
    let Some(key) = variables.get(API_KEY) else {
        let message = format!(
            "not set: set it to the key that the emulator prints, such as {EMULATOR_API_KEY}, or to \
             one of the WorkOS dashboard"
        );
        return (None, Check::missing(API_KEY, message));
    };
    if key.contains(char::is_whitespace) {
        return wrong("has whitespace in it: remove it");
    }
    if key.starts_with("client_") {
        return wrong("is a client ID: API keys start with sk_");
    }
    if !key.starts_with("sk_") {
        return wrong("does not start with sk_, as API keys do");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong("has characters that no header can have: copy it again");
    }
    if key == EMULATOR_API_KEY && server.is_some_and(Server::is_workos) {
        return wrong("is the key of an emulator, but requests go to WorkOS: set WORKOS_BASE_URL");
    }
    let is_live = key.starts_with("sk_live_");
    let shown = if is_live {
        "sk_live_…"
    } else if key.starts_with("sk_test_") {
        "sk_test_…"
    } else {
        "sk_…"
    };
    let key = Some(SecretString::from(key));
    match server.filter(|server| is_live && !server.is_tls) {
        None => (key, Check::ok(API_KEY, shown)),
        Some(server) if server.is_loopback() => {
            let message = format!("{shown} is a key for production, and this is an emulator");
            (key, Check::note(API_KEY, message))
        }
        Some(_) => wrong("is a key for production, and plain HTTP would reveal it: use https"),
    }
}

fn client_id(variables: &Variables) -> (Option<String>, Check) {
    let wrong = |message: &str| (None, Check::wrong(CLIENT_ID, message));
    let Some(id) = variables.get(CLIENT_ID) else {
        let message = "not set: set it to client_emulator for the emulator, or to the client ID in \
                       the WorkOS dashboard";
        return (None, Check::missing(CLIENT_ID, message));
    };
    if id.contains(char::is_whitespace) {
        return wrong("has whitespace in it: remove it");
    }
    if id.starts_with("sk_") {
        return wrong("is an API key: client IDs start with client_");
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !id.starts_with("client_") || !id.bytes().all(is_word) {
        return wrong("expected client_ and letters, digits, underscores and hyphens");
    }
    (Some(id.to_owned()), Check::ok(CLIENT_ID, id))
}

/// Where requests go: by one URL, by its parts, or to WorkOS.
fn server(variables: &Variables) -> (Option<Server>, Vec<Check>) {
    let url = variables.get(BASE_URL).map(Server::parse);
    let (parts, mut checks) = parts(variables);
    let found = match (&url, &parts) {
        (Some(Err(reason)), _) => Check::wrong(BASE_URL, reason),
        (Some(Ok(server)), _) => place(BASE_URL, server),
        (None, Some(server)) if server.is_workos() => Check::ok(BASE_URL, "not set"),
        (None, Some(server)) => {
            let message = format!(
                "not set: SDKs such as those for Python and Rust read it, AuthKit for JavaScript \
                 does not. It would be {}",
                server.url("")
            );
            Check::note(BASE_URL, message)
        }
        (None, None) if checks.is_empty() => {
            let message = format!(
                "not set, so requests go to {DEFAULT_BASE_URL}. For an emulator, set it to its URL, \
                 such as {LOCAL_URL}"
            );
            Check::note(BASE_URL, message)
        }
        (None, None) => return (None, checks),
    };
    match (&url, &parts) {
        (Some(Ok(server)), Some(other)) if server != other => {
            let message = format!(
                "stands for {}, with the port and scheme, but {BASE_URL} is another server: some \
                 SDKs ask one, some the other",
                other.url("")
            );
            checks = vec![Check::wrong(HOSTNAME, message)];
        }
        (Some(Ok(server)), None) if checks.is_empty() && !server.is_workos() => {
            let message = format!(
                "not set: AuthKit for JavaScript reads it instead of {BASE_URL}. It would be \
                 {HOSTNAME}={}, {PORT}={}, {HTTPS}={}",
                server.host, server.port, server.is_tls
            );
            checks.push(Check::note(HOSTNAME, message));
        }
        _ => {}
    }
    checks.insert(0, found);
    let server = match (url, parts) {
        (Some(Ok(server)), _) | (None, Some(server)) => Some(server),
        (None, None) => Server::parse(DEFAULT_BASE_URL).ok(),
        (Some(Err(_)), _) => None,
    };
    (server, checks)
}

/// The server that the host name, the port and the scheme stand for. Without checks, none is set.
fn parts(variables: &Variables) -> (Option<Server>, Vec<Check>) {
    let [host, port, https] =
        [HOSTNAME, PORT, HTTPS].map(|name| variables.get(name).map(str::trim));
    let Some(host) = host else {
        let others =
            [(PORT, port), (HTTPS, https)].into_iter().filter(|(_, value)| value.is_some());
        let alone = |(name, _): (&str, _)| Check::wrong(name, format!("needs {HOSTNAME} as well"));
        return (None, others.map(alone).collect());
    };
    let mut wrong = Vec::new();
    if host.contains('/') {
        let message = "expected a host without scheme and path, such as localhost";
        wrong.push(Check::wrong(HOSTNAME, message));
    }
    if port.is_some_and(|port| !port.parse().is_ok_and(|port: u16| port > 0)) {
        wrong.push(Check::wrong(PORT, "expected a number from 1 to 65535"));
    }
    if https.is_some_and(|https| !matches!(https, "true" | "false")) {
        wrong.push(Check::wrong(HTTPS, "expected true or false"));
    }
    if !wrong.is_empty() {
        return (None, wrong);
    }
    let scheme = if https == Some("false") { "http" } else { "https" };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    match Server::parse(&format!("{scheme}://{host}{port}")) {
        Ok(server) => {
            let check = place(HOSTNAME, &server);
            (Some(server), vec![check])
        }
        Err(_) => {
            let message = "expected a host, such as localhost, and the port in WORKOS_API_PORT";
            (None, vec![Check::wrong(HOSTNAME, message)])
        }
    }
}

fn place(name: &str, server: &Server) -> Check {
    let url = server.url("");
    if server.is_tls || server.is_loopback() {
        return Check::ok(name, url);
    }
    let message = format!(
        "{url} is plain HTTP to another machine: the SDK for Rust needs allow_insecure_http(true)"
    );
    Check::note(name, message)
}

fn cookie_password(variables: &Variables) -> Check {
    let Some(password) = variables.get(COOKIE_PASSWORD) else {
        let message = "not set: AuthKit's session cookies need it. Make one with `openssl rand \
                       -base64 32`";
        return unless_signing_in(
            variables,
            &[REDIRECT_URI, NEXT_REDIRECT_URI],
            COOKIE_PASSWORD,
            message,
        );
    };
    match SealKeys::new(password) {
        Ok(_) => Check::ok(COOKIE_PASSWORD, "at least 32 characters"),
        Err(_) => {
            let message =
                "expected at least 32 characters: make one with `openssl rand -base64 32`";
            Check::wrong(COOKIE_PASSWORD, message)
        }
    }
}

fn redirect_uri(variables: &Variables) -> (Option<String>, Check) {
    let set = [REDIRECT_URI, NEXT_REDIRECT_URI];
    let set = set.into_iter().find_map(|name| Some((name, variables.get(name)?)));
    let Some((name, uri)) = set else {
        let message = "not set: applications that people sign in to need it. Set it to the callback \
                       of yours, such as http://localhost:3000/callback";
        return (None, unless_signing_in(variables, &[COOKIE_PASSWORD], REDIRECT_URI, message));
    };
    match parse_url(uri) {
        // As it is written: registered URIs are compared letter by letter.
        Ok(_) => (Some(uri.to_owned()), Check::ok(name, uri)),
        Err(reason) => (None, Check::wrong(name, reason)),
    }
}

/// What only a sign-in needs is missing if something else shows that there is one.
fn unless_signing_in(variables: &Variables, signs: &[&str], name: &str, message: &str) -> Check {
    if signs.iter().any(|sign| variables.get(sign).is_some()) {
        Check::missing(name, message)
    } else {
        Check::note(name, message)
    }
}

/// Not every application has webhooks.
fn webhook_secret(variables: &Variables) -> Option<Check> {
    if !variables.is_set(WEBHOOK_SECRET) {
        return None;
    }
    Some(match variables.get(WEBHOOK_SECRET) {
        None => Check::wrong(WEBHOOK_SECRET, "is empty: every webhook would be refused"),
        Some(secret) if secret.contains(char::is_whitespace) => {
            Check::wrong(WEBHOOK_SECRET, "has whitespace in it: remove it")
        }
        Some(_) => Check::ok(WEBHOOK_SECRET, "set"),
    })
}

/// Reads a URL that has a scheme and a host. Errors do not repeat it, since it may hold a secret.
fn parse_url(text: &str) -> Result<Uri, String> {
    if text.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err("has whitespace in it: remove it".to_owned());
    }
    if ["sk_live_", "sk_test_"].iter().any(|key| text.contains(key)) {
        return Err("has an API key in it: remove it".to_owned());
    }
    if text.contains('#') {
        return Err("has a fragment: remove what begins with #".to_owned());
    }
    let uri: Option<Uri> = text.parse().ok();
    let uri =
        uri.filter(|uri| uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty()));
    let uri =
        uri.ok_or("expected a URL with a scheme and a host, such as http://localhost:3000")?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("has a user name or password in it: remove it".to_owned());
    }
    Ok(uri)
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse().is_ok_and(|at: std::net::IpAddr| at.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An application that everything is set for.
    const WHOLE: [(&str, &str); 8] = [
        (API_KEY, "sk_test_default"),
        (CLIENT_ID, "client_emulator"),
        (BASE_URL, "http://localhost:4100"),
        (HOSTNAME, "localhost"),
        (PORT, "4100"),
        (HTTPS, "false"),
        (COOKIE_PASSWORD, "a password of 32 characters, 123"),
        (REDIRECT_URI, "http://localhost:3000/callback"),
    ];

    /// The variables of [`WHOLE`] with some of them changed or, if empty, removed.
    fn with(changes: &[(&str, &str)]) -> Variables {
        let all = WHOLE.iter().chain(changes);
        let mut variables: std::collections::BTreeMap<String, String> =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        variables.retain(|_, value| !value.is_empty());
        Variables(variables)
    }

    /// The checks that are not ok.
    fn found(changes: &[(&str, &str)]) -> Vec<Check> {
        let (_, mut checks) = read(&with(changes));
        checks.retain(|check| check.status != crate::doctor::Status::Ok);
        checks
    }

    const NO_PARTS: [(&str, &str); 3] = [(HOSTNAME, ""), (PORT, ""), (HTTPS, "")];

    #[test]
    fn a_whole_environment_is_ok() {
        let (settings, checks) = read(&with(&[(WEBHOOK_SECRET, "whsec_1")]));
        assert_eq!(
            checks,
            [
                Check::ok(API_KEY, "sk_test_…"),
                Check::ok(CLIENT_ID, "client_emulator"),
                Check::ok(BASE_URL, "http://localhost:4100"),
                Check::ok(HOSTNAME, "http://localhost:4100"),
                Check::ok(COOKIE_PASSWORD, "at least 32 characters"),
                Check::ok(REDIRECT_URI, "http://localhost:3000/callback"),
                Check::ok(WEBHOOK_SECRET, "set"),
            ]
        );
        assert_eq!(settings.api_key, Some(SecretString::from("sk_test_default")));
        assert_eq!(settings.client_id.as_deref(), Some("client_emulator"));
        assert_eq!(settings.redirect_uri.as_deref(), Some("http://localhost:3000/callback"));
        let path = String::new();
        let server = Server { host: "localhost".into(), port: 4100, is_tls: false, path };
        assert_eq!(settings.server, Some(server));
    }

    #[test]
    fn nothing_set_is_an_application_without_key_and_client_id() {
        let (settings, checks) = read(&Variables::default());
        let summary: Vec<_> =
            checks.iter().map(|check| (check.name.as_str(), check.status.word())).collect();
        let expected = [
            (API_KEY, "missing"),
            (CLIENT_ID, "missing"),
            (BASE_URL, "note"),
            (COOKIE_PASSWORD, "note"),
            (REDIRECT_URI, "note"),
        ];
        assert_eq!(summary, expected);
        assert!(settings.server.unwrap().is_workos());
    }

    #[test]
    fn an_api_key_is_a_word_that_starts_with_sk() {
        for (key, message) in [
            ("sk_test_default ", "has whitespace in it: remove it"),
            ("sk_test_a\nb", "has whitespace in it: remove it"),
            ("client_1", "is a client ID: API keys start with sk_"),
            ("secret", "does not start with sk_, as API keys do"),
            ("sk_test_é", "has characters that no header can have: copy it again"),
        ] {
            let (settings, checks) = read(&with(&[(API_KEY, key)]));
            assert_eq!(checks[0], Check::wrong(API_KEY, message), "{key:?}");
            assert_eq!(settings.api_key, None, "{key:?}");
        }
        for (key, shown) in [("sk_test_1", "sk_test_…"), ("sk_1", "sk_…")] {
            assert_eq!(read(&with(&[(API_KEY, key)])).1[0], Check::ok(API_KEY, shown));
        }
    }

    #[test]
    fn a_key_for_production_is_not_sent_over_plain_http_to_other_machines() {
        let live = (API_KEY, "sk_live_1");
        let (settings, checks) = read(&with(&[live]));
        let message = "sk_live_… is a key for production, and this is an emulator";
        assert_eq!(checks[0], Check::note(API_KEY, message));
        assert!(settings.api_key.is_some());

        let changes = [&[live, (BASE_URL, "http://workos:4100")], &NO_PARTS[..]].concat();
        let (settings, checks) = read(&with(&changes));
        let message = "is a key for production, and plain HTTP would reveal it: use https";
        assert_eq!(checks[0], Check::wrong(API_KEY, message));
        assert_eq!(settings.api_key, None);

        let changes = [&[live, (BASE_URL, "https://api.workos.com/")], &NO_PARTS[..]].concat();
        assert_eq!(read(&with(&changes)).1[0], Check::ok(API_KEY, "sk_live_…"));
    }

    #[test]
    fn the_key_of_an_emulator_is_not_one_of_workos() {
        let message = "is the key of an emulator, but requests go to WorkOS: set WORKOS_BASE_URL";
        let changes = [&[(BASE_URL, "")], &NO_PARTS[..]].concat();
        assert_eq!(found(&changes)[0], Check::wrong(API_KEY, message));
    }

    #[test]
    fn a_client_id_is_a_word_that_starts_with_client() {
        let expected = "expected client_ and letters, digits, underscores and hyphens";
        for (id, message) in [
            ("client_1\n", "has whitespace in it: remove it"),
            ("sk_test_default", "is an API key: client IDs start with client_"),
            ("project_1", expected),
            ("client_/../x", expected),
        ] {
            assert_eq!(found(&[(CLIENT_ID, id)]), [Check::wrong(CLIENT_ID, message)], "{id:?}");
        }
    }

    #[test]
    fn a_base_url_is_http_without_query_and_credentials() {
        let expected = "expected a URL such as http://localhost:4100";
        let no_url = "expected a URL with a scheme and a host, such as http://localhost:3000";
        for (url, message) in [
            ("localhost:4100", no_url),
            ("localhost", no_url),
            ("/", no_url),
            ("ftp://localhost", expected),
            ("http://localhost:", expected),
            ("http://localhost:0", expected),
            ("http://localhost:70000", expected),
            ("http://sk_test_1", "has an API key in it: remove it"),
            ("http://localhost:4100 ", "has whitespace in it: remove it"),
            ("http://localhost?a=b", "expected a URL without a query"),
            ("http://localhost#a", "has a fragment: remove what begins with #"),
            ("http://a:b@localhost", "has a user name or password in it: remove it"),
        ] {
            let (settings, checks) = read(&with(&[(BASE_URL, url)]));
            assert_eq!(checks[2], Check::wrong(BASE_URL, message), "{url:?}");
            assert_eq!(settings.server, None, "{url:?}");
        }
        for (url, same) in [
            ("http://localhost:4100/", "http://localhost:4100"),
            ("HTTP://LOCALHOST:80", "http://localhost"),
            ("https://workos.test:443/api/", "https://workos.test/api"),
            ("http://[::1]:4100", "http://[::1]:4100"),
        ] {
            let changes = [&[(BASE_URL, url)], &NO_PARTS[..]].concat();
            assert_eq!(read(&with(&changes)).1[2], Check::ok(BASE_URL, same), "{url:?}");
        }
        let message = "http://workos:4100 is plain HTTP to another machine: the SDK for Rust needs \
                       allow_insecure_http(true)";
        let changes = [&[(BASE_URL, "http://workos:4100")], &NO_PARTS[..]].concat();
        assert_eq!(read(&with(&changes)).1[2], Check::note(BASE_URL, message));
    }

    #[test]
    fn either_way_to_name_the_server_is_noted_as_not_read_by_all_sdks() {
        let message = "not set: AuthKit for JavaScript reads it instead of WORKOS_BASE_URL. It \
                       would be WORKOS_API_HOSTNAME=localhost, WORKOS_API_PORT=4100, \
                       WORKOS_API_HTTPS=false";
        assert_eq!(found(&NO_PARTS), [Check::note(HOSTNAME, message)]);
        let message = "not set: SDKs such as those for Python and Rust read it, AuthKit for \
                       JavaScript does not. It would be http://localhost:4100";
        assert_eq!(found(&[(BASE_URL, "")]), [Check::note(BASE_URL, message)]);
    }

    #[test]
    fn the_parts_of_the_url_make_the_same_server() {
        let other = "stands for https://localhost:4100, with the port and scheme, but \
                     WORKOS_BASE_URL is another server: some SDKs ask one, some the other";
        let host = "expected a host without scheme and path, such as localhost";
        let colon = "expected a host, such as localhost, and the port in WORKOS_API_PORT";
        let port = "expected a number from 1 to 65535";
        for (name, value, wrong, message) in [
            (HTTPS, "", HOSTNAME, other),
            (HTTPS, "no", HTTPS, "expected true or false"),
            (HTTPS, "False", HTTPS, "expected true or false"),
            (HOSTNAME, "http://localhost", HOSTNAME, host),
            (HOSTNAME, "localhost:4100", HOSTNAME, colon),
            (PORT, "0", PORT, port),
            (PORT, "http", PORT, port),
        ] {
            assert_eq!(found(&[(name, value)]), [Check::wrong(wrong, message)], "{name}={value}");
        }
        let alone = found(&[(HOSTNAME, "")]);
        let needs = |name| Check::wrong(name, "needs WORKOS_API_HOSTNAME as well");
        assert_eq!(alone, [needs(PORT), needs(HTTPS)]);
        let changes = [(BASE_URL, ""), (HOSTNAME, "")];
        assert_eq!(found(&changes), alone);
        assert_eq!(read(&with(&changes)).0.server, None);
    }

    #[test]
    fn what_signs_people_in_belongs_together() {
        let password = "expected at least 32 characters: make one with `openssl rand -base64 32`";
        assert_eq!(found(&[(COOKIE_PASSWORD, "short")]), [Check::wrong(COOKIE_PASSWORD, password)]);
        let missing = |changes| {
            let found = found(changes);
            found.into_iter().map(|check| (check.name, check.status.word())).collect::<Vec<_>>()
        };
        assert_eq!(missing(&[(COOKIE_PASSWORD, "")]), [(COOKIE_PASSWORD.to_owned(), "missing")]);
        assert_eq!(missing(&[(REDIRECT_URI, "")]), [(REDIRECT_URI.to_owned(), "missing")]);
        let next = [(REDIRECT_URI, ""), (NEXT_REDIRECT_URI, "http://localhost:3000/callback")];
        assert_eq!(found(&next), []);
        let relative = [(REDIRECT_URI, "/callback")];
        let message = "expected a URL with a scheme and a host, such as http://localhost:3000";
        assert_eq!(found(&relative), [Check::wrong(REDIRECT_URI, message)]);
    }

    #[test]
    fn a_webhook_secret_is_only_checked_if_it_is_set() {
        let message = "has whitespace in it: remove it";
        assert_eq!(found(&[(WEBHOOK_SECRET, "a b")]), [Check::wrong(WEBHOOK_SECRET, message)]);
        let mut empty = with(&[]);
        empty.0.insert(WEBHOOK_SECRET.to_owned(), String::new());
        let message = "is empty: every webhook would be refused";
        assert_eq!(read(&empty).1.last(), Some(&Check::wrong(WEBHOOK_SECRET, message)));
    }

    #[test]
    fn no_check_shows_a_secret() {
        let names = [
            API_KEY,
            CLIENT_ID,
            BASE_URL,
            HOSTNAME,
            PORT,
            HTTPS,
            COOKIE_PASSWORD,
            REDIRECT_URI,
            WEBHOOK_SECRET,
            CONTROL_KEY,
        ];
        for name in names {
            for value in
                ["sk_live_hidden", "sk_test_hidden x", "http://hidden:hidden@a", "a hidden"]
            {
                let (settings, checks) = read(&with(&[(name, value)]));
                assert!(!format!("{checks:?}").contains("hidden"), "{name}={value}: {checks:?}");
                let settings = format!("{settings:?}");
                assert!(!settings.contains("hidden"), "{name}={value}: {settings}");
            }
        }
    }
}
