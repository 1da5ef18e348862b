//! What we ask Xero for (<https://developer.xero.com/documentation/guides/oauth2/scopes/>).

use domain::country::{Country, PeopleSource};

const PAYROLL: &str = "payroll.employees.read";
/// The scope that also lets us write to payroll. It is never asked for, and whoever granted it has granted [`PAYROLL`].
const PAYROLL_WITH_WRITING: &str = "payroll.employees";

/// The scopes that are asked for: who somebody is, a grant that lasts, the organisation, and in Australia payroll's
/// employees. All of them only read.
pub fn scopes(country: Option<Country>) -> &'static [&'static str] {
    match country.map(Country::people_source) {
        Some(PeopleSource::PayrollEmployees) => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read", PAYROLL]
        }
        Some(PeopleSource::XeroUsers) | None => {
            &["openid", "profile", "email", "offline_access", "accounting.settings.read"]
        }
    }
}

/// Whether this scope opens payroll's employees.
pub(crate) fn reads_payroll(scope: &str) -> bool {
    scope == PAYROLL || scope == PAYROLL_WITH_WRITING
}
