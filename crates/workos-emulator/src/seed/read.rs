//! Reads seed data and says all that is wrong with them.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{SeedError, SeedProblem};
use super::source::{Position, Source};
#[cfg(feature = "yaml")]
use super::yaml;
use super::{ApiKeys, SeedData, json, schema};
use crate::products::directory_scripts::DirectoryScript;
use crate::reply::Answer;

/// The longest text that is read: 64 MiB.
const MAX_TEXT: usize = 64 << 20;

impl SeedData {
    /// Reads JSON.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, has more than 64 MiB, or an entry is wrong in itself: the error
    /// has the place of each problem, such as `organizations[0].memberships[1].status`, with its
    /// line and column.
    pub fn from_json(json: &str) -> Result<Self, SeedError> {
        check_length(json)?;
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        let data = serde_json::from_str(json).map_err(|error| {
            let position = Position { line: error.line(), column: error.column().max(1) };
            let reason = error.to_string();
            let reason = reason.rsplit_once(" at line ").map_or(&*reason, |(reason, _)| reason);
            SeedError::of_text(format!("This is not JSON: {reason}."), Some(position))
        })?;
        let (root, problems) = json::scan(json);
        Self::read(data, Source::new(root), problems)
    }

    /// Reads YAML 1.2, or JSON, which is a part of it.
    ///
    /// ```
    /// use workos_emulator::SeedData;
    ///
    /// let data = SeedData::from_yaml("users:\n  - email: ada@acme.test\n")?;
    /// assert_eq!(data.counts(), [("users", 1)]);
    /// # Ok::<_, workos_emulator::SeedError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json). Aliases may not repeat more than 16 MiB.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(yaml: &str) -> Result<Self, SeedError> {
        check_length(yaml)?;
        let (data, root, problems) = yaml::read(yaml)?;
        Self::read(data, Source::new(root), problems)
    }

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// When an entry is wrong in itself, as [`from_json`](Self::from_json), but without lines and
    /// columns.
    pub fn from_value(data: Value) -> Result<Self, SeedError> {
        Self::read(data, Source::default(), Vec::new())
    }

    fn read(
        mut data: Value,
        source: Source,
        mut problems: Vec<SeedProblem>,
    ) -> Result<Self, SeedError> {
        // An empty file of YAML.
        if data.is_null() {
            data = Value::Object(Map::new());
        }
        problems.extend(schema::check(&mut data));
        let mut fields = match data {
            Value::Object(fields) if problems.is_empty() => fields,
            _ => return Err(SeedError::new(problems).located(&source)),
        };
        let mut given = Given { fields: &mut fields, problems };
        let read = Self {
            users: given.list("users"),
            organizations: given.list("organizations"),
            permissions: given.list("permissions"),
            roles: given.list("roles"),
            resource_types: given.list("resourceTypes"),
            connections: given.list("connections"),
            directories: given.list("directories"),
            connected_accounts: given.list("connectedAccounts"),
            pipe_connections: given.list("pipeConnections"),
            invitations: given.list("invitations"),
            connect_applications: given.list("connectApplications"),
            agent_blueprints: given.list("agentBlueprints"),
            api_keys: given.api_keys("apiKeys"),
            feature_flags: given.list("featureFlags"),
            webhook_endpoints: given.list("webhookEndpoints"),
            error_hooks: given.list("errorHooks"),
            redirect_uris: given.list("redirectUris"),
            cors_origins: given.list("corsOrigins"),
            jwt_template: given.one("jwtTemplate"),
            source,
        };
        let mut problems = given.problems;
        for name in fields.keys() {
            problems.push(SeedProblem::new(name, "Unknown key of seed data."));
        }
        match problems.is_empty() {
            true => Ok(read),
            false => Err(SeedError::new(problems).located(&read.source)),
        }
    }
}

/// Reads a script of a directory, or refuses it with all problems and their places.
pub(crate) fn read_script(mut script: Value) -> Answer<DirectoryScript> {
    let mut problems = schema::check_part("directoryScript", &mut script);
    if problems.is_empty() {
        match read_part(script, "") {
            Ok(script) => return Ok(script),
            Err(problem) => problems.push(problem),
        }
    }
    let refusal = SeedError::new(problems).into_refusal();
    Err(refusal.with("code", "invalid_script").with("message", "The script is invalid."))
}

fn check_length(text: &str) -> Result<(), SeedError> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        _ => Err(SeedError::of_text("Seed data may have at most 64 MiB.", None)),
    }
}

/// What was given, and what is wrong with it. The schema was checked before.
struct Given<'a> {
    fields: &'a mut Map<String, Value>,
    problems: Vec<SeedProblem>,
}

impl Given<'_> {
    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        let Some(Value::Array(items)) = self.fields.remove(name) else { return Vec::new() };
        let items = items.into_iter().enumerate();
        let read = |(index, item)| self.read(item, &format!("{name}[{index}]"));
        items.filter_map(read).collect()
    }

    fn one<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.fields.remove(name)?;
        self.read(value, name)
    }

    /// A list of keys of organizations, or an object whose keys are accepted.
    fn api_keys(&mut self, name: &str) -> Option<ApiKeys> {
        if self.fields.get(name)?.is_object() {
            self.one(name).map(ApiKeys::Accepted)
        } else {
            Some(ApiKeys::OfOrganizations(self.list(name)))
        }
    }

    fn read<T: DeserializeOwned>(&mut self, value: Value, place: &str) -> Option<T> {
        read_part(value, place).map_err(|problem| self.problems.push(problem)).ok()
    }
}

/// Reads what is in this place.
fn read_part<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, SeedProblem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let place = match (place, &*inner) {
            (place, ".") => place.to_owned(),
            ("", inner) => inner.to_owned(),
            (place, inner) => format!("{place}.{inner}"),
        };
        SeedProblem::new(place, format!("{}.", error.inner()))
    })
}
