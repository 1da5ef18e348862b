//! The people, organisations and practices that the fake Xero holds.

use serde::{Deserialize, Serialize};

use crate::contact::{Contact, ContactGroup};
use crate::employee::Employee;

/// The roles that may connect an organisation to an app.
const CONNECTING_ROLES: [&str; 3] = ["STANDARD", "ADMIN", "FINANCIALADVISER"];

/// Somebody who can log in to Xero.
#[derive(Clone, Debug)]
pub struct XeroUser {
    /// A UUID. Tokens have it as `xero_userid`.
    pub user_id: String,
    /// The email by which the login page knows the person.
    pub email: String,
    pub given_name: String,
    pub family_name: String,
}

/// Somebody who can open an organisation in Xero.
#[derive(Clone, Debug)]
pub struct Member {
    /// The id of the [`XeroUser`].
    pub user_id: String,
    /// The role. Only some of them may connect the organisation to an app.
    pub role: String,
    /// Whether this person may see the payroll.
    pub payroll_administrator: bool,
}

/// A row of an organisation's Users endpoint.
#[derive(Clone, Debug)]
pub struct OrganisationUser {
    /// A UUID.
    pub user_id: String,
    /// The email. With `None` the answer has no such key.
    pub email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    /// STANDARD, ADMIN, FINANCIALADVISER, READONLY, REMOVED, ... Xero adds roles from time to time.
    pub role: String,
    /// Whether this person pays for the subscription.
    pub is_subscriber: bool,
}

/// The state of an organisation's payroll, and how Xero answers a call for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayrollState {
    /// There is no payroll in this country. Xero answers 401, and the payroll action is not allowed.
    NotOffered,
    /// The payroll was never set up. Xero answers 404 in plain text.
    NotProvisioned,
    /// The payroll is set up, and Xero answers 401 to everybody although the payroll action is allowed
    /// (<https://github.com/XeroAPI/Xero-Java/issues/340>).
    Refused,
    Ready,
}

/// How the payroll list treats its parameter `page`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayrollPaging {
    /// A page has a hundred people, and each person is on one page.
    #[default]
    Proper,
    /// Every page is the first one (<https://github.com/XeroAPI/Xero-OpenAPI/issues/708>), so with a hundred people or
    /// more the list never ends.
    PageIgnored,
    /// Each page begins with the last ten people of the page before. Nobody is missing.
    Overlapping,
}

/// An organisation. Xero also calls it a tenant.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// A UUID.
    pub tenant_id: String,
    pub name: String,
    /// Two letters, as in ISO 3166.
    pub country_code: String,
    /// Xero's edition for the country.
    pub version: String,
    /// Three letters, as in ISO 4217.
    pub base_currency: String,
    /// Xero's name of the time zone.
    pub timezone: String,
    /// The code by which links into Xero name the organisation.
    pub short_code: String,
    /// The plan: GROW, TRIAL, DEMO, ... Xero adds plans from time to time.
    pub class: String,
    /// Whether nobody can use the organisation any more, because its trial or its subscription has ended. Its connections
    /// stay in the list of connections.
    pub closed: bool,
    pub payroll: PayrollState,
    pub paging: PayrollPaging,
    /// The people on the payroll, in the order of the list.
    pub employees: Vec<Employee>,
    /// The rows of the Users endpoint.
    pub users: Vec<OrganisationUser>,
    /// The contacts, in the order of the list.
    pub contacts: Vec<Contact>,
    /// The groups of contacts.
    pub contact_groups: Vec<ContactGroup>,
    /// The people who can open it.
    pub members: Vec<Member>,
}

impl Organisation {
    /// The member with this id, if an app may be connected by them and may call for them. That is not so where they are
    /// not a member, where their role does not allow it, and where the organisation is closed.
    pub(crate) fn connecting_member(&self, user_id: &str) -> Option<&Member> {
        let member = self.members.iter().find(|member| member.user_id == user_id)?;
        (!self.closed && CONNECTING_ROLES.contains(&member.role.as_str())).then_some(member)
    }
}

/// An accounting practice: a tenant that is not an organisation. It can be connected, and Xero refuses all calls for it
/// that are for organisations.
#[derive(Clone, Debug)]
pub struct Practice {
    /// A UUID.
    pub tenant_id: String,
    pub name: String,
    /// The id of the [`XeroUser`] whose practice it is.
    pub user_id: String,
}
