//! Lists, and walking through them.

use workos::user_management::{CreateUser, ListSessionsParams, ListUsersParams, User};
use workos::{ListMetadata, Page, PaginationOrder};

use super::{create, create_with_emails};
use crate::common::emulated::{emulator, refusal, whole};

#[tokio::test]
async fn a_list_by_address_has_the_one_user_with_it() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, _grace] =
        create_with_emails(&users, ["ada+test@example.com", "grace@example.com"]).await;
    for (email, found) in [
        ("ada+test@example.com", vec![ada.clone()]),
        ("Ada+Test@example.com", vec![ada]),
        ("ada@example.com", vec![]),
    ] {
        let params = ListUsersParams { email: Some(email.into()), ..Default::default() };
        assert_eq!(users.list_users(params).await.unwrap(), whole(found), "{email}");
    }
}

#[tokio::test]
async fn a_list_by_organization_has_only_its_members() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    create_with_emails(&users, ["ada@example.com"]).await;
    for params in [
        ListUsersParams { organization_id: Some("org_1".into()), ..Default::default() },
        ListUsersParams { organization: Some("org_1".into()), ..Default::default() },
    ] {
        assert_eq!(users.list_users(params).await.unwrap(), Page::default());
    }
    let queries: Vec<_> = emulator.requests().latest().into_iter().map(|r| r.query).collect();
    assert_eq!(queries, ["", "organization_id=org_1", "organization=org_1"]);
}

#[tokio::test]
async fn a_page_has_the_requested_order_and_cursors_to_its_neighbours() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [a, b, c] =
        create_with_emails(&users, ["a@example.com", "b@example.com", "c@example.com"]).await;
    let params = |order: Option<PaginationOrder>| ListUsersParams {
        limit: Some(2),
        order,
        ..Default::default()
    };
    let cursor = |user: &User| Some(user.id.clone());
    let page = |items: [&User; 2], before, after| {
        Page::new(items.map(User::clone).to_vec(), ListMetadata::new(before, after))
    };
    for (order, expected) in [
        (None, page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Desc), page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Asc), page([&a, &b], None, cursor(&b))),
        // In this order the cursors point the other way.
        (Some(PaginationOrder::Normal), page([&c, &b], cursor(&b), None)),
    ] {
        let listed = users.list_users(params(order.clone())).await.unwrap();
        assert_eq!(listed, expected, "{order:?}");
    }

    let next = ListUsersParams { after: cursor(&b), ..params(None) };
    let next = users.list_users(next).await.unwrap();
    assert_eq!(next, Page::new(vec![a.clone()], ListMetadata::new(cursor(&a), None)));
    let previous = ListUsersParams { before: cursor(&a), ..params(None) };
    let previous = users.list_users(previous).await.unwrap();
    assert_eq!(previous, page([&c, &b], None, cursor(&b)));
}

#[tokio::test]
async fn invalid_list_parameters_are_named() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let wrong = ListUsersParams { limit: Some(0), order: Some("up".into()), ..Default::default() };
    let expected = "422 invalid_request_parameters limit order";
    assert_eq!(refusal(users.list_users(wrong.clone()).await), expected);
    let walk = users.list_users_auto_paging(wrong);
    assert_eq!(refusal(walk.try_collect::<Vec<_>>().await), expected);

    let unknown = ListUsersParams { before: Some("user_missing".into()), ..Default::default() };
    let expected = "422 invalid_request_parameters before";
    assert_eq!(refusal(users.list_users(unknown).await), expected);

    let wrong = ListSessionsParams { limit: Some(101), ..Default::default() };
    let refused = users.list_sessions(&ada.id, wrong).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters limit");
}

#[tokio::test]
async fn auto_paging_yields_every_user_once_and_in_order() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let mut created = Vec::new();
    for n in 0..120 {
        let body = CreateUser::new(format!("user{n}@example.com"));
        created.push(create(&users, body).await);
    }
    let walk = async |params| {
        emulator.requests().clear();
        let items = users.list_users_auto_paging(params);
        (items.try_collect::<Vec<_>>().await.unwrap(), emulator.requests().count())
    };
    let oldest_first = ListUsersParams { order: Some(PaginationOrder::Asc), ..Default::default() };
    assert_eq!(walk(oldest_first).await, (created.clone(), 2));
    created.reverse();
    assert_eq!(walk(Default::default()).await, (created.clone(), 2));
    let by_sevens = ListUsersParams { limit: Some(7), ..Default::default() };
    assert_eq!(walk(by_sevens).await, (created, 18));
}
