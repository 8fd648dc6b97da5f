//! Tokens of machines: of M2M applications, of agents, and those that frontends get.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use workos::agents::{
    AgentBlueprint, AgentBlueprintInvocableBy, AgentToken, AgentTokenGrant, AgentTokenValidation,
    CreateAgentBlueprint, CreateAgentToken, ValidateAgentToken,
};
use workos::client_api::CreateClientApiToken;
use workos::helpers::tokens::TokenSubject;
use workos::organizations::CreateOrganization;
use workos::transport::HttpRequest;
use workos::user_management::{CreateUser, RevokeSession};
use workos::widgets::{CreateWidgetSessionToken, WidgetSessionTokenScopes};
use workos::{Error, SecretString};
use workos_emulator::{
    Emulator, NewAgentInstance, NewAgentSession, NewApplication, NewSignIn, SeedData, TokenFlaw,
};

use super::claims;
use crate::trial::{NOON, Trial, refusal};

/// Has characters that HTTP Basic and forms encode.
const SECRET: &str = "s3:cret%+";
/// [`NOON`] in seconds.
const NOON_SECONDS: i64 = 1_772_366_400;

/// An organization with a member who may read orders, and two applications.
async fn acme() -> Trial {
    let data = json!({
        "permissions": [
            {"slug": "orders:read", "name": "Read orders"},
            {"slug": "orders:write", "name": "Change orders"},
        ],
        "roles": [{"slug": "clerk", "name": "Clerk", "permissions": ["orders:read"]}],
        "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true}],
        "organizations": [{
            "id": "org_acme", "name": "Acme",
            "memberships": [{"email": "ada@example.com", "role": "clerk"}],
        }],
        "connectApplications": [
            {"name": "Export", "organization": "Acme", "client_id": "client_export",
             "client_secret": SECRET, "scopes": ["orders:read", "orders:write"]},
            {"name": "Import", "organization": "Acme", "client_id": "client_import",
             "client_secret": SECRET, "audience": "https://api.acme.test"},
            {"name": "Wiki", "type": "oauth", "client_id": "client_wiki",
             "client_secret": SECRET, "redirect_uris": ["http://localhost:3000/callback"]},
        ],
    });
    let data = SeedData::from_value(data).unwrap();
    Trial::with(Emulator::builder().data(data).freeze(NOON.parse().unwrap())).await
}

/// Asks `/oauth2/token` with a body of this type, and a client that authenticates by HTTP Basic.
async fn ask(trial: &Trial, content_type: &str, basic: Option<&str>, body: String) -> (u16, Value) {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", content_type.parse().unwrap());
    if let Some(credentials) = basic {
        let encoded = format!("Basic {}", STANDARD.encode(credentials));
        headers.insert("authorization", encoded.parse().unwrap());
    }
    let url = "http://localhost/oauth2/token".to_owned();
    let request = HttpRequest { method: Method::POST, url, headers, body: Some(body.into()) };
    let response = trial.emulator.transport().execute(request).await.unwrap();
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap())
}

async fn ask_form(trial: &Trial, pairs: &[(&str, &str)]) -> (u16, Value) {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    ask(trial, "application/x-www-form-urlencoded", None, body).await
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_machine_authenticates_by_form_json_or_basic_and_gets_the_same() {
    let trial = acme().await;
    let form = "grant_type=client_credentials&scope=orders%3Aread";
    let in_body = format!("{form}&client_id=client_export&client_secret=s3%3Acret%25%2B");
    let in_json = json!({
        "grant_type": "client_credentials", "scope": "orders:read",
        "client_id": "client_export", "client_secret": SECRET,
    });
    let of_forms = "application/x-www-form-urlencoded; charset=utf-8";
    let basic = Some("client_export:s3%3Acret%25%2B");
    for (way, answer) in [
        ("form", ask(&trial, of_forms, None, in_body).await),
        ("JSON", ask(&trial, "application/json", None, in_json.to_string()).await),
        ("Basic", ask(&trial, of_forms, basic, form.to_owned()).await),
    ] {
        let token = answer.1["access_token"].as_str().unwrap_or_default().to_owned();
        let expected = json!({
            "access_token": token, "token_type": "bearer", "expires_in": 3600,
            "scope": "orders:read",
        });
        assert_eq!(answer, (200, expected), "{way}");
        let claims = claims(&SecretString::from(token));
        assert_eq!(
            claims,
            json!({
                "iss": "http://localhost", "sub": "client_export", "aud": "client_export",
                "client_id": "client_export", "org_id": "org_acme", "scope": "orders:read",
                "jti": claims["jti"], "iat": NOON_SECONDS, "exp": NOON_SECONDS + 3600,
            }),
            "{way}"
        );
    }
}

#[tokio::test]
async fn a_machine_that_asks_for_no_scope_gets_all_of_its_own() {
    let trial = acme().await;
    let export = [GRANT, ("client_id", "client_export"), ("client_secret", SECRET)];
    let (_, answer) = ask_form(&trial, &export).await;
    assert_eq!(answer["scope"], "orders:read orders:write");
    let several = [&export[..], &[("scope", " orders:write  orders:read ")]].concat();
    let (_, answer) = ask_form(&trial, &several).await;
    assert_eq!(answer["scope"], "orders:write orders:read");

    // One without scopes has no such field; its audience is set in the dashboard.
    let import = [GRANT, ("client_id", "client_import"), ("client_secret", SECRET)];
    let (status, answer) = ask_form(&trial, &import).await;
    assert_eq!((status, answer.get("scope")), (200, None));
    let claims = claims(&SecretString::from(answer["access_token"].as_str().unwrap()));
    assert_eq!((&claims["aud"], claims.get("scope")), (&json!("https://api.acme.test"), None));
}

#[tokio::test]
async fn a_machine_is_refused_as_oauth_says() {
    let trial = acme().await;
    let client = ("client_id", "client_export");
    let secret = ("client_secret", SECRET);
    for (pairs, status, error) in [
        (vec![GRANT, client, ("client_secret", "wrong")], 401, "invalid_client"),
        (vec![GRANT, ("client_id", "client_none"), secret], 401, "invalid_client"),
        (vec![GRANT, client], 401, "invalid_client"),
        (vec![GRANT, ("client_id", "client_wiki"), secret], 400, "unauthorized_client"),
        (vec![GRANT, client, secret, ("scope", "orders:burn")], 400, "invalid_scope"),
        (vec![("grant_type", "password"), client, secret], 400, "unsupported_grant_type"),
        (vec![client, secret], 400, "invalid_request"),
    ] {
        let (answered, answer) = ask_form(&trial, &pairs).await;
        assert_eq!((answered, &answer["error"]), (status, &json!(error)), "{pairs:?}");
    }
    for body in ["[]", "{", "null"] {
        let (status, answer) = ask(&trial, "application/json", None, body.to_owned()).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")), "{body}");
    }
}

#[tokio::test]
async fn the_sdk_fetches_the_token_of_a_machine_once() {
    let trial = acme().await;
    let client = trial.client();
    let credentials = client.client_credentials("http://localhost", "client_export", SECRET);
    let first = credentials.token().await.unwrap();
    assert_eq!(first.scope.as_deref(), Some("orders:read orders:write"));
    assert_eq!(credentials.token().await.unwrap(), first);
    let to_token = |path: &str| path == "/oauth2/token";
    let sent = trial.emulator.requests().latest();
    assert_eq!(sent.iter().filter(|request| to_token(&request.path)).count(), 1);

    for (client_id, secret, expected) in [
        ("client_export", "wrong", "401 invalid_client"),
        ("client_wiki", SECRET, "400 unauthorized_client"),
    ] {
        let credentials = client.client_credentials("http://localhost", client_id, secret);
        let error = credentials.token().await.unwrap_err();
        let api = error.api().unwrap();
        assert_eq!(format!("{} {}", api.status, api.code.as_deref().unwrap()), expected);
    }
}

#[tokio::test]
async fn the_sdk_accepts_the_token_of_a_machine_as_one() {
    // The SDK goes by the time of the system.
    let emulator = Emulator::builder().without_socket().start().await.unwrap();
    let client = emulator.client();
    let new = CreateOrganization::new("Acme");
    let acme = client.organizations().create_organization(new).await.unwrap();
    let new = NewApplication {
        name: "Export".into(),
        organization_id: Some(acme.id.clone()),
        is_m2m: true,
        scopes: vec!["orders:read".into()],
        ..NewApplication::default()
    };
    let export = emulator.fixtures().application(new).unwrap();
    for named in [&export.id, &export.client_id] {
        let token = emulator.fixtures().machine_token(named).unwrap();
        let verifier = client.token_verifier().for_machines().issuer("http://localhost");
        let verified = verifier.verify(token.expose()).await.unwrap();
        assert_eq!(verified.subject(), TokenSubject::Machine);
        assert_eq!((&verified.sub, verified.org_id.as_ref()), (&export.client_id, Some(&acme.id)));
        assert!(verified.may("orders:read"));
        assert!(client.token_verifier().for_users().verify(token.expose()).await.is_err());
    }
    let refused = emulator.fixtures().machine_token("client_none").unwrap_err();
    assert_eq!(refused.code(), "entity_not_found");
}

/// A blueprint of agents that may read and change orders.
async fn blueprint(trial: &Trial) -> AgentBlueprint {
    blueprint_called(trial, "Clerk").await
}

async fn blueprint_called(trial: &Trial, name: &str) -> AgentBlueprint {
    let permissions = Some(vec!["orders:read".into(), "orders:write".into()]);
    let new = CreateAgentBlueprint { permissions, ..CreateAgentBlueprint::new(name) };
    trial.client().agents().create_blueprint(new).await.unwrap()
}

async fn mint(
    trial: &Trial,
    blueprint: &AgentBlueprint,
    grant: AgentTokenGrant,
) -> Result<AgentToken, Error> {
    let new =
        CreateAgentToken { intent: Some("weekly report".into()), ..CreateAgentToken::new(grant) };
    trial.client().agents().create_blueprint_token(&blueprint.id, new).await
}

async fn validate(
    trial: &Trial,
    blueprint: &AgentBlueprint,
    token: &SecretString,
) -> Result<AgentTokenValidation, Error> {
    let presented = ValidateAgentToken::new(token.clone());
    trial.client().agents().validate_blueprint_token(&blueprint.id, presented).await
}

/// The access token of Ada, who is signed in to the organization.
fn access_token(trial: &Trial) -> SecretString {
    trial.emulator.fixtures().access_token("user_ada").unwrap()
}

#[tokio::test]
async fn an_autonomous_agent_has_what_its_blueprint_allows() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let grant = || AgentTokenGrant::autonomous("org_acme");
    let first = mint(&trial, &clerk, grant()).await.unwrap();
    let mut expected = AgentToken::default();
    expected.access_token = first.access_token.clone();
    expected.token_type = "Bearer".into();
    expected.expires_in = 300;
    expected.refresh_token = first.refresh_token.clone();
    expected.agent_instance_id = first.agent_instance_id.clone();
    expected.new_instance = true;
    expected.agent_instance_session_id = first.agent_instance_session_id.clone();
    expected.permissions = vec!["orders:read".into(), "orders:write".into()];
    assert_eq!(first, expected);

    let claims = claims(&first.access_token);
    assert_eq!(
        claims,
        json!({
            "iss": "http://localhost", "sub": first.agent_instance_id,
            "sid": first.agent_instance_session_id, "org_id": "org_acme",
            "agent_blueprint_id": clerk.id, "intent": "weekly report",
            "permissions": ["orders:read", "orders:write"],
            "jti": claims["jti"], "iat": NOON_SECONDS, "exp": NOON_SECONDS + 300,
        })
    );
    let mut valid = AgentTokenValidation::default();
    valid.valid = true;
    valid.agent_instance_id = first.agent_instance_id.clone();
    valid.agent_instance_session_id = first.agent_instance_session_id.clone();
    valid.organization_id = "org_acme".into();
    valid.permissions = first.permissions.clone();
    valid.intent = Some("weekly report".into());
    valid.session_expires_at = "2026-03-01T13:00:00.000Z".into();
    assert_eq!(validate(&trial, &clerk, &first.access_token).await.unwrap(), valid);

    let second = mint(&trial, &clerk, grant()).await.unwrap();
    assert_eq!((second.agent_instance_id, second.new_instance), (first.agent_instance_id, false));
    assert_ne!(second.agent_instance_session_id, first.agent_instance_session_id);
}

#[tokio::test]
async fn an_agent_that_acts_for_a_user_has_what_the_user_may_do_as_well() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let grant = AgentTokenGrant::user_delegated(access_token(&trial));
    let token = mint(&trial, &clerk, grant).await.unwrap();
    assert_eq!((token.new_instance, token.permissions), (true, vec!["orders:read".to_owned()]));
    assert_eq!(claims(&token.access_token)["acting_user_id"], "user_ada");
    let valid = validate(&trial, &clerk, &token.access_token).await.unwrap();
    assert_eq!(valid.acting_user_id.as_deref(), Some("user_ada"));
    assert_eq!(valid.permissions, ["orders:read"]);
}

#[tokio::test]
async fn an_agent_starts_another_session_of_the_same_instance() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let grant = AgentTokenGrant::user_delegated(access_token(&trial));
    let parent = mint(&trial, &clerk, grant).await.unwrap();
    let grant = AgentTokenGrant::agent_delegated(parent.access_token);
    let child = mint(&trial, &clerk, grant).await.unwrap();
    assert_eq!(
        (&child.agent_instance_id, child.new_instance, child.permissions),
        (&parent.agent_instance_id, false, vec!["orders:read".to_owned()])
    );
    assert_ne!(child.agent_instance_session_id, parent.agent_instance_session_id);
    // It ends with the session that started it.
    let agents = trial.client().agents();
    agents.revoke_session(&parent.agent_instance_session_id).await.unwrap();
    let ended = validate(&trial, &clerk, &child.access_token).await;
    assert_eq!(refusal(ended), "400 invalid_agent_access_token");
}

#[tokio::test]
async fn an_agent_that_fixtures_started_gets_a_token_sound_or_not() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let fixtures = trial.emulator.fixtures();
    let new = NewAgentInstance {
        agent_blueprint_id: clerk.id.clone(),
        organization_id: "org_acme".into(),
        organization_membership_id: None,
    };
    let agent_instance_id = fixtures.agent_instance(new).unwrap().id;
    let new = NewAgentSession { agent_instance_id, ..NewAgentSession::default() };
    let session = fixtures.agent_session(new).unwrap();
    let token = fixtures.agent_token(&session.id).unwrap();
    let valid = validate(&trial, &clerk, &token).await.unwrap();
    assert_eq!(valid.agent_instance_session_id, session.id);

    for flaw in [TokenFlaw::Expired, TokenFlaw::NextKey, TokenFlaw::UnknownKey] {
        let refused = validate(&trial, &clerk, &fixtures.with_flaw(&token, flaw).unwrap()).await;
        assert_eq!(refusal(refused), "400 invalid_agent_access_token", "{flaw:?}");
    }
    let unknown = fixtures.agent_token("agent_session_none").unwrap_err();
    assert_eq!(unknown.code(), "entity_not_found");
    let foreign = fixtures.with_flaw(&"no.valid.token".into(), TokenFlaw::Expired).unwrap_err();
    assert_eq!(foreign.to_string(), "It is not a token of this emulator.");
}

#[tokio::test]
async fn the_refresh_token_of_an_agent_works_once_and_keeps_the_session() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let first = mint(&trial, &clerk, AgentTokenGrant::autonomous("org_acme")).await.unwrap();
    trial.wait(300);
    let late = validate(&trial, &clerk, &first.access_token).await;
    assert_eq!(refusal(late), "400 invalid_agent_access_token");

    let refresh = |token: &AgentToken| AgentTokenGrant::refresh(token.refresh_token.clone());
    let second = mint(&trial, &clerk, refresh(&first)).await.unwrap();
    assert_eq!(
        (&second.agent_instance_session_id, second.new_instance),
        (&first.agent_instance_session_id, false)
    );
    validate(&trial, &clerk, &second.access_token).await.unwrap();
    let again = mint(&trial, &clerk, refresh(&first)).await;
    assert_eq!(refusal(again), "400 invalid_refresh_token");
    let other = blueprint_called(&trial, "Scribe").await;
    let foreign = mint(&trial, &other, refresh(&second)).await;
    assert_eq!(refusal(foreign), "400 invalid_refresh_token");

    // Refreshing does not make the session longer.
    trial.wait(3_300);
    let over = mint(&trial, &clerk, refresh(&second)).await;
    assert_eq!(refusal(over), "400 invalid_refresh_token");
}

#[tokio::test]
async fn an_agent_ends_with_the_session_of_its_user() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let new = NewSignIn { user_id: "user_ada".into(), ..NewSignIn::default() };
    let signed_in = trial.emulator.fixtures().sign_in(new).unwrap();
    let user_token = signed_in.access_token;
    let grant = || AgentTokenGrant::user_delegated(user_token.clone());
    let parent = mint(&trial, &clerk, grant()).await.unwrap();
    let delegated = AgentTokenGrant::agent_delegated(parent.access_token.clone());
    let child = mint(&trial, &clerk, delegated).await.unwrap();

    let session_id = claims(&user_token)["sid"].as_str().unwrap().to_owned();
    let users = trial.client().user_management();
    users.revoke_session(RevokeSession::new(session_id)).await.unwrap();
    for token in [&parent, &child] {
        let ended = validate(&trial, &clerk, &token.access_token).await;
        assert_eq!(refusal(ended), "400 invalid_agent_access_token");
        let refresh = AgentTokenGrant::refresh(token.refresh_token.clone());
        assert_eq!(refusal(mint(&trial, &clerk, refresh).await), "400 invalid_refresh_token");
    }
    assert_eq!(refusal(mint(&trial, &clerk, grant()).await), "400 invalid_user_access_token");
}

#[tokio::test]
async fn an_agent_needs_a_valid_token_of_a_user_in_an_organization() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let users = trial.client().user_management();
    let bob = users.create_user(CreateUser::new("bob@example.com")).await.unwrap();
    let late = access_token(&trial);
    trial.wait(300);
    let nowhere = trial.emulator.fixtures().access_token(&bob.id).unwrap();
    let agent = mint(&trial, &clerk, AgentTokenGrant::autonomous("org_acme")).await.unwrap();
    for token in ["unknown", nowhere.expose(), agent.access_token.expose(), late.expose()] {
        let refused = mint(&trial, &clerk, AgentTokenGrant::user_delegated(token)).await;
        assert_eq!(refusal(refused), "400 invalid_user_access_token");
    }
    // A valid token of a user is none of an agent.
    let user_token = access_token(&trial);
    let refused = mint(&trial, &clerk, AgentTokenGrant::agent_delegated(user_token.clone())).await;
    assert_eq!(refusal(refused), "400 invalid_agent_access_token");
    let refused = validate(&trial, &clerk, &user_token).await;
    assert_eq!(refusal(refused), "400 invalid_agent_access_token");
    let nowhere = mint(&trial, &clerk, AgentTokenGrant::autonomous("org_none")).await;
    assert_eq!(refusal(nowhere), "404 entity_not_found");
}

#[tokio::test]
async fn a_blueprint_restricts_who_invokes_its_agents_and_validates_its_own_alone() {
    let trial = acme().await;
    let clerk = blueprint(&trial).await;
    let role_slugs = Some(vec!["admin".into()]);
    let invocable_by = Some(AgentBlueprintInvocableBy { role_slugs, ..Default::default() });
    let new = CreateAgentBlueprint { invocable_by, ..CreateAgentBlueprint::new("Admins") };
    let admins = trial.client().agents().create_blueprint(new).await.unwrap();
    let grant = || AgentTokenGrant::user_delegated(access_token(&trial));
    assert_eq!(refusal(mint(&trial, &admins, grant()).await), "403 role_not_invocable");

    let token = mint(&trial, &clerk, grant()).await.unwrap().access_token;
    let foreign = validate(&trial, &admins, &token).await;
    assert_eq!(refusal(foreign), "400 invalid_agent_access_token");
    let mut nobody = clerk.clone();
    nobody.id = "agent_blueprint_none".into();
    assert_eq!(refusal(validate(&trial, &nobody, &token).await), "404 entity_not_found");
    assert_eq!(refusal(mint(&trial, &nobody, grant()).await), "404 entity_not_found");
}

#[tokio::test]
async fn the_tokens_of_frontends_are_for_a_user_in_an_organization() {
    let trial = acme().await;
    let client = trial.client();
    let new = CreateWidgetSessionToken {
        organization_id: Some("org_acme".into()),
        user_id: Some("user_ada".into()),
        scopes: Some(vec![WidgetSessionTokenScopes::WidgetsUsersTableManage]),
    };
    let widget = claims(&client.widgets().create_token(new).await.unwrap().token);
    assert_eq!(
        widget,
        json!({
            "iss": "http://localhost", "aud": "widgets", "sub": "user_ada", "org_id": "org_acme",
            "permissions": ["widgets:users-table:manage"],
            "jti": widget["jti"], "iat": NOON_SECONDS, "exp": NOON_SECONDS + 3600,
        })
    );
    let new = CreateWidgetSessionToken { user_id: Some("user_ada".into()), ..Default::default() };
    let of_user = claims(&client.widgets().create_token(new).await.unwrap().token);
    assert_eq!(
        of_user,
        json!({
            "iss": "http://localhost", "aud": "widgets", "sub": "user_ada",
            "jti": of_user["jti"], "iat": NOON_SECONDS, "exp": NOON_SECONDS + 3600,
        })
    );
    let new = CreateClientApiToken::new("org_acme", "user_ada");
    let frontend = claims(&client.client_api().create_token(new).await.unwrap().token);
    assert_eq!(
        frontend,
        json!({
            "iss": "http://localhost", "aud": "client", "sub": "user_ada", "org_id": "org_acme",
            "jti": frontend["jti"], "iat": NOON_SECONDS, "exp": NOON_SECONDS + 3600,
        })
    );
}

#[tokio::test]
async fn there_are_no_tokens_of_frontends_for_strangers() {
    let trial = acme().await;
    let client = trial.client();
    let users = client.user_management();
    let bob = users.create_user(CreateUser::new("bob@example.com")).await.unwrap();
    for (organization_id, user_id, expected) in [
        ("org_acme", bob.id.as_str(), "422 organization_membership_not_found"),
        ("org_acme", "user_none", "404 entity_not_found"),
        ("org_none", "user_ada", "404 entity_not_found"),
    ] {
        let new = CreateClientApiToken::new(organization_id, user_id);
        assert_eq!(refusal(client.client_api().create_token(new).await), expected);
        let new = CreateWidgetSessionToken {
            organization_id: Some(organization_id.to_owned()),
            user_id: Some(user_id.to_owned()),
            scopes: None,
        };
        assert_eq!(refusal(client.widgets().create_token(new).await), expected);
    }
}
