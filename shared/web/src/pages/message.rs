//! A page with a single message: what happened, what that means, and the next steps.

use askama::Template;
use jiff::Timestamp;

use super::{StateIcon, Step, View};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::{Locale, filters};
use crate::site::SiteSettings;

/// Xero may still be logged in as the person before, so another person has to log out there first.
pub(crate) const ANOTHER_LOGIN: &str = "If Xero doesn’t ask who you are, sign out there first.";

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
    paragraphs: Vec<Sentences>,
    not_before: Option<Timestamp>,
    external_link: Option<Link>,
    main: Option<NextStep>,
    others: Vec<NextStep>,
    step: Option<Step>,
    /// What support finds the log entry by.
    pub(crate) reference: Option<String>,
    /// Whether to offer help: where the person can do little alone.
    pub(crate) offers_support: bool,
}

/// Words of ours, with what others wrote in the places of `{}`: only ours are spelt as in the country.
struct Sentences {
    words: &'static str,
    data: Vec<String>,
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
    /// Whether somebody's name stands in the label, which is spelt as it is.
    is_named: bool,
    href: String,
}

impl NextStep {
    pub(crate) fn to(label: &str, href: &str) -> Self {
        Self::Link(Link { label: label.to_owned(), is_named: false, href: href.to_owned() })
    }

    /// The same, where somebody's name stands in the label.
    pub(crate) fn to_named(label: String, href: &str) -> Self {
        Self::Link(Link { label, is_named: true, href: href.to_owned() })
    }

    /// Leads a portal's administrator to the overview.
    fn to_the_overview() -> Self {
        Self::to("Back to the overview", PortalTab::Overview.path())
    }

    /// Leads to Xero, to log in as another user.
    pub(crate) fn another_login() -> Self {
        Self::to("Sign in to Xero as someone else", XERO_AGAIN)
    }
}

impl Sentences {
    fn told(&self, locale: &Locale) -> String {
        let mut data = self.data.iter();
        let mut told = String::new();
        for (number, words) in self.words.split("{}").enumerate() {
            if number > 0 {
                told.push_str(data.next().map(String::as_str).unwrap_or_default());
            }
            told.push_str(&locale.spell(words));
        }
        told
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
            offers_support: picture != Picture::Done,
        }
    }

    /// The step of the sign-up at which the page is shown.
    pub(crate) fn at(mut self, step: impl Into<Option<Step>>) -> Self {
        self.step = step.into();
        self
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(self, words: &'static str) -> Self {
        self.paragraph_of(words, [])
    }

    /// Adds a paragraph about these, which stand in the places of `{}`.
    pub(crate) fn paragraph_of<const N: usize>(mut self, words: &'static str, data: [&str; N]) -> Self {
        self.paragraphs.push(Sentences { words, data: data.map(str::to_owned).into() });
        self
    }

    /// When it can be tried again.
    pub(crate) fn not_before(mut self, at: Timestamp) -> Self {
        self.not_before = Some(at);
        self
    }

    /// The paragraphs as they are read.
    pub(crate) fn told(&self, locale: &Locale) -> Vec<String> {
        self.paragraphs.iter().map(|sentences| sentences.told(locale)).collect()
    }

    /// Adds a link to another site, which opens in a new tab.
    pub(crate) fn external_link(mut self, label: &str, href: Option<&str>) -> Self {
        self.external_link = href.map(|href| Link { label: label.to_owned(), is_named: false, href: href.to_owned() });
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
    paragraphs: Vec<String>,
    site: &'page SiteSettings,
}

impl View for Message {
    fn title(&self) -> String {
        self.heading.to_owned()
    }

    fn step(&self) -> Option<Step> {
        self.step
    }

    fn icon(&self) -> StateIcon {
        if self.picture == Picture::Done { StateIcon::Done } else { StateIcon::Attention }
    }

    fn tab(&self) -> Option<PortalTab> {
        self.step.map(|_| PortalTab::Users)
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        let locale = frame.locale();
        MessageTemplate { message: self, paragraphs: self.told(&locale), site }.render_with_values(&locale)
    }
}
