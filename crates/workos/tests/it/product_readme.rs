//! The code in the README of the official crate works here unchanged.

use crate::common::{Scripted, answer_with};
use http::StatusCode;
use workos::organizations::ListOrganizationsParams;
use workos_emulator::Emulator;

#[tokio::test]
async fn the_quick_start_lists_organizations() -> Result<(), workos::Error> {
    use workos::{Client, organizations::ListOrganizationsParams};

    let emulator = Emulator::start().await.unwrap();
    let made = emulator
        .client()
        .organizations()
        .create_organization(workos::OrganizationInput::new("Acme"))
        .await?;

    let client = Client::builder()
        .api_key(std::env::var("WORKOS_API_KEY").unwrap_or(emulator.api_key().to_owned()))
        .client_id("client_01")
        .base_url(emulator.base_url())
        .build();

    let page =
        client.organizations().list_organizations(ListOrganizationsParams::default()).await?;

    let mut seen = Vec::new();
    for org in page.data {
        seen.push(format!("{}: {}", org.id, org.name));
    }
    assert_eq!(seen, [format!("{}: Acme", made.id)]);
    Ok(())
}

#[test]
fn a_client_needs_only_a_key() {
    let client = workos::Client::new(String::from("sk_test_1"));
    assert_eq!(client.base_url(), workos::DEFAULT_BASE_URL);
    let client =
        workos::Client::builder().api_key(String::from("sk_test_1")).max_retries(0).build();
    let (_, _) = (client.organizations(), client.user_management());
}

#[tokio::test]
async fn every_setting_of_its_table_exists_and_takes_what_it_took() {
    let transport: workos::transport::SharedTransport = std::sync::Arc::new(MyTransport);
    let client = workos::Client::builder()
        .api_key("sk_test_1")
        .client_id("client_01")
        .base_url("https://api.workos.com")
        .timeout(std::time::Duration::from_secs(30))
        .max_retries(3)
        .user_agent("app/1.0")
        .transport(transport)
        .try_build()
        .unwrap();
    assert_eq!(client.organizations().get_organization("org_1").await.unwrap().name, "Acme");

    let refused = workos::Client::builder().api_key("sk_\u{7f}").try_build();
    assert!(matches!(refused, Err(workos::Error::Builder(_))));
}

/// A transport as written for the official crate, including the exhaustive destructuring.
struct MyTransport;

#[async_trait::async_trait]
impl workos::transport::HttpTransport for MyTransport {
    async fn execute(
        &self,
        req: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, workos::transport::TransportError> {
        let workos::transport::HttpRequest { method, url, headers, body } = req;
        if !url.starts_with("https://") || !headers.contains_key("authorization") {
            return Err(workos::transport::TransportError::other("not for this server"));
        }
        let (status, body) = match (method, body) {
            (http::Method::GET, None) => (StatusCode::OK, crate::common::ORGANIZATION),
            _ => (StatusCode::METHOD_NOT_ALLOWED, "{}"),
        };
        Ok(workos::transport::HttpResponse {
            status,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::from_static(body.as_bytes()),
        })
    }
}

#[test]
fn an_enum_is_matched_defensively_and_keeps_unknown_values() {
    use workos::{Connection, ConnectionType};

    // The field is called `connection_type`, in the official crate, too.
    let connection: Connection = serde_json::from_str(
        r#"{"object":"connection","id":"conn_1","connection_type":"FooBar","name":"Acme",
            "state":"active","status":"linked","domains":[],
            "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#,
    )
    .unwrap();
    let kind = connection.connection_type;
    let label = match kind.clone() {
        ConnectionType::GoogleOAuth => "Google".to_owned(),
        ConnectionType::Unknown(raw) => format!("unknown connection type: {raw}"),
        _ => "something else".to_owned(),
    };
    assert_eq!(label, "unknown connection type: FooBar");
    assert_eq!(serde_json::to_string(&kind).unwrap(), r#""FooBar""#);
    assert_eq!((kind.to_string().as_str(), kind.as_ref()), ("FooBar", "FooBar"));
}

#[tokio::test]
async fn options_are_passed_to_the_with_options_method() {
    use workos::{RequestOptions, organizations::CreateOrganizationParams};

    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();

    let opts = RequestOptions::new().idempotency_key("ik_create_acme_42");

    let org = client
        .organizations()
        .create_organization_with_options(
            CreateOrganizationParams::new(workos::OrganizationInput {
                name: "Acme".into(),
                ..Default::default()
            }),
            Some(&opts),
        )
        .await
        .unwrap();
    assert_eq!(org.name, "Acme");
    let sent = emulator.requests().latest();
    let key = sent.first().and_then(|request| request.headers.get("idempotency-key"));
    assert_eq!(key.map(|key| key.to_str().unwrap()), Some("ik_create_acme_42"));
}

#[tokio::test(start_paused = true)]
async fn each_retry_strategy_sends_as_often_as_documented() {
    use workos::{RequestOptions, RequestStrategy};

    let sent = async |opts: RequestOptions| {
        let script = Scripted::new(|_, _| answer_with(503, &[], "{}"));
        let organizations = script.client().organizations();
        let new = workos::OrganizationInput::new("Acme");
        let call = organizations.create_organization_with_options(new.clone(), Some(&opts));
        assert!(call.await.unwrap_err().is_server_error());
        let get = organizations.get_organization_with_options("org_1", Some(&opts));
        assert!(get.await.unwrap_err().is_server_error());
        let posts = script.requests().iter().filter(|r| r.method == http::Method::POST).count();
        (posts, script.count() - posts)
    };

    // Send exactly once, regardless of `max_retries`:
    let opts = RequestOptions::new().strategy(RequestStrategy::Once);
    assert_eq!(sent(opts).await, (1, 1));

    // Make a mutation idempotent and retry-eligible (the key is also sent
    // as the `Idempotency-Key` header):
    let opts = RequestOptions::new().strategy(RequestStrategy::Idempotent("ik_42".into()));
    assert_eq!(sent(opts).await, (4, 4));

    // Custom retry budget with jitter:
    let opts = RequestOptions::new()
        .strategy(RequestStrategy::ExponentialBackoff { max_attempts: 5, jitter: true });
    assert_eq!(sent(opts).await, (5, 5));

    let opts = RequestOptions::new().strategy(RequestStrategy::Retry { max_attempts: 2 });
    assert_eq!(sent(opts).await, (2, 2));
}

#[tokio::test]
async fn an_error_has_what_the_server_sent() {
    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();
    match client.organizations().get_organization("org_missing").await {
        Ok(org) => panic!("{org:?}"),
        Err(err) if err.is_not_found() => {}
        Err(err) => panic!("{err}"),
    }

    let script = Scripted::new(|_, _| {
        answer_with(
            429,
            &[("retry-after", "7"), ("x-request-id", "req_1")],
            r#"{"code":"rate_limited","message":"Slow down."}"#,
        )
    });
    let client = script.builder().max_retries(0).build();
    let err = client.organizations().get_organization("org_1").await.unwrap_err();
    let text = format!(
        "API error {} (code={:?}, request_id={:?}): {} {:?}",
        err.status().unwrap_or(0),
        err.code(),
        err.request_id(),
        err.api().map(|a| a.message.as_str()).unwrap_or(""),
        err.retry_after(),
    );
    assert_eq!(
        text,
        r#"API error 429 (code=Some("rate_limited"), request_id=Some("req_1")): Slow down. Some(7s)"#
    );
}

#[test]
fn a_secret_is_only_exposed_explicitly_and_serializes_as_a_string() {
    let secret = workos::SecretString::from("tok_1");
    let token: &str = secret.expose();
    assert_eq!(token, "tok_1");
    assert!(!format!("{secret:?}").contains("tok_1"));
    assert_eq!(serde_json::to_string(&secret).unwrap(), r#""tok_1""#);
}

#[tokio::test]
async fn a_list_is_collected_from_all_its_pages() -> Result<(), workos::Error> {
    use futures_util::TryStreamExt;

    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();
    let mut made = Vec::new();
    for n in 0..105 {
        let new = workos::OrganizationInput::new(format!("n{n}"));
        made.insert(0, client.organizations().create_organization(new).await?);
    }

    let all: Vec<workos::Organization> = client
        .organizations()
        .list_organizations_auto_paging(ListOrganizationsParams::default())
        .try_collect()
        .await?;
    assert_eq!(all, made);

    // The same with the `auto_paginate` helper.
    let organizations = client.organizations();
    let by_hand: Vec<workos::Organization> = workos::auto_paginate(move |after| {
        let params = ListOrganizationsParams { after, limit: Some(50), ..Default::default() };
        organizations.list_organizations(params)
    })
    .try_collect()
    .await?;
    assert_eq!(by_hand, made);
    Ok(())
}
