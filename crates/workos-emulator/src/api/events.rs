//! The log of what happened.

use serde::Serialize;
use serde_json::value::RawValue;
use workos::contract::{ListParams, Window};
use workos::events::ListEventsParams;
use workos::{PaginationOrder, Timestamp};

use crate::reply::{Answer, Invalid, Refusal};
use crate::state::{RETENTION, StoredEvent, View, time_of};

routes! {
    events;
    list_events(query) => read list;
}

fn list<'a>(view: &'a View<'_>, query: ListEventsParams) -> Answer<EventPage<'a>> {
    if query.events.is_empty() {
        let invalid = Invalid::new("events", "required", "must name at least one event.");
        return Err(Refusal::invalid(&[invalid]));
    }
    if query.range_start.is_some() && (query.after.is_some() || query.before.is_some()) {
        let message = "cannot be combined with a cursor.";
        return Err(Refusal::invalid(&[Invalid::new("range_start", "invalid", message)]));
    }
    let oldest = view.now() - RETENTION;
    for (name, cursor) in [("before", &query.before), ("after", &query.after)] {
        if cursor.as_deref().and_then(time_of).is_some_and(|time| time < oldest) {
            let message = "names an event that is not kept any more.";
            return Err(Refusal::invalid(&[Invalid::new(name, "invalid", message)]));
        }
    }
    let newest = match query.order {
        Some(PaginationOrder::Asc) if !view.event_delay().is_zero() => {
            view.now() - view.event_delay()
        }
        _ => Timestamp::MAX,
    };
    let is_wanted = |event: &StoredEvent| {
        (oldest..=newest).contains(&event.created_at)
            && query.events.contains(&event.name)
            && query.range_start.is_none_or(|start| event.created_at >= start)
            && query.range_end.is_none_or(|end| event.created_at < end)
            && (query.organization_id.is_none() || event.organization_id == query.organization_id)
    };
    let page = view.events.page(&Events(&query), is_wanted)?;
    Ok(EventPage {
        object: "list",
        data: page.data.into_iter().map(|event| &*event.json).collect(),
        list_metadata: After { after: page.list_metadata.after },
    })
}

/// A page that does not lead back: the only such list of the API.
#[derive(Serialize)]
struct EventPage<'a> {
    object: &'static str,
    data: Vec<&'a RawValue>,
    list_metadata: After,
}

#[derive(Serialize)]
struct After {
    after: Option<String>,
}

struct Events<'a>(&'a ListEventsParams);

impl ListParams for Events<'_> {
    fn window(&self) -> Window<'_> {
        Window {
            before: self.0.before.as_deref(),
            after: self.0.after.as_deref(),
            limit: self.0.limit,
            order: self.0.order.as_ref(),
        }
    }
}
