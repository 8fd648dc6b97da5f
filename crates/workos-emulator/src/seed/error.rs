//! [`SeedError`]: everything that is wrong with seed data.

use std::fmt;
use std::io;

use serde_json::{Value, json};

use super::source::{Position, Source};
use crate::reply::Refusal;

/// The start of places that contain API keys.
const ACCEPTED_KEYS: &str = "apiKeys.";

/// Everything that is wrong with [`SeedData`](super::SeedData), with the place of each problem.
///
/// [`Builder::start`](crate::Builder::start) returns one inside of its [`io::Error`] when the data
/// do not fit together.
///
/// ```
/// use workos_emulator::SeedData;
///
/// let error = SeedData::from_json("{\"users\": [\n  {\"emial\": \"ada@acme.test\"}\n]}").unwrap_err();
/// let problem = &error.problems()[0];
/// assert_eq!(problem.place(), "users[0].emial");
/// assert_eq!((problem.line(), problem.column()), (Some(2), Some(4)));
/// assert_eq!(problem.message(), "Unknown key of a user. Did you mean `email`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    problems: Vec<SeedProblem>,
}

/// One thing that is wrong with seed data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedProblem {
    place: String,
    message: String,
    position: Option<Position>,
}

impl SeedError {
    /// An error with these problems.
    pub(super) fn new(problems: Vec<SeedProblem>) -> Self {
        Self { problems }
    }

    /// What is wrong with the text itself.
    pub(super) fn of_text(message: impl Into<String>, position: Option<Position>) -> Self {
        Self::new(vec![SeedProblem { position, ..SeedProblem::new("", message) }])
    }

    /// All that is wrong: at least one problem.
    pub fn problems(&self) -> &[SeedProblem] {
        &self.problems
    }

    /// The same with the positions of the places, by which the problems are sorted, and without the
    /// secrets in them.
    pub(super) fn located(mut self, source: &Source) -> Self {
        for problem in &mut self.problems {
            problem.position = problem.position.or_else(|| source.find(&problem.place));
            if problem.place.starts_with(ACCEPTED_KEYS) {
                problem.place = format!("{ACCEPTED_KEYS}<key>");
            }
        }
        self.problems.sort_by_key(|problem| problem.position);
        self
    }

    /// What `/_emulate/seed` returns.
    pub(crate) fn into_refusal(self) -> Refusal {
        let entry = |problem: &SeedProblem| {
            let message = match problem.place.as_str() {
                "" => problem.message.clone(),
                place => format!("{place}: {}", problem.message),
            };
            json!({"field": problem.place, "code": "invalid", "message": message})
        };
        let errors: Vec<_> = self.problems.iter().map(entry).collect();
        Refusal::unprocessable("invalid_seed", "The seed data are invalid.").with("errors", errors)
    }

    /// What a refusal to load data says.
    pub(crate) fn of_refusal(refusal: &Refusal, source: &Source) -> Self {
        let errors = refusal.body.get("errors").and_then(Value::as_array).into_iter().flatten();
        let problem = |error: &Value| {
            let text = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
            let place = text("field");
            let message = text("message");
            let message = message.strip_prefix(place).and_then(|rest| rest.strip_prefix(": "));
            SeedProblem::new(place, message.unwrap_or_else(|| text("message")))
        };
        let problems: Vec<_> = errors.map(problem).collect();
        match problems.is_empty() {
            true => Self::of_text(refusal.to_string(), None),
            false => Self::new(problems).located(source),
        }
    }
}

impl SeedProblem {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), position: None }
    }

    /// Why the entry at a place was refused: one problem for each field that is named.
    pub(super) fn of(place: &str, refusal: &Refusal) -> Vec<Self> {
        let errors = refusal.body.get("errors").and_then(Value::as_array).into_iter().flatten();
        let text = |error: &Value, name| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let problem = |error| {
            let field = text(error, "field").filter(|field| !field.is_empty())?;
            let message = text(error, "message")?;
            let message = message.strip_prefix(&*field).map_or(&*message, str::trim_start);
            Some(Self::new(format!("{place}.{field}"), sentence(message)))
        };
        let problems: Vec<_> = errors.filter_map(problem).collect();
        if !problems.is_empty() {
            return problems;
        }
        let field = text(&refusal.body, "field").or_else(|| field_of(refusal).map(str::to_owned));
        let place = field.map_or_else(|| place.to_owned(), |field| format!("{place}.{field}"));
        vec![Self::new(place, refusal.to_string())]
    }

    /// A key that occurs twice in an object.
    pub(super) fn twice(place: &str, at: Position) -> Self {
        Self { position: Some(at), ..Self::new(place, "Duplicate key.") }
    }

    /// Where it is in the data, such as `organizations[0].memberships[1].status`. Empty if it is in
    /// the text as a whole, as with an error of syntax.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line in the text that the data come from, from 1. `None` if they come from a value.
    pub fn line(&self) -> Option<usize> {
        self.position.map(|position| position.line)
    }

    /// The column in its line, from 1, in characters. `None` if the data come from a value.
    pub fn column(&self) -> Option<usize> {
        self.position.map(|position| position.column)
    }
}

/// Makes a sentence of a message that began with its field.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The field that a refusal is about, if its code says so.
fn field_of(refusal: &Refusal) -> Option<&'static str> {
    match refusal.code() {
        "email_not_available" | "invalid_email" => Some("email"),
        "id_already_used" | "invalid_id" => Some("id"),
        "name_already_used" => Some("name"),
        "external_id_already_used" => Some("external_id"),
        _ => None,
    }
}

impl fmt::Display for SeedProblem {
    /// `line:column: place: message`, as far as they are known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for SeedError {
    /// A line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.problems.iter().map(SeedProblem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for SeedError {}

impl From<SeedError> for io::Error {
    fn from(error: SeedError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}
