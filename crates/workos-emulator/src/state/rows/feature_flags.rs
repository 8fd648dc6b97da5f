//! Feature flags, with what the API does not show of them.

use serde::{Deserialize, Serialize};
use workos::FeatureFlag;

/// A feature flag with its rules, in the order in which they are tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFlag {
    pub(crate) id: String,
    pub(crate) flag: FeatureFlag,
    pub(crate) rules: Vec<TargetingRule>,
}

/// A rule of a flag: the value for its targets, all of which have one type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TargetingRule {
    pub(crate) id: String,
    /// `user`, `organization`, or a type that the application defines.
    pub(crate) target_type: String,
    pub(crate) value: bool,
}

/// A target of a flag. It belongs to one of the flag's rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredTarget {
    pub(crate) id: String,
    pub(crate) flag_id: String,
    pub(crate) rule_id: String,
    pub(crate) target_type: String,
    pub(crate) target_id: String,
}

impl StoredTarget {
    pub(crate) const USER: &'static str = "user";
    pub(crate) const ORGANIZATION: &'static str = "organization";

    /// The user or organization that it is. WorkOS does not know what others are.
    pub(in crate::state) fn resource_id(&self) -> Option<&str> {
        let is_known = [Self::USER, Self::ORGANIZATION].contains(&&*self.target_type);
        is_known.then_some(&*self.target_id)
    }
}
