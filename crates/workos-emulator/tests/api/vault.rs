//! The vault: objects, data keys and the keys that encrypt them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use workos::events::VaultByokKeyProvider;
use workos::helpers::vault::{BlobLayout, extract_encrypted_keys, local_decrypt};
use workos::vault::*;
use workos_emulator::Emulator;

use super::trial::{NOON, Trial, refusal};

const ACME: [(&str, &str); 1] = [("organization_id", "org_acme")];
const GLOBEX: [(&str, &str); 1] = [("organization_id", "org_globex")];
const BOTH: [(&str, &str); 2] = [("organization_id", "org_acme"), ("user_id", "user_1")];
const UNREADABLE: &str = "400 The data key cannot be decrypted: it was changed, or its key was \
                          deleted.";

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|char| char == '-' || char.is_ascii_hexdigit())
}

/// The parts of events that this checks: name and payload without the actor.
async fn told(trial: &Trial) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter().map(|mut event| {
        let data = event["data"].as_object_mut().unwrap();
        if data.contains_key("actor_id") {
            assert_eq!(data.remove("actor_id"), Some(json!("api_key_emulator")));
            assert_eq!(data.remove("actor_name"), Some(json!("Emulator API key")));
            assert_eq!(data.remove("actor_source"), Some(json!("api")));
        }
        (event["event"].as_str().unwrap().to_owned(), event["data"].clone())
    });
    events.collect()
}

fn told_as(events: &[(&str, Value)]) -> Vec<(String, Value)> {
    events.iter().map(|(name, data)| ((*name).to_owned(), data.clone())).collect()
}

#[tokio::test]
async fn an_object_is_created_read_updated_and_deleted_and_all_of_it_is_told() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let made = vault.create_kv(CreateObject::new("crm/token", "s3cr3t", ACME)).await.unwrap();
    assert!(is_uuid(&made.id) && is_uuid(&made.key_id), "{made:?}");
    assert!(made.version_id.as_deref().is_some_and(is_uuid), "{made:?}");
    assert_eq!(
        serde_json::to_value(&made).unwrap(),
        json!({
            "id": made.id,
            "environment_id": "environment_emulator",
            "context": {"organization_id": "org_acme"},
            "key_id": made.key_id,
            "updated_at": NOON,
            "updated_by": {"id": "api_key_emulator", "name": "Emulator API key"},
            "version_id": made.version_id,
        })
    );
    let read = vault.get_kv(&made.id).await.unwrap();
    assert_eq!((read.name.as_str(), read.value.expose()), ("crm/token", "s3cr3t"));
    assert_eq!((&read.id, &read.metadata), (&made.id, &made));
    assert_eq!(vault.get_kv_by_name("crm/token").await.unwrap(), read);

    trial.wait(1);
    let change = UpdateObject::if_unchanged(&read, "n3w s3cr3t").unwrap();
    let updated = vault.update_kv(&made.id, change).await.unwrap();
    let mut expected = made.clone();
    expected.updated_at = trial.emulator.clock().now();
    expected.version_id.clone_from(&updated.metadata.version_id);
    assert_ne!(expected.version_id, made.version_id);
    assert_eq!((updated.name.as_str(), &updated.metadata), ("crm/token", &expected));
    assert_eq!(vault.get_kv(&made.id).await.unwrap().value.expose(), "n3w s3cr3t");
    assert_eq!(vault.get_kv_metadata(&made.id).await.unwrap(), updated);

    let versions = vault.list_kv_versions(&made.id).await.unwrap();
    let ids: Vec<_> = versions.data.iter().map(|version| Some(version.id.clone())).collect();
    assert_eq!(ids, [expected.version_id, made.version_id]);
    let current: Vec<_> = versions.data.iter().map(|version| version.current_version).collect();
    assert_eq!(current, [true, false]);
    assert_eq!(versions.data[1].created_at.to_string(), NOON);
    assert!(versions.data[0].size > versions.data[1].size);
    assert_ne!(versions.data[0].etag, versions.data[1].etag);

    let deleted = vault.delete_kv(&made.id, Default::default()).await.unwrap();
    assert_eq!((deleted.name.as_str(), deleted.success), ("crm/token", true));
    let gone = format!("404 Object not found: '{}'.", made.id);
    assert_eq!(refusal(vault.get_kv(&made.id).await), gone);
    assert_eq!(refusal(vault.list_kv_versions(&made.id).await), gone);
    let named = json!({"kv_name": "crm/token"});
    let read = json!({"kv_name": "crm/token", "key_id": made.key_id});
    let written =
        json!({"kv_name": "crm/token", "key_id": made.key_id, "key_context": made.context});
    let key = json!({"key_id": made.key_id, "key_name": "organization_id=org_acme"});
    assert_eq!(
        told(&trial).await,
        told_as(&[
            ("vault.kek.created", key),
            ("vault.data.created", written.clone()),
            ("vault.data.read", read.clone()),
            ("vault.data.read", read.clone()),
            ("vault.data.updated", written),
            ("vault.data.read", read),
            ("vault.metadata.read", named.clone()),
            ("vault.metadata.read", named.clone()),
            ("vault.data.deleted", named),
        ])
    );
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let made = vault.create_kv(CreateObject::new("a", "1", ACME)).await.unwrap();
    let old = made.version_id.unwrap();
    let update = |value: &str, version: &str| {
        let version_check = Some(version.to_owned());
        UpdateObject { version_check, ..UpdateObject::new(value) }
    };
    let new = vault.update_kv(&made.id, update("2", &old)).await.unwrap();
    let new = new.metadata.version_id.unwrap();
    let expected =
        format!("409 The current version is '{new}', not '{old}': the object has changed.");
    assert_eq!(refusal(vault.update_kv(&made.id, update("3", &old)).await), expected);
    let delete = |version: &str| DeleteKvParams { version_check: Some(version.to_owned()) };
    assert_eq!(refusal(vault.delete_kv(&made.id, delete(&old)).await), expected);
    assert_eq!(vault.get_kv(&made.id).await.unwrap().value.expose(), "2");
    assert_eq!(vault.list_kv_versions(&made.id).await.unwrap().data.len(), 2);
    assert!(vault.delete_kv(&made.id, delete(&new)).await.unwrap().success);
}

#[tokio::test]
async fn names_are_unique_until_their_object_is_deleted() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let made = vault.create_kv(CreateObject::new("a", "1", ACME)).await.unwrap();
    let again = vault.create_kv(CreateObject::new("a", "2", GLOBEX)).await;
    assert_eq!(refusal(again), "409 An object with the name 'a' exists already.");
    assert_eq!(trial.event_names().await, ["vault.kek.created", "vault.data.created"]);
    vault.delete_kv(&made.id, Default::default()).await.unwrap();
    vault.create_kv(CreateObject::new("a", "2", GLOBEX)).await.unwrap();
    assert_eq!(vault.get_kv_by_name("a").await.unwrap().value.expose(), "2");
}

#[tokio::test]
async fn errors_consist_of_words() {
    let trial = Trial::new().await;
    let many: serde_json::Map<_, _> =
        (0..11).map(|n| (format!("key{n}"), json!("value"))).collect();
    for (method, path, body, status, words) in [
        ("GET", "/vault/v1/kv/x", Value::Null, 404, "Object not found: 'x'."),
        ("GET", "/vault/v1/kv/name/x", Value::Null, 404, "Object not found: 'x'."),
        ("GET", "/vault/v1/kv?limit=0", Value::Null, 400, "limit must be a number of at least 1."),
        ("DELETE", "/vault/v1/kv/x", Value::Null, 404, "Object not found: 'x'."),
        ("PUT", "/vault/v1/kv/x", json!({"value": "a"}), 404, "Object not found: 'x'."),
        (
            "POST",
            "/vault/v1/kv",
            json!({"name": "a", "value": "b", "key_context": {}}),
            422,
            "The key context must have at least one item: each selects a key.",
        ),
        (
            "POST",
            "/vault/v1/keys/data-key",
            json!({"context": many}),
            422,
            "context must have at most 10 keys.",
        ),
        ("POST", "/vault/v1/keys/decrypt", json!({"keys": "a b"}), 400, "keys must be base64."),
        (
            "POST",
            "/vault/v1/keys/rekey",
            json!({"context": {"a": "b"}, "encrypted_keys": "V09TLkVLTS52MQA="}),
            400,
            "This is not an encrypted data key.",
        ),
    ] {
        let answer = trial.call(method, path, body).await;
        assert_eq!(answer, (status, json!({"error": words})), "{method} {path}");
    }
    let search = "/vault/v1/kv?search=%7B%22name%22%3A%22a%22%7D";
    let (status, body) = trial.call("GET", search, Value::Null).await;
    assert_eq!((status, &body["code"]), (501, &json!("emulator_not_implemented")));
    assert_eq!(trial.event_names().await, [""; 0]);
}

#[tokio::test]
async fn objects_are_listed_by_page_name_and_time() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    for name in ["a1", "b1", "A2", "b2", "a3"] {
        vault.create_kv(CreateObject::new(name, "x", ACME)).await.unwrap();
        trial.wait(1);
    }
    let list = async |params: ListKvParams| {
        let page = vault.list_kv(params).await.unwrap();
        let names: Vec<_> = page.data.iter().map(|object| object.name.clone()).collect();
        (names.join(" "), page.list_metadata.before, page.list_metadata.after)
    };
    let limit = |limit| ListKvParams { limit: Some(limit), ..Default::default() };
    let (first, before, after) = list(limit(2)).await;
    assert_eq!((first.as_str(), &before), ("a3 b2", &None));
    let (second, before, after) = list(ListKvParams { after, ..limit(2) }).await;
    assert_eq!(second, "A2 b1");
    assert_eq!(list(ListKvParams { after, ..limit(2) }).await.0, "a1");
    assert_eq!(list(ListKvParams { before, ..limit(2) }).await.0, "a3 b2");
    let ascending = ListKvParams { order: Some(VaultOrder::Asc), ..limit(3) };
    assert_eq!(list(ascending).await.0, "a1 b1 A2");
    let search = |text: &str| ListKvParams { search: Some(text.into()), ..Default::default() };
    assert_eq!(list(search("a")).await.0, "a3 A2 a1");

    let id = vault.get_kv_by_name("a1").await.unwrap().id;
    let before = trial.emulator.clock().now();
    trial.wait(1);
    vault.update_kv(&id, UpdateObject::new("y")).await.unwrap();
    let updated = ListKvParams { updated_after: Some(before), ..Default::default() };
    assert_eq!(list(updated).await.0, "a1");
    let listed = trial.event_names().await;
    assert_eq!(listed.iter().filter(|name| *name == "vault.names.listed").count(), 7);

    let all = trial.call("GET", "/vault/v1/kv?limit=1", Value::Null).await.1;
    let fields: Vec<_> = all.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["data", "list_metadata"]);
}

#[tokio::test]
async fn a_data_key_comes_back_and_can_be_rekeyed() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let made = vault.create_data_key(CreateDataKey::new(ACME)).await.unwrap();
    assert_eq!(made.context, KeyContext::from(ACME));
    assert!(is_uuid(&made.id));
    assert_eq!(STANDARD.decode(made.data_key.expose()).unwrap().len(), 32);
    let keys = STANDARD.decode(made.encrypted_keys.expose()).unwrap();
    assert!(keys.starts_with(format!("WOS.EKM.v1\0{}", made.id).as_bytes()));

    let opened = vault.create_decrypt(DecryptDataKey::new(made.encrypted_keys.expose())).await;
    let opened = opened.unwrap();
    assert_eq!((&opened.data_key, &opened.id), (&made.data_key, &made.id));

    let moved = RekeyDataKey::new(GLOBEX, made.encrypted_keys.expose());
    let moved = vault.create_rekey(moved).await.unwrap();
    assert_eq!((&moved.data_key, &moved.id), (&made.data_key, &made.id));
    assert_eq!(moved.context, KeyContext::from(GLOBEX));
    assert_ne!(moved.encrypted_keys, made.encrypted_keys);
    for keys in [&moved, &made] {
        let keys = DecryptDataKey::new(keys.encrypted_keys.expose());
        assert_eq!(vault.create_decrypt(keys).await.unwrap().data_key, made.data_key);
    }
    let other = vault.create_data_key(CreateDataKey::new(ACME)).await.unwrap();
    assert_ne!(other.data_key, made.data_key);

    let names = trial.event_names().await;
    assert_eq!(
        names,
        [
            "vault.kek.created",
            "vault.dek.read",
            "vault.dek.decrypted",
            "vault.kek.created",
            "vault.dek.rekeyed",
            "vault.dek.decrypted",
            "vault.dek.decrypted",
            "vault.dek.read",
        ]
    );
    let events = told(&trial).await;
    let used = |context| {
        let context = KeyContext::from(context);
        json!({"key_ids": [made.id], "key_context": context})
    };
    assert_eq!(events[1].1, used(ACME));
    assert_eq!(events[2].1, json!({"key_id": made.id}));
    assert_eq!(events[4].1, used(GLOBEX));
}

#[tokio::test]
async fn what_the_sdk_encrypts_locally_it_decrypts_in_both_layouts() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    for layout in [BlobLayout::NonceFirst, BlobLayout::KeysFirst] {
        let local = vault.encryption().layout(layout);
        let sealed = local.encrypt("4111 1111", BOTH, "card of user_01").await.unwrap();
        assert_eq!(sealed.context, KeyContext::from(BOTH));
        let (blob, card) = (&sealed.encrypted_data, "card of user_01");
        assert_eq!(vault.decrypt(blob, card).await.unwrap().expose(), "4111 1111");
        assert!(vault.decrypt(blob, "card of user_02").await.is_err());

        // The key moves to another context; the data stays where it is.
        let keys = extract_encrypted_keys(blob).unwrap();
        assert_eq!(keys, sealed.encrypted_keys.expose());
        let moved = vault.create_rekey(RekeyDataKey::new(GLOBEX, keys)).await.unwrap();
        let opened = DecryptDataKey::new(moved.encrypted_keys.expose());
        let opened = vault.create_decrypt(opened).await.unwrap();
        let text = local_decrypt(blob, opened.data_key.expose(), card).unwrap();
        assert_eq!(text.expose(), "4111 1111");
    }
}

#[tokio::test]
async fn encrypted_keys_that_were_changed_are_refused() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let made = vault.create_data_key(CreateDataKey::new(BOTH)).await.unwrap();
    let keys = STANDARD.decode(made.encrypted_keys.expose()).unwrap();
    let last = keys.len() - 1;
    // The data key's own ID is authenticated, too. One key of two suffices.
    for (places, is_refused) in [(vec![12], true), (vec![last], false), (vec![last, 160], true)] {
        let mut changed = keys.clone();
        places.iter().for_each(|place| changed[*place] ^= 1);
        let opened = vault.create_decrypt(DecryptDataKey::new(STANDARD.encode(changed))).await;
        if is_refused {
            assert_eq!(refusal(opened), UNREADABLE);
        } else {
            assert_eq!(opened.unwrap().data_key, made.data_key);
        }
    }
    // Another environment has other keys.
    let stranger = Emulator::builder().without_socket().seed(8).start().await.unwrap();
    let elsewhere = stranger.client().vault();
    elsewhere.create_data_key(CreateDataKey::new(BOTH)).await.unwrap();
    let keys = DecryptDataKey::new(made.encrypted_keys.expose());
    assert_eq!(refusal(elsewhere.create_decrypt(keys).await), UNREADABLE);
}

#[tokio::test]
async fn each_item_of_a_context_has_its_key_and_any_of_them_decrypts() {
    let trial = Trial::new().await;
    let vault = trial.client().vault();
    let one = vault.create_kv(CreateObject::new("one", "1", ACME)).await.unwrap();
    let both = vault.create_kv(CreateObject::new("both", "2", BOTH)).await.unwrap();
    assert_eq!(one.key_id, both.key_id);
    let keys: Vec<_> =
        told(&trial).await.into_iter().filter(|(name, _)| name == "vault.kek.created").collect();
    assert_eq!(keys.len(), 2);
    let user_key = keys[1].1["key_id"].as_str().unwrap();
    assert_eq!(keys[1].1["key_name"], "user_id=user_1");

    let fixtures = trial.emulator.fixtures();
    assert!(fixtures.delete_vault_key(&one.key_id));
    assert!(!fixtures.delete_vault_key(&one.key_id));
    assert_eq!(refusal(vault.get_kv(&one.id).await), UNREADABLE);
    assert_eq!(vault.get_kv(&both.id).await.unwrap().value.expose(), "2");
    assert!(fixtures.delete_vault_key(user_key));
    assert_eq!(refusal(vault.get_kv_by_name("both").await), UNREADABLE);

    // A new value gets new keys.
    let new = vault.update_kv(&one.id, UpdateObject::new("3")).await.unwrap();
    assert_ne!(new.metadata.key_id, one.key_id);
    assert_eq!(vault.get_kv(&one.id).await.unwrap().value.expose(), "3");
    let names = trial.event_names().await;
    assert_eq!(names.iter().filter(|name| *name == "vault.kek.deleted").count(), 2);
}

#[tokio::test]
async fn a_customers_own_key_encrypts_from_its_verification_on() {
    let trial = Trial::new().await;
    let (vault, fixtures) = (trial.client().vault(), trial.emulator.fixtures());
    let before = vault.create_kv(CreateObject::new("before", "1", ACME)).await.unwrap();
    fixtures.failed_vault_byok_key("org_acme", VaultByokKeyProvider::GcpKms);
    let own = fixtures.vault_byok_key("org_acme", VaultByokKeyProvider::AwsKms);
    let after = vault.create_kv(CreateObject::new("after", "2", ACME)).await.unwrap();
    let other = vault.create_kv(CreateObject::new("other", "3", GLOBEX)).await.unwrap();
    assert_eq!(after.key_id, own);
    assert!(before.key_id != own && other.key_id != own);
    assert_eq!(vault.get_kv(&before.id).await.unwrap().value.expose(), "1");
    assert_eq!(vault.get_kv(&after.id).await.unwrap().value.expose(), "2");

    assert!(fixtures.delete_vault_byok_key("org_acme"));
    assert!(!fixtures.delete_vault_byok_key("org_acme"));
    assert_eq!(refusal(vault.get_kv(&after.id).await), UNREADABLE);
    assert_eq!(vault.get_kv(&before.id).await.unwrap().value.expose(), "1");
    // The events are checked when the next request changes something.
    vault.list_kv(Default::default()).await.unwrap();
    vault.delete_kv(&after.id, Default::default()).await.unwrap();
    let byok: Vec<_> =
        told(&trial).await.into_iter().filter(|(name, _)| name.starts_with("vault.byok")).collect();
    let verified = |provider: &str, verified: bool| {
        let acme = "org_acme";
        json!({"organization_id": acme, "key_provider": provider, "verified": verified})
    };
    let deleted = json!({"organization_id": "org_acme", "key_provider": "AWS_KMS"});
    let completed = "vault.byok_key.verification_completed";
    assert_eq!(
        byok,
        told_as(&[
            (completed, verified("GCP_KMS", false)),
            (completed, verified("AWS_KMS", true)),
            ("vault.byok_key.deleted", deleted),
        ])
    );
}
