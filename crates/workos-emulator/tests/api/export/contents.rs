//! What an export has, and that it is there after loading it.

use serde_json::{Value, json};
use workos::UserIdentityProvider;
use workos::authorization::CreateRole;
use workos::groups::{CreateGroup, CreateGroupMembership};
use workos::organization_membership::{CreateOrganizationMembership, OrganizationMembershipRole};
use workos::user_management::{CreateUser, CreateUserPasswordHashType, Password};
use workos_emulator::{Emulator, SeedData};

use super::{again, check_law, started};
use crate::trial::Trial;

const PASSWORD: &str = "correct horse battery";
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
const SSHA256: &str = "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==";
/// The SHA-256 of `sk_other`.
const KEY_HASH: &str = "df0efef4a3c2859c50e2950f7ea53794355f3791b2252a6863ea1cbff73d2e50";
/// The SHA-256 of `secret_other`.
const SECRET_HASH: &str = "b0896ba331f4cda0673ec9b4fa0078cb0baaadbc93cac3f6954a3e0a02f76ea9";

/// Every key of seed data, with values that are not the default.
fn every_key() -> Value {
    json!({
        "users": [
            {"email": "ada@acme.test", "id": "user_ada", "name": "Ada L.", "first_name": "Ada",
             "last_name": "Lovelace", "password_hash": SSHA256, "password_hash_type": "ssha256",
             "password_salt_position": "prefix", "email_verified": true, "external_id": "ada",
             "locale": "en", "metadata": {"tier": "gold"},
             "impersonator": {"email": "root@corp.test", "reason": "support"},
             "oauth_provider": "GoogleOAuth", "oauth_idp_id": "google_1",
             "identities": [{"provider": "AppleOAuth", "idp_id": "apple_1"}],
             "totp": true,
             "auth_factors": [
                 {"type": "totp", "totp_issuer": "Acme", "totp_user": "ada",
                  "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
                 {"type": "sms", "phone_number": "+15005550006"},
                 {"type": "generic_otp"}
             ]},
            {"email": "bob@acme.test", "password": PASSWORD},
            {"email": "eve@acme.test"}
        ],
        "organizations": [
            {"name": "Acme", "id": "org_acme", "external_id": "acme", "metadata": {"plan": "pro"},
             "allow_profiles_outside_organization": true, "stripe_customer_id": "cus_1",
             "entitlements": ["sso"],
             "domains": [{"domain": "acme.test", "state": "verified"}, {"domain": "acme.dev"}],
             "memberships": [
                 {"email": "ada@acme.test", "id": "om_ada", "roles": ["org-lead", "editor"]},
                 {"email": "bob@acme.test", "role": "editor", "status": "inactive"},
                 {"email": "eve@acme.test", "status": "pending"}
             ],
             "groups": [{"name": "Builders", "id": "group_builders", "description": "They build",
                         "members": ["ada@acme.test"]}]},
            {"name": "Acme", "id": "org_other"}
        ],
        "permissions": [
            {"slug": "notes:write", "name": "Write notes", "description": "All notes"},
            {"slug": "docs:read", "name": "Read", "resource_type_slug": "doc", "system": true}
        ],
        "roles": [
            {"slug": "admin", "name": "Admin", "permissions": ["notes:write"]},
            {"slug": "org-lead", "name": "Lead", "type": "OrganizationRole",
             "organization_id": "org_acme", "permissions": ["docs:read"]},
            {"slug": "editor", "name": "Editor", "description": "Edits"},
            {"slug": "guest", "name": "Guest", "is_default_role": true, "priority": 9},
            {"slug": "reader", "name": "Reader", "resource_type_slug": "doc", "priority": 10}
        ],
        "resourceTypes": [
            {"slug": "project", "name": "Project"},
            {"slug": "doc", "parents": ["project", "doc"]}
        ],
        "connections": [{
            "name": "Acme SSO", "organization": "org_acme", "id": "conn_acme",
            "external_id": "okta", "connection_type": "OktaSAML", "state": "inactive",
            "domains": ["sso.acme.test"],
            "profiles": [{"email": "ada@acme.test", "id": "prof_ada", "idp_id": "okta_1",
                          "first_name": "Ada", "last_name": "L", "groups": ["eng"],
                          "custom_attributes": {"a": null}, "raw_attributes": {"b": []}}]
        }],
        "directories": [{
            "name": "Acme Directory", "organization": "org_acme", "id": "directory_acme",
            "type": "okta scim v2.0", "state": "unlinked", "domain": "corp.test",
            "groups": [{"name": "Engineering", "id": "directory_group_eng", "idp_id": "grp_1",
                        "role": "editor", "raw_attributes": {"c": 1}}],
            "users": [{"email": "ada@acme.test", "id": "directory_user_ada", "idp_id": "usr_1",
                       "emails": [{"value": "ada@home.test", "type": "home"}],
                       "first_name": "Ada", "last_name": "L", "name": "Countess",
                       "job_title": "Analyst", "username": "ada", "state": "suspended",
                       "raw_attributes": {"d": {}}, "custom_attributes": {"e": true},
                       "groups": ["directory_group_eng"]}]
        }],
        "connectedAccounts": [{"email": "ada@acme.test", "provider": "github",
                               "organization": "org_acme", "scopes": ["repo"],
                               "state": "needs_reauthorization", "external_account_id": "gh_1",
                               "account_display_name": "Work"}],
        "pipeConnections": [{"user_id": "user_ada", "provider": "slack", "scopes": ["chat:write"],
                             "status": "connected", "external_account_id": "sl_1"}],
        "invitations": [{"email": "eve@acme.test", "id": "invitation_eve",
                         "organization_id": "org_acme", "inviter_user_id": "user_ada",
                         "role_slug": "editor", "expires_at": "2026-03-20T12:00:00.000Z",
                         "token": "invite_eve"}],
        "connectApplications": [
            {"name": "Robot", "id": "conn_app_robot", "organization": "org_acme",
             "description": "Works", "scopes": ["notes:write"], "audience": "api",
             "client_id": "client_robot", "client_secret": "secret_robot",
             "client_secret_hashes": [{"hash": SECRET_HASH, "secret_hint": "_other"}]},
            {"name": "Web", "type": "oauth", "organization": "org_acme",
             "client_id": "client_web", "redirect_uris": ["http://localhost:3000/cb"],
             "cors_origins": ["http://localhost:3000"], "uses_pkce": true,
             "is_first_party": false},
            {"name": "Registered", "type": "oauth", "client_id": "client_registered",
             "was_dynamically_registered": true}
        ],
        "agentBlueprints": [{
            "name": "Helper", "id": "agent_blueprint_helper", "description": "Helps",
            "permissions": ["notes:write"],
            "invocable_by": {"role_slugs": ["editor"], "organization_ids": ["org_acme"]},
            "invocable_as": {"instance_types": ["autonomous"]},
            "session_settings": {"max_age_seconds": 60, "access_token_ttl_seconds": 30,
                                 "refresh_token_ttl_seconds": 60}
        }],
        "apiKeys": [
            {"value": "sk_start", "environment": "test"},
            {"name": "CI", "id": "api_key_ci", "organization": "org_acme", "user_id": "user_ada",
             "value": "sk_ci", "permissions": ["notes:write"],
             "expires_at": "2026-02-01T12:00:00.000Z"},
            {"name": "Old", "organization": "org_acme", "value_hash": KEY_HASH,
             "obfuscated_value": "sk_...ther"}
        ],
        "featureFlags": [
            {"slug": "beta-ui", "id": "flag_beta", "name": "Beta UI", "description": "New",
             "enabled": false, "default_value": true, "tags": ["ui"], "owner": {"email": "ada@acme.test"},
             "rules": [{"target_type": "workspace", "value": true, "targets": ["ws_1"]},
                       {"target_type": "user", "targets": ["user_ada"]}],
             "targets": ["org_acme"]}
        ],
        "webhookEndpoints": [{"endpoint_url": "http://localhost:9/hooks",
                              "events": ["user.created"], "enabled": false,
                              "secret": "whsec_1"}],
        "redirectUris": ["https://app.acme.test/callback", "http://localhost:3000/callback"],
        "corsOrigins": ["https://app.acme.test"],
        "jwtTemplate": {"content": "{\"plan\": \"{{ organization.metadata.plan }}\"}"},
        "errorHooks": [{"method": "POST", "path": "/portal/generate_link", "status": 503,
                        "body": {"message": "later"}, "count": 1,
                        "headers": {"retry-after": "7"}, "latency_ms": 20, "chance": 0.5},
                       {"method": "*", "path": "/vault/*", "fault": "stall"}]
    })
}

async fn with_every_key() -> Trial {
    started(SeedData::from_value(every_key()).unwrap()).await
}

#[test]
fn seed_data_are_written_with_the_keys_that_are_read() {
    let data = SeedData::from_value(every_key()).unwrap();
    assert_eq!(serde_json::to_value(&data).unwrap(), every_key());
    let accepted = json!({"apiKeys": {"sk_a": {"environment": "test"}, "sk_b": {}}});
    let data = SeedData::from_value(accepted.clone()).unwrap();
    assert_eq!(serde_json::to_value(&data).unwrap(), accepted);
    assert!(!format!("{data:?}").contains("sk_"), "{data:?}");
}

/// What the seed data say in another way when they come back.
#[tokio::test]
async fn an_export_has_every_key_of_the_seed_data() {
    let trial = with_every_key().await;
    let exported = check_law(&trial).await;
    let mut expected = every_key();
    let users = expected["users"].as_array_mut().unwrap();
    // Nobody knows the secret, but it is there.
    let factors = &exported["users"][0]["auth_factors"];
    assert_eq!(factors[0]["type"], "totp");
    users[0]["auth_factors"].as_array_mut().unwrap().insert(0, factors[0].clone());
    users[0].as_object_mut().unwrap().remove("totp");
    for (user, exported) in users.iter_mut().zip(exported["users"].as_array().unwrap()) {
        user["id"] = exported["id"].clone();
        if user.as_object_mut().unwrap().remove("password").is_some() {
            user["password_hash"] = exported["password_hash"].clone();
            user["password_hash_type"] = json!("ssha256");
        }
    }
    let members = expected["organizations"][0]["memberships"].as_array_mut().unwrap();
    for (place, member) in members.iter_mut().enumerate() {
        let same = &exported["organizations"][0]["memberships"][place];
        member["id"] = same["id"].clone();
    }
    for role in expected["roles"].as_array_mut().unwrap() {
        role.as_object_mut().unwrap().remove("priority");
    }
    expected["resourceTypes"][0].as_object_mut().unwrap().remove("name");
    let pipe = json!({"email": "ada@acme.test", "provider": "slack", "scopes": ["chat:write"],
                      "external_account_id": "sl_1"});
    expected["connectedAccounts"].as_array_mut().unwrap().push(pipe);
    expected.as_object_mut().unwrap().remove("pipeConnections");
    // The membership says it, which has the default role.
    expected["invitations"][0].as_object_mut().unwrap().remove("role_slug");
    let applications = expected["connectApplications"].as_array_mut().unwrap();
    for (application, same) in
        applications.iter_mut().zip(exported["connectApplications"].as_array().unwrap())
    {
        application["id"] = same["id"].clone();
    }
    let hashes = &exported["connectApplications"][0]["client_secret_hashes"];
    assert_eq!(
        (&hashes[0]["secret_hint"], &hashes[1]["hash"]),
        (&json!("_robot"), &json!(SECRET_HASH))
    );
    applications[0]["client_secret_hashes"] = hashes.clone();
    applications[0].as_object_mut().unwrap().remove("client_secret");
    let keys = expected["apiKeys"].as_array_mut().unwrap();
    keys[0].as_object_mut().unwrap().remove("environment");
    // The first one is what requests are made with.
    keys[1].as_object_mut().unwrap().remove("value");
    for name in ["value_hash", "obfuscated_value"] {
        keys[1][name] = exported["apiKeys"][1][name].clone();
    }
    keys[2]["id"] = exported["apiKeys"][2]["id"].clone();
    let rule = json!({"target_type": "organization", "value": true, "targets": ["org_acme"]});
    expected["featureFlags"][0]["rules"].as_array_mut().unwrap().push(rule);
    expected["featureFlags"][0].as_object_mut().unwrap().remove("targets");
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&exported[name], expected, "{name}");
    }
    assert_eq!(exported.as_object().unwrap().len(), expected.as_object().unwrap().len());
}

/// An answer without what is new after each start: times, and IDs of what has another name.
fn lasting(mut answer: Value) -> Value {
    match &mut answer {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = lasting(item.take())),
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !["created_at", "updated_at", "external_key", "list_metadata"].contains(&&**name)
                    && !name.starts_with("verification_")
            });
            fields.values_mut().for_each(|value| *value = lasting(value.take()));
            let kinds = ["organization_domain", "connection_domain", "feature_flag"];
            if fields.get("object").is_some_and(|kind| kinds.iter().any(|one| kind == one)) {
                fields.remove("id");
            }
        }
        _ => {}
    }
    answer
}

#[tokio::test]
async fn objects_are_the_same_after_a_restart() {
    let first = with_every_key().await;
    let client = first.client();
    let users = client.user_management();
    let new = CreateUser {
        password: Some(Password::hashed(BCRYPT, CreateUserPasswordHashType::Bcrypt)),
        external_id: Some("zoe".into()),
        ..CreateUser::new("zoe@acme.test")
    };
    let zoe = users.create_user(new).await.unwrap();
    first.emulator.fixtures().identity(&zoe.id, UserIdentityProvider::GithubOAuth);
    let writer = CreateRole::new("writer", "Writer");
    client.authorization().create_environment_role(writer).await.unwrap();
    let role_slugs = vec!["writer".to_owned(), "guest".to_owned()];
    let member = CreateOrganizationMembership {
        role: Some(OrganizationMembershipRole::Multiple { role_slugs }),
        ..CreateOrganizationMembership::new(&zoe.id, "org_acme")
    };
    let member =
        client.organization_membership().create_organization_membership(member).await.unwrap();
    let groups = client.groups();
    let group = groups.create_organization_group("org_acme", CreateGroup::new("Later"));
    let group = group.await.unwrap();
    let joining = CreateGroupMembership::new(&member.id);
    groups.create_group_organization_membership("org_acme", &group.id, joining).await.unwrap();
    let second = again(&first).await;
    for path in [
        "/user_management/users",
        "/user_management/users/external_id/zoe",
        "/user_management/users/user_ada/identities",
        "/organizations",
        "/organizations/external_id/acme",
        "/user_management/organization_memberships?organization_id=org_acme",
        "/user_management/organization_memberships/om_ada",
        "/organizations/org_acme/groups",
        "/organizations/org_acme/groups/group_builders/organization-memberships",
        &format!("/organizations/org_acme/groups/{}/organization-memberships", group.id),
        "/user_management/invitations",
        "/user_management/invitations/by_token/invite_eve",
        "/connections/conn_acme",
        "/directories",
        "/directory_users?directory=directory_acme",
        "/directory_groups?directory=directory_acme",
        "/connect/applications",
        "/agents/blueprints",
        "/organizations/org_acme/api_keys",
        "/organizations/org_acme/feature-flags",
    ] {
        let ((status, before), (_, after)) = (
            first.call("GET", path, Value::Null).await,
            second.call("GET", path, Value::Null).await,
        );
        assert_eq!(status, 200, "{path}: {before}");
        assert_eq!(lasting(after), lasting(before), "{path}");
    }
    for path in ["/authorization/roles", "/authorization/organizations/org_acme/roles"] {
        let slugs = async |trial: &Trial| {
            let (_, list) = trial.call("GET", path, Value::Null).await;
            let roles = list["data"].as_array().unwrap().iter();
            roles.map(|role| role["slug"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(slugs(&second).await, slugs(&first).await, "{path}");
    }
}

#[tokio::test]
async fn what_the_keys_of_an_export_cannot_be_is_refused() {
    let user = |fields: Value| {
        let mut user = json!({"email": "ada@acme.test"});
        user.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        json!({"users": [user]})
    };
    let member = |fields: Value| {
        let mut data = user(json!({}));
        data["organizations"] = json!([{"name": "Acme", "memberships": [fields]}]);
        data
    };
    let key = |fields: Value| json!({"organizations": [{"name": "Acme"}], "apiKeys": [fields]});
    for (data, expected) in [
        (
            user(json!({"password": PASSWORD, "password_hash": BCRYPT})),
            "users[0]: Give either password, or password_hash with password_hash_type.",
        ),
        (
            user(json!({"password_hash": BCRYPT, "password_hash_type": "ssha"})),
            "users[0]: password_hash is not a ssha hash. Expected: {SSHA}, then the Base64 of a \
             SHA-1 digest and its salt.",
        ),
        (user(json!({"locale": "tlh"})), "users[0]: The locale 'tlh' is not supported."),
        (
            user(json!({"auth_factors": [{"type": "fax"}]})),
            "users[0].auth_factors[0].type: Expected \"totp\", \"sms\", or \"generic_otp\".",
        ),
        (user(json!({"auth_factors": [{"type": "sms"}]})), "users[0]: Phone number is invalid: ''"),
        (
            member(json!({"email": "ada@acme.test", "role": "admin", "roles": ["member"]})),
            "organizations[0].memberships[0]: Give either role or roles.",
        ),
        (key(json!({"name": "CI"})), "apiKeys[0]: A key has an organization, or else a value."),
        (key(json!({"organization": "Acme"})), "apiKeys[0]: A key of an organization has a name."),
        (
            key(json!({"organization": "Acme", "name": "CI", "value_hash": "sk_ci"})),
            "apiKeys[0].value_hash: Must be a SHA-256 hash: 64 hexadecimal digits in lower case.",
        ),
        (
            json!({"connectApplications": [{"name": "Web", "type": "oauth",
                                            "client_secret_hashes": [{"hash": ""}]}]}),
            "connectApplications[0].client_secret_hashes: Must be a SHA-256 hash: 64 hexadecimal \
             digits in lower case.",
        ),
        (json!({"redirectUris": ["/"]}), "redirectUris[0].uri: Must be an absolute URI."),
    ] {
        let refused = match SeedData::from_value(data) {
            Err(refused) => refused.to_string(),
            Ok(data) => {
                let started = Emulator::builder().data(data).without_socket().start().await;
                started.unwrap_err().to_string()
            }
        };
        assert_eq!(refused, expected);
    }
}
