//! Pipes: data integrations, connected accounts and their credentials.

use std::collections::BTreeMap;

use workos::helpers::pkce::generate_code_challenge;
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::pipes::*;
use workos::pipes_provider::ConfigureDataIntegration;
use workos::user_management::CreateUser;
use workos::{Nullable, RequestOptions, Timestamp};
use workos_emulator::{DataConsent, NewDataProvider};

use super::trial::{Trial, refusal};

/// An organization and an active member of it.
async fn member(trial: &Trial) -> (String, String) {
    let client = trial.client();
    let acme = CreateOrganization::new("Acme");
    let acme = client.organizations().create_organization(acme).await.unwrap().id;
    let ada = CreateUser::new("ada@acme.com");
    let ada = client.user_management().create_user(ada).await.unwrap().id;
    let member = CreateOrganizationMembership::new(&ada, &acme);
    client.organization_membership().create_organization_membership(member).await.unwrap();
    (acme, ada)
}

/// An enabled integration with one's own app.
fn github() -> CreateDataIntegration {
    CreateDataIntegration {
        enabled: Some(true),
        credentials: Some(DataIntegrationCredentialsInput::custom("Iv1.8a61f9b3", "0c5f27d1")),
        ..CreateDataIntegration::new("github")
    }
}

fn with_methods(slug: &str, methods: &[ConnectedAccountAuthMethod]) -> CreateDataIntegration {
    CreateDataIntegration {
        enabled: Some(true),
        auth_methods: Some(methods.to_vec()),
        ..CreateDataIntegration::new(slug)
    }
}

fn of_organization(integration: CreateDataIntegration) -> CreateDataIntegration {
    CreateDataIntegration { ownership: Some(PipesOwnership::Organization), ..integration }
}

fn tokens(
    access: &str,
    refresh: Option<&str>,
    expires_at: Option<Timestamp>,
) -> CreateConnectedAccount {
    CreateConnectedAccount {
        access_token: Some(access.into()),
        refresh_token: refresh.map(Into::into),
        expires_at,
        ..Default::default()
    }
}

/// The names of the events of Pipes.
async fn told(trial: &Trial) -> Vec<String> {
    let names = trial.event_names().await.into_iter();
    names.filter_map(|name| name.strip_prefix("pipes.").map(str::to_owned)).collect()
}

fn both(event: &str) -> [String; 2] {
    ["connected_account", "account_connection"].map(|family| format!("{family}.{event}"))
}

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
async fn an_imported_account_is_used_refreshed_and_disconnected() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    let soon = trial.emulator.clock().now() + std::time::Duration::from_secs(60);
    let import = CreateConnectedAccount {
        scopes: Some(vec!["repo".into()]),
        account_identifier: Some("ada-gh".into()),
        ..tokens("gho_1", Some("ghr_1"), Some(soon))
    };
    let account =
        pipes.create_user_connected_account(&ada, "github", import.clone()).await.unwrap();
    assert!(account.id.starts_with("data_installation_"));
    assert_eq!(
        (account.state.clone(), account.connection_role.clone(), account.user_id.as_ref()),
        (
            ConnectedAccountState::Connected,
            Some(ConnectedAccountConnectionRole::Compatibility),
            Some(&ada)
        )
    );
    let get = async || pipes.get_user_connected_account(&ada, "github", Default::default()).await;
    assert_eq!(get().await.unwrap(), account);
    let again = pipes.create_user_connected_account(&ada, "github", import).await;
    assert_eq!(refusal(again), "409 connected_account_already_exists");

    let token = async || {
        let body = GetDataIntegrationAccessToken::new(&ada);
        pipes.get_access_token("github", body).await.unwrap()
    };
    let DataIntegrationAccessTokenResponse::Active(first) = token().await else { panic!() };
    assert_eq!(first.access_token, "gho_1");
    assert_eq!(
        (first.scopes.as_slice(), first.missing_scopes.as_slice()),
        (&["repo".to_owned()][..], &["user:email".to_owned()][..])
    );
    trial.wait(60);
    let DataIntegrationAccessTokenResponse::Active(second) = token().await else { panic!() };
    assert_ne!(second.access_token, first.access_token);
    assert_eq!(second.expires_at.as_deref(), Some("2026-03-01T13:01:00.000Z"));
    assert_eq!(token().await, DataIntegrationAccessTokenResponse::Active(second));

    pipes.delete_user_connected_account(&ada, "github", Default::default()).await.unwrap();
    assert_eq!(refusal(get().await), "404 entity_not_found");
    let reason = ConnectedAccountError::NotInstalled;
    assert_eq!(token().await, DataIntegrationAccessTokenResponse::Inactive(reason));
    let gone = pipes.delete_user_connected_account(&ada, "github", Default::default()).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert_eq!(told(&trial).await, [both("connected"), both("disconnected")].concat());
}

#[tokio::test]
async fn the_state_follows_from_the_tokens() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    let create = |new| pipes.create_user_connected_account(&ada, "github", new);
    let later = trial.emulator.clock().now() + std::time::Duration::from_secs(60);
    let refresh_only =
        CreateConnectedAccount { refresh_token: Some("ghr_1".into()), ..Default::default() };
    let without = CreateConnectedAccount {
        state: Some(ConnectedAccountState::Connected),
        ..Default::default()
    };
    for bad in [tokens("gho_1", None, Some(later)), refresh_only, without] {
        assert_eq!(refusal(create(bad).await), "422 invalid_token_combination");
    }
    let empty = create(CreateConnectedAccount::default()).await.unwrap();
    assert_eq!(empty.state, ConnectedAccountState::NeedsReauthorization);
    let body = || CreateDataIntegrationCredential::new(&ada);
    let inactive =
        DataIntegrationCredentialsResponse::Inactive(ConnectedAccountError::NeedsReauthorization);
    let vend = async || pipes.create_data_integration_credential("github", body()).await.unwrap();
    assert_eq!(vend().await, inactive);

    let update = async |update: UpdateConnectedAccount| {
        pipes.update_user_connected_account(&ada, "github", update).await.unwrap()
    };
    let connected = update(tokens("gho_2", None, None)).await;
    assert_eq!(connected.state, ConnectedAccountState::Connected);
    let DataIntegrationCredentialsResponse::Active(credential) = vend().await else { panic!() };
    assert_eq!(
        (credential.value, credential.auth_method),
        ("gho_2".into(), ConnectedAccountAuthMethod::OAuth)
    );
    assert_eq!(credential.token.unwrap().expires_at, None);
    let named = update(UpdateConnectedAccount {
        account_display_name: Some("Work".into()),
        state: Some(ConnectedAccountState::NeedsReauthorization),
        ..Default::default()
    });
    assert_eq!(named.await.account_display_name.as_deref(), Some("Work"));
    assert_eq!(vend().await, inactive);
    // A state that stays has no event.
    update(UpdateConnectedAccount { scopes: Some(Vec::new()), ..Default::default() }).await;

    let needed = both("reauthorization_needed");
    assert_eq!(told(&trial).await, [needed.clone(), both("connected"), needed].concat());
}

#[tokio::test]
async fn a_user_consents_at_the_provider() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    let authorize = AuthorizeDataIntegration {
        return_to: Some("https://app.example/settings?tab=1#top".into()),
        ..AuthorizeDataIntegration::new(&ada)
    };
    let authorize =
        async || pipes.authorize_data_integration("github", authorize.clone()).await.unwrap();
    let consent = |url: &str, given| trial.emulator.fixtures().data_consent(url, given);

    let authorization = authorize().await;
    assert!(authorization.url.ends_with("/authorize-redirect"), "{}", authorization.url);
    assert_eq!(authorization.completion, None);
    let denied = DataConsent { is_denied: true, ..DataConsent::default() };
    let back = consent(&authorization.url, denied).unwrap().unwrap();
    let expected = "https://app.example/settings?tab=1&error=access_denied&error_description=The+user+denied+access.#top";
    assert_eq!(back, expected);
    assert!(consent(&authorization.url, DataConsent::default()).is_err());

    let authorization = authorize().await;
    let given = DataConsent {
        scopes: Some(vec!["repo".into()]),
        account_identifier: Some("ada-gh".into()),
        ..DataConsent::default()
    };
    let back = consent(&authorization.url, given).unwrap();
    assert_eq!(back.as_deref(), Some("https://app.example/settings?tab=1#top"));
    let get = async || {
        pipes.get_user_connected_account(&ada, "github", Default::default()).await.unwrap()
    };
    let account = get().await;
    assert_eq!(
        (account.scopes.as_slice(), account.account_identifier.as_deref()),
        (&["repo".to_owned()][..], Some("ada-gh"))
    );

    // Once more, for all scopes: the same account.
    let authorization = authorize().await;
    trial.wait(599);
    consent(&authorization.url, DataConsent::default()).unwrap();
    let again = get().await;
    assert_eq!((&again.id, again.scopes.len()), (&account.id, 2));
    let authorization = authorize().await;
    trial.wait(600);
    assert!(consent(&authorization.url, DataConsent::default()).is_err());
    assert_eq!(told(&trial).await, [both("connection_failed"), both("connected")].concat());
}

#[tokio::test]
async fn a_connection_with_a_challenge_is_saved_when_it_is_finished() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    let authorize = async || {
        let authorize = AuthorizeDataIntegration {
            return_to: Some("https://app.example/".into()),
            code_challenge: Some(generate_code_challenge("the verifier")),
            code_challenge_method: Some("S256".into()),
            ..AuthorizeDataIntegration::new(&ada)
        };
        let authorization = pipes.authorize_data_integration("github", authorize).await.unwrap();
        assert_eq!(authorization.completion.as_deref(), Some("finish_required"));
        let fixtures = trial.emulator.fixtures();
        let back = fixtures.data_consent(&authorization.url, DataConsent::default());
        let back = back.unwrap().unwrap();
        let query = back.strip_prefix("https://app.example/?connect_code=").unwrap();
        let (code, state) = query.split_once("&state=").unwrap();
        assert_eq!(Some(state), authorization.state.as_deref());
        (code.to_owned(), state.to_owned())
    };
    let (code, state) = authorize().await;
    let finish = |verifier: &str, state: &str| {
        let state = Some(state.to_owned());
        pipes.finish_connection(FinishConnection {
            state,
            ..FinishConnection::new(&*code, verifier)
        })
    };
    assert_eq!(told(&trial).await, [""; 0]);
    assert_eq!(refusal(finish("a guess", &state).await), "400 invalid_code_verifier");
    assert_eq!(refusal(finish("the verifier", "x").await), "400 invalid_state");
    let finished = finish("the verifier", &state).await.unwrap().connected_account;
    assert_eq!(finished.user_id, Some(ada.clone()));
    assert_eq!(refusal(finish("the verifier", &state).await), "400 invalid_connect_code");
    assert_eq!(told(&trial).await, both("connected"));

    let (code, _) = authorize().await;
    trial.wait(600);
    let late = pipes.finish_connection(FinishConnection::new(code, "the verifier")).await;
    assert_eq!(refusal(late), "400 connect_code_expired");
}

#[tokio::test]
async fn an_api_key_is_connected_rotated_and_given_out() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    let key = ApiKeyInstallation::new("sk-first-1111", &ada);
    let new = CreateDataIntegration {
        api_key: Some(key),
        ..with_methods("attio", &[ConnectedAccountAuthMethod::ApiKey])
    };
    let created = pipes.create_data_integration(new).await.unwrap();
    let installed = created.installation.unwrap();
    assert_eq!(installed.api_key_last_4.as_deref(), Some("1111"));
    assert_eq!(pipes.get_data_integration("attio").await.unwrap().installation, None);

    let rotate = UpdateDataIntegrationApiKey::new(&ada, "sk-second-2222");
    let rotated = pipes.update_data_integration_api_key("attio", rotate).await.unwrap();
    assert_eq!((&rotated.id, rotated.api_key_last_4.as_deref()), (&installed.id, Some("2222")));
    let vend = CreateDataIntegrationCredential::new(&ada);
    let vended = pipes.create_data_integration_credential("attio", vend).await.unwrap();
    let DataIntegrationCredentialsResponse::Active(credential) = vended else { panic!() };
    assert_eq!((credential.value, credential.token), ("sk-second-2222".into(), None));
    let token = pipes.get_access_token("attio", GetDataIntegrationAccessToken::new(&ada)).await;
    assert_eq!(refusal(token), "422 auth_method_mismatch");

    let another = CreateDataIntegrationApiKey::add(&ada, "sk-third-3333");
    let refused = pipes.create_data_integration_api_key("attio", another).await;
    assert_eq!(refusal(refused), "404 multiple_connections_unavailable");
    let aimless = UpdateDataIntegrationApiKey {
        connection_intent: Some(ConnectionIntent::Reauthorize),
        ..UpdateDataIntegrationApiKey::new(&ada, "sk-third-3333")
    };
    let refused = pipes.update_data_integration_api_key("attio", aimless).await;
    assert_eq!(refusal(refused), "400 invalid_connection_intent");
    let oauth =
        pipes.authorize_data_integration("attio", AuthorizeDataIntegration::new(&ada)).await;
    assert_eq!(refusal(oauth), "400 auth_method_not_supported");
    let disabled = UpdateDataIntegration { enabled: Some(false), ..Default::default() };
    pipes.update_data_integration("attio", disabled).await.unwrap();
    let rotate = UpdateDataIntegrationApiKey::new(&ada, "sk-fourth-4444");
    let refused = pipes.update_data_integration_api_key("attio", rotate).await;
    assert_eq!(refusal(refused), "400 data_integration_disabled");
    assert_eq!(told(&trial).await, both("connected"));
}

#[tokio::test]
async fn client_credentials_become_tokens() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    let methods = [ConnectedAccountAuthMethod::ClientCredentials];
    pipes.create_data_integration(with_methods("zendesk", &methods)).await.unwrap();
    let client = || UpdateDataIntegrationClientCredentials::new(&ada, "3MVG9", "secret-abcd");
    let refused = pipes.update_data_integration_client_credentials("zendesk", client()).await;
    assert_eq!(refusal(refused), "400 invalid_config");
    let config = BTreeMap::from([("subdomain".to_owned(), "acme".to_owned())]);
    let new = CreateDataIntegrationClientCredential {
        config: Some(config.clone()),
        ..CreateDataIntegrationClientCredential::add(&ada, "3MVG9", "secret-abcd")
    };
    let account = pipes.create_data_integration_client_credential("zendesk", new).await.unwrap();
    assert_eq!(
        (account.client_id.as_deref(), account.client_secret_last_4.as_deref(), &account.config),
        (Some("3MVG9"), Some("abcd"), &config)
    );
    // The settings stay when the secret is replaced.
    let rotated = pipes.update_data_integration_client_credentials("zendesk", client()).await;
    assert_eq!(rotated.unwrap().config, config);

    let vend = async || {
        let body = CreateDataIntegrationCredential::new(&ada);
        let vended = pipes.create_data_integration_credential("zendesk", body).await.unwrap();
        let DataIntegrationCredentialsResponse::Active(credential) = vended else { panic!() };
        credential
    };
    let first = vend().await;
    assert_eq!((&first.config, first.token.as_ref().unwrap().scopes.len()), (&config, 1));
    assert_eq!(vend().await, first);
    trial.wait(3600);
    assert_ne!(vend().await.value, first.value);
}

#[tokio::test]
async fn an_organization_shares_an_account_until_its_member_leaves() {
    let trial = Trial::new().await;
    let (client, pipes) = (trial.client(), trial.client().pipes());
    let (acme, ada) = member(&trial).await;
    let bob = CreateUser::new("bob@acme.com");
    let bob = client.user_management().create_user(bob).await.unwrap().id;
    pipes.create_data_integration(of_organization(github())).await.unwrap();
    let import = |user: &str| CreateOrganizationConnectedAccount {
        access_token: Some("gho_1".into()),
        ..CreateOrganizationConnectedAccount::new(user)
    };
    let create =
        |user: &str| pipes.create_organization_connected_account(&acme, "github", import(user));
    assert_eq!(refusal(create(&bob).await), "403 organization_membership_required");
    let account = create(&ada).await.unwrap();
    assert_eq!(
        (
            account.user_id.as_ref(),
            account.organization_id.as_ref(),
            account.established_by_user_id.as_ref()
        ),
        (None, Some(&acme), Some(&ada))
    );
    let get = async || {
        pipes.get_organization_connected_account(&acme, "github", Default::default()).await.unwrap()
    };
    assert_eq!(get().await, account);

    let token = |user: &str| {
        pipes.get_access_token(
            "github",
            GetDataIntegrationAccessToken {
                organization_id: Some(acme.clone()),
                connection_owner: Some(PipesOwnership::Organization),
                ..GetDataIntegrationAccessToken::new(user)
            },
        )
    };
    assert_eq!(refusal(token(&bob).await), "404 entity_not_found");
    let memberships = client.organization_membership();
    let member = CreateOrganizationMembership::new(&bob, &acme);
    memberships.create_organization_membership(member).await.unwrap();
    let shared = token(&bob).await.unwrap();
    assert!(matches!(shared, DataIntegrationAccessTokenResponse::Active(_)));
    let homeless = GetDataIntegrationAccessToken {
        connection_owner: Some(PipesOwnership::Organization),
        ..GetDataIntegrationAccessToken::new(&bob)
    };
    let refused = pipes.get_access_token("github", homeless).await;
    assert_eq!(refusal(refused), "400 organization_id_required");

    client.user_management().delete_user(&ada).await.unwrap();
    let left = get().await;
    let reason = ConnectedAccountStateReason::EstablishingMemberMembershipEnded;
    assert_eq!(
        (left.state, left.state_reason, left.established_by_user_id),
        (ConnectedAccountState::NeedsReauthorization, Some(reason), None)
    );
    let reason = ConnectedAccountError::NeedsReauthorization;
    let inactive = DataIntegrationAccessTokenResponse::Inactive(reason);
    assert_eq!(token(&bob).await.unwrap(), inactive);
    let again = pipes.update_organization_connected_account(&acme, "github", import(&bob)).await;
    let again = again.unwrap();
    assert_eq!((again.state_reason, again.established_by_user_id), (None, Some(bob.clone())));

    let of_bob = workos::organization_membership::ListOrganizationMembershipsParams {
        user_id: Some(bob),
        ..Default::default()
    };
    let of_bob = memberships.list_organization_memberships(of_bob).await.unwrap();
    memberships.deactivate_organization_membership(&of_bob.data[0].id).await.unwrap();
    assert_eq!(get().await.state, ConnectedAccountState::NeedsReauthorization);
    pipes.delete_organization_connected_account(&acme, "github", Default::default()).await.unwrap();
    let (connected, needed) = (both("connected"), both("reauthorization_needed"));
    let expected =
        [connected.clone(), needed.clone(), connected, needed, both("disconnected")].concat();
    assert_eq!(told(&trial).await, expected);
}

#[tokio::test]
async fn several_accounts_are_told_apart() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    trial.emulator.fixtures().several_connected_accounts();
    let add = |name: &str| CreateConnectedAccount {
        connection_intent: Some(ConnectionIntent::Add),
        account_display_name: Some(name.into()),
        ..tokens(name, None, None)
    };
    let create = |name: &str| pipes.create_user_connected_account(&ada, "github", add(name));
    let work = create("Work").await.unwrap();
    let mut home = create("Work").await.unwrap();
    let warnings = home.warnings.take().unwrap();
    assert_eq!(warnings[0].code, "duplicate_account_display_name");
    assert_eq!(home.connection_role, Some(ConnectedAccountConnectionRole::Standard));

    let get = |id: Option<&str>, is_plural: bool| {
        pipes.get_user_connected_account(
            &ada,
            "github",
            GetUserConnectedAccountParams {
                connected_account_id: id.map(str::to_owned),
                supports_multiple_connections: Some(is_plural),
                ..Default::default()
            },
        )
    };
    assert_eq!(get(None, false).await.unwrap(), work);
    assert_eq!(refusal(get(None, true).await), "409 account_selection_required");
    assert_eq!(get(Some(&home.id), true).await.unwrap(), home);
    assert_eq!(refusal(get(Some("data_installation_1"), true).await), "404 entity_not_found");
    let token = GetDataIntegrationAccessToken {
        supports_multiple_connections: Some(true),
        ..GetDataIntegrationAccessToken::new(&ada)
    };
    let refused = pipes.get_access_token("github", token).await;
    assert_eq!(refusal(refused), "409 account_selection_required");

    let providers = async |is_plural: bool| {
        let params = ListUserDataProvidersParams {
            supports_multiple_connections: Some(is_plural),
            ..Default::default()
        };
        let list = pipes.list_user_data_providers(&ada, params).await.unwrap();
        let provider = list.data.into_iter().next().unwrap();
        (provider.connected_account, provider.connected_accounts.unwrap())
    };
    assert_eq!(providers(false).await, (Some(work.clone()), vec![work.clone()]));
    assert_eq!(providers(true).await, (Some(work.clone()), vec![work.clone(), home.clone()]));
    pipes.delete_user_connected_account(&ada, "github", Default::default()).await.unwrap();
    assert_eq!(providers(true).await, (None, vec![home.clone()]));
    pipes.delete_data_integration("github").await.unwrap();

    let only = |event: &str| vec![format!("account_connection.{event}")];
    let (connected, gone) = (both("connected").to_vec(), both("disconnected").to_vec());
    let expected = [connected, only("connected"), gone, only("disconnected")].concat();
    assert_eq!(told(&trial).await, expected);
}

#[tokio::test]
async fn a_request_with_the_same_idempotency_key_connects_once() {
    let trial = Trial::new().await;
    let pipes = trial.client().pipes();
    let (_, ada) = member(&trial).await;
    pipes.create_data_integration(github()).await.unwrap();
    let options = RequestOptions::new().idempotency_key("import-1");
    let create = |token: &str| {
        let import = tokens(token, None, None);
        pipes.create_user_connected_account(&ada, "github", import).options(Some(&options))
    };
    let account = create("gho_1").await.unwrap();
    assert_eq!(create("gho_1").await.unwrap(), account);
    assert_eq!(create("gho_2").await.unwrap(), account);
    assert_eq!(told(&trial).await, both("connected"));
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
