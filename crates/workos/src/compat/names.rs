//! Names that the official crate `workos` 3.5.0 has at its root for what is here under another name,
//! so that programs written for it need fewer edits. `docs/migrating-from-official.md` has the rest.
//!
//! Left out are names that mean something else here: `Actor` and `Flag` are types of the helpers.

#![cfg_attr(not(feature = "api"), allow(unused_imports))]

use crate::resources::*;
use crate::{List, Page};

#[cfg(feature = "helpers")]
pub use crate::helpers::{
    actions::{ActionSignedResponse, ActionType, ActionVerdict},
    authkit::{
        AuthKitAuthorizationUrlParams, AuthKitHelper, AuthKitPkceAuthorizationUrl,
        AuthKitPkceCodeExchangeParams,
    },
    pkce::{generate_code_challenge, generate_code_verifier, generate_pkce_pair},
    seal::{seal, unseal},
    session::{SessionData, SessionRefreshOptions, seal_session, unseal_session},
    sso::{
        SsoAuthorizationUrlParams, SsoHelper, SsoLogoutUrlParams, SsoPkceAuthorizationUrl,
        SsoPkceCodeExchangeParams,
    },
    tokens::Jwks as JwksHelper,
    vault::{VaultEncryptResult, extract_encrypted_keys, local_decrypt, local_encrypt},
    webhooks::{compute_webhook_signature, parse_webhook_signature_header},
};

/// Declares other names for types: the resource's feature, then `Official = Ours;` for each.
macro_rules! types {
    ($($feature:literal { $($official:ident = $ours:ty;)* })*) => {$($(
        #[cfg(feature = $feature)]
        #[doc = concat!("The official crate's name for `", stringify!($ours), "`.")]
        pub type $official = $ours;
    )*)*};
}

/// Declares other names for variants, which work as values and as patterns.
macro_rules! variants {
    ($($feature:literal $enum:ident { $($official:ident = $ours:ident,)* })*) => {
        $(
            #[cfg(feature = $feature)]
            #[allow(non_upper_case_globals)] // they stand for variants
            impl $enum {
                $(
                    #[doc = concat!(
                        "The official crate's name for [`Self::", stringify!($ours), "`].",
                    )]
                    pub const $official: Self = Self::$ours;
                )*
            }
        )*

        /// The other names, and how the API writes what they stand for.
        #[cfg(all(test, feature = "api"))]
        fn spellings() -> Vec<(&'static str, String)> {
            vec![$($((stringify!($official), $enum::$official.to_string()),)*)*]
        }
    };
}

types! {
    "agents" {
        AgentBlueprintInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsCreateRequestInvocableAs = AgentBlueprintInvocableAs;
        AgentBlueprintsCreateRequestInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsCreateRequestInvocableBy = AgentBlueprintInvocableBy;
        AgentBlueprintsCreateRequestSessionSetting = AgentBlueprintSessionSetting;
        AgentBlueprintsUpdateRequestInvocableAs = AgentBlueprintInvocableAs;
        AgentBlueprintsUpdateRequestInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsUpdateRequestInvocableBy = AgentBlueprintInvocableBy;
        ClaimViewResponseStatus = AgentRegistrationStatus;
    }
    "api_keys" {
        OrganizationApiKey = ApiKey;
        OrganizationApiKeyList = Page<ApiKey>;
        OrganizationApiKeyWithValue = ApiKey;
        UserApiKey = ApiKey;
        UserApiKeyList = Page<ApiKey>;
        UserApiKeyWithValue = ApiKey;
    }
    "audit_logs" {
        AuditLogSchemaActorInput = AuditLogSchemaActor;
        AuditLogSchemaTargetInput = AuditLogSchemaTarget;
        UpdateAuditLogsRetentionRetentionPeriod = RetentionPeriod;
    }
    "authorization" {
        AuthorizationPermissionList = Page<Permission>;
        AuthorizationResourceList = Page<AuthorizationResource>;
        GroupRoleAssignmentList = List<GroupRoleAssignment>;
        GroupRoleAssignmentResource = RoleAssignmentResource;
        RoleList = List<Role>;
        UserRoleAssignmentList = Page<RoleAssignment>;
        UserRoleAssignmentResource = RoleAssignmentResource;
        UserRoleAssignmentSource = RoleAssignmentSource;
        UserRoleAssignmentSourceGroup = RoleAssignmentSourceGroup;
        UserRoleAssignmentSourceType = RoleAssignmentSourceType;
    }
    "client_api" {
        ClientApiTokenResponse = TokenResponse;
    }
    "connect" {
        ApplicationCredentialsListItem = ConnectApplicationSecret;
        ConnectApplicationList = Page<ConnectApplication>;
        NewConnectApplicationSecret = ConnectApplicationSecret;
    }
    "directory_sync" {
        DirectoryGroupList = Page<DirectoryGroup>;
        DirectoryList = Page<Directory>;
        DirectoryUserList = Page<DirectoryUser>;
        DirectoryUserWithGroups = DirectoryUser;
        DirectoryUserWithGroupsEmail = DirectoryUserEmail;
        DirectoryUserWithGroupsState = DirectoryUserState;
    }
    "events" {
        EventContextGoogleAnalyticsSession = GoogleAnalyticsSession;
        EventList = Page<Event>;
        EventSchema = Event;
    }
    "feature_flags" {
        FlagList = Page<FeatureFlag>;
        FlagOwner = FeatureFlagOwner;
    }
    "groups" {
        GroupList = Page<Group>;
    }
    "multi_factor_auth" {
        AuthenticationFactorEnrolled = AuthenticationFactor;
        AuthenticationFactorEnrolledSms = AuthenticationFactorSms;
        AuthenticationFactorEnrolledTotp = AuthenticationFactorTotp;
        AuthenticationFactorEnrolledType = AuthenticationFactorType;
        UserAuthenticationFactorList = Page<AuthenticationFactor>;
    }
    "organization_membership" {
        UserManagementOrganizationMembershipStatuses = OrganizationMembershipStatus;
        UserOrganizationMembership = OrganizationMembership;
        UserOrganizationMembershipBaseList = Page<OrganizationMembership>;
        UserOrganizationMembershipBaseListData = OrganizationMembership;
        UserOrganizationMembershipBaseListDataStatus = OrganizationMembershipStatus;
        UserOrganizationMembershipList = Page<OrganizationMembership>;
        UserOrganizationMembershipStatus = OrganizationMembershipStatus;
    }
    "organizations" {
        AuthorizedConnectApplicationList = Page<AuthorizedApplication>;
        AuthorizedConnectApplicationListData = AuthorizedApplication;
        ItContactList = List<ItContact>;
        OrganizationAuthorizedConnectApplicationList = Page<AuthorizedApplication>;
        OrganizationAuthorizedConnectApplicationListData = AuthorizedApplication;
        OrganizationList = Page<Organization>;
    }
    "pipes" {
        ConnectedAccountInputState = ConnectedAccountState;
        ConnectedAccountWriteResponse = ConnectedAccount;
        ConnectedAccountWriteResponseAuthMethod = ConnectedAccountAuthMethod;
        ConnectedAccountWriteResponseConnectionRole = ConnectedAccountConnectionRole;
        ConnectedAccountWriteResponseState = ConnectedAccountState;
        ConnectedAccountWriteResponseWarning = ConnectedAccountWarning;
        CreateConnectedAccountState = ConnectedAccountState;
        CreateDataIntegrationAuthMethods = ConnectedAccountAuthMethod;
        CreateDataIntegrationOwnership = PipesOwnership;
        CreateOrganizationConnectedAccountState = ConnectedAccountState;
        DataIntegrationAccessTokenResponseAccessToken = DataIntegrationAccessToken;
        DataIntegrationAccessTokenResponseError = ConnectedAccountError;
        DataIntegrationAuthMethods = ConnectedAccountAuthMethod;
        DataIntegrationCredentialsCredentialsType = DataIntegrationCredentialType;
        DataIntegrationCredentialsInputType = DataIntegrationCredentialType;
        DataIntegrationCredentialsResponseError = ConnectedAccountError;
        DataIntegrationCustomProviderAuthenticateVia = CustomProviderDefinitionAuthenticateVia;
        DataIntegrationInstallationConnectionRole = ConnectedAccountConnectionRole;
        DataIntegrationList = Page<DataIntegration>;
        DataIntegrationOwnership = PipesOwnership;
        DataIntegrationsCreateApiKeyConnectionRequestConnectionOwner = PipesOwnership;
        DataIntegrationsCreateClientCredentialsConnectionRequestConnectionOwner = PipesOwnership;
        DataIntegrationsGetDataIntegrationAuthorizeUrlRequestConnectionOwner = PipesOwnership;
        DataIntegrationsGetUserTokenRequestConnectionOwner = PipesOwnership;
        DataIntegrationsListResponse = List<DataProvider>;
        DataIntegrationsListResponseData = DataProvider;
        DataIntegrationsListResponseDataAuthMethods = ConnectedAccountAuthMethod;
        DataIntegrationsListResponseDataConnectedAccount = ConnectedAccount;
        DataIntegrationsListResponseDataConnectedAccountAuthMethod = ConnectedAccountAuthMethod;
        DataIntegrationsListResponseDataConnectedAccountConnectionRole
            = ConnectedAccountConnectionRole;
        DataIntegrationsListResponseDataConnectedAccountState = ConnectedAccountState;
        DataIntegrationsListResponseDataConnectionOwner = PipesOwnership;
        DataIntegrationsUpsertApiKeyRequestConnectionOwner = PipesOwnership;
        DataIntegrationsUpsertClientCredentialsRequestConnectionOwner = PipesOwnership;
        DataIntegrationsVendCredentialsRequestConnectionOwner = PipesOwnership;
        OrganizationConnectedAccountState = ConnectedAccountState;
        PipeConnectedAccount = ConnectedAccount;
        PipeConnectedAccountAuthMethod = ConnectedAccountAuthMethod;
        PipeConnectedAccountConnectionRole = ConnectedAccountConnectionRole;
        PipeConnectedAccountState = ConnectedAccountState;
        UpdateCustomProviderDefinitionAuthenticateVia = CustomProviderDefinitionAuthenticateVia;
    }
    "pipes_provider" {
        DataIntegrationConfigurationListResponse = List<DataIntegrationConfigurationResponse>;
    }
    "radar" {
        RadarStandaloneResponseBlocklistType = RadarListType;
    }
    "sso" {
        ConnectionList = Page<Connection>;
        ConnectionsConnectionType = ConnectionType;
        CreateConnectionAttributeMaps = ConnectionAttributeMaps;
        CreateConnectionOidcOptionsIdTokenSignatureAlgorithm = OidcIdTokenSignatureAlgorithm;
        CreateConnectionOidcOptionsTokenAuthenticationMethod = OidcTokenAuthenticationMethod;
        CreateConnectionStandardAttributes = ConnectionStandardAttributes;
        PatchConnectionAttributeMaps = ConnectionAttributeMaps;
        PatchConnectionOidcOptionsIdTokenSignatureAlgorithm = OidcIdTokenSignatureAlgorithm;
        PatchConnectionOidcOptionsTokenAuthenticationMethod = OidcTokenAuthenticationMethod;
        PatchConnectionStandardAttributes = ConnectionStandardAttributes;
        ProfileConnectionType = ConnectionType;
        SAMLIdpSigningCertificate = SamlCertificate;
        SAMLIdpSigningCertificateList = List<SamlCertificate>;
        SAMLSpEncryptionCertificate = SamlCertificate;
        SAMLSpEncryptionCertificateList = List<SamlCertificate>;
        SAMLSpSigningCertificate = SamlCertificate;
        SSOTokenResponseOAuthToken = OAuthTokens;
    }
    "user_management" {
        AuthenticateResponseImpersonator = Impersonator;
        AuthenticateResponseOAuthToken = OAuthTokens;
        CorsOriginResponse = CorsOrigin;
        CreateUserInviteOptionsLocale = Locale;
        EmailChangeConfirmationUser = User;
        JWTTemplateResponse = JWTTemplate;
        MagicAuthSendMagicAuthCodeAndReturnResponse = MagicAuth;
        ResendUserInviteOptionsLocale = Locale;
        UserCreateResponse = User;
        UserIdentitiesGetItem = UserIdentity;
        UserIdentitiesGetItemProvider = UserIdentityProvider;
        UserInvite = Invitation;
        UserInviteList = Page<Invitation>;
        UserInviteState = InvitationState;
        UserList = Page<User>;
        UserManagementWaitlistsState = WaitlistEntryState;
        UserSessionsAuthMethod = SessionAuthMethod;
        UserSessionsImpersonator = Impersonator;
        UserSessionsListItem = Session;
        UserSessionsStatus = SessionStatus;
        WaitlistUser = WaitlistEntry;
        WaitlistUserState = WaitlistEntryState;
    }
    "vault" {
        ObjectListResponse = Page<ObjectSummary>;
        VersionListResponse = List<ObjectVersion>;
    }
    "webhooks" {
        CreateWebhookEndpointEvents = EventName;
        UpdateWebhookEndpointEvents = EventName;
        UpdateWebhookEndpointStatus = WebhookEndpointStatus;
        WebhookEndpointList = Page<WebhookEndpoint>;
    }
    "widgets" {
        WidgetSessionTokenResponse = TokenResponse;
    }
}

variants! {
    "audit_logs" RetentionPeriod {
        V1Month = OneMonth, V2Months = TwoMonths, V3Months = ThreeMonths,
        V4Months = FourMonths, V5Months = FiveMonths, V6Months = SixMonths,
        V7Months = SevenMonths, V8Months = EightMonths, V9Months = NineMonths,
        V10Months = TenMonths, V11Months = ElevenMonths, V1Year = OneYear,
        V2Years = TwoYears, V3Years = ThreeYears, V4Years = FourYears,
        V5Years = FiveYears, V6Years = SixYears, V7Years = SevenYears,
        V8Years = EightYears, V9Years = NineYears, V10Years = TenYears,
    }
    "events" EventName {
        AuthenticationOAuthFailed = AuthenticationOauthFailed,
        AuthenticationOAuthSucceeded = AuthenticationOauthSucceeded,
        AuthenticationSSOFailed = AuthenticationSsoFailed,
        AuthenticationSSOStarted = AuthenticationSsoStarted,
        AuthenticationSSOSucceeded = AuthenticationSsoSucceeded,
        AuthenticationSSOTimedOut = AuthenticationSsoTimedOut,
        ConnectionSAMLCertificateRenewalRequired = ConnectionSamlCertificateRenewalRequired,
        ConnectionSAMLCertificateRenewed = ConnectionSamlCertificateRenewed,
    }
    "user_management" Locale {
        DeDe = DeDE, EnAu = EnAU, EnCa = EnCA, EnGb = EnGB, EnUs = EnUS, EsEs = EsES,
        EsUs = EsUS, FrBe = FrBE, FrCa = FrCA, FrFr = FrFR, ItIt = ItIT, NlBe = NlBE,
        NlNl = NlNL, PtBr = PtBR, PtPt = PtPT, ZhCn = ZhCN, ZhHk = ZhHK, ZhTw = ZhTW,
    }
}

#[cfg(all(test, feature = "api"))]
mod tests {
    use super::*;

    #[test]
    fn each_variant_is_named_after_what_the_api_writes() {
        let letters = |text: &str| text.replace(['.', '-', '_'], "").to_lowercase();
        for (official, written) in spellings() {
            let official = letters(official.strip_prefix('V').unwrap_or(official));
            assert_eq!(official, letters(&written));
        }
    }

    #[test]
    fn a_name_of_a_variant_is_a_pattern_too() {
        let told = match EventName::from("authentication.sso_timed_out") {
            EventName::AuthenticationSSOStarted => "started",
            EventName::AuthenticationSSOTimedOut => "timed out",
            _ => "something else",
        };
        assert_eq!(told, "timed out");
    }
}
