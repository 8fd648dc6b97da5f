use serde_json::{Value, json};

use super::*;

pub(super) fn version(content: Value) -> Version {
    Version::new(&files(content))
}

fn files(content: Value) -> Files {
    let Value::Object(content) = content else { unreachable!("{content}") };
    Files::from([("things.json".to_owned(), content)])
}

const ALL: Options = Options { all: true, only_added: false, json: false };

/// The report on two contracts without additions, and whether they differ.
fn reported(before: Value, after: Value, options: Options) -> (String, bool) {
    reported_with(before.clone(), before, after, options)
}

fn reported_with(documented: Value, ours: Value, newer: Value, options: Options) -> (String, bool) {
    let [documented, ours, newer] = [documented, ours, newer].map(files);
    let summaries = BTreeMap::from([("POST /new".to_owned(), "Create a new thing".to_owned())]);
    let sources = Sources {
        documented: &documented,
        ours: &ours,
        newer: &newer,
        summaries: &summaries,
        resources: &["    GET \"/a/{id}\" => get_a(id) -> Thing;".to_owned()],
    };
    report(&sources, options)
}

/// The lines of the report, each change on its own, without the table.
fn lines(before: Value, after: Value) -> Vec<String> {
    let report = reported(before, after, ALL).0;
    let lines = report.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.skip_while(|line| !line.starts_with("##")).skip(2).map(str::to_owned).collect()
}

fn before() -> Value {
    json!({
        "operations": {
            "GET /a/{id}": {
                "query": {"limit?": "integer", "old?": "string"},
                "200": "A", "errors": {"404": ["gone"]},
            },
            "GET /old": {"200": "A", "errors": {"404": []}},
            "PUT /a/{id}": {"body": "Input", "200": "A"},
        },
        "types": {
            "A": {"id": "string", "state": "=on|off", "note": "string"},
            "Input": {"state?": "=on|off", "note?": "string"},
        },
        "events": {"a.created": {"data": "A"}, "a.lost": {"data": "A"}},
        "limits": {"GET /a/{id}": {"query.limit": {"default": 10, "maximum": 100}}},
    })
}

fn after() -> Value {
    json!({
        "operations": {
            "GET /a/{aId}": {
                "query": {"limit?": "integer", "new?": "string"},
                "200": "A", "errors": {"404": []},
            },
            "POST /new": {"body": {"x": "string"}, "201": "A"},
            "PUT /a/{id}": {"body": "Input", "200": "A"},
        },
        "types": {
            "A": {"id": "string", "state": "=on|idle", "note~": "string"},
            "Input": {"state?": "=on|idle", "note": "string"},
            "B": {"id": "string", "states?": ["=on|off"]},
        },
        "events": {"a.created": {"data": "A"}, "a.deleted": {"data": {"id": "string"}}},
        "limits": {
            "GET /a/{aId}": {"": {"deprecated": true}, "query.limit": {"default": 20, "maximum": 50}},
        },
    })
}

#[test]
fn a_contract_does_not_differ_from_itself() {
    for options in [Options::default(), ALL] {
        assert_eq!(reported(before(), before(), options), ("No difference.\n".to_owned(), false));
    }
}

#[test]
fn the_report_starts_with_counts_and_has_a_line_for_each_entry() {
    let expected = "\
|            | added | removed | changed | renamed | breaking | only ours |
|------------|------:|--------:|--------:|--------:|---------:|----------:|
| operations |     1 |       1 |       0 |       1 |        2 |         0 |
| types      |     1 |       0 |       2 |       0 |        2 |         0 |
| events     |     1 |       1 |       0 |       0 |        1 |         0 |

## things

- **breaking** removed operation `GET /old`
- **breaking** removed event `a.lost`
- **breaking** renamed operation `GET /a/{id}` → `GET /a/{aId}`: **`query.limit` maximum `100` → `50`**; \
**`query.old` renamed to `query.new`**; deprecated; error `404 gone` removed; and 1 more
- **breaking** changed type `A`: **`note` required → nullable**; value `idle` of `state` added; \
value `off` of `state` removed
- **breaking** changed type `Input`: **`note` optional → required**; \
**value `off` of `state` removed**; value `idle` of `state` added
- added type `B`
- added event `a.deleted`

Added operation:

```rust
    /// Creates a new thing.
    POST \"/new\" => create_new(body: CreateNew) -> Thing;
```
";
    let (report, differs) = reported(before(), after(), Options::default());
    assert_eq!(report, expected);
    assert!(differs);
}

#[test]
fn all_shows_every_field() {
    assert_eq!(
        lines(before(), after()),
        [
            "**breaking** removed operation `GET /old`:",
            "error `404`",
            "`200` (A)",
            "**breaking** removed event `a.lost`:",
            "`data` (required A)",
            "**breaking** renamed operation `GET /a/{id}` → `GET /a/{aId}`:",
            "deprecated",
            "error `404 gone` removed",
            "`query.limit` default `10` → `20`",
            "**breaking** `query.limit` maximum `100` → `50`",
            "**breaking** `query.old` renamed to `query.new`",
            "**breaking** changed type `A`:",
            "**breaking** `note` required → nullable",
            "value `idle` of `state` added",
            "value `off` of `state` removed",
            "**breaking** changed type `Input`:",
            "**breaking** `note` optional → required",
            "value `idle` of `state` added",
            "**breaking** value `off` of `state` removed",
            "added type `B`:",
            "`id` (required string)",
            "`states` (optional list of one of off, on)",
            "added event `a.deleted`:",
            "`data` (required object)",
            "",
            "Added operation:",
            "",
            "```rust",
            "/// Creates a new thing.",
            "POST \"/new\" => create_new(body: CreateNew) -> Thing;",
            "```",
        ]
    );
}

#[test]
fn the_report_can_be_limited_to_what_is_added() {
    let options = Options { only_added: true, ..ALL };
    let (report, differs) = reported(before(), after(), options);
    let expected = "\
|            | added | removed | changed | renamed | breaking | only ours |
|------------|------:|--------:|--------:|--------:|---------:|----------:|
| operations |     1 |       0 |       1 |       0 |        0 |         0 |
| types      |     1 |       0 |       2 |       0 |        0 |         0 |
| events     |     1 |       0 |       0 |       0 |        0 |         0 |

## things

- changed operation `GET /a/{aId}`:
  - deprecated
- changed type `A`:
  - value `idle` of `state` added
- changed type `Input`:
  - value `idle` of `state` added
- added type `B`:
  - `id` (required string)
  - `states` (optional list of one of off, on)
- added event `a.deleted`:
  - `data` (required object)

Added operation:

```rust
    /// Creates a new thing.
    POST \"/new\" => create_new(body: CreateNew) -> Thing;
```
";
    assert_eq!(report, expected);
    assert!(differs);
    let fewer = json!({"operations": {}, "types": {}, "events": {}});
    assert_eq!(reported(before(), fewer, options), ("No difference.\n".to_owned(), false));
}

#[test]
fn the_json_has_the_same_content() {
    let before =
        json!({"operations": {"GET /a/{id}": {"200": "A"}}, "types": {"A": {"id": "string"}}});
    let after = json!({
        "operations": {"GET /a/{id}": {"200": "A"}, "POST /new": {"204": null}},
        "types": {"A": {"id?": "string"}},
    });
    let none =
        json!({"added": 0, "removed": 0, "changed": 0, "renamed": 0, "breaking": 0, "ours": 0});
    let with = |key: &str, other: Option<&str>| {
        let mut counts = none.clone();
        for key in [Some(key), other].into_iter().flatten() {
            counts[key] = json!(1);
        }
        counts
    };
    let (report, differs) = reported(before, after, Options { json: true, ..Options::default() });
    assert!(differs);
    assert_eq!(
        serde_json::from_str::<Value>(&report).unwrap(),
        json!({
            "differs": true,
            "counts": {
                "operations": with("added", None),
                "types": with("changed", Some("breaking")),
                "events": none,
            },
            "entries": [
                {
                    "section": "types", "group": "things", "name": "A", "was": null,
                    "kind": "changed", "breaking": true, "row": null,
                    "changes": [{
                        "path": "id", "aspect": "presence", "detail": null, "was": null,
                        "kind": "changed", "before": "required", "after": "optional",
                        "breaking": true,
                    }],
                },
                {
                    "section": "operations", "group": "things", "name": "POST /new", "was": null,
                    "kind": "added", "breaking": false,
                    "row": "    /// Creates a new thing.\n    POST \"/new\" => create_new() -> ();",
                    "changes": [{
                        "path": "204", "aspect": "kind", "detail": null, "was": null,
                        "kind": "added", "before": null, "after": "null", "breaking": false,
                    }],
                },
            ],
        })
    );
}

#[test]
fn what_only_the_additions_have_is_ours_and_not_a_difference() {
    let documented = json!({"operations": {"GET /a": {"200": "string"}}});
    let ours = || {
        json!({"operations": {
            "GET /a": {"200": "string", "query": {"state?": "string", "limit?": "string"}},
            "GET /b": {"200": "string"},
            "GET /c": {"200": "string"},
        }})
    };
    let newer = json!({"operations": {
        "GET /a": {"200": "string", "query": {"limit?": "integer"}},
        "GET /c": {"200": "string"},
    }});
    let (report, differs) = reported_with(documented.clone(), ours(), newer, Options::default());
    let expected = "\
|            | added | removed | changed | renamed | breaking | only ours |
|------------|------:|--------:|--------:|--------:|---------:|----------:|
| operations |     0 |       0 |       1 |       0 |        1 |         2 |
| types      |     0 |       0 |       0 |       0 |        0 |         0 |
| events     |     0 |       0 |       0 |       0 |        0 |         0 |

## things

- **breaking** changed operation `GET /a`: **`query.limit` string → integer**

## Only in additions.json

- operation `GET /a`: `query.state` (optional string)
- operation `GET /b`
";
    assert_eq!(report, expected);
    assert!(differs);
    assert!(!reported_with(documented.clone(), ours(), documented, Options::default()).1);
}

#[test]
fn what_is_added_or_removed_is_one_change_whatever_is_inside() {
    let of = |kind: Value| {
        json!({
            "operations": {"POST /a": {"body": "A", "200": "A"}}, "types": {"A": kind},
            "limits": {"A": {"new.id": {"maxLength": 3}}},
        })
    };
    let after = of(json!({"id": "string", "new?": {"id": "string", "list": ["=x|y"]}}));
    let mut before = of(json!({"id": "string"}));
    before["limits"] = json!({});
    assert_eq!(lines(before, after), ["changed type `A`:", "`new` added (optional object)"]);
}

#[test]
fn a_required_field_of_a_request_breaks_it_and_one_inside_an_optional_field_does_not() {
    let of = |fields: Value| json!({"operations": {"POST /a": {"body": fields}}});
    let before = || of(json!({"id": "string"}));
    assert_eq!(
        lines(before(), of(json!({"id": "string", "new": "string"}))),
        [
            "**breaking** changed operation `POST /a`:",
            "**breaking** `body.new` added (required string)"
        ]
    );
    assert_eq!(
        lines(before(), of(json!({"id": "string", "new?": {"id": "string"}}))),
        ["changed operation `POST /a`:", "`body.new` added (optional object)"]
    );
}

#[test]
fn a_type_breaks_in_the_directions_in_which_it_is_used() {
    let of = |operation: Value, fields: Value| json!({"operations": {"POST /a": operation}, "types": {"A": fields}});
    let first_line = |operation: Value| {
        let before = of(operation.clone(), json!({"id": "string"}));
        lines(before, of(operation, json!({"id?": "string"}))).remove(0)
    };
    assert_eq!(first_line(json!({"body": "A"})), "changed type `A`:");
    assert_eq!(first_line(json!({"200": ["A"]})), "**breaking** changed type `A`:");
    assert_eq!(first_line(json!({"body": "A", "200": "A"})), "**breaking** changed type `A`:");
    assert_eq!(first_line(json!({"errors": {}})), "changed type `A`:");
}

#[test]
fn a_field_is_renamed_only_if_it_is_unambiguous() {
    let of = |fields: Value| json!({"types": {"A": fields}});
    let before = || of(json!({"id": "string", "part": {"old": "=x"}}));
    let renamed = of(json!({"id": "string", "part": {"new": "=x"}}));
    assert_eq!(lines(before(), renamed)[1..], ["`part.old` renamed to `part.new`"]);
    let others = [
        (json!({"new": "=x", "other": "=x"}), "two"),
        (json!({"new?": "=x"}), "presence"),
        (json!({"new": "=y"}), "values"),
    ];
    for (part, what) in others {
        let after = of(json!({"id": "string", "part": part}));
        assert!(lines(before(), after).iter().all(|line| !line.contains("renamed")), "{what}");
    }
}

#[test]
fn types_that_are_only_renamed_share_a_line() {
    let of = |names: [&str; 6]| {
        let fields = |index: usize| {
            let fields = (0..=index).map(|index| (format!("f{index}"), json!("string")));
            Value::Object(fields.collect())
        };
        let types =
            names.iter().enumerate().map(|(index, name)| ((*name).to_owned(), fields(index)));
        json!({"types": Value::Object(types.collect())})
    };
    let [before, after] =
        [of(["A", "B", "C", "D", "E", "F"]), of(["A", "B2", "C2", "D2", "E2", "F2"])];
    let report = reported(before, after, Options::default()).0;
    let expected = "- renamed types `B` → `B2`; `C` → `C2`; `D` → `D2`; `E` → `E2`; and 1 more";
    assert_eq!(report.lines().last(), Some(expected));
}

#[test]
fn a_type_that_was_inlined_before_is_new_and_changes_nothing_else() {
    let inline = || {
        json!({
            "operations": {"POST /a": {"body": {"id": "string", "note?": "string"}}},
            "limits": {"POST /a": {"body.id": {"maxLength": 3}}},
        })
    };
    let named = || {
        json!({
            "operations": {"POST /a": {"body": "A"}},
            "types": {"A": {"id": "string", "note?": "string"}},
            "limits": {"A": {"id": {"maxLength": 3}}},
        })
    };
    assert_eq!(lines(inline(), named())[0], "added type `A`:");
    assert_eq!(lines(named(), inline())[0], "removed type `A`:");
    assert_eq!(lines(inline(), named()).len(), 3);
}

#[test]
fn the_union_of_all_events_is_not_reported_in_addition_to_the_events() {
    let of = |events: Value| json!({"types": {"EventSchema": events}});
    let after = of(json!({"any of": [{"event": "=a"}, {"event": "=b"}]}));
    let (report, differs) = reported(of(json!({"event": "=a"})), after, ALL);
    assert_eq!((report.as_str(), differs), ("No difference.\n", false));
}

#[test]
fn the_options_are_parsed_by_name() {
    assert_eq!(Options::parse(&[]), Some(Options::default()));
    assert_eq!(
        Options::parse(&["--json", "--all", "--only-added"]),
        Some(Options { only_added: true, all: true, json: true })
    );
    assert_eq!(Options::parse(&["--every"]), None);
}
