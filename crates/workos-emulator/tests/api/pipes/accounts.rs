//! Connected accounts of users and organizations, their states and their tokens.

use workos::RequestOptions;
use workos::organization_membership::CreateOrganizationMembership;
use workos::pipes::{
    ConnectedAccountAuthMethod, ConnectedAccountConnectionRole, ConnectedAccountError,
    ConnectedAccountState, ConnectedAccountStateReason, ConnectionIntent, CreateConnectedAccount,
    CreateDataIntegrationCredential, CreateOrganizationConnectedAccount,
    DataIntegrationAccessTokenResponse, DataIntegrationCredentialsResponse,
    GetDataIntegrationAccessToken, GetUserConnectedAccountParams, ListUserDataProvidersParams,
    PipesOwnership, UpdateConnectedAccount,
};
use workos::user_management::CreateUser;

use super::{both, github, member, of_organization, tokens, told};
use crate::trial::{Trial, refusal};

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
