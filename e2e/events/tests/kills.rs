//! Workers that are killed: no event is lost, none is applied twice, and each organization keeps
//! its order.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e_events::{Database, Effect, Job};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use workos::organizations::UpdateOrganization;
use workos::{Client, CreateOrganization};
use workos_emulator::Emulator;

const ORGANIZATIONS: usize = 5;
const KILLS: usize = 200;
/// Long enough for everything, also on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Organizations that are renamed all the time, to 1, 2, 3 and so on.
struct Load {
    emulator: Emulator,
    client: Client,
    organizations: Vec<String>,
}

impl Load {
    async fn new() -> Self {
        let emulator = Emulator::start().await.unwrap();
        let client = emulator.client();
        let mut organizations = Vec::new();
        for _ in 0..ORGANIZATIONS {
            let new = CreateOrganization::new("new");
            organizations.push(client.organizations().create_organization(new).await.unwrap().id);
        }
        Self { emulator, client, organizations }
    }

    /// Renames an organization to the next number.
    async fn rename(&self, number: usize) {
        let id = &self.organizations[number % ORGANIZATIONS];
        let change = UpdateOrganization { name: Some(number.to_string()), ..Default::default() };
        self.client.organizations().update_organization(id, change).await.unwrap();
    }

    /// Renames until told to stop. Returns how many times.
    async fn rename_until(&self, stop: &AtomicBool) -> usize {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            self.rename(number).await;
            number += 1;
            sleep(Duration::from_millis(1)).await;
        }
        number
    }

    fn job(&self, database: &Database) -> Job {
        Job {
            database: database.clone(),
            base_url: self.emulator.base_url().to_owned(),
            api_key: self.emulator.api_key().to_owned(),
            page_size: 10,
            dies_at: None,
            has_lease: false,
        }
    }
}

/// Starts a worker, which is killed when dropped.
async fn start(job: &Job) -> Child {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_e2e-events"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let line = format!("{}\n", serde_json::to_string(job).unwrap());
    worker.stdin.as_mut().unwrap().write_all(line.as_bytes()).await.unwrap();
    worker
}

/// Waits until a worker begins to read events.
async fn ready(worker: &mut Child) {
    let output = BufReader::new(worker.stdout.take().unwrap());
    assert_eq!(output.lines().next_line().await.unwrap().as_deref(), Some("ready"));
}

/// Waits until there are as many effects as events.
async fn caught_up(database: &Database, count: usize) -> Vec<Effect> {
    let caught_up = async {
        loop {
            let effects = database.effects().await;
            if effects.len() >= count {
                return effects;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LONG, caught_up).await.expect("all events are handled")
}

fn check(load: &Load, effects: &[Effect], count: usize) {
    let mut numbers = BTreeMap::<_, Vec<_>>::new();
    for effect in effects {
        numbers.entry(effect.organization_id.as_str()).or_default().push(effect.number);
    }
    for (at, id) in load.organizations.iter().enumerate() {
        let expected: Vec<_> = (at..count).step_by(ORGANIZATIONS).map(|n| n as i64).collect();
        assert_eq!(numbers[id.as_str()], expected);
    }
    assert_eq!(effects.len(), count);
}

async fn every_event_is_applied_once_although_workers_are_killed(database: Database) {
    let load = Arc::new(Load::new().await);
    let stop = Arc::new(AtomicBool::new(false));
    let renaming = {
        let (load, stop) = (load.clone(), stop.clone());
        tokio::spawn(async move { load.rename_until(&stop).await })
    };
    for _ in 0..KILLS {
        let mut worker = start(&load.job(&database)).await;
        ready(&mut worker).await;
        sleep(Duration::from_micros(fastrand::u64(..80_000))).await;
        worker.kill().await.unwrap();
    }
    let workers: BTreeSet<_> = database.effects().await.iter().map(|one| one.worker).collect();
    stop.store(true, Ordering::Relaxed);
    let count = renaming.await.unwrap();
    let _last = start(&load.job(&database)).await;
    let effects = caught_up(&database, count).await;
    println!("{count} events, {} of {KILLS} killed workers had committed some", workers.len());
    check(&load, &effects, count);
    assert!(workers.len() > KILLS / 4, "{} workers had committed something", workers.len());
}

/// Three pages of ten: each kind of step, before and after each kind of commit.
async fn a_worker_may_die_at_any_step(database: Database) {
    const STEPS: usize = 70;
    let load = Load::new().await;
    let mut count = 0;
    let mut deaths = 0;
    for step in 0..STEPS {
        for _ in 0..30 {
            load.rename(count).await;
            count += 1;
        }
        let mut worker = start(&Job { dies_at: Some(step), ..load.job(&database) }).await;
        deaths += usize::from(timeout(Duration::from_secs(3), worker.wait()).await.is_ok());
    }
    let _last = start(&load.job(&database)).await;
    let effects = caught_up(&database, count).await;
    println!("{deaths} deaths");
    check(&load, &effects, count);
    assert_eq!(deaths, STEPS);
}

/// Both believe to be the only one.
async fn two_workers_apply_every_event_once(database: Database) {
    let load = Load::new().await;
    let _workers = [start(&load.job(&database)).await, start(&load.job(&database)).await];
    let count = 1_000;
    for number in 0..count {
        load.rename(number).await;
    }
    let effects = caught_up(&database, count).await;
    check(&load, &effects, count);
}

async fn another_worker_takes_over_when_one_is_killed(database: Database) {
    let load = Load::new().await;
    let job = Job { has_lease: true, ..load.job(&database) };
    let mut first = start(&job).await;
    load.rename(0).await;
    caught_up(&database, 1).await;
    let _second = start(&job).await;
    for number in 1..100 {
        load.rename(number).await;
    }
    let effects = caught_up(&database, 100).await;
    let workers: BTreeSet<_> = effects.iter().map(|one| one.worker).collect();
    assert_eq!(workers.len(), 1, "one has the lease");
    first.kill().await.unwrap();
    let killed = std::time::Instant::now();
    load.rename(100).await;
    let effects = caught_up(&database, 101).await;
    println!("taken over after {:?}", killed.elapsed());
    assert!(killed.elapsed() < Duration::from_secs(15), "{:?}", killed.elapsed());
    check(&load, &effects, 101);
}

macro_rules! tests {
    ($($test:ident: $sqlite:ident, $postgres:ident;)+) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $sqlite() {
            let (database, _folder) = Database::sqlite();
            $test(database).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $postgres() {
            $test(Database::postgres().await).await;
        }
    )+ };
}

tests! {
    every_event_is_applied_once_although_workers_are_killed:
        two_hundred_kills_lose_nothing_in_sqlite, two_hundred_kills_lose_nothing_in_postgres;
    a_worker_may_die_at_any_step:
        a_worker_may_die_at_any_step_in_sqlite, a_worker_may_die_at_any_step_in_postgres;
    two_workers_apply_every_event_once:
        two_workers_apply_every_event_once_in_sqlite,
        two_workers_apply_every_event_once_in_postgres;
    another_worker_takes_over_when_one_is_killed:
        another_worker_takes_over_in_sqlite, another_worker_takes_over_in_postgres;
}
