//! Promises of single resources that the contract tests do not cover.

use crate::common::{Scripted, answer};
use serde_json::{Value, json};
use workos::api_keys::ValidateApiKey;
use workos::audit_logs::*;
use workos::{ApiKey, ApiKeyOwner, User};

const TIME: &str = "2026-01-15T12:00:00.000Z";

#[tokio::test]
async fn the_members_of_a_group_may_lack_their_user() {
    let membership = json!({
        "object": "organization_membership", "id": "om_1", "user_id": "user_1",
        "organization_id": "org_1", "status": "active", "directory_managed": false,
        "created_at": TIME, "updated_at": TIME,
    });
    let page = json!({"object": "list", "data": [membership],
        "list_metadata": {"before": null, "after": null}});
    let script = Scripted::new(move |_, _| answer(200, page.to_string()));
    let groups = script.client().groups();
    let call = groups.list_group_organization_memberships("org_1", "group_1", Default::default());
    let members = call.await.unwrap().data;
    assert_eq!((members[0].id.as_str(), &members[0].user), ("om_1", &None));
}

fn api_key(owner: Value) -> Value {
    json!({
        "object": "api_key", "id": "api_key_1", "owner": owner, "name": "CI",
        "obfuscated_value": "sk_…1234", "last_used_at": null, "expires_at": null,
        "permissions": [], "created_at": TIME, "updated_at": TIME,
    })
}

#[test]
fn a_key_with_a_new_kind_of_owner_is_read_and_serializes_unchanged() {
    let robot = json!({"type": "robot", "id": "robot_1", "arms": 2});
    for (owner, expected) in [
        (
            json!({"type": "organization", "id": "org_1"}),
            ApiKeyOwner::Organization { id: "org_1".into() },
        ),
        (
            json!({"type": "user", "id": "user_1", "organization_id": "org_1"}),
            ApiKeyOwner::User { id: "user_1".into(), organization_id: "org_1".into() },
        ),
        (robot.clone(), ApiKeyOwner::Unknown(robot)),
    ] {
        let key: ApiKey = serde_json::from_value(api_key(owner.clone())).unwrap();
        assert_eq!(key.owner, expected);
        assert_eq!(serde_json::to_value(&key).unwrap()["owner"], owner);
    }
}

#[tokio::test]
async fn a_key_with_a_new_kind_of_owner_is_valid() {
    let body = json!({"api_key": api_key(json!({"type": "robot", "id": "robot_1"}))});
    let script = Scripted::new(move |_, _| answer(200, body.to_string()));
    let presented = ValidateApiKey::new("sk_1234");
    let found = script.client().api_keys().create_validation(presented).await.unwrap();
    assert_eq!(found.api_key.unwrap().name, "CI");
}

#[test]
fn numbers_in_the_audit_log_are_sent_unchanged() {
    let actor = AuditLogEventActor::new("user_7", "user");
    let mut event = AuditLogEvent::new(
        "invoice.paid",
        TIME.parse::<workos::Timestamp>().unwrap(),
        actor.clone(),
        [actor],
        AuditLogEventContext::new("203.0.113.7"),
    );
    let metadata = [
        ("small", AuditLogMetadataValue::from(5)),
        ("large", AuditLogMetadataValue::from(9_007_199_254_740_993_i64)),
        ("half", AuditLogMetadataValue::from(0.5)),
        ("yes", AuditLogMetadataValue::from(true)),
        ("text", AuditLogMetadataValue::from("5")),
    ];
    event.metadata = Some(metadata.into_iter().map(|(key, value)| (key.into(), value)).collect());
    let client = workos::Client::new("sk_test_1");
    let call = client.audit_logs().create_event(CreateAuditLogEvent::new("org_1", event));
    let body = String::from_utf8(call.request().unwrap().body.unwrap().to_vec()).unwrap();
    let metadata = r#"{"half":0.5,"large":9007199254740993,"small":5,"text":"5","yes":true}"#;
    assert!(body.contains(metadata), "{body}");
}

#[tokio::test]
async fn creating_and_fetching_a_user_return_the_same_type() {
    let emulator = workos_emulator::Emulator::start().await.unwrap();
    let users = emulator.client().user_management();
    let body = workos::user_management::CreateUser::new("ada@example.com");
    let made: User = users.create_user(body).await.unwrap();
    assert_eq!(users.get_user(&made.id).await.unwrap(), made);
}

#[test]
fn methods_for_one_item_are_called_get_and_lists_are_pages() {
    let names: Vec<_> = workos::contract::operations().map(|row| row.operation.name).collect();
    for right in [
        "get_jwt_template",
        "get_kv_metadata",
        "get_connection_saml_sp_signing_cert",
        "get_data_integration_organization",
    ] {
        assert!(names.contains(&right), "{right}");
    }
    fn page<T>(_: workos::Call<workos::Page<T>>) {}
    let client = workos::Client::new("sk_test_1");
    page(client.authorization().list_environment_roles());
    page(client.vault().list_kv_versions("secret_1"));
}

#[test]
fn an_authorization_url_needs_a_client_id() {
    let client = workos::Client::new("sk_test_1");
    let url = client.sso().get_authorization_url(workos::sso::GetAuthorizationUrlParams::new(
        "https://app.example/callback",
    ));
    assert!(url.unwrap_err().to_string().contains("client_id"));
    let url = client.user_management().get_authorization_url(
        workos::user_management::GetAuthorizationUrlParams::new("https://app.example/callback"),
    );
    assert!(url.unwrap_err().to_string().contains("client_id"));
}

#[test]
fn signing_in_sends_the_credentials_once_and_no_nulls() {
    use workos::user_management::AuthenticateWithPasswordParams;

    let client = workos::Client::builder().api_key("sk_test_1").client_id("client_1").build();
    let params = AuthenticateWithPasswordParams::new("ada@example.com", "hunter2hunter2");
    let request = client.user_management().authenticate_with_password(params).request().unwrap();
    let body: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "client_id": "client_1", "client_secret": "sk_test_1", "grant_type": "password",
            "email": "ada@example.com", "password": "hunter2hunter2",
        })
    );
    assert!(!request.headers.contains_key("authorization"));
}

#[test]
fn an_update_with_a_version_check_always_sends_it() {
    let mut object: workos::vault::VaultObject = serde_json::from_value(json!({
        "id": "secret_1", "name": "n", "value": "v", "metadata": {
            "context": {}, "environment_id": "environment_1", "id": "secret_1", "key_id": "key_1",
            "updated_at": "2026-01-15T12:00:00.000Z", "updated_by": {"id": "key_1", "name": "n"},
            "version_id": "version_1",
        },
    }))
    .unwrap();
    let update = workos::vault::UpdateObject::if_unchanged(&object, "w").unwrap();
    let sent = serde_json::to_value(&update).unwrap();
    assert_eq!(sent, json!({"value": "w", "version_check": "version_1"}));
    for version in [None, Some(String::new())] {
        object.metadata.version_id = version;
        let error = workos::vault::UpdateObject::if_unchanged(&object, "w").unwrap_err();
        assert!(error.to_string().contains("version_check"), "{error}");
    }
}
