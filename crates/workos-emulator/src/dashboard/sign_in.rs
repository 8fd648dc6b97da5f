//! Asks for the control key, where the emulator has one.

use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};
use workos::SecretString;

use super::{Ask, HOME, layout, to};
use crate::reply::Response;

pub(super) const PATH: &str = "/_emulate/ui/sign-in";

/// The form, with what was wrong with the last key.
pub(super) fn page(problem: Option<&str>) -> Response {
    layout::bare(StatusCode::UNAUTHORIZED, "Sign in", &form(problem))
}

fn form(problem: Option<&str>) -> Markup {
    html! {
        h1 { "Sign in" }
        p {
            "Other machines can reach this emulator, or it was started with a control key. The \
             emulator prints the key when it starts."
        }
        form method="post" action=(PATH) {
            (layout::labelled("key", ("Control key", ""), problem, &html! {
                input id="key" name="key" type="password" required autofocus
                    autocomplete="current-password"
                    aria-invalid=[problem.map(|_| "true")]
                    aria-describedby=[problem.map(|_| "key-problem")];
            }))
            button type="submit" { "Sign in" }
        }
    }
}

/// Takes the key, and remembers this browser.
pub(super) fn enter(ask: &Ask<'_>) -> Response {
    let key = SecretString::from(ask.typed("key"));
    let cookie = ask.environment.access.sign_in(&key);
    match cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        Some(cookie) => {
            let mut response = to(HOME);
            response.headers.push((header::SET_COOKIE, cookie));
            response
        }
        None => page(Some("This is not the control key.")),
    }
}
