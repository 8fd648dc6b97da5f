//! Who a feature flag is on for, decided here or, with what the SDK polls, in the application.

use serde_json::{Value, json};
use workos::feature_flags::*;

use super::{ORGANIZATION, USER, target, targets};
use crate::state::{Store, StoredFlag, TargetingRule};

/// Whether a flag is on for a user, an organization, or a user in an organization.
pub(crate) fn is_on(
    store: &Store,
    flag: &StoredFlag,
    user_id: Option<&str>,
    organization_id: Option<&str>,
) -> bool {
    let asked = [(USER, user_id), (ORGANIZATION, organization_id)];
    let rules = asked.iter().filter_map(|(target_type, id)| {
        let target = target(store, flag, target_type, (*id)?)?;
        flag.rules.iter().position(|rule| rule.id == target.rule_id)
    });
    let first = rules.min().and_then(|position| flag.rules.get(position));
    flag.flag.enabled && first.map_or(flag.flag.default_value, |rule| rule.value)
}

/// Version 1 of what the SDK polls. A target that a rule turns the flag off for is not enabled,
/// which is as good as not being there.
pub(crate) fn with_targets(store: &Store, row: &StoredFlag) -> FlagPollEntry {
    let mut entry = FlagPollEntry::default();
    entry.slug.clone_from(&row.flag.slug);
    entry.enabled = row.flag.enabled;
    entry.default_value = row.flag.default_value;
    for (target, enabled) in targets(store, row) {
        let (id, list) = (target.target_id.clone(), &mut entry.targets);
        match &*target.target_type {
            USER => list.users.push(polled(id, enabled)),
            ORGANIZATION => list.organizations.push(polled(id, enabled)),
            target_type => {
                let mut custom = FlagPollCustomTarget::default();
                custom.type_ = target_type.to_owned();
                (custom.id, custom.enabled) = (id, enabled);
                list.custom_targets.get_or_insert_default().push(custom);
            }
        }
    }
    entry
}

fn polled(id: String, enabled: bool) -> FlagPollTarget {
    let mut target = FlagPollTarget::default();
    (target.id, target.enabled) = (id, enabled);
    target
}

/// Version 2 of what the SDK polls, for clients that understand rules.
pub(crate) fn with_rules(store: &Store, row: &StoredFlag) -> Value {
    let rule = |rule: &TargetingRule| {
        let targets = store.flag_targets.by("flag", &row.id);
        let own = targets.filter(|target| target.rule_id == rule.id);
        let values: Vec<_> = own.map(|target| &target.target_id).collect();
        json!({
            "id": rule.id,
            "kind": "conditions",
            "value": rule.value,
            "conditions": [
                {"target_type": rule.target_type, "operator": "one_of", "values": values}
            ],
        })
    };
    json!({
        "slug": row.flag.slug,
        "enabled": row.flag.enabled,
        "default_value": row.flag.default_value,
        "off_value": false,
        "rules": row.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}
