//! [`AccessToken`]: what a token says.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{TokenError, timestamp};
use crate::Timestamp;

/// The claims of an access token that was checked.
///
/// Claims that are missing or null are `None` or empty.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessToken {
    /// The user, or whatever else the token is about.
    pub sub: String,
    /// The session.
    pub sid: Option<String>,
    /// The organization that the user is signed in to.
    pub org_id: Option<String>,
    /// The role in that organization.
    pub role: Option<String>,
    /// All roles in that organization.
    pub roles: Vec<String>,
    /// What the roles permit.
    pub permissions: Vec<String>,
    /// What the organization has bought.
    pub entitlements: Vec<String>,
    /// The feature flags that are on.
    pub feature_flags: Vec<String>,
    /// Who acts in the name of `sub`, such as the one who impersonates the user.
    pub act: Option<Actor>,
    /// Who issued the token.
    pub iss: Option<String>,
    /// For whom it is meant.
    pub aud: Vec<String>,
    /// To which application it was issued.
    pub client_id: Option<String>,
    /// When it ends: the first instant at which it is not good any more.
    pub exp: Timestamp,
    /// When it was issued.
    pub iat: Option<Timestamp>,
    /// Before when it is not good.
    pub nbf: Option<Timestamp>,
    /// When the user signed in.
    pub auth_time: Option<Timestamp>,
    /// The id of the token.
    pub jti: Option<String>,
    /// What it may be used for, with spaces between.
    pub scope: Option<String>,
    /// All other claims, among them those of JWT templates.
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
    /// Reads the claims that this crate does not know, such as those of a JWT template, into a type
    /// of your own. They are in [`other`](Self::other), too.
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

    /// Who acts in the name of the user, when somebody does.
    pub fn actor(&self) -> Option<&str> {
        self.act.as_ref()?.sub.as_deref()
    }

    /// The parts of [`scope`](Self::scope).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.iter().flat_map(|scope| scope.split_ascii_whitespace())
    }

    /// Whether [`scope`](Self::scope) names this one.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|one| one == scope)
    }

    #[inline]
    pub(super) fn parse(json: &[u8]) -> Result<Self, TokenError> {
        let malformed = TokenError::Malformed("claims");
        let json = std::str::from_utf8(json).map_err(|_| malformed.clone())?;
        let raw: Raw = crate::json::from_str(json).map_err(|_| malformed)?;
        let missing = TokenError::MissingClaim;
        Ok(Self {
            sub: raw.sub.filter(|sub| !sub.is_empty()).ok_or(missing("sub"))?,
            exp: raw.exp.map(timestamp).ok_or(missing("exp"))?,
            iat: raw.iat.map(timestamp),
            nbf: raw.nbf.map(timestamp),
            auth_time: raw.auth_time.map(timestamp),
            sid: raw.sid,
            org_id: raw.org_id,
            role: raw.role,
            roles: raw.roles.unwrap_or_default(),
            permissions: raw.permissions.unwrap_or_default(),
            entitlements: raw.entitlements.unwrap_or_default(),
            feature_flags: raw.feature_flags.unwrap_or_default(),
            act: raw.act,
            iss: raw.iss,
            aud: raw.aud.map(Vec::from).unwrap_or_default(),
            client_id: raw.client_id,
            jti: raw.jti,
            scope: raw.scope,
            other: raw.other,
        })
    }

    /// What tokens of agents never lack, beside `sub` and `exp`.
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

    /// Tokens of machines are about an application, and belong to no session.
    pub(super) fn is_subject_a_machine(&self) -> bool {
        self.sub.starts_with("client_") && self.sid.is_none()
    }

    /// Tokens of users have no `sub_type`, and no other `sub_profile` than `user`.
    pub(super) fn is_subject_a_user(&self) -> bool {
        let claim = |name| self.other.get(name).filter(|value| !value.is_null());
        claim("sub_type").is_none() && claim("sub_profile").is_none_or(|profile| profile == "user")
    }
}

/// The claims as they stand in a token. One that is there twice is an error: two readers must not
/// see two different tokens.
#[derive(Deserialize)]
struct Raw {
    sub: Option<String>,
    sid: Option<String>,
    org_id: Option<String>,
    role: Option<String>,
    roles: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    entitlements: Option<Vec<String>>,
    feature_flags: Option<Vec<String>>,
    act: Option<Actor>,
    iss: Option<String>,
    aud: Option<OneOrMore>,
    client_id: Option<String>,
    exp: Option<i64>,
    iat: Option<i64>,
    nbf: Option<i64>,
    auth_time: Option<i64>,
    jti: Option<String>,
    scope: Option<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// `aud` is a string or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Vec<String> {
    fn from(audience: OneOrMore) -> Self {
        match audience {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn missing_and_null_read_alike() {
        let bare = AccessToken::parse(br#"{"sub":"u","exp":1}"#).unwrap();
        let nulls = br#"{"sub":"u","exp":1,"sid":null,"org_id":null,"role":null,"roles":null,
            "permissions":null,"entitlements":null,"feature_flags":null,"act":null,"aud":null,
            "iat":null,"nbf":null,"client_id":null,"scope":null}"#;
        assert_eq!(AccessToken::parse(nulls).unwrap(), bare);
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
    fn what_is_needed_or_mistyped_is_named() {
        for (json, claim) in
            [("{}", "sub"), (r#"{"sub":"","exp":1}"#, "sub"), (r#"{"sub":"u"}"#, "exp")]
        {
            let error = AccessToken::parse(json.as_bytes());
            assert!(matches!(error, Err(TokenError::MissingClaim(c)) if c == claim), "{json}");
        }
        for json in [
            r#"{"sub":"u","exp":"1"}"#,
            r#"{"sub":"u","exp":1.5}"#,
            r#"{"sub":"u","exp":1e99}"#,
            r#"{"sub":"u","exp":1,"exp":2}"#,
            r#"{"sub":"u","exp":1,"aud":7}"#,
            "[]",
            "not json",
        ] {
            let error = AccessToken::parse(json.as_bytes());
            assert!(matches!(error, Err(TokenError::Malformed(_))), "{json}");
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
            prop_assert_eq!(token.exp, timestamp(exp));
        }
    }
}
