//! Adds what the API requires and a request leaves out, and renames fields.

use http::Method;
use serde_json::{Value, json};
use workos::events::EventName;
use workos::user_management::User;
use workos_contract::is_email;

use super::agents;
use super::asked::Asked;
use crate::call::Call;
use crate::products::pipes::integrations::add_shared_integration;
use crate::products::pipes::providers::built_in;
use crate::reply::{Answer, Invalid, Refusal};
use crate::sign_in::sessions::EMAIL_VERIFICATION;
use crate::sign_in::{steps, totp};
use crate::state::{Change, SignIn, Store};

/// The client of requests that name none.
pub(super) use crate::sign_in::machines::DROP_IN_CLIENT_ID as CLIENT_ID;
/// What the other grant types end in.
const GRANTS: [&str; 7] = [
    ":device_code",
    ":email-completion",
    ":email-verification:code",
    ":mfa-totp",
    ":organization-selection",
    ":radar-email-challenge:code",
    ":radar-sms-challenge:code",
];
const GRANT: &str = "urn:workos:oauth:grant-type:";

/// Completes a request, or refuses it as the official emulator does.
pub(super) fn complete(environment: &Call<'_>, asked: &mut Asked) -> Answer<()> {
    let method = asked.head.method.clone();
    let path = asked.head.uri.path().to_owned();
    let path: Vec<&str> = path.split('/').skip(1).collect();
    match (method.as_str(), &*path) {
        ("POST", ["user_management", "authenticate"]) => authenticate(environment, asked),
        ("POST", ["sso", "token"]) => sso_token(environment, asked),
        ("GET", ["user_management", "authorize"]) => {
            authorize(asked, ["connection_id", "organization_id"])
        }
        ("GET", ["sso", "authorize"]) => {
            authorize(asked, ["connection", "organization"])?;
            known_connection(environment, asked)
        }
        ("POST", ["user_management", "password_reset"]) => text_field(asked, "email"),
        ("POST", ["user_management", "magic_auth"]) => {
            text_field(asked, "email")?;
            email_field(asked)
        }
        ("POST", ["user_management", "invitations" | "organization_memberships"]) => {
            asked.remove_nulls();
            Ok(())
        }
        ("GET", ["sso", "logout"]) if asked.query("token").is_none() => {
            Err(Refusal::bad_request("invalid_request", "token is required"))
        }
        ("GET", ["events"]) => {
            all_events(asked);
            Ok(())
        }
        (
            "POST",
            ["authorization", "organization_memberships", id, "check" | "role_assignments"],
        )
        | ("DELETE", ["authorization", "organization_memberships", id, "role_assignments"]) => {
            on_membership(environment, asked, id);
            Ok(())
        }
        (
            "POST",
            ["authorization", "roles", _, "permissions"]
            | ["authorization", "organizations", _, "roles", _, "permissions"],
        ) if asked.field("permissions").is_some_and(Value::is_array) => {
            asked.head.method = Method::PUT;
            Ok(())
        }
        ("POST", ["organizations"]) | ("PUT", ["organizations", _]) => {
            pending_domains(asked);
            Ok(())
        }
        ("POST", ["organizations", id, "groups", _, "organization-memberships"]) => {
            of_organization(environment, asked, id)
        }
        ("POST", ["agents", "blueprints"]) => agents::blueprint(asked),
        ("POST", ["auth", "factors", "enroll"]) if asked.text("type") == Some("totp") => {
            asked.set_default("totp_issuer", "WorkOS Emulator");
            asked.set_default("totp_user", "user");
            Ok(())
        }
        ("POST", ["user_management", "users", _, "auth_factors"]) => totp_secret(asked),
        ("GET", ["authorization", "resources"]) => {
            parent_resource(environment, asked);
            Ok(())
        }
        ("POST", ["authkit", "oauth2", "complete"]) => {
            let user = asked.field("user");
            let email = user.and_then(|user| user.get("email")).and_then(Value::as_str);
            if email.is_some_and(|email| email.trim().is_empty()) {
                let invalid = Invalid::new("user.email", "required", "is required.");
                return Err(Refusal::invalid(&[invalid]));
            }
            Ok(())
        }
        ("POST", ["connect", "applications"]) => application(environment, asked),
        ("POST", ["api_keys", "validations"]) => {
            if let Some(key) = asked.field("key").cloned() {
                asked.set_default("value", key);
            }
            Ok(())
        }
        (_, ["user_management", "users", user, "connected_accounts", slug]) => {
            connected_account(environment, asked, user, slug)
        }
        ("POST", ["portal", "generate_link"]) => required(asked, &["intent", "organization"]),
        ("POST", ["widgets", "token"]) if !asked.is_by_sdk() => {
            required(asked, &["organization_id", "user_id", "scopes"])
        }
        _ => Ok(()),
    }
}

fn required(asked: &Asked, names: &[&str]) -> Answer<()> {
    let is_missing = |name: &&&str| {
        asked.field(name).is_none_or(|value| value.is_null() || value.as_str() == Some(""))
    };
    let missing: Vec<_> = names
        .iter()
        .filter(is_missing)
        .map(|name| Invalid::new(name, "required", "is required."))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::invalid(&missing)) }
}

fn text_field(asked: &Asked, name: &str) -> Answer<()> {
    let problem = match asked.field(name) {
        None | Some(Value::Null) => "is required",
        Some(Value::String(_)) => return Ok(()),
        Some(_) => "must be a string",
    };
    Err(Refusal::bad_request("invalid_request", format!("{name} {problem}")))
}

/// An address without the spaces around it.
fn email_field(asked: &mut Asked) -> Answer<()> {
    let email = asked.text("email").unwrap_or_default().trim().to_owned();
    if !is_email(&email) {
        let message = "email must be a valid email address";
        return Err(Refusal::bad_request("invalid_request", message));
    }
    asked.set("email", email);
    Ok(())
}

/// Accepts any client ID. The secret of the client is not checked.
fn client(environment: &Call<'_>, asked: &mut Asked) {
    if asked.text("client_id").is_none() {
        asked.set("client_id", CLIENT_ID);
    }
    asked.set("client_secret", environment.api_key.expose());
}

fn authenticate(environment: &Call<'_>, asked: &mut Asked) -> Answer<()> {
    let caller = |name: &str| {
        let value = asked.head.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let (user_agent, address) = (caller("user-agent"), caller("x-forwarded-for"));
    asked.remove_nulls();
    client(environment, asked);
    if let Some(user_agent) = user_agent {
        asked.set_default("user_agent", user_agent);
    }
    if let Some(address) = address {
        asked.set_default("ip_address", address);
    }
    let grant = asked.text("grant_type").unwrap_or_default().to_owned();
    if let Some(short @ ("magic-auth" | "email-verification")) = grant.strip_prefix(GRANT) {
        asked.set("grant_type", format!("{GRANT}{short}:code"));
    }
    if grant.contains("email-verification") && !asked.has("pending_authentication_token") {
        return verification_of_user(environment, asked);
    }
    match grant.as_str() {
        "" => Err(Refusal::oauth("invalid_request", "grant_type is required.")),
        "password" => credentials(asked, "password"),
        "authorization_code" => required_by_grant(asked, &["code"]),
        "refresh_token" => required_by_grant(asked, &["refresh_token"]),
        other if other.contains(":magic-auth") => credentials(asked, "code"),
        other if GRANTS.iter().any(|known| other.ends_with(known)) => Ok(()),
        other => {
            let message = format!("The grant type is not supported: {other}");
            Err(Refusal::oauth("invalid_request", &message))
        }
    }
}

/// An email address and what goes with it.
fn credentials(asked: &Asked, other: &str) -> Answer<()> {
    if asked.field("email").is_some_and(|email| !email.is_string() && !email.is_null()) {
        return Err(Refusal::bad_request("invalid_request", "email must be a string"));
    }
    if asked.text("email").is_none() || asked.text(other).is_none() {
        let message = match other {
            "password" => "email and password are required.",
            _ => "code and email are required.",
        };
        return Err(Refusal::oauth("invalid_request", message));
    }
    Ok(())
}

fn required_by_grant(asked: &Asked, names: &[&str]) -> Answer<()> {
    match names.iter().find(|name| asked.text(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(Refusal::oauth("invalid_request", &format!("{name} is required."))),
    }
}

/// A code that names the user, instead of the sign-in that waits for it.
fn verification_of_user(environment: &Call<'_>, asked: &mut Asked) -> Answer<()> {
    let Some(user_id) = asked.text("user_id").map(str::to_owned) else {
        let message = "pending_authentication_token is required.";
        return Err(Refusal::oauth("invalid_request", message));
    };
    let token = environment.write(|change| {
        change.one::<User>(&user_id)?;
        let method = EMAIL_VERIFICATION.into();
        steps::keep_waiting(change, SignIn::new(&user_id, CLIENT_ID, method))
    })?;
    asked.set("pending_authentication_token", token.expose());
    asked.remove("user_id");
    Ok(())
}

fn sso_token(environment: &Call<'_>, asked: &mut Asked) -> Answer<()> {
    client(environment, asked);
    match asked.text("grant_type") {
        None => Err(Refusal::oauth("invalid_request", "grant_type is required.")),
        Some("authorization_code") => required_by_grant(asked, &["code"]),
        Some(grant) if grant.ends_with(":token-exchange") => Ok(()),
        Some(grant) => {
            let message = format!("The grant type is not supported: {grant}");
            Err(Refusal::oauth("unsupported_grant_type", &message))
        }
    }
}

/// `client_id`, `response_type` and `provider` of an authorization are optional.
fn authorize(asked: &mut Asked, [connection, organization]: [&str; 2]) -> Answer<()> {
    if asked.query("redirect_uri").is_none() {
        return Err(Refusal::bad_request("invalid_request", "redirect_uri is required"));
    }
    if asked.query("client_id").is_none() {
        asked.add_query("client_id", CLIENT_ID);
    }
    if asked.query("response_type").is_none() {
        asked.add_query("response_type", "code");
    }
    let how = ["provider", connection, organization, "domain_hint"];
    if connection == "connection_id" && how.iter().all(|name| asked.query(name).is_none()) {
        asked.add_query("provider", "authkit");
    }
    Ok(())
}

/// Without pages, a connection that does not exist is an error at once.
fn known_connection(environment: &Call<'_>, asked: &Asked) -> Answer<()> {
    let redirect_uri = asked.query("redirect_uri").unwrap_or_default();
    let is_known = environment.read(|view| {
        let hosts = &environment.redirect_hosts;
        crate::sign_in::redirects::check(view, hosts, &redirect_uri)?;
        Ok(asked.query("connection").is_none_or(|id| view.connections.get(&id).is_some()))
    })?;
    if is_known || environment.asks_people() {
        return Ok(());
    }
    let message = "No active connection found";
    Err(Refusal::new(http::StatusCode::NOT_FOUND, "connection_not_found", message))
}

/// A list of events without a filter has all of them.
fn all_events(asked: &mut Asked) {
    let query = asked.head.uri.query().unwrap_or_default();
    let is_named = form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name.starts_with("events") && !value.is_empty());
    if !is_named {
        let names: Vec<_> = EventName::KNOWN.iter().map(EventName::as_str).collect();
        asked.add_query("events", &names.join(","));
    }
}

/// What a membership may do, or gets, is about its organization if no resource is named. Roles may
/// be named by their IDs.
fn on_membership(environment: &Call<'_>, asked: &mut Asked, membership_id: &str) {
    asked.rename("permission", "permission_slug");
    let slug = asked.text("role_id").and_then(|id| {
        environment.read(|view| view.roles.get(id).map(|row| row.role.slug.clone()))
    });
    if let Some(slug) = slug {
        asked.remove("role_id");
        asked.set_default("role_slug", slug);
    }
    let names = ["resource_id", "resource_external_id", "resource_type_slug"];
    if names.iter().all(|name| !asked.has(name)) {
        let root = environment.read(|view| root_of(view, membership_id));
        asked.set("resource_id", root.unwrap_or_else(|| "none".to_owned()));
    }
}

pub(super) fn root_of(store: &Store, membership_id: &str) -> Option<String> {
    let membership = store.organization_memberships.get(membership_id)?;
    store.root(&membership.organization_id).map(|root| root.id.clone())
}

/// A parent may be named by its external ID without its organization.
fn parent_resource(environment: &Call<'_>, asked: &mut Asked) {
    let Some(external_id) = asked.query("parent_external_id") else { return };
    if asked.query("organization_id").is_none() && asked.query("parent_resource_id").is_none() {
        let type_slug = asked.query("parent_resource_type_slug");
        let parent = environment.read(|view| {
            let mut all = view.authorization_resources.iter();
            let found = all.find(|one| {
                one.external_id == external_id
                    && type_slug.as_ref().is_none_or(|slug| one.resource_type_slug == *slug)
            });
            found.map(|one| one.id.clone())
        });
        asked.add_query("parent_resource_id", parent.as_deref().unwrap_or("none"));
    }
}

/// An invalid secret of an authenticator app has its own error.
fn totp_secret(asked: &Asked) -> Answer<()> {
    let is_valid = match asked.field("totp_secret") {
        None | Some(Value::Null) => true,
        Some(secret) => secret.as_str().and_then(totp::from_base32).is_some(),
    };
    if is_valid {
        return Ok(());
    }
    let message = "totp_secret must be a secret in Base32.";
    Err(Refusal::unprocessable("invalid_totp_secret", message))
}

/// Domains are pending by default.
fn pending_domains(asked: &mut Asked) {
    let Some(Value::Array(mut domains)) = asked.field("domain_data").cloned() else { return };
    for domain in domains.iter_mut().filter_map(Value::as_object_mut) {
        domain.entry("state").or_insert_with(|| json!("pending"));
    }
    asked.set("domain_data", domains);
}

fn of_organization(environment: &Call<'_>, asked: &Asked, id: &str) -> Answer<()> {
    let membership_id = asked.text("organization_membership_id").unwrap_or_default();
    let is_elsewhere = environment.read(|view| {
        let membership = view.organization_memberships.get(membership_id);
        membership.is_some_and(|own| own.organization_id != id)
    });
    if is_elsewhere {
        let message = "must be a membership of the organization.";
        let invalid = Invalid::new("organization_membership_id", "invalid", message);
        return Err(Refusal::invalid(&[invalid]));
    }
    Ok(())
}

/// Applications are first-party OAuth applications by default.
fn application(environment: &Call<'_>, asked: &mut Asked) -> Answer<()> {
    asked.set_default("application_type", "oauth");
    if let Some(Value::Array(uris)) = asked.field("redirect_uris").cloned() {
        let object = |uri: Value| if uri.is_string() { json!({"uri": uri}) } else { uri };
        asked.set("redirect_uris", uris.into_iter().map(object).collect::<Value>());
    }
    if asked.text("application_type") == Some("oauth") {
        let is_first_party = asked.text("organization_id").is_none();
        asked.set_default("is_first_party", is_first_party);
        return Ok(());
    }
    let is_unknown = asked
        .text("organization_id")
        .is_some_and(|id| environment.read(|view| view.organizations.get(id).is_none()));
    if is_unknown {
        let invalid = Invalid::new("organization_id", "invalid", "must be an organization.");
        return Err(Refusal::invalid(&[invalid]));
    }
    Ok(())
}

/// An account connects at any provider. The data integration is created if there is none.
fn connected_account(
    environment: &Call<'_>,
    asked: &Asked,
    user_id: &str,
    slug: &str,
) -> Answer<()> {
    if asked.is(&Method::POST) && !asked.has("state") && asked.text("access_token").is_none() {
        let message = "is required, or a state.";
        return Err(Refusal::invalid(&[Invalid::new("access_token", "required", message)]));
    }
    let organization_id = asked.query("organization_id");
    environment.read(|view| {
        view.one::<User>(user_id)?;
        organization_id.map(|id| view.one::<workos::Organization>(&id).map(drop)).transpose()
    })?;
    if asked.is(&Method::POST) {
        environment.write(|change| integrate(change, slug))?;
    }
    Ok(())
}

/// Makes sure that there is a data integration for users at a provider.
pub(super) fn integrate(change: &mut Change<'_>, slug: &str) -> Answer<()> {
    use crate::products::pipes::providers::{NewDataProvider, add_provider};
    if change.data_integrations.find("slug", slug).is_some() {
        return Ok(());
    }
    if built_in(slug).is_none() && change.data_providers.find("slug", slug).is_none() {
        add_provider(change, NewDataProvider { slug: slug.to_owned(), ..Default::default() })?;
    }
    add_shared_integration(change, slug, workos::PipesOwnership::User).map(drop)
}
