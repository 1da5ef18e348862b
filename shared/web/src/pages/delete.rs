//! Deleting what somebody entered who has no portal yet: what goes and what stays, and that it is done.

use askama::Template;

use super::message::{Message, MessagePage, NextStep, Picture};
use super::{SignedIn, View};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::locale::filters;
use crate::site::SiteSettings;

/// What goes and what stays, with the button that posts to `/delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletePage {
    pub form_token: FormToken,
    /// The names of the organisations that they confirmed; none where they have not.
    pub organisations: Vec<String>,
    /// Whether Xero lets us in because of them.
    pub is_connected: bool,
    /// Where they are signed in.
    pub signed_in: Vec<SignedIn>,
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeleteTemplate<'page> {
    page: &'page DeletePage,
}

/// It is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedPage {
    /// Whether a connection may be left at Xero, because Xero did not take it back.
    pub left_at_xero: bool,
}

impl View for DeletePage {
    fn title(&self) -> String {
        "Delete what you entered?".to_owned()
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        DeleteTemplate { page: self }.render_with_values(&frame.locale())
    }
}

impl MessagePage for DeletedPage {
    fn message(&self, _frame: &Frame) -> Message {
        let message = Message::new("What you entered is deleted", Picture::Done)
            .paragraph("Your name, your email address and your company are gone, and so is our access to Xero. Backups of our database keep them for up to 35 days, and no one reads those unless the database is lost.");
        let message = if self.left_at_xero {
            message.paragraph("Xero didn’t answer when we ended our access. If Xero still lists GO1 under Settings, Connected apps, disconnect it there too.")
        } else {
            message
        };
        message.main(NextStep::to("Go to the home page", "/")).other(NextStep::to("See what we keep", "/privacy"))
    }
}
