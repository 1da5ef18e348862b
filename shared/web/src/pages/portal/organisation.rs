//! The organisation behind a portal, and how its connection stands.

use domain::country::Country;
use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use jiff::Timestamp;

use crate::words::{country_name, day_in, moment_in};

/// The organisation whose people a portal has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalOrganisation {
    /// Its name in Xero.
    pub name: String,
    pub country: Country,
    /// Its time zone by its IANA name; times are told in UTC where it is not known.
    pub timezone: Option<String>,
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
            timezone: tenant.organisation.timezone.clone(),
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

    pub(super) fn country_name(&self) -> &'static str {
        match self.country {
            Country::Australia => country_name("AU"),
            Country::UnitedStates => country_name("US"),
        }
    }

    /// A moment in the organisation's zone.
    pub(super) fn moment(&self, at: &Timestamp) -> String {
        moment_in(*at, self.timezone.as_deref())
    }

    /// A day in the organisation's zone.
    pub(super) fn day(&self, at: &Timestamp) -> String {
        day_in(*at, self.timezone.as_deref())
    }

    /// How the connection stands, in words.
    pub(super) fn health(&self) -> Health {
        let name = &self.name;
        let who = self.connected_by.as_deref().unwrap_or("whoever connected it");
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
                    format!("We can read the people of {name} when you ask for it."),
                    "",
                    false,
                    true,
                );
            }
            ConnectionShown::Disconnected { removed_at_xero, .. } => {
                let remedy = if removed_at_xero {
                    ""
                } else {
                    "Xero could not confirm it: if Xero still lists GO1 under Settings, Connected apps, disconnect it there as well."
                };
                let what = format!("We cannot read the people of {name}. Your portal goes on as it is.");
                return stands("Disconnected", what, remedy, true, false);
            }
            ConnectionShown::Trouble { why, .. } => why,
        };
        match why {
            ConnectionTrouble::AccessEnded => stands(
                "Needs reconnect",
                format!(
                    "Xero no longer lets us read {name}. That happens when nothing was read for about two months, or when access was taken back."
                ),
                "The next import begins with a login to Xero.",
                true,
                true,
            ),
            ConnectionTrouble::RemovedAtXero => stands(
                "Needs reconnect",
                format!("Somebody has removed the connection of {name} to GO1 in Xero."),
                "Log in to Xero again to connect it anew.",
                true,
                true,
            ),
            ConnectionTrouble::TrialOver => stands(
                "Needs a plan in Xero",
                format!("{name} was on a trial of Xero. The trial is over, and Xero no longer lets us read it."),
                "Choose a plan in Xero, then check the connection.",
                false,
                true,
            ),
            ConnectionTrouble::RoleLost => stands(
                "Needs reconnect",
                format!(
                    "{name} is connected, but Xero refuses {who} there. The role in it was taken away, or the organisation is closed."
                ),
                "Ask for the role in Xero and check the connection, or log in to Xero as somebody who has one.",
                true,
                true,
            ),
            ConnectionTrouble::PermissionMissing => stands(
                "Needs reconnect",
                format!("We may read {name}, but not its list of people."),
                "Log in to Xero once more, and allow the list of people.",
                true,
                true,
            ),
            ConnectionTrouble::NoPayrollAdministrator => stands(
                "Needs a payroll administrator",
                format!("The people of {name} are in Xero Payroll, and {who} is no payroll administrator there."),
                "Ask for that role in Xero and check the connection, or log in to Xero as somebody who has it.",
                true,
                true,
            ),
        }
    }
}
