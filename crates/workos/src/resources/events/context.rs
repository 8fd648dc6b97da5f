//! [`EventContext`]: additional context of an event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Additional context of an event, such as the actor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventContext {
    /// The actor that caused the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<EventContextActor>,
    /// The client ID of the application that the event happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The anonymous ID of the visitor in Segment's analytics.js.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ajs_anonymous_id: Option<String>,
    /// The client ID of the visitor in Google Analytics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_analytics_client_id: Option<String>,
    /// The sessions of the visitor in Google Analytics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_analytics_sessions: Option<Vec<GoogleAnalyticsSession>>,
    /// The old values of what has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_attributes: Option<BTreeMap<String, Value>>,
    /// Of `flag.rule_updated`: who has access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_type: Option<FlagAccessType>,
    /// Of `flag.rule_updated`: the flag's targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_targets: Option<FlagConfiguredTargets>,
    /// Fields that this version of the crate does not know. If a field does not match its type, all
    /// fields are here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

objects! {
    /// The actor that caused an event.
    EventContextActor {
        /// The ID.
        id: String,
        /// The name.
        name: Option<String>,
        /// The source of the action.
        source: EventActorSource,
    }

    /// A Google Analytics session.
    GoogleAnalyticsSession {
        /// The container ID, `G-…`.
        container_id as "containerId": String,
        /// The session ID.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id as "sessionId": Option<String>,
        /// The session number, counting from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_number as "sessionNumber": Option<String>,
    }

    /// The targets of a feature flag.
    FlagConfiguredTargets {
        /// The organizations.
        organizations: Vec<FlagConfiguredOrganization>,
        /// The users.
        users: Vec<FlagConfiguredUser>,
    }

    /// An organization that is a target of a feature flag.
    FlagConfiguredOrganization {
        /// `org_…`
        id: String,
        /// The name.
        name: String,
    }

    /// A user who is a target of a feature flag.
    FlagConfiguredUser {
        /// `user_…`
        id: String,
        /// The email address.
        email: String,
    }
}

impl EventContext {
    /// Reads a context. `None` if it is not an object.
    #[inline]
    pub(super) fn read(json: &str) -> Option<Self> {
        crate::json::from_str(json).ok().or_else(|| {
            let other = crate::json::from_str(json).ok()?;
            Some(Self { other, ..Self::default() })
        })
    }
}

open_enum! {
    /// The source of the action that caused an event.
    pub enum EventActorSource {
        /// A call with an API key.
        Api = "api",
        /// The WorkOS dashboard.
        Dashboard = "dashboard",
        /// The Admin Portal.
        AdminPortal = "admin_portal",
        /// WorkOS itself.
        System = "system",
    }
}

open_enum! {
    /// Who a feature flag is on for.
    pub enum FlagAccessType {
        /// Nobody.
        None = "none",
        /// Its targets.
        Some = "some",
        /// Everyone.
        All = "all",
    }
}
