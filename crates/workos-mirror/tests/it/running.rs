//! A mirror as a service.

use std::time::Duration;

use tokio::time::sleep;
use workos::{Client, CreateOrganization};
use workos_mirror::Error;

use crate::support::{World, difference, nothing, rows, run};

#[test]
fn a_mirror_that_runs_fills_the_tables_and_keeps_them_current() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        let mirror = world.mirror().await;
        let running = tokio::spawn({
            let mirror = mirror.clone();
            async move { mirror.run(nothing).await }
        });
        let has = async |count| {
            while mirror.render("organizations").await.unwrap().len() < count {
                sleep(Duration::from_millis(20)).await;
            }
        };
        has(1).await;
        world.tick();
        let client = world.workos();
        client.organizations().create_organization(CreateOrganization::new("Beta")).await.unwrap();
        // As when a webhook has arrived.
        mirror.handle().wake();
        has(2).await;
        mirror.handle().stop();
        running.await.unwrap().unwrap();
        assert_eq!(difference(&rows(&mirror).await, &world.expected().await), [""; 0]);
    });
}

#[test]
fn outages_are_waited_out() {
    run(async {
        let world = World::new().await;
        world.users(150).await;
        world.wire.fail_after(2);
        let mirror = world.mirror().await;
        let running = tokio::spawn({
            let mirror = mirror.clone();
            async move { mirror.run(nothing).await }
        });
        let status = loop {
            sleep(Duration::from_secs(1)).await;
            let status = mirror.status().await.unwrap();
            if status.failure.is_some() {
                break status;
            }
        };
        assert!(status.failure.unwrap().starts_with("WorkOS: "));
        assert_eq!(status.failing_since, Some(world.emulator.clock().now()));
        assert_eq!(status.lag, None);
        assert_eq!((status.backfill[1].pages, status.backfill[1].rows), (1, 100));
        world.wire.fail_after(None);
        while mirror.status().await.unwrap().rows["users"] < 150 {
            sleep(Duration::from_secs(1)).await;
        }
        while mirror.status().await.unwrap().lag.is_none() {
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(mirror.status().await.unwrap().failure, None);
        mirror.handle().stop();
        running.await.unwrap().unwrap();
    });
}

#[test]
fn a_stop_ends_the_backfill_too() {
    run(async {
        let world = World::new().await;
        let mirror = world.mirror().await;
        // The answer never comes.
        world.wire.meanwhile(std::future::pending());
        let running = tokio::spawn({
            let mirror = mirror.clone();
            async move { mirror.run(nothing).await }
        });
        sleep(Duration::from_millis(100)).await;
        assert!(!running.is_finished());
        mirror.handle().stop();
        running.await.unwrap().unwrap();
        // For good.
        mirror.run(nothing).await.unwrap();
    });
}

#[test]
fn a_key_that_workos_refuses_ends_the_run() {
    run(async {
        let world = World::new().await;
        let client = Client::builder()
            .api_key("sk_test_wrong")
            .base_url("http://localhost")
            .transport(world.emulator.transport())
            .build();
        let mirror = world.database.open(client).await.unwrap();
        let error = mirror.run(nothing).await.unwrap_err();
        assert!(matches!(error, Error::Api(_)), "{error:?}");
        assert!(error.to_string().starts_with("WorkOS: "), "{error}");
        assert!(!format!("{error} {error:?}").contains("sk_test_wrong"));
    });
}

#[test]
fn tables_of_a_newer_version_are_refused() {
    run(async {
        let world = World::new().await;
        world.mirror().await;
        world.database.execute("INSERT INTO workos_mirror_schema (version) VALUES (7)").await;
        let error = world.database.open(world.workos()).await.unwrap_err();
        assert!(matches!(error, Error::NewerSchema { found: 7, known: 1, .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the tables have version 7, and this version of workos-mirror knows them up to \
             version 1: update it"
        );
    });
}

#[test]
fn tables_of_an_application_are_left_alone() {
    run(async {
        let world = World::new().await;
        world.database.execute("CREATE TABLE users (id text)").await;
        let error = world.database.open(world.workos()).await.unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error:?}");
        assert!(error.to_string().contains("users"), "{error}");
        world.database.execute("DROP TABLE users").await;
        world.mirror().await.backfill(nothing).await.unwrap();
    });
}

#[test]
fn the_status_says_how_far_the_mirror_is() {
    run(async {
        let world = World::new().await;
        let mirror = world.mirror().await;
        let status = mirror.status().await.unwrap();
        assert_eq!((status.place, status.lag, status.lookups), (None, None, 0));
        assert_eq!(status.rows.values().sum::<u64>(), 0);
        assert!(status.backfill.iter().all(|list| !list.is_finished && list.pages == 0));
        world.one_of_each().await;
        let status = world.settle().await.status().await.unwrap();
        let rows: Vec<_> = status.rows.into_iter().collect();
        assert_eq!(
            rows,
            [
                ("connections", 1),
                ("directories", 1),
                ("directory_group_members", 1),
                ("directory_groups", 1),
                ("directory_users", 1),
                ("feature_flags", 1),
                ("organization_domains", 1),
                ("organization_memberships", 1),
                ("organizations", 1),
                ("roles", 3),
                ("users", 1),
            ]
        );
        assert!(status.backfill.iter().all(|list| list.is_finished && list.pages == 1));
        assert_eq!((status.lag, status.lookups), (Some(Duration::ZERO), 0));
        assert_eq!((status.dead_letters, status.failure), (0, None));
        assert_eq!(status.place.unwrap().created_at, world.emulator.clock().now());
    });
}

#[test]
fn of_several_processes_one_fills_the_tables() {
    run(async {
        let world = World::new().await;
        world.one_of_each().await;
        // The events of that are from before the margin.
        world.emulator.clock().advance(Duration::from_secs(600));
        let mirrors = [world.mirror().await, world.mirror().await, world.mirror().await];
        let running =
            mirrors.clone().map(|mirror| tokio::spawn(async move { mirror.run(nothing).await }));
        for mirror in &mirrors {
            while !mirror.status().await.unwrap().backfill.iter().all(|list| list.is_finished) {
                sleep(Duration::from_millis(100)).await;
            }
        }
        // As many as one takes: see the tests of the backfill.
        assert_eq!(world.wire.take_requests().len(), 11);
        mirrors.iter().for_each(|mirror| mirror.handle().stop());
        for running in running {
            running.await.unwrap().unwrap();
        }
    });
}
