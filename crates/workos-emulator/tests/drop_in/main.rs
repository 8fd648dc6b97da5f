//! The emulator in the place of the official one, `@workos/emulate`: what clients and tests that were
//! written for that send, and expect.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod agents;
mod authorization;
mod browsers;
mod connect;
mod discovery;
mod grants;
mod ids;
mod invitations;
#[cfg(feature = "pages")]
mod pages;
mod products;
mod routes;
mod seeds;
mod sign_in;
mod webhooks;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use workos::transport::HttpRequest;
use workos_emulator::{Builder, Emulator, SeedData};

const CALLBACK: &str = "http://localhost:3000/callback";
const PASSWORD: &str = "pw";

/// An emulator that stands in for the official one, and calls to it.
struct Official(Emulator);

/// An answer.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of an answer with this status.
    #[track_caller]
    fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// A parameter of where the browser was sent.
    fn sent(&self, name: &str) -> Option<String> {
        let (_, query) = self.header("location").split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }
}

impl Official {
    async fn start() -> Self {
        Self::built(Emulator::builder()).await
    }

    async fn seeded(data: Value) -> Self {
        Self::built(Emulator::builder().data(SeedData::from_value(data).unwrap())).await
    }

    async fn built(builder: Builder) -> Self {
        Self(builder.drop_in().without_socket().start().await.unwrap())
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let header = |(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
            (name.parse().unwrap(), value.parse().unwrap())
        };
        let request = HttpRequest {
            method: method.parse::<Method>().unwrap(),
            url: format!("http://localhost{path}"),
            headers: headers.iter().map(header).collect(),
            body: (!body.is_empty()).then(|| body.to_owned().into()),
        };
        let response = self.0.transport().execute(request).await.unwrap();
        Got {
            status: response.status.as_u16(),
            headers: response.headers,
            text: String::from_utf8(response.body.to_vec()).unwrap(),
        }
    }

    /// A call with the API key.
    async fn call(&self, method: &str, path: &str, body: Value) -> Got {
        let key = format!("Bearer {}", self.0.api_key());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", &*key), ("content-type", "application/json")];
        self.send(method, path, &headers, &body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await.with(200)
    }

    async fn post(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, body).await
    }

    async fn create(&self, path: &str, body: Value) -> Value {
        self.post(path, body).await.with(201)
    }

    async fn delete(&self, path: &str) -> u16 {
        self.call("DELETE", path, Value::Null).await.status
    }

    /// A call without the API key.
    async fn open(&self, method: &str, path: &str, body: Value) -> Got {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, &[("content-type", "application/json")], &body).await
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Got {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind], &body).await
    }

    async fn authenticate(&self, body: Value) -> Got {
        self.open("POST", "/user_management/authenticate", body).await
    }

    /// Where AuthKit sends the browser.
    async fn authorize(&self, more: &str) -> Got {
        let path = format!("/user_management/authorize?redirect_uri={CALLBACK}{more}");
        self.open("GET", &path, Value::Null).await
    }

    async fn code(&self, more: &str) -> String {
        self.authorize(more).await.sent("code").unwrap()
    }

    async fn redeem(&self, code: &str) -> Got {
        self.authenticate(json!({"grant_type": "authorization_code", "code": code})).await
    }

    async fn with_password(&self, email: &str) -> Got {
        let grant = json!({"grant_type": "password", "email": email, "password": PASSWORD});
        self.authenticate(grant).await
    }

    async fn with_magic_auth(&self, email: &str, invitation_token: Option<&str>) -> Got {
        let sent = self.create("/user_management/magic_auth", json!({"email": email})).await;
        self.authenticate(json!({
            "grant_type": "urn:workos:oauth:grant-type:magic-auth:code",
            "code": sent["code"], "email": email, "invitation_token": invitation_token,
        }))
        .await
    }

    /// A user with a verified address and [`PASSWORD`].
    async fn user(&self, email: &str) -> String {
        let user = json!({"email": email, "password": PASSWORD, "email_verified": true});
        id(&self.create("/user_management/users", user).await)
    }

    async fn organization(&self, name: &str) -> String {
        id(&self.create("/organizations", json!({"name": name})).await)
    }

    async fn member(&self, organization_id: &str, user_id: &str, role: &str) -> String {
        let path = "/user_management/organization_memberships";
        let body = json!({
            "organization_id": organization_id, "user_id": user_id, "role_slug": role,
        });
        id(&self.create(path, body).await)
    }

    /// The data of the events with this name.
    async fn told(&self, event: &str) -> Vec<Value> {
        let list = self.get(&format!("/events?events[]={event}&order=asc&limit=100")).await;
        list["data"].as_array().unwrap().iter().map(|event| event["data"].clone()).collect()
    }
}

fn id(object: &Value) -> String {
    text(&object["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value) -> &Vec<Value> {
    value["data"].as_array().unwrap()
}

/// A part of a token: 0 is its header, 1 has its claims.
fn part(token: &Value, index: usize) -> Value {
    let token = token.as_str().unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn claims(token: &Value) -> Value {
    part(token, 1)
}

fn error(code: &str, message: &str) -> Value {
    json!({"code": code, "message": message})
}

fn oauth_error(error: &str, description: &str) -> Value {
    json!({"error": error, "error_description": description})
}

/// The fields and codes of an error of the request.
fn wrong(body: &Value) -> Vec<(String, String)> {
    let errors = body["errors"].as_array().unwrap().iter();
    errors.map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}
