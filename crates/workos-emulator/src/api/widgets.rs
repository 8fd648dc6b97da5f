//! Tokens for the widgets.

use workos::TokenResponse;
use workos::widgets::CreateWidgetSessionToken;

use crate::call::Call;
use crate::reply::Answer;
use crate::sign_in::machines;

routes! {
    widgets;
    create_token(body) => run create;
}

fn create(environment: &Call<'_>, input: CreateWidgetSessionToken) -> Answer<TokenResponse> {
    let (organization_id, user_id) = (input.organization_id.as_deref(), input.user_id.as_deref());
    let scopes = input
        .scopes
        .map(|scopes| scopes.iter().map(|scope| scope.as_str().to_owned()).collect::<Vec<_>>());
    let token = environment.write(|change| {
        machines::frontend_token(change, "widgets", organization_id, user_id, scopes)
    })?;
    let mut response = TokenResponse::default();
    response.token = token.sign()?;
    Ok(response)
}
