//! Codes that a user must enter when Radar challenges a sign-in.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use workos::user_management::*;
use workos::{EventData, RadarChallengeCreated};

use crate::fields::check_phone_number;
use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, SmsVerification, View};

const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

routes! {
    user_management;
    create_radar_challenge(body) => write send_text;
    get_radar_challenge(id)      => read get;
}

/// Whether the pending token fits is for the sign-in to say: it knows which it gave.
fn send_text(
    change: &mut Change<'_>,
    input: SendRadarSmsChallenge,
) -> Answer<SendRadarSmsChallengeResponse> {
    change.one::<User>(&input.user_id)?;
    // The API documents no 422 here.
    check_phone_number(&input.phone_number)
        .map_err(|refusal| Refusal { status: StatusCode::BAD_REQUEST, ..refusal })?;
    let (id, code) = (change.id(SmsVerification::PREFIX), change.code());
    let text = format!("Your verification code is {code}.");
    change.text(&input.phone_number, text, &code, &id);
    let mut response = SendRadarSmsChallengeResponse::default();
    response.verification_id.clone_from(&id);
    response.phone_number = input.phone_number;
    change.insert(SmsVerification {
        id,
        user_id: input.user_id,
        pending_authentication_token: input.pending_authentication_token,
        code: code.into(),
        expires_at: change.now() + CODE_LIFETIME,
    })?;
    Ok(response)
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<RadarChallenge>> {
    view.one(id)
}

/// Challenges a sign-in of this user: sends a code by email.
pub(crate) fn challenge(change: &mut Change<'_>, user_id: &str) -> Answer<Arc<RadarChallenge>> {
    let email = change.one::<User>(user_id)?.email.clone();
    let code = change.code();
    let mut challenge: RadarChallenge = change.make();
    challenge.type_ = "email".to_owned();
    challenge.user_id = user_id.to_owned();
    challenge.email = email;
    challenge.expires_at = change.now() + CODE_LIFETIME;
    change.mail(&challenge.email, EmailKind::RadarChallenge, Some(code.clone()), &challenge.id);
    challenge.code = code.into();
    let mut created = RadarChallengeCreated::default();
    created.radar_challenge_id.clone_from(&challenge.id);
    created.type_.clone_from(&challenge.type_);
    created.user_id.clone_from(&challenge.user_id);
    created.email.clone_from(&challenge.email);
    change.tell(EventData::RadarChallengeCreated(created));
    change.insert(challenge)
}
