//! Many requests at once whose cookie has expired: what the pages of one browser do after a break.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use workos::SecretString;
use workos::helpers::seal::SealKeys;
use workos::helpers::session::{
    Authentication, RefreshedSession, SessionRefreshOptions, seal_session_from_auth_response,
};
use workos::user_management::AuthenticateWithRefreshTokenParams;
use workos_emulator::{Builder, Emulator, Fault, NewSignIn, SeedData, TokenFlaw};

const PATH: &str = "/user_management/authenticate";
const REQUESTS: usize = 1_000;
/// How long an exchange takes, on a clock that takes no real time: until then all others join it.
const LATENCY: Duration = Duration::from_millis(50);

/// An emulator on the time of the system, by which the SDK verifies tokens, with a user in two
/// organizations.
async fn start(builder: Builder) -> Emulator {
    let member = json!([{"email": "ada@example.com"}]);
    let data = json!({
        "users": [{"id": "user_ada", "email": "ada@example.com", "email_verified": true}],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "memberships": member},
            {"id": "org_beta", "name": "Beta", "memberships": member},
        ],
    });
    let data = SeedData::from_value(data).unwrap();
    builder.data(data).without_socket().start().await.unwrap()
}

fn keys() -> SealKeys {
    SealKeys::new("a cookie password of 32 characters").unwrap()
}

/// The cookie of a session in the first organization, with an access token that has expired.
fn expired_cookie(emulator: &Emulator) -> SecretString {
    let new = NewSignIn {
        user_id: "user_ada".into(),
        organization_id: Some("org_acme".into()),
        flaw: Some(TokenFlaw::Expired),
    };
    let signed_in = emulator.fixtures().sign_in(new).unwrap();
    seal_session_from_auth_response(signed_in, &keys()).unwrap()
}

/// Refreshes the session of a cookie in many requests at once. Every tenth switches to the second
/// organization; these come first in the answer. A failure that may pass is tried again, as the
/// next request of the browser would do.
async fn storm(
    emulator: &Emulator,
    cookie: &SecretString,
) -> (Vec<RefreshedSession>, Vec<RefreshedSession>) {
    emulator.faults().add(Fault::latency(LATENCY).on(Method::POST, PATH));
    let client = emulator.client();
    let authentication = client.session(cookie.clone(), &keys()).authenticate().await;
    assert!(matches!(authentication, Authentication::Expired(_)), "{authentication:?}");
    let tasks: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let session = client.session(cookie.clone(), &keys());
            let organization_id = (number % 10 == 7).then(|| "org_beta".to_owned());
            let options = SessionRefreshOptions { organization_id };
            tokio::spawn(async move {
                loop {
                    match session.refresh(options.clone()).await {
                        Ok(refreshed) => return (options.organization_id.is_some(), refreshed),
                        Err(error) => {
                            assert!(error.is_transient() && !error.session_is_over(), "{error}");
                        }
                    }
                }
            })
        })
        .collect();
    let (mut switched, mut others) = (Vec::new(), Vec::new());
    for task in tasks {
        let (switches, refreshed) = task.await.unwrap();
        let list = if switches { &mut switched } else { &mut others };
        list.push(refreshed);
    }
    (switched, others)
}

/// The refresh tokens that were sent, in their order.
fn sent(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().latest().into_iter().filter(|sent| sent.path == PATH);
    let token = |body: Value| body["refresh_token"].as_str().unwrap().to_owned();
    requests.map(|sent| token(serde_json::from_slice(&sent.body).unwrap())).collect()
}

/// Everybody has a session of the user in the organization that was asked for, and it goes on.
async fn check(emulator: &Emulator, switched: &[RefreshedSession], others: &[RefreshedSession]) {
    assert_eq!((switched.len(), others.len()), (REQUESTS / 10, REQUESTS - REQUESTS / 10));
    for (all, organizations) in [(switched, &["org_beta"][..]), (others, &["org_acme", "org_beta"])]
    {
        for refreshed in all {
            let claims = &refreshed.session().unwrap().claims;
            let organization_id = claims.org_id.as_deref().unwrap();
            assert_eq!(claims.sub, "user_ada");
            assert!(organizations.contains(&organization_id), "{organization_id}");
        }
    }
    // The switch came last, and left one session with one newest token.
    let newest: BTreeSet<_> =
        switched.iter().map(|one| one.data.refresh_token.expose().to_owned()).collect();
    assert_eq!(newest.len(), 1);
    let client = emulator.client();
    let users = client.user_management();
    let params = AuthenticateWithRefreshTokenParams::new(newest.into_iter().next().unwrap());
    let refreshed = users.authenticate_with_refresh_token(params).await.unwrap();
    assert_eq!(refreshed.organization_id.as_deref(), Some("org_beta"));
    let sessions = users.list_sessions("user_ada", Default::default()).await.unwrap().data;
    let organizations: Vec<_> =
        sessions.iter().map(|session| session.organization_id.as_deref()).collect();
    assert_eq!(organizations, [Some("org_beta")]);
}

/// How many requests exchanged a token, and how many tokens they had.
fn counts(sent: &[String]) -> (usize, usize) {
    (sent.len(), sent.iter().collect::<BTreeSet<_>>().len())
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_with_one_expired_cookie_exchange_each_token_once() {
    // Without a grace period a second exchange would sign the user out.
    let emulator = start(Emulator::builder().refresh_grace(Duration::ZERO)).await;
    let cookie = expired_cookie(&emulator);
    let (switched, others) = storm(&emulator, &cookie).await;
    // One for the refresh, and one for the switch.
    assert_eq!(counts(&sent(&emulator)), (2, 2));
    check(&emulator, &switched, &others).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_signs_nobody_out_and_uses_up_no_token() {
    let emulator = start(Emulator::builder().refresh_grace(Duration::ZERO)).await;
    let cookie = expired_cookie(&emulator);
    emulator.faults().add(Fault::status(503).after(LATENCY).on(Method::POST, PATH).times(5));
    let (switched, others) = storm(&emulator, &cookie).await;
    // A thousand requests meet an outage with one at a time.
    assert_eq!(counts(&sent(&emulator)), (7, 2));
    check(&emulator, &switched, &others).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_gets_lost_is_given_again_and_signs_nobody_out() {
    let emulator = start(Emulator::builder()).await;
    let cookie = expired_cookie(&emulator);
    emulator.faults().add(Fault::cut_body().after(LATENCY).on(Method::POST, PATH).times(1));
    let (switched, others) = storm(&emulator, &cookie).await;
    let sent = sent(&emulator);
    assert_eq!((counts(&sent), &sent[0]), ((3, 2), &sent[1]));
    check(&emulator, &switched, &others).await;
}
