//! What Xero knows of people and organisations.

use serde::{Deserialize, Serialize};

use crate::employee::Employee;

/// The roles that may connect an organisation to an app: standard, administrator and adviser.
const CONNECTING_ROLES: [&str; 3] = ["STANDARD", "ADMIN", "FINANCIALADVISER"];

/// Somebody who can log in to Xero.
#[derive(Clone, Debug)]
pub struct XeroUser {
    /// Xero's id of the person, a UUID; the `xero_userid` of the tokens.
    pub user_id: String,
    /// The email, by which the login page knows the person.
    pub email: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
}

/// Somebody who can open an organisation in Xero.
#[derive(Clone, Debug)]
pub struct Member {
    /// The `user_id` of the [`XeroUser`].
    pub user_id: String,
    /// The role; only some let the person connect the organisation to an app.
    pub role: String,
    /// Whether this person may see the payroll.
    pub payroll_administrator: bool,
}

/// One row of an organisation's Users endpoint.
#[derive(Clone, Debug)]
pub struct OrganisationUser {
    /// The id, a UUID.
    pub user_id: String,
    /// The email; none: the key is absent.
    pub email: Option<String>,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// STANDARD, ADMIN, FINANCIALADVISER, READONLY, REMOVED, ... Xero adds to its roles.
    pub role: String,
    /// Whether this person pays for the subscription.
    pub is_subscriber: bool,
}

/// What an organisation has of a payroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayrollState {
    /// There is none in this country: 401, and the payroll action is not allowed.
    NotOffered,
    /// In the plan, never set up: 404 in plain text.
    NotProvisioned,
    /// In the plan, and its API answers nobody: 401, although the payroll action is allowed
    /// (<https://github.com/XeroAPI/Xero-Java/issues/340>).
    Refused,
    /// Set up.
    Ready,
}

/// How the payroll list takes its `page`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayrollPaging {
    /// A hundred a page, each person once.
    #[default]
    Proper,
    /// Every page is the first one (<https://github.com/XeroAPI/Xero-OpenAPI/issues/708>): with a hundred people or
    /// more the list never ends.
    PageIgnored,
    /// Each page begins with the last ten people of the page before. Everybody is there.
    Overlapping,
}

/// One organisation, at Xero also called a tenant.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// The tenant id, a UUID.
    pub tenant_id: String,
    /// The name.
    pub name: String,
    /// Two letters, as in ISO 3166.
    pub country_code: String,
    /// Xero's edition for the country.
    pub version: String,
    /// Three letters, as in ISO 4217.
    pub base_currency: String,
    /// Xero's name of the time zone.
    pub timezone: String,
    /// The short code of deep links.
    pub short_code: String,
    /// The plan: GROW, TRIAL, DEMO, ... Xero adds to its plans.
    pub class: String,
    /// Whether the organisation is closed to everybody: its trial is over, or its subscription has ended. It stays in
    /// the list of connections.
    pub closed: bool,
    /// What there is of a payroll.
    pub payroll: PayrollState,
    /// How the payroll list takes its `page`.
    pub paging: PayrollPaging,
    /// The people on the payroll, in the order in which the list shows them.
    pub employees: Vec<Employee>,
    /// The rows of the Users endpoint.
    pub users: Vec<OrganisationUser>,
    /// Who can open it.
    pub members: Vec<Member>,
}

impl Organisation {
    /// The member through whom an app may be connected and may call: none for a stranger, somebody whose role does not
    /// allow it, and everybody once the organisation is closed.
    pub(crate) fn connecting_member(&self, user_id: &str) -> Option<&Member> {
        let member = self.members.iter().find(|member| member.user_id == user_id)?;
        (!self.closed && CONNECTING_ROLES.contains(&member.role.as_str())).then_some(member)
    }
}

/// An accounting practice: a tenant of Xero's that is no organisation. It can be connected, and answers none of the calls
/// for organisations.
#[derive(Clone, Debug)]
pub struct Practice {
    /// The tenant id, a UUID.
    pub tenant_id: String,
    /// The name.
    pub name: String,
    /// The `user_id` of the [`XeroUser`] whose practice it is.
    pub user_id: String,
}
