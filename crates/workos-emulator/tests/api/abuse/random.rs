//! Random changes to sample requests: what is refused changes nothing.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use workos_contract::Operation;
use workos_contract::sample::Sampler;

use super::population::{Pool, populated};
use super::{encoded, list_places, method, operations, target};
use crate::trial::Trial;

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
pub(crate) struct Abuse {
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

pub(crate) fn abuse() -> impl Strategy<Value = Abuse> {
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

impl Abuse {
    /// Sends the request, whatever is wrong with it.
    pub(crate) async fn send(&self, trial: &Trial, pool: &Pool) {
        let operation = *self.operation.get(&operations());
        let (method, target, headers, body) = self.request(operation, pool);
        trial.send(method, &target, &headers, body).await;
    }

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
