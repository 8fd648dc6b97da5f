//! [`Target`]: what the scenarios run against.

use std::cell::Cell;

use workos::{Client, Timestamp};
use workos_emulator::{Emulator, NewFlag};

use crate::harness::{Report, Scenario, Stop, Verdict, World};

/// An emulator in this process, or a test environment of WorkOS.
pub(crate) struct Target {
    client: Client,
    /// Stops when it is dropped; `None` for WorkOS.
    emulator: Option<Emulator>,
    email_domain: String,
    /// Part of every name, so that runs do not meet.
    run: String,
    scenarios: Cell<u32>,
}

impl Target {
    /// A new emulator, with what only the dashboard creates.
    pub(crate) async fn emulator() -> Result<Self, String> {
        let emulator = Emulator::builder().without_socket().start().await;
        let emulator = emulator.map_err(|error| error.to_string())?;
        let slug = "conformance".to_owned();
        let flag = NewFlag { slug, enabled: true, ..NewFlag::default() };
        emulator.fixtures().feature_flag(flag).map_err(|refusal| refusal.to_string())?;
        Ok(Self::new(emulator.client(), Some(emulator), None))
    }

    /// The test environment that these variables name.
    pub(crate) fn live(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let given = |name| variable(name).filter(|value| !value.trim().is_empty());
        let required = |name| given(name).ok_or_else(|| format!("{name} is not set"));
        let (key, client_id) = (required("WORKOS_API_KEY")?, required("WORKOS_CLIENT_ID")?);
        // The scenarios create and delete things: never where customers are.
        if !key.trim().starts_with("sk_test_") {
            return Err("WORKOS_API_KEY must be the key of a test environment, sk_test_…".into());
        }
        // The base URL stays the default one: the key goes to nobody else.
        let client = Client::builder().api_key(key).client_id(client_id).max_retries(5);
        let client = client.try_build().map_err(|error| error.to_string())?;
        Ok(Self::new(client, None, given("CONFORMANCE_EMAIL_DOMAIN")))
    }

    fn new(client: Client, emulator: Option<Emulator>, email_domain: Option<String>) -> Self {
        let email_domain = email_domain.unwrap_or_else(|| "example.com".to_owned());
        let run = format!("{:x}", Timestamp::now().as_millis());
        Self { client, emulator, email_domain, run, scenarios: Cell::new(0) }
    }

    #[cfg(test)]
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a scenario and removes what it has created.
    pub(crate) async fn run(&self, scenario: &'static Scenario) -> Report {
        self.scenarios.set(self.scenarios.get() + 1);
        let run = format!("{}-{}", self.run, self.scenarios.get());
        let is_live = self.emulator.is_none();
        let world = World::new(self.client.clone(), is_live, run, self.email_domain.clone());
        let outcome = (scenario.run)(&world).await;
        let (wrong, left_behind) = world.end().await;
        let mut verdict = match outcome {
            Ok(()) => Verdict::Ok,
            Err(Stop::Skipped(why)) => Verdict::Skipped(why),
            Err(Stop::Failed(why)) => Verdict::Failed(why),
        };
        if verdict == Verdict::Ok {
            if !left_behind.is_empty() {
                verdict = Verdict::Failed(format!("left behind: {}", left_behind.join("; ")));
            } else if !wrong.is_empty() && !is_live {
                // The emulator is to do what is assumed of WorkOS.
                verdict = Verdict::Failed("the emulator does not do what is assumed".into());
            }
        }
        Report { name: scenario.name(), verdict, wrong }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::harness::{Outcome, same};

    fn refusal(variables: &[(&str, &str)]) -> Option<String> {
        let find = |name: &str| variables.iter().find(|(own, _)| *own == name);
        Target::live(|name| find(name).map(|(_, value)| (*value).to_owned())).err()
    }

    #[test]
    fn only_the_key_of_a_test_environment_is_accepted() {
        let id = ("WORKOS_CLIENT_ID", "client_1");
        let no_test = "WORKOS_API_KEY must be the key of a test environment, sk_test_…";
        for (variables, expected) in [
            (&[id][..], Some("WORKOS_API_KEY is not set")),
            (&[id, ("WORKOS_API_KEY", " ")][..], Some("WORKOS_API_KEY is not set")),
            (&[id, ("WORKOS_API_KEY", "sk_live_1")][..], Some(no_test)),
            (&[id, ("WORKOS_API_KEY", "key_1")][..], Some(no_test)),
            (&[("WORKOS_API_KEY", "sk_test_1")][..], Some("WORKOS_CLIENT_ID is not set")),
            (&[id, ("WORKOS_API_KEY", "sk_test_1")][..], None),
        ] {
            assert_eq!(refusal(variables).as_deref(), expected);
        }
    }

    async fn fails(world: &World) -> Outcome {
        world.organization("acme").await?;
        world.assumed("one is two", same(1, 2));
        Err(Stop::Failed("as planned".into()))
    }

    async fn assumes(world: &World) -> Outcome {
        world.assumed("one is two", same(1, 2));
        Ok(())
    }

    async fn leaves(world: &World) -> Outcome {
        world.undo(async { Err::<(), _>(workos::Error::Builder("in use".into())) });
        Ok(())
    }

    scenarios![fails, assumes, leaves];

    #[tokio::test]
    async fn a_report_names_the_failure_the_wrong_assumptions_and_what_was_left_behind() {
        let target = Target::emulator().await.unwrap();
        let mut verdicts = Vec::new();
        for scenario in SCENARIOS {
            let report = target.run(scenario).await;
            let shown = report.to_string();
            let Verdict::Failed(why) = report.verdict else { unreachable!("{shown}") };
            verdicts.push((why, report.wrong.len()));
        }
        let left = "left behind: invalid request: in use";
        let assumed = "the emulator does not do what is assumed";
        let expected = [("as planned", 1), (assumed, 1), (left, 0)];
        assert_eq!(verdicts, expected.map(|(why, wrong)| (why.to_owned(), wrong)));
        let organizations = target.client.organizations().list_organizations(Default::default());
        assert_eq!(organizations.await.unwrap().data, []);
    }
}
