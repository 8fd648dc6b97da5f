//! Where credentials are sent, and where they never appear.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::{Say, Scripted, answer, answer_with, bundled, raw_server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use workos::user_management::{CreateUser, Password, UpdateUser};
use workos::{Client, CreateOrganization, ErrorKind};

#[tokio::test]
async fn a_redirect_takes_neither_body_nor_key_to_another_server() {
    for builder in bundled() {
        let stolen = Arc::new(AtomicUsize::new(0));
        let counter = stolen.clone();
        let elsewhere = raw_server(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            async {}
        })
        .await;
        let server = raw_server(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let head = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/in?code=secret\r\n\
                 content-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).await;
        })
        .await;
        let client = builder.base_url(format!("http://{server}")).build();
        let body = CreateUser {
            password: Some(Password::plaintext("hunter2 hunter2")),
            ..CreateUser::new("ada@example.com")
        };
        let error = client.user_management().create_user(body).await.unwrap_err();
        assert_eq!(error.status(), Some(307));
        assert!(error.to_string().contains(&format!("redirects to http://{elsewhere}")), "{error}");
        assert!(!error.to_string().contains("code=secret"), "{error}");
        assert_eq!(stolen.load(Ordering::Relaxed), 0);
    }
}

/// A proxy that repeats the head of the request it refuses.
#[tokio::test]
async fn credentials_that_a_proxy_repeats_are_not_printed() {
    let script = Scripted::new(|request, _| {
        let credentials = request.headers[http::header::AUTHORIZATION].to_str().unwrap();
        answer(400, format!("Bad request: Authorization: {credentials}"))
    });
    let client = script.client();
    let with_the_key = client.organizations().get_organization("org_1").await.unwrap_err();
    let with_a_token = client.sso().get_profile("token_of_ada").await.unwrap_err();
    for error in [with_the_key, with_a_token] {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("Bad request: Authorization: Bearer <redacted>"), "{shown}");
        assert!(!shown.contains("sk_test") && !shown.contains("ada"), "{shown}");
    }
}

#[tokio::test]
async fn a_redirected_post_is_an_error_and_is_not_repeated_as_a_get() {
    for (status, builder) in [301, 302, 303, 307, 308]
        .into_iter()
        .flat_map(|status| bundled().into_iter().map(move |builder| (status, builder)))
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let server = raw_server(move |mut stream| {
            let seen = seen.clone();
            async move {
                let mut request = Vec::new();
                stream.read_buf(&mut request).await.unwrap();
                let method = request.split(|byte| *byte == b' ').next().unwrap();
                seen.lock().unwrap().push(String::from_utf8_lossy(method).into_owned());
                // Reads to the end of the body; a GET would have none.
                while request.starts_with(b"POST") && !request.ends_with(b"}") {
                    assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
                }
                let head = format!(
                    "HTTP/1.1 {status} Moved\r\nlocation: /organizations/org_1\r\n\
                     content-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(head.as_bytes()).await;
            }
        })
        .await;
        let client = builder.base_url(format!("http://{server}")).build();
        let call = client.organizations().create_organization(CreateOrganization::new("A"));
        assert_eq!(call.await.unwrap_err().status(), Some(status));
        assert_eq!(*requests.lock().unwrap(), ["POST"]);
    }
}

#[tokio::test]
async fn nothing_that_can_be_printed_shows_a_secret() {
    let headers =
        [("set-cookie", "session=cookie_secret"), ("location", "https://x/?c=redirect_secret")];
    let refusal = r#"{"code":"c","message":"m","pending_authentication_token":"pat_secret"}"#;
    let script = Scripted::new(move |request, _| match request.method {
        http::Method::GET => answer_with(200, &headers, crate::common::ORGANIZATION),
        _ => answer_with(403, &headers, refusal),
    });
    let client = script.builder().api_key("sk_live_secret").build();
    let body = CreateUser {
        password: Some(Password::plaintext("password_secret")),
        ..CreateUser::new("ada@example.com")
    };
    let change = UpdateUser {
        password: Some(Password::hashed("hash_secret", "bcrypt".into())),
        ..Default::default()
    };
    let call = client
        .user_management()
        .create_user(body.clone())
        .header("authorization", "Bearer header_secret")
        .header("x-app", "other_secret");
    let request = call.request().unwrap();
    let mut shown = format!("{client:?} {call:?} {request:?} {body:?} {change:?}");
    let error = call.await.unwrap_err();
    shown += &format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    let Say::Answer(answer) = answer_with(403, &headers, refusal) else { unreachable!() };
    let got = client.organizations().get_organization("org_1").with_response().await.unwrap();
    shown += &format!("{answer:?} {got:?}");
    for request in script.requests() {
        shown += &format!("{request:?} {request:#?}");
    }
    assert!(!shown.contains("_secret"), "{shown}");
    assert_eq!(request.headers["authorization"], "Bearer header_secret");
}

#[tokio::test]
async fn errors_show_neither_path_arguments_nor_queries() {
    let script = Scripted::new(|_, _| answer(404, r#"{"message":"Not found"}"#));
    let client = script.client();
    let by_id = client.organizations().get_organization_by_external_id("token-secret").await;
    let path = "/user_management/invitations/by_token/token-secret";
    let custom = client.request::<()>(http::Method::GET, path).query(&[("q", "token-secret")]);
    let invitation = client.user_management().find_invitation_by_token("token-secret").await;
    for error in [by_id.unwrap_err(), custom.await.unwrap_err(), invitation.unwrap_err()] {
        assert!(!format!("{error} {error:?}").contains("token-secret"), "{error}");
    }

    // A transport's own error must not name the URL either.
    for builder in bundled() {
        let address = crate::common::dead_port().await;
        let client = builder.base_url(format!("http://{address}")).max_retries(0).build();
        let call = client.organizations().get_organization_by_external_id("token-secret");
        let error = call.await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("token-secret"), "{error:?}");
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let client = Client::builder().transport(script.clone()).build();
    let error = client.organizations().get_organization("org_1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Builder);
    assert!(error.to_string().contains("WORKOS_API_KEY"), "{error}");
    assert_eq!(script.count(), 0);

    let bearer = client.organizations().get_organization("org_1").bearer("token");
    assert_eq!(bearer.request().unwrap().headers["authorization"], "Bearer token");
    let public = client.organizations().get_organization("org_1").unauthenticated();
    assert!(!public.request().unwrap().headers.contains_key("authorization"));
}

#[test]
fn a_key_is_not_sent_over_plain_http_by_accident() {
    let remote = || Client::builder().api_key("sk_live_1").base_url("http://api.example.com");
    let error = remote().try_build().unwrap_err().to_string();
    assert!(error.contains("unencrypted") && error.contains("allow_insecure_http"), "{error}");
    remote().allow_insecure_http(true).try_build().unwrap();
    remote().base_url("http://127.0.0.1:4100").try_build().unwrap();
}

#[tokio::test]
async fn an_endless_response_is_not_read_to_its_end() {
    for (status, builder) in ["200 OK", "500 Internal Server Error"]
        .into_iter()
        .flat_map(|status| bundled().into_iter().map(move |builder| (status, builder)))
    {
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = sent.clone();
        let server = raw_server(move |mut stream| {
            let counter = counter.clone();
            async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
                while stream.write_all(&chunk).await.is_ok() {
                    counter.fetch_add(0x10000, Ordering::Relaxed);
                }
            }
        })
        .await;
        let client = builder.base_url(format!("http://{server}")).max_retries(0).build();
        let error = client.organizations().get_organization("org_1").await.unwrap_err();
        // Of an error response the beginning is read, so that its status is not lost.
        let most = match error.api() {
            Some(error) => {
                assert_eq!((error.status, error.raw_body.len()), (500, 1 << 20));
                1 << 20
            }
            None => {
                assert_eq!((status, error.kind()), ("200 OK", ErrorKind::Network));
                assert!(error.to_string().contains("33554432 bytes"), "{error}");
                32 << 20
            }
        };
        // Plus what fits into the buffers in between.
        assert!(sent.load(Ordering::Relaxed) < most + (32 << 20));
    }
}

#[tokio::test]
async fn the_limit_on_responses_can_be_set_and_applies_to_custom_transports() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let client = script.builder().max_response_bytes(100).build();
    let error = client.organizations().get_organization("org_1").await.unwrap_err();
    assert!(error.to_string().contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn headers_have_one_key_and_name_the_application_and_the_library() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let client = script.builder().user_agent("my-app/1.0").build();
    client.organizations().get_organization("org_1").await.unwrap();
    let new = CreateOrganization::new("Acme");
    client.organizations().create_organization(new).idempotency_key("ik").await.unwrap();
    let shown: Vec<Vec<String>> = script
        .requests()
        .iter()
        .map(|request| {
            let mut headers: Vec<_> = request
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            headers.sort();
            headers
        })
        .collect();
    let agent = concat!("user-agent: my-app/1.0 workos-rust/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        shown,
        [
            vec![
                "accept-encoding: identity",
                "accept: application/json",
                "authorization: Bearer sk_test_secret",
                agent,
            ],
            vec![
                "accept-encoding: identity",
                "accept: application/json",
                "authorization: Bearer sk_test_secret",
                "content-type: application/json",
                "idempotency-key: ik",
                agent,
            ],
        ]
    );
}

#[tokio::test]
async fn headers_that_cannot_be_sent_are_refused_by_name() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let call = || script.client().organizations().get_organization("org_1");
    for (call, named) in [
        (call().header("x-a", "line\nbreak"), "x-a"),
        (call().header("not a name", "x"), "header name"),
        (call().idempotency_key("ü\n"), "idempotency_key"),
        (call().bearer("a\nb"), "bearer"),
    ] {
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder);
        assert!(error.to_string().contains(named), "{error}");
    }
    assert_eq!(script.count(), 0);
}
