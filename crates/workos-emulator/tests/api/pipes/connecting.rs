//! The ways to connect an account: consent at the provider, API keys and client credentials.

use std::collections::BTreeMap;

use workos::helpers::pkce::generate_code_challenge;
use workos::pipes::{
    ApiKeyInstallation, AuthorizeDataIntegration, ConnectedAccountAuthMethod, ConnectionIntent,
    CreateDataIntegration, CreateDataIntegrationApiKey, CreateDataIntegrationClientCredential,
    CreateDataIntegrationCredential, DataIntegrationCredentialsResponse, FinishConnection,
    GetDataIntegrationAccessToken, UpdateDataIntegration, UpdateDataIntegrationApiKey,
    UpdateDataIntegrationClientCredentials,
};
use workos_emulator::DataConsent;

use super::{both, github, member, told};
use crate::trial::{Trial, refusal};

fn with_methods(slug: &str, methods: &[ConnectedAccountAuthMethod]) -> CreateDataIntegration {
    CreateDataIntegration {
        enabled: Some(true),
        auth_methods: Some(methods.to_vec()),
        ..CreateDataIntegration::new(slug)
    }
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
