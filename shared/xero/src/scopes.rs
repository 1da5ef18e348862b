//! What we ask Xero for (<https://developer.xero.com/documentation/guides/oauth2/scopes/>).

use domain::country::{Country, PeopleSource};

const PAYROLL: &str = "payroll.employees.read";
/// Never asked for; it holds the one above.
const PAYROLL_WITH_WRITING: &str = "payroll.employees";

/// What is asked for: who they are, a grant that lasts, the organisation; in Australia payroll's employees. Reading
/// only.
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
