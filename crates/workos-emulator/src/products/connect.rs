//! WorkOS Connect: OAuth and machine-to-machine applications, and their client secrets.

use std::sync::Arc;

use serde::Deserialize;
use workos::connect::*;
use workos::{ObjectType, Organization, SecretString};
use workos_contract::is_url;

use crate::fields::{check_fingerprint, fingerprint, make_as, set, set_nullable};
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, ClientSecret, Store};

const MAX_SECRETS: usize = 5;
const SECRET_CHARS: usize = 50;
const HINT_CHARS: usize = 6;

/// An application with what only the dashboard can set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewApplication {
    /// The name.
    pub name: String,
    /// The ID; by default a new one.
    pub id: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The scopes that the application may request.
    pub scopes: Vec<String>,
    /// The organization that it belongs to: always for machine-to-machine applications and
    /// third-party ones.
    pub organization_id: Option<String>,
    /// Whether it is a machine-to-machine application, and not an OAuth one.
    pub is_m2m: bool,
    /// OAuth: whether the application is your own, so that users need not consent.
    pub is_first_party: bool,
    /// OAuth: whether it was registered by Dynamic Client Registration. It belongs to no
    /// organization then.
    pub was_dynamically_registered: bool,
    /// OAuth: the allowed redirect URIs. The first is the default.
    pub redirect_uris: Vec<String>,
    /// OAuth: the web origins that may call the token endpoint (CORS).
    pub cors_origins: Vec<String>,
    /// OAuth: whether the application uses PKCE instead of a client secret.
    pub uses_pkce: bool,
    /// The client ID; by default a new one.
    pub client_id: Option<String>,
    /// A client secret; by default the application has none.
    pub client_secret: Option<SecretString>,
}

/// The application with this ID or client ID, or 404.
pub(crate) fn find<'a>(store: &'a Store, id: &str) -> Answer<&'a Arc<ConnectApplication>> {
    let by_client_id = || store.connect_applications.find("client_id", id);
    let found = store.connect_applications.get(id).or_else(by_client_id);
    found.ok_or_else(|| Refusal::not_found(ConnectApplication::NAME, id))
}

/// Creates an application.
pub(crate) fn create(
    change: &mut Change<'_>,
    input: CreateApplication,
) -> Answer<Arc<ConnectApplication>> {
    let application = new(change, None, input)?;
    change.insert(application)
}

/// A new application; not stored yet.
fn new(
    change: &mut Change<'_>,
    id: Option<String>,
    input: CreateApplication,
) -> Answer<ConnectApplication> {
    let mut application: ConnectApplication = make_as(change, id)?;
    application.client_id = change.id("client");
    match input {
        CreateApplication::OAuth(input) => {
            application.application_type = Some(ConnectApplicationType::OAuth);
            application.name = input.name;
            application.description = input.description;
            application.scopes = input.scopes.unwrap_or_default();
            application.uses_pkce = Some(input.uses_pkce.unwrap_or_default());
            set_redirect_uris(&mut application, input.redirect_uris.unwrap_or_default())?;
            set_cors_origins(&mut application, input.cors_origins.unwrap_or_default())?;
            application.is_first_party = Some(input.is_first_party);
            if !input.is_first_party {
                let Some(id) = input.organization_id else {
                    return invalid("organization_id", "is required for third-party applications.");
                };
                application.was_dynamically_registered = Some(false);
                application.organization_id = Some(id);
            }
        }
        CreateApplication::M2M(input) => {
            application.application_type = Some(ConnectApplicationType::M2M);
            application.name = input.name;
            application.description = input.description;
            application.scopes = input.scopes.unwrap_or_default();
            application.organization_id = Some(input.organization_id);
        }
        _ => return invalid("application_type", "must be oauth or m2m."),
    }
    if let Some(id) = &application.organization_id {
        change.one::<Organization>(id)?;
    }
    Ok(application)
}

/// Adds an application as the dashboard, a seed or a client's registration does.
pub(crate) fn add_application(
    change: &mut Change<'_>,
    input: NewApplication,
) -> Answer<ConnectApplication> {
    let NewApplication { name, description, organization_id, .. } = input;
    let scopes = Some(input.scopes);
    let uris = input.redirect_uris.iter().map(RedirectUriInput::new).collect();
    let mut application = if input.is_m2m {
        let organization_id = organization_id.unwrap_or_default();
        let new_one = CreateM2MApplication { name, organization_id, description, scopes };
        new(change, input.id, CreateApplication::M2M(new_one))?
    } else {
        let new_one = CreateOAuthApplication {
            name,
            // A registered client has no organization, as a first-party one.
            is_first_party: input.is_first_party || input.was_dynamically_registered,
            description,
            scopes,
            redirect_uris: Some(uris),
            uses_pkce: Some(input.uses_pkce),
            organization_id,
            cors_origins: Some(input.cors_origins),
        };
        new(change, input.id, CreateApplication::OAuth(new_one))?
    };
    if input.was_dynamically_registered && !input.is_m2m {
        application.is_first_party = Some(false);
        application.was_dynamically_registered = Some(true);
    }
    set(&mut application.client_id, input.client_id);
    let application = change.insert(application)?;
    if let Some(secret) = input.client_secret {
        store_secret(change, &application.id, &secret)?;
    }
    Ok(ConnectApplication::clone(&application))
}

/// Changes an application. Only OAuth applications have redirect URIs and CORS origins.
pub(crate) fn update(
    change: &mut Change<'_>,
    id: &str,
    input: UpdateOAuthApplication,
) -> Answer<Arc<ConnectApplication>> {
    let mut application = ConnectApplication::clone(find(change, id)?);
    if application.application_type != Some(ConnectApplicationType::OAuth) {
        for (field, is_given) in [
            ("redirect_uris", input.redirect_uris.is_some()),
            ("cors_origins", input.cors_origins.is_some()),
        ] {
            if is_given {
                return invalid(field, "is for OAuth applications only.");
            }
        }
    }
    if input.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return invalid("name", "must not be empty.");
    }
    set(&mut application.name, input.name);
    set_nullable(&mut application.description, input.description);
    if let Some(scopes) = input.scopes {
        application.scopes = scopes.into_value().unwrap_or_default();
    }
    if let Some(uris) = input.redirect_uris {
        set_redirect_uris(&mut application, uris.into_value().unwrap_or_default())?;
    }
    if let Some(origins) = input.cors_origins {
        set_cors_origins(&mut application, origins.into_value().unwrap_or_default())?;
    }
    change.update(application)
}

/// Sets the redirect URIs. One of them is the default: the first, unless another is marked.
fn set_redirect_uris(
    application: &mut ConnectApplication,
    given: Vec<RedirectUriInput>,
) -> Answer<()> {
    if !given.iter().all(|own| is_url(&own.uri)) {
        return invalid("redirect_uris", "must be URLs.");
    }
    let is_default = |own: &RedirectUriInput| own.default == Some(true);
    if given.iter().filter(|own| is_default(own)).count() > 1 {
        return invalid("redirect_uris", "must have at most one default.");
    }
    let default = given.iter().position(is_default).unwrap_or(0);
    let uris = given.into_iter().enumerate().map(|(n, own)| {
        let mut uri = ConnectApplicationRedirectUri::default();
        uri.uri = own.uri;
        uri.default = n == default;
        uri
    });
    application.redirect_uris = Some(uris.collect());
    Ok(())
}

fn set_cors_origins(application: &mut ConnectApplication, origins: Vec<String>) -> Answer<()> {
    if !origins.iter().all(|origin| is_url(origin)) {
        return invalid("cors_origins", "must be web origins, such as https://example.com.");
    }
    application.cors_origins = Some(origins);
    Ok(())
}

/// Makes a client secret. Only this answer has the secret itself.
pub(crate) fn create_secret(change: &mut Change<'_>, id: &str) -> Answer<ConnectApplicationSecret> {
    let application_id = find(change, id)?.id.clone();
    if change.client_secrets.by("application", &application_id).count() >= MAX_SECRETS {
        let message = format!("An application can have at most {MAX_SECRETS} client secrets.");
        return Err(Refusal::unprocessable("client_secret_limit_reached", message));
    }
    let secret = SecretString::from(change.token(SECRET_CHARS));
    let mut shown = store_secret(change, &application_id, &secret)?;
    shown.secret = Some(secret);
    Ok(shown)
}

/// Stores a client secret, of which only a hash and a hint are kept.
fn store_secret(
    change: &mut Change<'_>,
    application_id: &str,
    secret: &SecretString,
) -> Answer<ConnectApplicationSecret> {
    let text: Vec<char> = secret.expose().chars().collect();
    let hint = text.iter().skip(text.len().saturating_sub(HINT_CHARS)).collect();
    add_secret(change, application_id, fingerprint(secret), hint)
}

/// Adds a client secret of which only the hash is known.
pub(crate) fn add_hashed_secret(
    change: &mut Change<'_>,
    application_id: &str,
    hash: String,
    hint: String,
) -> Answer<()> {
    check_fingerprint("client_secret_hashes", &hash)?;
    add_secret(change, application_id, hash, hint).map(drop)
}

fn add_secret(
    change: &mut Change<'_>,
    application_id: &str,
    digest: String,
    hint: String,
) -> Answer<ConnectApplicationSecret> {
    let mut shown = ConnectApplicationSecret::default();
    shown.object = ObjectType::ConnectApplicationSecret;
    shown.id = change.id(ClientSecret::PREFIX);
    shown.secret_hint = hint;
    shown.created_at = change.now();
    shown.updated_at = change.now();
    change.insert(ClientSecret {
        id: shown.id.clone(),
        application_id: application_id.to_owned(),
        digest,
        secret: shown.clone(),
    })?;
    Ok(shown)
}

/// The application with this client ID, if that is one of its secrets. Notes the use of the secret.
#[allow(dead_code)] // until there is a token endpoint
pub(crate) fn authenticate(
    change: &mut Change<'_>,
    client_id: &str,
    secret: &SecretString,
) -> Answer<Option<Arc<ConnectApplication>>> {
    let Some(application) = change.connect_applications.find("client_id", client_id).cloned()
    else {
        return Ok(None);
    };
    let mut known = change.client_secrets.by("digest", &fingerprint(secret));
    let Some(row) = known.find(|row| row.application_id == application.id) else {
        return Ok(None);
    };
    let mut row = ClientSecret::clone(row);
    row.secret.last_used_at = Some(change.now());
    change.put(row)?;
    Ok(Some(application))
}

fn invalid<T>(field: &str, message: &str) -> Answer<T> {
    Err(Refusal::invalid(&[Invalid::new(field, "invalid", message)]))
}

#[cfg(test)]
mod tests {
    use workos::Timestamp;

    use super::*;
    use crate::state::steps::AT;
    use crate::state::{At, Live, State};

    #[test]
    fn a_secret_authenticates_its_own_application_only() {
        let mut live = Live::new(State::new(7));
        let now = Timestamp::from_millis(1_772_366_400_000);
        let (done, _) = live.change(At { now, ..AT }, |change| {
            for client_id in ["client_a", "client_b"] {
                add_application(
                    change,
                    NewApplication {
                        is_first_party: true,
                        client_id: Some(client_id.to_owned()),
                        client_secret: Some(format!("secret of {client_id}").into()),
                        ..NewApplication::default()
                    },
                )?;
            }
            let mut is_known = |id: &str, secret: &str| {
                let found = authenticate(change, id, &secret.into())?;
                Ok(found.is_some_and(|application| application.client_id == id))
            };
            assert!(is_known("client_a", "secret of client_a")?);
            for (id, secret) in [
                ("client_a", "secret of client_b"),
                ("client_b", ""),
                ("client_c", "secret of client_a"),
            ] {
                assert!(!is_known(id, secret)?, "{id}");
            }
            let id = find(change, "client_a")?.id.clone();
            let used = change.client_secrets.find("application", &id).cloned();
            assert_eq!(used.and_then(|row| row.secret.last_used_at), Some(now));
            Ok(())
        });
        assert_eq!(done, Ok(()));
    }
}
