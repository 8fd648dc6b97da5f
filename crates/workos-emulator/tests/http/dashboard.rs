//! The dashboard: its pages and forms, and how they answer invalid input.

use serde_json::{Value, json};
use workos_emulator::{Emulator, Fault};

use super::{
    HOOKS, NOON, ORGANIZATIONS, Response, USERS, at_noon, create, get, post, request, send, text,
};

/// All pages without an ID in their paths.
const PAGES: [&str; 14] = [
    "/_emulate/",
    "/_emulate/ui/reset",
    "/_emulate/ui/organizations",
    "/_emulate/ui/users",
    "/_emulate/ui/sessions",
    "/_emulate/ui/mails",
    "/_emulate/ui/events",
    "/_emulate/ui/webhooks",
    "/_emulate/ui/requests",
    "/_emulate/ui/faults",
    "/_emulate/ui/snapshots",
    "/_emulate/ui/data",
    "/_emulate/ui/api",
    "/_emulate/ui/find?q=nothing",
];
const OWN: &str = "origin: http://localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n";
const HOSTILE: &str = "\"><script>alert('x')</script>&";

async fn page(emulator: &Emulator, path: &str) -> Response {
    send(emulator, request("GET", path, "", "")).await
}

/// The text of a page that there is.
async fn shown(emulator: &Emulator, path: &str) -> String {
    let response = page(emulator, path).await;
    assert_eq!(response.status, 200, "{path}");
    html(&response)
}

fn html(response: &Response) -> String {
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(response.body.clone()).unwrap()
}

/// Sends a form, as a page of the dashboard does.
async fn submit(emulator: &Emulator, path: &str, form: &str) -> Response {
    send(emulator, request("POST", path, OWN, form)).await
}

/// The content of a page, without the frame that all of them have.
fn content(page: &str) -> &str {
    let start = page.find("<main").unwrap();
    &page[start..page.find("</main>").unwrap()]
}

fn ids(page: &str, prefix: &str) -> Vec<String> {
    let rows = content(page).split("data-key=\"").skip(1);
    let keys = rows.map(|rest| rest.split('"').next().unwrap().to_owned());
    keys.filter(|key| key.starts_with(prefix)).collect()
}

#[tokio::test]
async fn every_page_has_its_headers_and_loads_nothing() {
    let emulator = Emulator::start().await.unwrap();
    for path in PAGES {
        let response = page(&emulator, path).await;
        let expected = if path.contains("find") { 404 } else { 200 };
        assert_eq!(response.status, expected, "{path}");
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        for part in ["script-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("cache-control"), "no-store");
        assert_eq!(response.header("referrer-policy"), "same-origin");
        let html = html(&response);
        for from_elsewhere in ["src=", "@import", "url(", " style=", " onclick="] {
            assert!(!html.contains(from_elsewhere), "{path}: {from_elsewhere}");
        }
        assert_eq!((html.matches("<h1>").count(), html.matches("<script>").count()), (1, 1));
        let current = html.matches("aria-current=\"page\"").count();
        assert_eq!(current, usize::from(!path.contains("find")), "{path}");
    }
}

#[tokio::test]
async fn short_paths_lead_to_the_first_page_and_unknown_ones_to_none() {
    let emulator = Emulator::start().await.unwrap();
    for path in ["/_emulate", "/_emulate/ui", "/_emulate/ui/clock", "/_emulate/ui/sign-in"] {
        let response = page(&emulator, path).await;
        assert_eq!((response.status, response.header("location")), (303, "/_emulate/"), "{path}");
    }
    for path in [
        "/_emulate/ui/",
        "/_emulate/ui/nothing",
        "/_emulate/ui/users/user_1",
        "/_emulate/ui/organizations/%3Cscript%3E",
        "/_emulate/ui/events/event_1",
        "/_emulate/ui/webhooks/x",
        "/_emulate/ui/requests/0",
        "/_emulate/ui/requests/x",
        "/_emulate/ui/data/nothing",
        "/_emulate/ui/data/users/user_1",
        "/_emulate/ui/data/users?after=user_1",
    ] {
        let response = page(&emulator, path).await;
        assert_eq!(response.status, 404, "{path}");
        let html = html(&response);
        assert!(html.contains("<h1>Not found</h1>") && !html.contains("<script>alert"), "{path}");
    }
    let cursor = page(&emulator, "/_emulate/ui/users?after=nobody").await;
    assert_eq!(cursor.status, 422);
    let undecodable = page(&emulator, "/_emulate/ui/users/%ff").await;
    assert_eq!(undecodable.status, 404);
    // The pages are no part of the API: nothing is logged, and no fault is for them.
    assert_eq!(emulator.requests().count(), 0);
}

#[tokio::test]
async fn whatever_is_shown_is_escaped() {
    let emulator = Emulator::start().await.unwrap();
    let acme = json!({"name": HOSTILE, "metadata": {"a": HOSTILE}, "external_id": HOSTILE});
    let acme = create(&emulator, ORGANIZATIONS, acme).await;
    let ada = json!({
        "email": "ada@example.com", "first_name": HOSTILE, "metadata": {"<b>": HOSTILE},
    });
    let ada = create(&emulator, USERS, ada).await;
    let hook = json!({"endpoint_url": "http://localhost:1/<script>", "events": ["user.created"]});
    post(&emulator, "/webhook_endpoints", hook).await;
    post(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    let path = "/organizations/x%22%3E%3Cscript%3E?name=%3Cscript%3E";
    get(&emulator, path).await;
    let fault = json!({"method": "GET", "path": HOSTILE, "status": 503});
    create(&emulator, HOOKS, fault).await;
    let (organization, user) = (text(&acme["id"]), text(&ada["id"]));
    let search = "%22%3E%3Cscript%3Ealert('x')";
    let others = [
        format!("/_emulate/ui/organizations/{organization}"),
        format!("/_emulate/ui/users/{user}"),
        format!("/_emulate/ui/data/organizations/{organization}"),
        "/_emulate/ui/data/organizations".to_owned(),
        "/_emulate/ui/requests/6".to_owned(),
        format!("/_emulate/ui/find?q={search}"),
        format!("/_emulate/ui/users?q={search}"),
        format!("/_emulate/ui/mails?to={search}"),
        format!("/_emulate/ui/events?name={search}"),
        format!("/_emulate/ui/nothing/{search}"),
    ];
    for path in PAGES.into_iter().chain(others.iter().map(String::as_str)) {
        let html = html(&page(&emulator, path).await);
        let content = content(&html);
        assert!(!content.contains("<script") && !content.contains("<b>"), "{path}: {content}");
    }
    let html = shown(&emulator, "/_emulate/ui/organizations").await;
    assert!(html.contains("&lt;script&gt;alert"), "{html}");
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let emulator = Emulator::start().await.unwrap();
    for number in 0..120 {
        let body = json!({"email": format!("user{number}@example.com"), "last_name": format!("N{number}")});
        create(&emulator, USERS, body).await;
    }
    let mut path = "/_emulate/ui/users".to_owned();
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let html = shown(&emulator, &path).await;
        let ids = ids(&html, "user_");
        sizes.push(ids.len());
        seen.extend(ids);
        let Some((before, _)) = html.split_once("\" rel=\"next\"") else { break };
        path = before.rsplit_once('"').unwrap().1.replace("&amp;", "&");
    }
    let (_, all) = get(&emulator, &format!("{USERS}?limit=100")).await;
    let expected: Vec<_> =
        all["data"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect();
    assert_eq!(
        (sizes, &seen[..100]),
        (vec![50, 50, 20], &expected[..].iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()[..])
    );

    for (filter, count) in
        [("user119@", 1), ("USER11", 11), ("n7", 11), (&seen[3], 1), ("nobody", 0)]
    {
        let html = shown(&emulator, &format!("/_emulate/ui/users?q={filter}")).await;
        assert_eq!(ids(&html, "user_").len(), count, "{filter}");
    }
    let html = shown(&emulator, "/_emulate/ui/data/users").await;
    assert_eq!(ids(&html, "user_"), seen[..50]);
    let html = shown(&emulator, &format!("/_emulate/ui/data/users?after={}", seen[49])).await;
    assert_eq!(ids(&html, "user_"), seen[50..100]);
    let html = shown(&emulator, "/_emulate/ui/events?name=user.deleted").await;
    assert_eq!(ids(&html, "event_").len(), 0);
    let html = shown(&emulator, "/_emulate/ui/requests?page=3").await;
    let numbers: Vec<_> = (1..=21).rev().map(|number: u32| number.to_string()).collect();
    assert_eq!(ids(&html, ""), numbers);
}

#[tokio::test]
async fn an_id_leads_to_its_page() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let member = json!({"user_id": ada["id"], "organization_id": acme["id"]});
    let member = create(&emulator, "/user_management/organization_memberships", member).await;
    for (object, place) in
        [(&acme, "organizations"), (&ada, "users"), (&member, "data/organization_memberships")]
    {
        let id = text(&object["id"]);
        let found = page(&emulator, &format!("/_emulate/ui/find?q={id}")).await;
        assert_eq!(
            (found.status, found.header("location")),
            (303, &*format!("/_emulate/ui/{place}/{id}"))
        );
        shown(&emulator, &format!("/_emulate/ui/{place}/{id}")).await;
    }
    let html = shown(&emulator, "/_emulate/ui/find?q=ACM").await;
    assert_eq!(ids(&html, "org_"), [text(&acme["id"])]);
}

#[tokio::test]
async fn the_clock_is_moved_as_the_control_api_moves_it() {
    let emulator = at_noon().await;
    let clock = "/_emulate/ui/clock";
    for (form, expected) in [
        ("advance=60", "2026-03-01T12:01:00.000Z"),
        ("advance=86400", "2026-03-02T12:01:00.000Z"),
        ("at=2026-03-01T12%3A00%3A00Z", NOON),
        ("freeze=now", NOON),
    ] {
        let response = submit(&emulator, clock, form).await;
        assert_eq!((response.status, response.header("location")), (303, "/_emulate/#clock"));
        assert_eq!(emulator.clock().now().to_string(), expected, "{form}");
    }
    let response = submit(&emulator, clock, "at=%3Cscript%3E").await;
    assert_eq!(response.status, 422);
    let html = html(&response);
    assert!(html.contains("<title>Error: Overview"), "{html}");
    assert!(html.contains("value=\"&lt;script&gt;\""), "{html}");
    assert!(html.contains("id=\"at-problem\" role=\"alert\""), "{html}");
    assert_eq!(submit(&emulator, clock, "follow=true").await.status, 303);
    assert_ne!(emulator.clock().now().to_string(), NOON);
}

#[tokio::test]
async fn faults_are_added_and_removed_with_problems_next_to_their_fields() {
    let emulator = Emulator::start().await.unwrap();
    let faults = "/_emulate/ui/faults";
    for (form, field, message) in [
        (
            "kind=status&status=99",
            "status",
            "status is required and must be a valid HTTP status code: 200 to 599",
        ),
        ("kind=status&status=", "status", "This has to be a whole number."),
        ("kind=status&status=5xx", "status", "This has to be a whole number."),
        ("kind=reset&chance=2", "chance", "chance must be 0 to 1"),
        ("kind=reset&chance=NaN", "chance", "This has to be a number, as in 0.5."),
        ("kind=reset&count=0", "count", "count must be at least 1"),
        ("kind=reset&method=G%20T", "method", "method must be an HTTP method or *"),
        ("kind=explode", "kind", "fault must be reset, cut_body or stall"),
        ("kind=delay", "latency_ms", "one of status, fault and latency_ms is required"),
        (
            "kind=status&status=503&headers=x",
            "headers",
            "Write each header as `name: value`, on a line of its own.",
        ),
        (
            "kind=reset&body=%7B",
            "body",
            "This is not JSON: EOF while parsing an object at line 1 column 1.",
        ),
    ] {
        let response = submit(&emulator, faults, form).await;
        assert_eq!(response.status, 422, "{form}");
        let html = html(&response);
        let problem = format!("id=\"{field}-problem\" role=\"alert\">{message}<");
        assert!(html.contains(&problem), "{form}: {}", content(&html));
        assert!(
            html.contains(&format!("aria-describedby=\"{field}-problem\""))
                || field == "method"
                || field == "kind"
        );
    }
    assert_eq!(emulator.faults().all().len(), 0);

    let form = "method=GET&path=%2Forganizations&kind=status&status=429&latency_ms=&count=2\
                &chance=&headers=retry-after%3A+7&body=%7B%22a%22%3A1%7D";
    assert_eq!(submit(&emulator, faults, form).await.status, 303);
    let (_, hooks) = get(&emulator, HOOKS).await;
    let id = text(&hooks[0]["id"]).to_owned();
    let expected = json!([{
        "id": id, "method": "GET", "path": "/organizations", "count": 2, "chance": 1.0,
        "latency_ms": 0, "status": 429, "headers": {"retry-after": "7"}, "body": {"a": 1},
    }]);
    assert_eq!(hooks, expected);
    let html = shown(&emulator, faults).await;
    assert!(html.contains("2 more") && html.contains(">429<"), "{html}");
    let remove = format!("{faults}/{id}/remove");
    assert_eq!(submit(&emulator, &remove, "").await.status, 303);
    assert_eq!(emulator.faults().all().len(), 0);
    assert_eq!(submit(&emulator, &remove, "").await.status, 404);
}

#[tokio::test]
async fn sessions_are_revoked_and_webhooks_delivered_again() {
    let emulator = at_noon().await;
    let ada = create(&emulator, USERS, json!({"email": "ada@example.com"})).await;
    let id = text(&ada["id"]);
    let session = emulator.fixtures().session(id);
    let revoke = format!("/_emulate/ui/sessions/{}/revoke", session.id);
    for (back, expected) in [
        (format!("?back=/_emulate/ui/users/{id}"), format!("/_emulate/ui/users/{id}")),
        ("?back=https://evil.example/".to_owned(), "/_emulate/ui/sessions".to_owned()),
        ("?back=//evil.example/".to_owned(), "/_emulate/ui/sessions".to_owned()),
    ] {
        let response = submit(&emulator, &format!("{revoke}{back}"), "").await;
        assert_eq!((response.status, response.header("location")), (303, &*expected));
    }
    let (_, sessions) = get(&emulator, &format!("{USERS}/{id}/sessions")).await;
    assert_eq!(sessions["data"], json!([]));
    assert_eq!(submit(&emulator, "/_emulate/ui/sessions/session_1/revoke", "").await.status, 400);

    let hook = json!({"endpoint_url": "http://127.0.0.1:1/", "events": ["user.created"]});
    create(&emulator, "/webhook_endpoints", hook).await;
    create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    emulator.settle().await;
    let delivery = emulator.webhooks().deliveries().remove(0);
    let path = format!("/_emulate/ui/webhooks/{}", delivery.id);
    let response = submit(&emulator, &format!("{path}/redeliver"), "").await;
    assert_eq!((response.status, response.header("location")), (303, &*path));
    emulator.settle().await;
    assert_eq!(emulator.webhooks().deliveries()[0].attempts.len(), 2);
    let html = shown(&emulator, &path).await;
    assert!(html.contains("cannot connect"), "{html}");
    let event = shown(&emulator, &format!("/_emulate/ui/events/{}", delivery.event_id)).await;
    assert!(event.contains(&path), "{event}");
}

#[tokio::test]
async fn a_reset_is_asked_for_and_an_export_is_a_file() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    emulator.faults().add(Fault::status(503).path("/nothing"));
    let file = page(&emulator, "/_emulate/ui/export").await;
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"workos-emulate.config.json\""
    );
    assert_eq!(file.json(), serde_json::to_value(emulator.export()).unwrap());

    let question = shown(&emulator, "/_emulate/ui/reset").await;
    assert!(question.contains("Remove everything"), "{question}");
    assert_eq!(get(&emulator, ORGANIZATIONS).await.1["data"][0]["name"], "Acme");
    assert_eq!(submit(&emulator, "/_emulate/ui/reset", "").await.status, 303);
    assert_eq!(get(&emulator, ORGANIZATIONS).await.1["data"], json!([]));
    assert_eq!(emulator.faults().all().len(), 0);
}

#[tokio::test]
async fn requests_are_shown_without_their_secrets() {
    let emulator = Emulator::start().await.unwrap();
    let secret = "correct-horse-battery";
    post(&emulator, USERS, json!({"email": "ada@example.com", "password": secret})).await;
    let form = format!("grant_type=password&password={secret}&client_secret={secret}");
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    send(&emulator, request("POST", "/user_management/authenticate", kind, form)).await;
    let headers =
        format!("authorization: Bearer {secret}\r\ncookie: a={secret}\r\nx-api-key: {secret}\r\n");
    let path = format!("/organizations?access_token={secret}");
    send(&emulator, request("GET", &path, &headers, "")).await;
    let invitation = json!({"email": "bob@example.com"});
    let invitation = create(&emulator, "/user_management/invitations", invitation).await;
    let token = text(&invitation["token"]);
    get(&emulator, &format!("/user_management/invitations/by_token/{token}")).await;
    for path in ["/_emulate/ui/requests", "/_emulate/ui/requests?q=token"] {
        let html = shown(&emulator, path).await;
        assert!(!html.contains(secret) && !html.contains(token), "{path}: {}", content(&html));
    }
    for number in 1..=5 {
        let html = shown(&emulator, &format!("/_emulate/ui/requests/{number}")).await;
        assert!(!html.contains(secret) && !html.contains(token), "{number}: {}", content(&html));
        assert!(html.contains("[redacted]"), "{number}");
    }
    let (_, user) = get(&emulator, USERS).await;
    let id = text(&user["data"][0]["id"]);
    let row = shown(&emulator, &format!("/_emulate/ui/data/passwords/{id}")).await;
    assert!(row.contains(id) && row.contains("[redacted]"), "{}", content(&row));
    assert!(!row.contains("SSHA256"), "{}", content(&row));
}

#[tokio::test]
async fn mails_can_be_read_by_recipient() {
    let emulator = Emulator::start().await.unwrap();
    for email in ["ada@example.com", "bob@example.com"] {
        post(&emulator, "/user_management/magic_auth", json!({"email": email})).await;
    }
    post(&emulator, "/user_management/invitations", json!({"email": "eve@example.com"})).await;
    let codes: Vec<_> =
        emulator.outbox().all().into_iter().map(|mail| mail.code.unwrap()).collect();
    let html = shown(&emulator, "/_emulate/ui/mails?to=BOB").await;
    assert!(html.contains(&codes[1]) && !html.contains(&codes[0]), "{html}");
    let html = shown(&emulator, "/_emulate/ui/mails").await;
    assert_eq!(content(&html).matches("<article").count(), 3);
    let link = emulator.outbox().last_to("eve@example.com").unwrap().link.unwrap();
    assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
}

#[tokio::test]
async fn a_waiting_request_is_answered_after_a_change() {
    let emulator = std::sync::Arc::new(Emulator::start().await.unwrap());
    let version = async || {
        let html = shown(&emulator, "/_emulate/ui/faults").await;
        let rest = html.split_once("data-version=\"").unwrap().1.to_owned();
        rest.split('"').next().unwrap().to_owned()
    };
    let known = version().await;
    assert_eq!(version().await, known, "opening a page changes nothing");
    let waiting = {
        let (emulator, path) = (emulator.clone(), format!("/_emulate/ui/changes?after={known}"));
        tokio::spawn(async move { page(&emulator, &path).await })
    };
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let news = waiting.await.unwrap();
    let told = String::from_utf8(news.body).unwrap();
    assert!(news.status == 200 && told != known);
    // What happens in Rust is news, too.
    for change in [
        (|emulator: &Emulator| drop(emulator.faults().add(Fault::status(503)))) as fn(&Emulator),
        |emulator| emulator.clock().freeze(NOON.parse().unwrap()),
        |emulator| emulator.reset().unwrap(),
    ] {
        let before = version().await;
        change(&emulator);
        let after = page(&emulator, &format!("/_emulate/ui/changes?after={before}")).await;
        assert_ne!(after.json(), Value::String(before));
    }
}

#[tokio::test]
async fn a_request_shows_what_it_did() {
    let emulator = at_noon().await;
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let id = text(&acme["id"]);
    get(&emulator, "/organizations/org_missing").await;
    let html = shown(&emulator, "/_emulate/ui/requests/1").await;
    let (_, events) = get(&emulator, "/events?events=organization.created").await;
    let event = text(&events["data"][0]["id"]);
    for expected in [
        ">201<",
        "organizations.create_organization",
        &format!("/_emulate/ui/data/organizations/{id}"),
        ">created<",
        &format!("/_emulate/ui/events/{event}"),
        "12:00:00",
    ] {
        assert!(html.contains(expected), "{expected}: {html}");
    }
    let html = shown(&emulator, "/_emulate/ui/requests/2").await;
    assert!(html.contains("It changed nothing.") && html.contains(">404<"), "{html}");
    let html = shown(&emulator, "/_emulate/ui/requests?q=404").await;
    assert!(html.contains("data-key=\"2\"") && !html.contains("data-key=\"1\""), "{html}");
}

#[tokio::test]
async fn snapshots_are_taken_restored_and_removed() {
    let emulator = Emulator::start().await.unwrap();
    let page = "/_emulate/ui/snapshots";
    let refused = submit(&emulator, page, "name=").await;
    assert_eq!(refused.status, 422);
    let refused = html(&refused);
    assert!(
        refused.contains("id=\"name-problem\" role=\"alert\">name: must have 1 to"),
        "{refused}"
    );

    assert_eq!(submit(&emulator, page, "name=a%2Fb+%3Cc%3E").await.status, 303);
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let html = shown(&emulator, page).await;
    assert!(html.contains("a/b &lt;c&gt;"), "{html}");
    let one = format!("{page}/a%2Fb%20%3Cc%3E");
    assert!(html.contains(&format!("action=\"{one}/restore\"")), "{html}");
    assert_eq!(submit(&emulator, &format!("{one}/restore"), "").await.status, 303);
    assert_eq!(get(&emulator, ORGANIZATIONS).await.1["data"], json!([]));
    assert_eq!(submit(&emulator, &format!("{one}/remove"), "").await.status, 303);
    for action in ["restore", "remove"] {
        assert_eq!(submit(&emulator, &format!("{one}/{action}"), "").await.status, 404);
    }
}

#[tokio::test]
async fn webhooks_are_paused_resumed_and_cancelled() {
    let emulator = at_noon().await;
    let page = "/_emulate/ui/webhooks";
    for (form, paused) in [("paused=true", true), ("paused=false", false), ("paused=true", true)] {
        assert_eq!(submit(&emulator, page, form).await.status, 303);
        assert_eq!(emulator.webhooks().steering().paused, paused);
    }
    let hook = json!({"endpoint_url": "http://127.0.0.1:1/", "events": ["user.created"]});
    create(&emulator, "/webhook_endpoints", hook).await;
    create(&emulator, USERS, json!({"email": "bob@example.com"})).await;
    assert!(shown(&emulator, page).await.contains(">paused<"));
    let one = format!("{page}/{}", emulator.webhooks().deliveries()[0].id);
    assert!(shown(&emulator, &one).await.contains("bob@example.com"));
    assert_eq!(submit(&emulator, &format!("{one}/cancel"), "").await.status, 303);
    assert!(shown(&emulator, &one).await.contains(">cancelled<"));
    assert_eq!(submit(&emulator, &format!("{one}/cancel"), "").await.status, 409);
    assert_eq!(submit(&emulator, page, "failed=redeliver").await.status, 303);
}

#[tokio::test]
async fn opening_a_page_changes_nothing() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let version = |html: &str| {
        html.split_once("data-version=\"").unwrap().1.split('"').next().unwrap().to_owned()
    };
    let first = version(&shown(&emulator, "/_emulate/").await);
    for path in PAGES {
        assert_eq!(version(&html(&page(&emulator, path).await)), first, "{path}");
    }
}
