//! Tokens for the Client API.

use workos::TokenResponse;
use workos::client_api::CreateClientApiToken;

use crate::call::Call;
use crate::reply::Answer;
use crate::sign_in::machines;

routes! {
    client_api;
    create_token(body) => run create;
}

fn create(environment: &Call<'_>, input: CreateClientApiToken) -> Answer<TokenResponse> {
    let (organization_id, user_id) = (Some(&*input.organization_id), Some(&*input.user_id));
    let token = environment.write(|change| {
        machines::frontend_token(change, "client", organization_id, user_id, None)
    })?;
    let mut response = TokenResponse::default();
    response.token = token.sign()?;
    Ok(response)
}
