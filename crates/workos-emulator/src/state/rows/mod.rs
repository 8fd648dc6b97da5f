//! Rows that are no objects of the API, or more than those, and events whose payload is not the row
//! as it is. One file per topic.

pub(in crate::state) mod agents;
pub(in crate::state) mod api_keys;
pub(in crate::state) mod audit_logs;
pub(in crate::state) mod authorization;
pub(in crate::state) mod connect;
pub(in crate::state) mod connections;
pub(in crate::state) mod directories;
pub(in crate::state) mod events;
pub(in crate::state) mod extras;
pub(in crate::state) mod factors;
pub(in crate::state) mod feature_flags;
pub(in crate::state) mod interactive;
pub(in crate::state) mod links;
pub(in crate::state) mod login_tokens;
pub(in crate::state) mod organizations;
pub(in crate::state) mod pipes;
pub(in crate::state) mod radar;
pub(in crate::state) mod settings;
pub(in crate::state) mod sign_in;
pub(in crate::state) mod teams;
pub(in crate::state) mod users;
pub(in crate::state) mod vault;
pub(in crate::state) mod waitlists;

pub(crate) use self::agents::*;
pub(crate) use self::api_keys::*;
pub(crate) use self::audit_logs::*;
pub(crate) use self::authorization::*;
pub(crate) use self::connect::*;
pub(crate) use self::connections::*;
pub(crate) use self::directories::*;
pub(crate) use self::events::*;
pub(crate) use self::extras::*;
pub(crate) use self::factors::*;
pub(crate) use self::feature_flags::*;
pub(crate) use self::interactive::*;
pub(crate) use self::links::*;
pub(crate) use self::login_tokens::*;
pub(crate) use self::organizations::*;
pub(crate) use self::pipes::*;
pub(crate) use self::radar::*;
pub(crate) use self::settings::*;
pub(crate) use self::sign_in::*;
pub(crate) use self::teams::*;
pub(crate) use self::users::*;
pub(crate) use self::vault::*;
