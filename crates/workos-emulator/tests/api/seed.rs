//! Seed data.

use serde_json::{Value, json};
use workos::organization_membership::ListOrganizationMembershipsParams;
use workos::user_management::ListUsersParams;
use workos_emulator::{Emulator, SeedData, SeedError};

use super::trial::{NOON, Trial};

/// Something of every kind, as a seed file of the official emulator has it.
fn everything() -> Value {
    json!({
        "users": [
            {"email": "Ada@acme.test", "id": "user_ada", "first_name": "Ada", "name": "Ada L.",
             "password": "correct horse battery staple", "email_verified": true,
             "external_id": "ada", "metadata": {"tier": "gold"}, "totp": true,
             "impersonator": {"email": "root@corp.test", "reason": "support"},
             "oauth_provider": "GoogleOAuth", "oauth_idp_id": "google_1"},
            {"email": "bob@acme.test"}
        ],
        "organizations": [{
            "name": "Acme", "id": "org_acme", "external_id": "acme", "metadata": {"plan": "pro"},
            "allow_profiles_outside_organization": true, "entitlements": ["sso"],
            "domains": [{"domain": "acme.test", "state": "verified"}],
            "memberships": [
                {"email": "ada@acme.test", "role": "editor"},
                {"email": "bob@acme.test", "status": "inactive"}
            ],
            "groups": [{"name": "Builders", "description": "They build",
                        "members": ["ada@acme.test"]}]
        }],
        "permissions": [{"slug": "notes:write", "name": "Write notes"}],
        "roles": [
            {"slug": "editor", "name": "Editor", "permissions": ["notes:write", "unknown"]},
            {"slug": "guest", "name": "Guest", "is_default_role": true, "priority": 9}
        ],
        "resourceTypes": [
            {"slug": "project", "name": "Project"},
            {"slug": "doc", "name": "Doc", "parents": ["project"]}
        ],
        "connections": [{
            "name": "Acme SSO", "organization": "Acme", "connection_type": "OktaSAML",
            "domains": ["acme.test"],
            "profiles": [{"email": "ada@acme.test", "idp_id": "okta_1"}]
        }],
        "directories": [{
            "name": "Acme Directory", "organization": "Acme", "type": "okta scim v2.0",
            "domain": "acme.test",
            "groups": [{"name": "Engineering", "idp_id": "grp_1"}],
            "users": [{"email": "ada@acme.test", "first_name": "Ada", "last_name": "L",
                       "idp_id": "usr_1", "groups": ["Engineering"]}]
        }],
        "connectedAccounts": [{"email": "ada@acme.test", "provider": "github",
                               "scopes": ["repo"]}],
        "pipeConnections": [{"user_id": "user_ada", "provider": "slack",
                             "scopes": ["chat:write"]}],
        "invitations": [{"email": "eve@acme.test", "organization_id": "Acme",
                         "role_slug": "editor"}],
        "connectApplications": [
            {"name": "Robot", "organization": "Acme", "client_id": "client_robot",
             "client_secret": "secret_robot", "scopes": ["notes:write"], "audience": "api"},
            {"name": "Web", "type": "oauth", "redirect_uris": ["http://localhost:3000/cb"]}
        ],
        "agentBlueprints": [{"name": "Helper"}],
        "apiKeys": [{"name": "CI", "organization": "Acme", "value": "sk_ci",
                     "permissions": ["notes:write"]}],
        "featureFlags": [{"slug": "beta-ui", "name": "Beta UI", "description": "New interface",
                          "enabled": true, "default_value": false, "targets": ["Acme"]}],
        "webhookEndpoints": [{"url": "http://localhost:9/hooks", "events": ["user.created"],
                              "secret": "whsec_1"}],
        "jwtTemplate": {"content": "{\"plan\": \"{{ organization.metadata.plan }}\"}"},
        "errorHooks": [{"method": "POST", "path": "/portal/generate_link", "status": 503,
                        "count": 1}]
    })
}

async fn seeded() -> Trial {
    let data = SeedData::from_value(everything()).unwrap();
    Trial::with(Emulator::builder().data(data).freeze(NOON.parse().unwrap())).await
}

#[tokio::test]
async fn everything_in_seed_data_is_there_at_the_start() {
    let trial = seeded().await;
    let names = |list: Value, field: &str| -> Vec<String> {
        let items = list["data"].as_array().unwrap_or_else(|| panic!("{list}")).clone();
        items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
    };
    for (path, field, expected) in [
        (
            "/user_management/users",
            "email",
            vec!["eve@acme.test", "bob@acme.test", "ada@acme.test"],
        ),
        ("/organizations", "name", vec!["Acme"]),
        ("/organizations/org_acme/groups", "name", vec!["Builders"]),
        ("/authorization/permissions", "slug", vec!["notes:write"]),
        ("/authorization/roles", "slug", vec!["admin", "member", "editor", "guest"]),
        ("/connections", "name", vec!["Acme SSO"]),
        ("/directories", "name", vec!["Acme Directory"]),
        ("/directory_users", "first_name", vec!["Ada"]),
        ("/user_management/invitations", "email", vec!["eve@acme.test"]),
        ("/connect/applications", "name", vec!["Web", "Robot"]),
        ("/agents/blueprints", "name", vec!["Helper"]),
        ("/organizations/org_acme/api_keys", "name", vec!["CI"]),
        ("/organizations/org_acme/feature-flags", "slug", vec!["beta-ui"]),
        ("/webhook_endpoints", "endpoint_url", vec!["http://localhost:9/hooks"]),
        ("/user_management/users/user_ada/auth_factors", "type", vec!["totp"]),
    ] {
        let (status, list) = trial.call("GET", path, Value::Null).await;
        assert_eq!(
            (status, names(list, field)),
            (200, expected.into_iter().map(str::to_owned).collect()),
            "{path}"
        );
    }
    let (_, accounts) =
        trial.call("GET", "/user_management/users/user_ada/data_providers", Value::Null).await;
    let connected: Vec<_> = accounts["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|provider| !provider["connected_account"].is_null())
        .map(|provider| provider["slug"].as_str().unwrap())
        .collect();
    assert_eq!(connected.len(), 2, "{connected:?}");
    let (status, template) = trial.call("GET", "/user_management/jwt_template", Value::Null).await;
    assert_eq!((status, &template["object"]), (200, &json!("jwt_template")));
    let (status, _) =
        trial.emulator.faults().all().first().map(|(_, fault)| (1, fault.clone())).unwrap();
    assert_eq!(status, 1);
}

#[tokio::test]
async fn members_have_the_roles_and_statuses_of_the_data() {
    let trial = seeded().await;
    let list = ListOrganizationMembershipsParams {
        organization_id: Some("org_acme".into()),
        statuses: Some(vec!["active".into(), "inactive".into(), "pending".into()]),
        ..Default::default()
    };
    let list = trial.client().organization_membership().list_organization_memberships(list);
    let list = list.await.unwrap().data;
    let shown: Vec<_> = list
        .iter()
        .map(|member| {
            let role = member.role.as_ref().unwrap().slug.as_str();
            (member.user.as_ref().unwrap().email.as_str(), role, member.status.as_str())
        })
        .collect();
    let expected = [
        ("eve@acme.test", "editor", "pending"),
        ("bob@acme.test", "guest", "inactive"),
        ("ada@acme.test", "editor", "active"),
    ];
    assert_eq!(shown, expected);
    let role = trial.client().authorization().get_environment_role("editor").await.unwrap();
    assert_eq!(role.permissions, ["notes:write"]);
}

#[tokio::test]
async fn seed_data_make_events_but_no_deliveries() {
    let trial = seeded().await;
    let names = trial.event_names().await;
    for name in ["user.created", "organization.created", "dsync.user.created", "flag.created"] {
        assert!(names.iter().any(|told| told == name), "{name} is missing in {names:?}");
    }
    assert_eq!(trial.emulator.webhooks().deliveries(), []);
}

#[tokio::test]
async fn the_same_data_and_seed_give_the_same_ids() {
    let ids = async || {
        let list = seeded().await.client().user_management().list_users(Default::default()).await;
        list.unwrap().data.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ids().await);
}

#[tokio::test]
async fn keys_of_the_data_are_the_only_ones() {
    let trial = seeded().await;
    assert_eq!(trial.emulator.api_key(), "sk_ci");
    let accepted = json!({"apiKeys": {"sk_test_mine": {"environment": "test"}}});
    let data = SeedData::from_value(accepted).unwrap();
    let emulator = Emulator::builder().data(data).without_socket().start().await.unwrap();
    assert_eq!(emulator.api_key(), "sk_test_mine");
    let client = emulator.client();
    client.organizations().list_organizations(Default::default()).await.unwrap();
    let other = client.organizations().list_organizations(Default::default());
    let refused = other.bearer("sk_test_default").await.unwrap_err();
    assert_eq!(refused.status(), Some(401));
}

#[test]
fn every_wrong_entry_is_named_with_its_place() {
    for (data, expected) in [
        (json!([]), "Expected an object, not a list."),
        (json!({"users": {}}), "users: Expected a list, not an object."),
        (json!({"user": []}), "user: Unknown key of seed data. Did you mean `users`?"),
        (
            json!({"users": [{"name": "Ada"}, {"email": 7}]}),
            "users[0].email: Required.\nusers[1].email: Expected a string, not a number.",
        ),
        (
            json!({"organizations": [{"name": "Acme", "memberships": [{"emial": "a@b.co"}]}]}),
            "organizations[0].memberships[0].emial: Unknown key of a membership. Did you mean \
             `email`?",
        ),
    ] {
        assert_eq!(SeedData::from_value(data).unwrap_err().to_string(), expected);
    }
    let refused = SeedData::from_json("{").unwrap_err();
    assert_eq!(refused.to_string(), "1:1: This is not JSON: EOF while parsing an object.");
    assert_eq!(refused.problems()[0].place(), "");
}

#[tokio::test]
async fn data_that_do_not_fit_together_do_not_start() {
    let data = json!({
        "users": [{"email": "ada@acme.test"}, {"email": "ADA@acme.test"}, {"email": "nobody"}],
        "organizations": [
            {"name": "Acme", "memberships": [{"email": "eve@acme.test"},
                                             {"email": "ada@acme.test", "role": "boss"}]},
            {"name": "Acme"}
        ],
        "connections": [{"organization": "Globex"}],
        "errorHooks": []
    });
    let data = SeedData::from_value(data).unwrap();
    let refused = Emulator::builder().data(data).without_socket().start().await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    let expected = [
        "users[1].email: Email addresses must be unique across users.",
        "users[2].email: 'nobody' is not a valid email address.",
        "organizations[1].name: Another organization is called 'Acme'.",
        "organizations[0].memberships[0].email: The email must match a user defined in users: 'eve@acme.test'.",
        "organizations[0].memberships[1]: The organization has no role 'boss'.",
        "connections[0].organization: Organization not found: 'Globex'.",
    ];
    assert_eq!(refused.to_string().lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn data_from_text_that_do_not_fit_together_have_positions() {
    let json =
        "{\n  \"connections\": [\n    {\"name\": \"SSO\", \"organization\": \"Globex\"}\n  ]\n}";
    let data = SeedData::from_json(json).unwrap();
    let refused = Emulator::builder().data(data).without_socket().start().await.unwrap_err();
    let refused = refused.get_ref().unwrap().downcast_ref::<SeedError>().unwrap();
    let [problem] = refused.problems() else { panic!("{refused}") };
    let shown = (problem.place(), problem.message(), problem.line(), problem.column());
    let message = "Organization not found: 'Globex'.";
    assert_eq!(shown, ("connections[0].organization", message, Some(3), Some(21)));
}

#[tokio::test]
async fn more_data_can_be_loaded_while_it_runs_all_or_nothing() {
    let trial = Trial::new().await;
    let data = json!({"users": [{"email": "ada@acme.test"}]});
    let loaded = trial.call("POST", "/_emulate/seed", data.clone()).await;
    assert_eq!(loaded, (204, json!("")));
    let more = json!({"users": [{"email": "bob@acme.test"}, {"email": "ada@acme.test"}]});
    let (status, refused) = trial.call("POST", "/_emulate/seed", more).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("users[1].email")));
    let message = "users[1].email: Email addresses must be unique across users.";
    assert_eq!(refused["errors"][0]["message"], message);
    let (status, refused) = trial.call("POST", "/_emulate/seed", json!({"user": 1})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid_seed")));
    assert_eq!(refused["errors"][0]["field"], "user");
    let users = trial.client().user_management().list_users(ListUsersParams::default()).await;
    let emails: Vec<_> = users.unwrap().data.into_iter().map(|user| user.email).collect();
    assert_eq!(emails, ["ada@acme.test"]);
    assert_eq!(trial.event_names().await, ["user.created"]);
}
