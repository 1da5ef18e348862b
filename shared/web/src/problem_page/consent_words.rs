//! The words for what goes wrong at a consent at Xero.

use super::message_of::{GO_ON, START, XERO_AGAIN, words};
use crate::pages::Step;
use crate::pages::message::{self, Message, Picture};
use crate::problem::ConsentProblem;

pub(super) fn of(problem: ConsentProblem) -> Message {
    let xero = |title, links: &[(&str, &str)]| words(title, Picture::Stopped, Some(Step::Xero), links);
    match problem {
        ConsentProblem::Denied => xero("You didn’t allow access", &[XERO_AGAIN, START])
            .paragraph("Xero tells us you said no. That’s fine: nothing was read, and nothing was changed.")
            .paragraph("We need access to find your organisation and read names and email addresses. We read nothing else."),
        ConsentProblem::ContactsDenied => words("You didn’t allow contacts", Picture::Stopped, Some(Step::People), &[("Back to the people", "/preview/people"), ("Choose a contact group", "/preview/groups")])
            .paragraph("Xero tells us you said no. That’s fine: nothing was read, and nothing was changed. Your people are where they were.")
            .paragraph("To choose a contact group, you can allow contacts later."),
        ConsentProblem::Expired => xero("That took more than ten minutes", &[XERO_AGAIN])
            .paragraph("To keep your account safe, a Xero sign-in is valid for ten minutes. Nothing was connected."),
        ConsentProblem::Replayed => xero("This sign-in was already used", &[GO_ON, XERO_AGAIN])
            .paragraph("Each sign-in from Xero works once. You’ve probably reloaded the page or gone back."),
        ConsentProblem::AnotherBrowser => {
            xero("This sign-in began in another browser", &[("Sign in to Xero in this browser", message::XERO_AGAIN), GO_ON])
                .paragraph("Please carry on in the browser or window where you started. It’s the only one we accept Xero’s answer in, so that no one can connect their Xero to your account.")
                .paragraph("If you signed in from two windows at once, only the last one counts: pick up where you left off.")
                .paragraph("If it was this browser, its cookies were cleared or are blocked. Allow them for this site, then sign in again.")
        }
        ConsentProblem::Unknown => xero("We didn’t expect this answer from Xero", &[XERO_AGAIN, START])
            .paragraph("The link is incomplete, or it isn’t ours. Nothing was connected."),
        ConsentProblem::CodeRejected => xero("Xero didn’t confirm your sign-in", &[XERO_AGAIN])
            .paragraph("Xero let you in, but then rejected its own confirmation. This usually fixes itself. Nothing was connected."),
        ConsentProblem::TokenInvalid => xero("We couldn’t verify your Xero sign-in", &[XERO_AGAIN])
            .paragraph("What Xero sent us about your sign-in has no signature that we can trust, so we didn’t use it. Nothing was connected.")
            .paragraph("If it happens again, please tell support."),
        ConsentProblem::XeroError => xero("Xero reported an error", &[XERO_AGAIN, START])
            .paragraph("Xero couldn’t finish your sign-in. Nothing was connected. Wait a moment, then sign in again."),
        ConsentProblem::AccessEnded => xero("Xero no longer lets us in", &[XERO_AGAIN, START])
            .paragraph("Our access was removed in Xero, or it expired. Sign in to Xero again to continue."),
        ConsentProblem::NoOrganisation => xero("You didn’t choose an organisation", &[XERO_AGAIN, START])
            .paragraph("You signed in to Xero without giving us access to an organisation. Sign in again, and choose the one whose people you’d like to import."),
    }
}
