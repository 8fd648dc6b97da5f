//! Roles, permissions, and who may do what on which resource.

pub(crate) mod access;
pub(crate) mod permissions;
pub(crate) mod resources;
pub(crate) mod role_assignments;
pub(crate) mod roles;

use serde_json::Value;

use crate::products::authorization::resources::Named;

/// The fields that name a resource: its ID, or its type and external ID.
type Fields = [&'static str; 3];

const TARGET: Fields = ["resource_id", "resource_type_slug", "resource_external_id"];
const PARENT: Fields =
    ["parent_resource_id", "parent_resource_type_slug", "parent_resource_external_id"];

/// How a request names a resource in these fields.
fn named(request: &Value, fields: Fields) -> Named<'_> {
    Named { fields, values: fields.map(|field| request.get(field).and_then(Value::as_str)) }
}
