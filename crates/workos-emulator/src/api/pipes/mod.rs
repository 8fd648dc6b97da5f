//! Pipes: accounts of users and organizations at third-party providers.

pub(crate) mod connected_accounts;
pub(crate) mod connecting;
pub(crate) mod credentials;
pub(crate) mod data_integrations;
pub(crate) mod data_providers;
pub(crate) mod providers;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use workos::organization_membership::OrganizationMembershipStatus;
use workos::{Organization, PipesOwnership, User};

use super::organization_membership;
use crate::reply::{Answer, Refusal};
use crate::state::{Account, Change, Integration, Store};

/// A list that is not paginated and has no `list_metadata`.
#[derive(Debug, Serialize)]
#[serde(tag = "object", rename = "list")]
pub(in crate::api) struct Listed<T> {
    pub(in crate::api) data: Vec<T>,
}

/// Who owns accounts, at which provider.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    integration: Arc<Integration>,
    /// None if an organization owns them.
    user_id: Option<String>,
    /// The organization that owns them, or that they are scoped to.
    organization_id: Option<String>,
}

/// Which of an owner's accounts a request is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Selection {
    /// The organization that a user's account is scoped to.
    organization_id: Option<String>,
    connected_account_id: Option<String>,
    supports_multiple_connections: Option<bool>,
}

impl Owner {
    /// A user, possibly with accounts scoped to an organization.
    fn user(
        store: &Store,
        slug: &str,
        user_id: &str,
        organization_id: Option<&str>,
    ) -> Answer<Self> {
        store.one::<User>(user_id)?;
        organization_id.map(|id| store.one::<Organization>(id)).transpose()?;
        Ok(Self {
            integration: integration(store, slug, &PipesOwnership::User)?.clone(),
            user_id: Some(user_id.to_owned()),
            organization_id: organization_id.map(str::to_owned),
        })
    }

    fn organization(store: &Store, slug: &str, organization_id: &str) -> Answer<Self> {
        store.one::<Organization>(organization_id)?;
        Ok(Self {
            integration: integration(store, slug, &PipesOwnership::Organization)?.clone(),
            user_id: None,
            organization_id: Some(organization_id.to_owned()),
        })
    }

    /// The owner that a body names: the user, or the organization with the user as a member.
    fn named(
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

    /// The owner of the accounts of an attempt to connect one.
    fn of(integration: &Arc<Integration>, user_id: &str, organization_id: Option<&str>) -> Self {
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
    fn check_member(&self, store: &Store, user_id: &str) -> Answer<()> {
        let (None, Some(organization_id)) = (&self.user_id, &self.organization_id) else {
            return Ok(());
        };
        let membership = organization_membership::find(store, user_id, organization_id);
        if membership.is_some_and(|own| own.status == OrganizationMembershipStatus::Active) {
            return Ok(());
        }
        let message = "The user is no active member of the organization.";
        Err(Refusal::forbidden("organization_membership_required", message))
    }

    /// The account that a request selects, if there is one.
    fn select(&self, store: &Store, selection: &Selection) -> Answer<Option<Arc<Account>>> {
        let key = self.key();
        let mut own = store.connected_accounts.by("owner", &key);
        if let Some(id) = &selection.connected_account_id {
            return store.one_of("owner", &key, id).cloned().map(Some);
        }
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

    /// The account that a request selects, or 404.
    fn one(&self, store: &Store, selection: &Selection) -> Answer<Arc<Account>> {
        let slug = &self.integration.integration.slug;
        self.select(store, selection)?.ok_or_else(|| Refusal::not_found("Connected account", slug))
    }
}

/// The data integration at this provider for users or for organizations, or 404.
fn integration<'a>(
    store: &'a Store,
    slug: &str,
    ownership: &PipesOwnership,
) -> Answer<&'a Arc<Integration>> {
    let found = store.data_integrations.find("place", &Integration::place(slug, ownership));
    found.ok_or_else(|| Refusal::not_found("Data integration", slug))
}

/// Notes that a user is no longer an active member of an organization: the accounts that they have
/// connected for it must be connected again. If they are deleted, so is their name.
pub(in crate::api) fn member_left(
    change: &mut Change<'_>,
    user_id: &str,
    organization_id: &str,
) -> Answer<()> {
    let established: Vec<_> =
        change.connected_accounts.by("established_by", user_id).cloned().collect();
    for account in established {
        let is_of = account.account.organization_id.as_deref() == Some(organization_id);
        if is_of && account.account.user_id.is_none() {
            connected_accounts::end_membership(change, &account)?;
        }
    }
    Ok(())
}

/// Notes that a user is about to be deleted.
pub(in crate::api) fn user_gone(change: &mut Change<'_>, user_id: &str) -> Answer<()> {
    let established: Vec<_> =
        change.connected_accounts.by("established_by", user_id).cloned().collect();
    for account in established.iter().filter(|account| account.account.user_id.is_none()) {
        let mut row = connected_accounts::end_membership(change, account)?;
        row.account.established_by_user_id = None;
        change.put(row)?;
    }
    Ok(())
}
