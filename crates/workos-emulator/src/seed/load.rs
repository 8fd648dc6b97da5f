//! Puts [`SeedData`] into the state, all of it or nothing.

use std::mem::take;
use std::sync::Arc;

use http::StatusCode;
use workos::agents::CreateAgentBlueprint;
use workos::api_keys::ApiKeyOwner;
use workos::authorization::CreateAuthorizationPermission;
use workos::groups::CreateGroup;
use workos::multi_factor_auth::{
    AuthenticationFactorType, EnrollAuthenticationFactor, EnrollUserAuthenticationFactor,
    NewAuthenticationFactor,
};
use workos::organization_membership::{
    CreateOrganizationMembership, OrganizationMembership, OrganizationMembershipRole,
};
use workos::organizations::{
    CreateOrganization, OrganizationDomainData, OrganizationDomainDataState,
};
use workos::user_management::{
    CreateCorsOrigin, CreateRedirectUri, CreateUserPasswordHashType,
    CreateUserPasswordSaltPosition, UpdateJWTTemplate,
};
use workos::{ConnectedAccountState, Organization, SecretString, User};
use workos_contract::is_email;

use super::{ApiKey, ApiKeys, Application, ApplicationType, SeedData, SeedError, SeedProblem};
use crate::compat;
use crate::fields::{email, make_as, organization, stored_email};
use crate::front::faults::Fault;
use crate::products::agents::blueprints;
use crate::products::api_keys::KnownValue;
use crate::products::authorization::{permissions, resources, roles};
use crate::products::pipes::accounts::{NewAccount, add_account};
use crate::products::sso::add_connection;
use crate::products::{
    api_keys, connect, directory_sync, feature_flags, groups, memberships, organizations, users,
    webhooks,
};
use crate::reply::{Answer, Refusal};
use crate::sign_in::{invitations, mfa, passwords, settings};
use crate::state::{Change, SignInFacts};

/// What is wrong where. One problem does not hide the others.
#[derive(Default)]
struct Problems(Vec<SeedProblem>);

impl Problems {
    fn note<T>(&mut self, place: &str, done: Answer<T>) -> Option<T> {
        done.map_err(|refusal| self.0.extend(SeedProblem::of(place, &refusal))).ok()
    }

    /// Does the same with each entry of a list.
    fn each<T>(&mut self, name: &str, entries: Vec<T>, mut work: impl FnMut(T) -> Answer<()>) {
        for (index, entry) in entries.into_iter().enumerate() {
            self.note(&format!("{name}[{index}]"), work(entry));
        }
    }

    fn finish(self) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(SeedError::new(self.0).into_refusal()) }
    }
}

impl SeedData {
    /// Takes the faults, which are no part of the state.
    pub(crate) fn take_faults(&mut self) -> Answer<Vec<Fault>> {
        let (mut problems, mut faults) = (Problems::default(), Vec::new());
        problems.each("errorHooks", take(&mut self.error_hooks), |hook| {
            let wrong = |reason| Refusal::unprocessable("invalid_hook", reason);
            faults.push(hook.into_fault().map_err(wrong)?);
            Ok(())
        });
        problems.finish()?;
        Ok(faults)
    }

    /// Stores all of it, or refuses with what is wrong at which places. What others refer to comes
    /// first; webhook endpoints come last, so that they receive no events about the rest.
    pub(crate) fn load(mut self, change: &mut Change<'_>) -> Answer<()> {
        let mut problems = Problems::default();
        self.load_members(change, &mut problems);
        self.load_providers(change, &mut problems);
        self.load_products(change, &mut problems);
        self.load_settings(change, &mut problems);
        problems.finish()
    }

    /// Users, organizations, and the roles that members have.
    fn load_members(&mut self, change: &mut Change<'_>, problems: &mut Problems) {
        problems.each("resourceTypes", take(&mut self.resource_types), |new| {
            resources::add_resource_type(change, new)
        });
        problems
            .each("permissions", take(&mut self.permissions), |new| add_permission(change, new));
        problems.each("users", take(&mut self.users), |user| add_user(change, user));
        let mut organizations = Vec::new();
        for (index, mut new) in take(&mut self.organizations).into_iter().enumerate() {
            let place = format!("organizations[{index}]");
            let (memberships, groups) = (take(&mut new.memberships), take(&mut new.groups));
            if let Some(row) = problems.note(&place, add_organization(change, new)) {
                organizations.push((place, row, memberships, groups));
            }
        }
        // Those of organizations come in between those of the environment.
        let mut roles: Vec<_> = take(&mut self.roles).into_iter().enumerate().collect();
        roles.sort_by_key(|(_, role)| role.priority);
        for (index, role) in roles {
            problems.note(&format!("roles[{index}]"), set_role(change, role));
        }
        for (place, row, memberships, groups) in organizations {
            let (of_members, of_groups) =
                (format!("{place}.memberships"), format!("{place}.groups"));
            problems.each(&of_members, memberships, |new| add_member(change, &row, new));
            problems.each(&of_groups, groups, |new| add_group(change, &row, new));
        }
        problems
            .each("invitations", take(&mut self.invitations), |new| add_invitation(change, new));
    }

    /// What identity providers, directories and other applications know of users.
    fn load_providers(&mut self, change: &mut Change<'_>, problems: &mut Problems) {
        problems.each("connections", take(&mut self.connections), |new| {
            at("organization", organization_id(change, &new.organization))?;
            add_connection(change, new).map(drop)
        });
        problems.each("directories", take(&mut self.directories), |new| {
            at("organization", organization_id(change, &new.organization))?;
            directory_sync::add_directory(change, new).map(drop)
        });
        problems.each("connectedAccounts", take(&mut self.connected_accounts), |new| {
            let organization_id = new.organization.map(|text| organization_id(change, &text));
            let account = NewAccount {
                user_id: at("email", user(change, &new.email))?.id.clone(),
                provider: new.provider,
                organization_id: at("organization", organization_id.transpose())?,
                scopes: new.scopes,
                state: new.state,
                identifier: new.external_account_id,
                display_name: new.account_display_name,
            };
            add_account(change, account).map(drop)
        });
        problems.each("pipeConnections", take(&mut self.pipe_connections), |new| {
            if change.drop_in {
                return add_pipe_connection(change, new);
            }
            let account = NewAccount {
                user_id: new.user_id,
                provider: new.provider,
                organization_id: None,
                scopes: new.scopes,
                state: new.status.map(|status| match status.as_str() {
                    "requires_reauth" => ConnectedAccountState::NeedsReauthorization,
                    _ => status,
                }),
                identifier: new.external_account_id,
                display_name: None,
            };
            if account.state == Some(ConnectedAccountState::Disconnected) {
                return Ok(());
            }
            add_account(change, account).map(drop)
        });
    }

    fn load_products(&mut self, change: &mut Change<'_>, problems: &mut Problems) {
        problems.each("connectApplications", take(&mut self.connect_applications), |new| {
            add_application(change, new)
        });
        problems.each("agentBlueprints", take(&mut self.agent_blueprints), |new| {
            add_blueprint(change, new)
        });
        problems.each("featureFlags", take(&mut self.feature_flags), |new| {
            feature_flags::add_flag(change, new).map(drop)
        });
    }

    fn load_settings(&mut self, change: &mut Change<'_>, problems: &mut Problems) {
        match self.api_keys.take() {
            None => {}
            Some(ApiKeys::Accepted(keys)) => {
                for key in keys.into_keys() {
                    let accepted = api_keys::accept(change, &key.as_str().into());
                    problems.note("apiKeys", accepted);
                }
            }
            Some(ApiKeys::OfOrganizations(keys)) => {
                problems.each("apiKeys", keys, |key| add_api_key(change, key));
            }
        }
        problems.each("redirectUris", take(&mut self.redirect_uris), |uri| {
            settings::create_redirect_uri(change, CreateRedirectUri::new(uri)).map(drop)
        });
        problems.each("corsOrigins", take(&mut self.cors_origins), |origin| {
            settings::create_cors_origin(change, CreateCorsOrigin::new(origin)).map(drop)
        });
        if let Some(template) = self.jwt_template.take() {
            let input = UpdateJWTTemplate::new(template.content);
            problems.note("jwtTemplate", settings::update_jwt_template(change, input));
        }
        problems.each("webhookEndpoints", take(&mut self.webhook_endpoints), |new| {
            webhooks::add_endpoint(change, new).map(drop)
        });
    }
}

/// Does not change what was done, but says which field of the entry a refusal is about.
fn at<T>(field: &str, done: Answer<T>) -> Answer<T> {
    done.map_err(|refusal| refusal.with("field", field))
}

/// At the official emulator, these connections are no accounts of the API.
fn add_pipe_connection(change: &mut Change<'_>, new: super::PipeConnection) -> Answer<()> {
    let status = new.status.as_ref().map(ConnectedAccountState::as_str);
    let account_id = new.external_account_id.as_deref();
    let (user_id, provider) = (&new.user_id, &new.provider);
    compat::add_pipe_connection(change, user_id, provider, new.scopes, status, account_id).map(drop)
}

fn add_invitation(change: &mut Change<'_>, new: super::Invitation) -> Answer<()> {
    let organization_id = new.organization_id.map(|text| organization_id(change, &text));
    let organization_id = at("organization_id", organization_id.transpose())?;
    let new = invitations::NewInvitation {
        id: new.id,
        email: new.email,
        organization_id,
        inviter_user_id: new.inviter_user_id,
        role_slug: new.role_slug,
        expires_at: new.expires_at,
        token: new.token,
    };
    invitations::add(change, new)
}

fn add_permission(change: &mut Change<'_>, new: super::Permission) -> Answer<()> {
    let input = CreateAuthorizationPermission {
        description: new.description,
        resource_type_slug: new.resource_type_slug,
        ..CreateAuthorizationPermission::new(new.slug, new.name)
    };
    permissions::add(change, input, new.system).map(drop)
}

/// Permissions that do not exist are left out, as the official emulator does.
fn set_role(change: &mut Change<'_>, new: super::Role) -> Answer<()> {
    let organization_id = new.organization_id.map(|text| organization_id(change, &text));
    if new.type_ == Some(workos::authorization::RoleType::OrganizationRole)
        && organization_id.is_none()
    {
        let message = "An OrganizationRole needs an organization_id.";
        return Err(Refusal::unprocessable("invalid_role", message));
    }
    let organization_id = at("organization_id", organization_id.transpose())?;
    let exists = |slug: &String| change.permissions.find("slug", slug).is_some();
    let permissions = new.permissions.into_iter().filter(exists).collect();
    roles::set_role(
        change,
        roles::NewRole {
            slug: new.slug,
            name: new.name,
            description: new.description,
            organization_id,
            resource_type_slug: new.resource_type_slug,
            permissions,
            is_default: new.is_default_role,
        },
    )
    .map(drop)
}

fn add_user(change: &mut Change<'_>, new: super::User) -> Answer<()> {
    let mut user: User = make_as(change, new.id)?;
    user.email = stored_email(change, &new.email);
    if !is_email(&user.email) {
        let message = format!("'{}' is not a valid email address.", new.email);
        return Err(Refusal::unprocessable("invalid_email", message));
    }
    if change.users.find("email", &user.email.to_lowercase()).is_some() {
        let message = "Email addresses must be unique across users.";
        return Err(Refusal::unprocessable("email_not_available", message));
    }
    user.name = new.name;
    user.first_name = new.first_name;
    user.last_name = new.last_name;
    user.email_verified = new.email_verified;
    user.external_id = new.external_id;
    if let Some(locale) = new.locale.as_deref().filter(|locale| !users::is_known_locale(locale)) {
        let message = format!("The locale '{locale}' is not supported.");
        return Err(Refusal::unprocessable("invalid_locale", message));
    }
    user.locale = new.locale;
    user.metadata = new.metadata;
    let id = change.insert(user)?.id.clone();
    let hash = (new.password_hash, new.password_hash_type, new.password_salt_position);
    passwords::store(change, &id, password(new.password, hash)?)?;
    if let Some(provider) = new.oauth_provider {
        users::add_identity(change, &id, provider, new.oauth_idp_id)?;
    }
    for account in new.identities {
        users::add_identity(change, &id, account.provider, account.idp_id)?;
    }
    if new.totp {
        let input = EnrollUserAuthenticationFactor::default();
        mfa::enroll_for_user(change, &id, input)?;
    }
    for factor in new.auth_factors {
        add_factor(change, &id, factor)?;
    }
    if let Some(impersonator) = new.impersonator {
        let impersonator = Some((impersonator.email, impersonator.reason));
        change.put(SignInFacts { id, impersonator, ..SignInFacts::default() })?;
    }
    Ok(())
}

/// The password of a user: in clear, or as a hash with its type and its salt position.
fn password(
    text: Option<SecretString>,
    hash: (
        Option<SecretString>,
        Option<CreateUserPasswordHashType>,
        Option<CreateUserPasswordSaltPosition>,
    ),
) -> Answer<Option<passwords::NewPassword>> {
    match (text, hash) {
        (text, (None, None, None)) => Ok(text.map(Into::into)),
        (None, (Some(hash), Some(kind), position)) => {
            passwords::import(&kind, hash.expose(), position.as_ref()).map(Some)
        }
        _ => {
            let message = "Give either password, or password_hash with password_hash_type.";
            Err(Refusal::unprocessable("invalid_password", message))
        }
    }
}

fn add_factor(change: &mut Change<'_>, user_id: &str, new: super::AuthFactor) -> Answer<()> {
    let other = match new.type_ {
        AuthenticationFactorType::Totp => {
            let input = EnrollUserAuthenticationFactor {
                totp_issuer: new.totp_issuer,
                totp_user: new.totp_user,
                totp_secret: new.totp_secret,
            };
            return mfa::enroll_for_user(change, user_id, input).map(drop);
        }
        AuthenticationFactorType::Sms => {
            NewAuthenticationFactor::sms(new.phone_number.unwrap_or_default())
        }
        AuthenticationFactorType::GenericOtp => NewAuthenticationFactor::GenericOtp {},
        unknown => {
            let message = format!("There is no type '{unknown}' of authentication factors.");
            return Err(Refusal::unprocessable("invalid_factor", message));
        }
    };
    let user_id = Some(user_id.to_owned());
    mfa::enroll(change, EnrollAuthenticationFactor { factor: other, user_id }).map(drop)
}

/// Organizations are told apart by their names, or else by their IDs.
fn add_organization(
    change: &mut Change<'_>,
    new: super::Organization,
) -> Answer<Arc<Organization>> {
    if new.id.is_none() && change.organizations.find("name", &new.name).is_some() {
        let message = format!("Another organization is called '{}'.", new.name);
        return Err(Refusal::unprocessable("name_already_used", message));
    }
    let domain = |domain: super::Domain| {
        let state = domain.state.unwrap_or(OrganizationDomainDataState::Pending);
        OrganizationDomainData::new(domain.domain, state)
    };
    let input = CreateOrganization {
        allow_profiles_outside_organization: Some(new.allow_profiles_outside_organization),
        domain_data: Some(new.domains.into_iter().map(domain).collect()),
        metadata: Some(new.metadata),
        external_id: new.external_id,
        ..CreateOrganization::new(new.name)
    };
    let mut organization = organizations::add(change, new.id, input)?;
    if new.stripe_customer_id.is_some() {
        let mut customer = Organization::clone(&organization);
        customer.stripe_customer_id = new.stripe_customer_id;
        organization = change.put(customer)?;
    }
    if !new.entitlements.is_empty() {
        let (id, entitlements) = (organization.id.clone(), new.entitlements);
        change.put(SignInFacts { id, entitlements, ..SignInFacts::default() })?;
    }
    Ok(organization)
}

fn add_member(
    change: &mut Change<'_>,
    organization: &Organization,
    new: super::Membership,
) -> Answer<()> {
    let user_id = at("email", user(change, &new.email))?.id.clone();
    let role = match (new.role, new.roles) {
        (role, roles) if roles.is_empty() => role.map(OrganizationMembershipRole::single),
        (None, role_slugs) => Some(OrganizationMembershipRole::Multiple { role_slugs }),
        (Some(_), _) => {
            let message = "Give either role or roles.";
            return Err(Refusal::unprocessable("invalid_role", message));
        }
    };
    let input = CreateOrganizationMembership {
        role,
        ..CreateOrganizationMembership::new(user_id, &organization.id)
    };
    let membership = memberships::add(change, new.id, input)?;
    if let Some(status) = new.status {
        let mut membership: OrganizationMembership = change.copy(&membership.id)?;
        membership.status = status;
        change.update(membership)?;
    }
    Ok(())
}

fn add_group(
    change: &mut Change<'_>,
    organization: &Organization,
    new: super::Group,
) -> Answer<()> {
    let input = CreateGroup { description: new.description, ..CreateGroup::new(new.name) };
    let group = groups::add(change, new.id, &organization.id, input)?;
    for (index, address) in new.members.iter().enumerate() {
        let id = at(&format!("members[{index}]"), member(change, organization, address))?;
        groups::add_member(change, &group, &id)?;
    }
    Ok(())
}

/// The ID of the membership of the user with this email address.
fn member(change: &Change<'_>, organization: &Organization, address: &str) -> Answer<String> {
    let user_id = &user(change, address)?.id;
    let membership = memberships::find(change, user_id, &organization.id);
    membership.map(|membership| membership.id.clone()).ok_or_else(|| {
        let message = format!("{address} must match a membership defined in this organization.");
        Refusal::unprocessable("membership_not_found", message)
    })
}

fn add_application(change: &mut Change<'_>, new: Application) -> Answer<()> {
    let organization_id = new.organization.map(|text| organization_id(change, &text));
    let organization_id = at("organization", organization_id.transpose())?;
    let is_m2m = new.type_ == ApplicationType::M2m;
    let application = connect::add_application(
        change,
        connect::NewApplication {
            name: new.name,
            id: new.id,
            description: new.description,
            scopes: new.scopes,
            organization_id,
            is_m2m,
            is_first_party: !is_m2m && new.is_first_party.unwrap_or(true),
            was_dynamically_registered: new.was_dynamically_registered,
            redirect_uris: new.redirect_uris,
            cors_origins: new.cors_origins,
            uses_pkce: new.uses_pkce,
            client_id: new.client_id,
            client_secret: new.client_secret,
        },
    )?;
    for known in new.client_secret_hashes {
        connect::add_hashed_secret(change, &application.id, known.hash, known.secret_hint)?;
    }
    if let Some(url) = new.login_url {
        compat::set_login_url(change, &application.id, url)?;
    }
    if new.audience.is_some() {
        let (id, audience) = (application.id, new.audience);
        change.put(SignInFacts { id, audience, ..SignInFacts::default() })?;
    }
    Ok(())
}

fn add_blueprint(change: &mut Change<'_>, mut new: super::Blueprint) -> Answer<()> {
    let organizations = new.invocable_by.as_mut().and_then(|by| by.organization_ids.as_mut());
    for organization in organizations.into_iter().flatten() {
        let id = organization_id(change, organization);
        *organization = at("invocable_by.organizations", id)?;
    }
    let input = CreateAgentBlueprint {
        description: new.description,
        permissions: new.permissions,
        invocable_by: new.invocable_by,
        invocable_as: new.invocable_as,
        session_settings: new.session_settings,
        ..CreateAgentBlueprint::new(new.name)
    };
    blueprints::add(change, new.id, input).map(drop)
}

fn add_api_key(change: &mut Change<'_>, new: ApiKey) -> Answer<()> {
    let invalid = |message: &str| Err(Refusal::unprocessable("invalid_api_key", message));
    let Some(organization) = new.organization else {
        return match &new.value {
            Some(value) => api_keys::accept(change, value),
            None => invalid("A key has an organization, or else a value."),
        };
    };
    let organization_id = at("organization", organization_id(change, &organization))?;
    let Some(name) = new.name else { return invalid("A key of an organization has a name.") };
    let mut key = workos::ApiKey::default();
    key.owner = match new.user_id {
        None => ApiKeyOwner::Organization { id: organization_id },
        Some(id) => {
            at("user_id", change.one::<User>(&id))?;
            ApiKeyOwner::User { id, organization_id }
        }
    };
    key.name = name;
    key.permissions = new.permissions;
    key.expires_at = new.expires_at;
    let value = match (new.value, new.value_hash) {
        (Some(value), _) => KnownValue::of(&value)?,
        (None, Some(hash)) => KnownValue::hashed(hash, new.obfuscated_value)?,
        (None, None) => KnownValue::of(&api_keys::draw(change))?,
    };
    api_keys::add(change, new.id, key, value).map(drop)
}

fn organization_id(change: &Change<'_>, text: &str) -> Answer<String> {
    organization(change, text).map(|organization| organization.id.clone())
}

/// The user with this email address.
fn user<'a>(change: &'a Change<'_>, address: &str) -> Answer<&'a Arc<User>> {
    let found = change.users.find("email", &email(address));
    found.ok_or_else(|| {
        let message = format!("The email must match a user defined in users: '{address}'.");
        Refusal::new(StatusCode::NOT_FOUND, "entity_not_found", message)
    })
}
