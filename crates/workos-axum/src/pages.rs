//! The few pages that a person may see.

use axum::response::{Html, IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:15vh auto;\
                     padding:0 1rem;color-scheme:light dark}";
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A page that says something, with a link to go on.
pub(crate) fn message(
    status: StatusCode,
    title: &str,
    text: &str,
    link: Option<(&str, &str)>,
) -> Response {
    let (title, text) = (escaped(title), escaped(text));
    let link = link
        .map(|(url, label)| format!("<p><a href=\"{}\">{}</a></p>", escaped(url), escaped(label)));
    let link = link.unwrap_or_default();
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p role=\"alert\">{text}</p>{link}</main></body></html>"
    );
    (status, HEADERS, Html(page)).into_response()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http_body_util::BodyExt;

    use super::{escaped, message};

    #[tokio::test]
    async fn the_address_of_a_link_is_no_markup() {
        let page = message(StatusCode::OK, "", "", Some(("/\"><script>", "")));
        let body = page.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("href=\"/&quot;&gt;&lt;script&gt;\""), "{body}");
    }

    #[test]
    fn nothing_that_is_shown_is_markup() {
        assert_eq!(
            escaped("<a href='x' id=\"y\">&"),
            "&lt;a href=&#39;x&#39; id=&quot;y&quot;&gt;&amp;"
        );
    }
}
