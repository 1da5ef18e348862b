//! Two pages for whoever comes from a portal's Integrations page: the portal is not connected, and the session was
//! ended.

use domain::portal::PortalDomain;

use crate::frame::Frame;
use crate::pages::message::{Message, MessagePage, NextStep, Picture};

/// An administrator of a portal that is not connected to Xero. Its main link leads to `/signup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalConnectPage {
    pub domain: PortalDomain,
    /// Whether it was connected once, and what was held of it was erased.
    pub was_erased: bool,
}

/// The session was ended by the press on "Sign out".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedOutPage;

impl MessagePage for PortalConnectPage {
    fn message(&self, _frame: &Frame) -> Message {
        let message = Message::new("Your portal isn’t connected to Xero yet", Picture::Locked)
            .paragraph_of("You’re an administrator of {}. Connect it to your organisation in Xero, and you can import people with five free courses. You won’t get a second portal.", [self.domain.as_str()]);
        let message = if self.was_erased {
            message.paragraph("It was connected before, and what we held was erased. Only the same organisation can be connected again, and places that were used stay used.")
        } else {
            message.paragraph("A portal stays with one organisation, so make sure you choose the right one in Xero. It needs to be in the United States or Australia.")
        };
        message.main(NextStep::to("Connect to Xero", "/signup")).other(NextStep::to("Read the help page", "/help"))
    }
}

impl MessagePage for LoggedOutPage {
    fn message(&self, _frame: &Frame) -> Message {
        Message::new("You’re signed out", Picture::Done)
            .paragraph("A running import carries on without you. Nothing else happens on its own.")
            .paragraph("To come back, open your portal, go to Integrations, and press Configure on the Xero tile. Or sign in with GO1 here.")
            .main(NextStep::to("Sign in with GO1", "/portal/login"))
            .other(NextStep::to("Go to the home page", "/"))
    }
}
