//! Providers available to a user or an organization, with their connected accounts.

use super::{ConnectedAccount, ConnectedAccountAuthMethod, PipesApi, PipesOwnership};
use crate::{List, ObjectType};

operations! {
    PipesApi, pipes;

    /// Lists an organization's available providers and its connected accounts. Not paginated.
    GET "/organizations/{organization_id}/data_providers" @ "pipes/provider"
        => list_organization_data_providers(
            organization_id, query: ListOrganizationDataProvidersParams
        ) -> List<DataProvider>;

    /// Lists a user's available providers and their connected accounts. Not paginated.
    GET "/user_management/users/{user_id}/data_providers" @ "pipes/provider"
        => list_user_data_providers(user_id, query: ListUserDataProvidersParams)
        -> List<DataProvider>;
}

inputs! {
    /// Which accounts of an organization to include.
    ListOrganizationDataProvidersParams {
        /// Whether to include all accounts, not only those with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }

    /// Which accounts of a user to include.
    ListUserDataProvidersParams {
        /// The organization that the accounts are scoped to.
        organization_id: Option<String>,
        /// Whether to include all accounts, not only those with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
    }
}

objects! {
    /// A provider, with the connected accounts of a user or an organization.
    DataProvider {
        /// Always `data_provider`.
        object: ObjectType,
        /// The ID, `data_integration_…`.
        id: String,
        /// The name shown to users.
        name: String,
        /// Your description of what the integration is for.
        description: Option<String>,
        /// The slug, such as `github`.
        slug: String,
        /// The kind of provider, such as `github`.
        integration_type: String,
        /// The kind of credentials, such as `oauth2`.
        credentials_type: String,
        /// The OAuth scopes to request.
        scopes: Option<Vec<String>>,
        /// How accounts authenticate; missing means OAuth.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_methods: Option<Vec<ConnectedAccountAuthMethod>>,
        /// Who owns the accounts.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_owner: Option<PipesOwnership>,
        /// `userland_user` or `organization`. Deprecated by WorkOS: use
        /// [`connection_owner`](Self::connection_owner).
        #[serde(skip_serializing_if = "Option::is_none")]
        ownership: Option<String>,
        /// When it was created, in RFC 3339.
        created_at: String,
        /// When it was last updated, in RFC 3339.
        updated_at: String,
        /// The account with the role `compatibility`.
        connected_account: Option<ConnectedAccount>,
        /// All accounts included in the list.
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
