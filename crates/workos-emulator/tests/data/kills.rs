//! `kill -9` at any moment loses no acknowledged write, and damages nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const WRITERS: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that keeps its environment in a file.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(file: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_workos-emulator"))
            .args(["--port", "0", "--json", "--data"])
            .arg(file)
            .current_dir(file.parent().unwrap())
            .env_remove("WORKOS_EMULATE_API_KEY")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let port = ready["port"].as_u64().unwrap().try_into().unwrap();
        Self { child, port }
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that sends one request after the other.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The status and body of the answer; an error if there is none.
    fn send(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<(u16, Value)> {
        // In one piece: the system waits before it sends a second one.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n\
             authorization: Bearer sk_test_default\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (0, 0);
        for number in 0.. {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if number == 0 {
                status = line.split(' ').nth(1).unwrap().parse().unwrap();
            } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

/// What a writer knows of its users, by email address: the first name, or `None` if deleted.
type Known = BTreeMap<String, Option<String>>;

/// The acknowledged writes of a writer, and the one that is still unanswered.
#[derive(Debug, Default)]
struct Told {
    acknowledged: Known,
    asked: Option<(String, Option<String>)>,
}

/// Creates, renames and deletes users until the connection ends.
fn write(port: u16, writer: u32, round: u32, count: &AtomicU32) -> Told {
    let mut told = Told::default();
    let Ok(mut connection) = Connection::open(port) else { return told };
    for number in 0.. {
        let email = format!("user{number}.{writer}.{round}@acme.test");
        let mut id = String::new();
        for step in 0..3 {
            let name = format!("Step {step}");
            // Every other user stays.
            let (method, name) = match step {
                0 => ("POST", Some(name)),
                1 => ("PUT", Some(name)),
                _ if number % 2 == 0 => ("DELETE", None),
                _ => continue,
            };
            told.asked = Some((email.clone(), name.clone()));
            let body = match method {
                "POST" => json!({"email": email, "first_name": name}).to_string(),
                "PUT" => json!({"first_name": name}).to_string(),
                _ => String::new(),
            };
            let path =
                format!("/user_management/users{}{id}", if id.is_empty() { "" } else { "/" });
            let Ok((status, user)) = connection.send(method, &path, &body) else { return told };
            assert!((200..300).contains(&status), "{status} {user}");
            if step == 0 {
                id = user["id"].as_str().unwrap().to_owned();
            }
            told.acknowledged.insert(email.clone(), name);
            told.asked = None;
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    told
}

/// The first name of the user with this email address, if there is one.
fn stored(connection: &mut Connection, email: &str) -> Option<String> {
    let path = format!("/user_management/users?email={email}");
    let (status, page) = connection.send("GET", &path, "").unwrap();
    assert_eq!(status, 200);
    Some(page["data"].get(0)?["first_name"].as_str().unwrap().to_owned())
}

/// How often to kill: 20 times by default. `KILLS=200` is more thorough.
fn rounds() -> u32 {
    std::env::var("KILLS").map_or(20, |text| text.parse().unwrap())
}

#[test]
fn a_killed_program_has_stored_all_that_it_has_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("emulator.db");
    let mut random = fastrand::Rng::with_seed(7);
    let mut all = Known::new();
    let mut program = Program::start(&file);
    for round in 0..rounds() {
        let (port, count) = (program.port, Arc::new(AtomicU32::new(0)));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let count = count.clone();
                std::thread::spawn(move || write(port, writer, round, &count))
            })
            .collect();
        // After a number of writes, not after a time: a busy machine may write nothing in that time.
        let (end, begun) = (random.u32(1..400), Instant::now());
        while count.load(Ordering::Relaxed) < end && begun.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
        program.kill();
        let told: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        program = Program::start(&file);
        let mut connection = Connection::open(program.port).unwrap();
        for Told { acknowledged, asked } in told {
            for (email, name) in acknowledged {
                let found = stored(&mut connection, &email);
                let is_asked = asked.as_ref() == Some(&(email.clone(), found.clone()));
                assert!(found == name || is_asked, "{email}: {name:?}, and {found:?} is stored");
                all.insert(email, found);
            }
        }
    }
    // What one round has found is there after all later ones.
    let mut connection = Connection::open(program.port).unwrap();
    for (email, name) in &all {
        assert_eq!(stored(&mut connection, email), *name, "{email}");
    }
    program.kill();
    let database = rusqlite::Connection::open(&file).unwrap();
    let integrity: String =
        database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    assert!(all.len() as u32 >= rounds(), "{} users", all.len());
}
