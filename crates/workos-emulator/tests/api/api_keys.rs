//! API keys of organizations and users.

use std::time::Duration;

use serde_json::{Value, json};
use workos::api_keys::*;
use workos::organization_membership::CreateOrganizationMembership;
use workos::user_management::*;
use workos::{ObjectType, Timestamp};

use super::trial::{NOON, Trial, refusal};

/// A member of the organization.
async fn member(trial: &Trial, organization_id: &str) -> String {
    let new = CreateUser::new("ada@example.com");
    let user = trial.client().user_management().create_user(new).await.unwrap();
    let new = CreateOrganizationMembership::new(&user.id, organization_id);
    trial.client().organization_membership().create_organization_membership(new).await.unwrap();
    user.id
}

async fn key(trial: &Trial, organization_id: &str, expires_at: Option<Timestamp>) -> ApiKey {
    let new = CreateOrganizationApiKey { expires_at, ..CreateOrganizationApiKey::new("Backend") };
    trial.client().api_keys().create_organization_api_key(organization_id, new).await.unwrap()
}

async fn validate(trial: &Trial, key: &ApiKey) -> Option<ApiKey> {
    let value = ValidateApiKey::new(key.value.clone().unwrap());
    trial.client().api_keys().create_validation(value).await.unwrap().api_key
}

fn without_value(key: &ApiKey) -> ApiKey {
    let mut key = key.clone();
    key.value = None;
    key
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

#[tokio::test]
async fn the_key_of_an_organization_is_shown_once_and_validated() {
    let trial = Trial::new().await;
    let keys = trial.client().api_keys();
    let acme = trial.organization("Acme").await;
    let later = noon() + Duration::from_secs(60);
    let new = CreateOrganizationApiKey {
        permissions: Some(vec!["posts:read".into()]),
        expires_at: Some(later),
        ..CreateOrganizationApiKey::new("Production")
    };
    let created = keys.create_organization_api_key(&acme, new).await.unwrap();
    let value = created.value.clone().unwrap();
    let last_four = &value.expose()[value.expose().len() - 4..];
    let mut expected = ApiKey::default();
    expected.object = ObjectType::ApiKey;
    expected.id.clone_from(&created.id);
    expected.owner = ApiKeyOwner::Organization { id: acme.clone() };
    expected.name = "Production".into();
    expected.obfuscated_value = format!("sk_...{last_four}");
    expected.expires_at = Some(later);
    expected.permissions = vec!["posts:read".into()];
    expected.created_at = noon();
    expected.updated_at = noon();
    assert_eq!(without_value(&created), expected);
    assert!(value.expose().starts_with("sk_") && created.id.starts_with("api_key_"));
    let list = || keys.list_organization_api_keys(&acme, Default::default());
    assert_eq!(list().await.unwrap().data, [expected.clone()]);
    let event = trial.events().await.pop().unwrap();
    assert_eq!((&event["event"], &event["data"]), (&json!("api_key.created"), &json!(expected)));

    trial.wait(59);
    expected.last_used_at = Some(trial.emulator.clock().now());
    assert_eq!(validate(&trial, &created).await, Some(expected.clone()));
    assert_eq!(list().await.unwrap().data, [expected]);
    trial.wait(1);
    assert_eq!(validate(&trial, &created).await, None);
    let unknown = keys.create_validation(ValidateApiKey::new("sk_unknown")).await.unwrap();
    assert_eq!(unknown, ApiKeyValidationResponse::default());
}

#[tokio::test]
async fn a_deleted_key_is_revoked() {
    let trial = Trial::new().await;
    let keys = trial.client().api_keys();
    let acme = trial.organization("Acme").await;
    let created = key(&trial, &acme, None).await;
    keys.delete_api_key(&created.id).await.unwrap();
    assert_eq!(validate(&trial, &created).await, None);
    let event = trial.events().await.pop().unwrap();
    assert_eq!(event["event"], "api_key.revoked");
    assert_eq!(event["data"], json!(without_value(&created)));
    assert_eq!(refusal(keys.delete_api_key(&created.id).await), "404 entity_not_found");
}

#[tokio::test]
async fn a_key_expires_now_later_or_never() {
    let trial = Trial::new().await;
    let keys = trial.client().api_keys();
    let acme = trial.organization("Acme").await;
    let created = key(&trial, &acme, None).await;
    trial.wait(1);
    let later = noon() + Duration::from_secs(60);
    let mut expected = without_value(&created);
    expected.updated_at = trial.emulator.clock().now();
    expected.expires_at = Some(later);
    let expire = |expiry| keys.create_api_key_expire(&created.id, expiry);
    assert_eq!(expire(ExpireApiKey::at(later)).await.unwrap(), expected);
    expected.expires_at = None;
    assert_eq!(expire(ExpireApiKey::never()).await.unwrap(), expected);
    // Nothing to change is nothing to tell.
    trial.wait(1);
    assert_eq!(expire(ExpireApiKey::never()).await.unwrap(), expected);
    expected.updated_at = trial.emulator.clock().now();
    expected.expires_at = Some(trial.emulator.clock().now());
    // A time in the past is now.
    assert_eq!(expire(ExpireApiKey::at(noon())).await.unwrap(), expected);
    assert_eq!(validate(&trial, &created).await, None);
    assert_eq!(refusal(expire(ExpireApiKey::never()).await), "409 api_key_already_expired");
    assert_eq!(refusal(expire(ExpireApiKey::now()).await), "409 api_key_already_expired");
    let events = trial.events().await;
    let previous: Vec<_> = events[2..]
        .iter()
        .map(|event| {
            assert_eq!(event["event"], "api_key.updated");
            &event["data"]["previous_attributes"]
        })
        .collect();
    let was = |time: Value| json!({"expires_at": time});
    assert_eq!(previous, [&was(Value::Null), &was(json!(later)), &was(Value::Null)]);

    let other = key(&trial, &acme, None).await;
    let path = format!("/api_keys/{}/expire", other.id);
    let (status, expired) = trial.call("POST", &path, Value::Null).await;
    assert_eq!((status, &expired["expires_at"]), (200, &json!(trial.emulator.clock().now())));
    let unknown = keys.create_api_key_expire("api_key_1", ExpireApiKey::now()).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
}

#[tokio::test]
async fn a_user_has_keys_to_the_organizations_of_the_user() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (users, keys) = (client.user_management(), client.api_keys());
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let ada = member(&trial, &acme).await;
    let new = |organization_id: &str| CreateUserApiKey::new("Laptop", organization_id);
    let created = users.create_user_api_key(&ada, new(&acme)).await.unwrap();
    let owner = ApiKeyOwner::User { id: ada.clone(), organization_id: acme.clone() };
    assert_eq!(created.owner, owner);
    let list = |organization_id: Option<&str>| {
        let organization_id = organization_id.map(str::to_owned);
        let params = ListUserApiKeysParams { organization_id, ..Default::default() };
        users.list_user_api_keys(&ada, params)
    };
    assert_eq!(list(None).await.unwrap().data, [without_value(&created)]);
    assert_eq!(list(Some(&acme)).await.unwrap().data, [without_value(&created)]);
    assert_eq!(list(Some(&globex)).await.unwrap().data, []);
    // The organization lists its own keys only.
    let own = key(&trial, &acme, None).await;
    let all = keys.list_organization_api_keys(&acme, Default::default()).await.unwrap();
    assert_eq!(all.data, [without_value(&own)]);
    let mut used = without_value(&created);
    used.last_used_at = Some(noon());
    assert_eq!(validate(&trial, &created).await, Some(used));

    let stranger = users.create_user_api_key(&ada, new(&globex)).await;
    assert_eq!(refusal(stranger), "422 organization_membership_not_active");
    let unknown = "404 entity_not_found";
    assert_eq!(refusal(users.create_user_api_key(&ada, new("org_1")).await), unknown);
    assert_eq!(refusal(users.create_user_api_key("user_1", new(&acme)).await), unknown);
    let nobody = users.list_user_api_keys("user_1", Default::default()).await;
    assert_eq!(refusal(nobody), unknown);
}

#[tokio::test]
async fn keys_go_with_their_organization_and_user() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let ada = member(&trial, &acme).await;
    let new = CreateOrganizationMembership::new(&ada, &globex);
    client.organization_membership().create_organization_membership(new).await.unwrap();
    let new = |organization_id: &str| CreateUserApiKey::new("Laptop", organization_id);
    let at_acme = users.create_user_api_key(&ada, new(&acme)).await.unwrap();
    let at_globex = users.create_user_api_key(&ada, new(&globex)).await.unwrap();
    let own = key(&trial, &acme, None).await;
    let before = trial.events().await.len();
    let revoked = async |from: usize| {
        let events = trial.events().await;
        let events = events[from..].iter().filter(|event| event["event"] == "api_key.revoked");
        events.map(|event| event["data"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    client.organizations().delete_organization(&acme).await.unwrap();
    assert_eq!(revoked(before).await, [at_acme.id, own.id]);
    let after = trial.events().await.len();
    users.delete_user(&ada).await.unwrap();
    assert_eq!(revoked(after).await, [at_globex.id]);
}

#[tokio::test]
async fn bad_keys_are_refused() {
    let trial = Trial::new().await;
    let keys = trial.client().api_keys();
    let acme = trial.organization("Acme").await;
    let create = |organization_id: &str, name: &str, expires_at: Option<Timestamp>| {
        let new = CreateOrganizationApiKey { expires_at, ..CreateOrganizationApiKey::new(name) };
        keys.create_organization_api_key(organization_id, new)
    };
    let past = create(&acme, "Backend", Some(noon())).await;
    assert_eq!(refusal(past), "422 invalid_request_parameters expires_at");
    assert_eq!(refusal(create(&acme, " ", None).await), "422 invalid_request_parameters name");
    let unknown = create("org_1", "Backend", None).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let unknown = keys.list_organization_api_keys("org_1", Default::default()).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
}
