//! Invitations to sign up or to join an organization.
//!
//! An invitation to an organization creates the membership at once: it is pending until the
//! invitation is accepted, and goes when it is revoked.

use std::sync::Arc;
use std::time::Duration;

use workos::organization_membership::{OrganizationMembership, OrganizationMembershipStatus};
use workos::user_management::*;
use workos::{EventData, Organization, SecretString, Timestamp};

use crate::fields::{email, make_as, stored_email};
use crate::products::memberships::{find, is_active_member, new_membership, replace_roles};
use crate::products::users::with_email;
use crate::reply::{Answer, Refusal};
use crate::state::messages::EmailKind;
use crate::state::{Change, Store};

const DEFAULT_DAYS: i64 = 7;
const MAX_DAYS: u64 = 30;
const TOKEN_CHARS: usize = 25;

/// Sends an invitation. The pending membership of one to an organization is there at once.
pub(crate) fn send(change: &mut Change<'_>, input: SendInvitation) -> Answer<Invitation> {
    let lifetime = lifetime(input.expires_in_days.unwrap_or(DEFAULT_DAYS))?;
    let new = NewInvitation {
        email: input.email,
        organization_id: input.organization_id,
        inviter_user_id: input.inviter_user_id,
        role_slug: input.role_slug,
        expires_at: Some(change.now() + lifetime),
        ..NewInvitation::default()
    };
    let new = checked(change, new)?;
    check_invitee(change, &email(&new.email), new.organization_id.as_deref())?;
    let invitation = store(change, new)?;
    prepare_membership(change, &invitation)?;
    Ok(announce(change, &invitation))
}

/// An invitation as seed data have it.
#[derive(Default)]
pub(crate) struct NewInvitation {
    pub(crate) id: Option<String>,
    pub(crate) email: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) inviter_user_id: Option<String>,
    pub(crate) role_slug: Option<String>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) token: Option<SecretString>,
}

/// Adds an invitation without checking whether it could be sent now. An existing membership
/// stays as it is.
pub(crate) fn add(change: &mut Change<'_>, new: NewInvitation) -> Answer<()> {
    let new = checked(change, new)?;
    let invitation = store(change, new)?;
    let user = change.users.find("email", &email(&invitation.email));
    let organization_id = invitation.organization_id.as_deref().unwrap_or_default();
    if user.and_then(|user| find(change, &user.id, organization_id)).is_none() {
        prepare_membership(change, &invitation)?;
    }
    announce(change, &invitation);
    Ok(())
}

/// The same with its role, if its inviter, organization and role exist.
fn checked(change: &Change<'_>, new: NewInvitation) -> Answer<NewInvitation> {
    if let Some(id) = &new.inviter_user_id {
        change.one::<User>(id)?;
    }
    let role_slug = role(change, new.organization_id.as_deref(), new.role_slug)?;
    Ok(NewInvitation { email: stored_email(change, &new.email), role_slug, ..new })
}

fn store(change: &mut Change<'_>, new: NewInvitation) -> Answer<Arc<Invitation>> {
    let token = match new.token {
        Some(token) => token,
        None => change.token(TOKEN_CHARS).into(),
    };
    let mut invitation: Invitation = make_as(change, new.id)?;
    invitation.email = new.email;
    invitation.state = InvitationState::Pending;
    invitation.expires_at = match new.expires_at {
        Some(at) => at,
        None => change.now() + lifetime(DEFAULT_DAYS)?,
    };
    invitation.organization_id = new.organization_id;
    invitation.inviter_user_id = new.inviter_user_id;
    invitation.role_slug = new.role_slug;
    invitation.accept_invitation_url = Some(link(change, token.expose()).into());
    invitation.token = Some(token);
    change.put(invitation)
}

/// Sends a new invitation, and adds its event.
fn announce(change: &mut Change<'_>, invitation: &Invitation) -> Invitation {
    mail(change, invitation);
    change.tell(EventData::InvitationCreated(without_secrets(change, invitation)));
    current(change, change.now(), invitation)
}

/// Invites someone to sign up, unless that is not possible: with an account, or an open invitation.
pub(crate) fn invite_newcomer(change: &mut Change<'_>, email: &str) -> Answer<()> {
    if check_invitee(change, email, None).is_ok() {
        send(change, SendInvitation::new(email))?;
    }
    Ok(())
}

fn lifetime(days: i64) -> Answer<Duration> {
    let refuse = |code, message: String| Err(Refusal::bad_request(code, message));
    match u64::try_from(days) {
        Err(_) | Ok(0) => {
            refuse("expires_in_days_too_short", "expires_in_days must be at least 1.".to_owned())
        }
        Ok(days) if days > MAX_DAYS => {
            let message = format!("expires_in_days must be at most {MAX_DAYS}.");
            refuse("expires_in_days_too_long", message)
        }
        Ok(days) => Ok(Duration::from_secs(days * 24 * 60 * 60)),
    }
}

/// The role in the organization. Without an organization there is none.
fn role(
    change: &Change<'_>,
    organization_id: Option<&str>,
    slug: Option<String>,
) -> Answer<Option<String>> {
    let refuse = |message: String| Err(Refusal::bad_request("invalid_role", message));
    let Some(id) = organization_id else {
        return match slug {
            Some(_) => refuse("role_slug goes with organization_id.".to_owned()),
            None => Ok(None),
        };
    };
    let slug = slug.unwrap_or_else(|| change.default_role().to_owned());
    if change.drop_in {
        return Ok(Some(slug));
    }
    change.one::<Organization>(id)?;
    if change.role(id, &slug).is_some() {
        Ok(Some(slug))
    } else {
        refuse(format!("The organization has no role '{slug}'."))
    }
}

/// Refuses to invite who is there, or is invited already.
fn check_invitee(change: &Change<'_>, email: &str, organization_id: Option<&str>) -> Answer<()> {
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    let user = change.users.find("email", email);
    let mut sent = change.invitations.by("email", email);
    let is_invited = sent.any(|sent| {
        sent.organization_id.as_deref() == organization_id
            && state(sent, change.now()) == InvitationState::Pending
    });
    match organization_id {
        _ if change.drop_in => Ok(()),
        None if user.is_some() => {
            refuse("user_already_exists", "There is a user with this email address.")
        }
        None if is_invited => {
            refuse("email_already_invited", "The email address is invited already.")
        }
        Some(id) if user.is_some_and(|user| is_active_member(change, &user.id, id)) => {
            refuse("user_already_organization_member", "The user is a member of the organization.")
        }
        Some(_) if is_invited => refuse(
            "email_already_invited_to_organization",
            "The email address is invited to the organization already.",
        ),
        _ => Ok(()),
    }
}

/// Creates the pending membership of an invitation to an organization, or gives the one of an
/// earlier invitation the new role. An inactive membership stays as it is until then.
fn prepare_membership(change: &mut Change<'_>, invitation: &Invitation) -> Answer<()> {
    let Some(organization_id) = &invitation.organization_id else { return Ok(()) };
    if change.drop_in {
        return Ok(());
    }
    let user = with_email(change, &invitation.email)?;
    match find(change, &user.id, organization_id) {
        None => {
            let status = OrganizationMembershipStatus::Pending;
            let roles = invitation.role_slug.iter().cloned().collect();
            let new = new_membership(change, &user.id, organization_id, status, roles);
            change.insert(new)?;
        }
        Some(known) if is_pending(known) => {
            let known = known.clone();
            let mut membership = OrganizationMembership::clone(&known);
            replace_roles(change, &mut membership, invitation.role_slug.as_slice())?;
            if membership != *known {
                change.update(membership)?;
            }
        }
        Some(_) => {}
    }
    Ok(())
}

fn is_pending(membership: &OrganizationMembership) -> bool {
    membership.status == OrganizationMembershipStatus::Pending
}

/// Accepts a pending invitation for the user with its address, created if there is none.
pub(crate) fn accept(change: &mut Change<'_>, id: &str) -> Answer<Invitation> {
    let invitation: Invitation = change.copy(id)?;
    check_pending(&invitation, change.now())?;
    let user = with_email(change, &invitation.email)?;
    let invitation = admit(change, invitation, &user.id)?;
    Ok(current(change, change.now(), &invitation))
}

/// Notes that this user has accepted a pending invitation, and makes them a member.
pub(crate) fn admit(
    change: &mut Change<'_>,
    mut invitation: Invitation,
    user_id: &str,
) -> Answer<Arc<Invitation>> {
    if let Some(organization_id) = &invitation.organization_id {
        let status = OrganizationMembershipStatus::Active;
        match find(change, user_id, organization_id).cloned() {
            None => {
                let roles = invitation.role_slug.iter().cloned().collect();
                let new = new_membership(change, user_id, organization_id, status, roles);
                change.insert(new)?;
            }
            Some(known) if known.status == status => {}
            Some(known) => {
                let mut membership = OrganizationMembership::clone(&known);
                // A pending membership has the role already, or one that was set since.
                if !is_pending(&membership) {
                    replace_roles(change, &mut membership, invitation.role_slug.as_slice())?;
                }
                membership.status = status;
                change.update(membership)?;
            }
        }
    }
    invitation.state = InvitationState::Accepted;
    invitation.accepted_at = Some(change.now());
    invitation.accepted_user_id = Some(user_id.to_owned());
    let invitation = change.update(invitation)?;
    change.tell(EventData::InvitationAccepted(without_secrets(change, &invitation)));
    Ok(invitation)
}

/// Sends a pending invitation again.
pub(crate) fn resend(change: &mut Change<'_>, id: &str) -> Answer<Invitation> {
    let invitation = change.one::<Invitation>(id)?.clone();
    let refuse = |code, message: &str| Err(Refusal::bad_request(code, message));
    match state(&invitation, change.now()) {
        InvitationState::Expired => refuse("invite_expired", "Invite has expired."),
        InvitationState::Revoked => refuse("invite_revoked", "Invite was revoked."),
        InvitationState::Accepted => refuse("invite_accepted", "Invite was accepted."),
        _ => {
            let invitation = with_new_token(change, invitation)?;
            mail(change, &invitation);
            change.tell(EventData::InvitationResent(without_secrets(change, &invitation)));
            Ok(current(change, change.now(), &invitation))
        }
    }
}

/// The invitation with the link that is sent next: a new one only at the official emulator.
fn with_new_token(change: &mut Change<'_>, known: Arc<Invitation>) -> Answer<Arc<Invitation>> {
    if !change.drop_in {
        return Ok(known);
    }
    let token = change.token(TOKEN_CHARS);
    let mut invitation = Invitation::clone(&known);
    invitation.accept_invitation_url = Some(link(change, &token).into());
    invitation.token = Some(token.into());
    change.put(invitation)
}

fn link(change: &Change<'_>, token: &str) -> String {
    format!("{}/invite?invitation_token={token}", change.origin())
}

/// Revokes a pending invitation; its pending membership goes.
pub(crate) fn revoke(change: &mut Change<'_>, id: &str) -> Answer<Invitation> {
    let mut invitation: Invitation = change.copy(id)?;
    check_pending(&invitation, change.now())?;
    // The role is that of the membership, which goes.
    invitation.role_slug = role_of(change, &invitation);
    if let Some(membership) = membership(change, &invitation).filter(|own| is_pending(own)) {
        let id = membership.id.clone();
        change.remove::<OrganizationMembership>(&id)?;
    }
    invitation.state = InvitationState::Revoked;
    invitation.revoked_at = Some(change.now());
    let invitation = change.update(invitation)?;
    change.tell(EventData::InvitationRevoked(without_secrets(change, &invitation)));
    Ok(current(change, change.now(), &invitation))
}

/// Whether an invitation can still be accepted.
pub(crate) fn is_open(invitation: &Invitation, now: Timestamp) -> bool {
    state(invitation, now) == InvitationState::Pending
}

fn check_pending(invitation: &Invitation, now: Timestamp) -> Answer<()> {
    if state(invitation, now) == InvitationState::Pending {
        return Ok(());
    }
    Err(Refusal::bad_request("invite_not_pending", "Invite is not pending."))
}

/// The pending invitation with this token.
pub(crate) fn pending<'a>(change: &'a Change<'_>, token: &SecretString) -> Option<&'a Invitation> {
    let sent = change.invitations.find("token", token.expose())?;
    (state(sent, change.now()) == InvitationState::Pending).then_some(sent)
}

fn mail(change: &mut Change<'_>, invitation: &Invitation) {
    let text = |secret: &Option<SecretString>| {
        secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default()
    };
    let (link, token) = (text(&invitation.accept_invitation_url), text(&invitation.token));
    change.mail_link(&invitation.email, EmailKind::Invitation, &link, Some(token), &invitation.id);
}

/// An invitation as it is now. Only time lets it expire.
pub(crate) fn current(store: &Store, now: Timestamp, invitation: &Invitation) -> Invitation {
    let mut shown = invitation.clone();
    shown.state = state(invitation, now);
    shown.role_slug = role_of(store, invitation);
    shown
}

fn state(invitation: &Invitation, now: Timestamp) -> InvitationState {
    if invitation.state == InvitationState::Pending && now >= invitation.expires_at {
        InvitationState::Expired
    } else {
        invitation.state.clone()
    }
}

/// The role of the membership that the invitation is about, if there is one.
fn role_of(store: &Store, invitation: &Invitation) -> Option<String> {
    let role = membership(store, invitation).and_then(|own| own.role.as_ref());
    role.map(|role| role.slug.clone()).or_else(|| invitation.role_slug.clone())
}

/// The membership that waits for the invitation, or that it led to.
fn membership<'a>(
    store: &'a Store,
    invitation: &Invitation,
) -> Option<&'a Arc<OrganizationMembership>> {
    let organization_id = invitation.organization_id.as_deref()?;
    if let Some(user_id) = &invitation.accepted_user_id {
        return find(store, user_id, organization_id);
    }
    let user = store.users.find("email", &email(&invitation.email))?;
    let membership = find(store, &user.id, organization_id);
    membership.filter(|own| is_pending(own) && invitation.state == InvitationState::Pending)
}

/// An invitation as events have it.
fn without_secrets(change: &Change<'_>, invitation: &Invitation) -> Invitation {
    let mut payload = current(change, change.now(), invitation);
    (payload.token, payload.accept_invitation_url) = (None, None);
    payload
}
