//! Random histories: whatever happens at WorkOS, and however late, often and jumbled the mirror
//! hears of it, in the end its tables are what the lists say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use workos::EventName;
use workos_emulator::{
    DirectoryGroupUpdate, DirectoryUserUpdate, Emulator, NewConnection, NewDirectory,
    NewDirectoryGroup, NewDirectoryUser, NewFlag,
};
use workos_mirror::{Mirror, Reconcile};

use crate::support::{TABLES, World, difference, rows, run};

/// Something that happens at WorkOS. The numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
enum Op {
    CreateOrganization,
    UpdateOrganization(usize),
    DeleteOrganization(usize),
    CreateDomain(usize),
    DeleteDomain(usize),
    CreateUser,
    UpdateUser(usize),
    DeleteUser(usize),
    CreateMembership(usize, usize),
    PromoteMembership(usize),
    DeactivateMembership(usize),
    DeleteMembership(usize),
    CreateRole(usize, usize),
    DeleteRole(usize, usize),
    CreateConnection(usize),
    DeleteConnection(usize),
    CreateDirectory(usize),
    DeleteDirectory(usize),
    CreateDirectoryUser(usize),
    UpdateDirectoryUser(usize),
    SuspendDirectoryUser(usize),
    DeleteDirectoryUser(usize),
    CreateDirectoryGroup(usize),
    RenameDirectoryGroup(usize),
    DeleteDirectoryGroup(usize),
    Join(usize, usize),
    Leave(usize, usize),
    CreateFlag,
    ChangeFlag(usize),
    DeleteFlag(usize),
}

/// What happens to the mirror.
#[derive(Debug, Clone)]
enum Step {
    Happens(Op),
    /// Some of the events arrive, in any order, and some of them again.
    Arrives(u64),
    /// The tables are compared with the lists, while this happens.
    Reconcile(Vec<Op>),
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 0..6_usize;
    prop_oneof![
        2 => Just(Op::CreateOrganization),
        1 => n().prop_map(Op::UpdateOrganization),
        1 => n().prop_map(Op::DeleteOrganization),
        1 => n().prop_map(Op::CreateDomain),
        1 => n().prop_map(Op::DeleteDomain),
        2 => Just(Op::CreateUser),
        1 => n().prop_map(Op::UpdateUser),
        1 => n().prop_map(Op::DeleteUser),
        3 => (n(), n()).prop_map(|(o, u)| Op::CreateMembership(o, u)),
        1 => n().prop_map(Op::PromoteMembership),
        1 => n().prop_map(Op::DeactivateMembership),
        1 => n().prop_map(Op::DeleteMembership),
        1 => (n(), n()).prop_map(|(o, r)| Op::CreateRole(o, r)),
        1 => (n(), n()).prop_map(|(o, r)| Op::DeleteRole(o, r)),
        1 => n().prop_map(Op::CreateConnection),
        1 => n().prop_map(Op::DeleteConnection),
        2 => n().prop_map(Op::CreateDirectory),
        1 => n().prop_map(Op::DeleteDirectory),
        3 => n().prop_map(Op::CreateDirectoryUser),
        1 => n().prop_map(Op::UpdateDirectoryUser),
        1 => n().prop_map(Op::SuspendDirectoryUser),
        1 => n().prop_map(Op::DeleteDirectoryUser),
        2 => n().prop_map(Op::CreateDirectoryGroup),
        1 => n().prop_map(Op::RenameDirectoryGroup),
        1 => n().prop_map(Op::DeleteDirectoryGroup),
        5 => (n(), n()).prop_map(|(g, u)| Op::Join(g, u)),
        3 => (n(), n()).prop_map(|(g, u)| Op::Leave(g, u)),
        1 => Just(Op::CreateFlag),
        1 => n().prop_map(Op::ChangeFlag),
        1 => n().prop_map(Op::DeleteFlag),
    ]
}

fn ops(count: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..count)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => op().prop_map(Step::Happens),
        3 => any::<u64>().prop_map(Step::Arrives),
        1 => ops(6).prop_map(Step::Reconcile),
    ]
}

/// The application and the customers, who change things at WorkOS.
#[derive(Clone)]
struct Changes {
    emulator: Arc<Emulator>,
    /// Two changes at once would have the same time.
    one_by_one: Arc<Mutex<()>>,
}

impl Changes {
    async fn call(&self, method: Method, path: &str, body: Value) -> Option<Value> {
        self.emulator.client().request::<Value>(method, path).json(&body).await.ok()
    }

    /// The objects of a list.
    async fn list(&self, path: &str) -> Vec<Value> {
        let client = self.emulator.client();
        let mut objects = Vec::new();
        let mut items = client.request::<workos::Page<Value>>(Method::GET, path);
        if !path.ends_with("roles") {
            items = items.query(&[("order", "asc")]);
        }
        let mut items = items.items();
        while let Ok(Some(item)) = items.try_next().await {
            objects.push(item);
        }
        objects
    }

    async fn id(&self, path: &str, number: usize) -> Option<String> {
        let objects = self.list(path).await;
        let object = objects.get(number.checked_rem(objects.len())?)?;
        object["id"].as_str().map(str::to_owned)
    }

    async fn organization(&self, number: usize) -> Option<String> {
        self.id("/organizations", number).await
    }

    async fn user(&self, number: usize) -> Option<String> {
        self.id("/user_management/users", number).await
    }

    async fn membership(&self, number: usize) -> Option<String> {
        let mut ids = Vec::new();
        let memberships = self.emulator.client().organization_membership();
        for organization in self.list("/organizations").await {
            let organization_id = organization["id"].as_str().map(str::to_owned);
            let list = workos::organization_membership::ListOrganizationMembershipsParams {
                organization_id,
                ..Default::default()
            };
            let page = memberships.list_organization_memberships(list).await.ok()?;
            ids.extend(page.data.into_iter().map(|membership| membership.id));
        }
        ids.get(number.checked_rem(ids.len())?).cloned()
    }

    async fn directory(&self, number: usize) -> Option<String> {
        self.id("/directories", number).await
    }

    /// A user or a group of some directory.
    async fn of_directory(&self, what: &str, number: usize) -> Option<String> {
        let mut ids = Vec::new();
        for directory in self.list("/directories").await {
            let path = format!("/directories/{}/{what}", directory["id"].as_str()?);
            let objects = self.list(&path).await;
            ids.extend(
                objects.iter().filter_map(|object| object["id"].as_str().map(str::to_owned)),
            );
        }
        ids.get(number.checked_rem(ids.len())?).cloned()
    }

    /// Lets something happen, if it can: what there is not, cannot be changed.
    async fn make(&self, op: Op) -> Option<()> {
        let _alone = self.one_by_one.lock().await;
        self.emulator.clock().advance(Duration::from_secs(25));
        let name = format!("n{}", self.emulator.clock().now().as_secs());
        let fixtures = self.emulator.fixtures();
        match op {
            Op::CreateOrganization => {
                let domain = json!([{"domain": format!("{name}.test"), "state": "pending"}]);
                let body = json!({"name": name, "domain_data": domain});
                self.call(Method::POST, "/organizations", body).await?;
            }
            Op::UpdateOrganization(number) => {
                let path = format!("/organizations/{}", self.organization(number).await?);
                self.call(Method::PUT, &path, json!({"name": name})).await?;
            }
            Op::DeleteOrganization(number) => {
                let path = format!("/organizations/{}", self.organization(number).await?);
                self.call(Method::DELETE, &path, json!({})).await;
            }
            Op::CreateDomain(number) => {
                let organization_id = self.organization(number).await?;
                let body =
                    json!({"organization_id": organization_id, "domain": format!("{name}.test")});
                self.call(Method::POST, "/organization_domains", body).await?;
            }
            Op::DeleteDomain(number) => {
                let organizations = self.list("/organizations").await;
                let organization = organizations.get(number)?;
                let id = organization["domains"][0]["id"].as_str()?;
                self.call(Method::DELETE, &format!("/organization_domains/{id}"), json!({})).await;
            }
            Op::CreateUser => {
                let body = json!({"email": format!("{name}@acme.test")});
                self.call(Method::POST, "/user_management/users", body).await?;
            }
            Op::UpdateUser(number) => {
                let path = format!("/user_management/users/{}", self.user(number).await?);
                self.call(Method::PUT, &path, json!({"first_name": name})).await?;
            }
            Op::DeleteUser(number) => {
                let path = format!("/user_management/users/{}", self.user(number).await?);
                self.call(Method::DELETE, &path, json!({})).await;
            }
            Op::CreateMembership(organization, user) => {
                let body = json!({
                    "organization_id": self.organization(organization).await?,
                    "user_id": self.user(user).await?,
                });
                self.call(Method::POST, "/user_management/organization_memberships", body).await?;
            }
            Op::PromoteMembership(number) => {
                let id = self.membership(number).await?;
                let path = format!("/user_management/organization_memberships/{id}");
                self.call(Method::PUT, &path, json!({"role_slug": "admin"})).await?;
            }
            Op::DeactivateMembership(number) => {
                let id = self.membership(number).await?;
                let path = format!("/user_management/organization_memberships/{id}/deactivate");
                self.call(Method::PUT, &path, json!({})).await?;
            }
            Op::DeleteMembership(number) => {
                let id = self.membership(number).await?;
                let path = format!("/user_management/organization_memberships/{id}");
                self.call(Method::DELETE, &path, json!({})).await;
            }
            Op::CreateRole(organization, number) => {
                let id = self.organization(organization).await?;
                let path = format!("/authorization/organizations/{id}/roles");
                let body = json!({"slug": format!("org-{number}"), "name": name});
                self.call(Method::POST, &path, body).await?;
            }
            Op::DeleteRole(organization, number) => {
                let id = self.organization(organization).await?;
                let path = format!("/authorization/organizations/{id}/roles/org-{number}");
                self.call(Method::DELETE, &path, json!({})).await;
            }
            Op::CreateConnection(number) => {
                let organization = self.organization(number).await?;
                fixtures.connection(NewConnection { organization, ..Default::default() }).ok()?;
            }
            Op::DeleteConnection(number) => {
                let path = format!("/connections/{}", self.id("/connections", number).await?);
                self.call(Method::DELETE, &path, json!({})).await;
            }
            Op::CreateDirectory(number) => {
                let organization = self.organization(number).await?;
                let groups = ["Builders", "Sellers"]
                    .map(|name| NewDirectoryGroup { name: name.into(), ..Default::default() });
                let user =
                    NewDirectoryUser { groups: vec!["Builders".into()], ..Default::default() };
                let (groups, users) = (groups.into(), vec![user]);
                let new = NewDirectory { organization, groups, users, ..Default::default() };
                fixtures.directory(new).ok()?;
            }
            Op::DeleteDirectory(number) => {
                fixtures.delete_directory(&self.directory(number).await?).ok()?;
            }
            Op::CreateDirectoryUser(number) => {
                let directory = self.directory(number).await?;
                let new = NewDirectoryUser {
                    email: Some(format!("{name}@acme.test")),
                    ..Default::default()
                };
                fixtures.directory_user(&directory, new).ok()?;
            }
            Op::UpdateDirectoryUser(number) => {
                let id = self.of_directory("users", number).await?;
                let update = DirectoryUserUpdate { name: Some(name.into()), ..Default::default() };
                fixtures.update_directory_user(&id, update).ok()?;
            }
            Op::SuspendDirectoryUser(number) => {
                let id = self.of_directory("users", number).await?;
                fixtures.suspend_directory_user(&id).ok()?;
            }
            Op::DeleteDirectoryUser(number) => {
                let id = self.of_directory("users", number).await?;
                fixtures.remove_directory_user(&id).ok()?;
            }
            Op::CreateDirectoryGroup(number) => {
                let directory = self.directory(number).await?;
                let new = NewDirectoryGroup { name, ..Default::default() };
                fixtures.directory_group(&directory, new).ok()?;
            }
            Op::RenameDirectoryGroup(number) => {
                let id = self.of_directory("groups", number).await?;
                let update = DirectoryGroupUpdate { name: Some(name), ..Default::default() };
                fixtures.update_directory_group(&id, update).ok()?;
            }
            Op::DeleteDirectoryGroup(number) => {
                let id = self.of_directory("groups", number).await?;
                fixtures.remove_directory_group(&id).ok()?;
            }
            Op::Join(group, user) => {
                let group = self.of_directory("groups", group).await?;
                let user = self.of_directory("users", user).await?;
                fixtures.add_directory_group_member(&group, &user).ok()?;
            }
            Op::Leave(group, user) => {
                let group = self.of_directory("groups", group).await?;
                let user = self.of_directory("users", user).await?;
                fixtures.remove_directory_group_member(&group, &user).ok()?;
            }
            Op::CreateFlag => {
                fixtures.feature_flag(NewFlag { slug: name, ..Default::default() }).ok()?;
            }
            Op::ChangeFlag(number) => {
                let flags = self.list("/feature-flags").await;
                let slug = flags.get(number)?["slug"].as_str()?.to_owned();
                let flag = NewFlag { slug, name, enabled: true, ..Default::default() };
                fixtures.change_feature_flag(flag).ok()?;
            }
            Op::DeleteFlag(number) => {
                let flags = self.list("/feature-flags").await;
                fixtures.delete_feature_flag(flags.get(number)?["slug"].as_str()?).ok()?;
            }
        }
        Some(())
    }
}

/// The events between WorkOS and the mirror.
struct Post {
    changes: Changes,
    last: Option<String>,
    under_way: Vec<Value>,
    arrived: Vec<Value>,
}

impl Post {
    /// Takes the events that have happened.
    async fn collect(&mut self) {
        let client = self.changes.emulator.client();
        let names = EventName::KNOWN.iter().map(EventName::as_str).collect::<Vec<_>>().join(",");
        loop {
            let after = self.last.as_deref();
            let query = [("events", Some(&*names)), ("order", Some("asc")), ("after", after)];
            let page = client.request::<workos::Page<Value>>(Method::GET, "/events");
            let page = page.query(&query).await.unwrap();
            let Some(last) = page.data.last() else { return };
            self.last = last["id"].as_str().map(str::to_owned);
            self.under_way.extend(page.data);
        }
    }

    /// Lets some of the events arrive, in any order, and some again.
    async fn deliver(&mut self, seed: u64) -> Vec<Value> {
        self.collect().await;
        let mut random = Random(seed);
        let under_way = std::mem::take(&mut self.under_way);
        let (mut now, later): (Vec<_>, Vec<_>) =
            under_way.into_iter().partition(|_| random.below(3) > 0);
        self.under_way = later;
        let again = self.arrived.iter().filter(|_| random.below(4) == 0).cloned();
        let again: Vec<_> = again.collect();
        self.arrived.extend(now.iter().cloned());
        now.extend(again);
        for at in 0..now.len() {
            now.swap(at, random.below(at + 1));
        }
        now
    }

    async fn deliver_the_rest(&mut self) -> Vec<Value> {
        self.collect().await;
        self.under_way.reverse();
        std::mem::take(&mut self.under_way)
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

async fn happens(before: Vec<Op>, meanwhile: Vec<Op>, steps: Vec<Step>) {
    let world = World::new().await;
    let emulator = world.emulator.clone();
    let changes = Changes { emulator, one_by_one: Arc::default() };
    let mut post =
        Post { changes: changes.clone(), last: None, under_way: Vec::new(), arrived: Vec::new() };
    for op in before {
        changes.make(op).await;
    }
    let during = |ops: Vec<Op>| {
        for op in ops {
            let changes = changes.clone();
            world.wire.meanwhile(async move { changes.make(op).await.unwrap_or_default() });
        }
    };
    during(meanwhile);
    world.mirror().await.backfill(|_| {}).await.unwrap();
    world.wire.tell([]);
    for step in steps {
        match step {
            Step::Happens(op) => changes.make(op).await.unwrap_or_default(),
            Step::Arrives(seed) => {
                world.wire.tell(post.deliver(seed).await);
                world.settle().await;
            }
            Step::Reconcile(ops) => {
                during(ops);
                world.mirror().await.reconcile(Reconcile::default()).await.unwrap();
            }
        }
    }
    world.wire.forget_the_rest();
    world.wire.tell(post.deliver_the_rest().await);
    let mirror = world.settle().await;
    assert_eq!(mirror.status().await.unwrap().dead_letters, 0);
    let (tables, expected) = (rows(&mirror).await, world.expected().await);
    assert_eq!(difference(&tables, &expected), Vec::<String>::new());
    assert_eq!(changed(&mirror).await, ids(&mirror).await);
}

/// The rows that there are, by what the changes say.
async fn changed(mirror: &Mirror) -> BTreeSet<(String, String)> {
    let mut rows = BTreeSet::new();
    for change in mirror.render("changes").await.unwrap() {
        let fields: BTreeMap<_, _> =
            change.split(' ').filter_map(|field| field.split_once('=')).collect();
        let row = (fields["table_name"].to_owned(), fields["row_id"].to_owned());
        match fields["operation"] {
            "insert" => assert!(rows.insert(row), "{change}: it was there"),
            "update" => assert!(rows.contains(&row), "{change}: it was not there"),
            "delete" => assert!(rows.remove(&row), "{change}: it was not there"),
            other => panic!("{other}"),
        }
    }
    rows
}

async fn ids(mirror: &Mirror) -> BTreeSet<(String, String)> {
    let mut ids = BTreeSet::new();
    for (table, rows) in TABLES.iter().zip(rows(mirror).await) {
        ids.extend(rows.iter().map(|row| {
            let id = row.split(' ').next().unwrap().trim_start_matches("id=");
            ((*table).to_owned(), id.to_owned())
        }));
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn in_the_end_the_tables_are_what_the_lists_say(
        before in ops(20),
        meanwhile in ops(12),
        steps in prop::collection::vec(step(), 0..40),
    ) {
        run(happens(before, meanwhile, steps));
    }
}
