//! Codes that a user must enter when Radar challenges a sign-in.

use std::sync::Arc;

use workos::user_management::*;
use workos::{EventData, RadarChallengeCreated};

use super::codes::CODE_LIFETIME;
use crate::reply::Answer;
use crate::state::collection::Entity;
use crate::state::messages::EmailKind;
use crate::state::{Change, SmsVerification};

/// Challenges a sign-in of this user: sends a code by email.
pub(crate) fn challenge(change: &mut Change<'_>, user_id: &str) -> Answer<Arc<RadarChallenge>> {
    let email = change.one::<User>(user_id)?.email.clone();
    let code = change.code_for(&email);
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

/// Sends a code to the phone of a user. Whether the pending token fits is for the sign-in to say: it
/// knows which it gave.
pub(crate) fn send_text(
    change: &mut Change<'_>,
    input: SendRadarSmsChallenge,
) -> Answer<SendRadarSmsChallengeResponse> {
    let (id, code) = (change.id(SmsVerification::PREFIX), change.code_for(&input.phone_number));
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
