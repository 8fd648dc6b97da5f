//! What the API does, as scenarios that run against the emulator or WorkOS itself: see README.md.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program prints to the terminal

#[macro_use]
mod harness;
mod target;

mod api_keys;
mod audit_logs;
mod authorization;
mod domains;
mod events;
mod feature_flags;
mod groups;
mod invitations;
mod lists;
mod memberships;
mod organizations;
mod sign_in;
mod users;
mod vault;
mod webhooks;

use std::process::ExitCode;

use harness::{Report, Scenario, Verdict};
use target::Target;

const USAGE: &str = "\
cargo run -p conformance -- [--live] [--only NAME] [--list]

Without --live, the scenarios run against an emulator in this process.

--live         runs them against WorkOS, in the test environment of WORKOS_API_KEY (sk_test_…) and
               WORKOS_CLIENT_ID. CONFORMANCE_EMAIL_DOMAIN is the domain of the users' addresses,
               by default example.com.
--only NAME    runs the scenarios whose name contains this.
--list         lists the scenarios and runs none.

Exits with 1 if a scenario failed.";

const TOPICS: &[&[Scenario]] = &[
    organizations::SCENARIOS,
    domains::SCENARIOS,
    lists::SCENARIOS,
    users::SCENARIOS,
    memberships::SCENARIOS,
    groups::SCENARIOS,
    invitations::SCENARIOS,
    authorization::SCENARIOS,
    sign_in::SCENARIOS,
    api_keys::SCENARIOS,
    feature_flags::SCENARIOS,
    vault::SCENARIOS,
    audit_logs::SCENARIOS,
    webhooks::SCENARIOS,
    events::SCENARIOS,
];

#[derive(Debug, Default, PartialEq)]
struct Options {
    live: bool,
    list: bool,
    only: Option<String>,
}

impl Options {
    /// `None` if the arguments are not understood.
    fn parse(arguments: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--live" => options.live = true,
                "--list" => options.list = true,
                "--only" => options.only = Some(arguments.next()?),
                _ => return None,
            }
        }
        Some(options)
    }

    fn scenarios(&self) -> Vec<&'static Scenario> {
        let wanted = self.only.as_deref().unwrap_or_default();
        TOPICS
            .iter()
            .copied()
            .flatten()
            .filter(|scenario| scenario.name().contains(wanted))
            .collect()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let scenarios = options.scenarios();
    if options.list {
        for scenario in scenarios {
            println!("{}", scenario.name());
        }
        return ExitCode::SUCCESS;
    }
    // A misspelled name must not look like a success.
    if scenarios.is_empty() {
        eprintln!("conformance: no scenario has such a name; --list shows all");
        return ExitCode::from(2);
    }
    let target = if options.live {
        Target::live(|name| std::env::var(name).ok())
    } else {
        Target::emulator().await
    };
    let target = match target {
        Ok(target) => target,
        Err(message) => {
            eprintln!("conformance: {message}");
            return ExitCode::from(2);
        }
    };
    let mut reports = Vec::new();
    for scenario in scenarios {
        let report = Box::pin(target.run(scenario)).await;
        println!("{report}");
        reports.push(report);
    }
    println!("\n{}", summary(&reports));
    let has_failed = reports.iter().any(|report| matches!(report.verdict, Verdict::Failed(_)));
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn summary(reports: &[Report]) -> String {
    let count = |is: fn(&Verdict) -> bool| reports.iter().filter(|one| is(&one.verdict)).count();
    let wrong: usize = reports.iter().map(|report| report.wrong.len()).sum();
    format!(
        "{} scenarios: {} ok, {} failed, {} skipped; {wrong} wrong assumptions",
        reports.len(),
        count(|verdict| matches!(verdict, Verdict::Ok)),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Skipped(_))),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use workos::vault::ListKvParams;

    use super::*;

    fn parse(arguments: &[&str]) -> Option<Options> {
        Options::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[tokio::test]
    async fn the_emulator_does_what_every_scenario_says_and_nothing_is_left_behind() {
        let target = Target::emulator().await.unwrap();
        let mut lines = Vec::new();
        for scenario in Options::default().scenarios() {
            let report = Box::pin(target.run(scenario)).await;
            if report.verdict != Verdict::Ok || !report.wrong.is_empty() {
                lines.push(report.to_string());
            }
        }
        assert_eq!(lines, [""; 0]);

        let client = target.client();
        let organizations = client.organizations().list_organizations(Default::default());
        assert_eq!(organizations.await.unwrap().data, []);
        let users = client.user_management().list_users(Default::default());
        assert_eq!(users.await.unwrap().data, []);
        let invitations = client.user_management().list_invitations(Default::default());
        let pending = invitations.await.unwrap().data.into_iter().filter(|invitation| {
            invitation.state == workos::user_management::InvitationState::Pending
        });
        assert_eq!(pending.collect::<Vec<_>>(), []);
        let permissions = client.authorization().list_permissions(Default::default());
        assert_eq!(permissions.await.unwrap().data, []);
        let endpoints = client.webhooks().list_webhook_endpoints(Default::default());
        assert_eq!(endpoints.await.unwrap().data, []);
        let objects = client.vault().list_kv(ListKvParams::default());
        assert_eq!(objects.await.unwrap().data, []);
    }

    #[test]
    fn every_scenario_has_a_name_of_its_own() {
        let scenarios = Options::default().scenarios();
        let names: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.name()).collect();
        assert_eq!(names.len(), scenarios.len());
    }

    #[test]
    fn arguments_choose_the_scenarios_and_the_target() {
        let only = Some("vault".to_owned());
        let all = Options { live: true, list: true, only: only.clone() };
        assert_eq!(parse(&["--live", "--only", "vault", "--list"]), Some(all));
        assert_eq!(parse(&[]), Some(Options::default()));
        for wrong in [&["--only"][..], &["vault"], &["--Live"]] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
        let of_vault = Options { only, ..Options::default() }.scenarios();
        assert_eq!(of_vault.len(), vault::SCENARIOS.len());
    }

    #[test]
    fn the_summary_counts_failures_apart_from_wrong_assumptions() {
        let report = |verdict, wrong: &[&str]| Report {
            name: "a",
            verdict,
            wrong: wrong.iter().map(|text| (*text).to_owned()).collect(),
        };
        let reports = [
            report(Verdict::Ok, &["b", "c"]),
            report(Verdict::Failed("d".into()), &[]),
            report(Verdict::Skipped("e".into()), &[]),
        ];
        let expected = "3 scenarios: 1 ok, 1 failed, 1 skipped; 2 wrong assumptions";
        assert_eq!(summary(&reports), expected);
    }
}
