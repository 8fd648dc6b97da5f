//! One scenario, many times, against a transport in memory. `cargo xtask instructions` runs it
//! under callgrind, which counts what happens inside [`measured`] and outside [`uncounted`].
//!
//! Usage: `instructions <ours|official|floor> <get|list|create|not-found> <times>`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measuring tool may fail loudly

use std::hint::black_box;
use std::sync::Arc;

use bench::{HEADERS, NOT_FOUND, ORGANIZATION, page};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

const ID: &str = "org_01EHWNCE74X7JSDV0X3SZ3KJNY";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [implementation, scenario, times] = arguments.as_slice() else {
        panic!("usage: instructions <ours|official|floor> <get|list|create|not-found> <times>");
    };
    let times = times.parse().expect("a number");
    let (status, body) = match scenario.as_str() {
        "get" => (200, ORGANIZATION.to_owned()),
        "list" => (200, page(100)),
        "create" => (201, ORGANIZATION.to_owned()),
        "not-found" => (404, NOT_FOUND.to_owned()),
        other => panic!("no scenario {other}"),
    };
    let status = StatusCode::from_u16(status).unwrap();
    match implementation.as_str() {
        "ours" => ours::run(scenario, status, &body, times),
        "official" => theirs::run(scenario, status, &body, times),
        "floor" => floor(scenario, &body, times),
        other => panic!("no implementation {other}"),
    }
}

/// The counted work.
#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}

/// The uncounted work: the server's side. Callgrind toggles on entering and leaving either
/// function.
#[inline(never)]
fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// The headers as hyper makes them: slices of the one buffer that they were read into.
fn headers() -> HeaderMap {
    let mut block: Bytes = HEADERS.iter().map(|(_, value)| *value).collect::<String>().into();
    let slice = |(name, value): &(&'static str, &str)| {
        let value = HeaderValue::from_maybe_shared(block.split_to(value.len())).unwrap();
        (HeaderName::from_static(name), value)
    };
    HEADERS.iter().map(slice).collect()
}

/// Both crates have the same transport trait, so the same transport works for both.
macro_rules! in_memory {
    ($name:ident, $krate:ident) => {
        struct $name {
            status: StatusCode,
            body: String,
        }

        impl $name {
            fn client(status: StatusCode, body: &str) -> $krate::Client {
                $krate::Client::builder()
                    .api_key("sk_test_a2V5XzAxRUhXTkNFNzRYN0pTRFYwWDNTWjNLSk5Z")
                    .transport(Arc::new(Self { status, body: body.to_owned() }))
                    .build()
            }
        }

        #[async_trait::async_trait]
        impl $krate::transport::HttpTransport for $name {
            async fn execute(
                &self,
                req: $krate::transport::HttpRequest,
            ) -> Result<$krate::transport::HttpResponse, $krate::transport::TransportError> {
                black_box(&req);
                Ok(uncounted(|| $krate::transport::HttpResponse {
                    status: self.status,
                    headers: headers(),
                    body: Bytes::copy_from_slice(self.body.as_bytes()),
                }))
            }
        }
    };
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work);
}

mod ours {
    use workos::CreateOrganization;
    use workos::organizations::{
        ListOrganizationsParams, OrganizationDomainData, OrganizationDomainDataState,
    };

    use super::*;

    in_memory!(InMemory, workos);

    pub(super) fn run(scenario: &str, status: StatusCode, body: &str, times: usize) {
        let organizations = InMemory::client(status, body).organizations();
        let new = CreateOrganization {
            domain_data: Some(vec![OrganizationDomainData::new(
                "foo-corp.com",
                OrganizationDomainDataState::Pending,
            )]),
            metadata: Some([("tier", "diamond")].into()),
            external_id: Some("2fe01467-f7ea-4dd2-8b79-c2b4f56d0191".into()),
            ..CreateOrganization::new("Acme Inc.")
        };
        let list = ListOrganizationsParams { limit: Some(100), ..Default::default() };
        let work = async {
            for _ in 0..times {
                match scenario {
                    "get" => drop(black_box(organizations.get_organization(ID).await.unwrap())),
                    "list" => drop(black_box(
                        organizations.list_organizations(list.clone()).await.unwrap(),
                    )),
                    "create" => drop(black_box(
                        organizations.create_organization(new.clone()).await.unwrap(),
                    )),
                    _ => drop(black_box(organizations.get_organization(ID).await.unwrap_err())),
                }
            }
        };
        measured(|| block_on(work));
    }
}

mod theirs {
    use official::organizations::{CreateOrganizationParams, ListOrganizationsParams};
    use official::{OrganizationDomainData, OrganizationDomainDataState, OrganizationInput};

    use super::*;

    in_memory!(InMemory, official);

    #[allow(deprecated)] // the literals must name deprecated fields
    pub(super) fn run(scenario: &str, status: StatusCode, body: &str, times: usize) {
        let client = InMemory::client(status, body);
        let organizations = client.organizations();
        let new = CreateOrganizationParams::new(OrganizationInput {
            name: "Acme Inc.".to_owned(),
            allow_profiles_outside_organization: None,
            domains: None,
            domain_data: Some(vec![OrganizationDomainData {
                domain: "foo-corp.com".to_owned(),
                state: OrganizationDomainDataState::Pending,
            }]),
            metadata: Some([("tier".to_owned(), "diamond".to_owned())].into()),
            external_id: Some("2fe01467-f7ea-4dd2-8b79-c2b4f56d0191".to_owned()),
        });
        let list = ListOrganizationsParams { limit: Some(100), order: None, ..Default::default() };
        let work = async {
            for _ in 0..times {
                match scenario {
                    "get" => drop(black_box(organizations.get_organization(ID).await.unwrap())),
                    "list" => drop(black_box(
                        organizations.list_organizations(list.clone()).await.unwrap(),
                    )),
                    "create" => drop(black_box(
                        organizations.create_organization(new.clone()).await.unwrap(),
                    )),
                    _ => drop(black_box(organizations.get_organization(ID).await.unwrap_err())),
                }
            }
        };
        measured(|| block_on(work));
    }
}

/// The minimum work: checking for UTF-8 and decoding the same bytes into the same types.
fn floor(scenario: &str, body: &str, times: usize) {
    #[derive(Deserialize)]
    #[expect(dead_code)]
    struct Refusal {
        code: String,
        message: String,
    }

    let work = || {
        for _ in 0..times {
            let text = std::str::from_utf8(black_box(body.as_bytes())).unwrap();
            match scenario {
                "list" => drop(black_box(
                    serde_json::from_str::<workos::Page<workos::Organization>>(text).unwrap(),
                )),
                "not-found" => drop(black_box(serde_json::from_str::<Refusal>(text).unwrap())),
                _ => drop(black_box(serde_json::from_str::<workos::Organization>(text).unwrap())),
            }
        }
    };
    measured(work);
}
