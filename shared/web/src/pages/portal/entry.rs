//! The door from a portal: for one that is not connected, and on the way out.

use domain::portal::PortalDomain;

use crate::frame::Frame;
use crate::pages::message::{Message, Picture, Says, Way};

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

impl Says for PortalConnectPage {
    fn message(&self, _frame: &Frame) -> Message {
        let domain = &self.domain;
        let message = Message::new("This portal is not connected to Xero yet", Picture::Locked)
            .say(&format!("You are an administrator of {domain}. You can connect it to your organisation in Xero, and import its people with five free courses. No second portal is made."));
        let message = if self.was_erased {
            message.say("It was connected before, and what we held of it was erased. Only the same organisation can be connected again, and the places that were used stay used.")
        } else {
            message.say("A portal stays with one organisation, so choose the right one in Xero. It needs to be in the United States or in Australia.")
        };
        message.main(Way::to("Connect it to Xero", "/signup")).or(Way::to("Read the questions and answers", "/help"))
    }
}

impl Says for LoggedOutPage {
    fn message(&self, _frame: &Frame) -> Message {
        Message::new("You are logged out", Picture::Done)
            .say("An import that runs goes on without you. Nothing else happens by itself.")
            .say("To come back, open your portal, go to Integrations, and press Configure at Xero. Or log in with GO1 here.")
            .main(Way::to("Log in with GO1", "/portal/login"))
            .or(Way::to("Go to the start page", "/"))
    }
}
