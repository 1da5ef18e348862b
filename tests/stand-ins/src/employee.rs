//! Employees, and their form in the answers of Xero's payroll API.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmployeeStatus {
    Active,
    /// The person has left.
    Terminated,
}

/// A person on a payroll. Everything that Xero holds beyond these fields is made up when it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employee {
    /// A UUID of the payroll's own.
    pub employee_id: String,
    pub first_name: String,
    pub last_name: String,
    /// The email as somebody typed it. With `None` the answer has no such key.
    pub email: Option<String>,
    pub status: EmployeeStatus,
    /// When the person was last changed.
    pub updated: Timestamp,
}

impl Employee {
    /// An active employee, for a test that changes a payroll.
    pub fn active(employee_id: &str, first_name: &str, last_name: &str, email: Option<&str>) -> Self {
        Self {
            employee_id: employee_id.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.map(str::to_owned),
            status: EmployeeStatus::Active,
            updated: Timestamp::UNIX_EPOCH,
        }
    }

    pub(crate) fn new(random: &mut Random, first_name: &str, last_name: &str, email: Option<&str>) -> Self {
        let second = 1_745_000_000 + i64::try_from(random.below(40_000_000)).unwrap_or_default();
        Self {
            updated: Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH),
            ..Self::active(&random.uuid(), first_name, last_name, email)
        }
    }

    /// A part of the id. It is in every canary, so that a test can tell whose it is.
    fn mark(&self) -> &str {
        self.employee_id.split('-').next().unwrap_or_default()
    }

    /// The row of the list. Every field that the product has no use for holds a canary.
    pub(crate) fn summary(&self) -> Value {
        let mark = self.mark();
        let mut row = json!({
            "EmployeeID": self.employee_id,
            "FirstName": self.first_name,
            "MiddleNames": format!("CANARY-MIDDLE-{mark}"),
            "LastName": self.last_name,
            "Status": match self.status {
                EmployeeStatus::Active => "ACTIVE",
                EmployeeStatus::Terminated => "TERMINATED",
            },
            "DateOfBirth": "/Date(333777333777+0000)/",
            "Gender": "CANARY-GENDER-N",
            "Phone": format!("CANARY-PHONE-{mark}"),
            "Mobile": format!("CANARY-MOBILE-{mark}"),
            "StartDate": "/Date(1444555444555+0000)/",
            "OrdinaryEarningsRateID": format!("c0ffeeca-0001-4000-8000-0000{mark}"),
            "PayrollCalendarID": format!("c0ffeeca-0002-4000-8000-0000{mark}"),
            "UpdatedDateUTC": format!("/Date({}+0000)/", self.updated.as_millisecond()),
            "IsSTP2Qualified": true,
        });
        if let Some(email) = &self.email {
            row["Email"] = json!(email);
        }
        row
    }

    /// The answer for one employee, with tax and bank details. The product must never ask for it.
    pub(crate) fn detail(&self) -> Value {
        let mark = self.mark();
        let mut detail = self.summary();
        detail["JobTitle"] = json!(format!("CANARY-JOB-TITLE-{mark}"));
        detail["HomeAddress"] = json!({
            "AddressLine1": format!("CANARY-ADDRESS-{mark}"), "City": "Melbourne", "Region": "VIC",
            "PostalCode": "3000", "Country": "AUSTRALIA",
        });
        detail["TaxDeclaration"] = json!({
            "TaxFileNumber": format!("CANARY-TAX-FILE-NUMBER-{mark}"), "EmploymentBasis": "FULLTIME",
        });
        detail["BankAccounts"] = json!([{
            "StatementText": "Salary", "AccountName": format!("CANARY-BANK-ACCOUNT-NAME-{mark}"),
            "BSB": "000000", "AccountNumber": format!("CANARY-BANK-ACCOUNT-{mark}"), "Remainder": true,
        }]);
        detail
    }
}
