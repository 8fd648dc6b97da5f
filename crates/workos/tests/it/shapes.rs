//! A new field, a new variant or a new version must not break programs: how all public types are
//! declared in the source.

use std::path::Path;

/// A public type that no macro declares, or one of `choices!`. The types of each other macro are
/// alike, and [`types_of_macros_are_open_and_comparable`] checks the macro.
struct Type {
    name: String,
    is_enum: bool,
    attributes: String,
    has_public_fields: bool,
    /// The file it is in.
    source: String,
}

impl Type {
    fn derives(&self, name: &str) -> bool {
        let lists = self.attributes.split("derive(").skip(1).map(|list| list.split(')').next());
        lists.flatten().any(|list| list.split(", ").any(|one| one == name))
    }

    fn is_open(&self) -> bool {
        self.attributes.contains("#[non_exhaustive]")
    }

    /// Whether there is a `new`, written by hand or by `constructors!`.
    fn has_new(&self) -> bool {
        let name = &self.name;
        let by_macro =
            |line: &str| line.trim().strip_prefix(name).is_some_and(|l| l.starts_with('('));
        let by_hand = format!("impl {name} {{");
        let by_hand = self.source.split(&by_hand).nth(1).and_then(|rest| rest.split("\n}").next());
        self.source.lines().any(by_macro) || by_hand.is_some_and(|own| own.contains("pub fn new("))
    }
}

/// The types in a folder of the crate's source.
fn types(folder: &str) -> Vec<Type> {
    let mut types = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut paths = vec![folder];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !path.ends_with("model/object.rs")
            && !path.ends_with("model/open_enum.rs")
            && !path.ends_with("model/input.rs")
        {
            types.extend(types_of(&std::fs::read_to_string(path).unwrap()));
        }
    }
    assert!(types.len() > 10);
    types
}

fn types_of(source: &str) -> Vec<Type> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines: Vec<_> = source.lines().collect();
    let mut types = Vec::new();
    let mut macro_name = "";
    for (at, line) in lines.iter().enumerate() {
        if let Some((name, "{")) = line.split_once("! ") {
            macro_name = name;
        }
        let choice = line.strip_prefix("    ").and_then(|line| line.strip_suffix(" {"));
        if let ("choices", Some(name)) = (macro_name, choice.filter(|name| !name.contains(' '))) {
            let before = lines[..at].iter().rev().take_while(|line| !line.is_empty());
            let attributes: String = before.filter(|line| !line.contains("///")).copied().collect();
            let attributes = format!("{attributes}#[derive(Debug, Clone, PartialEq)]");
            let (name, source) = (name.to_owned(), source.to_owned());
            types.push(Type { name, is_enum: true, attributes, has_public_fields: false, source });
        }
        let words: Vec<_> = line.split([' ', '<', '(', ';']).collect();
        let &["pub", kind @ ("struct" | "enum"), name, ..] = words.as_slice() else { continue };
        let before = lines[..at].iter().rev().take_while(|line| !line.is_empty());
        let attributes = before.filter(|line| !line.starts_with("///")).copied().collect();
        let mut fields = lines[at + 1..].iter().take_while(|line| !line.starts_with('}'));
        types.push(Type {
            name: name.to_owned(),
            is_enum: kind == "enum",
            attributes,
            has_public_fields: line.ends_with('{') && fields.any(|l| l.starts_with("    pub ")),
            source: source.to_owned(),
        });
    }
    types
}

fn names<'a>(types: impl IntoIterator<Item = &'a Type>) -> Vec<&'a str> {
    let mut names: Vec<_> = types.into_iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_new_variant_breaks_no_program() {
    let types = types("");
    let closed = types.iter().filter(|one| one.is_enum && !one.is_open());
    // Null or a value; plain or hashed: these are complete.
    assert_eq!(names(closed), ["Nullable", "Password"]);
}

#[test]
fn a_new_field_breaks_no_program_and_requests_can_omit_fields() {
    let types = types("");
    let literal = types.iter().filter(|one| one.has_public_fields && !one.is_open());
    let tedious = literal.filter(|one| !one.derives("Default") && !one.has_new());
    // Transports destructure and construct them.
    assert_eq!(names(tedious), ["HttpRequest", "HttpResponse"]);
    let answers = types.iter().filter(|one| one.has_public_fields && one.derives("Deserialize"));
    // With the feature `contract`, tests read requests, too.
    let read = answers.filter(|one| !one.attributes.contains("cfg_attr"));
    // What requests have in common with responses is written as a literal, and so are the pages
    // that an application makes for `auto_paginate`.
    let shared = [
        "AgentBlueprintInvocableAs",
        "AgentBlueprintInvocableBy",
        "AgentBlueprintSessionSetting",
        "AuditLogSchemaActor",
        "AuditLogSchemaTarget",
        "ListMetadata",
        "Page",
    ];
    assert_eq!(names(read.filter(|one| !one.is_open())), shared);
}

/// A lint requires `Debug` of every type.
#[test]
fn handles_can_be_cloned_sent_and_printed() {
    fn value<T: Clone + std::fmt::Debug + Send + Sync + 'static>(_: T) {}
    let client = workos::Client::builder().api_key("sk_test_1").client_id("client_1").build();
    value((client.admin_portal(), client.agents(), client.api_keys(), client.audit_logs()));
    value((client.authorization(), client.client_api(), client.connect()));
    value((client.directory_sync(), client.events(), client.feature_flags(), client.groups()));
    value((client.multi_factor_auth(), client.organization_domains()));
    value((client.organization_membership(), client.organizations(), client.passwordless()));
    value((client.pipes(), client.pipes_provider(), client.platform_teams(), client.radar()));
    value((client.sso(), client.user_management(), client.vault(), client.webhooks()));
    value((client.widgets(), client.authkit(), client.sso_helpers(), client.jwks()));
    value((client.token_verifier(), client.vault().encryption()));
    value(workos::PublicClient::new("client_1"));
    value(client.session("cookie", &workos::SealKeys::new("x".repeat(32)).unwrap()));
    value(client);
}

#[test]
fn models_are_compared_copied_and_printed() {
    let types = types("resources");
    for name in ["PartialEq", "Clone", "Debug"] {
        // `debug_hiding!` implements it without deriving.
        let is_printed = |one: &Type| {
            let words: Vec<_> = one.source.split_whitespace().collect();
            words.windows(3).any(|three| three == ["debug_hiding!", "{", &one.name])
        };
        let is_by_hand =
            |one: &Type| one.source.contains(&format!("impl {name} for {} ", one.name));
        let lacking = types.iter().filter(|one| {
            !(one.derives(name) || is_by_hand(one) || name == "Debug" && is_printed(one))
        });
        assert_eq!(names(lacking), [""; 0], "{name}");
    }
}

#[test]
fn types_of_macros_are_open_and_comparable() {
    let source = concat!(
        include_str!("../../src/model/object.rs"),
        include_str!("../../src/model/open_enum.rs")
    );
    let declares = |name: &str| {
        let body = source.split(&format!("macro_rules! {name} {{")).nth(1).unwrap();
        let body = body.split("\n}\n").next().unwrap();
        let derived = body.split("derive(").nth(1).unwrap().split(')').next().unwrap();
        ["Debug", "Clone", "PartialEq"].iter().all(|one| derived.split(", ").any(|d| d == *one))
            && body.contains("#[non_exhaustive]")
    };
    assert!(declares("objects") && declares("open_enum"));
}

#[test]
fn the_unknown_variant_has_the_same_name_in_every_enum() {
    let types = types("");
    assert!(types.iter().all(|one| !one.source.contains("Unrecognized(")));
    let unions = types.iter().filter(|one| one.is_enum && one.derives("Deserialize"));
    let read = unions.filter(|one| !one.attributes.contains("cfg_attr"));
    let without = read.filter(|one| {
        let body = one.source.split(&format!("pub enum {} {{", one.name)).nth(1).unwrap();
        !body.split("\n}\n").next().unwrap().contains("    Unknown")
    });
    // The application chooses the value of the first, and every JSON is one of the second.
    assert_eq!(names(without), ["ActionVerdict", "RecordedBody"]);
}
