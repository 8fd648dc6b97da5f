//! The program: its options, its output, and how it exits.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod commands;
mod pass_through;
mod seed_files;
mod tokens;

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
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().contains("WORKOS_") {
            command.env_remove(name);
        }
    }
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

/// The program that serves on a free port and says so in JSON.
fn server(arguments: &[&str]) -> Command {
    let mut command = program(&["--port", "0", "--json"]);
    command.args(arguments);
    command
}

/// Starts a server; returns it and the JSON that it prints.
fn started(command: Command) -> (Running, Value) {
    let mut running = Running::start(command);
    let ready = serde_json::from_str(&running.line()).unwrap();
    (running, ready)
}

fn serving(arguments: &[&str]) -> (Running, Value) {
    started(server(arguments))
}

/// The status and body of a GET with this key.
fn get(url: &str, key: &str) -> (u16, Value) {
    let (status, _, body) = request(url, key);
    (status, serde_json::from_str(&body).unwrap())
}

/// The status and the head of a GET.
fn head(url: &str) -> (u16, String) {
    let (status, head, _) = request(url, "");
    (status, head)
}

fn request(url: &str, key: &str) -> (u16, String, String) {
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
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
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
    let url = format!("http://localhost:{port}");
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

#[test]
fn without_json_it_prints_the_variables_to_set() {
    let arguments = ["--port", "0", "--host", "localhost", "--api-key", "sk_test_mine"];
    let mut running = Running::start(program(&arguments));
    assert_eq!(running.line(), "workos-emulator is ready\n");
    let url = running.line();
    let url = url.strip_prefix("  WORKOS_BASE_URL=").unwrap().trim_end().to_owned();
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert_eq!(running.line(), "  WORKOS_API_KEY=sk_test_mine\n");
    assert_eq!(running.line(), "  WORKOS_CLIENT_ID=client_emulator\n");
    assert_eq!(running.line(), format!("Dashboard: {url}/_emulate/\n"));
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
    let mut by_variable = server(&[]);
    by_variable.env(KEY_VARIABLE, "sk_test_mine");
    let mut by_both = server(&["--api-key", "sk_test_mine"]);
    by_both.env(KEY_VARIABLE, "sk_test_other");
    let by_option = server(&["--api-key", "sk_test_mine"]);
    for command in [by_option, by_variable, by_both] {
        let (_running, ready) = started(command);
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

    let mut by_variable = server(&[]);
    by_variable.env(CONTROL_KEY_VARIABLE, "mine");
    let by_option = server(&["--control-key", "mine"]);
    for command in [by_option, by_variable] {
        let (_running, ready) = started(command);
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
        "--redirect-hosts",
        "--signing-key",
        "--kid",
        "--issuer",
        "--pass-through",
        "--pass-through-url",
        "--record",
        "--replay",
        "WORKOS_PASS_THROUGH_API_KEY",
        "--interactive",
        "--validate-config",
        "--json",
        "schema",
    ];
    for option in options.into_iter().chain([KEY_VARIABLE, CONTROL_KEY_VARIABLE]) {
        assert!(help.contains(option), "{option}: {help}");
    }
    assert!(!help.contains("sk_live_secret"), "{help}");
}

#[test]
fn a_wrong_option_prints_the_usage_and_fails() {
    let port = "workos-emulator: Invalid port: 70000\n";
    let seed = "error: invalid value 'x' for '--random-seed <RANDOM_SEED>'";
    for (arguments, reason) in [
        (["--nope", "--json"], "workos-emulator: Unknown option: --nope\n"),
        (["--json", "--port"], "workos-emulator: --port requires a value\n"),
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
    let (status, output, errors) = ended(program(&["--host", "nowhere.example", "--port", "0"]));
    assert_eq!((status, output.as_str()), (Some(1), ""));
    let reason = "error: invalid value 'nowhere.example' for '--host <HOST>': expected an IP \
                  address or localhost\n";
    assert!(errors.starts_with(reason), "{errors}");
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (host, address) in [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")] {
        let (status, output, errors) = ended(program(&["--host", host, "--port", &port]));
        assert_eq!((status, output.as_str()), (Some(1), ""));
        let reason = format!("workos-emulator: cannot listen on {address}:{port}: ");
        assert!(errors.starts_with(&reason) && errors.lines().count() == 1, "{errors}");
    }
}

#[test]
fn it_listens_on_both_addresses_of_this_machine_or_on_the_given_one() {
    let (_running, ready) = serving(&[]);
    let port = &ready["port"];
    let ok = (200, json!({"status": "ok"}));
    assert_eq!(get(&format!("http://127.0.0.1:{port}/health"), ""), ok);
    let has_v6 = TcpListener::bind("[::1]:0").is_ok();
    let on_v6 = |port: &Value| TcpStream::connect(format!("[::1]:{port}")).is_ok();
    assert_eq!(on_v6(port), has_v6);

    let (_running, ready) = serving(&["--host=127.0.0.1"]);
    let port = &ready["port"];
    assert_eq!(ready["url"], format!("http://127.0.0.1:{port}"));
    assert!(!on_v6(port));
}

#[test]
fn a_port_that_another_program_has_on_ipv6_is_not_taken() {
    let Ok(taken) = TcpListener::bind("[::1]:0") else { return };
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, _, errors) = ended(program(&["--port", &port]));
    let reason = format!("workos-emulator: cannot listen on localhost:{port}: ");
    assert!(status == Some(1) && errors.starts_with(&reason), "{errors}");
}

#[test]
fn the_last_of_several_values_counts_and_two_dashes_do_not() {
    let (_running, ready) = serving(&["--api-key=sk_a", "--", "--api-key=sk_b"]);
    assert_eq!(ready["apiKey"], "sk_b");
}

#[test]
fn the_variables_against_update_checks_are_accepted() {
    let mut command = program(&["--version"]);
    command.env("NO_UPDATE_NOTIFIER", "1").env("WORKOS_EMULATE_DISABLE_UPDATE_CHECK", "1");
    assert_eq!(ended(command).0, Some(0));
}

#[test]
fn redirect_hosts_may_be_repeated_and_listed() {
    let authorize = |ready: &Value, host: &str| {
        let url = ready["url"].as_str().unwrap();
        let query = format!("response_type=code&client_id=c&redirect_uri=https://{host}/cb");
        head(&format!("{url}/user_management/authorize?{query}&provider=authkit")).0
    };
    let (_folder, seed) = file("seed.yaml", "users: [{email: ada@acme.test}]\n");
    let arguments = ["--seed", &seed, "--redirect-hosts=a.test, *.b.test,", "--redirect-hosts"];
    let (_running, ready) = serving(&[&arguments[..], &["c.test"]].concat());
    for host in ["a.test", "x.b.test", "c.test:8443"] {
        assert_eq!(authorize(&ready, host), 302, "{host}");
    }
    assert_eq!(authorize(&ready, "b.test"), 400);

    let mut command = server(&["--seed", &seed]);
    command.env("WORKOS_EMULATE_REDIRECT_HOSTS", "d.test,e.test");
    let (_running, ready) = started(command);
    assert_eq!((authorize(&ready, "e.test"), authorize(&ready, "a.test")), (302, 400));

    let refused = ended(program(&["--port", "0", "--redirect-hosts", "*:3000"]));
    let reason = "workos-emulator: --redirect-hosts: Invalid redirect host '*:3000': write \"*\" to \
                  allow any host\n";
    assert_eq!(refused, (Some(1), String::new(), reason.to_owned()));
    let refused = ended(program(&["--port", "0", "--redirect-hosts", ","]));
    let reason = "workos-emulator: --redirect-hosts requires at least one host\n";
    assert_eq!(refused, (Some(1), String::new(), reason.to_owned()));
}
