//! Identity providers and OAuth providers, which a page plays.

use super::*;

#[tokio::test]
async fn the_test_identity_provider_signs_in_known_and_new_accounts() {
    let emulator = interactive().await;
    let acme = organization(&emulator, "Acme").await;
    let account = NewProfile { email: "bob@acme.test".to_owned(), ..NewProfile::default() };
    let new = NewConnection {
        organization: acme.clone(),
        profiles: vec![account],
        ..NewConnection::default()
    };
    let connection = emulator.fixtures().connection(new).unwrap().id;
    let sso = emulator.client().sso();
    let at = format!("/sso/authorize?{REDIRECT}&connection={connection}&state=s1");

    let mut browser = Browser::new(&emulator);
    browser.open(&at).await;
    assert_eq!(browser.heading(), "Test identity provider");
    let bob = between(&browser.page, "name=\"account\" value=\"", "\"").to_owned();
    browser.submit("account", &[("account", &bob)]).await;
    let profile = sso.get_profile_and_token(GetProfileAndToken::new(browser.code())).await.unwrap();
    assert_eq!((profile.profile.id, profile.profile.email.as_str()), (bob, "bob@acme.test"));

    browser.open(&at).await;
    browser.submit("account", &[("email", "cy@acme.test"), ("first_name", "Cy")]).await;
    let profile = sso.get_profile_and_token(GetProfileAndToken::new(browser.code())).await.unwrap();
    let profile = profile.profile;
    assert_eq!(
        (profile.email.as_str(), profile.first_name.as_deref()),
        ("cy@acme.test", Some("Cy"))
    );

    browser.open(&at).await;
    assert!(browser.has_control("account", &profile.id), "{}", browser.page);
    browser.submit("account", &[("decision", "deny")]).await;
    let expected = json!([
        ["error", "access_denied"],
        ["error_description", "The user refused to sign in."],
        ["state", "s1"],
    ]);
    assert_eq!(json!(browser.brought_back()), expected);

    let mut browser = Browser::at(&emulator, &format!("connection_id={connection}")).await;
    browser.submit("account", &[("email", "cy@acme.test")]).await;
    let session = browser.session().await;
    assert_eq!(
        (session.user.email.as_str(), session.organization_id),
        ("cy@acme.test", Some(acme))
    );
}

#[tokio::test]
async fn sso_finds_the_connection_of_a_provider_or_a_domain_on_pages_too() {
    let emulator = interactive().await;
    let acme = organization(&emulator, "Acme").await;
    for (connection_type, domains) in
        [(ConnectionType::GoogleOAuth, vec![]), (ConnectionType::OktaSAML, vec!["acme.test"])]
    {
        let new = NewConnection {
            organization: acme.clone(),
            name: Some(connection_type.as_str().to_owned()),
            connection_type: Some(connection_type),
            domains: domains.into_iter().map(str::to_owned).collect(),
            ..NewConnection::default()
        };
        emulator.fixtures().connection(new).unwrap();
    }
    let mut browser = Browser::new(&emulator);
    for (query, name) in [("provider=GoogleOAuth", "GoogleOAuth"), ("domain=ACME.test", "OktaSAML")]
    {
        browser.open(&format!("/sso/authorize?{REDIRECT}&{query}")).await;
        assert_eq!(browser.heading(), "Test identity provider", "{query}");
        assert!(browser.page.contains(&format!("<strong>{name}</strong>")), "{}", browser.page);
    }
    browser.open(&format!("/sso/authorize?{REDIRECT}&domain=other.test")).await;
    assert_eq!(browser.brought_back()[0], ("error".to_owned(), "connection_invalid".to_owned()));
}

#[tokio::test]
async fn the_accounts_at_an_oauth_provider_are_listed_by_the_name_that_requests_have() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    // Requests say GitHubOAuth, identities GithubOAuth.
    for (identity, provider) in [
        (UserIdentityProvider::GithubOAuth, "GitHubOAuth"),
        (UserIdentityProvider::MicrosoftOAuth, "MicrosoftOAuth"),
    ] {
        emulator.fixtures().identity(&ada.id, identity);
        let browser = Browser::at(&emulator, &format!("provider={provider}")).await;
        assert!(browser.has_control("account", &ada.id), "{}", browser.page);
    }
}

#[tokio::test]
async fn an_oauth_provider_may_keep_the_address_to_itself() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    emulator.fixtures().identity(&ada.id, UserIdentityProvider::GoogleOAuth);
    let mut browser = Browser::at(&emulator, "provider=GoogleOAuth").await;
    assert!(browser.has_control("account", &ada.id), "{}", browser.page);
    browser.submit("account", &[("account", &ada.id)]).await;
    let session = browser.session().await;
    let method = AuthenticateResponseAuthenticationMethod::GoogleOAuth;
    assert_eq!((session.user.id, session.authentication_method), (ada.id, Some(method)));

    let mut browser = Browser::at(&emulator, "provider=GoogleOAuth").await;
    browser.submit("account", &[("share", "nothing")]).await;
    let client = emulator.client();
    let users = client.user_management();
    let params = AuthenticateWithCodeParams::new(browser.code());
    let error = users.authenticate_with_code(params).await.unwrap_err();
    let step = error.authentication_step();
    assert!(matches!(step, Some(AuthenticationStep::EmailCompletionRequired { .. })), "{error:?}");
}
