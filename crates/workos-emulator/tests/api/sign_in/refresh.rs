//! Refreshing sessions: rotation, the grace period, reuse, and switching the organization.

use std::time::Duration;

use serde_json::json;
use workos::SecretString;
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::user_management::*;
use workos_emulator::Emulator;

use super::{ada, claims, with_password};
use crate::trial::{Trial, refusal};

fn refresh(token: &SecretString) -> AuthenticateWithRefreshTokenParams {
    AuthenticateWithRefreshTokenParams::new(token.clone())
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_keeps_the_session() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let first = users.authenticate_with_password(with_password()).await.unwrap();
    trial.wait(300);
    let second =
        users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    assert_ne!(first.refresh_token, second.refresh_token);
    assert_eq!(first.authentication_method, second.authentication_method);
    let (before, after) = (claims(&first.access_token), claims(&second.access_token));
    for name in ["sid", "sub", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(after["exp"].as_i64().unwrap() - before["exp"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn a_token_that_is_exchanged_twice_in_quick_succession_gives_the_same_next_one() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let first = users.authenticate_with_password(with_password()).await.unwrap();
    let lost = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    trial.wait(9);
    let again = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    assert_eq!(lost.refresh_token, again.refresh_token);
    let third = users.authenticate_with_refresh_token(refresh(&again.refresh_token)).await.unwrap();
    let late = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    assert_eq!(third.refresh_token, late.refresh_token);
}

#[tokio::test]
async fn a_token_that_is_used_again_later_ends_the_session() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let first = users.authenticate_with_password(with_password()).await.unwrap();
    let next = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    trial.wait(10);
    let stolen = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await;
    assert_eq!(refusal(stolen), "400 invalid_grant");
    let owner = users.authenticate_with_refresh_token(refresh(&next.refresh_token)).await;
    assert_eq!(refusal(owner), "400 invalid_grant");
    assert_eq!(users.list_sessions(&ada.id, Default::default()).await.unwrap().data, []);
    assert_eq!(trial.event_names().await.last().unwrap(), "session.revoked");
}

#[tokio::test]
async fn without_a_grace_period_a_second_exchange_ends_the_session_at_once() {
    let trial = Trial::with(Emulator::builder().refresh_grace(Duration::ZERO)).await;
    ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let first = users.authenticate_with_password(with_password()).await.unwrap();
    users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await.unwrap();
    let again = users.authenticate_with_refresh_token(refresh(&first.refresh_token)).await;
    assert_eq!(refusal(again), "400 invalid_grant");
}

#[tokio::test]
async fn sessions_end_by_revocation_logout_and_time() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    for end in ["revoke", "logout", "time"] {
        let signed_in = users.authenticate_with_password(with_password()).await.unwrap();
        let session_id = claims(&signed_in.access_token)["sid"].as_str().unwrap().to_owned();
        match end {
            "revoke" => users.revoke_session(RevokeSession::new(session_id)).await.unwrap(),
            "logout" => {
                let path = format!(
                    "/user_management/sessions/logout?session_id={session_id}\
                     &return_to=http://localhost:3000/bye"
                );
                assert_eq!(trial.location(&path).await, "http://localhost:3000/bye");
            }
            _ => drop(trial.wait(30 * 24 * 60 * 60)),
        }
        let refused =
            users.authenticate_with_refresh_token(refresh(&signed_in.refresh_token)).await;
        assert_eq!(refusal(refused), "400 invalid_grant", "{end}");
        assert_eq!(users.list_sessions(&ada.id, Default::default()).await.unwrap().data, []);
    }
}

#[tokio::test]
async fn a_refresh_switches_to_an_organization_of_the_user_and_to_no_other() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let mut ids = Vec::new();
    for name in ["Acme", "Beta"] {
        let created = client
            .organizations()
            .create_organization(CreateOrganization::new(name))
            .await
            .unwrap();
        ids.push(created.id);
    }
    let join = CreateOrganizationMembership::new(&ada.id, &ids[0]);
    client.organization_membership().create_organization_membership(join).await.unwrap();
    let signed_in = users.authenticate_with_password(with_password()).await.unwrap();
    assert_eq!(signed_in.organization_id.as_ref(), Some(&ids[0]));
    let claims = claims(&signed_in.access_token);
    assert_eq!(
        json!([claims["org_id"], claims["role"], claims["roles"], claims["permissions"]]),
        json!([ids[0], "member", ["member"], []])
    );

    let switch = |id: &str| AuthenticateWithRefreshTokenParams {
        organization_id: Some(id.to_owned()),
        ..refresh(&signed_in.refresh_token)
    };
    let foreign = users.authenticate_with_refresh_token(switch(&ids[1])).await;
    assert_eq!(refusal(foreign), "400 organization_membership_not_found");
    let join = CreateOrganizationMembership::new(&ada.id, &ids[1]);
    client.organization_membership().create_organization_membership(join).await.unwrap();
    let switched = users.authenticate_with_refresh_token(switch(&ids[1])).await.unwrap();
    assert_eq!(switched.organization_id.as_ref(), Some(&ids[1]));
}
