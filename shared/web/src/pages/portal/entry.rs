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

/// The session was ended by the press on "Log out".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedOutPage;

impl MessagePage for PortalConnectPage {
    fn message(&self, _frame: &Frame) -> Message {
        let domain = &self.domain;
        let message = Message::new("This portal is not connected to Xero yet", Picture::Locked)
            .paragraph(&format!("You are an administrator of {domain}. You can connect it to your organisation in Xero, and import its people with five free courses. No second portal is made."));
        let message = if self.was_erased {
            message.paragraph("It was connected before, and what we held of it was erased. Only the same organisation can be connected again, and the places that were used stay used.")
        } else {
            message.paragraph("A portal stays with one organisation, so choose the right one in Xero. It needs to be in the United States or in Australia.")
        };
        message
            .main(NextStep::to("Connect it to Xero", "/signup"))
            .other(NextStep::to("Read the questions and answers", "/help"))
    }
}

impl MessagePage for LoggedOutPage {
    fn message(&self, _frame: &Frame) -> Message {
        Message::new("You are logged out", Picture::Done)
            .paragraph("An import that runs goes on without you. Nothing else happens by itself.")
            .paragraph("To come back, open your portal, go to Integrations, and press Configure at Xero. Or log in with GO1 here.")
            .main(NextStep::to("Log in with GO1", "/portal/login"))
            .other(NextStep::to("Go to the start page", "/"))
    }
}
