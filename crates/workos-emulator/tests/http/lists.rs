//! Pages and cursors.

use serde_json::{Value, json};
use workos_emulator::Emulator;

use super::{ORGANIZATIONS, USERS, at, call, create, get, invalid, text};

/// Creates organizations, one after the other.
async fn make(emulator: &Emulator, count: usize) -> Vec<Value> {
    let mut made = Vec::new();
    for n in 0..count {
        made.push(create(emulator, ORGANIZATIONS, json!({"name": n.to_string()})).await);
    }
    made
}

#[tokio::test]
async fn cursors_work_in_both_directions_in_every_order() {
    let emulator = Emulator::start().await.unwrap();
    let made = make(&emulator, 5).await;
    let id = |n: usize| text(&made[n]["id"]);
    // The query, the page, and its cursors.
    for (query, data, before, after) in [
        ("limit=2".to_owned(), vec![4, 3], None, Some(3)),
        (format!("limit=2&after={}", id(3)), vec![2, 1], Some(2), Some(1)),
        (format!("limit=2&after={}", id(1)), vec![0], Some(0), None),
        (format!("limit=2&before={}", id(1)), vec![3, 2], Some(3), Some(2)),
        (format!("limit=2&before={}", id(2)), vec![4, 3], None, Some(3)),
        ("limit=2&order=desc".to_owned(), vec![4, 3], None, Some(3)),
        ("limit=2&order=asc".to_owned(), vec![0, 1], None, Some(1)),
        (format!("limit=2&order=asc&after={}", id(1)), vec![2, 3], Some(2), Some(3)),
        (format!("limit=2&order=asc&before={}", id(3)), vec![1, 2], Some(1), Some(2)),
        ("limit=2&order=normal".to_owned(), vec![4, 3], Some(3), None),
        (format!("limit=2&order=normal&before={}", id(3)), vec![2, 1], Some(1), Some(2)),
        (format!("limit=2&order=normal&after={}", id(1)), vec![3, 2], Some(2), Some(3)),
        (format!("after={}&before={}", id(4), id(1)), vec![3, 2], Some(3), Some(2)),
        ("limit=100".to_owned(), vec![4, 3, 2, 1, 0], None, None),
    ] {
        let expected = json!({
            "object": "list",
            "data": data.into_iter().map(|n: usize| &made[n]).collect::<Vec<_>>(),
            "list_metadata": {"before": before.map(id), "after": after.map(id)},
        });
        let response = get(&emulator, &format!("{ORGANIZATIONS}?{query}")).await;
        assert_eq!(response, (200, expected), "{query}");
    }
}

#[tokio::test]
async fn a_page_has_ten_items_by_default() {
    let emulator = Emulator::start().await.unwrap();
    make(&emulator, 12).await;
    for (query, count) in [("", 10), ("?limit=1", 1), ("?limit=100", 12)] {
        let (status, list) = get(&emulator, &format!("{ORGANIZATIONS}{query}")).await;
        assert_eq!((status, list["data"].as_array().unwrap().len()), (200, count), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_outlives_its_item() {
    let emulator = Emulator::start().await.unwrap();
    let made = make(&emulator, 3).await;
    call(&emulator, "DELETE", &at(ORGANIZATIONS, &made[1]), Value::Null).await;
    let path = format!("{ORGANIZATIONS}?after={}", text(&made[1]["id"]));
    let (status, list) = get(&emulator, &path).await;
    assert_eq!((status, &list["data"]), (200, &json!([made[0]])));
}

#[tokio::test]
async fn invalid_list_parameters_are_named() {
    let emulator = Emulator::start().await.unwrap();
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let ada = text(&ada["id"]);
    let limit = || ("limit", "must be a number from 1 to 100.".to_owned());
    let unknown = |name, id: &str| (name, format!("names nothing in this list: '{id}'."));
    for (query, wrong) in [
        ("limit=0".to_owned(), vec![limit()]),
        ("limit=101".to_owned(), vec![limit()]),
        ("limit=-1".to_owned(), vec![limit()]),
        ("limit=abc".to_owned(), vec![limit()]),
        ("order=up".to_owned(), vec![("order", "must be asc, desc or normal.".to_owned())]),
        ("after=org_0".to_owned(), vec![unknown("after", "org_0")]),
        (format!("before={ada}"), vec![unknown("before", ada)]),
        // Cursors are judged when everything else is right.
        ("limit=0&before=org_0".to_owned(), vec![limit()]),
        (
            "before=org_0&after=org_1".to_owned(),
            vec![unknown("before", "org_0"), unknown("after", "org_1")],
        ),
    ] {
        let fields: Vec<_> = wrong.iter().map(|(field, why)| (*field, "invalid", &**why)).collect();
        let response = get(&emulator, &format!("{ORGANIZATIONS}?{query}")).await;
        assert_eq!(response, (422, invalid(&fields)), "{query}");
    }
}
