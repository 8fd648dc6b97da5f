//! The facts of the HTTP API in `crates/workos-contract/facts/`, from OpenAPI documents.
//!
//! The documentation of [`workos_contract`] explains the files and their notation; [`limits`] says
//! how `limits.json` is made. `additions.json` is written by hand and survives an import.

mod drift;
mod import;
mod limits;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use workos_contract::Shape;
use workos_contract::additions::{self, Addition, Files};

pub(crate) use self::drift::Options;
use crate::run::workspace;

/// Replaces the facts by what the document says, and names the additions that are in it by now.
pub(crate) fn import(document: &str) -> Result<(), String> {
    let files = import::files(&read_document(document)?)?;
    let additions = read()?.1;
    let folder = folder();
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for path in json_files()?.iter().filter(|path| !is_additions(path)) {
        fs::remove_file(path).map_err(failed)?;
    }
    for (name, content) in &files {
        let mut text = String::new();
        print(&Value::Object(content.clone()), 0, &mut text);
        text.push('\n');
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    println!("{} files in {}", files.len(), folder.display());
    for addition in additions.iter().filter(|addition| addition.is_in(&files)) {
        println!("in the document by now, so not an addition any more: {}", addition.what());
    }
    Ok(())
}

/// Prints in what the document differs from the facts; whether it does. What `additions.json` has
/// beyond the document is printed, but is not a difference.
pub(crate) fn drift(document: &str, options: Options) -> Result<bool, String> {
    let document = read_document(document)?;
    let newer = import::files(&document)?;
    let (documented, additions) = read()?;
    let ours = additions.iter().fold(documented.clone(), |files, addition| addition.merged(files));
    let sources = drift::Sources {
        documented: &documented,
        ours: &ours,
        newer: &newer,
        summaries: &import::summaries(&document),
        resources: &resource_files()?,
    };
    let (report, differs) = drift::report(&sources, options);
    print!("{report}");
    Ok(differs)
}

fn folder() -> PathBuf {
    workspace().join("crates/workos-contract/facts")
}

fn is_additions(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == additions::FILE)
}

/// The names of the types that a notation mentions.
fn mentioned(kind: &Value) -> Vec<String> {
    let names = |shape: Shape| shape.mentioned().into_iter().map(str::to_owned).collect();
    Shape::parse(kind).map(names).unwrap_or_default()
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

fn json_files() -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder().display());
    let entries = fs::read_dir(folder()).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

/// The source of every file of the API.
fn resource_files() -> Result<Vec<String>, String> {
    let mut sources = Vec::new();
    let mut paths = vec![workspace().join("crates/workos/src/resources")];
    while let Some(path) = paths.pop() {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(failed)? {
                paths.push(entry.map_err(failed)?.path());
            }
        } else {
            sources.push(fs::read_to_string(&path).map_err(failed)?);
        }
    }
    Ok(sources)
}

/// What comes from a document, and the additions to it.
fn read() -> Result<(Files, Vec<Addition>), String> {
    let mut files = Files::new();
    let mut additions = Vec::new();
    for path in json_files()? {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
        let content = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        if is_additions(&path) {
            additions = additions::read(&content).map_err(|error| failed(&error))?;
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, content);
        }
    }
    Ok((files, additions))
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
