//! Routes of the official emulator that are not part of the API.

mod audit_logs;
mod authorization;
mod browser;
pub(super) mod connect;
mod discovery;
mod integrations;
pub(super) mod pipes;
mod webhooks;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use workos::user_management::Invitation;
use workos::{Organization, Page};

pub(super) use self::audit_logs::retention_days;
pub(super) use self::authorization::{keep_default, keep_metadata};
use super::asked::Asked;
use crate::call::Call;
use crate::products::sso::{NewConnection, add_connection};
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::{machines, settings};
use crate::state::{Change, Extra, Store};

/// What has no ID of its own.
const JWT_TEMPLATE: &str = "jwt_template";

/// Whether a route needs no API key.
pub(crate) fn is_public(method: &Method, path: &str) -> bool {
    let path: Vec<_> = path.split('/').skip(1).collect();
    matches!(
        (method.as_str(), &*path),
        ("GET", ["data-integrations", _, "authorize"])
            | ("POST", ["user_management", "authorize"] | ["sso", "authorize"])
            | ("GET", ["user_management", "authorize", "device", "verify"])
            | ("GET", ["oauth2", "authorize"] | ["user_management", _, ".well-known", ..])
    )
}

/// The answer of one of these routes, if the request is for one.
pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    match (asked.head.method.as_str(), &*path) {
        (_, ["authorization", ..]) => authorization::serve(environment, asked),
        (
            _,
            ["audit_logs", ..]
            | ["organizations", _, "audit_log_configuration" | "audit_logs_retention"],
        ) => audit_logs::serve(environment, asked),
        (_, ["webhook_endpoints", ..]) => webhooks::serve(environment, asked),
        (_, ["pipes", "connections", ..]) => pipes::serve(environment, asked),
        (_, ["oauth2", "authorize" | "token"]) => connect::serve(environment, asked),
        (_, ["data-integrations", ..]) => integrations::serve(environment, asked),
        ("POST", ["user_management" | "sso", "authorize"]) => {
            Some(browser::signed_in(environment, asked))
        }
        ("GET", ["user_management", "authorize", "device", "verify"]) => {
            Some(Ok(browser::device_approved()))
        }
        ("GET", ["user_management", client_id, ".well-known", path @ ..]) => {
            Some(discovery::serve(environment, asked, client_id, path))
        }
        ("DELETE", ["user_management", "invitations", id]) => {
            Some(environment.write(|change| delete_invitation(change, id)))
        }
        ("POST", ["connections"]) if !asked.has("saml_options") && !asked.has("oidc_options") => {
            Some(connection(environment, asked))
        }
        ("GET", ["radar", "attempts"]) => Some(list(Vec::new())),
        ("GET", ["radar", "attempts", id]) => Some(Err(Refusal::not_found("Radar attempt", id))),
        ("POST", ["radar", "lists", _, action]) if asked.texts("entries").is_some() => {
            Some(radar_list(action))
        }
        ("POST", ["portal", "generate_link"]) => portal_link(environment, asked),
        ("POST", ["widgets", "token"]) => widget_token(environment, asked),
        ("GET", ["user_management", "jwt_template"]) => jwt_template(environment),
        ("PUT", ["user_management", "jwt_template"]) if !asked.has("content") => {
            Some(set_custom_claims(environment, asked))
        }
        _ => None,
    }
}

fn ok(body: &impl serde::Serialize) -> Answer<Response> {
    Ok(Response::json(StatusCode::OK, body))
}

fn list(data: Vec<Value>) -> Answer<Response> {
    let page: Page<Value> = crate::state::whole(data);
    ok(&page)
}

/// An object of these routes as it was stored.
fn extra<'a>(store: &'a Store, kind: &str, name: &str, id: &str) -> Answer<&'a Value> {
    let found = store.extras.get(id).filter(|extra| extra.kind == kind);
    found.map(|extra| &extra.body).ok_or_else(|| Refusal::not_found(name, id))
}

/// Remembers fields of an object that the API does not have.
fn remember(change: &mut Change<'_>, id: &str, more: Value) -> Answer<()> {
    let known = change.extras.get(id).map(|extra| extra.body.clone());
    let mut body = known.unwrap_or_else(|| json!({}));
    if let (Some(fields), Value::Object(more)) = (body.as_object_mut(), more) {
        fields.extend(more);
    }
    change.put(Extra { id: id.to_owned(), kind: "fields".to_owned(), body }).map(drop)
}

/// The verification that was sent to a user last.
pub(super) fn last_verification(store: &Store, user_id: &str) -> Option<Value> {
    let sent = store.email_verifications.by("user", user_id).next_back()?;
    serde_json::to_value(&sent.verification).ok()
}

fn delete_invitation(change: &mut Change<'_>, id: &str) -> Answer<Response> {
    change.remove::<Invitation>(id)?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// `POST /connections` without options of a protocol.
fn connection(environment: &Call<'_>, asked: &Asked) -> Answer<Response> {
    let new = NewConnection {
        organization: asked.text("organization_id").unwrap_or_default().to_owned(),
        name: asked.text("name").map(str::to_owned),
        connection_type: asked.text("connection_type").map(Into::into),
        state: asked.text("state").map(Into::into),
        domains: asked.texts("domains").unwrap_or_default(),
        ..NewConnection::default()
    };
    let connection = environment.write(|change| {
        change.one::<Organization>(&new.organization)?;
        add_connection(change, new)
    })?;
    Ok(Response::json(StatusCode::CREATED, &connection))
}

/// `POST /radar/lists/{list}/{add|remove}` with several entries, which have no effect.
fn radar_list(action: &str) -> Answer<Response> {
    if !["add", "remove"].contains(&action) {
        let message = format!("The action '{action}' is not add or remove.");
        return Err(Refusal::bad_request("invalid_request", message));
    }
    ok(&json!({"success": true}))
}

/// A link for an organization that does not exist leads nowhere.
fn portal_link(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let (organization, intent) = (asked.text("organization")?, asked.text("intent")?);
    let is_known = environment.read(|view| view.organizations.get(organization).is_some());
    let link = format!("{}/portal/{intent}/{organization}", environment.origin);
    (!is_known).then(|| ok(&json!({"link": link})))
}

/// A token for an organization or a user that does not exist.
fn widget_token(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let (organization, user) = (asked.text("organization_id")?, asked.text("user_id")?);
    let is_known = environment.read(|view| {
        view.organizations.get(organization).is_some() && view.users.get(user).is_some()
    });
    if is_known {
        return None;
    }
    let scopes = asked.texts("scopes");
    let (organization, user) = (Some(organization), Some(user));
    let token = environment.write(|change| {
        Ok(machines::unchecked_token(change, "widgets", organization, user, scopes))
    });
    let token = token.and_then(|token| token.sign());
    Some(token.and_then(|token| ok(&json!({"token": token.expose()}))))
}

/// An environment without a template has an empty one.
fn jwt_template(environment: &Call<'_>) -> Option<Answer<Response>> {
    let now = environment.clock.now();
    environment.read(|view| {
        if view.jwt_templates.iter().next().is_some() {
            return None;
        }
        let claims = view.extras.get(JWT_TEMPLATE).map(|extra| extra.body.clone());
        let mut template = json!({
            "object": "jwt_template",
            "content": "",
            "custom_claims": {},
            "created_at": now,
            "updated_at": now,
        });
        if let (Some(fields), Some(Value::Object(claims))) = (template.as_object_mut(), claims) {
            fields.extend(claims);
        }
        Some(ok(&template))
    })
}

/// The claims of older versions, each a text with placeholders.
fn set_custom_claims(environment: &Call<'_>, asked: &Asked) -> Answer<Response> {
    let claims = asked.field("custom_claims").cloned().unwrap_or_else(|| json!({}));
    let content = claims.to_string();
    let mut body = environment.write(|change| {
        let input = workos::user_management::UpdateJWTTemplate::new(content);
        let template = settings::update_jwt_template(change, input)?;
        remember(change, JWT_TEMPLATE, json!({"custom_claims": claims}))?;
        Ok(json!(template))
    })?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("custom_claims".to_owned(), claims);
    }
    ok(&body)
}
