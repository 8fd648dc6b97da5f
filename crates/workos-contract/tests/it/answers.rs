//! What an answer must be.

use serde_json::{Value, json};
use workos_contract::event;

use crate::{operation, texts};

fn answer(name: &str, status: u16, body: Value) -> Result<(), String> {
    operation(name).check_answer(status, body.to_string().as_bytes())
}

fn failed<T>(problems: &[&str]) -> Result<T, String> {
    Err(problems.join("\n"))
}

fn organization() -> Value {
    json!({
        "object": "organization", "id": "org_1", "name": "Acme", "domains": [], "metadata": {},
        "external_id": null, "created_at": "2026-01-15T12:00:00.000Z",
        "updated_at": "2026-01-15T12:00:00.000Z",
    })
}

#[test]
fn a_success_has_the_documented_fields_and_no_others() {
    let get = "GET /organizations/{id}";
    assert_eq!(answer(get, 200, organization()), Ok(()));
    let mut wrong = organization();
    wrong["object"] = json!("org");
    wrong["created_at"] = json!("today");
    wrong["name"] = Value::Null;
    wrong["domains"] = json!([{"id": "x"}]);
    wrong["stripe_customer_id"] = Value::Null;
    wrong["secret"] = json!("x");
    wrong.as_object_mut().unwrap().remove("external_id");
    let missing = ["created_at", "domain", "object", "organization_id", "updated_at"];
    let missing = missing.map(|name| format!("domains[0].{name} is required."));
    let mut expected = vec!["created_at must be a time such as 2026-01-15T12:00:00.000Z."];
    expected.extend(missing.iter().map(String::as_str));
    expected.extend([
        "external_id is required.",
        "name is required.",
        "object must be organization.",
        "stripe_customer_id must be a string.",
        "secret is not documented.",
    ]);
    assert_eq!(answer(get, 200, wrong), failed(&expected));
    assert_eq!(answer(get, 201, organization()), failed(&["the status 201 is not documented"]));
    let no_json = operation(get).check_answer(200, b"<html>");
    assert!(no_json.unwrap_err().starts_with("the body is not JSON: "));
}

#[test]
fn an_answer_without_a_documented_body_is_empty() {
    let delete = operation("DELETE /organizations/{id}");
    assert_eq!(delete.check_answer(202, b""), Ok(()));
    assert_eq!(delete.check_answer(200, b"{}"), failed(&["the documented answer has no body"]));
    assert_eq!(delete.check_answer(204, b""), failed(&["the status 204 is not documented"]));
    let authorize = operation("GET /sso/authorize");
    assert_eq!(authorize.check_answer(302, b""), Ok(()));
}

#[test]
fn an_error_has_a_documented_status_and_says_what_is_wrong() {
    let get = "GET /organizations/{id}";
    let error = || json!({"message": "No.", "code": "any_code", "errors": []});
    for status in [400, 401, 404, 408, 413, 429, 500, 501, 503, 599] {
        assert_eq!(answer(get, status, error()), Ok(()), "{status}");
    }
    for status in [403, 409, 418, 600] {
        let expected = format!("the status {status} is not documented");
        assert_eq!(answer(get, status, error()), failed(&[&expected]));
    }
    for oauth in [
        json!({"error": "invalid_grant", "error_description": "It is used."}),
        json!({"error": "invalid_grant"}),
    ] {
        assert_eq!(answer("POST /sso/token", 400, oauth), Ok(()));
    }
    for none in [
        json!({}),
        json!([]),
        json!("No."),
        json!({"message": "No."}),
        json!({"message": 7, "code": "x"}),
        json!({"error": "x", "error_description": 7}),
        json!({"error": {}}),
    ] {
        let expected = format!("the body is not an error: {none}");
        assert_eq!(answer(get, 404, none), failed(&[&expected]));
    }
    let empty = operation(get).check_answer(418, b"").unwrap_err();
    assert!(empty.starts_with("the status 418 is not documented\nthe body is not JSON: "));
}

#[test]
fn the_documented_errors_are_listed() {
    let update = operation("PUT /organizations/{id}");
    let statuses: Vec<_> = update.errors().map(|(status, _)| status).collect();
    assert_eq!(statuses, [400, 403, 404, 409, 422]);
    assert_eq!(
        update.error_codes(400),
        ["external_id_already_used", "invalid_metadata", "stripe_customer_id_already_used"]
    );
    assert_eq!(update.error_codes(418), [""; 0]);
    assert!(update.documents_error(422) && !update.documents_error(418));
    let successes = operation("DELETE /directories/{id}").successes();
    let successes: Vec<_> = successes.map(|(status, shape)| (status, shape.is_some())).collect();
    assert_eq!(successes, [(200, false), (202, true)]);
}

#[test]
fn an_event_has_its_payload_and_context() {
    let created = event("organization.created").unwrap();
    let mut data = organization();
    let none: [&str; 0] = [];
    assert_eq!(texts(&created.check(&data, None)), none);
    assert_eq!(texts(&created.check(&data, Some(&json!({})))), none);
    data["id"] = json!(7);
    assert_eq!(
        texts(&created.check(&data, Some(&json!({"moon": 1})))),
        ["data.id must be a string.", "context.moon is not documented."]
    );
    let required = event("flag.created").unwrap().check(&json!({}), None);
    assert_eq!(texts(&required).last().unwrap(), "context is required.");
    assert!(event("moon.landed").is_none());
}
