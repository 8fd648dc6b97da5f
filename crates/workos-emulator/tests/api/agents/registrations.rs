//! Registrations of agents, from their beginning to their end, and their credentials.

use serde_json::{Value, json};
use workos::SecretString;
use workos::agents::{AgentRegistrationKind, AgentRegistrationStatus, ValidateAgentCredential};
use workos_emulator::{NewAgentCredential, NewAgentRegistration};

use super::{ADA, attempt, register, told, user};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn a_registration_expires_by_the_clock_and_is_revoked_for_good() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let acme = trial.organization("Acme").await;
    let new = NewAgentRegistration {
        organization_id: acme.clone(),
        kind: Some(AgentRegistrationKind::ServiceAuth),
        user_id: None,
        expires_in_seconds: Some(60),
    };
    let agent = trial.emulator.fixtures().agent_registration(new).unwrap();
    assert_eq!(
        serde_json::to_value(&agent).unwrap(),
        json!({
            "id": agent.id,
            "agent_identity": {
                "id": agent.agent_identity.id,
                "userland_user_id": null,
                "created_at": agent.created_at,
                "updated_at": agent.created_at,
            },
            "organization_id": acme,
            "status": "unverified",
            "kind": "service_auth",
            "claim": null,
            "created_at": agent.created_at,
            "updated_at": agent.created_at,
            "revoked_at": null,
        })
    );
    trial.wait(59);
    assert_eq!(agents.get_registration(&agent.id).await.unwrap(), agent);
    let now = trial.wait(1);
    let expired = agents.get_registration(&agent.id).await.unwrap();
    assert_eq!(expired.status, AgentRegistrationStatus::Expired);
    let revoked = agents.revoke_registration(&agent.id).await.unwrap();
    assert_eq!(
        (&revoked.status, revoked.revoked_at),
        (&AgentRegistrationStatus::Revoked, Some(now))
    );
    trial.wait(1);
    assert_eq!(agents.revoke_registration(&agent.id).await.unwrap(), revoked);
    assert_eq!(agents.get_registration(&agent.id).await.unwrap(), revoked);
    let unknown = agents.revoke_registration("agent_reg_1").await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let unknown = agents.get_registration("agent_reg_1").await;
    assert_eq!(refusal(unknown), "404 entity_not_found");

    let created = json!({
        "object": "agent_registration",
        "id": agent.id,
        "agent_identity": {
            "object": "agent_identity",
            "id": agent.agent_identity.id,
            "userland_user_id": null,
        },
        "organization_id": acme,
        "status": "unverified",
        "kind": "service_auth",
        "method": "service_auth",
        "created_at": agent.created_at,
        "updated_at": agent.created_at,
    });
    let revoked = json!({"agent_registration_id": agent.id});
    assert_eq!(
        told(&trial).await,
        [
            ("agent.registration.created".to_owned(), created),
            ("agent.registration.revoked".to_owned(), revoked),
        ]
    );
}

#[tokio::test]
async fn a_registration_begins_as_it_is_told_and_goes_with_its_organization_or_user() {
    let trial = Trial::new().await;
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let ada = user(&trial, ADA, "ada").await;
    let fixtures = trial.emulator.fixtures();
    let new = |kind: &str, organization_id: &str, user_id: Option<&str>| NewAgentRegistration {
        organization_id: organization_id.to_owned(),
        kind: Some(kind.into()),
        user_id: user_id.map(str::to_owned),
        expires_in_seconds: None,
    };
    let register = |new| fixtures.agent_registration(new);
    let claimed = register(new("identity_assertion", &acme, Some(&ada.id))).unwrap();
    assert_eq!(claimed.status, AgentRegistrationStatus::Verified);
    let anonymous = register(new("anonymous", &globex, None)).unwrap();
    attempt(&trial, &anonymous, ADA);
    for (new, code) in [
        (new("guest", &acme, None), "invalid_request_parameters"),
        (new("anonymous", "org_1", None), "entity_not_found"),
        (new("anonymous", &acme, Some("user_1")), "entity_not_found"),
    ] {
        assert_eq!(register(new).unwrap_err().code(), code);
    }
    trial.client().user_management().delete_user(&ada.id).await.unwrap();
    trial.client().organizations().delete_organization(&globex).await.unwrap();
    for id in [&claimed.id, &anonymous.id] {
        let gone = trial.client().agents().get_registration(id).await;
        assert_eq!(refusal(gone), "404 entity_not_found");
    }
    let told = told(&trial).await;
    let methods: Vec<_> = told.iter().filter_map(|(_, data)| data["method"].as_str()).collect();
    assert_eq!(methods, ["id_jag", "anonymous"]);
    let deleted =
        |id: &str| ("agent.registration.deleted".to_owned(), json!({"agent_registration_id": id}));
    assert_eq!(told[told.len() - 2..], [deleted(&claimed.id), deleted(&anonymous.id)]);
}

#[tokio::test]
async fn a_credential_is_valid_until_it_or_its_registration_ends() {
    let trial = Trial::new().await;
    let agents = trial.client().agents();
    let fixtures = trial.emulator.fixtures();
    let acme = trial.organization("Acme").await;
    let agent = register(&trial, &acme);
    let issue = |expires_in_seconds| {
        let new = NewAgentCredential { registration_id: agent.id.clone(), expires_in_seconds };
        fixtures.agent_credential(new)
    };
    let (forever, short) = (issue(None).unwrap(), issue(Some(60)).unwrap());
    let validate = async |credential: ValidateAgentCredential| {
        let validation = agents.create_validate(credential).await.unwrap();
        serde_json::to_value(&validation).unwrap()
    };
    let key = |secret: &SecretString| ValidateAgentCredential::api_key(secret.clone());
    let valid = |expires_at: Value| json!({"valid": true, "registration_id": agent.id, "expires_at": expires_at});
    let invalid = json!({"valid": false, "registration_id": null, "expires_at": null});
    assert_eq!(validate(key(&forever.secret)).await, valid(Value::Null));
    assert_eq!(validate(key(&short.secret)).await, valid(json!(short.expires_at)));
    // A key is not an access token, and what was not issued is neither.
    let as_token = ValidateAgentCredential::access_token(forever.secret.clone());
    assert_eq!(validate(as_token).await, invalid);
    assert_eq!(validate(key(&"sk_agent_1".into())).await, invalid);

    trial.wait(60);
    assert_eq!(validate(key(&short.secret)).await, invalid);
    assert_eq!(validate(key(&forever.secret)).await, valid(Value::Null));
    agents.revoke_registration(&agent.id).await.unwrap();
    assert_eq!(validate(key(&forever.secret)).await, invalid);
    assert_eq!(issue(None).unwrap_err().code(), "registration_not_active");

    let (name, issued) = told(&trial).await.remove(1);
    assert_eq!(name, "agent.registration.credential.issued");
    assert_eq!(
        issued,
        json!({
            "object": "agent_registration_credential",
            "id": forever.id,
            "agent_registration_id": agent.id,
            "detail": {"kind": "api_key", "api_key_id": issued["detail"]["api_key_id"]},
            "created_at": agent.created_at,
            "updated_at": agent.created_at,
        })
    );
}
