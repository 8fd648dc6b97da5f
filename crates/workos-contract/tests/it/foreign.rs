//! Nothing that a program sends makes it panic.

use proptest::prelude::*;
use serde_json::Value;
use workos_contract::{Shape, events, is_domain, is_email, is_time, is_url, operations};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z_?~*]{0,8}",
        prop::sample::select(vec!["id", "object", "data", "email", "type", "any of", "*", "name"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_can_be_checked(value in any_json(), at in any::<prop::sample::Index>()) {
        let operations: Vec<_> = operations().collect();
        let operation = at.get(&operations);
        operation.check_body(&value);
        for (status, _) in operation.successes() {
            drop(operation.check_answer(status, value.to_string().as_bytes()));
        }
        let events: Vec<_> = events().collect();
        at.get(&events).check(&value, Some(&value));
    }

    #[test]
    fn any_notation_can_be_read(notation in any_json(), value in any_json()) {
        if let Ok(shape) = Shape::parse(&notation) {
            shape.check(&value);
            workos_contract::Sampler::largest().sample(&shape);
        }
    }

    #[test]
    fn any_text_can_be_read(
        pairs in prop::collection::vec(("[a-z_]{0,8}(\\[[a-z\\]]{0,3})?|limit|events(\\[\\])?|domains", "\\PC{0,12}|[0-9.,-]{0,5}"), 0..5),
        body in prop::collection::vec(any::<u8>(), 0..20),
        text in "\\PC{0,30}|[0-9TZ:.+-]{0,30}|[a-z@.:-]{0,20}",
        status in any::<u16>(),
    ) {
        for operation in operations() {
            operation.read_query(&pairs);
            operation.check_headers(&pairs);
        }
        let first = operations().next().unwrap();
        drop(first.check_answer(status, &body));
        let _ = (is_email(&text), is_domain(&text), is_url(&text), is_time(&text));
        workos_contract::operation(&text, &text);
        workos_contract::event(&text);
    }
}
