//! Calls, streams and handles can be used like any Rust value.

use std::fmt::Debug;

use crate::common::Scripted;
use http::Method;
use serde_json::{Value, json};
use workos::organizations::OrganizationsApi;
use workos::{
    ApiError, Call, Client, ClientBuilder, Error, Items, Nullable, Organization, Page, Pages,
    RequestOptions, SecretString, Timestamp,
};

fn value<T: Send + Sync + Clone + Debug + 'static>() {}
fn future<T: Future + Send + Unpin + Debug + 'static>(_: &T) {}
fn stream<T: futures_util::Stream + Send + Unpin + Debug + 'static>() {}

#[test]
fn public_types_have_the_expected_traits() {
    value::<Client>();
    value::<ClientBuilder>();
    value::<OrganizationsApi>();
    value::<RequestOptions>();
    value::<SecretString>();
    value::<Timestamp>();
    value::<ApiError>();
    value::<Nullable<String>>();
    value::<Page<Organization>>();
    stream::<Items<Organization>>();
    stream::<Pages<Organization>>();
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
    // A result stays small.
    assert!(size_of::<Error>() <= 32);
}

/// A call kept in a struct.
struct Job {
    call: Call<Organization>,
}

#[tokio::test]
async fn a_call_can_be_stored_spawned_joined_and_raced() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let call = || {
        // The handle is gone before the call is made.
        let client = script.client();
        client.organizations().get_organization("org_1")
    };
    future(&call());
    let job = Job { call: call() };
    let spawned = tokio::spawn(job.call);
    let (first, second) = tokio::join!(call(), call());
    let raced = tokio::select! { one = call() => one, other = call() => other };
    for organization in [spawned.await.unwrap(), first, second, raced] {
        assert_eq!(organization.unwrap().id, "org_1");
    }
}

#[tokio::test]
async fn a_call_that_is_finished_fails_and_does_not_panic() {
    let script = Scripted::new(|_, _| crate::common::organization());
    let mut call = script.client().organizations().get_organization("org_1");
    (&mut call).await.unwrap();
    assert!((&mut call).await.unwrap_err().to_string().contains("has already finished"));
    assert!(call.request().is_err());
}

#[tokio::test]
async fn a_thousand_concurrent_calls_each_get_their_own_response() {
    let emulator = workos_emulator::Emulator::start().await.unwrap();
    for client in [
        emulator.client(),
        Client::builder().api_key(emulator.api_key()).base_url(emulator.base_url()).build(),
    ] {
        let calls = (0..1_000).map(|n| {
            let new = workos::CreateOrganization::new(format!("n{n}"));
            client.organizations().create_organization(new)
        });
        let made = futures_util::future::try_join_all(calls).await.unwrap();
        let named =
            |(n, organization): (usize, &Organization)| organization.name == format!("n{n}");
        assert!(made.iter().enumerate().all(named));
    }
}

#[test]
fn a_parameter_that_cannot_be_in_a_path_is_refused_by_name_before_sending() {
    let client = Client::new("sk_test_1");
    let organizations = client.organizations();
    for (error, name) in [
        (organizations.get_organization("").request(), "id: must not be empty"),
        (organizations.delete_it_contact("org_1", "..").request(), "contact_id"),
        (organizations.get_organization_by_external_id("%2E%2e").request(), "external_id"),
        (client.user_management().get_user(".").request(), "id"),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn arguments_fill_the_path_in_order_and_stay_one_segment_each() {
    let client = Client::new("sk_test_1");
    let request =
        client.organizations().delete_it_contact("org/1", "contact ü?#").request().unwrap();
    assert_eq!(request.method, Method::DELETE);
    assert_eq!(
        request.url,
        "https://api.workos.com/organizations/org%2F1/it_contacts/contact%20%C3%BC%3F%23"
    );
}

#[test]
fn a_base_url_may_end_with_a_slash_and_have_a_path() {
    for base in ["https://gateway.example/workos", "https://gateway.example/workos/"] {
        let client = Client::builder().api_key("sk").base_url(base).build();
        let request = client.organizations().get_organization("org_1").request().unwrap();
        assert_eq!(request.url, "https://gateway.example/workos/organizations/org_1");
    }
}

#[tokio::test]
async fn an_endpoint_without_a_method_can_still_be_called() {
    let emulator = workos_emulator::Emulator::start().await.unwrap();
    let client = emulator.client();
    let made: Value = client
        .request(Method::POST, "/organizations")
        .json(&json!({"name": "Acme", "external_id": null}))
        .await
        .unwrap();
    let page: Page<Organization> =
        client.request(Method::GET, "/organizations").query(&[("limit", 1)]).await.unwrap();
    assert_eq!(page.data.first().map(|organization| organization.id.as_str()), made["id"].as_str());
    let path = format!("/organizations/{}", workos::path_segment("a/b"));
    assert!(client.request::<()>(Method::GET, &path).await.unwrap_err().is_not_found());
    for path in ["organizations", "https://evil.example/", "/a/../b", "/a?b=c"] {
        let error = client.request::<()>(Method::GET, path).await.unwrap_err();
        assert!(error.to_string().contains("path"), "{error}");
    }
}
