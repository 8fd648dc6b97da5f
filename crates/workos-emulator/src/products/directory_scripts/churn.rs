//! [`Churn`]: people who come, change and go at random.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workos::directory_sync::{Directory, DirectoryUser, DirectoryUserState};

use super::LONGEST;
use super::seconds::Seconds;
use crate::products::directory_sync::*;
use crate::reply::Answer;
use crate::state::{Change, Store};

const MAX_USERS: u32 = 1_000;
const SHORTEST: Duration = Duration::from_millis(1);
/// What the provider's IDs of invented people begin with.
const IDP_PREFIX: &str = "churn_";

const FIRST_NAMES: [&str; 12] = [
    "Alice", "Bela", "Chidi", "Dana", "Emil", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kofi",
    "Lena",
];
const LAST_NAMES: [&str; 12] = [
    "Abe", "Brandt", "Castro", "Diallo", "Eriksen", "Farkas", "Gupta", "Haddad", "Ito", "Jensen",
    "Kowal", "Lopez",
];
const JOBS: [&str; 8] = [
    "Accountant",
    "Analyst",
    "Designer",
    "Engineer",
    "Manager",
    "Recruiter",
    "Researcher",
    "Writer",
];

/// Random changes: how many people to keep, how often one of them changes, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Churn {
    pub(super) users: u32,
    pub(super) every_seconds: Seconds,
    pub(super) for_seconds: Seconds,
}

impl Churn {
    /// How many changes there are.
    pub(super) fn times(&self) -> u64 {
        let (every, during) = (self.every_seconds.0.as_millis(), self.for_seconds.0.as_millis());
        let times = during.checked_div(every).unwrap_or_default();
        u64::try_from(times).unwrap_or(u64::MAX).max(1)
    }

    /// The field that is wrong, and why.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let (every, during) = (self.every_seconds, self.for_seconds);
        if !(1..=MAX_USERS).contains(&self.users) {
            Some((".users", format!("must be 1 to {MAX_USERS}.")))
        } else if every.0 < SHORTEST {
            Some((".every_seconds", format!("must be at least {}.", Seconds(SHORTEST))))
        } else if !(every.0..=LONGEST).contains(&during.0) {
            let longest = Seconds(LONGEST);
            Some((
                ".for_seconds",
                format!("must be at least every_seconds, and at most {longest}."),
            ))
        } else {
            None
        }
    }

    /// Makes one change.
    pub(super) fn take(
        &self,
        change: &mut Change<'_>,
        directory_id: &str,
        random: &mut u64,
    ) -> Answer<()> {
        let mut draw = fastrand::Rng::with_seed(*random);
        let people = people(change, directory_id);
        let is_full = u32::try_from(people.len()).is_ok_and(|count| count >= self.users);
        let chosen = draw.choice(&people).filter(|_| is_full || draw.u8(..100) >= 40);
        let done = match chosen {
            Some(user) => change_one(change, user, &mut draw),
            None => {
                let new = invented(change, directory_id, &mut draw)?;
                add_user(change, directory_id, new).map(drop)
            }
        };
        *random = draw.get_seed();
        done
    }
}

/// The invented people of a directory.
fn people(store: &Store, directory_id: &str) -> Vec<Arc<DirectoryUser>> {
    let users = store.directory_users.by("directory", directory_id);
    users.filter(|user| user.idp_id.starts_with(IDP_PREFIX)).cloned().collect()
}

fn invented(
    store: &Store,
    directory_id: &str,
    draw: &mut fastrand::Rng,
) -> Answer<NewDirectoryUser> {
    let first_name = one_of(&FIRST_NAMES, draw);
    let last_name = one_of(&LAST_NAMES, draw);
    let token: String = (0..8).map(|_| draw.lowercase()).collect();
    let directory = store.one::<Directory>(directory_id)?;
    let domain = directory.domain.as_deref().unwrap_or("example.com");
    let email = format!("{first_name}.{last_name}.{token}@{domain}").to_lowercase();
    Ok(NewDirectoryUser {
        idp_id: Some(format!("{IDP_PREFIX}{token}")),
        email: Some(email),
        first_name: Some(first_name.to_owned()),
        last_name: Some(last_name.to_owned()),
        job_title: Some(one_of(&JOBS, draw).to_owned()),
        ..NewDirectoryUser::default()
    })
}

fn change_one(
    change: &mut Change<'_>,
    user: &DirectoryUser,
    draw: &mut fastrand::Rng,
) -> Answer<()> {
    let kind = draw.u8(..100);
    if kind < 20 {
        return remove_user(change, &user.id);
    }
    if kind < 50
        && let Some(group_id) = any_group(change, &user.directory_id, draw)
    {
        return if is_member(change, &user.id, &group_id) {
            remove_member(change, &group_id, &user.id)
        } else {
            add_member(change, &group_id, &user.id)
        };
    }
    let mut update = DirectoryUserUpdate::default();
    if kind < 75 {
        let is_other = |job: &&str| user.job_title.as_deref() != Some(*job);
        let others: Vec<_> = JOBS.into_iter().filter(is_other).collect();
        update.job_title = Some(one_of(&others, draw).into());
    } else if user.state == DirectoryUserState::Active {
        update.state = Some(DirectoryUserState::Suspended);
    } else {
        update.state = Some(DirectoryUserState::Active);
    }
    update_user(change, &user.id, update).map(drop)
}

fn any_group(store: &Store, directory_id: &str, draw: &mut fastrand::Rng) -> Option<String> {
    let groups: Vec<_> = store.directory_groups.by("directory", directory_id).collect();
    draw.choice(groups).map(|group| group.id.clone())
}

fn one_of<'a>(words: &[&'a str], draw: &mut fastrand::Rng) -> &'a str {
    draw.choice(words).copied().unwrap_or_default()
}
