//! Samples: values of a type, and requests of an operation.

use serde_json::{Map, Number, Value, json};

use crate::check::item_name;
use crate::formats::Format;
use crate::limits::Limits;
use crate::operation::Operation;
use crate::shape::{Field, Kind, Shape};

/// What strings start with in samples, unless they have a format.
pub const TEXT: &str = "text";
/// Every time in samples.
pub const TIME: &str = "2026-01-15T12:00:00.000Z";
/// Every email address in samples.
pub const EMAIL: &str = "ada@example.com";
/// Every domain in samples.
pub const DOMAIN: &str = "example.com";
/// Every URL in samples.
pub const URL: &str = "https://example.com/callback";
/// The only key of the maps in samples.
pub const MAP_KEY: &str = "a_key";
/// The unknown value of enums, for [`Sampler::novel`].
pub const NOVEL: &str = "something_new";
/// The unknown field of objects, for [`Sampler::extra`].
pub const EXTRA: &str = "a_field_nobody_knows";

/// The depth beyond which optional fields are left out, because types can be recursive.
const MAX_DEPTH: usize = 8;

/// Makes values of a type.
///
/// ```
/// use serde_json::json;
/// use workos_contract::{Sampler, Shape};
///
/// let shape = Shape::parse(&json!({"id": "string", "state?": "=on|off"}))?;
/// assert_eq!(Sampler::smallest().sample(&shape), json!({"id": "text"}));
/// let second = Sampler { pick: 1, ..Sampler::largest() };
/// assert_eq!(second.sample(&shape), json!({"id": "text", "state": "off"}));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sampler {
    /// Which value of each enum and which variant of each union to take.
    pub pick: usize,
    /// Whether optional fields are present.
    pub optional: bool,
    /// Whether nullable fields are null.
    pub nulls: bool,
    /// Whether lists and maps are null.
    pub null_lists: bool,
    /// Whether enums have an unknown value.
    pub novel: bool,
    /// Whether objects have an unknown field.
    pub extra: bool,
}

impl Sampler {
    /// Makes values with all fields.
    pub fn largest() -> Self {
        Self { optional: true, ..Self::smallest() }
    }

    /// Makes values with required fields only.
    pub fn smallest() -> Self {
        Self {
            pick: 0,
            optional: false,
            nulls: false,
            null_lists: false,
            novel: false,
            extra: false,
        }
    }

    /// A value of this type, within its limits.
    pub fn sample(&self, shape: &Shape) -> Value {
        self.value(shape, "", 0)
    }

    /// `name` is the name of the field with the value.
    fn value(&self, shape: &Shape, name: &str, depth: usize) -> Value {
        match &shape.kind {
            Kind::Named(reference) => match reference.shape() {
                Some(named) => self.value(named, name, depth),
                None => TEXT.into(),
            },
            Kind::List(_) | Kind::Map(_) if self.null_lists && depth > 0 => Value::Null,
            Kind::List(item) => {
                let item = self.value(item, item_name(name), depth + 1);
                vec![item; shape.limits.min_items.unwrap_or(1).max(1)].into()
            }
            Kind::Map(value) => json!({MAP_KEY: self.value(value, "", depth + 1)}),
            Kind::Object(fields) => self.object(fields, depth),
            Kind::Union(_) => {
                let variants = shape.variants();
                let chosen = variants.get(self.spread(depth) % variants.len().max(1));
                chosen.map_or(Value::Null, |variant| self.value(variant, name, depth))
            }
            Kind::OneOf(values) => self.constant(values),
            Kind::String => text(&shape.limits, name).into(),
            Kind::DateTime => TIME.into(),
            Kind::Integer => number(7.0, &shape.limits),
            Kind::Number => number(2.5, &shape.limits),
            Kind::Boolean => true.into(),
            Kind::Any => "anything".into(),
            Kind::Null => Value::Null,
        }
    }

    fn object(&self, fields: &[Field], depth: usize) -> Value {
        let mut object = Map::new();
        for field in fields {
            if field.is_optional && (!self.optional || depth > MAX_DEPTH) {
                continue;
            }
            let value = match self.nulls && field.is_nullable {
                true => Value::Null,
                false => self.value(&field.shape, &field.name, depth + 1),
            };
            object.insert(field.name.clone(), value);
        }
        if self.extra {
            object.insert(EXTRA.to_owned(), json!({"nested": [1, "two"]}));
        }
        object.into()
    }

    fn constant(&self, values: &[String]) -> Value {
        let value = values.get(self.pick % values.len().max(1)).map_or("", String::as_str);
        match value {
            "true" => true.into(),
            "false" => false.into(),
            "null" => Value::Null,
            _ if self.novel => NOVEL.into(),
            value => value.into(),
        }
    }

    /// Walks the variants of unions differently from the values of enums, so that every value
    /// appears in every variant.
    fn spread(&self, depth: usize) -> usize {
        let mixed = (self.pick + 1).wrapping_mul(0x9E37_79B9).wrapping_add(depth * 7);
        mixed >> 7
    }
}

fn text(limits: &Limits, name: &str) -> String {
    match Format::of(name, limits) {
        Some(Format::Email) => EMAIL.to_owned(),
        Some(Format::Domain) => DOMAIN.to_owned(),
        Some(Format::Url) => URL.to_owned(),
        // The document only says that these are strings.
        None if ["range_start", "range_end"].contains(&name) => TIME.to_owned(),
        None => {
            let least = limits.min_length.unwrap_or_default();
            let text = TEXT.repeat(least.div_ceil(TEXT.len()).max(1));
            text.chars().take(limits.max_length.unwrap_or(usize::MAX)).collect()
        }
    }
}

/// The number that is within the limits and closest to this one.
fn number(number: f64, limits: &Limits) -> Value {
    let number = number.max(limits.minimum.unwrap_or(f64::MIN));
    let number = number.min(limits.maximum.unwrap_or(f64::MAX));
    if number.fract() == 0.0 {
        // Exact: the numbers of the document are small.
        (number as i64).into()
    } else {
        Number::from_f64(number).into()
    }
}

impl Operation {
    /// The query and the body of a request; null where there is none. Of fields of which a request
    /// has one or the other, which the document says in words only, it has one.
    pub fn sample_request(&self, sampler: &Sampler) -> (Value, Value) {
        let sample = |shape: &Shape| {
            let mut sample = sampler.sample(shape);
            let largest = Sampler { optional: true, ..sampler.clone() }.sample(shape);
            choose(&mut sample, &largest, sampler);
            // A null password means the same as none.
            if let Some(fields) = sample.as_object_mut() {
                fields.retain(|name, value| name != "password" || !value.is_null());
            }
            sample
        };
        let body = self.body().filter(|body| body.is_required || sampler.optional);
        (
            self.query().map_or(Value::Null, sample),
            body.map_or(Value::Null, |body| sample(&body.shape)),
        )
    }
}

/// Fields of which a request has one set or another, which the document only says in prose.
struct Choice {
    /// The field whose value decides, if there is one.
    by: Option<&'static str>,
    /// The sets, each with its value of that field.
    sets: &'static [(&'static str, &'static [&'static str])],
    /// Whether one of them is required.
    required: bool,
}

const CHOICES: &[Choice] = &[
    Choice {
        by: None,
        sets: &[("", &["resource_id"]), ("", &["resource_external_id", "resource_type_slug"])],
        required: false,
    },
    Choice {
        by: None,
        sets: &[
            ("", &["parent_resource_id"]),
            ("", &["parent_resource_external_id", "parent_resource_type_slug"]),
        ],
        required: true,
    },
    Choice {
        by: None,
        sets: &[
            ("", &["parent_resource_id"]),
            ("", &["parent_external_id", "parent_resource_type_slug"]),
        ],
        required: false,
    },
    Choice { by: None, sets: &[("", &["saml_options"]), ("", &["oidc_options"])], required: true },
    Choice {
        by: None,
        sets: &[("", &["retention_period"]), ("", &["retention_period_in_days"])],
        required: true,
    },
    Choice {
        by: Some("type"),
        sets: &[
            ("user_delegated", &["user_access_token"]),
            ("autonomous", &["organization_id"]),
            ("agent_delegated", &["agent_access_token"]),
            ("refresh", &["refresh_token"]),
        ],
        required: true,
    },
    Choice {
        by: Some("type"),
        sets: &[
            ("generic_otp", &[]),
            ("sms", &["phone_number"]),
            ("totp", &["totp_issuer", "totp_user"]),
        ],
        required: true,
    },
    Choice {
        by: Some("grant_type"),
        sets: &[
            ("authorization_code", &["code", "code_verifier"]),
            (
                "urn:ietf:params:oauth:grant-type:token-exchange",
                &["organization_id", "subject_token", "subject_token_type"],
            ),
        ],
        required: true,
    },
];

impl Choice {
    fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.sets.iter().flat_map(|(_, set)| *set).copied()
    }

    /// Keeps one of the sets in an object that has this choice.
    fn apply(
        &self,
        fields: &mut Map<String, Value>,
        largest: &Map<String, Value>,
        sampler: &Sampler,
    ) {
        if !self.fields().all(|field| largest.contains_key(field)) {
            return;
        }
        let tag = self.by.and_then(|field| fields.get(field)).cloned();
        let is_meant = |name: &str| tag.as_ref().is_none_or(|tag| tag == name);
        let sets: Vec<_> = self.sets.iter().filter(|(name, _)| is_meant(name)).collect();
        fields.retain(|name, _| self.fields().all(|field| field != name));
        let chosen = sets.get(sampler.spread(0) % sets.len().max(1));
        if let Some((_, chosen)) = chosen.filter(|_| self.required || sampler.optional) {
            let values = chosen.iter().filter_map(|field| largest.get_key_value(*field));
            fields.extend(values.map(|(field, value)| (field.clone(), value.clone())));
        }
    }
}

/// Keeps one set of every choice in a request, taken from the largest request.
fn choose(value: &mut Value, largest: &Value, sampler: &Sampler) {
    match (value, largest) {
        (Value::Array(items), Value::Array(largest)) => {
            for (item, largest) in items.iter_mut().zip(largest) {
                choose(item, largest, sampler);
            }
        }
        (Value::Object(fields), Value::Object(largest)) => {
            for (name, field) in fields.iter_mut() {
                choose(field, largest.get(name).unwrap_or(&Value::Null), sampler);
            }
            CHOICES.iter().for_each(|choice| choice.apply(fields, largest, sampler));
        }
        _ => {}
    }
}
