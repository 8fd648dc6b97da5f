//! [`Receiver`]: a server that gets webhooks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use workos::organizations::CreateOrganization;
use workos::webhooks::{CreateWebhookEndpoint, WebhookEndpoint};
use workos::{Client, EventName};
use workos_emulator::{Delivery, Emulator};

/// A server that gets webhooks.
pub(crate) struct Receiver {
    pub(crate) url: String,
    /// What it received: path, signature and body.
    pub(crate) received: Arc<Mutex<Vec<(String, String, String)>>>,
    /// The statuses of its next responses, 200 after those; 0 closes the connection instead.
    statuses: Arc<Mutex<VecDeque<u16>>>,
    /// It responds when it has a permit.
    pub(crate) permits: Arc<Semaphore>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::with(Semaphore::MAX_PERMITS).await
    }

    /// One that gives only so many responses for now.
    pub(crate) async fn with(permits: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Self {
            url,
            received: Arc::default(),
            statuses: Arc::default(),
            permits: Arc::new(Semaphore::new(permits)),
        };
        let (received, statuses) = (receiver.received.clone(), receiver.statuses.clone());
        let permits = receiver.permits.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (received, statuses) = (received.clone(), statuses.clone());
                tokio::spawn(receive(stream, received, statuses, permits.clone()));
            }
        });
        receiver
    }

    pub(crate) fn answering(self, statuses: &[u16]) -> Self {
        self.statuses.lock().unwrap().extend(statuses);
        self
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        let received = self.received.lock().unwrap();
        received.iter().map(|(_, _, body)| serde_json::from_str(body).unwrap()).collect()
    }

    /// The names of the organizations that it was told of, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |event: &Value| event["data"]["name"].as_str().unwrap().to_owned();
        self.bodies().iter().map(name).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

async fn receive(
    mut stream: TcpStream,
    received: Arc<Mutex<Vec<(String, String, String)>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    permits: Arc<Semaphore>,
) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            return;
        }
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let size: usize = header(head, "content-length").parse().unwrap();
        if body.len() == size {
            break (head.to_owned(), body.to_owned());
        }
    };
    assert!(head.starts_with("POST /"), "{head}");
    assert_eq!(header(&head, "content-type"), "application/json");
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let signature = header(&head, "workos-signature");
    received.lock().unwrap().push((path, signature, body));
    permits.acquire().await.unwrap().forget();
    let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
    if status > 0 {
        let response = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
        stream.write_all(response.as_bytes()).await.unwrap();
    }
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(own, _)| *own == name).unwrap_or_default().1.to_owned()
}

pub(crate) async fn subscribe(client: &Client, url: &str) -> WebhookEndpoint {
    let new = CreateWebhookEndpoint::new(url, [EventName::OrganizationCreated]);
    client.webhooks().create_webhook_endpoint(new).await.unwrap()
}

pub(crate) async fn create(client: &Client, name: &str) -> String {
    client.organizations().create_organization(CreateOrganization::new(name)).await.unwrap().id
}

pub(crate) fn only(emulator: &Emulator) -> Delivery {
    let mut deliveries = emulator.webhooks().deliveries();
    assert_eq!(deliveries.len(), 1, "{deliveries:?}");
    deliveries.remove(0)
}

/// Yields to the runtime until this holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..1_000_000 {
        if condition() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the condition was never met");
}

/// Gives the others time to do what they should not do.
pub(crate) async fn linger() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}
