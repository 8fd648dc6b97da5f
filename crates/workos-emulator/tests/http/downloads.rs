//! Files that anyone with their URL may download.

use serde_json::json;

use super::{ORGANIZATIONS, at_noon, create, get, request, send, text};

#[tokio::test]
async fn an_export_is_downloaded_over_a_socket_without_a_key() {
    let emulator = at_noon().await;
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let range = json!({
        "organization_id": acme["id"],
        "range_start": "2026-01-01T00:00:00.000Z",
        "range_end": "2026-03-01T00:00:00.000Z",
    });
    let export = create(&emulator, "/audit_logs/exports", range).await;
    let (_, export) = get(&emulator, &format!("/audit_logs/exports/{}", text(&export["id"]))).await;
    let path = text(&export["url"]).strip_prefix(emulator.base_url()).unwrap();
    let file = send(&emulator, request("GET", path, "", "")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(file.body.starts_with(b"id,action,") && file.body.ends_with(b",metadata\r\n"));
    let head = send(&emulator, request("HEAD", path, "", "")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), file.body.len().to_string());

    // Nothing else is there.
    assert_eq!(send(&emulator, request("GET", "/_exports/x", "", "")).await.status, 404);
    assert_eq!(send(&emulator, request("DELETE", path, "", "")).await.status, 401);
}
