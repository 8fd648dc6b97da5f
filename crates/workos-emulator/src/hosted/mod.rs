//! What browsers and OAuth clients open at WorkOS: authorization, logout, and OAuth 2.0 endpoints.
//! They take no API key.

mod authorize;
mod device;
#[cfg(feature = "pages")]
mod interactive;
mod logout;
mod oauth2;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

#[cfg(feature = "pages")]
pub(crate) use self::interactive::{device_page, organization_page};
use crate::call::Call;
use crate::reply::{Answer, Refusal, Response};
use crate::sign_in::external::{self, CONTINUE};

/// What answers a request.
pub(crate) type Serve = fn(&Call<'_>, &Parts, &Bytes) -> Answer<Response>;

/// What answers a request with this method and path, if it is one of these.
pub(crate) fn find(method: &Method, path: &str) -> Option<Serve> {
    match (method, path) {
        (&Method::GET, "/user_management/authorize") => Some(authorize::authkit),
        (&Method::GET, "/sso/authorize") => Some(authorize::sso),
        (&Method::GET, "/user_management/sessions/logout") => Some(logout::session),
        (&Method::GET, "/sso/logout") => Some(logout::sso),
        (&Method::GET, "/device") => Some(device::verify),
        #[cfg(feature = "pages")]
        (&Method::GET, "/invite") => Some(interactive::invitation),
        #[cfg(feature = "pages")]
        (&Method::GET, "/reset-password") => Some(interactive::password_reset),
        #[cfg(feature = "pages")]
        (&Method::POST, path) if interactive::is_form(path) => Some(interactive::submit),
        (&Method::POST, "/oauth2/token") => Some(oauth2::token),
        (&Method::GET, "/oauth2/jwks") => Some(oauth2::jwks),
        (&Method::GET, path) if path.starts_with(CONTINUE) => Some(go_on),
        (&Method::GET, path) if oauth2::is_discovery(path) => Some(oauth2::discovery),
        _ => None,
    }
}

/// Comes back from the login page of an application.
fn go_on(environment: &Call<'_>, head: &Parts, _body: &Bytes) -> Answer<Response> {
    let id = head.uri.path().strip_prefix(CONTINUE).unwrap_or_default();
    environment.write(|change| external::go_on(change, id)).and_then(|url| redirect(&url))
}

fn query(head: &Parts) -> Parameters {
    Parameters::read(head.uri.query().unwrap_or_default().as_bytes())
}

/// Sends the browser to a URL.
pub(crate) fn redirect(url: &str) -> Answer<Response> {
    // Only a stand-in for the official emulator takes URIs with spaces.
    let location = HeaderValue::try_from(url.replace(' ', "%20")).map_err(|_| {
        Refusal::bad_request("invalid_redirect_uri", "The redirect URI has invalid characters.")
    })?;
    let mut response = Response::empty(Some(StatusCode::FOUND));
    response.headers.push((header::LOCATION, location));
    response.headers.push((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(response)
}

/// The parameters of a query or a form. Of several with one name the first counts.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// A parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}
