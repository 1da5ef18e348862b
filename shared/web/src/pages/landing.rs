//! The start page, for whoever has not signed up yet.

use askama::Template;

use super::{View, Width};
use crate::frame::Frame;
use crate::site::SiteSettings;

/// The page that says what is offered and leads to the sign-up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "landing.html")]
pub struct LandingPage {
    /// Our own path of the step at which this browser's sign-up stands, where it has one: the page then offers to go
    /// on.
    pub resume: Option<String>,
}

impl LandingPage {
    /// Whether nothing of the sign-up is left to do.
    fn is_finished(&self) -> bool {
        self.resume.as_deref() == Some("/get-started")
    }

    fn way_on(&self) -> &str {
        self.resume.as_deref().unwrap_or("/signup")
    }
}

impl View for LandingPage {
    fn title(&self) -> String {
        "Five free courses for your team".to_owned()
    }

    fn is_public(&self) -> bool {
        self.resume.is_none()
    }

    fn width(&self) -> Width {
        Width::Full
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
