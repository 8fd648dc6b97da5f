//! Environments that random requests and fixtures have made.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use workos::Nullable;
use workos::directory_sync::DirectoryState;
use workos::sso::ConnectionState;
use workos_contract::Operation;
use workos_contract::sample::Sampler;
use workos_emulator::{
    DirectoryGroupUpdate, DirectoryUserUpdate, NewDirectory, NewDirectoryGroup, NewDirectoryUser,
    NewFlag, NewFlagRule,
};

use super::check_law;
use crate::abuse::population::{Pool, populated};
use crate::abuse::random::abuse;
use crate::abuse::{operations, target};
use crate::trial::Trial;

/// What begins the paths of operations that change something that is exported.
const PATHS: [&str; 14] = [
    "/agents/blueprints",
    "/api_keys",
    "/auth/factors",
    "/authorization",
    "/connect",
    "/connections",
    "/data-integrations",
    "/directories",
    "/feature-flags",
    "/groups",
    "/organization_domains",
    "/organizations",
    "/user_management",
    "/webhook_endpoints",
];
/// Fields with values of which no two objects may have the same, or that name an object.
const NAMES: [&str; 6] = ["domain", "email", "external_id", "name", "slug", "uri"];

#[derive(Debug, Clone)]
enum Step {
    Request(Request),
    Directory(Index, Change),
    Flag { slug: char, is_on: bool, targets: Vec<Index> },
    Connection(Index, ConnectionState),
    Account { user: Index, organization: Option<Index>, state: &'static str },
    Seconds(u64),
}

/// Which operations a request is chosen from: deletions remove a lot at once.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Creation,
    Change,
    Deletion,
}

#[derive(Debug, Clone)]
struct Request {
    kind: Kind,
    operation: Index,
    id: usize,
    sampler: Sampler,
    names: [char; 6],
}

#[derive(Debug, Clone)]
enum Change {
    Add { has_domain: bool },
    State(DirectoryState),
    User(Index, Option<char>),
    Group(Index, Option<&'static str>),
    Join(Index, Index),
    RemoveUser(Index),
    RemoveGroup(Index),
    Remove,
}

fn name() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['a', 'b', 'c', 'd', 'e'])
}

fn request() -> impl Strategy<Value = Request> {
    let names = prop::array::uniform6(name());
    let kind = prop_oneof![
        10 => Just(Kind::Creation),
        10 => Just(Kind::Change),
        1 => Just(Kind::Deletion),
    ];
    ((kind, any::<Index>()), 0_usize..6, 0_usize..6, any::<[bool; 2]>(), names).prop_map(
        |((kind, operation), id, pick, [optional, nulls], names)| {
            let sampler = Sampler { pick, optional, nulls, ..Sampler::smallest() };
            Request { kind, operation, id, sampler, names }
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    let role = prop::sample::select(vec!["admin", "editor", "org-lead", "unknown"]);
    prop_oneof![
        any::<bool>().prop_map(|has_domain| Change::Add { has_domain }),
        prop::sample::select(vec![DirectoryState::Linked, DirectoryState::Unlinked])
            .prop_map(Change::State),
        (index(), prop::option::of(name())).prop_map(|(at, name)| Change::User(at, name)),
        (index(), prop::option::of(role)).prop_map(|(at, role)| Change::Group(at, role)),
        (index(), index()).prop_map(|(group, user)| Change::Join(group, user)),
        index().prop_map(Change::RemoveUser),
        index().prop_map(Change::RemoveGroup),
        Just(Change::Remove),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let targets = prop::collection::vec(any::<Index>(), 0..4);
    let account_state = prop::sample::select(vec!["connected", "needs_reauthorization"]);
    let states = vec![ConnectionState::Active, ConnectionState::Inactive];
    prop_oneof![
        30 => request().prop_map(Step::Request),
        6 => (any::<Index>(), change()).prop_map(|(at, change)| Step::Directory(at, change)),
        2 => (name(), any::<bool>(), targets)
            .prop_map(|(slug, is_on, targets)| Step::Flag { slug, is_on, targets }),
        1 => (any::<Index>(), prop::sample::select(states))
            .prop_map(|(at, state)| Step::Connection(at, state)),
        2 => (any::<Index>(), prop::option::of(any::<Index>()), account_state)
            .prop_map(|(user, organization, state)| Step::Account { user, organization, state }),
        1 => (0_u64..100_000).prop_map(Step::Seconds),
    ]
}

/// The operations of a kind, in the order of their names.
fn of_kind(kind: Kind) -> Vec<&'static Operation> {
    let is_ours = |one: &&'static Operation| {
        let is_creation = one.method() == "POST" && !one.path().contains('{');
        let is_kind = match kind {
            Kind::Creation => is_creation,
            Kind::Change => !is_creation && !["GET", "DELETE"].contains(&one.method()),
            Kind::Deletion => one.method() == "DELETE",
        };
        is_kind && PATHS.iter().any(|path| one.path().starts_with(path))
    };
    operations().into_iter().filter(is_ours).collect()
}

impl Request {
    /// Puts names into the place of samples.
    fn rename(&self, field: &str, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(name, value)| self.rename(name, value));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(field, item)),
            Value::String(text) => {
                let Some(at) = NAMES.iter().position(|name| *name == field) else { return };
                let name = self.names[at];
                *text = match field {
                    "domain" => format!("{name}.test"),
                    "email" => format!("{name}@acme.test"),
                    "uri" => format!("http://localhost:3000/{name}"),
                    _ => name.to_string(),
                };
            }
            _ => {}
        }
    }

    /// Sends it; whether it was accepted.
    async fn send(&self, trial: &Trial, pool: &mut Pool) -> bool {
        let operation = *self.operation.get(&of_kind(self.kind));
        let (mut query, mut body) = operation.sample_request(&self.sampler);
        pool.fill("", &mut body, self.id);
        pool.fill("", &mut query, self.id);
        self.rename("", &mut body);
        let path = pool.path(operation.path(), self.id);
        let (status, answer) = trial.call(operation.method(), &target(&path, &query), body).await;
        assert!(status < 500 || status == 501, "{} {path}: {status} {answer}", operation.method());
        if status < 300 {
            pool.learn(operation.path(), &answer);
        }
        status < 300
    }
}

/// The IDs in a list of the API.
async fn ids(trial: &Trial, path: &str) -> Vec<String> {
    let (_, list) = trial.call("GET", path, Value::Null).await;
    let items = list["data"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn pick(at: Index, ids: &[String]) -> &str {
    if ids.is_empty() { "none" } else { ids[at.index(ids.len())].as_str() }
}

/// Does what a directory provider does; whether it was possible.
async fn change_directory(trial: &Trial, at: Index, change: &Change) -> bool {
    let fixtures = trial.emulator.fixtures();
    let directories = ids(trial, "/directories?limit=100").await;
    let directory = pick(at, &directories);
    let (users, groups) = (
        ids(trial, &format!("/directory_users?directory={directory}&limit=100")).await,
        ids(trial, &format!("/directory_groups?directory={directory}&limit=100")).await,
    );
    match change {
        Change::Add { has_domain } => {
            let organizations = ids(trial, "/organizations?limit=100").await;
            let new = NewDirectory {
                organization: pick(at, &organizations).to_owned(),
                domain: has_domain.then(|| "own.test".to_owned()),
                ..NewDirectory::default()
            };
            fixtures.directory(new).is_ok()
        }
        Change::State(state) => fixtures.set_directory_state(directory, state.clone()).is_ok(),
        Change::User(user, None) => {
            let update = DirectoryUserUpdate {
                email: Some(Nullable::Null),
                last_name: Some(Nullable::Value("Doe".to_owned())),
                ..DirectoryUserUpdate::default()
            };
            fixtures.update_directory_user(pick(*user, &users), update).is_ok()
        }
        Change::User(group, Some(name)) => {
            let new = NewDirectoryUser {
                email: Some(format!("{name}@acme.test")),
                first_name: Some(name.to_string()),
                groups: groups.get(group.index(groups.len() + 1)).cloned().into_iter().collect(),
                ..NewDirectoryUser::default()
            };
            fixtures.directory_user(directory, new).is_ok()
        }
        Change::Group(group, None) => {
            let role = Some(Nullable::Value("editor".to_owned()));
            let update = DirectoryGroupUpdate { role, ..DirectoryGroupUpdate::default() };
            fixtures.update_directory_group(pick(*group, &groups), update).is_ok()
        }
        Change::Group(_, Some(role)) => {
            let new = NewDirectoryGroup {
                name: "Engineers".to_owned(),
                role: Some((*role).to_owned()),
                ..NewDirectoryGroup::default()
            };
            fixtures.directory_group(directory, new).is_ok()
        }
        Change::Join(group, user) => {
            let (group, user) = (pick(*group, &groups), pick(*user, &users));
            fixtures.add_directory_group_member(group, user).is_ok()
        }
        Change::RemoveUser(user) => fixtures.remove_directory_user(pick(*user, &users)).is_ok(),
        Change::RemoveGroup(group) => {
            fixtures.remove_directory_group(pick(*group, &groups)).is_ok()
        }
        Change::Remove => fixtures.delete_directory(directory).is_ok(),
    }
}

/// Sets a flag with the targets in two rules.
async fn set_flag(trial: &Trial, slug: char, is_on: bool, targets: &[Index]) -> bool {
    let users = ids(trial, "/user_management/users?limit=100").await;
    let organizations = ids(trial, "/organizations?limit=100").await;
    let rule = |target_type: &str, ids: &[String]| NewFlagRule {
        target_type: target_type.to_owned(),
        value: is_on,
        targets: targets.iter().map(|at| pick(*at, ids).to_owned()).collect(),
    };
    let flag = NewFlag {
        slug: slug.to_string(),
        enabled: is_on,
        rules: vec![rule("user", &users), rule("organization", &organizations)],
        ..NewFlag::default()
    };
    let fixtures = trial.emulator.fixtures();
    let is_there = fixtures.change_feature_flag(flag.clone()).is_ok();
    is_there || fixtures.feature_flag(flag).is_ok()
}

impl Step {
    /// Whether it was possible.
    async fn take(&self, trial: &Trial, pool: &mut Pool) -> bool {
        match self {
            Self::Request(request) => request.send(trial, pool).await,
            Self::Directory(at, change) => change_directory(trial, *at, change).await,
            Self::Flag { slug, is_on, targets } => set_flag(trial, *slug, *is_on, targets).await,
            Self::Connection(at, state) => {
                let connections = ids(trial, "/connections?limit=100").await;
                let fixtures = trial.emulator.fixtures();
                fixtures.set_connection_state(pick(*at, &connections), state.clone()).is_ok()
            }
            Self::Account { user, organization, state } => {
                let users = ids(trial, "/user_management/users?limit=100").await;
                let organizations = ids(trial, "/organizations?limit=100").await;
                let scope = organization.map(|at| pick(at, &organizations).to_owned());
                let scope = scope.map(|id| format!("?organization_id={id}")).unwrap_or_default();
                let user = pick(*user, &users);
                let path = format!("/user_management/users/{user}/connected_accounts/slack{scope}");
                let body = json!({"access_token": "token", "scopes": ["chat"], "state": state});
                trial.call("POST", &path, body).await.0 < 300
            }
            Self::Seconds(seconds) => {
                trial.wait(*seconds);
                true
            }
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Default::default()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_export_of_what_requests_made_is_loaded_again(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        block_on(async {
            let (trial, mut pool) = populated().await;
            let mut done = 0;
            for step in &steps {
                done += usize::from(step.take(&trial, &mut pool).await);
            }
            // Otherwise nothing is tested.
            assert!(done >= steps.len() / 10, "only {done} of {} steps were possible", steps.len());
            check_law(&trial).await;
        });
    }

    #[test]
    fn an_export_of_what_abuse_left_behind_is_loaded_again(
        abuses in prop::collection::vec(abuse(), 1..200),
    ) {
        block_on(async {
            let (trial, pool) = populated().await;
            for abuse in &abuses {
                abuse.send(&trial, &pool).await;
            }
            check_law(&trial).await;
        });
    }
}

#[tokio::test]
async fn an_export_of_everything_that_requests_make_is_loaded_again() {
    let (trial, _) = populated().await;
    let data = check_law(&trial).await;
    assert_eq!(data["users"][0]["email"], json!("ada@acme.test"));
    for name in ["users", "organizations", "roles", "connections", "directories", "featureFlags"] {
        assert!(data[name].is_array(), "{name} is missing in {data}");
    }
}
