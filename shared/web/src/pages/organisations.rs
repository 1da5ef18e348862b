//! The page on which the owner confirms or chooses the Xero organisation.

use askama::Template;
use domain::country::Country;
use domain::ids::TenantId;
use domain::portal::PortalDomain;

use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::locale::filters;
use crate::site::SiteSettings;
use crate::words::country_name;

/// An organisation that the owner let us into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationChoice {
    /// What the form posts.
    pub tenant: TenantId,
    /// Its name in Xero.
    pub name: String,
    /// Its ISO 3166 code in Xero, empty where Xero has none; `None` where Xero does not show us the organisation now.
    pub country: Option<String>,
    /// What tells it from another of the same name; empty where no other has its name.
    pub differences: Vec<String>,
}

impl OrganisationChoice {
    /// Whether it can be chosen: it is in one of the two countries.
    pub fn is_supported(&self) -> bool {
        self.country.as_deref().is_some_and(|code| Country::from_code(code).is_some())
    }

    fn country_name(&self) -> &str {
        match self.country.as_deref() {
            None => "Xero isn’t showing it to us right now",
            Some("") => "No country given",
            Some(code) => country_name(code),
        }
    }

    /// Whether it is in a country that the offer is not for.
    fn is_unsupported_country(&self) -> bool {
        self.country.is_some() && !self.is_supported()
    }
}

/// The only organisation that the owner connected, for them to confirm. The form posts to `/organisations`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "organisation.html")]
pub struct OrganisationPage {
    pub form_token: FormToken,
    pub organisation: OrganisationChoice,
    /// The portal that is connected with it, instead of a new one.
    pub connecting: Option<PortalDomain>,
}

/// Several organisations to choose from. The form posts to `/organisations`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "organisations.html")]
pub struct OrganisationsPage {
    pub form_token: FormToken,
    /// The organisations in the order to show. Those of other countries are shown and cannot be chosen.
    pub organisations: Vec<OrganisationChoice>,
    /// The portal that is connected with it, instead of a new one.
    pub connecting: Option<PortalDomain>,
    /// Whether the form came back without a choice (answer 422 then).
    pub nothing_chosen: bool,
}

impl OrganisationsPage {
    fn any_supported(&self) -> bool {
        self.organisations.iter().any(OrganisationChoice::is_supported)
    }

    fn any_unsupported(&self) -> bool {
        self.organisations.iter().any(OrganisationChoice::is_unsupported_country)
    }
}

impl View for OrganisationPage {
    fn title(&self) -> String {
        "Confirm your organisation".to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Organisation)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}

impl View for OrganisationsPage {
    fn title(&self) -> String {
        if self.nothing_chosen { "Error: Choose your organisation" } else { "Choose your organisation" }.to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Organisation)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
