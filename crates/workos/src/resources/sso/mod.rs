//! Single Sign-On (SSO): users sign in through their company's identity provider (IdP).
//!
//! A connection links an organization to its IdP by SAML or OpenID Connect (OIDC). To sign in, the
//! browser visits an authorization URL and returns to your redirect URI with a code, which your
//! server exchanges for the user's [`Profile`].
//!
//! Operations are grouped by topic: [`sign_in`] for signing in and out, [`connections`], and
//! [`certificates`] for the certificates of SAML connections.
//!
//! ```no_run
//! use workos::sso::{GetAuthorizationUrlParams, AuthorizeLogout, GetProfileAndToken};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let sso = client.sso();
//!
//! let url = sso.get_authorization_url(GetAuthorizationUrlParams {
//!     organization: Some("org_01EHQMYV6MBK39QC5PZXHY59C3".into()),
//!     state: Some("dj1kUXc0dzlXZ1hjUQ".into()),
//!     ..GetAuthorizationUrlParams::new("https://app.example.com/callback")
//! })?;
//! println!("redirect the browser to {url}");
//!
//! // It comes back to https://app.example.com/callback?code=…&state=…
//! let signed_in = sso.get_profile_and_token(GetProfileAndToken::new("01E2RJ4C05B52KKZ8FSRDAP23J")).await?;
//! println!("{} signed in", signed_in.profile.email);
//!
//! let logout = sso.authorize_logout(AuthorizeLogout::new(signed_in.profile.id)).await?;
//! println!("redirect the browser to {}", logout.logout_url.expose());
//! # Ok(()) }
//! ```

pub mod certificates;
pub mod connections;
pub mod sign_in;

pub use self::certificates::*;
pub use self::connections::*;
pub use self::sign_in::*;

api! {
    /// Sign-in through companies' identity providers. See [`sso`](crate::sso).
    #[doc(alias("SAML", "OIDC", "single_sign_on"))]
    SSOApi, sso;
}

#[doc(hidden)]
pub use crate::compat::sso::*;
