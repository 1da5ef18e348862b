//! The contact groups of an American organisation: why Xero has to be asked for them, and which of them has the people.

use askama::Template;
use domain::contact_group::ContactGroup;

use super::message::{Message, MessagePage, NextStep, Picture};
use super::{Step, View};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::site::SiteSettings;
use crate::words;

/// The path that asks Xero for the contacts as well.
const CONTACTS: &str = "/connect?contacts";

/// Where the people were shown before.
const PEOPLE: &str = "/preview/people";

/// Why Xero asks once more: for the contacts. Its link leads to `/connect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactsPermissionPage {
    pub organisation: String,
}

/// One group to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactGroupChoice {
    pub group: ContactGroup,
    /// How many contacts it has, where Xero says.
    pub size: Option<usize>,
    /// Whether the people come from it now.
    pub is_chosen: bool,
}

/// The groups, by name. Posts `group` to `/preview/groups`; without one the Xero users are meant.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "contact-groups.html")]
pub struct ContactGroupsPage {
    pub form_token: FormToken,
    pub organisation: String,
    pub groups: Vec<ContactGroupChoice>,
    /// Xero's page of the contacts, where groups are made.
    pub xero_url: String,
}

impl MessagePage for ContactsPermissionPage {
    fn message(&self, _frame: &Frame) -> Message {
        let organisation = self.organisation.as_str();
        Message::new("Xero will ask you once more", Picture::Locked)
            .at(Step::People)
            .paragraph_of("A contact group holds the people you put in it in Xero. You’ve let us into {}, but not to its contacts.", [organisation])
            .paragraph("Xero will ask you to allow all contacts, because it has no smaller permission. We read the names of your groups, and only the group you choose: first name, last name and email address.")
            .paragraph("We keep nothing about your other contacts, and no addresses, phone numbers, tax or bank details. You can choose another group later, and so can your portal’s administrators.")
            .paragraph_of("In Xero, choose {} again. If you change your mind there, nothing changes here.", [organisation])
            .main(NextStep::to("Continue to Xero", CONTACTS))
            .other(NextStep::to("Back to the people", PEOPLE))
    }
}

impl ContactGroupsPage {
    fn any_chosen(&self) -> bool {
        self.groups.iter().any(|choice| choice.is_chosen)
    }
}

impl View for ContactGroupsPage {
    fn title(&self) -> String {
        "Choose a contact group".to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::People)
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Users)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&frame.locale())
    }
}
