//! Client API: WorkOS's GraphQL API for browsers and apps.
//!
//! What runs at a user's end calls it with a token that your server fetches for that user.
//!
//! ```no_run
//! use workos::client_api::CreateClientApiToken;
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let body = CreateClientApiToken::new(
//!     "org_01EHZNVPK3SFK441A1RGBFSHRT",
//!     "user_01E4ZCR3C56J083X43JQXF3JK5",
//! );
//! let answer = client.client_api().create_token(body).await?;
//! let for_the_page = answer.token.expose();
//! # let _ = for_the_page;
//! # Ok(()) }
//! ```

use crate::TokenResponse;

api! {
    /// WorkOS's GraphQL API for browsers and apps. See [`client_api`](crate::client_api).
    ClientApi, client_api;
}

#[doc(hidden)]
pub use crate::compat::client_api::*;

operations! {
    ClientApi, client_api;

    /// Issues a token that acts for a user in one organization, bound to a session and short-lived.
    POST "/client/token" => create_token(body: CreateClientApiToken) -> TokenResponse;
}

inputs! {
    /// For whom a token acts.
    CreateClientApiToken {
        /// The organization to act in.
        organization_id: String,
        /// The user.
        user_id: String,
    }
}
