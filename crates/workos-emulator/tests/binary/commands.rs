//! The other commands: `doctor` and `completions`.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use workos_emulator::Emulator;

use super::{ended, program};

/// Runs `doctor` while an emulator in this process answers.
async fn doctor(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = program(&[&["doctor"], arguments].concat());
    command.envs(variables.iter().copied());
    tokio::task::spawn_blocking(|| ended(command)).await.unwrap()
}

const PASSWORD: &str = "hidden: a password of 38 characters...";

#[tokio::test]
async fn doctor_finds_a_whole_environment_well() {
    let emulator = Emulator::start().await.unwrap();
    let url = emulator.base_url();
    let port = url.rsplit(':').next().unwrap();
    let variables = [
        ("WORKOS_API_KEY", emulator.api_key()),
        ("WORKOS_CLIENT_ID", "client_mine"),
        ("WORKOS_BASE_URL", url),
        ("WORKOS_API_HOSTNAME", "127.0.0.1"),
        ("WORKOS_API_PORT", port),
        ("WORKOS_API_HTTPS", "false"),
        ("WORKOS_COOKIE_PASSWORD", PASSWORD),
        ("WORKOS_REDIRECT_URI", "http://localhost:3000/callback"),
    ];
    let expected = format!(
        "ok       WORKOS_API_KEY          sk_test_…\n\
         ok       WORKOS_CLIENT_ID        client_mine\n\
         ok       WORKOS_BASE_URL         {url}\n\
         ok       WORKOS_API_HOSTNAME     {url}\n\
         ok       WORKOS_COOKIE_PASSWORD  at least 32 characters\n\
         ok       WORKOS_REDIRECT_URI     http://localhost:3000/callback\n\
         ok       server                  workos-emulator at {url}\n\
         ok       API key                 accepted\n\
         ok       client ID               accepted, like any other\n\
         ok       redirect URI            allowed\n\
         ok       clock                   the emulator's clock is that of this machine\n"
    );
    assert_eq!(doctor(&[], &variables).await, (Some(0), expected, String::new()));
    assert_eq!(emulator.outbox().all(), []);
}

#[tokio::test]
async fn doctor_says_what_the_server_refuses_and_shows_no_secret() {
    let emulator = Emulator::start().await.unwrap();
    emulator.clock().freeze("2026-03-01T12:00:00Z".parse().unwrap());
    let variables = [
        ("WORKOS_API_KEY", "sk_test_hidden"),
        ("WORKOS_CLIENT_ID", "client_mine"),
        ("WORKOS_BASE_URL", emulator.base_url()),
        ("WORKOS_COOKIE_PASSWORD", PASSWORD),
        ("WORKOS_REDIRECT_URI", "https://app.test/callback"),
        ("WORKOS_WEBHOOK_SECRET", "whsec_hidden"),
    ];
    let (status, output, errors) = doctor(&["--json"], &variables).await;
    assert_eq!((status, errors.as_str()), (Some(1), ""));
    assert!(!output.contains("hidden") && output.lines().count() == 1, "{output}");
    let report: Value = serde_json::from_str(&output).unwrap();
    let wrong: Vec<_> = report["checks"].as_array().unwrap().iter().collect();
    let wrong: Vec<_> = wrong.iter().filter(|check| check["status"] == "wrong").collect();
    let names: Vec<_> = wrong.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!((&report["ok"], names), (&json!(false), vec!["API key", "redirect URI", "clock"]));
    let message = "refused: register it, or start the emulator with --redirect-hosts app.test";
    assert_eq!(wrong[1]["message"], message);
}

#[tokio::test]
async fn doctor_uses_the_control_key_of_an_emulator_that_wants_one() {
    let emulator = Emulator::builder().control_key("mine").start().await.unwrap();
    let url = emulator.base_url();
    let key = ("WORKOS_EMULATE_CONTROL_KEY", "mine");
    let variables = [("WORKOS_BASE_URL", url), key];
    for (variables, status) in [(&variables[..1], "note"), (&variables, "ok")] {
        let (_, output, _) = doctor(&["--json"], variables).await;
        let report: Value = serde_json::from_str(&output).unwrap();
        let last = report["checks"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["name"], &last["status"]), (&json!("clock"), &json!(status)));
    }
}

#[test]
fn doctor_reads_a_file_of_variables() {
    // A port that nobody listens on.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "# for tests\nexport WORKOS_API_KEY='sk_test_hidden'\nhidden line\n\
         WORKOS_BASE_URL=http://{free} # the emulator\n"
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let mut command = program(&["doctor", "--env-file", path]);
    command.env("WORKOS_CLIENT_ID", "client_mine");
    let (status, output, errors) = ended(command);
    assert_eq!((status, errors.as_str()), (Some(1), ""), "{output}");
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines[0], format!("wrong    {path:22}  line 3: expected NAME=value"));
    assert_eq!(lines[1], "ok       WORKOS_API_KEY          sk_test_…");
    let start = format!("wrong    server                  http://{free} does not answer (");
    assert!(lines.last().unwrap().starts_with(&start), "{output}");
    assert!(!output.contains("hidden") && !output.contains('\u{1b}'), "{output}");
}

#[test]
fn doctor_names_a_file_that_it_cannot_read() {
    let (status, output, errors) = ended(program(&["doctor", "--env-file", "missing.env"]));
    assert_eq!((status, output.as_str()), (Some(1), ""));
    let start = "workos-emulator: --env-file missing.env: ";
    assert!(errors.starts_with(start) && errors.lines().count() == 1, "{errors}");
}

#[test]
fn each_shell_completes_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (status, script, errors) = ended(program(&["completions", shell]));
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{shell}");
        for word in ["seed", "env-file", "doctor", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let (status, _, errors) = ended(program(&["completions", "tcsh"]));
    assert!(status == Some(1) && errors.contains("bash"), "{errors}");
}

#[cfg(unix)]
#[test]
fn bash_can_read_its_script() {
    let (_, script, _) = ended(program(&["completions", "bash"]));
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn options_of_the_server_do_not_go_with_commands() {
    for (arguments, reason) in [
        (["--json", "doctor"], "error: the subcommand 'doctor' cannot be used with '--json'"),
        (["doctor", "--port=1"], "workos-emulator: Unknown option: --port"),
        (["help", "--json"], "error: unrecognized subcommand 'help'"),
    ] {
        let (status, output, errors) = ended(program(&arguments));
        assert_eq!((status, output.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(errors.starts_with(reason), "{errors}");
    }
}
