//! What we ask Xero for (<https://developer.xero.com/documentation/guides/oauth2/scopes/>).

use domain::country::{Country, PeopleSource};

const PAYROLL: &str = "payroll.employees.read";
/// The scope that also lets us write to payroll. It is never asked for, and whoever granted it has granted [`PAYROLL`].
const PAYROLL_WITH_WRITING: &str = "payroll.employees";

const CONTACTS: &str = "accounting.contacts.read";
/// The scope that also lets us write contacts. It is never asked for, and whoever granted it has granted [`CONTACTS`].
const CONTACTS_WITH_WRITING: &str = "accounting.contacts";

/// The scopes that are asked for: who somebody is, a grant that lasts, the organisation, and in Australia payroll's
/// employees. `contacts`: whether also Xero's contacts, for a group of them. All of them only read.
pub fn scopes(country: Option<Country>, contacts: bool) -> &'static [&'static str] {
    match country.map(Country::people_source) {
        Some(PeopleSource::PayrollEmployees) if contacts => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read", PAYROLL, CONTACTS]
        }
        Some(PeopleSource::PayrollEmployees) => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read", PAYROLL]
        }
        Some(PeopleSource::XeroUsers) if contacts => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read", CONTACTS]
        }
        Some(PeopleSource::XeroUsers) | None => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read"]
        }
    }
}

/// Whether this scope opens the contacts.
pub(crate) fn reads_contacts(scope: &str) -> bool {
    scope == CONTACTS || scope == CONTACTS_WITH_WRITING
}

/// Whether this scope opens payroll's employees.
pub(crate) fn reads_payroll(scope: &str) -> bool {
    scope == PAYROLL || scope == PAYROLL_WITH_WRITING
}
