//! What browsers get: pages, redirects and cookies.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use maud::Markup;
use workos::SecretString;

use super::FORMS;
use super::accounts::{profile_accounts, provider_accounts};
use crate::fields::fingerprint;
use crate::hosted::Parameters;
use crate::pages::{self, Context, Problem};
use crate::reply::{Refusal, Response};
use crate::state::{Goal, InteractiveSignIn, Question, View};

/// The page for the question of a row, with what was typed and why that does not do.
pub(super) fn page(
    view: &View<'_>,
    row: &InteractiveSignIn,
    token: &SecretString,
    fields: &Parameters,
    refusal: Option<&Refusal>,
) -> Markup {
    let message = refusal.map(Refusal::to_string);
    let problem = refusal.zip(message.as_deref());
    let problem = problem.map(|(refusal, message)| Problem { field: field(row, refusal), message });
    let context = Context { token: token.expose(), problem };
    let typed = |name: &str| fields.get(name).unwrap_or_default();
    let hint = row.request.login_hint.as_deref().unwrap_or_default();
    let email = fields.get("email").unwrap_or(hint);
    let application = application(view, row);
    match &row.question {
        Question::Email => pages::sign_in(&context, application, email),
        Question::SignUp => {
            pages::sign_up(&context, typed("first_name"), typed("last_name"), email)
        }
        Question::Password { email } => pages::password(&context, email),
        Question::ResetSent { email } => pages::reset_sent(&context, email),
        Question::NewPassword { .. } => pages::new_password(&context),
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
            pages::user_code(&context, fields.get("user_code").unwrap_or(user_code(row)))
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
        Goal::Session | Goal::Profile | Goal::Message => "",
    }
}

/// The field that a refusal is about.
fn field(row: &InteractiveSignIn, refusal: &Refusal) -> &'static str {
    match (&row.question, refusal.code()) {
        (Question::SignUp, "password_strength_error")
        | (Question::Password { .. } | Question::NewPassword { .. }, _) => "password",
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

/// The page of a refusal that ends a sign-in, or lets it not begin.
pub(in crate::hosted) fn refused(refusal: &Refusal) -> Response {
    answer(refusal.status, pages::failure(&refusal.to_string()))
}

/// A page as it is sent: nothing keeps, frames or extends it.
pub(super) fn answer(status: StatusCode, page: Markup) -> Response {
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
pub(super) fn leave(url: &str) -> Response {
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
pub(super) fn with_cookie(
    mut response: Response,
    token: &SecretString,
    lifetime: Duration,
) -> Response {
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

/// A response that ends a sign-in, and removes its cookie.
pub(super) fn ended(response: Response, token: &SecretString) -> Response {
    with_cookie(response, token, Duration::ZERO)
}

/// Whether the cookie of a request is that of the sign-in with this token.
pub(super) fn has_cookie(head: &Parts, token: &SecretString) -> bool {
    let name = cookie_name(token);
    let values =
        head.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    // Secrets are compared in a time that does not depend on where they differ.
    let is_token = |value: &str| {
        let given = SecretString::from(value);
        given == *token
    };
    !token.is_empty() && pairs.any(|(own, value)| own == name && is_token(value))
}
