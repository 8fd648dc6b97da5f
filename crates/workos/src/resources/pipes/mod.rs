//! Pipes: your users' connected accounts at third-party providers, such as GitHub or Slack.
//!
//! A data integration configures how accounts at a provider are connected. A connected account
//! belongs to a user, or to an organization and all its members; WorkOS stores and refreshes its
//! tokens. Operations are grouped by topic: [`data_integrations`] and the [`data_providers`] they
//! create, [`connecting`] an account, [`connected_accounts`], and the [`credentials`] to use one.
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
//! // Once: with the client ID and secret of your own GitHub app.
//! pipes
//!     .create_data_integration(CreateDataIntegration {
//!         enabled: Some(true),
//!         credentials: Some(DataIntegrationCredentialsInput::custom("Iv1.8a61f9b3", "0c5f27d1")),
//!         ..CreateDataIntegration::new("github")
//!     })
//!     .await?;
//!
//! // For each user: the authorization URL.
//! let body = AuthorizeDataIntegration {
//!     return_to: Some("https://app.example.com/settings".into()),
//!     ..AuthorizeDataIntegration::new("user_01")
//! };
//! let authorization = pipes.authorize_data_integration("github", body).await?;
//! println!("Connect at {}", authorization.url);
//!
//! // From then on: a valid access token.
//! let body = GetDataIntegrationAccessToken::new("user_01");
//! match pipes.get_access_token("github", body).await? {
//!     DataIntegrationAccessTokenResponse::Active(token) => {
//!         println!("Scopes {:?}, valid until {:?}", token.scopes, token.expires_at);
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
    /// Your users' accounts at third-party providers. See [`pipes`](crate::pipes).
    #[doc(alias("integration", "OAuth"))]
    PipesApi, pipes;
}

#[doc(hidden)]
pub use crate::compat::pipes::*;
