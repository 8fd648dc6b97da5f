//! What is wrong with a value of a type.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use crate::formats::{Format, is_time};
use crate::limits::Limits;
use crate::problem::Problem;
use crate::shape::{Field, Kind, Shape, inside, is_boolean};

/// Whose values are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Of an answer or event: nothing may be there that is not documented. Limits are for requests.
    Answer,
    /// Of the body of a request: unknown fields are ignored.
    Body,
    /// Of the query of a request: a number that is none is still text.
    Query,
}

/// All that is wrong with a value at a place.
pub(crate) fn check(shape: &Shape, value: &Value, place: &str, mode: Mode) -> Vec<Problem> {
    let mut check = Check { mode, problems: Vec::new() };
    check.value(shape, value, place, "");
    check.problems
}

struct Check {
    mode: Mode,
    problems: Vec<Problem>,
}

impl Check {
    fn report(&mut self, place: &str, code: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::new(place, code, message));
    }

    /// `name` is the name of the field with the value.
    fn value(&mut self, shape: &Shape, value: &Value, place: &str, name: &str) {
        let limits = &shape.limits;
        match (&shape.kind, value) {
            // Its limits may be those of text.
            (Kind::Any, Value::String(text)) => self.text(limits, text, place, ""),
            (Kind::Any, _) | (Kind::Null, Value::Null) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Named(reference), value) => {
                if let Some(shape) = reference.shape() {
                    self.value(shape, value, place, name);
                }
            }
            (Kind::Union(variants), value) => {
                let variants: Vec<_> = variants.iter().flat_map(Shape::variants).collect();
                self.union(&variants, value, place, name);
            }
            (Kind::String, Value::String(text)) => self.text(limits, text, place, name),
            (Kind::DateTime, Value::String(text)) if is_time(text) => {}
            (Kind::DateTime, Value::String(_)) => {
                self.report(place, "invalid", "must be a time such as 2026-01-15T12:00:00.000Z.");
            }
            (Kind::OneOf(values), value) => self.constant(values, value, place),
            (Kind::Integer | Kind::Number, value) => self.number(shape, value, place),
            (Kind::List(item), Value::Array(items)) => {
                self.list(item, limits, items, place, name);
            }
            (Kind::Map(inner), Value::Object(entries)) => {
                self.map(inner, limits, entries, place, name);
            }
            (Kind::Object(fields), Value::Object(given)) => self.object(fields, given, place),
            _ => self.report(place, "invalid_type", demand(&shape.kind)),
        }
    }

    fn text(&mut self, limits: &Limits, text: &str, place: &str, name: &str) {
        if self.mode == Mode::Answer {
            return;
        }
        // In the first, `email` is the name of a provider's attribute; for the second, the operation
        // has a code of its own.
        let is_exempt = place.starts_with("attribute_maps.") || place == "user.email";
        let name = if is_exempt { "" } else { name };
        if let Some(message) = text_problem(limits, text, name) {
            self.report(place, "invalid", message);
        }
    }

    fn constant(&mut self, values: &[String], value: &Value, place: &str) {
        let has = |text: &str| values.iter().any(|value| value == text);
        let is_one = match value {
            // `true` is the boolean, which is not the text "true".
            Value::String(text) => has(text) && !["true", "false", "null"].contains(&text.as_str()),
            Value::Null | Value::Bool(_) | Value::Number(_) => has(&value.to_string()),
            Value::Array(_) | Value::Object(_) => false,
        };
        if is_one {
            return;
        }
        if !value.is_string() && !is_boolean(values) {
            self.report(place, "invalid_type", "must be a string.");
        } else if is_boolean(values) && values.len() > 1 {
            self.report(place, "invalid_type", "must be true or false.");
        } else {
            self.report(place, "invalid", format!("must be {}.", either(values)));
        }
    }

    fn number(&mut self, shape: &Shape, value: &Value, place: &str) {
        let number = value.as_f64().filter(|_| value.is_number());
        let fits = |number: f64| shape.kind == Kind::Number || number.fract() == 0.0;
        match number.filter(|number| fits(*number)) {
            None if self.mode == Mode::Query => {
                self.report(place, "invalid", range(&shape.kind, &shape.limits));
            }
            None => self.report(place, "invalid_type", demand(&shape.kind)),
            Some(number) if self.mode != Mode::Answer && !is_within(number, &shape.limits) => {
                self.report(place, "invalid", range(&shape.kind, &shape.limits));
            }
            Some(_) => {}
        }
    }

    fn list(&mut self, item: &Shape, limits: &Limits, items: &[Value], place: &str, name: &str) {
        if self.mode != Mode::Answer {
            if let Some(most) = limits.max_items.filter(|most| items.len() > *most) {
                self.report(place, "invalid", format!("must have at most {most} items."));
            }
            if let Some(least) = limits.min_items.filter(|least| items.len() < *least) {
                self.report(place, "invalid", format!("must have at least {least} items."));
            }
        }
        for (index, value) in items.iter().enumerate() {
            self.value(item, value, &format!("{place}[{index}]"), item_name(name));
        }
    }

    fn map(
        &mut self,
        inner: &Shape,
        limits: &Limits,
        entries: &Map<String, Value>,
        place: &str,
        name: &str,
    ) {
        if self.mode != Mode::Answer {
            if let Some(most) = limits.max_properties.filter(|most| entries.len() > *most) {
                self.report(place, "invalid", format!("must have at most {most} keys."));
            }
            let is_long = |most: &usize| entries.keys().any(|key| key.chars().count() > *most);
            if let Some(most) = limits.max_key_length.filter(is_long) {
                self.report(place, "invalid", format!("keys may have at most {most} characters."));
            }
        }
        // The document says in words only that null removes a key of metadata.
        let removes = self.mode == Mode::Body && name == "metadata" && inner.kind == Kind::String;
        for (key, value) in entries.iter().filter(|(_, value)| !(removes && value.is_null())) {
            self.value(inner, value, &inside(place, key), "");
        }
    }

    fn object(&mut self, fields: &[Field], given: &Map<String, Value>, place: &str) {
        for field in fields {
            self.field(field, given.get(&field.name), place);
        }
        if self.mode == Mode::Answer {
            let is_known = |name: &String| fields.iter().any(|field| field.name == *name);
            for name in given.keys().filter(|name| !is_known(name)) {
                self.report(&inside(place, name), "undocumented", "is not documented.");
            }
        }
    }

    fn field(&mut self, field: &Field, value: Option<&Value>, holder: &str) {
        let place = inside(holder, &field.name);
        let is_text = || self.mode != Mode::Answer && field.shape.is_text();
        match value {
            None if field.is_optional => {}
            Some(Value::Null) if field.is_nullable || field.shape.allows_null() => {}
            Some(Value::String(text))
                if !field.is_optional && text.trim().is_empty() && is_text() =>
            {
                self.report(&place, "required", REQUIRED_TEXT);
            }
            None | Some(Value::Null) if !field.is_optional => {
                let message = if is_text() { REQUIRED_TEXT } else { "is required." };
                self.report(&place, "required", message);
            }
            Some(value) => self.value(&field.shape, value, &place, &field.name),
            None => {}
        }
    }

    fn union(&mut self, variants: &[&Shape], value: &Value, place: &str, name: &str) {
        let objects: Vec<_> = variants
            .iter()
            .copied()
            .filter(|shape| matches!(shape.kind, Kind::Object(_)))
            .collect();
        match value {
            Value::Object(given) if !objects.is_empty() => {
                self.object_union(&objects, given, value, place);
            }
            _ => self.problems.extend(self.best(variants, value, place, name, |_| 0).1),
        }
    }

    fn object_union(
        &mut self,
        variants: &[&Shape],
        given: &Map<String, Value>,
        value: &Value,
        place: &str,
    ) {
        if let Some(tag) = wrong_tag(variants, given) {
            return self.untold(&tag, variants, value, place);
        }
        let is_meant =
            |shape: &&Shape| shape.fields().iter().all(|field| has_constant(field, given));
        let mut meant: Vec<_> = variants.iter().copied().filter(is_meant).collect();
        if meant.is_empty() {
            meant = variants.to_vec();
        }
        let shared = |shape: &Shape| {
            shape.fields().iter().filter(|field| given.contains_key(&field.name)).count()
        };
        let (best, problems) = self.best(&meant, value, place, "", shared);
        self.problems.extend(problems);
        if self.mode != Mode::Answer {
            self.others(best, &meant, given, place);
        }
    }

    /// Reports what is wrong whichever variant is meant, and the field that should tell them apart.
    fn untold(&mut self, tag: &Field, variants: &[&Shape], value: &Value, place: &str) {
        let attempts = variants.iter().map(|variant| check(variant, value, place, self.mode));
        let attempts: Vec<_> = attempts.collect();
        let Some((first, others)) = attempts.split_first() else { return };
        let tag_place = inside(place, &tag.name);
        for problem in first {
            if problem.place == tag_place {
                self.field(tag, value.get(&tag.name), place);
            } else if others.iter().all(|other| other.contains(problem)) {
                self.problems.push(problem.clone());
            }
        }
    }

    /// Checks the fields that only other variants have: a request may combine them.
    fn others(
        &mut self,
        best: Option<&Shape>,
        variants: &[&Shape],
        given: &Map<String, Value>,
        place: &str,
    ) {
        let is_known = |name: &str| best.is_some_and(|best| find(best, name).is_some());
        for (name, value) in
            given.iter().filter(|(name, value)| !value.is_null() && !is_known(name))
        {
            let shapes: Vec<_> =
                variants.iter().filter_map(|variant| Some(&find(variant, name)?.shape)).collect();
            let (_, problems) = self.best(&shapes, value, &inside(place, name), name, |_| 0);
            self.problems.extend(problems);
        }
    }

    /// The type that fits a value best, with its problems. Of several, it is the one for which
    /// `shared` is largest.
    fn best<'a>(
        &self,
        shapes: &[&'a Shape],
        value: &Value,
        place: &str,
        name: &str,
        shared: impl Fn(&Shape) -> usize,
    ) -> (Option<&'a Shape>, Vec<Problem>) {
        let attempts = shapes.iter().map(|shape| {
            let mut attempt = Self { mode: self.mode, problems: Vec::new() };
            attempt.value(shape, value, place, name);
            (Some(*shape), attempt.problems)
        });
        let key = |(shape, problems): &(Option<&Shape>, Vec<Problem>)| {
            (problems.len(), Reverse(shape.map_or(0, &shared)))
        };
        attempts.min_by_key(key).unwrap_or_default()
    }
}

const REQUIRED_TEXT: &str = "is required and must not be empty.";

fn find<'a>(shape: &'a Shape, name: &str) -> Option<&'a Field> {
    shape.fields().iter().find(|field| field.name == name)
}

/// The name by which the items of a list are known.
pub(crate) fn item_name(list: &str) -> &str {
    if list == "domains" { "domain" } else { "" }
}

/// The constant of a field, if it has one.
fn constant(field: &Field) -> Option<&str> {
    match &field.shape.resolved().kind {
        Kind::OneOf(values) => match values.as_slice() {
            [only] => Some(only),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an object has what a field must always have.
fn has_constant(field: &Field, given: &Map<String, Value>) -> bool {
    constant(field).is_none_or(|_| match given.get(&field.name) {
        Some(value) => check(&field.shape, value, "", Mode::Answer).is_empty(),
        None => field.is_optional,
    })
}

/// The field that tells the variants apart, with the constants of all of them, where an object has
/// none of these.
fn wrong_tag(variants: &[&Shape], given: &Map<String, Value>) -> Option<Field> {
    let (first, others) = variants.split_first()?;
    let tag = |field: &Field| {
        let mut tag = field.clone();
        let mut constants = vec![constant(field)?.to_owned()];
        for other in others {
            let field = find(other, &field.name)?;
            let constant = constant(field)?.to_owned();
            tag.is_optional |= field.is_optional;
            if !constants.contains(&constant) {
                constants.push(constant);
            }
        }
        if constants.len() == 1 {
            return None; // It tells nothing apart.
        }
        tag.shape = Shape { kind: Kind::OneOf(constants), limits: Limits::default() };
        Some(tag)
    };
    first.fields().iter().filter_map(tag).find(|tag| match given.get(&tag.name) {
        Some(value) => !check(&tag.shape, value, "", Mode::Answer).is_empty(),
        None => !tag.is_optional,
    })
}

/// What a value of a type must be.
fn demand(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer => "must be a whole number.",
        Kind::Number => "must be a number.",
        Kind::Boolean => "must be true or false.",
        Kind::List(_) => "must be a list.",
        Kind::Map(_) | Kind::Object(_) => "must be an object.",
        Kind::Null => "must be null.",
        _ => "must be a string.",
    }
}

/// What is wrong with a text: of several, the first.
fn text_problem(limits: &Limits, text: &str, name: &str) -> Option<String> {
    let length = text.chars().count();
    if let (true, Some(most)) = (limits.is_ascii, limits.max_length) {
        let fits = text.is_ascii() && (1..=most).contains(&length);
        return (!fits).then(|| format!("must be 1 to {most} ASCII characters."));
    }
    if limits.is_ascii && (text.is_empty() || !text.is_ascii()) {
        return Some("must be ASCII characters.".to_owned());
    }
    if let Some(most) = limits.max_length.filter(|most| length > *most) {
        return Some(format!("must have at most {most} characters."));
    }
    if let Some(least) = limits.min_length.filter(|least| length < *least) {
        return Some(format!("must have at least {least} characters."));
    }
    let format = Format::of(name, limits)?;
    (!format.fits(text)).then(|| format.demand().to_owned())
}

fn is_within(number: f64, limits: &Limits) -> bool {
    limits.minimum.is_none_or(|least| number >= least)
        && limits.maximum.is_none_or(|most| number <= most)
}

/// What a number must be.
fn range(kind: &Kind, limits: &Limits) -> String {
    match (limits.minimum, limits.maximum) {
        (Some(least), Some(most)) => format!("must be a number from {least} to {most}."),
        (Some(least), None) => format!("must be a number of at least {least}."),
        (None, Some(most)) => format!("must be a number of at most {most}."),
        (None, None) => demand(kind).to_owned(),
    }
}

/// `a`, `a or b`, `a, b or c`: sorted, because the document has them in any order.
fn either(values: &[String]) -> String {
    let mut values: Vec<_> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    match values.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        values => values.concat(),
    }
}

#[cfg(test)]
mod tests;
