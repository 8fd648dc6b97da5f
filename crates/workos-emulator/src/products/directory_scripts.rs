//! What directory providers do over time: [`DirectoryScript`]s, whose steps are taken when the
//! emulator's clock reaches them.

mod churn;
mod seconds;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workos::directory_sync::{Directory, DirectoryUserState};
use workos::{Nullable, Timestamp};

pub(crate) use self::churn::Churn;
use self::seconds::Seconds;
use super::directory_sync::*;
use crate::fields::is_default;
use crate::reply::{Answer, Invalid, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, RefusedStep, ScriptRun, Store, StoredScript};

/// How many steps a script may have.
const MAX_STEPS: usize = 10_000;
/// How many scripts there may be. Those that are done make room for others.
const MAX_SCRIPTS: usize = 100;
/// How many refused steps are kept.
const KEPT_REFUSALS: usize = 50;
/// The longest time between two steps, or two rounds: a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The shortest time between two rounds.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);

/// What a directory's provider does over time: a list of steps, each at its time after the step
/// before it.
///
/// [`Fixtures::run_directory_script`](crate::Fixtures::run_directory_script) starts it; so do
/// [`NewDirectory::scripts`] and `POST /_emulate/directories/{directory_id}/scripts`. Its steps are
/// those of [`Fixtures`](crate::Fixtures) for directories, with their `dsync.…` events. Steps name
/// users by ID, by the provider's ID or by email address, and groups by ID, by the provider's ID or
/// by name, so that they can name what an earlier step adds.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use workos::organizations::CreateOrganization;
/// use workos_emulator::{DirectoryScript, NewDirectory, NewDirectoryUser};
///
/// let emulator = workos_emulator::Emulator::start().await?;
/// emulator.clock().freeze("2026-03-01T12:00:00Z".parse()?);
/// let client = emulator.client();
/// client.organizations().create_organization(CreateOrganization::new("Acme")).await?;
/// let fixtures = emulator.fixtures();
/// let directory =
///     fixtures.directory(NewDirectory { organization: "Acme".into(), ..Default::default() })?;
///
/// let ada = NewDirectoryUser { email: Some("ada@acme.test".into()), ..Default::default() };
/// let script = DirectoryScript::new()
///     .after(Duration::from_secs(60))
///     .add_user(ada)
///     .after(Duration::from_secs(3600))
///     .suspend_user("ada@acme.test");
/// fixtures.run_directory_script(&directory.id, script)?;
///
/// let sync = client.directory_sync();
/// let users = async || sync.list_users_for_directory(&directory.id, Default::default()).await;
/// assert_eq!(users().await?.data, []);
/// emulator.clock().advance(Duration::from_secs(60));
/// assert_eq!(users().await?.data[0].state, "active");
/// emulator.clock().advance(Duration::from_secs(3600));
/// assert_eq!(users().await?.data[0].state, "suspended");
/// # Ok(()) }
/// ```
///
/// As JSON, in seed data and requests:
///
/// ```
/// let script: workos_emulator::DirectoryScript = serde_json::from_str(
///     r#"{
///         "steps": [
///             {"after_seconds": 60, "add_group": {"name": "Engineering"}},
///             {"add_user": {"email": "ada@acme.test", "groups": ["Engineering"]}},
///             {"after_seconds": 60, "update_user": {
///                 "user": "ada@acme.test", "set": {"job_title": "Engineer"}
///             }},
///             {"after_seconds": 60, "remove_member": {
///                 "group": "Engineering", "user": "ada@acme.test"
///             }},
///             {"after_seconds": 60, "remove_user": "ada@acme.test"}
///         ],
///         "repeat_every_seconds": 3600
///     }"#,
/// )?;
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Steps are taken when the [`Clock`](crate::Clock) reaches their times: those of all scripts in the
/// order of these times, each with its own time. With a frozen clock they wait until it is advanced.
/// A step that is refused, such as the removal of a user who does not exist, changes nothing; the
/// [run](DirectoryScriptRun::refused) has the reason, and the next step follows.
///
/// Before each request, at most 10,000 steps are taken that became due since the one before. Where a
/// clock is advanced by so much that there are more, they follow after the request, still in order
/// and with their times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use = "a script does nothing until it is run"]
pub struct DirectoryScript {
    steps: Vec<Step>,
    #[serde(skip_serializing_if = "is_default")]
    repeat_every_seconds: Option<Seconds>,
    /// How long after the last step the next one is, while the script is built.
    #[serde(skip)]
    wait: Duration,
}

/// What is done at one time: exactly one of the actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(skip_serializing_if = "is_default")]
    after_seconds: Seconds,
    #[serde(skip_serializing_if = "is_default")]
    add_user: Option<Box<NewDirectoryUser>>,
    #[serde(skip_serializing_if = "is_default")]
    update_user: Option<Box<UserChange>>,
    #[serde(skip_serializing_if = "is_default")]
    suspend_user: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    remove_user: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    add_group: Option<Box<NewDirectoryGroup>>,
    #[serde(skip_serializing_if = "is_default")]
    update_group: Option<Box<GroupChange>>,
    #[serde(skip_serializing_if = "is_default")]
    remove_group: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    add_member: Option<Membership>,
    #[serde(skip_serializing_if = "is_default")]
    remove_member: Option<Membership>,
    #[serde(skip_serializing_if = "is_default")]
    churn: Option<Churn>,
}

/// Which user to change, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    user: String,
    set: DirectoryUserUpdate,
}

/// Which group to change, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupChange {
    group: String,
    set: DirectoryGroupUpdate,
}

/// A user and a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Membership {
    group: String,
    user: String,
}

/// A script that was started, and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DirectoryScriptRun {
    /// The ID.
    pub id: String,
    /// The ID of the directory.
    pub directory_id: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// When its next step is due; `None` when it is done.
    pub next_due: Option<Timestamp>,
    /// How many steps are over, with those that were refused. Each time that a repeated script takes
    /// a step counts, and each change of [`DirectoryScript::churn`].
    pub steps_done: u64,
    /// The steps that were refused, oldest first: the latest 50.
    pub refused: Vec<RefusedStep>,
    /// The script.
    #[serde(flatten)]
    pub script: DirectoryScript,
}

impl DirectoryScript {
    /// A script without steps, which must get some before it can run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits before the next step: from the step before it, or from the start. By default, the
    /// next step follows at once. At most a year, in whole milliseconds.
    pub fn after(mut self, wait: Duration) -> Self {
        self.wait = self.wait.saturating_add(wait);
        self
    }

    /// Adds a user, who joins the groups.
    pub fn add_user(self, user: NewDirectoryUser) -> Self {
        self.then(Step { add_user: Some(user.into()), ..Step::default() })
    }

    /// Changes a user.
    pub fn update_user(self, user: impl Into<String>, set: DirectoryUserUpdate) -> Self {
        let update_user = Some(UserChange { user: user.into(), set }.into());
        self.then(Step { update_user, ..Step::default() })
    }

    /// Suspends a user.
    pub fn suspend_user(self, user: impl Into<String>) -> Self {
        self.then(Step { suspend_user: Some(user.into()), ..Step::default() })
    }

    /// Removes a user from the directory and its groups.
    pub fn remove_user(self, user: impl Into<String>) -> Self {
        self.then(Step { remove_user: Some(user.into()), ..Step::default() })
    }

    /// Adds a group.
    pub fn add_group(self, group: NewDirectoryGroup) -> Self {
        self.then(Step { add_group: Some(group.into()), ..Step::default() })
    }

    /// Changes a group.
    pub fn update_group(self, group: impl Into<String>, set: DirectoryGroupUpdate) -> Self {
        let update_group = Some(GroupChange { group: group.into(), set }.into());
        self.then(Step { update_group, ..Step::default() })
    }

    /// Removes a group. Its users stay.
    pub fn remove_group(self, group: impl Into<String>) -> Self {
        self.then(Step { remove_group: Some(group.into()), ..Step::default() })
    }

    /// Adds a user to a group.
    pub fn add_member(self, group: impl Into<String>, user: impl Into<String>) -> Self {
        let add_member = Some(Membership { group: group.into(), user: user.into() });
        self.then(Step { add_member, ..Step::default() })
    }

    /// Removes a user from a group.
    pub fn remove_member(self, group: impl Into<String>, user: impl Into<String>) -> Self {
        let remove_member = Some(Membership { group: group.into(), user: user.into() });
        self.then(Step { remove_member, ..Step::default() })
    }

    /// Makes random changes for demos and load tests: one per `every`, for `during`. Invented
    /// people come until there are about so many `users`; they get other jobs, join and leave the
    /// groups of the directory, are suspended and reactivated, and leave. Others are left alone.
    ///
    /// What happens depends on the [seed](crate::Builder::seed) of the emulator. The step after it
    /// waits from the last of these changes.
    ///
    /// At most 1,000 users. `every` is at least a millisecond, and `during` at most a year.
    pub fn churn(self, users: u32, every: Duration, during: Duration) -> Self {
        let churn = Churn { users, every_seconds: every.into(), for_seconds: during.into() };
        self.then(Step { churn: Some(churn), ..Step::default() })
    }

    /// Starts the script over at this interval, until it is stopped or the
    /// directory is deleted. At least a second, at least as long as all steps take, and at most a
    /// year.
    pub fn repeat_every(mut self, every: Duration) -> Self {
        self.repeat_every_seconds = Some(every.into());
        self
    }

    fn then(mut self, step: Step) -> Self {
        let after_seconds = std::mem::take(&mut self.wait).into();
        self.steps.push(Step { after_seconds, ..step });
        self
    }

    /// All problems. Their places begin with this one.
    fn problems(&self, place: &str) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let list = format!("{place}steps");
        if self.steps.is_empty() {
            problems.push(Invalid::new(&list, "required", "must have at least one step."));
        }
        if self.steps.len() > MAX_STEPS {
            let message = format!("must have at most {MAX_STEPS} steps.");
            problems.push(Invalid::new(&list, "too_long", message));
        }
        for (index, step) in self.steps.iter().enumerate() {
            step.note_problems(&format!("{list}[{index}]"), &mut problems);
        }
        let steps = self.steps.iter();
        let length = steps.map(Step::length).fold(Duration::ZERO, Duration::saturating_add);
        let shortest = length.max(SHORTEST_ROUND);
        if let Some(Seconds(every)) = self.repeat_every_seconds
            && !(shortest..=LONGEST).contains(&every)
        {
            let (shortest, longest) = (Seconds(shortest), Seconds(LONGEST));
            let message = format!(
                "must be at least {shortest}, as long as the steps, and at most {longest}."
            );
            let field = format!("{place}repeat_every_seconds");
            problems.push(Invalid::new(&field, "out_of_range", message));
        }
        problems
    }
}

impl Step {
    /// The names of the actions that it has.
    fn actions(&self) -> Vec<&'static str> {
        let actions = [
            ("add_user", self.add_user.is_some()),
            ("update_user", self.update_user.is_some()),
            ("suspend_user", self.suspend_user.is_some()),
            ("remove_user", self.remove_user.is_some()),
            ("add_group", self.add_group.is_some()),
            ("update_group", self.update_group.is_some()),
            ("remove_group", self.remove_group.is_some()),
            ("add_member", self.add_member.is_some()),
            ("remove_member", self.remove_member.is_some()),
            ("churn", self.churn.is_some()),
        ];
        actions.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }

    /// How often it is taken in a row.
    fn times(&self) -> u64 {
        self.churn.as_ref().map_or(1, Churn::times)
    }

    /// How long after one time the next one is.
    fn every(&self) -> Duration {
        self.churn.as_ref().map_or(Duration::ZERO, |churn| churn.every_seconds.0)
    }

    /// How long it takes, with the wait before it.
    fn length(&self) -> Duration {
        let again = u32::try_from(self.times().saturating_sub(1)).unwrap_or(u32::MAX);
        self.after_seconds.0.saturating_add(self.every().saturating_mul(again))
    }

    fn note_problems(&self, place: &str, problems: &mut Vec<Invalid>) {
        let mut note = |field: &str, code, message: &str| {
            problems.push(Invalid::new(&format!("{place}{field}"), code, message));
        };
        match &*self.actions() {
            [_] => {}
            [] => note("", "required", "must have an action, such as add_user."),
            several => {
                let several = several.join(", ");
                note("", "invalid", &format!("must have one action, not {several}."));
            }
        }
        if self.after_seconds.0 > LONGEST {
            let message = format!("must be at most {}.", Seconds(LONGEST));
            note(".after_seconds", "out_of_range", &message);
        }
        for (field, wrong) in self.refusals() {
            note(field, "invalid", &format!("is wrong: {wrong}"));
        }
        for (field, name) in self.names() {
            if name.trim().is_empty() {
                note(field, "required", "must not be empty.");
            }
        }
        if let Some((field, message)) = self.churn.as_ref().and_then(Churn::problem) {
            note(&format!(".churn{field}"), "out_of_range", &message);
        }
    }

    /// The values that would be refused whatever the directory has, with their places.
    fn refusals(&self) -> Vec<(&'static str, Refusal)> {
        let email =
            |email: Option<&String>| email.and_then(|email| valid_email(email.clone()).err());
        let state = |state: Option<&DirectoryUserState>| {
            state.and_then(|state| user_state(state.clone()).err())
        };
        let (new, set) = (self.add_user.as_ref(), self.update_user.as_ref().map(|one| &one.set));
        let set_email = set.and_then(|set| set.email.as_ref()).and_then(Nullable::as_value);
        let name = self.update_group.as_ref().and_then(|one| one.set.name.as_ref());
        let refusals = [
            (".add_user.email", email(new.and_then(|new| new.email.as_ref()))),
            (".add_user.state", state(new.and_then(|new| new.state.as_ref()))),
            (".update_user.set.email", email(set_email)),
            (".update_user.set.state", state(set.and_then(|set| set.state.as_ref()))),
            (".update_group.set.name", name.and_then(|name| group_name(name.clone()).err())),
        ];
        let refused = refusals.into_iter();
        refused.filter_map(|(place, refusal)| Some((place, refusal?))).collect()
    }

    /// The names of users and groups, with their places.
    fn names(&self) -> Vec<(&'static str, &str)> {
        let names = [
            (".update_user.user", self.update_user.as_ref().map(|one| &one.user)),
            (".suspend_user", self.suspend_user.as_ref()),
            (".remove_user", self.remove_user.as_ref()),
            (".add_group.name", self.add_group.as_ref().map(|one| &one.name)),
            (".update_group.group", self.update_group.as_ref().map(|one| &one.group)),
            (".remove_group", self.remove_group.as_ref()),
            (".add_member.group", self.add_member.as_ref().map(|one| &one.group)),
            (".add_member.user", self.add_member.as_ref().map(|one| &one.user)),
            (".remove_member.group", self.remove_member.as_ref().map(|one| &one.group)),
            (".remove_member.user", self.remove_member.as_ref().map(|one| &one.user)),
        ];
        names.into_iter().filter_map(|(place, name)| Some((place, name?.as_str()))).collect()
    }

    /// Does it.
    fn take(self, change: &mut Change<'_>, directory_id: &str, random: &mut u64) -> Answer<()> {
        if let Some(new) = self.add_user {
            add_user(change, directory_id, *new)?;
        }
        if let Some(one) = self.update_user {
            let id = user_named(change, directory_id, &one.user)?;
            update_user(change, &id, one.set)?;
        }
        if let Some(user) = self.suspend_user {
            let id = user_named(change, directory_id, &user)?;
            let state = Some(DirectoryUserState::Suspended);
            update_user(change, &id, DirectoryUserUpdate { state, ..Default::default() })?;
        }
        if let Some(user) = self.remove_user {
            let id = user_named(change, directory_id, &user)?;
            remove_user(change, &id)?;
        }
        if let Some(new) = self.add_group {
            add_group(change, directory_id, *new)?;
        }
        if let Some(one) = self.update_group {
            let id = group_named(change, directory_id, &one.group)?;
            update_group(change, &id, one.set)?;
        }
        if let Some(group) = self.remove_group {
            let id = group_named(change, directory_id, &group)?;
            remove_group(change, &id)?;
        }
        if let Some(Membership { group, user }) = self.add_member {
            let group_id = group_named(change, directory_id, &group)?;
            let user_id = user_named(change, directory_id, &user)?;
            add_member(change, &group_id, &user_id)?;
        }
        if let Some(Membership { group, user }) = self.remove_member {
            let group_id = group_named(change, directory_id, &group)?;
            let user_id = user_named(change, directory_id, &user)?;
            remove_member(change, &group_id, &user_id)?;
        }
        if let Some(churn) = self.churn {
            churn.take(change, directory_id, random)?;
        }
        Ok(())
    }
}

/// Starts a script. `place` is what the places of its problems begin with.
pub(crate) fn start(
    change: &mut Change<'_>,
    directory_id: &str,
    script: DirectoryScript,
    place: &str,
) -> Answer<DirectoryScriptRun> {
    change.one::<Directory>(directory_id)?;
    let problems = script.problems(place);
    if !problems.is_empty() {
        return Err(Refusal::invalid(&problems));
    }
    make_room(change)?;
    let id = change.id(StoredScript::PREFIX);
    let (now, random) = (change.now(), u64::from_be_bytes(change.bytes()));
    let steps = script.steps.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    let row = StoredScript {
        id: id.clone(),
        directory_id: directory_id.to_owned(),
        steps: steps
            .map_err(|error| Refusal::unprocessable("invalid_script", error.to_string()))?,
        repeat_every: script.repeat_every_seconds.map(|Seconds(every)| every),
    };
    let due = step_at(&row, 0)?.map(|step| now + step.after_seconds.0);
    change.put(row)?;
    let (started_at, round_at) = (now, now);
    let (next, taken, count, refused) = Default::default();
    let run = ScriptRun { id, started_at, round_at, next, taken, due, count, refused, random };
    let run = change.put(run)?;
    shown(change, &run)
}

/// Stops a script and forgets it.
pub(crate) fn stop(change: &mut Change<'_>, id: &str) -> Answer<()> {
    change.remove::<StoredScript>(id).map(drop)
}

/// The scripts of a directory, or of all, oldest first.
pub(crate) fn all(store: &Store, directory_id: Option<&str>) -> Answer<Vec<DirectoryScriptRun>> {
    let scripts: Vec<_> = match directory_id {
        Some(id) => {
            store.one::<Directory>(id)?;
            store.directory_scripts.by("directory", id).collect()
        }
        None => store.directory_scripts.iter().collect(),
    };
    scripts.into_iter().map(|script| shown(store, store.one::<ScriptRun>(&script.id)?)).collect()
}

/// Removes the oldest script that is done, where there are too many.
fn make_room(change: &mut Change<'_>) -> Answer<()> {
    if change.directory_scripts.len() < MAX_SCRIPTS {
        return Ok(());
    }
    let done = change.directory_script_runs.iter().find(|run| run.due.is_none());
    let Some(id) = done.map(|run| run.id.clone()) else {
        let message = format!("{MAX_SCRIPTS} directory scripts run already. Stop one of them.");
        return Err(Refusal::conflict("too_many_scripts", message));
    };
    stop(change, &id)
}

fn shown(store: &Store, run: &ScriptRun) -> Answer<DirectoryScriptRun> {
    let script = store.one::<StoredScript>(&run.id)?;
    let steps = (0..script.steps.len()).map(|index| step_at(script, index));
    Ok(DirectoryScriptRun {
        id: run.id.clone(),
        directory_id: script.directory_id.clone(),
        started_at: run.started_at,
        next_due: run.due,
        steps_done: run.count,
        refused: run.refused.clone(),
        script: DirectoryScript {
            steps: steps.filter_map(Result::transpose).collect::<Answer<_>>()?,
            repeat_every_seconds: script.repeat_every.map(Seconds),
            wait: Duration::ZERO,
        },
    })
}

/// When the next step of a script is due.
pub(crate) fn next_due(store: &Store) -> Option<Timestamp> {
    if store.directory_script_runs.len() == 0 { None } else { next(store)?.due }
}

/// The run whose step is next: of several at the same time, that of the oldest script.
fn next(store: &Store) -> Option<&Arc<ScriptRun>> {
    let running = store.directory_script_runs.by("state", ScriptRun::RUNNING);
    running.min_by_key(|run| run.due)
}

/// Takes the next step of all scripts.
pub(crate) fn take_step(change: &mut Change<'_>) -> Answer<()> {
    let Some(run) = next(change).cloned() else { return Ok(()) };
    let script = change.one::<StoredScript>(&run.id)?.clone();
    let mut random = run.random;
    if let Some(step) = step_at(&script, run.next)? {
        step.take(change, &script.directory_id, &mut random)?;
    }
    go_on(change, &script, ScriptRun { random, ..ScriptRun::clone(&run) })
}

/// Skips the next step of all scripts, which was refused.
pub(crate) fn skip_step(change: &mut Change<'_>, refusal: &Refusal) -> Answer<()> {
    let Some(run) = next(change).cloned() else { return Ok(()) };
    let script = change.one::<StoredScript>(&run.id)?.clone();
    let mut run = ScriptRun::clone(&run);
    if run.refused.len() >= KEPT_REFUSALS {
        run.refused.remove(0);
    }
    run.refused.push(RefusedStep {
        step: run.next,
        at: change.now(),
        code: refusal.code().to_owned(),
        message: refusal.to_string(),
    });
    go_on(change, &script, run)
}

/// Notes that a step is over, and when the next one is due.
fn go_on(change: &mut Change<'_>, script: &StoredScript, mut run: ScriptRun) -> Answer<()> {
    let now = change.now();
    run.count += 1;
    let step = step_at(script, run.next)?.unwrap_or_default();
    run.taken += 1;
    run.due = if run.taken < step.times() {
        Some(now + step.every())
    } else {
        run.taken = 0;
        run.next += 1;
        match (step_at(script, run.next)?, script.repeat_every) {
            (Some(step), _) => Some(now + step.after_seconds.0),
            (None, Some(every)) => {
                run.next = 0;
                run.round_at = run.round_at + every;
                step_at(script, 0)?.map(|step| run.round_at + step.after_seconds.0)
            }
            (None, None) => None,
        }
    };
    // No clock gets there.
    run.due = run.due.filter(|due| *due < Timestamp::MAX);
    change.put(run).map(drop)
}

/// A step of a script; `None` behind the last one.
fn step_at(script: &StoredScript, index: usize) -> Answer<Option<Step>> {
    let step = script.steps.get(index).map(Step::deserialize).transpose();
    step.map_err(|error| Refusal::unprocessable("invalid_script", error.to_string()))
}
