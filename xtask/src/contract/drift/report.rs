//! The differences as a report: Markdown for people, JSON for programs.
//!
//! The JSON is
//!
//! ```json
//! {
//!   "differs": true,
//!   "counts": {
//!     "operations": {"added": 1, "removed": 0, "changed": 1, "renamed": 0, "breaking": 1, "ours": 0},
//!     "types": {…}, "events": {…}
//!   },
//!   "entries": [{
//!     "section": "operations", "group": "organizations", "name": "PUT /organizations/{id}", "was": null,
//!     "kind": "changed", "breaking": true, "row": null,
//!     "changes": [{
//!       "path": "body.name", "aspect": "presence", "detail": null, "was": null, "kind": "changed",
//!       "before": "optional", "after": "required", "breaking": true
//!     }]
//!   }]
//! }
//! ```
//!
//! `kind` is `added`, `removed`, `changed`, `renamed` or `ours`; `was` is the name before. `group`
//! is the name of the file with the facts. `aspect` is `kind`, `presence`, `value`, `limit` or
//! `error`; `detail` is the value, the keyword of the limit, or the status and the code of the
//! error. An operation that is added has its `row`. `changes` of what is added or removed are its
//! fields.

use serde_json::{Value, json};

use super::compare::{Change, Entry, Kind};
use super::facts::{Aspect, Section};

/// How many changes the line of an entry names.
const NAMED: usize = 4;

const KINDS: [Kind; 5] = [Kind::Added, Kind::Removed, Kind::Changed, Kind::Renamed, Kind::Ours];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::Ours => "ours",
        }
    }
}

pub(super) fn differs(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.kind != Kind::Ours)
}

/// The report in Markdown; with `all`, every change has a line. `row` formats an added operation.
pub(super) fn markdown(
    entries: &[Entry],
    all: bool,
    row: impl Fn(&Entry) -> Option<String>,
) -> String {
    if entries.is_empty() {
        return "No difference.\n".to_owned();
    }
    let mut report = counts_table(entries);
    let (ours, others): (Vec<_>, Vec<_>) = entries.iter().partition(|e| e.kind == Kind::Ours);
    for group in others.chunk_by(|one, other| one.group == other.group) {
        report += &format!("\n## {}\n\n", group.first().map_or("", |entry| &entry.group));
        let (only_renamed, others): (Vec<&Entry>, Vec<&Entry>) =
            group.iter().partition(|entry| !all && is_only_renamed(entry));
        let mut rows = Vec::new();
        let mut list = String::new();
        for entry in others {
            match row(entry) {
                Some(row) => rows.push(row),
                None => list += &lines(entry, all),
            }
        }
        list += &renamed_line(&only_renamed);
        report += &list;
        if !rows.is_empty() {
            let blank = if list.is_empty() { "" } else { "\n" };
            let what = if rows.len() == 1 { "Added operation" } else { "Added operations" };
            report += &format!("{blank}{what}:\n\n```rust\n{}\n```\n", rows.join("\n\n"));
        }
    }
    if !ours.is_empty() {
        report += "\n## Only in additions.json\n\n";
        report.extend(ours.into_iter().map(|entry| lines(entry, all)));
    }
    report
}

/// Whether only the name of a type differs, which matters only to the types of this crate.
fn is_only_renamed(entry: &Entry) -> bool {
    entry.kind == Kind::Renamed && entry.section == Section::Type && entry.changes.is_empty()
}

fn renamed_line(entries: &[&Entry]) -> String {
    let name = |entry: &&Entry| {
        format!("`{}` → `{}`", entry.was.as_deref().unwrap_or_default(), entry.name)
    };
    let named: Vec<_> = entries.iter().take(NAMED).map(name).collect();
    match entries.len() {
        0 => String::new(),
        1 => format!("- renamed type {}\n", named.join("; ")),
        more if more > NAMED => {
            format!("- renamed types {}; and {} more\n", named.join("; "), more - NAMED)
        }
        _ => format!("- renamed types {}\n", named.join("; ")),
    }
}

fn counts_table(entries: &[Entry]) -> String {
    let mut table = "\
        |            | added | removed | changed | renamed | breaking | only ours |\n\
        |------------|------:|--------:|--------:|--------:|---------:|----------:|\n"
        .to_owned();
    for section in Section::ALL {
        let [added, removed, changed, renamed, ours] =
            KINDS.map(|kind| count(entries, section, |entry| entry.kind == kind));
        let breaking = count(entries, section, |entry| entry.breaking);
        let name = section.plural();
        table += &format!(
            "| {name:<10} | {added:>5} | {removed:>7} | {changed:>7} | {renamed:>7} \
             | {breaking:>8} | {ours:>9} |\n"
        );
    }
    table
}

fn count(entries: &[Entry], section: Section, is_meant: impl Fn(&&Entry) -> bool) -> usize {
    entries.iter().filter(|entry| entry.section == section).filter(is_meant).count()
}

/// The line of an entry, and one for each change if `all` is set.
fn lines(entry: &Entry, all: bool) -> String {
    let Entry { kind, section, name, was, breaking, changes, .. } = entry;
    let mark = if *breaking { "**breaking** " } else { "" };
    let verb = if *kind == Kind::Ours { String::new() } else { format!("{} ", kind.name()) };
    let was = was.as_ref().map_or_else(String::new, |was| format!("`{was}` → "));
    let mut line = format!("- {mark}{verb}{} {was}`{name}`", section.singular());
    let is_whole = [Kind::Added, Kind::Removed].contains(kind);
    let no_verb = is_whole || *kind == Kind::Ours;
    if all {
        let end = if changes.is_empty() { "" } else { ":" };
        line += &format!("{end}\n");
        for change in changes {
            let mark = if change.breaking { "**breaking** " } else { "" };
            line += &format!("  - {mark}{}\n", text(change, no_verb));
        }
        return line;
    }
    if !is_whole && !changes.is_empty() {
        let mut order: Vec<_> = changes.iter().collect();
        order.sort_by_key(|change| !change.breaking);
        let named = order.iter().take(NAMED).map(|change| {
            let text = text(change, no_verb);
            if change.breaking { format!("**{text}**") } else { text }
        });
        line += &format!(": {}", named.collect::<Vec<_>>().join("; "));
        if order.len() > NAMED {
            line += &format!("; and {} more", order.len() - NAMED);
        }
    }
    line + "\n"
}

/// A change in words, without its kind if the line of the entry has that.
fn text(change: &Change, no_verb: bool) -> String {
    let Change { kind, place, was, before, after, .. } = change;
    let at = if place.path.is_empty() { String::new() } else { format!("`{}` ", place.path) };
    let [before, after] = [before, after].map(|fact| fact.as_deref());
    let known = after.or(before).unwrap_or_default();
    let happened = match after {
        _ if no_verb => "",
        None => " removed",
        Some(_) => " added",
    };
    match &place.aspect {
        Aspect::Kind if *kind == Kind::Renamed => {
            format!("`{}` renamed to `{}`", was.as_deref().unwrap_or_default(), place.path)
        }
        Aspect::Kind | Aspect::Presence => match (before, after) {
            (Some(before), Some(after)) => format!("{at}{before} → {after}"),
            _ => format!("`{}`{happened} ({known})", place.path),
        },
        Aspect::Value(value) if place.path.is_empty() => format!("value `{value}`{happened}"),
        Aspect::Value(value) => format!("value `{value}` of `{}`{happened}", place.path),
        Aspect::Error(error) => format!("error `{error}`{happened}"),
        Aspect::Limit(keyword) if keyword == "deprecated" => match after {
            Some(_) => format!("{at}deprecated"),
            None if no_verb => format!("{at}deprecated"),
            None => format!("{at}no longer deprecated"),
        },
        Aspect::Limit(keyword) => match (before, after) {
            (Some(before), Some(after)) => format!("{at}{keyword} `{before}` → `{after}`"),
            _ => format!("{at}{keyword} `{known}`{happened}"),
        },
    }
}

pub(super) fn json(entries: &[Entry], row: impl Fn(&Entry) -> Option<String>) -> Value {
    let counts = Section::ALL.map(|section| {
        let mut counts: serde_json::Map<_, _> = KINDS
            .iter()
            .map(|kind| {
                let number = count(entries, section, |entry| entry.kind == *kind);
                (kind.name().to_owned(), json!(number))
            })
            .collect();
        let breaking = count(entries, section, |entry| entry.breaking);
        counts.insert("breaking".to_owned(), json!(breaking));
        (section.plural().to_owned(), Value::Object(counts))
    });
    let change = |change: &Change| {
        let (aspect, detail) = match &change.place.aspect {
            Aspect::Kind => ("kind", None),
            Aspect::Presence => ("presence", None),
            Aspect::Value(value) => ("value", Some(value)),
            Aspect::Limit(keyword) => ("limit", Some(keyword)),
            Aspect::Error(error) => ("error", Some(error)),
        };
        json!({
            "path": change.place.path, "aspect": aspect, "detail": detail, "was": change.was,
            "kind": change.kind.name(), "before": change.before, "after": change.after,
            "breaking": change.breaking,
        })
    };
    let entry = |entry: &Entry| {
        json!({
            "section": entry.section.plural(), "group": entry.group, "name": entry.name,
            "was": entry.was, "kind": entry.kind.name(), "breaking": entry.breaking,
            "row": row(entry),
            "changes": entry.changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    json!({
        "differs": differs(entries),
        "counts": Value::Object(counts.into_iter().collect()),
        "entries": entries.iter().map(entry).collect::<Vec<_>>(),
    })
}
