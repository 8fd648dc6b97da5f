//! Pipes: providers, how accounts are connected to them, and the accounts.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use serde_json::Value;
use workos::pipes::{ConnectedAccountConnectionRole, ConnectedAccountState};
use workos::{
    ConnectedAccount, ConnectedAccountAuthMethod, DataIntegration, DataIntegrationCustomProvider,
    EventData, Nullable, PipesOwnership, SecretString, Timestamp,
};

use crate::state::collection::Happened;

/// A provider. Those that are built in have no rows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// The scopes to request unless an integration says otherwise.
    pub(crate) scopes: Vec<String>,
    /// How accounts may authenticate. Empty if in any way.
    pub(crate) auth_methods: Vec<ConnectedAccountAuthMethod>,
    pub(crate) settings: Vec<ProviderSetting>,
    /// The definition of a custom provider.
    pub(crate) custom: Option<DataIntegrationCustomProvider>,
}

/// An additional setting that a provider declares.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProviderSetting {
    pub(crate) name: String,
    /// Whether each account has a value of its own.
    pub(crate) is_of_account: bool,
    /// Whether an account needs it, unless the integration has it.
    pub(crate) is_required: bool,
}

/// A data integration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Integration {
    pub(crate) id: String,
    /// As the API shows it, but for the definition of a custom provider.
    pub(crate) integration: DataIntegration,
    /// Whether its credentials are those that WorkOS provides.
    pub(crate) is_shared: bool,
}

impl Integration {
    pub(crate) fn ownership(&self) -> PipesOwnership {
        self.integration.ownership.clone().unwrap_or(PipesOwnership::User)
    }

    /// What no two integrations have in common.
    pub(crate) fn place(slug: &str, ownership: &PipesOwnership) -> String {
        format!("{} {slug}", ownership.as_str())
    }
}

/// What an organization has set for a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IntegrationSettings {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) slug: String,
    pub(crate) enabled: Option<bool>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret_last_four: Option<String>,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl IntegrationSettings {
    pub(crate) fn place(organization_id: &str, slug: &str) -> String {
        format!("{organization_id} {slug}")
    }
}

/// A connected account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// As the API shows it, with the integration and the provider as in events.
    pub(crate) account: ConnectedAccount,
    pub(crate) credential: AccountCredential,
}

/// What a connected account authenticates with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AccountCredential {
    /// The access token or API key.
    pub(crate) value: Option<SecretString>,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) expires_at: Option<Timestamp>,
    /// Other fields of the provider's token response.
    pub(crate) metadata: BTreeMap<String, Value>,
}

impl Account {
    pub(crate) fn integration_id(&self) -> &str {
        self.account.data_integration_id.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_compatible(&self) -> bool {
        self.account.connection_role == Some(ConnectedAccountConnectionRole::Compatibility)
    }

    /// What all accounts of an owner at a provider have in common.
    pub(crate) fn owner(&self) -> String {
        let (user_id, organization_id) = (&self.account.user_id, &self.account.organization_id);
        Self::owner_of(self.integration_id(), user_id.as_deref(), organization_id.as_deref())
    }

    pub(crate) fn owner_of(
        integration_id: &str,
        user_id: Option<&str>,
        organization_id: Option<&str>,
    ) -> String {
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        format!("{integration_id} {} {}", text(user_id), text(organization_id))
    }
}

/// The event that every account has, after the one that existing clients know: they have one account
/// per provider.
pub(in crate::state) fn of_account(row: &Account, happened: Happened) -> Vec<EventData> {
    let state = (happened != Happened::Deleted).then_some(&row.account.state);
    let (compatible, own): (fn(_) -> _, fn(_) -> _) = match state {
        None => (
            EventData::PipesConnectedAccountDisconnected,
            EventData::PipesAccountConnectionDisconnected,
        ),
        Some(ConnectedAccountState::Connected) => {
            (EventData::PipesConnectedAccountConnected, EventData::PipesAccountConnectionConnected)
        }
        Some(_) => (
            EventData::PipesConnectedAccountReauthorizationNeeded,
            EventData::PipesAccountConnectionReauthorizationNeeded,
        ),
    };
    let compatible = row.is_compatible().then(|| compatible(payload(row)));
    compatible.into_iter().chain([own(payload(row))]).collect()
}

fn payload(row: &Account) -> ConnectedAccount {
    let mut payload = row.account.clone();
    (payload.client_id, payload.client_secret_last_4) = (None, None);
    payload.config.clear();
    payload
}

/// An authorization that waits for the user, under the token in its URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectionAttempt {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) integration_id: String,
    /// The owner, or the member who authorizes the account of an organization.
    pub(crate) user_id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) return_to: Option<String>,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) is_add: bool,
    pub(crate) account_id: Option<String>,
    pub(crate) display_name: Option<Nullable<String>>,
    pub(crate) expires_at: Timestamp,
    /// What the user has granted, until the code is redeemed.
    pub(crate) granted: Option<Grant>,
}

/// What a user has granted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) code: SecretString,
    pub(crate) scopes: Vec<String>,
    pub(crate) account_identifier: Option<String>,
}

/// Is there if owners may have several accounts at a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SeveralAccounts {
    pub(crate) id: String,
}
