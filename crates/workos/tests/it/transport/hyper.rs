//! Settings that only `HyperTransport` has.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use workos::transport::{HttpRequest, HttpTransport, HyperTransport, Tls, TransportErrorKind};
use workos::{Client, ErrorKind};

use super::tls::Authority;
use super::{Heads, read_head, recorder, send};
use crate::common::{dead_port, raw_server};

fn through(proxy: impl Into<String>) -> workos::ClientBuilder {
    let transport = HyperTransport::builder().proxy(proxy).build().unwrap();
    Client::builder().api_key("sk_test_1").max_retries(0).transport(Arc::new(transport))
}

#[tokio::test]
async fn a_proxy_gets_absolute_urls_and_its_password() {
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

/// A proxy whose tunnels all end at this port.
async fn tunnels_to(port: u16) -> (SocketAddr, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let address = raw_server(move |mut stream| {
        let seen = seen.clone();
        async move {
            let head = read_head(&mut stream).await.unwrap();
            seen.lock().unwrap().push(head);
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    });
    (address.await, heads)
}

#[tokio::test]
async fn https_uses_a_tunnel_that_does_not_see_the_key() {
    let authority = Authority::new("ours");
    let (proxy, heads) = tunnels_to(authority.serve("api.example.test", None).await).await;
    let transport = HyperTransport::builder()
        .proxy(format!("http://ada:pw@{proxy}"))
        .tls(Tls::new().root_certificates_pem(authority.pem().as_bytes()).unwrap())
        .build();
    let client = Client::builder().api_key("sk_test_1").transport(Arc::new(transport.unwrap()));
    let client = client.base_url("https://api.example.test").build();
    send(&client, Method::GET).await.unwrap();
    let head = heads.lock().unwrap().pop().unwrap();
    assert!(head.starts_with("connect api.example.test:443 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nproxy-authorization: basic ywrhonb3\r\n"), "{head}");
    assert!(!head.contains("sk_test_1") && !head.contains("/things"), "{head}");
}

#[tokio::test]
async fn a_proxy_that_refuses_a_tunnel_is_named() {
    let proxy = raw_server(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    });
    let proxy = proxy.await;
    let client = through(format!("http://{proxy}")).base_url("https://api.example.test").build();
    let error = send(&client, Method::GET).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let expected = format!(
        "could not connect to api.example.test:443 through the proxy {proxy}: tunnel error: proxy \
         authorization required"
    );
    assert!(error.to_string().contains(&expected), "{error}");
}

#[tokio::test]
async fn localhost_is_never_reached_through_a_proxy() {
    let (server, heads) = recorder().await;
    let client = through(format!("http://{}", dead_port().await));
    let client = client.base_url(format!("http://{server}")).build();
    send(&client, Method::GET).await.unwrap();
    assert!(heads.lock().unwrap()[0].starts_with("get /things http/1.1\r\n"));
}

#[tokio::test]
async fn a_dead_proxy_is_named_but_its_password_is_not() {
    let dead = dead_port().await;
    let client =
        through(format!("http://ada:hunter2@{dead}")).base_url("https://api.example.test").build();
    let error = send(&client, Method::GET).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let text = format!("{error}");
    let expected = format!("api.example.test:443 through the proxy {dead}: Connection refused");
    assert!(text.contains(&expected) && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_invalid_proxy_is_refused() {
    for url in ["", "ftp://proxy.example", "socks5://proxy.example"] {
        assert!(HyperTransport::builder().proxy(url).build().is_err(), "{url}");
    }
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
        assert!(Tls::new().root_certificates_pem(pem.as_bytes()).is_err(), "{pem}");
        assert!(Tls::new().identity_pem(pem.as_bytes(), pem.as_bytes()).is_err(), "{pem}");
    }
}

#[tokio::test]
async fn a_request_with_an_invalid_url_fails() {
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
