//! The pages of the hosted sign-in, as HTML: plain forms without scripts. What they say is decided
//! elsewhere.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

const STYLE: &str = concat!(include_str!("tokens.css"), include_str!("style.css"));

/// The Content-Security-Policy of all pages: nothing loads or runs but the one stylesheet.
///
/// It names no `form-action`: browsers would apply it to the redirect back to the application, too.
pub(crate) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = hash(STYLE);
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What the forms of a page have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The token that a form has to bring back.
    pub(crate) token: &'a str,
    pub(crate) problem: Option<Problem<'a>>,
}

/// Why the page is shown again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'a> {
    /// The field that it is about.
    pub(crate) field: &'a str,
    pub(crate) message: &'a str,
}

/// An account that can be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
}

/// A field for text.
struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    autocomplete: &'a str,
    is_first: bool,
    is_optional: bool,
}

impl Default for Field<'_> {
    fn default() -> Self {
        Self {
            name: "",
            label: "",
            kind: "text",
            value: "",
            autocomplete: "off",
            is_first: false,
            is_optional: false,
        }
    }
}

impl Context<'_> {
    fn is_wrong(&self, field: &str) -> bool {
        self.problem.is_some_and(|problem| problem.field == field)
    }

    /// A form that posts to this action.
    fn form(&self, action: &str, content: &Markup) -> Markup {
        html! {
            form method="post" action={ "/authkit/" (action) } novalidate {
                input type="hidden" name="token" value=(self.token);
                (content)
            }
        }
    }

    fn field(&self, field: &Field<'_>) -> Markup {
        let is_wrong = self.is_wrong(field.name);
        let is_focused = if self.problem.is_some() { is_wrong } else { field.is_first };
        html! {
            label for=(field.name) {
                (field.label)
                @if field.is_optional { " (optional)" }
            }
            input
                id=(field.name) name=(field.name) type=(field.kind) value=(field.value)
                autocomplete=(field.autocomplete) autocapitalize="none" spellcheck="false"
                required[!field.is_optional] autofocus[is_focused]
                aria-invalid=[is_wrong.then_some("true")]
                aria-describedby=[is_wrong.then_some("problem")];
        }
    }

    fn email(&self, value: &str, is_first: bool) -> Markup {
        self.field(&Field {
            name: "email",
            label: "Email address",
            kind: "email",
            value,
            autocomplete: "username",
            is_first,
            ..Field::default()
        })
    }

    /// A field for a one-time code.
    fn code(&self, label: &str) -> Markup {
        let is_wrong = self.is_wrong("code");
        html! {
            label for="code" { (label) }
            input.code
                id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
                required autofocus
                aria-invalid=[is_wrong.then_some("true")]
                aria-describedby=[is_wrong.then_some("problem")];
        }
    }

    /// A form with one button.
    fn button(&self, action: &str, name: &str, value: &str, label: &str) -> Markup {
        let button = html! {
            button.other type="submit" name=(name) value=(value) { (label) }
        };
        self.form(action, &button)
    }

    /// Leads back to the first page: as somebody else, or with a new challenge.
    fn start_over(&self) -> Markup {
        self.button("start", "to", "sign-in", "Start over")
    }

    fn page(&self, title: &str, content: &Markup) -> Markup {
        let prefix = if self.problem.is_some() { "Error: " } else { "" };
        let body = html! {
            h1 { (title) }
            @if let Some(problem) = self.problem {
                div.problem id="problem" role="alert" {
                    p { a href={ "#" (problem.field) } { (problem.message) } }
                }
            }
            (content)
        };
        document(&format!("{prefix}{title}"), &body)
    }
}

/// What the head of every page has.
pub(crate) fn head(title: &str, style: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="robots" content="noindex";
        title { (title) }
        style { (PreEscaped(style)) }
    }
}

/// The hash of an inline style or script, for a Content-Security-Policy.
pub(crate) fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(title, STYLE)) }
            body {
                main id="main" {
                    (body)
                    footer { "WorkOS Emulator. Do not enter real passwords." }
                }
            }
        }
    }
}

fn submit(label: &str) -> Markup {
    html! { button type="submit" { (label) } }
}

/// Asks for the email address.
pub(crate) fn sign_in(context: &Context<'_>, application: Option<&str>, email: &str) -> Markup {
    let fields = html! { (context.email(email, true)) (submit("Continue")) };
    let content = html! {
        @if let Some(application) = application {
            p.quiet { "to continue to " strong { (application) } }
        }
        (context.form("email", &fields))
        (context.button("start", "to", "sign-up", "Create an account"))
    };
    context.page("Sign in", &content)
}

/// A form of a login page that is its only one, and what it already knows.
#[derive(Debug)]
pub(crate) struct Single<'a> {
    pub(crate) title: &'a str,
    pub(crate) action: &'a str,
    pub(crate) hidden: Vec<(&'static str, String)>,
}

impl Single<'_> {
    /// Asks for an email address, or for one of these accounts.
    pub(crate) fn email(&self, email: &str, accounts: &[Account]) -> Markup {
        let context = Context { token: "", problem: None };
        let fields = html! { (context.email(email, true)) (submit(self.title)) };
        let content = html! {
            (self.form(&fields))
            @if !accounts.is_empty() {
                details {
                    summary { "Pick an account (" (accounts.len()) ")" }
                    (self.form(&picker(accounts)))
                }
            }
        };
        context.page(self.title, &content)
    }

    /// Asks for one of these organizations.
    pub(crate) fn organization(&self, organizations: &[(String, String)]) -> Markup {
        let buttons = html! {
            @for (id, name) in organizations {
                button.other type="submit" name="organization_id" value=(id) { (name) }
            }
        };
        Context { token: "", problem: None }.page("Select an organization", &self.form(&buttons))
    }

    fn form(&self, content: &Markup) -> Markup {
        html! {
            form method="post" action=(self.action) {
                @for (name, value) in &self.hidden {
                    input type="hidden" name=(name) value=(value);
                }
                (content)
            }
        }
    }
}

fn picker(accounts: &[Account]) -> Markup {
    html! {
        @for account in accounts {
            button.other type="submit" name="email" value=(account.email) {
                @if let Some(name) = &account.name { (name) " " }
                (account.email)
            }
        }
    }
}

/// The last page of a device that was let in without anybody.
pub(crate) fn device_approved() -> Markup {
    let text = html! { p { "You can go back to the device." } };
    Context { token: "", problem: None }.page("Device approved", &text)
}

/// Asks for a new user's name, address and password.
pub(crate) fn sign_up(
    context: &Context<'_>,
    first_name: &str,
    last_name: &str,
    email: &str,
) -> Markup {
    let fields = html! {
        (context.field(&Field {
            name: "first_name", label: "First name", value: first_name,
            autocomplete: "given-name", is_first: true, is_optional: true, ..Field::default()
        }))
        (context.field(&Field {
            name: "last_name", label: "Last name", value: last_name,
            autocomplete: "family-name", is_optional: true, ..Field::default()
        }))
        (context.email(email, false))
        (context.field(&Field {
            name: "password", label: "Password", kind: "password",
            autocomplete: "new-password", ..Field::default()
        }))
        (submit("Create account"))
    };
    let content = html! {
        (context.form("sign-up", &fields))
        (context.button("start", "to", "sign-in", "I have an account"))
    };
    context.page("Create an account", &content)
}

/// Asks for the password, or leads to a code by email.
pub(crate) fn password(context: &Context<'_>, email: &str) -> Markup {
    let fields = html! {
        // Password managers look for the address next to the password.
        input type="hidden" name="email" value=(email) autocomplete="username";
        (context.field(&Field {
            name: "password", label: "Password", kind: "password",
            autocomplete: "current-password", is_first: true, ..Field::default()
        }))
        (submit("Sign in"))
    };
    let content = html! {
        p.quiet { "for " strong { (email) } }
        (context.form("password", &fields))
        (context.button("send-code", "by", "email", "Email me a code"))
        (context.button("send-reset", "by", "email", "Forgot your password?"))
        (context.button("start", "to", "sign-in", "Use another address"))
    };
    context.page("Enter your password", &content)
}

/// Says that a link to choose a new password was sent, if there is an account.
pub(crate) fn reset_sent(context: &Context<'_>, email: &str) -> Markup {
    let content = html! {
        p role="status" {
            "If there is an account for " strong { (email) }
            ", we sent a link to choose a new password there."
        }
        (context.button("start", "to", "sign-in", "Back to sign-in"))
    };
    context.page("Check your email", &content)
}

/// Asks for the new password of a reset.
pub(crate) fn new_password(context: &Context<'_>) -> Markup {
    let fields = html! {
        (context.field(&Field {
            name: "password", label: "New password", kind: "password",
            autocomplete: "new-password", is_first: true, ..Field::default()
        }))
        (submit("Change password"))
    };
    context.page("Choose a new password", &context.form("new-password", &fields))
}

/// Asks for the code of Magic Auth.
pub(crate) fn magic_code(context: &Context<'_>, email: &str) -> Markup {
    let fields = html! { (context.code("Code from the email")) (submit("Sign in")) };
    let content = html! {
        p.quiet { "We sent a code to " strong { (email) } "." }
        (context.form("code", &fields))
        (context.button("send-code", "by", "email", "Send a new code"))
        (context.button("start", "to", "sign-in", "Use another address"))
    };
    context.page("Check your email", &content)
}

/// Asks for the code that verifies an address.
pub(crate) fn email_verification(context: &Context<'_>, email: &str) -> Markup {
    let fields = html! { (context.code("Code from the email")) (submit("Verify")) };
    let content = html! {
        p.quiet { "We sent a code to " strong { (email) } "." }
        (context.form("verify-email", &fields))
        (context.button("send-verification", "by", "email", "Send a new code"))
        (context.start_over())
    };
    context.page("Verify your email address", &content)
}

/// Asks for the code of an authenticator app.
pub(crate) fn second_factor(context: &Context<'_>) -> Markup {
    let fields = html! { (context.code("Code from your authenticator app")) (submit("Continue")) };
    let content = html! {
        (context.form("second-factor", &fields))
        (context.start_over())
    };
    context.page("Confirm that it is you", &content)
}

/// Asks for the code that Radar sent by email.
pub(crate) fn radar_code(context: &Context<'_>) -> Markup {
    let fields = html! { (context.code("Code from the email")) (submit("Continue")) };
    let content = html! {
        p.quiet { "This sign-in is unusual. We sent you a code by email." }
        (context.form("radar", &fields))
        (context.start_over())
    };
    context.page("Confirm that it is you", &content)
}

/// Asks for the phone number for a code of Radar.
pub(crate) fn radar_phone(context: &Context<'_>, phone_number: &str) -> Markup {
    let fields = html! {
        (context.field(&Field {
            name: "phone_number", label: "Phone number with country code", kind: "tel",
            value: phone_number, autocomplete: "tel", is_first: true, ..Field::default()
        }))
        (submit("Text me a code"))
    };
    let content = html! {
        p.quiet { "This sign-in is unusual. Confirm it with a code that we send to your phone." }
        (context.form("radar-phone", &fields))
        (context.start_over())
    };
    context.page("Confirm that it is you", &content)
}

/// Asks for the code that Radar sent to a phone.
pub(crate) fn radar_text(context: &Context<'_>, phone_number: &str) -> Markup {
    let fields = html! { (context.code("Code from the text message")) (submit("Continue")) };
    let content = html! {
        p.quiet { "We sent a code to " strong { (phone_number) } "." }
        (context.form("radar-text", &fields))
        (context.start_over())
    };
    context.page("Check your phone", &content)
}

/// Asks for one of several organizations: IDs and names.
pub(crate) fn organizations(context: &Context<'_>, organizations: &[(String, String)]) -> Markup {
    let choices = html! {
        ul id="organization" {
            @for (place, (id, name)) in organizations.iter().enumerate() {
                li {
                    button.other
                        type="submit" name="organization" value=(id) autofocus[place == 0]
                    { (name) }
                }
            }
        }
    };
    let content = html! {
        (context.form("organization", &choices))
        (context.start_over())
    };
    context.page("Choose an organization", &content)
}

/// The test identity provider: asks for an account, known or new.
pub(crate) fn accounts(
    context: &Context<'_>,
    provider: &str,
    accounts: &[Account],
    email: &str,
    can_hide_email: bool,
) -> Markup {
    let known = html! {
        ul {
            @for account in accounts {
                li {
                    button.other type="submit" name="account" value=(account.id) {
                        @if let Some(name) = &account.name { (name) " · " }
                        (account.email)
                    }
                }
            }
        }
    };
    let new = html! {
        (context.email(email, accounts.is_empty()))
        (context.field(&Field {
            name: "first_name", label: "First name", autocomplete: "given-name",
            is_optional: true, ..Field::default()
        }))
        (context.field(&Field {
            name: "last_name", label: "Last name", autocomplete: "family-name",
            is_optional: true, ..Field::default()
        }))
        (submit("Sign in"))
    };
    let content = html! {
        p.quiet { "This page stands for the identity provider " strong { (provider) } "." }
        @if !accounts.is_empty() {
            h2 { "Pick an account" }
            (context.form("account", &known))
            h2 { "Or type another one" }
        }
        (context.form("account", &new))
        @if can_hide_email {
            (context.button("account", "share", "nothing", "Sign in without an email address"))
        }
        (context.button("account", "decision", "deny", "Refuse"))
    };
    context.page("Test identity provider", &content)
}

/// Asks for the code that a device shows.
pub(crate) fn user_code(context: &Context<'_>, user_code: &str) -> Markup {
    let fields = html! {
        (context.field(&Field {
            name: "user_code", label: "Code on the device", value: user_code, is_first: true,
            ..Field::default()
        }))
        (submit("Continue"))
    };
    let content = html! {
        p.quiet { "Check that this is the code that your device shows." }
        (context.form("device", &fields))
    };
    context.page("Connect a device", &content)
}

/// Asks whether a device may sign in.
pub(crate) fn approval(
    context: &Context<'_>,
    application: &str,
    user_code: &str,
    email: &str,
) -> Markup {
    let buttons = html! {
        button type="submit" name="decision" value="approve" { "Approve" }
        button.other type="submit" name="decision" value="deny" { "Deny" }
    };
    let content = html! {
        p {
            "The device with the code " strong { (user_code) } " wants to sign in to "
            strong { (application) } " as " strong { (email) } "."
        }
        p.quiet { "Approve only a device that you have in front of you." }
        (context.form("decision", &buttons))
    };
    context.page("Approve this device?", &content)
}

/// The last page: there is nothing left to do here.
pub(crate) fn message(title: &str, text: &str) -> Markup {
    document(title, &html! { h1 { (title) } p role="status" { (text) } })
}

/// The last page of a sign-in that cannot go on.
pub(crate) fn failure(text: &str) -> Markup {
    let title = "You cannot sign in";
    document(title, &html! { h1 { (title) } div.problem role="alert" { p { (text) } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\"><script>alert('x')</script>&";

    fn context(problem: Option<Problem<'_>>) -> Context<'_> {
        Context { token: HOSTILE, problem }
    }

    #[test]
    fn whatever_is_shown_is_escaped() {
        let problem = Problem { field: "email", message: HOSTILE };
        let context = context(Some(problem));
        let organizations = [(HOSTILE.to_owned(), HOSTILE.to_owned())];
        let account = Account {
            id: HOSTILE.to_owned(),
            email: HOSTILE.to_owned(),
            name: Some(HOSTILE.to_owned()),
        };
        for page in [
            sign_in(&context, Some(HOSTILE), HOSTILE),
            sign_up(&context, HOSTILE, HOSTILE, HOSTILE),
            password(&context, HOSTILE),
            magic_code(&context, HOSTILE),
            reset_sent(&context, HOSTILE),
            new_password(&context),
            email_verification(&context, HOSTILE),
            second_factor(&context),
            radar_code(&context),
            radar_phone(&context, HOSTILE),
            radar_text(&context, HOSTILE),
            super::organizations(&context, &organizations),
            accounts(&context, HOSTILE, &[account], HOSTILE, true),
            user_code(&context, HOSTILE),
            approval(&context, HOSTILE, HOSTILE, HOSTILE),
            message(HOSTILE, HOSTILE),
            failure(HOSTILE),
        ] {
            let page = page.into_string();
            assert!(!page.contains("<script"), "{page}");
            assert!(page.contains("&lt;script&gt;"), "{page}");
        }
    }

    #[test]
    fn the_field_that_is_wrong_says_so_and_has_the_focus() {
        let problem = Problem { field: "password", message: "It is too short." };
        let page = sign_up(&context(Some(problem)), "", "", "ada@example.com").into_string();
        let input = |name: &str| {
            let start = page.find(&format!("<input id=\"{name}\"")).unwrap_or_default();
            let rest = page.get(start..).unwrap_or_default();
            rest.split('>').next().unwrap_or_default().to_owned()
        };
        let is_marked = |name: &str| {
            let input = input(name);
            let marks = ["aria-invalid=\"true\"", "aria-describedby=\"problem\"", "autofocus"];
            marks.map(|mark| input.contains(mark))
        };
        assert_eq!(is_marked("password"), [true; 3]);
        assert_eq!(is_marked("email"), [false; 3]);
        assert_eq!(is_marked("first_name"), [false; 3]);
        assert!(page.contains("role=\"alert\""), "{page}");
    }
}
