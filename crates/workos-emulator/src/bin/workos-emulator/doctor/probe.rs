//! Asking the server. Every wait is bounded.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use workos::{SecretString, Timestamp};

use super::server::{Answer, Asked, Probes};
use super::settings::{Server, Settings};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
const MAX_BODY: usize = 1024 * 1024;

/// Asks the server, unless it is missing or speaks TLS.
pub(super) async fn ask(settings: &Settings) -> Probes {
    let Some(server) = settings.server.as_ref().filter(|server| !server.is_tls) else {
        return Probes::default();
    };
    let health = get(server, "/health", None).await;
    if health.is_err() {
        return Probes { health: Some(health), ..Probes::default() };
    }
    let clock = get(server, "/_emulate/clock", settings.control_key.as_ref()).await;
    let now = Some(Timestamp::now());
    let known = Probes { health: Some(health), clock: Some(clock), now, ..Probes::default() };

    let organizations = optional(settings.api_key.as_ref(), |key| async move {
        get(server, "/organizations?limit=1", Some(key)).await
    });
    let key_set = optional(settings.client_id.as_ref(), |id| async move {
        get(server, &format!("/sso/jwks/{id}"), None).await
    });
    // Another emulator might sign somebody in.
    let redirect_uri = settings.redirect_uri.as_ref().filter(|_| known.is_this_emulator());
    let authorization = optional(redirect_uri, |uri| async move {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", "client_doctor")
            .append_pair("redirect_uri", uri)
            .append_pair("response_type", "code")
            .finish();
        get(server, &format!("/user_management/authorize?{query}"), None).await
    });
    let (organizations, key_set, authorization) =
        tokio::join!(organizations, key_set, authorization);
    Probes { organizations, key_set, authorization, ..known }
}

/// Asks if there is something to ask with.
async fn optional<'a, T, F>(with: Option<&'a T>, ask: impl FnOnce(&'a T) -> F) -> Option<Asked>
where
    F: Future<Output = Asked>,
{
    match with {
        Some(with) => Some(ask(with).await),
        None => None,
    }
}

async fn get(server: &Server, path: &str, key: Option<&SecretString>) -> Asked {
    match tokio::time::timeout(PATIENCE, exchange(server, path, key)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn exchange(server: &Server, path: &str, key: Option<&SecretString>) -> Asked {
    let stream = connect(server).await.map_err(|error| error.to_string())?;
    let failed = |error: hyper::Error| format!("the connection failed: {error}");
    let (mut sender, connection) =
        http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await.map_err(failed)?;
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(server.path(path))
        .header(header::HOST, server.authority())
        .header(header::CONNECTION, "close");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
    }
    // The error does not repeat a header's value.
    let request = request.body(Empty::new()).map_err(|error| error.to_string())?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(failed)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
        let body = body.map_err(|error| format!("the connection failed: {error}"))?.to_bytes();
        Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    };
    let mut answer = std::pin::pin!(answer);
    // The connection also ends by itself, after the response.
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

async fn connect(server: &Server) -> io::Result<TcpStream> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let addresses = resolve(host, server.port).await?;
    TcpStream::connect(&*addresses).await
}

/// Looks up a name. Not with tokio, which waits for the end of a look-up when the program ends.
async fn resolve(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (sender, found) = oneshot::channel();
    std::thread::spawn(move || {
        let addresses = (host, port).to_socket_addrs().map(Iterator::collect);
        // Nobody waits any more after the timeout.
        let _ = sender.send(addresses);
    });
    found.await.unwrap_or_else(|_| Err(io::Error::other("the look-up of its name failed")))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::doctor::{Variables, settings};

    /// What is asked of a server on this port.
    fn settings(listener: &TcpListener) -> Settings {
        let url = format!("http://{}", listener.local_addr().unwrap());
        settings::read(&Variables([("WORKOS_BASE_URL".to_owned(), url)].into())).0
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_asked_once_for_two_seconds() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let start = tokio::time::Instant::now();
        let probes = ask(&settings(&listener)).await;
        assert_eq!(probes.health, Some(Err("no answer within 2 s".to_owned())));
        assert!(probes.clock.is_none());
        let waited = start.elapsed();
        assert!((PATIENCE..PATIENCE * 2).contains(&waited), "{waited:?}");
    }

    #[tokio::test]
    async fn a_server_that_does_not_speak_http_is_not_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = settings(&listener);
        let serving = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
        };
        let (probes, ()) = tokio::join!(ask(&settings), serving);
        let reason = probes.health.unwrap().unwrap_err();
        assert!(reason.starts_with("the connection failed: "), "{reason}");
    }
}
