//! The payloads of events about signing in.

objects! {
    /// Somebody has signed in, or proven a second time who they are.
    AuthenticationSucceeded {
        /// How they did it.
        type_ as "type": AuthenticationEventType,
        /// Always `succeeded`.
        status: AuthenticationEventStatus,
        /// Who it is. Through SSO and OAuth it may not be known.
        user_id: Option<String>,
        /// Their address.
        email: String,
        /// From where.
        ip_address: Option<String>,
        /// The `User-Agent`.
        user_agent: Option<String>,
        /// The provider that was signed in with, of `authentication.oauth_succeeded`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The connection, of `authentication.sso_succeeded`.
        #[serde(skip_serializing_if = "Option::is_none")]
        sso: Option<SSOInfo>,
    }

    /// Somebody has not succeeded in signing in, or not in time.
    AuthenticationFailed {
        /// How they tried.
        type_ as "type": AuthenticationEventType,
        /// `failed` or `timed_out`.
        status: AuthenticationEventStatus,
        /// Why.
        error: ErrorInfo,
        /// Who it is, where that is known.
        user_id: Option<String>,
        /// Their address, where that is known.
        email: Option<String>,
        /// From where.
        ip_address: Option<String>,
        /// The `User-Agent`.
        user_agent: Option<String>,
        /// The provider that was tried, of `authentication.oauth_failed`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The connection, of the events about SSO.
        #[serde(skip_serializing_if = "Option::is_none")]
        sso: Option<SSOInfo>,
    }

    /// Somebody was sent to their identity provider.
    AuthenticationStarted {
        /// Always `sso`.
        type_ as "type": AuthenticationEventType,
        /// Always `started`.
        status: AuthenticationEventStatus,
        /// The connection.
        sso: SSOInfo,
        /// Who it is, where that is known.
        user_id: Option<String>,
        /// Their address, where that is known.
        email: Option<String>,
        /// From where.
        ip_address: Option<String>,
        /// The `User-Agent`.
        user_agent: Option<String>,
    }

    /// Why a sign-in failed.
    ErrorInfo {
        /// For programs.
        code: String,
        /// For people.
        message: String,
    }

    /// Through what somebody signs in.
    SSOInfo {
        /// The organization.
        organization_id: Option<String>,
        /// The connection, `conn_…`.
        connection_id: Option<String>,
        /// The attempt, as the dashboard lists it.
        session_id: Option<String>,
    }

    /// Radar found a sign-in or sign-up suspicious.
    RadarRiskDetected {
        /// How it was tried.
        auth_method: String,
        /// What was tried.
        action: RadarRiskAction,
        /// What Radar found.
        control: Option<String>,
        /// The list that it is blocked by, such as `ip_address`.
        blocklist_type: Option<String>,
        /// Who it is.
        user_id: String,
        /// Their address.
        email: String,
        /// From where.
        ip_address: Option<String>,
        /// The `User-Agent`.
        user_agent: Option<String>,
    }

    /// Radar wants a code before it lets somebody in.
    RadarChallengeCreated {
        /// The challenge.
        radar_challenge_id: String,
        /// Where the code was sent to; `email` is the only one so far.
        type_ as "type": String,
        /// Who it is.
        user_id: String,
        /// Their address.
        email: String,
    }

    /// Your action endpoint has refused somebody.
    ActionDenied {
        /// The endpoint.
        action_endpoint_id: String,
        /// This one request to it.
        action_execution_id: String,
        /// What was refused.
        type_ as "type": DeniedActionType,
        /// Always `Deny`.
        verdict: String,
        /// Who it is, unless they were about to sign up.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// The organization that was chosen.
        organization_id: Option<String>,
        /// Their address.
        email: String,
        /// From where.
        ip_address: Option<String>,
        /// The `User-Agent`.
        user_agent: Option<String>,
    }
}

open_enum! {
    /// How somebody signs in, in the words of events.
    pub enum AuthenticationEventType {
        EmailVerification = "email_verification", MagicAuth = "magic_auth", Mfa = "mfa",
        OAuth = "oauth", Passkey = "passkey", Password = "password",
        /// Proof by somebody who is signed in already.
        Reauthentication = "reauthentication",
        SSO = "sso",
    }
}

open_enum! {
    /// How far a sign-in has come.
    pub enum AuthenticationEventStatus {
        Started = "started", Succeeded = "succeeded", Failed = "failed", TimedOut = "timed_out",
    }
}

open_enum! {
    /// What somebody tried when Radar grew suspicious.
    pub enum RadarRiskAction {
        Login = "login", Signup = "signup",
    }
}

open_enum! {
    /// What an action endpoint has refused.
    pub enum DeniedActionType {
        Authentication = "authentication", UserRegistration = "user_registration",
    }
}
