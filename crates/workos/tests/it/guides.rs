//! What rustdoc does not check of the guides: that each is listed, and that links to headings lead
//! somewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const MODULES: &str = include_str!("../../src/guide.rs");

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The guides by the name of their module, and the files they are in.
fn guides() -> BTreeMap<&'static str, (PathBuf, String)> {
    let modules = MODULES.split("pub mod ").skip(1);
    let guide = |module: &'static str| {
        let (name, body) = module.split_once(" {").unwrap();
        let (_, file) = body.split_once("include_str!(\"").unwrap();
        let file = source_folder().join(file.split('"').next().unwrap()).canonicalize().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        (name, (file, text))
    };
    modules.map(guide).collect()
}

/// The lines that are not part of an example.
fn prose(guide: &str) -> impl Iterator<Item = &str> {
    let mut in_example = false;
    guide.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        in_example ^= is_fence;
        !is_fence && !in_example
    })
}

/// What rustdoc and forges call a heading in a link: lower case, hyphens for spaces.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

fn anchors(guide: &str) -> Vec<String> {
    prose(guide).filter(|line| line.starts_with('#')).map(anchor).collect()
}

#[test]
fn every_guide_is_a_module_that_the_front_page_lists() {
    let (front_page, guides) = (include_str!("../../src/lib.rs"), guides());
    for name in guides.keys() {
        assert!(front_page.contains(&format!("(guide::{name})")), "{name}");
    }
    for file in fs::read_dir(source_folder().join("../docs")).unwrap() {
        let file = file.unwrap().path().canonicalize().unwrap();
        assert!(guides.values().any(|guide| guide.0 == file), "{}", file.display());
    }
}

#[test]
fn a_guide_begins_with_its_title_and_what_it_is_about() {
    for (name, (_, guide)) in guides() {
        let mut lines = guide.lines();
        assert!(lines.next().unwrap().starts_with("# "), "{name}");
        assert_eq!(lines.next(), Some(""), "{name}");
        assert!(lines.next().unwrap().starts_with(char::is_alphabetic), "{name}");
    }
}

#[test]
fn links_to_headings_lead_to_one() {
    let guides = guides();
    for (name, (_, guide)) in &guides {
        for link in prose(guide).flat_map(|line| line.split("](").skip(1)) {
            let (target, _) = link.split_once(')').unwrap();
            let Some((page, heading)) = target.split_once('#') else { continue };
            let page =
                if page.is_empty() { name } else { page.trim_start_matches("crate::guide::") };
            let Some((_, page)) = guides.get(page) else { continue };
            assert!(anchors(page).iter().any(|anchor| anchor == heading), "{name}: {target}");
        }
    }
    let (_, sessions) = &guides["sessions"];
    assert!(anchors(sessions).contains(&"what-a-session-is".to_owned()));
}
