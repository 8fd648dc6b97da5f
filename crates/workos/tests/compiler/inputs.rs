//! Mistakes in a declaration of `inputs!`.

use crate::{Complaint, macros_of, rustc};

const STAND_INS: &str = r#"
    #![allow(dead_code, unused_imports, unused_macros)]
    mod model { pub mod input {
        pub(crate) use crate::{every_field_needs_a_comment, Fields, Input};
    } }
    pub struct Fields<S>(S);
    impl<S> Fields<S> {
        pub fn required<T: ?Sized>(&mut self, _: &str, _: &T) {}
        pub fn optional<T>(&mut self, _: &str, _: &Option<T>) {}
    }
    pub trait Input {
        const NAME: &'static str;
        const LEN: usize;
        fn write<S: serde::ser::SerializeStruct>(&self, fields: &mut Fields<S>);
    }
    mod every_field_needs_a_comment {}
    pub mod serde { pub mod ser { pub trait SerializeStruct {} } }
    macro_rules! read_as_object {
        (@wire $field:ident) => { stringify!($field) };
        (@wire $field:ident $wire:literal) => { $wire };
    }
    macro_rules! serialize_input { ($name:ident) => {}; }
"#;

/// Compiles the fields of a struct between two others.
fn compile(fields: &str) -> Option<Complaint> {
    let source = macros_of(include_str!("../../src/model/input.rs"));
    let macros = &source[source.find("macro_rules! inputs").unwrap()
        ..source.find("/// Declares alternatives").unwrap()];
    let right = |name| format!("/// A thing.\n{name} {{\n/// The name.\nname: String,\n}}\n");
    let head =
        format!("{STAND_INS}\n{macros}\ninputs! {{\n{}/// A thing.\nThing {{", right("Before"));
    rustc(&head, fields, &format!("}}\n{}}}", right("After")))
}

#[test]
fn a_correct_declaration_compiles() {
    assert_eq!(
        compile("/// The name.\nname: String,\n/// The kind.\nkind as \"type\": Option<String>,"),
        None
    );
}

#[test]
fn a_mistake_is_reported_at_its_line() {
    for (fields, said, line) in [
        ("/// The name.\nname: Missing,", "cannot find type `Missing`", 2),
        ("/// The name.\nname: Option<Missing>,", "cannot find type `Missing`", 2),
        ("name: String,", "every_field_needs_a_comment", 1),
        ("/// The name.\nname: String\n/// The kind.\nkind: String,", "no rules expected", 3),
        ("/// The name.\npub name: String,", "no rules expected", 2),
    ] {
        let complaint = compile(fields).unwrap_or_else(|| panic!("{fields} compiles"));
        assert!(complaint.text.contains(said), "{fields}\n{}", complaint.text);
        assert_eq!(complaint.line, line, "{fields}\n{}", complaint.text);
    }
}
