//! What is refused, and with which error.

use serde_json::{Value, json};
use workos_emulator::Emulator;

use super::{
    KEY, MAX_REQUEST_BYTES, ORGANIZATIONS, USERS, at, call, create, empty_list, error, error_with,
    get, invalid, not_found, post, request, send, text,
};

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let contact = format!("{}/it_contacts/it_contact_0", at(ORGANIZATIONS, &acme));
    for (method, path, body, what, id) in [
        ("GET", "/organizations/org_0", Value::Null, "Organization", "org_0"),
        ("PUT", "/organizations/org_0", json!({"name": "Acme"}), "Organization", "org_0"),
        ("DELETE", "/organizations/org_0", Value::Null, "Organization", "org_0"),
        ("GET", "/organizations/external_id/a%2Fb%20c", Value::Null, "Organization", "a/b c"),
        ("GET", "/organizations/org_0/it_contacts", Value::Null, "Organization", "org_0"),
        ("DELETE", contact.as_str(), Value::Null, "IT contact", "it_contact_0"),
        ("GET", "/user_management/users/user_0", Value::Null, "User", "user_0"),
        ("PUT", "/user_management/users/user_0", json!({"name": "Ada"}), "User", "user_0"),
        ("DELETE", "/user_management/users/user_0", Value::Null, "User", "user_0"),
        ("GET", "/user_management/users/external_id/7", Value::Null, "User", "7"),
        ("GET", "/user_management/users/user_0/sessions", Value::Null, "User", "user_0"),
        ("GET", "/user_management/email_verification/e0", Value::Null, "Email verification", "e0"),
    ] {
        let response = call(&emulator, method, path, body).await;
        assert_eq!(response, (404, not_found(what, id)), "{method} {path}");
    }
}

#[tokio::test]
async fn a_deleted_object_is_gone() {
    let emulator = Emulator::start().await.unwrap();
    for (path, body, status, what) in [
        (ORGANIZATIONS, json!({"name": "Acme"}), 202, "Organization"),
        (USERS, json!({"email": "ada@example.com"}), 200, "User"),
    ] {
        let object = create(&emulator, path, body).await;
        let one = at(path, &object);
        assert_eq!(get(&emulator, &one).await, (200, object.clone()));

        let deleted = send(&emulator, request("DELETE", &one, KEY, "")).await;
        assert_eq!((deleted.status, deleted.body), (status, Vec::new()));
        let gone = not_found(what, text(&object["id"]));
        assert_eq!(get(&emulator, &one).await, (404, gone));
        assert_eq!(get(&emulator, path).await, (200, empty_list()));
    }
}

#[tokio::test]
async fn every_field_of_the_wrong_type_or_form_is_named() {
    const WANTED: &str = "is required and must not be empty.";
    const STRING: &str = "must be a string.";
    const FLAG: &str = "must be true or false.";
    const ASCII: &str = "must be 1 to 128 ASCII characters.";
    let emulator = Emulator::start().await.unwrap();
    for (path, body, fields) in [
        (ORGANIZATIONS, Value::Null, vec![("name", "required", WANTED)]),
        (ORGANIZATIONS, json!({"name": " "}), vec![("name", "required", WANTED)]),
        (
            ORGANIZATIONS,
            json!({
                "name": 7,
                "domain_data": [
                    {"domain": "acme.com", "state": "pending"},
                    {"domain": "nodot", "state": "maybe"},
                ],
                "domains": "acme.com",
                "allow_profiles_outside_organization": "yes",
                "external_id": "ü",
            }),
            vec![
                ("allow_profiles_outside_organization", "invalid_type", FLAG),
                ("domain_data[1].domain", "invalid", "must be a domain such as acme.com."),
                ("domain_data[1].state", "invalid", "must be pending or verified."),
                ("domains", "invalid_type", "must be a list."),
                ("external_id", "invalid", ASCII),
                ("name", "invalid_type", STRING),
            ],
        ),
        (USERS, json!({}), vec![("email", "required", WANTED)]),
        (
            USERS,
            json!({"email": "nobody", "first_name": 1, "email_verified": "yes", "external_id": ""}),
            vec![
                ("email", "invalid", "must be an email address."),
                ("email_verified", "invalid_type", FLAG),
                ("external_id", "invalid", ASCII),
                ("first_name", "invalid_type", STRING),
            ],
        ),
    ] {
        assert_eq!(post(&emulator, path, body).await, (422, invalid(&fields)));
    }
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, empty_list()));
    assert_eq!(get(&emulator, USERS).await, (200, empty_list()));
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for (body, message) in [
        ("{", "The request body is not valid JSON."),
        ("name=Acme", "The request body is not valid JSON."),
        ("[]", "The request body must be a JSON object."),
        ("null", "The request body must be a JSON object."),
    ] {
        for path in [ORGANIZATIONS, USERS] {
            let response = send(&emulator, request("POST", path, KEY, body)).await;
            let refused = error("invalid_request_body", message);
            assert_eq!((response.status, response.json()), (400, refused), "{path} {body}");
        }
    }
}

#[tokio::test]
async fn a_body_of_sixteen_mebibytes_is_read() {
    let emulator = Emulator::start().await.unwrap();
    let mut body = br#"{"name":"Acme"}"#.to_vec();
    body.resize(MAX_REQUEST_BYTES, b' ');
    let response = send(&emulator, request("POST", ORGANIZATIONS, KEY, body)).await;
    assert_eq!((response.status, &response.json()["name"]), (201, &json!("Acme")));
}

#[tokio::test]
async fn a_larger_body_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let body = vec![b' '; MAX_REQUEST_BYTES + 1];
    let response = send(&emulator, request("POST", ORGANIZATIONS, KEY, body)).await;
    let message = "The request body is too large.";
    assert_eq!((response.status, response.json()), (413, error("invalid_request_body", message)));
}

#[tokio::test]
async fn an_unsupported_endpoint_is_not_implemented() {
    let emulator = Emulator::start().await.unwrap();
    for (method, path) in [
        ("GET", "/nothing"),
        ("PATCH", "/organizations/org_0"),
        ("DELETE", "/organizations"),
        ("GET", "/_emulate/nothing"),
        ("GET", "/_emulate/reset"),
    ] {
        let message = format!("workos-emulator does not serve {method} {path}");
        let expected = (501, error("emulator_not_implemented", &message));
        assert_eq!(call(&emulator, method, path, Value::Null).await, expected);
    }
}

#[tokio::test]
async fn refused_requests_have_the_errors_of_the_api() {
    let emulator = Emulator::start().await.unwrap();
    let taken = json!({"name": "Acme", "external_id": "acme"});
    create(&emulator, ORGANIZATIONS, taken.clone()).await;
    create(&emulator, USERS, json!({"email": "ada@example.com", "external_id": "ada"})).await;
    let user = |more: Value| {
        let mut user = json!({"email": "bob@example.com"});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    let strings = "metadata.tier must be a string.";
    for (path, body, expected) in [
        (
            ORGANIZATIONS,
            taken,
            error("external_id_already_used", "Another organization has this external_id."),
        ),
        (
            ORGANIZATIONS,
            json!({"name": "Globex", "metadata": {"tier": 1}}),
            error("invalid_metadata", strings),
        ),
        (
            USERS,
            json!({"email": "ADA@example.com"}),
            error_with(
                "user_creation_error",
                "Could not create user.",
                error("email_not_available", "The email is not available."),
            ),
        ),
        (
            USERS,
            user(json!({"password": "too short"})),
            error_with(
                "password_strength_error",
                "Password does not meet strength requirements.",
                error("password_too_short", "Password must be at least 10 characters long."),
            ),
        ),
        (
            USERS,
            user(json!({"password": "long enough", "password_hash": "x"})),
            error("password_and_password_hash_provided", "Give either password or password_hash."),
        ),
        (USERS, user(json!({"metadata": {"tier": 1}})), error("invalid_metadata", strings)),
        (
            USERS,
            user(json!({"external_id": "ada"})),
            error_with(
                "user_creation_error",
                "Could not create user.",
                error("external_id_already_used", "Another user has this external_id."),
            ),
        ),
    ] {
        assert_eq!(post(&emulator, path, body).await, (400, expected));
    }
}

#[tokio::test]
async fn updating_a_user_has_its_own_errors() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, USERS, json!({"email": "ada@example.com", "external_id": "ada"})).await;
    let bob = create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    let path = at(USERS, &bob);
    let required = "must be a string.";
    for (body, status, expected) in [
        (json!({"email": "bob"}), 400, error("invalid_email", "email must be an email address.")),
        (
            json!({"external_id": "ada"}),
            400,
            error("external_id_already_used", "Another user has this external_id."),
        ),
        (json!({"email": null}), 422, invalid(&[("email", "invalid_type", required)])),
        (json!({"password": null}), 422, invalid(&[("password", "invalid_type", required)])),
        (
            json!({"password_hash": "x", "password_hash_type": "ssha256",
                "password_salt_position": "middle"}),
            422,
            invalid(&[("password_salt_position", "invalid", "must be prefix or suffix.")]),
        ),
    ] {
        assert_eq!(call(&emulator, "PUT", &path, body).await, (status, expected));
    }
    assert_eq!(get(&emulator, &path).await, (200, bob));
}

#[tokio::test]
async fn metadata_has_at_most_fifty_keys_in_creates_and_updates() {
    let emulator = Emulator::start().await.unwrap();
    let keys = |range: std::ops::Range<u32>| -> Value {
        range.map(|n| (format!("k{n}"), Value::from("v"))).collect()
    };
    let new = json!({"name": "Acme", "metadata": keys(0..50)});
    let acme = create(&emulator, ORGANIZATIONS, new).await;
    let path = at(ORGANIZATIONS, &acme);
    let refused = call(&emulator, "PUT", &path, json!({"metadata": keys(50..51)})).await;
    let message = "metadata must have at most 50 keys.";
    assert_eq!(refused, (400, error("invalid_metadata", message)));
    assert_eq!(get(&emulator, &path).await, (200, acme));
}

#[tokio::test]
async fn a_domain_is_stored_once_whatever_its_case_and_repetition() {
    let emulator = Emulator::start().await.unwrap();
    let domains = json!(["acme.com", "ACME.com"]);
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme", "domains": domains})).await;
    assert_eq!(acme["domains"].as_array().unwrap().len(), 1);
    let (_, found) = get(&emulator, "/organizations?domains=Acme.COM").await;
    assert_eq!(found["data"], json!([acme]));
}

#[tokio::test]
async fn a_path_that_is_not_utf8_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    assert_eq!(
        get(&emulator, "/organizations/%FF").await,
        (400, error("invalid_request_path", "The path is not UTF-8."))
    );
}

#[tokio::test]
async fn an_address_that_another_user_has_is_not_available() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let bob = create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    let bob = at(USERS, &bob);
    let refused = error("email_not_available", "The email address is not available.");

    let change = json!({"email": "ada@example.com"});
    assert_eq!(call(&emulator, "PUT", &bob, change).await, (400, refused.clone()));
    let path = format!("{bob}/email_change/send");
    let change = json!({"new_email": "ada@example.com"});
    assert_eq!(post(&emulator, &path, change).await, (409, refused));
}

#[tokio::test]
async fn what_contradicts_the_state_is_a_conflict() {
    let emulator = Emulator::start().await.unwrap();
    let owner = json!({"name": "Acme", "domains": ["acme.com"]});
    create(&emulator, ORGANIZATIONS, owner).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let change = format!("{}/email_change", at(USERS, &ada));
    for (path, body, code, message) in [
        (
            ORGANIZATIONS.to_owned(),
            json!({"name": "Globex", "domain_data": [{"domain": "ACME.com", "state": "verified"}]}),
            "domain_already_used",
            "The domain acme.com belongs to another organization.",
        ),
        (
            format!("{change}/send"),
            json!({"new_email": "ada@example.com"}),
            "email_change_not_needed",
            "The user has this address already.",
        ),
        (
            format!("{change}/confirm"),
            json!({"code": "000000"}),
            "no_pending_email_change",
            "No email change is pending.",
        ),
    ] {
        assert_eq!(post(&emulator, &path, body).await, (409, error(code, message)));
    }
}

#[tokio::test]
async fn an_it_contact_is_neither_added_nor_invited_twice() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let contacts = format!("{}/it_contacts", at(ORGANIZATIONS, &acme));
    let new = json!({"email": "it@acme.com"});
    let contact = create(&emulator, &contacts, new.clone()).await;
    let (status, again) = post(&emulator, &contacts, new).await;
    assert_eq!((status, &again["code"]), (409, &json!("it_contact_already_exists")));

    let invite = format!("{}/invite", at(&contacts, &contact));
    let intents = json!({"intents": ["sso"]});
    let invited = send(&emulator, request("POST", &invite, KEY, intents.to_string())).await;
    assert_eq!((invited.status, invited.body), (204, Vec::new()));
    let (status, again) = post(&emulator, &invite, intents).await;
    assert_eq!((status, &again["code"]), (409, &json!("it_contact_invitation_already_active")));
}
