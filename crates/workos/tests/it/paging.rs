//! Walking lists: which requests are made, in what order, and what overlaps. Time is virtual.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Say, Scripted, answer};
use futures_util::{FutureExt, Stream, TryStreamExt};
use serde_json::json;
use workos::organizations::ListOrganizationsParams;
use workos::transport::BoxFuture;
use workos::{Client, Organization, Page, PaginationOrder};
use workos_emulator::Emulator;

/// A server with this many organizations, `org_0` first, that takes `latency` per page.
fn organizations(count: usize, latency: Duration) -> Arc<Scripted> {
    Scripted::new(move |request, _| {
        let query = |name: &str| parameter(&request.url, name);
        let limit = query("limit").map_or(10, |limit| limit.parse().unwrap());
        let place = |id: String| id.strip_prefix("org_").unwrap().parse::<usize>().unwrap();
        let (from, to) = match (query("after").map(place), query("before").map(place)) {
            (Some(after), _) => (after + 1, (after + 1 + limit).min(count)),
            (None, Some(before)) => (before.saturating_sub(limit), before),
            (None, None) => (0, limit.min(count)),
        };
        page(from..to, (from > 0).then_some(from), (to < count).then(|| to - 1)).later(latency)
    })
}

fn page(ids: std::ops::Range<usize>, before: Option<usize>, after: Option<usize>) -> Say {
    let id = |n: usize| format!("org_{n}");
    let item = |n| {
        json!({
            "object": "organization", "id": id(n), "name": "n", "domains": [], "metadata": {},
            "external_id": null, "created_at": "2026-01-15T12:00:00.000Z",
            "updated_at": "2026-01-15T12:00:00.000Z",
        })
    };
    let body = json!({
        "object": "list",
        "data": ids.map(item).collect::<Vec<_>>(),
        "list_metadata": {"before": before.map(id), "after": after.map(id)},
    });
    answer(200, body.to_string())
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let pair = query.split('&').filter_map(|pair| pair.split_once('='));
    pair.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn ids(items: &[Organization]) -> Vec<&str> {
    items.iter().map(|item| item.id.as_str()).collect()
}

async fn walk(client: &Client, params: ListOrganizationsParams) -> Vec<Organization> {
    let organizations = client.organizations();
    organizations.list_organizations_auto_paging(params).try_collect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_list_sends_only_what_was_set() {
    let server = organizations(3, Duration::ZERO);
    let client = server.client();
    client.organizations().list_organizations(Default::default()).await.unwrap();
    let params = ListOrganizationsParams {
        limit: Some(2),
        order: Some(PaginationOrder::Asc),
        domains: Some(vec!["a.com".into(), "b.com".into()]),
        ..Default::default()
    };
    client.organizations().list_organizations(params).await.unwrap();
    assert_eq!(server.queries(), ["", "limit=2&order=asc&domains=a.com%2Cb.com"]);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_items_take_a_hundred_requests() {
    let server = organizations(10_000, Duration::from_millis(20));
    let all = walk(&server.client(), Default::default()).await;
    assert_eq!(all.len(), 10_000);
    assert!(all.iter().enumerate().all(|(n, item)| item.id == format!("org_{n}")));
    assert_eq!(server.count(), 100);
    assert_eq!(server.queries()[..2], ["limit=100", "limit=100&after=org_99"]);
}

#[tokio::test(start_paused = true)]
async fn a_walk_keeps_the_callers_limit_filters_order_and_cursor() {
    let server = organizations(10, Duration::ZERO);
    let params = ListOrganizationsParams {
        after: Some("org_3".into()),
        limit: Some(3),
        search: Some("a b".into()),
        order: Some(PaginationOrder::Desc),
        ..Default::default()
    };
    let all = walk(&server.client(), params).await;
    assert_eq!(ids(&all), ["org_4", "org_5", "org_6", "org_7", "org_8", "org_9"]);
    assert_eq!(
        server.queries(),
        [
            "after=org_3&limit=3&order=desc&search=a%20b",
            "limit=3&order=desc&search=a%20b&after=org_6",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_walk_that_starts_with_before_goes_backwards() {
    let server = organizations(10, Duration::ZERO);
    let params = ListOrganizationsParams {
        before: Some("org_5".into()),
        limit: Some(2),
        ..Default::default()
    };
    let pages = server.client().organizations().list_organizations(params).pages();
    let pages: Vec<Page<Organization>> = pages.try_collect().await.unwrap();
    let seen: Vec<_> = pages.iter().map(|page| ids(&page.data)).collect();
    assert_eq!(seen, [vec!["org_3", "org_4"], vec!["org_1", "org_2"], vec!["org_0"]]);
    assert!(server.queries().iter().all(|query| !query.contains("after=")));
}

#[tokio::test(start_paused = true)]
async fn before_is_not_sent_along_with_after() {
    let server = organizations(10, Duration::ZERO);
    let params = ListOrganizationsParams {
        after: Some("org_1".into()),
        before: Some("org_9".into()),
        limit: Some(4),
        ..Default::default()
    };
    walk(&server.client(), params).await;
    assert_eq!(server.queries()[1], "limit=4&after=org_5");
}

#[tokio::test(start_paused = true)]
async fn a_start_time_is_dropped_once_there_is_a_cursor() {
    let server = organizations(4, Duration::ZERO);
    let call = server.client().request::<Page<Organization>>(http::Method::GET, "/events");
    let call = call.query(&[("range_start", "2026-01-01T00:00:00Z"), ("limit", "2")]);
    let all: Vec<_> = call.items().try_collect().await.unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(
        server.queries(),
        ["range_start=2026-01-01T00%3A00%3A00Z&limit=2", "limit=2&after=org_1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_repeats_itself_does_not_keep_a_walk_going() {
    // A walk that does not end fails the test instead of hanging it.
    let repeats = Scripted::new(|_, n| match n {
        ..20 => page(0..1, None, Some(7)),
        _ => answer(400, ""),
    });
    assert_eq!(walk(&repeats.client(), Default::default()).await.len(), 2);
    let circles = Scripted::new(|_, n| match n {
        ..20 => page(0..1, None, Some(n % 3)),
        _ => answer(400, ""),
    });
    assert_eq!(walk(&circles.client(), Default::default()).await.len(), 4);
    let empty = Scripted::new(|_, _| {
        answer(200, r#"{"data":[],"list_metadata":{"before":null,"after":""}}"#)
    });
    assert_eq!(walk(&empty.client(), Default::default()).await.len(), 0);
    assert_eq!((repeats.count(), circles.count(), empty.count()), (2, 4, 1));

    // The same for a fetch function of the application.
    for cursor in ["org_7", ""] {
        let mut calls = 0;
        let items = workos::auto_paginate(|_| {
            calls += 1;
            let metadata = workos::ListMetadata::new(None, Some(cursor.to_owned()));
            async move {
                assert!(calls < 20, "the walk does not end");
                Ok(Page::new(vec![calls], metadata))
            }
        });
        let all: Vec<i32> = items.try_collect().await.unwrap();
        assert_eq!(all.len(), if cursor.is_empty() { 1 } else { 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_the_stream_after_the_items_before_it() {
    let server = Scripted::new(|_, n| match n {
        0 => page(0..2, None, Some(1)),
        _ => answer(403, r#"{"message":"No"}"#),
    });
    let mut items = server.client().organizations().list_organizations(Default::default()).items();
    assert_eq!(items.next().await.unwrap().unwrap().id, "org_0");
    assert_eq!(items.next().await.unwrap().unwrap().id, "org_1");
    assert!(items.next().await.unwrap().unwrap_err().is_forbidden());
    assert!(items.next().await.is_none());
    assert!(items.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_fetched_while_the_consumer_works() {
    const TICK: Duration = Duration::from_millis(20);
    let server = organizations(10_000, TICK);
    let start = tokio::time::Instant::now();
    let call = server.client().organizations().list_organizations(Default::default());
    let mut pages = call.pages();
    while let Some(page) = pages.try_next().await.unwrap() {
        assert_eq!(page.data.len(), 100);
        tokio::time::sleep(TICK).await;
    }
    let sequential = 100 * 2 * TICK;
    let share = start.elapsed().as_secs_f64() / sequential.as_secs_f64();
    assert!(share <= 0.6, "{share:.2} of the sequential time");
    assert_eq!(server.count(), 100);
}

#[tokio::test(start_paused = true)]
async fn without_a_scheduler_the_next_page_is_still_requested_at_once() {
    struct NoSpawn(workos::transport::TokioRuntime);

    impl workos::transport::Runtime for NoSpawn {
        fn now(&self) -> workos::Timestamp {
            self.0.now()
        }
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }
        fn sleep(&self, duration: Duration) -> workos::transport::BoxFuture<()> {
            self.0.sleep(duration)
        }
    }

    let server = organizations(300, Duration::from_millis(20));
    let runtime = Arc::new(NoSpawn(workos::transport::TokioRuntime::new()));
    let client = server.builder().runtime(runtime).build();
    let mut pages = client.organizations().list_organizations(Default::default()).pages();
    pages.try_next().await.unwrap().unwrap();
    assert_eq!(server.count(), 2);
    let rest: Vec<_> = pages.try_collect().await.unwrap();
    assert_eq!((rest.len(), server.count()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_requested_before_the_first_poll_or_after_a_drop() {
    let server = organizations(1_000, Duration::from_millis(20));
    let client = server.client();
    let unpolled = client.organizations().list_organizations_auto_paging(Default::default());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.count(), 0);
    drop(unpolled);

    let mut items = client.organizations().list_organizations_auto_paging(Default::default());
    items.next().await.unwrap().unwrap();
    drop(items);
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The first page, and at most the one that was being fetched.
    assert!(server.count() <= 2, "{}", server.count());
}

/// Runs spawned tasks later, when the test says so.
struct Later(workos::transport::TokioRuntime, std::sync::Mutex<Vec<BoxFuture<()>>>);

impl workos::transport::Runtime for Later {
    fn now(&self) -> workos::Timestamp {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }
    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        self.1.lock().unwrap().push(task);
        None
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_starts_after_its_stream_was_dropped_sends_nothing() {
    let server = organizations(1_000, Duration::from_millis(20));
    let later = Later(workos::transport::TokioRuntime::new(), Default::default());
    let runtime = Arc::new(later);
    let client = server.builder().runtime(runtime.clone()).build();
    let mut pages = client.organizations().list_organizations(Default::default()).pages();
    // The poll hands the first fetch to the runtime, which has not run it yet.
    assert!(pages.next().now_or_never().is_none());
    drop(pages);
    let tasks = std::mem::take(&mut *runtime.1.lock().unwrap());
    assert_eq!(tasks.len(), 1);
    for task in tasks {
        task.await;
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_emulator_is_walked_forwards_and_backwards() {
    let emulator = Emulator::start().await.unwrap();
    let client = emulator.client();
    for n in 0..25 {
        let new = workos::CreateOrganization::new(format!("n{n}"));
        client.organizations().create_organization(new).await.unwrap();
    }
    let forwards = walk(&client, Default::default()).await;
    let names: Vec<_> = forwards.iter().map(|organization| organization.name.clone()).collect();
    assert_eq!(names, (0..25).rev().map(|n| format!("n{n}")).collect::<Vec<_>>());

    // The same order under its other name, in which the cursors are swapped.
    let params = ListOrganizationsParams {
        order: Some(PaginationOrder::Normal),
        limit: Some(7),
        ..Default::default()
    };
    assert_eq!(walk(&client, params).await, forwards);

    let params = ListOrganizationsParams {
        before: Some(forwards[24].id.clone()),
        limit: Some(7),
        ..Default::default()
    };
    let mut backwards: Vec<Vec<Organization>> = client
        .organizations()
        .list_organizations(params)
        .pages()
        .map_ok(|page| page.data)
        .try_collect()
        .await
        .unwrap();
    backwards.reverse();
    assert_eq!(backwards.concat(), forwards[..24]);
}

/// Has no trait of `futures_util` in scope.
mod without_a_trait {
    use std::pin::Pin;

    use workos::{Client, Error, Items, Organization, Page};

    fn items(client: &Client) -> Items<Organization> {
        client.organizations().list_organizations_auto_paging(Default::default())
    }

    pub(super) async fn walk(client: &Client) -> Result<[Vec<Organization>; 5], Error> {
        let call = || client.organizations().list_organizations(Default::default());
        let [mut by_next, mut by_try_next, mut pinned] = [vec![], vec![], vec![]];
        let mut walk = items(client);
        while let Some(item) = walk.next().await {
            by_next.push(item?);
        }
        assert!(walk.next().await.is_none());
        let mut walk = call().pages();
        while let Some(page) = walk.try_next().await? {
            by_try_next.extend(page);
        }
        assert!(walk.next().await.is_none());
        let mut walk: Pin<&mut Items<Organization>> = std::pin::pin!(items(client));
        while let Some(item) = walk.try_next().await? {
            pinned.push(item);
        }
        let by_try_collect = items(client).try_collect::<Vec<_>>().await?;
        let pages: Vec<Page<Organization>> = call().pages().try_collect().await?;
        let by_pages = pages.into_iter().flatten().collect();
        Ok([by_next, by_try_next, pinned, by_try_collect, by_pages])
    }
}

#[tokio::test(start_paused = true)]
async fn a_walk_needs_no_stream_trait() {
    let server = organizations(250, Duration::ZERO);
    for walked in without_a_trait::walk(&server.client()).await.unwrap() {
        assert_eq!(walked.len(), 250);
    }
    let fails = Scripted::new(|_, n| match n % 2 {
        0 => page(0..2, None, Some(1)),
        _ => answer(403, ""),
    });
    let call = || fails.client().organizations().list_organizations(Default::default());
    let mut items = call().items();
    assert!(items.try_next().await.unwrap().is_some() && items.try_next().await.is_ok());
    assert!(items.try_next().await.unwrap_err().is_forbidden());
    assert_eq!(items.try_next().await.unwrap(), None);
    assert!(call().items().try_collect::<Vec<_>>().await.unwrap_err().is_forbidden());
    assert!(call().pages().try_collect::<Vec<_>>().await.unwrap_err().is_forbidden());
}

#[tokio::test(start_paused = true)]
async fn programs_that_use_the_stream_traits_compile_as_before() {
    use futures_util::StreamExt as _;
    use futures_util::future::select;

    fn sendable<T: Send + Unpin>(value: T) -> T {
        value
    }

    let client = organizations(250, Duration::ZERO).client();
    let items = || client.organizations().list_organizations_auto_paging(Default::default());
    let mut walk = items();
    let timer = Box::pin(tokio::time::sleep(Duration::from_secs(1)));
    // As with the traits, the futures need not be pinned and may move to another thread.
    assert!(matches!(select(walk.next(), timer).await, futures_util::future::Either::Left(_)));
    sendable(walk.try_next()).await.unwrap().unwrap();
    let rest = sendable(walk.try_collect::<Vec<_>>()).await.unwrap();
    assert_eq!(rest.len(), 248);
    let all: Vec<Organization> = TryStreamExt::try_collect(items()).await.unwrap();
    assert_eq!(all.len(), 250);
    assert_eq!(items().take(3).try_collect::<Vec<_>>().await.unwrap().len(), 3);
    let names = items().map_ok(|item| item.name).try_collect::<std::collections::HashSet<_>>();
    assert_eq!(names.await.unwrap().len(), 1);
}

#[test]
fn a_page_can_be_a_literal_and_serializes_as_a_list() {
    let page = Page {
        data: vec![1, 2],
        list_metadata: workos::ListMetadata { before: None, after: Some("a".into()) },
    };
    let json = json!({
        "object": "list", "data": [1, 2], "list_metadata": {"before": null, "after": "a"},
    });
    assert_eq!(serde_json::to_value(&page).unwrap(), json);
    for object in [json!("list"), json!("catalog"), json!(null), json!(7)] {
        let mut json = json.clone();
        json["object"] = object;
        assert_eq!(serde_json::from_value::<Page<u8>>(json).unwrap(), page);
    }
    let bare = serde_json::from_str::<Page<u8>>(r#"{"data": null}"#).unwrap();
    assert_eq!(bare, Page { data: vec![], list_metadata: Default::default() });
}

/// A stream can be returned, stored and moved to another task.
struct Report {
    organizations: workos::Items<Organization>,
}

fn all_organizations(
    client: &Client,
) -> impl Stream<Item = Result<Organization, workos::Error>> + use<> {
    client.organizations().list_organizations_auto_paging(Default::default())
}

#[tokio::test(start_paused = true)]
async fn streams_outlive_what_made_them() {
    let server = organizations(250, Duration::ZERO);
    let report = {
        let client = server.client();
        Report {
            organizations: client.organizations().list_organizations(Default::default()).items(),
        }
    };
    let counted = tokio::spawn(report.organizations.try_fold(0, |n, _| async move { Ok(n + 1) }));
    assert_eq!(counted.await.unwrap().unwrap(), 250);
    let again: Vec<_> = all_organizations(&server.client()).try_collect().await.unwrap();
    assert_eq!(again.len(), 250);
}
