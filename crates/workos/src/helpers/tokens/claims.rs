//! [`AccessToken`]: the claims of a token.

use std::fmt;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::TokenError;
use crate::Timestamp;
use crate::user_management::Impersonator;

/// The claims of a verified access token.
///
/// Claims that are missing or null are `None` or empty. `sub`, `sid`, `iss`, `jti` and the times
/// `exp`, `iat` and `nbf` have to have the right type. A JWT template may have changed any other
/// claim: one that does not fit its field is in [`other`](Self::other).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessToken {
    /// The subject: a user, an application or an agent.
    pub sub: String,
    /// The session.
    pub sid: Option<String>,
    /// The organization that the user is signed in to.
    pub org_id: Option<String>,
    /// The role in that organization.
    pub role: Option<String>,
    /// All roles in that organization.
    pub roles: Vec<String>,
    /// The permissions of the roles. Check one with [`may`](Self::may).
    pub permissions: Vec<String>,
    /// The entitlements of the organization.
    pub entitlements: Vec<String>,
    /// The feature flags that are on.
    pub feature_flags: Vec<String>,
    /// Who acts on behalf of `sub`, such as an impersonator.
    pub act: Option<Actor>,
    /// The impersonator of the user, in tokens that have this claim instead of `act`.
    pub impersonator: Option<Impersonator>,
    /// Who issued the token.
    pub iss: Option<String>,
    /// The audiences it is for.
    pub aud: Vec<String>,
    /// The application it was issued to.
    pub client_id: Option<String>,
    /// When it expires: the first instant at which it is no longer valid.
    pub exp: Timestamp,
    /// When it was issued.
    pub iat: Option<Timestamp>,
    /// When it becomes valid.
    pub nbf: Option<Timestamp>,
    /// When the user signed in.
    pub auth_time: Option<Timestamp>,
    /// The ID of the token.
    pub jti: Option<String>,
    /// The scopes, separated by spaces, also if the token has a list.
    pub scope: Option<String>,
    /// All other claims: those of JWT templates, and those that do not fit their field.
    pub other: Map<String, Value>,
}

/// The `act` claim.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct Actor {
    /// Who acts: for an impersonated session, the email address of the impersonator.
    pub sub: Option<String>,
}

impl AccessToken {
    /// Deserializes the claims that this crate does not know, such as those of a JWT template. They
    /// are also in [`other`](Self::other).
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Plan {
    ///     #[serde(rename = "urn:app:tier")]
    ///     tier: String,
    /// }
    ///
    /// # fn read(token: workos::helpers::tokens::AccessToken) -> Result<(), serde_json::Error> {
    /// let plan: Plan = token.custom()?;
    /// println!("{}", plan.tier);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the claims are not what `T` expects.
    pub fn custom<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(Value::Object(self.other.clone()))
    }

    /// The kind of subject.
    ///
    /// ```
    /// use workos::helpers::tokens::{AccessToken, TokenSubject};
    ///
    /// # fn serve(token: AccessToken) -> String {
    /// match token.subject() {
    ///     TokenSubject::User => format!("user {} of {:?}", token.sub, token.org_id),
    ///     TokenSubject::Machine => format!("application {}", token.sub),
    ///     other => format!("{other:?}"),
    /// }
    /// # }
    /// ```
    pub fn subject(&self) -> TokenSubject {
        if self.is_subject_a_machine() {
            TokenSubject::Machine
        } else if self.is_subject_a_user() {
            TokenSubject::User
        } else {
            TokenSubject::Agent
        }
    }

    /// Whether a permission or a scope allows this action, such as `orders:read`. Users have
    /// permissions; machines and agents have scopes.
    pub fn may(&self, action: &str) -> bool {
        self.permissions.iter().any(|permission| permission == action) || self.has_scope(action)
    }

    /// The email address of the impersonator, if there is one.
    pub fn actor(&self) -> Option<&str> {
        let act = self.act.as_ref().and_then(|actor| actor.sub.as_deref());
        act.or_else(|| self.impersonator.as_ref().map(|one| one.email.as_str()))
    }

    /// Whether every claim about an impersonator names this address, and at least one does.
    pub(in crate::helpers) fn is_impersonated_by(&self, email: &str) -> bool {
        let impersonator = self.impersonator.as_ref().is_none_or(|one| one.email == email);
        self.actor() == Some(email) && impersonator
    }

    /// The individual scopes of [`scope`](Self::scope).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.iter().flat_map(|scope| scope.split_ascii_whitespace())
    }

    /// Whether [`scope`](Self::scope) contains this one.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|one| one == scope)
    }

    #[inline]
    pub(super) fn parse(json: &[u8]) -> Result<Self, TokenError> {
        let malformed = TokenError::Malformed("claims");
        let json = std::str::from_utf8(json).map_err(|_| malformed.clone())?;
        let mut claims: Claims = crate::json::from_str(json).map_err(|_| malformed)?;
        let missing = TokenError::MissingClaim;
        Ok(Self {
            sub: claims.text("sub")?.filter(|sub| !sub.is_empty()).ok_or(missing("sub"))?,
            exp: claims.time("exp")?.ok_or(missing("exp"))?,
            iat: claims.time("iat")?,
            nbf: claims.time("nbf")?,
            iss: claims.text("iss")?,
            jti: claims.text("jti")?,
            sid: claims.text("sid")?,
            auth_time: claims.take("auth_time", numeric_date),
            org_id: claims.take("org_id", text),
            role: claims.take("role", text),
            roles: claims.take("roles", list).unwrap_or_default(),
            permissions: claims.take("permissions", words).unwrap_or_default(),
            entitlements: claims.take("entitlements", list).unwrap_or_default(),
            feature_flags: claims.take("feature_flags", list).unwrap_or_default(),
            act: claims.take("act", object),
            impersonator: claims.take("impersonator", object),
            aud: claims.take("aud", one_or_more).unwrap_or_default(),
            client_id: claims.take("client_id", text),
            scope: claims.take("scope", scope),
            other: claims.other,
        })
    }

    /// Whether its claims are those of an access token. An ID token has a nonce or hashes (OpenID
    /// Connect Core, sections 2 and 3.3.2.11), a logout token has `events`.
    pub(super) fn is_access_token(&self) -> bool {
        let others = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
        others.into_iter().all(|claim| self.claim(claim).is_none())
    }

    /// A claim in [`other`](Self::other).
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.other.get(name).filter(|value| !value.is_null())
    }

    /// The claims that tokens of agents must have, besides `sub` and `exp`.
    pub(super) fn require_agent_claims(&self) -> Result<(), TokenError> {
        let claims = [
            ("iss", self.iss.is_some()),
            ("aud", !self.aud.is_empty()),
            ("jti", self.jti.is_some()),
            ("org_id", self.org_id.is_some()),
            ("iat", self.iat.is_some()),
        ];
        let missing = claims.into_iter().find(|(_, there)| !there);
        missing.map_or(Ok(()), |(claim, _)| Err(TokenError::MissingClaim(claim)))
    }

    /// The subject of a machine's token is an application, and there is no session.
    pub(super) fn is_subject_a_machine(&self) -> bool {
        self.sub.starts_with("client_") && self.sid.is_none()
    }

    /// Tokens of users have no `sub_type`, and no other `sub_profile` than `user`.
    pub(super) fn is_subject_a_user(&self) -> bool {
        let profile = self.claim("sub_profile");
        let is_agent = self.sub.starts_with("agent_");
        !is_agent && self.claim("sub_type").is_none() && profile.is_none_or(|it| it == "user")
    }
}

/// The kind of subject of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenSubject {
    /// A user: `sub` is `user_…`, and `sid` is the session.
    User,
    /// An M2M application: `sub` is its client ID. See
    /// [`client_credentials`](crate::helpers::client_credentials).
    Machine,
    /// An agent. See [`agents`](crate::agents).
    Agent,
}

/// The claims that [`AccessToken`] has a field for.
const KNOWN: [&str; 19] = [
    "iss",
    "sub",
    "exp",
    "iat",
    "nbf",
    "jti",
    "sid",
    "auth_time",
    "org_id",
    "role",
    "roles",
    "permissions",
    "entitlements",
    "feature_flags",
    "act",
    "impersonator",
    "aud",
    "client_id",
    "scope",
];

/// The claims of a token, unparsed. A duplicate claim is an error: two readers must not see two
/// different tokens.
#[derive(Default)]
struct Claims {
    /// In the order of [`KNOWN`].
    known: [Option<Value>; KNOWN.len()],
    other: Map<String, Value>,
}

impl Claims {
    /// A claim that has to be text if it is present.
    fn text(&mut self, name: &'static str) -> Result<Option<String>, TokenError> {
        self.binding(name, text)
    }

    /// A claim that has to be a time if it is present.
    fn time(&mut self, name: &'static str) -> Result<Option<Timestamp>, TokenError> {
        self.binding(name, numeric_date)
    }

    fn binding<T>(
        &mut self,
        name: &'static str,
        read: fn(Value) -> Result<T, Value>,
    ) -> Result<Option<T>, TokenError> {
        let value = self.remove(name).map(read);
        value.transpose().map_err(|_| TokenError::InvalidClaim(name))
    }

    /// A claim that becomes one of the [`other`](Self::other) if it does not fit.
    fn take<T>(&mut self, name: &str, read: fn(Value) -> Result<T, Value>) -> Option<T> {
        let misfit = match read(self.remove(name)?) {
            Ok(value) => return Some(value),
            Err(value) => value,
        };
        self.other.insert(name.to_owned(), misfit);
        None
    }

    /// Null counts as missing.
    fn remove(&mut self, name: &str) -> Option<Value> {
        let at = KNOWN.iter().position(|known| *known == name)?;
        self.known.get_mut(at)?.take().filter(|value| !value.is_null())
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = Claims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
        let mut claims = Claims::default();
        while let Some((name, value)) = map.next_entry::<Name, Value>()? {
            let earlier = match name {
                Name::Known(at) => claims.known.get_mut(at).and_then(|it| it.replace(value)),
                Name::Other(name) => claims.other.insert(name, value),
            };
            if earlier.is_some() {
                return Err(A::Error::custom("duplicate claim"));
            }
        }
        Ok(claims)
    }
}

/// The name of a claim.
enum Name {
    /// By its place in [`KNOWN`].
    Known(usize),
    Other(String),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a claim")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        let known = KNOWN.iter().position(|known| *known == name);
        Ok(known.map_or_else(|| Name::Other(name.to_owned()), Name::Known))
    }
}

// How claims are read. A value that does not fit is returned.

fn text(value: Value) -> Result<String, Value> {
    if let Value::String(text) = value { Ok(text) } else { Err(value) }
}

fn list(value: Value) -> Result<Vec<String>, Value> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Ok(items.into_iter().filter_map(|item| text(item).ok()).collect())
        }
        other => Err(other),
    }
}

fn one_or_more(value: Value) -> Result<Vec<String>, Value> {
    text(value).map(|one| vec![one]).or_else(list)
}

/// A list, or text separated by spaces.
fn words(value: Value) -> Result<Vec<String>, Value> {
    let split = |text: String| text.split_ascii_whitespace().map(str::to_owned).collect();
    text(value).map(split).or_else(list)
}

fn scope(value: Value) -> Result<String, Value> {
    text(value).or_else(|value| list(value).map(|scopes| scopes.join(" ")))
}

fn object<T: DeserializeOwned>(value: Value) -> Result<T, Value> {
    if !value.is_object() {
        return Err(value);
    }
    T::deserialize(&value).map_err(|_| value)
}

/// Seconds since the Unix epoch, also with a fraction (RFC 7519, section 2).
fn numeric_date(value: Value) -> Result<Timestamp, Value> {
    let Value::Number(number) = &value else { return Err(value) };
    if let Some(seconds) = number.as_i64() {
        return Ok(Timestamp::from_millis(seconds.saturating_mul(1000)));
    }
    const LONGEST: f64 = 253_402_300_800.0; // the year 10000
    match number.as_f64() {
        // Rounded down: a token is valid no longer than it says.
        Some(seconds) if seconds.abs() < LONGEST => {
            Ok(Timestamp::from_millis((seconds * 1000.0).floor() as i64))
        }
        _ => Err(value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_and_null_read_alike() {
        let bare = AccessToken::parse(br#"{"sub":"u","exp":1}"#).unwrap();
        let nulls = br#"{"sub":"u","exp":1,"sid":null,"org_id":null,"role":null,"roles":null,
            "permissions":null,"entitlements":null,"feature_flags":null,"act":null,"aud":null,
            "iat":null,"nbf":null,"client_id":null,"scope":null}"#;
        assert_eq!(AccessToken::parse(nulls).unwrap(), bare);
    }

    fn parse(json: &Value) -> Result<AccessToken, TokenError> {
        AccessToken::parse(json.to_string().as_bytes())
    }

    #[test]
    fn half_a_surrogate_pair_in_a_claim_is_read() {
        let json = br#"{"sub":"u","exp":1,"org_id":"\ud83e","nickname":"Wren \ud83e"}"#;
        let token = AccessToken::parse(json).unwrap();
        assert_eq!(token.org_id.as_deref(), Some("\u{fffd}"));
        let custom: Map<String, Value> = token.custom().unwrap();
        assert_eq!(custom["nickname"], "Wren \u{fffd}");
    }

    #[test]
    fn what_is_missing_or_mistyped_is_named() {
        for (json, claim) in
            [("{}", "sub"), (r#"{"sub":"","exp":1}"#, "sub"), (r#"{"sub":"u"}"#, "exp")]
        {
            let error = AccessToken::parse(json.as_bytes());
            assert!(matches!(error, Err(TokenError::MissingClaim(c)) if c == claim), "{json}");
        }
        for claim in ["sub", "iss", "jti", "sid", "exp", "iat", "nbf"] {
            for misfit in [json!([]), json!({"a": 1}), json!(true)] {
                let mut claims = json!({"sub": "u", "exp": 1});
                claims[claim] = misfit;
                let error = parse(&claims);
                assert!(
                    matches!(error, Err(TokenError::InvalidClaim(c)) if c == claim),
                    "{claims}"
                );
            }
        }
        for json in
            [r#"{"sub":"u","exp":"1"}"#, r#"{"sub":"u","exp":1e99}"#, r#"{"sub":7,"exp":1}"#]
        {
            let error = AccessToken::parse(json.as_bytes());
            assert!(matches!(error, Err(TokenError::InvalidClaim(_))), "{json}");
        }
        for json in
            [r#"{"sub":"u","exp":1,"exp":2}"#, r#"{"sub":"u","exp":1,"x":1,"x":1}"#, "[]", "no"]
        {
            let error = AccessToken::parse(json.as_bytes());
            assert!(matches!(error, Err(TokenError::Malformed(_))), "{json}");
        }
    }

    #[test]
    fn a_claim_that_a_template_has_changed_keeps_its_value_and_the_token_valid() {
        let misfits = json!({
            "org_id": 7, "role": {"slug": "admin"}, "roles": [{"slug": "admin"}],
            "permissions": {"orders": "read"}, "entitlements": {"seats": 5},
            "feature_flags": {"beta": true}, "act": "somebody", "impersonator": "somebody",
            "aud": 7, "client_id": {"id": 1}, "auth_time": "now", "scope": 7,
        });
        let mut claims = json!({"sub": "u", "exp": 1});
        claims.as_object_mut().unwrap().extend(misfits.as_object().unwrap().clone());
        let bare = parse(&json!({"sub": "u", "exp": 1})).unwrap();
        let other = misfits.as_object().unwrap().clone();
        assert_eq!(parse(&claims).unwrap(), AccessToken { other, ..bare });
    }

    #[test]
    fn permissions_and_scopes_are_read_as_text_and_as_list() {
        for either in [json!("orders:read orders:write"), json!(["orders:read", "orders:write"])] {
            let permitted = parse(&json!({"sub": "u", "exp": 1, "permissions": either})).unwrap();
            let scoped = parse(&json!({"sub": "u", "exp": 1, "scope": either})).unwrap();
            assert_eq!(permitted.permissions, ["orders:read", "orders:write"]);
            assert_eq!(scoped.scope.as_deref(), Some("orders:read orders:write"));
            for token in [permitted, scoped] {
                assert!(token.may("orders:write") && !token.may("orders") && !token.may(""));
            }
        }
    }

    #[test]
    fn a_fraction_of_a_second_counts_and_never_prolongs() {
        let exp = |json: &str| {
            AccessToken::parse(format!(r#"{{"sub":"u","exp":{json}}}"#).as_bytes()).unwrap().exp
        };
        assert_eq!(exp("1795835018.5"), Timestamp::from_millis(1_795_835_018_500));
        assert_eq!(exp("1795835018.9999"), Timestamp::from_millis(1_795_835_018_999));
        assert_eq!(exp("-0.5"), Timestamp::from_millis(-500));
        assert_eq!(exp("1e3"), Timestamp::from_millis(1_000_000));
    }

    #[test]
    fn an_impersonator_is_named_by_either_claim() {
        let token = |claims: Value| {
            let mut all = json!({"sub": "u", "exp": 1});
            all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
            parse(&all).unwrap()
        };
        let act = json!({"act": {"sub": "a@example.com"}});
        let claim = json!({"impersonator": {"email": "a@example.com", "reason": "help"}});
        for claims in [act, claim] {
            let token = token(claims);
            assert_eq!(token.actor(), Some("a@example.com"));
            assert!(token.is_impersonated_by("a@example.com"));
            assert!(!token.is_impersonated_by("b@example.com"));
        }
        let both = token(json!({"act": {"sub": "a"}, "impersonator": {"email": "b"}}));
        assert!(!both.is_impersonated_by("a") && !both.is_impersonated_by("b"));
        assert!(!token(json!({})).is_impersonated_by(""));
    }

    #[test]
    fn users_machines_and_agents_are_distinguished() {
        for (claims, subject) in [
            (json!({"sub": "user_1", "sid": "session_1"}), TokenSubject::User),
            (json!({"sub": "user_1", "sub_profile": "user", "sub_type": null}), TokenSubject::User),
            (json!({"sub": "client_1"}), TokenSubject::Machine),
            (json!({"sub": "client_1", "sid": "session_1"}), TokenSubject::User),
            (json!({"sub": "agent_reg_1"}), TokenSubject::Agent),
            (json!({"sub": "user_1", "sub_type": "agent"}), TokenSubject::Agent),
            (json!({"sub": "user_1", "sub_type": {}}), TokenSubject::Agent),
            (json!({"sub": "user_1", "sub_profile": "agent"}), TokenSubject::Agent),
        ] {
            let mut claims = claims;
            claims["exp"] = 1.into();
            assert_eq!(parse(&claims).unwrap().subject(), subject, "{claims}");
        }
    }

    proptest! {
        #[test]
        fn no_claims_make_it_panic(
            name in "sub|exp|nbf|aud|act|roles|other",
            value in "null|true|-?[0-9]{1,25}|\"\\PC{0,5}\"|\\[\\]|\\[1\\]|\\{\\}|\\PC{0,9}",
        ) {
            let _ = AccessToken::parse(format!(r#"{{"{name}":{value}}}"#).as_bytes());
            let _ = AccessToken::parse(format!(r#"{{"sub":"u","exp":1,"x":{value}}}"#).as_bytes());
        }

        #[test]
        fn any_time_is_an_instant(exp: i64) {
            let json = format!(r#"{{"sub":"u","exp":{exp}}}"#);
            let token = AccessToken::parse(json.as_bytes()).unwrap();
            prop_assert_eq!(token.exp, Timestamp::from_millis(exp.saturating_mul(1000)));
        }
    }
}
