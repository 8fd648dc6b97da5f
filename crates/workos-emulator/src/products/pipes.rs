//! Pipes: providers, how accounts are connected to them, and who owns the accounts.

pub(crate) mod accounts;
pub(crate) mod connecting;
pub(crate) mod credentials;
pub(crate) mod integrations;
pub(crate) mod providers;
pub(crate) mod settings;

use std::sync::Arc;

use serde::Deserialize;
use workos::{Organization, PipesOwnership, SecretString, User};

use super::memberships;
use crate::reply::{Answer, Refusal};
use crate::state::{Account, Change, Integration, Store};

/// Who owns accounts, at which provider.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    integration: Arc<Integration>,
    /// None if an organization owns them.
    user_id: Option<String>,
    /// The organization that owns them, or that they are scoped to.
    organization_id: Option<String>,
}

/// Which of an owner's accounts is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Selection {
    /// The organization that a user's account is scoped to. It is part of the owner.
    pub(crate) organization_id: Option<String>,
    /// The ID of the account.
    pub(crate) connected_account_id: Option<String>,
    /// Whether to consider all accounts, not only the one that older clients use.
    pub(crate) supports_multiple_connections: Option<bool>,
}

impl Owner {
    /// A user, possibly with accounts scoped to an organization.
    pub(crate) fn user(
        store: &Store,
        slug: &str,
        user_id: &str,
        organization_id: Option<&str>,
    ) -> Answer<Self> {
        store.one::<User>(user_id)?;
        organization_id.map(|id| store.one::<Organization>(id)).transpose()?;
        let integration = integration(store, slug, &PipesOwnership::User)?;
        Ok(Self::of(integration, user_id, organization_id))
    }

    /// An organization.
    pub(crate) fn organization(store: &Store, slug: &str, organization_id: &str) -> Answer<Self> {
        store.one::<Organization>(organization_id)?;
        let integration = integration(store, slug, &PipesOwnership::Organization)?;
        Ok(Self::of(integration, "", Some(organization_id)))
    }

    /// The user, or the organization with the user as a member.
    pub(crate) fn named(
        store: &Store,
        slug: &str,
        user_id: &str,
        organization_id: Option<&str>,
        owner: Option<&PipesOwnership>,
    ) -> Answer<Self> {
        if owner != Some(&PipesOwnership::Organization) {
            return Self::user(store, slug, user_id, organization_id);
        }
        let Some(organization_id) = organization_id else {
            let message = "organization_id is required for accounts of an organization.";
            return Err(Refusal::bad_request("organization_id_required", message));
        };
        store.one::<User>(user_id)?;
        Self::organization(store, slug, organization_id)
    }

    /// The same, if the user may act for the owner.
    pub(crate) fn acting(
        store: &Store,
        slug: &str,
        user_id: &str,
        organization_id: Option<&str>,
        owner: Option<&PipesOwnership>,
    ) -> Answer<Self> {
        let owner = Self::named(store, slug, user_id, organization_id, owner)?;
        owner.check_member(store, user_id)?;
        Ok(owner)
    }

    /// The owner of the accounts that a user connects through this integration.
    pub(crate) fn of(
        integration: &Arc<Integration>,
        user_id: &str,
        organization_id: Option<&str>,
    ) -> Self {
        let is_user = integration.ownership() == PipesOwnership::User;
        Self {
            integration: integration.clone(),
            user_id: is_user.then(|| user_id.to_owned()),
            organization_id: organization_id.map(str::to_owned),
        }
    }

    fn key(&self) -> String {
        let (user_id, organization_id) = (self.user_id.as_deref(), self.organization_id.as_deref());
        Account::owner_of(&self.integration.id, user_id, organization_id)
    }

    /// Refuses a user who may not act for the owner: an organization's members only.
    pub(crate) fn check_member(&self, store: &Store, user_id: &str) -> Answer<()> {
        let (None, Some(organization_id)) = (&self.user_id, &self.organization_id) else {
            return Ok(());
        };
        if memberships::is_active_member(store, user_id, organization_id) {
            return Ok(());
        }
        let message = "The user is not an active member of the organization.";
        Err(Refusal::forbidden("organization_membership_required", message))
    }

    /// The scopes to request for the owner's accounts.
    pub(crate) fn scopes(&self, store: &Store) -> Option<Vec<String>> {
        settings::scopes(store, &self.integration, self.organization_id.as_deref())
    }

    /// The owner's accounts at the provider.
    pub(crate) fn accounts<'a>(&self, store: &'a Store) -> impl Iterator<Item = &'a Arc<Account>> {
        store.connected_accounts.by("owner", &self.key())
    }

    /// The selected account, if there is one.
    pub(crate) fn select(
        &self,
        store: &Store,
        selection: &Selection,
    ) -> Answer<Option<Arc<Account>>> {
        if let Some(id) = &selection.connected_account_id {
            return store.one_of("owner", &self.key(), id).cloned().map(Some);
        }
        let mut own = self.accounts(store);
        if selection.supports_multiple_connections != Some(true) {
            return Ok(own.find(|account| account.is_compatible()).cloned());
        }
        let first = own.next().cloned();
        if own.next().is_some() {
            let message = "Several accounts match. Select one with connected_account_id.";
            return Err(Refusal::conflict("account_selection_required", message));
        }
        Ok(first)
    }

    /// The selected account, or 404.
    pub(crate) fn one(&self, store: &Store, selection: &Selection) -> Answer<Arc<Account>> {
        let slug = &self.integration.integration.slug;
        self.select(store, selection)?.ok_or_else(|| Refusal::not_found("Connected account", slug))
    }
}

/// The data integration at this provider for users or for organizations, or 404.
pub(crate) fn integration<'a>(
    store: &'a Store,
    slug: &str,
    ownership: &PipesOwnership,
) -> Answer<&'a Arc<Integration>> {
    let found = store.data_integrations.find("place", &Integration::place(slug, ownership));
    found.ok_or_else(|| Refusal::not_found("Data integration", slug))
}

/// Notes that a user is no longer an active member of an organization: the accounts that they have
/// connected for it must be connected again.
pub(crate) fn member_left(
    change: &mut Change<'_>,
    user_id: &str,
    organization_id: &str,
) -> Answer<()> {
    for account in connected_for_organizations(change, user_id) {
        if account.account.organization_id.as_deref() == Some(organization_id) {
            accounts::end_membership(change, &account)?;
        }
    }
    Ok(())
}

/// Notes that a user is about to be deleted: the accounts that they have connected for organizations
/// must be connected again, and no longer name the user.
pub(crate) fn user_gone(change: &mut Change<'_>, user_id: &str) -> Answer<()> {
    for account in connected_for_organizations(change, user_id) {
        let mut row = accounts::end_membership(change, &account)?;
        row.account.established_by_user_id = None;
        change.put(row)?;
    }
    Ok(())
}

fn connected_for_organizations(store: &Store, user_id: &str) -> Vec<Arc<Account>> {
    let connected = store.connected_accounts.by("established_by", user_id);
    connected.filter(|account| account.account.user_id.is_none()).cloned().collect()
}

/// The last four characters of a secret, or less of a short one.
pub(crate) fn last_four(secret: &SecretString) -> String {
    let text: Vec<char> = secret.expose().chars().collect();
    text.iter().skip(text.len().saturating_sub(4)).collect()
}
