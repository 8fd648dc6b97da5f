//! [`Receiver`]: an application that fails half of the time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A webhook that arrived.
pub(crate) struct Arrival {
    pub(crate) path: String,
    pub(crate) event_id: String,
    pub(crate) is_accepted: bool,
}

/// An application that accepts half of the webhooks.
pub(crate) struct Receiver {
    pub(crate) url: String,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

/// What decides over webhooks, a generator for each endpoint: they do not wait for each other.
#[derive(Default)]
struct Chances(HashMap<String, fastrand::Rng>);

impl Chances {
    fn is_lucky(&mut self, path: &str) -> bool {
        let seed = path.len() as u64;
        let random = self.0.entry(path.to_owned());
        random.or_insert_with(|| fastrand::Rng::with_seed(seed)).bool()
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrivals = Arc::<Mutex<Vec<_>>>::default();
        let kept = arrivals.clone();
        tokio::spawn(async move {
            let chances = Arc::<Mutex<Chances>>::default();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(receive(stream, kept.clone(), chances.clone()));
            }
        });
        Self { url, arrivals }
    }

    /// What arrived since the last time.
    pub(crate) fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.arrivals.lock().unwrap())
    }
}

async fn receive(
    mut stream: TcpStream,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    chances: Arc<Mutex<Chances>>,
) {
    let mut bytes = Vec::new();
    let (path, event_id) = loop {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request ended early");
        if let Some(request) = read(std::str::from_utf8(&bytes).unwrap()) {
            break request;
        }
    };
    let is_accepted = chances.lock().unwrap().is_lucky(&path);
    arrivals.lock().unwrap().push(Arrival { path, event_id, is_accepted });
    let status = if is_accepted { 200 } else { 500 };
    let response = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(response.as_bytes()).await.unwrap();
}

/// The path and the ID of the event, if all of it is there.
fn read(request: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Event {
        id: String,
    }
    let (head, body) = request.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    if body.len() < length?.parse().unwrap() {
        return None;
    }
    let event: Event = serde_json::from_str(body).unwrap();
    Some((head.split(' ').nth(1)?.to_owned(), event.id))
}
