//! What events do to the tables, in whatever order they come.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{World, difference, event, nothing, rows, run, user};

/// A world whose mirror is filled and follows events of our own making.
async fn scripted() -> World {
    let world = World::new().await;
    world.one_of_each().await;
    world.mirror().await.backfill(nothing).await.unwrap();
    world.wire.tell([]);
    world
}

/// Lets these events arrive.
async fn tell(world: &World, events: impl IntoIterator<Item = Value>) {
    world.wire.tell(events);
    world.settle().await;
}

/// The first names of the users, without that of Ada.
async fn names(world: &World) -> Vec<String> {
    let users = world.mirror().await.render("users").await.unwrap();
    let names = users
        .iter()
        .filter_map(|user| user.split(' ').find_map(|field| field.strip_prefix("first_name=")));
    names.filter(|name| *name != "Ada").map(str::to_owned).collect()
}

const BEFORE: usize = 13;

#[test]
fn an_older_object_never_overwrites_a_newer_one() {
    run(async {
        let world = scripted().await;
        let at = |second: u32| format!("2026-03-01T12:00:0{second}.000Z");
        tell(&world, [event(1, "user.updated", &at(3), user("user_1", "New", &at(3)))]).await;
        tell(&world, [event(2, "user.created", &at(1), user("user_1", "Old", &at(1)))]).await;
        assert_eq!(names(&world).await, ["New"]);
        // As new as what the table has.
        tell(&world, [event(3, "user.updated", &at(3), user("user_1", "Newer", &at(3)))]).await;
        assert_eq!(names(&world).await, ["Newer"]);
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            ["insert users user_1 event_1", "update users user_1 event_3"]
        );
    });
}

#[test]
fn times_are_compared_as_instants() {
    run(async {
        let world = scripted().await;
        for (number, time, name) in [
            (1, "2026-03-01T12:00:05.000Z", "At 5"),
            (2, "2026-03-01 12:00:06", "At 6"),
            (3, "2026-03-01T12:00:05.999Z", "Before 6"),
            (4, "2026-03-01T13:00:05+01:00", "Again at 5"),
            (5, "2026-03-01T12:00:06.000001Z", "A moment after 6"),
        ] {
            tell(&world, [event(number, "user.updated", time, user("user_1", name, time))]).await;
        }
        let mirror = world.mirror().await;
        assert_eq!(
            world.changes(&mirror, BEFORE).await,
            [
                "insert users user_1 event_1",
                "update users user_1 event_2",
                "update users user_1 event_5",
            ]
        );
        let users = mirror.render("users").await.unwrap();
        let user = users.iter().find(|user| user.starts_with("id=user_1 ")).unwrap();
        assert!(user.ends_with("updated_at=2026-03-01T12:00:06.000001Z"), "{user}");
    });
}

#[test]
fn an_event_that_comes_again_changes_nothing() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:01.000Z";
        let again = || {
            [
                event(1, "user.created", at, user("user_1", "Grace", at)),
                event(2, "dsync.group.user_removed", at, membership()),
                event(3, "user.deleted", at, user("user_2", "Gone", at)),
            ]
        };
        for _ in 0..3 {
            tell(&world, again()).await;
        }
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            [
                "insert users user_1 event_1",
                "delete directory_group_members <builders>/<bob> event_2"
            ]
        );
    });
}

#[test]
fn what_was_deleted_does_not_come_back() {
    run(async {
        let world = scripted().await;
        let at = |second: u32| format!("2026-03-01T12:00:0{second}.000Z");
        // The deletion comes first.
        tell(&world, [event(3, "user.deleted", &at(3), user("user_1", "Gone", &at(2)))]).await;
        tell(&world, [event(1, "user.created", &at(1), user("user_1", "New", &at(1)))]).await;
        tell(&world, [event(2, "user.updated", &at(2), user("user_1", "Late", &at(2)))]).await;
        // Changed last on a machine whose clock is ahead of the log's.
        tell(&world, [event(4, "user.deleted", &at(4), user("user_2", "Gone", &at(6)))]).await;
        tell(&world, [event(5, "user.updated", &at(4), user("user_2", "Late", &at(6)))]).await;
        assert_eq!(names(&world).await, [""; 0]);
        assert_eq!(world.changes(&world.mirror().await, BEFORE).await, [""; 0]);
    });
}

#[test]
fn a_list_that_was_read_before_a_deletion_does_not_bring_the_row_back() {
    run(async {
        let world = scripted().await;
        let (ada, at) = (world.id("<ada>"), "2026-03-01T12:00:01.000Z");
        world.tick();
        // The list of organizations comes first.
        world.wire.meanwhile(async {});
        let deletion = event(1, "user.deleted", at, user(&ada, "Ada", at));
        let again = Arc::new(world);
        let other = again.clone();
        again.wire.meanwhile(async move { tell(&other, [deletion]).await });
        let mirror = again.mirror().await;
        let report = mirror.reconcile(Default::default()).await.unwrap();
        assert_eq!(names(&again).await, [""; 0]);
        let users = report.tables["users"];
        assert_eq!((users.listed, users.missing, users.outdated, users.surplus), (1, 0, 0, 0));
        assert_eq!(
            again.changes(&mirror, BEFORE).await,
            ["delete users <ada> event_1", "delete organization_memberships <membership> event_1"]
        );
    });
}

/// The payload of events about Bob and the group Builders.
fn membership() -> Value {
    json!({
        "directory_id": "directory_1",
        "user": {
            "id": "directory_user_bob",
            "directory_id": "directory_1",
            "organization_id": "org_1",
        },
        "group": {"id": "directory_group_builders"},
    })
}

#[test]
fn of_what_is_known_about_a_membership_the_latest_counts() {
    run(async {
        let world = scripted().await;
        let members =
            async || world.mirror().await.render("directory_group_members").await.unwrap();
        let at = |second: u32| format!("2026-03-01T12:00:0{second}.000Z");
        let comes = async |number, name, second| {
            let name = format!("dsync.group.user_{name}");
            tell(&world, [event(number, &name, &at(second), membership())]).await;
            members().await.len()
        };
        assert_eq!(comes(1, "added", 3).await, 1);
        assert_eq!(comes(2, "removed", 2).await, 1, "it was added later");
        assert_eq!(comes(3, "removed", 4).await, 0);
        assert_eq!(comes(4, "added", 3).await, 0, "it was removed later");
        assert_eq!(comes(5, "added", 5).await, 1, "members can come back");
        assert_eq!(comes(6, "removed", 4).await, 1, "but not leave before that");
        assert_eq!(comes(7, "added", 8).await, 1);
        assert_eq!(comes(8, "removed", 7).await, 1, "it was heard of again since");
        assert_eq!(comes(9, "removed", 9).await, 0);
        assert_eq!(comes(10, "removed", 6).await, 0);
        assert_eq!(comes(11, "added", 7).await, 0, "the latest removal counts");
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            [
                "update directory_group_members <builders>/<bob> event_1",
                "delete directory_group_members <builders>/<bob> event_3",
                "insert directory_group_members <builders>/<bob> event_5",
                "delete directory_group_members <builders>/<bob> event_9",
            ]
        );
    });
}

/// What goes with an object, and what of it is not taken in when it is heard of later.
async fn goes_with(name: &str, object: &str) -> (Vec<String>, Vec<String>) {
    let world = scripted().await;
    let at = "2026-03-01T12:00:05.000Z";
    let data = json!({"id": world.id(object), "updated_at": at});
    tell(&world, [event(1, name, at, data)]).await;
    let deleted = world.changes(&world.mirror().await, BEFORE).await;
    let tables = deleted.iter().map(|change| change.split(' ').nth(1).unwrap().to_owned());

    let late = [
        ("organization_domain.updated", "domain"),
        ("organization_membership.updated", "membership"),
        ("dsync.group.updated", "group"),
        ("dsync.user.updated", "user"),
    ];
    let mut owners = json!({"updated_at": at});
    owners["organization_id"] = world.id("<acme>").into();
    owners["user_id"] = world.id("<ada>").into();
    owners["directory_id"] = world.id("<directory>").into();
    let mut events: Vec<_> = late
        .into_iter()
        .zip(2..)
        .map(|((name, id), number)| {
            let mut data = owners.clone();
            data["id"] = id.into();
            event(number, name, at, data)
        })
        .collect();
    let mut bob = owners.clone();
    bob["id"] = world.id("<bob>").into();
    let member = json!({"user": bob, "group": {"id": world.id("<builders>")}});
    events.push(event(6, "dsync.group.user_added", "2026-03-01T12:00:06Z", member));
    tell(&world, events).await;
    let taken = rows(&world.mirror().await).await.concat();
    let taken: Vec<_> = taken.iter().map(|row| world.named(row)).collect();
    let late = late.map(|(_, id)| id).into_iter().chain(["<builders>/<bob>"]);
    let refused = late.filter(|id| !taken.iter().any(|row| row.starts_with(&format!("id={id} "))));
    (tables.collect(), refused.map(str::to_owned).collect())
}

#[test]
fn what_belongs_to_something_that_was_deleted_goes_with_it_and_stays_away() {
    run(async {
        let all = ["domain", "membership", "group", "user", "<builders>/<bob>"];
        assert_eq!(
            goes_with("organization.deleted", "<acme>").await,
            strings(
                &[
                    "organizations",
                    "organization_domains",
                    "organization_memberships",
                    "roles",
                    "connections",
                    "directories",
                    "directory_groups",
                    "directory_users",
                    "directory_group_members",
                ],
                &all
            )
        );
        assert_eq!(
            goes_with("user.deleted", "<ada>").await,
            strings(&["users", "organization_memberships"], &["membership"])
        );
        // WorkOS sends no events for what was in a directory or a group.
        assert_eq!(
            goes_with("dsync.deleted", "<directory>").await,
            strings(
                &["directories", "directory_groups", "directory_users", "directory_group_members"],
                &["group", "user", "<builders>/<bob>"]
            )
        );
        assert_eq!(
            goes_with("dsync.group.deleted", "<builders>").await,
            strings(&["directory_groups", "directory_group_members"], &["<builders>/<bob>"])
        );
        assert_eq!(
            goes_with("dsync.user.deleted", "<bob>").await,
            strings(&["directory_users", "directory_group_members"], &["<builders>/<bob>"])
        );
        assert_eq!(
            goes_with("organization_domain.deleted", "<domain>").await,
            strings(&["organization_domains"], &[])
        );
        assert_eq!(
            goes_with("connection.deleted", "<connection>").await,
            strings(&["connections"], &[])
        );
        assert_eq!(goes_with("flag.deleted", "<flag>").await, strings(&["feature_flags"], &[]));
    });
}

fn strings(tables: &[&str], late: &[&str]) -> (Vec<String>, Vec<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    (owned(tables), owned(late))
}

#[test]
fn something_that_was_taken_for_deleted_comes_back_with_what_belongs_to_it() {
    run(async {
        let world = scripted().await;
        let (acme, at) = (world.id("<acme>"), |second: u32| format!("2026-03-01T12:00:0{second}Z"));
        let organization = |second| json!({"id": acme, "name": "Acme", "updated_at": at(second)});
        let domain = json!({"id": "domain_1", "organization_id": acme, "updated_at": at(2)});
        let events = [
            event(1, "organization.deleted", &at(1), organization(0)),
            event(2, "organization_domain.created", &at(2), domain.clone()),
            event(3, "organization.updated", &at(3), organization(3)),
            event(4, "organization_domain.created", &at(4), domain),
        ];
        tell(&world, events).await;
        let changes = world.changes(&world.mirror().await, BEFORE).await;
        let since: Vec<_> = changes.iter().filter(|change| !change.ends_with(" event_1")).collect();
        assert_eq!(
            since,
            ["insert organizations <acme> event_3", "insert organization_domains domain_1 event_4"]
        );
    });
}

#[test]
fn a_directory_user_that_was_only_deactivated_stays_as_inactive() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:05.000Z";
        let bob = json!({
            "id": "directory_user_bob",
            "directory_id": "directory_1",
            "organization_id": "org_1",
            "state": "inactive",
            "updated_at": at,
        });
        tell(&world, [event(1, "dsync.user.updated", at, bob)]).await;
        assert_eq!(
            world.mirror().await.render("directory_users").await.unwrap(),
            ["id=directory_user_bob directory_id=directory_1 organization_id=org_1 \
              state=inactive updated_at=2026-03-01T12:00:05.000000Z"]
        );
    });
}

#[test]
fn an_organization_brings_its_domains() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:05.000Z";
        let domain = json!({
            "id": "domain_1",
            "organization_id": "org_1",
            "domain": "beta.test",
            "state": "pending",
            "updated_at": at,
        });
        let beta = json!({"id": "org_1", "name": "Beta", "domains": [domain], "updated_at": at});
        tell(&world, [event(1, "organization.created", at, beta)]).await;
        let mut failed = domain.clone();
        failed["state"] = "failed".into();
        let failed =
            json!({"reason": "domain_verification_period_expired", "organization_domain": failed});
        tell(&world, [event(2, "organization_domain.verification_failed", at, failed)]).await;
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            [
                "insert organizations org_1 event_1",
                "insert organization_domains domain_1 event_1",
                "update organization_domains domain_1 event_2",
            ]
        );
    });
}

#[test]
fn what_events_do_not_have_is_asked_for() {
    run(async {
        let world = World::new().await;
        world.mirror().await.backfill(nothing).await.unwrap();
        world.one_of_each().await;
        let role = json!({"slug": "auditor", "name": "Auditor", "description": "Looks"});
        world.post("/authorization/roles", role).await;
        world.wire.take_requests();
        let mirror = world.settle().await;
        let asked: Vec<_> =
            world.wire.take_requests().iter().map(|request| world.named(request)).collect();
        assert_eq!(
            asked,
            [
                "/authorization/organizations/<acme>/roles/org-owner",
                "/connections/<connection>",
                "/directories/<directory>",
                "/authorization/roles/auditor",
            ]
        );
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
        // Its event is the reason for the change.
        let changes = world.changes(&mirror, 0).await;
        assert_eq!(
            changes.iter().filter(|change| change.contains(" event_")).count(),
            changes.len() - 2
        );
    });
}

#[test]
fn a_role_can_be_created_again() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        let mirror = world.settle().await;
        let count = world.changes(&mirror, 0).await.len();
        let acme = world.id("<acme>");
        let path = format!("/authorization/organizations/{acme}/roles");
        world.tick();
        let client = world.workos();
        client.authorization().delete_organization_role(&acme, "org-owner").await.unwrap();
        world.settle().await;
        world.tick();
        world.post(&path, json!({"slug": "org-owner", "name": "Owner again"})).await;
        let mirror = world.settle().await;
        let changes = world.changes(&mirror, count).await;
        let changes: Vec<_> =
            changes.iter().map(|change| change.split(" event_").next().unwrap()).collect();
        assert_eq!(changes, ["delete roles <acme>/org-owner", "insert roles <acme>/org-owner"]);
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
    });
}

#[test]
fn what_is_still_to_be_asked_for_outlives_a_crash() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:05.000Z";
        let role = json!({"slug": "auditor", "name": "Auditor"});
        world.post("/authorization/roles", role).await;
        // The answer to the request for events is the last one.
        world.wire.fail_after(1);
        let event = event(1, "role.created", at, json!({"slug": "auditor", "updated_at": at}));
        world.wire.tell([event]);
        let mirror = world.mirror().await;
        let running = tokio::spawn({
            let mirror = mirror.clone();
            async move { mirror.run(nothing).await }
        });
        while mirror.status().await.unwrap().failure.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(mirror.status().await.unwrap().lookups, 1);
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        // Its lease would end by itself, in seconds.
        world.database.execute("DELETE FROM workos_event_leases").await;

        world.wire.fail_after(None);
        let mirror = world.settle().await;
        assert_eq!(world.changes(&mirror, BEFORE).await, ["insert roles auditor event_1"]);
    });
}

#[test]
fn what_changes_while_it_is_asked_for_is_asked_for_again() {
    run(async {
        let world = Arc::new(scripted().await);
        let role = json!({"slug": "auditor", "name": "Auditor"});
        world.post("/authorization/roles", role).await;
        world.tick();
        let other = world.clone();
        world.wire.meanwhile(async move {
            let update =
                workos::UpdateRole { name: Some("Inspector".into()), ..Default::default() };
            let client = other.workos().authorization();
            client.update_environment_role("auditor", update).await.unwrap();
            // Its event has just been read.
            let sql = "UPDATE workos_mirror_lookups SET event_id = 'event_2'";
            other.database.execute(sql).await;
        });
        let at = "2026-03-01T12:00:05.000Z";
        let role = json!({"slug": "auditor", "updated_at": at});
        tell(&world, [event(1, "role.created", at, role)]).await;
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            ["insert roles auditor event_1", "update roles auditor event_2"]
        );
    });
}

#[test]
fn what_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:05.000Z";
        let events = [
            event(1, "user.created", at, json!({"first_name": "Nobody"})),
            event(2, "dsync.group.user_added", at, json!({"user": {"id": "directory_user_1"}})),
            event(3, "user.created", at, json!("a text")),
            event(4, "user.created", at, user("user_1", "Grace", at)),
        ];
        tell(&world, events).await;
        let mirror = world.mirror().await;
        let letters = mirror.dead_letters().await.unwrap();
        let letters: Vec<_> =
            letters.iter().map(|letter| (&*letter.event.id, &*letter.error)).collect();
        assert_eq!(
            letters,
            [
                ("event_1", "an object for users has no ID"),
                ("event_2", "an object for directory_group_members has no ID"),
                ("event_3", "an object for users has no ID"),
            ]
        );
        assert_eq!(mirror.status().await.unwrap().dead_letters, 3);
        assert_eq!(names(&world).await, ["Grace"]);
    });
}

#[test]
fn a_field_of_another_type_is_null_and_no_failure() {
    run(async {
        let world = scripted().await;
        let odd = json!({
            "id": "user_1",
            "email": 7,
            "email_verified": "yes",
            "first_name": ["Grace"],
            "last_name": "Hopper\u{0} \u{1f980}",
            "metadata": {"b": "\u{0}", "a": {"d": 1, "c": null}},
            "created_at": "yesterday",
            "updated_at": "0000-01-01T00:00:00Z",
        });
        tell(&world, [event(1, "user.updated", "2026-03-01T12:00:05Z", odd)]).await;
        let users = world.mirror().await.render("users").await.unwrap();
        let odd = users.iter().find(|user| user.starts_with("id=user_1 ")).unwrap();
        let metadata = odd.split(" metadata=").nth(1).unwrap();
        assert_eq!(
            odd.split(" metadata=").next().unwrap(),
            "id=user_1 last_name=Hopper\u{fffd} \u{1f980}"
        );
        let metadata: Value = serde_json::from_str(metadata).unwrap();
        assert_eq!(metadata, json!({"b": "\u{fffd}", "a": {"d": 1, "c": null}}));
        // Without a time it is older than everything else.
        let grace = user("user_1", "Grace", "2020-01-01T00:00:00Z");
        tell(&world, [event(2, "user.updated", "2026-03-01T12:00:06Z", grace)]).await;
        let timeless = json!({"id": "user_1", "first_name": "Odd"});
        tell(&world, [event(3, "user.updated", "2026-03-01T12:00:06Z", timeless)]).await;
        assert_eq!(names(&world).await, ["Grace"]);
    });
}

#[test]
fn a_change_that_no_column_has_is_no_change() {
    run(async {
        let world = scripted().await;
        let at = "2026-03-01T12:00:05.000Z";
        let mut ada = user("user_1", "Ada", at);
        tell(&world, [event(1, "user.created", at, ada.clone())]).await;
        ada["last_sign_in_at"] = at.into();
        tell(&world, [event(2, "user.updated", at, ada)]).await;
        assert_eq!(
            world.changes(&world.mirror().await, BEFORE).await,
            ["insert users user_1 event_1"]
        );
    });
}
