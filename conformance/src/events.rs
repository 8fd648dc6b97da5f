//! The log of events.

use workos::events::*;
use workos::organizations::UpdateOrganization;
use workos::{EventName, PaginationOrder};

use crate::harness::{Outcome, World, present, refused_as, same};

scenarios![events_are_listed_by_name_and_follow_a_cursor, a_list_of_events_needs_a_name];

async fn events_are_listed_by_name_and_follow_a_cursor(world: &World) -> Outcome {
    let api = world.client.events();
    let acme = world.organization("acme").await?;
    let update = UpdateOrganization { name: Some(world.name("new")), ..Default::default() };
    let renamed = world.client.organizations().update_organization(&acme.id, update).await?;

    let list = async |names: &[EventName], after: Option<&str>| {
        let params = ListEventsParams {
            order: Some(PaginationOrder::Asc),
            organization_id: Some(acme.id.clone()),
            after: after.map(str::to_owned),
            ..ListEventsParams::new(names)
        };
        api.list_events(params).await
    };
    let (created, updated) = (EventName::OrganizationCreated, EventName::OrganizationUpdated);
    let both = [created.clone(), updated.clone()];
    world
        .eventually(async || {
            let page = list(&both, None).await?;
            let names: Vec<_> = page.data.iter().map(|event| &event.event).collect();
            same(names, [&created, &updated])
        })
        .await?;
    let only = list(&[created], None).await?.data;
    same(only.iter().map(subject).collect::<Vec<_>>(), [Some((&acme.id, &acme.name))])?;
    let first = present(only.first(), "the event")?;
    let next = list(&both, Some(&first.id)).await?.data;
    same(next.iter().map(subject).collect::<Vec<_>>(), [Some((&renamed.id, &renamed.name))])
}

/// The organization that an event is about: its ID and its name.
fn subject(event: &Event) -> Option<(&String, &String)> {
    match &event.data {
        EventData::OrganizationCreated(organization)
        | EventData::OrganizationUpdated(organization) => {
            Some((&organization.id, &organization.name))
        }
        _ => None,
    }
}

async fn a_list_of_events_needs_a_name(world: &World) -> Outcome {
    let refusal = world.client.events().list_events(ListEventsParams::default()).await;
    world.assumed("a list without a name is refused with 422", refused_as(refusal, 422));
    Ok(())
}
