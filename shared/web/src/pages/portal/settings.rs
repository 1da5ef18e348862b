//! The settings: how the integration is used, what is held and until when, who did what, and the ways to end it.

use askama::Template;
use domain::audit::AuditEntry;
use domain::portal::{PLACES, PortalDomain};
use jiff::Timestamp;

use super::PortalOrganisation;
use super::trail;
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::pages::{SignedIn, View, Width};
use crate::site::SiteSettings;
use crate::words;

/// How many entries of the trail stand open.
const OPEN_ENTRIES: usize = 10;

/// How the integration is used and can be ended.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal/settings.html")]
pub struct SettingsPage {
    pub form_token: FormToken,
    pub domain: PortalDomain,
    /// The organisation, and how its connection stands.
    pub organisation: PortalOrganisation,
    /// How it has been used.
    pub usage: Usage,
    /// What is held now.
    pub held: StoredData,
    /// Who did what, the newest first.
    pub trail: Vec<AuditEntry>,
    /// Whether there are older entries that are not in `trail`.
    pub older: bool,
    /// Who is signed in now.
    pub signed_in: Vec<SignedIn>,
    /// Whether everybody else was signed out by the press that led here.
    pub others_signed_out: bool,
    /// Who signed up, and gets in by a login at Xero; `None` where that was ended.
    pub owner: Option<String>,
    /// Whether it was ended by the press that led here.
    pub owner_ended: bool,
}

/// How the integration has been used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many imports have been confirmed, undos not counted.
    pub imports: usize,
    /// How many of the places are used.
    pub places_used: u32,
    /// How many accounts were made for that.
    pub accounts: usize,
    /// When the last import was confirmed.
    pub last_import: Option<Timestamp>,
    /// By whom, where that is known.
    pub last_by: Option<String>,
}

/// What is held of people, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredData {
    /// Until when the list that was last looked at is kept; `None` where there is none.
    pub plan_until: Option<Timestamp>,
    /// Of how many imports the names are still kept.
    pub imports_with_names: usize,
    /// Until when the last of them are.
    pub names_until: Option<Timestamp>,
    /// Whether there is access to Xero, sealed.
    pub xero_access: bool,
    /// Whether there is access to the portal, sealed.
    pub go1_access: bool,
    /// Which employee has which account, without names: how many.
    pub members: usize,
}

impl SettingsPage {
    fn others_are_in(&self) -> bool {
        self.signed_in.iter().any(|browser| !browser.is_here)
    }

    fn newest(&self) -> &[AuditEntry] {
        &self.trail[..self.trail.len().min(OPEN_ENTRIES)]
    }

    fn others(&self) -> &[AuditEntry] {
        &self.trail[self.newest().len()..]
    }
}

impl View for SettingsPage {
    fn title(&self) -> String {
        "Xero: Settings".to_owned()
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Settings)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
