//! The facts of the WorkOS HTTP API: its operations, types and events, to check values against and
//! to make samples from.
//!
//! ```
//! use serde_json::json;
//!
//! let create = workos_contract::operation("POST", "/organizations").unwrap();
//! assert_eq!(create.error_codes(400), ["external_id_already_used", "invalid_metadata"]);
//! let problems = create.check_body(&json!({"name": 7, "domains": ["acme"]}));
//! assert_eq!(problems[0].to_string(), "domains[0] must be a domain such as acme.com.");
//! assert_eq!(problems[1].to_string(), "name must be a string.");
//! ```
//!
//! # The files
//!
//! The facts stand in `facts/*.json`. One file per group of operations holds them and the types
//! that only they use; `shared.json` holds the other types and `events.json` the events. An
//! operation is
//!
//! ```json
//! "POST /organizations": {
//!     "body": "OrganizationDto",
//!     "201": "Organization",
//!     "errors": {"400": ["external_id_already_used", "invalid_metadata"], "409": [], "422": []}
//! }
//! ```
//!
//! with `query`, `headers` and `body` (`body?` where it may be left out), a type or `null` for each
//! success status, and the error statuses with their codes. A type is
//!
//! | Notation | Meaning |
//! |---|---|
//! | `"string"`, `"integer"`, `"number"`, `"boolean"`, `"any"`, `"date-time"` | that |
//! | `"=pending\|verified"` | one of these strings, or a constant; `true`, `false` and `null` are not strings |
//! | `"Organization"` | the type of that name |
//! | `["string"]` | a list |
//! | `{"id": T, "name?": T, "email~": T, "role?~": T}` | an object; `?` may be left out, `~` may be null |
//! | `{"*": T}` | a map |
//! | `{"any of": [T, U]}` | a union; `"null"` is a variant where null is allowed |
//!
//! [`Shape::parse`] reads it:
//!
//! ```
//! use serde_json::json;
//! use workos_contract::Shape;
//!
//! let shape = Shape::parse(&json!({"id": "string", "state": "=on|off", "tags?": ["string"]}))?;
//! assert_eq!(shape.check(&json!({"id": "1", "state": "on"})), []);
//! let problems = shape.check(&json!({"id": "1", "state": "idle", "tags": [7]}));
//! assert_eq!(problems[0].to_string(), "state must be off or on.");
//! assert_eq!(problems[1].to_string(), "tags[0] must be a string.");
//! # Ok::<(), String>(())
//! ```
//!
//! `limits.json` has what types do not say: defaults, what is deprecated, lengths and the like, by
//! operation, type or event and by place:
//!
//! ```json
//! "GET /organizations": {"query.limit": {"default": 10, "maximum": 100, "minimum": 1}},
//! "OrganizationDto": {"domains": {"deprecated": true}}
//! ```
//!
//! Places are those of the notation: `body.name`, `roles[]` for the items of a list, `metadata.*`
//! for the values of a map and `metadata.(key)` for its keys. Requests are held to them.
//!
//! `additions.json` is written by hand: what the API has beyond its OpenAPI document, each with its
//! source. An addition has `operations` and `types` like the other files, and what they say is
//! merged into what is there: fields join fields, and codes join codes.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod additions;
mod check;
mod event;
mod facts;
mod formats;
mod limits;
mod operation;
mod problem;
mod query;
pub mod sample;
mod shape;

pub use event::Event;
pub use formats::{is_domain, is_email, is_time, is_url};
pub use limits::Limits;
pub use operation::{Body, Operation};
pub use problem::Problem;
pub use query::query_pairs;
pub use sample::Sampler;
pub use shape::{Field, Kind, Reference, Shape};

/// The operation with this method and path. Its placeholders may have any name, but stand for
/// themselves: this does not match the path of a request.
///
/// ```
/// let get = workos_contract::operation("GET", "/organizations/{any_name}").unwrap();
/// assert_eq!(get.name(), "GET /organizations/{id}");
/// assert!(workos_contract::operation("GET", "/organizations/org_1").is_none());
/// ```
pub fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    facts::find_operation(method, path)
}

/// All operations. Reads all files.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    facts::operations()
}

/// The event of this name.
///
/// ```
/// use serde_json::json;
///
/// let added = workos_contract::event("group.member_added").unwrap();
/// let data = json!({"group_id": "group_1", "organization_membership_id": null});
/// let problems = added.check(&data, None);
/// assert_eq!(problems[0].to_string(), "data.organization_membership_id is required.");
/// ```
pub fn event(name: &str) -> Option<&'static Event> {
    facts::find_event(name)
}

/// All events, by their names.
pub fn events() -> impl Iterator<Item = &'static Event> {
    facts::events()
}
