//! The state as seed data, and back.

mod contents;
mod random;
mod secrets;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use workos_emulator::{Emulator, SeedData};

use super::trial::{NOON, Trial};

/// An emulator that starts with what another one has.
async fn again(trial: &Trial) -> Trial {
    started(SeedData::from_json(&trial.emulator.export().to_json()).unwrap()).await
}

async fn started(data: SeedData) -> Trial {
    Trial::with(Emulator::builder().data(data).freeze(NOON.parse().unwrap())).await
}

/// What was exported is read as it was written, and loading it gives the same export.
async fn check_law(trial: &Trial) -> Value {
    let exported = trial.emulator.export();
    let json = exported.to_json();
    assert_eq!(SeedData::from_json(&json).unwrap(), exported, "{json}");
    let data = serde_json::to_value(&exported).unwrap();
    assert_eq!(vacant(&data, ""), [""; 0], "{json}");
    let second = again(trial).await.emulator.export().to_json();
    similar(&second, &json);
    data
}

/// Compares line by line, since the whole is long.
fn similar(second: &str, first: &str) {
    let lines = second.lines().zip(first.lines());
    for (number, (second, first)) in lines.enumerate() {
        assert_eq!(second, first, "in line {number}");
    }
    assert_eq!(second.lines().count(), first.lines().count());
}

/// The places of nulls and empty lists, but for those in attributes of an application's own.
fn vacant(value: &Value, place: &str) -> Vec<String> {
    let inner: Vec<_> = match value {
        Value::Null => return vec![place.to_owned()],
        Value::Array(items) if items.is_empty() => return vec![place.to_owned()],
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| !name.ends_with("_attributes"));
            fields.map(|(name, value)| (name.clone(), value)).collect()
        }
        _ => return Vec::new(),
    };
    inner.into_iter().flat_map(|(name, item)| vacant(item, &format!("{place}/{name}"))).collect()
}

#[tokio::test]
async fn a_new_emulator_has_nothing_to_export() {
    let trial = Trial::new().await;
    assert_eq!(trial.emulator.export(), SeedData::default());
    assert_eq!(trial.emulator.export().to_json(), "{}");
}

/// So many users who are members of one organization and of a group.
fn many(count: usize) -> SeedData {
    let email = |number| format!("user{number}@acme.test");
    let users = (0..count).map(|number| {
        json!({"email": email(number), "password": "correct horse battery",
               "oauth_provider": "GoogleOAuth"})
    });
    let memberships = (0..count).map(|number| json!({"email": email(number)}));
    let data = json!({
        "users": users.collect::<Vec<_>>(),
        "organizations": [{
            "name": "Acme",
            "memberships": memberships.collect::<Vec<_>>(),
            "groups": [{"name": "All", "members": (0..count).map(email).collect::<Vec<_>>()}],
        }],
    });
    SeedData::from_value(data).unwrap()
}

/// The shortest of a few exports.
fn export_time(emulator: &Emulator) -> Duration {
    let times = (0..5).map(|_| {
        let start = Instant::now();
        let data = emulator.export();
        let time = start.elapsed();
        drop(data);
        time
    });
    times.min().unwrap()
}

#[tokio::test]
async fn exporting_ten_times_the_users_takes_about_ten_times_as_long() {
    let (small, large) = (started(many(1_000)).await, started(many(10_000)).await);
    let data = serde_json::to_value(large.emulator.export()).unwrap();
    assert_eq!(data["users"].as_array().map(Vec::len), Some(10_000));
    let (short, long) = (export_time(&small.emulator), export_time(&large.emulator));
    assert!(long < short * 50, "{long:?} for 10,000 users, {short:?} for 1,000");
}
