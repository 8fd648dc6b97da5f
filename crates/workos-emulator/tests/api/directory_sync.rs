//! Directories, and what their providers do to them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use workos::directory_sync::*;
use workos::{Nullable, Page};
use workos_emulator::*;

use super::trial::{Trial, refusal};

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn person(first_name: &str, groups: &[&str]) -> NewDirectoryUser {
    NewDirectoryUser {
        email: Some(format!("{first_name}@acme.test")),
        first_name: text(first_name),
        idp_id: Some(format!("idp_{first_name}")),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..Default::default()
    }
}

fn team(name: &str) -> NewDirectoryGroup {
    NewDirectoryGroup {
        name: name.into(),
        idp_id: Some(format!("idp_{name}")),
        ..Default::default()
    }
}

/// A directory of Acme with two groups, and two users, of whom only Ada is in a group.
fn acme() -> NewDirectory {
    NewDirectory {
        organization: "Acme".into(),
        groups: vec![team("Builders"), team("Sellers")],
        users: vec![person("ada", &["Builders"]), person("bob", &[])],
        ..Default::default()
    }
}

/// The names and the payloads of events after so many.
async fn events_after(trial: &Trial, count: usize) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter().skip(count);
    events
        .map(|event| (event["event"].as_str().unwrap().to_owned(), event["data"].clone()))
        .collect()
}

fn names(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

fn ids(page: &Page<DirectoryUser>) -> Vec<&str> {
    page.data.iter().map(|user| user.id.as_str()).collect()
}

#[tokio::test]
async fn a_directory_is_synced_with_its_users_and_groups() {
    let trial = Trial::new().await;
    let organization = trial.organization_with_domain("Acme").await;
    let before = trial.events().await.len();
    let made = trial.emulator.fixtures().directory(acme()).unwrap();

    let sync = trial.client().directory_sync();
    let directory = sync.get_directory(&made.id).await.unwrap();
    assert_eq!(directory, made);
    assert_eq!(
        json!(directory),
        json!({
            "object": "directory",
            "id": directory.id,
            "organization_id": organization.id,
            "external_key": directory.external_key,
            "type": "okta scim v2.0",
            "state": "linked",
            "name": "Acme",
            "domain": "acme.test",
            "metadata": {"users": {"active": 2, "inactive": 0}, "groups": 2},
            "created_at": directory.created_at,
            "updated_at": directory.updated_at,
        })
    );
    let users = sync.list_users_for_directory(&directory.id, Default::default()).await.unwrap();
    let [bob, ada] = &users.data[..] else { panic!("{users:?}") };
    assert_eq!(
        json!(ada),
        json!({
            "object": "directory_user",
            "id": ada.id,
            "directory_id": directory.id,
            "organization_id": organization.id,
            "idp_id": "idp_ada",
            "email": "ada@acme.test",
            "first_name": "ada",
            "name": "ada",
            "emails": [{"primary": true, "type": "work", "value": "ada@acme.test"}],
            "state": "active",
            "custom_attributes": {},
            "created_at": ada.created_at,
            "updated_at": ada.updated_at,
        })
    );
    assert_eq!(bob.idp_id, "idp_bob");
    let groups = sync.list_groups_for_directory(&directory.id, Default::default()).await.unwrap();
    let [sellers, builders] = &groups.data[..] else { panic!("{groups:?}") };
    assert_eq!((&*sellers.name, &*builders.name), ("Sellers", "Builders"));

    let events = events_after(&trial, before).await;
    assert_eq!(
        names(&events),
        [
            "dsync.activated",
            "dsync.user.created",
            "dsync.user.created",
            "dsync.group.created",
            "dsync.group.created",
            "dsync.group.user_added",
        ]
    );
    let mut activated = json!(directory);
    activated["state"] = json!("active");
    let domain = &organization.domains[0];
    activated["domains"] =
        json!([{"object": "organization_domain", "id": domain.id, "domain": "acme.test"}]);
    let fields = activated.as_object_mut().unwrap();
    fields.remove("domain");
    fields.remove("metadata");
    assert_eq!(events[0].1, activated);
    assert_eq!((&events[1].1, &events[2].1), (&json!(ada), &json!(bob)));
    assert_eq!((&events[3].1, &events[4].1), (&json!(builders), &json!(sellers)));
    let added = json!({"directory_id": directory.id, "user": ada, "group": builders});
    assert_eq!(events[5].1, added);
}

#[tokio::test]
async fn directories_are_filtered() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    trial.organization_with_domain("Globex").await;
    let fixtures = trial.emulator.fixtures();
    let make = |organization: &str, name: Option<&str>, domain: Option<&str>| {
        let (name, domain) = (name.map(str::to_owned), domain.map(str::to_owned));
        let organization = organization.to_owned();
        fixtures
            .directory(NewDirectory { organization, name, domain, ..Default::default() })
            .unwrap()
    };
    let first = make("Acme", None, None);
    let second = make(&acme.id, Some("HR of Acme"), Some("HR.acme.test"));
    let third = make("Globex", None, None);
    let list = async |params: ListDirectoriesParams| {
        let page = trial.client().directory_sync().list_directories(params).await.unwrap();
        page.data
    };
    let all = [third.clone(), second.clone(), first.clone()];
    assert_eq!(list(ListDirectoriesParams::default()).await, all);
    let of_acme = ListDirectoriesParams { organization_id: Some(acme.id), ..Default::default() };
    assert_eq!(list(of_acme).await, [second.clone(), first.clone()]);
    let named = ListDirectoriesParams { search: text("ACME"), ..Default::default() };
    assert_eq!(list(named).await, [second.clone(), first]);
    let at = ListDirectoriesParams { domain: text("hr.Acme.test"), ..Default::default() };
    assert_eq!(list(at).await, [second]);
    let elsewhere = ListDirectoriesParams { organization_id: text("org_1"), ..Default::default() };
    assert_eq!(list(elsewhere).await, []);
}

#[tokio::test]
async fn users_and_groups_are_filtered() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let one = fixtures.directory(acme()).unwrap();
    let two = fixtures.directory(acme()).unwrap();
    let sync = trial.client().directory_sync();
    let of = async |id: &str| {
        let mut users = sync.list_users_for_directory(id, Default::default()).await.unwrap().data;
        users.reverse();
        let groups = sync.list_groups_for_directory(id, Default::default()).await.unwrap();
        (users, groups.data.into_iter().rev().collect::<Vec<_>>())
    };
    let (users, groups) = of(&one.id).await;
    let (others, other_groups) = of(&two.id).await;
    let [ada, bob] = &users[..] else { panic!() };
    let [builders, sellers] = &groups[..] else { panic!() };

    let list = async |params: ListUsersParams| {
        let page = sync.list_users(params).await.unwrap();
        page.data.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    let everybody = [&others[1].id, &others[0].id, &bob.id, &ada.id].map(String::clone);
    assert_eq!(list(ListUsersParams::default()).await, everybody);
    let directory = Some(one.id.clone());
    let in_one = ListUsersParams { directory, ..Default::default() };
    assert_eq!(list(in_one.clone()).await, [bob.id.clone(), ada.id.clone()]);
    let in_group = ListUsersParams { group: Some(builders.id.clone()), ..Default::default() };
    assert_eq!(list(in_group.clone()).await, std::slice::from_ref(&ada.id));
    let both = ListUsersParams { group: Some(builders.id.clone()), ..in_one.clone() };
    assert_eq!(list(both.clone()).await, std::slice::from_ref(&ada.id));
    let by_idp_id = ListUsersParams { idp_id: text("idp_bob"), ..in_one.clone() };
    assert_eq!(list(by_idp_id).await, std::slice::from_ref(&bob.id));
    let by_email = ListUsersParams { email: text("ADA@acme.test"), ..in_one.clone() };
    assert_eq!(list(by_email.clone()).await, std::slice::from_ref(&ada.id));
    let neither = ListUsersParams { idp_id: text("idp_bob"), ..by_email };
    assert_eq!(list(neither).await, [""; 0]);
    let strangers = ListUsersParams { group: Some(other_groups[0].id.clone()), ..in_one.clone() };
    assert_eq!(list(strangers).await, [""; 0]);
    let params =
        ListUsersForDirectoryParams { group: Some(builders.id.clone()), ..Default::default() };
    assert_eq!(ids(&sync.list_users_for_directory(&one.id, params).await.unwrap()), [&ada.id]);

    let list = async |params: ListGroupsParams| sync.list_groups(params).await.unwrap().data;
    let all = [&other_groups[1], &other_groups[0], sellers, builders].map(Clone::clone);
    assert_eq!(list(ListGroupsParams::default()).await, all);
    let of_one = ListGroupsParams { directory: Some(one.id.clone()), ..Default::default() };
    assert_eq!(list(of_one.clone()).await, [sellers.clone(), builders.clone()]);
    let of_ada = ListGroupsParams { user: Some(ada.id.clone()), ..Default::default() };
    assert_eq!(list(of_ada).await, std::slice::from_ref(builders));
    let of_stranger = ListGroupsParams { user: Some(others[0].id.clone()), ..of_one };
    assert_eq!(list(of_stranger).await, []);

    let first = ListUsersParams { limit: Some(1), ..in_one };
    let walk: Vec<_> = sync.list_users_auto_paging(first).try_collect().await.unwrap();
    assert_eq!(walk, [bob.clone(), ada.clone()]);
    assert_eq!(sync.get_user(&ada.id).await.unwrap(), *ada);
    assert_eq!(sync.get_group(&builders.id).await.unwrap(), *builders);
    assert_eq!(sync.get_user_for_directory(&one.id, &ada.id).await.unwrap(), *ada);
    assert_eq!(sync.get_group_for_directory(&one.id, &sellers.id).await.unwrap(), *sellers);

    assert_eq!(
        refusal(sync.get_user_for_directory(&two.id, &ada.id).await),
        "404 entity_not_found"
    );
    assert_eq!(
        refusal(sync.get_group_for_directory(&two.id, &sellers.id).await),
        "404 entity_not_found"
    );
    let elsewhere =
        ListUsersForDirectoryParams { group: Some(sellers.id.clone()), ..Default::default() };
    let refused = sync.list_users_for_directory(&two.id, elsewhere).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    for params in [
        ListUsersParams { idp_id: text("idp_bob"), ..Default::default() },
        ListUsersParams { email: text("ada@acme.test"), ..in_group },
    ] {
        let refused = sync.list_users(params).await;
        assert_eq!(refusal(refused), "422 invalid_request_parameters directory");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let trial = Trial::new().await;
    let sync = trial.client().directory_sync();
    let no = "404 entity_not_found";
    assert_eq!(refusal(sync.get_directory("x").await), no);
    assert_eq!(refusal(sync.delete_directory("x").await), no);
    assert_eq!(refusal(sync.create_directory_sync("x").await), no);
    assert_eq!(refusal(sync.list_groups_for_directory("x", Default::default()).await), no);
    assert_eq!(refusal(sync.get_group_for_directory("x", "x").await), no);
    assert_eq!(refusal(sync.list_users_for_directory("x", Default::default()).await), no);
    assert_eq!(refusal(sync.get_user_for_directory("x", "x").await), no);
    assert_eq!(refusal(sync.get_group("x").await), no);
    assert_eq!(refusal(sync.get_user("x").await), no);
    for (directory, group) in [(text("x"), None), (None, text("x"))] {
        let params = ListUsersParams { directory, group, ..Default::default() };
        assert_eq!(refusal(sync.list_users(params).await), no);
    }
    for (directory, user) in [(text("x"), None), (None, text("x"))] {
        let params = ListGroupsParams { directory, user, ..Default::default() };
        assert_eq!(refusal(sync.list_groups(params).await), no);
    }
}

#[tokio::test]
async fn a_changed_user_tells_what_was_before() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let directory =
        fixtures.directory(NewDirectory { users: vec![], groups: vec![], ..acme() }).unwrap();
    let map =
        |value: Value| value.as_object().unwrap().clone().into_iter().collect::<BTreeMap<_, _>>();
    let new = NewDirectoryUser {
        last_name: text("L"),
        custom_attributes: map(json!({"department": "R&D", "floor": 3})),
        ..person("ada", &[])
    };
    let ada = fixtures.directory_user(&directory.id, new).unwrap();
    assert_eq!(ada.name.as_deref(), Some("ada L"));

    trial.wait(1);
    let before = trial.events().await.len();
    let update = DirectoryUserUpdate {
        email: Some("ada.b@acme.test".into()),
        last_name: Some("B".into()),
        job_title: Some("Engineer".into()),
        raw_attributes: Some(map(json!({"cost_center": 7}))),
        custom_attributes: Some(map(json!({"department": "R&D", "floor": 4, "desk": 1}))),
        ..Default::default()
    };
    let changed = fixtures.update_directory_user(&ada.id, update.clone()).unwrap();
    // The same again changes nothing, and has no event.
    assert_eq!(fixtures.update_directory_user(&ada.id, update).unwrap(), changed);
    let shown = trial.client().directory_sync().get_user(&ada.id).await.unwrap();
    assert_eq!(shown, changed);
    assert_eq!(changed.updated_at, trial.emulator.clock().now());

    let events = events_after(&trial, before).await;
    assert_eq!(names(&events), ["dsync.user.updated"]);
    let mut payload = json!(changed);
    assert_eq!(payload["name"], "ada B");
    assert_eq!(payload["emails"][0]["value"], "ada.b@acme.test");
    payload["previous_attributes"] = json!({
        "email": "ada@acme.test",
        "emails": [{"primary": true, "type": "work", "value": "ada@acme.test"}],
        "last_name": "L",
        "name": "ada L",
        "job_title": null,
        "raw_attributes": {"cost_center": null},
        "custom_attributes": {"floor": 3, "desk": null},
    });
    assert_eq!(events[0].1, payload);

    let clear = DirectoryUserUpdate {
        email: Some(Nullable::Null),
        first_name: Some(Nullable::Null),
        name: Some("Ada".into()),
        ..Default::default()
    };
    let cleared = fixtures.update_directory_user(&ada.id, clear).unwrap();
    assert_eq!((&cleared.email, cleared.emails.as_deref()), (&None, Some(&[][..])));
    assert_eq!(cleared.name.as_deref(), Some("Ada"));
    let back = DirectoryUserUpdate {
        email: Some("ada@acme.test".into()),
        first_name: Some("ada".into()),
        ..Default::default()
    };
    let back = fixtures.update_directory_user(&ada.id, back).unwrap();
    assert_eq!((&back.emails, back.name.as_deref()), (&ada.emails, Some("Ada")));
}

#[tokio::test]
async fn users_and_groups_come_and_go() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let directory = fixtures.directory(acme()).unwrap();
    let sync = trial.client().directory_sync();
    let counts = async || {
        let metadata = sync.get_directory(&directory.id).await.unwrap().metadata.unwrap();
        (metadata.users.active, metadata.users.inactive, metadata.groups)
    };
    let before = trial.events().await.len();
    let carl = fixtures.directory_user(&directory.id, person("carl", &["Sellers"])).unwrap();
    let group = fixtures.directory_group(&directory.id, team("Ops")).unwrap();
    assert_eq!(counts().await, (3, 0, 3));

    trial.wait(1);
    let renamed = fixtures.rename_directory_group(&group.id, "Operations").unwrap();
    fixtures.add_directory_group_member(&group.id, &carl.id).unwrap();
    fixtures.add_directory_group_member(&group.id, &carl.id).unwrap();
    // A membership is not a change of the user.
    assert_eq!(sync.get_user(&carl.id).await.unwrap(), carl);
    fixtures.remove_directory_group_member(&group.id, &carl.id).unwrap();
    let suspended = fixtures.suspend_directory_user(&carl.id).unwrap();
    assert_eq!(suspended.state, DirectoryUserState::Suspended);
    assert_eq!(counts().await, (2, 1, 3));
    fixtures.add_directory_group_member(&group.id, &carl.id).unwrap();
    fixtures.remove_directory_group(&group.id).unwrap();
    fixtures.remove_directory_user(&carl.id).unwrap();
    assert_eq!(counts().await, (2, 0, 2));
    assert_eq!(refusal(sync.get_user(&carl.id).await), "404 entity_not_found");
    assert_eq!(refusal(sync.get_group(&group.id).await), "404 entity_not_found");

    let events = events_after(&trial, before).await;
    assert_eq!(
        names(&events),
        [
            "dsync.user.created",
            "dsync.group.user_added",
            "dsync.group.created",
            "dsync.group.updated",
            "dsync.group.user_added",
            "dsync.group.user_removed",
            "dsync.user.updated",
            "dsync.group.user_added",
            "dsync.group.deleted",
            "dsync.user.deleted",
        ]
    );
    let mut updated = json!(renamed);
    updated["previous_attributes"] = json!({"name": "Ops"});
    assert_eq!(events[3].1, updated);
    let removed = json!({"directory_id": directory.id, "user": carl, "group": renamed});
    assert_eq!(events[5].1, removed);
    assert_eq!(events[6].1["previous_attributes"], json!({"state": "active"}));
    assert_eq!((&events[8].1, &events[9].1), (&json!(renamed), &json!(suspended)));
}

#[tokio::test]
async fn groups_give_roles() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let role = |name: &str, role: &str| NewDirectoryGroup { role: text(role), ..team(name) };
    let directory = NewDirectory {
        groups: vec![role("Bosses", "admin"), role("All", "member"), role("Staff", "member")],
        users: vec![person("ada", &["Staff", "All"])],
        ..acme()
    };
    let directory = fixtures.directory(directory).unwrap();
    let sync = trial.client().directory_sync();
    let roles = async || {
        let ada = sync.list_users_for_directory(&directory.id, Default::default()).await.unwrap();
        let ada = ada.data[0].clone();
        let roles = ada.roles.into_iter().flatten().map(|role| role.slug).collect::<Vec<_>>();
        assert_eq!(ada.role.map(|role| role.slug).as_ref(), roles.first());
        roles
    };
    assert_eq!(roles().await, ["member"]);
    let ada = sync.list_users(Default::default()).await.unwrap().data.remove(0);
    let mut groups = sync.list_groups(Default::default()).await.unwrap().data;
    groups.reverse();
    let [bosses, all, staff] = &groups[..] else { panic!() };

    let before = trial.events().await.len();
    fixtures.add_directory_group_member(&bosses.id, &ada.id).unwrap();
    assert_eq!(roles().await, ["admin", "member"]);
    fixtures.remove_directory_group(&all.id).unwrap();
    assert_eq!(roles().await, ["admin", "member"]);
    let no_role = DirectoryGroupUpdate { role: Some(Nullable::Null), ..Default::default() };
    fixtures.update_directory_group(&staff.id, no_role.clone()).unwrap();
    fixtures.update_directory_group(&staff.id, no_role).unwrap();
    assert_eq!(roles().await, ["admin"]);
    fixtures.remove_directory_group_member(&bosses.id, &ada.id).unwrap();
    assert_eq!(roles().await, [""; 0]);

    let events = events_after(&trial, before).await;
    assert_eq!(
        names(&events),
        [
            "dsync.group.user_added",
            "dsync.user.updated",
            "dsync.group.deleted",
            "dsync.user.updated",
            "dsync.group.user_removed",
            "dsync.user.updated",
        ]
    );
    let previous = json!({"role": {"slug": "member"}, "roles": [{"slug": "member"}]});
    assert_eq!(events[1].1["previous_attributes"], previous);
}

#[tokio::test]
async fn a_deleted_directory_is_one_event() {
    let trial = Trial::new().await;
    let organization = trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let sync = trial.client().directory_sync();
    let by_api = fixtures.directory(acme()).unwrap();
    let by_fixture = fixtures.directory(acme()).unwrap();
    let by_cascade = fixtures.directory(acme()).unwrap();
    let before = trial.events().await.len();
    sync.delete_directory(&by_api.id).await.unwrap();
    fixtures.delete_directory(&by_fixture.id).unwrap();
    trial.client().organizations().delete_organization(&organization.id).await.unwrap();
    let events = events_after(&trial, before).await;
    let events: Vec<_> = events.iter().filter(|(name, _)| name.starts_with("dsync.")).collect();
    assert_eq!(events.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["dsync.deleted"; 3]);
    for ((_, payload), directory) in events.iter().zip([by_api, by_fixture, by_cascade]) {
        let expected = json!({
            "object": "directory",
            "id": directory.id,
            "organization_id": organization.id,
            "type": "okta scim v2.0",
            "state": "deleting",
            "name": "Acme",
            "created_at": directory.created_at,
            "updated_at": directory.updated_at,
        });
        assert_eq!(*payload, expected);
        assert_eq!(refusal(sync.get_directory(&directory.id).await), "404 entity_not_found");
    }
    assert_eq!(sync.list_users(Default::default()).await.unwrap().data, []);
    assert_eq!(sync.list_groups(Default::default()).await.unwrap().data, []);
}

#[tokio::test]
async fn a_directory_is_activated_again() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let state = Some(DirectoryState::Validating);
    let directory = fixtures.directory(NewDirectory { state, ..acme() }).unwrap();
    assert_eq!(directory.state, DirectoryState::Validating);
    trial.wait(1);
    for (given, shown) in [
        (DirectoryState::InvalidCredentials, DirectoryState::InvalidCredentials),
        (DirectoryState::Inactive, DirectoryState::Unlinked),
        (DirectoryState::Active, DirectoryState::Linked),
        (DirectoryState::Linked, DirectoryState::Linked),
    ] {
        assert_eq!(fixtures.set_directory_state(&directory.id, given).unwrap().state, shown);
    }
    let names = trial.event_names().await;
    assert_eq!(names.iter().filter(|name| *name == "dsync.activated").count(), 1);
    let now = trial.client().directory_sync().get_directory(&directory.id).await.unwrap();
    assert_eq!(now.updated_at, trial.emulator.clock().now());
}

#[tokio::test]
async fn google_workspace_is_synced_at_most_every_five_minutes() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let sync = trial.client().directory_sync();
    let okta = fixtures.directory(acme()).unwrap();
    let type_ = Some(DirectoryType::GsuiteDirectory);
    let google = fixtures.directory(NewDirectory { type_, ..acme() }).unwrap();
    let refused = sync.create_directory_sync(&okta.id).await;
    assert_eq!(refusal(refused), "422 directory_sync_unsupported");
    assert_eq!(sync.create_directory_sync(&google.id).await.unwrap().status, "queued");
    trial.wait(59);
    let refused = sync.create_directory_sync(&google.id).await;
    assert_eq!(refusal(refused), "409 directory_sync_in_progress");
    trial.wait(1);
    let refused = sync.create_directory_sync(&google.id).await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(240)));
    assert_eq!(refused.api().unwrap().code.as_deref(), Some("directory_sync_rate_limited"));
    trial.wait(240);
    sync.create_directory_sync(&google.id).await.unwrap();
    fixtures.set_directory_state(&google.id, DirectoryState::InvalidCredentials).unwrap();
    let refused = sync.create_directory_sync(&google.id).await;
    assert_eq!(refusal(refused), "422 directory_sync_unsupported");
}

#[tokio::test]
async fn fixtures_say_what_is_wrong_and_leave_nothing_behind() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let directory = fixtures.directory(acme()).unwrap();
    let other = fixtures.directory(acme()).unwrap();
    let sync = trial.client().directory_sync();
    let user = sync.list_users(Default::default()).await.unwrap().data.remove(0);
    let group = sync.list_groups_for_directory(&directory.id, Default::default()).await.unwrap();
    let group = &group.data[0];
    assert_eq!(user.directory_id, other.id);
    let before = trial.events().await;
    let wrong = |new: NewDirectory| {
        let refusal = fixtures.directory(new).unwrap_err();
        format!("{}: {refusal}", refusal.code())
    };
    assert_eq!(wrong(NewDirectory::default()), "entity_not_found: Organization not found: ''.");
    for type_ in ["rippling", "ldap"] {
        let type_ = Some(DirectoryType::from(type_));
        let code = wrong(NewDirectory { type_, ..acme() });
        assert!(code.starts_with("invalid_directory_type: "), "{code}");
    }
    let state = Some(DirectoryState::from("on"));
    assert!(wrong(NewDirectory { state, ..acme() }).starts_with("invalid_directory_state: "));
    let id = Some(directory.id.clone());
    assert!(wrong(NewDirectory { id, ..acme() }).starts_with("id_already_used: "));
    let id = text("direct ory");
    assert!(wrong(NewDirectory { id, ..acme() }).starts_with("invalid_id: "));
    let users = vec![person("ada", &["Nobody"])];
    assert_eq!(
        wrong(NewDirectory { users, ..acme() }),
        "entity_not_found: Directory group not found: 'Nobody'."
    );
    let users = vec![person("ada", &[]), person("ada", &[])];
    assert!(wrong(NewDirectory { users, ..acme() }).starts_with("idp_id_already_used: "));
    let email = text("ada");
    let users = vec![NewDirectoryUser { email, ..person("ada", &[]) }];
    assert!(wrong(NewDirectory { users, ..acme() }).starts_with("invalid_email: "));
    let state = Some(DirectoryUserState::from("asleep"));
    let users = vec![NewDirectoryUser { state, ..person("ada", &[]) }];
    assert!(wrong(NewDirectory { users, ..acme() }).starts_with("invalid_directory_user_state: "));
    let groups = vec![NewDirectoryGroup { role: text("king"), ..team("Kings") }];
    assert!(wrong(NewDirectory { groups, ..acme() }).starts_with("invalid_role: "));
    assert!(
        wrong(NewDirectory { groups: vec![team(" ")], ..acme() }).starts_with("invalid_name: ")
    );

    let codes = [
        fixtures.add_directory_group_member(&group.id, &user.id).unwrap_err(),
        fixtures.remove_directory_group_member(&group.id, &user.id).unwrap_err(),
        fixtures.rename_directory_group("x", "y").unwrap_err(),
        fixtures.remove_directory_group("x").unwrap_err(),
        fixtures.suspend_directory_user("x").unwrap_err(),
        fixtures.remove_directory_user("x").unwrap_err(),
        fixtures.delete_directory("x").unwrap_err(),
        fixtures.directory_user("x", NewDirectoryUser::default()).unwrap_err(),
        fixtures.directory_group("x", team("y")).unwrap_err(),
    ];
    assert_eq!(codes.map(|error| error.code().to_owned()), ["entity_not_found"; 9]);
    assert_eq!(trial.events().await, before);
}

#[tokio::test]
async fn a_directory_of_a_seed_file_is_read() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let seed = json!({
        "name": "Acme Directory", "organization": "Acme", "type": "okta scim v2.0",
        "domain": "acme.test", "groups": [{"name": "Engineering", "idp_id": "grp_1"}],
        "users": [{
            "email": "ada@acme.test", "first_name": "Ada", "last_name": "L", "idp_id": "usr_1",
            "id": "directory_user_ada", "groups": ["Engineering"],
        }],
    });
    let new: NewDirectory = serde_json::from_value(seed).unwrap();
    trial.emulator.fixtures().directory(new).unwrap();
    let sync = trial.client().directory_sync();
    let ada = sync.get_user("directory_user_ada").await.unwrap();
    assert_eq!(ada.name.as_deref(), Some("Ada L"));
    let of_ada = ListGroupsParams { user: Some(ada.id), ..Default::default() };
    let groups = sync.list_groups(of_ada).await.unwrap().data;
    assert_eq!((groups.len(), &*groups[0].idp_id), (1, "grp_1"));
    let misspelt = serde_json::from_value::<NewDirectory>(json!({"organisation": "Acme"}));
    assert!(misspelt.unwrap_err().to_string().starts_with("unknown field `organisation`"));
    let update = json!({"email": null, "state": "inactive"});
    let update: DirectoryUserUpdate = serde_json::from_value(update).unwrap();
    let expected = DirectoryUserUpdate {
        email: Some(Nullable::Null),
        state: Some(DirectoryUserState::Inactive),
        ..Default::default()
    };
    assert_eq!(update, expected);
}
