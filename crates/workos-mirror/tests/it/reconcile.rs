//! Comparing the tables with the lists.

use std::sync::Arc;

use serde_json::json;
use workos_mirror::{Reconcile, Report};

use crate::support::{World, difference, nothing, rows, run, text};

const DRY: Reconcile = Reconcile { dry_run: true };

/// What was missing, outdated and surplus, table by table.
fn found(report: &Report) -> Vec<(&'static str, u64, u64, u64)> {
    let tables = report.tables.iter();
    let tables = tables.map(|(name, table)| (*name, table.missing, table.outdated, table.surplus));
    tables.filter(|(_, missing, outdated, surplus)| missing + outdated + surplus > 0).collect()
}

/// A mirror of one object of each kind.
async fn filled() -> World {
    let world = World::new().await;
    world.one_of_each().await;
    world.mirror().await.backfill(nothing).await.unwrap();
    world.tick();
    world.wire.take_requests();
    world
}

#[test]
fn tables_that_are_as_workos_stay_as_they_are() {
    run(async {
        let world = filled().await;
        let mirror = world.mirror().await;
        let before = world.changes(&mirror, 0).await;
        let report = mirror.reconcile(Reconcile::default()).await.unwrap();
        assert!(report.is_clean());
        let listed: Vec<_> = report.tables.values().map(|table| table.listed).collect();
        // Roles of the environment are in the lists of organizations, too.
        assert_eq!(listed, [1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 1]);
        assert_eq!(world.changes(&mirror, 0).await, before);
        // A request for each page, and no other.
        assert_eq!(world.wire.take_requests().len(), 11);
    });
}

#[test]
fn what_is_missing_outdated_or_surplus_is_mended() {
    run(async {
        let world = filled().await;
        let spoil = "
            DELETE FROM users; DELETE FROM directory_groups; DELETE FROM organization_domains;
            UPDATE organizations SET name = 'Acne', updated_at = '2020-01-01T00:00:00.000000Z';
            UPDATE feature_flags SET enabled = NULL;
            INSERT INTO directory_users (id, directory_id, raw)
                SELECT 'directory_user_9', id, '{}' FROM directories;
            INSERT INTO directory_group_members (id, group_id, user_id, raw)
                SELECT group_id || '/directory_user_9', group_id, 'directory_user_9', '{}'
                FROM directory_group_members;
            INSERT INTO roles (id, slug, raw) VALUES ('owner', 'owner', '{}');
            INSERT INTO roles (id, organization_id, slug, raw)
                SELECT id || '/admin', id, 'admin', '{}' FROM organizations;
            INSERT INTO organization_domains (id, raw) VALUES ('org_domain_9', '{}');
            INSERT INTO connections (id, raw) VALUES ('conn_9', '{}');";
        world.database.execute(spoil).await;
        let expected = vec![
            ("connections", 0, 0, 1),
            // With a membership, which is not counted.
            ("directory_groups", 1, 0, 0),
            ("directory_users", 0, 0, 1),
            ("feature_flags", 0, 1, 0),
            ("organization_domains", 1, 0, 1),
            ("organizations", 0, 1, 0),
            ("roles", 0, 0, 2),
            ("users", 1, 0, 0),
        ];
        let mirror = world.mirror().await;
        let report = mirror.reconcile(Reconcile::default()).await.unwrap();
        assert_eq!(found(&report), expected);
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
        assert!(mirror.reconcile(Reconcile::default()).await.unwrap().is_clean());
    });
}

#[test]
fn a_dry_run_reports_and_changes_nothing() {
    run(async {
        let world = filled().await;
        let spoil = "
            DELETE FROM users;
            UPDATE organizations SET name = 'Acne';
            INSERT INTO connections (id, raw) VALUES ('conn_9', '{}');";
        world.database.execute(spoil).await;
        let mirror = world.mirror().await;
        let (before, changes) = (rows(&mirror).await, world.changes(&mirror, 0).await);
        for _ in 0..2 {
            let report = mirror.reconcile(DRY).await.unwrap();
            assert_eq!(
                found(&report),
                [("connections", 0, 0, 1), ("organizations", 0, 1, 0), ("users", 1, 0, 0)]
            );
        }
        assert_eq!((rows(&mirror).await, world.changes(&mirror, 0).await), (before, changes));
    });
}

#[test]
fn what_changes_during_the_comparison_is_neither_outdated_nor_surplus() {
    run(async {
        let world = Arc::new(filled().await);
        world.wire.meanwhile(async {});
        // The list of users has been read, and is about to arrive.
        let other = world.clone();
        world.wire.meanwhile(async move {
            let ada = other.id("<ada>");
            let update = json!({"first_name": "Augusta"});
            let path = format!("/user_management/users/{ada}");
            let client = other.workos();
            let call = client.request::<serde_json::Value>(http::Method::PUT, &path);
            call.json(&update).await.unwrap();
            other.post("/user_management/users", json!({"email": "eve@acme.test"})).await;
            other.settle().await;
        });
        let mirror = world.mirror().await;
        let report = mirror.reconcile(Reconcile::default()).await.unwrap();
        assert_eq!(found(&report), []);
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
        // Nobody was asked for alone.
        let alone = |request: &String| request.starts_with("/user_management/users/");
        assert!(!world.wire.take_requests().iter().any(alone));
    });
}

#[test]
fn a_row_that_a_list_lacks_is_asked_for_before_it_is_deleted() {
    run(async {
        let world = filled().await;
        for name in ["<acme>", "<ada>", "<membership>", "<directory>", "<builders>", "<bob>"] {
            world.wire.hide(world.id(name));
            let report = world.mirror().await.reconcile(Reconcile::default()).await.unwrap();
            assert_eq!(found(&report), [], "{name}");
        }
        world.wire.hide(None);
        let alone: Vec<_> = world
            .wire
            .take_requests()
            .iter()
            .map(|request| world.named(request))
            .filter(|request| !request.contains("limit=100") && !request.ends_with("/roles"))
            .collect();
        assert_eq!(
            alone,
            [
                "/organizations/<acme>",
                "/organization_domains/<domain>",
                "/user_management/users/<ada>",
                "/user_management/organization_memberships/<membership>",
                "/directories/<directory>",
                "/directories/<directory>/groups/<builders>",
                "/directories/<directory>/users/<bob>",
            ]
        );
    });
}

#[test]
fn a_membership_that_a_list_lacks_is_looked_for_among_the_groups_of_the_user() {
    run(async {
        let world = filled().await;
        // The one is right, and the other is not.
        let other = "INSERT INTO directory_group_members (id, group_id, user_id, raw)
            SELECT 'directory_group_9/' || user_id, 'directory_group_9', user_id, '{}'
            FROM directory_group_members;
            INSERT INTO directory_groups (id, directory_id, raw)
            SELECT 'directory_group_9', id, '{}' FROM directories;";
        world.database.execute(other).await;
        let report = world.mirror().await.reconcile(Reconcile::default()).await.unwrap();
        // The membership went with its group.
        assert_eq!(found(&report), [("directory_groups", 0, 0, 1)]);
        world.tick();
        world.wire.hide(world.id("<bob>"));
        let report = world.mirror().await.reconcile(Reconcile::default()).await.unwrap();
        assert_eq!(found(&report), []);
        let request = "/directory_groups?limit=100&user=directory_user_bob".to_owned();
        assert!(world.wire.take_requests().contains(&request));

        world.tick();
        world.wire.hide(None);
        let (group, user) = (world.id("<builders>"), world.id("<bob>"));
        world.emulator.fixtures().remove_directory_group_member(&group, &user).unwrap();
        let report = world.mirror().await.reconcile(Reconcile::default()).await.unwrap();
        assert_eq!(found(&report), [("directory_group_members", 0, 0, 1)]);
    });
}

#[test]
fn a_mirror_that_was_away_for_longer_than_events_are_kept_reconciles_first() {
    run(async {
        let world = filled().await;
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        let user = world.post("/user_management/users", json!({"email": "eve@acme.test"})).await;
        let client = world.workos();
        client.user_management().delete_user(&world.id("<ada>")).await.unwrap();
        world.emulator.clock().advance(day * 40);
        // The events of then are gone.
        world.wire.tell([]);
        let mirror = world.settle().await;
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
        let place = mirror.status().await.unwrap().place.unwrap();
        assert!(place.created_at > world.emulator.clock().now() - day, "{place:?}");
        let users = mirror.render("users").await.unwrap().join("\n");
        assert!(users.contains(&text(&user["id"])));
    });
}
