//! What the pages of problems share: the links that many of them offer, and how a page is put together.

use jiff::SignedDuration;

use crate::pages::Step;
use crate::pages::message::{Message, NextStep, Picture};
use crate::words::how_long;

pub(super) const GO_ON: (&str, &str) = ("Go on where you stopped", "/");
pub(super) const START: (&str, &str) = ("Go to the start page", "/");
pub(super) const HELP: (&str, &str) = ("Read the questions and answers", "/help");

pub(super) fn wait(who: &str, retry_after: Option<SignedDuration>) -> String {
    match retry_after {
        Some(wait) => format!("{who} asks us to wait {}. Then try again.", how_long(wait)),
        None => "Wait a minute, then try again.".to_owned(),
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
