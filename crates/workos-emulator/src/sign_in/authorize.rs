//! Authorization: from the parameters of a URL to the code that the browser brings back.

use std::sync::Arc;
use std::time::Duration;

use workos::sso::ConnectionState;
use workos::user_management::Impersonator;
use workos::{Profile, SecretString, User};

use super::{codes, events, invitations};
use crate::fields::{email, fingerprint};
use crate::products::{memberships, users};
use crate::reply::Answer;
pub(crate) use crate::state::AuthorizationRequest as Authorization;
use crate::state::collection::Entity;
use crate::state::{AuthorizationCode, Change, Method, Opens, SignIn, Store, StoredConnection};
use crate::urls::with_query;

const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
const CODE_CHARS: usize = 26;

/// Why a sign-in failed, as the application sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl Failure {
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }
}

impl Authorization {
    /// The URL that brings the browser back with a code.
    pub(crate) fn succeeded(&self, code: &str) -> String {
        self.back(&[("code", code)])
    }

    /// The URL that brings it back with an error.
    pub(crate) fn failed(&self, failure: &Failure) -> String {
        self.back(&[("error", failure.error), ("error_description", &failure.description)])
    }

    fn back(&self, pairs: &[(&str, &str)]) -> String {
        let state = self.state.iter().map(|state| ("state", state.as_str()));
        let pairs: Vec<_> = pairs.iter().copied().chain(state).collect();
        with_query(&self.redirect_uri, &pairs)
    }

    /// A sign-in to the application of this request, in the organization that it names.
    pub(crate) fn sign_in(&self, user_id: &str, method: Method) -> SignIn {
        let organization_id = self.organization_id.clone();
        SignIn { organization_id, ..SignIn::new(user_id, &self.client_id, method) }
    }
}

/// Signs a user in without asking: the one that the hint names, or else the first. Returns where the
/// browser goes then.
pub(crate) fn at_once(
    change: &mut Change<'_>,
    request: &Authorization,
) -> Answer<Result<String, Failure>> {
    let signed_in = match connection(change, request) {
        Err(failure) => Err(failure),
        Ok(Some(connection)) => {
            events::sso_started(change, &connection, request.login_hint.as_deref());
            match profile(change, request, &connection) {
                Err(failure) => Err(failure),
                Ok(profile) => Ok(with_profile(change, request, &profile)?),
            }
        }
        Ok(None) => match user(change, request)? {
            Err(failure) => Err(failure),
            Ok(user) => Ok(with_provider(change, request, &user)?),
        },
    };
    match signed_in {
        Err(failure) => Ok(Err(failure)),
        Ok(sign_in) => grant(change, request, sign_in).map(Ok),
    }
}

/// Issues a code for a sign-in, and returns where the browser goes with it.
pub(crate) fn grant(
    change: &mut Change<'_>,
    request: &Authorization,
    sign_in: SignIn,
) -> Answer<String> {
    let opens = Opens::Session { sign_in: Box::new(sign_in), session_id: None };
    code(change, request, opens)
}

/// Issues a code, and returns where the browser goes with it.
pub(crate) fn code(
    change: &mut Change<'_>,
    request: &Authorization,
    opens: Opens,
) -> Answer<String> {
    let code = change.token(CODE_CHARS);
    let (id, expires_at) = (change.id(AuthorizationCode::PREFIX), change.now() + CODE_LIFETIME);
    change.put(AuthorizationCode {
        id,
        code: fingerprint(&SecretString::from(code.as_str())),
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        opens,
        expires_at,
        is_used: false,
    })?;
    Ok(request.succeeded(&code))
}

/// The SSO connection that a request is for, if it is for one.
pub(crate) fn connection(
    store: &Store,
    request: &Authorization,
) -> Result<Option<StoredConnection>, Failure> {
    if let Some(id) = &request.connection_id {
        let found = store.connections.get(id).map(|row| StoredConnection::clone(row));
        let missing = || Failure::new("connection_invalid", format!("No connection '{id}'."));
        return found.ok_or_else(missing).map(Some);
    }
    if let Some(id) = request.organization_id.as_ref()
        && store.organizations.get(id).is_none()
    {
        return Err(Failure::new("organization_invalid", format!("No organization '{id}'.")));
    }
    if request.provider.is_some() {
        return Ok(None);
    }
    let Some(id) = &request.organization_id else { return Ok(None) };
    let mut connections = store.connections.by("organization", id);
    let is_active = |row: &&Arc<StoredConnection>| row.connection.state == ConnectionState::Active;
    Ok(connections.find(is_active).map(|row| StoredConnection::clone(row)))
}

/// The account at an identity provider that signs in: the one that the hint names, or else the
/// first.
pub(crate) fn profile(
    store: &Store,
    request: &Authorization,
    connection: &StoredConnection,
) -> Result<Profile, Failure> {
    let profiles = || store.profiles.by("connection", &connection.id);
    let found = match &request.login_hint {
        None => profiles().next(),
        Some(hint) => profiles().find(|profile| profile.email == email(hint)),
    };
    found.map(|profile| Profile::clone(profile)).ok_or_else(|| {
        let hint = request.login_hint.as_deref().unwrap_or("anybody");
        Failure::new(
            "profile_not_found",
            format!("The identity provider of '{}' has no account for {hint}.", connection.id),
        )
    })
}

/// A sign-in with an account at an identity provider. Its user is created if there is none.
pub(crate) fn with_profile(
    change: &mut Change<'_>,
    request: &Authorization,
    profile: &Profile,
) -> Answer<SignIn> {
    let sign_in = of_profile(change, request, profile)?;
    events::sso_succeeded(change, profile, Some(&sign_in.user_id));
    Ok(sign_in)
}

/// The same without its event.
pub(crate) fn of_profile(
    change: &mut Change<'_>,
    request: &Authorization,
    profile: &Profile,
) -> Answer<SignIn> {
    let user = users::with_email(change, &profile.email)?;
    codes::verify_address(change, &user.id)?;
    users::add_name(change, &user.id, profile.first_name.clone(), profile.last_name.clone())?;
    let mut sign_in = request.sign_in(&user.id, Method::SSO);
    sign_in.organization_id = profile.organization_id.clone().or(sign_in.organization_id);
    if let Some(id) = &sign_in.organization_id {
        memberships::join(change, &user.id, id)?;
    }
    Ok(sign_in)
}

/// The user who signs in: the one that the invitation or the hint names, or else the first.
pub(crate) fn user(
    change: &mut Change<'_>,
    request: &Authorization,
) -> Answer<Result<User, Failure>> {
    if let Some(token) = &request.invitation_token {
        let Some(invitation) = invitations::pending(change, token).cloned() else {
            let failure = Failure::new("invitation_invalid", "The invitation is not pending.");
            return Ok(Err(failure));
        };
        let user = users::with_email(change, &invitation.email)?;
        codes::verify_address(change, &user.id)?;
        invitations::admit(change, invitation, &user.id)?;
        return change.copy(&user.id).map(Ok);
    }
    let found = match &request.login_hint {
        Some(hint) => change.users.find("email", &email(hint)),
        None => change.users.iter().next(),
    };
    Ok(found.map(|user| User::clone(user)).ok_or_else(|| match &request.login_hint {
        Some(hint) => Failure::new("user_not_found", format!("No user has the email '{hint}'.")),
        None => Failure::new("no_users", "There are no users. Create one first."),
    }))
}

/// A sign-in of a user through AuthKit or an OAuth provider, whose identity is then linked.
pub(crate) fn with_provider(
    change: &mut Change<'_>,
    request: &Authorization,
    user: &User,
) -> Answer<SignIn> {
    let provider = request.provider.as_deref().filter(|name| *name != "authkit");
    let Some(provider) = provider else {
        let impersonator = seeded_impersonator(change, &user.id);
        let method = match &impersonator {
            Some(_) => Method::Impersonation,
            None if change.drop_in => own_provider(change, &user.id),
            None => own_method(change, &user.id),
        };
        if change.drop_in {
            events::oauth_succeeded(change, "authkit", user);
        }
        let mut sign_in = request.sign_in(&user.id, method);
        sign_in.impersonator = impersonator;
        // An impersonator cannot enter codes that are sent to the user.
        if sign_in.impersonator.is_some() {
            (sign_in.has_second_factor, sign_in.is_trusted) = (true, true);
        }
        return Ok(sign_in);
    };
    link(change, &user.id, provider)?;
    codes::verify_address(change, &user.id)?;
    events::oauth_succeeded(change, provider, user);
    Ok(request.sign_in(&user.id, Method::from(provider)))
}

/// Who signs in as this user, by the seed data.
pub(crate) fn seeded_impersonator(store: &Store, user_id: &str) -> Option<Impersonator> {
    let (email, reason) = store.sign_in_facts.get(user_id)?.impersonator.clone()?;
    let mut impersonator = Impersonator::default();
    (impersonator.email, impersonator.reason) = (email, reason);
    Some(impersonator)
}

/// How a user signs in at AuthKit: with a linked account if there is one, or else a password.
fn own_method(store: &Store, user_id: &str) -> Method {
    let linked = store.identities.by("user", user_id).next();
    linked
        .map_or(Method::Password, |row| Method::from(users::provider_name(&row.identity.provider)))
}

/// How a user signs in at the official emulator, where nobody is asked: with a linked account if
/// there is one, or else with one of no particular provider.
fn own_provider(store: &Store, user_id: &str) -> Method {
    match own_method(store, user_id) {
        Method::Password => Method::from("OAuth"),
        linked => linked,
    }
}

/// Links the user's account at an OAuth provider, unless it is linked.
pub(crate) fn link(change: &mut Change<'_>, user_id: &str, provider: &str) -> Answer<()> {
    let provider = users::identity_provider(provider);
    if users::identity(change, user_id, &provider).is_some() {
        return Ok(());
    }
    users::add_identity(change, user_id, provider, None).map(drop)
}
