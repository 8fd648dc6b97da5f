//! The pages of the example.

use axum::response::Html;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use workos_axum::{Session, User};

use crate::world::Organization;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;\
                     padding:0 1rem;color-scheme:light dark}form{display:inline}\
                     header{display:flex;gap:1rem;align-items:center;flex-wrap:wrap}";

fn page(title: &str, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    Html(page.into_string())
}

pub(crate) fn home(user: Option<User>, organizations: &[Organization]) -> Html<String> {
    let Some(user) = user else {
        let content = html! {
            h1 { "Notes" }
            p { a href="/login?return_to=/" { "Sign in" } " or " a href="/signup" { "sign up" } }
        };
        return page("Notes", &content);
    };
    let content = html! {
        header {
            h1 { "Hello, " (user.first_name.as_deref().unwrap_or(&user.email)) }
            form method="post" action="/logout" { button { "Sign out" } }
        }
        h2 { "Organizations" }
        ul {
            @for Organization { id, name, is_current } in organizations {
                li {
                    @if *is_current { strong { (name) } } @else {
                        form method="post" action={ "/switch/" (id) "?return_to=/" } {
                            button { "Switch to " (name) }
                        }
                    }
                }
            }
        }
        p { a href="/notes" { "Notes" } }
    };
    page("Notes", &content)
}

pub(crate) fn notes(notes: &[String], session: &Session) -> Html<String> {
    let content = html! {
        @if let Some(impersonator) = session.impersonator() {
            p role="status" { (impersonator) " is signed in as you." }
        }
        h1 { "Notes" }
        ul { @for note in notes { li { (note) } } }
        form method="post" action="/notes" {
            label for="text" { "New note " }
            input id="text" name="text" required;
            button { "Add" }
        }
        p { a href="/" { "Home" } }
    };
    page("Notes", &content)
}
