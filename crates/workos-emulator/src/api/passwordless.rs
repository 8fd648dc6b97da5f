//! Magic Links.

use std::time::Duration;

use workos::ObjectType;
use workos::passwordless::*;

use crate::fields::email;
use crate::reply::{Answer, Refusal};
use crate::sign_in::codes::is_over;
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, MagicLink};

const DEFAULT_LIFETIME_SECONDS: u64 = 15 * 60;

routes! {
    passwordless;
    create_session(body) => write create;
    send_session(id)     => write send;
}

fn create(
    change: &mut Change<'_>,
    request: CreatePasswordlessSession,
) -> Answer<PasswordlessSession> {
    let lifetime = request.expires_in.and_then(|seconds| u64::try_from(seconds).ok());
    let lifetime = Duration::from_secs(lifetime.unwrap_or(DEFAULT_LIFETIME_SECONDS));
    let token = change.token(25);
    let mut session = PasswordlessSession::default();
    session.object = ObjectType::PasswordlessSession;
    session.id = change.id(MagicLink::PREFIX);
    session.email = email(&request.email);
    session.expires_at = change.now() + lifetime;
    session.link = format!("{}/passwordless/{token}/confirm", change.origin()).into();
    let row = MagicLink { id: session.id.clone(), session, request };
    change.insert(row).map(|row| row.session.clone())
}

fn send(change: &mut Change<'_>, id: &str) -> Answer<SendPasswordlessSessionResponse> {
    let session = change.one::<MagicLink>(id)?.session.clone();
    if is_over(change, session.expires_at) {
        let message = "The Magic Link has expired.";
        return Err(Refusal::bad_request("passwordless_session_expired", message));
    }
    change.mail_link(&session.email, EmailKind::MagicLink, session.link.expose(), None, id);
    let mut response = SendPasswordlessSessionResponse::default();
    response.success = Some(true);
    Ok(response)
}
