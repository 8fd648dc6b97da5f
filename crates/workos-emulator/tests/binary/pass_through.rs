//! Operations that WorkOS answers, which another emulator plays here, and recordings of it.

use serde_json::json;

use super::{
    Running, empty_list, ended, file, get, organizations, program, server, serving, started,
};

const API_KEY: &str = "WORKOS_PASS_THROUGH_API_KEY";
const LIST: &str = "organizations.list_organizations";
const REAL_KEY: &str = "sk_live_of_the_developer";

/// An emulator with an organization.
fn real() -> (Running, String) {
    let (folder, seed) = file("seed.yaml", "organizations: [{name: Acme}]\n");
    let (running, ready) = serving(&["--api-key", REAL_KEY, "--seed", &seed]);
    drop(folder);
    (running, ready["url"].as_str().unwrap().to_owned())
}

#[test]
fn what_is_passed_through_is_recorded_and_replayed_without_a_network() {
    let (real, url) = real();
    let (_folder, path) = file("recording.jsonl", "an earlier recording");
    let passed = ["--pass-through", LIST, "--pass-through", "vault.*, events.*,"];
    let mut command = server(&passed);
    command.args(["--pass-through-url", &url, "--record", &path]).env(API_KEY, REAL_KEY);
    let (running, ready) = started(command);
    let listed = get(&organizations(&ready), "sk_test_default");
    assert_eq!((listed.0, &listed.1["data"][0]["name"]), (200, &json!("Acme")));
    assert_eq!(get(&organizations(&ready), REAL_KEY).0, 401);
    drop((running, real));

    let recorded = std::fs::read_to_string(&path).unwrap();
    assert!(recorded.lines().count() == 2 && !recorded.contains(REAL_KEY), "{recorded}");
    let (_running, ready) = serving(&["--replay", &path]);
    assert_eq!(get(&organizations(&ready), "sk_test_default"), listed);
    // Another operation was chosen.
    let (_running, ready) = serving(&["--replay", &path, "--pass-through", "vault.*"]);
    assert_eq!(get(&organizations(&ready), "sk_test_default"), (200, empty_list()));
}

#[test]
fn what_cannot_be_passed_through_is_refused_at_the_start() {
    let without_key = "workos-emulator: --pass-through needs your WorkOS API key in the variable \
                       WORKOS_PASS_THROUGH_API_KEY\n";
    let unknown = "workos-emulator: pass-through: unknown operation `vault`. Did you mean \
                   `vault.*`?\n";
    let exposed = "workos-emulator: pass-through: other machines can reach this address, and could \
                   use your WorkOS API key with sk_test_default, which everybody knows. Set another \
                   API key for the emulator (--api-key), or listen on localhost.\n";
    for (arguments, key, reason) in [
        (&["--pass-through", "vault.*"][..], "", without_key),
        (&["--pass-through", "vault"], REAL_KEY, unknown),
        (&["--pass-through", "vault.*", "--host", "0.0.0.0"], REAL_KEY, exposed),
    ] {
        let mut command = program(&["--port", "0"]);
        command.args(arguments).env(API_KEY, key);
        assert_eq!(ended(command), (Some(1), String::new(), reason.to_owned()));
    }
    let (_folder, path) = file("recording.jsonl", "{}");
    let reason = format!("workos-emulator: --replay: {path}: line 1: a recording begins with ");
    assert!(ended(program(&["--replay", &path])).2.starts_with(&reason));
}

#[test]
fn options_that_need_another_one_say_so() {
    for (arguments, reason) in [
        (&["--record", "x"][..], "--pass-through <OPERATIONS>"),
        (&["--pass-through-url", "https://x"], "--pass-through <OPERATIONS>"),
        (
            &["--replay", "x", "--record", "y", "--pass-through", "*"],
            "the argument '--replay <FILE>' cannot be used with '--record <FILE>'",
        ),
    ] {
        let (status, _, errors) = ended(program(arguments));
        assert!(status == Some(1) && errors.contains(reason), "{errors}");
    }
}

#[test]
fn checking_a_seed_file_leaves_a_recording_alone() {
    let (_folder, seed) = file("seed.yaml", "organizations: []\n");
    let (_other, path) = file("recording.jsonl", "an earlier recording");
    let mut command = program(&["--validate-config", "--seed", &seed, "--pass-through", "*"]);
    command.args(["--record", &path]).env(API_KEY, REAL_KEY);
    assert_eq!(ended(command).0, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "an earlier recording");
}
