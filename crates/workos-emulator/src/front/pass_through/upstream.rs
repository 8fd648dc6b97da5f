//! [`Upstream`]: WorkOS, with the developer's key.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderValue, Uri, header};
use workos::SecretString;
use workos::recording::{REDACTED, RecordingTransport, redact};
use workos::transport::{HttpRequest, SharedTransport};

use super::credentials::{CLIENT_ID, CLIENT_SECRET, exchanged, field};
use super::{Passed, Settings, bad_gateway, kept_headers, passed_on, path, redaction, target};
use crate::api::route::Caller;
use crate::environment::Environment;
use crate::fields::bearer;
use crate::front::access::{DEFAULT_API_KEY, InProcess, is_own_origin};
use crate::front::timer;
use crate::loopback::is_loopback;
use crate::reply::{Answer, Refusal, Response};
use crate::state::DEFAULT_CLIENT_ID;

/// How long WorkOS may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// WorkOS, as requests are sent to it.
pub(super) struct Upstream {
    /// It records, if that is wanted.
    transport: SharedTransport,
    origin: String,
    api_key: SecretString,
    authorization: HeaderValue,
    client_id: Option<String>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Upstream {
    /// Checks the settings, and creates the file of a recording.
    pub(super) fn open(settings: Settings) -> Result<Self, String> {
        let origin = origin(&settings.base_url).map_err(|reason| format!("base URL: {reason}"))?;
        let api_key = settings.api_key;
        if api_key.expose().is_empty() {
            return Err("the API key is empty".to_owned());
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", api_key.expose()))
            .map_err(|_| "the API key has characters that no header can have".to_owned())?;
        authorization.set_sensitive(true);
        let transport: SharedTransport = match settings.record_to {
            None => settings.transport,
            Some(path) => {
                let recorder = RecordingTransport::to_file(settings.transport, path);
                Arc::new(recorder.map_err(|error| error.to_string())?.redaction(redaction()))
            }
        };
        let client_id = settings.client_id.filter(|id| !id.is_empty());
        Ok(Self { transport, origin, api_key, authorization, client_id })
    }

    pub(super) async fn answer(
        &self,
        passed: &Passed<'_>,
        environment: &Environment,
        head: &Parts,
        body: &Bytes,
    ) -> Answer<Response> {
        let request = self.request(passed, environment, head, body)?;
        let failed = |reason: String| self.failed(passed, &reason);
        let answered = tokio::select! {
            biased;
            answered = self.transport.execute(request) => answered,
            () = timer::sleep(PATIENCE) => {
                return Err(failed(format!("timed out after {} s", PATIENCE.as_secs())));
            }
        };
        let response = answered.map_err(|error| failed(error.to_string()))?;
        let status = response.status;
        passed_on(response).ok_or_else(|| failed(format!("its status is {status}")))
    }

    /// A request with the developer's credentials instead of the emulator's.
    fn request(
        &self,
        passed: &Passed<'_>,
        environment: &Environment,
        head: &Parts,
        body: &Bytes,
    ) -> Answer<HttpRequest> {
        // Clients identify themselves in the bodies of those requests only.
        let has_client = passed.endpoint.route.caller == Caller::Anybody;
        let secret = has_client.then(|| field(&head.headers, body, CLIENT_SECRET)).flatten();
        let keys = [bearer(&head.headers), secret.map(SecretString::from)];
        let [key, secret] = keys.map(|key| key.filter(|key| environment.accepts(key)));
        for key in [&key, &secret].into_iter().flatten() {
            check_sender(head, key)?;
        }
        let mut headers = kept_headers(head);
        let sent = head.headers.get(header::AUTHORIZATION);
        let authorization = if key.is_some() { Some(&self.authorization) } else { sent };
        headers.extend(authorization.map(|value| (header::AUTHORIZATION, value.clone())));
        let agent = concat!("workos-emulator/", env!("CARGO_PKG_VERSION"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        let exchange = |name: &str, value: &str| match name {
            CLIENT_ID if value == DEFAULT_CLIENT_ID => self.client_id.clone(),
            CLIENT_SECRET if secret.is_some() => Some(self.api_key.expose().to_owned()),
            _ => None,
        };
        let (path, body) = if has_client {
            let body = exchanged(&head.headers, body, &exchange);
            (self.path_of_client(passed), body)
        } else {
            (passed.path.clone(), body.clone())
        };
        let url = target(&self.origin, &path, head);
        let body = Some(body).filter(|body| !body.is_empty());
        Ok(HttpRequest { method: head.method.clone(), url, headers, body })
    }

    /// The path with the developer's client ID.
    fn path_of_client(&self, passed: &Passed<'_>) -> String {
        let Some(id) = &self.client_id else { return passed.path.clone() };
        let own = passed.path.strip_suffix(DEFAULT_CLIENT_ID).filter(|rest| rest.ends_with('/'));
        let exchanged = own.and_then(|_| path(passed.endpoint.operation, std::slice::from_ref(id)));
        exchanged.unwrap_or_else(|| passed.path.clone())
    }

    /// Why there is no answer, without the key, whatever the transport says.
    fn failed(&self, passed: &Passed<'_>, reason: &str) -> Refusal {
        let reason = reason.replace(self.api_key.expose(), REDACTED);
        let mut refusal = bad_gateway(passed.name(), &reason);
        redact(&mut refusal.body);
        refusal
    }
}

/// Keeps web pages of other hosts from using a public key: pages that send requests here
/// (`Origin`), and pages whose host name resolves to this machine (DNS rebinding).
fn check_sender(head: &Parts, key: &SecretString) -> Answer<()> {
    if key.expose() != DEFAULT_API_KEY || head.extensions.get::<InProcess>().is_some() {
        return Ok(());
    }
    let text = |name| head.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_foreign = text(header::ORIGIN).is_some_and(|origin| !is_own_origin(origin));
    if !is_foreign && text(header::HOST).is_some_and(is_loopback) {
        return Ok(());
    }
    let message = "Requests that are passed through come from this machine, to localhost or \
                   127.0.0.1, as long as the emulator accepts the API key that everybody knows. \
                   Start it with another one: --api-key.";
    Err(Refusal::forbidden("emulator_pass_through_forbidden", message))
}

/// Scheme, host and port of a base URL.
fn origin(url: &str) -> Result<String, String> {
    let trimmed = url.trim().trim_end_matches('/');
    let expected = || "expected a URL such as https://api.workos.com, without a path".to_owned();
    let uri: Uri = trimmed.parse().map_err(|_| expected())?;
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(expected());
    };
    let has_more = uri.path_and_query().is_some_and(|path| path.as_str() != "/");
    if authority.host().is_empty() || authority.as_str().contains('@') || has_more {
        return Err(expected());
    }
    let is_safe =
        *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP && is_loopback(authority.as_str());
    if !is_safe {
        return Err("expected https://, which keeps the API key secret".to_owned());
    }
    Ok(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_an_origin_that_keeps_the_key_secret() {
        for (url, expected) in [
            (" https://api.workos.com/ ", "https://api.workos.com"),
            ("https://gateway.test:8443", "https://gateway.test:8443"),
            ("http://localhost:4100", "http://localhost:4100"),
            ("http://[::1]:4100/", "http://[::1]:4100"),
        ] {
            assert_eq!(origin(url).as_deref(), Ok(expected));
        }
        for url in ["", "api.workos.com", "https://", "https://u:p@api.workos.com", "/x"] {
            assert!(origin(url).unwrap_err().starts_with("expected a URL"), "{url}");
        }
        for url in ["https://api.workos.com/v1", "https://api.workos.com?x=1"] {
            assert!(origin(url).unwrap_err().ends_with("without a path"), "{url}");
        }
        for url in ["http://api.workos.com", "ftp://localhost"] {
            assert!(origin(url).unwrap_err().starts_with("expected https://"), "{url}");
        }
    }
}
