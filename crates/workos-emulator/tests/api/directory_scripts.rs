//! Directories that change over time.

mod model;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use workos::Timestamp;
use workos::directory_sync::ListUsersForDirectoryParams;
use workos::webhooks::CreateWebhookEndpoint;
use workos_emulator::*;

use super::trial::{NOON, Trial};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many seconds after noon.
fn at(after: u64) -> Timestamp {
    NOON.parse::<Timestamp>().unwrap() + seconds(after)
}

fn person(name: &str) -> NewDirectoryUser {
    NewDirectoryUser {
        email: Some(format!("{name}@acme.test")),
        idp_id: Some(format!("idp_{name}")),
        first_name: Some(name.to_owned()),
        ..Default::default()
    }
}

fn group(name: &str) -> NewDirectoryGroup {
    NewDirectoryGroup { name: name.to_owned(), ..Default::default() }
}

/// A change without an event, after the first time.
fn idle() -> DirectoryUserUpdate {
    DirectoryUserUpdate { job_title: Some("Idler".into()), ..Default::default() }
}

/// An emulator at noon with an organization, and the ID of its directory.
async fn acme() -> (Trial, String) {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let directory = directory(&trial, NewDirectory::default());
    (trial, directory)
}

fn directory(trial: &Trial, new: NewDirectory) -> String {
    let new = NewDirectory { organization: "Acme".into(), ..new };
    trial.emulator.fixtures().directory(new).unwrap().id
}

fn run(trial: &Trial, directory_id: &str, script: DirectoryScript) -> DirectoryScriptRun {
    trial.emulator.fixtures().run_directory_script(directory_id, script).unwrap()
}

/// The only script.
fn only(trial: &Trial) -> DirectoryScriptRun {
    let mut scripts = trial.emulator.fixtures().directory_scripts();
    assert_eq!(scripts.len(), 1);
    scripts.remove(0)
}

/// The changes of users and groups: after how many seconds, which, and of what.
async fn changes(trial: &Trial) -> Vec<String> {
    let events = trial.events().await.into_iter();
    let dsync = events.filter_map(|event| {
        let name = event["event"].as_str()?.strip_prefix("dsync.")?.to_owned();
        let data = &event["data"];
        let of = |one: &Value| {
            ["first_name", "name"]
                .into_iter()
                .find_map(|field| Some(one.get(field)?.as_str()?.to_owned()))
        };
        let what = match (of(&data["user"]), of(&data["group"])) {
            (Some(user), Some(group)) => format!("{user} {group}"),
            _ => of(data)?,
        };
        let at: Timestamp = event["created_at"].as_str()?.parse().unwrap();
        let after = at.duration_since(NOON.parse().unwrap()).as_secs();
        (name != "activated").then(|| format!("{after} {name} {what}"))
    });
    dsync.collect()
}

#[tokio::test]
async fn each_step_is_taken_at_its_time_although_nobody_looks() {
    let (trial, directory) = acme().await;
    let rename = DirectoryGroupUpdate { name: Some("Makers".into()), ..Default::default() };
    let marry = DirectoryUserUpdate { first_name: Some("ada_b".into()), ..Default::default() };
    let script = DirectoryScript::new()
        .after(seconds(10))
        .add_group(group("Builders"))
        .add_group(group("Sellers"))
        .after(seconds(5))
        .add_user(NewDirectoryUser { groups: vec!["Builders".into()], ..person("ada") })
        .after(seconds(1))
        .after(seconds(2))
        .add_user(person("bob"))
        .add_member("Sellers", "BOB@acme.test")
        .after(seconds(60))
        .update_group("Builders", rename)
        .update_user("idp_ada", marry)
        .after(seconds(3_600))
        .remove_member("Makers", "ada@acme.test")
        .suspend_user("ada@acme.test")
        .after(Duration::from_millis(1_500))
        .remove_group("Sellers")
        .remove_user("ada@acme.test");
    let started = run(&trial, &directory, script.clone());
    assert_eq!((started.next_due, started.steps_done, &started.script), (Some(at(10)), 0, &script));

    trial.wait(100_000);
    let expected = [
        "10 group.created Builders",
        "10 group.created Sellers",
        "15 user.created ada",
        "15 group.user_added ada Builders",
        "18 user.created bob",
        "18 group.user_added bob Sellers",
        "78 group.updated Makers",
        "78 user.updated ada_b",
        "3678 group.user_removed ada_b Makers",
        "3678 user.updated ada_b",
        "3679 group.deleted Sellers",
        "3679 user.deleted ada_b",
    ];
    assert_eq!(changes(&trial).await, expected);
    let last = trial.events().await.pop().unwrap();
    assert_eq!(last["created_at"], "2026-03-01T13:01:19.500Z");
    let done = only(&trial);
    assert_eq!((done.id, done.started_at), (started.id, at(0)));
    assert_eq!((done.next_due, done.steps_done, done.refused), (None, 11, vec![]));
    assert_eq!(done.script, script);
}

#[tokio::test]
async fn nothing_happens_before_the_clock_gets_there() {
    let (trial, directory) = acme().await;
    let script = DirectoryScript::new().after(seconds(60)).add_user(person("ada"));
    run(&trial, &directory, script);
    trial.wait(59);
    assert_eq!(changes(&trial).await, [""; 0]);
    trial.wait(1);
    assert_eq!(changes(&trial).await, ["60 user.created ada"]);
}

#[tokio::test]
async fn steps_of_several_scripts_are_taken_in_the_order_of_their_times() {
    let (trial, first) = acme().await;
    let second = directory(&trial, NewDirectory::default());
    let script = |names: [&str; 3], wait: u64| {
        let script = DirectoryScript::new();
        names.iter().fold(script, |script, name| script.after(seconds(wait)).add_user(person(name)))
    };
    run(&trial, &first, script(["a1", "a2", "a3"], 6));
    run(&trial, &second, script(["b1", "b2", "b3"], 4));
    run(&trial, &first, script(["c1", "c2", "c3"], 6));
    trial.wait(60);
    let expected = [
        "4 user.created b1",
        "6 user.created a1",
        "6 user.created c1",
        "8 user.created b2",
        // The oldest script is first.
        "12 user.created a2",
        "12 user.created b3",
        "12 user.created c2",
        "18 user.created a3",
        "18 user.created c3",
    ];
    assert_eq!(changes(&trial).await, expected);
}

#[tokio::test]
async fn a_step_comes_before_the_requests_after_its_time() {
    let (trial, directory) = acme().await;
    run(&trial, &directory, DirectoryScript::new().after(seconds(5)).add_user(person("ada")));
    trial.wait(9);
    // Not read before it is written.
    let bob = trial.emulator.fixtures().directory_user(&directory, person("bob")).unwrap();
    assert_eq!(bob.created_at, at(9));
    assert_eq!(changes(&trial).await, ["5 user.created ada", "9 user.created bob"]);
    let events = trial.events().await;
    let ids: Vec<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

#[tokio::test]
async fn a_refused_step_changes_nothing_and_the_next_one_follows() {
    let (trial, directory) = acme().await;
    let stranger = NewDirectoryUser { groups: vec!["Nobody".into()], ..person("eve") };
    let script = DirectoryScript::new()
        .after(seconds(1))
        .remove_user("ada@acme.test")
        .add_user(person("ada"))
        .after(seconds(1))
        .add_user(stranger)
        .add_user(person("ada"))
        .add_user(person("bob"));
    run(&trial, &directory, script);
    trial.wait(60);
    assert_eq!(changes(&trial).await, ["1 user.created ada", "2 user.created bob"]);
    let done = only(&trial);
    assert_eq!((done.steps_done, done.next_due), (5, None));
    let refused = serde_json::to_value(&done.refused).unwrap();
    let not_found = |what: &str, id: &str| format!("{what} not found: '{id}'.");
    let expected = json!([
        {"step": 0, "at": at(1), "code": "entity_not_found",
         "message": not_found("Directory user", "ada@acme.test")},
        {"step": 2, "at": at(2), "code": "entity_not_found",
         "message": not_found("Directory group", "Nobody")},
        {"step": 3, "at": at(2), "code": "idp_id_already_used",
         "message": "Another user of the directory has this idp_id."},
    ]);
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn only_the_latest_refusals_are_kept() {
    let (trial, directory) = acme().await;
    let script = DirectoryScript::new().remove_user("nobody").repeat_every(seconds(1));
    run(&trial, &directory, script);
    trial.wait(59);
    let refused = only(&trial).refused;
    let times: Vec<_> = refused.iter().map(|one| one.at).collect();
    assert_eq!(times, (10..60).map(at).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_script_starts_over_until_it_is_stopped() {
    let (trial, directory) = acme().await;
    let script = DirectoryScript::new()
        .after(seconds(5))
        .add_user(person("ada"))
        .after(seconds(10))
        .remove_user("idp_ada")
        .repeat_every(seconds(20));
    let started = run(&trial, &directory, script);
    trial.wait(46);
    let expected = [
        "5 user.created ada",
        "15 user.deleted ada",
        "25 user.created ada",
        "35 user.deleted ada",
        "45 user.created ada",
    ];
    assert_eq!(changes(&trial).await, expected);
    assert_eq!((only(&trial).next_due, only(&trial).steps_done), (Some(at(55)), 5));

    let fixtures = trial.emulator.fixtures();
    fixtures.stop_directory_script(&started.id).unwrap();
    trial.wait(1_000);
    assert_eq!(changes(&trial).await, expected);
    assert_eq!(fixtures.directory_scripts(), []);
    let again = fixtures.stop_directory_script(&started.id).unwrap_err();
    assert_eq!(again.to_string(), format!("Directory script not found: '{}'.", started.id));
}

#[tokio::test]
async fn the_deletion_of_a_directory_ends_its_scripts() {
    let (trial, first) = acme().await;
    let second = directory(&trial, NewDirectory::default());
    let script = |name| DirectoryScript::new().after(seconds(5)).add_user(person(name));
    run(&trial, &first, script("ada"));
    let other = run(&trial, &second, script("bob"));
    trial.client().directory_sync().delete_directory(&first).await.unwrap();
    trial.wait(60);
    assert_eq!(changes(&trial).await[1..], ["5 user.created bob"]);
    assert_eq!(only(&trial).id, other.id);
}

#[tokio::test]
async fn what_is_left_over_of_a_long_time_follows_in_order() {
    let (trial, directory) = acme().await;
    trial.emulator.fixtures().directory_user(&directory, person("ada")).unwrap();
    let idle = DirectoryScript::new().update_user("idp_ada", idle()).repeat_every(seconds(1));
    run(&trial, &directory, idle.add_user(person("bob")));
    trial.wait(12_000);
    let steps_done = || only(&trial).steps_done;
    // Nothing waits in between, so that no other task takes a step.
    assert_eq!([steps_done(), steps_done(), steps_done()], [10_000, 20_000, 24_002]);
    assert_eq!(only(&trial).next_due, Some(at(12_001)));
}

#[tokio::test]
async fn what_is_left_over_needs_no_request() {
    let (trial, directory) = acme().await;
    trial.emulator.fixtures().directory_user(&directory, person("ada")).unwrap();
    let script = DirectoryScript::new().update_user("idp_ada", idle()).repeat_every(seconds(1));
    run(&trial, &directory, script);
    trial.wait(25_000);
    assert_eq!(only(&trial).steps_done, 10_000);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    // This look alone would take 10,000.
    assert_eq!(only(&trial).steps_done, 25_001);
}

#[tokio::test]
async fn webhooks_of_steps_need_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (trial, directory) = acme().await;
    let hook = CreateWebhookEndpoint::new(url, ["dsync.user.created".into()]);
    trial.client().webhooks().create_webhook_endpoint(hook).await.unwrap();
    run(&trial, &directory, DirectoryScript::new().after(seconds(60)).add_user(person("ada")));
    trial.wait(60);
    let accepted = tokio::time::timeout(seconds(30), listener.accept()).await;
    let (mut stream, _) = accepted.unwrap().unwrap();
    let mut received = Vec::new();
    while !String::from_utf8_lossy(&received).contains("ada@acme.test") {
        assert!(stream.read_buf(&mut received).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn settling_includes_the_steps_that_are_due() {
    let (trial, directory) = acme().await;
    // Nothing listens there.
    let hook = CreateWebhookEndpoint::new("http://127.0.0.1:1", ["dsync.user.created".into()]);
    trial.client().webhooks().create_webhook_endpoint(hook).await.unwrap();
    run(&trial, &directory, DirectoryScript::new().after(seconds(60)).add_user(person("ada")));
    trial.wait(60);
    trial.emulator.settle().await;
    let deliveries = trial.emulator.webhooks().deliveries();
    let attempts: Vec<_> = deliveries.iter().map(|one| one.attempts.len()).collect();
    assert_eq!(attempts, [1]);
}

#[tokio::test]
async fn churn_is_the_same_for_a_seed_and_leaves_others_alone() {
    let happened = async || {
        let (trial, directory) = acme().await;
        let fixtures = trial.emulator.fixtures();
        let ada = fixtures.directory_user(&directory, person("ada")).unwrap();
        fixtures.directory_group(&directory, group("All")).unwrap();
        let script = DirectoryScript::new()
            .after(seconds(60))
            .churn(20, seconds(60), seconds(60 * 500))
            .add_user(person("zoe"));
        run(&trial, &directory, script);
        trial.wait(60 * 499);
        let before_last = changes(&trial).await;
        trial.wait(60);
        let changes = changes(&trial).await;
        assert_eq!(changes.last().unwrap(), "30000 user.created zoe");
        assert_ne!(before_last.last().unwrap(), "30000 user.created zoe");
        let done = only(&trial);
        assert_eq!((done.steps_done, done.next_due, done.refused), (501, None, vec![]));
        let sync = trial.client().directory_sync();
        assert_eq!(sync.get_user(&ada.id).await.unwrap(), ada);
        let params = ListUsersForDirectoryParams { limit: Some(100), ..Default::default() };
        let count = sync.list_users_for_directory(&directory, params).await.unwrap().data.len();
        assert!((12..=22).contains(&count), "{count}");
        changes
    };
    let first = happened().await;
    let mut kinds: Vec<_> = first.iter().map(|one| one.split(' ').nth(1).unwrap()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let expected = [
        "group.created",
        "group.user_added",
        "group.user_removed",
        "user.created",
        "user.deleted",
        "user.updated",
    ];
    assert_eq!(kinds, expected);
    // Each change makes an event.
    assert_eq!(first.len(), 2 + 500 + 1);
    assert_eq!(happened().await, first);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_script_is_said_with_places() {
    let (trial, directory) = acme().await;
    let fixtures = trial.emulator.fixtures();
    let refused = |script| {
        let refusal = fixtures.run_directory_script(&directory, script).unwrap_err();
        assert_eq!(refusal.code(), "invalid_request_parameters");
        refusal.to_string()
    };
    assert_eq!(refused(DirectoryScript::new()), "steps must have at least one step.");
    let script = DirectoryScript::new()
        .add_user(NewDirectoryUser { email: Some("ada".into()), ..Default::default() })
        .after(seconds(400 * 24 * 60 * 60))
        .suspend_user(" ")
        .add_group(group(""))
        .update_user("", DirectoryUserUpdate { state: Some("asleep".into()), ..Default::default() })
        .churn(0, seconds(1), seconds(1))
        .churn(1, Duration::ZERO, seconds(1))
        .churn(1, seconds(2), seconds(1))
        .repeat_every(seconds(1));
    let expected = "\
steps[0].add_user.email is wrong: 'ada' is not a valid email address.
steps[1].after_seconds must be at most 31622400.
steps[1].suspend_user must not be empty.
steps[2].add_group.name must not be empty.
steps[3].update_user.set.state is wrong: There is no state 'asleep' of a directory user.
steps[3].update_user.user must not be empty.
steps[4].churn.users must be 1 to 1000.
steps[5].churn.every_seconds must be at least 0.001.
steps[6].churn.for_seconds must be at least every_seconds, and at most 31622400.
repeat_every_seconds must be at least 34560000, as long as the steps, and at most 31622400.";
    assert_eq!(refused(script), expected);
    let two = json!({"steps": [{"add_user": {}, "remove_user": "ada"}, {"after_seconds": 1}]});
    let expected = "\
steps[0] must have one action, not add_user, remove_user.
steps[1] must have an action, such as add_user.";
    assert_eq!(refused(serde_json::from_value(two).unwrap()), expected);
    let many = (0..10_001).fold(DirectoryScript::new(), |script, _| script.remove_user("ada"));
    assert_eq!(refused(many), "steps must have at most 10000 steps.");

    let script = DirectoryScript::new().remove_user("ada");
    let nowhere = fixtures.run_directory_script("directory_1", script).unwrap_err();
    assert_eq!(nowhere.code(), "entity_not_found");
    assert_eq!(fixtures.directory_scripts(), []);
}

#[tokio::test]
async fn scripts_that_are_done_make_room_for_others() {
    let (trial, directory) = acme().await;
    let fixtures = trial.emulator.fixtures();
    let script = |wait| DirectoryScript::new().after(seconds(wait)).remove_user("nobody");
    let first = run(&trial, &directory, script(60));
    for _ in 1..100 {
        run(&trial, &directory, script(60));
    }
    let full = fixtures.run_directory_script(&directory, script(1)).unwrap_err();
    assert_eq!(full.to_string(), "100 directory scripts run already. Stop one of them.");
    trial.wait(60);
    let last = run(&trial, &directory, script(1));
    let scripts = fixtures.directory_scripts();
    assert_eq!((scripts.len(), &scripts[99].id), (100, &last.id));
    assert_ne!(scripts[0].id, first.id);
}

#[tokio::test]
async fn scripts_are_controlled_over_http() {
    let (trial, directory) = acme().await;
    let of_directory = format!("/_emulate/directories/{directory}/scripts");
    let script = json!({
        "steps": [
            {"after_seconds": 1, "add_user": {"email": "ada@acme.test", "idp_id": "idp_ada"}},
            {"after_seconds": 0.5, "update_user":
                {"user": "idp_ada", "set": {"email": null, "job_title": "Analyst"}}},
            {"add_group": {"name": "All"}},
            {"update_group": {"group": "All", "set": {"role": null, "name": "Some"}}},
            {"add_member": {"group": "Some", "user": "idp_ada"}},
            {"churn": {"users": 1, "every_seconds": 1, "for_seconds": 1}},
        ],
        "repeat_every_seconds": 60,
    });
    let (status, started) = trial.call("POST", &of_directory, script.clone()).await;
    let mut expected = script;
    let more = json!({
        "id": started["id"], "directory_id": directory, "started_at": NOON,
        "next_due": "2026-03-01T12:00:01.000Z", "steps_done": 0, "refused": [],
    });
    expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!((status, &started), (201, &expected));
    for path in [&of_directory, "/_emulate/directory-scripts"] {
        assert_eq!(trial.call("GET", path, Value::Null).await, (200, json!([expected])), "{path}");
    }
    trial.wait(1);
    trial.wait(1);
    let (_, users) =
        trial.call("GET", &format!("/directory_users?directory={directory}"), Value::Null).await;
    // A null clears, also in what goes through the schema.
    let ada = users["data"].as_array().unwrap().iter().find(|user| user["idp_id"] == "idp_ada");
    let ada = ada.unwrap();
    assert_eq!((ada.get("email"), &ada["job_title"]), (Some(&Value::Null), &json!("Analyst")));

    let path = format!("/_emulate/directory-scripts/{}", started["id"].as_str().unwrap());
    assert_eq!(trial.call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(trial.call("DELETE", &path, Value::Null).await.0, 404);
    assert_eq!(trial.call("GET", &of_directory, Value::Null).await, (200, json!([])));
    let nowhere = "/_emulate/directories/directory_1/scripts";
    assert_eq!(trial.call("GET", nowhere, Value::Null).await.0, 404);
    let script = json!({"steps": [{"remove_user": "ada"}]});
    assert_eq!(trial.call("POST", nowhere, script).await.0, 404);
}

#[tokio::test]
async fn a_request_with_a_wrong_script_is_told_all_of_it() {
    let (trial, directory) = acme().await;
    let path = format!("/_emulate/directories/{directory}/scripts");
    let script = json!({
        "steps": [
            {"after_seconds": "60", "add_user": {"mail": "ada@acme.test"}},
            {"update_user": {"set": {}}},
            {"ad_member": {}},
            {"churn": {"users": 5_000, "every_seconds": 0, "for_seconds": 1}},
        ],
        "repeat": 1,
    });
    let (status, refused) = trial.call("POST", &path, script).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid_script")));
    let mut messages: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["message"].as_str().unwrap())
        .collect();
    messages.sort_unstable();
    let expected = [
        "repeat: Unknown key of a directory script.",
        "steps[0].add_user.mail: Unknown key of a directory user. Did you mean `email`?",
        "steps[0].after_seconds: Expected a number, not a string.",
        "steps[1].update_user.user: Required.",
        "steps[2].ad_member: Unknown key of a step. Did you mean `add_member`?",
        "steps[3].churn.every_seconds: Expected at least 0.001.",
        "steps[3].churn.users: Expected at most 1000.",
    ];
    assert_eq!(messages, expected);
    assert_eq!(trial.emulator.fixtures().directory_scripts(), []);
}

#[tokio::test]
async fn a_seed_file_starts_scripts() {
    let seed = |scripts: Value| {
        json!({
            "organizations": [{"name": "Acme", "domains": [{"domain": "acme.test"}]}],
            "directories": [{"organization": "Acme", "groups": ["All"], "scripts": scripts}],
        })
    };
    let steps = json!([
        {"after_seconds": 3600,
         "add_user": {"email": "ada@acme.test", "first_name": "ada", "groups": ["All"]}},
        {"after_seconds": 60, "remove_user": "ada@acme.test"},
    ]);
    let data = SeedData::from_value(seed(json!([{"steps": steps}]))).unwrap();
    let builder = Emulator::builder().freeze(NOON.parse().unwrap()).data(data);
    let trial = Trial::with(builder).await;
    trial.wait(7_200);
    let expected = [
        "0 group.created All",
        "3600 user.created ada",
        "3600 group.user_added ada All",
        "3660 user.deleted ada",
    ];
    assert_eq!(changes(&trial).await, expected);

    let wrong = json!([{"steps": steps}, {"steps": [{"add_user": {"email": "ada"}}, {}]}]);
    let data = SeedData::from_value(seed(wrong)).unwrap();
    let refused = Emulator::builder().without_socket().data(data).start().await.unwrap_err();
    let expected = "\
directories[0].scripts[1].steps[0].add_user.email: Is wrong: 'ada' is not a valid email address.
directories[0].scripts[1].steps[1]: Must have an action, such as add_user.";
    assert_eq!(refused.to_string(), expected);
}
