//! The outcome is the same, however the clock gets there and whatever is read in between.

use proptest::prelude::*;
use serde_json::Value;
use workos::organizations::CreateOrganization;

use super::*;

/// A step, with small numbers for whom it is about.
#[derive(Debug, Clone)]
enum Step {
    AddUser(usize),
    Rename(usize, usize),
    Suspend(usize),
    RemoveUser(usize),
    AddGroup(usize),
    RemoveGroup(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Churn,
}

#[derive(Debug, Clone)]
struct Script {
    /// In seconds, with the wait before each.
    steps: Vec<(u64, Step)>,
    /// How much longer than its steps a round is.
    repeat: Option<u64>,
    directory: usize,
}

/// What happens while the scripts run.
#[derive(Debug, Clone)]
enum Move {
    Wait(u64),
    Read,
    /// A request that draws IDs.
    Write,
}

/// How long the scripts run, in seconds.
const END: u64 = 60;

fn script() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        (0usize..4).prop_map(Step::AddUser),
        (0usize..4).prop_map(Step::AddUser),
        (0usize..4, 0usize..3).prop_map(|(user, name)| Step::Rename(user, name)),
        (0usize..4).prop_map(Step::Suspend),
        (0usize..4).prop_map(Step::RemoveUser),
        (0usize..2).prop_map(Step::AddGroup),
        (0usize..2).prop_map(Step::RemoveGroup),
        (0usize..2, 0usize..4).prop_map(|(group, user)| Step::Join(group, user)),
        (0usize..2, 0usize..4).prop_map(|(group, user)| Step::Leave(group, user)),
        Just(Step::Churn),
    ];
    let steps = prop::collection::vec((0u64..8, step), 1..12);
    (steps, prop::option::of(1u64..10), 0usize..2).prop_map(|(steps, repeat, directory)| Script {
        steps,
        repeat,
        directory,
    })
}

fn moves(can_write: bool) -> impl Strategy<Value = Vec<Move>> {
    let one = (0..if can_write { 4 } else { 3 }, 0u64..9).prop_map(|(kind, wait)| match kind {
        0 | 1 => Move::Wait(wait),
        2 => Move::Read,
        _ => Move::Write,
    });
    prop::collection::vec(one, 0..20)
}

impl Script {
    fn build(&self) -> DirectoryScript {
        let script = self.steps.iter().fold(DirectoryScript::new(), |script, (wait, step)| {
            let (user, group_name) = (|n| format!("idp_u{n}"), |n| format!("g{n}"));
            let script = script.after(seconds(*wait));
            match *step {
                Step::AddUser(n) => script.add_user(person(&format!("u{n}"))),
                Step::Rename(n, name) => {
                    let job_title = Some(format!("job {name}").as_str().into());
                    let update = DirectoryUserUpdate { job_title, ..Default::default() };
                    script.update_user(user(n), update)
                }
                Step::Suspend(n) => script.suspend_user(user(n)),
                Step::RemoveUser(n) => script.remove_user(user(n)),
                Step::AddGroup(n) => script.add_group(group(&group_name(n))),
                Step::RemoveGroup(n) => script.remove_group(group_name(n)),
                Step::Join(n, who) => script.add_member(group_name(n), user(who)),
                Step::Leave(n, who) => script.remove_member(group_name(n), user(who)),
                Step::Churn => script.churn(3, seconds(1), seconds(3)),
            }
        });
        match self.repeat {
            None => script,
            Some(more) => script.repeat_every(seconds(self.length() + more)),
        }
    }

    fn length(&self) -> u64 {
        let steps = self.steps.iter();
        steps.map(|(wait, step)| wait + if matches!(step, Step::Churn) { 2 } else { 0 }).sum()
    }
}

/// What happened by the end: the events of directories, and what became of each script.
async fn after(scripts: &[Script], moves: &[Move]) -> (Vec<Value>, Vec<Value>) {
    let (trial, first) = acme().await;
    let directories = [first, directory(&trial, NewDirectory::default())];
    for script in scripts {
        run(&trial, &directories[script.directory], script.build());
    }
    let mut left = END;
    for one in moves {
        match one {
            Move::Wait(wait) => {
                let wait = left.min(*wait);
                left -= wait;
                trial.wait(wait);
            }
            Move::Read => {
                trial.client().directory_sync().list_users(Default::default()).await.unwrap();
            }
            Move::Write => {
                let new = CreateOrganization::new("Globex");
                trial.client().organizations().create_organization(new).await.unwrap();
            }
        }
    }
    trial.wait(left);
    let mut events = trial.events().await;
    events.retain(|event| event["event"].as_str().unwrap().starts_with("dsync."));
    let runs = trial.emulator.fixtures().directory_scripts();
    (events, runs.iter().map(|run| serde_json::to_value(run).unwrap()).collect())
}

/// Without the IDs that were drawn.
fn without_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // The message of a refusal has IDs, too.
            let drawn = ["id", "directory_id", "message"];
            fields.retain(|name, _| !drawn.contains(&name.as_str()));
            let is_drawn = |value: &Value| value.as_str().is_some_and(|id| !id.contains('_'));
            if fields.get("idp_id").is_some_and(is_drawn) {
                fields.remove("idp_id");
            }
            fields.values_mut().for_each(without_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(without_ids),
        _ => {}
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn many_small_moves_of_the_clock_are_one_large_one(
        scripts in prop::collection::vec(script(), 1..4), moves in moves(false),
    ) {
        let (events, runs) = block_on(after(&scripts, &[]));
        let times: Vec<_> = events.iter().map(|event| event["created_at"].to_string()).collect();
        prop_assert!(times.is_sorted(), "{:?}", times);
        prop_assert_eq!(block_on(after(&scripts, &moves)), (events, runs));
    }

    #[test]
    fn what_others_do_in_between_changes_nothing_but_ids(
        scripts in prop::collection::vec(script(), 1..4), moves in moves(true),
    ) {
        let one = |moves: &[Move]| {
            let (mut events, mut runs) = block_on(after(&scripts, moves));
            events.iter_mut().chain(&mut runs).for_each(without_ids);
            (events, runs)
        };
        prop_assert_eq!(one(&moves), one(&[]));
    }

    #[test]
    fn each_step_is_over_once_its_time_is_reached(script in script()) {
        let (_, runs) = block_on(after(std::slice::from_ref(&script), &[]));
        // One time after the other, as the builder describes them.
        let (mut expected, mut round) = (0, 0);
        while round <= END {
            let mut time = round;
            for (wait, step) in &script.steps {
                time += wait;
                let times = if matches!(step, Step::Churn) { 3 } else { 1 };
                expected += (0..times).filter(|after| time + after <= END).count();
                time += times - 1;
            }
            let Some(more) = script.repeat else { break };
            round += script.length() + more;
        }
        prop_assert_eq!(&runs[0]["steps_done"], expected);
    }
}
