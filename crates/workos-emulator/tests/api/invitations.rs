//! Invitations, and the memberships that wait for them.

use serde_json::json;
use workos::organization_membership::*;
use workos::user_management::*;
use workos::{Error, Locale, Page, Timestamp};
use workos_emulator::EmailKind;

use super::trial::{NOON, Trial, refusal};

const DAY: u64 = 24 * 60 * 60;
const ADA: &str = "ada@example.com";

async fn send(trial: &Trial, email: &str, organization_id: Option<&str>) -> Invitation {
    send_as(trial, email, organization_id, None).await.unwrap()
}

async fn send_as(
    trial: &Trial,
    email: &str,
    organization_id: Option<&str>,
    role: Option<&str>,
) -> Result<Invitation, Error> {
    let new = SendInvitation {
        organization_id: organization_id.map(str::to_owned),
        role_slug: role.map(str::to_owned),
        ..SendInvitation::new(email)
    };
    trial.client().user_management().send_invitation(new).await
}

fn emails(page: Page<Invitation>) -> Vec<String> {
    page.data.into_iter().map(|invitation| invitation.email).collect()
}

#[tokio::test]
async fn an_invitation_is_sent_with_a_link_found_and_accepted() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let acme = trial.organization("Acme").await;
    let boss = users.create_user(CreateUser::new("boss@acme.com")).await.unwrap();
    let new = SendInvitation {
        organization_id: Some(acme.clone()),
        role_slug: Some("admin".into()),
        expires_in_days: Some(30),
        inviter_user_id: Some(boss.id.clone()),
        locale: Some(Locale::De),
        ..SendInvitation::new(" Ada@Example.com")
    };
    let sent = users.send_invitation(new).await.unwrap();
    let noon: Timestamp = NOON.parse().unwrap();
    let token = sent.token.clone().unwrap();
    let mut expected = Invitation::default();
    expected.object = workos::ObjectType::Invitation;
    expected.id.clone_from(&sent.id);
    expected.email = ADA.into();
    expected.state = InvitationState::Pending;
    expected.expires_at = noon + std::time::Duration::from_secs(30 * DAY);
    expected.organization_id = Some(acme.clone());
    expected.inviter_user_id = Some(boss.id);
    expected.role_slug = Some("admin".into());
    expected.created_at = noon;
    expected.updated_at = noon;
    expected.token = Some(token.clone());
    let link = format!("http://localhost/invite?invitation_token={}", token.expose());
    expected.accept_invitation_url = Some(link.as_str().into());
    assert_eq!(sent, expected);
    assert!(sent.id.starts_with("invitation_"));
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), sent);
    assert_eq!(users.find_invitation_by_token(token.expose()).await.unwrap(), sent);

    let email = trial.emulator.outbox().last_to(ADA).unwrap();
    assert_eq!(
        (email.kind, email.code.as_deref(), email.link, email.object_id),
        (EmailKind::Invitation, Some(token.expose()), Some(link), sent.id.clone())
    );
    assert_eq!(trial.members(&acme).await, ["pending admin ada@example.com"]);

    trial.wait(60);
    let accepted = users.accept_invitation(&sent.id).await.unwrap();
    let found = ListUsersParams { email: Some(ADA.into()), ..Default::default() };
    let ada = users.list_users(found).await.unwrap().data.remove(0);
    expected.state = InvitationState::Accepted;
    expected.accepted_at = Some(trial.emulator.clock().now());
    expected.accepted_user_id = Some(ada.id);
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(accepted, expected);
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), accepted);
    assert_eq!(trial.members(&acme).await, ["active admin ada@example.com"]);
    assert_eq!(
        trial.event_names().await[2..],
        [
            "user.created",
            "organization_membership.created",
            "invitation.created",
            "organization_membership.updated",
            "invitation.accepted",
        ]
    );
}

#[tokio::test]
async fn an_invitation_without_an_organization_creates_the_user_when_it_is_accepted() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let sent = send(&trial, ADA, None).await;
    assert_eq!((&sent.role_slug, &sent.organization_id), (&None, &None));
    assert!(users.list_users(Default::default()).await.unwrap().data.is_empty());
    let accepted = users.accept_invitation(&sent.id).await.unwrap();
    let ada = users.list_users(Default::default()).await.unwrap().data.remove(0);
    assert_eq!((ada.email.as_str(), ada.email_verified), (ADA, false));
    assert_eq!(accepted.accepted_user_id, Some(ada.id));
    let names = ["invitation.created", "user.created", "invitation.accepted"];
    assert_eq!(trial.event_names().await, names);
}

#[tokio::test]
async fn events_have_no_secrets() {
    let trial = Trial::new().await;
    let sent = send(&trial, ADA, None).await;
    let mut expected = json!(sent);
    let fields = expected.as_object_mut().unwrap();
    fields.remove("token");
    fields.remove("accept_invitation_url");
    assert_eq!(trial.events().await[0]["data"], expected);
}

#[tokio::test]
async fn who_is_there_or_invited_is_not_invited_again() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let refused = async |email: &str, organization_id: Option<&str>| {
        refusal(send_as(&trial, email, organization_id, None).await)
    };
    send(&trial, ADA, None).await;
    assert_eq!(refused("ADA@example.com", None).await, "400 email_already_invited");

    // Invitations to organizations are separate.
    send(&trial, ADA, Some(&acme)).await;
    send(&trial, ADA, Some(&globex)).await;
    let again = refused(ADA, Some(&acme)).await;
    assert_eq!(again, "400 email_already_invited_to_organization");

    let bob = client.user_management().create_user(CreateUser::new("bob@acme.com")).await.unwrap();
    assert_eq!(refused("bob@acme.com", None).await, "400 user_already_exists");
    let member = CreateOrganizationMembership::new(&bob.id, &acme);
    let memberships = client.organization_membership();
    let member = memberships.create_organization_membership(member).await.unwrap();
    let twice = refused("bob@acme.com", Some(&acme)).await;
    assert_eq!(twice, "400 user_already_organization_member");

    // An inactive member can be invited, and becomes active by accepting, with the new role.
    memberships.deactivate_organization_membership(&member.id).await.unwrap();
    let back = send_as(&trial, "bob@acme.com", Some(&acme), Some("admin")).await.unwrap();
    assert_eq!(back.role_slug.as_deref(), Some("admin"));
    let bobs = async || {
        let all = trial.members(&acme).await;
        all.into_iter().filter(|member| member.contains("bob")).collect::<Vec<_>>()
    };
    assert_eq!(bobs().await, ["inactive member bob@acme.com"]);
    client.user_management().accept_invitation(&back.id).await.unwrap();
    assert_eq!(bobs().await, ["active admin bob@acme.com"]);
}

#[tokio::test]
async fn an_invitation_expires_by_the_clock() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let acme = trial.organization("Acme").await;
    let sent = send(&trial, ADA, Some(&acme)).await;
    trial.wait(7 * DAY - 1);
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), sent);
    trial.wait(1);
    let mut expired = sent.clone();
    expired.state = InvitationState::Expired;
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), expired);
    assert_eq!(users.list_invitations(Default::default()).await.unwrap().data, [expired]);

    assert_eq!(refusal(users.accept_invitation(&sent.id).await), "400 invite_not_pending");
    assert_eq!(refusal(users.revoke_invitation(&sent.id).await), "400 invite_not_pending");
    let again = users.resend_invitation(&sent.id, ResendInvitation::default()).await;
    assert_eq!(refusal(again), "400 invite_expired");

    // A new one takes over the pending membership, with its own role.
    assert_eq!(trial.members(&acme).await, ["pending member ada@example.com"]);
    let new = send_as(&trial, ADA, Some(&acme), Some("admin")).await.unwrap();
    assert_eq!(trial.members(&acme).await, ["pending admin ada@example.com"]);
    users.accept_invitation(&new.id).await.unwrap();
    assert_eq!(trial.members(&acme).await, ["active admin ada@example.com"]);
}

#[tokio::test]
async fn the_role_is_that_of_the_membership() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let acme = trial.organization("Acme").await;
    let sent = send(&trial, ADA, Some(&acme)).await;
    assert_eq!(sent.role_slug.as_deref(), Some("member"));
    let memberships = client.organization_membership();
    let params = ListOrganizationMembershipsParams {
        organization_id: Some(acme.clone()),
        statuses: Some(vec![OrganizationMembershipStatus::Pending]),
        ..Default::default()
    };
    let waiting = memberships.list_organization_memberships(params).await.unwrap().data.remove(0);
    let role = Some(OrganizationMembershipRole::Single { role_slug: "admin".into() });
    let update = UpdateOrganizationMembership { role };
    memberships.update_organization_membership(&waiting.id, update).await.unwrap();
    let role = |invitation: Invitation| invitation.role_slug.unwrap();
    assert_eq!(role(users.get_invitation(&sent.id).await.unwrap()), "admin");
    assert_eq!(role(users.accept_invitation(&sent.id).await.unwrap()), "admin");
    assert_eq!(trial.members(&acme).await, ["active admin ada@example.com"]);
}

#[tokio::test]
async fn a_pending_invitation_is_resent_as_it_is() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let sent = send(&trial, ADA, None).await;
    trial.wait(60);
    let resend = ResendInvitation { locale: Some(Locale::Fr) };
    assert_eq!(users.resend_invitation(&sent.id, resend).await.unwrap(), sent);
    let emails = trial.emulator.outbox().all();
    let links: Vec<_> = emails.iter().map(|email| email.link.clone()).collect();
    let link = sent.accept_invitation_url.as_ref().map(|url| url.expose().to_owned());
    assert_eq!(links, [link.clone(), link]);
    assert_eq!(trial.event_names().await, ["invitation.created", "invitation.resent"]);

    users.accept_invitation(&sent.id).await.unwrap();
    let again = users.resend_invitation(&sent.id, ResendInvitation::default()).await;
    assert_eq!(refusal(again), "400 invite_accepted");
    assert_eq!(refusal(users.accept_invitation(&sent.id).await), "400 invite_not_pending");
}

#[tokio::test]
async fn a_revoked_invitation_takes_its_pending_membership_with_it() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let acme = trial.organization("Acme").await;
    let sent = send_as(&trial, ADA, Some(&acme), Some("admin")).await.unwrap();
    trial.wait(60);
    let revoked = users.revoke_invitation(&sent.id).await.unwrap();
    let mut expected = sent.clone();
    expected.state = InvitationState::Revoked;
    expected.revoked_at = Some(trial.emulator.clock().now());
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(revoked, expected);
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), expected);
    assert_eq!(trial.members(&acme).await, [""; 0]);
    let names = trial.event_names().await;
    let last = &names[names.len() - 2..];
    assert_eq!(last, ["organization_membership.deleted", "invitation.revoked"]);

    assert_eq!(refusal(users.accept_invitation(&sent.id).await), "400 invite_not_pending");
    assert_eq!(refusal(users.revoke_invitation(&sent.id).await), "400 invite_not_pending");
    let again = users.resend_invitation(&sent.id, ResendInvitation::default()).await;
    assert_eq!(refusal(again), "400 invite_revoked");
    // The address is free for another invitation.
    send(&trial, ADA, Some(&acme)).await;
    assert_eq!(users.get_invitation(&sent.id).await.unwrap(), expected);
}

#[tokio::test]
async fn invitations_are_listed_by_address_and_organization() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    send(&trial, ADA, Some(&acme)).await;
    send(&trial, "bob@example.com", Some(&acme)).await;
    send(&trial, ADA, Some(&globex)).await;
    let list = async |email: Option<&str>, organization_id: Option<&str>| {
        let params = ListInvitationsParams {
            email: email.map(str::to_owned),
            organization_id: organization_id.map(str::to_owned),
            ..Default::default()
        };
        emails(users.list_invitations(params).await.unwrap())
    };
    assert_eq!(list(None, None).await, [ADA, "bob@example.com", ADA]);
    assert_eq!(list(None, Some(&acme)).await, ["bob@example.com", ADA]);
    assert_eq!(list(Some("ADA@example.com"), None).await, [ADA, ADA]);
    assert_eq!(list(Some(ADA), Some(&globex)).await, [ADA]);
    assert_eq!(list(Some("eve@example.com"), None).await, [""; 0]);

    // They go with their organization.
    trial.client().organizations().delete_organization(&acme).await.unwrap();
    assert_eq!(list(None, None).await, [ADA]);
}

#[tokio::test]
async fn bad_invitations_are_refused_and_leave_nothing_behind() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let acme = trial.organization("Acme").await;
    for (field, value, expected) in [
        ("email", json!("ada"), "422 invalid_request_parameters"),
        ("expires_in_days", json!(0), "400 expires_in_days_too_short"),
        ("expires_in_days", json!(-1), "400 expires_in_days_too_short"),
        ("expires_in_days", json!(31), "400 expires_in_days_too_long"),
        ("expires_in_days", json!(i64::MAX), "400 expires_in_days_too_long"),
        ("role_slug", json!("owner"), "400 invalid_role"),
        ("organization_id", json!("org_1"), "404 entity_not_found"),
        ("inviter_user_id", json!("user_1"), "404 entity_not_found"),
        ("locale", json!("xx"), "422 invalid_request_parameters"),
    ] {
        let mut body = json!({"email": ADA, "organization_id": acme});
        body[field] = value;
        let (status, answer) = trial.call("POST", "/user_management/invitations", body).await;
        let refused = format!("{status} {}", answer["code"].as_str().unwrap());
        assert_eq!(refused, expected, "{field}");
    }
    let without_organization = send_as(&trial, ADA, None, Some("admin")).await;
    assert_eq!(refusal(without_organization), "400 invalid_role");
    assert_eq!(trial.event_names().await, ["organization.created"]);
    assert_eq!(trial.emulator.outbox().all(), []);

    let unknown = "404 entity_not_found";
    assert_eq!(refusal(users.get_invitation("invitation_1").await), unknown);
    assert_eq!(refusal(users.find_invitation_by_token("x").await), unknown);
    assert_eq!(refusal(users.accept_invitation("invitation_1").await), unknown);
    assert_eq!(refusal(users.revoke_invitation("invitation_1").await), unknown);
    let resend = users.resend_invitation("invitation_1", ResendInvitation::default()).await;
    assert_eq!(refusal(resend), unknown);
}
