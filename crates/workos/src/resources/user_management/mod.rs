//! User Management (AuthKit): the users of your application, and how they sign in.
//!
//! Operations are grouped by topic:
//!
//! - [`users`]: users, their sessions and identities, email verification and email changes;
//! - [`authentication`]: signing in, step by step, CLI Auth, and JWKS;
//! - [`urls`]: authorization and logout URLs;
//! - [`login_tokens`]: Magic Auth codes, password resets and Radar challenges;
//! - [`invitations`] and [`waitlists`]: control over who can sign up;
//! - [`user_api_keys`]: API keys and Connect applications that act on behalf of a user;
//! - [`settings`]: redirect URIs, CORS origins, OAuth resources, the JWT template.

pub mod authentication;
pub mod authentication_step;
pub mod invitations;
pub mod login_tokens;
pub mod settings;
pub mod urls;
pub mod user_api_keys;
pub mod users;
pub mod waitlists;

pub use self::authentication::*;
pub use self::authentication_step::*;
pub use self::invitations::*;
pub use self::login_tokens::*;
pub use self::settings::*;
pub use self::urls::*;
pub use self::user_api_keys::*;
pub use self::users::*;
pub use self::waitlists::*;

api! {
    /// The users of your application, and how they sign in. See
    /// [`user_management`](crate::user_management).
    #[doc(alias("AuthKit", "authentication", "login"))]
    UserManagementApi, user_management;
}

#[doc(hidden)]
pub use crate::compat::user_management::*;
