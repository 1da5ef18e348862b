//! Erasing what is held: the second step, with everything that goes and everything that stays.

use askama::Template;
use domain::ids::ImportId;
use domain::portal::{PLACES, PortalDomain};

use super::PortalOrganisation;
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::View;
use crate::site::SiteSettings;
use crate::words;

/// What erasing does, with the button that posts to `/portal/erase`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal/erase.html")]
pub struct ErasePage {
    pub form_token: FormToken,
    pub domain: PortalDomain,
    /// The organisation, and how its connection stands.
    pub organisation: PortalOrganisation,
    /// How many of the places are used.
    pub places_used: u32,
    /// The import or undo that runs now: nothing can be erased until it has ended.
    pub running: Option<ImportId>,
    /// Whether an erasure was begun before and cut off: pressing again ends it.
    pub begun: bool,
    /// How many imports there were, for the form to say back.
    pub imports_accepted: u32,
    /// What came of the press before.
    pub notice: Option<EraseNotice>,
}

/// Why a press has not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseNotice {
    /// There was an import since the page was opened, so there is more to erase than it said.
    Outdated,
    /// Xero does not answer.
    XeroUnavailable,
}

impl ErasePage {
    fn places_left(&self) -> u32 {
        PLACES.saturating_sub(self.places_used)
    }
}

impl View for ErasePage {
    fn title(&self) -> String {
        "Erase what we hold?".to_owned()
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Settings)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
