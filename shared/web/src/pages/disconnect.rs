//! Disconnecting Xero: what goes and what stays, before the press and after it.

use askama::Template;
use jiff::Timestamp;

use super::View;
use super::message::{Message, NextStep, Picture, XERO_AGAIN};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::site::SiteSettings;

/// What disconnecting does, with the button that posts to `/disconnect`; or, once it is done, that it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisconnectPage {
    pub form_token: FormToken,
    /// Since when the connection is there: the press ends that one, and none that comes after it.
    pub connected_at: Timestamp,
    pub organisation: String,
    /// The portal's address, where there is a portal.
    pub portal: Option<String>,
    /// Where it is done: whether Xero has removed the connection as well.
    pub disconnected: Option<bool>,
}

#[derive(Template)]
#[template(path = "disconnect.html")]
struct DisconnectTemplate<'page> {
    page: &'page DisconnectPage,
    frame: &'page Frame,
}

impl DisconnectPage {
    /// The page to go back to: the portal's, or the one that knows the next step.
    fn way_back(&self, frame: &Frame) -> &'static str {
        if self.portal.is_some() { frame.home() } else { "/" }
    }

    fn done(&self, removed_at_xero: bool, frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        let message = Message::new("Xero is disconnected", Picture::Done);
        let message = if removed_at_xero {
            message.paragraph_of("{} is no longer connected to GO1, and we can’t read its people.", [organisation])
        } else {
            message
                .paragraph_of("We’ve deleted our access to {}, and can’t read its people.", [organisation])
                .paragraph("Xero no longer let us in, so we couldn’t remove the connection there. If Xero still lists GO1 under Settings, Connected apps, disconnect it there too.")
        };
        let message = match &self.portal {
            Some(portal) => {
                message.paragraph_of("Your portal {}, its people and their courses stay as they are.", [portal])
            }
            None => message,
        };
        message
            .paragraph_of("To import people again, sign in with Xero and choose {}.", [organisation])
            .main(NextStep::to(
                match (frame.is_portal(), self.portal.is_some()) {
                    (true, _) => "Back to the overview",
                    (false, true) => "Back to my portal",
                    (false, false) => "Go to the home page",
                },
                self.way_back(frame),
            ))
            // Whoever has just disconnected did so to be disconnected.
            .other(NextStep::to("Sign in with Xero", XERO_AGAIN))
    }
}

impl View for DisconnectPage {
    fn title(&self) -> String {
        match self.disconnected {
            None => "Disconnect Xero?".to_owned(),
            Some(removed_at_xero) => self.done(removed_at_xero, &Frame::SignUp).title(),
        }
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Settings)
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        match self.disconnected {
            None => DisconnectTemplate { page: self, frame }.render_with_values(&frame.locale()),
            Some(removed_at_xero) => self.done(removed_at_xero, frame).body(site, frame),
        }
    }
}
