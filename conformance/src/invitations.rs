//! Invitations to an organization.

use workos::organization_membership::*;
use workos::user_management::*;

use crate::harness::{Outcome, World, present, refused, same};

scenarios![
    an_invitation_is_found_by_its_token_and_revoked,
    nobody_is_invited_twice,
    an_accepted_invitation_makes_a_member,
];

/// Sends an invitation that is revoked at the end.
async fn invite(world: &World, new: SendInvitation) -> Outcome<Invitation> {
    let api = world.client.user_management();
    let sent = api.send_invitation(new).await?;
    let id = sent.id.clone();
    world.undo(async move {
        match api.revoke_invitation(&id).await {
            // The scenario has revoked it, or it was accepted.
            Err(error) if error.code() == Some("invite_not_pending") => Ok(()),
            result => result.map(drop),
        }
    });
    Ok(sent)
}

async fn an_invitation_is_found_by_its_token_and_revoked(world: &World) -> Outcome {
    let api = world.client.user_management();
    let email = world.email("ada");
    let sent = invite(world, SendInvitation::new(&email)).await?;
    same((&sent.email, &sent.state), (&email, &InvitationState::Pending))?;
    let token = present(sent.token.as_ref(), "the token")?;
    same(&api.find_invitation_by_token(token.expose()).await?, &sent)?;

    let revoked = api.revoke_invitation(&sent.id).await?;
    let mut expected = sent.clone();
    expected.state = InvitationState::Revoked;
    expected.revoked_at = Some(present(revoked.revoked_at, "revoked_at")?);
    expected.updated_at = revoked.updated_at;
    same(&revoked, &expected)?;
    refused(api.revoke_invitation(&sent.id).await, "400 invite_not_pending")
}

async fn nobody_is_invited_twice(world: &World) -> Outcome {
    let email = world.email("ada");
    invite(world, SendInvitation::new(&email)).await?;
    let again = world.client.user_management().send_invitation(SendInvitation::new(&email)).await;
    refused(again, "400 email_already_invited")
}

async fn an_accepted_invitation_makes_a_member(world: &World) -> Outcome {
    let api = world.client.user_management();
    let (acme, ada) = (world.organization("acme").await?, world.user("ada").await?);
    let new = SendInvitation {
        organization_id: Some(acme.id.clone()),
        ..SendInvitation::new(&ada.email)
    };
    let sent = invite(world, new).await?;
    let accepted = api.accept_invitation(&sent.id).await?;
    same(
        (&accepted.state, &accepted.accepted_user_id),
        (&InvitationState::Accepted, &Some(ada.id.clone())),
    )?;
    let params = ListOrganizationMembershipsParams {
        organization_id: Some(acme.id.clone()),
        ..Default::default()
    };
    let members =
        world.client.organization_membership().list_organization_memberships(params).await?;
    let members: Vec<_> = members.data.iter().map(|one| (&one.user_id, &one.status)).collect();
    same(members, [(&ada.id, &OrganizationMembershipStatus::Active)])?;
    refused(api.accept_invitation(&sent.id).await, "400 invite_not_pending")
}
