//! The keys of the objects in responses.

use serde_json::{Value, json};
use workos_emulator::Emulator;

use super::{NOON, ORGANIZATIONS, USERS, at, at_noon, call, create, empty_list, get, text};

#[tokio::test]
async fn an_organization_has_the_keys_of_the_api() {
    let emulator = at_noon().await;
    let plain = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let expected = json!({
        "object": "organization",
        "id": plain["id"],
        "name": "Acme",
        "domains": [],
        "metadata": {},
        "external_id": null,
        "allow_profiles_outside_organization": false,
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!(plain, expected);
    assert!(text(&plain["id"]).starts_with("org_") && text(&plain["id"]).len() == 30, "{plain}");

    let rich = json!({
        "stripe_customer_id": "cus_1",
        "allow_profiles_outside_organization": false,
        "metadata": {"tier": "gold"},
        "external_id": "acme",
        "domain_data": [
            {"domain": "Acme.com", "state": "verified"},
            {"domain": "acme.org", "state": "pending"},
        ],
    });
    let (status, rich) = call(&emulator, "PUT", &at(ORGANIZATIONS, &plain), rich).await;
    let (verified, pending) = (&rich["domains"][0], &rich["domains"][1]);
    let domain = |domain: &Value, name: &str, state: &str, strategy: &str| {
        json!({
            "object": "organization_domain",
            "id": domain["id"],
            "organization_id": plain["id"],
            "domain": name,
            "state": state,
            "verification_strategy": strategy,
            "created_at": NOON,
            "updated_at": NOON,
        })
    };
    let mut waiting = domain(pending, "acme.org", "pending", "dns");
    waiting["verification_prefix"] = json!(text(&pending["verification_prefix"]));
    waiting["verification_token"] = json!(text(&pending["verification_token"]));
    let expected = json!({
        "object": "organization",
        "id": plain["id"],
        "name": "Acme",
        "domains": [domain(verified, "acme.com", "verified", "manual"), waiting],
        "metadata": {"tier": "gold"},
        "external_id": "acme",
        "stripe_customer_id": "cus_1",
        "created_at": NOON,
        "updated_at": NOON,
        "allow_profiles_outside_organization": false,
    });
    assert_eq!((status, &rich), (200, &expected));
}

#[tokio::test]
async fn a_user_has_the_keys_of_the_api() {
    let emulator = at_noon().await;
    let plain = create(&emulator, USERS, json!({"email": " Ada@Example.com "})).await;
    let expected = json!({
        "object": "user",
        "id": plain["id"],
        "first_name": null,
        "last_name": null,
        "profile_picture_url": null,
        "email": "ada@example.com",
        "email_verified": false,
        "external_id": null,
        "metadata": {},
        "last_sign_in_at": null,
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!(plain, expected);
    assert!(text(&plain["id"]).starts_with("user_") && text(&plain["id"]).len() == 31, "{plain}");

    let rich = json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "name": "Ada Lovelace",
        "email_verified": true,
        "external_id": "ada",
        "metadata": {"tier": "gold"},
        "locale": "de",
        "password": "correct horse battery staple",
    });
    let (status, rich) = call(&emulator, "PUT", &at(USERS, &plain), rich).await;
    let expected = json!({
        "object": "user",
        "id": plain["id"],
        "first_name": "Ada",
        "last_name": "Lovelace",
        "name": "Ada Lovelace",
        "profile_picture_url": null,
        "email": "ada@example.com",
        "email_verified": true,
        "external_id": "ada",
        "metadata": {"tier": "gold"},
        "last_sign_in_at": null,
        "locale": "de",
        "created_at": NOON,
        "updated_at": NOON,
    });
    assert_eq!((status, rich), (200, expected));
}

#[tokio::test]
async fn a_list_has_the_keys_of_the_api() {
    let emulator = Emulator::start().await.unwrap();
    for path in [ORGANIZATIONS, USERS] {
        assert_eq!(get(&emulator, path).await, (200, empty_list()));
    }
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let mut one = empty_list();
    one["data"] = json!([acme]);
    assert_eq!(get(&emulator, ORGANIZATIONS).await, (200, one));
    let contacts = format!("{}/it_contacts", at(ORGANIZATIONS, &acme));
    assert_eq!(get(&emulator, &contacts).await, (200, empty_list()));
}
