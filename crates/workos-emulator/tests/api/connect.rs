//! WorkOS Connect: applications, their secrets, and who has authorized them.

use serde_json::json;
use workos::connect::*;
use workos::user_management::CreateUser;
use workos::{ConnectApplication, Nullable};
use workos_emulator::NewApplication;

use super::trial::{Trial, refusal};

fn uris(application: &ConnectApplication) -> Vec<(&str, bool)> {
    let uris = application.redirect_uris.iter().flatten();
    uris.map(|own| (own.uri.as_str(), own.default)).collect()
}

#[tokio::test]
async fn an_oauth_application_is_created_changed_and_deleted() {
    let trial = Trial::new().await;
    let connect = trial.client().connect();
    let second =
        RedirectUriInput { default: Some(true), ..RedirectUriInput::new("https://b.example/") };
    let wiki = connect
        .create_oauth_application(CreateOAuthApplication {
            description: Some("Notes".into()),
            scopes: Some(vec!["openid".into()]),
            redirect_uris: Some(vec![RedirectUriInput::new("https://a.example/"), second]),
            cors_origins: Some(vec!["https://a.example".into()]),
            ..CreateOAuthApplication::new("Wiki", true)
        })
        .await
        .unwrap();
    assert!(wiki.id.starts_with("conn_app_") && wiki.client_id.starts_with("client_"));
    assert_eq!(uris(&wiki), [("https://a.example/", false), ("https://b.example/", true)]);
    assert_eq!(
        (wiki.is_first_party, wiki.uses_pkce, wiki.organization_id.as_deref()),
        (Some(true), Some(false), None)
    );
    for id in [&wiki.id, &wiki.client_id] {
        assert_eq!(connect.get_application(id).await.unwrap(), wiki);
    }

    trial.wait(1);
    let update = UpdateOAuthApplication {
        name: Some("Wiki 2".into()),
        description: Some(Nullable::Null),
        scopes: Some(Nullable::Null),
        redirect_uris: Some(vec![RedirectUriInput::new("https://c.example/")].into()),
        cors_origins: Some(Nullable::Null),
    };
    let changed = connect.update_application(&wiki.client_id, update).await.unwrap();
    assert_eq!(uris(&changed), [("https://c.example/", true)]);
    let mut expected = wiki.clone();
    expected.name = "Wiki 2".into();
    expected.description = None;
    expected.scopes.clear();
    expected.redirect_uris = changed.redirect_uris.clone();
    expected.cors_origins = Some(Vec::new());
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);

    connect.delete_application(&wiki.client_id).await.unwrap();
    assert_eq!(refusal(connect.get_application(&wiki.id).await), "404 entity_not_found");
    assert_eq!(refusal(connect.delete_application(&wiki.id).await), "404 entity_not_found");
}

#[tokio::test]
async fn applications_are_listed_by_registration_and_organization() {
    let trial = Trial::new().await;
    let (connect, fixtures) = (trial.client().connect(), trial.emulator.fixtures());
    let acme = trial.organization("Acme").await;
    let export = CreateM2MApplication::new("Export", &acme);
    let export = connect.create_m2m_application(export).await.unwrap();
    assert_eq!(
        (export.application_type.clone(), export.organization_id.as_ref()),
        (Some(ConnectApplicationType::M2M), Some(&acme))
    );
    let partner = CreateOAuthApplication {
        organization_id: Some(acme.clone()),
        ..CreateOAuthApplication::new("Partner", false)
    };
    let partner = connect.create_oauth_application(partner).await.unwrap();
    assert_eq!(partner.was_dynamically_registered, Some(false));
    let wiki = CreateOAuthApplication::new("Wiki", true);
    let wiki = connect.create_oauth_application(wiki).await.unwrap();
    let registered = NewApplication {
        name: "Agent".into(),
        was_dynamically_registered: true,
        ..NewApplication::default()
    };
    let registered = fixtures.application(registered).unwrap();
    assert_eq!(
        (registered.is_first_party, registered.was_dynamically_registered),
        (Some(false), Some(true))
    );

    let list = |registration_types: Option<Vec<ApplicationsRegistrationTypes>>,
                id: Option<&str>| {
        let organization_id = id.map(str::to_owned);
        let params =
            ListApplicationsParams { registration_types, organization_id, ..Default::default() };
        connect.list_applications(params)
    };
    let all =
        vec![ApplicationsRegistrationTypes::Dynamic, ApplicationsRegistrationTypes::Authenticated];
    let authenticated = [wiki.clone(), partner.clone(), export.clone()];
    assert_eq!(list(None, None).await.unwrap().data, authenticated);
    assert_eq!(
        list(Some(all), None).await.unwrap().data,
        [registered, wiki, partner.clone(), export.clone()]
    );
    assert_eq!(list(None, Some(&acme)).await.unwrap().data, [partner.clone(), export]);

    // What belongs to an organization goes with it.
    trial.client().organizations().delete_organization(&acme).await.unwrap();
    assert_eq!(refusal(connect.get_application(&partner.id).await), "404 entity_not_found");
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let trial = Trial::new().await;
    let connect = trial.client().connect();
    let wiki = CreateOAuthApplication::new("Wiki", true);
    let wiki = connect.create_oauth_application(wiki).await.unwrap();
    let create =
        || connect.create_application_client_secret(&wiki.client_id, CreateApplicationSecret {});
    let mut created = create().await.unwrap();
    let plain = created.secret.take().unwrap();
    assert_eq!(plain.expose().len(), 50);
    assert!(plain.expose().ends_with(&created.secret_hint) && created.secret_hint.len() == 6);
    let list = async || connect.list_application_client_secrets(&wiki.id).await.unwrap();
    assert_eq!(list().await, [created.clone()]);

    for _ in 1..5 {
        create().await.unwrap();
    }
    assert_eq!(refusal(create().await), "422 client_secret_limit_reached");
    connect.delete_client_secret(&created.id).await.unwrap();
    let gone = connect.delete_client_secret(&created.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert_eq!(list().await.len(), 4);

    let nobody = connect.create_application_client_secret("client_x", CreateApplicationSecret {});
    assert_eq!(refusal(nobody.await), "404 entity_not_found");
    let last = list().await.pop().unwrap();
    connect.delete_application(&wiki.id).await.unwrap();
    let gone = connect.delete_client_secret(&last.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn invalid_applications_are_refused() {
    let trial = Trial::new().await;
    let connect = trial.client().connect();
    let acme = trial.organization("Acme").await;
    let oauth = |application: CreateOAuthApplication| connect.create_oauth_application(application);
    let new = || CreateOAuthApplication::new("Wiki", true);
    let uri = |uri: &str| RedirectUriInput { default: Some(true), ..RedirectUriInput::new(uri) };

    let homeless = oauth(CreateOAuthApplication::new("Partner", false)).await;
    assert_eq!(refusal(homeless), "422 invalid_request_parameters organization_id");
    let lost = connect.create_m2m_application(CreateM2MApplication::new("Export", "org_1")).await;
    assert_eq!(refusal(lost), "404 entity_not_found");
    for uris in [vec![uri("nonsense")], vec![uri("https://a.example"), uri("https://b.example")]] {
        let refused = oauth(CreateOAuthApplication { redirect_uris: Some(uris), ..new() }).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters redirect_uris");
    }
    let origins = Some(vec!["nonsense".to_owned()]);
    let refused = oauth(CreateOAuthApplication { cors_origins: origins, ..new() }).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters cors_origins");
    let (status, _) = trial.call("POST", "/connect/applications", json!({"name": "Wiki"})).await;
    assert_eq!(status, 422);

    let export = CreateM2MApplication::new("Export", &acme);
    let export = connect.create_m2m_application(export).await.unwrap();
    let uris = UpdateOAuthApplication {
        redirect_uris: Some(vec![uri("https://a.example")].into()),
        ..Default::default()
    };
    let refused = connect.update_application(&export.id, uris).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters redirect_uris");
    let nameless = UpdateOAuthApplication { name: Some(" ".into()), ..Default::default() };
    let refused = connect.update_application(&export.id, nameless).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters name");

    let taken = NewApplication {
        client_id: Some(export.client_id),
        is_first_party: true,
        ..NewApplication::default()
    };
    let refused = trial.emulator.fixtures().application(taken).unwrap_err().to_string();
    assert!(refused.starts_with("Another application has the client ID client_"), "{refused}");
}

#[tokio::test]
async fn authorizations_of_users_are_listed_and_revoked() {
    let trial = Trial::new().await;
    let (client, fixtures) = (trial.client(), trial.emulator.fixtures());
    let (connect, users) = (client.connect(), client.user_management());
    let acme = trial.organization("Acme").await;
    let ada = users.create_user(CreateUser::new("ada@acme.com")).await.unwrap();
    let mut applications = Vec::new();
    for name in ["Wiki", "Forum"] {
        let new = CreateOAuthApplication {
            scopes: Some(vec!["openid".into()]),
            ..CreateOAuthApplication::new(name, true)
        };
        applications.push(connect.create_oauth_application(new).await.unwrap());
    }
    let authorized: Vec<_> = applications
        .iter()
        .map(|application| fixtures.authorized_application(&acme, &ada.id, application.clone()))
        .collect();
    let organizations = client.organizations();
    let of_acme = organizations.list_authorized_applications(&acme, Default::default());
    assert_eq!(of_acme.await.unwrap().data, [authorized[1].clone(), authorized[0].clone()]);

    // An authorization shows its application as it is now.
    let update = UpdateOAuthApplication { name: Some("Wiki 2".into()), ..Default::default() };
    let renamed = connect.update_application(&applications[0].id, update).await.unwrap();
    let list = async || {
        let list = users.list_user_authorized_applications(&ada.id, Default::default()).await;
        let list = list.unwrap().data;
        assert!(list.iter().all(|own| own.user_id.is_none() && own.granted_scopes == ["openid"]));
        list.into_iter().map(|own| own.application).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [applications[1].clone(), renamed]);

    let revoke = |id: &str| users.delete_user_authorized_application(&ada.id, id);
    revoke(&applications[0].client_id).await.unwrap();
    assert_eq!(refusal(revoke(&applications[0].id).await), "404 entity_not_found");
    assert_eq!(list().await, [applications[1].clone()]);
    connect.delete_application(&applications[1].id).await.unwrap();
    assert_eq!(list().await, []);
    let nobody = users.list_user_authorized_applications("user_1", Default::default()).await;
    assert_eq!(refusal(nobody), "404 entity_not_found");
}
