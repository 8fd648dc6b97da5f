//! What Radar knows.

use serde::{Deserialize, Serialize};
use workos::radar::{
    CreateRadarAttempt, RadarListType, RadarStandaloneResponseControl,
    RadarStandaloneResponseVerdict, UpdateRadarAttempt,
};

/// An entry of a block or allow list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RadarEntry {
    pub(crate) id: String,
    pub(crate) list: RadarListType,
    pub(crate) action: RadarAction,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RadarAction {
    Allow,
    Block,
}

impl RadarEntry {
    /// What makes an entry unique.
    pub(crate) fn key(list: &RadarListType, action: RadarAction, value: &str) -> String {
        let action = match action {
            RadarAction::Allow => "allow",
            RadarAction::Block => "block",
        };
        format!("{}/{action}/{value}", list.as_str())
    }
}

/// An attempt that was assessed, and what was reported of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(dead_code)] // a record: no operation shows it
pub(crate) struct RadarAttempt {
    pub(crate) id: String,
    pub(crate) request: CreateRadarAttempt,
    pub(crate) verdict: RadarStandaloneResponseVerdict,
    pub(crate) reported: UpdateRadarAttempt,
}

/// What the Radar script collected in a browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredSignals {
    pub(crate) id: String,
    pub(crate) device: Option<String>,
    pub(crate) device_fingerprint: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) finding: Option<(RadarStandaloneResponseControl, RadarStandaloneResponseVerdict)>,
}
