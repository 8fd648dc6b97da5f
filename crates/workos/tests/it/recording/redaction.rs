//! No secret is recorded, and nothing else is taken out.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use workos::recording::{REDACTED, RecordedBody, Redaction, redact};
use workos::user_management::AuthenticateWithPasswordParams;

use super::*;

fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}

/// Lines such as `client_secret: Option<SecretString>,` in the declarations of the API's types, and
/// `key as "wire_name": SecretString`.
fn secret_fields(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            secret_fields(&path, found);
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line = line.trim().trim_start_matches("pub ");
            let Some((name, kind)) = line.split_once(": ") else { continue };
            let kind = kind.trim_end_matches([',', ';']);
            let kind = kind.trim_start_matches("Option<").trim_start_matches("&'a ");
            if kind.trim_end_matches('>') == "SecretString" {
                let wire = name.split_once(" as \"").map_or(name, |(_, wire)| wire);
                found.push(wire.trim_end_matches('"').to_owned());
            }
        }
    }
}

#[test]
fn every_secret_field_of_the_api_is_redacted() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names = Vec::new();
    for folder in ["resources", "compat"] {
        secret_fields(&sources.join(folder), &mut names);
    }
    names.sort();
    names.dedup();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        // Its values are `otpauth:` URIs. Redirect URIs have the same name.
        let secret = if name == "uri" { "otpauth://totp/x?secret=ABC" } else { "abc" };
        assert_eq!(redacted(json!({&name: secret})), json!({&name: REDACTED}), "{name}");
        assert_eq!(
            redacted(json!([{"a": {&name: [secret]}}])),
            json!([{"a": {&name: [REDACTED]}}])
        );
        let camel: String =
            name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        if !["Value", "Code", "Uri"].contains(&&*camel) {
            assert_eq!(redacted(json!({&camel: secret})), json!({&camel: REDACTED}));
        }
    }
}

#[test]
fn secrets_are_recognized_wherever_they_stand() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl";
    for (text, expected) in [
        ("sk_live_1234", "[redacted]"),
        ("the key sk_test_a-b_c, and more", "the key [redacted], and more"),
        ("?next=%3Fkey%3Dsk_live_1234", "?next=%3Fkey%3D[redacted]"),
        ("é sk_live_1234é", "é [redacted]é"),
        (jwt, "[redacted]"),
        (&format!("xx{jwt}, {jwt}"), "xx[redacted], [redacted]"),
        ("eyJhbGciOiJub25lIn0.e30.", "[redacted]"),
        ("Authorization: Bearer token_of_4", "Authorization: Bearer [redacted]"),
        ("bearer abcdefghijklmnop.q==", "bearer [redacted]"),
        ("cookie Fe26.2*1*ab-c_d*~2", "cookie [redacted]"),
        ("otpauth://totp/WorkOS:ada?secret=AB", "[redacted]"),
        (
            "https://app.test/cb?code=01ABC&state=xyz#access_token=q",
            "https://app.test/cb?code=[redacted]&state=xyz#access_token=[redacted]",
        ),
        ("grant_type=x&client_secret=a%2Bb&b=1", "grant_type=x&client_secret=[redacted]&b=1"),
        ("invitation_token= and no more", "invitation_token= and no more"),
        // No secrets.
        ("task_list risk_level_high sk_SK", "task_list risk_level_high sk_SK"),
        ("Bearer authentication is required", "Bearer authentication is required"),
        ("eyJ.a.b, Fe26.2*, otpauth:", "eyJ.a.b, Fe26.2*, otpauth:"),
        ("response_type=code&a=b==", "response_type=code&a=b=="),
        ("Bearer é", "Bearer é"),
    ] {
        assert_eq!(redacted(json!([text])), json!([expected]));
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    for value in [
        json!({"code": "entity_not_found", "message": "No user.", "errors": [{"code": "required"}]}),
        json!({"data": {"error": {"code": "invalid_credentials"}}}),
        json!({"error": "invalid_grant", "error_description": "The code has expired."}),
        json!({"emails": [{"type": "work", "value": "ada@example.com", "primary": true}]}),
        json!({"choices": [{"label": "Red", "value": "red"}]}),
        json!({"idp_signing_cert": {"value": certificate}}),
        json!({"redirect_uris": [{"uri": "https://app.test/callback"}]}),
        json!({"keys": [{"kty": "RSA", "kid": "sso_1", "n": "AQAB", "e": "AQAB", "x5c": ["MIIB"]}]}),
        json!({"token": null, "password": "", "value": true, "code": 7, "api_key": {"id": "key_1"}}),
        json!({"obfuscated_value": "sk_...1234", "secret_hint": "…abcd", "token_type": "Bearer"}),
        json!({"id": "user_01E4ZCR3C56J083X43JQXF3JK5", "email": "ada@example.com"}),
    ] {
        assert_eq!(redacted(value.clone()), value);
    }
}

#[test]
fn a_code_in_an_error_is_a_secret_if_it_is_no_word() {
    assert_eq!(
        redacted(json!({"message": "The code is wrong.", "code": "123456"})),
        json!({"message": "The code is wrong.", "code": REDACTED})
    );
}

#[test]
fn a_secret_is_taken_out_wherever_it_is_repeated() {
    assert_eq!(
        redacted(json!({
            "code": "01ABCDEF",
            "error_description": "The code '01ABCDEF' has expired. 01ABCDEFG is another.",
            "password": "short",
            "name": "short",
        })),
        json!({
            "code": REDACTED,
            "error_description": "The code '[redacted]' has expired. 01ABCDEFG is another.",
            "password": REDACTED,
            "name": "short",
        })
    );
}

#[tokio::test]
async fn a_response_does_not_repeat_the_secrets_of_its_request() {
    let script = Scripted::new(|_, _| {
        let body = r#"{"message":"Not for token_of_ada. The code 'ab/cd ef' is wrong."}"#;
        answer_with(400, &[("location", "/x?error=ab/cd ef")], body)
    });
    let recorder = RecordingTransport::in_memory(script);
    let mut sent = request(Method::POST, "/x", "code=ab%2Fcd+ef&grant_type=code");
    sent.headers.insert("authorization", "Bearer token_of_ada".parse().unwrap());
    recorder.execute(sent).await.unwrap();
    let exchange = &recorder.recording().exchanges[0];
    assert_eq!(exchange.request.body, RecordedBody::Text("code=[redacted]&grant_type=code".into()));
    let message = "Not for [redacted]. The code '[redacted]' is wrong.";
    assert_eq!(exchange.response.body, RecordedBody::Json(json!({"message": message})));
    assert_eq!(exchange.response.headers["location"], "/x?error=[redacted]");
}

#[tokio::test]
async fn the_token_in_the_path_of_an_invitation_is_redacted() {
    let script =
        Scripted::new(|_, _| answer(200, r#"{"id":"invitation_1","token":"Z1uX3RbwcIl"}"#));
    let recorder = Arc::new(RecordingTransport::in_memory(script));
    let users = client(recorder.clone()).user_management();
    users.find_invitation_by_token("Z1uX3RbwcIl").await.unwrap();
    let path = &recorder.recording().exchanges[0].request.path;
    assert_eq!(path, "/user_management/invitations/by_token/[redacted]");
}

#[tokio::test]
async fn a_sign_in_leaves_no_secret_and_plays_again() {
    let emulator = emulator().await;
    let recorder = Arc::new(RecordingTransport::in_memory(emulator.transport()));
    let sign_in = async |client: Client| {
        let users = client.user_management();
        let password = "correct horse battery staple";
        let user = CreateUser {
            password: Some(Password::plaintext(password)),
            email_verified: Some(true),
            ..CreateUser::new("ada@example.com")
        };
        users.create_user(user).await.unwrap();
        let params = AuthenticateWithPasswordParams::new("ada@example.com", password);
        users.authenticate_with_password(params).await.unwrap()
    };
    let live = sign_in(client(recorder.clone())).await;
    let text = recorder.recording().to_json_lines();
    for secret in [
        "correct horse battery staple",
        "sk_test_default",
        live.access_token.expose(),
        live.refresh_token.expose(),
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let replay = Arc::new(ReplayTransport::from_recording(recorder.recording()));
    let played = sign_in(client(replay.clone())).await;
    replay.finish().unwrap();
    assert_eq!(played.user, live.user);
    assert_eq!(played.access_token.expose(), REDACTED);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let lines = r#"{"request":{"method":"GET","path":"/x","query":[["code","hunter2"]],"body":{"password":"hunter2"}},"response":{"status":200,"headers":{"location":"/?token=hunter2"},"body":{"token":"hunter2"}}}
{"request":{"method":"GET","path":"/user_management/invitations/by_token/hunter2","body":"code=hunter2"},"response":{"status":200,"body":"?code=hunter2"}}"#;
    let recording = recording(lines);
    let [first, _] = &recording.exchanges[..] else { unreachable!() };
    let mut shown = format!("{recording:?} {:?} {:?}", first.request.body, first.response.body);
    let replay = ReplayTransport::from_recording(recording);
    let script = Scripted::new(|_, _| answer(200, r#"{"token":"hunter2"}"#));
    let redaction = Redaction::new().field("phone");
    let recorder = RecordingTransport::in_memory(script).redaction(redaction.clone());
    recorder.execute(request(Method::GET, "/?code=hunter2", "")).await.unwrap();
    shown += &format!("{replay:?} {:?} {recorder:?} {redaction:?}", replay.unused());
    shown +=
        &replay.execute(request(Method::GET, "/y?code=hunter2", "")).await.unwrap_err().to_string();
    shown += &replay.finish().unwrap_err().to_string();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains(r#"RecordedBody({"password":"[redacted]"})"#), "{shown}");
    assert!(shown.contains("RecordingTransport { file: None, exchanges: 1, .. }"), "{shown}");
}

const MARK: &str = "S3CRET";
const NAMES: [&str; 8] =
    ["password", "client_secret", "code", "value", "refresh_token", "accessToken", "key", "link"];

/// JSON with secrets in it, each of which contains the mark.
fn document() -> impl Strategy<Value = Value> {
    let secret = "[a-z0-9/ é\"]{0,9}".prop_map(|text| format!("{MARK}{text}"));
    let field = prop_oneof![
        (prop::sample::select(&NAMES[..]), secret).prop_map(|(name, secret)| json!({name: secret})),
        "[a-z]{0,5}".prop_map(|text| format!("{text} sk_live_{MARK}").into()),
        "[a-z_=&?./\" é-]{0,20}".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
    ];
    field.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,6}|errors|emails_2|message", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn no_secret_of_any_document_is_recorded(
        sent in document(), received in document(), code in "[A-Za-z0-9._~-]{0,9}",
        name in prop::sample::select(&NAMES[..]), form in any::<bool>(),
    ) {
        let secret = format!("{MARK}{code}");
        let repeated = json!({"message": format!("'{secret}' is wrong"), "data": received});
        let location = format!("https://app.test/cb?a=1&{name}={secret}#{name}={secret}");
        let script = Scripted::new(move |_, _| {
            answer_with(400, &[("location", &location), ("x-request-id", &secret)], repeated.to_string())
        });
        let recorder = RecordingTransport::in_memory(script);
        let secret = format!("{MARK}{code}");
        let body = if form { format!("a=b&{name}={secret}") } else { sent.to_string() };
        let mut sent = request(Method::POST, &format!("/x?a=b&{name}={secret}"), &body);
        sent.headers.insert("authorization", format!("Bearer {secret}").parse().unwrap());
        sent.headers.insert("idempotency-key", secret.parse().unwrap());
        futures_executor::block_on(recorder.execute(sent)).unwrap();
        let lines = recorder.recording().to_json_lines();
        prop_assert!(!lines.contains(MARK), "{}", lines);
    }

    #[test]
    fn redacting_twice_changes_nothing(document in document()) {
        let once = redacted(document);
        prop_assert_eq!(redacted(once.clone()), once);
    }

    #[test]
    fn text_without_secrets_is_not_touched_and_none_makes_it_panic(text in "\\PC{0,40}|[a-zB=%. é_*-]{0,40}") {
        let shown = redacted(json!([text]));
        let shown = shown[0].as_str().unwrap();
        prop_assert!(shown == text || shown.contains(REDACTED), "{} {}", text, shown);
        prop_assert_eq!(redacted(json!([shown])), json!([shown]));
    }
}
