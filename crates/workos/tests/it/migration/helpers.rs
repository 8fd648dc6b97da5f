//! Webhooks, actions, sessions, sign-in flows and the vault.

use std::sync::Arc;

use serde_json::{Value, json};
use workos::{Client, Error};

use super::{Canned, TIME, offline};

fn webhook(header: &str, body: &str) -> Result<String, Error> {
    let verifier = workos::WebhookVerifier::new("whsec_1")
        .with_clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_772_366_400_000));
    let event = verifier.construct_event(header, body)?;
    // edit: `event.data.get("email")`
    let email = match &event.data {
        workos::EventData::UserCreated(user) => Some(&user.email),
        _ => None,
    };
    Ok(format!("{} {} {email:?}", event.id, event.event))
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
    let signature = workos::compute_webhook_signature("whsec_1", "1772366400000", &body);
    let seen = webhook(&format!("t=1772366400000, v1={signature}"), &body).unwrap();
    assert_eq!(seen, r#"event_1 user.created Some("ada@example.com")"#);
    assert!(matches!(webhook("t=1772366400000, v1=00", &body), Err(Error::Webhook(_))));
}

fn checked_by_hand(header: &str, body: &str, secret: &str) -> Result<bool, Error> {
    use workos::{compute_webhook_signature, parse_webhook_signature_header};
    let (timestamp, signature): (String, String) = parse_webhook_signature_header(header)?;
    Ok(compute_webhook_signature(secret, &timestamp, body) == signature)
}

#[test]
fn a_signature_is_checked_by_hand() {
    let signature = workos::compute_webhook_signature("whsec_1", "1772366400000", "{}");
    let header = format!("t=1772366400000, v1={signature}");
    assert!(checked_by_hand(&header, "{}", "whsec_1").unwrap());
    assert!(!checked_by_hand(&header, "{}", "whsec_2").unwrap());
    assert!(matches!(checked_by_hand("", "{}", "whsec_1"), Err(Error::Webhook(_))));
}

// edit: `Result<(String, String), Error>`
fn flows(client: &Client) -> Result<(String, workos::SecretString), Error> {
    use workos::{AuthKitAuthorizationUrlParams, generate_code_challenge, generate_pkce_pair};
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
    // edit: also `local_encrypt`
    use workos::{extract_encrypted_keys, local_decrypt};
    // edit: new line
    use workos::helpers::vault::{BlobLayout, local_encrypt_as};
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
    // As WorkOS makes them: other keys do not reveal the layout of a blob.
    let keys = "V09TLkVLTS52MQBiZjUxY2NlYy03OGI0LTUyMDAtYjM4My0zNTczMGU3MWVmNjEB";
    assert_eq!(vault_crypto(data_key, keys).unwrap(), "4111 1111");
    assert!(matches!(vault_crypto("c2hvcnQ=", keys), Err(Error::VaultCrypto(_))));
}

fn action(header: &str, body: &str, secret: &str) -> Result<String, Error> {
    use workos::{ActionType, ActionVerdict, ActionsHelper};
    let actions = ActionsHelper::new()
        .with_clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_772_366_400_000));
    let context = actions.construct_action(body, header, secret)?;
    // edit: `context.user.map(|user| user.email).unwrap_or_default()`
    let email = context.user().map(|user| user.email.clone()).unwrap_or_default();
    let verdict =
        if email.ends_with("@example.com") { ActionVerdict::Allow } else { ActionVerdict::Deny };
    let response = actions.sign_response(ActionType::Authentication, verdict, "", secret)?;
    Ok(response.signature)
}

#[test]
fn actions() {
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/actions.json")).unwrap();
    let inputs = &vectors["vectors"][0]["inputs"];
    let text = |name: &str| inputs[name].as_str().unwrap();
    assert_eq!(action(text("header"), text("body"), text("secret")).unwrap().len(), 64);
    let refused = action(text("header"), "{}", text("secret"));
    assert!(matches!(refused, Err(Error::Webhook(_))));
}

async fn sign_in(client: &Client, code: &str) -> Result<String, Error> {
    use workos::{AuthKitAuthorizationUrlParams, AuthKitPkceCodeExchangeParams};
    let sign_in = client.authkit().pkce_authorization_url(AuthKitAuthorizationUrlParams {
        redirect_uri: "https://app.example.com/callback".to_string(),
        ..Default::default()
    })?;
    let response = client
        .authkit()
        .pkce_code_exchange(AuthKitPkceCodeExchangeParams {
            code: code.to_string(),
            code_verifier: sign_in.code_verifier,
        })
        .await?;
    Ok(response.user.email)
}

async fn sign_in_with_sso(client: &Client, code: &str) -> Result<String, Error> {
    use workos::{SsoAuthorizationUrlParams, SsoPkceCodeExchangeParams};
    let sign_in = client.sso_helpers().pkce_authorization_url(SsoAuthorizationUrlParams {
        redirect_uri: "https://app.example.com/callback".to_string(),
        organization: Some("org_1".to_string()),
        ..Default::default()
    })?;
    let params =
        SsoPkceCodeExchangeParams { code: code.to_string(), code_verifier: sign_in.code_verifier };
    let response = client.sso_helpers().pkce_code_exchange(params).await?;
    Ok(response.profile.email)
}

fn sign_in_on_a_phone() -> Result<(String, String), Error> {
    let client = workos::PublicClient::new("client_1");
    let authkit: workos::AuthKitPkceAuthorizationUrl =
        client.authkit_authorization_url(workos::AuthKitAuthorizationUrlParams {
            redirect_uri: "myapp://callback".to_string(),
            ..Default::default()
        })?;
    let sso: workos::SsoPkceAuthorizationUrl =
        client.sso_authorization_url(workos::SsoAuthorizationUrlParams {
            redirect_uri: "myapp://callback".to_string(),
            organization: Some("org_1".to_string()),
            ..Default::default()
        })?;
    assert!(authkit.state != sso.state && authkit.code_verifier != sso.code_verifier);
    Ok((authkit.url, sso.url))
}

#[tokio::test]
async fn codes_are_exchanged_with_their_verifiers() {
    let client = Client::builder().client_id("client_1").transport(Arc::new(SignIn)).build();
    assert_eq!(sign_in(&client, "code_1").await.unwrap(), "ada@example.com");
    assert_eq!(sign_in_with_sso(&client, "code_1").await.unwrap(), "ada@example.com");
    let (authkit, sso) = sign_in_on_a_phone().unwrap();
    for url in [authkit, sso] {
        assert!(url.contains("code_challenge_method=S256") && url.contains("state="), "{url}");
    }
}

/// Responds to a code and its verifier with a user and a profile.
struct SignIn;

#[async_trait::async_trait]
impl workos::transport::HttpTransport for SignIn {
    async fn execute(
        &self,
        req: workos::transport::HttpRequest,
    ) -> Result<workos::transport::HttpResponse, workos::transport::TransportError> {
        let body: Value = serde_json::from_slice(req.body.as_deref().unwrap()).unwrap();
        assert_eq!(body["code"], "code_1");
        assert_eq!(body["code_verifier"].as_str().map(str::len), Some(43));
        let user = json!({"object": "user", "id": "user_1", "email": "ada@example.com"});
        let answer = json!({
            "access_token": "at_1", "refresh_token": "rt_1", "user": user,
            "profile": {"object": "profile", "id": "prof_1", "email": "ada@example.com"},
        });
        Ok(workos::transport::HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: answer.to_string().into(),
        })
    }
}

#[test]
fn the_address_of_a_key_set() {
    use workos::{JwksHelper, jwks_url};
    assert_eq!(jwks_url("", "client_1"), "https://api.workos.com/sso/jwks/client_1");
    assert_eq!(jwks_url("https://api.example", "a/b"), "https://api.example/sso/jwks/a%2Fb");
    // edit: `jwks.url()`
    let url = JwksHelper::from_client(&offline()).url().unwrap();
    assert_eq!(url, jwks_url("https://api.workos.com/", "client_1"));
}

#[test]
fn a_secret_is_compared_with_text() -> Result<(), Error> {
    let verifier = workos::generate_code_verifier(Some(64))?;
    let again = verifier.expose().to_string();
    assert!(verifier == again && verifier == again.as_str() && verifier != "guess");
    Ok(())
}
