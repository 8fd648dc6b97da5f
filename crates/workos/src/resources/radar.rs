//! Radar: fraud and bot detection for applications with their own login.
//!
//! Radar assesses a sign-in or sign-up attempt by its IP address, device and history, and by your
//! own block and allow lists. Reporting which attempts succeeded improves its assessments.
//!
//! ```no_run
//! use workos::radar::{
//!     RadarAttemptStatus, RadarListType, CreateRadarAttempt,
//!     RadarStandaloneAssessRequestAction, RadarStandaloneAssessRequestAuthMethod,
//!     RadarStandaloneResponseVerdict, UpdateRadarAttempt,
//!     AddRadarListEntry,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let radar = client.radar();
//!
//! let attempt = radar
//!     .create_attempt(CreateRadarAttempt::new(
//!         "203.0.113.7",
//!         "Mozilla/5.0",
//!         "ada@example.com",
//!         RadarStandaloneAssessRequestAuthMethod::Password,
//!         RadarStandaloneAssessRequestAction::SignIn,
//!     ))
//!     .await?;
//! if attempt.verdict == RadarStandaloneResponseVerdict::Allow {
//!     let success = UpdateRadarAttempt {
//!         attempt_status: Some(RadarAttemptStatus::Success),
//!         ..Default::default()
//!     };
//!     radar.update_attempt(&attempt.attempt_id, success).await?;
//! }
//!
//! let address = AddRadarListEntry::new("198.51.100.42");
//! radar.add_list_entry(RadarListType::IpAddress.as_str(), "block", address).await?;
//! # Ok(()) }
//! ```

api! {
    /// Fraud and bot detection. See [`radar`](crate::radar).
    #[doc(alias("fraud", "bot_detection", "risk"))]
    RadarApi, radar;
}

#[doc(hidden)]
pub use crate::compat::radar::*;

operations! {
    RadarApi, radar;

    /// Assesses the risk of a sign-in or sign-up attempt and returns a verdict.
    ///
    /// # Errors
    ///
    /// 400 when the environment has no access to standalone Radar.
    POST "/radar/attempts" @ "radar/attempts/create"
        => create_attempt(body: CreateRadarAttempt) -> RadarStandaloneResponse;

    /// Reports that an attempt or its challenge succeeded. Some controls, such as impossible
    /// travel, depend on recent successful attempts.
    PUT "/radar/attempts/{id}" @ "radar/attempts"
        => update_attempt(id, body: UpdateRadarAttempt) -> ();

    /// Adds an entry to a list. `type_` is a [`RadarListType`], `action` is `block` or `allow`.
    /// Returns a message only if the entry already exists.
    #[doc(alias("blocklist", "allowlist"))]
    POST "/radar/lists/{type_}/{action}" @ "radar/lists"
        => add_list_entry(type_, action, body: AddRadarListEntry)
        -> Option<RadarListEntryAlreadyPresentResponse>;

    /// Removes an entry from a list. `type_` is a [`RadarListType`], `action` is `block` or
    /// `allow`.
    ///
    /// # Errors
    ///
    /// 404 when the entry is not on the list.
    DELETE "/radar/lists/{type_}/{action}" @ "radar/lists"
        => remove_list_entry(type_, action, body: RemoveRadarListEntry) -> ();
}

inputs! {
    /// A sign-in or sign-up attempt to assess.
    #[derive(Eq)]
    CreateRadarAttempt {
        /// The IP address of the user's device.
        ip_address: String,
        /// The `User-Agent` of the user's device.
        user_agent: String,
        /// The user's email address.
        email: String,
        /// How the user authenticates.
        auth_method: RadarStandaloneAssessRequestAuthMethod,
        /// Whether the user signs in or up.
        action: RadarStandaloneAssessRequestAction,
        /// The ID of the signals that the Radar script in the browser collected.
        signals_id: Option<String>,
    }
}

open_enum! {
    /// The authentication method of an attempt.
    pub enum RadarStandaloneAssessRequestAuthMethod {
        Password = "Password",
        Passkey = "Passkey",
        /// A code from an authenticator app.
        Authenticator = "Authenticator",
        /// A code sent by SMS.
        SmsOtp = "SMS_OTP",
        /// A code sent by email.
        EmailOtp = "Email_OTP",
        /// Social login, with an account at an OAuth provider.
        Social = "Social",
        /// Single sign-on through the organization's IdP.
        SSO = "SSO",
        Other = "Other",
    }
}

open_enum! {
    /// The action of an attempt.
    pub enum RadarStandaloneAssessRequestAction {
        SignUp = "sign-up",
        SignIn = "sign-in",
    }
}

inputs! {
    /// The outcome of an attempt.
    #[derive(Eq)]
    UpdateRadarAttempt {
        /// Reports that the user passed the challenge.
        challenge_status: Option<RadarAttemptStatus>,
        /// Reports that the user signed in or up.
        attempt_status: Option<RadarAttemptStatus>,
    }
}

open_enum! {
    /// The outcome of an attempt or a challenge. Failures are not reported.
    pub enum RadarAttemptStatus {
        Success = "success",
    }
}

inputs! {
    /// An entry to add to a list.
    #[derive(Eq)]
    AddRadarListEntry {
        /// A value of the list's type, such as an IP address.
        entry: String,
    }
}

/// The entry to remove from a list.
pub type RemoveRadarListEntry = AddRadarListEntry;

objects! {
    /// Radar's assessment of an attempt.
    #[derive(Eq)]
    RadarStandaloneResponse {
        /// What to do with the attempt.
        verdict: RadarStandaloneResponseVerdict,
        /// A human-readable reason for the verdict.
        reason: String,
        /// `radar_att_…`, for [`update_attempt`](RadarApi::update_attempt).
        attempt_id: String,
        /// The control that triggered the verdict; only for `block` and `challenge`.
        #[serde(skip_serializing_if = "Option::is_none")]
        control: Option<RadarStandaloneResponseControl>,
        /// The type of block list that triggered the verdict, if one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        blocklist_type: Option<RadarListType>,
    }
}

open_enum! {
    /// What to do with an attempt.
    pub enum RadarStandaloneResponseVerdict {
        /// Let the attempt continue.
        Allow = "allow",
        /// Refuse the attempt.
        Block = "block",
        /// Require further proof from the user, such as a one-time code.
        Challenge = "challenge",
    }
}

open_enum! {
    /// The Radar control that triggered a verdict.
    pub enum RadarStandaloneResponseControl {
        BotDetection = "bot_detection",
        /// Many attempts in a short time.
        BruteForceAttack = "brute_force_attack",
        /// Too far from the user's previous location.
        ImpossibleTravel = "impossible_travel",
        /// The same person signs up repeatedly.
        RepeatSignUp = "repeat_sign_up",
        /// The account has been inactive for a long time.
        StaleAccount = "stale_account",
        UnrecognizedDevice = "unrecognized_device",
        /// An entry of a block list matches.
        Restriction = "restriction",
    }
}

open_enum! {
    /// The type of the entries of a list.
    pub enum RadarListType {
        IpAddress = "ip_address",
        /// Domains of email addresses.
        Domain = "domain",
        Email = "email",
        Device = "device",
        UserAgent = "user_agent",
        DeviceFingerprint = "device_fingerprint",
        Country = "country",
    }
}

objects! {
    /// Reports that an entry already exists.
    #[derive(Eq)]
    RadarListEntryAlreadyPresentResponse {
        /// A human-readable message.
        message: String,
    }
}
