//! From a method call to an [`HttpRequest`], without sending anything.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;

use super::options::{IDEMPOTENCY_KEY, RequestOptions};
use super::path::not_empty;
use crate::client::Client;
use crate::operation::Operation;
use crate::query;
use crate::transport::HttpRequest;
use crate::{Error, SecretString};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// How a request authenticates.
#[derive(Clone)]
pub(crate) enum Auth {
    /// The client's API key.
    ApiKey,
    /// Nothing: the endpoint is public, or the body carries the credentials.
    None,
    /// A token other than the API key, such as the access token of an SSO profile.
    Bearer(SecretString),
}

/// A request that can be sent any number of times. It is large, so it is kept in a box.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    /// The absolute URL without its query.
    url: String,
    pub(crate) query: String,
    body: Option<Bytes>,
    /// Whether the body is a form instead of JSON.
    is_form: bool,
    auth: Auth,
    pub(crate) options: RequestOptions,
    /// Whether the operation is paginated.
    pub(crate) pageable: bool,
    /// Whether the server recognizes the request if it arrives twice in quick succession.
    pub(crate) replayable: bool,
}

impl Request {
    pub(crate) fn new(
        client: &Client,
        operation: &'static Operation,
        method: Method,
        path: fmt::Arguments<'_>,
    ) -> Box<Self> {
        let base = client.base_url();
        // Long enough for nearly all paths with their IDs.
        let mut url = String::with_capacity(base.len() + 96);
        url.push_str(base);
        // Writing to a `String` cannot fail.
        let _ = fmt::Write::write_fmt(&mut url, path);
        Box::new(Self {
            operation,
            method,
            url,
            query: String::new(),
            body: None,
            is_form: false,
            auth: Auth::ApiKey,
            options: RequestOptions::default(),
            pageable: false,
            replayable: false,
        })
    }

    pub(crate) fn query<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        params: &T,
    ) -> Result<Box<Self>, Error> {
        self.query =
            query::encode(params).map_err(|error| Error::builder(format!("query: {error}")))?;
        Ok(self)
    }

    pub(crate) fn body<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        body: &T,
    ) -> Result<Box<Self>, Error> {
        // Large enough for most bodies, so that the buffer does not grow step by step.
        let mut json = Vec::with_capacity(512);
        serde_json::to_writer(&mut json, body)
            .map_err(|error| Error::builder(format!("body: {error}")))?;
        self.body = Some(json.into());
        Ok(self)
    }

    /// A body of `application/x-www-form-urlencoded`, which is encoded like a query.
    #[cfg(feature = "helpers")]
    pub(crate) fn form<T: Serialize + ?Sized>(
        mut self: Box<Self>,
        form: &T,
    ) -> Result<Box<Self>, Error> {
        let form = query::encode(form).map_err(|error| Error::builder(format!("form: {error}")))?;
        self.body = Some(form.into());
        self.is_form = true;
        Ok(self)
    }

    pub(crate) fn pageable(mut self: Box<Self>) -> Box<Self> {
        self.pageable = true;
        self
    }

    #[cfg(feature = "user_management")]
    pub(crate) fn replayable(mut self: Box<Self>, replayable: bool) -> Box<Self> {
        self.replayable = replayable;
        self
    }

    pub(crate) fn auth(&mut self, auth: Auth) {
        self.auth = auth;
    }

    /// The token that is sent instead of the API key, if one is.
    pub(crate) fn bearer(&self) -> Option<&SecretString> {
        if let Auth::Bearer(token) = &self.auth { Some(token) } else { None }
    }

    /// The request for the transport.
    pub(crate) fn to_http(&self, client: &Client) -> Result<HttpRequest, Error> {
        let mut url = String::with_capacity(self.url.len() + self.query.len() + 1);
        url.push_str(&self.url);
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        let headers = self.headers(client)?;
        Ok(HttpRequest { method: self.method.clone(), url, headers, body: self.body.clone() })
    }

    fn headers(&self, client: &Client) -> Result<HeaderMap, Error> {
        let invalid = client.settings().invalid.as_ref().or(self.options.invalid.as_ref());
        if let Some(reason) = invalid {
            return Err(Error::builder(reason.as_str()));
        }
        let common = &client.settings().headers;
        let mut headers =
            if self.body.is_some() { &common.with_body } else { &common.plain }.clone();
        if self.is_form {
            headers.insert(header::CONTENT_TYPE, FORM);
        }
        match &self.auth {
            Auth::ApiKey => {}
            Auth::None => drop(headers.remove(header::AUTHORIZATION)),
            Auth::Bearer(token) => {
                not_blank("bearer", token.expose())?;
                let value = bearer(token.expose()).map_err(|_| {
                    Error::builder("bearer: only visible ASCII characters can be sent")
                })?;
                headers.insert(header::AUTHORIZATION, value);
            }
        }
        if let Some(key) = self.options.effective_idempotency_key() {
            not_blank("idempotency_key", key)?;
            let key = HeaderValue::from_str(key).map_err(|_| {
                Error::builder("idempotency_key: only visible ASCII characters can be sent")
            })?;
            headers.insert(IDEMPOTENCY_KEY, key);
        }
        for (name, value) in &self.options.headers {
            headers.insert(name.clone(), value.clone());
        }
        let has_key = client.api_key().is_some() || self.options.has_header(&header::AUTHORIZATION);
        if matches!(self.auth, Auth::ApiKey) && !has_key {
            return Err(Error::builder(
                "there is no API key; set it with ClientBuilder::api_key or in the environment \
                 variable WORKOS_API_KEY",
            ));
        }
        Ok(headers)
    }
}

/// The URL of an endpoint to which a browser is sent; nothing is requested.
pub(crate) fn url<T: Serialize>(client: &Client, path: &str, query: &T) -> Result<String, Error> {
    if let Some(reason) = &client.settings().invalid {
        return Err(Error::builder(reason.as_str()));
    }
    let query = query::encode(query).map_err(|error| Error::builder(format!("query: {error}")))?;
    Ok(format!("{}{path}?{query}", client.base_url()))
}

/// The application of a sign-in: the given client ID, or the client's own.
pub(crate) fn authorization_client_id<'a>(
    client: &'a Client,
    given: Option<&'a str>,
) -> Result<&'a str, Error> {
    match given {
        Some(id) => not_empty("client_id", id.trim()),
        None => client.required_client_id(),
    }
}

/// The [`url`] that begins an authorization code flow (RFC 6749, section 4.1.1).
pub(crate) fn authorization_url<T: Serialize>(
    client: &Client,
    path: &str,
    client_id: &str,
    params: &T,
) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Query<'a, T> {
        response_type: &'static str,
        client_id: &'a str,
        #[serde(flatten)]
        params: &'a T,
    }

    url(client, path, &Query { response_type: "code", client_id, params })
}

/// Refuses a header value that is empty or only white space.
fn not_blank(name: &str, value: &str) -> Result<(), Error> {
    not_empty(name, value.trim()).map(drop)
}

/// The headers of every request of a client, ready to be copied: adding a header costs more than
/// copying all of them.
#[derive(Clone)]
pub(crate) struct CommonHeaders {
    pub(crate) plain: HeaderMap,
    /// With the content type of a body.
    pub(crate) with_body: HeaderMap,
}

impl CommonHeaders {
    /// `authorization` is `None` without an API key.
    pub(crate) fn new(user_agent: HeaderValue, authorization: Option<HeaderValue>) -> Self {
        let mut plain = HeaderMap::new();
        plain.insert(header::USER_AGENT, user_agent);
        plain.insert(header::ACCEPT, JSON);
        // Compressed bodies are not read, so a proxy in between should not compress them either.
        plain.insert(header::ACCEPT_ENCODING, IDENTITY);
        if let Some(authorization) = authorization {
            plain.insert(header::AUTHORIZATION, authorization);
        }
        let mut with_body = plain.clone();
        with_body.insert(header::CONTENT_TYPE, JSON);
        Self { plain, with_body }
    }

    #[cfg(feature = "helpers")]
    pub(crate) fn without_authorization(&self) -> Self {
        let (mut plain, mut with_body) = (self.plain.clone(), self.with_body.clone());
        plain.remove(header::AUTHORIZATION);
        with_body.remove(header::AUTHORIZATION);
        Self { plain, with_body }
    }
}

/// An `Authorization` value that `Debug` does not show.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    Ok(value)
}
