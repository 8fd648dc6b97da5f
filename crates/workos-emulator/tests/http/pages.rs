//! The hosted sign-in on pages, as a browser without scripts uses it.

mod providers;
mod safety;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use workos::multi_factor_auth::EnrollUserAuthenticationFactor;
use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::CreateOrganization;
use workos::sso::{ConnectionType, GetProfileAndToken};
use workos::user_management::*;
use workos::{AuthenticationStep, SecretString, UserIdentityProvider};
use workos_emulator::{Emulator, NewConnection, NewProfile, NewSignIn};

use super::{NOON, Response, address, exchange, request};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";
const REDIRECT: &str =
    "client_id=client_emulator&redirect_uri=http://localhost:3000/callback&response_type=code";
const HOSTILE: &str = "\"><script>alert(1)</script>";

async fn interactive() -> Emulator {
    let emulator = Emulator::builder().interactive().start().await.unwrap();
    emulator.clock().freeze(NOON.parse().unwrap());
    emulator
}

async fn ada(emulator: &Emulator) -> User {
    let new = CreateUser {
        email_verified: Some(true),
        password: Some(Password::plaintext(PASSWORD)),
        ..CreateUser::new(ADA)
    };
    emulator.client().user_management().create_user(new).await.unwrap()
}

async fn organization(emulator: &Emulator, name: &str) -> String {
    let new = CreateOrganization::new(name);
    emulator.client().organizations().create_organization(new).await.unwrap().id
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A browser with its cookies, the page that it shows, or where it was sent.
struct Browser<'a> {
    emulator: &'a Emulator,
    cookies: BTreeMap<String, String>,
    status: u16,
    page: String,
    location: Option<String>,
    last: Option<Response>,
}

impl<'a> Browser<'a> {
    fn new(emulator: &'a Emulator) -> Self {
        let (cookies, page, location, last) = Default::default();
        Self { emulator, cookies, status: 0, page, location, last }
    }

    /// A browser at the first page of this authorization.
    async fn at(emulator: &'a Emulator, query: &str) -> Self {
        let mut browser = Self::new(emulator);
        browser.open(&format!("/user_management/authorize?{REDIRECT}&{query}")).await;
        browser
    }

    async fn open(&mut self, path: &str) {
        self.send("GET", path, String::new()).await;
    }

    async fn send(&mut self, method: &str, path: &str, body: String) {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = "content-type: application/x-www-form-urlencoded\r\n".to_owned();
        if !pairs.is_empty() {
            headers.push_str(&format!("cookie: {}\r\n", pairs.join("; ")));
        }
        let request = request(method, path, &headers, body);
        let response = exchange(address(self.emulator), request).await.unwrap();
        let response = Response::parse(&response);
        for cookie in response.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        self.status = response.status;
        self.page = String::from_utf8(response.body.clone()).unwrap();
        let location = response.headers.get("location");
        self.location = location.map(|value| value.to_str().unwrap().to_owned());
        self.last = Some(response);
    }

    /// Sends the form of the page that posts to this action.
    async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) {
        let path = format!("/authkit/{action}");
        assert!(self.page.contains(&format!("action=\"{path}\"")), "{action}: {}", self.page);
        let token = self.token();
        let fields = [&[("token", token.as_str())][..], fields].concat();
        self.send("POST", &path, encoded(&fields)).await;
    }

    fn token(&self) -> String {
        between(&self.page, "name=\"token\" value=\"", "\"").to_owned()
    }

    fn heading(&self) -> &str {
        between(&self.page, "<h1>", "</h1>")
    }

    /// What the page says is wrong.
    fn problem(&self) -> String {
        let alert = between(&self.page, "role=\"alert\"><p>", "</p>");
        let text = alert.split_once('>').map_or(alert, |(_, rest)| rest);
        text.trim_end_matches("</a>").to_owned()
    }

    fn has_control(&self, name: &str, value: &str) -> bool {
        self.page.contains(&format!("name=\"{name}\" value=\"{value}\""))
    }

    /// What the browser brings back to the application.
    fn brought_back(&self) -> Vec<(String, String)> {
        assert!(self.location.is_some(), "{} {}", self.status, self.page);
        let (path, query) = self.location.as_deref().unwrap().split_once('?').unwrap();
        assert_eq!(path, "http://localhost:3000/callback");
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    fn code(&self) -> String {
        let pairs = self.brought_back();
        assert_eq!((self.status, pairs[0].0.as_str()), (303, "code"), "{pairs:?}");
        pairs[0].1.clone()
    }

    /// Exchanges the code that the browser brings back.
    async fn session(&self) -> AuthenticateResponse {
        let params = AuthenticateWithCodeParams::new(self.code());
        self.emulator.client().user_management().authenticate_with_code(params).await.unwrap()
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    assert!(text.contains(start), "no {start} in {text}");
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

/// The code in the last email to Ada.
fn emailed(emulator: &Emulator) -> String {
    emulator.outbox().last_to(ADA).unwrap().code.unwrap()
}

/// The path that the link in the last email to Ada leads to.
fn linked(emulator: &Emulator) -> String {
    let link = emulator.outbox().last_to(ADA).unwrap().link.unwrap();
    link.strip_prefix(emulator.base_url()).unwrap().to_owned()
}

/// The secret of an authenticator app that this user has enrolled.
async fn enroll(emulator: &Emulator, user: &User) -> SecretString {
    let multi_factor_auth = emulator.client().multi_factor_auth();
    let new = EnrollUserAuthenticationFactor::default();
    let enrolled = multi_factor_auth.create_user_auth_factor(&user.id, new).await.unwrap();
    enrolled.authentication_factor.totp.unwrap().secret.unwrap()
}

#[tokio::test]
async fn a_password_leads_back_to_the_application_with_a_code_that_works() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let mut browser =
        Browser::at(&emulator, "provider=authkit&state=a%26b&login_hint=ada@example.com").await;
    assert_eq!((browser.status, browser.heading()), (200, "Sign in"));
    assert!(browser.page.contains("value=\"ada@example.com\""), "{}", browser.page);

    browser.submit("email", &[("email", "nobody")]).await;
    assert_eq!((browser.status, browser.heading()), (400, "Sign in"));
    assert_eq!(browser.problem(), "Enter an email address, such as ada@example.com.");
    assert!(browser.page.contains("value=\"nobody\""), "{}", browser.page);
    browser.submit("email", &[("email", " Ada@Example.com ")]).await;
    assert_eq!((browser.status, browser.heading()), (200, "Enter your password"));
    browser.submit("password", &[("password", "wrong")]).await;
    assert_eq!((browser.status, browser.problem().as_str()), (400, "Invalid credentials."));
    assert!(browser.page.contains("aria-invalid=\"true\""), "{}", browser.page);
    browser.submit("password", &[("password", PASSWORD)]).await;

    let state = browser.brought_back().into_iter().find(|(name, _)| name == "state");
    assert_eq!(state, Some(("state".to_owned(), "a&b".to_owned())));
    assert_eq!(browser.cookies, BTreeMap::new());
    let session = browser.session().await;
    assert_eq!(session.user.id, ada.id);
    let method = AuthenticateResponseAuthenticationMethod::Password;
    assert_eq!(session.authentication_method, Some(method));
}

#[tokio::test]
async fn a_code_by_email_signs_in_instead_of_a_password() {
    let emulator = interactive().await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("send-code", &[]).await;
    assert_eq!(browser.heading(), "Check your email");
    browser.submit("code", &[("code", "000000")]).await;
    assert_eq!((browser.status, browser.problem().as_str()), (400, "The code is not correct."));
    let first = emailed(&emulator);
    browser.submit("send-code", &[]).await;
    let second = emailed(&emulator);
    assert_ne!(first, second);
    let (start, end) = second.split_at(3);
    browser.submit("code", &[("code", &format!("{start} {end}"))]).await;
    let session = browser.session().await;
    assert_eq!((session.user.email.as_str(), session.user.email_verified), (ADA, true));
    let method = AuthenticateResponseAuthenticationMethod::MagicAuth;
    assert_eq!(session.authentication_method, Some(method));
}

#[tokio::test]
async fn a_new_user_signs_up_and_verifies_the_address() {
    let emulator = interactive().await;
    let mut browser = Browser::at(&emulator, "provider=authkit&screen_hint=sign-up").await;
    assert_eq!(browser.heading(), "Create an account");
    let fields = |password| [("email", ADA), ("first_name", "Ada"), ("password", password)];
    browser.submit("sign-up", &fields("short")).await;
    assert_eq!(browser.problem(), "Password must be at least 10 characters long.");
    assert!(browser.page.contains("value=\"Ada\""), "{}", browser.page);
    assert!(!browser.page.contains("short"), "{}", browser.page);
    browser.submit("sign-up", &fields(PASSWORD)).await;
    assert_eq!(browser.heading(), "Verify your email address");
    browser.submit("verify-email", &[("code", "000000")]).await;
    assert_eq!(browser.problem(), "The code is not correct.");
    browser.submit("send-verification", &[]).await;
    browser.submit("verify-email", &[("code", &emailed(&emulator))]).await;
    let user = browser.session().await.user;
    assert_eq!(
        (user.email.as_str(), user.first_name.as_deref(), user.email_verified),
        (ADA, Some("Ada"), true)
    );
}

#[tokio::test]
async fn an_address_that_is_taken_cannot_sign_up_again() {
    let emulator = interactive().await;
    ada(&emulator).await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    browser.submit("start", &[("to", "sign-up")]).await;
    browser.submit("sign-up", &[("email", ADA), ("password", PASSWORD)]).await;
    assert_eq!(browser.problem(), "The email is not available.");
    browser.submit("start", &[("to", "sign-in")]).await;
    assert_eq!(browser.heading(), "Sign in");
}

#[tokio::test]
async fn an_invitation_is_accepted_by_signing_up() {
    let emulator = interactive().await;
    let acme = organization(&emulator, "Acme").await;
    let client = emulator.client();
    let invite = SendInvitation { organization_id: Some(acme.clone()), ..SendInvitation::new(ADA) };
    let sent = client.user_management().send_invitation(invite).await.unwrap();
    // Inviting somebody to an organization creates a user, who has no password yet.
    let token = sent.token.unwrap();
    let query = format!("provider=authkit&invitation_token={}", token.expose());
    let mut browser = Browser::at(&emulator, &query).await;
    assert!(browser.page.contains(&format!("value=\"{ADA}\"")), "{}", browser.page);
    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("send-code", &[]).await;
    browser.submit("code", &[("code", &emailed(&emulator))]).await;
    assert_eq!(browser.session().await.organization_id, Some(acme));

    let again = Browser::at(&emulator, &query).await;
    assert_eq!(again.brought_back()[0], ("error".to_owned(), "invitation_invalid".to_owned()));
}

#[tokio::test]
async fn the_link_of_an_invitation_leads_through_a_sign_up_to_the_application() {
    let emulator = interactive().await;
    let client = emulator.client();
    let users = client.user_management();
    let redirect = CreateRedirectUri::new("http://localhost:3000/callback");
    users.create_redirect_uri(redirect).await.unwrap();
    let acme = organization(&emulator, "Acme").await;
    let invite = SendInvitation { organization_id: Some(acme.clone()), ..SendInvitation::new(ADA) };
    users.send_invitation(invite).await.unwrap();
    let link = linked(&emulator);

    let mut browser = Browser::new(&emulator);
    browser.open(&link).await;
    assert_eq!((browser.status, browser.heading()), (200, "Create an account"));
    assert!(browser.page.contains(&format!("value=\"{ADA}\"")), "{}", browser.page);
    let of = |email| [("email", email), ("first_name", "Ada"), ("password", PASSWORD)];
    browser.submit("sign-up", &of("eve@example.com")).await;
    assert_eq!(browser.problem(), "The invitation is for another email address.");
    browser.submit("sign-up", &of(ADA)).await;
    let session = browser.session().await;
    let user = session.user;
    assert_eq!(
        (user.first_name.as_deref(), user.email_verified, session.organization_id),
        (Some("Ada"), true, Some(acme))
    );

    browser.open(&link).await;
    assert_eq!((browser.status, browser.heading()), (400, "You cannot sign in"));
    let message = "The invitation was accepted or revoked, or it has expired.";
    assert_eq!(browser.problem(), message);
}

#[tokio::test]
async fn an_invitation_of_somebody_with_a_password_asks_for_it() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let acme = organization(&emulator, "Acme").await;
    let client = emulator.client();
    let invite = SendInvitation { organization_id: Some(acme.clone()), ..SendInvitation::new(ADA) };
    client.user_management().send_invitation(invite).await.unwrap();
    let mut browser = Browser::new(&emulator);
    browser.open(&linked(&emulator)).await;
    // Nobody takes over the account of others by signing up.
    browser.submit("start", &[("to", "sign-up")]).await;
    browser.submit("sign-up", &[("email", ADA), ("password", "another password")]).await;
    assert_eq!(browser.problem(), "The email is not available.");
    browser.submit("start", &[("to", "sign-in")]).await;
    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    // Without a default redirect URI there is nowhere to go.
    assert_eq!((browser.status, browser.heading()), (200, "Invitation accepted"));
    let signed_in =
        emulator.fixtures().sign_in(NewSignIn { user_id: ada.id, ..Default::default() });
    assert_eq!(signed_in.unwrap().organization_id, Some(acme));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_through_a_link() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    // Whoever has no account gets no link, and the page does not tell.
    for email in ["nobody@example.com", ADA] {
        browser.submit("email", &[("email", email)]).await;
        browser.submit("send-reset", &[]).await;
        assert_eq!((browser.status, browser.heading()), (200, "Check your email"));
        assert_eq!(emulator.outbox().last_to(email).is_some(), email == ADA);
        browser.submit("start", &[("to", "sign-in")]).await;
    }
    let link = linked(&emulator);
    let mut other = Browser::new(&emulator);
    other.open(&link).await;
    assert_eq!((other.status, other.heading()), (200, "Choose a new password"));
    other.submit("new-password", &[("password", "short")]).await;
    assert_eq!(other.problem(), "Password must be at least 10 characters long.");
    other.submit("new-password", &[("password", "battery staple")]).await;
    assert_eq!((other.status, other.heading()), (200, "Password changed"));
    other.open(&link).await;
    assert_eq!((other.status, other.problem().as_str()), (400, "The token was used before."));

    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.problem(), "Invalid credentials.");
    browser.submit("password", &[("password", "battery staple")]).await;
    assert_eq!(browser.session().await.user.id, ada.id);
}

#[tokio::test]
async fn after_too_many_wrong_codes_a_sign_in_can_start_over() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let secret = enroll(&emulator, &ada).await;
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    challenged(&mut browser).await;
    for _ in 0..6 {
        browser.submit("second-factor", &[("code", "000000")]).await;
    }
    assert_eq!(browser.problem(), "Too many wrong codes; challenge the factor again.");
    browser.submit("start", &[]).await;
    assert_eq!(browser.heading(), "Sign in");
    challenged(&mut browser).await;
    let code = emulator.fixtures().authenticator_code(secret.expose()).unwrap();
    browser.submit("second-factor", &[("code", &code)]).await;
    assert_eq!(browser.session().await.user.id, ada.id);
}

#[tokio::test]
async fn a_second_factor_and_the_organization_are_asked_for_before_the_code() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let client = emulator.client();
    let secret = enroll(&emulator, &ada).await;
    let mut organizations = Vec::new();
    for name in ["Acme", "Beta <b>"] {
        let id = organization(&emulator, name).await;
        let join = CreateOrganizationMembership::new(&ada.id, &id);
        client.organization_membership().create_organization_membership(join).await.unwrap();
        organizations.push(id);
    }
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    challenged(&mut browser).await;
    browser.submit("second-factor", &[("code", "000000")]).await;
    assert_eq!(browser.problem(), "The code is not correct.");
    let code = emulator.fixtures().authenticator_code(secret.expose()).unwrap();
    browser.submit("second-factor", &[("code", &code)]).await;
    assert_eq!(browser.heading(), "Choose an organization");
    assert!(browser.page.contains("Beta &lt;b&gt;"), "{}", browser.page);
    browser.submit("organization", &[("organization", "org_none")]).await;
    assert_eq!((browser.status, browser.heading()), (400, "Choose an organization"));
    browser.submit("organization", &[("organization", &organizations[1])]).await;
    // Nothing is left to ask: the exchange opens the session at once.
    assert_eq!(browser.session().await.organization_id.as_ref(), organizations.last());
}

/// Signs Ada in as far as a challenge.
async fn challenged(browser: &mut Browser<'_>) {
    browser.submit("email", &[("email", ADA)]).await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.heading(), "Confirm that it is you");
}

#[tokio::test]
async fn radar_asks_on_pages_too() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    emulator.fixtures().radar_challenge(&ada.id).unwrap();
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    challenged(&mut browser).await;
    browser.submit("radar", &[("code", "000000")]).await;
    assert_eq!(browser.problem(), "The code is not correct.");
    browser.submit("radar", &[("code", &emailed(&emulator))]).await;
    assert_eq!(browser.session().await.user.id, ada.id);

    emulator.fixtures().radar_sms_challenge(&ada.id).unwrap();
    let mut browser = Browser::at(&emulator, "provider=authkit").await;
    challenged(&mut browser).await;
    browser.submit("radar-phone", &[("phone_number", "5550006")]).await;
    assert_eq!(browser.problem(), "Phone number is invalid: '5550006'");
    browser.submit("radar-phone", &[("phone_number", "+1 500 555 0006")]).await;
    let text = emulator.outbox().last_text_to("+15005550006").unwrap();
    browser.submit("radar-text", &[("code", &text.code)]).await;
    assert_eq!(browser.session().await.user.id, ada.id);
}

#[tokio::test]
async fn a_device_is_approved_or_denied_by_who_signs_in() {
    let emulator = interactive().await;
    let ada = ada(&emulator).await;
    let client = emulator.client();
    let users = client.user_management();
    for (decision, heading) in [("approve", "Device approved"), ("deny", "Device denied")] {
        let device = users.create_device(CreateDeviceAuthorization::default()).await.unwrap();
        let complete = device.verification_uri_complete.unwrap();
        let path = complete.expose().strip_prefix(emulator.base_url()).unwrap().to_owned();
        let mut browser = Browser::new(&emulator);
        browser.open(&path).await;
        assert_eq!(browser.heading(), "Connect a device");
        let user_code = device.user_code.expose();
        assert!(browser.page.contains(&format!("value=\"{user_code}\"")), "{}", browser.page);
        browser.submit("device", &[("user_code", "BBBB-BBBB")]).await;
        assert_eq!(browser.problem(), "The code is wrong, has expired, or was used before.");
        browser.submit("device", &[("user_code", &user_code.to_lowercase())]).await;
        browser.submit("email", &[("email", ADA)]).await;
        browser.submit("password", &[("password", PASSWORD)]).await;
        assert_eq!(browser.heading(), "Approve this device?");
        browser.submit("decision", &[("decision", decision)]).await;
        assert_eq!((browser.status, browser.heading()), (200, heading));

        let poll = AuthenticateWithDeviceCodeParams::new(device.device_code);
        let polled = users.authenticate_with_device_code(poll).await;
        let id = polled.ok().map(|session| session.user.id);
        assert_eq!(id, (decision == "approve").then(|| ada.id.clone()));
    }
}
