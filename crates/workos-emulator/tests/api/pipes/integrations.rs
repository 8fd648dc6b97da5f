//! Data integrations and their providers, and what an organization decides about them.

use std::collections::BTreeMap;

use workos::Nullable;
use workos::pipes::{
    ApiKeyInstallation, AuthorizeDataIntegration, CreateDataIntegration, CustomProviderDefinition,
    DataIntegrationCredentialType, DataIntegrationCredentialsInput, GetUserConnectedAccountParams,
    ListDataIntegrationsParams, PipesOwnership, UpdateDataIntegration,
};
use workos::pipes_provider::ConfigureDataIntegration;
use workos_emulator::{DataConsent, NewDataProvider};

use super::{github, member, of_organization, tokens};
use crate::trial::{Trial, refusal};

#[tokio::test]
async fn an_integration_is_created_changed_listed_and_deleted() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let created = pipes.create_data_integration(github()).await.unwrap();
    let credentials = created.credentials.clone().unwrap();
    assert_eq!(
        (credentials.client_id.as_deref(), credentials.redacted_client_secret.as_deref()),
        (Some("Iv1.8a61f9b3"), Some("27d1"))
    );
    let uri = &created.redirect_uri;
    assert!(uri.contains("/data-integrations/github/dik_"), "{uri}");
    assert_eq!((created.scopes.as_ref(), created.custom_provider.as_ref()), (None, None));

    trial.wait(1);
    let update = UpdateDataIntegration {
        description: Some("For issues".into()),
        enabled: Some(false),
        scopes: Some(vec!["repo".to_owned()].into()),
        ..Default::default()
    };
    let changed = pipes.update_data_integration("github", update).await.unwrap();
    let mut expected = created.clone();
    expected.description = Some("For issues".into());
    expected.enabled = false;
    expected.scopes = Some(vec!["repo".into()]);
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);
    assert_eq!(pipes.get_data_integration("github").await.unwrap(), changed);

    let organization = CreateDataIntegration {
        credentials: Some(DataIntegrationCredentialsInput::organization()),
        ..of_organization(github())
    };
    let organization = pipes.create_data_integration(organization).await.unwrap();
    assert_eq!(pipes.get_data_integration_organization("github").await.unwrap(), organization);
    let enabled = UpdateDataIntegration { scopes: Some(Nullable::Null), ..Default::default() };
    let organization = pipes.update_data_integration_organization("github", enabled).await.unwrap();
    // WorkOS's shared credentials are no matter of this list.
    trial.emulator.fixtures().shared_data_integration("slack", PipesOwnership::User).unwrap();
    let list = |ownership: Option<PipesOwnership>| {
        pipes.list_data_integrations(ListDataIntegrationsParams { ownership, ..Default::default() })
    };
    assert_eq!(list(None).await.unwrap().data, [organization.clone(), changed.clone()]);
    assert_eq!(list(Some(PipesOwnership::User)).await.unwrap().data, [changed]);

    pipes.delete_data_integration("github").await.unwrap();
    assert_eq!(refusal(pipes.get_data_integration("github").await), "404 entity_not_found");
    pipes.delete_data_integration_organization("github").await.unwrap();
    assert_eq!(list(None).await.unwrap().data, []);
}

#[tokio::test]
async fn a_custom_provider_goes_with_its_last_integration() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let custom = CustomProviderDefinition {
        name: Some("Billing".into()),
        authorization_url: Some("https://billing.example/authorize".into()),
        token_url: Some("https://billing.example/token".into()),
        ..Default::default()
    };
    let new = CreateDataIntegration {
        provider: "billing".into(),
        custom_provider: Some(custom.clone()),
        ..github()
    };
    let created = pipes.create_data_integration(new.clone()).await.unwrap();
    let shown = created.custom_provider.unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.pkce_enabled, shown.request_scope_separator.as_str()),
        ("Billing", true, " ")
    );
    let second = CreateDataIntegration { custom_provider: None, ..of_organization(new.clone()) };
    pipes.create_data_integration(second).await.unwrap();
    let renamed = CustomProviderDefinition { name: Some("Invoices".into()), ..Default::default() };
    let renamed = UpdateDataIntegration { custom_provider: Some(renamed), ..Default::default() };
    pipes.update_data_integration_organization("billing", renamed.clone()).await.unwrap();
    let shared = pipes.get_data_integration("billing").await.unwrap().custom_provider.unwrap();
    assert_eq!((shared.name.as_str(), shared.token_url), ("Invoices", custom.token_url.clone()));

    let again = pipes.create_data_integration(new.clone()).await;
    assert_eq!(refusal(again), "409 data_integration_already_exists");
    pipes.delete_data_integration("billing").await.unwrap();
    let again = CreateDataIntegration { custom_provider: None, ..new.clone() };
    pipes.create_data_integration(again.clone()).await.unwrap();
    pipes.delete_data_integration("billing").await.unwrap();
    pipes.delete_data_integration_organization("billing").await.unwrap();
    assert_eq!(refusal(pipes.create_data_integration(again).await), "404 entity_not_found");

    let shadow = CreateDataIntegration { provider: "slack".into(), ..new.clone() };
    let refused = pipes.create_data_integration(shadow).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters provider");
    let odd = CreateDataIntegration { provider: "Bill ing".into(), ..new.clone() };
    assert_eq!(refusal(pipes.create_data_integration(odd).await), "422 invalid_provider");
    let partial = CustomProviderDefinition { token_url: None, ..custom };
    let partial = CreateDataIntegration { custom_provider: Some(partial), ..new };
    let refused = pipes.create_data_integration(partial).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters custom_provider.token_url");
    pipes.create_data_integration(github()).await.unwrap();
    let refused = pipes.update_data_integration("github", renamed).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters custom_provider");
}

#[tokio::test]
async fn invalid_integrations_are_refused() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let create = |new: CreateDataIntegration| pipes.create_data_integration(new);
    let credentials = |client_id: Option<&str>| DataIntegrationCredentialsInput {
        type_: DataIntegrationCredentialType::Custom,
        client_id: client_id.map(str::to_owned),
        client_secret: None,
    };
    for (given, field) in [
        (None, "credentials"),
        (Some(credentials(None)), "credentials.client_id"),
        (Some(credentials(Some("id"))), "credentials.client_secret"),
    ] {
        let refused = create(CreateDataIntegration { credentials: given, ..github() }).await;
        assert_eq!(refusal(refused), format!("422 invalid_request_parameters {field}"));
    }
    let unknown = create(CreateDataIntegration { provider: "nobody".into(), ..github() }).await;
    assert_eq!(refusal(unknown), "404 entity_not_found");
    let config = Some(BTreeMap::from([("color".to_owned(), "red".to_owned())]));
    let refused = create(CreateDataIntegration { config, ..github() }).await;
    assert_eq!(refusal(refused), "422 invalid_config");
    let key = ApiKeyInstallation::new("sk-12345", "user_1");
    let refused = create(CreateDataIntegration { api_key: Some(key.clone()), ..github() }).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters api_key");
    create(github()).await.unwrap();
    assert_eq!(refusal(create(github()).await), "409 data_integration_already_exists");
    let update = UpdateDataIntegration {
        credentials: Some(credentials(Some("id"))),
        api_key: Some(key),
        ..Default::default()
    };
    let refused = pipes.update_data_integration("github", update).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters api_key");
}

#[tokio::test]
async fn providers_are_listed_with_what_is_connected() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (acme, ada) = member(&trial).await;
    let fixtures = trial.emulator.fixtures();
    let crm = NewDataProvider {
        slug: "crm".into(),
        name: "CRM".into(),
        scopes: vec!["read".into()],
        ..NewDataProvider::default()
    };
    fixtures.data_provider(crm.clone()).unwrap();
    let again = fixtures.data_provider(crm).unwrap_err().to_string();
    assert_eq!(again, "There is a provider 'crm' already.");
    fixtures.shared_data_integration("crm", PipesOwnership::User).unwrap();
    pipes.create_data_integration(of_organization(github())).await.unwrap();
    let disabled = CreateDataIntegration { enabled: None, provider: "slack".into(), ..github() };
    pipes.create_data_integration(disabled).await.unwrap();
    let account = pipes.create_user_connected_account(&ada, "crm", tokens("t", None, None)).await;
    let account = account.unwrap();

    let list = pipes.list_user_data_providers(&ada, Default::default()).await.unwrap().data;
    let [provider] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!(
        (provider.name.as_str(), provider.slug.as_str(), provider.credentials_type.as_str()),
        ("CRM", "crm", "oauth2")
    );
    assert_eq!(provider.ownership.as_deref(), Some("userland_user"));
    assert_eq!(
        (&provider.connected_account, &provider.scopes),
        (&Some(account), &Some(vec!["read".into()]))
    );
    let list = pipes.list_organization_data_providers(&acme, Default::default()).await.unwrap();
    let shown: Vec<_> = list.data.iter().map(|own| (&*own.slug, &own.connected_account)).collect();
    assert_eq!(shown, [("github", &None)]);
    let nobody = pipes.list_user_data_providers("user_1", Default::default()).await;
    assert_eq!(refusal(nobody), "404 entity_not_found");
    let nobody = pipes.list_organization_data_providers("org_1", Default::default()).await;
    assert_eq!(refusal(nobody), "404 entity_not_found");
}

#[tokio::test]
async fn an_organization_decides_for_its_members() {
    let trial = Trial::new().await;
    let (pipes, settings) = (trial.client().pipes(), trial.client().pipes_provider());
    let (acme, ada) = member(&trial).await;
    let new = CreateDataIntegration {
        enabled: None,
        credentials: Some(DataIntegrationCredentialsInput::organization()),
        ..github()
    };
    let integration = pipes.create_data_integration(new).await.unwrap();
    let list = settings.list_organization_data_integration_configurations(&acme).await.unwrap();
    let [before] = list.data.as_slice() else { panic!("{list:?}") };
    let credentials = before.credentials.clone().unwrap();
    assert_eq!(
        (&before.id, before.enabled, credentials.has_credentials),
        (&integration.id, false, false)
    );

    let configure =
        |body| settings.update_organization_data_integration_configuration(&acme, "github", body);
    let authorize = || {
        let organization_id = Some(acme.clone());
        let body =
            AuthorizeDataIntegration { organization_id, ..AuthorizeDataIntegration::new(&ada) };
        pipes.authorize_data_integration("github", body)
    };
    assert_eq!(refusal(authorize().await), "400 data_integration_disabled");
    let enable = ConfigureDataIntegration {
        enabled: Some(true),
        scopes: Some(vec!["repo".to_owned()].into()),
        ..Default::default()
    };
    assert_eq!(configure(enable).await.unwrap().scopes, Some(vec!["repo".into()]));
    assert_eq!(refusal(authorize().await), "400 organization_credentials_missing");
    let own = ConfigureDataIntegration {
        client_id: Some("Iv1".into()),
        client_secret: Some("secret-1a2b".into()),
        ..Default::default()
    };
    let configured = configure(own.clone()).await.unwrap();
    let credentials = configured.credentials.clone().unwrap();
    assert_eq!(
        (credentials.client_id.as_deref(), credentials.client_secret_last_four.as_deref()),
        (Some("Iv1"), Some("1a2b"))
    );
    assert_eq!((configured.enabled, credentials.has_credentials), (true, true));
    let authorization = authorize().await.unwrap();
    trial.emulator.fixtures().data_consent(&authorization.url, DataConsent::default()).unwrap();
    let scoped =
        GetUserConnectedAccountParams { organization_id: Some(acme.clone()), ..Default::default() };
    let account = pipes.get_user_connected_account(&ada, "github", scoped).await.unwrap();
    assert_eq!(
        (account.scopes, account.organization_id),
        (vec!["repo".into()], Some(acme.clone()))
    );
    // The account is scoped to the organization; without it, the user has none.
    let unscoped = pipes.get_user_connected_account(&ada, "github", Default::default()).await;
    assert_eq!(refusal(unscoped), "404 entity_not_found");

    let scopes = ConfigureDataIntegration {
        scopes: Some(vec!["delete_everything".to_owned()].into()),
        ..Default::default()
    };
    assert_eq!(refusal(configure(scopes).await), "422 invalid_scopes");
    let half = ConfigureDataIntegration { client_secret: None, ..own.clone() };
    assert_eq!(refusal(configure(half).await), "400 invalid_credentials");
    let nothing = ConfigureDataIntegration::default();
    assert_eq!(refusal(configure(nothing).await), "400 empty_configuration");
    let config = Some(BTreeMap::from([("color".to_owned(), "red".to_owned())]));
    let odd = ConfigureDataIntegration { config, ..Default::default() };
    assert_eq!(refusal(configure(odd).await), "400 invalid_config");
    let inherit = ConfigureDataIntegration { scopes: Some(Nullable::Null), ..Default::default() };
    let defaults = vec!["repo".to_owned(), "user:email".to_owned()];
    assert_eq!(configure(inherit).await.unwrap().scopes, Some(defaults));
    let custom = DataIntegrationCredentialsInput::custom("Iv2", "secret");
    let custom = UpdateDataIntegration { credentials: Some(custom), ..Default::default() };
    pipes.update_data_integration("github", custom).await.unwrap();
    let refused = configure(own.clone()).await;
    assert_eq!(refusal(refused), "400 organization_credentials_not_supported");
    pipes.delete_data_integration("github").await.unwrap();
    assert_eq!(refusal(configure(own).await), "404 entity_not_found");
}
