//! Invitations: emails that invite people to sign up or to join an organization.
//!
//! ```no_run
//! use workos::user_management::{SendInvitation, ListInvitationsParams};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let users = client.user_management();
//!
//! let invitation = users
//!     .send_invitation(SendInvitation {
//!         organization_id: Some("org_01EHWNCE74X7JSDV0X3SZ3KJNY".into()),
//!         role_slug: Some("admin".into()),
//!         expires_in_days: Some(14),
//!         ..SendInvitation::new("ada@example.com")
//!     })
//!     .await?;
//!
//! let sent = ListInvitationsParams { email: Some(invitation.email), ..Default::default() };
//! println!("{:?}", users.list_invitations(sent).await?.data);
//!
//! users.revoke_invitation(&invitation.id).await?;
//! # Ok(()) }
//! ```

use super::UserManagementApi;
use crate::{Locale, ObjectType, Page, SecretString, Timestamp};

operations! {
    UserManagementApi, user_management;

    /// Lists invitations in any state, newest first by default.
    GET "/user_management/invitations" @ "authkit/invitation/list"
        => list_invitations(query: ListInvitationsParams) -> Page<Invitation>;

    /// Invites a person by email to your application and, optionally, to an organization.
    ///
    /// # Errors
    ///
    /// 400 `email_already_invited`, `email_already_invited_to_organization`, `user_already_exists`,
    /// `user_already_organization_member`, `expires_in_days_too_short`, `expires_in_days_too_long`,
    /// `invalid_role`, `organization_blocked_from_sending_invites` or
    /// `email_domain_not_deliverable`; 404; 422 when a field is invalid.
    #[doc(alias("invite", "create_invitation"))]
    POST "/user_management/invitations" @ "authkit/invitation/send"
        => send_invitation(body: SendInvitation) -> Invitation;

    /// Fetches an invitation by its token, for your own page to accept it.
    GET "/user_management/invitations/by_token/{token}" @ "authkit/invitation/find-by-token"
        => find_invitation_by_token(token) -> Invitation;

    /// Fetches an invitation.
    GET "/user_management/invitations/{id}" @ "authkit/invitation/get"
        => get_invitation(id) -> Invitation;

    /// Accepts an invitation on behalf of the invited user. Activates their membership if the
    /// invitation is to an organization.
    ///
    /// # Errors
    ///
    /// 400 `invite_not_pending`, `invalid_invite` or `invite_has_accepted_user_id`; 404 when the
    /// invitation does not exist.
    POST "/user_management/invitations/{id}/accept" @ "authkit/invitation/accept"
        => accept_invitation(id) -> Invitation;

    /// Resends the email of a pending invitation.
    ///
    /// # Errors
    ///
    /// 400 `invite_expired`, `invite_revoked`, `invite_accepted` or `email_domain_not_deliverable`;
    /// 404 when the invitation does not exist.
    POST "/user_management/invitations/{id}/resend" @ "authkit/invitation/resend"
        => resend_invitation(id, body: ResendInvitation) -> Invitation;

    /// Revokes a pending invitation; its link stops working.
    ///
    /// # Errors
    ///
    /// 400 `invite_not_pending`.
    POST "/user_management/invitations/{id}/revoke" @ "authkit/invitation/revoke"
        => revoke_invitation(id) -> Invitation;
}

list_params! {
    UserManagementApi;
    ListInvitationsParams for list_invitations {
        /// Only invitations to this organization.
        organization_id: Option<String>,
        /// Only invitations to this email address.
        email: Option<String>,
    }
}

inputs! {
    /// A new invitation.
    SendInvitation {
        /// The email address to invite.
        email: String,
        /// The organization to join.
        organization_id: Option<String>,
        /// The slug of the role in the organization.
        role_slug: Option<String>,
        /// The lifetime of the invitation in days, 1 to 30; the server's default is 7.
        expires_in_days: Option<i64>,
        /// The ID of the inviting user, whose name appears in the email.
        inviter_user_id: Option<String>,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// Options for resending an invitation.
    ResendInvitation {
        /// The language of the email.
        locale: Option<Locale>,
    }
}

objects! {
    /// An invitation to sign up or to join an organization.
    Invitation {
        /// Always `invitation`.
        object: ObjectType,
        /// The ID, `invitation_…`.
        id: String,
        /// The email address it was sent to.
        email: String,
        /// The state of the invitation.
        state: InvitationState,
        /// When it was accepted.
        accepted_at: Option<Timestamp>,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// When it expires.
        expires_at: Timestamp,
        /// The organization to join, if any.
        organization_id: Option<String>,
        /// The inviting user, if any.
        inviter_user_id: Option<String>,
        /// The user who accepted it.
        accepted_user_id: Option<String>,
        /// The role in the organization; the membership's current one if it has changed.
        role_slug: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last updated.
        updated_at: Timestamp,
        /// The token that accepts the invitation. Omitted in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<SecretString>,
        /// The link in the email, which contains the token. Omitted in events.
        #[serde(skip_serializing_if = "Option::is_none")]
        accept_invitation_url: Option<SecretString>,
    }
}

open_enum! {
    /// The state of an invitation.
    pub enum InvitationState {
        /// Not accepted yet.
        Pending = "pending",
        Accepted = "accepted",
        /// Not accepted in time.
        Expired = "expired",
        /// Revoked before it was accepted.
        Revoked = "revoked",
    }
}
