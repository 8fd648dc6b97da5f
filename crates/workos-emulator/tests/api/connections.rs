//! SSO connections.

use serde_json::{Value, json};
use workos::sso::*;
use workos::{Nullable, Organization, SecretString};
use workos_emulator::{NewConnection, NewProfile};

use super::trial::{Trial, refusal};

const METADATA: &str = "https://idp.acme.test/metadata.xml";
const CERTIFICATE: &str = include_str!("saml_certificates/p256.pem");

fn saml(organization: &Organization) -> CreateConnection {
    let saml_options = CreateConnectionSAMLOptions {
        idp_metadata_url: Some(METADATA.into()),
        ..Default::default()
    };
    CreateConnection::new(&organization.id, CreateProtocolOptions::SAML { saml_options })
}

fn oidc(organization: &Organization) -> CreateConnection {
    let oidc_options = CreateConnectionOidcOptions {
        client_secret: Some(SecretString::from("secret")),
        ..CreateConnectionOidcOptions::new("https://idp.acme.test/.well-known/openid", "client")
    };
    CreateConnection::new(&organization.id, CreateProtocolOptions::Oidc { oidc_options })
}

fn patch_saml(saml_options: PatchConnectionSAMLOptions) -> UpdateConnection {
    let protocol_options = Some(PatchProtocolOptions::SAML { saml_options });
    UpdateConnection { protocol_options, ..Default::default() }
}

fn patch_oidc(oidc_options: PatchConnectionOidcOptions) -> UpdateConnection {
    let protocol_options = Some(PatchProtocolOptions::Oidc { oidc_options });
    UpdateConnection { protocol_options, ..Default::default() }
}

/// The names and the payloads of the connection events.
async fn events(trial: &Trial) -> Vec<(String, Value)> {
    let events = trial.events().await.into_iter();
    let events =
        events.map(|mut event| (event["event"].as_str().unwrap().to_owned(), event["data"].take()));
    events.filter(|(name, _)| name.starts_with("connection.")).collect()
}

#[tokio::test]
async fn a_connection_is_created_changed_and_deleted() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let sso = trial.client().sso();
    let new = CreateConnection {
        connection_type: Some(ConnectionType::OktaSAML),
        external_id: Some("acme-42".into()),
        ..saml(&acme)
    };
    let created = sso.create_connection(new.clone()).await.unwrap();
    assert_eq!(
        json!(created),
        json!({
            "object": "connection",
            "id": created.id,
            "organization_id": acme.id,
            "connection_type": "OktaSAML",
            "name": "Acme",
            "state": "active",
            "status": "linked",
            "domains": [{
                "object": "connection_domain", "id": acme.domains[0].id, "domain": "acme.test",
            }],
            "created_at": created.created_at,
            "updated_at": created.created_at,
        })
    );
    assert_eq!(sso.get_connection(&created.id).await.unwrap(), created);
    // The external ID finds it again.
    assert_eq!(sso.create_connection(new).await.unwrap(), created);
    let events_so_far = events(&trial).await;
    let mut activated = json!(created);
    activated["external_key"] = events_so_far[0].1["external_key"].clone();
    assert_eq!(events_so_far, [("connection.activated".to_owned(), activated)]);

    trial.wait(1);
    let update = UpdateConnection { name: Some("Acme SSO".into()), ..Default::default() };
    let changed = sso.update_connection(&created.id, update).await.unwrap();
    let mut expected = created.clone();
    expected.name = "Acme SSO".into();
    expected.updated_at = trial.emulator.clock().now();
    assert_eq!(changed, expected);
    sso.delete_connection(&created.id).await.unwrap();
    assert_eq!(refusal(sso.get_connection(&created.id).await), "404 entity_not_found");
    assert_eq!(refusal(sso.delete_connection(&created.id).await), "404 entity_not_found");
    let mut deleted = json!(changed);
    let fields = deleted.as_object_mut().unwrap();
    fields.remove("status");
    fields.remove("domains");
    deleted["state"] = json!("deleting");
    let events = events(&trial).await;
    assert_eq!(events[1..], [("connection.deleted".to_owned(), deleted)]);
}

#[tokio::test]
async fn connections_are_filtered() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let globex = trial.organization_with_domain("Globex").await;
    let sso = trial.client().sso();
    let first = sso.create_connection(saml(&acme)).await.unwrap();
    let second = sso.create_connection(oidc(&globex)).await.unwrap();
    assert_eq!(first.connection_type, ConnectionType::GenericSAML);
    assert_eq!(second.connection_type, ConnectionType::GenericOidc);
    let github = NewConnection {
        organization: "Globex".into(),
        name: Some("Code".into()),
        connection_type: Some(ConnectionType::GitHubOAuth),
        state: Some(ConnectionState::Inactive),
        domains: vec!["Code.globex.test".into()],
        ..Default::default()
    };
    let third = trial.emulator.fixtures().connection(github).unwrap();
    let list = async |params: ListConnectionsParams| {
        let ids = sso.list_connections(params).await.unwrap().data;
        ids.into_iter().map(|connection| connection.id).collect::<Vec<_>>()
    };
    let (one, two, three) = (&first.id, &second.id, &third.id);
    let none = ListConnectionsParams::default;
    assert_eq!(list(none()).await, [three, two, one].map(String::clone));
    for (params, expected) in [
        (ListConnectionsParams { organization_id: Some(globex.id), ..none() }, &[three, two][..]),
        (ListConnectionsParams { search: Some("COD".into()), ..none() }, &[three]),
        (ListConnectionsParams { domain: Some("Acme.test".into()), ..none() }, &[one]),
        (ListConnectionsParams { domain: Some("code.globex.test".into()), ..none() }, &[three]),
        (ListConnectionsParams { domain: Some("globex.test".into()), ..none() }, &[two]),
        (ListConnectionsParams { state: Some(ConnectionState::Active), ..none() }, &[two, one]),
        (ListConnectionsParams { state: Some(ConnectionState::Inactive), ..none() }, &[three]),
        (
            ListConnectionsParams { connection_type: Some(ConnectionType::GithubOAuth), ..none() },
            &[three],
        ),
        (
            ListConnectionsParams { connection_type: Some(ConnectionType::GenericSAML), ..none() },
            &[one],
        ),
    ] {
        let found = list(params.clone()).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{params:?}");
    }
    let unknown = ListConnectionsParams { connection_type: Some("LDAP".into()), ..none() };
    let refused = sso.list_connections(unknown).await;
    assert_eq!(refusal(refused), "422 invalid_request_parameters connection_type");
}

#[tokio::test]
async fn wrong_options_have_codes_of_their_own() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let manual =
        json!({"idp_sso_url": "https://idp.acme.test/sso", "idp_signing_certs": [CERTIFICATE]});
    let by_url = json!({"idp_metadata_url": METADATA});
    let client = json!({
        "discovery_endpoint": "https://idp.acme.test", "client_id": "c", "client_secret": "s",
    });
    let with = |base: &Value, more: Value| {
        let mut options = base.clone();
        for (key, value) in more.as_object().unwrap() {
            options[key] = value.clone();
        }
        options
    };
    let saml = |more| json!({"saml_options": with(&manual, more)});
    let oidc = |more| json!({"oidc_options": with(&client, more)});
    let pair = json!({"key": "-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----", "cert": CERTIFICATE});
    for (body, expected) in [
        (saml(json!({})), ""),
        (saml(json!({"idp_entity_id": "acme"})), ""),
        (saml(json!({"sp_signing_key_pair": pair, "sp_encryption_key_pairs": [pair, pair]})), ""),
        (oidc(json!({})), ""),
        (json!({}), "connection_type_or_options_required"),
        (json!({"connection_type": "OktaSAML"}), "saml_options_required"),
        (json!({"connection_type": "OktaOIDC"}), "oidc_options_required"),
        (
            json!({"saml_options": by_url, "oidc_options": client}),
            "both_saml_and_oidc_options_provided",
        ),
        (
            json!({"connection_type": "LoginGovOidc", "saml_options": by_url}),
            "connection_type_conflicts_with_options",
        ),
        (
            json!({"connection_type": "GoogleOAuth", "saml_options": by_url}),
            "connection_type_not_supported",
        ),
        (
            json!({"connection_type": "OwnSAML", "saml_options": by_url}),
            "connection_type_not_supported",
        ),
        (saml(by_url.clone()), "ambiguous_saml_options"),
        (json!({"saml_options": {}}), "incomplete_saml_options"),
        (saml(json!({"idp_signing_certs": []})), "incomplete_saml_options"),
        (saml(json!({"idp_sso_url": "idp"})), "invalid_idp_sso_url"),
        (saml(json!({"acs_url": "ftp://x"})), "invalid_url"),
        (saml(json!({"idp_signing_certs": ["x"]})), "invalid_certificate"),
        (
            saml(json!({"sp_signing_key_pair": {"key": "x", "cert": CERTIFICATE}})),
            "invalid_certificate",
        ),
        (
            saml(json!({"sp_encryption_key_pairs": [{"key": pair["key"], "cert": "x"}]})),
            "invalid_certificate",
        ),
        (
            json!({"saml_options": {"idp_metadata_url": "https://idp.invalid/"}}),
            "idp_metadata_fetch_failed",
        ),
        (json!({"saml_options": {"idp_metadata_url": "idp"}}), "idp_metadata_fetch_failed"),
        (
            oidc(json!({"discovery_endpoint": "http://idp.acme.test"})),
            "discovery_endpoint_must_use_https",
        ),
        (oidc(json!({"client_secret": ""})), "client_secret_required"),
        (
            oidc(json!({"token_authentication_method": "private_key_jwt"})),
            "client_secret_not_accepted",
        ),
        (oidc(json!({"jwt_signing_key_pair": pair})), "key_pair_not_accepted"),
        (oidc(json!({"redirect_uri": "here"})), "invalid_url"),
    ] {
        let body = with(&body, json!({"organization_id": acme.id}));
        let (status, answer) = trial.call("POST", "/connections", body.clone()).await;
        let code = answer["code"].as_str().unwrap_or_default();
        assert_eq!(
            (status, code),
            (if expected.is_empty() { 201 } else { 400 }, expected),
            "{body}"
        );
    }
    let stranger = with(&saml(json!({})), json!({"organization_id": "org_1"}));
    assert_eq!(trial.call("POST", "/connections", stranger).await.0, 404);
    // What was refused left nothing behind.
    let all = trial.client().sso().list_connections(Default::default()).await.unwrap().data;
    assert_eq!(all.len(), 4);
}

#[tokio::test]
async fn a_saml_connection_keeps_what_an_update_leaves_out() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let sso = trial.client().sso();
    let new = CreateConnection { external_id: Some("one".into()), ..saml(&acme) };
    let one = sso.create_connection(new).await.unwrap().id;
    let new = CreateConnection { external_id: Some("two".into()), ..saml(&acme) };
    let two = sso.create_connection(new).await.unwrap().id;
    let update = async |update: UpdateConnection| sso.update_connection(&one, update).await;
    let code = async |update: UpdateConnection| refusal(sso.update_connection(&one, update).await);
    let external_id = Some(Nullable::Value("two".to_owned()));
    let taken = UpdateConnection { external_id: external_id.clone(), ..Default::default() };
    assert_eq!(code(taken.clone()).await, "409 external_id_already_in_use");
    let none = UpdateConnection { external_id: Some(Nullable::Null), ..Default::default() };
    sso.update_connection(&two, none).await.unwrap();
    update(taken).await.unwrap();

    let of_type = |type_: &str| UpdateConnection {
        connection_type: Some(type_.into()),
        ..Default::default()
    };
    update(of_type("GenericSAML")).await.unwrap();
    assert_eq!(code(of_type("OktaSAML")).await, "400 connection_type_not_updatable");
    let foreign = patch_oidc(PatchConnectionOidcOptions::default());
    assert_eq!(code(foreign).await, "400 connection_type_conflicts_with_options");
    let both = json!({"saml_options": {}, "oidc_options": {}});
    let (status, answer) = trial.call("PATCH", &format!("/connections/{one}"), both).await;
    assert_eq!((status, &answer["code"]), (400, &json!("both_saml_and_oidc_options_provided")));

    let sso_url = Some("https://idp.acme.test/sso".to_owned());
    let manual = PatchConnectionSAMLOptions { idp_sso_url: sso_url, ..Default::default() };
    assert_eq!(code(patch_saml(manual.clone())).await, "400 ambiguous_saml_options");
    let unlinked =
        PatchConnectionSAMLOptions { idp_metadata_url: Some(Nullable::Null), ..manual.clone() };
    update(patch_saml(unlinked)).await.unwrap();
    update(patch_saml(manual)).await.unwrap();
    let bad = PatchConnectionSAMLOptions { idp_sso_url: Some("idp".into()), ..Default::default() };
    assert_eq!(code(patch_saml(bad)).await, "400 invalid_idp_sso_url");
    let bad = PatchConnectionSAMLOptions { acs_url: Some("acs".into()), ..Default::default() };
    assert_eq!(code(patch_saml(bad)).await, "400 invalid_url");
    let url = |text: &str| PatchConnectionSAMLOptions {
        idp_metadata_url: Some(Nullable::Value(text.to_owned())),
        ..Default::default()
    };
    let bad = url("https://idp.invalid/metadata.xml");
    assert_eq!(code(patch_saml(bad)).await, "400 idp_metadata_fetch_failed");
    let certificates =
        async || sso.list_connection_saml_idp_signing_certs(&one).await.unwrap().data.len();
    assert_eq!(certificates().await, 1);
    update(patch_saml(url("https://new.acme.test/metadata.xml"))).await.unwrap();
    assert_eq!(certificates().await, 2);
    let missing = sso.update_connection("conn_1", UpdateConnection::default()).await;
    assert_eq!(refusal(missing), "404 entity_not_found");
}

#[tokio::test]
async fn an_oidc_connection_has_the_credentials_of_its_method() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let sso = trial.client().sso();
    let id = sso.create_connection(oidc(&acme)).await.unwrap().id;
    let patch = async |options: PatchConnectionOidcOptions| match sso
        .update_connection(&id, patch_oidc(options))
        .await
    {
        Ok(_) => String::new(),
        refused => refusal(refused),
    };
    let none = PatchConnectionOidcOptions::default;
    let secret = || Some(SecretString::from("secret"));
    let method = Some(OidcTokenAuthenticationMethod::PrivateKeyJWT);
    let signed = PatchConnectionOidcOptions { token_authentication_method: method, ..none() };
    let both = PatchConnectionOidcOptions { client_secret: secret(), ..signed.clone() };
    assert_eq!(patch(both).await, "400 client_secret_not_accepted");
    assert_eq!(patch(signed).await, "");
    let method = Some(OidcTokenAuthenticationMethod::ClientSecretPost);
    let posted = PatchConnectionOidcOptions { token_authentication_method: method, ..none() };
    assert_eq!(patch(posted.clone()).await, "400 client_secret_required");
    assert_eq!(patch(PatchConnectionOidcOptions { client_secret: secret(), ..posted }).await, "");
    let http = Some("http://idp.acme.test".to_owned());
    let plain = PatchConnectionOidcOptions { discovery_endpoint: http, ..none() };
    assert_eq!(patch(plain).await, "400 discovery_endpoint_must_use_https");
    let bad = PatchConnectionOidcOptions { redirect_uri: Some("here".into()), ..none() };
    assert_eq!(patch(bad).await, "400 invalid_url");
    let foreign = patch_saml(PatchConnectionSAMLOptions::default());
    let refused = sso.update_connection(&id, foreign).await;
    assert_eq!(refusal(refused), "400 connection_type_conflicts_with_options");
    let standard = ConnectionStandardAttributes {
        groups: Some(Nullable::Null),
        email: Some("mail".into()),
        ..Default::default()
    };
    let maps = ConnectionAttributeMaps {
        standard_attributes: Some(standard),
        custom_attributes: Some([("team".to_owned(), None)].into()),
    };
    let maps = UpdateConnection { attribute_maps: Some(maps), ..Default::default() };
    sso.update_connection(&id, maps).await.unwrap();
}

#[tokio::test]
async fn a_fixture_has_any_type_state_and_profiles() {
    let trial = Trial::new().await;
    let acme = trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let seed = json!({
        "name": "Acme SSO", "organization": "Acme", "connection_type": "GoogleOAuth",
        "state": "validating", "domains": ["acme.test"], "id": "conn_acme",
        "profiles": [{
            "email": "Ada@acme.test", "first_name": "Ada", "last_name": "L", "idp_id": "1",
            "groups": ["Engineering"],
        }],
    });
    let new: NewConnection = serde_json::from_value(seed).unwrap();
    let made = fixtures.connection(new).unwrap();
    assert_eq!((&*made.id, made.state.as_str()), ("conn_acme", "validating"));
    assert_eq!(trial.client().sso().get_connection("conn_acme").await.unwrap(), made);
    let bob = NewProfile { email: "bob@acme.test".into(), ..Default::default() };
    let profile = fixtures.profile("conn_acme", bob.clone()).unwrap();
    assert_eq!(
        (&profile.connection_id, profile.organization_id.as_ref(), profile.name.as_deref()),
        (&made.id, Some(&acme.id), None)
    );
    assert_eq!(fixtures.profile("conn_acme", bob).unwrap_err().code(), "profile_already_exists");

    for state in ["active", "active", "inactive", "draft"] {
        let changed = fixtures.set_connection_state("conn_acme", state.into()).unwrap();
        assert_eq!(changed.state, state);
        assert_eq!(changed.status.unwrap(), if state == "active" { "linked" } else { "unlinked" });
    }
    let pending = NewConnection {
        organization: acme.id.clone(),
        connection_type: Some(ConnectionType::Pending),
        ..Default::default()
    };
    // A connection whose type is not chosen cannot be active, and makes no event.
    let pending = fixtures.connection(pending).unwrap();
    assert_eq!(pending.state, ConnectionState::RequiresType);
    for (id, state) in [(&pending.id, "active"), (&made.id, "requires_type")] {
        let refused = fixtures.set_connection_state(id, state.into()).unwrap_err();
        assert_eq!(refused.code(), "invalid_connection_state");
    }

    trial.client().organizations().delete_organization(&acme.id).await.unwrap();
    let names: Vec<_> = events(&trial).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["connection.activated", "connection.deactivated", "connection.deleted",]);
}

#[tokio::test]
async fn fixtures_say_what_is_wrong() {
    let trial = Trial::new().await;
    trial.organization_with_domain("Acme").await;
    let fixtures = trial.emulator.fixtures();
    let acme = || NewConnection { organization: "Acme".into(), ..Default::default() };
    let profile = NewProfile { email: "ada".into(), ..Default::default() };
    for (new, code) in [
        (NewConnection::default(), "entity_not_found"),
        (
            NewConnection { connection_type: Some("LDAP".into()), ..acme() },
            "connection_type_not_supported",
        ),
        (NewConnection { state: Some("on".into()), ..acme() }, "invalid_connection_state"),
        (NewConnection { id: Some(String::new()), ..acme() }, "invalid_id"),
        (NewConnection { profiles: vec![profile], ..acme() }, "invalid_email"),
    ] {
        assert_eq!(fixtures.connection(new).unwrap_err().code(), code);
    }
    let error = fixtures.set_connection_state("x", ConnectionState::Active).unwrap_err();
    assert_eq!(error.to_string(), "Connection not found: 'x'.");
    let all = trial.client().sso().list_connections(Default::default()).await.unwrap().data;
    assert_eq!(all, []);
    assert_eq!(events(&trial).await, []);
}
