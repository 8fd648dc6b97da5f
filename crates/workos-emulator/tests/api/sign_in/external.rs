//! Standalone Connect: sign-ins that the login page of the application completes.

use serde_json::{Value, json};
use workos::connect::{CompleteOAuth2, UserConsentOption, UserConsentOptionChoice, UserObject};
use workos::user_management::*;
use workos::{Metadata, ObjectType};
use workos_emulator::NewApplication;

use super::claims;
use crate::trial::{NOON, Trial, refusal};

const REDIRECT: &str = "http://localhost:3000/callback?from=connect";

/// Begins a sign-in to the client of [`Trial::client`].
fn begin(trial: &Trial) -> String {
    trial.emulator.fixtures().external_sign_in("client_emulator", REDIRECT)
}

fn user(id: &str, email: &str) -> UserObject {
    UserObject::new(id, email)
}

async fn complete(trial: &Trial, id: &str, user: UserObject) -> Result<String, workos::Error> {
    let answer = trial.client().connect().complete_oauth_2(CompleteOAuth2::new(id, user)).await;
    answer.map(|answer| answer.redirect_uri)
}

/// Goes back to AuthKit, and returns the code that the browser brings to the client.
async fn code(trial: &Trial, continue_at: &str) -> String {
    let location = trial.location(continue_at.strip_prefix("http://localhost").unwrap()).await;
    let code = location.strip_prefix(&format!("{REDIRECT}&code="));
    code.unwrap_or_else(|| panic!("{location}")).to_owned()
}

#[tokio::test]
async fn who_signed_in_at_the_application_is_created_and_gets_a_session() {
    let trial = Trial::new().await;
    let id = begin(&trial);
    let known = UserObject {
        first_name: Some("Ada".into()),
        last_name: Some("Lovelace".into()),
        name: Some("Ada Lovelace".into()),
        metadata: Some(Metadata::from([("tier".to_owned(), "gold".to_owned())])),
        ..user("42", "Ada@Example.com")
    };
    let continue_at = complete(&trial, &id, known).await.unwrap();
    assert_eq!(continue_at, format!("http://localhost/authkit/oauth2/continue/{id}"));
    let params = AuthenticateWithCodeParams::new(code(&trial, &continue_at).await);
    let users = trial.client().user_management();
    let signed_in = users.authenticate_with_code(params).await.unwrap();

    let mut expected = User::default();
    expected.object = ObjectType::User;
    expected.id = signed_in.user.id.clone();
    expected.email = "ada@example.com".into();
    expected.email_verified = true;
    expected.external_id = Some("42".into());
    expected.first_name = Some("Ada".into());
    expected.last_name = Some("Lovelace".into());
    expected.name = Some("Ada Lovelace".into());
    expected.metadata = Metadata::from([("tier".to_owned(), "gold".to_owned())]);
    expected.last_sign_in_at = Some(NOON.parse().unwrap());
    expected.created_at = NOON.parse().unwrap();
    expected.updated_at = NOON.parse().unwrap();
    assert_eq!(signed_in.user, expected);
    assert_eq!(
        signed_in.authentication_method,
        Some(AuthenticateResponseAuthenticationMethod::ExternalAuth)
    );
    assert_eq!(claims(&signed_in.access_token)["client_id"], "client_emulator");
    assert_eq!(trial.event_names().await, ["user.created", "session.created"]);
}

#[tokio::test]
async fn a_user_is_recognized_by_the_external_id_or_the_address_and_updated() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    let new = CreateUser { last_name: Some("King".into()), ..CreateUser::new("ada@example.com") };
    let ada = users.create_user(new).await.unwrap();
    // The address is known, and then the ID.
    for first_name in ["Ada", "Augusta"] {
        let named =
            UserObject { first_name: Some(first_name.into()), ..user("42", "ada@example.com") };
        complete(&trial, &begin(&trial), named).await.unwrap();
        let found = users.get_user_by_external_id("42").await.unwrap();
        assert_eq!(
            (found.id, found.first_name.as_deref(), found.last_name.as_deref()),
            (ada.id.clone(), Some(first_name), Some("King"))
        );
        assert!(found.email_verified);
    }
    assert_eq!(users.list_users(Default::default()).await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn a_sign_in_is_completed_once_and_continues_once() {
    let trial = Trial::new().await;
    let id = begin(&trial);
    let path = format!("/authkit/oauth2/continue/{id}");
    let (status, early) = trial.call("GET", &path, Value::Null).await;
    assert_eq!((status, &early["code"]), (404, &json!("entity_not_found")));

    let ada = || user("42", "ada@example.com");
    complete(&trial, &id, ada()).await.unwrap();
    let again = complete(&trial, &id, ada()).await;
    assert_eq!(refusal(again), "400 external_auth_session_already_completed");
    code(&trial, &format!("http://localhost{path}")).await;
    let (status, again) = trial.call("GET", &path, Value::Null).await;
    assert_eq!((status, &again["code"]), (404, &json!("entity_not_found")));
    assert_eq!(refusal(complete(&trial, &id, ada()).await), "404 entity_not_found");
}

#[tokio::test]
async fn a_sign_in_waits_ten_minutes() {
    let trial = Trial::new().await;
    let (id, ada) = (begin(&trial), || user("42", "ada@example.com"));
    trial.wait(600);
    assert_eq!(refusal(complete(&trial, &id, ada()).await), "404 entity_not_found");
    assert_eq!(refusal(complete(&trial, "none", ada()).await), "404 entity_not_found");
    let users = trial.client().user_management();
    assert_eq!(users.list_users(Default::default()).await.unwrap().data, []);
}

#[tokio::test]
async fn an_address_that_is_none_or_belongs_to_another_user_is_refused() {
    let trial = Trial::new().await;
    let users = trial.client().user_management();
    for (external_id, email) in [("42", "ada@example.com"), ("43", "bob@example.com")] {
        let new = CreateUser { external_id: Some(external_id.into()), ..CreateUser::new(email) };
        users.create_user(new).await.unwrap();
    }
    let before = trial.event_names().await;
    let id = begin(&trial);
    for (external_id, email, expected) in [
        ("42", "ada@elsewhere.test", "400 email_change_not_allowed"),
        ("42", "bob@example.com", "400 email_change_not_allowed"),
        ("44", "ada@example.com", "400 email_not_available"),
        ("44", "nothing", "400 invalid_email"),
    ] {
        let refused = complete(&trial, &id, user(external_id, email)).await;
        assert_eq!(refusal(refused), expected, "{external_id} {email}");
    }
    assert_eq!(trial.event_names().await, before);
    // A refusal uses up nothing.
    complete(&trial, &id, user("42", "ada@example.com")).await.unwrap();
}

#[tokio::test]
async fn only_third_party_applications_ask_for_consent() {
    let trial = Trial::new().await;
    let fixtures = trial.emulator.fixtures();
    let organizations = trial.client().organizations();
    let new = workos::organizations::CreateOrganization::new("Acme");
    let acme = organizations.create_organization(new).await.unwrap();
    let choice = UserConsentOptionChoice { value: Some("eu".into()), label: Some("Europe".into()) };
    let options = vec![UserConsentOption::new("region", "Region", [choice])];
    for is_first_party in [true, false] {
        let new = NewApplication {
            name: "Wiki".into(),
            is_first_party,
            organization_id: (!is_first_party).then(|| acme.id.clone()),
            redirect_uris: vec![REDIRECT.into()],
            ..NewApplication::default()
        };
        let application = fixtures.application(new).unwrap();
        let ask = |options: Vec<UserConsentOption>| {
            let id = fixtures.external_sign_in(&application.client_id, REDIRECT);
            trial.client().connect().complete_oauth_2(CompleteOAuth2 {
                user_consent_options: Some(options),
                ..CompleteOAuth2::new(id, user("42", "ada@example.com"))
            })
        };
        let answer = ask(options.clone()).await;
        if is_first_party {
            assert_eq!(refusal(answer), "400 user_consent_options_not_supported");
        } else {
            answer.unwrap();
        }
        // No options are none to ask for.
        ask(Vec::new()).await.unwrap();
    }
}
