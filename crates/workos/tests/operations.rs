//! Every operation by its table entry: where it goes, what it sends, what it reads.

#![cfg(feature = "contract")]
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workos::Client;
use workos::contract::{self, Input};

/// The rows of the API that this version covers, in the order of the source.
const COVERED: &str = "
organizations list_organizations GET /organizations
organizations create_organization POST /organizations
organizations get_organization_by_external_id GET /organizations/external_id/{external_id}
organizations get_organization GET /organizations/{id}
organizations update_organization PUT /organizations/{id}
organizations delete_organization DELETE /organizations/{id}
organizations get_audit_log_configuration GET /organizations/{id}/audit_log_configuration
organizations list_authorized_applications GET /organizations/{organization_id}/authorized_applications
organizations list_it_contacts GET /organizations/{organization_id}/it_contacts
organizations create_it_contact POST /organizations/{organization_id}/it_contacts
organizations delete_it_contact DELETE /organizations/{organization_id}/it_contacts/{contact_id}
organizations invite_it_contact POST /organizations/{organization_id}/it_contacts/{contact_id}/invite
organizations revoke_it_contact POST /organizations/{organization_id}/it_contacts/{contact_id}/revoke
user_management list_users GET /user_management/users
user_management create_user POST /user_management/users
user_management get_user_by_external_id GET /user_management/users/external_id/{external_id}
user_management get_user GET /user_management/users/{id}
user_management update_user PUT /user_management/users/{id}
user_management delete_user DELETE /user_management/users/{id}
user_management confirm_email_change POST /user_management/users/{id}/email_change/confirm
user_management send_email_change POST /user_management/users/{id}/email_change/send
user_management verify_email POST /user_management/users/{id}/email_verification/confirm
user_management send_verification_email POST /user_management/users/{id}/email_verification/send
user_management get_email_verification GET /user_management/email_verification/{id}
user_management get_user_identities GET /user_management/users/{id}/identities
user_management list_sessions GET /user_management/users/{id}/sessions
user_management revoke_session POST /user_management/sessions/revoke
";

#[test]
fn the_table_has_every_operation_with_its_method_and_path() {
    let table: Vec<_> = contract::operations()
        .map(|entry| entry.operation)
        .map(|row| format!("{} {} {} {}", row.accessor, row.name, row.method, row.path))
        .collect();
    assert_eq!(table, COVERED.trim().lines().collect::<Vec<_>>());
}

#[test]
fn every_operation_fills_its_path_in_order() {
    let client = Client::new("sk_test_1");
    for entry in contract::operations() {
        let row = entry.operation;
        let values = ["first/1", "second 2"];
        let path = &values[..row.path.matches('{').count()];
        let (query, body) = match row.method {
            "GET" => (json!({}), Value::Null),
            _ => (Value::Null, smallest_body(row.name)),
        };
        let request = (entry.build)(&client, &Input { path: path.to_vec(), query, body }).unwrap();
        let mut expected = row.path.to_owned();
        for value in path {
            let (start, rest) = expected.split_once('{').unwrap();
            let (_, rest) = rest.split_once('}').unwrap();
            expected = format!("{start}{}{rest}", workos::path_segment(value));
        }
        assert_eq!(request.url, format!("https://api.workos.com{expected}"), "{}", row.name);
        assert_eq!(request.method.as_str(), row.method);
    }
}

/// The required fields of a body, as the API states them.
fn smallest_body(operation: &str) -> Value {
    match operation {
        "create_organization" => json!({"name": "Acme"}),
        "create_it_contact" | "create_user" => json!({"email": "a@b.co"}),
        "invite_it_contact" => json!({"intents": ["sso"]}),
        "confirm_email_change" | "verify_email" => json!({"code": "123456"}),
        "send_email_change" => json!({"new_email": "a@b.co"}),
        "revoke_session" => json!({"session_id": "session_1"}),
        _ => json!({}),
    }
}

/// All fields of a body, as the API states them.
fn largest_body(operation: &str) -> Value {
    let user = json!({
        "email": "a@b.co", "first_name": "A", "last_name": "B", "name": "A B",
        "email_verified": true, "metadata": {"k": "v"}, "external_id": "x",
        "password_hash": "$2b$", "password_hash_type": "bcrypt", "password_salt_position": "prefix",
    });
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let organization = json!({
        "name": "Acme", "allow_profiles_outside_organization": true, "domains": ["a.com"],
        "domain_data": [{"domain": "b.com", "state": "pending"}], "metadata": {"k": "v"},
        "external_id": "x",
    });
    match operation {
        "create_organization" => organization,
        "update_organization" => with(organization, json!({"stripe_customer_id": "cus_1"})),
        "create_user" => with(
            user,
            json!({"ip_address": "203.0.113.7", "user_agent": "UA/1", "signals_id": "s"}),
        ),
        "update_user" => with(user, json!({"locale": "en"})),
        "send_email_change" => json!({"new_email": "a@b.co", "locale": "de-DE"}),
        "send_verification_email" => json!({"locale": "xx-new"}),
        other => smallest_body(other),
    }
}

#[test]
fn every_body_is_sent_as_it_was_given_from_the_smallest_to_the_largest() {
    let client = Client::new("sk_test_1");
    let mut nulls = 0;
    for entry in contract::operations().filter(|entry| entry.operation.method != "GET") {
        let row = entry.operation;
        let path = ["a", "b"][..row.path.matches('{').count()].to_vec();
        let send = |body: &Value| {
            let input = Input { path: path.clone(), query: Value::Null, body: body.clone() };
            let request = (entry.build)(&client, &input).unwrap();
            request.body.map(|body| serde_json::from_slice::<Value>(&body).unwrap())
        };
        for body in [smallest_body(row.name), largest_body(row.name)] {
            if body == json!({}) && send(&body).is_none() {
                continue; // takes no body
            }
            assert_eq!(send(&body), Some(body.clone()), "{}", row.name);
        }
        for field in NULLABLE.iter().filter(|(name, _)| *name == row.name).flat_map(|(_, f)| *f) {
            let mut body = smallest_body(row.name);
            body[*field] = Value::Null;
            assert_eq!(send(&body), Some(body.clone()), "{}.{field}", row.name);
            nulls += 1;
        }
    }
    assert_eq!(nulls, 15);
}

/// The fields that may be sent as null.
const NULLABLE: &[(&str, &[&str])] = &[
    ("create_organization", &["metadata", "external_id"]),
    ("update_organization", &["metadata", "external_id"]),
    (
        "create_user",
        &[
            "first_name",
            "last_name",
            "name",
            "email_verified",
            "metadata",
            "external_id",
            "ip_address",
            "user_agent",
        ],
    ),
    ("update_user", &["metadata", "external_id", "locale"]),
];

#[test]
fn every_query_parameter_is_sent_as_it_was_given() {
    let client = Client::new("sk_test_1");
    let paging = json!({"before": "b", "after": "a", "limit": 7, "order": "normal"});
    for (name, more, expected) in [
        (
            "list_organizations",
            json!({"domains": ["a.com", "b.com"], "search": "x y"}),
            "&domains=a.com%2Cb.com&search=x%20y",
        ),
        ("list_authorized_applications", json!({}), ""),
        (
            "list_users",
            json!({"organization": "o", "organization_id": "i", "email": "e@f.g"}),
            "&organization=o&organization_id=i&email=e%40f.g",
        ),
        ("list_sessions", json!({}), ""),
    ] {
        let entry = contract::operations().find(|entry| entry.operation.name == name).unwrap();
        let mut query = paging.clone();
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = ["p"][..entry.operation.path.matches('{').count()].to_vec();
        let input = Input { path, query, body: Value::Null };
        let url = (entry.build)(&client, &input).unwrap().url;
        let sent = url.split_once('?').unwrap().1;
        assert_eq!(sent, format!("before=b&after=a&limit=7&order=normal{expected}"), "{name}");
    }
}

#[test]
fn a_path_finds_its_operation_and_literal_segments_come_first() {
    let name = |method: http::Method, path: &str| {
        contract::find(&method, path).map(|entry| entry.operation.name)
    };
    use http::Method;
    assert_eq!(name(Method::GET, "/organizations/org_1"), Some("get_organization"));
    assert_eq!(
        name(Method::GET, "/user_management/users/external_id/x"),
        Some("get_user_by_external_id")
    );
    assert_eq!(name(Method::PATCH, "/organizations/org_1"), None);
    assert_eq!(name(Method::GET, "/nothing"), None);
}

#[test]
fn responses_come_back_as_they_were_sent() {
    let time = "2026-01-15T12:00:00.000Z";
    let user = json!({
        "object": "user", "id": "user_1", "first_name": null, "last_name": "L", "name": "N",
        "profile_picture_url": null, "email": "a@b.co", "email_verified": true,
        "external_id": null, "metadata": {"k": "v"}, "last_sign_in_at": null, "locale": "en",
        "created_at": time, "updated_at": time, "radar_auth_attempt_id": "radar_1",
    });
    let organization = json!({
        "object": "organization", "id": "org_1", "name": "Acme", "metadata": {}, "external_id": null,
        "stripe_customer_id": "cus_1", "created_at": time, "updated_at": time,
        "allow_profiles_outside_organization": false,
        "domains": [{
            "object": "organization_domain", "id": "d", "organization_id": "org_1",
            "domain": "a.com", "state": "verified", "verification_prefix": "p",
            "verification_token": "t", "verification_strategy": "dns", "created_at": time,
            "updated_at": time,
        }],
    });
    let list = |data: Value| {
        let metadata = json!({"before": null, "after": "x"});
        json!({"object": "list", "data": [data], "list_metadata": metadata})
    };
    for (name, body) in [
        ("get_organization", organization.clone()),
        ("list_organizations", list(organization)),
        ("get_user", user.clone()),
        ("confirm_email_change", json!({"object": "email_change_confirmation", "user": user})),
        (
            "send_email_change",
            json!({"object": "email_change", "user": user, "new_email": "c@d.ef",
                "expires_at": time, "created_at": time}),
        ),
        ("verify_email", json!({"user": user})),
        (
            "get_email_verification",
            json!({"object": "email_verification", "id": "e", "user_id": "u", "email": "a@b.co",
                "expires_at": time, "created_at": time, "updated_at": time, "code": "123456"}),
        ),
        (
            "get_user_identities",
            json!([{"idp_id": "i", "type": "OAuth", "provider": "BrandNewOAuth"}]),
        ),
        (
            "list_sessions",
            list(json!({
                "object": "session", "id": "s", "impersonator": {"email": "i@w.os", "reason": null},
                "ip_address": null, "organization_id": "org_1", "user_agent": null,
                "user_id": "user_1", "auth_method": "unknown", "status": "active",
                "expires_at": time, "ended_at": null, "created_at": time, "updated_at": time,
            })),
        ),
        (
            "get_audit_log_configuration",
            json!({
                "organization_id": "org_1", "retention_period_in_days": 30, "state": "active",
                "log_stream": {"id": "l", "type": "Datadog", "state": "error",
                    "last_synced_at": null, "created_at": time},
            }),
        ),
        (
            "list_authorized_applications",
            list(json!({
                "object": "authorized_connect_application", "id": "a", "granted_scopes": ["openid"],
                "oauth_resource": "https://api.example", "user_id": "user_1",
                "application": {
                    "object": "connect_application", "id": "c", "client_id": "client_1",
                    "description": null, "name": "App", "scopes": [], "created_at": time,
                    "updated_at": time, "application_type": "oauth",
                    "redirect_uris": [{"uri": "https://a.example/cb", "default": true}],
                    "uses_pkce": true, "cors_origins": [], "is_first_party": false,
                    "was_dynamically_registered": false, "organization_id": "org_1",
                },
            })),
        ),
        (
            "list_it_contacts",
            list(json!({"object": "it_contact", "id": "i", "email": "a@b.co", "created_at": time,
                "updated_at": time})),
        ),
        ("delete_user", Value::Null),
    ] {
        let entry = contract::operations().find(|entry| entry.operation.name == name).unwrap();
        assert_eq!((entry.recode)(&body.to_string()).unwrap(), body, "{name}");
    }
}
