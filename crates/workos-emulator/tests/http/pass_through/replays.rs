//! Recordings of what was passed through, and their replay.

use workos::Error;
use workos::recording::Recording;
use workos::user_management::{AuthenticateWithPasswordParams, CreateUser, Password};

use super::*;

fn recording(lines: &str) -> Recording {
    let head = r#"{"format":"workos-recording","version":1}"#;
    Recording::from_slice(format!("{head}\n{lines}").as_bytes()).unwrap()
}

const TWO_LISTS: &str = r#"
{"request":{"method":"GET","path":"/organizations","query":[["limit","5"]]},"response":{"status":200,"body":["first"]}}
{"request":{"method":"GET","path":"/organizations","query":[["limit","5"]]},"response":{"status":200,"body":["second"]}}
{"request":{"method":"GET","path":"/organizations/org_1"},"response":{"status":404,"headers":{"x-request-id":"req_1"},"body":{"code":"entity_not_found"}}}
{"request":{"method":"GET","path":"/user_management/users"},"response":{"status":200,"body":["users"]}}
"#;

/// What an application does, and what it sees of it but for secrets.
async fn tour(emulator: &Emulator) -> Result<String, Error> {
    let client = emulator.client();
    let organizations = client.organizations();
    let acme = organizations.create_organization(CreateOrganization::new("Acme")).await?;
    let listed = organizations.list_organizations(Default::default()).await?;
    let user = CreateUser {
        password: Some(Password::plaintext("correct horse battery staple")),
        ..CreateUser::new("ada@example.com")
    };
    let ada = client.user_management().create_user(user).await?;
    let sign_in =
        AuthenticateWithPasswordParams::new("ada@example.com", "correct horse battery staple");
    let refused = client.user_management().authenticate_with_password(sign_in).await.unwrap_err();
    let keys = client.user_management().get_jwks(emulator.client_id()).await?;
    organizations.delete_organization(&acme.id).await?;
    let gone = organizations.get_organization(&acme.id).await.unwrap_err();
    let ids = (refused.request_id(), gone.request_id());
    Ok(format!("{acme:?} {listed:?} {ada:?} {:?} {keys:?} {gone} {ids:?}", refused.status()))
}

#[tokio::test]
async fn a_recording_has_no_secrets_and_replays_the_same_answers_offline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tour.jsonl");
    let real = real().await;
    let emulator = passing(to(&real).operations(["*"]).record_to(&path)).await;
    let seen = tour(&emulator).await.unwrap();
    assert_eq!(real.requests().count(), 7);
    drop((emulator, real));

    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 8);
    for secret in [REAL_KEY, REAL_CLIENT, "sk_test_default", "correct horse"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let replay = || PassThrough::replay(Recording::from_file(&path).unwrap());
    let emulator = passing(replay()).await;
    assert_eq!(tour(&emulator).await.unwrap(), seen);
    emulator.reset().unwrap();
    assert_eq!(tour(&emulator).await.unwrap(), seen);
    // Whatever client ID an application has.
    let jwks = send(&emulator, request("GET", "/sso/jwks/client_other", "", "")).await;
    assert_eq!((jwks.status, jwks.header("x-emulator-answered-by")), (200, "recording"));
}

#[tokio::test]
async fn equal_requests_get_the_last_answer_again_until_a_reset() {
    let emulator = passing(PassThrough::replay(recording(TWO_LISTS))).await;
    for _ in 0..2 {
        for expected in ["first", "second", "second"] {
            let path = format!("{ORGANIZATIONS}?limit=5");
            let response = send(&emulator, request("GET", &path, KEY, "")).await;
            assert_eq!((response.status, response.json()), (200, json!([expected])));
        }
        emulator.reset().unwrap();
    }
}

#[tokio::test]
async fn a_recorded_error_is_played_with_its_request_id() {
    let emulator = passing(PassThrough::replay(recording(TWO_LISTS))).await;
    let response = send(&emulator, request("GET", "/organizations/org_1", KEY, "")).await;
    assert_eq!(code(&response), (404, json!("entity_not_found")));
    assert_eq!(response.header("x-request-id"), "req_1");
}

#[tokio::test]
async fn what_was_not_recorded_is_refused_with_what_was() {
    let chosen = ["organizations.*", "user_management.get_user"];
    let emulator = passing(PassThrough::replay(recording(TWO_LISTS)).operations(chosen)).await;
    for (path, reason) in [
        (
            "/organizations?limit=6",
            "organizations.list_organizations: GET /organizations was recorded otherwise:\n  \
             query.limit: \"5\" was recorded, \"6\" came",
        ),
        (
            "/organizations/org_2",
            "organizations.get_organization: GET /organizations/org_2 was not recorded; recorded \
             are:\n  GET /organizations/org_1",
        ),
        ("/user_management/users/user_1", "Nothing is recorded for user_management.get_user."),
    ] {
        let response = send(&emulator, request("GET", path, KEY, "")).await;
        let expected = json!({"code": "emulator_not_recorded", "message": reason});
        assert_eq!((response.status, response.json()), (501, expected));
    }
    // Recorded, but not chosen.
    let users = send(&emulator, request("GET", USERS, KEY, "")).await;
    assert_eq!(users.json()["object"], "list");
}

#[tokio::test]
async fn a_replay_needs_a_key_of_the_emulator() {
    let emulator = passing(PassThrough::replay(recording(TWO_LISTS))).await;
    let response = send(&emulator, request("GET", "/organizations/org_1", "", "")).await;
    assert_eq!(response.status, 401);
}

#[tokio::test]
async fn a_recording_of_something_else_is_refused() {
    let foreign =
        r#"{"request":{"method":"GET","path":"/v1/organizations"},"response":{"status":200}}"#;
    let replay = PassThrough::replay(recording(&format!("{TWO_LISTS}{foreign}\n")));
    assert_eq!(
        refusal(Emulator::builder().pass_through(replay)).await,
        "pass-through: exchange 5 of the recording, GET /v1/organizations, is for no operation"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named() {
    let real = real().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/x.jsonl");
    let pass_through = to(&real).operations(["*"]).record_to(&path);
    let reason = refusal(Emulator::builder().pass_through(pass_through)).await;
    assert!(reason.starts_with(&format!("pass-through: {}: ", path.display())), "{reason}");
}

#[tokio::test]
async fn an_earlier_recording_stays_when_the_emulator_cannot_start() {
    let real = real().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("earlier.jsonl");
    std::fs::write(&path, "an earlier recording").unwrap();
    let taken = address(&real).parse().unwrap();
    let pass_through = to(&real).operations(["*"]).record_to(&path);
    refusal(Emulator::builder().address(taken).pass_through(pass_through)).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "an earlier recording");
}
