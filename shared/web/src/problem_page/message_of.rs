//! What the pages of problems share: the links that many of them offer, and how a page is put together.

use jiff::SignedDuration;

use crate::pages::Step;
use crate::pages::message::{self, Message, NextStep, Picture};
use crate::words::how_long;

pub(super) const GO_ON: (&str, &str) = ("Pick up where you left off", "/");
pub(super) const XERO_AGAIN: (&str, &str) = ("Sign in to Xero again", message::XERO_AGAIN);
pub(super) const START: (&str, &str) = ("Go to the home page", "/");
pub(super) const HELP: (&str, &str) = ("Read the help page", "/help");

/// Adds how long to wait before the next try.
pub(super) fn waiting(message: Message, who: &str, retry_after: Option<SignedDuration>) -> Message {
    match retry_after {
        Some(wait) => message.paragraph_of("{} asks us to wait {}. Please try again then.", [who, &how_long(wait)]),
        None => message.paragraph("Give it a minute, then try again."),
    }
}

/// The first link is the page's main way on.
pub(super) fn words(heading: &'static str, picture: Picture, step: Option<Step>, links: &[(&str, &str)]) -> Message {
    let message = Message::new(heading, picture).at(step);
    match links {
        [] => message,
        [(label, href), others @ ..] => {
            others.iter().fold(message.main(NextStep::to(label, href)), |message, (label, href)| {
                message.other(NextStep::to(label, href))
            })
        }
    }
}
