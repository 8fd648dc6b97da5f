//! User management: the people who sign in to your application, and how they do it.
//!
//! Operations are grouped by topic:
//!
//! - [`users`]: the users, their sessions and identities, and the verification and change of their
//!   email addresses;
//! - [`authentication`]: signing in, step by step, and signing in on devices without a browser;
//! - [`urls`]: where the browser is sent to sign in and out;
//! - [`login_tokens`]: magic codes, password resets and Radar challenges;
//! - [`invitations`] and [`waitlists`]: how people become users;
//! - [`user_api_keys`]: keys and Connect applications that act for a user;
//! - [`settings`]: redirect URIs, CORS origins, the JWT template.

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
    /// The people who sign in to your application. See
    /// [`user_management`](crate::user_management).
    UserManagementApi, user_management;
}

#[doc(hidden)]
pub use crate::compat::user_management::*;
