//! Flag definitions, in both versions of the payload, and their evaluation.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::FlagsError;
use super::context::{FlagContext, ORGANIZATION, USER};

/// A flag as it was last fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    slug: String,
    enabled: bool,
    default_value: Answer,
    /// The value while it is not enabled.
    off_value: Answer,
    targeting: Targeting,
}

/// `None` for what is not a boolean; then the caller's default applies.
type Answer = Option<bool>;

#[derive(Debug, Clone, PartialEq)]
enum Targeting {
    /// Version 1: on for the listed targets.
    Targets(BTreeMap<String, HashSet<String>>),
    /// Version 2: the first rule that matches decides.
    Rules(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    value: Answer,
    /// All of them must match.
    conditions: Vec<Condition>,
}

/// Matches when the context's target of this type is one of these.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    target_type: String,
    values: HashSet<String>,
}

impl Flag {
    /// The slug, its name in code.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Whether it is enabled in the environment.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The value if no target and no rule matches; `None` if it is not a boolean.
    pub fn default_value(&self) -> Option<bool> {
        self.default_value
    }

    /// The value for `context`; `None` if it is not a boolean.
    #[inline]
    pub fn evaluate(&self, context: &FlagContext) -> Option<bool> {
        if !self.enabled {
            return self.off_value;
        }
        match &self.targeting {
            Targeting::Targets(targets) => {
                let named = |(target_type, id): (&str, &str)| {
                    targets.get(target_type).is_some_and(|ids| ids.contains(id))
                };
                if context.iter().any(named) { Some(true) } else { self.default_value }
            }
            Targeting::Rules(rules) => {
                let first = rules.iter().find(|rule| rule.matches(context));
                first.map_or(self.default_value, |rule| rule.value)
            }
        }
    }

    #[inline]
    fn read_v1(slug: &str, value: &Value) -> Option<Self> {
        let enabled = value.get("enabled")?.as_bool()?;
        let mut targets = BTreeMap::<String, HashSet<String>>::new();
        let mut add = |target_type: &str, target: &Value| {
            let is_enabled = target.get("enabled").and_then(Value::as_bool) == Some(true);
            if let (true, Some(id)) = (is_enabled, target.get("id").and_then(Value::as_str)) {
                targets.entry(target_type.to_owned()).or_default().insert(id.to_owned());
            }
        };
        for (list, target_type) in [("users", USER), ("organizations", ORGANIZATION)] {
            items(value.pointer(&format!("/targets/{list}")))
                .iter()
                .for_each(|target| add(target_type, target));
        }
        for target in items(value.pointer("/targets/custom_targets")) {
            if let Some(target_type) = target.get("type").and_then(Value::as_str) {
                add(target_type, target);
            }
        }
        Some(Self {
            slug: slug.to_owned(),
            enabled,
            default_value: answer(value.get("default_value")),
            off_value: Some(false),
            targeting: Targeting::Targets(targets),
        })
    }

    #[inline]
    fn read_v2(slug: &str, value: &Value) -> Option<Self> {
        let rules = items(value.get("rules")).iter().filter_map(Rule::read).collect();
        Some(Self {
            slug: slug.to_owned(),
            enabled: value.get("enabled")?.as_bool()?,
            default_value: answer(value.get("default_value")),
            off_value: answer(value.get("off_value")),
            targeting: Targeting::Rules(rules),
        })
    }
}

impl Rule {
    /// `None` for a rule that can never match: one of an unknown kind, with an unknown condition,
    /// or without conditions.
    #[inline]
    fn read(value: &Value) -> Option<Self> {
        if value.get("kind")?.as_str()? != "conditions" {
            return None;
        }
        let conditions: Option<Vec<_>> =
            items(value.get("conditions")).iter().map(Condition::read).collect();
        let conditions = conditions.filter(|conditions| !conditions.is_empty())?;
        Some(Self { value: answer(value.get("value")), conditions })
    }

    fn matches(&self, context: &FlagContext) -> bool {
        self.conditions.iter().all(|condition| {
            context.get(&condition.target_type).is_some_and(|id| condition.values.contains(id))
        })
    }
}

impl Condition {
    #[inline]
    fn read(value: &Value) -> Option<Self> {
        if value.get("operator")?.as_str()? != "one_of" {
            return None;
        }
        let values = items(value.get("values")).iter().filter_map(Value::as_str);
        Some(Self {
            target_type: value.get("target_type")?.as_str()?.to_owned(),
            values: values.map(str::to_owned).collect(),
        })
    }
}

fn answer(value: Option<&Value>) -> Answer {
    value.and_then(Value::as_bool)
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// All flags of an environment, by slug.
#[derive(Debug, Default)]
pub(super) struct FlagSet(BTreeMap<String, Arc<Flag>>);

impl FlagSet {
    /// Reads either version, whichever was requested: the version number of the second cannot be a
    /// flag of the first. A flag that cannot be read is ignored. If none can be read, that is an
    /// error: it may be the message of a proxy, which must not remove all flags.
    #[inline]
    pub(super) fn read(payload: &Value) -> Result<Self, FlagsError> {
        let flags = payload.as_object().ok_or(FlagsError::Payload("it is not an object"))?;
        match flags.get("version").filter(|version| !version.is_object()) {
            None => Self::collect(flags, Flag::read_v1),
            Some(version) if version.as_f64() == Some(2.0) => {
                let flags = payload.get("flags").and_then(Value::as_object);
                let flags = flags.ok_or(FlagsError::Payload("`flags` is not an object"))?;
                Self::collect(flags, Flag::read_v2)
            }
            Some(_) => Err(FlagsError::Payload("its version is unknown")),
        }
    }

    #[inline]
    fn collect(
        flags: &Map<String, Value>,
        read: fn(&str, &Value) -> Option<Flag>,
    ) -> Result<Self, FlagsError> {
        let mut set = Self::default();
        for (slug, value) in flags {
            if let Some(flag) = read(slug, value) {
                set.0.insert(slug.clone(), Arc::new(flag));
            }
        }
        if set.len() == 0 && !flags.is_empty() {
            return Err(FlagsError::Payload("nothing in it is a flag"));
        }
        Ok(set)
    }

    #[inline]
    pub(super) fn get(&self, slug: &str) -> Option<&Arc<Flag>> {
        self.0.get(slug)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn evaluate_all(&self, context: &FlagContext) -> BTreeMap<String, bool> {
        let mut values = BTreeMap::new();
        for (slug, flag) in &self.0 {
            values.insert(slug.clone(), flag.evaluate(context).unwrap_or(false));
        }
        values
    }

    /// What differs in `self` from `old`, by slug.
    #[inline]
    pub(super) fn changes_since(&self, old: &Self) -> Vec<FlagChange> {
        let slugs = self.0.keys().chain(old.0.keys().filter(|slug| !self.0.contains_key(*slug)));
        slugs
            .map(|slug| FlagChange {
                slug: slug.clone(),
                before: old.get(slug).cloned(),
                after: self.get(slug).cloned(),
            })
            .filter(|change| change.before != change.after)
            .collect()
    }
}

/// A flag that changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FlagChange {
    /// The slug of the flag.
    pub slug: String,
    /// The flag before the change; `None` if it is new.
    pub before: Option<Arc<Flag>>,
    /// The flag after the change; `None` if it was removed.
    pub after: Option<Arc<Flag>>,
}
