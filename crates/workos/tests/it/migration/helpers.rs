//! Webhooks, actions, sessions, sign-in flows and the vault.

use std::sync::Arc;

use serde_json::{Value, json};
use workos::{Client, Error};

use super::{Canned, TIME, offline};

fn webhook(header: &str, body: &str) -> Result<String, Error> {
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
    let signature = workos::compute_webhook_signature("whsec_1", "1772366400000", &body);
    let seen = webhook(&format!("t=1772366400000, v1={signature}"), &body).unwrap();
    assert_eq!(seen, r#"event_1 user.created Some("ada@example.com")"#);
    assert!(matches!(webhook("t=1772366400000, v1=00", &body), Err(Error::Webhook(_))));
}

/// The password of the cookies below.
const PASSWORD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A session that the official crate has sealed.
const COOKIE: &str = "wAR4QhPUo3v2n7hGlDGSyMHGYuRzavYm74i9bHLuyaISPeMBWg6ZSbPDsRI3n2S0kSfpi2QaKlq0x0IxzHwdjzkzwxeOh2XmPW8=";

fn sealed(cookie: &str, password: &str) -> Result<String, Error> {
    use workos::{SessionData, seal_session, unseal_session};
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
    assert!(matches!(sealed("junk", PASSWORD), Err(Error::Session(_))));
    let client = Client::builder().client_id("client_1").transport(Arc::new(Canned)).build();
    assert_eq!(session(&client, COOKIE, PASSWORD).await.unwrap(), None);
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
    // As WorkOS makes them: others do not tell the layout of a blob.
    let keys = "V09TLkVLTS52MQBiZjUxY2NlYy03OGI0LTUyMDAtYjM4My0zNTczMGU3MWVmNjEB";
    assert_eq!(vault_crypto(data_key, keys).unwrap(), "4111 1111");
    assert!(matches!(vault_crypto("c2hvcnQ=", keys), Err(Error::VaultCrypto(_))));
}

fn action(header: &str, body: &str, secret: &str) -> Result<String, Error> {
    use workos::{ActionType, ActionVerdict, ActionsHelper};
    // edit: new line
    use workos::helpers::actions::ActionContext;
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
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/actions.json")).unwrap();
    let inputs = &vectors["vectors"][0]["inputs"];
    let text = |name: &str| inputs[name].as_str().unwrap();
    assert_eq!(action(text("header"), text("body"), text("secret")).unwrap().len(), 64);
    let refused = action(text("header"), "{}", text("secret"));
    assert!(matches!(refused, Err(Error::Webhook(_))));
}
