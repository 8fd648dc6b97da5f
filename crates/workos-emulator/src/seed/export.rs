//! Writes the state as [`SeedData`], so that loading them gives the same state again.

use workos::api_keys::ApiKeyOwner;
use workos::authorization::RoleType;
use workos::connect::ConnectApplicationType;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::organizations::{
    OrganizationDomain, OrganizationDomainDataState, OrganizationDomainState,
};
use workos::pipes::{ConnectedAccountAuthMethod, ConnectedAccountState};
use workos::{AgentBlueprint, ConnectApplication, SecretString};
use workos_contract::is_url;

use super::{
    AcceptedKey, ApiKey, ApiKeys, Application, ApplicationType, AuthFactor, Blueprint,
    ConnectedAccount, Domain, Group, Impersonator, Invitation, JwtTemplate, LinkedAccount,
    Membership, Organization, Permission, Role, SecretHash, SeedData, Source, User,
};
use crate::compat;
use crate::fields::fingerprint;
use crate::front::faults::Fault;
use crate::front::hook::Hook;
use crate::products::authorization::resources::NewResourceType;
use crate::products::pipes::providers::built_in;
use crate::products::{directory_sync, feature_flags, memberships, sso, webhooks};
use crate::sign_in::{invitations, settings};
use crate::state::{
    Account, DEFAULT_ROLES, ORGANIZATION_TYPE, Store, StoredApiKey, StoredFactor, StoredRole, View,
};

impl SeedData {
    /// All of the state that seed data can have, in the order of creation. Of API keys, only
    /// hashes are stored; that of the emulator is known.
    pub(crate) fn of(view: &View<'_>, api_key: &SecretString) -> Self {
        let endpoints = view.webhook_endpoints.iter();
        let template = view.jwt_templates.get(settings::JWT_TEMPLATE);
        Self {
            users: view.users.iter().map(|row| user(view, row)).collect(),
            organizations: view.organizations.iter().map(|row| organization(view, row)).collect(),
            permissions: view.permissions.iter().map(|row| permission(row)).collect(),
            roles: view.roles.iter().filter(|row| !is_usual(row)).map(|row| role(row)).collect(),
            resource_types: resource_types(view),
            connections: view.connections.iter().map(|row| sso::written(view, row)).collect(),
            directories: view
                .directories
                .iter()
                .map(|row| directory_sync::written(view, row))
                .collect(),
            connected_accounts: view
                .connected_accounts
                .iter()
                .filter_map(|row| connected_account(view, row))
                .collect(),
            pipe_connections: Vec::new(),
            invitations: invitations(view),
            connect_applications: view
                .connect_applications
                .iter()
                .filter_map(|row| application(view, row))
                .collect(),
            agent_blueprints: view
                .agent_blueprints
                .iter()
                .map(|row| blueprint(view, row))
                .collect(),
            api_keys: api_keys(view, api_key),
            feature_flags: view
                .feature_flags
                .iter()
                .map(|row| feature_flags::written(view, row))
                .collect(),
            webhook_endpoints: endpoints.map(|row| webhooks::written(row)).collect(),
            error_hooks: Vec::new(),
            redirect_uris: redirect_uris(view),
            cors_origins: view.cors_origins.iter().map(|row| row.origin.clone()).collect(),
            jwt_template: template.map(|row| JwtTemplate { content: row.template.content.clone() }),
            source: Source::default(),
        }
    }

    /// Adds the faults, which are no part of the state.
    pub(crate) fn with_faults(self, faults: impl Iterator<Item = Fault>) -> Self {
        Self { error_hooks: faults.filter_map(|fault| Hook::of(&fault)).collect(), ..self }
    }

    /// These data as JSON, which [`from_json`](Self::from_json) reads. What is left out, or has the
    /// default value, is not written.
    ///
    /// ```
    /// use workos_emulator::SeedData;
    ///
    /// let data = SeedData::from_json(r#"{"users": [{"email": "ada@acme.test", "name": null}]}"#)?;
    /// let json = data.to_json();
    /// assert_eq!(json, "{\n  \"users\": [\n    {\n      \"email\": \"ada@acme.test\"\n    }\n  ]\n}");
    /// assert_eq!(SeedData::from_json(&json)?, data);
    /// # Ok::<(), workos_emulator::SeedError>(())
    /// ```
    pub fn to_json(&self) -> String {
        // All keys are text, so that nothing can fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn user(store: &Store, row: &workos::User) -> User {
    let facts = store.sign_in_facts.get(&row.id);
    let impersonator = facts.and_then(|facts| facts.impersonator.clone());
    let password = store.passwords.get(&row.id).map(|row| &row.hash);
    let identities = store.identities.by("user", &row.id).map(|row| row.identity.clone());
    let mut accounts = identities.map(|identity| (identity.provider, identity.idp_id));
    let (oauth_provider, oauth_idp_id) = accounts.next().unzip();
    User {
        email: row.email.clone(),
        id: Some(row.id.clone()),
        name: row.name.clone(),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        password: None,
        password_hash: password.map(|hash| hash.text().clone()),
        password_hash_type: password.map(|hash| hash.kind().clone()),
        password_salt_position: password.and_then(|hash| hash.salt_position().cloned()),
        email_verified: row.email_verified,
        external_id: row.external_id.clone(),
        locale: row.locale.clone(),
        metadata: row.metadata.clone(),
        impersonator: impersonator.map(|(email, reason)| Impersonator { email, reason }),
        oauth_provider,
        oauth_idp_id,
        identities: accounts
            .map(|(provider, idp_id)| LinkedAccount { provider, idp_id: Some(idp_id) })
            .collect(),
        totp: false,
        auth_factors: store.auth_factors.by("user", &row.id).map(|row| factor(row)).collect(),
    }
}

fn factor(row: &StoredFactor) -> AuthFactor {
    let (app, sms) = (row.factor.totp.as_ref(), row.factor.sms.as_ref());
    AuthFactor {
        type_: row.factor.type_.clone(),
        phone_number: sms.map(|sms| sms.phone_number.clone()),
        totp_issuer: app.map(|app| app.issuer.clone()),
        totp_user: app.map(|app| app.user.clone()),
        totp_secret: row.secret.clone(),
    }
}

fn organization(store: &Store, row: &workos::Organization) -> Organization {
    let memberships = store.organization_memberships.by("organization", &row.id);
    let facts = store.sign_in_facts.get(&row.id);
    Organization {
        name: row.name.clone(),
        id: Some(row.id.clone()),
        external_id: row.external_id.clone(),
        metadata: row.metadata.clone(),
        allow_profiles_outside_organization: row
            .allow_profiles_outside_organization
            .unwrap_or_default(),
        stripe_customer_id: row.stripe_customer_id.clone(),
        entitlements: facts.map(|facts| facts.entitlements.clone()).unwrap_or_default(),
        domains: row.domains.iter().map(domain).collect(),
        memberships: memberships.filter_map(|row| membership(store, row)).collect(),
        groups: store.groups.by("organization", &row.id).map(|row| group(store, row)).collect(),
    }
}

fn domain(row: &OrganizationDomain) -> Domain {
    let is_verified = row.state == Some(OrganizationDomainState::Verified);
    let state = is_verified.then_some(OrganizationDomainDataState::Verified);
    Domain { domain: row.domain.clone(), state }
}

fn membership(store: &Store, row: &workos::OrganizationMembership) -> Option<Membership> {
    let is_active = row.status == OrganizationMembershipStatus::Active;
    let mut roles: Vec<_> = row.roles.iter().flatten().map(|role| role.slug.clone()).collect();
    if *roles == [store.default_role()] {
        roles.clear();
    }
    let role = if roles.len() == 1 { roles.pop() } else { None };
    Some(Membership {
        email: store.users.get(&row.user_id)?.email.clone(),
        id: Some(row.id.clone()),
        role,
        roles,
        status: (!is_active).then(|| row.status.clone()),
    })
}

fn group(store: &Store, row: &workos::Group) -> Group {
    let members = store.group_members.by("group", &row.id);
    let memberships =
        members.filter_map(|row| store.organization_memberships.get(&row.membership_id));
    let users = memberships.filter_map(|row| store.users.get(&row.user_id));
    Group {
        name: row.name.clone(),
        id: Some(row.id.clone()),
        description: row.description.clone(),
        members: users.map(|user| user.email.clone()).collect(),
    }
}

fn permission(row: &workos::Permission) -> Permission {
    Permission {
        slug: row.slug.clone(),
        name: row.name.clone(),
        description: row.description.clone(),
        resource_type_slug: other_type(&row.resource_type_slug),
        system: row.system,
    }
}

/// Whether a role is one of every environment, as it is at the start.
fn is_usual(row: &StoredRole) -> bool {
    let StoredRole { is_default, organization_id, role, .. } = row;
    let is_bare = role.description.is_none() && role.permissions.is_empty();
    let is_named = DEFAULT_ROLES.contains(&(&*role.slug, &*role.name));
    is_bare && is_named && organization_id.is_none() && !is_default
}

fn role(row: &StoredRole) -> Role {
    Role {
        slug: row.role.slug.clone(),
        name: row.role.name.clone(),
        description: row.role.description.clone(),
        type_: row.organization_id.is_some().then_some(RoleType::OrganizationRole),
        organization_id: row.organization_id.clone(),
        is_default_role: row.is_default,
        // The order of the list says it.
        priority: 0,
        permissions: row.role.permissions.clone(),
        resource_type_slug: other_type(&row.role.resource_type_slug),
    }
}

/// A resource type, unless it is the default.
fn other_type(slug: &str) -> Option<String> {
    (slug != ORGANIZATION_TYPE).then(|| slug.to_owned())
}

fn resource_types(store: &Store) -> Vec<NewResourceType> {
    let types = store.resource_types.iter().map(|row| {
        let parents = Some(&row.parents).filter(|parents| ***parents != [ORGANIZATION_TYPE]);
        let parents = parents.cloned().unwrap_or_default();
        NewResourceType { slug: row.id.clone(), name: None, parents }
    });
    types.collect()
}

/// An account that loading can connect again: the one that older clients use, of a user, with
/// OAuth, at a provider that is built in.
fn connected_account(store: &Store, row: &Account) -> Option<ConnectedAccount> {
    let account = &row.account;
    let method = account.auth_method.as_ref();
    let is_oauth = method.is_none_or(|method| *method == ConnectedAccountAuthMethod::OAuth);
    let provider = account.provider_slug.as_deref()?;
    if !row.is_compatible() || !is_oauth || built_in(provider).is_none() {
        return None;
    }
    Some(ConnectedAccount {
        email: store.users.get(account.user_id.as_deref()?)?.email.clone(),
        provider: provider.to_owned(),
        organization: account.organization_id.clone(),
        scopes: account.scopes.clone(),
        state: Some(account.state.clone())
            .filter(|state| *state != ConnectedAccountState::Connected),
        external_account_id: account.account_identifier.clone(),
        account_display_name: account.account_display_name.clone(),
    })
}

/// The pending invitations. One to an organization has a membership, which it would create.
fn invitations(view: &View<'_>) -> Vec<Invitation> {
    let has_membership = |row: &workos::user_management::Invitation| match &row.organization_id {
        None => true,
        Some(id) => {
            let user = view.users.find("email", &row.email);
            user.is_some_and(|user| memberships::find(view, &user.id, id).is_some())
        }
    };
    let rows = view.invitations.iter();
    let pending = rows.filter(|row| invitations::is_open(row, view.now()) && has_membership(row));
    let written = pending.map(|row| {
        let organization_id = row.organization_id.clone();
        let role = invitations::current(view, view.now(), row).role_slug;
        let is_role = |slug: &String| {
            let id = organization_id.as_deref().unwrap_or_default();
            slug != view.default_role() && view.role(id, slug).is_some()
        };
        Invitation {
            email: row.email.clone(),
            id: Some(row.id.clone()),
            inviter_user_id: row.inviter_user_id.clone().filter(|id| view.users.get(id).is_some()),
            role_slug: role.filter(is_role),
            organization_id,
            expires_at: Some(row.expires_at),
            token: row.token.clone(),
        }
    });
    written.collect()
}

/// The redirect URIs. The first is the default.
fn redirect_uris(store: &Store) -> Vec<String> {
    let mut rows: Vec<_> = store.redirect_uris.iter().collect();
    rows.sort_by_key(|row| !row.default);
    rows.into_iter().map(|row| row.uri.clone()).collect()
}

/// An application, unless it has none of the organizations that loading requires.
fn application(store: &Store, row: &ConnectApplication) -> Option<Application> {
    let is_m2m = row.application_type == Some(ConnectApplicationType::M2M);
    let organization = row.organization_id.clone();
    if is_m2m && organization.is_none() {
        return None;
    }
    let is_registered = !is_m2m && row.was_dynamically_registered == Some(true);
    let is_foreign = !is_m2m && organization.is_some() && row.is_first_party != Some(true);
    let secrets = store.client_secrets.by("application", &row.id);
    let facts = store.sign_in_facts.get(&row.id);
    // The first one is the default.
    let mut redirect_uris: Vec<_> = row.redirect_uris.iter().flatten().collect();
    redirect_uris.sort_by_key(|own| !own.default);
    let redirect_uris = redirect_uris.into_iter().map(|own| own.uri.clone());
    Some(Application {
        name: row.name.clone(),
        id: Some(row.id.clone()),
        type_: if is_m2m { ApplicationType::M2m } else { ApplicationType::OAuth },
        organization: organization.filter(|_| is_m2m || is_foreign),
        description: row.description.clone(),
        scopes: row.scopes.clone(),
        audience: facts.and_then(|facts| facts.audience.clone()),
        client_id: Some(row.client_id.clone()),
        client_secret: None,
        client_secret_hashes: secrets
            .map(|row| SecretHash {
                hash: row.digest.clone(),
                secret_hint: row.secret.secret_hint.clone(),
            })
            .collect(),
        redirect_uris: redirect_uris.filter(|uri| !is_m2m && is_url(uri)).collect(),
        cors_origins: row.cors_origins.clone().unwrap_or_default(),
        uses_pkce: row.uses_pkce.unwrap_or_default(),
        is_first_party: is_foreign.then_some(false),
        was_dynamically_registered: is_registered,
        login_url: compat::login_url(store, &row.id),
    })
}

/// A blueprint without what it names that is gone.
fn blueprint(store: &Store, row: &AgentBlueprint) -> Blueprint {
    let existing = |names: &[String], exists: &dyn Fn(&str) -> bool| {
        let names: Vec<_> = names.iter().filter(|name| exists(name)).cloned().collect();
        Some(names).filter(|names| !names.is_empty())
    };
    let by = &row.invocable_by;
    let mut invocable_by = by.clone();
    invocable_by.role_slugs = existing(by.role_slugs.as_deref().unwrap_or_default(), &|slug| {
        store.roles.find("slug", slug).is_some()
    });
    invocable_by.organization_ids =
        existing(by.organization_ids.as_deref().unwrap_or_default(), &|id| {
            store.organizations.get(id).is_some()
        });
    Blueprint {
        name: row.name.clone(),
        id: Some(row.id.clone()),
        description: row.description.clone(),
        permissions: existing(&row.permissions, &|slug| {
            store.permissions.find("slug", slug).is_some()
        }),
        invocable_by: Some(invocable_by).filter(|by| *by != Default::default()),
        invocable_as: Some(row.invocable_as.clone()),
        session_settings: Some(row.session_settings.clone()),
    }
}

/// The keys of organizations, and those that only open the API: on their own, or with the others
/// in one list.
fn api_keys(store: &Store, known: &SecretString) -> Option<ApiKeys> {
    let accepted = store.environment_keys.iter().map(|row| row.value.clone());
    if store.api_keys.iter().next().is_none() {
        let key = |value: SecretString| (value.expose().to_owned(), AcceptedKey::default());
        let keys: std::collections::BTreeMap<_, _> = accepted.map(key).collect();
        return (!keys.is_empty()).then_some(ApiKeys::Accepted(keys));
    }
    let accepted = accepted.map(|value| ApiKey { value: Some(value), ..ApiKey::default() });
    let known_hash = fingerprint(known);
    let owned = store.api_keys.iter().map(|row| {
        let is_known = row.hash == known_hash;
        ApiKey { value: is_known.then(|| known.clone()), ..api_key(row, !is_known) }
    });
    Some(ApiKeys::OfOrganizations(accepted.chain(owned).collect()))
}

fn api_key(row: &StoredApiKey, is_hashed: bool) -> ApiKey {
    let user_id = match &row.key.owner {
        ApiKeyOwner::User { id, .. } => Some(id.clone()),
        _ => None,
    };
    ApiKey {
        name: Some(row.key.name.clone()),
        id: Some(row.id.clone()),
        organization: row.organization_id().map(str::to_owned),
        user_id,
        value: None,
        value_hash: is_hashed.then(|| row.hash.clone()),
        obfuscated_value: is_hashed.then(|| row.key.obfuscated_value.clone()),
        permissions: row.key.permissions.clone(),
        expires_at: row.key.expires_at,
        environment: None,
    }
}
