//! Nobody clears a field by mistake, say by passing an `Option`: only an explicit clear compiles,
//! and no suggestion of rustc leads to one.

use crate::{Complaint, rustc};

/// The real `Nullable`, without serde, and a struct like those of `inputs!`.
fn compile(field: &str) -> Option<Complaint> {
    let nullable = include_str!("../../src/model/nullable.rs");
    let start = nullable.find("#[derive(").unwrap();
    let end = nullable.find("impl<T: Serialize>").unwrap();
    let nullable = &nullable[start..end];
    let head = format!(
        "{nullable}
        #[derive(Default)]
        pub struct UpdateThing {{
            pub name: Option<String>,
            pub external_id: Option<Nullable<String>>,
        }}
        pub fn update(text: String, option: Option<String>) -> UpdateThing {{"
    );
    let code = format!("UpdateThing {{ external_id: {field}, ..Default::default() }}");
    rustc(&head, &code, "}")
}

#[test]
fn explicit_updates_compile() {
    for field in [
        "None",
        // Not sent either: it stays `None`.
        "None.into()",
        "Some(\"x\".into())",
        "Some(text.into())",
        "Some(Nullable::Value(text))",
        "Some(Nullable::Null)",
        "option.map(Nullable::Value)",
        "option.map(Into::into)",
        "Some(Nullable::or_null(option))",
    ] {
        assert_eq!(compile(field), None, "{field}");
    }
}

#[test]
fn what_would_clear_by_mistake_does_not_compile() {
    for field in [
        "option",
        "option.into()",
        "Some(option.into())",
        "Nullable::Null",
        "Nullable::None",
        "Some(None)",
        "Some(None.into())",
        "Some(option)",
        "Some(text)",
        "text",
        "text.into()",
        "\"x\".into()",
    ] {
        let complaint = compile(field).unwrap_or_else(|| panic!("{field} compiles"));
        // `Nullable::Null` itself is an explicit clear.
        let is_meant = field == "Nullable::Null";
        let leads_to_null = complaint.text.contains("Null)") || complaint.text.contains("or_null");
        assert!(is_meant || !leads_to_null, "{field}\n{}", complaint.text);
    }
}
