//! [`SessionData`]: what a session cookie holds.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::helpers::seal::{Layout, SealError, SealKeys, seal, unseal};
use crate::user_management::{
    AuthenticateResponse, AuthenticateResponseAuthenticationMethod, Impersonator, User,
};
use crate::{SecretString, Timestamp};

/// What a session cookie holds. The names of its fields are read as every SDK spells them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionData {
    /// A JWT that tells who the user is, for a few minutes. Empty when the cookie has none.
    #[serde(default, alias = "accessToken", deserialize_with = "text_or_nothing")]
    pub access_token: SecretString,
    /// What the next access token is asked for with. Empty when the cookie has none.
    #[serde(default, alias = "refreshToken", deserialize_with = "text_or_nothing")]
    pub refresh_token: SecretString,
    /// Who signed in, as of then.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "user")]
    pub user: Option<User>,
    /// Who acts as the user, where somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonator: Option<Impersonator>,
    /// The organization of the session, where the SDK that wrote the cookie keeps it.
    #[serde(default, alias = "organizationId", skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// How the user signed in, where the SDK that wrote the cookie keeps it.
    #[serde(default, alias = "authenticationMethod", skip_serializing_if = "Option::is_none")]
    pub authentication_method: Option<AuthenticateResponseAuthenticationMethod>,
}

impl SessionData {
    /// A session with these tokens.
    pub fn new(
        access_token: impl Into<SecretString>,
        refresh_token: impl Into<SecretString>,
    ) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: refresh_token.into(),
            ..Self::default()
        }
    }
}

impl From<AuthenticateResponse> for SessionData {
    fn from(response: AuthenticateResponse) -> Self {
        Self {
            access_token: response.access_token,
            refresh_token: response.refresh_token,
            user: Some(response.user),
            impersonator: response.impersonator,
            organization_id: response.organization_id,
            authentication_method: response.authentication_method,
        }
    }
}

/// The session as Node writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CamelCased<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Value>,
    access_token: &'a SecretString,
    refresh_token: &'a SecretString,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_method: Option<&'a AuthenticateResponseAuthenticationMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonator: Option<&'a Impersonator>,
}

/// Seals a session for its cookie, with the spelling that goes with the layout.
///
/// # Errors
///
/// As [`seal`].
#[inline]
pub fn seal_session(data: &SessionData, keys: &SealKeys) -> Result<SecretString, SealError> {
    if keys.layout() != Layout::Iron {
        return seal(data, keys);
    }
    let user = data.user.as_ref().map(serde_json::to_value).transpose();
    let camel_cased = CamelCased {
        organization_id: data.organization_id.as_deref(),
        user: user.map_err(|_| SealError::Payload)?.map(|user| renamed(user, camel_case)),
        access_token: &data.access_token,
        refresh_token: &data.refresh_token,
        authentication_method: data.authentication_method.as_ref(),
        impersonator: data.impersonator.as_ref(),
    };
    seal(&camel_cased, keys)
}

/// Opens a session cookie of any SDK.
///
/// # Errors
///
/// As [`unseal`].
#[inline]
pub fn unseal_session(
    sealed: &str,
    keys: &SealKeys,
    now: Timestamp,
) -> Result<SessionData, SealError> {
    unseal(sealed, keys, now)
}

/// Seals the session that a sign-in has yielded.
///
/// ```
/// use workos::helpers::seal::SealKeys;
/// use workos::helpers::session::seal_session_from_auth_response;
/// use workos::user_management::AuthenticateWithCodeParams;
///
/// # async fn run(client: workos::Client, code: String) -> Result<(), workos::Error> {
/// let keys = SealKeys::new("a cookie password of 32 characters")?;
/// let params = AuthenticateWithCodeParams::new(code);
/// let response = client.user_management().authenticate_with_code(params).await?;
/// let cookie = seal_session_from_auth_response(response, &keys)?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`seal`].
#[inline]
pub fn seal_session_from_auth_response(
    response: AuthenticateResponse,
    keys: &SealKeys,
) -> Result<SecretString, SealError> {
    seal_session(&response.into(), keys)
}

fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<User>, D::Error> {
    let mut user = Option::<Value>::deserialize(deserializer)?.map(|u| renamed(u, snake_case));
    // An empty map from PHP is an empty list.
    let metadata = user.as_mut().and_then(|user| user.get_mut("metadata"));
    if let Some(metadata) =
        metadata.filter(|metadata| metadata.as_array().is_some_and(Vec::is_empty))
    {
        *metadata = Value::Null;
    }
    user.map(serde_json::from_value).transpose().map_err(serde::de::Error::custom)
}

/// The same object with other names for its own fields; those of `metadata` are the application's.
fn renamed(value: Value, name: fn(&str) -> String) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(field, value)| (name(&field), value)).collect()
        }
        other => other,
    }
}

fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for char in name.chars() {
        if char.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(char.to_ascii_lowercase());
    }
    out
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut chars = word.chars();
        out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}
