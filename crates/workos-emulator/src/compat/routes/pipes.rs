//! `/pipes/connections`: accounts at one of four providers. Their users need not exist.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Asked, extra, list, ok};
use crate::call::Call;
use crate::reply::{Answer, Invalid, Refusal, Response};
use crate::state::{Change, Extra};

const KIND: &str = "pipe_connection";
const NAME: &str = "Pipe connection";
const PROVIDERS: [&str; 4] = ["github", "slack", "google", "salesforce"];
const STATUSES: [&str; 3] = ["connected", "disconnected", "requires_reauth"];

pub(super) fn serve(environment: &Call<'_>, asked: &Asked) -> Option<Answer<Response>> {
    let path = asked.path();
    match (asked.head.method.as_str(), path.get(2..)?) {
        ("POST", []) => Some(environment.write(|change| create(change, asked))),
        ("GET", []) => Some(environment.read(|view| {
            let fits = |body: &&Value| {
                ["user_id", "provider"].iter().all(|name| {
                    asked.query(name).is_none_or(|wanted| body.get(name) == Some(&json!(wanted)))
                })
            };
            let all = view.extras.by("kind", KIND).map(|extra| &extra.body);
            list(all.filter(fits).cloned().collect())
        })),
        ("GET", [id]) => Some(environment.read(|view| extra(view, KIND, NAME, id).and_then(ok))),
        ("DELETE", [id]) => Some(environment.write(|change| {
            extra(change, KIND, NAME, id)?;
            change.remove::<Extra>(id)?;
            Ok(Response::empty(StatusCode::NO_CONTENT))
        })),
        ("POST", [id, "access_token"]) => {
            Some(environment.read(|view| token(extra(view, KIND, NAME, id)?)))
        }
        _ => None,
    }
}

fn create(change: &mut Change<'_>, asked: &Asked) -> Answer<Response> {
    let text = |name: &str| {
        let missing = || Refusal::invalid(&[Invalid::new(name, "required", "is required.")]);
        asked.text(name).ok_or_else(missing)
    };
    let scopes = asked.texts("scopes").unwrap_or_default();
    let body = add(change, text("user_id")?, text("provider")?, scopes, None, None)?;
    Ok(Response::json(StatusCode::CREATED, &body))
}

/// Adds a connection, as a seed can with any status.
pub(crate) fn add(
    change: &mut Change<'_>,
    user_id: &str,
    provider: &str,
    scopes: Vec<String>,
    status: Option<&str>,
    account_id: Option<&str>,
) -> Answer<Value> {
    let invalid = |name: &str, known: &[&str]| {
        let message = format!("must be one of {}.", known.join(", "));
        Err(Refusal::invalid(&[Invalid::new(name, "invalid", message)]))
    };
    if !PROVIDERS.contains(&provider) {
        return invalid("provider", &PROVIDERS);
    }
    let status = status.unwrap_or("connected");
    if !STATUSES.contains(&status) {
        return invalid("status", &STATUSES);
    }
    let (id, now) = (change.id("pipe_conn"), change.now());
    let body = json!({
        "object": KIND,
        "id": id,
        "user_id": user_id,
        "provider": provider,
        "scopes": scopes,
        "status": status,
        "external_account_id": account_id,
        "created_at": now,
        "updated_at": now,
    });
    change.put(Extra { id, kind: KIND.to_owned(), body: body.clone() })?;
    Ok(body)
}

/// A token that names its user and provider.
fn token(connection: &Value) -> Answer<Response> {
    let text = |name: &str| connection.get(name).and_then(Value::as_str).unwrap_or_default();
    let status = text("status");
    if status != "connected" {
        let message = format!("Connection is {status}");
        let body = json!({"error": "connection_inactive", "message": message});
        return Err(Refusal { status: StatusCode::BAD_REQUEST, body });
    }
    ok(&json!({
        "access_token": format!("pipes_mock_{}_{}", text("provider"), text("user_id")),
        "token_type": "bearer",
        "scopes": connection.get("scopes"),
        "expires_in": 3600,
    }))
}
