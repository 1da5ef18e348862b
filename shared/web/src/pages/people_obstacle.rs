//! What can stand between the owner and the list of people.

use askama::Template;
use domain::plan::MOST_PEOPLE;
use jiff::SignedDuration;

use super::{Step, View};
use crate::form_token::FormToken;
use crate::site::SiteSettings;
use crate::words::{how_long, thousands};

/// Why there is no list of people to show. Each has its own next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleObstacle {
    /// The organisation has nobody to read.
    Nobody,
    /// Xero Payroll is not set up (Australia).
    PayrollNotSetUp,
    /// The Xero user who consented is no payroll administrator (Australia).
    NoPayrollAdministrator,
    /// The connection was removed at Xero, or has run out.
    ReconnectNeeded,
    /// More people than one look can show.
    TooMany {
        /// How many.
        people: usize,
    },
    /// Xero does not answer, or asks us to wait.
    XeroUnavailable {
        /// How long it asks us to wait.
        retry_after: Option<SignedDuration>,
    },
}

/// The page in place of the people. "Check again" posts to `/preview/people`, "Skip" to `/imports/skip`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "people-obstacle.html")]
pub struct PeopleObstaclePage {
    /// This browser's token.
    pub form_token: FormToken,
    /// The organisation's name.
    pub organisation: String,
    /// What stands in the way.
    pub obstacle: PeopleObstacle,
    /// The place in Xero where it can be mended: payroll settings, or the people. `None` shows no link.
    pub xero_url: Option<String>,
    /// Whether the portal exists; then skipping creates nothing.
    pub portal_exists: bool,
}

impl PeopleObstaclePage {
    fn heading(&self) -> &'static str {
        match self.obstacle {
            PeopleObstacle::Nobody => "There is nobody to import",
            PeopleObstacle::PayrollNotSetUp => "Payroll is not set up in Xero",
            PeopleObstacle::NoPayrollAdministrator => "Your Xero login cannot see payroll",
            PeopleObstacle::ReconnectNeeded => "The connection to Xero has ended",
            PeopleObstacle::TooMany { .. } => "There are too many people for one list",
            PeopleObstacle::XeroUnavailable { .. } => "Xero does not answer",
        }
    }

    fn explanation(&self) -> String {
        let organisation = &self.organisation;
        match self.obstacle {
            PeopleObstacle::Nobody => format!("We looked, and Xero lists nobody at {organisation}."),
            PeopleObstacle::PayrollNotSetUp => format!(
                "The people of an Australian organisation come from Xero Payroll, and {organisation} does not use it yet."
            ),
            PeopleObstacle::NoPayrollAdministrator => format!(
                "You may log in to {organisation}, but only a payroll administrator may read its employees. We got no names."
            ),
            PeopleObstacle::ReconnectNeeded => format!(
                "Xero no longer lets us read {organisation}. Somebody has disconnected it there, or the access has run out."
            ),
            PeopleObstacle::TooMany { people } => format!(
                "Xero lists {} people at {organisation}. We can show {} at a time, and a portal has 200 places.",
                thousands(people),
                thousands(MOST_PEOPLE)
            ),
            PeopleObstacle::XeroUnavailable { retry_after: None } => {
                "We could not read your people. That says nothing about how many there are: the list was not read."
                    .to_owned()
            }
            PeopleObstacle::XeroUnavailable { retry_after: Some(wait) } => {
                format!("Xero is too busy to answer us and asks us to wait {}. The list was not read.", how_long(wait))
            }
        }
    }

    fn remedy(&self) -> &'static str {
        match self.obstacle {
            PeopleObstacle::Nobody => {
                "Add people in Xero and check again, or go on without people and import them later."
            }
            PeopleObstacle::PayrollNotSetUp => {
                "Set payroll up in Xero and check again, or go on without people and import them later."
            }
            PeopleObstacle::NoPayrollAdministrator => {
                "Ask whoever runs payroll to make you a payroll administrator in Xero, or to log in to Xero here themselves. Then check again."
            }
            PeopleObstacle::ReconnectNeeded => {
                "Log in to Xero again. You come back to this step, and nothing that you did is lost."
            }
            PeopleObstacle::TooMany { .. } => {
                "You can create the portal without people now. Please contact support about an import of this size."
            }
            PeopleObstacle::XeroUnavailable { .. } => {
                "Wait a moment, then check again. You can also create the portal now and import people later."
            }
        }
    }

    fn can_check_again(&self) -> bool {
        !matches!(self.obstacle, PeopleObstacle::ReconnectNeeded | PeopleObstacle::TooMany { .. })
    }

    fn can_log_in_again(&self) -> bool {
        matches!(self.obstacle, PeopleObstacle::ReconnectNeeded | PeopleObstacle::NoPayrollAdministrator)
    }

    fn is_waiting(&self) -> bool {
        matches!(self.obstacle, PeopleObstacle::XeroUnavailable { .. })
    }
}

impl View for PeopleObstaclePage {
    fn title(&self) -> String {
        self.heading().to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::People)
    }

    fn body(&self, _site: &SiteSettings) -> askama::Result<String> {
        self.render()
    }
}
