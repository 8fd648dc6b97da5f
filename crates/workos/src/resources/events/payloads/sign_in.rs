//! Payloads of authentication events.

objects! {
    /// A user authenticated or reauthenticated.
    #[doc(alias("login", "sign_in"))]
    AuthenticationSucceeded {
        /// The authentication method.
        type_ as "type": AuthenticationEventType,
        /// Always `succeeded`.
        status: AuthenticationEventStatus,
        /// The user. Can be `None` for SSO and OAuth.
        user_id: Option<String>,
        /// The user's email address.
        email: String,
        /// The IP address.
        ip_address: Option<String>,
        /// The `User-Agent` header.
        user_agent: Option<String>,
        /// The OAuth provider; only in `authentication.oauth_succeeded`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The SSO connection; only in `authentication.sso_succeeded`.
        #[serde(skip_serializing_if = "Option::is_none")]
        sso: Option<SSOInfo>,
    }

    /// An authentication failed or timed out.
    AuthenticationFailed {
        /// The authentication method.
        type_ as "type": AuthenticationEventType,
        /// `failed` or `timed_out`.
        status: AuthenticationEventStatus,
        /// The error.
        error: ErrorInfo,
        /// The user, if known.
        user_id: Option<String>,
        /// The user's email address, if known.
        email: Option<String>,
        /// The IP address.
        ip_address: Option<String>,
        /// The `User-Agent` header.
        user_agent: Option<String>,
        /// The OAuth provider; only in `authentication.oauth_failed`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The SSO connection; only in SSO events.
        #[serde(skip_serializing_if = "Option::is_none")]
        sso: Option<SSOInfo>,
    }

    /// A user was redirected to their identity provider (IdP).
    AuthenticationStarted {
        /// Always `sso`.
        type_ as "type": AuthenticationEventType,
        /// Always `started`.
        status: AuthenticationEventStatus,
        /// The connection.
        sso: SSOInfo,
        /// The user, if known.
        user_id: Option<String>,
        /// The user's email address, if known.
        email: Option<String>,
        /// The IP address.
        ip_address: Option<String>,
        /// The `User-Agent` header.
        user_agent: Option<String>,
    }

    /// The error of a failed authentication.
    ErrorInfo {
        /// The error code.
        code: String,
        /// The error message.
        message: String,
    }

    /// The SSO connection of an authentication.
    SSOInfo {
        /// The organization.
        organization_id: Option<String>,
        /// The connection, `conn_…`.
        connection_id: Option<String>,
        /// The ID of the SSO session in the dashboard.
        session_id: Option<String>,
    }

    /// Radar flagged a sign-in or sign-up as risky.
    RadarRiskDetected {
        /// The authentication method.
        auth_method: String,
        /// The action.
        action: RadarRiskAction,
        /// The Radar control that triggered.
        control: Option<String>,
        /// The type of the blocklist that matched, such as `ip_address`.
        blocklist_type: Option<String>,
        /// The user.
        user_id: String,
        /// The user's email address.
        email: String,
        /// The IP address.
        ip_address: Option<String>,
        /// The `User-Agent` header.
        user_agent: Option<String>,
    }

    /// Radar requires a code to continue a sign-in.
    RadarChallengeCreated {
        /// The challenge.
        radar_challenge_id: String,
        /// The channel that the code was sent through; so far only `email`.
        type_ as "type": String,
        /// The user.
        user_id: String,
        /// The user's email address.
        email: String,
    }

    /// Your action endpoint denied an authentication or registration.
    ActionDenied {
        /// The action endpoint.
        action_endpoint_id: String,
        /// The request to the endpoint.
        action_execution_id: String,
        /// What was denied.
        type_ as "type": DeniedActionType,
        /// Always `Deny`.
        verdict: String,
        /// The user; `None` for registrations.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// The selected organization.
        organization_id: Option<String>,
        /// The user's email address.
        email: String,
        /// The IP address.
        ip_address: Option<String>,
        /// The `User-Agent` header.
        user_agent: Option<String>,
    }
}

open_enum! {
    /// An authentication method, as named in events.
    pub enum AuthenticationEventType {
        EmailVerification = "email_verification", MagicAuth = "magic_auth", Mfa = "mfa",
        OAuth = "oauth", Passkey = "passkey", Password = "password",
        /// A user who is signed in confirms their identity.
        Reauthentication = "reauthentication",
        SSO = "sso",
    }
}

open_enum! {
    /// The status of an authentication.
    pub enum AuthenticationEventStatus {
        Started = "started", Succeeded = "succeeded", Failed = "failed", TimedOut = "timed_out",
    }
}

open_enum! {
    /// The action that Radar flagged.
    pub enum RadarRiskAction {
        Login = "login", Signup = "signup",
    }
}

open_enum! {
    /// What an action endpoint denied.
    pub enum DeniedActionType {
        Authentication = "authentication", UserRegistration = "user_registration",
    }
}
