//! Where in a document decoding failed.
//!
//! serde_json reports line and column. This walks the text up to there and finds the path of keys
//! and indices instead, together with the shape of what stands there. It runs only after a failure,
//! on text that may be anything at all, and it repeats no string value: a response may hold
//! secrets.

/// A position in a JSON text, as errors report it.
#[derive(Debug, PartialEq)]
pub(crate) struct Location {
    /// Keys and indices from the root, such as `data[3].domains[0].state`; empty at the root.
    pub(crate) path: String,
    /// The text just before the position, with every string value replaced by `"…"`.
    pub(crate) snippet: String,
}

const SNIPPET_CHARS: usize = 80;

/// An object or array that is open at the position.
enum Open {
    /// With the key read last.
    Object(String),
    /// With the index of the item that is being read.
    Array(usize),
}

/// Finds the place of an error in the text that was parsed.
pub(crate) fn locate(text: &str, error: &serde_json::Error) -> Location {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // serde_json's columns count bytes. A value that does not fit was read: the column is the last
    // byte of it, or what comes before it. A missing field is noticed at the bracket that closes
    // its object. A syntax error is not read: the column is the offending byte itself.
    let read = if error.is_data() { error.column() } else { error.column().saturating_sub(1) };
    walk(text, text.len().min(line_start.saturating_add(read)))
}

/// The location of a reader that has read the bytes of `text` before `end`.
fn walk(text: &str, end: usize) -> Location {
    let mut open = Vec::new();
    let mut snippet = String::new();
    let mut before = ' ';
    let mut rest = text.char_indices();
    while let Some((at, char)) = rest.next() {
        // A string is read to its end, even if the position is inside it or at its end.
        if at >= end && char != '"' {
            break;
        }
        match char {
            '{' => open.push(Open::Object(String::new())),
            '[' => open.push(Open::Array(0)),
            '}' | ']' => drop(open.pop()),
            ',' => {
                if let Some(Open::Array(index)) = open.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
        let may_be_key = matches!(before, '{' | ',');
        if !char.is_whitespace() {
            before = char;
        }
        if char != '"' {
            snippet.push(char);
            continue;
        }
        let string = take_string(&mut rest);
        // A colon alone makes no key: in broken JSON it may follow a value.
        let is_key = may_be_key && rest.as_str().trim_start().starts_with(':');
        match open.last_mut() {
            Some(Open::Object(key)) if is_key && at < end => {
                snippet.push_str(&format!("\"{string}\""));
                *key = string;
            }
            _ => snippet.push_str("\"…\""),
        }
        if at >= end {
            break;
        }
    }
    Location { path: render(&open), snippet: tail(&snippet) }
}

/// The raw text of a string whose opening quote has been read.
fn take_string(rest: &mut std::str::CharIndices<'_>) -> String {
    let mut string = String::new();
    while let Some((_, char)) = rest.next() {
        match char {
            '"' => break,
            '\\' => {
                string.push(char);
                string.extend(rest.next().map(|(_, escaped)| escaped));
            }
            _ => string.push(char),
        }
    }
    string
}

/// A character that is safe on a terminal: keys come from outside, too.
pub(crate) fn printable(char: char) -> char {
    if char.is_control() { ' ' } else { char }
}

fn render(open: &[Open]) -> String {
    let mut path = String::new();
    for level in open {
        match level {
            Open::Object(key) if key.is_empty() => {}
            Open::Object(key) if path.is_empty() => path.push_str(key),
            Open::Object(key) => path.push_str(&format!(".{key}")),
            Open::Array(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path.chars().map(printable).collect()
}

fn tail(text: &str) -> String {
    let text: String = text.chars().map(printable).collect();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let chars = text.chars().count();
    if chars <= SNIPPET_CHARS {
        return text;
    }
    let kept: String = text.chars().skip(chars - SNIPPET_CHARS).collect();
    format!("…{kept}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code)]
    struct Item {
        id: String,
        count: u8,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code)]
    struct Document {
        data: Vec<Item>,
    }

    fn failure(text: &str) -> Location {
        locate(text, &serde_json::from_str::<Document>(text).unwrap_err())
    }

    #[test]
    fn names_the_field_of_a_wrong_value() {
        let text = r#"{"data":[{"id":"secret-1","count":1},{"id":"secret-2","count":"secret-3"}]}"#;
        assert_eq!(
            failure(text),
            Location {
                path: "data[1].count".into(),
                snippet: r#"{"data":[{"id":"…","count":1},{"id":"…","count":"…""#.into(),
            }
        );
    }

    #[test]
    fn names_the_object_that_lacks_a_field() {
        for (text, path) in [
            (r#"{"data":[{"id":"a","count":1}, {"id":"b"}]}"#, "data[1]"),
            (r#"{"data":[{"id":"a","count":1}, {"id":"b","more":{"deep":[1]}} , {}]}"#, "data[1]"),
            ("{\"data\": [\n  {\n    \"count\": 1\n  }\n]}", "data[0]"),
            ("{\n}", ""),
            (r#"{"other":[{"a":1}]}"#, ""),
        ] {
            assert_eq!(failure(text).path, path, "{text}");
        }
    }

    #[test]
    fn names_the_value_that_has_another_type() {
        for (text, path) in [
            (r#"{"data":7}"#, "data"),
            (r#"{"data":{"id":"a"}}"#, "data"),
            ("{\"data\":\n{}}", "data"),
            (r#"{"data":[7]}"#, "data[0]"),
            (r#"{"data":["a",1]}"#, "data[0]"),
            ("{\"data\": [\n  \"a\"\n]}", "data[0]"),
            (r#"{"data":[{"id":"a","count":1},"b"]}"#, "data[1]"),
            (r#"{"data":[{"id":"a","count":1},7,8]}"#, "data[1]"),
            (r#"{"data":[{"id":["a"],"count":1}]}"#, "data[0].id"),
            (r#"{"data":[{"id":"a","count":{}}]}"#, "data[0].count"),
            (r#"{"data":[{"id":null}]}"#, "data[0].id"),
            (r#"{"data":[{"id":"a","id":"b"}]}"#, "data[0].id"),
        ] {
            assert_eq!(failure(text).path, path, "{text}");
        }
        let nested = |text| locate(text, &serde_json::from_str::<Vec<Vec<u8>>>(text).unwrap_err());
        assert_eq!(nested(r#"[[1],[2,[3]]]"#).path, "[1][1]");
        assert_eq!(nested(r#"[[1],[[3]]]"#).path, "[1][0]");
        assert_eq!(nested(r#"[[1],{}]"#).path, "[1]");
        let text = "[1,2]";
        let tuple = locate(text, &serde_json::from_str::<(u8, u8, u8)>(text).unwrap_err());
        assert_eq!(tuple.path, "", "the list is too short");
    }

    #[test]
    fn names_the_place_where_json_ends() {
        for (text, path) in [
            (r#"{"data":}"#, "data"),
            (r#"{"data":[{"id":"a","count":1},}"#, "data[1]"),
            (r#"{"data":[{"id":"a"x"#, "data[0].id"),
            (r#"{"data":[{"id":"a"#, "data[0].id"),
        ] {
            assert_eq!(failure(text).path, path, "{text}");
        }
    }

    #[test]
    fn counts_lines_and_handles_escapes() {
        let text = "{\n  \"data\": [\n    {\"id\": \"a\\\"}\", \"count\": -5}\n  ]\n}";
        assert_eq!(failure(text).path, "data[0].count");
    }

    #[test]
    fn a_value_in_front_of_a_stray_colon_is_not_taken_for_a_key() {
        for text in [r#"{"data":"secret":"#, r#"{"data":["secret":1"#, r#"{"data":7 "secret":"#] {
            let location = failure(text);
            assert!(!format!("{location:?}").contains("secret"), "{location:?}");
        }
        let text = "{\"data\":\"\u{1}secret\" : 1}";
        assert_eq!(
            failure(text),
            Location { path: "data".into(), snippet: r#"{"data":"…""#.into() }
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_reader() {
        let location = failure("{\"a\u{9b}31m\u{7f}b\":1}");
        assert_eq!(location, Location { path: String::new(), snippet: r#"{"a 31m b":1}"#.into() });
        assert_eq!(failure("{\"a\u{9b}31m\u{7f}b\":").path, "a 31m b");
    }

    #[test]
    fn a_long_document_is_cut() {
        let items = r#"{"id":"x","count":1},"#.repeat(1000);
        let location = failure(&format!(r#"{{"data":[{items}{{"id":7}}]}}"#));
        assert_eq!(location.path, "data[1000].id");
        assert_eq!(location.snippet.chars().count(), SNIPPET_CHARS + 1);
    }

    proptest! {
        #[test]
        fn any_text_and_position_is_survived(
            text in "[\\[\\]{}:,\"\\\\a-c0-9\\n é]{0,60}", end in 0usize..70,
        ) {
            walk(&text, end);
            if let Err(error) = serde_json::from_str::<Document>(&text) {
                locate(&text, &error);
            }
        }

        #[test]
        fn no_string_value_shows(secret in "[a-z]{6,20}", end in 0usize..90) {
            let text = format!(r#"{{"data":["{secret}",{{"id":"{secret}","count":"{secret}"}}]}}"#);
            let location = walk(&text, end);
            prop_assert!(!format!("{location:?}").contains(&secret), "{location:?}");
        }

        #[test]
        fn no_string_value_of_broken_json_shows(
            before in "[ :7\\[\\]]{0,4}", after in "[ :,}\\]\\u{1}]{0,4}", end in 0usize..40,
        ) {
            let text = format!(r#"{{"data":{before}"hunter2"{after}"hunter2"#);
            let location = walk(&text, end);
            let shown = format!("{location:?}").matches("hunter2").count();
            // After a comma it may be a key.
            prop_assert!(shown == 0 || after.contains(','), "{location:?}");
        }
    }
}
