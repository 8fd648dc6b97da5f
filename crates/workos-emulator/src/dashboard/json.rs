//! JSON for people: in lines, with links where there are IDs.

use maud::{Markup, html};
use serde_json::{Map, Value};
use workos::recording::{REDACTED, redact};

use super::layout::find_url;

/// Secrets that only stored rows have.
const STORED_SECRETS: [&str; 3] = ["digest", "hash", "successor"];

/// Hides the secrets of a stored row.
pub(super) fn hide(row: &mut Value) {
    redact(row);
    hide_stored(row, false);
}

fn hide_stored(value: &mut Value, is_secret: bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                hide_stored(value, is_secret || STORED_SECRETS.contains(&name.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_stored(item, is_secret)),
        Value::String(text) if is_secret => *text = REDACTED.to_owned(),
        _ => {}
    }
}

/// A block of JSON.
pub(super) fn block(label: &str, value: &Value) -> Markup {
    html! {
        pre.json role="region" tabindex="0" aria-label=(label) { code { (shown(value, 0)) } }
    }
}

fn shown(value: &Value, depth: usize) -> Markup {
    match value {
        Value::Object(fields) if fields.is_empty() => html! { "{}" },
        Value::Array(items) if items.is_empty() => html! { "[]" },
        Value::Object(fields) => object(fields, depth),
        Value::Array(items) => html! {
            "[\n"
            @for (index, item) in items.iter().enumerate() {
                (indent(depth + 1)) (shown(item, depth + 1))
                @if index + 1 < items.len() { "," }
                "\n"
            }
            (indent(depth)) "]"
        },
        Value::String(text) if looks_like_id(text) => html! {
            span.text { "\"" a href=(find_url(text)) { (text) } "\"" }
        },
        Value::String(_) => html! { span.text { (value.to_string()) } },
        Value::Null => html! { span.quiet { "null" } },
        Value::Bool(_) | Value::Number(_) => html! { span.number { (value.to_string()) } },
    }
}

fn object(fields: &Map<String, Value>, depth: usize) -> Markup {
    html! {
        "{\n"
        @for (index, (name, value)) in fields.iter().enumerate() {
            (indent(depth + 1))
            span.name { (Value::from(name.as_str()).to_string()) } ": "
            (shown(value, depth + 1))
            @if index + 1 < fields.len() { "," }
            "\n"
        }
        (indent(depth)) "}"
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Whether a text is an ID as the emulator makes them: a prefix and a ULID.
fn looks_like_id(text: &str) -> bool {
    let Some((prefix, id)) = text.rsplit_once('_') else { return false };
    let is_id = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    !prefix.is_empty()
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && id.len() == 26
        && id.bytes().all(is_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_of_rows_are_hidden_wherever_they_are() {
        let mut row = json!({
            "id": "user_1",
            "hash": {"kind": "bcrypt", "text": "$2b$", "cost": 10},
            "secret": "a",
            "list": [{"digest": "b", "name": "c"}],
        });
        hide(&mut row);
        let expected = json!({
            "id": "user_1",
            "hash": {"kind": REDACTED, "text": REDACTED, "cost": 10},
            "secret": REDACTED,
            "list": [{"digest": REDACTED, "name": "c"}],
        });
        assert_eq!(row, expected);
    }

    #[test]
    fn json_is_escaped_and_reads_back() {
        let value = json!({
            "<script>": "</script>&\"",
            "id": "org_01JQZ4Z5Z6Z7Z8Z9ZAZBZCZDZE",
            "list": [1, true, null, {}, []],
        });
        let page = block("x", &value).into_string();
        assert!(!page.contains("<script>") && !page.contains("</script>"), "{page}");
        let mut text = String::new();
        let mut is_inside = false;
        for c in page.chars() {
            match c {
                '<' => is_inside = true,
                '>' => is_inside = false,
                _ if !is_inside => text.push(c),
                _ => {}
            }
        }
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let read: Value = serde_json::from_str(&text.replace("&amp;", "&")).unwrap();
        assert_eq!(read, value);
        assert!(page.contains("/_emulate/ui/find?q=org_01JQZ4Z5Z6Z7Z8Z9ZAZBZCZDZE"), "{page}");
    }
}
