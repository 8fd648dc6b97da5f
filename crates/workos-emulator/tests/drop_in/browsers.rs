//! Calls from the pages of other origins.

use serde_json::Value;

use super::Official;

#[tokio::test]
async fn any_page_may_call_the_api() {
    let official = Official::start().await;
    let asked = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let allowed = official.send("OPTIONS", "/organizations", &asked, "").await;
    assert_eq!(allowed.status, 204);
    assert!(allowed.header("access-control-allow-methods").contains("DELETE"));
    assert_eq!(allowed.header("access-control-allow-headers"), "authorization,content-type");
    let answers = [
        official.call("GET", "/organizations", Value::Null).await,
        official.call("GET", "/organizations/org_none", Value::Null).await,
        official.open("GET", "/organizations", Value::Null).await,
        allowed,
    ];
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{}", answer.status);
    }
}

#[tokio::test]
async fn no_page_may_call_control_routes() {
    let official = Official::start().await;
    let asked = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = official.send("OPTIONS", "/_emulate/reset", &asked, "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_ne!(answer.status, 204);
}
