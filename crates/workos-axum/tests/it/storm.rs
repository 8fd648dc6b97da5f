//! Many requests at once with one session that has expired, and requests that are cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{Method, StatusCode};
use tokio::sync::Notify;
use workos_axum::{Session, User};
use workos_emulator::{Emulator, Fault, TokenFlaw};

use crate::browser::{Browser, Clock, auth_at, emulator, exchanges, opened, session};

fn app(emulator: &Emulator, clock: &Arc<Clock>) -> Router {
    let auth = auth_at(emulator, clock);
    let organization = async |session: Session| session.claims.org_id.clone().unwrap();
    Router::new()
        .route("/", get(async |user: User| user.id.clone()))
        .route("/organization", get(organization))
        .merge(auth.routes())
        .layer(auth.layer())
}

/// What one of the requests got.
struct Outcome {
    status: StatusCode,
    is_switch: bool,
    cookie: Option<String>,
}

async fn request(app: Router, emulator: Arc<Emulator>, sealed: String, is_switch: bool) -> Outcome {
    let mut browser = Browser::with_session(&app, &emulator, sealed);
    let answer = if is_switch {
        browser.post("/switch/org_beta?return_to=/organization").await
    } else {
        browser.get("/").await
    };
    Outcome { status: answer.status, is_switch, cookie: browser.cookies.remove("wos-session") }
}

async fn storm(emulator: &Arc<Emulator>, app: &Router) -> Vec<Outcome> {
    let sealed = session(emulator, Some(TokenFlaw::Expired));
    let tasks: Vec<_> = (0..300)
        .map(|number| {
            let is_switch = number % 10 == 7;
            tokio::spawn(request(app.clone(), emulator.clone(), sealed.clone(), is_switch))
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    for outcome in &outcomes {
        let expected = if outcome.is_switch { StatusCode::SEE_OTHER } else { StatusCode::OK };
        assert_eq!(outcome.status, expected);
        assert!(outcome.cookie.is_some(), "nobody is signed out");
    }
    outcomes
}

async fn assert_storm_is_survived() {
    let emulator = Arc::new(emulator().await);
    let app = app(&emulator, &Clock::new());
    let outcomes = storm(&emulator, &app).await;
    let exchanged = exchanges(&emulator);
    assert!(exchanged.values().all(|times| *times == 1), "{exchanged:?}");
    assert!(exchanged.len() <= 2, "a refresh and a switch: {exchanged:?}");

    let cookies: BTreeSet<_> = outcomes.iter().filter_map(|it| it.cookie.clone()).collect();
    let sessions: BTreeSet<_> =
        cookies.iter().map(|sealed| opened(sealed).refresh_token.expose().to_owned()).collect();
    assert!(sessions.len() <= 2, "{sessions:?}");
    for sealed in cookies {
        let mut browser = Browser::with_session(&app, &emulator, sealed);
        assert_eq!(browser.get("/").await.body, "user_ada");
    }
    for switched in outcomes.into_iter().filter(|it| it.is_switch) {
        let mut browser = Browser::with_session(&app, &emulator, switched.cookie.unwrap());
        assert_eq!(browser.get("/organization").await.body, "org_beta");
    }
}

#[tokio::test]
async fn three_hundred_requests_at_once_refresh_a_session_once_and_nobody_is_signed_out() {
    assert_storm_is_survived().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn they_do_so_on_several_threads() {
    assert_storm_is_survived().await;
}

#[tokio::test]
async fn in_an_outage_all_of_them_keep_their_cookie() {
    let emulator = Arc::new(emulator().await);
    let app = app(&emulator, &Clock::new());
    emulator.faults().add(Fault::status(503).on(Method::POST, "/user_management/authenticate"));
    let sealed = session(&emulator, Some(TokenFlaw::Expired));
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let (app, emulator) = (app.clone(), emulator.clone());
            tokio::spawn(request(app, emulator, sealed.clone(), number % 10 == 7))
        })
        .collect();
    for task in tasks {
        let outcome = task.await.unwrap();
        assert_eq!(outcome.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(outcome.cookie.as_ref(), Some(&sealed));
    }
}

/// An application whose refreshes wait for a word, which is given when this is dropped.
struct Slow {
    emulator: Emulator,
    clock: Arc<Clock>,
    app: Router,
}

impl Slow {
    async fn new() -> Self {
        let (emulator, clock) = (emulator().await, Clock::new());
        let app = app(&emulator, &clock);
        Self { emulator, clock, app }
    }

    /// Lets the next exchange fail to answer.
    fn stall_once(&self) {
        let fault = Fault::stall().on(Method::POST, "/user_management/authenticate");
        self.emulator.faults().add(fault.times(1));
    }
}

/// Polls a request until WorkOS was asked, and drops it then.
async fn cancelled(slow: &Slow, sealed: &str) {
    let mut browser = Browser::with_session(&slow.app, &slow.emulator, sealed.to_owned());
    let asked = async {
        while exchanges(&slow.emulator).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = asked => {}
        answer = browser.get("/") => panic!("it was answered: {answer:?}"),
    }
}

#[tokio::test]
async fn a_cancelled_request_leaves_its_new_session_to_the_next() {
    let slow = Slow::new().await;
    let sealed = session(&slow.emulator, Some(TokenFlaw::Expired));
    // The answer of WorkOS takes a moment, in which the browser goes away.
    let fault = Fault::latency(Duration::from_millis(1));
    slow.emulator.faults().add(fault.on(Method::POST, "/user_management/authenticate"));
    cancelled(&slow, &sealed).await;
    let mut browser = Browser::with_session(&slow.app, &slow.emulator, sealed.clone());
    let answer = browser.get("/").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "user_ada"));
    assert_ne!(browser.cookies["wos-session"], sealed);
    assert_eq!(exchanges(&slow.emulator).into_values().collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_cancelled_request_whose_answer_got_lost_leaves_the_session_to_the_next() {
    let slow = Slow::new().await;
    let sealed = session(&slow.emulator, Some(TokenFlaw::Expired));
    slow.stall_once();
    cancelled(&slow, &sealed).await;
    let next = {
        let (app, emulator, sealed) = (&slow.app, &slow.emulator, sealed.clone());
        async move {
            let mut browser = Browser::with_session(app, emulator, sealed);
            let answer = browser.get("/").await;
            (answer.status, browser.cookies["wos-session"].clone())
        }
    };
    // The lost answer is given up in its own time.
    let passing = async {
        loop {
            slow.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let (status, cookie) = tokio::select! { it = next => it, () = passing => unreachable!() };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        assert_eq!(cookie, sealed);
    }
    let mut browser = Browser::with_session(&slow.app, &slow.emulator, cookie);
    assert_eq!(browser.get("/").await.body, "user_ada");
}

/// A waiter that is cancelled takes nothing from the others of the same request.
#[tokio::test]
async fn an_extractor_that_is_cancelled_leaves_the_request_to_the_next_extractor() {
    let slow = Slow::new().await;
    let auth = auth_at(&slow.emulator, &slow.clock);
    let begun = Arc::new(Notify::new());
    let count = Arc::new(AtomicUsize::new(0));
    let handler = {
        let (begun, count) = (begun.clone(), count.clone());
        async move |auth: workos_axum::Auth| {
            tokio::select! {
                biased;
                () = begun.notified() => {}
                _ = auth.caller() => { count.fetch_add(1, Ordering::Relaxed); }
            }
            let caller = auth.required_caller().await.unwrap();
            caller.user_id().unwrap().to_owned()
        }
    };
    let app = Router::new().route("/", get(handler)).layer(auth.layer());
    let fault = Fault::latency(Duration::from_millis(1));
    slow.emulator.faults().add(fault.on(Method::POST, "/user_management/authenticate"));
    let sealed = session(&slow.emulator, Some(TokenFlaw::Expired));
    let mut browser = Browser::with_session(&app, &slow.emulator, sealed.clone());
    let (answer, ()) = tokio::join!(browser.get("/"), async {
        while exchanges(&slow.emulator).is_empty() {
            tokio::task::yield_now().await;
        }
        begun.notify_one();
    });
    assert_eq!((answer.body.as_str(), count.load(Ordering::Relaxed)), ("user_ada", 0));
    assert_ne!(browser.cookies["wos-session"], sealed);
    assert_eq!(exchanges(&slow.emulator).into_values().collect::<Vec<_>>(), [1]);
}
