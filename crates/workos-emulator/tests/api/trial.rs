//! [`Trial`]: an emulator whose answers and events are checked.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use workos::organization_membership::{
    ListOrganizationMembershipsParams, OrganizationMembershipStatus,
};
use workos::organizations::{
    CreateOrganization, Organization, OrganizationDomainData, OrganizationDomainDataState,
};
use workos::transport::{
    HttpRequest, HttpResponse, HttpTransport, SharedRuntime, SharedTransport, TransportError,
};
use workos::{Client, Error, EventName, Timestamp};
use workos_emulator::{Builder, Emulator};

pub(crate) const NOON: &str = "2026-03-01T12:00:00.000Z";

/// An emulator whose clock stands at [`NOON`], and a client of it.
pub(crate) struct Trial {
    pub(crate) emulator: Emulator,
    transport: Arc<Checked>,
}

impl Trial {
    pub(crate) async fn new() -> Self {
        Self::with(Emulator::builder()).await
    }

    /// An emulator with more settings.
    pub(crate) async fn with(builder: Builder) -> Self {
        let emulator = builder.without_socket().seed(7).start().await.unwrap();
        emulator.clock().freeze(NOON.parse().unwrap());
        let transport = Arc::new(Checked {
            inner: emulator.transport(),
            key: emulator.api_key().into(),
            last: Mutex::default(),
        });
        Self { emulator, transport }
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder()
            .api_key(self.emulator.api_key())
            .client_id("client_emulator")
            .base_url("http://localhost")
            .transport(self.transport.clone())
            .max_retries(0)
            .build()
    }

    /// A new organization without domains: its ID.
    pub(crate) async fn organization(&self, name: &str) -> String {
        let organizations = self.client().organizations();
        organizations.create_organization(CreateOrganization::new(name)).await.unwrap().id
    }

    /// A new organization that owns `<name>.test`.
    pub(crate) async fn organization_with_domain(&self, name: &str) -> Organization {
        let domain = format!("{}.test", name.to_lowercase());
        let state = OrganizationDomainDataState::Verified;
        let domain_data = Some(vec![OrganizationDomainData::new(domain, state)]);
        let new = CreateOrganization { domain_data, ..CreateOrganization::new(name) };
        self.client().organizations().create_organization(new).await.unwrap()
    }

    /// The memberships of an organization, the latest first: status, role and address.
    pub(crate) async fn members(&self, organization_id: &str) -> Vec<String> {
        let params = ListOrganizationMembershipsParams {
            organization_id: Some(organization_id.to_owned()),
            statuses: Some(OrganizationMembershipStatus::KNOWN.to_vec()),
            ..Default::default()
        };
        let memberships = self.client().organization_membership();
        let page = memberships.list_organization_memberships(params).await.unwrap();
        let shown = page.data.into_iter().map(|member| {
            let role = member.role.unwrap().slug;
            format!("{} {role} {}", member.status.as_str(), member.user.unwrap().email)
        });
        shown.collect()
    }

    /// Moves the clock forward.
    pub(crate) fn wait(&self, seconds: u64) -> Timestamp {
        self.emulator.clock().advance(Duration::from_secs(seconds));
        self.emulator.clock().now()
    }

    /// Sends JSON as it is; null is not a body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { None } else { Some(body.to_string().into()) };
        self.send(method.parse().unwrap(), path, &[], body).await
    }

    /// Sends bytes as they are, with more headers.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: Option<bytes::Bytes>,
    ) -> (u16, Value) {
        let mut request = request(self.emulator.api_key(), method, target, body);
        request.headers.extend(headers.iter().cloned());
        let response = self.transport.execute(request).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&response.body).into_owned());
        let json = serde_json::from_slice(&response.body);
        (response.status.as_u16(), json.unwrap_or_else(|_| text()))
    }

    /// Where a browser is sent that opens this.
    pub(crate) async fn location(&self, target: &str) -> String {
        let request = request("", Method::GET, target, None);
        let response = self.transport.execute(request).await.unwrap();
        let location = response.headers.get("location");
        let location = location.unwrap_or_else(|| panic!("{response:?}"));
        location.to_str().unwrap().to_owned()
    }

    /// All events so far, oldest first, as they go over the wire. Those of fixtures are checked
    /// only here.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let events = self.transport.events_after(None).await;
        events.iter().for_each(check_event);
        events
    }

    /// The ID of the latest event. Checks those that were not checked yet.
    pub(crate) async fn last_event(&self) -> Option<String> {
        self.transport.check_events().await
    }

    /// The names of all events so far, oldest first.
    pub(crate) async fn event_names(&self) -> Vec<String> {
        let name = |event: Value| event["event"].as_str().unwrap().to_owned();
        self.events().await.into_iter().map(name).collect()
    }
}

fn request(key: &str, method: Method, path: &str, body: Option<bytes::Bytes>) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    HttpRequest { method, url: format!("http://localhost{path}"), headers, body }
}

/// A refused call in words: the status, the code, and the fields that the error names.
pub(crate) fn refusal<T: Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error:?}"));
    let code = api.code.as_deref().unwrap_or_default();
    let fields = api.errors.iter().filter_map(|error| error.field.as_deref());
    let parts: Vec<_> = [code].into_iter().chain(fields).collect();
    format!("{} {}", api.status, parts.join(" "))
}

/// Checks every answer, and after every change the events that it made.
struct Checked {
    inner: SharedTransport,
    key: String,
    /// The last event that was checked.
    last: Mutex<Option<String>>,
}

#[async_trait::async_trait]
impl HttpTransport for Checked {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = request.method.clone();
        let path = request.url.strip_prefix("http://localhost").unwrap().to_owned();
        let response = self.inner.execute(request).await?;
        check_answer(&method, &path, &response);
        if method != Method::GET {
            self.check_events().await;
        }
        Ok(response)
    }

    fn runtime(&self) -> SharedRuntime {
        self.inner.runtime()
    }
}

impl Checked {
    /// Checks new events; returns the ID of the latest one.
    async fn check_events(&self) -> Option<String> {
        let last = self.last.lock().unwrap().clone();
        let events = self.events_after(last.as_deref()).await;
        events.iter().for_each(check_event);
        let mut last = self.last.lock().unwrap();
        if let Some(event) = events.last() {
            *last = event["id"].as_str().map(str::to_owned);
        }
        last.clone()
    }

    async fn events_after(&self, last: Option<&str>) -> Vec<Value> {
        let names: Vec<_> = EventName::KNOWN.iter().map(EventName::as_str).collect();
        let mut after = last.map(str::to_owned);
        let mut all = Vec::new();
        loop {
            let cursor = after.as_ref().map(|id| format!("&after={id}")).unwrap_or_default();
            let path = format!("/events?limit=100&order=asc&events={}{cursor}", names.join(","));
            let request = request(&self.key, Method::GET, &path, None);
            let response = self.inner.execute(request).await.unwrap();
            check_answer(&Method::GET, &path, &response);
            if response.status == StatusCode::UNPROCESSABLE_ENTITY && after.take().is_some() {
                // The clock is so far ahead that the event is not kept any more.
                continue;
            }
            let page: Value = serde_json::from_slice(&response.body).unwrap();
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            after = page["list_metadata"]["after"].as_str().map(str::to_owned);
            if after.is_none() {
                return all;
            }
        }
    }
}

fn check_answer(method: &Method, target: &str, response: &HttpResponse) {
    let path = target.split('?').next().unwrap();
    let Some(entry) = workos::contract::find(method, path) else { return };
    let operation = entry.operation;
    let documented = workos_contract::operation(operation.method, operation.path).unwrap();
    let checked = documented.check_answer(response.status.as_u16(), &response.body);
    let body = String::from_utf8_lossy(&response.body);
    assert_eq!(checked, Ok(()), "{} {method} {path}: {body}", response.status);
}

fn check_event(event: &Value) {
    let name = event["event"].as_str().unwrap();
    let documented = workos_contract::event(name).unwrap_or_else(|| panic!("no event {name}"));
    let problems = documented.check(&event["data"], event.get("context"));
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, [""; 0], "{event}");
}
