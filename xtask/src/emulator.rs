//! What the emulator costs: its start, its memory, and CPU time per request, of the program as it
//! is installed. Another server can be measured beside it, in turns.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{output, workspace};

/// Requests per scenario.
const REQUESTS: u32 = 4_000;
/// How many are in flight at once, each on a connection of its own, as from tests in parallel.
const IN_FLIGHT: usize = 16;
/// The official emulator answers 999 requests per key and minute.
const REQUESTS_PER_KEY: u32 = 900;

/// `against` is the command of another server that takes `--port`, `--seed` and the keys of a seed
/// file.
pub(crate) fn report(against: Option<&str>) -> Result<(), String> {
    let ours = build()?;
    println!("| | ours{} |", if against.is_some() { " | other" } else { "" });
    println!("|---|---|{}", if against.is_some() { "---|" } else { "" });
    let ours = measure(&ours, &Seed::none(), &[1_000, 10_000, 100_000])?;
    let other = match against {
        // Fewer: where each creation scans the users, the last step would take hours.
        Some(command) => measure(command, &Seed::keys()?, &[1_000, 10_000])?,
        None => Vec::new(),
    };
    for (name, figure) in &ours {
        let beside = other.iter().find(|(known, _)| known == name);
        match (against, beside) {
            (None, _) => println!("| {name} | {figure} |"),
            (Some(_), beside) => {
                println!("| {name} | {figure} | {} |", beside.map_or("", |(_, figure)| figure));
            }
        }
    }
    Ok(())
}

/// What an environment in a file costs, as it grows to a million users. The file must not exist yet.
pub(crate) fn report_growth(file: &str) -> Result<(), String> {
    if fs::exists(file).map_err(|error| format!("{file}: {error}"))? {
        return Err(format!("{file} exists already"));
    }
    let command = format!("{} --data {file}", build()?);
    println!("| users | start | RSS | file | creating each | GET user | GET users, limit 100 |");
    println!("|---|---|---|---|---|---|---|");
    let (mut created, mut last) = (0, String::new());
    for users in [1_000, 10_000, 100_000, 1_000_000] {
        let mut server = Server::start(&command, &Seed::none())?;
        let (before, cpu) = (created, server.cpu()?);
        last = server.create_users(created..users)?.unwrap_or(last);
        created = users;
        let each = (server.cpu()? - cpu).as_secs_f64() * 1e6 / f64::from(created - before);
        drop(server);
        let mut server = Server::start(&command, &Seed::none())?;
        let path = format!("/user_management/users/{}", text_of(&last, "id")?);
        let get = server.cpu_each(IN_FLIGHT, |_| Request::get(&path))?;
        let list = server.cpu_each(IN_FLIGHT, |_| Request::get(USERS_PAGE))?;
        let bytes = fs::metadata(file).map_err(|error| format!("{file}: {error}"))?.len();
        println!(
            "| {users} | {:.0} ms | {} | {} | {each:.0} us CPU | {get} | {list} |",
            server.started_in.as_secs_f64() * 1e3,
            mebibytes(server.rss()?),
            mebibytes(bytes),
        );
    }
    Ok(())
}

/// The path of the program, built as it would be installed.
fn build() -> Result<String, String> {
    let mut cargo = Command::new("cargo");
    output(cargo.args(["build", "--release", "-q", "-p", "workos-emulator"]))?;
    Ok(workspace().join("target/release/workos-emulator").display().to_string())
}

/// The keys that a server accepts.
struct Seed {
    file: Option<String>,
    keys: Vec<String>,
}

impl Seed {
    fn none() -> Self {
        Self { file: None, keys: vec!["sk_test_default".to_owned()] }
    }

    fn keys() -> Result<Self, String> {
        let keys: Vec<_> = (0..200).map(|n| format!("sk_test_{n}")).collect();
        let lines = keys.iter().map(|key| format!("  {key}:\n    environment: test\n"));
        let text = format!("apiKeys:\n{}", lines.collect::<String>());
        let path = std::env::temp_dir().join("workos-emulator-keys.yaml");
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { file: Some(path.display().to_string()), keys })
    }
}

const USERS_PAGE: &str = "/user_management/users?limit=100";

struct Request {
    method: &'static str,
    path: String,
    body: String,
}

impl Request {
    fn get(path: &str) -> Self {
        Self { method: "GET", path: path.to_owned(), body: String::new() }
    }

    fn post(path: &str, body: &str) -> Self {
        Self { method: "POST", path: path.to_owned(), body: body.to_owned() }
    }
}

type Figures = Vec<(String, String)>;

fn measure(command: &str, seed: &Seed, users: &[u32]) -> Result<Figures, String> {
    let mut figures = Figures::new();
    let mut note = |name: &str, figure: String| figures.push((name.to_owned(), figure));
    let mut starts = Vec::new();
    for _ in 0..5 {
        let server = Server::start(command, seed)?;
        starts.push(server.started_in);
    }
    starts.sort_unstable();
    let best = starts.first().copied().unwrap_or_default();
    note("start to /health, best of 5", format!("{:.1} ms", best.as_secs_f64() * 1e3));

    let mut server = Server::start(command, seed)?;
    note("idle RSS", mebibytes(server.rss()?));
    let organization = server.post("/organizations", r#"{"name":"Acme"}"#)?;
    let id = text_of(&organization, "id")?;
    let path = format!("/organizations/{id}");
    let get = |_| Request::get(&path);
    let create = |n| Request::post("/organizations", &format!(r#"{{"name":"O{n}"}}"#));
    note("GET /organizations/{id}", server.cpu_each(IN_FLIGHT, get)?);
    note("POST /organizations", server.cpu_each(IN_FLIGHT, create)?);
    note("GET /organizations/{id}, one by one", server.cpu_each(1, get)?);
    note("POST /organizations, one by one", server.cpu_each(1, create)?);

    let mut created = 0;
    for &count in users {
        let (before, cpu) = (created, server.cpu()?);
        server.create_users(created..count)?;
        created = count;
        let each = (server.cpu()? - cpu).as_secs_f64() * 1e6 / f64::from(created - before);
        note(&format!("{count} users: creating each, from {before}"), format!("{each:.0} us CPU"));
        note(&format!("{count} users: RSS"), mebibytes(server.rss()?));
        if count == 10_000 {
            let list = server.cpu_each(IN_FLIGHT, |_| Request::get(USERS_PAGE))?;
            note("GET users, limit 100 of 10000", list);
        }
    }
    Ok(figures)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

fn text_of(json: &str, field: &str) -> Result<String, String> {
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|error| format!("{error} in {json}"))?;
    let text = value.get(field).and_then(|value| value.as_str());
    text.map(str::to_owned).ok_or_else(|| format!("no {field} in {json}"))
}

/// A server of the API, and connections to it.
struct Server {
    process: Child,
    connections: Vec<Connection>,
    started_in: Duration,
    keys: Vec<String>,
    sent: u32,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(command: &str, seed: &Seed) -> Result<Self, String> {
        let port = free_port()?;
        let mut words = command.split(' ');
        let mut program = Command::new(words.next().unwrap_or_default());
        program.args(words).args(["--port", &port.to_string()]);
        if let Some(file) = &seed.file {
            program.args(["--seed", file]);
        }
        let start = Instant::now();
        let process = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.map_err(|error| format!("{command}: {error}"))?;
        let keys = seed.keys.clone();
        let mut server =
            Self { process, connections: Vec::new(), started_in: Duration::ZERO, keys, sent: 0 };
        while server.connections.is_empty() {
            if let Ok(connection) = Connection::open(port) {
                server.connections.push(connection);
            } else if start.elapsed() > Duration::from_secs(120) {
                return Err(format!("{command} does not listen"));
            } else {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        server.answer(Request::get("/health"))?;
        server.started_in = start.elapsed();
        while server.connections.len() < IN_FLIGHT {
            server.connections.push(Connection::open(port)?);
        }
        Ok(server)
    }

    fn post(&mut self, path: &str, body: &str) -> Result<String, String> {
        self.answer(Request::post(path, body))
    }

    fn answer(&mut self, request: Request) -> Result<String, String> {
        let answers = self.answers(vec![request])?;
        answers.into_iter().next().ok_or_else(|| "no answer".to_owned())
    }

    /// Sends all of these at once, and waits for all answers.
    fn answers(&mut self, requests: Vec<Request>) -> Result<Vec<String>, String> {
        for (connection, request) in self.connections.iter_mut().zip(&requests) {
            let key = self.keys.iter().cycle().nth((self.sent / REQUESTS_PER_KEY) as usize);
            self.sent += 1;
            connection.send(request, key.map_or("", String::as_str))?;
        }
        let pairs = self.connections.iter_mut().zip(&requests);
        pairs.map(|(connection, request)| connection.receive(request)).collect()
    }

    /// Returns the last of them.
    fn create_users(&mut self, numbers: Range<u32>) -> Result<Option<String>, String> {
        let create = |number| {
            let user = format!(r#"{{"email":"user{number}@example.com"}}"#);
            Request::post("/user_management/users", &user)
        };
        self.run(numbers, IN_FLIGHT, create)
    }

    /// CPU time of the server per request, after some to warm up.
    fn cpu_each(
        &mut self,
        in_flight: usize,
        request: impl Fn(u32) -> Request,
    ) -> Result<String, String> {
        let warm_up = REQUESTS / 4;
        self.run(0..warm_up, in_flight, &request)?;
        let before = self.cpu()?;
        self.run(warm_up..warm_up + REQUESTS, in_flight, &request)?;
        let each = (self.cpu()? - before).as_secs_f64() * 1e6 / f64::from(REQUESTS);
        Ok(format!("{each:.0} us CPU"))
    }

    /// Returns the last answer.
    fn run(
        &mut self,
        mut numbers: Range<u32>,
        in_flight: usize,
        request: impl Fn(u32) -> Request,
    ) -> Result<Option<String>, String> {
        let mut last = None;
        while !numbers.is_empty() {
            let requests = numbers.by_ref().take(in_flight).map(&request).collect();
            last = self.answers(requests)?.pop();
        }
        Ok(last)
    }

    /// How long the threads of the process have run so far, as the scheduler counts it.
    fn cpu(&self) -> Result<Duration, String> {
        let tasks = format!("/proc/{}/task", self.process.id());
        let failed = |error: std::io::Error| format!("{tasks}: {error}");
        let mut nanoseconds = 0;
        for task in fs::read_dir(&tasks).map_err(failed)? {
            let ran = fs::read_to_string(task.map_err(failed)?.path().join("schedstat"));
            let ran = ran.map_err(failed)?;
            nanoseconds += ran.split(' ').next().and_then(|ran| ran.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn rss(&self) -> Result<u64, String> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| "no VmRSS".to_owned())
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }
}

/// A connection to a server.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port));
        stream.map(|stream| Self(BufReader::new(stream))).map_err(|error| error.to_string())
    }

    fn send(&mut self, Request { method, path, body }: &Request, key: &str) -> Result<(), String> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let sent = self.0.get_mut().write_all(request.as_bytes());
        sent.map_err(|error| format!("{method} {path}: {error}"))
    }

    /// The body of a success.
    fn receive(&mut self, Request { method, path, .. }: &Request) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("{method} {path}: {error}");
        let mut line = String::new();
        self.0.read_line(&mut line).map_err(failed)?;
        let is_success = line.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let mut header = String::new();
            self.0.read_line(&mut header).map_err(failed)?;
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            is_chunked |= header == "transfer-encoding: chunked";
        }
        let body = if is_chunked { self.read_chunks() } else { self.read(length) };
        let body = String::from_utf8_lossy(&body.map_err(failed)?).into_owned();
        if is_success { Ok(body) } else { Err(format!("{method} {path}: {line}{body}")) }
    }

    fn read(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn read_chunks(&mut self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut size = String::new();
            self.0.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let chunk = self.read(size)?;
            self.read(2)?; // the end of the line
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk);
        }
    }
}

fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| error.to_string())
}
