//! The emails and text messages that were sent: [`Outbox`].

use super::{Input, Route, get, ok};
use crate::deliver::outbox::Outbox;
use crate::reply::{Answer, Response};

pub(super) const ROUTES: &[Route] =
    &[get("/_emulate/outbox", emails), get("/_emulate/outbox/texts", texts)];

fn emails(input: &Input<'_>) -> Answer<Response> {
    let query = input.query(&["to"])?;
    let mut emails = Outbox::new(input.environment).all();
    emails.retain(|email| query.text("to").is_none_or(|to| email.to == to));
    ok(&emails)
}

fn texts(input: &Input<'_>) -> Answer<Response> {
    let query = input.query(&["to"])?;
    let mut texts = Outbox::new(input.environment).texts();
    texts.retain(|text| query.text("to").is_none_or(|to| text.to == to));
    ok(&texts)
}
