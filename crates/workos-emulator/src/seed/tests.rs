use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use workos::directory_sync::{DirectoryState, DirectoryType, DirectoryUserState};
use workos::organization_membership::OrganizationMembershipStatus;
use workos::organizations::OrganizationDomainDataState;
use workos::sso::{ConnectionState, ConnectionType};
use workos::user_management::{
    CreateUserPasswordHashType, CreateUserPasswordSaltPosition, UserIdentityProvider,
};

use super::source::{Parts, Position, Spot};
use super::*;
use crate::products::directory_scripts::{
    self, Churn, DirectoryScript, GroupChange, Step, UserChange,
};
use crate::products::directory_sync::{
    DirectoryGroupUpdate, DirectoryUserUpdate, NewDirectoryGroup, NewDirectoryUser,
};
use crate::products::feature_flags::NewFlagRule;
use crate::products::sso::NewProfile;

fn schema() -> Value {
    serde_json::from_str(SeedData::SCHEMA).unwrap()
}

/// A value of a schema with all keys, none of them as it is by default.
fn example(schema: &Value, root: &Value) -> Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return example(root.pointer(&reference[1..]).unwrap(), root);
    }
    if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        return example(&alternatives[alternatives.len() - 1], root);
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        return allowed.iter().find(|one| Some(*one) != schema.get("default")).unwrap().clone();
    }
    let text = |name| schema.get(name).and_then(Value::as_str);
    match text("type") {
        Some("object") => {
            let known = schema.get("properties").and_then(Value::as_object);
            let known = known.into_iter().flatten();
            let current = known.filter(|(_, schema)| schema.get("deprecated").is_none());
            let mut fields: Map<_, _> = current
                .filter(|(key, _)| *key != "$schema")
                .map(|(key, schema)| (key.clone(), example(schema, root)))
                .collect();
            match schema.get("additionalProperties") {
                Some(Value::Bool(_)) => {}
                Some(others) => drop(fields.insert("mine".to_owned(), example(others, root))),
                None => drop(fields.insert("mine".to_owned(), json!([1]))),
            }
            Value::Object(fields)
        }
        Some("array") => json!([example(&schema["items"], root)]),
        Some("boolean") => json!(schema["default"] != json!(true)),
        Some("integer") => json!(schema.get("minimum").and_then(Value::as_i64).unwrap_or(7)),
        Some("number") => json!(0.5),
        _ if text("format") == Some("date-time") => json!("2030-01-02T03:04:05.000Z"),
        _ if text("pattern") == Some("^sk_") => json!("sk_1"),
        _ => json!("text"),
    }
}

/// The keys that the reader accepts, as it says itself.
fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
    let refused = serde_json::from_value::<T>(json!({"?": 1})).err().unwrap().to_string();
    let (_, known) = refused.split_once("expected ").unwrap_or_else(|| panic!("{refused}"));
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_has_the_keys_that_the_reader_accepts() {
    let schema = schema();
    let keys = |name: &str| -> BTreeSet<String> {
        let properties = schema["$defs"][name]["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    };
    for (name, accepted) in [
        ("user", fields::<User>()),
        ("impersonator", fields::<Impersonator>()),
        ("identity", fields::<LinkedAccount>()),
        ("auth_factor", fields::<AuthFactor>()),
        ("organization", fields::<Organization>()),
        ("domain", fields::<Domain>()),
        ("membership", fields::<Membership>()),
        ("group", fields::<Group>()),
        ("permission", fields::<Permission>()),
        ("role", fields::<Role>()),
        ("resourceType", fields::<NewResourceType>()),
        ("connection", fields::<NewConnection>()),
        ("profile", fields::<NewProfile>()),
        ("directory", fields::<NewDirectory>()),
        ("directoryGroup", fields::<NewDirectoryGroup>()),
        ("directoryUser", fields::<NewDirectoryUser>()),
        ("directoryScript", fields::<DirectoryScript>()),
        ("directoryScriptStep", fields::<Step>()),
        ("directoryUserChange", fields::<UserChange>()),
        ("directoryUserUpdate", fields::<DirectoryUserUpdate>()),
        ("directoryGroupChange", fields::<GroupChange>()),
        ("directoryGroupUpdate", fields::<DirectoryGroupUpdate>()),
        ("directoryMembership", fields::<directory_scripts::Membership>()),
        ("directoryChurn", fields::<Churn>()),
        ("connectedAccount", fields::<ConnectedAccount>()),
        ("pipeConnection", fields::<PipeConnection>()),
        ("invitation", fields::<Invitation>()),
        ("connectApplication", fields::<Application>()),
        ("secretHash", fields::<SecretHash>()),
        ("agentBlueprint", fields::<Blueprint>()),
        ("apiKey", fields::<ApiKey>()),
        ("featureFlag", fields::<NewFlag>()),
        ("flagRule", fields::<NewFlagRule>()),
        ("webhookEndpoint", fields::<NewWebhookEndpoint>()),
        ("errorHook", fields::<Hook>()),
    ] {
        assert_eq!(keys(name), accepted, "{name}");
    }
    // The only keys of these: what the reader would list has no others to choose from.
    assert_eq!(keys("acceptedKey"), BTreeSet::from(["environment".to_owned()]));
    assert_eq!(keys("jwtTemplate"), BTreeSet::from(["content".to_owned()]));
}

#[test]
fn the_schema_has_the_values_that_the_api_has() {
    let schema = schema();
    let allowed = |name: &str, key: &str, word: &str| -> BTreeSet<String> {
        let values = schema["$defs"][name]["properties"][key][word].as_array().unwrap();
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    fn known<T>(values: &[T], text: impl Fn(&T) -> &str) -> BTreeSet<String> {
        values.iter().map(|value| text(value).to_owned()).collect()
    }
    let mut directories = known(DirectoryType::KNOWN, DirectoryType::as_str);
    // Only events have these.
    directories.retain(|name| name != "gusto" && name != "rippling");
    for (name, key, word, expected) in [
        ("connection", "connection_type", "enum", {
            known(ConnectionType::KNOWN, ConnectionType::as_str)
        }),
        ("connection", "state", "enum", known(ConnectionState::KNOWN, ConnectionState::as_str)),
        ("directory", "type", "enum", directories),
        ("directory", "state", "enum", known(DirectoryState::KNOWN, DirectoryState::as_str)),
        ("directoryUser", "state", "enum", {
            known(DirectoryUserState::KNOWN, DirectoryUserState::as_str)
        }),
        ("directoryUserUpdate", "state", "enum", {
            known(DirectoryUserState::KNOWN, DirectoryUserState::as_str)
        }),
        ("membership", "status", "enum", {
            let values = OrganizationMembershipStatus::KNOWN;
            known(values, OrganizationMembershipStatus::as_str)
        }),
        ("domain", "state", "enum", {
            known(OrganizationDomainDataState::KNOWN, OrganizationDomainDataState::as_str)
        }),
        ("role", "type", "enum", known(workos::RoleType::KNOWN, workos::RoleType::as_str)),
        ("user", "password_hash_type", "enum", {
            known(CreateUserPasswordHashType::KNOWN, CreateUserPasswordHashType::as_str)
        }),
        ("user", "password_salt_position", "enum", {
            let values = CreateUserPasswordSaltPosition::KNOWN;
            known(values, CreateUserPasswordSaltPosition::as_str)
        }),
        ("user", "oauth_provider", "examples", {
            known(UserIdentityProvider::KNOWN, UserIdentityProvider::as_str)
        }),
    ] {
        assert_eq!(allowed(name, key, word), expected, "{name}.{key}");
    }
}

#[test]
fn every_key_has_a_description() {
    fn check(schema: &Value, place: &str) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (key, property) in properties {
            let described = property.get("description").and_then(Value::as_str);
            assert!(described.is_some_and(|text| text.ends_with('.')), "{place}.{key}");
            check(property, &format!("{place}.{key}"));
        }
    }
    let schema = schema();
    check(&schema, "");
    for (name, one) in schema["$defs"].as_object().unwrap() {
        assert!(one["description"].as_str().unwrap().ends_with('.'), "{name}");
        check(one, name);
    }
}

#[test]
fn an_example_of_every_key_of_the_schema_is_read_and_written_again() {
    let schema = schema();
    let example = example(&schema, &schema);
    let data = SeedData::from_value(example.clone()).unwrap();
    let mut expected = example;
    // Users and organizations are written in one list, and organizations by what the API calls
    // them.
    expected["featureFlags"][0]["targets"] = json!(["text", "text"]);
    let by = expected["agentBlueprints"][0]["invocable_by"].as_object_mut().unwrap();
    let organizations = by.remove("organizations").unwrap();
    by.insert("organization_ids".to_owned(), organizations);
    assert_eq!(serde_json::from_str::<Value>(&data.to_json()).unwrap(), expected);
    assert_eq!(data.counts().len(), 19);
    assert!(data.counts().iter().all(|(_, count)| *count == 1));
}

#[test]
fn old_and_other_names_of_keys_are_read() {
    for (one, other) in [
        (
            json!({"webhookEndpoints": [{"url": "http://localhost/"}]}),
            json!({"webhookEndpoints": [{"endpoint_url": "http://localhost/", "enabled": true}]}),
        ),
        (
            json!({"agentBlueprints": [{"name": "A", "invocable_by": {"organizations": ["B"]},
                                        "session_settings": {"max_age_seconds": 60}}]}),
            json!({"agentBlueprints": [{"name": "A", "invocable_by": {"organization_ids": ["B"]},
                                        "session_settings": {
                                            "max_age_seconds": 60,
                                            "access_token_ttl_seconds": 300,
                                            "refresh_token_ttl_seconds": 3600}}]}),
        ),
        (
            json!({"directories": [{"organization": "A", "groups": ["G", {"name": "H"}]}]}),
            json!({"directories": [{"organization": "A",
                                    "groups": [{"name": "G"}, {"name": "H"}]}]}),
        ),
        (
            json!({"featureFlags": [{"slug": "f", "targets": {"users": ["u"]}}]}),
            json!({"featureFlags": [{"slug": "f", "targets": ["u"], "enabled": true}]}),
        ),
        (
            json!({"x-mine": {"a": 1}, "$schema": "s", "users": null,
                   "roles": [{"slug": "a", "name": "A", "description": null}]}),
            json!({"roles": [{"slug": "a", "name": "A"}]}),
        ),
    ] {
        assert_eq!(SeedData::from_value(one).unwrap(), SeedData::from_value(other).unwrap());
    }
}

#[test]
fn a_suggestion_is_near() {
    for (key, meant) in [
        ("usres", Some("users")),
        ("Users", Some("users")),
        ("connect_applications", Some("connectApplications")),
        ("webhooks", None),
        ("organisations", Some("organizations")),
        ("a", None),
    ] {
        let refused = SeedData::from_value(json!({key: []})).unwrap_err();
        let meant = meant.map(|meant| format!(" Did you mean `{meant}`?")).unwrap_or_default();
        let expected = format!("{key}: Unknown key of seed data.{meant}");
        assert_eq!(refused.to_string(), expected);
    }
}

/// JSON that YAML reads in the same way.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~\u{e9}\u{1F600}\n\t]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z.\\[\\]\" :{,é]{0,5}", inner, 0..5)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

/// Each place with its position, in order.
fn places(spot: &Spot, place: &str, into: &mut Vec<(String, Position)>) {
    into.push((place.to_owned(), spot.at));
    match &spot.parts {
        Parts::None => {}
        Parts::Items(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{place}[{index}]"), into);
            }
        }
        Parts::Fields(fields) => {
            for (key, at, value) in fields {
                into.push((format!("{place}.{key}"), *at));
                places(value, &format!("{place}.{key}"), into);
            }
        }
    }
}

/// What begins at a position.
fn text_at(text: &str, at: Position) -> String {
    let line = text.split('\n').nth(at.line - 1).unwrap();
    line.chars().skip(at.column - 1).collect()
}

proptest! {
    #[test]
    fn every_part_of_json_is_where_it_is_said_to_be(value in value(), pretty in any::<bool>()) {
        let print = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        let text = format!("\n  {}", print(&value).unwrap());
        let (spot, problems) = json::scan(&text);
        prop_assert_eq!(problems, vec![]);
        let mut found = Vec::new();
        places(&spot, "", &mut found);
        fn check(value: &Value, spot: &Spot, text: &str) {
            let here = text_at(text, spot.at);
            match (value, &spot.parts) {
                (Value::Array(values), Parts::Items(spots)) => {
                    assert!(here.starts_with('['), "{here}");
                    assert_eq!(values.len(), spots.len());
                    values.iter().zip(spots).for_each(|(value, spot)| check(value, spot, text));
                }
                (Value::Object(values), Parts::Fields(spots)) => {
                    assert!(here.starts_with('{'), "{here}");
                    assert_eq!(values.len(), spots.len());
                    for (key, at, spot) in spots {
                        assert!(text_at(text, *at).starts_with(&json!(key).to_string()));
                        check(&values[key], spot, text);
                    }
                }
                (leaf, Parts::None) => assert!(here.starts_with(&leaf.to_string()), "{here}"),
                other => panic!("{other:?}"),
            }
        }
        check(&value, &spot, &text);
    }

    #[cfg(feature = "yaml")]
    #[test]
    fn json_is_read_as_yaml_in_the_same_way(value in value(), pretty in any::<bool>()) {
        let print = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        let text = print(&value).unwrap();
        let (read, yaml, problems) = yaml::read(&text).unwrap();
        prop_assert_eq!(problems, vec![]);
        prop_assert_eq!(read, value);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        places(&yaml, "", &mut one);
        places(&json::scan(&text).0, "", &mut other);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), near in near()) {
        for text in [&text, &near] {
            let _ = SeedData::from_json(text);
            #[cfg(feature = "yaml")]
            let _ = SeedData::from_yaml(text);
            json::scan(text);
        }
    }

    #[test]
    fn data_of_the_wrong_shape_are_refused_at_places_that_exist(
        value in value(), key in "users|organizations|apiKeys|featureFlags|jwtTemplate",
    ) {
        let text = json!({key: value}).to_string();
        if let Err(refused) = SeedData::from_json(&text) {
            prop_assert!(!refused.problems().is_empty());
            for problem in refused.problems() {
                prop_assert!(problem.line().is_some() && problem.column().is_some());
            }
        }
    }
}

/// Text that looks a little like a seed file.
fn near() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("users:"),
        Just("\n"),
        Just("  "),
        Just("- "),
        Just("email: a@b.co"),
        Just("&a "),
        Just("*a"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just("\""),
        Just("'"),
        Just("? "),
        Just(": "),
        Just("!!str "),
        Just("!x "),
        Just("|\n"),
        Just(">-\n"),
        Just("#"),
        Just("---\n"),
        Just("..."),
        Just("\t"),
        Just("<<: "),
        Just("%YAML 1.2\n"),
        Just("\\"),
        Just("0x1"),
        Just("1e999"),
        Just("~"),
        Just("\u{feff}"),
        Just("\r\n"),
        Just("@"),
        Just("\"users\":"),
        Just("null"),
        Just("\u{0}"),
        Just("\u{2028}"),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}
