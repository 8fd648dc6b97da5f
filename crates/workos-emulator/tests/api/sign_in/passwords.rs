//! Hashes of passwords that were imported from other systems.

use serde_json::{Value, json};
use workos::user_management::*;

use crate::trial::{Trial, refusal};

const PASSWORD: &str = "correct horse battery";
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
const SSHA256_PREFIX: &str = "{SSHA256}lEQiBP8yKAStdVdVUPk33HhlVgxKYZi43gB2bhilcV9zb21lc2FsdA==";

/// A hash of [`PASSWORD`] of each kind, cheap enough for tests.
fn hashes() -> Vec<Password> {
    let hashed = |text: &str, kind| Password::hashed(text, kind);
    let firebase = "$firebase-scrypt$hash=hI0gE2ZgyUau3KRlflyBkHzoyGs=$salt=c29tZXNhbHQ=\
                    $sk=AAECAwQFBgcICQoLDA0ODxAREhM=$ss=Bw==$r=1$m=4";
    let mut all = vec![
        hashed("{SSHA}BnshtoA6ZB9yoWzS3+jbY0O2eeFzb21lc2FsdA==", CreateUserPasswordHashType::Ssha),
        Password::Hashed {
            password_hash: SSHA256_PREFIX.into(),
            password_hash_type: CreateUserPasswordHashType::Ssha256,
            password_salt_position: Some(CreateUserPasswordSaltPosition::Prefix),
        },
        hashed(
            "$pbkdf2$i=1000,d=sha256$c29tZXNhbHQ$K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA",
            CreateUserPasswordHashType::Pbkdf2,
        ),
    ];
    if cfg!(feature = "password-hashes") {
        all.extend([
            hashed(BCRYPT, CreateUserPasswordHashType::Bcrypt),
            hashed(
                "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$vugKuhC2zZdg4/lulkF6xwjQGh7FRRGtszw0Cp3fbL4",
                CreateUserPasswordHashType::Argon2,
            ),
            hashed(
                "$scrypt$n=16,r=1,p=1$c29tZXNhbHQ$TaYMmOU3r6ylsafjkUSqMQvr6Wa+FwXgVfA5N9Qw5yU",
                CreateUserPasswordHashType::Scrypt,
            ),
            hashed(firebase, CreateUserPasswordHashType::FirebaseScrypt),
        ]);
    }
    all
}

/// Tries a password, and returns who signed in.
async fn sign_in(trial: &Trial, password: &str) -> Result<String, workos::Error> {
    let params = AuthenticateWithPasswordParams::new("ada@example.com", password);
    let client = trial.client();
    client.user_management().authenticate_with_password(params).await.map(|that| that.user.id)
}

#[tokio::test]
async fn the_password_of_an_imported_hash_signs_in_and_no_other_does() {
    for hash in hashes() {
        let trial = Trial::new().await;
        let new = CreateUser {
            email_verified: Some(true),
            password: Some(hash),
            ..CreateUser::new("ada@example.com")
        };
        let ada = trial.client().user_management().create_user(new).await.unwrap();
        let wrong = sign_in(&trial, "Correct horse battery").await;
        assert_eq!(refusal(wrong), "400 invalid_credentials");
        assert_eq!(sign_in(&trial, PASSWORD).await.unwrap(), ada.id);
    }
}

#[tokio::test]
async fn an_update_replaces_a_password_by_a_hash_and_a_hash_by_a_password() {
    let trial = Trial::new().await;
    let client = trial.client();
    let users = client.user_management();
    let new = CreateUser {
        email_verified: Some(true),
        password: Some(Password::plaintext("the first password")),
        ..CreateUser::new("ada@example.com")
    };
    let ada = users.create_user(new).await.unwrap();

    for hash in hashes() {
        let update = UpdateUser { password: Some(hash), ..Default::default() };
        users.update_user(&ada.id, update).await.unwrap();
        assert_eq!(refusal(sign_in(&trial, "the first password").await), "400 invalid_credentials");
        assert_eq!(sign_in(&trial, PASSWORD).await.unwrap(), ada.id);

        let plaintext = Some(Password::plaintext("the first password"));
        let update = UpdateUser { password: plaintext, ..Default::default() };
        users.update_user(&ada.id, update).await.unwrap();
        assert_eq!(refusal(sign_in(&trial, PASSWORD).await), "400 invalid_credentials");
        assert_eq!(sign_in(&trial, "the first password").await.unwrap(), ada.id);
    }
}

#[tokio::test]
async fn a_refused_hash_says_why_and_makes_no_user() {
    let trial = Trial::new().await;
    let pbkdf2 = |head: &str| {
        format!("$pbkdf2${head}$c29tZXNhbHQ$K5SAHVwQoz0J3yvOytAOiRUeGU14G3lS2KOx1HL3NxA")
    };
    let invalid =
        |message: &str| (400, json!({"code": "invalid_password_hash", "message": message}));
    let unknown = "password_hash_type must be argon2, bcrypt, firebase-scrypt, pbkdf2, scrypt, ssha \
                   or ssha256.";
    let required = "password_hash and a known password_hash_type are both required.";
    for (hash, kind, position, expected) in [
        (BCRYPT.to_owned(), "md5", Value::Null, invalid(unknown)),
        (String::new(), "ssha", Value::Null, invalid(required)),
        (
            BCRYPT.to_owned(),
            "pbkdf2",
            Value::Null,
            invalid(
                "password_hash is not a pbkdf2 hash. Expected: \
                 $pbkdf2$i=<iterations>,d=<sha1, sha256 or sha512>$<salt>$<hash>.",
            ),
        ),
        (
            pbkdf2("i=1000,d=sha256"),
            "pbkdf2",
            json!("suffix"),
            invalid("password_salt_position goes with ssha256 only."),
        ),
        (
            pbkdf2("i=2000001,d=sha256"),
            "pbkdf2",
            Value::Null,
            (
                501,
                json!({
                    "code": "emulator_not_implemented",
                    "message": "workos-emulator verifies pbkdf2 hashes up to 2,000,000 iterations, \
                        fewer if the hash is longer than the digest.",
                }),
            ),
        ),
    ] {
        let body = json!({
            "email": "ada@example.com", "password_hash": hash, "password_hash_type": kind,
            "password_salt_position": position,
        });
        assert_eq!(trial.call("POST", "/user_management/users", body).await, expected);
    }
    assert_eq!(trial.event_names().await, [""; 0]);
}

#[cfg(not(feature = "password-hashes"))]
#[tokio::test]
async fn without_its_feature_a_hash_is_refused_by_the_name_of_the_feature() {
    let trial = Trial::new().await;
    let body = json!({
        "email": "ada@example.com", "password_hash": BCRYPT, "password_hash_type": "bcrypt",
    });
    let message = "bcrypt hashes need workos-emulator's feature password-hashes, which is off.";
    assert_eq!(
        trial.call("POST", "/user_management/users", body).await,
        (501, json!({"code": "emulator_not_implemented", "message": message}))
    );
}
