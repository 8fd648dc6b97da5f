//! The delivery of webhooks. What is to be sent, and when, is data in the state; the [`Courier`]
//! sends it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Method, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinError, JoinSet};
use workos::helpers::webhooks::compute_webhook_signature;
use workos::{SecretString, Timestamp};

use crate::environment::Environment;
use crate::loopback::is_loopback;
use crate::reply::{Answer, Refusal};
use crate::state::deliveries::{Delivery, Letter, Next, Outcome};
use crate::state::steering::Steering;

/// How many webhooks are on their way at the same time, each to another endpoint.
const MAX_IN_FLIGHT: usize = 8;
/// How many steps of directory scripts are taken between other work.
const MAX_STEPS: usize = 100;
/// How long an endpoint may take to respond, as in WorkOS.
const TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_PORT: u16 = 80;
const SIGNATURE: HeaderName = HeaderName::from_static("workos-signature");

/// The webhooks of an emulator: those that wait and those that were sent.
///
/// An event is delivered to every enabled endpoint that subscribes to it: at once, signed with the
/// endpoint's secret. An endpoint gets one webhook at a time, in the order of the events. One that
/// it does not accept within 5 seconds is due again after 1, 2, 4, 8 and 16 seconds on the
/// emulator's [`Clock`](crate::Clock); then it has failed. Meanwhile the endpoint gets later ones.
/// The log keeps all that wait and the latest 1,000 others.
///
/// [`Steering`] pauses, delays, repeats and reorders them.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use workos::EventName;
/// use workos::organizations::CreateOrganization;
/// use workos::webhooks::CreateWebhookEndpoint;
/// use workos_emulator::{DeliveryStatus, Emulator};
///
/// let emulator = Emulator::start().await?;
/// emulator.clock().freeze("2026-03-01T12:00:00Z".parse()?);
/// let client = emulator.client();
/// // Nothing listens there.
/// let endpoint = CreateWebhookEndpoint::new("http://127.0.0.1:1", [EventName::OrganizationCreated]);
/// client.webhooks().create_webhook_endpoint(endpoint).await?;
///
/// client.organizations().create_organization(CreateOrganization::new("Acme")).await?;
/// emulator.settle().await;
/// let delivery = emulator.webhooks().deliveries().remove(0);
/// assert_eq!((delivery.status, delivery.attempts.len()), (DeliveryStatus::Pending, 1));
///
/// emulator.clock().advance(Duration::from_secs(1));
/// emulator.settle().await;
/// assert_eq!(emulator.webhooks().deliveries()[0].attempts.len(), 2);
/// # Ok(()) }
/// ```
///
/// An emulator outside tokio sends nothing: its webhooks wait until [`settle`](crate::Emulator::settle)
/// is called inside tokio.
#[derive(Debug, Clone, Copy)]
pub struct Webhooks<'a> {
    environment: &'a Environment,
}

impl<'a> Webhooks<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment }
    }

    /// The log, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        log(self.environment)
    }

    /// A webhook as it is sent; `None` if there is none with this ID.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use serde_json::Value;
    /// use workos::organizations::CreateOrganization;
    /// use workos_emulator::{Emulator, NewWebhookEndpoint};
    ///
    /// let emulator = Emulator::start().await?;
    /// emulator.fixtures().webhook_endpoint(NewWebhookEndpoint {
    ///     endpoint_url: "http://localhost:1/webhooks".into(),
    ///     ..Default::default()
    /// })?;
    /// let acme = CreateOrganization::new("Acme");
    /// emulator.client().organizations().create_organization(acme).await?;
    ///
    /// let id = emulator.webhooks().deliveries().remove(0).id;
    /// let webhook = emulator.webhooks().delivery(&id).ok_or("there is none")?;
    /// assert!(webhook.headers["workos-signature"].starts_with("t="));
    /// let event: Value = serde_json::from_str(&webhook.body)?;
    /// assert_eq!(event["data"]["name"], "Acme");
    /// # Ok(()) }
    /// ```
    pub fn delivery(&self, id: &str) -> Option<DeliveryDetails> {
        details(self.environment, id)
    }

    /// Delivers a webhook again, whatever became of it, or now if it waits for another attempt or
    /// for the end of a [pause](Steering::paused). `false` if there is none with this ID.
    pub fn redeliver(&self, id: &str) -> bool {
        redeliver(self.environment, id).is_some()
    }

    /// Delivers all webhooks again that have failed, each with six more attempts. Returns how many.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = workos_emulator::Emulator::start().await?;
    /// assert_eq!(emulator.webhooks().redeliver_failed(), 0);
    /// # Ok(()) }
    /// ```
    pub fn redeliver_failed(&self) -> usize {
        redeliver_failed(self.environment)
    }

    /// Cancels a webhook that waits for an attempt; `false` if none with this ID does. One that is on
    /// its way may arrive nevertheless.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use serde_json::json;
    /// use workos_emulator::{DeliveryStatus, Emulator, NewWebhookEndpoint, Steering};
    ///
    /// let emulator = Emulator::start().await?;
    /// emulator.fixtures().webhook_endpoint(NewWebhookEndpoint {
    ///     endpoint_url: "http://localhost:3000/webhooks".into(),
    ///     ..Default::default()
    /// })?;
    /// let webhooks = emulator.webhooks();
    /// webhooks.steer(Steering { paused: true, ..Default::default() })?;
    /// emulator.trigger("user.created", json!({}))?;
    ///
    /// let id = webhooks.deliveries().remove(0).id;
    /// assert!(webhooks.cancel(&id) && !webhooks.cancel(&id));
    /// assert_eq!(webhooks.deliveries()[0].status, DeliveryStatus::Cancelled);
    /// # Ok(()) }
    /// ```
    pub fn cancel(&self, id: &str) -> bool {
        cancel(self.environment, id)
    }

    /// How webhooks are delivered.
    pub fn steering(&self) -> Steering {
        self.environment.deliveries(|deliveries, _| deliveries.steering())
    }

    /// Delivers webhooks in this way from now on, until the next
    /// [reset](crate::Emulator::reset).
    ///
    /// # Errors
    ///
    /// When a value is out of range. Nothing changes then.
    pub fn steer(&self, steering: Steering) -> Result<(), Refusal> {
        steer(self.environment, |now| *now = steering).map(drop)
    }
}

/// A webhook as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryDetails {
    /// What became of it.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// The headers of the latest attempt, or of one that is made now if there was none: names in
    /// lower case, and values. `workos-signature` is missing if the endpoint was deleted.
    pub headers: BTreeMap<String, String>,
    /// The body: the event in JSON.
    pub body: String,
}

pub(crate) fn log(environment: &Environment) -> Vec<Delivery> {
    environment.deliveries(|deliveries, _| deliveries.all().cloned().collect())
}

pub(crate) fn details(environment: &Environment, id: &str) -> Option<DeliveryDetails> {
    environment.state(|state, now| {
        let delivery = state.deliveries().get(id)?.clone();
        let event = state.deliveries().event(id)?;
        let endpoint = state.recipient(&delivery);
        let url = endpoint.map_or(&delivery.endpoint_url, |endpoint| &endpoint.endpoint_url);
        let secret = endpoint.map(|endpoint| &endpoint.secret);
        let at = delivery.attempts.last().map_or(now, |attempt| attempt.at);
        let body = event.json.get().to_owned();
        let headers = headers(&url.parse().unwrap_or_default(), secret, at, &body);
        let headers = headers.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Some(DeliveryDetails { delivery, headers, body })
    })
}

/// Makes all due that failed. Returns how many.
pub(crate) fn redeliver_failed(environment: &Environment) -> usize {
    let count = environment.deliver(|state, now| state.deliveries_mut().redeliver_failed(now));
    environment.courier.wake();
    count
}

/// Ends a delivery that waits; `false` if it does not.
pub(crate) fn cancel(environment: &Environment, id: &str) -> bool {
    let is_cancelled = environment.deliver(|state, _| state.deliveries_mut().cancel(id));
    // Wakes `settle`.
    environment.courier.wake();
    is_cancelled
}

/// Changes how webhooks are delivered.
pub(crate) fn steer(
    environment: &Environment,
    change: impl FnOnce(&mut Steering),
) -> Answer<Steering> {
    let steered = environment.deliver(|state, _| {
        let mut steering = state.deliveries().steering();
        change(&mut steering);
        state.steer(steering).map(|()| steering)
    });
    environment.courier.wake();
    steered
}

/// Makes a delivery due; `None` if there is none with this ID.
pub(crate) fn redeliver(environment: &Environment, id: &str) -> Option<Delivery> {
    let delivery = environment.deliver(|state, now| {
        state.deliveries_mut().redeliver(id, now);
        state.deliveries().get(id).cloned()
    });
    environment.courier.wake();
    delivery
}

/// Sends webhooks when they are due, in a task of tokio. Takes the steps of directory scripts, too,
/// so that their webhooks do not wait for a request.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    /// The hosts to send to besides this machine.
    hosts: Arc<[String]>,
    /// Something may be due.
    news: Notify,
    /// Something was sent, or the task has ended.
    progress: Notify,
    is_running: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
}

impl Courier {
    pub(crate) fn new(hosts: Vec<String>) -> Self {
        Self { hosts: hosts.into(), ..Self::default() }
    }

    /// Says that something may be due.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Starts the task, if it is not running and if this is inside tokio.
    pub(crate) fn start(environment: &Arc<Environment>) {
        let courier = &environment.courier;
        let Ok(tokio) = Handle::try_current() else { return };
        if !courier.is_running.swap(true, Ordering::AcqRel) {
            let task = tokio.spawn(work(Running(environment.clone()))).abort_handle();
            *courier.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        }
    }

    /// Ends the task, and what is on its way.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Waits until nothing is due that was not sent, or until the task ends.
    pub(crate) async fn settle(environment: &Arc<Environment>) {
        Self::start(environment);
        let courier = &environment.courier;
        let has_due = || environment.deliveries(|deliveries, now| deliveries.has_due(now));
        loop {
            let mut progress = std::pin::pin!(courier.progress.notified());
            progress.as_mut().enable();
            if !has_due() || !courier.is_running.load(Ordering::Acquire) {
                return;
            }
            progress.await;
        }
    }
}

/// That the task is running. Its end, for whatever reason, wakes those who wait for progress.
struct Running(Arc<Environment>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.courier.is_running.store(false, Ordering::Release);
        self.0.courier.progress.notify_waiters();
    }
}

async fn work(running: Running) {
    let Running(environment) = &running;
    let courier = &environment.courier;
    let mut sending = JoinSet::new();
    let mut letters = HashMap::new();
    loop {
        let next_step = environment.run_scripts(MAX_STEPS);
        let has_more = next_step.is_some_and(|due| due <= environment.clock.now());
        let mut next_due = next_step;
        while sending.len() < MAX_IN_FLIGHT {
            let is_free = |endpoint: &str| {
                letters.values().all(|letter: &Letter| letter.endpoint_id != endpoint)
            };
            match environment.deliver(|state, now| state.next_delivery(now, is_free)) {
                Next::Send(letter) => {
                    let task = sending.spawn(send(letter.clone(), courier.hosts.clone()));
                    letters.insert(task.id(), letter);
                }
                Next::WaitUntil(due) => {
                    next_due = Some(next_step.map_or(due, |step| step.min(due)));
                    break;
                }
                Next::Nothing => break,
            }
        }
        courier.progress.notify_waiters();
        tokio::select! {
            Some(sent) = sending.join_next_with_id() => {
                let (task, outcome) = sent.unwrap_or_else(|error| broken(&error));
                if let Some(letter) = letters.remove(&task) {
                    environment.deliver(|state, now| {
                        state.deliveries_mut().report(&letter.delivery_id, letter.at, outcome, now);
                    });
                }
            }
            () = tokio::task::yield_now(), if has_more => {}
            () = courier.news.notified() => {}
            () = environment.clock.next(next_due) => {}
        }
    }
}

/// tokio panics where its runtime cannot do network I/O.
fn broken(error: &JoinError) -> (tokio::task::Id, Outcome) {
    (error.id(), Outcome::Failed(format!("the request was not sent: {error}")))
}

async fn send(letter: Letter, hosts: Arc<[String]>) -> Outcome {
    let (uri, addresses) = match recipient(&letter.url, &hosts) {
        Ok(recipient) => recipient,
        Err(reason) => return Outcome::Refused(reason),
    };
    let exchange = exchange(&uri, addresses, &letter);
    match tokio::time::timeout(TIMEOUT, exchange).await {
        Ok(Ok(status)) => Outcome::Answered(status),
        Ok(Err(reason)) => Outcome::Failed(reason),
        Err(_) => Outcome::Failed(format!("no response within {} s", TIMEOUT.as_secs())),
    }
}

/// Where to connect to.
#[derive(Debug, PartialEq)]
enum Addresses {
    /// This machine. Its names are not looked up: someone else might answer for them.
    Own(Vec<SocketAddr>),
    Named(String, u16),
}

/// Where a webhook goes, or why the emulator does not send it.
fn recipient(url: &str, hosts: &[String]) -> Result<(Uri, Addresses), String> {
    let uri: Uri = url.parse().map_err(|_| "the URL is invalid".to_owned())?;
    if uri.scheme_str() != Some("http") {
        return Err("the emulator sends webhooks over http only".to_owned());
    }
    let port = uri.port_u16().unwrap_or(DEFAULT_PORT);
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = if is_loopback(&host) {
        let own: Vec<IpAddr> = match address.parse() {
            Ok(address) => vec![address],
            Err(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        };
        Addresses::Own(own.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    } else if hosts.iter().any(|allowed| allowed == &host || allowed == address) {
        Addresses::Named(address.to_owned(), port)
    } else {
        return Err(format!(
            "{host} is not this machine: allow it with `Builder::allow_webhooks_to` or \
             `--webhook-hosts`"
        ));
    };
    Ok((uri, addresses))
}

/// Posts the event and returns the status of the response. The body is not read.
async fn exchange(uri: &Uri, addresses: Addresses, letter: &Letter) -> Result<u16, String> {
    let stream = connect(addresses).await.map_err(|error| format!("cannot connect: {error}"))?;
    let failed = |error: hyper::Error| format!("the connection failed: {error}");
    let (mut sender, connection) =
        http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.map_err(failed)?;
    let request = request(uri, letter).map_err(|error| format!("cannot send: {error}"))?;
    let mut response = std::pin::pin!(sender.send_request(request));
    let answered = tokio::select! {
        answered = &mut response => answered,
        // It may end just after the response.
        _ = connection => response.await,
    };
    answered.map(|response| response.status().as_u16()).map_err(failed)
}

async fn connect(addresses: Addresses) -> io::Result<TcpStream> {
    match addresses {
        Addresses::Own(addresses) => TcpStream::connect(&*addresses).await,
        Addresses::Named(host, port) => TcpStream::connect((host, port)).await,
    }
}

fn request(uri: &Uri, letter: &Letter) -> http::Result<Request<Full<Bytes>>> {
    let body = letter.event.json.get();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(Method::POST).uri(path);
    for (name, value) in headers(uri, Some(&letter.secret), letter.at, body) {
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
}

fn headers(
    uri: &Uri,
    secret: Option<&SecretString>,
    at: Timestamp,
    body: &str,
) -> Vec<(HeaderName, String)> {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let agent = concat!("workos-emulator/", env!("CARGO_PKG_VERSION"));
    let mut headers = vec![
        (header::HOST, host.to_owned()),
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::USER_AGENT, agent.to_owned()),
        (header::CONNECTION, "close".to_owned()),
    ];
    if let Some(secret) = secret {
        let time = at.as_millis().to_string();
        let signature = compute_webhook_signature(secret.expose(), &time, body);
        headers.push((SIGNATURE, format!("t={time}, v1={signature}")));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a URL leads, in words.
    fn sent_to(url: &str) -> String {
        let hosts = ["app".to_owned(), "192.0.2.7".to_owned(), "2001:db8::7".to_owned()];
        match recipient(url, &hosts) {
            Ok((_, Addresses::Own(addresses))) => {
                addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            Ok((_, Addresses::Named(host, port))) => format!("{host} {port}"),
            Err(reason) => reason,
        }
    }

    #[test]
    fn webhooks_stay_on_this_machine_unless_a_host_is_allowed() {
        for (url, expected) in [
            ("http://localhost:3000/hook", "127.0.0.1:3000 [::1]:3000"),
            ("http://App.LocalHost/", "127.0.0.1:80 [::1]:80"),
            ("http://127.8.9.1:81", "127.8.9.1:81"),
            ("http://[::1]:3000/", "[::1]:3000"),
            ("http://[::ffff:127.0.0.1]/", "[::ffff:127.0.0.1]:80"),
            ("http://APP:3000/hook", "app 3000"),
            ("http://192.0.2.7/", "192.0.2.7 80"),
            ("http://[2001:db8::7]:81/", "2001:db8::7 81"),
            ("https://localhost/", "the emulator sends webhooks over http only"),
            ("ftp://localhost/", "the emulator sends webhooks over http only"),
            ("no url", "the URL is invalid"),
        ] {
            assert_eq!(sent_to(url), expected, "{url}");
        }
        for host in [
            "example.com",
            "localhost.example.com",
            "evillocalhost",
            "localhost@example.com",
            "127.0.0.1.example.com",
            "0.0.0.0",
            "2130706433",
            "127.1",
            "0x7f000001",
            "10.0.0.1",
            "169.254.169.254",
            "[::]",
            "[2001:db8::8]",
            "app.example.com",
            "example.app",
        ] {
            let reason = sent_to(&format!("http://{host}/"));
            assert!(reason.contains("is not this machine"), "{host}: {reason}");
        }
    }
}
