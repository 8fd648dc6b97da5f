//! Requests that no client should send, to an emulator that has objects of every kind: none is
//! answered with a failure of the server or with something undocumented, and what is refused
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};
use workos::{PipesOwnership, Timestamp};
use workos_contract::Operation;
use workos_contract::sample::Sampler;
use workos_emulator::*;

use super::trial::Trial;

/// Values that answers had, for requests to send: by the path of the list that they are in, and by
/// the name of the field.
#[derive(Default)]
struct Pool {
    by_path: BTreeMap<(String, &'static str), BTreeSet<String>>,
    by_field: BTreeMap<String, BTreeSet<String>>,
}

/// What objects are named by in paths.
const KEYS: [&str; 4] = ["external_id", "slug", "name", "id"];

impl Pool {
    fn learn(&mut self, path: &str, answer: &Value) {
        let objects = answer["data"].as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
        for object in objects {
            for name in KEYS {
                if let Some(text) = object[name].as_str().filter(|text| text.len() < 100) {
                    let list = (path.to_owned(), name);
                    self.by_path.entry(list).or_default().insert(text.to_owned());
                }
            }
        }
        self.learn_fields(answer);
    }

    fn learn_fields(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.learn_fields(item)),
            Value::Object(fields) => {
                if let (Some(kind), Some(id)) = (fields.get("object"), fields.get("id")) {
                    let kind = kind.as_str().unwrap_or_default();
                    for name in [kind.to_owned(), format!("{kind}_id")] {
                        self.learn_field(&name, id);
                    }
                }
                for (name, value) in fields {
                    self.learn_field(name, value);
                    self.learn_fields(value);
                }
            }
            _ => {}
        }
    }

    fn learn_field(&mut self, name: &str, value: &Value) {
        if let Some(text) = value.as_str().filter(|text| text.len() < 100) {
            self.by_field.entry(name.to_owned()).or_default().insert(text.to_owned());
        }
    }

    fn of_field(&self, name: &str, at: usize) -> Option<&String> {
        nth(self.by_field.get(name)?, at)
    }

    /// A path with a value for each placeholder: mostly one that it is meant for.
    fn path(&self, template: &str, at: usize) -> String {
        let mut list = String::new();
        let mut path = String::new();
        for part in template.split('/').skip(1) {
            let value = match part.strip_prefix('{') {
                Some(name) => {
                    let name = snake_case(name.trim_end_matches('}'));
                    let key = KEYS.into_iter().find(|key| name.ends_with(key)).unwrap_or("id");
                    let in_list = self.by_path.get(&(list.clone(), key));
                    let known = in_list.and_then(|values| nth(values, at));
                    known
                        .or_else(|| self.of_field(&name, at))
                        .map_or(name.clone(), |id| encoded(id))
                }
                None => part.to_owned(),
            };
            path = format!("{path}/{value}");
            list = format!("{list}/{part}");
        }
        path
    }

    /// Puts IDs that exist into the place of samples.
    fn fill(&self, name: &str, value: &mut Value, at: usize) {
        match value {
            Value::Array(items) => {
                let name = name.trim_end_matches('s');
                items.iter_mut().for_each(|item| self.fill(name, item, at));
            }
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(name, value)| self.fill(name, value, at));
            }
            Value::String(text) if text == "text" => {
                if let Some(known) = self.of_field(name, at) {
                    known.clone_into(text);
                }
            }
            _ => {}
        }
    }
}

fn nth(values: &BTreeSet<String>, at: usize) -> Option<&String> {
    values.iter().nth(at.checked_rem(values.len())?)
}

fn snake_case(name: &str) -> String {
    let lower = |char: char| match char.is_uppercase() {
        true => format!("_{}", char.to_lowercase()),
        false => char.to_string(),
    };
    name.chars().map(lower).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn target(path: &str, query: &Value) -> String {
    let pairs = workos_contract::query_pairs(query);
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// The operations that are served.
fn operations() -> Vec<&'static Operation> {
    let missing: BTreeSet<_> = include_str!("missing.txt").lines().collect();
    let is_served = |operation: &workos::contract::Operation| {
        !missing.contains(&*format!("{} {}", operation.method, operation.path))
    };
    let operations = workos::contract::operations().map(|entry| entry.operation);
    let served = operations.filter(is_served);
    let served = served.map(|one| workos_contract::operation(one.method, one.path).unwrap());
    let mut served: Vec<_> = served.collect();
    served.sort_by_key(|one| one.name());
    served.dedup_by_key(|one| one.name());
    served
}

fn method(operation: &Operation) -> Method {
    operation.method().parse().unwrap()
}

/// An emulator with objects of every kind.
async fn populated() -> (Trial, Pool) {
    let trial = Trial::new().await;
    let mut pool = Pool::default();
    let post = async |path: &str, body: Value| {
        let (status, object) = trial.call("POST", path, body).await;
        assert_eq!(status, 201, "{path}: {object}");
        object["id"].as_str().unwrap().to_owned()
    };
    let acme = post("/organizations", json!({"name": "Acme", "external_id": "acme"})).await;
    let ada = post("/user_management/users", json!({"email": "ada@acme.test"})).await;
    let member = json!({"user_id": ada, "organization_id": acme});
    post("/user_management/organization_memberships", member).await;
    let fixtures = trial.emulator.fixtures();
    fixtures.session(&ada);
    fixtures.identity(&ada, workos::UserIdentityProvider::GithubOAuth);
    fixtures.radar_challenge(&ada).unwrap();
    fixtures.resource_type("text", &["organization"]).unwrap();
    fixtures.system_permission("widgets:manage", "Manage").unwrap();
    fixtures.several_connected_accounts();
    fixtures.shared_data_integration("slack", PipesOwnership::User).unwrap();
    let application =
        NewApplication { name: "App".to_owned(), is_first_party: true, ..Default::default() };
    let application = fixtures.application(application).unwrap();
    fixtures.authorized_application(&acme, &ada, application);
    let flag = NewFlag { slug: "beta".to_owned(), name: "Beta".to_owned(), ..Default::default() };
    fixtures.feature_flag(flag).unwrap();
    let profile = NewProfile { email: "ada@acme.test".to_owned(), ..Default::default() };
    let connection =
        NewConnection { organization: acme.clone(), profiles: vec![profile], ..Default::default() };
    fixtures.connection(connection).unwrap();
    let group = NewDirectoryGroup { name: "Engineers".to_owned(), ..Default::default() };
    let user = NewDirectoryUser {
        email: Some("ada@acme.test".to_owned()),
        groups: vec!["Engineers".to_owned()],
        ..Default::default()
    };
    let directory = NewDirectory {
        organization: acme.clone(),
        groups: vec![group],
        users: vec![user],
        ..Default::default()
    };
    fixtures.directory(directory).unwrap();
    let agent = NewAgentRegistration { organization_id: acme.clone(), ..Default::default() };
    let agent = fixtures.agent_registration(agent).unwrap();
    let registration_id = agent.id.clone();
    let credential = NewAgentCredential { registration_id, ..Default::default() };
    fixtures.agent_credential(credential).unwrap();
    let attempt = NewAgentClaimAttempt {
        registration_id: agent.id.clone(),
        login_hint: "ada@acme.test".to_owned(),
        ..Default::default()
    };
    fixtures.agent_claim_attempt(attempt).unwrap();
    for (path, body) in [
        ("/organizations/{org}/it_contacts", json!({"email": "it@acme.test"})),
        ("/organizations/{org}/groups", json!({"name": "Engineers"})),
        ("/organizations/{org}/api_keys", json!({"name": "CI"})),
        ("/user_management/users/{user}/auth_factors", json!({"type": "totp"})),
        ("/user_management/invitations", json!({"email": "bob@acme.test"})),
        ("/user_management/redirect_uris", json!({"uri": "http://localhost:3000/callback"})),
        ("/user_management/cors_origins", json!({"origin": "http://localhost:3000"})),
        ("/user_management/magic_auth", json!({"email": "ada@acme.test"})),
        ("/user_management/password_reset", json!({"email": "ada@acme.test"})),
        ("/authorization/roles", json!({"slug": "editor", "name": "Editor"})),
        ("/authorization/permissions", json!({"slug": "posts:write", "name": "Write posts"})),
        ("/authorization/organizations/{org}/roles", json!({"slug": "org-lead", "name": "Lead"})),
        (
            "/authorization/resources",
            json!({
                "external_id": "text", "name": "Text", "resource_type_slug": "text",
                "organization_id": acme,
            }),
        ),
        ("/auth/factors/enroll", json!({"type": "sms", "phone_number": "+15005550006"})),
        (
            "/webhook_endpoints",
            json!({
                "endpoint_url": "http://127.0.0.1:1/hook", "events": ["user.created"],
            }),
        ),
        ("/agents/blueprints", json!({"name": "Agent"})),
        (
            "/vault/v1/kv",
            json!({
                "name": "token", "value": "secret", "key_context": {"organization_id": acme},
            }),
        ),
    ] {
        let template = path.replace("{org}", "{organization_id}").replace("{user}", "{user_id}");
        let path = path.replace("{org}", &acme).replace("{user}", &ada);
        let (status, object) = trial.call("POST", &path, body).await;
        assert!(status < 300, "{path}: {status} {object}");
        pool.learn(&template, &object);
    }
    // What requests make: each round uses what the ones before have made.
    for round in 0..3 {
        for operation in operations().iter().filter(|one| one.method() != "DELETE") {
            let sampler = match round {
                0 => Sampler::largest(),
                _ => Sampler { pick: round - 1, ..Sampler::smallest() },
            };
            let (mut query, mut body) = operation.sample_request(&sampler);
            pool.fill("", &mut body, 0);
            if operation.method() == "GET" {
                (query, body) = (json!({}), Value::Null);
            }
            let path = pool.path(operation.path(), 0);
            let (status, answer) =
                trial.call(operation.method(), &target(&path, &query), body).await;
            assert!(status < 500, "{}: {answer}", operation.name());
            if status < 300 {
                pool.learn(operation.path(), &answer);
            }
        }
    }
    for event in trial.events().await {
        pool.learn_fields(&event);
    }
    (trial, pool)
}

/// Something done to a request.
#[derive(Debug, Clone)]
enum Spoil {
    Drop,
    Null,
    InArray,
    InObject,
    Put(Value),
    /// The ID of something else, or of nothing.
    Id(Index),
    Other(String),
    /// So many levels of arrays.
    Nest(usize),
    Long(usize),
}

/// What is wrong with the bytes.
#[derive(Debug, Clone)]
enum Bytes {
    Same,
    Cut(Index),
    Text(&'static str),
    Raw(Vec<u8>),
}

/// A request, as changes to a sample.
#[derive(Debug, Clone)]
struct Abuse {
    operation: Index,
    id: usize,
    sampler: Sampler,
    body: Vec<(Index, Spoil)>,
    query: Vec<(Index, Spoil)>,
    raw_query: Option<&'static str>,
    path: Option<(Index, Spoil)>,
    bytes: Bytes,
    header: Option<(&'static str, &'static str)>,
    has_no_key: bool,
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let put = prop::sample::select(vec![
        json!(""),
        json!(" "),
        json!("\u{0}\n\t\u{7f}\u{202e}"),
        json!("é\u{301}💥\u{fffd}"),
        json!("%00%ff../..//?#"),
        json!("{{ user.email }}{% if"),
        json!("-1"),
        json!(true),
        json!([]),
        json!({}),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!("9999-12-31T23:59:59.999Z"),
        json!("0000-01-01T00:00:00Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!("admin"),
        json!("text"),
        json!("organization"),
        json!("http://[::1"),
        json!("+1500555000600000000000000"),
    ]);
    prop_oneof![
        2 => Just(Spoil::Drop),
        2 => Just(Spoil::Null),
        1 => Just(Spoil::InArray),
        1 => Just(Spoil::InObject),
        6 => put.prop_map(Spoil::Put),
        4 => any::<Index>().prop_map(Spoil::Id),
        2 => any::<String>().prop_map(Spoil::Other),
        1 => (1_usize..200).prop_map(Spoil::Nest),
        1 => (1_usize..100_000).prop_map(Spoil::Long),
    ]
}

fn abuse() -> impl Strategy<Value = Abuse> {
    let sampler = (0_usize..6, any::<[bool; 4]>()).prop_map(|(pick, flags)| {
        let [optional, nulls, null_lists, novel] = flags;
        Sampler { pick, optional, nulls, null_lists, novel, extra: false }
    });
    let spoils = || prop::collection::vec((any::<Index>(), spoil()), 0..2);
    let bytes = prop_oneof![
        30 => Just(Bytes::Same),
        1 => any::<Index>().prop_map(Bytes::Cut),
        1 => prop::sample::select(vec![
            "", "null", "[]", "7", "NaN", "{\"name\":NaN}", "{\"a\":1e999}", "{\"a\":1,\"a\":2}",
            "{\"name\":\"\\ud83e\"}", "{\"name\":\"\u{0}\"}", "a=b&a=%ff&name", "\u{feff}{}",
        ]).prop_map(Bytes::Text),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::Raw),
    ];
    let raw_query = prop::sample::select(vec![
        "%ff=%ff",
        "limit=%00",
        "limit=1e3",
        "limit=&limit=5",
        "a[]=1&a[=2&]=3",
        "&&==&",
        "%",
        "%zz",
        "limit=NaN",
        "limit=99999999999999999999",
        "order[]=asc",
        "after=",
        "before=%F0%9F%92%A5",
    ]);
    let header = prop::sample::select(vec![
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "text/plain; charset=utf-16"),
        ("idempotency-key", "one"),
        ("idempotency-key", "two"),
        ("warrant-token", "latest"),
        ("if-match", "*"),
        ("authorization", "Bearer sk_test_other"),
    ]);
    (
        (any::<Index>(), 0_usize..4, sampler, spoils(), spoils()),
        prop::option::weighted(0.1, raw_query),
        prop::option::weighted(0.1, (any::<Index>(), spoil())),
        bytes,
        prop::option::weighted(0.2, header),
        prop::bool::weighted(0.02),
    )
        .prop_map(
            |(
                (operation, id, sampler, body, query),
                raw_query,
                path,
                bytes,
                header,
                has_no_key,
            )| {
                Abuse {
                    operation,
                    id,
                    sampler,
                    body,
                    query,
                    raw_query,
                    path,
                    bytes,
                    header,
                    has_no_key,
                }
            },
        )
}

impl Spoil {
    fn apply(&self, value: &Value, pool: &Pool) -> Option<Value> {
        Some(match self {
            Self::Drop => return None,
            Self::Null => Value::Null,
            Self::InArray => json!([value]),
            Self::InObject => json!({"a": value}),
            Self::Put(value) => value.clone(),
            Self::Id(index) => {
                let ids = pool.by_path.values().flatten();
                let ids: Vec<_> =
                    ids.chain(pool.by_field.get("id").into_iter().flatten()).collect();
                let unknown = "org_01ARYZ6S410000000000000000".to_owned();
                let known = ids.get(index.index(ids.len() + 1));
                known.map_or(unknown, |id| (*id).clone()).into()
            }
            Self::Other(text) => text.as_str().into(),
            Self::Nest(depth) => (0..*depth).fold(value.clone(), |inner, _| json!([inner])),
            Self::Long(length) => "x".repeat(*length).into(),
        })
    }

    /// Applies it to one of the values inside.
    fn apply_in(&self, value: &mut Value, at: Index, pool: &Pool) {
        let mut places = Vec::new();
        list_places(value, String::new(), &mut places);
        if places.is_empty() {
            return;
        }
        let place = at.get(&places);
        let (holder, key) = place.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let spoiled = self.apply(value.pointer(place).unwrap(), pool);
        match (value.pointer_mut(holder).unwrap(), spoiled) {
            (Value::Object(fields), Some(spoiled)) => drop(fields.insert(key, spoiled)),
            (Value::Object(fields), None) => drop(fields.remove(&key)),
            (Value::Array(items), Some(spoiled)) => items[key.parse::<usize>().unwrap()] = spoiled,
            (Value::Array(items), None) => drop(items.remove(key.parse().unwrap())),
            _ => unreachable!(),
        }
    }
}

fn list_places(value: &Value, place: String, places: &mut Vec<String>) {
    let mut add = |key: &str, value: &Value| {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        places.push(place.clone());
        list_places(value, place, places);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(key, value)| add(&key.to_string(), value));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| add(key, value)),
        _ => {}
    }
}

impl Abuse {
    /// The method, the target, the headers and the body.
    fn request(
        &self,
        operation: &Operation,
        pool: &Pool,
    ) -> (Method, String, Vec<(HeaderName, HeaderValue)>, Option<bytes::Bytes>) {
        let (mut query, mut body) = operation.sample_request(&self.sampler);
        pool.fill("", &mut body, self.id);
        pool.fill("", &mut query, self.id);
        self.body.iter().for_each(|(at, spoil)| spoil.apply_in(&mut body, *at, pool));
        self.query.iter().for_each(|(at, spoil)| spoil.apply_in(&mut query, *at, pool));
        let mut path = pool.path(operation.path(), self.id);
        if let Some((at, spoil)) = &self.path {
            let mut parts: Vec<_> = path.split('/').skip(1).map(str::to_owned).collect();
            let at = at.index(parts.len());
            match spoil.apply(&Value::String(parts[at].clone()), pool) {
                Some(Value::String(text)) => parts[at] = encoded(&text),
                Some(_) => parts[at] = "%ff%".to_owned(),
                None => drop(parts.remove(at)),
            }
            path = format!("/{}", parts.join("/"));
        }
        let mut target = target(&path, &query);
        if let Some(raw) = self.raw_query {
            target = format!("{target}{}{raw}", if target.contains('?') { "&" } else { "?" });
        }
        // Longer than any server reads.
        target.truncate(30_000);
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let bytes = match &self.bytes {
            Bytes::Same => text.into_bytes(),
            Bytes::Cut(at) => text.as_bytes()[..at.index(text.len() + 1)].to_vec(),
            Bytes::Text(text) => text.as_bytes().to_vec(),
            Bytes::Raw(bytes) => bytes.clone(),
        };
        let headers = self
            .header
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers: Vec<_> = headers.collect();
        if self.has_no_key {
            headers.push((http::header::AUTHORIZATION, HeaderValue::from_static("Bearer ")));
        }
        let body = (!bytes.is_empty()).then(|| bytes.into());
        (method(operation), target, headers, body)
    }
}

/// All that lists show, but those that note that they were read.
async fn lists(trial: &Trial, pool: &Pool) -> BTreeMap<String, Value> {
    let mut lists = BTreeMap::new();
    for operation in operations() {
        let is_read = operation.method() == "GET" && !operation.path().starts_with("/vault");
        if is_read && operation.path() != "/events" {
            let path = pool.path(operation.path(), 0);
            let (_, answer) = trial.call("GET", &path, Value::Null).await;
            lists.insert(operation.name().to_owned(), answer);
        }
    }
    lists
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(6),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn abuse_is_answered_and_what_is_refused_changes_nothing(
        abuses in prop::collection::vec(abuse(), 1..150),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (trial, pool) = populated().await;
            let operations = operations();
            let mut before = None;
            for (number, abuse) in abuses.iter().enumerate() {
                let operation = *abuse.operation.get(&operations);
                let (method, target, headers, body) = abuse.request(operation, &pool);
                let (is_read, context) = (method == Method::GET, format!("{method} {target}"));
                // Looking at everything takes longer than all else.
                let is_compared = !is_read && number % 8 == 0;
                let last_event = trial.last_event().await;
                if is_compared && before.is_none() {
                    before = Some(lists(&trial, &pool).await);
                }
                let (status, answer) = trial.send(method, &target, &headers, body).await;
                assert!(status < 500 || status == 501, "{context}: {status} {answer}");
                if status < 400 {
                    before = None;
                    continue;
                }
                assert_eq!(trial.last_event().await, last_event, "{context}: {status} {answer}");
                if is_compared {
                    let after = lists(&trial, &pool).await;
                    assert_eq!(before.as_ref(), Some(&after), "{context}: {status} {answer}");
                }
            }
        });
    }
}

/// Every list takes, or refuses, the cursor of every other list.
#[tokio::test]
async fn cursors_of_other_lists_are_refused_or_name_nothing() {
    let (trial, pool) = populated().await;
    let ids: Vec<_> = pool.by_field["id"].iter().step_by(7).collect();
    for operation in operations() {
        let is_list = operation.query().is_some_and(|query| {
            matches!(&query.kind, workos_contract::Kind::Object(fields)
                if fields.iter().any(|field| field.name == "after"))
        });
        for id in ids.iter().filter(|_| is_list) {
            let path = pool.path(operation.path(), 0);
            let target = format!("{path}?after={}", encoded(id));
            let (status, answer) = trial.call(operation.method(), &target, Value::Null).await;
            assert!(status < 500, "{target}: {answer}");
        }
    }
}

/// Whatever the clock says, sums and differences of times are times.
#[tokio::test]
async fn no_time_is_too_early_or_too_late() {
    for time in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let (trial, pool) = populated().await;
        trial.emulator.clock().freeze(time);
        for round in 0..2 {
            for operation in operations() {
                let sampler = Sampler { optional: round == 0, ..Sampler::smallest() };
                let (_, mut body) = operation.sample_request(&sampler);
                pool.fill("", &mut body, 0);
                let path = pool.path(operation.path(), 0);
                let body = if operation.method() == "GET" { Value::Null } else { body };
                let (status, answer) = trial.call(operation.method(), &path, body).await;
                assert!(status < 500, "{time} {}: {answer}", operation.name());
            }
            trial.emulator.clock().advance(Duration::MAX);
        }
    }
}

/// In each place of each body: a value so deep that code that follows it could run out of stack,
/// or, where it tries each of several types at each level, of time.
#[tokio::test]
async fn deep_values_are_refused_or_ignored_in_no_time() {
    let (trial, pool) = populated().await;
    let start = Instant::now();
    for operation in operations() {
        let (_, body) = operation.sample_request(&Sampler::largest());
        let mut places = Vec::new();
        list_places(&body, String::new(), &mut places);
        let names: BTreeSet<_> =
            places.iter().filter_map(|place| place.split('/').nth(1)).collect();
        let path = pool.path(operation.path(), 0);
        for name in names {
            let mut value = json!("text");
            for _ in 0..120 {
                value = match &body[name] {
                    Value::Array(_) => json!([value]),
                    Value::Object(fields) => {
                        let mut level = Map::new();
                        level.insert(fields.keys().next().cloned().unwrap_or_default(), value);
                        level.into()
                    }
                    _ => json!({ name: value }),
                };
            }
            let mut body = body.clone();
            body[name] = value;
            let (status, answer) = trial.call(operation.method(), &path, body).await;
            assert!(status < 500, "{} {name}: {answer}", operation.name());
        }
        let deeper = ["[", "{\"a\":"].map(|open| format!("{{\"name\":{}", open.repeat(100_000)));
        for body in deeper.map(|body| Some(body.into())) {
            let (status, answer) = trial.send(method(operation), &path, &[], body).await;
            if operation.body().is_some() {
                assert_eq!(status, 400, "{answer}");
            }
        }
    }
    // Generous; one that doubles with each level would take for ever.
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[tokio::test]
async fn odd_bodies_and_queries_have_the_errors_of_the_api() {
    let trial = Trial::new().await;
    for (body, expected) in [
        (&b"{\"name\":\"a\",\"name\":\"b\"}"[..], 201),
        (b"{\"name\":NaN}", 400),
        (b"{\"name\":\"a\",\"metadata\":1e999}", 400),
        (b"{\"name\":\"\xff\"}", 400),
        (b"{\"name\":\"a\nb\"}", 400),
        (b"{\"name\":\"\\ud83e\"}", 400),
        (b"{\"name\":18446744073709551616}", 422),
        (b"\xef\xbb\xbf{\"name\":\"a\"}", 400),
        (b"{\"name\":\"a\"}}", 400),
    ] {
        let sent = Some(bytes::Bytes::from_static(body));
        let (status, answer) = trial.send(Method::POST, "/organizations", &[], sent).await;
        assert_eq!(status, expected, "{}: {answer}", String::from_utf8_lossy(body));
    }
    let many: Vec<_> = (0..10_000).map(|number| format!("{number}")).collect();
    let many = [many.join("&"), vec!["domains=a.com"; 4_000].join("&")];
    for (query, expected) in [
        (many[0].as_str(), 200),
        (&many[1], 200),
        ("limit=%ff", 422),
        ("limit=99999999999999999999999", 422),
        ("limit=NaN", 422),
        ("%00=%00&%", 200),
        ("after=%ff", 422),
    ] {
        let target = format!("/organizations?{query}");
        let (status, answer) = trial.send(Method::GET, &target, &[], None).await;
        let start: String = query.chars().take(40).collect();
        assert_eq!(status, expected, "{start}: {answer}");
    }
    let (status, answer) = trial.send(Method::GET, "/organizations/%ff", &[], None).await;
    assert_eq!((status, &answer["code"]), (400, &json!("invalid_request_path")));
}
