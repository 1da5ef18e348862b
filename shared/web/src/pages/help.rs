//! The help page: questions and answers.

use askama::Template;

use super::View;
use crate::frame::Frame;
use crate::locale::filters;
use crate::site::SiteSettings;

/// The help article's questions, answered by what this product does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelpPage;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpTemplate<'page> {
    site: &'page SiteSettings,
}

impl View for HelpPage {
    fn title(&self) -> String {
        "Help".to_owned()
    }

    fn is_public(&self) -> bool {
        true
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        HelpTemplate { site }.render_with_values(&frame.locale())
    }
}
