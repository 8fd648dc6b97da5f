//! The program, as people start it, with an emulator in this process.

#![cfg(feature = "cli")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use workos::CreateOrganization;
use workos_emulator::{Emulator, SeedData};

/// WorkOS, and a folder to work in.
struct World {
    emulator: Emulator,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let data = json!({
            "users": [
                {"email": "ada@example.com", "email_verified": true},
                {"email": "bob@example.com"},
            ],
            "organizations": [
                {"name": "Acme", "memberships": [{"email": "ada@example.com"}],
                    "domains": [{"domain": "acme.test", "state": "pending"}]},
                {"name": "Beta"},
            ],
            "directories": [{"name": "People", "organization": "Beta"}],
        });
        let builder = Emulator::builder().data(SeedData::from_value(data).unwrap());
        Self { emulator: builder.start().await.unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workos-mirror"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("WORKOS_API_KEY", self.emulator.api_key())
            .env("WORKOS_BASE_URL", self.emulator.base_url());
        command
    }

    /// Runs a command to its end, away from the threads of the emulator.
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A program that runs, and where it listens.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(world: &World) -> Self {
        let mut command = world.command(&["run", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The status and the body of a response.
    fn ask(&self, request: &str) -> (u16, String) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let rest = "HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        connection.write_all(format!("{request} {rest}").as_bytes()).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        let status = response.split(' ').nth(1).unwrap().parse().unwrap();
        (status, response.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Asks for its health until it is so.
    fn becomes(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..300 {
            let health = serde_json::from_str(&self.ask("GET /health").1).unwrap();
            if is_so(&health) {
                return health;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it stays as it is: {:?}", self.ask("GET /health"));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_fills_the_tables_and_says_how_far_it_is() {
    let world = World::new().await;
    let output = world.run(&["backfill"]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.lines().any(|line| line == "organizations: 2 rows"), "{said}");
    assert!(said.lines().any(|line| line == "organization_memberships: 1 rows"), "{said}");

    let status = world.stdout(&["status"]).await;
    let rows = status.lines().find(|line| line.starts_with("users ")).unwrap();
    assert_eq!(rows.split_whitespace().collect::<Vec<_>>(), ["users", "2"]);
    assert!(status.contains("events up to "), "{status}");
    assert_eq!(world.stdout(&["dead-letters"]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciling_says_what_differs_and_mends_it() {
    let world = World::new().await;
    world.stdout(&["backfill"]).await;
    let clean = world.stdout(&["reconcile"]).await;
    assert!(clean.ends_with("The tables are as WorkOS.\n"), "{clean}");

    let new = CreateOrganization::new("Gamma");
    world.emulator.client().organizations().create_organization(new).await.unwrap();
    let expected = [
        ("--dry-run", 2, "Without --dry-run, the differences are mended.\n"),
        ("--dry-run", 2, "Without --dry-run, the differences are mended.\n"),
        ("", 2, "The differences are mended.\n"),
        ("", 0, "The tables are as WorkOS.\n"),
    ];
    for (option, code, end) in expected {
        let arguments: Vec<_> =
            ["reconcile", option].into_iter().filter(|it| !it.is_empty()).collect();
        let output = world.run(&arguments).await;
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!((output.status.code(), said.ends_with(end)), (Some(code), true), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_tables_current_and_tells_its_health_until_it_is_stopped() {
    let world = World::new().await;
    let client = world.emulator.client();
    let running = Running::start(&world);
    let (running, health) = tokio::task::spawn_blocking(move || {
        let health = running.becomes(|health| health["status"] == "current");
        (running, health)
    })
    .await
    .unwrap();
    assert_eq!((&health["rows"]["organizations"], &health["failure"]), (&json!(2), &Value::Null));

    client.organizations().create_organization(CreateOrganization::new("Gamma")).await.unwrap();
    let running = tokio::task::spawn_blocking(move || {
        assert_eq!(running.ask("POST /wake"), (204, String::new()));
        running.becomes(|health| health["rows"]["organizations"] == 3);
        let (status, metrics) = running.ask("GET /metrics");
        assert_eq!(status, 200);
        let rows = "workos_mirror_rows{table=\"organizations\"} 3\n";
        assert!(
            metrics.contains(rows) && metrics.contains("workos_mirror_lag_seconds 0\n"),
            "{metrics}"
        );
        running
    })
    .await
    .unwrap();
    #[cfg(unix)]
    {
        let mut running = running;
        let pid = running.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || running.child.wait().unwrap());
        assert!(ended.await.unwrap().success());
    }
}

/// Each block of SQL in the README, on tables that have something to say.
#[tokio::test(flavor = "multi_thread")]
async fn the_queries_of_the_readme_answer() {
    let world = World::new().await;
    world.stdout(&["backfill"]).await;
    let file = rusqlite::Connection::open(world.folder.path().join("workos.sqlite")).unwrap();
    let readme = include_str!("../README.md");
    let queries = readme.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap());
    let answers: Vec<Vec<String>> = queries
        .map(|sql| {
            let mut query = file.prepare(sql).unwrap();
            let columns = query.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let cells = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
                cells.map(|cell| Ok(format!("{:?}", cell?))).collect::<Result<Vec<_>, _>>()
            };
            let rows = query.query_map([], row).unwrap();
            rows.map(|row| row.unwrap().join(" ")).collect()
        })
        .collect();
    let expected: [&[&str]; 6] = [
        &[r#"Text("ada@example.com") Text("Acme") Text("member")"#],
        &[r#"Text("Acme") Integer(1)"#, r#"Text("Beta") Integer(0)"#],
        &[],
        &[],
        &[],
        &[r#"Text("Acme") Text("acme.test")"#],
    ];
    assert_eq!(answers, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_in_a_line_without_secrets() {
    let world = World::new().await;
    let secret = "postgres://app:hunter2@127.0.0.1:1/app";
    for (arguments, key, expected) in [
        (&["--database", secret, "status"][..], "sk_test_1", "Connection refused"),
        (&["--database", "nowhere/workos.sqlite", "status"], "sk_test_1", "SQLite"),
        (&["status"], "", "the environment variable WORKOS_API_KEY is not set"),
        (&["backfill"], "sk_hunter2", "401"),
    ] {
        let mut command = world.command(arguments);
        command.env("WORKOS_API_KEY", key);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        let is_one_line = said.starts_with("workos-mirror: ") && said.lines().count() == 1;
        assert!(is_one_line && said.contains(expected) && !said.contains("hunter2"), "{said}");
    }
}
