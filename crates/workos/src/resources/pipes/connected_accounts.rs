//! Connected accounts: the accounts of users and organizations at third-party providers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ConnectionIntent, PipesApi};
use crate::{Nullable, ObjectType, SecretString, Timestamp};

operations! {
    PipesApi, pipes;

    /// Fetches an organization's connected account at a provider.
    GET "/organizations/{organization_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => get_organization_connected_account(
            organization_id, slug, query: GetOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Imports an organization's connected account from OAuth tokens you already have. With an
    /// idempotency key the call can be retried.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when the
    /// account already exists; 422 when the integration or the tokens are invalid.
    POST "/organizations/{organization_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => create_organization_connected_account(
            organization_id, slug, body: CreateOrganizationConnectedAccount
        ) -> ConnectedAccount;

    /// Updates the tokens, scopes, names or state of an organization's connected account.
    ///
    /// # Errors
    ///
    /// 422 when the combination of tokens is invalid.
    PUT "/organizations/{organization_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => update_organization_connected_account(
            organization_id, slug, params: UpdateOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Disconnects an organization's account and deletes its tokens, but does not revoke them.
    DELETE "/organizations/{organization_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => delete_organization_connected_account(
            organization_id, slug, query: DeleteOrganizationConnectedAccountParams
        ) -> ();

    /// Fetches a user's connected account at a provider.
    GET "/user_management/users/{user_id}/connected_accounts/{slug}" @ "pipes/connected-account/get"
        => get_user_connected_account(user_id, slug, query: GetUserConnectedAccountParams)
        -> ConnectedAccount;

    /// Imports a user's connected account from OAuth tokens you already have. With an idempotency
    /// key the call can be retried.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when the
    /// account already exists; 422 when the integration or the tokens are invalid.
    POST "/user_management/users/{user_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => create_user_connected_account(
            user_id, slug, params: CreateUserConnectedAccountParams
        ) -> ConnectedAccount;

    /// Updates the tokens, scopes, names or state of a user's connected account.
    PUT "/user_management/users/{user_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => update_user_connected_account(
            user_id, slug, params: UpdateUserConnectedAccountParams
        ) -> ConnectedAccount;

    /// Disconnects a user's account and deletes its tokens. It does not revoke them at the
    /// provider, unless that is WorkOS itself.
    DELETE "/user_management/users/{user_id}/connected_accounts/{slug}" @ "pipes/connected-account"
        => delete_user_connected_account(user_id, slug, query: DeleteUserConnectedAccountParams)
        -> ();
}

inputs! {
    /// Selects a connected account of an organization.
    GetOrganizationConnectedAccountParams {
        /// Whether to consider all accounts, not only the one with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
        /// The ID of the account, if there are several.
        connected_account_id: Option<String>,
    }
}

/// Selects the account of an organization to disconnect.
pub type DeleteOrganizationConnectedAccountParams = GetOrganizationConnectedAccountParams;

inputs! {
    /// Selects a connected account of a user.
    GetUserConnectedAccountParams {
        /// The organization that the account is scoped to.
        organization_id: Option<String>,
        /// Whether to consider all accounts, not only the one with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
        /// The ID of the account, if there are several.
        connected_account_id: Option<String>,
    }
}

/// Selects the account of a user to disconnect.
pub type DeleteUserConnectedAccountParams = GetUserConnectedAccountParams;

inputs! {
    /// Selects the account of an organization to update, and the updates.
    UpdateOrganizationConnectedAccountParams {
        /// Has no effect on this operation.
        supports_multiple_connections: Option<bool>,
        /// The ID of the account; by default the one with the role `compatibility`.
        connected_account_id: Option<String>,
        /// [`Reauthorize`](ConnectionIntent::Reauthorize) or none; both have the same effect.
        connection_intent: Option<ConnectionIntent>,
        /// The JSON body of the request.
        apart body: UpdateOrganizationConnectedAccount,
    }
}

impl From<UpdateOrganizationConnectedAccount> for UpdateOrganizationConnectedAccountParams {
    fn from(body: UpdateOrganizationConnectedAccount) -> Self {
        Self::new(body)
    }
}

inputs! {
    /// The account of a user to import.
    CreateUserConnectedAccountParams {
        /// The organization that the account is scoped to.
        organization_id: Option<String>,
        /// The JSON body of the request.
        apart body: CreateConnectedAccount,
    }
}

impl From<CreateConnectedAccount> for CreateUserConnectedAccountParams {
    fn from(body: CreateConnectedAccount) -> Self {
        Self::new(body)
    }
}

inputs! {
    /// Selects the account of a user to update, and the updates.
    UpdateUserConnectedAccountParams {
        /// The organization that the account is scoped to.
        organization_id: Option<String>,
        /// Has no effect on this operation.
        supports_multiple_connections: Option<bool>,
        /// The ID of the account; by default the one with the role `compatibility`.
        connected_account_id: Option<String>,
        /// [`Reauthorize`](ConnectionIntent::Reauthorize) or none; both have the same effect.
        connection_intent: Option<ConnectionIntent>,
        /// The JSON body of the request.
        apart body: UpdateConnectedAccount,
    }
}

impl From<UpdateConnectedAccount> for UpdateUserConnectedAccountParams {
    fn from(body: UpdateConnectedAccount) -> Self {
        Self::new(body)
    }
}

inputs! {
    /// A user's connected account, with OAuth tokens you already have.
    UpdateConnectedAccount {
        /// The access token.
        access_token: Option<SecretString>,
        /// The refresh token.
        refresh_token: Option<SecretString>,
        /// When the access token expires. Required if it does.
        expires_at: Option<Timestamp>,
        /// The scopes granted to the tokens.
        scopes: Option<Vec<String>>,
        /// The state; by default derived from the tokens.
        state: Option<ConnectedAccountState>,
        /// Only for a new account: [`Add`](ConnectionIntent::Add), to keep existing ones.
        connection_intent: Option<ConnectionIntent>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// The provider's identifier of the account, if you know it; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// A new account of a user.
pub type CreateConnectedAccount = UpdateConnectedAccount;

inputs! {
    /// An organization's connected account, with OAuth tokens you already have.
    UpdateOrganizationConnectedAccount {
        /// The ID of the member who makes the request.
        user_id: String,
        /// The access token.
        access_token: Option<SecretString>,
        /// The refresh token.
        refresh_token: Option<SecretString>,
        /// When the access token expires. Required if it does.
        expires_at: Option<Timestamp>,
        /// The scopes granted to the tokens.
        scopes: Option<Vec<String>>,
        /// The state; by default derived from the tokens.
        state: Option<ConnectedAccountState>,
        /// Only for a new account: [`Add`](ConnectionIntent::Add), to keep existing ones.
        connection_intent: Option<ConnectionIntent>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// The provider's identifier of the account, if you know it; null removes it.
        account_identifier: Option<Nullable<String>>,
        /// Only for a new account: additional settings of the provider, such as a subdomain.
        config: Option<BTreeMap<String, String>>,
        /// Only for a new account: other fields of the provider's token response, such as
        /// Salesforce's `instance_url`.
        metadata: Option<BTreeMap<String, Value>>,
    }
}

/// A new account of an organization.
pub type CreateOrganizationConnectedAccount = UpdateOrganizationConnectedAccount;

objects! {
    /// A connected account: an account of a user or an organization at a provider.
    ConnectedAccount {
        /// Always `connected_account`.
        object: ObjectType,
        /// The ID, `data_installation_…`.
        id: String,
        /// Whether clients that support only one account per provider use this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_role: Option<ConnectedAccountConnectionRole>,
        /// The provider's identifier of the account, if known.
        account_identifier: Option<String>,
        /// The name shown to users, which need not be unique.
        account_display_name: Option<String>,
        /// The user who owns the account.
        user_id: Option<String>,
        /// The organization that owns the account, or that it is scoped to.
        organization_id: Option<String>,
        /// The scopes granted to its tokens.
        scopes: Vec<String>,
        /// How the account authenticates; missing means OAuth.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_method: Option<ConnectedAccountAuthMethod>,
        /// The last four characters of its API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_last_4: Option<String>,
        /// Client credentials: the client ID.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Client credentials: the last four characters of the client secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_last_4: Option<String>,
        /// Additional settings of the provider.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        config: BTreeMap<String, String>,
        /// The state of the account.
        state: ConnectedAccountState,
        /// The user who connected it, if known and not deleted.
        #[serde(skip_serializing_if = "Option::is_none")]
        established_by_user_id: Option<String>,
        /// Why WorkOS changed the state, if it did.
        #[serde(skip_serializing_if = "Option::is_none")]
        state_reason: Option<ConnectedAccountStateReason>,
        /// When it was connected, in RFC 3339.
        created_at: String,
        /// When it was last updated, in RFC 3339.
        updated_at: String,
        /// Warnings about a change that was applied. Only in responses to changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        warnings: Option<Vec<ConnectedAccountWarning>>,
        /// Only in events: the data integration's ID.
        #[serde(skip_serializing_if = "Option::is_none")]
        data_integration_id: Option<String>,
        /// Only in events: the provider's slug, such as `github`.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider_slug: Option<String>,
        /// Deprecated by WorkOS: use [`user_id`](Self::user_id).
        #[serde(skip_serializing_if = "Option::is_none")]
        userland_user_id as "userlandUserId": Option<String>,
        /// Deprecated by WorkOS: use [`organization_id`](Self::organization_id).
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id_2 as "organizationId": Option<String>,
        /// Deprecated by WorkOS: use [`created_at`](Self::created_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at_2 as "createdAt": Option<String>,
        /// Deprecated by WorkOS: use [`updated_at`](Self::updated_at).
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at_2 as "updatedAt": Option<String>,
    }
}

open_enum! {
    /// How connected accounts authenticate to the provider.
    pub enum ConnectedAccountAuthMethod {
        /// OAuth tokens, granted by a user's consent.
        OAuth = "oauth",
        /// An API key.
        ApiKey = "api_key",
        /// OAuth tokens for a client ID and secret.
        ClientCredentials = "client_credentials",
    }
}

open_enum! {
    /// Whether clients that support only one account per provider use this one. It does not imply
    /// that the account is older or preferred.
    pub enum ConnectedAccountConnectionRole {
        /// They use this account.
        Compatibility = "compatibility",
        /// They use another account.
        Standard = "standard",
    }
}

open_enum! {
    /// The state of a [`ConnectedAccount`].
    pub enum ConnectedAccountState {
        /// The account can be used.
        Connected = "connected",
        /// The owner must authorize the connection again, such as after a change of the scopes.
        NeedsReauthorization = "needs_reauthorization",
        /// The account was disconnected.
        Disconnected = "disconnected",
    }
}

open_enum! {
    /// Why WorkOS changed the state of a [`ConnectedAccount`].
    pub enum ConnectedAccountStateReason {
        /// The member who connected it has left the organization. An admin must connect it again.
        EstablishingMemberMembershipEnded = "establishing_member_membership_ended",
    }
}

objects! {
    /// A warning about a change that was applied.
    ConnectedAccountWarning {
        /// The code; `duplicate_account_display_name` is the only one so far.
        code: String,
        /// A human-readable message.
        message: String,
    }
}
