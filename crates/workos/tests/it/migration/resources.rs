//! The resources.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
// edit: was `use workos::{Client, Error};`
use workos::{Call, Client, Error, Nullable};
use workos_emulator::Emulator;

use super::{TIME, offline, sent};

async fn users(client: &Client) -> Result<usize, Error> {
    use workos::user_management::*;
    let user: workos::UserCreateResponse = client
        .user_management()
        .create_user(CreateUserParams::new(CreateUserParamsBody {
            first_name: Some("Ada".to_string()),
            // edit: without `into()`
            metadata: Some(HashMap::from([("team".to_string(), "engines".to_string())]).into()),
            password: Some(Password::Plaintext {
                // edit: `"correct horse battery staple".to_string()`
                password: "correct horse battery staple".into(),
            }),
            ..CreateUserParamsBody::new("ada@example.com")
        }))
        .await?;
    let external_id: Option<String> = Some("user-7".to_string());
    let user = client
        .user_management()
        .update_user(
            &user.id,
            UpdateUserParams {
                body: UpdateUserParamsBody {
                    // edit: `external_id`
                    external_id: external_id.map(Nullable::Value),
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
        if session.status == workos::UserSessionsStatus::Active {
            active += 1;
        }
    }
    Ok(active)
}

#[tokio::test]
async fn users_are_created_and_changed() {
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
    let call: Call<workos::UserOrganizationMembershipList> = client
        .organization_membership()
        .list_organization_memberships(ListOrganizationMembershipsParams {
            before: None,
            after: None,
            limit: Some(50),
            order: None,
            organization_id: Some("org_1".to_string()),
            statuses: Some(vec![
                workos::UserManagementOrganizationMembershipStatuses::Active,
                workos::UserManagementOrganizationMembershipStatuses::Pending,
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
            role: Some(Role::Single { role_slug: "admin".to_string() }),
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
    let call: Call<workos::UserInvite> = client.user_management().send_invitation(
        SendInvitationParams::new(workos::CreateUserInviteOptions {
            email: "ada@example.com".to_string(),
            organization_id: None,
            role_slug: None,
            expires_in_days: Some(7),
            inviter_user_id: None,
            locale: Some(workos::CreateUserInviteOptionsLocale::EnUs),
        }),
    );
    sent(
        &call,
        "POST /user_management/invitations",
        json!({"email": "ada@example.com", "expires_in_days": 7, "locale": "en-US"}),
    );
    let invite: workos::UserInvite = serde_json::from_value(json!({
        "object": "invitation", "id": "invitation_1", "email": "ada@example.com",
        "state": "pending", "accepted_at": null, "revoked_at": null, "expires_at": TIME,
        "organization_id": null, "inviter_user_id": null, "accepted_user_id": null,
        "role_slug": null, "created_at": TIME, "updated_at": TIME, "token": "token_1",
        "accept_invitation_url": "https://app.example.com/invite?token=token_1",
    }))
    .unwrap();
    assert_eq!(invite.state, workos::UserInviteState::Pending);
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
                ("total".to_string(), workos::AuditLogEventActorMetadataOneOf::F64(12.5)),
                ("open".to_string(), workos::AuditLogEventActorMetadataOneOf::Bool(false)),
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
    let call: Call<workos::FlagList> = client
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
        connection_type: Some(workos::ConnectionsConnectionType::OktaSAML),
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
                workos::CreateWebhookEndpointEvents::UserCreated,
                workos::CreateWebhookEndpointEvents::AuthenticationSSOSucceeded,
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
    let call: Call<workos::UserApiKeyList> = client
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
    sent(&client.vault().get_name("a key"), "GET /vault/v1/kv/name/a%20key", Value::Null);
    let call = client.audit_logs().update_organization_audit_logs_retention(
        "org_1",
        workos::audit_logs::UpdateOrganizationAuditLogsRetentionParams::new(
            workos::audit_logs::UpdateOrganizationAuditLogsRetentionParamsBody::new(
                workos::audit_logs::Retention::Period {
                    retention_period: workos::UpdateAuditLogsRetentionRetentionPeriod::V1Year,
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
    let call = client.user_management().list_jwt_template();
    sent(&call, "GET /user_management/jwt_template", Value::Null);
}
