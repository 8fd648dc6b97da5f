//! Who makes a request.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use workos::api_keys::{ApiKey, ApiKeyOwner};
use workos::helpers::session::AuthenticatedSession;
use workos::helpers::tokens::{AccessToken, TokenSubject};

/// Who makes a request: a user with a session, or the holder of a credential in `Authorization`,
/// where the application [accepts](crate::AuthKit::accept_tokens) one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Caller {
    /// A user who is signed in with the session's cookie.
    Session(Session),
    /// The subject of an access token: a user or a machine.
    Token(Arc<AccessToken>),
    /// The holder of an API key.
    ApiKey(Box<ApiKey>),
}

impl Caller {
    /// The claims of the session or the token. API keys have none.
    pub fn claims(&self) -> Option<&Arc<AccessToken>> {
        match self {
            Self::Session(session) => Some(&session.claims),
            Self::Token(claims) => Some(claims),
            Self::ApiKey(_) => None,
        }
    }

    /// Whether a permission or a scope allows this action, such as `notes:read`.
    pub fn may(&self, action: &str) -> bool {
        match self {
            Self::ApiKey(key) => key.permissions.iter().any(|permission| permission == action),
            _ => self.claims().is_some_and(|claims| claims.may(action)),
        }
    }

    /// The ID of the user, if it is one.
    pub fn user_id(&self) -> Option<&str> {
        let claims = self.claims().filter(|claims| claims.subject() == TokenSubject::User)?;
        Some(&claims.sub)
    }

    /// The organization that the request is made in.
    pub fn organization_id(&self) -> Option<&str> {
        match self {
            Self::ApiKey(key) => match &key.owner {
                ApiKeyOwner::Organization { id } => Some(id),
                ApiKeyOwner::User { organization_id, .. } => Some(organization_id),
                _ => None,
            },
            _ => self.claims()?.org_id.as_deref(),
        }
    }
}

/// The session of a user who is signed in: an extractor. Fields and methods are those of
/// [`AuthenticatedSession`].
#[derive(Clone)]
pub struct Session {
    session: Arc<AuthenticatedSession>,
}

impl Session {
    pub(crate) fn new(session: AuthenticatedSession) -> Self {
        Self { session: Arc::new(session) }
    }

    /// The email address of the person at WorkOS's dashboard who impersonates the user, to show it
    /// on every page.
    pub fn impersonator(&self) -> Option<&str> {
        self.session.claims.actor()
    }
}

impl Deref for Session {
    type Target = AuthenticatedSession;

    fn deref(&self) -> &AuthenticatedSession {
        &self.session
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.session).finish()
    }
}
