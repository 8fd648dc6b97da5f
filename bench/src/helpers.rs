//! The measured work of the helpers, done by the official crate, by ours, and by the bare
//! primitives that any implementation needs.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use tower::{Layer, Service};
use workos::helpers::seal::{Layout, SealKeys};
use workos::helpers::session::{SessionData, seal_session};
use workos::helpers::webhooks::WebhookVerifier;
use workos_axum::{Auth, AuthKit};

/// The same work by several parties.
pub struct Group {
    /// The name of the work.
    pub work: String,
    /// Each party, and a function that does the work once. First comes what the others are compared
    /// with: the official crate, where it does this. The bare primitives come last.
    pub parties: Vec<Party>,
}

/// The name of a party, and its work.
pub type Party = (&'static str, Box<dyn FnMut()>);

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parties: Vec<_> = self.parties.iter().map(|(name, _)| name).collect();
        f.debug_struct("Group").field("work", &self.work).field("parties", &parties).finish()
    }
}

const OFFICIAL: &str = "official";
const OURS: &str = "ours";

fn group(work: impl Into<String>) -> Group {
    Group { work: work.into(), parties: Vec::new() }
}

impl Group {
    fn by<T>(mut self, party: &'static str, mut work: impl FnMut() -> T + 'static) -> Self {
        let work = Box::new(move || drop(black_box(work())));
        self.parties.push((party, work));
        self
    }
}

/// Everything that is measured.
pub fn groups() -> Vec<Group> {
    let mut groups = vec![authenticate(), request(), seal()];
    groups.extend([("2 KB", 2 << 10), ("64 KB", 64 << 10)].map(webhook));
    groups.extend([("1 KB", 1 << 10), ("1 MB", 1 << 20)].map(vault));
    groups.extend(include_str!("events.jsonl").lines().map(event));
    groups
}

const CLIENT_ID: &str = "client_01";
/// A key of the layout that the official crate reads: 64 hex digits.
const HEX_PASSWORD: &str = "6368616e676520746869732070617373776f726420746f206120736563726574";
const IRON_PASSWORD: &str = "a cookie password of 32 characters";

/// Both crates have the same transport trait.
macro_rules! key_server {
    ($name:ident, $krate:ident) => {
        struct $name(String);

        #[async_trait::async_trait]
        impl $krate::transport::HttpTransport for $name {
            async fn execute(
                &self,
                _: $krate::transport::HttpRequest,
            ) -> Result<$krate::transport::HttpResponse, $krate::transport::TransportError> {
                Ok($krate::transport::HttpResponse {
                    status: http::StatusCode::OK,
                    headers: http::HeaderMap::new(),
                    body: self.0.clone().into(),
                })
            }
        }
    };
}

key_server!(TheirKeyServer, official);
key_server!(OurKeyServer, workos);

/// Key set and access token of the vector `jwt/good`, which is valid until 2100.
fn vector() -> (Value, String) {
    let file = include_str!("../../crates/workos/tests/vectors/jwts.json");
    let mut file: Value = serde_json::from_str(file).unwrap();
    let vector = file.pointer_mut("/vectors/0").unwrap();
    let token = vector.pointer("/output/access_token").unwrap().as_str().unwrap().to_owned();
    (vector.pointer_mut("/inputs/jwks").unwrap().take(), token)
}

/// The content of a session cookie.
fn session() -> Value {
    let user: Value = serde_json::from_str(include_str!("events.jsonl").lines().next().unwrap())
        .map(|mut event: Value| event.get_mut("data").unwrap().take())
        .unwrap();
    let (_, token) = vector();
    json!({"access_token": token, "refresh_token": "xkMp9f1NDLDxQ2tGVcjmrrWHA", "user": user})
}

fn keys(layout: Layout) -> SealKeys {
    let password = if layout == Layout::Iron { IRON_PASSWORD } else { HEX_PASSWORD };
    SealKeys::with_layout(layout, password).unwrap()
}

fn cookie(layout: Layout) -> String {
    let session: SessionData = serde_json::from_value(session()).unwrap();
    seal_session(&session, &keys(layout)).unwrap().into_inner()
}

/// A session cookie, from text to verdict, with cached keys.
fn authenticate() -> Group {
    let (jwks, _) = vector();
    let client = official::Client::builder()
        .api_key("sk_test_1")
        .client_id(CLIENT_ID)
        .transport(Arc::new(TheirKeyServer(jwks.to_string())))
        .build();
    let sealed = cookie(Layout::AesGcm);
    let theirs = move || {
        let session = client.session(sealed.as_str(), HEX_PASSWORD);
        let state = at_once(session.authenticate());
        assert!(state.authenticated);
        state
    };
    group("session: authenticate")
        .by(OFFICIAL, theirs)
        .by("ours, no token cache", our_authenticate(Layout::AesGcm, 0))
        .by("ours", our_authenticate(Layout::AesGcm, 1000))
        .by("ours, Fe26.2, no token cache", our_authenticate(Layout::Iron, 0))
        .by("ours, Fe26.2", our_authenticate(Layout::Iron, 1000))
        .by("`ring`: AES-GCM and RSA", bare_authenticate())
}

fn our_authenticate(
    layout: Layout,
    token_cache_size: usize,
) -> impl FnMut() -> workos::helpers::session::Authentication {
    let (jwks, _) = vector();
    let client = workos::Client::builder()
        .api_key("sk_test_1")
        .client_id(CLIENT_ID)
        .transport(Arc::new(OurKeyServer(jwks.to_string())))
        .token_cache_size(token_cache_size)
        .build();
    at_once(client.jwks().fetch()).unwrap();
    let (sealed, keys) = (cookie(layout), keys(layout));
    move || {
        let outcome = at_once(client.session(sealed.as_str(), &keys).authenticate());
        assert!(outcome.session().is_some());
        outcome
    }
}

/// A request of an application with `workos-axum`, beside the work that it cannot do without.
fn request() -> Group {
    let alone = our_authenticate(Layout::Iron, 1000);
    group("axum: a request with a session")
        .by("`session.authenticate()`", alone)
        .by("layer and extractor", through_the_layer(Some(cookie(Layout::Iron))))
        .by("layer and extractor, without a session", through_the_layer(None))
}

fn through_the_layer(session: Option<String>) -> impl FnMut() -> axum::response::Response {
    let (jwks, _) = vector();
    let client = workos::Client::builder()
        .api_key("sk_test_1")
        .client_id(CLIENT_ID)
        .transport(Arc::new(OurKeyServer(jwks.to_string())))
        .token_cache_size(1000)
        .build();
    at_once(client.jwks().fetch()).unwrap();
    let auth = AuthKit::new(client, keys(Layout::Iron));
    let is_signed_in = session.is_some();
    // The handler asks as an extractor does, without the router in between.
    let handler = tower::service_fn(move |request: Request| async move {
        let auth = request.extensions().get::<Auth>().unwrap();
        assert_eq!(auth.caller().await.unwrap().is_some(), is_signed_in);
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let mut service = auth.layer().layer(handler);
    let mut template = http::Request::builder().uri("/notes?page=2");
    for (name, value) in [
        ("host", "app.example.com"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-encoding", "gzip, deflate, br"),
        ("accept-language", "en-US,en;q=0.9"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("referer", "https://app.example.com/"),
    ] {
        template = template.header(name, value);
    }
    let cookies = session.map(|sealed| format!("theme=dark; wos-session={sealed}"));
    let template = template.header("cookie", cookies.unwrap_or("theme=dark".to_owned()));
    let (parts, ()) = template.body(()).unwrap().into_parts();
    move || at_once(service.call(Request::from_parts(parts.clone(), Body::empty()))).unwrap()
}

/// Decrypting the cookie's bytes and checking the token's signature.
fn bare_authenticate() -> impl FnMut() {
    let (jwks, token) = vector();
    let number = |name: &str| {
        let text = jwks.pointer(&format!("/keys/0/{name}")).unwrap().as_str().unwrap();
        URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let rsa = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (signed, signature) = (signed.to_owned(), URL_SAFE_NO_PAD.decode(signature).unwrap());
    let sealed = STANDARD.decode(cookie(Layout::AesGcm)).unwrap();
    let key = gcm_key(
        &(0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(HEX_PASSWORD.get(at..at + 2).unwrap(), 16).unwrap())
            .collect::<Vec<_>>(),
    );
    move || {
        let (nonce, data) = sealed.split_at(12);
        let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
        let mut data = data.to_vec();
        black_box(key.open_in_place(nonce, Aad::empty(), &mut data).unwrap());
        rsa.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();
    }
}

fn seal() -> Group {
    let theirs: official::SessionData = serde_json::from_value(session()).unwrap();
    let ours = |layout| {
        let (session, keys) = (serde_json::from_value(session()).unwrap(), keys(layout));
        move || seal_session(&session, &keys).unwrap()
    };
    let (json, key) = (session().to_string().into_bytes(), gcm_key(&[7; 32]));
    group("session: seal")
        .by(OFFICIAL, move || official::seal_session(&theirs, HEX_PASSWORD).unwrap())
        .by(OURS, ours(Layout::AesGcm))
        .by("ours, Fe26.2", ours(Layout::Iron))
        .by("`ring`: AES-GCM", move || encrypt(&key, &json))
}

fn webhook((size, bytes): (&str, usize)) -> Group {
    const SECRET: &str = "whsec_a2V5XzAxRUhXTkNFNzRYN0pTRFY";
    const MILLIS: u64 = 1_772_366_400_000;
    let body = "x".repeat(bytes);
    let signature = official::compute_webhook_signature(SECRET, &MILLIS.to_string(), &body);
    let header = format!("t={MILLIS}, v1={signature}");
    let clock = || UNIX_EPOCH + Duration::from_millis(MILLIS);

    let theirs = official::WebhookVerifier::new(SECRET).with_clock(clock);
    let ours = WebhookVerifier::new(SECRET).with_clock(clock);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let [(body_1, header_1), (body_2, header_2)] =
        [(body.clone(), header.clone()), (body.clone(), header)];
    group(format!("webhook: verify {size}"))
        .by(OFFICIAL, move || theirs.verify_payload(&header_1, &body_1).unwrap())
        .by(OURS, move || ours.verify_header(&header_2, &body_2).unwrap())
        .by("`ring`: HMAC", move || hmac::sign(&key, body.as_bytes()))
}

fn vault((size, bytes): (&str, usize)) -> Group {
    let text: Arc<str> = "x".repeat(bytes).into();
    let (text_1, text_2) = (text.clone(), text.clone());
    let (data_key, keys) = (STANDARD.encode([7; 32]), STANDARD.encode([9; 180]));
    let (data_key_1, keys_1) = (data_key.clone(), keys.clone());
    let key = gcm_key(&[7; 32]);
    group(format!("vault: encrypt and decrypt {size}"))
        .by(OFFICIAL, move || {
            let blob = official::local_encrypt(&text_1, &data_key_1, &keys_1, "user_01").unwrap();
            official::local_decrypt(&blob, &data_key_1, "user_01").unwrap()
        })
        .by(OURS, move || {
            use workos::helpers::vault::{local_decrypt, local_encrypt};
            let blob = local_encrypt(&*text_2, &data_key, &keys, "user_01").unwrap();
            local_decrypt(&blob, &data_key, "user_01").unwrap()
        })
        .by("`ring`: AES-GCM", move || {
            let mut data = encrypt(&key, text.as_bytes());
            let nonce = Nonce::assume_unique_for_key([1; 12]);
            key.open_in_place(nonce, Aad::empty(), &mut data).unwrap();
            data
        })
}

fn event(json: &'static str) -> Group {
    let event: workos::Event = serde_json::from_str(json).unwrap();
    let known = !matches!(event.data, workos::EventData::Unknown { .. });
    assert_eq!(known, event.event != "gizmo.created");
    group(format!("event: read `{}`", event.event))
        .by(OFFICIAL, move || serde_json::from_str::<official::EventSchema>(json).unwrap())
        .by(OURS, move || serde_json::from_str::<workos::Event>(json).unwrap())
        .by("`serde_json::Value`", move || serde_json::from_str::<Value>(json).unwrap())
}

fn gcm_key(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

fn encrypt(key: &LessSafeKey, plaintext: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(plaintext.len() + 16);
    data.extend_from_slice(plaintext);
    let nonce = Nonce::assume_unique_for_key([1; 12]);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut data).unwrap();
    data
}

/// Polls once: with cached keys there is nothing to wait for, so no executor is involved.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}
