//! The bundled transports and tokio: none, incomplete ones, and several that end at different
//! times.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime as Tokio};
use workos::transport::{
    HttpRequest, HttpTransport, ReqwestTransport, Runtime, SharedTransport, TokioRuntime,
    TransportErrorKind,
};

use super::{OK, read_head, send};
use crate::common::{bundled, raw_server};

fn complete() -> Tokio {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn transports() -> Vec<SharedTransport> {
    vec![
        Arc::new(ReqwestTransport::new().unwrap()),
        #[cfg(feature = "hyper")]
        Arc::new(workos::transport::HyperTransport::new().unwrap()),
    ]
}

fn post(url: &str, id: &str) -> HttpRequest {
    let headers = HeaderMap::from_iter([(http::header::FROM, id.parse().unwrap())]);
    HttpRequest { method: Method::POST, url: url.to_owned(), headers, body: None }
}

/// A server on a runtime of its own, which outlives those of the clients, and how often it has read
/// each request, by its `From`.
fn server() -> (Tokio, String, Arc<Mutex<BTreeMap<String, usize>>>) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let seen = Arc::<Mutex<BTreeMap<String, usize>>>::default();
    let counts = seen.clone();
    let address = runtime.block_on(raw_server(move |mut stream| {
        let counts = counts.clone();
        async move {
            while let Some(head) = read_head(&mut stream).await {
                let id = head.lines().find_map(|line| line.strip_prefix("from: ")).unwrap();
                *counts.lock().unwrap().entry(id.to_owned()).or_default() += 1;
                if stream.write_all(OK).await.is_err() {
                    return;
                }
            }
        }
    }));
    (runtime, format!("http://{address}/"), seen)
}

/// A transport outside tokio, or without its timers, says so.
#[test]
fn outside_tokio_a_call_fails_and_nothing_panics() {
    for builder in bundled() {
        let client = builder.base_url("http://127.0.0.1:1").max_retries(0).build();
        let error = futures_executor::block_on(send(&client, Method::GET)).unwrap_err();
        assert!(error.to_string().contains("tokio runtime"), "{error}");
        let bare = Builder::new_current_thread().build().unwrap();
        let error = bare.block_on(send(&client, Method::GET)).unwrap_err();
        assert!(error.to_string().contains("I/O and time enabled"), "{error}");
    }
}

#[test]
fn a_timer_outlives_its_runtime() {
    let runtime = || Builder::new_current_thread().enable_time().build().unwrap();
    let first = runtime();
    let entered = first.enter();
    let mut sleep = TokioRuntime::new().sleep(Duration::from_millis(20));
    assert!((&mut sleep).now_or_never().is_none());
    drop(entered);
    drop(first);
    runtime().block_on(&mut sleep);
    futures_executor::block_on(TokioRuntime::new().sleep(Duration::from_millis(1)));
}

/// Each request is sent once and gets its response, whichever runtime ends meanwhile.
#[test]
fn runtimes_that_share_a_transport_break_no_request_of_each_other() {
    const THREADS: usize = 3;
    const RUNTIMES: usize = 60;
    const REQUESTS: usize = 4;
    for transport in transports() {
        let (_server, url, seen) = server();
        let (url, transport) = (&url, &transport);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || {
                    for runtime in 0..RUNTIMES {
                        let send = |n| {
                            let id = format!("{thread}-{runtime}-{n}");
                            transport.execute(post(url, &id))
                        };
                        let all = futures_util::future::try_join_all((0..REQUESTS).map(send));
                        complete().block_on(all).unwrap();
                    }
                });
            }
        });
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), THREADS * RUNTIMES * REQUESTS);
        assert!(seen.values().all(|count| *count == 1));
    }
}

#[test]
fn a_runtime_that_nobody_drives_does_not_block_others() {
    for transport in transports() {
        let (_server, url, _) = server();
        let (idle, other) = (complete(), complete());
        idle.block_on(transport.execute(post(&url, "1"))).unwrap();
        // On the connection of the idle runtime, it would wait forever.
        let second = transport.execute(post(&url, "2"));
        let limit = Duration::from_secs(30);
        other.block_on(async { tokio::time::timeout(limit, second).await }).unwrap().unwrap();
    }
}

/// A client of the application has one pool for all its runtimes. A request that a connection of an
/// ended runtime has taken may have been read, so it does not count as one that was never sent.
#[test]
fn a_request_that_a_connection_has_taken_is_not_called_unsent() {
    let (connection, other) = (complete(), complete());
    let client = ReqwestTransport::client_builder().unwrap().build().unwrap();
    let transport = ReqwestTransport::from(client);
    let (sender, read) = std::sync::mpsc::channel();
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = server.block_on(raw_server(move |mut stream| {
        let sender = sender.clone();
        async move {
            read_head(&mut stream).await;
            stream.write_all(OK).await.unwrap();
            read_head(&mut stream).await;
            sender.send(()).unwrap();
            let _ = stream.read_u8().await;
        }
    }));
    let url = format!("http://{address}/");
    connection.block_on(transport.execute(post(&url, "1"))).unwrap();
    let second =
        std::thread::spawn(move || other.block_on(transport.execute(post(&url, "2"))).unwrap_err());
    // Drives the connection until the server has read the request, and no longer.
    connection.block_on(async {
        while read.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    });
    drop(connection);
    assert_eq!(second.join().unwrap().kind, TransportErrorKind::Reset);
}
