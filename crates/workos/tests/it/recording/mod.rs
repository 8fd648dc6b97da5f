//! Recording through a transport, and replaying without one.

mod files;
mod redaction;
mod replay;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::task::JoinSet;
use workos::organizations::{CreateOrganization, ListOrganizationsParams, UpdateOrganization};
use workos::recording::{Recording, RecordingTransport, ReplayTransport};
use workos::transport::{HttpRequest, HttpTransport, SharedTransport, TransportError};
use workos::user_management::{CreateUser, Password};
use workos::{Client, Error};
use workos_emulator::{Emulator, Fault};

use crate::common::emulated::emulator;
use crate::common::{Say, Scripted, answer, answer_with, fail, organization};

fn client(transport: SharedTransport) -> Client {
    let base = Client::builder().api_key("sk_test_default").base_url("http://localhost");
    base.client_id("client_emulator").transport(transport).build()
}

/// A request as a client sends it.
fn request(method: Method, path: &str, body: &str) -> HttpRequest {
    HttpRequest {
        method,
        url: format!("http://localhost{path}"),
        headers: HeaderMap::new(),
        body: (!body.is_empty()).then(|| Bytes::copy_from_slice(body.as_bytes())),
    }
}

fn recording(lines: &str) -> Recording {
    let head = r#"{"format":"workos-recording","version":1}"#;
    Recording::from_slice(format!("{head}\n{lines}").as_bytes()).unwrap()
}

/// What an application does, and what it sees of it.
async fn tour(client: &Client) -> Result<String, Error> {
    let organizations = client.organizations();
    let acme = organizations.create_organization(CreateOrganization::new("Acme")).await?;
    let user = CreateUser {
        password: Some(Password::plaintext("correct horse battery staple")),
        ..CreateUser::new("ada@example.com")
    };
    let ada = client.user_management().create_user(user).await?;
    let change = UpdateOrganization { name: Some("Acme Inc.".into()), ..Default::default() };
    let changed = organizations.update_organization(&acme.id, change).await?;
    let search = ListOrganizationsParams { limit: Some(5), ..Default::default() };
    let page = organizations.list_organizations(search).await?;
    organizations.delete_organization(&acme.id).await?;
    let gone = organizations.get_organization(&acme.id).await.unwrap_err();
    Ok(format!("{acme:?} {ada:?} {changed:?} {page:?} {:?} {gone}", gone.request_id()))
}

#[tokio::test]
async fn what_was_recorded_is_replayed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tour.jsonl");
    let emulator = emulator().await;
    let recorder = RecordingTransport::to_file(emulator.transport(), &path).unwrap();
    let seen = tour(&client(Arc::new(recorder))).await.unwrap();
    drop(emulator);

    for replay in [
        ReplayTransport::from_file(&path).unwrap(),
        ReplayTransport::from_file(&path).unwrap().in_any_order(),
    ] {
        let replay = Arc::new(replay);
        assert_eq!(tour(&client(replay.clone())).await.unwrap(), seen);
        replay.finish().unwrap();
    }
}

#[tokio::test]
async fn each_exchange_is_a_line_with_the_headers_that_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.jsonl");
    let script = Scripted::new(|_, before| match before {
        0 => answer_with(
            201,
            &[
                ("content-type", "application/json"),
                ("x-request-id", "req_1"),
                ("x-ratelimit-limit", "10"),
                ("set-cookie", "session=1"),
                ("date", "Thu, 15 Jan 2026 12:00:00 GMT"),
            ],
            r#"{ "id": "org_1",  "name": "Acme" }"#,
        ),
        _ => answer(204, ""),
    });
    let recorder = RecordingTransport::to_file(script.clone(), &path).unwrap();
    let organizations = client(Arc::new(recorder)).organizations();
    let new = CreateOrganization::new("Acme");
    organizations.create_organization(new).idempotency_key("key-1").await.unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    organizations.delete_organization("org_1").await.unwrap();

    let first = r#"{"format":"workos-recording","version":1}
{"request":{"method":"POST","path":"/organizations","query":[],"headers":{"content-type":"application/json","idempotency-key":"key-1"},"body":{"name":"Acme"}},"response":{"status":201,"headers":{"content-type":"application/json","x-ratelimit-limit":"10","x-request-id":"req_1"},"body":{"id":"org_1","name":"Acme"}}}
"#;
    let second = r#"{"request":{"method":"DELETE","path":"/organizations/org_1","query":[],"headers":{},"body":null},"response":{"status":204,"headers":{},"body":null}}
"#;
    assert_eq!(written, first);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{first}{second}"));
}

#[tokio::test]
async fn the_caller_gets_the_response_as_it_came() {
    let body = r#"{ "id": "user_1",  "access_token": "secret-token" }"#;
    let headers = [("set-cookie", "a=b"), ("x-other", "1")];
    let script = Scripted::new(move |_, _| answer_with(200, &headers, body));
    let recorder = RecordingTransport::in_memory(script.clone());
    let sent = HttpRequest {
        headers: HeaderMap::from_iter([("x-a".parse().unwrap(), "1".parse().unwrap())]),
        ..request(Method::POST, "/things?code=1", r#"{"code":"123456"}"#)
    };
    let response = recorder.execute(sent.clone()).await.unwrap();
    let Say::Answer(expected) = answer_with(200, &headers, body) else { unreachable!() };
    assert_eq!(
        (response.status, response.headers, response.body),
        (expected.status, expected.headers, expected.body)
    );
    let [passed] = script.requests().try_into().unwrap();
    assert_eq!((passed.url, passed.headers, passed.body), (sent.url, sent.headers, sent.body));
}

#[tokio::test]
async fn an_error_of_the_inner_transport_is_passed_on_and_not_recorded() {
    let script = Scripted::new(|_, before| match before {
        0 => fail(TransportError::timeout),
        _ => organization(),
    });
    let recorder = RecordingTransport::in_memory(script);
    let get = || recorder.execute(request(Method::GET, "/organizations/org_1", ""));
    let error = get().await.unwrap_err();
    assert_eq!(error.to_string(), "timed out: scripted");
    assert_eq!(recorder.recording(), Recording::default());
    get().await.unwrap();
    assert_eq!(recorder.recording().exchanges.len(), 1);
}

#[tokio::test]
async fn a_call_that_is_cancelled_leaves_no_trace() {
    let script = Scripted::new(|_, before| match before {
        0 => Say::Never,
        _ => organization(),
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cancelled.jsonl");
    let recorder = RecordingTransport::to_file(script, &path).unwrap();
    let get = |path: &str| recorder.execute(request(Method::GET, path, ""));
    assert!(futures_util::FutureExt::now_or_never(get("/first")).is_none());
    get("/second").await.unwrap();
    let recording = Recording::from_file(&path).unwrap();
    let paths: Vec<_> = recording.exchanges.iter().map(|one| &one.request.path).collect();
    assert_eq!(paths, ["/second"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_calls_are_recorded_one_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concurrent.jsonl");
    let script = Scripted::new(|_, _| answer(200, format!(r#"["{}"]"#, "x".repeat(10_000))));
    let recorder = Arc::new(RecordingTransport::to_file(script, &path).unwrap());
    let mut calls = JoinSet::new();
    for number in 0..100 {
        let recorder = recorder.clone();
        calls.spawn(async move {
            recorder.execute(request(Method::GET, &format!("/things/{number}"), "")).await.unwrap();
        });
    }
    calls.join_all().await;
    let read = Recording::from_file(&path).unwrap();
    let mut paths: Vec<_> = read.exchanges.into_iter().map(|one| one.request.path).collect();
    paths.sort_by_key(|path| path["/things/".len()..].parse::<usize>().unwrap());
    assert_eq!(paths, (0..100).map(|number| format!("/things/{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_that_cannot_be_created_is_an_error_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no folder").join("a.jsonl");
    let script = Scripted::new(|_, _| organization());
    let error = RecordingTransport::to_file(script, &path).unwrap_err();
    let expected = format!("{}: No such file or directory (os error 2)", path.display());
    assert_eq!((error.to_string(), error.line_number()), (expected, None));
}

#[tokio::test]
async fn retries_are_played_as_they_happened_and_their_waits_pass_at_once() {
    let emulator = Emulator::builder().without_socket().start().await.unwrap();
    tokio::time::pause();
    emulator.faults().add(Fault::status(429).header("retry-after", "7").times(1));
    let recorder = Arc::new(RecordingTransport::in_memory(emulator.transport()));
    let list = |transport: SharedTransport| async move {
        client(transport).organizations().list_organizations(Default::default()).await.unwrap()
    };
    let page = list(recorder.clone()).await;

    let statuses: Vec<_> =
        recorder.recording().exchanges.iter().map(|one| one.response.status).collect();
    assert_eq!(statuses, [429, 200]);
    let replay = Arc::new(ReplayTransport::from_recording(recorder.recording()));
    let start = tokio::time::Instant::now();
    assert_eq!(list(replay.clone()).await, page);
    assert_eq!(start.elapsed().as_secs(), 7);
    replay.finish().unwrap();
}
