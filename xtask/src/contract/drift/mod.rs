//! The differences of an OpenAPI document from the contract.

mod breaking;
mod compare;
mod facts;
mod inline;
mod renames;
mod report;
mod rows;

use std::collections::BTreeMap;

use workos_contract::additions::Files;

use self::compare::{Entry, Kind};
use self::facts::{Section, Version};

/// What to show, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only what the document adds.
    pub(crate) only_added: bool,
    /// Every field that differs, not only its owner.
    pub(crate) all: bool,
    /// JSON instead of Markdown.
    pub(crate) json: bool,
}

impl Options {
    /// The options for these words; `None` if one is unknown.
    pub(crate) fn parse(words: &[&str]) -> Option<Self> {
        let mut options = Self::default();
        for word in words {
            match *word {
                "--only-added" => options.only_added = true,
                "--all" => options.all = true,
                "--json" => options.json = true,
                _ => return None,
            }
        }
        Some(options)
    }
}

/// What to compare, and the data for rows of added operations.
pub(super) struct Sources<'a> {
    /// The contract without its additions.
    pub(super) documented: &'a Files,
    /// The contract.
    pub(super) ours: &'a Files,
    pub(super) newer: &'a Files,
    /// The newer document's summaries of operations.
    pub(super) summaries: &'a BTreeMap<String, String>,
    /// The source files of the resources.
    pub(super) resources: &'a [String],
}

/// The report, and whether there is a difference. What only the additions have does not count as
/// one.
pub(super) fn report(sources: &Sources<'_>, options: Options) -> (String, bool) {
    let [documented, ours, newer] =
        [sources.documented, sources.ours, sources.newer].map(Version::new);
    let mut entries = compare::entries(&documented, &ours, &newer);
    let mut rust_types = rows::rust_types(&ours, sources.resources);
    for entry in entries.iter().filter(|entry| entry.section == Section::Type) {
        if let Some(name) = entry.was.as_ref().and_then(|was| rust_types.get(was)).cloned() {
            rust_types.insert(entry.name.clone(), name);
        }
    }
    if options.only_added {
        entries = compare::only_added(entries);
    }
    let row = |entry: &Entry| {
        let is_new = entry.section == Section::Operation && entry.kind == Kind::Added;
        let summary = sources.summaries.get(&entry.name).map(String::as_str);
        is_new.then(|| rows::row(&newer, &entry.name, summary, &rust_types)).flatten()
    };
    let report = if options.json {
        format!("{:#}\n", report::json(&entries, row))
    } else {
        report::markdown(&entries, options.all, row)
    };
    (report, report::differs(&entries))
}

#[cfg(test)]
mod tests;
