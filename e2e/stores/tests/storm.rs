//! Three processes of an application whose users all come back at once with an expired cookie.

#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e_stores::{COOKIE_PASSWORD, Database, Job, Kind, Mode, Process, Task};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::time::sleep;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{seal_session_from_auth_response, unseal_session};
use workos::user_management::AuthenticateWithRefreshTokenParams;
use workos::{SecretString, Timestamp};
use workos_emulator::{Emulator, Fault, NewSignIn, SeedData, TokenFlaw};

const PATH: &str = "/user_management/authenticate";
const PROCESSES: usize = 3;
/// A tenth of them switches to another organization.
const REQUESTS: usize = 300;
/// No request may take longer, whatever happens to the database.
const LONGEST: Duration = Duration::from_secs(5);
/// How long an exchange takes: time to meet one that is under way, and to lose the database.
const LATENCY: Duration = Duration::from_millis(300);

/// An emulator with a user in two organizations.
async fn emulator(grace: Duration) -> Emulator {
    let member = json!([{"email": "ada@example.com"}]);
    let data = json!({
        "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true}],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "memberships": member},
            {"id": "org_beta", "name": "Beta", "memberships": member},
        ],
    });
    let data = SeedData::from_value(data).unwrap();
    let emulator = Emulator::builder().refresh_grace(grace).data(data).start().await.unwrap();
    emulator.faults().add(Fault::latency(LATENCY).on(http::Method::POST, PATH));
    emulator
}

/// The cookie of a session in the first organization, with an access token that has expired.
fn expired_cookie(emulator: &Emulator) -> SecretString {
    let new = NewSignIn {
        user_id: "user_ada".into(),
        organization_id: Some("org_acme".into()),
        flaw: Some(TokenFlaw::Expired),
    };
    let signed_in = emulator.fixtures().sign_in(new).unwrap();
    seal_session_from_auth_response(signed_in, &SealKeys::new(COOKIE_PASSWORD).unwrap()).unwrap()
}

/// One request of the storm, as its browser sees it.
#[derive(Clone)]
struct Request {
    origin: String,
    switches: bool,
    cookie: String,
}

/// What the browser has when it was served.
struct Served {
    switches: bool,
    organization_id: String,
    cookie: String,
    slowest: Duration,
}

impl Request {
    /// Sends it until it is served: an application that does not know who asks says so with 503, and
    /// a browser keeps its cookie meanwhile.
    async fn send(mut self, browser: reqwest::Client) -> Served {
        let mut slowest = Duration::ZERO;
        loop {
            let start = Instant::now();
            let response = self.once(&browser).await;
            slowest = slowest.max(start.elapsed());
            self.keep_cookie(&response);
            match response.status() {
                StatusCode::SERVICE_UNAVAILABLE => sleep(LATENCY).await,
                StatusCode::SEE_OTHER => {
                    assert!(self.switches);
                    assert_eq!(response.headers()[LOCATION], "/organization");
                    let organization_id = self.organization(&browser).await;
                    return self.served(organization_id, slowest);
                }
                status => {
                    assert_eq!(status, StatusCode::OK);
                    let organization_id = response.text().await.unwrap();
                    return self.served(organization_id, slowest);
                }
            }
        }
    }

    async fn once(&self, browser: &reqwest::Client) -> reqwest::Response {
        let Self { origin, switches, cookie } = self;
        let request = if *switches {
            let url = format!("{origin}/switch/org_beta?return_to=/organization");
            browser.post(url).header(ORIGIN, origin)
        } else {
            browser.get(format!("{origin}/organization"))
        };
        request
            .header(ACCEPT, "text/html")
            .header(COOKIE, format!("wos-session={cookie}"))
            .send()
            .await
            .unwrap()
    }

    fn keep_cookie(&mut self, response: &reqwest::Response) {
        for set in response.headers().get_all(SET_COOKIE) {
            let value = set.to_str().unwrap().strip_prefix("wos-session=").unwrap();
            self.cookie = value.split(';').next().unwrap().to_owned();
        }
        assert!(!self.cookie.is_empty(), "nobody is signed out");
    }

    /// The organization of the session that the browser has now.
    async fn organization(&self, browser: &reqwest::Client) -> String {
        let request = Self { switches: false, ..self.clone() };
        let response = request.once(browser).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    fn served(self, organization_id: String, slowest: Duration) -> Served {
        Served { switches: self.switches, organization_id, cookie: self.cookie, slowest }
    }
}

/// Starts the processes, sends all requests at once, and lets the database fail as soon as the first
/// exchange is under way.
async fn storm(emulator: &Emulator, database: &Database, failure: Option<Mode>) -> Vec<Served> {
    let cookie = expired_cookie(emulator);
    let mut processes = Vec::new();
    let mut origins = Vec::new();
    for _ in 0..PROCESSES {
        let task = Task::Serve {
            base_url: emulator.base_url().to_owned(),
            api_key: emulator.api_key().into(),
            client_id: emulator.client_id().to_owned(),
        };
        let job = Job { kind: database.kind, address: database.address.clone(), task };
        let mut process = Process::start(env!("CARGO_BIN_EXE_e2e-stores"), &job).await;
        origins.push(process.line().await);
        processes.push(process);
    }
    let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|number| Request {
            origin: origins[number % PROCESSES].clone(),
            switches: number % 10 == 7,
            cookie: cookie.expose().to_owned(),
        })
        .map(|request| tokio::spawn(request.send(browser.clone())))
        .collect();
    if let Some(failure) = failure {
        while sent(emulator).is_empty() {
            sleep(LATENCY / 50).await;
        }
        database.set(failure);
    }
    let mut served = Vec::new();
    for request in requests {
        served.push(request.await.unwrap());
    }
    served
}

/// The refresh tokens that were sent to the emulator.
fn sent(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().latest().into_iter().filter(|sent| sent.path == PATH);
    let token = |body: Value| body["refresh_token"].as_str().unwrap().to_owned();
    requests.map(|sent| token(serde_json::from_slice(&sent.body).unwrap())).collect()
}

/// Nobody waits for long, everybody has an organization that a session of this storm can have, and
/// who switched is where the switch led to.
fn check(emulator: &Emulator, database: &Database, served: &[Served]) {
    for one in served {
        let possible = if one.switches { &["org_beta"][..] } else { &["org_acme", "org_beta"] };
        assert!(possible.contains(&one.organization_id.as_str()), "{}", one.organization_id);
    }
    let slowest = served.iter().map(|one| one.slowest).max().unwrap();
    let sent = sent(emulator);
    let tokens = sent.iter().collect::<BTreeSet<_>>().len();
    println!("{:?}: {} exchanges of {tokens} tokens, {slowest:?}", database.kind, sent.len());
    assert!(slowest < LONGEST, "{slowest:?}");
}

/// The refresh tokens in the cookies.
fn refresh_tokens<'a>(served: impl Iterator<Item = &'a Served>) -> BTreeSet<String> {
    let keys = SealKeys::new(COOKIE_PASSWORD).unwrap();
    let opened = served.map(|one| unseal_session(&one.cookie, &keys, Timestamp::now()).unwrap());
    opened.map(|session| session.refresh_token.expose().to_owned()).collect()
}

/// The sessions go on.
async fn refresh(emulator: &Emulator, tokens: &BTreeSet<String>) {
    for token in tokens {
        let params = AuthenticateWithRefreshTokenParams::new(token.as_str());
        let client = emulator.client();
        client.user_management().authenticate_with_refresh_token(params).await.unwrap();
    }
}

/// Without a grace period a second exchange would sign everybody out.
async fn each_token_is_exchanged_once(kind: Kind) {
    let (emulator, database) = (emulator(Duration::ZERO).await, Database::start(kind).await);
    let served = storm(&emulator, &database, None).await;
    check(&emulator, &database, &served);
    let sent = sent(&emulator);
    // One for the refresh, and one for the switch, unless a switch came first.
    assert!((1..=2).contains(&sent.len()), "{sent:?}");
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len());
    // The switch came last, and left one session.
    let newest = refresh_tokens(served.iter().filter(|one| one.switches));
    assert_eq!(newest.len(), 1);
    refresh(&emulator, &newest).await;
}

/// Processes without a lock may exchange a token at the same time, within the grace period.
async fn nobody_is_signed_out(kind: Kind, failure: Mode) {
    let grace = Duration::from_secs(10);
    let (emulator, database) = (emulator(grace).await, Database::start(kind).await);
    let served = storm(&emulator, &database, Some(failure)).await;
    check(&emulator, &database, &served);
    refresh(&emulator, &refresh_tokens(served.iter())).await;
}

#[tokio::test]
async fn redis_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Redis).await;
}

#[tokio::test]
async fn postgres_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Postgres).await;
}

#[tokio::test]
async fn sqlite_lets_three_processes_exchange_each_token_once() {
    each_token_is_exchanged_once(Kind::Sqlite).await;
}

#[tokio::test]
async fn losing_redis_signs_nobody_out() {
    nobody_is_signed_out(Kind::Redis, Mode::Away).await;
}

#[tokio::test]
async fn losing_postgres_signs_nobody_out() {
    nobody_is_signed_out(Kind::Postgres, Mode::Away).await;
}

#[tokio::test]
async fn a_silent_redis_signs_nobody_out() {
    nobody_is_signed_out(Kind::Redis, Mode::Silent).await;
}

#[tokio::test]
async fn a_silent_postgres_signs_nobody_out() {
    nobody_is_signed_out(Kind::Postgres, Mode::Silent).await;
}
