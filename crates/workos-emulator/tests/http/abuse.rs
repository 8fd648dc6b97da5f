//! Clients that are slow, die, or send what is not a request: the server answers or hangs up, goes on
//! serving others, and nothing of them stays.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::Instant;
use workos_emulator::{Emulator, Fault};

use super::{
    KEY, MAX_REQUEST_BYTES, ORGANIZATIONS, Response, address, error, get, request, send, until,
};

const CREATE: &str = r#"{"name":"Acme"}"#;

async fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(address(emulator)).await.unwrap()
}

/// A connection on which the server waits for the rest of a body.
async fn half_sent(emulator: &Emulator, framing: &str) -> TcpStream {
    let mut stream = connect(emulator).await;
    let head = format!(
        "POST {ORGANIZATIONS} HTTP/1.1\r\nhost: localhost\r\n{KEY}{framing}\r\n\
         expect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut waits = [0; 25];
    stream.read_exact(&mut waits).await.unwrap();
    assert_eq!(&waits, expected);
    stream
}

async fn to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // The server may break the connection instead of closing it.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

async fn is_well(emulator: &Emulator) -> bool {
    send(emulator, request("GET", "/health", "", "")).await.status == 200
}

async fn organizations(emulator: &Emulator) -> usize {
    let (_, list) = get(emulator, &format!("{ORGANIZATIONS}?limit=100")).await;
    list["data"].as_array().unwrap().len()
}

/// Waits until the tasks are as many again.
async fn until_tasks_are(count: usize) {
    until(|| {
        std::thread::yield_now();
        Handle::current().metrics().num_alive_tasks() == count
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_answered_408() {
    let emulator = Emulator::start().await.unwrap();
    for (framing, part) in [
        ("content-length: 100", ""),
        ("content-length: 100", r#"{"name":"#),
        ("transfer-encoding: chunked", "8\r\n{\"name\":\r\n"),
        ("transfer-encoding: chunked", "1f"),
    ] {
        // The emulator counts from the head, which may arrive before this goes on.
        let start = Instant::now();
        let mut stream = half_sent(&emulator, framing).await;
        stream.write_all(part.as_bytes()).await.unwrap();
        tokio::time::pause();
        let response = Response::parse(&to_end(&mut stream).await);
        tokio::time::resume();
        assert!(start.elapsed() >= Duration::from_secs(30), "{:?}", start.elapsed());
        let message = "The request body did not arrive in time.";
        let expected = (408, error("invalid_request_body", message));
        assert_eq!((response.status, response.json()), expected, "{part}");
        assert_eq!(response.header("connection"), "close");
        assert!(response.headers.contains_key("x-request-id"));
    }
    assert_eq!((organizations(&emulator).await, emulator.requests().count()), (0, 1));
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered() {
    let emulator = Emulator::start().await.unwrap();
    let mut stream = half_sent(&emulator, "transfer-encoding: chunked").await;
    let (mut from, mut to) = stream.split();
    let send = async {
        let chunk = [b"100000\r\n", vec![b' '; 1 << 20].as_slice(), b"\r\n"].concat();
        while to.write_all(&chunk).await.is_ok() {}
    };
    let receive = async {
        let mut head = [0; 12];
        from.read_exact(&mut head).await.unwrap();
        head
    };
    let ((), head) = futures_util::future::join(send, receive).await;
    assert_eq!(&head, b"HTTP/1.1 413");
    assert!(is_well(&emulator).await);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_when_all_of_it_is_sent() {
    let emulator = Emulator::start().await.unwrap();
    let body = vec![b' '; 3 * MAX_REQUEST_BYTES];
    let mut stream = connect(&emulator).await;
    let head = format!(
        "POST {ORGANIZATIONS} HTTP/1.1\r\nhost: localhost\r\n{KEY}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let response = Response::parse(&to_end(&mut stream).await);
    assert_eq!((response.status, response.header("connection")), (413, "close"));
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let emulator = Emulator::start().await.unwrap();
    let whole = format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{KEY}\r\n");
    for part in ["", "GET", "GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nhost: localhost\r"]
    {
        let mut stream = connect(&emulator).await;
        // Answered, so that the server waits for the next request.
        stream.write_all(whole.as_bytes()).await.unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        stream.write_all(part.as_bytes()).await.unwrap();
        let start = Instant::now();
        tokio::time::pause();
        let rest = to_end(&mut stream).await;
        tokio::time::resume();
        assert!(start.elapsed() >= Duration::from_secs(29), "{:?}", start.elapsed());
        assert_eq!(String::from_utf8_lossy(&rest), "", "{part}");
    }
    assert!(is_well(&emulator).await);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_ends_the_connection() {
    let emulator = Emulator::start().await.unwrap();
    let tasks = Handle::current().metrics().num_alive_tasks();
    let large = "x".repeat(32 * 1024 * 1024);
    emulator.faults().add(Fault::status(200).body(Value::String(large.clone())));
    let mut stream = connect(&emulator).await;
    stream.write_all(&request("GET", ORGANIZATIONS, KEY, "")).await.unwrap();
    until(|| emulator.requests().count() == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(31)).await;
    tokio::time::resume();
    until_tasks_are(tasks).await;
    let taken = to_end(&mut stream).await.len();
    assert!(taken < large.len(), "{taken}");
}

#[tokio::test]
async fn clients_that_die_leave_nothing_behind() {
    let emulator = Emulator::start().await.unwrap();
    let whole = request("POST", ORGANIZATIONS, KEY, CREATE);
    let tasks = Handle::current().metrics().num_alive_tasks();
    let mut complete = 0;
    for length in 0..=whole.len() {
        for is_reset in [false, true] {
            let mut stream = connect(&emulator).await;
            stream.write_all(&whole[..length]).await.unwrap();
            tokio::task::yield_now().await;
            if is_reset {
                // Unread bytes that wait for the client make the system reset the connection.
                stream.set_zero_linger().unwrap();
            }
            drop(stream);
            complete += usize::from(length == whole.len());
        }
    }
    until_tasks_are(tasks).await;
    assert!(is_well(&emulator).await);
    // Whether a request is served whose sender has died is left to chance.
    assert!(organizations(&emulator).await <= complete);
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let tasks = Handle::current().metrics().num_alive_tasks();
    let head =
        |more: &str| format!("GET {ORGANIZATIONS} HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
    let many: String = (0..2_000).map(|number| format!("x-{number}: 1\r\n")).collect();
    for (bytes, statuses) in [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(), vec![400]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), vec![400, 505]),
        (b"\0\0\0\0\r\n\r\n".to_vec(), vec![400]),
        (b"GET\r\n\r\n".to_vec(), vec![400]),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), vec![400, 505]),
        (b"GET /\xff\xfe HTTP/1.1\r\n\r\n".to_vec(), vec![400, 401]),
        (head("no colon\r\n").into_bytes(), vec![400]),
        (head("content-length: -1\r\n").into_bytes(), vec![400]),
        (head("content-length: 1\r\ncontent-length: 2\r\n").into_bytes(), vec![400]),
        (head("transfer-encoding: chunked\r\ncontent-length: 5\r\n").into_bytes(), vec![400, 0]),
        (head(&format!("x: {}\r\n", "x".repeat(1 << 20))).into_bytes(), vec![431]),
        (head(&many).into_bytes(), vec![431]),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000)).into_bytes(), vec![414]),
        (format!("GET /{}", "x".repeat(2 << 20)).into_bytes(), vec![400, 414, 431]),
    ] {
        let mut stream = connect(&emulator).await;
        // The server need not read all of it.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let answer = to_end(&mut stream).await;
        let status = String::from_utf8_lossy(&answer);
        let status = status.split(' ').nth(1).unwrap_or("0").parse::<u16>().unwrap();
        // Where the system resets the connection, the answer may be lost.
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(statuses.contains(&status) || status == 0, "{start}: {status}");
    }
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let mut bytes = match random.bool() {
            true => request("POST", ORGANIZATIONS, KEY, CREATE),
            false => vec![0; random.usize(1..200)],
        };
        let is_garbage = bytes.first() == Some(&0);
        for _ in 0..if is_garbage { bytes.len() } else { random.usize(1..4) } {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let mut stream = connect(&emulator).await;
        stream.write_all(&bytes).await.unwrap();
        let _ = stream.shutdown().await;
        to_end(&mut stream).await;
    }
    until_tasks_are(tasks).await;
    assert!(is_well(&emulator).await);
}

#[tokio::test]
async fn requests_that_are_sent_at_once_are_answered_in_order() {
    let emulator = Emulator::start().await.unwrap();
    let create = |name: &str| {
        let body = json!({ "name": name }).to_string();
        format!(
            "POST {ORGANIZATIONS} HTTP/1.1\r\nhost: localhost\r\n{KEY}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut requests: Vec<u8> = (0..50).flat_map(|n| create(&n.to_string()).into_bytes()).collect();
    requests.extend(request("GET", "/organizations/org_missing", KEY, ""));
    let mut stream = connect(&emulator).await;
    stream.write_all(&requests).await.unwrap();
    let answers = String::from_utf8(to_end(&mut stream).await).unwrap();
    let statuses = answers.matches("HTTP/1.1 201 Created").count();
    let names: Vec<_> = answers.split("\"name\":\"").skip(1).collect();
    let names: Vec<_> = names.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!((statuses, names), (50, expected.iter().map(String::as_str).collect()));
    assert!(answers.contains("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_thousand_emulators_one_after_the_other_leave_no_tasks() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks(), 0);
    for number in 0..1_000 {
        let emulator = Emulator::start().await.unwrap();
        // Some have a connection that is still open when they are dropped.
        let mut stream = connect(&emulator).await;
        if number % 3 == 0 {
            stream.write_all(&request("POST", ORGANIZATIONS, KEY, CREATE)[..80]).await.unwrap();
        } else if number % 3 == 1 {
            assert!(is_well(&emulator).await);
        }
        drop(emulator);
        tokio::task::yield_now().await;
        assert!(tasks() < 20, "{number}: {}", tasks());
    }
    until_tasks_are(0).await;
}

/// Waits for a future without tokio.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        std::thread::park_timeout(Duration::from_secs(1));
    }
}

#[test]
fn a_fault_with_a_delay_needs_no_tokio() {
    let emulator = block_on(Emulator::builder().without_socket().start()).unwrap();
    emulator.faults().add(Fault::latency(Duration::from_millis(1)));
    let call = emulator.transport();
    let response = block_on(call.execute(workos::transport::HttpRequest {
        method: Method::GET,
        url: "http://localhost/organizations".to_owned(),
        headers: http::HeaderMap::from_iter([(
            http::header::AUTHORIZATION,
            "Bearer sk_test_default".parse().unwrap(),
        )]),
        body: Some(Bytes::new()),
    }));
    assert_eq!(response.unwrap().status, 200);
}
