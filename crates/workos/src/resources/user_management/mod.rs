//! User management: the people who sign in to your application, and how they do it.
//!
//! Operations are grouped by topic: [`users`] has the users themselves, their sessions and
//! identities, and the verification and change of their email addresses.

pub mod users;

pub use self::users::*;

api! {
    /// The people who sign in to your application. See
    /// [`user_management`](crate::user_management).
    UserManagementApi, user_management;
}
