//! Rows that are no objects of the API, or more than those, and events whose payload is not the row
//! as it is. One file per topic.

pub(in crate::state) mod api_keys;
pub(in crate::state) mod authorization;
pub(in crate::state) mod events;
pub(in crate::state) mod login_tokens;
pub(in crate::state) mod organizations;
pub(in crate::state) mod settings;
pub(in crate::state) mod users;

pub(crate) use self::api_keys::*;
pub(crate) use self::authorization::*;
pub(crate) use self::events::*;
pub(crate) use self::login_tokens::*;
pub(crate) use self::organizations::*;
pub(crate) use self::settings::*;
pub(crate) use self::users::*;
