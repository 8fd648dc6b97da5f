//! The providers that accounts can be connected at, with those that are connected.

use super::{ConnectedAccount, ConnectedAccountAuthMethod, PipesApi, PipesOwnership};
use crate::{List, ObjectType};

operations! {
    PipesApi, pipes;

    /// Lists the providers that organizations connect to, with what this one has connected.
    GET "/organizations/{organization_id}/data_providers"
        => list_organization_data_providers(
            organization_id, query: ListOrganizationDataProvidersParams
        ) -> List<DataProvider>;

    /// Lists the providers that users can connect to, with what this one has connected.
    GET "/user_management/users/{user_id}/data_providers"
        => list_user_data_providers(user_id, query: ListUserDataProvidersParams)
        -> List<DataProvider>;
}

inputs! {
    /// Which accounts of an organization to tell.
    ListOrganizationDataProvidersParams {
        /// Whether to tell of more than the accounts with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }

    /// Which accounts of a user to tell.
    ListUserDataProvidersParams {
        /// The organization they are limited to.
        organization_id: Option<String>,
        /// Whether to tell of more than the accounts with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }
}

objects! {
    /// A provider, with what a user or an organization has connected.
    DataProvider {
        /// Always `data_provider`.
        object: ObjectType,
        /// `data_integration_…`
        id: String,
        /// The name shown to users.
        name: String,
        /// What it is for, in your words.
        description: Option<String>,
        /// The provider, such as `github`.
        slug: String,
        /// The kind of provider, such as `github`.
        integration_type: String,
        /// The kind of credentials, such as `oauth2`.
        credentials_type: String,
        /// The OAuth scopes to ask for.
        scopes: Option<Vec<String>>,
        /// How accounts authenticate; by OAuth, if missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_methods: Option<Vec<ConnectedAccountAuthMethod>>,
        /// Who owns its accounts.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_owner: Option<PipesOwnership>,
        /// `userland_user` or `organization`. Deprecated by WorkOS: use
        /// [`connection_owner`](Self::connection_owner).
        #[serde(skip_serializing_if = "Option::is_none")]
        ownership: Option<String>,
        /// When it was created, in RFC 3339.
        created_at: String,
        /// When it was last changed, in RFC 3339.
        updated_at: String,
        /// The account with the role `compatibility`.
        connected_account: Option<ConnectedAccount>,
        /// All accounts that were asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        connected_accounts: Option<Vec<ConnectedAccount>>,
        /// Deprecated by WorkOS: use [`integration_type`](Self::integration_type).
        #[serde(skip_serializing_if = "Option::is_none")]
        integration_type_2 as "integrationType": Option<String>,
        /// Deprecated by WorkOS: use [`credentials_type`](Self::credentials_type).
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials_type_2 as "credentialsType": Option<String>,
        /// Deprecated by WorkOS: use [`created_at`](Self::created_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at_2 as "createdAt": Option<String>,
        /// Deprecated by WorkOS: use [`updated_at`](Self::updated_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at_2 as "updatedAt": Option<String>,
    }
}
