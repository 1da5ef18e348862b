//! A page with a single message: what happened, what that means, and the next steps.

use askama::Template;
use jiff::Timestamp;

use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::site::SiteSettings;

/// Xero may still be logged in as the person before, so another person has to log out there first.
pub(crate) const ANOTHER_LOGIN: &str = "If Xero does not ask who you are, log out there first.";

/// The path that begins another consent at Xero for the sign-up of this browser.
pub(crate) const XERO_AGAIN: &str = "/connect?again";

/// A page that consists of one message.
pub(crate) trait MessagePage {
    fn message(&self, frame: &Frame) -> Message;
}

impl<Page: MessagePage> View for Page {
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
        let message = if frame.is_portal() { message.for_administrator() } else { message };
        message.body(site, frame)
    }
}

/// What a page says, and what can be done about it.
pub(crate) struct Message {
    picture: Picture,
    /// The heading, and the page's title.
    pub(crate) heading: &'static str,
    pub(crate) paragraphs: Vec<String>,
    not_before: Option<(Timestamp, String)>,
    external_link: Option<Link>,
    main: Option<NextStep>,
    others: Vec<NextStep>,
    step: Option<Step>,
    /// What support finds the log entry by.
    pub(crate) reference: Option<String>,
    /// Whether to offer help: where the person can do little alone.
    pub(crate) offers_support: bool,
}

/// The small picture above the words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    Done,
    Locked,
    Lost,
    People,
    Stopped,
    Waiting,
}

/// A button that leads on.
pub(crate) enum NextStep {
    Link(Link),
    /// Reads the people again.
    CheckAgain(FormToken),
    /// Continues without importing.
    Skip {
        form_token: FormToken,
        portal_exists: bool,
    },
}

pub(crate) struct Link {
    label: String,
    href: String,
}

impl NextStep {
    pub(crate) fn to(label: &str, href: &str) -> Self {
        Self::Link(Link { label: label.to_owned(), href: href.to_owned() })
    }

    /// Leads a portal's administrator to the overview.
    fn to_the_overview() -> Self {
        Self::to("Back to the overview", PortalTab::Overview.path())
    }

    /// Leads to Xero, to log in as another user.
    pub(crate) fn another_login() -> Self {
        Self::to("Log in to Xero as somebody else", XERO_AGAIN)
    }
}

impl Message {
    pub(crate) fn new(heading: &'static str, picture: Picture) -> Self {
        Self {
            picture,
            heading,
            paragraphs: Vec::new(),
            not_before: None,
            external_link: None,
            main: None,
            others: Vec::new(),
            step: None,
            reference: None,
            offers_support: false,
        }
    }

    /// The step of the sign-up at which the page is shown.
    pub(crate) fn at(mut self, step: impl Into<Option<Step>>) -> Self {
        self.step = step.into();
        self
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(mut self, sentence: &str) -> Self {
        self.paragraphs.push(sentence.to_owned());
        self
    }

    /// When it can be tried again, and that moment in words.
    pub(crate) fn not_before(mut self, at: Timestamp, words: String) -> Self {
        self.not_before = Some((at, words));
        self
    }

    /// Adds a link to another site, which opens in a new tab.
    pub(crate) fn external_link(mut self, label: &str, href: Option<&str>) -> Self {
        self.external_link = href.map(|href| Link { label: label.to_owned(), href: href.to_owned() });
        self
    }

    /// What support finds the log entry by.
    pub(crate) fn with_reference(mut self, reference: &str) -> Self {
        self.reference = Some(reference.to_owned());
        self
    }

    /// The most likely next step, shown as the main button.
    pub(crate) fn main(mut self, way: NextStep) -> Self {
        self.main = Some(way);
        self
    }

    pub(crate) fn other(mut self, way: NextStep) -> Self {
        self.others.push(way);
        self
    }

    /// Replaces links back into the sign-up by links to the overview, for a portal's administrator.
    pub(crate) fn for_administrator(mut self) -> Self {
        for step in self.main.iter_mut().chain(&mut self.others) {
            match step {
                NextStep::Link(link) if matches!(link.href.as_str(), "/" | "/get-started") => {
                    *step = NextStep::to_the_overview();
                }
                NextStep::Skip { .. } => *step = NextStep::to_the_overview(),
                NextStep::Link(_) | NextStep::CheckAgain(_) => {}
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
