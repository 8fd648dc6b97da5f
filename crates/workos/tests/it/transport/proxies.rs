//! Proxies from the environment.

use http::Method;

use crate::common::again_with;

use super::{recorder, send};
use crate::common::{bundled, dead_port};

#[tokio::test]
async fn the_proxy_of_the_environment_is_for_other_machines_only() {
    const TEST: &str =
        "transport::proxies::the_proxy_of_the_environment_is_for_other_machines_only";
    const MARK: &str = "WORKOS_TEST_WITH_DEAD_PROXY";
    let Ok(proxy) = std::env::var(MARK) else {
        let proxy = dead_port().await;
        let url = format!("http://ada:pw@{proxy}");
        let variables =
            [(MARK, proxy.to_string()), ("HTTP_PROXY", url.clone()), ("HTTPS_PROXY", url)];
        return again_with(TEST, &variables);
    };
    let (server, heads) = recorder().await;
    for builder in bundled() {
        let builder = builder.max_retries(0).allow_insecure_http(true);
        for host in ["127.0.0.1", "localhost"] {
            let base_url = format!("http://{host}:{}", server.port());
            send(&builder.clone().base_url(base_url).build(), Method::GET).await.unwrap();
            let head = heads.lock().unwrap().pop().unwrap();
            assert!(head.starts_with("get /things http/1.1\r\n"), "{head}");
        }
        for (scheme, port) in [("http", 80), ("https", 443)] {
            let client = builder.clone().base_url(format!("{scheme}://api.example.test")).build();
            let error = send(&client, Method::GET).await.unwrap_err();
            let expected = format!(
                "could not connect to api.example.test:{port} through the proxy {proxy}: \
                 Connection refused"
            );
            let text = format!("{error} {error:?}");
            assert!(text.contains(&expected) && !text.contains("ada"), "{text}");
        }
    }
}
