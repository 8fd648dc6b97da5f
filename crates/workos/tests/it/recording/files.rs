//! The file: what reads back, what is refused, what a crash leaves.

use proptest::prelude::*;
use serde_json::Value;
use workos::recording::RecordedBody;

use super::*;

const HEAD: &str = "{\"format\":\"workos-recording\",\"version\":1}\n";
const LINE: &str = r#"{"request":{"method":"GET","path":"/ü","query":[["a","b"]],"headers":{"content-type":"x"},"body":"ü"},"response":{"status":200,"headers":{"location":"/"},"body":{"base64":"/w=="}}}
"#;

#[test]
fn a_wrong_line_is_refused_with_its_number_and_no_value() {
    for (text, expected) in [
        ("", r#"line 1: a recording begins with {"format":"workos-recording","version":1}"#),
        ("{\"format\":\"har\",\"version\":1}", "line 1: a recording begins with"),
        ("{\"format\":\"workos-recording\"}\n", "line 1: a recording begins with"),
        (
            "{\"format\":\"workos-recording\",\"version\":2}\n{\"any\":1}\n",
            "line 1: the recording has version 2, and this version of the crate reads 1; update \
             the crate, or record again",
        ),
        ("{H}{\"request\"\n{L}", "line 2: EOF while parsing an object"),
        ("{H}{L}{L}hunter2\n", "line 4: expected value"),
        ("{H}{L}{}", "line 3: missing field `request`"),
        (
            r#"{H}{"request":{"path":"/"},"response":{"status":200}}"#,
            "line 2: request: missing field `method`",
        ),
        (
            r#"{H}{"request":{"method":"GET","path":"/"},"response":{"status":"hunter2"}}"#,
            "line 2: response.status: expected u16, found string",
        ),
        (
            r#"{H}{"request":{"method":"GET","path":"/"},"response":{"status":99}}"#,
            "line 2: response.status: expected a number from 100 to 999",
        ),
        (
            r#"{H}{"request":{"method":"GET","path":"/"},"response":{"status":200,"headers":{"a b":"hunter2"}}}"#,
            "line 2: response.headers: expected names and values of headers",
        ),
        (
            r#"{H}{"request":{"method":"GET","path":"/","body":{"base64":"hunter2"}},"response":{"status":200}}"#,
            "line 2: request: body.base64: expected a string of base64",
        ),
    ] {
        let text = text.replace("{H}", HEAD).replace("{L}", LINE);
        let error = Recording::from_slice(text.as_bytes()).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with(expected), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let number = shown["line ".len()..].split(':').next().unwrap().parse().unwrap();
        assert_eq!(error.line_number(), Some(number));
    }
}

#[test]
fn an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, format!("{HEAD}{{}}\n")).unwrap();
    let error = ReplayTransport::from_file(&path).unwrap_err();
    let expected = format!("{}: line 2: missing field `request`", path.display());
    assert_eq!(error.to_string(), expected);
    let error = ReplayTransport::from_file(folder.path().join("b.jsonl")).unwrap_err();
    assert!(error.to_string().contains("b.jsonl: No such file"), "{error}");
}

#[test]
fn a_file_that_was_cut_anywhere_keeps_its_whole_lines() {
    let text = format!("{HEAD}{LINE}{LINE}");
    let whole = Recording::from_slice(text.as_bytes()).unwrap();
    // The line break at the end of the head may be missing.
    for end in HEAD.len() - 1..text.len() {
        let cut = Recording::from_slice(&text.as_bytes()[..end]).unwrap();
        // A line is whole before its line break is there.
        let lines = (end + 1 - HEAD.len()) / LINE.len();
        assert_eq!(cut.exchanges, whole.exchanges[..lines], "{end}");
    }
}

#[test]
fn blank_lines_and_line_breaks_of_windows_are_read() {
    let text = format!("{HEAD}\n{LINE}  \n{LINE}").replace('\n', "\r\n");
    let recording = Recording::from_slice(text.as_bytes()).unwrap();
    assert_eq!(recording.to_json_lines(), format!("{HEAD}{LINE}{LINE}"));
}

/// Records this body as that of a request and of its response, and plays it.
async fn through_a_file(body: &[u8]) -> (Recording, Bytes) {
    let answer = Bytes::copy_from_slice(body);
    let script = Scripted::new(move |_, _| crate::common::answer(200, answer.clone()));
    let recorder = RecordingTransport::in_memory(script);
    let sent =
        HttpRequest { body: Some(Bytes::copy_from_slice(body)), ..request(Method::POST, "/x", "") };
    recorder.execute(sent.clone()).await.unwrap();
    let lines = recorder.recording().to_json_lines();
    let read = Recording::from_slice(lines.as_bytes()).unwrap();
    assert_eq!(read, recorder.recording());
    let replay = ReplayTransport::from_recording(read.clone());
    (read, replay.execute(sent).await.unwrap().body)
}

#[tokio::test]
async fn every_kind_of_body_reads_back_as_what_it_was() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for (body, written) in [
        (b"".as_slice(), "null"),
        (b"{ \"a\":[true],\n\"b\":1}", r#"{"a":[true],"b":1}"#),
        (b"7", "7"),
        (b"plain text", r#""plain text""#),
        (b"\xff\x00", r#"{"base64":"/wA="}"#),
        // JSON that would be read as something else.
        (b"null", r#""null""#),
        (b"\"text\"", r#""\"text\"""#),
        (b"{\"base64\":\"/wA=\"}", r#""{\"base64\":\"/wA=\"}""#),
        // Half an emoji, as JavaScript cuts it.
        (
            br#"{"name":"\ud83e","token":"hunter2"}"#,
            "{\"name\":\"\u{fffd}\",\"token\":\"[redacted]\"}",
        ),
        // Broken JSON.
        (br#"{"token":"hunter2"#, r#""[redacted]""#),
        (b" [\"hunter2\xff", r#""[redacted]""#),
        ("\u{feff}{\"token\":\"hunter2\"}".as_bytes(), r#"{"token":"[redacted]"}"#),
        (deep(120).as_bytes(), &deep(120)),
        (deep(126).as_bytes(), r#""[redacted]""#),
        (deep(200).as_bytes(), r#""[redacted]""#),
    ] {
        let (recording, _) = through_a_file(body).await;
        let body = serde_json::to_string(&recording.exchanges[0].response.body).unwrap();
        assert_eq!(body, written);
    }
}

proptest! {
    #[test]
    fn no_content_of_a_file_makes_it_panic(
        start in "(\\{\"format\":\"workos-recording\",\"version\":1\\}\n)?",
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Recording::from_slice(&[start.as_bytes(), &rest].concat());
    }

    #[test]
    fn a_file_that_was_changed_anywhere_reads_or_is_refused_with_its_line(
        at in 0..(HEAD.len() + 2 * LINE.len()), byte in any::<u8>(),
    ) {
        let mut text = format!("{HEAD}{LINE}{LINE}").into_bytes();
        text[at] = byte;
        match Recording::from_slice(&text) {
            Ok(recording) => {
                let lines = recording.to_json_lines();
                prop_assert_eq!(Recording::from_slice(lines.as_bytes()).unwrap(), recording);
            }
            Err(error) => prop_assert!(error.line_number().is_some()),
        }
    }

    #[test]
    fn every_body_without_secrets_is_played_as_it_was(body in "[ -~é]{0,20}|[0-9.e-]{0,9}") {
        let (recording, played) = futures_executor::block_on(through_a_file(body.as_bytes()));
        let is_json = matches!(recording.exchanges[0].response.body, RecordedBody::Json(_));
        if is_json {
            let [sent, played] = [body.as_bytes(), &played].map(|json| {
                serde_json::from_slice::<Value>(json).unwrap()
            });
            prop_assert_eq!(sent, played);
        } else if !body.trim_start().starts_with(['{', '[']) && !body.contains("=") {
            prop_assert_eq!(&played[..], body.as_bytes());
        }
    }

    #[test]
    fn every_body_that_is_not_text_is_played_as_it_was(
        body in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let body = [&b"\xff"[..], &body].concat();
        let (_, played) = futures_executor::block_on(through_a_file(&body));
        prop_assert_eq!(&played[..], &body[..]);
    }
}
