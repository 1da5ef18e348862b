//! The people of an organisation: in Australia its payroll's employees, in the United States its Xero users.

use std::collections::HashSet;

use domain::country::PeopleSource;
use domain::ids::{EmployeeId, TenantId};
use domain::people::{PersonStatus, SourcePerson};
use domain::text::line;
use secrecy::SecretString;
use serde::Deserialize;

use crate::client::{Read, XeroClient, about};
use crate::error::{Trace, XeroError};

/// How many employees Payroll AU puts on a page (<https://developer.xero.com/documentation/api/payrollau/overview>).
const PAGE_SIZE: usize = 100;

/// One page more than a plan can hold people, so that too many are seen to be too many.
const MOST_PAGES: usize = domain::plan::MOST_PEOPLE / PAGE_SIZE + 1;

#[derive(Deserialize)]
struct Employees {
    #[serde(rename = "Employees")]
    employees: Vec<Employee>,
}

/// The five fields that we may know; everything else of an employee is skipped unread.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Employee {
    #[serde(rename = "EmployeeID")]
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Users {
    #[serde(rename = "Users")]
    users: Vec<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    #[serde(rename = "UserID")]
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email_address: Option<String>,
    organisation_role: Option<String>,
}

impl From<Employee> for SourcePerson {
    fn from(employee: Employee) -> Self {
        // A status that Xero may add one day is nobody whom we can take for employed.
        let active = employee.status.is_some_and(|status| status.eq_ignore_ascii_case("ACTIVE"));
        Self {
            employee_id: EmployeeId::new(employee.id),
            given_name: name(employee.first_name.as_deref()),
            family_name: name(employee.last_name.as_deref()),
            email: employee.email.into(),
            status: if active { PersonStatus::Active } else { PersonStatus::Left },
        }
    }
}

impl From<User> for SourcePerson {
    fn from(user: User) -> Self {
        let role = user.organisation_role.unwrap_or_default().to_ascii_uppercase();
        Self {
            employee_id: EmployeeId::new(user.id),
            given_name: name(user.first_name.as_deref()),
            family_name: name(user.last_name.as_deref()),
            email: user.email_address.into(),
            status: match role.as_str() {
                "REMOVED" => PersonStatus::Left,
                "FINANCIALADVISER" => PersonStatus::Adviser,
                _ => PersonStatus::Active,
            },
        }
    }
}

fn name(text: Option<&str>) -> String {
    text.map(line).unwrap_or_default()
}

impl XeroClient {
    /// Everybody, in Xero's order, each once. Of more than [`domain::plan::MOST_PEOPLE`] only so many are read that it
    /// shows. Lists only: an employee's own page has their tax file number and bank accounts.
    pub async fn people(
        &self,
        token: &SecretString,
        tenant: &TenantId,
        source: PeopleSource,
    ) -> Result<Vec<SourcePerson>, XeroError> {
        match source {
            PeopleSource::PayrollEmployees => self.employees(token, tenant).await,
            PeopleSource::XeroUsers => self.users(token, tenant).await,
        }
    }

    async fn employees(&self, token: &SecretString, tenant: &TenantId) -> Result<Vec<SourcePerson>, XeroError> {
        let mut people = Vec::new();
        let mut seen = HashSet::new();
        for page in 1..=MOST_PAGES {
            let call =
                about(&self.settings.payroll_url, token, tenant, &["Employees"]).query("page", &page.to_string());
            let read = Read { call: "employees", payroll: true };
            let (body, trace) = self.read::<Employees>(read, call.build()).await?;
            let rows = body.employees.len();
            let known = people.len();
            add(&mut people, &mut seen, body.employees);
            // Also where it repeats people of the page before: they moved while we read.
            if rows < PAGE_SIZE {
                break;
            }
            if people.len() == known {
                return Err(XeroError::Loop { trace });
            }
        }
        Ok(people)
    }

    async fn users(&self, token: &SecretString, tenant: &TenantId) -> Result<Vec<SourcePerson>, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["Users"]);
        let read = Read { call: "users", payroll: false };
        let (body, _): (Users, Trace) = self.read(read, call.build()).await?;
        let mut people = Vec::new();
        add(&mut people, &mut HashSet::new(), body.users);
        Ok(people)
    }
}

/// Adds those who are not there yet: Xero promises no order over pages, so somebody can move from one to the next.
fn add(people: &mut Vec<SourcePerson>, seen: &mut HashSet<EmployeeId>, rows: Vec<impl Into<SourcePerson>>) {
    for row in rows {
        let person: SourcePerson = row.into();
        if seen.insert(person.employee_id.clone()) {
            people.push(person);
        }
    }
}
