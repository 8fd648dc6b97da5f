//! Signing in through identity providers: for a profile alone, and as a way into AuthKit.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use workos::helpers::public_client::PublicClient;
use workos::helpers::sso::{
    SsoAuthorizationUrlParams, SsoLogoutUrlParams, SsoPkceCodeExchangeParams,
};
use workos::organization_membership::{
    ListOrganizationMembershipsParams, OrganizationMembershipStatus,
};
use workos::sso::{
    AuthorizeLogout, Connection, ConnectionState, ConnectionType, ExchangeIdToken,
    GetProfileAndToken, Profile,
};
use workos::user_management::*;
use workos::{OAuthTokens, UserIdentity};
use workos_emulator::{NewConnection, NewProfile};

use super::{ada, authorize, claims, value};
use crate::trial::{NOON, Trial, refusal};

const REDIRECT: &str = "http://localhost:3000/callback";
const BOB: &str = "bob@acme.test";

fn connection(trial: &Trial, organization: &str, connection_type: ConnectionType) -> Connection {
    let new = NewConnection {
        organization: organization.to_owned(),
        connection_type: Some(connection_type),
        ..NewConnection::default()
    };
    trial.emulator.fixtures().connection(new).unwrap()
}

fn profile(trial: &Trial, connection: &Connection, email: &str) -> Profile {
    let new = NewProfile {
        email: email.to_owned(),
        idp_id: Some(format!("idp|{email}")),
        first_name: Some("Bob".into()),
        last_name: Some("Ray".into()),
        groups: Some(vec!["Staff".into()]),
        ..NewProfile::default()
    };
    trial.emulator.fixtures().profile(&connection.id, new).unwrap()
}

/// An emulator with an organization, its connection, and the account of Bob there.
async fn bob_at_acme() -> (Trial, String, Connection, Profile) {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let okta = connection(&trial, &acme, ConnectionType::OktaSAML);
    let bob = profile(&trial, &okta, BOB);
    (trial, acme, okta, bob)
}

/// What `/sso/authorize` brings back: the query of the redirect.
async fn sso_authorize(trial: &Trial, query: &str) -> Vec<(String, String)> {
    let path = format!(
        "/sso/authorize?client_id=client_emulator&redirect_uri={REDIRECT}&response_type=code&{query}"
    );
    let location = trial.location(&path).await;
    let (target, query) = location.split_once('?').unwrap();
    assert_eq!(target, REDIRECT);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn code(trial: &Trial, query: &str) -> String {
    value(&sso_authorize(trial, query).await, "code").unwrap()
}

/// The query that tells the application why a sign-in failed.
fn failure(error: &str, description: &str) -> Vec<(String, String)> {
    let pairs = [("error", error), ("error_description", description), ("state", "s1")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The names and payloads of the events of sign-ins.
async fn told(trial: &Trial) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter();
    let named =
        events.map(|mut event| (event["event"].as_str().unwrap().to_owned(), event["data"].take()));
    named.filter(|(name, _)| name.starts_with("authentication.")).collect()
}

fn started(connection: &Connection, email: Option<&str>) -> (String, Value) {
    let data = json!({
        "type": "sso", "status": "started", "user_id": null, "email": email,
        "ip_address": null, "user_agent": null, "sso": info(connection),
    });
    ("authentication.sso_started".into(), data)
}

fn succeeded(connection: &Connection, user_id: Option<&str>) -> (String, Value) {
    let data = json!({
        "type": "sso", "status": "succeeded", "user_id": user_id, "email": BOB,
        "ip_address": null, "user_agent": null, "sso": info(connection),
    });
    ("authentication.sso_succeeded".into(), data)
}

fn info(connection: &Connection) -> Value {
    json!({
        "organization_id": connection.organization_id, "connection_id": connection.id,
        "session_id": null,
    })
}

#[tokio::test]
async fn a_code_is_for_the_account_that_the_connection_the_organization_and_the_hint_name() {
    let (trial, acme, okta, bob) = bob_at_acme().await;
    let cy = profile(&trial, &okta, "cy@acme.test");
    let sso = trial.client().sso();
    for (query, expected) in [
        (format!("connection={}", okta.id), &bob),
        (format!("organization={acme}"), &bob),
        (format!("organization={acme}&login_hint=Cy@Acme.test"), &cy),
    ] {
        let code = code(&trial, &query).await;
        let answer = sso.get_profile_and_token(GetProfileAndToken::new(code)).await.unwrap();
        assert_eq!(answer.profile, *expected, "{query}");
        assert_eq!(
            (answer.token_type.as_str(), answer.expires_in, answer.oauth_tokens),
            ("Bearer", 600, None)
        );
    }
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_sign_in_goes_back_to_the_application() {
    let (trial, _, okta, _) = bob_at_acme().await;
    let beta = trial.organization("Beta").await;
    let idle = connection(&trial, &beta, ConnectionType::OktaSAML);
    trial.emulator.fixtures().set_connection_state(&idle.id, ConnectionState::Inactive).unwrap();
    let nobody = format!("The identity provider of '{}' has no account for eve@x.test.", okta.id);
    let none = "No active connection fits the request.";
    let required = "One of provider, connection and organization is required.";
    for (query, error, description) in [
        (format!("connection={}&login_hint=eve@x.test", okta.id), "profile_not_found", &*nobody),
        ("connection=conn_x".into(), "connection_invalid", "No connection 'conn_x'."),
        ("organization=org_x".into(), "organization_invalid", "No organization 'org_x'."),
        (format!("organization={beta}"), "connection_invalid", none),
        (String::new(), "invalid_request", required),
    ] {
        let back = sso_authorize(&trial, &format!("{query}&state=s1")).await;
        assert_eq!(back, failure(error, description), "{query}");
    }
    let path = format!("/sso/authorize?connection={}&redirect_uri={REDIRECT}", okta.id);
    let (status, body) = trial.call("GET", &path, Value::Null).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("client_id")));
}

#[tokio::test]
async fn a_code_for_a_profile_works_once_for_ten_minutes_and_at_sso_only() {
    let (trial, _, okta, bob) = bob_at_acme().await;
    let (sso, query) = (trial.client().sso(), format!("connection={}", okta.id));
    let first = code(&trial, &query).await;
    let elsewhere = trial.client().user_management();
    let params = AuthenticateWithCodeParams::new(first.as_str());
    assert_eq!(refusal(elsewhere.authenticate_with_code(params).await), "400 invalid_grant");

    let exchange = |code: &str| sso.get_profile_and_token(GetProfileAndToken::new(code));
    assert_eq!(exchange(&first).await.unwrap().profile, bob);
    assert_eq!(refusal(exchange(&first).await), "400 invalid_grant");
    let late = code(&trial, &query).await;
    trial.wait(600);
    assert_eq!(refusal(exchange(&late).await), "400 invalid_grant");
    assert_eq!(refusal(exchange("unknown").await), "400 invalid_grant");

    // The code of a session is for AuthKit alone.
    ada(&trial).await;
    let query = format!("redirect_uri={REDIRECT}&response_type=code&provider=authkit");
    let back = authorize(&trial, &query).await;
    let refused = exchange(&value(&back, "code").unwrap()).await;
    assert_eq!(refusal(refused), "400 invalid_grant");
}

#[tokio::test]
async fn a_public_client_exchanges_a_code_with_its_verifier() {
    let (trial, _, okta, bob) = bob_at_acme().await;
    let public = PublicClient::builder("client_emulator")
        .base_url("http://localhost")
        .transport(trial.emulator.transport())
        .build();
    let params = SsoAuthorizationUrlParams {
        connection: Some(okta.id.clone()),
        ..SsoAuthorizationUrlParams::new(REDIRECT)
    };
    let sign_in = public.sso_authorization_url(params).unwrap();
    let target = sign_in.url.strip_prefix("http://localhost").unwrap();
    let location = trial.location(target).await;
    let (_, query) = location.split_once('?').unwrap();
    let back: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(value(&back, "state"), Some(sign_in.state));
    let code = value(&back, "code").unwrap();

    let with = |verifier: &str| SsoPkceCodeExchangeParams::new(code.as_str(), verifier);
    let wrong = public.sso_code_exchange(with(&"w".repeat(43))).await;
    assert_eq!(refusal(wrong), "400 invalid_grant");
    let without = trial.client().sso().get_profile_and_token(GetProfileAndToken::new(&*code));
    assert_eq!(refusal(without.await), "400 invalid_grant");
    let answer = public.sso_code_exchange(with(sign_in.code_verifier.expose())).await.unwrap();
    assert_eq!(answer.profile, bob);
}

#[tokio::test]
async fn a_public_client_cannot_do_without_a_challenge() {
    let (trial, _, okta, _) = bob_at_acme().await;
    let code = code(&trial, &format!("connection={}", okta.id)).await;
    let exchange = |body: Value| trial.call("POST", "/sso/token", body);
    let body = json!({
        "grant_type": "authorization_code", "client_id": "client_emulator", "code": code,
    });
    let (status, answer) = exchange(body.clone()).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_client")));
    for (name, other, error) in [
        ("client_secret", json!("sk_wrong"), "invalid_client"),
        ("code_verifier", json!("v".repeat(43)), "invalid_grant"),
        ("client_id", json!("client_other"), "invalid_grant"),
    ] {
        let mut body = body.clone();
        body["client_secret"] = json!(trial.emulator.api_key());
        body[name] = other;
        let (status, answer) = exchange(body).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{name}");
    }
}

#[tokio::test]
async fn the_access_token_of_a_profile_shows_it_for_ten_minutes() {
    let (trial, acme, _, bob) = bob_at_acme().await;
    let sso = trial.client().sso();
    let code = code(&trial, &format!("organization={acme}")).await;
    let answer = sso.get_profile_and_token(GetProfileAndToken::new(code)).await.unwrap();
    trial.wait(599);
    assert_eq!(sso.get_profile(answer.access_token.clone()).await.unwrap(), bob);
    trial.wait(1);
    for token in [answer.access_token.expose(), "unknown", trial.emulator.api_key()] {
        assert_eq!(refusal(sso.get_profile(token).await), "401 unauthorized");
    }
}

#[tokio::test]
async fn a_sign_in_through_sso_alone_makes_its_events_and_no_user() {
    let (trial, _, okta, _) = bob_at_acme().await;
    sso_authorize(&trial, &format!("connection={}&login_hint=eve@x.test", okta.id)).await;
    sso_authorize(&trial, &format!("connection={}&login_hint={BOB}", okta.id)).await;
    assert_eq!(
        told(&trial).await,
        [started(&okta, Some("eve@x.test")), started(&okta, Some(BOB)), succeeded(&okta, None)]
    );
    let users = trial.client().user_management();
    assert_eq!(users.list_users(Default::default()).await.unwrap().data, []);
}

#[tokio::test]
async fn an_oauth_connection_also_returns_the_tokens_of_the_provider() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let google = connection(&trial, &acme, ConnectionType::GoogleOAuth);
    profile(&trial, &google, BOB);
    let code = code(&trial, &format!("connection={}", google.id)).await;
    let params = GetProfileAndToken::new(code);
    let answer = trial.client().sso().get_profile_and_token(params).await.unwrap();
    let tokens = answer.oauth_tokens.unwrap();
    let mut expected = OAuthTokens::default();
    expected.provider = "GoogleOAuth".into();
    expected.access_token = tokens.access_token.clone();
    expected.refresh_token = tokens.refresh_token.clone();
    expected.expires_at = 1_772_366_400 + 3600;
    assert_eq!(tokens, expected);
    assert_ne!(tokens.access_token, tokens.refresh_token);
}

#[tokio::test]
async fn sso_through_authkit_makes_a_verified_user_who_joins_the_organization() {
    let (trial, acme, okta, _) = bob_at_acme().await;
    let client = trial.client();
    let users = client.user_management();
    let query = format!("redirect_uri={REDIRECT}&response_type=code&connection_id={}", okta.id);
    let back = authorize(&trial, &query).await;
    let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
    let signed_in = users.authenticate_with_code(params).await.unwrap();

    let mut expected = User::default();
    expected.object = workos::ObjectType::User;
    expected.id = signed_in.user.id.clone();
    expected.email = BOB.into();
    expected.email_verified = true;
    expected.first_name = Some("Bob".into());
    expected.last_name = Some("Ray".into());
    expected.last_sign_in_at = Some(NOON.parse().unwrap());
    expected.created_at = NOON.parse().unwrap();
    expected.updated_at = NOON.parse().unwrap();
    assert_eq!(signed_in.user, expected);
    assert_eq!(
        (signed_in.organization_id.as_ref(), signed_in.authentication_method.as_ref()),
        (Some(&acme), Some(&AuthenticateResponseAuthenticationMethod::SSO))
    );
    let claims = claims(&signed_in.access_token);
    assert_eq!(json!([claims["org_id"], claims["role"]]), json!([acme, "member"]));
    let of_bob = ListOrganizationMembershipsParams {
        user_id: Some(signed_in.user.id.clone()),
        ..Default::default()
    };
    let memberships = client.organization_membership();
    let page = memberships.list_organization_memberships(of_bob).await.unwrap();
    let joined: Vec<_> =
        page.data.iter().map(|own| (own.organization_id.as_str(), own.status.clone())).collect();
    assert_eq!(joined, [(acme.as_str(), OrganizationMembershipStatus::Active)]);
    let sessions = users.list_sessions(&signed_in.user.id, Default::default()).await.unwrap().data;
    let methods: Vec<_> = sessions.iter().map(|session| session.auth_method.clone()).collect();
    assert_eq!(methods, [workos::SessionAuthMethod::SSO]);
    assert_eq!(
        told(&trial).await,
        [started(&okta, None), succeeded(&okta, Some(&signed_in.user.id))]
    );
}

#[tokio::test]
async fn sso_through_authkit_finds_the_user_with_the_address_and_keeps_the_name() {
    let (trial, acme, _, _) = bob_at_acme().await;
    let client = trial.client();
    let users = client.user_management();
    let new = CreateUser { first_name: Some("Robert".into()), ..CreateUser::new(BOB) };
    let known = users.create_user(new).await.unwrap();
    // The organization leads to its connection.
    let query = format!("redirect_uri={REDIRECT}&response_type=code&organization_id={acme}");
    for _ in 0..2 {
        let back = authorize(&trial, &query).await;
        let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
        let user = users.authenticate_with_code(params).await.unwrap().user;
        let names = (user.first_name.as_deref(), user.last_name.as_deref());
        assert_eq!((&user.id, names), (&known.id, (Some("Robert"), None)));
        assert!(user.email_verified);
    }
    assert_eq!(users.list_users(Default::default()).await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn signing_in_with_a_provider_links_the_account_once() {
    let trial = Trial::new().await;
    let ada = ada(&trial).await;
    let client = trial.client();
    let users = client.user_management();
    let method = AuthenticateResponseAuthenticationMethod::GitHubOAuth;
    // From then on, AuthKit signs in with the linked account, too.
    for provider in ["GitHubOAuth", "GitHubOAuth", "authkit"] {
        let query = format!("redirect_uri={REDIRECT}&response_type=code&provider={provider}");
        let back = authorize(&trial, &query).await;
        let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
        let signed_in = users.authenticate_with_code(params).await.unwrap();
        assert_eq!(signed_in.user.id, ada.id);
        assert_eq!(signed_in.authentication_method, Some(method.clone()), "{provider}");
    }
    let identities = users.get_user_identities(&ada.id).await.unwrap();
    let mut linked = UserIdentity::default();
    linked.idp_id = identities[0].idp_id.clone();
    linked.type_ = "OAuth".into();
    linked.provider = UserIdentityProvider::GithubOAuth;
    assert_eq!(identities, [linked]);
    let data = json!({
        "type": "oauth", "status": "succeeded", "user_id": ada.id, "email": "ada@example.com",
        "ip_address": null, "user_agent": null, "provider": "GitHubOAuth",
    });
    let event = ("authentication.oauth_succeeded".to_owned(), data);
    assert_eq!(told(&trial).await, [event.clone(), event]);
}

#[tokio::test]
async fn a_provider_proves_the_address_of_the_user() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let eve = users.create_user(CreateUser::new("eve@example.com")).await.unwrap();
    let query = format!("redirect_uri={REDIRECT}&response_type=code&provider=GoogleOAuth");
    let back = authorize(&trial, &query).await;
    let params = AuthenticateWithCodeParams::new(value(&back, "code").unwrap());
    let user = users.authenticate_with_code(params).await.unwrap().user;
    assert_eq!((user.id, user.email_verified), (eve.id, true));
}

/// An unsigned ID token with these claims.
fn id_token(claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&json!({"alg": "none"})), part(claims))
}

#[tokio::test]
async fn an_id_token_is_exchanged_for_the_profile_of_the_organization() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let beta = trial.organization("Beta").await;
    let oidc = connection(&trial, &acme, ConnectionType::GenericOidc);
    let bob = profile(&trial, &oidc, BOB);
    let sso = trial.client().sso();
    let exchange = |claims: Value, organization: &str| {
        sso.exchange_id_token(ExchangeIdToken::new(id_token(&claims), organization))
    };
    for claims in [json!({"sub": bob.idp_id}), json!({"sub": "other", "email": BOB})] {
        let answer = exchange(claims, &acme).await.unwrap();
        assert_eq!(answer.profile, bob);
        assert_eq!(sso.get_profile(answer.access_token).await.unwrap(), bob);
    }
    let nobody = exchange(json!({"sub": "other", "email": "eve@x.test"}), &acme).await;
    assert_eq!(refusal(nobody), "400 invalid_grant");
    let elsewhere = exchange(json!({"sub": bob.idp_id}), &beta).await;
    assert_eq!(refusal(elsewhere), "400 invalid_grant");
    let broken = sso.exchange_id_token(ExchangeIdToken::new("no token", &acme)).await;
    assert_eq!(refusal(broken), "400 invalid_grant");

    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "subject_token": id_token(&json!({"email": BOB})),
        "client_id": "client_emulator", "organization_id": acme,
    });
    let (status, answer) = trial.call("POST", "/sso/token", body).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_client")));
}

#[tokio::test]
async fn a_logout_url_signs_out_once_and_returns_the_browser() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let oidc = connection(&trial, &acme, ConnectionType::GenericOidc);
    let bob = profile(&trial, &oidc, BOB);
    let params = SsoLogoutUrlParams {
        return_to: Some("http://localhost:3000/bye".into()),
        ..SsoLogoutUrlParams::new(&bob.id)
    };
    let url = trial.client().sso_helpers().logout_url(params).await.unwrap();
    let target = url.expose().strip_prefix("http://localhost").unwrap();
    assert_eq!(trial.location(target).await, "http://localhost:3000/bye");
    let (status, again) = trial.call("GET", target, Value::Null).await;
    assert_eq!((status, &again["code"]), (404, &json!("entity_not_found")));

    let sso = trial.client().sso();
    let answer = sso.authorize_logout(AuthorizeLogout::new(&bob.id)).await.unwrap();
    let expected = format!("http://localhost/sso/logout?token={}", answer.logout_token.expose());
    assert_eq!(answer.logout_url.expose(), expected);
    let target = format!("/sso/logout?token={}", answer.logout_token.expose());
    let abroad = format!("{target}&return_to=https://elsewhere.test/");
    let (status, refused) = trial.call("GET", &abroad, Value::Null).await;
    assert_eq!((status, &refused["code"]), (400, &json!("invalid_redirect_uri")));
    let answer = trial.call("GET", &target, Value::Null).await;
    assert_eq!(answer, (200, json!({"success": true})));
}

#[tokio::test]
async fn a_logout_url_expires_and_is_for_generic_oidc_connections_only() {
    let (trial, acme, _, bob) = bob_at_acme().await;
    let sso = trial.client().sso();
    let authorize = |id: &str| sso.authorize_logout(AuthorizeLogout::new(id));
    assert_eq!(refusal(authorize(&bob.id).await), "400 connection_invalid");
    assert_eq!(refusal(authorize("prof_none").await), "404 entity_not_found");

    let oidc = connection(&trial, &acme, ConnectionType::GenericOidc);
    let cy = profile(&trial, &oidc, "cy@acme.test");
    let token = authorize(&cy.id).await.unwrap().logout_token;
    trial.wait(600);
    let path = format!("/sso/logout?token={}", token.expose());
    let (status, late) = trial.call("GET", &path, Value::Null).await;
    assert_eq!((status, &late["code"]), (404, &json!("entity_not_found")));
}

#[tokio::test]
async fn a_provider_or_a_domain_names_the_connection_as_well() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let google = connection(&trial, &acme, ConnectionType::GoogleOAuth);
    profile(&trial, &google, BOB);
    let okta = NewConnection {
        organization: acme,
        connection_type: Some(ConnectionType::OktaSAML),
        domains: vec!["acme.test".into()],
        ..NewConnection::default()
    };
    let okta = trial.emulator.fixtures().connection(okta).unwrap();
    profile(&trial, &okta, BOB);
    let sso = trial.client().sso();
    for (query, connection_id) in
        [("provider=GoogleOAuth", &google.id), ("domain=ACME.test", &okta.id)]
    {
        let code = code(&trial, query).await;
        let signed_in = sso.get_profile_and_token(GetProfileAndToken::new(code)).await.unwrap();
        assert_eq!(&signed_in.profile.connection_id, connection_id, "{query}");
    }
    let none = sso_authorize(&trial, "domain=other.test").await;
    assert_eq!(value(&none, "error").as_deref(), Some("connection_invalid"));
}
