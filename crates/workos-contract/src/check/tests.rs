use serde_json::json;

use super::*;
use crate::shape::Notation;

fn shape(notation: &Value, limits: &Value) -> Shape {
    Notation { home: None, limits: Some(limits) }.shape(notation, "").unwrap()
}

fn problems(notation: Value, limits: Value, value: Value, mode: Mode) -> Vec<(String, String)> {
    let problems = check(&shape(&notation, &limits), &value, "", mode);
    problems.into_iter().map(|it| (it.code.to_owned(), it.to_string())).collect()
}

/// Codes and texts of what is wrong with a body.
fn body(notation: Value, limits: Value, value: Value) -> Vec<(String, String)> {
    problems(notation, limits, value, Mode::Body)
}

fn answer(notation: Value, value: Value) -> Vec<(String, String)> {
    problems(notation, json!({}), value, Mode::Answer)
}

fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected.map(|(code, text)| (code.to_owned(), text.to_owned())).to_vec()
}

#[test]
fn a_required_field_has_to_be_there_and_a_required_text_has_to_say_something() {
    let fields = json!({
        "a": "string", "b": "=x|y", "c": "date-time", "d": "integer", "e": ["string"],
        "f~": "string", "g?": "string", "h": "any", "i": "=true|false",
        "j": {"any of": ["string", "null"]},
    });
    let text = "is required and must not be empty.";
    assert_eq!(
        body(fields.clone(), json!({}), json!({})),
        pairs([
            ("required", &format!("a {text}")),
            ("required", &format!("b {text}")),
            ("required", &format!("c {text}")),
            ("required", "d is required."),
            ("required", "e is required."),
            ("required", &format!("f {text}")),
            ("required", "h is required."),
            ("required", "i is required."),
            ("required", &format!("j {text}")),
        ])
    );
    let nulls = json!({
        "a": null, "b": null, "c": null, "d": null, "e": null, "f": null, "h": null, "i": null,
        "j": null,
    });
    assert_eq!(
        body(fields.clone(), json!({}), nulls),
        pairs([
            ("required", &format!("a {text}")),
            ("required", &format!("b {text}")),
            ("required", &format!("c {text}")),
            ("required", "d is required."),
            ("required", "e is required."),
            ("required", "i is required."),
        ])
    );
    let empty = json!({
        "a": "", "b": " ", "c": "\t\n", "d": 1, "e": [], "f": "", "g": "", "h": "", "i": true,
        "j": "",
    });
    assert_eq!(
        body(fields, json!({}), empty),
        pairs([
            ("required", &format!("a {text}")),
            ("required", &format!("b {text}")),
            ("required", &format!("c {text}")),
            ("required", &format!("f {text}")),
            ("required", &format!("j {text}")),
        ])
    );
}

#[test]
fn a_value_of_another_type_is_told_the_right_one() {
    let fields = json!({
        "a?": "string", "b?": "boolean", "c?": ["string"], "d?": {"x?": "string"},
        "e?": {"*": "string"}, "f?": "integer", "g?": "number", "h?": "date-time", "i?": "=x|y",
        "j?": "=true|false", "k?": {"any of": ["integer", "string"]},
    });
    let expected = pairs([
        ("invalid_type", "a must be a string."),
        ("invalid_type", "b must be true or false."),
        ("invalid_type", "c must be a list."),
        ("invalid_type", "d must be an object."),
        ("invalid_type", "e must be an object."),
        ("invalid_type", "f must be a whole number."),
        ("invalid_type", "g must be a number."),
        ("invalid_type", "h must be a string."),
        ("invalid_type", "i must be a string."),
        ("invalid_type", "j must be true or false."),
        ("invalid_type", "k must be a whole number."),
    ]);
    let all = |wrong: [Value; 11]| -> Value {
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]
            .into_iter()
            .zip(wrong)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    };
    // Null is not a value of an optional field that is not nullable.
    let null = || Value::Null;
    let nulls = all(std::array::from_fn(|_| null()));
    assert_eq!(body(fields.clone(), json!({}), nulls), expected);
    let wrong = all([
        json!(7),
        json!("true"),
        json!({}),
        json!([]),
        json!("x"),
        json!(1.5),
        json!("1"),
        json!(7),
        json!(true),
        json!("true"),
        json!([]),
    ]);
    assert_eq!(body(fields, json!({}), wrong), expected);
}

#[test]
fn what_fits_has_no_problem() {
    let fields = json!({
        "a": "string", "b": "boolean", "c": [["string"]], "d": {"x~": "string"}, "e": {"*": "any"},
        "f": "integer", "g": "number", "h": "date-time", "i": "=x|y", "j": "=true", "k": "null",
        "l": {"any of": ["string", "=null"]}, "m?~": "integer",
    });
    let value = json!({
        "a": "x", "b": false, "c": [[], ["x"]], "d": {"x": null}, "e": {"x": null, "y": [1]},
        "f": 5.0, "g": -1.5, "h": "2026-01-15T12:00:00.000Z", "i": "y", "j": true, "k": null,
        "l": null, "m": null,
    });
    assert_eq!(body(fields.clone(), json!({}), value.clone()), []);
    assert_eq!(answer(fields, value), []);
}

#[test]
fn a_value_outside_of_an_enum_is_told_all_values() {
    let fields = json!({"a?": "=x", "b?": "=x|y", "c?": "=z|x|y", "d?": "=true"});
    assert_eq!(
        body(fields, json!({}), json!({"a": "y", "b": "X", "c": "", "d": false})),
        pairs([
            ("invalid", "a must be x."),
            ("invalid", "b must be x or y."),
            ("invalid", "c must be x, y or z."),
            ("invalid", "d must be true."),
        ])
    );
}

#[test]
fn a_text_that_is_no_time_is_told_one() {
    assert_eq!(
        body(json!({"at": "date-time"}), json!({}), json!({"at": "tomorrow"})),
        pairs([("invalid", "at must be a time such as 2026-01-15T12:00:00.000Z.")])
    );
}

#[test]
fn a_number_in_a_query_is_told_its_range_and_one_in_a_body_its_type_first() {
    let fields = json!({
        "a?": "integer", "b?": "integer", "c?": "integer", "d?": "integer", "e?": "number",
    });
    let limits = json!({
        "a": {"minimum": 1, "maximum": 100}, "b": {"minimum": 1}, "c": {"maximum": 9.5},
    });
    let ranges = [
        ("invalid", "a must be a number from 1 to 100."),
        ("invalid", "b must be a number of at least 1."),
        ("invalid", "c must be a number of at most 9.5."),
    ];
    let [a, b, c] = ranges;
    let query = |value| problems(fields.clone(), limits.clone(), value, Mode::Query);
    let texts = json!({"a": "x", "b": "1.5", "c": "-", "d": "1e3", "e": "x"});
    assert_eq!(
        query(texts.clone()),
        pairs([
            a,
            b,
            c,
            ("invalid", "d must be a whole number."),
            ("invalid", "e must be a number.")
        ])
    );
    let outside = json!({"a": 101, "b": 0, "c": 10, "d": -7, "e": 1e300});
    assert_eq!(query(outside.clone()), pairs(ranges));
    assert_eq!(body(fields.clone(), limits.clone(), outside), pairs(ranges));
    let whole = "must be a whole number.";
    assert_eq!(
        body(fields, limits, texts),
        pairs([
            ("invalid_type", &format!("a {whole}")),
            ("invalid_type", &format!("b {whole}")),
            ("invalid_type", &format!("c {whole}")),
            ("invalid_type", &format!("d {whole}")),
            ("invalid_type", "e must be a number."),
        ])
    );
}

#[test]
fn texts_lists_and_maps_have_their_lengths() {
    let fields = json!({
        "a?": "string", "b?": "string", "c?": "string", "d?": ["string"], "e?": ["string"],
        "f?": {"*": "string"},
    });
    let limits = json!({
        "a": {"maxLength": 3}, "b": {"minLength": 3},
        "c": {"maxLength": 128, "pattern": "^[\\x00-\\x7F]+$"},
        "d": {"maxItems": 1}, "d[]": {"maxLength": 2}, "e": {"minItems": 1},
        "f": {"maxProperties": 1}, "f.(key)": {"maxLength": 2}, "f.*": {"maxLength": 3},
    });
    let check = |value| body(fields.clone(), limits.clone(), value);
    let most = json!({
        "a": "äöü", "b": "abc", "c": "c".repeat(128), "d": ["ab"], "e": [""], "f": {"ab": "abc"},
    });
    assert_eq!(check(most), []);
    let ascii = ("invalid", "c must be 1 to 128 ASCII characters.");
    let over = json!({
        "a": "abcd", "b": "ab", "c": "", "d": ["a", "abc"], "e": [],
        "f": {"abc": "", "tier": "abcd"},
    });
    assert_eq!(
        check(over),
        pairs([
            ("invalid", "a must have at most 3 characters."),
            ("invalid", "b must have at least 3 characters."),
            ascii,
            ("invalid", "d must have at most 1 items."),
            ("invalid", "d[1] must have at most 2 characters."),
            ("invalid", "e must have at least 1 items."),
            ("invalid", "f must have at most 1 keys."),
            ("invalid", "f keys may have at most 2 characters."),
            ("invalid", "f.tier must have at most 3 characters."),
        ])
    );
    for text in ["c".repeat(129), "ü".to_owned()] {
        assert_eq!(check(json!({"c": text})), pairs([ascii]));
    }
}

#[test]
fn formats_are_those_of_limits_and_of_names() {
    let fields = json!({
        "a?": "string", "b?": "string", "domain?": "string", "domains?": ["string"],
        "email?~": "string", "list?": [{"domain": "string", "email": "string"}],
        "map?": {"*": "string"},
    });
    let limits = json!({"a": {"format": "email"}, "b": {"format": "uri"}});
    let check = |value| body(fields.clone(), limits.clone(), value);
    let good = json!({
        "a": " a@b.co ", "b": "x:y", "email": "a@b.co", "domain": "b.co", "domains": [" b.co "],
        "list": [{"domain": "b.co", "email": "a@b.co"}], "map": {"email": "x", "domain": "x"},
    });
    assert_eq!(check(good), []);
    let [email, domain] = ["must be an email address.", "must be a domain such as acme.com."];
    let bad = json!({
        "a": "x", "b": "x", "email": "", "domain": "x", "domains": ["b.co", "x"],
        "list": [{"domain": "x", "email": ""}],
    });
    assert_eq!(
        check(bad),
        pairs([
            ("invalid", &format!("a {email}")),
            ("invalid", "b must be a URL."),
            ("invalid", &format!("domain {domain}")),
            ("invalid", &format!("domains[1] {domain}")),
            ("invalid", &format!("email {email}")),
            ("invalid", &format!("list[0].domain {domain}")),
            ("required", "list[0].email is required and must not be empty."),
        ])
    );
    assert_eq!(check(json!({"email": null})), []);
}

#[test]
fn places_lead_through_objects_lists_and_maps() {
    let fields = json!({"a": [{"b": {"*": {"c": ["=x"]}}}]});
    let value = json!({"a": [{"b": {}}, {"b": {"key": {"c": ["x", "y"]}}}]});
    assert_eq!(body(fields, json!({}), value), pairs([("invalid", "a[1].b.key.c[1] must be x.")]));
    assert_eq!(
        body(json!(["string"]), json!({}), json!([7])),
        pairs([("invalid_type", "[0] must be a string.")])
    );
    let whole = check(&shape(&json!({}), &json!({})), &json!(7), "", Mode::Body);
    assert_eq!(whole, [Problem::new("", "invalid_type", "must be an object.")]);
    assert_eq!(whole[0].to_string(), "must be an object.");
}

#[test]
fn a_request_may_have_fields_that_are_not_documented_and_an_answer_may_not() {
    let fields = || json!({"a": [{"b": "string"}]});
    let value = || json!({"a": [{"b": "", "c": 1}], "d": null});
    assert_eq!(body(fields(), json!({}), json!({"a": [{"b": "x", "c": 1}], "d": null})), []);
    assert_eq!(
        answer(fields(), value()),
        pairs([
            ("undocumented", "a[0].c is not documented."),
            ("undocumented", "d is not documented.")
        ])
    );
}

#[test]
fn an_answer_is_strict_about_types_and_not_about_limits() {
    let fields = json!({
        "a": "string", "b~": "string", "c?": "string", "d": "=x", "e": "date-time", "email": "string",
    });
    let good = json!({
        "a": "", "b": null, "d": "x", "e": "2026-01-15T12:00:00.000Z", "email": "nobody",
    });
    let limits = json!({"a": {"minLength": 5}});
    assert_eq!(problems(fields.clone(), limits, good, Mode::Answer), []);
    let bad = json!({"a": null, "c": null, "d": "y", "e": "now", "email": 7});
    assert_eq!(
        answer(fields, bad),
        pairs([
            ("required", "a is required."),
            ("required", "b is required."),
            ("invalid_type", "c must be a string."),
            ("invalid", "d must be x."),
            ("invalid", "e must be a time such as 2026-01-15T12:00:00.000Z."),
            ("invalid_type", "email must be a string."),
        ])
    );
}

#[test]
fn constants_choose_the_variant() {
    let union = || {
        json!({"any of": [
            {"client": "string", "one": "string", "type": "=a"},
            {"client": "string", "one?": "integer", "two": "string", "type": "=b"},
        ]})
    };
    let check = |value| body(union(), json!({}), value);
    assert_eq!(check(json!({"type": "a", "client": "x", "one": "x"})), []);
    assert_eq!(check(json!({"type": "b", "client": "x", "two": "x"})), []);
    assert_eq!(
        check(json!({"type": "b", "client": "x", "one": "x"})),
        pairs([
            ("invalid_type", "one must be a whole number."),
            ("required", "two is required and must not be empty."),
        ])
    );
    // Without the constant, only what is wrong in any case can be told.
    assert_eq!(
        check(json!({"type": "c"})),
        pairs([
            ("required", "client is required and must not be empty."),
            ("invalid", "type must be a or b."),
        ])
    );
    assert_eq!(
        check(json!({"one": "x", "client": 7})),
        pairs([
            ("invalid_type", "client must be a string."),
            ("required", "type is required and must not be empty."),
        ])
    );
    assert_eq!(
        answer(union(), json!({"type": "a", "client": "", "one": "", "two": ""})),
        pairs([("undocumented", "two is not documented.")])
    );
}

#[test]
fn booleans_choose_the_variant_too() {
    let union = || json!({"any of": [{"active": "=true", "token": "string"}, {"active": "=false", "error": "=x"}]});
    assert_eq!(answer(union(), json!({"active": false, "error": "x"})), []);
    assert_eq!(
        answer(union(), json!({"active": true, "error": "x"})),
        pairs([("required", "token is required."), ("undocumented", "error is not documented.")])
    );
    assert_eq!(
        answer(union(), json!({"active": "true"})),
        pairs([("invalid_type", "active must be true or false.")])
    );
}

#[test]
fn without_constants_a_request_may_combine_variants() {
    let union = || {
        json!({"any of": [
            {"id": "string"},
            {"id": "string", "role": "string"},
            {"id": "string", "roles": ["string"], "note?": "string"},
        ]})
    };
    let check = |value| body(union(), json!({}), value);
    for fine in [
        json!({"id": "x"}),
        json!({"id": "x", "role": "x"}),
        json!({"id": "x", "roles": ["x"]}),
        json!({"id": "x", "role": "x", "roles": ["x"], "other": 7}),
        json!({"id": "x", "role": null}),
    ] {
        assert_eq!(check(fine), []);
    }
    assert_eq!(
        check(json!({"role": 7, "roles": ["x", 7]})),
        pairs([
            ("required", "id is required and must not be empty."),
            ("invalid_type", "role must be a string."),
            ("invalid_type", "roles[1] must be a string."),
        ])
    );
}

#[test]
fn the_variant_with_the_fewest_problems_is_meant() {
    let union = || {
        json!({"any of": [
            {"a": "string", "b": "string", "c": "string"},
            {"a": "string", "d": {"any of": [{"e": "integer"}, {"e": "string", "f": "string"}]}},
            "string",
            "null",
        ]})
    };
    assert_eq!(
        body(union(), json!({}), json!({"a": "x", "d": {"e": "x"}})),
        pairs([("invalid_type", "d.e must be a whole number.")])
    );
    assert_eq!(body(union(), json!({}), json!("x")), []);
    assert_eq!(body(union(), json!({}), json!(null)), []);
    assert_eq!(body(union(), json!({}), json!(7)), pairs([("invalid_type", "must be an object.")]));
    // Of several with as many problems, the one that has more of the given fields.
    let tie = json!({"any of": [{"a": "string"}, {"b": "string", "c": "string"}]});
    assert_eq!(
        body(tie, json!({}), json!({"b": 7, "c": "x"})),
        pairs([("invalid_type", "b must be a string.")])
    );
}

#[test]
fn null_removes_a_key_of_metadata_and_of_nothing_else() {
    let fields = json!({"metadata": {"*": "string"}, "other": {"*": "string"}});
    let value = json!({"metadata": {"a": null, "b": 7}, "other": {"a": null}});
    assert_eq!(
        body(fields.clone(), json!({}), value.clone()),
        pairs([
            ("invalid_type", "metadata.b must be a string."),
            ("invalid_type", "other.a must be a string."),
        ])
    );
    assert_eq!(answer(fields, value).len(), 3);
}

#[test]
fn the_limits_of_any_value_are_those_of_texts() {
    let limits = json!({"metadata.*": {"maxLength": 3}});
    let value = json!({"metadata": {"a": "abcd", "b": "abc", "c": 12345, "d": null}});
    assert_eq!(
        body(json!({"metadata": {"*": "any"}}), limits, value),
        pairs([("invalid", "metadata.a must have at most 3 characters.")])
    );
}
