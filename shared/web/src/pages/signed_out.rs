//! The end of a session on the sign-up's pages, by a press.

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

/// The organisation was disconnected by somebody of whom Xero no longer says that it is theirs, so their session has ended
/// with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisconnectedPage {
    /// The organisation's name.
    pub organisation: String,
}

impl MessagePage for DisconnectedPage {
    fn message(&self, _frame: &Frame) -> Message {
        Message::new("Xero is disconnected", Picture::Done)
            .paragraph_of("We can’t read {} any more. If Xero still lists GO1 under Connected apps, you can disconnect it there.", [&self.organisation])
            .paragraph("Xero didn’t confirm that this organisation is yours, so you’re signed out here too. Nothing changes in GO1.")
            .main(NextStep::to("Sign in with Xero", "/connect"))
            .other(NextStep::to("Go to the home page", "/"))
    }
}
