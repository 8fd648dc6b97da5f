//! Seed files: what is found, what is in them, and what is wrong with them.

use serde_json::{Value, json};

use super::{ended, file, get, organizations, program, server, serving, started};

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
    let mut command = server(&[]);
    command.current_dir(folder.path());
    let (_running, ready) = started(command);
    let (status, list) = get(&organizations(&ready), "sk_test_default");
    assert_eq!((status, &list["data"][0]["name"]), (200, &json!("Acme")));
}

/// What `--validate-config` prints before problems.
const FAILED: &str = "✗ Configuration validation failed:\n";

/// What the program says of a file, when it starts and when it only checks.
fn problems(name: &str, text: &str) -> Vec<String> {
    let (_folder, path) = file(name, text);
    let mut said = Vec::new();
    for (options, head) in
        [(&["--port", "0", "--strict"][..], ""), (&["--validate-config", "--strict"], FAILED)]
    {
        let (status, stdout, stderr) = ended(program(&[options, &["--seed", &path]].concat()));
        assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
        let problems = stderr.strip_prefix(head).unwrap();
        let lines = problems.lines().map(|line| line.strip_prefix(&path).unwrap().to_owned());
        said.push(lines.collect());
    }
    assert_eq!(said[0], said[1]);
    said.remove(0)
}

const UNREADABLE: &str = "\
users:
  - emial: a
  - email: 7
    email: ada@acme.test
    totp: yes
organizations:
  - name: Acme
    memberships: [{email: a@b.co, status: actve}, {user_id: user_1}]
roles: {}
apiKey: []
";

#[test]
fn every_problem_is_listed_with_its_line_and_column() {
    let expected = [
        ":2:5: users[0].emial: Unknown key of a user. Did you mean `email`?",
        ":4:5: users[1].email: Duplicate key.",
        ":5:5: users[1].totp: Expected true or false, not a string.",
        ":8:35: organizations[0].memberships[0].status: Expected \"active\", \
         \"inactive\", or \"pending\". Did you mean `active`?",
        ":8:51: organizations[0].memberships[1].email: Required.",
        ":8:52: organizations[0].memberships[1].user_id: Unknown key of a membership.",
        ":9:1: roles: Expected a list, not an object.",
        ":10:1: apiKey: Unknown key of seed data. Did you mean `apiKeys`?",
    ];
    assert_eq!(problems("seed.yaml", UNREADABLE), expected);
}

#[test]
fn no_problem_repeats_a_secret() {
    let text = "users:\n  - {email: ada@acme.test, password: 123456}\napiKeys:\n  \
                sk_live_1.2: {env: test}\n  sk_live_1.2:\n    environment: 7\n";
    let expected = [
        ":2:28: users[0].password: Expected a string, not a number.",
        ":5:3: apiKeys.<key>: Duplicate key.",
        ":6:5: apiKeys.<key>: Expected a string, not a number.",
    ];
    assert_eq!(problems("seed.yaml", text), expected);
}

#[test]
fn json_has_positions_too() {
    let text = "{\n\t\"users\": [\n\t\t{\"email\": \"\\ud83d\\ude00@a.co\", \"nme\": 1}\n\t]\n}\n";
    let expected = [":3:34: users[0].nme: Unknown key of a user. Did you mean `name`?"];
    assert_eq!(problems("seed.json", text), expected);
}

const UNFIT: &str = "\
users:
  - email: ada@acme.test
  - email: ADA@acme.test
  - email: nobody
organizations:
  - name: Acme
    memberships:
      - {email: eve@acme.test}
      - email: ada@acme.test
        role: boss
    groups:
      - {name: Builders, members: [ada@acme.test]}
  - {id: a b, name: Other}
connections:
  - {name: SSO, organization: Globex}
errorHooks:
  - {method: GET, path: '*'}
";

#[test]
fn entries_that_do_not_fit_together_have_positions_too() {
    let (hooks, others) = UNFIT.split_at(UNFIT.find("errorHooks").unwrap());
    let expected = [
        ":3:5: users[1].email: Email addresses must be unique across users.",
        ":4:5: users[2].email: 'nobody' is not a valid email address.",
        ":8:10: organizations[0].memberships[0].email: The email must match a user defined \
         in users: 'eve@acme.test'.",
        ":9:9: organizations[0].memberships[1]: The organization has no role 'boss'.",
        ":12:36: organizations[0].groups[0].members[0]: ada@acme.test must match a membership defined \
         in this organization.",
        ":13:6: organizations[1].id: The ID 'a b' is not URL-safe: it may only have \
         letters, digits, _ and -.",
        ":15:17: connections[0].organization: Organization not found: 'Globex'.",
    ];
    assert_eq!(problems("seed.yaml", hooks), expected);
    let expected = [":2:5: errorHooks[0]: one of status, fault and latency_ms is required"];
    assert_eq!(problems("seed.yml", others), expected);
}

#[test]
fn text_that_cannot_be_read_has_the_position_where_it_ends() {
    for (name, text, expected) in [
        ("a.yaml", "users: [", ":2:1: This is not YAML: "),
        ("a.yaml", "users:\n\t- email: a\n", ":2:2: This is not YAML: tabs "),
        ("a.yaml", "users: *nobody\n", ":1:8: This is not YAML: "),
        (
            "a.yaml",
            "users: &u\n  - *u\n",
            ":2:5: This alias stands for something that contains it.",
        ),
        ("a.yaml", "users: []\n---\nroles: []\n", ":2:1: A second document begins here."),
        ("a.yaml", "users: !mine []\n", ":1:8: Seed data have no tag !mine."),
        ("a.yaml", "? [a]\n: 1\n", ":1:3: A key has to be a text."),
        ("a.json", "{\n  \"users\": }", ":2:12: This is not JSON: expected value."),
        ("a.json", "users: []", ":1:1: This is not JSON: expected value."),
        ("a.yaml", "- users", ":1:1: Expected an object, not a list."),
    ] {
        let said = problems(name, text);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{text}: {said:?}");
    }
}

#[test]
fn what_would_take_too_much_memory_is_refused() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (this, that) in ('a'..='y').zip('b'..='z') {
        bomb.push_str(&format!("{that}: &{that} [{}*{this}]\n", format!("*{this},").repeat(9)));
    }
    for (text, expected) in [
        (bomb, "Anchors and aliases repeat more than 16 MiB. Write fewer of them."),
        ("- ".repeat(10_000), ":1:129: This is more than 64 lists and objects deep."),
        ("[".repeat(100_000), "This is not YAML: recursion limit exceeded."),
    ] {
        let said = problems("seed.yaml", &text);
        assert!(said.len() == 1 && said[0].ends_with(expected), "{said:?}");
    }
    let (_folder, path) = file("seed.yaml", "");
    std::fs::File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let (status, _, errors) = ended(program(&["--validate-config", "--seed", &path]));
    let expected = format!("{FAILED}{path}: Seed files may have at most 64 MiB.\n");
    assert_eq!((status, errors), (Some(1), expected));
}

#[test]
fn a_file_that_is_missing_or_not_text_is_named() {
    let (_folder, path) = file("seed.yaml", "");
    std::fs::write(&path, b"users:\n  - \xC3\xA9\xFF").unwrap();
    for (path, expected) in [
        (path.as_str(), format!("{path}:2:6: This is not UTF-8.\n")),
        ("missing.yaml", "Seed file not found: missing.yaml\n".to_owned()),
    ] {
        let (status, _, errors) = ended(program(&["--validate-config", "--seed", path]));
        assert_eq!((status, errors), (Some(1), format!("{FAILED}{expected}")));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["--validate-config"]);
    command.current_dir(folder.path());
    let expected = "workos-emulator: No seed config file found to validate: name one with --seed\n";
    assert_eq!(ended(command), (Some(1), String::new(), expected.to_owned()));
}

#[test]
fn a_right_seed_file_is_summed_up_without_a_start() {
    for (text, counts) in [(SEED, "users 1, organizations 1, apiKeys 1"), ("", "empty")] {
        let (_folder, path) = file("seed.yaml", text);
        let expected = format!("✓ Configuration is valid: {path} ({counts})\n");
        let checked = ended(program(&["--validate-config", "--seed", &path]));
        assert_eq!(checked, (Some(0), expected, String::new()));
    }
}

#[test]
fn anchors_empty_values_and_keys_of_your_own_are_fine() {
    let text = "\u{feff}# yaml-language-server: $schema=seed.schema.json\n\
                $schema: seed.schema.json\nx-mine: &mine {tier: gold}\nroles:\nusers:\n\
                - {email: ada@acme.test, name: , metadata: *mine, external_id: !!str 7}\n";
    let (_folder, path) = file("seed.yaml", text);
    let (_running, ready) = serving(&["--seed", &path]);
    let url = format!("{}/user_management/users", ready["url"].as_str().unwrap());
    let (_, users) = get(&url, "sk_test_default");
    let user = &users["data"][0];
    let expected = (&json!({"tier": "gold"}), &json!("7"), &Value::Null);
    assert_eq!((&user["metadata"], &user["external_id"], &user["name"]), expected);
}

#[test]
fn the_schema_is_printed() {
    let (status, schema, errors) = ended(program(&["schema"]));
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    assert_eq!(schema, workos_emulator::SeedData::SCHEMA);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
