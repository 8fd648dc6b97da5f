//! Pipes: the accounts that your users have at other providers, such as GitHub or Slack.
//!
//! A data integration says how accounts at a provider are connected. A connected account belongs to
//! a user, or to an organization and all its members; WorkOS keeps its tokens fresh and hands them
//! out. Operations are grouped by topic: [`data_integrations`] and the [`data_providers`] they make,
//! [`connecting`] an account, [`connected_accounts`] and, to use one, [`credentials`].
//!
//! ```no_run
//! use workos::pipes::{
//!     CreateDataIntegration, DataIntegrationAccessTokenResponse, DataIntegrationCredentialsInput,
//!     AuthorizeDataIntegration, GetDataIntegrationAccessToken,
//! };
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let pipes = client.pipes();
//!
//! // Once: with the client id and secret of your own GitHub app.
//! pipes
//!     .create_data_integration(CreateDataIntegration {
//!         enabled: Some(true),
//!         credentials: Some(DataIntegrationCredentialsInput::custom("Iv1.8a61f9b3", "0c5f27d1")),
//!         ..CreateDataIntegration::new("github")
//!     })
//!     .await?;
//!
//! // For each user: their consent.
//! let body = AuthorizeDataIntegration {
//!     return_to: Some("https://app.example.com/settings".into()),
//!     ..AuthorizeDataIntegration::new("user_01")
//! };
//! let authorization = pipes.authorize_data_integration("github", body).await?;
//! println!("Connect at {}", authorization.url);
//!
//! // From then on: a token that works.
//! let body = GetDataIntegrationAccessToken::new("user_01");
//! match pipes.get_access_token("github", body).await? {
//!     DataIntegrationAccessTokenResponse::Active(token) => {
//!         println!("It may {:?}, until {:?}", token.scopes, token.expires_at);
//!     }
//!     DataIntegrationAccessTokenResponse::Inactive(reason) => println!("Connect first: {reason}"),
//!     _ => {}
//! }
//! # Ok(()) }
//! ```

pub mod connected_accounts;
pub mod connecting;
pub mod credentials;
pub mod data_integrations;
pub mod data_providers;

pub use self::connected_accounts::*;
pub use self::connecting::*;
pub use self::credentials::*;
pub use self::data_integrations::*;
pub use self::data_providers::*;

api! {
    /// The accounts that users have at other providers. See [`pipes`](crate::pipes).
    PipesApi, pipes;
}

#[doc(hidden)]
pub use crate::compat::pipes::*;
