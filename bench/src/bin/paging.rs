//! Auto-paging over 10,000 organizations from a server that takes 20 ms for each page.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measuring tool may fail loudly

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bench::{ORGANIZATION, row, serve};
use futures_util::TryStreamExt;

const ITEMS: usize = 10_000;
const LATENCY: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    let address = serve(move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(LATENCY);
        page_for(request)
    });
    let base_url = format!("http://{address}");
    row(&["walk over 10,000 items, 20 ms a page", "requests", "seconds"].map(str::to_owned));
    row(&["---", "---", "---"].map(str::to_owned));
    let report = |name: &str, start: Instant| {
        let seconds = format!("{:.2}", start.elapsed().as_secs_f64());
        row(&[name.to_owned(), requests.swap(0, Ordering::Relaxed).to_string(), seconds]);
    };

    let official = official::Client::builder().api_key("sk_test_1").base_url(&base_url).build();
    let start = Instant::now();
    let organizations = official.organizations();
    let all = organizations.list_organizations_auto_paging(Default::default());
    let items: Vec<_> = all.try_collect().await.unwrap();
    assert_eq!(items.len(), ITEMS);
    report("official, `list_organizations_auto_paging`", start);

    let client = workos::Client::builder().api_key("sk_test_1").base_url(&base_url).build();
    let organizations = client.organizations();
    let start = Instant::now();
    let all = organizations.list_organizations_auto_paging(Default::default());
    let items: Vec<_> = all.try_collect().await.unwrap();
    assert_eq!(items.len(), ITEMS);
    report("ours, `list_organizations_auto_paging`", start);

    let start = Instant::now();
    let mut params = workos::ListOrganizationsParams { limit: Some(100), ..Default::default() };
    loop {
        let page = organizations.list_organizations(params.clone()).await.unwrap();
        tokio::time::sleep(LATENCY).await;
        params.after = page.list_metadata.after;
        if params.after.is_none() {
            break;
        }
    }
    report("page after page by hand, 20 ms of work on each", start);

    let start = Instant::now();
    let mut pages = organizations.list_organizations(Default::default()).pages();
    while pages.try_next().await.unwrap().is_some() {
        tokio::time::sleep(LATENCY).await;
    }
    report("ours, `.pages()`, 20 ms of work on each", start);
}

/// The page that a request line requests; the cursor is the number of items before it.
fn page_for(request: &str) -> String {
    let number = |name: &str| {
        let (_, rest) = request.split_once(name)?;
        rest.split(['&', ' ']).next()?.parse::<usize>().ok()
    };
    let limit = number("limit=").unwrap_or(10);
    let end = (number("after=").unwrap_or(0) + limit).min(ITEMS);
    let items = vec![ORGANIZATION; limit].join(",");
    let after = if end < ITEMS { format!("\"{end}\"") } else { "null".to_owned() };
    format!(
        r#"{{"object":"list","data":[{items}],"list_metadata":{{"before":null,"after":{after}}}}}"#
    )
}
