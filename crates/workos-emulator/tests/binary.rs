//! The program: its options, its output, and how it exits.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

const KEY_VARIABLE: &str = "WORKOS_EMULATE_API_KEY";
const CONTROL_KEY_VARIABLE: &str = "WORKOS_EMULATE_CONTROL_KEY";
/// Far longer than a response takes: a server that does not respond fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workos-emulator"));
    // The environment of the tests may have keys.
    command.args(arguments).stdin(Stdio::null());
    command.env_remove(KEY_VARIABLE).env_remove(CONTROL_KEY_VARIABLE);
    command
}

/// The exit status, standard output and standard error of a program that exits by itself.
fn ended(mut command: Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A program that serves until the test is over.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// Waits for the next line of output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// Waits for the exit; returns the exit status and the unread output.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a program on a free port; returns it and the JSON that it prints.
fn serving(arguments: &[&str]) -> (Running, Value) {
    let mut command = program(&["--port", "0", "--json"]);
    command.args(arguments);
    let mut running = Running::start(command);
    let ready = serde_json::from_str(&running.line()).unwrap();
    (running, ready)
}

/// The status and body of a GET with this key.
fn get(url: &str, key: &str) -> (u16, Value) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let request = format!(
        "GET /{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: Bearer {key}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn organizations(ready: &Value) -> String {
    format!("{}/organizations", ready["url"].as_str().unwrap())
}

fn empty_list() -> Value {
    json!({"object": "list", "data": [], "list_metadata": {"before": null, "after": null}})
}

#[test]
fn one_line_of_json_says_where_it_serves() {
    let (mut running, ready) = serving(&[]);
    let port = ready["port"].as_u64().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let health = format!("{url}/health");
    let expected = json!({
        "url": url,
        "port": port,
        "apiKey": "sk_test_default",
        "clientId": "client_emulator",
        "health": health,
    });
    assert_eq!(ready, expected);
    assert_eq!(get(&health, ""), (200, json!({"status": "ok"})));
    assert_eq!(get(&organizations(&ready), "sk_test_default"), (200, empty_list()));

    running.child.kill().unwrap();
    assert_eq!(running.end().1, "");
}

/// A file with this text that is removed with its folder.
fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

const SEED: &str = "\
users:
  - email: ada@acme.test
organizations:
  - name: Acme
    memberships:
      - {email: ada@acme.test, role: admin}
apiKeys:
  sk_test_mine:
    environment: test
";

#[test]
fn a_seed_file_is_in_when_the_line_of_json_comes() {
    let (_folder, yaml) = file("seed.yaml", SEED);
    let (_running, ready) = serving(&["--seed", &yaml]);
    assert_eq!(ready["apiKey"], "sk_test_mine");
    let (status, list) = get(&organizations(&ready), "sk_test_mine");
    assert_eq!((status, &list["data"][0]["name"]), (200, &json!("Acme")));
}

#[test]
fn the_usual_seed_file_is_found_in_the_working_directory() {
    let (folder, _) =
        file("workos-emulate.config.json", r#"{"organizations": [{"name": "Acme"}]}"#);
    let mut command = program(&["--port", "0", "--json"]);
    command.current_dir(folder.path());
    let mut running = Running::start(command);
    let ready = serde_json::from_str(&running.line()).unwrap();
    let (status, list) = get(&organizations(&ready), "sk_test_default");
    assert_eq!((status, &list["data"][0]["name"]), (200, &json!("Acme")));
}

#[test]
fn a_wrong_seed_file_is_named_and_nothing_starts() {
    let (_folder, unknown) = file("seed.yaml", "users:\n  - emial: a\n  - email: 7\n");
    let (_other, unfit) = file("seed.json", r#"{"connections": [{"organization": "Acme"}]}"#);
    let (_third, broken) = file("seed.yml", "users: [");
    for (path, reasons) in [
        (unknown.as_str(), ["users[0].emial – unknown field `emial`", "users[1].email – invalid"]),
        (&unfit, ["connections[0] – Organization not found: 'Acme'.", ""]),
        (&broken, ["at line 2 column 1", ""]),
        ("missing.yaml", ["missing.yaml: No such file", ""]),
    ] {
        for options in [&["--port", "0"][..], &["--validate-config"]] {
            let arguments = [options, &["--seed", path]].concat();
            let (status, stdout, stderr) = ended(program(&arguments));
            assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
            assert!(reasons.iter().all(|reason| stderr.contains(reason)), "{path}: {stderr}");
        }
    }
}

#[test]
fn a_right_seed_file_is_validated_without_a_start() {
    let (_folder, yaml) = file("seed.yaml", SEED);
    let checked = ended(program(&["--validate-config", "--seed", &yaml]));
    assert_eq!(checked, (Some(0), String::new(), String::new()));
}

#[test]
fn without_json_it_prints_the_variables_to_set() {
    let arguments = ["--port", "0", "--host", "localhost", "--api-key", "sk_test_mine"];
    let mut running = Running::start(program(&arguments));
    assert_eq!(running.line(), "workos-emulator is ready\n");
    let url = running.line();
    let url = url.strip_prefix("  WORKOS_BASE_URL=").unwrap().trim_end().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(running.line(), "  WORKOS_API_KEY=sk_test_mine\n");
    assert_eq!(running.line(), "  WORKOS_CLIENT_ID=client_emulator\n");
    assert_eq!(get(&format!("{url}/organizations"), "sk_test_mine"), (200, empty_list()));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_success() {
    for signal in ["TERM", "INT"] {
        let (mut running, ready) = serving(&[]);
        assert_eq!(get(&organizations(&ready), "sk_test_default").0, 200);
        // The shell has a `kill` even if the system has none.
        let kill = format!("kill -s {signal} {}", running.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(running.end(), (Some(0), String::new()), "{signal}");
    }
}

#[test]
fn the_api_key_is_enforced() {
    let mut by_variable = program(&["--port", "0", "--json"]);
    by_variable.env(KEY_VARIABLE, "sk_test_mine");
    let mut by_both = program(&["--port", "0", "--json", "--api-key", "sk_test_mine"]);
    by_both.env(KEY_VARIABLE, "sk_test_other");
    let by_option = program(&["--port", "0", "--json", "--api-key", "sk_test_mine"]);
    for command in [by_option, by_variable, by_both] {
        let mut running = Running::start(command);
        let ready: Value = serde_json::from_str(&running.line()).unwrap();
        assert_eq!(ready["apiKey"], "sk_test_mine");
        let url = organizations(&ready);
        assert_eq!(get(&url, "sk_test_mine"), (200, empty_list()));
        for wrong in ["sk_test_default", "sk_test_other", ""] {
            assert_eq!(get(&url, wrong).0, 401, "{wrong}");
        }
    }
}

#[test]
fn a_control_key_is_printed_and_enforced() {
    let (_running, ready) = serving(&["--host", "0.0.0.0"]);
    let made = ready["controlKey"].as_str().unwrap();
    let outbox = format!("http://127.0.0.1:{}/_emulate/outbox", ready["port"]);
    assert_eq!((get(&outbox, "").0, get(&outbox, made)), (403, (200, json!([]))));

    let mut by_variable = program(&["--port", "0", "--json"]);
    by_variable.env(CONTROL_KEY_VARIABLE, "mine");
    let by_option = program(&["--port", "0", "--json", "--control-key", "mine"]);
    for command in [by_option, by_variable] {
        let mut running = Running::start(command);
        let ready: Value = serde_json::from_str(&running.line()).unwrap();
        assert_eq!(ready["controlKey"], "mine");
        let outbox = format!("{}/_emulate/outbox", ready["url"].as_str().unwrap());
        assert_eq!((get(&outbox, made).0, get(&outbox, "mine").0), (403, 200));
    }

    let mut running = Running::start(program(&["--port", "0", "--control-key", "mine"]));
    let lines: Vec<_> = (0..5).map(|_| running.line()).collect();
    assert_eq!(lines[4], "  WORKOS_EMULATE_CONTROL_KEY=mine\n");
}

#[test]
fn the_version_is_that_of_the_crate() {
    for option in ["--version", "-v"] {
        let expected = format!("workos-emulator {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(ended(program(&[option])), (Some(0), expected, String::new()), "{option}");
    }
}

#[test]
fn help_names_the_options_but_not_the_keys_in_the_environment() {
    let mut command = program(&["--help"]);
    command.env(KEY_VARIABLE, "sk_live_secret").env(CONTROL_KEY_VARIABLE, "sk_live_secret");
    let (status, help, errors) = ended(command);
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    let options = [
        "--port",
        "--host",
        "--api-key",
        "--control-key",
        "--random-seed",
        "--webhook-hosts",
        "--json",
    ];
    for option in options.into_iter().chain([KEY_VARIABLE, CONTROL_KEY_VARIABLE]) {
        assert!(help.contains(option), "{option}: {help}");
    }
    assert!(!help.contains("sk_live_secret"), "{help}");
}

#[test]
fn a_wrong_option_prints_the_usage_and_fails() {
    let port = "error: invalid value '70000' for '--port <PORT>'";
    let seed = "error: invalid value 'x' for '--random-seed <RANDOM_SEED>'";
    for (arguments, reason) in [
        (["--nope", "--json"], "error: unexpected argument '--nope' found"),
        (["--json", "extra"], "error: the subcommand 'extra' cannot be used with '--json'"),
        (["--port", "70000"], port),
        (["--random-seed", "x"], seed),
    ] {
        let (status, output, errors) = ended(program(&arguments));
        assert_eq!((status, output.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(errors.starts_with(reason), "{errors}");
        assert!(errors.contains("--help"), "{errors}");
    }
    assert!(ended(program(&["--nope"])).2.contains("Usage: workos-emulator"));
}

#[test]
fn a_host_that_is_not_an_address_is_refused() {
    let message =
        "workos-emulator: --host nowhere.example: expected an IP address or localhost\n".to_owned();
    let refused = ended(program(&["--host", "nowhere.example", "--port", "0"]));
    assert_eq!(refused, (Some(1), String::new(), message));
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (status, output, errors) = ended(program(&["--port", &address.port().to_string()]));
    assert_eq!((status, output.as_str()), (Some(1), ""));
    let reason = format!("workos-emulator: cannot listen on {address}: ");
    assert!(errors.starts_with(&reason) && errors.lines().count() == 1, "{errors}");
}
