//! The bundled transports on the wire: what they send, through which proxy, and how they report
//! failures.

#[cfg(feature = "hyper")]
mod hyper;
mod proxies;
mod runtimes;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{bundled, dead_port, raw_server};
use http::Method;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use workos::{Client, ErrorKind};

/// The heads of the requests that a server has read, in lower case.
type Heads = Arc<Mutex<Vec<String>>>;

/// A server that responds to everything with `{}` and records the heads of the requests.
async fn recorder() -> (std::net::SocketAddr, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let address = raw_server(move |stream| {
        let seen = seen.clone();
        async move { serve(stream, &seen).await }
    })
    .await;
    (address, heads)
}

/// Responds to the requests of one connection, none of which has a body.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: &Heads) {
    while let Some(head) = read_head(&mut stream).await {
        seen.lock().unwrap().push(head);
        if stream.write_all(OK).await.is_err() {
            return;
        }
    }
}

/// A request up to its empty line, in lower case; `None` at the end of the connection.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap().to_lowercase())
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

async fn send(client: &Client, method: Method) -> Result<(), workos::Error> {
    client.request::<()>(method, "/things").await
}

#[tokio::test]
async fn no_response_may_be_compressed() {
    for builder in bundled() {
        let (address, heads) = recorder().await;
        let client = builder.base_url(format!("http://{address}")).build();
        for method in [Method::GET, Method::POST] {
            send(&client, method).await.unwrap();
            let head = heads.lock().unwrap().pop().unwrap();
            assert_eq!(head.matches("accept-encoding: identity\r\n").count(), 1, "{head}");
            assert_eq!(head.matches("accept-encoding").count(), 1, "{head}");
        }
    }
}

/// With the clock paused, time passes at once while nothing else happens.
#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_transport_ends_an_attempt_before_that_of_the_client() {
    let address = raw_server(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let transport = workos::transport::ReqwestTransport::with_timeout(Duration::from_secs(7));
    let client = Client::builder().api_key("sk_test_1").transport(Arc::new(transport));
    let client = client.base_url(format!("http://{address}")).max_retries(0).build();
    let start = tokio::time::Instant::now();
    let error = send(&client, Method::GET).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test]
async fn a_write_without_a_body_has_content_length_zero() {
    for builder in bundled() {
        let (address, heads) = recorder().await;
        let client = builder.base_url(format!("http://{address}")).build();
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::GET, Method::DELETE] {
            send(&client, method.clone()).await.unwrap();
            let head = heads.lock().unwrap().pop().unwrap();
            let says_so = head.contains("\r\ncontent-length: 0\r\n");
            assert_eq!(says_so, !matches!(method, Method::GET | Method::DELETE), "{head}");
        }
    }
}

#[tokio::test]
async fn a_failed_connection_names_the_peer_and_the_reason() {
    let dead = dead_port().await;
    for builder in bundled() {
        let client = builder.base_url(format!("http://{dead}")).max_retries(0).build();
        let error = send(&client, Method::GET).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        let text = error.to_string();
        assert!(
            text.contains(&format!("could not connect to {dead}: Connection refused")),
            "{text}"
        );
        assert!(!text.contains("/things") && !text.contains("error sending request"), "{text}");
    }
}
