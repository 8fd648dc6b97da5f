//! Files of variables, such as `.env`: `NAME=value`, comments, quotes, `export`. References such as
//! `$NAME` stay as they are.

/// A line that is not a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadLine {
    /// Counts from 1.
    pub(super) line: usize,
    pub(super) reason: &'static str,
}

const NO_PAIR: &str = "expected NAME=value";
const OPEN_QUOTE: &str = "the quote is not closed";
const AFTER_QUOTE: &str = "expected nothing after the closing quote";

/// Reads the variables of a file, in their order, and the lines that are none.
pub(super) fn parse(text: &str) -> Vec<Result<(String, String), BadLine>> {
    let mut entries = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (entry, after) = entry(rest);
        let bad = |reason| BadLine { line, reason };
        entries.extend(entry.map(|read| read.map_err(bad)));
        let taken = rest.len() - after.len();
        line += rest.get(..taken).unwrap_or_default().matches('\n').count();
        rest = after;
    }
    entries
}

type Entry = Option<Result<(String, String), &'static str>>;

/// Reads one entry, which has several lines if a quote spans them, and returns the rest.
fn entry(text: &str) -> (Entry, &str) {
    let (line, next) = text.split_once('\n').unwrap_or((text, ""));
    let start = line.trim();
    if start.is_empty() || start.starts_with('#') {
        return (None, next);
    }
    let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_name(bare(name))) else {
        return (Some(Err(NO_PAIR)), next);
    };
    let name = bare(name).to_owned();
    let value = value.trim();
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) else {
        return (Some(Ok((name, without_comment(value).to_owned()))), next);
    };
    // From the quote on, with the lines after this one.
    let inside = text.split_once('=').and_then(|(_, value)| value.trim_start().get(1..));
    let inside = inside.unwrap_or_default();
    let Some(end) = closing(inside, quote) else {
        return (Some(Err(OPEN_QUOTE)), next);
    };
    let (value, after) = inside.split_at(end);
    let (tail, next) = after.split_once('\n').unwrap_or((after, ""));
    let tail = tail.get(1..).unwrap_or_default().trim();
    if !tail.is_empty() && !tail.starts_with('#') {
        return (Some(Err(AFTER_QUOTE)), next);
    }
    (Some(Ok((name, value.to_owned()))), next)
}

fn bare(name: &str) -> &str {
    let name = name.trim();
    let exported = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    exported.map_or(name, str::trim_start)
}

fn is_name(name: &str) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-');
    name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && name.chars().all(is_part)
}

/// A value without quotes ends where a comment begins.
fn without_comment(value: &str) -> &str {
    let comment = value.match_indices('#').find(|(at, _)| {
        value.get(..*at).is_none_or(|before| before.ends_with([' ', '\t']) || before.is_empty())
    });
    comment.and_then(|(at, _)| value.get(..at)).unwrap_or(value).trim_end()
}

/// Where a quote ends. In double quotes, a backslash keeps one from closing it.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, char) in inside.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if char == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = Result<(String, String), (usize, &'static str)>;

    fn read(text: &str) -> Vec<Read> {
        parse(text).into_iter().map(|entry| entry.map_err(|bad| (bad.line, bad.reason))).collect()
    }

    fn pair(name: &str, value: &str) -> Read {
        Ok((name.to_owned(), value.to_owned()))
    }

    #[test]
    fn lines_are_read_as_applications_read_them() {
        for (line, value) in [
            ("A=b", "b"),
            ("  A = b  ", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("A=", ""),
            ("A=b=c", "b=c"),
            ("A=b # a comment", "b"),
            ("A=b#c", "b#c"),
            ("A=#b", ""),
            ("A= # b", ""),
            ("A=é#", "é#"),
            ("A='b # c' # d", "b # c"),
            ("A=\"b c\"", "b c"),
            (r#"A="b \" c""#, r#"b \" c"#),
            ("A=`b'c`", "b'c"),
            ("A='b\\'", "b\\"),
            ("A=$B", "$B"),
            ("A='b\nc'", "b\nc"),
            ("\u{feff}A=b\r", "b"),
        ] {
            assert_eq!(read(line), [pair("A", value)], "{line:?}");
        }
        assert_eq!(read(""), []);
        assert_eq!(read("\n \n# A=b\n"), []);
        assert_eq!(read("export=1\nA.b-c=2"), [pair("export", "1"), pair("A.b-c", "2")]);
    }

    #[test]
    fn bad_lines_are_counted_from_one_and_skipped() {
        let text = "A=1\nnothing\nB='x\ny' z\nC=2\n=3\n1D=4\nE F=5\nG=\"6\nH=7";
        assert_eq!(
            read(text),
            [
                pair("A", "1"),
                Err((2, NO_PAIR)),
                Err((3, AFTER_QUOTE)),
                pair("C", "2"),
                Err((6, NO_PAIR)),
                Err((7, NO_PAIR)),
                Err((8, NO_PAIR)),
                Err((9, OPEN_QUOTE)),
                pair("H", "7"),
            ]
        );
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in any::<String>(), marks in "[=#'\"`\\\\\nA \u{feff}é]{0,40}") {
            for text in [text, marks] {
                let lines = text.matches('\n').count() + 1;
                for bad in parse(&text).into_iter().filter_map(Result::err) {
                    prop_assert!((1..=lines).contains(&bad.line));
                }
            }
        }

        #[test]
        fn what_is_written_is_read(
            pairs in prop::collection::vec(("[A-Z_][A-Z0-9_]{0,8}", "[^']{0,20}"), 0..6),
        ) {
            let text: String =
                pairs.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
            let expected: Vec<_> = pairs.into_iter().map(Ok).collect();
            prop_assert_eq!(parse(&text), expected);
        }
    }
}
