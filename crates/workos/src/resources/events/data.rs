//! [`EventData`] and [`EventName`]: the types of events and their payloads.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::payloads::*;
use crate::{
    AgentBlueprint, AgentInstance, AgentInstanceSession, ApiKey, ConnectedAccount, Connection,
    Directory, DirectoryGroup, DirectoryUser, EmailVerification, FeatureFlag, Group, Invitation,
    MagicAuth, Organization, OrganizationDomain, OrganizationMembership, PasswordReset, Permission,
    Session, User, WaitlistEntry, json,
};

/// A payload that does not match its event's type.
struct Misfit;

/// Declares the events: `Variant = "name" => Payload,` for each.
macro_rules! events {
    ($($variant:ident = $name:literal => $payload:ty,)*) => {
        open_enum! {
            /// The type of an [`Event`](super::Event).
            pub enum EventName {
                $($variant = $name,)*
            }
        }

        /// The payload of an [`Event`](super::Event): in most cases the object after the change.
        ///
        /// Serializes as the payload alone, as on the wire.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant)] // a box would be in the way of nested patterns
        pub enum EventData {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant($payload),
            )*
            /// An event that this version of the crate does not know, or a payload that does not
            /// match its type. The payload is as the API sent it.
            #[non_exhaustive]
            Unknown {
                /// The name of the event.
                name: EventName,
                /// The payload.
                data: Value,
            },
        }

        impl EventData {
            /// The type of the event.
            pub fn name(&self) -> EventName {
                match self {
                    $(Self::$variant(_) => EventName::$variant,)*
                    Self::Unknown { name, .. } => name.clone(),
                }
            }

            /// Reads the payload of this event.
            ///
            /// Fails only if the text is more than a [`Value`] can hold.
            #[inline]
            pub(super) fn read(name: &EventName, json: &str) -> Result<Self, serde_json::Error> {
                if !matches!(name, EventName::Unknown(_)) {
                    if let Ok(data) = json::read(json, |json| Self::read_known(name, json)) {
                        return Ok(data);
                    }
                }
                Ok(Self::Unknown { data: json::from_str(json)?, name: name.clone() })
            }

            #[inline]
            fn read_known(name: &EventName, json: &str) -> Result<Self, Misfit> {
                match name {
                    $(EventName::$variant => {
                        serde_json::from_str(json).map(Self::$variant).map_err(|_| Misfit)
                    })*
                    EventName::Unknown(_) => Err(Misfit),
                }
            }
        }

        impl Serialize for EventData {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(data) => data.serialize(serializer),)*
                    Self::Unknown { data, .. } => data.serialize(serializer),
                }
            }
        }
    };
}

impl Default for EventData {
    /// Unknown and empty.
    fn default() -> Self {
        Self::Unknown { name: EventName::default(), data: Value::Null }
    }
}

events! {
    ActionAuthenticationDenied = "action.authentication.denied" => ActionDenied,
    ActionUserRegistrationDenied = "action.user_registration.denied" => ActionDenied,
    AgentBlueprintCreated = "agent.blueprint.created" => AgentBlueprint,
    AgentBlueprintDeleted = "agent.blueprint.deleted" => AgentBlueprintDeleted,
    AgentBlueprintUpdated = "agent.blueprint.updated" => AgentBlueprint,
    AgentInstanceCreated = "agent.instance.created" => AgentInstance,
    AgentInstanceDeleted = "agent.instance.deleted" => AgentInstance,
    AgentInstanceSessionCreated = "agent.instance.session.created" => AgentInstanceSession,
    AgentInstanceSessionRevoked = "agent.instance.session.revoked" => AgentInstanceSession,
    AgentRegistrationClaimAttemptCreated = "agent.registration.claim.attempt.created"
        => AgentRegistrationClaimAttempt,
    AgentRegistrationClaimCompleted = "agent.registration.claim.completed"
        => AgentRegistrationClaimCompleted,
    AgentRegistrationCreated = "agent.registration.created" => AgentRegistrationCreated,
    AgentRegistrationCredentialIssued = "agent.registration.credential.issued"
        => AgentRegistrationCredential,
    AgentRegistrationDeleted = "agent.registration.deleted" => AgentRegistrationReference,
    AgentRegistrationExpired = "agent.registration.expired" => AgentRegistrationReference,
    AgentRegistrationOrganizationSwitched = "agent.registration.organization.switched"
        => AgentRegistrationOrganizationSwitched,
    AgentRegistrationRefreshed = "agent.registration.refreshed" => AgentRegistrationReference,
    AgentRegistrationRevoked = "agent.registration.revoked" => AgentRegistrationReference,
    ApiKeyCreated = "api_key.created" => ApiKey,
    ApiKeyRevoked = "api_key.revoked" => ApiKey,
    ApiKeyUpdated = "api_key.updated" => ApiKey,
    AuthenticationEmailVerificationFailed = "authentication.email_verification_failed"
        => AuthenticationFailed,
    AuthenticationEmailVerificationSucceeded = "authentication.email_verification_succeeded"
        => AuthenticationSucceeded,
    AuthenticationMagicAuthFailed = "authentication.magic_auth_failed" => AuthenticationFailed,
    AuthenticationMagicAuthSucceeded = "authentication.magic_auth_succeeded"
        => AuthenticationSucceeded,
    AuthenticationMfaFailed = "authentication.mfa_failed" => AuthenticationFailed,
    AuthenticationMfaSucceeded = "authentication.mfa_succeeded" => AuthenticationSucceeded,
    AuthenticationOauthFailed = "authentication.oauth_failed" => AuthenticationFailed,
    AuthenticationOauthSucceeded = "authentication.oauth_succeeded" => AuthenticationSucceeded,
    AuthenticationPasskeyFailed = "authentication.passkey_failed" => AuthenticationFailed,
    AuthenticationPasskeySucceeded = "authentication.passkey_succeeded" => AuthenticationSucceeded,
    AuthenticationPasswordFailed = "authentication.password_failed" => AuthenticationFailed,
    AuthenticationPasswordSucceeded = "authentication.password_succeeded"
        => AuthenticationSucceeded,
    AuthenticationRadarRiskDetected = "authentication.radar_risk_detected" => RadarRiskDetected,
    AuthenticationReauthenticationSucceeded = "authentication.reauthentication_succeeded"
        => AuthenticationSucceeded,
    AuthenticationSsoFailed = "authentication.sso_failed" => AuthenticationFailed,
    AuthenticationSsoStarted = "authentication.sso_started" => AuthenticationStarted,
    AuthenticationSsoSucceeded = "authentication.sso_succeeded" => AuthenticationSucceeded,
    AuthenticationSsoTimedOut = "authentication.sso_timed_out" => AuthenticationFailed,
    ConnectionActivated = "connection.activated" => Connection,
    ConnectionDeactivated = "connection.deactivated" => Connection,
    ConnectionDeleted = "connection.deleted" => Connection,
    ConnectionSamlCertificateRenewalRequired = "connection.saml_certificate_renewal_required"
        => SAMLCertificateRenewalRequired,
    ConnectionSamlCertificateRenewed = "connection.saml_certificate_renewed"
        => SAMLCertificateRenewed,
    DsyncActivated = "dsync.activated" => Directory,
    DsyncDeleted = "dsync.deleted" => Directory,
    DsyncGroupCreated = "dsync.group.created" => DirectoryGroup,
    DsyncGroupDeleted = "dsync.group.deleted" => DirectoryGroup,
    DsyncGroupUpdated = "dsync.group.updated" => DirectoryGroup,
    DsyncGroupUserAdded = "dsync.group.user_added" => DirectoryGroupMember,
    DsyncGroupUserRemoved = "dsync.group.user_removed" => DirectoryGroupMember,
    DsyncTokenCreated = "dsync.token.created" => DirectoryToken,
    DsyncTokenRevoked = "dsync.token.revoked" => DirectoryToken,
    DsyncUserCreated = "dsync.user.created" => DirectoryUser,
    DsyncUserDeleted = "dsync.user.deleted" => DirectoryUser,
    DsyncUserUpdated = "dsync.user.updated" => DirectoryUser,
    EmailVerificationCreated = "email_verification.created" => EmailVerification,
    FeatureFlagsFlagCreated = "feature_flags.flag.created" => FeatureFlag,
    FeatureFlagsFlagDeleted = "feature_flags.flag.deleted" => FeatureFlag,
    FeatureFlagsFlagUpdated = "feature_flags.flag.updated" => FeatureFlag,
    FeatureFlagsFlagRuleCreated = "feature_flags.flag_rule.created" => FlagRule,
    FeatureFlagsFlagRuleDeleted = "feature_flags.flag_rule.deleted" => FlagRule,
    FeatureFlagsFlagRuleUpdated = "feature_flags.flag_rule.updated" => FlagRule,
    FeatureFlagsFlagTargetCreated = "feature_flags.flag_target.created" => FlagTarget,
    FeatureFlagsFlagTargetDeleted = "feature_flags.flag_target.deleted" => FlagTarget,
    FlagCreated = "flag.created" => FeatureFlag,
    FlagDeleted = "flag.deleted" => FeatureFlag,
    FlagRuleUpdated = "flag.rule_updated" => FeatureFlag,
    FlagUpdated = "flag.updated" => FeatureFlag,
    GroupCreated = "group.created" => Group,
    GroupDeleted = "group.deleted" => Group,
    GroupMemberAdded = "group.member_added" => GroupMember,
    GroupMemberRemoved = "group.member_removed" => GroupMember,
    GroupUpdated = "group.updated" => Group,
    InvitationAccepted = "invitation.accepted" => Invitation,
    InvitationCreated = "invitation.created" => Invitation,
    InvitationResent = "invitation.resent" => Invitation,
    InvitationRevoked = "invitation.revoked" => Invitation,
    MagicAuthCreated = "magic_auth.created" => MagicAuth,
    OrganizationCreated = "organization.created" => Organization,
    OrganizationDeleted = "organization.deleted" => Organization,
    OrganizationUpdated = "organization.updated" => Organization,
    OrganizationDomainCreated = "organization_domain.created" => OrganizationDomain,
    OrganizationDomainDeleted = "organization_domain.deleted" => OrganizationDomain,
    OrganizationDomainUpdated = "organization_domain.updated" => OrganizationDomain,
    OrganizationDomainVerificationFailed = "organization_domain.verification_failed"
        => OrganizationDomainVerificationFailed,
    OrganizationDomainVerified = "organization_domain.verified" => OrganizationDomain,
    OrganizationMembershipCreated = "organization_membership.created" => OrganizationMembership,
    OrganizationMembershipDeleted = "organization_membership.deleted" => OrganizationMembership,
    OrganizationMembershipUpdated = "organization_membership.updated" => OrganizationMembership,
    OrganizationRoleCreated = "organization_role.created" => EventRole,
    OrganizationRoleDeleted = "organization_role.deleted" => EventRole,
    OrganizationRoleUpdated = "organization_role.updated" => EventRole,
    PasswordResetCreated = "password_reset.created" => PasswordReset,
    PasswordResetSucceeded = "password_reset.succeeded" => PasswordReset,
    PermissionCreated = "permission.created" => Permission,
    PermissionDeleted = "permission.deleted" => Permission,
    PermissionUpdated = "permission.updated" => Permission,
    PipesAccountConnectionAddFailed = "pipes.account_connection.add_failed"
        => PipesConnectionFailed,
    PipesAccountConnectionConnected = "pipes.account_connection.connected" => ConnectedAccount,
    PipesAccountConnectionConnectionFailed = "pipes.account_connection.connection_failed"
        => PipesConnectionFailed,
    PipesAccountConnectionDisconnected = "pipes.account_connection.disconnected"
        => ConnectedAccount,
    PipesAccountConnectionReauthorizationNeeded = "pipes.account_connection.reauthorization_needed"
        => ConnectedAccount,
    PipesConnectedAccountConnected = "pipes.connected_account.connected" => ConnectedAccount,
    PipesConnectedAccountConnectionFailed = "pipes.connected_account.connection_failed"
        => PipesConnectionFailed,
    PipesConnectedAccountDisconnected = "pipes.connected_account.disconnected" => ConnectedAccount,
    PipesConnectedAccountReauthorizationNeeded = "pipes.connected_account.reauthorization_needed"
        => ConnectedAccount,
    RadarChallengeCreated = "radar.challenge_created" => RadarChallengeCreated,
    ResourceExportCompleted = "resource_export.completed" => ResourceExport,
    ResourceExportCreated = "resource_export.created" => ResourceExport,
    ResourceExportDownloaded = "resource_export.downloaded" => ResourceExport,
    ResourceExportFailed = "resource_export.failed" => ResourceExport,
    RoleCreated = "role.created" => EventRole,
    RoleDeleted = "role.deleted" => EventRole,
    RoleUpdated = "role.updated" => EventRole,
    SessionCreated = "session.created" => Session,
    SessionRevoked = "session.revoked" => Session,
    UserCreated = "user.created" => User,
    UserDeleted = "user.deleted" => User,
    UserUpdated = "user.updated" => User,
    VaultByokKeyDeleted = "vault.byok_key.deleted" => VaultByokKeyEvent,
    VaultByokKeyVerificationCompleted = "vault.byok_key.verification_completed"
        => VaultByokKeyEvent,
    VaultDataCreated = "vault.data.created" => VaultDataEvent,
    VaultDataDeleted = "vault.data.deleted" => VaultDataEvent,
    VaultDataRead = "vault.data.read" => VaultDataEvent,
    VaultDataUpdated = "vault.data.updated" => VaultDataEvent,
    VaultDekDecrypted = "vault.dek.decrypted" => VaultKeyEvent,
    VaultDekRead = "vault.dek.read" => VaultDataKeysEvent,
    VaultDekRekeyed = "vault.dek.rekeyed" => VaultDataKeysEvent,
    VaultKekCreated = "vault.kek.created" => VaultKeyEvent,
    VaultKekDeleted = "vault.kek.deleted" => VaultKeyEvent,
    VaultMetadataRead = "vault.metadata.read" => VaultDataEvent,
    VaultNamesListed = "vault.names.listed" => VaultNamesListed,
    WaitlistUserApproved = "waitlist_user.approved" => WaitlistEntry,
    WaitlistUserCreated = "waitlist_user.created" => WaitlistEntry,
    WaitlistUserDenied = "waitlist_user.denied" => WaitlistEntry,
}
