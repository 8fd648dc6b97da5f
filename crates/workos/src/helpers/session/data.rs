//! [`SessionData`]: the contents of a session cookie.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::helpers::seal::{Layout, SealError, SealKeys, seal, unseal};
use crate::page::null_as_default;
use crate::user_management::{
    AuthenticateResponse, AuthenticateResponseAuthenticationMethod, Impersonator, User,
};
use crate::{Metadata, ObjectType, SecretString, Timestamp};

/// The contents of a session cookie. Its field names are read in the spelling of any SDK.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionData {
    /// A JWT that identifies the user, for a few minutes. Empty if the cookie has none.
    #[serde(default, alias = "accessToken", deserialize_with = "text_or_nothing")]
    pub access_token: SecretString,
    /// The token to refresh the session with. Empty if the cookie has none.
    #[serde(default, alias = "refreshToken", deserialize_with = "text_or_nothing")]
    pub refresh_token: SecretString,
    /// The user as of the sign-in or the last refresh.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "user")]
    pub user: Option<User>,
    /// Who impersonates the user, if anyone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonator: Option<Impersonator>,
    /// The organization of the session, if the SDK that wrote the cookie stores it.
    #[serde(default, alias = "organizationId", skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// How the user signed in, if the SDK that wrote the cookie stores it.
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

/// The session as the SDK for Node writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CamelCased<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<CamelCasedUser<'a>>,
    access_token: &'a SecretString,
    refresh_token: &'a SecretString,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_method: Option<&'a AuthenticateResponseAuthenticationMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonator: Option<&'a Impersonator>,
}

/// Seals a session for its cookie, with field names as the SDK of the layout spells them.
///
/// # Errors
///
/// As [`seal`].
#[inline]
pub fn seal_session(data: &SessionData, keys: &SealKeys) -> Result<SecretString, SealError> {
    if keys.layout() != Layout::Iron {
        return seal(data, keys);
    }
    let camel_cased = CamelCased {
        organization_id: data.organization_id.as_deref(),
        user: data.user.as_ref().map(CamelCasedUser),
        access_token: &data.access_token,
        refresh_token: &data.refresh_token,
        authentication_method: data.authentication_method.as_ref(),
        impersonator: data.impersonator.as_ref(),
    };
    seal(&camel_cased, keys)
}

/// Opens a session cookie of any SDK. A user that cannot be read is `None`: the session works
/// without it.
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
    unseal(sealed, keys, now).or_else(|error| match error {
        SealError::Payload => without_user(unseal(sealed, keys, now)?),
        error => Err(error),
    })
}

/// A session whose user has an unexpected form: only the tokens are essential.
#[cold]
#[inline]
fn without_user(mut fields: Map<String, Value>) -> Result<SessionData, SealError> {
    fields.remove("user");
    serde_json::from_value(Value::Object(fields)).map_err(|_| SealError::Payload)
}

/// Seals the session of a sign-in.
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
    #[derive(Deserialize)]
    struct AnyUser(#[serde(with = "CookieUser")] User);

    Ok(Option::deserialize(deserializer)?.map(|AnyUser(user)| user))
}

/// A user as the SDK for Node writes it.
#[derive(Serialize)]
struct CamelCasedUser<'a>(#[serde(with = "CookieUser")] &'a User);

/// A [`User`] in a cookie: read in either spelling, written in that of Node. The keys of its
/// `metadata` are the application's.
#[derive(Serialize, Deserialize)]
#[serde(remote = "User", rename_all(serialize = "camelCase"))]
struct CookieUser {
    #[serde(default, deserialize_with = "null_as_default")]
    object: ObjectType,
    id: String,
    #[serde(alias = "firstName")]
    first_name: Option<String>,
    #[serde(alias = "lastName")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(alias = "profilePictureUrl")]
    profile_picture_url: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    email: String,
    #[serde(default, alias = "emailVerified", deserialize_with = "null_as_default")]
    email_verified: bool,
    #[serde(alias = "externalId")]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "metadata")]
    metadata: Metadata,
    #[serde(alias = "lastSignInAt")]
    last_sign_in_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(default, alias = "createdAt", deserialize_with = "null_as_default")]
    created_at: Timestamp,
    #[serde(default, alias = "updatedAt", deserialize_with = "null_as_default")]
    updated_at: Timestamp,
    #[serde(alias = "radarAuthAttemptId", skip_serializing_if = "Option::is_none")]
    radar_auth_attempt_id: Option<String>,
}

fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Metadata, D::Error> {
    struct TextMap;

    impl<'de> Visitor<'de> for TextMap {
        type Value = Metadata;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Metadata::default())
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Deserialize::deserialize(MapAccessDeserializer::new(map))
        }

        /// An empty map from PHP is an empty list.
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            match list.next_element::<IgnoredAny>()? {
                None => Ok(Metadata::default()),
                Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
            }
        }
    }

    deserializer.deserialize_any(TextMap)
}
