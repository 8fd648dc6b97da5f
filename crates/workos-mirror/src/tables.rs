//! The tables, as data: what SQL is made from, and what rows are read by.

use serde_json::{Value, json};
use workos::helpers::events::BoxError;
use workos::{Timestamp, path_segment};

/// A table with the objects of one kind.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Where an object has what its ID is made of, joined by slashes.
    key: &'static [&'static str],
    /// Where it may have what comes before that.
    prefix: Option<&'static str>,
    pub(crate) columns: &'static [Column],
    /// The time by which newer facts about a row are told from older ones.
    pub(crate) clock: Clock,
    /// Where an object has objects of another table.
    pub(crate) embedded: Option<(&'static str, &'static Table)>,
    /// The paths of a single object, with columns in braces. The first that has them all counts.
    one: &'static [&'static str],
    /// Makes an object of an item of a list, which may be the list of a parent.
    pub(crate) adopt: fn(Value, Option<&Parent>, Timestamp) -> Value,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Where an object has it: names with slashes between them.
    path: &'static str,
    pub(crate) kind: Kind,
    /// The table that it has an ID of.
    pub(crate) parent: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Text,
    Bool,
    Time,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Clock {
    /// Part of the object: a row that differs in it has changed.
    UpdatedAt,
    /// When an event or a list last had the row.
    ChangedAt,
}

impl Clock {
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::UpdatedAt => "updated_at",
            Self::ChangedAt => "changed_at",
        }
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, path: name, kind, parent: None }
}

const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const fn id_of(name: &'static str, parent: &'static str) -> Column {
    Column { parent: Some(parent), ..text(name) }
}

const ORGANIZATION_ID: Column = id_of("organization_id", "organizations");
const DIRECTORY_ID: Column = id_of("directory_id", "directories");
const ROLE: Column = Column { path: "role/slug", ..text("role") };
const CREATED_AT: Column = column("created_at", Kind::Time);

/// What most tables have in common.
const USUAL: Table = Table {
    name: "",
    key: &["id"],
    prefix: None,
    columns: &[],
    clock: Clock::UpdatedAt,
    embedded: None,
    one: &[],
    adopt: |item, _, _| item,
};

pub(crate) static ORGANIZATIONS: Table = Table {
    name: "organizations",
    columns: &[
        text("name"),
        text("external_id"),
        text("stripe_customer_id"),
        column("metadata", Kind::Json),
        CREATED_AT,
    ],
    embedded: Some(("domains", &ORGANIZATION_DOMAINS)),
    one: &["/organizations/{id}"],
    ..USUAL
};

pub(crate) static ORGANIZATION_DOMAINS: Table = Table {
    name: "organization_domains",
    columns: &[
        ORGANIZATION_ID,
        text("domain"),
        text("state"),
        text("verification_strategy"),
        CREATED_AT,
    ],
    one: &["/organization_domains/{id}"],
    ..USUAL
};

pub(crate) static USERS: Table = Table {
    name: "users",
    columns: &[
        text("email"),
        column("email_verified", Kind::Bool),
        text("first_name"),
        text("last_name"),
        text("name"),
        text("external_id"),
        text("profile_picture_url"),
        text("locale"),
        column("metadata", Kind::Json),
        CREATED_AT,
    ],
    one: &["/user_management/users/{id}"],
    ..USUAL
};

pub(crate) static ORGANIZATION_MEMBERSHIPS: Table = Table {
    name: "organization_memberships",
    columns: &[
        id_of("user_id", "users"),
        ORGANIZATION_ID,
        text("status"),
        ROLE,
        column("directory_managed", Kind::Bool),
        CREATED_AT,
    ],
    one: &["/user_management/organization_memberships/{id}"],
    ..USUAL
};

/// Events name a role by its slug and its organization, so these are its ID.
pub(crate) static ROLES: Table = Table {
    name: "roles",
    key: &["slug"],
    prefix: Some("organization_id"),
    columns: &[
        ORGANIZATION_ID,
        text("slug"),
        Column { path: "id", ..text("role_id") },
        text("name"),
        text("description"),
        text("type"),
        text("resource_type_slug"),
        column("permissions", Kind::Json),
        CREATED_AT,
    ],
    one: &[
        "/authorization/organizations/{organization_id}/roles/{slug}",
        "/authorization/roles/{slug}",
    ],
    // The list of an organization has those of the environment, too.
    adopt: |mut role, organization, _| {
        let is_own = role.get("type").is_some_and(|type_| type_ == "OrganizationRole");
        if let (true, Some(fields), Some(parent)) = (is_own, role.as_object_mut(), organization) {
            fields.insert("organization_id".to_owned(), json!(parent.id));
        }
        role
    },
    ..USUAL
};

pub(crate) static CONNECTIONS: Table = Table {
    name: "connections",
    columns: &[ORGANIZATION_ID, text("connection_type"), text("name"), text("state"), CREATED_AT],
    one: &["/connections/{id}"],
    ..USUAL
};

pub(crate) static DIRECTORIES: Table = Table {
    name: "directories",
    columns: &[
        ORGANIZATION_ID,
        text("type"),
        text("name"),
        text("state"),
        text("domain"),
        CREATED_AT,
    ],
    one: &["/directories/{id}"],
    ..USUAL
};

pub(crate) static DIRECTORY_GROUPS: Table = Table {
    name: "directory_groups",
    columns: &[DIRECTORY_ID, ORGANIZATION_ID, text("idp_id"), text("name"), CREATED_AT],
    one: &["/directories/{directory_id}/groups/{id}"],
    ..USUAL
};

pub(crate) static DIRECTORY_USERS: Table = Table {
    name: "directory_users",
    columns: &[
        DIRECTORY_ID,
        ORGANIZATION_ID,
        text("idp_id"),
        text("email"),
        text("first_name"),
        text("last_name"),
        text("name"),
        text("state"),
        ROLE,
        column("custom_attributes", Kind::Json),
        CREATED_AT,
    ],
    one: &["/directories/{directory_id}/users/{id}"],
    ..USUAL
};

/// Who is in which group. WorkOS has no object for it, so we make one.
pub(crate) static DIRECTORY_GROUP_MEMBERS: Table = Table {
    name: "directory_group_members",
    key: &["group_id", "user_id"],
    columns: &[
        id_of("group_id", "directory_groups"),
        id_of("user_id", "directory_users"),
        DIRECTORY_ID,
        ORGANIZATION_ID,
    ],
    clock: Clock::ChangedAt,
    adopt: |user, group, asked_at| member(group.map(|group| &*group.id), &user, asked_at),
    ..USUAL
};

pub(crate) static FEATURE_FLAGS: Table = Table {
    name: "feature_flags",
    columns: &[
        text("slug"),
        text("name"),
        text("description"),
        column("enabled", Kind::Bool),
        column("default_value", Kind::Bool),
        column("tags", Kind::Json),
        CREATED_AT,
    ],
    one: &["/feature-flags/{slug}"],
    ..USUAL
};

/// Parents before their children.
pub(crate) static TABLES: [&Table; 11] = [
    &ORGANIZATIONS,
    &ORGANIZATION_DOMAINS,
    &USERS,
    &ORGANIZATION_MEMBERSHIPS,
    &ROLES,
    &CONNECTIONS,
    &DIRECTORIES,
    &DIRECTORY_GROUPS,
    &DIRECTORY_USERS,
    &DIRECTORY_GROUP_MEMBERS,
    &FEATURE_FLAGS,
];

/// The object that says that a user is in a group, or was until then.
pub(crate) fn member(group_id: Option<&str>, user: &Value, changed_at: Timestamp) -> Value {
    json!({
        "group_id": group_id,
        "user_id": user.get("id"),
        "directory_id": user.get("directory_id"),
        "organization_id": user.get("organization_id"),
        "changed_at": changed_at,
    })
}

/// A row that lists are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) id: String,
    /// The directory of a group.
    pub(crate) directory_id: Option<String>,
}

/// What a column has; `None` is NULL. Texts are as they are, times have six digits after the
/// second, so that they sort, and a truth is `1` or `0`.
pub(crate) type Cell = Option<String>;

/// An object as a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) clock: Cell,
    /// The object, with its names in order: the same object is the same text.
    pub(crate) raw: String,
    /// As the columns of the table.
    pub(crate) cells: Vec<Cell>,
}

impl Table {
    /// Reads an object, and those in it that have a table of their own.
    pub(crate) fn read(
        &'static self,
        mut object: Value,
    ) -> Result<Vec<(&'static Self, Row)>, BoxError> {
        object.sort_all_objects();
        let mut rows = vec![(self, self.row(&object)?)];
        if let Some((path, table)) = self.embedded {
            let embedded = at(&object, path).and_then(Value::as_array);
            for object in embedded.into_iter().flatten() {
                rows.push((table, table.row(object)?));
            }
        }
        Ok(rows)
    }

    pub(crate) fn row(&self, object: &Value) -> Result<Row, BoxError> {
        let mut raw = serde_json::to_string(object)?;
        // Postgres has no place for NUL. An escaped backslash before `u0000` looks like it.
        let cleaned = raw.contains("\\u0000").then(|| without_nul(object));
        let object = cleaned.as_ref().unwrap_or(object);
        if cleaned.is_some() {
            raw = serde_json::to_string(object)?;
        }
        let id = self.id(object)?;
        let clock = time(at(object, self.clock.column()));
        let cells = self.columns.iter().map(|column| column.cell(object)).collect();
        Ok(Row { id, clock, raw, cells })
    }

    fn id(&self, object: &Value) -> Result<String, BoxError> {
        let part = |path| at(object, path)?.as_str().filter(|part| !part.is_empty());
        let parts: Option<Vec<_>> = self.key.iter().map(|path| part(path)).collect();
        let parts = parts.ok_or_else(|| format!("an object for {} has no ID", self.name))?;
        let prefix = self.prefix.and_then(part);
        Ok(prefix.into_iter().chain(parts).collect::<Vec<_>>().join("/"))
    }

    /// Where WorkOS has a single object, by its row.
    pub(crate) fn location(&self, row: &Row) -> Option<String> {
        let cell = |name: &str| match name {
            "id" => Some(&*row.id),
            name => row.get(self, name),
        };
        self.one.iter().find_map(|template| fill(template, cell))
    }
}

impl Row {
    pub(crate) fn get(&self, table: &Table, name: &str) -> Option<&str> {
        let mut columns = table.columns.iter().zip(&self.cells);
        columns.find(|(column, _)| column.name == name).and_then(|(_, cell)| cell.as_deref())
    }
}

impl Column {
    /// What an object has for it. What is of another type is NULL.
    fn cell(&self, object: &Value) -> Cell {
        let value = at(object, self.path)?;
        match self.kind {
            Kind::Text => value.as_str().map(str::to_owned),
            Kind::Bool => value.as_bool().map(|value| u8::from(value).to_string()),
            Kind::Time => time(Some(value)),
            Kind::Json => (!value.is_null()).then(|| value.to_string()),
        }
    }
}

/// The value at a path of names.
pub(crate) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(object, |value, name| value.get(name))
}

fn time(value: Option<&Value>) -> Cell {
    let time = sortable(value?.as_str()?.parse().ok()?);
    // Postgres has no such year.
    (!time.starts_with("0000")).then_some(time)
}

/// A time as text that sorts as times do.
pub(crate) fn sortable(time: Timestamp) -> String {
    let text = time.to_string();
    let (second, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((&text, ""));
    format!("{second}.{fraction:0<6.6}Z")
}

/// The same object with another character in place of NUL.
fn without_nul(object: &Value) -> Value {
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    match object {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.iter().map(without_nul).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (clean(name), without_nul(value))).collect()
        }
        other => other.clone(),
    }
}

/// Fills a template's braces with segments of a path.
pub(crate) fn fill<'a>(template: &str, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let (mut path, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        path.push_str(before);
        path.push_str(&path_segment(value(name)?));
        rest = after;
    }
    path.push_str(rest);
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(table: &Table, object: &Value) -> Result<String, String> {
        table.row(object).map(|row| row.id).map_err(|error| error.to_string())
    }

    #[test]
    fn an_id_is_made_of_all_that_it_needs() {
        assert_eq!(id(&USERS, &json!({"id": "user_1"})), Ok("user_1".into()));
        let none = Err("an object for users has no ID".to_owned());
        for object in [json!({}), json!({"id": ""}), json!({"id": 7}), json!("user_1"), json!(null)]
        {
            assert_eq!(id(&USERS, &object), none, "{object}");
        }
        assert_eq!(id(&ROLES, &json!({"slug": "admin"})), Ok("admin".into()));
        let own = json!({"slug": "owner", "organization_id": "org_1"});
        assert_eq!(id(&ROLES, &own), Ok("org_1/owner".into()));
        assert!(id(&ROLES, &json!({"organization_id": "org_1"})).is_err());
        let member = json!({"group_id": "group_1", "user_id": "user_1"});
        assert_eq!(id(&DIRECTORY_GROUP_MEMBERS, &member), Ok("group_1/user_1".into()));
        assert!(id(&DIRECTORY_GROUP_MEMBERS, &json!({"user_id": "user_1"})).is_err());
    }

    #[test]
    fn the_same_object_is_the_same_text() {
        let raw = |text: &str| {
            let object = serde_json::from_str(text).unwrap();
            USERS.read(object).unwrap().remove(0).1.raw
        };
        let sorted = raw(r#"{"id": "user_1", "metadata": {"a": 1, "b": "\u0000\\u0000"}}"#);
        assert_eq!(sorted, raw(r#"{"metadata":{"b":"\u0000\\u0000","a":1},"id":"user_1"}"#));
        let object: Value = serde_json::from_str(&sorted).unwrap();
        assert_eq!(object["metadata"]["b"], "\u{fffd}\\u0000");
    }

    #[test]
    fn an_object_is_where_its_row_says() {
        let location = |table: &Table, object| table.location(&table.row(&object).unwrap());
        let role = |object| location(&ROLES, object);
        assert_eq!(role(json!({"slug": "a/b"})), Some("/authorization/roles/a%2Fb".into()));
        let path = "/authorization/organizations/org_1/roles/owner";
        let own = json!({"slug": "owner", "organization_id": "org_1"});
        assert_eq!(role(own), Some(path.into()));
        let bob = json!({"id": "bob", "directory_id": "directory_1"});
        let path = "/directories/directory_1/users/bob";
        assert_eq!(location(&DIRECTORY_USERS, bob), Some(path.into()));
        assert_eq!(location(&DIRECTORY_USERS, json!({"id": "bob"})), None);
    }

    #[test]
    fn times_sort_as_text() {
        let times = ["12:00:00Z", "12:00:00.000000001Z", "12:00:00.000001Z", "12:00:00.1Z"];
        let texts = times.map(|time| sortable(format!("2026-03-01T{time}").parse().unwrap()));
        assert_eq!(
            texts.map(|text| text.replace("2026-03-01T", "")),
            ["12:00:00.000000Z", "12:00:00.000000Z", "12:00:00.000001Z", "12:00:00.100000Z"]
        );
    }
}
