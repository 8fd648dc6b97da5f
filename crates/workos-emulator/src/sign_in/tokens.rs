//! Tokens that are signed (RFC 7519), and the claims of a session's access token.

use std::time::Duration;

use serde_json::{Map, Value, json};
use workos::{SecretString, Session, Timestamp, User};

use super::keys::{self, KeyChoice, Keys};
use super::machines;
use super::template::{self, Context};
use crate::products::feature_flags::evaluation::is_on;
use crate::products::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, KeyRotation, Store, View};

/// How long the access token of a session is valid.
pub(crate) const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// A token that is not signed yet: signing is slow, and happens outside of the state.
#[derive(Debug, Clone)]
pub(crate) struct Unsigned {
    keys: Keys,
    pub(crate) key: KeyChoice,
    /// The type that its header says.
    pub(crate) kind: &'static str,
    pub(crate) claims: Claims,
}

impl Unsigned {
    pub(crate) fn sign(self) -> Answer<SecretString> {
        let token = self.keys.sign(self.key, self.kind, &Value::Object(self.claims));
        token.map(SecretString::from).ok_or_else(|| {
            let message = "The emulator could not sign a token.";
            Refusal::new(http::StatusCode::INTERNAL_SERVER_ERROR, "emulator_error", message)
        })
    }
}

/// The claims of a token that was signed with a key of the key set, to sign them again.
pub(crate) fn read(view: &View<'_>, token: &SecretString) -> Answer<Unsigned> {
    let (own, rotations) = (Keys::of(view.signing()), rotations(view));
    let claims = own.verify(rotations, token.expose()).ok_or_else(|| {
        Refusal::bad_request("invalid_token", "It is not a token of this emulator.")
    })?;
    Ok(Unsigned { keys: own, key: KeyChoice::Rotation(rotations), kind: keys::JWT, claims })
}

/// How often the signing keys were rotated.
pub(crate) fn rotations(store: &Store) -> usize {
    store.key_rotations.iter().next().map_or(0, |row| row.rotations)
}

/// Signs with the next key from now on. The key set keeps the one before it.
pub(crate) fn rotate_keys(change: &mut Change<'_>) -> Answer<()> {
    let rotations = rotations(change) + 1;
    change.put(KeyRotation { id: KeyRotation::PREFIX.to_owned(), rotations }).map(drop)
}

/// A token for this subject, valid from now on for this long.
pub(crate) fn issue(
    change: &mut Change<'_>,
    subject: &str,
    lifetime: Duration,
    others: impl IntoIterator<Item = (&'static str, Value)>,
) -> Unsigned {
    let now = change.now();
    let mut claims = Claims::new();
    claims.insert("iss".to_owned(), json!(change.issuer()));
    claims.insert("sub".to_owned(), json!(subject));
    let jti = if change.drop_in { change.ulid() } else { change.uuid() };
    claims.insert("jti".to_owned(), json!(jti));
    claims.insert("iat".to_owned(), json!(seconds(now)));
    claims.insert("exp".to_owned(), json!(seconds(now + lifetime)));
    let others = others.into_iter().filter(|(_, value)| !value.is_null());
    claims.extend(others.map(|(name, value)| (name.to_owned(), value)));
    Unsigned {
        keys: Keys::of(change.signing()),
        key: KeyChoice::Rotation(rotations(change)),
        kind: keys::JWT,
        claims,
    }
}

/// The access token of a session as it is now.
pub(crate) fn of_session(change: &mut Change<'_>, session_id: &str) -> Answer<Unsigned> {
    let session = change.one::<Session>(session_id)?.clone();
    let facts = change.session_facts.get(session_id);
    let client_id = facts.map(|facts| facts.client_id.clone());
    let user = change.one::<User>(&session.user_id)?.clone();
    let organization_id = session.organization_id.as_deref();
    let flags = feature_flags(change, &user.id, organization_id);
    let custom = custom_claims(change, &user, organization_id)?;
    let impersonator = session.impersonator.as_ref();
    let mut token = issue(
        change,
        &user.id,
        ACCESS_TOKEN_LIFETIME,
        [
            ("sid", json!(session.id)),
            ("client_id", json!(client_id.as_ref())),
            ("aud", json!(client_id.as_ref().filter(|_| change.drop_in))),
            ("auth_time", json!(seconds(session.created_at))),
            ("act", impersonator.map_or(Value::Null, |one| json!({"sub": one.email}))),
            ("feature_flags", or_null(flags)),
        ],
    );
    if change.drop_in
        && let Some(id) = client_id.filter(|id| id != machines::DROP_IN_CLIENT_ID)
    {
        let issuer = format!("{}/user_management/{id}", change.issuer());
        token.claims.insert("iss".to_owned(), json!(issuer));
    }
    if let Some(id) = organization_id {
        token.claims.extend(organization_claims(change, &user.id, id));
    }
    token.claims.extend(custom);
    Ok(token)
}

/// What a token says of the organization, and of the user's roles in it.
fn organization_claims(store: &Store, user_id: &str, organization_id: &str) -> Claims {
    let membership = memberships::find(store, user_id, organization_id);
    let mut roles = membership.map(|own| store.organization_roles(own)).unwrap_or_default();
    if roles.is_empty() && store.drop_in {
        // Members of a stand-in for the official emulator have roles that do not exist.
        let named = membership.and_then(|own| own.roles.as_ref());
        roles.extend(named.into_iter().flatten().map(|role| role.slug.clone()));
    }
    let permissions = permissions(store, organization_id, &roles);
    let facts = store.sign_in_facts.get(organization_id);
    let entitlements = facts.map(|facts| facts.entitlements.clone()).unwrap_or_default();
    let claims = [
        ("org_id", json!(organization_id)),
        ("role", json!(roles.first())),
        ("roles", or_null(roles)),
        ("permissions", json!(permissions)),
        ("entitlements", or_null(entitlements)),
    ];
    let known = claims.into_iter().filter(|(_, value)| !value.is_null());
    known.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What any of the roles allows, each once.
fn permissions(store: &Store, organization_id: &str, roles: &[String]) -> Vec<String> {
    let mut permissions = Vec::new();
    let roles = roles.iter().filter_map(|slug| store.role(organization_id, slug));
    for slug in roles.flat_map(|row| &row.role.permissions) {
        if !permissions.contains(slug) {
            permissions.push(slug.clone());
        }
    }
    permissions
}

/// The slugs of the flags that are on for the user in the organization.
fn feature_flags(store: &Store, user_id: &str, organization_id: Option<&str>) -> Vec<String> {
    let flags = store.feature_flags.iter();
    let flags = flags.filter(|row| is_on(store, row, Some(user_id), organization_id));
    flags.map(|row| row.flag.slug.clone()).collect()
}

/// The claims of the JWT template, if there is one.
fn custom_claims(store: &Store, user: &User, organization_id: Option<&str>) -> Answer<Claims> {
    let Some(row) = store.jwt_templates.iter().next() else { return Ok(Claims::new()) };
    let context = Context::of(store, user, organization_id);
    template::render(&row.template.content, &context).map_err(|error| {
        Refusal::bad_request("token_too_big", format!("The JWT template {error}."))
    })
}

/// A list that a token only has if it has entries.
fn or_null(list: Vec<String>) -> Value {
    if list.is_empty() { Value::Null } else { json!(list) }
}

/// A time as tokens have it.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(1_000)
}
