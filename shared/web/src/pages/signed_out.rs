//! The end of a session on the sign-up's pages.

use crate::frame::Frame;
use crate::pages::message::{Message, MessagePage, NextStep, Picture};

/// The session was ended by the press on "Sign out".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOutPage {
    /// Whether those of the person's other browsers were too.
    pub everywhere: bool,
}

impl MessagePage for SignedOutPage {
    fn message(&self, _frame: &Frame) -> Message {
        let heading = if self.everywhere { "You’re signed out of all browsers" } else { "You’re signed out" };
        Message::new(heading, Picture::Done)
            .paragraph("What you’ve done so far is saved, and a running import carries on without you. Nothing else happens on its own.")
            .paragraph("To come back, sign in with Xero. This doesn’t sign you out of Xero or GO1.")
            .main(NextStep::to("Sign in with Xero", "/connect"))
            .other(NextStep::to("Go to the home page", "/"))
    }
}
