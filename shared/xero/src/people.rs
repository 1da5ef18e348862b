//! The people of an organisation: in Australia its payroll's employees, in the United States its Xero users.

use std::collections::HashSet;

use domain::clock::sha256_hex;
use domain::country::PeopleSource;
use domain::email::SourceEmail;
use domain::ids::{EmployeeId, TenantId};
use domain::people::{PersonStatus, SourcePerson, Unread};
use domain::text::line;
use secrecy::SecretString;
use serde::Deserialize;
use transport::answer::{Rows, Text};

use crate::client::{Read, XeroClient, about};
use crate::error::{Trace, XeroError};

#[derive(Deserialize)]
struct Users {
    #[serde(rename = "Users")]
    users: Rows<User>,
}

/// The five fields of an employee that we may know; everything else is skipped unread.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Employee {
    #[serde(rename = "EmployeeID")]
    id: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    status: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct User {
    #[serde(rename = "UserID")]
    id: Text,
    first_name: Text,
    last_name: Text,
    email_address: Text,
    organisation_role: Text,
}

impl From<Employee> for SourcePerson {
    fn from(employee: Employee) -> Self {
        let status = match employee.status.text().map(line).as_deref() {
            Some(status) if status.eq_ignore_ascii_case("ACTIVE") => PersonStatus::Active,
            Some(status) if status.eq_ignore_ascii_case("TERMINATED") => PersonStatus::Left,
            // A status that Xero may add one day is nobody whom we can take for employed, and nobody who has left.
            status => PersonStatus::Unknown(status.filter(|status| !status.is_empty()).map(str::to_owned)),
        };
        person(&employee.id, [&employee.first_name, &employee.last_name], &employee.email, status)
    }
}

impl From<User> for SourcePerson {
    fn from(user: User) -> Self {
        // A role says what somebody may do in Xero, and Xero has more of them every year: whoever has one can log in.
        let status = match user.organisation_role.text().map(line).unwrap_or_default().to_ascii_uppercase().as_str() {
            "REMOVED" => PersonStatus::LoginRemoved,
            "FINANCIALADVISER" => PersonStatus::Adviser,
            "" => PersonStatus::Unknown(None),
            _ => PersonStatus::Active,
        };
        person(&user.id, [&user.first_name, &user.last_name], &user.email_address, status)
    }
}

pub(crate) fn person(
    id: &Text,
    [given_name, family_name]: [&Text; 2],
    email: &Text,
    status: PersonStatus,
) -> SourcePerson {
    let unread = Unread {
        id: id.id().is_none(),
        given_name: given_name.is_odd(),
        family_name: family_name.is_odd(),
        email: email.is_odd(),
    };
    let name = |text: &Text| text.text().map(line).unwrap_or_default();
    let (given_name, family_name) = (name(given_name), name(family_name));
    let employee_id = id
        .id()
        .map_or_else(|| id_of_nobody(&[&given_name, &family_name, email.text().unwrap_or_default()]), EmployeeId::from);
    // That somebody has left is all that has to be known of them.
    let is_whole = !unread.is_any() || (status.has_gone() && !unread.id);
    SourcePerson {
        employee_id,
        given_name,
        family_name,
        email: SourceEmail::read(email.text()),
        status: if is_whole { status } else { PersonStatus::Unread(unread) },
    }
}

/// An id for a row that has none: the same at every look as long as the row is the same.
fn id_of_nobody(row: &[&str]) -> EmployeeId {
    let digest = sha256_hex(&row.join("\n"));
    EmployeeId::new(format!("no-id-{}", &digest[..16]))
}

/// The people of a list, in order, and one for each row of which nothing can be read. `unread_before`: how many such rows
/// there were on the pages before.
pub(crate) fn everybody<Row: Into<SourcePerson>>(
    rows: Rows<Row>,
    unread_before: usize,
) -> impl Iterator<Item = SourcePerson> {
    let nobody = |number: usize| SourcePerson {
        employee_id: id_of_nobody(&["row", &number.to_string()]),
        given_name: String::new(),
        family_name: String::new(),
        email: SourceEmail::read(None),
        status: PersonStatus::Unread(Unread::ALL),
    };
    rows.read.into_iter().map(Into::into).chain((unread_before..unread_before + rows.unread).map(nobody))
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

    async fn users(&self, token: &SecretString, tenant: &TenantId) -> Result<Vec<SourcePerson>, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["Users"]);
        let read = Read { call: "users", payroll: false };
        let (body, _): (Users, Trace) = self.read(read, call.build()).await?;
        let mut seen = HashSet::new();
        Ok(everybody(body.users, 0).filter(|person| seen.insert(person.employee_id.clone())).collect())
    }
}
