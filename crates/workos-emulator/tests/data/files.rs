//! Files that are damaged, busy, of another program or of another version.

use std::path::Path;

use rusqlite::Connection;
use workos::organizations::{CreateOrganization, ListOrganizationsParams};
use workos_emulator::Emulator;

async fn start(path: &Path) -> Result<Emulator, String> {
    let started = Emulator::builder().without_socket().data_file(path).start().await;
    started.map_err(|error| error.to_string())
}

async fn refusal(path: &Path) -> String {
    let error = start(path).await.err().unwrap();
    error.replace(&path.display().to_string(), "FILE")
}

#[tokio::test]
async fn a_file_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    let notes = "Buy milk. ".repeat(1_000);
    std::fs::write(&text, &notes).unwrap();
    assert_eq!(refusal(&text).await, "FILE is not a file of workos-emulator");
    assert_eq!(std::fs::read_to_string(&text).unwrap(), notes);

    let database = directory.path().join("app.db");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE users (id)").unwrap();
    let message = "FILE is not a file of workos-emulator. Name a file that does not exist yet.";
    assert_eq!(refusal(&database).await, message);
}

#[tokio::test]
async fn a_file_that_is_in_use_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let first = start(&file).await.unwrap();
    assert_eq!(refusal(&file).await, "FILE is in use by another process");
    drop(first);
    start(&file).await.unwrap();
}

#[tokio::test]
async fn a_file_in_a_directory_that_does_not_exist_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let message = refusal(&directory.path().join("no/such/emulator.db")).await;
    assert!(message.starts_with("cannot open FILE: "), "{message}");
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    drop(start(&file).await.unwrap());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let message = "FILE was written by a later version of workos-emulator. Use that one.";
    assert_eq!(refusal(&file).await, message);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    drop(start(&file).await.unwrap());
    Connection::open(&file).unwrap().execute("UPDATE roles SET row = '{}'", []).unwrap();
    let message = refusal(&file).await;
    assert!(message.starts_with("row 0 of roles cannot be read: missing field"), "{message}");
    assert!(message.ends_with("start with an empty file and the export as seed file"), "{message}");
}

#[tokio::test]
async fn a_slot_that_we_never_use_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    drop(start(&file).await.unwrap());
    for slot in [-1, i64::from(u32::MAX), i64::MAX] {
        let connection = Connection::open(&file).unwrap();
        connection.execute("UPDATE roles SET slot = ?1 WHERE slot != 1", [slot]).unwrap();
        drop(connection);
        let message = format!("cannot read FILE: Integer {slot} out of range at index 0");
        assert_eq!(refusal(&file).await, message);
    }
}

/// What the first version has written, as SQL. It stays as it is.
#[tokio::test]
async fn a_file_of_the_first_version_opens() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    Connection::open(&file).unwrap().execute_batch(include_str!("format_1.sql")).unwrap();
    let emulator = start(&file).await.unwrap();
    let organizations = emulator.client().organizations();
    let names = async || {
        let page = organizations.list_organizations(ListOrganizationsParams::default()).await;
        page.unwrap().data.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Acme"]);
    assert_eq!(emulator.outbox().all().len(), 1);
    organizations.create_organization(CreateOrganization::new("Beta")).await.unwrap();
    assert_eq!(names().await, ["Beta", "Acme"]);
}
