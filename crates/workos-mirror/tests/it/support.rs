//! A WorkOS, a database, and what lies between them.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use workos::transport::{
    BoxFuture, HttpRequest, HttpResponse, HttpTransport, Runtime, SharedRuntime, TransportError,
};
use workos::{Client, Timestamp};
use workos_emulator::{
    Emulator, NewConnection, NewDirectory, NewDirectoryGroup, NewDirectoryUser, NewFlag,
};
use workos_mirror::{Mirror, Progress};

/// When the emulator's clock begins.
pub(crate) const START: &str = "2026-03-01T12:00:00Z";

/// Runs a test. Only SQLite can do with a clock that jumps: a server takes real time.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(server().is_none());
    runtime.build().unwrap().block_on(test);
}

fn server() -> Option<String> {
    std::env::var("MIRROR_DATABASE_URL").ok().filter(|_| cfg!(feature = "postgres"))
}

/// A WorkOS and a database for its mirror.
pub(crate) struct World {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) wire: Arc<Wire>,
    pub(crate) database: Database,
    names: Mutex<Vec<(String, &'static str)>>,
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl World {
    pub(crate) async fn new() -> Self {
        let builder = Emulator::builder().without_socket().freeze(START.parse().unwrap());
        let emulator = Arc::new(builder.start().await.unwrap());
        let wire = Arc::new(Wire::new(emulator.clone()));
        Self { emulator, wire, database: Database::new().await, names: Mutex::default() }
    }

    /// One object for each table, all from the beginning of time.
    pub(crate) async fn one_of_each(&self) {
        let acme = self
            .post(
                "/organizations",
                json!({
                    "name": "Acme",
                    "domain_data": [{"domain": "acme.test", "state": "verified"}],
                    "metadata": {"tier": "gold"},
                }),
            )
            .await;
        let ada = json!({"email": "ada@acme.test", "first_name": "Ada"});
        let ada = self.post("/user_management/users", ada).await;
        let membership = json!({"user_id": ada["id"], "organization_id": acme["id"]});
        let memberships = "/user_management/organization_memberships";
        let membership = self.post(memberships, membership).await;
        let id = text(&membership["id"]);
        let client = self.workos().organization_membership();
        client.deactivate_organization_membership(&id).await.unwrap();
        let acme_id = text(&acme["id"]);
        let role = json!({"slug": "org-owner", "name": "Owner"});
        let role = self.post(&format!("/authorization/organizations/{acme_id}/roles"), role).await;
        let fixtures = self.emulator.fixtures();
        let connection = NewConnection { organization: acme_id.clone(), ..Default::default() };
        let connection = fixtures.connection(connection).unwrap();
        let builders = NewDirectoryGroup {
            id: Some("directory_group_builders".into()),
            idp_id: Some("builders".into()),
            name: "Builders".into(),
            ..Default::default()
        };
        let bob = NewDirectoryUser {
            id: Some("directory_user_bob".into()),
            idp_id: Some("bob".into()),
            email: Some("bob@acme.test".into()),
            first_name: Some("Bob".into()),
            custom_attributes: [("floor".to_owned(), json!(3))].into(),
            groups: vec!["Builders".into()],
            ..Default::default()
        };
        let directory = fixtures.directory(NewDirectory {
            organization: acme_id.clone(),
            groups: vec![builders],
            users: vec![bob],
            ..Default::default()
        });
        let (slug, tags) = ("beta".into(), vec!["ui".into()]);
        let flag = NewFlag { slug, enabled: true, tags, ..Default::default() };
        let flag = fixtures.feature_flag(flag).unwrap();
        *self.names.lock().unwrap() = vec![
            (acme_id, "<acme>"),
            (text(&acme["domains"][0]["id"]), "<domain>"),
            (text(&ada["id"]), "<ada>"),
            (id, "<membership>"),
            (text(&role["id"]), "<role>"),
            (connection.id, "<connection>"),
            (directory.unwrap().id, "<directory>"),
            ("directory_group_builders".to_owned(), "<builders>"),
            ("directory_user_bob".to_owned(), "<bob>"),
            (flag.id, "<flag>"),
            ("2026-03-01T12:00:00.000000Z".to_owned(), "<start>"),
        ];
    }

    pub(crate) async fn users(&self, count: usize) {
        for number in 0..count {
            let user = json!({"email": format!("user-{number}@acme.test")});
            self.post("/user_management/users", user).await;
        }
    }

    /// Makes so many users members of an organization.
    pub(crate) async fn members(&self, organization_id: &str, count: usize) {
        let mut users = self.workos().user_management().list_users_auto_paging(Default::default());
        for _ in 0..count {
            let user = users.try_next().await.unwrap().unwrap();
            let member = json!({"user_id": user.id, "organization_id": organization_id});
            let memberships = "/user_management/organization_memberships";
            // One of them may be a member already.
            let client = self.workos();
            let _ = client.request::<Value>(Method::POST, memberships).json(&member).await;
        }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.workos().request(Method::POST, path).json(&body).await.unwrap()
    }

    /// A row with names in place of the IDs of `one_of_each`.
    pub(crate) fn named(&self, row: &str) -> String {
        let names = self.names.lock().unwrap();
        names.iter().fold(row.to_owned(), |row, (id, name)| row.replace(id, name))
    }

    /// The changes from this one on, in short: `insert users <ada> event_1`.
    pub(crate) async fn changes(&self, mirror: &Mirror, from: usize) -> Vec<String> {
        let changes = mirror.render("changes").await.unwrap();
        let short = |change: &String| {
            let field = |name: &str| {
                let mut fields = change.split(' ').filter_map(|field| field.split_once('='));
                fields.find(|(known, _)| *known == name).map(|(_, value)| value)
            };
            let words = ["operation", "table_name", "row_id", "event_id"].map(field);
            self.named(&words.into_iter().flatten().collect::<Vec<_>>().join(" "))
        };
        changes.iter().skip(from).map(short).collect()
    }

    /// The ID with this name.
    pub(crate) fn id(&self, name: &str) -> String {
        let names = self.names.lock().unwrap();
        names.iter().find(|(_, known)| *known == name).unwrap().0.clone()
    }

    /// The client of the application, which nothing lies to.
    pub(crate) fn workos(&self) -> Client {
        self.emulator.client()
    }

    /// A process that has the mirror.
    pub(crate) async fn mirror(&self) -> Mirror {
        self.database.open(self.wire.client()).await.unwrap()
    }

    /// A mirror that knows nothing but the lists, as rows.
    pub(crate) async fn expected(&self) -> Vec<Vec<String>> {
        let database = Database::new().await;
        let mirror = database.open(self.workos()).await.unwrap();
        mirror.backfill(|_| {}).await.unwrap();
        rows(&mirror).await
    }

    /// Lets two minutes pass, so that what happens next is later, whatever clocks say.
    pub(crate) fn tick(&self) {
        self.emulator.clock().advance(Duration::from_secs(120));
    }

    /// Runs the mirror until it has read all events, and stops it.
    pub(crate) async fn settle(&self) -> Mirror {
        let mirror = self.mirror().await;
        self.wire.state().has_told_all = false;
        let running = tokio::spawn({
            let mirror = mirror.clone();
            async move { mirror.run(nothing).await }
        });
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let status = mirror.status().await.unwrap();
            if self.wire.state().has_told_all && status.lookups == 0 {
                break;
            }
            assert!(!running.is_finished(), "{:?}", running.await);
        }
        mirror.handle().stop();
        running.await.unwrap().unwrap();
        mirror
    }
}

/// What rows have that others have not, for short messages.
pub(crate) fn difference(left: &[Vec<String>], right: &[Vec<String>]) -> Vec<String> {
    let (left, right) = (left.concat(), right.concat());
    let only = |sign: char, these: &[String], others: &[String]| {
        let only = these.iter().filter(|row| !others.contains(row));
        only.map(|row| format!("{sign} {row}")).collect::<Vec<_>>()
    };
    [only('+', &left, &right), only('-', &right, &left)].concat()
}

/// An event about this object, which happened at this time.
pub(crate) fn event(number: u32, name: &str, created_at: &str, data: Value) -> Value {
    let id = format!("event_{number}");
    json!({"object": "event", "id": id, "event": name, "created_at": created_at, "data": data})
}

/// A user as this was at this time.
pub(crate) fn user(id: &str, first_name: &str, updated_at: &str) -> Value {
    json!({
        "object": "user",
        "id": id,
        "email": format!("{id}@acme.test"),
        "email_verified": true,
        "first_name": first_name,
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": updated_at,
    })
}

pub(crate) fn nothing(_: &Progress) {}

pub(crate) const TABLES: [&str; 11] = [
    "organizations",
    "organization_domains",
    "users",
    "organization_memberships",
    "roles",
    "connections",
    "directories",
    "directory_groups",
    "directory_users",
    "directory_group_members",
    "feature_flags",
];

/// The rows of all tables, without the times at which the mirror heard of a membership.
pub(crate) async fn rows(mirror: &Mirror) -> Vec<Vec<String>> {
    let mut tables = Vec::new();
    for table in TABLES {
        let mut rows = mirror.render(table).await.unwrap();
        for row in &mut rows {
            row.truncate(row.find(" changed_at=").unwrap_or(row.len()));
            // Postgres writes JSON in its own way.
            *row = row.replace("\": ", "\":");
        }
        // Not every server sorts by bytes.
        rows.sort();
        tables.push(rows);
    }
    tables
}

pub(crate) enum Database {
    Sqlite(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl Database {
    pub(crate) async fn new() -> Self {
        match server() {
            #[cfg(feature = "postgres")]
            Some(url) => Self::Postgres(postgres::schema(&url).await),
            _ => Self::Sqlite(tempfile::tempdir().unwrap()),
        }
    }

    pub(crate) async fn open(&self, client: Client) -> Result<Mirror, workos_mirror::Error> {
        match self {
            Self::Sqlite(folder) => {
                Mirror::open_sqlite(client, folder.path().join("mirror.sqlite")).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Mirror::connect_postgres(client, url).await,
        }
    }

    /// Executes a statement beside the mirror.
    pub(crate) async fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("mirror.sqlite");
                let file = workos_stores::sqlite::rusqlite::Connection::open(path).unwrap();
                file.execute_batch(sql).unwrap();
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => postgres::execute(url, sql).await,
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use std::sync::atomic::{AtomicU32, Ordering};

    use workos_stores::postgres::tokio_postgres::{NoTls, connect};

    static SCHEMAS: AtomicU32 = AtomicU32::new(0);

    /// The URL of a new schema.
    pub(crate) async fn schema(url: &str) -> String {
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let name = format!("mirror_{}_{number}", std::process::id());
        execute(url, &format!("CREATE SCHEMA {name}")).await;
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}options=-csearch_path%3D{name}")
    }

    pub(crate) async fn execute(url: &str, sql: &str) {
        let (client, connection) = connect(url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        connection.abort();
    }
}

/// The way from the mirror to the emulator. It has the emulator's clock.
pub(crate) struct Wire {
    emulator: Arc<Emulator>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: Vec<String>,
    /// What is done before the next answers to lists arrive.
    meanwhile: std::collections::VecDeque<BoxFuture<()>>,
    /// Events instead of those of the emulator.
    told: Option<Vec<Value>>,
    /// Whether there was a page without events, before which all others were worked on.
    has_told_all: bool,
    /// How many requests are answered before all others fail.
    answers: Option<usize>,
    /// The object that lists do not have.
    hidden: Option<String>,
    /// How far the clock of the mirror is ahead of the emulator's.
    ahead: Duration,
}

impl Wire {
    fn new(emulator: Arc<Emulator>) -> Self {
        Self { emulator, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client {
        Client::builder()
            .api_key(self.emulator.api_key())
            .base_url("http://localhost")
            .max_retries(0)
            .transport(Arc::new(Shared(self.clone())))
            .build()
    }

    /// The lists and objects that were asked for, as paths with their query, without the events.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    /// Does this once the answer to the next list is under way.
    pub(crate) fn meanwhile(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.state().meanwhile.push_back(Box::pin(work));
    }

    /// Does nothing of that any more.
    pub(crate) fn forget_the_rest(&self) {
        self.state().meanwhile.clear();
    }

    /// Tells of these events from now on, and of none of the emulator's.
    pub(crate) fn tell(&self, events: impl IntoIterator<Item = Value>) {
        self.state().told.get_or_insert_default().extend(events);
    }

    /// Fails all requests after so many; `None` lets all of them through.
    pub(crate) fn fail_after(&self, answers: impl Into<Option<usize>>) {
        self.state().answers = answers.into();
    }

    /// Lets no list have this object.
    pub(crate) fn hide(&self, id: impl Into<Option<String>>) {
        self.state().hidden = id.into();
    }

    /// Lets the clock of the mirror be ahead.
    pub(crate) fn be_ahead(&self, by: Duration) {
        self.state().ahead = by;
    }

    fn answer(&self, path: &str, query: &str) -> Option<Result<HttpResponse, TransportError>> {
        let mut state = self.state();
        match &mut state.answers {
            Some(0) => return Some(Err(TransportError::reset("the wire is cut"))),
            Some(left) => *left -= 1,
            None => {}
        }
        if path != "/events" {
            let mut query: Vec<_> = query.split('&').collect();
            query.sort_unstable();
            let query = query.join("&");
            state.requests.push(format!("{path}?{query}").trim_end_matches('?').to_owned());
            return None;
        }
        let told = state.told.as_mut()?;
        let rest = told.split_off(told.len().min(100));
        let page = std::mem::replace(told, rest);
        let last = page.last().map(|event| event["id"].clone());
        let after = last.filter(|_| !told.is_empty());
        state.has_told_all |= page.is_empty();
        let list = json!({"object": "list", "data": page, "list_metadata": {"after": after}});
        Some(Ok(HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: list.to_string().into(),
        }))
    }
}

struct Shared(Arc<Wire>);

#[async_trait]
impl HttpTransport for Shared {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let url = request.url.trim_start_matches("http://localhost");
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        if let Some(answer) = self.0.answer(path, query) {
            return answer;
        }
        let is_of_events = path == "/events";
        let mut response = self.0.emulator.transport().execute(request).await?;
        if let (Some(id), false) = (&self.0.state().hidden, is_of_events) {
            let mut page: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            if let Some(items) = page["data"].as_array_mut() {
                items.retain(|item| item["id"] != **id);
                response.body = page.to_string().into();
            }
        }
        if is_of_events {
            let page: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            self.0.state().has_told_all |= page["data"] == json!([]);
            return Ok(response);
        }
        let meanwhile = self.0.state().meanwhile.pop_front();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        Ok(response)
    }

    fn runtime(&self) -> SharedRuntime {
        Arc::new(EmulatorTime {
            wire: self.0.clone(),
            runtime: self.0.emulator.transport().runtime(),
        })
    }
}

struct EmulatorTime {
    wire: Arc<Wire>,
    runtime: SharedRuntime,
}

impl Runtime for EmulatorTime {
    fn now(&self) -> Timestamp {
        self.wire.emulator.clock().now() + self.wire.state().ahead
    }

    fn elapsed(&self) -> Duration {
        self.runtime.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.runtime.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<()>) -> Option<BoxFuture<()>> {
        self.runtime.spawn(task)
    }
}
