//! The accounts that users and organizations have at providers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ConnectionIntent, PipesApi};
use crate::{Nullable, ObjectType, SecretString, Timestamp};

operations! {
    PipesApi, pipes;

    /// Fetches an organization's account at a provider.
    GET "/organizations/{organization_id}/connected_accounts/{slug}"
        => get_organization_connected_account(
            organization_id, slug, query: GetOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Imports an organization's account whose OAuth tokens you have. With an idempotency key it
    /// can be repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when there
    /// is one already; 422 when the integration is not valid or the tokens do not go together.
    POST "/organizations/{organization_id}/connected_accounts/{slug}"
        => create_organization_connected_account(
            organization_id, slug, body: CreateOrganizationConnectedAccount
        ) -> ConnectedAccount;

    /// Changes the tokens, scopes, names or state of an organization's account.
    ///
    /// # Errors
    ///
    /// 422 when the tokens do not go together.
    PUT "/organizations/{organization_id}/connected_accounts/{slug}"
        => update_organization_connected_account(
            organization_id, slug, params: UpdateOrganizationConnectedAccountParams
        ) -> ConnectedAccount;

    /// Disconnects an organization's account and forgets its tokens. The provider is not told.
    DELETE "/organizations/{organization_id}/connected_accounts/{slug}"
        => delete_organization_connected_account(
            organization_id, slug, query: DeleteOrganizationConnectedAccountParams
        ) -> ();

    /// Fetches a user's account at a provider.
    GET "/user_management/users/{user_id}/connected_accounts/{slug}"
        => get_user_connected_account(user_id, slug, query: GetUserConnectedAccountParams)
        -> ConnectedAccount;

    /// Imports a user's account whose OAuth tokens you have. With an idempotency key it can be
    /// repeated.
    ///
    /// # Errors
    ///
    /// 404, also `multiple_connections_unavailable`: see [`ConnectionIntent::Add`]; 409 when there
    /// is one already; 422 when the integration is not valid or the tokens do not go together.
    POST "/user_management/users/{user_id}/connected_accounts/{slug}"
        => create_user_connected_account(
            user_id, slug, params: CreateUserConnectedAccountParams
        ) -> ConnectedAccount;

    /// Changes the tokens, scopes, names or state of a user's account.
    PUT "/user_management/users/{user_id}/connected_accounts/{slug}"
        => update_user_connected_account(
            user_id, slug, params: UpdateUserConnectedAccountParams
        ) -> ConnectedAccount;

    /// Disconnects a user's account and forgets its tokens. The provider is not told, unless it is
    /// WorkOS itself.
    DELETE "/user_management/users/{user_id}/connected_accounts/{slug}"
        => delete_user_connected_account(user_id, slug, query: DeleteUserConnectedAccountParams)
        -> ();
}

inputs! {
    /// Which account of an organization.
    GetOrganizationConnectedAccountParams {
        /// Whether to look beyond the account with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
        /// The very account, where there are several.
        connected_account_id: Option<String>,
    }
}

/// Which account of an organization to disconnect.
pub type DeleteOrganizationConnectedAccountParams = GetOrganizationConnectedAccountParams;

inputs! {
    /// Which account of a user.
    GetUserConnectedAccountParams {
        /// The organization it is limited to.
        organization_id: Option<String>,
        /// Whether to look beyond the account with the role `compatibility`.
        supports_multiple_connections: Option<bool>,
        /// The very account, where there are several.
        connected_account_id: Option<String>,
    }
}

/// Which account of a user to disconnect.
pub type DeleteUserConnectedAccountParams = GetUserConnectedAccountParams;

inputs! {
    /// Which account of an organization to change, and how.
    UpdateOrganizationConnectedAccountParams {
        /// Makes no difference here.
        supports_multiple_connections: Option<bool>,
        /// The very account; the one with the role `compatibility`, if left out.
        connected_account_id: Option<String>,
        /// [`Reauthorize`](ConnectionIntent::Reauthorize) or nothing, which makes no difference.
        connection_intent: Option<ConnectionIntent>,
        /// The JSON body of the request.
        apart body: OrganizationConnectedAccount,
    }
}

impl From<OrganizationConnectedAccount> for UpdateOrganizationConnectedAccountParams {
    fn from(body: OrganizationConnectedAccount) -> Self {
        Self::new(body)
    }
}

inputs! {
    /// Which account of a user to import.
    CreateUserConnectedAccountParams {
        /// The organization it is limited to.
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
    /// Which account of a user to change, and how.
    UpdateUserConnectedAccountParams {
        /// The organization it is limited to.
        organization_id: Option<String>,
        /// Makes no difference here.
        supports_multiple_connections: Option<bool>,
        /// The very account; the one with the role `compatibility`, if left out.
        connected_account_id: Option<String>,
        /// [`Reauthorize`](ConnectionIntent::Reauthorize) or nothing, which makes no difference.
        connection_intent: Option<ConnectionIntent>,
        /// The JSON body of the request.
        apart body: ConnectedAccountInput,
    }
}

impl From<ConnectedAccountInput> for UpdateUserConnectedAccountParams {
    fn from(body: ConnectedAccountInput) -> Self {
        Self::new(body)
    }
}

inputs! {
    /// A user's account, with OAuth tokens that you have.
    ConnectedAccountInput {
        /// The access token.
        access_token: Option<SecretString>,
        /// The refresh token.
        refresh_token: Option<SecretString>,
        /// Until when the access token works. Required with one that expires.
        expires_at: Option<Timestamp>,
        /// What the tokens may be used for.
        scopes: Option<Vec<String>>,
        /// Whether it can be used; if left out, that follows from the tokens.
        state: Option<ConnectedAccountState>,
        /// Only for a new account: [`Add`](ConnectionIntent::Add), to have it beside others.
        connection_intent: Option<ConnectionIntent>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// Which account at the provider it is, as far as you know; null removes it.
        account_identifier: Option<Nullable<String>>,
    }
}

/// A new account of a user.
pub type CreateConnectedAccount = ConnectedAccountInput;

inputs! {
    /// An organization's account, with OAuth tokens that you have.
    OrganizationConnectedAccount {
        /// The member in whose name this is done.
        user_id: String,
        /// The access token.
        access_token: Option<SecretString>,
        /// The refresh token.
        refresh_token: Option<SecretString>,
        /// Until when the access token works. Required with one that expires.
        expires_at: Option<Timestamp>,
        /// What the tokens may be used for.
        scopes: Option<Vec<String>>,
        /// Whether it can be used; if left out, that follows from the tokens.
        state: Option<ConnectedAccountState>,
        /// Only for a new account: [`Add`](ConnectionIntent::Add), to have it beside others.
        connection_intent: Option<ConnectionIntent>,
        /// The name shown to users; null removes it.
        account_display_name: Option<Nullable<String>>,
        /// Which account at the provider it is, as far as you know; null removes it.
        account_identifier: Option<Nullable<String>>,
        /// Only for a new account: what the provider has to know besides, such as a subdomain.
        config: Option<BTreeMap<String, String>>,
        /// Only for a new account: what else the provider said with the tokens, such as Salesforce's
        /// `instance_url`.
        metadata: Option<BTreeMap<String, Value>>,
    }
}

/// A new account of an organization.
pub type CreateOrganizationConnectedAccount = OrganizationConnectedAccount;

objects! {
    /// What a user or an organization has at a provider.
    ConnectedAccount {
        /// Always `connected_account`.
        object: ObjectType,
        /// `data_installation_…`
        id: String,
        /// Whether programs that know of one account per provider get this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection_role: Option<ConnectedAccountConnectionRole>,
        /// Which account at the provider it is, as far as known.
        account_identifier: Option<String>,
        /// The name shown to users, which need not be unique.
        account_display_name: Option<String>,
        /// The user it belongs to.
        user_id: Option<String>,
        /// The organization it belongs or is limited to.
        organization_id: Option<String>,
        /// What its tokens may be used for.
        scopes: Vec<String>,
        /// How it authenticates; by OAuth, if missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_method: Option<ConnectedAccountAuthMethod>,
        /// The end of its API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_last_4: Option<String>,
        /// Client credentials: the client id.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Client credentials: the end of the client secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_last_4: Option<String>,
        /// What the provider has to know besides.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        config: BTreeMap<String, String>,
        /// Whether it can be used.
        state: ConnectedAccountState,
        /// Who connected it, if that is known and they are still there.
        #[serde(skip_serializing_if = "Option::is_none")]
        established_by_user_id: Option<String>,
        /// Why WorkOS changed its state, if it did.
        #[serde(skip_serializing_if = "Option::is_none")]
        state_reason: Option<ConnectedAccountStateReason>,
        /// When it was connected, in RFC 3339.
        created_at: String,
        /// When it was last changed, in RFC 3339.
        updated_at: String,
        /// What is odd about a change that was made all the same. Only in answers to changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        warnings: Option<Vec<ConnectedAccountWarning>>,
        /// Only in events: the integration.
        #[serde(skip_serializing_if = "Option::is_none")]
        data_integration_id: Option<String>,
        /// Only in events: the provider, such as `github`.
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
    /// How accounts authenticate.
    pub enum ConnectedAccountAuthMethod {
        /// With tokens that a user consented to.
        OAuth = "oauth",
        /// With an API key of theirs.
        ApiKey = "api_key",
        /// With tokens for a client id and secret of theirs.
        ClientCredentials = "client_credentials",
    }
}

open_enum! {
    /// Whether programs that know of one account per provider get this one. It says nothing about
    /// which one is older or preferred.
    pub enum ConnectedAccountConnectionRole {
        /// They do.
        Compatibility = "compatibility",
        /// They do not.
        Standard = "standard",
    }
}

open_enum! {
    /// Whether a [`ConnectedAccount`] can be used.
    pub enum ConnectedAccountState {
        /// It can.
        Connected = "connected",
        /// Its owner has to give their consent again, for example because other scopes are needed.
        NeedsReauthorization = "needs_reauthorization",
        /// It was given up.
        Disconnected = "disconnected",
    }
}

open_enum! {
    /// Why WorkOS changed the state of a [`ConnectedAccount`].
    pub enum ConnectedAccountStateReason {
        /// Whoever connected it has left the organization. An admin has to connect it again.
        EstablishingMemberMembershipEnded = "establishing_member_membership_ended",
    }
}

objects! {
    /// What is odd about a change that was made all the same.
    ConnectedAccountWarning {
        /// What it is; `duplicate_account_display_name` is the only one so far.
        code: String,
        /// The same for people.
        message: String,
    }
}
