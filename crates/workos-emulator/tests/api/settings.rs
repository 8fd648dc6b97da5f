//! Settings of the environment.

use workos::ObjectType;
use workos::user_management::*;

use super::trial::{NOON, Trial, refusal};

const LATER: &str = "2026-03-01T12:00:01.000Z";
const INVALID_URI: &str = "422 invalid_request_parameters uri";

#[tokio::test]
async fn redirect_uris_are_created_listed_and_deleted() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let create = |uri: &str| users.create_redirect_uri(CreateRedirectUri::new(uri));
    let first = create("https://acme.com/callback").await.unwrap();
    let mut expected = RedirectUri::default();
    expected.object = ObjectType::RedirectUri;
    expected.id.clone_from(&first.id);
    expected.uri = "https://acme.com/callback".into();
    expected.default = true;
    expected.created_at = NOON.into();
    expected.updated_at = NOON.into();
    assert_eq!(first, expected);
    assert!(first.id.starts_with("redir_"));
    let second = create("http://localhost:3000/callback?a=b").await.unwrap();
    assert!(!second.default);
    let list = || users.list_redirect_uris(Default::default());
    assert_eq!(list().await.unwrap().data, [second.clone(), first.clone()]);

    let again = create("https://acme.com/callback").await;
    assert_eq!(refusal(again), "422 redirect_uri_already_exists");
    users.delete_redirect_uri(&second.id).await.unwrap();
    assert_eq!(refusal(users.delete_redirect_uri(&second.id).await), "404 entity_not_found");
    let default = users.delete_redirect_uri(&first.id).await;
    assert_eq!(refusal(default), "409 cannot_delete_default_redirect_uri");
    assert_eq!(list().await.unwrap().data, [first]);
}

#[tokio::test]
async fn redirect_uris_are_absolute_safe_and_carefully_wild() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let create = |uri: &str| users.create_redirect_uri(CreateRedirectUri::new(uri));
    for uri in [
        "myapp:callback",
        "com.acme.app://callback",
        "http://127.0.0.1:*/callback",
        "http://[::1]:*/callback",
        "http://[::1]/callback",
        "https://*.acme.com/callback",
        "https://preview-*-acme.acme.com:8443",
        "https://*.staging.acme.com",
    ] {
        assert_eq!(create(uri).await.unwrap().uri, uri);
    }
    for uri in [
        "",
        "acme.com/callback",
        "/callback",
        "https://acme.com/call back",
        "https://acme.com/callback#done",
        "https:///callback",
        "https://:80/callback",
        "JavaScript:alert(1)",
        "data:text/html,hi",
        "https://*.com",
        "https://*",
        "https://app.*.acme.com",
        "https://*.*.acme.com",
        "https://acme.com:*/callback",
        "https://acme.com/*",
        "com.acme.app://*.acme.com",
    ] {
        assert_eq!(refusal(create(uri).await), INVALID_URI, "{uri}");
    }
}

#[tokio::test]
async fn cors_origins_are_created_and_listed() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let create = |origin: &str| users.create_cors_origin(CreateCorsOrigin::new(origin));
    let origin = create("https://App.Acme.com").await.unwrap();
    let mut expected = CorsOrigin::default();
    expected.object = ObjectType::CorsOrigin;
    expected.id.clone_from(&origin.id);
    expected.origin = "https://app.acme.com".into();
    expected.created_at = NOON.parse().unwrap();
    expected.updated_at = NOON.parse().unwrap();
    assert_eq!(origin, expected);
    assert!(origin.id.starts_with("cors_origin_"));
    assert_eq!(refusal(create("https://app.acme.com").await), "409 duplicate_cors_origin");
    let local = create("http://localhost:3000").await.unwrap();
    let all = users.list_cors_origins(Default::default()).await.unwrap().data;
    assert_eq!(all, [local, origin]);
    let invalid = "422 invalid_request_parameters origin";
    for text in ["", "*", "acme.com", "ftp://acme.com", "https://acme.com/", "https://a@acme.com"] {
        assert_eq!(refusal(create(text).await), invalid, "{text}");
    }
}

#[tokio::test]
async fn at_most_one_oauth_resource_is_the_default() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let create = |uri: &str, default: Option<bool>| {
        users.create_authkit_oauth_resource(CreateAuthkitOAuthResource {
            default,
            ..CreateAuthkitOAuthResource::new(uri)
        })
    };
    let mut first = create("https://mcp.acme.com", Some(true)).await.unwrap();
    let mut expected = AuthkitOAuthResource::default();
    expected.object = ObjectType::AuthkitOAuthResource;
    expected.id.clone_from(&first.id);
    expected.uri = "https://mcp.acme.com".into();
    expected.default = true;
    expected.created_at = NOON.into();
    expected.updated_at = NOON.into();
    assert_eq!(first, expected);
    trial.wait(1);
    let second = create("https://api.acme.com", None).await.unwrap();
    let third = create("urn:acme:api", Some(true)).await.unwrap();
    assert_eq!((second.default, third.default), (false, true));
    first.default = false;
    first.updated_at = LATER.into();
    let list = || users.list_authkit_oauth_resources(Default::default());
    assert_eq!(list().await.unwrap().data, [third.clone(), second.clone(), first]);

    let again = create("https://api.acme.com", None).await;
    assert_eq!(refusal(again), "422 oauth_resource_already_exists");
    for uri in ["acme", "https://acme.com#x"] {
        assert_eq!(refusal(create(uri, None).await), INVALID_URI, "{uri}");
    }
    users.delete_authkit_oauth_resource(&second.id).await.unwrap();
    let twice = users.delete_authkit_oauth_resource(&second.id).await;
    assert_eq!(refusal(twice), "404 entity_not_found");
}

#[tokio::test]
async fn the_jwt_template_is_set_and_replaced() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    assert_eq!(refusal(users.get_jwt_template().await), "404 entity_not_found");
    let set = |content: &str| users.update_jwt_template(UpdateJWTTemplate::new(content));
    let content = r#"{"urn:acme:email": "{{ user.email }}"}"#;
    let template = set(content).await.unwrap();
    let mut expected = JWTTemplate::default();
    expected.object = ObjectType::JwtTemplate;
    expected.content = content.into();
    expected.created_at = NOON.into();
    expected.updated_at = NOON.into();
    assert_eq!(template, expected);
    assert_eq!(users.get_jwt_template().await.unwrap(), expected);

    trial.wait(1);
    expected.content = r#"{"tier": {{ organization.metadata.tier || 'free' }}}"#.into();
    expected.updated_at = LATER.into();
    assert_eq!(set(&expected.content).await.unwrap(), expected);

    for content in ["", "{}", r#"{"sub": "x"}"#, r#"{"a": {{ usr.id }}}"#, r#"{"a": {{ user.id }}"#]
    {
        let refused = refusal(set(content).await);
        assert_eq!(refused, "422 invalid_request_parameters content", "{content}");
    }
    assert_eq!(users.get_jwt_template().await.unwrap(), expected);
}
