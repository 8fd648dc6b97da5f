//! [`SeedData`]: what an emulator has from the start.

mod error;
mod export;
mod json;
mod load;
mod read;
mod schema;
mod source;
#[cfg(test)]
mod tests;
#[cfg(feature = "yaml")]
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use workos::agents::{
    AgentBlueprintInvocableAs, AgentBlueprintInvocableBy, AgentBlueprintSessionSetting,
};
use workos::multi_factor_auth::AuthenticationFactorType;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::organizations::OrganizationDomainDataState;
use workos::pipes::ConnectedAccountState;
use workos::user_management::{
    CreateUserPasswordHashType, CreateUserPasswordSaltPosition, UserIdentityProvider,
};
use workos::{Metadata, SecretString, Timestamp};

pub use self::error::{SeedError, SeedProblem};
pub(crate) use self::read::read_script;
use self::source::Source;
use crate::fields::{is_default, set};
use crate::front::hook::Hook;
use crate::products::agents::blueprints::DEFAULT_SETTINGS;
use crate::products::authorization::resources::NewResourceType;
use crate::products::directory_sync::NewDirectory;
use crate::products::feature_flags::NewFlag;
use crate::products::sso::NewConnection;
use crate::products::webhooks::NewWebhookEndpoint;

/// Data for an emulator: what a team would set up in the dashboard and with the API.
///
/// The keys are those of the official emulator's seed file. Lists: `users`, `organizations` with
/// their `domains`, `memberships` and `groups`, `permissions`, `roles`, `resourceTypes`,
/// `connections`, `directories`, `connectedAccounts`, `pipeConnections`, `invitations`,
/// `connectApplications`, `agentBlueprints`, `apiKeys`, `featureFlags`, `webhookEndpoints` and
/// `errorHooks`; and the object `jwtTemplate`. Entries name each other by email address, name, slug
/// or ID.
///
/// Some are this emulator's own, so that data can say all that [`Emulator::export`] writes:
///
/// | Where | Keys |
/// |---|---|
/// | at the top | `redirectUris` and `corsOrigins`, lists of text |
/// | `users` | `password_hash`, `password_hash_type` and `password_salt_position`, as the API takes them; `locale`; `identities` (`provider`, `idp_id`) besides that of `oauth_provider`; `auth_factors` (`type`, `phone_number`, `totp_issuer`, `totp_user`, `totp_secret`) |
/// | `organizations` | `stripe_customer_id`; `roles` of a membership with several; `id` of memberships and groups. With an `id`, two organizations may have the same name |
/// | `permissions`, `roles` | `resource_type_slug`; `system` of a permission. Roles with the same `priority` are in the order of the list |
/// | `connections`, `directories` | `id` and `external_id`; `id`, `state` and attributes of profiles, users and groups |
/// | `directories` | `scripts`, lists of [`DirectoryScript`](crate::DirectoryScript): what changes in them over time |
/// | `connectedAccounts` | `external_account_id`, `account_display_name` |
/// | `invitations` | `id`, `expires_at`, `token` |
/// | `connectApplications` | `id`, `cors_origins`, `uses_pkce`, `is_first_party`, `was_dynamically_registered`; `client_secret_hashes` (`hash`, `secret_hint`): the SHA-256 of secrets in hexadecimal |
/// | `agentBlueprints` | `id` |
/// | `apiKeys` | `id`; instead of a `value`, `value_hash` (the same hash) and `obfuscated_value`. An entry with nothing but a `value` is accepted as a key in the object is |
///
/// [`Emulator::export`]: crate::Emulator::export
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use workos_emulator::{Emulator, SeedData};
///
/// let data = SeedData::from_json(
///     r#"{
///         "users": [{"email": "ada@acme.test", "first_name": "Ada"}],
///         "organizations": [{
///             "name": "Acme",
///             "domains": [{"domain": "acme.test", "state": "verified"}],
///             "memberships": [{"email": "ada@acme.test", "role": "admin"}]
///         }]
///     }"#,
/// )?;
/// let emulator = Emulator::builder().data(data).start().await?;
///
/// let organizations = emulator.client().organizations();
/// let acme = &organizations.list_organizations(Default::default()).await?.data[0];
/// assert_eq!(acme.domains[0].domain, "acme.test");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeedData {
    #[serde(skip_serializing_if = "is_default")]
    users: Vec<User>,
    #[serde(skip_serializing_if = "is_default")]
    organizations: Vec<Organization>,
    #[serde(skip_serializing_if = "is_default")]
    permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "is_default")]
    roles: Vec<Role>,
    #[serde(skip_serializing_if = "is_default")]
    resource_types: Vec<NewResourceType>,
    #[serde(skip_serializing_if = "is_default")]
    connections: Vec<NewConnection>,
    #[serde(skip_serializing_if = "is_default")]
    directories: Vec<NewDirectory>,
    #[serde(skip_serializing_if = "is_default")]
    connected_accounts: Vec<ConnectedAccount>,
    #[serde(skip_serializing_if = "is_default")]
    pipe_connections: Vec<PipeConnection>,
    #[serde(skip_serializing_if = "is_default")]
    invitations: Vec<Invitation>,
    #[serde(skip_serializing_if = "is_default")]
    connect_applications: Vec<Application>,
    #[serde(skip_serializing_if = "is_default")]
    agent_blueprints: Vec<Blueprint>,
    #[serde(skip_serializing_if = "is_default")]
    api_keys: Option<ApiKeys>,
    #[serde(skip_serializing_if = "is_default")]
    feature_flags: Vec<NewFlag>,
    #[serde(skip_serializing_if = "is_default")]
    webhook_endpoints: Vec<NewWebhookEndpoint>,
    #[serde(skip_serializing_if = "is_default")]
    error_hooks: Vec<Hook>,
    #[serde(skip_serializing_if = "is_default")]
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    cors_origins: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    jwt_template: Option<JwtTemplate>,
    #[serde(skip)]
    source: Source,
}

impl SeedData {
    /// The JSON Schema of seed data (draft 2020-12), for editors: it has every key, what it is for
    /// and which values it takes. `workos-emulator schema` prints it.
    pub const SCHEMA: &str = schema::TEXT;

    /// How many entries there are, by key, without the keys that have none.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let keys = match &self.api_keys {
            None => 0,
            Some(ApiKeys::Accepted(keys)) => keys.len(),
            Some(ApiKeys::OfOrganizations(keys)) => keys.len(),
        };
        let counts = [
            ("users", self.users.len()),
            ("organizations", self.organizations.len()),
            ("permissions", self.permissions.len()),
            ("roles", self.roles.len()),
            ("resourceTypes", self.resource_types.len()),
            ("connections", self.connections.len()),
            ("directories", self.directories.len()),
            ("connectedAccounts", self.connected_accounts.len()),
            ("pipeConnections", self.pipe_connections.len()),
            ("invitations", self.invitations.len()),
            ("connectApplications", self.connect_applications.len()),
            ("agentBlueprints", self.agent_blueprints.len()),
            ("apiKeys", keys),
            ("featureFlags", self.feature_flags.len()),
            ("webhookEndpoints", self.webhook_endpoints.len()),
            ("errorHooks", self.error_hooks.len()),
            ("redirectUris", self.redirect_uris.len()),
            ("corsOrigins", self.cors_origins.len()),
            ("jwtTemplate", usize::from(self.jwt_template.is_some())),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// Where each place of these data is in the text.
    pub(crate) fn source(&self) -> Source {
        self.source.clone()
    }

    /// The API key that clients use, if these data have keys: then no other is accepted.
    pub(crate) fn api_key(&self) -> Option<SecretString> {
        match self.api_keys.as_ref()? {
            ApiKeys::Accepted(keys) => keys.keys().next().map(|key| key.as_str().into()),
            ApiKeys::OfOrganizations(keys) => keys.iter().find_map(|key| key.value.clone()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    email: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    name: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    password: Option<SecretString>,
    /// The hash of the password instead, with its type, as the API takes them.
    #[serde(skip_serializing_if = "is_default")]
    password_hash: Option<SecretString>,
    #[serde(skip_serializing_if = "is_default")]
    password_hash_type: Option<CreateUserPasswordHashType>,
    /// Where the salt of an `ssha256` hash is.
    #[serde(skip_serializing_if = "is_default")]
    password_salt_position: Option<CreateUserPasswordSaltPosition>,
    #[serde(default, skip_serializing_if = "is_default")]
    email_verified: bool,
    #[serde(skip_serializing_if = "is_default")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    locale: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    metadata: Metadata,
    /// Who signs in as this user.
    #[serde(skip_serializing_if = "is_default")]
    impersonator: Option<Impersonator>,
    /// The provider of an account that is linked to the user.
    #[serde(skip_serializing_if = "is_default")]
    oauth_provider: Option<UserIdentityProvider>,
    #[serde(skip_serializing_if = "is_default")]
    oauth_idp_id: Option<String>,
    /// More linked accounts.
    #[serde(default, skip_serializing_if = "is_default")]
    identities: Vec<LinkedAccount>,
    /// Whether an authenticator app is enrolled, with a secret that nobody knows.
    #[serde(default, skip_serializing_if = "is_default")]
    totp: bool,
    /// More second factors.
    #[serde(default, skip_serializing_if = "is_default")]
    auth_factors: Vec<AuthFactor>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkedAccount {
    provider: UserIdentityProvider,
    #[serde(skip_serializing_if = "is_default")]
    idp_id: Option<String>,
}

/// A second factor. Its type decides which fields it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthFactor {
    #[serde(rename = "type")]
    type_: AuthenticationFactorType,
    #[serde(skip_serializing_if = "is_default")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    totp_issuer: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    totp_user: Option<String>,
    /// In Base32; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    totp_secret: Option<SecretString>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Impersonator {
    email: String,
    #[serde(skip_serializing_if = "is_default")]
    reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    metadata: Metadata,
    #[serde(default, skip_serializing_if = "is_default")]
    allow_profiles_outside_organization: bool,
    #[serde(skip_serializing_if = "is_default")]
    stripe_customer_id: Option<String>,
    /// The entitlements in access tokens.
    #[serde(default, skip_serializing_if = "is_default")]
    entitlements: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    domains: Vec<Domain>,
    #[serde(default, skip_serializing_if = "is_default")]
    memberships: Vec<Membership>,
    #[serde(default, skip_serializing_if = "is_default")]
    groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    domain: String,
    /// By default pending.
    #[serde(skip_serializing_if = "is_default")]
    state: Option<OrganizationDomainDataState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    /// The email address of a user.
    email: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    /// The slug of a role; by default that of all members.
    #[serde(skip_serializing_if = "is_default")]
    role: Option<String>,
    /// The slugs of several roles instead.
    #[serde(default, skip_serializing_if = "is_default")]
    roles: Vec<String>,
    /// By default active.
    #[serde(skip_serializing_if = "is_default")]
    status: Option<OrganizationMembershipStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    description: Option<String>,
    /// The email addresses of members of the organization.
    #[serde(default, skip_serializing_if = "is_default")]
    members: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Permission {
    slug: String,
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    description: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    resource_type_slug: Option<String>,
    /// Whether WorkOS manages it, so that no API call can change it.
    #[serde(default, skip_serializing_if = "is_default")]
    system: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    slug: String,
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    type_: Option<workos::RoleType>,
    /// The ID or name of the organization of a custom role.
    #[serde(skip_serializing_if = "is_default")]
    organization_id: Option<String>,
    /// Whether members get it by default.
    #[serde(default, skip_serializing_if = "is_default")]
    is_default_role: bool,
    /// Roles with a lower number come first.
    #[serde(default, skip_serializing_if = "is_default")]
    priority: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    permissions: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    resource_type_slug: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectedAccount {
    /// The email address of the user.
    email: String,
    provider: String,
    /// The ID or name of the organization that the account is scoped to.
    #[serde(skip_serializing_if = "is_default")]
    organization: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    scopes: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    state: Option<ConnectedAccountState>,
    /// The provider's ID of the account.
    #[serde(skip_serializing_if = "is_default")]
    external_account_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    account_display_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PipeConnection {
    user_id: String,
    provider: String,
    #[serde(default, skip_serializing_if = "is_default")]
    scopes: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    status: Option<ConnectedAccountState>,
    #[serde(skip_serializing_if = "is_default")]
    external_account_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    email: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    organization_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    inviter_user_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    role_slug: Option<String>,
    /// By default in a week.
    #[serde(skip_serializing_if = "is_default")]
    expires_at: Option<Timestamp>,
    /// The token in its link; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    token: Option<SecretString>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    /// By default machine-to-machine.
    #[serde(rename = "type", default, skip_serializing_if = "is_default")]
    type_: ApplicationType,
    /// The ID or name of its organization.
    #[serde(skip_serializing_if = "is_default")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    scopes: Vec<String>,
    /// The audience of its tokens, instead of the client ID.
    #[serde(skip_serializing_if = "is_default")]
    audience: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    client_secret: Option<SecretString>,
    /// More client secrets, of which only the hashes are known.
    #[serde(default, skip_serializing_if = "is_default")]
    client_secret_hashes: Vec<SecretHash>,
    #[serde(default, skip_serializing_if = "is_default")]
    redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    cors_origins: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    uses_pkce: bool,
    /// OAuth: whether it is your own, as by default, and not that of its organization.
    #[serde(skip_serializing_if = "is_default")]
    is_first_party: Option<bool>,
    #[serde(default, skip_serializing_if = "is_default")]
    was_dynamically_registered: bool,
    /// The page of the application where people sign in, for the official emulator's Standalone
    /// Connect.
    #[serde(skip_serializing_if = "is_default")]
    login_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretHash {
    /// The SHA-256 in hexadecimal.
    hash: String,
    /// The last characters of the secret.
    #[serde(default, skip_serializing_if = "is_default")]
    secret_hint: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ApplicationType {
    #[default]
    M2m,
    OAuth,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blueprint {
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    description: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    permissions: Option<Vec<String>>,
    /// Organizations by ID or name.
    #[serde(default, skip_serializing_if = "is_default", deserialize_with = "invocable_by")]
    invocable_by: Option<AgentBlueprintInvocableBy>,
    #[serde(skip_serializing_if = "is_default")]
    invocable_as: Option<AgentBlueprintInvocableAs>,
    #[serde(default, skip_serializing_if = "is_default", deserialize_with = "session_settings")]
    session_settings: Option<AgentBlueprintSessionSetting>,
}

fn invocable_by<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<AgentBlueprintInvocableBy>, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct By {
        role_slugs: Option<Vec<String>>,
        #[serde(alias = "organizations")]
        organization_ids: Option<Vec<String>>,
    }
    let by = Option::<By>::deserialize(deserializer)?;
    Ok(by.map(|By { role_slugs, organization_ids }| AgentBlueprintInvocableBy {
        role_slugs,
        organization_ids,
    }))
}

/// Those that are not given are the default.
fn session_settings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<AgentBlueprintSessionSetting>, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        max_age_seconds: Option<i64>,
        access_token_ttl_seconds: Option<i64>,
        refresh_token_ttl_seconds: Option<i64>,
    }
    let given = Option::<Settings>::deserialize(deserializer)?;
    Ok(given.map(|given| {
        let mut settings = DEFAULT_SETTINGS;
        set(&mut settings.max_age_seconds, given.max_age_seconds);
        set(&mut settings.access_token_ttl_seconds, given.access_token_ttl_seconds);
        set(&mut settings.refresh_token_ttl_seconds, given.refresh_token_ttl_seconds);
        settings
    }))
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum ApiKeys {
    /// Keys that requests may have.
    Accepted(BTreeMap<String, AcceptedKey>),
    OfOrganizations(Vec<ApiKey>),
}

/// Without the accepted keys.
impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(keys) => f.debug_tuple("Accepted").field(&keys.values()).finish(),
            Self::OfOrganizations(keys) => f.debug_tuple("OfOrganizations").field(keys).finish(),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AcceptedKey {
    /// The kind of environment, which changes nothing here.
    #[serde(skip_serializing_if = "is_default")]
    environment: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKey {
    /// Required for a key of an organization.
    #[serde(skip_serializing_if = "is_default")]
    name: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    id: Option<String>,
    /// The ID or name of the organization. A key without one only opens the API, and has a value.
    #[serde(skip_serializing_if = "is_default")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    user_id: Option<String>,
    /// The key, `sk_…`; by default a new one.
    #[serde(skip_serializing_if = "is_default")]
    value: Option<SecretString>,
    /// The SHA-256 of the key instead, in hexadecimal.
    #[serde(skip_serializing_if = "is_default")]
    value_hash: Option<String>,
    /// How the API shows a key of which only the hash is known.
    #[serde(skip_serializing_if = "is_default")]
    obfuscated_value: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    permissions: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_default")]
    environment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JwtTemplate {
    content: String,
}
