//! JWT templates: texts that render to the custom claims of access tokens.
//!
//! A template is a JSON object with expressions in double braces. An expression is a variable such
//! as `user.metadata.tier` or `organization.domains.0.domain`, or a text in quotes; `||` separates
//! fallbacks, of which the first that is not null counts:
//!
//! ```text
//! {"email": {{ user.email }}, "greeting": "Hello {{ user.first_name || 'you' }}"}
//! ```
//!
//! Outside a JSON string an expression stands for any JSON value. Inside one it stands for text:
//! null is empty, and objects and arrays are refused.

use std::fmt;

use serde_json::{Map, Value, json};
use workos::{OrganizationMembership, SlimRole, User};

use crate::products::{memberships, users};
use crate::state::Store;

/// The limit of WorkOS: the claims have to fit into a cookie.
const MAX_CLAIMS_BYTES: usize = 3072;
/// The claims that a template may not set. All others it may, such as `aud` and `role`.
const RESERVED: [&str; 6] = ["iss", "sub", "exp", "iat", "nbf", "jti"];
/// The keys of `user.identities`.
const IDENTITIES: [&str; 10] = [
    "AppleOAuth",
    "GitHubOAuth",
    "GoogleOAuth",
    "GrokOAuth",
    "IntuitOAuth",
    "LinkedInOAuth",
    "MicrosoftOAuth",
    "SalesforceOAuth",
    "VercelMarketplaceOAuth",
    "VercelOAuth",
];

/// What a template can read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    pub(crate) user: Value,
    pub(crate) organization: Value,
    pub(crate) organization_membership: Value,
}

/// Why a template does not render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError(String);

/// The claims of a template. Those that are null are left out.
pub(crate) fn render(
    template: &str,
    context: &Context,
) -> Result<Map<String, Value>, TemplateError> {
    let mut claims = fill(template, context)?;
    claims.retain(|name, value| !value.is_null() && !RESERVED.contains(&name.as_str()));
    let size = json!(claims).to_string().len();
    if size > MAX_CLAIMS_BYTES {
        return fail(format!("renders to {size} bytes, over the {MAX_CLAIMS_BYTES}-byte limit"));
    }
    Ok(claims)
}

/// Whether a template can be set: as far as can be known before anybody signs in.
pub(crate) fn validate(template: &str) -> Result<(), TemplateError> {
    let context = Context::empty();
    let claims = fill(template, &context)?;
    if claims.is_empty() {
        return fail("sets no claim");
    }
    if let Some(reserved) = RESERVED.iter().find(|name| claims.contains_key(**name)) {
        return fail(format!("sets reserved claims: {reserved}"));
    }
    render(template, &context).map(drop)
}

impl Context {
    /// Objects and arrays where every sign-in has them, and null for all else.
    fn empty() -> Self {
        Self {
            user: json!({"metadata": {}, "identities": {}}),
            organization: json!({"metadata": {}, "domains": [{}]}),
            organization_membership: json!({"roles": [], "custom_attributes": {}}),
        }
    }

    /// What a template can read when this user signs in, to an organization or to none.
    pub(crate) fn of(store: &Store, user: &User, organization_id: Option<&str>) -> Self {
        let mut context = Self { user: json!(user), ..Self::default() };
        if let Some(fields) = context.user.as_object_mut() {
            fields.remove("last_sign_in_at");
            fields.insert("identities".into(), identities(store, &user.id));
        }
        let Some(id) = organization_id else { return context };
        context.organization =
            store.organizations.get(id).map_or(Value::Null, |organization| json!(organization));
        let membership = memberships::find(store, &user.id, id);
        context.organization_membership = membership.map_or(Value::Null, |own| membership_of(own));
        context
    }

    fn lookup(&self, path: &[&str]) -> &Value {
        let mut path = path.iter().copied();
        let mut value = path.next().and_then(|root| self.root(root));
        for name in path {
            value = match value {
                Some(Value::Object(fields)) => fields.get(name),
                Some(Value::Array(items)) => {
                    name.parse().ok().and_then(|place: usize| items.get(place))
                }
                _ => None,
            };
        }
        value.unwrap_or(&Value::Null)
    }

    fn root(&self, name: &str) -> Option<&Value> {
        match name {
            "user" => Some(&self.user),
            "organization" => Some(&self.organization),
            "organization_membership" => Some(&self.organization_membership),
            _ => None,
        }
    }
}

/// The accounts of a user: the ID at each provider, or null.
fn identities(store: &Store, user_id: &str) -> Value {
    let id_at = |provider: &str| {
        users::identity(store, user_id, &users::identity_provider(provider)).map(|own| &own.idp_id)
    };
    IDENTITIES.iter().map(|provider| ((*provider).to_owned(), json!(id_at(provider)))).collect()
}

/// Only what templates see of a membership; roles are slugs.
fn membership_of(membership: &OrganizationMembership) -> Value {
    let roles = membership.roles.iter().flatten();
    json!({
        "object": membership.object,
        "id": membership.id,
        "role": membership.role.as_ref().map(|role| &role.slug),
        "roles": roles.map(|role: &SlimRole| &role.slug).collect::<Vec<_>>(),
        "custom_attributes": json!(membership.custom_attributes.clone().unwrap_or_default()),
        "created_at": membership.created_at,
        "updated_at": membership.updated_at,
    })
}

/// Writes values in the place of expressions, and reads the JSON that comes of it.
fn fill(template: &str, context: &Context) -> Result<Map<String, Value>, TemplateError> {
    let mut json = String::with_capacity(template.len());
    for part in parse(template)? {
        match part {
            Part::Text(text) => json.push_str(text),
            Part::Value { choices, is_in_string: false } => {
                json.push_str(&pick(&choices, context).to_string());
            }
            Part::Value { choices, is_in_string: true } => match pick(&choices, context) {
                Value::Null => {}
                Value::Object(_) | Value::Array(_) => {
                    return fail("has an object or array inside a string");
                }
                Value::String(text) => json.push_str(&escaped(&text)),
                number_or_bool => json.push_str(&number_or_bool.to_string()),
            },
        }
    }
    match serde_json::from_str(&json) {
        Ok(Value::Object(claims)) => Ok(claims),
        Ok(_) => fail("does not render to a JSON object"),
        Err(error) => fail(format!("does not render to JSON: {error}")),
    }
}

/// The first value that is not null.
fn pick(choices: &[Choice<'_>], context: &Context) -> Value {
    let values = choices.iter().map(|choice| match choice {
        Choice::Variable(path) => context.lookup(path).clone(),
        Choice::Text(text) => Value::from(*text),
    });
    values.into_iter().find(|value| !value.is_null()).unwrap_or_default()
}

/// A text as it stands between the quotes of JSON.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// A piece of a template.
#[derive(Debug)]
enum Part<'a> {
    Text(&'a str),
    Value { choices: Vec<Choice<'a>>, is_in_string: bool },
}

/// One of the fallbacks of an expression.
#[derive(Debug)]
enum Choice<'a> {
    Variable(Vec<&'a str>),
    Text(&'a str),
}

fn parse(template: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let (mut parts, mut rest, mut is_in_string) = (Vec::new(), template, false);
    while let Some((text, after)) = rest.split_once("{{") {
        is_in_string = string_state(text, is_in_string)?;
        parts.push(Part::Text(text));
        let (choices, after) = expression(after)?;
        parts.push(Part::Value { choices, is_in_string });
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Whether the end of a text is inside a JSON string.
fn string_state(text: &str, mut is_in_string: bool) -> Result<bool, TemplateError> {
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => is_in_string = !is_in_string,
            // It would escape what the expression stands for.
            '\\' if chars.next().is_none() => return fail("has a `\\` before an expression"),
            _ => {}
        }
    }
    Ok(is_in_string)
}

/// Reads an expression after its `{{`; returns what follows its `}}`, too.
fn expression(text: &str) -> Result<(Vec<Choice<'_>>, &str), TemplateError> {
    let (mut choices, mut rest) = (Vec::new(), text);
    loop {
        let (choice, after) = choice(rest.trim_start())?;
        choices.push(choice);
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix("}}") {
            return Ok((choices, after));
        }
        let Some(after) = rest.strip_prefix("||") else {
            return fail(match rest.chars().next() {
                None => "has `{{` without `}}`".to_owned(),
                Some(char) => format!("has an unexpected `{char}` in an expression"),
            });
        };
        rest = after;
    }
}

fn choice(text: &str) -> Result<(Choice<'_>, &str), TemplateError> {
    let quoted = |quote| text.strip_prefix(quote).map(|text: &str| (text, quote));
    if let Some((text, quote)) = quoted('\'').or_else(|| quoted('"')) {
        return match text.split_once(quote) {
            Some((text, after)) => Ok((Choice::Text(text), after)),
            None => fail("has a text without a closing quote"),
        };
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    let (variable, after) = text.split_at(end);
    let path: Vec<_> = variable.split('.').collect();
    match *path {
        [""] => fail("has an expression without a variable or a text in quotes"),
        _ if path.contains(&"") => fail(format!("has the malformed variable `{variable}`")),
        [root, ..] if Context::default().root(root).is_none() => fail(format!(
            "has the unknown variable `{root}`; there are user, organization and \
             organization_membership"
        )),
        _ => Ok((Choice::Variable(path), after)),
    }
}

fn fail<T>(reason: impl Into<String>) -> Result<T, TemplateError> {
    Err(TemplateError(reason.into()))
}

/// The reason continues the name of the template, as in `sets no claim`.
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context() -> Context {
        Context {
            user: json!({
                "id": "user_1", "email": "ada@example.com", "first_name": "Ada", "last_name": null,
                "email_verified": true,
                "metadata": {"tier": "gold", "quote": "\"\\\n{{ user.id }}"},
            }),
            organization: json!({"domains": [{"domain": "acme.com"}, {"domain": "acme.dev"}]}),
            organization_membership: json!({"roles": ["admin"], "age": 36}),
        }
    }

    fn rendered(template: &str) -> Value {
        Value::Object(render(template, &context()).unwrap())
    }

    fn refused(template: &str) -> String {
        render(template, &context()).unwrap_err().to_string()
    }

    #[test]
    fn values_stand_in_the_place_of_expressions() {
        for (template, claims) in [
            (r#"{"a": {{ user.email }}}"#, json!({"a": "ada@example.com"})),
            (r#"{"a":{{user.email_verified}}}"#, json!({"a": true})),
            (r#"{"a": {{ user.metadata }}}"#, json!({"a": context().user["metadata"]})),
            (r#"{"a": [{{ organization_membership.roles }}]}"#, json!({"a": [["admin"]]})),
            (r#"{"a": {"b": {{ user.last_name }}}}"#, json!({"a": {"b": null}})),
            (r#"{"a": "{{ user.first_name }} {{ user.last_name }}!"}"#, json!({"a": "Ada !"})),
            (
                r#"{"a": "{{ organization_membership.age }}{{ user.email_verified }}"}"#,
                json!({"a": "36true"}),
            ),
            (r#"{"a": "{{ organization.domains.1.domain }}"}"#, json!({"a": "acme.dev"})),
            (r#"{"a": "{{ organization.domains.2.domain }}"}"#, json!({"a": ""})),
            (r#"{"a": "\"{{ user.id }}\" \\"}"#, json!({"a": "\"user_1\" \\"})),
            (r#"{"{{ user.id }}": 1}"#, json!({"user_1": 1})),
            (r#"{"a": "{{ user.metadata.quote }}"}"#, json!({"a": "\"\\\n{{ user.id }}"})),
            (r#"{"a": {{ user.metadata.quote }}}"#, json!({"a": "\"\\\n{{ user.id }}"})),
            (r#"{"aud": "mine", "role": "x"}"#, json!({"aud": "mine", "role": "x"})),
        ] {
            assert_eq!(rendered(template), claims, "{template}");
        }
    }

    #[test]
    fn the_first_fallback_that_is_not_null_counts() {
        for (expression, value) in [
            ("user.metadata.nick || user.email", json!("ada@example.com")),
            ("user.metadata.nick||user.last_name||'Guest'", json!("Guest")),
            ("user.first_name || 'Guest'", json!("Ada")),
            (r#"user.metadata.nick || "a || }} b""#, json!("a || }} b")),
            ("'' || user.id", json!("")),
            ("user.nick || organization.nick || 'é'", json!("é")),
            ("user.metadata.no-tier || user.metadata", context().user["metadata"].clone()),
        ] {
            let template = format!(r#"{{"a": {{{{ {expression} }}}}}}"#);
            assert_eq!(rendered(&template), json!({"a": value}), "{template}");
        }
    }

    #[test]
    fn claims_that_are_null_or_reserved_are_left_out() {
        let template = r#"{"a": {{ user.nick }}, "b": "{{ user.nick }}", "s{{ 'ub' }}": 1}"#;
        assert_eq!(rendered(template), json!({"b": ""}));
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        let unknown = "has the unknown variable `usr`; there are user, organization and \
                       organization_membership";
        let empty = "has an expression without a variable or a text in quotes";
        for (template, reason) in [
            (r#"{"a": {{ usr.email }}}"#, unknown),
            (r#"{"a": {{ user..email }}}"#, "has the malformed variable `user..email`"),
            (r#"{"a": {{ }}}"#, empty),
            (r#"{"a": {{ user.email || }}}"#, empty),
            (r#"{"a": {{ user.email | upcase }}}"#, "has an unexpected `|` in an expression"),
            (r#"{"a": {{ user.email 'b' }}}"#, "has an unexpected `'` in an expression"),
            (r#"{"a": {{ user.email"#, "has `{{` without `}}`"),
            (r#"{"a": {{ 'b }}}"#, "has a text without a closing quote"),
            (r#"{"a": "\{{ user.email }}"}"#, "has a `\\` before an expression"),
            (r#"{"a": "{{ user.metadata }}"}"#, "has an object or array inside a string"),
            (r#"["{{ user.email }}"]"#, "does not render to a JSON object"),
        ] {
            assert_eq!(refused(template), reason, "{template}");
        }
        assert!(refused(r#"{"a": "{{ user.email }}}"#).starts_with("does not render to JSON: "));
    }

    #[test]
    fn claims_are_limited_in_size() {
        let fits = "x".repeat(MAX_CLAIMS_BYTES - r#"{"a":""}"#.len());
        let template = |text: &str| format!(r#"{{"a": "{text}"}}"#);
        assert_eq!(rendered(&template(&fits)), json!({"a": fits}));
        let reason = "renders to 3073 bytes, over the 3072-byte limit";
        assert_eq!(refused(&template(&(fits.clone() + "x"))), reason);
        assert_eq!(validate(&template(&(fits + "x"))).unwrap_err().to_string(), reason);
    }

    #[test]
    fn validation_finds_what_no_sign_in_could_render() {
        for template in [
            r#"{"a": "{{ user.first_name || 'Someone' }}", "b": {{ user.email }}}"#,
            r#"{"a": "{{ organization.domains.0.domain }}", "aud": {{ user.metadata }}}"#,
            r#"{"a": {{ organization_membership.custom_attributes.x || "default" }}}"#,
        ] {
            assert_eq!(validate(template), Ok(()), "{template}");
        }
        for (template, reason) in [
            ("{}", "sets no claim"),
            (r#"{"a": 1, "iat": null}"#, "sets reserved claims: iat"),
            (r#"{"sub": {{ user.nick }}}"#, "sets reserved claims: sub"),
            (r#"{"a": "{{ user.identities }}"}"#, "has an object or array inside a string"),
            (r#"{"a": "{{ organization.domains.0 }}"}"#, "has an object or array inside a string"),
        ] {
            assert_eq!(validate(template).unwrap_err().to_string(), reason, "{template}");
        }
    }

    #[test]
    fn a_context_has_the_user_and_what_belongs_to_the_organization() {
        let mut membership = OrganizationMembership::default();
        let mut role = SlimRole::default();
        role.slug = "admin".into();
        membership.id = "om_1".into();
        membership.role = Some(role.clone());
        membership.roles = Some(vec![role]);
        let mut user = User::default();
        user.email = "ada@example.com".into();
        let context = Context::of(&Store::default(), &user, None);
        assert_eq!(context.user["email"], "ada@example.com");
        assert_eq!(context.user["identities"]["GitHubOAuth"], Value::Null);
        assert_eq!(context.user["identities"].as_object().unwrap().len(), IDENTITIES.len());
        assert_eq!(context.user.get("last_sign_in_at"), None);
        assert_eq!(context.organization, Value::Null);
        let shown = membership_of(&membership);
        assert_eq!((&shown["role"], &shown["roles"]), (&json!("admin"), &json!(["admin"])));
    }

    /// Any text, often with the characters that matter.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), r#"[\\"'{}|. a-z\n]{0,20}"#]
    }

    proptest! {
        #[test]
        fn no_template_panics(template in texts(), value in texts()) {
            let context = Context { user: json!({"id": value}), ..Context::default() };
            for template in [
                template.clone(),
                format!("{{{{{template}}}}}"),
                format!(r#"{{"a": "{template}{{{{ user.id }}}}"}}"#),
                format!(r#"{{"a": {{{{ {template} || user.id }}}}}}"#),
            ] {
                let _ = (validate(&template), render(&template, &context));
            }
        }

        #[test]
        fn a_value_stays_what_it_is(value in texts(), other in texts()) {
            let context = Context {
                user: json!({"first_name": value, "last_name": other}), ..Context::default()
            };
            let template = r#"{
                "a": {{ user.first_name }},
                "b": "<{{ user.first_name }}>{{ user.last_name || 'x' }}",
                "c": [{{ user.nick || user.last_name }}]
            }"#;
            prop_assume!(value.len() * 6 + other.len() * 6 < MAX_CLAIMS_BYTES / 2);
            let claims = render(template, &context).unwrap();
            let expected = json!({
                "a": value, "b": format!("<{value}>{other}"), "c": [other],
            });
            prop_assert_eq!(Value::Object(claims), expected);
        }

        #[test]
        fn a_template_without_expressions_is_its_own_json(
            claims in prop::collection::btree_map("[a-z]{4,8}", texts(), 1..5),
        ) {
            let template = serde_json::to_string_pretty(&claims).unwrap();
            prop_assume!(template.len() < MAX_CLAIMS_BYTES && !template.contains("{{"));
            prop_assert_eq!(validate(&template), Ok(()));
            let rendered = render(&template, &Context::default()).unwrap();
            prop_assert_eq!(Value::Object(rendered), json!(claims));
        }

        #[test]
        fn a_literal_is_taken_as_it_is(text in "[^']{0,20}") {
            let template = format!(r#"{{"a": "{{{{ user.nick || '{text}' }}}}"}}"#);
            let claims = render(&template, &Context::default()).unwrap();
            prop_assert_eq!(Value::Object(claims), json!({"a": text}));
        }
    }
}
