//! Extractors: who is signed in, for handlers.

use std::ops::Deref;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::auth::Auth;
use crate::caller::{Caller, Session};
use crate::kit::bounded;
use crate::rejection::{Reason, Rejection, is_for_browser};

/// The user who is signed in: an extractor. `Option<User>` is `None` when nobody is.
///
/// Fields are those of [`workos::User`], as of the sign-in or the last refresh.
///
/// ```
/// use workos_axum::User;
///
/// async fn home(user: Option<User>) -> String {
///     match user {
///         Some(user) => format!("hello, {}", user.email),
///         None => "hello, whoever you are".into(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct User(pub workos::User);

impl Deref for User {
    type Target = workos::User;

    fn deref(&self) -> &workos::User {
        &self.0
    }
}

/// The claims of your JWT template in the access token, as a type of yours: an extractor.
///
/// ```
/// use workos_axum::Claims;
///
/// #[derive(serde::Deserialize)]
/// struct Plan {
///     #[serde(rename = "urn:app:tier")]
///     tier: String,
/// }
///
/// async fn billing(Claims(plan): Claims<Plan>) -> String {
///     plan.tier
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Claims<T>(pub T);

/// What an extractor takes from a request; `None` when nobody is signed in.
trait FromAuth: Sized {
    async fn from_auth(auth: &Auth) -> Result<Option<Self>, Rejection>;
}

impl FromAuth for Caller {
    async fn from_auth(auth: &Auth) -> Result<Option<Self>, Rejection> {
        Ok(auth.caller().await?.cloned())
    }
}

impl FromAuth for Session {
    async fn from_auth(auth: &Auth) -> Result<Option<Self>, Rejection> {
        Ok(match auth.caller().await? {
            Some(Caller::Session(session)) => Some(session.clone()),
            _ => None,
        })
    }
}

impl FromAuth for User {
    async fn from_auth(auth: &Auth) -> Result<Option<Self>, Rejection> {
        let Some(caller) = auth.caller().await? else { return Ok(None) };
        if let Caller::Session(session) = caller
            && let Some(user) = &session.user
        {
            return Ok(Some(Self(user.clone())));
        }
        // Cookies of some SDKs, and tokens, name the user only.
        let Some(id) = caller.user_id() else { return Ok(None) };
        match auth.kit().client().user_management().get_user(id).options(Some(&bounded())).await {
            Ok(user) => Ok(Some(Self(user))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(auth.rejection(Reason::unavailable(error.retry_after()))),
        }
    }
}

impl<T: DeserializeOwned> FromAuth for Claims<T> {
    async fn from_auth(auth: &Auth) -> Result<Option<Self>, Rejection> {
        let caller = auth.caller().await?;
        let Some(claims) = caller.and_then(Caller::claims) else { return Ok(None) };
        claims.custom().map(|claims| Some(Self(claims))).map_err(|error| {
            let problem = format!("the access token has other claims than expected: {error}");
            auth.rejection(Reason::Misconfigured(problem))
        })
    }
}

/// [`FromAuth`] as axum's two traits.
macro_rules! extractors {
    ($($(#[$attribute:meta])* impl $(<$generic:ident>)? for $extractor:ty;)+) => { $(
        $(#[$attribute])*
        impl<S: Send + Sync $(, $generic: DeserializeOwned)?> FromRequestParts<S> for $extractor {
            type Rejection = Rejection;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
                let auth = auth_of(parts)?;
                let found = Self::from_auth(&auth).await?;
                found.ok_or_else(|| auth.rejection(Reason::SignedOut))
            }
        }

        impl<S: Send + Sync $(, $generic: DeserializeOwned)?> OptionalFromRequestParts<S>
            for $extractor
        {
            type Rejection = Rejection;

            async fn from_request_parts(
                parts: &mut Parts,
                _: &S,
            ) -> Result<Option<Self>, Rejection> {
                Self::from_auth(&auth_of(parts)?).await
            }
        }
    )+ };
}

extractors! {
    /// When nobody is signed in or has a credential, the rejection asks for a sign-in.
    impl for Caller;
    /// When nobody is signed in with a session, the rejection asks for a sign-in.
    impl for Session;
    /// When no user is signed in, the rejection asks for a sign-in.
    impl for User;
    /// When nobody is signed in, the rejection asks for a sign-in. Claims that are not a `T` are 500.
    impl<T> for Claims<T>;
}

impl<S: Send + Sync> FromRequestParts<S> for Auth {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        auth_of(parts)
    }
}

fn auth_of(parts: &Parts) -> Result<Auth, Rejection> {
    let found = parts.extensions.get::<Auth>().cloned();
    found.ok_or_else(|| without_layer(is_for_browser(&parts.headers)))
}

/// The rejection of a request that the layer has not seen.
pub(crate) fn without_layer(is_for_browser: bool) -> Rejection {
    let problem = "AuthKit's layer is missing: add `.layer(auth.layer())` after the routes";
    Rejection { reason: Reason::Misconfigured(problem.to_owned()), login: None, is_for_browser }
}
