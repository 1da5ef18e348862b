//! Taking an import back: the second step, with exactly what that does.

use askama::Template;
use domain::ids::ImportId;
use domain::portal::PortalDomain;
use jiff::Timestamp;

use super::PortalOrganisation;
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::View;
use crate::site::SiteSettings;
use crate::words;

/// What undoing an import does, with the button that posts to `/portal/undo/{import}`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal/undo.html")]
pub struct UndoPage {
    pub form_token: FormToken,
    pub import: ImportId,
    pub domain: PortalDomain,
    /// The organisation: times are told in its zone.
    pub organisation: PortalOrganisation,
    pub accepted_at: Timestamp,
    /// By whom, where that is known.
    pub by: Option<String>,
    /// How many enrolments it made that nobody has begun: they are taken back.
    pub enrollments: usize,
    /// How many somebody has begun or finished, so that they stay; `None` where GO1 did not say.
    pub begun: Option<usize>,
    /// How many accounts it created, or made active again: they are deactivated.
    pub created: usize,
    /// How many people it gave courses who had an account before: their accounts are not touched.
    pub linked: usize,
    /// How many of its people a later import finished: they are left as they are.
    pub left_out: usize,
    /// How many of its people an earlier undo has taken back.
    pub taken_back: usize,
    /// How many imports the portal has accepted: the form says it back, so that what is shown is what is done.
    pub imports_accepted: u32,
    /// Until when it can be undone.
    pub until: Timestamp,
}

impl View for UndoPage {
    fn title(&self) -> String {
        "Undo this import?".to_owned()
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Overview)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
