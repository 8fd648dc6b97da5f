//! Who may use the dashboard: people at this machine, and people with the control key. Only its own
//! pages may send its forms.

use serde_json::json;
use workos_emulator::Emulator;

use super::{ORGANIZATIONS, RESET, Response, create, exchange, get, request, request_for, send};

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const RESET_FORM: &str = "/_emulate/ui/reset";
const HOME: &str = "/_emulate/";

fn title(response: &Response) -> String {
    let html = String::from_utf8(response.body.clone()).unwrap();
    let heading = html.split_once("<h1>").unwrap().1;
    heading.split_once("</h1>").unwrap().0.to_owned()
}

/// A form that was sent from a page with this origin, if any, to a server with this name.
fn form(host: &str, origin: Option<&str>, path: &str, body: &str) -> Vec<u8> {
    let origin = origin.map(|origin| format!("origin: {origin}\r\n")).unwrap_or_default();
    request_for(host, "POST", path, &format!("{origin}{FORM}"), body)
}

#[tokio::test]
async fn only_its_own_pages_send_its_forms() {
    let emulator = Emulator::start().await.unwrap();
    let acme = create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    let host = "localhost:4100";
    for origin in [
        None,
        Some("null"),
        Some(""),
        Some("https://evil.example"),
        // The application that is developed, and other servers of this machine.
        Some("http://localhost:3000"),
        Some("http://localhost"),
        Some("http://127.0.0.1:4100"),
        Some("http://localhost:4100.evil.example"),
        Some("localhost:4100"),
    ] {
        for (path, body) in [
            (RESET_FORM, ""),
            ("/_emulate/ui/clock", "advance=60"),
            ("/_emulate/ui/faults", "kind=reset"),
            ("/_emulate/ui/sign-in", "key="),
        ] {
            let response = send(&emulator, form(host, origin, path, body)).await;
            assert_eq!(
                (response.status, title(&response)),
                (403, "Not allowed".to_owned()),
                "{origin:?} {path}"
            );
        }
        // Nor does such a form reach the control API, except from a program.
        if origin.is_some() {
            let response = send(&emulator, form(host, origin, RESET, "")).await;
            assert_eq!(response.status, 403, "{origin:?}");
        }
    }
    let (_, list) = get(&emulator, ORGANIZATIONS).await;
    assert_eq!((list["data"][0].clone(), emulator.faults().all().len()), (acme, 0));
    for origin in ["http://localhost:4100", "https://LOCALHOST:4100"] {
        let response = send(&emulator, form(host, Some(origin), RESET_FORM, "")).await;
        assert_eq!(response.status, 303, "{origin}");
    }
    assert_eq!(send(&emulator, form(host, None, RESET, "")).await.status, 204);
}

#[tokio::test]
async fn another_name_for_this_machine_shows_nothing() {
    let emulator = Emulator::start().await.unwrap();
    create(&emulator, ORGANIZATIONS, json!({"name": "Acme"})).await;
    for host in ["rebound.example", "rebound.example:4100", "0.0.0.0", ""] {
        for path in [
            HOME,
            "/_emulate/ui/organizations",
            "/_emulate/ui/export",
            "/_emulate/ui/changes?after=x",
        ] {
            let response = send(&emulator, request_for(host, "GET", path, "", "")).await;
            assert_eq!(
                (response.status, title(&response)),
                (403, "Not allowed".to_owned()),
                "{host} {path}"
            );
            assert!(!String::from_utf8(response.body).unwrap().contains("Acme"));
        }
        let origin = format!("http://{host}");
        let response = send(&emulator, form(host, Some(&origin), RESET_FORM, "")).await;
        assert_eq!(response.status, 403, "{host}");
    }
    // A page of another machine that asks a browser to show one of these gets nothing either.
    let headers = "origin: https://evil.example\r\n";
    assert_eq!(send(&emulator, request("GET", HOME, headers, "")).await.status, 403);
}

#[tokio::test]
async fn where_there_is_a_control_key_somebody_signs_in_with_it() {
    let emulator = Emulator::builder().address(([0, 0, 0, 0], 0).into()).start().await.unwrap();
    create_acme(&emulator).await;
    let key = emulator.control_key().unwrap();
    let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
    let send = async |request| {
        Response::parse(&exchange(format!("127.0.0.1:{port}"), request).await.unwrap())
    };
    let origin = Some("http://emulator:4100");
    for path in
        [HOME, "/_emulate/ui/organizations", "/_emulate/ui/export", "/_emulate/ui/changes?after=x"]
    {
        let response = send(request_for("emulator:4100", "GET", path, "", "")).await;
        assert_eq!((response.status, title(&response)), (401, "Sign in".to_owned()), "{path}");
        assert!(!String::from_utf8(response.body).unwrap().contains("Acme"));
    }
    for wrong in ["", "key=", "key=wrong", "key=sk_test_default", &format!("key={}", &key[1..])] {
        let response = send(form("emulator:4100", origin, "/_emulate/ui/sign-in", wrong)).await;
        assert_eq!((response.status, title(&response)), (401, "Sign in".to_owned()), "{wrong}");
        assert!(!response.headers.contains_key("set-cookie"));
        let html = String::from_utf8(response.body).unwrap();
        assert!(html.contains("id=\"key-problem\" role=\"alert\""), "{html}");
    }
    let unsigned = send(form("emulator:4100", origin, RESET_FORM, "")).await;
    assert_eq!(unsigned.status, 401);

    let right = format!("key={key}");
    let response = send(form("emulator:4100", origin, "/_emulate/ui/sign-in", &right)).await;
    assert_eq!((response.status, response.header("location")), (303, HOME));
    let cookie = response.header("set-cookie");
    let (pair, rest) = cookie.split_once("; ").unwrap();
    assert_eq!(rest, "Path=/_emulate; HttpOnly; SameSite=Strict");
    assert!(!cookie.contains(key));
    for (cookie, status) in [
        (pair.to_owned(), 200),
        (format!("a=b; {pair}"), 200),
        (format!("{pair}x"), 401),
        (pair[..pair.len() - 1].to_owned(), 401),
        ("workos_emulator=".to_owned(), 401),
        (format!("workos_emulator={key}"), 401),
    ] {
        let headers = format!("cookie: {cookie}\r\n");
        let response = send(request_for("emulator:4100", "GET", HOME, &headers, "")).await;
        assert_eq!(response.status, status, "{cookie}");
        // The cookie is for pages only.
        let response =
            send(request_for("emulator:4100", "GET", "/_emulate/seed", &headers, "")).await;
        assert_eq!(response.status, 403);
    }
    let page = async |origin: &str| {
        let headers = format!("cookie: {pair}\r\norigin: {origin}\r\n{FORM}");
        send(request_for("emulator:4100", "POST", RESET_FORM, &headers, "")).await.status
    };
    assert_eq!(
        (page("https://evil.example").await, page("http://localhost:3000").await),
        (403, 403)
    );
    assert_eq!(page("http://emulator:4100").await, 303);
    // With the key itself, programs see the pages as well.
    let headers = format!("authorization: Bearer {key}\r\n");
    assert_eq!(send(request_for("emulator:4100", "GET", HOME, &headers, "")).await.status, 200);
}

async fn create_acme(emulator: &Emulator) {
    use workos::organizations::CreateOrganization;

    let client = emulator.client();
    client.organizations().create_organization(CreateOrganization::new("Acme")).await.unwrap();
}

#[tokio::test]
async fn without_a_control_key_nobody_signs_in() {
    let emulator = Emulator::start().await.unwrap();
    let request = form("localhost", Some("http://localhost"), "/_emulate/ui/sign-in", "key=");
    let response = send(&emulator, request).await;
    assert!(response.status == 401 && !response.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn in_the_same_process_pages_need_no_key() {
    let emulator = Emulator::builder().without_socket().control_key("mine").start().await.unwrap();
    let client = emulator.client();
    client.request::<serde_json::Value>(http::Method::GET, "/_emulate/ui/export").await.unwrap();
}
