//! The key that signs tokens, and their issuer.

use serde_json::{Value, json};

use super::{ended, file, get, program, server, serving, started};

/// A PKCS#8 key that is nobody's: the first built-in one.
const DER: &[u8] = include_bytes!("../../src/sign_in/keys/1.der");

/// Base64 as in PEM.
fn pem(label: &str, der: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in der.chunks(3) {
        let bytes = [0, 1, 2].map(|index| u32::from(group.get(index).copied().unwrap_or(0)));
        let bits = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let sextet = usize::try_from(bits >> shift & 63).unwrap();
            text.push(if index <= group.len() { char::from(alphabet[sextet]) } else { '=' });
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn key_set(ready: &Value) -> Value {
    let (status, set) = get(&format!("{}/sso/jwks/client_1", ready["url"].as_str().unwrap()), "");
    assert_eq!(status, 200);
    set["keys"].clone()
}

fn discovered_issuer(ready: &Value) -> Value {
    let url = ready["url"].as_str().unwrap();
    get(&format!("{url}/.well-known/openid-configuration"), "").1["issuer"].clone()
}

#[test]
fn the_key_set_has_the_given_key_under_a_name_that_follows_from_it() {
    let (_folder, path) = file("key.pem", &pem("PRIVATE KEY", DER));
    let (_running, ready) = serving(&["--signing-key", &path]);
    let keys = key_set(&ready);
    let id = keys[0]["kid"].as_str().unwrap();
    assert!(id.starts_with("workos_emulate_") && id.len() == 31, "{id}");
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_eq!(keys[0]["x5c"].as_array().unwrap().len(), 1);

    let (_running, again) = serving(&[&format!("--signing-key={path}")]);
    assert_eq!(key_set(&again), keys);
    let (_running, built_in) = serving(&[]);
    let built_in = &key_set(&built_in)[0];
    assert_eq!((&built_in["kid"], &built_in["n"]), (&json!("emulator_key_1"), &keys[0]["n"]));
}

#[test]
fn options_win_over_variables() {
    let (_folder, path) = file("key.pem", &pem("PRIVATE KEY", DER));
    let variables = |arguments: &[&str]| {
        let mut command = server(arguments);
        command.env("WORKOS_EMULATE_SIGNING_KEY", &path);
        command.env("WORKOS_EMULATE_KID", "by_variable");
        command.env("WORKOS_EMULATE_ISSUER", "https://variable.test");
        started(command)
    };
    let seen = |ready: &Value| (key_set(ready)[0]["kid"].clone(), discovered_issuer(ready));
    let (_running, ready) = variables(&[]);
    assert_eq!(seen(&ready), (json!("by_variable"), json!("https://variable.test")));
    let (_running, ready) = variables(&["--kid", "by_option", "--issuer=https://option.test"]);
    assert_eq!(seen(&ready), (json!("by_option"), json!("https://option.test")));

    let mut empty = server(&["--kid="]);
    for name in ["SIGNING_KEY", "KID", "ISSUER", "REDIRECT_HOSTS"] {
        empty.env(format!("WORKOS_EMULATE_{name}"), "");
    }
    let (_running, ready) = started(empty);
    assert_eq!(seen(&ready), (json!("emulator_key_1"), ready["url"].clone()));
}

#[test]
fn a_key_that_does_not_do_is_refused_with_the_reason() {
    let (_folder, certificate) = file("key.pem", &pem("CERTIFICATE", &[1]));
    let (_other, broken) = file("key.pem", &pem("RSA PRIVATE KEY", &[1]));
    for (path, reason) in [
        (certificate.as_str(), "expected a private RSA key in PEM format, not CERTIFICATE\n"),
        (&broken, "expected a private RSA key in PEM format: the key is not valid"),
        ("missing.pem", "No such file or directory"),
    ] {
        let (status, output, errors) = ended(program(&["--port", "0", "--signing-key", path]));
        assert_eq!((status, output.as_str()), (Some(1), ""), "{errors}");
        let expected = format!("workos-emulator: --signing-key: {path}: {reason}");
        assert!(errors.starts_with(&expected), "{errors}");
    }
}
