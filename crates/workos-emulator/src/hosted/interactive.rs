//! The sign-in on pages: what a browser sees and sends, from an authorization to its code.
//!
//! Between two pages a sign-in is a row. The browser has its token twice: in a cookie, and in the
//! form, which no other site can read. Only both together continue it.

mod accounts;
mod forms;
mod responses;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, header};
use workos::{SecretString, Timestamp, User};

pub(super) use self::forms::is_form;
use self::forms::{Form, Outcome, act};
pub(super) use self::responses::refused;
use self::responses::{ended, has_cookie, leave, page, with_cookie};
use super::{Parameters, query};
use crate::call::Call;
use crate::fields::{fingerprint, full_name};
use crate::pages::{self, Account};
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::authorize::{self, Authorization, Failure};
use crate::sign_in::grants::{self, Caller};
use crate::sign_in::{events, invitations, passwords, redirects, sso};
use crate::state::collection::Entity;
use crate::state::{Change, DEFAULT_CLIENT_ID, Goal, InteractiveSignIn, Question, Store};

const LIFETIME: Duration = Duration::from_secs(30 * 60);
const TOKEN_CHARS: usize = 32;
/// Where forms are posted to, and the path of the cookie.
const FORMS: &str = "/authkit/";

/// The first page for a request, or the way back where there is none.
pub(super) fn begin(
    environment: &Call<'_>,
    request: Authorization,
    goal: Goal,
    signs_up: bool,
) -> Response {
    let asked = request.clone();
    let opened = environment.write(|change| {
        let question = match first_question(change, &asked, &goal, signs_up) {
            Ok(question) => question,
            Err(failure) => return Ok(Err(failure)),
        };
        open(change, asked, goal, question).map(Ok)
    });
    match opened {
        Ok(Ok((token, row))) => first_page(environment, &token, &row),
        Ok(Err(failure)) => leave(&request.failed(&failure)),
        Err(refusal) => refused(&refusal),
    }
}

/// The page that a stand-in for the official emulator shows instead: it asks for an email address,
/// and nothing else.
pub(super) fn single_page(
    environment: &Call<'_>,
    request: &Authorization,
    is_sso: bool,
) -> Response {
    let mut accounts = environment.read(|view| {
        let account = |user: &Arc<User>| Account {
            id: user.id.clone(),
            email: user.email.clone(),
            name: full_name(user.first_name.as_deref(), user.last_name.as_deref())
                .or_else(|| user.name.clone()),
        };
        view.users.iter().map(account).collect::<Vec<_>>()
    });
    accounts.sort_by(|one, other| one.email.cmp(&other.email));
    let email = request.login_hint.as_deref().unwrap_or_default();
    responses::answer(StatusCode::OK, single(request, is_sso, true).email(email, &accounts))
}

/// The page that asks a user of several organizations for one of them.
pub(crate) fn organization_page(
    request: &Authorization,
    organizations: &[(String, String)],
) -> Response {
    let mut page = single(request, false, false);
    page.hidden.extend(request.login_hint.clone().map(|email| ("email", email)));
    responses::answer(StatusCode::OK, page.organization(organizations))
}

/// The page that a stand-in for the official emulator shows to the user of a device.
pub(crate) fn device_page() -> Response {
    responses::answer(StatusCode::OK, pages::device_approved())
}

fn single(request: &Authorization, is_sso: bool, has_organization: bool) -> pages::Single<'static> {
    let token = request.invitation_token.as_ref().map(|token| token.expose().to_owned());
    let organization = if is_sso { "organization" } else { "organization_id" };
    let hidden = [
        ("redirect_uri", Some(request.redirect_uri.clone())),
        ("state", request.state.clone()),
        ("client_id", Some(request.client_id.clone())),
        ("code_challenge", request.code_challenge.clone()),
        ("connection", request.connection_id.clone()),
        (organization, request.organization_id.clone().filter(|_| has_organization)),
        ("domain_hint", request.domain_hint.clone()),
        ("invitation_token", token),
    ];
    let hidden = hidden.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let (title, action) = if is_sso {
        ("SSO Login", "/sso/authorize")
    } else {
        ("Sign In", "/user_management/authorize")
    };
    pages::Single { title, action, hidden }
}

/// Where the user of a device goes.
pub(super) fn device(environment: &Call<'_>, user_code: String) -> Answer<Response> {
    let goal = Goal::Device { user_code };
    Ok(start(environment, |_| Ok((Authorization::default(), goal, Question::UserCode))))
}

/// `GET /invite`: where the link of an invitation leads, and from there to the application.
pub(super) fn invitation(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    check_interactive(environment, head)?;
    let token = SecretString::from(query(head).get("invitation_token").unwrap_or_default());
    Ok(start(environment, |change| {
        let Some(invitation) = invitations::pending(change, &token) else {
            let message = "The invitation was accepted or revoked, or it has expired.";
            return Err(Refusal::bad_request("invitation_invalid", message));
        };
        let is_known = grants::password_hash(change, &invitation.email).is_some();
        let question = if is_known { Question::Email } else { Question::SignUp };
        let redirect_uri = redirects::default_uri(change);
        let goal = if redirect_uri.is_some() { Goal::Session } else { Goal::Message };
        let request = Authorization {
            client_id: DEFAULT_CLIENT_ID.to_owned(),
            redirect_uri: redirect_uri.unwrap_or_default(),
            invitation_token: Some(token),
            ..Authorization::default()
        };
        Ok((request, goal, question))
    }))
}

/// `GET /reset-password`: where the link of a password reset leads.
pub(super) fn password_reset(
    environment: &Call<'_>,
    head: &Parts,
    _body: &Bytes,
) -> Answer<Response> {
    check_interactive(environment, head)?;
    let reset_token = SecretString::from(query(head).get("token").unwrap_or_default());
    Ok(start(environment, |change| {
        passwords::find_reset(change, &reset_token)?;
        let question = Question::NewPassword { reset_token };
        Ok((Authorization::default(), Goal::Message, question))
    }))
}

/// Opens what does not come from an application: the first page, or why there is none.
fn start(
    environment: &Call<'_>,
    asked: impl FnOnce(&mut Change<'_>) -> Answer<(Authorization, Goal, Question)>,
) -> Response {
    let opened = environment.write(|change| {
        let (request, goal, question) = asked(change)?;
        open(change, request, goal, question)
    });
    match opened {
        Ok((token, row)) => first_page(environment, &token, &row),
        Err(refusal) => refused(&refusal),
    }
}

/// The pages are there only when people are asked.
fn check_interactive(environment: &Call<'_>, head: &Parts) -> Answer<()> {
    match environment.interactive {
        true => Ok(()),
        false => Err(Refusal::not_implemented(&head.method, head.uri.path())),
    }
}

fn first_page(environment: &Call<'_>, token: &SecretString, row: &InteractiveSignIn) -> Response {
    with_cookie(next_page(environment, token, row), token, LIFETIME)
}

/// The page for the question of a row. What was typed belongs to the page before.
fn next_page(environment: &Call<'_>, token: &SecretString, row: &InteractiveSignIn) -> Response {
    let nothing = Parameters(Vec::new());
    let page = environment.read(|view| page(view, row, token, &nothing, None));
    responses::answer(StatusCode::OK, page)
}

/// Takes a form.
pub(super) fn submit(environment: &Call<'_>, head: &Parts, body: &Bytes) -> Answer<Response> {
    check_interactive(environment, head)?;
    let fields = Parameters::read(body);
    let token = SecretString::from(fields.get("token").unwrap_or_default());
    if !has_cookie(head, &token) {
        let message = "This form belongs to a sign-in that this browser did not begin.";
        return Ok(refused(&Refusal::forbidden("sign_in_mismatch", message)));
    }
    let action = head.uri.path().strip_prefix(FORMS).unwrap_or_default();
    let row = match environment.read(|view| find(view, view.now(), &token)) {
        Ok(row) => row,
        Err(refusal) => return Ok(ended(refused(&refusal), &token)),
    };
    let form = Form {
        action,
        fields: &fields,
        caller: caller(head, &row),
        checked: checked_password(environment, action, &row, &fields),
    };
    let done = environment.write(|change| {
        let row = find(change, change.now(), &token)?;
        act(change, row, &form)
    });
    Ok(match done {
        Ok(Outcome::Page(row)) => next_page(environment, &token, &row),
        Ok(Outcome::Leave(url)) => ended(leave(&url), &token),
        Ok(Outcome::End(title, text)) => {
            let page = pages::message(title, text);
            ended(responses::answer(StatusCode::OK, page), &token)
        }
        Err(refusal) if is_final(&refusal) => ended(refused(&refusal), &token),
        Err(refusal) => {
            let page = environment.read(|view| page(view, &row, &token, &fields, Some(&refusal)));
            responses::answer(StatusCode::BAD_REQUEST, page)
        }
    })
}

/// What a request asks for first.
fn first_question(
    change: &mut Change<'_>,
    request: &Authorization,
    goal: &Goal,
    signs_up: bool,
) -> Result<Question, Failure> {
    let connection = match goal {
        Goal::Profile => Some(sso::connection(change, request)?),
        _ => authorize::connection(change, request)?,
    };
    if let Some(connection) = connection {
        events::sso_started(change, &connection, request.login_hint.as_deref());
        return Ok(Question::Account { connection_id: connection.id });
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

/// Checks a password outside of the state: hashing is slow.
fn checked_password(
    environment: &Call<'_>,
    action: &str,
    row: &InteractiveSignIn,
    fields: &Parameters,
) -> Option<(String, bool)> {
    let Question::Password { email } = &row.question else { return None };
    if action != "password" {
        return None;
    }
    let hash = environment.read(|view| grants::password_hash(view, email));
    let given = fields.get("password").unwrap_or_default();
    Some((email.clone(), hash.is_some_and(|hash| hash.verify(given))))
}
