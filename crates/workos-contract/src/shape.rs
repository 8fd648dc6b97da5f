//! [`Shape`]: a type of the API.

use std::fmt;

use serde_json::{Map, Value};

use crate::check::{Mode, check};
use crate::facts;
use crate::limits::Limits;
use crate::problem::Problem;

/// A type of the API, such as that of a body or a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What values it has.
    pub kind: Kind,
    /// What else is demanded of them.
    pub limits: Limits,
}

/// What values a [`Shape`] has.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Any string.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// Any value, also null.
    Any,
    /// A string with a time, as in RFC 3339.
    DateTime,
    /// Only null.
    Null,
    /// One of these strings, or a constant. `true` and `false` stand for the booleans.
    OneOf(Vec<String>),
    /// A type by its name.
    Named(Reference),
    /// A list with items of one type.
    List(Box<Shape>),
    /// A map from strings to values of one type.
    Map(Box<Shape>),
    /// An object with these fields.
    Object(Vec<Field>),
    /// A value of any of these types.
    Union(Vec<Shape>),
}

/// The mention of a type by its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    name: String,
    /// The file with the mention, where the type is looked up first.
    home: Option<usize>,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// Its name, without the marks of the notation.
    pub name: String,
    /// Whether it may be left out.
    pub is_optional: bool,
    /// Whether it may be null.
    pub is_nullable: bool,
    /// The type of its value.
    pub shape: Shape,
}

impl Reference {
    /// The name of the type.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of that name; `None` if there is none.
    pub fn shape(&self) -> Option<&'static Shape> {
        facts::find_type(&self.name, self.home)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Shape {
    /// Reads the notation of a type. A name that it mentions is looked up when it is needed.
    ///
    /// # Errors
    ///
    /// Describes what is not in the notation.
    ///
    /// ```
    /// use serde_json::json;
    /// use workos_contract::{Kind, Shape};
    ///
    /// let shape = Shape::parse(&json!({"id": "string", "state?": "=on|off"}))?;
    /// let Kind::Object(fields) = shape.kind else { panic!() };
    /// assert_eq!((fields[1].name.as_str(), fields[1].is_optional), ("state", true));
    /// assert!(Shape::parse(&json!(["string", "integer"])).is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(notation: &Value) -> Result<Self, String> {
        Notation::default().shape(notation, "")
    }

    /// All that is wrong with a value in an answer: what is not documented may not be there. An
    /// [`Operation`](crate::Operation) checks requests.
    pub fn check(&self, value: &Value) -> Vec<Problem> {
        check(self, value, "", Mode::Answer)
    }

    /// The type itself, if this is the name of one.
    pub fn resolved(&self) -> &Self {
        match &self.kind {
            Kind::Named(reference) => reference.shape().map_or(self, Self::resolved),
            _ => self,
        }
    }

    /// The names of the types that it mentions, without those that these mention.
    pub fn mentioned(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Named(reference) => vec![reference.name()],
            Kind::List(inner) | Kind::Map(inner) => inner.mentioned(),
            Kind::Object(fields) => {
                fields.iter().flat_map(|field| field.shape.mentioned()).collect()
            }
            Kind::Union(variants) => variants.iter().flat_map(Self::mentioned).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether null is one of its values.
    pub(crate) fn allows_null(&self) -> bool {
        match &self.resolved().kind {
            Kind::Any | Kind::Null => true,
            Kind::OneOf(values) => values.iter().any(|value| value == "null"),
            Kind::Union(variants) => variants.iter().any(Self::allows_null),
            _ => false,
        }
    }

    /// Whether its values are strings.
    pub(crate) fn is_text(&self) -> bool {
        match &self.resolved().kind {
            Kind::String | Kind::DateTime => true,
            Kind::OneOf(values) => !is_boolean(values),
            Kind::Union(variants) => variants.iter().any(Self::is_text),
            _ => false,
        }
    }

    /// The variants of a union, with those of the unions among them; otherwise the shape itself.
    pub(crate) fn variants(&self) -> Vec<&Self> {
        let shape = self.resolved();
        match &shape.kind {
            Kind::Union(variants) => variants.iter().flat_map(Self::variants).collect(),
            _ => vec![shape],
        }
    }

    pub(crate) fn fields(&self) -> &[Field] {
        match &self.resolved().kind {
            Kind::Object(fields) => fields,
            _ => &[],
        }
    }
}

/// Whether constants stand for booleans.
pub(crate) fn is_boolean(values: &[String]) -> bool {
    values.iter().all(|value| value == "true" || value == "false")
}

/// The place of a field in an object.
pub(crate) fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// The name of a field, and whether it may be left out and be null.
pub(crate) fn marks(field: &str) -> (&str, bool, bool) {
    let name = field.trim_end_matches(['?', '~']);
    let marks = field.get(name.len()..).unwrap_or_default();
    (name, marks.contains('?'), marks.contains('~'))
}

/// Reads the types of an operation, a type or an event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notation<'a> {
    /// Its file.
    pub(crate) home: Option<usize>,
    /// Its limits by their places.
    pub(crate) limits: Option<&'a Value>,
}

impl Notation<'_> {
    pub(crate) fn shape(self, notation: &Value, place: &str) -> Result<Shape, String> {
        let kind = match notation {
            Value::String(text) => self.scalar(text),
            Value::Array(items) => match items.as_slice() {
                [item] => Kind::List(Box::new(self.shape(item, &format!("{place}[]"))?)),
                _ => return Err(format!("{place}: a list of {} types", items.len())),
            },
            Value::Object(fields) => self.object(fields, place)?,
            other => return Err(format!("{place}: {other} is not a type")),
        };
        Ok(Shape { kind, limits: self.limits(place) })
    }

    pub(crate) fn fields(self, fields: &Map<String, Value>, place: &str) -> Result<Kind, String> {
        let field = |(field, notation): (&String, &Value)| {
            let (name, is_optional, is_nullable) = marks(field);
            let shape = self.shape(notation, &inside(place, name))?;
            Ok(Field { name: name.to_owned(), is_optional, is_nullable, shape })
        };
        fields.iter().map(field).collect::<Result<_, _>>().map(Kind::Object)
    }

    fn object(self, fields: &Map<String, Value>, place: &str) -> Result<Kind, String> {
        if let Some(values) = fields.get("*") {
            return Ok(Kind::Map(Box::new(self.shape(values, &inside(place, "*"))?)));
        }
        match fields.get("any of") {
            Some(Value::Array(variants)) if !variants.is_empty() => {
                let variants = variants.iter().map(|variant| self.shape(variant, place));
                variants.collect::<Result<_, _>>().map(Kind::Union)
            }
            Some(other) => Err(format!("{place}: a union of {other}")),
            None => self.fields(fields, place),
        }
    }

    fn scalar(self, text: &str) -> Kind {
        match text {
            "string" => Kind::String,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "any" => Kind::Any,
            "date-time" => Kind::DateTime,
            "null" | "=null" => Kind::Null,
            _ => match text.strip_prefix('=') {
                Some(values) => Kind::OneOf(values.split('|').map(str::to_owned).collect()),
                None => Kind::Named(Reference { name: text.to_owned(), home: self.home }),
            },
        }
    }

    fn limits(self, place: &str) -> Limits {
        let Some(limits) = self.limits else {
            return Limits::default();
        };
        let keywords = limits.get(place).and_then(Value::as_object);
        Limits::read(keywords, limits.get(inside(place, "(key)")))
    }
}
