//! [`SeedData`]: what an emulator has from the start.

mod load;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use workos::agents::CreateAgentBlueprint;
use workos::organization_membership::OrganizationMembershipStatus;
use workos::organizations::OrganizationDomainDataState;
use workos::pipes::ConnectedAccountState;
use workos::user_management::UserIdentityProvider;
use workos::{Metadata, SecretString, Timestamp};

use crate::control::Hook;
use crate::products::authorization::resources::NewResourceType;
use crate::products::directory_sync::NewDirectory;
use crate::products::feature_flags::NewFlag;
use crate::products::sso::NewConnection;
use crate::products::webhooks::NewWebhookEndpoint;
use crate::reply::{Invalid, Refusal};

/// Data for an emulator: what a team would set up in the dashboard and with the API.
///
/// The keys are those of the official emulator's seed file. Lists: `users`, `organizations` with
/// their `domains`, `memberships` and `groups`, `permissions`, `roles`, `resourceTypes`,
/// `connections`, `directories`, `connectedAccounts`, `pipeConnections`, `invitations`,
/// `connectApplications`, `agentBlueprints`, `apiKeys`, `featureFlags`, `webhookEndpoints` and
/// `errorHooks`; and the object `jwtTemplate`. Entries name each other by email address, name, slug
/// or ID.
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
#[derive(Debug, Clone, Default)]
pub struct SeedData {
    users: Vec<User>,
    organizations: Vec<Organization>,
    permissions: Vec<Permission>,
    roles: Vec<Role>,
    resource_types: Vec<NewResourceType>,
    connections: Vec<NewConnection>,
    directories: Vec<NewDirectory>,
    connected_accounts: Vec<ConnectedAccount>,
    pipe_connections: Vec<PipeConnection>,
    invitations: Vec<Invitation>,
    connect_applications: Vec<Application>,
    agent_blueprints: Vec<CreateAgentBlueprint>,
    api_keys: Option<ApiKeys>,
    feature_flags: Vec<NewFlag>,
    webhook_endpoints: Vec<NewWebhookEndpoint>,
    error_hooks: Vec<Hook>,
    jwt_template: Option<JwtTemplate>,
}

impl SeedData {
    /// Reads JSON.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or an entry is wrong in itself: the error has the place of each,
    /// such as `organizations[0].memberships[1].status`.
    pub fn from_json(json: &str) -> Result<Self, Refusal> {
        let data = serde_json::from_str(json)
            .map_err(|error| Refusal::unprocessable("invalid_seed", error.to_string()))?;
        Self::from_value(data)
    }

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// When an entry is wrong in itself, as [`from_json`](Self::from_json).
    pub fn from_value(data: Value) -> Result<Self, Refusal> {
        let mut fields = match data {
            Value::Object(fields) => fields,
            // An empty file of YAML.
            Value::Null => Map::new(),
            _ => return Err(Refusal::unprocessable("invalid_seed", "Seed data is an object.")),
        };
        let mut given = Given { fields: &mut fields, problems: Vec::new() };
        let read = Self {
            users: given.list("users"),
            organizations: given.list("organizations"),
            permissions: given.list("permissions"),
            roles: given.list("roles"),
            resource_types: given.list("resourceTypes"),
            connections: given.list("connections"),
            directories: given.list("directories"),
            connected_accounts: given.list("connectedAccounts"),
            pipe_connections: given.list("pipeConnections"),
            invitations: given.list("invitations"),
            connect_applications: given.list("connectApplications"),
            agent_blueprints: given.list("agentBlueprints"),
            api_keys: given.api_keys("apiKeys"),
            feature_flags: given.list("featureFlags"),
            webhook_endpoints: given.list("webhookEndpoints"),
            error_hooks: given.list("errorHooks"),
            jwt_template: given.one("jwtTemplate"),
        };
        let mut problems = given.problems;
        for name in fields.keys() {
            problems.push(Invalid::new(name, "unknown", "is not a key of seed data."));
        }
        if problems.is_empty() { Ok(read) } else { Err(invalid_seed(&problems)) }
    }

    /// The API key that clients use, if these data have keys: then no other is accepted.
    pub(crate) fn api_key(&self) -> Option<SecretString> {
        match self.api_keys.as_ref()? {
            ApiKeys::Accepted(keys) => keys.keys().next().map(|key| key.as_str().into()),
            ApiKeys::OfOrganizations(keys) => keys.iter().find_map(|key| key.value.clone()),
        }
    }
}

/// All that is wrong with seed data.
fn invalid_seed(problems: &[Invalid]) -> Refusal {
    Refusal::unprocessable("invalid_seed", "The seed data are invalid.")
        .with("errors", serde_json::json!(problems))
}

/// What was given, and what is wrong with it.
struct Given<'a> {
    fields: &'a mut Map<String, Value>,
    problems: Vec<Invalid>,
}

impl Given<'_> {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let items = items.into_iter().enumerate();
                let read = |(index, item)| self.read(item, &format!("{name}[{index}]"));
                items.filter_map(read).collect()
            }
            Some(_) => {
                self.problems.push(Invalid::new(name, "invalid_type", "must be a list."));
                Vec::new()
            }
        }
    }

    fn one<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name)?;
        self.read(value, name)
    }

    /// A list of keys of organizations, or an object whose keys are accepted.
    fn api_keys(&mut self, name: &str) -> Option<ApiKeys> {
        if self.fields.get(name)?.is_object() {
            self.one(name).map(ApiKeys::Accepted)
        } else {
            Some(ApiKeys::OfOrganizations(self.list(name)))
        }
    }

    fn read<T: DeserializeOwned>(&mut self, value: Value, place: &str) -> Option<T> {
        let error = match serde_path_to_error::deserialize(value) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let inner = error.path().to_string();
        let place = if inner == "." { place.to_owned() } else { format!("{place}.{inner}") };
        self.problems.push(Invalid::new(&place, "invalid", format!("– {}.", error.inner())));
        None
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    email: String,
    id: Option<String>,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    password: Option<SecretString>,
    #[serde(default)]
    email_verified: bool,
    external_id: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    /// Who signs in as this user.
    impersonator: Option<Impersonator>,
    /// The provider of an account that is linked to the user.
    oauth_provider: Option<UserIdentityProvider>,
    oauth_idp_id: Option<String>,
    /// Whether an authenticator app is enrolled.
    #[serde(default)]
    totp: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Impersonator {
    email: String,
    reason: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    name: String,
    id: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    allow_profiles_outside_organization: bool,
    /// The entitlements in access tokens.
    #[serde(default)]
    entitlements: Vec<String>,
    #[serde(default)]
    domains: Vec<Domain>,
    #[serde(default)]
    memberships: Vec<Membership>,
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    domain: String,
    /// By default pending.
    state: Option<OrganizationDomainDataState>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    /// The email address of a user.
    email: String,
    /// The slug of a role; by default that of all members.
    role: Option<String>,
    /// By default active.
    status: Option<OrganizationMembershipStatus>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    description: Option<String>,
    /// The email addresses of members of the organization.
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Permission {
    slug: String,
    name: String,
    description: Option<String>,
    resource_type_slug: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    slug: String,
    name: String,
    description: Option<String>,
    #[serde(rename = "type")]
    type_: Option<workos::RoleType>,
    /// The ID or name of the organization of a custom role.
    organization_id: Option<String>,
    /// Whether members get it by default.
    #[serde(default)]
    is_default_role: bool,
    /// Roles with a lower number come first.
    #[serde(default)]
    priority: i64,
    #[serde(default)]
    permissions: Vec<String>,
    resource_type_slug: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectedAccount {
    /// The email address of the user.
    email: String,
    provider: String,
    /// The ID or name of the organization that the account is scoped to.
    organization: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    state: Option<ConnectedAccountState>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PipeConnection {
    user_id: String,
    provider: String,
    #[serde(default)]
    scopes: Vec<String>,
    status: Option<ConnectedAccountState>,
    external_account_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    email: String,
    organization_id: Option<String>,
    inviter_user_id: Option<String>,
    role_slug: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    name: String,
    /// By default machine-to-machine.
    #[serde(rename = "type", default)]
    type_: ApplicationType,
    /// The ID or name of its organization.
    organization: Option<String>,
    description: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    /// The audience of its tokens, instead of the client ID.
    audience: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    #[serde(default)]
    redirect_uris: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ApplicationType {
    #[default]
    M2m,
    OAuth,
}

#[derive(Debug, Clone)]
enum ApiKeys {
    /// Keys that requests may have.
    Accepted(BTreeMap<String, AcceptedKey>),
    OfOrganizations(Vec<ApiKey>),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AcceptedKey {
    /// The kind of environment, which changes nothing here.
    #[serde(rename = "environment")]
    _environment: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKey {
    name: String,
    /// The ID or name of the organization.
    organization: String,
    user_id: Option<String>,
    /// The key, `sk_…`; by default a new one.
    value: Option<SecretString>,
    #[serde(default)]
    permissions: Vec<String>,
    expires_at: Option<Timestamp>,
    #[serde(rename = "environment")]
    _environment: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct JwtTemplate {
    content: String,
}
