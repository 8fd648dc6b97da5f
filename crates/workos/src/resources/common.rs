//! Types that several resources share.

use crate::SecretString;

open_enum! {
    /// The sort order of a list.
    pub enum PaginationOrder {
        /// Newest first, with reversed cursors: `before` returns older items, `after` newer ones.
        Normal = "normal",
        /// Newest first, the default.
        Desc = "desc",
        /// Oldest first.
        Asc = "asc",
    }
}

open_enum! {
    /// The type of an API object: its `object` field.
    pub enum ObjectType {
        AccessToken = "access_token",
        AgentBlueprint = "agent_blueprint",
        AgentIdentity = "agent_identity",
        AgentInstance = "agent_instance",
        AgentInstanceSession = "agent_instance_session",
        AgentRegistration = "agent_registration",
        AgentRegistrationClaim = "agent_registration_claim",
        AgentRegistrationClaimAttempt = "agent_registration_claim_attempt",
        AgentRegistrationCredential = "agent_registration_credential",
        ApiKey = "api_key",
        AuditLogAction = "audit_log_action",
        AuditLogExport = "audit_log_export",
        AuditLogSchema = "audit_log_schema",
        AuthenticationChallenge = "authentication_challenge",
        AuthenticationFactor = "authentication_factor",
        AuthkitOAuthResource = "authkit_oauth_resource",
        AuthorizationResource = "authorization_resource",
        AuthorizedConnectApplication = "authorized_connect_application",
        ConnectApplication = "connect_application",
        ConnectApplicationSecret = "connect_application_secret",
        ConnectedAccount = "connected_account",
        Connection = "connection",
        ConnectionDomain = "connection_domain",
        ConnectionFailed = "connection_failed",
        CorsOrigin = "cors_origin",
        Credential = "credential",
        DataIntegration = "data_integration",
        DataIntegrationConfiguration = "data_integration_configuration",
        DataProvider = "data_provider",
        Directory = "directory",
        DirectoryGroup = "directory_group",
        DirectoryToken = "directory_token",
        DirectoryUser = "directory_user",
        EmailChange = "email_change",
        EmailChangeConfirmation = "email_change_confirmation",
        EmailVerification = "email_verification",
        Event = "event",
        FeatureFlag = "feature_flag",
        FlagRule = "flag_rule",
        FlagTarget = "flag_target",
        Group = "group",
        GroupRoleAssignment = "group_role_assignment",
        Invitation = "invitation",
        ItContact = "it_contact",
        JwtTemplate = "jwt_template",
        List = "list",
        MagicAuth = "magic_auth",
        Organization = "organization",
        OrganizationDomain = "organization_domain",
        OrganizationMembership = "organization_membership",
        OrganizationRole = "organization_role",
        PasswordReset = "password_reset",
        PasswordlessSession = "passwordless_session",
        Permission = "permission",
        Profile = "profile",
        RadarChallenge = "radar_challenge",
        RedirectUri = "redirect_uri",
        Role = "role",
        RoleAssignment = "role_assignment",
        SamlIdpSigningCertificate = "saml_idp_signing_certificate",
        SamlSpEncryptionCertificate = "saml_sp_encryption_certificate",
        SamlSpSigningCertificate = "saml_sp_signing_certificate",
        Session = "session",
        Team = "team",
        User = "user",
        Waitlist = "waitlist",
        WaitlistEntry = "waitlist_entry",
        WaitlistUser = "waitlist_user",
        WebhookEndpoint = "webhook_endpoint",
    }
}

open_enum! {
    /// A locale for emails and hosted pages (BCP 47).
    #[doc(alias("language", "i18n"))]
    pub enum Locale {
        Af = "af", Am = "am", Ar = "ar", Bg = "bg", Bn = "bn", Bs = "bs", Ca = "ca", Cs = "cs",
        Da = "da", De = "de", DeDE = "de-DE", El = "el", En = "en", EnAU = "en-AU", EnCA = "en-CA",
        EnGB = "en-GB", EnUS = "en-US", Es = "es", Es419 = "es-419", EsES = "es-ES", EsUS = "es-US",
        Et = "et", Fa = "fa", Fi = "fi", Fil = "fil", Fr = "fr", FrBE = "fr-BE", FrCA = "fr-CA",
        FrFR = "fr-FR", Fy = "fy", Gl = "gl", Gu = "gu", Ha = "ha", He = "he", Hi = "hi", Hr = "hr",
        Hu = "hu", Hy = "hy", Id = "id", Is = "is", It = "it", ItIT = "it-IT", Ja = "ja", Jv = "jv",
        Ka = "ka", Kk = "kk", Km = "km", Kn = "kn", Ko = "ko", Lt = "lt", Lv = "lv", Mk = "mk",
        Ml = "ml", Mn = "mn", Mr = "mr", Ms = "ms", My = "my", Nb = "nb", Ne = "ne", Nl = "nl",
        NlBE = "nl-BE", NlNL = "nl-NL", Nn = "nn", No = "no", Pa = "pa", Pl = "pl", Pt = "pt",
        PtBR = "pt-BR", PtPT = "pt-PT", Ro = "ro", Ru = "ru", Sk = "sk", Sl = "sl", Sq = "sq",
        Sr = "sr", Sv = "sv", Sw = "sw", Ta = "ta", Te = "te", Th = "th", Tr = "tr", Uk = "uk",
        Ur = "ur", Uz = "uz", Vi = "vi", Zh = "zh", ZhCN = "zh-CN", ZhHK = "zh-HK", ZhTW = "zh-TW",
        Zu = "zu",
    }
}

objects! {
    /// A reference to a role by its slug.
    #[derive(Eq)]
    SlimRole {
        /// The unique key that your code refers to.
        slug: String,
    }

    /// OAuth tokens from the provider that a user signed in with, for its API.
    #[derive(Eq)]
    OAuthTokens {
        /// The provider, such as `GoogleOAuth`.
        provider: String,
        /// The provider's refresh token.
        refresh_token: SecretString,
        /// The provider's access token.
        access_token: SecretString,
        /// When the access token expires, in Unix seconds.
        expires_at: i64,
        /// The scopes of the access token.
        scopes: Vec<String>,
    }

    /// A token for the frontend.
    TokenResponse {
        /// The token. It is short-lived: create one per page load and do not store it.
        token: SecretString,
    }
}
