//! Signing in to an organization: one that is named at the start, or one of an invitation.

use serde_json::json;
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembershipRole};
use workos::user_management::*;
use workos::{Error, SecretString};

use super::{ada, authorize, claims, value, with_password};
use crate::trial::{Trial, refusal};

const AUTHORIZE: &str = "redirect_uri=http://localhost:3000/callback&response_type=code";

async fn join(trial: &Trial, user: &User, organization_id: &str) -> String {
    let new = CreateOrganizationMembership {
        role: Some(OrganizationMembershipRole::single("admin")),
        ..CreateOrganizationMembership::new(&user.id, organization_id)
    };
    let memberships = trial.client().organization_membership();
    memberships.create_organization_membership(new).await.unwrap().id
}

async fn invite(trial: &Trial, email: &str, organization_id: &str) -> Invitation {
    let new = SendInvitation {
        organization_id: Some(organization_id.to_owned()),
        role_slug: Some("admin".into()),
        ..SendInvitation::new(email)
    };
    trial.client().user_management().send_invitation(new).await.unwrap()
}

/// The code of a redirect from AuthKit.
async fn code(trial: &Trial, query: &str) -> String {
    value(&authorize(trial, &format!("{AUTHORIZE}&{query}")).await, "code").unwrap()
}

async fn exchange(trial: &Trial, code: String) -> Result<AuthenticateResponse, Error> {
    let params = AuthenticateWithCodeParams::new(code);
    trial.client().user_management().authenticate_with_code(params).await
}

async fn state(trial: &Trial, invitation: &Invitation) -> InvitationState {
    let users = trial.client().user_management();
    users.get_invitation(&invitation.id).await.unwrap().state
}

#[tokio::test]
async fn a_session_is_for_the_organization_that_was_named_at_the_start() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let (acme, beta) = (trial.organization("Acme").await, trial.organization("Beta").await);
    join(&trial, &ada, &acme).await;
    join(&trial, &ada, &beta).await;
    for query in
        [format!("organization_id={beta}"), format!("provider=authkit&organization_id={beta}")]
    {
        let code = code(&trial, &query).await;
        let signed_in = exchange(&trial, code).await.unwrap();
        let claims = claims(&signed_in.access_token);
        assert_eq!(
            (signed_in.organization_id.as_deref(), &claims["org_id"], &claims["role"]),
            (Some(&*beta), &json!(beta), &json!("admin")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn without_an_organization_the_only_one_is_taken_or_else_none() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let alone = exchange(&trial, code(&trial, "provider=authkit").await).await.unwrap();
    assert_eq!((alone.organization_id, claims(&alone.access_token).get("org_id")), (None, None));
    let acme = trial.organization("Acme").await;
    let membership = join(&trial, &ada, &acme).await;
    let member = exchange(&trial, code(&trial, "provider=authkit").await).await.unwrap();
    assert_eq!(member.organization_id, Some(acme));

    let memberships = trial.client().organization_membership();
    memberships.deactivate_organization_membership(&membership).await.unwrap();
    let former = exchange(&trial, code(&trial, "provider=authkit").await).await.unwrap();
    assert_eq!(former.organization_id, None);
}

#[tokio::test]
async fn nobody_signs_in_to_an_organization_of_others() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let acme = trial.organization("Acme").await;
    let query = format!("provider=authkit&organization_id={acme}");
    let stranger = exchange(&trial, code(&trial, &query).await).await;
    assert_eq!(refusal(stranger), "400 organization_membership_not_found");

    let membership = join(&trial, &ada, &acme).await;
    let memberships = trial.client().organization_membership();
    memberships.deactivate_organization_membership(&membership).await.unwrap();
    let former = exchange(&trial, code(&trial, &query).await).await;
    assert_eq!(refusal(former), "400 organization_membership_not_found");

    let back = authorize(&trial, &format!("{AUTHORIZE}&organization_id=org_none")).await;
    let expected =
        [("error", "organization_invalid"), ("error_description", "No organization 'org_none'.")];
    assert_eq!(back, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn every_grant_with_an_invitation_accepts_it() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let users = trial.client().user_management();
    for (number, way) in
        ["password", "code", "Magic Auth", "Magic Auth, when sent"].iter().enumerate()
    {
        let acme = trial.organization(&format!("Acme {number}")).await;
        let invitation = invite(&trial, "ada@example.com", &acme).await;
        assert_eq!(trial.members(&acme).await, ["pending admin ada@example.com"], "{way}");
        let token = invitation.token.clone();
        let magic_code = async |create: CreateMagicAuth| {
            let sent = trial.client().user_management().create_magic_auth(create).await.unwrap();
            AuthenticateWithMagicAuthParams::new(sent.code.unwrap(), "ada@example.com")
        };
        // From the second on, the user chooses among several organizations.
        let answer = match *way {
            "password" => {
                let invitation_token = token;
                let params = AuthenticateWithPasswordParams { invitation_token, ..with_password() };
                users.authenticate_with_password(params).await
            }
            "code" => {
                let code = code(&trial, "provider=authkit").await;
                users
                    .authenticate_with_code(AuthenticateWithCodeParams {
                        invitation_token: token,
                        ..AuthenticateWithCodeParams::new(code)
                    })
                    .await
            }
            "Magic Auth" => {
                let params = magic_code(CreateMagicAuth::new("ada@example.com")).await;
                users
                    .authenticate_with_magic_auth(AuthenticateWithMagicAuthParams {
                        invitation_token: token,
                        ..params
                    })
                    .await
            }
            _ => {
                let create = CreateMagicAuth {
                    invitation_token: token,
                    ..CreateMagicAuth::new("ada@example.com")
                };
                users.authenticate_with_magic_auth(magic_code(create).await).await
            }
        };
        match number {
            0 => assert_eq!(answer.unwrap().organization_id, Some(acme.clone())),
            _ => assert_eq!(refusal(answer), "403 organization_selection_required", "{way}"),
        }
        assert_eq!(trial.members(&acme).await, ["active admin ada@example.com"], "{way}");
        assert_eq!(state(&trial, &invitation).await, InvitationState::Accepted, "{way}");
    }
}

#[tokio::test]
async fn an_invitation_for_another_address_or_none_stops_the_sign_in() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let users = trial.client().user_management();
    let acme = trial.organization("Acme").await;
    let invitation = invite(&trial, "bob@example.com", &acme).await;
    let revoked = invite(&trial, "ada@example.com", &acme).await;
    users.revoke_invitation(&revoked.id).await.unwrap();
    let before = trial.event_names().await;
    let with = |token: SecretString| AuthenticateWithPasswordParams {
        invitation_token: Some(token),
        ..with_password()
    };
    for (token, expected) in [
        (invitation.token.clone().unwrap(), "400 invitation_cannot_be_used_for_email"),
        (revoked.token.unwrap(), "400 invitation_invalid"),
        ("unknown".into(), "400 invitation_invalid"),
    ] {
        let refused = users.authenticate_with_password(with(token.clone())).await;
        assert_eq!(refusal(refused), expected);
        let params = AuthenticateWithCodeParams {
            invitation_token: Some(token),
            ..AuthenticateWithCodeParams::new(code(&trial, "provider=authkit").await)
        };
        assert_eq!(refusal(users.authenticate_with_code(params).await), expected);
    }
    assert_eq!(users.list_sessions(&ada.id, Default::default()).await.unwrap().data, []);
    assert_eq!(trial.members(&acme).await, ["pending admin bob@example.com"]);
    assert_eq!(state(&trial, &invitation).await, InvitationState::Pending);
    assert_eq!(trial.event_names().await, before);
}

#[tokio::test]
async fn an_invitation_at_the_start_signs_in_who_was_invited() {
    let trial = Trial::new().await;
    ada(&trial).await;
    let acme = trial.organization("Acme").await;
    let invitation = invite(&trial, "bob@example.com", &acme).await;
    let token = invitation.token.clone().unwrap();
    let query = format!("provider=authkit&invitation_token={}", token.expose());
    let code = code(&trial, &query).await;
    let signed_in = exchange(&trial, code).await.unwrap();
    assert_eq!(
        (&*signed_in.user.email, signed_in.user.email_verified, signed_in.organization_id),
        ("bob@example.com", true, Some(acme.clone()))
    );
    assert_eq!(claims(&signed_in.access_token)["role"], "admin");
    assert_eq!(trial.members(&acme).await, ["active admin bob@example.com"]);
    assert_eq!(state(&trial, &invitation).await, InvitationState::Accepted);

    // It works once, and until it expires.
    let gamma = trial.organization("Gamma").await;
    let late = invite(&trial, "cy@example.com", &gamma).await.token.unwrap();
    trial.wait(7 * 24 * 60 * 60);
    let expected =
        [("error", "invitation_invalid"), ("error_description", "The invitation is not pending.")];
    for token in [token.expose(), late.expose(), "unknown"] {
        let query = format!("{AUTHORIZE}&provider=authkit&invitation_token={token}");
        let back = authorize(&trial, &query).await;
        assert_eq!(back, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
