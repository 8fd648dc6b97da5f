//! [`Operation`]: what the API can be asked to do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::check::{Mode, check};
use crate::problem::Problem;
use crate::query;
use crate::shape::{Notation, Shape};

/// An operation of the API: a method and a path, with all that may be sent and answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    name: String,
    query: Option<Shape>,
    headers: Option<Shape>,
    body: Option<Body>,
    successes: BTreeMap<u16, Option<Shape>>,
    errors: BTreeMap<u16, Vec<String>>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Body {
    /// Its type.
    pub shape: Shape,
    /// Whether it may not be left out.
    pub is_required: bool,
}

/// The document lists the fields of this body as query parameters as well.
const IN_BODY_TOO: [&str; 1] = ["POST /sso/token"];

/// What any operation can answer, documented or not: to a request that cannot be read, without a
/// valid key, about something that does not exist, to a body that is too slow or too large, and to
/// too many requests.
const IMPLIED_ERRORS: [u16; 6] = [400, 401, 404, 408, 413, 429];

impl Operation {
    pub(crate) fn read(name: &str, facts: &Value, notation: Notation<'_>) -> Result<Self, String> {
        let mut operation = Self {
            name: name.to_owned(),
            query: None,
            headers: None,
            body: None,
            successes: BTreeMap::new(),
            errors: BTreeMap::new(),
        };
        for (part, facts) in facts.as_object().into_iter().flatten() {
            operation
                .read_part(part, facts, notation)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(operation)
    }

    fn read_part(
        &mut self,
        part: &str,
        facts: &Value,
        notation: Notation<'_>,
    ) -> Result<(), String> {
        let shape = |part| notation.shape(facts, part);
        match part {
            "query" if IN_BODY_TOO.contains(&self.name.as_str()) => {}
            "query" => self.query = Some(shape("query")?),
            "headers" => self.headers = Some(shape("headers")?),
            "body" | "body?" => {
                self.body = Some(Body { shape: shape("body")?, is_required: part == "body" });
            }
            "errors" => self.errors = errors(facts)?,
            status => {
                let shape = if facts.is_null() { None } else { Some(shape(status)?) };
                self.successes.insert(status_code(status)?, shape);
            }
        }
        Ok(())
    }

    /// Method and path, such as `GET /organizations/{id}`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The HTTP method.
    pub fn method(&self) -> &str {
        self.name.split_once(' ').map_or("", |(method, _)| method)
    }

    /// The path with its placeholders, such as `/organizations/{id}`.
    pub fn path(&self) -> &str {
        self.name.split_once(' ').map_or("", |(_, path)| path)
    }

    /// The query parameters, as the fields of an object.
    pub fn query(&self) -> Option<&Shape> {
        self.query.as_ref()
    }

    /// The headers that only this operation has, as the fields of an object.
    pub fn headers(&self) -> Option<&Shape> {
        self.headers.as_ref()
    }

    /// The body of a request.
    pub fn body(&self) -> Option<&Body> {
        self.body.as_ref()
    }

    /// The statuses of success and of redirects in ascending order, each with the type of its body
    /// if it has one.
    pub fn successes(&self) -> impl Iterator<Item = (u16, Option<&Shape>)> {
        self.successes.iter().map(|(status, shape)| (*status, shape.as_ref()))
    }

    /// The documented error statuses in ascending order, each with its codes. The document does not
    /// have all of them.
    pub fn errors(&self) -> impl Iterator<Item = (u16, &[String])> {
        self.errors.iter().map(|(status, codes)| (*status, codes.as_slice()))
    }

    /// Whether an error status is documented.
    pub fn documents_error(&self, status: u16) -> bool {
        self.errors.contains_key(&status)
    }

    /// The documented codes of an error status; none if it is not documented.
    pub fn error_codes(&self, status: u16) -> &[String] {
        self.errors.get(&status).map_or(&[], Vec::as_slice)
    }

    /// Reads a decoded query into an object with values of the documented types, and finds all that
    /// is wrong with it.
    ///
    /// A list is `a=x,y`, `a[]=x&a[]=y` or `a=x&a=y`; a map is `a[key]=x`. A parameter without a
    /// value counts as left out. Undocumented parameters are ignored.
    ///
    /// ```
    /// let list = workos_contract::operation("GET", "/organizations").unwrap();
    /// let (query, problems) = list.read_query(&[("limit", "5"), ("domains", "a.com,b.com")]);
    /// assert_eq!(query, serde_json::json!({"limit": 5, "domains": ["a.com", "b.com"]}));
    /// assert_eq!(problems, []);
    /// let problems = list.read_query(&[("limit", "500")]).1;
    /// assert_eq!(problems[0].to_string(), "limit must be a number from 1 to 100.");
    /// ```
    pub fn read_query(
        &self,
        pairs: &[(impl AsRef<str>, impl AsRef<str>)],
    ) -> (Value, Vec<Problem>) {
        let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let pairs: Vec<_> = pairs.filter(|(_, value)| !value.is_empty()).collect();
        read_parameters(self.query.as_ref(), &pairs)
    }

    /// All that is wrong with the headers of a request. Those that are not documented for this
    /// operation are ignored.
    pub fn check_headers(&self, pairs: &[(impl AsRef<str>, impl AsRef<str>)]) -> Vec<Problem> {
        let lower = |name: &str| name.to_ascii_lowercase();
        let pairs = pairs.iter().map(|(name, value)| (lower(name.as_ref()), value.as_ref()));
        let pairs: Vec<_> = pairs.collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        read_parameters(self.headers.as_ref(), &pairs).1
    }

    /// All that is wrong with the body of a request, in the order of the documented fields. Null is
    /// no body; fields that are not documented are ignored.
    ///
    /// ```
    /// let create = workos_contract::operation("POST", "/organizations").unwrap();
    /// let body = serde_json::json!({"domain_data": [{"domain": "acme.com", "state": "on"}]});
    /// let problems: Vec<_> = create.check_body(&body).iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     problems,
    ///     [
    ///         "domain_data[0].state must be pending or verified.",
    ///         "name is required and must not be empty.",
    ///     ]
    /// );
    /// ```
    pub fn check_body(&self, body: &Value) -> Vec<Problem> {
        match &self.body {
            Some(documented) if documented.is_required || !body.is_null() => {
                check(&documented.shape, body, "", Mode::Body)
            }
            _ => Vec::new(),
        }
    }

    /// Whether this is a documented answer.
    ///
    /// The body of a success must have the documented type, without further fields. An error must
    /// have a documented status, 400, 401, 404, 408, 413, 429 or 5xx, and be an object with `message` and
    /// `code`, or, as in OAuth, with `error` and possibly `error_description`. It may have any code,
    /// because the documented ones are incomplete.
    ///
    /// # Errors
    ///
    /// Lists all problems.
    pub fn check_answer(&self, status: u16, body: &[u8]) -> Result<(), String> {
        let problems = match self.successes.get(&status) {
            Some(None) if body.is_empty() => Vec::new(),
            Some(None) => vec!["the documented answer has no body".to_owned()],
            Some(Some(shape)) => {
                let json = read_json(body)?;
                check(shape, &json, "", Mode::Answer).iter().map(ToString::to_string).collect()
            }
            None if status < 400 => vec![undocumented(status)],
            None => self.check_error(status, body),
        };
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    fn check_error(&self, status: u16, body: &[u8]) -> Vec<String> {
        let is_implied = IMPLIED_ERRORS.contains(&status) || (500..600).contains(&status);
        let mut problems = Vec::new();
        if !is_implied && !self.documents_error(status) {
            problems.push(undocumented(status));
        }
        match read_json(body) {
            Ok(error) if is_error(&error) => {}
            Ok(error) => problems.push(format!("the body is not an error: {error}")),
            Err(problem) => problems.push(problem),
        }
        problems
    }
}

fn errors(facts: &Value) -> Result<BTreeMap<u16, Vec<String>>, String> {
    let codes = |codes: &Value| {
        let codes = codes.as_array().into_iter().flatten().filter_map(Value::as_str);
        codes.map(str::to_owned).collect()
    };
    let statuses = facts.as_object().into_iter().flatten();
    statuses.map(|(status, listed)| Ok((status_code(status)?, codes(listed)))).collect()
}

fn status_code(status: &str) -> Result<u16, String> {
    status.parse().map_err(|_| format!("`{status}` is not a status"))
}

/// Reads text parameters into the fields of an object, and checks them.
fn read_parameters(shape: Option<&Shape>, pairs: &[(&str, &str)]) -> (Value, Vec<Problem>) {
    let Some(shape) = shape else {
        return (Map::new().into(), Vec::new());
    };
    let read = Value::Object(query::read(shape.fields(), pairs));
    let problems = check(shape, &read, "", Mode::Query);
    (read, problems)
}

fn undocumented(status: u16) -> String {
    format!("the status {status} is not documented")
}

fn read_json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))
}

fn is_error(body: &Value) -> bool {
    let is_text = |field: &str| body.get(field).is_some_and(Value::is_string);
    let has_description = || body.get("error_description").is_none_or(Value::is_string);
    (is_text("message") && is_text("code")) || (is_text("error") && has_description())
}
