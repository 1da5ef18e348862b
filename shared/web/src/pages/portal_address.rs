//! The address asked for is taken: another is chosen, before anything exists.

use askama::Template;
use domain::portal::{DOMAIN_SUFFIX, LONGEST_TYPED};

use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::site::SiteSettings;

/// One field; posts to `/portal-address`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal-address.html")]
pub struct PortalAddressPage {
    pub form_token: FormToken,
    /// What the field shows: what was typed, or the next address to try.
    pub portal: String,
    /// What is wrong with the address before, in words.
    pub error: Option<String>,
}

impl PortalAddressPage {
    fn label(&self) -> &str {
        self.portal.trim().strip_suffix(DOMAIN_SUFFIX).unwrap_or(self.portal.trim())
    }
}

impl View for PortalAddressPage {
    fn title(&self) -> String {
        "Error: Choose another portal address".to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::People)
    }

    fn body(&self, _site: &SiteSettings, _frame: &Frame) -> askama::Result<String> {
        self.render()
    }
}
