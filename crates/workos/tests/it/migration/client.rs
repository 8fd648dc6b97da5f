//! The client, its calls, lists, errors and transports.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use workos::organizations::*;
use workos::{Client, Error};
use workos_emulator::Emulator;

use super::Canned;

async fn quick_start(key: String, base: String) -> Result<Vec<String>, workos::Error> {
    use workos::{Client, organizations::ListOrganizationsParams};
    let client = Client::builder().api_key(key).client_id("client_01").base_url(base).build();
    let page =
        client.organizations().list_organizations(ListOrganizationsParams::default()).await?;
    let mut lines = Vec::new();
    for org in page.data {
        lines.push(format!("{}: {}", org.id, org.name));
    }
    Ok(lines)
}

#[tokio::test]
async fn the_quick_start_needs_no_edit() {
    let emulator = Emulator::start().await.unwrap();
    let acme = OrganizationInput::new("Acme");
    let acme = emulator.client().organizations().create_organization(acme).await.unwrap();
    let key = emulator.api_key().to_owned();
    let lines = quick_start(key, emulator.base_url().to_owned()).await.unwrap();
    assert_eq!(lines, [format!("{}: Acme", acme.id)]);
}

async fn pages(client: &Client) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page: workos::OrganizationList = client
            .organizations()
            .list_organizations(ListOrganizationsParams {
                before: None,
                after: after.clone(),
                limit: Some(2),
                order: Some(workos::PaginationOrder::Asc),
                domains: None,
                search: None,
            })
            .await?;
        names.extend(page.data.into_iter().map(|org| org.name));
        after = page.list_metadata.after;
        if after.is_none() {
            return Ok(names);
        }
    }
}

async fn all_organizations(client: &Client) -> Result<Vec<workos::Organization>, Error> {
    client
        .organizations()
        .list_organizations_auto_paging(ListOrganizationsParams::default())
        .try_collect()
        .await
}

async fn first_user(client: &Client) -> Result<Option<workos::User>, Error> {
    let users = client.user_management();
    let mut stream =
        pin!(users.list_users_auto_paging(workos::user_management::ListUsersParams::default()));
    stream.try_next().await
}

async fn own_paging(client: &Client) -> Result<Vec<String>, Error> {
    let stream = workos::pagination::auto_paginate(|after| async move {
        let page = client
            .organizations()
            .list_organizations(ListOrganizationsParams { after, ..Default::default() })
            .await?;
        Ok(workos::Page {
            data: page.data.into_iter().map(|org| org.name).collect(),
            list_metadata: workos::ListMetadata { before: None, after: page.list_metadata.after },
        })
    });
    stream.try_collect().await
}

#[tokio::test]
async fn lists_are_walked_as_before() {
    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();
    for name in ["a", "b", "c"] {
        let input = OrganizationInput::new(name);
        client.organizations().create_organization(input).await.unwrap();
    }
    assert_eq!(pages(&client).await.unwrap(), ["a", "b", "c"]);
    assert_eq!(all_organizations(&client).await.unwrap().len(), 3);
    assert_eq!(own_paging(&client).await.unwrap().len(), 3);
    assert_eq!(first_user(&client).await.unwrap(), None);
}

async fn create(client: &Client) -> Result<workos::Organization, Error> {
    let organization = client
        .organizations()
        .create_organization(CreateOrganizationParams::new(workos::OrganizationInput {
            name: "Acme".to_string(),
            allow_profiles_outside_organization: None,
            domains: None,
            domain_data: Some(vec![workos::OrganizationDomainData {
                domain: "acme.com".to_string(),
                state: workos::OrganizationDomainDataState::Verified,
            }]),
            // edit: without `into()`
            metadata: Some(HashMap::from([("tier".to_string(), "gold".to_string())]).into()),
            external_id: Some("acme-7".to_string()),
        }))
        .await?;
    let updated = client
        .organizations()
        .update_organization(
            &organization.id,
            UpdateOrganizationParams {
                body: workos::UpdateOrganization {
                    name: Some("Acme Inc.".to_string()),
                    allow_profiles_outside_organization: None,
                    domains: None,
                    domain_data: None,
                    stripe_customer_id: None,
                    metadata: None,
                    external_id: None,
                },
            },
        )
        .await?;
    // edit: `updated.created_at.clone()`
    let created: String = updated.created_at.to_string();
    assert!(created.starts_with("20"));
    let tier: Option<&String> = updated.metadata.get("tier");
    assert_eq!(tier.map(|tier| tier.as_str()), Some("gold"));
    assert_eq!(format!("{}", updated.object), "organization");
    for domain in &updated.domains {
        match domain.state {
            Some(workos::OrganizationDomainState::Verified) => {}
            Some(workos::OrganizationDomainState::Unknown(ref raw)) => panic!("new state {raw}"),
            _ => panic!("not verified"),
        }
    }
    Ok(updated)
}

async fn options(client: &Client) -> Result<workos::Organization, Error> {
    use workos::{RequestOptions, RequestStrategy};
    let opts = RequestOptions::new()
        .idempotency_key("ik_42")
        .header(http::HeaderName::from_static("x-team"), http::HeaderValue::from_static("billing"))
        .header(http::HeaderName::from_static("x-trace"), "1".parse().unwrap())
        .header("x-span".parse().unwrap(), "2".parse().unwrap());
    let organization = client
        .organizations()
        .create_organization_with_options(
            CreateOrganizationParams::new(workos::OrganizationInput {
                name: "Globex".into(),
                allow_profiles_outside_organization: None,
                domains: None,
                domain_data: None,
                metadata: None,
                external_id: None,
            }),
            Some(&opts),
        )
        .await?;
    for strategy in [
        RequestStrategy::Once,
        RequestStrategy::Idempotent("ik_43".into()),
        RequestStrategy::Retry { max_attempts: 2 },
        RequestStrategy::ExponentialBackoff { max_attempts: 3, jitter: true },
    ] {
        let opts = RequestOptions::new().strategy(strategy);
        client.organizations().get_organization_with_options(&organization.id, Some(&opts)).await?;
    }
    client.organizations().get_organization_with_options(&organization.id, None).await
}

async fn errors(client: &Client) -> String {
    match client.organizations().get_organization("org_missing").await {
        Ok(org) => format!("{org:?}"),
        Err(err) if err.is_unauthorized() => "unauthorized".to_string(),
        Err(err) if err.is_rate_limited() || err.is_server_error() => {
            format!("{:?}", err.retry_after())
        }
        Err(err) if err.is_not_found() => format!(
            "{} {:?} {} {}",
            err.status().unwrap_or(0),
            err.code(),
            err.request_id().is_some(),
            err.api().map(|a| a.message.as_str()).unwrap_or(""),
        ),
        Err(Error::Builder(message)) => message,
        Err(Error::Network(err)) => format!("{:?} {}", err.kind, err.is_retryable()),
        Err(Error::Decode(err)) => err.to_string(),
        Err(Error::Api(api)) => format!("{} {:?}", api.status, api.raw_body),
        Err(err) => err.to_string(),
    }
}

// edit: `struct Tenants<'a>`
struct Tenants {
    // edit: `OrganizationsApi<'a>`
    organizations: workos::organizations::OrganizationsApi,
    client_id: String,
}

// edit: `impl<'a> Tenants<'a>`
impl Tenants {
    // edit: `client: &'a Client`
    fn new(client: &Client) -> Self {
        Self {
            organizations: client.organizations(),
            // edit: `client.client_id().to_string()`
            client_id: client.client_id().unwrap_or_default().to_string(),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.organizations.delete_organization(id).await
    }
}

#[tokio::test]
async fn organizations_are_created_changed_and_deleted() {
    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();
    assert_eq!(create(&client).await.unwrap().name, "Acme Inc.");
    let globex = options(&client).await.unwrap();
    let tenants = Tenants::new(&client);
    tenants.delete(&globex.id).await.unwrap();
    assert_eq!(tenants.client_id, client.client_id().unwrap_or_default());
    let seen = errors(&client).await;
    assert!(seen.starts_with("404 Some(\"entity_not_found\") true "), "{seen}");
}

/// A transport that passes requests on to the bundled one.
struct Logging {
    inner: workos::transport::ReqwestTransport,
    seen: std::sync::Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl workos::transport::HttpTransport for Logging {
    async fn execute(
        &self,
        req: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, workos::transport::TransportError> {
        self.seen.lock().unwrap().push(format!("{} {}", req.method, req.url));
        self.inner.execute(req).await
    }
}

async fn bundled_transports(base: &str, key: &str) -> Result<Vec<String>, Error> {
    use workos::transport::ReqwestTransport;
    let mut seen = Vec::new();
    for inner in [
        ReqwestTransport::with_timeout(std::time::Duration::from_secs(10)),
        ReqwestTransport::from_client(
            // edit: `reqwest::Client::new()`, of `reqwest` 0.12
            ReqwestTransport::client_builder()?.build().unwrap(),
        ),
        ReqwestTransport::default(),
    ] {
        let transport = Arc::new(Logging { inner, seen: Default::default() });
        let client =
            Client::builder().api_key(key).base_url(base).transport(transport.clone()).build();
        client.organizations().list_organizations(Default::default()).await?;
        seen.append(&mut transport.seen.lock().unwrap());
    }
    Ok(seen)
}

#[tokio::test]
async fn the_bundled_transport_is_built_as_before() {
    let emulator = Emulator::start().await.unwrap();
    let seen = bundled_transports(emulator.base_url(), emulator.api_key()).await.unwrap();
    let request = format!("GET {}/organizations", emulator.base_url());
    assert_eq!(seen, [request.as_str(); 3]);
}

async fn own_request(client: &Client, url: &str) -> Result<String, Error> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }

    let transport = client.transport();
    let response = transport
        .execute(workos::transport::HttpRequest {
            method: http::Method::GET,
            url: url.to_string(),
            headers: [(http::header::AUTHORIZATION, "Bearer sk_test_1".parse().unwrap())]
                .into_iter()
                .collect(),
            body: None,
        })
        .await?;
    let named: Named = serde_json::from_slice(&response.body)?;
    Ok(named.name)
}

#[tokio::test]
async fn errors_of_a_transport_and_of_json_become_workos_errors() {
    let client = Client::builder().api_key("sk_test_1").transport(Arc::new(Canned)).build();
    assert_eq!(own_request(&client, "https://example.com/org_1").await.unwrap(), "Acme");
    match own_request(&client, "https://example.com/org_timeout").await {
        Err(Error::Network(err)) => {
            assert_eq!(err.kind, workos::transport::TransportErrorKind::Timeout);
            assert!(err.is_retryable());
        }
        other => panic!("{other:?}"),
    }
    fn settings(text: &str) -> Result<serde_json::Value, Error> {
        Ok(serde_json::from_str(text)?)
    }
    match settings("{").unwrap_err() {
        Error::Decode(err) => assert!(err.to_string().contains("line 1"), "{err}"),
        other => panic!("{other:?}"),
    }
}

async fn transport() -> Result<String, Error> {
    let transport: workos::transport::SharedTransport = Arc::new(Canned);
    let client = Client::builder().api_key("sk_test_1").max_retries(0).transport(transport).build();
    match client.organizations().get_organization("org_timeout").await {
        Err(Error::Network(err)) => {
            assert_eq!(err.kind, workos::transport::TransportErrorKind::Timeout);
        }
        other => panic!("{other:?}"),
    }
    Ok(client.organizations().get_organization("org_1").await?.name)
}

#[tokio::test]
async fn a_transport_needs_no_edit() {
    assert_eq!(transport().await.unwrap(), "Acme");
}
