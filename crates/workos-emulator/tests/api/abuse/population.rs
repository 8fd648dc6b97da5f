//! An emulator with objects of every kind, and the values to name them by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workos::PipesOwnership;
use workos_contract::sample::Sampler;
use workos_emulator::{
    NewAgentClaimAttempt, NewAgentCredential, NewAgentRegistration, NewApplication, NewConnection,
    NewDirectory, NewDirectoryGroup, NewDirectoryUser, NewFlag, NewProfile,
};

use super::{encoded, operations, target};
use crate::trial::Trial;

/// Values that answers had, for requests to send: by the path of the list that they are in, and by
/// the name of the field.
#[derive(Default)]
pub(crate) struct Pool {
    pub(super) by_path: BTreeMap<(String, &'static str), BTreeSet<String>>,
    pub(super) by_field: BTreeMap<String, BTreeSet<String>>,
}

/// What objects are named by in paths.
const KEYS: [&str; 4] = ["external_id", "slug", "name", "id"];

impl Pool {
    pub(crate) fn learn(&mut self, path: &str, answer: &Value) {
        let objects = answer["data"].as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
        for object in objects {
            for name in KEYS {
                if let Some(text) = object[name].as_str().filter(|text| text.len() < 100) {
                    let list = (path.to_owned(), name);
                    self.by_path.entry(list).or_default().insert(text.to_owned());
                }
            }
        }
        self.learn_fields(answer);
    }

    fn learn_fields(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn_fields(item)),
            Value::Object(fields) => {
                if let (Some(kind), Some(id)) = (fields.get("object"), fields.get("id")) {
                    let kind = kind.as_str().unwrap_or_default();
                    for name in [kind.to_owned(), format!("{kind}_id")] {
                        self.learn_field(&name, id);
                    }
                }
                for (name, value) in fields {
                    self.learn_field(name, value);
                    self.learn_fields(value);
                }
            }
            _ => {}
        }
    }

    fn learn_field(&mut self, name: &str, value: &Value) {
        if let Some(text) = value.as_str().filter(|text| text.len() < 100) {
            self.by_field.entry(name.to_owned()).or_default().insert(text.to_owned());
        }
    }

    fn of_field(&self, name: &str, at: usize) -> Option<&String> {
        nth(self.by_field.get(name)?, at)
    }

    /// A path with a value for each placeholder: mostly one that it is meant for.
    pub(crate) fn path(&self, template: &str, at: usize) -> String {
        let mut list = String::new();
        let mut path = String::new();
        for part in template.split('/').skip(1) {
            let value = match part.strip_prefix('{') {
                Some(name) => {
                    let name = snake_case(name.trim_end_matches('}'));
                    let key = KEYS.into_iter().find(|key| name.ends_with(key)).unwrap_or("id");
                    let in_list = self.by_path.get(&(list.clone(), key));
                    let known = in_list.and_then(|values| nth(values, at));
                    known
                        .or_else(|| self.of_field(&name, at))
                        .map_or(name.clone(), |id| encoded(id))
                }
                None => part.to_owned(),
            };
            path = format!("{path}/{value}");
            list = format!("{list}/{part}");
        }
        path
    }

    /// Puts IDs that exist into the place of samples.
    pub(crate) fn fill(&self, name: &str, value: &mut Value, at: usize) {
        match value {
            Value::Array(items) => {
                let name = name.trim_end_matches('s');
                items.iter_mut().for_each(|item| self.fill(name, item, at));
            }
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(name, value)| self.fill(name, value, at));
            }
            Value::String(text) if text == "text" => {
                if let Some(known) = self.of_field(name, at) {
                    known.clone_into(text);
                }
            }
            _ => {}
        }
    }
}

fn nth(values: &BTreeSet<String>, at: usize) -> Option<&String> {
    values.iter().nth(at.checked_rem(values.len())?)
}

fn snake_case(name: &str) -> String {
    let lower = |char: char| match char.is_uppercase() {
        true => format!("_{}", char.to_lowercase()),
        false => char.to_string(),
    };
    name.chars().map(lower).collect()
}

/// An emulator with objects of every kind.
pub(crate) async fn populated() -> (Trial, Pool) {
    let trial = Trial::new().await;
    let mut pool = Pool::default();
    let post = async |path: &str, body: Value| {
        let (status, object) = trial.call("POST", path, body).await;
        assert_eq!(status, 201, "{path}: {object}");
        object["id"].as_str().unwrap().to_owned()
    };
    let acme = post("/organizations", json!({"name": "Acme", "external_id": "acme"})).await;
    let ada = post("/user_management/users", json!({"email": "ada@acme.test"})).await;
    let member = json!({"user_id": ada, "organization_id": acme});
    post("/user_management/organization_memberships", member).await;
    let fixtures = trial.emulator.fixtures();
    fixtures.session(&ada);
    fixtures.identity(&ada, workos::UserIdentityProvider::GithubOAuth);
    fixtures.radar_challenge(&ada).unwrap();
    fixtures.resource_type("text", &["organization"]).unwrap();
    fixtures.system_permission("widgets:manage", "Manage").unwrap();
    fixtures.several_connected_accounts();
    fixtures.shared_data_integration("slack", PipesOwnership::User).unwrap();
    let application =
        NewApplication { name: "App".to_owned(), is_first_party: true, ..Default::default() };
    let application = fixtures.application(application).unwrap();
    fixtures.authorized_application(&acme, &ada, application);
    let flag = NewFlag { slug: "beta".to_owned(), name: "Beta".to_owned(), ..Default::default() };
    fixtures.feature_flag(flag).unwrap();
    let profile = NewProfile { email: "ada@acme.test".to_owned(), ..Default::default() };
    let connection =
        NewConnection { organization: acme.clone(), profiles: vec![profile], ..Default::default() };
    fixtures.connection(connection).unwrap();
    let group = NewDirectoryGroup { name: "Engineers".to_owned(), ..Default::default() };
    let user = NewDirectoryUser {
        email: Some("ada@acme.test".to_owned()),
        groups: vec!["Engineers".to_owned()],
        ..Default::default()
    };
    let directory = NewDirectory {
        organization: acme.clone(),
        groups: vec![group],
        users: vec![user],
        ..Default::default()
    };
    fixtures.directory(directory).unwrap();
    let agent = NewAgentRegistration { organization_id: acme.clone(), ..Default::default() };
    let agent = fixtures.agent_registration(agent).unwrap();
    let registration_id = agent.id.clone();
    let credential = NewAgentCredential { registration_id, ..Default::default() };
    fixtures.agent_credential(credential).unwrap();
    let attempt = NewAgentClaimAttempt {
        registration_id: agent.id.clone(),
        login_hint: "ada@acme.test".to_owned(),
        ..Default::default()
    };
    fixtures.agent_claim_attempt(attempt).unwrap();
    for (path, body) in [
        ("/organizations/{org}/it_contacts", json!({"email": "it@acme.test"})),
        ("/organizations/{org}/groups", json!({"name": "Engineers"})),
        ("/organizations/{org}/api_keys", json!({"name": "CI"})),
        ("/user_management/users/{user}/auth_factors", json!({"type": "totp"})),
        ("/user_management/invitations", json!({"email": "bob@acme.test"})),
        ("/user_management/redirect_uris", json!({"uri": "http://localhost:3000/callback"})),
        ("/user_management/cors_origins", json!({"origin": "http://localhost:3000"})),
        ("/user_management/magic_auth", json!({"email": "ada@acme.test"})),
        ("/user_management/password_reset", json!({"email": "ada@acme.test"})),
        ("/authorization/roles", json!({"slug": "editor", "name": "Editor"})),
        ("/authorization/permissions", json!({"slug": "posts:write", "name": "Write posts"})),
        ("/authorization/organizations/{org}/roles", json!({"slug": "org-lead", "name": "Lead"})),
        (
            "/authorization/resources",
            json!({
                "external_id": "text", "name": "Text", "resource_type_slug": "text",
                "organization_id": acme,
            }),
        ),
        ("/auth/factors/enroll", json!({"type": "sms", "phone_number": "+15005550006"})),
        (
            "/webhook_endpoints",
            json!({
                "endpoint_url": "http://127.0.0.1:1/hook", "events": ["user.created"],
            }),
        ),
        ("/agents/blueprints", json!({"name": "Agent"})),
        (
            "/vault/v1/kv",
            json!({
                "name": "token", "value": "secret", "key_context": {"organization_id": acme},
            }),
        ),
    ] {
        let template = path.replace("{org}", "{organization_id}").replace("{user}", "{user_id}");
        let path = path.replace("{org}", &acme).replace("{user}", &ada);
        let (status, object) = trial.call("POST", &path, body).await;
        assert!(status < 300, "{path}: {status} {object}");
        pool.learn(&template, &object);
    }
    // What requests make: each round uses what the ones before have made.
    for round in 0..3 {
        for operation in operations().iter().filter(|one| one.method() != "DELETE") {
            let sampler = match round {
                0 => Sampler::largest(),
                _ => Sampler { pick: round - 1, ..Sampler::smallest() },
            };
            let (mut query, mut body) = operation.sample_request(&sampler);
            pool.fill("", &mut body, 0);
            if operation.method() == "GET" {
                (query, body) = (json!({}), Value::Null);
            }
            let path = pool.path(operation.path(), 0);
            let (status, answer) =
                trial.call(operation.method(), &target(&path, &query), body).await;
            assert!(status < 500, "{}: {answer}", operation.name());
            if status < 300 {
                pool.learn(operation.path(), &answer);
            }
        }
    }
    for event in trial.events().await {
        pool.learn_fields(&event);
    }
    (trial, pool)
}
