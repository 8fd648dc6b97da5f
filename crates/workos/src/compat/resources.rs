//! The official crate's names beside each resource: of types, and of wrappers of request bodies such
//! as `CreateOrganizationParams { body }`, which methods take as well as the body itself.

/// A request's body as the official crate wraps it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body<T> {
    /// The body of the request.
    pub body: T,
}

impl<T> Body<T> {
    /// A request with this body.
    pub fn new(body: impl Into<T>) -> Self {
        Self { body: body.into() }
    }
}

/// Declares the official names for a resource: its feature, then `Official = Ours;` for types and
/// `Wrapper(Body);` for wrappers.
macro_rules! official {
    ($($feature:literal $resource:ident {
        $($alias:ident = $ours:ty;)*
    } {
        $($wrapper:ident($body:ident);)*
    })*) => {$(
        #[cfg(feature = $feature)]
        #[doc = concat!("Official names for [`", stringify!($resource), "`](mod@crate::",
            stringify!($resource), ").")]
        #[doc(hidden)] // so that a search of the docs finds each thing once
        pub mod $resource {
            #[allow(unused_imports)] // not every resource needs all
            use crate::{List, Page, resources::*};

            $(
                #[doc = concat!("The official crate's name for `", stringify!($ours), "`.")]
                pub type $alias = $ours;
            )*

            $(
                #[doc = concat!("The official crate's wrapper of [`", stringify!($body), "`](crate::",
                    stringify!($resource), "::", stringify!($body), ").")]
                pub type $wrapper = crate::compat::Body<crate::$resource::$body>;

                impl From<$wrapper> for crate::$resource::$body {
                    #[inline]
                    fn from(wrapper: $wrapper) -> Self {
                        wrapper.body
                    }
                }
            )*
        }
    )*};
}

official! {
    "admin_portal" admin_portal {} {
        GenerateLinkParams(GenerateLink);
        RevokeLinkParams(RevokeLink);
    }
    "agents" agents {
        AgentBlueprintsUpdateRequestSessionSetting = UpdateAgentBlueprintSessionSetting;
        AgentAdminLinkClaimAttemptToExternalUserRequest = LinkClaimAttempt;
        AgentAdminLinkClaimAttemptToExternalUserRequestUser = LinkClaimAttemptUser;
        AgentAdminValidateCredentialRequest = ValidateAgentCredential;
        AgentBlueprintInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsCreateRequest = CreateAgentBlueprint;
        AgentBlueprintsCreateRequestInvocableAs = AgentBlueprintInvocableAs;
        AgentBlueprintsCreateRequestInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsCreateRequestInvocableBy = AgentBlueprintInvocableBy;
        AgentBlueprintsCreateRequestSessionSetting = AgentBlueprintSessionSetting;
        AgentBlueprintsTokenMintTokenRequest = CreateAgentToken;
        AgentBlueprintsTokenValidateTokenRequest = ValidateAgentToken;
        AgentBlueprintsUpdateRequest = UpdateAgentBlueprint;
        AgentBlueprintsUpdateRequestInvocableAs = AgentBlueprintInvocableAs;
        AgentBlueprintsUpdateRequestInvocableAsInstanceTypes = AgentInstanceType;
        AgentBlueprintsUpdateRequestInvocableBy = AgentBlueprintInvocableBy;
        ClaimViewResponseStatus = AgentRegistrationStatus;
    } {
        CreateBlueprintParams(CreateAgentBlueprint);
        CreateBlueprintTokenParams(CreateAgentToken);
        CreateValidateParams(ValidateAgentCredential);
        UpdateAttemptsParams(LinkClaimAttempt);
        UpdateBlueprintParams(UpdateAgentBlueprint);
        ValidateBlueprintTokenParams(ValidateAgentToken);
    }
    "api_keys" api_keys {
        OrganizationApiKey = ApiKey;
        OrganizationApiKeyList = Page<ApiKey>;
        OrganizationApiKeyWithValue = ApiKey;
        UserApiKey = ApiKey;
        UserApiKeyList = Page<ApiKey>;
        UserApiKeyWithValue = ApiKey;
    } {
        CreateApiKeyExpireParams(ExpireApiKey);
        CreateOrganizationApiKeyParams(CreateOrganizationApiKey);
        CreateValidationParams(ValidateApiKey);
    }
    "audit_logs" audit_logs {
        AuditLogEventActorMetadataOneOf = AuditLogMetadataValue;
        AuditLogEventIngestion = CreateAuditLogEvent;
        AuditLogExportCreation = CreateAuditLogExport;
        AuditLogSchemaActorInput = AuditLogSchemaActor;
        AuditLogSchemaInput = CreateAuditLogSchema;
        AuditLogSchemaTargetInput = AuditLogSchemaTarget;
        UpdateAuditLogsRetentionRetentionPeriod = RetentionPeriod;
        UpdateOrganizationAuditLogsRetentionParamsBody = UpdateAuditLogsRetention;
    } {
        CreateEventParams(CreateAuditLogEvent);
        CreateExportParams(CreateAuditLogExport);
        CreateSchemaParams(CreateAuditLogSchema);
        UpdateOrganizationAuditLogsRetentionParams(UpdateAuditLogsRetention);
    }
    "authorization" authorization {
        AuthorizationPermissionList = Page<Permission>;
        AuthorizationResourceList = Page<AuthorizationResource>;
        CheckParamsBody = CheckAuthorization;
        CreateResourceParamsBody = CreateResource;
        GroupRoleAssignmentList = List<GroupRoleAssignment>;
        GroupRoleAssignmentResource = RoleAssignmentResource;
        RoleList = List<Role>;
        UpdateResourceParamsBody = UpdateResource;
        UserRoleAssignmentList = Page<RoleAssignment>;
        UserRoleAssignmentResource = RoleAssignmentResource;
        UserRoleAssignmentSource = RoleAssignmentSource;
        UserRoleAssignmentSourceGroup = RoleAssignmentSourceGroup;
        UserRoleAssignmentSourceType = RoleAssignmentSourceType;
        AddOrganizationRolePermissionParams = AddEnvironmentRolePermissionParams;
        DeleteGroupRoleAssignmentsParams = CreateGroupRoleAssignmentParams;
        RemoveRoleParams = AssignRoleParams;
        SetOrganizationRolePermissionsParams = SetEnvironmentRolePermissionsParams;
        UpdateOrganizationRoleParams = UpdateEnvironmentRoleParams;
        UpdateResourceParams = UpdateResourceByExternalIdParams;
    } {
        AddEnvironmentRolePermissionParams(AddRolePermission);
        AssignRoleParams(RoleAssignmentInput);
        CheckParams(CheckAuthorization);
        CreateEnvironmentRoleParams(CreateRole);
        CreateGroupRoleAssignmentParams(GroupRoleAssignmentInput);
        CreateOrganizationRoleParams(CreateOrganizationRole);
        CreatePermissionParams(CreateAuthorizationPermission);
        CreateResourceParams(CreateResource);
        PatchGroupRoleAssignmentsParams(PatchGroupRoleAssignments);
        SetEnvironmentRolePermissionsParams(SetRolePermissions);
        UpdateEnvironmentRoleParams(UpdateRole);
        UpdateGroupRoleAssignmentsParams(ReplaceGroupRoleAssignments);
        UpdatePermissionParams(UpdateAuthorizationPermission);
        UpdateResourceByExternalIdParams(UpdateResource);
    }
    "client_api" client_api {
        ClientApiToken = CreateClientApiToken;
        ClientApiTokenResponse = TokenResponse;
    } {
        CreateTokenParams(CreateClientApiToken);
    }
    "connect" connect {
        ApplicationCredentialsListItem = ConnectApplicationSecret;
        ConnectApplicationList = Page<ConnectApplication>;
        CreateM2MApplicationParams = CreateM2MApplication;
        CreateOAuthApplicationParams = CreateOAuthApplication;
        NewConnectApplicationSecret = ConnectApplicationSecret;
        UserManagementLoginRequest = CompleteOAuth2;
    } {
        CompleteOAuth2Params(CompleteOAuth2);
        CreateApplicationClientSecretParams(CreateApplicationSecret);
        CreateApplicationParams(CreateApplication);
        UpdateApplicationParams(UpdateOAuthApplication);
    }
    "directory_sync" directory_sync {
        DirectoryGroupList = Page<DirectoryGroup>;
        DirectoryList = Page<Directory>;
        DirectoryUserList = Page<DirectoryUser>;
        DirectoryUserWithGroups = DirectoryUser;
        DirectoryUserWithGroupsEmail = DirectoryUserEmail;
        DirectoryUserWithGroupsState = DirectoryUserState;
    } {}
    "events" events {
        EventContextGoogleAnalyticsSession = GoogleAnalyticsSession;
        EventList = Page<Event>;
        EventSchema = Event;
    } {}
    "feature_flags" feature_flags {
        FlagList = Page<FeatureFlag>;
        FlagOwner = FeatureFlagOwner;
    } {}
    "groups" groups {
        GroupList = Page<Group>;
    } {
        CreateGroupOrganizationMembershipParams(CreateGroupMembership);
        CreateOrganizationGroupParams(CreateGroup);
        UpdateGroupOrganizationMembershipsParams(PatchGroupMemberships);
        UpdateOrganizationGroupParams(UpdateGroup);
    }
    "multi_factor_auth" multi_factor_auth {
        AuthenticationChallengesVerifyRequest = VerifyChallenge;
        AuthenticationFactorEnrolled = AuthenticationFactor;
        AuthenticationFactorEnrolledSms = AuthenticationFactorSms;
        AuthenticationFactorEnrolledTotp = AuthenticationFactorTotp;
        AuthenticationFactorEnrolledType = AuthenticationFactorType;
        AuthenticationFactorsCreateRequest = EnrollAuthenticationFactor;
        UserAuthenticationFactorList = Page<AuthenticationFactor>;
    } {
        ChallengeFactorParams(ChallengeAuthenticationFactor);
        CreateUserAuthFactorParams(EnrollUserAuthenticationFactor);
        EnrollFactorParams(EnrollAuthenticationFactor);
        VerifyChallengeParams(VerifyChallenge);
    }
    "organization_domains" organization_domains {} {
        CreateOrganizationDomainParams(CreateOrganizationDomain);
    }
    "organization_membership" organization_membership {
        Role = OrganizationMembershipRole;
        CreateOrganizationMembershipParamsBody = CreateOrganizationMembership;
        UpdateOrganizationMembershipParamsBody = UpdateOrganizationMembership;
        UserManagementOrganizationMembershipStatuses = OrganizationMembershipStatus;
        UserOrganizationMembership = OrganizationMembership;
        UserOrganizationMembershipBaseList = Page<OrganizationMembership>;
        UserOrganizationMembershipBaseListData = OrganizationMembership;
        UserOrganizationMembershipBaseListDataStatus = OrganizationMembershipStatus;
        UserOrganizationMembershipList = Page<OrganizationMembership>;
        UserOrganizationMembershipStatus = OrganizationMembershipStatus;
    } {
        CreateOrganizationMembershipParams(CreateOrganizationMembership);
        UpdateOrganizationMembershipParams(UpdateOrganizationMembership);
    }
    "organizations" organizations {
        AuthorizedConnectApplicationList = Page<AuthorizedApplication>;
        AuthorizedConnectApplicationListData = AuthorizedApplication;
        ItContactList = List<ItContact>;
        OrganizationAuthorizedConnectApplicationList = Page<AuthorizedApplication>;
        OrganizationAuthorizedConnectApplicationListData = AuthorizedApplication;
        OrganizationInput = CreateOrganization;
        OrganizationList = Page<Organization>;
    } {
        CreateItContactParams(CreateItContact);
        CreateOrganizationParams(CreateOrganization);
        InviteItContactParams(InviteItContact);
        UpdateOrganizationParams(UpdateOrganization);
    }
    "passwordless" passwordless {
        PasswordlessCreateSessionParams = CreatePasswordlessSession;
    } {}
    "pipes" pipes {
        OrganizationConnectedAccount = UpdateOrganizationConnectedAccount;
        ConnectedAccountInput = UpdateConnectedAccount;
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
        DataIntegrationsCreateApiKeyConnectionRequest = CreateDataIntegrationApiKey;
        DataIntegrationsCreateApiKeyConnectionRequestConnectionOwner = PipesOwnership;
        DataIntegrationsCreateClientCredentialsConnectionRequest = CreateDataIntegrationClientCredential;
        DataIntegrationsCreateClientCredentialsConnectionRequestConnectionOwner = PipesOwnership;
        DataIntegrationsFinishConnectionRequest = FinishConnection;
        DataIntegrationsGetDataIntegrationAuthorizeUrlRequest = AuthorizeDataIntegration;
        DataIntegrationsGetDataIntegrationAuthorizeUrlRequestConnectionOwner = PipesOwnership;
        DataIntegrationsGetUserTokenRequest = GetDataIntegrationAccessToken;
        DataIntegrationsGetUserTokenRequestConnectionOwner = PipesOwnership;
        DataIntegrationsListResponse = List<DataProvider>;
        DataIntegrationsListResponseData = DataProvider;
        DataIntegrationsListResponseDataAuthMethods = ConnectedAccountAuthMethod;
        DataIntegrationsListResponseDataConnectedAccount = ConnectedAccount;
        DataIntegrationsListResponseDataConnectedAccountAuthMethod = ConnectedAccountAuthMethod;
        DataIntegrationsListResponseDataConnectedAccountConnectionRole = ConnectedAccountConnectionRole;
        DataIntegrationsListResponseDataConnectedAccountState = ConnectedAccountState;
        DataIntegrationsListResponseDataConnectionOwner = PipesOwnership;
        DataIntegrationsUpsertApiKeyRequest = UpdateDataIntegrationApiKey;
        DataIntegrationsUpsertApiKeyRequestConnectionOwner = PipesOwnership;
        DataIntegrationsUpsertClientCredentialsRequest = UpdateDataIntegrationClientCredentials;
        DataIntegrationsUpsertClientCredentialsRequestConnectionOwner = PipesOwnership;
        DataIntegrationsVendCredentialsRequest = CreateDataIntegrationCredential;
        DataIntegrationsVendCredentialsRequestConnectionOwner = PipesOwnership;
        OrganizationConnectedAccountState = ConnectedAccountState;
        PipeConnectedAccount = ConnectedAccount;
        PipeConnectedAccountAuthMethod = ConnectedAccountAuthMethod;
        PipeConnectedAccountConnectionRole = ConnectedAccountConnectionRole;
        PipeConnectedAccountState = ConnectedAccountState;
        UpdateCustomProviderDefinitionAuthenticateVia = CustomProviderDefinitionAuthenticateVia;
        UpdateDataIntegrationParams = UpdateDataIntegrationOrganizationParams;
        GetAccessTokenParams = CreateDataIntegrationCredentialParams;
        UpdateDataIntegrationApiKeyParams = CreateDataIntegrationApiKeyParams;
        UpdateDataIntegrationClientCredentialsParams = CreateDataIntegrationClientCredentialParams;
    } {
        AuthorizeDataIntegrationParams(AuthorizeDataIntegration);
        CreateDataIntegrationApiKeyParams(UpdateDataIntegrationApiKey);
        CreateDataIntegrationClientCredentialParams(UpdateDataIntegrationClientCredentials);
        CreateDataIntegrationCredentialParams(CreateDataIntegrationCredential);
        CreateDataIntegrationParams(CreateDataIntegration);
        CreateOrganizationConnectedAccountParams(UpdateOrganizationConnectedAccount);
        FinishConnectionParams(FinishConnection);
        UpdateDataIntegrationOrganizationParams(UpdateDataIntegration);
    }
    "pipes_provider" pipes_provider {
        ConfigureDataIntegrationBody = ConfigureDataIntegration;
        DataIntegrationConfigurationListResponse = List<DataIntegrationConfigurationResponse>;
    } {
        UpdateOrganizationDataIntegrationConfigurationParams(ConfigureDataIntegration);
    }
    "platform_teams" platform_teams {} {
        CreateTeamParams(CreateTeam);
    }
    "radar" radar {
        RadarStandaloneAssessRequest = CreateRadarAttempt;
        RadarStandaloneDeleteRadarListEntryRequest = RemoveRadarListEntry;
        RadarStandaloneResponseBlocklistType = RadarListType;
        RadarStandaloneUpdateRadarAttemptRequest = UpdateRadarAttempt;
        RadarStandaloneUpdateRadarListRequest = AddRadarListEntry;
        RemoveListEntryParams = AddListEntryParams;
    } {
        AddListEntryParams(AddRadarListEntry);
        CreateAttemptParams(CreateRadarAttempt);
        UpdateAttemptParams(UpdateRadarAttempt);
    }
    "sso" sso {
        ConnectionList = Page<Connection>;
        ConnectionsConnectionType = ConnectionType;
        CreateConnectionAttributeMaps = ConnectionAttributeMaps;
        CreateConnectionOidcOptionsIdTokenSignatureAlgorithm = OidcIdTokenSignatureAlgorithm;
        CreateConnectionOidcOptionsTokenAuthenticationMethod = OidcTokenAuthenticationMethod;
        CreateConnectionParamsBody = CreateConnection;
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
        SSOLogoutAuthorizeRequest = AuthorizeLogout;
        SSOTokenResponseOAuthToken = OAuthTokens;
        TokenQuery = GetProfileAndToken;
        UpdateConnectionParamsBody = UpdateConnection;
    } {
        AuthorizeLogoutParams(AuthorizeLogout);
        CreateConnectionParams(CreateConnection);
        CreateConnectionSAMLIdpSigningCertParams(CreateSAMLIdpSigningCertificate);
        ExchangeIdTokenParams(ExchangeIdToken);
        GetProfileAndTokenParams(GetProfileAndToken);
        UpdateConnectionParams(UpdateConnection);
    }
    "user_management" user_management {
        AuthenticateResponseImpersonator = Impersonator;
        AuthenticateResponseOAuthToken = OAuthTokens;
        CorsOriginResponse = CorsOrigin;
        CreateMagicCodeAndReturn = CreateMagicAuth;
        CreatePasswordReset = ConfirmPasswordReset;
        CreatePasswordResetToken = ResetPassword;
        CreateUserInviteOptions = SendInvitation;
        CreateUserInviteOptionsLocale = Locale;
        CreateUserParamsBody = CreateUser;
        EmailChangeConfirmationUser = User;
        JWTTemplateResponse = JWTTemplate;
        MagicAuthSendMagicAuthCodeAndReturnResponse = MagicAuth;
        ResendUserInviteOptions = ResendInvitation;
        ResendUserInviteOptionsLocale = Locale;
        SSODeviceAuthorizationRequest = CreateDeviceAuthorization;
        UpdateUserParamsBody = UpdateUser;
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
    } {
        ConfirmEmailChangeParams(ConfirmEmailChange);
        ConfirmPasswordResetParams(ConfirmPasswordReset);
        CreateAuthkitOAuthResourceParams(CreateAuthkitOAuthResource);
        CreateCorsOriginParams(CreateCorsOrigin);
        CreateDeviceParams(CreateDeviceAuthorization);
        CreateMagicAuthParams(CreateMagicAuth);
        CreateRadarChallengeParams(SendRadarSmsChallenge);
        CreateRedirectUriParams(CreateRedirectUri);
        CreateUserApiKeyParams(CreateUserApiKey);
        CreateUserParams(CreateUser);
        CreateWaitlistEntryParams(CreateWaitlistEntry);
        ResendInvitationParams(ResendInvitation);
        ResetPasswordParams(ResetPassword);
        RevokeSessionParams(RevokeSession);
        SendEmailChangeParams(SendEmailChange);
        SendInvitationParams(SendInvitation);
        SendVerificationEmailParams(SendVerificationEmail);
        UpdateJWTTemplateParams(UpdateJWTTemplate);
        UpdateUserParams(UpdateUser);
        VerifyEmailParams(VerifyEmailAddress);
    }
    "vault" vault {
        CreateDataKeyRequest = CreateDataKey;
        CreateObjectRequest = CreateObject;
        DecryptRequest = DecryptDataKey;
        ObjectListResponse = Page<ObjectSummary>;
        RekeyRequest = RekeyDataKey;
        UpdateObjectRequest = UpdateObject;
        VersionListResponse = List<ObjectVersion>;
    } {
        CreateDataKeyParams(CreateDataKey);
        CreateDecryptParams(DecryptDataKey);
        CreateKvParams(CreateObject);
        CreateRekeyParams(RekeyDataKey);
        UpdateKvParams(UpdateObject);
    }
    "webhooks" webhooks {
        CreateWebhookEndpointEvents = EventName;
        UpdateWebhookEndpointEvents = EventName;
        UpdateWebhookEndpointStatus = WebhookEndpointStatus;
        WebhookEndpointList = Page<WebhookEndpoint>;
    } {
        CreateWebhookEndpointParams(CreateWebhookEndpoint);
        UpdateWebhookEndpointParams(UpdateWebhookEndpoint);
    }
    "widgets" widgets {
        WidgetSessionToken = CreateWidgetSessionToken;
        WidgetSessionTokenResponse = TokenResponse;
    } {
        CreateTokenParams(CreateWidgetSessionToken);
    }
}
