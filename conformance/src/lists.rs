//! Lists: their order, their pages and their cursors.

use workos::PaginationOrder;
use workos::groups::*;
use workos::organizations::ListOrganizationsParams;

use crate::harness::{Outcome, World, refused_as, same};

scenarios![
    a_list_is_newest_first_unless_asked_otherwise,
    cursors_lead_in_both_directions,
    a_page_has_at_most_100_items,
];

/// An organization with five groups, `0` to `4`: a list that nobody else changes.
async fn five_groups(world: &World) -> Outcome<String> {
    let acme = world.organization("acme").await?;
    for name in ["0", "1", "2", "3", "4"] {
        let new = CreateGroup::new(name);
        world.client.groups().create_organization_group(&acme.id, new).await?;
    }
    Ok(acme.id)
}

/// The names on a page, and whether there is a page before and after it.
type Shown = (Vec<String>, bool, bool);

fn shown(names: &[&str], before: bool, after: bool) -> Shown {
    (names.iter().map(|name| (*name).to_owned()).collect(), before, after)
}

async fn page(
    world: &World,
    organization_id: &str,
    params: ListOrganizationGroupsParams,
) -> Outcome<(Shown, workos::ListMetadata)> {
    let page = world.client.groups().list_organization_groups(organization_id, params).await?;
    let cursors = page.list_metadata;
    let names = page.data.into_iter().map(|group| group.name).collect();
    Ok(((names, cursors.before.is_some(), cursors.after.is_some()), cursors))
}

async fn a_list_is_newest_first_unless_asked_otherwise(world: &World) -> Outcome {
    let acme = five_groups(world).await?;
    for (order, expected) in [
        (None, ["4", "3", "2", "1", "0"]),
        (Some(PaginationOrder::Desc), ["4", "3", "2", "1", "0"]),
        (Some(PaginationOrder::Asc), ["0", "1", "2", "3", "4"]),
    ] {
        let params = ListOrganizationGroupsParams { order, ..Default::default() };
        let (actual, _) = page(world, &acme, params).await?;
        same(actual.0, expected)?;
    }
    Ok(())
}

async fn cursors_lead_in_both_directions(world: &World) -> Outcome {
    let acme = five_groups(world).await?;
    for (order, pages) in [
        (PaginationOrder::Desc, [["4", "3"], ["2", "1"]]),
        (PaginationOrder::Asc, [["0", "1"], ["2", "3"]]),
    ] {
        let two = ListOrganizationGroupsParams {
            limit: Some(2),
            order: Some(order),
            ..Default::default()
        };
        let [first, second] = pages;
        let (actual, cursors) = page(world, &acme, two.clone()).await?;
        same(&actual.0, &shown(&first, false, true).0)?;
        world.assumed(
            "only a page that has others before it has the cursor before",
            same(actual, shown(&first, false, true)),
        );
        let next = ListOrganizationGroupsParams { after: cursors.after, ..two.clone() };
        let (actual, cursors) = page(world, &acme, next).await?;
        same(actual, shown(&second, true, true))?;
        let back = ListOrganizationGroupsParams { before: cursors.before, ..two.clone() };
        same(page(world, &acme, back).await?.0.0, shown(&first, false, true).0)?;
        let last = ListOrganizationGroupsParams { after: cursors.after, ..two };
        let (actual, _) = page(world, &acme, last).await?;
        same((actual.0.len(), actual.2), (1, false))?;
    }
    Ok(())
}

async fn a_page_has_at_most_100_items(world: &World) -> Outcome {
    for limit in [0, 101] {
        let params = ListOrganizationsParams { limit: Some(limit), ..Default::default() };
        let refusal = world.client.organizations().list_organizations(params).await;
        world.assumed("a limit beyond 1 to 100 is refused with 422", refused_as(refusal, 422));
    }
    Ok(())
}
