//! The certificates of SAML connections. Those in files were made with OpenSSL on 2026-11-28.

use std::time::Duration;

use serde_json::json;
use workos::organizations::CreateOrganization;
use workos::sso::*;
use workos::{Client, ObjectType, SecretString, Timestamp};

use super::trial::{Trial, refusal};

/// Until 2027-11-28.
const P256: &str = include_str!("saml_certificates/p256.pem");
/// Until 2081-08-31.
const ED25519: &str = include_str!("saml_certificates/ed25519.pem");
/// Until 2026-12-28.
const RSA: &str = include_str!("saml_certificates/rsa.pem");

async fn connection(client: &Client, options: CreateProtocolOptions) -> String {
    let acme = CreateOrganization::new("Acme");
    let acme = client.organizations().create_organization(acme).await.unwrap();
    let new = CreateConnection::new(&acme.id, options);
    client.sso().create_connection(new).await.unwrap().id
}

async fn saml(client: &Client) -> String {
    let saml_options = CreateConnectionSAMLOptions {
        idp_sso_url: Some("https://idp.acme.test/sso".into()),
        idp_signing_certs: Some(vec![P256.into()]),
        ..Default::default()
    };
    connection(client, CreateProtocolOptions::SAML { saml_options }).await
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn certificates_of_the_idp_rotate() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let id = saml(&client).await;
    let list = async || sso.list_connection_saml_idp_signing_certs(&id).await.unwrap().data;
    let first = list().await;
    assert_eq!(first.len(), 1);
    assert_eq!(
        json!(first[0]),
        json!({
            "object": "saml_idp_signing_certificate",
            "id": first[0].id,
            "value": P256,
            "not_before": "2026-11-28T19:07:16.000Z",
            "not_after": "2027-11-28T19:07:16.000Z",
            "created_at": trial.emulator.clock().now(),
        })
    );
    let add = async |value: &str| {
        let new = CreateSAMLIdpSigningCertificate::new(value);
        sso.create_connection_saml_idp_signing_cert(&id, new).await
    };
    let second = add(ED25519).await.unwrap();
    assert_eq!(second.not_after, time("2081-08-31T19:07:16Z"));
    let one_line = RSA.replace('\n', "");
    let third = add(&one_line).await.unwrap();
    assert_eq!((&third.value, third.not_after), (&one_line, time("2026-12-28T19:07:16Z")));
    assert_eq!(list().await, [first[0].clone(), second.clone(), third.clone()]);
    let prefix = |id: &str| id.rsplit_once('_').unwrap().0.to_owned();
    assert_eq!(prefix(&second.id), "saml_x509_cert");

    for certificate in [&first[0].id, &third.id] {
        sso.delete_connection_saml_idp_signing_cert(&id, certificate).await.unwrap();
    }
    let last = sso.delete_connection_saml_idp_signing_cert(&id, &second.id).await;
    assert_eq!(refusal(last), "400 cannot_delete_last_certificate");
    let gone = sso.delete_connection_saml_idp_signing_cert(&id, &third.id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
    assert_eq!(list().await, [second]);
}

#[tokio::test]
async fn only_certificates_that_have_not_expired_are_added() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let id = saml(&client).await;
    let add = async |value: &str| {
        let new = CreateSAMLIdpSigningCertificate::new(value);
        sso.create_connection_saml_idp_signing_cert(&id, new).await
    };
    let key = P256.replace("CERTIFICATE", "PRIVATE KEY");
    let damaged = P256.replace("MIIB", "MIIA");
    for value in ["x", &key, &damaged, &P256.repeat(2), P256.trim_end_matches(['-', '\n'])] {
        assert_eq!(refusal(add(value).await), "400 invalid_certificate", "{value}");
    }
    assert_eq!(refusal(add(" ").await), "422 invalid_request_parameters value");
    let end: Timestamp = "2027-11-28T19:07:16Z".parse().unwrap();
    trial.wait(end.duration_since(trial.emulator.clock().now()).as_secs());
    add(P256).await.unwrap();
    trial.wait(1);
    assert_eq!(refusal(add(P256).await), "400 certificate_expired");
    // The list has expired ones, too.
    let list = sso.list_connection_saml_idp_signing_certs(&id).await.unwrap().data;
    assert_eq!(list.iter().map(|one| one.not_after).collect::<Vec<_>>(), [Some(end); 2]);
}

#[tokio::test]
async fn workos_signs_with_one_certificate_at_a_time() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let id = saml(&client).await;
    let first = sso.get_connection_saml_sp_signing_cert(&id).await.unwrap();
    assert_eq!(first.object, ObjectType::SamlSpSigningCertificate);
    assert!(first.id.starts_with("saml_party_trust_"), "{}", first.id);
    let now = trial.emulator.clock().now();
    let three_years = Duration::from_secs(3 * 365 * 24 * 60 * 60);
    assert_eq!(
        (first.not_before, first.not_after, first.created_at),
        (Some(now), Some(now + three_years), now)
    );
    // WorkOS's own certificates are as real as those of an IdP.
    let new = CreateSAMLIdpSigningCertificate::new(&first.value);
    let same = sso.create_connection_saml_idp_signing_cert(&id, new).await.unwrap();
    assert_eq!((&same.value, same.not_after), (&first.value, first.not_after));

    let refused = sso.create_connection_saml_sp_signing_cert(&id).await;
    assert_eq!(refusal(refused), "409 sp_signing_cert_already_exists");
    sso.delete_connection_saml_sp_signing_cert(&id, &first.id).await.unwrap();
    let refused = sso.get_connection_saml_sp_signing_cert(&id).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let second = sso.create_connection_saml_sp_signing_cert(&id).await.unwrap();
    assert_ne!(second.value, first.value);
    assert_eq!(sso.get_connection_saml_sp_signing_cert(&id).await.unwrap(), second);
    let refused = sso.delete_connection_saml_sp_signing_cert(&id, &first.id).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
}

#[tokio::test]
async fn there_are_a_few_certificates_for_encryption() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let id = saml(&client).await;
    let list = async || sso.list_connection_saml_sp_encryption_certs(&id).await.unwrap().data;
    let mut expected = list().await;
    assert_eq!(expected.len(), 1);
    for _ in 0..4 {
        let created = sso.create_connection_saml_sp_encryption_cert(&id).await.unwrap();
        assert!(created.id.starts_with("saml_enc_key_pair_"), "{}", created.id);
        expected.push(created);
    }
    assert_eq!(list().await, expected);
    let refused = sso.create_connection_saml_sp_encryption_cert(&id).await;
    assert_eq!(refusal(refused), "409 too_many_sp_encryption_certs");
    let signing = sso.get_connection_saml_sp_signing_cert(&id).await.unwrap();
    let refused = sso.delete_connection_saml_sp_encryption_cert(&id, &signing.id).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    for certificate in &expected {
        sso.delete_connection_saml_sp_encryption_cert(&id, &certificate.id).await.unwrap();
    }
    assert_eq!(list().await, []);
}

#[tokio::test]
async fn key_pairs_can_be_given() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let key = SecretString::from("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n");
    let pair = |cert: &str| CreateConnectionKeyPair { key: key.clone(), cert: cert.to_owned() };
    let saml_options = CreateConnectionSAMLOptions {
        idp_metadata_url: Some("https://idp.acme.test/metadata.xml".into()),
        sp_signing_key_pair: Some(pair(ED25519)),
        sp_encryption_key_pairs: Some(vec![pair(RSA), pair(P256)]),
        ..Default::default()
    };
    let id = connection(&client, CreateProtocolOptions::SAML { saml_options }).await;
    assert_eq!(sso.get_connection_saml_sp_signing_cert(&id).await.unwrap().value, ED25519);
    let encryption = sso.list_connection_saml_sp_encryption_certs(&id).await.unwrap().data;
    assert_eq!(encryption.iter().map(|one| &*one.value).collect::<Vec<_>>(), [RSA, P256]);
    // The metadata has a certificate.
    let idp = sso.list_connection_saml_idp_signing_certs(&id).await.unwrap().data;
    assert_eq!(idp.len(), 1);

    sso.delete_connection(&id).await.unwrap();
    let gone = sso.get_connection_saml_sp_signing_cert(&id).await;
    assert_eq!(refusal(gone), "404 entity_not_found");
}

#[tokio::test]
async fn other_connections_have_none() {
    let trial = Trial::new().await;
    let client = trial.client();
    let sso = client.sso();
    let oidc_options = CreateConnectionOidcOptions {
        client_secret: Some(SecretString::from("secret")),
        ..CreateConnectionOidcOptions::new("https://idp.acme.test/", "client")
    };
    let id = connection(&client, CreateProtocolOptions::Oidc { oidc_options }).await;
    let new = || CreateSAMLIdpSigningCertificate::new(P256);
    for (id, expected) in [(&*id, "400 connection_is_not_saml"), ("x", "404 entity_not_found")] {
        let refusals = [
            refusal(sso.list_connection_saml_idp_signing_certs(id).await),
            refusal(sso.create_connection_saml_idp_signing_cert(id, new()).await),
            refusal(sso.list_connection_saml_sp_encryption_certs(id).await),
            refusal(sso.create_connection_saml_sp_encryption_cert(id).await),
            refusal(sso.get_connection_saml_sp_signing_cert(id).await),
            refusal(sso.create_connection_saml_sp_signing_cert(id).await),
        ];
        assert_eq!(refusals, [expected; 6]);
        let refusals = [
            refusal(sso.delete_connection_saml_idp_signing_cert(id, "x").await),
            refusal(sso.delete_connection_saml_sp_encryption_cert(id, "x").await),
            refusal(sso.delete_connection_saml_sp_signing_cert(id, "x").await),
        ];
        assert_eq!(refusals, ["404 entity_not_found"; 3]);
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_certificates() {
    let mut made = Vec::new();
    for _ in 0..2 {
        let trial = Trial::new().await;
        let client = trial.client();
        let id = saml(&client).await;
        made.push(client.sso().get_connection_saml_sp_signing_cert(&id).await.unwrap());
    }
    assert_eq!(made[0], made[1]);
}
