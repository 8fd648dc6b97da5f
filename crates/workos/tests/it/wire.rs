//! Requests as the other SDKs send them, from recordings.

use crate::common::{Scripted, answer};
use serde_json::{Value, json};
use workos::helpers::authkit::AuthKitPkceCodeExchangeParams;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{SessionData, seal_session};
use workos::helpers::sso::SsoPkceCodeExchangeParams;
use workos::passwordless::CreatePasswordlessSession;
use workos::sso::{AuthorizeLogout, GetProfileAndToken};
use workos::transport::HttpRequest;
use workos::user_management::{
    AuthenticateWithCodeParams, AuthenticateWithDeviceCodeParams,
    AuthenticateWithEmailVerificationParams, AuthenticateWithMagicAuthParams,
    AuthenticateWithPasswordParams, AuthenticateWithRefreshTokenParams,
};
use workos::{Client, ClientBuilder};

/// `{"sid":"session_1","org_id":"org_in_token"}`, unsigned.
const TOKEN: &str = "e30.eyJzaWQiOiJzZXNzaW9uXzEiLCJvcmdfaWQiOiJvcmdfaW5fdG9rZW4ifQ.x";

#[tokio::test(start_paused = true)]
async fn requests_match_the_other_sdks_without_their_empty_secrets_and_nulls() {
    let file: Value = serde_json::from_str(include_str!("../vectors/wire.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(json!(vectors.len()), file["count"]);
    for vector in vectors {
        let id = vector["id"].as_str().unwrap();
        let expected = &vector["output"]["requests"][0];
        let mut client = Client::builder().client_id("client_wire");
        let key = expected["authorization"].as_str().and_then(|text| text.strip_prefix("Bearer "));
        if let Some(key) = key {
            client = client.api_key(key);
        }
        let sent = match vector["inputs"]["call"].as_str() {
            Some(call) => described(call, &client.build(), &expected["body"]),
            None => refreshed_session(client).await,
        }
        .unwrap_or_else(|| panic!("{id} is not known"));
        assert_eq!(sent.method.as_str(), expected["method"], "{id}");
        let path = sent.url.strip_prefix("https://api.workos.com").unwrap();
        assert_eq!(path, expected["path"], "{id}");
        assert_eq!(body(&sent), cleaned(id, &expected["body"]), "{id}");
        // Credentials in the body are nowhere else, whether the client has a key or not.
        let authorization = sent.headers.get("authorization").map(|text| text.to_str().unwrap());
        let in_header = ["/sso/logout/authorize", "/passwordless/sessions"].contains(&path);
        assert_eq!(authorization, expected["authorization"].as_str().filter(|_| in_header), "{id}");
    }
}

/// The request of a call, with the recorded values.
fn described(call: &str, client: &Client, recorded: &Value) -> Option<HttpRequest> {
    let users = client.user_management();
    let field = |name: &str| recorded[name].as_str().map(str::to_owned);
    let text = |name: &str| field(name).unwrap();
    let request = match call {
        "authkit_code" => users
            .authenticate_with_code(AuthenticateWithCodeParams {
                ip_address: field("ip_address"),
                user_agent: field("user_agent"),
                ..AuthenticateWithCodeParams::new(text("code"))
            })
            .request(),
        "authkit_code_and_verifier" => users
            .authenticate_with_code(AuthenticateWithCodeParams {
                code_verifier: Some(text("code_verifier").into()),
                ..AuthenticateWithCodeParams::new(text("code"))
            })
            .request(),
        "authkit_code_pkce" => {
            let params = AuthKitPkceCodeExchangeParams::new(text("code"), text("code_verifier"));
            client.authkit().pkce_code_exchange(params).request()
        }
        "refresh" => users
            .authenticate_with_refresh_token(AuthenticateWithRefreshTokenParams {
                organization_id: field("organization_id"),
                ..AuthenticateWithRefreshTokenParams::new(text("refresh_token"))
            })
            .request(),
        "magic_auth" => {
            let params = AuthenticateWithMagicAuthParams::new(text("code"), text("email"));
            users.authenticate_with_magic_auth(params).request()
        }
        "password" => {
            let params = AuthenticateWithPasswordParams::new(text("email"), text("password"));
            users.authenticate_with_password(params).request()
        }
        "email_verification" => {
            let token = text("pending_authentication_token");
            let params = AuthenticateWithEmailVerificationParams::new(text("code"), token);
            users.authenticate_with_email_verification(params).request()
        }
        "device_code" => {
            let params = AuthenticateWithDeviceCodeParams::new(text("device_code"));
            users.authenticate_with_device_code(params).request()
        }
        "device_start" => client.authkit().start_device_authorization().request(),
        "sso_code" => {
            client.sso().get_profile_and_token(GetProfileAndToken::new(text("code"))).request()
        }
        "sso_code_pkce" => {
            let params = SsoPkceCodeExchangeParams::new(text("code"), text("code_verifier"));
            client.sso_helpers().pkce_code_exchange(params).request()
        }
        "sso_logout" => {
            let body = AuthorizeLogout::new(text("profile_id"));
            client.sso().authorize_logout(body).request()
        }
        "passwordless_create" => {
            let body = CreatePasswordlessSession {
                redirect_uri: field("redirect_uri"),
                state: field("state"),
                expires_in: recorded["expires_in"].as_i64(),
                ..CreatePasswordlessSession::new(text("email"))
            };
            client.passwordless().create_session(body).request()
        }
        "jwks_fetch" => {
            let client_id = client.client_id().unwrap();
            users.get_jwks(client_id).unauthenticated().request()
        }
        _ => return None,
    };
    Some(request.unwrap())
}

/// The refresh of a session whose access token names an organization.
async fn refreshed_session(client: ClientBuilder) -> Option<HttpRequest> {
    let script = Scripted::new(|_, _| answer(400, r#"{"error":"invalid_grant"}"#));
    let keys = SealKeys::new("a password of 32 characters, yes").unwrap();
    let data = SessionData::new(TOKEN, "<refresh token>");
    let sealed = seal_session(&data, &keys).unwrap();
    let session = client.transport(script.clone()).build().session(sealed, &keys);
    session.refresh(Default::default()).await.unwrap_err();
    script.requests().pop()
}

fn body(request: &HttpRequest) -> Value {
    request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body).unwrap())
}

/// As the other SDKs send it, without their nulls and empty secrets, and with what one of them
/// omits.
fn cleaned(id: &str, body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null() && *value != "");
    }
    match id {
        // Every other exchange with a verifier includes the secret, also in Node.
        "wire/authkit_code_and_verifier/node" => body["client_secret"] = "sk_test_throwaway".into(),
        // Otherwise the session would lose its organization.
        "wire/session-refresh/python" => body["organization_id"] = "org_in_token".into(),
        _ => {}
    }
    body
}
