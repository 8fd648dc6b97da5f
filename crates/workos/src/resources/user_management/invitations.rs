//! Invitations: emails that ask somebody to sign up, or to join an organization.
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

    /// Lists invitations, whatever has become of them, newest first unless told otherwise.
    GET "/user_management/invitations"
        => list_invitations(query: ListInvitationsParams) -> Page<Invitation>;

    /// Invites somebody by email, to your application alone or to an organization as well.
    ///
    /// # Errors
    ///
    /// 400 `email_already_invited`, `email_already_invited_to_organization`, `user_already_exists`,
    /// `user_already_organization_member`, `expires_in_days_too_short`, `expires_in_days_too_long`,
    /// `invalid_role`, `organization_blocked_from_sending_invites` or
    /// `email_domain_not_deliverable`; 404; 422 when a field is invalid.
    POST "/user_management/invitations"
        => send_invitation(body: SendInvitation) -> Invitation;

    /// Fetches the invitation that a token belongs to, for a page of your own that accepts it.
    GET "/user_management/invitations/by_token/{token}"
        => find_invitation_by_token(token) -> Invitation;

    /// Fetches one invitation.
    GET "/user_management/invitations/{id}" => get_invitation(id) -> Invitation;

    /// Accepts an invitation in the name of whoever was invited. Their membership in the
    /// organization, if there is one, becomes active.
    ///
    /// # Errors
    ///
    /// 400 `invite_not_pending`, `invalid_invite` or `invite_has_accepted_user_id`; 404 when there
    /// is no such invitation.
    POST "/user_management/invitations/{id}/accept" => accept_invitation(id) -> Invitation;

    /// Sends the email of a pending invitation again.
    ///
    /// # Errors
    ///
    /// 400 `invite_expired`, `invite_revoked`, `invite_accepted` or `email_domain_not_deliverable`;
    /// 404 when there is no such invitation.
    POST "/user_management/invitations/{id}/resend"
        => resend_invitation(id, body: ResendInvitation) -> Invitation;

    /// Withdraws a pending invitation; its link stops working.
    ///
    /// # Errors
    ///
    /// 400 `invite_not_pending`.
    POST "/user_management/invitations/{id}/revoke" => revoke_invitation(id) -> Invitation;
}

list_params! {
    UserManagementApi;
    ListInvitationsParams for list_invitations {
        /// Only invitations to this organization.
        organization_id: Option<String>,
        /// Only invitations to this address.
        email: Option<String>,
    }
}

inputs! {
    /// A new invitation.
    SendInvitation {
        /// The address it goes to.
        email: String,
        /// The organization to join.
        organization_id: Option<String>,
        /// The role to have in the organization.
        role_slug: Option<String>,
        /// For how many days it can be accepted, 1 to 30; the server's default is 7.
        expires_in_days: Option<i64>,
        /// The user who invites; the email says their name.
        inviter_user_id: Option<String>,
        /// The language of the email.
        locale: Option<Locale>,
    }

    /// How to send an invitation again.
    ResendInvitation {
        /// The language of the email.
        locale: Option<Locale>,
    }
}

objects! {
    /// An email that asks somebody to sign up, or to join an organization.
    Invitation {
        /// Always `invitation`.
        object: ObjectType,
        /// `invitation_…`
        id: String,
        /// The address it went to.
        email: String,
        /// What has become of it.
        state: InvitationState,
        /// When it was accepted.
        accepted_at: Option<Timestamp>,
        /// When it was withdrawn.
        revoked_at: Option<Timestamp>,
        /// Until when it can be accepted.
        expires_at: Timestamp,
        /// The organization to join, unless it is to your application alone.
        organization_id: Option<String>,
        /// The user who invited, if one was named.
        inviter_user_id: Option<String>,
        /// The user who accepted it.
        accepted_user_id: Option<String>,
        /// The role in the organization: the membership's present one, if that was changed meanwhile.
        role_slug: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// What accepts it. Events leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<SecretString>,
        /// The link in the email, which carries the token. Events leave it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        accept_invitation_url: Option<SecretString>,
    }
}

open_enum! {
    /// What has become of an invitation.
    pub enum InvitationState {
        /// Nobody has answered it yet.
        Pending = "pending",
        Accepted = "accepted",
        /// Nobody accepted it in time.
        Expired = "expired",
        /// It was withdrawn.
        Revoked = "revoked",
    }
}
