//! What is kept of an owner and their people, and for how long: what `docs/data.md` says, in an owner's words.

use askama::Template;

use super::View;
use crate::frame::Frame;
use crate::locale::filters;
use crate::site::SiteSettings;

/// The page that says what is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrivacyPage;

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyTemplate<'page> {
    site: &'page SiteSettings,
}

impl View for PrivacyPage {
    fn title(&self) -> String {
        "What we keep, and for how long".to_owned()
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        PrivacyTemplate { site }.render_with_values(&frame.locale())
    }
}
