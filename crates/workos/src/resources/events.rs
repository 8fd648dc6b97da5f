//! Events: what happened in an environment, in order.
//!
//! Every change that WorkOS makes or learns of becomes an event: a user was created, a directory
//! was synced, a connection was activated. They are kept for 30 days and read with a cursor, so
//! that nothing is missed; webhooks deliver the same events one by one.
//!
//! ```no_run
//! use futures_util::TryStreamExt;
//! use workos::EventName;
//! use workos::events::ListEventsParams;
//!
//! # async fn run(client: workos::Client, last_seen: Option<String>) -> Result<(), workos::Error> {
//! let wanted = [EventName::DsyncUserCreated, EventName::DsyncUserDeleted];
//! let params = ListEventsParams { after: last_seen, ..ListEventsParams::new(wanted) };
//! let mut events = client.events().list_events_auto_paging(params);
//! while let Some(event) = events.try_next().await? {
//!     println!("{} {} {}", event.created_at, event.event, event.data["id"]);
//! }
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ObjectType, Page, PaginationOrder, Timestamp};

api! {
    /// What happened in the environment. See [`events`](crate::events).
    EventsApi, events;
}

operations! {
    EventsApi, events;

    /// Lists events of the given kinds. To follow them, ask in ascending order and keep the id of
    /// the last one seen as the next `after`.
    GET "/events" => list_events(query: ListEventsParams) -> Page<Event>;
}

constructors! {
    ListEventsParams(events: Vec<EventName>);
}

/// Which events [`list_events`](EventsApi::list_events) returns.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "contract", derive(Deserialize))]
pub struct ListEventsParams {
    /// A cursor: the page before this event.
    pub before: Option<String>,
    /// A cursor: the page after this event.
    pub after: Option<String>,
    /// The most events per page, 1 to 100; the server's default is 10.
    pub limit: Option<i64>,
    /// The order by time; the server's default is newest first.
    pub order: Option<PaginationOrder>,
    /// The kinds of events. At least one.
    pub events: Vec<EventName>,
    /// Only events since this time, RFC 3339. Not together with a cursor.
    pub range_start: Option<String>,
    /// Only events before this time, RFC 3339.
    pub range_end: Option<String>,
    /// Only events of this organization.
    pub organization_id: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Always `event`.
    pub object: ObjectType,
    /// `event_…`; also the cursor for what came after it.
    pub id: String,
    /// What kind of event it is.
    pub event: EventName,
    /// What it is about: the object after the change, in most cases.
    pub data: Value,
    /// When it happened.
    pub created_at: Timestamp,
    /// Who caused it, and more that is known about the circumstances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<BTreeMap<String, Value>>,
}

open_enum! {
    /// The kind of an [`Event`].
    pub enum EventName {
        ActionAuthenticationDenied = "action.authentication.denied",
        ActionUserRegistrationDenied = "action.user_registration.denied",
        AgentBlueprintCreated = "agent.blueprint.created",
        AgentBlueprintDeleted = "agent.blueprint.deleted",
        AgentBlueprintUpdated = "agent.blueprint.updated",
        AgentInstanceCreated = "agent.instance.created",
        AgentInstanceDeleted = "agent.instance.deleted",
        AgentInstanceSessionCreated = "agent.instance.session.created",
        AgentInstanceSessionRevoked = "agent.instance.session.revoked",
        AgentRegistrationClaimAttemptCreated = "agent.registration.claim.attempt.created",
        AgentRegistrationClaimCompleted = "agent.registration.claim.completed",
        AgentRegistrationCreated = "agent.registration.created",
        AgentRegistrationCredentialIssued = "agent.registration.credential.issued",
        AgentRegistrationDeleted = "agent.registration.deleted",
        AgentRegistrationExpired = "agent.registration.expired",
        AgentRegistrationOrganizationSwitched = "agent.registration.organization.switched",
        AgentRegistrationRefreshed = "agent.registration.refreshed",
        AgentRegistrationRevoked = "agent.registration.revoked",
        ApiKeyCreated = "api_key.created",
        ApiKeyRevoked = "api_key.revoked",
        ApiKeyUpdated = "api_key.updated",
        AuthenticationEmailVerificationFailed = "authentication.email_verification_failed",
        AuthenticationEmailVerificationSucceeded = "authentication.email_verification_succeeded",
        AuthenticationMagicAuthFailed = "authentication.magic_auth_failed",
        AuthenticationMagicAuthSucceeded = "authentication.magic_auth_succeeded",
        AuthenticationMfaFailed = "authentication.mfa_failed",
        AuthenticationMfaSucceeded = "authentication.mfa_succeeded",
        AuthenticationOauthFailed = "authentication.oauth_failed",
        AuthenticationOauthSucceeded = "authentication.oauth_succeeded",
        AuthenticationPasskeyFailed = "authentication.passkey_failed",
        AuthenticationPasskeySucceeded = "authentication.passkey_succeeded",
        AuthenticationPasswordFailed = "authentication.password_failed",
        AuthenticationPasswordSucceeded = "authentication.password_succeeded",
        AuthenticationRadarRiskDetected = "authentication.radar_risk_detected",
        AuthenticationReauthenticationSucceeded = "authentication.reauthentication_succeeded",
        AuthenticationSsoFailed = "authentication.sso_failed",
        AuthenticationSsoStarted = "authentication.sso_started",
        AuthenticationSsoSucceeded = "authentication.sso_succeeded",
        AuthenticationSsoTimedOut = "authentication.sso_timed_out",
        ConnectionActivated = "connection.activated",
        ConnectionDeactivated = "connection.deactivated",
        ConnectionDeleted = "connection.deleted",
        ConnectionSamlCertificateRenewalRequired = "connection.saml_certificate_renewal_required",
        ConnectionSamlCertificateRenewed = "connection.saml_certificate_renewed",
        DsyncActivated = "dsync.activated",
        DsyncDeleted = "dsync.deleted",
        DsyncGroupCreated = "dsync.group.created",
        DsyncGroupDeleted = "dsync.group.deleted",
        DsyncGroupUpdated = "dsync.group.updated",
        DsyncGroupUserAdded = "dsync.group.user_added",
        DsyncGroupUserRemoved = "dsync.group.user_removed",
        DsyncTokenCreated = "dsync.token.created",
        DsyncTokenRevoked = "dsync.token.revoked",
        DsyncUserCreated = "dsync.user.created",
        DsyncUserDeleted = "dsync.user.deleted",
        DsyncUserUpdated = "dsync.user.updated",
        EmailVerificationCreated = "email_verification.created",
        FeatureFlagsFlagCreated = "feature_flags.flag.created",
        FeatureFlagsFlagDeleted = "feature_flags.flag.deleted",
        FeatureFlagsFlagUpdated = "feature_flags.flag.updated",
        FeatureFlagsFlagRuleCreated = "feature_flags.flag_rule.created",
        FeatureFlagsFlagRuleDeleted = "feature_flags.flag_rule.deleted",
        FeatureFlagsFlagRuleUpdated = "feature_flags.flag_rule.updated",
        FeatureFlagsFlagTargetCreated = "feature_flags.flag_target.created",
        FeatureFlagsFlagTargetDeleted = "feature_flags.flag_target.deleted",
        FlagCreated = "flag.created",
        FlagDeleted = "flag.deleted",
        FlagRuleUpdated = "flag.rule_updated",
        FlagUpdated = "flag.updated",
        GroupCreated = "group.created",
        GroupDeleted = "group.deleted",
        GroupMemberAdded = "group.member_added",
        GroupMemberRemoved = "group.member_removed",
        GroupUpdated = "group.updated",
        InvitationAccepted = "invitation.accepted",
        InvitationCreated = "invitation.created",
        InvitationResent = "invitation.resent",
        InvitationRevoked = "invitation.revoked",
        MagicAuthCreated = "magic_auth.created",
        OrganizationCreated = "organization.created",
        OrganizationDeleted = "organization.deleted",
        OrganizationUpdated = "organization.updated",
        OrganizationDomainCreated = "organization_domain.created",
        OrganizationDomainDeleted = "organization_domain.deleted",
        OrganizationDomainUpdated = "organization_domain.updated",
        OrganizationDomainVerificationFailed = "organization_domain.verification_failed",
        OrganizationDomainVerified = "organization_domain.verified",
        OrganizationMembershipCreated = "organization_membership.created",
        OrganizationMembershipDeleted = "organization_membership.deleted",
        OrganizationMembershipUpdated = "organization_membership.updated",
        OrganizationRoleCreated = "organization_role.created",
        OrganizationRoleDeleted = "organization_role.deleted",
        OrganizationRoleUpdated = "organization_role.updated",
        PasswordResetCreated = "password_reset.created",
        PasswordResetSucceeded = "password_reset.succeeded",
        PermissionCreated = "permission.created",
        PermissionDeleted = "permission.deleted",
        PermissionUpdated = "permission.updated",
        PipesAccountConnectionAddFailed = "pipes.account_connection.add_failed",
        PipesAccountConnectionConnected = "pipes.account_connection.connected",
        PipesAccountConnectionConnectionFailed = "pipes.account_connection.connection_failed",
        PipesAccountConnectionDisconnected = "pipes.account_connection.disconnected",
        PipesAccountConnectionReauthorizationNeeded = "pipes.account_connection.reauthorization_needed",
        PipesConnectedAccountConnected = "pipes.connected_account.connected",
        PipesConnectedAccountConnectionFailed = "pipes.connected_account.connection_failed",
        PipesConnectedAccountDisconnected = "pipes.connected_account.disconnected",
        PipesConnectedAccountReauthorizationNeeded = "pipes.connected_account.reauthorization_needed",
        RadarChallengeCreated = "radar.challenge_created",
        ResourceExportCompleted = "resource_export.completed",
        ResourceExportCreated = "resource_export.created",
        ResourceExportDownloaded = "resource_export.downloaded",
        ResourceExportFailed = "resource_export.failed",
        RoleCreated = "role.created",
        RoleDeleted = "role.deleted",
        RoleUpdated = "role.updated",
        SessionCreated = "session.created",
        SessionRevoked = "session.revoked",
        UserCreated = "user.created",
        UserDeleted = "user.deleted",
        UserUpdated = "user.updated",
        VaultByokKeyDeleted = "vault.byok_key.deleted",
        VaultByokKeyVerificationCompleted = "vault.byok_key.verification_completed",
        VaultDataCreated = "vault.data.created",
        VaultDataDeleted = "vault.data.deleted",
        VaultDataRead = "vault.data.read",
        VaultDataUpdated = "vault.data.updated",
        VaultDekDecrypted = "vault.dek.decrypted",
        VaultDekRead = "vault.dek.read",
        VaultDekRekeyed = "vault.dek.rekeyed",
        VaultKekCreated = "vault.kek.created",
        VaultKekDeleted = "vault.kek.deleted",
        VaultMetadataRead = "vault.metadata.read",
        VaultNamesListed = "vault.names.listed",
        WaitlistUserApproved = "waitlist_user.approved",
        WaitlistUserCreated = "waitlist_user.created",
        WaitlistUserDenied = "waitlist_user.denied",
    }
}
