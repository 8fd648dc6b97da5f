//! Lists, and walking through them.

use workos::organizations::{CreateOrganization, ListOrganizationsParams, Organization};
use workos::{ListMetadata, Page, PaginationOrder};

use super::{acme_input, create, create_named, pending};
use crate::common::emulated::{emulator, refusal, whole};

#[tokio::test]
async fn a_search_finds_part_of_a_name_in_any_case() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [acme, _globex, acorn] = create_named(&organizations, ["Acme", "Globex", "Acorn"]).await;
    for (search, found) in [
        ("AC", vec![acorn, acme.clone()]),
        ("cme", vec![acme]),
        ("nobody & sons, 100%", Vec::new()),
    ] {
        let params = ListOrganizationsParams { search: Some(search.into()), ..Default::default() };
        let page = organizations.list_organizations(params).await.unwrap();
        assert_eq!(page, whole(found), "{search}");
    }
}

#[tokio::test]
async fn a_list_by_domains_has_the_owners_of_each() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let with = |name: &str, domain: &str| CreateOrganization {
        domain_data: Some(vec![pending(domain)]),
        ..CreateOrganization::new(name)
    };
    let acme = create(&organizations, acme_input()).await;
    let globex = create(&organizations, with("Globex", "globex.com")).await;
    create(&organizations, with("Initech", "initech.com")).await;
    for (domains, search, found) in [
        (vec!["acme.org"], None, vec![acme.clone()]),
        (vec!["acme.com", "globex.com", "acme.org"], None, vec![globex, acme.clone()]),
        (vec!["acme.com", "globex.com"], Some("acme"), vec![acme]),
        (vec!["nobody.com"], None, Vec::new()),
    ] {
        let params = ListOrganizationsParams {
            domains: Some(domains.iter().map(|domain| (*domain).to_owned()).collect()),
            search: search.map(str::to_owned),
            ..Default::default()
        };
        let page = organizations.list_organizations(params).await.unwrap();
        assert_eq!(page, whole(found), "{domains:?} {search:?}");
    }
}

#[tokio::test]
async fn a_page_has_the_requested_order_and_cursors_to_its_neighbours() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let [a, b, c] = create_named(&organizations, ["A", "B", "C"]).await;
    let params = |order: Option<PaginationOrder>| ListOrganizationsParams {
        limit: Some(2),
        order,
        ..Default::default()
    };
    let cursor = |organization: &Organization| Some(organization.id.clone());
    let page = |items: [&Organization; 2], before, after| {
        Page::new(items.map(Organization::clone).to_vec(), ListMetadata::new(before, after))
    };
    for (order, expected) in [
        (None, page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Desc), page([&c, &b], None, cursor(&b))),
        (Some(PaginationOrder::Asc), page([&a, &b], None, cursor(&b))),
        // In this order the cursors point the other way.
        (Some(PaginationOrder::Normal), page([&c, &b], cursor(&b), None)),
    ] {
        let listed = organizations.list_organizations(params(order.clone())).await.unwrap();
        assert_eq!(listed, expected, "{order:?}");
    }

    let next = ListOrganizationsParams { after: cursor(&b), ..params(None) };
    let next = organizations.list_organizations(next).await.unwrap();
    assert_eq!(next, Page::new(vec![a.clone()], ListMetadata::new(cursor(&a), None)));
    let previous = ListOrganizationsParams { before: cursor(&a), ..params(None) };
    let previous = organizations.list_organizations(previous).await.unwrap();
    assert_eq!(previous, page([&c, &b], None, cursor(&b)));
}

#[tokio::test]
async fn invalid_list_parameters_are_named() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let wrong = ListOrganizationsParams {
        limit: Some(101),
        order: Some("up".into()),
        ..Default::default()
    };
    let expected = "422 invalid_request_parameters limit order";
    assert_eq!(refusal(organizations.list_organizations(wrong.clone()).await), expected);
    let walk = organizations.list_organizations_auto_paging(wrong);
    assert_eq!(refusal(walk.try_collect::<Vec<_>>().await), expected);

    let unknown = Some("org_missing".into());
    let unknown = ListOrganizationsParams { after: unknown, ..Default::default() };
    let expected = "422 invalid_request_parameters after";
    assert_eq!(refusal(organizations.list_organizations(unknown).await), expected);
}

#[tokio::test]
async fn auto_paging_yields_every_organization_once_and_in_order() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let mut created = Vec::new();
    for n in 0..250 {
        let input = CreateOrganization::new(format!("Customer {n}"));
        created.push(create(&organizations, input).await);
    }
    let walk = async |params| {
        emulator.requests().clear();
        let items = organizations.list_organizations_auto_paging(params);
        (items.try_collect::<Vec<_>>().await.unwrap(), emulator.requests().count())
    };
    let oldest_first =
        ListOrganizationsParams { order: Some(PaginationOrder::Asc), ..Default::default() };
    assert_eq!(walk(oldest_first).await, (created.clone(), 3));

    created.reverse();
    assert_eq!(walk(Default::default()).await, (created.clone(), 3));
    let by_sevens = ListOrganizationsParams { limit: Some(7), ..Default::default() };
    assert_eq!(walk(by_sevens).await, (created.clone(), 36));

    created.retain(|organization| organization.name.starts_with("Customer 1"));
    let search = Some("customer 1".into());
    let searched = ListOrganizationsParams { search, limit: Some(50), ..Default::default() };
    assert_eq!(walk(searched).await, (created, 3));
}

#[tokio::test]
async fn auto_paging_an_empty_list_yields_nothing() {
    let emulator = emulator().await;
    let organizations = emulator.client().organizations();
    let items = organizations.list_organizations_auto_paging(Default::default());
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap(), []);
}
