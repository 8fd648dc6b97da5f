//! Exchanging refresh tokens: each works once, however many requests arrive at once.
//!
//! An exchange replaces a token by its successor, so the tokens of a session form a chain. A client
//! remembers the links it has made for [`SHARED_FOR`]. A request may carry any token of the
//! chain, with or without an organization to switch to. It follows the chain to the newest session,
//! and exchanges only the token of that one, if it is not already the wanted session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::lock::SharedLock;
use super::refresh::{RefreshError, SHARED_FOR};
use super::{SessionData, unverified_claims};
use crate::crypto::sha256;
use crate::encoding::hex_encode;
use crate::helpers::single_flight::Flight;
use crate::operation::Operation;
use crate::user_management::AuthenticateWithRefreshTokenParams;
use crate::{Client, RequestOptions};

/// How many links a request follows. Only a broken server makes more.
const LONGEST_CHAIN: usize = 1000;
/// How long an exchange that nobody polls is kept, so that the next request can continue it: it may
/// hold the only copy of the session's new token.
const ABANDONED_FOR: Duration = Duration::from_secs(60);

static REFRESH: Operation = Operation::new("session", "refresh", "", "");

/// Identifies a refresh token without revealing it.
type Key = [u8; 32];

fn key_of(session: &SessionData) -> Key {
    sha256(session.refresh_token.expose().as_bytes())
}

/// The outcome of an exchange.
type Answer = Result<Successor, RefreshError>;

/// The session that replaced another one.
#[derive(Clone)]
struct Successor {
    session: Arc<SessionData>,
    /// The organization it was requested for, where this client made the request.
    requested_for: Option<String>,
}

impl Successor {
    #[inline]
    fn recalled(session: SessionData) -> Self {
        Self { session: Arc::new(session), requested_for: None }
    }

    fn is_for(&self, organization: Option<&str>) -> bool {
        organization.is_none_or(|wanted| {
            self.requested_for.as_deref() == Some(wanted)
                || organization_of(&self.session).as_deref() == Some(wanted)
        })
    }
}

/// The organization that a session belongs to.
fn organization_of(session: &SessionData) -> Option<String> {
    let claimed = unverified_claims(session).org_id;
    claimed.or_else(|| session.organization_id.clone()).filter(|id| !id.is_empty())
}

/// The exchanges of a client that are in progress or recent.
#[derive(Default)]
pub(crate) struct Exchanges {
    entries: Mutex<HashMap<Key, Entry>>,
}

/// What has become of a refresh token.
enum Entry {
    UnderWay(UnderWay),
    /// And when, by the runtime's clock.
    Done(Answer, Duration),
}

/// An exchange in progress. The entry keeps it alive, and through it the client, until it is done
/// or [abandoned](ABANDONED_FOR).
struct UnderWay {
    flight: Flight<Answer>,
    organization: Option<String>,
    since: Duration,
}

impl UnderWay {
    fn share(&self) -> Self {
        let (organization, since) = (self.organization.clone(), self.since);
        Self { flight: self.flight.share(), organization, since }
    }
}

impl Entry {
    fn is_stale(&self, now: Duration) -> bool {
        match self {
            Self::UnderWay(UnderWay { flight, since, .. }) => {
                flight.has_landed()
                    || (flight.is_abandoned() && now.saturating_sub(*since) >= ABANDONED_FOR)
            }
            Self::Done(_, at) => now.saturating_sub(*at) >= SHARED_FOR,
        }
    }

    /// Whether this is final for the token. It is not when the server did not rotate the token and
    /// the request wants another organization.
    fn settles(&self, key: Key, organization: Option<&str>) -> bool {
        match self {
            Self::Done(Ok(successor), _) => {
                key_of(&successor.session) != key || successor.is_for(organization)
            }
            _ => true,
        }
    }
}

impl Exchanges {
    /// What is known about the token.
    fn look(&self, key: Key, now: Duration) -> Option<Found> {
        self.forget_stale(now);
        self.entries().get(&key).map(Found::of)
    }

    /// What is known about the token, or the exchange that `start` starts.
    fn look_or_start(
        &self,
        key: Key,
        organization: Option<&str>,
        now: Duration,
        start: impl FnOnce() -> UnderWay,
    ) -> Found {
        self.forget_stale(now);
        let mut entries = self.entries();
        let known = entries.get(&key).filter(|entry| entry.settles(key, organization));
        known.map(Found::of).unwrap_or_else(|| {
            let exchange = start();
            entries.insert(key, Entry::UnderWay(exchange.share()));
            Found::UnderWay(exchange)
        })
    }

    fn forget_stale(&self, now: Duration) {
        let stale: Vec<_> = self.entries().extract_if(|_, entry| entry.is_stale(now)).collect();
        // Dropping them may run the application's code, such as a lock guard's: not under our lock.
        drop(stale);
    }

    /// Remembers new sessions and revocations. Other failures are forgotten, so that the next
    /// request tries again.
    fn finish(&self, key: Key, answer: &Answer, now: Duration) {
        let mut entries = self.entries();
        let replaced = match answer {
            Ok(_) | Err(RefreshError::Revoked(_)) => {
                entries.insert(key, Entry::Done(answer.clone(), now))
            }
            Err(_) => entries.remove(&key),
        };
        drop(entries);
        drop(replaced);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request finds out about a token.
enum Found {
    Answer(Answer),
    UnderWay(UnderWay),
}

impl Found {
    fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Done(answer, _) => Self::Answer(answer.clone()),
            Entry::UnderWay(exchange) => Self::UnderWay(exchange.share()),
        }
    }
}

/// How one request gets the newest session.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) client: Client,
    pub(super) options: Option<RequestOptions>,
    pub(super) lock: Option<SharedLock>,
}

impl Exchange {
    /// The newest session in the chain that `cookie` is part of, for the organization if one is
    /// given.
    pub(super) async fn newest(
        &self,
        cookie: SessionData,
        organization: Option<&str>,
    ) -> Result<Arc<SessionData>, RefreshError> {
        let mut session = Arc::new(cookie);
        let (mut suits, mut is_remembered) = (false, false);
        for _ in 0..LONGEST_CHAIN {
            let next = if suits {
                self.known_successor(&session, is_remembered).await
            } else {
                Some(self.successor(&session, organization).await)
            };
            let (answer, was_remembered) = match next {
                None => break,
                Some(next) => next,
            };
            let successor = match answer {
                // The next exchange failed for another request. The token may still be valid.
                Err(error) if suits && !matches!(error, RefreshError::Revoked(_)) => break,
                answer => answer?,
            };
            let is_rotated = key_of(&successor.session) != key_of(&session);
            (suits, is_remembered) = (successor.is_for(organization), was_remembered);
            session = successor.session;
            if suits && !is_rotated {
                break;
            }
        }
        Ok(session)
    }

    /// What has replaced a session, if anything has, and whether that was remembered. Other
    /// processes are asked only about a session that is not new.
    async fn known_successor(
        &self,
        session: &SessionData,
        is_remembered: bool,
    ) -> Option<(Answer, bool)> {
        let key = key_of(session);
        match self.exchanges().look(key, self.elapsed()) {
            Some(Found::Answer(answer)) => return Some((answer, true)),
            Some(Found::UnderWay(exchange)) => return Some((self.land(exchange).await, false)),
            None if !is_remembered => return None,
            None => {}
        }
        let recalled = self.lock.as_ref()?.recall(&hex_encode(&key)).await?;
        let answer = Ok(Successor::recalled(recalled));
        self.finish(key, &answer);
        Some((answer, true))
    }

    /// What replaces a session, after an exchange if nothing has yet, and whether it was
    /// remembered.
    async fn successor(
        &self,
        session: &Arc<SessionData>,
        organization: Option<&str>,
    ) -> (Answer, bool) {
        let own = organization.map(str::to_owned).or_else(|| organization_of(session));
        loop {
            let start = || self.start(session.clone(), own.clone());
            let (key, now) = (key_of(session), self.elapsed());
            let exchange = match self.exchanges().look_or_start(key, organization, now, start) {
                Found::Answer(answer) => return (answer, true),
                Found::UnderWay(exchange) => exchange,
            };
            let requested_for = exchange.organization.clone();
            let answer = self.land(exchange).await;
            // A refusal for one organization says nothing about another, and uses up no token.
            let concerns_only_them = matches!(&answer, Err(error)
                if !matches!(error, RefreshError::Revoked(_)) && !error.is_transient());
            if requested_for == own || !concerns_only_them {
                return (answer, false);
            }
        }
    }

    #[inline]
    fn start(&self, session: Arc<SessionData>, organization: Option<String>) -> UnderWay {
        let work = self.clone().run(session, organization.clone());
        UnderWay { flight: Flight::new(Box::pin(work)), organization, since: self.elapsed() }
    }

    /// Waits for an exchange. It continues when the request that started it is cancelled: by then
    /// the token may be used up.
    async fn land(&self, exchange: UnderWay) -> Answer {
        let landed = exchange.flight.land(&*self.client.settings().runtime).await;
        landed.unwrap_or_else(|panicked| {
            Err(RefreshError::Failed(Arc::new(panicked.during(&REFRESH))))
        })
    }

    async fn run(self, session: Arc<SessionData>, organization: Option<String>) -> Answer {
        let key = key_of(&session);
        let Some(lock) = self.lock.clone() else {
            let answer = self.request(&session, organization).await;
            self.finish(key, &answer);
            return answer;
        };
        let name = hex_encode(&key);
        let guard = lock.acquire(&name).await;
        if let Some(recalled) = lock.recall(&name).await {
            let answer = Ok(Successor::recalled(recalled));
            self.finish(key, &answer);
            return answer;
        }
        let mut answer = self.request(&session, organization).await;
        if let Err(RefreshError::Revoked(_)) = &answer
            && let Some(recalled) = lock.recall(&name).await
        {
            // Another process was faster, unnoticed, as after a lock that timed out.
            answer = Ok(Successor::recalled(recalled));
        }
        self.finish(key, &answer);
        if let Ok(successor) = &answer {
            let task = lock.remember(name, successor.session.clone(), guard);
            if let Some(task) = self.client.settings().runtime.spawn(Box::pin(task)) {
                task.await;
            }
        }
        answer
    }

    async fn request(&self, session: &SessionData, organization: Option<String>) -> Answer {
        let mut params = AuthenticateWithRefreshTokenParams::new(session.refresh_token.clone());
        params.organization_id = organization.clone();
        let call = self.client.user_management().authenticate_with_refresh_token(params);
        let response = call.options(self.options.as_ref()).await.map_err(RefreshError::of)?;
        Ok(Successor { session: Arc::new(response.into()), requested_for: organization })
    }

    fn finish(&self, key: Key, answer: &Answer) {
        self.exchanges().finish(key, answer, self.elapsed());
    }

    fn exchanges(&self) -> &Exchanges {
        &crate::helpers::state(&self.client).exchanges
    }

    fn elapsed(&self) -> Duration {
        self.client.settings().runtime.elapsed()
    }
}
