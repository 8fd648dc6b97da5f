//! Magic Links and links to the Admin Portal.

use serde_json::json;
use workos::admin_portal::*;
use workos::passwordless::*;
use workos_emulator::EmailKind;

use super::trial::{Trial, refusal};

async fn portal_link(trial: &Trial, organization: &str, user: &str) -> String {
    let request =
        GenerateLink { external_user_id: Some(user.into()), ..GenerateLink::new(organization) };
    let response = trial.client().admin_portal().generate_link(request).await.unwrap();
    response.link.into_inner()
}

#[tokio::test]
async fn a_magic_link_is_emailed_on_request() {
    let trial = Trial::new().await;
    let passwordless = trial.client().passwordless();
    let request = CreatePasswordlessSession::new("Ada@Example.com");
    let session = passwordless.create_session(request).await.unwrap();
    let link = session.link.expose();
    assert!(session.id.starts_with("passwordless_session_"));
    assert_eq!(session.email, "ada@example.com");
    assert_eq!(session.expires_at.to_string(), "2026-03-01T12:15:00.000Z");
    assert!(link.starts_with("http://localhost/passwordless/") && link.ends_with("/confirm"));
    assert_eq!(trial.emulator.outbox().all(), []);

    let sent = passwordless.send_session(&session.id).await.unwrap().unwrap();
    assert_eq!((sent.success, sent.message), (Some(true), None));
    let email = trial.emulator.outbox().last_to("ada@example.com").unwrap();
    assert_eq!(
        (email.kind, email.link.as_deref(), &email.object_id, email.code),
        (EmailKind::MagicLink, Some(link), &session.id, None)
    );
    trial.wait(15 * 60);
    let late = passwordless.send_session(&session.id).await;
    assert_eq!(refusal(late), "400 passwordless_session_expired");
    assert_eq!(refusal(passwordless.send_session("x").await), "404 entity_not_found");
}

#[tokio::test]
async fn a_magic_link_lives_as_long_as_asked_for() {
    let trial = Trial::new().await;
    let passwordless = trial.client().passwordless();
    let create = |seconds| {
        let expires_in = Some(seconds);
        let request = CreatePasswordlessSession::new("ada@example.com");
        passwordless.create_session(CreatePasswordlessSession { expires_in, ..request })
    };
    let session = create(86_400).await.unwrap();
    assert_eq!(session.expires_at.to_string(), "2026-03-02T12:00:00.000Z");
    assert_ne!(session.link, create(900).await.unwrap().link);
    for seconds in [899, 86_401] {
        let refused = create(seconds).await;
        assert_eq!(refusal(refused), "400 invalid_request_parameters expires_in");
    }
    let nobody = passwordless.create_session(CreatePasswordlessSession::new("ada")).await;
    assert_eq!(refusal(nobody), "400 invalid_request_parameters email");
}

#[tokio::test]
async fn a_portal_link_opens_once_with_all_that_was_asked_for() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let request = GenerateLink {
        return_url: Some("https://example.com/settings".into()),
        success_url: Some("https://example.com/done".into()),
        intent: Some(GenerateLinkIntent::Dsync),
        it_contact_emails: Some(vec!["it@acme.com".into()]),
        external_user_id: Some("user-17".into()),
        ..GenerateLink::new(&acme)
    };
    let link = trial.client().admin_portal().generate_link(request).await.unwrap().link;
    assert!(link.expose().starts_with("http://localhost/portal/launch?token="));
    let open = || trial.emulator.fixtures().open_portal_link(link.expose());
    let visit = open().unwrap();
    assert_eq!(
        (visit.organization_id, visit.intent, visit.it_contact_emails, visit.external_user_id),
        (acme, Some(GenerateLinkIntent::Dsync), vec!["it@acme.com".into()], Some("user-17".into()))
    );
    assert_eq!(visit.return_url.as_deref(), Some("https://example.com/settings"));
    assert_eq!(visit.success_url.as_deref(), Some("https://example.com/done"));
    assert_eq!(open(), None);
    assert_eq!(trial.emulator.fixtures().open_portal_link("http://localhost/"), None);
}

#[tokio::test]
async fn a_portal_link_lives_for_five_minutes_and_with_its_organization() {
    let trial = Trial::new().await;
    let acme = trial.organization("Acme").await;
    let open = |link: &str| trial.emulator.fixtures().open_portal_link(link).is_some();
    let (first, second) =
        (portal_link(&trial, &acme, "ada").await, portal_link(&trial, &acme, "ada").await);
    trial.wait(299);
    assert!(open(&first));
    trial.wait(1);
    assert!(!open(&second));
    let third = portal_link(&trial, &acme, "ada").await;
    trial.client().organizations().delete_organization(&acme).await.unwrap();
    assert!(!open(&third));
}

#[tokio::test]
async fn the_links_of_one_user_of_an_organization_are_revoked() {
    let trial = Trial::new().await;
    let portal = trial.client().admin_portal();
    let (acme, globex) = (trial.organization("Acme").await, trial.organization("Globex").await);
    let mut links = Vec::new();
    for (organization, user) in [(&acme, "ada"), (&acme, "ada"), (&acme, "bob"), (&globex, "ada")] {
        links.push(portal_link(&trial, organization, user).await);
    }
    portal.revoke_link(RevokeLink::new(&acme, "ada")).await.unwrap();
    let open = |link: &String| trial.emulator.fixtures().open_portal_link(link).is_some();
    assert_eq!(links.iter().map(open).collect::<Vec<_>>(), [false, false, true, true]);
    portal.revoke_link(RevokeLink::new(&acme, "nobody")).await.unwrap();
}

#[tokio::test]
async fn portal_links_for_nobody_are_refused() {
    let trial = Trial::new().await;
    let portal = trial.client().admin_portal();
    let refused = portal.generate_link(GenerateLink::new("org_x")).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let refused = portal.revoke_link(RevokeLink::new("org_x", "ada")).await;
    assert_eq!(refusal(refused), "404 entity_not_found");
    let acme = trial.organization("Acme").await;
    for (emails, field) in [
        (vec!["it@acme.com".to_owned(); 21], "it_contact_emails"),
        (vec!["it".to_owned()], "it_contact_emails[0]"),
    ] {
        let request = GenerateLink { it_contact_emails: Some(emails), ..GenerateLink::new(&acme) };
        let refused = portal.generate_link(request).await;
        assert_eq!(refusal(refused), format!("422 invalid_request_parameters {field}"));
    }
    let body = json!({"organization": acme, "intent": "payments"});
    let (status, body) = trial.call("POST", "/portal/generate_link", body).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("intent")));
}
