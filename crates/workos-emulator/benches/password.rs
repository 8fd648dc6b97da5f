//! The cost of a password grant beside the RSA signature of its access token, which nothing can
//! save: `cargo bench -p workos-emulator --bench password`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use workos::transport::{HttpRequest, SharedTransport};
use workos::user_management::{CreateUser, Password};
use workos_emulator::Emulator;

const ROUNDS: usize = 200;
/// Of each kind in a round.
const CALLS: u32 = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let emulator = Emulator::builder().without_socket().start().await.unwrap();
    let ada = CreateUser {
        email_verified: Some(true),
        password: Some(Password::plaintext("correct horse battery")),
        ..CreateUser::new("ada@example.com")
    };
    emulator.client().user_management().create_user(ada).await.unwrap();
    let body = serde_json::json!({
        "grant_type": "password", "client_id": emulator.client_id(),
        "client_secret": emulator.api_key(),
        "email": "ada@example.com", "password": "correct horse battery",
    });
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let request = HttpRequest {
        method: Method::POST,
        url: format!("{}/user_management/authenticate", emulator.base_url()),
        headers,
        body: Some(body.to_string().into()),
    };
    let transport = emulator.transport();
    let key = KeyPair::from_pkcs8(include_bytes!("../src/sign_in/keys/1.der")).unwrap();

    let (mut grants, mut signatures, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let signature = time_signatures(&key);
        let grant = time_grants(&transport, &request).await;
        ratios.push(grant.as_secs_f64() / signature.as_secs_f64());
        grants.push(grant);
        signatures.push(signature);
    }
    println!("| RSA signature | password grant | median of {ROUNDS} ratios |");
    println!("|---|---|---|");
    let micros = |times| (median(times) / CALLS).as_micros();
    let (signature, grant) = (micros(signatures), micros(grants));
    ratios.sort_unstable_by(f64::total_cmp);
    println!("| {signature} us | {grant} us | {:.3} |", ratios.get(ROUNDS / 2).unwrap());
}

/// A signature over as many bytes as the access token has.
fn time_signatures(key: &KeyPair) -> Duration {
    let (token, mut signature) = ([b'x'; 500], vec![0; key.public().modulus_len()]);
    let start = Instant::now();
    for _ in 0..CALLS {
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &token, &mut signature).unwrap();
        black_box(&signature);
    }
    start.elapsed()
}

async fn time_grants(transport: &SharedTransport, request: &HttpRequest) -> Duration {
    let start = Instant::now();
    for _ in 0..CALLS {
        let response = transport.execute(request.clone()).await.unwrap();
        assert_eq!(response.status, 200);
    }
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}
