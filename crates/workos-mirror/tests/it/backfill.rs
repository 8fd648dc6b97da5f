//! The first filling of the tables.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use workos_emulator::NewDirectoryUser;
use workos_mirror::Mirror;

use crate::support::{Database, World, difference, nothing, rows, run, text};

#[test]
fn all_lists_are_copied() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        let mirror = world.mirror().await;
        mirror.backfill(nothing).await.unwrap();
        let tables: Vec<_> =
            rows(&mirror).await.concat().iter().map(|row| world.named(row)).collect();
        assert_eq!(
            tables,
            [
                "id=<acme> name=Acme metadata={\"tier\":\"gold\"} created_at=<start> updated_at=<start>",
                "id=<domain> organization_id=<acme> domain=acme.test state=verified \
                 verification_strategy=manual created_at=<start> updated_at=<start>",
                "id=<ada> email=ada@acme.test email_verified=0 first_name=Ada metadata={} \
                 created_at=<start> updated_at=<start>",
                "id=<membership> user_id=<ada> organization_id=<acme> status=inactive role=member \
                 directory_managed=0 created_at=<start> updated_at=<start>",
                "id=admin slug=admin role_id=role_admin name=Admin type=EnvironmentRole \
                 resource_type_slug=organization permissions=[] \
                 created_at=2025-01-01T00:00:00.000000Z updated_at=2025-01-01T00:00:00.000000Z",
                "id=member slug=member role_id=role_member name=Member type=EnvironmentRole \
                 resource_type_slug=organization permissions=[] \
                 created_at=2025-01-01T00:00:00.000000Z updated_at=2025-01-01T00:00:00.000000Z",
                "id=<acme>/org-owner organization_id=<acme> slug=org-owner role_id=<role> \
                 name=Owner type=OrganizationRole resource_type_slug=organization permissions=[] \
                 created_at=<start> updated_at=<start>",
                "id=<connection> organization_id=<acme> connection_type=GenericSAML name=Acme \
                 state=active created_at=<start> updated_at=<start>",
                "id=<directory> organization_id=<acme> type=okta scim v2.0 name=Acme state=linked \
                 domain=acme.test created_at=<start> updated_at=<start>",
                "id=<builders> directory_id=<directory> organization_id=<acme> idp_id=builders \
                 name=Builders created_at=<start> updated_at=<start>",
                "id=<bob> directory_id=<directory> organization_id=<acme> idp_id=bob \
                 email=bob@acme.test first_name=Bob name=Bob state=active \
                 custom_attributes={\"floor\":3} created_at=<start> updated_at=<start>",
                "id=<builders>/<bob> group_id=<builders> user_id=<bob> directory_id=<directory> \
                 organization_id=<acme>",
                "id=<flag> slug=beta name=beta enabled=1 default_value=0 tags=[\"ui\"] \
                 created_at=<start> updated_at=<start>",
            ]
        );
    });
}

#[test]
fn there_is_a_request_for_each_page_and_no_other() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        world.users(250).await;
        world.mirror().await.backfill(nothing).await.unwrap();
        let requests: Vec<_> =
            world.wire.take_requests().iter().map(|request| world.named(request)).collect();
        let [_, second, third] = &requests[1..4] else { panic!("{requests:?}") };
        for page in [second, third] {
            assert!(page.starts_with("/user_management/users?after=user_"));
        }
        let others: Vec<_> = requests.iter().filter(|request| !request.contains("after")).collect();
        assert_eq!(
            others,
            [
                "/organizations?limit=100&order=asc",
                "/user_management/users?limit=100&order=asc",
                "/authorization/roles",
                "/authorization/organizations/<acme>/roles",
                "/user_management/organization_memberships?limit=100&order=asc\
                 &organization_id=<acme>&statuses=active%2Cinactive%2Cpending",
                "/connections?limit=100&order=asc",
                "/directories?limit=100&order=asc",
                "/directories/<directory>/groups?limit=100&order=asc",
                "/directories/<directory>/users?limit=100&order=asc",
                "/directories/<directory>/users?group=<builders>&limit=100&order=asc",
                "/feature-flags?limit=100&order=asc",
            ]
        );
    });
}

#[test]
fn a_backfill_that_was_killed_goes_on_where_it_was() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        world.users(250).await;
        world.members(&world.id("<acme>"), 150).await;
        for _ in 0..12 {
            world.post("/organizations", json!({"name": "Beta"})).await;
        }
        let other = Database::new().await;
        other.open(world.wire.client()).await.unwrap().backfill(nothing).await.unwrap();
        let mut in_one_go = world.wire.take_requests();

        let mut kills = 0;
        loop {
            world.wire.fail_after(1);
            let backfilled = world.mirror().await.backfill(nothing).await;
            world.wire.fail_after(None);
            if backfilled.is_ok() {
                break;
            }
            kills += 1;
            assert!(kills < 100, "it does not get on");
        }
        // Each run got the answer to one request, and none asked again for what another had got.
        let mut requests = world.wire.take_requests();
        in_one_go.sort();
        requests.sort();
        assert_eq!((requests, kills), (in_one_go.clone(), in_one_go.len() - 1));
        let mirror = world.mirror().await;
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
        mirror.backfill(nothing).await.unwrap();
        assert_eq!(world.wire.take_requests(), [""; 0]);
    });
}

#[test]
fn a_backfill_goes_on_with_the_next_list_if_the_parent_of_its_list_is_gone() {
    run(async {
        let mut world = World::new().await;
        world.one_of_each().await;
        let beta = world.post("/organizations", json!({"name": "Beta"})).await;
        world.users(150).await;
        world.members(&text(&beta["id"]), 1).await;
        world.members(&world.id("<acme>"), 150).await;
        // Until one page of the members of Acme is there, and another one is not.
        for answers in 1.. {
            world.wire.fail_after(answers);
            let mirror = world.mirror().await;
            assert!(mirror.backfill(nothing).await.is_err());
            if mirror.render("organization_memberships").await.unwrap().len() == 100 {
                break;
            }
            world.database = Database::new().await;
        }
        world.database.execute("DELETE FROM organizations WHERE name = 'Acme'").await;
        world.wire.fail_after(None);
        let mirror = world.mirror().await;
        mirror.backfill(nothing).await.unwrap();
        let members = mirror.render("organization_memberships").await.unwrap();
        let of_beta = format!("organization_id={}", text(&beta["id"]));
        assert_eq!(members.iter().filter(|member| member.contains(&of_beta)).count(), 1);
    });
}

#[test]
fn what_happens_during_the_backfill_is_not_lost() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        let (emulator, ada) = (world.emulator.clone(), world.id("<ada>"));
        // The list of organizations has been read, and that of users is about to be.
        world.wire.meanwhile(async move {
            let client = emulator.client();
            let new = workos::CreateOrganization::new("Beta");
            client.organizations().create_organization(new).await.unwrap();
            client.user_management().delete_user(&ada).await.unwrap();
        });
        let mirror = world.mirror().await;
        mirror.backfill(nothing).await.unwrap();
        assert_eq!(mirror.render("organizations").await.unwrap().len(), 1);
        let mirror = world.settle().await;
        assert_eq!(mirror.render("organizations").await.unwrap().len(), 2);
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
    });
}

#[test]
fn events_that_are_visible_late_are_within_the_margin() {
    run(async {
        let world = World::new().await;
        let user = world.post("/user_management/users", json!({"email": "ada@acme.test"})).await;
        world.tick();
        world.tick();
        // Four minutes later, the list does not have the user yet.
        world.wire.hide(text(&user["id"]));
        world.mirror().await.backfill(nothing).await.unwrap();
        assert_eq!(world.mirror().await.render("users").await.unwrap(), [""; 0]);
        let mirror = world.settle().await;
        assert_eq!(mirror.render("users").await.unwrap().len(), 1);
    });
}

#[test]
fn progress_is_told_page_by_page() {
    run(async {
        let world = World::new().await;
        world.users(150).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let mirror = world.mirror().await;
        let backfilled = mirror.backfill(|progress| {
            if progress.table == "users" {
                let progress = (progress.list, progress.pages, progress.rows, progress.is_finished);
                told.lock().unwrap().push(progress);
            }
        });
        backfilled.await.unwrap();
        assert_eq!(
            *told.lock().unwrap(),
            [("users", 1, 100, false), ("users", 2, 150, false), ("users", 2, 150, true)]
        );
    });
}

/// Whether Bob is in the group.
async fn is_member(mirror: &Mirror) -> bool {
    let members = mirror.render("directory_group_members").await.unwrap();
    members.iter().any(|member| member.contains("user_id=directory_user_bob "))
}

#[test]
fn a_clock_that_is_ahead_makes_no_event_older_than_a_list() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        world.wire.be_ahead(Duration::from_secs(50));
        let mirror = world.mirror().await;
        mirror.backfill(nothing).await.unwrap();
        assert!(is_member(&mirror).await);
        world.emulator.clock().advance(Duration::from_secs(10));
        let (group, user) = (world.id("<builders>"), world.id("<bob>"));
        world.emulator.fixtures().remove_directory_group_member(&group, &user).unwrap();
        assert!(!is_member(&world.settle().await).await);
    });
}

#[test]
fn a_page_that_was_read_ahead_counts_from_when_it_was_asked_for() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        let fixtures = world.emulator.fixtures();
        let (group, bob) = (world.id("<builders>"), world.id("<bob>"));
        for number in 0..99 {
            let new = NewDirectoryUser {
                idp_id: Some(number.to_string()),
                groups: vec!["Builders".into()],
                ..Default::default()
            };
            fixtures.directory_user(&world.id("<directory>"), new).unwrap();
        }
        let last = NewDirectoryUser {
            id: Some("directory_user_last".into()),
            groups: vec!["Builders".into()],
            ..Default::default()
        };
        fixtures.directory_user(&world.id("<directory>"), last).unwrap();
        // Eleven lists, or pages of them, come before the second page of the members.
        for _ in 0..11 {
            world.wire.meanwhile(async {});
        }
        let emulator = world.emulator.clone();
        world.wire.meanwhile(async move {
            for id in [&*bob, "directory_user_last"] {
                emulator.clock().advance(Duration::from_secs(120));
                emulator.fixtures().remove_directory_group_member(&group, id).unwrap();
            }
            emulator.clock().advance(Duration::from_secs(120));
        });
        let mirror = world.mirror().await;
        mirror.backfill(nothing).await.unwrap();
        assert_eq!(mirror.render("directory_group_members").await.unwrap().len(), 101);
        let mirror = world.settle().await;
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
    });
}
