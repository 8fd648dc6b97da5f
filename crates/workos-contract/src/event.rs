//! [`Event`]: what the API tells.

use serde_json::{Map, Value};

use crate::check::{Mode, check};
use crate::problem::Problem;
use crate::shape::{Notation, Shape, marks};

/// An event of the API.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What happened, such as `user.created`.
    pub name: String,
    /// The type of its context, and whether it always has one.
    pub context: Option<(Shape, bool)>,
    /// The type of its payload.
    pub data: Shape,
}

impl Event {
    pub(crate) fn read(name: &str, facts: &Value, notation: Notation<'_>) -> Result<Self, String> {
        let failed = |error| format!("{name}: {error}");
        let part = |name: &str| {
            let Some((notated, is_optional)) =
                facts.as_object().and_then(|facts| part(facts, name))
            else {
                return Ok(None);
            };
            notation.shape(notated, name).map(|shape| Some((shape, !is_optional))).map_err(failed)
        };
        let (data, _) = part("data")?.ok_or_else(|| format!("{name}: no data"))?;
        Ok(Self { name: name.to_owned(), context: part("context")?, data })
    }

    /// All that is wrong with a payload and its context. What is not documented may not be there.
    pub fn check(&self, data: &Value, context: Option<&Value>) -> Vec<Problem> {
        let mut problems = check(&self.data, data, "data", Mode::Answer);
        match (&self.context, context) {
            (Some((shape, _)), Some(context)) => {
                problems.extend(check(shape, context, "context", Mode::Answer));
            }
            (Some((_, true)), None) => {
                problems.push(Problem::new("context", "required", "is required."));
            }
            (None, Some(_)) => {
                problems.push(Problem::new("context", "undocumented", "is not documented."));
            }
            _ => {}
        }
        problems
    }
}

/// The type of a part, and whether it may be left out.
fn part<'a>(facts: &'a Map<String, Value>, name: &str) -> Option<(&'a Value, bool)> {
    facts.iter().find_map(|(field, notation)| {
        let (found, is_optional, _) = marks(field);
        (found == name).then_some((notation, is_optional))
    })
}
