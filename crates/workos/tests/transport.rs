//! The bundled transports on the wire: what they send, through which proxy, and what they say when
//! it fails.

#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{bundled, dead_port, raw_server};
use futures_util::FutureExt;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use workos::transport::{Runtime, TokioRuntime};
use workos::{Client, ErrorKind};

/// A server that answers everything with `{}` and remembers the heads of the requests.
async fn recorder() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    let address = raw_server(move |mut stream| {
        let seen = seen.clone();
        async move {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                let head = String::from_utf8_lossy(&buffer[..length]).to_ascii_lowercase();
                seen.lock().unwrap().push(head);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                if stream.write_all(answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (address, heads)
}

async fn send(client: &Client, method: Method) -> Result<(), workos::Error> {
    client.request::<()>(method, "/things").await
}

#[tokio::test]
async fn what_changes_something_says_that_it_has_no_body() {
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
async fn a_failed_connection_tells_with_whom_and_why() {
    let dead = dead_port().await;
    for builder in bundled() {
        let client = builder.base_url(format!("http://{dead}")).max_retries(0).build();
        let error = send(&client, Method::GET).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        let told = error.to_string();
        assert!(
            told.contains(&format!("could not connect to {dead}: Connection refused")),
            "{told}"
        );
        assert!(!told.contains("/things") && !told.contains("error sending request"), "{told}");
    }
}

/// A transport outside tokio, or without its timers, says so.
#[test]
fn outside_tokio_a_call_fails_and_nothing_panics() {
    for builder in bundled() {
        let client = builder.base_url("http://127.0.0.1:1").max_retries(0).build();
        let error = futures_executor::block_on(send(&client, Method::GET)).unwrap_err();
        assert!(error.to_string().contains("tokio runtime"), "{error}");
        let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = bare.block_on(send(&client, Method::GET)).unwrap_err();
        assert!(error.to_string().contains("I/O and time enabled"), "{error}");
    }
}

#[test]
fn a_timer_outlives_its_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first = runtime();
    let entered = first.enter();
    let mut sleep = TokioRuntime::new().sleep(Duration::from_millis(20));
    assert!((&mut sleep).now_or_never().is_none());
    drop(entered);
    drop(first);
    runtime().block_on(&mut sleep);
    futures_executor::block_on(TokioRuntime::new().sleep(Duration::from_millis(1)));
}

#[cfg(feature = "hyper")]
mod hyper {
    use workos::transport::{HttpRequest, HttpTransport, HyperTransport, Tls, TransportErrorKind};

    use super::*;

    fn through(proxy: impl Into<String>) -> workos::ClientBuilder {
        let transport = HyperTransport::builder().proxy(proxy).build().unwrap();
        Client::builder().api_key("sk_test_1").max_retries(0).transport(Arc::new(transport))
    }

    #[tokio::test]
    async fn a_proxy_is_sent_whole_urls_and_its_password() {
        let (proxy, heads) = recorder().await;
        let client = through(format!("http://ada:pw@{proxy}"))
            .base_url("http://api.example.test")
            .allow_insecure_http(true)
            .build();
        send(&client, Method::GET).await.unwrap();
        let head = heads.lock().unwrap().pop().unwrap();
        assert!(head.starts_with("get http://api.example.test/things http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nproxy-authorization: basic ywrhonb3\r\n"), "{head}");
    }

    #[tokio::test]
    async fn https_goes_through_a_tunnel_that_sees_no_key() {
        let (proxy, heads) = recorder().await;
        let client =
            through(format!("http://{proxy}")).base_url("https://api.example.test").build();
        // Behind the tunnel nobody speaks TLS.
        let error = send(&client, Method::GET).await.unwrap_err();
        let heads = heads.lock().unwrap();
        assert!(heads[0].starts_with("connect api.example.test:443 http/1.1\r\n"), "{}", heads[0]);
        assert!(!heads[0].contains("sk_test_1") && !heads[0].contains("/things"), "{}", heads[0]);
        assert!(error.to_string().contains(&format!("through the proxy {proxy}")), "{error}");
    }

    #[tokio::test]
    async fn this_machine_is_never_reached_through_a_proxy() {
        let (server, heads) = recorder().await;
        let client = through(format!("http://{}", dead_port().await));
        let client = client.base_url(format!("http://{server}")).build();
        send(&client, Method::GET).await.unwrap();
        assert!(heads.lock().unwrap()[0].starts_with("get /things http/1.1\r\n"));
    }

    #[tokio::test]
    async fn a_dead_proxy_is_named_and_its_password_is_not() {
        let dead = dead_port().await;
        let client = through(format!("http://ada:hunter2@{dead}"))
            .base_url("https://api.example.test")
            .build();
        let error = send(&client, Method::GET).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        let told = format!("{error}");
        let expected = format!("api.example.test:443 through the proxy {dead}: Connection refused");
        assert!(told.contains(&expected) && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn what_is_no_proxy_or_certificate_is_refused() {
        for url in ["", "ftp://proxy.example", "socks5://proxy.example"] {
            assert!(HyperTransport::builder().proxy(url).build().is_err(), "{url}");
        }
        for pem in
            ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
        {
            assert!(Tls::new().root_certificates_pem(pem.as_bytes()).is_err(), "{pem}");
            assert!(Tls::new().identity_pem(pem.as_bytes(), pem.as_bytes()).is_err(), "{pem}");
        }
    }

    #[tokio::test]
    async fn a_request_that_is_no_url_fails() {
        let transport = HyperTransport::new().unwrap();
        let request = HttpRequest {
            method: Method::GET,
            url: "no url".into(),
            headers: http::HeaderMap::new(),
            body: None,
        };
        let error = transport.execute(request).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Other);
    }
}
