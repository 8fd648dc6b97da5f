//! The routes of a sign-in.

use axum::Router;
use axum::extract::{Path, Query, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::json;
use workos::helpers::authkit::AuthKitAuthorizationUrlParams;
use workos::helpers::cookies::RequestCookies;
use workos::helpers::session::{RefreshError, SessionRefreshOptions};
use workos::helpers::sign_in::{
    FailedSignIn, SignInCallback, SignInFailure, SignInRequest, safe_return_path,
};
use workos::user_management::UserManagementAuthenticationScreenHint as ScreenHint;

use crate::auth::Auth;
use crate::extract::without_layer;
use crate::kit::{AuthKit, RedirectUri};
use crate::pages;
use crate::rejection::{Reason, Rejection, is_for_browser};

/// The paths of all routes but the callback.
pub(crate) const PATHS: [&str; 4] = ["/login", "/signup", "/logout", "/token"];

impl AuthKit {
    /// The routes of a sign-in, for [`Router::merge`].
    ///
    /// | Route | What it does |
    /// |---|---|
    /// | `GET /login` | sends the browser to AuthKit. Takes `return_to`, `login_hint`, `organization_id`, `invitation_token`, `prompt` and `max_age` |
    /// | `GET /signup` | the same, to the page for new users |
    /// | `GET` the path of the redirect URI | completes the sign-in, and returns to `return_to` |
    /// | `POST /logout` | ends the session, also at WorkOS. Takes `return_to`, a URL |
    /// | `POST /switch/{organization}` | switches the session to another organization of the user, through a sign-in if the organization requires one. Takes `return_to` |
    /// | `GET /token` | returns the access token as JSON, if [turned on](Self::token_route) |
    ///
    /// All parameters are in the query. The routes with `POST` refuse what other sites cause, by
    /// `Sec-Fetch-Site` and `Origin`; a form is enough:
    /// `<form method="post" action="/logout"><button>Sign out</button></form>`.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let (login, signup, callback) = (self.clone(), self.clone(), self.clone());
        let mut router = Router::new()
            .route(
                &self.path("/login"),
                get(async move |request: Request| begin(&login, &request, None)),
            )
            .route(
                &self.path("/signup"),
                get(async move |request: Request| {
                    begin(&signup, &request, Some(ScreenHint::SignUp))
                }),
            )
            .route(&self.path("/logout"), post(logout))
            .route(&self.path("/switch/{organization}"), post(switch));
        if self.config.has_token_route {
            router = router.route(&self.path("/token"), get(token));
        }
        if let Some(uri) = &self.config.redirect_uri {
            let complete = async move |request: Request| complete(&callback, request).await;
            router = router.route(&uri.path, get(complete));
        }
        router.layer(self.layer())
    }
}

/// The parameters of `/login` and `/signup`.
#[derive(Deserialize)]
struct LoginQuery {
    return_to: Option<String>,
    login_hint: Option<String>,
    organization_id: Option<String>,
    invitation_token: Option<String>,
    prompt: Option<String>,
    max_age: Option<i64>,
}

fn begin(kit: &AuthKit, request: &Request, screen_hint: Option<ScreenHint>) -> Response {
    let headers = request.headers();
    let query = match Query::<LoginQuery>::try_from_uri(request.uri()) {
        Ok(Query(query)) => query,
        Err(invalid) => {
            return refuse(
                headers,
                StatusCode::BAD_REQUEST,
                "invalid_request",
                &invalid.body_text(),
            );
        }
    };
    let Some(sign_in) = kit.sign_in() else {
        return misconfigured(headers, "AuthKit needs a redirect URI for this route".to_owned());
    };
    let begin = SignInRequest {
        return_path: query.return_to.filter(|path| !is_own(kit, path)),
        custom_state: None,
        authorization: AuthKitAuthorizationUrlParams {
            screen_hint,
            login_hint: query.login_hint,
            organization_id: query.organization_id,
            invitation_token: query.invitation_token.map(Into::into),
            prompt: query.prompt,
            max_age: query.max_age,
            ..AuthKitAuthorizationUrlParams::default()
        },
    };
    match sign_in.begin(begin, &RequestCookies::from_headers(headers)) {
        Ok(begun) => redirect(&begun.url, begun.cookies),
        Err(error) => misconfigured(headers, error.to_string()),
    }
}

/// Whether a path is one of the routes: nobody returns there, or a sign-in would lead to the next.
fn is_own(kit: &AuthKit, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let callback = kit.config.redirect_uri.as_ref().map(|uri| uri.path.as_str());
    callback == Some(path) || PATHS.iter().any(|own| kit.path(own) == path)
}

async fn complete(kit: &AuthKit, request: Request) -> Response {
    let Some(auth) = request.extensions().get::<Auth>().cloned() else {
        return without_layer(false).into_response();
    };
    let Some(sign_in) = kit.sign_in() else { return StatusCode::NOT_FOUND.into_response() };
    let user_agent = auth.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let callback = SignInCallback {
        query: request.uri().query().unwrap_or_default().to_owned(),
        user_agent: user_agent.map(str::to_owned),
        ip_address: None,
    };
    let signed_in = match sign_in.complete(callback, &auth.cookies()).await {
        Ok(signed_in) => signed_in,
        Err(failed) => return not_completed(kit, auth.headers(), failed),
    };
    let (return_path, cookies) = (signed_in.return_path.clone(), signed_in.cookies.clone());
    let sealed = signed_in.sealed.clone();
    if let Err(error) = kit.config.cookies.set(&sealed, &auth.cookies()) {
        return with_cookies(misconfigured(auth.headers(), error.to_string()), cookies);
    }
    if let Some(hook) = &kit.config.on_sign_in
        && let Err(response) = hook(signed_in).await
    {
        return with_cookies(response, cookies);
    }
    auth.set_session(sealed);
    redirect(&return_path, cookies)
}

fn not_completed(kit: &AuthKit, headers: &HeaderMap, failed: FailedSignIn) -> Response {
    let cookies = failed.cookies.clone();
    if let Some(response) = kit.config.on_failure.as_ref().and_then(|hook| hook(&failed)) {
        return with_cookies(response, cookies);
    }
    let login = login_again(kit, failed.return_path.as_deref());
    let link = Some((login.as_str(), "Sign in"));
    let page = |status, title: &str, text: &str| pages::message(status, title, text, link);
    let response = match &failed.reason {
        // Impersonations begin at the dashboard, invitations in emails: this browser has to begin.
        SignInFailure::NotBegun => return redirect(&login, cookies),
        SignInFailure::AnotherBrowser | SignInFailure::Expired => page(
            StatusCode::BAD_REQUEST,
            "Sign in again",
            "This sign-in has ended: it took too long, was completed already, or began in another browser.",
        ),
        SignInFailure::Refused { description, .. } => {
            let text = description.as_deref().unwrap_or("The sign-in was refused.");
            page(StatusCode::FORBIDDEN, "You are not signed in", text)
        }
        _ if failed.is_transient() => {
            let retry_after = match &failed.reason {
                SignInFailure::Failed(error) => error.retry_after(),
                _ => None,
            };
            let reason = Reason::unavailable(retry_after);
            let is_for_browser = is_for_browser(headers);
            Rejection { reason, login: None, is_for_browser }.into_response()
        }
        SignInFailure::StepRequired { .. } => page(
            StatusCode::FORBIDDEN,
            "Another step is required",
            "Sign in again, and complete all steps.",
        ),
        _ => page(StatusCode::BAD_REQUEST, "You are not signed in", "The sign-in did not work."),
    };
    with_cookies(response, cookies)
}

fn login_again(kit: &AuthKit, return_path: Option<&str>) -> String {
    let login = kit.path("/login");
    match return_path {
        Some(path) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!("{login}?{}", query.append_pair("return_to", path).finish())
        }
        None => login,
    }
}

#[derive(Deserialize)]
struct ReturnQuery {
    return_to: Option<String>,
}

async fn logout(auth: Auth, Query(query): Query<ReturnQuery>) -> Response {
    if let Some(refused) = refuse_cross_site(&auth) {
        return refused;
    }
    let return_to = query.return_to.or_else(|| auth.kit().config.after_logout.clone());
    let session = auth.kit().session(&auth.cookies());
    let url = session.ok().and_then(|session| session.logout_url(return_to.as_deref()).ok());
    auth.clear_session();
    // A cookie that cannot be opened names no session that WorkOS could end.
    let url = url.unwrap_or_else(|| "/".to_owned());
    if auth.is_for_browser() {
        redirect(&url, Vec::new())
    } else {
        axum::Json(json!({"logout_url": url})).into_response()
    }
}

async fn switch(
    auth: Auth,
    Path(organization_id): Path<String>,
    Query(query): Query<ReturnQuery>,
) -> Response {
    if let Some(refused) = refuse_cross_site(&auth) {
        return refused;
    }
    let return_path = query.return_to.as_deref().and_then(safe_return_path);
    let return_path = return_path.or_else(|| auth.referring_path()).unwrap_or("/".to_owned());
    let Ok(session) = auth.kit().session(&auth.cookies()) else {
        auth.clear_session();
        return auth.rejection(Reason::SignedOut).into_response();
    };
    let options = SessionRefreshOptions { organization_id: Some(organization_id.clone()) };
    match session.refresh(options).await {
        Ok(refreshed) => {
            auth.set_session(refreshed.sealed);
            if auth.is_for_browser() {
                redirect(&return_path, Vec::new())
            } else {
                StatusCode::NO_CONTENT.into_response()
            }
        }
        Err(RefreshError::StepRequired { .. }) => step_up(&auth, &organization_id, &return_path),
        Err(error) if error.session_is_over() => {
            if !matches!(error, RefreshError::NoSession) {
                auth.clear_session();
            }
            auth.rejection(Reason::SignedOut).into_response()
        }
        Err(error) => auth.rejection(reason_of_switch(&error)).into_response(),
    }
}

/// Why a session was not switched, though it goes on.
fn reason_of_switch(error: &RefreshError) -> Reason {
    let status = error.error().and_then(workos::Error::status);
    match error {
        RefreshError::Configuration(error) => Reason::Misconfigured(error.to_string()),
        RefreshError::Failed(_) if matches!(status, Some(400 | 403 | 404 | 422)) => {
            let message = "The user is not a member of the organization.".to_owned();
            Reason::Forbidden { code: "organization_not_available", message }
        }
        _ => Reason::unavailable(error.retry_after()),
    }
}

/// Signs the user in to an organization that requires a step, such as SSO. The session stays until
/// that is done.
fn step_up(auth: &Auth, organization_id: &str, return_path: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("organization_id", organization_id).append_pair("return_to", return_path);
    let login = format!("{}?{}", auth.kit().path("/login"), query.finish());
    if auth.is_for_browser() {
        return redirect(&login, Vec::new());
    }
    let message = "The organization requires another step to sign in.";
    let body = json!({"code": "step_required", "message": message, "login_url": login});
    (StatusCode::FORBIDDEN, axum::Json(body)).into_response()
}

async fn token(auth: Auth, session: crate::Session) -> Response {
    if let Some(refused) = refuse_cross_site(&auth) {
        return refused;
    }
    match auth.access_token() {
        Some(token) => {
            let expires_at = session.claims.exp.to_string();
            let body = json!({"access_token": token.expose(), "expires_at": expires_at});
            ([(CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
        }
        None => auth.rejection(Reason::SignedOut).into_response(),
    }
}

/// Refuses a request that another site causes: cookies come along with it all the same.
fn refuse_cross_site(auth: &Auth) -> Option<Response> {
    let origin = auth.kit().config.redirect_uri.as_ref();
    if is_same_origin(auth.headers(), origin) {
        return None;
    }
    let message = "This request comes from another site.".to_owned();
    let reason = Reason::Forbidden { code: "cross_site_request", message };
    Some(auth.rejection(reason).into_response())
}

/// Whether a page of this application causes a request, by what no script can set. A request whose
/// cause is not known counts as foreign.
fn is_same_origin(headers: &HeaderMap, own: Option<&RedirectUri>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => own.is_some_and(|own| own.origin.eq_ignore_ascii_case(origin)),
        (None, None) => false,
    }
}

fn redirect(url: &str, cookies: Vec<HeaderValue>) -> Response {
    let Ok(location) = HeaderValue::try_from(url) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let no_store = HeaderValue::from_static("no-store");
    let headers = [(LOCATION, location), (CACHE_CONTROL, no_store)];
    with_cookies((StatusCode::SEE_OTHER, headers).into_response(), cookies)
}

fn with_cookies(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn refuse(headers: &HeaderMap, status: StatusCode, code: &str, message: &str) -> Response {
    if is_for_browser(headers) {
        pages::message(status, "This link does not work", message, None)
    } else {
        (status, axum::Json(json!({"code": code, "message": message}))).into_response()
    }
}

fn misconfigured(headers: &HeaderMap, problem: String) -> Response {
    let reason = Reason::Misconfigured(problem);
    Rejection { reason, login: None, is_for_browser: is_for_browser(headers) }.into_response()
}
