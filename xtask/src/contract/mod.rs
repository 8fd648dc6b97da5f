//! `contract/`: the facts of the HTTP API, as tests and emulator read them.
//!
//! One file per group of operations holds them and the types that only they use; `shared.json` holds
//! the other types and `events.json` the events. An operation is
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
//! | `"=pending\|verified"` | one of these strings, or a constant |
//! | `"Organization"` | the type of that name |
//! | `["string"]` | a list |
//! | `{"id": T, "name?": T, "email~": T, "role?~": T}` | an object; `?` may be left out, `~` may be null |
//! | `{"*": T}` | a map |
//! | `{"any of": [T, U]}` | a union |

mod drift;
mod import;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::run::workspace;

/// The files of `contract/` by their names.
type Files = BTreeMap<String, Map<String, Value>>;

/// Replaces `contract/` by what the document says.
pub(crate) fn import(document: &str) -> Result<(), String> {
    let files = import::files(&read_document(document)?)?;
    let folder = folder();
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(failed)?;
    for (name, content) in &files {
        let mut text = String::new();
        print(&Value::Object(content.clone()), 0, &mut text);
        text.push('\n');
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    println!("{} files in {}", files.len(), folder.display());
    Ok(())
}

/// Prints in what the document differs from `contract/`; whether it does.
pub(crate) fn drift(document: &str) -> Result<bool, String> {
    let newer = import::files(&read_document(document)?)?;
    let changes = drift::changes(&drift::facts(&read()?), &drift::facts(&newer));
    drift::print(&changes);
    Ok(!changes.is_empty())
}

fn folder() -> PathBuf {
    workspace().join("contract")
}

/// An OpenAPI document, JSON or YAML.
fn read_document(path: &str) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    if Path::new(path).extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
    } else {
        serde_yaml_ng::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }
}

fn read() -> Result<Files, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", folder().display());
    let mut files = Files::new();
    for entry in fs::read_dir(folder()).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
        let content = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, content);
    }
    Ok(files)
}

/// JSON with a value on one line wherever it fits.
fn print(value: &Value, indent: usize, out: &mut String) {
    const WIDTH: usize = 110;
    let items = items(value);
    let line = inline(value);
    let is_file = indent < 2 && value.is_object();
    if items.is_empty() || (!is_file && indent * 2 + line.len() < WIDTH) {
        out.push_str(&line);
        return;
    }
    let (open, close) = brackets(value);
    out.push(open);
    for (index, (key, item)) in items.into_iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(indent + 1));
        out.push_str(&key);
        print(item, indent + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(indent));
    out.push(close);
}

fn inline(value: &Value) -> String {
    if !value.is_object() && !value.is_array() {
        return value.to_string();
    }
    let (open, close) = brackets(value);
    let items: Vec<_> = items(value).into_iter().map(|(key, item)| key + &inline(item)).collect();
    format!("{open}{}{close}", items.join(", "))
}

fn brackets(value: &Value) -> (char, char) {
    if value.is_object() { ('{', '}') } else { ('[', ']') }
}

/// What is in an object or list, each with what is written before it.
fn items(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, item)| (format!("{}: ", Value::from(key.as_str())), item))
            .collect(),
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        _ => Vec::new(),
    }
}
