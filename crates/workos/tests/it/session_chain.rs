//! Refresh tokens work once. Whatever requests arrive with any token of a session, in any order, no
//! token is sent twice, nobody is signed out, and nobody gets another user's session.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Say, Scripted, answer, base64url, fail};
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{
    Authentication, REFRESH_LOCK_TIMEOUT, RefreshError, RefreshGuard, RefreshLock,
    RefreshedSession, SHARED_FOR, Session, SessionData, SessionRefreshOptions, seal_session,
    unseal_session,
};
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TokioRuntime,
    TransportError,
};
use workos::{Client, SecretString, Timestamp};

fn keys() -> SealKeys {
    SealKeys::new("a password of 32 characters, yes").unwrap()
}

/// An unsigned access token: those in a cookie and in WorkOS's responses need no key.
fn access_token(user: &str, organization: &str) -> String {
    let claims = json!({
        "sub": user, "sid": format!("session_of_{user}"), "org_id": organization,
        "exp": 4_102_444_800_i64,
    });
    let part = base64url;
    format!("{}.{}.c2ln", part(r#"{"alg":"RS256","kid":"k"}"#), part(&claims.to_string()))
}

/// A server whose refresh tokens work once: `<user>:<number>`, with the next number after it.
#[derive(Default)]
struct Server {
    state: Mutex<State>,
    /// How long a response takes, and the outcomes of the exchanges in turn.
    delays: Vec<u64>,
    outcomes: Vec<Outcome>,
}

#[derive(Default)]
struct State {
    spent: HashSet<String>,
    /// The organization that each token is for, where it is not `org_home`.
    organizations: HashMap<String, String>,
    exchanges: usize,
    invalid_grants: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    Tokens,
    /// The server is unavailable (503); the token is not spent.
    Unavailable,
    /// The organization to switch to asks for SSO; the token is not spent.
    SsoRequired,
}

impl Server {
    fn exchange(&self, body: &Value) -> Say {
        let mut state = self.state.lock().unwrap();
        let turn = state.exchanges;
        state.exchanges += 1;
        let nth = |of: usize| turn.checked_rem(of);
        let delay = Duration::from_millis(nth(self.delays.len()).map_or(100, |at| self.delays[at]));
        let outcome = nth(self.outcomes.len()).map_or(Outcome::Tokens, |at| self.outcomes[at]);
        let token = body["refresh_token"].as_str().unwrap();
        let organization = body["organization_id"].as_str().unwrap();
        let current = state.organizations.get(token).cloned().unwrap_or("org_home".to_owned());
        let said = match outcome {
            Outcome::Unavailable => answer(503, ""),
            Outcome::SsoRequired if organization != current => {
                answer(403, r#"{"error":"sso_required","connection_ids":["conn_1"]}"#)
            }
            _ if !state.spent.insert(token.to_owned()) => {
                state.invalid_grants += 1;
                answer(400, r#"{"error":"invalid_grant"}"#)
            }
            _ => {
                let tokens = new_tokens(token, organization);
                let next = tokens["refresh_token"].as_str().unwrap().to_owned();
                state.organizations.insert(next, organization.to_owned());
                answer(200, tokens.to_string())
            }
        };
        said.later(delay)
    }

    fn invalid_grants(&self) -> usize {
        self.state.lock().unwrap().invalid_grants
    }

    fn exchanges(&self) -> usize {
        self.state.lock().unwrap().exchanges
    }

    fn client(self: &Arc<Self>) -> Client {
        let server = self.clone();
        let script = Scripted::new(move |request, _| {
            let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
            server.exchange(&body)
        });
        script.builder().client_id("client_1").max_retries(0).build()
    }
}

fn new_tokens(token: &str, organization: &str) -> Value {
    let (user, number) = token.split_once(':').unwrap();
    let next = number.parse::<usize>().unwrap() + 1;
    json!({
        "user": {
            "object": "user", "id": user, "email": "a@example.com", "email_verified": true,
            "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
        },
        "organization_id": organization, "access_token": access_token(user, organization),
        "refresh_token": format!("{user}:{next}"),
    })
}

/// The cookie that a user has after signing in.
fn cookie(user: &str) -> SecretString {
    let data = SessionData::new(access_token(user, "org_home"), format!("{user}:0"));
    seal_session(&data, &keys()).unwrap()
}

fn switch(organization: &str) -> SessionRefreshOptions {
    SessionRefreshOptions { organization_id: Some(organization.to_owned()) }
}

fn plain() -> SessionRefreshOptions {
    SessionRefreshOptions::default()
}

fn token_of(refreshed: &RefreshedSession) -> &str {
    refreshed.data.refresh_token.expose()
}

fn organization_of(refreshed: &RefreshedSession) -> &str {
    refreshed.session().unwrap().claims.org_id.as_deref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_switch_with_the_old_cookie_continues_the_new_session() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    let refreshed = session.refresh(plain()).await.unwrap();
    assert_eq!((token_of(&refreshed), organization_of(&refreshed)), ("ada:1", "org_home"));
    let switched = session.refresh(switch("org_2")).await.unwrap();
    assert_eq!((token_of(&switched), organization_of(&switched)), ("ada:2", "org_2"));
    assert_eq!((server.exchanges(), server.invalid_grants()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_late_refresh_gets_the_session_of_the_switch_before_it() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    session.refresh(switch("org_2")).await.unwrap();
    session.refresh(switch("org_3")).await.unwrap();
    // The newest session, whichever token the request has.
    let refreshed = session.refresh(plain()).await.unwrap();
    assert_eq!((token_of(&refreshed), organization_of(&refreshed)), ("ada:2", "org_3"));
    assert_eq!((server.exchanges(), server.invalid_grants()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_refreshes_and_switches_of_one_cookie_spend_each_token_once() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let session = session.clone();
            let wanted = (number % 3 > 0).then(|| format!("org_{}", number % 40));
            let options = SessionRefreshOptions { organization_id: wanted.clone() };
            tokio::spawn(async move { (wanted, session.refresh(options).await.unwrap()) })
        })
        .collect();
    for task in tasks {
        let (wanted, refreshed) = task.await.unwrap();
        if let Some(wanted) = wanted {
            assert_eq!(organization_of(&refreshed), wanted);
        }
    }
    assert_eq!(server.invalid_grants(), 0);
    assert!(server.exchanges() <= 100, "{}", server.exchanges());
}

#[tokio::test(start_paused = true)]
async fn an_empty_organization_is_none() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    let refreshed = session.refresh(switch("")).await.unwrap();
    assert_eq!(organization_of(&refreshed), "org_home");
}

#[tokio::test(start_paused = true)]
async fn a_step_for_another_organization_leaves_the_session_unchanged() {
    let outcomes = vec![Outcome::SsoRequired, Outcome::Tokens];
    let server = Arc::new(Server { outcomes, ..Server::default() });
    let client = server.client();
    let session = client.session(cookie("ada"), &keys());
    // Both share the exchange that the switch starts. Why that is refused does not concern the
    // refresh.
    let (switched, refreshed) =
        tokio::join!(session.refresh(switch("org_2")), session.refresh(plain()));
    let error = switched.unwrap_err();
    assert!(matches!(error, RefreshError::StepRequired { on_switch: true, .. }), "{error}");
    assert!(!error.session_is_over());
    assert_eq!(organization_of(&refreshed.unwrap()), "org_home");
}

#[tokio::test(start_paused = true)]
async fn a_refreshed_session_has_its_claims_without_keys() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    let refreshed = session.refresh(plain()).await.unwrap();
    let authenticated = refreshed.session().unwrap();
    assert_eq!(authenticated.claims.sub, "ada");
    assert_eq!(authenticated.user.as_ref().unwrap().id, "ada");
    // The rules of the verifier still apply.
    let client = server.client();
    let verifier = client.token_verifier().issuer("https://another.example");
    let session = client.session(cookie("bob"), &keys()).verifier(verifier);
    let refreshed = session.refresh(plain()).await.unwrap();
    assert!(matches!(refreshed.authentication, Authentication::InvalidToken(_)));
    assert!(refreshed.session().is_none());
}

/// A server that returns the same refresh token again.
#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_rotated_serves_every_organization() {
    let script = Scripted::new(|request, _| {
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        let organization = body["organization_id"].as_str().unwrap();
        let mut tokens = new_tokens("ada:0", organization);
        tokens["refresh_token"] = "ada:0".into();
        answer(200, tokens.to_string())
    });
    let client = script.builder().client_id("client_1").build();
    let session = client.session(cookie("ada"), &keys());
    for organization in ["org_2", "org_3", "org_3"] {
        let refreshed = session.refresh(switch(organization)).await.unwrap();
        assert_eq!(organization_of(&refreshed), organization);
    }
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_response_is_requested_once_more_at_once() {
    for lost in [|| Say::Never, || fail(TransportError::reset)] {
        let script = Scripted::new(move |_, before| match before {
            0 => lost(),
            _ => answer(200, new_tokens("ada:0", "org_home").to_string()),
        });
        let client = script.builder().client_id("client_1").build();
        client.session(cookie("ada"), &keys()).refresh(plain()).await.unwrap();
        assert_eq!(script.count(), 2);
    }
    let script = Scripted::new(|_, _| fail(TransportError::reset));
    let client = script.builder().client_id("client_1").build();
    let error = client.session(cookie("ada"), &keys()).refresh(plain()).await.unwrap_err();
    assert!(!error.session_is_over() && error.is_transient(), "{error}");
    assert_eq!(script.count(), 2);
}

#[test]
fn a_refresh_continues_when_the_runtime_that_started_it_ends() {
    let runtime = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (first, second) = (runtime(), runtime());
    let script = Scripted::new(|_, before| match before {
        0 => answer(429, ""),
        _ => answer(200, new_tokens("ada:0", "org_home").to_string()),
    });
    let builder = script.builder().client_id("client_1");
    let client = builder.max_retry_delay(Duration::from_millis(1)).build();
    let session = client.session(cookie("ada"), &keys());
    let mut begun = Box::pin(session.refresh(plain()));
    assert!(first.block_on(async { (&mut begun).now_or_never() }).is_none());
    let mut joined = Box::pin(session.refresh(plain()));
    assert!(second.block_on(async { (&mut joined).now_or_never() }).is_none());
    // It waits for its second attempt, by the clock of the first runtime.
    assert_eq!(script.count(), 1);
    drop(first);
    let (begun, joined) = second.block_on(async { tokio::join!(begun, joined) });
    assert_eq!([begun, joined].map(|it| token_of(&it.unwrap()).to_owned()), ["ada:1", "ada:1"]);
    assert_eq!(script.count(), 2);
}

/// tokio's timers and no tasks: the waiters drive the work.
struct NoTasks(TokioRuntime);

impl Runtime for NoTasks {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.sleep(duration)
    }
}

#[tokio::test(start_paused = true)]
async fn without_tasks_an_exchange_of_a_dropped_request_is_finished_by_the_next() {
    let server = Arc::new(Server::default());
    let transport = server.client().transport();
    let runtime = Arc::new(NoTasks(TokioRuntime::new()));
    let builder = Client::builder().api_key("sk_test_1").client_id("client_1");
    let client = builder.transport(transport).runtime(runtime).build();
    let session = client.session(cookie("ada"), &keys());
    let cut = tokio::time::timeout(Duration::from_millis(10), session.refresh(plain())).await;
    assert!(cut.is_err());
    tokio::time::advance(Duration::from_secs(5)).await;
    let refreshed = session.refresh(plain()).await.unwrap();
    assert_eq!(token_of(&refreshed), "ada:1");
    assert_eq!((server.exchanges(), server.invalid_grants()), (1, 0));
}

/// A transport that panics, as one of an application might.
struct Panics(Mutex<bool>, Arc<Server>);

#[async_trait::async_trait]
impl HttpTransport for Panics {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let panics = std::mem::take(&mut *self.0.lock().unwrap());
        assert!(!panics, "an application's transport");
        self.1.client().transport().execute(request).await
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(TokioRuntime::new())
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_for_all_waiters_and_the_next_request_starts_over() {
    let server = Arc::new(Server::default());
    let transport = Arc::new(Panics(Mutex::new(true), server.clone()));
    let builder = Client::builder().api_key("sk_test_1").client_id("client_1");
    let client = builder.transport(transport).build();
    let session = client.session(cookie("ada"), &keys());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.refresh(plain()).await })
        })
        .collect();
    for task in tasks {
        let error = task.await.unwrap().unwrap_err();
        assert!(matches!(error, RefreshError::Failed(_)), "{error}");
        assert!(!error.session_is_over() && error.to_string().contains("panicked"), "{error}");
    }
    session.refresh(plain()).await.unwrap();
}

/// Two processes with one Redis, whose steps can be made to hang or to panic.
#[derive(Default)]
struct Redis {
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    kept: Arc<Mutex<HashMap<String, SecretString>>>,
    hangs: Mutex<HashSet<&'static str>>,
}

impl Redis {
    fn hanging(steps: &[&'static str]) -> Arc<Self> {
        let hangs = Mutex::new(steps.iter().copied().collect());
        Arc::new(Self { hangs, ..Self::default() })
    }

    fn step<T: Send + 'static>(&self, name: &str, step: BoxFuture<T>) -> BoxFuture<T> {
        if self.hangs.lock().unwrap().contains(name) {
            return Box::pin(std::future::pending());
        }
        step
    }
}

impl RefreshLock for Redis {
    fn acquire(&self, key: &str) -> BoxFuture<RefreshGuard> {
        let lock = self.locks.lock().unwrap().entry(key.to_owned()).or_default().clone();
        let acquire = async move { Box::new(lock.lock_owned().await) as Box<dyn Any + Send> };
        self.step("acquire", Box::pin(acquire))
    }

    fn recall(&self, key: &str) -> BoxFuture<Option<SecretString>> {
        let kept = self.kept.lock().unwrap().get(key).cloned();
        self.step("recall", Box::pin(async move { kept }))
    }

    fn remember(&self, key: &str, sealed: SecretString, lifetime: Duration) -> BoxFuture<()> {
        assert_eq!(lifetime, SHARED_FOR);
        let (kept, key) = (self.kept.clone(), key.to_owned());
        let keep = async move { drop(kept.lock().unwrap().insert(key, sealed)) };
        self.step("remember", Box::pin(keep))
    }
}

#[tokio::test(start_paused = true)]
async fn processes_that_share_a_lock_spend_each_token_once() {
    let server = Arc::new(Server::default());
    let redis = Arc::new(Redis::default());
    let process = || server.client().session(cookie("ada"), &keys()).refresh_lock(redis.clone());
    let (one, two, three) = (process(), process(), process());
    let (refreshed, switched) = tokio::join!(one.refresh(plain()), two.refresh(switch("org_2")));
    assert_eq!(organization_of(&switched.unwrap()), "org_2");
    refreshed.unwrap();
    // A third process knows only what the others have stored.
    let late = three.refresh(plain()).await.unwrap();
    assert_eq!(late.session().unwrap().claims.sub, "ada");
    let switched = three.refresh(switch("org_3")).await.unwrap();
    assert_eq!(organization_of(&switched), "org_3");
    assert_eq!(server.invalid_grants(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_never_responds_only_delays_a_refresh() {
    for (hanging, waits) in [("acquire", 1), ("recall", 1), ("remember", 0)] {
        let server = Arc::new(Server::default());
        let redis = Redis::hanging(&[hanging]);
        let client = server.client();
        let session = client.session(cookie("ada"), &keys()).refresh_lock(redis.clone());
        let start = tokio::time::Instant::now();
        session.refresh(plain()).await.unwrap();
        let expected = REFRESH_LOCK_TIMEOUT * waits + Duration::from_millis(100);
        // A timer rounds up to the next millisecond.
        assert!(start.elapsed() - expected < Duration::from_millis(5), "{hanging}");
        // Nothing is stuck when it responds again.
        redis.hangs.lock().unwrap().clear();
        tokio::time::advance(SHARED_FOR).await;
        let next =
            seal_session(&SessionData::new(access_token("ada", "org_home"), "ada:1"), &keys());
        client.session(next.unwrap(), &keys()).refresh_lock(redis).refresh(plain()).await.unwrap();
        assert_eq!(server.invalid_grants(), 0, "{hanging}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_lock_can_be_set() {
    let server = Arc::new(Server::default());
    let session = server.client().session(cookie("ada"), &keys());
    let session = session
        .refresh_lock(Redis::hanging(&["acquire", "recall"]))
        .refresh_lock_timeout(Duration::from_millis(200));
    let start = tokio::time::Instant::now();
    session.refresh(plain()).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(520), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn only_a_session_of_the_same_user_is_recalled() {
    let other = |user: &str, sid_of: &str| {
        let mut tokens = new_tokens(&format!("{user}:6"), "org_home");
        tokens["access_token"] = access_token(sid_of, "org_home").into();
        serde_json::from_value::<SessionData>(tokens).unwrap()
    };
    for (user, sid_of, is_believed) in
        [("ada", "ada", true), ("eve", "eve", false), ("ada", "eve", false), ("eve", "ada", false)]
    {
        let server = Arc::new(Server::default());
        let redis = Arc::new(Redis::default());
        // Some process stored a session under the wrong key.
        let session = server.client().session(cookie("ada"), &keys()).refresh_lock(redis.clone());
        session.refresh(plain()).await.unwrap();
        tokio::task::yield_now().await;
        let wrong = seal_session(&other(user, sid_of), &keys()).unwrap();
        redis.kept.lock().unwrap().values_mut().for_each(|kept| *kept = wrong.clone());

        let server = Arc::new(Server::default());
        let session = server.client().session(cookie("ada"), &keys()).refresh_lock(redis);
        let refreshed = session.refresh(plain()).await.unwrap();
        assert_eq!(refreshed.data.user.as_ref().unwrap().id, "ada");
        let expected = if is_believed { "ada:7" } else { "ada:1" };
        assert_eq!(token_of(&refreshed), expected, "{user} {sid_of}");
    }
}

/// One request of the model.
#[derive(Debug, Clone)]
struct Ask {
    user: usize,
    /// Which of the user's cookies it has: 0 is the newest.
    cookie: usize,
    organization: Option<u8>,
    after: u64,
    /// It is cancelled this much later.
    cancelled_after: Option<u64>,
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let cancelled = prop::option::weighted(0.3, 0_u64..200);
    (0..3_usize, 0..3_usize, prop::option::of(0..3_u8), 0..150_u64, cancelled).prop_map(
        |(user, cookie, organization, after, cancelled_after)| Ask {
            user,
            cookie,
            organization,
            after,
            cancelled_after,
        },
    )
}

const USERS: [&str; 3] = ["ada", "bob", "cy"];

/// A browser: it keeps every cookie it was given, and each request has one of them.
async fn browse(session_of: impl Fn(SecretString) -> Session, asks: Vec<Ask>) {
    let cookies: Vec<_> =
        USERS.iter().map(|user| Arc::new(Mutex::new(vec![cookie(user)]))).collect();
    let mut tasks = Vec::new();
    for ask in asks {
        tokio::time::sleep(Duration::from_millis(ask.after)).await;
        let jar = cookies[ask.user].clone();
        let sealed = {
            let jar = jar.lock().unwrap();
            jar[jar.len().saturating_sub(1 + ask.cookie)].clone()
        };
        let session = session_of(sealed);
        let wanted = ask.organization.map(|number| format!("org_{number}"));
        let options = SessionRefreshOptions { organization_id: wanted.clone() };
        let user = USERS[ask.user];
        let request = async move {
            match session.refresh(options).await {
                Ok(refreshed) => {
                    let authenticated = refreshed.session().unwrap();
                    assert_eq!(authenticated.claims.sub, user, "another user's session");
                    if let Some(wanted) = wanted {
                        assert_eq!(authenticated.claims.org_id, Some(wanted));
                    }
                    jar.lock().unwrap().push(refreshed.sealed);
                }
                Err(error) => assert!(!error.session_is_over(), "{error}"),
            }
        };
        tasks.push(tokio::spawn(async move {
            match ask.cancelled_after {
                Some(after) => {
                    let _ = tokio::time::timeout(Duration::from_millis(after), request).await;
                }
                None => request.await,
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Tokens),
        1 => Just(Outcome::Unavailable),
        1 => Just(Outcome::SsoRequired),
    ]
}

fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// All within the time that refreshes are remembered: 40 requests at most 150 ms apart.
    #[test]
    fn no_order_of_requests_spends_a_token_twice_or_mixes_users_up(
        asks in prop::collection::vec(any_ask(), 1..40),
        delays in prop::collection::vec(0_u64..400, 1..8),
        outcomes in prop::collection::vec(any_outcome(), 1..8),
        processes in 1_usize..4,
        runs_tasks: bool,
    ) {
        let server = Arc::new(Server { delays, outcomes, ..Server::default() });
        run(async {
            let redis = (processes > 1).then(|| Arc::new(Redis::default()));
            let clients: Vec<_> = (0..processes)
                .map(|_| {
                    let builder = Client::builder().api_key("sk_test_1").client_id("client_1");
                    let builder = builder.transport(server.client().transport()).max_retries(0);
                    // In one process without tasks, the waiters drive the exchanges.
                    if processes == 1 && !runs_tasks {
                        builder.runtime(Arc::new(NoTasks(TokioRuntime::new()))).build()
                    } else {
                        builder.build()
                    }
                })
                .collect();
            let next = std::cell::Cell::new(0);
            let session_of = |sealed| {
                let client = &clients[next.replace(next.get() + 1) % clients.len()];
                let session = client.session(sealed, &keys());
                match &redis {
                    Some(redis) => session.refresh_lock(redis.clone()),
                    None => session,
                }
            };
            browse(session_of, asks).await;
        });
        prop_assert_eq!(server.invalid_grants(), 0);
    }
}

#[test]
fn a_cookie_whose_user_cannot_be_read_is_still_a_session() {
    let data = json!({"accessToken": "a", "refreshToken": "r", "user": {"id": 7}});
    let sealed = workos::helpers::seal::seal(&data, &keys()).unwrap();
    let read = unseal_session(sealed.expose(), &keys(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(read, SessionData::new("a", "r"));
}

#[test]
fn missing_fields_of_a_user_do_not_affect_the_session() {
    let data = json!({"accessToken": "a", "refreshToken": "r", "user": {"id": "user_1", "createdAt": null}});
    let sealed = workos::helpers::seal::seal(&data, &keys()).unwrap();
    let read = unseal_session(sealed.expose(), &keys(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(read.user.unwrap().id, "user_1");
}
