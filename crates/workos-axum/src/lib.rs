#![doc = include_str!("../docs/crate.md")]

mod actions;
mod auth;
mod caller;
mod extract;
mod guard;
pub mod guide;
mod kit;
mod layer;
mod pages;
mod rejection;
pub mod resource_server;
mod routes;
mod signed;
mod webhooks;

pub use self::actions::{Action, ActionRejection, ActionVerifier};
pub use self::auth::Auth;
pub use self::caller::{Caller, Session};
pub use self::extract::{Claims, User};
pub use self::guard::{
    Entitlement, Flag, InOrganization, NotImpersonated, Organization, Permission, RecentSignIn,
    Require, Requirement, Role, SignedIn,
};
pub use self::kit::AuthKit;
pub use self::layer::{AuthKitLayer, AuthKitService};
pub use self::rejection::{Reason, Rejection};
pub use self::signed::BodyRejection;
pub use self::webhooks::{Webhook, WebhookRejection};
