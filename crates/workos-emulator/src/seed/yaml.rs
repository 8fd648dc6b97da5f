//! Reads YAML 1.2 into a value, with the positions of its parts.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Number, Value};

use super::error::{SeedError, SeedProblem};
use super::source::{Parts, Position, Spot};

/// How deep lists and objects may be in each other.
const MAX_DEPTH: usize = 64;
/// How much aliases may repeat, in bytes: what they stand for could be repeated in turn.
const MAX_REPEATED: usize = 16 << 20;
/// What a node takes besides its text, about.
const NODE_BYTES: usize = 64;

/// Reads a text of one document.
pub(super) fn read(text: &str) -> Result<(Value, Spot, Vec<SeedProblem>), SeedError> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        reader.take(event, span)?;
    }
    let start = Position { line: 1, column: 1 };
    let root = reader.root.unwrap_or_else(|| Node::leaf(Value::Null, start, 0));
    Ok((root.value, root.spot, reader.problems))
}

fn syntax(error: &ScanError) -> SeedError {
    let mark = error.marker();
    let position = Position { line: mark.line(), column: mark.col() + 1 };
    SeedError::of_text(format!("This is not YAML: {}.", error.info()), Some(position))
}

/// What was read, and how much memory a copy of it takes.
#[derive(Debug, Clone)]
struct Node {
    value: Value,
    spot: Spot,
    bytes: usize,
}

impl Node {
    fn leaf(value: Value, at: Position, bytes: usize) -> Self {
        Self { value, spot: Spot { at, parts: Parts::None }, bytes: bytes + NODE_BYTES }
    }
}

/// A list or an object that is not complete.
#[derive(Debug)]
struct Open {
    at: Position,
    anchor: usize,
    bytes: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    List(Vec<Value>, Vec<Spot>),
    Object {
        /// The key that the next value belongs to.
        key: Option<(String, Position)>,
        values: Map<String, Value>,
        spots: Vec<(String, Position, Spot)>,
    },
}

#[derive(Debug, Default)]
struct Reader {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
    documents: usize,
    root: Option<Node>,
    problems: Vec<SeedProblem>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SeedError> {
        let at = Position { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.begin(at),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                let value = value.map_err(|message| SeedError::of_text(message, Some(at)))?;
                if self.wants_key() {
                    // What a key looks like does not matter: `1` and `"1"` are the same.
                    return self.add_key(text, at);
                }
                let node = Node::leaf(value, at, text.len());
                self.keep(anchor, &node, at)?;
                self.add(node, at)
            }
            Event::SequenceStart(anchor, tag) => {
                let kind = Kind::List(Vec::new(), Vec::new());
                self.open(kind, anchor, tag.as_deref(), at)
            }
            Event::MappingStart(anchor, tag) => {
                let (key, values, spots) = Default::default();
                let kind = Kind::Object { key, values, spots };
                self.open(kind, anchor, tag.as_deref(), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn begin(&mut self, at: Position) -> Result<(), SeedError> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let message = "A second document begins here. Seed data are one document.";
        Err(SeedError::of_text(message, Some(at)))
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), SeedError> {
        let Some(bytes) = self.anchors.get(&anchor).map(|node| node.bytes) else {
            let message = "This alias stands for something that contains it.";
            return Err(SeedError::of_text(message, Some(at)));
        };
        self.repeat(bytes, at)?;
        let Some(mut node) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        // Its parts are where they are written, but it is here.
        node.spot.at = at;
        self.add(node, at)
    }

    /// Completes the innermost list or object.
    fn close(&mut self) -> Result<(), SeedError> {
        let Some(Open { at, anchor, bytes, kind }) = self.open.pop() else { return Ok(()) };
        let (value, parts) = match kind {
            Kind::List(values, spots) => (Value::Array(values), Parts::Items(spots)),
            Kind::Object { values, spots, .. } => (Value::Object(values), Parts::Fields(spots)),
        };
        let node = Node { value, spot: Spot { at, parts }, bytes: bytes + NODE_BYTES };
        self.keep(anchor, &node, at)?;
        self.add(node, at)
    }

    /// Keeps what aliases may stand for. The parser counts anchors from 1.
    fn keep(&mut self, anchor: usize, node: &Node, at: Position) -> Result<(), SeedError> {
        if anchor != 0 {
            self.repeat(node.bytes, at)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }

    /// Counts a copy before it is made.
    fn repeat(&mut self, bytes: usize, at: Position) -> Result<(), SeedError> {
        self.repeated += bytes;
        if self.repeated <= MAX_REPEATED {
            return Ok(());
        }
        let message = "Anchors and aliases repeat more than 16 MiB. Write fewer of them.";
        Err(SeedError::of_text(message, Some(at)))
    }

    fn open(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<&Tag>,
        at: Position,
    ) -> Result<(), SeedError> {
        let failed = |message: String| Err(SeedError::of_text(message, Some(at)));
        if self.wants_key() {
            return failed("A key has to be a text.".to_owned());
        }
        if self.open.len() == MAX_DEPTH {
            return failed(format!("This is more than {MAX_DEPTH} lists and objects deep."));
        }
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            return failed(unknown_tag(tag));
        }
        self.open.push(Open { at, anchor, bytes: 0, kind });
        Ok(())
    }

    /// Whether a key comes next.
    fn wants_key(&self) -> bool {
        let kind = self.open.last().map(|open| &open.kind);
        matches!(kind, Some(Kind::Object { key: None, .. }))
    }

    fn add_key(&mut self, text: Cow<'_, str>, at: Position) -> Result<(), SeedError> {
        let place = self.place(&text);
        let Some(Open { kind: Kind::Object { key, values, .. }, bytes, .. }) = self.open.last_mut()
        else {
            return Ok(());
        };
        *bytes += text.len();
        if values.contains_key(&*text) {
            self.problems.push(SeedProblem::twice(&place, at));
        }
        *key = Some((text.into_owned(), at));
        Ok(())
    }

    /// The place of a key in the innermost object.
    fn place(&self, key: &str) -> String {
        let mut place = String::new();
        for open in &self.open {
            match &open.kind {
                Kind::List(values, _) => place.push_str(&format!("[{}]", values.len())),
                Kind::Object { key: Some((key, _)), .. } => push_key(&mut place, key),
                Kind::Object { .. } => {}
            }
        }
        push_key(&mut place, key);
        place
    }

    fn add(&mut self, node: Node, at: Position) -> Result<(), SeedError> {
        if self.wants_key() {
            // An alias. Anything else was refused, or is a text.
            return match node.value {
                Value::String(text) => self.add_key(text.into(), at),
                _ => Err(SeedError::of_text("A key has to be a text.", Some(at))),
            };
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.bytes += node.bytes;
        match &mut open.kind {
            Kind::List(list, spots) => {
                list.push(node.value);
                spots.push(node.spot);
            }
            Kind::Object { key, values, spots } => {
                if let Some((key, key_at)) = key.take() {
                    values.insert(key.clone(), node.value);
                    spots.push((key, key_at, node.spot));
                }
            }
        }
        Ok(())
    }
}

fn push_key(place: &mut String, key: &str) {
    if !place.is_empty() {
        place.push('.');
    }
    place.push_str(key);
}

fn unknown_tag(tag: &Tag) -> String {
    format!("Seed data have no tag {tag}.")
}

/// What a scalar stands for in the core schema of YAML 1.2.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema() && !tag.suffix.is_empty()) {
        return Err(unknown_tag(tag));
    }
    // `!` and `!!str` before a plain scalar make it a text.
    if style != ScalarStyle::Plain || tag.is_some_and(|tag| matches!(&*tag.suffix, "str" | "")) {
        return Ok(text.into());
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| text.into(), Value::Number),
    })
}

/// A number, if it looks like one: not the names of infinity, and no number that is none.
fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix| {
        let is_digits = digits.chars().all(|char| char.is_digit(radix));
        u64::from_str_radix(digits, radix).ok().filter(|_| is_digits).map(Number::from)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return None;
    }
    let whole = text.strip_prefix('+').unwrap_or(text);
    let whole_number = || whole.parse::<i64>().map(Number::from).ok();
    let natural = || whole.parse::<u64>().map(Number::from).ok();
    whole_number().or_else(natural).or_else(|| Number::from_f64(text.parse().ok()?))
}
