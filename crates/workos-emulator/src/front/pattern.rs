//! [`RequestPattern`]: selects requests.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::router;
use crate::fields::{form, is_default, is_form};

/// Selects requests: those to assert on in the [log](crate::Requests), or those that a
/// [fault](crate::Fault) applies to. What it does not set matches anything.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use serde_json::json;
/// use workos::organizations::CreateOrganization;
/// use workos_emulator::{Emulator, RequestPattern};
///
/// let emulator = Emulator::start().await?;
/// let organizations = emulator.client().organizations();
/// organizations.create_organization(CreateOrganization::new("Acme")).await?;
///
/// let creation = RequestPattern::new()
///     .operation("organizations.create_organization")
///     .body(json!({"name": "Acme"}));
/// let requests = emulator.requests().expect(&creation, 1)?;
/// assert_eq!(requests[0].changes[0].collection, "organizations");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestPattern {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) method: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) operation: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) query: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) body: Option<Value>,
}

/// What a request has that patterns look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) operation: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
}

impl<'a> Sent<'a> {
    pub(super) fn of(head: &'a Parts, body: &'a Bytes, operation: Option<&'a str>) -> Self {
        Self {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            operation,
            headers: &head.headers,
            body,
        }
    }
}

impl RequestPattern {
    /// All requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those with this method.
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method.to_string());
        self
    }

    /// Only those to this path: `/organizations` exactly, or `/organizations/*` with everything below.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Only those for this operation, as the SDK names it: `organizations.create_organization`.
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// Only those with this query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// Only those with this header. The name is case-insensitive, the value is not.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Only those whose body has these fields with these values; it may have others. The fields of a
    /// form are strings.
    pub fn body(mut self, fields: Value) -> Self {
        self.body = Some(fields);
        self
    }

    /// What is wrong with the pattern, so that it fits no request.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(method) = self.method.as_deref().filter(|method| *method != "*")
            && method.parse::<Method>().is_err()
        {
            return Err("method must be an HTTP method or *".to_owned());
        }
        match self.operation.as_deref() {
            Some(name) if !router::operations().any(|known| known == name) => {
                let meant = router::meant(name);
                let hint = if meant.is_empty() {
                    "they are named as in organizations.create_organization".to_owned()
                } else {
                    format!("did you mean {}?", meant.join(" or "))
                };
                Err(format!("operation: there is no {name}; {hint}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether this is one of the requests.
    pub(crate) fn fits(&self, sent: &Sent<'_>) -> bool {
        self.fits_head(sent) && self.differences(sent).is_empty()
    }

    /// Whether method, path and operation match. These are checked first because they are cheap.
    fn fits_head(&self, sent: &Sent<'_>) -> bool {
        self.method.as_deref().is_none_or(|own| is_method(own, sent.method))
            && self.path.as_deref().is_none_or(|own| covers(own, sent.path))
            && self.operation.as_deref().is_none_or(|own| Some(own) == sent.operation)
    }

    /// How a request differs from the pattern: one line per difference.
    pub(crate) fn differences(&self, sent: &Sent<'_>) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differs = |name: &str, expected: &dyn std::fmt::Display, found: &str| {
            differences.push(format!("{name}: expected {expected}, found {found}"));
        };
        if let Some(method) = self.method.as_deref().filter(|own| !is_method(own, sent.method)) {
            differs("method", &method, sent.method.as_str());
        }
        if let Some(path) = self.path.as_deref().filter(|own| !covers(own, sent.path)) {
            differs("path", &path, sent.path);
        }
        if let Some(operation) = &self.operation
            && Some(operation.as_str()) != sent.operation
        {
            differs("operation", operation, sent.operation.unwrap_or("none"));
        }
        for (name, value) in &self.query {
            let parameters = form_urlencoded::parse(sent.query.as_bytes());
            let found: Vec<_> =
                parameters.filter(|(own, _)| own == name).map(|(_, value)| value).collect();
            if !found.iter().any(|found| found == value) {
                differs(&format!("query.{name}"), value, found.first().map_or("none", |one| one));
            }
        }
        for (name, value) in &self.headers {
            let found: Vec<_> = sent.headers.get_all(name.as_str()).iter().collect();
            if !found.iter().any(|found| found.as_bytes() == value.as_bytes()) {
                let found = found.first().and_then(|found| found.to_str().ok());
                differs(&format!("headers.{name}"), value, found.unwrap_or("none"));
            }
        }
        if let Some(expected) = &self.body {
            compare("body", expected, body(sent).as_ref(), &mut |place, expected, found| {
                let found = found.map_or_else(|| "none".to_owned(), Value::to_string);
                differs(place, expected, &found);
            });
        }
        differences
    }
}

/// Whether this is the method, or `*`.
fn is_method(pattern: &str, method: &Method) -> bool {
    pattern == "*" || pattern.eq_ignore_ascii_case(method.as_str())
}

/// Whether `pattern` names this path: exactly, by `prefix/*`, or as `*`.
fn covers(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix) || prefix.strip_suffix('/') == Some(path),
        None => path == pattern,
    }
}

/// The JSON of a body, or the fields of a form.
fn body(sent: &Sent<'_>) -> Option<Value> {
    if is_form(sent.headers) {
        return Some(Value::Object(form(sent.body)));
    }
    serde_json::from_slice(sent.body).ok()
}

/// Reports each value that is expected and not found.
fn compare(
    place: &str,
    expected: &Value,
    found: Option<&Value>,
    differs: &mut dyn FnMut(&str, &Value, Option<&Value>),
) {
    match (expected, found) {
        (Value::Object(fields), Some(Value::Object(_))) => {
            for (name, expected) in fields {
                let found = found.and_then(|found| found.get(name));
                compare(&format!("{place}.{name}"), expected, found, differs);
            }
        }
        _ if found == Some(expected) => {}
        _ => differs(place, expected, found),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn differences(pattern: &RequestPattern, query: &str, json: &Value) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert("x-team", HeaderValue::from_static("core"));
        let body = Bytes::from(json.to_string());
        let sent = Sent {
            method: &Method::POST,
            path: "/organizations/org_1",
            query,
            operation: Some("organizations.update_organization"),
            headers: &headers,
            body: &body,
        };
        let differences = pattern.differences(&sent);
        assert_eq!(pattern.fits(&sent), differences.is_empty());
        differences
    }

    #[test]
    fn what_a_pattern_leaves_out_may_be_anything() {
        let json = json!({"name": "Acme", "metadata": {"tier": "gold", "size": "5"}});
        for pattern in [
            RequestPattern::new(),
            RequestPattern::new().method(Method::POST).path("/organizations/*"),
            RequestPattern { method: Some("post".to_owned()), ..RequestPattern::new() },
            RequestPattern::new().path("*").query("a", "2").header("X-Team", "core"),
            RequestPattern::new().operation("organizations.update_organization"),
            RequestPattern::new().body(json!({"metadata": {"tier": "gold"}})),
        ] {
            assert_eq!(differences(&pattern, "a=1&a=2&b=3", &json), [""; 0], "{pattern:?}");
        }
    }

    #[test]
    fn each_difference_is_named() {
        let pattern = RequestPattern::new()
            .method(Method::GET)
            .path("/users")
            .operation("users.get_user")
            .query("limit", "5")
            .header("x-team", "web")
            .body(json!({"metadata": {"tier": "gold"}, "name": "Beta"}));
        assert_eq!(
            differences(&pattern, "", &json!({"name": "Acme"})),
            [
                "method: expected GET, found POST",
                "path: expected /users, found /organizations/org_1",
                "operation: expected users.get_user, found organizations.update_organization",
                "query.limit: expected 5, found none",
                "headers.x-team: expected web, found core",
                r#"body.metadata: expected {"tier":"gold"}, found none"#,
                r#"body.name: expected "Beta", found "Acme""#,
            ]
        );
    }

    #[test]
    fn an_operation_that_does_not_exist_is_refused() {
        let check = |name: &str| RequestPattern::new().operation(name).check();
        assert_eq!(check("organizations.create_organization"), Ok(()));
        assert_eq!(
            check("organization.create_organization").unwrap_err(),
            "operation: there is no organization.create_organization; did you mean \
             organizations.create_organization?"
        );
        assert_eq!(
            check("organizations.list_organisations").unwrap_err(),
            "operation: there is no organizations.list_organisations; did you mean \
             organizations.list_organizations?"
        );
        assert_eq!(
            check("create").unwrap_err(),
            "operation: there is no create; they are named as in organizations.create_organization"
        );
    }
}
