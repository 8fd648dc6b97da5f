//! What is read from a request, and what is wrong with it.

use serde_json::{Value, json};

use crate::{operation, texts};

fn query(name: &str, pairs: &[(&str, &str)]) -> (Value, Vec<String>) {
    let (query, problems) = operation(name).read_query(pairs);
    (query, texts(&problems))
}

fn body(name: &str, body: Value) -> Vec<String> {
    texts(&operation(name).check_body(&body))
}

#[test]
fn a_query_is_read_into_the_documented_types() {
    let none: Vec<String> = Vec::new();
    let pairs = [("limit", "5"), ("order", "asc"), ("search", "a b"), ("unknown", "x")];
    let expected = json!({"limit": 5, "order": "asc", "search": "a b"});
    assert_eq!(query("GET /organizations", &pairs), (expected, none.clone()));
    let pairs = [("cascade_delete", "true")];
    assert_eq!(
        query("DELETE /authorization/resources/{id}", &pairs),
        (json!({"cascade_delete": true}), none.clone())
    );
    let pairs = [
        ("client_id", "client_1"),
        ("redirect_uri", "https://a.co"),
        ("response_type", "code"),
        ("provider_query_params[hd]", "a.co"),
        ("provider_query_params[x]", "1"),
        ("provider_scopes", "a,b"),
    ];
    let expected = json!({
        "client_id": "client_1", "redirect_uri": "https://a.co", "response_type": "code",
        "provider_query_params": {"hd": "a.co", "x": "1"}, "provider_scopes": ["a", "b"],
    });
    assert_eq!(query("GET /sso/authorize", &pairs), (expected, none));
}

#[test]
fn a_list_in_a_query_has_three_forms() {
    let lists: [&[(&str, &str)]; 5] = [
        &[("events", "a,b")],
        &[("events[]", "a"), ("events[]", "b")],
        &[("events", "a"), ("events", "b")],
        &[("events", "a"), ("events[]", "b")],
        &[("events", ",a,,b,")],
    ];
    for pairs in lists {
        assert_eq!(query("GET /events", pairs), (json!({"events": ["a", "b"]}), vec![]));
    }
    // Only one of the forms has a separator.
    let commas = query("GET /events", &[("events[]", "a,b")]).0;
    assert_eq!(commas, json!({"events": ["a,b"]}));
}

#[test]
fn the_last_of_several_values_counts_and_one_without_a_value_is_left_out() {
    let pairs = [("limit", "1"), ("limit", "2"), ("order", ""), ("domains", "")];
    assert_eq!(query("GET /organizations", &pairs), (json!({"limit": 2}), vec![]));
    let left_out = query("GET /events", &[("events", ""), ("events[]", "")]).1;
    assert_eq!(left_out, ["events is required."]);
}

#[test]
fn all_that_is_wrong_with_a_query_is_told_in_order() {
    let pairs =
        [("order", "up"), ("limit", "ten"), ("domains", "a.co,b"), ("limit[]", "x"), ("after", "")];
    assert_eq!(
        query("GET /organizations", &pairs).1,
        [
            "domains[1] must be a domain such as acme.com.",
            "limit must be a number from 1 to 100.",
            "order must be asc, desc or normal.",
        ]
    );
    for limit in ["0", "101", "-1", "1.5", "99999999999999999999"] {
        let problems = operation("GET /organizations").read_query(&[("limit", limit)]).1;
        assert_eq!(problems[0].code, "invalid");
        assert_eq!(texts(&problems), ["limit must be a number from 1 to 100."], "{limit}");
    }
    let problems = query("GET /user_management/authorize", &[("max_age", "-1")]).1;
    assert!(
        problems.contains(&"max_age must be a number of at least 0.".to_owned()),
        "{problems:?}"
    );
    let problems = query("DELETE /authorization/resources/{id}", &[("cascade_delete", "yes")]).1;
    assert_eq!(problems, ["cascade_delete must be true or false."]);
}

#[test]
fn what_belongs_into_the_body_is_no_query() {
    assert!(operation("POST /sso/token").query().is_none());
    assert_eq!(query("POST /sso/token", &[("code", "x")]), (json!({}), vec![]));
}

#[test]
fn headers_have_any_case() {
    let create = operation("POST /audit_logs/events");
    assert_eq!(create.check_headers(&[("Idempotency-Key", "x"), ("Accept", "*/*")]), []);
    assert_eq!(operation("GET /organizations").check_headers(&[("a", "b")]), []);
}

#[test]
fn all_that_is_wrong_with_a_body_is_told_in_order() {
    let wrong = json!({
        "allow_profiles_outside_organization": "no",
        "domain_data": [
            {"domain": "acme.com", "state": "verified"},
            {"domain": "acme", "state": "on"},
            {},
        ],
        "domains": null,
        "external_id": "",
        "metadata": {"k".repeat(41): "x", "tier": "x".repeat(601), "x": 7},
        "name": "  ",
        "unknown": 1,
    });
    assert_eq!(
        body("POST /organizations", wrong),
        [
            "allow_profiles_outside_organization must be true or false.",
            "domain_data[1].domain must be a domain such as acme.com.",
            "domain_data[1].state must be pending or verified.",
            "domain_data[2].domain is required and must not be empty.",
            "domain_data[2].state is required and must not be empty.",
            "domains must be a list.",
            "external_id must be 1 to 128 ASCII characters.",
            "metadata keys may have at most 40 characters.",
            "metadata.tier must have at most 600 characters.",
            "metadata.x must be a string.",
            "name is required and must not be empty.",
        ]
    );
    let right = json!({"name": "Acme", "external_id": null, "metadata": null});
    assert_eq!(body("POST /organizations", right), [""; 0]);
}

#[test]
fn limits_of_unions_are_those_of_each_variant() {
    let create = "POST /user_management/users";
    assert_eq!(body(create, json!({"email": "ada@example.com", "password": "x"})), [""; 0]);
    assert_eq!(
        body(create, json!({"email": "ada", "password": 7, "external_id": "ü"})),
        [
            "email must be an email address.",
            "external_id must be 1 to 128 ASCII characters.",
            "password must be a string.",
        ]
    );
}

#[test]
fn the_grant_type_chooses_what_a_sign_in_needs() {
    let sign_in = |fields: Value| body("POST /user_management/authenticate", fields);
    assert_eq!(
        sign_in(json!({"grant_type": "password", "client_id": "client_1", "email": "ada"})),
        [
            "client_secret is required and must not be empty.",
            "email must be an email address.",
            "password is required and must not be empty.",
        ]
    );
    let unknown = sign_in(json!({"grant_type": "magic"}));
    assert_eq!(unknown[0], "client_id is required and must not be empty.");
    assert!(unknown[1].starts_with("grant_type must be authorization_code, password, "));
    assert_eq!(unknown.len(), 2);
}

#[test]
fn a_body_may_be_left_out_only_where_it_is_optional() {
    let optional = workos_contract::operations()
        .find(|operation| operation.body().is_some_and(|body| !body.is_required))
        .unwrap();
    assert_eq!(optional.check_body(&Value::Null), []);
    let problems = operation("POST /organizations").check_body(&Value::Null);
    assert_eq!(
        (problems[0].place.as_str(), problems[0].code, problems[0].message.as_str()),
        ("", "invalid_type", "must be an object.")
    );
    assert_eq!(operation("GET /organizations").check_body(&json!({"any": 1})), []);
}
