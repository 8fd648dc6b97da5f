//! Programs as they are written for the official crate 3.5.0, with the edits that
//! `docs/migrating-from-official.md` lists and no others. Each edit is marked with `// edit:` and
//! what stood there, or `new line`.

#![cfg(all(feature = "api", feature = "helpers"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

// edit: `HashMap`
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use workos::organizations::*;
// edit: was `use workos::{Client, Error};`
use workos::{Call, Client, Error, Nullable};
use workos_emulator::Emulator;

const TIME: &str = "2026-01-15T12:00:00.000Z";

/// A client whose calls are described and not made.
fn offline() -> Client {
    Client::builder().api_key("sk_test_1").client_id("client_1").build()
}

/// What a call would send.
fn sent<T>(call: &Call<T>, expected: &str, body: Value) {
    let request = call.request().unwrap();
    let url = request.url.strip_prefix("https://api.workos.com").unwrap();
    assert_eq!(format!("{} {url}", request.method), expected);
    let sent = request.body.map(|body| serde_json::from_slice(&body).unwrap());
    assert_eq!(sent.unwrap_or(Value::Null), body);
}

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
        // edit: `workos::OrganizationList`
        let page: workos::Page<workos::Organization> = client
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
    // edit: `workos::pagination::auto_paginate`
    let stream = workos::auto_paginate(|after| async move {
        let page = client
            .organizations()
            .list_organizations(ListOrganizationsParams { after, ..Default::default() })
            .await?;
        // edit: `Ok(workos::Page { data: …, list_metadata: workos::ListMetadata { … } })`
        Ok::<_, Error>(workos::Page::new(
            page.data.into_iter().map(|org| org.name).collect(),
            workos::ListMetadata::new(None, page.list_metadata.after),
        ))
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
            // edit: `Some(HashMap::from([…]))`
            metadata: BTreeMap::from([("tier".to_string(), "gold".to_string())]).into(),
            // edit: `Some("acme-7".to_string())`
            external_id: "acme-7".into(),
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
                    // edit: `None`, twice
                    metadata: Nullable::Absent,
                    external_id: Nullable::Absent,
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
        .header(http::HeaderName::from_static("x-team"), http::HeaderValue::from_static("billing"));
    let organization = client
        .organizations()
        .create_organization_with_options(
            CreateOrganizationParams::new(workos::OrganizationInput {
                name: "Globex".into(),
                allow_profiles_outside_organization: None,
                domains: None,
                domain_data: None,
                // edit: `None`, twice
                metadata: Nullable::Absent,
                external_id: Nullable::Absent,
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
async fn organizations_are_made_changed_and_deleted() {
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

struct Canned;

#[async_trait::async_trait]
impl workos::transport::HttpTransport for Canned {
    async fn execute(
        &self,
        req: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, workos::transport::TransportError> {
        use workos::transport::{HttpResponse, TransportError};
        if req.method != http::Method::GET {
            return Err(TransportError::other("read only"));
        }
        if req.url.ends_with("/org_timeout") {
            return Err(TransportError::timeout("too slow"));
        }
        assert_eq!(req.headers["authorization"], "Bearer sk_test_1");
        assert!(req.body.is_none());
        Ok(HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::from_static(
                br#"{"object":"organization","id":"org_1","name":"Acme","domains":[],"metadata":{},
                    "created_at":"2026-01-15T12:00:00.000Z","updated_at":"2026-01-15T12:00:00.000Z"}"#,
            ),
        })
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

async fn users(client: &Client) -> Result<usize, Error> {
    use workos::user_management::*;
    // edit: `workos::UserCreateResponse`
    let user: workos::User = client
        .user_management()
        .create_user(CreateUserParams::new(CreateUserParamsBody {
            // edit: `Some("Ada".to_string())`
            first_name: "Ada".into(),
            // edit: `Some(HashMap::from([…]))`
            metadata: BTreeMap::from([("team".to_string(), "engines".to_string())]).into(),
            password: Some(Password::Plaintext {
                // edit: `"correct horse battery staple".to_string()`
                password: "correct horse battery staple".into(),
            }),
            ..CreateUserParamsBody::new("ada@example.com")
        }))
        .await?;
    let user = client
        .user_management()
        .update_user(
            &user.id,
            UpdateUserParams {
                body: UpdateUserParamsBody {
                    // edit: `Some("user-7".to_string())`
                    external_id: "user-7".into(),
                    ..Default::default()
                },
            },
        )
        .await?;
    // edit: `user.metadata.as_ref().and_then(|metadata| metadata.get("team"))`
    let team = user.metadata.get("team");
    assert_eq!(team.map(String::as_str), Some("engines"));
    // edit: `send_verification_email(&user.id)`
    client
        .user_management()
        .send_verification_email(&user.id, SendVerificationEmail::default())
        .await?;
    let sessions =
        client.user_management().list_sessions(&user.id, ListSessionsParams::default()).await?;
    let mut active = 0;
    for session in sessions.data {
        // edit: `workos::UserSessionsStatus`
        if session.status == workos::SessionStatus::Active {
            active += 1;
        }
    }
    Ok(active)
}

#[tokio::test]
async fn users_are_made_and_changed() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(users(&emulator.client()).await.unwrap(), 0);
    let ada = emulator.client().user_management().get_user_by_external_id("user-7").await.unwrap();
    assert_eq!(ada.first_name.as_deref(), Some("Ada"));
}

#[test]
fn signing_in() {
    use workos::user_management::*;
    let client = offline();
    let call: Call<workos::AuthenticateResponse> =
        client.user_management().authenticate_with_password(AuthenticateWithPasswordParams {
            ip_address: Some("203.0.113.7".to_string()),
            ..AuthenticateWithPasswordParams::new("ada@example.com", "correct horse")
        });
    sent(
        &call,
        "POST /user_management/authenticate",
        json!({
            "grant_type": "password", "client_id": "client_1", "client_secret": "sk_test_1",
            "email": "ada@example.com", "password": "correct horse", "ip_address": "203.0.113.7",
        }),
    );
    let call = client.user_management().authenticate_with_totp(AuthenticateWithTotpParams::new(
        "123456".to_string(),
        "pending_1",
        "auth_challenge_1",
    ));
    sent(
        &call,
        "POST /user_management/authenticate",
        json!({
            "grant_type": "urn:workos:oauth:grant-type:mfa-totp", "client_id": "client_1",
            "client_secret": "sk_test_1", "code": "123456",
            "pending_authentication_token": "pending_1",
            "authentication_challenge_id": "auth_challenge_1",
        }),
    );
    let url: String = client
        .user_management()
        .get_authorization_url(GetAuthorizationUrlParams {
            provider: Some(workos::UserManagementAuthenticationProvider::Authkit),
            // edit: `Some(HashMap::from([…]))`
            provider_query_params: Some(BTreeMap::from([(
                "hd".to_string(),
                "example.com".to_string(),
            )])),
            ..GetAuthorizationUrlParams::new("https://app.example.com/callback")
        })
        .unwrap();
    assert!(url.contains("provider=authkit") && url.contains("provider_query_params%5Bhd%5D="));
}

#[test]
fn memberships() {
    use workos::organization_membership::*;
    let client = offline();
    // edit: `workos::UserOrganizationMembershipList`
    let call: Call<workos::Page<workos::OrganizationMembership>> = client
        .organization_membership()
        .list_organization_memberships(ListOrganizationMembershipsParams {
            before: None,
            after: None,
            limit: Some(50),
            order: None,
            organization_id: Some("org_1".to_string()),
            statuses: Some(vec![
                // edit: `workos::UserManagementOrganizationMembershipStatuses`, twice
                workos::OrganizationMembershipStatus::Active,
                workos::OrganizationMembershipStatus::Pending,
            ]),
            user_id: None,
        });
    sent(
        &call,
        "GET /user_management/organization_memberships?limit=50&organization_id=org_1\
         &statuses=active%2Cpending",
        Value::Null,
    );
    let call = client.organization_membership().create_organization_membership(
        CreateOrganizationMembershipParams::new(CreateOrganizationMembershipParamsBody {
            user_id: "user_1".to_string(),
            organization_id: "org_1".to_string(),
            // edit: `Role::Single`
            role: Some(OrganizationMembershipRole::Single { role_slug: "admin".to_string() }),
        }),
    );
    sent(
        &call,
        "POST /user_management/organization_memberships",
        json!({"user_id": "user_1", "organization_id": "org_1", "role_slug": "admin"}),
    );
    let membership: OrganizationMembership = serde_json::from_value(json!({
        "object": "organization_membership", "id": "om_1", "user_id": "user_1",
        "organization_id": "org_1", "status": "active", "directory_managed": false,
        "role": {"slug": "admin"}, "created_at": TIME, "updated_at": TIME,
    }))
    .unwrap();
    // edit: `membership.role.slug`
    assert_eq!(membership.role.map(|role| role.slug).as_deref(), Some("admin"));
}

#[test]
fn invitations() {
    use workos::user_management::*;
    let client = offline();
    // edit: `workos::UserInvite`
    let call: Call<workos::Invitation> = client.user_management().send_invitation(
        SendInvitationParams::new(workos::CreateUserInviteOptions {
            email: "ada@example.com".to_string(),
            organization_id: None,
            role_slug: None,
            expires_in_days: Some(7),
            inviter_user_id: None,
            // edit: `workos::CreateUserInviteOptionsLocale::EnUs`
            locale: Some(workos::Locale::EnUS),
        }),
    );
    sent(
        &call,
        "POST /user_management/invitations",
        json!({"email": "ada@example.com", "expires_in_days": 7, "locale": "en-US"}),
    );
    let invite: workos::Invitation = serde_json::from_value(json!({
        "object": "invitation", "id": "invitation_1", "email": "ada@example.com",
        "state": "pending", "accepted_at": null, "revoked_at": null, "expires_at": TIME,
        "organization_id": null, "inviter_user_id": null, "accepted_user_id": null,
        "role_slug": null, "created_at": TIME, "updated_at": TIME, "token": "token_1",
        "accept_invitation_url": "https://app.example.com/invite?token=token_1",
    }))
    .unwrap();
    // edit: `workos::UserInviteState`
    assert_eq!(invite.state, workos::InvitationState::Pending);
    // edit: `invite.accept_invitation_url.expose()`
    let url = invite.accept_invitation_url.as_ref().map(|url| url.expose());
    assert_eq!(url, Some("https://app.example.com/invite?token=token_1"));
}

#[test]
fn audit_log_events() {
    use workos::{RequestOptions, audit_logs::CreateEventParams};
    let client = offline();
    let opts = RequestOptions::new().idempotency_key("51343ada-3f0f-4372-9d24-4d0b0dfba384");
    let event = workos::AuditLogEvent {
        action: "invoice.paid".to_string(),
        // edit: `"2026-01-15T12:00:00.000Z".to_string()`
        occurred_at: "2026-01-15T12:00:00.000Z".parse().unwrap(),
        actor: workos::AuditLogEventActor {
            id: "user_1".to_string(),
            type_: "user".to_string(),
            name: None,
            metadata: None,
        },
        targets: vec![workos::AuditLogEventTarget {
            id: "invoice_7".to_string(),
            type_: "invoice".to_string(),
            name: None,
            // edit: `HashMap`
            metadata: Some(BTreeMap::from([
                // edit: `workos::AuditLogEventActorMetadataOneOf::F64(12.5)`
                ("total".to_string(), workos::AuditLogMetadataValue::Number(12.5)),
                // edit: `workos::AuditLogEventActorMetadataOneOf::Bool(false)`
                ("open".to_string(), workos::AuditLogMetadataValue::Bool(false)),
            ])),
        }],
        context: workos::AuditLogEventContext {
            location: "203.0.113.7".to_string(),
            user_agent: None,
        },
        metadata: None,
        version: Some(1),
    };
    let call = client.audit_logs().create_event_with_options(
        CreateEventParams::new(workos::AuditLogEventIngestion {
            organization_id: "org_01EHZNVPK3SFK441A1RGBFSHRT".into(),
            event,
        }),
        Some(&opts),
    );
    sent(
        &call,
        "POST /audit_logs/events",
        json!({
            "organization_id": "org_01EHZNVPK3SFK441A1RGBFSHRT",
            "event": {
                "action": "invoice.paid", "occurred_at": TIME, "version": 1,
                "actor": {"id": "user_1", "type": "user"},
                "targets": [{"id": "invoice_7", "type": "invoice",
                    "metadata": {"open": false, "total": 12.5}}],
                "context": {"location": "203.0.113.7"},
            },
        }),
    );
    let key = &call.request().unwrap().headers["idempotency-key"];
    assert_eq!(key, "51343ada-3f0f-4372-9d24-4d0b0dfba384");
}

#[test]
fn feature_flags() {
    use workos::feature_flags::*;
    let client = offline();
    // edit: `add_flag_target("org_1", "new-editor")`
    let call = client.feature_flags().add_flag_target("new-editor", "org_1");
    sent(&call, "POST /feature-flags/new-editor/targets/org_1", Value::Null);
    // edit: `workos::FlagList`
    let call: Call<workos::Page<workos::FeatureFlag>> = client
        .feature_flags()
        .list_organization_feature_flags("org_1", ListOrganizationFeatureFlagsParams::default());
    sent(&call, "GET /organizations/org_1/feature-flags", Value::Null);
}

#[test]
fn sso() {
    use workos::sso::*;
    let client = offline();
    let call =
        client.sso().get_profile_and_token(GetProfileAndTokenParams::new(workos::TokenQuery {
            // edit: also `client_id`, `client_secret`, `grant_type` and four times `None`;
            // `Some("code_1".into())`
            code: "code_1".into(),
            code_verifier: None,
        }));
    sent(
        &call,
        "POST /sso/token",
        json!({
            "grant_type": "authorization_code", "client_id": "client_1",
            "client_secret": "sk_test_1", "code": "code_1",
        }),
    );
    let call = client.sso().list_connections(ListConnectionsParams {
        // edit: `workos::ConnectionsConnectionType::OktaSAML`
        connection_type: Some(workos::ConnectionType::OktaSAML),
        ..Default::default()
    });
    sent(&call, "GET /connections?connection_type=OktaSAML", Value::Null);
    match workos::ConnectionType::from("NewOAuth") {
        workos::ConnectionType::GoogleOAuth => panic!("not this one"),
        workos::ConnectionType::Unknown(raw) => assert_eq!(raw, "NewOAuth"),
        _ => panic!("nor a known one"),
    }
}

#[test]
fn authorization() {
    use workos::authorization::*;
    let client = offline();
    let call = client.authorization().check(
        "om_1",
        CheckParams::new(CheckParamsBody::new(
            "documents:edit",
            ResourceTarget::ByExternalId {
                resource_external_id: "doc-7".to_string(),
                resource_type_slug: "document".to_string(),
            },
        )),
    );
    sent(
        &call,
        "POST /authorization/organization_memberships/om_1/check",
        json!({
            "permission_slug": "documents:edit", "resource_external_id": "doc-7",
            "resource_type_slug": "document",
        }),
    );
    let call: Call<workos::UserRoleAssignment> = client.authorization().assign_role(
        "om_1",
        AssignRoleParams::new(AssignRoleParamsBody::new(
            "editor",
            ResourceTarget::ById { resource_id: "authz_resource_1".to_string() },
        )),
    );
    sent(
        &call,
        "POST /authorization/organization_memberships/om_1/role_assignments",
        json!({"role_slug": "editor", "resource_id": "authz_resource_1"}),
    );
}

#[test]
fn events_and_webhook_endpoints() {
    let client = offline();
    // edit: `vec!["user.created".to_string()]`
    let params = workos::events::ListEventsParams::new(vec!["user.created".into()]);
    sent(&client.events().list_events(params), "GET /events?events=user.created", Value::Null);
    let call = client.webhooks().create_webhook_endpoint(
        workos::webhooks::CreateWebhookEndpointParams::new(workos::CreateWebhookEndpoint {
            endpoint_url: "https://app.example.com/webhooks".to_string(),
            events: vec![
                // edit: `workos::CreateWebhookEndpointEvents::UserCreated`
                workos::EventName::UserCreated,
                // edit: `workos::CreateWebhookEndpointEvents::AuthenticationSSOSucceeded`
                workos::EventName::AuthenticationSsoSucceeded,
            ],
        }),
    );
    sent(
        &call,
        "POST /webhook_endpoints",
        json!({
            "endpoint_url": "https://app.example.com/webhooks",
            "events": ["user.created", "authentication.sso_succeeded"],
        }),
    );
}

#[test]
fn other_resources() {
    let client = offline();
    // edit: `Vec<workos::UserApiKey>` of `page.data`
    let call: Call<workos::Page<workos::ApiKey>> = client
        .user_management()
        .list_user_api_keys("user_1", workos::user_management::ListUserApiKeysParams::default());
    sent(&call, "GET /user_management/users/user_1/api_keys", Value::Null);
    let call = client.multi_factor_auth().enroll_factor(
        workos::multi_factor_auth::EnrollFactorParams::new(
            workos::AuthenticationFactorsCreateRequest {
                // edit: `type_: …::Sms`, `phone_number: Some(…)` and twice `None`
                factor: workos::NewAuthenticationFactor::Sms {
                    phone_number: "+15005550006".to_string(),
                },
                user_id: None,
            },
        ),
    );
    sent(
        &call,
        "POST /auth/factors/enroll",
        json!({"type": "sms", "phone_number": "+15005550006"}),
    );
    // edit: `get_name`
    sent(&client.vault().get_kv_by_name("a key"), "GET /vault/v1/kv/name/a%20key", Value::Null);
    let call = client.audit_logs().update_organization_audit_logs_retention(
        "org_1",
        workos::audit_logs::UpdateOrganizationAuditLogsRetentionParams::new(
            workos::audit_logs::UpdateOrganizationAuditLogsRetentionParamsBody::new(
                workos::audit_logs::Retention::Period {
                    // edit: `workos::UpdateAuditLogsRetentionRetentionPeriod::V1Year`
                    retention_period: workos::RetentionPeriod::OneYear,
                },
            ),
        ),
    );
    sent(
        &call,
        "PUT /organizations/org_1/audit_logs_retention",
        json!({"retention_period": "1_YEAR"}),
    );
    let call = client.passwordless().create_session(workos::PasswordlessCreateSessionParams {
        email: "ada@example.com".to_string(),
        // edit: `kind: workos::PasswordlessSessionType::MagicLink`
        redirect_uri: None,
        state: None,
        expires_in: None,
        // edit: new line
        ..Default::default()
    });
    sent(
        &call,
        "POST /passwordless/sessions",
        json!({"type": "MagicLink", "email": "ada@example.com"}),
    );
    // edit: `list_jwt_template`
    let call = client.user_management().get_jwt_template();
    sent(&call, "GET /user_management/jwt_template", Value::Null);
}

// edit: `Result<String, Error>`
fn webhook(header: &str, body: &str) -> Result<String, workos::helpers::webhooks::WebhookError> {
    // edit: `WebhookVerifier::new("whsec_1")`
    let verifier = workos::WebhookVerifier::new("whsec_1")?
        .with_clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_772_366_400_000));
    let event = verifier.construct_event(header, body)?;
    // edit: `event.data.get("email")`
    let email = match &event.data {
        workos::EventData::UserCreated(user) => Some(&user.email),
        _ => None,
    };
    // edit: `event.event`
    Ok(format!("{} {} {email:?}", event.id, event.name()))
}

#[test]
fn webhooks() {
    let body = json!({
        "id": "event_1", "event": "user.created", "created_at": TIME,
        "data": {
            "object": "user", "id": "user_1", "email": "ada@example.com", "email_verified": true,
            "first_name": null, "last_name": null, "profile_picture_url": null,
            "last_sign_in_at": null, "external_id": null, "metadata": {},
            "created_at": TIME, "updated_at": TIME,
        },
    })
    .to_string();
    // edit: `workos::compute_webhook_signature`
    let signature =
        workos::helpers::webhooks::compute_webhook_signature("whsec_1", "1772366400000", &body);
    let seen = webhook(&format!("t=1772366400000, v1={signature}"), &body).unwrap();
    assert_eq!(seen, r#"event_1 user.created Some("ada@example.com")"#);
    assert!(webhook("t=1772366400000, v1=00", &body).is_err());
}

/// The password of the cookies below.
const PASSWORD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// A session that the official crate has sealed.
const COOKIE: &str = "wAR4QhPUo3v2n7hGlDGSyMHGYuRzavYm74i9bHLuyaISPeMBWg6ZSbPDsRI3n2S0kSfpi2QaKlq0x0IxzHwdjzkzwxeOh2XmPW8=";

fn sealed(cookie: &str, password: &str) -> Result<String, Error> {
    // edit: `workos::{SessionData, seal_session, unseal_session}`
    use workos::helpers::session::{SessionData, seal_session, unseal_session};
    // edit: new line; the password went to each function
    let keys = workos::SealKeys::with_layout(workos::helpers::seal::Layout::AesGcm, password)?;
    // edit: `unseal_session(cookie, password)?`
    let mut data: SessionData = unseal_session(cookie, &keys, workos::Timestamp::now())?;
    data.access_token = "at_2".into();
    // edit: `seal_session(&data, password)`
    Ok(seal_session(&data, &keys)?.into_inner())
}

async fn session(client: &Client, cookie: &str, password: &str) -> Result<Option<String>, Error> {
    // edit: new line
    let keys = workos::SealKeys::with_layout(workos::helpers::seal::Layout::AesGcm, password)?;
    // edit: `client.session(cookie, password)`
    let session = client.session(cookie, &keys);
    let state = session.authenticate().await;
    // edit: `if state.authenticated { return Ok(state.user.map(…)) }`
    if let Some(session) = state.session() {
        return Ok(session.user.as_ref().map(|user| user.email.clone()));
    }
    // edit: `state.needs_refresh`
    if state.needs_refresh() {
        // edit: `.refresh(workos::SessionRefreshOptions::default()).await?`
        let refreshed = session.refresh(Default::default()).await;
        // edit: `if refreshed.authenticated`
        if let Ok(refreshed) = refreshed {
            // edit: `refreshed.sealed_session`
            return Ok(Some(refreshed.sealed.into_inner()));
        }
    }
    // edit: `state.reason`
    assert_eq!(state.reason(), Some("invalid_jwt"));
    Ok(None)
}

#[tokio::test]
async fn cookies_of_the_official_crate_are_opened_and_written() {
    let cookie = sealed(COOKIE, PASSWORD).unwrap();
    let again = sealed(&cookie, PASSWORD).unwrap();
    assert!(cookie != again && !again.starts_with("Fe26"));
    let client = Client::builder().client_id("client_1").transport(Arc::new(Canned)).build();
    assert_eq!(session(&client, COOKIE, PASSWORD).await.unwrap(), None);
}

// edit: `Result<(String, String), Error>`
fn flows(client: &Client) -> Result<(String, workos::SecretString), Error> {
    // edit: `workos::{AuthKitAuthorizationUrlParams, generate_code_challenge, generate_pkce_pair}`
    use workos::helpers::authkit::AuthKitAuthorizationUrlParams;
    use workos::helpers::pkce::{generate_code_challenge, generate_pkce_pair};
    let pair = generate_pkce_pair()?;
    assert_eq!(pair.code_challenge, generate_code_challenge(&pair.code_verifier));
    let sign_in = client.authkit().pkce_authorization_url(AuthKitAuthorizationUrlParams {
        redirect_uri: "https://app.example.com/callback".to_string(),
        // edit: `Some("authkit".to_string())`
        provider: Some("authkit".into()),
        ..Default::default()
    })?;
    // edit: `String`
    let verifier: workos::SecretString = sign_in.code_verifier;
    Ok((sign_in.url, verifier))
}

fn vault_crypto(data_key: &str, keys: &str) -> Result<String, Error> {
    // edit: `workos::{extract_encrypted_keys, local_decrypt, local_encrypt}`
    use workos::helpers::vault::{
        BlobLayout, extract_encrypted_keys, local_decrypt, local_encrypt_as,
    };
    // edit: `local_encrypt("4111 1111", …)`
    let blob = local_encrypt_as(BlobLayout::KeysFirst, "4111 1111", data_key, keys, "card")?;
    assert_eq!(extract_encrypted_keys(&blob)?, keys);
    // edit: `local_decrypt(&blob, data_key, "card")`
    Ok(local_decrypt(&blob, data_key, "card")?.into_inner())
}

#[test]
fn flows_and_vault() {
    let (url, verifier) = flows(&offline()).unwrap();
    assert!(url.contains("provider=authkit") && url.contains("code_challenge_method=S256"));
    assert_eq!(verifier.expose().len(), 43);
    let data_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    assert_eq!(vault_crypto(data_key, "c29tZSBrZXlz").unwrap(), "4111 1111");
}

fn action(
    header: &str,
    body: &str,
    secret: &str,
    // edit: `Result<String, Error>`
) -> Result<String, workos::helpers::actions::ActionError> {
    // edit: `workos::{ActionType, ActionVerdict, ActionsHelper}`
    use workos::helpers::actions::{ActionContext, ActionType, ActionVerdict, ActionsHelper};
    let actions = ActionsHelper::new()
        .with_clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_772_366_400_000));
    let context = actions.construct_action(body, header, secret)?;
    // edit: `context.user.map(|user| user.email).unwrap_or_default()`
    let email = match context {
        ActionContext::Authentication(context) => context.user.email,
        _ => String::new(),
    };
    let verdict =
        if email.ends_with("@example.com") { ActionVerdict::Allow } else { ActionVerdict::Deny };
    let response = actions.sign_response(ActionType::Authentication, verdict, "", secret)?;
    Ok(response.signature)
}

#[test]
fn actions() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/actions.json")).unwrap();
    let inputs = &vectors["vectors"][0]["inputs"];
    let text = |name: &str| inputs[name].as_str().unwrap();
    assert_eq!(action(text("header"), text("body"), text("secret")).unwrap().len(), 64);
}
