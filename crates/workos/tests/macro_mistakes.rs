//! What the compiler says to common mistakes in a row of `operations!`.
//!
//! Each case is compiled by itself, with stand-ins for what the macro refers to.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Stdio};

const STAND_INS: &str = r#"
    #![deny(unused_variables)]
    #![allow(dead_code, unused_macros)]
    mod http { pub struct Method; impl Method { pub const GET: Self = Self; pub const PUT: Self = Self; } }
    mod pastey { macro_rules! paste { ($($t:tt)*) => {}; } pub(crate) use paste; }
    #[derive(Clone)] pub struct Client;
    pub struct Call<T>(std::marker::PhantomData<T>);
    mod client {
        pub struct Operation;
        impl Operation { pub const fn new(_: &str, _: &str, _: &str, _: &str) -> Self { Self } }
        pub mod request {
            #[derive(Default)] pub struct Segments;
            impl Segments { pub fn encode<'a>(&self, _: &str, value: &'a str) -> &'a str { value } }
            pub struct Draft;
            impl Draft {
                pub fn new(_: &crate::Client, _: &super::Operation, _: crate::http::Method, _: std::fmt::Arguments<'_>, _: Segments) -> Self { Self }
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

/// Compiles a row and returns what the compiler says; `None` when it has nothing to say.
fn compile(row: &str) -> Option<String> {
    let macros = include_str!("../src/macros.rs").lines().filter(|line| !line.starts_with("//!"));
    let macros: String = macros.map(|line| format!("{line}\n")).collect();
    let source = format!("{STAND_INS}\n{macros}\noperations! {{ ThingsApi, things; {row} }}");
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-o", "-", "-"])
        .args(["--cap-lints=forbid", "--check-cfg=cfg(feature, values(\"contract\"))"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    rustc.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = rustc.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

#[test]
fn a_right_row_compiles() {
    assert_eq!(compile(r#"GET "/things" => list(query: Params) -> Thing;"#), None);
    assert_eq!(compile(r#"PUT "/things/{id}" => update(id, body: Params) -> Vec<Thing>;"#), None);
    let with_both = r#"PUT "/things/{id}" => replace(id, params: ParamsWithBody) -> Thing;"#;
    assert_eq!(compile(with_both), None);
}

#[test]
fn a_mistake_is_told_in_terms_of_the_row() {
    const ROW: &str = "a row is `GET \"/path/{id}\" => name(id, query: Params) -> Type;`";
    for (row, told) in [
        (r#"GET "/things/{slug}" => get(id) -> Thing;"#, "cannot find value `slug`"),
        (r#"GET "/things" => get(id) -> Thing;"#, "unused variable: `id`"),
        (r#"GET "/things" => get() -> Unknown;"#, "cannot find type `Unknown`"),
        (r#"GET "/things" => list(query: Missing) -> Thing;"#, "cannot find type `Missing`"),
        (r#"FETCH "/things" => get() -> Thing;"#, "no associated item named `FETCH`"),
        (r#"PUT "/things" => put(params: Params) -> Thing;"#, "no field `body` on type `Params`"),
        (r#"GET "/things" => list(filter: Params) -> Thing;"#, ROW),
        (r#"GET "/things/{id}" => list(query: Params, id) -> Thing;"#, ROW),
        (r#"GET "/things" => list(query: Params, body: Params) -> Thing;"#, ROW),
        (r#"PUT "/things" => put(params: ParamsWithBody, body: Params) -> Thing;"#, ROW),
        (r#"GET "/things" => get() -> Thing"#, ROW),
        (r#"GET "/things" -> Thing => get();"#, ROW),
    ] {
        let said = compile(row).unwrap_or_else(|| panic!("{row} compiles"));
        assert!(said.contains(told), "{row}\n{said}");
    }
}
