//! Codes that a user must enter when Radar challenges a sign-in.

use std::sync::Arc;

use http::StatusCode;
use workos::user_management::*;

use crate::fields::check_phone_number;
use crate::reply::{Answer, Refusal};
use crate::sign_in::radar_challenges;
use crate::state::{Change, View};

routes! {
    user_management;
    create_radar_challenge(body) => write send_text;
    get_radar_challenge(id)      => read get;
}

fn send_text(
    change: &mut Change<'_>,
    input: SendRadarSmsChallenge,
) -> Answer<SendRadarSmsChallengeResponse> {
    change.one::<User>(&input.user_id)?;
    // The API documents no 422 here.
    check_phone_number(&input.phone_number)
        .map_err(|refusal| Refusal { status: StatusCode::BAD_REQUEST, ..refusal })?;
    radar_challenges::send_text(change, input)
}

fn get<'a>(view: &'a View<'_>, id: &str) -> Answer<&'a Arc<RadarChallenge>> {
    view.one(id)
}
