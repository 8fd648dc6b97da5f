//! Sessions of users: how they start and end.

use std::time::Duration;

use workos::{EventData, Session, SessionAuthMethod, SessionStatus};

use crate::reply::{Answer, Refusal};
use crate::state::Change;

const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Starts a session of a user who has signed in like this.
pub(crate) fn start(
    change: &mut Change<'_>,
    user_id: &str,
    auth_method: SessionAuthMethod,
) -> Answer<Session> {
    let mut session: Session = change.make();
    session.user_id = user_id.to_owned();
    session.auth_method = auth_method;
    session.status = SessionStatus::Active;
    session.expires_at = change.now() + SESSION_LIFETIME;
    change.insert(session).map(|session| Session::clone(&session))
}

/// Revokes a session. Does nothing with one that has ended.
pub(crate) fn revoke(change: &mut Change<'_>, id: &str) -> Answer<()> {
    let mut session: Session = change
        .copy(id)
        .map_err(|_| Refusal::bad_request("invalid_session", format!("No session '{id}'.")))?;
    if session.status == SessionStatus::Active {
        session.status = SessionStatus::Revoked;
        session.ended_at = Some(change.now());
        let session = change.update(session)?;
        change.tell(EventData::SessionRevoked(Session::clone(&session)));
    }
    Ok(())
}
