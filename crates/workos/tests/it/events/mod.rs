//! Following events, and consuming them.

mod consumer;
mod follow;

use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use workos::transport::HttpRequest;
use workos::{EventName, Timestamp};

use crate::common::{Say, Scripted, answer};

const EVENT: EventName = EventName::OrganizationCreated;

/// The time of the first event; each one is a second later than the one before.
fn time(number: usize) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + 1000 * number as i64)
}

fn id(number: usize) -> String {
    format!("event_{number:05}")
}

/// An event of one of three organizations.
fn event(number: usize) -> Value {
    json!({
        "object": "event", "id": id(number), "event": "organization.created",
        "data": {"id": format!("org_{}", number % 3), "number": number},
        "created_at": time(number),
    })
}

fn page(numbers: impl IntoIterator<Item = usize>, more: bool) -> Say {
    let data: Vec<_> = numbers.into_iter().map(event).collect();
    let after = data.last().filter(|_| more).map(|event| event["id"].clone());
    answer(200, json!({"data": data, "list_metadata": {"after": after}}).to_string())
}

/// A parameter of a request.
fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let (_, query) = request.url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|pair| pair.0 == name)?;
    Some(percent_decode_str(value).decode_utf8().unwrap().into_owned())
}

/// A log of events, which grows, and lists them as WorkOS does.
#[derive(Clone, Default)]
struct Log {
    length: Arc<Mutex<usize>>,
}

impl Log {
    fn with(length: usize) -> Self {
        Self { length: Arc::new(Mutex::new(length)) }
    }

    fn grow(&self, by: usize) {
        *self.length.lock().unwrap() += by;
    }

    fn length(&self) -> usize {
        *self.length.lock().unwrap()
    }

    /// The number of the first event that a request asks for.
    fn start(request: &HttpRequest) -> usize {
        if let Some(after) = parameter(request, "after") {
            return after.strip_prefix("event_").unwrap().parse::<usize>().unwrap() + 1;
        }
        let since: Timestamp = parameter(request, "range_start").unwrap().parse().unwrap();
        (0..).find(|number| time(*number) >= since).unwrap()
    }

    fn list(&self, request: &HttpRequest) -> Say {
        let (start, length) = (Self::start(request), self.length());
        let limit: usize = parameter(request, "limit").unwrap().parse().unwrap();
        let end = length.min(start + limit).max(start);
        page(start..end, end < length)
    }

    fn server(&self) -> Arc<Scripted> {
        let log = self.clone();
        Scripted::new(move |request, _| log.list(request))
    }
}
