//! Radar: whether a sign-in or sign-up looks like fraud, for applications with their own login.
//!
//! Radar judges an attempt by its address, device and history, and by lists of your own of what to
//! let through and what to refuse. Telling it which attempts succeeded makes it judge better.
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
    /// Whether a sign-in or sign-up looks like fraud. See [`radar`](crate::radar).
    RadarApi, radar;
}

#[doc(hidden)]
pub use crate::compat::radar::*;

operations! {
    RadarApi, radar;

    /// Judges a sign-in or sign-up before it goes on.
    ///
    /// # Errors
    ///
    /// 400 when the environment has no access to Radar outside AuthKit.
    POST "/radar/attempts" => create_attempt(body: CreateRadarAttempt) -> RadarStandaloneResponse;

    /// Tells that an attempt, or the challenge it was answered with, has succeeded. Some controls,
    /// such as impossible travel, compare with such attempts.
    PUT "/radar/attempts/{id}" => update_attempt(id, body: UpdateRadarAttempt) -> ();

    /// Puts an entry on a list. `type_` is a [`RadarListType`], `action` is `block` or `allow`.
    /// Returns a message only when the entry was there already.
    POST "/radar/lists/{type_}/{action}"
        => add_list_entry(type_, action, body: AddRadarListEntry)
        -> Option<RadarListEntryAlreadyPresentResponse>;

    /// Takes an entry off a list. `type_` is a [`RadarListType`], `action` is `block` or `allow`.
    ///
    /// # Errors
    ///
    /// 404 when it is not on the list.
    DELETE "/radar/lists/{type_}/{action}"
        => remove_list_entry(type_, action, body: RemoveRadarListEntry) -> ();
}

inputs! {
    /// An attempt to judge.
    #[derive(Eq)]
    CreateRadarAttempt {
        /// The address of the user's device.
        ip_address: String,
        /// The `User-Agent` of the user's device.
        user_agent: String,
        /// The email address the user gives.
        email: String,
        /// How the user proves who they are.
        auth_method: RadarStandaloneAssessRequestAuthMethod,
        /// What the user is about to do.
        action: RadarStandaloneAssessRequestAction,
        /// What the Radar script in the browser collected under.
        signals_id: Option<String>,
    }
}

open_enum! {
    /// How the user of an attempt proves who they are.
    pub enum RadarStandaloneAssessRequestAuthMethod {
        Password = "Password",
        Passkey = "Passkey",
        /// With a code from an authenticator app.
        Authenticator = "Authenticator",
        /// With a code sent by text message.
        SmsOtp = "SMS_OTP",
        /// With a code sent by email.
        EmailOtp = "Email_OTP",
        /// With an account at another provider.
        Social = "Social",
        /// Through the organization's identity provider.
        SSO = "SSO",
        Other = "Other",
    }
}

open_enum! {
    /// What the user of an attempt is about to do.
    pub enum RadarStandaloneAssessRequestAction {
        SignUp = "sign-up",
        SignIn = "sign-in",
    }
}

inputs! {
    /// What has become of an attempt.
    #[derive(Eq)]
    UpdateRadarAttempt {
        /// That the user has passed the challenge.
        challenge_status: Option<RadarAttemptStatus>,
        /// That the user is signed in or up.
        attempt_status: Option<RadarAttemptStatus>,
    }
}

open_enum! {
    /// How an attempt or a challenge ended. Failures are not reported.
    pub enum RadarAttemptStatus {
        Success = "success",
    }
}

inputs! {
    /// An entry of a list.
    #[derive(Eq)]
    AddRadarListEntry {
        /// A value in the form that the list's type calls for, such as an IP address.
        entry: String,
    }
}

/// The entry to take off a list.
pub type RemoveRadarListEntry = AddRadarListEntry;

objects! {
    /// What Radar thinks of an attempt.
    #[derive(Eq)]
    RadarStandaloneResponse {
        /// What to do with the attempt.
        verdict: RadarStandaloneResponseVerdict,
        /// Why, for people to read.
        reason: String,
        /// `radar_att_…`, for [`update_attempt`](RadarApi::update_attempt).
        attempt_id: String,
        /// What led to the verdict, unless it is to allow the attempt.
        #[serde(skip_serializing_if = "Option::is_none")]
        control: Option<RadarStandaloneResponseControl>,
        /// The list that led to the verdict, if one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        blocklist_type: Option<RadarListType>,
    }
}

open_enum! {
    /// What to do with an attempt.
    pub enum RadarStandaloneResponseVerdict {
        /// Let it go on.
        Allow = "allow",
        /// Refuse it.
        Block = "block",
        /// Let the user prove more, as with a code sent to them.
        Challenge = "challenge",
    }
}

open_enum! {
    /// What Radar found about an attempt.
    pub enum RadarStandaloneResponseControl {
        BotDetection = "bot_detection",
        /// Many attempts in a short time.
        BruteForceAttack = "brute_force_attack",
        /// Too far from where the user was before.
        ImpossibleTravel = "impossible_travel",
        /// The same person signs up again and again.
        RepeatSignUp = "repeat_sign_up",
        /// The account was not used for long.
        StaleAccount = "stale_account",
        UnrecognizedDevice = "unrecognized_device",
        /// It is on a list to block.
        Restriction = "restriction",
    }
}

open_enum! {
    /// What the entries of a list are.
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
    /// Says that an entry was on the list already.
    #[derive(Eq)]
    RadarListEntryAlreadyPresentResponse {
        /// The same, for people to read.
        message: String,
    }
}
