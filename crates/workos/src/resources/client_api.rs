//! Client API: tokens for WorkOS's GraphQL API, which WorkOS Widgets call from the browser.
//!
//! Your server creates a token for a user and passes it to the frontend. WorkOS's reference calls
//! this the Widgets API.
//!
//! ```no_run
//! use workos::client_api::CreateClientApiToken;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let body = CreateClientApiToken::new(
//!     "org_01EHZNVPK3SFK441A1RGBFSHRT",
//!     "user_01E4ZCR3C56J083X43JQXF3JK5",
//! );
//! let response = client.client_api().create_token(body).await?;
//! let for_the_frontend = response.token.expose();
//! # let _ = for_the_frontend;
//! # Ok(()) }
//! ```

use crate::TokenResponse;

api! {
    /// Tokens for WorkOS's GraphQL API. See [`client_api`](crate::client_api).
    #[doc(alias("GraphQL", "widgets_api"))]
    ClientApi, client_api;
}

#[doc(hidden)]
pub use crate::compat::client_api::*;

operations! {
    ClientApi, client_api;

    /// Creates a short-lived, session-bound token for a user in an organization.
    POST "/client/token" @ "widgets-api"
        => create_token(body: CreateClientApiToken) -> TokenResponse;
}

inputs! {
    /// The user and organization that a token is scoped to.
    CreateClientApiToken {
        /// The organization.
        organization_id: String,
        /// The user.
        user_id: String,
    }
}
