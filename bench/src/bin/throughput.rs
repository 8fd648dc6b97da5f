//! Calls per second on loopback: 16 tasks on two threads, against a server in a separate process.
//!
//! Each round measures every client once, one after the other, in rotating order; ratios compare
//! clients within a round.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]
// a measuring tool may fail loudly

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bench::{ORGANIZATION, median, row, serve};

const TASKS: usize = 16;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(1);
const ID: &str = "org_01EHWNCE74X7JSDV0X3SZ3KJNY";

fn main() {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        println!("{}", serve(|_| ORGANIZATION.to_owned()));
        std::thread::park();
        return;
    }
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base_url = format!("http://{}", line.trim());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(compare(&base_url));
    server.kill().unwrap();
    server.wait().unwrap();
}

async fn compare(base_url: &str) {
    let official = official::Client::builder().api_key("sk_test_1").base_url(base_url).build();
    let ours = || workos::Client::builder().api_key("sk_test_1").base_url(base_url);
    let reqwest = ours().build();
    let hyper = workos::transport::HyperTransport::new().unwrap();
    let hyper = ours().transport(Arc::new(hyper)).build();

    let names = ["official", "ours, reqwest", "ours, hyper"];
    let mut rates: [Vec<f64>; 3] = Default::default();
    for round in 0..=ROUNDS {
        for turn in 0..names.len() {
            let which = (round + turn) % names.len();
            let rate = match which {
                0 => {
                    let client = official.clone();
                    rate(move || {
                        let client = client.clone();
                        async move { drop(client.organizations().get_organization(ID).await.unwrap()) }
                    })
                    .await
                }
                1 => rate_of_ours(&reqwest).await,
                _ => rate_of_ours(&hyper).await,
            };
            // The first round warms up.
            if round > 0 {
                rates[which].push(rate);
            }
        }
    }
    row(&["client", "calls/s, median", "of the official, median of paired rounds"]
        .map(str::to_owned));
    row(&["---", "---", "---"].map(str::to_owned));
    for (which, name) in names.iter().enumerate() {
        let paired = rates[which].iter().zip(&rates[0]).map(|(own, theirs)| own / theirs);
        let ratio = format!("{:.2}x", median(paired.collect()));
        row(&[name.to_string(), format!("{:.0}", median(rates[which].clone())), ratio]);
    }
}

async fn rate_of_ours(client: &workos::Client) -> f64 {
    let organizations = client.organizations();
    rate(move || {
        let call = organizations.get_organization(ID);
        async move { drop(call.await.unwrap()) }
    })
    .await
}

/// Calls per second of 16 tasks that call as fast as they can.
async fn rate<F, Fut>(call: F) -> f64
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let (done, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let task = |_| {
        let (done, count, call) = (done.clone(), count.clone(), call.clone());
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                call().await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    tokio::time::sleep(ROUND).await;
    done.store(true, Ordering::Relaxed);
    futures_util::future::join_all(tasks).await;
    count.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}
