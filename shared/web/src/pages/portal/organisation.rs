//! The organisation behind a portal, and how its connection stands.

use domain::country::{Country, PeopleSource};
use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use jiff::Timestamp;

use crate::words::country_name;

/// The organisation whose people a portal has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalOrganisation {
    /// Its name in Xero.
    pub name: String,
    pub country: Country,
    /// The contact group whose contacts are its people, where one was chosen.
    pub group: Option<String>,
    /// How the connection stands.
    pub connection: ConnectionShown,
    /// Since when it is read with the last consent.
    pub connected_at: Timestamp,
    /// Whose consent that is, where Xero told.
    pub connected_by: Option<String>,
}

/// How the connection to Xero stands, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionShown {
    /// It was there when we last read.
    Connected,
    /// Something kept us from reading.
    Trouble {
        why: ConnectionTrouble,
        /// When we met it.
        at: Timestamp,
    },
    /// Somebody disconnected it here.
    Disconnected {
        at: Timestamp,
        /// Whether Xero confirmed that it is gone there as well.
        removed_at_xero: bool,
    },
}

/// What a state of the connection means, and what to do about it.
pub(super) struct Health {
    /// In a word or two.
    pub(super) state: &'static str,
    pub(super) what: String,
    /// What to do, where there is something.
    pub(super) remedy: Option<String>,
    /// Whether logging in to Xero again helps.
    pub(super) reconnect: bool,
    /// Whether looking once more can show that it works again.
    pub(super) check: bool,
}

impl PortalOrganisation {
    /// What `tenant` says of itself.
    pub fn of(tenant: &Tenant) -> Self {
        let connection = match (&tenant.disconnected, &tenant.trouble) {
            (Some(gone), _) => ConnectionShown::Disconnected { at: gone.at, removed_at_xero: gone.removed_at_xero },
            (None, Some(trouble)) => ConnectionShown::Trouble { why: trouble.why, at: trouble.at },
            (None, None) => ConnectionShown::Connected,
        };
        Self {
            name: tenant.organisation.name.clone(),
            country: tenant.organisation.country,
            group: tenant.chosen_group().map(|group| group.name.clone()),
            connection,
            connected_at: tenant.connected_at,
            connected_by: tenant.connected_by.clone(),
        }
    }

    /// Whether people can be read as things are.
    pub(super) fn can_be_read(&self) -> bool {
        self.connection == ConnectionShown::Connected
    }

    pub(super) fn is_disconnected(&self) -> bool {
        matches!(self.connection, ConnectionShown::Disconnected { .. })
    }

    pub(super) fn may_choose_group(&self) -> bool {
        self.country.people_source() == PeopleSource::XeroUsers
    }

    /// Where its people come from, in words.
    pub(super) fn source(&self) -> String {
        match (self.country.people_source(), &self.group) {
            (PeopleSource::PayrollEmployees, _) => "Xero Payroll".to_owned(),
            (PeopleSource::XeroUsers, None) => "Your Xero users".to_owned(),
            (PeopleSource::XeroUsers, Some(group)) => format!("Your Xero contact group {group}"),
        }
    }

    pub(super) fn country_name(&self) -> &'static str {
        match self.country {
            Country::Australia => country_name("AU"),
            Country::UnitedStates => country_name("US"),
        }
    }

    /// How the connection stands, in words.
    pub(super) fn health(&self) -> Health {
        let name = &self.name;
        let who = self.connected_by.as_deref().unwrap_or("the person who connected it");
        let stands = |state, what, remedy: &str, reconnect, check| Health {
            state,
            what,
            remedy: Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
            reconnect,
            check,
        };
        let why = match self.connection {
            ConnectionShown::Connected => {
                return stands(
                    "Connected",
                    format!("We read the people at {name} only when you ask."),
                    "",
                    false,
                    true,
                );
            }
            ConnectionShown::Disconnected { removed_at_xero, .. } => {
                let remedy = if removed_at_xero {
                    ""
                } else {
                    "Xero couldn’t confirm it. If Xero still lists GO1 under Settings, Connected apps, disconnect it there too."
                };
                let what = format!("We can’t read the people at {name}. Your portal stays as it is.");
                return stands("Disconnected", what, remedy, true, false);
            }
            ConnectionShown::Trouble { why, .. } => why,
        };
        match why {
            ConnectionTrouble::AccessEnded => stands(
                "Needs reconnecting",
                format!(
                    "Xero no longer lets us read {name}. That happens when nothing has been read for about two months, or when our access was removed."
                ),
                "Sign in to Xero again before your next import.",
                true,
                true,
            ),
            ConnectionTrouble::RemovedAtXero => stands(
                "Needs reconnecting",
                format!("Someone removed the connection between {name} and GO1 in Xero."),
                "Sign in to Xero to connect it again.",
                true,
                true,
            ),
            ConnectionTrouble::TrialOver => stands(
                "Needs a plan in Xero",
                format!("{name} was on a Xero trial. It has ended, and Xero no longer lets us read it."),
                "Choose a Xero plan, then check the connection.",
                false,
                true,
            ),
            ConnectionTrouble::RoleLost => stands(
                "Needs reconnecting",
                format!(
                    "{name} is connected, but Xero turns {who} away. They’ve lost their role there, or {name} was closed."
                ),
                "Ask for the role in Xero and check the connection, or sign in to Xero as someone who has one.",
                true,
                true,
            ),
            ConnectionTrouble::PermissionMissing => stands(
                "Needs reconnecting",
                format!("We can read {name}, but not its list of people."),
                "Sign in to Xero once more, and allow the list of people.",
                true,
                true,
            ),
            ConnectionTrouble::NoPayrollAdministrator => stands(
                "Needs a payroll administrator",
                format!("The people at {name} are in Xero Payroll, and {who} isn’t a payroll administrator there."),
                "Ask for that role in Xero and check the connection, or sign in to Xero as someone who has it.",
                true,
                true,
            ),
        }
    }
}
