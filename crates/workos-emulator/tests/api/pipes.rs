//! Pipes: data integrations, connected accounts and their credentials.

mod accounts;
mod connecting;
mod integrations;

use workos::Timestamp;
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::pipes::{
    CreateConnectedAccount, CreateDataIntegration, DataIntegrationCredentialsInput, PipesOwnership,
};
use workos::user_management::CreateUser;

use crate::trial::Trial;

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
