//! [`EventContext`]: the circumstances of an event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who caused an event, and more that is known about the circumstances.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventContext {
    /// Who caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<EventContextActor>,
    /// The application of the environment that it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The visitor, as Segment's analytics.js knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ajs_anonymous_id: Option<String>,
    /// The visitor, as Google Analytics knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_analytics_client_id: Option<String>,
    /// The visits, as Google Analytics knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_analytics_sessions: Option<Vec<GoogleAnalyticsSession>>,
    /// What was there before, of what has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_attributes: Option<BTreeMap<String, Value>>,
    /// Of `flag.rule_updated`: for whom the flag is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_type: Option<FlagAccessType>,
    /// Of `flag.rule_updated`: the targets of the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_targets: Option<FlagConfiguredTargets>,
    /// What this version of the crate does not know. Where a field does not fit its type, all
    /// fields are here.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

objects! {
    /// Who caused an event.
    EventContextActor {
        /// Their id.
        id: String,
        /// Their name.
        name: Option<String>,
        /// Where they did it.
        source: EventActorSource,
    }

    /// A visit, as Google Analytics knows it.
    GoogleAnalyticsSession {
        /// The container, `G-…`.
        container_id as "containerId": String,
        /// The visit.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id as "sessionId": Option<String>,
        /// How many visits there were before, plus one.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_number as "sessionNumber": Option<String>,
    }

    /// The targets of a feature flag.
    FlagConfiguredTargets {
        /// Organizations.
        organizations: Vec<FlagConfiguredOrganization>,
        /// Users.
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
        /// The address.
        email: String,
    }
}

impl EventContext {
    /// Reads a context. One that is not even an object says nothing.
    #[inline]
    pub(super) fn read(json: &str) -> Option<Self> {
        crate::json::from_str(json).ok().or_else(|| {
            let other = crate::json::from_str(json).ok()?;
            Some(Self { other, ..Self::default() })
        })
    }
}

open_enum! {
    /// Where something was done that caused an event.
    pub enum EventActorSource {
        /// With an API key.
        Api = "api",
        /// In the WorkOS dashboard.
        Dashboard = "dashboard",
        /// In the Admin Portal.
        AdminPortal = "admin_portal",
        /// By WorkOS itself.
        System = "system",
    }
}

open_enum! {
    /// For whom a feature flag is on.
    pub enum FlagAccessType {
        /// For nobody.
        None = "none",
        /// For its targets.
        Some = "some",
        /// For everybody.
        All = "all",
    }
}
