//! [`FlagContext`]: the targets that a flag is evaluated for.

use std::collections::BTreeMap;
use std::fmt;

pub(super) const USER: &str = "user";
pub(super) const ORGANIZATION: &str = "organization";

/// The targets that a flag is evaluated for: a user, an organization, or custom targets such as a
/// workspace; one of each type.
///
/// A type is a lower-case letter and up to 63 lower-case letters, digits, `_` and `-`. An id is up
/// to 255 letters, digits, `.`, `_`, `:` and `-`, other than `.` and `..`. Flags cannot target
/// anything else, so a target that breaks these rules is ignored; [`validate`](Self::validate)
/// reports it.
///
/// ```
/// use workos::helpers::flags::FlagContext;
///
/// let context = FlagContext::new().user("user_01").organization("org_01").target("workspace", "w:7");
/// assert!(context.validate().is_ok());
/// assert!(FlagContext::new().target("Workspace", "w:7").validate().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagContext {
    targets: BTreeMap<String, String>,
    invalid: Option<FlagContextError>,
}

impl FlagContext {
    /// No targets.
    pub fn new() -> Self {
        Self::default()
    }

    /// The user with this ID.
    pub fn user(self, id: impl Into<String>) -> Self {
        self.target(USER, id)
    }

    /// The organization with this ID.
    pub fn organization(self, id: impl Into<String>) -> Self {
        self.target(ORGANIZATION, id)
    }

    /// A target of any type. It replaces one of the same type.
    pub fn target(mut self, target_type: impl Into<String>, id: impl Into<String>) -> Self {
        let (target_type, id) = (target_type.into(), id.into());
        let error = if !is_type(&target_type) {
            FlagContextError::Type
        } else if is_id(&id) {
            self.targets.insert(target_type, id);
            return self;
        } else {
            // The caller no longer means the previous target.
            self.targets.remove(&target_type);
            FlagContextError::Id { target_type }
        };
        self.invalid.get_or_insert(error);
        self
    }

    /// Whether all targets follow the rules.
    ///
    /// # Errors
    ///
    /// [`FlagContextError`] for the first that did not.
    pub fn validate(&self) -> Result<(), FlagContextError> {
        self.invalid.clone().map_or(Ok(()), Err)
    }

    /// The ID of the target of this type.
    pub fn get(&self, target_type: &str) -> Option<&str> {
        self.targets.get(target_type).map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.targets.iter().map(|(target_type, id)| (target_type.as_str(), id.as_str()))
    }
}

fn is_type(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(allowed)
}

fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(allowed) && !matches!(text, "." | "..")
}

/// Why a target is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlagContextError {
    /// The type is invalid.
    Type,
    /// The ID is invalid.
    Id {
        /// The type of the target.
        target_type: String,
    },
}

impl fmt::Display for FlagContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str(
                "target type: expected a lower-case letter and up to 63 lower-case letters, \
                 digits, `_` and `-`",
            ),
            Self::Id { target_type } => write!(
                f,
                "ID of the target `{target_type}`: expected 1 to 255 letters, digits, `.`, `_`, \
                 `:` and `-`, other than `.` and `..`"
            ),
        }
    }
}

impl std::error::Error for FlagContextError {}
