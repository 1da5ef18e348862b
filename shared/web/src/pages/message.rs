//! A page that says one thing: what happened, what that means, and the ways on.

use askama::Template;
use jiff::Timestamp;

use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::site::SiteSettings;

/// Somebody who comes as another person may have to say so at Xero first.
pub(crate) const ANOTHER_LOGIN: &str = "If Xero does not ask who you are, log out there first.";

/// To Xero once more, for the sign-up of this browser.
pub(crate) const XERO_AGAIN: &str = "/connect?again";

/// A page that is no more than a message.
pub(crate) trait Says {
    fn message(&self, frame: &Frame) -> Message;
}

impl<Page: Says> View for Page {
    fn title(&self) -> String {
        self.message(&Frame::SignUp).title()
    }

    fn step(&self) -> Option<Step> {
        self.message(&Frame::SignUp).step()
    }

    fn tab(&self) -> Option<PortalTab> {
        self.message(&Frame::SignUp).tab()
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        let message = self.message(frame);
        let message = if frame.is_portal() { message.for_portal() } else { message };
        message.body(site, frame)
    }
}

/// What a page says, and what can be done about it.
pub(crate) struct Message {
    picture: Picture,
    /// The heading, and the page's title.
    pub(crate) heading: &'static str,
    pub(crate) said: Vec<String>,
    not_before: Option<(Timestamp, String)>,
    outward: Option<Link>,
    main: Option<Way>,
    others: Vec<Way>,
    step: Option<Step>,
    /// What support finds the log entry by.
    pub(crate) reference: Option<String>,
    /// Whether to offer help: where the person can do little alone.
    pub(crate) offers_support: bool,
}

/// Which small picture stands above the words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    Done,
    Locked,
    Lost,
    People,
    Stopped,
    Waiting,
}

/// A way on.
pub(crate) enum Way {
    Link(Link),
    /// Reads the people again.
    CheckAgain(FormToken),
    /// On without importing.
    Skip {
        form_token: FormToken,
        portal_exists: bool,
    },
}

pub(crate) struct Link {
    label: String,
    href: String,
}

impl Way {
    pub(crate) fn to(label: &str, href: &str) -> Self {
        Self::Link(Link { label: label.to_owned(), href: href.to_owned() })
    }

    /// To the overview of a portal's administrator.
    fn to_the_overview() -> Self {
        Self::to("Back to the overview", PortalTab::Overview.path())
    }

    /// To Xero, with another login.
    pub(crate) fn somebody_else() -> Self {
        Self::to("Log in to Xero as somebody else", XERO_AGAIN)
    }
}

impl Message {
    pub(crate) fn new(heading: &'static str, picture: Picture) -> Self {
        Self {
            picture,
            heading,
            said: Vec::new(),
            not_before: None,
            outward: None,
            main: None,
            others: Vec::new(),
            step: None,
            reference: None,
            offers_support: false,
        }
    }

    /// Where on the journey it is said.
    pub(crate) fn at(mut self, step: impl Into<Option<Step>>) -> Self {
        self.step = step.into();
        self
    }

    /// One paragraph more.
    pub(crate) fn say(mut self, sentence: &str) -> Self {
        self.said.push(sentence.to_owned());
        self
    }

    /// When it can be tried again, and that moment in words.
    pub(crate) fn not_before(mut self, at: Timestamp, words: String) -> Self {
        self.not_before = Some((at, words));
        self
    }

    /// A place of somebody else's, which opens beside this page.
    pub(crate) fn outward(mut self, label: &str, href: Option<&str>) -> Self {
        self.outward = href.map(|href| Link { label: label.to_owned(), href: href.to_owned() });
        self
    }

    /// What support finds the log entry by.
    pub(crate) fn with_reference(mut self, reference: &str) -> Self {
        self.reference = Some(reference.to_owned());
        self
    }

    /// The way on that most will want.
    pub(crate) fn main(mut self, way: Way) -> Self {
        self.main = Some(way);
        self
    }

    pub(crate) fn or(mut self, way: Way) -> Self {
        self.others.push(way);
        self
    }

    /// The same with the ways back of a portal's administrator, for whom a sign-up has no next step.
    pub(crate) fn for_portal(mut self) -> Self {
        for way in self.main.iter_mut().chain(&mut self.others) {
            match way {
                Way::Link(link) if matches!(link.href.as_str(), "/" | "/get-started") => *way = Way::to_the_overview(),
                Way::Skip { .. } => *way = Way::to_the_overview(),
                Way::Link(_) | Way::CheckAgain(_) => {}
            }
        }
        self
    }

    fn is_warning(&self) -> bool {
        self.picture == Picture::Stopped
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageTemplate<'page> {
    message: &'page Message,
    site: &'page SiteSettings,
}

impl View for Message {
    fn title(&self) -> String {
        self.heading.to_owned()
    }

    fn step(&self) -> Option<Step> {
        self.step
    }

    fn tab(&self) -> Option<PortalTab> {
        self.step.map(|_| PortalTab::Users)
    }

    fn body(&self, site: &SiteSettings, _frame: &Frame) -> askama::Result<String> {
        MessageTemplate { message: self, site }.render()
    }
}
