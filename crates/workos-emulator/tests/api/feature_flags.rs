//! Feature flags: their state, their targets, and who they are on for.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use workos::feature_flags::*;
use workos::helpers::flags::{FlagContext, FlagsClient, PayloadVersion};
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::user_management::CreateUser;
use workos_emulator::{Emulator, NewFlag, NewFlagRule};

use super::trial::{NOON, Trial, refusal};

fn new(slug: &str) -> NewFlag {
    NewFlag { slug: slug.into(), enabled: true, ..NewFlag::default() }
}

fn rule(target_type: &str, value: bool, targets: &[&str]) -> NewFlagRule {
    let targets = targets.iter().map(ToString::to_string).collect();
    NewFlagRule { target_type: target_type.into(), value, targets }
}

async fn user(client: &workos::Client, name: &str) -> String {
    let new = CreateUser::new(format!("{name}@acme.com"));
    client.user_management().create_user(new).await.unwrap().id
}

/// The slugs of the flags that are on for a user or an organization.
async fn on_for(client: &workos::Client, id: &str) -> Vec<String> {
    let flags = client.feature_flags();
    let page = if id.starts_with("user_") {
        let params = ListUserFeatureFlagsParams { limit: Some(100), ..Default::default() };
        flags.list_user_feature_flags(id, params).await
    } else {
        let params = ListOrganizationFeatureFlagsParams { limit: Some(100), ..Default::default() };
        flags.list_organization_feature_flags(id, params).await
    };
    let mut slugs: Vec<_> = page.unwrap().data.into_iter().map(|flag| flag.slug).collect();
    slugs.sort();
    slugs
}

/// The SDK's client of the flags, after its first poll.
async fn polled(emulator: &Emulator, version: PayloadVersion) -> FlagsClient {
    let flags = emulator.client().feature_flags_runtime().payload_version(version).start();
    flags.wait_until_ready(Duration::from_secs(60)).await.unwrap();
    flags
}

fn by_api() -> Value {
    let actor = json!({"id": "api_key_emulator", "name": "Emulator API key", "source": "api"});
    json!({"client_id": "client_emulator", "actor": actor})
}

fn by_fixtures() -> Value {
    let actor = json!({"id": "user_emulator", "name": "Emulator fixtures", "source": "dashboard"});
    json!({"client_id": "client_emulator", "actor": actor})
}

/// A context with more in it.
fn with(mut context: Value, more: Value) -> Value {
    context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    context
}

/// The contexts of the events about flags, by name.
async fn flag_events(trial: &Trial) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter();
    let flags = events.filter(|event| event["data"]["object"] == "feature_flag");
    flags
        .map(|event| (event["event"].as_str().unwrap().to_owned(), event["context"].clone()))
        .collect()
}

#[tokio::test]
async fn a_flag_is_listed_fetched_and_switched() {
    let trial = Trial::new().await;
    let flags = trial.client().feature_flags();
    let owner: FeatureFlagOwner =
        serde_json::from_value(json!({"email": "jane@acme.com", "first_name": "Jane"})).unwrap();
    let beta = NewFlag {
        name: "Beta UI".into(),
        description: Some("New interface".into()),
        enabled: false,
        tags: vec!["ui".into()],
        owner: Some(owner.clone()),
        ..new("beta-ui")
    };
    let beta = trial.emulator.fixtures().feature_flag(beta).unwrap();
    let expected = json!({
        "object": "feature_flag",
        "id": beta.id,
        "slug": "beta-ui",
        "name": "Beta UI",
        "description": "New interface",
        "owner": {"email": "jane@acme.com", "first_name": "Jane", "last_name": null},
        "tags": ["ui"],
        "enabled": false,
        "default_value": false,
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert!(beta.id.starts_with("flag_"), "{}", beta.id);
    assert_eq!(trial.call("GET", "/feature-flags/beta-ui", Value::Null).await, (200, expected));
    let other = trial.emulator.fixtures().feature_flag(new("other")).unwrap();
    assert_eq!((other.name.as_str(), other.enabled), ("other", true));
    let list = flags.list_feature_flags(Default::default()).await.unwrap().data;
    assert_eq!(list, [other, beta.clone()]);

    let mut enabled = beta.clone();
    enabled.enabled = true;
    enabled.updated_at = trial.wait(1);
    assert_eq!(flags.enable_feature_flag("beta-ui").await.unwrap(), enabled);
    trial.wait(1);
    // What is on already stays as it is.
    assert_eq!(flags.enable_feature_flag("beta-ui").await.unwrap(), enabled);
    assert_eq!(flags.get_feature_flag("beta-ui").await.unwrap(), enabled);
    let disabled = flags.disable_feature_flag("beta-ui").await.unwrap();
    assert!(!disabled.enabled);

    let was = |enabled| json!({"previous_attributes": {"data": {"enabled": enabled}}});
    assert_eq!(
        flag_events(&trial).await,
        [
            ("flag.created".into(), by_fixtures()),
            ("flag.created".into(), by_fixtures()),
            ("flag.updated".into(), with(by_api(), was(false))),
            ("flag.updated".into(), with(by_api(), was(true))),
        ]
    );
    let last = trial.events().await.pop().unwrap();
    let mut payload = disabled;
    payload.environment_id = Some("environment_emulator".into());
    assert_eq!(last["data"], json!(payload));

    assert_eq!(refusal(flags.get_feature_flag("nope").await), "404 entity_not_found");
    assert_eq!(refusal(flags.enable_feature_flag("nope").await), "404 entity_not_found");
    assert_eq!(refusal(flags.disable_feature_flag("nope").await), "404 entity_not_found");
}

#[tokio::test]
async fn targets_come_and_go_and_each_change_is_told_once() {
    let trial = Trial::new().await;
    let client = trial.client();
    let flags = client.feature_flags();
    let (ada, acme) = (user(&client, "ada").await, trial.organization("Acme").await);
    trial.emulator.fixtures().feature_flag(new("beta")).unwrap();

    for id in [&ada, &ada, &acme] {
        flags.add_flag_target("beta", id).await.unwrap();
    }
    assert_eq!((on_for(&client, &ada).await, on_for(&client, &acme).await), {
        (vec!["beta".to_owned()], vec!["beta".to_owned()])
    });
    for id in [&ada, &ada, &acme] {
        flags.remove_flag_target("beta", id).await.unwrap();
    }
    assert!(on_for(&client, &ada).await.is_empty() && on_for(&client, &acme).await.is_empty());

    let none = json!({"organizations": [], "users": []});
    let user = json!({"organizations": [], "users": [{"id": ada, "email": "ada@acme.com"}]});
    let mut both = user.clone();
    both["organizations"] = json!([{"id": acme, "name": "Acme"}]);
    let mut only = none.clone();
    only["organizations"] = both["organizations"].clone();
    let told = |access: &str, targets: &Value, previous: Value| {
        let context = json!({
            "access_type": access,
            "configured_targets": targets,
            "previous_attributes": {"context": previous},
        });
        ("flag.rule_updated".to_owned(), with(by_api(), context))
    };
    let had = |targets: &Value| json!({"configured_targets": targets});
    assert_eq!(
        flag_events(&trial).await[1..],
        [
            told("some", &user, json!({"access_type": "none", "configured_targets": none})),
            told("some", &both, had(&user)),
            told("some", &only, had(&both)),
            told("none", &none, json!({"access_type": "some", "configured_targets": only})),
        ]
    );
}

#[tokio::test]
async fn targets_that_are_neither_user_nor_organization_are_refused() {
    let trial = Trial::new().await;
    let flags = trial.client().feature_flags();
    let ada = user(&trial.client(), "ada").await;
    trial.emulator.fixtures().feature_flag(new("beta")).unwrap();
    for (slug, id, expected) in [
        ("beta", "whatever_1", "400 invalid_resource_id_format"),
        ("beta", "organization", "400 invalid_resource_id_format"),
        ("beta", "user_1", "404 entity_not_found"),
        ("beta", "org_1", "404 entity_not_found"),
        ("nope", &*ada, "404 entity_not_found"),
    ] {
        assert_eq!(refusal(flags.add_flag_target(slug, id).await), expected, "{slug} {id}");
        assert_eq!(refusal(flags.remove_flag_target(slug, id).await), expected, "{slug} {id}");
    }
    assert_eq!(flag_events(&trial).await.len(), 1);
    let nobody = flags.list_user_feature_flags("user_1", Default::default()).await;
    assert_eq!(refusal(nobody), "404 entity_not_found");
    let nobody = flags.list_organization_feature_flags("org_1", Default::default()).await;
    assert_eq!(refusal(nobody), "404 entity_not_found");
}

#[tokio::test]
async fn the_first_rule_that_names_someone_decides() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let acme = trial.organization("Acme").await;
    let member = CreateOrganizationMembership::new(&ada, &acme);
    let membership =
        client.organization_membership().create_organization_membership(member).await.unwrap();
    let fixtures = trial.emulator.fixtures();
    let rules = [
        ("acme-first", vec![rule("organization", true, &["Acme"]), rule("user", false, &[&ada])]),
        (
            "ada-first",
            vec![rule("user", false, &["ada@acme.com"]), rule("organization", true, &[&acme])],
        ),
    ];
    for (slug, rules) in rules {
        fixtures.feature_flag(NewFlag { rules, ..new(slug) }).unwrap();
    }
    fixtures.feature_flag(NewFlag { default_value: true, ..new("on-for-all") }).unwrap();
    let off = NewFlag { default_value: true, enabled: false, ..new("off") };
    fixtures.feature_flag(NewFlag { targets: vec![ada.clone()], ..off }).unwrap();

    assert_eq!(on_for(&client, &ada).await, ["acme-first", "on-for-all"]);
    assert_eq!(on_for(&client, &bob).await, ["on-for-all"]);
    assert_eq!(on_for(&client, &acme).await, ["acme-first", "ada-first", "on-for-all"]);

    // Adding a target puts it into the rule that turns the flag on.
    client.feature_flags().add_flag_target("ada-first", &ada).await.unwrap();
    assert_eq!(on_for(&client, &ada).await, ["acme-first", "ada-first", "on-for-all"]);

    // Only active memberships count.
    client
        .organization_membership()
        .deactivate_organization_membership(&membership.id)
        .await
        .unwrap();
    assert_eq!(on_for(&client, &ada).await, ["ada-first", "on-for-all"]);
}

#[tokio::test]
async fn targets_go_with_their_user_and_organization() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (ada, acme) = (user(&client, "ada").await, trial.organization("Acme").await);
    let targets = vec!["ada@acme.com".into(), "Acme".into()];
    trial.emulator.fixtures().feature_flag(NewFlag { targets, ..new("beta") }).unwrap();
    let targets = async || {
        client.feature_flags().list_sdk_feature_flags().await.unwrap()["beta"].targets.clone()
    };
    let polled = targets().await;
    assert_eq!((polled.users.len(), polled.organizations.len()), (1, 1));
    client.user_management().delete_user(&ada).await.unwrap();
    client.organizations().delete_organization(&acme).await.unwrap();
    assert_eq!(targets().await, FlagPollTargets::default());
}

#[tokio::test]
async fn runtime_clients_poll_rules_or_targets() {
    let trial = Trial::new().await;
    let client = trial.client();
    let (ada, acme) = (user(&client, "ada").await, trial.organization("Acme").await);
    let (status, empty) = trial.call("GET", "/sdk/feature-flags", Value::Null).await;
    assert_eq!((status, empty), (200, json!({})));
    let rules = vec![rule("organization", false, &["Acme"]), rule("workspace", true, &["ws:1"])];
    let flag = NewFlag { rules, targets: vec![ada.clone()], default_value: true, ..new("beta") };
    trial.emulator.fixtures().feature_flag(flag).unwrap();

    let version_1 = json!({"beta": {
        "slug": "beta",
        "enabled": true,
        "default_value": true,
        "targets": {
            "users": [{"id": ada, "enabled": true}],
            "organizations": [{"id": acme, "enabled": false}],
            "custom_targets": [{"type": "workspace", "id": "ws:1", "enabled": true}],
        },
    }});
    for path in ["/sdk/feature-flags", "/sdk/feature-flags?payload_version=1"] {
        assert_eq!(trial.call("GET", path, Value::Null).await, (200, version_1.clone()));
    }
    let path = "/sdk/feature-flags?payload_version=3";
    assert_eq!(trial.call("GET", path, Value::Null).await.0, 400);

    let call = trial.emulator.client();
    let call = call.request::<Value>(http::Method::GET, "/sdk/feature-flags");
    let mut payload = call.query(&[("payload_version", "2")]).await.unwrap();
    for rule in payload["flags"]["beta"]["rules"].as_array_mut().unwrap() {
        assert!(rule["id"].take().as_str().unwrap().starts_with("flag_rule_"));
    }
    let condition = |target_type: &str, id: &str| json!([{"target_type": target_type, "operator": "one_of", "values": [id]}]);
    let rule = |value: bool, conditions: Value| json!({"id": null, "kind": "conditions", "value": value, "conditions": conditions});
    let expected = json!({"version": 2, "flags": {"beta": {
        "slug": "beta",
        "enabled": true,
        "default_value": true,
        "off_value": false,
        "rules": [
            rule(false, condition("organization", &acme)),
            rule(true, condition("workspace", "ws:1")),
            rule(true, condition("user", &ada)),
        ],
    }}});
    assert_eq!(payload, expected);

    let flags = polled(&trial.emulator, PayloadVersion::V2).await;
    let outside = FlagContext::new().user(&ada);
    assert!(flags.is_enabled("beta", &outside));
    assert!(!flags.is_enabled("beta", &outside.organization(&acme)));
}

#[tokio::test]
async fn flags_change_and_go_in_the_dashboard() {
    let trial = Trial::new().await;
    let fixtures = trial.emulator.fixtures();
    let acme = trial.organization("Acme").await;
    let old = NewFlag { targets: vec!["Acme".into()], tags: vec!["x".into()], ..new("beta") };
    let flag = fixtures.feature_flag(old.clone()).unwrap();
    assert_eq!(fixtures.change_feature_flag(old.clone()).unwrap(), flag);

    trial.wait(1);
    let change = NewFlag { name: "Beta".into(), default_value: true, ..new("beta") };
    let changed = fixtures.change_feature_flag(change).unwrap();
    assert_eq!((changed.id, changed.name.as_str()), (flag.id, "Beta"));
    assert_eq!(on_for(&trial.client(), &acme).await, ["beta"]);
    fixtures.delete_feature_flag("beta").unwrap();
    assert!(on_for(&trial.client(), &acme).await.is_empty());
    let events = flag_events(&trial).await;
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["flag.created", "flag.updated", "flag.rule_updated", "flag.deleted"]);
    let previous = |at: usize| events[at].1["previous_attributes"].clone();
    let was = json!({"data": {"name": "beta", "tags": ["x"], "default_value": false}});
    assert_eq!(previous(1), was);
    let targets = json!({"organizations": [{"id": acme, "name": "Acme"}], "users": []});
    assert_eq!(previous(2), json!({"context": {"configured_targets": targets}}));
    // A call checks all events since the last one.
    trial.organization("Globex").await;

    for refused in
        [fixtures.change_feature_flag(old).map(drop), fixtures.delete_feature_flag("beta")]
    {
        assert_eq!(refused.unwrap_err().to_string(), "Feature flag not found: 'beta'.");
    }
}

#[tokio::test]
async fn a_flag_that_makes_no_sense_is_refused_and_leaves_nothing_behind() {
    let trial = Trial::new().await;
    let fixtures = trial.emulator.fixtures();
    trial.organization("Acme").await;
    fixtures.feature_flag(new("taken")).unwrap();
    let rules = |rules: &[NewFlagRule]| NewFlag { rules: rules.to_vec(), ..new("x") };
    let target = |name: &str| NewFlag { targets: vec![name.into()], ..new("x") };
    for (flag, reason) in [
        (new("taken"), "Another feature flag has the slug 'taken'."),
        (new(" "), "A feature flag needs a slug."),
        (target("Globex"), "Target not found: 'Globex'."),
        (rules(&[rule("user", true, &["Acme"])]), "User not found: 'Acme'."),
        (rules(&[rule("organization", true, &["x"])]), "Organization not found: 'x'."),
        (
            rules(&[rule("user", true, &[]), rule("user", true, &[])]),
            "The flag has two rules for user with true.",
        ),
        (
            rules(&[rule("organization", true, &["Acme"]), rule("organization", false, &["Acme"])]),
            "'Acme' is a target of two rules of the flag.",
        ),
        (
            rules(&[rule("Workspace", true, &["1"])]),
            "target type: expected a lower-case letter and up to 63 lower-case letters, digits, \
             `_` and `-`",
        ),
    ] {
        assert_eq!(fixtures.feature_flag(flag).unwrap_err().to_string(), reason);
    }
    let list = trial.client().feature_flags().list_feature_flags(Default::default()).await.unwrap();
    assert_eq!(list.data.len(), 1);
    assert_eq!(flag_events(&trial).await.len(), 1);
}

#[tokio::test]
async fn a_flag_is_read_from_a_seed_file() {
    let flag: NewFlag = serde_json::from_value(json!({
        "slug": "beta-ui", "name": "Beta UI", "description": "New interface", "enabled": true,
        "default_value": false, "tags": ["ui"], "owner": {"email": "jane@acme.com"},
        "targets": ["Acme"],
        "rules": [{"target_type": "workspace", "value": true, "targets": ["ws_1"]}],
    }))
    .unwrap();
    let trial = Trial::new().await;
    trial.organization("Acme").await;
    trial.emulator.fixtures().feature_flag(flag).unwrap();
    let context = FlagContext::new().target("workspace", "ws_1");
    let flags = polled(&trial.emulator, PayloadVersion::V2).await;
    assert!(flags.is_enabled("beta-ui", &context));
    let misspelt = serde_json::from_value::<NewFlag>(json!({"slug": "x", "enabeld": true}));
    assert!(misspelt.unwrap_err().to_string().contains("unknown field `enabeld`"));
}

/// A generated flag: the value for each user and organization, if a rule names it.
#[derive(Debug, Clone)]
struct Generated {
    enabled: bool,
    default_value: bool,
    users: [Option<bool>; 3],
    organizations: [Option<bool>; 2],
    /// The order of the rules, of which some are only made for targets.
    order: Vec<(bool, bool)>,
}

fn generated() -> impl Strategy<Value = Generated> {
    let rules = vec![(true, true), (true, false), (false, true), (false, false)];
    let order = (0..=4_usize, Just(rules).prop_shuffle());
    let order = order.prop_map(|(kept, rules)| rules.into_iter().take(kept).collect::<Vec<_>>());
    let targets = (any::<[Option<bool>; 3]>(), any::<[Option<bool>; 2]>());
    (any::<bool>(), any::<bool>(), targets, order).prop_map(
        |(enabled, default_value, (users, organizations), order)| Generated {
            enabled,
            default_value,
            users,
            organizations,
            order,
        },
    )
}

impl Generated {
    fn flag(&self, slug: String, users: &[String], organizations: &[String]) -> NewFlag {
        let named = |is_user: bool, value: bool| {
            let (values, ids) = match is_user {
                true => (&self.users[..], users),
                false => (&self.organizations[..], organizations),
            };
            let pairs = values.iter().zip(ids).filter(move |(one, _)| **one == Some(value));
            pairs.map(|(_, id)| id.clone()).collect::<Vec<_>>()
        };
        let rule = |(is_user, value): &(bool, bool)| NewFlagRule {
            target_type: if *is_user { "user" } else { "organization" }.into(),
            value: *value,
            targets: named(*is_user, *value),
        };
        let left = [true, false].into_iter().filter(|one| !self.order.contains(&(*one, true)));
        NewFlag {
            slug,
            enabled: self.enabled,
            default_value: self.default_value,
            rules: self.order.iter().map(rule).collect(),
            targets: left.flat_map(|is_user| named(is_user, true)).collect(),
            ..NewFlag::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The emulator and the SDK, which evaluates what it polled, agree on every flag for every
    /// user and organization; and if no rule turns a flag off, so do both versions.
    #[test]
    fn the_emulator_evaluates_as_the_sdk_does(
        flags in prop::collection::vec(generated(), 1..8),
        memberships in any::<[Option<bool>; 6]>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(agree(flags, memberships))?;
    }
}

async fn agree(flags: Vec<Generated>, memberships: [Option<bool>; 6]) -> Result<(), TestCaseError> {
    let emulator = Emulator::builder().without_socket().start().await.unwrap();
    let client = emulator.client();
    let (mut users, mut organizations) = (Vec::new(), Vec::new());
    for n in 0..3 {
        users.push(user(&client, &format!("user{n}")).await);
    }
    for n in 0..2 {
        let new = CreateOrganization::new(format!("Organization {n}"));
        organizations.push(client.organizations().create_organization(new).await.unwrap().id);
    }
    let mut active = Vec::new();
    for (n, is_active) in memberships.iter().enumerate() {
        let Some(is_active) = is_active else { continue };
        let (user, organization) = (&users[n % 3], &organizations[n / 3]);
        let memberships = client.organization_membership();
        let new = CreateOrganizationMembership::new(user, organization);
        let membership = memberships.create_organization_membership(new).await.unwrap();
        if *is_active {
            active.push((user, organization));
        } else {
            memberships.deactivate_organization_membership(&membership.id).await.unwrap();
        }
    }
    for (n, flag) in flags.iter().enumerate() {
        let flag = flag.flag(format!("flag-{n}"), &users, &organizations);
        emulator.fixtures().feature_flag(flag).unwrap();
    }
    let rules = polled(&emulator, PayloadVersion::V2).await;
    let targets = polled(&emulator, PayloadVersion::V1).await;
    let on = |flags: &FlagsClient, contexts: &[FlagContext]| {
        let is_on = |slug: &String| contexts.iter().any(|context| flags.is_enabled(slug, context));
        let slugs = flags.all_flags(&FlagContext::new()).into_keys();
        slugs.filter(is_on).collect::<Vec<_>>()
    };
    let has_exclusions = |flag: &Generated| {
        flag.users.iter().chain(&flag.organizations).any(|value| *value == Some(false))
    };
    for id in users.iter().chain(&organizations) {
        let contexts = if users.contains(id) {
            let alone = FlagContext::new().user(id);
            let own = active.iter().filter(|(user, _)| *user == id);
            let inside = own.map(|(_, organization)| alone.clone().organization(*organization));
            inside.chain([alone.clone()]).collect()
        } else {
            vec![FlagContext::new().organization(id)]
        };
        let served = on_for(&client, id).await;
        prop_assert_eq!(&served, &on(&rules, &contexts), "{:?}", contexts);
        if !flags.iter().any(has_exclusions) {
            prop_assert_eq!(&served, &on(&targets, &contexts), "{:?}", contexts);
        }
    }
    Ok(())
}
