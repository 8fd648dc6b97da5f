//! Where answers of the official emulator differ from those of the API: statuses, error codes,
//! and additional fields.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use workos::{AuthenticationEventStatus, AuthenticationEventType, AuthenticationFailed, EventData};

use super::asked::Asked;
use super::routes;
use crate::call::Call;
use crate::reply::{Answer, Response};
use crate::sign_in::{authorize, device};
use crate::state::{Change, Store};

/// The fields of a connected account at the official emulator.
const ACCOUNT: [&str; 10] = [
    "api_key_last_4",
    "auth_method",
    "created_at",
    "id",
    "object",
    "organization_id",
    "scopes",
    "state",
    "updated_at",
    "user_id",
];

/// Turns an answer of the API into one of the official emulator.
pub(super) fn dress(environment: &Call<'_>, asked: &Asked, response: Response) -> Response {
    let is_deleted = asked.is(&Method::DELETE)
        && response.body.is_empty()
        && matches!(response.status, Some(StatusCode::OK | StatusCode::ACCEPTED));
    if is_deleted {
        return Response { status: Some(StatusCode::NO_CONTENT), ..response };
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return response };
    let status = response.status.unwrap_or(StatusCode::OK);
    let status = if status.is_client_error() {
        dress_error(environment, asked, status, &mut body)
    } else {
        dress_success(environment, asked, status, &mut body)
    };
    let body = Bytes::from(serde_json::to_vec(&body).unwrap_or_default());
    Response { status: Some(status), body, ..response }
}

fn dress_error(
    environment: &Call<'_>,
    asked: &Asked,
    status: StatusCode,
    body: &mut Value,
) -> StatusCode {
    let path = asked.path();
    let Some(fields) = body.as_object_mut() else { return status };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let (code, message) = (text("code").unwrap_or_default(), text("message").unwrap_or_default());
    let error = text("error").unwrap_or_default();
    if matches!(&*path, ["user_management", "authenticate"]) {
        dress_failed_sign_in(asked, fields);
    }
    match (asked.head.method.as_str(), &*path, code.as_str()) {
        ("POST", ["user_management", "authenticate"] | ["sso", "token"], _)
            if is_bad_code(asked, &error, &code) =>
        {
            let given = asked.text("code").unwrap_or_default();
            let message = format!("The code '{given}' has expired or is invalid.");
            code_failed(environment, path.first() == Some(&"sso"), &message);
            set_oauth_error(fields, "invalid_grant", &message);
        }
        ("POST", ["user_management", "cors_origins"], _) if status == StatusCode::CONFLICT => {
            set_error(fields, "cors_origin_already_exists", &message);
            return StatusCode::UNPROCESSABLE_ENTITY;
        }
        (_, ["authorization", "resources", ..], "forbidden") => {
            set_error(fields, "bad_request", &message);
            return StatusCode::BAD_REQUEST;
        }
        (_, _, "invalid_request_parameters") => {
            let is_agents = path.first() == Some(&"agents");
            let code = if is_agents { "invalid_request" } else { "unprocessable_entity" };
            let reasons = bare_errors(fields.get_mut("errors"));
            let message = if reasons.is_empty() { message } else { reasons };
            set_error(fields, code, &message);
            if is_agents {
                return StatusCode::BAD_REQUEST;
            }
        }
        (_, ["user_management", _, ".well-known", ..], _) => {}
        (_, _, "token_too_big") => return StatusCode::UNPROCESSABLE_ENTITY,
        (_, _, "entity_not_found") => {
            let message = message.split(": '").next().unwrap_or_default();
            set_error(fields, "not_found", message);
        }
        _ => {}
    }
    status
}

/// Whether the code of an authorization was refused, or what it stands for.
fn is_bad_code(asked: &Asked, error: &str, code: &str) -> bool {
    let is_gone = ["entity_not_found", "organization_membership_not_found"].contains(&code);
    asked.text("grant_type") == Some("authorization_code")
        && asked.text("code").is_some()
        && (error == "invalid_grant" || is_gone)
}

/// The texts of a sign-in that failed. Invitations have plain errors.
fn dress_failed_sign_in(asked: &Asked, fields: &mut Map<String, Value>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (error, code) = (text("error"), text("code"));
    let grant = asked.text("grant_type").unwrap_or_default();
    let is_device = grant.ends_with(":device_code");
    let message = match (&*error, &*code) {
        ("invalid_grant", _) if grant == "refresh_token" => "Invalid refresh token.",
        ("invalid_grant", _) if is_device => "Invalid device code.",
        ("", "entity_not_found") if is_device => "Invalid device code.",
        ("authorization_pending", _) => "The authorization request is still pending.",
        ("expired_token", _) => "The device code has expired.",
        (error, _) if error.starts_with("invitation_") => {
            let message = text("error_description");
            fields.clear();
            return set_error(fields, error, &message);
        }
        (_, "invalid_credentials") => {
            fields.remove("email");
            return;
        }
        (_, "invalid_one_time_code") => {
            fields.clear();
            return set_error(fields, &code, "Invalid one-time code");
        }
        (_, "one_time_code_expired") => {
            let email = asked.text("email").unwrap_or_default();
            let message = format!("One-time code for '{email}' has expired.");
            fields.clear();
            return set_error(fields, &code, &message);
        }
        _ => return,
    };
    let error = if error.is_empty() { "invalid_grant" } else { &error };
    set_oauth_error(fields, error, message);
}

fn set_oauth_error(fields: &mut Map<String, Value>, error: &str, description: &str) {
    fields.clear();
    fields.insert("error".to_owned(), json!(error));
    fields.insert("error_description".to_owned(), json!(description));
}

fn set_error(fields: &mut Map<String, Value>, code: &str, message: &str) {
    fields.insert("code".to_owned(), json!(code));
    fields.insert("message".to_owned(), json!(message));
}

/// Takes the reasons out of errors, which the official emulator gives in the message only.
fn bare_errors(errors: Option<&mut Value>) -> String {
    let errors = errors.and_then(Value::as_array_mut);
    let errors = errors.into_iter().flatten().filter_map(Value::as_object_mut);
    let reasons = errors.filter_map(|error| {
        if error.get("code").is_some_and(|code| code == "invalid_type") {
            error.insert("code".to_owned(), json!("invalid"));
        }
        error.remove("message").and_then(|reason| reason.as_str().map(str::to_owned))
    });
    reasons.collect::<Vec<_>>().join(" ")
}

/// Adds the event of an invalid code.
fn code_failed(environment: &Call<'_>, is_sso: bool, message: &str) {
    let kind = if is_sso { AuthenticationEventType::SSO } else { AuthenticationEventType::OAuth };
    let mut event = AuthenticationFailed::default();
    event.type_ = kind;
    event.status = AuthenticationEventStatus::Failed;
    event.error.code = "invalid_grant".to_owned();
    event.error.message = message.to_owned();
    let _: Answer<()> = environment.write(|change| {
        change.tell(if is_sso {
            event.sso = Some(Default::default());
            EventData::AuthenticationSsoFailed(event)
        } else {
            EventData::AuthenticationOauthFailed(event)
        });
        Ok(())
    });
}

fn dress_success(
    environment: &Call<'_>,
    asked: &Asked,
    status: StatusCode,
    body: &mut Value,
) -> StatusCode {
    let path = asked.path();
    let method = asked.head.method.as_str();
    // A new endpoint shows its secret.
    let is_new_endpoint = matches!((method, &*path), ("POST", ["webhook_endpoints"]));
    let new_secret = body.get("secret").filter(|_| is_new_endpoint).cloned();
    environment.read(|view| dress_objects(view, body));
    if let (Some(secret), Some(fields)) = (new_secret, body.as_object_mut()) {
        fields.insert("secret".to_owned(), secret);
    }
    if !asked.is_by_sdk() {
        leave_out(body);
    }
    if let Some(fields) = body.as_object_mut() {
        match (method, &*path) {
            ("POST", ["user_management", "authenticate"]) => session(fields),
            ("POST", ["user_management", "authorize", "device"]) => {
                approve_device(environment, fields);
            }
            ("POST", ["oauth2", "token"]) => {
                fields.insert("token_type".to_owned(), json!("Bearer"));
            }
            ("POST", ["api_keys", "validations"]) if asked.has("key") => {
                let is_valid = fields.get("api_key").is_some_and(|key| !key.is_null());
                let is_valid = is_valid
                    || asked.text("key").is_some_and(|key| environment.accepts(&key.into()));
                fields.insert("valid".to_owned(), json!(is_valid));
            }
            ("POST", ["auth", "challenges", _, "verify"])
                if fields.get("valid") == Some(&json!(false)) =>
            {
                let message = "Invalid one-time code";
                *body = json!({"code": "invalid_one_time_code", "message": message});
                return StatusCode::BAD_REQUEST;
            }
            ("POST", ["auth", "challenges", _, "verify"]) => return StatusCode::OK,
            (
                "POST",
                ["portal", "generate_link"]
                | ["widgets", "token"]
                | ["agents", "blueprints", _, "tokens"],
            ) => return StatusCode::OK,
            ("POST", ["user_management", "users", id, "email_verification", "send"]) => {
                let sent = environment.read(|view| routes::last_verification(view, id));
                if !asked.is_by_sdk() {
                    fields.remove("user");
                }
                if let Some(Value::Object(sent)) = sent {
                    sent.into_iter().for_each(|(name, value)| {
                        fields.entry(name).or_insert(value);
                    });
                }
            }
            ("POST", ["user_management", "users", _, "email_verification", "confirm"]) => {
                let user = fields.get("user").and_then(Value::as_object).cloned();
                user.into_iter().flatten().for_each(|(name, value)| {
                    fields.entry(name).or_insert(value);
                });
            }
            ("POST", ["connect", "applications", _, "client_secrets"]) => secret(fields),
            (_, ["organizations", id, "audit_log_configuration" | "audit_logs_retention"]) => {
                let days = environment.read(|view| routes::retention_days(view, id));
                fields.insert("retention_days".to_owned(), json!(days));
                fields.insert("organization_id".to_owned(), json!(id));
                fields.insert("enabled".to_owned(), json!(true));
            }
            ("GET", ["organizations", _, "groups", _, "organization-memberships"])
                if !asked.is_by_sdk() =>
            {
                let members = fields.get_mut("data").and_then(Value::as_array_mut);
                for member in members.into_iter().flatten().filter_map(Value::as_object_mut) {
                    member.remove("user");
                }
            }
            (
                "POST" | "PUT" | "PATCH",
                ["authorization", "roles", ..] | ["authorization", "organizations", _, "roles", ..],
            ) => routes::keep_default(environment, asked, fields),
            ("POST" | "PUT" | "PATCH", ["authorization", "resources", ..]) => {
                routes::keep_metadata(environment, asked, fields);
            }
            _ => {}
        }
    }
    status
}

/// A session without an organization has `null`, and no method if that is not known.
fn session(fields: &mut Map<String, Value>) {
    fields.entry("organization_id").or_insert(Value::Null);
    fields.entry("sealed_session").or_insert(Value::Null);
    let method = fields.get("authentication_method").and_then(Value::as_str);
    if matches!(method, Some("OAuth" | "EmailVerification")) {
        fields.remove("authentication_method");
    }
}

/// Approves each device at once, as the first user.
fn approve_device(environment: &Call<'_>, fields: &mut Map<String, Value>) {
    let user_code = fields.get("user_code").and_then(Value::as_str).unwrap_or_default().to_owned();
    let uri = format!("{}/user_management/authorize/device/verify", environment.origin);
    fields.insert(
        "verification_uri_complete".to_owned(),
        json!(format!("{uri}?user_code={user_code}")),
    );
    fields.insert("verification_uri".to_owned(), json!(uri));
    // Without users, the device waits for one.
    let _: Result<(), _> = environment.write(|change: &mut Change<'_>| {
        let request = authorize::Authorization::default();
        match authorize::user(change, &request)? {
            Ok(user) => device::approve(change, &user_code, &user.id),
            Err(_) => Ok(()),
        }
    });
}

/// A new client secret under the names of the official emulator, too.
fn secret(fields: &mut Map<String, Value>) {
    if let Some(Value::String(value)) = fields.get("secret").cloned() {
        let start = value.len().saturating_sub(4);
        fields.insert("last_four".to_owned(), json!(value.get(start..)));
        fields.insert("value".to_owned(), json!(value));
        fields.insert("object".to_owned(), json!("client_secret"));
    }
}

/// Adds the fields that only the official emulator has to the objects of an answer.
fn dress_objects(store: &Store, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| dress_objects(store, item)),
        Value::Object(fields) => {
            let kind = fields.get("object").and_then(Value::as_str).unwrap_or_default().to_owned();
            if kind != "event" {
                fields.values_mut().for_each(|field| dress_objects(store, field));
            }
            dress_object(store, &kind, fields);
        }
        _ => {}
    }
}

fn dress_object(store: &Store, kind: &str, fields: &mut Map<String, Value>) {
    let id = fields.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind {
        "user" => {
            fields.entry("name").or_insert(Value::Null);
        }
        "role" => {
            if let Some(row) = store.roles.get(&id) {
                fields.insert("organization_id".to_owned(), json!(row.organization_id));
                fields.insert("is_default_role".to_owned(), json!(row.is_default));
                fields.entry("priority").or_insert(json!(0));
            }
        }
        "directory_user" => {
            let groups = store.directory_members.by("user", &id);
            let groups = groups.filter_map(|own| store.directory_groups.get(&own.group_id));
            let groups: Vec<_> = groups.map(|group| json!(group)).collect();
            fields.insert("groups".to_owned(), json!(groups));
        }
        "role_assignment" => {
            if let Some(row) = store.role_assignments.get(&id) {
                fields.insert("role_id".to_owned(), json!(row.role_id));
            }
        }
        "webhook_endpoint" => {
            let is_enabled = fields.get("status").is_some_and(|status| status == "enabled");
            fields.insert("enabled".to_owned(), json!(is_enabled));
            fields.entry("description").or_insert(Value::Null);
            let secret = fields.get("secret").and_then(Value::as_str).unwrap_or_default();
            let masked: String = secret.chars().take(8).chain("****".chars()).collect();
            fields.insert("secret".to_owned(), json!(masked));
        }
        "connected_account" => {
            fields.entry("api_key_last_4").or_insert(Value::Null);
        }
        "authorization_resource" => {
            fields.entry("metadata").or_insert(json!({}));
        }
        "jwt_template" => {
            fields.entry("custom_claims").or_insert(json!({}));
        }
        _ => {}
    }
    // The template of tokens has no ID.
    let id = if kind == "jwt_template" { kind } else { &id };
    if let Some(extra) = store.extras.get(id)
        && let Value::Object(more) = &extra.body
    {
        fields.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// Removes the fields that the official emulator does not have, in events as well.
fn leave_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Object(fields) => {
            fields.values_mut().for_each(leave_out);
            match fields.get("object").and_then(Value::as_str) {
                Some("connected_account") => fields.retain(|name, value| {
                    ACCOUNT.contains(&name.as_str()) || !is_empty(name, value)
                }),
                Some("agent_blueprint") => drop(fields.remove("invocable_as")),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Whether a field of a connected account is one to remove.
fn is_empty(name: &str, value: &Value) -> bool {
    value.is_null()
        || ["connection_role", "established_by_user_id"].contains(&name)
        || value.as_object().is_some_and(Map::is_empty)
}
