//! The address that the portal is to get, chosen before anything exists.

use askama::Template;
use domain::portal::{DOMAIN_SUFFIX, DomainError, LONGEST_TYPED, PortalDomain};

use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::sign_up_form::capitalised;
use crate::site::SiteSettings;

/// One field; posts to `/portal-address`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal-address.html")]
pub struct PortalAddressPage {
    pub form_token: FormToken,
    /// What the field shows: what was typed, or the next address to try.
    pub portal: String,
    /// What is known of it; `None` where GO1 does not tell.
    pub notice: Option<AddressNotice>,
}

/// What is known of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressNotice {
    /// No portal has it.
    Free { domain: PortalDomain },
    /// Another customer has it. `next`: one that looks free, where there is one.
    Taken { taken: PortalDomain, next: Option<PortalDomain> },
    /// GO1 does not allow it.
    Refused { domain: PortalDomain },
    /// What was typed is no address.
    Malformed(DomainError),
}

impl PortalAddressPage {
    fn heading(&self) -> &'static str {
        if self.error().is_some() { "Choose another portal address" } else { "Your portal’s address" }
    }

    /// What is wrong, in words.
    fn error(&self) -> Option<String> {
        match self.notice.as_ref()? {
            AddressNotice::Free { .. } => None,
            AddressNotice::Taken { taken, next: Some(next) } => {
                Some(format!("Someone else has {taken}. {next} looks free."))
            }
            AddressNotice::Taken { taken, next: None } => Some(format!("Someone else has {taken}.")),
            AddressNotice::Refused { domain } => Some(format!("GO1 doesn’t allow {domain}.")),
            AddressNotice::Malformed(error) => Some(capitalised(&error.to_string())),
        }
    }

    fn label(&self) -> &str {
        self.portal.trim().strip_suffix(DOMAIN_SUFFIX).unwrap_or(self.portal.trim())
    }
}

impl View for PortalAddressPage {
    fn title(&self) -> String {
        let title = self.heading();
        if self.error().is_some() { format!("Error: {title}") } else { title.to_owned() }
    }

    fn step(&self) -> Option<Step> {
        Some(Step::People)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
