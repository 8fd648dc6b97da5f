//! Mistakes in a row of `operations!`. The wrong row is in the middle of a block of thirteen, as in
//! a resource file.

use crate::{Complaint, macros_of, rustc};

const STAND_INS: &str = r#"
    #![deny(unused_variables)]
    #![allow(dead_code, unused_imports, unused_macros)]
    mod http { pub struct Method; impl Method { pub const GET: Self = Self; pub const PUT: Self = Self; } }
    mod pastey { macro_rules! paste { ($($t:tt)*) => {}; } pub(crate) use paste; }
    #[derive(Clone)] pub struct Client;
    pub struct Call<T>(std::marker::PhantomData<T>);
    mod operation {
        pub struct Operation;
        impl Operation { pub const fn new(_: &str, _: &str, _: &str, _: &str) -> Self { Self } }
    }
    mod resources { pub mod operations { pub(crate) use crate::{expected_query_body_or_params, only_the_last_argument_may_be}; } }
    mod client {
        pub mod path {
            #[derive(Default)] pub struct Segments;
            impl Segments { pub fn encode<'a>(&self, _: &str, value: &'a str) -> &'a str { value } }
        }
        pub mod draft {
            pub struct Draft;
            impl Draft {
                pub fn new(
                    _: &crate::Client, _: &crate::operation::Operation, _: crate::http::Method,
                    _: std::fmt::Arguments<'_>, _: super::path::Segments,
                ) -> Self { Self }
                pub fn query<T>(self, _: &T) -> Self { self }
                pub fn body<T>(self, _: &T) -> Self { self }
                pub fn pageable(self) -> Self { self }
                pub fn call<T>(self, _: &crate::Client) -> crate::Call<T> { crate::Call(std::marker::PhantomData) }
            }
        }
    }
    pub struct ThingsApi { client: Client }
    pub struct Thing;
    pub struct Params;
    pub struct ParamsWithBody { body: Thing }
"#;

/// Compiles the row between six others on either side; `None` if rustc reports nothing.
fn compile(row: &str) -> Option<Complaint> {
    let macros = macros_of(include_str!("../../src/resources/operations.rs"));
    let right = |number| {
        format!("PUT \"/things/{{id}}\"\n => right_{number}(id, body: Params) -> Vec<Thing>;\n")
    };
    let before: String = (0..6).map(right).collect();
    let after: String = (6..12).map(right).collect();
    let head = format!("{STAND_INS}\n{macros}\noperations! {{ ThingsApi, things;\n{before}");
    rustc(&head, row, &format!("{after}}}"))
}

#[test]
fn a_correct_row_compiles() {
    assert_eq!(compile(r#"GET "/things" => list(query: Params) -> Thing;"#), None);
    assert_eq!(compile(r#"PUT "/things/{id}" => update(id, body: Params) -> Vec<Thing>;"#), None);
    let with_both = r#"PUT "/things/{id}" => replace(id, params: ParamsWithBody) -> Thing;"#;
    assert_eq!(compile(with_both), None);
}

#[test]
fn a_mistake_is_reported_at_its_row() {
    for (row, said, line) in [
        // The rows next to a wrong row are not blamed: line 1 is the row itself.
        ("GET \"/things/{slug}\" => get(id) -> Thing;", "cannot find value `slug`", 1),
        ("GET \"/things\" => get() -> Unknown;", "cannot find type `Unknown`", 1),
        ("GET \"/things\" => list(query: Missing) -> Thing;", "cannot find type `Missing`", 1),
        ("FETCH \"/things\" => get() -> Thing;", "no associated item named `FETCH`", 1),
        ("GET \"/things\"\n => list(filter: Params) -> Thing;", "expected_query_body_or_params", 2),
        (
            "GET \"/things/{id}\"\n => list(query: Params, id) -> Thing;",
            "only_the_last_argument_may_be",
            2,
        ),
        (
            "GET \"/things\"\n => list(query: Params,\n body: Params) -> Thing;",
            "only_the_last_argument_may_be",
            2,
        ),
        ("GET \"/things\"\n -> Thing => get();", "no rules expected `->`", 2),
        ("GET \"/things\" => get::all() -> Thing;", "no rules expected `::`", 1),
        // A missing `;` is reported where the next row starts.
        ("GET \"/things\" => get() -> Thing", "no rules expected `PUT`", 2),
    ] {
        let complaint = compile(row).unwrap_or_else(|| panic!("{row} compiles"));
        assert!(complaint.text.contains(said), "{row}\n{}", complaint.text);
        assert_eq!(complaint.line, line, "{row}\n{}", complaint.text);
    }
}

/// rustc finds these only after expanding all rows, so it points at the macro, but the message
/// names the argument.
#[test]
fn a_mistake_found_after_expansion_is_named() {
    for (row, said) in [
        ("GET \"/things\" => get(id) -> Thing;", "unused variable: `id`"),
        ("PUT \"/things\" => put(params: Params) -> Thing;", "no field `body` on type `Params`"),
    ] {
        let complaint = compile(row).unwrap_or_else(|| panic!("{row} compiles"));
        assert!(complaint.text.contains(said), "{row}\n{}", complaint.text);
    }
}
