//! Sample events: [`trigger`].

use serde::Deserialize;
use serde_json::{Map, Value, json};
use workos_contract::sample::{MAP_KEY, TEXT, TIME};
use workos_contract::{Event, Problem, Sampler, Shape};

use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{Change, StoredEvent, prefix_of};

/// How many samples are tried: some payloads have variants, of which the given fields fit one.
const SAMPLES: usize = 16;
/// Names that are longer are no events.
const LONGEST_NAME: usize = 100;
/// How many names are suggested for an unknown one.
const SUGGESTIONS: usize = 3;
/// How alike a name has to be to be suggested, from 0 to 1.
const ALIKE: f64 = 0.75;

/// An event to trigger.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvent {
    /// Its name, such as `user.created`.
    pub(crate) event: String,
    /// Fields of its payload.
    #[serde(default)]
    pub(crate) data: Value,
    /// Fields of its context.
    #[serde(default)]
    pub(crate) context: Value,
    /// The organization that it is about.
    #[serde(default)]
    pub(crate) organization_id: Option<String>,
}

/// Adds an event to the log, and queues it for the endpoints that want it. Its payload is a sample
/// with the given fields. Nothing else changes.
pub(crate) fn trigger(change: &mut Change<'_>, new: &NewEvent) -> Answer<StoredEvent> {
    let event = known(&new.event)?;
    let mut first_problems = None;
    for pick in 0..SAMPLES {
        let data = payload(change, event, new, pick);
        let context = context(change, event, new, pick);
        let problems = event.check(&data, context.as_ref());
        if problems.is_empty() {
            let told = change.tell_json(&event.name, &data, context.as_ref());
            return told.map_err(|error| Refusal::bad_request("invalid_event", error.to_string()));
        }
        first_problems.get_or_insert(problems);
    }
    Err(misfit(&event.name, &first_problems.unwrap_or_default()))
}

/// The event with this name, or a refusal that suggests others.
pub(crate) fn known(name: &str) -> Answer<&'static Event> {
    workos_contract::event(name).ok_or_else(|| {
        let message = format!("event: there is no event {name:?}.{}", suggested(name));
        Refusal::bad_request("invalid_event", message)
    })
}

/// The names that are most like this one.
fn suggested(name: &str) -> String {
    // Comparing takes time by the length of both.
    if name.len() > LONGEST_NAME {
        return String::new();
    }
    let likeness = |other: &str| strsim::jaro_winkler(name, other);
    let events = workos_contract::events().map(|event| event.name.as_str());
    let mut alike: Vec<_> = events
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let names: Vec<_> = alike.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect();
    match &*names {
        [] => String::new(),
        [one] => format!(" Did you mean {one}?"),
        [others @ .., last] => format!(" Did you mean {} or {last}?", others.join(", ")),
    }
}

fn misfit(name: &str, problems: &[Problem]) -> Refusal {
    let errors: Vec<_> = problems
        .iter()
        .map(|problem| Invalid::new(&problem.place, problem.code, &problem.message))
        .collect();
    let places: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let message = format!("This is not a {name} event: {}", places.join(" "));
    Refusal::bad_request("invalid_event", message).with("errors", json!(errors))
}

fn payload(change: &mut Change<'_>, event: &Event, new: &NewEvent, pick: usize) -> Value {
    let (mut smallest, mut largest) = samples(change, &event.data, pick);
    let group = event.name.rsplit_once('.').map_or(&*event.name, |(group, _)| group);
    for sample in [&mut smallest, &mut largest] {
        if let Some(id) = sample.get_mut("id").filter(|id| *id == TEXT) {
            *id = change.id(&group.replace('.', "_")).into();
        }
    }
    let mut given = new.data.clone();
    if let Some(id) = &new.organization_id {
        let is_organization = smallest.get("object").is_some_and(|one| one == "organization");
        let field = if is_organization { "id" } else { "organization_id" };
        if given.is_null() {
            given = json!({});
        }
        if let Some(fields) = given.as_object_mut() {
            fields.entry(field).or_insert_with(|| json!(id));
        }
    }
    if given.is_null() { smallest } else { merged(smallest, &largest, &given) }
}

/// The context, if the event always has one or if one is given.
fn context(change: &mut Change<'_>, event: &Event, new: &NewEvent, pick: usize) -> Option<Value> {
    let is_given = !new.context.is_null();
    match &event.context {
        Some((shape, is_required)) if *is_required || is_given => {
            let (smallest, largest) = samples(change, shape, pick);
            Some(if is_given { merged(smallest, &largest, &new.context) } else { smallest })
        }
        // The check refuses it.
        _ => is_given.then(|| new.context.clone()),
    }
}

/// The smallest and the largest sample, with the time of the clock and new IDs.
fn samples(change: &mut Change<'_>, shape: &Shape, pick: usize) -> (Value, Value) {
    let smallest = Sampler { pick, nulls: true, ..Sampler::smallest() }.sample(shape);
    let largest = Sampler { pick, ..Sampler::largest() }.sample(shape);
    (freshened(change, None, smallest), freshened(change, None, largest))
}

/// What a text of a sample stands for, as its name says.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Time,
    /// An ID with this prefix.
    Id(&'static str),
}

/// A sample with the time of the clock, with IDs where their form is known, and without fractions.
fn freshened(change: &mut Change<'_>, meaning: Option<Meaning>, sample: Value) -> Value {
    match sample {
        Value::String(text) if text == TIME => change.now().to_string().into(),
        Value::String(text) if text == TEXT => match meaning {
            Some(Meaning::Time) => change.now().to_string().into(),
            Some(Meaning::Id(prefix)) => change.id(prefix).into(),
            None => text.into(),
        },
        // Numbers are counts and seconds, even where the document does not say so.
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, |number| json!(number.trunc() as i64))
        }
        Value::Array(items) => {
            items.into_iter().map(|item| freshened(change, None, item)).collect()
        }
        Value::Object(mut fields) => {
            fields.remove(MAP_KEY);
            let object = fields.get("object").and_then(Value::as_str).map(str::to_owned);
            let fields = fields.into_iter().map(|(name, value)| {
                let meaning = meaning_of(&name, object.as_deref());
                (name, freshened(change, meaning, value))
            });
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// What a field stands for in an object of this type.
fn meaning_of(name: &str, object: Option<&str>) -> Option<Meaning> {
    if name.ends_with("_at") {
        return Some(Meaning::Time);
    }
    let object = if name == "id" { object } else { name.strip_suffix("_id") };
    object.and_then(prefix_of).map(Meaning::Id)
}

/// The given fields over those of a sample, at every depth. What the sample does not have begins as
/// in the largest one.
fn merged(sample: Value, largest: &Value, given: &Value) -> Value {
    let Value::Object(given) = given else { return given.clone() };
    let mut fields = match (sample, largest) {
        (Value::Object(fields), _) => fields,
        (_, Value::Object(fields)) => fields.clone(),
        _ => Map::new(),
    };
    for (name, value) in given {
        let field = fields.entry(name).or_insert(Value::Null);
        let largest = largest.get(name).unwrap_or(&Value::Null);
        *field = merged(field.take(), largest, value);
    }
    Value::Object(fields)
}
