//! [`World`]: what a scenario runs in, the assertions, and the [`Report`].

use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug};
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::time::Duration;

use workos::organizations::CreateOrganization;
use workos::user_management::{CreateUser, Password};
use workos::{Client, Error, Organization, SecretString, User};

/// How often WorkOS is asked again for what it does after its answer, and how long it is left alone
/// in between.
const LIVE_ATTEMPTS: u32 = 15;
const LIVE_PAUSE: Duration = Duration::from_secs(2);

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What a scenario returns.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// Why a scenario did not run to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(String),
    /// The environment lacks something that only the dashboard creates.
    Skipped(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A statement about the API.
pub(crate) struct Scenario {
    pub(crate) path: &'static str,
    pub(crate) run: for<'a> fn(&'a World) -> BoxFuture<'a, Outcome>,
}

impl Scenario {
    /// Its topic and its name.
    pub(crate) fn name(&self) -> &'static str {
        self.path.split_once("::").map_or(self.path, |(_crate, name)| name)
    }
}

/// Lists the scenarios of a file.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const SCENARIOS: &[$crate::harness::Scenario] = &[$(
            $crate::harness::Scenario {
                path: concat!(module_path!(), "::", stringify!($name)),
                run: |world| Box::pin($name(world)),
            }
        ),+];
    };
}

/// What became of a scenario.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    /// What was assumed about WorkOS and is not so.
    pub(crate) wrong: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Ok,
    Skipped(String),
    Failed(String),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Ok => write!(f, "ok      {}", self.name)?,
            Verdict::Skipped(why) => write!(f, "skipped {}: {why}", self.name)?,
            Verdict::Failed(why) => write!(f, "FAILED  {}: {why}", self.name)?,
        }
        for wrong in &self.wrong {
            write!(f, "\n        assumption wrong: {wrong}")?;
        }
        Ok(())
    }
}

/// What a scenario runs in: a client, and names that nobody else has.
pub(crate) struct World {
    pub(crate) client: Client,
    is_live: bool,
    run: String,
    email_domain: String,
    names: Cell<u32>,
    undo: RefCell<Vec<BoxFuture<'static, Result<(), Error>>>>,
    wrong: RefCell<Vec<String>>,
}

impl World {
    pub(crate) fn new(client: Client, is_live: bool, run: String, email_domain: String) -> Self {
        let (names, undo, wrong) = Default::default();
        Self { client, is_live, run, email_domain, names, undo, wrong }
    }

    /// A new name: lowercase letters, digits and dashes, at most 48 for a short word.
    pub(crate) fn name(&self, word: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("conformance-{word}-{}-{}", self.run, self.names.get())
    }

    /// A new email address.
    pub(crate) fn email(&self, word: &str) -> String {
        format!("{}@{}", self.name(word), self.email_domain)
    }

    /// A new password: long, and in no list of leaked ones.
    pub(crate) fn password(&self) -> SecretString {
        format!("Horse & staple, {}", self.name("key")).into()
    }

    /// Makes this call when the scenario is over, however it ends. The last one comes first.
    pub(crate) fn undo<T: 'static>(&self, call: impl Future<Output = Result<T, Error>> + 'static) {
        self.undo.borrow_mut().push(Box::pin(async move { call.await.map(drop) }));
    }

    /// Creates an organization for this scenario.
    pub(crate) async fn organization(&self, word: &str) -> Outcome<Organization> {
        self.organization_with(CreateOrganization::new(self.name(word))).await
    }

    /// Creates an organization with more than a name for this scenario.
    pub(crate) async fn organization_with(&self, new: CreateOrganization) -> Outcome<Organization> {
        let organization = self.client.organizations().create_organization(new).await?;
        self.undo(self.client.organizations().delete_organization(&organization.id));
        Ok(organization)
    }

    /// Creates a user for this scenario, without a password.
    pub(crate) async fn user(&self, word: &str) -> Outcome<User> {
        self.user_with(CreateUser::new(self.email(word))).await
    }

    /// Creates a user for this scenario who can sign in with this password.
    pub(crate) async fn user_with_password(&self, password: &SecretString) -> Outcome<User> {
        let new = CreateUser {
            email_verified: Some(true),
            password: Some(Password::plaintext(password.clone())),
            ..CreateUser::new(self.email("ada"))
        };
        self.user_with(new).await
    }

    /// Creates a user with more than an email address for this scenario.
    pub(crate) async fn user_with(&self, new: CreateUser) -> Outcome<User> {
        let user = self.client.user_management().create_user(new).await?;
        self.undo(self.client.user_management().delete_user(&user.id));
        Ok(user)
    }

    /// Notes whether WorkOS does what no documentation says. The scenario goes on.
    pub(crate) fn assumed(&self, what: &str, outcome: Outcome) {
        if let Err(Stop::Failed(why) | Stop::Skipped(why)) = outcome {
            self.wrong.borrow_mut().push(format!("{what}: {why}"));
        }
    }

    /// Checks what WorkOS may do only after its answer, until it is so.
    pub(crate) async fn eventually(&self, check: impl AsyncFn() -> Outcome) -> Outcome {
        let mut outcome = check().await;
        let attempts = if self.is_live { LIVE_ATTEMPTS } else { 1 };
        for _ in 1..attempts {
            if outcome.is_ok() {
                break;
            }
            tokio::time::sleep(LIVE_PAUSE).await;
            outcome = check().await;
        }
        outcome
    }

    /// Checks that there is no such object, or soon will not be.
    pub(crate) async fn gone<T: Debug>(&self, get: impl AsyncFn() -> Result<T, Error>) -> Outcome {
        self.eventually(async || refused_as(get().await, 404)).await
    }

    /// Removes what the scenario has created. Returns the wrong assumptions, and why something
    /// could not be removed.
    pub(crate) async fn end(&self) -> (Vec<String>, Vec<String>) {
        let mut left_behind = Vec::new();
        loop {
            // A statement of its own, so that nothing is borrowed while the call runs.
            let next = self.undo.borrow_mut().pop();
            let Some(undo) = next else { break };
            match undo.await {
                // The scenario has deleted it, or it went with what it belonged to.
                Err(error) if !error.is_not_found() => left_behind.push(error.to_string()),
                _ => {}
            }
        }
        (self.wrong.take(), left_behind)
    }
}

/// Checks that a value is this one.
#[track_caller]
pub(crate) fn same<A: PartialEq<B> + Debug, B: Debug>(actual: A, expected: B) -> Outcome {
    if actual == expected {
        return Ok(());
    }
    Err(failed(&format!("{actual:?} instead of {expected:?}")))
}

/// Checks that something is so.
#[track_caller]
pub(crate) fn holds(is_so: bool, what: &str) -> Outcome {
    if is_so { Ok(()) } else { Err(failed(&format!("not so: {what}"))) }
}

/// The value of what has to be there.
#[track_caller]
pub(crate) fn present<T>(value: Option<T>, what: &str) -> Outcome<T> {
    // No closure: its place would be here.
    match value {
        Some(value) => Ok(value),
        None => Err(failed(&format!("missing: {what}"))),
    }
}

/// Checks that a call was refused with this status and code, such as `404 entity_not_found`.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T, Error>, expected: &str) -> Outcome {
    let (status, code) = refusal(result)?;
    same(format!("{status} {code}"), expected)
}

/// Checks that a call was refused with this status.
#[track_caller]
pub(crate) fn refused_as<T: Debug>(result: Result<T, Error>, expected: u16) -> Outcome {
    let (status, _) = refusal(result)?;
    same(status, expected)
}

/// The status and the code of a refusal.
#[track_caller]
fn refusal<T: Debug>(result: Result<T, Error>) -> Outcome<(u16, String)> {
    match result {
        Ok(value) => Err(failed(&format!("not refused: {value:?}"))),
        Err(error) => match error.api() {
            Some(api) => Ok((api.status, api.code.clone().unwrap_or_default())),
            None => Err(error.into()),
        },
    }
}

#[track_caller]
fn failed(message: &str) -> Stop {
    let at = Location::caller();
    Stop::Failed(format!("{message} ({}:{})", at.file(), at.line()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_assertion_says_what_is_there_and_where_it_was_expected() {
        let line = line!() + 1;
        let Err(Stop::Failed(why)) = same(1, 2) else { unreachable!() };
        assert_eq!(why, format!("1 instead of 2 ({}:{line})", file!()));
    }

    #[test]
    fn a_report_has_a_line_and_one_more_for_each_wrong_assumption() {
        let wrong = vec!["one is two: 1 instead of 2".to_owned()];
        let report = Report { name: "vault::a", verdict: Verdict::Failed("b".into()), wrong };
        let expected = "FAILED  vault::a: b\n        assumption wrong: one is two: 1 instead of 2";
        assert_eq!(report.to_string(), expected);
    }
}
