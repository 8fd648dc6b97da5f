//! The sign-in on pages: what a browser sees and sends, from an authorization to its code.
//!
//! Between two pages a sign-in is a row. The browser has its token twice: in a cookie, and in the
//! form, which no other site can read. Only both together continue it.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use maud::Markup;
use serde_json::Value;
use workos::user_management::*;
use workos::{Profile, SecretString, Timestamp, UserIdentityProvider};
use workos_contract::is_email;

use super::{Parameters, query};
use crate::environment::Environment;
use crate::fields::{self, check_phone_number, fingerprint};
use crate::pages::{self, Account, Context, Problem};
use crate::products::sso::{self, NewProfile};
use crate::products::users;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::authorize::{self, Authorization, Failure};
use crate::sign_in::grants::{self, Caller};
use crate::sign_in::{
    codes, device, invitations, passwords, radar_challenges, sso as sso_sign_in, steps,
};
use crate::state::collection::Entity;
use crate::state::{
    Change, Decision, Goal, InteractiveSignIn, Method, Opens, Question, SignIn, Store, View,
};

const LIFETIME: Duration = Duration::from_secs(30 * 60);
const TOKEN_CHARS: usize = 32;
/// Where forms are posted to, and the path of the cookie.
const FORMS: &str = "/authkit/";
/// The forms, each with the end of its path.
const ACTIONS: [&str; 16] = [
    "start",
    "email",
    "sign-up",
    "password",
    "send-code",
    "code",
    "account",
    "verify-email",
    "send-verification",
    "second-factor",
    "organization",
    "radar",
    "radar-phone",
    "radar-text",
    "device",
    DECISION,
];
/// The form, and the field, of a yes or no.
const DECISION: &str = "decision";

/// How a sign-in goes on after a form.
enum Outcome {
    /// With the question of its row.
    Page(Box<InteractiveSignIn>),
    /// At the application.
    Leave(String),
    /// Not at all: its last page has this title and text.
    End(&'static str, &'static str),
}

/// A form, and who sent it.
struct Sent<'a> {
    action: &'a str,
    form: &'a Parameters,
    caller: Caller,
    /// The address whose password was checked, and whether it was right.
    checked: Option<(String, bool)>,
}

/// Whether a form of these pages is posted to this path.
pub(super) fn is_form(path: &str) -> bool {
    path.strip_prefix(FORMS).is_some_and(|action| ACTIONS.contains(&action))
}

/// The first page for a request, or the way back where there is none.
pub(super) fn begin(
    environment: &Environment,
    request: Authorization,
    goal: Goal,
    signs_up: bool,
) -> Response {
    let (asked, nothing) = (request.clone(), Parameters(Vec::new()));
    let opened = environment.write(|change| {
        let question = match first_question(change, &asked, &goal, signs_up) {
            Ok(question) => question,
            Err(failure) => return Ok(Err(failure)),
        };
        open(change, asked, goal, question).map(Ok)
    });
    match opened {
        Ok(Ok((token, row))) => {
            let page = environment.read(|view| page(view, &row, &token, &nothing, None));
            with_cookie(answer(StatusCode::OK, page), &token, LIFETIME)
        }
        Ok(Err(failure)) => leave(&request.failed(&failure)),
        Err(refusal) => refused(&refusal),
    }
}

/// `GET /device`: where the user of a device goes.
pub(super) fn device(environment: &Environment, head: &Parts, _body: &Bytes) -> Answer<Response> {
    if !environment.interactive {
        return Err(Refusal::not_implemented(&head.method, head.uri.path()));
    }
    let user_code = query(head).text("user_code").unwrap_or_default();
    let (request, goal) = (Authorization::default(), Goal::Device { user_code });
    let nothing = Parameters(Vec::new());
    let opened = environment.write(|change| open(change, request, goal, Question::UserCode));
    Ok(match opened {
        Ok((token, row)) => {
            let page = environment.read(|view| page(view, &row, &token, &nothing, None));
            with_cookie(answer(StatusCode::OK, page), &token, LIFETIME)
        }
        Err(refusal) => refused(&refusal),
    })
}

/// Takes a form.
pub(super) fn submit(environment: &Environment, head: &Parts, body: &Bytes) -> Answer<Response> {
    if !environment.interactive {
        return Err(Refusal::not_implemented(&head.method, head.uri.path()));
    }
    let form = Parameters::read(body);
    let token = SecretString::from(form.get("token").unwrap_or_default());
    if !has_cookie(head, &token) {
        let message = "This form is not of a sign-in that this browser began.";
        return Ok(refused(&Refusal::forbidden("sign_in_mismatch", message)));
    }
    let action = head.uri.path().strip_prefix(FORMS).unwrap_or_default();
    let row = match environment.read(|view| find(view, view.now(), &token)) {
        Ok(row) => row,
        Err(refusal) => return Ok(with_cookie(refused(&refusal), &token, Duration::ZERO)),
    };
    let sent = Sent {
        action,
        form: &form,
        caller: caller(head, &row),
        checked: checked_password(environment, action, &row, &form),
    };
    let done = environment.write(|change| {
        let row = find(change, change.now(), &token)?;
        act(change, row, &sent)
    });
    Ok(match done {
        Ok(Outcome::Page(row)) => {
            // What was typed belongs to the page before.
            let nothing = Parameters(Vec::new());
            let page = environment.read(|view| page(view, &row, &token, &nothing, None));
            answer(StatusCode::OK, page)
        }
        Ok(Outcome::Leave(url)) => with_cookie(leave(&url), &token, Duration::ZERO),
        Ok(Outcome::End(title, text)) => {
            let page = pages::message(title, text);
            with_cookie(answer(StatusCode::OK, page), &token, Duration::ZERO)
        }
        Err(refusal) if is_final(&refusal) => {
            with_cookie(refused(&refusal), &token, Duration::ZERO)
        }
        Err(refusal) => {
            let page = environment.read(|view| page(view, &row, &token, &form, Some(&refusal)));
            answer(StatusCode::BAD_REQUEST, page)
        }
    })
}

/// The page of a refusal that ends a sign-in, or lets it not begin.
pub(super) fn refused(refusal: &Refusal) -> Response {
    answer(refusal.status, pages::failure(&refusal.to_string()))
}

/// What a request asks for first.
fn first_question(
    change: &mut Change<'_>,
    request: &Authorization,
    goal: &Goal,
    signs_up: bool,
) -> Result<Question, Failure> {
    if let Some(connection) = authorize::connection(change, request)? {
        authorize::started(change, &connection, request.login_hint.as_deref());
        return Ok(Question::Account { connection_id: connection.id });
    }
    if *goal == Goal::Profile {
        let message = "No active connection fits the request.";
        return Err(Failure::new("connection_invalid", message));
    }
    if let Some(token) = &request.invitation_token
        && invitations::pending(change, token).is_none()
    {
        return Err(Failure::new("invitation_invalid", "The invitation is not pending."));
    }
    Ok(match request.provider.as_deref().filter(|name| *name != "authkit") {
        Some(provider) => Question::ProviderAccount { provider: provider.to_owned() },
        None if signs_up => Question::SignUp,
        None => Question::Email,
    })
}

/// Stores a new sign-in, and returns its token.
fn open(
    change: &mut Change<'_>,
    mut request: Authorization,
    goal: Goal,
    question: Question,
) -> Answer<(SecretString, InteractiveSignIn)> {
    if request.login_hint.is_none()
        && let Some(token) = &request.invitation_token
    {
        let invitation = invitations::pending(change, token);
        request.login_hint = invitation.map(|invitation| invitation.email.clone());
    }
    let token = SecretString::from(change.token(TOKEN_CHARS));
    let row = InteractiveSignIn {
        id: change.id(InteractiveSignIn::PREFIX),
        token: fingerprint(&token),
        request,
        goal,
        question,
        expires_at: change.now() + LIFETIME,
    };
    change.put(row.clone())?;
    Ok((token, row))
}

/// The sign-in with this token.
fn find(store: &Store, now: Timestamp, token: &SecretString) -> Answer<InteractiveSignIn> {
    let found = store.interactive_sign_ins.find("token", &fingerprint(token));
    let found = found.filter(|row| now < row.expires_at);
    found.map(|row| InteractiveSignIn::clone(row)).ok_or_else(|| {
        let message = "This sign-in has ended or taken too long. Start again at the application.";
        Refusal::bad_request("sign_in_expired", message)
    })
}

/// Whether no other input would help.
fn is_final(refusal: &Refusal) -> bool {
    matches!(refusal.code(), "sign_in_expired" | "invalid_pending_authentication_token")
}

fn caller(head: &Parts, row: &InteractiveSignIn) -> Caller {
    let user_agent = head.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Caller {
        client_id: row.request.client_id.clone(),
        is_confidential: false,
        ip_address: None,
        user_agent: user_agent.map(str::to_owned),
    }
}

/// Checks a password outside of the state: nobody waits for its hash.
fn checked_password(
    environment: &Environment,
    action: &str,
    row: &InteractiveSignIn,
    form: &Parameters,
) -> Option<(String, bool)> {
    let Question::Password { email } = &row.question else { return None };
    if action != "password" {
        return None;
    }
    let hash = environment.read(|view| grants::password_hash(view, email));
    let given = form.get("password").unwrap_or_default();
    Some((email.clone(), hash.is_some_and(|hash| hash.verify(given))))
}

/// Does what a form says. One of another page, which the Back button brought back, does nothing but
/// show where the sign-in is.
fn act(change: &mut Change<'_>, row: InteractiveSignIn, sent: &Sent<'_>) -> Answer<Outcome> {
    use Question::*;
    let Sent { action, form, caller, checked } = sent;
    match (*action, row.question.clone()) {
        ("start", Email | SignUp | Password { .. } | MagicCode { .. }) => {
            let question = if form.get("to") == Some("sign-up") { SignUp } else { Email };
            ask(change, row, question)
        }
        ("email", Email | Password { .. } | MagicCode { .. }) => {
            let email = address(form)?;
            ask(change, row, Password { email })
        }
        ("sign-up", SignUp) => {
            let sign_in = sign_up(change, &row, form)?;
            identified(change, row, sign_in)
        }
        ("password", Password { .. }) => {
            let Some((email, is_correct)) = checked else { return Ok(Outcome::Page(row.into())) };
            let mut input = AuthenticateWithPasswordParams::new(email, "");
            input.invitation_token.clone_from(&row.request.invitation_token);
            let sign_in = grants::password(change, caller, &input, *is_correct)?;
            identified(change, row, sign_in)
        }
        ("send-code", Password { email } | MagicCode { email }) => {
            let user = users::with_email(change, &email)?;
            codes::send_magic_auth(change, &user, None)?;
            ask(change, row, MagicCode { email })
        }
        ("code", MagicCode { email }) => {
            let mut input = AuthenticateWithMagicAuthParams::new(code(form), email);
            input.invitation_token.clone_from(&row.request.invitation_token);
            let sign_in = grants::magic_auth(change, caller, &input)?;
            identified(change, row, sign_in)
        }
        ("account", Account { .. } | ProviderAccount { .. })
            if form.get(DECISION) == Some("deny") =>
        {
            let failure = Failure::new("access_denied", "The user refused to sign in.");
            let url = row.request.failed(&failure);
            end(change, &row, Outcome::Leave(url))
        }
        ("account", Account { connection_id }) => {
            let profile = chosen_profile(change, &connection_id, form)?;
            if row.goal == Goal::Profile {
                let url = sso_sign_in::grant(change, &row.request, &profile)?;
                return end(change, &row, Outcome::Leave(url));
            }
            let sign_in = authorize::with_profile(change, &row.request, &profile)?;
            go_on(change, row, sign_in)
        }
        ("account", ProviderAccount { provider }) => {
            if form.get("share") == Some("nothing") {
                let mut sign_in = row.request.sign_in("", Method::from(provider.as_str()));
                sign_in.proves_address = false;
                let opens = Opens::Nameless(Box::new(sign_in));
                let url = authorize::code(change, &row.request, opens)?;
                return end(change, &row, Outcome::Leave(url));
            }
            let user = chosen_user(change, &provider, form)?;
            let sign_in = authorize::with_provider(change, &row.request, &user)?;
            grants::accept_invitation(change, &user.id, row.request.invitation_token.as_ref())?;
            go_on(change, row, sign_in)
        }
        ("verify-email", EmailVerification { pending, .. }) => {
            let input = AuthenticateWithEmailVerificationParams::new(code(form), pending);
            let sign_in = grants::email_verification(change, caller, &input)?;
            go_on(change, row, sign_in)
        }
        ("send-verification", EmailVerification { pending, .. }) => {
            let user_id = steps::pending(change, &pending)?.sign_in.user_id;
            let user = User::clone(change.one::<User>(&user_id)?);
            codes::send_verification(change, &user)?;
            Ok(Outcome::Page(row.into()))
        }
        ("second-factor", SecondFactor { pending, challenge_id }) => {
            let input = AuthenticateWithTotpParams::new(code(form), pending, challenge_id);
            let sign_in = grants::totp(change, caller, input)?;
            go_on(change, row, sign_in)
        }
        ("organization", Organization { pending, .. }) => {
            let chosen = form.get("organization").unwrap_or_default();
            let input = AuthenticateWithOrganizationSelectionParams::new(pending, chosen);
            let sign_in = grants::organization_selection(change, &input)?;
            go_on(change, row, sign_in)
        }
        ("radar", RadarCode { pending, challenge_id }) => {
            let input = AuthenticateWithRadarEmailChallengeParams {
                code: code(form),
                pending_authentication_token: pending,
                radar_challenge_id: challenge_id,
                ..Default::default()
            };
            let sign_in = grants::radar_email(change, &input)?;
            go_on(change, row, sign_in)
        }
        ("radar-phone", RadarPhone { pending, user_id }) => {
            let phone_number = typed(form, "phone_number");
            check_phone_number(&phone_number)?;
            let input = SendRadarSmsChallenge::new(user_id, pending.clone(), phone_number);
            let texted = radar_challenges::send_text(change, input)?;
            let (phone_number, verification_id) = (texted.phone_number, texted.verification_id);
            ask(change, row, RadarText { pending, phone_number, verification_id })
        }
        ("radar-text", RadarText { pending, phone_number, verification_id }) => {
            let input = AuthenticateWithRadarSmsChallengeParams {
                code: code(form),
                pending_authentication_token: pending,
                verification_id: Some(verification_id),
                phone_number: Some(phone_number),
                ..Default::default()
            };
            let sign_in = grants::radar_sms(change, &input)?;
            go_on(change, row, sign_in)
        }
        ("device", UserCode) => {
            let typed = form.get("user_code").unwrap_or_default();
            let waiting = device::waiting(change, change.now(), typed)?;
            let mut row = row;
            row.request.client_id = waiting.client_id;
            row.goal = Goal::Device { user_code: waiting.user_code };
            ask(change, row, Email)
        }
        (DECISION, Approval { sign_in }) => decide(change, &row, sign_in, form),
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Goes on with this question.
fn ask(change: &mut Change<'_>, mut row: InteractiveSignIn, question: Question) -> Answer<Outcome> {
    row.question = question;
    change.put(row.clone())?;
    Ok(Outcome::Page(row.into()))
}

/// Ends a sign-in. None of its forms works again.
fn end(change: &mut Change<'_>, row: &InteractiveSignIn, outcome: Outcome) -> Answer<Outcome> {
    change.remove::<InteractiveSignIn>(&row.id)?;
    Ok(outcome)
}

/// Goes on when it is known who signs in, in the organization that the application asked for.
fn identified(change: &mut Change<'_>, row: InteractiveSignIn, sign_in: SignIn) -> Answer<Outcome> {
    let organization_id = row.request.organization_id.clone();
    go_on(change, row, SignIn { organization_id, ..sign_in })
}

/// Goes on with a sign-in: to its next step, or back to who asked for it.
fn go_on(change: &mut Change<'_>, row: InteractiveSignIn, sign_in: SignIn) -> Answer<Outcome> {
    let sign_in = match steps::advance(change, sign_in) {
        Ok(sign_in) => sign_in,
        Err(refusal) => {
            let question = question_of(&refusal).ok_or(refusal)?;
            return ask(change, row, question);
        }
    };
    if matches!(row.goal, Goal::Device { .. }) {
        return ask(change, row, Question::Approval { sign_in: Box::new(sign_in) });
    }
    let url = authorize::grant(change, &row.request, sign_in)?;
    end(change, &row, Outcome::Leave(url))
}

/// What the refusal of a step asks for. `None` for a refusal that is no step.
fn question_of(refusal: &Refusal) -> Option<Question> {
    let text = |name: &str| refusal.body.get(name)?.as_str().map(str::to_owned);
    let inner = |name: &str| refusal.body.get(name)?.get("id")?.as_str().map(str::to_owned);
    let pending = text("pending_authentication_token").map(SecretString::from)?;
    Some(match refusal.code() {
        "email_verification_required" => {
            Question::EmailVerification { pending, email: text("email")? }
        }
        "mfa_challenge" => {
            let challenge_id = inner("authentication_challenge")?;
            Question::SecondFactor { pending, challenge_id }
        }
        "organization_selection_required" => {
            let pair = |one: &Value| {
                let text = |name: &str| one.get(name)?.as_str().map(str::to_owned);
                Some((text("id")?, text("name")?))
            };
            let listed = refusal.body.get("organizations")?.as_array()?;
            let organizations = listed.iter().filter_map(pair).collect();
            Question::Organization { pending, organizations }
        }
        "radar_challenge" => {
            Question::RadarCode { pending, challenge_id: text("radar_challenge_id")? }
        }
        "radar_sms_sign_in_challenge" => Question::RadarPhone { pending, user_id: inner("user")? },
        _ => return None,
    })
}

/// Creates a user, whose address the link of an invitation has verified.
fn sign_up(change: &mut Change<'_>, row: &InteractiveSignIn, form: &Parameters) -> Answer<SignIn> {
    let mut new = CreateUser::new(address(form)?);
    new.first_name = form.text("first_name");
    new.last_name = form.text("last_name");
    let password = form.text("password").unwrap_or_default();
    passwords::check_strength(&password)?;
    let user = users::create(change, new)?;
    passwords::store(change, &user.id, Some(SecretString::from(password)))?;
    if let Some(token) = &row.request.invitation_token {
        grants::accept_invitation(change, &user.id, Some(token))?;
        codes::verify_address(change, &user.id)?;
    }
    Ok(row.request.sign_in(&user.id, Method::Password))
}

/// The account at the identity provider of a connection: one of those that are known, or a new one.
fn chosen_profile(
    change: &mut Change<'_>,
    connection_id: &str,
    form: &Parameters,
) -> Answer<Profile> {
    if let Some(id) = form.get("account") {
        let mut known = change.profiles.by("connection", connection_id);
        let found = known.find(|profile| profile.id == id);
        return found
            .map(|profile| Profile::clone(profile))
            .ok_or_else(|| Refusal::not_found(Profile::NAME, id));
    }
    let email = address(form)?;
    let known = change.profiles.by("connection", connection_id).find(|one| one.email == email);
    if let Some(profile) = known {
        return Ok(Profile::clone(profile));
    }
    let (first_name, last_name) = (form.text("first_name"), form.text("last_name"));
    let new = NewProfile { email, first_name, last_name, ..NewProfile::default() };
    sso::add_profile(change, connection_id, new)
}

/// The user of an account at an OAuth provider: one of those that are known, or a new one.
fn chosen_user(change: &mut Change<'_>, provider: &str, form: &Parameters) -> Answer<User> {
    if let Some(id) = form.get("account") {
        let is_known = provider_accounts(change, provider).iter().any(|account| account.id == id);
        let found = change.users.get(id).filter(|_| is_known);
        return found
            .map(|user| User::clone(user))
            .ok_or_else(|| Refusal::not_found(User::NAME, id));
    }
    let address = address(form)?;
    let is_new = change.users.find("email", &address).is_none();
    let mut user = User::clone(&*users::with_email(change, &address)?);
    if is_new {
        user.first_name = form.text("first_name");
        user.last_name = form.text("last_name");
        if user.first_name.is_some() || user.last_name.is_some() {
            user = User::clone(&*change.update(user)?);
        }
    }
    Ok(user)
}

/// The users who have an account at an OAuth provider.
fn provider_accounts(store: &Store, provider: &str) -> Vec<Account> {
    let provider = UserIdentityProvider::from(provider);
    let of_provider = store.identities.iter().filter(|row| row.identity.provider == provider);
    let users = of_provider.filter_map(|row| store.users.get(&row.user_id));
    users
        .map(|user| Account {
            id: user.id.clone(),
            email: user.email.clone(),
            name: full_name(user.first_name.as_deref(), user.last_name.as_deref()),
        })
        .collect()
}

fn profile_accounts(store: &Store, connection_id: &str) -> Vec<Account> {
    let profiles = store.profiles.by("connection", connection_id);
    profiles
        .map(|profile| Account {
            id: profile.id.clone(),
            email: profile.email.clone(),
            name: full_name(profile.first_name.as_deref(), profile.last_name.as_deref()),
        })
        .collect()
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let names: Vec<_> = [first, last].into_iter().flatten().collect();
    Some(names.join(" ")).filter(|name| !name.is_empty())
}

/// Lets a device in, or not.
fn decide(
    change: &mut Change<'_>,
    row: &InteractiveSignIn,
    sign_in: Box<SignIn>,
    form: &Parameters,
) -> Answer<Outcome> {
    let Goal::Device { user_code } = &row.goal else {
        return Ok(Outcome::Page(Box::new(row.clone())));
    };
    let (decision, outcome) = match form.get(DECISION) {
        Some("approve") => {
            let text = "The device signs in now. You can close this page.";
            (Decision::Approved(sign_in), Outcome::End("Device approved", text))
        }
        Some("deny") => {
            let text = "The device does not sign in. You can close this page.";
            (Decision::Denied, Outcome::End("Device denied", text))
        }
        _ => return Ok(Outcome::Page(Box::new(row.clone()))),
    };
    device::decide(change, user_code, decision)?;
    end(change, row, outcome)
}

/// The email address of a form.
fn address(form: &Parameters) -> Answer<String> {
    let address = fields::email(form.get("email").unwrap_or_default());
    if is_email(&address) {
        return Ok(address);
    }
    let message = "Enter an email address, such as ada@example.com.";
    Err(Refusal::bad_request("invalid_email", message))
}

/// A field without the spaces that people put between groups of digits.
fn typed(form: &Parameters, name: &str) -> String {
    let text = form.get(name).unwrap_or_default();
    text.chars().filter(|char| !char.is_whitespace()).collect()
}

fn code(form: &Parameters) -> SecretString {
    typed(form, "code").into()
}

/// The page for the question of a row, with what was typed and why that does not do.
fn page(
    view: &View<'_>,
    row: &InteractiveSignIn,
    token: &SecretString,
    form: &Parameters,
    refusal: Option<&Refusal>,
) -> Markup {
    let message = refusal.map(Refusal::to_string);
    let problem = refusal.zip(message.as_deref());
    let problem = problem.map(|(refusal, message)| Problem { field: field(row, refusal), message });
    let context = Context { token: token.expose(), problem };
    let typed = |name: &str| form.get(name).unwrap_or_default();
    let hint = row.request.login_hint.as_deref().unwrap_or_default();
    let email = form.get("email").unwrap_or(hint);
    let application = application(view, row);
    match &row.question {
        Question::Email => pages::sign_in(&context, application, email),
        Question::SignUp => {
            pages::sign_up(&context, typed("first_name"), typed("last_name"), email)
        }
        Question::Password { email } => pages::password(&context, email),
        Question::MagicCode { email } => pages::magic_code(&context, email),
        Question::Account { connection_id } => {
            let connection = view.connections.get(connection_id);
            let name = connection.map_or("", |row| row.connection.name.as_str());
            let accounts = profile_accounts(view, connection_id);
            pages::accounts(&context, name, &accounts, email, false)
        }
        Question::ProviderAccount { provider } => {
            let accounts = provider_accounts(view, provider);
            pages::accounts(&context, provider, &accounts, email, true)
        }
        Question::EmailVerification { email, .. } => pages::email_verification(&context, email),
        Question::SecondFactor { .. } => pages::second_factor(&context),
        Question::Organization { organizations, .. } => {
            pages::organizations(&context, organizations)
        }
        Question::RadarCode { .. } => pages::radar_code(&context),
        Question::RadarPhone { .. } => pages::radar_phone(&context, typed("phone_number")),
        Question::RadarText { phone_number, .. } => pages::radar_text(&context, phone_number),
        Question::UserCode => {
            pages::user_code(&context, form.get("user_code").unwrap_or(user_code(row)))
        }
        Question::Approval { sign_in } => {
            let user = view.users.get(&sign_in.user_id);
            let email = user.map_or("", |user| user.email.as_str());
            let name = application.unwrap_or(&row.request.client_id);
            pages::approval(&context, name, user_code(row), email)
        }
    }
}

/// The name of the application that asks, if it is known.
fn application<'a>(view: &'a View<'_>, row: &InteractiveSignIn) -> Option<&'a str> {
    let found = view.connect_applications.find("client_id", &row.request.client_id);
    found.map(|application| application.name.as_str())
}

fn user_code(row: &InteractiveSignIn) -> &str {
    match &row.goal {
        Goal::Device { user_code } => user_code,
        Goal::Session | Goal::Profile => "",
    }
}

/// The field that a refusal is about.
fn field(row: &InteractiveSignIn, refusal: &Refusal) -> &'static str {
    match (&row.question, refusal.code()) {
        (Question::SignUp, "password_strength_error") | (Question::Password { .. }, _) => {
            "password"
        }
        (
            Question::Email
            | Question::SignUp
            | Question::Account { .. }
            | Question::ProviderAccount { .. },
            _,
        ) => "email",
        (Question::Organization { .. }, _) => "organization",
        (Question::RadarPhone { .. }, _) => "phone_number",
        (Question::UserCode, _) => "user_code",
        (Question::Approval { .. }, _) => "main",
        _ => "code",
    }
}

/// A page as it is sent: nothing keeps, frames or extends it.
fn answer(status: StatusCode, page: Markup) -> Response {
    let policy = HeaderValue::try_from(pages::POLICY.as_str())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let fixed = HeaderValue::from_static;
    Response {
        status: Some(status),
        headers: vec![
            (header::CONTENT_TYPE, html),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::REFERRER_POLICY, fixed("no-referrer")),
        ],
        body: page.into_string().into(),
    }
}

/// Sends the browser to a URL, with a GET whatever came before.
fn leave(url: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(url) else {
        let message = "The redirect URI has invalid characters.";
        return refused(&Refusal::bad_request("invalid_redirect_uri", message));
    };
    let mut response = Response::empty(Some(StatusCode::SEE_OTHER));
    response.headers.push((header::LOCATION, location));
    response.headers.push((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response
}

/// The name of a cookie. Each sign-in has its own, so that two tabs do not disturb each other.
fn cookie_name(token: &SecretString) -> String {
    let fingerprint = fingerprint(token);
    format!("sign_in_{}", fingerprint.get(..12).unwrap_or_default())
}

/// Adds the cookie of a sign-in, or removes it where no time is left.
fn with_cookie(mut response: Response, token: &SecretString, lifetime: Duration) -> Response {
    let value = if lifetime.is_zero() { "" } else { token.expose() };
    let cookie = format!(
        "{}={value}; Path={FORMS}; Max-Age={}; HttpOnly; SameSite=Lax",
        cookie_name(token),
        lifetime.as_secs()
    );
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers.push((header::SET_COOKIE, cookie));
    }
    response
}

/// Whether the cookie of a request is that of the sign-in with this token.
fn has_cookie(head: &Parts, token: &SecretString) -> bool {
    let name = cookie_name(token);
    let values =
        head.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    !token.is_empty() && pairs.any(|(own, value)| own == name && is_token(value, token))
}

/// Whether a text is the token, in a time that does not depend on where they differ.
fn is_token(text: &str, token: &SecretString) -> bool {
    let given = SecretString::from(text);
    &given == token
}
