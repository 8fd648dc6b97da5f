//! Signing in through an identity provider alone: codes, profiles and tokens for them, and logout.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use workos::sso::{ConnectionState, SSOLogoutAuthorizeResponse, SSOTokenResponse};
use workos::{ConnectionType, OAuthTokens, Profile, SecretString};

use super::authorize::{self, Authorization, Failure};
use super::events;
use super::grants::{Caller, redeem};
use super::sessions::invalid_grant;
use crate::fields::{email, fingerprint};
use crate::products::sso::{NewProfile, add_profile};
use crate::products::users;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{
    AuthorizationCode, Change, LogoutToken, Opens, ProfileToken, Store, StoredConnection, View,
};

const TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);
const LOGOUT_LIFETIME: Duration = Duration::from_secs(10 * 60);
const TOKEN_CHARS: usize = 26;

/// Signs in an account at an identity provider without asking. Returns where the browser goes then.
pub(crate) fn at_once(
    change: &mut Change<'_>,
    request: &Authorization,
) -> Answer<Result<String, Failure>> {
    let connection = match connection(change, request) {
        Ok(connection) => connection,
        Err(failure) => return Ok(Err(failure)),
    };
    events::sso_started(change, &connection, request.login_hint.as_deref());
    if change.drop_in {
        ensure_profile(change, request, &connection)?;
    }
    match authorize::profile(change, request, &connection) {
        Ok(profile) => grant(change, request, &profile).map(Ok),
        Err(failure) => Ok(Err(failure)),
    }
}

/// Makes sure that there is an account which can sign in, as the official emulator does.
fn ensure_profile(
    change: &mut Change<'_>,
    request: &Authorization,
    connection: &StoredConnection,
) -> Answer<()> {
    if authorize::profile(change, request, connection).is_ok() {
        return Ok(());
    }
    let domains = crate::products::sso::domains(change, connection);
    let domain = domains.first().map_or("example.com", |domain| &domain.domain);
    let email = request.login_hint.clone().unwrap_or_else(|| format!("user@{domain}"));
    let new = NewProfile { email, ..NewProfile::default() };
    add_profile(change, &connection.id, new).map(drop)
}

/// The connection that a request is for: the one that it names, or else the first active one of
/// its provider or domain.
pub(crate) fn connection(
    store: &Store,
    request: &Authorization,
) -> Result<StoredConnection, Failure> {
    let named = authorize::connection(store, request)?;
    named
        .or_else(|| fitting(store, request))
        .ok_or_else(|| Failure::new("connection_invalid", "No active connection fits the request."))
}

fn fitting(store: &Store, request: &Authorization) -> Option<StoredConnection> {
    let is_of_domain = |row: &StoredConnection| {
        let domain = request.domain_hint.as_ref().map(|domain| domain.to_lowercase());
        domain.is_some_and(|domain| {
            crate::products::sso::domains(store, row).iter().any(|own| own.domain == domain)
        })
    };
    let is_of_provider = |row: &StoredConnection| {
        request.provider.as_deref() == Some(row.connection.connection_type.as_str())
    };
    let mut active =
        store.connections.iter().filter(|row| row.connection.state == ConnectionState::Active);
    let found = match &request.provider {
        Some(_) => active.find(|row| is_of_provider(row)),
        None if request.domain_hint.is_none() && store.drop_in => active.next(),
        None => active.find(|row| is_of_domain(row)),
    };
    found.map(|row| StoredConnection::clone(row))
}

/// Issues a code for a profile, and returns where the browser goes with it.
pub(crate) fn grant(
    change: &mut Change<'_>,
    request: &Authorization,
    profile: &Profile,
) -> Answer<String> {
    // The official emulator has this event when the code is exchanged.
    if !change.drop_in {
        events::sso_succeeded(change, profile, None);
    }
    let oauth_tokens = oauth_tokens(change, profile);
    if change.drop_in && oauth_tokens.is_some() {
        link_identity(change, profile)?;
    }
    authorize::code(change, request, Opens::Profile { id: profile.id.clone(), oauth_tokens })
}

/// Links an account at an OAuth provider to the user with its address.
fn link_identity(change: &mut Change<'_>, profile: &Profile) -> Answer<()> {
    let provider = users::identity_provider(profile.connection_type.as_str());
    let user = change.users.find("email", &email(&profile.email)).map(|user| user.id.clone());
    let Some(user_id) = user else { return Ok(()) };
    if users::identity(change, &user_id, &provider).is_none() {
        users::add_identity(change, &user_id, provider, Some(profile.idp_id.clone()))?;
    }
    Ok(())
}

/// The tokens of the provider, if the account is one of an OAuth provider.
fn oauth_tokens(change: &mut Change<'_>, profile: &Profile) -> Option<OAuthTokens> {
    let provider = profile.connection_type.as_str();
    if !provider.ends_with("OAuth") {
        return None;
    }
    let mut tokens = OAuthTokens::default();
    tokens.provider = provider.to_owned();
    tokens.access_token = change.token(36).into();
    tokens.refresh_token = change.token(36).into();
    tokens.expires_at = super::tokens::seconds(change.now() + Duration::from_secs(60 * 60));
    Some(tokens)
}

/// Exchanges a code for the profile, and a token to ask for it again.
pub(crate) fn exchange_code(
    change: &mut Change<'_>,
    caller: &Caller,
    code: &SecretString,
    verifier: Option<&SecretString>,
) -> Answer<SSOTokenResponse> {
    let row = redeem(change, caller, code, verifier)?;
    let Opens::Profile { id, oauth_tokens } = row.opens.clone() else {
        let message = "The code is for a session: exchange it at /user_management/authenticate.";
        return Err(invalid_grant(message));
    };
    change.put(AuthorizationCode { is_used: true, ..row })?;
    let profile = Profile::clone(change.one::<Profile>(&id)?);
    if change.drop_in {
        let user = change.users.find("email", &email(&profile.email));
        let user_id = user.map(|user| user.id.clone());
        events::sso_succeeded(change, &profile, user_id.as_deref());
    }
    let mut response = with_token(change, profile)?;
    response.oauth_tokens = oauth_tokens;
    Ok(response)
}

/// Exchanges an ID token (RFC 8693) of the identity provider of an organization. Its signature is
/// not checked: identity providers are never asked for their keys.
pub(crate) fn exchange_id_token(
    change: &mut Change<'_>,
    subject_token: &SecretString,
    organization_id: &str,
) -> Answer<SSOTokenResponse> {
    let claims = claims_of(subject_token.expose())
        .ok_or_else(|| invalid_grant("subject_token is not an ID token."))?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let (sub, email) = (claim("sub"), claim("email"));
    let profiles = change.connections.by("organization", organization_id);
    let mut profiles = profiles.flat_map(|row| change.profiles.by("connection", &row.id));
    let found = profiles.find(|profile| {
        sub.as_ref() == Some(&profile.idp_id) || email.as_ref() == Some(&profile.email)
    });
    let found = found.map(|profile| Profile::clone(profile));
    let profile =
        found.ok_or_else(|| invalid_grant("The organization has no profile for the ID token."))?;
    with_token(change, profile)
}

fn claims_of(token: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

fn with_token(change: &mut Change<'_>, profile: Profile) -> Answer<SSOTokenResponse> {
    let token = SecretString::from(change.token(TOKEN_CHARS));
    let (id, expires_at) = (change.id(ProfileToken::PREFIX), change.now() + TOKEN_LIFETIME);
    change.put(ProfileToken {
        id,
        token: fingerprint(&token),
        profile_id: profile.id.clone(),
        expires_at,
    })?;
    let mut response = SSOTokenResponse::default();
    response.token_type = "Bearer".to_owned();
    response.access_token = token;
    response.expires_in = i64::try_from(TOKEN_LIFETIME.as_secs()).unwrap_or(i64::MAX);
    response.profile = profile;
    Ok(response)
}

/// The profile that this access token was issued for.
pub(crate) fn profile_of<'a>(view: &'a View<'_>, token: &SecretString) -> Option<&'a Profile> {
    let row = view.profile_tokens.find("token", &fingerprint(token))?;
    let is_valid = view.now() < row.expires_at;
    is_valid.then(|| view.profiles.get(&row.profile_id)).flatten().map(|profile| &**profile)
}

/// A URL that signs this profile out of its identity provider.
pub(crate) fn authorize_logout(
    change: &mut Change<'_>,
    profile_id: &str,
) -> Answer<SSOLogoutAuthorizeResponse> {
    let profile = change.one::<Profile>(profile_id)?;
    let connection = change.one::<StoredConnection>(&profile.connection_id)?;
    if connection.connection.connection_type != ConnectionType::GenericOidc && !change.drop_in {
        let message = "Only connections of the type GenericOIDC can sign out.";
        return Err(Refusal::bad_request("connection_invalid", message));
    }
    let token = SecretString::from(change.token(TOKEN_CHARS));
    let (id, expires_at) = (change.id(LogoutToken::PREFIX), change.now() + LOGOUT_LIFETIME);
    let profile_id = profile_id.to_owned();
    change.put(LogoutToken { id, token: fingerprint(&token), profile_id, expires_at })?;
    let mut response = SSOLogoutAuthorizeResponse::default();
    let url = format!("{}/sso/logout?token={}", change.origin(), token.expose());
    (response.logout_url, response.logout_token) = (url.into(), token);
    Ok(response)
}

/// Uses up the token of a logout URL.
pub(crate) fn log_out(change: &mut Change<'_>, token: &SecretString) -> Answer<()> {
    let found = change.logout_tokens.find("token", &fingerprint(token));
    let id = found.filter(|row| change.now() < row.expires_at).map(|row| row.id.clone());
    let id = id.ok_or_else(|| Refusal::not_found(LogoutToken::NAME, "token"))?;
    change.remove::<LogoutToken>(&id).map(drop)
}
